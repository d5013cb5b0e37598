/* Events in, updates out. Follow a submission: message() -> intake.c -> rd_emit() -> apply*.c. */
#include "core/core.h"

#include "core/answers.h"
#include "core/apply.h"
#include "core/commands.h"
#include "core/decide.h"
#include "core/emit.h"
#include "core/intake.h"
#include "core/query.h"
#include "core/receipts.h"
#include "core/rulesets.h"
#include "core/sessions.h"
#include "core/timers.h"
#include "core/watch.h"

struct rd_core *rd_core_new(const struct rd_core_config *config)
{
    rd_require(config->alloc != NULL);
    struct rd_core *core = rd_alloc_zeroed(config->alloc, 1, sizeof *core);
    if (core == NULL)
        return NULL;
    core->alloc = config->alloc;
    core->rules = config->rules;
    core->place = config->rules == NULL ? NULL : rd_rules_place(config->rules);
    core->step = 1; /* 0 in an object: never touched */
    struct rd_map *const maps[] = {&core->referrals,
                                   &core->persons,
                                   &core->alike[RD_ALIKE_NHS_NUMBER],
                                   &core->alike[RD_ALIKE_PERSON],
                                   &core->suggesting,
                                   &core->keys,
                                   &core->refs,
                                   &core->items,
                                   &core->tokens,
                                   &core->receipts};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        rd_map_init(maps[i], core->alloc);
    rd_heap_init(&core->timers, core->alloc);
    rd_heap_init(&core->expiries, core->alloc);
    rd_words_init(&core->words, core->alloc);
    rd_arena_init(&core->arena, core->alloc, RD_STEP_BYTES_MAX);
    rd_arena_init(&core->scratch, core->alloc, RD_STEP_BYTES_MAX);
    rd_buf_init(&core->packing, core->alloc);
    if (rd_hold_text(core, config->version, &core->version))
        return core;
    rd_core_free(core);
    return NULL;
}

void rd_core_free(struct rd_core *core)
{
    if (core == NULL)
        return;
    rd_sessions_fini(core);
    rd_state_fini(core);
    rd_arena_fini(&core->arena);
    rd_arena_fini(&core->scratch);
    rd_buf_fini(&core->packing);
    void *const lists[] = {core->entries, core->sends,   core->alarms, core->alarm_entries,
                           core->touched, core->records, core->dirty};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        rd_release(core->alloc, lists[i]);
    rd_release_text(core, core->version);
    rd_release(core->alloc, core);
}

uint64_t rd_core_last_entry(const struct rd_core *core)
{
    return core->meta.last_entry;
}

const struct rd_rules *rd_core_rules(const struct rd_core *core)
{
    return core->rules;
}

const struct rd_ruleset_state *rd_core_ruleset(const struct rd_core *core, struct rd_text hash)
{
    const struct rd_ruleset_held *held = rd_find_ruleset(core, hash);
    return held == NULL ? NULL : &held->state;
}

const struct rd_meta_state *rd_core_meta(const struct rd_core *core)
{
    return &core->meta;
}

static void begin(struct rd_core *core)
{
    rd_arena_reset(&core->arena);
    rd_arena_reset(&core->scratch);
    core->step++;
    core->event = NULL;
    core->entries_count = 0;
    core->sends_count = 0;
    core->alarms_count = 0;
    core->touched_count = 0;
    core->records_count = 0;
    core->tokens_made = 0;
}

static enum rd_err finish(struct rd_core *core, struct rd_update *update)
{
    if (core->err == RD_OK && core->entries_count + core->touched_count > 0)
        (void)rd_records_make(core);
    core->event = NULL;
    if (core->err != RD_OK)
        return core->err;
    for (size_t i = 0; i < core->alarms_count; i++)
        core->alarms[i].entry = &core->entries[core->alarm_entries[i]];
    const struct rd_heap_node *first = rd_heap_first(&core->timers);
    *update = (struct rd_update){.entries = core->entries,
                                 .entries_count = core->entries_count,
                                 .records = core->records,
                                 .records_count = core->records_count,
                                 .sends = core->sends,
                                 .sends_count = core->sends_count,
                                 .alarms = core->alarms,
                                 .alarms_count = core->alarms_count,
                                 .next_due = first == NULL ? 0 : first->due};
    if (core->pending != NULL &&
        (update->next_due == 0 || core->meta.pending_at < update->next_due))
        update->next_due = core->meta.pending_at;
    if (rd_watch_has_backlog(core))
        update->next_due = core->now;
    return RD_OK;
}

