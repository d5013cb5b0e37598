/* What is in a data file: messages out of a file of many, gzip and its bound, and an answer for
 * whatever cannot be read. */
#include "adapters/mesh/content.h"
#include "adapters/mesh/inflate.h"
#include "base/alloc.h"
#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static struct rd_feed feed = {.name = {"files", 5}, .environment = RD_ENVIRONMENT_LIVE};
static const struct rd_hl7_mapping mapping = {.zone = &rd_zone_london};
static struct rd_arena file, item;

static int set_up(void **state)
{
    (void)state;
    rd_arena_init(&file, rd_alloc_heap(), 4 << 20);
    rd_arena_init(&item, rd_alloc_heap(), 32 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rd_arena_fini(&file);
    rd_arena_fini(&item);
    return 0;
}

#define M(id)                                                                                      \
    "MSH|^~\\&|A|Y99103|C|D|20261121||REF^I12|" id "|P|2.4\rRF1||R||||" id "\rPID|1||9990000018\r"

/* Number and first code of each item: "1:- 2:malformed". */
static void check(enum mesh_format format, const char *text, const char *expected)
{
    struct mesh_content content;
    struct mesh_item out;
    const struct mesh_ctl ctl = {.dts_id = RD_TEXT("D1")};
    struct rd_buf seen;
    enum rd_err err;
    rd_buf_init(&seen, rd_alloc_heap());
    rd_arena_reset(&file);
    assert_int_equal(
        mesh_content_open(&content, format, &feed, &ctl, &mapping, 0, rd_text_of(text), &file),
        RD_OK);
    while (rd_arena_reset(&item), (err = mesh_content_next(&content, &item, &out)) == RD_OK) {
        const struct rd_submission *s = &out.submission;
        struct rd_text code = rd_text_present(s->quarantine_code) ? s->quarantine_code
                              : rd_text_present(s->refused_code)  ? s->refused_code
                                                                  : RD_TEXT("-");
        assert_true(rd_text_present(s->key) && s->digest.len == RD_DIGEST_BYTES);
        assert_true(rd_text_is(s->feed, "files"));
        assert_int_equal(s->referral != NULL, rd_text_is(code, "-"));
        rd_buf_printf(&seen, "%s%u:%.*s", seen.len > 0 ? " " : "", out.number, RD_TEXT_ARG(code));
    }
    assert_int_equal(err, RD_E_NOTFOUND);
    rd_buf_put(&seen, "", 1);
    assert_string_equal((const char *)seen.bytes, expected);
    rd_buf_fini(&seen);
}

static void hl7_messages_of_a_file(void **state)
{
    (void)state;
    check(MESH_HL7V2, M("1"), "1:-");
    check(MESH_HL7V2, M("1") M("2") M("3"), "1:- 2:- 3:-");
    check(MESH_HL7V2, "\x0b" M("1") "\x1c\r\x0b" M("2") "\x1c\r", "1:- 2:-");
    check(MESH_HL7V2, "FHS|^~\\&\rBHS|^~\\&\r" M("1") "BTS|1\rBHS|^~\\&\r" M("2") "BTS|1\rFTS|2\r",
          "1:- 2:-");
    check(MESH_HL7V2, "\n\n  " M("1") "\n\n" M("2") "\n", "1:- 2:-");
    check(MESH_HL7V2, "PID|1||9990000018\r" M("1"), "1:malformed 2:-");
    check(MESH_HL7V2, "not HL7", "1:malformed");
    check(MESH_HL7V2, "", "0:empty");
    check(MESH_HL7V2, "FHS|^~\\&\rFTS|0\r", "0:empty");
    check(MESH_HL7V2, "\x0b\x1c\r\r\n", "0:empty");
}

static void others(void **state)
{
    (void)state;
    check(MESH_FHIR, "", "0:invalid");
    check(MESH_FHIR, "{}", "0:invariant");
    check(MESH_FHIR, "<a", "0:invalid");
    check(MESH_CSV, "", "0:csv-header");
    check(MESH_CSV, "a,b\n1,2\n", "0:csv-header");
    check(
        MESH_CSV,
        "Your reference,NHS number,Family name,Given name,Date of birth,Postcode,What is needed\n",
        "0:empty");
    check(MESH_CSV,
          "Your reference,NHS number,Family name,Given name,Date of birth,Postcode,What is needed\n"
          "R-1,,A,,,,\nR-2,,,,,,\n",
          "2:- 3:csv-row");
}

static void of_another_organisation(void **state)
{
    static struct rd_text codes[] = {{"Y99199", 6}};
    (void)state;
    feed.ods = codes;
    feed.ods_count = 1;
    check(MESH_HL7V2, M("1"), "1:other-organisation");
    feed.ods_count = 0;
}

#define TITLES                                                                                     \
    "Your reference,NHS number,Family name,Given name,Date of birth,Postcode,What is needed\r\n"

static void put_rows(struct rd_buf *out, unsigned count, const char *birth)
{
    static unsigned number;
    for (unsigned i = 0; i < count; i++)
        rd_buf_printf(out, "A-%u,9990000018,Example,Ann,%s,E18 2QB,Fell\r\n", number++, birth);
}

/* As many rows with one mistake as are an item each; and one more. */
static void rows_with_the_same_mistake(void **state)
{
    (void)state;
    struct mesh_content content;
    struct mesh_item out;
    const struct mesh_ctl ctl = {.dts_id = RD_TEXT("D1")};
    for (unsigned wrong = MESH_ALIKE_ROWS; wrong <= MESH_ALIKE_ROWS + 1; wrong++) {
        struct rd_buf sheet;
        unsigned items = 0, held = 0;
        rd_buf_init(&sheet, rd_alloc_heap());
        rd_buf_put_string(&sheet, TITLES);
        put_rows(&sheet, 2, "14/03/1945");
        put_rows(&sheet, 3, "03/14/1945");
        put_rows(&sheet, 1, "14/03/1945");
        put_rows(&sheet, wrong - 3, "03/14/1945");
        rd_arena_reset(&file);
        assert_int_equal(mesh_content_open(&content, MESH_CSV, &feed, &ctl, &mapping,
                                           RD_SECOND_US * 1800000000LL, rd_buf_text(&sheet), &file),
                         RD_OK);
        while (rd_arena_reset(&item), mesh_content_next(&content, &item, &out) == RD_OK) {
            items++;
            held += out.submission.referral != NULL ? 1 : 0;
        }
        assert_int_equal(held, 3);
        assert_int_equal(items, wrong > MESH_ALIKE_ROWS ? 3 + 1 : 3 + wrong);
        rd_buf_fini(&sheet);
    }
    assert_int_equal(mesh_content_next(&content, &item, &out), RD_E_NOTFOUND);
}

static void keys_name_the_transfer(void **state)
{
    const struct {
        struct mesh_ctl ctl;
        const char *key;
    } rows[] = {
        {{.dts_id = RD_TEXT("D1"), .local_id = RD_TEXT("7")}, "mesh:D1"},
        {{.local_id = RD_TEXT("7")}, "mesh:7:"},
        {{.local_id = RD_TEXT_NONE}, "mesh::"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mesh_content content;
        struct mesh_item out;
        mesh_content_whole(&content, &feed, &rows[i].ctl, RD_TEXT("x"), "code", RD_TEXT("words"),
                           false);
        assert_int_equal(mesh_content_next(&content, &item, &out), RD_OK);
        assert_true(rd_text_starts(out.submission.key, "content:"));
        assert_int_equal(mesh_content_next(&content, &item, &out), RD_E_NOTFOUND);
        rd_arena_reset(&item);
        assert_true(rd_text_starts(mesh_content_key(&content, &item), rows[i].key));
        rd_arena_reset(&item);
    }
}

static void a_refused_file_keeps_no_bytes(void **state)
{
    struct mesh_content content;
    struct mesh_item out;
    const struct mesh_ctl ctl = {.dts_id = RD_TEXT("D1")};
    (void)state;
    mesh_content_whole(&content, &feed, &ctl, RD_TEXT("bytes"), "too-big", RD_TEXT("words"), true);
    assert_int_equal(mesh_content_next(&content, &item, &out), RD_OK);
    assert_true(rd_text_is(out.submission.refused_code, "too-big"));
    assert_false(rd_text_present(out.submission.original));
    assert_true(rd_text_starts(out.submission.key, "refused:"));
    rd_arena_reset(&item);
}

static size_t pack(const void *bytes, size_t len, unsigned char *out, size_t room)
{
    z_stream stream = {.zalloc = Z_NULL};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    unsigned char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    stream.next_in = copy;
    stream.avail_in = (uInt)len;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = stream.total_out;
    (void)deflateEnd(&stream);
    free(copy);
    return made;
}

static void gzip_is_bounded(void **state)
{
    enum { BOUND = 100000 };
    static unsigned char zeros[BOUND + 1], packed[4096];
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        struct rd_buf out;
        size_t len = pack(zeros, BOUND + over, packed, sizeof packed);
        struct rd_text text = {(const char *)packed, len};
        rd_buf_init(&out, rd_alloc_heap());
        assert_true(mesh_is_gzip(text));
        assert_int_equal(mesh_inflate(text, BOUND, &out), over == 0 ? RD_OK : RD_E_TOOBIG);
        assert_int_equal(out.len, BOUND + over);
        rd_buf_fini(&out);
    }
}

static void gzip_whole_or_not_at_all(void **state)
{
    static unsigned char packed[512];
    (void)state;
    size_t one = pack("hello ", 6, packed, sizeof packed);
    size_t two = one + pack("world", 5, packed + one, sizeof packed - one);
    for (size_t cut = 2; cut <= two + 1; cut++) {
        struct rd_buf out;
        rd_buf_init(&out, rd_alloc_heap());
        enum rd_err err = mesh_inflate((struct rd_text){(const char *)packed, cut}, 100, &out);
        bool whole = cut == one || cut == two;
        assert_int_equal(err, whole ? RD_OK : RD_E_MALFORMED);
        if (cut == two)
            assert_true(rd_text_is(rd_buf_text(&out), "hello world"));
        rd_buf_fini(&out);
    }
    assert_false(mesh_is_gzip(RD_TEXT("\x1f")));
    assert_false(mesh_is_gzip(RD_TEXT("MSH|")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hl7_messages_of_a_file),
        cmocka_unit_test(others),
        cmocka_unit_test(of_another_organisation),
        cmocka_unit_test(keys_name_the_transfer),
        cmocka_unit_test(rows_with_the_same_mistake),
        cmocka_unit_test(a_refused_file_keeps_no_bytes),
        cmocka_unit_test(gzip_is_bounded),
        cmocka_unit_test(gzip_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
