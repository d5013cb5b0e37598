"""Partners' own libraries against our doors: node-hl7-client, simple-hl7 and python3-hl7 send, node-hl7-server takes our
receipts, npm's fhir validates what we emit.

Usage: test_partners.py BUILD_DIR
"""
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
PARTNERS = os.path.join(HERE, "partners")
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "demo")]

import hl7.client  # noqa: E402  (Debian's python3-hl7)
import messages as m  # noqa: E402
import router as harness  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


class Stage:
    def __init__(self):
        if not os.path.isdir(os.path.join(PARTNERS, "node_modules")):
            raise SystemExit("test_partners: the partners' libraries are not installed: npm ci --prefix tests/interop/partners "
                             "(./run test does it)")
        self.router = r = harness.Router(BUILD).__enter__()
        self.listen_port = harness.free_port()
        self.listener = subprocess.Popen(["node", os.path.join(PARTNERS, "listen.mjs"), str(self.listen_port)],
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.heard = []
        threading.Thread(target=self.hear, daemon=True).start()
        self.posted = []
        self.sink = self.make_sink()
        hl7_file = self.write("hl7.yaml", "receipts:\n  - feed: lambourne-road-surgery\n"
                              f"    endpoint: mllp://127.0.0.1:{self.listen_port}\n    stages: [routed, claimed, accepted]\n")
        bars_file = self.write("bars.yaml", "receipts:\n  - feed: las-cad\n"
                               f"    endpoint: http://127.0.0.1:{self.sink.server_port}/\n    stages: [accepted, refused, closed]\n")
        self.mllp = r.adapter("mllp", r.key("mllp", "adapter", feeds="lambourne-road-surgery"), "--feed", "lambourne-road-surgery",
                              "--receipts", hl7_file)
        self.bars = r.adapter("bars", r.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad"), "--receipts", bars_file)
        self.count = 0
        self.ready()

    def make_sink(self):
        posted = self.posted

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def hear(self):
        for line in self.listener.stdout:
            self.heard.append(json.loads(line) if line.startswith("{") else {"error": line})

    def close(self):
        self.listener.kill()
        self.router.__exit__()

    def write(self, name, text):
        path = os.path.join(self.router.work, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def messages(self, count):
        """Paths of new referrals, and their control ids."""
        made = []
        for _ in range(count):
            self.count += 1
            text = m.referral(("EMIS", "Y99101"), f"P{self.count}", f"R{self.count}", "S", ANN, "W19^Fall^I10", practice="Y99101",
                              event="I12")
            made.append((self.write(f"m{self.count}.hl7", text), f"P{self.count}"))
        return made

    def post(self, body, headers=None, path="/$process-message"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.bars}{path}", body.encode() if body else None,
                                         headers or m.bars_headers({}))
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    return error.read().decode()
            time.sleep(0.1)
        raise AssertionError("503 every time")

    def ready(self):
        self.post(m.bundle({}, ANN, "fall, on the floor"))  # waits until the doors have their sessions
        self.router.wait_until("the partner's listener", lambda: {"listening": True} in self.heard)


stage = None


def node(*arguments):
    return subprocess.run(["node", *arguments], capture_output=True, text=True, timeout=120)


def send_with(library):
    made = stage.messages(5)
    done = node(os.path.join(PARTNERS, "send.mjs"), library, str(stage.mllp), *[path for path, _ in made])
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [(a["code"], a["control"]) for a in answers] == [("AA", control) for _, control in made], (answers, done.stderr[-2000:])


def node_hl7_client_sends():
    send_with("node-hl7-client")


def simple_hl7_sends():
    send_with("simple-hl7")


def python_hl7_sends():
    with hl7.client.MLLPClient("127.0.0.1", stage.mllp) as client:
        for path, control in stage.messages(5):
            with open(path, encoding="utf-8", newline="") as file:
                answer = hl7.parse(client.send_message(file.read()).decode().strip("\x0b\x1c\r") + "\r")
            assert (str(answer.segment("MSA")[1]), str(answer.segment("MSA")[2])) == ("AA", control), answer


def node_hl7_server_takes_our_receipts():
    [(path, control)] = stage.messages(1)
    done = node(os.path.join(PARTNERS, "send.mjs"), "simple-hl7", str(stage.mllp), path)
    assert done.returncode == 0, done.stderr
    told = lambda: [h for h in stage.heard if h.get("MSA.2") == control]  # noqa: E731
    stage.router.wait_until("the first receipt", lambda: len(told()) == 1)
    first = told()[0]
    assert (first["MSH.9.1"], first["MSH.9.2"], first["MSA.1"], first["RF1.1.1"]) == ("RRI", "I12", "AA", "P"), first
    assert first["PID.3.1"] == "9990000018" and first["NTE.3"].startswith("Routed to"), first
    reference = first["RF1.11.1"]
    stage.router.ctl("claim", reference + ".1", "--by", "n.ahmed")
    stage.router.ctl("accept", reference + ".1", "--by", "n.ahmed")
    stage.router.wait_until("three receipts", lambda: len(told()) == 3)
    assert [t["RF1.1.1"] for t in told()] == ["P", "P", "A"], told()
    stage.router.wait_until("its acknowledgements to count",
                            lambda: not stage.router.ctl("trace", reference)["referral"].get("receipts"))
    assert not any("error" in h for h in stage.heard), stage.heard


def npm_fhir_validates_what_we_emit():
    answers = {"held.json": stage.post(m.bundle({}, ANN, "fall, on the floor")), "refused.json": stage.post("not json"),
               "metadata.json": stage.post(None, {}, "/metadata"),
               "metadata.xml": stage.post(None, {"Accept": "application/fhir+xml"}, "/metadata"),
               "refused.xml": stage.post("<a", {**m.bars_headers({}), "Content-Type": "application/fhir+xml"})}
    reply = json.loads(stage.post(m.bundle({}, ANN, "fall, on the floor")))
    reference = reply["entry"][-1]["resource"]["id"]
    stage.router.ctl("claim", reference + ".1", "--by", "n.ahmed")
    stage.router.ctl("accept", reference + ".1", "--by", "n.ahmed")
    stage.router.wait_until("our response", lambda: stage.posted)
    answers["response.json"] = stage.posted[0]
    done = node(os.path.join(PARTNERS, "validate.mjs"), *[stage.write(name, text) for name, text in answers.items()])
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    broken = json.loads(answers["response.json"])
    broken["entry"][0]["resource"]["invented"] = "x"
    done = node(os.path.join(PARTNERS, "validate.mjs"), stage.write("broken.json", json.dumps(broken)))
    assert done.returncode == 1, "the validator sees what is not FHIR's"


TESTS = [node_hl7_client_sends, simple_hl7_sends, python_hl7_sends, node_hl7_server_takes_our_receipts,
         npm_fhir_validates_what_we_emit]


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("partners", TESTS)
    finally:
        stage.close()


if __name__ == "__main__":
    sys.exit(main())
