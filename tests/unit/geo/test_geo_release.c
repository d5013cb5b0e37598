/* Directories of postcodes as they are published, and the image as a file. */
#include "rules/geo/files/image_file.h"
#include "rules/geo/files/release.h"
#include "rules/geo/postcode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FOLDER RD_BINARY_DIR "/test_geo_release"

static struct rd_errbuf why;

static const char *path_of(const char *name)
{
    static char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_gzip(const char *name, const char *text)
{
    gzFile file = gzopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose_w(file), Z_OK);
}

struct made {
    struct rd_geo_image image;
    unsigned char *bytes;
    size_t len;
    struct rd_release release;
};

static void make(const char *path, struct made *out)
{
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    unsigned line;
    assert_non_null(builder);
    *out = (struct made){.bytes = NULL};
    static const struct rd_geo_about about = {.vintage = {"2025-11", 7}, .title = {"test", 4}};
    if (rd_release_read(path, builder, &out->release, &why) != RD_OK ||
        rd_geo_builder_finish(builder, &about, &out->bytes, &out->len, &line, &why) != RD_OK ||
        rd_geo_image_open(out->bytes, out->len, &out->image, &why) != RD_OK)
        fail_msg("%s: %s", path, why.text);
    rd_geo_builder_free(builder);
}

static struct rd_geo_area area_of(const struct made *made, const char *text, uint32_t *ended)
{
    struct rd_postcode postcode;
    uint32_t area;
    rd_postcode_read(rd_text_of(text), &postcode);
    if (!rd_geo_image_find(&made->image, postcode.key, &area))
        fail_msg("%s: not in the image", text);
    *ended = rd_geo_image_ended(&made->image, postcode.key);
    return rd_geo_image_area(&made->image, area);
}

static void same(struct rd_text got, const char *expected)
{
    if (!rd_text_equal(got, rd_text_of(expected)))
        fail_msg("got '%.*s', wanted '%s'", RD_TEXT_ARG(got), expected == NULL ? "-" : expected);
}

#define OLD_ONSPD                                                                                  \
    "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,parish,usertype,oseast1m,osnrth1m,"       \
    "osgrdind,oshlthau,nhser,ctry,rgn,icb\n"                                                       \
    "\"IG1 1DN\",\"IG1  1DN\",\"IG1 1DN\",\"198001\",\"\",\"E99999999\",\"E99999999\","            \
    "\"E09000026\",\"E05000501\",\"\",\"0\",\"0543600\",\"0186600\",\"1\",\"\",\"\",\"E92000001\"" \
    ",\"E12000007\",\"E54000029\"\n"                                                               \
    "IG1 1AA,IG1  1AA,IG1 1AA,198001,199606,E99999999,E99999999,E09000026,E05000501,,0,1,1,1,,,"   \
    "E92000001,E12000007,E54000029\n"                                                              \
    "JE2 3AA,JE2  3AA,JE2 3AA,198001,,L99999999,L99999999,L99999999,L99999999,,0,,,9,,,L93000001," \
    "L99999999,L99999999\n"

