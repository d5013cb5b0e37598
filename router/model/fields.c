#include "model/fields.h"

#include "model/limits.h"

#include <stdio.h>
#include <string.h>

const char *rd_enum_name(const struct rd_enum_names *names, int value)
{
    if (value < 0 || (size_t)value >= names->count || names->names[value] == NULL)
        value = 0;
    return names->names[value];
}

int rd_enum_value(const struct rd_enum_names *names, struct rd_text name)
{
    for (size_t i = 1; i < names->count; i++)
        if (names->names[i] != NULL && rd_text_is(name, names->names[i]))
            return (int)i;
    return 0;
}

/* Where a check stands, as a chain on the stack: shapes do not recurse, so depth is bounded. */
struct path {
    const struct path *up;
    const char *name;
    size_t index; /* SIZE_MAX: not in a list */
};

static size_t path_write(const struct path *path, char *out, size_t size)
{
    if (path == NULL || size == 0)
        return 0;
    size_t used = path_write(path->up, out, size);
    int more = path->index == SIZE_MAX
                   ? snprintf(out + used, size - used, "%s%s", used > 0 ? "." : "", path->name)
                   : snprintf(out + used, size - used, "%s%s[%zu]", used > 0 ? "." : "", path->name,
                              path->index);
    if (more < 0)
        return used;
    return used + (size_t)more < size ? used + (size_t)more : size - 1;
}

static enum rd_err too_big(const struct path *path, size_t got, size_t most, const char *unit,
                           struct rd_errbuf *why)
{
    char where[256] = "";
    (void)path_write(path, where, sizeof where);
    return rd_fail(why, RD_E_TOOBIG, "%s: %zu %s, at most %zu", where, got, unit, most);
}

static enum rd_err malformed(const struct path *path, const char *what, struct rd_errbuf *why)
{
    char where[256] = "";
    (void)path_write(path, where, sizeof where);
    return rd_fail(why, RD_E_MALFORMED, "%s: %s", where, what);
}

/* What one check looks at, and where its findings go. */
struct check {
    bool limits;
    struct rd_errbuf *why;
};

static enum rd_err check_struct(const struct check *check, const struct rd_shape *shape,
                                const void *value, const struct path *up);

static enum rd_err check_text(const struct check *check, const struct rd_field *field,
                              struct rd_text text, const struct path *path)
{
    bool bytes = field->kind == RD_FIELD_BYTES || field->kind == RD_FIELD_BYTES_LIST;
    size_t most = field->limit != 0 ? field->limit : bytes ? RD_BODY_BYTES_MAX : RD_TEXT_BYTES_MAX;
    if (check->limits && text.len > most)
        return too_big(path, text.len, most, "bytes", check->why);
    if (!bytes && !rd_text_is_utf8(text))
        return malformed(path, "not UTF-8, or has a NUL byte", check->why);
    return RD_OK;
}

static enum rd_err check_list(const struct check *check, const struct rd_field *field,
                              const void *member, size_t count, const struct path *up)
{
    struct path path = {up, field->name, SIZE_MAX};
    size_t most =
        field->limit != 0 && field->kind == RD_FIELD_STRUCTS ? field->limit : RD_LIST_ITEMS_MAX;
    if (check->limits && count > most)
        return too_big(&path, count, most, "items", check->why);
    const void *items = *(void *const *)member;
    enum rd_err err = RD_OK;
    for (size_t i = 0; i < count && err == RD_OK; i++) {
        path.index = i;
        if (field->kind == RD_FIELD_STRUCTS)
            err = check_struct(check, field->shape, (const char *)items + i * field->shape->size,
                               &path);
        else
            err = check_text(check, field, ((const struct rd_text *)items)[i], &path);
    }
    return err;
}

