/* Random walks over everything that peers can say: after each the entries give the same records,
 * the same walk gives the same entries, and a core loaded from records goes on as the other would.
 */
#include "rig.h"

#include "base/ident.h"
#include "wire/wire.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static const char *pick(uint64_t *seed, const char *const *from, size_t count)
{
    return from[next(seed) % count];
}

static void submit_something(struct rig *rig, uint64_t *seed)
{
    static const char *const feeds[] = {"gp", "gp", "ambulance", "hospital", "self", "gp-test"};
    static const char *const needs[] = {"fall",      "frailty", "lonely",
                                        "neighbour", "odd",     "catheter"};
    static const char *const flags[] = {NULL, NULL, "safeguarding", "scene-safety"};
    static const char *const refs[] = {"r1", "r2", "r3", "r4", "r5", "r6", "r7", NULL};
    static const char *const persons[] = {"p1", "p2", "p3", "p4"};
    static const char *const contents[] = {"one", "one", "one", "two"};
    char key[16];
    (void)snprintf(key, sizeof key, "k%u", (unsigned)(next(seed) % 60));
    struct sub sub = {.feed = pick(seed, feeds, 6),
                      .key = key,
                      .need = pick(seed, needs, 6),
                      .flag = pick(seed, flags, 4),
                      .ref = pick(seed, refs, 8),
                      .person = pick(seed, persons, 4),
                      .content = pick(seed, contents, 4)};
    uint64_t die = next(seed) % 20;
    sub.action = die < 12   ? RD_ACTION_NEW
                 : die < 15 ? RD_ACTION_AMEND
                 : die < 18 ? RD_ACTION_CANCEL
                            : RD_ACTION_FACT;
    sub.asked = (enum rd_priority)(next(seed) % 6);
    if (next(seed) % 8 == 0)
        sub.kind = RD_KIND_VALIDATION;
    if (next(seed) % 15 == 0)
        sub.quarantine = "unreadable";
    if (next(seed) % 20 == 0)
        sub.environment = RD_ENVIRONMENT_TEST;
    if (next(seed) % 5 == 0)
        sub.last_updated = rig->now - (rd_instant)(next(seed) % 1000) * RD_SECOND_US;
    (void)rig_submit(rig, &sub);
}

/* One of the assignments that were made of late, or nothing that is held. */
static struct rd_text some_target(struct rig *rig, uint64_t *seed)
{
    uint64_t skip = next(seed) % 6;
    char name[RD_IDENT_TEXT_MAX];
    for (size_t i = rig->entries_count; i > 0; i--) {
        const struct rd_entry *entry = &rig->entries[i - 1];
        bool makes = entry->kind == RD_ENTRY_DECIDED && entry->decided->first_assignment != 0;
        bool passes = entry->kind == RD_ENTRY_MOVED && entry->moved->created != 0;
        if ((!makes && !passes) || skip-- > 0)
            continue;
        unsigned index = makes ? entry->decided->first_assignment + (next(seed) % 3 == 0)
                               : entry->moved->created;
        return rd_arena_format(&rig->keep, "%s.%u", rd_ident_format(entry->referral, name), index);
    }
    return RD_TEXT("00000-00001.1");
}

