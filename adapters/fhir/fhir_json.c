#include "adapters/fhir/fhir_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 64 };

/* One part of a path, "coding[1]": the member, then the item. */
static const json_t *step(const json_t *from, const char *part, size_t len)
{
    char name[PART_BYTES];
    size_t bracket = 0;
    while (bracket < len && part[bracket] != '[')
        bracket++;
    if (bracket >= sizeof name)
        return NULL;
    memcpy(name, part, bracket);
    name[bracket] = '\0';
    const json_t *found = json_object_get(from, name);
    if (bracket < len) {
        size_t index = 0;
        for (size_t i = bracket + 1; i < len && part[i] != ']'; i++)
            index = index * 10 + (size_t)(part[i] - '0');
        found = json_array_get(found, index);
    }
    return found;
}

const json_t *rd_fhir_at(const json_t *from, const char *path)
{
    while (from != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        from = step(from, path, len);
        path += len + (path[len] == '.');
    }
    return from;
}

struct rd_text rd_fhir_peek(const json_t *from, const char *path)
{
    const json_t *found = rd_fhir_at(from, path);
    if (!json_is_string(found) || json_string_length(found) == 0)
        return RD_TEXT_NONE;
    return (struct rd_text){json_string_value(found), json_string_length(found)};
}

struct rd_text rd_fhir_text(struct rd_fhir_build *build, const json_t *from, const char *path)
{
    const json_t *found = rd_fhir_at(from, path);
    struct rd_text out = RD_TEXT_NONE;
    if (json_is_real(found))
        return rd_arena_format(build->arena, "%.10g", json_real_value(found));
    if (json_is_integer(found))
        return rd_arena_format(build->arena, "%lld", (long long)json_integer_value(found));
    if (!rd_arena_copy(build->arena, rd_fhir_peek(from, path), &out))
        build->full = true;
    return out;
}

/* FHIR allows YYYY, YYYY-MM, YYYY-MM-DD and the full form. Dates are read at midnight UTC. */
static bool read_time(struct rd_text text, struct rd_time *out)
{
    static const char *const rest[] = {"0000-01-01T00:00:00Z"};
    char whole[24];
    if (rd_instant_parse(text, &out->utc_us)) {
        out->precision =
            rd_text_find(text, '.', 0) < text.len ? RD_PRECISION_FRACTION : RD_PRECISION_SECOND;
        return true;
    }
    if (text.len != 4 && text.len != 7 && text.len != 10)
        return false;
    memcpy(whole, rest[0], 21);
    memcpy(whole, text.ptr, text.len);
    out->offset_assumed = true;
    out->precision = text.len == 4   ? RD_PRECISION_YEAR
                     : text.len == 7 ? RD_PRECISION_MONTH
                                     : RD_PRECISION_DAY;
    return rd_instant_parse(rd_text_of(whole), &out->utc_us);
}

struct rd_time *rd_fhir_time(struct rd_fhir_build *build, const json_t *from, const char *path)
{
    struct rd_time made = {0};
    struct rd_text text = rd_fhir_peek(from, path);
    if (!rd_text_present(text) || !read_time(text, &made))
        return NULL;
    struct rd_time *out = rd_arena_take(build->arena, sizeof *out);
    if (out == NULL || !rd_arena_copy(build->arena, text, &made.original)) {
        build->full = true;
        return NULL;
    }
    *out = made;
    return out;
}

const json_t *rd_fhir_resource(const struct rd_fhir_build *build, const char *type, size_t nth)
{
    const json_t *entries = json_object_get(build->bundle, "entry");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *resource = json_object_get(json_array_get(entries, i), "resource");
        if (rd_text_is(rd_fhir_peek(resource, "resourceType"), type) && nth-- == 0)
            return resource;
    }
    return NULL;
}

static bool named_by(const json_t *entry, struct rd_text reference)
{
    const json_t *resource = json_object_get(entry, "resource");
    if (rd_text_equal(rd_fhir_peek(entry, "fullUrl"), reference))
        return true;
    struct rd_text id = rd_fhir_peek(resource, "id");
    struct rd_text type = rd_fhir_peek(resource, "resourceType");
    size_t slash = rd_text_find(reference, '/', 0);
    if (slash < reference.len)
        return rd_text_present(id) && rd_text_equal(rd_text_slice(reference, 0, slash), type) &&
               rd_text_equal(rd_text_slice(reference, slash + 1, reference.len), id);
    return rd_text_present(id) && rd_text_starts(reference, "urn:uuid:") &&
           rd_text_equal(rd_text_slice(reference, 9, reference.len), id);
}

const json_t *rd_fhir_follow(const struct rd_fhir_build *build, const json_t *from,
                             const char *path)
{
    struct rd_text reference = rd_fhir_peek(rd_fhir_at(from, path), "reference");
    const json_t *entries = json_object_get(build->bundle, "entry");
    for (size_t i = 0; rd_text_present(reference) && i < json_array_size(entries); i++)
        if (named_by(json_array_get(entries, i), reference))
            return json_object_get(json_array_get(entries, i), "resource");
    return NULL;
}

struct rd_text rd_fhir_full_url(const struct rd_fhir_build *build, const json_t *resource)
{
    const json_t *entries = json_object_get(build->bundle, "entry");
    for (size_t i = 0; resource != NULL && i < json_array_size(entries); i++)
        if (json_object_get(json_array_get(entries, i), "resource") == resource)
            return rd_fhir_peek(json_array_get(entries, i), "fullUrl");
    return RD_TEXT_NONE;
}

