/* A decision and what it is made from. `rd_facts` is all that the rules see: the locate step makes
 * it from a canonical record; triage, route and clock read nothing else, so that a decision can be
 * made again from the stored facts and the rule set's hash, byte for byte. No name, no number, no
 * address. Plain values, borrowed from the arena they were made in. Thread: any. */
#ifndef RD_MODEL_DECISION_H
#define RD_MODEL_DECISION_H

#include "model/record.h"

/* standards.md C.4, and the place's exceptions. */
enum rd_postcode_class {
    RD_POSTCODE_KNOWN = 1,
    RD_POSTCODE_NO_AUTHORITY,
    RD_POSTCODE_UNKNOWN,
    RD_POSTCODE_TERMINATED,
    RD_POSTCODE_SPLIT,
    RD_POSTCODE_PSEUDO,
    RD_POSTCODE_NO_FIXED_ABODE,
    RD_POSTCODE_MALFORMED,
    RD_POSTCODE_MISSING,
    RD_POSTCODE_OUT_OF_AREA
};
/* Where somebody belongs, in five senses that need not agree. */
enum rd_area_kind {
    RD_AREA_RESIDENCE = 1, /* where they live at present */
    RD_AREA_HEALTH,        /* by the GP practice */
    RD_AREA_SOCIAL,        /* ordinary residence: the council that answers for them */
    RD_AREA_INCIDENT,      /* where they were found */
    RD_AREA_DISCHARGE_TO   /* where they go from hospital */
};
enum rd_role { RD_ROLE_LEAD = 1, RD_ROLE_SUPPORTING };
enum rd_view { RD_VIEW_FULL = 1, RD_VIEW_MINIMUM, RD_VIEW_NONE };
enum rd_step {
    RD_STEP_MINIMUM_DATA = 1,
    RD_STEP_LOCATE,
    RD_STEP_TRIAGE,
    RD_STEP_ROUTE,
    RD_STEP_CLOCK
};
enum rd_clock_kind {
    RD_CLOCK_TRIAGE = 1,
    RD_CLOCK_RESPOND_BY,
    RD_CLOCK_CLAIM_BY,
    RD_CLOCK_TWO_HOUR,
    RD_CLOCK_TWO_DAY,
    RD_CLOCK_OTHER
};
enum rd_stage_kind {
    RD_STAGE_CLAIM_BY = 1,
    RD_STAGE_WARNING,
    RD_STAGE_BREACH,
    RD_STAGE_REPEAT,
    RD_STAGE_AUTO_REJECT
};

struct rd_area {
    enum rd_area_kind kind;
    struct rd_text basis; /* an address ("home", "current" ...), "practice", "placing-authority" */
    enum rd_postcode_class postcode_class;
    struct rd_text locality, borough; /* as in rd_facts */
};

struct rd_facts {
    struct rd_text source; /* feed's source kind: "gp", "ambulance", "hospital" ... */
    struct rd_text feed;
    enum rd_referral_kind kind;
    struct rd_text use_case; /* "a4t3" ... */
    enum rd_priority priority_asked;
    struct rd_opt_i32 age; /* whole years at `received`; absent: unknown */
    enum rd_postcode_class postcode_class;
    struct rd_text area_basis; /* which address was used: "incident", "home", "current" ... */
    struct rd_text locality;   /* absent unless postcode_class is KNOWN and inside the place */
    struct rd_text borough;    /* local authority code, "E09000026" */
    struct rd_text practice_ods;
    struct rd_text placing_authority;
    struct rd_text residence_type;
    struct rd_text *needs; /* need codes of the place: "fall", "frailty" ... */
    size_t needs_count;
    struct rd_text *flags; /* flag categories: "safeguarding", "scene-safety" ... */
    size_t flags_count;
    bool health_need, social_need, equipment_need, safeguarding_need;
    struct rd_text consent;  /* "given", "refused", "not-asked", "lacks-capacity" ... */
    struct rd_text hospital; /* ODS site of a ward or discharge */
    struct rd_opt_i32 discharge_pathway;
    struct rd_opt_bool lives_alone;
    struct rd_text *missing; /* minimum data that the place asks for and that is not there */
    size_t missing_count;
    rd_instant received;     /* durable receipt, or the true time of a back-entry */
    rd_instant source_clock; /* the sender's own clock start, 0 when there is none */
    rd_instant respond_by;   /* the sender's, 0 when there is none */
    struct rd_text confidentiality;
    struct rd_text data_vintage; /* of the postcode table: "2014-08" */
    struct rd_area *areas;       /* those that are known of, by kind; none twice */
    size_t areas_count;
    enum rd_area_kind area; /* whose class, basis, locality and borough stand above; 0: none */
};

