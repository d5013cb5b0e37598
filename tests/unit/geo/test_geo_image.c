#include "rules/geo/image.h"
#include "rules/geo/image_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define ROW(number, text, authority, district)                                                     \
    {                                                                                              \
        .postcode = T(text), .lad = T(authority), .ward = T(district), .line = number              \
    }

static struct rd_errbuf why;

static uint64_t key_of(const char *text)
{
    struct rd_postcode postcode;
    rd_postcode_read(rd_text_of(text), &postcode);
    assert_int_not_equal(postcode.key, 0);
    return postcode.key;
}

static void test_small(void **state)
{
    (void)state;
    static const struct rd_geo_row rows[] = {
        ROW(2, "IG2 6BE", "E09000026", "E05000495"),
        ROW(3, "IG1 1DN", "E09000026", "E05000501"),
        ROW(4, "ig1 1dq", "E09000026", "E05000501"),
        ROW(5, "E12 5DB", "E09000025", "E05000488"),
        ROW(6, "ZE3 9ZZ", "S12000027", ""),
        ROW(7, "AB1 0AA", "", ""),
        {.postcode = {"IG11 7AA", 8}, {NULL, 0}, {NULL, 0}, 8},
    };
    unsigned char *bytes;
    size_t len;
    unsigned line;
    struct rd_geo_image image;
    assert_int_equal(
        rd_geo_image_build(rows, COUNT(rows), rd_alloc_heap(), &bytes, &len, &line, &why), RD_OK);
    assert_int_equal(rd_geo_image_open(bytes, len, &image, &why), RD_OK);
    assert_int_equal(rd_geo_image_postcodes(&image), 7);
    assert_int_equal(rd_geo_image_areas(&image), 5);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t area;
        assert_true(rd_geo_image_find(&image, key_of(rows[i].postcode.ptr), &area));
        struct rd_geo_area codes = rd_geo_image_area(&image, area);
        assert_int_equal(rd_text_present(codes.lad), rows[i].lad.len > 0);
        assert_true(rows[i].lad.len == 0 || rd_text_equal(codes.lad, rows[i].lad));
        assert_true(rows[i].ward.len == 0 || rd_text_equal(codes.ward, rows[i].ward));
    }
    /* Neighbours in every direction: the same inward part of the next outcode too. */
    static const char *const absent[] = {"IG1 1DP", "IG1 6BE", "IG2 1DN", "IG11 1DN", "E12 1DN",
                                         "E1 5DB",  "E12 9ZZ", "A1 0AA",  "ZE3 9ZY",  "ZE4 0AA",
                                         "IG3 1DN", "GIR 0AA", "IG1 7AA", "AB1 5DB"};
    uint32_t area;
    for (size_t i = 0; i < COUNT(absent); i++)
        assert_false(rd_geo_image_find(&image, key_of(absent[i]), &area));
    assert_false(rd_geo_image_find(&image, 0, &area));
    assert_false(rd_geo_image_find(&image, UINT64_MAX, &area));
    free(bytes);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        struct rd_geo_row rows[2];
        unsigned line;
        const char *words;
    } rows[] = {
        {{ROW(2, "IG1 1DN", "a", "b"), ROW(3, "ME5 FS3", "a", "b")}, 3, "found 'ME5 FS3'"},
        {{ROW(2, "IG1 1DN", "a", "b"), ROW(3, "IG1 1DO", "a", "b")}, 3, "letters C I K M O V"},
        {{ROW(2, "ZZ99 3VZ", "a", "b"), ROW(3, "IG1 1DN", "a", "b")}, 2, "found 'ZZ99 3VZ'"},
        {{ROW(2, "IG1 1DN", "a", "b"), ROW(3, "ig11dn", "c", "d")}, 3, "(first at line 2)"},
        {{ROW(2, "IG1 1DN", "E090000261", "b"), ROW(3, "IG1 1DQ", "c", "d")}, 2, "10 characters"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char *bytes;
        size_t len;
        unsigned line;
        assert_int_equal(
            rd_geo_image_build(rows[i].rows, 2, rd_alloc_heap(), &bytes, &len, &line, &why),
            RD_E_INVALID);
        assert_null(bytes);
        assert_int_equal(line, rows[i].line);
        assert_non_null(strstr(why.text, rows[i].words));
    }
}

/* A few thousand postcodes of many outcodes: every one found, every other one not. */
enum { OUTCODES = 60, INWARDS = 200, AREAS = 97 };

static bool is_in(int outcode, int inward)
{
    return (outcode * 31 + inward * 17) % 3 != 0;
}

static void postcode_text(int outcode, int inward, char out[16])
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";
    (void)snprintf(out, 16, "%c%c%d %d%c%c", 'A' + outcode % 26, 'A' + outcode % 7, outcode % 31,
                   inward % 10, letters[inward / 10 % 20], letters[inward % 20]);
}

