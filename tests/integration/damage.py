"""One flipped bit, in the write-ahead log or in the database: refused at the start, named; nothing is served from it."""
import random

from rd_router import PLACE, Envelope, Router, run_cases, submission


def filled(router, count=40):
    """Submissions held, then kill -9: the log still has what the database lacks."""
    session = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
    for _ in range(count):
        assert session.submit(submission()).entry > 0
    session.close()
    router.kill()


def filled_past_an_anchor(router):
    """More entries than a start looks at: it begins at the anchor before the last, every 4,096."""
    session = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
    for window in range(140):
        asked = []
        for _ in range(30):
            envelope = Envelope()
            envelope.submit.correlation = session.next_correlation()
            envelope.submit.submission.CopyFrom(submission())
            session.send(envelope)
            asked.append(envelope.submit.correlation)
        for correlation in asked:
            assert session.answer_to(correlation, "submit_result").entry > 0
    session.close()
    assert router.stop() == 0, router.log()


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


def damage_before_the_anchor_ends_the_process():
    """The start does not see it; the check of the whole chain behind it does."""
    with Router() as router:
        filled_past_an_anchor(router)
        database = router.state / "ledger.db"
        good = database.read_bytes()
        chance = random.Random(7)
        found = 0
        for _ in range(40):
            at = chance.randrange(len(good) // 20, len(good) // 3)
            if good[at] == 0:
                continue
            database.write_bytes(good)
            flip(database, at)
            for stale in ("ledger.db-wal", "ledger.db-shm"):
                (router.state / stale).unlink(missing_ok=True)
            head = (router.state / "ledger.head").read_bytes()
            code = router.spawn().wait(60)
            (router.state / "ledger.head").write_bytes(head)
            log = router.log().splitlines()
            assert code == 1, (at, code, log[-3:])
            if "router.died" in log[-1]:
                assert "the chain does not verify" in log[-1], log[-1]
                print(f"byte {at}: {log[-1]}")
                found += 1
            if found == 3:
                return
        raise AssertionError("no damage was left to the check behind the start")


def damaged_tables_are_made_again_from_the_entries():
    with Router() as router:
        filled(router)
        router.start()
        assert router.stop() == 0, router.log()
        database = router.state / "ledger.db"
        good = database.read_bytes()
        chance = random.Random(3)
        for _ in range(60):
            at = chance.randrange(len(good))
            if good[at] == 0:
                continue
            database.write_bytes(good)
            flip(database, at)
            if "state record" in refused(router):
                break
        else:
            raise AssertionError("no state record was hit")
        place = ["--place", PLACE]
        assert router.ctl("ledger", "verify", expect=None).returncode == 1
        assert router.ctl("ledger", "rebuild", *place, expect=None).returncode == 1
        assert "written again" in router.ctl("ledger", "rebuild", "--write", *place)
        assert "invariants: hold" in router.ctl("ledger", "verify", *place)
        assert "same byte for byte" in router.ctl("ledger", "rebuild", *place)
        router.start()
        assert "40" in router.get("/metrics")[1].split('spa_feed_submissions_total{feed="kgh-pas"} ')[1][:3]


def a_missing_head_is_refused():
    with Router() as router:
        filled(router, 3)
        (router.state / "ledger.head").unlink()
        assert "ledger.head" in refused(router)


if __name__ == "__main__":
    run_cases(a_flipped_bit_in_the_log_is_refused, a_flipped_bit_in_the_database_is_refused,
              damage_before_the_anchor_ends_the_process, damaged_tables_are_made_again_from_the_entries,
              a_missing_head_is_refused)
