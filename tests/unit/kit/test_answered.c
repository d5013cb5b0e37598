/* What a sender was told, on its way to the ledger: told once, again while the router has no room,
 * counted when it is lost. Against a scripted router. */
#include "fake_router.h"

#include "adapters/kit/intake.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct door {
    struct fake_router fake;
    struct net *net;
    struct rd_intake *intake;
    unsigned closed;
};

static void open_door(struct door *door, void **state)
{
    struct rd_errbuf why = {""};
    door->net = *state;
    fake_router_open(&door->fake, door->net);
    const struct rd_intake_options options = {.router = door->fake.endpoint,
                                              .router_public = door->net->router.public_z85,
                                              .own = &door->net->users[0],
                                              .program = "referral-test",
                                              .version = "1"};
    if (rd_intake_open(&door->net->loop, door->net->zcontext, &options, &door->intake, &why) !=
        RD_OK)
        fail_msg("%s", why.text);
    UNTIL(door->net, 3000, rd_intake_ready(door->intake, 4));
}

static void on_closed(void *context)
{
    struct door *door = context;
    door->closed++;
}

static void close_door(struct door *door)
{
    rd_intake_close(door->intake, on_closed, door);
    UNTIL(door->net, 1000, door->closed == 1);
    fake_router_close(&door->fake);
}

static void tell(struct door *door, uint64_t correlation)
{
    const struct rd_answered answered = {.correlation = correlation,
                                         .told = RD_TOLD_WRITTEN,
                                         .code = RD_TEXT("AA"),
                                         .words = RD_TEXT("7K3Q9-M2X4T"),
                                         .bytes = RD_TEXT("MSH|...")};
    rd_intake_answered(door->intake, &answered);
}

static bool heard(const struct door *door, uint64_t correlation)
{
    for (unsigned i = 0; i < door->fake.answered; i++)
        if (door->fake.told[i] == correlation)
            return true;
    return false;
}

static void it_is_told_once_and_copied(void **state)
{
    struct door door = {.closed = 0};
    char *bytes = malloc(7);
    open_door(&door, state);
    assert_non_null(bytes);
    memcpy(bytes, "MSH|..A", 7);
    struct rd_answered answered = {.correlation = 5,
                                   .told = RD_TOLD_GONE,
                                   .code = RD_TEXT("AE"),
                                   .words = RD_TEXT("segment 4"),
                                   .bytes = {bytes, 7}};
    rd_intake_answered(door.intake, &answered);
    memset(bytes, 'x', 7);
    free(bytes);
    UNTIL(door.net, 3000, door.fake.answered == 1);
    assert_int_equal(door.fake.answer.correlation, 5);
    assert_int_equal(door.fake.answer.told, RD_TOLD_GONE);
    assert_string_equal(door.fake.answer_code, "AE");
    assert_string_equal(door.fake.answer_words, "segment 4");
    assert_int_equal(door.fake.answer_bytes, 7);
    assert_int_equal(door.fake.answer.length, 7);
    net_rest(door.net, 700); /* over a tick: nobody asked for it again */
    assert_int_equal(door.fake.answered, 1);
    assert_int_equal(rd_intake_answers_lost(door.intake), 0);
    close_door(&door);
}

static void only_its_beginning_is_kept_and_its_length_said(void **state)
{
    struct door door = {.closed = 0};
    size_t sizes[] = {RD_ANSWER_BYTES_MAX, RD_ANSWER_BYTES_MAX + 1};
    char *bytes = calloc(1, RD_ANSWER_BYTES_MAX + 1);
    assert_non_null(bytes);
    open_door(&door, state);
    for (unsigned i = 0; i < 2; i++) {
        const struct rd_answered answered = {.correlation = 1 + i,
                                             .told = RD_TOLD_WRITTEN,
                                             .code = RD_TEXT("200"),
                                             .bytes = {bytes, sizes[i]}};
        rd_intake_answered(door.intake, &answered);
        UNTIL(door.net, 3000, door.fake.answered == 1 + i);
        assert_int_equal(door.fake.answer_bytes, RD_ANSWER_BYTES_MAX);
        assert_int_equal(door.fake.answer.length, sizes[i]);
    }
    free(bytes);
    close_door(&door);
}

