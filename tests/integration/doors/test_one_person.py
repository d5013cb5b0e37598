"""One person through three doors, against the real programs: the GP's HL7 v2, the ambulance service's bundle, her own
form. What is suggested, one link after the other, the nearest deadline on every row, and that nothing else has moved.

Usage: test_one_person.py BUILD_DIR
"""
import json
import os
import re
import sys
import time
import urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
import stories  # noqa: E402
import test_doors  # noqa: E402
import webform  # noqa: E402

# 81, on the floor. Each door writes her as its people do.
WHITLOCK = ("Whitlock-Jones", "Edith", "19440615", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
AT_THE_GP = ("WHITLOCK JONES", "EDITH", *WHITLOCK[2:])
PARTS = {"NHS number": 1, "name": 2, "born": 4, "postcode": 8, "practice": 16}


class Three:
    def __init__(self):
        self.doors = test_doors.Doors()
        self.router = self.doors.router
        form = self.router.key("form", "adapter", feeds="self,telephone")
        self.form_port = self.router.adapter("form", form, "--feed", "self", "--feed", "telephone")
        self.gp, self.ambulance, self.her = self.gp_referral(), self.validation(), self.self_referral()
        self.all = [self.gp, self.ambulance, self.her]

    def gp_referral(self):
        answer = self.doors.send(m.referral(test_doors.SURGERY, "L1", "REQ1", "R", AT_THE_GP, "^frailty, slower since the summer",
                                            practice="Y99101"))
        assert answer["MSA"][1] == "AA", answer
        return answer["MSA"][3]

    def validation(self):
        ids = {}
        status, _, body = self.doors.bars(m.bundle(ids, WHITLOCK, "fall, on the floor", coded=[
            {"system": "http://snomed.info/sct", "code": "161898004", "display": "Falls"}]), m.bars_headers(ids))
        assert status == 200, body
        return re.search(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", json.dumps(body))[0]

    def self_referral(self):
        reference, page = webform.walk(f"http://127.0.0.1:{self.form_port}", "/self", {
            "emergency": "no", "for": "me", "since": "today", **stories.known(WHITLOCK), "nhs-number": "",
            "postcode": "e18 2qb", "words": "I cannot get up the stairs", "need-reduced-function": "yes"})
        assert reference, webform.plain(page)
        return reference

    def state(self, referral):
        return self.router.ctl("trace", referral)["referral"]

    def links(self, *referral):
        return self.router.ctl("desk", "links", *referral).get("pairs", [])

    def row(self, referral):
        state = self.state(referral)
        team = state["assignments"][0]["team"]
        return next(row for row in self.router.ctl("queue", "ls", team)["rows"] if row["referral"] == referral)

    def unmoved(self, referral):
        """Everything of it but its links and the number of its rows' last change, as text."""
        state = {name: value for name, value in self.state(referral).items() if name != "links"}
        for assignment in state["assignments"]:
            assignment.pop("change", None)
            assignment.pop("delivered_at", None)
        return json.dumps(state, sort_keys=True)

    def feeds(self):
        status = self.router.ctl("status")
        return status.get("status", status)["feeds"]

    def nearest(self):
        return min(clock["alarm_due"] for referral in self.all for clock in self.state(referral)["clocks"]
                   if "ended_at" not in clock)


three = None


def three_doors_are_three_suggestions():
    pairs = three.links()
    assert len(pairs) == 3, pairs
    found = {frozenset((p["first"]["referral"], p["second"]["referral"])): p for p in pairs}
    by_number = found[frozenset((three.gp, three.ambulance))]
    assert int(by_number["matched"]) & 15 == 15 and by_number["state"] == "suggested", by_number
    hers = found[frozenset((three.gp, three.her))]  # her number was not verified: name, birth date, postcode
    assert int(hers["matched"]) & 15 == PARTS["name"] + PARTS["born"] + PARTS["postcode"], hers
    assert frozenset((three.ambulance, three.her)) in found, found
    for referral in three.all:
        assert "linked" not in three.row(referral), three.row(referral)


def words_say_what_is_alike():
    import subprocess
    said = subprocess.run([three.router.program("referralctl"), "desk", "links", three.gp, "--state", three.router.state],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    assert "same: NHS number, name, date of birth, postcode" in said, said
    assert "9990000018" not in said and "hitlock" not in said.lower(), said


def links_show_the_nearest_deadline_and_move_nothing():
    before = {referral: three.unmoved(referral) for referral in three.all}
    receipts = three.feeds()
    for other in (three.ambulance, three.her):
        done = three.router.ctl("link", three.gp, other, "--by", "Dee Desk", "--reason", "asked her daughter")
        assert done["row"]["linked"] >= 1, done
    nearest = three.nearest()
    for referral in three.all:
        row = three.row(referral)
        assert row["linked"] == 2 and row["group_due"] == nearest, (row, nearest)
        assert three.unmoved(referral) == before[referral]
    assert three.feeds() == receipts
    time.sleep(1)  # long enough for a receipt that nobody should send
    for referral in three.all:
        kinds = [entry["kind"] for entry in three.router.ctl("trace", referral)["entries"]]
        assert kinds.count("linked") >= 3, kinds  # two suggestions and a link, with each of them
        assert three.unmoved(referral) == before[referral]


def no_sender_and_no_other_team_learns_of_it():
    status, _, page = 0, 0, ""
    with urllib.request.urlopen(f"http://127.0.0.1:{three.form_port}/status", timeout=10) as answer:
        status, page = answer.status, answer.read().decode()
    assert status == 200 and "same person" not in page.lower()
    _, _, answer = three.doors.bars(b"", m.bars_headers({}), method="GET", path=f"/ServiceRequest/{three.ambulance}")
    for other in (three.gp, three.her):
        assert other not in json.dumps(answer), answer
    team = three.state(three.gp)["assignments"][0]["team"]
    key = three.router.key("team", "consumer", teams=team)
    asked = three.router.ctl("desk", "links", "--key", key, check=False)
    assert asked.returncode == 1 and "only the desk" in asked.stderr, asked
    seen = three.router.ctl("trace", three.gp, "--key", key)
    for other in (three.ambulance, three.her):
        assert other not in json.dumps(seen), seen
    assert "links" not in seen["referral"] and "marks" not in seen["referral"], seen
    assert not [entry for entry in seen["entries"] if entry["kind"] == "linked"], seen
    refused = three.router.ctl("unlink", three.gp, three.her, "--by", "Lou", "--key", key, check=False)
    assert refused.returncode == 1, refused
    # The team's list itself: how many and how soon.
    row = next(row for row in three.router.ctl("queue", "ls", team, "--key", key)["rows"] if row["referral"] == three.gp)
    assert row["linked"] == 2 and "group_due" in row, row


def a_cancel_is_its_own_senders():
    answer = three.doors.send(m.referral(test_doors.SURGERY, "L2", "REQ1", "R", AT_THE_GP, "^frailty", practice="Y99101",
                                         event="I14"))
    assert answer["MSA"][1] == "AA", answer
    assert three.state(three.gp)["phase"] == "closed"
    for referral in (three.ambulance, three.her):
        assert three.state(referral)["phase"] == "open"
        assert three.row(referral)["linked"] == 2
    assert three.state(three.ambulance)["custody"] == "sender"


def metrics_count_and_name_nobody():
    with urllib.request.urlopen(f"http://127.0.0.1:{three.router.ports['ops']}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert re.search(r"^spa_referrals_linked 2$", text, re.M), text  # the GP's is closed
    assert re.search(r"^spa_referrals_suggested 2$", text, re.M), text  # hers and the ambulance's: nobody has said
    for referral in three.all:
        assert referral not in text


def apart_again_and_bad_orders():
    for other in (three.ambulance, three.her):
        three.router.ctl("unlink", other, three.gp, "--by", "Dee Desk")
    for referral in (three.ambulance, three.her):
        assert "linked" not in three.row(referral), three.row(referral)
    three.router.ctl("dismiss", three.ambulance, three.her, "--by", "Dee Desk")
    assert three.links() == []
    for words, code in ((["unlink", three.gp, three.her, "--by", "Dee Desk"], 1), (["link", three.gp, three.gp, "--by", "D"], 1),
                        (["link", three.gp, "AAAAA-AAAAA", "--by", "D"], 1), (["link", three.gp, "--by", "D"], 2),
                        (["dismiss", three.gp, three.her, "--by", " "], 1)):
        done = three.router.ctl(*words, check=False)
        assert done.returncode == code and len(done.stderr) > 30, (words, done)


def the_ledger_agrees():
    router = three.router
    process = router.processes["referrald"]
    process.terminate()
    assert process.wait(30) == 0
    import subprocess
    for words in (["ledger", "verify"], ["ledger", "rebuild"]):
        done = subprocess.run([router.program("referralctl"), *words, "--state", router.state, "--place", router.place],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done


if __name__ == "__main__":
    three = Three()
    try:
        code = harness.run_tests("one_person", [
            three_doors_are_three_suggestions, words_say_what_is_alike, links_show_the_nearest_deadline_and_move_nothing,
            no_sender_and_no_other_team_learns_of_it, a_cancel_is_its_own_senders, metrics_count_and_name_nobody,
            apart_again_and_bad_orders, the_ledger_agrees])
    finally:
        three.doors.close()
    sys.exit(code)
