"""Messages that no partner of ours wrote: odd, hostile, in the spellings of other systems. Each gets one right answer, and what
it said stands in the record.

Usage: test_strangers.py BUILD_DIR
"""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
import test_doors as base  # noqa: E402
from test_doors import gp, msa, outcome, person  # noqa: E402

ITK = ("MSH|^~\\&|PAS|Y99101|ROUTE|ROUTE|20261121090000||REF^I12^REF_I12|{control}|P|2.4||||||UNICODE|EN||iTKv1.0\r"
       "PID|1||{ids}||EXAMPLE^ANN^^^MRS||{born}|{sex}|||1 High Road^Flat 2^LONDON^^E18 2QB^GBR^H||020 7946 0001\r")


def record(referral):
    """The canonical record as it is held, newest submission."""
    opened = base.doors.router.ctl("open", referral + ".1", "--by", "t.ester", "--purpose", "test")
    return opened["submissions"][-1]["referral"]


def held(message):
    answer = base.doors.send(message)
    assert answer["MSA"][1] == "AA", answer
    return record(answer["MSA"][3])


def quarantined(message, code, feed="lambourne-road-surgery"):
    """Sends what must reach the desk; the answer."""
    before = base.doors.counted(feed, "quarantined")
    answer = base.doors.send(message)
    assert answer["MSA"][1] == "AE" and "ERR" in answer, answer
    assert base.doors.counted(feed, "quarantined") == before + 1, answer
    assert code in json.dumps(base.doors.router.ctl("quarantine", "ls")), code
    return answer


# HL7 v2: hostile ----------------------------------------------------------------------------------------------------


def a_million_repetitions_stop_nobody():
    for place, much in (("^^^NHS", "~" * 900_000), ("EXAMPLE^ANN", "~" * 900_000), ("EXAMPLE^ANN", "~x" * 200_000)):
        start = time.monotonic()
        answer = base.doors.send(gp().replace(place, place + much, 1))
        assert answer["MSA"][1] in ("AA", "AE"), answer
        assert time.monotonic() - start < 20, (place, time.monotonic() - start)
    assert base.doors.send(gp(control="STILL"))["MSA"][1:3] == ["AA", "STILL"]


def more_than_a_record_holds_goes_to_the_desk_under_its_own_id():
    answer = quarantined(gp(control="OVER1", notes=["x" * 900_000]), "over-limit")
    assert msa(answer) == ("AE", "OVER1") and "at most 65536" in answer["MSA"][3], answer
    answer = quarantined(gp(control="OVER2", who=("E" * 2000,) + person()[1:]), "over-limit")
    assert msa(answer) == ("AE", "OVER2") and "102" in "|".join(answer["ERR"]), answer
    answer = quarantined(gp(control="OVER3").replace("EXAMPLE^ANN", "EXAMPLE^ANN" + "~x" * 200_000), "over-limit")
    assert msa(answer) == ("AE", "OVER3"), answer


def a_letter_of_three_hundred_lines_is_whole():
    notes = held(gp(notes=[f"line {i}" for i in range(300)]))["clinical"]
    assert [line for note in notes for line in note["words"].split("\n")] == [f"line {i}" for i in range(300)]


def two_messages_in_one_frame_are_never_taken_for_one():
    answer = quarantined(gp(control="TWO1") + gp(control="TWO2"), "several-messages")
    assert msa(answer) == ("AE", "TWO1"), answer
    assert msa(base.doors.send(gp(control="TWO1"))) == ("AA", "TWO1")  # sent again by itself it is no conflict
    answer = quarantined(gp(control="TWOP") + m.pid(person(number="9990000026")) + "\r", "several-persons")
    assert msa(answer) == ("AE", "TWOP"), answer


def a_batch_and_what_has_no_header_are_told_so():
    for envelope in ("FHS|^~\\&|EMIS|Y99101\rBHS|^~\\&|EMIS|Y99101\r", "BHS|^~\\&|EMIS|Y99101\r"):
        answer = base.doors.send(envelope + gp(control="B1") + "BTS|1\r")
        assert answer["MSA"][1] == "AR" and "batch" in answer["MSA"][3], answer
    quarantined(gp(notes=["a\0b"]), "malformed")  # a NUL in a note: whose it is can be read
    assert held(gp().encode("utf-16"))["person"]["names"][0]["family"] == "EXAMPLE"


def digits_are_no_separators():
    answer = quarantined(gp(control="DIGITS").replace("|^~\\&|", "|{0}|"), "malformed")
    assert msa(answer) == ("AE", "DIGITS") and "separators" in answer["MSA"][3], answer


