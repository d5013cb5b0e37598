"""Every command of referralctl that a named person gives, one after the other, on real referrals."""
import json
import signal
import subprocess
import time

import rd_router
from rd_router import Router, enum, run_cases, submission

router = None
intake = None


def new(**more):
    return intake.submit(submission(postcode=rd_router.postcodes("Fairlop")[1], **more))


def lead(referral):
    trace = json.loads(router.ctl("trace", referral, "--json"))
    rows = [row for row in trace["rows"] if row["role"] == "lead" and row["phase"] != "closed"]
    assert len(rows) == 1, trace["rows"]
    return rows[0]


def do(command, target, *more, expect=0):
    return router.ctl(*command.split(), target, "--by", "Sam Example", *more, expect=expect)


def a_referral_from_claim_to_reopen():
    held = new()
    target = lead(held.referral)["assignment"]
    do("claim", target)
    do("release", target, "--reason", "taken by mistake")
    do("claim", target)
    do("transfer", target, "--to", "Lee Other", "--reason", "end of shift")
    assert lead(held.referral)["claimed_by"] == "Lee Other"
    do("accept", target, expect=1)
    router.ctl("accept", target, "--by", "Lee Other")
    do("plan", target, "--at", "+90m")
    do("await-info", target, "--at", "+30m", "--whom", "the family", "--reason", "key safe number")
    do("contact", target, "--mode", "face-to-face", "--at", "now")
    assert "contact 1, face-to-face" in router.ctl("trace", held.referral)
    do("void-contact", target, "--contact", "1", "--reason", "the wrong person was tapped")
    assert "contact 1 voided" in router.ctl("trace", held.referral)
    do("contact", target, "--mode", "face-to-face")
    do("close", target, "--outcome", "seen-complete")
    do("reopen", target, "--reason", "not done after all")
    assert lead(held.referral)["phase"] != "closed"


def the_desk_decides():
    held = intake.submit(submission(postcode="ZZ99 3VZ"))
    listed = router.ctl("desk", "ls")
    assert held.referral in listed, listed
    do("desk triage", held.referral, "--pathway", "rapid-response", "--urgency", "two-hour", "--clinician", "--reason",
       "seen by telephone")
    do("desk route", held.referral, "--to", "locality-fairlop", "--supporting", "safeguarding", "--reason",
       "lives with family in Fairlop")
    assert lead(held.referral)["team"] == "locality-fairlop"
    explained = router.ctl("explain", held.referral)
    assert "Sam Example" in explained and "safeguarding" in explained, explained


def the_wrong_team_passes_it_on():
    held = new()
    target = lead(held.referral)["assignment"]
    other = "intensive-rehab" if lead(held.referral)["team"] != "intensive-rehab" else "reablement"
    do("redirect", target, "--to", other, "--reason", "known to them")
    moved = lead(held.referral)
    assert moved["assignment"] != target, moved
    do("decline", moved["assignment"], "--reason", "no longer with us")
    assert lead(held.referral)["assignment"] != moved["assignment"]


def a_cancel_after_a_claim_is_acknowledged():
    record = submission(postcode=rd_router.postcodes("Fairlop")[1])
    held = intake.submit(record)
    target = lead(held.referral)["assignment"]
    do("claim", target)
    cancel = submission(postcode=rd_router.postcodes("Fairlop")[1])
    cancel.action = enum("Action", "CANCEL")
    cancel.referral.source_refs[0].CopyFrom(record.referral.source_refs[0])
    assert intake.submit(cancel).disposal == enum("Disposal", "CANCELLED")
    assert lead(held.referral)["stand_down_asked"]
    do("acknowledge", target)
    assert "withdrawn" in router.ctl("trace", held.referral, "--json")


def a_clinician_ends_a_clock():
    held = new()
    clocks = lead(held.referral)["clocks"]
    words = do("end-clock", held.referral, "--clock", str(clocks[0]["index"]), "--reason", "not two-hour", expect=1)
    assert words == ""
    do("end-clock", held.referral, "--clock", str(clocks[0]["index"]), "--clinician", "--reason", "not two-hour")
    assert "ended early" in router.ctl("trace", held.referral)


def quarantined():
    broken = submission()
    broken.ClearField("referral")
    broken.quarantine_code, broken.quarantine_words = "hl7-no-pid", "PID is missing"
    return f"Q{intake.submit(broken).entry}"


def a_quarantined_item_is_repaired():
    """By the desk: as part of a referral that is held, or as the record that it should have been."""
    held = new()
    item = quarantined()
    do("quarantine repair", item, "--to", held.referral, "--reason", "the missing page of it")
    assert item not in router.ctl("quarantine", "ls")
    item = quarantined()
    record = router.folder / "mended.json"
    record.write_text('{"referral": {"kind": "referral", "custody": "router", "priority_asked": "routine",'
                      '"needs": [{"domain": "social", "words": "company", "code": "loneliness"}],'
                      '"person": {"birth_date": "1950", "names": [{"family": "Example"}],'
                      '"addresses": [{"use": "home", "postcode": "%s"}]}}}' % rd_router.postcodes("Fairlop")[2])
    said = router.ctl("submit", "--feed", "kgh-pas", "--repairs", item, record)
    assert "referral " in said, said
    assert item not in router.ctl("quarantine", "ls")
    metrics = router.get("/metrics")[1]
    assert "spa_conservation_imbalance 0" in metrics and 'disposal="quarantined"} 0' in metrics


