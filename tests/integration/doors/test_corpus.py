"""Some two hundred HL7 v2 messages as they are found in the wild, through the real door: the right answer to each, MSA-2 always
theirs, none lost, none counted twice, the door as well afterwards as before.

Usage: test_corpus.py BUILD_DIR
"""
import os
import socket
import sys
import time

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "data", "hl7v2")]

import corpus  # noqa: E402
import router as harness  # noqa: E402

FEED = "lambourne-road-surgery"
ITK_FEED = "kgh-pas"
COLUMNS = ("new_referrals", "repeats", "amendments", "cancellations", "facts_applied", "facts_ignored", "quarantined", "rejected")


class Site:
    def __init__(self):
        self.router = harness.Router(BUILD).__enter__()
        key = self.router.key("mllp", "adapter", feeds=f"{FEED},{ITK_FEED}")
        self.port = self.router.adapter("mllp", key, "--feed", FEED, "--feed", ITK_FEED)

    def close(self):
        self.router.__exit__()

    def feed(self, name):
        status = self.router.ctl("status")
        assert int(status.get("imbalance", 0)) == 0, status
        feed = next((f for f in status.get("feeds", []) if f["feed"] == name), {})
        counts = {c: int(feed.get(c, 0)) for c in COLUMNS}
        assert int(feed.get("submissions", 0)) == sum(counts.values()), feed
        return int(feed.get("submissions", 0)), counts

    def ask(self, data, split=None):
        """The first answer's segments; the message in one piece or in pieces of `split` bytes."""
        framed = b"\x0b" + data + b"\x1c\r"
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as link:
                link.settimeout(30)
                try:
                    for at in range(0, len(framed), split or len(framed)):
                        link.sendall(framed[at:at + (split or len(framed))])
                    got = b""
                    while b"\x1c\r" not in got:
                        more = link.recv(65536)
                        if not more:
                            break
                        got += more
                except ConnectionError:
                    got = b""
            if got:
                return got.split(b"\x1c\r")[0].lstrip(b"\x0b")
            time.sleep(0.1)
        raise AssertionError("no answer")


site = None


def fields_of(answer):
    """MSA and ERR of an answer, in whatever delimiters it has."""
    text = answer.decode("utf-8", "surrogateescape")
    separator = text[3]
    segments = {line[:3]: line.split(separator) for line in text.split("\r") if line}
    return separator, segments


def problems_of(sample, answer):
    separator, segments = fields_of(answer)
    msa = segments["MSA"]
    if msa[1] != sample.code:
        return f"{msa[1]} where {sample.code} is right: {separator.join(msa)}"
    if sample.error is not None:
        err = separator.join(segments.get("ERR", ["no ERR"]))
        if f"{sample.error}" not in err:
            return f"no {sample.error} in {err}"
    head = sample.data.split(b"\r")[0].split(b"\n")[0]
    if head[:3] == b"MSH" and head[3:4] == separator.encode() and head.count(b"|") > 9 and separator == "|":
        control = head.split(b"|")[9]
        if msa[2].encode("utf-8", "surrogateescape") != control:
            return f"MSA-2 is {msa[2]}, theirs is {control}"
    return None


def every_message_has_its_right_answer_and_its_column():
    samples = list(corpus.everything())
    assert len(samples) >= 150, len(samples)
    before, _ = site.feed(FEED)
    wrong = []
    for sample in samples:
        problem = problems_of(sample, site.ask(sample.data))
        if problem:
            wrong.append(f"{sample.name}: {problem}")
    assert not wrong, "\n" + "\n".join(wrong)
    after, counts = site.feed(FEED)
    known = sum(1 for s in samples if s.counted)
    assert after - before == known, f"{known} messages of this feed, {after - before} counted: {counts}"
    print(f"hl7 corpus: {len(samples)} messages, {known} of the feed: {counts}")


def the_same_again_is_answered_the_same_and_is_a_repeat():
    """Also in small pieces: reads end anywhere. What was refused is refused again; what was held is a repeat."""
    samples = [s for s in corpus.everything() if s.counted]
    before, was = site.feed(FEED)
    wrong = []
    for number, sample in enumerate(samples):
        problem = problems_of(sample, site.ask(sample.data, None if len(sample.data) > 20000 else 1 + number % 97))
        if problem:
            wrong.append(f"{sample.name}: {problem}")
    assert not wrong, "\n" + "\n".join(wrong)
    after, now = site.feed(FEED)
    assert after - before == len(samples)
    grown = {c for c in COLUMNS if now[c] != was[c]}
    assert grown <= {"repeats", "rejected"}, (was, now)


def all_of_them_in_one_connection_in_order():
    samples = [s for s in corpus.everything() if s.counted and len(s.data) < 20000 and not s.name.startswith("enhanced, both")]
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as link:
        link.settimeout(60)
        got = b""
        for sample in samples:
            link.sendall(b"\r\n junk " + b"\x0b" + sample.data + b"\x1c\r")
        while got.count(b"\x1c\r") < len(samples):
            more = link.recv(65536)
            assert more, "the connection ended early"
            got += more
    wrong = []
    for sample, answer in zip(samples, got.split(b"\x1c\r")):
        problem = problems_of(sample, answer.lstrip(b"\x0b"))
        if problem:
            wrong.append(f"{sample.name}: {problem}")
    assert not wrong, "\n" + "\n".join(wrong)


def uk_itk_messages_go_through_the_door():
    folder = os.path.join(HERE, "..", "..", "data", "hl7v2", "itk")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".hl7"))
    assert len(names) >= 19, names
    before, _ = site.feed(ITK_FEED)
    surgery, _ = site.feed(FEED)
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        data = data.replace(b"|RCB|ROUTE", b"|RF4|ROUTE").replace(b"|RVC|EMPI", b"|RF4|EMPI").replace(b"|RYT|EMPI", b"|RF4|EMPI")
        _, segments = fields_of(site.ask(data))
        right = "AR" if "not-taken" in name else "CA" if name.startswith("uk-i12") else "AA"
        assert segments["MSA"][1] == right, (name, segments)
        if right == "AR":
            assert "201" in segments["ERR"][1], (name, segments)
    after, _ = site.feed(ITK_FEED)
    assert after - before == len(names) - 1, (before, after)
    assert site.feed(FEED)[0] - surgery == 1


TESTS = [every_message_has_its_right_answer_and_its_column, the_same_again_is_answered_the_same_and_is_a_repeat,
         all_of_them_in_one_connection_in_order, uk_itk_messages_go_through_the_door]


def main():
    global site
    site = Site()
    try:
        return harness.run_tests("corpus", TESTS)
    finally:
        site.close()


if __name__ == "__main__":
    sys.exit(main())
