/* A number that goes on from where a run stands is in order. One that is missing fills its gap. One
 * beyond a run leaves a gap, which may still fill: several connections overtake one another. One
 * below everything begins a run of its own: the sender counts anew (a wrap, a restart, another
 * system under the same name), and nothing is known to be missing before it. So nobody is told of a
 * gap at once, of no gap twice, and of no two within RD_SEQUENCE_QUIET_MINUTES. */
#include "core/numbers.h"

#include <string.h>

struct rd_numbering *rd_numbers_find(const struct rd_feed_held *feed, struct rd_text of)
{
    for (size_t i = 0; i < feed->state.numberings_count; i++)
        if (rd_text_equal(feed->state.numberings[i].of, of))
            return &feed->state.numberings[i];
    return NULL;
}

static rd_instant heard(const struct rd_numbering *numbering)
{
    rd_instant last = 0;
    for (size_t i = 0; i < numbering->lines_count; i++)
        last = numbering->lines[i].at > last ? numbering->lines[i].at : last;
    return last;
}

/* Empty, with room for everything it may come to hold. */
static bool begin(struct rd_core *core, struct rd_text of, struct rd_numbering *out)
{
    *out = (struct rd_numbering){.lines = rd_hold(core, RD_NUMBER_LINES_MAX * sizeof *out->lines),
                                 .missing = rd_hold(core, RD_MISSING_MAX * sizeof *out->missing)};
    if (out->lines != NULL && out->missing != NULL && rd_hold_text(core, of, &out->of))
        return true;
    rd_release(core->alloc, out->lines);
    rd_release(core->alloc, out->missing);
    return false;
}

static void end(struct rd_core *core, struct rd_numbering *numbering)
{
    rd_release(core->alloc, numbering->lines);
    rd_release(core->alloc, numbering->missing);
    rd_release_text(core, numbering->of);
}

void rd_numbers_fini(struct rd_core *core, struct rd_feed_held *feed)
{
    for (size_t i = 0; i < feed->state.numberings_count; i++)
        end(core, &feed->state.numberings[i]);
    rd_release(core->alloc, feed->state.numberings);
}

/* The place of the one that has been silent for longest and that nothing untold is missing of. */
static struct rd_numbering *least(const struct rd_feed_held *feed)
{
    struct rd_numbering *found = NULL;
    for (size_t i = 0; i < feed->state.numberings_count; i++) {
        struct rd_numbering *each = &feed->state.numberings[i];
        if (rd_numbers_due(each) == 0 && (found == NULL || heard(each) < heard(found)))
            found = each;
    }
    return found;
}

/* *out NULL: there is no room to watch another. */
static bool add(struct rd_core *core, struct rd_feed_held *feed, struct rd_text of,
                struct rd_numbering **out)
{
    struct rd_numbering made;
    struct rd_feed_state *state = &feed->state;
    *out = NULL;
    if (state->numberings == NULL)
        state->numberings = rd_hold(core, RD_NUMBERINGS_MAX * sizeof *state->numberings);
    if (state->numberings == NULL)
        return false;
    bool room = state->numberings_count < RD_NUMBERINGS_MAX;
    struct rd_numbering *place = room ? &state->numberings[state->numberings_count] : least(feed);
    if (place == NULL)
        return true;
    if (!begin(core, of, &made))
        return false;
    if (!room)
        end(core, place);
    state->numberings_count += room ? 1 : 0;
    *place = made;
    *out = place;
    return true;
}

static void drop_missing(struct rd_numbering *n, size_t at)
{
    n->missing_count--;
    memmove(&n->missing[at], &n->missing[at + 1], (n->missing_count - at) * sizeof *n->missing);
}

/* The oldest that was told of makes room; else the oldest is only counted from now on. */
static void make_room(struct rd_numbering *n)
{
    size_t at = 0;
    if (n->missing_count < RD_MISSING_MAX)
        return;
    while (at < n->missing_count && !n->missing[at].told)
        at++;
    at = at < n->missing_count ? at : 0;
    if (!n->missing[at].told)
        n->unlisted += n->missing[at].to - n->missing[at].from + 1;
    drop_missing(n, at);
}

static void leave_out(struct rd_numbering *n, struct rd_missing missing)
{
    make_room(n);
    n->missing[n->missing_count++] = missing;
}

static bool fill(struct rd_numbering *n, uint64_t number)
{
    for (size_t i = 0; i < n->missing_count; i++) {
        struct rd_missing *each = &n->missing[i];
        if (number < each->from || number > each->to)
            continue;
        struct rd_missing rest = *each;
        if (each->from == each->to) {
            drop_missing(n, i);
        } else if (number == each->from) {
            each->from++;
        } else if (number == each->to) {
            each->to--;
        } else {
            each->to = number - 1;
            rest.from = number + 1;
            leave_out(n, rest);
        }
        return true;
    }
    return false;
}

