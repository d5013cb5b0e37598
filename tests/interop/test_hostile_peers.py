"""Peers that hold a valid key and mean harm, or are badly broken. After each the router lives, conservation holds, and a
well-behaved consumer still gets a referral and its claim within seconds.

Usage: test_hostile_peers.py BUILD_DIR (with the protoc --python_out modules in BUILD_DIR/interop).
"""
import os
import random
import re
import socket as network
import sys
import time
import urllib.request

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/asan")
HERE = os.path.dirname(os.path.abspath(__file__))
# What was freed shall not count: the sanitizer would keep 256 MiB of it.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4:thread_local_quarantine_size_kb=64"
sys.path[:0] = [os.path.join(BUILD, "interop"), HERE, os.path.join(HERE, "..", "lib")]

import zmq  # noqa: E402

import peer  # noqa: E402
import router  # noqa: E402
from referral.v1 import entry_pb2, message_pb2, state_pb2  # noqa: E402
from test_consumer import TEAM, submission  # noqa: E402

Envelope = message_pb2.Envelope
FRAME_BYTES_MAX = 1310720
SERVED_WITHIN_S = 8.0
GROWTH_KB_MAX = 112 * 1024  # RD_PEER_BYTES_MAX (32 MiB), three times for the sanitizer; without that bound it is 400 MiB
SEED = 20261121


