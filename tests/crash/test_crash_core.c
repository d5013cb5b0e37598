/* Power cuts under load with the whole state machine in front: submissions, claims and time go
 * through the real core, the real codec and the real SQLite ledger on a file system that loses what
 * was not synced. After every cut each acknowledged submission is there, once, in the right queue,
 * its clocks unmoved, each claim with its winner, and the ledger verifies. With synchronous off the
 * same run must lose something: the test can see a loss. */
#include "shell/ledgerglue.h"

#include "ledger/ledger_sqlite.h"
#include "model/limits.h"
#include "tests/lib/crash_vfs.h"
#include "tests/lib/fake_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PLACES = 20,
    CUTS_OF_A_PLACE = 10,
    SUBMISSIONS_MAX = 400,
    ORIGINAL_BYTES = 3000,
    CLOCKS = 4
};

/* What the sender of submission i was told. */
struct promise {
    bool held;
    char referral[16], claimed_by[16], team[RD_NAME_BYTES_MAX];
    rd_instant starts[CLOCKS];
    size_t starts_count;
};

struct world {
    uint64_t dice;
    struct rd_crash_vfs *vfs;
    struct rd_ledger *ledger;
    struct rd_core *core;
    struct rd_rules *rules;
    struct rd_glue glue;
    struct rd_arena arena;
    char directory[128];
    unsigned char key[32];
    bool synchronous_off, cut;
    rd_instant now;
    uint64_t incarnation, session, durable;
    struct promise promises[SUBMISSIONS_MAX];
    uint32_t next;
    struct promise answer; /* of the last message sent */
    bool refused;
    uint64_t acknowledged, cuts;
    char lost[256];
};

static uint32_t roll(struct world *w, uint32_t below)
{
    w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->dice >> 33) % below;
}

static void blame(struct world *w, const char *what, uint32_t number)
{
    if (w->lost[0] == '\0')
        (void)snprintf(w->lost, sizeof w->lost, "submission %u: %s", number, what);
}

static void on_appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct world *w = context;
    (void)why;
    if (result == RD_APPEND_OK)
        w->durable = last;
    else
        w->cut = true;
}

static const struct rd_identity gp = {.user = {"gp", 2},
                                      .role = RD_IDENTITY_ADAPTER,
                                      .feeds = (struct rd_text[]){{"gp", 2}},
                                      .feeds_count = 1};
static const struct rd_identity operator= {.user = {"operator", 8},
                                           .role = RD_IDENTITY_OPERATOR,
                                           .teams = (struct rd_text[]){{"*", 1}},
                                           .teams_count = 1};

static void copy_text(char *out, size_t size, struct rd_text text)
{
    (void)snprintf(out, size, "%.*s", RD_TEXT_ARG(text));
}

static void learn_referral(struct promise *answer, const struct rd_referral_state *state)
{
    for (size_t i = 0; i < state->assignments_count; i++)
        if (state->assignments[i].role == RD_ROLE_LEAD) {
            copy_text(answer->team, sizeof answer->team, state->assignments[i].team);
            copy_text(answer->claimed_by, sizeof answer->claimed_by,
                      state->assignments[i].claimed_by);
        }
    answer->starts_count = 0;
    for (size_t i = 0; i < state->clocks_count && i < CLOCKS; i++)
        answer->starts[answer->starts_count++] = state->clocks[i].start;
}

/* What leaves once its entry is durable; before that nobody hears it. */
static void hear(struct world *w, const struct rd_update *update)
{
    for (size_t i = 0; i < update->sends_count; i++) {
        const struct rd_message *m = update->sends[i].message;
        if (update->sends[i].gate > w->durable)
            continue;
        w->refused = w->refused || m->refused != NULL;
        if (m->submit_result != NULL) {
            w->answer.held = !m->submit_result->busy;
            copy_text(w->answer.referral, sizeof w->answer.referral, m->submit_result->referral);
        }
        if (m->command_result != NULL && m->command_result->row != NULL)
            copy_text(w->answer.claimed_by, sizeof w->answer.claimed_by,
                      m->command_result->row->claimed_by);
        if (m->query_result != NULL && m->query_result->referral != NULL)
            learn_referral(&w->answer, m->query_result->referral);
    }
}

