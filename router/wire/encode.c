/* Model to bytes: the struct is laid out as protobuf-c's generated structs (texts and bytes stay
 * where they are: only pointers move), then packed straight into the caller's buffer. */
#include "model/limits.h"
#include "wire/contract.h"
#include "wire/wire.h"

/* protobuf-c's structs have no const; packing only reads. */
static ProtobufCBinaryData borrow(struct rd_text text)
{
    return (ProtobufCBinaryData){text.len, (uint8_t *)(uintptr_t)text.ptr};
}

static ProtobufCMessage *lay_out(const struct rd_shape *shape, const void *value,
                                 const ProtobufCMessageDescriptor *message, struct rd_arena *arena);

static void put_scalar(const struct rd_field *field, const void *member, void *slot,
                       protobuf_c_boolean *has)
{
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *has = *(protobuf_c_boolean *)slot = *(const bool *)member;
        return;
    case RD_FIELD_U32:
        *has = (*(uint32_t *)slot = *(const uint32_t *)member) != 0;
        return;
    case RD_FIELD_U64:
        *has = (*(uint64_t *)slot = *(const uint64_t *)member) != 0;
        return;
    case RD_FIELD_I64:
        *has = (*(int64_t *)slot = *(const int64_t *)member) != 0;
        return;
    case RD_FIELD_INSTANT: {
        rd_instant at = *(const rd_instant *)member;
        *(int64_t *)slot = at;
        *has = at != 0 && at != RD_INSTANT_NONE;
        return;
    }
    case RD_FIELD_OPT_I32: {
        const struct rd_opt_i32 *opt = member;
        *(int32_t *)slot = opt->value;
        *has = opt->has;
        return;
    }
    case RD_FIELD_OPT_BOOL: {
        const struct rd_opt_bool *opt = member;
        *(protobuf_c_boolean *)slot = opt->value;
        *has = opt->has;
        return;
    }
    case RD_FIELD_ENUM:
        *has = (*(int *)slot = *(const int *)member) != 0;
        return;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        *(ProtobufCBinaryData *)slot = borrow(*(const struct rd_text *)member);
        *has = rd_text_present(*(const struct rd_text *)member);
        return;
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
    rd_require_failed("a scalar kind", __FILE__, __LINE__);
}

/* An arm of a oneof names itself in the quantifier; a second arm is our own bug. */
static bool put_struct(const struct rd_field *field, const void *member,
                       const ProtobufCFieldDescriptor *pb, struct rd_arena *arena, void *slot,
                       void *quantifier)
{
    const void *inner = *(void *const *)member;
    if (inner == NULL)
        return true;
    if ((pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        rd_require(*(int *)quantifier == 0);
        *(int *)quantifier = (int)pb->id;
    }
    ProtobufCMessage *made = lay_out(field->shape, inner, pb->descriptor, arena);
    *(ProtobufCMessage **)slot = made;
    return made != NULL;
}

static bool put_texts(const void *member, size_t count, struct rd_arena *arena, void *slot)
{
    const struct rd_text *texts = *(void *const *)member;
    ProtobufCBinaryData *made = rd_arena_array(arena, count, sizeof *made);
    if (made == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        made[i] = borrow(texts[i]);
    *(ProtobufCBinaryData **)slot = made;
    return true;
}

static bool put_structs(const struct rd_field *field, const void *member, size_t count,
                        const ProtobufCMessageDescriptor *message, struct rd_arena *arena,
                        void *slot)
{
    const char *items = *(void *const *)member;
    ProtobufCMessage **made = rd_arena_array(arena, count, sizeof *made);
    if (made == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        made[i] = lay_out(field->shape, items + i * field->shape->size, message, arena);
        if (made[i] == NULL)
            return false;
    }
    *(ProtobufCMessage ***)slot = made;
    return true;
}

static bool put_field(const struct rd_field *field, const void *value,
                      const ProtobufCFieldDescriptor *pb, struct rd_arena *arena,
                      ProtobufCMessage *out)
{
    const void *member = (const char *)value + field->offset;
    void *slot = (char *)out + pb->offset;
    void *quantifier = (char *)out + pb->quantifier_offset;
    rd_require(rd_contract_agrees(field, pb));
    if (field->kind == RD_FIELD_STRUCT)
        return put_struct(field, member, pb, arena, slot, quantifier);
    if (pb->label != PROTOBUF_C_LABEL_REPEATED) {
        put_scalar(field, member, slot, quantifier);
        return true;
    }
    size_t count = *(const size_t *)(const void *)((const char *)value + field->count_offset);
    *(size_t *)quantifier = count;
    if (count == 0)
        return true;
    if (field->kind == RD_FIELD_STRUCTS)
        return put_structs(field, member, count, pb->descriptor, arena, slot);
    return put_texts(member, count, arena, slot);
}

static ProtobufCMessage *lay_out(const struct rd_shape *shape, const void *value,
                                 const ProtobufCMessageDescriptor *message, struct rd_arena *arena)
{
    rd_require(message->n_fields == shape->field_count);
    ProtobufCMessage *out = rd_arena_take(arena, message->sizeof_message);
    if (out == NULL)
        return NULL;
    protobuf_c_message_init(message, out);
    for (size_t i = 0; i < shape->field_count; i++)
        if (!put_field(&shape->fields[i], value, &message->fields[i], arena, out))
            return NULL;
    return out;
}

void rd_wire_encode(const struct rd_shape *shape, const void *value, struct rd_buf *out)
{
    struct rd_arena scratch;
    rd_arena_init(&scratch, out->alloc, SIZE_MAX / 2);
    ProtobufCMessage *message = lay_out(shape, value, rd_contract_message(shape), &scratch);
    size_t size = message == NULL ? 0 : protobuf_c_message_get_packed_size(message);
    if (message == NULL) {
        out->failed = true;
    } else if (size > 0) {
        unsigned char *start = rd_buf_extend(out, size);
        if (start != NULL)
            rd_require(protobuf_c_message_pack(message, start) == size);
    }
    rd_arena_fini(&scratch);
}
