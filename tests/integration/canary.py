"""People with unmistakable names, numbers and places go through the router; then everything that is not a record is
searched for them: log, metrics, page, event feed, file names, arguments, the alarm command's environment, the ledger's
bytes on disk. The search is tried on a planted line first."""
import pathlib
import subprocess
import threading
import time

import zmq

import rd_router
from rd_router import Envelope, Router, enum, run_cases, submission

POSTCODE = rd_router.postcodes("Seven Kings")[3]
CANARIES = ["Zanzibarquist", "Quillonovich", "9990000093", POSTCODE, POSTCODE.replace(" ", ""), "1901-02-03",
            "020 7946 0777", "xyzzyplugh", "canary-key-4711", "1 Canary Wharfingers Way"]
router = None
events = []
alarms = None


def record(feed="kgh-pas", **more):
    made = submission(feed, key=more.pop("key", "canary-key-4711"), family="Zanzibarquist", given="Quillonovich",
                      nhs="9990000093", postcode=POSTCODE, birth="1901-02-03", telephone="020 7946 0777",
                      words="xyzzyplugh at home", **more)
    made.referral.person.addresses[0].lines[0] = "1 Canary Wharfingers Way"
    return made


def find(text):
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def listen(stop):
    """Every frame of the event feed."""
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.linger = 0
    socket.curve_publickey, socket.curve_secretkey = router.key("dashboard-1", "dashboard")
    socket.curve_serverkey = router.public()
    socket.subscribe(b"")
    socket.connect(router.endpoints["events"])
    while not stop.is_set():
        if socket.poll(100):
            events.append(b" ".join(socket.recv_multipart()))
    socket.close()


def the_search_can_find_one():
    planted = router.log() + "2026-11-21T09:00:00.000Z info referrald x words=\"Zanzibarquist\"\n"
    assert find(planted) == ["Zanzibarquist"]
    assert find("a line about nobody") == []


def people_go_through():
    stop = threading.Event()
    listener = rd_router.Background(lambda: listen(stop))
    time.sleep(0.5)
    intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas", "las-cad"]))
    held = intake.submit(record())
    assert held.referral, held
    conflict = record(need="confusion")
    conflict.digest = b"\1" * 32
    assert intake.submit(conflict).disposal == enum("Disposal", "QUARANTINED")
    broken = record(key="canary-key-4711-broken")
    broken.ClearField("referral")
    broken.quarantine_code, broken.quarantine_words = "hl7-no-pid", "PID is missing"
    intake.submit(broken)
    bad = record(key="canary-key-4711-" + "x" * 600)  # over a limit: refused by its path, never its value
    try:
        intake.submit(bad)
    except PermissionError as error:
        assert not find(" ".join(error.args)), error.args
    intake.socket.send(b"\x32\x05Zanzibarquist")
    intake.receive()
    team = router.session("queues", router.key("rapid-1", "consumer", teams=["*"]))
    rows, _ = team.watch(held.lead_team)
    row = next(row for row in rows.values() if row.referral == held.referral)
    assert not find(str(row)), row
    team.command("CLAIM", row.assignment)
    opened = team.ask("open", "opened", target=row.assignment, by="Sam Example", purpose="visit")
    assert "Zanzibarquist" in str(opened)
    team.command("CONTACT", row.assignment, mode=enum("ContactMode", "TELEPHONE"), when=rd_router.now_us(),
                 words="spoke to xyzzyplugh")
    time.sleep(1)
    stop.set()
    listener.finish()
    intake.close()
    team.close()


def nothing_of_them_is_in_the_log():
    assert len(router.log().splitlines()) > 2
    assert find(router.log()) == [], router.log()


def nothing_of_them_is_in_metrics_and_page():
    for path in ("/metrics", "/", "/readyz"):
        status, text = router.get(path)
        assert status == 200 and len(text) > 3
        assert find(text) == [], (path, find(text))


def nothing_of_them_is_in_the_event_feed():
    assert len(events) > 3, events
    decoded = [str(Envelope.FromString(frame.split(b" ", 1)[1])) for frame in events]
    assert any("CLAIM" in one for one in decoded), decoded
    assert find(" ".join(decoded)) == []
    assert find(b" ".join(events).decode("latin-1")) == []


def nothing_of_them_is_in_names_and_arguments():
    names = " ".join(str(path) for path in router.folder.rglob("*"))
    arguments = pathlib.Path(f"/proc/{router.process.pid}/cmdline").read_bytes().decode()
    environment = pathlib.Path(f"/proc/{router.process.pid}/environ").read_bytes().decode(errors="replace")
    assert find(names + arguments + environment) == []


def nothing_of_them_is_told_to_the_alarm_command():
    told = alarms.read_text()
    assert "RD_ALARM=" in told, told
    assert find(told) == [], told


def nothing_of_them_is_in_what_the_operator_sees():
    for words in (["status"], ["queue", "ls", "rapid-response"], ["quarantine", "ls"], ["status", "--json"]):
        assert find(router.ctl(*words)) == [], words


def nothing_of_them_is_readable_on_the_disk():
    for path in router.state.rglob("ledger*"):
        assert find(path.read_bytes().decode("latin-1")) == [], path


if __name__ == "__main__":
    folder = Router()
    alarms = folder.folder / "alarms"
    program = folder.folder / "alarm-command"
    program.write_text(f"#!/bin/sh\nenv >> {alarms}\n")
    program.chmod(0o700)
    folder.arguments = ["--alarm-command", program]
    with folder as router:
        run_cases(the_search_can_find_one, people_go_through, nothing_of_them_is_in_the_log,
                  nothing_of_them_is_in_metrics_and_page, nothing_of_them_is_in_the_event_feed,
                  nothing_of_them_is_in_names_and_arguments, nothing_of_them_is_told_to_the_alarm_command,
                  nothing_of_them_is_in_what_the_operator_sees, nothing_of_them_is_readable_on_the_disk)
