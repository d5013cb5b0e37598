"""What a BaRS sender is told after HELD: our responses at a listener of theirs that is away, slow, refuses, comes back.

Usage: test_receipts.py BUILD_DIR
"""
import base64
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


class Partner:
    """The ambulance service's own endpoint: keeps what comes and answers what the test says."""

    def __init__(self):
        self.heard, self.answers, self.lock = [], {}, threading.Lock()
        partner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer, extra = partner.take(self.headers, json.loads(body))
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, bundle):
        with self.lock:
            self.heard.append((dict(headers), bundle))
            script = self.answers.get(bundle["entry"][0]["resource"]["response"]["identifier"], [])
            return script.pop(0) if script else (200, b"{}", {})

    def about(self, bundle_id):
        with self.lock:
            return [(h, b) for h, b in self.heard if b["entry"][0]["resource"]["response"]["identifier"] == bundle_id]


class Stage:
    def __init__(self):
        self.partner = Partner()
        self.router = harness.Router(BUILD).__enter__()
        self.key = self.router.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad")
        self.file = os.path.join(self.router.work, "receipts.yaml")
        self.write(f"http://127.0.0.1:{self.partner.port}/bars/$process-message")
        self.port = self.router.adapter("bars", self.key, "--receipts", self.file)

    def write(self, endpoint, stages="[accepted, refused, closed]", more=""):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"receipts:\n  - feed: las-cad\n    endpoint: {endpoint}\n    stages: {stages}\n{more}")

    def restart(self):
        process = self.router.processes["referral-bars"]
        process.terminate()
        assert process.wait(timeout=30) == 0, self.router.log("referral-bars")[-3000:]
        self.port = self.router.adapter("bars", self.key, "--receipts", self.file)

    def send(self, answers=(), **kwargs):
        """A validation; (reference, its Bundle.id, its headers)."""
        ids = {}
        text = m.bundle(ids, ANN, "fall, on the floor", **kwargs)
        bundle_id, headers = json.loads(text)["id"], m.bars_headers(ids)
        self.partner.answers[bundle_id] = list(answers)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/$process-message", text.encode(), headers, method="POST")
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    reply = json.load(answer)
                break
            except urllib.error.HTTPError as error:  # the door has no session with the router yet
                assert error.code == 503, error.read()
                time.sleep(0.1)
        return reply["entry"][-1]["resource"]["id"], bundle_id, headers

    def accept(self, reference):
        self.router.ctl("claim", reference + ".1", "--by", "n.ahmed")
        self.router.ctl("accept", reference + ".1", "--by", "n.ahmed")

    def pending(self, reference):
        return self.router.ctl("trace", reference)["referral"].get("receipts", [])

    def heard(self, bundle_id, count, seconds=40):
        self.router.wait_until(f"{count} messages at the partner", lambda: len(self.partner.about(bundle_id)) >= count, seconds)
        return self.partner.about(bundle_id)

    def settled(self, reference, seconds=40):
        self.router.wait_until("every receipt to be acknowledged", lambda: self.pending(reference) == [], seconds)


stage = None


def resources(bundle, kind):
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def ours(bundle):
    focus = bundle["entry"][0]["resource"]["focus"][0]["reference"]
    return next(e["resource"] for e in bundle["entry"] if e["fullUrl"] == focus)


def an_acceptance_is_told_in_the_standards_own_terms():
    reference, bundle_id, sent = stage.send()
    assert stage.partner.about(bundle_id) == [], "nothing is said before a person accepts"
    stage.accept(reference)
    [(headers, bundle)] = stage.heard(bundle_id, 1)
    header = bundle["entry"][0]["resource"]
    assert header["resourceType"] == "MessageHeader" and header["eventCoding"]["code"] == "servicerequest-response", header
    assert header["response"] == {"identifier": bundle_id, "code": "ok"}, header
    assert header["destination"][0]["endpoint"] == "https://fhir.nhs.uk/Id/dos-service-id|2222222222", header
    assert header["source"]["endpoint"] == "https://fhir.nhs.uk/Id/dos-service-id|2000099999", header
    assert header["definition"].endswith("response-validation-interim"), header
    assert ours(bundle)["status"] == "in-progress" and ours(bundle)["identifier"][0]["value"] == reference, ours(bundle)
    theirs = resources(bundle, "Encounter")[0]
    assert theirs["episodeOfCare"] == ours(bundle)["episodeOfCare"], "the journey is passed on"
    assert len(resources(bundle, "ServiceRequest")) == 1 and len(resources(bundle, "Patient")) == 1
    assert resources(bundle, "CarePlan") == [] and resources(bundle, "Flag") == []
    assert headers["X-Correlation-Id"] == sent["X-Correlation-Id"] and headers["X-Request-Id"] != sent["X-Request-Id"]
    assert json.loads(base64.b64decode(headers["NHSD-Target-Identifier"])) == {
        "system": "https://fhir.nhs.uk/Id/dos-service-id", "value": "2222222222"}
    assert headers["use-context"].endswith("|validation|servicerequest-response|new"), headers
    stage.settled(reference)


def a_validation_that_nobody_accepts_is_rejected_at_the_sender():
    reference, bundle_id, _ = stage.send(respond_by_minutes=10.05)
    [(_, bundle)] = stage.heard(bundle_id, 1)
    assert ours(bundle)["status"] == "cancelled", ours(bundle)
    coding = ours(bundle)["reasonCode"][0]["coding"][0]
    assert coding["system"].endswith("rejected-reasons-bars") and coding["code"] == "RRNA", coding
    stage.settled(reference)


