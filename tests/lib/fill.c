#include "fill.h"

#include "model/limits.h"

#include <string.h>

uint64_t fill_next(struct fill *fill)
{
    fill->state += 0x9e3779b97f4a7c15u;
    uint64_t z = fill->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(struct fill *fill, size_t bound)
{
    return (size_t)(fill_next(fill) % bound);
}

static void *take(struct fill *fill, size_t count, size_t size)
{
    void *made = rd_arena_array(fill->arena, count, size);
    rd_require(made != NULL);
    return made;
}

static struct rd_text text(struct fill *fill, const struct rd_field *field)
{
    static const char *const pieces[] = {
        "a",  "Zed",      "0",  " ",    "\n",           "\"",
        "\\", "\xC3\xA9", "\t", "\x01", "\xE2\x82\xAC", "\xF0\x9F\x8F\xA5",
        "-"};
    bool bytes = field->kind == RD_FIELD_BYTES || field->kind == RD_FIELD_BYTES_LIST;
    size_t most = field->limit != 0 && field->limit < 64 ? field->limit : 64;
    char *made = take(fill, 64 + 8, 1);
    size_t len = 0;
    for (size_t count = below(fill, 12); count > 0; count--) {
        const char *piece = pieces[below(fill, sizeof pieces / sizeof pieces[0])];
        size_t more = bytes ? 1 : strlen(piece);
        if (len + more > most)
            break;
        if (bytes)
            made[len] = (char)(unsigned char)below(fill, 256);
        else
            memcpy(made + len, piece, more);
        len += more;
    }
    return (struct rd_text){made, len};
}

static uint64_t number(struct fill *fill)
{
    return fill_next(fill) >> below(fill, 64);
}

static void fill_scalar(struct fill *fill, const struct rd_field *field, void *member)
{
    static const int32_t edges[] = {0, 1, -1, INT32_MAX, INT32_MIN, 77};
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *(bool *)member = true;
        return;
    case RD_FIELD_U32:
        *(uint32_t *)member = (uint32_t)number(fill);
        return;
    case RD_FIELD_U64:
        *(uint64_t *)member = number(fill);
        return;
    case RD_FIELD_I64:
        *(int64_t *)member = (int64_t)number(fill);
        return;
    case RD_FIELD_INSTANT:
        *(rd_instant *)member = (rd_instant)(number(fill) >> 12);
        return;
    case RD_FIELD_OPT_I32:
        *(struct rd_opt_i32 *)member = (struct rd_opt_i32){true, edges[below(fill, 6)]};
        return;
    case RD_FIELD_OPT_BOOL:
        *(struct rd_opt_bool *)member = (struct rd_opt_bool){true, below(fill, 2) == 1};
        return;
    case RD_FIELD_ENUM:
        *(int *)member = (int)below(fill, field->enums->count);
        if (field->enums->names[*(int *)member] == NULL) /* a number that is given to nothing */
            *(int *)member = 0;
        return;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        *(struct rd_text *)member = text(fill, field);
        return;
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
    rd_require_failed("a scalar kind", __FILE__, __LINE__);
}

/* items: SIZE_MAX for random presence and lengths. */
static void fill_any(struct fill *fill, const struct rd_shape *shape, size_t items, void *out);

static void fill_list(struct fill *fill, const struct rd_field *field, size_t count, size_t items,
                      void *out)
{
    bool structs = field->kind == RD_FIELD_STRUCTS;
    size_t size = structs ? field->shape->size : sizeof(struct rd_text);
    char *made = take(fill, count, size);
    for (size_t i = 0; i < count; i++) {
        if (structs)
            fill_any(fill, field->shape, items, made + i * size);
        else
            *(struct rd_text *)(void *)(made + i * size) = text(fill, field);
    }
    *(void **)(void *)((char *)out + field->offset) = made;
    *(size_t *)(void *)((char *)out + field->count_offset) = count;
}

static void fill_field(struct fill *fill, const struct rd_field *field, size_t items, void *out)
{
    void *member = (char *)out + field->offset;
    bool random = items == SIZE_MAX;
    switch (field->kind) {
    case RD_FIELD_STRUCT:
        if (random && fill->budget == 0)
            return;
        *(void **)member = take(fill, 1, field->shape->size);
        fill_any(fill, field->shape, items, *(void **)member);
        return;
    case RD_FIELD_STRUCTS:
        if (random && fill->budget == 0)
            return;
        fill_list(fill, field, random ? 1 + below(fill, 3) : items, items, out);
        return;
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
        fill_list(fill, field, random ? 1 + below(fill, 3) : items, items, out);
        return;
    case RD_FIELD_BOOL:
    case RD_FIELD_U32:
    case RD_FIELD_U64:
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
    case RD_FIELD_OPT_I32:
    case RD_FIELD_OPT_BOOL:
    case RD_FIELD_ENUM:
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        fill_scalar(fill, field, member);
        if (!random && field->kind == RD_FIELD_ENUM)
            *(int *)member = (int)field->enums->count - 1;
        return;
    }
}

static void fill_any(struct fill *fill, const struct rd_shape *shape, size_t items, void *out)
{
    bool random = items == SIZE_MAX;
    if (fill->budget > 0)
        fill->budget--;
    if (shape == &rd_message_shape) {
        fill_field(fill, &shape->fields[below(fill, shape->field_count)], items, out);
        return;
    }
    for (size_t i = 0; i < shape->field_count; i++)
        if (!random || below(fill, 3) != 0)
            fill_field(fill, &shape->fields[i], items, out);
}

void fill_struct(struct fill *fill, const struct rd_shape *shape, void *out)
{
    fill_any(fill, shape, SIZE_MAX, out);
}

void fill_full(struct fill *fill, const struct rd_shape *shape, size_t items, void *out)
{
    fill_any(fill, shape, items, out);
}

static bool same_list(const struct rd_field *field, const void *a, const void *b, size_t count)
{
    const char *left = *(void *const *)a;
    const char *right = *(void *const *)b;
    bool structs = field->kind == RD_FIELD_STRUCTS;
    size_t size = structs ? field->shape->size : sizeof(struct rd_text);
    for (size_t i = 0; i < count; i++) {
        const void *x = left + i * size;
        const void *y = right + i * size;
        if (structs ? !fill_same(field->shape, x, y)
                    : !rd_text_equal(*(const struct rd_text *)x, *(const struct rd_text *)y))
            return false;
    }
    return true;
}

static bool same_field(const struct rd_field *field, const void *left, const void *right)
{
    const void *a = (const char *)left + field->offset;
    const void *b = (const char *)right + field->offset;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case RD_FIELD_U32:
        return *(const uint32_t *)a == *(const uint32_t *)b;
    case RD_FIELD_U64:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
        return *(const int64_t *)a == *(const int64_t *)b;
    case RD_FIELD_OPT_I32: {
        const struct rd_opt_i32 *x = a;
        const struct rd_opt_i32 *y = b;
        return x->has == y->has && x->value == y->value;
    }
    case RD_FIELD_OPT_BOOL: {
        const struct rd_opt_bool *x = a;
        const struct rd_opt_bool *y = b;
        return x->has == y->has && x->value == y->value;
    }
    case RD_FIELD_ENUM:
        return *(const int *)a == *(const int *)b;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        return rd_text_equal(*(const struct rd_text *)a, *(const struct rd_text *)b);
    case RD_FIELD_STRUCT: {
        const void *x = *(void *const *)a;
        const void *y = *(void *const *)b;
        return (x == NULL) == (y == NULL) && (x == NULL || fill_same(field->shape, x, y));
    }
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS: {
        size_t n = *(const size_t *)(const void *)((const char *)left + field->count_offset);
        size_t m = *(const size_t *)(const void *)((const char *)right + field->count_offset);
        return n == m && same_list(field, a, b, n);
    }
    }
    return false;
}

bool fill_same(const struct rd_shape *shape, const void *a, const void *b)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (!same_field(&shape->fields[i], a, b))
            return false;
    return true;
}
