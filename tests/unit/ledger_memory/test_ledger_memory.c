#include "ledger/ledger_memory.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct told {
    struct rd_ledger *ledger;
    enum rd_append_result result;
    uint64_t last;
    int count;
    char walked[256]; /* what each_* showed, in order */
};

static void appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct told *told = context;
    told->result = result;
    told->last = last;
    told->count++;
    assert_true((why != NULL) == (result != RD_APPEND_OK));
}

static int set_up(void **state)
{
    static struct told told;
    told = (struct told){0};
    told.ledger = rd_ledger_memory_new(rd_alloc_heap(), appended, &told);
    *state = &told;
    return told.ledger == NULL;
}

static int tear_down(void **state)
{
    struct told *told = *state;
    told->ledger->ops->close(told->ledger);
    return 0;
}

static void append(struct told *told, uint64_t number, uint64_t incarnation, const char *key,
                   const char *value)
{
    char body[32] = "body";
    const struct rd_ledger_entry entry = {.number = number,
                                          .at = (rd_instant)number * 10,
                                          .kind = 2,
                                          .feed = RD_TEXT("gp"),
                                          .body = rd_text_of(body)};
    const struct rd_ledger_record record = {
        .table = 1, .key = rd_text_of(key), .value = rd_text_of(value)};
    const struct rd_ledger_batch batch = {.expected_next = number,
                                          .incarnation = incarnation,
                                          .entries = &entry,
                                          .entries_count = 1,
                                          .records = &record,
                                          .records_count = key != NULL};
    assert_int_equal(told->ledger->ops->append(told->ledger, &batch), RD_OK);
    memset(body, 'x', sizeof body); /* append copied what it keeps */
}

static bool see_record(void *context, const struct rd_ledger_record *record)
{
    struct told *told = context;
    size_t len = strlen(told->walked);
    snprintf(told->walked + len, sizeof told->walked - len, "%.*s=%.*s ", RD_TEXT_ARG(record->key),
             RD_TEXT_ARG(record->value));
    return true;
}

static bool see_entry(void *context, const struct rd_ledger_entry *entry)
{
    struct told *told = context;
    size_t len = strlen(told->walked);
    told->walked[len] = (char)('0' + entry->number);
    assert_true(rd_text_is(entry->body, "body"));
    assert_true(rd_text_is(entry->feed, "gp"));
    return entry->number < 3;
}

static const char *records(struct told *told)
{
    memset(told->walked, 0, sizeof told->walked);
    assert_int_equal(told->ledger->ops->each_record(told->ledger, see_record, told, NULL), RD_OK);
    return told->walked;
}

static const char *entries(struct told *told, uint64_t from, uint64_t to)
{
    memset(told->walked, 0, sizeof told->walked);
    assert_int_equal(told->ledger->ops->each_entry(told->ledger, from, to, see_entry, told, NULL),
                     RD_OK);
    return told->walked;
}

static void test_nothing_is_durable_before_a_sync(void **state)
{
    struct told *told = *state;
    append(told, 1, 1, "b", "1");
    append(told, 2, 1, "a", "2");
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->count, 0);
    assert_int_equal(rd_ledger_memory_queued(told->ledger), 2);
    assert_string_equal(entries(told, 1, 9), "");
    rd_ledger_memory_sync(told->ledger, 1);
    assert_int_equal(told->count, 0);
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->count, 1);
    assert_int_equal(told->result, RD_APPEND_OK);
    assert_int_equal(told->last, 1);
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->last, 2);
    assert_string_equal(records(told), "a=2 b=1 ");
    assert_int_equal(told->ledger->ops->head(told->ledger).number, 2);
}

static void test_records_are_replaced_and_deleted(void **state)
{
    struct told *told = *state;
    append(told, 1, 1, "b", "1");
    append(told, 2, 1, "c", "2");
    append(told, 3, 1, "b", "3");
    append(told, 4, 1, "c", NULL);
    append(told, 5, 1, "never", NULL);
    append(told, 6, 1, "a", "6");
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    assert_string_equal(records(told), "a=6 b=3 ");
}

static void test_walk_keeps_to_its_range_and_stops(void **state)
{
    struct told *told = *state;
    for (uint64_t number = 1; number <= 5; number++)
        append(told, number, 1, NULL, NULL);
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    assert_string_equal(entries(told, 2, 2), "2");
    assert_string_equal(entries(told, 0, 2), "12");
    assert_string_equal(entries(told, 1, 99), "123");
    assert_string_equal(entries(told, 6, 99), "");
}

static void test_crash_loses_what_was_not_synced(void **state)
{
    struct told *told = *state;
    append(told, 1, 1, "a", "1");
    append(told, 2, 1, "b", "2");
    rd_ledger_memory_sync(told->ledger, 1);
    rd_ledger_memory_crash(told->ledger); /* synced, but nobody was told */
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->count, 0);
    assert_int_equal(rd_ledger_memory_queued(told->ledger), 0);
    assert_string_equal(records(told), "a=1 ");
    append(told, 2, 1, "c", "3");
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->result, RD_APPEND_OK);
    assert_string_equal(records(told), "a=1 c=3 ");
}

static void test_fence(void **state)
{
    struct told *told = *state;
    append(told, 1, 2, NULL, NULL);
    append(told, 1, 2, NULL, NULL); /* somebody else's number 1 */
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->result, RD_APPEND_FENCED);
    assert_int_equal(told->last, 1);
    append(told, 2, 1, NULL, NULL); /* an older incarnation */
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    told->ledger->ops->drain(told->ledger);
    assert_int_equal(told->result, RD_APPEND_FENCED);
    assert_string_equal(entries(told, 1, 9), "1");
}

static void test_head_depends_on_every_entry(void **state)
{
    struct told *told = *state;
    append(told, 1, 1, NULL, NULL);
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    struct rd_ledger_head one = told->ledger->ops->head(told->ledger);
    append(told, 2, 1, NULL, NULL);
    rd_ledger_memory_sync(told->ledger, SIZE_MAX);
    struct rd_ledger_head two = told->ledger->ops->head(told->ledger);
    assert_memory_not_equal(one.hash, two.hash, sizeof one.hash);
}

static void test_queue_is_bounded(void **state)
{
    struct told *told = *state;
    for (uint64_t number = 1; number <= 4096; number++)
        append(told, number, 1, NULL, NULL);
    const struct rd_ledger_entry entry = {.number = 4097, .body = RD_TEXT("body")};
    const struct rd_ledger_batch batch = {
        .expected_next = 4097, .incarnation = 1, .entries = &entry, .entries_count = 1};
    assert_int_equal(told->ledger->ops->append(told->ledger, &batch), RD_E_BUSY);
    rd_ledger_memory_sync(told->ledger, 1);
    assert_int_equal(told->ledger->ops->append(told->ledger, &batch), RD_OK);
}

int main(void)
{
#define LEDGER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(test_nothing_is_durable_before_a_sync),
        LEDGER_TEST(test_records_are_replaced_and_deleted),
        LEDGER_TEST(test_walk_keeps_to_its_range_and_stops),
        LEDGER_TEST(test_crash_loses_what_was_not_synced),
        LEDGER_TEST(test_fence),
        LEDGER_TEST(test_head_depends_on_every_entry),
        LEDGER_TEST(test_queue_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
