"""kill -9 again and again under load: what was acknowledged is there once, in the right queue, its clocks unmoved, and
the ledger is intact. --kills N (default 5), --seed S."""
import argparse
import random
import time

import rd_router
from rd_router import Background, Router, enum, run_cases, submission
from start_and_stop import referrals_of

arguments = None


class Load:
    """One adapter that never gives up: what is not answered is sent again with the same key after a reconnect."""

    def __init__(self, router, key, feed, seed):
        self.router, self.key, self.feed = router, key, feed
        self.random = random.Random(seed)
        self.places = rd_router.postcodes(count=40)
        self.held = {}  # key -> first answer
        self.clocks = {}
        self.stop = False
        self.reconnects = 0
        self.repeats = 0

    def run(self):
        number = 0
        record = None
        while not self.stop:
            try:
                session = self.router.session("intake", self.key, timeout=1)
            except (TimeoutError, PermissionError, OSError, KeyError):
                time.sleep(0.01)
                continue
            self.reconnects += 1
            try:
                while not self.stop:
                    if record is None:
                        number += 1
                        record = submission(self.feed, key=f"{self.feed}-{number}", postcode=self.random.choice(self.places),
                                            family=f"Example{number}")
                    self.keep(record, session.submit(record))
                    if self.random.random() < 0.1 and self.held:
                        self.resend(session)
                    record = None
            except (TimeoutError, PermissionError):
                pass
            finally:
                session.close()

    def keep(self, record, result):
        if result.busy:
            time.sleep(0.01)
            return
        assert result.referral, result
        first = self.held.setdefault(record.key, result.referral)
        assert first == result.referral, f"{record.key}: {first}, then {result.referral}"

    def resend(self, session):
        """A repeat is answered as the first was."""
        key = self.random.choice(list(self.held)[-20:])
        number = key.rsplit("-", 1)[1]
        record = submission(self.feed, key=key, family=f"Example{number}")
        record.original = record.original  # the same content: the digest is of the adapter's making
        record.digest = b"\0" * 32
        result = session.submit(record)
        self.repeats += 1
        assert result.disposal in (enum("Disposal", "REPEAT"), enum("Disposal", "QUARANTINED")), result


def clocks_of(rows):
    """What must not move: team, role, and each clock's start and deadlines, by assignment."""
    return {row.assignment: (row.team, row.role, row.received,
                             tuple((c.index, c.policy, c.start, c.alarm_due, c.report_due) for c in row.clocks))
            for group in rows.values() for row in group}


def killed_again_and_again_nothing_is_lost():
    with Router() as router:
        chance = random.Random(arguments.seed)
        loads = [Load(router, router.key(f"load-{feed}", "adapter", [feed]), feed, chance.random())
                 for feed in rd_router.FEEDS]
        threads = [Background(load.run) for load in loads]
        seen = {}
        started = time.monotonic()
        for kill in range(arguments.kills):
            time.sleep(chance.uniform(0.05, 0.8))
            router.kill()
            router.start()
            if kill % 10 == 9 or kill == arguments.kills - 1:
                compare(seen, clocks_of(referrals_of(router)))
        for load in loads:
            load.stop = True
        for thread in threads:
            thread.finish()
        rows = referrals_of(router)
        compare(seen, clocks_of(rows))
        check_all(router, loads, rows)
        router.kill()
        print(router.ctl("ledger", "verify", "--place", rd_router.PLACE))
        print(router.ctl("ledger", "rebuild", "--place", rd_router.PLACE))
        print(f"kill: {arguments.kills} kills in {time.monotonic() - started:.0f} s, "
              f"{sum(len(load.held) for load in loads)} acknowledged, {sum(load.repeats for load in loads)} sent twice, "
              f"{sum(load.reconnects for load in loads)} sessions, seed {arguments.seed}")


def compare(seen, now):
    for assignment, before in seen.items():
        assert now.get(assignment) == before, (assignment, before, now.get(assignment))
    seen.update(now)


def check_all(router, loads, rows):
    leads = {}
    for referral, group in rows.items():
        lead = [row for row in group if row.role == enum("Role", "LEAD")]
        assert len(lead) == 1, (referral, group)
        leads[referral] = lead[0]
    acknowledged = [(key, referral) for load in loads for key, referral in load.held.items()]
    assert len(acknowledged) > 10 * arguments.kills, len(acknowledged)
    assert len({referral for _, referral in acknowledged}) == len(acknowledged), "two keys, one referral"
    for key, referral in acknowledged:
        assert referral in leads, f"{key}: {referral} is in no queue"
    # What was made durable and never answered is there too, once: each load has at most one such at the end of a session.
    extra = len(leads) - len(acknowledged)
    assert 0 <= extra <= len(loads), extra
    control = router.operator()
    status = control.ask("query", "query_result", kind=enum("QueryKind", "STATUS")).status
    assert status.imbalance == 0, status
    control.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000)
    arguments = parser.parse_args()
    run_cases(killed_again_and_again_nothing_is_lost)
