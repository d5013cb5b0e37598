/* DG1, AL1, IAM, OBX, OBR, PR1, PRB, PV2 and NTE: what is said about the person, each as a line
 * that can be read alone: what it is of, what it says, and what was said about it. */
#include "adapters/hl7v2/hl7_build.h"

#include "model/limits.h"

#include <sodium.h>

/* A letter sent as one NTE or OBX a line has more of them than a list may: the rest of it stands in
 * the last item, so that a reader has every line in its order. */
static void append_line(struct rd_hl7_build *build, struct rd_clinical *last, struct rd_text words)
{
    last->words =
        rd_arena_format(build->arena, "%.*s\n%.*s", RD_TEXT_ARG(last->words), RD_TEXT_ARG(words));
    build->full = build->full || !rd_text_present(last->words);
}

static void add_clinical(struct rd_hl7_build *build, struct rd_referral *referral, const char *kind,
                         struct rd_text words, const struct rd_coding *coding)
{
    if (!rd_text_present(words))
        return;
    if (referral->clinical_count == RD_LIST_ITEMS_MAX) {
        append_line(build, &referral->clinical[RD_LIST_ITEMS_MAX - 1], words);
        return;
    }
    struct rd_clinical *clinical = RD_HL7_ADD(build, referral, clinical);
    if (clinical == NULL)
        return;
    clinical->kind = rd_text_of(kind);
    clinical->words = words;
    bool has_code = rd_text_present(coding->code) ||
                    (rd_text_present(coding->display) && !rd_text_equal(coding->display, words));
    struct rd_coding *kept = has_code ? RD_HL7_ADD(build, clinical, codes) : NULL;
    if (kept != NULL)
        *kept = *coding;
}

static struct rd_coding coding_at(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                                  unsigned field)
{
    struct rd_coding out = {.code = RD_TEXT_NONE};
    struct rd_text first = {"", 0};
    if (field != 0)
        (void)rd_hl7_repetition(&build->message, rd_hl7_field(&build->message, segment, field), 0,
                                &first);
    (void)rd_hl7_coding(build, first, &out);
    return out;
}

static struct rd_text name_of(const struct rd_coding *coding)
{
    return rd_text_present(coding->display) ? coding->display : coding->code;
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

static bool is_one_of(struct rd_text type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_is(type, types[i]))
            return true;
    return false;
}

/* OBX-5 by OBX-2: text as it stands, of a coded value its words, of anything else its parts. */
static struct rd_text value_words(struct rd_hl7_build *build, const struct rd_hl7_segment *obx)
{
    static const char *const coded[] = {"CE", "CWE", "CNE", "CF"};
    static const char *const texts[] = {"", "ST", "TX", "FT", "NM", "DT", "TS", "TM", "DTM"};
    struct rd_text type = rd_hl7_text(build, obx, 2, 1);
    struct rd_text all = rd_hl7_field(&build->message, obx, 5);
    struct rd_text out = RD_TEXT_NONE;
    struct rd_text one;
    if (!rd_text_present(type) || is_one_of(type, texts, sizeof texts / sizeof texts[0]))
        return rd_hl7_words(build, obx, 5);
    bool has_words = is_one_of(type, coded, sizeof coded / sizeof coded[0]);
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &one);) {
        struct rd_coding coding;
        struct rd_text words = has_words && rd_hl7_coding(build, one, &coding)
                                   ? name_of(&coding)
                                   : rd_hl7_flat(build, one);
        out = rd_hl7_join(build, out, "\n", words);
    }
    return out;
}

/* "Temperature: 39.2 C (H; usual 36-38)"; withdrawn ones say so. */
static struct rd_text observation_words(struct rd_hl7_build *build,
                                        const struct rd_hl7_segment *obx,
                                        const struct rd_coding *what)
{
    struct rd_text out = rd_hl7_join(build, value_words(build, obx), " ",
                                     rd_hl7_flat(build, rd_hl7_field(&build->message, obx, 6)));
    if (!rd_text_present(out))
        return RD_TEXT_NONE;
    struct rd_text flag = rd_hl7_text(build, obx, 8, 1);
    struct rd_text range = rd_hl7_text(build, obx, 7, 1);
    struct rd_text status = rd_hl7_text(build, obx, 11, 1);
    struct rd_text more = rd_text_is(flag, "N") ? RD_TEXT_NONE : flag;
    if (rd_text_present(range))
        more = rd_hl7_join(build, more, "; ", rd_hl7_join(build, RD_TEXT("usual"), " ", range));
    if (rd_text_is(status, "D") || rd_text_is(status, "W") || rd_text_is(status, "X"))
        more = rd_hl7_join(build, more, "; ", RD_TEXT("withdrawn by the sender"));
    if (rd_text_present(more))
        out = rd_hl7_format(build, "%.*s (%.*s)", RD_TEXT_ARG(out), RD_TEXT_ARG(more));
    return rd_hl7_join(build, name_of(what), ": ", out);
}

