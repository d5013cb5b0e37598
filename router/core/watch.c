#include "core/watch.h"

#include "core/emit.h"
#include "core/order.h"
#include "core/receipts.h"
#include "core/rights.h"
#include "core/rows.h"
#include "core/sessions.h"

static struct rd_watcher **list_of(struct rd_watcher *watch)
{
    return watch->mode == RD_WATCH_RECEIPTS ? &watch->feed->watches : &watch->queue->watches;
}

struct rd_watcher *rd_watch_add(struct rd_core *core, struct rd_session *session,
                                enum rd_watch_mode mode, struct rd_queue_held *queue,
                                struct rd_feed_held *feed)
{
    struct rd_watcher *watch = rd_hold(core, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->session = session;
    watch->mode = mode;
    watch->queue = queue;
    watch->feed = feed;
    watch->next_of_session = session->watches;
    session->watches = watch;
    struct rd_watcher **tail = list_of(watch);
    while (*tail != NULL)
        tail = &(*tail)->next_of_queue;
    *tail = watch;
    if (queue != NULL)
        queue->consumers++;
    return watch;
}

void rd_watch_end(struct rd_core *core, struct rd_watcher *watch)
{
    struct rd_watcher **link = &watch->session->watches;
    while (*link != watch)
        link = &(*link)->next_of_session;
    *link = watch->next_of_session;
    for (link = list_of(watch); *link != watch;)
        link = &(*link)->next_of_queue;
    *link = watch->next_of_queue;
    if (watch->queue != NULL)
        watch->queue->consumers--;
    rd_release(core->alloc, watch->rows);
    rd_release(core->alloc, watch);
}

struct rd_watcher *rd_watch_find(const struct rd_session *session, struct rd_text name,
                                 struct rd_text *feed)
{
    *feed = rd_text_starts(name, "feed:") ? rd_text_slice(name, 5, name.len) : RD_TEXT_NONE;
    for (struct rd_watcher *each = session->watches; each != NULL; each = each->next_of_session) {
        bool same = rd_text_present(*feed)
                        ? each->feed != NULL && rd_text_equal(each->feed->state.feed, *feed)
                        : each->queue != NULL && rd_text_equal(each->queue->state.queue, name);
        if (same)
            return each;
    }
    return NULL;
}

/* Fixes what the queue holds now, in the list's order. */
static bool start_snapshot(struct rd_core *core, struct rd_watcher *watch)
{
    struct rd_queue_held *queue = watch->queue;
    size_t most = queue->members.used;
    rd_release(core->alloc, watch->rows);
    watch->rows = rd_hold(core, (most == 0 ? 1 : most) * sizeof *watch->rows);
    if (watch->rows == NULL ||
        !rd_order_list(core, &queue->members, watch->rows, &watch->rows_count))
        return false;
    watch->rows_sent = 0;
    watch->snapshot_change = queue->state.change;
    watch->sent = queue->state.change;
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_snapshot_begin *begin = rd_take(core, sizeof *begin);
    if (message == NULL || begin == NULL)
        return false;
    *begin = (struct rd_snapshot_begin){queue->state.queue, core->meta.incarnation,
                                        watch->snapshot_change, (uint32_t)watch->rows_count};
    message->snapshot_begin = begin;
    return true;
}

static bool send_row(struct rd_core *core, struct rd_watcher *watch)
{
    const struct rd_snapshot_item *item = &watch->rows[watch->rows_sent++];
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_snapshot_row *made = rd_take(core, sizeof *made);
    struct rd_held *held = rd_find_referral(core, item->referral);
    if (message == NULL || made == NULL || held == NULL)
        return held == NULL ? rd_broken(core) : false;
    *made = (struct rd_snapshot_row){watch->queue->state.queue,
                                     rd_row_of(core, held, item->assignment)};
    message->snapshot_row = made;
    watch->credit--;
    return made->row != NULL;
}

static bool end_snapshot(struct rd_core *core, struct rd_watcher *watch)
{
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_snapshot_end *end = rd_take(core, sizeof *end);
    if (message == NULL || end == NULL)
        return false;
    *end = (struct rd_snapshot_end){watch->queue->state.queue, core->meta.incarnation,
                                    watch->snapshot_change};
    message->snapshot_end = end;
    rd_release(core->alloc, watch->rows);
    watch->rows = NULL;
    return true;
}

static bool send_change(struct rd_core *core, struct rd_watcher *watch,
                        const struct rd_change_kept *kept)
{
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_change *made = rd_take(core, sizeof *made);
    struct rd_held *held = rd_find_referral(core, kept->referral);
    if (message == NULL || made == NULL || held == NULL)
        return held == NULL ? rd_broken(core) : false;
    *made = (struct rd_change){watch->queue->state.queue,
                               core->meta.incarnation,
                               kept->change,
                               kept->what,
                               kept->verb,
                               rd_row_of(core, held, kept->assignment)};
    message->change = made;
    watch->credit--;
    return made->row != NULL;
}

/* As much as credit and the step's bound allow. */
static bool pump_rows(struct rd_core *core, struct rd_watcher *watch)
{
    const struct rd_queue_held *queue = watch->queue;
    int left = RD_SENDS_PER_WATCH;
    for (; watch->rows != NULL; left--) {
        bool done = watch->rows_sent == watch->rows_count;
        if (!done && (watch->credit == 0 || left <= 0))
            break;
        if (!(done ? end_snapshot(core, watch) : send_row(core, watch)))
            return false;
    }
    for (; watch->rows == NULL && watch->sent < queue->state.change; left--) {
        if (watch->credit == 0 || left <= 0)
            break;
        uint64_t next = watch->sent + 1;
        if (next < queue->ring_first) /* it fell too far behind */
            return start_snapshot(core, watch) && pump_rows(core, watch);
        const struct rd_change_kept *kept = &queue->ring[next % RD_QUEUE_CHANGES_KEPT];
        watch->sent = next;
        if (kept->change == next && !send_change(core, watch, kept))
            return false;
    }
    watch->backlog = left <= 0 && watch->credit > 0 &&
                     (watch->rows != NULL || watch->sent < queue->state.change);
    return true;
}

static bool pump(struct rd_core *core, struct rd_watcher *watch)
{
    switch (watch->mode) {
    case RD_WATCH_ROWS:
        return pump_rows(core, watch);
    case RD_WATCH_WORK:
        return rd_work_pump(core, watch);
    case RD_WATCH_RECEIPTS:
        return rd_receipts_pump(core, watch);
    }
    return rd_broken(core);
}

static bool refuse_queue(struct rd_core *core, struct rd_text queue, enum rd_refusal code,
                         const char *what)
{
    return rd_refuse(core, 0, code,
                     RD_WORDS(core, "queue %.*s: %s",
                              RD_TEXT_ARG(rd_text_slice(queue, 0, RD_NAME_BYTES_MAX)), what));
}

/* Checks what a consumer asks for; NULL words: it may. */
static const char *bad_watch(const struct rd_core *core, struct rd_text queue, struct rd_text feed,
                             uint32_t credit, enum rd_refusal *code)
{
    const struct rd_identity *identity = core->event->origin.identity;
    *code = RD_REFUSAL_UNKNOWN;
    if (rd_text_present(feed) ? rd_place_feed(core->place, feed) == NULL
                              : rd_place_team(core->place, queue) == NULL)
        return "there is none of that name: a team's name, or feed:NAME";
    *code = RD_REFUSAL_RIGHTS;
    if (rd_text_present(feed) ? !rd_may_submit(identity, feed, false)
                              : !rd_may_see(identity, queue))
        return "not for this user: list the team or the feed with its key";
    *code = RD_REFUSAL_LIMIT;
    return credit < 1 || credit > RD_WATCH_CREDIT_MAX ? "credit: expected 1 to 4096" : NULL;
}

/* Receipts that went to a consumer that is no more are sent again. */
static bool resend_receipts(struct rd_core *core, struct rd_feed_held *feed)
{
    size_t cursor = 0;
    struct rd_held *held = NULL;
    while ((held = rd_map_each(&core->receipts, &cursor)) != NULL) {
        if (held->feed != feed || held->receipt_out.node.position == 0)
            continue;
        rd_heap_cancel(&core->timers, &held->receipt_out.node);
        if (!rd_heap_set(&feed->receipts, &held->receipt_wait, (int64_t)held->receipt_number,
                         held->receipt_number))
            return rd_nomem(core);
    }
    return true;
}

static bool deliver_one(struct rd_core *core, const struct rd_watcher *watch, struct rd_held *held,
                        uint32_t index, int *left)
{
    const struct rd_referral_state *state = rd_peek(core, held);
    if (state == NULL)
        return false;
    const struct rd_assignment *of = rd_assignment_at(state, index);
    if (of->change > watch->acked)
        return true; /* it changed again: the row that is acknowledged is not the last */
    rd_work_kept(core, of);
    struct rd_moved moved = {.assignment = index, .verb = RD_VERB_DELIVER, .by = RD_BY_ROUTER};
    --*left;
    return rd_keep_text(core, watch->session->user, &moved.to) && rd_emit_moved(core, held, &moved);
}

/* Rows acknowledged with a snapshot: all that the queue has undelivered are looked at. */
static bool deliver_all(struct rd_core *core, struct rd_watcher *watch)
{
    struct rd_queue_held *queue = watch->queue;
    size_t count = 0;
    int left = RD_DELIVERIES_PER_STEP;
    if (queue->undelivered.used == 0)
        return true;
    struct rd_snapshot_item *items = rd_take_array(core, queue->undelivered.used, sizeof *items);
    if (items == NULL || !rd_order_list(core, &queue->undelivered, items, &count))
        return false;
    size_t at = 0;
    for (; at < count && left > 0; at++)
        if (!deliver_one(core, watch, rd_find_referral(core, items[at].referral),
                         items[at].assignment, &left))
            return false;
    watch->deliver = at < count;
    return true;
}

/* The first acknowledgement that covers an assignment's row: a machine of the team has it. Changes
 * that the ring still has are looked at one by one, so that a long list costs nothing. */
static bool deliver(struct rd_core *core, struct rd_watcher *watch)
{
    const struct rd_queue_held *queue = watch->queue;
    int left = RD_DELIVERIES_PER_STEP;
    watch->deliver = false;
    if (watch->delivered == 0 || queue->ring_first == 0 ||
        watch->delivered + 1 < queue->ring_first) {
        if (!deliver_all(core, watch))
            return false;
        watch->delivered = watch->deliver ? 0 : watch->acked;
        return true;
    }
    while (watch->delivered < watch->acked && left > 0) {
        const struct rd_change_kept *kept =
            &queue->ring[++watch->delivered % RD_QUEUE_CHANGES_KEPT];
        struct rd_held *held =
            rd_map_get(&queue->undelivered, rd_member_key(kept->referral, kept->assignment));
        if (held != NULL && kept->change == watch->delivered &&
            !deliver_one(core, watch, held, kept->assignment, &left))
            return false;
    }
    watch->deliver = watch->delivered < watch->acked;
    return true;
}

bool rd_watch_start(struct rd_core *core, struct rd_session *session)
{
    const struct rd_watch *asked = core->event->message->watch;
    struct rd_text feed = RD_TEXT_NONE;
    enum rd_refusal code = 0;
    struct rd_watcher *old = rd_watch_find(session, asked->queue, &feed);
    const char *bad = bad_watch(core, asked->queue, feed, asked->credit, &code);
    if (bad != NULL)
        return refuse_queue(core, asked->queue, code, bad);
    if (old != NULL)
        rd_watch_end(core, old);
    if (rd_text_present(feed)) {
        struct rd_feed_held *of = rd_make_feed(core, feed);
        struct rd_watcher *made =
            of == NULL ? NULL : rd_watch_add(core, session, RD_WATCH_RECEIPTS, NULL, of);
        if (made == NULL)
            return false;
        made->credit = asked->credit;
        return resend_receipts(core, of) && pump(core, made);
    }
    struct rd_queue_held *queue = rd_make_queue(core, asked->queue);
    struct rd_watcher *made =
        queue == NULL ? NULL : rd_watch_add(core, session, RD_WATCH_ROWS, queue, NULL);
    if (made == NULL)
        return false;
    made->credit = asked->credit;
    made->sent = asked->after;
    made->acked = asked->after;
    bool kept = asked->after == queue->state.change ||
                (queue->ring_first != 0 && asked->after + 1 >= queue->ring_first);
    bool resumes = asked->incarnation != 0 && asked->incarnation == core->meta.incarnation &&
                   asked->after <= queue->state.change && kept;
    if (!resumes)
        made->acked = 0;
    return (resumes ? deliver(core, made) : start_snapshot(core, made)) && pump(core, made);
}

bool rd_watch_work(struct rd_core *core, struct rd_session *session)
{
    const struct rd_work *asked = core->event->message->work;
    struct rd_text feed = RD_TEXT_NONE;
    enum rd_refusal code = 0;
    struct rd_watcher *old = rd_watch_find(session, asked->queue, &feed);
    const char *bad = bad_watch(core, asked->queue, RD_TEXT_NONE, asked->credit, &code);
    if (rd_text_present(feed))
        bad = "receipts are watched, not worked: expected a team's name";
    if (bad == NULL && asked->lease_s > RD_LEASE_S_MAX) {
        code = RD_REFUSAL_LIMIT;
        bad = "lease_s: expected 1 to 3600, or 0 for 60";
    }
    if (bad != NULL)
        return refuse_queue(core, asked->queue, code, bad);
    if (old != NULL)
        rd_watch_end(core, old);
    struct rd_queue_held *queue = rd_make_queue(core, asked->queue);
    struct rd_watcher *made =
        queue == NULL ? NULL : rd_watch_add(core, session, RD_WATCH_WORK, queue, NULL);
    if (made == NULL)
        return false;
    made->credit = asked->credit;
    made->lease_s = asked->lease_s == 0 ? RD_LEASE_DEFAULT_S : asked->lease_s;
    return pump(core, made);
}

static uint32_t left_of(const struct rd_watcher *watch, const struct rd_ack *ack)
{
    uint64_t from = ack->change > watch->snapshot_change ? ack->change : watch->snapshot_change;
    uint64_t flying = watch->rows == NULL && watch->sent > from ? watch->sent - from : 0;
    uint32_t credit = ack->credit > RD_WATCH_CREDIT_MAX ? RD_WATCH_CREDIT_MAX : ack->credit;
    return flying >= credit ? 0 : credit - (uint32_t)flying;
}

bool rd_watch_ack(struct rd_core *core, struct rd_session *session)
{
    const struct rd_ack *ack = core->event->message->ack;
    struct rd_text feed = RD_TEXT_NONE;
    struct rd_watcher *watch = rd_watch_find(session, ack->queue, &feed);
    if (watch == NULL)
        return refuse_queue(core, ack->queue, RD_REFUSAL_STATE,
                            "acknowledged without a watch: watch it first");
    if (watch->mode != RD_WATCH_ROWS) {
        watch->credit = ack->credit > RD_WATCH_CREDIT_MAX ? RD_WATCH_CREDIT_MAX : ack->credit;
        return pump(core, watch);
    }
    if (ack->incarnation != core->meta.incarnation || ack->change > watch->sent)
        return refuse_queue(core, ack->queue, RD_REFUSAL_INVALID,
                            "acknowledges what was not sent: watch it again");
    watch->credit = left_of(watch, ack);
    bool further = watch->rows == NULL && ack->change > watch->acked;
    if (further)
        watch->acked = ack->change;
    return (!further || deliver(core, watch)) && pump(core, watch);
}

bool rd_watch_stop(struct rd_core *core, struct rd_session *session)
{
    const struct rd_unwatch *asked = core->event->message->unwatch;
    struct rd_text feed = RD_TEXT_NONE;
    struct rd_watcher *watch = rd_watch_find(session, asked->queue, &feed);
    if (watch != NULL)
        rd_watch_end(core, watch);
    return true;
}

bool rd_watch_pump(struct rd_core *core)
{
    /* Hand-outs change queues again: the list grows while it is worked through. */
    for (size_t i = 0; i < core->dirty_count; i++) {
        struct rd_queue_held *queue = core->dirty[i];
        queue->dirty = false;
        for (struct rd_watcher *each = queue->watches; each != NULL; each = each->next_of_queue)
            if (!pump(core, each))
                return false;
    }
    core->dirty_count = 0;
    return true;
}

bool rd_watch_has_backlog(const struct rd_core *core)
{
    for (size_t i = 0; i < core->sessions_count; i++)
        for (const struct rd_watcher *each = core->sessions[i]->watches; each != NULL;
             each = each->next_of_session)
            if (each->backlog || each->deliver)
                return true;
    return false;
}

bool rd_watch_backlog(struct rd_core *core)
{
    for (size_t i = 0; i < core->sessions_count; i++)
        for (struct rd_watcher *each = core->sessions[i]->watches; each != NULL;
             each = each->next_of_session)
            if ((each->deliver && !deliver(core, each)) || (each->backlog && !pump(core, each)))
                return false;
    return true;
}
