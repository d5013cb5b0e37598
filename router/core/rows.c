#include "core/rows.h"

#include "core/clocks.h"
#include "core/emit.h"
#include "core/group.h"

static bool add_clocks(struct rd_core *core, const struct rd_referral_state *state,
                       uint32_t assignment, struct rd_row *row)
{
    if (state->clocks_count == 0)
        return true;
    row->clocks = rd_take_array(core, state->clocks_count, sizeof *row->clocks);
    if (row->clocks == NULL)
        return false;
    for (size_t i = 0; i < state->clocks_count; i++) {
        const struct rd_clock *clock = &state->clocks[i];
        bool ours = clock->assignment == 0 || clock->assignment == assignment;
        if (ours && rd_clock_running(clock))
            row->clocks[row->clocks_count++] = *clock;
    }
    return true;
}

static uint32_t standing_contacts(const struct rd_referral_state *state)
{
    uint32_t count = 0;
    for (size_t i = 0; i < state->contacts_count; i++)
        count += state->contacts[i].voided_at == 0 ? 1 : 0;
    return count;
}

static void add_facts(const struct rd_facts *facts, struct rd_row *row)
{
    row->locality = facts->locality;
    row->age = facts->age;
    row->needs = facts->needs;
    row->needs_count = facts->needs_count;
    row->flags = facts->flags;
    row->flags_count = facts->flags_count;
    row->respond_by = facts->respond_by;
}

/* How many and how soon; never which: they may be other teams'. */
static bool add_group(struct rd_core *core, struct rd_held *held, struct rd_row *row)
{
    struct rd_group group;
    if (row->view == RD_VIEW_NONE)
        return true;
    if (!rd_group_of(core, held, &group))
        return false;
    row->linked = (uint32_t)group.count - 1;
    row->group_due = row->linked > 0 ? rd_group_due(&group) : 0;
    return true;
}

struct rd_row *rd_row_of(struct rd_core *core, struct rd_held *held, uint32_t index)
{
    const struct rd_referral_state *state = rd_live(core, held);
    struct rd_row *row = rd_take(core, sizeof *row);
    if (state == NULL || row == NULL)
        return NULL;
    const struct rd_assignment *from = rd_assignment_at(state, index);
    if (from == NULL) {
        (void)rd_broken(core);
        return NULL;
    }
    *row = (struct rd_row){
        .assignment = rd_assignment_name(core, held->id, index),
        .referral = rd_referral_name(core, held->id),
        .team = from->team,
        .role = from->role,
        .view = from->view,
        .phase = from->phase,
        .pathway = state->pathway,
        .reason = state->reason,
        .feed = state->feed,
        .urgency = state->urgency,
        .required_roles = from->required_roles,
        .required_roles_count = from->required_roles_count,
        .received = state->received,
        .next_due = rd_response_due(state, index),
        .order = held->order,
        .claimed_by = from->claimed_by,
        .decayed = from->decayed,
        .stand_down_asked = from->stand_down_asked,
        .change_asked = from->change_asked,
        .external = from->external,
        .eta = from->eta,
        .chase_at = from->chase_at,
        .delivered_at = from->delivered_at,
        .accepted_at = from->accepted_at,
        .revision = state->revision,
        .facts_added = state->facts_added,
        .contacts = standing_contacts(state),
        .outcome = from->outcome,
        .custody = state->custody,
    };
    if (state->facts != NULL)
        add_facts(state->facts, row);
    return add_clocks(core, state, index, row) && add_group(core, held, row) && core->err == RD_OK
               ? row
               : NULL;
}
