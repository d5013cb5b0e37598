"""What happens in the demo: people of our own invention, after the stories that the services themselves tell."""
import datetime

import messages as m

UTC = datetime.timezone.utc


def LONDON(at):
    """London's offset at that moment: summer time from the last Sunday of March to that of October, 01:00 UTC."""
    def last_sunday(month):
        day = datetime.datetime(at.year, month, 31, 1, tzinfo=UTC)
        return day - datetime.timedelta(days=(day.weekday() + 1) % 7)
    summer = last_sunday(3) <= at < last_sunday(10)
    return datetime.timezone(datetime.timedelta(hours=1 if summer else 0))


class Story:
    def __init__(self, door, title, referral="", answer=""):
        self.door, self.title, self.referral, self.answer = door, title, referral, answer


# family, given, born, gender, NHS number, address, postcode, telephone (numbers of the range for fiction)
EDITH = ("Marlow", "Edith", "19450314", "F", "9990000018", "14 Invented Road", "E18 2QB", "020 7946 0201")
SARAH = ("Okafor", "Sarah", "19410522", "F", "9990000026", "3 Invented Close", "IG3 8AB", "020 7946 0202")
JACOB = ("Levy", "Jacob", "19420819", "M", "9990000034", "27 Invented Street", "IG1 3AA", "020 7946 0203")
RACHEL = ("Hussain", "Rachel", "19350101", "F", "9990000042", "9 Invented Avenue", "IG6 2AD", "020 7946 0204")
MS_S = ("Silva", "Marta", "19480610", "F", "9990000050", "41 Invented Lane", "IG3 8AA", "020 7946 0205")
MRS_B = ("Brown", "Beryl", "19391130", "F", "9990000069", "2 Invented Way", "E18 2QA", "020 7946 0206")
MS_Y = ("Young", "Yvonne", "19510707", "F", "9990000077", "18 Invented Grove", "IG1 3AB", "020 7946 0207")
RICHARD = ("Stone", "Richard", "19460228", "M", "9990000085", "6 Invented Mews", "IG6 2AA", "020 7946 0208")
LEE = ("Carter", "Lee", "19830412", "M", "9990000093", "30 Invented Place", "IG3 8AB", "020 7946 0209")
PAT = ("Walsh", "Pat", "19500909", "F", "9990000107", "11 Invented Terrace", "E18 2QB", "020 7946 0210")
NOBODY = ("Grey", "Omar", "19710101", "M", "9990000115", "", "ZZ99 3VZ", "020 7946 0211")
AWAY = ("Hill", "Grace", "19440404", "F", "9990000123", "5 Invented Rise", "RM5 2AA", "020 7946 0212")

SURGERY = ("EMIS", "Y99101")
HOSPITAL = ("PAS", "RF4")


def tell(demo, say):
    told = []

    def tell_one(story):
        """A referral is told once, by the message that brought it; what follows is said as it happens."""
        if story.referral not in [one.referral for one in told]:
            told.append(story)
        return story

    def hl7(title, message):
        code, words = demo.mllp(message)
        say(f"  {'MLLP':<10} {title}: {code} {words}")
        return tell_one(Story("MLLP", title, words if code == "AA" else ""))

    def bars(title, ids, **kwargs):
        person = kwargs.pop("person")
        words = kwargs.pop("words")
        status, reference = demo.bars(m.bundle(ids, person, words, **kwargs), ids)
        say(f"  {'BaRS':<10} {title}: {status} {reference}")
        return tell_one(Story("BaRS", title, reference if status == 200 else ""))

    # 999: the person on the floor. The ambulance service keeps custody until a person accepts.
    floor = {}
    edith = bars("81-year-old on the floor since 07:00, uninjured, E18", floor, person=EDITH, words="fall, on the floor, uninjured",
                 incident={"line": "14 Invented Road", "postcode": "E18 2QB", "access": "key safe by the door"},
                 flags=[("SS", "S", "The scene is safe")])
    lead = edith.referral + ".1"
    demo.act("claim", lead, "n.ahmed")
    demo.act("accept", lead, "n.ahmed")
    demo.act("contact", lead, "n.ahmed", "--mode", "face-to-face", "--outcome", "seen-complete")
    edith.answer = "claimed, accepted, seen face to face by n.ahmed"

    # GP, BaRS: Sarah's son, who looks after her, has been taken to hospital with a suspected stroke.
    sarah_ids = {}
    sarah = bars("85, dementia; her son and carer is in hospital (Sarah)", sarah_ids, person=SARAH,
                 words="carer breakdown: son taken to hospital, cannot be left alone", category="referral", use_case="a5t1",
                 sender="Y99102", sender_name="Cranbrook Grove Surgery", priority="asap")
    bars("the same again with a safeguarding concern added (amend)", sarah_ids, person=SARAH,
         words="carer breakdown: son taken to hospital, cannot be left alone", category="referral", use_case="a5t1",
         sender="Y99102", sender_name="Cranbrook Grove Surgery", priority="asap", reason="update",
         flags=[("SG", "U", "Safeguarding concern")])

    sarah.answer = "the safeguarding team was brought in by the amendment"

    # GP, HL7.
    rachel = hl7("91, repeated infections and falls (Rachel)",
                 m.referral(SURGERY, "L1001", "REQ1001", "S", RACHEL, "W19^Fall at home^I10", ["Third urinary infection this year"],
                            practice="Y99101"))
    hl7("the practice's system sends it again, acknowledgement lost",
        m.referral(SURGERY, "L1001", "REQ1001", "S", RACHEL, "W19^Fall at home^I10", ["Third urinary infection this year"],
                   practice="Y99101"))
    hl7("learning disability, frailty tool Medium: care assessment",
        m.referral(SURGERY, "L1002", "REQ1002", "R", LEE, "^care needs assessment", ["Frailty tool: medium"], practice="Y99101"))
    hl7("cannot get to the vaccination clinic, lonely",
        m.referral(SURGERY, "L1003", "REQ1003", "R", PAT, "^lonely, no transport to the clinic", practice="Y99101"))
    hl7("lives in Havering: another organisation's",
        m.referral(SURGERY, "L1004", "REQ1004", "S", AWAY, "^catheter blocked", practice="Y99101"))

    # Cancelled before anybody took it, and after.
    nurse = hl7("district nurse visit asked for", m.referral(SURGERY, "L1005", "REQ1005", "R", MS_Y, "^diabetes, insulin", practice="Y99101"))
    hl7("... and cancelled before anybody took it",
        m.referral(SURGERY, "L1006", "REQ1005", "R", MS_Y, "^diabetes, insulin", practice="Y99101", event="I14"))
    nurse.answer = "withdrawn by the practice before anybody took it"
    stand = hl7("fall at home", m.referral(SURGERY, "L1007", "REQ1007", "S", MRS_B, "W19^Fall^I10", practice="Y99101"))
    demo.act("claim", stand.referral + ".1", "j.cole")
    hl7("... claimed by j.cole, then cancelled: STAND DOWN",
        m.referral(SURGERY, "L1008", "REQ1007", "S", MRS_B, "W19^Fall^I10", practice="Y99101", event="I14"))
    demo.act("acknowledge", stand.referral + ".1", "j.cole")
    stand.answer = "stood down; j.cole acknowledged it"

    # The hospital: discharge referrals where its system says which pathway, facts otherwise.
    hl7("ward, medically fit, lives alone: pathway 1 (Ms S)", m.adt("A03", "K2001", MS_S, pathway=1, spell="SP2001"))
    hl7("short-stay ward, falls and Type 1 diabetes: pathway 2 (Ms Y)", m.adt("A03", "K2002", MS_Y, pathway=2, spell="SP2002"))
    hl7("Rachel is admitted: a fact for her team", m.adt("A01", "K2003", RACHEL, spell="SP2003"))

    told.extend(forms(demo, say))
    rachel.answer = "her team sees that she was admitted"
    return told


