"""The file door when the disk is full or read-only, when a second door comes, and with what transfers really look like.
The disks are small file systems of its own: without the right to mount them those tests say so and do nothing.

Usage: test_mesh_faults.py BUILD_DIR
"""
import json
import os
import subprocess
import sys
import time

import test_mesh as mesh
from test_mesh import GOOD, ctl, fhir, outcomes, sheet

import router as harness

stage = None


def mount(*words):
    return subprocess.run(["mount", *words], capture_output=True, text=True)


class SmallDisk:
    """with SmallDisk(folder): a tmpfs of 1 MiB over that folder of the stage, the door stopped before and after."""

    def __init__(self, path, inside=()):
        self.path, self.inside = path, inside

    def __enter__(self):
        stage.stop()
        done = mount("-t", "tmpfs", "-o", "size=1M", "tmpfs", self.path)
        if done.returncode != 0:
            raise PermissionError(done.stderr.strip())
        for name in self.inside:
            os.makedirs(os.path.join(self.path, name))
        return self

    def remount(self, how):
        done = mount("-o", f"remount,{how}", self.path)
        assert done.returncode == 0, done.stderr

    def fill(self):
        left = os.statvfs(self.path)
        with open(os.path.join(self.path, ".filler"), "wb") as file:
            os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize)

    def empty(self):
        os.unlink(os.path.join(self.path, ".filler"))

    def __exit__(self, *_):
        stage.stop()
        subprocess.run(["umount", self.path], check=True)


def with_disk(test):
    """As a test of its own; not tried where nothing may be mounted."""
    def run():
        try:
            test()
        except PermissionError as error:
            print(f"  not tried: {error}", flush=True)
        stage.start()
    run.__name__ = test.__name__
    return run


def disk_lines():
    return stage.router.log("referral-mesh").count("mesh.disk")


def stuck_and_then_done(what, dts_id, release):
    """The pair waits, the operator reads why, nothing is submitted again and again; then it is done, once."""
    before = stage.counted()
    said = disk_lines()
    stage.router.wait_until("a word in the log", lambda: disk_lines() >= said + 2, 40)  # tried again at least once
    line = [text for text in stage.router.log("referral-mesh").splitlines() if "mesh.disk" in text][-1]
    assert what in line and "tried again" in line, line
    held = stage.counted()
    assert held.get("repeats", 0) == before.get("repeats", 0), "each try would be an entry in the ledger"
    release()
    assert outcomes(stage.report(dts_id)) == ["held", "kept-for-desk", "held"], stage.report(dts_id)
    assert {k: v for k, v in stage.counted().items() if "last" not in k} == {k: v for k, v in held.items() if "last" not in k}
    assert not [name for folder in stage.folders.values() for name in os.listdir(folder) if name.startswith(".") and name != ".filler"]


def three(dts_id):
    return sheet(GOOD.format(ref=f"{dts_id}-1"), GOOD.format(ref=f"{dts_id}-2").replace("two hours", "now!"),
                 GOOD.format(ref=f"{dts_id}-3"))


def a_full_disk():
    """Inbox, archive, quarantine and reports on one disk without a byte left."""
    with SmallDisk(os.path.dirname(stage.folders["inbox"]), ("inbox", "reports", "archive", "quarantine")) as disk:
        stage.put(three("FULL"), ctl("FULL"))
        disk.fill()
        stage.start()
        stuck_and_then_done("No space left", "FULL", disk.empty)
        assert len(stage.listed("archive")) == 2


def a_disk_that_became_read_only():
    with SmallDisk(os.path.dirname(stage.folders["inbox"]), ("inbox", "reports", "archive", "quarantine")) as disk:
        stage.put(three("RO"), ctl("RO"))
        disk.remount("ro")
        stage.start()
        stuck_and_then_done("Read-only", "RO", lambda: disk.remount("rw"))


def reports_that_cannot_be_written():
    """The right to write reports is lost; the pair is moved only when its report stands."""
    with SmallDisk(stage.folders["reports"]) as disk:
        stage.start()
        disk.remount("ro")
        stage.put(three("REP"), ctl("REP"))
        stage.router.wait_until("a word in the log", lambda: "a file cannot be made" in stage.router.log("referral-mesh"), 40)
        assert len(stage.listed("inbox")) == 2
        stuck_and_then_done("Read-only", "REP", lambda: disk.remount("rw"))


def a_second_door_does_not_start():
    process = stage.launch(label="second")
    assert process.wait(timeout=30) == 1
    del stage.router.processes["second"]
    said = stage.router.log("second").splitlines()[-1]
    assert "another referral-mesh works on this folder" in said, said
    stage.put(sheet(GOOD.format(ref="TWO-1")), ctl("TWO1"))
    assert outcomes(stage.report("TWO1")) == ["held"]
    stage.kill()  # however it ends, the folder is free
    stage.start()


