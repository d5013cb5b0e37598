"""A machine whose clock jumps and whose disk fills (machine_shim.c): what the router does, and what it tells."""
import json
import os
import time

import rd_router
from rd_router import Router, enum, run_cases, submission

SHIM = rd_router.BUILD / "tests" / "integration" / "librd_machine_shim.so"


class Machine(Router):
    """A router on that machine, with an alarm command that writes down what it is told."""

    def __init__(self):
        super().__init__()
        self.told = self.folder / "told"
        program = self.folder / "alarm-command"
        program.write_text(f"#!/bin/sh\nenv | sort >> {self.told}\n")
        program.chmod(0o700)
        self.arguments = ["--alarm-command", program]

    def spawn(self, *more):
        shim = {"LD_PRELOAD": str(SHIM), "RD_SHIM_DIR": str(self.folder),
                "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        before = {name: os.environ.get(name) for name in shim}
        os.environ.update(shim)
        try:
            return super().spawn(*more)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def set(self, name, value):
        """Whole or not at all: the router reads it at any moment."""
        (self.folder / "new").write_text(str(value))
        (self.folder / "new").rename(self.folder / name)

    def metric(self, name):
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise KeyError(name)

    def was_told(self, word):
        return self.told.exists() and word in self.told.read_text()


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen")
        time.sleep(0.05)


def clocks_of(router, referral):
    trace = json.loads(router.ctl("trace", referral, "--json"))
    return [(clock["start"], clock["alarm_due"]) for row in trace["rows"] for clock in row.get("clocks", [])]


def a_jump_moves_no_deadline_until_it_is_accepted():
    with Machine() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission())
        before = clocks_of(router, held.referral)
        assert before
        assert "has not jumped" in router.ctl("clock", "accept", "--by", "Sam Example")
        router.set("clock", 3 * 3600)
        wait_for(lambda: router.metric("referrald_clock_jumped") == 1)
        wait_for(lambda: router.was_told("RD_ALARM=clock-jump"))
        assert "clock.jumped" in router.log()
        assert abs(router.metric("referrald_clock_drift_seconds") - 3 * 3600) < 5
        assert clocks_of(router, held.referral) == before
        assert not router.was_told("RD_STAGE=breach")
        assert router.get("/readyz")[0] == 200
        assert "is now" in router.ctl("clock", "accept", "--by", "Sam Example")
        assert router.metric("referrald_clock_jumped") == 0
        assert clocks_of(router, held.referral) == before, "accepting moved a clock"
        wait_for(lambda: router.was_told("RD_STAGE=breach"))  # three hours have passed, as the operator says
        later = intake.submit(submission())
        assert later.held_at - held.held_at > 2.9 * 3600e6
        intake.close()
        assert router.stop() == 0, router.log()


def a_small_drift_is_slewed_without_a_word():
    with Machine() as router:
        router.set("clock", 2)
        wait_for(lambda: 0 < router.metric("referrald_clock_drift_seconds") < 1.95)
        assert router.metric("referrald_clock_jumped") == 0
        assert not router.was_told("clock-jump")


def a_start_behind_the_last_entry_is_not_ready():
    with Machine() as router:
        assert router.stop() == 0, router.log()
        router.set("clock", -20)
        router.spawn()
        wait_for(lambda: (router.state / "endpoints").exists())
        router.endpoints = dict(line.split(" ", 1) for line in (router.state / "endpoints").read_text().splitlines())
        status, words = router.get("/readyz")
        assert status == 503 and "behind" in words, (status, words)
        assert router.metric("referrald_clock_behind") == 1
        router.set("clock", 0)
        wait_for(lambda: router.get("/readyz")[0] == 200, 60)


def restart(router, seconds):
    """Ends it, moves the machine's clock, starts it; returns when it listens, ready or not."""
    assert router.stop() == 0, router.log()
    router.set("clock", seconds)
    router.spawn()
    wait_for(lambda: (router.state / "endpoints").exists(), 60)
    router.endpoints = dict(line.split(" ", 1) for line in (router.state / "endpoints").read_text().splitlines())


def a_start_a_day_later_fires_what_is_due():
    """A machine that was off, or whose clock was set while it was: deadlines stand, and what they passed is told at once."""
    with Machine() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission())
        before = clocks_of(router, held.referral)
        intake.close()
        restart(router, 86400)
        wait_for(lambda: router.get("/readyz")[0] == 200)
        wait_for(lambda: router.was_told("RD_STAGE=breach"))
        assert clocks_of(router, held.referral)[:len(before)] == before
        assert "has not jumped" in router.ctl("clock", "accept", "--by", "Sam Example")
        router.ctl("claim", held.referral + ".1", "--by", "Sam Example")


def a_start_a_day_earlier_waits_until_the_clock_is_mended():
    with Machine() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission())
        before = clocks_of(router, held.referral)
        intake.close()
        restart(router, -86400)
        status, words = router.get("/readyz")
        assert status == 503 and "behind" in words, (status, words)
        # Time stands still; what is held can be worked, and nothing is dated before what stands in the ledger.
        router.ctl("claim", held.referral + ".1", "--by", "Sam Example")
        assert clocks_of(router, held.referral) == before
        assert not router.was_told("RD_STAGE=")
        router.set("clock", 0)
        wait_for(lambda: router.metric("referrald_clock_jumped") == 1)
        wait_for(lambda: router.was_told("RD_ALARM=clock-jump"))
        assert "is now" in router.ctl("clock", "accept", "--by", "Sam Example")
        wait_for(lambda: router.get("/readyz")[0] == 200)
        assert clocks_of(router, held.referral) == before
        assert router.stop() == 0, router.log()
        router.ctl("ledger", "verify", "--place", router.place)


def a_full_disk_keeps_its_reserve_for_what_is_held():
    with Machine() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = intake.submit(submission())
        router.set("disk", 300)
        wait_for(lambda: router.was_told("RD_ALARM=disk-low"))
        assert "disk.low" in router.log()
        assert intake.submit(submission()).entry > 0
        router.set("disk", 20)
        wait_for(lambda: router.get("/readyz")[0] == 503)
        answer = intake.submit(submission())
        assert answer.busy and "disk" in answer.words, answer
        router.ctl("claim", held.referral + ".1", "--by", "Sam Example")
        router.set("disk", 100000)
        wait_for(lambda: router.get("/readyz")[0] == 200)
        assert intake.submit(submission()).entry > 0
        intake.close()


if __name__ == "__main__":
    run_cases(a_jump_moves_no_deadline_until_it_is_accepted, a_small_drift_is_slewed_without_a_word,
              a_start_behind_the_last_entry_is_not_ready, a_start_a_day_later_fires_what_is_due,
              a_start_a_day_earlier_waits_until_the_clock_is_mended, a_full_disk_keeps_its_reserve_for_what_is_held)
