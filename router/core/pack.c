#include "core/pack.h"

#include <string.h>

/* A struct is its present fields, each a tag (place in the shape plus one) and a value, then a 0.
 */

static void put_number(struct rd_buf *out, uint64_t number)
{
    unsigned char bytes[10];
    size_t len = 0;
    do {
        unsigned char low = (unsigned char)(number & 0x7f);
        number >>= 7;
        bytes[len++] = (unsigned char)(low | (number != 0 ? 0x80 : 0));
    } while (number != 0);
    rd_buf_put(out, bytes, len);
}

static uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
    uint64_t whole = (value >> 1) ^ ((value & 1) != 0 ? UINT64_MAX : 0);
    int64_t out = 0;
    memcpy(&out, &whole, sizeof out);
    return out;
}

/* An absent one is 0, else its length plus one. */
static void put_bytes(struct rd_buf *out, struct rd_text bytes)
{
    put_number(out, bytes.ptr == NULL ? 0 : (uint64_t)bytes.len + 1);
    rd_buf_put_text(out, bytes);
}

/* An absent text is 0, one of the common words twice its number, any other twice its length plus
 * one and then itself. */
static void put_text(struct rd_words *words, struct rd_buf *out, struct rd_text text)
{
    size_t number = text.ptr == NULL ? 0 : rd_words_number(words, text);
    out->failed = out->failed || words->failed;
    if (text.ptr == NULL || number != 0) {
        put_number(out, (uint64_t)number * 2);
        return;
    }
    put_number(out, (uint64_t)text.len * 2 + 1);
    rd_buf_put_text(out, text);
}

/* False: the field is absent and stays out. */
static bool scalar_of(const struct rd_field *field, const void *member, uint64_t *out)
{
    const struct rd_opt_i32 *number = member;
    const struct rd_opt_bool *boolean = member;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *out = *(const bool *)member;
        return *out != 0;
    case RD_FIELD_U32:
        *out = *(const uint32_t *)member;
        return *out != 0;
    case RD_FIELD_ENUM:
        *out = (uint64_t)(unsigned)*(const int *)member;
        return *out != 0;
    case RD_FIELD_U64:
        *out = *(const uint64_t *)member;
        return *out != 0;
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
        *out = zigzag(*(const int64_t *)member);
        return *out != 0;
    case RD_FIELD_OPT_I32:
        *out = zigzag(number->value);
        return number->has;
    case RD_FIELD_OPT_BOOL:
        *out = boolean->value;
        return boolean->has;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
    return false;
}

static size_t count_of(const struct rd_field *field, const void *value)
{
    return *(const size_t *)(const void *)((const char *)value + field->count_offset);
}

/* Shapes do not contain themselves, so the depth is bounded. */
static void pack_field(const struct rd_field *field, size_t tag, const void *value,
                       struct rd_words *words, struct rd_buf *out)
{
    const void *member = (const char *)value + field->offset;
    const void *inner = NULL;
    uint64_t scalar = 0;
    switch (field->kind) {
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        if (((const struct rd_text *)member)->ptr == NULL)
            return;
        put_number(out, tag);
        if (field->kind == RD_FIELD_TEXT)
            put_text(words, out, *(const struct rd_text *)member);
        else
            put_bytes(out, *(const struct rd_text *)member);
        return;
    case RD_FIELD_STRUCT:
        inner = *(void *const *)member;
        if (inner == NULL)
            return;
        put_number(out, tag);
        rd_pack(field->shape, inner, words, out);
        return;
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        if (count_of(field, value) == 0)
            return;
        inner = *(void *const *)member;
        put_number(out, tag);
        put_number(out, count_of(field, value));
        for (size_t i = 0; i < count_of(field, value); i++)
            if (field->kind == RD_FIELD_STRUCTS)
                rd_pack(field->shape, (const char *)inner + i * field->shape->size, words, out);
            else if (field->kind == RD_FIELD_TEXTS)
                put_text(words, out, ((const struct rd_text *)inner)[i]);
            else
                put_bytes(out, ((const struct rd_text *)inner)[i]);
        return;
    case RD_FIELD_BOOL:
    case RD_FIELD_U32:
    case RD_FIELD_U64:
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
    case RD_FIELD_OPT_I32:
    case RD_FIELD_OPT_BOOL:
    case RD_FIELD_ENUM:
        if (!scalar_of(field, member, &scalar))
            return;
        put_number(out, tag);
        put_number(out, scalar);
        return;
    }
}

void rd_pack(const struct rd_shape *shape, const void *value, struct rd_words *words,
             struct rd_buf *out)
{
    for (size_t i = 0; i < shape->field_count; i++)
        pack_field(&shape->fields[i], i + 1, value, words, out);
    put_number(out, 0);
}

struct reader {
    const char *at, *end;
    const struct rd_words *words;
    struct rd_arena *arena;
    enum rd_err err;
};

static uint64_t get_number(struct reader *in)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = (unsigned char)*in->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return number;
    }
    in->err = RD_E_BUG;
    return 0;
}

