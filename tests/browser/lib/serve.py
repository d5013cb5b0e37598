#!/usr/bin/python3
"""The real referrald and one adapter with pages, for the browser tests: prints one line of JSON with the pages' address
when both are ready, then carries out one word a line from standard input, answering each with a line: `hold` stops the
router from answering (SIGSTOP), `go` lets it go on, `log` gives the adapter's log as JSON, `refer JSON` submits a record
as a partner would (rd_router.submission's words, and locality, action, flags, garbage, minutes_ago) and answers with the
result, `ambulance JSON` sends a BaRS bundle (locality, flags) to the standard's door. The end of input ends all.

  serve.py --program referral-form --feeds self,telephone [--serve self] [--open: a place whose teams never close]"""
import argparse
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "demo"))
import messages  # noqa: E402
import rd_router  # noqa: E402
from open_place import open_place  # noqa: E402


def is_ready(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def start(router, options):
    name = options.program.removeprefix("referral-")
    router.key(name, options.role, options.feeds.split(",") if options.feeds else [],
               options.teams.split(",") if options.teams else [])
    log = router.folder / f"{name}.log"
    command = [rd_router.BUILD / "adapters" / name / options.program, "--place", router.place,
               "--key", router.folder / f"{name}.key", "--router-key", router.state / "router.pub",
               "--intake", router.endpoints["intake"], "--queues", router.endpoints["queues"],
               "--listen", "127.0.0.1:0", *options.argument]
    for feed in options.serve.split(",") if options.serve else []:
        command += ["--feed", feed]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"\.open .*\bport=(\d+)", log.read_text(errors="replace"))
        if found and is_ready(f"http://127.0.0.1:{found.group(1)}/readyz"):
            return process, log, int(found.group(1))
        time.sleep(0.02)
    raise RuntimeError(f"{options.program} is not ready:\n" + log.read_text(errors="replace"))


class Ambulance:
    """The BaRS door, started when it is first sent something: bundles of tests/demo/messages.py."""

    def __init__(self, router):
        self.router, self.process, self.url = router, None, None

    def open(self):
        self.router.key("bars", "adapter", ["las-cad"])
        log = self.router.folder / "bars.log"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [rd_router.BUILD / "adapters" / "bars" / "referral-bars", "--place", self.router.place, "--key",
                 self.router.folder / "bars.key", "--router-key", self.router.state / "router.pub", "--intake",
                 self.router.endpoints["intake"], "--queues", self.router.endpoints["queues"], "--listen", "127.0.0.1:0",
                 "--feed", "las-cad"], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = re.search(r"bars\.listening .*\burl=\"?(http://[^\s\"]+)", log.read_text())
            if found:
                self.url = found.group(1)
                return
            time.sleep(0.02)
        raise RuntimeError("referral-bars is not ready:\n" + log.read_text())

    def send(self, locality, flags):
        if self.process is None:
            self.open()
        ids = {}
        person = ("Secretname", "Alex", "19440615", "F", "9990000085", "1 Example Road", rd_router.postcodes(locality)[0],
                  "020 7946 0900")
        body = messages.bundle(ids, person, "fall, on the floor", flags=[tuple(flag) for flag in flags],
                               coded=[{"system": "http://snomed.info/sct", "code": "161898004", "display": "Falls"}])
        request = urllib.request.Request(self.url + "/$process-message", body.encode(), messages.bars_headers(ids))
        for tries in range(50):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return {"status": answer.status}
            except urllib.error.HTTPError as error:
                if error.code != 503 or tries == 49:
                    raise
                time.sleep(0.1)

    def close(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)


class Partner:
    """Any feed's adapter. A session for each record: nobody is there to keep one alive."""

    def __init__(self, router):
        self.router, self.key = router, None

    def refer(self, locality=None, action="NEW", flags=(), garbage=None, fact=None, minutes_ago=None, **words):
        if self.key is None:
            self.key = self.router.key("partner", "adapter", rd_router.FEEDS)
        if locality is not None:
            words["postcode"] = rd_router.postcodes(locality)[0]
        reference = words.pop("reference", None)
        made = rd_router.submission(**words)
        made.action = rd_router.enum("Action", action)
        for flag in flags:
            made.referral.flags.add(category=flag)
        if minutes_ago is not None:
            made.back_entry, made.entered_by = True, "C. Desk"
            made.received = int((time.time() - 60 * minutes_ago) * 1e6)
        if reference is not None:
            made.referral.source_refs[0].value = reference
        if fact is not None:
            made.referral.facts.add(kind=rd_router.enum("FactKind", fact), words="")
        if garbage is not None:
            made.ClearField("referral")
            made.quarantine_code, made.quarantine_words = "no-person", "PID: found none, expected one"
            made.original = garbage.encode()
        session = self.router.session("intake", self.key)
        result = session.submit(made)
        session.close()
        return {"referral": result.referral, "team": result.lead_team, "pathway": result.pathway,
                "disposal": rd_router.enum_name("Disposal", result.disposal), "entry": result.entry}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--role", default="adapter")
    parser.add_argument("--feeds", default="")
    parser.add_argument("--teams", default="")
    parser.add_argument("--serve", default="")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--argument", action="append", default=[])
    options = parser.parse_args()
    place = rd_router.PLACE
    copies = tempfile.TemporaryDirectory() if options.open else contextlib.nullcontext()
    with copies as folder:
        if options.open:
            place = open_place(place, str(pathlib.Path(folder) / "place"))
        return serve(rd_router.Router(place), options)


def serve(services, options):
    with services as router:
        process, log, port = start(router, options)
        partner, ambulance = Partner(router), Ambulance(router)
        print(json.dumps({"url": f"http://127.0.0.1:{port}", "state": str(router.state)}), flush=True)
        for line in sys.stdin:
            word, answer = line.strip(), "ok"
            if word in ("hold", "go"):
                router.process.send_signal(signal.SIGSTOP if word == "hold" else signal.SIGCONT)
            elif word == "log":
                answer = json.dumps(log.read_text(errors="replace"))
            elif word == "router-log":
                answer = json.dumps(router.log())
            elif word.startswith("refer "):
                answer = json.dumps(partner.refer(**json.loads(word.removeprefix("refer "))))
            elif word.startswith("ambulance "):
                answer = json.dumps(ambulance.send(**json.loads(word.removeprefix("ambulance "))))
            elif word.startswith("ctl "):
                answer = json.dumps(router.ctl(*word.split()[1:]))
            print(answer, flush=True)
        router.process.send_signal(signal.SIGCONT)
        ambulance.close()
        process.terminate()
        code = process.wait(20)
        router.stop()
        if code != 0:
            sys.stderr.write(f"{options.program} ended with {code}:\n{log.read_text(errors='replace')}")
        return 1 if code != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