enum rd_err rd_core_replay(struct rd_core *core, const struct rd_entry *entry,
                           struct rd_update *update, struct rd_errbuf *why)
{
    *update = (struct rd_update){0};
    if (core->err != RD_OK)
        return core->err;
    begin(core);
    core->now = entry->at;
    enum rd_err err = rd_apply(core, entry, why);
    if (err != RD_OK)
        return core->err = err;
    if (core->touched_count == 0 &&
        !rd_records_make(core)) /* the meta record changed all the same */
        return core->err;
    return finish(core, update);
}

/* A new incarnation when asked for one, or when there was none; then the rules in force. */
static bool start(struct rd_core *core)
{
    core->started_at = core->now;
    if (core->event->in_force != NULL) {
        core->rules = core->event->in_force;
        core->place = rd_rules_place(core->rules);
    }
    if (core->event->incarnation != 0 || core->meta.incarnation == 0) {
        struct rd_entry entry = {.kind = RD_ENTRY_STARTED};
        entry.started = rd_take(core, sizeof *entry.started);
        if (entry.started == NULL)
            return false;
        uint64_t incarnation = core->event->incarnation;
        *entry.started = (struct rd_started){.incarnation = incarnation == 0 ? 1 : incarnation,
                                             .place = core->place->name,
                                             .engine_version = core->version};
        if (!rd_keep_text(core, core->event->reason, &entry.started->reason) ||
            !rd_emit(core, &entry))
            return false;
    }
    return rd_rules_begin(core);
}

static bool gone(struct rd_core *core)
{
    struct rd_session *session =
        rd_session_of(core, core->event->origin.socket, core->event->origin.peer);
    if (session != NULL)
        rd_session_end(core, session);
    return true;
}

static bool drain(struct rd_core *core)
{
    core->draining = true;
    return true;
}

static bool time_jump(struct rd_core *core)
{
    struct rd_entry entry = {.kind = RD_ENTRY_TIME};
    entry.time = rd_take(core, sizeof *entry.time);
    if (entry.time == NULL)
        return false;
    rd_sessions_jumped(core);
    entry.time->before = core->event->before;
    entry.time->after = core->now;
    return rd_keep_text(core, core->event->by, &entry.time->by) && rd_emit(core, &entry);
}

static bool on_submit(struct rd_core *core, struct rd_session *session)
{
    (void)session;
    return rd_intake_submit(core);
}

static bool on_answered(struct rd_core *core, struct rd_session *session)
{
    return rd_answers_take(core, session);
}

static bool on_ping(struct rd_core *core, struct rd_session *session)
{
    (void)session;
    struct rd_message *message = rd_answer(core);
    if (message != NULL)
        message->pong = core->event->message->ping;
    return message != NULL;
}

static bool on_command(struct rd_core *core, struct rd_session *session)
{
    (void)session;
    return rd_command_run(core);
}

static bool on_open(struct rd_core *core, struct rd_session *session)
{
    (void)session;
    return rd_open_run(core);
}

static bool on_query(struct rd_core *core, struct rd_session *session)
{
    (void)session;
    return rd_query_run(core);
}

#define ON(socket) (1u << (socket))
#define INTAKE ON(RD_SOCKET_INTAKE)
#define QUEUES ON(RD_SOCKET_QUEUES)
#define CONTROL ON(RD_SOCKET_CONTROL)

/* Who takes which arm of a message, and on which sockets. */
static const struct {
    size_t arm;
    const char *name;
    unsigned sockets;
    bool (*run)(struct rd_core *core, struct rd_session *session);
} handlers[] = {
    {offsetof(struct rd_message, submit), "submit", INTAKE | CONTROL, on_submit},
    {offsetof(struct rd_message, answered), "answered", INTAKE, on_answered},
    {offsetof(struct rd_message, ping), "ping", INTAKE | QUEUES | CONTROL, on_ping},
    {offsetof(struct rd_message, watch), "watch", QUEUES, rd_watch_start},
    {offsetof(struct rd_message, work), "work", QUEUES, rd_watch_work},
    {offsetof(struct rd_message, ack), "ack", QUEUES, rd_watch_ack},
    {offsetof(struct rd_message, unwatch), "unwatch", QUEUES, rd_watch_stop},
    {offsetof(struct rd_message, handout_ack), "handout_ack", QUEUES, rd_watch_handout_ack},
    {offsetof(struct rd_message, receipt_ack), "receipt_ack", QUEUES, rd_receipt_acked},
    {offsetof(struct rd_message, command), "command", QUEUES | CONTROL, on_command},
    {offsetof(struct rd_message, open), "open", INTAKE | QUEUES | CONTROL, on_open},
    {offsetof(struct rd_message, query), "query", INTAKE | QUEUES | CONTROL, on_query},
};

