#include "shell/router.h"

#include <sodium.h>

rd_instant rd_router_now(struct rd_router *router)
{
    return rd_business_clock_now(&router->clock, rd_clock_read());
}

static uint64_t waiting(const struct rd_router *router)
{
    return router->last_submitted - rd_gate_durable(router->gate);
}

bool rd_router_is_full(const struct rd_router *router)
{
    return waiting(router) >= RD_ENTRIES_WAITING_MAX;
}

static bool timers_may_go(const struct rd_router *router)
{
    return waiting(router) < RD_TIMERS_WAITING_MAX;
}

static void append(struct rd_router *router, const struct rd_update *update)
{
    struct rd_ledger_batch batch;
    if (update->entries_count == 0) {
        rd_require(update->records_count == 0);
        return;
    }
    enum rd_err err = rd_glue_batch(&router->glue, update, router->incarnation, &batch);
    if (err == RD_OK)
        err = router->ledger->ops->append(router->ledger, &batch);
    if (err != RD_OK)
        rd_router_die("ledger: entry %llu could not be queued: %s; start again: what was "
                      "acknowledged is on disk",
                      (unsigned long long)update->entries[0].number, rd_err_text(err));
    router->last_submitted = update->entries[update->entries_count - 1].number;
}

void rd_router_step(struct rd_router *router, struct rd_event *event)
{
    struct rd_update update = {0};
    rd_require(!router->stepping);
    router->stepping = true;
    event->now = rd_router_now(router);
    randombytes_buf(event->random, sizeof event->random);
    enum rd_err err = rd_core_step(router->core, event, &update);
    if (err != RD_OK)
        rd_router_die("core: event of kind %d failed: %s; start again: what was acknowledged is "
                      "on disk",
                      (int)event->kind, rd_err_text(err));
    router->counts.steps++;
    append(router, &update);
    rd_router_hold_update(router, &update);
    rd_shadow_observe(&router->shadow, &update);
    router->next_due = update.next_due;
    router->stepping = false;
    rd_router_follow_rules(router, &update);
    rd_router_arm(router);
}

/* From the ledger, on the loop thread. */
void rd_router_appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct rd_router *router = context;
    if (result != RD_APPEND_OK)
        rd_router_die("ledger: entries up to %llu could not be written: %s; nothing unwritten was "
                      "acknowledged",
                      (unsigned long long)last, why);
    rd_credit_return(&router->credit, last);
    rd_gate_open(router->gate, last);
    rd_router_arm(router); /* timers may wait for room */
}

void rd_router_peer_gone(struct rd_router *router, uint64_t peer)
{
    if (!rd_alloc_grow(router->alloc, (void **)&router->gone, &router->gone_cap,
                       router->gone_count + 1, sizeof *router->gone))
        return; /* no memory: its silence ends the session instead */
    router->gone[router->gone_count++] = peer;
}

static void forget(struct rd_router *router, struct rd_peer *peer)
{
    struct rd_event event = {
        .kind = RD_EVENT_GONE,
        .origin = {.socket = peer->socket, .peer = peer->number, .identity = &peer->identity}};
    router->counts.sessions_dropped++;
    rd_router_step(router, &event);
    rd_peers_drop(&router->peers, peer);
}

/* Peers that a send found gone. The core's answer to that may find more, so until there are none.
 */
void rd_router_settle(struct rd_router *router)
{
    while (router->gone_count > 0) {
        struct rd_peer *peer = rd_peers_get(&router->peers, router->gone[--router->gone_count]);
        if (peer != NULL)
            forget(router, peer);
    }
}

void rd_router_arm(struct rd_router *router)
{
    int64_t since_us = rd_clock_read().boot - router->watched;
    uint64_t wait_ms = since_us >= RD_TICK_MS_MAX * INT64_C(1000)
                           ? 0
                           : RD_TICK_MS_MAX - (uint64_t)(since_us > 0 ? since_us / 1000 : 0);
    if (router->closing)
        return;
    if (router->next_due != 0) {
        int64_t left = router->next_due - router->clock.floor;
        if (left <= 0)
            wait_ms = timers_may_go(router) ? 0 : wait_ms; /* or when an append is done */
        else if (left / 1000 < (int64_t)wait_ms)
            wait_ms = (uint64_t)(left / 1000) + 1;
    }
    /* cannot fail: the callback is set */
    (void)uv_timer_start(&router->tick, rd_router_on_tick, wait_ms, 0);
}

static void drop_overdue_peers(struct rd_router *router, int64_t now_boot)
{
    struct rd_peer *peer;
    while ((peer = rd_peers_overdue(&router->peers, NULL, now_boot)) != NULL)
        forget(router, peer);
}

/* Due timers, at most RD_TIMERS_PER_STEP of them: the loop looks at the sockets between two calls.
 */
void rd_router_on_tick(uv_timer_t *timer)
{
    struct rd_router *router = timer->data;
    int64_t boot = rd_clock_read().boot;
    rd_instant now = rd_router_now(router);
    if (router->next_due != 0 && router->next_due <= now && timers_may_go(router)) {
        struct rd_event event = {.kind = RD_EVENT_TIME};
        rd_router_step(router, &event);
    }
    if (boot - router->watched >= RD_TICK_MS_MAX * INT64_C(1000)) {
        rd_router_watch_machine(router, boot);
        drop_overdue_peers(router, boot);
    }
    rd_router_settle(router);
    rd_router_arm(router);
}
