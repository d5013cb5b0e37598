#include "adapters/hl7v2/hl7_read.h"

#include "adapters/hl7v2/hl7_build.h"
#include "adapters/hl7v2/hl7_charset.h"
#include "adapters/hl7v2/hl7_time.h"

#include "model/limits.h"

#include <sodium.h>

static void read_header(struct rd_hl7_build *build, struct rd_hl7_header *out)
{
    const struct rd_hl7_segment *msh = rd_hl7_segment(&build->message, "MSH", 0);
    *out = (struct rd_hl7_header){
        .field = build->message.field,
        .component = build->message.component,
        .repetition = build->message.repetition,
        .escape = build->message.escape,
        .subcomponent = build->message.subcomponent,
        /* whole and still escaped: they go back as they came */
        .sending_app = rd_hl7_field(&build->message, msh, 3),
        .sending_facility = rd_hl7_field(&build->message, msh, 4),
        .receiving_app = rd_hl7_field(&build->message, msh, 5),
        .receiving_facility = rd_hl7_field(&build->message, msh, 6),
        .control_id = rd_hl7_field(&build->message, msh, 10),
        .type = rd_hl7_text(build, msh, 9, 1),
        .event = rd_hl7_text(build, msh, 9, 2),
        .processing = rd_hl7_text(build, msh, 11, 1),
        .version = rd_hl7_text(build, msh, 12, 1),
        .accept_ack = rd_hl7_text(build, msh, 15, 1),
        .application_ack = rd_hl7_text(build, msh, 16, 1),
    };
}

/* The content without what a resend changes: line ends, MSH-7 and MSH-13. */
static struct rd_text digest_of(struct rd_hl7_build *build)
{
    crypto_generichash_state state;
    unsigned char *out = rd_arena_take(build->arena, RD_DIGEST_BYTES);
    if (out == NULL || crypto_generichash_init(&state, NULL, 0, RD_DIGEST_BYTES) != 0) {
        build->full = true;
        return RD_TEXT_NONE;
    }
    for (size_t i = 0; i < build->message.segments_count; i++) {
        const struct rd_hl7_segment *segment = &build->message.segments[i];
        (void)crypto_generichash_update(&state, (const unsigned char *)segment->name.ptr, 3);
        bool header = i == 0;
        for (unsigned field = 2; header && field <= 25; field++) {
            struct rd_text value = rd_hl7_field(&build->message, segment, field);
            if (field != 7 && field != 13)
                (void)crypto_generichash_update(&state, (const unsigned char *)value.ptr,
                                                value.len);
            (void)crypto_generichash_update(&state, (const unsigned char *)"|", 1);
        }
        struct rd_text body = rd_text_trim(segment->body);
        if (!header)
            (void)crypto_generichash_update(&state, (const unsigned char *)body.ptr, body.len);
        (void)crypto_generichash_update(&state, (const unsigned char *)"\r", 1);
    }
    (void)crypto_generichash_final(&state, out, RD_DIGEST_BYTES);
    return (struct rd_text){(const char *)out, RD_DIGEST_BYTES};
}

static struct rd_text digest_of_bytes(struct rd_hl7_build *build, struct rd_text bytes)
{
    unsigned char *out = rd_arena_take(build->arena, RD_DIGEST_BYTES);
    if (out == NULL || crypto_generichash(out, RD_DIGEST_BYTES, (const unsigned char *)bytes.ptr,
                                          bytes.len, NULL, 0) != 0) {
        build->full = true;
        return RD_TEXT_NONE;
    }
    return (struct rd_text){(const char *)out, RD_DIGEST_BYTES};
}

/* A key for what has no control id, or cannot be read at all: its own content. */
static struct rd_text key_of_digest(struct rd_hl7_build *build, struct rd_text digest)
{
    char hex[2 * RD_DIGEST_BYTES + 1];
    if (!rd_text_present(digest))
        return RD_TEXT_NONE;
    (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)digest.ptr, digest.len);
    return rd_arena_format(build->arena, "content:%s", hex);
}

static void quarantine(struct rd_hl7_read *out, enum rd_hl7_error error, const char *location,
                       const char *code, struct rd_text words)
{
    out->error = error;
    out->location = rd_text_of(location);
    out->submission.quarantine_code = rd_text_of(code);
    out->submission.quarantine_words = words;
    out->submission.referral = NULL;
}

void rd_hl7_refuse(struct rd_hl7_read *out, enum rd_hl7_error error, const char *location,
                   const char *code, struct rd_text words)
{
    out->submission.original = RD_TEXT_NONE;
    out->error = error;
    out->location = rd_text_of(location);
    out->submission.refused_code = rd_text_of(code);
    out->submission.refused_words = words;
    out->submission.referral = NULL;
}

