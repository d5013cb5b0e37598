"""Messages as they are found in the wild: every event and type, odd delimiters, line ends, encodings, damage. Each with the
answer that its sender is to get. Invented people only."""

NHS = "9990000050"
ADT_TAKEN = ("A01", "A02", "A03", "A08", "A11", "A13", "A28", "A31", "A40")
OUR = ("REG", "Y99101")


def seg(*fields):
    return "|".join(fields)


def msh(kind, control, version="2.4", app=None, fac=None, processing="P", tail="", when="20261123093000", structure=None):
    app, fac = app or OUR[0], fac or OUR[1]
    kind = kind + (f"^{structure}" if structure else "")
    return f"MSH|^~\\&|{app}|{fac}|EMPI|RED|{when}||{kind}|{control}|{processing}|{version}{tail}"


def pid(number=NHS, name="EXAMPLE^PAT^Q", born="19520202", sex="F", postcode="E18 2QB"):
    return (f"PID|1||{number}^^^NHS^NH~MR{number[-4:]}^^^HOSP^MR||{name}||{born}|{sex}|||"
            f"9 INVENTED WAY^^LONDON^^{postcode}^GBR^H||020 7946 0300")


PV1 = "PV1|1|I|2000^2012^01^RF4DG||||004777^ATTEND^AARON^A|||SUR||||ADM|A0|||||||||||||||||||||||||||||20261120"
OBX = "OBX|1|NM|1554-5^GLUCOSE^LN||182|mg/dl|70_105|H|||F"


class Sample:
    def __init__(self, name, data, code, error=None, counted=True):
        self.name, self.code, self.error, self.counted = name, code, error, counted
        self.data = data if isinstance(data, bytes) else data.encode()


def message(*lines, end="\r"):
    return end.join(lines) + end


def adt():
    for number in range(1, 63):
        event = f"A{number:02}"
        control = f"ADT{number:03}"
        lines = [msh(f"ADT^{event}", control), f"EVN|{event}|20261123092900", pid(), "NK1|1|EXAMPLE^SAM|SPO", PV1]
        if event in ("A40", "A39", "A18", "A41", "A30", "A34"):
            lines.insert(3, "MRG|MR0001^^^HOSP^MR")
        taken = event in ADT_TAKEN
        yield Sample(f"adt {event}", message(*lines, end="\n"), "AA" if taken else "AR", None if taken else "201")
    for version in ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.2"):
        yield Sample(f"adt in {version}", message(msh("ADT^A08", f"V{version}", version), "EVN|A08|20261123", pid(), PV1), "AA")
    for version in ("2.1", "2.2", "2.9", "3.0", "banana"):
        yield Sample(f"adt in {version}", message(msh("ADT^A08", f"V{version}", version), pid()), "AR", "203")


def others():
    for kind in ("SIU^S12", "SIU^S13", "SIU^S14", "SIU^S15", "SIU^S16", "SIU^S17", "SIU^S18", "SIU^S19", "SIU^S20", "SIU^S21",
                 "SIU^S22", "SIU^S23", "SIU^S24", "SIU^S26", "ORU^R01", "ORM^O01", "MDM^T01", "MDM^T02", "MDM^T05", "MDM^T06",
                 "MDM^T09", "MDM^T10", "OML^O21", "DFT^P03", "DFT^P11", "BAR^P01", "BAR^P02", "BAR^P12", "VXU^V04", "QRY^A19",
                 "QBP^Q22", "RAS^O17", "RDE^O11", "MFN^M02", "ACK^A01", "RSP^K22", "RRI^I12", "RQA^I08", "PPR^PC1", "ORL^O22"):
        yield Sample(kind, message(msh(kind, "O" + kind.replace("^", "")), pid(), "PV1|1|O", "ORC|NW|1|2",
                                   "OBR|1|1|2|1554-5^GLUCOSE",
                                   OBX, "RXA|0|1|20261101|20261101|08^HEPB^CVX", "TXA|1|CN|TX"), "AR", "200")


def ref(kind, control, *more, reference="RF-1", version="2.4", priority="R", tail="", app=None):
    return [msh(f"REF^{kind}", control, version, tail=tail, app=app),
            f"RF1|P|{priority}|MED|RP|O|{reference}^EMIS|20261123|||W19^Fall^I10|E-{reference}^X",
            "PRD|RP|EXAMPLE^ROBERT^^^DR|^^^^^^GOOD SURGERY||020 7946 0301||Y99101", *more]


