"""What an ordinary editor, spreadsheet or transfer does to a place's files: `referralctl rules check` names file, line, column
and what to do, or takes what means the same. (Wrong values and names: tests/unit/rules/test_place_errors.c.)"""
import pathlib
import shutil
import subprocess
import tempfile

import rd_router
from rd_router import PLACE, run_cases


def check(change):
    """(exit status, words) for a copy of the place with one change: change(folder)."""
    with tempfile.TemporaryDirectory(prefix="rd-mistake-") as folder:
        place = pathlib.Path(folder) / "place"
        shutil.copytree(PLACE, place)
        change(place)
        done = subprocess.run([rd_router.BUILD / "router" / "ctl" / "referralctl", "rules", "check", place], capture_output=True,
                              timeout=60)
        words = (done.stdout + done.stderr).decode(errors="replace")
        return done.returncode, words.replace(str(place) + "/", "")


def change(name, old, new):
    """Replaces the first occurrence, as bytes."""
    def run(place):
        before = (place / name).read_bytes()
        assert old in before, (name, old)
        (place / name).write_bytes(before.replace(old, new, 1))
    return run


def whole(name, make):
    def run(place):
        (place / name).write_bytes(make((place / name).read_bytes()))
    return run


def gone(name):
    return lambda place: (place / name).unlink()


KIND = b"    kind: desk"
WARD = b"E05000028,Becontree"
EXPRESSION = b"<decisionTable"


def what_means_the_same_is_taken():
    for name, made in (
            ("a byte order mark in YAML", whole("teams.yaml", lambda t: b"\xef\xbb\xbf" + t)),
            ("a byte order mark in CSV", whole("wards.csv", lambda t: b"\xef\xbb\xbf" + t)),
            ("CRLF in YAML", whole("teams.yaml", lambda t: t.replace(b"\n", b"\r\n"))),
            ("CRLF in CSV", whole("wards.csv", lambda t: t.replace(b"\n", b"\r\n"))),
            ("quotes in CSV", change("wards.csv", WARD, b'"E05000028","Becontree"')),
            ("a comma in quotes", change("wards.csv", WARD, b'E05000028,"Becontree, ""North"""')),
            ("no newline at the end", whole("wards.csv", lambda t: t.rstrip(b"\n")))):
        status, words = check(made)
        assert status == 0, (name, words)


def each_mistake_has_its_place():
    cases = (
        ("a tab", change("teams.yaml", KIND, b"\tkind: desk"), "teams.yaml:7:1:", "a tab in the indentation"),
        ("a tab behind spaces", change("teams.yaml", KIND, b"    \tkind: desk"), "teams.yaml:7:5:", "a tab in the indentation"),
        ("too little indentation", change("teams.yaml", KIND, b"   kind: desk"), "teams.yaml:7:4:", "check the indentation"),
        ("too much indentation", change("teams.yaml", KIND, b"     kind: desk"), "teams.yaml:6:12:", "the next line goes on"),
        ("no colon", change("teams.yaml", KIND, b"    kind desk"), "teams.yaml:7:5:", "a colon and a space behind the key"),
        ("no space behind the colon", change("teams.yaml", KIND, b"    kind:desk"), "teams.yaml:7:5:", "a colon and a space"),
        ("a quote left open", change("teams.yaml", b"title: First", b'title: "First'), "teams.yaml:6:12:", "quotes"),
        ("Latin-1 in YAML", change("teams.yaml", b"First Contact", b"Caf\xe9 Contact"), "teams.yaml:6:", "save the file as UTF-8"),
        ("UTF-16", whole("teams.yaml", lambda t: t.decode().encode("utf-16")), "teams.yaml:1:1:", "save the file as UTF-8"),
        ("a NUL", change("teams.yaml", b"First Contact", b"First\0Contact"), "teams.yaml:6:", "save the file as UTF-8"),
        ("smart quotes", change("calendars.yaml", b'"08:00-20:00"', "“08:00-20:00”".encode()), "calendars.yaml:8:",
         'expected hours such as "08:00-20:00"'),
        ("an empty file", whole("teams.yaml", lambda t: b""), "teams.yaml:1:1:", "found an empty file"),
        ("two documents", whole("teams.yaml", lambda t: t + b"---\nteams: []\n"), "teams.yaml:", "a second document"),
        ("an alias", change("teams.yaml", KIND, b"    kind: *desk"), "teams.yaml:7:11:", "an anchor or alias"),
        ("an unknown key", change("teams.yaml", b"    rota: desk", b"    rotta: desk"), "teams.yaml:8:5:", "did you mean rota?"),
        ("a team twice", change("teams.yaml", b"- name: intensive-rehab", b"- name: desk"), "teams.yaml:", "desk"),
        ("a missing file", gone("teams.yaml"), "teams.yaml:", "every place needs this file"),
        ("a missing table of wards", gone("wards.csv"), "wards.csv:", "No such file or directory"),
        ("semicolons", whole("wards.csv", lambda t: t.replace(b",", b";")), "wards.csv:1:1:", "expected one of ward, name"),
        ("a wrong column", whole("wards.csv", lambda t: t.replace(b"ward,name", b"ward,nam", 1)), "wards.csv:1:6:",
         "expected one of ward, name"),
        ("no header", whole("wards.csv", lambda t: t.split(b"\n", 1)[1]), "wards.csv:1:1:", "expected one of ward, name"),
        ("a field too many", change("wards.csv", WARD, WARD + b",x"), "wards.csv:3:1:", "found 3 fields, expected 2"),
        ("a field too few", change("wards.csv", WARD, b"E05000028"), "wards.csv:3:1:", "found 1 field"),
        ("a blank line", change("wards.csv", WARD, b"\n" + WARD), "wards.csv:3:1:", "found a blank line"),
        ("a quote left open in CSV", change("wards.csv", WARD, b'E05000028,"Becontree'), "wards.csv:3:11:", "never closed"),
        ("text behind a quote", change("wards.csv", WARD, b'E05000028,"Becontree"x'), "wards.csv:3:22:", "behind a closing quote"),
        ("Latin-1 in CSV", change("wards.csv", b"Becontree", b"Becontr\xe9e"), "wards.csv:3:11:", "save the file as UTF-8"),
        ("an empty CSV", whole("wards.csv", lambda t: b""), "wards.csv:1:1:", "expected a header row"),
        ("Latin-1 in DMN", change("triage.dmn", b"refused", b"refus\xe9d"), "triage.dmn:", "not well-formed"),
        ("a document type", change("triage.dmn", b"<definitions", b"<!DOCTYPE x><definitions"), "triage.dmn:2:", "remove it"),
        ("a second expression", change("triage.dmn", EXPRESSION, b"<literalExpression id='x'><text>1</text></literalExpression>"
                                       + EXPRESSION), "triage.dmn:40:", "a second expression"),
        ("a loop in a cell", change("triage.dmn", b"<text>&lt; 0, &gt; 130</text>", b"<text>for x in 1..3 return x</text>"),
         "triage.dmn:101:", "more than a place's cell may ask"),
        ("a hit policy without its order", change("triage.dmn", b'hitPolicy="FIRST"', b'hitPolicy="OUTPUT ORDER"'), "triage.dmn:40:",
         "needs outputValues"),
    )
    wrong = []
    for name, made, place, words in cases:
        status, said = check(made)
        if status != 1 or not any(line.startswith(place) and words in line for line in said.splitlines()):
            wrong.append((name, status, place, words, said[:400]))
    assert not wrong, wrong


if __name__ == "__main__":
    run_cases(what_means_the_same_is_taken, each_mistake_has_its_place)
