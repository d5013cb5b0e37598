/* HL7 v2: reading, times, character sets, identifiers, what is refused, and the acknowledgements.
 */
#include "hl7_rig.h"

#include "adapters/hl7v2/hl7_ack.h"
#include "adapters/hl7v2/hl7_charset.h"
#include "adapters/hl7v2/hl7_time.h"
#include "model/limits.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define PID                                                                                        \
    "PID|1||9990000018^^^NHS~H123^^^RF4||TEST^ANNA^^^MRS||19450615|F|||1 HIGH ROAD^^LONDON^^E18 "  \
    "2QD||020 7946 0001\r"

static void a_referral_in_every_line_end(void **state)
{
    struct fixture *f = *state;
    const char *const ends[] = {"\r", "\n", "\r\n"};
    for (size_t i = 0; i < 3; i++) {
        char bytes[1024];
        (void)snprintf(
            bytes, sizeof bytes,
            MSH "REF^I12^REF_I12|C1|P|2.4%sRF1|A|S|||E|REQ77^KGH|202611210855||||X9^EXT%s"
                "PRD|RP|ROE^RAY^^^DR|||||F82001%s"
                "PID|1||9990000018^^^NHS||TEST^ANNA||19450615|F|||1 HIGH ROAD^^LONDON^^E18 2QD%s"
                "DG1|1||W19^Fall at home^I10|Fall, on the floor%sNTE|1||son is away%s",
            ends[i], ends[i], ends[i], ends[i], ends[i], ends[i]);
        const struct rd_hl7_read *r = read_string(f, bytes);
        const struct rd_submission *s = &r->submission;
        assert_int_equal(r->error, RD_HL7_OK);
        assert_int_equal(s->action, RD_ACTION_NEW);
        assert_int_equal(s->environment, RD_ENVIRONMENT_LIVE);
        assert_text(s->key, "PAS|RF4|I12|C1");
        assert_non_null(s->referral);
        assert_int_equal(s->referral->priority_asked, RD_PRIORITY_TWO_HOUR);
        assert_int_equal(s->referral->source_refs_count, 2);
        assert_text(s->referral->source_refs[0].value, "REQ77");
        assert_text(s->referral->person->names[0].family, "TEST");
        assert_text(s->referral->person->addresses[0].postcode, "E18 2QD");
        assert_text(s->referral->person->birth_date, "1945-06-15");
        assert_text(s->referral->needs[0].words, "Fall at home");
        assert_text(s->referral->referrer->ods, "F82001");
        assert_int_equal(s->referral->clinical_count, 2);
        /* 08:55 London in November is 08:55 UTC */
        assert_int_equal(s->referral->authored->utc_us % RD_DAY_US, (8 * 60 + 55) * RD_MINUTE_US);
        assert_true(s->referral->authored->offset_assumed);
    }
}

static void nhs_numbers_in_the_wild(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *pid3;
        bool ok;
        const char *digits;
    } cases[] = {
        {"9990000018^^^NHS", true, "9990000018"},
        {"9990000018^^^^NHS", true, "9990000018"},
        {"9990000018^^^NHS^NH", true, "9990000018"},
        {"9990000018^^^^NH", true, "9990000018"},
        {"999 000 0018^^^NHSNMBR", true, "9990000018"},
        {"9990000019^^^NHS", false, "9990000019"},
        {"0000000000^^^NHS", false, "0000000000"},
        {"12345^^^NHS", false, "12345"},
        {"9990000018^^^NHS_NUMBER^PI", true, "9990000018"},
        {"9990000018^^^GBR^NNGBR", true, "9990000018"},
        {"9990000018^^^urn:oid:2.16.840.1.113883.2.1.4.1", true, "9990000018"},
        {"9990000018^^^https://fhir.nhs.uk/Id/nhs-number", true, "9990000018"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bytes[512];
        (void)snprintf(bytes, sizeof bytes, MSH "REF^I12|C1|P|2.4\rRF1|A|R\rPID|1||%s||T^A\r",
                       cases[i].pid3);
        const struct rd_referral *referral = read_string(f, bytes)->submission.referral;
        assert_non_null(referral);
        const struct rd_person_id *id = &referral->person->ids[0];
        assert_text(id->system, "nhs-number");
        assert_text(id->value, cases[i].digits);
        assert_true(id->checksum_ok.has);
        assert_int_equal(id->checksum_ok.value, cases[i].ok);
        assert_int_equal(referral->issues_count, cases[i].ok ? 0 : 1);
    }
}

