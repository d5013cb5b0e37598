#include "rules/eval/areas.h"
#include "rules/eval/deciding.h"

/* Rules may raise the urgency that was asked for, never lower it. */
static enum rd_priority more_urgent(enum rd_priority a, enum rd_priority b)
{
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    return a < b ? a : b;
}

/* Without a rule and without a word of the sender's: as if two hours were asked for. */
static enum rd_priority settle_urgency(enum rd_priority by_rules, enum rd_priority asked)
{
    enum rd_priority urgency = more_urgent(by_rules, asked);
    return urgency == 0 ? RD_PRIORITY_TWO_HOUR : urgency;
}

enum rd_priority rd_triage_urgency(const struct rd_rules *rules, struct rd_text pathway,
                                   enum rd_priority by_rules, enum rd_priority asked)
{
    return settle_urgency(by_rules == 0 ? rd_rules_pathway(rules, pathway)->urgency : by_rules,
                          asked);
}

static enum rd_priority overridden(const struct rd_override *override, enum rd_priority urgency)
{
    if (override == NULL || override->urgency == 0)
        return urgency;
    return override->clinician ? override->urgency : more_urgent(override->urgency, urgency);
}

/* Whose locality the routing tables see. */
static void note_area(struct rd_deciding *deciding, enum rd_area_kind kind)
{
    const struct rd_area *area = rd_areas_find(deciding->request->facts, kind);
    struct rd_text name = rd_text_of(rd_enum_name(&rd_area_kind_names, (int)kind));
    struct rd_text words =
        area == NULL
            ? RD_JOIN(deciding->arena, RD_TEXT("The pathway goes by the area of "), name,
                      RD_TEXT(", which is not known: no locality is assumed"))
            : RD_JOIN(deciding->arena, RD_TEXT("The pathway goes by the area of "), name,
                      RD_TEXT(" (by "), area->basis, RD_TEXT(")"),
                      rd_text_present(area->locality) ? RD_TEXT(": locality ")
                                                      : RD_TEXT(": no locality of the place"),
                      area->locality);
    deciding->full = deciding->full || !rd_text_present(words);
    rd_deciding_match(deciding, RD_STEP_LOCATE, RD_TEXT("areas"), name, words);
}

void rd_triage(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_override *override = deciding->request->override;
    struct rd_decision *out = deciding->out;
    struct rd_hit hit = rd_deciding_table(deciding, RD_STEP_TRIAGE, &rules->triage);
    struct rd_text urgency = rd_deciding_output(&rules->triage, hit, "urgency");
    enum rd_priority by_rules =
        rd_text_present(urgency) ? (enum rd_priority)rd_enum_value(&rd_priority_names, urgency) : 0;
    out->pathway = rd_deciding_output(&rules->triage, hit, "pathway");
    deciding->clock = rd_deciding_output(&rules->triage, hit, "clock");
    out->reason = hit.rule == RD_NO_RULE ? RD_TEXT("No triage rule settles this: the desk decides")
                                         : rules->triage.table->rules[hit.rule].why;
    if (!rd_text_present(out->pathway))
        out->pathway = RD_TEXT(RD_PATHWAY_DESK);
    if (override != NULL && rd_text_present(override->pathway)) {
        out->pathway = override->pathway;
        deciding->clock = RD_TEXT_NONE;
        by_rules = 0;
    }
    const struct rd_pathway_plan *plan = rd_rules_pathway(rules, out->pathway);
    if (!rd_text_present(deciding->clock))
        deciding->clock = plan->clock;
    out->urgency = overridden(override, settle_urgency(by_rules == 0 ? plan->urgency : by_rules,
                                                       deciding->request->facts->priority_asked));
    if (override != NULL) {
        out->decided_by = override->by;
        out->reason = rd_arena_format(deciding->arena, "Decided by %.*s: %.*s",
                                      RD_TEXT_ARG(override->by), RD_TEXT_ARG(override->reason));
        deciding->full = deciding->full || !rd_text_present(out->reason);
    }
    enum rd_area_kind area = rd_inputs_set_triage(rules, deciding->request->facts, out->pathway,
                                                  out->urgency, deciding->values);
    if (area != 0)
        note_area(deciding, area);
}
