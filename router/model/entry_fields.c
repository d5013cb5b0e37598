#include "model/entry.h"

#include "model/limits.h"

static const char *const entry_kind_texts[] = {
    "unspecified", "started", "rules",      "received", "decided",    "moved",
    "contacted",   "alarmed", "receipted",  "read",     "quarantine", "clock-ended",
    "time",        "ruleset", "activation", "linked",   "answered"};
const struct rd_enum_names rd_entry_kind_names = {
    "EntryKind", entry_kind_texts, sizeof entry_kind_texts / sizeof entry_kind_texts[0]};

static const char *const verb_texts[] = {
    "unspecified", "claim",       "accept",       "release",       "transfer",   "decline",
    "redirect",    "contact",     "void-contact", "plan",          "await-info", "close",
    "reopen",      "acknowledge", "triage",       "route",         "end-clock",  "repair",
    "refuse",      "deliver",     "hand-out",     "lease-expired", "decay",      "fallback",
    "stand-down",  "change",      "reject",       "link",          "unlink",     "dismiss",
    "suggest"};
const struct rd_enum_names rd_verb_names = {"Verb", verb_texts,
                                            sizeof verb_texts / sizeof verb_texts[0]};

static const char *const told_texts[] = {"unspecified", "written", "gone", "nothing"};
const struct rd_enum_names rd_told_names = {"Told", told_texts,
                                            sizeof told_texts / sizeof told_texts[0]};

static const char *const alarm_kind_texts[] = {
    "unspecified", "stage",        "decay",      "no-consumer", "quarantine",
    "conflict",    "early-cancel", "stand-down", "receipt",     "closed-team",
    "chase",       "sequence",     "silence",    "shortfall",   "rules"};
const struct rd_enum_names rd_alarm_kind_names = {
    "AlarmKind", alarm_kind_texts, sizeof alarm_kind_texts / sizeof alarm_kind_texts[0]};