static void command_something(struct rig *rig, uint64_t *seed)
{
    static const enum who whos[] = {RAPID, DESK, LOCALITY, DESK, DESK, OPERATOR, DESK};
    static const char *const people[] = {"Ann", "Ann", "Bob"};
    static const char *const teams[] = {"rapid", "locality", "neighbour", "desk", "nobody"};
    static const enum rd_verb often[] = {RD_VERB_CLAIM, RD_VERB_CLAIM, RD_VERB_ACCEPT,
                                         RD_VERB_CONTACT};
    static const char *const pathways[] = {NULL, "rapid-response", "routine", "none"};
    struct rd_command command = {.verb = (enum rd_verb)(1 + next(seed) % RD_VERB_REFUSE),
                                 .by = rd_text_of(pick(seed, people, 3)),
                                 .clinician = next(seed) % 2 == 0,
                                 .reason = RD_TEXT("because"),
                                 .to = rd_text_of(pick(seed, teams, 5)),
                                 .urgency = (enum rd_priority)(next(seed) % 6),
                                 .pathway = rd_text_of(pick(seed, pathways, 4)),
                                 .outcome = (enum rd_outcome)(next(seed) % 15),
                                 .mode = (enum rd_contact_mode)(next(seed) % 5),
                                 .contact = (uint32_t)(next(seed) % 4),
                                 .clock = (uint32_t)(next(seed) % 4)};
    if (next(seed) % 2 == 0)
        command.verb = often[next(seed) % 4];
    if (next(seed) % 3 == 0)
        command.when = rig->now + (rd_instant)(next(seed) % 100 - 50) * RD_MINUTE_US;
    command.target = some_target(rig, seed);
    for (size_t i = rig->entries_count;
         i > 0 && (command.verb == RD_VERB_REPAIR || command.verb == RD_VERB_REFUSE); i--)
        if (rig->entries[i - 1].received != NULL && rig->entries[i - 1].received->desk_due != 0) {
            command.to = rd_text_slice(command.target, 0, 11);
            command.target = rd_arena_format(&rig->keep, "Q%u", (unsigned)i);
            break;
        }
    (void)rig_do(rig, whos[next(seed) % 7], &command);
}

/* What people do most: one after the other with the same assignment. */
static void work_on_something(struct rig *rig, uint64_t *seed)
{
    struct rd_command command = {.target = some_target(rig, seed),
                                 .by = RD_TEXT("Ann"),
                                 .clinician = true,
                                 .reason = RD_TEXT("because"),
                                 .to = RD_TEXT("locality"),
                                 .pathway = RD_TEXT("rapid-response"),
                                 .urgency = RD_PRIORITY_SAME_DAY,
                                 .mode = (enum rd_contact_mode)(1 + next(seed) % 4),
                                 .outcome = RD_OUTCOME_SEEN_COMPLETE,
                                 .contact = 1,
                                 .clock = 1};
    static const enum rd_verb stories[][5] = {
        {RD_VERB_CLAIM, RD_VERB_ACCEPT, RD_VERB_CONTACT, RD_VERB_CLOSE, RD_VERB_REOPEN},
        {RD_VERB_CONTACT, RD_VERB_VOID_CONTACT, RD_VERB_CLAIM, RD_VERB_RELEASE, RD_VERB_DECLINE},
        {RD_VERB_TRIAGE, RD_VERB_ROUTE, RD_VERB_ACKNOWLEDGE, RD_VERB_END_CLOCK, RD_VERB_CLAIM},
        {RD_VERB_CLAIM, RD_VERB_PLAN, RD_VERB_AWAIT_INFO, RD_VERB_TRANSFER, RD_VERB_REDIRECT},
    };
    size_t story = next(seed) % 4;
    for (int i = 0; i < 5; i++) {
        command.verb = stories[story][i];
        bool later = command.verb == RD_VERB_PLAN || command.verb == RD_VERB_AWAIT_INFO;
        command.when = later ? rig->now + 5 * RD_MINUTE_US : 0;
        (void)rig_do(rig, next(seed) % 2 == 0 ? DESK : OPERATOR, &command);
    }
}

static void consume_something(struct rig *rig, uint64_t *seed)
{
    static const char *const queues[] = {"rapid", "locality", "desk", "feed:gp"};
    struct rd_text queue = rd_text_of(pick(seed, queues, 4));
    enum who who = rd_text_is(queue, "feed:gp") ? GP : DESK;
    struct rd_watch watch = {queue, next(seed) % 3 == 0 ? 7 : 0, next(seed) % 30, 50};
    struct rd_work work = {queue, 2, 60};
    struct rd_message message = {0};
    if (next(seed) % 4 == 0)
        message.work = &work;
    else
        message.watch = &watch;
    rig_say(rig, who, RD_SOCKET_QUEUES, &message);
    struct rd_ack ack = {queue, 7, 0, 50};
    const struct rd_snapshot_end *end = SENT(rig, who, RD_SOCKET_QUEUES, snapshot_end, 0);
    const struct rd_handout *handout = SENT(rig, who, RD_SOCKET_QUEUES, handout, 0);
    const struct rd_receipt *receipt = SENT(rig, who, RD_SOCKET_QUEUES, receipt, 0);
    struct rd_handout_ack taken = {handout == NULL ? 0 : handout->token};
    struct rd_receipt_ack told = {receipt == NULL ? 0 : receipt->receipt, next(seed) % 4 == 0,
                                  RD_TEXT("200")};
    if (end != NULL)
        ack.change = end->change;
    struct rd_message back = {0};
    if (handout != NULL)
        back.handout_ack = &taken;
    else if (receipt != NULL)
        back.receipt_ack = &told;
    else
        back.ack = &ack;
    rig_say(rig, who, RD_SOCKET_QUEUES, &back);
}

