#include "worklist_rig.h"

#define HASH "password: \"$argon2id$v=19$x\""

static void reads_who_may_sign_in(void **state)
{
    (void)state;
    struct worklist_staff staff;
    rig_staff(&staff);
    const struct worklist_person *pat = worklist_staff_find(&staff, RD_TEXT("pat.jones"));
    const struct worklist_person *desk = worklist_staff_find(&staff, RD_TEXT("desk.one"));
    assert_non_null(pat);
    assert_true(pat->clinician && !pat->desk && !pat->all_teams);
    assert_true(rd_text_is(pat->title, "Nurse"));
    assert_true(worklist_person_in(pat, RD_TEXT("rapid")));
    assert_false(worklist_person_in(pat, RD_TEXT("desk")));
    assert_true(desk->desk && desk->all_teams && !desk->clinician);
    assert_true(worklist_person_in(desk, RD_TEXT("voluntary")));
    assert_null(worklist_staff_find(&staff, RD_TEXT("nobody")));
    assert_true(rd_text_is(worklist_staff_name(&staff, RD_TEXT("pat.jones")), "Pat Jones"));
    assert_true(rd_text_is(worklist_staff_name(&staff, RD_TEXT("tablet-1")), "tablet-1"));
    assert_true(worklist_staff_has_team(&staff, RD_TEXT("desk")));
    worklist_staff_fini(&staff);
}

static void only_listed_teams_are_watched(void **state)
{
    (void)state;
    struct worklist_staff staff;
    struct rd_errbuf why = {""};
    assert_int_equal(
        rig_staff_of(&staff, "staff: [{id: ab, name: A, teams: [rapid], " HASH "}]", &why), RD_OK);
    assert_true(worklist_staff_has_team(&staff, RD_TEXT("rapid")));
    assert_false(worklist_staff_has_team(&staff, RD_TEXT("desk")));
    worklist_staff_fini(&staff);
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"staff: []", "found 0 people"},
        {"people: []", "people"},
        {"staff: [{id: ab, name: A, teams: [rapid]}]", "password"},
        {"staff: [{id: Pat, name: A, teams: [rapid], " HASH "}]", "1:14: id: expected 2 to 32"},
        {"staff: [{id: a, name: A, teams: [rapid], " HASH "}]", "id: expected 2 to 32"},
        {"staff: [{id: ab, name: A, teams: [rapids], " HASH "}]", "no team rapids"},
        {"staff: [{id: ab, name: A, teams: [], " HASH "}]", "at least one team"},
        {"staff: [{id: ab, name: A, teams: rapid, " HASH "}]", "expected a list"},
        {"staff: [{id: ab, name: A, teams: [rapid], password: plain}]", "--hash-password"},
        {"staff: [{id: ab, name: A, teams: [rapid], clinician: maybe, " HASH "}]", "maybe"},
        {"staff:\n - {id: ab, name: A, teams: [rapid], " HASH "}\n - {id: ab, name: B, teams: "
         "[rapid], " HASH "}",
         "3:9: id: ab stands here twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct worklist_staff staff;
        struct rd_errbuf why = {""};
        assert_int_equal(rig_staff_of(&staff, cases[i].text, &why), RD_E_INVALID);
        rig_has(why.text, cases[i].words);
        worklist_staff_fini(&staff);
    }
}

static void an_absent_file_is_an_error(void **state)
{
    (void)state;
    struct worklist_staff staff;
    struct rd_errbuf why = {""};
    assert_int_equal(worklist_staff_read(&staff, "/nonexistent/staff.yaml", &rig_place, &why),
                     RD_E_IO);
    rig_has(why.text, "/nonexistent/staff.yaml");
    worklist_staff_fini(&staff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_who_may_sign_in),
        cmocka_unit_test(only_listed_teams_are_watched),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(an_absent_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
