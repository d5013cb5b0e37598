"""Somebody who has proto/ and nothing else: the program of proto/README.md runs as it stands there, and every wrong way that
such a person would try is refused in words that say what to do.

Usage: test_stranger.py BUILD_DIR (with the protoc --python_out modules in BUILD_DIR/interop).
"""
import os
import re
import signal
import subprocess
import sys
import time

BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/asan")
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(BUILD, "interop"), HERE, os.path.join(HERE, "..", "lib")]

import zmq  # noqa: E402

import peer  # noqa: E402
import router  # noqa: E402
from referral.v1 import entry_pb2, message_pb2, record_pb2, state_pb2  # noqa: E402
from test_consumer import TEAM, held_by, submission  # noqa: E402

Envelope = message_pb2.Envelope


class World:
    """One router, an adapter, and the keys of a consumer, a second one and a dashboard."""

    def __enter__(self):
        self.router = router.Router(BUILD).__enter__()
        self.keys = {"gp": self.router.key("gp", "adapter", feeds="lambourne-road-surgery"),
                     "my-list": self.router.key("my-list", "consumer", teams=TEAM),
                     "other": self.router.key("other", "consumer", teams=TEAM),
                     "dashboard": self.router.key("dashboard", "dashboard")}
        return self

    def __exit__(self, *_):
        self.router.__exit__()

    def peer(self, who, socket="queues", **more):
        return peer.Peer(self.router.endpoint(socket), self.router.router_key(), self.keys[who], **more)

    def raw(self, who, socket="queues", kind=zmq.DEALER, server=None, identity=None):
        """A connected socket that has said nothing."""
        made = zmq.Context.instance().socket(kind)
        made.linger = 0
        if identity is not None:
            made.setsockopt(zmq.IDENTITY, identity)
        made.curve_publickey, made.curve_secretkey = peer.read_key(self.keys[who])
        made.curve_serverkey = server or peer.read_key(self.router.router_key())[0]
        made.connect(self.router.endpoint(socket))
        return made


def answer(socket, *frames, timeout_s=5):
    """What comes to these frames; None for silence."""
    if frames:
        socket.send_multipart(list(frames))
    if not socket.poll(int(timeout_s * 1000)):
        return None
    return Envelope.FromString(socket.recv())


def hello(low=1, high=1, session=None):
    envelope = Envelope()
    envelope.hello.protocol_min, envelope.hello.protocol_max = low, high
    envelope.hello.session = time.time_ns() if session is None else session
    return envelope.SerializeToString()


class Example:
    """The program of proto/README.md in a process of its own."""

    def __init__(self, world):
        with open(os.path.join(HERE, "..", "..", "proto", "README.md"), encoding="utf-8") as file:
            program = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
        self.said = os.path.join(world.router.work, "example.log")
        with open(self.said, "ab") as out:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-c", program, world.keys["my-list"], world.router.router_key(),
                 world.router.endpoint("queues"), TEAM], cwd=world.router.work, stdout=out, stderr=out,
                env=dict(os.environ, PYTHONPATH=os.path.join(BUILD, "interop")))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def the_program_of_the_readme_runs():
    with World() as world:
        intake = world.peer("gp", "intake")
        rows = {held_by(intake, number) + ".1": "waits" for number in range(1, 4)}
        example = Example(world)
        try:
            wait_for_rows(example, rows)
            example.kill()
            other = world.peer("other")
            first = sorted(rows)[0]
            other.command(entry_pb2.VERB_CLAIM, first, "A. Nurse")
            rows[first] = "A. Nurse"
            rows[held_by(intake, 4) + ".1"] = "waits"
            example = Example(world)
            wait_for_rows(example, rows)
            other.command(entry_pb2.VERB_CLOSE, first, "A. Nurse", outcome=state_pb2.OUTCOME_ADVICE_ONLY)
            del rows[first]
            wait_for_rows(example, rows)
            other.close()
            intake.close()
            stop_and_start(world)
            intake = world.peer("gp", "intake")
            rows[held_by(intake, 5) + ".1"] = "waits"
            wait_for_rows(example, rows, 40)
            intake.close()
        finally:
            example.kill()


def wait_for_rows(example, rows, seconds=20):
    end = time.monotonic() + seconds
    last = ""
    while time.monotonic() < end:
        with open(example.said, encoding="utf-8") as file:
            lines = file.read().splitlines()
        last = lines[-1] if lines else ""
        found = dict(re.findall(r"\('([^']+)', '([^']+)'\)", last))
        if found == rows:
            return
        assert example.process.poll() is None, lines[-20:]
        time.sleep(0.05)
    raise AssertionError(f"expected {rows}, has {last}")


