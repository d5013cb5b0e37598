/* What is the same person's, however it is written, and what is nobody's. */
#include "model/alike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rd_arena arena;

static int setup(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 65536);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rd_arena_fini(&arena);
    return 0;
}

static struct rd_alike of(struct rd_person *person)
{
    struct rd_alike out;
    assert_int_equal(rd_alike_of(person, &arena, &out), RD_OK);
    return out;
}

static struct rd_alike named(const char *family, const char *given, const char *whole)
{
    struct rd_name name = {
        .family = rd_text_of(family), .given = rd_text_of(given), .whole = rd_text_of(whole)};
    struct rd_person person = {.names = &name, .names_count = 1};
    return of(&person);
}

static void expect(struct rd_text found, const char *want)
{
    bool same = want == NULL ? !rd_text_present(found) : rd_text_is(found, want);
    if (!same)
        print_error("found '%.*s', expected '%s'\n", RD_TEXT_ARG(found),
                    want == NULL ? "(absent)" : want);
    assert_true(same);
}

static void a_name_is_the_same_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *family, *given, *whole, *name, *further;
    } rows[] = {
        {"Whitlock", "Edith", NULL, "edith|whitlock", NULL},
        {"WHITLOCK", "EDITH", NULL, "edith|whitlock", NULL},
        {"Edith", "Whitlock", NULL, "edith|whitlock", NULL}, /* in each other's field */
        {" Whitlock ", "edith", NULL, "edith|whitlock", NULL},
        {"Whitlock", "Edith Anne", NULL, "edith|whitlock", "anne"},
        {"Whitlock", "Edith A.", NULL, "edith|whitlock", "a"},
        {NULL, NULL, "Mrs Edith Anne Whitlock", "edith|whitlock", "anne"},
        {NULL, NULL, "WHITLOCK, Edith", "edith|whitlock", NULL},
        {"O'Brien", "Niamh", NULL, "niamh|obrien", NULL},
        {"O\xE2\x80\x99"
         "BRIEN",
         "NIAMH", NULL, "niamh|obrien", NULL},
        {"O Brien", "Niamh", NULL, "niamh|obrien", NULL},
        {"Smith-Jones", "Mary-Ann", NULL, "mary|smithjones", "ann"},
        {"Smith Jones", "Mary Ann", NULL, "mary|smithjones", "ann"},
        {"M\xC3\xBCller", "J\xC3\xBCrgen", NULL, "jurgen|muller", NULL},
        {"Mu\xCC\x88ller", "Ju\xCC\x88rgen", NULL, "jurgen|muller", NULL}, /* combining */
        {"\xC5\x81ukasz", "Wa\xC5\x82\xC4\x99sa", NULL, "lukasz|walesa", NULL},
        {"Nguy\xE1\xBB\x85n",
         "\xC4\x90\xE1\xBB\xA9"
         "c",
         NULL, "duc|nguyen", NULL},
        {"\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD\xD0\xBE\xD0\xB2", "Ivan", NULL,
         "ivan|\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD\xD0\xBE\xD0\xB2", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_alike alike = named(rows[i].family, rows[i].given, rows[i].whole);
        expect(alike.name, rows[i].name);
        expect(alike.further_names, rows[i].further);
    }
}

static void a_name_that_nobody_is_told_apart_by_is_none(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"Whitlock", NULL, NULL},
        {NULL, "Edith", NULL},
        {"Whitlock", "E", NULL},
        {"Whitlock", "Baby", NULL},
        {"Khan", "Twin 1", NULL},
        {"Khan", "Baby Girl", NULL},
        {"Unknown", "Male", NULL},
        {"UNKNOWN", "Edith", NULL},
        {NULL, NULL, "Unknown"},
        {"-", "-", NULL},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(named(rows[i][0], rows[i][1], rows[i][2]).name, NULL);
}

static void the_name_somebody_goes_by_counts(void **state)
{
    (void)state;
    struct rd_name names[] = {
        {.use = RD_TEXT("maiden"), .family = RD_TEXT("Old"), .given = RD_TEXT("Edith")},
        {.use = RD_TEXT("official"), .family = RD_TEXT("New"), .given = RD_TEXT("Edith")}};
    struct rd_person person = {.names = names, .names_count = 2};
    expect(of(&person).name, "edith|new");
    person.names_count = 1; /* the only one there is */
    expect(of(&person).name, "edith|old");
}

