"""The BaRS row of ./run bench: the published validation request, 35 KB of it, a hundred times a second for other people each."""
import datetime
import json
import os
import statistics
import urllib.request

from router import free_port

FIXTURE = "../shared/fixtures/bars/validation-request.json"
FEED, ODS = "las-cad", "RRU"


def template(root, path):
    """The published bundle as a template: every message another request, person and place, and due in an hour."""
    with open(os.path.join(root, FIXTURE), encoding="utf-8") as file:
        text = file.read()
    bundle = json.loads(text)
    request = next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "ServiceRequest")
    for each in (bundle["id"], request["fullUrl"].removeprefix("urn:uuid:")):
        text = text.replace(each, each[:-12] + "{{NUMBER}}")
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    text = text.replace(request["resource"]["occurrencePeriod"]["end"], due.isoformat(timespec="seconds"))
    for found, other in (('"value": "RND"', f'"value": "{ODS}"'), ("3478526985", "{{NHS}}"), ("LS1 6PT", "{{POSTCODE}}")):
        assert found in text, found
        text = text.replace(found, other)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return len(text)


def is_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def bars(bench, root, step):
    """The daemon and the BaRS door on a fresh state; 100 bundles a second over 32 connections that stay open, whatever comes back."""
    path = bench.work / "bundle.json"
    size, rounds = template(str(root), path), []
    for number in range(bench.options.rounds):
        with step(f"round {number + 1} of {bench.options.rounds}: 100 bundles a second"), bench.router() as router:
            ops = free_port()
            port = router.adapter("bars", router.key(FEED, "adapter", feeds=FEED), "--feed", FEED, "--ops", f"127.0.0.1:{ops}")
            router.wait_until("the door to have a session", lambda ops=ops: is_ready(ops))  # before it, 503 is right
            [result] = bench.measured_lines(
                bench.program("bench_bars"), "--bars", str(port), "--template", str(path), "--place", str(bench.place), "--rate",
                "100", "--seconds", str(max(10, bench.options.seconds)))
            if result["refused"] != 0:
                raise SystemExit(f"bench: the door did not hold everything: {result}")
            rounds.append(result)

    def of(field):
        return statistics.median(each[field] for each in rounds) / 1000
    bench.row(f"BaRS answered, 100 a second, {size // 1000} KB bundles", "p99 <= 50 ms",
              f"p50 {of('p50_us'):.2f} ms, p99 {of('p99_us'):.2f} ms, worst {of('max_us'):.1f} ms", of("p99_us") <= 50,
              f"overwrite-fdatasync p50 {bench.disk()['p50_us'] / 1000:.2f} ms")
