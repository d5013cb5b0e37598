/* Bytes to model: protobuf-c unpacks into the arena under a cap, then the structs are filled from
 * it. Texts and bytes are copied once, out of the input; the model points at protobuf-c's copy. */
#include "model/limits.h"
#include "wire/contract.h"
#include "wire/wire.h"

#include <string.h>

/* What is left of one decode's memory. The arena zeroes and aligns; nothing is released singly. */
struct job {
    struct rd_arena *arena;
    size_t left;
    bool exhausted;
};

static void *take(struct job *job, size_t size)
{
    void *taken = size > job->left ? NULL : rd_arena_take(job->arena, size);
    if (taken == NULL)
        job->exhausted = true;
    else
        job->left -= size;
    return taken;
}

static void *pb_alloc(void *context, size_t size)
{
    return take(context, size);
}

static void pb_free(void *context, void *pointer)
{
    (void)context;
    (void)pointer;
}

static bool fill(const struct rd_shape *shape, const ProtobufCMessage *from,
                 const ProtobufCMessageDescriptor *message, struct job *job, void *out);

/* Present but empty stays apart from absent. */
static struct rd_text text_of(const ProtobufCBinaryData *data)
{
    if (data->data == NULL)
        return (struct rd_text){"", 0};
    return (struct rd_text){(const char *)data->data, data->len};
}

static void get_scalar(const struct rd_field *field, const void *slot, void *member)
{
    switch (field->kind) {
    case RD_FIELD_BOOL:
        *(bool *)member = *(const protobuf_c_boolean *)slot != 0;
        return;
    case RD_FIELD_U32:
        *(uint32_t *)member = *(const uint32_t *)slot;
        return;
    case RD_FIELD_U64:
        *(uint64_t *)member = *(const uint64_t *)slot;
        return;
    case RD_FIELD_I64:
        *(int64_t *)member = *(const int64_t *)slot;
        return;
    case RD_FIELD_INSTANT: {
        int64_t at = *(const int64_t *)slot;
        *(rd_instant *)member = at == RD_INSTANT_NONE ? 0 : at;
        return;
    }
    case RD_FIELD_OPT_I32:
        *(struct rd_opt_i32 *)member = (struct rd_opt_i32){true, *(const int32_t *)slot};
        return;
    case RD_FIELD_OPT_BOOL:
        *(struct rd_opt_bool *)member =
            (struct rd_opt_bool){true, *(const protobuf_c_boolean *)slot != 0};
        return;
    case RD_FIELD_ENUM:
        *(int *)member = *(const int *)slot;
        return;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        *(struct rd_text *)member = text_of(slot);
        return;
    case RD_FIELD_STRUCT:
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        break;
    }
    rd_require_failed("a scalar kind", __FILE__, __LINE__);
}

static bool get_struct(const struct rd_field *field, const void *slot, const void *quantifier,
                       const ProtobufCFieldDescriptor *pb, struct job *job, void *member)
{
    const ProtobufCMessage *inner = *(ProtobufCMessage *const *)slot;
    bool other_arm =
        (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *(const int *)quantifier != (int)pb->id;
    if (inner == NULL || other_arm)
        return true;
    void *made = take(job, field->shape->size);
    *(void **)member = made;
    return made != NULL && fill(field->shape, inner, pb->descriptor, job, made);
}

static bool get_texts(const void *slot, size_t count, struct job *job, void *member)
{
    const ProtobufCBinaryData *items = *(ProtobufCBinaryData *const *)slot;
    struct rd_text *made = take(job, count * sizeof *made);
    if (made == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        made[i] = text_of(&items[i]);
    *(struct rd_text **)member = made;
    return true;
}

static bool get_structs(const struct rd_field *field, const void *slot, size_t count,
                        const ProtobufCMessageDescriptor *message, struct job *job, void *member)
{
    ProtobufCMessage *const *items = *(ProtobufCMessage * *const *)slot;
    char *made = take(job, count * field->shape->size);
    if (made == NULL)
        return false;
    *(void **)member = made;
    for (size_t i = 0; i < count; i++)
        if (!fill(field->shape, items[i], message, job, made + i * field->shape->size))
            return false;
    return true;
}

static bool get_field(const struct rd_field *field, const ProtobufCMessage *from,
                      const ProtobufCFieldDescriptor *pb, struct job *job, void *out)
{
    void *member = (char *)out + field->offset;
    const void *slot = (const char *)from + pb->offset;
    const void *quantifier = (const char *)from + pb->quantifier_offset;
    rd_require(rd_contract_agrees(field, pb));
    if (field->kind == RD_FIELD_STRUCT)
        return get_struct(field, slot, quantifier, pb, job, member);
    if (pb->label != PROTOBUF_C_LABEL_REPEATED) {
        if (*(const protobuf_c_boolean *)quantifier)
            get_scalar(field, slot, member);
        return true;
    }
    /* No overflow below: every item took at least a pointer of the arena when it was unpacked. */
    size_t count = *(const size_t *)quantifier;
    *(size_t *)(void *)((char *)out + field->count_offset) = count;
    if (count == 0)
        return true;
    if (field->kind == RD_FIELD_STRUCTS)
        return get_structs(field, slot, count, pb->descriptor, job, member);
    return get_texts(slot, count, job, member);
}

static bool fill(const struct rd_shape *shape, const ProtobufCMessage *from,
                 const ProtobufCMessageDescriptor *message, struct job *job, void *out)
{
    rd_require(message->n_fields == shape->field_count);
    for (size_t i = 0; i < shape->field_count; i++)
        if (!get_field(&shape->fields[i], from, &message->fields[i], job, out))
            return false;
    return true;
}

enum rd_err rd_wire_decode(const struct rd_shape *shape, struct rd_text bytes,
                           struct rd_arena *arena, void *value, struct rd_errbuf *why)
{
    bool frame = shape == &rd_message_shape;
    size_t bytes_max = frame ? RD_FRAME_BYTES_MAX : RD_STORED_BYTES_MAX;
    size_t memory_max = frame ? RD_DECODE_ARENA_BYTES_MAX : RD_STORED_ARENA_BYTES_MAX;
    memset(value, 0, shape->size);
    if (bytes.len > bytes_max)
        return rd_fail(why, RD_E_TOOBIG, "%s: %zu bytes, at most %zu", shape->name, bytes.len,
                       bytes_max);
    struct job job = {arena, memory_max, false};
    ProtobufCAllocator allocator = {pb_alloc, pb_free, &job};
    const ProtobufCMessageDescriptor *message = rd_contract_message(shape);
    const uint8_t *start = bytes.len == 0 ? (const uint8_t *)"" : (const uint8_t *)bytes.ptr;
    ProtobufCMessage *from = protobuf_c_message_unpack(message, &allocator, bytes.len, start);
    if (from == NULL && !job.exhausted)
        return rd_fail(why, RD_E_MALFORMED, "%s: not a protobuf message of that type", shape->name);
    if (from == NULL || !fill(shape, from, message, &job, value))
        return rd_fail(why, RD_E_TOOBIG, "%s: needs more memory decoded than the %zu bytes allowed",
                       shape->name, memory_max);
    return frame ? rd_shape_check(shape, value, why) : rd_shape_check_form(shape, value, why);
}
