#include "ctl/sources.h"

#include "adapters/fhir/fhir_read.h"
#include "adapters/fhir/fhir_xml.h"
#include "adapters/hl7v2/hl7_charset.h"
#include "base/buf.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, ARENA_BYTES_MAX = 32 * 1024 * 1024 };

bool ctl_reading_read(const struct ctl_reading *reading, struct rd_text message,
                      struct rd_arena *arena, struct rd_submission *out, struct rd_text *failure)
{
    const struct rd_fhir_headers headers = {
        .request_id = RD_TEXT("00000000-0000-4000-8000-000000000001"),
        .correlation_id = RD_TEXT("00000000-0000-4000-8000-000000000002")};
    struct rd_fhir_read fhir;
    struct rd_hl7_read hl7;
    if (reading->fhir) {
        if (rd_fhir_read(reading->feed->name, reading->feed->environment, &headers, message, arena,
                         &fhir) != RD_OK)
            return false;
        *out = fhir.submission;
    } else {
        if (rd_hl7_read(&reading->mapping, reading->feed->name, message, arena, &hl7) != RD_OK)
            return false;
        *out = hl7.submission;
    }
    if (failure != NULL)
        *failure = rd_text_present(out->refused_code) ? out->refused_words : out->quarantine_words;
    return true;
}

/* One open object or array while walking without recursion. */
struct level {
    json_t *value;
    void *member;    /* of an object: the iterator */
    size_t item;     /* of an array */
    size_t path_len; /* of the path up to this value */
};

struct walk {
    struct level levels[DEPTH_MAX];
    size_t depth;
    struct rd_buf path;
    json_t *leaf;
};

static bool is_open(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

static void walk_begin(struct walk *walk, json_t *root)
{
    rd_buf_init(&walk->path, rd_alloc_heap());
    walk->depth = 1;
    walk->levels[0] = (struct level){.value = root, .member = json_object_iter(root)};
}

/* Moves to the next child of the innermost level; NULL: it is done. Its name is appended. */
static json_t *next_child(struct walk *walk, struct level *level)
{
    json_t *child = NULL;
    walk->path.len = level->path_len;
    if (json_is_array(level->value)) {
        child = json_array_get(level->value, level->item);
        if (child != NULL)
            rd_buf_printf(&walk->path, "[%zu]", level->item++);
    } else if (level->member != NULL) {
        child = json_object_iter_value(level->member);
        rd_buf_printf(&walk->path, "%s%s", level->path_len > 0 ? "." : "",
                      json_object_iter_key(level->member));
        level->member = json_object_iter_next(level->value, level->member);
    }
    return child;
}

/* The next leaf, depth first; its path is walk->path. False at the end. */
static bool walk_next(struct walk *walk)
{
    while (walk->depth > 0) {
        struct level *level = &walk->levels[walk->depth - 1];
        json_t *child = next_child(walk, level);
        if (child == NULL) {
            walk->depth--;
            continue;
        }
        if (!is_open(child)) {
            walk->leaf = child;
            return true;
        }
        if (walk->depth < DEPTH_MAX)
            walk->levels[walk->depth++] = (struct level){
                .value = child, .member = json_object_iter(child), .path_len = walk->path.len};
    }
    return false;
}

static struct rd_text leaf_text(const json_t *leaf, struct rd_arena *arena)
{
    if (json_is_string(leaf))
        return (struct rd_text){json_string_value(leaf), json_string_length(leaf)};
    if (json_is_integer(leaf))
        return rd_arena_format(arena, "%lld", (long long)json_integer_value(leaf));
    if (json_is_real(leaf))
        return rd_arena_format(arena, "%.10g", json_real_value(leaf));
    return json_is_boolean(leaf) ? (json_is_true(leaf) ? RD_TEXT("true") : RD_TEXT("false"))
                                 : RD_TEXT("null");
}

/* Our own bookkeeping of a time, and the transport's members, are no content. */
static bool is_content(const char *path)
{
    static const char *const starts[] = {"original", "digest", "referral.issues", "media_type",
                                         "feed"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strncmp(path, starts[i], strlen(starts[i])) == 0)
            return false;
    const char *last = strrchr(path, '.');
    return last == NULL || (strcmp(last, ".precision") != 0 && strcmp(last, ".utc_us") != 0 &&
                            strcmp(last, ".offset_assumed") != 0);
}

json_t *ctl_flat(const struct rd_submission *submission)
{
    struct rd_submission without = *submission;
    struct rd_buf text;
    struct walk walk;
    without.original = RD_TEXT_NONE;
    rd_buf_init(&text, rd_alloc_heap());
    rd_json_write(&rd_submission_shape, &without, &text);
    json_t *whole = text.failed ? NULL : json_loadb((const char *)text.bytes, text.len, 0, NULL);
    json_t *flat = whole == NULL ? NULL : json_object();
    rd_buf_fini(&text);
    walk_begin(&walk, whole);
    while (flat != NULL && walk_next(&walk)) {
        rd_buf_put(&walk.path, "", 1);
        if (!walk.path.failed && is_content((const char *)walk.path.bytes))
            (void)json_object_set(flat, (const char *)walk.path.bytes, walk.leaf);
    }
    rd_buf_fini(&walk.path);
    json_decref(whole);
    return flat;
}

/* Another value of the same length and kind: letters and digits each one on. */
static void change(char *bytes, size_t len)
{
    bool any = false;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        char next = c;
        if ((c >= 'a' && c < 'z') || (c >= 'A' && c < 'Z') || (c >= '0' && c < '9'))
            next = (char)(c + 1);
        else if (c == 'z' || c == 'Z')
            next = (char)(c - 25);
        else if (c == '9')
            next = '0';
        any = any || next != c;
        bytes[i] = next;
    }
    if (!any && len > 0)
        bytes[0] = 'x';
}