/* Every release that standards describe, by what its columns look like. */
static void test_releases(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        bool ward, health, doterm;
    } rows[] = {
        {"onspd-old.csv", OLD_ONSPD, true, true, true},
        {"nspl-2011.csv",
         "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa21,cty,ced,laua,ward,"
         "nhser,ctry,rgn,pcon,ttwa,itl,park,lsoa21,msoa21,wz11,sicbl,bua22,ru11ind,oac11,lat,long,"
         "lep1,lep2,pfa,imd\n"
         "IG1 1DN,IG1  1DN,IG1 1DN,198001,,0,5,5,1,x,,,E09000026,E05000501,,,,,,,,,,,E38000255,,,,,"
         ",,,,\n"
         "IG1 1AA,IG1  1AA,IG1 1AA,198001,199606,0,5,5,1,x,,,E09000026,E05000501,,,,,,,,,,,"
         "E38000255,,,,,,,,,\n"
         "JE2 3AA,,JE2 3AA,198001,,0,,,9,,,,99999999,,,,,,,,,,,,,,,,,,,,,\n",
         true, true, true},
        {"release-2026.csv",
         "\xEF\xBB\xBFpcd7,pcd8,pcds,dointr,doterm,usrtypind,east1m,north1m,gridind,oa21cd,lad26cd,"
         "wd26cd,icb26cd\r\n"
         "IG1 1DN,IG1  1DN,IG1 1DN,198001,,0,5,5,1,E,E09000026,E05000501,E54000029\r\n"
         "IG1 1AA,IG1  1AA,IG1 1AA,198001,199606,0,5,5,1,E,E09000026,E05000501,E54000029\r\n"
         "JE2 3AA,JE2  3AA,JE2 3AA,198001,,0,,,9,,L99999999,L99999999,L99999999\r\n",
         true, true, true},
        {"compact.csv",
         "pcds,lad25cd,east1m,north1m\nIG1 1DN,E09000026,5,5\nIG1 1AA,E09000026,5,5\n"
         "JE2 3AA,,,\n",
         false, false, false},
        {"no-newline.csv", "pcd,LAUA\nIG1 1DN,E09000026\n\nIG1 1AA,E09000026\nJE2 3AA,99999999",
         false, false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made;
        uint32_t ended;
        write_file(rows[i].name, rows[i].text);
        make(path_of(rows[i].name), &made);
        assert_int_equal(made.release.rows, 3);
        assert_int_equal(made.release.left_out, 0);
        struct rd_geo_area area = area_of(&made, "IG1 1DN", &ended);
        same(area.lad, "E09000026");
        same(area.ward, rows[i].ward ? "E05000501" : NULL);
        assert_int_equal(rd_text_present(area.health), rows[i].health);
        assert_false(area.ended);
        assert_int_equal(ended, 0);
        area = area_of(&made, "IG1 1AA", &ended);
        same(area.lad, "E09000026");
        assert_int_equal(area.ended, rows[i].doterm);
        assert_int_equal(ended, rows[i].doterm ? 199606 : 0);
        area = area_of(&made, "JE2 3AA", &ended); /* codes of nines: no authority */
        assert_false(rd_text_present(area.lad));
        assert_false(rd_text_present(area.ward));
        struct rd_geo_about about;
        rd_geo_image_about(&made.image, &about);
        same(about.vintage, "2025-11");
        assert_int_equal(about.postcodes, 3);
        assert_int_equal(about.nowhere, 1);
        assert_int_equal(about.ended, rows[i].doterm ? 1 : 0);
        free(made.bytes);
        assert_int_equal(remove(path_of(rows[i].name)), 0);
    }
}

/* As its archive unpacks: Data/CSV with a file for each area, without headers. */
static void test_code_point_open(void **state)
{
    (void)state;
    struct made made;
    uint32_t ended;
    const char *folders[] = {"codepo", "codepo/Data", "codepo/Data/CSV", "codepo/Doc"};
    for (size_t i = 0; i < COUNT(folders); i++)
        assert_true(mkdir(path_of(folders[i]), 0700) == 0 ||
                    access(path_of(folders[i]), W_OK) == 0);
    write_file("codepo/Data/CSV/ig.csv",
               "\"IG1 1DN\",10,543600,186600,\"E92000001\",\"E19000003\",\"E18000007\",\"\","
               "\"E09000026\",\"E05000501\"\n"
               "\"IG100AA\",10,543600,186600,\"E92000001\",\"\",\"\",\"E10000012\",\"E07000072\","
               "\"E05004173\"\r\n");
    write_file("codepo/Data/CSV/rm.csv",
               "\"RM1 3BD\",10,551200,188800,\"E92000001\",\"\",\"\",\"\",\"E09000016\","
               "\"E05000319\"\n");
    write_file("codepo/Data/CSV/notes.txt", "not read\n");
    write_file("codepo/Doc/headers.csv", "PC,PQ\n");
    make(path_of("codepo"), &made);
    assert_int_equal(made.release.files, 2);
    assert_int_equal(made.release.rows, 3);
    struct rd_geo_area area = area_of(&made, "IG10 0AA", &ended);
    same(area.lad, "E07000072");
    same(area.ward, "E05004173");
    area = area_of(&made, "RM1 3BD", &ended);
    same(area.lad, "E09000016");
    assert_false(area.ended);
    free(made.bytes);
}