static struct rd_text get_span(struct reader *in, uint64_t len)
{
    if (len > (uint64_t)(in->end - in->at)) {
        in->err = RD_E_BUG;
        return RD_TEXT_NONE;
    }
    struct rd_text text = {in->at, (size_t)len};
    in->at += text.len;
    return text;
}

static struct rd_text get_bytes(struct reader *in)
{
    uint64_t len = get_number(in);
    return len == 0 || in->err != RD_OK ? RD_TEXT_NONE : get_span(in, len - 1);
}

static struct rd_text get_text(struct reader *in)
{
    uint64_t number = get_number(in);
    if (number == 0 || in->err != RD_OK)
        return RD_TEXT_NONE;
    if ((number & 1) != 0)
        return get_span(in, number >> 1);
    struct rd_text word = rd_words_text(in->words, (size_t)(number >> 1));
    if (word.ptr == NULL)
        in->err = RD_E_BUG;
    return word;
}

static void set_scalar(const struct rd_field *field, uint64_t number, void *member)
{
    int32_t as_i32 = (int32_t)unzigzag(number);
    int64_t as_i64 = unzigzag(number);
    int as_enum = (int)number;
    uint32_t as_u32 = (uint32_t)number;
    bool as_bool = number != 0;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *(bool *)member = as_bool;
        return;
    case RD_FIELD_U32:
        *(uint32_t *)member = as_u32;
        return;
    case RD_FIELD_ENUM:
        memcpy(member, &as_enum, sizeof as_enum);
        return;
    case RD_FIELD_U64:
        *(uint64_t *)member = number;
        return;
    case RD_FIELD_I64:
    case RD_FIELD_INSTANT:
        *(int64_t *)member = as_i64;
        return;
    case RD_FIELD_OPT_I32:
        *(struct rd_opt_i32 *)member = (struct rd_opt_i32){true, as_i32};
        return;
    case RD_FIELD_OPT_BOOL:
        *(struct rd_opt_bool *)member = (struct rd_opt_bool){true, as_bool};
        return;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
}

static void unpack_struct(struct reader *in, const struct rd_shape *shape, void *value);

static void unpack_list(struct reader *in, const struct rd_field *field, void *value)
{
    void **items = (void **)(void *)((char *)value + field->offset);
    size_t *count_out = (size_t *)(void *)((char *)value + field->count_offset);
    uint64_t count = get_number(in);
    size_t size = field->kind == RD_FIELD_STRUCTS ? field->shape->size : sizeof(struct rd_text);
    if (in->err == RD_OK && count > (uint64_t)(in->end - in->at))
        in->err = RD_E_BUG; /* every item is a byte at least */
    char *made = in->err == RD_OK ? rd_arena_array(in->arena, (size_t)count, size) : NULL;
    if (made == NULL) {
        in->err = in->err == RD_OK ? RD_E_TOOBIG : in->err;
        return;
    }
    for (size_t i = 0; i < count && in->err == RD_OK; i++)
        if (field->kind == RD_FIELD_STRUCTS)
            unpack_struct(in, field->shape, made + i * size);
        else
            ((struct rd_text *)(void *)made)[i] =
                field->kind == RD_FIELD_TEXTS ? get_text(in) : get_bytes(in);
    *items = made;
    *count_out = (size_t)count;
}

static void unpack_field(struct reader *in, const struct rd_field *field, void *value)
{
    void *member = (char *)value + field->offset;
    if (field->kind == RD_FIELD_TEXT || field->kind == RD_FIELD_BYTES) {
        *(struct rd_text *)member = field->kind == RD_FIELD_TEXT ? get_text(in) : get_bytes(in);
    } else if (field->kind == RD_FIELD_STRUCT) {
        void *made = rd_arena_take(in->arena, field->shape->size);
        *(void **)member = made;
        if (made == NULL)
            in->err = RD_E_TOOBIG;
        else
            unpack_struct(in, field->shape, made);
    } else if (field->count_offset != 0) {
        unpack_list(in, field, value);
    } else {
        set_scalar(field, get_number(in), member);
    }
}

static void unpack_struct(struct reader *in, const struct rd_shape *shape, void *value)
{
    memset(value, 0, shape->size);
    for (uint64_t tag = get_number(in); tag != 0 && in->err == RD_OK; tag = get_number(in)) {
        if (tag > shape->field_count) {
            in->err = RD_E_BUG;
            return;
        }
        unpack_field(in, &shape->fields[tag - 1], value);
    }
}

enum rd_err rd_unpack(const struct rd_shape *shape, struct rd_text bytes,
                      const struct rd_words *words, struct rd_arena *arena, void *value)
{
    struct reader in = {bytes.ptr, bytes.ptr + bytes.len, words, arena, RD_OK};
    unpack_struct(&in, shape, value);
    if (in.err == RD_OK && in.at != in.end)
        return RD_E_BUG;
    return in.err;
}