static void refusals_and_quarantine(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *bytes;
        const char *refused, *quarantined;
        enum rd_hl7_error error;
    } cases[] = {
        {MSH "ORU^R01|C1|P|2.4\r" PID, "message-type", NULL, RD_HL7_UNSUPPORTED_TYPE},
        {MSH "ADT^A05|C1|P|2.4\r" PID, "message-event", NULL, RD_HL7_UNSUPPORTED_EVENT},
        {MSH "REF^I15|C1|P|2.4\r" PID, "message-event", NULL, RD_HL7_UNSUPPORTED_EVENT},
        {MSH "REF^I12|C1|P|2.2\r" PID, "version", NULL, RD_HL7_UNSUPPORTED_VERSION},
        {MSH "REF^I12|C1|P|3.0\r" PID, "version", NULL, RD_HL7_UNSUPPORTED_VERSION},
        {MSH "REF^I12||P|2.4\r" PID, NULL, "control-id-missing", RD_HL7_FIELD_MISSING},
        {MSH "|C1|P|2.4\r" PID, NULL, "message-type-missing", RD_HL7_FIELD_MISSING},
        {MSH "REF^I12|C1|P|2.4\rRF1|A|R\r", NULL, "pid-missing", RD_HL7_SEGMENT_SEQUENCE},
        {"MSH|^~", NULL, "malformed", RD_HL7_SEGMENT_SEQUENCE},
        {"PID|1||X", NULL, "malformed", RD_HL7_SEGMENT_SEQUENCE},
        {"{\"not\": \"hl7\"}", NULL, "malformed", RD_HL7_SEGMENT_SEQUENCE},
        {"", NULL, "malformed", RD_HL7_SEGMENT_SEQUENCE},
        {MSH "REF^I12|C1|P|2.4\rthis is not a segment\r", NULL, "malformed",
         RD_HL7_SEGMENT_SEQUENCE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rd_hl7_read *r = read_string(f, cases[i].bytes);
        assert_int_equal(r->error, cases[i].error);
        assert_null(r->submission.referral);
        assert_true(rd_text_present(r->submission.key));
        assert_int_equal(r->submission.digest.len, 32);
        if (cases[i].refused != NULL)
            assert_text(r->submission.refused_code, cases[i].refused);
        else
            assert_text(r->submission.quarantine_code, cases[i].quarantined);
    }
}

static void every_truncation_has_an_answer(void **state)
{
    struct fixture *f = *state;
    const char *whole = MSH "REF^I12^REF_I12|C1|P|2.4\rRF1|A|S^Stat|||E|REQ77^KGH\r" PID
                            "NK1|1|TEST^BOB|SON||0207\rDG1|1||W19^Fall^I10\rPV1|1|I|W1^^^RF4\r";
    for (size_t len = 0; len < strlen(whole); len++) {
        const struct rd_hl7_read *r = read_text(f, rd_text_slice(rd_text_of(whole), 0, len));
        assert_true(r->submission.referral != NULL ||
                    rd_text_present(r->submission.quarantine_code) ||
                    rd_text_present(r->submission.refused_code));
    }
}

static struct rd_text digest_with(struct fixture *f, const char *sent, const char *sequence,
                                  const char *given)
{
    char bytes[512];
    (void)snprintf(bytes, sizeof bytes,
                   "MSH|^~\\&|PAS|RF4|SPA|RED|%s||REF^I12|C1|P|2.4|%s\rPID|1||1||T^%s\r", sent,
                   sequence, given);
    return read_string(f, bytes)->submission.digest;
}

static void resends_have_the_same_digest(void **state)
{
    struct fixture *f = *state;
    char first[RD_DIGEST_BYTES];
    memcpy(first, digest_with(f, "20261121090000", "7", "A").ptr, sizeof first);
    assert_memory_equal(first, digest_with(f, "20261121090500", "8", "A").ptr, sizeof first);
    assert_memory_not_equal(first, digest_with(f, "20261121090000", "7", "B").ptr, sizeof first);
}

