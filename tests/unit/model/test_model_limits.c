/* Every limit of the contract at the limit and one past it, in every field of every shape; and
 * proto/LIMITS.md names all of them with their values. */
#include "model/limits.h"
#include "model/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct limit {
    const char *name;
    unsigned long value;
};
#define LIMIT(name)                                                                                \
    {                                                                                              \
#name, name                                                                                \
    }

static const struct limit limits[] = {
    LIMIT(RD_FRAME_BYTES_MAX),
    LIMIT(RD_BODY_BYTES_MAX),
    LIMIT(RD_TEXT_BYTES_MAX),
    LIMIT(RD_LIST_ITEMS_MAX),
    LIMIT(RD_QUERY_ITEMS_MAX),
    LIMIT(RD_NAME_BYTES_MAX),
    LIMIT(RD_QUEUE_BYTES_MAX),
    LIMIT(RD_TERM_BYTES_MAX),
    LIMIT(RD_RULES_HASH_BYTES_MAX),
    LIMIT(RD_PATH_BYTES_MAX),
    LIMIT(RD_RULESET_BYTES_MAX),
    LIMIT(RD_KEY_BYTES_MAX),
    LIMIT(RD_REF_BYTES_MAX),
    LIMIT(RD_DIGEST_BYTES),
    LIMIT(RD_DECODE_ARENA_BYTES_MAX),
    LIMIT(RD_STORED_BYTES_MAX),
    LIMIT(RD_STORED_ARENA_BYTES_MAX),
    LIMIT(RD_ASSIGNMENTS_MAX),
    LIMIT(RD_CLOCKS_MAX),
    LIMIT(RD_CONTACTS_MAX),
    LIMIT(RD_STAGES_MAX),
    LIMIT(RD_AREAS_MAX),
    LIMIT(RD_LINKS_MAX),
    LIMIT(RD_LINKS_SUGGESTED_MAX),
    LIMIT(RD_LINK_ENTRIES_MAX),
    LIMIT(RD_LINK_GROUP_MAX),
    LIMIT(RD_SUGGESTIONS_MAX),
    LIMIT(RD_LINK_PAIRS_MAX),
    LIMIT(RD_LINK_DAYS_MAX),
    LIMIT(RD_FEED_CREDIT_SUBMISSIONS),
    LIMIT(RD_FEED_CREDIT_BYTES),
    LIMIT(RD_TIMERS_PER_STEP),
    LIMIT(RD_QUEUE_CHANGES_KEPT),
    LIMIT(RD_WATCH_CREDIT_MAX),
    LIMIT(RD_PEER_BYTES_MAX),
    LIMIT(RD_LEASE_S_MAX),
    LIMIT(RD_SESSIONS_MAX),
    LIMIT(RD_NUMBERINGS_MAX),
    LIMIT(RD_NUMBER_LINES_MAX),
    LIMIT(RD_ANSWER_BYTES_MAX),
    LIMIT(RD_MISSING_MAX),
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

static char *read_all(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    assert_in_range(len, 1, sizeof text - 2);
    text[len] = '\0';
    return text;
}

static void the_header_has_no_other_limits(void **state)
{
    (void)state;
    size_t found = 0;
    char line[256];
    FILE *file = fopen(RD_SOURCE_DIR "/router/model/limits.h", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char name[64];
        char equals[2];
        if (sscanf(line, " %63[A-Z0-9_] %1[=]", name, equals) != 2)
            continue;
        size_t i = 0;
        while (i < LIMITS && strcmp(limits[i].name, name) != 0)
            i++;
        if (i == LIMITS)
            fail_msg("%s of limits.h is not tested: add it here and to proto/LIMITS.md", name);
        found++;
    }
    (void)fclose(file);
    assert_int_equal(found, LIMITS);
}

static void the_document_names_all_with_their_values(void **state)
{
    (void)state;
    char *text = read_all(RD_SOURCE_DIR "/proto/LIMITS.md");
    for (size_t i = 0; i < LIMITS; i++) {
        char row[128];
        (void)snprintf(row, sizeof row, "| `%s` | %lu |", limits[i].name, limits[i].value);
        if (strstr(text, row) == NULL)
            fail_msg("proto/LIMITS.md has no row that starts with: %s", row);
    }
}

/* The limits that fields rely on, said once more: changing one is changing the contract. */
struct expected {
    const struct rd_shape *shape;
    const char *field;
    size_t most;
};

static const struct expected expected[] = {
    {&rd_submission_shape, "feed", 64},
    {&rd_submission_shape, "key", 512},
    {&rd_submission_shape, "correlation", 512},
    {&rd_submission_shape, "digest", 32},
    {&rd_submission_shape, "original", 1048576},
    {&rd_submission_shape, "quarantine_words", 65536},
    {&rd_attachment_shape, "data", 1048576},
    {&rd_identifier_shape, "value", 256},
    {&rd_person_id_shape, "value", 256},
    {&rd_name_shape, "family", 1024},
    {&rd_address_shape, "lines", 1024},
    {&rd_person_shape, "names", 256},
    {&rd_need_shape, "words", 65536},
    {&rd_extra_shape, "value", 65536},
    {&rd_received_shape, "key_hash", 16},
    {&rd_received_shape, "ref_hashes", 16},
    {&rd_received_shape, "person_hashes", 16},
    {&rd_decision_shape, "assignments", 16},
    {&rd_decision_shape, "clocks", 32},
    {&rd_decision_shape, "rules_hash", 128},
    {&rd_planned_clock_shape, "stages", 16},
    {&rd_referral_state_shape, "assignments", 16},
    {&rd_referral_state_shape, "clocks", 32},
    {&rd_referral_state_shape, "contacts", 256},
    {&rd_ruleset_part_shape, "bytes", 1048576},
    {&rd_answered_shape, "bytes", 65536},
    {&rd_feed_state_shape, "numberings", 16},
    {&rd_numbering_shape, "lines", 3},
    {&rd_numbering_shape, "missing", 32},
    {&rd_admin_shape, "directory", 4096},
    {&rd_watch_shape, "queue", 69},
    {&rd_command_shape, "target", 64},
    {&rd_command_shape, "supporting", 64},
    {&rd_query_result_shape, "rows", 4096},
    {&rd_query_result_shape, "entries", 4096},
};

static const struct rd_shape *const roots[] = {&rd_message_shape, &rd_state_record_shape};

static size_t most_of(const struct rd_field *field)
{
    if (field->kind == RD_FIELD_STRUCTS)
        return field->limit != 0 ? field->limit : RD_LIST_ITEMS_MAX;
    if (field->limit != 0)
        return field->limit;
    bool bytes = field->kind == RD_FIELD_BYTES || field->kind == RD_FIELD_BYTES_LIST;
    return bytes ? RD_BODY_BYTES_MAX : RD_TEXT_BYTES_MAX;
}

static void fields_have_the_expected_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct rd_field *field = expected[i].shape->fields;
        while (strcmp(field->name, expected[i].field) != 0)
            field++;
        if (most_of(field) != expected[i].most)
            fail_msg("%s.%s: at most %zu", expected[i].shape->name, field->name, most_of(field));
    }
}

