/* Reading what people type: dates, ages, times, text; the seal of the answers so far. */
#include "adapters/form/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static struct rd_arena arena;
static const rd_instant now = INT64_C(1795251630) * RD_SECOND_US; /* 2026-11-21T09:00:30Z */
static const struct rd_form_moment moment = {&rd_zone_london, INT64_C(1795251630) * RD_SECOND_US};

static int setup(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 4 * 1024 * 1024);
    return sodium_init() < 0;
}

static int teardown(void **state)
{
    (void)state;
    rd_arena_fini(&arena);
    return 0;
}

static void births(void **state)
{
    static const struct {
        const char *typed;
        enum rd_form_birth expected;
        const char *date;
    } cases[] = {
        {"27/3/1944", FORM_BIRTH_OK, "1944-03-27"},
        {"27/March/1944", FORM_BIRTH_OK, "1944-03-27"},
        {"27/SEPT/1944", FORM_BIRTH_OK, "1944-09-27"},
        {"/3/1944", FORM_BIRTH_OK, "1944-03"},
        {"//1944", FORM_BIRTH_OK, "1944"},
        {"27/3/1944//", FORM_BIRTH_OK, "1944-03-27"}, /* all of it in the first box */
        {"29/2/2024", FORM_BIRTH_OK, "2024-02-29"},
        {"21/11/2026", FORM_BIRTH_OK, "2026-11-21"}, /* today */
        {"21/11/1896", FORM_BIRTH_OK, "1896-11-21"},
        {"", FORM_BIRTH_EMPTY, ""},
        {"//", FORM_BIRTH_EMPTY, ""},
        {"29/2/2023", FORM_BIRTH_UNREADABLE, ""},
        {"31/4/1950", FORM_BIRTH_UNREADABLE, ""},
        {"0/4/1950", FORM_BIRTH_UNREADABLE, ""},
        {"1/13/1950", FORM_BIRTH_UNREADABLE, ""},
        {"1/Ma/1950", FORM_BIRTH_UNREADABLE, ""},
        {"1/2/50", FORM_BIRTH_UNREADABLE, ""},
        {"1/2/3/1950", FORM_BIRTH_UNREADABLE, ""},
        {"27//", FORM_BIRTH_UNREADABLE, ""},
        {"1/2/-950", FORM_BIRTH_UNREADABLE, ""},
        {"99999999999999999999/1/1950", FORM_BIRTH_UNREADABLE, ""},
        {"22/11/2026", FORM_BIRTH_IN_FUTURE, ""},
        {"1/1/2999", FORM_BIRTH_IN_FUTURE, ""},
        {"1/1/1895", FORM_BIRTH_TOO_OLD, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char date[FORM_BIRTH_TEXT_MAX] = "";
        int64_t today = rd_zone_day(&rd_zone_london, now);
        enum rd_form_birth found = rd_form_read_birth(rd_text_of(cases[i].typed), today, date);
        if (found != cases[i].expected || strcmp(date, cases[i].date) != 0)
            fail_msg("\"%s\": %d \"%s\"", cases[i].typed, (int)found, date);
    }
}

static void ages(void **state)
{
    static const struct {
        const char *typed;
        bool ok;
        int32_t age;
    } cases[] = {{"0", true, 0},    {"16", true, 16},   {"130", true, 130},
                 {"131", false, 0}, {"-3", false, 0},   {"", false, 0},
                 {"8o", false, 0},  {"80.5", false, 0}, {"eighty", false, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t age = 0;
        assert_int_equal(rd_form_read_age(rd_text_of(cases[i].typed), &age), cases[i].ok);
        assert_int_equal(age, cases[i].age);
    }
}

static void times(void **state)
{
    static const struct {
        const char *typed, *expected;
    } cases[] = {{"08:55", "2026-11-21T08:55:00.000Z"},
                 {"8.55", "2026-11-21T08:55:00.000Z"},
                 {"0855", "2026-11-21T08:55:00.000Z"},
                 {"855", "2026-11-21T08:55:00.000Z"},
                 {"09:00", "2026-11-21T09:00:00.000Z"},
                 {"09:01", "2026-11-20T09:01:00.000Z"},
                 {"23:59", "2026-11-20T23:59:00.000Z"},
                 {"00:00", "2026-11-21T00:00:00.000Z"},
                 {"24:00", ""},
                 {"12:60", ""},
                 {"12", ""},
                 {"", ""},
                 {"12:345", ""},
                 {"noon", ""},
                 {":1200", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rd_instant at = 0;
        char text[RD_INSTANT_TEXT_MAX] = "";
        if (rd_form_read_time(rd_text_of(cases[i].typed), &moment, &at))
            assert_ptr_equal(rd_instant_format(at, text), text);
        assert_string_equal(text, cases[i].expected);
    }
}

/* Sat 21 Nov 2026, 09:00 in London. */
static void calls_from_paper(void **state)
{
    static const struct {
        const char *day, *time, *at; /* at NULL: not taken */
        enum rd_form_field_id wrong;
    } cases[] = {
        {"", "08:30", "2026-11-21T08:30:00Z", 0},
        {"", "23:10", "2026-11-20T23:10:00Z", 0},
        {"21/11", "08:30", "2026-11-21T08:30:00Z", 0},
        {"21/11", "23:10", NULL, FORM_CALL_START}, /* still to come */
        {"20/11", "23:10", "2026-11-20T23:10:00Z", 0},
        {"20.11.2026", "9.05", "2026-11-20T09:05:00Z", 0},
        {"20-11-26", "0905", "2026-11-20T09:05:00Z", 0},
        {"22 10", "12:00", "2026-10-22T11:00:00Z", 0}, /* summer time */
        {"21/10", "12:00", "2026-10-21T11:00:00Z", 0}, /* 31 days ago */
        {"20/10", "12:00", NULL, FORM_CALL_DAY},
        {"22/11", "08:30", NULL, FORM_CALL_DAY}, /* of last year */
        {"31/2", "08:30", NULL, FORM_CALL_DAY},
        {"20", "08:30", NULL, FORM_CALL_DAY},
        {"20/11/2026/1", "08:30", NULL, FORM_CALL_DAY},
        {"yesterday", "08:30", NULL, FORM_CALL_DAY},
        {"20/11", "25:00", NULL, FORM_CALL_START},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_form_state call = {.kind = FORM_KIND_TELEPHONE};
        enum rd_form_field_id wrong = 0;
        rd_instant at = 0, expected = 0;
        call.values[FORM_CALL_DAY] = rd_text_of(cases[i].day);
        call.values[FORM_CALL_START] = rd_text_of(cases[i].time);
        bool read = rd_form_read_call(&call, &moment, &at, &wrong);
        if (read != (cases[i].at != NULL) || (!read && wrong != cases[i].wrong))
            fail_msg("%s %s: read %d, wrong %d", cases[i].day, cases[i].time, read, (int)wrong);
        if (!read)
            continue;
        assert_true(rd_instant_parse(rd_text_of(cases[i].at), &expected));
        if (at != expected)
            fail_msg("%s %s: another time", cases[i].day, cases[i].time);
    }
}

static void text_is_cleaned(void **state)
{
    static const struct {
        struct rd_text typed;
        bool one_line;
        const char *expected;
    } cases[] = {
        {{"  a  b  ", 8}, true, "a  b"},
        {{"a\r\nb\nc\rd", 9}, false, "a\nb\nc\nd"},
        {{"a\r\nb", 4}, true, "a b"},
        {{"a\0b\x07"
          "c\td",
          7},
         true,
         "abc d"},
        {{"caf\xC3\xA9", 5}, true, "caf\xC3\xA9"},
        {{"caf\xE9 \xF0\x9F", 7}, true, "caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD"},
        {{"\xED\xA0\x80", 3}, true, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {{"", 0}, true, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_text out;
        assert_int_equal(rd_form_clean(cases[i].typed, cases[i].one_line, &arena, &out), RD_OK);
        assert_true(rd_text_is_utf8(out));
        if (!rd_text_is(out, cases[i].expected))
            fail_msg("case %zu: \"%.*s\"", i, RD_TEXT_ARG(out));
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    static char typed[3 * FORM_LONG_BYTES_MAX];
    struct rd_text out;
    (void)state;
    for (size_t i = 0; i + 2 < sizeof typed; i += 3)
        memcpy(typed + i, "\xE2\x82\xAC", 3);
    const struct rd_text text = {typed, sizeof typed / 3 * 3};
    assert_int_equal(rd_form_clean(text, false, &arena, &out), RD_OK);
    assert_in_range(out.len, FORM_LONG_BYTES_MAX - 8, FORM_LONG_BYTES_MAX);
    assert_true(rd_text_is_utf8(out));
    assert_int_equal(rd_form_clean(text, true, &arena, &out), RD_OK);
    assert_in_range(out.len, FORM_LINE_BYTES_MAX - 8, FORM_LINE_BYTES_MAX);
    struct rd_arena small;
    rd_arena_init(&small, rd_alloc_heap(), 64);
    assert_int_equal(rd_form_clean(text, true, &small, &out), RD_E_TOOBIG);
    rd_arena_fini(&small);
}

static void parts(void **state)
{
    (void)state;
    assert_true(rd_text_is(rd_form_part(RD_TEXT("a/b/"), '/', 0), "a"));
    assert_true(rd_text_is(rd_form_part(RD_TEXT("a/b/"), '/', 1), "b"));
    assert_true(rd_text_is(rd_form_part(RD_TEXT("a/b/"), '/', 2), ""));
    assert_false(rd_text_present(rd_form_part(RD_TEXT("a/b/"), '/', 3)));
    assert_false(rd_text_present(rd_form_part(RD_TEXT_NONE, '/', 0)));
}

static void fill(struct rd_form_state *out)
{
    rd_form_state_new(out, FORM_KIND_SELF, now);
    out->reviewed = true;
    out->values[FORM_WORDS] = RD_TEXT("I fell\nand \"cannot\" get up");
    out->values[FORM_GIVEN] = RD_TEXT("");
    out->values[FORM_NEEDS] = RD_TEXT("fall,catheter");
}

static struct rd_text seal(const struct rd_form_state *state,
                           const unsigned char key[FORM_KEY_BYTES])
{
    struct rd_buf out;
    struct rd_text sealed;
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(rd_form_state_seal(state, key, &arena, &out), RD_OK);
    assert_true(rd_arena_copy(&arena, rd_buf_text(&out), &sealed));
    rd_buf_fini(&out);
    return sealed;
}

static void a_seal_opens_to_what_was_sealed(void **state)
{
    struct rd_form_state before, after;
    unsigned char key[FORM_KEY_BYTES];
    (void)state;
    rd_form_state_key(RD_TEXT("seed"), key);
    fill(&before);
    struct rd_text sealed = seal(&before, key);
    assert_null(memchr(sealed.ptr, '=', sealed.len));
    assert_null(strstr(sealed.ptr, "fell"));
    assert_false(rd_text_equal(sealed, seal(&before, key))); /* another nonce each time */
    assert_int_equal(
        rd_form_state_open(sealed, key, FORM_KIND_SELF, now + RD_HOUR_US, &arena, &after), RD_OK);
    assert_true(after.reviewed);
    assert_int_equal(after.started, now);
    assert_memory_equal(after.token, before.token, FORM_TOKEN_BYTES);
    for (int id = 0; id < FORM_FIELDS_COUNT; id++) {
        assert_int_equal(rd_text_present(after.values[id]), rd_text_present(before.values[id]));
        assert_true(rd_text_equal(after.values[id], before.values[id]));
    }
    assert_true(rd_form_ticked(&after, FORM_NEEDS, "catheter"));
    assert_false(rd_form_ticked(&after, FORM_NEEDS, "cath"));
}

static void a_seal_of_anybody_else_stays_shut(void **state)
{
    struct rd_form_state before, after;
    unsigned char key[FORM_KEY_BYTES], other[FORM_KEY_BYTES];
    (void)state;
    rd_form_state_key(RD_TEXT("seed"), key);
    rd_form_state_key(RD_TEXT("another seed"), other);
    fill(&before);
    struct rd_text sealed = seal(&before, key);
    char *changed = rd_arena_take(&arena, sealed.len);
    assert_non_null(changed);
    for (size_t i = 0; i < sealed.len; i++) { /* one character changed, anywhere */
        memcpy(changed, sealed.ptr, sealed.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        struct rd_text text = {changed, sealed.len};
        assert_int_equal(rd_form_state_open(text, key, FORM_KIND_SELF, now, &arena, &after),
                         RD_E_MALFORMED);
        rd_arena_reset(&arena);
        sealed = seal(&before, key);
        changed = rd_arena_take(&arena, sealed.len);
        assert_non_null(changed);
    }
    const struct {
        struct rd_text text;
        const unsigned char *key;
        enum rd_form_kind kind;
        rd_instant at;
    } cases[] = {
        {sealed, other, FORM_KIND_SELF, now},
        {sealed, key, FORM_KIND_TELEPHONE, now},
        {sealed, key, FORM_KIND_SELF, now + (FORM_STATE_DAYS_MAX * RD_DAY_US) + 1},
        {sealed, key, FORM_KIND_SELF, now - RD_HOUR_US - 1},
        {rd_text_slice(sealed, 0, sealed.len - 1), key, FORM_KIND_SELF, now},
        {RD_TEXT_NONE, key, FORM_KIND_SELF, now},
        {RD_TEXT("AAAA"), key, FORM_KIND_SELF, now},
        {RD_TEXT("not base64!"), key, FORM_KIND_SELF, now},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rd_form_state_open(cases[i].text, cases[i].key, cases[i].kind, cases[i].at,
                                            &arena, &after),
                         RD_E_MALFORMED);
    assert_int_equal(rd_form_state_open(sealed, key, FORM_KIND_SELF,
                                        now + FORM_STATE_DAYS_MAX * RD_DAY_US, &arena, &after),
                     RD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(births),
        cmocka_unit_test(ages),
        cmocka_unit_test(times),
        cmocka_unit_test(calls_from_paper),
        cmocka_unit_test_setup_teardown(text_is_cleaned, setup, teardown),
        cmocka_unit_test_setup_teardown(long_text_is_cut_between_characters, setup, teardown),
        cmocka_unit_test(parts),
        cmocka_unit_test_setup_teardown(a_seal_opens_to_what_was_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_seal_of_anybody_else_stays_shut, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