static enum rd_err check_field(const struct check *check, const struct rd_field *field,
                               const void *value, const struct path *up)
{
    const void *member = (const char *)value + field->offset;
    struct path path = {up, field->name, SIZE_MAX};
    switch (field->kind) {
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        return check_text(check, field, *(const struct rd_text *)member, &path);
    case RD_FIELD_ENUM: {
        int number = *(const int *)member;
        if (number < 0 || (size_t)number >= field->enums->count ||
            field->enums->names[number] == NULL)
            return malformed(&path, "unknown value", check->why);
        return RD_OK;
    }
    case RD_FIELD_INSTANT: {
        rd_instant at = *(const rd_instant *)member;
        if (at != RD_INSTANT_NONE && (at < RD_INSTANT_MIN || at > RD_INSTANT_MAX))
            return malformed(&path, "an instant outside the years 1 to 9999", check->why);
        return RD_OK;
    }
    case RD_FIELD_STRUCT: {
        const void *inner = *(void *const *)member;
        return inner == NULL ? RD_OK : check_struct(check, field->shape, inner, &path);
    }
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        return check_list(
            check, field, member,
            *(const size_t *)(const void *)((const char *)value + field->count_offset), up);
    case RD_FIELD_BOOL:
    case RD_FIELD_U32:
    case RD_FIELD_U64:
    case RD_FIELD_I64:
    case RD_FIELD_OPT_I32:
    case RD_FIELD_OPT_BOOL:
        return RD_OK;
    }
    return RD_E_BUG;
}

static enum rd_err check_struct(const struct check *check, const struct rd_shape *shape,
                                const void *value, const struct path *up)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        enum rd_err err = check_field(check, &shape->fields[i], value, up);
        if (err != RD_OK)
            return err;
    }
    return RD_OK;
}

enum rd_err rd_shape_check(const struct rd_shape *shape, const void *value, struct rd_errbuf *why)
{
    struct check check = {true, why};
    return check_struct(&check, shape, value, NULL);
}

enum rd_err rd_shape_check_form(const struct rd_shape *shape, const void *value,
                                struct rd_errbuf *why)
{
    struct check check = {false, why};
    return check_struct(&check, shape, value, NULL);
}

static bool copy_list(const struct rd_field *field, struct rd_arena *arena, void *member,
                      size_t count)
{
    void **items = member;
    size_t size = field->kind == RD_FIELD_STRUCTS ? field->shape->size : sizeof(struct rd_text);
    if (count == 0) {
        *items = NULL;
        return true;
    }
    char *made = rd_arena_array(arena, count, size);
    if (made == NULL)
        return false;
    const char *old = *items;
    *items = made;
    for (size_t i = 0; i < count; i++) {
        const void *from = old + i * size;
        void *to = made + i * size;
        if (field->kind == RD_FIELD_STRUCTS) {
            if (rd_shape_copy(field->shape, from, arena, to) != RD_OK)
                return false;
        } else if (!rd_arena_copy(arena, *(const struct rd_text *)from, to)) {
            return false;
        }
    }
    return true;
}

static bool copy_field(const struct rd_field *field, struct rd_arena *arena, void *out)
{
    void *member = (char *)out + field->offset;
    switch (field->kind) {
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES: {
        struct rd_text *text = member;
        return rd_arena_copy(arena, *text, text);
    }
    case RD_FIELD_STRUCT: {
        void **inner = member;
        if (*inner == NULL)
            return true;
        void *made = rd_arena_take(arena, field->shape->size);
        if (made == NULL || rd_shape_copy(field->shape, *inner, arena, made) != RD_OK)
            return false;
        *inner = made;
        return true;
    }
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        return copy_list(field, arena, member,
                         *(const size_t *)(const void *)((const char *)out + field->count_offset));
    case RD_FIELD_BOOL:
    case RD_FIELD_U32:
    case RD_FIELD_U64:
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
    case RD_FIELD_OPT_I32:
    case RD_FIELD_OPT_BOOL:
    case RD_FIELD_ENUM:
        return true;
    }
    return false;
}

enum rd_err rd_shape_copy(const struct rd_shape *shape, const void *value, struct rd_arena *arena,
                          void *out)
{
    if (out != value)
        memcpy(out, value, shape->size);
    for (size_t i = 0; i < shape->field_count; i++)
        if (!copy_field(&shape->fields[i], arena, out))
            return RD_E_TOOBIG;
    return RD_OK;
}