static void test_left_out_and_split(void **state)
{
    (void)state;
    struct made made;
    uint32_t ended;
    write_gzip("list.csv.gz", "split,lad,pcds\nno,E1,NPT 1AA\nyes,E1,IG1 1DN\n,E1,IG1 1DP\n"
                              "0,E1,ZZ99 3VZ\n1,E2,IG1 1DQ\n");
    make(path_of("list.csv.gz"), &made);
    assert_int_equal(made.release.rows, 3);
    assert_int_equal(made.release.left_out, 2);
    assert_non_null(strstr(made.release.first_left_out, "list.csv.gz:2: found 'NPT 1AA'"));
    assert_true(area_of(&made, "IG1 1DN", &ended).split);
    assert_false(area_of(&made, "IG1 1DP", &ended).split);
    assert_true(area_of(&made, "IG1 1DQ", &ended).split);
    free(made.bytes);
    assert_int_equal(remove(path_of("list.csv.gz")), 0);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"pcds,ward\nIG1 1DN,E05\n", "bad.csv:1: found no column of authorities"},
        {"postcode,lad\nIG1 1DN,E05\n", "bad.csv:1: found no column of postcodes"},
        {"", "found no column of postcodes"},
        {"IG1 1DN,E09\n", "found no header and 2 columns"},
        {"pcds,lad,doterm\nIG1 1DN,E09,1996\n", "bad.csv:2:3: found the month '1996'"},
        {"pcds,lad,doterm\nIG1 1DN,E09,199613\n", "bad.csv:2:1: found the month 199613"},
        {"pcds,lad,split\nIG1 1DN,E09,maybe\n", "bad.csv:2:3: found the word 'maybe'"},
        {"pcds,lad\nIG1 1DN,E09 26\n", "bad.csv:2:2: found the code 'E09 26'"},
        {"pcds,lad\nIG1 1DN,E090000261\n", "10 characters"},
        {"pcds,lad\nIG1 1DP,E09\nIG1 1DN\n", "bad.csv:3: found 1 columns, expected 2"},
        {"pcds,lad\n\"IG1 1DN\"x,E09\n", "bad.csv:2:1: found a quote within"},
        {"pcds,lad\n\"IG1 1DN,E09\n", "bad.csv:2:1: found a quote within"},
        {"PK\x03\x04,lad\n", "found a zip archive"},
        {"\x1f\x8b\x08 not gzip", "bad.csv: "},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
        struct rd_release release = {.progress = NULL};
        write_file("bad.csv", rows[i].text);
        enum rd_err err = rd_release_read(path_of("bad.csv"), builder, &release, &why);
        rd_geo_builder_free(builder);
        assert_int_not_equal(err, RD_OK);
        if (strstr(why.text, rows[i].words) == NULL)
            fail_msg("row %zu: \"%s\"", i, why.text);
    }
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    struct rd_release release = {.progress = NULL};
    unsigned char *bytes;
    size_t len;
    unsigned line;
    assert_int_equal(rd_release_read(path_of("none.csv"), builder, &release, &why), RD_E_IO);
    assert_true(mkdir(path_of("empty"), 0700) == 0 || access(path_of("empty"), W_OK) == 0);
    assert_int_equal(rd_release_read(path_of("empty"), builder, &release, &why), RD_E_INVALID);
    assert_non_null(strstr(why.text, "found no .csv or .csv.gz"));
    write_file("bad.csv", "pcds,lad\nIG1 1DN,E09\nIG1 1DP,E09\nig11dn,E08\n");
    assert_int_equal(rd_release_read(path_of("bad.csv"), builder, &release, &why), RD_OK);
    assert_int_equal(rd_geo_builder_finish(builder, &(struct rd_geo_about){.postcodes = 0}, &bytes,
                                           &len, &line, &why),
                     RD_E_INVALID);
    assert_int_equal(line, 4);
    assert_non_null(strstr(why.text, "found 'IG1 1DN' again"));
    rd_geo_builder_free(builder);
}

/* A line at the limit is read, one past it is not. */
static void test_long_lines(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
        struct rd_release release = {.progress = NULL};
        FILE *file = fopen(path_of("long.csv"), "w");
        assert_non_null(file);
        assert_true(fputs("pcds,lad,note\nIG1 1DN,E09,", file) >= 0);
        for (int i = 12; i < RD_RELEASE_LINE_BYTES_MAX * (1 + 8 * over); i++)
            assert_int_not_equal(fputc('x', file), EOF);
        assert_int_equal(fclose(file), 0);
        enum rd_err err = rd_release_read(path_of("long.csv"), builder, &release, &why);
        rd_geo_builder_free(builder);
        assert_int_equal(err, over ? RD_E_TOOBIG : RD_OK);
    }
}

static uint32_t drawn(uint64_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 33) % below;
}

