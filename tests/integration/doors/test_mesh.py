"""The file door: pairs of files in a folder, whatever state they come in, each once whatever crashes.

Usage: test_mesh.py BUILD_DIR
"""
import base64
import gzip
import hashlib
import itertools
import json
import os
import random
import signal
import struct
import sys
import time
import urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402

FILES = 240  # of the kill test
FEEDS = "goodmayes-lane-surgery,kgh-discharge-files"
TITLES = ("Your reference,NHS number,Family name,Given name,Date of birth,Gender,Address line 1,Town,Postcode,Telephone,"
          "What is needed,Kind of need,How urgent,Safeguarding concern")
GOOD = '{ref},9990000018,Example,Ann,14/03/1945,female,"1 High Road, South Woodford",London,E18 2QB,020 7946 0001,' \
       'Fell and cannot get up,fall,two hours,no'


def sheet(*rows):
    return "\r\n".join((TITLES,) + rows) + "\r\n"


def ctl(dts_id, workflow="REFERRAL_CSV", mailbox="X26HC001", **more):
    """A control file; `more`: other elements."""
    fields = {"Version": "1.0", "AddressType": "DTS", "MessageType": "Data", "WorkflowId": workflow, "From_DTS": mailbox,
              "To_DTS": "X26HC999", "Subject": "", "LocalId": "1", "DTSId": dts_id, "Compress": "N", "Encrypted": "N", **more}
    return "<DTSControl>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + (
        "<StatusRecord><DateTime>20261122170418</DateTime><Event>TRANSFER</Event><Status>SUCCESS</Status>"
        "<StatusCode>00</StatusCode></StatusRecord></DTSControl>")


class Stage:
    def __init__(self):
        self.router = r = harness.Router(BUILD).__enter__()
        self.key = r.key("mesh", "adapter", feeds=FEEDS)
        self.folders = {name: os.path.join(r.work, "mesh", name) for name in ("inbox", "reports", "archive", "quarantine")}
        for folder in self.folders.values():
            os.makedirs(folder)
        self.config = self.configure("mesh.yaml")
        self.number = 0
        self.process = None
        self.ops = harness.free_port()

    def configure(self, name, patience=2, settle=100, **changes):
        path = os.path.join(self.router.work, name)
        folders = {**self.folders, **changes}
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{key}: {folder}\n" for key, folder in folders.items()) +
                       f"scan-seconds: 1\nsettle-milliseconds: {settle}\npatience-seconds: {patience}\n"
                       "desk-feed: goodmayes-lane-surgery\nmailboxes:\n"
                       "  - {mailbox: X26HC001, feed: goodmayes-lane-surgery}\n"
                       "  - {mailbox: X26HC002, feed: kgh-discharge-files}\n"
                       "workflows:\n  - {workflow: REFERRAL_CSV, format: csv}\n  - {workflow: REFERRAL_FHIR, format: fhir}\n"
                       "  - {workflow: REFERRAL_HL7, format: hl7v2}\n")
        return path

    def launch(self, config=None, label="referral-mesh", environment=None):
        r = self.router
        before = dict(os.environ)
        os.environ.update(environment or {})
        try:
            return r.launch("referral-mesh", "--place", r.place, "--key", self.key, "--router-key", r.router_key(), "--intake",
                            r.endpoint("intake"), "--mesh", config or self.config, "--ops", f"127.0.0.1:{self.ops}", label=label)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def start(self, **more):
        said = self.watching()
        self.process = self.launch(**more)
        self.router.wait_until("the door to watch", lambda: self.watching() > said)

    def watching(self):
        path = os.path.join(self.router.work, "referral-mesh.log")
        return self.router.log("referral-mesh").count("mesh.watching") if os.path.exists(path) else 0

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, self.router.log("referral-mesh")[-3000:]
        self.forget()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.forget()

    def forget(self):
        self.router.processes.pop("referral-mesh", None)
        self.process = None

    def path(self, folder, name=""):
        return os.path.join(self.folders[folder], name)

    def listed(self, folder):
        return sorted(name for name in os.listdir(self.folders[folder]) if not name.startswith("."))

    def put(self, data, control, name=None, order="dc"):
        """Moves a pair in, as a MESH client does; returns its name."""
        self.number += 1
        name = name or f"f{self.number:05d}"
        for half in order:
            body = data if half == "d" else control
            final = self.path("inbox", name + (".dat" if half == "d" else ".ctl"))
            with open(os.path.join(os.path.dirname(self.folders["inbox"]), "outside"), "wb") as file:
                file.write(body if isinstance(body, bytes) else body.encode())
            os.rename(file.name, final)
        return name

    def reports(self):
        found = []
        for name in self.listed("reports"):
            with open(self.path("reports", name), encoding="utf-8") as file:
                found.append(json.load(file))
        return found

    def report(self, dts_id, seconds=40):
        """The report of that transfer, once the inbox has let go of it."""
        def found():
            return [r for r in self.reports() if r.get("dts-id") == dts_id]
        self.router.wait_until(f"the report of {dts_id}", found, seconds)
        self.empty()
        return found()[0]

    def empty(self, seconds=60):
        self.router.wait_until("an empty inbox", lambda: not self.listed("inbox"), seconds)

    def counted(self, feed="goodmayes-lane-surgery"):
        """Submissions of a feed by what became of them, as the ledger has them."""
        status = self.router.ctl("status")
        return next((f for f in status.get("feeds", []) if f["feed"] == feed), {})

    def quarantined(self):
        return self.router.ctl("quarantine", "ls")


