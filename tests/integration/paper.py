"""Calls taken on paper while nothing worked: a file of them is checked whole, each sheet is entered once under its true
time, what was done since is recorded, and a report says what became of each."""
import csv
import json
import os
import pathlib
import subprocess
import time

import rd_router
from rd_router import Router, run_cases

router = None
TITLES = (pathlib.Path(os.environ["RD_SOURCE_DIR"]) / "adapters" / "csv" / "paper.csv").read_text().strip().split(",")


def local(minutes_ago):
    """Date and time on the wall of the place, that long ago; GMT or BST behind it is always right."""
    at = time.localtime(time.time() - 60 * minutes_ago)
    return time.strftime("%d/%m/%Y", at), time.strftime("%H:%M", at), time.strftime("%Z", at)


def sheet(number, minutes_ago=60, **more):
    date, clock, _ = local(minutes_ago)
    row = {"Sheet number": str(number), "Call date": date, "Call time": clock, "Taken by": "R. Night", "Caller name": "Dana Example",
           "Caller is": "daughter", "Call-back number": "020 7946 0904", "What the caller says": "On the floor since tea",
           "Kind of need": "fall", "How urgent": "two hours", "Family name": "Secretname", "Given name": "Alex",
           "Date of birth": "14/03/1945", "Postcode": rd_router.postcodes("Fairlop")[3], "Consent": "given"}
    row.update({name.replace("_", " "): value for name, value in more.items()})
    return row


def write(name, rows):
    path = router.folder / name
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, TITLES)
        writer.writeheader()
        writer.writerows(rows)
    return path


def words(path, *more, by="C. Desk"):
    return ["submit", "--paper", path, "--feed", "telephone", "--place", router.place, "--key", router.folder / "paper.key",
            "--by", by, *more]


def enter(path, *more, expect=0):
    return router.ctl(*words(path, *more), expect=expect)


def held():
    feeds = json.loads(router.ctl("status", "--json")).get("feeds", [])
    return next((feed for feed in feeds if feed["feed"] == "telephone"), {})


def new_referrals():
    return int(held().get("new_referrals", 0))


def true_times_are_kept():
    """Three hours ago: over its two hours, so it alarms at once. Seen in time an hour after the call: that clock was met."""
    seen = dict(zip(("Seen at",), (" ".join(local(120)[:2]),)), **{"Seen by": "N. Urse", "Seen how": "face to face",
                                                                   "What was done": "helped up, no injury"})
    path = write("calls.csv", [sheet(1, 180), sheet(2, 180, **seen), sheet(3, 5, Team_told="First Contact Team", Told_at=local(1)[1])])
    before = new_referrals()
    said = enter(path, "--dry-run")
    assert "would be entered" in said and "no mistake" in said and new_referrals() == before, said
    said = enter(path)
    assert "over its time" in said and "ended in time" in said, said
    report = list(csv.DictReader((router.folder / "calls.report.csv").open()))
    assert [row["Outcome"] for row in report] == ["entered"] * 3, report
    assert "ring the team now" in report[0]["To do"] and report[1]["Seen at"] and not report[1]["To do"], report
    assert {row["Taken by"] for row in report} == {"R. Night"} and {row["Entered by"] for row in report} == {"C. Desk"}, report
    assert (router.folder / "calls.report.csv").stat().st_mode & 0o777 == 0o600
    assert "Secretname" not in (router.folder / "calls.report.csv").read_text() and "Secretname" not in said
    plain = router.ctl("trace", report[1]["Our reference"])
    assert "entered from paper by C. Desk" in plain and "by N. Urse" in plain, plain
    clock = json.loads(router.ctl("trace", report[1]["Our reference"], "--json"))["referral"]["clocks"]
    two = next(one for one in clock if one["kind"] == "two-hour")
    assert two["end_reason"] == "contact" and "breached_at" not in two, two
    record = router.ctl("open", report[1]["Our reference"], "--by", "C. Desk", "--purpose", "checking", "--json")
    assert "helped up, no injury" in record and "Secretname" in record, record
    record = router.ctl("open", report[2]["Our reference"], "--by", "C. Desk", "--purpose", "checking", "--json")
    for part in ("R. Night", "call-taker", "First Contact Team", "paper-sheet", "Dana Example"):
        assert part in record, (part, record)


def a_team_that_was_not_the_one_told_is_rung():
    """By name, in any letter case, it is the same team; another one is left to do in the report."""
    right = next(row["Team"] for row in csv.DictReader((router.folder / "calls.report.csv").open()))
    write("told.csv", [sheet(20, 5, Team_told=right.upper()), sheet(21, 5, Team_told="Another team altogether"), sheet(22, 5)])
    enter(router.folder / "told.csv")
    todo = [row["To do"] for row in csv.DictReader((router.folder / "told.report.csv").open())]
    assert "another team than the one that was told" in todo[1] and "ring both" in todo[1], todo
    assert "another team" not in todo[0] and "another team" not in todo[2], todo


def the_same_file_again_is_nothing_new():
    path = router.folder / "calls.csv"
    before, contacts = new_referrals(), router.ctl("trace", references()[1]).count("contact 1")
    said = enter(path)
    assert said.count("entered before") == 3 and new_referrals() == before, said
    assert router.ctl("trace", references()[1]).count("contact 1") == contacts
    assert "contact 2" not in router.ctl("trace", references()[1])


def references():
    return [row["Our reference"] for row in csv.DictReader((router.folder / "calls.report.csv").open())]


def a_corrected_sheet_is_for_the_desk():
    """The number and the time name the sheet: other content under them is no second referral."""
    rows = list(csv.DictReader((router.folder / "calls.csv").open()))
    rows[0]["Family name"] = "Othername"
    before = new_referrals()
    done = router.ctl(*words(write("again.csv", rows)), expect=None)
    assert done.returncode == 1 and "kept for the desk" in done.stdout and new_referrals() == before, done
    assert int(held()["quarantined"]) == 1, held()


