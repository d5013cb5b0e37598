/* The names that decision tables may ask for, and their values for one referral. Thread: any. */
#ifndef RD_RULES_EVAL_INPUTS_H
#define RD_RULES_EVAL_INPUTS_H

#include "rules/eval/ruleset.h"

enum rd_input_id {
    RD_INPUT_SOURCE,
    RD_INPUT_FEED,
    RD_INPUT_KIND,
    RD_INPUT_USE_CASE,
    RD_INPUT_PRIORITY_ASKED,
    RD_INPUT_AGE,
    RD_INPUT_POSTCODE_CLASS,
    RD_INPUT_AREA_BASIS,
    RD_INPUT_LOCALITY,
    RD_INPUT_BOROUGH,
    RD_INPUT_PRACTICE,
    RD_INPUT_PLACING_AUTHORITY,
    RD_INPUT_RESIDENCE_TYPE,
    RD_INPUT_NEEDS,
    RD_INPUT_NEED_CLASS,
    RD_INPUT_FLAGS,
    RD_INPUT_HEALTH_NEED,
    RD_INPUT_SOCIAL_NEED,
    RD_INPUT_EQUIPMENT_NEED,
    RD_INPUT_SAFEGUARDING_NEED,
    RD_INPUT_CONSENT,
    RD_INPUT_HOSPITAL,
    RD_INPUT_DISCHARGE_PATHWAY,
    RD_INPUT_LIVES_ALONE,
    RD_INPUT_MISSING,
    RD_INPUT_COMPLETE,
    RD_INPUT_CONFIDENTIALITY,
    RD_INPUT_AREA,
    RD_INPUT_RESIDENCE_CLASS, /* three of each area, in the order of enum rd_area_kind */
    RD_INPUT_RESIDENCE_LOCALITY,
    RD_INPUT_RESIDENCE_BOROUGH,
    RD_INPUT_HEALTH_CLASS,
    RD_INPUT_HEALTH_LOCALITY,
    RD_INPUT_HEALTH_BOROUGH,
    RD_INPUT_SOCIAL_CLASS,
    RD_INPUT_SOCIAL_LOCALITY,
    RD_INPUT_SOCIAL_BOROUGH,
    RD_INPUT_INCIDENT_CLASS,
    RD_INPUT_INCIDENT_LOCALITY,
    RD_INPUT_INCIDENT_BOROUGH,
    RD_INPUT_DISCHARGE_CLASS,
    RD_INPUT_DISCHARGE_LOCALITY,
    RD_INPUT_DISCHARGE_BOROUGH,
    RD_INPUT_BOROUGHS_DIFFER,
    RD_INPUT_LOCALITIES_DIFFER,
    RD_INPUT_PATHWAY, /* from here on: what triage decided; not for the triage table */
    RD_INPUT_URGENCY,
    RD_INPUT_COUNT
};

struct rd_input_spec {
    const char *name;
    enum rd_type type;
    bool nullable;
    size_t name_len;
};
extern const struct rd_input_spec rd_input_specs[RD_INPUT_COUNT];

/* Where the boundary between a place's own need classes and ours is: a person without any need, and
 * one whose needs the place's translations do not know. */
#define RD_NEED_CLASS_NONE "none"
#define RD_NEED_CLASS_UNKNOWN "unknown"

/* Texts that an input can have (in `arena`); *count 0 and NULL: any. False: the arena is full. */
bool rd_input_values(const struct rd_rules *rules, enum rd_input_id input, struct rd_arena *arena,
                     const struct rd_text **values, size_t *count);

/* All values but PATHWAY and URGENCY, which stay null. False: the arena is full. */
bool rd_inputs_fill(const struct rd_rules *rules, const struct rd_facts *facts,
                    struct rd_arena *arena, struct rd_value values[RD_INPUT_COUNT]);
/* What triage decided; locality, borough, class and basis become those of the area that the pathway
 * goes by: null, with the class "missing", when that is not known of. Returns that area's kind; 0:
 * the pathway names none. */
enum rd_area_kind rd_inputs_set_triage(const struct rd_rules *rules, const struct rd_facts *facts,
                                       struct rd_text pathway, enum rd_priority urgency,
                                       struct rd_value values[RD_INPUT_COUNT]);
/* Those of a table's columns, in their order. `out`: RD_TABLE_COLUMNS_MAX of them. */
void rd_inputs_of_table(const struct rd_bound_table *table,
                        const struct rd_value values[RD_INPUT_COUNT], struct rd_value *out);
/* The decision's list: what is not null, by name. False: the arena is full. */
bool rd_inputs_list(const struct rd_value values[RD_INPUT_COUNT], struct rd_arena *arena,
                    struct rd_decision *out);

#endif