static void add_observation(struct rd_hl7_build *build, struct rd_referral *referral,
                            const struct rd_hl7_segment *obx)
{
    struct rd_coding what = coding_at(build, obx, 3);
    add_clinical(build, referral, "observation", observation_words(build, obx, &what), &what);
}

/* AL1 and IAM: to what, how it shows, how badly. Never the reaction alone. */
static void add_allergy(struct rd_hl7_build *build, struct rd_referral *referral,
                        const struct rd_hl7_segment *segment)
{
    struct rd_coding what = coding_at(build, segment, 3);
    struct rd_coding severity = coding_at(build, segment, 4);
    struct rd_text words =
        rd_hl7_join(build, name_of(&what), ": ", rd_hl7_words(build, segment, 5));
    if (rd_text_present(name_of(&severity)))
        words = rd_hl7_format(build, "%.*s (severity %.*s)", RD_TEXT_ARG(words),
                              RD_TEXT_ARG(name_of(&severity)));
    add_clinical(build, referral, "allergy", words, &what);
}

/* NTE-4 says what kind of note it is ("ALLERGIES"): without it the words can mislead. */
static void add_note(struct rd_hl7_build *build, struct rd_referral *referral,
                     const struct rd_hl7_segment *nte)
{
    struct rd_coding kind = coding_at(build, nte, 4);
    struct rd_text words = rd_hl7_words(build, nte, 3);
    if (rd_text_present(words))
        words = rd_hl7_join(build, name_of(&kind), ": ", words);
    add_clinical(build, referral, "note", words, &kind);
}

/* OBR: what was examined, with the clinical information and the reason for it. */
static void add_order(struct rd_hl7_build *build, struct rd_referral *referral,
                      const struct rd_hl7_segment *obr)
{
    struct rd_coding what = coding_at(build, obr, 4);
    struct rd_coding reason = coding_at(build, obr, 31);
    struct rd_text said = rd_hl7_join(build, rd_hl7_words(build, obr, 13), "; ", name_of(&reason));
    if (rd_text_present(said))
        add_clinical(build, referral, "request", rd_hl7_join(build, name_of(&what), ": ", said),
                     &what);
}

/* Segments of one coded field and its narrative (0: none). */
struct clinical_row {
    const char *segment, *kind;
    unsigned words, coded;
};

static void add_plain(struct rd_hl7_build *build, struct rd_referral *referral,
                      const struct clinical_row *row, const struct rd_hl7_segment *segment)
{
    struct rd_coding coding = coding_at(build, segment, row->coded);
    struct rd_text words =
        row->words == 0 ? RD_TEXT_NONE : rd_hl7_words(build, segment, row->words);
    add_clinical(build, referral, row->kind, rd_text_present(words) ? words : name_of(&coding),
                 &coding);
}

void rd_hl7_clinical(struct rd_hl7_build *build, struct rd_referral *referral)
{
    static const struct clinical_row rows[] = {{"DG1", "diagnosis", 4, 3},
                                               {"PR1", "procedure", 4, 3},
                                               {"PRB", "problem", 0, 3},
                                               {"PV2", "reason-for-visit", 0, 3}};
    static const struct {
        const char *segment;
        void (*add)(struct rd_hl7_build *, struct rd_referral *, const struct rd_hl7_segment *);
    } others[] = {{"AL1", add_allergy},
                  {"IAM", add_allergy},
                  {"NTE", add_note},
                  {"OBR", add_order},
                  {"OBX", add_observation}};
    for (size_t i = 0; i < build->message.segments_count; i++) {
        const struct rd_hl7_segment *segment = &build->message.segments[i];
        if (is_document(build, segment)) {
            add_document(build, referral, segment);
            continue;
        }
        for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
            if (rd_text_is(segment->name, rows[row].segment))
                add_plain(build, referral, &rows[row], segment);
        for (size_t row = 0; row < sizeof others / sizeof others[0]; row++)
            if (rd_text_is(segment->name, others[row].segment))
                others[row].add(build, referral, segment);
    }
}