/* What is compared of a URI: after the host's slash, without a leading Id/ or CodeSystem/. */
static struct rd_text uri_tail(struct rd_text uri)
{
    size_t start = 0;
    for (size_t i = 0; i + 2 < uri.len; i++)
        if (uri.ptr[i] == ':' && uri.ptr[i + 1] == '/' && uri.ptr[i + 2] == '/')
            start = i + 3;
    uri = rd_text_slice(uri, start, uri.len);
    size_t slash = rd_text_find(uri, '/', 0);
    struct rd_text tail = rd_text_slice(uri, slash + 1, uri.len);
    static const char *const kinds[] = {"id/", "codesystem/"};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(kinds[i]);
        if (rd_text_equal_nocase(rd_text_slice(tail, 0, len), rd_text_of(kinds[i])))
            tail = rd_text_slice(tail, len, tail.len);
    }
    if (tail.len > 1 && (tail.ptr[tail.len - 1] == 's' || tail.ptr[tail.len - 1] == 'S'))
        tail.len--;
    return tail;
}

bool rd_fhir_same_uri(struct rd_text uri, const char *known)
{
    return rd_text_present(uri) && rd_text_equal_nocase(uri_tail(uri), uri_tail(rd_text_of(known)));
}

bool rd_fhir_coding(struct rd_fhir_build *build, const json_t *coding, struct rd_coding *out)
{
    *out = (struct rd_coding){
        .system = rd_fhir_text(build, coding, "system"),
        .code = rd_fhir_text(build, coding, "code"),
        .display = rd_fhir_text(build, coding, "display"),
        .version = rd_fhir_text(build, coding, "version"),
    };
    return rd_text_present(out->code) || rd_text_present(out->display);
}

static struct rd_text code_in_one(const json_t *concept, const char *system)
{
    const json_t *codings = json_object_get(concept, "coding");
    for (size_t i = 0; i < json_array_size(codings); i++) {
        const json_t *coding = json_array_get(codings, i);
        if (rd_fhir_same_uri(rd_fhir_peek(coding, "system"), system))
            return rd_fhir_peek(coding, "code");
    }
    return RD_TEXT_NONE;
}

struct rd_text rd_fhir_code_in(const json_t *concepts, const char *system)
{
    if (!json_is_array(concepts))
        return code_in_one(concepts, system);
    for (size_t i = 0; i < json_array_size(concepts); i++) {
        struct rd_text code = code_in_one(json_array_get(concepts, i), system);
        if (rd_text_present(code))
            return code;
    }
    return RD_TEXT_NONE;
}

void *rd_fhir_add(struct rd_fhir_build *build, void **items, size_t *count, size_t size)
{
    void *item = rd_arena_add(build->arena, items, count, size);
    build->full = build->full || item == NULL;
    return item;
}

struct rd_text rd_fhir_join(struct rd_fhir_build *build, struct rd_text a, const char *between,
                            struct rd_text b)
{
    if (!rd_text_present(a) || !rd_text_present(b))
        return rd_text_present(a) ? a : b;
    struct rd_text out =
        rd_arena_format(build->arena, "%.*s%s%.*s", RD_TEXT_ARG(a), between, RD_TEXT_ARG(b));
    build->full = build->full || !rd_text_present(out);
    return out;
}

static void put_string(struct rd_buf *out, const char *text, size_t len)
{
    rd_buf_put_string(out, "\"");
    for (size_t i = 0, from = 0; i <= len; i++) {
        bool plain = i < len && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\';
        if (plain)
            continue;
        rd_buf_put(out, text + from, i - from);
        from = i + 1;
        if (i == len)
            break;
        if (text[i] == '"' || text[i] == '\\')
            rd_buf_printf(out, "\\%c", text[i]);
        else
            rd_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)text[i]);
    }
    rd_buf_put_string(out, "\"");
}

/* With as few digits as give the same number again, as a number with a fraction or an exponent. */
static void put_real(struct rd_buf *out, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (memcmp(&back, &value, sizeof back) == 0)
            break;
    }
    rd_buf_put_string(out, text);
    if (strpbrk(text, ".eE") == NULL)
        rd_buf_put_string(out, ".0");
}

static void put_value(struct rd_buf *out, const json_t *value)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t index = 0;
    const char *between = "";
    if (json_is_object(value)) {
        rd_buf_put_string(out, "{");
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
        {
            rd_buf_put_string(out, between);
            put_string(out, key, strlen(key));
            rd_buf_put_string(out, ":");
            put_value(out, member);
            between = ",";
        }
        rd_buf_put_string(out, "}");
    } else if (json_is_array(value)) {
        rd_buf_put_string(out, "[");
        json_array_foreach(value, index, member)
        {
            rd_buf_put_string(out, between);
            put_value(out, member);
            between = ",";
        }
        rd_buf_put_string(out, "]");
    } else if (json_is_string(value)) {
        put_string(out, json_string_value(value), json_string_length(value));
    } else if (json_is_real(value)) {
        put_real(out, json_real_value(value));
    } else if (json_is_integer(value)) {
        rd_buf_printf(out, "%lld", (long long)json_integer_value(value));
    } else {
        rd_buf_put_string(out, json_is_null(value)   ? "null"
                               : json_is_true(value) ? "true"
                                                     : "false");
    }
}

bool rd_fhir_dump(const json_t *value, struct rd_buf *out)
{
    if (value == NULL)
        return false;
    put_value(out, value);
    return !out->failed;
}

void rd_fhir_issue(struct rd_fhir_build *build, struct rd_referral *referral, const char *code,
                   const char *path, const char *words)
{
    struct rd_issue *issue = RD_FHIR_ADD(build, referral, issues);
    if (issue != NULL)
        *issue = (struct rd_issue){RD_SEVERITY_WARNING, rd_text_of(code), rd_text_of(path),
                                   rd_text_of(words)};
}