static void facts_and_discharge_referrals(void **state)
{
    struct fixture *f = *state;
    const char *a03 = MSH
        "ADT^A03|C1|P|2.4\rEVN|A03|202611211000\r" PID
        "PV1|1|I|ELM^^^RF4||||||||||||||||SP1|||||||||||||||||19||||||||202611201200|202611211000\r"
        "ZDP|1|P1\r";
    const struct rd_hl7_read *r = read_string(f, a03);
    assert_int_equal(r->submission.action, RD_ACTION_FACT);
    assert_int_equal(r->submission.referral->facts[0].kind, RD_FACT_DISCHARGED);
    assert_text(r->submission.referral->stay->site, "RF4");
    assert_text(r->submission.referral->stay->disposition, "19");
    const struct rd_hl7_code codes[] = {{RD_TEXT("P1"), RD_TEXT("1")}};
    f->mapping.pathway = (struct rd_hl7_place){"ZDP", 2, 1};
    f->mapping.pathway_codes = codes;
    f->mapping.pathway_codes_count = 1;
    r = read_string(f, a03);
    assert_int_equal(r->submission.action, RD_ACTION_NEW);
    assert_true(r->submission.referral->stay->pathway.has);
    assert_int_equal(r->submission.referral->stay->pathway.value, 1);
    assert_text(r->submission.referral->source_refs[0].value, "SP1");
}

/* The ward asked for somebody; that nobody here mapped its code is no reason to count it as news.
 */
static void a_discharge_code_nobody_mapped(void **state)
{
    struct fixture *f = *state;
    const struct rd_hl7_code codes[] = {{RD_TEXT("P1"), RD_TEXT("1")},
                                        {RD_TEXT("NA"), RD_TEXT("none")}};
    f->mapping.pathway = (struct rd_hl7_place){"ZDP", 2, 1};
    f->mapping.pathway_codes = codes;
    f->mapping.pathway_codes_count = 2;
    const struct rd_hl7_read *r =
        read_string(f, MSH "ADT^A03|C9|P|2.4\r" PID "PV1|1|I|ELM\rZDP|1|HOME\r");
    assert_int_equal(r->submission.action, RD_ACTION_NEW);
    assert_int_equal(r->submission.referral->kind, RD_KIND_REFERRAL);
    assert_false(r->submission.referral->stay->pathway.has);
    assert_int_equal(r->submission.referral->issues_count, 1);
    assert_text(r->submission.referral->issues[0].path, "ZDP-2");
    r = read_string(f, MSH "ADT^A03|C10|P|2.4\r" PID "ZDP|1|HOME\r"); /* and no PV1 */
    assert_int_equal(r->submission.action, RD_ACTION_NEW);
    r = read_string(f, MSH "ADT^A03|C11|P|2.4\r" PID "PV1|1|I|ELM\rZDP|1|NA\r");
    assert_int_equal(r->submission.action, RD_ACTION_FACT);
    assert_int_equal(r->submission.referral->issues_count, 0);
}

/* Everything that published messages showed to be lost or misread once. */
static const char everything[] =
    MSH "REF^I12|C7|P|2.8\r"
        "RF1|R|S|MED^Medical||O|R7^PAS|202611210900|20261201|20261120|^Falls||||||||||||||Ask "
        "first\r"
        "AUT|PLAN|A1|||||AUTH-7\r"
        "PRD|RP|ROE^RAY^J^^DR||^^^CLINIC&X^^^^^Fern Clinic|^WPN^PH^^44^20^79460002^12||F86001\r"
        "PRD|RT|POE^PIA|||020 7946 0003||RAT\r"
        "PRD|PP|OWN^OLA|||||F86002\r"
        "PID|1||H9^^^&1.2.3&ISO~S1^^^^SS||EXAMPLE^ANN^BEA^III^MRS^^L~OLDNAME^ANN||1945|2|NEE^"
        "ANN|B|"
        "1 OFFICE^^LONDON^^E1 1AA^^B~2 HIGH ROAD^FLAT 3^LONDON^E18 2QD^^^H||"
        "07700900001^PRN^CP^^^^^^ring "
        "twice~^NET^Internet^ann@example.org|5^^Internet^77|^Welsh|||||||"
        "A^White British||||||||||||||||||020 7946 0009\r"
        "PD1||A|Fern Surgery^^^^^^^^^F86003|G7^GREY^GUS^^^DR||||||||Y\r"
        "NK1|1|^^^^||1 X ST|020 7946 0004|020 7946 0005|C\r"
        "NK1|2|EXAMPLE^BEN^^^MR|CGV|||\r"
        "NK1|3||OTH^Home|||020 7946 0006|||||||Sunny Care Home\r"
        "AL1|1||^Penicillin|SV^Severe|rash\r"
        "IAM|1||^Latex|^Mild|\r"
        "NTE|1||none since May|^ALLERGIES\r"
        "OBR|1|||^Chest x-ray|||||||||cough for weeks||||||||||||||||||^Weight loss\r"
        "OBX|1|NM|^Temperature||39.2|C|36-38|H|||F\r"
        "OBX|2|SN|^Pain||>^7\r"
        "OBX|3|CE|^Mobility||1^Cannot stand~2^Falls\r"
        "OBX|4|TX|^Plan||said & done||||||D\r"
        "PRB|AD|20260101|^Dementia\r"
        "PV1|1|O|CLINIC|||||7^SEEN^SAM\r"
        "PV2|||^Cannot cope\r";
