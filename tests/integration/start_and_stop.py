"""What is refused at the start, with what to do; and an end under load that loses nothing."""
import os
import pathlib
import shutil
import subprocess
import time

import rd_router
from rd_router import Background, Router, enum, run_cases, submission


def ends_with(router, *words, status=1, more=()):
    process = router.spawn(*more)
    code = process.wait(30)
    log = router.log()
    assert code == status, (code, log)
    for word in words:
        assert word in log, (word, log)


def bad_use_is_status_2():
    router = Router()
    with router:
        ends_with(router, "unknown option --nonsense", status=2, more=["--nonsense"])


def rights_of_others_are_refused():
    with Router() as router:
        assert router.stop() == 0, router.log()
        os.chmod(router.state, 0o750)
        ends_with(router, "chmod 700")


def a_place_with_an_error_is_refused_with_its_line():
    router = Router()
    place = router.folder / "place"
    shutil.copytree(rd_router.PLACE, place)
    teams = place / "teams.yaml"
    teams.write_text(teams.read_text().replace("kind: desk", "kind: dask", 1))
    line = next(i for i, text in enumerate(teams.read_text().splitlines(), 1) if "dask" in text)
    router.place = place
    try:
        ends_with(router, f"teams.yaml:{line}:")
    finally:
        shutil.rmtree(router.folder)


def a_second_router_over_one_state_is_refused():
    with Router() as router:
        first = router.process
        endpoints = (router.state / "endpoints").read_text()
        ends_with(router, "is held by process")
        router.process = first
        (router.state / "endpoints").write_text(endpoints)
        assert router.get("/readyz")[0] == 200


def a_check_starts_nothing():
    with Router() as router:
        assert router.stop() == 0, router.log()
        process = router.spawn("--check")
        assert process.wait(30) == 0, router.log()
        assert "intact" in router.log()


def missing_keys_beside_a_ledger_are_refused():
    with Router() as router:
        assert router.stop() == 0, router.log()
        (router.state / "keys" / "body.key").unlink()
        ends_with(router, "keys/body.key: missing beside a ledger")


def ready_is_told_to_systemd():
    import socket
    router = Router()
    name = str(router.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name)
        listener.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = name
        try:
            with router:
                assert listener.recv(100) == b"READY=1"
                assert router.stop() == 0, router.log()
                assert listener.recv(100) == b"STOPPING=1"
        finally:
            del os.environ["NOTIFY_SOCKET"]


def a_refused_client_is_exit_3():
    with Router() as router:
        assert router.stop() == 0, router.log()
        router.ctl("status", "--timeout", "1", expect=3)


class Load:
    """Submits until the router goes away; keeps what was acknowledged."""

    def __init__(self, router, key, feed):
        self.router, self.key, self.feed = router, key, feed
        self.held, self.busy = [], 0

    def run(self):
        session = self.router.session("intake", self.key, timeout=3)
        try:
            for number in range(100000):
                record = submission(self.feed, key=f"{self.feed}-{number}")
                result = session.submit(record)
                if result.busy:
                    self.busy += 1
                    if self.busy > 3:
                        return
                else:
                    self.held.append((record.key, result.referral, result.entry))
        except (TimeoutError, PermissionError):
            pass
        finally:
            session.close()


def sigterm_under_load_loses_nothing():
    with Router() as router:
        loads = [Load(router, router.key(f"load-{feed}", "adapter", [feed]), feed) for feed in rd_router.FEEDS]
        threads = [Background(load.run) for load in loads]
        time.sleep(1.5)
        assert router.stop() == 0, router.log()
        for thread in threads:
            thread.finish()
        held = [one for load in loads for one in load.held]
        assert len(held) > 50, len(held)
        router.start()
        found = referrals_of(router)
        missing = [one for one in held if found.get(one[1]) is None]
        assert not missing, missing[:5]
        print(f"drain: {len(held)} acknowledged before SIGTERM, all there afterwards")
        assert "intact" in router.ctl("ledger", "verify")


def referrals_of(router):
    """Rows of every open assignment, by referral."""
    session = router.operator("queues")
    status = router.operator("control").ask("query", "query_result", kind=enum("QueryKind", "STATUS")).status
    rows = {}
    for team in status.teams:
        for row in session.watch(team.team)[0].values():
            rows.setdefault(row.referral, []).append(row)
    session.close()
    return rows


if __name__ == "__main__":
    run_cases(bad_use_is_status_2, rights_of_others_are_refused, a_place_with_an_error_is_refused_with_its_line,
              a_second_router_over_one_state_is_refused, a_check_starts_nothing,
              missing_keys_beside_a_ledger_are_refused, ready_is_told_to_systemd, a_refused_client_is_exit_3,
              sigterm_under_load_loses_nothing)
