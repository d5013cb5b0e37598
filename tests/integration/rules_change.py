"""A change of rules: two people, a moment, a way back; kept in the ledger whatever becomes of the directory; every past
decision made again."""
import json
import os
import shutil
import time

import rd_router
from rd_router import Router, run_cases, submission

SAM, DEE = ("--by", "Sam Example"), ("--approved-by", "Dr Dee")
LOXFORD = "IG1 1DN"


def place_of(router, name="place"):
    """A copy of the place that a test may change."""
    copy = router.folder / name
    shutil.copytree(rd_router.PLACE, copy)
    return copy


def reword(place, before="First Contact Team", after="First Contact Desk"):
    teams = place / "teams.yaml"
    text = teams.read_text()
    assert before in text
    teams.write_text(text.replace(before, after, 1))
    cases = place / "cases"
    for file in cases.glob("*.yaml"):
        file.write_text(file.read_text().replace(before, after))


def in_force(router):
    return json.loads(router.ctl("status", "--json"))


def same(router, referral, *more):
    said = router.ctl("explain", referral, "--as-of", *(more or ("now",)))
    assert "the same, byte for byte" in said, said
    return said


def a_change_takes_two_people_and_can_be_taken_back():
    router = Router()
    router.place = place_of(router)
    with router:
        first = in_force(router)["rules_hash"]
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission(postcode=LOXFORD))
        clock = router.ctl("explain", held.referral)
        new = place_of(router, "new")
        reword(new)

        alone = router.ctl("rules", "activate", new, *SAM, "--approved-by", " sam example", expect=None)
        assert alone.returncode == 2 and "cannot approve their own change" in alone.stderr, alone
        nobody = router.ctl("rules", "activate", new, *SAM, expect=None)
        assert nobody.returncode == 2, nobody
        # a mistake in the year must not bring in now what was meant for later
        late = router.ctl("rules", "activate", new, *SAM, *DEE, "--at", "2025-12-01 08:00", expect=None)
        assert late.returncode == 2 and "has passed" in late.stderr, late
        operator = router.operator()
        for more in ({"when": 1764576000000000}, {"rules_hash": first}):
            try:
                operator.ask("admin", "admin_result", kind=rd_router.enum("AdminKind", "RULES_ACTIVATE"), by="Sam",
                             approved_by="Dee", directory=str(new), **more)
                raise AssertionError(f"{more} was let in")
            except PermissionError as refused:
                assert "has passed" in str(refused) or "in force already" in str(refused), refused
        operator.close()
        said = router.ctl("rules", "activate", new, *SAM, *DEE, "--reason", "a better name")
        assert "is in force" in said and "cases pass" in said and "proved:" in said, said
        second = in_force(router)["rules_hash"]
        assert second != first
        again = router.ctl("rules", "activate", new, *SAM, *DEE, expect=None)
        assert again.returncode == 1 and "in force already" in again.stderr, again

        # what is open keeps its decision and its clock
        assert router.ctl("explain", held.referral) == clock
        intake.hello()  # a silence ends a session
        later = intake.submit(submission(postcode=LOXFORD, key="later"))
        # the directories are gone: what was in force is still known
        shutil.rmtree(new)
        (router.place / "triage.dmn").unlink()
        assert first[:12] in same(router, held.referral)
        assert second[:12] in same(router, later.referral)
        why = router.ctl("explain", held.referral, "--why-not", "locality-fairlop")
        assert "does not have it" in why and "rule 8 of Lead team" in why and "asks for" in why, why
        unknown = router.ctl("explain", held.referral, "--why-not", "nobody", expect=None)
        assert unknown.returncode == 1 and "there is no team nobody" in unknown.stderr, unknown

        assert router.stop() == 0, router.log()
        router.start()
        assert in_force(router)["rules_hash"] == second, "the ledger says which rules are in force"
        said = router.ctl("rules", "revert", *SAM, *DEE, "--reason", "it was no better")
        assert "is in force" in said, said
        assert in_force(router)["rules_hash"] == first
        router.ctl("rules", "revert", *SAM, *DEE)
        assert in_force(router)["rules_hash"] == second
        for referral in (held.referral, later.referral):
            same(router, referral)
        intake.close()
        intake = router.session("intake", router.read_key(router.folder / "kgh.key"))
        amended = submission(postcode=LOXFORD, key="later", need="fall")
        amended.key, amended.action = "later-2", rd_router.enum("Action", "AMEND")
        amended.referral.flags.add().category = "safeguarding"
        assert intake.submit(amended).disposal == rd_router.enum("Disposal", "AMENDED")
        verified = router.ctl("ledger", "verify")
        assert "invariants: hold" in verified and "decisions: 3 made again, the same byte for byte\n" in verified, verified
        exported = router.ctl("ledger", "export")
        assert '"approved_by": "Dr Dee"' in exported and "it was no better" in exported
        intake.close()


