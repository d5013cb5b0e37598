"""A consumer written from proto/ alone: takes assignments, is killed, resumes and misses nothing; two race for a claim.

Usage: test_consumer.py BUILD_DIR (with the protoc --python_out modules in BUILD_DIR/interop).
"""
import json
import multiprocessing
import os
import signal
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
sys.path[:0] = [os.path.join(BUILD, "interop"), os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")]

import peer  # noqa: E402
import router  # noqa: E402
from referral.v1 import entry_pb2, message_pb2, record_pb2, state_pb2  # noqa: E402

TEAM = "rapid-response"


def submission(number, key=None):
    """A fall in E18 as a GP's adapter in another language would make it."""
    envelope = message_pb2.Envelope()
    s = envelope.submit.submission
    s.feed, s.key = "lambourne-road-surgery", key or f"python-{number}"
    s.action, s.environment = record_pb2.ACTION_NEW, record_pb2.ENVIRONMENT_LIVE
    s.digest = number.to_bytes(32, "big")
    s.media_type, s.original = "text/plain", b"a fall at home"
    r = s.referral
    r.kind, r.custody = record_pb2.REFERRAL_KIND_REFERRAL, record_pb2.CUSTODY_ROUTER
    reference = r.source_refs.add()
    reference.system, reference.value = "python", str(number)
    r.priority_asked = record_pb2.PRIORITY_TWO_HOUR
    r.person.birth_date = "1944-06-15"
    name = r.person.names.add()
    name.family, name.given = "Example", "Ann"
    address = r.person.addresses.add()
    address.use, address.postcode = record_pb2.ADDRESS_USE_HOME, "E18 2QB"
    telecom = r.person.telecoms.add()
    telecom.system, telecom.value = "phone", "020 7946 0001"
    need = r.needs.add()
    need.code, need.words, need.domain = "fall", "fall at home", record_pb2.DOMAIN_HEALTH
    consent = r.consents.add()
    consent.decision = record_pb2.CONSENT_DECISION_GIVEN
    return envelope


class World:
    """One router with an adapter's and two consumers' keys."""

    def __enter__(self):
        self.router = router.Router(BUILD).__enter__()
        self.keys = {"gp": self.router.key("gp", "adapter", feeds="lambourne-road-surgery"),
                     "one": self.router.key("one", "consumer", teams=TEAM),
                     "two": self.router.key("two", "consumer", teams=TEAM)}
        return self

    def __exit__(self, *_):
        self.router.__exit__()

    def intake(self):
        return peer.Peer(self.router.endpoint("intake"), self.router.router_key(), self.keys["gp"])

    def queues(self, who):
        return peer.Peer(self.router.endpoint("queues"), self.router.router_key(), self.keys[who])


def held_by(intake, number):
    result = intake.ask(submission(number), "submit_result").submit_result
    assert result.disposal == state_pb2.DISPOSAL_NEW, result
    return result.referral


def consume_until_killed(endpoint, router_key, key, cursor_file):
    """A consumer that keeps its rows and its cursor on disk, as one must, and is killed at some moment."""
    link = peer.Peer(endpoint, router_key, key)
    view = peer.View(TEAM)
    link.watch(TEAM, credit=4)
    while True:
        envelope = link.receive(1.0)
        if envelope is None or not view.take(envelope):
            continue
        with open(cursor_file + ".new", "w", encoding="utf-8") as file:
            json.dump({"incarnation": view.incarnation, "change": view.change, "rows": sorted(view.rows)}, file)
        os.replace(cursor_file + ".new", cursor_file)
        view.acknowledge(link, 1)


def a_consumer_is_killed_and_misses_nothing():
    with World() as world:
        intake = world.intake()
        cursor_file = os.path.join(world.router.work, "cursor")
        child = multiprocessing.Process(target=consume_until_killed, args=(
            world.router.endpoint("queues"), world.router.router_key(), world.keys["one"], cursor_file))
        child.start()
        held = [held_by(intake, number) for number in range(1, 11)]
        end = time.monotonic() + 20
        while time.monotonic() < end and (not os.path.exists(cursor_file) or json.load(open(cursor_file))["change"] < 5):
            time.sleep(0.05)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        saved = json.load(open(cursor_file))
        assert saved["change"] >= 5, saved
        held += [held_by(intake, number) for number in range(11, 31)]
        link = world.queues("one")
        view = peer.View(TEAM)
        view.incarnation, view.change = saved["incarnation"], saved["change"]
        view.rows = dict.fromkeys(saved["rows"])
        link.watch(TEAM, saved["incarnation"], saved["change"], credit=16)
        wanted = {referral + ".1" for referral in held}
        view.follow(link, lambda v: set(v.rows) == wanted, 30)
        if view.snapshots == 0:
            assert view.seen == list(range(saved["change"] + 1, saved["change"] + 1 + len(view.seen))), view.seen
        link.close()
        intake.close()


def two_race_for_one_claim():
    with World() as world:
        intake, one, two = world.intake(), world.queues("one"), world.queues("two")
        for number in range(1, 9):
            target = held_by(intake, number) + ".1"
            for correlation, (link, person) in enumerate(((one, "a.first"), (two, "b.second"))):
                envelope = message_pb2.Envelope()
                envelope.command.correlation = 1000 * number + correlation
                envelope.command.verb, envelope.command.target = entry_pb2.VERB_CLAIM, target
                envelope.command.by = person
                link.send(envelope)
            answers = []
            for link in (one, two):
                try:
                    answers.append(link.expect("command_result").command_result.row.claimed_by)
                except peer.Refused as refused:
                    assert refused.code == message_pb2.REFUSAL_TAKEN, refused
                    answers.append(None)
            assert sorted(a for a in answers if a) in (["a.first"], ["b.second"]), answers
            assert answers.count(None) == 1, answers
        for link in (intake, one, two):
            link.close()


def a_repeat_is_answered_as_the_first():
    with World() as world:
        intake = world.intake()
        first = intake.ask(submission(1), "submit_result").submit_result
        again = intake.ask(submission(1), "submit_result").submit_result
        assert again.disposal == state_pb2.DISPOSAL_REPEAT and again.referral == first.referral, again
        intake.close()


def a_queue_that_is_not_theirs_stays_closed():
    with World() as world:
        link = world.queues("one")
        link.watch("safeguarding")
        envelope = link.receive(5.0)
        assert envelope is not None and envelope.WhichOneof("kind") == "refused", envelope
        assert envelope.refused.code == message_pb2.REFUSAL_RIGHTS, envelope
        link.close()


def the_record_is_opened_and_that_is_kept():
    with World() as world:
        intake, link = world.intake(), world.queues("one")
        target = held_by(intake, 1) + ".1"
        envelope = message_pb2.Envelope()
        envelope.open.target, envelope.open.by, envelope.open.purpose = target, "a.first", "visit"
        opened = link.ask(envelope, "opened", 10.0).opened
        assert opened.submissions[0].referral.person.names[0].family == "Example", opened
        trace = world.router.ctl("trace", target.split(".")[0])
        kinds = [entry["kind"] for entry in trace["entries"]]
        assert kinds[:2] == ["received", "decided"] and "read" in kinds, kinds
        for one in (intake, link):
            one.close()


if __name__ == "__main__":
    sys.exit(router.run_tests("consumer", [a_consumer_is_killed_and_misses_nothing, two_race_for_one_claim,
                                           a_repeat_is_answered_as_the_first, a_queue_that_is_not_theirs_stays_closed,
                                           the_record_is_opened_and_that_is_kept]))
