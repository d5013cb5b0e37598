#!/usr/bin/python3
"""The rules of the house, checked: include direction, symbols of the pure archives, lengths, banned calls,
headers that stand alone. Every violation is one line: file:line: rule: what. Exit 1 when there is one.

  layers.py --source DIR --build DIR     checks the tree
  layers.py --self-test SAMPLES          shows that each rule can fail, on planted samples"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

TOP = ("router", "rules", "adapters", "tests")
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
COLUMNS_MAX = 100

# Folder -> prefixes of our own headers that it may include, without router/, rules/, adapters/ (they are include
# roots). The longest matching folder counts.
RULES = ("base/", "model/", "rules.h", "engine/", "geo/", "calendar/", "eval/")
CODEC = ("base/", "model/", "hl7v2/", "fhir/", "calendar/zone.h")
PROGRAM = CODEC + ("wire/", "conf/", "link/", "kit/", "load/", "rules.h", "calendar/", "geo/")
ALLOWED = {
    "router/base": ("base/",),
    "router/model": ("base/", "model/"),
    "rules": RULES,
    "rules/load": RULES + ("load/", "conf/"),
    "rules/cases": RULES + ("load/", "conf/"),
    "rules/geo/files": RULES + ("conf/",),
    "router/core": ("base/", "model/", "rules.h", "core/"),
    "router/wire": ("base/", "model/", "wire/", "referral/v1/"),
    "router/ledger": ("base/", "ledger/"),
    "router/conf": ("base/", "conf/"),
    "router/link": ("base/", "model/", "wire/", "conf/", "link/"),
    "router/shell": ("base/", "model/", "rules.h", "load/", "cases/", "prove/", "core/", "wire/", "ledger/", "conf/", "link/", "web/",
                     "shell/", "mllp/mapping_check.h"),
    "router/web": ("base/", "model/", "web/"),
    "router/ctl": RULES + ("load/", "cases/", "prove/", "core/", "wire/", "ledger/", "conf/", "link/", "shell/",
                           "hl7v2/", "fhir/", "csv/", "mllp/mapping.h", "mllp/mapping_check.h", "ctl/"),
    "adapters": PROGRAM,
    "adapters/kit": ("base/", "model/", "wire/", "conf/", "link/", "kit/", "load/", "rules.h"),
    "adapters/hl7v2": CODEC,
    "adapters/csv": CODEC,
    "adapters/mesh": PROGRAM + ("csv/", "mllp/mapping.h"),
    "adapters/fhir": CODEC,
}
# Folders without a clock, I/O, randomness or an allocator of their own: these standard headers and no other. (What the
# rules call of stdio and stdlib is for `nm` to judge: snprintf and qsort are pure.)
STANDARD = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "inttypes.h", "limits.h", "stdarg.h"}
FORMATTING = STANDARD | {"stdio.h", "stdlib.h"}
PURE = {"router/core": STANDARD, "rules/engine": FORMATTING, "rules/geo": FORMATTING, "rules/calendar": FORMATTING,
        "rules/eval": FORMATTING, "rules/engine/dmn": None, "rules/engine/regex": None,
        "rules/geo/files": None}
# A library's header -> the folders that may see it.
ONLY_IN = {
    r"uv\.h": ("router/link", "router/shell", "router/ctl", "adapters"),
    r"zmq\.h": ("router/link", "tests/unit/link"),
    r"sqlite3\.h": ("router/ledger",),
    r".*\.pb-c\.h|protobuf-c/.*": ("router/wire",),
    r"libfyaml\.h": ("router/conf",),
    r"expat\.h": ("rules/load", "rules/engine/dmn", "adapters/fhir", "adapters/mesh"),
    r"pcre2\.h": ("rules/engine/regex",),
    r"time\.h|sys/time\.h": ("router/base", "router/link", "router/ledger", "router/shell", "router/ctl", "adapters",
                             "rules/load"),
}
BANNED_CALLS = ("strcpy", "strcat", "sprintf", "vsprintf", "atoi", "atol", "atof", "gets", "strtok", "rand", "srand",
                "alloca", "assert")
BANNED_SYMBOL = re.compile(
    r"^(time|clock|clock_gettime|gettimeofday|localtime(_r)?|gmtime(_r)?|mktime|malloc|calloc|realloc|free|s?rand|rand_r"
    r"|random|getrandom|arc4random|getenv|setenv|fopen|open|read|write|printf|fprintf|socket|pthread_.*|rd_alloc_heap"
    r"|uv_.*|zmq_.*|sqlite3_.*)$")


def sources(root):
    for top in TOP:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = sorted(f for f in folders if f not in ("build", "samples"))
            for name in sorted(files):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def without_comments(text):
    """Comments and the inside of literals blanked, line breaks kept."""
    def blank(match):
        found = match.group(0)
        if found.startswith(("/*", "//")):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + " " * (len(found) - 2) + found[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def folder_rule(table, path):
    best = max((f for f in table if path.startswith(f + "/")), key=len, default=None)
    return table.get(best)


def short(path):
    """router/, rules/ and adapters/ are include roots: base/err.h, engine/value.h, kit/intake.h."""
    return re.sub(r"^(router|rules|adapters)/", "", path)


def check_includes(path, text):
    allowed = folder_rule(ALLOWED, path)
    if allowed is None:
        return
    pure = folder_rule(PURE, path)
    own_folder = short(os.path.dirname(path) + "/")
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match is None:
            continue
        header = short(match.group(2))
        if match.group(1) == '"' and "/" in header and not header.startswith(allowed + (own_folder,)):
            yield number, "include", f"{header} is not for {os.path.dirname(path)} (see ALLOWED in layers.py)"
        if match.group(1) == "<" and pure and header not in pure:
            yield number, "pure", f"<{header}> in a pure folder"
        for library, folders in ONLY_IN.items():
            if re.fullmatch(library, header) and not path.startswith(tuple(f + "/" for f in folders)):
                yield number, "library", f"{header} belongs in {', '.join(folders)} only"


def check_calls(path, code):
    banned = [c for c in BANNED_CALLS if not (c == "assert" and path.startswith("tests/"))]
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
    for number, line in enumerate(code.split("\n"), 1):
        for match in pattern.finditer(line):
            yield number, "banned-call", f"{match.group(1)}()"


def check_lengths(text):
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if len(lines) > FILE_LINES_MAX:
        yield len(lines), "file-length", f"{len(lines)} lines, at most {FILE_LINES_MAX}"
    opened = None
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, "columns", f"{len(line)} columns, at most {COLUMNS_MAX}"
        if re.search(r"\b(TODO|FIXME)\b", line):
            yield number, "unfinished", "a mark of unfinished work"
        if line.startswith("{"):
            opened = number
        if line.startswith("}") and opened is not None:
            if number - opened + 1 > FUNCTION_LINES_MAX:
                yield opened, "function-length", f"{number - opened + 1} lines, at most {FUNCTION_LINES_MAX}"
            opened = None


def check_headers(root, headers, include):
    """Each header is a translation unit of its own: what it needs, it includes."""
    roots = [root, os.path.join(root, "router"), os.path.join(root, "rules"), os.path.join(root, "adapters"), include]
    for path in headers:
        command = ["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-fsyntax-only", "-Wall", "-x", "c",
                   *("-I" + r for r in roots), "-include", os.path.join(root, path), os.devnull]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0 or result.stderr:
            shown = [line for line in result.stderr.split("\n") if "error" in line or "warning" in line]
            yield path, 1, "header-alone", (shown + [result.stderr])[0]


def check_symbols(archive, shown):
    output = subprocess.run(["nm", "-u", "-A", archive], capture_output=True, text=True, check=True).stdout
    for line in output.split("\n"):
        words = line.split()
        if words and BANNED_SYMBOL.match(words[-1]):
            yield shown, 0, "symbol", f"{words[-1]} is called by a pure archive ({words[0].split(':')[1]})"


def check_file(path, text):
    code = without_comments(text)
    yield from check_includes(path, text)
    yield from check_calls(path, code)
    yield from check_lengths(text)


def check_tree(root, build):
    files = list(sources(root))
    for path in files:
        with open(os.path.join(root, path), encoding="utf-8") as handle:
            for number, rule, what in check_file(path, handle.read()):
                yield path, number, rule, what
    headers = [p for p in files if p.endswith(".h")]
    yield from check_headers(root, headers, os.path.join(build, "proto") if build else root)
    for folder, _, names in os.walk(build or os.devnull):
        for name in names:
            shown = os.path.relpath(os.path.join(folder, name), build)
            if name.endswith(".a") and folder_rule(PURE, shown):
                yield from check_symbols(os.path.join(folder, name), shown)


def expectations(root):
    """A sample says on its first line which rules it breaks: /* breaks: columns, banned-call */"""
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as handle:
            match = re.match(r"/\* breaks: (.*?) \*/", handle.readline())
        for rule in match.group(1).split(", ") if match else ():
            if rule != "nothing":
                yield path, rule


def grown(folder):
    """Samples at a length limit and one past it: (path, text, rule it breaks or None)."""
    def function(lines):
        return "int rd_sample(void)\n{\n" + "    ;\n" * (lines - 2) + "}\n"
    yield folder + "/f70.c", function(FUNCTION_LINES_MAX), None
    yield folder + "/f71.c", function(FUNCTION_LINES_MAX + 1), "function-length"
    yield folder + "/l600.c", "\n" * FILE_LINES_MAX, None
    yield folder + "/l601.c", "\n" * (FILE_LINES_MAX + 1), "file-length"
    yield folder + "/c100.c", "/*" + "x" * (COLUMNS_MAX - 4) + "*/\n", None
    yield folder + "/c101.c", "/*" + "x" * (COLUMNS_MAX - 3) + "*/\n", "columns"


def self_test(samples):
    wrong = []
    found = {(path, rule) for path, _, rule, _ in check_tree(samples, None)}
    expected = set(expectations(samples))
    for path, text, rule in grown("router/core"):
        found |= {(path, r) for _, r, _ in check_file(path, text)}
        expected |= {(path, rule)} if rule else set()
    with tempfile.TemporaryDirectory() as build:
        folder = os.path.join(build, "router/core")
        os.makedirs(folder)
        source = os.path.join(samples, "router/core/clock.c")
        subprocess.run(["cc", "-c", source, "-o", folder + "/clock.o"], check=True)
        subprocess.run(["ar", "rc", folder + "/librd_core.a", folder + "/clock.o"], check=True)
        found |= {(p, r) for p, _, r, _ in check_symbols(folder + "/librd_core.a", "librd_core.a")}
        expected.add(("librd_core.a", "symbol"))
    wrong += [f"{path}: {rule}: planted, not found" for path, rule in sorted(expected - found)]
    wrong += [f"{path}: {rule}: found, not planted" for path, rule in sorted(found - expected)]
    return wrong, len(expected)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source")
    parser.add_argument("--build")
    parser.add_argument("--self-test")
    options = parser.parse_args()
    if options.self_test:
        wrong, count = self_test(options.self_test)
        what = "planted violation(s)"
    else:
        wrong = [f"{path}:{number}: {rule}: {what}"
                 for path, number, rule, what in check_tree(options.source, options.build)]
        count = sum(1 for _ in sources(options.source))
        what = "file(s)"
    for line in wrong:
        print(line)
    print(f"[==========] {count} {what} checked.")
    print(f"[  FAILED  ] {len(wrong)} wrong." if wrong else f"[  PASSED  ] {count} {what}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
