/* RRI^I12 for each stage, in the sender's own delimiters; what counts as its acknowledgement. */
#include "adapters/hl7v2/hl7_receipt.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define REFERRAL                                                                                   \
    "MSH|^~\\&|EMIS|Y99101|SPA|RBR|20261121090000||REF^I12|C77|P|2.4\r"                            \
    "RF1||S||||R-5^EMIS\rPRD|RP|Example^Gwen\rPID|1||9990000018^^^NHS||Example^Ann\r"

static struct rd_arena arena;

static int setup(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rd_arena_fini(&arena);
    return 0;
}

static struct rd_receipt receipt_of(enum rd_receipt_stage stage, const char *original)
{
    return (struct rd_receipt){.feed = RD_TEXT("lambourne-road-surgery"),
                               .receipt = 42,
                               .referral = RD_TEXT("7K3Q9-M2X4T"),
                               .stage = stage,
                               .team = RD_TEXT("rapid-response"),
                               .team_title = RD_TEXT("Rapid response | CTT & friends"),
                               .at = INT64_C(1790000000000000), /* 2026-09-21 14:13:20 UTC */
                               .key = RD_TEXT("k"),
                               .original = rd_text_of(original)};
}

static void write(const struct rd_receipt *receipt, struct rd_buf *out,
                  char id[RD_HL7_RECEIPT_ID_MAX])
{
    struct rd_errbuf why = {""};
    rd_buf_init(out, rd_alloc_heap());
    assert_int_equal(rd_hl7_receipt(receipt, &arena, out, id, &why), RD_OK);
    rd_buf_put(out, "", 1);
}

static void test_a_whole_message(void **state)
{
    char id[RD_HL7_RECEIPT_ID_MAX], expected[1024];
    struct rd_buf out;
    struct rd_receipt receipt = receipt_of(RD_RECEIPT_ACCEPTED, REFERRAL);
    (void)state;
    write(&receipt, &out, id);
    assert_int_equal(strlen(id), 20);
    (void)snprintf(expected, sizeof expected,
                   "MSH|^~\\&|SPA|RBR|EMIS|Y99101|20260921141320+0000||RRI^I12|%s|P|2.4\r"
                   "MSA|AA|C77\r"
                   "RF1|A^Accepted^HL70283|||||R-5^EMIS|||||7K3Q9-M2X4T^referrald\r"
                   "PRD|RP|Example^Gwen\r"
                   "PID|1||9990000018^^^NHS||Example^Ann\r"
                   "NTE|1||Accepted by Rapid response \\F\\ CTT \\T\\ friends\r",
                   id);
    assert_string_equal((const char *)out.bytes, expected);
    rd_buf_fini(&out);
}

static void test_each_stage(void **state)
{
    static const char *const statuses[] = {NULL, "P^", "P^", "A^", "A^", "A^", "R^"};
    (void)state;
    for (int stage = RD_RECEIPT_ROUTED; stage <= RD_RECEIPT_REFUSED; stage++) {
        char id[RD_HL7_RECEIPT_ID_MAX];
        struct rd_buf out;
        struct rd_receipt receipt = receipt_of((enum rd_receipt_stage)stage, REFERRAL);
        receipt.reason = RD_TEXT("no\rcapacity");
        assert_true(rd_hl7_receipt_stage(receipt.stage));
        write(&receipt, &out, id);
        const char *rf1 = strstr((const char *)out.bytes, "RF1|");
        assert_non_null(rf1);
        assert_memory_equal(rf1 + 4, statuses[stage], 2);
        assert_non_null(strstr((const char *)out.bytes, ": no capacity\r")); /* one segment still */
        rd_buf_fini(&out);
    }
    assert_false(rd_hl7_receipt_stage(0));
}

static void test_their_delimiters_and_parts_that_are_missing(void **state)
{
    char id[RD_HL7_RECEIPT_ID_MAX], again[RD_HL7_RECEIPT_ID_MAX];
    struct rd_buf out, other;
    struct rd_receipt receipt = receipt_of(
        RD_RECEIPT_REFUSED, "MSH*:~\\&*PAS*RGC*SPA*RBR*2026**ADT:A03*9*P*2.3\rPID***999:::NHS\r");
    (void)state;
    write(&receipt, &out, id);
    const char *text = (const char *)out.bytes;
    assert_non_null(strstr(text, "MSH*:~\\&*SPA*RBR*PAS*RGC*"));
    assert_non_null(strstr(text, "**RRI:I12*"));
    assert_non_null(strstr(text, "MSA*AA*9\r"));
    assert_non_null(strstr(text, "RF1*R:Rejected:HL70283**********7K3Q9-M2X4T:referrald\r"));
    assert_non_null(strstr(text, "PID***999:::NHS\r"));
    assert_null(strstr(text, "PRD"));
    write(&receipt, &other, again);
    assert_string_equal(text, (const char *)other.bytes); /* a retry is the same message */
    rd_buf_fini(&out);
    rd_buf_fini(&other);
}

static void test_what_cannot_be_answered(void **state)
{
    char id[RD_HL7_RECEIPT_ID_MAX];
    struct rd_errbuf why = {""};
    struct rd_buf out;
    struct rd_receipt erased = receipt_of(RD_RECEIPT_ACCEPTED, NULL);
    struct rd_receipt other = receipt_of(RD_RECEIPT_ACCEPTED, "{\"resourceType\": \"Bundle\"}");
    (void)state;
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(rd_hl7_receipt(&erased, &arena, &out, id, &why), RD_E_NOTFOUND);
    assert_int_equal(rd_hl7_receipt(&other, &arena, &out, id, &why), RD_E_MALFORMED);
    assert_int_equal(out.len, 0);
    rd_buf_fini(&out);
}

static void test_only_its_own_answer_counts(void **state)
{
    static const struct {
        const char *answer;
        enum rd_hl7_verdict verdict;
    } cases[] = {
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\rMSA|AA|abc\r", RD_HL7_TAKEN},
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\nMSA|CA|abc\n", RD_HL7_TAKEN},
        {"MSH*^~\\&*A*B*C*D*1**ACK*1*P*2.4\rMSA*AE*abc*db down\r", RD_HL7_NOT_NOW},
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\rMSA|AR|abc\r", RD_HL7_REFUSED},
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\rMSA|AA|abcd\r", RD_HL7_STRAY}, /* of another message */
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\rMSA|AA|\r", RD_HL7_STRAY},
        {"MSH|^~\\&|A|B|C|D|1||ACK|1|P|2.4\r", RD_HL7_STRAY},
        {"OK", RD_HL7_STRAY},
        {"", RD_HL7_STRAY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rd_hl7_receipt_verdict(rd_text_of(cases[i].answer), "abc", &arena),
                         cases[i].verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_message),
        cmocka_unit_test(test_each_stage),
        cmocka_unit_test(test_their_delimiters_and_parts_that_are_missing),
        cmocka_unit_test(test_what_cannot_be_answered),
        cmocka_unit_test(test_only_its_own_answer_counts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
