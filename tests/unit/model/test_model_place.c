#include "model/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void found_by_name_or_not(void **state)
{
    (void)state;
    struct rd_feed feeds[] = {{.name = RD_TEXT("kgh-pas")}, {.name = RD_TEXT("las-cad")}};
    struct rd_team teams[] = {{.name = RD_TEXT("desk")}, {.name = RD_TEXT("rapid-response")}};
    struct rd_policy policies[] = {{.name = RD_TEXT("two-hour")}};
    struct rd_text pathways[] = {RD_TEXT("rapid-response"), RD_TEXT("desk")};
    struct rd_place place = {.feeds = feeds,
                             .feeds_count = 2,
                             .teams = teams,
                             .teams_count = 2,
                             .policies = policies,
                             .policies_count = 1,
                             .pathways = pathways,
                             .pathways_count = 2};
    assert_ptr_equal(rd_place_feed(&place, RD_TEXT("las-cad")), &feeds[1]);
    assert_null(rd_place_feed(&place, RD_TEXT("las-ca")));
    assert_null(rd_place_feed(&place, RD_TEXT("LAS-CAD")));
    assert_null(rd_place_feed(&place, RD_TEXT_NONE));
    assert_ptr_equal(rd_place_team(&place, RD_TEXT("desk")), &teams[0]);
    assert_null(rd_place_team(&place, RD_TEXT("")));
    assert_ptr_equal(rd_place_policy(&place, RD_TEXT("two-hour")), &policies[0]);
    assert_null(rd_place_policy(&place, RD_TEXT("two-day")));
    assert_true(rd_place_has_pathway(&place, RD_TEXT("desk")));
    assert_false(rd_place_has_pathway(&place, RD_TEXT("signpost")));
    struct rd_place empty = {0};
    assert_null(rd_place_feed(&empty, RD_TEXT("desk")));
    assert_false(rd_place_has_pathway(&empty, RD_TEXT("desk")));
}

struct right {
    const char *name;
    bool feed, team;
};

static void rights_are_what_is_listed(void **state)
{
    (void)state;
    struct rd_text feeds[] = {RD_TEXT("self"), RD_TEXT("*")};
    struct rd_text teams[] = {RD_TEXT("equipment")};
    struct rd_text all[] = {RD_TEXT("*")};
    struct rd_identity some = {.feeds = feeds, .feeds_count = 2, .teams = teams, .teams_count = 1};
    struct rd_identity desk = {.teams = all, .teams_count = 1};
    struct rd_identity nobody = {0};
    static const struct right rows[] = {
        {"self", true, false},
        {"equipment", false, true},
        {"equip", false, false},
        {"", false, false}}; /* "*" stands for every team, never for every feed */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_text name = rd_text_of(rows[i].name);
        assert_int_equal(rd_identity_may_feed(&some, name), rows[i].feed);
        assert_int_equal(rd_identity_may_team(&some, name), rows[i].team);
        assert_false(rd_identity_may_feed(&desk, name));
        assert_true(rd_identity_may_team(&desk, name));
        assert_false(rd_identity_may_feed(&nobody, name));
        assert_false(rd_identity_may_team(&nobody, name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_name_or_not),
        cmocka_unit_test(rights_are_what_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