def born(person):
    return {"born-day": person[2][6:].lstrip("0"), "born-month": person[2][4:6].lstrip("0"), "born-year": person[2][:4]}


def known(person):
    """What both forms ask of the person."""
    return {"given": person[1], "family": person[0], **born(person), "nhs-number": person[4], "place": "own-home",
            "line1": person[5], "town": "London", "postcode": person[6], "phone": person[7], "safe": "yes", "talk": "no",
            "consent": "given", "harm": "no", "alone": "yes"}


def forms(demo, say):
    """The public's pages and the call-taker's."""
    told = []

    def public(title, **answers):
        reference = demo.web("/self", {"emergency": "no", "for": "me", "since": "today", **answers})
        told.append(Story("self", title, reference))
        say(f"  {'self':<10} {title}: {reference}")

    def telephone(title, **answers):
        reference = demo.web("/telephone", {"taker": "R. Adeyemi", "scene": "no", "with-person": "yes", **answers})
        told.append(Story("telephone", title, reference))
        say(f"  {'telephone':<10} {title}: {reference}")

    public("a daughter writes for her mother: much weaker since yesterday", **{
        **known(PAT), "for": "family", "your-name": "Jo Walsh", "your-relation": "daughter", "your-phone": "020 7946 0301",
        "with-person": "yes", "words": "Mum cannot get out of her chair since yesterday", "need-reduced-function": "yes"})
    public("no fixed place to live, catheter blocked", **{
        **known(NOBODY), "place": "no-fixed-abode", "where-now": "Invented day centre", "now-postcode": "IG1 1DN",
        "words": "My catheter is blocked", "need-catheter": "yes"})
    public("sixteen years old: a person at the desk decides", **{
        **known(("Young", "Ash", str(datetime.date.today().year - 16) + "0101", "F", "", "8 Invented Close", "IG3 8AA", "020 7946 0213")),
        "words": "I look after my dad and I cannot go on", "need-carer-breakdown": "yes"})
    telephone("district nurse: palliative, alone (Jacob)", **{
        **known(JACOB), "your-name": "Kim Osei", "your-relation": "district nurse", "your-organisation": "District nursing",
        "your-phone": "020 7946 0302", "words": "End of life, in pain, nobody at home tonight", "need-end-of-life": "yes",
        "priority": "two-hour"})
    telephone("telecare: pendant pressed, uninjured (Richard)", **{
        **known(RICHARD), "your-name": "Telecare desk", "your-relation": "telecare operator", "your-organisation": "Telecare",
        "your-phone": "020 7946 0303", "words": "Slipped from the bed, no injury, cannot get up", "need-fall": "yes"})
    telephone("ward: she refuses an assessment (Mrs B)", **{
        **known(MRS_B), "your-name": "Ward sister", "your-relation": "nurse", "your-organisation": "King George Hospital",
        "your-phone": "020 7946 0304", "words": "Refuses an assessment, would take help at home for two weeks",
        "need-care-assessment": "yes", "consent": "refused"})
    telephone("neighbour: frightened of somebody in the house", **{
        **known(MS_S), "your-name": "Lin Park", "your-relation": "neighbour", "your-phone": "020 7946 0305",
        "words": "She says her lodger takes her money and shouts at her", "need-care-assessment": "yes", "harm": "yes",
        "harm-words": "The lodger", "safe": "no"})
    return told
