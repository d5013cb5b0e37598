#include "model/message.h"

#include "faulty.h"
#include "fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void names_of_enums(void **state)
{
    (void)state;
    assert_string_equal(rd_enum_name(&rd_clock_kind_names, RD_CLOCK_TWO_HOUR), "two-hour");
    assert_string_equal(rd_enum_name(&rd_clock_kind_names, 0), "unspecified");
    assert_string_equal(rd_enum_name(&rd_clock_kind_names, -1), "unspecified");
    assert_string_equal(rd_enum_name(&rd_clock_kind_names, 7), "unspecified");
    assert_int_equal(rd_enum_value(&rd_clock_kind_names, RD_TEXT("two-day")), RD_CLOCK_TWO_DAY);
    assert_int_equal(rd_enum_value(&rd_clock_kind_names, RD_TEXT("unspecified")), 0);
    assert_int_equal(rd_enum_value(&rd_clock_kind_names, RD_TEXT("Two-Day")), 0);
    assert_int_equal(rd_enum_value(&rd_clock_kind_names, RD_TEXT_NONE), 0);
}

/* A submission whose every part can be made wrong. */
struct sample {
    struct rd_submission submission;
    struct rd_referral referral;
    struct rd_person person;
    struct rd_name names[2];
    struct rd_address address;
    struct rd_text lines[2];
    struct rd_time sent;
};

static void make_sample(struct sample *sample)
{
    *sample = (struct sample){0};
    sample->lines[0] = RD_TEXT("1 High Street");
    sample->lines[1] = RD_TEXT("");
    sample->address.lines = sample->lines;
    sample->address.lines_count = 2;
    sample->person.addresses = &sample->address;
    sample->person.addresses_count = 1;
    sample->names[1].family = RD_TEXT("\xC3\x89tienne");
    sample->person.names = sample->names;
    sample->person.names_count = 2;
    sample->referral.person = &sample->person;
    sample->submission.referral = &sample->referral;
    sample->submission.sent = &sample->sent;
    sample->submission.action = RD_ACTION_NEW;
    sample->submission.original = RD_TEXT("MSH|\0\xFF");
}

static void expect(const struct sample *sample, enum rd_err want, const char *words)
{
    struct rd_errbuf why = {""};
    assert_int_equal(rd_shape_check(&rd_submission_shape, &sample->submission, &why), want);
    assert_string_equal(why.text, words);
    assert_int_equal(rd_shape_check(&rd_submission_shape, &sample->submission, NULL), want);
}

static void a_check_names_the_place(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    expect(&sample, RD_OK, "");
    sample.names[1].family = RD_TEXT("a\xFF");
    expect(&sample, RD_E_MALFORMED,
           "referral.person.names[1].family: not UTF-8, or has a NUL byte");
    make_sample(&sample);
    sample.lines[1] = RD_TEXT("a\0");
    expect(&sample, RD_E_MALFORMED,
           "referral.person.addresses[0].lines[1]: not UTF-8, or has a NUL byte");
    make_sample(&sample);
    sample.address.use = (enum rd_address_use)5;
    expect(&sample, RD_E_MALFORMED, "referral.person.addresses[0].use: unknown value");
    make_sample(&sample);
    sample.submission.action = (enum rd_action) - 1;
    expect(&sample, RD_E_MALFORMED, "action: unknown value");
    make_sample(&sample);
    sample.person.names_count = 257;
    expect(&sample, RD_E_TOOBIG, "referral.person.names: 257 items, at most 256");
}

struct edge {
    rd_instant at;
    enum rd_err want;
};

