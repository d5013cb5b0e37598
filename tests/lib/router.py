"""Starts the real router in a temporary state directory, on free ports, for tests in Python."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from open_place import open_place

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Router:
    """with Router(build) as router: ... ; everything it started is stopped and removed on the way out."""

    def __init__(self, build, place=None):
        """`place`: a place directory; without one a copy of redbridge whose teams never close."""
        self.build = os.path.abspath(build)
        self.work = tempfile.mkdtemp(prefix="referrald-test-")
        self.place = place or open_place(os.path.join(ROOT, "rules", "places", "redbridge"), os.path.join(self.work, "place"))
        self.state = os.path.join(self.work, "state")
        self.ports = {name: free_port() for name in ("intake", "queues", "events", "ops")}
        self.processes = {}
        self.log_files = []

    def program(self, name):
        folder = {"referrald": "router/shell", "referralctl": "router/ctl"}.get(name)
        return os.path.join(self.build, folder or "adapters/" + name.split("-", 1)[1], name)

    def endpoint(self, name):
        return f"tcp://127.0.0.1:{self.ports[name]}"

    def __enter__(self):
        try:
            self.start()
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(list(self.processes.values())):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for file in self.log_files:
            file.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def launch(self, name, *arguments, label=None):
        label = label or name
        log = open(os.path.join(self.work, label + ".log"), "ab")
        self.log_files.append(log)
        self.processes[label] = subprocess.Popen([self.program(name), *arguments], stdout=log, stderr=log)
        return self.processes[label]

    def start(self, *more):
        self.launch("referrald", "--place", self.place, "--state", self.state, "--intake", self.endpoint("intake"), "--queues",
                    self.endpoint("queues"), "--events", self.endpoint("events"), "--ops", f"127.0.0.1:{self.ports['ops']}", *more)
        self.wait_until("the router to be ready", self.ready)

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['ops']}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def log(self, label="referrald"):
        with open(os.path.join(self.work, label + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_until(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for label, process in self.processes.items():
                if process.poll() not in (None, 0):
                    raise AssertionError(f"{label} ended with {process.returncode}:\n{self.log(label)[-3000:]}")
            if condition():
                return
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds} s for {what}\n" + self.log()[-3000:])

    def ctl(self, *arguments, check=True):
        done = subprocess.run([self.program("referralctl"), *arguments, "--state", self.state, "--json"], capture_output=True,
                              text=True, timeout=60)
        if check and done.returncode != 0:
            raise AssertionError(f"referralctl {' '.join(arguments)}: {done.returncode}\n{done.stderr}{done.stdout}")
        return json.loads(done.stdout) if check and done.stdout.lstrip()[:1] in ("{", "[") else done

    def key(self, name, role, **rights):
        """A new key; its file."""
        out = os.path.join(self.work, name + ".key")
        arguments = ["keys", "new", name, "--role", role, "--out", out]
        for right, names in rights.items():
            arguments += ["--" + right, names]
        self.ctl(*arguments)
        return out

    def router_key(self):
        return os.path.join(self.state, "router.pub")

    def adapter(self, name, key_file, *arguments, label=None):
        """Starts referral-NAME on a free port; the port."""
        port = free_port()
        self.launch(f"referral-{name}", "--place", self.place, "--key", key_file, "--router-key", self.router_key(), "--intake",
                    self.endpoint("intake"), "--queues", self.endpoint("queues"), "--listen", f"127.0.0.1:{port}", *arguments,
                    label=label)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.wait_until(f"referral-{name} to listen", listens)
        return port


def run_tests(module_name, tests):
    """Runs named functions and prints cmocka's closing lines; the exit code."""
    print(f"[==========] Running {len(tests)} test(s).", flush=True)
    failed = []
    for test in tests:
        print(f"[ RUN      ] {module_name}: {test.__name__}", flush=True)
        try:
            test()
            print(f"[       OK ] {test.__name__}", flush=True)
        except Exception as error:  # noqa: BLE001: a test may fail in any way; all are told
            import traceback
            traceback.print_exc()
            print(f"[  FAILED  ] {test.__name__}: {error}", flush=True)
            failed.append(test.__name__)
    print(f"[==========] {len(tests)} test(s) run.")
    print(f"[  PASSED  ] {len(tests) - len(failed)} test(s).")
    if failed:
        print(f"[  FAILED  ] {len(failed)} test(s), listed below: {' '.join(failed)}")
    return 1 if failed else 0
