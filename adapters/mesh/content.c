#include "adapters/mesh/content.h"

#include "adapters/fhir/fhir_update.h"
#include "adapters/fhir/fhir_xml.h"
#include "adapters/hl7v2/hl7_charset.h"
#include "model/limits.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { ID_MAX = 200, UUID_TEXT = 37 };

static struct rd_text digest_of(struct rd_text bytes, struct rd_arena *arena)
{
    unsigned char *out = rd_arena_take(arena, RD_DIGEST_BYTES);
    if (out == NULL || crypto_generichash(out, RD_DIGEST_BYTES, (const unsigned char *)bytes.ptr,
                                          bytes.len, NULL, 0) != 0)
        return RD_TEXT_NONE;
    return (struct rd_text){(const char *)out, RD_DIGEST_BYTES};
}

static struct rd_text key_of_digest(const char *kind, struct rd_text digest, struct rd_arena *arena)
{
    char hex[2 * RD_DIGEST_BYTES + 1];
    if (!rd_text_present(digest))
        return RD_TEXT_NONE;
    (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)digest.ptr, digest.len);
    return rd_arena_format(arena, "%s:%s", kind, hex);
}

/* MESH's own id of the transfer; a sender's LocalId is no name of one (many never change it), so
 * the content goes with it. */
struct rd_text mesh_content_key(const struct mesh_content *content, struct rd_arena *arena)
{
    const struct mesh_ctl *ctl = content->ctl;
    char hex[2 * RD_DIGEST_BYTES + 1];
    if (rd_text_present(ctl->dts_id) && ctl->dts_id.len <= ID_MAX)
        return rd_arena_format(arena, "mesh:%.*s", RD_TEXT_ARG(ctl->dts_id));
    struct rd_text digest = digest_of(content->bytes, arena);
    if (!rd_text_present(digest))
        return RD_TEXT_NONE;
    (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)digest.ptr, digest.len);
    bool local = rd_text_present(ctl->local_id) && ctl->local_id.len <= ID_MAX;
    return rd_arena_format(arena, "mesh:%.*s:%s", local ? (int)ctl->local_id.len : 0,
                           local ? ctl->local_id.ptr : "", hex);
}

enum rd_err mesh_item_for_desk(struct mesh_item *item, const char *code, struct rd_text words,
                               struct rd_arena *arena)
{
    struct rd_submission *s = &item->submission;
    *s = (struct rd_submission){.feed = s->feed,
                                .environment = s->environment,
                                .media_type = s->media_type,
                                .original = s->original,
                                .quarantine_code = rd_text_of(code)};
    s->digest = digest_of(s->original, arena);
    s->key = key_of_digest("content", s->digest, arena);
    bool ok = rd_arena_copy(arena, words, &s->quarantine_words) && rd_text_present(s->key);
    return ok ? RD_OK : RD_E_TOOBIG;
}

void mesh_content_whole(struct mesh_content *content, const struct rd_feed *feed,
                        const struct mesh_ctl *ctl, struct rd_text bytes, const char *code,
                        struct rd_text words, bool refused)
{
    *content = (struct mesh_content){
        .feed = feed, .ctl = ctl, .bytes = bytes, .code = code, .words = words, .refused = refused};
}

static enum rd_err next_whole(struct mesh_content *content, struct rd_arena *arena,
                              struct mesh_item *out)
{
    if (content->whole_done)
        return RD_E_NOTFOUND;
    content->whole_done = true;
    out->number = 0;
    out->submission.media_type = RD_TEXT("application/octet-stream");
    out->submission.original = content->bytes;
    enum rd_err err = mesh_item_for_desk(out, content->code, content->words, arena);
    struct rd_submission *s = &out->submission;
    if (err != RD_OK || !content->refused)
        return err;
    s->refused_code = s->quarantine_code;
    s->refused_words = s->quarantine_words;
    s->quarantine_code = s->quarantine_words = s->original = RD_TEXT_NONE;
    s->key = key_of_digest("refused", s->digest, arena);
    return rd_text_present(s->key) ? RD_OK : RD_E_TOOBIG;
}

static bool names(const struct rd_feed *feed, struct rd_text organisation)
{
    for (size_t i = 0; i < feed->ods_count; i++)
        if (rd_text_equal_nocase(feed->ods[i], organisation))
            return true;
    return feed->ods_count == 0;
}

static const char other_organisation[] =
    "the message names a sending organisation that does not belong to this mailbox's feed";

