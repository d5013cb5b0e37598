/* What each view lets through: a record with every field set goes in. */
#include "shell/views.h"

#include "fill.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct rd_arena arena;
    struct rd_buf json;
    struct rd_submission submission;
};

static int setup(void **state)
{
    static struct fixture fixture;
    struct fill fill = {.state = 1, .arena = &fixture.arena, .budget = 100000};
    rd_arena_init(&fixture.arena, rd_alloc_heap(), 64 * 1024 * 1024);
    rd_buf_init(&fixture.json, rd_alloc_heap());
    memset(&fixture.submission, 0, sizeof fixture.submission);
    fill_full(&fill, &rd_submission_shape, 2, &fixture.submission);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    rd_buf_fini(&fixture->json);
    rd_arena_fini(&fixture->arena);
    return 0;
}

static const char *json_of(struct fixture *fixture)
{
    rd_buf_clear(&fixture->json);
    rd_json_write(&rd_submission_shape, &fixture->submission, &fixture->json);
    rd_buf_put(&fixture->json, "", 1);
    assert_false(fixture->json.failed);
    return (const char *)fixture->json.bytes;
}

static bool has_member(const char *json, const char *name)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    return strstr(json, quoted) != NULL;
}

/* Every member of the record that says something of the person beyond finding and helping them. */
static const char *const hidden[] = {"feed",
                                     "key",
                                     "correlation",
                                     "digest",

                                     "media_type",
                                     "clinical",
                                     "flags",
                                     "consents",
                                     "attachments",
                                     "extra",
                                     "issues",
                                     "triage",
                                     "referrer",
                                     "hops",
                                     "stay",
                                     "links",
                                     "facts",
                                     "ids",
                                     "related",
                                     "birth_date",
                                     "gender",
                                     "ethnicity",
                                     "practice_ods",
                                     "codes",
                                     "onset",
                                     "source_refs",
                                     "journey",
                                     "reply_to",
                                     "confidentiality",
                                     "deceased",
                                     "residence_type",
                                     "placing_authority",
                                     "entered_by",
                                     "lives_alone",
                                     "age_estimate",
                                     "use_case",
                                     "target",
                                     "custody",
                                     "quarantine_words"};

static const char *const shown[] = {"names",    "telecoms", "addresses",    "safe_to_call",
                                    "needs",    "words",    "access_notes", "interpreter",
                                    "postcode", "language"};

static void full_shows_everything(void **state)
{
    const char *json = json_of(*state);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (!has_member(json, hidden[i]))
            fail_msg("the test's own record lacks %s", hidden[i]);
    size_t before = strlen(json);
    rd_view_cut(RD_VIEW_FULL, &((struct fixture *)*state)->submission);
    assert_int_equal(strlen(json_of(*state)), before);
}

static void minimum_shows_how_to_find_and_help(void **state)
{
    struct fixture *fixture = *state;
    assert_true(rd_text_present(fixture->submission.original));
    rd_view_cut(RD_VIEW_MINIMUM, &fixture->submission);
    assert_false(rd_text_present(fixture->submission.original));
    const char *json = json_of(*state);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (has_member(json, hidden[i]))
            fail_msg("the minimum view shows %s:\n%s", hidden[i], json);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!has_member(json, shown[i]))
            fail_msg("the minimum view hides %s", shown[i]);
}

static void none_shows_nothing(void **state)
{
    rd_view_cut(RD_VIEW_NONE, &((struct fixture *)*state)->submission);
    assert_string_equal(json_of(*state), "{}");
}

static void an_unknown_view_shows_nothing(void **state)
{
    rd_view_cut((enum rd_view)0, &((struct fixture *)*state)->submission);
    assert_string_equal(json_of(*state), "{}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(full_shows_everything),
                                       T(minimum_shows_how_to_find_and_help), T(none_shows_nothing),
                                       T(an_unknown_view_shows_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
