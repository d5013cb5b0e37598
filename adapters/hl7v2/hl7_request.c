/* RF1, PRD, DG1, OBX, AL1, NTE and Z segments: what is asked for, by whom, with what said. */
#include "adapters/hl7v2/hl7_build.h"

#include "model/limits.h"

#include <sodium.h>
#include <string.h>

static enum rd_priority priority_of(const struct rd_hl7_mapping *mapping, struct rd_text code)
{
    for (size_t i = 0; i < mapping->priority_codes_count; i++)
        if (rd_text_equal_nocase(mapping->priority_codes[i].from, code))
            return (enum rd_priority)rd_enum_value(&rd_priority_names,
                                                   mapping->priority_codes[i].to);
    if (mapping->priority_codes_count > 0)
        return 0;
    if (rd_text_equal_nocase(code,
                             RD_TEXT("S"))) /* table 0280: stat, as soon as possible, routine */
        return RD_PRIORITY_TWO_HOUR;
    if (rd_text_equal_nocase(code, RD_TEXT("A")))
        return RD_PRIORITY_SAME_DAY;
    return rd_text_equal_nocase(code, RD_TEXT("R")) ? RD_PRIORITY_ROUTINE : 0;
}

static void add_reference(struct rd_hl7_build *build, struct rd_referral *referral,
                          const struct rd_hl7_segment *segment, unsigned field, const char *what)
{
    struct rd_text value = rd_hl7_text(build, segment, field, 1);
    if (!rd_text_present(value))
        return;
    struct rd_identifier *id = RD_HL7_ADD(build, referral, source_refs);
    if (id == NULL)
        return;
    *id = (struct rd_identifier){.system = rd_text_of(what),
                                 .value = value,
                                 .assigner = rd_hl7_text(build, segment, field, 2)};
}

static void add_need(struct rd_hl7_build *build, struct rd_referral *referral,
                     const struct rd_hl7_segment *segment, unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_coding coding;
        if (!rd_hl7_coding(build, repetition, &coding))
            continue;
        struct rd_need *need = RD_HL7_ADD(build, referral, needs);
        if (need == NULL)
            return;
        need->words = rd_text_present(coding.display) ? coding.display : coding.code;
        struct rd_coding *kept = RD_HL7_ADD(build, need, codes);
        if (kept != NULL)
            *kept = coding;
    }
}

/* RF1-8 is an expiry: usually a date, weeks ahead. Only with a time of day is it a moment to
 * respond by. */
static void add_respond_by(struct rd_hl7_build *build, struct rd_referral *referral,
                           const struct rd_hl7_segment *rf1)
{
    struct rd_time *expiry = rd_hl7_when(build, rf1, 8);
    if (expiry == NULL)
        return;
    if (expiry->precision >= RD_PRECISION_MINUTE) {
        referral->respond_by = expiry;
        return;
    }
    struct rd_extra *extra = RD_HL7_ADD(build, referral, extra);
    if (extra != NULL)
        *extra = (struct rd_extra){RD_TEXT("RF1-8"), expiry->original};
}

static void read_rf1(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *rf1 = rd_hl7_segment(&build->message, "RF1", 0);
    if (rf1 == NULL) {
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "no-rf1", "RF1",
                     "there is no RF1 segment: priority and references are unknown");
        return;
    }
    struct rd_text code = rd_hl7_text(build, rf1, 2, 1);
    referral->priority_asked = priority_of(build->mapping, code);
    if (rd_text_present(code) && referral->priority_asked == 0)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "priority", "RF1-2",
                     "the priority is none that this feed's mapping knows: not asked for any");
    add_reference(build, referral, rf1, 6, "originating-referral");
    add_reference(build, referral, rf1, 11, "external-referral");
    referral->authored = rd_hl7_when(build, rf1, 7);
    add_respond_by(build, referral, rf1);
    add_need(build, referral, rf1, 10);
}

