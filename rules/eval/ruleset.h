/* What a loaded place is made of. Filled by rules/load, which has checked every name in it;
 * constant afterwards. Shared by the parts of eval and by load; not for others. */
#ifndef RD_RULES_EVAL_RULESET_H
#define RD_RULES_EVAL_RULESET_H

#include "model/limits.h"
#include "rules/calendar/rota.h"
#include "rules/engine/compile.h"
#include "rules/geo/geo.h"
#include "rules/rules.h"

enum { RD_RULES_SUPPORTING_MAX = 12 };

/* A need that the place knows. `class` groups needs for the tables ("two-hour"); of a person's
 * needs the class that comes first in the place's list of classes counts. */
struct rd_need_code {
    struct rd_text code, title;
    size_t class; /* index into need_classes */
    enum rd_domain domain;
};
/* What follows from a pathway unless a table or a person says otherwise. */
struct rd_pathway_plan {
    enum rd_priority urgency; /* 0: what was asked for */
    struct rd_text clock;     /* a policy; may be absent */
    enum rd_area_kind area;   /* which one routing goes by; 0: the one that triage saw */
};
/* Who sends decides which area is meant before there is a pathway. */
enum rd_area_sender {
    RD_AREA_SENDER_AMBULANCE,
    RD_AREA_SENDER_HOSPITAL, /* about somebody who is on a ward */
    RD_AREA_SENDER_OTHER,
    RD_AREA_SENDERS
};
struct rd_translation {    /* a partner's code, or use case, or flag */
    struct rd_text system; /* absent: whatever the system */
    struct rd_text from, to;
};
struct rd_phrase { /* words in free text that mean a need; matched as whole words */
    struct rd_text words, to;
};

/* A decision table with the input of each of its columns (indices of rd_input_spec). */
struct rd_bound_table {
    const struct rd_table *table; /* NULL: the place has none */
    const size_t *inputs;
    /* Made once, so that a decision formats little: of every rule its number and, for each input
     * column, what it asks for ("rule 7 of Lead team asks for locality \"Wanstead\"; it is "); and
     * the index of the team that it names, SIZE_MAX for none. */
    const struct rd_text *labels, *asks;
    const size_t *teams;
    const struct rd_compiled *compiled;
    const struct rd_groups *by_team; /* one group for each team of the place */
};

struct rd_rules {
    const struct rd_alloc *alloc;
    struct rd_arena arena; /* everything below */
    struct rd_place place;
    const struct rd_zone *zone;
    struct rd_geo_table *geo;     /* owned */
    struct rd_geo_image national; /* mapped by load, which also unmaps it; bytes NULL: none */

    const struct rd_calendar *calendars;
    const struct rd_text *calendar_hashes; /* one for each, hex */
    size_t calendars_count;
    const struct rd_calendar **team_calendars; /* one for each team; NULL: always open */
    const struct rd_team **fallbacks;          /* one for each team: its own, or the desk */
    const struct rd_team *desk;
    const struct rd_calendar **feed_calendars;   /* one for each feed; NULL: every hour */
    const struct rd_calendar **policy_calendars; /* one for each policy; NULL: wall clock */
    const struct rd_rota *rotas;
    size_t rotas_count;

    const struct rd_pathway_plan *pathways; /* one for each of the place's */
    /* Of each sender, the first that is known of; ends with 0. */
    enum rd_area_kind areas[RD_AREA_SENDERS][RD_AREAS_MAX + 1];

    const struct rd_text *need_classes;
    size_t need_classes_count;
    const struct rd_need_code *needs;
    size_t needs_count;
    const struct rd_translation *need_codes, *flag_codes, *use_cases;
    size_t need_codes_count, flag_codes_count, use_cases_count;
    const struct rd_translation *harmless_flags; /* code -> category: no concern */
    size_t harmless_flags_count;
    const struct rd_phrase *phrases;
    size_t phrases_count;
    const struct rd_text *flags; /* categories that the place knows */
    size_t flags_count;
    const struct rd_text *minimum_data; /* of rd_minimum_names */
    size_t minimum_data_count;

    struct rd_bound_table triage, lead, roles;
    struct rd_bound_table supporting[RD_RULES_SUPPORTING_MAX];
    size_t supporting_count;
    struct rd_text urgency_clocks[RD_PRIORITY_ROUTINE + 1]; /* policy by urgency; may be absent */
    struct rd_text default_clock, triage_clock, provisional_clock, respond_clock;
};

/* The pathway of what no rule settles; every place has it. */
#define RD_PATHWAY_DESK "desk"

/* What minimum data may ask for: "name", "age", "address", "need", "callback". NULL-terminated. */
extern const char *const rd_minimum_names[];

/* What follows from that pathway; nothing when the place has none of that name. */
const struct rd_pathway_plan *rd_rules_pathway(const struct rd_rules *rules,
                                               struct rd_text pathway);
const struct rd_calendar *rd_rules_calendar(const struct rd_rules *rules, struct rd_text name);

#endif