static void instants_end_with_the_calendar(void **state)
{
    (void)state;
    static const struct edge rows[] = {{0, RD_OK},
                                       {RD_INSTANT_NONE, RD_OK},
                                       {RD_INSTANT_MIN, RD_OK},
                                       {RD_INSTANT_MIN - 1, RD_E_MALFORMED},
                                       {RD_INSTANT_MAX, RD_OK},
                                       {RD_INSTANT_MAX + 1, RD_E_MALFORMED},
                                       {INT64_MAX, RD_E_MALFORMED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_time time = {.utc_us = rows[i].at};
        assert_int_equal(rd_shape_check(&rd_time_shape, &time, NULL), rows[i].want);
        assert_int_equal(rd_shape_check_form(&rd_time_shape, &time, NULL), rows[i].want);
    }
}

/* Everything of the copy lies in the arena: the source may be scribbled over. */
static void a_copy_is_deep(void **state)
{
    (void)state;
    static const struct rd_shape *const shapes[] = {&rd_submission_shape, &rd_decision_shape,
                                                    &rd_referral_state_shape, &rd_row_shape,
                                                    &rd_entry_shape};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        const struct rd_shape *shape = shapes[seed % (sizeof shapes / sizeof shapes[0])];
        struct rd_arena first;
        struct rd_arena second;
        rd_arena_init(&first, rd_alloc_heap(), SIZE_MAX / 2);
        rd_arena_init(&second, rd_alloc_heap(), SIZE_MAX / 2);
        struct fill once = {seed, &first, 50};
        void *made = rd_arena_take(&first, shape->size);
        fill_struct(&once, shape, made);
        void *copy = rd_arena_take(&second, shape->size);
        assert_int_equal(rd_shape_copy(shape, made, &second, copy), RD_OK);
        assert_true(fill_same(shape, made, copy));
        rd_arena_fini(&first); /* under ASan, any use of the source would now be seen */
        rd_arena_init(&first, rd_alloc_heap(), SIZE_MAX / 2);
        struct fill again = {seed, &first, 50};
        made = rd_arena_take(&first, shape->size);
        fill_struct(&again, shape, made);
        assert_true(fill_same(shape, made, copy));
        rd_arena_fini(&first);
        rd_arena_fini(&second);
    }
}

static void a_copy_that_does_not_fit(void **state)
{
    (void)state;
    struct sample sample;
    make_sample(&sample);
    size_t bytes = 0;
    enum rd_err err = RD_E_TOOBIG;
    for (; err != RD_OK; bytes += 16) {
        struct rd_arena arena;
        struct rd_submission copy;
        rd_arena_init(&arena, rd_alloc_heap(), bytes);
        err = rd_shape_copy(&rd_submission_shape, &sample.submission, &arena, &copy);
        assert_true(err == RD_OK || err == RD_E_TOOBIG);
        rd_arena_fini(&arena);
        assert_true(bytes < 65536);
    }
    assert_true(bytes > sizeof(struct rd_referral));
}

static void every_failed_allocation_of_a_copy(void **state)
{
    (void)state;
    struct rd_arena made;
    rd_arena_init(&made, rd_alloc_heap(), SIZE_MAX / 2);
    struct fill fill = {3, &made, 60};
    struct rd_referral_state value = {0};
    fill_full(&fill, &rd_referral_state_shape, 12, &value);
    struct faulty memory;
    size_t n = 0;
    do {
        faulty_init(&memory, ++n);
        struct rd_arena arena;
        struct rd_referral_state copy;
        rd_arena_init(&arena, &memory.alloc, SIZE_MAX / 2);
        enum rd_err err = rd_shape_copy(&rd_referral_state_shape, &value, &arena, &copy);
        assert_int_equal(err, memory.failed ? RD_E_TOOBIG : RD_OK);
        rd_arena_fini(&arena);
        assert_int_equal(memory.held, 0);
    } while (memory.failed);
    assert_true(n > 2);
    rd_arena_fini(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_enums),
        cmocka_unit_test(a_check_names_the_place),
        cmocka_unit_test(instants_end_with_the_calendar),
        cmocka_unit_test(a_copy_is_deep),
        cmocka_unit_test(a_copy_that_does_not_fit),
        cmocka_unit_test(every_failed_allocation_of_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