/* One event through core, codec and ledger. False: the power went. */
static bool step(struct world *w, struct rd_event *event)
{
    struct rd_update update;
    struct rd_ledger_batch batch;
    event->now = w->now;
    event->random[0] = ((uint64_t)roll(w, UINT32_MAX) << 32) | roll(w, UINT32_MAX);
    event->random[1] = event->random[0] * 31;
    assert_int_equal(rd_core_step(w->core, event, &update), RD_OK);
    if (update.entries_count > 0) {
        assert_int_equal(rd_glue_batch(&w->glue, &update, w->incarnation, &batch), RD_OK);
        if (w->ledger->ops->append(w->ledger, &batch) != RD_OK)
            w->cut = true;
        w->ledger->ops->drain(w->ledger);
    }
    if (!w->cut)
        hear(w, &update);
    return !w->cut;
}

static bool say(struct world *w, enum rd_socket socket, const struct rd_identity *who,
                const struct rd_message *message, struct rd_text key_hash)
{
    struct rd_event event = {
        .kind = RD_EVENT_MESSAGE,
        .origin = {.socket = socket, .peer = (uint64_t)socket, .identity = who},
        .message = message,
        .key_hash = key_hash};
    w->answer = (struct promise){0};
    w->refused = false;
    return step(w, &event);
}

static bool greet(struct world *w, enum rd_socket socket, const struct rd_identity *who)
{
    struct rd_hello hello = {.protocol_min = 1,
                             .protocol_max = 1,
                             .program = RD_TEXT("crash"),
                             .version = RD_TEXT("1"),
                             .session = ++w->session};
    const struct rd_message message = {.hello = &hello};
    return say(w, socket, who, &message, RD_TEXT_NONE);
}

/* Submission `number`, the same whenever it is made: its sender keeps its copy until it is held. */
static bool submit(struct world *w, uint32_t number)
{
    static const char *const codes[] = {"fall", "frailty", "lonely", "neighbour", "strange"};
    static char original[ORIGINAL_BYTES];
    char key[32], reference[32], digest[RD_DIGEST_BYTES] = {0}, hash[RD_HASH_BYTES] = {0};
    (void)snprintf(key, sizeof key, "key-%u", number);
    (void)snprintf(reference, sizeof reference, "ref-%u", number);
    memcpy(digest, &number, sizeof number);
    memcpy(hash, &number, sizeof number);
    memset(original, 'a' + (int)(number % 26), sizeof original);
    struct rd_need need = {.domain = RD_DOMAIN_HEALTH, .code = rd_text_of(codes[number % 5])};
    struct rd_person person = {.birth_date = RD_TEXT("1944-06-15")};
    struct rd_identifier ref = {.system = RD_TEXT("crash"), .value = rd_text_of(reference)};
    struct rd_referral referral = {.kind = RD_KIND_REFERRAL,
                                   .custody = RD_CUSTODY_ROUTER,
                                   .source_refs = &ref,
                                   .source_refs_count = 1,
                                   .needs = &need,
                                   .needs_count = 1,
                                   .person = &person};
    struct rd_submission submission = {.feed = RD_TEXT("gp"),
                                       .key = rd_text_of(key),
                                       .action = RD_ACTION_NEW,
                                       .environment = RD_ENVIRONMENT_LIVE,
                                       .digest = {digest, sizeof digest},
                                       .original = {original, sizeof original},
                                       .referral = &referral};
    struct rd_submit asked = {.correlation = number + 1, .submission = &submission};
    const struct rd_message message = {.submit = &asked};
    return say(w, RD_SOCKET_INTAKE, &gp, &message, (struct rd_text){hash, sizeof hash});
}

static bool look(struct world *w, const char *referral)
{
    struct rd_query query = {.correlation = 1,
                             .kind = RD_QUERY_TRACE,
                             .target = rd_text_of(referral),
                             .by = RD_TEXT("tester")};
    const struct rd_message message = {.query = &query};
    return say(w, RD_SOCKET_CONTROL, &operator, & message, RD_TEXT_NONE);
}

