"""A place the size of a county is checked beside the running router: clocks fire, heartbeats and intake are answered, and
whoever asked can take it back. What is measured is relative: what happened before the check's own answer came."""
import json
import os
import signal
import subprocess
import time

import rd_router
from big_place import big_place
from rd_router import BUILD, Background, Envelope, Router, enum, run_cases, submission

# Postcodes and rules: enough that a check takes many times as long as an intake answer, with sanitizers and without.
# A shadow is not proved: what takes time is its tables.
COUNTY = {"RULES_ACTIVATE": {"rules": 100, "postcodes": 35_000}, "RULES_SHADOW": {"rules": 1_000, "postcodes": 35_000}}
HOME = "QX1 1AB"


def with_cases(place):
    cases = place / "cases"
    cases.mkdir()
    (cases / "one.yaml").write_text(
        "about: The one case of a made-up county.\n"
        "defaults: {at: 2026-11-23 10:00, feed: lambourne-road-surgery, age: 79, consent: given}\n"
        "cases:\n"
        f"  - name: A fall at home\n    postcode: {HOME}\n    needs: [fall]\n    expect: {{pathway: rapid-response}}\n")
    return place


def county(router, name, **size):
    return with_cases(rd_router.pathlib.Path(big_place(router.folder / name, **size)))


class Meanwhile:
    """A running router of a small county, and people at its sockets."""

    def __init__(self):
        self.router = Router()
        self.router.place = county(self.router, "place", rules=40, postcodes=400)
        self.alarms = self.router.folder / "alarms"
        self.alarms.write_text("")
        program = self.router.folder / "alarm-command"
        program.write_text(f"#!/bin/sh\necho $RD_REFERRAL $RD_ALARM $RD_STAGE >> {self.alarms}\n")
        program.chmod(0o700)
        self.router.arguments = ["--alarm-command", program]

    def __enter__(self):
        self.router.__enter__()
        key = self.router.key("adapter", "adapter", ["lambourne-road-surgery", "las-cad"])
        self.intake = self.router.session("intake", key, timeout=120)
        self.asker, self.desk = self.router.operator(), self.router.operator("queues")
        self.sent = 0
        return self

    def __exit__(self, *_):
        for session in (self.intake, self.asker, self.desk):
            session.close()
        self.router.__exit__()

    def refer(self):
        self.sent += 1
        return self.intake.submit(submission(feed="lambourne-road-surgery", postcode=HOME, key=f"meanwhile-{self.sent}",
                                             need="care-assessment", words="not well", priority="ROUTINE"))

    def validation(self, due_in_s):
        """An ambulance's, that is given back unless somebody accepts it: ten minutes before its sender's deadline."""
        made = submission(feed="las-cad", postcode=HOME, key=f"validation-{time.time_ns()}")
        made.referral.kind, made.referral.custody = enum("ReferralKind", "VALIDATION"), enum("Custody", "SENDER")
        made.referral.respond_by.utc_us = rd_router.now_us() + int((600 + due_in_s) * 1_000_000)
        return self.intake.submit(made).referral

    def ask(self, kind, place, **more):
        """Sends without waiting; the correlation."""
        envelope = Envelope()
        admin = envelope.admin
        admin.correlation, admin.kind = self.asker.next_correlation(), enum("AdminKind", kind)
        admin.directory, admin.by, admin.approved_by = str(place), "Sam Example", "Dr Dee"
        for name, value in more.items():
            setattr(admin, name, value)
        self.asker.send(envelope)
        return admin.correlation

    def answered(self, correlation):
        """The answer when it is there, without waiting."""
        while True:
            try:
                envelope = self.asker.receive(0)
            except TimeoutError:
                return None
            if envelope.HasField("refused") and envelope.refused.correlation == 0:
                raise PermissionError(envelope.refused.words)
            for arm in ("admin_result", "refused"):
                if envelope.HasField(arm) and getattr(envelope, arm).correlation == correlation:
                    return arm, getattr(envelope, arm).words

    @staticmethod
    def ping(session):
        envelope, others = Envelope(), []
        envelope.ping.token = 1
        session.send(envelope)
        while True:
            said = session.receive(120)
            if said.HasField("pong"):
                break
            others.append(said)
        session.unread = others + session.unread

    def go_on(self, correlation):
        """Intake, heartbeats and a clock until the check has its answer: (answer, seconds, gaps between answers, alarmed)."""
        referral = self.validation(due_in_s=0.2)
        begun = last = time.monotonic()
        gaps, alarmed = [], False
        while True:
            self.refer()
            self.ping(self.desk)
            self.ping(self.asker)
            answer, now = self.answered(correlation), time.monotonic()
            gaps.append(now - last)
            last = now
            if answer is not None:
                return answer, now - begun, gaps, alarmed
            alarmed = alarmed or f"{referral} stage auto-reject" in self.alarms.read_text()