stage = None


def outcomes(report):
    return [item["outcome"] for item in report["items"]]


def texts():
    """Everything that may not hold anything of a person: names of files, the log, the reports."""
    found = stage.router.log("referral-mesh")
    for folder in ("reports", "archive", "quarantine"):
        found += " ".join(stage.listed(folder))
    for name in stage.listed("reports"):
        with open(stage.path("reports", name), encoding="utf-8") as file:
            found += file.read()
    return found


def hl7(control, reference, facility="Y99103", **more):
    person = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
    return m.referral(("EMIS", facility), control, reference, "S", person, "W19^Fall^I10", practice="Y99103", **more)


def fhir(**more):
    person = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
    return m.bundle({}, person, "Fell", **{"category": "referral", "sender": "Y99103", **more})


def a_sheet_good_and_bad_rows():
    stage.start()
    before = stage.counted()
    stage.put(sheet(GOOD.format(ref="A-1"), GOOD.format(ref="A-2").replace("14/03/1945", "03/14/1945"),
                    GOOD.format(ref="A-3").replace("two hours", "ASAP"), GOOD.format(ref="A-1"), GOOD.format(ref="A-4"),
                    "A-5,only,three"), ctl("D1"))
    report = stage.report("D1")
    assert outcomes(report) == ["held"] + 3 * ["kept-for-desk"] + ["held", "kept-for-desk"], report
    assert [item["row"] for item in report["items"]] == [2, 3, 4, 5, 6, 7]
    assert [(x["column"], x["title"]) for item in report["items"][1:4] for x in item["mistakes"]] == [
        ("E", "Date of birth"), ("M", "How urgent"), ("A", "Your reference")]
    assert report["items"][0]["team"] == "Community Treatment Team (rapid response)"
    after = stage.counted()
    assert after.get("new_referrals", 0) - before.get("new_referrals", 0) == 2
    assert after.get("quarantined", 0) - before.get("quarantined", 0) == 4, "a person stands behind each"
    assert after.get("rejected", 0) == before.get("rejected", 0)
    held = report["items"][0]["our-reference"]
    kept = stage.router.ctl("trace", held)
    assert kept["rows"][0]["referral"] == held, kept
    assert len(stage.listed("archive")) == 2 and not stage.listed("quarantine")


