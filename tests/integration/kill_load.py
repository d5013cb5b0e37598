"""kill -9 again and again under load: what was acknowledged is there once, in the right queue, its clocks unmoved, and
the ledger is intact. --kills N (default 5), --seed S."""
import argparse
import collections
import random
import time

import rd_router
from rd_router import Background, Envelope, Router, enum, run_cases, submission
from start_and_stop import referrals_of

WINDOW = 8  # submissions of one adapter without an answer
arguments = None


class Load:
    """An adapter that never gives up: what is not answered is sent again, the same, after a reconnect."""

    def __init__(self, router, key, feed, seed):
        self.router, self.key, self.feed = router, key, feed
        self.random = random.Random(seed)
        self.places = rd_router.postcodes(count=40)
        self.pending = collections.OrderedDict()  # key -> record, not answered yet
        self.recent = collections.deque(maxlen=20)  # answered: may be sent a second time
        self.held = {}  # key -> referral of the first answer
        self.stop = False
        self.number = self.sessions = self.repeats = 0

    def run(self):
        while not self.stop:
            try:
                session = self.router.session("intake", self.key, timeout=0.5)
            except (TimeoutError, PermissionError, OSError, KeyError):
                time.sleep(0.01)
                continue
            self.sessions += 1
            try:
                self.talk(session)
            except TimeoutError:
                pass
            finally:
                session.close()

    def talk(self, session):
        sent = {}
        for record in self.pending.values():
            self.send(session, record, sent)
        while not self.stop:
            while len(sent) < WINDOW:
                self.send(session, self.next_record(), sent)
            envelope = session.receive(0.5)
            if envelope.HasField("submit_result"):
                self.keep(sent.pop(envelope.submit_result.correlation), envelope.submit_result)
            else:
                assert not envelope.HasField("refused"), envelope

    def next_record(self):
        if self.recent and self.random.random() < 0.1:
            return self.random.choice(self.recent)
        self.number += 1
        record = submission(self.feed, key=f"{self.feed}-{self.number}", postcode=self.random.choice(self.places),
                            family=f"Example{self.number}")
        self.pending[record.key] = record
        return record

    @staticmethod
    def send(session, record, sent):
        envelope = Envelope()
        envelope.submit.correlation = session.next_correlation()
        envelope.submit.submission.CopyFrom(record)
        session.send(envelope)
        sent[envelope.submit.correlation] = record

    def keep(self, record, result):
        if result.busy:
            return
        assert result.disposal in (enum("Disposal", "NEW"), enum("Disposal", "REPEAT")), result
        self.repeats += result.disposal == enum("Disposal", "REPEAT")
        first = self.held.setdefault(record.key, result.referral)
        assert result.referral and first == result.referral, f"{record.key}: {first}, then {result.referral}"
        self.pending.pop(record.key, None)
        self.recent.append(record)


class Seen:
    """What must not move: each clock of a referral, and its lead team while no team has opened or closed."""

    def __init__(self):
        self.clocks, self.leads, self.hours = {}, {}, None

    def compare(self, router):
        control = router.operator()
        status = control.ask("query", "query_result", kind=enum("QueryKind", "STATUS")).status
        control.close()
        assert status.imbalance == 0, status
        hours = [(team.team, team.open_now) for team in status.teams]
        rows = referrals_of(router)
        leads = {}
        clocks = {}
        for referral, group in rows.items():
            lead = [row for row in group if row.role == enum("Role", "LEAD")]
            assert len(lead) == 1, (referral, group)
            leads[referral] = lead[0].team
            clocks[referral] = {(c.index, c.policy, c.start, c.alarm_due, c.report_due) for c in lead[0].clocks}
        for referral, before in self.clocks.items():
            assert referral in clocks, f"{referral} is in no queue any more"
            assert clocks[referral] == before, (referral, before, clocks[referral])
            assert hours != self.hours or leads[referral] == self.leads[referral], (referral, self.leads[referral])
        self.clocks, self.leads, self.hours = clocks, leads, hours
        return rows


def killed_again_and_again_nothing_is_lost():
    with Router() as router:
        chance = random.Random(arguments.seed)
        loads = [Load(router, router.key(f"load-{feed}", "adapter", [feed]), feed, chance.random())
                 for feed in rd_router.FEEDS]
        threads = [Background(load.run) for load in loads]
        seen = Seen()
        started = time.monotonic()
        for kill in range(arguments.kills):
            time.sleep(chance.uniform(0.05, 0.8))
            router.kill()
            router.start()
            if kill % 10 == 9:
                seen.compare(router)
        for load in loads:
            load.stop = True
        for thread in threads:
            thread.finish()
        check_all(loads, seen.compare(router))
        router.kill()
        assert "invariants: hold" in router.ctl("ledger", "verify", "--place", rd_router.PLACE)
        assert "same byte for byte" in router.ctl("ledger", "rebuild", "--place", rd_router.PLACE)
        print(f"kill: {arguments.kills} kills in {time.monotonic() - started:.0f} s, "
              f"{sum(len(load.held) for load in loads)} acknowledged, all there once, clocks unmoved; "
              f"{sum(load.repeats for load in loads)} were repeats, {sum(load.sessions for load in loads)} sessions, "
              f"seed {arguments.seed}")


def check_all(loads, rows):
    acknowledged = [(key, referral) for load in loads for key, referral in load.held.items()]
    assert len(acknowledged) > 10 * arguments.kills, len(acknowledged)
    assert len({referral for _, referral in acknowledged}) == len(acknowledged), "two keys, one referral"
    for key, referral in acknowledged:
        assert referral in rows, f"{key}: {referral} is in no queue"
    # What was made durable and not answered before the end is there too, once for each key.
    extra = len(rows) - len(acknowledged)
    assert 0 <= extra <= len(loads) * WINDOW, extra


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000)
    arguments = parser.parse_args()
    run_cases(killed_again_and_again_nothing_is_lost)