static void a_birth_date_is_whole_and_somebodys(void **state)
{
    (void)state;
    static const struct {
        const char *date, *want;
    } rows[] = {{"1944-06-15", "1944-06-15"},
                {"1902-01-01", "1902-01-01"},
                {"1944-06", NULL},
                {"1944", NULL},
                {"", NULL},
                {"1900-01-01", NULL},
                {"1901-01-01", NULL},
                {"1899-12-30", NULL},
                {"9999-12-31", NULL},
                {"15/06/1944", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_person person = {.birth_date = rd_text_of(rows[i].date)};
        expect(of(&person).birth_date, rows[i].want);
    }
}

static struct rd_alike living_at(const char *home, const char *current, const char *incident)
{
    struct rd_address addresses[] = {{.use = RD_ADDRESS_INCIDENT, .postcode = rd_text_of(incident)},
                                     {.use = RD_ADDRESS_CURRENT, .postcode = rd_text_of(current)},
                                     {.use = RD_ADDRESS_HOME, .postcode = rd_text_of(home)}};
    struct rd_person person = {.addresses = addresses, .addresses_count = 3};
    return of(&person);
}

static void a_postcode_is_where_somebody_lives(void **state)
{
    (void)state;
    expect(living_at("E18 2QB", "RM1 3BB", "IG1 1AA").postcode, "E182QB");
    expect(living_at("e182qb", NULL, NULL).postcode, "E182QB");
    expect(living_at(NULL, " rm1  3bb ", NULL).postcode, "RM13BB");
    expect(living_at(NULL, NULL, "IG1 1AA").postcode, NULL); /* where they were found */
    expect(living_at("ZZ99 3VZ", NULL, NULL).postcode, NULL);
    expect(living_at("zz993wz", NULL, NULL).postcode, NULL);
    expect(living_at("ME5 FS3", NULL, NULL).postcode, NULL);
    expect(living_at("E18", NULL, NULL).postcode, NULL);
    expect(living_at("unknown", NULL, NULL).postcode, NULL);
}

static void an_nhs_number_is_right_and_believed(void **state)
{
    (void)state;
    static const struct {
        const char *system, *value, *verification, *want;
    } rows[] = {
        {"nhs-number", "9990000018", NULL, "9990000018"},
        {"nhs-number", "999 000 0018", "number-present-and-verified", "9990000018"},
        {"nhs-number", "9990000018", "01", "9990000018"},
        {"nhs-number", "9990000018", "number-present-but-not-traced", NULL},
        {"nhs-number", "9990000018", "replaced", NULL},
        {"nhs-number", "9990000019", NULL, NULL},
        {"nhs-number", "0000000000", NULL, NULL},
        {"nhs-number", "3333333333", NULL, NULL},
        {"nhs-number", "9999999999", NULL, NULL},
        {"nhs-number", "9876543210", NULL, NULL},
        {"nhs-number", "999000001", NULL, NULL},
        {"mrn", "9990000018", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_person_id id = {.system = rd_text_of(rows[i].system),
                                  .value = rd_text_of(rows[i].value),
                                  .verification = rd_text_of(rows[i].verification)};
        struct rd_person person = {.ids = &id, .ids_count = 1};
        expect(of(&person).nhs_number, rows[i].want);
    }
}

static void any_bytes_are_taken(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i] = (char)(unsigned char)(random >> 32);
        }
        struct rd_name name = {.whole = {bytes, sizeof bytes},
                               .family = {bytes, 9},
                               .given = {bytes + 9, (size_t)(random % 15)}};
        struct rd_person person = {.names = &name, .names_count = 1};
        (void)of(&person);
        rd_arena_reset(&arena);
    }
}

static void a_full_arena_is_said(void **state)
{
    (void)state;
    struct rd_name name = {.family = RD_TEXT("Whitlock"), .given = RD_TEXT("Edith Anne")};
    struct rd_address home = {.use = RD_ADDRESS_HOME, .postcode = RD_TEXT("E18 2QB")};
    struct rd_person person = {
        .names = &name, .names_count = 1, .addresses = &home, .addresses_count = 1};
    bool done = false;
    for (size_t bytes = 0; !done && bytes < 1000; bytes += 8) {
        struct rd_arena small;
        struct rd_alike out;
        rd_arena_init(&small, rd_alloc_heap(), bytes);
        enum rd_err err = rd_alike_of(&person, &small, &out);
        assert_true(err == RD_OK || err == RD_E_TOOBIG);
        done = err == RD_OK;
        assert_true(!done || (bytes > 0 && rd_text_present(out.postcode)));
        rd_arena_fini(&small);
    }
    assert_true(done);
}

static void parts_are_said_in_words(void **state)
{
    (void)state;
    char out[RD_PARTS_TEXT_MAX];
    assert_string_equal(rd_parts_words(0, out), "nothing");
    assert_string_equal(rd_parts_words(RD_PART_NAME, out), "name");
    assert_string_equal(rd_parts_words(31, out),
                        "NHS number, name, date of birth, postcode, GP practice");
    assert_string_equal(rd_parts_words(UINT32_MAX, out),
                        "NHS number, name, date of birth, postcode, GP practice");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_name_is_the_same_however_it_is_written),
        T(a_name_that_nobody_is_told_apart_by_is_none),
        T(the_name_somebody_goes_by_counts),
        T(a_birth_date_is_whole_and_somebodys),
        T(a_postcode_is_where_somebody_lives),
        T(an_nhs_number_is_right_and_believed),
        T(any_bytes_are_taken),
        T(a_full_arena_is_said),
        T(parts_are_said_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
