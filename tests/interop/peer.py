"""A peer of referrald in Python: what a consumer or an adapter in another language needs, and nothing else.

Uses python3-zmq and python3-protobuf; the modules in referral/v1 are made from proto/ by protoc --python_out.
"""
import re
import time

import zmq

from referral.v1 import message_pb2

PROTOCOL = 1


def read_key(path):
    """(public, secret) of a .key file, (public, None) of a .pub file."""
    with open(path, encoding="utf-8") as file:
        text = file.read()

    def value(name):
        found = re.search(rf"^{name}\s*[:=]\s*[\"']?([^\s\"']{{40}})[\"']?\s*$", text, re.MULTILINE)
        return found.group(1).encode() if found else None

    return value("public"), value("secret")


class Refused(Exception):
    """The router's refusal: code and words."""

    def __init__(self, refused):
        super().__init__(f"{message_pb2.Refusal.Name(refused.code)}: {refused.words}")
        self.code = refused.code


class Peer:
    """One connection: DEALER, CURVE, hello first, a ping at least every heartbeat."""

    def __init__(self, endpoint, router_public, key_file, program="interop", session=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        public, secret = read_key(key_file)
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = read_key(router_public)[0]
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.correlation = 0
        self.waiting = []  # what came while an answer was awaited
        self.last_sent = 0.0
        hello = message_pb2.Envelope()
        hello.hello.protocol_min = hello.hello.protocol_max = PROTOCOL
        hello.hello.program, hello.hello.version = program, "1"
        hello.hello.session = session or int(time.time() * 1e6)
        self.send(hello)
        self.welcome = self.expect("welcome").welcome

    def send(self, envelope):
        self.socket.send(envelope.SerializeToString())
        self.last_sent = time.monotonic()

    def receive(self, timeout_s=5.0):
        """The next message that is no pong; None when nothing comes. Sends the heartbeat meanwhile."""
        if self.waiting:
            return self.waiting.pop(0)
        return self._from_socket(timeout_s)

    def _from_socket(self, timeout_s):
        until = time.monotonic() + timeout_s
        while True:
            if time.monotonic() - self.last_sent > 2.0:
                ping = message_pb2.Envelope()
                ping.ping.token = 1
                self.send(ping)
            left = until - time.monotonic()
            if left <= 0:
                return None
            if not self.socket.poll(int(min(left, 1.0) * 1000)):
                continue
            envelope = message_pb2.Envelope()
            envelope.ParseFromString(self.socket.recv())
            if envelope.WhichOneof("kind") != "pong":
                return envelope

    def expect(self, kind, timeout_s=5.0):
        """The next message of that kind; others are kept for receive(). A refusal is raised."""
        until = time.monotonic() + timeout_s
        kept = []
        try:
            while time.monotonic() < until:
                envelope = self._from_socket(max(0.01, until - time.monotonic()))
                if envelope is None:
                    break
                found = envelope.WhichOneof("kind")
                if found == kind:
                    return envelope
                if found == "refused":
                    raise Refused(envelope.refused)
                kept.append(envelope)
        finally:
            self.waiting.extend(kept)
        raise TimeoutError(f"no {kind} in {timeout_s} s")

    def ask(self, envelope, kind, timeout_s=5.0):
        """Sends a command, open, query or submit with a correlation of its own and waits for its answer."""
        self.correlation += 1
        getattr(envelope, envelope.WhichOneof("kind")).correlation = self.correlation
        self.send(envelope)
        return self.expect(kind, timeout_s)

    def command(self, verb, target, by, **fields):
        envelope = message_pb2.Envelope()
        command = envelope.command
        command.verb, command.target, command.by = verb, target, by
        for name, value in fields.items():
            setattr(command, name, value)
        return self.ask(envelope, "command_result").command_result

    def watch(self, queue, incarnation=0, after=0, credit=64):
        envelope = message_pb2.Envelope()
        envelope.watch.queue, envelope.watch.credit = queue, credit
        envelope.watch.incarnation, envelope.watch.after = incarnation, after
        self.send(envelope)

    def ack(self, queue, incarnation, change, credit):
        envelope = message_pb2.Envelope()
        envelope.ack.queue, envelope.ack.incarnation = queue, incarnation
        envelope.ack.change, envelope.ack.credit = change, credit
        self.send(envelope)

    def close(self):
        self.socket.close()
        self.context.term()


class View:
    """A queue as a consumer keeps it: rows by assignment, and where it stands in the stream."""

    def __init__(self, queue):
        self.queue, self.rows = queue, {}
        self.incarnation = self.change = 0
        self.begun = None  # the incarnation of a snapshot on its way
        self.seen = []  # numbers of changes, in order, as they came
        self.snapshots = 0

    def take(self, envelope):
        """Applies one message; True when it was one of this queue's."""
        kind = envelope.WhichOneof("kind")
        message = getattr(envelope, kind)
        if kind not in ("snapshot_begin", "snapshot_row", "snapshot_end", "change") or message.queue != self.queue:
            return False
        if kind == "snapshot_begin":
            self.rows, self.snapshots, self.begun = {}, self.snapshots + 1, message.incarnation
        elif kind == "snapshot_row":
            self.rows[message.row.assignment] = message.row
        elif kind == "snapshot_end":
            self.incarnation, self.change, self.begun = message.incarnation, message.change, None
        else:
            if message.incarnation == self.incarnation and message.change <= self.change:
                return True  # seen before: a consumer can tell
            self.incarnation, self.change = message.incarnation, message.change
            self.seen.append(message.change)
            if message.what == message_pb2.ROW_CHANGE_REMOVED:
                self.rows.pop(message.row.assignment, None)
            else:
                self.rows[message.row.assignment] = message.row
        return True

    def acknowledge(self, peer, credit):
        """What is kept, and room for more; within a snapshot nothing is kept yet."""
        if self.begun is not None:
            peer.ack(self.queue, self.begun, 0, credit)
        else:
            peer.ack(self.queue, self.incarnation, self.change, credit)

    def follow(self, peer, until, timeout_s=10.0):
        """Takes and acknowledges messages until `until(view)` holds."""
        end = time.monotonic() + timeout_s
        while not until(self):
            if time.monotonic() > end:
                raise TimeoutError(f"queue {self.queue}: waited {timeout_s} s; has {sorted(self.rows)}")
            envelope = peer.receive(0.5)
            if envelope is None or not self.take(envelope):
                continue
            self.acknowledge(peer, 1)
        return self
