"""The BaRS door and partners that are slow, silent, or gone: others are served meanwhile, nothing is half taken.

Usage: test_slow_http.py BUILD_DIR
"""
import http.client
import json
import os
import re
import socket
import ssl
import struct
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
from authority import Authority  # noqa: E402

ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")
PLACES = 256 + 16  # of the door: what it holds, and what is spare while somebody is let go
FEED = "las-cad"


class Stage:
    def __init__(self):
        self.router = r = harness.Router(BUILD).__enter__()
        feeds = "cranbrook-grove-surgery,las-cad"
        self.port = r.adapter("bars", r.key("bars", "adapter", feeds=feeds), "--silent-seconds", "2")
        ours = Authority(r.work, "authority")
        server, self.partner = ours.sign("door.example"), ours.sign("las.example")
        self.expired = ours.sign("was-las.example", days=-1)
        tls = os.path.join(r.work, "tls.yaml")
        with open(tls, "w", encoding="utf-8") as file:
            file.write(f"certificate: {server[0]}\nkey: {server[1]}\nauthority: {ours.path('authority', 'pem')}\n")
        self.tls_port = r.adapter("bars", r.key("bars-tls", "adapter", feeds=feeds), "--silent-seconds", "2", "--tls", tls,
                                  label="bars-tls")
        self.trust, self.trust_expired = (ssl.create_default_context(cafile=ours.path("authority", "pem")) for _ in range(2))
        self.trust.load_cert_chain(*self.partner)
        self.trust_expired.load_cert_chain(*self.expired)
        r.wait_until("both doors to be served", lambda: {self.post()[0], self.post(secure=True)[0]} == {200})

    def link(self, port=None):
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=20)

    def post(self, request=None, secure=False, trust=None):
        """(status, answer) of one message on a connection of its own."""
        headers, body = request or message()
        if secure:
            link = http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=10, context=trust or self.trust)
        else:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request("POST", "/$process-message", body, headers)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            link.close()

    def counted(self):
        """Everything that the feed has had, by what became of it."""
        status = self.router.ctl("status")
        assert int(status.get("imbalance", 0)) == 0, status
        feed = next(f for f in status["feeds"] if f["feed"] == FEED)
        return {name: int(value) for name, value in feed.items() if isinstance(value, (int, str)) and str(value).isdigit()}


stage = None


def message():
    headers = m.bars_headers({})
    return headers, m.bundle({}, ANN, "fall, on the floor").encode()


def head(headers, length):
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["POST /$process-message HTTP/1.1", "Host: x", *lines, f"Content-Length: {length}", "", ""]).encode()


def until_closed(link):
    """What still came."""
    got = b""
    try:
        while True:
            more = link.recv(65536)
            if not more:
                return got
            got += more
    except ConnectionError:
        return got


def held_by_nobody(before):
    now = stage.counted()
    assert now == before, (before, now)