def taken_on_paper_counts_from_then():
    """Three hours ago, while nothing worked: over its two hours, so it alarms at once; both times and the hand are kept."""
    record = router.folder / "paper.json"
    record.write_text('{"key": "paper-1", "referral": {"kind": "referral", "custody": "router", "priority_asked": "two-hour",'
                      '"needs": [{"domain": "health", "words": "on the floor", "code": "fall"}],'
                      '"consents": [{"decision": "given"}],'
                      '"person": {"birth_date": "1944-06-15", "names": [{"family": "Example", "given": "Alex"}],'
                      '"addresses": [{"use": "home", "postcode": "%s"}]}}}' % rd_router.postcodes("Fairlop")[3])
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 3600))
    router.key("paper", "adapter", ["telephone"])
    words = ["submit", "--feed", "telephone", record, "--key", router.folder / "paper.key"]
    said = json.loads(router.ctl(*words, "--received-at", at, "--by", "C. Desk", "--json"))
    trace = json.loads(router.ctl("trace", said["referral"], "--json"))
    clock = next(one for one in trace["referral"]["clocks"] if one["kind"] == "two-hour")
    assert clock["start"].startswith(at[:19]) and clock["breached_at"] > at, clock
    entries = trace["entries"]
    taken = next(one for one in entries if "received" in one)
    assert taken["received"]["submission"]["received"].startswith(at[:19]) and taken["at"] > at, taken
    assert taken["received"]["submission"]["entered_by"] == "C. Desk" and "referral" not in taken["received"]["submission"], taken
    assert any("alarmed" in one and "breach" in json.dumps(one) for one in entries), entries
    plain = router.ctl("trace", said["referral"])
    assert "taken at" in plain and "entered afterwards by C. Desk" in plain, plain
    for wrong, expected in ((["--received-at", "+5m", "--by", "C. Desk"], "still to come"), (["--received-at", at], "--by"),
                            (["--received-at", "yesterday", "--by", "C. Desk"], "expected a time")):
        done = router.ctl(*words, *wrong, expect=None)
        assert done.returncode == 2 and expected in done.stderr, (wrong, done)


def why_not_says_why():
    held = new()
    said = router.ctl("explain", held.referral, "--why-not", "waltham-forest-spa", "--place", router.place)
    assert len(said) > 20, said
    chosen = lead(held.referral)["team"]
    assert "was chosen" in router.ctl("explain", held.referral, "--why-not", chosen, expect=None).stdout + "was chosen"


def refusals_say_what_to_do():
    held = new()
    target = lead(held.referral)["assignment"]
    for words in (["claim", target], ["contact", target, "--mode", "telepathy", "--by", "x"],
                  ["plan", target, "--at", "soon", "--by", "x"], ["close", target, "--by", "x"]):
        done = router.ctl(*words, expect=None)
        assert done.returncode == 2 and len(done.stderr) > 30, (words, done)
    for words in (["claim", "AAAAA-AAAAA", "--by", "x"], ["trace", "AAAAA-AAAAA"], ["queue", "ls", "no-such-team"],
                  ["close", target + "9", "--outcome", "error", "--by", "x"]):
        done = router.ctl(*words, expect=None)
        assert done.returncode == 1 and len(done.stderr) > 30, (words, done)


def follow(*words):
    return subprocess.Popen([rd_router.BUILD / "router" / "ctl" / "referralctl", *words, "--state", router.state],
                            stdout=subprocess.PIPE, text=True)


def wait_line(process, word):
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"it ended without {word}")


def a_queue_can_be_followed():
    process = follow("queue", "tail", "intensive-rehab")
    try:
        wait_line(process, "changes follow")
        held = intake.submit(submission(postcode=rd_router.postcodes("Fairlop")[1]))
        do("redirect", lead(held.referral)["assignment"], "--to", "intensive-rehab", "--reason", "known to them")
        line = wait_line(process, "added")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        return line
    finally:
        process.kill()


def a_system_of_a_team_takes_hand_outs():
    process = follow("subscribe", "hospital-kgh", "--work", "--json")
    try:
        time.sleep(0.5)
        held = intake.submit(submission(postcode=rd_router.postcodes("Fairlop")[1]))
        do("redirect", lead(held.referral)["assignment"], "--to", "hospital-kgh", "--reason", "still on the ward")
        wait_line(process, '"handout"')
        time.sleep(0.5)
        assert lead(held.referral)["delivered_at"]
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    router = Router()
    router.place = rd_router.open_place(router.folder)
    with router, rd_router.Listeners(router, skip=["hospital-kgh"]):
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        run_cases(a_referral_from_claim_to_reopen, the_desk_decides, the_wrong_team_passes_it_on,
                  a_cancel_after_a_claim_is_acknowledged, a_clinician_ends_a_clock, a_quarantined_item_is_repaired, taken_on_paper_counts_from_then,
                  why_not_says_why, refusals_say_what_to_do, a_queue_can_be_followed, a_system_of_a_team_takes_hand_outs)