static void test_many(void **state)
{
    (void)state;
    static char texts[OUTCODES * INWARDS][16];
    static char codes[AREAS][16];
    static struct rd_geo_row rows[OUTCODES * INWARDS];
    size_t count = 0;
    for (int i = 0; i < AREAS; i++)
        (void)snprintf(codes[i], sizeof codes[i], "E%08d", i);
    for (int i = 0; i < OUTCODES * INWARDS; i++) {
        int outcode = i * 7 % OUTCODES, inward = i / OUTCODES; /* not in order */
        if (!is_in(outcode, inward))
            continue;
        postcode_text(outcode, inward, texts[count]);
        rows[count] = (struct rd_geo_row){.postcode = rd_text_of(texts[count]),
                                          .lad = rd_text_of(codes[i % AREAS]),
                                          .ward = rd_text_of(codes[i % 11]),
                                          .line = (unsigned)i};
        count++;
    }
    unsigned char *bytes;
    size_t len;
    unsigned line;
    struct rd_geo_image image;
    if (rd_geo_image_build(rows, count, rd_alloc_heap(), &bytes, &len, &line, &why) != RD_OK)
        fail_msg("line %u: %s", line, why.text);
    assert_int_equal(rd_geo_image_open(bytes, len, &image, &why), RD_OK);
    for (size_t i = 0; i < count; i++) {
        uint32_t area;
        assert_true(rd_geo_image_find(&image, key_of(texts[i]), &area));
        assert_true(rd_text_equal(rd_geo_image_area(&image, area).lad, rows[i].lad));
        assert_true(rd_text_equal(rd_geo_image_area(&image, area).ward, rows[i].ward));
    }
    size_t absent = 0;
    for (int outcode = 0; outcode < OUTCODES; outcode++)
        for (int inward = 0; inward < INWARDS; inward++) {
            char text[16];
            uint32_t area;
            if (is_in(outcode, inward))
                continue;
            postcode_text(outcode, inward, text);
            assert_false(rd_geo_image_find(&image, key_of(text), &area));
            absent++;
        }
    assert_true(absent > 1000 && count > 1000);
    free(bytes);
}

static void test_empty(void **state)
{
    (void)state;
    unsigned char *bytes;
    size_t len;
    unsigned line;
    uint32_t area;
    struct rd_geo_image image;
    assert_int_equal(rd_geo_image_build(NULL, 0, rd_alloc_heap(), &bytes, &len, &line, &why),
                     RD_OK);
    assert_int_equal(rd_geo_image_open(bytes, len, &image, &why), RD_OK);
    assert_false(rd_geo_image_find(&image, key_of("IG1 1DN"), &area));
    free(bytes);
}

/* Any one byte or length changed: refused, or still safe to ask (the sanitizers watch). */
static void test_damage(void **state)
{
    (void)state;
    static const struct rd_geo_row rows[] = {
        ROW(2, "IG2 6BE", "E09000026", "E05000495"),
        ROW(3, "IG1 1DN", "E09000026", "E05000501"),
        ROW(4, "IG1 1DQ", "E09000026", "E05000501"),
        ROW(5, "E12 5DB", "E09000025", "E05000488"),
    };
    unsigned char *bytes;
    size_t len, refused = 0;
    unsigned line;
    uint32_t area;
    struct rd_geo_image image;
    assert_int_equal(
        rd_geo_image_build(rows, COUNT(rows), rd_alloc_heap(), &bytes, &len, &line, &why), RD_OK);
    for (size_t cut = 0; cut < len; cut += 8)
        assert_int_equal(rd_geo_image_open(bytes, cut, &image, &why), RD_E_CORRUPT);
    size_t first_area = len - rd_geo_part_bytes(3, sizeof(struct rd_geo_image_area));
    for (size_t i = 0; i < len; i++) {
        static const unsigned char masks[] = {0x01, 0x80, 0xff};
        for (size_t m = 0; m < COUNT(masks); m++) {
            bytes[i] ^= masks[m];
            if (rd_geo_image_open(bytes, len, &image, &why) == RD_OK) {
                for (size_t row = 0; row < COUNT(rows); row++)
                    if (rd_geo_image_find(&image, key_of(rows[row].postcode.ptr), &area))
                        (void)rd_geo_image_area(&image, area);
            } else {
                assert_null(image.bytes);
                assert_true(i < first_area || (i - first_area) % sizeof(struct rd_geo_image_area) ==
                                                  offsetof(struct rd_geo_image_area, marks));
                refused++;
            }
            bytes[i] ^= masks[m];
        }
    }
    assert_true(refused > 1000); /* counts, slots, outcodes, sectors, rows */
    assert_int_equal(rd_geo_image_open(bytes + 1, len - 1, &image, &why), RD_E_CORRUPT);
    free(bytes);
}

/* Fails the n-th allocation. */
struct failing {
    size_t left;
    struct rd_alloc alloc;
};

static void *failing_resize(void *context, void *old, size_t size)
{
    struct failing *failing = context;
    if (failing->left == 0)
        return NULL;
    failing->left--;
    return realloc(old, size);
}

static void failing_release(void *context, void *old)
{
    (void)context;
    free(old);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const struct rd_geo_row rows[] = {ROW(2, "IG2 6BE", "a", "b"),
                                             ROW(3, "IG1 1DN", "c", "d")};
    size_t failures = 0;
    for (size_t n = 0;; n++) {
        struct failing failing = {.left = n};
        failing.alloc = (struct rd_alloc){&failing, failing_resize, failing_release};
        unsigned char *bytes;
        size_t len;
        unsigned line;
        enum rd_err err =
            rd_geo_image_build(rows, COUNT(rows), &failing.alloc, &bytes, &len, &line, &why);
        free(bytes);
        if (err == RD_OK)
            break;
        assert_int_equal(err, RD_E_NOMEM);
        failures++;
    }
    assert_true(failures >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_many),   cmocka_unit_test(test_empty),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
