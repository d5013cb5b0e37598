"""The demo's messages, as partners write them. Every person is invented; NHS numbers are of the test range (999)."""
import base64
import datetime
import json
import uuid

UTC = datetime.timezone.utc


def hl7_time(minutes_ago=0):
    return (datetime.datetime.now(UTC) - datetime.timedelta(minutes=minutes_ago)).strftime("%Y%m%d%H%M%S+0000")


def fhir_time(minutes=0.0):
    return (datetime.datetime.now(UTC) + datetime.timedelta(minutes=minutes)).isoformat(timespec="milliseconds")


def pid(person):
    family, given, born, gender, number, line, postcode, phone = person
    return (f"PID|1||{number}^^^NHS||{family.upper()}^{given.upper()}||{born}|{gender}|||{line}^^LONDON^^{postcode}||{phone}")


def referral(sender, control, reference, priority, person, reason, notes=(), event="I12", version="2.4", practice="F86001"):
    """REF^I12, I13 or I14 as a practice or a hospital system sends it."""
    app, facility = sender
    lines = [
        f"MSH|^~\\&|{app}|{facility}|SPA|REDBRIDGE|{hl7_time()}||REF^{event}^REF_{event}|{control}|P|{version}",
        f"RF1|A^Accepted|{priority}||||{reference}^{facility}|{hl7_time(5)}|||{reason}",
        f"PRD|RP^Referring Provider|ROE^RAY^^^DR||||020 7946 0001|{practice}",
        pid(person),
        f"PD1|||Surgery^^{practice}",
    ]
    lines += [f"NTE|{i}||{note}" for i, note in enumerate(notes, 1)]
    return "\r".join(lines) + "\r"


def adt(event, control, person, ward="ELM", pathway=None, spell="SP1001", disposition="19"):
    """An ADT as the hospital's system sends it; with a pathway in ZDP-2 it is a discharge referral."""
    lines = [
        f"MSH|^~\\&|PAS|RF4|SPA|REDBRIDGE|{hl7_time()}||ADT^{event}^ADT_{event}|{control}|P|2.4",
        f"EVN|{event}|{hl7_time(2)}",
        pid(person),
        f"PV1|1|I|{ward}^12^3^RF4DG|||||||||||||||||{spell}" + "|" * 17 + disposition + "|" * 8 + hl7_time(4000),
    ]
    if pathway is not None:
        lines.append(f"ZDP|1|P{pathway}")
    return "\r".join(lines) + "\r"


def _reference(name):
    return {"reference": "urn:uuid:" + name}


def bundle(ids, person, words, *, category="validation", use_case="a4t3", reason="new", status="active",
           respond_by_minutes=30.0, sender="RRU", sender_name="London Ambulance Service", incident=None, flags=(),
           coded=None, priority=None, started_minutes_ago=4.0):
    """A BaRS message bundle. `ids` keeps the uuids of one ServiceRequest together over new, update and cancel."""
    def of(name):
        return ids.setdefault(name, str(uuid.uuid4()))

    family, given, born, gender, number, line, postcode, phone = person
    now = fhir_time()
    request = {
        "resourceType": "ServiceRequest", "id": of("request-id"), "meta": {"lastUpdated": now}, "status": status,
        "intent": "plan", "authoredOn": now,
        "category": [{"coding": [
            {"system": "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest", "code": category},
            {"system": "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars", "code": use_case}]}],
        "subject": _reference(of("patient")), "encounter": _reference(of("encounter")),
        "requester": _reference(of("practitioner")),
        "reasonCode": [{"text": words, "coding": coded or []}],
    }
    if priority:
        request["priority"] = priority
    if category == "validation":
        request["occurrencePeriod"] = {"start": now, "end": fhir_time(respond_by_minutes)}
    resources = [
        ("header", {
            "resourceType": "MessageHeader",
            "eventCoding": {"system": "https://fhir.nhs.uk/CodeSystem/message-events-bars", "code": "servicerequest-request"},
            "destination": [{"endpoint": "https://fhir.nhs.uk/Id/dos-service-id|2000099999"}],
            "sender": _reference(of("organisation")),
            "source": {"name": sender_name, "endpoint": "https://fhir.nhs.uk/Id/dos-service-id|2222222222",
                       "contact": {"system": "phone", "value": "020 7946 0990"}},
            "reason": {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/message-reason-bars", "code": reason}]},
            "focus": [_reference(of("request"))]}),
        ("request", request),
        ("patient", {
            "resourceType": "Patient",
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}],
            "name": [{"use": "official", "family": family, "given": [given]}],
            "gender": {"F": "female", "M": "male"}[gender], "birthDate": f"{born[:4]}-{born[4:6]}-{born[6:]}",
            "telecom": [{"system": "phone", "value": phone, "rank": 1}],
            "address": [{"use": "home", "line": [line], "city": "London", "postalCode": postcode}]}),
        ("encounter", {
            "resourceType": "Encounter", "status": "triaged",
            "identifier": [{"system": "https://cad.example/case", "value": "CASE-" + of("case")[:8]}],
            "class": {"code": "EMER"}, "episodeOfCare": [{"reference": "EpisodeOfCare/" + of("episode")}]}),
        ("plan", {
            "resourceType": "CarePlan", "status": "active" if category == "validation" else "completed", "intent": "plan",
            "subject": _reference(of("patient")), "period": {"start": fhir_time(-started_minutes_ago)},
            "activity": [{"outcomeCodeableConcept": [
                {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/arp-priority-codes", "code": "C4"}]}]}]}),
        ("practitioner", {
            "resourceType": "Practitioner", "name": [{"family": "Marsh", "given": ["Toni"]}],
            "telecom": [{"system": "phone", "value": "020 7946 0991"}]}),
        ("organisation", {
            "resourceType": "Organization", "name": sender_name,
            "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": sender}]}),
        ("consent", {
            "resourceType": "Consent", "status": "active",
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/consent-categories-bars", "code": "DRC"}]}],
            "policyRule": {"coding": [{"code": "IMPLIED"}]}}),
    ]
    if incident:
        request["locationReference"] = [_reference(of("location"))]
        resources.append(("location", {
            "resourceType": "Location", "description": incident.get("access", ""),
            "address": {"line": [incident["line"]], "city": "London", "postalCode": incident["postcode"]}}))
    for number_of, (flag, code, display) in enumerate(flags):
        resources.append((f"flag{number_of}", {
            "resourceType": "Flag", "status": "active", "subject": _reference(of("patient")),
            "category": [{"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/flag-categories-bars", "code": flag}]}],
            "code": {"coding": [{"code": code, "display": display}]}}))
    return json.dumps({
        "resourceType": "Bundle", "id": str(uuid.uuid4()),
        "meta": {"versionId": "1.2.0", "lastUpdated": now,
                 "profile": ["https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"]},
        "type": "message", "timestamp": now,
        "entry": [{"fullUrl": "urn:uuid:" + of(name), "resource": resource} for name, resource in resources],
    })


def bars_headers(ids):
    target = {"system": "https://fhir.nhs.uk/Id/dos-service-id", "value": "2000099999"}
    return {
        "Content-Type": "application/fhir+json;version=1.2.0",
        "X-Request-Id": str(uuid.uuid4()),
        "X-Correlation-Id": ids.setdefault("conversation", str(uuid.uuid4())),
        "NHSD-Target-Identifier": base64.b64encode(json.dumps(target).encode()).decode(),
    }