def what_fails_its_cases_never_loads():
    router = Router()
    with router:
        before = in_force(router)
        new = place_of(router, "new")
        reword(new)
        cases = new / "cases" / "desk.yaml"
        cases.write_text(cases.read_text().replace("reason: Under 18", "reason: Over 18"))
        shown = router.ctl("rules", "activate", new, *SAM, *DEE, expect=None)
        assert shown.returncode == 1 and "1 of " in shown.stderr, shown
        # a router that is asked all the same refuses too, and says so
        operator = router.operator()
        try:
            operator.ask("admin", "admin_result", kind=rd_router.enum("AdminKind", "RULES_ACTIVATE"), by="Sam",
                         approved_by="Dee", directory=str(new))
            raise AssertionError("a rule set that fails its cases was let in")
        except PermissionError as refused:
            assert "Seventeen until tomorrow" in str(refused), refused
        status = in_force(router)
        assert status["rules_hash"] == before["rules_hash"] and "Seventeen" in status["rules_refused_words"], status
        assert "referrald_rules_refused 1" in router.get("/metrics")[1]
        assert "was refused" in router.get("/")[1]
        # another content than was checked
        cases.write_text(cases.read_text().replace("reason: Over 18", "reason: Under 18"))
        for wrong in ({"rules_hash": "0" * 64}, {"approved_by": "SAM"}, {"directory": "relative"}):
            asked = {"by": "Sam", "approved_by": "Dee", "directory": str(new), **wrong}
            try:
                operator.ask("admin", "admin_result", kind=rd_router.enum("AdminKind", "RULES_ACTIVATE"), **asked)
                raise AssertionError(f"{wrong} was let in")
            except PermissionError:
                pass
        operator.close()


def at_its_time_and_over_a_crash():
    router = Router()
    with router:
        first = in_force(router)["rules_hash"]
        new = place_of(router, "new")
        reword(new)
        said = router.ctl("rules", "activate", new, *SAM, *DEE, "--at", "+60m")
        assert "comes into force at" in said, said
        waits = in_force(router)
        assert waits["rules_hash"] == first and waits["pending_rules_hash"] != first, waits
        assert "comes into force at" in router.ctl("status")
        assert "referrald_rules_pending 1" in router.get("/metrics")[1]
        second = router.ctl("rules", "activate", new, *SAM, *DEE, expect=None)
        assert second.returncode == 1 and "waits for its time already" in second.stderr, second
        shutil.rmtree(new)
        router.kill()
        router.start()
        assert in_force(router)["pending_rules_hash"] == waits["pending_rules_hash"]
        assert "withdrawn" in router.ctl("rules", "withdraw", *SAM)
        assert "pending_rules_hash" not in in_force(router)
        none = router.ctl("rules", "withdraw", *SAM, expect=None)
        assert none.returncode == 1, none

        new = place_of(router, "newer")
        reword(new, after="First Contact Hub")
        due = time.time() + 12  # sanitizers are slow
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
        router.ctl("rules", "activate", new, *SAM, *DEE, "--at", soon)
        expected = in_force(router)["pending_rules_hash"]
        router.kill()
        shutil.rmtree(new)
        time.sleep(max(0, due - time.time()))
        router.start()
        end = time.monotonic() + 10
        while in_force(router)["rules_hash"] != expected:
            assert time.monotonic() < end, in_force(router)
            time.sleep(0.1)
        assert "First Contact Hub" in router.get("/")[1]
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", rd_router.PLACE)