static void refer(struct world *w)
{
    uint32_t number = w->next;
    if (number == SUBMISSIONS_MAX || !submit(w, number) || !w->answer.held)
        return;
    struct promise *promise = &w->promises[number];
    *promise = w->answer;
    w->next++;
    w->acknowledged++;
    if (look(w, promise->referral)) {
        struct promise seen = w->answer;
        memcpy(promise->team, seen.team, sizeof promise->team);
        memcpy(promise->starts, seen.starts, sizeof promise->starts);
        promise->starts_count = seen.starts_count;
    }
}

static void claim(struct world *w)
{
    if (w->next == 0)
        return;
    struct promise *promise = &w->promises[roll(w, w->next)];
    char target[24], person[16];
    if (promise->claimed_by[0] != '\0')
        return;
    (void)snprintf(target, sizeof target, "%s.1", promise->referral);
    (void)snprintf(person, sizeof person, "person.%u", roll(w, 9));
    struct rd_command command = {.correlation = 7,
                                 .verb = RD_VERB_CLAIM,
                                 .target = rd_text_of(target),
                                 .by = rd_text_of(person)};
    const struct rd_message message = {.command = &command};
    if (say(w, RD_SOCKET_CONTROL, &operator, & message, RD_TEXT_NONE) &&
        w->answer.claimed_by[0] != '\0')
        memcpy(promise->claimed_by, w->answer.claimed_by, sizeof promise->claimed_by);
}

static void work(struct world *w)
{
    while (!w->cut && w->next < SUBMISSIONS_MAX) {
        w->now += (rd_instant)roll(w, 400) * 1000;
        if (roll(w, 4) != 0)
            refer(w);
        else
            claim(w);
    }
}

static bool load_one(void *context, const struct rd_ledger_record *stored)
{
    struct world *w = context;
    struct rd_state_record record;
    struct rd_errbuf why = {""};
    rd_arena_reset(&w->arena);
    if (rd_glue_read_record(stored, &w->arena, &record, &why) != RD_OK ||
        rd_core_load(w->core, &record, &why) != RD_OK)
        blame(w, why.text, 0);
    if (record.meta != NULL)
        w->incarnation = record.meta->incarnation;
    return w->lost[0] == '\0';
}

/* False: the power went during the start, or the start refused (then w->lost says so). */
static bool start(struct world *w)
{
    struct rd_errbuf why = {""};
    const struct rd_ledger_sqlite_options options = {.directory = w->directory,
                                                     .vfs = "crash-core",
                                                     .body_key = w->key,
                                                     .create = true,
                                                     .inline_writer = true,
                                                     .synchronous_off = w->synchronous_off,
                                                     .checkpoint_pages = 60,
                                                     .appended = on_appended,
                                                     .context = w};
    const struct rd_core_config config = {
        .alloc = rd_alloc_heap(), .rules = w->rules, .version = RD_TEXT("crash")};
    w->cut = false;
    if (rd_ledger_sqlite_open(&options, true, &w->ledger, &why) != RD_OK) {
        if (!rd_crash_vfs_is_cut(w->vfs))
            blame(w, why.text, 0);
        return false;
    }
    w->core = rd_core_new(&config);
    assert_non_null(w->core);
    w->durable = w->ledger->ops->head(w->ledger).number;
    if (w->ledger->ops->each_record(w->ledger, load_one, w, &why) != RD_OK &&
        !rd_crash_vfs_is_cut(w->vfs))
        blame(w, why.text, 0);
    struct rd_event event = {.kind = RD_EVENT_START,
                             .incarnation = w->durable == 0 ? 77 : 0,
                             .reason = RD_TEXT("create")};
    if (w->durable == 0)
        w->incarnation = 77;
    return w->lost[0] == '\0' && !rd_crash_vfs_is_cut(w->vfs) && step(w, &event) &&
           greet(w, RD_SOCKET_INTAKE, &gp) && greet(w, RD_SOCKET_CONTROL, &operator);
}

static void stop(struct world *w)
{
    if (w->ledger != NULL)
        w->ledger->ops->close(w->ledger);
    rd_core_free(w->core);
    w->ledger = NULL;
    w->core = NULL;
}

