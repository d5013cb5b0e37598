"""The row about timers: every open referral's deadline falls due in one and the same second, while submissions go on at a
fixed rate. What was fired is counted in the ledger: every referral once."""
import re
import shutil
import sqlite3
import threading
import time

RATE = 100  # submissions a second meanwhile
AFTER_S = 10  # how much longer they go on than the alarms
BODY = 1024
ENTRY_RECEIVED, ENTRY_ALARMED = 3, 7  # proto/referral/v1/entry.proto


def place(bench):
    """Every deadline ten years away but the sender's own, which only tells whoever has the referral."""
    target = bench.work / "timers-place"
    shutil.copytree(bench.patient_place(), target)
    path = target / "clocks.yaml"
    text, count = re.subn(r"(- name: respond-by.*?stages:\n)(?:      - \{[^\n]*\}\n)+", r"\1      - {kind: breach, before: 0}\n",
                          path.read_text(), flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"bench: {path}: expected one clock respond-by with its stages")
    path.write_text(text)
    return target


def alarmed(state, held_us, due_us):
    """Of the referrals that were held between those two moments: how many, told of never, told of more than once, and how
    long after `due_us` the last one was told."""
    with sqlite3.connect(f"file:{state}/ledger.db?mode=ro", uri=True) as ledger:
        before = {row[0] for row in ledger.execute("SELECT referral FROM entry WHERE kind = ? AND at BETWEEN ? AND ?",
                                                   (ENTRY_RECEIVED, *held_us))}
        told = dict(ledger.execute("SELECT referral, COUNT(*) FROM entry WHERE kind = ? AND at >= ? GROUP BY referral",
                                   (ENTRY_ALARMED, due_us)))
        last = ledger.execute("SELECT MAX(at) FROM entry WHERE kind = ?", (ENTRY_ALARMED,)).fetchone()[0]
    last = last or due_us
    times = [told.get(referral, 0) for referral in before]
    return len(before), times.count(0), sum(1 for each in times if each > 1), (last - due_us) / 1e6


def timers(bench, keys_of, feeds, stop, step):
    """Row 7."""
    referrals = bench.options.referrals
    each = referrals // len(feeds)
    router = bench.router(bench.work / "timers-state", place(bench))
    try:
        router.start()
        keys = keys_of(router)
        trial = bench.load(router, keys, first=1_000_001, count=500, seconds=60, body=BODY)
        due = int(time.time() + 1.5 * referrals / trial["rate"] + 20)
        began = time.time()
        with step(f"{referrals:,} referrals whose sender's deadline is one and the same second"):
            held = bench.load(router, keys, count=each, seconds=3000, body=BODY, respond_by=due, progress=True)["held"]
        held_us = (int(began * 1e6), int(time.time() * 1e6))
        if time.time() > due - 5:
            bench.missing.append(f"{referrals:,} timers due in one second: the machine was too slow to have them held in time")
            return
        calm = bench.load(router, keys, feeds[:1], first=2_000_001, seconds=max(1, min(10, int(due - time.time() - 3))),
                          rate=RATE, body=BODY)
        burst, limit = {}, due + 600
        time.sleep(max(0, due - time.time() - 1))
        load = threading.Thread(target=lambda: burst.update(
            bench.load(router, keys, feeds[1:2], first=2_000_001, seconds=seconds_of(held), rate=RATE, body=BODY)))
        with step("all of them due, submissions go on"):
            load.start()
            load.join()
            while alarmed(router.state, held_us, due * 1_000_000)[1] > 0 and time.time() < limit:
                time.sleep(1)
        stop(router)
        total, never, twice, seconds = alarmed(router.state, held_us, due * 1_000_000)
    finally:
        router.__exit__()
    bench.row(f"{held:,} timers due in one second", "intake p99 <= 25 ms meanwhile; none lost, none twice",
              f"p50 {burst['p50_us'] / 1000:.2f} ms, p99 {burst['p99_us'] / 1000:.2f} ms at {RATE} a second; "
              f"all told in {seconds:.1f} s; {never} lost, {twice} twice",
              burst["p99_us"] <= 25_000 and never == 0 and twice == 0 and total == held,
              f"the same before they were due: p50 {calm['p50_us'] / 1000:.2f} ms, p99 {calm['p99_us'] / 1000:.2f} ms")


def seconds_of(timers_due):
    """How long to go on submitting: about as long as the alarms take at a modest rate, never for less than AFTER_S."""
    return AFTER_S + timers_due // 10_000