/* Whatever stands in the file: an image that opens, or a refusal with words. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    static const char seeds[][256] = {
        "pcds,doterm,lad25cd,wd25cd,icb23cd,split\nIG1 1DN,,E09000026,E05000501,E54000029,no\n"
        "IG1 1AA,199606,E09000026,E05000501,,\n\"RM1 3BD\",\"\",E09000016,,,yes\r\n",
        "\"IG1 1DN\",10,1,2,\"E92000001\",\"\",\"\",\"\",\"E09000026\",\"E05000501\"\n"
        "\"RM1 3BD\",10,1,2,\"E92000001\",\"\",\"\",\"\",\"E09000016\",\"E05000319\"\n"};
    static const char alphabet[] = ",\"\n\r 0AZaz9E\xff\x1f";
    uint64_t seed = 4711;
    size_t read = 0, refused = 0;
    for (size_t round = 0; round < 3000; round++) {
        char text[256];
        struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
        struct rd_release release = {.progress = NULL};
        unsigned char *bytes = NULL;
        size_t len;
        unsigned line;
        struct rd_geo_image image;
        memcpy(text, seeds[round % COUNT(seeds)], sizeof text);
        for (uint32_t i = drawn(&seed, 4); i > 0; i--)
            text[drawn(&seed, (uint32_t)strlen(text))] =
                alphabet[drawn(&seed, sizeof alphabet - 1)];
        if (drawn(&seed, 4) == 0)
            text[drawn(&seed, (uint32_t)strlen(text))] = '\0';
        write_file("hostile.csv", text);
        why.text[0] = '\0';
        enum rd_err err = rd_release_read(path_of("hostile.csv"), builder, &release, &why);
        if (err == RD_OK)
            err = rd_geo_builder_finish(builder, &(struct rd_geo_about){.postcodes = 0}, &bytes,
                                        &len, &line, &why);
        if (err == RD_OK) {
            assert_int_equal(rd_geo_image_open(bytes, len, &image, &why), RD_OK);
            read++;
        } else {
            assert_true(why.text[0] != '\0');
            refused++;
        }
        free(bytes);
        rd_geo_builder_free(builder);
    }
    assert_true(read > 300 && refused > 300);
}

static void test_vintages(void **state)
{
    (void)state;
    static const struct {
        const char *path, *vintage;
    } rows[] = {
        {"/data/ONSPD_NOV_2025_UK.csv", "2025-11"},
        {"onspd-2025-11-gb.csv.gz", "2025-11"},
        {"NSPL_2025_08/", "2025-08"},
        {"2014-08/ONSPD.csv", NULL},
        {"nspl_aug_2026.csv", "2026-08"},
        {"codepo_gb", NULL},
        {"x-2025-21.csv", NULL},
        {"MARY_2025.csv", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[8];
        assert_int_equal(rd_release_vintage(rows[i].path, got), rows[i].vintage != NULL);
        if (rows[i].vintage != NULL)
            assert_string_equal(got, rows[i].vintage);
    }
}

static void test_file(void **state)
{
    (void)state;
    struct made made;
    struct rd_geo_file old, new;
    struct stat about;
    write_file("good.csv", OLD_ONSPD);
    make(path_of("good.csv"), &made);
    assert_int_equal(rd_geo_file_write(path_of("good.image"), made.bytes, made.len, &why), RD_OK);
    assert_int_equal(stat(path_of("good.image"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0444);
    assert_int_equal(rd_geo_file_open(path_of("good.image"), &old, &why), RD_OK);
    assert_int_equal(rd_geo_image_postcodes(&old.image), 3);
    /* Written again while it is mapped: whoever has it keeps the old one. */
    assert_int_equal(rd_geo_file_write(path_of("good.image"), made.bytes, made.len, &why), RD_OK);
    assert_int_equal(rd_geo_file_open(path_of("good.image"), &new, &why), RD_OK);
    assert_int_equal(rd_geo_image_postcodes(&old.image), 3);
    rd_geo_file_close(&old);
    rd_geo_file_close(&old);
    rd_geo_file_close(&new);
    /* One bit anywhere behind the hash, and in it. */
    static const size_t places[] = {RD_GEO_HASH_AT, RD_GEO_HASH_AT + RD_GEO_HASH_BYTES, 100, 200};
    for (size_t i = 0; i <= COUNT(places); i++) {
        size_t at = i < COUNT(places) ? places[i] : made.len - 1;
        made.bytes[at] ^= 0x10;
        FILE *file = fopen(path_of("damaged.image"), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(made.bytes, 1, made.len, file), made.len);
        assert_int_equal(fclose(file), 0);
        made.bytes[at] ^= 0x10;
        assert_int_equal(rd_geo_file_open(path_of("damaged.image"), &new, &why), RD_E_CORRUPT);
        assert_null(new.bytes);
        assert_non_null(strstr(why.text, "damaged.image: "));
    }
    assert_int_equal(rd_geo_file_open(path_of("none.image"), &new, &why), RD_E_IO);
    assert_int_equal(rd_geo_file_open(FOLDER, &new, &why), RD_E_IO);
    write_file("empty.image", "");
    assert_int_equal(rd_geo_file_open(path_of("empty.image"), &new, &why), RD_E_IO);
    assert_int_equal(rd_geo_file_write(path_of("none/good.image"), made.bytes, made.len, &why),
                     RD_E_IO);
    free(made.bytes);
}

static int set_up(void **state)
{
    (void)state;
    return mkdir(FOLDER, 0700) == 0 || access(FOLDER, W_OK) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_releases),           cmocka_unit_test(test_code_point_open),
        cmocka_unit_test(test_left_out_and_split), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_lines),         cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_vintages),           cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