struct search {
    const struct ctl_reading *reading;
    struct rd_arena *arena; /* of the result */
    struct rd_arena trial;
    struct ctl_sources *out;
    json_t *before;          /* flat */
    unsigned char *strength; /* of the parts kept for each field: 1 it vanishes, 2 it changes */
    struct ctl_part *part;
    bool failed;
};

static void add_part(struct search *search, size_t field, unsigned char strength)
{
    struct ctl_source_field *to = &search->out->fields[field];
    if (strength < search->strength[field])
        return;
    if (strength > search->strength[field])
        to->parts_count = 0;
    search->strength[field] = strength;
    size_t room = 8;
    while (room <= to->parts_count)
        room *= 2;
    if (to->parts == NULL || to->parts_count == room / 2 || to->parts_count == 0) {
        const struct ctl_part **grown = rd_arena_array(search->arena, room, sizeof *grown);
        if (grown == NULL) {
            search->failed = true;
            return;
        }
        for (size_t i = 0; i < to->parts_count; i++)
            grown[i] = to->parts[i];
        to->parts = grown;
    }
    to->parts[to->parts_count++] = search->part;
}

/* What differs between the record as it was and the one of the changed message. */
static void compare(struct search *search, const struct rd_submission *submission)
{
    json_t *after = ctl_flat(submission);
    search->part->decides = submission->referral == NULL;
    for (size_t i = 0; i < search->out->fields_count && after != NULL; i++) {
        const struct ctl_source_field *field = &search->out->fields[i];
        const json_t *now = json_object_get(after, field->path.ptr);
        if (json_equal(now, json_object_get(search->before, field->path.ptr)))
            continue;
        search->part->counts = true;
        if (now != NULL || !search->part->decides)
            add_part(search, i, now == NULL ? 1 : 2);
    }
    if (json_object_size(after) > search->out->fields_count)
        search->part->counts = true; /* it kept something out */
    search->failed = search->failed || after == NULL;
    json_decref(after);
}

static void try_message(struct search *search, struct rd_text message)
{
    struct rd_submission submission;
    rd_arena_reset(&search->trial);
    if (ctl_reading_read(search->reading, message, &search->trial, &submission, NULL))
        compare(search, &submission);
}

static struct ctl_part *new_part(struct search *search)
{
    size_t count = search->out->parts_count;
    if (count == CTL_PARTS_MAX || search->failed) {
        search->failed = true;
        return NULL;
    }
    search->part = &search->out->parts[search->out->parts_count++];
    return search->part;
}

/* HL7 v2 -------------------------------------------------------------------------------------- */

struct hl7_at {
    const struct rd_hl7 *message;
    const struct rd_hl7_segment *segment;
    size_t nth; /* of its name, from 1 */
    bool several;
    unsigned field;
};

