"""TLS at the HL7 and BaRS doors: who gets in, who may send as whom, and what a stranger sees.

Usage: test_tls.py BUILD_DIR
"""
import json
import os
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
from authority import Authority  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


class Stage:
    def __init__(self):
        self.router = r = harness.Router(BUILD).__enter__()
        self.ours, self.others = Authority(r.work, "authority"), Authority(r.work, "elsewhere")
        self.server = self.ours.sign("door.example", days=10)
        self.las = self.ours.sign("las.example")
        self.surgery = self.ours.sign("surgery.example")
        self.stranger = self.others.sign("stranger.example")
        self.file = self.write("tls.yaml", f"certificate: {self.server[0]}\nkey: {self.server[1]}\n"
                               f"authority: {self.ours.path('authority', 'pem')}\npartners:\n"
                               "  - {name: surgery.example, feeds: [lambourne-road-surgery]}\n  - {name: las.example, feeds: []}\n")
        text = open(self.file, encoding="utf-8").read()
        self.mllp_tls = self.write("mllp.yaml", text.replace("  - {name: las.example, feeds: []}\n",
                                                             "  - {name: las.example, feeds: [kgh-pas]}\n"))
        self.bars_tls = self.write("bars.yaml", text.replace("lambourne-road-surgery", "cranbrook-grove-surgery").replace(
            "las.example, feeds: []", "las.example, feeds: [las-cad]"))
        self.ops = {name: harness.free_port() for name in ("mllp", "bars")}
        self.mllp = r.adapter("mllp", r.key("mllp", "adapter", feeds="lambourne-road-surgery,kgh-pas"), "--feed",
                              "lambourne-road-surgery", "--feed", "kgh-pas", "--tls", self.mllp_tls, "--ops",
                              f"127.0.0.1:{self.ops['mllp']}")
        self.bars_key = r.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad")
        self.bars = r.adapter("bars", self.bars_key, "--tls", self.bars_tls, "--ops", f"127.0.0.1:{self.ops['bars']}")
        self.count = 0

    def write(self, name, text):
        path = os.path.join(self.router.work, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def context(self, own=None, **versions):
        context = ssl.create_default_context(cafile=self.ours.path("authority", "pem"))
        if versions:  # so that it is the door that refuses an old version, not this client
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        for name, value in versions.items():
            setattr(context, name, value)
        if own is not None:
            context.load_cert_chain(*own)
        return context

    def link(self, own=None, **versions):
        raw = socket.create_connection(("127.0.0.1", self.mllp), timeout=20)
        return self.context(own, **versions).wrap_socket(raw, server_hostname="door.example")

    def message(self, notes=()):
        self.count += 1
        return m.referral(("EMIS", "Y99101"), f"T{self.count}", f"R{self.count}", "S", ANN, "W19^Fall^I10", practice="Y99101",
                          event="I12")

    def post(self, own=None):
        request = urllib.request.Request(f"https://127.0.0.1:{self.bars}/$process-message",
                                         m.bundle({}, ANN, "fall, on the floor").encode(), m.bars_headers({}), method="POST")
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=20, context=self.context(own)) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    return error.code, json.load(error)
                time.sleep(0.1)
        raise AssertionError("503 every time")


stage = None


def frame(text):
    return b"\x0b" + text.encode() + b"\x1c\r"


def answers(link, count):
    got = b""
    while got.count(b"\x1c\r") < count:
        more = link.recv(65536)
        if not more:
            break
        got += more
    return [line.split("|")[1] for part in got.split(b"\x1c\r") for line in part.decode().split("\r") if line.startswith("MSA")]


def a_partner_with_a_certificate_is_answered():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for _ in range(50):
            with stage.link(stage.surgery, minimum_version=version, maximum_version=version) as link:
                link.sendall(frame(stage.message()))
                got = answers(link, 1)
            if got:
                break
            time.sleep(0.1)
        assert got == ["AA"], (version, got)


def many_messages_in_few_records_and_one_in_many():
    with stage.link(stage.surgery) as link:
        link.sendall(b"".join(frame(stage.message()) for _ in range(20)))
        assert answers(link, 20) == ["AA"] * 20
        for byte in frame(stage.message()):
            link.sendall(bytes([byte]))  # a record for each byte
        assert answers(link, 1) == ["AA"]
        long_note = "\rNTE|1||" + "x" * 60000
        link.sendall(frame(stage.message().rstrip("\r") + long_note * 5 + "\r"))
        assert answers(link, 1) == ["AA"]


def a_certificate_sends_for_its_own_feeds_only():
    with stage.link(stage.las) as link:
        link.sendall(frame(stage.message()))
        assert answers(link, 1) == ["AR"]
    assert "mllp.certificate-without-right" in stage.router.log("referral-mllp")
    status, reply = stage.post(stage.surgery)
    assert status == 403 and reply["issue"][0]["code"] == "security", (status, reply)