def a_close_is_the_full_response():
    reference, bundle_id, _ = stage.send()
    stage.accept(reference)
    stage.heard(bundle_id, 1)
    stage.router.ctl("contact", reference + ".1", "--by", "n.ahmed", "--mode", "face-to-face", "--outcome", "seen-complete")
    for number in range(1, 5):
        stage.router.ctl("close", f"{reference}.{number}", "--by", "n.ahmed", "--outcome", "seen-complete", "--reason", "done",
                         check=False)
    _, bundle = stage.heard(bundle_id, 2)[1]
    assert ours(bundle)["status"] == "finished", ours(bundle)
    assert bundle["entry"][0]["resource"]["definition"].endswith("validation-full")
    stage.settled(reference)


def a_partner_who_is_not_ready_gets_the_same_ids_again():
    busy = [(503, b"", {}), (500, b"oops", {}), (429, b"", {"Retry-After": "1"})]
    reference, bundle_id, _ = stage.send(answers=busy)
    stage.accept(reference)
    heard = stage.heard(bundle_id, 4)
    assert len({h["X-Request-Id"] for h, _ in heard}) == 1, "a retry has the id of the first attempt"
    assert len({json.dumps(b, sort_keys=True) for _, b in heard}) == 1, "and its very bytes"
    stage.settled(reference)
    assert len(stage.partner.about(bundle_id)) == 4, "once taken it is not sent again"


def a_duplicate_says_that_they_have_it():
    outcome = json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "duplicate"}]}).encode()
    reference, bundle_id, _ = stage.send(answers=[(409, outcome, {})])
    stage.accept(reference)
    stage.heard(bundle_id, 1)
    stage.settled(reference)
    assert "receipts.delivered" in stage.router.log("referral-bars")


def a_timeout_that_comes_as_a_conflict_is_tried_again():
    outcome = json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}).encode()
    reference, bundle_id, _ = stage.send(answers=[(409, outcome, {}), (408, outcome, {})])
    stage.accept(reference)
    heard = stage.heard(bundle_id, 3)
    assert len({h["X-Request-Id"] for h, _ in heard}) == 1, heard
    stage.settled(reference)


def what_they_refuse_becomes_the_desks():
    reference, bundle_id, _ = stage.send(answers=[(400, b"no", {})])
    stage.accept(reference)
    stage.heard(bundle_id, 1)
    stage.settled(reference)
    trace = stage.router.ctl("trace", reference)
    given_up = [e["receipted"] for e in trace["entries"] if "receipted" in e and e["receipted"].get("given_up")]
    assert len(given_up) == 1 and given_up[0]["detail"] == "the partner answered 400", given_up
    alarms = [e["alarmed"] for e in trace["entries"] if "alarmed" in e and e["alarmed"]["kind"] == "receipt"]
    assert len(alarms) == 1 and alarms[0]["team"] == "desk", alarms


def a_door_that_stops_in_between_loses_no_receipt():
    stage.write("http://127.0.0.1:1/nobody-listens")
    stage.restart()
    reference, bundle_id, _ = stage.send()
    stage.accept(reference)
    stage.router.wait_until("a failed attempt", lambda: "receipts.again" in stage.router.log("referral-bars"))
    assert [r["stage"] for r in stage.pending(reference)] == ["accepted"], stage.pending(reference)
    stage.write(f"http://127.0.0.1:{stage.partner.port}/")
    stage.restart()
    [(_, bundle)] = stage.heard(bundle_id, 1, seconds=90)  # the router gives it again when its minute is over
    assert ours(bundle)["status"] == "in-progress"
    stage.settled(reference)


def a_wrong_file_is_named_with_its_place():
    wrong = {
        "receipts:\n  - feed: nobody\n    endpoint: http://x/\n    stages: [accepted]\n": ":2:11: found \"nobody\", expected a feed",
        "receipts:\n  - feed: las-cad\n    endpoint: http://x/\n    stages: [claimed]\n":
            ":4:14: found \"claimed\", expected one of accepted, closed, refused",
        "receipts:\n  - feed: las-cad\n    stages: [accepted]\n": "endpoint",
        "receipts:\n  - feed: las-cad\n    endpoint: http://x/\n    stages: accepted\n": ":4:13: expected a list of stages",
        "receipts:\n  - {feed: las-cad, endpoint: http://x/, stages: [closed], key: /nowhere.pem}\n": "cannot be read",
        "receipts:\n  - {feed: las-cad, endpoint: http://x/, stages: [closed], from: friday}\n": "expected an instant",
    }
    for text, words in wrong.items():
        with open(stage.file, "w", encoding="utf-8") as file:
            file.write(text)
        process = stage.router.launch("referral-bars", "--place", stage.router.place, "--key", stage.key, "--router-key",
                                      stage.router.router_key(), "--listen", "127.0.0.1:0", "--receipts", stage.file, label="wrong")
        assert process.wait(timeout=30) == 1
        del stage.router.processes["wrong"]
        assert words in stage.router.log("wrong"), (words, stage.router.log("wrong")[-600:])


def nothing_personal_is_in_the_log():
    log = stage.router.log("referral-bars")
    assert "receipts.delivered" in log and "stage=accepted" in log
    for word in ("Example", "9990000018", "E18", "7946", "on the floor"):
        assert word not in log, word


def main():
    global stage
    stage = Stage()
    tests = [value for name, value in list(globals().items())
             if callable(value) and getattr(value, "__module__", "") == "__main__" and not isinstance(value, type)
             and name not in ("main", "resources", "ours")]
    try:
        return harness.run_tests("receipts", tests)
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
