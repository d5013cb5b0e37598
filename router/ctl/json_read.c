#include "ctl/json_read.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

/* Where the reader is; paths are for messages only. */
struct reader {
    const char *name;
    struct rd_arena *arena;
    struct rd_errbuf *why;
};

static enum rd_err read_struct(const struct reader *reader, const struct rd_shape *shape,
                               const json_t *from, void *out, const char *path);

static enum rd_err refuse(const struct reader *reader, const char *path, const char *expected)
{
    return rd_fail(reader->why, RD_E_INVALID, "%s: %s: expected %s", reader->name, path, expected);
}

static enum rd_err full(const struct reader *reader)
{
    return rd_fail(reader->why, RD_E_TOOBIG, "%s: larger than a record may be", reader->name);
}

static enum rd_err read_text(const struct reader *reader, const json_t *from, struct rd_text *out,
                             const char *path)
{
    if (!json_is_string(from))
        return refuse(reader, path, "a string");
    struct rd_text text = {json_string_value(from), json_string_length(from)};
    return rd_arena_copy(reader->arena, text, out) ? RD_OK : full(reader);
}

static enum rd_err read_bytes(const struct reader *reader, const json_t *from, struct rd_text *out,
                              const char *path)
{
    if (!json_is_string(from))
        return refuse(reader, path, "base 64 in a string");
    size_t len = json_string_length(from);
    unsigned char *bytes = rd_arena_take(reader->arena, len + 1);
    size_t got = 0;
    const char *end = NULL;
    if (bytes == NULL)
        return full(reader);
    if (sodium_base642bin(bytes, len + 1, json_string_value(from), len, NULL, &got, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != json_string_value(from) + len)
        return refuse(reader, path, "base 64 in a string");
    *out = (struct rd_text){(const char *)bytes, got};
    return RD_OK;
}

static enum rd_err read_i64(const struct reader *reader, const json_t *from, int64_t *out,
                            const char *path)
{
    if (json_is_integer(from)) {
        *out = json_integer_value(from);
        return RD_OK;
    }
    if (json_is_string(from) && rd_instant_parse(rd_text_of(json_string_value(from)), out))
        return RD_OK;
    return refuse(reader, path, "a time as \"2026-11-21T09:00:00Z\"");
}

static enum rd_err read_whole(const struct reader *reader, const json_t *from, int64_t min,
                              int64_t max, int64_t *out, const char *path)
{
    if (!json_is_integer(from) || json_integer_value(from) < min || json_integer_value(from) > max)
        return refuse(reader, path, "a whole number in range");
    *out = json_integer_value(from);
    return RD_OK;
}

static enum rd_err read_enum(const struct reader *reader, const struct rd_field *field,
                             const json_t *from, int *out, const char *path)
{
    *out =
        json_is_string(from) ? rd_enum_value(field->enums, rd_text_of(json_string_value(from))) : 0;
    if (*out != 0)
        return RD_OK;
    return rd_fail(reader->why, RD_E_INVALID, "%s: %s: expected a value of %s: %s, %s ...",
                   reader->name, path, field->enums->enum_name,
                   field->enums->count > 1 ? field->enums->names[1] : "",
                   field->enums->count > 2 ? field->enums->names[2] : "");
}

static enum rd_err read_list(const struct reader *reader, const struct rd_field *field,
                             const json_t *from, char *out, const char *path)
{
    size_t count = json_array_size(from);
    size_t size = field->kind == RD_FIELD_STRUCTS ? field->shape->size : sizeof(struct rd_text);
    if (!json_is_array(from))
        return refuse(reader, path, "a list");
    char *items = rd_arena_array(reader->arena, count + 1, size);
    if (items == NULL)
        return full(reader);
    for (size_t i = 0; i < count; i++) {
        char below[512];
        const json_t *item = json_array_get(from, i);
        void *to = items + i * size;
        snprintf(below, sizeof below, "%.400s[%zu]", path, i);
        enum rd_err err =
            field->kind == RD_FIELD_STRUCTS
                ? read_struct(reader, field->shape, item, to, below)
                : (field->kind == RD_FIELD_TEXTS ? read_text(reader, item, to, below)
                                                 : read_bytes(reader, item, to, below));
        if (err != RD_OK)
            return err;
    }
    memcpy(out + field->offset, &items, sizeof items);
    memcpy(out + field->count_offset, &count, sizeof count);
    return RD_OK;
}

static enum rd_err read_number(const struct reader *reader, const struct rd_field *field,
                               const json_t *from, void *at, const char *path)
{
    int64_t number = 0;
    enum rd_err err;
    if (field->kind == RD_FIELD_U32) {
        err = read_whole(reader, from, 0, UINT32_MAX, &number, path);
        *(uint32_t *)at = (uint32_t)number;
        return err;
    }
    if (field->kind == RD_FIELD_U64) {
        err = read_whole(reader, from, 0, INT64_MAX, &number, path);
        *(uint64_t *)at = (uint64_t)number;
        return err;
    }
    err = read_whole(reader, from, INT32_MIN, INT32_MAX, &number, path);
    *(struct rd_opt_i32 *)at = (struct rd_opt_i32){true, (int32_t)number};
    return err;
}

static enum rd_err read_nested(const struct reader *reader, const struct rd_field *field,
                               const json_t *from, void *at, const char *path)
{
    void *nested = rd_arena_take(reader->arena, field->shape->size);
    if (nested == NULL)
        return full(reader);
    *(void **)at = nested;
    return read_struct(reader, field->shape, from, nested, path);
}

static enum rd_err read_field(const struct reader *reader, const struct rd_field *field,
                              const json_t *from, char *out, const char *path)
{
    void *at = out + field->offset;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *(bool *)at = json_is_true(from);
        return json_is_boolean(from) ? RD_OK : refuse(reader, path, "true or false");
    case RD_FIELD_OPT_BOOL:
        *(struct rd_opt_bool *)at = (struct rd_opt_bool){true, json_is_true(from)};
        return json_is_boolean(from) ? RD_OK : refuse(reader, path, "true or false");
    case RD_FIELD_U32:
    case RD_FIELD_U64:
    case RD_FIELD_OPT_I32:
        return read_number(reader, field, from, at, path);
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
        return read_i64(reader, from, at, path);
    case RD_FIELD_ENUM:
        return read_enum(reader, field, from, at, path);
    case RD_FIELD_TEXT:
        return read_text(reader, from, at, path);
    case RD_FIELD_BYTES:
        return read_bytes(reader, from, at, path);
    case RD_FIELD_STRUCT:
        return read_nested(reader, field, from, at, path);
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        return read_list(reader, field, from, out, path);
    }
    return RD_E_BUG;
}

