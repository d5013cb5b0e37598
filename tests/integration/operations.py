"""What an operator does: keys, reload, drain, backup and restore, rebuild, export."""
import shutil
import signal
import subprocess
import time

import rd_router
from rd_router import Router, enum, run_cases, submission


def a_new_key_is_known_at_once_and_a_revoked_one_no_more():
    with Router() as router:
        key = router.key("kgh", "adapter", ["kgh-pas"])
        session = router.session("intake", key)
        assert session.submit(submission()).entry > 0
        assert "kgh" in router.ctl("keys", "ls")
        router.ctl("keys", "revoke", "kgh")
        try:
            session.timeout = 1
            session.submit(submission())
            raise AssertionError("a revoked key was served")
        except TimeoutError:
            pass
        try:
            router.session("intake", key, timeout=1)
            raise AssertionError("a revoked key got in")
        except TimeoutError:
            pass
        slip = router.ctl("keys", "new", "slip", "--role", "adapter", "--feeds", "kgh-pass,self", "--out", router.folder / "slip.key",
                          expect=None)
        assert slip.returncode == 0 and "the place has no feed kgh-pass; it has " in slip.stderr, slip
        assert "kgh-pas," in slip.stderr and "no feed self" not in slip.stderr, slip
        again = router.ctl("keys", "new", "kgh", "--role", "adapter", "--feeds", "kgh-pas", expect=None)
        assert again.returncode == 1 and "revoked" in again.stderr, again


def a_bad_rule_set_is_refused_and_the_last_good_stays():
    router = Router()
    router.place = router.folder / "place"
    shutil.copytree(rd_router.PLACE, router.place)
    with router:
        teams = router.place / "teams.yaml"
        good = teams.read_text()
        teams.write_text(good.replace("kind: desk", "kind: dask", 1))
        refused = router.ctl("rules", "activate", router.place, "--by", "Sam Example", "--approved-by", "Dr Dee",
                             expect=None)
        assert refused.returncode == 1 and "teams.yaml:" in refused.stderr, refused
        said = router.ctl("reload", "--by", "Sam Example", "--approved-by", "Dr Dee")
        assert "teams.yaml:" in said and "dask" in said, said
        assert "rules.refused" in router.log(), router.log()
        assert "RULES REFUSED" in router.ctl("status") and "dask" in router.ctl("status")
        assert "referrald_rules_refused 1" in router.get("/metrics")[1]
        assert router.get("/readyz")[0] == 200
        check = router.ctl("rules", "check", router.place, expect=None)
        assert check.returncode == 1 and "teams.yaml:" in check.stdout, check
        teams.write_text(good.replace("First Contact Team", "First Contact Desk", 1))
        alone = router.ctl("reload", "--by", "Sam Example")
        assert "activate them with" in alone, alone
        router.process.send_signal(signal.SIGHUP)
        assert "First Contact Team" in router.get("/")[1]
        said = router.ctl("reload", "--by", "Sam Example", "--approved-by", "Dr Dee")
        assert "is in force" in said and "cases pass" in said, said
        assert "First Contact Desk" in router.get("/")[1]
        assert "RULES REFUSED" not in router.ctl("status")
        assert "referrald_rules_refused 0" in router.get("/metrics")[1]
        key = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        assert key.submit(submission()).entry > 0
        key.close()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen")
        time.sleep(0.02)


def a_drained_router_says_not_now_and_teams_go_on():
    with Router() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission())
        assert "draining" in router.ctl("drain", "--by", "Sam Example")
        answer = intake.submit(submission())
        assert answer.busy and not answer.entry, answer
        status, words = router.get("/readyz")
        assert status == 503 and "draining" in words, words
        router.ctl("claim", held.referral + ".1", "--by", "Sam Example")
        intake.close()
        assert router.stop() == 0, router.log()


def what_is_backed_up_can_be_restored():
    with Router() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        first = intake.submit(submission())
        copy = router.folder / "copy"
        router.ctl("ledger", "backup", copy)
        second = intake.submit(submission())
        before = router.operator("control").welcome.incarnation
        router.kill()
        shutil.move(router.state, router.folder / "old")
        said = router.ctl("ledger", "restore", copy)
        assert "restored" in said, said
        router.start()
        assert router.operator("control").welcome.incarnation > before
        assert "decided" in router.ctl("trace", first.referral)
        assert router.ctl("explain", second.referral, expect=None).returncode == 1
        again = router.session("intake", router.read_key(router.folder / "kgh.key"))
        assert again.submit(submission()).entry > 0
        again.close()
        intake.close()


def the_tables_are_what_the_entries_make():
    with Router() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        for number in range(20):
            held = intake.submit(submission(postcode=rd_router.postcodes()[number]))
            target = held.referral + ".1"
            if number % 2 == 0:
                router.ctl("claim", target, "--by", "Sam Example")
            if number % 4 == 0:
                router.ctl("contact", target, "--by", "Sam Example", "--mode", "face-to-face", "--at", "now")
        intake.close()
        # beside the running router, then without it
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", rd_router.PLACE)
        assert "invariants: hold" in router.ctl("ledger", "verify", "--place", rd_router.PLACE)
        assert router.stop() == 0, router.log()
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", rd_router.PLACE)
        exported = router.ctl("ledger", "export", "--from", "1", "--until", "5")
        assert exported.count('"number":') == 5, exported[:500]


def an_alarm_runs_the_operators_program():
    router = Router()
    told = router.folder / "alarms"
    program = router.folder / "alarm-command"
    program.write_text(f"#!/bin/sh\nenv | sort >> {told}\n")
    program.chmod(0o700)
    router.arguments = ["--alarm-command", program]
    with router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        broken = submission(key="broken-1")
        broken.ClearField("referral")
        broken.quarantine_code, broken.quarantine_words = "hl7-no-pid", "PID is missing"
        result = intake.submit(broken)
        assert result.disposal == enum("Disposal", "QUARANTINED"), result
        wait_for(lambda: told.exists() and "RD_ALARM=quarantine" in told.read_text())
        assert "RD_TEAM=desk" in told.read_text(), told.read_text()
        item = router.ctl("quarantine", "ls")
        assert "hl7-no-pid" in item, item
        name = item.split()[0]
        shown = router.ctl("quarantine", "show", name, "--by", "Sam Example")
        assert "original" in shown, shown
        router.ctl("quarantine", "refuse", name, "--by", "Sam Example", "--reason", "a test of the sender")
        assert "nothing is in quarantine" in router.ctl("quarantine", "ls")
        intake.close()


if __name__ == "__main__":
    run_cases(a_new_key_is_known_at_once_and_a_revoked_one_no_more,
              a_bad_rule_set_is_refused_and_the_last_good_stays, a_drained_router_says_not_now_and_teams_go_on,
              what_is_backed_up_can_be_restored, the_tables_are_what_the_entries_make,
              an_alarm_runs_the_operators_program)