void rd_hl7_quarantine_cut(struct rd_hl7_read *out, struct rd_arena *arena)
{
    struct rd_text key = rd_arena_format(arena, "cut:%.*s", RD_TEXT_ARG(out->submission.key));
    out->submission.key =
        key.len <= RD_KEY_BYTES_MAX ? key : rd_text_slice(key, 0, RD_KEY_BYTES_MAX);
    out->submission.refused_code = RD_TEXT_NONE;
    quarantine(out, RD_HL7_SEGMENT_SEQUENCE, "MSH", "frame-cut",
               RD_TEXT("the message was cut short: another began before it ended"));
}

static bool version_supported(struct rd_text version)
{
    static const char *const supported[] = {"2.3", "2.4", "2.5", "2.6", "2.7", "2.8"};
    if (!rd_text_present(version))
        return true; /* left out by some senders: read as the rest of the message allows */
    for (size_t i = 0; i < sizeof supported / sizeof supported[0]; i++)
        if (rd_text_starts(version, supported[i]) && (version.len == 3 || version.ptr[3] == '.'))
            return true;
    return false;
}

/* True when the header is one that we read on; otherwise `out` says what the sender is told. */
static bool accept_header(struct rd_hl7_build *build, struct rd_hl7_read *out)
{
    const struct rd_hl7_header *h = &out->header;
    if (!version_supported(h->version)) {
        rd_hl7_refuse(out, RD_HL7_UNSUPPORTED_VERSION, "MSH-12", "version",
                      RD_TEXT("MSH-12: this version is not read: send 2.3 to 2.8"));
        return false;
    }
    if (!rd_text_present(h->processing)) {
        rd_hl7_refuse(out, RD_HL7_FIELD_MISSING, "MSH-11", "processing-id-missing",
                      RD_TEXT("MSH-11 is empty: send P for a live message, T for a test"));
        return false;
    }
    bool ref = rd_text_is(h->type, "REF");
    bool adt = rd_text_is(h->type, "ADT");
    if (!rd_text_present(h->type)) {
        quarantine(out, RD_HL7_FIELD_MISSING, "MSH-9", "message-type-missing",
                   RD_TEXT("MSH-9 is empty: expected REF^I12, REF^I13, REF^I14 or an ADT event"));
        return false;
    }
    if (!ref && !adt) {
        rd_hl7_refuse(out, RD_HL7_UNSUPPORTED_TYPE, "MSH-9.1", "message-type",
                      RD_TEXT("MSH-9.1: this message type is not taken here: send REF or ADT"));
        return false;
    }
    bool known = ref ? rd_text_is(h->event, "I12") || rd_text_is(h->event, "I13") ||
                           rd_text_is(h->event, "I14")
                     : rd_hl7_is_fact(h->event);
    if (!known) {
        rd_hl7_refuse(
            out, RD_HL7_UNSUPPORTED_EVENT, "MSH-9.2", "message-event",
            RD_TEXT("MSH-9.2: this event is not taken here: send REF I12, I13 or I14, or ADT A01, "
                    "A02, A03, A08, A11, A13, A28, A31 or A40"));
        return false;
    }
    if (h->control_id.len == 0) {
        quarantine(
            out, RD_HL7_FIELD_MISSING, "MSH-10", "control-id-missing",
            RD_TEXT("MSH-10 is empty: a message without a control id cannot be told from its "
                    "repeat"));
        return false;
    }
    bool messages = rd_hl7_segment(&build->message, "MSH", 1) != NULL;
    if (messages || rd_hl7_segment(&build->message, "PID", 1) != NULL) {
        /* Its own key: the sender may send each again under the control ids that are in here. */
        out->submission.key = key_of_digest(build, out->submission.digest);
        quarantine(out, RD_HL7_SEGMENT_SEQUENCE, messages ? "MSH" : "PID",
                   messages ? "several-messages" : "several-persons",
                   messages ? RD_TEXT("there is more than one MSH segment: send each message in a "
                                      "frame of its own")
                            : RD_TEXT("there is more than one PID segment: send a message for "
                                      "each person"));
        return false;
    }
    if (rd_hl7_segment(&build->message, "PID", 0) == NULL) {
        quarantine(out, RD_HL7_SEGMENT_SEQUENCE, "PID", "pid-missing",
                   RD_TEXT("there is no PID segment: nobody is named"));
        return false;
    }
    return true;
}

