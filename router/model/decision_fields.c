#include "model/decision.h"

#include "model/limits.h"

static const char *const postcode_class_texts[] = {
    "unspecified", "known",          "no-authority", "unknown", "terminated", "split",
    "pseudo",      "no-fixed-abode", "malformed",    "missing", "out-of-area"};
const struct rd_enum_names rd_postcode_class_names = {"PostcodeClass", postcode_class_texts,
                                                      sizeof postcode_class_texts /
                                                          sizeof postcode_class_texts[0]};

static const char *const area_kind_texts[] = {"unspecified", "residence", "health",
                                              "social",      "incident",  "discharge-to"};
const struct rd_enum_names rd_area_kind_names = {
    "AreaKind", area_kind_texts, sizeof area_kind_texts / sizeof area_kind_texts[0]};

static const char *const role_texts[] = {"unspecified", "lead", "supporting"};
const struct rd_enum_names rd_role_names = {"Role", role_texts,
                                            sizeof role_texts / sizeof role_texts[0]};

static const char *const view_texts[] = {"unspecified", "full", "minimum", "none"};
const struct rd_enum_names rd_view_names = {"View", view_texts,
                                            sizeof view_texts / sizeof view_texts[0]};

static const char *const step_texts[] = {"unspecified", "minimum-data", "locate",
                                         "triage",      "route",        "clock"};
const struct rd_enum_names rd_step_names = {"Step", step_texts,
                                            sizeof step_texts / sizeof step_texts[0]};

static const char *const clock_kind_texts[] = {"unspecified", "triage",  "respond-by", "claim-by",
                                               "two-hour",    "two-day", "other"};
const struct rd_enum_names rd_clock_kind_names = {
    "ClockKind", clock_kind_texts, sizeof clock_kind_texts / sizeof clock_kind_texts[0]};

static const char *const stage_kind_texts[] = {"unspecified", "claim-by", "warning",
                                               "breach",      "repeat",   "auto-reject"};
const struct rd_enum_names rd_stage_kind_names = {
    "StageKind", stage_kind_texts, sizeof stage_kind_texts / sizeof stage_kind_texts[0]};

static const char *const asked_for_texts[] = {"unspecified", "new", "amendment", "review"};
const struct rd_enum_names rd_asked_for_names = {
    "AskedFor", asked_for_texts, sizeof asked_for_texts / sizeof asked_for_texts[0]};