static const char *const everything_said[] = {
    "\"organisation\": \"Fern Clinic\"",
    "\"callback\": \"+44 20 79460002 ext. 12\"",
    "\"name\": \"DR RAY J ROE\"",
    "\"role\": \"referred-to\"",
    "\"role\": \"gp\"",
    "\"name\": \"SAM SEEN\"",
    "\"given\": \"ANN BEA\"",
    "\"use\": \"alias\"",
    "\"system\": \"1.2.3\"",
    "\"system\": \"SS\"",
    "\"ethnicity\": \"White British\"",
    "\"language\": \"Welsh\"",
    "\"postcode\": \"E18 2QD\"",
    "\"path\": \"PID-11, business address\"",
    "\"value\": \"ring twice\"",
    "\"value\": \"ann@example.org\"",
    "\"value\": \"020 7946 0009\"",
    "\"practice_ods\": \"F86003\"",
    "\"confidentiality\": \"restricted\"",
    "\"lives_alone\": true",
    "\"relationship\": \"emergency contact\"",
    "\"relationship\": \"care giver\"",
    "\"carer\": true",
    "\"name\": \"Sunny Care Home\"",
    "\"words\": \"Penicillin: rash (severity Severe)\"",
    "\"words\": \"Latex (severity Mild)\"",
    "\"words\": \"ALLERGIES: none since May\"",
    "\"words\": \"Chest x-ray: cough for weeks; Weight loss\"",
    "\"words\": \"Temperature: 39.2 C (H; usual 36-38)\"",
    "\"words\": \"Pain: > 7\"",
    "\"words\": \"Mobility: Cannot stand\\nFalls\"",
    "\"words\": \"Plan: said & done (withdrawn by the sender)\"",
    "\"words\": \"Dementia\"",
    "\"words\": \"Cannot cope\"",
    "\"value\": \"MED Medical\"",
    "\"value\": \"Ask first\"",
    "\"value\": \"PLAN, A1, AUTH-7\"",
    "\"code\": \"referral-status\"",
};

static void nothing_that_was_said_is_lost(void **state)
{
    const struct rd_referral *r = read_string(*state, everything)->submission.referral;
    struct rd_buf json;
    rd_buf_init(&json, rd_alloc_heap());
    rd_json_write(&rd_referral_shape, r, &json);
    rd_buf_put(&json, "", 1);
    for (size_t i = 0; i < sizeof everything_said / sizeof everything_said[0]; i++)
        if (strstr((const char *)json.bytes, everything_said[i]) == NULL)
            fail_msg("%s is missing from\n%s", everything_said[i], (const char *)json.bytes);
    rd_buf_fini(&json);
    assert_int_equal(r->person->addresses_count, 1); /* the office is nobody's home */
    assert_null(r->stay);                            /* an outpatient is in no ward */
}

/* A discharge referral says what for and with what, as any other. */
static void a_discharge_keeps_what_was_said(void **state)
{
    struct fixture *f = *state;
    f->mapping.pathway = (struct rd_hl7_place){"ZDP", 2, 1};
    const struct rd_referral *r =
        read_string(f, MSH "ADT^A03|C8|P|2.4\r" PID "PV1|1|I|ELM|||||||||||||||||SP1\r"
                           "DG1|1||S72^Broken hip\rNTE|1||stairs at home\rZDP|1|1\r")
            ->submission.referral;
    assert_int_equal(r->needs_count, 1);
    assert_text(r->needs[0].words, "Broken hip");
    assert_int_equal(r->clinical_count, 2);
    assert_text(r->clinical[1].words, "stairs at home");
    assert_int_equal(r->extra_count, 1);
}