def what_no_longer_fits_at_its_time_does_not_come():
    """It fitted when it was scheduled; then a team that it does not have is given something."""
    router = Router()
    router.place = place_of(router)
    told = router.folder / "alarms"
    program = router.folder / "alarm-command"
    program.write_text(f"#!/bin/sh\necho $RD_ALARM $RD_TEAM $RD_ESCALATE_TO >> {told}\n")
    program.chmod(0o700)
    router.arguments = ["--alarm-command", program]
    teams = router.place / "teams.yaml"
    teams.write_text(teams.read_text() + "  - name: pilot\n    title: A team on trial\n    kind: internal\n    rota: desk\n")
    with router:
        first = in_force(router)["rules_hash"]
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission(postcode=LOXFORD))
        due = time.time() + 15  # sanitizers are slow
        said = router.ctl("rules", "activate", rd_router.PLACE, *SAM, *DEE, "--at",
                          time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due)))
        assert "comes into force at" in said, said
        scheduled = in_force(router)["pending_rules_hash"]
        router.ctl("redirect", f"{held.referral}.1", *SAM, "--to", "pilot", "--reason", "they try it")
        end = time.monotonic() + 60
        while "pending_rules_hash" in in_force(router):
            assert time.monotonic() < end, in_force(router)
            time.sleep(0.1)
        while not told.exists() or "rules desk" not in told.read_text():
            assert time.monotonic() < end, "no alarm"
            time.sleep(0.05)
        for _ in ("", "after a restart"):
            now = in_force(router)
            assert now["rules_hash"] == first, now
            assert "the team pilot has 1 open assignments" in now["rules_refused_words"], now
            assert "RULES REFUSED, those in force stay" in router.ctl("status")
            assert "referrald_rules_refused 1" in router.get("/metrics")[1]
            router.kill()
            router.start()
        exported = router.ctl("ledger", "export")
        assert '"refused": true' in exported and scheduled in exported, exported[-2000:]
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", rd_router.PLACE)
        # asked for now, it is refused in the same words
        again = router.ctl("rules", "activate", rd_router.PLACE, *SAM, *DEE, expect=None)
        assert again.returncode == 1 and "the team pilot has 1 open assignments" in again.stderr, again
        router.ctl("close", f"{held.referral}.2", *SAM, "--outcome", "error", "--reason", "not theirs")
        router.ctl("rules", "activate", rd_router.PLACE, *SAM, *DEE)
        assert in_force(router)["rules_hash"] == scheduled and "rules_refused_words" not in in_force(router)
        intake.close()


def a_place_whose_mapping_is_broken_never_loads():
    router = Router()
    with router:
        before = in_force(router)["rules_hash"]
        new = place_of(router, "new")
        reword(new)
        mapping = new / "mappings" / "kgh-pas.yaml"
        good = mapping.read_text()
        for text, place, words in (
                (good.replace("pathway: ZDP-2", "pathway: nowhere"), "mappings/kgh-pas.yaml:3:10:", "a field such as ZDP-2"),
                (good + "need-codes: {77: fal}\n", "mappings/kgh-pas.yaml:5:18:", "did you mean fall?"),
                (good + "colour: red\n", "mappings/kgh-pas.yaml:5:1:", "colour")):
            mapping.write_text(text)
            check = router.ctl("rules", "check", new, expect=None)
            assert check.returncode == 1 and check.stdout.count(place) == 1 and words in check.stdout, check
            alone = router.ctl("mapping", "check", "--place", new, expect=None)
            assert alone.returncode == 1 and alone.stderr.count(place) == 1, alone
            told = router.ctl("rules", "activate", new, *SAM, *DEE, expect=None)
            assert told.returncode == 1 and place in told.stderr, told
            operator = router.operator()
            operator.timeout = 60
            for kind in ("RULES_ACTIVATE", "RULES_SHADOW"):
                try:
                    operator.ask("admin", "admin_result", kind=rd_router.enum("AdminKind", kind), by="Sam",
                                 approved_by="Dee", directory=str(new))
                    raise AssertionError("a broken mapping was let in")
                except PermissionError as refused:
                    assert place in str(refused) and words in str(refused), refused
            operator.close()
            assert in_force(router)["rules_hash"] == before
        mapping.write_text(good)
        mapping.rename(mapping.with_name("kgh-pass.yaml"))
        check = router.ctl("rules", "check", new, expect=None)
        assert check.returncode == 1 and "mappings/kgh-pass.yaml:0:0: error: no feed of that name" in check.stdout, check
    fresh = Router()
    fresh.place = place_of(fresh)
    (fresh.place / "mappings" / "kgh-pas.yaml").write_text("pathway: nowhere\n")
    try:
        with fresh:
            raise AssertionError("it started with a broken mapping")
    except RuntimeError as ended:
        assert "mappings/kgh-pas.yaml:1:10: error:" in str(ended), ended


