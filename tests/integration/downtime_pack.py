"""The downtime pack: what a folder holds when the computers are away."""
import re
import socket
import stat
import subprocess
import time
import urllib.request

import rd_router
from rd_router import Router, enum, run_cases, submission

STAFF = rd_router.SOURCE / "tests" / "browser" / "worklist" / "staff.yaml"
router = None
processes = []


def until(condition, words, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(words())
        time.sleep(0.1)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Lists:
    """referral-worklist with a pack in a folder of its own."""

    def __init__(self, name, every=10, folder=None, wait=True):
        self.folder = folder or router.folder / f"pack-{name}"
        if folder is None:
            self.folder.mkdir(mode=0o750)
        self.log_path = router.folder / f"{name}.log"
        router.key(name, "desk", (), ["*"])
        self.ops = free_port()
        log = self.log_path.open("wb")
        self.process = subprocess.Popen(
            [rd_router.BUILD / "adapters" / "worklist" / "referral-worklist", "--place", router.place, "--key",
             router.folder / f"{name}.key", "--router-key", router.state / "router.pub", "--queues",
             router.endpoints["queues"], "--listen", "127.0.0.1:0", "--staff", STAFF, "--pack", self.folder, "--pack-every",
             str(every), "--ops", f"127.0.0.1:{self.ops}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        processes.append(self.process)
        if wait:
            until(lambda: (self.folder / "downtime-pack.html").exists(), self.log)

    def log(self):
        return self.log_path.read_text()

    def page(self):
        return (self.folder / "downtime-pack.html").read_text()

    def written(self):
        return (self.folder / "downtime-pack.html").stat().st_mtime_ns

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log()
        return self


def part(page, team):
    """The printed part of one team."""
    return re.search(f'<table class="part" id="{team}">.*?</table>', page, re.DOTALL).group(0)


def refer(family, postcode="E18 2QB", **more):
    """(reference, assignment of the lead) of a new referral of somebody of that name."""
    doors.hello(), desk.hello()  # a session ends by silence
    result = doors.submit(submission("kgh-pas", family=family, postcode=postcode, **more))
    assert result.disposal == enum("Disposal", "NEW"), result
    row = next(iter(desk.ask("query", "query_result", kind=enum("QueryKind", "EXPLAIN"), target=result.referral).rows))
    return result.referral, row


def every_open_referral_is_there_by_team():
    first, row = refer("Packfirst")
    hostile, _ = refer("<script>x</script>", words='fell "<img src=x onerror=alert(1)>" & \u2028 ' + "long " * 400)
    supporting, _ = refer("Packsafe", need="safeguarding-adult")
    closed, gone = refer("Packclosed")
    desk.command("CLOSE", gone.assignment, outcome=enum("Outcome", "ERROR"), reason="test")
    desk.command("CLAIM", row.assignment, by="pat.jones")
    lists = Lists("teams")
    page = lists.page()
    assert "Packfirst" in part(page, row.team) and first in part(page, row.team), part(page, row.team)
    mine = part(page, row.team)
    for words in ("1 Example Road", "E18 2QB", "020 7946 0900", "Fell at home", "Due ", "Claimed by <strong>Pat Jones", "Consent"):
        assert words in mine, (words, mine)
    assert "Packsafe" in page and supporting in page
    assert "Packclosed" not in page and closed not in page
    assert hostile in page and "&lt;script&gt;x&lt;/script&gt;" in page and "<script" not in page and "<img" not in page
    assert "... (shortened)" in page
    assert "<td>nothing</td>" in page
    assert page.count('<section class="sheet">') == 5 and "submit --paper" in page
    names = sorted(each.name for each in lists.folder.iterdir())
    assert names == [".downtime-pack.lock", "downtime-pack.html"], names
    assert stat.S_IMODE((lists.folder / "downtime-pack.html").stat().st_mode) == 0o640
    assert "Packfirst" not in lists.log(), lists.log()
    lists.stop()
    assert "Packfirst" in lists.page()  # it stays when the program goes


def a_record_is_read_once_for_each_of_its_revisions():
    reference, row = refer("Packread")
    lists = Lists("reads")

    def reads():
        entries = desk.ask("query", "query_result", kind=enum("QueryKind", "TRACE"), target=reference).entries
        return [each.read for each in entries if each.HasField("read")]

    first = [each.by for each in reads()]
    assert first.count("downtime-pack") >= 1, first
    before = lists.written()
    until(lambda: lists.written() != before, lists.log)
    desk.hello()
    assert [each.by for each in reads()] == first
    desk.command("CONTACT", row.assignment, mode=enum("ContactMode", "TELEPHONE"), by="sam.okoro")
    until(lambda: "by Sam Okoro" in lists.page() or "by sam.okoro" in lists.page(), lists.log)
    lists.stop()


def what_cannot_be_written_is_said():
    lists = Lists("full")
    assert "referral_worklist_pack_failures_total 0" in lists.metrics()
    # Root may write anywhere: a folder in the temporary file's place is refused to everybody.
    (lists.folder / ".downtime-pack.unfinished").mkdir()
    until(lambda: "worklist.pack-failed" in lists.log(), lists.log)
    before = lists.written()
    assert re.search(f"why=not-written error=E[A-Z]+ folder={lists.folder}", lists.log()), lists.log()
    assert "Downtime pack" in lists.page()
    assert re.search(r"referral_worklist_pack_failures_total [1-9]", lists.metrics()), lists.metrics()
    (lists.folder / ".downtime-pack.unfinished").rmdir()
    until(lambda: lists.written() != before, lists.log)
    second = Lists("second", folder=lists.folder, wait=False)
    assert second.process.wait(30) == 1 and "another referral-worklist writes there" in second.log(), second.log()
    lists.stop()
    nowhere = Lists("nowhere", folder=router.folder / "none", wait=False)
    assert nowhere.process.wait(30) == 1 and "mode 0750" in nowhere.log(), nowhere.log()


def the_last_pack_stays_when_the_router_is_away():
    refer("Packaway")
    lists = Lists("away")
    assert "has not answered" not in lists.page()
    router.kill()
    until(lambda: "The router has not answered since" in lists.page(), lists.log)
    page = lists.page()
    assert "Packaway" in page and "This is what was known at" in page, page[:2000]
    assert re.search(r"referral_worklist_pack_failures_total [1-9]", lists.metrics())
    lists.stop()
    assert lists.page() == page or "Packaway" in lists.page()


if __name__ == "__main__":
    try:
        with Router() as router:
            doors = router.session("intake", router.key("doors", "adapter", ["kgh-pas"]))
            desk = router.session("queues", router.key("desk-program", "desk", (), ["*"]))
            run_cases(every_open_referral_is_there_by_team, a_record_is_read_once_for_each_of_its_revisions,
                      what_cannot_be_written_is_said, the_last_pack_stays_when_the_router_is_away)
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)
