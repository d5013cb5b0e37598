#include "core/query.h"

#include "core/apply.h"
#include "core/commands.h"
#include "core/emit.h"
#include "core/links.h"
#include "core/order.h"
#include "core/rights.h"
#include "core/rows.h"

#include <string.h>

/* So that an answer fits one frame (RD_FRAME_BYTES_MAX) whatever its rows hold. */
enum { ROWS_MAX = 512, FOUND_MAX = 32 };
_Static_assert((int)ROWS_MAX <= (int)RD_QUERY_ITEMS_MAX, "a query's answer holds at most so many");

static bool refuse(struct rd_core *core, uint64_t correlation, struct rd_text target,
                   enum rd_refusal code, const char *what)
{
    return rd_refuse(
        core, correlation, code,
        RD_WORDS(core, "%.*s: %s", RD_TEXT_ARG(rd_text_slice(target, 0, RD_NAME_BYTES_MAX)), what));
}

static struct rd_query_result *answer(struct rd_core *core)
{
    struct rd_message *message = rd_answer(core);
    struct rd_query_result *result = rd_take(core, sizeof *result);
    if (message == NULL || result == NULL)
        return NULL;
    result->correlation = core->event->message->query->correlation;
    message->query_result = result;
    return result;
}

static bool query_status(struct rd_core *core)
{
    struct rd_query_result *result = answer(core);
    struct rd_status *status = rd_take(core, sizeof *status);
    if (result == NULL || status == NULL)
        return false;
    result->status = status;
    return rd_core_status(core, core->now, &core->arena, status) == RD_OK ? true : rd_nomem(core);
}

static bool query_queue(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    struct rd_queue_held *queue = rd_find_queue(core, query->target);
    if (rd_place_team(core->place, query->target) == NULL && queue == NULL)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "there is no team of that name");
    if (!rd_may_see(core->event->origin.identity, query->target))
        return refuse(core, query->correlation, query->target, RD_REFUSAL_RIGHTS,
                      "not for this user: list the team with its key");
    struct rd_query_result *result = answer(core);
    if (result == NULL || queue == NULL || queue->members.used == 0)
        return result != NULL;
    size_t count = 0;
    struct rd_snapshot_item *items = rd_take_array(core, queue->members.used, sizeof *items);
    if (items == NULL || !rd_order_list(core, &queue->members, items, &count))
        return false;
    count = count > ROWS_MAX ? ROWS_MAX : count; /* the nearest deadlines */
    result->rows = rd_take_array(core, count, sizeof *result->rows);
    if (result->rows == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct rd_row *row =
            rd_row_of(core, rd_find_referral(core, items[i].referral), items[i].assignment);
        if (row == NULL)
            return false;
        result->rows[result->rows_count++] = *row;
    }
    return true;
}

static bool may_see_any(const struct rd_identity *identity, const struct rd_referral_state *state)
{
    for (size_t i = 0; i < state->assignments_count; i++)
        if (rd_may_see(identity, state->assignments[i].team))
            return true;
    return identity->role == RD_IDENTITY_OPERATOR;
}

static void find_target(struct rd_core *core, struct rd_held **held,
                        struct rd_referral_state **state)
{
    uint32_t index = 0;
    struct rd_item *item = NULL;
    rd_target_find(core, core->event->message->query->target, held, &index, &item);
    *state = *held == NULL ? NULL : rd_live(core, *held);
}

static bool add_rows(struct rd_core *core, struct rd_held *held,
                     const struct rd_referral_state *state, struct rd_query_result *result)
{
    result->rows = rd_take_array(core, state->assignments_count + 1, sizeof *result->rows);
    if (result->rows == NULL)
        return false;
    for (uint32_t index = 1; index <= state->assignments_count; index++) {
        const struct rd_row *row = rd_row_of(core, held, index);
        if (row == NULL)
            return false;
        result->rows[result->rows_count++] = *row;
    }
    return true;
}