static void read_referrer(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *prd;
    for (size_t i = 0; (prd = rd_hl7_segment(&build->message, "PRD", i)) != NULL; i++) {
        if (!rd_text_is(rd_hl7_text(build, prd, 1, 1), "RP"))
            continue;
        struct rd_party *party = rd_arena_take(build->arena, sizeof *party);
        if (party == NULL) {
            build->full = true;
            return;
        }
        struct rd_text given = rd_hl7_text(build, prd, 2, 2);
        struct rd_text family = rd_hl7_text(build, prd, 2, 1);
        struct rd_text phone = rd_hl7_text(build, prd, 5, 1);
        party->name =
            rd_arena_format(build->arena, "%.*s%s%.*s", RD_TEXT_ARG(given),
                            given.len > 0 && family.len > 0 ? " " : "", RD_TEXT_ARG(family));
        party->role = RD_TEXT("referring");
        party->ods = rd_hl7_text(build, prd, 7, 1);
        party->callback = rd_text_present(phone) ? phone : rd_hl7_text(build, prd, 5, 12);
        referral->referrer = party;
        return;
    }
}

/* A letter sent as one NTE or OBX a line has more of them than a list may: the rest of it stands in
 * the last item, so that a reader has every line in its order. */
static void append_line(struct rd_hl7_build *build, struct rd_clinical *last, struct rd_text words)
{
    last->words =
        rd_arena_format(build->arena, "%.*s\n%.*s", RD_TEXT_ARG(last->words), RD_TEXT_ARG(words));
    build->full = build->full || !rd_text_present(last->words);
}

static void add_clinical(struct rd_hl7_build *build, struct rd_referral *referral, const char *kind,
                         struct rd_text words, struct rd_text coded)
{
    struct rd_coding coding;
    bool has_code = coded.len > 0 && rd_hl7_coding(build, coded, &coding);
    if (!rd_text_present(words) && !has_code)
        return;
    if (!rd_text_present(words))
        words = rd_text_present(coding.display) ? coding.display : coding.code;
    if (referral->clinical_count == RD_LIST_ITEMS_MAX) {
        append_line(build, &referral->clinical[RD_LIST_ITEMS_MAX - 1], words);
        return;
    }
    struct rd_clinical *clinical = RD_HL7_ADD(build, referral, clinical);
    if (clinical == NULL)
        return;
    clinical->kind = rd_text_of(kind);
    clinical->words = words;
    struct rd_coding *kept = has_code ? RD_HL7_ADD(build, clinical, codes) : NULL;
    if (kept != NULL)
        *kept = coding;
}

static bool is_document(struct rd_hl7_build *build, const struct rd_hl7_segment *segment)
{
    return rd_text_is(segment->name, "OBX") && rd_text_is(rd_hl7_text(build, segment, 2, 1), "ED");
}

/* ED: application^type^subtype^encoding^data. A document that would not fit beside the original is
 * named here and stands whole in the original. */