# HL7 v2: other systems' spellings -----------------------------------------------------------------------------------


def every_spelling_of_an_nhs_number():
    for ids in ("9990000018^^^NHS", "9990000018^^^^NHS", "9990000018^^^NHS^NH", "9990000018^^^^NH", "999 000 0018^^^NHS",
                "999-000-0018^^^NHS Number", "H123^^^RF4^MR~9990000018^^^NHSNBR^NHSNMBR", "9990000018^^^NHSNBR",
                "9990000018^^^NHS&2.16.840.1.113883.2.1.4.1&ISO^NH", "9990000018^^^&2.16.840.1.113883.2.1.4.1&ISO"):
        found = held(ITK.format(control=base.doors.fresh("ID"), ids=ids, born="19450314", sex="2"))["person"]["ids"]
        assert [i["value"] for i in found if i["system"] == "nhs-number" and i["checksum_ok"]] == ["9990000018"], (ids, found)


def genders_in_numbers_letters_and_words():
    for sent, expected in (("1", "male"), ("2", "female"), ("0", "unknown"), ("9", "not-specified"), ("F", "female"),
                           ("m", "male"), ("Female", "female"), ("MALE", "male")):
        found = held(ITK.format(control=base.doors.fresh("SX"), ids="9990000018^^^NHS", born="19450314", sex=sent))
        assert found["person"]["gender"] == expected, (sent, found["person"])


def birth_dates_as_far_as_they_are_known():
    for sent, expected in (("19450314", "1945-03-14"), ("1945-03-14", "1945-03-14"), ("19450314000000", "1945-03-14"),
                           ("1945-03-14 23:23:32", "1945-03-14"), ("194503", "1945-03"), ("19450300", "1945-03"),
                           ("19450000", "1945"), ("1945", "1945"), ("14/03/1945", None), ("19450231", None), ("00000000", None),
                           ('""', None)):
        found = held(ITK.format(control=base.doors.fresh("BD"), ids="9990000018^^^NHS", born=sent, sex="2"))
        assert found["person"].get("birth_date") == expected, (sent, found["person"])
        flagged = any(issue["code"] == "birth-date" for issue in found.get("issues", []))
        assert flagged == (expected is None and sent != '""'), (sent, found.get("issues"))


def words_survive_repetitions_ampersands_and_line_breaks():
    found = held(gp(notes=["one & two~three\\.br\\four \\T\\ five", "~~last"], reason="^Fall & hip pain"))
    assert [note["words"] for note in found["clinical"]] == ["one & two\nthree\nfour & five", "last"], found["clinical"]
    assert found["needs"][0]["words"] == "Fall & hip pain", found["needs"]
    found = held(gp() + "NTE|1||first\nsecond\nthird\rNTE|2||next\r")  # LF inside a field, CR between segments
    assert [note["words"] for note in found["clinical"]] == ["first\nsecond\nthird", "next"], found["clinical"]


def observations_say_what_they_mean():
    found = held(gp() + "OBX|1|CE|75325-1^Symptom^LN||W19^Fall & bruise^I10||||||F\r"
                        "OBX|2|NM|8867-4^Pulse^LN||99|/min|||||F\r"
                        "OBX|3|ED|L^Letter||APP^application^pdf^Base64^JVBERi0xLjQK||||||F\r")
    assert [c["words"] for c in found["clinical"]] == ["Symptom: Fall & bruise", "Pulse: 99 /min"], found["clinical"]
    assert found["attachments"] == [{"title": "Letter", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}], found


def separators_of_the_senders_own_choice():
    odd = gp(control="ODD", notes=["a}F}b}T}c}.br}d"]).replace("|^~\\&|", "|^~}&|")
    assert held(odd)["clinical"][0]["words"] == "a|b&c\nd"
    assert held(gp(control="M3").replace("|^~\\&|", "|^~\\|"))["person"]["names"][0]["family"] == "EXAMPLE"
    assert held(gp(control="M5", version="2.7").replace("|^~\\&|", "|^~\\&#|"))["person"]["names"][0]["family"] == "EXAMPLE"
    answer = base.doors.raw(b"\x0b" + gp(control="OTHER").translate(str.maketrans("|^~\\&", "!@*%$")).encode() + b"\x1c\r")[0]
    assert answer["MSA"][0].startswith("MSA!AA!OTHER!"), answer


