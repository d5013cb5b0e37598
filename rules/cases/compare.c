#include "rules/cases/compare.h"

#include <stdio.h>
#include <string.h>

static bool has_supporting(const struct rd_decision *decision, struct rd_text team)
{
    for (size_t i = 1; i < decision->assignments_count; i++)
        if (rd_text_equal(decision->assignments[i].team, team))
            return true;
    return false;
}

static bool same_supporting(const struct rd_decision *a, const struct rd_decision *b)
{
    bool same = a->assignments_count == b->assignments_count;
    for (size_t i = 1; same && i < a->assignments_count; i++)
        same = has_supporting(b, a->assignments[i].team);
    return same;
}

static const struct rd_planned_clock *clock_of(const struct rd_decision *decision,
                                               struct rd_text policy)
{
    for (size_t i = 0; i < decision->clocks_count; i++)
        if (rd_text_equal(decision->clocks[i].policy, policy))
            return &decision->clocks[i];
    return NULL;
}

static bool same_clocks(const struct rd_decision *a, const struct rd_decision *b)
{
    bool same = a->clocks_count == b->clocks_count;
    for (size_t i = 0; same && i < a->clocks_count; i++) {
        const struct rd_planned_clock *one = &a->clocks[i];
        const struct rd_planned_clock *other = clock_of(b, one->policy);
        same = other != NULL && one->alarm_due == other->alarm_due &&
               one->report_due == other->report_due && one->provisional == other->provisional &&
               rd_text_equal(one->stop_mode, other->stop_mode);
    }
    return same;
}

static bool same_roles(const struct rd_planned_assignment *a, const struct rd_planned_assignment *b)
{
    bool same = a->required_roles_count == b->required_roles_count;
    for (size_t i = 0; same && i < a->required_roles_count; i++)
        same = rd_text_equal(a->required_roles[i], b->required_roles[i]);
    return same;
}

struct rd_difference rd_decisions_compare(const struct rd_decision *a, const struct rd_decision *b)
{
    return (struct rd_difference){
        .lead = !rd_text_equal(a->assignments[0].team, b->assignments[0].team),
        .supporting = !same_supporting(a, b),
        .pathway = !rd_text_equal(a->pathway, b->pathway),
        .urgency = a->urgency != b->urgency,
        .clocks = !same_clocks(a, b),
        .roles = !same_roles(&a->assignments[0], &b->assignments[0]),
        .reason = !rd_text_equal(a->reason, b->reason),
    };
}

bool rd_difference_matters(const struct rd_difference *difference)
{
    return difference->lead || difference->supporting || difference->pathway ||
           difference->urgency || difference->clocks || difference->roles;
}

const char *rd_difference_words(const struct rd_difference *difference,
                                char out[RD_DIFFERENCE_TEXT_MAX])
{
    const struct {
        bool is;
        const char *word;
    } parts[] = {{difference->lead, "lead"},       {difference->supporting, "supporting"},
                 {difference->pathway, "pathway"}, {difference->urgency, "urgency"},
                 {difference->clocks, "clock"},    {difference->roles, "roles"}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t len = strlen(out);
        if (parts[i].is)
            snprintf(out + len, RD_DIFFERENCE_TEXT_MAX - len, "%s%s", len == 0 ? "" : ", ",
                     parts[i].word);
    }
    return out;
}
