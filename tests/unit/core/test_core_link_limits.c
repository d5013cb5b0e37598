/* Links at their limits, and entries that cannot follow. */
#include "links_kit.h"

#include "model/limits.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_replay_equal(*state);
    rig_close(*state);
    return 0;
}

/* One number from a system that gives everybody the same. */
static void one_number_for_all_is_bounded(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = RD_TEXT_NONE;
    enum { ALL = 40 };
    for (int i = 0; i < ALL; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        struct sub sub = {.feed = "hospital", .key = key, .need = "fall", .nhs = "9990000018"};
        struct rd_text made = rig_refer(rig, &sub);
        size_t wrote = rig_wrote_count(rig, RD_ENTRY_LINKED);
        assert_true(wrote <= RD_SUGGESTIONS_MAX + 1);
        const struct rd_referral_state *now = rig_state(rig, made);
        assert_true(now->links_count <= RD_LINKS_SUGGESTED_MAX);
        assert_int_equal(now->links_left_out + now->links_count, i);
        if (i == 0)
            first = made;
        assert_true(rig_state(rig, first)->links_count <= RD_LINKS_SUGGESTED_MAX);
    }
    const struct rd_query_result *waiting = links_ask(rig, DESK, RD_QUERY_LINKS, RD_TEXT_NONE);
    assert_true(waiting->pairs_count > 100 && waiting->pairs_count <= RD_LINK_PAIRS_MAX);
}

static void a_step_is_bounded_whatever_a_feed_sends(void **state)
{
    (void)state;
    static struct rig rig;
    rig_open(&rig);
    enum { ALL = 3000 };
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ALL; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        char digest[33];
        (void)snprintf(digest, sizeof digest, "%-32.32s", key);
        struct rd_person_marks marks = {.nhs_number = 5};
        struct rd_referral record = {.kind = RD_KIND_REFERRAL};
        struct rd_submission submission = {.feed = RD_TEXT("hospital"),
                                           .key = rd_text_of(key),
                                           .action = RD_ACTION_NEW,
                                           .environment = RD_ENVIRONMENT_LIVE,
                                           .digest = {digest, 32},
                                           .referral = &record};
        struct rd_submit submit = {1, &submission, 0};
        struct rd_message message = {.submit = &submit};
        struct rd_event event = {.kind = RD_EVENT_MESSAGE,
                                 .origin = rig_at(HOSPITAL, RD_SOCKET_INTAKE),
                                 .message = &message,
                                 .key_hash = {digest, 16},
                                 .marks = &marks};
        assert_int_equal(rig_try(&rig, &event), RD_OK);
        assert_true(rig.update.entries_count <= 2 + RD_SUGGESTIONS_MAX + 1);
        uint64_t left = rig_wrote_count(&rig, RD_ENTRY_LINKED) == 0
                            ? 0
                            : rig_wrote(&rig, RD_ENTRY_LINKED, 0)->linked->left_out;
        least = i > 2000 && left < least ? left : least;
    }
    assert_true(least >= 1000 && least <= 1024); /* so many are looked at */
    rig_close(&rig);
}

static struct rd_text nobody(struct rig *rig, const char *prefix, int i)
{
    char key[16];
    (void)snprintf(key, sizeof key, "%s%d", prefix, i);
    return rig_refer(rig, &(struct sub){.feed = "self", .key = key, .need = "lonely"});
}

static void a_group_and_a_list_have_their_limits(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = nobody(rig, "f", 0);
    struct rd_text last = first;
    for (int i = 1; i < RD_LINK_GROUP_MAX; i++) { /* a chain: each with the one before */
        struct rd_text next = nobody(rig, "g", i);
        assert_non_null(links_say(rig, DESK, RD_VERB_LINK, last, next));
        last = next;
    }
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", first)->linked, RD_LINK_GROUP_MAX - 1);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, first, last)); /* within the group */
    const struct rd_query_result *all = links_ask(rig, DESK, RD_QUERY_LINKS, first);
    assert_int_equal(all->pairs_count, RD_LINK_GROUP_MAX);
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, first, nobody(rig, "h", 0)),
                  RD_REFUSAL_LIMIT);
    struct rd_text hub = nobody(rig, "i", 0);
    for (int i = 0; i < RD_LINKS_MAX; i++) {
        struct rd_text other = nobody(rig, "j", i);
        assert_non_null(links_say(rig, DESK, RD_VERB_LINK, hub, other));
        assert_non_null(links_say(rig, DESK, RD_VERB_UNLINK, hub, other));
    }
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, nobody(rig, "k", 0), hub),
                  RD_REFUSAL_LIMIT);
    struct rd_text again = nobody(rig, "l", 0);
    struct rd_text pair = nobody(rig, "l", 1);
    for (int i = 0; i < RD_LINK_ENTRIES_MAX; i++) {
        assert_non_null(links_say(rig, DESK, RD_VERB_LINK, again, pair));
        assert_non_null(links_say(rig, DESK, RD_VERB_UNLINK, again, pair));
    }
    assert_int_equal(links_link_of(rig, again, pair)->entries.len, 8 * RD_LINK_ENTRIES_MAX);
}

static void entries_that_cannot_follow_are_corrupt(void **state)
{
    struct rig *rig = *state;
    struct rd_text a = nobody(rig, "m", 0);
    struct rd_text b = nobody(rig, "n", 0);
    const struct rd_linked rows[] = {
        {.other = 1, .verb = RD_VERB_LINK},
        {.other = links_id_of(a), .verb = RD_VERB_LINK},
        {.other = links_id_of(b), .verb = RD_VERB_UNLINK},
        {.other = links_id_of(b), .verb = RD_VERB_DISMISS},
        {.other = links_id_of(b), .verb = RD_VERB_CLAIM},
        {.other = 0, .verb = RD_VERB_LINK},
    };
    for (size_t i = 0; i <= sizeof rows / sizeof rows[0]; i++) {
        struct rig other;
        struct rd_linked linked;
        rig_open_bare(&other);
        for (size_t e = 0; e < rig->entries_count; e++)
            assert_int_equal(rd_core_replay(other.core, &rig->entries[e], &other.update, NULL),
                             RD_OK);
        struct rd_entry entry = {.number = rig->entries_count + 1,
                                 .at = rig->now,
                                 .kind = RD_ENTRY_LINKED,
                                 .referral = links_id_of(a)};
        if (i < sizeof rows / sizeof rows[0]) {
            linked = rows[i];
            entry.linked = &linked;
        }
        struct rd_errbuf why = {""};
        assert_int_equal(rd_core_replay(other.core, &entry, &other.update, &why), RD_E_CORRUPT);
        assert_true(strlen(why.text) > 10);
        rig_close(&other);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_number_for_all_is_bounded),
        cmocka_unit_test(a_step_is_bounded_whatever_a_feed_sends),
        T(a_group_and_a_list_have_their_limits),
        T(entries_that_cannot_follow_are_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
