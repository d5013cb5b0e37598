#include "core/receipts.h"

#include "core/emit.h"
#include "core/rights.h"
#include "core/watch.h"

static bool send_receipt(struct rd_core *core, struct rd_watcher *watch, struct rd_held *held)
{
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_receipt *made = rd_take(core, sizeof *made);
    if (state == NULL || message == NULL || made == NULL)
        return false;
    const struct rd_receipt_due *due = &state->receipts[0];
    const struct rd_team *team = rd_place_team(core->place, due->team);
    *made = (struct rd_receipt){.feed = watch->feed->state.feed,
                                .receipt = due->number,
                                .referral = rd_referral_name(core, held->id),
                                .stage = due->stage,
                                .team = due->team,
                                .team_title = team == NULL ? RD_TEXT_NONE : team->title,
                                .reason = due->reason,
                                .at = due->at,
                                .kind = state->kind};
    message->receipt = made;
    rd_send_bodies(core, rd_text_slice(state->bodies, 0, 8));
    rd_heap_cancel(&watch->feed->receipts, &held->receipt_wait);
    watch->credit--;
    rd_instant again = core->now + RD_RECEIPT_RESEND_S * RD_SECOND_US;
    return rd_heap_set(&core->timers, &held->receipt_out.node, again, held->id) ? core->err == RD_OK
                                                                                : rd_nomem(core);
}

static struct rd_held *waiting(const struct rd_feed_held *feed)
{
    struct rd_heap_node *node = rd_heap_first(&feed->receipts);
    if (node == NULL)
        return NULL;
    return (struct rd_held *)(void *)((char *)node - offsetof(struct rd_held, receipt_wait));
}

bool rd_receipts_pump(struct rd_core *core, struct rd_watcher *watch)
{
    int left = RD_SENDS_PER_WATCH;
    struct rd_held *held = waiting(watch->feed);
    for (; held != NULL && watch->credit > 0 && left > 0; left--) {
        if (!send_receipt(core, watch, held))
            return false;
        held = waiting(watch->feed);
    }
    watch->backlog = left == 0 && held != NULL && watch->credit > 0;
    return true;
}

bool rd_receipts_pump_all(struct rd_core *core)
{
    for (size_t i = 0; i < core->feeds_count; i++) {
        struct rd_feed_held *feed = core->feeds[i];
        for (struct rd_watcher *each = feed->watches; each != NULL && feed->receipts.count > 0;
             each = each->next_of_queue)
            if (!rd_receipts_pump(core, each))
                return false;
    }
    return true;
}

/* Not acknowledged in time: it goes to whoever takes the feed's receipts now, and gives its credit
 * back first: one that is tried for hours would use it all up, and hold up every other. */
bool rd_receipt_late(struct rd_core *core, struct rd_held *held)
{
    rd_heap_cancel(&core->timers, &held->receipt_out.node);
    if (!rd_heap_set(&held->feed->receipts, &held->receipt_wait, (int64_t)held->receipt_number,
                     held->receipt_number))
        return rd_nomem(core);
    if (held->feed->watches != NULL && held->feed->watches->credit < RD_WATCH_CREDIT_MAX)
        held->feed->watches->credit++;
    return true;
}

static bool alarm_given_up(struct rd_core *core, struct rd_held *held)
{
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_alarmed alarmed = {.kind = RD_ALARM_RECEIPT,
                                 .due = core->now,
                                 .team = core->place->desk,
                                 .escalate_to = desk == NULL ? RD_TEXT_NONE : desk->rota,
                                 .words = RD_TEXT("a receipt could not be delivered: tell the "
                                                  "sender by telephone")};
    alarmed.person = rd_rules_on_rota(core->rules, alarmed.escalate_to, core->now);
    return rd_emit_alarm(core, held->id, &alarmed);
}

bool rd_receipt_acked(struct rd_core *core, struct rd_session *session)
{
    const struct rd_receipt_ack *ack = core->event->message->receipt_ack;
    struct rd_held *held = rd_map_get(&core->receipts, ack->receipt);
    if (held == NULL)
        return true; /* acknowledged twice, after a resend */
    if (!rd_may_submit(core->event->origin.identity, held->feed->state.feed, false))
        return rd_refuse(core, 0, RD_REFUSAL_RIGHTS,
                         RD_TEXT("receipt_ack: a receipt of a feed that is not this user's"));
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_entry entry = {.kind = RD_ENTRY_RECEIPTED, .referral = held->id};
    entry.receipted = rd_take(core, sizeof *entry.receipted);
    if (state == NULL || entry.receipted == NULL)
        return false;
    *entry.receipted = (struct rd_receipted){.receipt = ack->receipt,
                                             .stage = state->receipts[0].stage,
                                             .given_up = ack->given_up,
                                             .detail = ack->detail};
    bool was_out = held->receipt_out.node.position != 0;
    if (!rd_emit(core, &entry) || (ack->given_up && !alarm_given_up(core, held)))
        return false;
    struct rd_text feed = RD_TEXT_NONE;
    struct rd_text queue = RD_WORDS(core, "feed:%.*s", RD_TEXT_ARG(held->feed->state.feed));
    struct rd_watcher *watch = rd_watch_find(session, queue, &feed);
    if (watch != NULL && was_out && watch->credit < RD_WATCH_CREDIT_MAX)
        watch->credit++;
    return core->err == RD_OK;
}