def referrals():
    yield Sample("i12", message(*ref("I12", "R1", pid(), "DG1|1||R29.6^FALLS^I10", PV1)), "AA")
    yield Sample("i12 in 2.5.1 with three components", message(*ref("I12^REF_I12", "R2", pid("9990000018"), reference="RF-2",
                                                                    version="2.5.1")), "AA")
    yield Sample("i13 of it", message(*ref("I13", "R3", pid(), priority="A")), "AA")
    yield Sample("i14 of it", message(*ref("I14", "R4", pid())), "AA")
    yield Sample("i14 of nothing", message(*ref("I14", "R5", pid("9990000026"), reference="RF-99")), "AA")
    yield Sample("i13 of nothing", message(*ref("I13", "R6", pid("9990000034"), reference="RF-98")), "AA")
    yield Sample("i15", message(*ref("I15", "R7", pid())), "AR", "201")
    yield Sample("no RF1", message(msh("REF^I12", "R8"), pid("9990000042"), "NTE|1||needs a rail"), "AA")
    yield Sample("EVN present, PRD after PID", message(msh("REF^I12", "R9"), "EVN|I12|20261123", pid("9990000069"),
                                                      "RF1||A||||RF-9", "PRD|RP|EXAMPLE^ROY"), "AA")
    yield Sample("hundreds of notes", message(*ref("I12", "R10", pid("9990000077"),
                                                   *[f"NTE|{i}||line {i}" for i in range(1, 900)],
                                                   reference="RF-10")), "AA")
    yield Sample("four thousand segments", message(*ref("I12", "R11", pid("9990000085"), *[f"NTE|{i}||x" for i in range(1, 4090)],
                                                        reference="RF-11")), "AA")
    yield Sample("too many segments", message(*ref("I12", "R12", pid(), *[f"NTE|{i}||x" for i in range(1, 4200)])), "AE", "100")
    yield Sample("a number that fails its check", message(*ref("I12", "R13", pid("9990000019"), reference="RF-13")), "AA")
    yield Sample("a field of 200 kB", message(*ref("I12", "R14", pid(), "NTE|1||" + "word " * 40000, reference="RF-14")),
                 "AE", "102")
    many = "~".join(f"{i}^^^H{i}" for i in range(300))
    yield Sample("many identifiers", message(*ref("I12", "R15", f"PID|1||{many}||EXAMPLE^P", reference="RF-15")), "AE", "102")
    yield Sample("enhanced, both", message(*ref("I12", "R16", pid(), reference="RF-16", tail="|||AL|AL")), "CA")
    yield Sample("enhanced, commit only", message(*ref("I12", "R17", pid(), reference="RF-17", tail="|||AL|NE")), "CA")
    yield Sample("enhanced, refused", message(*ref("I15", "R18", pid(), tail="|||AL|AL")), "CR", "201")


def delimiters():
    base = message(*ref("I12", "D1", pid(), reference="RD-1"))
    yield Sample("odd delimiters ^~\\}", base.replace("&", "}"), "AA")
    swap = str.maketrans("|^", "$%")
    yield Sample("dollar and percent", message(*ref("I12", "D2", pid(), reference="RD-2")).translate(swap), "AA")
    yield Sample("hash and at", message(*ref("I12", "D3", pid(), reference="RD-3")).translate(str.maketrans("|^~", "#@!")), "AA")
    fifth = message(*ref("I12", "D4", pid(), reference="RD-4", version="2.7")).replace("^~\\&", "^~\\&#", 1)
    yield Sample("a fifth in MSH-2, as 2.7 has it", fifth, "AA")
    yield Sample("short MSH-2", message("MSH|^|REG|Y99101|EMPI|RED|20261123||ADT^A08|D5|P|2.4", "EVN|A08", pid()), "AA")
    damaged = message(*ref("I12", "D6", pid(), reference="RD-6")).replace("^~\\&", "^\u00ac\\&", 1)
    yield Sample("a damaged MSH-2", damaged, "AE", "100")
    yield Sample("letters for delimiters", message("MSHa^~\\&aREGaY99101a"), "AR", "100", counted=False)


def line_ends():
    for name, end in (("LF", "\n"), ("CRLF", "\r\n"), ("CR", "\r"), ("blank lines", "\r\r"), ("CRLFCRLF", "\r\n\r\n")):
        yield Sample(f"ends with {name}", message(msh("ADT^A31", "L" + name.replace(" ", "")), "EVN|A31", pid(), end=end), "AA")
    yield Sample("no end after the last", "\r".join([msh("ADT^A31", "LNONE"), "EVN|A31", pid()]), "AA")
    yield Sample("blanks before segments", message(msh("ADT^A31", "LBLANK"), "  EVN|A31", " " + pid()), "AA")
    yield Sample("a line break inside a field", message(*ref("I12", "LBREAK", pid(), "NTE|1||first line\nsecond line",
                                                             reference="RL-1")), "AA")
    yield Sample("CRs inside a field", message(*ref("I12", "LCR", pid(), "NTE|1||first line\rsecond line", reference="RL-2")),
                 "AE", "100")


