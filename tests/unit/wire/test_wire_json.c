/* The JSON form: exact text for a sample, valid JSON for anything. */
#include "wire/json.h"

#include "fill.h"
#include "model/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static char *json_of(const struct rd_shape *shape, const void *value)
{
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    rd_json_write(shape, value, &out);
    rd_buf_put(&out, "", 1);
    assert_false(out.failed);
    return (char *)out.bytes;
}

static void a_sample_in_full(void **state)
{
    (void)state;
    struct rd_text lines[] = {RD_TEXT("1 High Street"), RD_TEXT("Flat \"B\"")};
    struct rd_address address = {
        .use = RD_ADDRESS_HOME, .lines = lines, .lines_count = 2, .postcode = RD_TEXT("RM1 3BB")};
    struct rd_person person = {.addresses = &address,
                               .addresses_count = 1,
                               .age_estimate = {true, 0},
                               .deceased = {true, false}};
    struct rd_referral referral = {.revision = 2, .person = &person};
    struct rd_submission submission = {.feed = RD_TEXT("las-cad"),
                                       .key = RD_TEXT(""),
                                       .action = RD_ACTION_NEW,
                                       .received = INT64_C(1795251600000000),
                                       .digest = RD_TEXT("\xFF\x00\x10\x20"),
                                       .referral = &referral,
                                       .back_entry = true};
    char *json = json_of(&rd_submission_shape, &submission);
    assert_string_equal(json, "{\n"
                              "  \"feed\": \"las-cad\",\n"
                              "  \"key\": \"\",\n"
                              "  \"action\": \"new\",\n"
                              "  \"received\": \"2026-11-21T09:00:00.000Z\",\n"
                              "  \"digest\": \"/wAQIA==\",\n"
                              "  \"referral\": {\n"
                              "    \"revision\": 2,\n"
                              "    \"person\": {\n"
                              "      \"age_estimate\": 0,\n"
                              "      \"deceased\": false,\n"
                              "      \"addresses\": [\n"
                              "        {\n"
                              "          \"use\": \"home\",\n"
                              "          \"lines\": [\n"
                              "            \"1 High Street\",\n"
                              "            \"Flat \\\"B\\\"\"\n"
                              "          ],\n"
                              "          \"postcode\": \"RM1 3BB\"\n"
                              "        }\n"
                              "      ]\n"
                              "    }\n"
                              "  },\n"
                              "  \"back_entry\": true\n"
                              "}");
    free(json);
}

static void nothing_is_an_empty_object(void **state)
{
    (void)state;
    struct rd_ping ping = {0};
    char *json = json_of(&rd_ping_shape, &ping);
    assert_string_equal(json, "{}");
    free(json);
}

struct text_row {
    struct rd_text text;
    const char *json;
};

static void texts_are_escaped(void **state)
{
    (void)state;
    const struct text_row rows[] = {
        {RD_TEXT("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {RD_TEXT("\n\r\t\x01\x7F"), "\"\\n\\r\\t\\u0001\\u007f\""},
        {RD_TEXT("a\0b"), "\"a\\u0000b\""},
        {RD_TEXT("\xC3\xA9 \xF0\x9F\x8F\xA5"), "\"\xC3\xA9 \xF0\x9F\x8F\xA5\""},
        {RD_TEXT("a\xFFz"), "\"a\\ufffdz\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_unwatch unwatch = {.queue = rows[i].text};
        char want[128];
        (void)snprintf(want, sizeof want, "{\n  \"queue\": %s\n}", rows[i].json);
        char *json = json_of(&rd_unwatch_shape, &unwatch);
        assert_string_equal(json, want);
        free(json);
    }
}

static void bytes_are_base64(void **state)
{
    (void)state;
    static const char *const want[] = {"\"\"",         "\"Zg==\"",     "\"Zm8=\"",    "\"Zm9v\"",
                                       "\"Zm9vYg==\"", "\"Zm9vYmE=\"", "\"Zm9vYmFy\""};
    for (size_t len = 0; len <= 6; len++) { /* the vectors of RFC 4648 */
        struct rd_attachment attachment = {.data = {"foobar", len}};
        char *json = json_of(&rd_attachment_shape, &attachment);
        assert_non_null(strstr(json, want[len]));
        free(json);
    }
}

static void everything_is_valid_json(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct rd_arena arena;
        rd_arena_init(&arena, rd_alloc_heap(), SIZE_MAX / 2);
        struct fill fill = {seed, &arena, 60};
        struct rd_message message = {0};
        fill_struct(&fill, &rd_message_shape, &message);
        char *json = json_of(&rd_message_shape, &message);
        json_error_t error;
        json_t *read = json_loads(json, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
        if (read == NULL)
            fail_msg("seed %llu: %s", (unsigned long long)seed, error.text);
        json_decref(read);
        free(json);
        rd_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_in_full),         cmocka_unit_test(nothing_is_an_empty_object),
        cmocka_unit_test(texts_are_escaped),        cmocka_unit_test(bytes_are_base64),
        cmocka_unit_test(everything_is_valid_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
