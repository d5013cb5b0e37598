"""The real referrald in a temporary state directory, and sessions with it, for integration tests. Needs python3-zmq and
python3-protobuf. Paths come from the environment: RD_SOURCE_DIR, RD_BINARY_DIR (ctest sets both)."""
import csv
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

import zmq
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SOURCE = pathlib.Path(os.environ.get("RD_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("RD_BINARY_DIR", SOURCE / "build" / "dev"))
PLACE = SOURCE / "rules" / "places" / "redbridge"
FEEDS = ("lambourne-road-surgery", "kgh-pas", "las-cad", "self", "telephone")


def _pool():
    files = descriptor_pb2.FileDescriptorSet()
    files.ParseFromString((BUILD / "proto" / "referral.desc").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


POOL = _pool()
Envelope = message_factory.MessageFactory(POOL).GetPrototype(POOL.FindMessageTypeByName("referral.v1.Envelope"))


def enum(name, value):
    """The number of an enum's value: enum("Verb", "CLAIM")."""
    found = POOL.FindEnumTypeByName("referral.v1." + name).values_by_name
    for key, number in found.items():
        if key.endswith("_" + value):
            return number.number
    raise KeyError(f"{name}.{value}")


def enum_name(name, number):
    return POOL.FindEnumTypeByName("referral.v1." + name).values_by_number[number].name


def postcodes(locality=None, count=50):
    """Known postcodes of the place (of one locality)."""
    wards = {row["ward"]: row["locality"] for row in csv.DictReader((PLACE / "localities.csv").open())}
    rows = csv.DictReader((PLACE / "postcodes.csv").open())
    found = [r["pcds"] for r in rows if r["ward"] in wards and locality in (None, wards[r["ward"]])]
    return found[:: max(1, len(found) // count)][:count]


def now_us():
    return time.time_ns() // 1000


class Session:
    """One DEALER with its key: hello, then ask and listen. Not for use by two threads."""

    context = zmq.Context.instance()

    def __init__(self, endpoint, key, router_public, hello=True, timeout=10):
        self.timeout = timeout
        self.correlation = 0
        self.unread = []
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_publickey, self.socket.curve_secretkey = key
        self.socket.curve_serverkey = router_public
        self.socket.connect(endpoint)
        if hello:
            answer = self.hello()
            if not answer.HasField("welcome"):
                raise PermissionError(answer.refused.words)
            self.welcome = answer.welcome

    def hello(self):
        envelope = Envelope()
        envelope.hello.protocol_min = envelope.hello.protocol_max = 1
        envelope.hello.program, envelope.hello.session = "integration", time.time_ns()
        self.send(envelope)
        return self.receive()

    def send(self, envelope):
        self.socket.send(envelope.SerializeToString())

    def receive(self, timeout=None):
        """The next envelope; TimeoutError."""
        if self.unread:
            return self.unread.pop(0)
        if not self.socket.poll(int((self.timeout if timeout is None else timeout) * 1000)):
            raise TimeoutError("no message from the router")
        return Envelope.FromString(self.socket.recv())

    def next_correlation(self):
        self.correlation += 1
        return self.correlation

    def ask(self, arm, answer, **fields):
        """Sends an arm with a new correlation, gives the answering arm; PermissionError with (code, words) on refusal."""
        envelope = Envelope()
        message = getattr(envelope, arm)
        message.SetInParent()
        message.correlation = self.next_correlation()
        for name, value in fields.items():
            if hasattr(value, "SerializeToString"):
                getattr(message, name).CopyFrom(value)
            elif isinstance(value, (list, tuple)):
                getattr(message, name).extend(value)
            else:
                setattr(message, name, value)
        self.send(envelope)
        return self.answer_to(message.correlation, answer)

    def answer_to(self, correlation, answer):
        kept = []
        end = time.monotonic() + self.timeout
        try:
            while True:
                envelope = self.receive(max(0.001, end - time.monotonic()))
                if envelope.HasField("refused") and envelope.refused.correlation in (correlation, 0):
                    raise PermissionError(enum_name("Refusal", envelope.refused.code), envelope.refused.words)
                if envelope.HasField(answer) and getattr(envelope, answer).correlation == correlation:
                    return getattr(envelope, answer)
                kept.append(envelope)
        finally:
            self.unread = kept + self.unread

    def submit(self, submission):
        return self.ask("submit", "submit_result", submission=submission)

    def command(self, verb, target, by="Sam Example", **fields):
        return self.ask("command", "command_result", verb=enum("Verb", verb), target=target, by=by, **fields)

    def watch(self, queue, incarnation=0, after=0, credit=1000):
        """Rows of the snapshot by assignment, and (incarnation, change). Grants further credit as rows come."""
        envelope = Envelope()
        envelope.watch.queue, envelope.watch.credit = queue, credit
        envelope.watch.incarnation, envelope.watch.after = incarnation, after
        self.send(envelope)
        rows = {}
        while True:
            envelope = self.receive()
            if envelope.HasField("refused"):
                raise PermissionError(enum_name("Refusal", envelope.refused.code), envelope.refused.words)
            if envelope.HasField("snapshot_begin"):
                begun = envelope.snapshot_begin
            if envelope.HasField("snapshot_row"):
                if len(rows) % (credit // 2) == credit // 2 - 1:
                    ack = Envelope()
                    ack.ack.queue, ack.ack.incarnation, ack.ack.credit = queue, begun.incarnation, credit
                    self.send(ack)
                rows[envelope.snapshot_row.row.assignment] = envelope.snapshot_row.row
            if envelope.HasField("snapshot_end"):
                return rows, (envelope.snapshot_end.incarnation, envelope.snapshot_end.change)

    def close(self):
        self.socket.close()


class Router:
    """referrald over a state directory of its own. Use as a context manager."""

    def __init__(self, place=PLACE, arguments=()):
        self.place, self.arguments = place, list(arguments)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rd-integration-"))
        self.state = self.folder / "state"
        self.log_path = self.folder / "log"
        self.process = None
        self.spawned = []  # every process, so that none is left behind
        self.endpoints = {}

    def __enter__(self):
        try:
            return self if self.process is not None else self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, *more):
        """Starts the process without waiting for it."""
        (self.state / "endpoints").unlink(missing_ok=True)
        log = self.log_path.open("ab")
        any_port = "tcp://127.0.0.1:*"
        self.process = subprocess.Popen(
            [BUILD / "router" / "shell" / "referrald", "--place", self.place, "--state", self.state,
             "--intake", any_port, "--queues", any_port, "--events", any_port, "--ops", "127.0.0.1:0",
             *self.arguments, *more],
            stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        log.close()
        self.spawned.append(self.process)
        return self.process

    def start(self, timeout=60):
        self.spawn()
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"referrald ended with {self.process.returncode}:\n{self.log()}")
            try:
                self.endpoints = dict(line.split(" ", 1) for line in (self.state / "endpoints").read_text().splitlines())
                if "ops" in self.endpoints and self.get("/readyz")[0] == 200:
                    return self
            except (OSError, ValueError):
                pass
            time.sleep(0.005)
        raise TimeoutError("referrald is not ready:\n" + self.log())

    def kill(self):
        for process in self.spawned:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.spawned = []

    def stop(self, timeout=30):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def get(self, path):
        """(status, text) of the ops server."""
        try:
            with urllib.request.urlopen(self.endpoints["ops"] + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ctl(self, *words, expect=0, **more):
        """Runs referralctl; its standard output. `expect` None: the completed process."""
        command = [BUILD / "router" / "ctl" / "referralctl", *map(str, words), "--state", self.state]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **more)
        if expect is None:
            return done
        if done.returncode != expect:
            raise AssertionError(f"referralctl {' '.join(map(str, words))}: exit {done.returncode}, expected {expect}\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def key(self, name, role, feeds=(), teams=()):
        """Makes a key with referralctl; (public, secret)."""
        path = self.folder / f"{name}.key"
        more = (["--feeds", ",".join(feeds)] if feeds else []) + (["--teams", ",".join(teams)] if teams else [])
        self.ctl("keys", "new", name, "--role", role, "--out", path, *more)
        return self.read_key(path)

    @staticmethod
    def read_key(path):
        found = dict(line.split(" = ", 1) for line in pathlib.Path(path).read_text().splitlines() if " = " in line)
        return found["public"].strip().encode(), found["secret"].strip().encode()

    def public(self):
        return (self.state / "router.pub").read_text().split('"')[1].encode()

    def session(self, socket, key, **more):
        return Session(self.endpoints[socket], key, self.public(), **more)

    def operator(self, socket="control"):
        return self.session(socket, self.read_key(self.state / "keys" / "operator.key"))


def submission(feed="kgh-pas", key=None, postcode="IG1 1AA", family="Example", given="Alex", nhs="9990000018",
               birth="1944-06-15", need="fall", priority="TWO_HOUR", words="Fell at home, unhurt, cannot get up alone",
               telephone="020 7946 0900"):
    """A record of an invented person as an adapter would send it."""
    made = Envelope().submit.submission
    made.feed, made.key = feed, key or f"{feed}|{time.time_ns()}"
    made.action, made.environment = enum("Action", "NEW"), enum("Environment", "LIVE")
    made.media_type, made.original = "text/plain", f"{family}|{given}|{nhs}|{postcode}|{words}".encode()
    made.digest = hashlib.sha256(made.original + need.encode()).digest()
    referral = made.referral
    referral.kind, referral.custody = enum("ReferralKind", "REFERRAL"), enum("Custody", "ROUTER")
    referral.priority_asked = enum("Priority", priority)
    reference = referral.source_refs.add()
    reference.system, reference.value = "filler", made.key
    wanted = referral.needs.add()
    wanted.domain, wanted.words, wanted.code = enum("Domain", "HEALTH"), words, need
    consent = referral.consents.add()
    consent.decision = enum("ConsentDecision", "GIVEN")
    person = referral.person
    number = person.ids.add()
    number.system, number.value, number.checksum_ok = "nhs-number", nhs, True
    name = person.names.add()
    name.family, name.given = family, given
    person.birth_date, person.gender = birth, "female"
    person.practice_ods = "Y99101"
    address = person.addresses.add()
    address.use, address.postcode = enum("AddressUse", "HOME"), postcode
    address.lines.append("1 Example Road")
    telecom = person.telecoms.add()
    telecom.system, telecom.value = "phone", telephone
    return made


def open_place(folder):
    """A copy of the place whose teams are always open, so that a test does not depend on the hour."""
    copy = pathlib.Path(folder) / "open-place"
    shutil.copytree(PLACE, copy)
    teams = copy / "teams.yaml"
    teams.write_text("".join(line for line in teams.read_text().splitlines(True) if "calendar:" not in line))
    return copy


class Listeners:
    """Somebody at every queue: a session that watches them all and keeps acknowledging. Use as a context manager."""

    def __init__(self, router, skip=()):
        self.session = router.session("queues", router.key("listeners", "consumer", teams=["*"]))
        control = router.operator()
        status = control.ask("query", "query_result", kind=enum("QueryKind", "STATUS")).status
        control.close()
        for team in status.teams:
            if team.team not in skip:
                self.session.watch(team.team)
        self.stop = False
        self.thread = Background(self.listen)

    def listen(self):
        while not self.stop:
            try:
                envelope = self.session.receive(0.5)
            except TimeoutError:
                envelope = Envelope()
                envelope.ping.token = 1
                self.session.send(envelope)
                continue
            if envelope.HasField("change"):
                ack = Envelope()
                ack.ack.queue, ack.ack.incarnation = envelope.change.queue, envelope.change.incarnation
                ack.ack.change, ack.ack.credit = envelope.change.change, 1000
                self.session.send(ack)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.finish()
        self.session.close()


class Background(threading.Thread):
    """A thread whose failure is the test's."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.error = work, None
        self.start()

    def run(self):
        try:
            self.work()
        except BaseException:  # told to whoever joins
            self.error = traceback.format_exc()

    def finish(self, timeout=60):
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError("a background thread did not end")
        if self.error is not None:
            raise AssertionError(self.error)


def run_cases(*cases):
    """Runs functions without arguments; prints as cmocka does; exits 1 when one fails."""
    failed = []
    print(f"[==========] Running {len(cases)} test(s).")
    for case in cases:
        print(f"[ RUN      ] {case.__name__}", flush=True)
        try:
            case()
            print(f"[       OK ] {case.__name__}", flush=True)
        except Exception:  # a failed case must not hide the next
            traceback.print_exc()
            sys.stderr.flush()
            failed.append(case.__name__)
            print(f"[  FAILED  ] {case.__name__}", flush=True)
    print(f"[==========] {len(cases)} test(s) run.")
    print(f"[  PASSED  ] {len(cases) - len(failed)} test(s).")
    if failed:
        print(f"[  FAILED  ] {len(failed)} test(s), listed below:")
        for name in failed:
            print(f"[  FAILED  ] {name}")
    sys.exit(1 if failed else 0)