def encodings():
    text = message(msh("ADT^A31", "{}", tail="||||||{}"), "EVN|A31", pid(name="PÉREZ^SIÂN"))

    def named(control, charset):
        return text.replace("{}", control, 1).replace("{}", charset, 1)
    yield Sample("UTF-8", named("U1", "UNICODE UTF-8").encode(), "AA")
    yield Sample("UTF-8 without MSH-18", named("U2", "").encode(), "AA")
    yield Sample("Latin-1 as 8859/1", named("U3", "8859/1").encode("latin-1"), "AA")
    yield Sample("Latin-1 unannounced", named("U4", "").encode("latin-1"), "AA")
    yield Sample("Latin-1 that says UTF-8", named("U5", "UNICODE UTF-8").encode("latin-1"), "AA")
    yield Sample("8859/15", named("U6", "8859/15").encode("iso8859-15"), "AA")
    yield Sample("a byte order mark", b"\xef\xbb\xbf" + named("U7", "").encode(), "AA")
    yield Sample("UTF-16 LE with its mark", b"\xff\xfe" + named("U8", "UNICODE UTF-16").encode("utf-16-le"), "AA")
    yield Sample("UTF-16 BE", named("U9", "UNICODE UTF-16").encode("utf-16-be"), "AA")
    yield Sample("UTF-16 LE", named("U10", "").encode("utf-16-le"), "AA")
    yield Sample("a character set of nobody", named("U11", "KLINGON").encode("latin-1"), "AA")
    yield Sample("a NUL", message(msh("ADT^A31", "U12"), "EVN|A31", pid()).replace("PAT", "P\0T"), "AE", "100")
    yield Sample("control characters", message(msh("ADT^A31", "U13"), "EVN|A31", pid(name="EX\x01AMPLE^P\x7fT")), "AA")


def damage():
    whole = message(*ref("I12", "X1", pid(), "DG1|1||R29.6", reference="RX-1"))
    for cut in (3, 8, 9, 20):
        yield Sample(f"cut at {cut}", whole[:cut], "AR", "100" if cut < 8 else None, counted=cut == 20)
    yield Sample("cut inside MSH-9", whole[:whole.index("REF^")], "AR", None)
    yield Sample("cut behind MSH", whole[:whole.index("RF1")].replace("X1", "X2"), "AE", "100")
    yield Sample("cut inside PID", whole[:whole.index("PID") + 30].replace("X1", "X3"), "AA")
    yield Sample("an empty message", b"", "AR", "100", counted=False)
    yield Sample("no MSH", message(pid(), PV1), "AR", "100", counted=False)
    yield Sample("MSH alone", msh("ADT^A01", "X4"), "AE", "100")
    yield Sample("no MSH-9", message(msh("", "X5"), pid()), "AE", "101")
    yield Sample("a type without its event", message(msh("ADT", "X6"), pid()), "AR", "201")
    yield Sample("no MSH-10", message(msh("ADT^A01", ""), pid()), "AE", "101")
    yield Sample("no MSH-11", message(msh("ADT^A01", "X7", processing=""), pid()), "AR", "101")
    yield Sample("a test", message(msh("ADT^A01", "X8", processing="T"), pid()), "AR", "202")
    yield Sample("training", message(msh("ADT^A01", "X9", processing="D"), pid()), "AR", "202")
    yield Sample("no MSH-12", message(msh("ADT^A01", "X10", version=""), "EVN|A01", pid()), "AA")
    yield Sample("two MSH", message(msh("ADT^A01", "X11"), pid(), msh("ADT^A01", "X12"), pid()), "AE", "100")
    yield Sample("two PID", message(msh("ADT^A01", "X13"), pid(), pid("9990000018")), "AE", "100")
    yield Sample("lower-case segments", message(msh("ADT^A01", "X14"), "evn|A01", pid()), "AE", "100")
    yield Sample("words among the segments", message(msh("ADT^A01", "X15"), "EVN|A01", "please see patient", pid()), "AE", "100")
    yield Sample("a batch", message("FHS|^~\\&|REG|Y99101", "BHS|^~\\&|REG", *ref("I12", "X16", pid()), "BTS|1", "FTS|1"), "AR",
                 "100", counted=False)
    yield Sample("an MSH-4 of nobody", message(msh("ADT^A01", "X17", fac="NOBODY"), pid()), "AR", "103", counted=False)
    yield Sample("no MSH-4", message(msh("ADT^A01", "X18").replace("|Y99101|", "||"), pid()), "AR", "103", counted=False)
    yield Sample("MSH-4 with its parts", message(msh("ADT^A01", "X19", fac="Y99101^Lambourne Road^ODS"), "EVN|A01", pid()), "AA")
    yield Sample("a control id of 300", message(msh("ADT^A01", "C" * 300), "EVN|A01", pid()), "AA")
    yield Sample("JSON", b'{"resourceType":"Bundle"}', "AR", "100", counted=False)
    yield Sample("XML", b"<ClinicalDocument/>", "AR", "100", counted=False)
    yield Sample("bytes", bytes(b for b in range(256) if b not in (0x0b, 0x1c)), "AR", "100", counted=False)
    yield Sample("explicit nulls", message(msh("ADT^A08", "X20"), "EVN|A08", 'PID|1||' + NHS + '^^^NHS||""^""||""|""|||""'), "AA")
    yield Sample("an empty PID", message(msh("ADT^A08", "X21"), "EVN|A08", "PID"), "AA")
    yield Sample("a date that is none", message(msh("ADT^A01", "X22", when="yesterday"), "EVN|A01|noon",
                                                pid(born="19521350")), "AA")


def everything():
    for part in (adt(), others(), referrals(), delimiters(), line_ends(), encodings(), damage()):
        yield from part
