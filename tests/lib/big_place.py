#!/usr/bin/env python3
"""A made-up place the size of a county: ten localities, forty teams, tables of as many rules as asked for, 35,000
postcodes. Shift patterns, fallbacks over several teams, rules by age, need, sender, locality and hospital, as Hertfordshire
or Sussex have them (services.md); every name and code in it is invented. For the proof, the checker and the benchmarks.

  big_place.py TARGET [--rules N] [--postcodes N]"""
import argparse
import os
import shutil
from xml.sax.saxutils import escape

SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "rules", "places", "redbridge")
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
DISTRICTS = ["Abbots", "Barley", "Chess", "Dene", "Elmswell", "Fenny", "Gade", "Hatch", "Ivel", "Jarman"]
CLASSES = ["two-hour", "telecare", "immediate", "safeguarding", "reablement", "rehab", "assessment", "minor", "low-level",
           "none", "unknown"]
PATHWAY_OF = {"two-hour": "rapid-response", "telecare": "rapid-visiting", "immediate": "urgent-assessment",
              "safeguarding": "safeguarding", "reablement": "reablement", "rehab": "rehab", "assessment": "routine",
              "minor": "minor-intervention", "low-level": "signpost", "none": "desk", "unknown": "desk"}
SENDERS = ['"gp"', '"ambulance"', '"hospital"', '"self", "telephone"', '"community"', '"telecare", null']
TRIAGE_INPUTS = [("age", "number"), ("consent", "string"), ("priority asked", "string"), ("postcode class", "string"),
                 ("complete", "boolean"), ("kind", "string"), ("source", "string"), ("discharge pathway", "number"),
                 ("need class", "string"), ("placing authority", "string")]
LEAD_INPUTS = [("pathway", "string"), ("locality", "string"), ("hospital", "string"), ("age", "number"),
               ("lives alone", "boolean")]
GUARDS = [  # what comes before any need: cells of TRIAGE_INPUTS, pathway, urgency, why
    ({"age": "null"}, "desk", "", "Nobody knows how old the person is"),
    ({"age": "< 18"}, "desk", "", "Not of age"),
    ({"age": "> 130"}, "desk", "", "No such age"),
    ({"consent": '"refused"'}, "desk", "", "The person does not want it"),
    ({"consent": '"lacks-capacity"'}, "desk", "", "Somebody has to decide with the person"),
    ({"priority asked": '"emergency"'}, "desk", "emergency", "An emergency is a person's to answer"),
    ({"postcode class": 'not("known")'}, "desk", "", "Nobody knows where the person belongs"),
    ({"complete": "false"}, "desk", "", "Something that has to be known is missing"),
    ({"kind": '"validation"'}, "rapid-response", "two-hour", "An ambulance waits for the answer"),
    ({"source": '"hospital"', "discharge pathway": "0"}, "discharge-0", "", "Home without support"),
    ({"source": '"hospital"', "discharge pathway": "1"}, "discharge-1", "", "Home with support"),
    ({"source": '"hospital"', "discharge pathway": "2"}, "discharge-2", "", "To rehabilitation"),
    ({"source": '"hospital"', "discharge pathway": "3"}, "discharge-3", "", "To complex care"),
    ({"priority asked": '"two-hour"'}, "rapid-response", "two-hour", "Two hours were asked for"),
    ({"placing authority": 'not(null, "E07000901")'}, "desk", "", "Another council answers"),
]


