/* Keyed hashes: what is alike, what is not, and that nothing shows through. */
#include "shell/hashes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char secret[RD_HASH_KEY_BYTES] = {1, 2, 3};
static const unsigned char other_secret[RD_HASH_KEY_BYTES] = {9};

struct fixture {
    struct rd_arena arena;
    struct rd_identifier refs[3];
    struct rd_person_id ids[3];
    struct rd_person person;
    struct rd_referral referral;
    struct rd_submission submission;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    rd_arena_init(&fixture.arena, rd_alloc_heap(), 65536);
    fixture.refs[0] = (struct rd_identifier){.system = RD_TEXT("filler"), .value = RD_TEXT("17")};
    fixture.ids[0] =
        (struct rd_person_id){.system = RD_TEXT("nhs-number"), .value = RD_TEXT("9990000018")};
    fixture.person = (struct rd_person){.ids = fixture.ids, .ids_count = 1};
    fixture.referral = (struct rd_referral){
        .source_refs = fixture.refs, .source_refs_count = 1, .person = &fixture.person};
    fixture.submission = (struct rd_submission){
        .feed = RD_TEXT("kgh-pas"), .key = RD_TEXT("k1"), .referral = &fixture.referral};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    rd_arena_fini(&fixture->arena);
    return 0;
}

static struct rd_hashes hashes(struct fixture *fixture, const unsigned char *key)
{
    struct rd_hashes out;
    assert_int_equal(rd_hashes_of(key, &fixture->submission, &fixture->arena, &out), RD_OK);
    return out;
}

static void the_same_submission_hashes_alike(void **state)
{
    struct rd_hashes a = hashes(*state, secret);
    struct rd_hashes b = hashes(*state, secret);
    assert_int_equal(a.key_hash.len, RD_HASH_BYTES);
    assert_true(rd_text_equal(a.key_hash, b.key_hash));
    assert_true(rd_text_equal(a.ref_hashes[0], b.ref_hashes[0]));
    assert_true(rd_text_equal(a.person_hashes[0], b.person_hashes[0]));
    assert_false(rd_text_equal(a.key_hash, hashes(*state, other_secret).key_hash));
}

static void an_nhs_number_is_the_same_person_through_another_door(void **state)
{
    struct fixture *fixture = *state;
    struct rd_hashes a = hashes(fixture, secret);
    fixture->submission.feed = RD_TEXT("las-cad");
    struct rd_hashes b = hashes(fixture, secret);
    assert_true(rd_text_equal(a.person_hashes[0], b.person_hashes[0]));
    assert_false(rd_text_equal(a.key_hash, b.key_hash));
    assert_false(rd_text_equal(a.ref_hashes[0], b.ref_hashes[0]));
}

static void a_local_number_is_another_person_on_another_feed(void **state)
{
    struct fixture *fixture = *state;
    fixture->ids[0].system = RD_TEXT("mrn");
    struct rd_hashes a = hashes(fixture, secret);
    fixture->submission.feed = RD_TEXT("las-cad");
    struct rd_hashes b = hashes(fixture, secret);
    assert_false(rd_text_equal(a.person_hashes[0], b.person_hashes[0]));
}

/* "ab","c" and "a","bc" are different parts with the same bytes. */
static void parts_do_not_run_into_each_other(void **state)
{
    struct fixture *fixture = *state;
    fixture->refs[0] = (struct rd_identifier){.system = RD_TEXT("ab"), .value = RD_TEXT("c")};
    struct rd_hashes a = hashes(fixture, secret);
    fixture->refs[0] = (struct rd_identifier){.system = RD_TEXT("a"), .value = RD_TEXT("bc")};
    struct rd_hashes b = hashes(fixture, secret);
    assert_false(rd_text_equal(a.ref_hashes[0], b.ref_hashes[0]));
}

static void a_value_given_twice_is_hashed_once_and_an_empty_one_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    fixture->ids[1] = fixture->ids[0];
    fixture->ids[2] = (struct rd_person_id){.system = RD_TEXT("mrn")};
    fixture->person.ids_count = 3;
    assert_int_equal(hashes(fixture, secret).person_hashes_count, 1);
}

/* Written otherwise, through another door: the same marks; a stand-in has none. */
static void what_a_person_is_known_by_is_marked(void **state)
{
    struct fixture *fixture = *state;
    struct rd_name name = {.family = RD_TEXT("O'Brien"), .given = RD_TEXT("Niamh Anne")};
    struct rd_address home = {.use = RD_ADDRESS_HOME, .postcode = RD_TEXT("E18 2QB")};
    fixture->person.names = &name;
    fixture->person.names_count = 1;
    fixture->person.addresses = &home;
    fixture->person.addresses_count = 1;
    fixture->person.birth_date = RD_TEXT("1944-06-15");
    struct rd_person_marks a = hashes(fixture, secret).marks;
    assert_true(a.nhs_number != 0 && a.name != 0 && a.further_names != 0 && a.birth_date != 0 &&
                a.postcode != 0);
    fixture->submission.feed = RD_TEXT("las-cad");
    name = (struct rd_name){.family = RD_TEXT("NIAMH"), .given = RD_TEXT("OBRIEN")};
    home.postcode = RD_TEXT("e182qb");
    struct rd_person_marks b = hashes(fixture, secret).marks;
    assert_true(a.nhs_number == b.nhs_number && a.name == b.name && a.birth_date == b.birth_date &&
                a.postcode == b.postcode);
    assert_true(b.further_names == 0);
    assert_true(hashes(fixture, other_secret).marks.name != a.name);
    fixture->ids[0].value = RD_TEXT("9999999999");
    home.postcode = RD_TEXT("ZZ99 3VZ");
    b = hashes(fixture, secret).marks;
    assert_true(b.nhs_number == 0 && b.postcode == 0);
}

/* What is said of one person with 0000000000 must never be taken for another's. */
static void a_placeholder_is_nobodys_number(void **state)
{
    struct fixture *fixture = *state;
    static const char *const numbers[] = {"0000000000", "9999999999", "3333333333", "9876543210"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fixture->ids[0] =
            (struct rd_person_id){.system = RD_TEXT("nhs-number"), .value = rd_text_of(numbers[i])};
        fixture->person.ids_count = 1;
        struct rd_hashes made = hashes(fixture, secret);
        assert_int_equal(made.person_hashes_count, 0);
        assert_true(made.marks.nhs_number == 0);
    }
    fixture->ids[0].system = RD_TEXT("mrn"); /* a hospital may number so */
    assert_int_equal(hashes(fixture, secret).person_hashes_count, 1);
}

static void a_quarantined_submission_has_its_key_only(void **state)
{
    struct fixture *fixture = *state;
    fixture->submission.referral = NULL;
    struct rd_hashes a = hashes(fixture, secret);
    assert_true(rd_text_present(a.key_hash));
    assert_int_equal(a.ref_hashes_count + a.person_hashes_count, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_submission_hashes_alike),
        T(an_nhs_number_is_the_same_person_through_another_door),
        T(a_local_number_is_another_person_on_another_feed),
        T(parts_do_not_run_into_each_other),
        T(a_value_given_twice_is_hashed_once_and_an_empty_one_not_at_all),
        T(what_a_person_is_known_by_is_marked),
        T(a_placeholder_is_nobodys_number),
        T(a_quarantined_submission_has_its_key_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