def each_mistake_at_its_place():
    """Nothing is entered while one row is wrong; each mistake has its row, column, title and what was expected."""
    future, old = local(-90), local(60 * 24 * 40)
    cases = [({"Call date": ""}, "column B (Call date): expected the day of the call"),
             ({"Call time": "9pm"}, "column C (Call time): expected when the call began, of the 24-hour clock"),
             ({"Call time": ""}, "column C (Call time): expected when the call began"),
             ({"Call date": future[0], "Call time": future[1]}, "column C (Call time): still to come"),
             ({"Call date": old[0]}, "column B (Call date): more than 31 days ago"),
             ({"Taken by": ""}, "column D (Taken by): empty: expected the name"),
             ({"Sheet number": ""}, "column A (Sheet number): empty"),
             ({"Date of birth": "14/3/45"}, "column M (Date of birth): expected day, month and four digits"),
             ({"Or the age": "old"}, "column N (Or the age): expected whole years"),
             ({"How urgent": "soon"}, "column J (How urgent): expected emergency"),
             ({"Told at": local(1)[1]}, "column AD (Team told): empty"),
             ({"Seen by": "N. Urse"}, "column AG (Seen at): empty"),
             ({"Seen by": "N. Urse", "Seen at": " ".join(local(90)[:2]), "Seen how": "visit"}, "column AG (Seen at): before the call began"),
             ({"Seen by": "N. Urse", "Seen at": " ".join(future[:2]), "Seen how": "visit"}, "column AG (Seen at): still to come"),
             ({"Seen by": "N. Urse", "Seen at": " ".join(local(9)[:2]), "Seen how": "owl"}, "column AH (Seen how): expected face to face")]
    rows = [sheet(100)] + [dict(sheet(101 + i), **wrong) for i, (wrong, _) in enumerate(cases)] + [sheet(100, 30)]
    before = new_referrals()
    done = router.ctl(*words(write("wrong.csv", rows)), expect=None)
    assert done.returncode == 1 and "nothing was entered" in done.stderr and new_referrals() == before, done
    for i, (_, expected) in enumerate(cases):
        assert f"row {i + 3}, {expected}" in done.stderr, (expected, done.stderr)
    assert f"row {len(cases) + 3}, column A (Sheet number): this reference stands in an earlier row" in done.stderr, done.stderr
    assert not (router.folder / "wrong.report.csv").exists()


def the_file_itself_is_looked_at():
    no_titles = router.folder / "titles.csv"
    no_titles.write_text("Sheet number,Call date\n1,2\n")
    empty = write("empty.csv", [])
    for path, expected in ((no_titles, 'the column "'), (empty, "no row below the titles"), (router.folder / "none.csv", "No such file")):
        done = router.ctl(*words(path), expect=None)
        assert done.returncode == 1 and expected in done.stderr, (path, done)
    path = write("good.csv", [sheet(200)])
    for more, expected in ((["--received-at", "-40m"], "--received-at"), (["--out", "/nowhere/at/all"], "nothing was entered")):
        done = router.ctl(*words(path, *more), expect=None)
        assert done.returncode != 0 and expected in done.stderr, (more, done)
    by = [word for word in words(path) if word not in ("--by", "C. Desk")]
    done = router.ctl(*by, expect=None)
    assert done.returncode == 2 and "--by" in done.stderr, done


def a_crash_in_the_middle_enters_nothing_twice():
    """Killed after some rows; the same command then enters the rest, and each contact is recorded once."""
    count = 40
    seen = {"Seen by": "N. Urse", "Seen at": " ".join(local(30)[:2]), "Seen how": "telephone", "What was done": "advice"}
    path = write("many.csv", [sheet(1000 + i, 60, **seen) for i in range(count)])
    before, kills = new_referrals(), 0
    for so_far in (3, 15, 27):
        process = subprocess.Popen([rd_router.BUILD / "router" / "ctl" / "referralctl", *words(path), "--state", router.state],
                                   stdout=subprocess.DEVNULL)
        while new_referrals() < before + so_far and process.poll() is None:
            pass
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert kills > 0, "it was never killed"
    enter(path)
    report = list(csv.DictReader((router.folder / "many.report.csv").open()))
    assert len(report) == count and new_referrals() == before + count, (len(report), new_referrals())
    assert len({row["Our reference"] for row in report}) == count
    for row in report:
        trace = json.loads(router.ctl("trace", row["Our reference"], "--json"))
        assert len(trace["referral"]["contacts"]) == 1, trace["referral"]["contacts"]


def while_the_router_is_away_nothing_is_lost():
    path = write("away.csv", [sheet(300), sheet(301)])
    router.stop()
    done = subprocess.run([rd_router.BUILD / "router" / "ctl" / "referralctl", *words(path, "--timeout", "1"), "--state", router.state],
                          capture_output=True, text=True)
    assert done.returncode == 3 and "no answer" in done.stderr, done
    router.start()
    said = enter(path)
    assert said.count(": entered,") == 2, said


if __name__ == "__main__":
    os.environ["TZ"] = "Europe/London"
    time.tzset()
    router = Router()
    router.place = rd_router.open_place(router.folder)
    with router:
        router.key("paper", "adapter", ["telephone"])
        run_cases(true_times_are_kept, a_team_that_was_not_the_one_told_is_rung, the_same_file_again_is_nothing_new, a_corrected_sheet_is_for_the_desk,
                  each_mistake_at_its_place, the_file_itself_is_looked_at, a_crash_in_the_middle_enters_nothing_twice,
                  while_the_router_is_away_nothing_is_lost)
