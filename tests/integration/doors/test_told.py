"""What a sender was told stands beside its message, and numbers that did not come are an alarm: through the real doors.

Usage: test_told.py BUILD_DIR
"""
import base64
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.request

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402

SURGERY = ("EMIS", "Y99101")
PERSON = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


class Site:
    """A router whose surgery numbers its messages, and may be a minute late with one."""

    def __init__(self):
        router = harness.Router(BUILD)
        feeds = os.path.join(router.place, "feeds.yaml")
        text = open(feeds, encoding="utf-8").read()
        mark = "    ods: [Y99101]\n"
        assert mark in text
        os.chmod(feeds, 0o644)
        with open(feeds, "w", encoding="utf-8") as out:
            out.write(text.replace(mark, mark + "    expects: {gap-minutes: 0}\n", 1))
        self.router = router.__enter__()
        key = router.key("mllp", "adapter", feeds="lambourne-road-surgery,kgh-pas")
        self.port = router.adapter("mllp", key, "--feed", "lambourne-road-surgery", "--feed", "kgh-pas")
        self.count = 0

    def close(self):
        self.router.__exit__()

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def send(self, message):
        """(whole answer, its MSA)"""
        data = message if isinstance(message, bytes) else message.encode()
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as link:
                link.sendall(b"\x0b" + data + b"\x1c\r")
                got = b""
                while b"\x1c\r" not in got:
                    more = link.recv(65536)
                    if not more:
                        break
                    got += more
            if got:
                msa = next(line for line in got.decode().split("\r") if line.startswith("MSA"))
                return got, msa.split("|")
            time.sleep(0.1)
        raise AssertionError("the MLLP door never answered")

    def traced(self, target, count):
        """The trace once it has so many answers: they come behind what was asked."""
        found = []

        def told():
            entries = self.router.ctl("trace", target)["entries"]
            found[:] = [e for e in entries if e["kind"] == "answered"]
            return len(found) >= count

        self.router.wait_until(f"{count} answers of {target}", told, 20)
        return self.router.ctl("trace", target)["entries"], [e["answered"] for e in found]

    def feed(self, name):
        status = self.router.ctl("status")
        assert int(status.get("imbalance", 0)) == 0, status
        return next(f for f in status["feeds"] if f["feed"] == name)

    def page(self, path=""):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.router.ports['ops']}/{path}", timeout=20) as answer:
            return answer.read().decode()

    def restart(self):
        self.router.processes["referrald"].terminate()
        self.router.processes["referrald"].wait(timeout=60)
        self.router.start()

    def words(self, *arguments):
        """What a person at a terminal sees."""
        run = subprocess.run([self.router.program("referralctl"), *arguments, "--state", self.router.state],
                             capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return run.stdout


site = None


def referral(control=None, reference=None, number=None, event="I12"):
    text = m.referral(SURGERY, control or site.fresh("C"), reference or site.fresh("R"), "S", PERSON, "W19^Fall^I10", event=event)
    if number is None:
        return text
    first, rest = text.split("\r", 1)
    fields = first.split("|")
    fields += [""] * (13 - len(fields))
    fields[12] = str(number)
    return "|".join(fields) + "\r" + rest


def an_answer_stands_beside_its_message():
    control = site.fresh("C")
    message = referral(control)
    answer, msa = site.send(message)
    assert msa[1] == "AA", msa
    again, msa_again = site.send(message)
    assert msa_again[3] == msa[3]
    entries, told = site.traced(msa[3], 2)
    received = [e["number"] for e in entries if e["kind"] == "received"]
    assert [t["received"] for t in told] == received, (received, told)
    for one, whole in zip(told, (answer, again)):
        assert one["told"] == "written" and one["code"] == "AA" and one["words"] == msa[3], one
        assert int(one["length"]) == len(whole) and "bytes" not in one, one
    shown = site.words("trace", msa[3])
    assert f"answer to entry {received[0]}: AA, {len(answer)} bytes, written to the connection; words: {msa[3]}" in shown, shown
    assert "not known" not in shown, shown


def its_bytes_come_with_the_record_and_are_recorded_as_read():
    answer, msa = site.send(referral())
    site.traced(msa[3], 1)
    opened = site.router.ctl("open", msa[3], "--by", "Olu Operator", "--purpose", "what did we say")
    assert base64.b64decode(opened["answers"][0]["bytes"]) == answer, opened["answers"]
    entries, _ = site.traced(msa[3], 1)
    assert entries[-1]["kind"] == "read" and entries[-1]["read"]["by"] == "Olu Operator", entries[-1]


def a_quarantined_message_has_its_answer_too():
    answer, msa = site.send(referral().replace("\rPID|", "\rno segment\rPID|"))
    assert msa[1] == "AE", msa
    item = max(int(q["entry"]) for q in site.router.ctl("quarantine", "ls")["quarantined"])
    _, told = site.traced(f"Q{item}", 1)
    assert told[0]["code"] == "AE" and told[0]["words"].startswith("segment 4"), (told, msa)
    opened = site.router.ctl("quarantine", "show", f"Q{item}", "--by", "Olu Operator")
    assert base64.b64decode(opened["answers"][0]["bytes"]) == answer, opened


def so_has_one_that_was_refused():
    before = int(site.router.ctl("status")["last_entry"])
    _, msa = site.send(referral().replace("REF^I12", "REF^I15"))
    assert msa[1] == "AR", msa
    _, told = site.traced(f"E{before + 1}", 1)
    assert told[0]["code"] == "AR" and told[0]["words"] == msa[3], told


def a_sender_that_does_not_wait_does_not_know():
    """Reset before the answer: it may be written into a connection that is gone, or be told as gone; never is it lost."""
    reference = site.fresh("R")
    for _ in range(30):
        link = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.sendall(b"\x0b" + referral(site.fresh("C"), reference).encode() + b"\x1c\r")
        link.close()
    _, msa = site.send(referral(site.fresh("C"), reference))
    entries, told = site.traced(msa[3], 1)

    def all_told():
        entries, told = site.traced(msa[3], 1)
        return len(told) == sum(1 for e in entries if e["kind"] == "received")

    site.router.wait_until("each message of it has its answer", all_told, 20)
    assert {t["told"] for t in site.traced(msa[3], 1)[1]} <= {"written", "gone"}


def numbers_that_do_not_come_are_an_alarm():
    _, msa = site.send(referral(number=101))
    assert msa[4:] == ["101"], msa
    site.send(referral(number=102))
    site.send(referral(number=105))
    feed = "lambourne-road-surgery"
    site.router.wait_until("the desk is told", lambda: any(
        n.get("told") for of in site.feed(feed)["numberings"] for n in of["missing"]), 30)
    state = site.feed(feed)
    assert int(state["sequence_gaps"]) == 1, state
    missing = state["numberings"][0]["missing"][0]
    assert (int(missing["from"]), int(missing["to"])) == (103, 104), missing
    shown = site.words("status")
    assert "EMIS|Y99101: MISSING 103 to 104" in shown and "2 MISSING" in shown, shown
    metrics = site.page("metrics")
    assert f'spa_feed_sequence_gaps_total{{feed="{feed}"}} 1' in metrics, metrics
    assert f'spa_feed_sequence_missing{{feed="{feed}"}} 2' in metrics, metrics
    assert '<td data-label="Missing" class="alert">2</td>' in site.page()
    _, msa = site.send(referral(number=0))
    assert msa[4:] == ["106"], msa
    site.send(referral(number=103))
    site.send(referral(number=104))
    assert f'spa_feed_sequence_missing{{feed="{feed}"}} 0' in site.page("metrics")
    assert "Ann" not in json.dumps(site.feed(feed))


def the_answers_of_before_are_there_after_a_restart():
    _, msa = site.send(referral())
    site.traced(msa[3], 1)
    site.restart()
    entries, told = site.traced(msa[3], 1)
    assert told[0]["code"] == "AA"
    _, msa = site.send(referral())
    site.traced(msa[3], 1)


TESTS = [an_answer_stands_beside_its_message, its_bytes_come_with_the_record_and_are_recorded_as_read,
         a_quarantined_message_has_its_answer_too, so_has_one_that_was_refused, a_sender_that_does_not_wait_does_not_know,
         numbers_that_do_not_come_are_an_alarm, the_answers_of_before_are_there_after_a_restart]


def main():
    global site
    site = Site()
    try:
        return harness.run_tests("told", TESTS)
    finally:
        site.close()


if __name__ == "__main__":
    sys.exit(main())