/* Which referrals are one person's is for those who see them all. */
static struct rd_referral_state *shown_to(struct rd_core *core, struct rd_referral_state *state)
{
    if (rd_may_oversee(core->event->origin.identity))
        return state;
    struct rd_referral_state *shown = rd_take(core, sizeof *shown);
    if (shown == NULL)
        return NULL;
    *shown = *state;
    shown->links = NULL;
    shown->links_count = 0;
    shown->links_left_out = 0;
    shown->marks = NULL;
    return shown;
}

/* "Q123", an item of quarantine, and "E123", any other message, by its entry's number. */
static uint64_t submission_of(struct rd_text target)
{
    int64_t number = 0;
    bool named = target.len > 1 && (target.ptr[0] == 'Q' || target.ptr[0] == 'q' ||
                                    target.ptr[0] == 'E' || target.ptr[0] == 'e');
    if (!named || !rd_text_to_i64(rd_text_slice(target, 1, target.len), &number) || number <= 0)
        return 0;
    return (uint64_t)number;
}

/* A message that belongs to no referral: what became of it and what its sender was told, both from
 * the ledger. */
static bool query_submission(struct rd_core *core, uint64_t received)
{
    const struct rd_query *query = core->event->message->query;
    if (!rd_may_oversee(core->event->origin.identity))
        return refuse(core, query->correlation, query->target, RD_REFUSAL_RIGHTS,
                      "only the desk and an operator may ask that");
    if (received > core->meta.last_entry)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "the ledger does not go as far");
    char *bytes = rd_take(core, 8);
    if (bytes == NULL || answer(core) == NULL)
        return false;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(received >> (56 - 8 * i));
    rd_send_bodies(core, (struct rd_text){bytes, 8});
    return true;
}

/* Explain and trace: the referral as it stands; the shell adds what only the ledger has. Explain:
 * the bodies name the entry of the decision in force. Trace: they are there and empty, which says
 * every entry of this referral. */
static bool query_referral(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    struct rd_held *held = NULL;
    struct rd_referral_state *state = NULL;
    find_target(core, &held, &state);
    if (core->err != RD_OK)
        return false;
    uint64_t received = query->kind == RD_QUERY_TRACE ? submission_of(query->target) : 0;
    if (received != 0)
        return query_submission(core, received);
    if (state == NULL)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "no referral of that name is held");
    if (!may_see_any(core->event->origin.identity, state))
        return refuse(core, query->correlation, query->target, RD_REFUSAL_RIGHTS,
                      "it is with no team of this user");
    struct rd_query_result *result = answer(core);
    if (result == NULL || !add_rows(core, held, state, result))
        return false;
    result->referral = shown_to(core, state);
    if (result->referral == NULL)
        return false;
    char *bytes = rd_take(core, 8);
    if (bytes == NULL)
        return false;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(state->decision >> (56 - 8 * i));
    rd_send_bodies(core, (struct rd_text){bytes, query->kind == RD_QUERY_EXPLAIN ? 8 : 0});
    return true;
}

static rd_instant first_claim(const struct rd_referral_state *state)
{
    rd_instant first = 0;
    for (size_t i = 0; i < state->assignments_count; i++) {
        rd_instant at = state->assignments[i].claimed_at;
        if (at != 0 && (first == 0 || at < first))
            first = at;
    }
    return first;
}

static rd_instant first_contact(const struct rd_referral_state *state)
{
    rd_instant first = 0;
    for (size_t i = 0; i < state->contacts_count; i++) {
        const struct rd_contact *each = &state->contacts[i];
        bool stands = each->voided_at == 0 && each->mode != RD_CONTACT_NO_ACCESS;
        if (stands && (first == 0 || each->occurred < first))
            first = each->occurred;
    }
    return first;
}

/* Somebody may be doing harm, and may have found the reference. */
static bool has_concern(const struct rd_referral_state *state)
{
    const struct rd_facts *facts = state->facts;
    if (facts == NULL)
        return false;
    for (size_t i = 0; i < facts->flags_count; i++)
        if (rd_text_is(facts->flags[i], "safeguarding"))
            return true;
    return facts->safeguarding_need;
}