def no_certificate_or_a_strangers_gets_nowhere():
    for own in (None, stage.stranger):
        try:
            with stage.link(own) as link:
                link.sendall(frame(stage.message()))
                assert link.recv(1000) == b"", "no answer to somebody unknown"
        except (ssl.SSLError, ConnectionError):
            pass  # refused in the handshake, or right after it (TLS 1.3)
    try:
        assert stage.post(None)[0] == 403
        assert stage.post(stage.stranger)[0] == 403
    except urllib.error.URLError:
        pass  # refused in the handshake


def old_tls_and_plain_bytes_are_refused():
    try:
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stage.link(stage.surgery, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1).close()
    except ssl.SSLError as error:
        assert "ALERT_PROTOCOL_VERSION" in str(error).upper().replace(" ", "_"), error
    else:
        raise AssertionError("TLS 1.1 was taken")
    with socket.create_connection(("127.0.0.1", stage.mllp), timeout=20) as link:
        link.sendall(frame(stage.message()))
        data = link.recv(1000)
        assert b"MSA" not in data, data


def the_standards_door_answers_its_partner():
    status, reply = stage.post(stage.las)
    assert status == 200 and reply["entry"][-1]["resource"]["status"] == "planned", (status, reply)


def a_handshake_that_never_ends_disturbs_nobody():
    silent = [socket.create_connection(("127.0.0.1", stage.mllp), timeout=20) for _ in range(20)]
    for link in silent:
        link.sendall(b"\x16\x03\x01")
    with stage.link(stage.surgery) as link:
        link.sendall(frame(stage.message()))
        assert answers(link, 1) == ["AA"]
    for link in silent:
        link.close()


def who_hangs_up_in_the_handshake_takes_no_room():
    """A balancer's look, a port scan: more of them than the door has places."""
    for _ in range(300):
        socket.create_connection(("127.0.0.1", stage.mllp), timeout=20).close()
    assert "mllp.connections-full" not in stage.router.log("referral-mllp")
    with stage.link(stage.surgery) as link:
        link.sendall(frame(stage.message()))
        assert answers(link, 1) == ["AA"]


def an_end_in_sight_is_said():
    for door in ("referral-mllp", "referral-bars"):
        assert "tls.certificate-expires days=9" in stage.router.log(door), stage.router.log(door)[-500:]


def metrics_of(name):
    with urllib.request.urlopen(f"http://127.0.0.1:{stage.ops[name]}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines if not line.startswith("#")}


def each_door_counts_what_it_did():
    mllp, bars = metrics_of("mllp"), metrics_of("bars")
    assert mllp["referral_mllp_positive_total"] >= 25 and mllp["referral_mllp_refused_total"] >= 1, mllp
    assert bars["referral_bars_held_total"] >= 1 and bars["referral_bars_refused_total"] >= 1, bars
    for name, values in (("mllp", mllp), ("bars", bars)):
        assert values[f"referral_{name}_router_up"] == 1
        left = values[f"referral_{name}_certificate_expires_seconds"] - time.time()
        assert 9 * 86400 < left < 11 * 86400, left
        for path, status in (("/livez", 200), ("/readyz", 200), ("/else", 404)):
            try:
                found = urllib.request.urlopen(f"http://127.0.0.1:{stage.ops[name]}{path}", timeout=20).status
            except urllib.error.HTTPError as error:
                found = error.code
            assert found == status, (path, found)


def what_is_wrong_in_the_file_is_named():
    server, authority = stage.server, stage.ours.path("authority", "pem")
    wrong = {
        f"certificate: {server[0]}\n": "key",
        f"certificate: {server[0]}\nkey: /nowhere.key\n": "/nowhere.key",
        f"certificate: {server[0]}\nkey: {stage.las[1]}\n": "expected a certificate and its private key",
        f"certificate: {server[0]}\nkey: {server[1]}\nauthority: {stage.file}\n": "expected the certificates of an authority",
        f"certificate: {server[0]}\nkey: {server[1]}\npartners: []\n": ":3:11: found partners without an authority",
        f"certificate: {server[0]}\nkey: {server[1]}\nauthority: {authority}\npartners:\n  - {{name: x, feeds: [nobody]}}\n":
            ":5:23: found \"nobody\", expected a feed",
    }
    for text, words in wrong.items():
        path = stage.write("wrong.yaml", text)
        process = stage.router.launch("referral-bars", "--place", stage.router.place, "--key", stage.bars_key, "--router-key",
                                      stage.router.router_key(), "--listen", "127.0.0.1:0", "--tls", path, label="wrong")
        assert process.wait(timeout=30) == 1
        del stage.router.processes["wrong"]
        assert words in stage.router.log("wrong").splitlines()[-1], (words, stage.router.log("wrong")[-600:])


TESTS = [a_partner_with_a_certificate_is_answered, many_messages_in_few_records_and_one_in_many,
         a_certificate_sends_for_its_own_feeds_only, no_certificate_or_a_strangers_gets_nowhere,
         old_tls_and_plain_bytes_are_refused, the_standards_door_answers_its_partner,
         a_handshake_that_never_ends_disturbs_nobody, who_hangs_up_in_the_handshake_takes_no_room, an_end_in_sight_is_said,
         each_door_counts_what_it_did, what_is_wrong_in_the_file_is_named]


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("tls", TESTS)
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