static void a_busy_router_is_told_again_until_it_has_room(void **state)
{
    struct door door = {.fake = {.refuse_answered = RD_REFUSAL_BUSY}};
    open_door(&door, state);
    tell(&door, 1);
    tell(&door, 2);
    UNTIL(door.net, 5000, door.fake.answered >= 6); /* at least twice again */
    assert_true(heard(&door, 1) && heard(&door, 2));
    door.fake.refuse_answered = 0;
    net_rest(door.net, 700);
    unsigned answered = door.fake.answered;
    net_rest(door.net, 700);
    assert_int_equal(door.fake.answered, answered);
    assert_string_equal(door.fake.answer_words, "7K3Q9-M2X4T");
    assert_int_equal(rd_intake_answers_lost(door.intake), 0);
    close_door(&door);
}

static void any_other_refusal_ends_the_matter(void **state)
{
    struct door door = {.fake = {.refuse_answered = RD_REFUSAL_UNKNOWN}};
    open_door(&door, state);
    tell(&door, 1);
    UNTIL(door.net, 3000, rd_intake_answers_lost(door.intake) == 1);
    net_rest(door.net, 700);
    assert_int_equal(door.fake.answered, 1);
    close_door(&door);
}

/* As many as wait; one more, and the oldest is lost and counted. */
static void the_ring_holds_so_many(void **state)
{
    struct door door = {.fake = {.refuse_answered = RD_REFUSAL_BUSY}};
    open_door(&door, state);
    for (uint64_t i = 1; i <= RD_INTAKE_ANSWERS_MAX; i++)
        tell(&door, i);
    UNTIL(door.net, 5000, door.fake.answered >= RD_INTAKE_ANSWERS_MAX);
    net_rest(door.net, 50); /* the refusals are back */
    assert_int_equal(rd_intake_answers_lost(door.intake), 0);
    door.fake.refuse_answered = 0;
    door.fake.answered = 0;
    tell(&door, RD_INTAKE_ANSWERS_MAX + 1); /* in the place of the first */
    assert_int_equal(rd_intake_answers_lost(door.intake), 1);
    UNTIL(door.net, 5000, door.fake.answered >= RD_INTAKE_ANSWERS_MAX);
    net_rest(door.net, 700);
    assert_int_equal(door.fake.answered, RD_INTAKE_ANSWERS_MAX);
    assert_false(heard(&door, 1));
    for (uint64_t i = 2; i <= RD_INTAKE_ANSWERS_MAX + 1; i++)
        assert_true(heard(&door, i));
    close_door(&door);
}

/* The router knows a session's submissions only for as long as that stands. */
static void what_waits_when_the_session_ends_is_lost(void **state)
{
    struct door door = {.fake = {.refuse_answered = RD_REFUSAL_BUSY}};
    open_door(&door, state);
    tell(&door, 1);
    UNTIL(door.net, 3000, door.fake.answered >= 1);
    net_rest(door.net, 50);
    fake_router_away(&door.fake);
    UNTIL(door.net, 5000, !rd_intake_ready(door.intake, 4));
    assert_int_equal(rd_intake_answers_lost(door.intake), 1);
    tell(&door, 2);
    assert_int_equal(rd_intake_answers_lost(door.intake), 2);
    fake_router_back(&door.fake);
    door.fake.answered = 0;
    UNTIL(door.net, 5000, rd_intake_ready(door.intake, 4));
    net_rest(door.net, 700);
    assert_int_equal(door.fake.answered, 0);
    close_door(&door);
}

static void nothing_to_tell_of_is_counted(void **state)
{
    struct door door = {.closed = 0};
    open_door(&door, state);
    tell(&door, 0); /* of no submission */
    rd_intake_answered(NULL, &(struct rd_answered){.correlation = 1});
    assert_int_equal(rd_intake_answers_lost(door.intake), 1);
    net_rest(door.net, 50);
    assert_int_equal(door.fake.answered, 0);
    close_door(&door);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(it_is_told_once_and_copied),
        NET_TEST(only_its_beginning_is_kept_and_its_length_said),
        NET_TEST(a_busy_router_is_told_again_until_it_has_room),
        NET_TEST(any_other_refusal_ends_the_matter),
        NET_TEST(the_ring_holds_so_many),
        NET_TEST(what_waits_when_the_session_ends_is_lost),
        NET_TEST(nothing_to_tell_of_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