static void try_piece(struct search *search, const struct hl7_at *at, struct rd_text piece,
                      const char *suffix, char *base, struct rd_text whole)
{
    struct rd_text value = rd_text_trim(piece);
    struct ctl_part *part = value.len == 0 ? NULL : new_part(search);
    if (part == NULL)
        return;
    struct rd_text nth =
        at->several ? rd_arena_format(search->arena, "[%zu]", at->nth) : RD_TEXT("");
    part->where = rd_arena_format(search->arena, "%.*s%.*s-%u%s", RD_TEXT_ARG(at->segment->name),
                                  RD_TEXT_ARG(nth), at->field, suffix);
    char *kept = rd_arena_take(search->arena, value.len + 1);
    if (kept == NULL || part->where.ptr == NULL) {
        search->failed = true;
        return;
    }
    memcpy(kept, value.ptr, value.len);
    part->value = (struct rd_text){kept, value.len};
    char *there = base + (value.ptr - whole.ptr);
    change(there, value.len);
    try_message(search, whole);
    memcpy(there, kept, value.len);
}

static void try_component(struct search *search, const struct hl7_at *at, struct rd_text component,
                          const char *suffix, char *base, struct rd_text whole)
{
    char deeper[64];
    if (rd_text_find(component, at->message->subcomponent, 0) == component.len) {
        try_piece(search, at, component, suffix, base, whole);
        return;
    }
    unsigned number = 1;
    for (size_t from = 0; from <= component.len; number++) {
        size_t end = rd_text_find(component, at->message->subcomponent, from);
        (void)snprintf(deeper, sizeof deeper, "%s.%u", suffix, number);
        try_piece(search, at, rd_text_slice(component, from, end - from), deeper, base, whole);
        from = end + 1;
    }
}

static void try_field(struct search *search, const struct hl7_at *at, struct rd_text field,
                      char *base, struct rd_text whole)
{
    char suffix[48];
    bool repeats = rd_text_find(field, at->message->repetition, 0) < field.len;
    struct rd_text repetition;
    size_t nth = 0;
    for (size_t from = 0; rd_hl7_next_repetition(at->message, field, &from, &repetition);) {
        char which[24] = "";
        nth++;
        if (repeats)
            (void)snprintf(which, sizeof which, "[%zu]", nth);
        bool parts = rd_text_find(repetition, at->message->component, 0) < repetition.len;
        unsigned number = 1;
        for (size_t at_byte = 0; at_byte <= repetition.len; number++) {
            size_t end = rd_text_find(repetition, at->message->component, at_byte);
            if (parts)
                (void)snprintf(suffix, sizeof suffix, "%s.%u", which, number);
            else
                (void)snprintf(suffix, sizeof suffix, "%s", which);
            try_component(search, at, rd_text_slice(repetition, at_byte, end - at_byte), suffix,
                          base, whole);
            at_byte = end + 1;
        }
    }
}

static void try_hl7(struct search *search, struct rd_text message)
{
    struct rd_hl7 parsed;
    char *base = rd_arena_take(search->arena, message.len + 1);
    if (base == NULL) {
        search->failed = true;
        return;
    }
    memcpy(base, message.ptr, message.len);
    struct rd_text whole = {base, message.len};
    if (rd_hl7_parse(whole, search->arena, &parsed, NULL) != RD_OK)
        return;
    for (size_t i = 0; i < parsed.segments_count && !search->failed; i++) {
        struct hl7_at at = {.message = &parsed, .segment = &parsed.segments[i], .nth = 1};
        for (size_t k = 0; k < parsed.segments_count; k++)
            if (k != i && rd_text_equal(parsed.segments[k].name, at.segment->name)) {
                at.several = true;
                at.nth += k < i ? 1 : 0;
            }
        bool header = rd_text_is(at.segment->name, "MSH");
        at.field = header ? 2 : 1;
        for (size_t from = 0; from <= at.segment->body.len; at.field++) {
            size_t end = rd_text_find(at.segment->body, parsed.field, from);
            if (!header || at.field > 2) /* MSH-2 are the separators */
                try_field(search, &at, rd_text_slice(at.segment->body, from, end - from), base,
                          whole);
            from = end + 1;
        }
    }
}

/* FHIR ---------------------------------------------------------------------------------------- */

/* "entry[3].resource.name[0].family" as "Patient.name[0].family", with a number when the bundle has
 * more of that type. */