def stop_and_start(world):
    process = world.router.processes.pop("referrald")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    world.router.start()


def the_first_word_is_hello():
    """Before it nothing is done; what it says must be whole."""
    cases = [
        (Envelope(ping=message_pb2.Ping(token=1)).SerializeToString(), "PROTOCOL", "say hello first"),
        (Envelope(watch=message_pb2.Watch(queue=TEAM, credit=1)).SerializeToString(), "PROTOCOL", "say hello first"),
        (hello(2, 9), "PROTOCOL", "protocol 2 to 9: this router speaks 1 to 1"),
        (hello(0, 0), "MISSING", "set `protocol_min` and `protocol_max` to 1"),
        (hello(1, 0), "MISSING", "set `protocol_min` and `protocol_max` to 1"),
        (hello(session=0), "MISSING", "`session` to a number that is larger with every start"),
        (b"", "PROTOCOL", "one message is one frame"),
        (b"{\"hello\": 1}", "PROTOCOL", "not a protobuf message"),
        (b"\xfa\x3f\x00", "PROTOCOL", "say hello first"),  # an arm that is not known yet
    ]
    with World() as world:
        for frame, code, words in cases:
            socket = world.raw("my-list")
            expect_refused(answer(socket, frame), code, words)
            assert answer(socket, hello()).HasField("welcome"), "a refusal must cost nothing"
            socket.close()
        socket = world.raw("my-list")
        expect_refused(answer(socket, hello(), b"and more"), "PROTOCOL", "use a DEALER socket")
        expect_refused(answer(socket, *[b"x"] * 40), "PROTOCOL", "use a DEALER socket")
        socket.close()
        for identity in (b"my-list", b"x" * 255):
            socket = world.raw("my-list", identity=identity)
            expect_refused(answer(socket, hello()), "PROTOCOL", "leave it unset")
            socket.close()
        socket = world.raw("my-list", server=peer.read_key(world.keys["other"])[0])
        assert answer(socket, hello(), timeout_s=0.5) is None, "CURVE says nothing to a wrong server key"
        socket.close()


def expect_refused(envelope, code, words, correlation=0):
    assert envelope is not None, f"silence; expected {code}: {words}"
    assert envelope.HasField("refused"), envelope
    refused = envelope.refused
    assert message_pb2.Refusal.Name(refused.code) == "REFUSAL_" + code and words in refused.words, (code, words, refused)
    assert refused.correlation == correlation, refused


def one_key_has_one_session():
    with World() as world:
        first, second = world.raw("my-list"), world.raw("my-list")
        assert answer(first, hello(session=100)).HasField("welcome")
        expect_refused(answer(second, hello(session=100)), "STATE", "start with a larger number")
        expect_refused(answer(second, hello(session=99)), "STATE", "give each program its own key")
        assert answer(second, hello(session=101)).HasField("welcome")
        ping = Envelope(ping=message_pb2.Ping(token=7)).SerializeToString()
        expect_refused(answer(first, ping), "PROTOCOL", "a takeover")
        assert answer(second, ping).pong.token == 7
        first.close()
        second.close()


def made(arm, **fields):
    envelope = Envelope()
    getattr(envelope, arm).SetInParent()
    for name, value in fields.items():
        setattr(getattr(envelope, arm), name, value)
    return envelope.SerializeToString()