/* A separator that is part of a longer character would cut texts in the middle of one. */
static void separators_are_ascii(void **state)
{
    const struct rd_hl7_read *read =
        read_string(*state, "MSH|\xC3\xA9~\\&|A|B||||||REF^I12|1|P\rPID|1\r");
    assert_text(read->submission.quarantine_code, "malformed");
}

static void times_as_they_are_sent(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *text, *utc;
        enum rd_precision precision;
    } cases[] = {
        {"202606211620+0100", "2026-06-21T15:20:00.000Z", RD_PRECISION_MINUTE},
        {"20260621162030", "2026-06-21T15:20:30.000Z", RD_PRECISION_SECOND},
        {"20260121162030.25", "2026-01-21T16:20:30.250Z", RD_PRECISION_FRACTION},
        {"2025-05-05 23:23:32", "2025-05-05T22:23:32.000Z", RD_PRECISION_SECOND},
        {"20260121", "2026-01-21T00:00:00.000Z", RD_PRECISION_DAY},
        {"2026", "2026-01-01T00:00:00.000Z", RD_PRECISION_YEAR},
        {"202601211620-0530", "2026-01-21T21:50:00.000Z", RD_PRECISION_MINUTE},
        {"20261301", NULL, 0},
        {"tomorrow", NULL, 0},
        {"202601", "2026-01-01T00:00:00.000Z", RD_PRECISION_MONTH},
        {"202602300000", NULL, 0},
        {"20260121162030+9999", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rd_time *time =
            rd_hl7_time(rd_text_of(cases[i].text), &rd_zone_london, &f->arena);
        if (cases[i].utc == NULL) {
            assert_null(time);
            continue;
        }
        char text[RD_INSTANT_TEXT_MAX];
        assert_non_null(time);
        assert_string_equal(rd_instant_format(time->utc_us, text), cases[i].utc);
        assert_int_equal(time->precision, cases[i].precision);
    }
}

/* What a message in a character set comes to; and whether a person is told to doubt it. */
static void character_sets(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *declared, *bytes, *expected;
        enum rd_hl7_charset fallback, charset;
        bool doubt;
    } rows[] = {
        {"", "Zo\xc3\xab", "Zo\xc3\xab", 0, RD_HL7_CHARSET_UTF8, false},
        {"8859/1", "Zo\xc3\xab", "Zo\xc3\xab", 0, RD_HL7_CHARSET_UTF8, false}, /* it is UTF-8 */
        {"", "Zo\xeb \x93ok\x94", "Zo\xc3\xab \xe2\x80\x9cok\xe2\x80\x9d", 0,
         RD_HL7_CHARSET_WINDOWS_1252, true},
        {"8859/1", "Zo\xeb", "Zo\xc3\xab", 0, RD_HL7_CHARSET_WINDOWS_1252, false},
        {"8859/1~UNICODE", "Zo\xeb", "Zo\xc3\xab", 0, RD_HL7_CHARSET_WINDOWS_1252, false},
        {"8859/14", "T\xf0r", "T\xc5\xb5r", 0, RD_HL7_CHARSET_8859_14, false},
        {"8859/2", "\xa3ukasz", "\xc5\x81ukasz", 0, RD_HL7_CHARSET_8859_2, false},
        {"8859/15", "\xa4", "\xe2\x82\xac", 0, RD_HL7_CHARSET_8859_15, false},
        {"UNICODE UTF-8", "\xa3ukasz", "\xc5\x81ukasz", RD_HL7_CHARSET_8859_2,
         RD_HL7_CHARSET_8859_2, true},
        {"KS X 1001", "T\xf0r", "T\xc5\xb5r", RD_HL7_CHARSET_8859_14, RD_HL7_CHARSET_8859_14, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[256];
        struct rd_hl7_decoded out;
        (void)snprintf(bytes, sizeof bytes, "MSH|^~\\&||||||||||||||||%s||\rNTE|1||%s",
                       rows[i].declared, rows[i].bytes);
        assert_true(rd_hl7_to_utf8(rd_text_of(bytes), rows[i].fallback, &f->arena, &out));
        assert_int_equal(out.charset, rows[i].charset);
        assert_int_equal(out.doubt != NULL, rows[i].doubt);
        assert_text(rd_text_slice(out.text, rd_text_find(out.text, '\r', 0) + 8, out.text.len),
                    rows[i].expected);
    }
}