/* The run that `number` goes on from: the one just before it, else the nearest below; NULL: it is
 * below all. */
static struct rd_number_line *line_of(const struct rd_numbering *n, uint64_t number)
{
    struct rd_number_line *found = NULL;
    for (size_t i = 0; i < n->lines_count; i++)
        if (n->lines[i].last <= number && (found == NULL || n->lines[i].last > found->last))
            found = &n->lines[i];
    return found;
}

static void add_line(struct rd_numbering *n, uint64_t number, rd_instant at)
{
    size_t place = n->lines_count;
    if (place == RD_NUMBER_LINES_MAX) {
        place = 0;
        for (size_t i = 1; i < n->lines_count; i++)
            place = n->lines[i].at < n->lines[place].at ? i : place;
    } else {
        n->lines_count++;
    }
    n->lines[place] = (struct rd_number_line){number, at};
}

static void take(struct rd_feed_state *feed, struct rd_numbering *n, uint64_t number, rd_instant at,
                 rd_instant due)
{
    struct rd_number_line *line = line_of(n, number);
    bool next = line != NULL && number - line->last <= 1;
    if (!next && fill(n, number)) {
        feed->sequence_filled++;
        return;
    }
    if (line == NULL) {
        add_line(n, number, at);
        return;
    }
    if (!next) {
        leave_out(n, (struct rd_missing){line->last + 1, number - 1, due, false});
        feed->sequence_gaps++;
    }
    *line = (struct rd_number_line){number, at};
}

bool rd_numbers_take(struct rd_core *core, struct rd_feed_held *feed, const struct rd_entry *entry)
{
    const struct rd_received *received = entry->received;
    const struct rd_submission *submission = received->submission;
    struct rd_numbering *n = rd_numbers_find(feed, submission->sequence_of);
    if (n == NULL && !add(core, feed, submission->sequence_of, &n))
        return false;
    if (n == NULL)
        return true;
    if (submission->sequence < 0)
        n->lines_count = 0; /* it counts anew: the next one begins a run */
    else
        take(&feed->state, n, (uint64_t)submission->sequence, entry->at, received->sequence_due);
    return true;
}

void rd_numbers_told(struct rd_feed_held *feed, struct rd_text of, rd_instant at)
{
    struct rd_numbering *n = rd_numbers_find(feed, of);
    if (n == NULL)
        return;
    for (size_t i = 0; i < n->missing_count; i++)
        n->missing[i].told = true;
    n->unlisted = 0;
    n->quiet_until = at + RD_SEQUENCE_QUIET_MINUTES * RD_MINUTE_US;
}

int64_t rd_numbers_expected(const struct rd_feed_held *feed, struct rd_text of)
{
    const struct rd_numbering *n = feed == NULL ? NULL : rd_numbers_find(feed, of);
    const struct rd_number_line *newest = NULL;
    for (size_t i = 0; n != NULL && i < n->lines_count; i++)
        if (newest == NULL || n->lines[i].at >= newest->at)
            newest = &n->lines[i];
    return newest == NULL ? -1 : (int64_t)newest->last + 1;
}

rd_instant rd_numbers_due(const struct rd_numbering *numbering)
{
    rd_instant due = numbering->unlisted > 0 ? 1 : 0;
    for (size_t i = 0; i < numbering->missing_count; i++) {
        const struct rd_missing *each = &numbering->missing[i];
        if (!each->told && (due == 0 || each->due < due))
            due = each->due;
    }
    return due != 0 && due < numbering->quiet_until ? numbering->quiet_until : due;
}

bool rd_numbers_load(struct rd_core *core, struct rd_feed_held *feed,
                     const struct rd_feed_state *from)
{
    if (from->numberings_count > RD_NUMBERINGS_MAX)
        return rd_broken(core);
    for (size_t i = 0; i < from->numberings_count; i++) {
        const struct rd_numbering *each = &from->numberings[i];
        struct rd_numbering *n = NULL;
        if (each->lines_count > RD_NUMBER_LINES_MAX || each->missing_count > RD_MISSING_MAX)
            return rd_broken(core);
        if (!add(core, feed, each->of, &n))
            return false;
        for (size_t k = 0; k < each->lines_count; k++)
            n->lines[k] = each->lines[k];
        for (size_t k = 0; k < each->missing_count; k++)
            n->missing[k] = each->missing[k];
        n->lines_count = each->lines_count;
        n->missing_count = each->missing_count;
        n->unlisted = each->unlisted;
        n->quiet_until = each->quiet_until;
    }
    return true;
}