def the_same_transfer_again():
    before = stage.counted()
    data, control = sheet(GOOD.format(ref="AGAIN-1")), ctl("AGAIN")
    stage.put(data, control)
    assert outcomes(stage.report("AGAIN")) == ["held"]
    archived, reports = len(stage.listed("archive")), len(stage.listed("reports"))
    stage.put(data, control, name="under-another-name")
    stage.empty()
    assert outcomes(stage.report("AGAIN")) == ["held-before"]
    assert (len(stage.listed("archive")), len(stage.listed("reports"))) == (archived, reports), "the same pair has the same id"
    stage.put(sheet(GOOD.format(ref="AGAIN-1"), GOOD.format(ref="AGAIN-2")), control)  # the same DTSId, other bytes
    stage.router.wait_until("a second report", lambda: len(stage.listed("reports")) == reports + 1)
    stage.empty()
    found = [outcomes(report) for report in stage.reports() if report.get("dts-id") == "AGAIN"]
    assert sorted(found) == [["held-before"], ["held-before", "held"]], found
    assert stage.counted()["new_referrals"] - before.get("new_referrals", 0) == 2
    message = fhir()
    stage.put(message, ctl("FHIR-AGAIN", "REFERRAL_FHIR"))
    assert outcomes(stage.report("FHIR-AGAIN")) == ["held"]
    stage.put(message.replace("Fell", "Fell twice"), ctl("FHIR-AGAIN", "REFERRAL_FHIR"))
    stage.router.wait_until("both reports", lambda: sorted(
        outcomes(r) for r in stage.reports() if r.get("dts-id") == "FHIR-AGAIN") == [["held"], ["kept-for-desk"]])
    stage.empty()


def names_of_every_kind():
    """255 bytes, new lines, control characters, UTF-8 and what is none: a name is only a name."""
    for number, name in enumerate(("n" * 251, "\u00e9" * 125, "line\nbreak\r\x07\x1b]0;x\x07", b"\xff\xfe\xc3(".decode("utf-8", "surrogateescape"),
                                   "-rf", "a b\t'\"$(x)", "x.ctl")):
        stage.put(sheet(GOOD.format(ref=f"NAME-{number}")), ctl(f"NAME{number}"), name=name)
        report = stage.report(f"NAME{number}")
        assert outcomes(report) == ["held"], (name, report)
    log = stage.router.log("referral-mesh")
    assert "nnnn" not in log and "break" not in log and "\x1b" not in log


def control_files_of_real_clients():
    """What is not well-formed is for the desk; a byte order mark and UTF-16 are still XML."""
    good = ctl("CTL-A", Subject="plain")
    rows = ((good.replace("plain", "Falls & fractures"), "kept-for-desk", True),
            (good.replace("</DTSControl>", ""), "kept-for-desk", True),
            (good.replace("<Version>1.0</Version>", "<Version>1.0"), "kept-for-desk", True),
            (good.replace("DTSControl", "Control"), "kept-for-desk", True),
            (good.replace("plain", "caf\xe9").encode("latin-1"), "kept-for-desk", True),
            (b"\xef\xbb\xbf" + good.encode(), "held", False),
            (good.replace("CTL-A", "CTL-U").encode("utf-16"), "held", False),
            (good.replace("plain", "Falls &amp; fractures"), "held", False))
    for number, (control, outcome, aside) in enumerate(rows):
        known, kept = set(stage.listed("reports")), len(stage.listed("quarantine"))
        stage.put(sheet(GOOD.format(ref=f"CTL-{number}")), control)
        stage.router.wait_until(f"a report for row {number}", lambda: set(stage.listed("reports")) - known)
        stage.empty()
        with open(stage.path("reports", (set(stage.listed("reports")) - known).pop()), encoding="utf-8") as file:
            report = json.load(file)
        assert outcomes(report) == [outcome], (number, report)
        assert len(stage.listed("quarantine")) == kept + (2 if aside else 0), number
        if aside:
            assert "control file" in report["items"][0]["why"], report
            assert report["feed"] == "goodmayes-lane-surgery", report


def a_file_that_cannot_be_read_holds_up_nobody():
    """A name whose bytes give an error every time; the others go on, and so does it when it can be read."""
    odd = stage.path("inbox", "odd.dat")
    os.symlink("odd.dat", odd)  # a link to itself
    stage.put(sheet(GOOD.format(ref="ODD-1")), ctl("ODD1"), name="zz-behind")
    stage.router.wait_until("the one behind it", lambda: any(r.get("dts-id") == "ODD1" for r in stage.reports()))
    os.unlink(odd)
    with open(odd, "w", encoding="utf-8") as file:
        file.write(sheet(GOOD.format(ref="ODD-2")))
    with open(stage.path("inbox", "odd.ctl"), "w", encoding="utf-8") as file:
        file.write(ctl("ODD2"))
    assert outcomes(stage.report("ODD2")) == ["held"]


TESTS = [a_second_door_does_not_start, the_same_transfer_again, names_of_every_kind, control_files_of_real_clients,
         a_file_that_cannot_be_read_holds_up_nobody, with_disk(a_full_disk), with_disk(a_disk_that_became_read_only),
         with_disk(reports_that_cannot_be_written)]


def main():
    global stage
    stage = mesh.stage = mesh.Stage()
    try:
        stage.start()
        begun = time.monotonic()
        code = harness.run_tests("mesh_faults", TESTS)
        print(f"  {time.monotonic() - begun:.0f} s", flush=True)
        return code
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