class World:
    """A router, and a watching consumer and an adapter that behave."""

    def __enter__(self):
        self.router = router.Router(BUILD).__enter__()
        try:
            feed = "lambourne-road-surgery"
            self.keys = {name: self.router.key(name, role, **rights) for name, role, rights in (
                ("good-adapter", "adapter", {"feeds": feed}), ("good-list", "consumer", {"teams": TEAM}),
                ("bad-adapter", "adapter", {"feeds": feed}), ("bad-list", "consumer", {"teams": TEAM}),
                ("bad-other", "consumer", {"teams": "reablement"}), ("bad-revoked", "consumer", {"teams": TEAM}),
                ("bad-feed", "adapter", {"feeds": "cranbrook-grove-surgery"}))}
            self.number = 0
            self.adapter = self.peer("good-adapter", "intake")
            self.consumer = self.peer("good-list")
            self.view = peer.View(TEAM)
            self.consumer.watch(TEAM, credit=64)
        except Exception:
            self.router.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.router.__exit__()

    def peer(self, who, socket="queues"):
        return peer.Peer(self.router.endpoint(socket), self.router.router_key(), self.keys[who])

    def raw(self, who, socket="queues", **options):
        made = zmq.Context.instance().socket(zmq.DEALER)
        made.linger = 0
        for name, value in options.items():
            setattr(made, name, value)
        made.curve_publickey, made.curve_secretkey = peer.read_key(self.keys[who])
        made.curve_serverkey = peer.read_key(self.router.router_key())[0]
        made.connect(self.router.endpoint(socket))
        return made

    def hold(self):
        """A new referral; its reference."""
        self.number += 1
        result = self.adapter.ask(submission(self.number), "submit_result", 10).submit_result
        assert result.disposal == state_pb2.DISPOSAL_NEW, result
        return result.referral

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.router.ports['ops']}/metrics", timeout=10) as page:
            return page.read().decode()

    def metric(self, name):
        return float(re.search(rf"^{name} (\S+)$", self.metrics(), re.MULTILINE).group(1))

    def memory_kb(self):
        with open(f"/proc/{self.router.processes['referrald'].pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def still_serves(self):
        """What must hold after whatever a peer did."""
        start = time.monotonic()
        target = self.hold() + ".1"
        self.view.follow(self.consumer, lambda view: target in view.rows, SERVED_WITHIN_S)
        row = self.consumer.command(entry_pb2.VERB_CLAIM, target, "A. Nurse").row
        assert row.claimed_by == "A. Nurse", row
        took = time.monotonic() - start
        assert took < SERVED_WITHIN_S, f"served after {took:.1f} s"
        assert self.router.processes["referrald"].poll() is None, self.router.log()[-3000:]
        page = self.metrics()
        assert re.search(r"^spa_conservation_imbalance 0$", page, re.MULTILINE), page


WORLD = World()


def hello():
    envelope = Envelope()
    envelope.hello.protocol_min = envelope.hello.protocol_max = 1
    envelope.hello.session = time.time_ns()
    return envelope.SerializeToString()


def arm(name, **fields):
    envelope = Envelope()
    getattr(envelope, name).SetInParent()
    for field, value in fields.items():
        setattr(getattr(envelope, name), field, value)
    return envelope.SerializeToString()


def greeted(who, socket="queues", **options):
    made = WORLD.raw(who, socket, **options)
    made.send(hello())
    assert made.poll(5000) and Envelope.FromString(made.recv()).HasField("welcome")
    return made


def ask(socket, frame, timeout_s=5.0):
    socket.send(frame)
    return Envelope.FromString(socket.recv()) if socket.poll(int(timeout_s * 1000)) else None


def everything(socket, quiet_s=0.3):
    found = []
    while socket.poll(int(quiet_s * 1000)):
        found.append(Envelope.FromString(socket.recv()))
    return found


def alive(socket, timeout_s=10.0):
    """The peer itself is still answered."""
    socket.send(arm("ping", token=77))
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if socket.poll(200) and Envelope.FromString(socket.recv()).pong.token == 77:
            return True
    return False


def credit_that_is_none_or_four_billion():
    held = [WORLD.hold() for _ in range(6)]
    bad = greeted("bad-list")
    for name in ("watch", "work"):
        for credit in (0, 4097, 2**32 - 1):
            answer = ask(bad, arm(name, queue=TEAM, credit=credit))
            assert answer.refused.code == message_pb2.REFUSAL_LIMIT, answer
    bad.send(arm("watch", queue=TEAM, credit=1))
    begun = everything(bad)
    assert [each.WhichOneof("kind") for each in begun] == ["snapshot_begin", "snapshot_row"], begun
    incarnation = begun[0].snapshot_begin.incarnation
    assert begun[0].snapshot_begin.rows >= len(held)
    bad.send(arm("ack", queue=TEAM, incarnation=incarnation, credit=0))
    assert everything(bad) == [], "credit 0 takes everything back"
    bad.send(arm("ack", queue=TEAM, incarnation=incarnation, credit=2**32 - 1))  # taken as 4096
    assert everything(bad)[-1].HasField("snapshot_end")
    bad.close()


def acknowledged_beyond_what_was_sent():
    bad = greeted("bad-list")
    bad.send(arm("watch", queue=TEAM, credit=4096))
    end = everything(bad)[-1].snapshot_end
    for change in (end.change + 1, end.change + 4097, 2**63, 2**64 - 1):
        answer = ask(bad, arm("ack", queue=TEAM, incarnation=end.incarnation, change=change, credit=1))
        assert answer.refused.code == message_pb2.REFUSAL_INVALID, answer
    for incarnation in (0, end.incarnation - 1, end.incarnation + 1, 2**64 - 1):
        answer = ask(bad, arm("ack", queue=TEAM, incarnation=incarnation, change=end.change, credit=1))
        assert answer.refused.code == message_pb2.REFUSAL_INVALID, answer
    for after in (end.change + 1, 2**64 - 1):  # a resume from what never was: a snapshot
        bad.send(arm("watch", queue=TEAM, incarnation=end.incarnation, after=after, credit=4096))
        assert everything(bad)[0].HasField("snapshot_begin")
    assert alive(bad)
    bad.close()


def padded_ping(size):
    """A ping of exactly that many bytes: an unknown field (2000) fills it up."""
    start = arm("ping", token=9)
    key = b"\x82\x7d"
    room = size - len(start) - len(key)
    for length_bytes in range(1, 5):
        left = room - length_bytes
        length = bytes((left >> (7 * i) & 127) | (128 if i < length_bytes - 1 else 0) for i in range(length_bytes))
        if left < 128 ** length_bytes:
            return start + key + length + b"\0" * left
    raise ValueError(size)


def a_message_at_the_limit_and_one_past():
    for where, who in (("intake", "bad-adapter"), ("queues", "bad-list")):
        bad = greeted(who, where)
        frame = padded_ping(FRAME_BYTES_MAX)
        assert len(frame) == FRAME_BYTES_MAX
        answer = ask(bad, frame, 10)
        assert answer is not None and answer.pong.token == 9, answer
        bad.send(padded_ping(FRAME_BYTES_MAX + 1))
        assert not bad.poll(500), "no answer: the connection is cut"
        until, answer = time.monotonic() + 10, None
        while answer is None and time.monotonic() < until:
            answer = ask(bad, arm("ping", token=1), 1)
        assert answer is not None and "say hello first" in answer.refused.words, answer
        bad.close()


def random_bytes():
    chance = random.Random(SEED)
    valid = [hello(), arm("watch", queue=TEAM, credit=9), arm("work", queue=TEAM, credit=9), arm("ack", queue=TEAM, change=1),
             arm("command", verb=1, target="7K3Q9-M2X4T.1", by="A. Nurse"), arm("open", target="Q1", by="A. Nurse"),
             submission(10**6).SerializeToString(), arm("query", kind=2, target=TEAM), arm("handout_ack", token=1),
             arm("receipt_ack", receipt=1), arm("admin", kind=1), arm("unwatch", queue=TEAM)]
    for where, who in (("intake", "bad-feed"), ("queues", "bad-other")):
        bad = greeted(who, where)
        for round_number in range(1500):
            if round_number % 3 == 0:
                frame = chance.randbytes(chance.choice((1, 2, 7, 60, 500)))
            else:
                bytes_of = bytearray(chance.choice(valid))
                for _ in range(chance.randint(1, 6)):
                    bytes_of[chance.randrange(len(bytes_of))] = chance.randrange(256)
                frame = bytes(bytes_of[:chance.randint(1, len(bytes_of))]) if chance.random() < 0.3 else bytes(bytes_of)
            bad.send(frame)
            if round_number % 50 == 49:
                everything(bad, 0.01)
        everything(bad, 0.2)
        answer = ask(bad, hello())
        while answer is not None and not answer.HasField("welcome"):
            answer = Envelope.FromString(bad.recv()) if bad.poll(2000) else None
        assert answer is not None, "a new hello is answered after all that"
        bad.close()


def random_shapes_of_frames():
    chance = random.Random(SEED + 1)
    for where, who in (("intake", "bad-adapter"), ("queues", "bad-list")):
        bad = greeted(who, where)
        for _ in range(300):
            frames = [chance.randbytes(chance.choice((0, 0, 1, 5, 300))) for _ in range(chance.choice((1, 2, 3, 15, 16, 17, 60)))]
            bad.send_multipart(frames)
        found = everything(bad)
        assert found and all(each.HasField("refused") for each in found), [each for each in found if not each.HasField("refused")]
        assert alive(bad)
        bad.close()


def half_finished_handshakes():
    """TCP that never becomes ZeroMQ, ZeroMQ that never becomes CURVE: held open while others are served."""
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00"
    starts = [b"", b"\xff", b"GET / HTTP/1.1\r\n\r\n", greeting, greeting + b"NULL" + b"\0" * 16 + b"\0" * 32,
              greeting + b"PLAIN" + b"\0" * 15 + b"\0" * 32, greeting + b"CURVE" + b"\0" * 15 + b"\0" * 32,
              greeting + b"CURVE" + b"\0" * 15 + b"\0" * 32 + b"\x04\xc8\x05HELLO\x01\x00" + b"\0" * 192,
              b"\x04\xff\xff\xff\xff\xff\xff\xff\xff", bytes(range(256)) * 8]
    open_ones = []
    for where in ("intake", "queues", "events"):
        for number in range(60):
            one = network.create_connection(("127.0.0.1", WORLD.router.ports[where]), 5)
            one.settimeout(5)
            try:
                one.sendall(starts[number % len(starts)])
            except OSError:
                pass  # cut at once: as good
            open_ones.append(one)
    WORLD.still_serves()
    for one in open_ones:
        one.close()


def a_thousand_connects_and_disconnects():
    before = WORLD.memory_kb()
    bad = None
    for number in range(1000):
        if number % 10 != 0 and bad is not None:
            bad.close()
        bad = WORLD.raw("bad-list" if number % 2 else "bad-adapter", "queues" if number % 2 else "intake")
        bad.send(hello())
        if number % 10 == 0:
            assert bad.poll(5000), "welcome"
            bad.close()
            bad = None
    if bad is not None:
        bad.close()
    grown = WORLD.memory_kb() - before
    assert grown < GROWTH_KB_MAX, f"{grown} KiB more"
    assert WORLD.metric("referrald_sessions") <= 2 * len(WORLD.keys) + 4, "a key has one session on a socket"


def readers_that_never_read():
    """One watches, one asks for lists and records and reads no answer: both are bounded, others do not notice."""
    target = ""
    for _ in range(200):
        target = WORLD.hold() + ".1"
    slow = greeted("bad-list", rcvhwm=1)
    slow.send(arm("watch", queue=TEAM, credit=4096))
    before = WORLD.memory_kb()
    asking = greeted("bad-revoked", rcvhwm=1)
    dropped = WORLD.metric("referrald_sessions_dropped_total")
    frames = [arm("query", correlation=1, kind=2, target=TEAM), arm("open", correlation=2, target=target, by="A. Nurse")]
    for number in range(4000):
        try:
            asking.send(frames[number % 20 == 0], zmq.DONTWAIT)
        except zmq.Again:
            time.sleep(0.002)
        if number % 1000 == 999:
            WORLD.still_serves()
    grown = WORLD.memory_kb() - before
    assert grown < GROWTH_KB_MAX, f"{grown} KiB more"
    assert WORLD.metric("referrald_sessions_dropped_total") > dropped, "who reads nothing loses its session"
    slow.close()
    asking.close()


def more_opens_than_are_read_at_once():
    """Each is answered once: with the record, or with BUSY and its own correlation."""
    target = WORLD.hold() + ".1"
    bad = greeted("bad-list", rcvhwm=0, sndhwm=0)
    for number in range(1, 1001):
        bad.send(arm("open", correlation=number, target=target, by="B. Nurse", purpose="many"))
    kinds = {}
    until = time.monotonic() + 20
    while len(kinds) < 1000 and time.monotonic() < until:
        if bad.poll(500):
            answer = Envelope.FromString(bad.recv())
            kind = answer.WhichOneof("kind")
            said = getattr(answer, kind)
            assert kind == "opened" or said.code == message_pb2.REFUSAL_BUSY, answer
            assert said.correlation not in kinds, answer
            kinds[said.correlation] = kind
    assert len(kinds) == 1000, f"{len(kinds)} answers"
    assert "opened" in kinds.values()
    bad.close()


def one_without_the_right():
    target = WORLD.hold() + ".1"
    WORLD.view.follow(WORLD.consumer, lambda view: target in view.rows, SERVED_WITHIN_S)
    bad = greeted("bad-other")
    other = dict(target=target, by="A. Nurse", correlation=3)
    for frame in [arm("watch", queue=TEAM, credit=9), arm("watch", queue="desk", credit=9), arm("work", queue=TEAM, credit=9),
                  arm("watch", queue="feed:lambourne-road-surgery", credit=9), arm("query", kind=2, target=TEAM),
                  arm("query", kind=3, target=target), arm("query", kind=4, target=target), arm("query", kind=1),
                  arm("query", kind=5), arm("open", purpose="curious", **other), arm("open", **dict(other, target=target[:-2])),
                  arm("admin", kind=1)] + [arm("command", verb=verb, reason="x", outcome=13, mode=1, to="desk", clinician=True,
                                               pathway="routine", urgency=5, clock=1, contact=1, when=1, **other)
                                           for verb in range(1, 17)]:
        answer = ask(bad, frame)
        assert answer is not None and answer.HasField("refused"), (frame, answer)
        assert answer.refused.code in (message_pb2.REFUSAL_RIGHTS, message_pb2.REFUSAL_UNKNOWN), answer
        assert "Example" not in answer.refused.words, answer
    bad.send(arm("ack", queue=TEAM, change=1, credit=4096))
    assert Envelope.FromString(bad.recv()).refused.code == message_pb2.REFUSAL_STATE
    WORLD.hold()
    assert everything(bad) == [], "nothing of another team's queue"
    bad.close()
    feed = greeted("bad-feed", "intake")
    answer = ask(feed, submission(10**7).SerializeToString())
    assert answer.refused.code == message_pb2.REFUSAL_RIGHTS, answer
    feed.close()


def replayed_tokens():
    first = WORLD.hold() + ".1"
    bad, other = greeted("bad-list"), greeted("bad-other")
    bad.send(arm("work", queue=TEAM, credit=1, lease_s=600))
    out = everything(bad)[0].handout
    assert out.row.assignment <= "Z" and out.token != 0
    assert ask(other, arm("handout_ack", token=out.token)).refused.code == message_pb2.REFUSAL_UNKNOWN, "not that team's"
    entries = WORLD.metric("referrald_ledger_last_entry")
    for token in (0, out.token + 1, out.token - 1, 2**64 - 1):
        assert ask(bad, arm("handout_ack", token=token)).refused.code == message_pb2.REFUSAL_UNKNOWN
    assert WORLD.metric("referrald_ledger_last_entry") == entries, "a wrong token writes nothing"
    bad.send(arm("handout_ack", token=out.token))
    everything(bad)
    entries = WORLD.metric("referrald_ledger_last_entry")
    for _ in range(500):
        bad.send(arm("handout_ack", token=out.token))
    assert everything(bad) == [] and WORLD.metric("referrald_ledger_last_entry") == entries, "a replay changes nothing"
    WORLD.consumer.command(entry_pb2.VERB_CLOSE, first, "A. Nurse", outcome=state_pb2.OUTCOME_ERROR)
    bad.close()
    other.close()
    # Receipts: acknowledged many times, by who may and by who may not.
    sender, thief = greeted("bad-adapter"), greeted("bad-feed")
    sender.send(arm("watch", queue="feed:lambourne-road-surgery", credit=1))
    receipt = everything(sender)[0].receipt
    assert ask(thief, arm("receipt_ack", receipt=receipt.receipt)).refused.code == message_pb2.REFUSAL_RIGHTS
    for _ in range(50):
        sender.send(arm("receipt_ack", receipt=receipt.receipt))
    following = everything(sender)
    assert len(following) == 1 and following[0].receipt.receipt != receipt.receipt, "one acknowledged makes room for one"
    sender.close()
    thief.close()


def more_than_the_credit_of_a_feed():
    """300 submissions and 12 MiB at once: what is over the credit is told so; each has exactly one answer."""
    bad = greeted("bad-adapter", "intake", rcvhwm=0, sndhwm=0)
    total = 0
    for size, count in ((100, 300), (2**20, 12)):
        for number in range(count):
            envelope = submission(5 * 10**6 + total)
            total += 1
            envelope.submit.correlation = total
            envelope.submit.submission.original = b"x" * size
            bad.send(envelope.SerializeToString())
    answers = {}
    until = time.monotonic() + 30
    while len(answers) < total and time.monotonic() < until:
        if bad.poll(500):
            result = Envelope.FromString(bad.recv()).submit_result
            assert result.correlation not in answers, "answered twice"
            answers[result.correlation] = result
    assert len(answers) == total, f"{len(answers)} answers to {total}"
    kept = [each for each in answers.values() if not each.busy]
    assert all(each.disposal == state_pb2.DISPOSAL_NEW for each in kept)
    again = submission(5 * 10**6)
    again.submit.correlation = total + 1
    answer = ask(bad, again.SerializeToString()).submit_result
    # What was busy used up no key; what was not is a repeat or, its original being larger here, still the same digest.
    assert answer.disposal == (state_pb2.DISPOSAL_NEW if answers[1].busy else state_pb2.DISPOSAL_REPEAT), answer
    bad.close()


def a_key_revoked_in_the_middle():
    bad = greeted("bad-revoked")
    bad.send(arm("watch", queue=TEAM, credit=4096))
    everything(bad)
    WORLD.router.ctl("keys", "revoke", "bad-revoked")
    everything(bad)
    WORLD.hold()
    assert everything(bad) == [], "its watch has ended"
    assert ask(bad, arm("ping", token=1), 0.5) is None and ask(bad, hello(), 0.5) is None, "nor is it answered"
    again = WORLD.raw("bad-revoked")
    assert ask(again, hello(), 1.0) is None, "nor let in again"
    bad.close()
    again.close()


CASES = [credit_that_is_none_or_four_billion, acknowledged_beyond_what_was_sent, a_message_at_the_limit_and_one_past,
         random_bytes, random_shapes_of_frames, half_finished_handshakes, a_thousand_connects_and_disconnects,
         readers_that_never_read, more_opens_than_are_read_at_once, one_without_the_right, replayed_tokens,
         more_than_the_credit_of_a_feed, a_key_revoked_in_the_middle]


def checked(case):
    def run():
        start = time.monotonic()
        case()
        WORLD.still_serves()
        print(f"             {time.monotonic() - start:.1f} s", flush=True)
    run.__name__ = case.__name__
    return run


def nothing_was_lost():
    """The ledger of all that, checked as an operator would."""
    seconds = {}
    for line in WORLD.router.log().splitlines():
        second = (line[:19], line.split()[3])
        seconds[second] = seconds.get(second, 0) + 1
    # At most 50 lines a second for one id; two of the log's seconds can share one of the clock's.
    assert max(seconds.values()) <= 102, max(seconds.items(), key=lambda each: each[1])
    process = WORLD.router.processes["referrald"]
    process.terminate()
    assert process.wait(timeout=30) == 0, WORLD.router.log()[-3000:]
    WORLD.router.ctl("ledger", "verify", "--place", WORLD.router.place)


if __name__ == "__main__":
    with WORLD:
        code = router.run_tests("hostile_peers", [checked(case) for case in CASES] + [nothing_was_lost])
    sys.exit(code)