static void add_document(struct rd_hl7_build *build, struct rd_referral *referral,
                         const struct rd_hl7_segment *obx)
{
    enum { DOCUMENT_BYTES_MAX = 128 * 1024 };
    struct rd_text type = rd_hl7_text(build, obx, 5, 2);
    struct rd_text subtype = rd_hl7_text(build, obx, 5, 3);
    struct rd_text data = rd_hl7_text(build, obx, 5, 5);
    struct rd_text title = rd_hl7_text(build, obx, 3, 2);
    struct rd_attachment *made = RD_HL7_ADD(build, referral, attachments);
    if (made == NULL)
        return;
    made->title = rd_text_present(title) ? title : rd_hl7_text(build, obx, 3, 1);
    made->media_type =
        rd_arena_format(build->arena, "%.*s/%.*s", RD_TEXT_ARG(type), RD_TEXT_ARG(subtype));
    if (data.len > DOCUMENT_BYTES_MAX) {
        rd_hl7_issue(
            build, referral, RD_SEVERITY_WARNING, "document-left-out", "OBX-5",
            "an embedded document is over 128 KiB: it stands in the original message only");
        return;
    }
    unsigned char *bytes = data.len == 0 ? NULL : rd_arena_take(build->arena, data.len);
    size_t len = 0;
    bool base64 = rd_text_equal_nocase(rd_hl7_text(build, obx, 5, 4), RD_TEXT("Base64"));
    made->data = data;
    build->full = build->full || (data.len > 0 && bytes == NULL);
    if (base64 && bytes != NULL &&
        sodium_base642bin(bytes, data.len, data.ptr, data.len, "\r\n\t ", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0)
        made->data = (struct rd_text){(const char *)bytes, len};
}

/* OBX-5 by OBX-2: of a coded value its words, of a quantity its unit (OBX-6) too. */
static struct rd_text observation_words(struct rd_hl7_build *build,
                                        const struct rd_hl7_segment *obx)
{
    static const char *const coded[] = {"CE", "CWE", "CNE", "CF"};
    struct rd_text type = rd_hl7_text(build, obx, 2, 1);
    struct rd_text all = rd_hl7_field(&build->message, obx, 5);
    bool one = rd_text_find(all, build->message.repetition, 0) == all.len;
    struct rd_coding coding;
    for (size_t i = 0; one && i < sizeof coded / sizeof coded[0]; i++)
        if (rd_text_is(type, coded[i]) && rd_hl7_coding(build, all, &coding) &&
            rd_text_present(coding.display))
            return coding.display;
    struct rd_text words = rd_hl7_words(build, obx, 5);
    struct rd_text unit = rd_hl7_text(build, obx, 6, 1);
    if (!rd_text_present(words) || !rd_text_present(unit))
        return words;
    words = rd_arena_format(build->arena, "%.*s %.*s", RD_TEXT_ARG(words), RD_TEXT_ARG(unit));
    build->full = build->full || !rd_text_present(words);
    return words;
}

/* Which field of a segment is narrative, which is coded (0: none). */
struct clinical_row {
    const char *segment, *kind;
    unsigned words, coded;
};

static void read_clinical(struct rd_hl7_build *build, struct rd_referral *referral)
{
    static const struct clinical_row rows[] = {
        {"DG1", "diagnosis", 4, 3}, {"AL1", "allergy", 5, 3}, {"OBX", "observation", 5, 3},
        {"PR1", "procedure", 4, 3}, {"NTE", "note", 3, 0},
    };
    for (size_t i = 0; i < build->message.segments_count; i++) {
        const struct rd_hl7_segment *segment = &build->message.segments[i];
        if (is_document(build, segment)) {
            add_document(build, referral, segment);
            continue;
        }
        for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
            if (!rd_text_is(segment->name, rows[row].segment))
                continue;
            struct rd_text coded = {"", 0};
            if (rows[row].coded != 0)
                (void)rd_hl7_repetition(&build->message,
                                        rd_hl7_field(&build->message, segment, rows[row].coded), 0,
                                        &coded);
            add_clinical(build, referral, rows[row].kind,
                         rd_text_is(segment->name, "OBX")
                             ? observation_words(build, segment)
                             : rd_hl7_words(build, segment, rows[row].words),
                         coded);
        }
    }
}

/* A Z segment is the sender's own: kept whole, by its place, for the owner to read. */
static void read_extra(struct rd_hl7_build *build, struct rd_referral *referral)
{
    for (size_t i = 0; i < build->message.segments_count; i++) {
        const struct rd_hl7_segment *segment = &build->message.segments[i];
        struct rd_text body = rd_text_trim(segment->body);
        if (segment->name.ptr[0] != 'Z' || body.len == 0)
            continue;
        struct rd_extra *extra = RD_HL7_ADD(build, referral, extra);
        if (extra != NULL)
            *extra = (struct rd_extra){segment->name, body};
    }
}

void rd_hl7_request(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *msh = rd_hl7_segment(&build->message, "MSH", 0);
    read_rf1(build, referral);
    read_referrer(build, referral);
    read_clinical(build, referral);
    read_extra(build, referral);
    referral->target = rd_hl7_text(build, msh, 6, 1);
    if (referral->needs_count == 0) {
        const struct rd_hl7_segment *dg1 = rd_hl7_segment(&build->message, "DG1", 0);
        if (dg1 != NULL)
            add_need(build, referral, dg1, 3); /* the diagnosis is all that says what for */
    }
}
