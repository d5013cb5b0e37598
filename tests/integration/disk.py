"""A disk that is really full, and one that is really read-only: what was acknowledged is there afterwards. Needs root, to
mount a small file system of its own; without it the tests say so and do nothing."""
import os
import subprocess
import sys

from rd_router import Router, enum, run_cases, submission

SIZE_MIB = 96  # over the reserve below which intake answers busy


def mount(*words):
    return subprocess.run(["mount", *map(str, words)], capture_output=True, text=True)


class SmallDisk(Router):
    """A router whose state directory is a file system of its own."""

    def __init__(self):
        super().__init__()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.mounted = False
        self.state = self.disk / "state"

    def __enter__(self):
        done = mount("-t", "tmpfs", "-o", f"size={SIZE_MIB}M,mode=0700", "tmpfs", self.disk)
        if done.returncode != 0:
            raise PermissionError(done.stderr.strip())
        self.mounted = True
        return super().__enter__()

    def __exit__(self, *_):
        self.kill()
        if self.mounted:
            subprocess.run(["umount", self.disk], check=True)
            self.mounted = False
        super().__exit__()

    def fill(self, leave_bytes):
        left = os.statvfs(self.disk)
        size = left.f_bavail * left.f_frsize - leave_bytes
        with open(self.disk / "filler", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)


def everything_acknowledged_is_there(router, held, claimed):
    router.ctl("ledger", "verify", "--place", router.place)
    router.start()
    operator = router.operator()
    for referral in held:
        found = operator.ask("query", "query_result", kind=enum("QueryKind", "TRACE"), target=referral)
        assert len(found.entries) >= 2, referral
        owner = found.rows[0].claimed_by
        assert owner == ("Sam Example" if referral in claimed else ""), (referral, owner)
    operator.close()


def a_full_disk_ends_it_with_a_word_and_loses_nothing():
    with SmallDisk() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = [intake.submit(submission()).referral for _ in range(30)]
        control = router.operator()
        router.fill(200 * 1024)
        claimed = set()
        refused = None
        for referral in held * 200:  # over and over: the disk has room for some of it only
            verb = "CLAIM" if referral not in claimed else "RELEASE"
            try:
                control.command(verb, referral + ".1")
            except TimeoutError as error:
                refused = error
                break
            (claimed.add if verb == "CLAIM" else claimed.discard)(referral)
        assert refused is not None, "the disk never filled"
        assert router.process.wait(timeout=20) == 1, router.log()
        words = [line for line in router.log().splitlines() if "router.died" in line]
        assert words and "disk" in words[-1] and "full" in words[-1], router.log()[-2000:]
        # A start without room says what is missing, and damages nothing.
        assert spawn_over(router).wait(timeout=30) == 1
        words = router.log().splitlines()[-1]
        assert "router.not_started" in words and "No space left on device" in words, words
        (router.disk / "filler").unlink()
        intake.close()
        control.close()
        # The last one has no answer: it may be either. All before are as acknowledged.
        last = referral
        everything_acknowledged_is_there(router, [each for each in held if each != last], claimed - {last})
        again = router.session("intake", router.key("kgh2", "adapter", ["kgh-pas"]))
        assert again.submit(submission()).referral
        again.close()


def a_disk_that_turns_read_only_ends_it_with_a_word():
    with SmallDisk() as router:
        intake = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
        held = [intake.submit(submission()).referral for _ in range(5)]
        intake.close()
        assert router.stop() == 0, router.log()
        assert mount("-o", "remount,ro", router.disk).returncode == 0
        process = spawn_over(router)
        assert process.wait(timeout=30) == 1, router.log()
        words = router.log().splitlines()[-1]
        assert "router.not_started" in words and str(router.state) in words, words
        assert "read-only" in words.lower() or "written" in words.lower(), words
        assert mount("-o", "remount,rw", router.disk).returncode == 0
        everything_acknowledged_is_there(router, held, set())


def spawn_over(router):
    """As Router.spawn, which first removes a file and cannot here."""
    process = subprocess.Popen(router.process.args, stdout=router.log_path.open("ab"), stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
    router.process = process
    router.spawned.append(process)
    return process


if __name__ == "__main__":
    try:
        with SmallDisk():
            pass
    except PermissionError as error:
        print(f"[  SKIPPED ] a disk of its own cannot be mounted here ({error}): run as root where mount is allowed")
        sys.exit(77)
    run_cases(a_full_disk_ends_it_with_a_word_and_loses_nothing, a_disk_that_turns_read_only_ends_it_with_a_word)
