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
        T(a_quarantined_submission_has_its_key_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