static const struct rd_field area_fields[] = {
    RD_F_ENUM(rd_area, kind, 1, rd_area_kind_names),
    RD_F_MAX(rd_area, basis, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_area, postcode_class, 3, rd_postcode_class_names),
    RD_F_MAX(rd_area, locality, 4, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_area, borough, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_area_shape = RD_SHAPE(rd_area, "Area", area_fields);

static const struct rd_field facts_fields[] = {
    RD_F_MAX(rd_facts, source, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_facts, feed, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_facts, kind, 3, rd_referral_kind_names),
    RD_F_MAX(rd_facts, use_case, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_facts, priority_asked, 5, rd_priority_names),
    RD_F(rd_facts, age, 6, RD_FIELD_OPT_I32),
    RD_F_ENUM(rd_facts, postcode_class, 7, rd_postcode_class_names),
    RD_F_MAX(rd_facts, area_basis, 8, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, locality, 9, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_facts, borough, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, practice_ods, 11, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, placing_authority, 12, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, residence_type, 13, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_facts, needs, 14, RD_TERM_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_facts, flags, 15, RD_TERM_BYTES_MAX),
    RD_F(rd_facts, health_need, 16, RD_FIELD_BOOL),
    RD_F(rd_facts, social_need, 17, RD_FIELD_BOOL),
    RD_F(rd_facts, equipment_need, 18, RD_FIELD_BOOL),
    RD_F(rd_facts, safeguarding_need, 19, RD_FIELD_BOOL),
    RD_F_MAX(rd_facts, consent, 20, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, hospital, 21, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_facts, discharge_pathway, 22, RD_FIELD_OPT_I32),
    RD_F(rd_facts, lives_alone, 23, RD_FIELD_OPT_BOOL),
    RD_F_TEXTS_MAX(rd_facts, missing, 24, RD_TERM_BYTES_MAX),
    RD_F(rd_facts, received, 25, RD_FIELD_INSTANT),
    RD_F(rd_facts, source_clock, 26, RD_FIELD_INSTANT),
    RD_F(rd_facts, respond_by, 27, RD_FIELD_INSTANT),
    RD_F_MAX(rd_facts, confidentiality, 28, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_facts, data_vintage, 29, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCTS_MAX(rd_facts, areas, 30, rd_area_shape, RD_AREAS_MAX),
    RD_F_ENUM(rd_facts, area, 31, rd_area_kind_names),
};
const struct rd_shape rd_facts_shape = RD_SHAPE(rd_facts, "Facts", facts_fields);

static const struct rd_field input_fields[] = {
    RD_F_MAX(rd_input, name, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_input, value, 2, RD_FIELD_TEXT),
};
const struct rd_shape rd_input_shape = RD_SHAPE(rd_input, "Input", input_fields);

static const struct rd_field match_fields[] = {
    RD_F_ENUM(rd_match, step, 1, rd_step_names),
    RD_F_MAX(rd_match, table, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_match, rule, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_match, why, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_match_shape = RD_SHAPE(rd_match, "Match", match_fields);

static const struct rd_field ruled_out_fields[] = {
    RD_F_MAX(rd_ruled_out, team, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_ruled_out, why, 2, RD_FIELD_TEXT),
};
const struct rd_shape rd_ruled_out_shape = RD_SHAPE(rd_ruled_out, "RuledOut", ruled_out_fields);

static const struct rd_field planned_assignment_fields[] = {
    RD_F_MAX(rd_planned_assignment, team, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_planned_assignment, role, 2, rd_role_names),
    RD_F_ENUM(rd_planned_assignment, view, 3, rd_view_names),
    RD_F_TEXTS_MAX(rd_planned_assignment, required_roles, 4, RD_TERM_BYTES_MAX),
    RD_F(rd_planned_assignment, why, 5, RD_FIELD_TEXT),
    RD_F(rd_planned_assignment, external, 6, RD_FIELD_BOOL),
    RD_F(rd_planned_assignment, open_now, 7, RD_FIELD_BOOL),
    RD_F(rd_planned_assignment, looks_at, 8, RD_FIELD_INSTANT),
    RD_F(rd_planned_assignment, closes_at, 9, RD_FIELD_INSTANT),
    RD_F_MAX(rd_planned_assignment, after_fallback_from, 10, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
};
const struct rd_shape rd_planned_assignment_shape =
    RD_SHAPE(rd_planned_assignment, "PlannedAssignment", planned_assignment_fields);

static const struct rd_field stage_fields[] = {
    RD_F_ENUM(rd_stage, kind, 1, rd_stage_kind_names),
    RD_F(rd_stage, due, 2, RD_FIELD_INSTANT),
    RD_F_MAX(rd_stage, escalate_to, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_stage, repeat_us, 4, RD_FIELD_U64),
};
const struct rd_shape rd_stage_shape = RD_SHAPE(rd_stage, "Stage", stage_fields);

static const struct rd_field planned_clock_fields[] = {
    RD_F_MAX(rd_planned_clock, policy, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_planned_clock, kind, 2, rd_clock_kind_names),
    RD_F_MAX(rd_planned_clock, basis, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_planned_clock, stop_mode, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_planned_clock, provisional, 5, RD_FIELD_BOOL),
    RD_F(rd_planned_clock, assignment, 6, RD_FIELD_U32),
    RD_F(rd_planned_clock, start, 7, RD_FIELD_INSTANT),
    RD_F(rd_planned_clock, alarm_due, 8, RD_FIELD_INSTANT),
    RD_F(rd_planned_clock, report_due, 9, RD_FIELD_INSTANT),
    RD_F_STRUCTS_MAX(rd_planned_clock, stages, 10, rd_stage_shape, RD_STAGES_MAX),
    RD_F_MAX(rd_planned_clock, calendar_hash, 11, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
};
const struct rd_shape rd_planned_clock_shape =
    RD_SHAPE(rd_planned_clock, "PlannedClock", planned_clock_fields);

static const struct rd_field decision_fields[] = {
    RD_F_MAX(rd_decision, rules_hash, 1, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F_MAX(rd_decision, engine_version, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_decision, at, 3, RD_FIELD_INSTANT),
    RD_F_STRUCT(rd_decision, facts, 4, rd_facts_shape),
    RD_F_STRUCTS(rd_decision, inputs, 5, rd_input_shape),
    RD_F_STRUCTS(rd_decision, matches, 6, rd_match_shape),
    RD_F_STRUCTS(rd_decision, ruled_out, 7, rd_ruled_out_shape),
    RD_F_MAX(rd_decision, pathway, 8, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_decision, urgency, 9, rd_priority_names),
    RD_F(rd_decision, reason, 10, RD_FIELD_TEXT),
    RD_F_STRUCTS_MAX(rd_decision, assignments, 11, rd_planned_assignment_shape, RD_ASSIGNMENTS_MAX),
    RD_F_STRUCTS_MAX(rd_decision, clocks, 12, rd_planned_clock_shape, RD_CLOCKS_MAX),
    RD_F_MAX(rd_decision, decided_by, 13, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_decision, answer, 14, RD_FIELD_TEXT),
};
const struct rd_shape rd_decision_shape = RD_SHAPE(rd_decision, "Decision", decision_fields);

static const struct rd_field team_load_fields[] = {
    RD_F_MAX(rd_team_load, team, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_team_load, open, 2, RD_FIELD_U32),
};
const struct rd_shape rd_team_load_shape = RD_SHAPE(rd_team_load, "TeamLoad", team_load_fields);

static const struct rd_field asked_fields[] = {
    RD_F_ENUM(rd_asked, what, 1, rd_asked_for_names),
    RD_F(rd_asked, received, 2, RD_FIELD_INSTANT),
    RD_F_STRUCTS(rd_asked, loads, 3, rd_team_load_shape),
    RD_F_MAX(rd_asked, by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_asked, clinician, 5, RD_FIELD_BOOL),
    RD_F_MAX(rd_asked, pathway, 6, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_asked, urgency, 7, rd_priority_names),
    RD_F_MAX(rd_asked, lead, 8, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_asked, supporting, 9, RD_NAME_BYTES_MAX),
    RD_F(rd_asked, reason, 10, RD_FIELD_TEXT),
    RD_F_ENUM(rd_asked, urgency_before, 11, rd_priority_names),
    RD_F(rd_asked, scene_safety_before, 12, RD_FIELD_BOOL),
    RD_F(rd_asked, clocks_before, 13, RD_FIELD_U32),
};
const struct rd_shape rd_asked_shape = RD_SHAPE(rd_asked, "Asked", asked_fields);