static rd_instant first_acceptance(const struct rd_referral_state *state)
{
    rd_instant first = 0;
    for (size_t i = 0; i < state->assignments_count; i++) {
        rd_instant at = state->assignments[i].accepted_at;
        if (at != 0 && (first == 0 || at < first))
            first = at;
    }
    return first;
}

static struct rd_stages_seen *stages_of(struct rd_core *core, uint64_t id,
                                        const struct rd_referral_state *state)
{
    struct rd_stages_seen *stages = rd_take(core, sizeof *stages);
    if (stages != NULL)
        *stages = (struct rd_stages_seen){.referral = rd_referral_name(core, id),
                                          .held = state->received,
                                          .routed = state->opened_at,
                                          .claimed = first_claim(state),
                                          .contacted = first_contact(state),
                                          .closed = state->closed_at,
                                          .concern = has_concern(state),
                                          .accepted = first_acceptance(state),
                                          .phase = state->phase,
                                          .outcome = state->outcome,
                                          .revision = state->revision};
    return core->err == RD_OK ? stages : NULL;
}

/* Times and nothing of the person: for the sender, and for the person by their reference. */
static bool query_stages(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    const struct rd_identity *identity = core->event->origin.identity;
    struct rd_held *held = NULL;
    struct rd_referral_state *state = NULL;
    find_target(core, &held, &state);
    if (core->err != RD_OK)
        return false;
    /* Unknown and not theirs look the same: a reference is not to be probed for. */
    if (state == NULL ||
        !(rd_identity_may_feed(identity, state->feed) || may_see_any(identity, state)))
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "no referral of that name is held for this user");
    struct rd_query_result *result = answer(core);
    if (result == NULL)
        return false;
    result->stages = stages_of(core, held->id, state);
    return result->stages != NULL;
}

/* Open items, oldest first; the earliest ROWS_MAX. */
static bool query_quarantine(struct rd_core *core)
{
    struct rd_query_result *result = answer(core);
    size_t most = core->items.used < ROWS_MAX ? core->items.used : ROWS_MAX;
    if (result == NULL)
        return false;
    result->quarantined = rd_take_array(core, most + 1, sizeof *result->quarantined);
    if (result->quarantined == NULL)
        return false;
    uint64_t after = 0;
    while (result->quarantined_count < most) {
        const struct rd_item *next = NULL;
        const struct rd_item *each = NULL;
        for (size_t cursor = 0; (each = rd_map_each(&core->items, &cursor)) != NULL;)
            if (each->state.closed_at == 0 && each->state.entry > after &&
                (next == NULL || each->state.entry < next->state.entry))
                next = each;
        if (next == NULL)
            break;
        after = next->state.entry;
        result->quarantined[result->quarantined_count++] = next->state;
    }
    return true;
}

/* The FOUND_MAX newest open referrals of the feed that know the person, oldest first. */
static bool find_person(struct rd_core *core, struct rd_text feed, struct rd_text hash,
                        struct rd_held *found[FOUND_MAX], size_t *count)
{
    struct rd_held *held = NULL;
    *count = 0;
    for (size_t cursor = 0;
         (held = rd_map_each_equal(&core->persons, rd_hash_prefix(hash), &cursor)) != NULL;) {
        const struct rd_referral_state *state = rd_peek(core, held);
        if (state == NULL)
            return false;
        if (!rd_text_equal(state->feed, feed) || !rd_knows_person(state, hash))
            continue;
        size_t at = *count;
        while (at > 0 && found[at - 1]->order > held->order)
            at--;
        if (*count == FOUND_MAX) { /* the oldest makes room */
            if (at == 0)
                continue;
            memmove(found, found + 1, sizeof *found * --at);
            found[at] = held;
            continue;
        }
        memmove(found + at + 1, found + at, sizeof *found * ((*count)++ - at));
        found[at] = held;
    }
    return true;
}

