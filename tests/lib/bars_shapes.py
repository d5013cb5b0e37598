"""BaRS messages in the shapes that the published examples have, of our own making: standards.md, catalogue F. Every person is
invented. A shape is a Bundle as a dict; in_xml gives FHIR's XML of it."""
import datetime
import html
import json
import uuid

CODES = "https://fhir.nhs.uk/CodeSystem/"
ODS = "https://fhir.nhs.uk/id/ods-organization-code"  # as the examples spell it
DOS = "http://fhir.nhs.uk/Id/dos-service-id"
NHS = "https://fhir.nhs.uk/Id/nhs-number"


def urn(name):
    return "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, "https://referrald.example/" + name))


def refer(name):
    return {"reference": urn(name)}


def coding(system, code, display=None):
    return {"system": CODES + system, "code": code, **({"display": display} if display else {})}


class Shape:
    """One message. `case` keeps the names of its parts together over new, update, cancel and response."""

    def __init__(self, case, event="request", reason="new", category="validation", use_case="a4t1", status="active",
                 encounters=("triaged",), sender="RRU", version="1.2.0", at=None, number="9990000018", plan="active"):
        self.case = case
        self.at = at or datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        self.entries = []
        self.bundle = {
            "resourceType": "Bundle", "id": str(uuid.uuid4()),
            "meta": {"versionId": version, "lastUpdated": self.at,
                     "profile": ["https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"]},
            "type": "message", "timestamp": self.at, "entry": self.entries}
        header = {"eventCoding": coding("message-events-bars", "servicerequest-" + event),
                  "destination": [{"endpoint": DOS + "|111111111", "receiver": refer(case + "us")}],
                  "sender": refer(case + "sender"),
                  "source": {"name": "Emergency service", "software": "Patient Manager", "version": "1.7",
                             "contact": {"system": "phone", "value": "020 7946 0990"}, "endpoint": DOS + "|2222222222"},
                  "reason": {"coding": [coding("message-reason-bars", reason)]}, "focus": [refer(case + "request")],
                  "definition": f"https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-{event}-{category}"}
        if event == "response":
            header["response"] = {"identifier": str(uuid.uuid4()), "code": "ok"}
        self.add("header" + str(uuid.uuid4()), "MessageHeader", header)
        request = {"status": status, "intent": "plan", "basedOn": [refer(case + "plan")],
                   "category": [{"coding": [coding("message-category-servicerequest", category, "For Validation"),
                                            coding("usecases-categories-bars", use_case, "999 to CAS Validation")]}],
                   "subject": refer(case + "patient"), "encounter": refer(case + "encounter0"),
                   "requester": refer(case + "practitioner"), "performer": [refer(case + "service")],
                   "locationReference": [refer(case + "location")]}
        if category == "validation":
            end = datetime.datetime.fromisoformat(self.at) + datetime.timedelta(minutes=60)
            request["occurrencePeriod"] = {"start": self.at, "end": end.isoformat(timespec="milliseconds")}
        self.request = self.add("request", "ServiceRequest", request)
        for place, encounter in enumerate(encounters):
            self.add(f"encounter{place}", "Encounter", {
                "identifier": [{"system": "https://sender.example/Id/case-number", "value": f"{case}-{place}"}],
                "status": encounter, "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
                "subject": refer(case + "patient"), "episodeOfCare": [{"reference": "EpisodeOfCare/d877b820-e72b-44d1-a627-195f54bfc606"}],
                "period": {"start": self.at}})
        self.plan = self.add("plan", "CarePlan", {
            "status": plan if category == "validation" else "completed", "intent": "plan", "subject": refer(case + "patient"),
            "period": {"start": self.at}, "encounter": refer(case + "encounter0"), "activity": [{"outcomeCodeableConcept": [
                {"coding": [coding("pathways-sd-codes", "SD4033", "AMB new or worsening breathlessness")]},
                {"coding": [coding("pathways-sg-codes", "SG1137", "Palpitations")]},
                {"coding": [coding("pathways-dx-codes", "Dx0122", "Emergency Ambulance Response (Category 3)")]},
                {"coding": [coding("arp-priority-code", "C3", "Cat3 Urgent")]}, {"text": "CONSULTATION SUMMARY. Invented."}]}]})
        self.patient = self.add("patient", "Patient", {
            "identifier": [{"extension": [{
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
                "valueCodeableConcept": {"coding": [{"code": "number-present-and-verified"}]}}], "system": NHS, "value": number}],
            "name": [{"use": "official", "text": "Mrs Ann Example", "family": "Example", "given": ["Ann"], "prefix": ["Mrs"]}],
            "telecom": [{"system": "phone", "value": "020 7946 0201", "use": "home"}], "gender": "female", "birthDate": "1945-03-14",
            "address": [{"use": "home", "line": ["1 High Road"], "city": "London", "postalCode": "LS10 4YU"}],
            "contact": [{"extension": [{"url": "https://fhir.nhs.uk/StructureDefinition/Extension-ContactRank",
                                        "valuePositiveInt": 1}],
                         "telecom": [{"system": "phone", "value": "020 7946 0202", "rank": 1}]}],
            "generalPractitioner": [refer(case + "gp-role")]})
        self.location = self.add("location", "Location", {
            "extension": [{"url": "https://fhir.nhs.uk/StructureDefinition/LocationExtension", "extension": [
                {"url": "UPRN", "valueString": "0008755622"}, {"url": "eastings", "valueString": "0.33424"}]}],
            "name": "Corner shop", "address": {"line": ["2 High Road"], "city": "London", "postalCode": "E18 2QB"},
            "position": {"longitude": 51.59, "latitude": 0.02}})
        for name, code in (("us", None), ("sender", sender), ("gp-org", "F86001")):
            self.add(name, "Organization", {"name": name, **({"identifier": [{"system": ODS, "value": code}]} if code else {})})
        self.add("practitioner", "Practitioner", {"name": [{"text": "Toni Marsh"}], "telecom": [{"system": "phone", "value": "020 7946 0991"}]})
        self.add("gp", "Practitioner", {"name": [{"text": "Dr Ray Roe"}]})
        self.add("gp-role", "PractitionerRole", {"practitioner": refer(case + "gp"), "organization": refer(case + "gp-org")})
        self.add("service", "HealthcareService", {"identifier": [{"system": DOS, "value": "111111111"}], "active": True})
        self.add("consent", "Consent", {
            "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]},
            "category": [{"coding": [coding("consent-categories-bars", "DRC", "Direct Care")]}], "patient": refer(case + "patient"),
            "policyRule": {"coding": [{"code": "IMPLIED"}]}})

    def add(self, name, kind, members):
        """One more resource; the resource."""
        resource = {"resourceType": kind, "meta": {"lastUpdated": self.at}, **members}
        self.entries.append({"fullUrl": urn(self.case + name), "resource": resource})
        return resource

    def flag(self, category, code, text=None, name=None):
        return self.add(name or "flag" + category, "Flag", {
            "status": "active", "category": [{"coding": [coding("flag-categories-bars", category)]}],
            "code": {"coding": [coding("flags-bars", code)], **({"text": text} if text else {})}, "subject": refer(self.case + "patient")})

    def without(self, *kinds):
        self.entries[:] = [e for e in self.entries if e["resource"]["resourceType"] not in kinds]
        return self