/* Room for the longest text and the longest list of the largest struct. */
struct room {
    char *text;
    void *items;
};

static enum rd_err try_count(const struct rd_shape *shape, const struct rd_field *field,
                             struct room *room, size_t count, const char *words)
{
    struct rd_errbuf why = {""};
    void *value = calloc(1, shape->size);
    *(void **)(void *)((char *)value + field->offset) = room->items;
    *(size_t *)(void *)((char *)value + field->count_offset) = count;
    enum rd_err err = rd_shape_check(shape, value, &why);
    assert_int_equal(rd_shape_check_form(shape, value, NULL), RD_OK);
    free(value);
    if (err != RD_OK)
        assert_non_null(strstr(why.text, words));
    return err;
}

static enum rd_err try_text(const struct rd_shape *shape, const struct rd_field *field,
                            struct room *room, size_t len)
{
    struct rd_errbuf why = {""};
    void *value = calloc(1, shape->size);
    struct rd_text text = {room->text, len};
    if (field->count_offset != 0) {
        *(struct rd_text **)(void *)((char *)value + field->offset) = &text;
        *(size_t *)(void *)((char *)value + field->count_offset) = 1;
    } else {
        *(struct rd_text *)(void *)((char *)value + field->offset) = text;
    }
    enum rd_err err = rd_shape_check(shape, value, &why);
    assert_int_equal(rd_shape_check_form(shape, value, NULL), RD_OK);
    free(value);
    if (err != RD_OK)
        assert_non_null(strstr(why.text, "bytes, at most"));
    return err;
}

static size_t hold_field(const struct rd_shape *shape, const struct rd_field *field,
                         struct room *room)
{
    size_t most = most_of(field);
    bool list = field->kind == RD_FIELD_TEXTS || field->kind == RD_FIELD_BYTES_LIST;
    if (list || field->kind == RD_FIELD_STRUCTS) {
        size_t items = list ? RD_LIST_ITEMS_MAX : most;
        assert_int_equal(try_count(shape, field, room, items, field->name), RD_OK);
        assert_int_equal(try_count(shape, field, room, items + 1, field->name), RD_E_TOOBIG);
    }
    if (list || field->kind == RD_FIELD_TEXT || field->kind == RD_FIELD_BYTES) {
        assert_int_equal(try_text(shape, field, room, most), RD_OK);
        assert_int_equal(try_text(shape, field, room, most + 1), RD_E_TOOBIG);
        return 1;
    }
    return field->kind == RD_FIELD_STRUCTS;
}

/* Every shape that can be reached, once. */
static size_t reach(const struct rd_shape *found[128])
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        found[count++] = roots[i];
    for (size_t at = 0; at < count; at++) {
        for (size_t i = 0; i < found[at]->field_count; i++) {
            const struct rd_shape *inner = found[at]->fields[i].shape;
            size_t seen = 0;
            while (inner != NULL && seen < count && found[seen] != inner)
                seen++;
            if (inner != NULL && seen == count) {
                assert_true(count < 128);
                found[count++] = inner;
            }
        }
    }
    return count;
}

static void every_field_at_its_limit_and_one_past(void **state)
{
    (void)state;
    const struct rd_shape *found[128];
    size_t shapes = reach(found);
    size_t held = 0;
    struct room room = {malloc(RD_BODY_BYTES_MAX + 1), NULL};
    room.items = calloc(RD_QUERY_ITEMS_MAX + 1, 1024);
    assert_non_null(room.text);
    assert_non_null(room.items);
    memset(room.text, 'x', RD_BODY_BYTES_MAX + 1);
    for (size_t s = 0; s < shapes; s++) {
        assert_true(found[s]->size <= 1024);
        for (size_t i = 0; i < found[s]->field_count; i++)
            held += hold_field(found[s], &found[s]->fields[i], &room);
    }
    assert_true(shapes > 60);
    assert_true(held > 250);
    free(room.text);
    free(room.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_has_no_other_limits),
        cmocka_unit_test(the_document_names_all_with_their_values),
        cmocka_unit_test(fields_have_the_expected_limits),
        cmocka_unit_test(every_field_at_its_limit_and_one_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
