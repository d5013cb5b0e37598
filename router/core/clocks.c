#include "core/clocks.h"

/* Without a repeating stage of its own a running clock still never falls silent. */
static rd_instant default_repeat(const struct rd_clock *clock)
{
    bool urgent = clock->kind == RD_CLOCK_TRIAGE || clock->kind == RD_CLOCK_RESPOND_BY ||
                  clock->kind == RD_CLOCK_CLAIM_BY || clock->kind == RD_CLOCK_TWO_HOUR;
    return urgent ? 30 * RD_MINUTE_US : RD_DAY_US;
}

static bool past_stages(const struct rd_clock *clock)
{
    return clock->next_stage >= clock->stages_count;
}

/* Zero: the present stage fires once. */
static rd_instant repeat_of(const struct rd_clock *clock)
{
    if (past_stages(clock))
        return default_repeat(clock);
    const struct rd_stage *stage = &clock->stages[clock->next_stage];
    if (stage->kind != RD_STAGE_REPEAT)
        return 0;
    return stage->repeat_us == 0 ? default_repeat(clock) : (rd_instant)stage->repeat_us;
}

/* The moment the present stage is due first. */
static rd_instant base_due(const struct rd_clock *clock)
{
    if (!past_stages(clock))
        return clock->stages[clock->next_stage].due;
    if (clock->stages_count == 0)
        return clock->alarm_due;
    rd_instant last = clock->stages[clock->stages_count - 1].due;
    return clock->alarm_due > last ? clock->alarm_due : last + default_repeat(clock);
}

bool rd_clock_running(const struct rd_clock *clock)
{
    return clock->ended_at == 0;
}

rd_instant rd_clock_due(const struct rd_clock *clock)
{
    if (!rd_clock_running(clock))
        return 0;
    return base_due(clock) + (rd_instant)clock->repeats * repeat_of(clock);
}

enum rd_stage_kind rd_clock_stage_kind(const struct rd_clock *clock)
{
    if (!past_stages(clock))
        return clock->stages[clock->next_stage].kind;
    return clock->breached_at == 0 && clock->next_due <= clock->alarm_due ? RD_STAGE_BREACH
                                                                          : RD_STAGE_REPEAT;
}

struct rd_text rd_clock_escalate_to(const struct rd_clock *clock)
{
    if (!past_stages(clock))
        return clock->stages[clock->next_stage].escalate_to;
    return clock->stages_count == 0 ? RD_TEXT_NONE
                                    : clock->stages[clock->stages_count - 1].escalate_to;
}

rd_instant rd_clock_after(const struct rd_clock *clock, rd_instant now)
{
    rd_instant repeat = repeat_of(clock);
    if (repeat > 0) {
        rd_instant base = base_due(clock);
        return base + ((now - base) / repeat + 1) * repeat;
    }
    struct rd_clock next = *clock;
    next.next_stage++;
    next.repeats = 0;
    rd_instant due = base_due(&next);
    if (!past_stages(&next) || due > now)
        return due;
    repeat = default_repeat(&next);
    return due + ((now - due) / repeat + 1) * repeat;
}

void rd_clock_fired(struct rd_clock *clock, const struct rd_stage *fired, rd_instant next_due)
{
    bool reached = fired->kind == RD_STAGE_BREACH || fired->kind == RD_STAGE_REPEAT;
    if (reached && clock->breached_at == 0 && fired->due >= clock->alarm_due)
        clock->breached_at = clock->alarm_due;
    if (repeat_of(clock) > 0) {
        clock->repeats++;
    } else {
        clock->next_stage++;
        clock->repeats = 0;
    }
    clock->next_due = next_due;
}

void rd_clock_end(struct rd_clock *clock, rd_instant at, struct rd_text reason, uint32_t contact)
{
    clock->ended_at = at;
    clock->end_reason = reason;
    clock->end_contact = contact;
    clock->next_due = 0;
}

void rd_clock_restore(struct rd_clock *clock)
{
    clock->ended_at = 0;
    clock->end_reason = RD_TEXT_NONE;
    clock->end_contact = 0;
    for (uint32_t i = 0; i < clock->next_stage && i < clock->stages_count; i++)
        if (clock->stages[i].kind == RD_STAGE_BREACH)
            clock->breached_at = clock->alarm_due;
    clock->next_due = rd_clock_due(clock);
}

static bool claim_stage(const struct rd_clock *clock, uint32_t stage)
{
    return stage < clock->stages_count && clock->stages[stage].kind == RD_STAGE_CLAIM_BY;
}

void rd_clock_claimed(struct rd_clock *clock, rd_instant at)
{
    if (!rd_clock_running(clock))
        return;
    if (rd_text_is(clock->stop_mode, "claim")) {
        rd_clock_end(clock, at, RD_TEXT("claimed"), 0);
        return;
    }
    if (!claim_stage(clock, clock->next_stage))
        return;
    clock->next_stage++;
    clock->repeats = 0;
    clock->next_due = rd_clock_due(clock);
}

void rd_clock_unclaimed(struct rd_clock *clock)
{
    if (!rd_clock_running(clock)) {
        if (rd_text_is(clock->end_reason, "claimed"))
            rd_clock_restore(clock);
        return;
    }
    if (clock->next_stage == 0 || !claim_stage(clock, clock->next_stage - 1))
        return;
    clock->next_stage--;
    clock->repeats = 0;
    clock->next_due = rd_clock_due(clock);
}

bool rd_clock_stops_at_contact(const struct rd_clock *clock, enum rd_contact_mode mode)
{
    if (!rd_clock_running(clock) || mode == RD_CONTACT_NO_ACCESS)
        return false;
    if (rd_text_is(clock->stop_mode, "any") || rd_text_is(clock->stop_mode, "claim"))
        return true;
    return rd_text_is(clock->stop_mode, rd_enum_name(&rd_contact_mode_names, (int)mode));
}

void rd_clock_contacted(struct rd_clock *clock, rd_instant occurred, uint32_t contact)
{
    rd_clock_end(clock, occurred, RD_TEXT("contact"), contact);
    clock->breached_at = occurred > clock->alarm_due ? clock->alarm_due : 0;
}

rd_instant rd_response_due(const struct rd_referral_state *state, uint32_t assignment)
{
    rd_instant earliest = 0;
    for (size_t i = 0; i < state->clocks_count; i++) {
        const struct rd_clock *clock = &state->clocks[i];
        bool ours = assignment == 0 || clock->assignment == 0 || clock->assignment == assignment;
        if (ours && rd_clock_running(clock) && (earliest == 0 || clock->alarm_due < earliest))
            earliest = clock->alarm_due;
    }
    return earliest;
}