def a_thousand_rows_with_one_mistake_are_one_item():
    """A column in the wrong form: one item that is a sheet by itself; the good rows go through; put right, all are held."""
    before = stage.counted()
    right = [GOOD.format(ref=f"T-{n}") for n in range(1000)]
    wrong = [row if n in (0, 500) else row.replace("14/03/1945", "03/14/1945") for n, row in enumerate(right)]
    stage.put(sheet(*wrong), ctl("T1"))
    report = stage.report("T1", 120)
    assert outcomes(report) == ["held", "held", "kept-for-desk"] and report["counts"] == {"held": 2, "kept-for-desk": 998}, report
    item = report["items"][2]
    assert item["rows"] == "3-501, 503-1001" and item["mistakes"][0]["column"] == "E", item
    assert item["why"].startswith("998 rows have the same mistake, here the first: row 3, column E (Date of birth)"), item
    assert stage.counted().get("quarantined", 0) - before.get("quarantined", 0) == 1
    kept = max(stage.quarantined()["quarantined"], key=lambda q: int(q["entry"]))
    assert kept["code"] == "csv-rows" and "9990000018" not in kept["words"], kept
    opened = stage.router.ctl("quarantine", "show", f"Q{kept['entry']}", "--by", "t.ester")
    bytes_kept = base64.b64decode(opened["submissions"][0]["original"]).decode()
    assert bytes_kept == sheet(*(row for n, row in enumerate(wrong) if n not in (0, 500))), "titles and rows, nothing lost"
    stage.put(bytes_kept.replace("03/14/1945", "14/03/1945"), ctl("T2"))  # put right, and sent again
    again = stage.report("T2", 120)
    assert again["counts"] == {"held": 998}, again["counts"]
    stage.put(sheet(*wrong), ctl("T3"))
    third = stage.report("T3", 120)
    assert outcomes(third) == ["held-before", "held-before", "kept-for-desk"], third
    assert stage.counted()["quarantined"] - before.get("quarantined", 0) == 1, "the same rows are the same item"


def the_corrected_sheet_holds_only_what_was_not_held():
    before = stage.counted()
    stage.put(sheet(GOOD.format(ref="A-1"), GOOD.format(ref="A-2"), GOOD.format(ref="A-3"), GOOD.format(ref="A-4")), ctl("D1b"))
    assert outcomes(stage.report("D1b")) == ["held-before", "held", "held", "held-before"]
    assert stage.counted()["new_referrals"] - before.get("new_referrals", 0) == 2


def a_reference_with_other_content_waits_for_the_desk():
    stage.put(sheet(GOOD.format(ref="A-1").replace("Fell and", "Fell twice and")), ctl("D1c"))
    report = stage.report("D1c")
    assert outcomes(report) == ["kept-for-desk"] and "other content" in report["items"][0]["why"], report


def either_half_may_come_first():
    for dts_id, order in (("D2", "dc"), ("D3", "cd")):
        stage.put(sheet(GOOD.format(ref=dts_id)), ctl(dts_id), order=order)
        assert outcomes(stage.report(dts_id)) == ["held"]


def hl7_messages_in_one_file():
    first = hl7("H1", "R1")
    text = ("FHS|^~\\&|EMIS|Y99103\rBHS|^~\\&|EMIS|Y99103\r" + first + hl7("H2", "R2") +
            hl7("H3", "R2", event="I14") + "MSH|^~\\&|EMIS|Y99103\r" + "BTS|4\rFTS|1\r")
    stage.put(text.replace("\r", "\r\n"), ctl("D4", "REFERRAL_HL7"))
    report = stage.report("D4")
    assert outcomes(report) == ["held", "held", "held", "refused"], report
    stage.put(first, ctl("D5", "referral_hl7"))
    assert outcomes(stage.report("D5")) == ["held-before"], "a control id is a message's name in a file too"
    stage.put(hl7("H9", "R9", facility="RF4"), ctl("D6", "REFERRAL_HL7"))
    assert outcomes(stage.report("D6")) == ["kept-for-desk"], "of another organisation"


def fhir_in_json_xml_and_gzip():
    stage.put(fhir(), ctl("D7", "REFERRAL_FHIR"))
    assert outcomes(stage.report("D7")) == ["held"], stage.report("D7")
    stage.put(gzip.compress(fhir().encode()), ctl("D8", "REFERRAL_FHIR", Compress="Y", IsCompressed="Y"))
    assert outcomes(stage.report("D8")) == ["held"]
    stage.put("<Bundle xmlns='http://hl7.org/fhir'><type value='message'/></Bundle>", ctl("D9", "REFERRAL_FHIR"))
    report = stage.report("D9")
    assert outcomes(report) == ["kept-for-desk"] and "MessageHeader" in report["items"][0]["why"], report
    stage.put("{ not json", ctl("D10", "REFERRAL_FHIR"))
    assert outcomes(stage.report("D10")) == ["kept-for-desk"]
    stage.put(fhir(sender="RRU"), ctl("D11", "REFERRAL_FHIR"))
    assert outcomes(stage.report("D11")) == ["kept-for-desk"]


