"""Every bad input of every door against the real programs: a clear answer in the sender's own terms, and nothing lost.

Usage: test_doors.py BUILD_DIR
"""
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from xml.etree import ElementTree

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/asan"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "lib"), os.path.join(HERE, "..", "..", "demo")]

import messages as m  # noqa: E402
import router as harness  # noqa: E402
from bars_shapes import bundle_in_xml  # noqa: E402

SURGERY = ("EMIS", "Y99101")


def person(postcode="E18 2QB", born="19450314", number="9990000018"):
    return ("Example", "Ann", born, "F", number, "1 High Road", postcode, "020 7946 0001")


class Doors:
    """One router with both message doors, shared by the tests: each uses keys and references of its own."""

    def __init__(self):
        self.router = harness.Router(BUILD).__enter__()
        r = self.router
        self.mllp_port = r.adapter("mllp", r.key("mllp", "adapter", feeds="lambourne-road-surgery,kgh-pas,kgh-pas-test"),
                                   "--feed", "lambourne-road-surgery", "--feed", "kgh-pas", "--feed", "kgh-pas-test")
        self.bars_port = r.adapter("bars", r.key("bars", "adapter", feeds="cranbrook-grove-surgery,las-cad"))
        self.count = 0

    def close(self):
        self.router.__exit__()

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def link(self):
        return socket.create_connection(("127.0.0.1", self.mllp_port), timeout=10)

    def raw(self, data, frames=1, timeout=10):
        """Sends bytes, returns the answers' segments as lists of fields: [{"MSA": [...], "ERR": [...]}, ...]."""
        with self.link() as link:
            link.settimeout(timeout)
            link.sendall(data)
            got = b""
            while got.count(b"\x1c\r") < frames:
                more = link.recv(65536)
                if not more:
                    break
                got += more
        return [parse(frame) for frame in got.split(b"\x1c\r") if frame]

    def send(self, message):
        """One message, again while the door says "not now" by closing."""
        data = message if isinstance(message, bytes) else message.encode()
        for _ in range(50):
            answers = self.raw(b"\x0b" + data + b"\x1c\r")
            if answers:
                return answers[0]
            time.sleep(0.1)
        raise AssertionError("the MLLP door never answered")

    def bars(self, body, headers=None, method="POST", path="/$process-message"):
        """(status, headers, decoded body)."""
        data = body.encode() if isinstance(body, str) else body
        if headers is None:
            headers = m.bars_headers({})
        for _ in range(50):
            request = urllib.request.Request(f"http://127.0.0.1:{self.bars_port}{path}", data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return answer.status, answer.headers, json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    return error.code, error.headers, json.load(error)
            time.sleep(0.1)
        raise AssertionError("the BaRS door answered 503 every time")

    def explain(self, referral):
        return self.router.ctl("trace", referral)

    def feed(self, name):
        status = self.router.ctl("status")
        status = status.get("status", status)
        assert int(status.get("imbalance", 0)) == 0, status
        return next((f for f in status["feeds"] if f["feed"] == name), {})

    def counted(self, name, column):
        return int(self.feed(name).get(column, 0))


def parse(frame):
    lines = frame.lstrip(b"\r\n").lstrip(b"\x0b").decode().split("\r")
    return {line[:3]: line.split("|") for line in lines if line}


def msa(answer):
    return answer["MSA"][1], answer["MSA"][2]


def outcome(reply):
    issue = reply["issue"][0]
    return issue["details"]["coding"][0]["code"], issue["code"]


doors = None


def gp(event="I12", priority="S", who=None, reason="W19^Fall^I10", control=None, reference=None, **kwargs):
    return m.referral(SURGERY, control or doors.fresh("C"), reference or doors.fresh("R"), priority, who or person(), reason,
                      practice="Y99101", event=event, **kwargs)


def lead_of(referral):
    found = doors.explain(referral)
    state = found.get("referral", found)
    return next(a for a in reversed(state["assignments"]) if a["role"] == "lead" and a["phase"] != "closed"), state


# HL7 v2 -------------------------------------------------------------------------------------------------------------


def a_referral_is_held_and_named():
    answer = doors.send(gp(control="OK1"))
    assert msa(answer) == ("AA", "OK1"), answer
    lead, state = lead_of(answer["MSA"][3])
    assert lead["team"] == "rapid-response" and state["pathway"] == "rapid-response", state


def malformed_frames_harm_nobody():
    good = gp(control="AFTER").encode()
    answers = doors.raw(b"GET / HTTP/1.0\r\n\r\n\x0b" + good + b"\x1c\r")
    assert msa(answers[0]) == ("AA", "AFTER"), answers
    before = doors.counted("lambourne-road-surgery", "quarantined")
    half = gp(control="HALF").encode()[:150]
    answers = doors.raw(b"\x0b" + half + b"\x0b" + gp(control="NEXT").encode() + b"\x1c\r")
    assert [msa(a) for a in answers] == [("AA", "NEXT")], answers  # the cut one is never answered for the next
    assert doors.counted("lambourne-road-surgery", "quarantined") == before + 1


def pipelined_and_split_frames_are_answered_in_order():
    batch = b"".join(b"\x0b" + gp(control=f"P{i}").encode() + b"\x1c\r" for i in range(5))
    answers = doors.raw(batch, frames=5)
    assert [msa(a) for a in answers] == [("AA", f"P{i}") for i in range(5)], answers
    with doors.link() as link:
        for byte in b"\x0b" + gp(control="SLOW").encode() + b"\x1c\r":
            link.sendall(bytes([byte]))
        assert msa(parse(link.recv(65536).split(b"\x1c")[0])) == ("AA", "SLOW")


def a_sender_that_drips_is_let_go():
    key = doors.router.key("mllp-slow", "adapter", feeds="lambourne-road-surgery")
    port = doors.router.adapter("mllp", key, "--feed", "lambourne-road-surgery", "--frame-seconds", "1", label="slow")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        begun = time.monotonic()
        try:
            for byte in b"\x0b" + gp(control="DRIP").encode():
                link.sendall(bytes([byte]))
                time.sleep(0.05)
            raise AssertionError("it was let drip for ever")
        except OSError:
            pass
        assert 0.8 < time.monotonic() - begun < 5
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        time.sleep(1.5)  # between frames there is time
        link.sendall(b"\x0b" + gp(control="NOW").encode() + b"\x1c\r")
        assert msa(parse(link.recv(65536).split(b"\x1c")[0])) == ("AA", "NOW")


def too_many_connections_close_the_door_to_nobody():
    links = [socket.create_connection(("127.0.0.1", doors.mllp_port), timeout=10) for _ in range(270)]
    time.sleep(0.5)
    for link in links:
        link.close()
    time.sleep(0.5)
    assert msa(doors.send(gp(control="ROOM"))) == ("AA", "ROOM")


def truncated_hl7_is_kept_for_the_desk():
    before = doors.counted("lambourne-road-surgery", "quarantined")
    whole = gp(control="T1")
    answer = doors.send(whole[:whole.index("PID|")])
    assert msa(answer) == ("AE", "T1") and "ERR" in answer, answer
    assert doors.counted("lambourne-road-surgery", "quarantined") == before + 1
    items = json.dumps(doors.router.ctl("quarantine", "ls"))
    assert "pid-missing" in items, items


def bytes_that_are_no_hl7_get_an_answer():
    answer = doors.send(b"this is not HL7 at all")
    assert answer["MSA"][1] in ("AE", "AR") and "ERR" in answer, answer


def a_wrong_check_digit_is_accepted_and_flagged():
    answer = doors.send(gp(who=person(number="9990000019")))
    assert answer["MSA"][1] == "AA", answer
    opened = doors.router.ctl("open", answer["MSA"][3] + ".1", "--by", "t.ester", "--purpose", "test")
    assert "nhs-number-check-digit" in json.dumps(opened), opened


def postcodes_that_nobody_can_place_go_to_the_desk():
    for postcode, expected in (("LS10 4YU", "unknown"), ("ZZ99 3WZ", "pseudo"), ("ZZ99 3VZ", "no-fixed-abode"),
                               ("IG8 1DN", "split"), ("IG1 1AA", "terminated"), ("", "missing"), ("ME5 FS3", "malformed")):
        answer = doors.send(gp(who=person(postcode=postcode)))
        assert answer["MSA"][1] == "AA", (postcode, answer)
        lead, state = lead_of(answer["MSA"][3])
        assert state["facts"]["postcode_class"] == expected, (postcode, state["facts"])
        assert lead["team"] == "desk", (postcode, lead)


def ages_that_are_not_an_adults_go_to_the_desk():
    year = time.gmtime().tm_year
    for born in (f"{year - 16}0101", f"{year + 3}0101", "", "yesterday"):
        answer = doors.send(gp(who=person(born=born)))
        assert answer["MSA"][1] == "AA", (born, answer)
        lead, _ = lead_of(answer["MSA"][3])
        assert lead["team"] == "desk", (born, lead)


def five_megabytes_are_refused_and_counted():
    before = doors.counted("lambourne-road-surgery", "rejected")
    answer = doors.send(gp(control="BIG", notes=["x" * 5_000_000]))
    assert msa(answer) == ("AR", "BIG") and "1 MiB" in answer["MSA"][3], answer
    assert doors.counted("lambourne-road-surgery", "rejected") == before + 1


def a_repeat_is_answered_as_the_first():
    message = gp(control="REP")
    first, again = doors.send(message), doors.send(message)
    assert first["MSA"][1:4] == again["MSA"][1:4] and first["MSA"][1] == "AA", (first, again)


def a_repeated_key_with_other_content_is_kept_for_the_desk():
    before = doors.counted("lambourne-road-surgery", "quarantined")
    doors.send(gp(control="SAME"))
    answer = doors.send(gp(control="SAME", reason="^something else entirely"))
    assert msa(answer) == ("AE", "SAME") and "205" in "|".join(answer["ERR"]), answer
    assert doors.counted("lambourne-road-surgery", "quarantined") == before + 1


def the_same_conflict_again_is_its_repeat():
    doors.send(gp(control="TWICE"))
    other = gp(control="TWICE", reason="^something else entirely")
    first = doors.send(other)
    before = doors.counted("lambourne-road-surgery", "quarantined"), doors.counted("lambourne-road-surgery", "repeats")
    again = doors.send(other)
    assert again["MSA"][1:4] == first["MSA"][1:4] and "205" in "|".join(again["ERR"]), (first, again)
    after = doors.counted("lambourne-road-surgery", "quarantined"), doors.counted("lambourne-road-surgery", "repeats")
    assert after == (before[0], before[1] + 1), (before, after)
    third = doors.send(gp(control="TWICE", reason="^a third thing"))  # another conflict is another item
    assert third["MSA"][1] == "AE" and doors.counted("lambourne-road-surgery", "quarantined") == before[0] + 1


def a_test_on_a_test_feed_says_what_would_become_of_it():
    hospital = m.referral(("PAS", "RF4"), doors.fresh("T"), "TR1", "S", person(), "W19^Fall^I10").replace("|P|2.4", "|T|2.4")
    before = doors.counted("kgh-pas-test", "rejected")
    answer = doors.send(hospital)
    assert answer["MSA"][1] == "AA" and "ERR" not in answer, answer
    assert answer["MSA"][3].startswith("TEST, nothing is dispatched: would go to"), answer
    assert "rapid-response" in answer["MSA"][3] and "two-hour clock" in answer["MSA"][3], answer
    assert doors.counted("kgh-pas-test", "rejected") == before + 1 and doors.counted("kgh-pas-test", "new_referrals") == 0
    unread = doors.send(hospital.replace("\rPID|", "\rZID|"))
    assert unread["MSA"][1] == "AR" and "would be kept for the desk" in unread["MSA"][3], unread  # quarantine-ack of the feed
    fact = doors.send(m.adt("A01", doors.fresh("T"), person()).replace("|P|2.4", "|T|2.4"))
    assert fact["MSA"][1] == "AA" and "read as fact" in fact["MSA"][3], fact


def a_dry_run_needs_no_router_and_says_where_it_would_go():
    path = os.path.join(doors.router.work, "dry.hl7")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(gp(control="DRY") + "ZZ1|x\rQQ1|nobody reads this\r")
    place = ["--place", doors.router.place, "--feed", "lambourne-road-surgery"]
    before = doors.feed("lambourne-road-surgery")
    found = doors.router.ctl("submit", "--dry-run", path, *place)
    sources = {field["path"]: field["from"] for field in found["fields"]}
    assert sources["referral.person.names[0].family"] == ["PID-5.1"] and sources["referral.priority_asked"] == ["RF1-2"], sources
    assert {"where": "QQ1-1", "value": "nobody reads this"} in found["not_understood"], found
    assert found["noticed"] == [], found
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(gp(control="DRY", priority="X"))
    found = doors.router.ctl("submit", "--dry-run", path, *place)
    assert [(n["code"], n["path"]) for n in found["noticed"]] == [("priority", "RF1-2")], found
    assert doors.feed("lambourne-road-surgery") == before


def a_candidate_mapping_is_tried_on_kept_messages():
    doors.send(gp(control="MAP", priority="S"))
    path = os.path.join(doors.router.work, "candidate.yaml")
    place = ["--place", doors.router.place, "--feed", "lambourne-road-surgery"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("priority-codes: {S: two-hour, A: same-day, R: routine}\n")
    same = doors.router.ctl("mapping", "diff", path, *place, check=False)
    assert same.returncode == 0 and " 0 differ" in same.stdout, (same.stdout, same.stderr)
    with open(path, "w", encoding="utf-8") as file:
        file.write("priority-codes: {S: routine, A: same-day, R: routine}\n")
    other = doors.router.ctl("mapping", "diff", path, *place, check=False)
    assert other.returncode == 1 and 'referral.priority_asked: "two-hour" -> "routine"' in other.stdout, other
    with open(path, "w", encoding="utf-8") as file:
        file.write("priority-codes: {S: soon}\n")
    wrong = doors.router.ctl("mapping", "diff", path, *place, check=False)
    assert wrong.returncode == 1 and "candidate.yaml:1:21" in wrong.stderr, wrong.stderr
    assert doors.router.ctl("mapping", "check", "--place", doors.router.place, check=False).returncode == 0


def an_empty_processing_id_is_named():
    answer = doors.send(gp(control="NOP").replace("|P|2.4", "||2.4"))
    assert msa(answer) == ("AR", "NOP") and "101" in "|".join(answer["ERR"]) and "MSH-11" in answer["MSA"][3], answer


def a_cancel_before_its_new_waits_for_it():
    answer = doors.send(gp(event="I14", reference="EARLY"))
    assert answer["MSA"][1] == "AA", answer
    late = doors.send(gp(reference="EARLY"))
    lead, _ = lead_of(late["MSA"][3])
    assert lead["team"] == "desk", lead  # nobody is sent out before the desk has looked


def a_cancel_before_a_claim_ends_it():
    answer = doors.send(gp(reference="GONE"))
    doors.send(gp(event="I14", reference="GONE"))
    state = doors.explain(answer["MSA"][3])["referral"]
    assert state["phase"] == "closed" and state["assignments"][0]["outcome"] == "withdrawn", state


def a_cancel_after_a_claim_is_a_stand_down():
    answer = doors.send(gp(reference="TAKEN"))
    target = answer["MSA"][3] + ".1"
    doors.router.ctl("claim", target, "--by", "j.cole")
    doors.send(gp(event="I14", reference="TAKEN"))
    state = doors.explain(answer["MSA"][3])["referral"]
    assert state["phase"] == "open" and state["assignments"][0]["stand_down_asked"], state
    doors.router.ctl("acknowledge", target, "--by", "j.cole")
    state = doors.explain(answer["MSA"][3])["referral"]
    assert state["phase"] == "closed", state


def an_amend_moves_no_clock():
    answer = doors.send(gp(reference="AMEND", priority="S"))
    before = doors.explain(answer["MSA"][3])["referral"]
    time.sleep(1.1)
    again = doors.send(gp(event="I13", reference="AMEND", priority="S", notes=["now with a temperature"]))
    assert again["MSA"][1] == "AA" and again["MSA"][3] == answer["MSA"][3], again
    after = doors.explain(answer["MSA"][3])["referral"]
    assert after["revision"] == 2 and before["clocks"][0]["start"] == after["clocks"][0]["start"], after


def a_test_message_on_a_live_feed_is_refused():
    answer = doors.send(gp(control="TEST").replace("|P|2.4", "|T|2.4"))
    assert msa(answer) == ("AR", "TEST") and "202" in "|".join(answer["ERR"]), answer


def wishes(message, accept, application):
    """The message with MSH-15 and MSH-16 set."""
    head, rest = message.split("\r", 1)
    return (head.rstrip("|") + f"|||{accept}|{application}\r" + rest).encode()


def codes(message):
    """MSA-1 of its answers; a message behind it that wants its answer shows that no more of them come."""
    data = b"".join(b"\x0b" + x + b"\x1c\r" for x in (message, gp(control="LAST").encode()))
    with doors.link() as link:
        link.sendall(data)
        got = b""
        while b"|LAST|" not in got or not got.endswith(b"\x1c\r"):
            got += link.recv(65536)
    return [parse(frame)["MSA"][1] for frame in got.split(b"\x1c\r") if frame][:-1]


def a_refusal_is_told_whatever_was_asked():
    for accept, application, expected in (("NE", "NE", ["AR"]), ("SU", "SU", ["AR"]), ("ER", "ER", ["CR"]),
                                          ("AL", "AL", ["CR"]), ("NE", "ER", ["AR"])):
        found = codes(wishes(gp().replace("REF^I12^REF_I12", "ORU^R01"), accept, application))
        assert found == expected, (accept, application, found)
    no_person = gp().replace("\rPID|", "\rZZZ|")  # kept for the desk: the bytes are committed, the content is not taken
    assert codes(wishes(no_person, "AL", "AL")) == ["CA", "AE"]
    assert codes(wishes(no_person, "AL", "NE")) == ["CE"]


def an_unknown_sender_is_told():
    answer = doors.send(gp(control="WHO").replace("|Y99101|SPA", "|X00000|SPA"))
    assert msa(answer) == ("AR", "WHO") and "MSH-4" in answer["MSA"][3], answer


def types_events_and_versions_that_nobody_takes():
    for change, code in ((("REF^I12^REF_I12", "ORU^R01"), "200"), (("REF^I12^REF_I12", "REF^I11"), "201"),
                         (("|P|2.4", "|P|2.1"), "203")):
        control = doors.fresh("U")
        answer = doors.send(gp(control=control).replace(*change))
        assert msa(answer) == ("AR", control) and code in "|".join(answer["ERR"]), (change, answer)


def every_version_from_2_3_to_2_8():
    for version in ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8"):
        answer = doors.send(gp(version=version))
        assert answer["MSA"][1] == "AA" and answer["MSH"][11] == version, (version, answer)


def facts_reach_their_owner_and_strangers_are_not_kept():
    who = person(number="9990000026")
    held = doors.send(gp(who=who))
    assert doors.send(m.adt("A01", doors.fresh("K"), who))["MSA"][1] == "AA"
    state = doors.explain(held["MSA"][3])["referral"]
    assert state["facts_added"] == 1 and state["phase"] == "open", state
    before = doors.counted("kgh-pas", "facts_ignored")
    assert doors.send(m.adt("A08", doors.fresh("K"), person(number="9990000034")))["MSA"][1] == "AA"
    assert doors.counted("kgh-pas", "facts_ignored") == before + 1


def every_fact_is_added_and_a_merge_waits_for_the_desk():
    number = "9990000050"
    held = doors.send(gp(who=person(number=number)))
    for added, event in enumerate(("A01", "A02", "A03", "A08", "A11", "A13", "A28", "A31"), 1):
        assert doors.send(m.adt(event, doors.fresh("K"), person(number=number)))["MSA"][1] == "AA", event
        state = doors.explain(held["MSA"][3])["referral"]
        assert state["facts_added"] == added and state["phase"] == "open", (event, state)
    before = doors.feed("kgh-pas")
    merged = m.adt("A40", doors.fresh("K"), person(number="9990000069")) + f"MRG|{number}^^^NHS\r"
    assert doors.send(merged)["MSA"][1] == "AA"
    items = json.dumps(doors.router.ctl("quarantine", "ls"))
    assert "merged at the sender" in items and doors.explain(held["MSA"][3])["referral"]["facts_added"] == 9, items
    after = doors.feed("kgh-pas")  # a fact that was applied, not a quarantined submission
    assert int(after["facts_applied"]) == int(before["facts_applied"]) + 1
    assert after.get("quarantined") == before.get("quarantined"), (before, after)
    assert doors.send(m.adt("A40", doors.fresh("K"), person(number="9990000077")) + "MRG|1^^^NHS\r")["MSA"][1] == "AA"
    assert doors.counted("kgh-pas", "facts_ignored") == int(after.get("facts_ignored", 0)) + 1
    answer = doors.send(m.adt("A05", doors.fresh("K"), person(number=number)))
    assert answer["MSA"][1] == "AR" and "201" in "|".join(answer["ERR"]), answer


def a_discharge_with_a_pathway_is_a_referral():
    answer = doors.send(m.adt("A03", doors.fresh("K"), person(number="9990000042"), pathway=1, spell=doors.fresh("SP")))
    assert answer["MSA"][1] == "AA", answer
    state = doors.explain(answer["MSA"][3])["referral"]
    assert state["facts"]["discharge_pathway"] == 1 and state["facts"]["hospital"] == "RF4DG", state


def the_router_away_is_no_answer_and_nothing_is_lost():
    daemon = doors.router.processes["referrald"]
    daemon.terminate()
    daemon.wait(timeout=30)
    message = gp(control="AWAY")
    try:
        assert doors.raw(b"\x0b" + message.encode() + b"\x1c\r", timeout=2) == []
    except socket.timeout:
        pass  # neither is an answer: the door waits for the router, or closes
    doors.router.start()
    answer = doors.send(message)
    assert msa(answer) == ("AA", "AWAY"), answer


# BaRS ---------------------------------------------------------------------------------------------------------------


def ambulance(ids=None, who=None, **kwargs):
    return m.bundle(ids if ids is not None else {}, who or person(), kwargs.pop("words", "fall, on the floor"), **kwargs)


def a_validation_stays_with_the_ambulance_service():
    ids = {}
    headers = m.bars_headers(ids)
    status, sent, reply = doors.bars(ambulance(ids), headers)
    assert status == 200 and sent["X-Request-Id"] == headers["X-Request-Id"], (status, reply)
    assert sent["X-Correlation-Id"] == headers["X-Correlation-Id"]
    encounter = reply["entry"][-1]["resource"]
    assert encounter["resourceType"] == "Encounter" and encounter["status"] == "planned", encounter
    state = doors.explain(encounter["id"])["referral"]
    assert state["custody"] == "sender" and any(c["kind"] == "respond-by" for c in state["clocks"]), state
    doors.router.ctl("claim", encounter["id"] + ".1", "--by", "n.ahmed")
    doors.router.ctl("accept", encounter["id"] + ".1", "--by", "n.ahmed")
    assert doors.explain(encounter["id"])["referral"]["custody"] == "router"


def an_unaccepted_validation_is_rejected_before_its_time():
    status, _, reply = doors.bars(ambulance(respond_by_minutes=10.05))  # 10 minutes are the margin
    assert status == 200, reply
    reference = reply["entry"][-1]["resource"]["id"]
    end = time.monotonic() + 30
    while time.monotonic() < end and doors.explain(reference)["referral"]["phase"] != "refused":
        time.sleep(0.5)
    state = doors.explain(reference)["referral"]
    assert state["phase"] == "refused" and state["custody"] == "sender", state
    assert any(r["stage"] == "refused" for r in state["receipts"]), state


def the_incident_beats_the_home():
    status, _, reply = doors.bars(ambulance(who=person(postcode="LS10 4YU"), incident={"line": "1 High Road", "postcode": "IG6 2AD"}))
    state = doors.explain(reply["entry"][-1]["resource"]["id"])["referral"]
    assert state["facts"]["locality"] == "Fairlop" and state["facts"]["area_basis"] == "incident", state["facts"]


def update_and_cancel_find_their_referral():
    ids = {}
    _, _, reply = doors.bars(ambulance(ids), m.bars_headers(ids))
    reference = reply["entry"][-1]["resource"]["id"]
    status, _, reply = doors.bars(ambulance(ids, reason="update"), m.bars_headers(ids))
    assert status == 200 and reply["entry"][-1]["resource"]["id"] == reference, reply
    status, _, reply = doors.bars(ambulance(ids, reason="update", status="revoked"), m.bars_headers(ids))
    assert status == 200, reply
    assert doors.explain(reference)["referral"]["phase"] == "closed"


def xml(body, headers=None):
    """(status, content type, the answer as an element)."""
    headers = dict(headers or m.bars_headers({}), **{"Content-Type": "application/fhir+xml;version=1.2.0"})
    for _ in range(50):
        request = urllib.request.Request(f"http://127.0.0.1:{doors.bars_port}/$process-message", body.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers["Content-Type"], ElementTree.fromstring(answer.read())
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return error.code, error.headers["Content-Type"], ElementTree.fromstring(error.read())
        time.sleep(0.1)
    raise AssertionError("the BaRS door answered 503 every time")


FHIR = "{http://hl7.org/fhir}"


def xml_is_taken_and_answered_in_xml():
    ids = {}
    text = ambulance(ids, incident={"line": "1 High Road", "postcode": "IG6 2AD"})
    status, kind, answer = xml(bundle_in_xml(text), m.bars_headers(ids))
    assert status == 200 and kind.startswith("application/fhir+xml"), (status, kind)
    encounters = answer.findall(f".//{FHIR}Encounter")
    assert encounters[-1].find(f"{FHIR}status").get("value") == "planned"
    reference = encounters[-1].find(f"{FHIR}id").get("value")
    facts = doors.explain(reference)["referral"]["facts"]
    json_status, _, reply = doors.bars(ambulance(incident={"line": "1 High Road", "postcode": "IG6 2AD"}))
    other = doors.explain(reply["entry"][-1]["resource"]["id"])["referral"]["facts"]
    for each in (facts, other):
        for key in ("received", "respond_by", "source_clock"):
            each.pop(key, None)
    assert json_status == 200 and facts == other, (facts, other)
    status, _, _ = xml(bundle_in_xml(ambulance(ids, reason="update", status="revoked")), m.bars_headers(ids))
    assert status == 200 and doors.explain(reference)["referral"]["phase"] == "closed"


def xml_that_is_wrong_is_answered_in_xml():
    for body, words in (("<Bundle xmlns='http://hl7.org/fhir'><type", "the body is not FHIR in XML: line 1"),
                        ("<!DOCTYPE a [<!ENTITY b 'c'>]><Bundle xmlns='http://hl7.org/fhir'/>", "document type"),
                        ("<Bundle xmlns='urn:else'/>", "an element that is not FHIR's"),
                        ("<Patient xmlns='http://hl7.org/fhir'/>", "expected a Bundle")):
        status, kind, answer = xml(body)
        said = answer.find(f".//{FHIR}diagnostics").get("value")
        assert status == 400 and kind.startswith("application/fhir+xml") and words in said, (status, said)


def the_same_request_id_twice_is_a_duplicate():
    ids = {}
    body, headers = ambulance(ids), m.bars_headers(ids)
    assert doors.bars(body, headers)[0] == 200
    status, _, reply = doors.bars(body, headers)
    assert status == 409 and outcome(reply) == ("REC_CONFLICT", "duplicate"), reply
    other = ambulance()
    for _ in range(2):  # other content under the same id, and that again
        status, _, reply = doors.bars(other, headers)
        assert status == 409 and outcome(reply) == ("REC_CONFLICT", "conflict"), reply


def bodies_and_headers_that_are_wrong():
    ids = m.bars_headers({})
    assert doors.bars("not json", ids)[0] == 400
    assert outcome(doors.bars("not json", ids)[2]) == ("REC_BAD_REQUEST", "invalid")
    without = {k: v for k, v in ids.items() if k != "X-Request-Id"}
    assert outcome(doors.bars(ambulance(), without)[2]) == ("REC_BAD_REQUEST", "required")
    assert outcome(doors.bars(ambulance(), {**ids, "X-Request-Id": "7"})[2]) == ("REC_BAD_REQUEST", "invalid")
    assert doors.bars(ambulance(), {**ids, "Content-Type": "text/plain"})[0] == 422
    status, headers, _ = doors.bars(None, ids, method="GET")
    assert status == 405 and headers["Allow"] == "POST"
    assert doors.bars(None, {}, method="GET", path="/metadata")[2]["resourceType"] == "CapabilityStatement"
    assert doors.bars(None, {}, method="GET", path="/elsewhere")[0] == 404


def an_organisation_of_no_feed_is_forbidden():
    status, _, reply = doors.bars(ambulance(sender="X0000"))
    assert status == 403 and outcome(reply)[0] == "REC_FORBIDDEN", reply


def a_test_bundle_on_a_live_feed_is_refused():
    bundle = json.loads(ambulance())
    bundle["meta"]["tag"] = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]
    status, _, reply = doors.bars(json.dumps(bundle))
    assert status == 422 and outcome(reply)[1] == "not-supported", reply


def consent_refused_goes_to_the_desk():
    bundle = json.loads(ambulance())
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Consent":
            entry["resource"]["provision"] = {"type": "deny"}
    status, _, reply = doors.bars(json.dumps(bundle))
    assert status == 200, reply
    lead, _ = lead_of(reply["entry"][-1]["resource"]["id"])
    assert lead["team"] == "desk", lead


def a_bundle_of_five_megabytes():
    status, _, reply = doors.bars(ambulance(words="x" * 5_000_000))
    assert status == 413 and outcome(reply)[1] == "too-costly", reply


# the law ------------------------------------------------------------------------------------------------------------


def everything_that_came_in_is_accounted_for():
    status = doors.router.ctl("status")
    status = status.get("status", status)
    columns = ("new_referrals", "repeats", "amendments", "cancellations", "facts_applied", "facts_ignored", "quarantined", "rejected")
    for feed in status["feeds"]:
        total = sum(int(feed.get(column, 0)) for column in columns)
        assert total == int(feed.get("submissions", 0)), feed
    assert int(status.get("imbalance", 0)) == 0, status


TESTS = [a_referral_is_held_and_named, malformed_frames_harm_nobody, pipelined_and_split_frames_are_answered_in_order,
         a_sender_that_drips_is_let_go, too_many_connections_close_the_door_to_nobody,
         truncated_hl7_is_kept_for_the_desk, bytes_that_are_no_hl7_get_an_answer, a_wrong_check_digit_is_accepted_and_flagged,
         postcodes_that_nobody_can_place_go_to_the_desk, ages_that_are_not_an_adults_go_to_the_desk,
         five_megabytes_are_refused_and_counted, a_repeat_is_answered_as_the_first,
         a_repeated_key_with_other_content_is_kept_for_the_desk, the_same_conflict_again_is_its_repeat,
         a_test_on_a_test_feed_says_what_would_become_of_it, an_empty_processing_id_is_named,
         a_dry_run_needs_no_router_and_says_where_it_would_go, a_candidate_mapping_is_tried_on_kept_messages,
         a_cancel_before_its_new_waits_for_it,
         a_cancel_before_a_claim_ends_it, a_cancel_after_a_claim_is_a_stand_down, an_amend_moves_no_clock,
         a_test_message_on_a_live_feed_is_refused, a_refusal_is_told_whatever_was_asked, an_unknown_sender_is_told, types_events_and_versions_that_nobody_takes,
         every_version_from_2_3_to_2_8, facts_reach_their_owner_and_strangers_are_not_kept,
         every_fact_is_added_and_a_merge_waits_for_the_desk,
         a_discharge_with_a_pathway_is_a_referral, the_router_away_is_no_answer_and_nothing_is_lost,
         a_validation_stays_with_the_ambulance_service, an_unaccepted_validation_is_rejected_before_its_time,
         the_incident_beats_the_home, update_and_cancel_find_their_referral, xml_is_taken_and_answered_in_xml,
         xml_that_is_wrong_is_answered_in_xml, the_same_request_id_twice_is_a_duplicate,
         bodies_and_headers_that_are_wrong, an_organisation_of_no_feed_is_forbidden, a_test_bundle_on_a_live_feed_is_refused,
         consent_refused_goes_to_the_desk, a_bundle_of_five_megabytes, everything_that_came_in_is_accounted_for]


def main():
    global doors
    doors = Doors()
    try:
        return harness.run_tests("doors", TESTS)
    finally:
        doors.close()


if __name__ == "__main__":
    sys.exit(main())