static struct rd_text resource_path(struct search *search, json_t *bundle, const char *path)
{
    json_t *entries = json_object_get(bundle, "entry");
    char *end = NULL;
    if (strncmp(path, "entry[", 6) != 0)
        return rd_arena_format(search->arena, "Bundle.%s", path);
    size_t index = strtoul(path + 6, &end, 10);
    json_t *resource = json_object_get(json_array_get(entries, index), "resource");
    const char *type = json_string_value(json_object_get(resource, "resourceType"));
    if (type == NULL || strncmp(end, "].resource.", 11) != 0)
        return rd_arena_format(search->arena, "%s", path);
    size_t before = 0;
    size_t all = 0;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const char *other = json_string_value(json_object_get(
            json_object_get(json_array_get(entries, i), "resource"), "resourceType"));
        if (other != NULL && strcmp(other, type) == 0) {
            before += i < index ? 1 : 0;
            all++;
        }
    }
    return all > 1 ? rd_arena_format(search->arena, "%s[%zu].%s", type, before, end + 11)
                   : rd_arena_format(search->arena, "%s.%s", type, end + 11);
}

static void try_leaf(struct search *search, json_t *bundle, json_t *leaf)
{
    struct rd_text value = leaf_text(leaf, search->arena);
    struct ctl_part *part = search->part;
    char *changed = rd_arena_take(search->arena, value.len + 1);
    if (changed == NULL || !rd_arena_copy(search->arena, value, &part->value)) {
        search->failed = true;
        return;
    }
    memcpy(changed, value.ptr, value.len);
    change(changed, value.len);
    if (json_is_string(leaf))
        (void)json_string_setn(leaf, changed, value.len);
    else if (json_is_integer(leaf))
        (void)json_integer_set(leaf, json_integer_value(leaf) + 1);
    char *text = json_dumps(bundle, JSON_COMPACT);
    if (text != NULL)
        try_message(search, rd_text_of(text));
    free(text);
    if (json_is_string(leaf))
        (void)json_string_setn(leaf, part->value.ptr, part->value.len);
    else if (json_is_integer(leaf))
        (void)json_integer_set(leaf, json_integer_value(leaf) - 1);
}

static void try_fhir(struct search *search, struct rd_text message)
{
    struct rd_errbuf why;
    json_t *bundle = rd_fhir_load(message, &why); /* XML is tried in its JSON form */
    struct walk walk;
    walk_begin(&walk, bundle);
    while (bundle != NULL && !search->failed && walk_next(&walk)) {
        rd_buf_put(&walk.path, "", 1);
        bool content =
            !walk.path.failed && (json_is_string(walk.leaf) || json_is_integer(walk.leaf));
        if (!content || new_part(search) == NULL)
            continue;
        search->part->where = resource_path(search, bundle, (const char *)walk.path.bytes);
        try_leaf(search, bundle, walk.leaf);
    }
    rd_buf_fini(&walk.path);
    json_decref(bundle);
}

/* --------------------------------------------------------------------------------------------- */

static bool list_fields(struct search *search)
{
    struct ctl_sources *out = search->out;
    size_t count = json_object_size(search->before);
    out->fields = rd_arena_array(search->arena, count + 1, sizeof *out->fields);
    search->strength = rd_arena_array(search->arena, count + 1, 1);
    out->parts = rd_arena_array(search->arena, CTL_PARTS_MAX, sizeof *out->parts);
    if (out->fields == NULL || search->strength == NULL || out->parts == NULL)
        return false;
    void *at = json_object_iter(search->before);
    for (; at != NULL; at = json_object_iter_next(search->before, at)) {
        struct ctl_source_field *field = &out->fields[out->fields_count++];
        struct rd_text value = leaf_text(json_object_iter_value(at), search->arena);
        if (!rd_arena_copy(search->arena, rd_text_of(json_object_iter_key(at)), &field->path) ||
            !rd_arena_copy(search->arena, value, &field->value))
            return false;
    }
    return true;
}

bool ctl_sources_find(const struct ctl_reading *reading, struct rd_text message,
                      struct rd_arena *arena, struct ctl_sources *out)
{
    struct rd_submission submission;
    struct rd_hl7_decoded decoded = {.text = message};
    *out = (struct ctl_sources){0};
    if (!reading->fhir && !rd_hl7_to_utf8(message, reading->mapping.charset, arena, &decoded))
        return false;
    struct rd_text text = decoded.text;
    struct search search = {.reading = reading, .arena = arena, .out = out};
    rd_arena_init(&search.trial, rd_alloc_heap(), ARENA_BYTES_MAX);
    bool ok = ctl_reading_read(reading, text, &search.trial, &submission, NULL);
    search.before = ok ? ctl_flat(&submission) : NULL;
    ok = search.before != NULL && list_fields(&search);
    if (ok && submission.referral != NULL && reading->fhir)
        try_fhir(&search, text);
    else if (ok && submission.referral != NULL)
        try_hl7(&search, text);
    json_decref(search.before);
    rd_arena_fini(&search.trial);
    return ok && !search.failed;
}