static const struct rd_field started_fields[] = {
    RD_F(rd_started, incarnation, 1, RD_FIELD_U64),
    RD_F_MAX(rd_started, place, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_started, engine_version, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_started, reason, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_started_shape = RD_SHAPE(rd_started, "Started", started_fields);

static const struct rd_field rules_in_force_fields[] = {
    RD_F_MAX(rd_rules_in_force, hash, 1, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F_MAX(rd_rules_in_force, by, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_rules_in_force, approved_by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_rules_in_force, reason, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_rules_in_force_shape =
    RD_SHAPE(rd_rules_in_force, "RulesInForce", rules_in_force_fields);

static const struct rd_field ruleset_part_fields[] = {
    RD_F_MAX(rd_ruleset_part, hash, 1, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F_MAX(rd_ruleset_part, file, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_ruleset_part, offset, 3, RD_FIELD_U64),
    RD_F_MAX(rd_ruleset_part, bytes, 4, RD_FIELD_BYTES, RD_BODY_BYTES_MAX),
    RD_F(rd_ruleset_part, last, 5, RD_FIELD_BOOL),
};
const struct rd_shape rd_ruleset_part_shape =
    RD_SHAPE(rd_ruleset_part, "RulesetPart", ruleset_part_fields);

static const struct rd_field activation_fields[] = {
    RD_F_MAX(rd_activation, hash, 1, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_activation, at, 2, RD_FIELD_INSTANT),
    RD_F_MAX(rd_activation, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_activation, approved_by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_activation, reason, 5, RD_FIELD_TEXT),
    RD_F(rd_activation, withdrawn, 6, RD_FIELD_BOOL),
    RD_F(rd_activation, refused, 7, RD_FIELD_BOOL),
};
const struct rd_shape rd_activation_shape =
    RD_SHAPE(rd_activation, "Activation", activation_fields);

static const struct rd_field received_fields[] = {
    RD_F_STRUCT(rd_received, submission, 1, rd_submission_shape),
    RD_F_ENUM(rd_received, disposal, 2, rd_disposal_names),
    RD_F_MAX(rd_received, key_hash, 3, RD_FIELD_BYTES, RD_HASH_BYTES),
    RD_F_BYTES_LIST_MAX(rd_received, ref_hashes, 4, RD_HASH_BYTES),
    RD_F_BYTES_LIST_MAX(rd_received, person_hashes, 5, RD_HASH_BYTES),
    RD_F(rd_received, first_entry, 6, RD_FIELD_U64),
    RD_F(rd_received, reason, 7, RD_FIELD_TEXT),
    RD_F(rd_received, reason_words, 8, RD_FIELD_TEXT),
    RD_F(rd_received, key_expires, 9, RD_FIELD_INSTANT),
    RD_F(rd_received, desk_due, 10, RD_FIELD_INSTANT),
    RD_F(rd_received, repairs, 11, RD_FIELD_U64),
    RD_F_STRUCT(rd_received, marks, 12, rd_person_marks_shape),
    RD_F(rd_received, sequence_due, 13, RD_FIELD_INSTANT),
    RD_F(rd_received, day, 14, RD_FIELD_U32),
};
const struct rd_shape rd_received_shape = RD_SHAPE(rd_received, "Received", received_fields);

static const struct rd_field decided_fields[] = {
    RD_F_STRUCT(rd_decided, decision, 1, rd_decision_shape),
    RD_F(rd_decided, first_assignment, 2, RD_FIELD_U32),
    RD_F(rd_decided, first_clock, 3, RD_FIELD_U32),
    RD_F(rd_decided, replaces, 4, RD_FIELD_BOOL),
    RD_F_MAX(rd_decided, ends, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCT(rd_decided, asked, 6, rd_asked_shape),
};
const struct rd_shape rd_decided_shape = RD_SHAPE(rd_decided, "Decided", decided_fields);

static const struct rd_field moved_fields[] = {
    RD_F(rd_moved, assignment, 1, RD_FIELD_U32),
    RD_F_ENUM(rd_moved, verb, 2, rd_verb_names),
    RD_F_MAX(rd_moved, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_moved, reason, 4, RD_FIELD_TEXT),
    RD_F(rd_moved, words, 5, RD_FIELD_TEXT),
    RD_F_MAX(rd_moved, to, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_moved, created, 7, RD_FIELD_U32),
    RD_F_STRUCT(rd_moved, planned, 8, rd_planned_assignment_shape),
    RD_F_ENUM(rd_moved, outcome, 9, rd_outcome_names),
    RD_F(rd_moved, when, 10, RD_FIELD_INSTANT),
    RD_F(rd_moved, token, 11, RD_FIELD_U64),
};
const struct rd_shape rd_moved_shape = RD_SHAPE(rd_moved, "Moved", moved_fields);

static const struct rd_field contacted_fields[] = {
    RD_F(rd_contacted, assignment, 1, RD_FIELD_U32),
    RD_F(rd_contacted, contact, 2, RD_FIELD_U32),
    RD_F(rd_contacted, voids, 3, RD_FIELD_BOOL),
    RD_F_MAX(rd_contacted, by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_contacted, mode, 5, rd_contact_mode_names),
    RD_F_MAX(rd_contacted, outcome, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_contacted, occurred, 7, RD_FIELD_INSTANT),
    RD_F(rd_contacted, words, 8, RD_FIELD_TEXT),
};
const struct rd_shape rd_contacted_shape = RD_SHAPE(rd_contacted, "Contacted", contacted_fields);

static const struct rd_field alarmed_fields[] = {
    RD_F_ENUM(rd_alarmed, kind, 1, rd_alarm_kind_names),
    RD_F(rd_alarmed, assignment, 2, RD_FIELD_U32),
    RD_F(rd_alarmed, clock, 3, RD_FIELD_U32),
    RD_F(rd_alarmed, stage, 4, RD_FIELD_U32),
    RD_F_ENUM(rd_alarmed, stage_kind, 5, rd_stage_kind_names),
    RD_F(rd_alarmed, due, 6, RD_FIELD_INSTANT),
    RD_F_MAX(rd_alarmed, team, 7, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_alarmed, escalate_to, 8, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_alarmed, person, 9, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_alarmed, words, 10, RD_FIELD_TEXT),
    RD_F(rd_alarmed, quarantine, 11, RD_FIELD_U64),
    RD_F(rd_alarmed, next_due, 12, RD_FIELD_INSTANT),
    RD_F_MAX(rd_alarmed, about, 13, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F(rd_alarmed, first, 14, RD_FIELD_U64),
    RD_F(rd_alarmed, last, 15, RD_FIELD_U64),
    RD_F(rd_alarmed, count, 16, RD_FIELD_U64),
    RD_F(rd_alarmed, day, 17, RD_FIELD_U32),
};
const struct rd_shape rd_alarmed_shape = RD_SHAPE(rd_alarmed, "Alarmed", alarmed_fields);

static const struct rd_field receipted_fields[] = {
    RD_F(rd_receipted, receipt, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_receipted, stage, 2, rd_receipt_stage_names),
    RD_F(rd_receipted, given_up, 3, RD_FIELD_BOOL),
    RD_F(rd_receipted, detail, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_receipted_shape = RD_SHAPE(rd_receipted, "Receipted", receipted_fields);

static const struct rd_field read_fields[] = {
    RD_F(rd_read, assignment, 1, RD_FIELD_U32),
    RD_F_ENUM(rd_read, view, 2, rd_view_names),
    RD_F_MAX(rd_read, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_read, purpose, 4, RD_FIELD_TEXT),
    RD_F(rd_read, quarantine, 5, RD_FIELD_U64),
    RD_F_MAX(rd_read, sought, 6, RD_FIELD_BYTES, RD_HASH_BYTES),
    RD_F(rd_read, found, 7, RD_FIELD_U32),
};
const struct rd_shape rd_read_shape = RD_SHAPE(rd_read, "Read", read_fields);

static const struct rd_field quarantine_move_fields[] = {
    RD_F(rd_quarantine_move, item, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_quarantine_move, verb, 2, rd_verb_names),
    RD_F_MAX(rd_quarantine_move, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_quarantine_move, reason, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_quarantine_move_shape =
    RD_SHAPE(rd_quarantine_move, "QuarantineMove", quarantine_move_fields);

static const struct rd_field clock_ended_fields[] = {
    RD_F(rd_clock_ended, clock, 1, RD_FIELD_U32),
    RD_F_MAX(rd_clock_ended, by, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_clock_ended, reason, 3, RD_FIELD_TEXT),
};
const struct rd_shape rd_clock_ended_shape =
    RD_SHAPE(rd_clock_ended, "ClockEnded", clock_ended_fields);

static const struct rd_field time_accepted_fields[] = {
    RD_F(rd_time_accepted, before, 1, RD_FIELD_INSTANT),
    RD_F(rd_time_accepted, after, 2, RD_FIELD_INSTANT),
    RD_F_MAX(rd_time_accepted, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_time_accepted_shape =
    RD_SHAPE(rd_time_accepted, "TimeAccepted", time_accepted_fields);

static const struct rd_field linked_fields[] = {
    RD_F(rd_linked, other, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_linked, verb, 2, rd_verb_names),
    RD_F_MAX(rd_linked, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_linked, reason, 4, RD_FIELD_TEXT),
    RD_F(rd_linked, matched, 5, RD_FIELD_U32),
    RD_F(rd_linked, differs, 6, RD_FIELD_U32),
    RD_F(rd_linked, left_out, 7, RD_FIELD_U32),
};
const struct rd_shape rd_linked_shape = RD_SHAPE(rd_linked, "Linked", linked_fields);

static const struct rd_field answered_fields[] = {
    RD_F(rd_answered, correlation, 1, RD_FIELD_U64),
    RD_F(rd_answered, received, 2, RD_FIELD_U64),
    RD_F_ENUM(rd_answered, told, 3, rd_told_names),
    RD_F_MAX(rd_answered, code, 4, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_answered, words, 5, RD_FIELD_TEXT),
    RD_F_MAX(rd_answered, bytes, 6, RD_FIELD_BYTES, RD_ANSWER_BYTES_MAX),
    RD_F(rd_answered, length, 7, RD_FIELD_U64),
};
const struct rd_shape rd_answered_shape = RD_SHAPE(rd_answered, "Answered", answered_fields);

static const struct rd_field entry_fields[] = {
    RD_F(rd_entry, number, 1, RD_FIELD_U64),
    RD_F(rd_entry, at, 2, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_entry, kind, 3, rd_entry_kind_names),
    RD_F(rd_entry, referral, 4, RD_FIELD_U64),
    RD_F_MAX(rd_entry, feed, 5, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_STRUCT(rd_entry, started, 6, rd_started_shape),
    RD_F_STRUCT(rd_entry, rules, 7, rd_rules_in_force_shape),
    RD_F_STRUCT(rd_entry, received, 8, rd_received_shape),
    RD_F_STRUCT(rd_entry, decided, 9, rd_decided_shape),
    RD_F_STRUCT(rd_entry, moved, 10, rd_moved_shape),
    RD_F_STRUCT(rd_entry, contacted, 11, rd_contacted_shape),
    RD_F_STRUCT(rd_entry, alarmed, 12, rd_alarmed_shape),
    RD_F_STRUCT(rd_entry, receipted, 13, rd_receipted_shape),
    RD_F_STRUCT(rd_entry, read, 14, rd_read_shape),
    RD_F_STRUCT(rd_entry, quarantine, 15, rd_quarantine_move_shape),
    RD_F_STRUCT(rd_entry, clock_ended, 16, rd_clock_ended_shape),
    RD_F_STRUCT(rd_entry, time, 17, rd_time_accepted_shape),
    RD_F_STRUCT(rd_entry, ruleset, 18, rd_ruleset_part_shape),
    RD_F_STRUCT(rd_entry, activation, 19, rd_activation_shape),
    RD_F_STRUCT(rd_entry, linked, 20, rd_linked_shape),
    RD_F_STRUCT(rd_entry, answered, 21, rd_answered_shape),
};
const struct rd_shape rd_entry_shape = RD_SHAPE(rd_entry, "Entry", entry_fields);