def an_update_in_a_file_says_only_what_changed():
    ids = {}
    person = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
    first = m.bundle(ids, person, "Fell", category="referral", sender="Y99103", flags=[("SG", "U", "Concern")])
    stage.put(first, ctl("U1", "REFERRAL_FHIR"))
    reference = stage.report("U1")["items"][0]["our-reference"]
    stage.put(m.bundle(ids, person, "Fell again", category="referral", sender="Y99103", reason="update"), ctl("U2", "REFERRAL_FHIR"))
    report = stage.report("U2")
    assert outcomes(report) == ["held"] and report["items"][0]["our-reference"] == reference, report
    opened = stage.router.ctl("open", reference + ".1", "--by", "t.ester", "--purpose", "test")
    record = opened.get("opened", opened)["submissions"][-1]["referral"]
    assert record["needs"][0]["words"] == "Fell again" and [f["category"] for f in record["flags"]] == ["safeguarding"], record
    old = json.loads(m.bundle(ids, person, "Old words", category="referral", sender="Y99103", reason="update"))
    for entry in old["entry"]:
        if entry["resource"]["resourceType"] != "ServiceRequest":
            entry["resource"]["meta"] = {"lastUpdated": "2020-01-01T00:00:00Z"}
            entry["resource"]["language"] = "en"
    held = json.loads(base64.b64decode(opened.get("opened", opened)["submissions"][-1]["original"]))
    for entry, before in zip(old["entry"], held["entry"]):
        if entry["resource"]["resourceType"] == "ServiceRequest":
            entry["resource"] = before["resource"]
    stage.put(json.dumps(old), ctl("U3", "REFERRAL_FHIR"))
    assert outcomes(stage.report("U3")) == ["kept-for-desk"], stage.report("U3")


BAD_CONTROLS = (  # name, control file, outcome, part of why
    ("slip", ctl("B1").replace("<Subject></Subject>", "<Subject>DLPv3/Subject>"), "kept-for-desk", "mismatched|well-formed|line 1"),
    ("reopened", ctl("B2").replace("</DTSId>", "<DTSId>"), "kept-for-desk", "line 1"),
    ("cut", ctl("B3")[:120], "kept-for-desk", "line 1"),
    ("empty", "", "kept-for-desk", "no element found"),
    ("binary", bytes(range(256)), "kept-for-desk", "line 1"),
    ("doctype", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + ctl("B4"), "kept-for-desk", "document type"),
    ("laughs", "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><DTSControl><From_DTS>&b;</From_DTS></DTSControl>",
     "kept-for-desk", "document type"),
    ("entity", ctl("&unknown;"), "kept-for-desk", "undefined entity"),
    ("html", "<html><body>504</body></html>", "kept-for-desk", "DTSControl"),
    ("deep", "<DTSControl>" + "<a>" * 5000, "kept-for-desk", "too deep"),
    ("two senders", ctl("B5").replace("<To_DTS>", "<From_DTS>X26HC002</From_DTS><To_DTS>"), "kept-for-desk", "twice"),
    ("large", ctl("B6", Subject="x" * 70000), "kept-for-desk", "64 KiB"),
    ("unknown mailbox", ctl("B7", mailbox="X26EVIL"), "kept-for-desk", "From_DTS"),
    ("unknown workflow", ctl("B8", workflow="SOMETHING_ELSE"), "kept-for-desk", "WorkflowId"),
    ("encrypted", ctl("B9", Encrypted="Y"), "kept-for-desk", "Encrypted"),
)


def control_files_as_they_come():
    for number, (name, control, outcome, why) in enumerate(BAD_CONTROLS):
        known = set(stage.listed("reports"))
        aside = len(stage.listed("quarantine"))
        stage.put(sheet(GOOD.format(ref=f"BAD-{number}")), control)
        stage.router.wait_until(f"a report for {name}", lambda: set(stage.listed("reports")) - known)
        stage.empty()
        new = set(stage.listed("reports")) - known
        with open(stage.path("reports", new.pop()), encoding="utf-8") as file:
            report = json.load(file)
        assert outcomes(report) == [outcome], (name, report)
        assert any(part in report["items"][0]["why"] for part in why.split("|")), (name, report)
        assert len(stage.listed("quarantine")) == aside + 2, name
    # liberal about the rest
    stage.put(sheet(GOOD.format(ref="LIB-1")), '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a comment -->\n<x:dtscontrol xmlns:x="urn:x">'
              "<x:dtsid> L1 </x:dtsid><x:Extra><x:y/></x:Extra><x:from_dts>x26hc001</x:from_dts><x:workflowid>Referral_CSV"
              "</x:workflowid></x:dtscontrol>\n")
    assert outcomes(stage.report("L1")) == ["held"]