def booking(reason="new"):
    shape = Shape("booking")
    header = shape.entries[0]["resource"]
    header["eventCoding"]["code"] = "booking-request"
    header["reason"]["coding"][0]["code"] = reason
    shape.without("ServiceRequest", "CarePlan", "Location", "Consent")
    shape.add("appointment", "Appointment", {"status": "booked", "slot": [refer("slot")], "participant": [{"status": "accepted"}]})
    return shape


def catalogue():
    """(name, Shape, expected status, expected issue code) of what the published examples are."""
    def case(name, *rest, **more):
        return name, Shape(name.lower(), **more), *(rest or (200, None))

    return [
        case("REFREQ01-111-to-ED", category="referral", use_case="a1t1", encounters=("finished",)),
        case("REFREQ02-999-to-CAS", category="referral", use_case="a3t1", encounters=("finished",)),
        case("REFREQ03-to-pharmacy", category="referral", use_case="a5t1", encounters=("finished",)),
        case("REFREQ04-CAD-out-of-area", category="referral", use_case="a6t1", encounters=("finished",)),
        case("REFREQ05-CAD-mutual-aid", category="referral", use_case="a6t3"),
        case("REFREQ06-GP-to-BP", category="referral", use_case="a5t3", encounters=("finished",)),
        case("REFREQ07-GP-to-OC", category="referral", use_case="a5t2", encounters=("finished",)),
        case("REFREQ8A-CAD-C1", category="referral", use_case="a6t1", encounters=("in-progress",)),
        case("REFREQ8A-CAD-C1", reason="update", category="referral", use_case="a6t1", encounters=("in-progress", "planned")),
        case("REFREQ8A-CAD-C1", reason="update", category="referral", use_case="a6t1", encounters=("triaged", "in-progress")),
        case("REFREQ8A-CAD-C1", reason="update", category="referral", use_case="a6t1", encounters=("finished", "in-progress")),
        case("REFREQ9A-CAD-C2", category="referral", use_case="a6t1", encounters=("in-progress",)),
        case("REFREQ9A-CAD-C2", reason="update", category="referral", use_case="a6t1", encounters=("triaged", "planned")),
        case("REFREQ10-CAD-C4", category="referral", use_case="a6t1", encounters=()),
        case("REFREQ11-to-e-RS", category="referral", use_case="a8t1", encounters=()),
        case("REFRESP01-DNA", 404, "not-found", event="response", category="referral", use_case="a1t1", status="revoked"),
        case("REFRESP02-rejected", 404, "not-found", event="response", category="referral", encounters=("triaged", "cancelled")),
        case("REFRESP03-planned", 404, "not-found", event="response", category="referral", encounters=("triaged", "planned")),
        case("VALREQ01"),
        case("VALREQ01", reason="update"),
        case("VALREQ03-AMPDS"),
        case("VALREQ01", reason="update", status="on-hold"),
        case("VALREQ01", reason="update", status="revoked"),
        case("SERVREQ02", reason="delete", status="entered-in-error"),
        case("VALRESP01A", 404, "not-found", event="response", encounters=("triaged", "in-progress")),
        case("VALRESP02", 404, "not-found", event="response", encounters=("triaged", "finished")),
        case("VALRESP04", 404, "not-found", event="response", encounters=("triaged", "cancelled")),
        case("VALRESP05", 404, "not-found", event="response", use_case="a4t2", encounters=("finished", "finished")),
        case("a4t2-falls", use_case="a4t2"),
        case("a4t3-community", use_case="a4t3"),
        ("BOOKREQ01", booking(), 501, "not-supported"),
        ("BOOKREQ02", booking("update"), 501, "not-supported"),
        case("no-version", 400, "invariant", version=None),
        case("version-2", 422, "not-supported", version="2.0.0"),
        case("a-draft", 400, "invariant", status="draft"),
        case("new-and-revoked", 400, "invariant", status="revoked"),
        case("delete-and-active", 400, "invariant", reason="delete"),
    ]


def in_xml(name, value, outer=None):
    """FHIR's XML of a JSON value, as far as these bundles need it."""
    if isinstance(value, list):
        return "".join(in_xml(name, each, outer) for each in value)
    if isinstance(value, dict):
        kind = value.get("resourceType")
        inner = "".join(in_xml(key, each, name) for key, each in value.items()
                        if key != "resourceType" and not (key == "url" and name == "extension"))
        url = f' url="{value["url"]}"' if name == "extension" else ""
        return f"<{name}{url}>{f'<{kind}>{inner}</{kind}>' if kind else inner}</{name}>"
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return f'<{name} value="{html.escape(text)}"/>'


def bundle_in_xml(bundle):
    """`bundle`: a dict, or JSON."""
    bundle = json.loads(bundle) if isinstance(bundle, str) else bundle
    inner = "".join(in_xml(k, v) for k, v in bundle.items() if k != "resourceType" and v is not None)
    return f'<Bundle xmlns="http://hl7.org/fhir">{inner}</Bundle>'


def scrub(value):
    """Without members that are None: a version that is not there is left out."""
    if isinstance(value, dict):
        return {k: scrub(v) for k, v in value.items() if v is not None}
    return [scrub(v) for v in value] if isinstance(value, list) else value
