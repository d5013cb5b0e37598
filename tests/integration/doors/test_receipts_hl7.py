"""What an HL7 v2 sender is told after AA: RRI^I12 at its own listener, and which answers of it count.

Usage: test_receipts_hl7.py BUILD_DIR
"""
import os
import socket
import ssl
import sys
import threading
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
from authority import Authority  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


def ack(code, control):
    return f"MSH|^~\\&|A|B|C|D|20261121||ACK|9|P|2.4\rMSA|{code}|{control}\r"


class Listener:
    """The surgery's own listener: keeps what comes, answers as told for the message that MSA-2 names."""

    def __init__(self, tls=None):
        self.heard, self.scripts, self.lock, self.tls = [], {}, threading.Lock(), tls
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            link, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=(link,), daemon=True).start()

    def talk(self, link):
        try:
            with link if self.tls is None else self.tls.wrap_socket(link, server_side=True) as talking:
                self.answer(talking)
        except (ssl.SSLError, ConnectionError):
            pass  # the door did not believe us

    def answer(self, link):
        data = b""
        while not data.endswith(b"\x1c\r"):
            more = link.recv(65536)
            if not more:
                return
            data += more
        text = data[1:-2].decode()
        fields = {line[:3]: line.split("|") for line in text.split("\r") if line}
        control, original = fields["MSH"][9], fields["MSA"][2]
        with self.lock:
            self.heard.append((original, text))
            script = self.scripts.get(original, [])
            answer = script.pop(0) if script else "AA"
        if answer == "close":
            return
        if answer == "silence":
            time.sleep(5)
            return
        words = ack("AA", "SOMEBODY-ELSES") if answer == "stray" else ack(answer, control)
        if answer == "late":
            words = ack("AA", "OLD") + "\x1c\r\x0b" + ack("AA", control)
        link.sendall(b"\x0b" + words.encode() + b"\x1c\r")
        link.recv(1)  # until the door closes

    def about(self, control):
        with self.lock:
            return [text for original, text in self.heard if original == control]


class Stage:
    def __init__(self):
        self.listener = Listener()
        self.router = r = harness.Router(BUILD).__enter__()
        self.file = os.path.join(r.work, "receipts.yaml")
        self.key = r.key("mllp", "adapter", feeds="lambourne-road-surgery")
        self.count = 0
        self.configure(f"mllp://127.0.0.1:{self.listener.port}")

    def configure(self, endpoint, more=""):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f"receipts:\n  - feed: lambourne-road-surgery\n    endpoint: {endpoint}\n    timeout-seconds: 2\n"
                       f"    stages: [routed, claimed, accepted, contacted, closed, refused]\n{more}")
        running = self.router.processes.get("referral-mllp")
        if running is not None:
            running.terminate()
            assert running.wait(timeout=30) == 0, self.router.log("referral-mllp")[-2000:]
        self.port = self.router.adapter("mllp", self.key, "--feed", "lambourne-road-surgery", "--receipts", self.file)

    def send(self, script=()):
        """A referral; (our reference, its control id)."""
        self.count += 1
        control = f"C{self.count}"
        self.listener.scripts[control] = list(script)
        text = m.referral(("EMIS", "Y99101"), control, f"R{self.count}", "S", ANN, "W19^Fall^I10", practice="Y99101", event="I12")
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as link:
                link.sendall(b"\x0b" + text.encode() + b"\x1c\r")
                data = link.recv(65536)
            if data:
                msa = next(line for line in data.decode().split("\r") if line.startswith("MSA")).split("|")
                assert msa[1] == "AA", data
                return msa[3].split()[-1], control
            time.sleep(0.1)
        raise AssertionError("no answer")

    def heard(self, control, count, seconds=40):
        self.router.wait_until(f"{count} receipts for {control}", lambda: len(self.listener.about(control)) >= count, seconds)
        return self.listener.about(control)

    def settled(self, reference):
        self.router.wait_until("every receipt to be acknowledged",
                               lambda: not self.router.ctl("trace", reference)["referral"].get("receipts"), 40)


stage = None


