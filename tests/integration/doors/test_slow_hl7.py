"""The HL7 door and senders that are slow, silent, deaf, gone, or somebody else: others are answered meanwhile.

Usage: test_slow_hl7.py BUILD_DIR
"""
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
from authority import Authority  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
PLACES = 256  # connections of the door
FRAME_SECONDS = 2
FEED = "lambourne-road-surgery"


class Stage:
    def __init__(self, tls=True):
        self.router = r = harness.Router(BUILD).__enter__()
        self.count = 0
        feeds = ("--feed", FEED, "--feed", "kgh-pas", "--frame-seconds", str(FRAME_SECONDS))
        self.port = r.adapter("mllp", r.key("mllp", "adapter", feeds=f"{FEED},kgh-pas"), *feeds)
        r.wait_until("the door to answer", lambda: self.send() == "AA")
        if tls:
            self.with_tls(feeds)

    def with_tls(self, feeds):
        r = self.router
        self.ours, others = Authority(r.work, "authority"), Authority(r.work, "elsewhere")
        server = self.ours.sign("door.example")
        self.certificates = {"surgery": self.ours.sign("surgery.example"), "hospital": self.ours.sign("hospital.example"),
                             "expired": self.ours.sign("expired.example", days=-1), "other authority": others.sign("stranger.example"),
                             "none": None}
        file = os.path.join(r.work, "tls.yaml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(f"certificate: {server[0]}\nkey: {server[1]}\nauthority: {self.ours.path('authority', 'pem')}\npartners:\n"
                      f"  - {{name: surgery.example, feeds: [{FEED}]}}\n  - {{name: hospital.example, feeds: [kgh-pas]}}\n"
                      f"  - {{name: expired.example, feeds: [{FEED}]}}\n  - {{name: stranger.example, feeds: [{FEED}]}}\n")
        self.tls_port = r.adapter("mllp", r.key("mllp-tls", "adapter", feeds=f"{FEED},kgh-pas"), *feeds, "--tls", file, label="tls")
        r.wait_until("the TLS door to answer", lambda: self.send(secure="surgery") == "AA")

    def message(self):
        self.count += 1
        return m.referral(("EMIS", "Y99101"), f"S{os.getpid()}-{self.count}", f"R{self.count}", "S", ANN, "W19^Fall^I10",
                          practice="Y99101", event="I12")

    def link(self, secure=None):
        raw = socket.create_connection(("127.0.0.1", self.port if secure is None else self.tls_port), timeout=20)
        if secure is None:
            return raw
        context = ssl.create_default_context(cafile=self.ours.path("authority", "pem"))
        if self.certificates[secure] is not None:
            context.load_cert_chain(*self.certificates[secure])
        return context.wrap_socket(raw, server_hostname="door.example")

    def send(self, message=None, secure=None):
        """The code of the answer to one message on a connection of its own; None: it was closed without one."""
        with self.link(secure) as link:
            link.sendall(frame(message or self.message()))
            return code(link)

    def feed(self):
        status = self.router.ctl("status")
        assert int(status.get("imbalance", 0)) == 0, status
        return {k: int(v) for k, v in next(f for f in status["feeds"] if f["feed"] == FEED).items() if str(v).isdigit()}

    def resident_mib(self):
        with open(f"/proc/{self.router.processes['referral-mllp'].pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) >> 10 for line in file if line.startswith("VmRSS"))


stage = None


def frame(text):
    return b"\x0b" + text.encode() + b"\x1c\r"


def code(link):
    got = b""
    while b"\x1c\r" not in got:
        more = link.recv(65536)
        if not more:
            return None
        got += more
    return next(line.split("|")[1] for line in got.decode().split("\r") if line.startswith("MSA"))


def closed(link):
    """It was closed, with or without a word."""
    try:
        while link.recv(65536):
            pass
    except ConnectionError:
        pass
    link.close()
    return True


def who_may_not_come_in_is_told_in_the_handshake():
    """Of another authority, expired, without one: refused, the operator reads why, and nothing is taken."""
    before = stage.feed()
    for who, why in (("expired", "uses expired certificate"), ("other authority", "issuer is unknown"), ("none", "Certificate is required")):
        said = stage.router.log("tls").count("mllp.connection-failed")
        try:
            found = stage.send(secure=who)
            raise AssertionError((who, found))
        except (ssl.SSLError, ConnectionError) as error:
            assert "alert" in str(error).lower() or "reset" in str(error).lower(), (who, error)
        stage.router.wait_until(f"a line for {who}", lambda: stage.router.log("tls").count("mllp.connection-failed") == said + 1, 20)
        line = stage.router.log("tls").rstrip().splitlines()[-1]
        assert why in line, line
    assert stage.feed() == before
    assert stage.send(secure="hospital") == "AR", "a certificate of another feed"
    assert "mllp.certificate-without-right" in stage.router.log("tls")
    assert stage.feed() == before
    assert stage.send(secure="surgery") == "AA"


def a_handshake_that_never_ends_is_cut():
    links = []
    for said in (b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00"):
        links.append(socket.create_connection(("127.0.0.1", stage.tls_port), timeout=20))
        links[-1].sendall(said)
    assert stage.send(secure="surgery") == "AA", "others are answered meanwhile"
    begun = time.monotonic()
    assert all(closed(link) for link in links) and time.monotonic() - begun > FRAME_SECONDS / 2
    assert 'what="the handshake"' in stage.router.log("tls")


def plain_text_at_the_tls_port_and_the_reverse():
    link = socket.create_connection(("127.0.0.1", stage.tls_port), timeout=20)
    link.sendall(frame(stage.message()))
    assert closed(link) and "mllp.connection-failed" in stage.router.log("tls")
    try:
        ssl.create_default_context().wrap_socket(stage.link(), server_hostname="door.example")
        raise AssertionError("a handshake with a plain port")
    except (ssl.SSLError, ConnectionError):
        pass
    assert "mllp.tls-at-a-plain-port" in stage.router.log("referral-mllp")
    assert stage.send() == "AA"


def a_byte_at_a_time_disturbs_nobody():
    """Within its time it is answered; so are, meanwhile, all others."""
    with stage.link() as slow:
        for number, byte in enumerate(frame(stage.message())):
            slow.sendall(bytes([byte]))
            if number % 100 == 0:
                assert stage.send() == "AA"
        assert code(slow) == "AA"


def deaf_link():
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.connect(("127.0.0.1", stage.port))
    deaf.setblocking(False)
    return deaf


def who_never_reads_its_answers_is_let_go():
    """The door stops reading it when an answer is not taken, keeps nothing but that answer, and closes in its time."""
    before, deaf = stage.resident_mib(), deaf_link()
    # of no type that we know: refused by the door alone, in an answer that says so at length and fills the sockets soon
    message, sent, at = frame(stage.message().replace("REF^I12", "ZZZ^Z99")), 0, 0
    stalled = time.monotonic()
    try:
        while time.monotonic() < stalled + 60:
            if not select.select([], [deaf], [], 1)[1]:
                continue  # the door does not read
            got = deaf.send(message[at:])
            sent, at, stalled = sent + got, (at + got) % len(message), time.monotonic()
        raise AssertionError("it was kept for ever")
    except OSError:
        pass
    print(f"  {sent >> 10} KiB sent before the end, {before} MiB before, {stage.resident_mib()} MiB resident", flush=True)
    assert 'what="an answer was not taken"' in stage.router.log("referral-mllp")
    assert stage.send() == "AA"
    deaf.close()


def who_never_reads_is_told_of_its_end():
    """All that it sent was read, so that only an answer stands between the two: its end is a reset, which needs no room."""
    deaf = deaf_link()
    deaf.settimeout(20)
    deaf.sendall(frame("MSH|^~\\&||Y99101|||||ZZZ|1\r") * 1500)  # less than one read of the door's
    poll = select.poll()
    poll.register(deaf, 0)
    events = poll.poll(60000)
    assert events and events[0][1] & select.POLLERR, f"it was left waiting: {events}"
    assert stage.send() == "AA"
    deaf.close()


def who_has_most_gives_way():
    """A partner's connection between two messages stays, whoever else fills the door; a new one finds room."""
    with stage.link() as partner:
        partner.sendall(frame(stage.message()))
        assert code(partner) == "AA"
        silent = [stage.link() for _ in range(PLACES + 50)]
        assert stage.send() == "AA", "there is room"
        partner.sendall(frame(stage.message()))
        assert code(partner) == "AA", "it was not its turn to go"
        for link in silent:
            link.close()
        # the feed itself has most: its longest silent ones go, somebody new comes in
        own = []
        for _ in range(PLACES + 20):
            own.append(stage.link())
            own[-1].sendall(frame(stage.message()))
            assert code(own[-1]) == "AA"
        assert stage.send() == "AA"
        gone = sum(bool(select.select([link], [], [], 0)[0]) for link in own)
        assert gone >= 19, gone
        for link in own:
            link.close()
    log = stage.router.log("referral-mllp")
    assert 1 <= log.count("mllp.connections-full") < 5, "a line a minute at most"


def a_router_that_stands_still_stops_the_reading():
    """Nothing is read beyond what a connection may hold, nobody gets an answer that is not true; then all goes on."""
    router, before = stage.router.processes["referrald"], stage.feed()
    filler = "x" * 60000
    messages = [stage.message().rstrip("\r") + f"\rNTE|1||{filler}\r" for _ in range(20)]
    router.send_signal(signal.SIGSTOP)
    taken = []
    try:
        for text in messages:
            link = stage.link()
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            link.setblocking(False)
            data = frame(text) * 280  # pipelined: 17 MiB each, more than the kernel holds
            sent, quiet = 0, 0
            while sent < len(data) and quiet < 10:
                try:
                    sent += link.send(data[sent:])
                    quiet = 0
                except BlockingIOError:
                    quiet += 1
                    time.sleep(0.002)
                except OSError:
                    break  # closed without an answer: not held, as far as it knows
            taken.append((link, sent, len(data)))
        time.sleep(8)  # longer than the door waits for the router's word
        with stage.link() as late:
            late.settimeout(1)
            late.sendall(frame(stage.message()))
            try:
                assert late.recv(100) == b"", "an answer that nobody gave"
            except socket.timeout:
                pass
        resident = stage.resident_mib()
        print(f"  {sum(sent for _, sent, _ in taken) >> 20} of {sum(size for _, _, size in taken) >> 20} MiB went into sockets, "
              f"{resident} MiB resident", flush=True)
        assert resident < 400, "20 connections, a message each"
        assert sum(sent for _, sent, _ in taken) < len(taken) * 2 << 20, "it went on reading"
        for link, _, _ in taken:
            try:
                assert link.recv(100) == b"", "an answer without the router"
            except (BlockingIOError, ConnectionError):
                pass
    finally:
        router.send_signal(signal.SIGCONT)
    for link, _, _ in taken:
        link.close()

    def answered(text):
        try:
            return stage.send(text) == "AA"
        except ConnectionError:
            return False
    for text in messages:  # each sender sends again what it has no answer to
        stage.router.wait_until("its answer", lambda text=text: answered(text))
    now = stage.feed()
    held = now["new_referrals"] - before["new_referrals"]
    assert held in (len(messages), len(messages) + 1), (before, now)  # the late one was read, or was not
    assert now.get("quarantined", 0) == before.get("quarantined", 0), "a frame that was cut is no message"


def without_network(*words):
    subprocess.run(["ip", "link", "set", "lo", *words], check=True)


def half_open_inside():
    """In a network of its own, whose cable is pulled: the peers are gone without a word."""
    global stage
    without_network("up")
    stage = Stage(tls=False)
    try:
        idle = [stage.link() for _ in range(PLACES - 6)]
        half = [stage.link() for _ in range(5)]
        for link in half:
            link.sendall(frame(stage.message())[:100])
        time.sleep(0.3)
        without_network("down")
        for link in idle + half:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.close()  # the reset is lost with the network
        time.sleep(0.3)
        without_network("up")
        stage.router.wait_until("the halves to be let go", lambda: stage.router.log("referral-mllp").count('what="a frame"') == 5, 20)
        for _ in range(20):  # the idle ones, which nobody can tell from silent partners, keep nobody out
            assert stage.send() == "AA"
        assert stage.feed().get("quarantined", 0) == 0
    finally:
        stage.router.__exit__()


def peers_that_vanish_without_a_word():
    probe = subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True, text=True)
    if probe.returncode != 0:
        print("  not tried: this machine allows no network of one's own: " + probe.stderr.strip(), flush=True)
        return
    done = subprocess.run(["unshare", "-rn", sys.executable, os.path.abspath(__file__), BUILD, "half-open"], capture_output=True, text=True,
                          timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr


def a_wrong_option_is_named():
    for value in ("0", "3601", "soon"):
        r = stage.router
        process = r.launch("referral-mllp", "--place", r.place, "--key", os.path.join(r.work, "mllp.key"), "--router-key", r.router_key(),
                           "--listen", "127.0.0.1:0", "--frame-seconds", value, label="wrong")
        assert process.wait(timeout=30) == 1
        del r.processes["wrong"]
        assert "--frame-seconds: expected a number of seconds" in r.log("wrong").splitlines()[-1]


TESTS = [who_may_not_come_in_is_told_in_the_handshake, a_handshake_that_never_ends_is_cut, plain_text_at_the_tls_port_and_the_reverse,
         a_byte_at_a_time_disturbs_nobody, who_never_reads_its_answers_is_let_go,
         who_never_reads_is_told_of_its_end, who_has_most_gives_way,
         a_router_that_stands_still_stops_the_reading, peers_that_vanish_without_a_word, a_wrong_option_is_named]


def main():
    global stage
    if sys.argv[2:] == ["half-open"]:
        half_open_inside()
        return 0
    stage = Stage()
    try:
        return harness.run_tests("slow_hl7", TESTS)
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
