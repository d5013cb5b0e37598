/* When: the calendars of all teams change at certain moments; between two of them every team is
 * open or closed throughout, and its next opening is near enough to wait for or is not. What
 * becomes of a team's referral depends on the calendars of its fallback chain only, so for each
 * team the intervals fall into kinds: which of its chain are open and which are near, which were
 * before, and what kind of day it is. */
#include "rules/prove/proof.h"

#include <stdlib.h>
#include <string.h>

enum { EDGES_MAX = 1 << 20, BITS = 64, WAIT_MINUTES_MAX = 2880 };

static int ascending(const void *left, const void *right)
{
    const rd_instant *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static bool collect_calendars(struct proof *proof)
{
    const struct rd_rules *rules = proof->rules;
    size_t teams = rules->place.teams_count;
    proof->calendars = rd_arena_array(&proof->arena, teams + 1, sizeof(const struct rd_calendar *));
    for (size_t i = 0; proof->calendars != NULL && i < teams; i++) {
        size_t same = 0;
        while (same < proof->calendars_count && proof->calendars[same] != rules->team_calendars[i])
            same++;
        if (rules->team_calendars[i] != NULL && same == proof->calendars_count)
            proof->calendars[proof->calendars_count++] = rules->team_calendars[i];
    }
    return proof->calendars != NULL;
}

/* How long an opening may be away: two days, and where a clock ends sooner until that. */
static bool collect_waits(struct proof *proof)
{
    const struct rd_place *place = &proof->rules->place;
    proof->waits = rd_arena_array(&proof->arena, place->policies_count + 1, sizeof *proof->waits);
    if (proof->waits == NULL)
        return false;
    proof->waits[proof->waits_count++] = (rd_instant)WAIT_MINUTES_MAX * RD_MINUTE_US;
    for (size_t i = 0; i < place->policies_count; i++) {
        rd_instant wait = (rd_instant)place->policies[i].duration_minutes * RD_MINUTE_US;
        size_t same = 0;
        while (same < proof->waits_count && proof->waits[same] != wait)
            same++;
        if (same == proof->waits_count && wait > 0 && wait < proof->waits[0])
            proof->waits[proof->waits_count++] = wait;
    }
    return true;
}

/* The last day that a calendar says something of its own about. */
static int64_t last_date(const struct rd_calendar *calendar)
{
    int64_t last = 0;
    if (calendar->dates_count > 0)
        last = calendar->dates[calendar->dates_count - 1].day;
    if (calendar->holidays != NULL && calendar->holidays->count > 0 &&
        calendar->holidays->days[calendar->holidays->count - 1] > last)
        last = calendar->holidays->days[calendar->holidays->count - 1];
    return last;
}

static void set_until(struct proof *proof)
{
    const struct rd_zone *zone = proof->rules->zone;
    int64_t first = rd_zone_day(zone, proof->out->from), last = first + RD_PROVE_DAYS_MIN;
    for (size_t i = 0; i < proof->rules->calendars_count; i++)
        if (last_date(&proof->rules->calendars[i]) + 7 > last)
            last = last_date(&proof->rules->calendars[i]) + 7;
    if (last > first + RD_PROVE_DAYS_MAX)
        last = first + RD_PROVE_DAYS_MAX;
    proof->out->until = rd_zone_midnight(zone, last);
}

static bool add_edge(struct proof *proof, void **edges, rd_instant at)
{
    rd_instant *edge = rd_arena_add(&proof->arena, edges, &proof->edges_count, sizeof *edge);
    if (edge != NULL)
        *edge = at;
    return edge != NULL && proof->edges_count < EDGES_MAX;
}

/* Every change of a calendar, and within a closure where its end comes near. */
static bool add_changes(struct proof *proof, const struct rd_calendar *calendar, void **edges)
{
    rd_instant before = proof->out->from, at = rd_calendar_next_referral_change(calendar, before);
    bool good = true;
    for (; good && at != 0 && at < proof->out->until + proof->waits[0];
         before = at, at = rd_calendar_next_referral_change(calendar, at)) {
        if (at < proof->out->until)
            good = add_edge(proof, edges, at);
        for (size_t w = 0; good && w < proof->waits_count; w++)
            if (at - proof->waits[w] > before && at - proof->waits[w] < proof->out->until)
                good = add_edge(proof, edges, at - proof->waits[w]);
    }
    return good;
}

/* Every change of a calendar, and every midnight: a day is of one kind. */
static bool collect_edges(struct proof *proof)
{
    const struct rd_zone *zone = proof->rules->zone;
    rd_instant from = proof->out->from, until = proof->out->until;
    void *edges = NULL;
    bool good = add_edge(proof, &edges, from);
    for (int64_t day = rd_zone_day(zone, from) + 1; good && rd_zone_midnight(zone, day) < until;
         day++)
        good = add_edge(proof, &edges, rd_zone_midnight(zone, day));
    for (size_t i = 0; i < proof->calendars_count && good; i++)
        good = add_changes(proof, proof->calendars[i], &edges);
    proof->edges = edges;
    if (!good)
        return false;
    qsort(proof->edges, proof->edges_count, sizeof *proof->edges, ascending);
    size_t kept = 0;
    for (size_t i = 0; i < proof->edges_count; i++)
        if (kept == 0 || proof->edges[kept - 1] != proof->edges[i])
            proof->edges[kept++] = proof->edges[i];
    proof->edges_count = kept;
    proof->out->intervals = kept;
    return true;
}

enum proof_day proof_day_of(const struct proof *proof, rd_instant at)
{
    const struct rd_rules *rules = proof->rules;
    int64_t day = rd_zone_day(rules->zone, at);
    rd_instant length = rd_zone_midnight(rules->zone, day + 1) - rd_zone_midnight(rules->zone, day);
    if (length != RD_DAY_US)
        return length < RD_DAY_US ? PROOF_SPRING : PROOF_AUTUMN;
    for (size_t i = 0; i < rules->calendars_count; i++)
        if (rd_holidays_has(rules->calendars[i].holidays, day))
            return PROOF_HOLIDAY;
    return rd_weekday(day) >= 5 ? PROOF_WEEKEND : PROOF_WEEKDAY;
}

static void set(uint64_t *bits, size_t at)
{
    bits[at / BITS] |= UINT64_C(1) << (at % BITS);
}

/* The bits of a calendar: whether it takes referrals, and for each wait whether it will by then. */
static size_t bits_each(const struct proof *proof)
{
    return 1 + proof->waits_count;
}

/* For each interval the bits of each calendar. */
static uint64_t *open_in(struct proof *proof, size_t words)
{
    uint64_t *open = rd_arena_array(&proof->arena, words * proof->edges_count + 1, sizeof *open);
    for (size_t i = 0; open != NULL && i < proof->edges_count; i++)
        for (size_t c = 0; c < proof->calendars_count; c++) {
            size_t first = c * bits_each(proof);
            rd_instant at = proof->edges[i];
            if (rd_calendar_takes_referrals(proof->calendars[c], at)) {
                set(open + i * words, first);
                continue;
            }
            rd_instant opens = rd_calendar_next_referral(proof->calendars[c], at);
            for (size_t w = 0; w < proof->waits_count; w++)
                if (opens != 0 && opens <= at + proof->waits[w])
                    set(open + i * words, first + 1 + w);
        }
    return open;
}

/* The calendars of the teams that a referral to this one may end up with; `bits` of each. */
static void chain_of(const struct proof *proof, size_t team, size_t bits, uint64_t *mask)
{
    const struct rd_place *place = &proof->rules->place;
    for (size_t hops = 0; hops <= place->teams_count; hops++) {
        for (size_t c = 0; c < proof->calendars_count; c++)
            for (size_t b = 0; b < bits; b++)
                if (proof->calendars[c] == proof->rules->team_calendars[team])
                    set(mask, c * bits_each(proof) + b);
        const struct rd_team *next = rd_place_team(
            place, rd_text_present(place->teams[team].fallback) ? place->teams[team].fallback
                                                                : place->desk);
        if (next == NULL || next == &place->teams[team])
            return;
        team = (size_t)(next - place->teams);
    }
}

struct kinds {
    struct proof *proof;
    const uint64_t *open, *mask;
    size_t words;
    size_t *seen; /* an interval of each kind so far */
    size_t count;
};

static bool same_state(const struct kinds *kinds, size_t a, size_t b)
{
    for (size_t w = 0; w < kinds->words; w++)
        if (((kinds->open[a * kinds->words + w] ^ kinds->open[b * kinds->words + w]) &
             kinds->mask[w]) != 0)
            return false;
    return true;
}

static bool is_new(const struct kinds *kinds, size_t interval, const enum proof_day *days)
{
    for (size_t i = 0; i < kinds->count; i++) {
        size_t other = kinds->seen[i];
        bool first = other == 0 || interval == 0;
        if (days[other] == days[interval] && same_state(kinds, other, interval) &&
            (first ? other == interval : same_state(kinds, other - 1, interval - 1)))
            return false;
    }
    return true;
}

/* Both edges of an interval of each kind. */
static bool add_moments(struct proof *proof, const struct kinds *kinds, struct proof_hours *out)
{
    out->moments = rd_arena_array(&proof->arena, 2 * kinds->count + 1, sizeof *out->moments);
    for (size_t i = 0; out->moments != NULL && i < kinds->count; i++) {
        size_t at = kinds->seen[i];
        rd_instant end = at + 1 < proof->edges_count ? proof->edges[at + 1] : proof->out->until;
        out->moments[out->count++] = (struct proof_moment){proof->edges[at], at};
        out->moments[out->count++] = (struct proof_moment){end - 1, at};
    }
    proof->out->hours += kinds->count;
    return out->moments != NULL;
}

/* The kinds of hours of every team, by so many bits of each calendar of its chain. */
static struct proof_hours *hours_of_teams(struct proof *proof, struct kinds *kinds,
                                          const enum proof_day *days, uint64_t *mask, size_t bits)
{
    size_t teams = proof->rules->place.teams_count;
    struct proof_hours *hours = rd_arena_array(&proof->arena, teams + 1, sizeof *hours);
    for (size_t t = 0; hours != NULL && t < teams; t++) {
        memset(mask, 0, kinds->words * sizeof *mask);
        chain_of(proof, t, bits, mask);
        kinds->count = 0;
        for (size_t i = 0; i < proof->edges_count; i++)
            if (is_new(kinds, i, days))
                kinds->seen[kinds->count++] = i;
        if (!add_moments(proof, kinds, &hours[t]))
            return NULL;
    }
    return hours;
}

bool proof_add_hours(struct proof *proof)
{
    bool good = collect_calendars(proof) && collect_waits(proof) && collect_edges(proof);
    size_t words = proof->calendars_count * bits_each(proof) / BITS + 1;
    uint64_t *open = good ? open_in(proof, words) : NULL;
    size_t *seen = rd_arena_array(&proof->arena, proof->edges_count + 1, sizeof *seen);
    enum proof_day *days = rd_arena_array(&proof->arena, proof->edges_count + 1, sizeof *days);
    uint64_t *mask = rd_arena_array(&proof->arena, words, sizeof *mask);
    struct kinds kinds = {
        .proof = proof, .open = open, .mask = mask, .words = words, .seen = seen};
    good = good && open != NULL && seen != NULL && days != NULL && mask != NULL;
    for (size_t i = 0; good && i < proof->edges_count; i++)
        days[i] = proof_day_of(proof, proof->edges[i]);
    if (good) {
        proof->hours = hours_of_teams(proof, &kinds, days, mask, 1);
        proof->waiting_hours = hours_of_teams(proof, &kinds, days, mask, bits_each(proof));
    }
    if (!good || proof->hours == NULL || proof->waiting_hours == NULL) {
        proof->err = RD_E_TOOBIG;
        return false;
    }
    return true;
}

void proof_set_hours(struct proof *proof)
{
    set_until(proof);
}

bool proof_clock_without_end(struct proof *proof)
{
    const struct rd_place *place = &proof->rules->place;
    for (size_t p = 0; p < place->policies_count; p++) {
        const struct rd_policy *policy = &place->policies[p];
        if (proof->rules->policy_calendars[p] == NULL || policy->duration_minutes == 0)
            continue;
        for (size_t i = 0; i < proof->edges_count; i++) {
            if (rd_policy_report_due(proof->rules, policy, proof->edges[i]) != 0)
                continue;
            proof_fails(proof, RD_TEXT("anybody"), proof_when(proof, proof->edges[i]),
                        rd_arena_format(&proof->step,
                                        "the clock '%.*s' has no deadline: its calendar '%.*s' "
                                        "does not open long enough after that",
                                        RD_TEXT_ARG(policy->name), RD_TEXT_ARG(policy->calendar)));
            return true;
        }
    }
    return false;
}