def one_person_in_two_spellings_is_one_person():
    router = Router()
    with router:
        new = place_of(router, "new")
        reword(new)
        operator = router.operator()
        for by, approved_by in (("Zo\u00eb Dee", "ZOE\u0308  DEE"), ("Dr Dee", "Dr.\u00a0dee\u200b"), ("Sam", "\uff33\uff41\uff4d"),
                                ("Sam", "\u2003\u200b"), (" \t", "Dee"), ("Sam", ""), ("\u3164", "\u202e")):
            try:
                operator.ask("admin", "admin_result", kind=rd_router.enum("AdminKind", "RULES_ACTIVATE"), by=by,
                             approved_by=approved_by, directory=str(new))
                raise AssertionError(f"{by!r} and {approved_by!r} were taken for two people")
            except PermissionError as refused:
                assert refused.args[0].endswith("RIGHTS"), refused
            if approved_by:
                told = router.ctl("rules", "activate", new, "--by", by, "--approved-by", approved_by, expect=None)
                assert told.returncode == 2, told
        operator.close()
        assert "rules_checking" not in in_force(router)


def a_broken_directory_stops_no_restart():
    router = Router()
    router.place = place_of(router)
    with router:
        assert router.stop() == 0, router.log()
        (router.place / "teams.yaml").write_text("teams: [\n")
        router.start()
        assert "rules.directory_differs" in router.log(), router.log()
        assert router.get("/readyz")[0] == 200


def what_would_have_been_different_is_said_before():
    router = Router()
    with router:
        intake = router.session("intake", router.key("gp", "adapter", ["lambourne-road-surgery"]))
        sent = [intake.submit(submission(feed="lambourne-road-surgery", postcode=postcode, priority="ROUTINE",
                                         need=("care-assessment", "frailty")[number % 2], family="Canary-Sheet",
                                         words="not well", key=f"k{number}"))
                for number, postcode in enumerate(rd_router.postcodes("Wanstead", 20))]
        same = json.loads(router.ctl("rules", "diff", "in-force", rd_router.PLACE, "--json"))
        assert same["compared"] == len(sent) and same["differing"] == 0, same
        new = place_of(router, "new")
        needs = new / "needs.yaml"
        before = "title: Decompensation of frailty, class: two-hour"
        assert before in needs.read_text()
        needs.write_text(needs.read_text().replace(before, before.replace("two-hour", "immediate")))
        sheet, table = router.folder / "sheet.html", router.folder / "sheet.csv"
        said = router.ctl("rules", "diff", "in-force", new, "--weeks", "1", "--html", sheet, "--csv", table, *SAM)
        half = sum(1 for number in range(len(sent)) if number % 2)
        assert f"{half} would have been decided otherwise" in said and f"urgency lower: {half}" in said, said
        assert "before: One of the needs of the two-hour standard" in said, said
        page, rows = sheet.read_text(), table.read_text()
        assert len(rows.splitlines()) == half + 1, rows
        changed = [answer.referral for number, answer in enumerate(sent) if number % 2]
        for text in (said, page, rows):
            assert all(referral in text for referral in changed), text
            for canary in ("Canary-Sheet", "9990000018", "020 7946 0900", "1 Example Road"):
                assert canary not in text, canary
        for expected in ("Sam Example", "Clinical safety officer", "DCB0129", "Signature", 'lang="en-GB"'):
            assert expected in page, expected
        by_file = router.ctl("rules", "diff", rd_router.PLACE, new, "--file",
                             rd_router.PLACE / "cases" / "stories.yaml")
        assert "0 would have been decided otherwise" in by_file, by_file  # Rachel fell, too
        bad = router.ctl("rules", "diff", "in-force", "0000", expect=None)
        assert bad.returncode == 1 and "keeps no rule set" in bad.stderr, bad
        intake.close()