def what_a_consumer_gets_wrong():
    with World() as world:
        intake = world.peer("gp", "intake")
        target = held_by(intake, 1) + ".1"
        claim = dict(correlation=5, verb=entry_pb2.VERB_CLAIM, target=target, by="A. Nurse")
        cases = [
            (made("watch", credit=4), "UNKNOWN", "a team's name, or feed:NAME", 0),
            (made("watch", queue="nonsense", credit=4), "UNKNOWN", "queue nonsense: there is none of that name", 0),
            (made("watch", queue="reablement", credit=4), "RIGHTS", "not for this user", 0),
            (made("watch", queue="feed:lambourne-road-surgery", credit=4), "RIGHTS", "not for this user", 0),
            (made("watch", queue=TEAM), "LIMIT", "credit: expected 1 to 4096", 0),
            (made("watch", queue=TEAM, credit=4097), "LIMIT", "credit: expected 1 to 4096", 0),
            (made("watch", queue=TEAM, credit=2**32 - 1), "LIMIT", "credit: expected 1 to 4096", 0),
            (made("watch", queue="x" * 70, credit=1), "LIMIT", "watch.queue: 70 bytes, at most 69", 0),
            (made("work", queue=TEAM), "LIMIT", "credit: expected 1 to 4096", 0),
            (made("work", queue=TEAM, credit=1, lease_s=3601), "LIMIT", "lease_s: expected 1 to 3600", 0),
            (made("work", queue=TEAM, credit=1, lease_s=2**32 - 1), "LIMIT", "lease_s: expected 1 to 3600", 0),
            (made("work", queue="feed:lambourne-road-surgery", credit=1), "UNKNOWN", "receipts are watched, not worked", 0),
            (made("ack", queue=TEAM, change=1, credit=1), "STATE", "acknowledged without a watch", 0),
            (made("handout_ack"), "UNKNOWN", "token 0 is not out", 0),
            (made("handout_ack", token=2**64 - 1), "UNKNOWN", "its lease has ended", 0),
            (made("command"), "INVALID", "set `verb`", 0),
            (made("command", **dict(claim, by="")), "MISSING", "set `by` to a person's name", 5),
            (made("command", **dict(claim, by=" \t ")), "MISSING", "set `by` to a person's name", 5),
            (made("command", **dict(claim, by="x" * 1025)), "LIMIT", "command.by: 1025 bytes, at most 1024", 5),
            (made("command", **dict(claim, target="")), "UNKNOWN", "nothing of that name is held", 5),
            (made("command", **dict(claim, target=target[:-2] + ".17")), "UNKNOWN", "nothing of that name is held", 5),
            (made("command", **dict(claim, target="Q1")), "UNKNOWN", "nothing of that name is held", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_HAND_OUT)), "INVALID", "no verb of a person", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_ACCEPT)), "STATE", "claim it first", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_DECLINE)), "MISSING", "set `reason`", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_DECLINE, reason=" ")), "MISSING", "set `reason`", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_CLOSE)), "MISSING", "set `outcome`", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_CONTACT)), "MISSING", "set `mode`", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_CONTACT, mode=1, when=1)), "INVALID", "before the referral", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_CONTACT, mode=1, when=2**62)), "PROTOCOL",
             "command.when: an instant outside the years 1 to 9999", 5),
            (made("command", **dict(claim, verb=entry_pb2.VERB_TRIAGE, urgency=1)), "RIGHTS", "ask the desk", 5),
            (b"\xa2\x01\x04\x08\x05\x10\x63", "PROTOCOL", "command.verb: unknown value", 5),
            (made("open", correlation=6, target=target), "MISSING", "who reads it? set `by`", 6),
            (made("query", correlation=7), "INVALID", "set `kind`", 7),
            (made("query", correlation=7, kind=1), "RIGHTS", "only the desk and an operator", 7),
            (made("submit", correlation=8), "PROTOCOL", "submit: not on this socket: it belongs on intake", 8),
            (made("admin", correlation=9), "RIGHTS", "only an operator's key", 9),
            (made("welcome"), "PROTOCOL", "no message that a peer sends", 0),
            (b"\xfa\x3f\x00", "PROTOCOL", "newer than this router", 0),
        ]
        socket = world.raw("my-list")
        assert answer(socket, hello()).HasField("welcome")
        for frame, code, words, correlation in cases:
            expect_refused(answer(socket, frame), code, words, correlation)
        assert answer(socket, made("command", **claim)).HasField("command_result"), "the session goes on after all that"
        socket.close()
        intake.close()


def a_system_works_its_queue_one_by_one():
    """As the head of message.proto says: an acknowledgement makes room for one more, a lease takes back what was not."""
    with World() as world:
        intake = world.peer("gp", "intake")
        held = [held_by(intake, number) + ".1" for number in range(1, 5)]
        system, other = world.raw("my-list"), world.raw("other")
        assert answer(system, hello()).HasField("welcome") and answer(other, hello()).HasField("welcome")
        out = [answer(system, made("work", queue=TEAM, credit=1, lease_s=1)).handout]
        assert answer(system, timeout_s=0.2) is None, "one at a time"
        for _ in range(2):
            out.append(answer(system, made("handout_ack", token=out[-1].token)).handout)
        assert [each.row.assignment for each in out] == held[:3] and out[0].deliveries == 1
        assert answer(system, made("handout_ack", token=out[0].token), timeout_s=0.2) is None, "again: nothing happens"
        # The third is not acknowledged: its lease ends, and whoever has credit gets it under another token.
        first = answer(other, made("work", queue=TEAM, credit=2, lease_s=60)).handout
        assert first.row.assignment == held[3], first
        again = answer(other, timeout_s=10).handout
        assert again.row.assignment == held[2] and again.deliveries == 2 and again.token != out[2].token, again
        expect_refused(answer(system, made("handout_ack", token=out[2].token)), "UNKNOWN", "its lease has ended")
        assert answer(system, timeout_s=0.2) is None, "that cost its credit"
        held.append(held_by(intake, 5) + ".1")
        assert answer(system, timeout_s=0.2) is None
        assert answer(system, made("work", queue=TEAM, credit=1, lease_s=60)).handout.row.assignment == held[4]
        # Delivered is not claimed.
        claim = answer(other, made("command", correlation=1, verb=entry_pb2.VERB_CLAIM, target=held[2], by="A. Nurse"))
        assert claim.command_result.row.claimed_by == "A. Nurse", claim
        for one in (system, other):
            one.close()
        intake.close()


