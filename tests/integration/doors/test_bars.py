"""The BaRS door: updates that say only what changed, what a sender reads back, who may do what, times and limits.

Usage: test_bars.py BUILD_DIR
"""
import base64
import datetime
import http.client
import json
import os
import signal
import sys
import threading
import time
import urllib.parse
import uuid

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo"), HERE]

import bars_shapes as shapes  # noqa: E402
import messages as m  # noqa: E402
import router as harness  # noqa: E402
from test_doors import FHIR, bundle_in_xml, outcome  # noqa: E402
from xml.etree import ElementTree  # noqa: E402

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def person(number="9990000018", postcode="E18 2QB"):
    return ("Example", "Ann", "19450314", "F", number, "1 High Road", postcode, "020 7946 0201")


def encoded(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def organisation(ods):
    return encoded({"resourceType": "Organization", "identifier": [{"system": ODS, "value": ods}], "name": "Organisation"})


def later(bundle, seconds=1):
    """Every entry changed that much later, as a system that keeps its times would send it."""
    for entry in bundle["entry"]:
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        entry["resource"].setdefault("meta", {})["lastUpdated"] = at.isoformat(timespec="milliseconds")
    return bundle


def of_type(bundle, kind):
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


class Door:
    def __init__(self):
        self.router = r = harness.Router(BUILD).__enter__()
        self.ops = harness.free_port()
        self.key = r.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad")
        self.port = r.adapter("bars", self.key, "--ops", f"127.0.0.1:{self.ops}")

    def ask(self, method, path, body=None, headers=None, port=None, again=True):
        """(status, headers, body as bytes)."""
        for _ in range(100):
            link = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
            try:
                link.request(method, path, body, headers or {})
                answer = link.getresponse()
                found = answer.status, answer.headers, answer.read()
            finally:
                link.close()
            if found[0] != 503 or not again:
                return found
            time.sleep(0.1)
        raise AssertionError("503 every time")

    def post(self, bundle, ids=None, **headers):
        """(status, decoded answer) of a bundle as a dict."""
        sent = dict(m.bars_headers(ids if ids is not None else {}), **headers)
        status, _, answer = self.ask("POST", "/$process-message", json.dumps(bundle), sent)
        return status, json.loads(answer)

    def get(self, path, ods="RRU", **headers):
        sent = {"X-Request-Id": str(uuid.uuid4()), "X-Correlation-Id": str(uuid.uuid4()), **headers}
        if ods is not None:
            sent["NHSD-End-User-Organisation"] = organisation(ods)
        return self.ask("GET", path, None, {k: v for k, v in sent.items() if v is not None})

    def state(self, reference):
        return self.router.ctl("trace", reference)["referral"]

    def record(self, reference):
        """The newest record of it, and how many submissions there are."""
        opened = self.router.ctl("open", reference + ".1", "--by", "t.ester", "--purpose", "test")
        submissions = opened.get("opened", opened)["submissions"]
        return submissions[-1]["referral"], submissions


door = None


def new(ids=None, **kwargs):
    return json.loads(m.bundle(ids if ids is not None else {}, kwargs.pop("who", person()), kwargs.pop("words", "fall"), **kwargs))


def held(answer):
    status, reply = answer
    assert status == 200, (status, reply)
    return reply["entry"][-1]["resource"]["id"]


# updates -------------------------------------------------------------------------------------------------------------


def what_an_update_leaves_out_stays():
    ids = {}
    reference = held(door.post(new(ids, flags=[("SG", "836881000000105", "Child cause for concern")]), ids))
    update = later(new(ids, reason="update", words="fall, and now cannot stand"))
    assert not of_type(update, "Flag")
    assert held(door.post(update, ids)) == reference
    record, submissions = door.record(reference)
    assert [f["category"] for f in record["flags"]] == ["safeguarding"], record.get("flags")
    assert record["needs"][0]["words"] == "fall, and now cannot stand", record["needs"]
    assert len(submissions) == 2 and door.state(reference)["revision"] == 2
    assert "safeguarding" in door.state(reference)["facts"]["flags"]
    stored = json.loads(base64.b64decode(submissions[-1]["original"]))
    assert stored == update, "the version as it came is kept beside what was merged"


def older_entries_do_not_replace_newer_ones():
    ids = {}
    first = later(new(ids, flags=[("SS", "U", "Unsafe")]), 60)
    reference = held(door.post(first, ids))
    update = later(new(ids, reason="update", words="other words", flags=[("SS", "S", "Safe")]), 120)
    of_type(update, "Flag")[0]["meta"]["lastUpdated"] = "2020-01-01T00:00:00Z"
    assert held(door.post(update, ids)) == reference
    record, _ = door.record(reference)
    assert record["flags"][0]["code"] == "U" and record["needs"][0]["words"] == "other words", record
    assert any(i["code"] == "older-entries" for i in record["issues"]), record["issues"]


def an_update_that_is_older_is_a_conflict():
    ids = {}
    reference = held(door.post(later(new(ids), 60), ids))
    before = door.router.ctl("status")
    stale = later(new(ids, reason="update", words="old news"), 1)
    status, reply = door.post(stale, ids)  # its ServiceRequest is older
    assert (status, outcome(reply)) == (409, ("REC_CONFLICT", "conflict")), reply
    only_older = later(new(ids, reason="update"), 60)
    request = of_type(only_older, "ServiceRequest")[0]
    held_request = of_type(later(new(ids), 60), "ServiceRequest")[0]
    request.clear()
    request.update(held_request)
    for entry in only_older["entry"]:
        if entry["resource"]["resourceType"] not in ("ServiceRequest", "MessageHeader"):
            entry["resource"]["meta"]["lastUpdated"] = "2020-01-01T00:00:00Z"
            entry["resource"]["language"] = "en"
    original = json.loads(base64.b64decode(door.record(reference)[1][0]["original"]))
    request.clear()
    request.update(of_type(original, "ServiceRequest")[0])
    status, reply = door.post(only_older, ids)  # nothing in it is newer
    assert (status, outcome(reply)) == (409, ("REC_CONFLICT", "conflict")), reply
    assert "every changed entry" in reply["issue"][0]["diagnostics"], reply
    assert door.state(reference)["revision"] == 1

    def rejected(found):
        return next(int(f.get("rejected", 0)) for f in found.get("status", found)["feeds"] if f["feed"] == "las-cad")
    assert rejected(door.router.ctl("status")) == rejected(before) + 2


def json_then_xml_then_json():
    ids = {}
    reference = held(door.post(new(ids, flags=[("SG", "U", "Unspecified")]), ids))
    update = later(new(ids, reason="update", words="second"), 10)
    sent = dict(m.bars_headers(ids), **{"Content-Type": "application/fhir+xml"})
    status, _, answer = door.ask("POST", "/$process-message", bundle_in_xml(json.dumps(update)), sent)
    assert status == 200, answer
    assert ElementTree.fromstring(answer).findall(f".//{FHIR}Encounter")[-1].find(f"{FHIR}id").get("value") == reference
    third = later(new(ids, reason="update", words="third", flags=[("RA", "1", "Large print")]), 20)
    next(e for e in third["entry"] if e["resource"]["resourceType"] == "Flag")["fullUrl"] = f"urn:uuid:{uuid.uuid4()}"
    assert held(door.post(third, ids)) == reference
    record, submissions = door.record(reference)
    assert sorted(f["category"] for f in record["flags"]) == ["reasonable-adjustment", "safeguarding"], record["flags"]
    assert record["needs"][0]["words"] == "third" and len(submissions) == 3


def updates_at_the_same_time_lose_nothing():
    ids = {}
    reference = held(door.post(new(ids), ids))
    codes = ["SG", "SS", "RC", "RT", "IR", "RA"]
    updates = []
    for number, code in enumerate(codes):
        update = later(new(ids, reason="update", flags=[(code, f"code-{number}", "said")]), 5 + number)
        flag = next(e for e in update["entry"] if e["resource"]["resourceType"] == "Flag")
        flag["fullUrl"] = f"urn:uuid:{uuid.uuid4()}"
        of_type(update, "ServiceRequest")[0]["meta"]["lastUpdated"] = "2099-01-01T00:00:00Z"
        updates.append(update)
    answers = []
    threads = [threading.Thread(target=lambda u=u: answers.append(door.post(u, ids)[0])) for u in updates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * len(codes), answers
    record, _ = door.record(reference)
    assert sorted(f["code"] for f in record["flags"]) == sorted(f"code-{n}" for n in range(len(codes))), record["flags"]
    assert door.state(reference)["revision"] == 1 + len(codes)


def our_own_id_names_it_again():
    ids = {}
    _, reply = door.post(new(ids), ids)
    ours = of_type(reply, "ServiceRequest")[0]["id"]
    assert ours == reply["entry"][-1]["resource"]["id"]
    other_names = {}
    update = later(new(other_names, reason="update", words="by your reference"), 5)
    of_type(update, "ServiceRequest")[0]["id"] = ours
    assert held(door.post(update, other_names)) == ours
    assert door.state(ours)["revision"] == 2


def an_update_before_its_new_and_after_its_close():
    ids = {}
    reference = held(door.post(later(new(ids, reason="update", flags=[("SG", "U", "x")]), 1), ids))
    assert door.state(reference)["revision"] == 1  # somebody asks: it is a referral
    status, _ = door.post(later(new(ids, reason="update", status="revoked"), 2), ids)
    assert status == 200 and door.state(reference)["phase"] == "closed"
    again = held(door.post(later(new(ids, reason="update", words="still on the floor"), 3), ids))
    assert again != reference and "safeguarding" in door.state(again)["facts"]["flags"]  # what was known is not lost
    somebody_else = later(new(ids, reason="update", who=person("9990000026")), 4)
    third = held(door.post(somebody_else, ids))
    assert third not in (reference, again), "one person's words are never put into another's referral"


# reading -------------------------------------------------------------------------------------------------------------


def a_sender_reads_what_became_of_its_request():
    ids = {}
    reference = held(door.post(new(ids), ids))
    status, headers, body = door.get(f"/ServiceRequest/{reference}", **{"X-Request-Id": "00000000-0000-4000-8000-00000000000a"})
    found = json.loads(body)
    assert status == 200 and headers["X-Request-Id"] == "00000000-0000-4000-8000-00000000000a", headers
    assert found["resourceType"] == "ServiceRequest" and found["id"] == reference and found["status"] == "active", found
    assert headers["ETag"] == f'W/"{found["meta"]["versionId"]}"' and found["meta"]["lastUpdated"].endswith("Z"), headers
    assert found["contained"][0]["status"] == "planned" and found["subject"]["identifier"]["value"] == "9990000018", found
    door.router.ctl("claim", reference + ".1", "--by", "n.ahmed")
    door.router.ctl("accept", reference + ".1", "--by", "n.ahmed")
    _, accepted, body = door.get(f"/ServiceRequest/{reference}")
    assert json.loads(body)["contained"][0]["status"] == "in-progress" and accepted["ETag"] != headers["ETag"]
    held(door.post(later(new(ids, reason="update", words="changed"), 5), ids))
    found = json.loads(door.get(f"/ServiceRequest/{reference}")[2])
    assert found["reasonCode"][0]["text"] == "changed" and found["meta"]["versionId"].startswith("2-"), found
    for path, kind in ((f"/ServiceRequest/{reference}?_format=xml", None), (f"/ServiceRequest/{reference}", "application/fhir+xml")):
        status, headers, body = door.get(path, **{"Accept": kind})
        assert headers["Content-Type"].startswith("application/fhir+xml"), headers
        assert ElementTree.fromstring(body).find(f"{FHIR}id").get("value") == reference
    reads = [e["read"] for e in door.router.ctl("trace", reference)["entries"] if "read" in e]
    assert len(reads) == 6 and all(r["by"] == "RRU" for r in reads), reads  # one is of the merge


def its_end_is_told_in_the_standards_words():
    ids = {}
    reference = held(door.post(new(ids), ids))
    door.post(later(new(ids, reason="update", status="entered-in-error"), 5), ids)
    found = json.loads(door.get(f"/ServiceRequest/{reference}")[2])
    assert (found["status"], found["contained"][0]["status"]) == ("revoked", "cancelled"), found
    reference = held(door.post(new(category="referral", use_case="a4t2", priority="routine")))
    for number in range(1, 5):
        door.router.ctl("close", f"{reference}.{number}", "--by", "n.ahmed", "--outcome", "advice-only", "--reason", "done",
                        check=False)
    found = json.loads(door.get(f"/ServiceRequest/{reference}")[2])
    assert (found["status"], found["contained"][0]["status"]) == ("completed", "finished"), found


def nobody_reads_what_is_anothers():
    reference = held(door.post(new()))
    software = {"NHSD-Requesting-Software": encoded({"resourceType": "Device", "deviceName": [{"name": "Patient Manager"}],
                                                     "version": [{"value": "1.7"}]})}
    assert door.get(f"/ServiceRequest/{reference}", **software)[0] == 200
    for path in (f"/ServiceRequest/{reference}", "/ServiceRequest/7K3Q9-M2X4T", "/ServiceRequest/x", "/ServiceRequest/1/2"):
        status, _, body = door.get(path, ods="Y99102")
        assert (status, outcome(json.loads(body))) == (404, ("REC_NOT_FOUND", "not-found")), (path, body)
    reads = [e["read"] for e in door.router.ctl("trace", reference)["entries"] if "read" in e]
    assert [r["by"] for r in reads] == ["RRU, Patient Manager 1.7"], reads
    assert door.get(f"/ServiceRequest/{reference}", ods="X0000")[0] == 403
    for change, issue in (({"X-Request-Id": None}, "required"), ({"X-Correlation-Id": "7"}, "invalid"),
                          ({"NHSD-End-User-Organisation": "!!"}, "invalid")):
        status, _, body = door.get(f"/ServiceRequest/{reference}", ods=None, **{
            "NHSD-End-User-Organisation": organisation("RRU"), **change})
        assert (status, outcome(json.loads(body))) == (400, ("REC_BAD_REQUEST", issue)), (change, body)
    status, _, body = door.get(f"/ServiceRequest/{reference}", ods=None)
    assert (status, outcome(json.loads(body))[1]) == (400, "required"), body


def found(number, ods="RRU", system=NHS):
    value = urllib.parse.quote(f"{system}|{number}", safe="")
    status, _, body = door.get(f"/ServiceRequest?patient%3Aidentifier={value}", ods=ods)
    assert status == 200, body
    return json.loads(body)


def a_search_finds_the_askers_own():
    number = "9990000085"
    first, second = (held(door.post(new(who=person(number)))) for _ in range(2))
    held(door.post(new(who=person(number), sender="Y99102", category="referral")))
    bundle = found(number)
    assert bundle["type"] == "searchset" and bundle["total"] == 2, bundle
    assert [e["resource"]["id"] for e in bundle["entry"]] == [first, second]
    assert bundle["entry"][0]["fullUrl"].endswith(f"/ServiceRequest/{first}") and bundle["entry"][0]["search"] == {"mode": "match"}
    assert found(number, system="http://fhir.nhs.uk/id/nhs-number")["total"] == 2
    nobody = found("9990000093")
    assert nobody["total"] == 0 and "entry" not in nobody, nobody
    for query, issue in (("", "required"), (f"?patient:identifier={number}", "value"),
                         (f"?patient:identifier={ODS}%7C{number}", "value"), (f"?patient:identifier={NHS}%7C123", "value"),
                         (f"?patient:identifier={NHS}%7C0000000000", "value"),
                         ("?patient=1", "required")):
        status, _, body = door.get(f"/ServiceRequest{query}")
        assert (status, outcome(json.loads(body))) == (400, ("REC_BAD_REQUEST", issue)), (query, body)
    status, headers, body = door.get(f"/ServiceRequest?patient:identifier={NHS}%7C{number}", Accept="application/fhir+xml")
    assert status == 200 and len(ElementTree.fromstring(body).findall(f"{FHIR}entry")) == 2


def metadata_tells_the_truth():
    statement = json.loads(door.ask("GET", "/metadata")[2])
    kinds = {r["type"]: [i["code"] for i in r["interaction"]] for r in statement["rest"][0]["resource"]}
    assert kinds == {"ServiceRequest": ["read", "search-type"], "MessageDefinition": ["search-type"]}, kinds
    taken = {s["definition"] for s in statement["messaging"][0]["supportedMessage"] if s["mode"] == "receiver"}
    definitions = json.loads(door.ask("GET", "/MessageDefinition?context=2000099999")[2])
    assert {e["resource"]["url"] for e in definitions["entry"]} == taken and definitions["total"] == len(taken) == 3, definitions
    for entry in definitions["entry"]:
        assert {f["code"]: (f["min"], f["max"]) for f in entry["resource"]["focus"]}["ServiceRequest"] == (1, "1")
    assert ElementTree.fromstring(door.ask("GET", "/MessageDefinition", None, {"Accept": "application/fhir+xml"})[2]) is not None


def verbs_paths_and_forms_that_are_wrong():
    for method, path, status, allow in (("GET", "/$process-message", 405, "POST"), ("PUT", "/$process-message", 405, "POST"),
                                        ("POST", "/metadata", 405, "GET, HEAD"), ("DELETE", "/ServiceRequest/1", 405, "GET, HEAD"),
                                        ("POST", "/MessageDefinition", 405, "GET, HEAD"), ("GET", "/Slot", 501, None),
                                        ("GET", "/Appointment/7", 501, None), ("GET", "/Patient", 404, None),
                                        ("GET", "/metadata/x", 404, None), ("GET", "/ServiceRequestX", 404, None)):
        found_status, headers, body = door.ask(method, path, b"" if method in ("POST", "PUT") else None)
        assert (found_status, headers["Allow"]) == (status, allow), (method, path, found_status, headers["Allow"])
        assert json.loads(body)["resourceType"] == "OperationOutcome"
    assert door.ask("HEAD", "/metadata")[0] == 200
    status, _, body = door.ask("GET", "/metadata", None, {"Accept": "text/html"})
    assert (status, outcome(json.loads(body))) == (406, ("REC_NOT_ACCEPTABLE", "processing")), body
    status, _, body = door.ask("GET", "/metadata", None, {"Accept": "text/html, application/fhir+xml;q=0.9, */*"})
    assert status == 200 and ElementTree.fromstring(body).tag == f"{FHIR}CapabilityStatement"


# what the standard's examples are ---------------------------------------------------------------------------------------


def both_forms(bundle):
    """Status, issue code and Encounter's id of the answer, for JSON and for XML under other ids."""
    bundle = shapes.scrub(bundle)
    for form in ("json", "xml"):
        body = json.dumps(bundle) if form == "json" else bundle_in_xml(bundle)
        sent = dict(m.bars_headers({}), **{"Content-Type": f"application/fhir+{form};version=1.2.0"})
        status, headers, answer = door.ask("POST", "/$process-message", body, sent)
        assert headers["Content-Type"].startswith(f"application/fhir+{form}"), headers
        assert headers["X-Request-Id"] == sent["X-Request-Id"] and headers["X-Correlation-Id"] == sent["X-Correlation-Id"]
        if form == "json":
            reply = json.loads(answer)
            issue = reply["issue"][0]["code"] if status != 200 else None
            ours = of_type(reply, "Encounter")[-1].get("id") if status == 200 and of_type(reply, "Encounter") else None
        else:
            root = ElementTree.fromstring(answer)
            issue = None if status == 200 else root.find(f"{FHIR}issue/{FHIR}code").get("value")
            found = root.findall(f".//{FHIR}Encounter/{FHIR}id")
            ours = found[-1].get("value") if found else None
        yield form, status, issue, ours


def every_shape_of_the_catalogue_in_both_forms():
    held_as = {}
    for name, shape, expected, code in shapes.catalogue():
        for form, status, issue, ours in both_forms(shape.bundle):
            assert (status, issue) == (expected, code), (name, form, status, issue)
            if status == 200 and ours is not None:
                assert held_as.setdefault(name, ours) == ours, (name, form, "another referral than the messages before")
    assert len(held_as) >= 15, held_as


def every_flag_reaches_the_assignment():
    """Category as sent, as rules see it, whether it stands in the list; the words and codes stand in the record whatever it is."""
    for code, category, listed in (("SG", "safeguarding", True), ("SS", "scene-safety", True), ("RC", "repeat-caller", True),
                                   ("RT", "respect", True), ("IR", "infection", True), ("RA", "reasonable-adjustment", True),
                                   ("RS", "rejected-service", True), ("AC", "AC", False), ("API", "API", False)):
        shape = shapes.Shape("flag-" + code, use_case="a4t3")
        shape.flag(code, f"code-{code}", f"words of {code}")
        (_, status, _, reference), (_, again, _, same) = both_forms(shape.bundle)
        assert (status, again, reference) == (200, 200, same), code
        state = door.state(reference)
        for assignment in state["assignments"]:
            opened = door.router.ctl("open", f"{reference}.{assignment['index']}", "--by", "t.ester", "--purpose", "test")
            opened = opened.get("opened", opened)
            if assignment["view"] == "full":
                flags = opened["submissions"][-1]["referral"]["flags"]
                assert [(f["category"], f["code"], f["words"], f["subject"]) for f in flags] == [
                    (category, f"code-{code}", f"words of {code}", "Patient")], (code, flags)
            assert (category in opened["row"].get("flags", [])) == listed, (code, opened["row"].get("flags"))
        if code == "SG":
            assert any("safeguarding" in a["team"] for a in state["assignments"]), state["assignments"]


def the_contradictions_of_the_standard():
    """Each row of the list of known ones that a receiver meets (adapters/README.md, "Conformance")."""
    shape = shapes.Shape("contradictions", use_case="a4t3")
    codes = shape.plan["activity"][0]["outcomeCodeableConcept"]
    for place, uri in ((0, "https://fhir.nhs.uk/Id/pathways-sd-code"), (1, "https://fhir.nhs.uk/Id/pathways-sg-code"),
                       (2, "https://fhir.nhs.uk/Id/pathways-dx-code"), (3, "https://fhir.nhs.uk/Id/pathways-arp-code")):
        codes[place]["coding"][0]["system"] = uri
    codes[2]["coding"][0]["code"] = "DX02"
    shape.request["category"][0]["coding"][1]["display"] = "999 to CAS Validation"  # of an a4t3: never read
    shape.patient["extension"] = [{"url": "https://fhir.nhs.uk/StructureDefinition/Extension-EstimatedAge", "valueString": "15 weeks"}]
    shape.location["position"] = {"longitude": 51.59, "latitude": 0.02}
    for system in ("https://fhir.nhs.uk/Id/ods-organization-code", "https://fhir.nhs.uk/id/ods-organization-code"):
        for dos in ("http://fhir.nhs.uk/Id/dos-service-id", "https://fhir.nhs.uk/Id/dos-service-id"):
            text = json.dumps(shape.bundle).replace(shapes.ODS, system).replace(shapes.DOS, dos)
            status, reply = door.post(json.loads(text))
            assert status == 200, reply
    reference = of_type(reply, "Encounter")[-1]["id"]
    record, _ = door.record(reference)
    assert [n["code"] for n in record["triage"][:4]] == ["SD4033", "SG1137", "DX02", "C3"], record["triage"]
    assert [c["code"] for n in record["needs"] for c in n["codes"]] == ["SD4033", "SG1137"], record["needs"]
    assert record["use_case"][0]["code"] == "a4t3" and "display" not in record["use_case"][0], record["use_case"]
    incident = next(a for a in record["person"]["addresses"] if a["use"] == "incident")
    assert incident["geo"]["latitude"] == "51.59" and incident["geo"]["easting"] == "0.33424", incident
    assert record["person"]["birth_date"] == "1945-03-14" and door.state(reference)["facts"]["age"]["value"] > 70 if isinstance(
        door.state(reference)["facts"]["age"], dict) else door.state(reference)["facts"]["age"] > 70
    assert door.state(reference)["facts"]["area_basis"] == "incident", door.state(reference)["facts"]
    assert door.state(reference)["urgency"] in ("two-hour", "same-day", "emergency"), door.state(reference)["urgency"]


# headers, rights, limits ------------------------------------------------------------------------------------------------


def headers_of_a_message():
    status, reply = door.post(new(), **{"Content-Type": "application/fhir+json; version=2.0.0"})
    assert (status, outcome(reply)) == (422, ("REC_UNPROCESSABLE_ENTITY", "not-supported")), reply
    assert door.post(new(), **{"Content-Type": 'application/fhir+json; fhirVersion=4.0; version="1.2"'})[0] == 200
    sent = dict(m.bars_headers({}), Accept="application/fhir+xml")
    status, headers, body = door.ask("POST", "/$process-message", json.dumps(new()), sent)
    assert status == 200 and headers["Content-Type"].startswith("application/fhir+xml"), headers
    assert ElementTree.fromstring(body).tag == f"{FHIR}Bundle"
    assert door.post(new(), **{"Accept": "text/html"})[0] == 200  # a referral is not lost for that
    assert door.post(new(), **{"use-context": "a|b|c|d", "x-request-id": str(uuid.uuid4())})[0] == 200
    lower = {k.lower(): v for k, v in m.bars_headers({}).items()}
    assert door.ask("POST", "/$process-message", json.dumps(new()), lower)[0] == 200


def one_organisation_does_not_send_as_another():
    assert door.post(new(), **{"NHSD-End-User-Organisation": organisation("RRU")})[0] == 200
    status, reply = door.post(new(), **{"NHSD-End-User-Organisation": organisation("Y99102")})
    assert (status, outcome(reply)) == (403, ("REC_FORBIDDEN", "forbidden")), reply
    assert "NHSD-End-User-Organisation" in reply["issue"][0]["diagnostics"], reply
    status, reply = door.post(new(), **{"NHSD-End-User-Organisation": "bm90IGpzb24="})
    assert (status, outcome(reply)) == (400, ("REC_BAD_REQUEST", "invalid")), reply
    bundle = new()  # a message that names no sender is of the organisation that sends it
    del of_type(bundle, "MessageHeader")[0]["sender"]
    assert door.post(bundle)[0] == 403
    assert door.post(bundle, **{"NHSD-End-User-Organisation": organisation("RRU")})[0] == 200


def a_message_for_somebody_else_is_refused():
    port = door.router.adapter("bars", door.router.key("bars-2", "adapter", feeds="las-cad"), "--feed", "las-cad", "--services",
                               "2000099999,2000011147", label="services")

    def send(bundle, target="2000099999"):
        headers = dict(m.bars_headers({}), **{"NHSD-Target-Identifier": encoded({"system": "https://fhir.nhs.uk/Id/dos-service-id",
                                                                               "value": target})})
        status, _, body = door.ask("POST", "/$process-message", json.dumps(bundle), headers, port)
        return status, json.loads(body)
    assert send(new())[0] == 200 and send(new(), "2000011147")[0] == 200
    status, reply = send(new(), "7")
    assert (status, outcome(reply)) == (400, ("REC_BAD_REQUEST", "value")), reply
    bundle = new()
    of_type(bundle, "MessageHeader")[0]["destination"][0]["endpoint"] = "http://fhir.nhs.uk/Id/dos-service-id|7"
    assert send(bundle)[0] == 400
    none = json.loads(door.ask("GET", "/MessageDefinition?context=7", port=port)[2])
    assert none["total"] == 0 and "entry" not in none, none
    ours = json.loads(door.ask("GET", "/MessageDefinition?context=2000011147", port=port)[2])
    assert ours["entry"][0]["resource"]["useContext"][0]["code"]["code"] == "2000099999", ours


def a_router_that_does_not_answer_in_time():
    daemon = door.router.processes["referrald"]
    held(door.post(new()))
    daemon.send_signal(signal.SIGSTOP)
    answers, began = [], time.monotonic()

    def send(number):
        status, headers, body = door.ask("POST", "/$process-message", json.dumps(new()), m.bars_headers({}), again=False)
        answers.append((status, outcome(json.loads(body)), headers["Retry-After"], number))
    try:
        threads = [threading.Thread(target=send, args=(n,)) for n in range(60)]  # of one sender 48 at a time
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        daemon.send_signal(signal.SIGCONT)
    kinds = sorted({a[:3] for a in answers}, key=str)
    assert kinds == [(408, ("REC_TIMEOUT", "timeout"), None), (429, ("REC_TOO_MANY_REQUESTS", "throttled"), "1")], (kinds, began)
    assert sum(a[0] == 429 for a in answers) == 12, answers
    held(door.post(new()))


def nothing_of_a_person_is_in_a_log_or_a_metric():
    import urllib.request
    with urllib.request.urlopen(f"http://127.0.0.1:{door.ops}/metrics", timeout=20) as answer:
        metrics = answer.read().decode()
    for name in ("merged", "reads", "throttled"):
        value = next(int(line.split()[1]) for line in metrics.splitlines() if line.startswith(f"referral_bars_{name}_total "))
        assert value > 0, metrics
    for text in (metrics, door.router.log("referral-bars"), door.router.log("services"), door.router.log()):
        for word in ("Example", "99900000", "E18", "7946", "on the floor"):
            assert word not in text, word


def everything_is_accounted_for():
    status = door.router.ctl("status")
    status = status.get("status", status)
    assert int(status.get("imbalance", 0)) == 0, status


def main():
    global door
    door = Door()
    helpers = ("main", "person", "encoded", "organisation", "later", "of_type", "new", "held", "found", "both_forms")
    tests = [value for name, value in list(globals().items())
             if callable(value) and getattr(value, "__module__", "") == "__main__" and not isinstance(value, type)
             and name not in helpers]
    if len(sys.argv) > 2:
        tests = [t for t in tests if t.__name__ in sys.argv[2:]]
    try:
        return harness.run_tests("bars", tests)
    finally:
        door.router.__exit__()


if __name__ == "__main__":
    sys.exit(main())