static void what_goes_back_goes_back_as_it_came(void **state)
{
    const struct rd_hl7_read *read = read_string(
        *state, "MSH|^~\\&|Zo\xeb|RF4|SPA|RED|20261121090000||REF^I12|C\xe9|P|2.4\r" PID);
    struct rd_buf out;
    const struct rd_hl7_ack ack = {.code = "AA", .control_id = RD_TEXT("77")};
    assert_true(rd_text_is_utf8(read->submission.key));
    rd_buf_init(&out, rd_alloc_heap());
    rd_hl7_ack_write(&read->header, &ack, &out);
    rd_buf_put(&out, "", 1);
    assert_non_null(strstr((const char *)out.bytes, "MSA|AA|C\xe9\r"));
    assert_non_null(strstr((const char *)out.bytes, "|SPA|RED|Zo\xeb|RF4|"));
    rd_buf_fini(&out);
}

static void utf_16_is_known_by_its_look(void **state)
{
    struct fixture *f = *state;
    static const char plain[] = MSH "REF^I12|C1|P|2.4\r" PID;
    char wide[2 * sizeof plain + 2];
    for (int order = 0; order < 2; order++) {
        size_t len = 0;
        wide[len++] = order == 0 ? '\xFF' : '\xFE';
        wide[len++] = order == 0 ? '\xFE' : '\xFF';
        for (size_t i = 0; i < sizeof plain - 1; i++) {
            wide[len + (size_t)order] = plain[i];
            wide[len + 1 - (size_t)order] = 0;
            len += 2;
        }
        const struct rd_hl7_read *read = read_text(f, (struct rd_text){wide, len});
        assert_non_null(read->submission.referral);
        assert_text(read->submission.referral->person->names[0].family, "TEST");
        assert_text(read->header.control_id, "C1");
    }
}

/* What a mapping may say beside the pathway: places and codes of the sender's own. */
static void a_mapping_says_where_things_stand(void **state)
{
    struct fixture *f = *state;
    static const struct rd_hl7_code needs[] = {{{"77", 2}, {"fall", 4}}};
    f->mapping = (struct rd_hl7_mapping){.zone = &rd_zone_london,
                                         .priority = {"ZRF", 1, 1},
                                         .default_priority = RD_PRIORITY_TWO_DAY,
                                         .need = {"ZRF", 2, 1},
                                         .need_codes = needs,
                                         .need_codes_count = 1,
                                         .nhs_number = {"PID", 19, 1},
                                         .practice = {"ZRF", 3, 1}};
    const struct rd_referral *r =
        read_string(f, MSH "REF^I12|C1|P|2.4\rRF1||R\rPID|1||H1^^^RF4||A^B||||||||||||||999 000 "
                           "0018\rZRF|S|77^Fell^L|F86009\r")
            ->submission.referral;
    assert_int_equal(r->priority_asked, RD_PRIORITY_TWO_HOUR);
    assert_text(r->needs[0].code, "fall");
    assert_text(r->needs[0].words, "Fell");
    assert_int_equal(r->person->ids_count, 2);
    assert_text(r->person->ids[1].system, "nhs-number");
    assert_text(r->person->ids[1].value, "9990000018");
    assert_true(r->person->ids[1].checksum_ok.value);
    assert_text(r->person->practice_ods, "F86009");
    r = read_string(f, MSH "REF^I12|C1|P|2.4\rRF1||R\rPID|1||H1^^^RF4||A^B\r")->submission.referral;
    assert_int_equal(r->priority_asked, RD_PRIORITY_TWO_DAY);
    f->mapping.nhs_number = (struct rd_hl7_place){"PID", 3, 1}; /* unmarked, in its usual place */
    r = read_string(f, MSH "REF^I12|C1|P|2.4\rPID|1||9990000018||A^B\r")->submission.referral;
    assert_int_equal(r->person->ids_count, 1);
    assert_text(r->person->ids[0].system, "nhs-number");
}