static const struct rd_field *find_field(const struct rd_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}

/* Shapes do not contain themselves, so the depth is theirs, not the input's. */
static enum rd_err read_struct(const struct reader *reader, const struct rd_shape *shape,
                               const json_t *from, void *out, const char *path)
{
    if (!json_is_object(from))
        return refuse(reader, path, "an object");
    for (size_t i = 0; i < shape->field_count; i++) {
        char below[512];
        const json_t *member = json_object_get(from, shape->fields[i].name);
        snprintf(below, sizeof below, "%.400s.%.64s", path, shape->fields[i].name);
        if (member == NULL)
            continue;
        enum rd_err err = read_field(reader, &shape->fields[i], member, out, below);
        if (err != RD_OK)
            return err;
    }
    void *iterator = json_object_iter((json_t *)(uintptr_t)from);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)from, iterator))
        if (find_field(shape, json_object_iter_key(iterator)) == NULL)
            return rd_fail(reader->why, RD_E_INVALID,
                           "%s: %s.%s: no such member of %s; see proto/referral/v1", reader->name,
                           path, json_object_iter_key(iterator), shape->name);
    return RD_OK;
}

enum rd_err rd_json_read(const char *name, const struct rd_shape *shape, struct rd_text json,
                         struct rd_arena *arena, void *out, struct rd_errbuf *why)
{
    struct reader reader = {name, arena, why};
    json_error_t error;
    memset(out, 0, shape->size);
    json_t *root =
        json_loadb(json.ptr == NULL ? "" : json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return rd_fail(why, RD_E_INVALID, "%s:%d:%d: %s; expected one JSON object", name,
                       error.line, error.column, error.text);
    enum rd_err err = read_struct(&reader, shape, root, out, shape->name);
    json_decref(root);
    return err == RD_OK ? rd_shape_check(shape, out, why) : err;
}