static bool emit_sought(struct rd_core *core, const struct rd_feed *feed, size_t found)
{
    struct rd_entry entry = {.kind = RD_ENTRY_READ, .feed = feed->name};
    entry.read = rd_take(core, sizeof *entry.read);
    if (entry.read == NULL)
        return false;
    *entry.read = (struct rd_read){.by = core->event->message->query->by,
                                   .purpose = RD_TEXT("looked for a person"),
                                   .found = (uint32_t)found};
    return rd_keep_text(core, core->event->sought_hash, &entry.read->sought) &&
           rd_emit(core, &entry);
}

/* What a feed's sender has with us about a person. That somebody looked is recorded whatever was
 * found. */
static bool query_find(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    const struct rd_feed *feed = rd_place_feed(core->place, query->target);
    struct rd_held *found[FOUND_MAX];
    size_t count = 0;
    if (!rd_may_read_for(core->event->origin.identity, query->target))
        return refuse(core, query->correlation, query->target, RD_REFUSAL_RIGHTS,
                      "only an adapter may look, on a feed that its key lists");
    if (feed == NULL)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "no feed of the rules in force");
    if (!rd_is_said(query->by) || query->sought == NULL || query->sought->value.len == 0)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_MISSING,
                      "who looks, and for whom? set `by` and `sought`");
    if (core->event->sought_hash.len != RD_HASH_BYTES)
        return rd_broken(core);
    if (!find_person(core, query->target, core->event->sought_hash, found, &count) ||
        !emit_sought(core, feed, count))
        return false;
    struct rd_query_result *result = answer(core);
    struct rd_text *names = rd_take_array(core, count + 1, sizeof *names);
    if (result == NULL || names == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        names[i] = rd_referral_name(core, found[i]->id);
    result->found = names;
    result->found_count = count;
    return core->err == RD_OK;
}

static bool query_links(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    struct rd_held *held = NULL;
    struct rd_referral_state *state = NULL;
    if (rd_text_present(query->target))
        find_target(core, &held, &state);
    if (core->err != RD_OK)
        return false;
    if (rd_text_present(query->target) && held == NULL)
        return refuse(core, query->correlation, query->target, RD_REFUSAL_UNKNOWN,
                      "no referral of that name is held");
    struct rd_query_result *result = answer(core);
    return result != NULL && rd_links_answer(core, held, result);
}

bool rd_query_run(struct rd_core *core)
{
    const struct rd_query *query = core->event->message->query;
    const struct rd_identity *identity = core->event->origin.identity;
    bool oversees = rd_may_oversee(identity);
    if ((query->kind == RD_QUERY_STATUS && !oversees && identity->role != RD_IDENTITY_DASHBOARD) ||
        ((query->kind == RD_QUERY_QUARANTINE || query->kind == RD_QUERY_LINKS) && !oversees))
        return refuse(core, query->correlation, RD_TEXT("query"), RD_REFUSAL_RIGHTS,
                      "only the desk and an operator may ask that");
    switch (query->kind) {
    case RD_QUERY_STATUS:
        return query_status(core);
    case RD_QUERY_QUEUE:
        return query_queue(core);
    case RD_QUERY_EXPLAIN:
    case RD_QUERY_TRACE:
        return query_referral(core);
    case RD_QUERY_QUARANTINE:
        return query_quarantine(core);
    case RD_QUERY_STAGES:
        return query_stages(core);
    case RD_QUERY_FIND:
        return query_find(core);
    case RD_QUERY_LINKS:
        return query_links(core);
    }
    return refuse(core, query->correlation, RD_TEXT("query"), RD_REFUSAL_INVALID,
                  "no kind of query: set `kind`");
}

static bool emit_read(struct rd_core *core, const struct rd_open *open, struct rd_held *held,
                      const struct rd_assignment *of, const struct rd_item *item)
{
    struct rd_entry entry = {.kind = RD_ENTRY_READ, .referral = held == NULL ? 0 : held->id};
    entry.read = rd_take(core, sizeof *entry.read);
    if (entry.read == NULL)
        return false;
    *entry.read = (struct rd_read){.assignment = of == NULL ? 0 : of->index,
                                   .view = of == NULL ? RD_VIEW_FULL : of->view,
                                   .by = open->by,
                                   .purpose = open->purpose,
                                   .quarantine = item == NULL ? 0 : item->state.entry};
    return rd_emit(core, &entry);
}

