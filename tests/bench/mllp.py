"""The MLLP rows of ./run bench: HL7 frames at a fixed rate, whatever comes back, through the door to a subscriber; and the same
frames to node-hl7-server, which appends each to a file and syncs it before it says AA. Of a connection it answers only the first
message rightly (2.5.0 reads the second behind the text of the first), so beside it both have a connection for each frame."""
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import time

from router import free_port

PARTNERS = pathlib.Path(__file__).resolve().parents[1] / "interop" / "partners"
FEED = "lambourne-road-surgery"
RATE = 100


def frames(bench, body, port, *more):
    """The lines of JSON of one run of bench_mllp: assignments (when it subscribes), acknowledgements."""
    return bench.measured_lines(
        bench.program("bench_mllp"), "--mllp", str(port), "--place", str(bench.place), "--rate", str(RATE), "--seconds",
        str(max(10, bench.options.seconds)), "--body", str(body), *more)


def ours(bench, body, teams):
    """Row 5: the daemon, the HL7 door and a subscriber, on a fresh state. Then the same door with a connection for each frame."""
    with bench.router() as router:
        port = router.adapter("mllp", router.key(FEED, "adapter", feeds=FEED), "--feed", FEED)
        consumer = router.key("bench-subscriber", "consumer", teams=",".join(teams))
        lines = frames(bench, body, port, "--queues", router.endpoint("queues"), "--router-key", router.router_key(), "--key",
                      consumer, *(word for team in teams for word in ("--queue", team)))
    with bench.router() as router:
        port = router.adapter("mllp", router.key(FEED, "adapter", feeds=FEED), "--feed", FEED)
        return lines + frames(bench, body, port, "--connect", "each")


def has_peer(bench):
    """Whether node-hl7-server can be asked; it is the one that the partners' tests use."""
    if shutil.which("npm") is None:
        bench.missing.append("node-hl7-server: npm is not there")
        return False
    if (PARTNERS / "node_modules" / "node-hl7-server").exists():
        return True
    done = subprocess.run(["npm", "ci", "--prefix", str(PARTNERS), "--no-audit", "--no-fund", "--ignore-scripts"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        bench.missing.append("node-hl7-server: its package could not be installed")
    return done.returncode == 0


def peer(bench, body, number):
    port, kept = free_port(), bench.work / f"node-hl7-server-{number}"
    process = subprocess.Popen(["node", str(PARTNERS / "keep.mjs"), str(port), str(kept)], stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"bench: node-hl7-server does not listen on port {port}")
            time.sleep(0.05)
        [acknowledged] = frames(bench, body, port, "--connect", "each")
        messages = kept.read_text(encoding="utf-8").count("MSH|")
        if messages != acknowledged["held"]:
            raise SystemExit(f"bench: node-hl7-server acknowledged {acknowledged['held']} and kept {messages}")
        return acknowledged
    finally:
        process.terminate()
        process.wait()


def mllp(bench, body, step):
    teams = re.findall(r"^  - name: (\S+)", (bench.place / "teams.yaml").read_text(), re.MULTILINE)
    with_peer, rounds, peers = has_peer(bench), [], []
    for number in range(bench.options.rounds):
        with step(f"round {number + 1} of {bench.options.rounds}: {RATE} frames a second{', then the peer' if with_peer else ''}"):
            rounds.append(ours(bench, body, teams))
            if with_peer:
                peers.append(peer(bench, body, number))

    def of(results, field):
        return statistics.median(each[field] for each in results) / 1000

    assigned, acknowledged, alone = ([each[index] for each in rounds] for index in (0, 1, 2))
    bench.row(f"MLLP in to a subscriber, {RATE} a second, 4 KiB", "p50 <= 3 ms, p99 <= 25 ms",
              f"p50 {of(assigned, 'p50_us'):.2f} ms, p99 {of(assigned, 'p99_us'):.2f} ms, worst {of(assigned, 'max_us'):.1f} ms",
              of(assigned, "p50_us") <= 3 and of(assigned, "p99_us") <= 25,
              f"acknowledged (AA) to the sender p50 {of(acknowledged, 'p50_us'):.2f} ms, p99 {of(acknowledged, 'p99_us'):.2f} ms; "
              f"overwrite-fdatasync p50 {bench.disk()['p50_us'] / 1000:.2f} ms")
    beside = ""
    if with_peer:
        beside = (f"node-hl7-server, which keeps each in a file before it says AA and neither routes nor assigns, p50 "
                  f"{of(peers, 'p50_us'):.2f} ms, p99 {of(peers, 'p99_us'):.2f} ms "
                  f"(ours {of(alone, 'p50_us') / of(peers, 'p50_us'):.2f} times)")
    bench.row(f"MLLP acknowledged (AA), {RATE} a second, 4 KiB, a connection for each", "-",
              f"p50 {of(alone, 'p50_us'):.2f} ms, p99 {of(alone, 'p99_us'):.2f} ms", None, beside)
