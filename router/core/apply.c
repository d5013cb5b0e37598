#include "core/apply.h"

#include "core/clocks.h"
#include "core/expect.h"
#include "core/rulesets.h"

#include <string.h>

enum rd_err rd_corrupt(struct rd_errbuf *why, const struct rd_entry *entry, const char *what)
{
    return rd_fail(why, RD_E_CORRUPT, "entry %llu: %s", (unsigned long long)entry->number, what);
}

enum rd_err rd_apply_begin(struct rd_core *core, const struct rd_entry *entry, struct rd_edit *edit,
                           struct rd_errbuf *why)
{
    struct rd_held *held = rd_find_referral(core, entry->referral);
    if (held == NULL)
        return rd_corrupt(why, entry, "no such referral");
    return rd_edit_begin(core, held, edit) ? RD_OK : core->err;
}

enum rd_err rd_apply_end(struct rd_core *core, struct rd_edit *edit)
{
    return rd_edit_end(core, edit) ? RD_OK : core->err;
}

static enum rd_err apply_started(struct rd_core *core, const struct rd_entry *entry,
                                 struct rd_errbuf *why)
{
    if (entry->started == NULL)
        return rd_corrupt(why, entry, "a start without its arm");
    core->meta.incarnation = entry->started->incarnation;
    return rd_own_text(core, &core->meta.place, entry->started->place) ? RD_OK : core->err;
}

static enum rd_err alarmed_item(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why)
{
    const struct rd_alarmed *alarmed = entry->alarmed;
    struct rd_item *item = rd_find_item(core, alarmed->quarantine);
    if (item == NULL)
        return rd_corrupt(why, entry, "an alarm for no quarantined item");
    if (alarmed->next_due != 0)
        return RD_OK; /* of its arrival: the one of its deadline is still to come */
    struct rd_quarantine_state state = item->state;
    state.alarmed = true;
    bool done = rd_item_set(core, item, &state) &&
                rd_touch(core, RD_TOUCHED_ITEM, item, &item->touched_step);
    return done ? RD_OK : core->err;
}

static enum rd_err alarmed_clock(const struct rd_entry *entry, struct rd_edit *edit,
                                 struct rd_errbuf *why)
{
    const struct rd_alarmed *alarmed = entry->alarmed;
    struct rd_clock *clock = rd_clock_at(edit->state, alarmed->clock);
    if (clock == NULL || !rd_clock_running(clock) || alarmed->stage != clock->next_stage)
        return rd_corrupt(why, entry, "a stage of a clock that does not run there");
    struct rd_stage fired = {.kind = alarmed->stage_kind, .due = alarmed->due};
    rd_clock_fired(clock, &fired, alarmed->next_due);
    return RD_OK;
}

static enum rd_err apply_alarmed(struct rd_core *core, const struct rd_entry *entry,
                                 struct rd_errbuf *why)
{
    const struct rd_alarmed *alarmed = entry->alarmed;
    if (alarmed == NULL)
        return rd_corrupt(why, entry, "an alarm without its arm");
    if (alarmed->quarantine != 0)
        return alarmed_item(core, entry, why);
    if (rd_expect_is_kind(alarmed->kind))
        return rd_expect_apply_alarmed(core, entry, why);
    if (entry->referral == 0)
        return RD_OK;
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    struct rd_assignment *assignment = rd_assignment_at(edit.state, alarmed->assignment);
    if (alarmed->kind == RD_ALARM_STAGE)
        err = alarmed_clock(entry, &edit, why);
    else if (assignment == NULL && alarmed->kind != RD_ALARM_RECEIPT)
        err = rd_corrupt(why, entry, "an alarm for no assignment");
    else if (alarmed->kind == RD_ALARM_STAND_DOWN)
        assignment->stand_down_at = alarmed->next_due;
    else if (alarmed->kind == RD_ALARM_CLOSED_TEAM)
        assignment->closes_at = alarmed->next_due;
    else if (alarmed->kind == RD_ALARM_CHASE)
        assignment->chase_at = 0;
    else
        edit.rows = false;
    return err != RD_OK ? err : rd_apply_end(core, &edit);
}

static enum rd_err apply_receipted(struct rd_core *core, const struct rd_entry *entry,
                                   struct rd_errbuf *why)
{
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    struct rd_referral_state *state = edit.state;
    if (entry->receipted == NULL || state->receipts_count == 0 ||
        state->receipts[0].number != entry->receipted->receipt)
        return rd_corrupt(why, entry, "a receipt that is not the next one");
    state->receipts++;
    state->receipts_count--;
    edit.rows = false;
    return rd_apply_end(core, &edit);
}

static enum rd_err apply_clock_ended(struct rd_core *core, const struct rd_entry *entry,
                                     struct rd_errbuf *why)
{
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    struct rd_clock *clock =
        entry->clock_ended == NULL ? NULL : rd_clock_at(edit.state, entry->clock_ended->clock);
    if (clock == NULL || !rd_clock_running(clock))
        return rd_corrupt(why, entry, "ends a clock that does not run");
    rd_clock_end(clock, entry->at, RD_TEXT("ended-early"), 0);
    return rd_apply_end(core, &edit);
}

/* The entry is the whole record of it: no state follows. */
static enum rd_err apply_nothing(struct rd_core *core, const struct rd_entry *entry,
                                 struct rd_errbuf *why)
{
    (void)core;
    if (entry->read == NULL && entry->time == NULL && entry->answered == NULL)
        return rd_corrupt(why, entry, "an entry without its arm");
    return RD_OK;
}

typedef enum rd_err apply_kind(struct rd_core *, const struct rd_entry *, struct rd_errbuf *);
static apply_kind *const kinds[] = {
    [RD_ENTRY_STARTED] = apply_started,
    [RD_ENTRY_RULES] = rd_apply_rules,
    [RD_ENTRY_RECEIVED] = rd_apply_received,
    [RD_ENTRY_DECIDED] = rd_apply_decided,
    [RD_ENTRY_MOVED] = rd_apply_moved,
    [RD_ENTRY_CONTACTED] = rd_apply_contacted,
    [RD_ENTRY_ALARMED] = apply_alarmed,
    [RD_ENTRY_RECEIPTED] = apply_receipted,
    [RD_ENTRY_READ] = apply_nothing,
    [RD_ENTRY_QUARANTINE] = rd_apply_quarantine,
    [RD_ENTRY_CLOCK_ENDED] = apply_clock_ended,
    [RD_ENTRY_TIME] = apply_nothing,
    [RD_ENTRY_RULESET] = rd_apply_ruleset,
    [RD_ENTRY_ACTIVATION] = rd_apply_activation,
    [RD_ENTRY_LINKED] = rd_apply_linked,
    [RD_ENTRY_ANSWERED] = apply_nothing,
};

enum rd_err rd_apply(struct rd_core *core, const struct rd_entry *entry, struct rd_errbuf *why)
{
    if (entry->number != core->meta.last_entry + 1)
        return rd_corrupt(why, entry, "its number does not follow the last one");
    if (entry->at < core->meta.last_at)
        return rd_corrupt(why, entry, "its time is before the last one's");
    if ((size_t)entry->kind >= sizeof kinds / sizeof kinds[0] || kinds[entry->kind] == NULL)
        return rd_corrupt(why, entry, "an unknown kind");
    enum rd_err err = kinds[entry->kind](core, entry, why);
    if (err != RD_OK)
        return err;
    core->meta.last_entry = entry->number;
    core->meta.last_at = entry->at;
    return core->err;
}
