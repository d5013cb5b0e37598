"""One flipped bit, in the write-ahead log or in the database: refused at the start, named; nothing is served from it."""
import random

from rd_router import Router, run_cases, submission


def filled(router, count=40):
    """Submissions held, then kill -9: the log still has what the database lacks."""
    session = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
    for _ in range(count):
        assert session.submit(submission()).entry > 0
    session.close()
    router.kill()


def flip(path, offset, bit=3):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


def refused(router):
    process = router.spawn()
    code = process.wait(60)
    log = router.log().splitlines()
    assert code == 1, (code, log[-5:])
    said = [line for line in log if "router.not_started" in line]
    assert said, log[-5:]
    assert not (router.state / "endpoints").exists()
    return said[-1]


def a_flipped_bit_in_the_log_is_refused():
    with Router() as router:
        filled(router)
        wal = router.state / "ledger.db-wal"
        assert wal.stat().st_size > 100000, wal.stat().st_size
        flip(wal, wal.stat().st_size // 2)
        said = refused(router)
        assert "ledger" in said and ("head" in said or "entr" in said), said
        print(said)


def a_flipped_bit_in_the_database_is_refused():
    """Anywhere that holds something: what is free space in a page is nobody's."""
    seen = 0
    for seed in range(6):
        with Router() as router:
            filled(router)
            router.start()
            assert router.stop() == 0, router.log()  # all of it in the database now
            database = router.state / "ledger.db"
            data = database.read_bytes()
            chance = random.Random(seed)
            places = [at for at in (chance.randrange(len(data)) for _ in range(2000)) if data[at] not in (0,)]
            flip(database, places[0])
            said = refused(router)
            assert "ledger" in said, said
            seen += 1
            print(f"byte {places[0]} of {len(data)}: {said}")
    assert seen == 6


def a_missing_head_is_refused():
    with Router() as router:
        filled(router, 3)
        (router.state / "ledger.head").unlink()
        assert "ledger.head" in refused(router)


if __name__ == "__main__":
    run_cases(a_flipped_bit_in_the_log_is_refused, a_flipped_bit_in_the_database_is_refused, a_missing_head_is_refused)