static void one_step(struct rig *rig, uint64_t *seed)
{
    uint64_t die = next(seed) % 20;
    if (die < 9)
        submit_something(rig, seed);
    else if (die < 14)
        command_something(rig, seed);
    else if (die < 17)
        work_on_something(rig, seed);
    else if (die < 19)
        consume_something(rig, seed);
    else
        rig_pass(rig, (rd_instant)(1 + next(seed) % 19) * RD_MINUTE_US);
}

static void walk(struct rig *rig, uint64_t seed, int steps, bool reload)
{
    rig_open(rig);
    for (int i = 0; i < steps; i++) {
        one_step(rig, &seed);
        if (reload && i % 40 == 39)
            rig_reload(rig);
    }
}

static void replay_gives_the_same_records(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rig rig;
        walk(&rig, seed, 200, false);
        assert_true(rig.entries_count > 100);
        rig_replay_equal(&rig);
        rig_close(&rig);
    }
}

static void replay_follows_restarts(void **state)
{
    (void)state;
    for (uint64_t seed = 101; seed <= 104; seed++) {
        struct rig rig;
        walk(&rig, seed, 200, true);
        rig_replay_equal(&rig);
        rig_close(&rig);
    }
}

static void encode_entries(const struct rig *rig, struct rd_buf *out)
{
    for (size_t i = 0; i < rig->entries_count; i++)
        rd_wire_encode(&rd_entry_shape, &rig->entries[i], out);
    assert_false(out->failed);
}

static void the_same_events_give_the_same_entries(void **state)
{
    (void)state;
    struct rig one;
    struct rig two;
    struct rd_buf first;
    struct rd_buf second;
    rd_buf_init(&first, rd_alloc_heap());
    rd_buf_init(&second, rd_alloc_heap());
    walk(&one, 4711, 200, false);
    walk(&two, 4711, 200, false);
    encode_entries(&one, &first);
    encode_entries(&two, &second);
    assert_true(rd_text_equal(rd_buf_text(&first), rd_buf_text(&second)));
    rd_buf_fini(&first);
    rd_buf_fini(&second);
    rig_close(&one);
    rig_close(&two);
}

/* Commands and submissions after a restart are answered as if there had been none. (Consumers are
 * left out: who listens is not state.) */
static void loaded_goes_on_as_never_stopped(void **state)
{
    (void)state;
    for (uint64_t seed = 201; seed <= 204; seed++) {
        struct rig one;
        struct rig two;
        struct rd_buf first;
        struct rd_buf second;
        uint64_t seeds[2] = {seed, seed};
        rd_buf_init(&first, rd_alloc_heap());
        rd_buf_init(&second, rd_alloc_heap());
        rig_open(&one);
        rig_open(&two);
        for (int i = 0; i < 120; i++) {
            struct rig *const both[2] = {&one, &two};
            for (int j = 0; j < 2; j++)
                if (i % 3 != 0)
                    submit_something(both[j], &seeds[j]);
                else
                    work_on_something(both[j], &seeds[j]);
            if (i % 30 == 29) {
                uint64_t random = two.random;
                rig_reload(&two);
                two.random = random;
            }
        }
        encode_entries(&one, &first);
        encode_entries(&two, &second);
        assert_true(rd_text_equal(rd_buf_text(&first), rd_buf_text(&second)));
        rd_buf_fini(&first);
        rd_buf_fini(&second);
        rig_close(&one);
        rig_close(&two);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_gives_the_same_records),
        cmocka_unit_test(replay_follows_restarts),
        cmocka_unit_test(the_same_events_give_the_same_entries),
        cmocka_unit_test(loaded_goes_on_as_never_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
