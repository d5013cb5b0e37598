"""Writes first inputs for every fuzz target, all of our own making: seeds.py FOLDER"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "demo")]

import messages as m  # noqa: E402

OUT = pathlib.Path(sys.argv[1])
ANN = ("Example", "Ann", "19450314", "F", "9990000018", "1 High Road", "E18 2QB", "020 7946 0001")


def put(target, name, data):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def in_xml(name, value, inside=None):
    """FHIR's XML of a JSON value."""
    if isinstance(value, list):
        return "".join(in_xml(name, each, inside) for each in value)
    if isinstance(value, dict):
        kind = value.get("resourceType")
        inner = "".join(in_xml(k, v, name) for k, v in value.items() if k != "resourceType")
        return f"<{name}><{kind}>{inner}</{kind}></{name}>" if kind else f"<{name}>{inner}</{name}>"
    return f'<{name} value="{str(value).replace("&", "&amp;").replace(chr(34), "&quot;").replace("<", "&lt;")}"/>'


def main():
    import json
    events = {"new": "I12", "amend": "I13", "cancel": "I14"}
    for name, event in events.items():
        text = m.referral(("EMIS", "Y99101"), "C1", "R1", "S", ANN, "W19^Fall^I10", practice="Y99101", event=event)
        put("hl7", name, text)
        put("mllp", name, b"\x0b" + text.encode()[:40] + b"\x1c\r\x0bMSH|\x1c\r\n\x0bcut\x0bnext\x1c\r")
    put("hl7", "adt", "MSH^~|\\&^PAS^RGC^SPA^RBR^20261121^^ADT~A03^1^P^2.5\nEVN^A03\nPID^1^^999 000 0018~~~NHS~NH||7~~~PAS^^Example~Ann"
        "\nPV1^1^I^W1~B2~3~RGCKH\nZDP^1^P1\nOBX^1^FT^N~Note^^a\\.br\\b\\X0D\\\\E\\")
    for name, kwargs in {"new": {}, "update": {"reason": "update"}, "cancel": {"reason": "update", "status": "revoked"}}.items():
        text = m.bundle({}, ANN, "fall, on the floor", incident={"line": "1 High Road", "postcode": "IG6 2AD"}, **kwargs)
        put("fhir_json", name, text)
        bundle = json.loads(text)
        put("fhir_xml", name, '<Bundle xmlns="http://hl7.org/fhir">' +
            "".join(in_xml(k, v) for k, v in bundle.items() if k != "resourceType") + "</Bundle>")
        put("fhir_json", name + "-xml", (OUT / "fhir_xml" / name).read_bytes())
    put("fhir_xml", "text", '<f:Flag xmlns:f="http://hl7.org/fhir"><f:text><div xmlns="http://www.w3.org/1999/xhtml"><p a="1">x &lt; '
        '<br/></p></div></f:text><f:extension url="u"><f:valueCode value="c"/></f:extension></f:Flag>')
    put("form", "plain", "words=I+fell%20down&name=Ann%2BB&empty=&state=%e2%82%ac&x")
    answers = ("emergency=no&for=other&your-name=Ray+Roe&your-relation=neighbour&your-phone=020+7946+0902&with-person=yes&words=She+fell"
               "&since=today&need=fall&need=pain&harm=no&given=Ann&family=Example&born-day=3&born-month=May&born-year=1944&age=82"
               "&nhs-number=999+000+0018&place=care-home&line1=1+Road&town=London&postcode=IG1+1DN&access=key+safe&alone=yes"
               "&phone=020+7946+0901&safe=yes&phone-notes=ring+long&talk=yes&talk-words=Polish&consent=given")
    put("form", "self", answers)
    put("form", "call", answers + "&taker=Jo&call-start=14.05&call-day=20%2F11&paper-by=Ray&priority=two-hours&scene=yes&scene-words=dog"
        "&caller-harm=no")
    control = "".join(f"<{name}>{value}</{name}>" for name, value in (
        ("MessageType", "Data"), ("WorkflowId", "W"), ("From_DTS", "A"), ("To_DTS", "B"), ("Subject", "x &amp; y"),
        ("LocalId", "7"), ("DTSId", "20180808160418053343_B8CF9A"), ("Compress", "N"), ("Encrypted", "Y")))
    put("ctl", "whole", f"<DTSControl>{control}<StatusRecord><Status>SUCCESS</Status></StatusRecord></DTSControl>")
    put("ctl", "slip", f"<DTSControl>{control}DLPv3/Subject></DTSControl>")
    put("ctl", "doctype", "<!DOCTYPE x [<!ENTITY a 'b'>]><DTSControl><From_DTS>&a;</From_DTS></DTSControl>")
    titles = (ROOT / "adapters" / "csv" / "template.csv").read_text(encoding="utf-8").strip()
    put("csv", "whole", titles + '\r\nR-1,9990000018,Example,Ann,14/03/1945,F,"1 High Road, B",,London,E18 2QB,1,no,yes,Polish,Y99103,'
        '"Fell\r\n""hard""",fall,two hours,given,no,dog,,RF4DG,Elm,1,21/11/2026 14:00,Ray,nurse,2,2026-11-21 09:30\r\n')
    must = "Your reference;NHS number;Family name;Given name;Date of birth;Postcode;What is needed\n"
    put("csv", "mistakes", must + "R-1;;A;;1/1/1;;\n;;;;;;\nR-1;;B;;;;x;y\nR-2;\n")
    put("csv", "broken", must + 'R-1;;"A"b;;;;\nR-2;;A;;;;\n')
    for golden in sorted((ROOT / "proto" / "golden").glob("*.bin")):
        put("wire", golden.stem, golden.read_bytes())
    place = ROOT / "rules" / "places" / "redbridge"
    for file in sorted(place.glob("*.yaml")):
        put("conf", file.stem + "-yaml", b"Y" + file.read_bytes()[:3000])
    for file in sorted((place / "mappings").glob("*.yaml")):
        put("mapping", file.stem, file.read_bytes())
    put("mapping", "whole", "pathway: ZDP-2\npathway-codes: {P1: 1, NA: none}\npriority: ZDP-3.2\npriority-codes: {U: two-hour}\n"
        "default-priority: two-day\nneed: RF1-5\nneed-codes: {77: fall}\nnhs-number: PID-19\npractice: PD1-4.1\n"
        "charset: iso-8859-14\nsite: PV1-3.4\n")
    put("conf", "csv", 'Cpcds,ward,note\r\nE18 2QB,E05,"a ""b"", c"\r\nIG1 1AA,E06,\n')
    for file in sorted(place.glob("*.dmn")):
        lines = file.read_text(encoding="utf-8").splitlines()
        put("dmn", file.stem, "\n".join(lines[:90]) + "\n</decisionTable></decision></definitions>\n")
        put("dmn", file.stem + "-whole", file.read_bytes())
    feel = ["1 + 2 * -3 ** 2", "if a > 1 then \"x\" else null", "for i in [1..3], j in [i] return i * j", "[1,2,3][item > 1]",
            "{a: 1, b: {c: a}}.b.c", "some x in [1,2] satisfies x = 2", "date(\"2026-11-21\") + duration(\"P1DT2H\")",
            "function(x: number) x + 1", "substring(\"foobar\", -3, 2)", "@\"2026-11-21T10:00:00@Europe/London\"", "x in (1..5]",
            "not(\"a\", \"b\")", "[18..65], > 90", "list contains(?, \"fall\")", "decimal(1/3, 20)", "sort([3,1], function(a,b) a<b)",
            "matches(\"abc\", \"a.*\")", "split(\"a;b\", \";\")", "median([1,2,3])", "1 instance of list<number>",
            "date and time(\"2026-03-29T01:30:00\").weekday", "every y in {a:1} satisfies y", "// note\n/* x */ 0.1e-3"]
    for index, text in enumerate(feel):
        put("feel", f"{index}", text)


main()