def data_files_as_they_come():
    bomb = gzip.compress(b"0" * (64 << 20))
    for dts_id, data, workflow, outcome, why in (
            ("C1", b"x" * ((1 << 20) + 1), "REFERRAL_CSV", "refused", "1 MiB"),
            ("C2", bomb, "REFERRAL_CSV", "refused", "unpacked"),
            ("C3", gzip.compress(b"text")[:-6], "REFERRAL_CSV", "kept-for-desk", "unpacked"),
            ("C4", gzip.compress(b"text") + b"more", "REFERRAL_CSV", "kept-for-desk", "unpacked"),
            ("C5", b"", "REFERRAL_CSV", "kept-for-desk", "empty"),
            ("C6", b"", "REFERRAL_HL7", "kept-for-desk", "no HL7 message"),
            ("C7", b"", "REFERRAL_FHIR", "kept-for-desk", "empty"),
            ("C8", os.urandom(5000), "REFERRAL_HL7", "kept-for-desk", ""),
            ("C9", TITLES.replace("Postcode", "Post code zip"), "REFERRAL_CSV", "kept-for-desk", "column I"),
            ("C10", TITLES, "REFERRAL_CSV", "kept-for-desk", "no row"),
            ("C11", b"a\0b", "REFERRAL_CSV", "kept-for-desk", "no text"),
            ("C12", "[" * 100000, "REFERRAL_FHIR", "kept-for-desk", "")):
        stage.put(data, ctl(dts_id, workflow))
        report = stage.report(dts_id)
        assert outcomes(report) == [outcome], (dts_id, report)
        assert why in report["items"][0]["why"], (dts_id, report)
    exact = sheet(GOOD.format(ref="SIZE-1"))
    exact += " " * ((1 << 20) - len(exact))
    stage.put(exact, ctl("C13"))
    assert outcomes(stage.report("C13"))[0] == "held", "1 MiB is not too big"


def an_unclosed_quote_loses_no_row():
    before = stage.counted()
    stage.put(sheet(GOOD.format(ref="Q-1"), 'Q-2,"9990000026,Other,Ben', GOOD.format(ref="Q-3")), ctl("Q1"))
    report = stage.report("Q1")
    assert outcomes(report) == ["held", "kept-for-desk"], report
    assert "row 3" in report["items"][1]["why"]
    assert stage.counted()["quarantined"] == before.get("quarantined", 0) + 1


def windows_text_and_semicolons():
    text = sheet(GOOD.format(ref="W-1").replace("Ann", "Zo\xeb")).replace('"1 High Road, South Woodford"', "1 High Road")
    stage.put(text.replace(",", ";").encode("latin-1"), ctl("W1"))
    assert outcomes(stage.report("W1")) == ["held"]
    stage.put(sheet(GOOD.format(ref="W-2").replace("Ann", "Zo\xeb")).encode("utf-16"), ctl("W2"))
    assert outcomes(stage.report("W2")) == ["held"]


def halves_that_stay_alone():
    known = len(stage.reports())
    with open(stage.path("inbox", "lonely.dat"), "w", encoding="utf-8") as file:
        file.write(sheet(GOOD.format(ref="ALONE")))
    with open(stage.path("inbox", "widow.ctl"), "w", encoding="utf-8") as file:
        file.write(ctl("ALONE2"))
    stage.empty()
    assert len(stage.reports()) == known + 2
    whys = " ".join(item["why"] for report in stage.reports() for item in report["items"] if item["outcome"] == "kept-for-desk")
    assert "control file did not" in whys and "data file did not" in whys
    with open(stage.path("inbox", "delivery.ctl"), "w", encoding="utf-8") as file:
        file.write(ctl("REPORT1", MessageType="Report"))
    stage.empty()
    stage.put("", ctl("REPORT2", MessageType="report"))
    stage.empty()
    assert len(stage.reports()) == known + 2, "a delivery report is not reported on"
    stage.put("something", ctl("REPORT3", MessageType="Report"))
    assert outcomes(stage.report("REPORT3")) == ["kept-for-desk"], "but nothing with data is passed over"