static void check_promise(struct world *w, uint32_t number)
{
    const struct promise *promise = &w->promises[number];
    if (!submit(w, number))
        return;
    if (strcmp(w->answer.referral, promise->referral) != 0)
        blame(w, "sent again it was not answered as the first", number);
    if (!look(w, promise->referral))
        return;
    if (promise->team[0] != '\0' && strcmp(w->answer.team, promise->team) != 0)
        blame(w, "it is in another queue", number);
    if (promise->claimed_by[0] != '\0' && strcmp(w->answer.claimed_by, promise->claimed_by) != 0)
        blame(w, "its claim is another's", number);
    for (size_t i = 0; i < promise->starts_count; i++)
        if (i >= w->answer.starts_count || w->answer.starts[i] != promise->starts[i])
            blame(w, "a clock moved", number);
}

/* After a cut, before any other: everything that was promised, and the ledger itself. */
static void check_all(struct world *w)
{
    struct rd_errbuf why = {""};
    struct rd_ledger_report report;
    if (rd_core_check(w->core, &why) != RD_OK)
        blame(w, why.text, 0);
    for (uint32_t i = 0; i < w->next && w->lost[0] == '\0' && !w->cut; i++)
        check_promise(w, i);
    if (w->lost[0] == '\0' && !w->cut &&
        rd_ledger_sqlite_verify(w->ledger, NULL, NULL, &report, &why) != RD_OK)
        blame(w, why.text, 0);
}

static void live_once(struct world *w)
{
    rd_crash_vfs_arm(w->vfs, 0);
    if (start(w)) {
        check_all(w);
        rd_crash_vfs_arm(w->vfs, 1 + roll(w, 500));
        if (w->lost[0] == '\0')
            work(w);
    }
    rd_crash_vfs_cut(w->vfs);
    stop(w);
    rd_crash_vfs_restore(w->vfs, true);
    w->cuts++;
}

/* One place from its creation through all its cuts; what was lost, empty for nothing. */
static void live(uint64_t seed, bool synchronous_off, struct world *w)
{
    *w = (struct world){.dice = seed,
                        .synchronous_off = synchronous_off,
                        .now = 1795000000 * RD_SECOND_US,
                        .session = 1};
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(w->directory, sizeof w->directory, "%s/rd-crash-core-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    assert_non_null(
        mkdtemp(w->directory)); /* the lock is a real file; everything else is on the crash disk */
    w->vfs = rd_crash_vfs_register("crash-core", seed);
    w->rules = rd_fake_rules_new(rd_alloc_heap());
    rd_glue_init(&w->glue, rd_alloc_heap());
    rd_arena_init(&w->arena, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    for (int i = 0; i < CUTS_OF_A_PLACE && w->lost[0] == '\0'; i++)
        live_once(w);
    rd_arena_fini(&w->arena);
    rd_glue_fini(&w->glue);
    rd_fake_rules_free(w->rules);
    rd_crash_vfs_unregister(w->vfs);
    char lock[160];
    (void)snprintf(lock, sizeof lock, "%s/ledger.lock", w->directory);
    (void)unlink(lock);
    assert_int_equal(rmdir(w->directory), 0);
}

static void two_hundred_cuts_lose_nothing(void **state)
{
    static struct world w;
    uint64_t cuts = 0, acknowledged = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= PLACES; seed++) {
        live(seed, false, &w);
        if (w.lost[0] != '\0')
            fail_msg("seed %" PRIu64 ": %s", seed, w.lost);
        cuts += w.cuts;
        acknowledged += w.acknowledged;
    }
    printf("crash core: %" PRIu64 " power cuts, %" PRIu64
           " acknowledged, all there once, in their queues, clocks unmoved\n",
           cuts, acknowledged);
    assert_int_equal(cuts, PLACES * CUTS_OF_A_PLACE);
    assert_true(acknowledged > 1000);
}

static void the_test_sees_a_loss_without_sync(void **state)
{
    static struct world w;
    uint64_t lost = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= PLACES; seed++) {
        live(seed, true, &w);
        lost += w.lost[0] != '\0';
    }
    printf("crash core: with synchronous off %" PRIu64 " of %d places lost something\n", lost,
           PLACES);
    assert_true(lost > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_cuts_lose_nothing),
        cmocka_unit_test(the_test_sees_a_loss_without_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
