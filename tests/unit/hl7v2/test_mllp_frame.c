/* MLLP framing: every way in which bytes arrive, and every way in which a sender gets frames wrong.
 */
#include "adapters/hl7v2/mllp_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { EVENTS_MAX = 16, BYTES_MAX = 8 };

struct seen {
    char text[256]; /* "M(a) J3 C(b) O" ... */
};

static void note(struct seen *seen, const char *what, struct rd_text bytes)
{
    size_t used = strlen(seen->text);
    (void)snprintf(seen->text + used, sizeof seen->text - used, "%s%s(%.*s)", used > 0 ? " " : "",
                   what, RD_TEXT_ARG(bytes));
}

static void drain(struct rd_mllp *mllp, struct seen *seen)
{
    for (int i = 0; i < EVENTS_MAX; i++) {
        switch (rd_mllp_next(mllp)) {
        case RD_MLLP_MORE:
            return;
        case RD_MLLP_MESSAGE:
            note(seen, "M", rd_mllp_message(mllp));
            break;
        case RD_MLLP_CUT:
            note(seen, "C", rd_mllp_message(mllp));
            break;
        case RD_MLLP_OVERSIZE:
            note(seen, "O", RD_TEXT(""));
            break;
        case RD_MLLP_JUNK:
            note(seen, "J", RD_TEXT(""));
            break;
        }
    }
    fail_msg("the framer never came to an end");
}

static const struct {
    const char *name, *bytes, *whole;
} rows[] = {
    {"one",
     "\x0b"
     "a\rb\x1c\r",
     "M(a\rb)"},
    {"pipelined",
     "\x0b"
     "a\x1c\r\x0b"
     "b\x1c\r\x0b"
     "c\x1c\r",
     "M(a) M(b) M(c)"},
    {"FS CR LF",
     "\x0b"
     "a\x1c\r\n\x0b"
     "b\x1c\r\n",
     "M(a) M(b)"},
    {"no CR",
     "\x0b"
     "a\x1c\x0b"
     "b\x1c",
     "M(a) M(b)"},
    {"junk before",
     "hello\x0b"
     "a\x1c\r",
     "J() M(a)"},
    {"junk between",
     "\x0b"
     "a\x1c\rxx\x0b"
     "b\x1c\r",
     "M(a) J() M(b)"},
    {"start inside",
     "\x0b"
     "half\x0b"
     "b\x1c\r",
     "C(half) M(b)"},
    {"empty frame",
     "\x0b\x1c\r\x0b"
     "b\x1c\r",
     "M() M(b)"},
    {"at the bound",
     "\x0b"
     "12345678\x1c\r",
     "M(12345678)"},
    {"past the bound",
     "\x0b"
     "123456789\x1c\r\x0b"
     "b\x1c\r",
     "O() M(b)"},
    {"far past it",
     "\x0b"
     "123456789012345678901234567890\x1c\r\x0b"
     "b\x1c\r",
     "O() M(b)"},
    {"no end",
     "\x0b"
     "a",
     ""},
    {"nothing but blanks", "\r\n \r\n", ""},
};

static void whole_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_mllp mllp;
        struct seen seen = {""};
        rd_mllp_init(&mllp, rd_alloc_heap(), BYTES_MAX);
        assert_int_equal(rd_mllp_put(&mllp, rd_text_of(rows[i].bytes)), RD_OK);
        drain(&mllp, &seen);
        if (strcmp(seen.text, rows[i].whole) != 0)
            fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].name, rows[i].whole, seen.text);
        rd_mllp_fini(&mllp);
    }
}

/* However the bytes are cut into reads, the same messages come out (junk may be told of more than
 * once). */
static void split_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].bytes);
        for (size_t cut = 0; cut <= len; cut++) {
            struct rd_mllp mllp;
            struct seen seen = {""};
            rd_mllp_init(&mllp, rd_alloc_heap(), BYTES_MAX);
            struct rd_text bytes = rd_text_of(rows[i].bytes);
            assert_int_equal(rd_mllp_put(&mllp, rd_text_slice(bytes, 0, cut)), RD_OK);
            drain(&mllp, &seen);
            assert_int_equal(rd_mllp_put(&mllp, rd_text_slice(bytes, cut, len)), RD_OK);
            drain(&mllp, &seen);
            const char *found = seen.text;
            if (strncmp(found, "J() J()", 7) == 0)
                found += 4;
            char once[256];
            (void)snprintf(once, sizeof once, "%s", found);
            char *twice = strstr(once, "J() J()");
            if (twice != NULL)
                memmove(twice, twice + 4, strlen(twice + 4) + 1);
            if (strcmp(once, rows[i].whole) != 0)
                fail_msg("%s cut at %zu: expected \"%s\", got \"%s\"", rows[i].name, cut,
                         rows[i].whole, seen.text);
            rd_mllp_fini(&mllp);
        }
    }
}

static void framing_and_back(void **state)
{
    (void)state;
    struct rd_buf out;
    struct rd_mllp mllp;
    rd_buf_init(&out, rd_alloc_heap());
    rd_mllp_init(&mllp, rd_alloc_heap(), BYTES_MAX);
    rd_mllp_frame(&out, RD_TEXT("a\r"));
    assert_int_equal(rd_mllp_put(&mllp, rd_buf_text(&out)), RD_OK);
    assert_true(rd_mllp_partial(&mllp));
    assert_int_equal(rd_mllp_next(&mllp), RD_MLLP_MESSAGE);
    assert_true(rd_text_is(rd_mllp_message(&mllp), "a\r"));
    assert_int_equal(rd_mllp_next(&mllp), RD_MLLP_MORE);
    assert_false(rd_mllp_partial(&mllp));
    rd_mllp_fini(&mllp);
    rd_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_reads),
        cmocka_unit_test(split_reads),
        cmocka_unit_test(framing_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