def what_an_adapter_gets_wrong():
    with World() as world:
        socket = world.raw("gp", "intake")
        assert answer(socket, hello()).HasField("welcome")

        def sent(number=1, **fields):
            envelope = submission(number)
            envelope.submit.correlation = 4
            for name, value in fields.items():
                if value is None:
                    envelope.submit.submission.ClearField(name)
                else:
                    setattr(envelope.submit.submission, name, value)
            return envelope.SerializeToString()
        cases = [
            (made("submit", correlation=4), "MISSING", "set submission.feed"),
            (sent(feed=None), "MISSING", "set submission.feed"),
            (sent(feed="nobody"), "UNKNOWN", "not in the rules in force"),
            (sent(feed="kgh-pas"), "RIGHTS", "may not submit on feed kgh-pas"),
            (sent(key=None), "MISSING", "set submission.key"),
            (sent(key="x" * 513), "LIMIT", "submit.submission.key: 513 bytes, at most 512"),
            (sent(action=None), "MISSING", "submission.action"),
            (sent(environment=None), "MISSING", "submission.environment"),
            (sent(digest=None), "INVALID", "expected 32 bytes"),
            (sent(digest=b"short"), "INVALID", "expected 32 bytes"),
            (sent(original=b"x" * (2**20 + 1)), "LIMIT", "submit.submission.original: 1048577 bytes, at most 1048576"),
        ]
        for frame, code, words in cases:
            expect_refused(answer(socket, frame), code, words, 4)
        expect_refused(answer(socket, made("watch", queue=TEAM, credit=1)), "PROTOCOL", "watch: not on this socket: it belongs on "
                       "queues")
        assert answer(socket, sent(2, original=b"x" * 2**20)).submit_result.disposal == state_pb2.DISPOSAL_NEW
        assert answer(socket, sent(3, referral=None)).submit_result.disposal == state_pb2.DISPOSAL_QUARANTINED
        assert answer(socket, sent(4, environment=record_pb2.ENVIRONMENT_TEST)).submit_result.reason == "test-on-live"
        # Over the frame limit the connection is cut; the next says what to do.
        socket.send(sent(5, original=b"x" * 1310720))
        deadline, found = time.monotonic() + 10, None
        while found is None and time.monotonic() < deadline:
            found = answer(socket, made("ping", token=1), timeout_s=1)
        expect_refused(found, "PROTOCOL", "say hello first")
        socket.close()


def the_event_feed_has_two_frames():
    with World() as world:
        feed = world.raw("dashboard", "events", zmq.SUB)
        feed.setsockopt(zmq.SUBSCRIBE, b"event.decided")
        feed.RCVTIMEO = 10000
        intake = world.peer("gp", "intake")
        deadline = time.monotonic() + 10
        number = 0
        while not feed.poll(100) and time.monotonic() < deadline:  # a subscription needs a moment
            number += 1
            held_by(intake, number)
        topic, frame = feed.recv_multipart()
        note = Envelope.FromString(frame).event
        assert topic == b"event.decided" and note.team == TEAM and note.referral, note
        feed.close()
        intake.close()


def endpoints_are_for_whoever_reads_them():
    """A state directory given as a relative path: the control socket's line still leads there."""
    with World() as world:
        stop = world.router.processes.pop("referrald")
        stop.send_signal(signal.SIGTERM)
        stop.wait(timeout=30)
        started = subprocess.Popen(
            [world.router.program("referrald"), "--place", world.router.place, "--state", "state", "--intake",
             world.router.endpoint("intake"), "--queues", world.router.endpoint("queues"), "--events",
             world.router.endpoint("events"), "--ops", f"127.0.0.1:{world.router.ports['ops']}"],
            cwd=world.router.work, stderr=subprocess.DEVNULL)
        world.router.processes["referrald"] = started
        world.router.wait_until("the router to be ready", world.router.ready)
        world.router.ctl("status")


if __name__ == "__main__":
    sys.exit(router.run_tests("test_stranger", [
        the_program_of_the_readme_runs, the_first_word_is_hello, one_key_has_one_session, what_a_consumer_gets_wrong, a_system_works_its_queue_one_by_one,
        what_an_adapter_gets_wrong, the_event_feed_has_two_frames, endpoints_are_for_whoever_reads_them]))