static void escapes(void **state)
{
    struct fixture *f = *state;
    struct rd_hl7 message;
    assert_int_equal(
        rd_hl7_parse(RD_TEXT("MSH|^~\\&|a\\T\\b\\.br\\c\\X41\\d\\Xzz\\e\\H\\f\\N\\|\"\""),
                     &f->arena, &message, NULL),
        RD_OK);
    const struct rd_hl7_segment *msh = rd_hl7_segment(&message, "MSH", 0);
    assert_text(rd_hl7_get(&message, msh, 3, 0, &f->arena), "a&b\ncAd\\Xzz\\ef");
    assert_false(rd_text_present(rd_hl7_get(&message, msh, 4, 0, &f->arena)));
    assert_text(rd_hl7_field(&message, msh, 1), "|");
}

static void acknowledgements(void **state)
{
    struct fixture *f = *state;
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    const struct rd_hl7_read *r = read_string(f, MSH "REF^I12|C1|P|2.4\r" PID);
    struct rd_hl7_ack ack = {.code = "AA", .now = 0, .control_id = RD_TEXT("77")};
    rd_hl7_ack_write(&r->header, &ack, &out);
    assert_text(rd_buf_text(&out),
                "MSH|^~\\&|SPA|RED|PAS|RF4|19700101000000+0000||ACK^I12|77|P|2.4\rMSA|AA|C1\r");
    rd_buf_clear(&out);
    r = read_string(f, "MSH$%~\\&$PAS$RF4$SPA$RED$20261121$$REF%I15$C2$P$2.5\r");
    ack = (struct rd_hl7_ack){.code = "AR",
                              .error = r->error,
                              .location = r->location,
                              .words = RD_TEXT("costs $5"),
                              .control_id = RD_TEXT("78")};
    rd_hl7_ack_write(&r->header, &ack, &out);
    assert_text(rd_buf_text(&out),
                "MSH$%~\\&$SPA$RED$PAS$RF4$19700101000000+0000$$ACK%I15$78$P$2.5\r"
                "MSA$AR$C2$costs \\F\\5\r"
                "ERR$$MSH%1%9%1%2$201%Unsupported event code%HL70357$E$$$$costs \\F\\5\r");
    rd_buf_clear(&out);
    const struct rd_hl7_header none = {0};
    ack = (struct rd_hl7_ack){.code = "AE",
                              .error = RD_HL7_SEGMENT_SEQUENCE,
                              .location = RD_TEXT("MSH"),
                              .control_id = RD_TEXT("79")};
    rd_hl7_ack_write(&none, &ack, &out);
    assert_text(rd_buf_text(&out), "MSH|^~\\&|||||19700101000000+0000||ACK|79|P|2.4\rMSA|AE|\r"
                                   "ERR|MSH^1^^100&Segment sequence error&HL70357\r");
    rd_buf_fini(&out);
}

static void enhanced_mode_wishes(void **state)
{
    (void)state;
    assert_true(rd_hl7_ack_wanted(RD_TEXT("AL"), true, false));
    assert_false(rd_hl7_ack_wanted(RD_TEXT("NE"), false, true));
    assert_true(rd_hl7_ack_wanted(RD_TEXT("ER"), false, false));
    assert_false(rd_hl7_ack_wanted(RD_TEXT("ER"), true, true));
    assert_true(rd_hl7_ack_wanted(RD_TEXT("SU"), true, false));
    assert_true(rd_hl7_ack_wanted(RD_TEXT_NONE, true, true));
    assert_true(rd_hl7_ack_is_wish(RD_TEXT("NE")));
    assert_false(rd_hl7_ack_is_wish(RD_TEXT("123456^^^HOSP")));
    assert_false(rd_hl7_ack_is_wish(RD_TEXT_NONE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hl7_rig_setup, hl7_rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_referral_in_every_line_end),
        TEST(nhs_numbers_in_the_wild),
        TEST(refusals_and_quarantine),
        TEST(every_truncation_has_an_answer),
        TEST(resends_have_the_same_digest),
        TEST(facts_and_discharge_referrals),
        TEST(a_discharge_code_nobody_mapped),
        TEST(nothing_that_was_said_is_lost),
        TEST(a_discharge_keeps_what_was_said),
        TEST(separators_are_ascii),
        TEST(times_as_they_are_sent),
        TEST(character_sets),
        TEST(what_goes_back_goes_back_as_it_came),
        TEST(utf_16_is_known_by_its_look),
        TEST(a_mapping_says_where_things_stand),
        TEST(escapes),
        TEST(acknowledgements),
        TEST(enhanced_mode_wishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
