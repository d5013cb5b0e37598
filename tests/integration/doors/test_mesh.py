"""The file door: pairs of files in a folder, whatever state they come in, each once whatever crashes.

Usage: test_mesh.py BUILD_DIR
"""
import gzip
import json
import os
import random
import shutil
import signal
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402

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
                            r.endpoint("intake"), "--mesh", config or self.config, label=label)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def start(self, **more):
        self.process = self.launch(**more)

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
            with open(os.path.join(self.router.work, "outside"), "wb") as file:
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
        return next((f for f in status["feeds"] if f["feed"] == feed), {})

    def quarantined(self):
        return self.router.ctl("quarantine", "ls")


stage = None


def outcomes(report):
    return [item["outcome"] for item in report["items"]]


def show():
    print(json.dumps(stage.router.ctl("status"), indent=1)[:3000])
    print(json.dumps(stage.quarantined(), indent=1)[:1500])


def a_sheet_good_and_bad_rows():
    stage.start()
    stage.put(sheet(GOOD.format(ref="A-1"), GOOD.format(ref="A-2").replace("14/03/1945", "03/14/1945"),
                    GOOD.format(ref="A-3").replace("two hours", "ASAP"), GOOD.format(ref="A-1"), GOOD.format(ref="A-4")), ctl("D1"))
    report = stage.report("D1")
    print(json.dumps(report, indent=1))
    show()
    assert outcomes(report) == ["held", "refused", "refused", "refused", "held"], report


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("mesh", [a_sheet_good_and_bad_rows])
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
