/* Model to bytes in one walk over the shape, whose fields stand in the order of their numbers and
 * agree with the contract (test_wire_contract holds it). A length stands before what it counts: the
 * inner bytes are written first and moved up by the few that their length takes. */
#include "model/limits.h"
#include "wire/contract.h"
#include "wire/wire.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10, WIRE_VARINT = 0, WIRE_BYTES = 2 };

static size_t varint(uint64_t value, unsigned char *out)
{
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        out[len++] = (unsigned char)(value | 0x80);
    out[len++] = (unsigned char)value;
    return len;
}

static size_t tag(const struct rd_field *field, unsigned wire, unsigned char *out)
{
    return varint((uint64_t)field->number << 3 | wire, out);
}

static void put_number(const struct rd_field *field, uint64_t value, struct rd_buf *out)
{
    unsigned char bytes[2 * VARINT_BYTES_MAX];
    size_t len = tag(field, WIRE_VARINT, bytes);
    len += varint(value, bytes + len);
    rd_buf_put(out, bytes, len);
}

static void put_text(const struct rd_field *field, struct rd_text text, struct rd_buf *out)
{
    unsigned char bytes[2 * VARINT_BYTES_MAX];
    size_t len = tag(field, WIRE_BYTES, bytes);
    len += varint(text.len, bytes + len);
    unsigned char *at = rd_buf_extend(out, len + text.len);
    if (at == NULL)
        return; /* out->failed */
    memcpy(at, bytes, len);
    if (text.len > 0)
        memcpy(at + len, text.ptr, text.len);
}

static void put_scalar(const struct rd_field *field, const void *member, struct rd_buf *out)
{
    switch (field->kind) {
    case RD_FIELD_BOOL:
        if (*(const bool *)member)
            put_number(field, 1, out);
        return;
    case RD_FIELD_U32:
        if (*(const uint32_t *)member != 0)
            put_number(field, *(const uint32_t *)member, out);
        return;
    case RD_FIELD_U64:
    case RD_FIELD_I64: /* its own bits: protobuf's int64 */
        if (*(const uint64_t *)member != 0)
            put_number(field, *(const uint64_t *)member, out);
        return;
    case RD_FIELD_INSTANT: {
        rd_instant at = *(const rd_instant *)member;
        if (at != 0 && at != RD_INSTANT_NONE)
            put_number(field, (uint64_t)at, out);
        return;
    }
    case RD_FIELD_OPT_I32: {
        const struct rd_opt_i32 *opt = member;
        if (opt->has)
            put_number(field, (uint64_t)(int64_t)opt->value, out);
        return;
    }
    case RD_FIELD_OPT_BOOL: {
        const struct rd_opt_bool *opt = member;
        if (opt->has)
            put_number(field, opt->value ? 1 : 0, out);
        return;
    }
    case RD_FIELD_ENUM:
        if (*(const int *)member != 0)
            put_number(field, (uint64_t)(int64_t) * (const int *)member, out);
        return;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        if (rd_text_present(*(const struct rd_text *)member))
            put_text(field, *(const struct rd_text *)member, out);
        return;
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
    rd_require_failed("a scalar kind", __FILE__, __LINE__);
}

static void put_members(const struct rd_shape *shape, const void *value, struct rd_buf *out);

static void put_struct(const struct rd_field *field, const void *value, struct rd_buf *out)
{
    unsigned char bytes[VARINT_BYTES_MAX];
    rd_buf_put(out, bytes, tag(field, WIRE_BYTES, bytes));
    size_t start = out->len;
    put_members(field->shape, value, out);
    size_t inner = out->len - start;
    size_t len = varint(inner, bytes);
    if (rd_buf_extend(out, len) == NULL)
        return; /* out->failed */
    if (inner > 0)
        memmove(out->bytes + start + len, out->bytes + start, inner);
    memcpy(out->bytes + start, bytes, len);
}

static void put_field(const struct rd_field *field, const void *value, struct rd_buf *out)
{
    const void *member = (const char *)value + field->offset;
    size_t count = 1;
    if (field->kind == RD_FIELD_TEXTS || field->kind == RD_FIELD_BYTES_LIST ||
        field->kind == RD_FIELD_STRUCTS)
        count = *(const size_t *)(const void *)((const char *)value + field->count_offset);
    if (field->kind == RD_FIELD_STRUCT) {
        if (*(void *const *)member != NULL)
            put_struct(field, *(void *const *)member, out);
    } else if (field->kind == RD_FIELD_STRUCTS) {
        const char *items = *(void *const *)member;
        for (size_t i = 0; i < count; i++)
            put_struct(field, items + i * field->shape->size, out);
    } else if (field->kind == RD_FIELD_TEXTS || field->kind == RD_FIELD_BYTES_LIST) {
        const struct rd_text *texts = *(void *const *)member;
        for (size_t i = 0; i < count; i++)
            put_text(field, texts[i], out);
    } else {
        put_scalar(field, member, out);
    }
}

static void put_members(const struct rd_shape *shape, const void *value, struct rd_buf *out)
{
    for (size_t i = 0; i < shape->field_count && !out->failed; i++)
        put_field(&shape->fields[i], value, out);
}

/* A message is one arm: a second is our own bug. */
static void require_one_arm(const void *message)
{
    size_t arms = 0;
    for (size_t i = 0; i < rd_message_shape.field_count; i++)
        arms += *(void *const *)(const void *)((const char *)message +
                                               rd_message_shape.fields[i].offset) != NULL;
    rd_require(arms <= 1);
}

void rd_wire_encode(const struct rd_shape *shape, const void *value, struct rd_buf *out)
{
    (void)rd_contract_message(shape); /* is of the contract */
    if (shape == &rd_message_shape)
        require_one_arm(value);
    put_members(shape, value, out);
}
