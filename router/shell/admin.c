#include "shell/router.h"

#include <string.h>

/* Peers whose key no longer says what it said lose their session at once. */
static void reload_keys(struct rd_router *router, struct rd_errbuf *said)
{
    char directory[RD_STATE_PATH_MAX];
    struct rd_key_table *table = NULL;
    struct rd_errbuf why = {{0}};
    enum rd_err err = rd_state_path(router->options->state, "keys", directory, &why);
    if (err == RD_OK)
        err = rd_key_table_load(directory, &table, &why);
    if (err == RD_OK)
        err = rd_zcontext_serve_zap(router->zcontext, table, &why);
    if (err != RD_OK) {
        rd_key_table_free(table);
        rd_log(RD_LOG_ERROR, "keys.refused", rd_log_words("words", why.text));
        (void)rd_fail(said, err, "keys not reloaded, those before stay: %.900s", why.text);
        return;
    }
    rd_key_table_free(router->key_table);
    router->key_table = table;
    struct rd_peer *peer;
    while ((peer = rd_peers_overdue(&router->peers, table, rd_clock_read().boot)) != NULL) {
        struct rd_event event = {.kind = RD_EVENT_GONE,
                                 .origin = {peer->socket, peer->number, &peer->identity}};
        rd_log(RD_LOG_NOTICE, "peer.revoked", rd_log_number("peer", (int64_t)peer->number),
               rd_log_name("user", peer->identity.user));
        rd_router_step(router, &event);
        rd_peers_drop(&router->peers, peer);
    }
    (void)rd_fail(said, RD_OK, "keys reloaded");
}

enum rd_err rd_router_reload(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said)
{
    reload_keys(router, said);
    return rd_router_reload_rules(router, admin, peer, said);
}

void rd_router_drain(struct rd_router *router)
{
    struct rd_event event = {.kind = RD_EVENT_DRAIN};
    if (router->draining)
        return;
    router->draining = true;
    rd_log(RD_LOG_NOTICE, "router.drain", rd_log_words("words", "intake answers busy"));
    rd_router_step(router, &event);
}

static void accept_clock(struct rd_router *router, struct rd_text by, struct rd_errbuf *said)
{
    struct rd_event event = {.kind = RD_EVENT_TIME_JUMP, .by = by};
    rd_instant after = 0;
    char text[2][RD_INSTANT_TEXT_MAX];
    (void)rd_router_now(router);
    if (!router->clock.jumped) {
        (void)rd_fail(said, RD_OK, "the clock has not jumped: nothing to accept");
        return;
    }
    rd_business_clock_accept(&router->clock, rd_clock_read(), &event.before, &after);
    router->clock_alarmed = false;
    rd_router_step(router, &event);
    (void)rd_fail(said, RD_OK, "business time was %s and is now %s%s",
                  rd_instant_format(event.before, text[0]), rd_instant_format(after, text[1]),
                  router->clock.behind
                      ? ": it stands still until the machine's clock has caught up with it"
                      : "");
    rd_log(RD_LOG_WARNING, "clock.accepted", rd_log_words("words", said->text));
}

static enum rd_err do_drain(struct rd_router *router, const struct rd_admin *admin,
                            struct rd_errbuf *said)
{
    (void)admin;
    rd_router_drain(router);
    return rd_fail(said, RD_OK,
                   "draining: partners are told \"not now\"; teams go on; end it with SIGTERM");
}

static enum rd_err do_clock_accept(struct rd_router *router, const struct rd_admin *admin,
                                   struct rd_errbuf *said)
{
    accept_clock(router, admin->by, said);
    return RD_OK;
}

static enum rd_err do_reload_keys(struct rd_router *router, const struct rd_admin *admin,
                                  struct rd_errbuf *said)
{
    (void)admin;
    reload_keys(router, said);
    return RD_OK;
}

/* An error is the answer no, in the words of `said`. */
static enum rd_err (*const requests[])(struct rd_router *router, const struct rd_admin *admin,
                                       struct rd_errbuf *said) = {
    [RD_ADMIN_DRAIN] = do_drain,
    [RD_ADMIN_CLOCK_ACCEPT] = do_clock_accept,
    [RD_ADMIN_RELOAD_KEYS] = do_reload_keys,
    [RD_ADMIN_RULES_WITHDRAW] = rd_router_withdraw,
};

/* The same; without an error the answer comes when the checker is done: rd_router_answer_admin. */
static enum rd_err (*const checks[])(struct rd_router *router, const struct rd_admin *admin,
                                     const struct rd_peer *peer, struct rd_errbuf *said) = {
    [RD_ADMIN_RELOAD] = rd_router_reload,
    [RD_ADMIN_RULES_ACTIVATE] = rd_router_activate,
    [RD_ADMIN_RULES_REVERT] = rd_router_revert,
    [RD_ADMIN_RULES_SHADOW] = rd_router_shadow,
};