/* The codec asks for the ids of an HTTP exchange: here the transfer is the exchange. */
static bool make_uuid(struct rd_text key, char out[UUID_TEXT])
{
    unsigned char b[16];
    if (crypto_generichash(b, sizeof b, (const unsigned char *)key.ptr, key.len, NULL, 0) != 0)
        return false;
    (void)snprintf(out, UUID_TEXT,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return true;
}

static enum rd_err next_fhir(struct mesh_content *content, struct rd_arena *arena,
                             struct mesh_item *out)
{
    struct rd_fhir_read read;
    char uuid[UUID_TEXT];
    struct rd_text id;
    if (content->whole_done)
        return RD_E_NOTFOUND;
    content->whole_done = true;
    out->submission.media_type = rd_fhir_is_xml(content->bytes) ? RD_TEXT("application/fhir+xml")
                                                                : RD_TEXT("application/fhir+json");
    out->submission.original = content->bytes;
    struct rd_text key = mesh_content_key(content, arena);
    if (!rd_text_present(key) || !make_uuid(key, uuid) ||
        !rd_arena_copy(arena, rd_text_of(uuid), &id))
        return RD_E_TOOBIG;
    const struct rd_fhir_headers headers = {.request_id = id, .correlation_id = id};
    enum rd_err err = rd_fhir_read(content->feed->name, content->feed->environment, &headers,
                                   content->bytes, arena, &read);
    if (err != RD_OK)
        return err;
    /* What a sender over HTTP is told at once, a sender of files may never read: the desk sees it.
     * What no sender may send here (a booking, a response, a version) stays refused. */
    if (read.failure.http == 400)
        return mesh_item_for_desk(out, read.failure.issue, read.failure.diagnostics, arena);
    if (read.failure.http == 0 && rd_text_present(read.sender_ods) &&
        !names(content->feed, read.sender_ods))
        return mesh_item_for_desk(out, "other-organisation", rd_text_of(other_organisation), arena);
    out->submission = read.submission;
    out->submission.correlation = RD_TEXT_NONE;
    if (read.failure.http != 0)
        return RD_OK;
    out->submission.key = key;
    rd_fhir_may_update(&out->submission);
    out->is_fhir = true;
    out->headers = headers;
    out->fhir = read;
    out->fhir.submission = out->submission;
    return RD_OK;
}

enum rd_err mesh_item_merge(struct mesh_item *item, const struct rd_opened *opened,
                            struct rd_arena *arena)
{
    struct rd_fhir_read read;
    enum rd_err err = rd_fhir_update(&item->fhir, &item->headers, opened, arena, &read);
    if (err != RD_OK)
        return err;
    if (read.failure.http != 0) /* a sender of files may never read why */
        return mesh_item_for_desk(item, read.failure.issue, read.failure.diagnostics, arena);
    item->submission = read.submission;
    item->submission.correlation = RD_TEXT_NONE;
    return RD_OK;
}

static bool is_envelope(struct rd_text line)
{
    static const char *const segments[] = {"FHS", "BHS", "BTS", "FTS"};
    for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
        if (rd_text_starts(line, segments[i]))
            return true;
    return false;
}

/* A line's text without the blanks and framing bytes that some systems leave in files. */
static struct rd_text strip(struct rd_text line)
{
    while (line.len > 0 && (line.ptr[0] == '\x0b' || line.ptr[0] == '\x1c' || line.ptr[0] == ' '))
        line = rd_text_slice(line, 1, line.len);
    while (line.len > 0 && (line.ptr[line.len - 1] == '\x1c' || line.ptr[line.len - 1] == '\x0b'))
        line = rd_text_slice(line, 0, line.len - 1);
    return line;
}

static size_t line_end(struct rd_text bytes, size_t from)
{
    while (from < bytes.len && bytes.ptr[from] != '\r' && bytes.ptr[from] != '\n')
        from++;
    return from;
}

/* From one MSH (or from text that belongs to none) to before the next, envelopes left out. Absent
 * at the end. */
static struct rd_text next_message(struct mesh_content *content)
{
    struct rd_text bytes = content->bytes;
    size_t start = 0, end = 0;
    bool begun = false;
    while (content->at < bytes.len) {
        size_t stop = line_end(bytes, content->at);
        struct rd_text line = strip(rd_text_slice(bytes, content->at, stop - content->at));
        bool envelope = is_envelope(line);
        if (begun && (envelope || rd_text_starts(line, "MSH")))
            break;
        if (!begun && line.len > 0 && !envelope) {
            begun = true;
            start = (size_t)(line.ptr - bytes.ptr);
        }
        if (begun && line.len > 0)
            end = (size_t)(line.ptr - bytes.ptr) + line.len;
        content->at = stop;
        while (content->at < bytes.len && line_end(bytes, content->at) == content->at)
            content->at++;
    }
    return begun ? rd_text_slice(bytes, start, end - start) : RD_TEXT_NONE;
}

static struct rd_text facility_of(const struct rd_hl7_header *header)
{
    struct rd_text field = header->sending_facility;
    size_t end = header->component == '\0' ? field.len : rd_text_find(field, header->component, 0);
    return rd_text_slice(field, 0, end);
}

static enum rd_err next_hl7(struct mesh_content *content, struct rd_arena *arena,
                            struct mesh_item *out)
{
    struct rd_hl7_read read;
    struct rd_text message = next_message(content);
    if (!rd_text_present(message) && content->number > 0)
        return RD_E_NOTFOUND;
    if (!rd_text_present(message)) {
        if (content->whole_done)
            return RD_E_NOTFOUND;
        content->whole_done = true;
        out->submission.original = content->bytes;
        return mesh_item_for_desk(out, "empty", RD_TEXT("there is no HL7 message in the file"),
                                  arena);
    }
    out->number = ++content->number;
    out->submission.media_type = RD_TEXT("application/hl7-v2");
    out->submission.original = message;
    enum rd_err err = rd_hl7_read(content->mapping, content->feed->name, message, arena, &read);
    if (err != RD_OK)
        return err;
    struct rd_text facility = facility_of(&read.header);
    bool ours = !rd_text_present(facility) || facility.len == 0 || names(content->feed, facility);
    if (read.header.field != '\0' && !rd_text_present(read.submission.quarantine_code) && !ours)
        return mesh_item_for_desk(out, "other-organisation", rd_text_of(other_organisation), arena);
    out->submission = read.submission;
    if (out->submission.environment == 0)
        out->submission.environment = content->feed->environment;
    return RD_OK;
}

/* Rows that all have the same mistake: one item, which is a sheet of its own. */
static enum rd_err next_alike(struct mesh_content *content, struct rd_arena *arena,
                              struct mesh_item *out)
{
    struct mesh_alike_item found;
    enum rd_err err = mesh_alike_next(&content->alike, arena, &found);
    if (err != RD_OK)
        return err;
    out->number = found.first;
    out->rows = found.rows;
    out->rows_count = found.count;
    out->mistakes_count = 1;
    out->mistakes[0] = found.mistake;
    out->submission.original = found.original;
    return mesh_item_for_desk(out, "csv-rows", found.words, arena);
}

static enum rd_err next_row(struct mesh_content *content, struct rd_arena *arena,
                            struct mesh_item *out)
{
    struct rd_template_row row;
    out->submission.media_type = RD_TEXT("text/csv");
    enum rd_err err = rd_template_next(&content->template, arena, &row);
    while (err == RD_OK && mesh_alike_has(&content->alike, &row)) {
        content->number = row.row;
        rd_arena_reset(arena);
        err = rd_template_next(&content->template, arena, &row);
    }
    if (err == RD_E_NOTFOUND && content->number > 0)
        return next_alike(content, arena, out);
    if (err == RD_E_NOTFOUND && content->number == 0 && !content->whole_done) {
        content->whole_done = true;
        out->submission.original = content->bytes;
        return mesh_item_for_desk(out, "empty", RD_TEXT("there is no row below the titles"), arena);
    }
    if (err != RD_OK)
        return err;
    content->number = row.row;
    out->number = row.row;
    out->reference = row.reference;
    out->submission = row.submission;
    out->mistakes_count = row.mistakes_count;
    memcpy(out->mistakes, row.mistakes, sizeof row.mistakes);
    return RD_OK;
}

enum rd_err mesh_content_next(struct mesh_content *content, struct rd_arena *arena,
                              struct mesh_item *out)
{
    *out = (struct mesh_item){
        .submission = {.feed = content->feed->name, .environment = content->feed->environment}};
    switch (content->format) {
    case MESH_FHIR:
        return next_fhir(content, arena, out);
    case MESH_HL7V2:
        return next_hl7(content, arena, out);
    case MESH_CSV:
        return next_row(content, arena, out);
    }
    return next_whole(content, arena, out);
}

static enum rd_err open_csv(struct mesh_content *content, rd_instant now, struct rd_arena *arena)
{
    struct rd_hl7_decoded decoded = {.text = RD_TEXT_NONE};
    struct rd_errbuf why = {""};
    struct rd_text words = RD_TEXT("the file is no text: save it as CSV UTF-8");
    if (!rd_hl7_to_utf8(content->bytes, content->mapping->charset, arena, &decoded))
        return RD_E_TOOBIG;
    if (rd_text_is_utf8(decoded.text)) {
        const struct rd_template_options options = {.kind = RD_TEMPLATE_FILE,
                                                    .feed = content->feed,
                                                    .zone = content->mapping->zone,
                                                    .now = now};
        enum rd_err err = rd_template_open(&content->template, decoded.text, &options, arena, &why);
        if (err == RD_OK) {
            mesh_alike_look(&content->alike, &content->template, arena);
            return RD_OK;
        }
        if (err != RD_E_MALFORMED || !rd_arena_copy(arena, rd_text_of(why.text), &words))
            return RD_E_TOOBIG;
    }
    mesh_content_whole(content, content->feed, content->ctl, content->bytes, "csv-header", words,
                       false);
    return RD_OK;
}

enum rd_err mesh_content_open(struct mesh_content *content, enum mesh_format format,
                              const struct rd_feed *feed, const struct mesh_ctl *ctl,
                              const struct rd_hl7_mapping *mapping, rd_instant now,
                              struct rd_text bytes, struct rd_arena *arena)
{
    if (!rd_text_present(bytes))
        bytes = RD_TEXT("");
    *content = (struct mesh_content){
        .feed = feed, .ctl = ctl, .mapping = mapping, .format = format, .bytes = bytes};
    return format == MESH_CSV ? open_csv(content, now, arena) : RD_OK;
}
