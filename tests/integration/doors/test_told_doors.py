"""What the BaRS, form and file doors tell their senders stands in the ledger beside the message, byte for byte: `trace` shows
that it was told, `open` and `quarantine show` the bytes.

Usage: test_told_doors.py BUILD_DIR
"""
import base64
import json
import re
import sys
import urllib.error
import urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"

import test_mesh as mesh

import messages as m
import router as harness
import stories
import webform

PERSON = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}")


class Doors:
    def __init__(self):
        self.mesh = mesh.stage = mesh.Stage()
        self.router = r = self.mesh.router
        self.bars = r.adapter("bars", r.key("bars", "adapter", feeds="las-cad,cranbrook-grove-surgery"))
        self.form = r.adapter("form", r.key("form", "adapter", feeds="self,telephone"), "--feed", "self", "--feed", "telephone")
        self.mesh.start()
        r.wait_until("BaRS to be served", lambda: self.post(m.bundle({}, PERSON, "fall"), m.bars_headers({}))[0] == 200)

    def post(self, body, headers):
        """(status, the bytes of the answer)"""
        request = urllib.request.Request(f"http://127.0.0.1:{self.bars}/$process-message", body.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def told(self, target, count):
        """The answers in the trace, once there are so many: they come behind what was asked."""
        found = []

        def all_told():
            found[:] = [e["answered"] for e in self.router.ctl("trace", target)["entries"] if e["kind"] == "answered"]
            return len(found) >= count
        self.router.wait_until(f"{count} answers of {target}", all_told, 20)
        assert all("bytes" not in answer for answer in found), "a trace has no content"
        return found

    def bytes_of(self, target, *, item=False):
        command = ("quarantine", "show", target) if item else ("open", target, "--purpose", "what did we say")
        opened = self.router.ctl(*command, "--by", "Olu Operator")
        return [base64.b64decode(answer["bytes"]) for answer in opened["answers"]]

    def newest_item(self):
        return f"Q{max(int(q['entry']) for q in self.router.ctl('quarantine', 'ls')['quarantined'])}"

    def last_entry(self):
        return int(self.router.ctl("status")["last_entry"])


doors = None


def a_bars_message_and_its_repeat():
    body, headers = m.bundle({}, PERSON, "fall, on the floor"), m.bars_headers({})
    status, held = doors.post(body, headers)
    assert status == 200
    reference = REFERENCE.search(held.decode())[0]
    status, repeat = doors.post(body, headers)
    assert status == 409
    told = doors.told(reference, 2)
    assert [(a["code"], a["told"], int(a["length"])) for a in told] == [("200", "written", len(held)), ("409", "written", len(repeat))], told
    assert told[0]["words"] == reference and "has been processed" in told[1]["words"], told
    assert doors.bytes_of(reference) == [held, repeat]


def a_bars_message_that_was_refused():
    before = doors.last_entry()
    status, refused = doors.post(m.bundle({}, PERSON, "fall", reason="new", status="revoked"), m.bars_headers({}))
    assert status == 400, refused
    told = doors.told(f"E{before + 1}", 1)
    assert told[0]["code"] == "400" and int(told[0]["length"]) == len(refused), told
    assert told[0]["words"] == json.loads(refused)["issue"][0]["diagnostics"], told


def a_bars_message_that_waits_for_the_desk():
    headers = m.bars_headers({})
    assert doors.post(m.bundle({}, PERSON, "fall"), headers)[0] == 200
    status, conflict = doors.post(m.bundle({}, PERSON, "something else"), headers)
    assert status == 409
    item = doors.newest_item()
    assert doors.told(item, 1)[0]["code"] == "409"
    assert doors.bytes_of(item, item=True) == [conflict]


def a_form_and_the_page_after_it():
    reference, page = webform.walk(f"http://127.0.0.1:{doors.form}", "/self", {
        "emergency": "no", "for": "me", "since": "today", **stories.known(PERSON), "nhs-number": "",
        "postcode": "e18 2qb", "words": "I cannot get up the stairs", "need-reduced-function": "yes"})
    assert reference, webform.plain(page)
    told = doors.told(reference, 1)
    kept = doors.bytes_of(reference)
    assert (told[0]["code"], told[0]["told"]) in (("200", "written"), ("303", "written")), told
    assert int(told[0]["length"]) == len(kept[0]) and reference in kept[0].decode(), kept
    assert kept[0].decode() == page, "the page that the person read"


def rows_of_a_file():
    doors.mesh.put(mesh.sheet(mesh.GOOD.format(ref="TOLD-1"), mesh.GOOD.format(ref="TOLD-2").replace("two hours", "now!")), mesh.ctl("TOLD"))
    report = doors.mesh.report("TOLD")
    held, kept = report["items"]
    told = doors.told(held["our-reference"], 1)
    assert told[0]["code"] == "held", told
    assert json.loads(doors.bytes_of(held["our-reference"])[0]) == held
    item = doors.newest_item()
    assert doors.told(item, 1)[0]["code"] == "kept-for-desk"
    assert json.loads(doors.bytes_of(item, item=True)[0]) == kept


def a_message_of_a_file_that_was_refused():
    before = doors.last_entry()
    doors.mesh.put(mesh.hl7("TOLD-H", "TOLD-R").replace("REF^I12", "REF^I15"), mesh.ctl("TOLD2", "REFERRAL_HL7"))
    refused = doors.mesh.report("TOLD2")["items"][0]
    assert refused["outcome"] == "refused"
    assert doors.told(f"E{before + 1}", 1)[0]["code"] == "refused"


TESTS = [a_bars_message_and_its_repeat, a_bars_message_that_was_refused, a_bars_message_that_waits_for_the_desk,
         a_form_and_the_page_after_it, rows_of_a_file, a_message_of_a_file_that_was_refused]


def main():
    global doors
    doors = Doors()
    try:
        return harness.run_tests("told_doors", TESTS)
    finally:
        doors.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
