#!/usr/bin/python3
"""Shows that dmn_tck can tell: planted cases that pass, fail and are not supported, and its exit status."""
import json
import subprocess
import sys

PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]
EXPECTED = {
    "right": "passed", "untyped": "passed", "nil": "passed", "nested": "passed", "refused-error": "passed", "function": "passed",
    "wrong": "failed", "wrong-type": "failed", "no-error": "failed",
    "refused": "unsupported", "no-such": "unsupported", "bad-value": "unsupported", "empty": "unsupported",
    "1": "passed", "2": "passed",
}


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


code, out = run(SAMPLES)
check("exit status with failures", code, 1)
check("last line", out.splitlines()[-1], "conformance: 8 of 15 cases passed, 3 failed, 4 unsupported")
for line in out.splitlines():
    words = line.split()
    if words[0] in ("passed", "failed", "unsupported"):
        check(line, words[0], EXPECTED[words[2].rstrip(":")])
code, out = run("--json", SAMPLES)
report = json.loads(out)
check("cases as JSON", {case["case"]: case["result"] for case in report["cases"]}, EXPECTED)
check("counts as JSON", [report[k] for k in ("passed", "total", "failed", "unsupported")], [8, 15, 3, 4])
imports = SAMPLES + "/0002-imports"
check("exit status, all passed", run(imports)[0], 0)
check("exit status, as many as expected", run("--expect", "2", imports)[0], 0)
check("exit status, fewer than expected", run("--expect", "3", imports)[0], 1)
check("exit status, no such folder", run(SAMPLES + "/none")[0], 2)
check("exit status, no folder", run()[0], 2)