def characters_beyond_ascii():
    who = ("Brontë", "Zoë") + person()[2:]
    for bytes_sent in (gp(who=who).encode(), gp(who=who).encode("latin-1")):
        assert held(bytes_sent)["person"]["names"][0] == {"family": "BRONTË", "given": "ZOË"}


def acknowledgements_as_the_sender_wishes():
    for accept, application, good, expected in (
            ("AL", "AL", True, ["CA", "AA"]), ("AL", "NE", True, ["CA"]), ("AL", "NE", False, ["CE"]), ("NE", "AL", True, ["AA"]),
            ("", "AL", True, ["AA"]), ("ER", "ER", False, ["AE"]), ("AL", "AL", False, ["CA", "AE"]), ("SU", "SU", True, ["CA", "AA"]),
            ("AL", "ER", True, ["CA"]), ("NE", "NE", True, []), ("ER", "ER", True, []), ("", "NE", False, ["AE"]),
            ("12345^^^HOSP", "n", True, ["AA"])):
        control = base.doors.fresh("EN")
        message = gp(control=control).replace("|P|2.4\r", f"|P|2.4|||{accept}|{application}\r", 1)
        if not good:
            message = message.replace("PID|", "ZID|")
        # a message after it that wants its answer shows that nothing more came, without waiting for silence
        after = gp(control=control + "A")
        answers = base.doors.raw(b"".join(b"\x0b" + x.encode() + b"\x1c\r" for x in (message, after)), frames=len(expected) + 1)
        assert [msa(a) for a in answers] == [(code, control) for code in expected] + [("AA", control + "A")], (accept, application)


# BaRS ---------------------------------------------------------------------------------------------------------------


def bundle(**kwargs):
    return json.loads(base.ambulance({}, **kwargs))


def resource(message, kind):
    return next(e["resource"] for e in message["entry"] if e["resource"]["resourceType"] == kind)


def sent(message):
    return base.doors.bars(message if isinstance(message, (str, bytes)) else json.dumps(message), m.bars_headers({}))


def bars_record(message):
    status, _, reply = sent(message)
    assert status == 200, reply
    return record(reply["entry"][-1]["resource"]["id"])


def positions(value, path=()):
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from positions(value[key], path + (key,))


def every_position_with_every_wrong_type():
    whole = bundle(incident={"line": "1 High Road", "postcode": "IG6 2AD"}, flags=(("SS", "U", "a dog"),))
    for number, path in enumerate(positions(whole)):
        for wrong in (None, 7, [], {"a": {"b": [1]}})[number % 2::2]:
            copy = json.loads(json.dumps(whole))
            at = copy
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = wrong
            status, _, reply = sent(copy)
            kind = "Bundle" if status == 200 else "OperationOutcome"
            assert (status == 200 or 400 <= status < 500) and reply["resourceType"] == kind, (path, wrong, status, reply)


def ten_thousand_of_anything_stop_nobody():
    for kind in ("Flag", "Consent", "Observation", "Task"):
        message = bundle()
        message["entry"] += [{"resource": {"resourceType": kind, "code": {"text": "x"}}}] * 10_000
        start = time.monotonic()
        status, _, reply = sent(message)
        assert status == 422 and outcome(reply)[1] == "too-costly", reply
        assert time.monotonic() - start < 8, (kind, time.monotonic() - start)
    message = bundle()
    resource(message, "Patient")["name"] = [{"given": ["a"] * 150_000}]
    assert sent(message)[0] == 422


def json_that_is_hostile():
    whole = json.dumps(bundle())
    for body in ("", "null", "7", "[]", whole + "x", "{" + '"a":[' * 100_000, whole.replace('"Example"', '"\\u0000"'),
                 whole.replace('"Example"', '"\\ud800"'), whole.encode().replace(b"Example", b"\xff\xfe"),
                 whole[:-1] + ',"type":"message"}', whole[:-1] + ',"x":1e99999}'):
        status, _, reply = sent(body)
        assert status == 400 and outcome(reply)[0] == "REC_BAD_REQUEST", (body[:40], reply)


def two_of_what_there_must_be_one_of():
    for kind in ("ServiceRequest", "Patient", "MessageHeader"):
        message = bundle()
        message["entry"].append({"fullUrl": "urn:uuid:other", "resource": dict(resource(message, kind), id="other")})
        status, _, reply = sent(message)
        assert status == 400 and outcome(reply)[1] == "invariant" and kind in reply["issue"][0]["diagnostics"], reply


def a_cancel_before_its_new_names_no_encounter_of_ours():
    message = bundle(reason="update", status="revoked")
    status, _, reply = sent(message)
    assert status == 200 and [e["resource"]["resourceType"] for e in reply["entry"]].count("Encounter") == 1, reply
    assert all(e["resource"].get("id") != "" for e in reply["entry"]), reply