enum { HANDLERS = sizeof handlers / sizeof handlers[0] };

static bool has_arm(const struct rd_message *message, size_t arm)
{
    return *(void *const *)(const void *)((const char *)message + arm) != NULL;
}

static uint64_t correlation_of(const struct rd_message *message)
{
    if (message->submit != NULL)
        return message->submit->correlation;
    if (message->command != NULL)
        return message->command->correlation;
    if (message->open != NULL)
        return message->open->correlation;
    if (message->answered != NULL)
        return message->answered->correlation;
    return message->query != NULL ? message->query->correlation : 0;
}

/* A message that nobody takes here; `at` is its handler, or HANDLERS. */
static bool refuse_arm(struct rd_core *core, size_t at)
{
    const struct rd_message *message = core->event->message;
    struct rd_text words = RD_TEXT("no message that a peer sends: none is set, it is one of the "
                                   "router's own, or it is newer than this router");
    if (at < HANDLERS)
        words = RD_WORDS(core, "%s: not on this socket: it belongs on %s", handlers[at].name,
                         (handlers[at].sockets & QUEUES) != 0 ? "queues" : "intake");
    return rd_refuse(core, correlation_of(message), RD_REFUSAL_PROTOCOL, words);
}

static bool message(struct rd_core *core)
{
    const struct rd_origin *origin = &core->event->origin;
    const struct rd_message *message = core->event->message;
    if (message->hello != NULL)
        return rd_session_hello(core);
    struct rd_session *session = rd_session_of(core, origin->socket, origin->peer);
    if (session == NULL)
        return rd_refuse(core, correlation_of(message), RD_REFUSAL_PROTOCOL,
                         RD_TEXT("no session: say hello first; after a silence, a takeover or a "
                                 "restart of the router, say it again"));
    rd_session_seen(core, session);
    size_t i = 0;
    while (i < HANDLERS && !has_arm(message, handlers[i].arm))
        i++;
    if (i < HANDLERS && (handlers[i].sockets & ON(origin->socket)) != 0)
        return handlers[i].run(core, session);
    return refuse_arm(core, i);
}

static bool (*const events[])(struct rd_core *core) = {
    [RD_EVENT_START] = start,
    [RD_EVENT_MESSAGE] = message,
    [RD_EVENT_GONE] = gone,
    [RD_EVENT_TIME] = rd_timers_run,
    [RD_EVENT_RULES] = rd_rules_replace,
    [RD_EVENT_WITHDRAW] = rd_rules_withdraw,
    [RD_EVENT_DRAIN] = drain,
    [RD_EVENT_TIME_JUMP] = time_jump,
};

/* The message is the caller's for this call only, and entries must outlive it: the step works on a
 * copy of its own. */
static bool take_event(struct rd_core *core, const struct rd_event *event, struct rd_event *own)
{
    *own = *event;
    core->event = own;
    if (event->kind != RD_EVENT_MESSAGE)
        return true;
    if (event->message == NULL || event->origin.identity == NULL)
        return rd_broken(core);
    struct rd_message *copy = rd_take(core, sizeof *copy);
    if (copy == NULL)
        return false;
    own->message = copy;
    return rd_shape_copy(&rd_message_shape, event->message, &core->arena, copy) == RD_OK
               ? true
               : rd_nomem(core);
}

enum rd_err rd_core_step(struct rd_core *core, const struct rd_event *event,
                         struct rd_update *update)
{
    struct rd_event own;
    *update = (struct rd_update){0};
    if (core->err != RD_OK)
        return core->err;
    if (core->rules == NULL && (event->kind != RD_EVENT_START || event->in_force == NULL))
        return RD_E_BUG;
    if ((size_t)event->kind >= sizeof events / sizeof events[0] || events[event->kind] == NULL)
        return RD_E_BUG;
    begin(core);
    if (event->now > core->now)
        core->now = event->now;
    if (core->meta.last_at > core->now)
        core->now = core->meta.last_at; /* time never decreases past the last entry */
    bool done = take_event(core, event, &own) && rd_rules_take_over(core) &&
                events[event->kind](core) && rd_ensure_deadlines(core) && rd_watch_pump(core) &&
                rd_receipts_pump_all(core);
    if (!done && core->err == RD_OK)
        (void)rd_broken(core);
    return finish(core, update);
}
