"""All that the BaRS door emits, in JSON and in XML, as npm's fhir sees it: what a sender reads back, replies, responses, and an
OperationOutcome of each class. Each is seen to fail with an error planted in it.

Usage: test_emitted.py BUILD_DIR
"""
import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
PARTNERS = os.path.join(HERE, "partners")
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
NHS = "https://fhir.nhs.uk/Id/nhs-number"
FORMS = {"json": "application/fhir+json", "xml": "application/fhir+xml"}


class Sink(BaseHTTPRequestHandler):
    """The sender's endpoint: takes our responses."""
    posted = []

    def do_POST(self):  # noqa: N802
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Stage:
    def __init__(self):
        if not os.path.isdir(os.path.join(PARTNERS, "node_modules")):
            raise SystemExit("test_emitted: the partners' libraries are not installed: npm ci --prefix tests/interop/partners "
                             "(./run test does it)")
        self.router = r = harness.Router(BUILD).__enter__()
        self.sink = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
        threading.Thread(target=self.sink.serve_forever, daemon=True).start()
        receipts = self.write("bars.yaml", "receipts:\n  - feed: las-cad\n"
                              f"    endpoint: http://127.0.0.1:{self.sink.server_port}/\n    stages: [accepted, refused, closed]\n")
        self.port = r.adapter("bars", r.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad"), "--receipts", receipts)
        self.held({})  # waits until the door has its session

    def close(self):
        self.sink.shutdown()
        self.router.__exit__()

    def write(self, name, text):
        path = os.path.join(self.router.work, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def once(self, method, path, body=None, **headers):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request(method, path, body.encode() if body else None, {k: v for k, v in headers.items() if v is not None})
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        finally:
            link.close()

    def ask(self, method, path, body=None, **headers):
        for _ in range(100):
            status, text = self.once(method, path, body, **headers)
            if status != 503:
                return status, text
            time.sleep(0.1)
        raise AssertionError("503 every time")

    def post(self, body, ids=None, **headers):
        return self.ask("POST", "/$process-message", body, **{**m.bars_headers({} if ids is None else ids), **headers})

    def held(self, ids, accept=None, **kwargs):
        """(our reference, the answer)."""
        status, text = self.post(m.bundle(ids, ANN, "fall, on the floor", **kwargs), ids, Accept=accept)
        assert status == 200, text
        reply = None if accept == FORMS["xml"] else json.loads(text)
        return reply and reply["entry"][-1]["resource"]["id"], text

    def get(self, path, form, **headers):
        ours = base64.b64encode(json.dumps({"resourceType": "Organization", "identifier": [
            {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RRU"}]}).encode()).decode()
        return self.ask("GET", path, None, **{"X-Request-Id": str(uuid.uuid4()), "X-Correlation-Id": str(uuid.uuid4()),
                                              "NHSD-End-User-Organisation": ours, "Accept": FORMS.get(form, form), **headers})


stage = None


def complaints(files):
    """What npm's fhir says of each file (name -> text), by name."""
    paths = {stage.write(name, text): name for name, text in files.items()}
    done = subprocess.run(["node", os.path.join(PARTNERS, "validate.mjs"), *paths], capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr[-2000:]
    found = {name: [] for name in files}
    for line in done.stdout.splitlines():
        severity, path, words = line.split(": ", 2)
        if severity in ("error", "fatal"):
            found[paths[path]].append(words)
    assert (done.returncode == 1) == any(found.values()), done.stdout
    return found


def planted(name, text):
    """The same with a member that FHIR does not have, in the innermost resource."""
    if name.endswith(".xml"):
        at = text.rindex("</", 0, text.rindex("</resource>") if "</resource>" in text else len(text))
        return text[:at] + '<invented value="x"/>' + text[at:]
    resource = json.loads(text)
    inner = resource["entry"][-1]["resource"] if resource.get("entry") else resource
    inner["invented"] = "x"
    return json.dumps(resource)


def check(files):
    found = complaints(files)
    assert not any(found.values()), {k: v for k, v in found.items() if v}
    seen = complaints({"planted-" + name: planted(name, text) for name, text in files.items()})
    assert all(seen.values()), [k for k, v in seen.items() if not v]


def what_a_sender_reads_back():
    ids = {}
    reference, reply = stage.held(ids, flags=[("SG", "836881000000105", "Child cause for concern")])
    files = {"reply.json": reply, "reply.xml": stage.held({}, FORMS["xml"])[1]}
    search = "/ServiceRequest?patient:identifier=" + urllib.parse.quote(f"{NHS}|{ANN[4]}", safe="")
    nobody = "/ServiceRequest?patient:identifier=" + urllib.parse.quote(f"{NHS}|9990000093", safe="")
    for form in FORMS:
        for name, path in (("metadata", "/metadata"), ("definition", "/MessageDefinition"), ("search", search), ("none", nobody),
                           ("request", f"/ServiceRequest/{reference}")):
            status, files[f"{name}.{form}"] = stage.get(path, form)
            assert status == 200, (path, files[f"{name}.{form}"])
    status, _ = stage.post(m.bundle(ids, ANN, "fall, and now cannot stand", reason="update"), ids)
    assert status == 200
    for form in FORMS:
        status, files[f"merged.{form}"] = stage.get(f"/ServiceRequest/{reference}", form)
        assert status == 200 and '"2-' in files[f"merged.{form}"], files[f"merged.{form}"]
    check(files)


def what_a_sender_is_told_later():
    del Sink.posted[:]
    seen = {}

    def told(name, count=1):
        stage.router.wait_until(name, lambda: len(Sink.posted) >= count)
        text = Sink.posted[0]
        del Sink.posted[:]
        seen[name + (".xml" if text.lstrip().startswith("<") else ".json")] = text
        return text
    for category in ("validation", "referral"):
        reference, _ = stage.held({}, category=category)
        stage.router.ctl("claim", reference + ".1", "--by", "n.ahmed")
        stage.router.ctl("accept", reference + ".1", "--by", "n.ahmed")
        assert "in-progress" in told(category + "-interim")
        stage.router.ctl("contact", reference + ".1", "--by", "n.ahmed", "--mode", "face-to-face")
        stage.router.ctl("close", reference + ".1", "--by", "n.ahmed", "--outcome", "seen-complete", "--reason", "seen")
        assert "finished" in told(category + "-full")
    stage.held({}, respond_by_minutes=0.05)
    assert "RRNA" in told("validation-refused")
    check(seen)


def each_class_of_failure():
    ids = {}
    stage.held(ids)
    new = m.bundle({}, ANN, "fall")
    bundle = json.loads(new)

    def changed(**what):
        made = json.loads(new)
        made["entry"][0]["resource"].update(what)
        return json.dumps(made)
    twice = m.bars_headers(ids)
    assert stage.post(new, None, **twice)[0] == 200
    old = json.loads(m.bundle(ids, ANN, "old news", reason="update"))
    for entry in old["entry"]:
        entry["resource"].setdefault("meta", {})["lastUpdated"] = "2020-01-01T00:00:00Z"
    version = {**bundle, "meta": {**bundle["meta"], "versionId": "2.0.0"}}
    missing = {**bundle, "meta": {k: v for k, v in bundle["meta"].items() if k != "versionId"}}
    booking = changed(eventCoding={**bundle["entry"][0]["resource"]["eventCoding"], "code": "booking-request"})
    other = changed(eventCoding={**bundle["entry"][0]["resource"]["eventCoding"], "code": "something-else"})
    ways = {
        "required": (400, "required", lambda **h: stage.post(new, **{"X-Request-Id": None, **h})),
        "invalid": (400, "invalid", lambda **h: stage.post(new, **{"X-Request-Id": "no-guid", **h})),
        "unread": (400, "invalid", lambda **h: stage.post("{", **h)),
        "version-missing": (400, "invariant", lambda **h: stage.post(json.dumps(missing), **h)),
        "event": (400, "invariant", lambda **h: stage.post(other, **h)),
        "value": (400, "value", lambda **h: stage.get("/ServiceRequest?patient:identifier=x", "json", **h)),
        "stranger": (403, "forbidden", lambda **h: stage.post(m.bundle({}, ANN, "fall", sender="ZZZ99"), **h)),
        "unknown": (404, "not-found", lambda **h: stage.get("/ServiceRequest/00000-00000", "json", **h)),
        "duplicate": (409, "duplicate", lambda **h: stage.post(new, None, **{**twice, **h})),
        "conflict": (409, "conflict", lambda **h: stage.post(m.bundle({}, ANN, "other"), None, **{**twice, **h})),
        "stale": (409, "conflict", lambda **h: stage.post(json.dumps(old), ids, **h)),
        "version": (422, "not-supported", lambda **h: stage.post(json.dumps(version), **h)),
        "booking": (501, "not-supported", lambda **h: stage.post(booking, **h)),
        "slot": (501, "not-supported", lambda **h: stage.get("/Slot", "json", **h)),
        "verb": (405, None, lambda **h: stage.ask("DELETE", "/$process-message", **h)),
        "large": (413, None, lambda **h: stage.post('{"x": "' + "y" * (1 << 20) + '"}', **h)),
    }
    files = {}
    for name, (status, issue, way) in ways.items():
        for form, accept in FORMS.items():
            got, files[f"{name}.{form}"] = way(Accept=accept)
            assert got == status and (issue or "") in files[f"{name}.{form}"], (name, got, files[f"{name}.{form}"])
    got, files["form.json"] = stage.get("/metadata", "text/plain")
    assert got == 406, files["form.json"]
    files.update(while_the_router_stands_still())
    check(files)


def while_the_router_stands_still():
    """408, 429 and 503 of this door, in JSON and in XML."""
    process, found, lock = stage.router.processes["referrald"], {}, threading.Lock()

    def send(form):
        status, text = stage.once("POST", "/$process-message", m.bundle({}, ANN, "fall"),
                                  **{**m.bars_headers({}), "Accept": FORMS[form]})
        with lock:
            found[f"{status}.{form}"] = text
    process.send_signal(signal.SIGSTOP)
    try:
        end = time.monotonic() + 90
        while time.monotonic() < end and not {f"{s}.{f}" for s in (408, 429, 503) for f in FORMS} <= set(found):
            threads = [threading.Thread(target=send, args=(form,)) for form in list(FORMS) * 32]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        process.send_signal(signal.SIGCONT)
    assert {"408", "429", "503"} <= {name.split(".")[0] for name in found}, sorted(found)
    return {name: text for name, text in found.items() if not name.startswith("200")}


TESTS = [what_a_sender_reads_back, what_a_sender_is_told_later, each_class_of_failure]


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("emitted", TESTS)
    finally:
        stage.close()


if __name__ == "__main__":
    sys.exit(main())