struct rd_input {
    struct rd_text name, value;
};
struct rd_match {
    enum rd_step step;
    struct rd_text table, rule; /* rule: its id or 1-based row in that table */
    struct rd_text why;         /* its annotation: plain English */
};
struct rd_ruled_out {
    struct rd_text team, why;
};

struct rd_planned_assignment {
    struct rd_text team;
    enum rd_role role;
    enum rd_view view;
    struct rd_text *required_roles; /* a joint assessment: "health", "social" */
    size_t required_roles_count;
    struct rd_text why;
    bool external;        /* another organisation: custody ends on its recorded acceptance */
    bool open_now;        /* the team's hours, last-referral time and consumers, at `at` */
    rd_instant looks_at;  /* when somebody will look: `at` when open, else the next opening */
    rd_instant closes_at; /* when it stops taking referrals next; 0: never */
    struct rd_text after_fallback_from; /* the team that was closed or unstaffed, if any */
};

struct rd_stage {
    enum rd_stage_kind kind;
    rd_instant due;
    struct rd_text escalate_to; /* a rota's or a team's name */
    uint64_t repeat_us;         /* RD_STAGE_REPEAT: again every so many microseconds */
};

struct rd_planned_clock {
    struct rd_text policy;
    enum rd_clock_kind kind;
    struct rd_text basis; /* "received", "source" ... */
    struct rd_text
        stop_mode; /* contact mode that stops it: "face-to-face", "any", "accept", "triage" */
    bool provisional;
    uint32_t assignment; /* 1-based index into assignments; 0: the referral's */
    rd_instant start, alarm_due, report_due;
    struct rd_stage *stages; /* ascending by due; a snapshot: later rule changes do not touch it */
    size_t stages_count;
    struct rd_text calendar_hash;
};

struct rd_decision {
    struct rd_text rules_hash; /* hex of the place's content hash */
    struct rd_text engine_version;
    rd_instant at;
    struct rd_facts *facts;
    struct rd_input *inputs; /* facts as the tables saw them, by FEEL name */
    size_t inputs_count;
    struct rd_match *matches;
    size_t matches_count;
    struct rd_ruled_out *ruled_out;
    size_t ruled_out_count;
    struct rd_text pathway;   /* "rapid-response", "desk" ... */
    enum rd_priority urgency; /* never less urgent than priority_asked unless decided_by is set */
    struct rd_text reason;    /* one line, plain English, no patient data */
    struct rd_planned_assignment *assignments; /* exactly one LEAD, first */
    size_t assignments_count;
    struct rd_planned_clock *clocks;
    size_t clocks_count;
    struct rd_text decided_by; /* a named clinician or desk worker; absent: the rules */
    struct rd_text answer;     /* what the sender is told: open or closed, when, 111 and 999 */
};

/* What a decision was made from beside its facts: with these, the rule set of its hash and the same
 * engine it is made again, byte for byte (core/again.c). */
enum rd_asked_for {
    RD_ASKED_NEW = 1,   /* the whole decision of the rules, or of a named person */
    RD_ASKED_AMENDMENT, /* of that, what is new beside what the referral had */
    RD_ASKED_REVIEW     /* no rule: no other clock ran, somebody looks again */
};
struct rd_team_load { /* open assignments of a team whose capacity the rules asked for */
    struct rd_text team;
    uint32_t open;
};
struct rd_asked {
    enum rd_asked_for what;
    rd_instant received; /* as the rules saw it: the facts may keep an earlier one */
    struct rd_team_load *loads;
    size_t loads_count;
    /* a named person's word, when `by` is present */
    struct rd_text by;
    bool clinician;
    struct rd_text pathway;
    enum rd_priority urgency;
    struct rd_text lead;
    struct rd_text *supporting;
    size_t supporting_count;
    struct rd_text reason;
    /* AMENDMENT: what the referral had before */
    enum rd_priority urgency_before;
    bool scene_safety_before;
    uint32_t clocks_before;
};

extern const struct rd_shape rd_area_shape, rd_facts_shape, rd_input_shape, rd_match_shape,
    rd_ruled_out_shape, rd_planned_assignment_shape, rd_stage_shape, rd_planned_clock_shape,
    rd_decision_shape, rd_team_load_shape, rd_asked_shape;
extern const struct rd_enum_names rd_postcode_class_names, rd_area_kind_names, rd_role_names,
    rd_view_names, rd_step_names, rd_clock_kind_names, rd_stage_kind_names, rd_asked_for_names;

#endif
