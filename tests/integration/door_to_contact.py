"""A record comes in, a team sees, claims and contacts; and who may not do what."""
import time

import zmq

import rd_router
from rd_router import Router, enum, run_cases, submission

router = None


def refused(code, call, *args, **more):
    try:
        call(*args, **more)
    except PermissionError as error:
        assert error.args[0] == code, error.args
        assert len(error.args[1]) > 20, error.args
        return error.args[1]
    raise AssertionError("was not refused")


def an_unknown_key_does_not_get_in():
    try:
        rd_router.Session(router.endpoints["intake"], zmq.curve_keypair(), router.public(), timeout=1)
    except TimeoutError:
        return
    raise AssertionError("a session was made")


def a_feed_that_is_not_the_keys_is_refused():
    session = router.session("intake", router.key("only-self", "adapter", ["self"]))
    refused("REFUSAL_RIGHTS", session.submit, submission("kgh-pas"))
    held = session.submit(submission("self"))
    assert held.disposal == enum("Disposal", "NEW"), held
    session.close()


def an_unknown_feed_is_refused():
    session = router.session("intake", router.key("any-feed", "adapter", ["no-such-feed"]))
    words = refused_or_rejected(session, submission("no-such-feed"))
    assert "feed" in words, words
    session.close()


def refused_or_rejected(session, record):
    try:
        result = session.submit(record)
    except PermissionError as error:
        return error.args[1]
    assert result.disposal == enum("Disposal", "REJECTED"), result
    return result.words


def a_queue_that_is_not_the_keys_is_not_shown():
    session = router.session("queues", router.key("wanstead-1", "consumer", teams=["locality-wanstead"]))
    refused("REFUSAL_RIGHTS", session.watch, "rapid-response")
    rows, _ = session.watch("locality-wanstead")
    assert rows == {}
    session.close()


def what_cannot_be_decoded_is_refused_and_the_session_goes_on():
    session = router.session("intake", router.key("odd-bytes", "adapter", ["self"]))
    session.socket.send(b"\xff\xff\xff\xff")
    envelope = session.receive()
    assert envelope.HasField("refused"), envelope
    assert session.submit(submission("self")).entry > 0
    session.close()


def from_the_door_to_a_contact():
    adapter = router.session("intake", router.key("kgh", "adapter", ["kgh-pas"]))
    team = router.session("queues", router.key("rapid-1", "consumer", teams=["rapid-response", "desk"]))
    _, (incarnation, _) = team.watch("rapid-response")
    _, (_, _) = team.watch("desk")
    result = adapter.submit(submission("kgh-pas", postcode=rd_router.postcodes("Wanstead")[0]))
    assert result.referral and result.lead_team and result.answer, result
    change = next_change(team)
    assert change.row.referral == result.referral and change.incarnation == incarnation, change
    target = change.row.assignment
    row = team.command("CLAIM", target).row
    assert row.claimed_by == "Sam Example", row
    assert next_change(team).row.claimed_by == "Sam Example"
    words = refused("REFUSAL_TAKEN", team.command, "CLAIM", target, by="Lee Other")
    assert "Sam Example" in words, words
    team.command("ACCEPT", target)
    opened = team.ask("open", "opened", target=target, by="Sam Example", purpose="visit")
    assert opened.submissions[0].original == b"Example|Alex|9990000018|" + \
        rd_router.postcodes("Wanstead")[0].encode() + b"|Fell at home, unhurt, cannot get up alone"
    team.command("CONTACT", target, mode=enum("ContactMode", "FACE_TO_FACE"), when=rd_router.now_us())
    row = team.command("CLOSE", target, outcome=enum("Outcome", "SEEN_COMPLETE")).row
    assert row.outcome == enum("Outcome", "SEEN_COMPLETE"), row
    adapter.close()
    team.close()
    the_operator_can_follow_it(result)


def next_change(session, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        envelope = session.receive(max(0.01, end - time.monotonic()))
        if envelope.HasField("change"):
            return envelope.change
    raise TimeoutError("no change came")


def the_operator_can_follow_it(result):
    explained = router.ctl("explain", result.referral)
    assert result.lead_team in explained and "Why: the rules that matched" in explained, explained
    trace = router.ctl("trace", result.referral)
    for word in ("received", "decided", "claim", "accept", "record opened", "contact 1, face-to-face", "close"):
        assert word in trace, (word, trace)
    assert "9990000018" not in trace and "Example Road" not in trace, trace
    assert "redbridge" in router.ctl("status")


def the_terminal_does_the_same():
    record = router.folder / "record.json"
    record.write_text('{"referral": {"kind": "referral", "custody": "router", "priority_asked": "two-hour",'
                      '"needs": [{"domain": "health", "words": "Fell at home", "code": "fall"}],'
                      '"person": {"birth_date": "1944-06-15", "names": [{"family": "Example"}],'
                      '"addresses": [{"use": "home", "postcode": "%s"}]}}}' % rd_router.postcodes("Fairlop")[0])
    key = router.folder / "terminal.key"
    router.ctl("keys", "new", "terminal", "--role", "adapter", "--feeds", "telephone", "--out", key)
    said = router.ctl("submit", "--feed", "telephone", record, "--key", key)
    referral = said.split("referral ")[1].split(",")[0]
    lead = said.split("lead ")[1].split(":")[0]
    rows = router.ctl("queue", "ls", lead)
    assert referral in rows, rows
    target = next(word for word in rows.split() if word.startswith(referral + "."))
    router.ctl("claim", target, "--by", "Sam Example")
    again = router.ctl("claim", target, "--by", "Lee Other", expect=1)
    assert again == ""
    router.ctl("contact", target, "--by", "Sam Example", "--mode", "telephone", "--at", "now")
    repeated = router.ctl("submit", "--feed", "telephone", record, "--key", key)
    assert "repeat" in repeated, repeated
    # An amendment by hand would take the place of the whole record: only of the revision that was looked at.
    amendment = router.folder / "amendment.json"
    amendment.write_text('{"action": "amend", "referral": {"id": "%s", "kind": "referral", "person": {}}}' % referral)
    said = router.ctl("submit", "--feed", "telephone", amendment, "--key", key, expect=1)
    assert f"another revision of {referral}" in said and "based_on" in said, said
    assert router.ctl("nonsense", expect=2) == ""


def counts_agree_everywhere():
    status, metrics = router.get("/metrics")
    assert status == 200
    values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert values["spa_conservation_imbalance"] == "0", metrics
    assert values['spa_feed_submissions_total{feed="telephone"}'] == "2", metrics
    assert 'spa_queue_oldest_age_seconds{team="desk"}' in values
    assert values["referrald_ledger_last_entry"] == values["referrald_ledger_durable_entry"]
    assert router.get("/livez")[0] == 200
    page = router.get("/")[1]
    assert "Referrals now: redbridge" in page and "<script" not in page, page
    assert router.get("/nothing")[0] == 404


if __name__ == "__main__":
    with Router() as router:
        run_cases(an_unknown_key_does_not_get_in, a_feed_that_is_not_the_keys_is_refused, an_unknown_feed_is_refused,
                  a_queue_that_is_not_the_keys_is_not_shown,
                  what_cannot_be_decoded_is_refused_and_the_session_goes_on, from_the_door_to_a_contact,
                  the_terminal_does_the_same, counts_agree_everywhere)
