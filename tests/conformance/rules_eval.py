#!/usr/bin/python3
"""referralctl rules eval on the samples: the value as JSON on standard output, everything else in words on the other."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]
IMPORTS = SAMPLES + "/0002-imports/0002-imports.dmn"
PLANTED = SAMPLES + "/0001-planted/0001-planted.dmn"
WORK = tempfile.mkdtemp(dir=os.getcwd())
atexit.register(shutil.rmtree, WORK)
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="urn:v" name="v">
<itemDefinition name="tVisit"><itemComponent name="at"><typeRef>date and time</typeRef></itemComponent>
<itemComponent name="lasts"><typeRef>days and time duration</typeRef></itemComponent></itemDefinition>
<inputData id="v" name="Visit"><variable name="Visit" typeRef="tVisit"/></inputData>
<decision id="e" name="End"><variable name="End" typeRef="tVisit"/>
<informationRequirement><requiredInput href="#v"/></informationRequirement>
<literalExpression><text>{at: Visit.at + Visit.lasts, lasts: Visit.lasts * 2, "a day": date(Visit.at), n: 1/3}</text></literalExpression></decision>
<decision id="n" name="Now"><literalExpression><text>{on: today(), s: "\\u00e9\\""}</text></literalExpression></decision>
</definitions>"""


def write(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def run(*arguments):
    done = subprocess.run([PROGRAM, "rules", "eval", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r}, expected {expected!r}")


def refuses(words, *arguments):
    code, out, err = run(*arguments)
    expect(f"exit status of {arguments}", (code, out), (1, ""))
    if words not in err:
        sys.exit(f"{arguments}: found {err!r}, expected {words!r} in it")


visits = write("visits.dmn", MODEL)
visit = write("visit.json", '{"Visit": {"at": "2026-11-21T23:30:00Z", "lasts": "PT45M"}}')
code, out, err = run(visits, "--decision", "End", "--input", visit)
expect("End", (code, json.loads(out, parse_float=str), err),
       (0, {"at": "2026-11-22T00:15:00Z", "lasts": "PT1H30M", "a day": "2026-11-21",
            "n": "0." + 34 * "3"}, ""))
code, out, err = run(visits, "--decision", "Now", "--at", "2026-01-31T12:00:00Z")
expect("Now", (code, json.loads(out)), (0, {"on": "2026-01-31", "s": "\u00e9\""}))
exact = write("exact.json", '{"Hours": 8.25, "Basic": 10.000000000000000000000000001}')
code, out, err = run(IMPORTS, "--decision", "Total", "--input", exact)
expect("Total, digit by digit", (code, out.strip(), err), (0, "103.12500000000000000000000000825", ""))
code, out, err = run(IMPORTS, "--decision", "Total")
expect("Total of nothing", (code, out.strip()), (0, "null"))
expect("why", err, "Pay.dmn:7:30: note: in 'Hourly Rate': null + a number has no result\n")

refuses("0001-planted.dmn:24:5: error: a function of the kind 'Java' is not supported; expected FEEL",
        PLANTED, "--decision", "Half")
refuses("has no decision 'Totl'; expected one of: Total", IMPORTS, "--decision", "Totl")
refuses("the model has no input 'Hour'; expected one of: Hours, Basic", IMPORTS, "--decision", "Total",
        "--input", write("hour.json", '{"Hour": 8}'))
refuses("line 2, column 1: expected a member's name in double quotes", IMPORTS, "--decision", "Total",
        "--input", write("comma.json", '{"Hours": 8,\n}'))
refuses("expected an object", IMPORTS, "--decision", "Total", "--input", write("list.json", "[1]"))
refuses("cannot be opened", WORK + "/none.dmn", "--decision", "Total")
refuses("cannot be opened", IMPORTS, "--decision", "Total", "--input", WORK + "/none.json")
alone = write("alone.dmn", open(IMPORTS, encoding="utf-8").read())
refuses("alone.dmn:3:3: error: the import 'Pay' (namespace urn:pay) is not among the files beside this one",
        alone, "--decision", "Total")
broken = open(SAMPLES + "/0002-imports/Pay.dmn", encoding="utf-8").read().replace("Basic + 2.5", "Basic +")
write("pay.dmn", broken)
refuses("alone.dmn:3:3: error: in pay.dmn, line 7, column 37: the text ends; expected a value",
        alone, "--decision", "Total")
expect("without --decision", run(IMPORTS)[0], 2)