def bands(count, first=18, last=130):
    """Whole ages from `first` to `last` in that many intervals."""
    edges = [first + (last + 1 - first) * i // count for i in range(count + 1)]
    return [f"[{low}..{high - 1}]" for low, high in zip(edges, edges[1:])]


def slug(name):
    return name.lower()


def triage_rules(count):
    rules, cells = list(GUARDS), len(CLASSES) * len(SENDERS)
    wanted = count - len(GUARDS) - 1
    ages = bands(max(1, -(-wanted // cells)))
    for age in ages:
        for need in CLASSES:
            for sender in SENDERS:
                rules.append(({"age": age, "source": sender, "need class": f'"{need}"'}, PATHWAY_OF[need],
                              "two-hour" if need == "two-hour" else "", f"{need} at that age from such a sender"))
    return rules[:count - 1] + [({}, "desk", "", "No rule settles it: a person decides")]


LOCAL = {"rapid-response": "rapid", "urgent-assessment": "community", "reablement": "reablement", "routine": "community",
         "rehab": "reablement", "rapid-visiting": "rapid"}


def lead_rules(count):
    rules = [({"pathway": '"safeguarding"'}, "safeguarding", "The county's safeguarding team"),
             ({"pathway": '"signpost"'}, "voluntary", "The voluntary hub"),
             ({"pathway": '"discharge-0"', "lives alone": "true"}, "voluntary", "Lives alone, goes home")]
    for number in (1, 2, 3):
        rules.append(({"pathway": '"discharge-0", "discharge-1", "discharge-2", "discharge-3"',
                       "hospital": f'"RZ{number}01"'}, f"hospital-{number}", "That hospital's own team"))
    rules.append(({"pathway": '"discharge-1", "discharge-2", "discharge-3"'}, "county-discharge", "From elsewhere"))
    wanted = count - len(rules) - 1
    ages = bands(max(1, -(-wanted // (len(LOCAL) * len(DISTRICTS)))))
    for age in ages:
        for pathway, team in LOCAL.items():
            for district in DISTRICTS:
                rules.append(({"pathway": f'"{pathway}"', "locality": f'"{district}"', "age": age},
                              f"{team}-{slug(district)}", f"{pathway} in {district}"))
    return rules[:count - 1] + [({}, "desk", "No rule names a team: the desk")]


def table(name, inputs, outputs, rules):
    """One decision as XML. `rules`: (cells by input, output texts, why)."""
    ident = name.lower().replace(" ", "_")
    lines = [f'  <decision id="{ident}" name="{name}">', f'    <variable id="{ident}_v" name="{name}"/>']
    lines += [f'    <informationRequirement id="{ident}_r{i}"><requiredInput href="#i_{source.replace(" ", "_")}"/>'
              "</informationRequirement>" for i, (source, _) in enumerate(inputs)]
    lines.append(f'    <decisionTable id="{ident}_t" hitPolicy="FIRST">')
    lines += [f'      <input id="{ident}_c{i}"><inputExpression id="{ident}_e{i}" typeRef="{kind}"><text>{source}</text>'
              "</inputExpression></input>" for i, (source, kind) in enumerate(inputs)]
    lines += [f'      <output id="{ident}_o{i}" name="{output}" typeRef="string">{default}</output>'
              for i, (output, default) in enumerate(outputs)]
    for number, (cells, texts, why) in enumerate(rules, 1):
        lines.append(f'      <rule id="{ident}_{number}"><description>{escape(why)}</description>')
        lines += [f'<inputEntry id="{ident}_{number}_{i}"><text>{escape(cells.get(source, "-"))}</text></inputEntry>'
                  for i, (source, _) in enumerate(inputs)]
        lines += [f'<outputEntry id="{ident}_{number}_o{i}"><text>{text}</text></outputEntry>'
                  for i, text in enumerate(texts)]
        lines.append("</rule>")
    return lines + ["    </decisionTable>", "  </decision>"]


def quoted(text):
    return f'"{text}"' if text else ""


def write_dmn(path, decisions):
    inputs = {source: kind for _, sources, _, _ in decisions for source, kind in sources}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="big" name="Big" namespace="urn:big">']
    for decision in decisions:
        lines += table(*decision)
    lines += [f'  <inputData id="i_{source.replace(" ", "_")}" name="{source}">'
              f'<variable id="v_{source.replace(" ", "_")}" name="{source}" typeRef="{kind}"/></inputData>'
              for source, kind in inputs.items()]
    write(path, lines + ["</definitions>"])


def write(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def write_tables(target, count):
    none = "<defaultOutputEntry><text>null</text></defaultOutputEntry>"
    write_dmn(os.path.join(target, "triage.dmn"), [
        ("Triage", TRIAGE_INPUTS, [("pathway", ""), ("urgency", "")],
         [(cells, [quoted(pathway), quoted(urgency)], why) for cells, pathway, urgency, why in triage_rules(count)])])
    support = [({"pathway": '"discharge-1", "discharge-2"', "locality": f'"{district}"'},
                [quoted(f"reablement-{slug(district)}")], f"Carries on at home in {district}") for district in DISTRICTS]
    guard = [({"safeguarding need": "true", "pathway": 'not("safeguarding")'}, [quoted("safeguarding")], "A concern too")]
    write_dmn(os.path.join(target, "route.dmn"), [
        ("Lead team", LEAD_INPUTS, [("lead", "")],
         [(cells, [quoted(team)], why) for cells, team, why in lead_rules(count)]),
        ("Discharge support", [("pathway", "string"), ("locality", "string")], [("supporting", none)], support),
        ("Safeguarding support", [("safeguarding need", "boolean"), ("pathway", "string")], [("supporting", none)], guard)])


def team(name, title, calendar, fallback=None, kind="internal", locality=None):
    lines = [f"  - name: {name}", f"    title: {title}", f"    kind: {kind}"]
    lines += [f"    calendar: {calendar}"] if calendar else []
    lines += [f"    fallback: {fallback}"] if fallback else []
    lines += [f"    locality: {locality}"] if locality else []
    return lines + ["    rota: community"]


def write_teams(target):
    lines = ["teams:", "  - name: desk", "    title: Single point of access", "    kind: desk", "    rota: desk"]
    lines += team("county-rapid", "County rapid response", "long-day")
    lines += team("county-night", "Night service", "night")
    for number, district in enumerate(DISTRICTS):
        name = slug(district)
        lines += team(f"rapid-{name}", f"{district} rapid response", ["early", "late", "long-day"][number % 3],
                      "county-rapid", locality=district)
        lines += team(f"community-{name}", f"{district} community team", ["office", "office-late"][number % 2],
                      f"rapid-{name}", locality=district)
        lines += team(f"reablement-{name}", f"{district} reablement", ["seven-day", "six-day"][number % 2],
                      f"community-{name}", locality=district)
    for number in (1, 2, 3):
        lines += team(f"hospital-{number}", f"Hospital {number} discharge team", ["seven-day", "six-day", "office"][number - 1],
                      "county-discharge")
    lines += team("county-discharge", "County discharge team", "seven-day", "county-night")
    lines += team("safeguarding", "Safeguarding adults", "office", "county-night")
    lines += team("voluntary", "Voluntary hub", "office", kind="voluntary")
    lines += team("next-county", "Next county's point of access", None, kind="external")
    write(os.path.join(target, "teams.yaml"), lines)


HOURS = {"office": [("weekdays", "09:00-17:00", "16:30")], "office-late": [("weekdays", "08:00-18:30", "18:00")],
         "early": [("every-day", "07:00-15:00", "14:00")], "late": [("every-day", "12:00-22:00", "21:00")],
         "long-day": [("every-day", "08:00-20:00", "19:00")],
         "seven-day": [("weekdays", "08:00-18:00", "17:00"), ("weekend", "09:00-17:00", "16:00")],
         "six-day": [("[mon, tue, wed, thu, fri, sat]", "08:00-17:00", "16:00")],
         "night": [("every-day", "20:00-32:00", "30:00")],
         "rapid-response": [("every-day", "08:00-20:00", "19:00")]}


def write_calendars(target):
    lines = ["bank-holidays: bank-holidays.csv", "calendars:"]
    for name, hours in HOURS.items():
        lines += [f"  - name: {name}", "    week:"]
        for days, opens, last in hours:
            last = f', last-referral: "{last}"' if int(last[:2]) < 24 else ""
            lines.append(f'      - {{days: {days}, open: "{opens}"{last}}}')
        if name.startswith("office"):
            lines += ["    holidays: closed", "    dates:", '      - {date: 2026-12-24, open: "09:00-13:00"}']
    write(os.path.join(target, "calendars.yaml"), lines)


def write_geography(target, count):
    wards = [f"E0500{9000 + i}" for i in range(10 * len(DISTRICTS))]
    write(os.path.join(target, "lads.csv"), ["lad,name,inside"] +
          [f"E07000{901 + i},{name},yes" for i, name in enumerate(DISTRICTS)] + ["E07000999,Next County,no"])
    write(os.path.join(target, "wards.csv"), ["ward,name"] + [f"{ward},Ward {i}" for i, ward in enumerate(wards)] +
          ["E05009999,Far Ward"])
    write(os.path.join(target, "localities.csv"), ["ward,locality,valid_from,valid_to"] +
          [f"{ward},{DISTRICTS[i // 10]},2020-01-01," for i, ward in enumerate(wards)])
    rows, made = ["pcds,lad,ward"], 0
    for outcode in range(1, 100):
        for sector in range(1, 6):
            for pair in range(400):
                if made == count:
                    break
                ward = (made // 7) % (len(wards) + 2)
                lad, code = (f"E07000{901 + ward // 10}", wards[ward]) if ward < len(wards) else ("E07000999", "E05009999")
                rows.append(f"QX{outcode} {sector}{LETTERS[pair // 20]}{LETTERS[pair % 20]},{lad},{code}")
                made += 1
    write(os.path.join(target, "postcodes.csv"), rows)
    write(os.path.join(target, "exceptions.csv"), ["pcds,kind,locality,note,valid_from,valid_to",
                                                   "QX1 1AA,split,,two localities,2020-01-01,",
                                                   "QX99 9ZZ,terminated,,gone,2020-01-01,"])


def write_place(target):
    with open(os.path.join(SOURCE, "place.yaml"), encoding="utf-8") as file:
        text = file.read()
    start, end = text.index("localities: ["), text.index("postcodes-vintage:")
    text = text[:start] + f"localities: [{', '.join(DISTRICTS)}]\n" + text[end:]
    text = text.replace("name: redbridge\n", "name: big\n", 1)
    tables = text.index("tables:")
    text = text[:tables] + ("tables:\n  triage: {file: triage.dmn, decision: Triage}\n"
                            "  lead: {file: route.dmn, decision: Lead team}\n  supporting:\n"
                            "    - {file: route.dmn, decision: Safeguarding support}\n"
                            "    - {file: route.dmn, decision: Discharge support}\n")
    with open(os.path.join(target, "place.yaml"), "w", encoding="utf-8") as file:
        file.write(text)


def big_place(target, rules=200, postcodes=35_000):
    """Writes the place into the directory `target` (replaced when it is there); returns `target`."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name in ("clocks.yaml", "feeds.yaml", "needs.yaml", "rota.yaml", "bank-holidays.csv"):
        shutil.copy(os.path.join(SOURCE, name), target)
    write_place(target)
    write_tables(target, rules)
    write_teams(target)
    write_calendars(target)
    write_geography(target, postcodes)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--postcodes", type=int, default=35_000)
    options = parser.parse_args()
    big_place(options.target, options.rules, options.postcodes)
