/* The shapes and the .proto files say the same: every message, field, number, type, label, enum and
 * enum value, both ways; and no message can contain itself. */
#include "model/message.h"
#include "referral/v1/message.pb-c.h"
#include "wire/contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const protos[] = {"record", "decision", "state", "entry", "message"};
enum { PROTOS = sizeof protos / sizeof protos[0], LINE_BYTES_MAX = 1024 };

static void every_shape_equals_its_message(void **state)
{
    (void)state;
    for (size_t r = 0; r < rd_contract_count; r++) {
        const struct rd_shape *shape = rd_contract[r].shape;
        const ProtobufCMessageDescriptor *message = rd_contract[r].message;
        assert_string_equal(shape->name, message->short_name);
        if (shape->field_count != message->n_fields)
            fail_msg("%s: %zu fields in the shape, %u in the .proto", shape->name,
                     shape->field_count, message->n_fields);
        for (size_t i = 0; i < shape->field_count; i++) {
            const struct rd_field *field = &shape->fields[i];
            const ProtobufCFieldDescriptor *pb = &message->fields[i];
            if (strcmp(field->name, pb->name) != 0 || !rd_contract_agrees(field, pb))
                fail_msg("%s: field %s = %u in the shape, %s = %u in the .proto, or their types "
                         "differ",
                         shape->name, field->name, field->number, pb->name, pb->id);
            if (field->shape != NULL)
                assert_ptr_equal(rd_contract_message(field->shape), pb->descriptor);
        }
    }
}

/* "two-hour" of ClockKind is CLOCK_KIND_TWO_HOUR. */
static void proto_name(const char *enum_name, const char *value, char out[128])
{
    size_t used = 0;
    for (const char *c = enum_name; *c != '\0'; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        if (upper && c != enum_name)
            out[used++] = '_';
        out[used++] = upper ? *c : (char)(*c - 'a' + 'A');
    }
    out[used++] = '_';
    for (const char *c = value; *c != '\0'; c++)
        out[used++] = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    out[used] = '\0';
}

static void check_enum(const struct rd_enum_names *names, const ProtobufCEnumDescriptor *pb)
{
    assert_string_equal(names->enum_name, pb->short_name);
    size_t given = 0;
    for (size_t v = 0; v < names->count; v++)
        given += names->names[v] != NULL;
    if (given != pb->n_values)
        fail_msg("%s: %zu names in the table, %u in the .proto", pb->short_name, given,
                 pb->n_values);
    for (size_t v = 0; v < names->count; v++) {
        char want[128];
        if (names->names[v] == NULL)
            continue; /* a number that is given to nothing */
        proto_name(names->enum_name, names->names[v], want);
        const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(pb, (int)v);
        assert_non_null(found);
        assert_string_equal(found->name, want);
    }
}

static void every_enum_equals_its_table(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *seen[64];
    size_t seen_count = 0;
    for (size_t r = 0; r < rd_contract_count; r++) {
        for (size_t i = 0; i < rd_contract[r].shape->field_count; i++) {
            const struct rd_field *field = &rd_contract[r].shape->fields[i];
            const ProtobufCEnumDescriptor *pb = rd_contract[r].message->fields[i].descriptor;
            if (field->kind != RD_FIELD_ENUM)
                continue;
            check_enum(field->enums, pb);
            size_t s = 0;
            while (s < seen_count && seen[s] != pb)
                s++;
            assert_true(s < 64);
            if (s == seen_count)
                seen[seen_count++] = pb;
        }
    }
    size_t declared = 0;
    for (size_t p = 0; p < PROTOS; p++) {
        char path[512];
        char line[LINE_BYTES_MAX];
        (void)snprintf(path, sizeof path, RD_SOURCE_DIR "/proto/referral/v1/%s.proto", protos[p]);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        while (fgets(line, sizeof line, file) != NULL)
            declared += strncmp(line, "enum ", 5) == 0;
        (void)fclose(file);
    }
    assert_int_equal(declared, seen_count);
}

static const struct rd_contract_row *row_named(const char *name)
{
    for (size_t r = 0; r < rd_contract_count; r++)
        if (strcmp(rd_contract[r].shape->name, name) == 0)
            return &rd_contract[r];
    fail_msg("message %s has no shape", name);
    return NULL;
}

/* Type word and name of a field's line; false when the line is something else. */
static bool field_line(const char *line, char type[64], char name[64])
{
    char label[16];
    unsigned number = 0;
    return sscanf(line, " %15s %63s %63s = %u", label, type, name, &number) == 4 &&
           (strcmp(label, "optional") == 0 || strcmp(label, "repeated") == 0);
}

/* The compiled descriptors know only bytes; which are text is in the source alone. */
static size_t check_texts(const char *path)
{
    char line[LINE_BYTES_MAX];
    char type[64];
    char name[64];
    size_t messages = 0;
    const struct rd_contract_row *row = NULL;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        assert_true(strlen(line) < sizeof line - 1);
        if (sscanf(line, "message %63[A-Za-z0-9] {", name) == 1) {
            row = row_named(name);
            messages++;
        } else if (field_line(line, type, name)) {
            const struct rd_field *field = row->shape->fields;
            while (strcmp(field->name, name) != 0)
                field++;
            bool text = field->kind == RD_FIELD_TEXT || field->kind == RD_FIELD_TEXTS;
            if (text != (strcmp(type, "string") == 0))
                fail_msg("%s.%s is %s in the .proto", row->shape->name, name, type);
        }
    }
    (void)fclose(file);
    return messages;
}

static void texts_are_string_and_bytes_are_bytes(void **state)
{
    (void)state;
    size_t messages = 0;
    for (size_t p = 0; p < PROTOS; p++) {
        char path[512];
        (void)snprintf(path, sizeof path, RD_SOURCE_DIR "/proto/referral/v1/%s.proto", protos[p]);
        messages += check_texts(path);
    }
    assert_int_equal(messages, rd_contract_count);
}

/* Depth of nesting below a message; a message that contains itself would give more than there are
 * messages. protobuf-c unpacks recursively, so depth must be static. */
static size_t depth_of(const ProtobufCMessageDescriptor *message, size_t above)
{
    if (above > rd_contract_count)
        fail_msg("%s contains itself", message->name);
    size_t deepest = 0;
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (message->fields[i].type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        size_t depth = 1 + depth_of(message->fields[i].descriptor, above + 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

static void no_message_contains_itself(void **state)
{
    (void)state;
    for (size_t r = 0; r < rd_contract_count; r++)
        assert_in_range(depth_of(rd_contract[r].message, 0), 0, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_equals_its_message),
        cmocka_unit_test(every_enum_equals_its_table),
        cmocka_unit_test(texts_are_string_and_bytes_are_bytes),
        cmocka_unit_test(no_message_contains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