def nothing_waits_for(kind):
    with Meanwhile() as running:
        big = county(running.router, "big", **COUNTY[kind])
        (arm, words), seconds, gaps, alarmed = running.go_on(running.ask(kind, big))
        print(f"{kind}: {arm}: {words}\n  {seconds:.1f} s, {len(gaps)} rounds of answers meanwhile, longest {max(gaps):.3f} s, "
              f"the alarm came meanwhile: {alarmed}")
        assert arm == "admin_result", words
        assert len(gaps) > 10, f"{len(gaps)} answers of intake while it was checked"
        assert max(gaps) < seconds / 2, f"nothing was answered for {max(gaps):.2f} of {seconds:.2f} s"
        assert alarmed, "a clock that was due did not fire while it was checked"


def an_activation_stops_no_clock():
    nothing_waits_for("RULES_ACTIVATE")


def a_shadow_stops_no_clock():
    nothing_waits_for("RULES_SHADOW")


def status(router):
    return json.loads(router.ctl("status", "--json"))


def wait_for_check(router, words="the proof"):
    end = time.monotonic() + 120
    while words not in status(router).get("rules_checking", ""):
        assert time.monotonic() < end, status(router)


def one_at_a_time_and_it_can_be_taken_back():
    with Meanwhile() as running:
        router = running.router
        before = status(router)["rules_hash"]
        big = county(router, "big", **COUNTY["RULES_ACTIVATE"])
        first = running.ask("RULES_ACTIVATE", big)
        wait_for_check(router)
        assert "a rule set is being checked for activation: the proof, " in router.ctl("status")
        assert "referrald_rules_checking 1" in router.get("/metrics")[1]
        for words in (("rules", "activate", router.place), ("rules", "revert"), ("rules", "shadow", router.place)):
            more = () if words[1] == "shadow" else ("--by", "Olu", "--approved-by", "Dr Dee")
            second = router.ctl(*words, *more, expect=None)
            assert second.returncode == 1 and "another rule set is being checked (for activation" in second.stderr, second
            assert "asked by Sam Example" in second.stderr, second
        reload = router.ctl("reload", "--by", "Olu", expect=None)
        assert reload.returncode == 1 and "keys reloaded; another rule set is being checked" in reload.stderr, reload
        assert running.answered(first) is None, "it was checked to its end before it could be taken back"
        assert "is taken back" in router.ctl("rules", "withdraw", "--by", "Olu")
        answer = running.asker.timeout = 60
        try:
            answer = running.asker.answer_to(first, "admin_result")
            raise AssertionError(answer)
        except PermissionError as refused:
            assert "taken back by Olu while it was checked" in str(refused), refused
        after = status(router)
        assert after["rules_hash"] == before and "rules_checking" not in after, after
        assert "referrald_rules_checking 0" in router.get("/metrics")[1]
        none = router.ctl("rules", "withdraw", "--by", "Olu", expect=None)
        assert none.returncode == 1 and "none is being checked" in none.stderr, none
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", router.place)


def activating(router, place):
    return subprocess.Popen(
        [BUILD / "router" / "ctl" / "referralctl", "rules", "activate", place, "--by", "Sam Example", "--approved-by",
         "Dr Dee", "--state", router.state], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def whoever_asked_sees_how_far_it_is_and_can_interrupt():
    with Meanwhile() as running:
        router = running.router
        before = status(router)["rules_hash"]
        asked = activating(router, county(router, "big", **COUNTY["RULES_ACTIVATE"]))
        said = asked.stderr.readline()
        assert "the router checks it for activation: " in said, said
        asked.send_signal(signal.SIGINT)
        out, err = asked.communicate(timeout=60)
        assert asked.returncode == 1 and "interrupted: what was being checked is taken back" in err, (out, err)
        end = time.monotonic() + 60
        while "rules_checking" in status(router):
            assert time.monotonic() < end
        assert status(router)["rules_hash"] == before
        assert running.refer().entry > 0


def the_end_of_the_router_is_clean_and_the_last_good_set_stays(how="stop"):
    with Meanwhile() as running:
        router = running.router
        before = status(router)["rules_hash"]
        big = county(router, "big", **COUNTY["RULES_ACTIVATE"])
        held = running.refer().referral
        asked = activating(router, big)
        wait_for_check(router)
        if how == "stop":
            assert router.stop() == 0, router.log()
            assert "the router ends; the rules in force stay" in router.log(), router.log()
        else:
            router.kill()
        out, err = asked.communicate(timeout=120)
        assert asked.returncode in (1, 3), (asked.returncode, out, err)
        assert "no answer from" in err or "the router ends" in err, err
        router.start()
        after = status(router)
        assert after["rules_hash"] == before and "pending_rules_hash" not in after, after
        assert "rapid-response" in router.ctl("explain", held) or "community" in router.ctl("explain", held)
        assert "invariants: hold" in router.ctl("ledger", "verify")
        assert not [name for name in os.listdir(router.state) if name.startswith("rules-")], os.listdir(router.state)


def a_kill_while_it_is_checked_leaves_the_last_good_set():
    the_end_of_the_router_is_clean_and_the_last_good_set_stays("kill")


if __name__ == "__main__":
    run_cases(an_activation_stops_no_clock, a_shadow_stops_no_clock, one_at_a_time_and_it_can_be_taken_back,
              whoever_asked_sees_how_far_it_is_and_can_interrupt,
              the_end_of_the_router_is_clean_and_the_last_good_set_stays,
              a_kill_while_it_is_checked_leaves_the_last_good_set)