static void read_body(struct rd_hl7_build *build, struct rd_hl7_read *out)
{
    const struct rd_hl7_header *h = &out->header;
    struct rd_referral *referral = rd_arena_take(build->arena, sizeof *referral);
    if (referral == NULL) {
        build->full = true;
        return;
    }
    referral->kind = RD_KIND_REFERRAL;
    referral->custody = RD_CUSTODY_ROUTER;
    rd_hl7_person(build, referral);
    if (build->full)
        return;
    if (!rd_text_is(h->type, "REF") || rd_hl7_is_stay(build))
        rd_hl7_stay(build, referral);
    out->submission.referral = referral;
    if (rd_text_is(h->type, "REF")) {
        rd_hl7_request(build, referral);
        out->submission.action = rd_text_is(h->event, "I12")   ? RD_ACTION_NEW
                                 : rd_text_is(h->event, "I13") ? RD_ACTION_AMEND
                                                               : RD_ACTION_CANCEL;
        return;
    }
    bool discharge = rd_hl7_is_discharge(build);
    out->submission.action = discharge ? RD_ACTION_NEW : RD_ACTION_FACT;
    referral->kind = discharge ? RD_KIND_REFERRAL : RD_KIND_NOTICE;
    rd_hl7_fact(build, referral, h->event);
    if (discharge && (referral->stay == NULL || !referral->stay->pathway.has))
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "discharge-pathway",
                     rd_hl7_place_name(build, &build->mapping->pathway),
                     "the discharge pathway is not known: no PV1, or a code that this feed's "
                     "mapping does not hold; ask the ward, and add the code to pathway-codes");
    if (discharge) {
        rd_hl7_beside(build, referral);
        rd_hl7_needs(build, referral);
    }
    if (discharge && referral->stay != NULL && rd_text_present(referral->stay->spell)) {
        struct rd_identifier *id = RD_HL7_ADD(build, referral, source_refs);
        if (id != NULL)
            *id = (struct rd_identifier){RD_TEXT("spell"), referral->stay->spell, RD_TEXT_NONE};
    }
}

/* MSH-13, the sequence number protocol: 1 and up, 0 and -1 as the submission says them; other
 * writings are nobody's numbers. */
static void read_sequence(struct rd_hl7_build *build, const struct rd_hl7_segment *msh,
                          struct rd_submission *out)
{
    struct rd_text text = rd_hl7_text(build, msh, 13, 1);
    int64_t number = 0;
    if (!rd_text_present(text) || !rd_text_to_i64(text, &number) || number < -1)
        return;
    struct rd_text of =
        rd_hl7_format(build, "%.*s|%.*s", RD_TEXT_ARG(rd_hl7_text(build, msh, 3, 1)),
                      RD_TEXT_ARG(rd_hl7_text(build, msh, 4, 1)));
    if (of.len > RD_REF_BYTES_MAX)
        return;
    out->sequence = number;
    out->sequence_of = of;
}

static void read_envelope(struct rd_hl7_build *build, struct rd_hl7_read *out)
{
    const struct rd_hl7_header *h = &out->header;
    const struct rd_hl7_segment *msh = rd_hl7_segment(&build->message, "MSH", 0);
    struct rd_submission *s = &out->submission;
    s->digest = digest_of(build);
    s->sent = rd_hl7_when(build, msh, 7);
    s->environment = rd_text_is(h->processing, "P") ? RD_ENVIRONMENT_LIVE : RD_ENVIRONMENT_TEST;
    read_sequence(build, msh, s);
    if (h->control_id.len > 0)
        s->key = rd_arena_format(build->arena, "%.*s|%.*s|%.*s|%.*s", RD_TEXT_ARG(h->sending_app),
                                 RD_TEXT_ARG(h->sending_facility), RD_TEXT_ARG(h->event),
                                 RD_TEXT_ARG(h->control_id));
    else
        s->key = key_of_digest(build, s->digest);
    if (s->key.len > RD_KEY_BYTES_MAX)
        s->key = key_of_digest(build, digest_of_bytes(build, s->key));
}

/* The line with the usual separators in MSH-2, for a header alone: a MSH-2 that was damaged on its
 * way (another character set makes two bytes of one) does not hide whose message it is. */
static struct rd_text usual_separators(struct rd_hl7_build *build, struct rd_text line)
{
    char field = line.len > 4 && rd_text_starts(line, "MSH") ? line.ptr[3] : '\0';
    size_t end = field == '\0' ? line.len : rd_text_find(line, field, 4);
    struct rd_text rest = rd_text_slice(line, end, line.len);
    return rest.len == 0 ? RD_TEXT_NONE
                         : rd_hl7_format(build, "MSH%c^~\\&%.*s", field, RD_TEXT_ARG(rest));
}

/* A message that is damaged further down still says in its first line whose it is and what to
 * answer to. */