static enum rd_refusal refusal_of(enum rd_err err)
{
    switch (rd_err_class(err)) {
    case RD_CLASS_PERMANENT:
        return err == RD_E_DENIED     ? RD_REFUSAL_RIGHTS
               : err == RD_E_CONFLICT ? RD_REFUSAL_STATE
               : err == RD_E_NOTFOUND ? RD_REFUSAL_UNKNOWN
                                      : RD_REFUSAL_INVALID;
    case RD_CLASS_NONE:
    case RD_CLASS_TRANSIENT:
    case RD_CLASS_FATAL:
    case RD_CLASS_BUG:
        break;
    }
    return RD_REFUSAL_INVALID;
}

void rd_router_admin(struct rd_router *router, const struct rd_peer *peer,
                     const struct rd_admin *asked)
{
    struct rd_errbuf said = {{0}};
    struct rd_admin admin = *asked;
    if (!rd_text_present(admin.by))
        admin.by = peer->identity.user;
    if (peer->socket != RD_SOCKET_CONTROL || peer->identity.role != RD_IDENTITY_OPERATOR) {
        rd_router_refuse(router, peer, admin.correlation, RD_REFUSAL_RIGHTS,
                         "only an operator's key may do that, on the control socket; make one with "
                         "referralctl keys new NAME --role operator");
        return;
    }
    size_t kind = (size_t)admin.kind;
    enum rd_err err = RD_E_UNSUPPORTED;
    if (kind < sizeof checks / sizeof checks[0] && checks[kind] != NULL) {
        err = checks[kind](router, &admin, peer, &said);
        if (err == RD_OK)
            return;
    } else if (kind < sizeof requests / sizeof requests[0] && requests[kind] != NULL) {
        err = requests[kind](router, &admin, &said);
    } else {
        (void)rd_fail(&said, err,
                      "unknown request to the process; use referralctl of this version");
    }
    rd_router_answer_admin(router, peer->socket, peer->number, admin.correlation, err, said.text);
}

void rd_router_answer_admin(struct rd_router *router, enum rd_socket socket, uint64_t peer,
                            uint64_t correlation, enum rd_err err, const char *words)
{
    struct rd_refused refused = {
        .correlation = correlation, .code = refusal_of(err), .words = rd_text_of(words)};
    struct rd_admin_result result = {.correlation = correlation, .words = rd_text_of(words)};
    struct rd_message message = {.admin_result = err == RD_OK ? &result : NULL,
                                 .refused = err == RD_OK ? NULL : &refused};
    if (peer != 0)
        rd_router_answer(router, socket, peer, &message);
}

static void raise_own(struct rd_router *router, enum rd_own_alarm kind)
{
    char place[RD_NAME_BYTES_MAX + 1];
    snprintf(place, sizeof place, "%.*s", RD_TEXT_ARG(rd_rules_place(router->rules)->name));
    struct rd_alarm_note *note = rd_alarm_note_own(kind, router->clock.floor, place);
    if (note != NULL)
        rd_alarms_raise(router->alarms, note);
}

static void watch_clock(struct rd_router *router)
{
    const struct rd_business_clock *clock = &router->clock;
    bool wrong = clock->jumped || clock->behind;
    if (wrong && !router->clock_alarmed) {
        rd_log(RD_LOG_ERROR, "clock.jumped", rd_log_number("drift_s", clock->drift / RD_SECOND_US),
               rd_log_words("fix", clock->behind
                                       ? "the machine's clock is behind the last entry: check it; "
                                         "the router is not ready"
                                       : "deadlines follow business time; check the machine's "
                                         "clock, then: referralctl clock accept"));
        raise_own(router, RD_OWN_ALARM_CLOCK);
    }
    router->clock_alarmed = wrong;
}

static void watch_disk(struct rd_router *router)
{
    router->counts.disk_free_bytes = rd_ledger_sqlite_free_bytes(router->ledger);
    bool low = router->counts.disk_free_bytes < RD_DISK_LOW_BYTES;
    if (low && !router->counts.disk_low) {
        rd_log(RD_LOG_ERROR, "disk.low",
               rd_log_number("free_mib", (int64_t)(router->counts.disk_free_bytes >> 20)),
               rd_log_number("busy_below_mib", (int64_t)(RD_DISK_RESERVE_BYTES >> 20)),
               rd_log_words("fix", "make room on the file system of the state directory"));
        raise_own(router, RD_OWN_ALARM_DISK);
    }
    router->counts.disk_low = low;
}

/* Once a second. */
void rd_router_watch_machine(struct rd_router *router, int64_t now_boot)
{
    router->watched = now_boot;
    watch_clock(router);
    watch_disk(router);
    rd_shadow_flush(&router->shadow);
}
