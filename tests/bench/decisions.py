"""The rows of ./run bench about decisions: a made-up county with tables of 50 to 3,200 rules, and the same table of 200
rules in other engines, which have to give the same answers."""
import json
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import big_place  # noqa: E402

RULES = [50, 200, 800, 3200]
COUNTED = 2000  # decisions whose instructions are counted: the same every time, whoever else uses the machine
INPUTS = 4000
ENGINES = HERE / "engines"


def value_of(text):
    return None if text == "null" else json.loads(text)


def test_of(cell):
    """A cell of big_place's, in a form that any engine can be given."""
    if cell == "-":
        return None
    interval = re.fullmatch(r"\[(\d+)\.\.(\d+)\]", cell)
    if interval:
        return {"low": int(interval[1]), "high": int(interval[2])}
    if cell[0] in "<>":
        end = int(cell[1:])
        return {"high": end, "high_open": True} if cell[0] == "<" else {"low": end, "low_open": True}
    none = cell.startswith("not(")
    values = [value_of(part) for part in re.split(r", *", cell[4:-1] if none else cell)]
    return {"none" if none else "any": values}


def random_inputs(rng):
    """One value for each column, as likely to pass the guards as referrals are."""
    def pick(usual, others, share=0.05):
        return rng.choice(others) if rng.random() < share else usual

    source = rng.choice(["gp", "ambulance", "hospital", "self", "telephone", "community", "telecare", None])
    return [pick(rng.randint(18, 110), [None, 3, 140, 17]), pick("given", ["refused", "lacks-capacity", None, "not-asked"]),
            rng.choice(["unspecified", "routine", "same-day", "two-day", pick("routine", ["emergency", "two-hour"], 0.2)]),
            pick("known", ["split", "missing", "unknown"]), pick(True, [False]), pick("referral", ["validation", "notice"]),
            source, rng.choice([None, None, None, 0, 1, 2, 3, 9]), rng.choice(big_place.CLASSES),
            pick(None, ["E07000901", "E07000777"])]


def make_inputs(path):
    rng = random.Random(20261122)
    inputs = [random_inputs(rng) for _ in range(INPUTS)]
    path.write_text("".join("\t".join(json.dumps(value) for value in values) + "\n" for values in inputs), encoding="utf-8")
    return inputs


def sizes(bench, folder):
    """The whole decision by the number of rules: p50 and p99 in ns."""
    found = {}
    for rules in RULES:
        place = big_place.big_place(folder / f"place-{rules}", rules=rules)
        results = [bench.measured(bench.program("bench_decide"), str(place)) for _ in range(bench.options.rounds)]
        found[rules] = tuple(statistics.median(result[field] for result in results) for field in ("p50_ns", "p99_ns"))
    return found


def instructions(bench, place):
    """Instructions of one decision, by callgrind."""
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={bench.work / 'callgrind.out'}",
                           "--toggle-collect=rd_rules_facts", "--toggle-collect=rd_rules_decide",
                           bench.program("bench_decide"), str(place), str(COUNTED)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    collected = re.search(r"Collected : (\d+)", done.stdout)
    if done.returncode != 0 or collected is None:
        raise SystemExit(f"bench: callgrind ended with {done.returncode}: {done.stdout}")
    return int(collected[1]) / COUNTED


def growth(bench, folder):
    """What 64 rules more cost a decision: no more in a long table than in a short one, or it grows faster than the rules."""
    if shutil.which("valgrind") is None:
        bench.missing.append("instructions of a decision: valgrind is not there")
        return
    counted = {rules: instructions(bench, folder / f"place-{rules}") for rules in RULES}

    def by_64(low, high):
        return (counted[high] - counted[low]) / (high - low) * 64

    short, long = by_64(RULES[0], RULES[2]), by_64(RULES[2], RULES[3])
    bench.row("growth of a decision with the rules of its tables, in instructions", "at most linear in rules / 64",
              ", ".join(f"{rules}: {counted[rules]:,.0f}" for rules in RULES), long <= 1.1 * short,
              f"64 rules more a table: {short:,.0f} up to {RULES[2]} rules, {long:,.0f} from there to {RULES[3]}")


def engines(bench, ours, inputs, folder):
    """What the others take for the same; None when they are not installed."""
    if shutil.which("npm") is None:
        return None
    modules = ENGINES / "node_modules"
    # Not npm ci: it refuses the lock file where a registry lacks the packages of platforms that are not this one.
    if not modules.exists() and subprocess.run(["npm", "install", "--prefix", str(ENGINES), "--no-save", "--no-audit",
                                                "--no-fund", "--ignore-scripts", "--silent"], check=False).returncode != 0:
        return None
    table = folder / "table.json"
    rules = [{"number": number, "cells": [test_of(cells.get(name, "-")) for name, _ in big_place.TRIAGE_INPUTS]}
             for number, (cells, *_) in enumerate(big_place.triage_rules(200), 1)]
    columns = [{"field": name.replace(" ", "_"), "type": kind} for name, kind in big_place.TRIAGE_INPUTS]
    table.write_text(json.dumps({"columns": columns, "rules": rules, "inputs": inputs, "answers": ours["answers"]}))
    return bench.measured("node", str(ENGINES / "compare.mjs"), str(table))


def rows(bench):
    folder = bench.work / "decisions"
    folder.mkdir()
    found = sizes(bench, folder)
    inputs = make_inputs(folder / "inputs.tsv")
    ours = [bench.measured(bench.program("bench_table"), str(folder / "place-200"), str(folder / "inputs.tsv"))
            for _ in range(bench.options.rounds)]
    compiled, interpreted = (statistics.median(one[field] for one in ours) for field in ("compiled_ns", "interpreted_ns"))
    p50, p99 = found[200]
    bench.row("decision: locate, triage, route, clock, with its record (40 teams, 200 rules a table)", "<= 5 us p50",
              f"p50 {p50 / 1000:.1f} us, p99 {p99 / 1000:.1f} us", p50 <= 5000,
              "by rules a table, p50 and p99: " + ", ".join(
                  f"{rules}: {found[rules][0] / 1000:.1f} and {found[rules][1] / 1000:.1f} us" for rules in RULES))
    growth(bench, folder)
    others = engines(bench, ours[0], inputs, folder)
    if others is None:
        bench.missing.append("other decision engines: npm or its registry is not there")
        return
    wrong = [f"{other['name']}: {other['different']} of {other['count']} answers differ" for other in others
             if other["different"] > 0]
    if wrong:
        raise SystemExit("bench: the same table, other answers: " + "; ".join(wrong))
    bench.row("one table of 200 rules and 10 columns, alone", "-",
              f"{compiled:.0f} ns compiled, {interpreted:.0f} ns interpreted", None,
              "; ".join(f"{other['name']} {other['p50_ns']:,} ns ({other['p50_ns'] / compiled:.0f} times ours), the same "
                        f"answers to {other['count']:,} inputs" for other in others))