def headers_that_never_end_are_cut():
    """Silent: after the door's time. A byte now and then: after four times that, whatever it says."""
    silent = stage.link()
    silent.sendall(b"POST /$process-message HTTP/1.1\r\nHost: x\r\n")
    begun = time.monotonic()
    got = until_closed(silent)
    assert b"HTTP/1.1 2" not in got and time.monotonic() - begun > 1, (got, time.monotonic() - begun)
    dripping, begun = stage.link(), time.monotonic()
    try:
        dripping.sendall(b"POST /$process-message HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        while True:
            dripping.sendall(b"a")
            time.sleep(0.2)
            assert time.monotonic() - begun < 60, "it was let drip for ever"
    except OSError:
        pass
    assert time.monotonic() - begun > 5
    assert stage.post()[0] == 200


def a_body_that_does_not_come_whole_is_not_taken():
    before = stage.counted()
    headers, body = message()
    short, half, ended = stage.link(), stage.link(), stage.link()
    short.sendall(head(headers, len(body) + 1) + body)  # one byte is missing, and stays away
    half.sendall(head(headers, len(body)) + body[:len(body) // 2])
    ended.sendall(head(headers, len(body) + 1) + body)
    ended.shutdown(socket.SHUT_WR)
    dripping = stage.link()
    dripping.sendall(head(headers, len(body)) + body[:-100])
    try:
        for byte in body[-100:-1]:
            dripping.sendall(bytes([byte]))
            time.sleep(0.2)
    except OSError:
        pass
    for link in (short, half, ended, dripping):
        assert until_closed(link) == b""
    held_by_nobody(before)
    assert stage.post((headers, body))[0] == 200, "the ids were not used up by half a message"
    assert stage.post((headers, body))[0] == 409


def a_body_that_never_ends_is_bounded():
    before, headers = stage.counted(), message()[0]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    with stage.link() as link:
        link.sendall(f"POST /$process-message HTTP/1.1\r\nHost: x\r\n{lines}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            while sent < 200 << 20:
                link.sendall(chunk)
                sent += 65536
        except OSError:
            pass
    assert sent < 100 << 20, sent
    with open(f"/proc/{stage.router.processes['referral-bars'].pid}/status", encoding="utf-8") as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    print(f"  {sent >> 20} MiB sent, {resident >> 10} MiB resident", flush=True)
    held_by_nobody(before)
    assert stage.post()[0] == 200


def silent_ones_keep_nobody_out():
    """More than the door has places: idle, in the middle of headers, in the middle of a body, in a handshake."""
    headers, body = message()
    beginnings = {"idle": b"", "headers": b"POST /$process-message HTTP/1.1\r\nHost: x\r\n", "body": head(headers, len(body)) + body[:500]}
    for what, said in beginnings.items():
        links = [stage.link() for _ in range(PLACES + 28)]
        for link in links:
            try:
                link.sendall(said)
            except OSError:
                pass  # let go of already
        begun = time.monotonic()
        assert stage.post()[0] == 200, what
        print(f"  {what}: served after {time.monotonic() - begun:.2f} s", flush=True)
        for link in links:
            link.close()
    links = [stage.link(stage.tls_port) for _ in range(PLACES + 28)]
    for link in links:
        try:
            link.sendall(b"\x16\x03\x01")
        except OSError:
            pass
    assert stage.post(secure=True)[0] == 200
    for link in links:
        link.close()
    for label in ("referral-bars", "bars-tls"):
        assert "http.connections-full" in stage.router.log(label)
        assert stage.router.log(label).count("http.connections-full") < 10, "a line a minute at most"


def idle_but_kept_alive_goes_on():
    """A partner between two messages, who comes back in time."""
    link = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=10)
    for _ in range(3):
        headers, body = message()
        link.request("POST", "/$process-message", body, headers)
        answer = link.getresponse()
        assert answer.status == 200 and answer.read()
        own = link.sock
        time.sleep(0.5)
    assert link.sock is own, "it was one connection"
    link.close()


def a_handshake_that_never_ends_is_cut():
    for said in (b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        with stage.link(stage.tls_port) as link:
            link.sendall(said)
            until_closed(link)
    assert stage.post(secure=True)[0] == 200


def an_expired_certificate_sends_nothing():
    before = stage.counted()
    status, reply = stage.post(secure=True, trust=stage.trust_expired)
    assert status == 403 and reply["issue"][0]["code"] == "security", (status, reply)
    assert 'bars.no-certificate what="none, expired, or not of the authority"' in stage.router.log("bars-tls")
    held_by_nobody(before)


def tls_at_the_plain_port_is_refused():
    try:
        stage.trust.wrap_socket(stage.link(), server_hostname="door.example").close()
        raise AssertionError("a handshake with a plain port")
    except (ssl.SSLError, ConnectionError):
        pass
    assert stage.post()[0] == 200


def named(refusal):
    """The referral that a 409 names."""
    return re.search("has been processed; it is of referral ([0-9A-Z]{5}-[0-9A-Z]{5}),", refusal["issue"][0]["diagnostics"])[1]


def who_resets_before_the_answer_asks_again():
    """Whatever the moment: one referral, and the repeat is told what became of it."""
    for delay in (0, 0.002, 0.005, 0.01, 0.02, 0.1):
        headers, body = message()
        link = stage.link()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.sendall(head(headers, len(body)) + body)
        time.sleep(delay)
        link.close()
        before = stage.counted()
        status, first = stage.post((headers, body))
        assert status in (200, 409), (status, first)
        if status == 200:  # the reset overtook the message: nothing of it was taken
            continue
        again = stage.post((headers, body))
        assert again == (409, first), (first, again)
        assert stage.router.ctl("trace", named(first))["entries"][0]["kind"] == "received"
        now = stage.counted()
        assert now["repeats"] == before.get("repeats", 0) + 2 and now["new_referrals"] == before["new_referrals"], (before, now)


def an_answer_that_was_not_taken_is_told_as_such():
    """The router is slow, the partner's patience is shorter: the answer finds nobody, and the trace says so."""
    router = stage.router.processes["referrald"]
    headers, body = message()
    router.send_signal(19)  # SIGSTOP
    link = stage.link()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.sendall(head(headers, len(body)) + body)
    time.sleep(0.5)
    link.close()
    router.send_signal(18)  # SIGCONT
    status, repeat = stage.post((headers, body))
    assert status == 409, (status, repeat)

    def told():
        found = stage.router.ctl("trace", named(repeat))["entries"]
        return [e["answered"]["told"] for e in found if e["kind"] == "answered"]
    stage.router.wait_until("both answers in the trace", lambda: len(told()) == 2, 20)
    assert told() == ["gone", "written"], told()


def a_wrong_option_is_named():
    for value in ("0", "3601", "soon"):
        process = stage.router.launch("referral-bars", "--place", stage.router.place, "--key", os.path.join(stage.router.work, "bars.key"),
                                      "--router-key", stage.router.router_key(), "--listen", "127.0.0.1:0", "--silent-seconds", value,
                                      label="wrong")
        assert process.wait(timeout=30) == 1
        del stage.router.processes["wrong"]
        assert "--silent-seconds: expected a number of seconds" in stage.router.log("wrong").splitlines()[-1]


TESTS = [headers_that_never_end_are_cut, a_body_that_does_not_come_whole_is_not_taken, a_body_that_never_ends_is_bounded,
         silent_ones_keep_nobody_out, idle_but_kept_alive_goes_on, a_handshake_that_never_ends_is_cut,
         an_expired_certificate_sends_nothing, tls_at_the_plain_port_is_refused, who_resets_before_the_answer_asks_again, an_answer_that_was_not_taken_is_told_as_such,
         a_wrong_option_is_named]


def main():
    global stage
    stage = Stage()
    try:
        return harness.run_tests("slow_http", TESTS)
    finally:
        stage.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