static struct rd_opened *opened(struct rd_core *core, uint64_t correlation, enum rd_view view)
{
    struct rd_message *message = rd_answer(core);
    struct rd_opened *made = rd_take(core, sizeof *made);
    if (message == NULL || made == NULL)
        return NULL;
    *made = (struct rd_opened){.correlation = correlation, .view = view};
    message->opened = made;
    return made;
}

static bool open_item(struct rd_core *core, const struct rd_open *open, const struct rd_item *item)
{
    if (!rd_may_oversee(core->event->origin.identity))
        return refuse(core, open->correlation, open->target, RD_REFUSAL_RIGHTS,
                      "quarantined items are the desk's and the operator's");
    char *bytes = rd_take(core, 8);
    if (bytes == NULL || !emit_read(core, open, NULL, NULL, item) ||
        opened(core, open->correlation, RD_VIEW_FULL) == NULL)
        return false;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(item->state.entry >> (56 - 8 * i));
    rd_send_bodies(core, (struct rd_text){bytes, 8});
    return true;
}

static bool open_assignment(struct rd_core *core, const struct rd_open *open, struct rd_held *held,
                            uint32_t index)
{
    struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    const struct rd_assignment *lead = rd_lead_of(state);
    if (index == 0)
        index = lead == NULL ? (uint32_t)state->assignments_count : lead->index;
    const struct rd_assignment *of = rd_assignment_at(state, index);
    if (of == NULL || !rd_may_see(core->event->origin.identity, of->team) ||
        of->view == RD_VIEW_NONE)
        return refuse(core, open->correlation, open->target, RD_REFUSAL_RIGHTS,
                      "its content is not for this user");
    enum rd_view view = of->view;
    if (!emit_read(core, open, held, of, NULL))
        return false;
    struct rd_opened *made = opened(core, open->correlation, view);
    if (made == NULL)
        return false;
    made->row = rd_row_of(core, held, index);
    made->contacts = state->contacts;
    made->contacts_count = state->contacts_count;
    rd_send_bodies(core, state->bodies);
    return made->row != NULL;
}

/* To an adapter: the sender's own record, and how far it is; nothing of who has it. */
static bool open_for_sender(struct rd_core *core, const struct rd_open *open, struct rd_held *held)
{
    const struct rd_referral_state *state = held == NULL ? NULL : rd_live(core, held);
    if (held != NULL && state == NULL)
        return false;
    /* Unknown and not theirs look the same: a reference is not to be probed for. */
    if (state == NULL || !rd_text_equal(state->feed, open->feed) ||
        !rd_may_read_for(core->event->origin.identity, open->feed))
        return refuse(core, open->correlation, open->target, RD_REFUSAL_UNKNOWN,
                      "no referral of that name came by that feed");
    if (!emit_read(core, open, held, NULL, NULL))
        return false;
    struct rd_opened *made = opened(core, open->correlation, RD_VIEW_FULL);
    if (made == NULL)
        return false;
    made->stages = stages_of(core, held->id, state);
    rd_send_bodies(core, state->bodies);
    return made->stages != NULL;
}

bool rd_open_run(struct rd_core *core)
{
    const struct rd_open *open = core->event->message->open;
    struct rd_held *held = NULL;
    struct rd_item *item = NULL;
    uint32_t index = 0;
    if (!rd_is_said(open->by))
        return refuse(core, open->correlation, open->target, RD_REFUSAL_MISSING,
                      "who reads it? set `by` to a person's name");
    rd_target_find(core, open->target, &held, &index, &item);
    if (core->err != RD_OK)
        return false;
    if (core->event->origin.identity->role == RD_IDENTITY_ADAPTER)
        return open_for_sender(core, open, held);
    if (item != NULL)
        return open_item(core, open, item);
    if (held != NULL)
        return open_assignment(core, open, held, index);
    return refuse(core, open->correlation, open->target, RD_REFUSAL_UNKNOWN,
                  "nothing of that name is held");
}