static void read_first_line(struct rd_hl7_build *build, struct rd_text text,
                            struct rd_hl7_read *out)
{
    size_t end = 0;
    while (end < text.len && text.ptr[end] != '\r' && text.ptr[end] != '\n')
        end++;
    struct rd_text line = rd_text_slice(text, 0, end);
    if (rd_hl7_parse(line, build->arena, &build->message, NULL) != RD_OK &&
        rd_hl7_parse(usual_separators(build, line), build->arena, &build->message, NULL) != RD_OK)
        return;
    read_header(build, &out->header);
    if (rd_text_present(out->header.processing))
        out->submission.environment =
            rd_text_is(out->header.processing, "P") ? RD_ENVIRONMENT_LIVE : RD_ENVIRONMENT_TEST;
}

static struct rd_submission bare(struct rd_text feed, struct rd_text bytes)
{
    return (struct rd_submission){
        .feed = feed, .media_type = RD_TEXT("application/hl7-v2"), .original = bytes};
}

/* Known by its bytes alone, and by as much of its first line as can be read. */
static enum rd_err read_unread(struct rd_hl7_build *build, struct rd_text first_lines,
                               const char *code, struct rd_text words, struct rd_hl7_read *out)
{
    struct rd_text kept;
    out->submission.digest = digest_of_bytes(build, out->submission.original);
    out->submission.key = key_of_digest(build, out->submission.digest);
    if (!rd_arena_copy(build->arena, words, &kept))
        return RD_E_TOOBIG;
    quarantine(out, RD_HL7_SEGMENT_SEQUENCE, "MSH", code, kept);
    read_first_line(build, first_lines, out);
    return build->full ? RD_E_TOOBIG : RD_OK;
}

enum rd_err rd_hl7_read_over(const struct rd_hl7_mapping *mapping, struct rd_text feed,
                             struct rd_text bytes, struct rd_text words, struct rd_arena *arena,
                             struct rd_hl7_read *out)
{
    enum { HEAD_BYTES = 4096 };
    struct rd_hl7_build build = {.mapping = mapping, .arena = arena};
    struct rd_hl7_decoded head;
    *out = (struct rd_hl7_read){.submission = bare(feed, bytes)};
    if (!rd_hl7_to_utf8(rd_text_slice(bytes, 0, HEAD_BYTES), mapping->charset, arena, &head))
        return RD_E_TOOBIG;
    enum rd_err err = read_unread(&build, head.text, "over-limit", words, out);
    out->error = RD_HL7_DATA_TYPE;
    return err;
}

/* What goes back to the sender goes back as it came, byte for byte: a control id in another
 * character set too. */
static void echo_as_sent(struct rd_hl7_build *build, struct rd_text bytes, struct rd_hl7_read *out)
{
    struct rd_hl7 raw;
    size_t end = 0;
    while (end < bytes.len && bytes.ptr[end] != '\r' && bytes.ptr[end] != '\n')
        end++;
    if (rd_hl7_parse(rd_text_slice(bytes, 0, end), build->arena, &raw, NULL) != RD_OK)
        return;
    const struct rd_hl7_segment *msh = rd_hl7_segment(&raw, "MSH", 0);
    out->header.sending_app = rd_hl7_field(&raw, msh, 3);
    out->header.receiving_app = rd_hl7_field(&raw, msh, 5);
    out->header.receiving_facility = rd_hl7_field(&raw, msh, 6);
    out->header.control_id = rd_hl7_field(&raw, msh, 10);
}

enum rd_err rd_hl7_read(const struct rd_hl7_mapping *mapping, struct rd_text feed,
                        struct rd_text bytes, struct rd_arena *arena, struct rd_hl7_read *out)
{
    struct rd_hl7_build build = {.mapping = mapping, .arena = arena};
    struct rd_errbuf why = {""};
    *out = (struct rd_hl7_read){.submission = bare(feed, bytes)};
    struct rd_hl7_decoded decoded;
    if (!rd_hl7_to_utf8(bytes, mapping->charset, arena, &decoded))
        return RD_E_TOOBIG;
    enum rd_err err = rd_hl7_parse(decoded.text, arena, &build.message, &why);
    if (err != RD_OK)
        return read_unread(&build, decoded.text, "malformed", rd_text_of(why.text), out);
    read_header(&build, &out->header);
    read_envelope(&build, out);
    if (accept_header(&build, out))
        read_body(&build, out);
    if (decoded.text.ptr != bytes.ptr && decoded.charset != RD_HL7_CHARSET_UTF16)
        echo_as_sent(&build, bytes, out);
    if (decoded.doubt != NULL && out->submission.referral != NULL) {
        struct rd_text words =
            rd_hl7_format(&build, "%s: it was read as %s", decoded.doubt,
                          rd_enum_name(&rd_hl7_charset_names, (int)decoded.charset));
        rd_hl7_issue(&build, out->submission.referral, RD_SEVERITY_WARNING, "charset-assumed",
                     "MSH-18", words.ptr == NULL ? "" : words.ptr);
    }
    return build.full ? RD_E_TOOBIG : RD_OK;
}
