/* Every limit of the forms, at the limit and one past it. */
#include "form_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct form_rig rig;
static const struct rig_pair press_send[] = {{"go", "send"}, {NULL, NULL}};

static int setup(void **state)
{
    (void)state;
    rig_open(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

static void a_bucket_empties_and_fills(void **state)
{
    static struct rd_form_limiter limiter;
    static const struct {
        enum rd_form_limit limit;
        int burst, per_minute;
    } cases[] = {{FORM_LIMIT_PAGES, FORM_PAGES_BURST, FORM_PAGES_PER_MINUTE},
                 {FORM_LIMIT_SENDS, FORM_SENDS_BURST, FORM_SENDS_PER_MINUTE},
                 {FORM_LIMIT_LOOKS, FORM_LOOKS_BURST, FORM_LOOKS_PER_MINUTE}};
    (void)state;
    rd_form_limiter_init(&limiter);
    for (size_t i = 0; i < 3; i++) {
        rd_instant at = rig_now;
        struct rd_text address = RD_TEXT("192.0.2.7");
        for (int taken = 0; taken < cases[i].burst; taken++)
            assert_true(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
        assert_false(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
        assert_true(rd_form_limiter_take(&limiter, cases[i].limit, RD_TEXT("192.0.2.8"), at));
        at += RD_MINUTE_US;
        for (int taken = 0; taken < cases[i].per_minute; taken++)
            assert_true(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
        assert_false(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
        assert_false(rd_form_limiter_take(&limiter, cases[i].limit, address, at - RD_DAY_US));
        at += 365 * RD_DAY_US; /* full again, and no fuller */
        for (int taken = 0; taken < cases[i].burst; taken++)
            assert_true(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
        assert_false(rd_form_limiter_take(&limiter, cases[i].limit, address, at));
    }
}

static void too_many_sent_keeps_the_answers(void **state)
{
    (void)state;
    rig_walk(&rig, "check", NULL);
    for (int i = 0; i < FORM_SENDS_BURST; i++)
        assert_true(rd_form_limiter_take(&rig.site.limiter, FORM_LIMIT_SENDS, RD_TEXT("192.0.2.1"),
                                         rig_now));
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 429);
    assert_true(rig_shows(&rig, "Too much was sent from your network"));
    assert_true(rig_shows(&rig, "I fell in the kitchen"));
    assert_int_equal(rig.submitted_count, 0);
    rig_now += RD_MINUTE_US;
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig.submitted_count, 1);
}

static void too_many_pages_and_looks(void **state)
{
    static const struct rig_pair look[] = {{"reference", "7K3Q9-M2X4T"}, {NULL, NULL}};
    (void)state;
    for (int i = 0; i < FORM_LOOKS_BURST; i++) {
        rig_post(&rig, "/status", look);
        assert_int_equal(rig.status, 503); /* no router behind it */
    }
    rig_post(&rig, "/status", look);
    assert_int_equal(rig.status, 429);
    for (int i = 0; i < FORM_PAGES_BURST; i++) {
        rig_get(&rig, "/self");
        assert_int_equal(rig.status, 200);
    }
    rig_get(&rig, "/self");
    assert_int_equal(rig.status, 429);
    rig_get(&rig, "/livez");
    assert_int_equal(rig.status, 200);
}

/* As many characters as the table allows pass, one more does not, whatever they are. */
static void every_answer_at_its_length(void **state)
{
    static char text[4 * 4001 + 1];
    static const struct rd_form_moment moment = {&rd_zone_london, 0};
    (void)state;
    for (int id = 0; id < FORM_FIELDS_COUNT; id++) {
        const struct rd_form_field *field = rd_form_field((enum rd_form_field_id)id);
        if (field->kind != FORM_TEXT && field->kind != FORM_LONG_TEXT)
            continue;
        assert_int_equal(field->id, id);
        assert_in_range(field->characters_max, 1, 4000);
        for (size_t i = 0; i <= field->characters_max; i++)
            memcpy(text + 4 * i, "\xF0\x9F\x98\x80", 4);
        for (size_t more = 0; more < 2; more++) {
            struct rd_form_state answers = {.kind = FORM_KIND_SELF};
            struct rd_form_errors errors = {.count = 0};
            answers.values[id] = (struct rd_text){text, 4 * (field->characters_max + more)};
            rd_form_check(&answers, field->id, false, &moment, &errors);
            const char *words = rd_form_error_of(&errors, field->id);
            assert_int_equal(words != NULL && strstr(words, "too long") != NULL, more == 1);
        }
    }
}

static void a_state_at_its_size(void **state)
{
    static char bytes[FORM_LONG_BYTES_MAX];
    struct rd_form_state answers;
    struct rd_buf out;
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    rd_form_state_new(&answers, FORM_KIND_SELF, rig_now);
    size_t used = 3 + 1 + 1 + 8 + FORM_TOKEN_BYTES;
    for (int id = 0; id < FORM_FIELDS_COUNT && used < FORM_STATE_BYTES_MAX; id++) {
        size_t head = 3 + strlen(rd_form_field((enum rd_form_field_id)id)->name);
        size_t len = FORM_STATE_BYTES_MAX - used - head;
        len = len < sizeof bytes ? len : sizeof bytes;
        answers.values[id] = (struct rd_text){bytes, len};
        used += head + len;
    }
    assert_int_equal(used, FORM_STATE_BYTES_MAX);
    for (int more = 0; more < 2; more++) {
        struct rd_form_state opened;
        rd_buf_init(&out, rd_alloc_heap());
        answers.values[FORM_REFERENCE] = more == 0 ? RD_TEXT_NONE : RD_TEXT("");
        enum rd_err err = rd_form_state_seal(&answers, rig.site.key, &rig.arena, &out);
        assert_int_equal(err, more == 0 ? RD_OK : RD_E_TOOBIG);
        if (more == 0)
            assert_int_equal(rd_form_state_open(rd_buf_text(&out), rig.site.key, FORM_KIND_SELF,
                                                rig_now, &rig.arena, &opened),
                             RD_OK);
        rd_buf_fini(&out);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_bucket_empties_and_fills), TEST(too_many_sent_keeps_the_answers),
        TEST(too_many_pages_and_looks),   TEST(every_answer_at_its_length),
        TEST(a_state_at_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