def every_stage_is_told_in_order():
    reference, control = stage.send()
    for words in (["claim"], ["accept"], ["contact", "--mode", "face-to-face", "--outcome", "seen-complete"]):
        stage.router.ctl(words[0], reference + ".1", "--by", "n.ahmed", *words[1:])
    for number in range(1, 5):
        stage.router.ctl("close", f"{reference}.{number}", "--by", "n.ahmed", "--outcome", "seen-complete", "--reason", "done",
                         check=False)
    told = stage.heard(control, 5)
    statuses = [next(line for line in text.split("\r") if line.startswith("RF1")).split("|")[1][0] for text in told]
    assert statuses == ["P", "P", "A", "A", "A"], statuses
    first = told[0].split("\r")
    assert "|RRI^I12|" in first[0] and first[0].split("|")[4:6] == ["EMIS", "Y99101"], first[0]
    assert any(line.startswith("PID") and "9990000018" in line for line in first)
    assert len({text.split("|")[9] for text in told}) == 5, "each has a control id of its own"
    stage.settled(reference)


def an_error_and_silence_are_tried_again_with_the_same_id():
    reference, control = stage.send(["AE", "close", "silence"])
    told = stage.heard(control, 4)
    assert len(set(told[:4])) == 1, "the very same message"
    stage.settled(reference)


def a_stray_acknowledgement_is_never_counted():
    reference, control = stage.send(["stray", "late"])
    stage.heard(control, 3)
    stage.settled(reference)
    assert "not counted" in stage.router.log("referral-mllp")


def a_rejection_becomes_the_desks():
    reference, control = stage.send(["AR"])
    stage.heard(control, 1)
    stage.settled(reference)
    entries = stage.router.ctl("trace", reference)["entries"]
    assert [e["receipted"]["detail"] for e in entries if e.get("receipted", {}).get("given_up")] == ["the partner rejected it (AR)"]
    assert any(e.get("alarmed", {}).get("kind") == "receipt" for e in entries)


def over_tls_only_to_whom_the_authority_knows():
    work = stage.router.work
    ours, elsewhere = Authority(work, "authority"), Authority(work, "elsewhere")
    client = ours.sign("referrald.example")
    for name, authority, believed in (("true.example", ours, True), ("false.example", elsewhere, False)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.sign(name))
        context.load_verify_locations(ours.path("authority", "pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        stage.listener = Listener(context)
        stage.configure(f"mllps://127.0.0.1:{stage.listener.port}",
                        f"    authority: {ours.path('authority', 'pem')}\n    certificate: {client[0]}\n    key: {client[1]}\n")
        reference, control = stage.send()
        if believed:
            stage.heard(control, 1)
            stage.settled(reference)
            assert len(stage.listener.about(control)) == 1, "taken at the first attempt"
        else:
            stage.router.wait_until("a failed attempt", lambda: stage.router.log("referral-mllp").count("receipts.again") > before)
            assert stage.listener.about(control) == []
        before = stage.router.log("referral-mllp").count("receipts.again")


def a_wrong_endpoint_is_named():
    for endpoint in ("http://127.0.0.1:1", "mllp://127.0.0.1", "mllp://:2575", "mllp://host:99999"):
        path = os.path.join(stage.router.work, "wrong.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"receipts:\n  - {{feed: lambourne-road-surgery, endpoint: \"{endpoint}\", stages: [closed]}}\n")
        process = stage.router.launch("referral-mllp", "--place", stage.router.place, "--key", stage.key, "--router-key",
                                      stage.router.router_key(), "--listen", "127.0.0.1:0", "--feed", "lambourne-road-surgery",
                                      "--receipts", path, label="wrong")
        assert process.wait(timeout=30) == 1
        del stage.router.processes["wrong"]
        assert "expected mllp://HOST:PORT" in stage.router.log("wrong").splitlines()[-1], stage.router.log("wrong")


TESTS = [every_stage_is_told_in_order, an_error_and_silence_are_tried_again_with_the_same_id,
         a_stray_acknowledgement_is_never_counted, a_rejection_becomes_the_desks, over_tls_only_to_whom_the_authority_knows,
         a_wrong_endpoint_is_named]


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("receipts to HL7", TESTS)
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