def a_file_that_is_still_being_written():
    stage.stop()
    stage.start(config=stage.configure("slow.yaml", patience=60, settle=700))
    name = stage.path("inbox", "slow.dat")
    with open(name, "w", encoding="utf-8") as file:
        with open(stage.path("inbox", "slow.ctl"), "w", encoding="utf-8") as control:
            control.write(ctl("SLOW"))
        for part in sheet(*(GOOD.format(ref=f"SLOW-{n}") for n in range(20))).splitlines(keepends=True):
            file.write(part)
            file.flush()
            time.sleep(0.1)
            assert stage.listed("inbox") == ["slow.ctl", "slow.dat"]
    assert outcomes(stage.report("SLOW")) == ["held"] * 20
    stage.stop()
    stage.start()


def links_pipes_and_odd_names_are_left_alone():
    secret = os.path.join(stage.router.work, "secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write(sheet(GOOD.format(ref="SECRET")))
    os.symlink(secret, stage.path("inbox", "link.dat"))
    os.mkfifo(stage.path("inbox", "pipe.dat"))
    os.mkdir(stage.path("inbox", "folder.dat"))
    for name in ("link", "pipe", "folder"):
        with open(stage.path("inbox", name + ".ctl"), "w", encoding="utf-8") as file:
            file.write(ctl("X-" + name))
    for name in ("ANN EXAMPLE 9990000018.tmp", ".hidden.dat", ".dat", ".ctl", "x.dat.part"):
        with open(stage.path("inbox", name), "w", encoding="utf-8"):
            pass
    stage.put(sheet(GOOD.format(ref="NAMES-1")), ctl("N1"), name="ANN EXAMPLE 9990000018 \n\x1b[2J'; rm -rf ~; \xff")
    stage.router.wait_until("the report", lambda: any(r.get("dts-id") == "N1" for r in stage.reports()))
    stage.router.wait_until("the control files to be given up",
                            lambda: not [n for n in stage.listed("inbox") if n.endswith(".ctl")])
    left = ["ANN EXAMPLE 9990000018.tmp", "folder.dat", "link.dat", "pipe.dat", "x.dat.part"]
    assert stage.listed("inbox") == left, stage.listed("inbox")
    assert os.path.islink(stage.path("inbox", "link.dat")) and not os.path.exists(stage.path("archive", "link.dat"))
    log = stage.router.log("referral-mesh")
    assert log.count("mesh.ignored") >= 5, log[-2000:]
    for name in left + [".hidden.dat", ".dat", ".ctl"]:
        path = stage.path("inbox", name)
        os.rmdir(path) if os.path.isdir(path) else os.unlink(path)


def nothing_of_a_person_stands_where_others_look():
    stage.put(sheet(GOOD.format(ref="9990000018"), GOOD.format(ref="Ann Example")), ctl("P1", Subject="Ann Example"))
    assert outcomes(stage.report("P1")) == ["kept-for-desk", "kept-for-desk"]
    for word in ("9990000018", "Example", "EXAMPLE", "High Road", "E18 2QB", "Fell"):
        assert word not in texts(), word


def the_router_away_and_back():
    r = stage.router
    r.processes["referrald"].terminate()
    assert r.processes["referrald"].wait(timeout=60) == 0
    for number in range(5):
        stage.put(sheet(GOOD.format(ref=f"AWAY-{number}")), ctl(f"AWAY{number}"))
    time.sleep(3)
    assert len(stage.listed("inbox")) == 10, "they wait"
    r.start()
    stage.empty()
    for number in range(5):
        assert outcomes(stage.report(f"AWAY{number}")) == ["held"]


def identifier(data, control):
    """As the door names a pair: by the content of both."""
    def of(text):
        return hashlib.blake2b(struct.pack("<Q", len(text)) + text, digest_size=32).digest()
    return hashlib.blake2b(of(data.encode()) + of(control.encode()), digest_size=16).hexdigest()


def it_can_be_watched():
    def get(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{stage.ops}{path}", timeout=5) as answer:
            return answer.read().decode()
    os.mkfifo(stage.path("inbox", "odd.dat"))
    stage.put(sheet(GOOD.format(ref="M-1")), ctl("M1"))
    stage.router.wait_until("the report", lambda: any(r.get("dts-id") == "M1" for r in stage.reports()))
    os.unlink(stage.path("inbox", "odd.dat"))
    values = dict(line.rsplit(" ", 1) for line in get("/metrics").splitlines() if not line.startswith("#"))
    assert int(values["referral_mesh_held_total"]) >= 1 and int(values["referral_mesh_files_total"]) >= 1, values
    assert values["referral_mesh_router_up"] == "1" and "referral_mesh_waiting" in values
    assert get("/readyz") is not None


def a_report_that_cannot_be_written_moves_nothing():
    data, control = sheet(GOOD.format(ref="FULL-1")), ctl("FULL1")
    in_the_way = stage.path("reports", f".{identifier(data, control)}.json.part")
    os.mkdir(in_the_way)
    stage.put(data, control)
    stage.router.wait_until("a word in the log", lambda: "mesh.disk" in stage.router.log("referral-mesh"))
    assert len(stage.listed("inbox")) == 2
    os.rmdir(in_the_way)
    assert outcomes(stage.report("FULL1")) == ["held"], "it was held, only the report was missing"


def a_wrong_configuration_is_named():
    stage.stop()
    with open(stage.config, encoding="utf-8") as file:
        good = file.read()
    archive = stage.folders["archive"]
    for wrong, right, words in (("format: tsv", "format: csv", "expected fhir, hl7v2 or csv"),
                                ("feed: nobody", "feed: kgh-discharge-files", "expected a feed that referral-mesh serves"),
                                ("archive: relative", f"archive: {archive}", "folder that exists"),
                                (f"archive: {stage.folders['inbox']}", f"archive: {archive}", "one of its own"),
                                ("mailbox: X26HC001", "mailbox: X26HC002", "a second time"),
                                ("desk-fed: goodmayes", "desk-feed: goodmayes", "desk-feed"),
                                ("archive: /proc", f"archive: {archive}", "same: files are moved")):
        path = os.path.join(stage.router.work, "wrong.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace(right, wrong))
        process = stage.launch(config=path, label="wrong")
        assert process.wait(timeout=30) == 1, wrong
        del stage.router.processes["wrong"]
        said = stage.router.log("wrong").splitlines()[-1]
        assert words in said and "wrong.yaml:" in said, said
    stage.start()


def shim(at):
    return {"LD_PRELOAD": os.path.join(os.path.abspath(BUILD), "tests/integration/doors/librd_step_shim.so"),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0", "RD_DIE_AT": at}


def a_crash_at_every_step():
    """The power goes before and after each call that changes something; then it starts again."""
    stage.stop()
    fast = stage.configure("fast.yaml", settle=0, patience=60)
    before = stage.counted()
    number = deaths = 0
    for after in ("", "+"):
        for at in itertools.count(1):
            number += 1
            dts_id, archived = f"STEP{number}", len(stage.listed("archive"))
            rows = (GOOD.format(ref=f"{dts_id}-1"), GOOD.format(ref=f"{dts_id}-2").replace("two hours", "now!"),
                    GOOD.format(ref=f"{dts_id}-3"))
            stage.put(sheet(*rows), ctl(dts_id))
            process = stage.launch(config=fast, label="dying", environment=shim(f"{at}{after}"))
            while process.poll() is None and len(stage.listed("archive")) < archived + 2:
                time.sleep(0.01)
            time.sleep(0.3 if process.poll() is None else 0)  # the last steps come after the moves
            if process.poll() is None:
                process.terminate()
            code = process.wait(timeout=30)
            died = code == -signal.SIGKILL  # also at a step that came while it ended
            assert died or code == 0, (at, code, stage.router.log("dying")[-2000:])
            stage.router.processes.pop("dying")
            deaths += died
            stage.start(config=fast)
            stage.router.wait_until(f"step {at}{after} to be put right", lambda: len(stage.listed("archive")) == archived + 2
                                    and not stage.listed("inbox"))
            stage.stop()
            report = stage.report(dts_id)
            assert [o.split("-")[0] for o in outcomes(report)] == ["held", "kept", "held"], (at, report)
            assert not [n for f in stage.folders.values() for n in os.listdir(f) if n.startswith(".")], "no note is left"
            if not died:
                break
    now = stage.counted()
    print(f"  {deaths} deaths, {number} files", flush=True)
    assert deaths > 30, deaths
    assert now["new_referrals"] - before.get("new_referrals", 0) == 2 * number, (before, now, number)
    assert now["quarantined"] - before.get("quarantined", 0) == number, (before, now, number)
    for other in ("rejected", "amendments", "cancellations"):  # a second submission of one reference amends
        assert now.get(other, 0) == before.get(other, 0), (other, before, now)
    stage.start()


def killed_at_any_moment():
    """kill -9 again and again over a few hundred files of every kind."""
    stage.stop()
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"  seed {seed}", flush=True)
    chance = random.Random(seed)
    fast = stage.configure("fast.yaml", settle=0, patience=60)
    before, reports = stage.counted(), len(stage.reports())
    pairs = len(stage.listed("archive"))
    referrals = mistakes = 0
    for number in range(FILES):
        kind = number % 3
        if kind == 0:
            stage.put(sheet(GOOD.format(ref=f"K{number}-1"), GOOD.format(ref=f"K{number}-2").replace("14/03", "31/02"),
                            GOOD.format(ref=f"K{number}-3")), ctl(f"K{number}"))
            referrals, mistakes = referrals + 2, mistakes + 1
        elif kind == 1:
            stage.put(hl7(f"KH{number}a", f"KR{number}a") + hl7(f"KH{number}b", f"KR{number}b"), ctl(f"K{number}", "REFERRAL_HL7"))
            referrals += 2
        else:
            stage.put(fhir(), ctl(f"K{number}", "REFERRAL_FHIR"))
            referrals += 1
    kills = 0
    while stage.listed("inbox"):
        # by files done, not by time: as many deaths on a quick machine as on a slow one
        enough = len(stage.listed("archive")) + 2 * chance.randint(5, 40)
        stage.start(config=fast)
        while stage.listed("inbox") and len(stage.listed("archive")) < enough:
            time.sleep(0.001)
        if stage.listed("inbox"):
            stage.kill()
            kills += 1
        else:
            stage.stop()
    stage.start(config=fast)
    stage.empty()
    stage.stop()
    now = stage.counted()
    print(f"  {kills} kills over {FILES} files", flush=True)
    assert kills > 3, kills
    assert now["new_referrals"] - before.get("new_referrals", 0) == referrals, (before, now, referrals)
    assert now["quarantined"] - before.get("quarantined", 0) == mistakes, (before, now, mistakes)
    for other in ("rejected", "amendments", "cancellations"):  # a second submission of one reference amends
        assert now.get(other, 0) == before.get(other, 0), (other, before, now)
    assert len(stage.reports()) - reports == FILES and len(stage.listed("archive")) - pairs == 2 * FILES


def the_ledger_is_whole():
    stage.router.processes["referrald"].terminate()
    assert stage.router.processes["referrald"].wait(timeout=60) == 0
    done = stage.router.ctl("ledger", "verify", check=False)
    assert done.returncode == 0, done.stderr


TESTS = [a_sheet_good_and_bad_rows, a_thousand_rows_with_one_mistake_are_one_item, the_corrected_sheet_holds_only_what_was_not_held,
         a_reference_with_other_content_waits_for_the_desk, either_half_may_come_first, hl7_messages_in_one_file,
         fhir_in_json_xml_and_gzip, an_update_in_a_file_says_only_what_changed,
         control_files_as_they_come, data_files_as_they_come, an_unclosed_quote_loses_no_row,
         windows_text_and_semicolons, halves_that_stay_alone, a_file_that_is_still_being_written,
         links_pipes_and_odd_names_are_left_alone, nothing_of_a_person_stands_where_others_look, it_can_be_watched,
         the_router_away_and_back,
         a_report_that_cannot_be_written_moves_nothing, a_wrong_configuration_is_named, a_crash_at_every_step, killed_at_any_moment,
         the_ledger_is_whole]


def main():
    global stage
    only = sys.argv[2:]
    stage = Stage()
    try:
        if only and a_sheet_good_and_bad_rows.__name__ not in only:
            stage.start()
        return harness.run_tests("mesh", [test for test in TESTS if not only or test.__name__ in only])
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
