/* Hand-outs to a team's own system: each has a token and a lease. A hand-out is delivered when it
 * is acknowledged; it is never a claim. */
#include "core/emit.h"
#include "core/order.h"
#include "core/rights.h"
#include "core/rows.h"
#include "core/watch.h"

/* The step's random bits, stirred for each token it needs (splitmix64). Never 0, never in use. */
static uint64_t next_token(struct rd_core *core)
{
    uint64_t token = 0;
    do {
        uint64_t mixed = core->event->random[1] + ++core->tokens_made * 0x9e3779b97f4a7c15u +
                         core->meta.last_entry;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        token = mixed ^ (mixed >> 31);
    } while (token == 0 || rd_map_get(&core->tokens, token) != NULL);
    return token;
}

static bool hand_out(struct rd_core *core, struct rd_watcher *watch, struct rd_held *held,
                     uint32_t index)
{
    struct rd_moved moved = {.assignment = index,
                             .verb = RD_VERB_HAND_OUT,
                             .by = RD_BY_ROUTER,
                             .when = core->now + (rd_instant)watch->lease_s * RD_SECOND_US,
                             .token = next_token(core)};
    if (!rd_keep_text(core, watch->session->user, &moved.to) || !rd_emit_moved(core, held, &moved))
        return false;
    struct rd_message *message = rd_send_to(core, watch->session->socket, watch->session->peer);
    struct rd_handout *made = rd_take(core, sizeof *made);
    if (message == NULL || made == NULL)
        return false;
    *made = (struct rd_handout){.queue = watch->queue->state.queue,
                                .token = moved.token,
                                .row = rd_row_of(core, held, index),
                                .lease_until = moved.when};
    if (made->row == NULL)
        return false;
    made->deliveries = rd_assignment_at(rd_live(core, held), index)->deliveries;
    message->handout = made;
    watch->credit--;
    return true;
}

bool rd_work_pump(struct rd_core *core, struct rd_watcher *watch)
{
    size_t count = 0;
    size_t waiting = watch->queue->undelivered.used;
    int left = RD_DELIVERIES_PER_STEP;
    watch->backlog = false;
    if (watch->credit == 0 || waiting == 0)
        return true;
    struct rd_snapshot_item *items = rd_take_array(core, waiting, sizeof *items);
    if (items == NULL || !rd_order_list(core, &watch->queue->undelivered, items, &count))
        return false;
    for (size_t i = 0; i < count && watch->credit > 0; i++) {
        struct rd_held *held = rd_find_referral(core, items[i].referral);
        const struct rd_referral_state *state = rd_peek(core, held);
        if (state == NULL)
            return false;
        const struct rd_assignment *of = rd_assignment_at(state, items[i].assignment);
        if (of->phase != RD_ASSIGNMENT_WAITING || of->token != 0)
            continue;
        if (left-- == 0) {
            watch->backlog = true;
            return true;
        }
        if (!hand_out(core, watch, held, items[i].assignment))
            return false;
    }
    return true;
}

/* The assignment of the referral that has the token out. */
static const struct rd_assignment *with_token(const struct rd_referral_state *state, uint64_t token)
{
    for (size_t i = 0; i < state->assignments_count; i++)
        if (state->assignments[i].token == token)
            return &state->assignments[i];
    return NULL;
}

void rd_work_kept(struct rd_core *core, const struct rd_assignment *of)
{
    struct rd_queue_held *queue = of->lease_due == 0 ? NULL : rd_find_queue(core, of->team);
    struct rd_watcher *each = queue == NULL ? NULL : queue->watches;
    for (; each != NULL; each = each->next_of_queue)
        if (each->mode == RD_WATCH_WORK && each->credit < RD_WATCH_CREDIT_MAX &&
            rd_text_equal(of->handed_to, each->session->user))
            each->credit++;
}

bool rd_watch_handout_ack(struct rd_core *core, struct rd_session *session)
{
    (void)session; /* whoever may see the team may say that it is kept */
    uint64_t token = core->event->message->handout_ack->token;
    const struct rd_identity *identity = core->event->origin.identity;
    struct rd_held *held = token == 0 ? NULL : rd_map_get(&core->tokens, token);
    struct rd_referral_state *state = held == NULL ? NULL : rd_live(core, held);
    const struct rd_assignment *of = state == NULL ? NULL : with_token(state, token);
    if (core->err != RD_OK)
        return false;
    if (of == NULL || !rd_may_see(identity, of->team))
        return rd_refuse(core, 0, RD_REFUSAL_UNKNOWN,
                         RD_WORDS(core,
                                  "handout_ack: token %llu is not out to this user: its lease has "
                                  "ended and it goes to whoever has credit, or the assignment is "
                                  "closed",
                                  (unsigned long long)token));
    if (of->lease_due == 0)
        return true; /* kept already: acknowledged twice, or by a device that watches the queue */
    struct rd_moved moved = {.assignment = of->index,
                             .verb = RD_VERB_DELIVER,
                             .by = RD_BY_ROUTER,
                             .to = of->handed_to,
                             .token = token};
    rd_work_kept(core, of);
    return rd_emit_moved(core, held, &moved);
}
