#!/usr/bin/env python3
"""A county: checked and proved within thirty seconds; and a copy in which the desk closes at night is refused with
somebody whom that leaves without an answer.  prove_big.py REFERRALCTL WORK"""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from big_place import big_place  # noqa: E402



def run(program, *arguments):
    done = subprocess.run([program, "rules", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def main(program, work):
    place = pathlib.Path(big_place(work, rules=200, postcodes=35_000))
    status, checked = run(program, "check", str(place))
    assert status == 0 and checked["loads"] and checked["errors"] == 0, checked
    assert [finding["file"] for finding in checked["findings"]] == ["teams.yaml"], checked
    began = time.monotonic()
    status, proof = run(program, "prove", str(place), "--at", "2026-11-21T09:00:00Z")
    taken = time.monotonic() - began
    assert status == 0 and proof["answer"] == "holds", proof
    assert proof["postcodes"] == 35_000 and proof["cells"] > 4000 and proof["decisions"] > 100_000, proof
    # The aim is 30 s on a machine of its own; it is printed, never asserted: the machine is shared.
    print(f"{proof['postcodes']} postcodes, {proof['cells']} cells, {proof['decisions']} decisions: {taken:.1f} s (aim: 30 s)")
    teams = place / "teams.yaml"
    teams.write_text(teams.read_text().replace("    kind: desk\n", "    kind: desk\n    calendar: long-day\n"))
    status, proof = run(program, "prove", str(place), "--at", "2026-11-21T09:00:00Z")
    assert status == 1 and proof["answer"] == "fails", proof
    print(proof["counter_example"])
    assert "no team open, no fallback" in proof["counter_example"], proof


if __name__ == "__main__":
    main(*sys.argv[1:])
