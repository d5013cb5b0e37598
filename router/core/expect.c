#include "core/expect.h"

#include "core/emit.h"
#include "core/numbers.h"

enum { RANGES_SAID = 6 };

bool rd_expect_is_kind(enum rd_alarm_kind kind)
{
    return kind == RD_ALARM_SEQUENCE || kind == RD_ALARM_SILENCE || kind == RD_ALARM_SHORTFALL;
}

void rd_expect_received(const struct rd_core *core, const struct rd_feed *feed, bool counts,
                        struct rd_received *received)
{
    const struct rd_expected *expected = &feed->expected;
    bool numbered = counts && !expected->sequence_ignored &&
                    rd_text_present(received->submission->sequence_of) &&
                    received->submission->sequence != 0;
    received->sequence_due =
        numbered ? core->now + (rd_instant)expected->gap_minutes * RD_MINUTE_US : 0;
    received->day =
        counts && expected->per_day > 0 ? (uint32_t)rd_rules_day(core->rules, core->now) : 0;
}

bool rd_expect_apply_received(struct rd_core *core, struct rd_feed_held *feed,
                              const struct rd_entry *entry)
{
    const struct rd_received *received = entry->received;
    struct rd_feed_state *state = &feed->state;
    bool again = received->disposal == RD_DISPOSAL_REPEAT;
    if (!again && received->day != 0) {
        state->day_count = received->day == state->day ? state->day_count + 1 : 1;
        state->day = received->day;
    }
    if (!again && received->sequence_due != 0 && !rd_numbers_take(core, feed, entry))
        return false;
    return rd_expect_timer(core, feed);
}

enum rd_err rd_expect_apply_alarmed(struct rd_core *core, const struct rd_entry *entry,
                                    struct rd_errbuf *why)
{
    const struct rd_alarmed *alarmed = entry->alarmed;
    if (!rd_text_present(entry->feed))
        return rd_fail(why, RD_E_CORRUPT, "entry %llu: an alarm of no feed",
                       (unsigned long long)entry->number);
    struct rd_feed_held *feed = rd_make_feed(core, entry->feed);
    if (feed == NULL)
        return core->err;
    if (alarmed->kind == RD_ALARM_SEQUENCE)
        rd_numbers_told(feed, alarmed->about, entry->at);
    else if (alarmed->kind == RD_ALARM_SILENCE)
        feed->state.silence_told = entry->at;
    else
        feed->state.shortfall_day = alarmed->day;
    return rd_touch(core, RD_TOUCHED_FEED, feed, &feed->touched_step) && rd_expect_timer(core, feed)
               ? RD_OK
               : core->err;
}

static struct rd_numbering *due_numbering(const struct rd_feed_held *feed, rd_instant *at)
{
    struct rd_numbering *found = NULL;
    *at = 0;
    for (size_t i = 0; i < feed->state.numberings_count; i++) {
        rd_instant due = rd_numbers_due(&feed->state.numberings[i]);
        if (due == 0 || (found != NULL && due >= *at))
            continue;
        found = &feed->state.numberings[i];
        *at = due;
    }
    return found;
}

/* NULL: no rules are loaded, or they do not name it. */
static const struct rd_feed *plan_of(const struct rd_core *core, const struct rd_feed_held *feed)
{
    return core->place == NULL ? NULL : rd_place_feed(core->place, feed->state.feed);
}

/* Silence before these rules came into force does not count: nobody was asked not to be silent. */
static rd_instant silence_due(const struct rd_core *core, const struct rd_feed *plan,
                              const struct rd_feed_held *feed)
{
    rd_instant since = feed->state.last_received;
    if (since < core->meta.rules_since)
        since = core->meta.rules_since;
    return feed->state.silence_told > since ? 0 : rd_rules_feed_quiet(core->rules, plan, since);
}

/* The first day that is counted from its beginning, that has not been looked at. */
static int64_t shortfall_due(const struct rd_core *core, const struct rd_feed *plan,
                             const struct rd_feed_held *feed, rd_instant *at)
{
    int64_t from = rd_rules_day(core->rules, core->meta.rules_since) + 1;
    if (from <= (int64_t)feed->state.shortfall_day)
        from = (int64_t)feed->state.shortfall_day + 1;
    if (from <= feed->day_seen)
        from = feed->day_seen + 1;
    return rd_rules_feed_day(core->rules, plan, from, at);
}

rd_instant rd_expect_due(const struct rd_core *core, const struct rd_feed_held *feed)
{
    rd_instant due = 0;
    const struct rd_feed *plan = plan_of(core, feed);
    (void)due_numbering(feed, &due);
    if (plan == NULL)
        return due;
    rd_instant also[2] = {silence_due(core, plan, feed), 0};
    (void)shortfall_due(core, plan, feed, &also[1]);
    for (size_t i = 0; i < 2; i++)
        if (also[i] != 0 && (due == 0 || also[i] < due))
            due = also[i];
    return due;
}

bool rd_expect_timer(struct rd_core *core, struct rd_feed_held *feed)
{
    rd_instant due = rd_expect_due(core, feed);
    if (due == 0) {
        rd_heap_cancel(&core->timers, &feed->timer.node);
        return true;
    }
    uint64_t order = rd_text_hash(feed->state.feed);
    return rd_heap_set(&core->timers, &feed->timer.node, due, order) ? true : rd_nomem(core);
}