def the_call_back_of_an_ambulance_service_is_the_persons():
    message = bundle()
    patient = resource(message, "Patient")
    del patient["telecom"]
    patient["contact"] = [{"telecom": [{"system": "phone", "value": "020 7946 0007", "rank": 1}]},
                          {"relationship": [{"coding": [{"code": "C", "display": "Emergency contact"}]}],
                           "telecom": [{"system": "phone", "value": "020 7946 0008"}]}]
    found = bars_record(message)["person"]
    assert [t["value"] for t in found["telecoms"]] == ["020 7946 0007"], found
    assert [r["relationship"] for r in found["related"]] == ["Emergency contact"], found


def a_dispatch_code_says_what_for():
    message = bundle()
    del resource(message, "ServiceRequest")["reasonCode"]
    resource(message, "CarePlan")["activity"] = [{"outcomeCodeableConcept": [
        {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/arp-priority-codes", "code": "C4", "display": "Category 4"}]},
        {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/ampds-dispatch-codes", "code": "17A4", "display": "Public assist"}]}]}]
    assert [need["words"] for need in bars_record(message)["needs"]] == ["Public assist"]


def a_birth_date_that_is_none_is_flagged():
    for wrong in ("14/03/1945", "1945-02-30", "yesterday", 1945):
        message = bundle()
        resource(message, "Patient")["birthDate"] = wrong
        found = bars_record(message)
        flagged = any(i["code"] == "birth-date" for i in found.get("issues", []))
        assert flagged == ("birth_date" not in found["person"]) and (flagged or wrong == 1945), (wrong, found)


# the law ------------------------------------------------------------------------------------------------------------


def everything_that_came_in_is_accounted_for():
    base.everything_that_came_in_is_accounted_for()


def a_door_that_no_router_answers_says_so():
    """A wrong port, a key that was revoked: a door that only waits in silence looks well to who starts it."""
    router = base.doors.router
    revoked = router.key("gone", "adapter", feeds="lambourne-road-surgery")
    router.ctl("keys", "revoke", "gone")
    nobody = f"tcp://127.0.0.1:{harness.free_port()}"
    for label, key, intake in (("no-router", router.key("lone", "adapter", feeds="lambourne-road-surgery"), nobody),
                               ("no-key", revoked, router.endpoint("intake"))):
        router.launch("referral-mllp", "--place", router.place, "--key", key, "--router-key", router.router_key(), "--intake",
                      intake, "--listen", f"127.0.0.1:{harness.free_port()}", "--feed", "lambourne-road-surgery", label=label)
    for label, intake in (("no-router", nobody), ("no-key", router.endpoint("intake"))):
        router.wait_until(label, lambda: f"no router answers at {intake}" in router.log(label))  # noqa: B023
        assert router.log(label).count("no router answers") == 1, router.log(label)
    again = router.ctl("keys", "new", "lone", "--role", "adapter", "--feeds", "self", "--out", router.work + "/l.key", check=False)
    assert again.returncode == 1 and "of that name is in force; choose another name" in again.stderr, again.stderr


TESTS = [a_door_that_no_router_answers_says_so, a_million_repetitions_stop_nobody, more_than_a_record_holds_goes_to_the_desk_under_its_own_id,
         a_letter_of_three_hundred_lines_is_whole, two_messages_in_one_frame_are_never_taken_for_one,
         a_batch_and_what_has_no_header_are_told_so, digits_are_no_separators, every_spelling_of_an_nhs_number,
         genders_in_numbers_letters_and_words, birth_dates_as_far_as_they_are_known,
         words_survive_repetitions_ampersands_and_line_breaks, observations_say_what_they_mean,
         separators_of_the_senders_own_choice, characters_beyond_ascii, acknowledgements_as_the_sender_wishes,
         every_position_with_every_wrong_type, ten_thousand_of_anything_stop_nobody, json_that_is_hostile,
         two_of_what_there_must_be_one_of, a_cancel_before_its_new_names_no_encounter_of_ours,
         the_call_back_of_an_ambulance_service_is_the_persons, a_dispatch_code_says_what_for,
         a_birth_date_that_is_none_is_flagged, everything_that_came_in_is_accounted_for]


def main():
    base.doors = base.Doors()
    try:
        return harness.run_tests("strangers", TESTS)
    finally:
        base.doors.close()


if __name__ == "__main__":
    sys.exit(main())