def a_shadow_decides_and_nothing_follows():
    router = Router()
    with router:
        intake = router.session("intake", router.key("gp", "adapter", ["lambourne-road-surgery"]))
        new = place_of(router, "new")
        needs = new / "needs.yaml"
        before = "title: Decompensation of frailty, class: two-hour"
        needs.write_text(needs.read_text().replace(before, before.replace("two-hour", "immediate")))
        none = router.ctl("rules", "shadow", "report", expect=None)
        assert none.returncode == 1 and "no shadow decides here" in none.stderr, none
        assert "acts on nothing" in router.ctl("rules", "shadow", new)
        shutil.rmtree(new)

        def refer(need, number):
            return intake.submit(submission(feed="lambourne-road-surgery", postcode="E18 2QB", priority="ROUTINE",
                                            need=need, family="Canary-Shadow", words="not well", key=f"{need}{number}"))

        first = refer("frailty", 1)
        assert "rapid-response" in router.ctl("explain", first.referral), "the rules in force decide"
        refer("care-assessment", 1)
        status = in_force(router)
        assert int(status["shadow_compared"]) == 2 and int(status["shadow_differing"]) == 1, status
        assert "1 of 2 referrals otherwise" in router.ctl("status")
        assert "referrald_shadow_differing_total 1" in router.get("/metrics")[1]
        time.sleep(1.5)  # its notes are written once a second
        assert router.stop() == 0, router.log()
        router.start()
        intake.close()
        intake = router.session("intake", router.read_key(router.folder / "gp.key"))
        second = refer("frailty", 2)
        time.sleep(1.5)
        report = json.loads(router.ctl("rules", "shadow", "report", "--json"))
        assert report["compared"] == 3 and report["differing"] == 2, report
        assert {row["referral"] for row in report["referrals"]} == {first.referral, second.referral}, report
        assert report["referrals"][0]["after"]["pathway"] == "urgent-assessment", report
        notes = "".join(path.read_text() for path in (router.state / "shadow").glob("*.jsonl"))
        for canary in ("Canary-Shadow", "9990000018", "020 7946 0900", "1 Example Road", "1944"):
            assert canary not in notes, canary
        assert "no shadow" in router.ctl("rules", "shadow", "off")
        refer("frailty", 3)
        assert "shadow_rules_hash" not in in_force(router)
        intake.close()


def a_rule_set_is_read_by_a_person():
    router = Router()
    with router:
        narrow = router.ctl("rules", "show", rd_router.PLACE, env={**os.environ, "COLUMNS": "72"})
        assert all(len(line) <= 72 for line in narrow.splitlines()), max(narrow.splitlines(), key=len)
        kept = router.ctl("rules", "show", "in-force", "triage")
        for expected in ("33 rules, first: the first rule that matches counts", "age < 18", "Under 18"):
            assert expected in kept and expected in narrow, expected
        assert "last referral 19:00" in narrow and "only seeing the person face to face stops it" in narrow
        new = place_of(router, "new")
        wards = new / "localities.csv"
        wards.write_text(wards.read_text().replace("E05000497,Wanstead,2014-08-01,", "E05000497,Wanstead,2014-08-01,"
                                                   "2027-04-01") + "E05000497,Fairlop,2027-04-01,\n")
        for day, wanstead in (("2027-03-31", "Wanstead (6 wards)"), ("2027-04-01", "Wanstead (5 wards)")):
            said = router.ctl("rules", "show", new, "localities", "--at", day)
            assert wanstead in said and "from 1 Apr 2027" in said and "Bridge: Wanstead -> Fairlop" in said, said
        tables = json.loads(router.ctl("rules", "show", new, "--json"))
        assert {"tables", "teams", "hours", "clocks", "localities"} <= tables.keys()
        stories = rd_router.PLACE / "cases" / "stories.yaml"
        told = router.ctl("explain", "--file", stories, "--why-not", "locality-fairlop")
        assert told.count("does not have it") == 10 and "Jacob, 84" in told, told
        unknown = router.ctl("rules", "show", new, "nope", expect=None)
        assert unknown.returncode == 1 and "no table" in unknown.stderr, unknown


if __name__ == "__main__":
    run_cases(a_change_takes_two_people_and_can_be_taken_back, what_fails_its_cases_never_loads,
              at_its_time_and_over_a_crash, what_no_longer_fits_at_its_time_does_not_come,
              a_place_whose_mapping_is_broken_never_loads, one_person_in_two_spellings_is_one_person, a_broken_directory_stops_no_restart,
              what_would_have_been_different_is_said_before, a_shadow_decides_and_nothing_follows,
              a_rule_set_is_read_by_a_person)