bool rd_expect_rules(struct rd_core *core)
{
    int64_t today = rd_rules_day(core->rules, core->now);
    for (size_t i = 0; i < core->place->feeds_count; i++) {
        const struct rd_feed *plan = &core->place->feeds[i];
        bool expects = plan->expected.per_day > 0 || plan->expected.quiet_minutes > 0;
        if (expects && rd_make_feed(core, plan->name) == NULL)
            return false;
    }
    for (size_t i = 0; i < core->feeds_count; i++) {
        /* Days on which nobody was here to count are not held against anybody. */
        if (core->feeds[i]->day_seen < today - 1)
            core->feeds[i]->day_seen = today - 1;
        if (!rd_expect_timer(core, core->feeds[i]))
            return false;
    }
    return true;
}

static bool tell_desk(struct rd_core *core, const struct rd_feed_held *feed,
                      struct rd_alarmed alarmed)
{
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_entry entry = {.kind = RD_ENTRY_ALARMED, .feed = feed->state.feed};
    alarmed.team = core->place->desk;
    alarmed.escalate_to = desk == NULL ? RD_TEXT_NONE : desk->rota;
    alarmed.person = rd_rules_on_rota(core->rules, alarmed.escalate_to, core->now);
    entry.alarmed = rd_take(core, sizeof *entry.alarmed);
    if (entry.alarmed == NULL || !rd_text_present(alarmed.words))
        return core->err == RD_OK ? rd_nomem(core) : false;
    *entry.alarmed = alarmed;
    return rd_emit(core, &entry);
}

/* "17 to 19, 25"; what was told of before is left out. */
static struct rd_text say_ranges(struct rd_core *core, const struct rd_numbering *n,
                                 struct rd_alarmed *alarmed)
{
    struct rd_text out = {"", 0};
    size_t said = 0;
    alarmed->count = n->unlisted;
    for (size_t i = 0; i < n->missing_count; i++) {
        const struct rd_missing *each = &n->missing[i];
        unsigned long long from = each->from;
        unsigned long long to = each->to;
        const char *comma = said > 0 ? ", " : "";
        if (each->told)
            continue;
        alarmed->count += each->to - each->from + 1;
        if (alarmed->first == 0 || each->from < alarmed->first)
            alarmed->first = each->from;
        if (each->to > alarmed->last)
            alarmed->last = each->to;
        if (said++ >= RANGES_SAID)
            continue;
        out = from == to ? RD_WORDS(core, "%.*s%s%llu", RD_TEXT_ARG(out), comma, from)
                         : RD_WORDS(core, "%.*s%s%llu to %llu", RD_TEXT_ARG(out), comma, from, to);
    }
    bool others = said > RANGES_SAID || n->unlisted > 0;
    return others ? RD_WORDS(core, "%.*s and others", RD_TEXT_ARG(out)) : out;
}

static bool fire_sequence(struct rd_core *core, struct rd_feed_held *feed,
                          const struct rd_numbering *n, rd_instant due)
{
    struct rd_alarmed alarmed = {.kind = RD_ALARM_SEQUENCE, .due = due > 1 ? due : core->now};
    if (!rd_keep_text(core, n->of, &alarmed.about))
        return false;
    struct rd_text ranges = say_ranges(core, n, &alarmed);
    alarmed.words = RD_WORDS(core,
                             "%llu numbered messages of this sender did not come: %.*s; ask it to "
                             "send them again",
                             (unsigned long long)alarmed.count, RD_TEXT_ARG(ranges));
    return tell_desk(core, feed, alarmed);
}

static bool fire_silence(struct rd_core *core, struct rd_feed_held *feed,
                         const struct rd_feed *plan, rd_instant due)
{
    struct rd_alarmed alarmed = {.kind = RD_ALARM_SILENCE, .due = due};
    alarmed.words = RD_WORDS(core,
                             "nothing has come on this feed for %u minutes of the hours in which "
                             "its sender sends: is it, or the way here, down?",
                             (unsigned)plan->expected.quiet_minutes);
    return tell_desk(core, feed, alarmed);
}

static bool fire_shortfall(struct rd_core *core, struct rd_feed_held *feed,
                           const struct rd_feed *plan, int64_t day, rd_instant due)
{
    uint64_t came = feed->state.day == (uint32_t)day ? feed->state.day_count : 0;
    feed->day_seen = day;
    if (came >= plan->expected.per_day)
        return rd_expect_timer(core, feed);
    struct rd_alarmed alarmed = {
        .kind = RD_ALARM_SHORTFALL, .due = due, .count = came, .day = (uint32_t)day};
    alarmed.words = RD_WORDS(core,
                             "%llu messages came today, at least %u were declared: compare with "
                             "what the sender has sent",
                             (unsigned long long)came, (unsigned)plan->expected.per_day);
    return tell_desk(core, feed, alarmed);
}

bool rd_expect_fire(struct rd_core *core, struct rd_feed_held *feed)
{
    rd_instant due = 0;
    const struct rd_feed *plan = plan_of(core, feed);
    const struct rd_numbering *n = due_numbering(feed, &due);
    if (n != NULL && due <= core->now)
        return fire_sequence(core, feed, n, due);
    if (plan == NULL)
        return rd_broken(core);
    due = silence_due(core, plan, feed);
    if (due != 0 && due <= core->now)
        return fire_silence(core, feed, plan, due);
    int64_t day = shortfall_due(core, plan, feed, &due);
    if (due != 0 && due <= core->now)
        return fire_shortfall(core, feed, plan, day, due);
    return rd_broken(core);
}
