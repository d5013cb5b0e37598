#include "model/message.h"

#include "model/limits.h"

static const char *const query_kind_texts[] = {"unspecified", "status",     "queue",  "explain",
                                               "trace",       "quarantine", "stages", "find",
                                               NULL,          "links"};
const struct rd_enum_names rd_query_kind_names = {
    "QueryKind", query_kind_texts, sizeof query_kind_texts / sizeof query_kind_texts[0]};

static const char *const row_change_texts[] = {"unspecified", "added", "changed", "removed"};
const struct rd_enum_names rd_row_change_names = {
    "RowChange", row_change_texts, sizeof row_change_texts / sizeof row_change_texts[0]};

static const char *const refusal_texts[] = {"unspecified", "protocol", "rights",  "unknown",
                                            "state",       "taken",    "missing", "invalid",
                                            "busy",        "limit"};
const struct rd_enum_names rd_refusal_names = {"Refusal", refusal_texts,
                                               sizeof refusal_texts / sizeof refusal_texts[0]};

static const char *const admin_kind_texts[] = {"unspecified",  "drain",          "clock-accept",
                                               "reload",       "reload-keys",    "rules-activate",
                                               "rules-revert", "rules-withdraw", "rules-shadow"};
const struct rd_enum_names rd_admin_kind_names = {
    "AdminKind", admin_kind_texts, sizeof admin_kind_texts / sizeof admin_kind_texts[0]};

static const struct rd_field hello_fields[] = {
    RD_F(rd_hello, protocol_min, 1, RD_FIELD_U32),
    RD_F(rd_hello, protocol_max, 2, RD_FIELD_U32),
    RD_F_MAX(rd_hello, program, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_hello, version, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_hello, session, 5, RD_FIELD_U64),
};
const struct rd_shape rd_hello_shape = RD_SHAPE(rd_hello, "Hello", hello_fields);

static const struct rd_field welcome_fields[] = {
    RD_F(rd_welcome, protocol, 1, RD_FIELD_U32),
    RD_F_MAX(rd_welcome, place, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_welcome, rules_hash, 3, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F_MAX(rd_welcome, user, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_welcome, incarnation, 5, RD_FIELD_U64),
    RD_F(rd_welcome, heartbeat_ms, 6, RD_FIELD_U32),
    RD_F(rd_welcome, credit_submissions, 7, RD_FIELD_U32),
    RD_F(rd_welcome, credit_bytes, 8, RD_FIELD_U64),
};
const struct rd_shape rd_welcome_shape = RD_SHAPE(rd_welcome, "Welcome", welcome_fields);

static const struct rd_field refused_fields[] = {
    RD_F(rd_refused, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_refused, code, 2, rd_refusal_names),
    RD_F(rd_refused, words, 3, RD_FIELD_TEXT),
};
const struct rd_shape rd_refused_shape = RD_SHAPE(rd_refused, "Refused", refused_fields);

static const struct rd_field ping_fields[] = {
    RD_F(rd_ping, token, 1, RD_FIELD_U64),
};
const struct rd_shape rd_ping_shape = RD_SHAPE(rd_ping, "Ping", ping_fields);

static const struct rd_field submit_fields[] = {
    RD_F(rd_submit, correlation, 1, RD_FIELD_U64),
    RD_F_STRUCT(rd_submit, submission, 2, rd_submission_shape),
    RD_F(rd_submit, repairs, 3, RD_FIELD_U64),
};
const struct rd_shape rd_submit_shape = RD_SHAPE(rd_submit, "Submit", submit_fields);

static const struct rd_field submit_result_fields[] = {
    RD_F(rd_submit_result, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_submit_result, disposal, 2, rd_disposal_names),
    RD_F(rd_submit_result, busy, 3, RD_FIELD_BOOL),
    RD_F_MAX(rd_submit_result, referral, 4, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_submit_result, entry, 5, RD_FIELD_U64),
    RD_F(rd_submit_result, held_at, 6, RD_FIELD_INSTANT),
    RD_F(rd_submit_result, reason, 7, RD_FIELD_TEXT),
    RD_F(rd_submit_result, words, 8, RD_FIELD_TEXT),
    RD_F_MAX(rd_submit_result, lead_team, 9, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_submit_result, lead_title, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_submit_result, pathway, 11, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_submit_result, answer, 12, RD_FIELD_TEXT),
    RD_F(rd_submit_result, open_now, 13, RD_FIELD_BOOL),
    RD_F(rd_submit_result, looks_at, 14, RD_FIELD_INSTANT),
    RD_F(rd_submit_result, first_of_repeat, 15, RD_FIELD_BOOL),
    RD_F_STRUCTS(rd_submit_result, issues, 16, rd_issue_shape),
    RD_F(rd_submit_result, sequence_expected, 17, RD_FIELD_I64),
};
const struct rd_shape rd_submit_result_shape =
    RD_SHAPE(rd_submit_result, "SubmitResult", submit_result_fields);

static const struct rd_field watch_fields[] = {
    RD_F_MAX(rd_watch, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_watch, incarnation, 2, RD_FIELD_U64),
    RD_F(rd_watch, after, 3, RD_FIELD_U64),
    RD_F(rd_watch, credit, 4, RD_FIELD_U32),
};
const struct rd_shape rd_watch_shape = RD_SHAPE(rd_watch, "Watch", watch_fields);

static const struct rd_field work_fields[] = {
    RD_F_MAX(rd_work, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_work, credit, 2, RD_FIELD_U32),
    RD_F(rd_work, lease_s, 3, RD_FIELD_U32),
};
const struct rd_shape rd_work_shape = RD_SHAPE(rd_work, "Work", work_fields);

static const struct rd_field ack_fields[] = {
    RD_F_MAX(rd_ack, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_ack, incarnation, 2, RD_FIELD_U64),
    RD_F(rd_ack, change, 3, RD_FIELD_U64),
    RD_F(rd_ack, credit, 4, RD_FIELD_U32),
};
const struct rd_shape rd_ack_shape = RD_SHAPE(rd_ack, "Ack", ack_fields);

static const struct rd_field unwatch_fields[] = {
    RD_F_MAX(rd_unwatch, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
};
const struct rd_shape rd_unwatch_shape = RD_SHAPE(rd_unwatch, "Unwatch", unwatch_fields);

static const struct rd_field row_fields[] = {
    RD_F_MAX(rd_row, assignment, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_row, referral, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_row, team, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_row, role, 4, rd_role_names),
    RD_F_ENUM(rd_row, view, 5, rd_view_names),
    RD_F_ENUM(rd_row, phase, 6, rd_assignment_phase_names),
    RD_F_MAX(rd_row, pathway, 7, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_row, locality, 8, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_row, reason, 9, RD_FIELD_TEXT),
    RD_F_MAX(rd_row, feed, 10, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_row, urgency, 11, rd_priority_names),
    RD_F(rd_row, age, 12, RD_FIELD_OPT_I32),
    RD_F_TEXTS_MAX(rd_row, needs, 13, RD_TERM_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_row, flags, 14, RD_TERM_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_row, required_roles, 15, RD_TERM_BYTES_MAX),
    RD_F_STRUCTS_MAX(rd_row, clocks, 16, rd_clock_shape, RD_CLOCKS_MAX),
    RD_F(rd_row, received, 17, RD_FIELD_INSTANT),
    RD_F(rd_row, next_due, 18, RD_FIELD_INSTANT),
    RD_F(rd_row, order, 19, RD_FIELD_U64),
    RD_F_MAX(rd_row, claimed_by, 20, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_row, decayed, 21, RD_FIELD_BOOL),
    RD_F(rd_row, stand_down_asked, 22, RD_FIELD_BOOL),
    RD_F(rd_row, change_asked, 23, RD_FIELD_BOOL),
    RD_F(rd_row, external, 24, RD_FIELD_BOOL),
    RD_F(rd_row, eta, 25, RD_FIELD_INSTANT),
    RD_F(rd_row, chase_at, 26, RD_FIELD_INSTANT),
    RD_F(rd_row, delivered_at, 27, RD_FIELD_INSTANT),
    RD_F(rd_row, accepted_at, 28, RD_FIELD_INSTANT),
    RD_F(rd_row, revision, 29, RD_FIELD_U32),
    RD_F(rd_row, facts_added, 30, RD_FIELD_U32),
    RD_F(rd_row, contacts, 31, RD_FIELD_U32),
    RD_F_ENUM(rd_row, outcome, 32, rd_outcome_names),
    RD_F_ENUM(rd_row, custody, 33, rd_custody_names),
    RD_F(rd_row, respond_by, 34, RD_FIELD_INSTANT),
    RD_F(rd_row, linked, 35, RD_FIELD_U32),
    RD_F(rd_row, group_due, 36, RD_FIELD_INSTANT),
};
const struct rd_shape rd_row_shape = RD_SHAPE(rd_row, "Row", row_fields);

static const struct rd_field snapshot_begin_fields[] = {
    RD_F_MAX(rd_snapshot_begin, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_snapshot_begin, incarnation, 2, RD_FIELD_U64),
    RD_F(rd_snapshot_begin, change, 3, RD_FIELD_U64),
    RD_F(rd_snapshot_begin, rows, 4, RD_FIELD_U32),
};
const struct rd_shape rd_snapshot_begin_shape =
    RD_SHAPE(rd_snapshot_begin, "SnapshotBegin", snapshot_begin_fields);

static const struct rd_field snapshot_row_fields[] = {
    RD_F_MAX(rd_snapshot_row, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F_STRUCT(rd_snapshot_row, row, 2, rd_row_shape),
};
const struct rd_shape rd_snapshot_row_shape =
    RD_SHAPE(rd_snapshot_row, "SnapshotRow", snapshot_row_fields);

static const struct rd_field snapshot_end_fields[] = {
    RD_F_MAX(rd_snapshot_end, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_snapshot_end, incarnation, 2, RD_FIELD_U64),
    RD_F(rd_snapshot_end, change, 3, RD_FIELD_U64),
};
const struct rd_shape rd_snapshot_end_shape =
    RD_SHAPE(rd_snapshot_end, "SnapshotEnd", snapshot_end_fields);

static const struct rd_field change_fields[] = {
    RD_F_MAX(rd_change, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_change, incarnation, 2, RD_FIELD_U64),
    RD_F(rd_change, change, 3, RD_FIELD_U64),
    RD_F_ENUM(rd_change, what, 4, rd_row_change_names),
    RD_F_ENUM(rd_change, verb, 5, rd_verb_names),
    RD_F_STRUCT(rd_change, row, 6, rd_row_shape),
};
const struct rd_shape rd_change_shape = RD_SHAPE(rd_change, "Change", change_fields);

static const struct rd_field handout_fields[] = {
    RD_F_MAX(rd_handout, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_handout, token, 2, RD_FIELD_U64),
    RD_F_STRUCT(rd_handout, row, 3, rd_row_shape),
    RD_F(rd_handout, lease_until, 4, RD_FIELD_INSTANT),
    RD_F(rd_handout, deliveries, 5, RD_FIELD_U32),
};
const struct rd_shape rd_handout_shape = RD_SHAPE(rd_handout, "Handout", handout_fields);

static const struct rd_field handout_ack_fields[] = {
    RD_F(rd_handout_ack, token, 1, RD_FIELD_U64),
};
const struct rd_shape rd_handout_ack_shape =
    RD_SHAPE(rd_handout_ack, "HandoutAck", handout_ack_fields);

static const struct rd_field receipt_fields[] = {
    RD_F_MAX(rd_receipt, feed, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_receipt, receipt, 2, RD_FIELD_U64),
    RD_F_MAX(rd_receipt, referral, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_STRUCTS(rd_receipt, source_refs, 4, rd_identifier_shape),
    RD_F_ENUM(rd_receipt, stage, 5, rd_receipt_stage_names),
    RD_F_MAX(rd_receipt, team, 6, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_receipt, team_title, 7, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_receipt, reason, 8, RD_FIELD_TEXT),
    RD_F(rd_receipt, at, 9, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_receipt, kind, 10, rd_referral_kind_names),
    RD_F_MAX(rd_receipt, correlation, 11, RD_FIELD_TEXT, RD_KEY_BYTES_MAX),
    RD_F_MAX(rd_receipt, key, 12, RD_FIELD_TEXT, RD_KEY_BYTES_MAX),
    RD_F_MAX(rd_receipt, reply_to, 13, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_receipt, journey, 14, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F(rd_receipt, original, 15, RD_FIELD_BYTES),
};
const struct rd_shape rd_receipt_shape = RD_SHAPE(rd_receipt, "Receipt", receipt_fields);

static const struct rd_field receipt_ack_fields[] = {
    RD_F(rd_receipt_ack, receipt, 1, RD_FIELD_U64),
    RD_F(rd_receipt_ack, given_up, 2, RD_FIELD_BOOL),
    RD_F(rd_receipt_ack, detail, 3, RD_FIELD_TEXT),
};
const struct rd_shape rd_receipt_ack_shape =
    RD_SHAPE(rd_receipt_ack, "ReceiptAck", receipt_ack_fields);

static const struct rd_field command_fields[] = {
    RD_F(rd_command, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_command, verb, 2, rd_verb_names),
    RD_F_MAX(rd_command, target, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_command, by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_command, clinician, 5, RD_FIELD_BOOL),
    RD_F(rd_command, reason, 6, RD_FIELD_TEXT),
    RD_F(rd_command, words, 7, RD_FIELD_TEXT),
    RD_F_MAX(rd_command, to, 8, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_TEXTS_MAX(rd_command, supporting, 9, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_command, pathway, 10, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_command, urgency, 11, rd_priority_names),
    RD_F_ENUM(rd_command, outcome, 12, rd_outcome_names),
    RD_F_ENUM(rd_command, mode, 13, rd_contact_mode_names),
    RD_F(rd_command, when, 14, RD_FIELD_INSTANT),
    RD_F(rd_command, contact, 15, RD_FIELD_U32),
    RD_F(rd_command, clock, 16, RD_FIELD_U32),
};
const struct rd_shape rd_command_shape = RD_SHAPE(rd_command, "Command", command_fields);

static const struct rd_field command_result_fields[] = {
    RD_F(rd_command_result, correlation, 1, RD_FIELD_U64),
    RD_F(rd_command_result, entry, 2, RD_FIELD_U64),
    RD_F_STRUCT(rd_command_result, row, 3, rd_row_shape),
    RD_F_MAX(rd_command_result, referral, 4, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
};
const struct rd_shape rd_command_result_shape =
    RD_SHAPE(rd_command_result, "CommandResult", command_result_fields);

static const struct rd_field open_fields[] = {
    RD_F(rd_open, correlation, 1, RD_FIELD_U64),
    RD_F_MAX(rd_open, target, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_open, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_open, purpose, 4, RD_FIELD_TEXT),
    RD_F_MAX(rd_open, feed, 5, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
};
const struct rd_shape rd_open_shape = RD_SHAPE(rd_open, "Open", open_fields);

static const struct rd_field opened_fields[] = {
    RD_F(rd_opened, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_opened, view, 2, rd_view_names),
    RD_F_STRUCTS(rd_opened, submissions, 3, rd_submission_shape),
    RD_F_STRUCT(rd_opened, row, 4, rd_row_shape),
    RD_F_STRUCTS_MAX(rd_opened, contacts, 5, rd_contact_shape, RD_CONTACTS_MAX),
    RD_F(rd_opened, left_out, 6, RD_FIELD_U32),
    RD_F_STRUCT(rd_opened, stages, 7, rd_stages_seen_shape),
    RD_F_STRUCTS(rd_opened, answers, 8, rd_answered_shape),
};
const struct rd_shape rd_opened_shape = RD_SHAPE(rd_opened, "Opened", opened_fields);

static const struct rd_field query_fields[] = {
    RD_F(rd_query, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_query, kind, 2, rd_query_kind_names),
    RD_F_MAX(rd_query, target, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_query, by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCT(rd_query, sought, 5, rd_identifier_shape),
};
const struct rd_shape rd_query_shape = RD_SHAPE(rd_query, "Query", query_fields);

static const struct rd_field team_status_fields[] = {
    RD_F_MAX(rd_team_status, team, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_team_status, title, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_team_status, waiting, 3, RD_FIELD_U64),
    RD_F(rd_team_status, claimed, 4, RD_FIELD_U64),
    RD_F(rd_team_status, accepted, 5, RD_FIELD_U64),
    RD_F(rd_team_status, consumers, 6, RD_FIELD_U64),
    RD_F(rd_team_status, oldest, 7, RD_FIELD_INSTANT),
    RD_F(rd_team_status, next_due, 8, RD_FIELD_INSTANT),
    RD_F(rd_team_status, open_now, 9, RD_FIELD_BOOL),
    RD_F(rd_team_status, overdue, 10, RD_FIELD_U64),
    RD_F(rd_team_status, overdue_15m, 11, RD_FIELD_U64),
    RD_F(rd_team_status, overdue_60m, 12, RD_FIELD_U64),
    RD_F(rd_team_status, overdue_240m, 13, RD_FIELD_U64),
};
const struct rd_shape rd_team_status_shape =
    RD_SHAPE(rd_team_status, "TeamStatus", team_status_fields);

static const struct rd_field status_fields[] = {
    RD_F_MAX(rd_status, place, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_status, rules_hash, 2, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F_MAX(rd_status, version, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_status, incarnation, 4, RD_FIELD_U64),
    RD_F(rd_status, last_entry, 5, RD_FIELD_U64),
    RD_F(rd_status, durable_entry, 6, RD_FIELD_U64),
    RD_F(rd_status, now, 7, RD_FIELD_INSTANT),
    RD_F(rd_status, started_at, 8, RD_FIELD_INSTANT),
    RD_F(rd_status, ready, 9, RD_FIELD_BOOL),
    RD_F(rd_status, draining, 10, RD_FIELD_BOOL),
    RD_F_STRUCTS(rd_status, feeds, 11, rd_feed_state_shape),
    RD_F_STRUCTS(rd_status, teams, 12, rd_team_status_shape),
    RD_F(rd_status, referrals_open, 13, RD_FIELD_U64),
    RD_F(rd_status, quarantined_open, 14, RD_FIELD_U64),
    RD_F(rd_status, timers, 15, RD_FIELD_U64),
    RD_F(rd_status, sessions, 16, RD_FIELD_U64),
    RD_F(rd_status, imbalance, 17, RD_FIELD_U64),
    RD_F(rd_status, rules_since, 18, RD_FIELD_INSTANT),
    RD_F_MAX(rd_status, pending_rules_hash, 19, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_status, pending_at, 20, RD_FIELD_INSTANT),
    RD_F(rd_status, rules_refused, 21, RD_FIELD_U64),
    RD_F(rd_status, rules_refused_words, 22, RD_FIELD_TEXT),
    RD_F_MAX(rd_status, shadow_rules_hash, 23, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_status, shadow_compared, 24, RD_FIELD_U64),
    RD_F(rd_status, shadow_differing, 25, RD_FIELD_U64),
    RD_F(rd_status, rules_checking, 26, RD_FIELD_TEXT),
    RD_F(rd_status, referrals_suggested, 40, RD_FIELD_U64),
    RD_F(rd_status, referrals_linked, 41, RD_FIELD_U64),
};
const struct rd_shape rd_status_shape = RD_SHAPE(rd_status, "Status", status_fields);

static const struct rd_field stages_seen_fields[] = {
    RD_F_MAX(rd_stages_seen, referral, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_stages_seen, held, 2, RD_FIELD_INSTANT),
    RD_F(rd_stages_seen, routed, 3, RD_FIELD_INSTANT),
    RD_F(rd_stages_seen, claimed, 4, RD_FIELD_INSTANT),
    RD_F(rd_stages_seen, contacted, 5, RD_FIELD_INSTANT),
    RD_F(rd_stages_seen, closed, 6, RD_FIELD_INSTANT),
    RD_F(rd_stages_seen, concern, 7, RD_FIELD_BOOL),
    RD_F(rd_stages_seen, accepted, 8, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_stages_seen, phase, 9, rd_referral_phase_names),
    RD_F_ENUM(rd_stages_seen, outcome, 10, rd_outcome_names),
    RD_F(rd_stages_seen, revision, 11, RD_FIELD_U32),
};
const struct rd_shape rd_stages_seen_shape =
    RD_SHAPE(rd_stages_seen, "StagesSeen", stages_seen_fields);

static const struct rd_field link_pair_fields[] = {
    RD_F_STRUCT(rd_link_pair, first, 1, rd_row_shape),
    RD_F_STRUCT(rd_link_pair, second, 2, rd_row_shape),
    RD_F_ENUM(rd_link_pair, state, 3, rd_link_state_names),
    RD_F(rd_link_pair, matched, 4, RD_FIELD_U32),
    RD_F(rd_link_pair, differs, 5, RD_FIELD_U32),
    RD_F_MAX(rd_link_pair, by, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_link_pair, at, 7, RD_FIELD_INSTANT),
};
const struct rd_shape rd_link_pair_shape = RD_SHAPE(rd_link_pair, "LinkPair", link_pair_fields);

static const struct rd_field query_result_fields[] = {
    RD_F(rd_query_result, correlation, 1, RD_FIELD_U64),
    RD_F_STRUCT(rd_query_result, status, 2, rd_status_shape),
    RD_F_STRUCTS_MAX(rd_query_result, rows, 3, rd_row_shape, RD_QUERY_ITEMS_MAX),
    RD_F_STRUCT(rd_query_result, decision, 4, rd_decision_shape),
    RD_F_STRUCTS_MAX(rd_query_result, entries, 5, rd_entry_shape, RD_QUERY_ITEMS_MAX),
    RD_F_STRUCTS_MAX(rd_query_result, quarantined, 6, rd_quarantine_state_shape,
                     RD_QUERY_ITEMS_MAX),
    RD_F_STRUCT(rd_query_result, stages, 7, rd_stages_seen_shape),
    RD_F_STRUCT(rd_query_result, referral, 8, rd_referral_state_shape),
    RD_F_TEXTS_MAX(rd_query_result, found, 9, RD_NAME_BYTES_MAX),
    RD_F_STRUCTS_MAX(rd_query_result, pairs, 20, rd_link_pair_shape, RD_LINK_PAIRS_MAX),
    RD_F(rd_query_result, pairs_left_out, 21, RD_FIELD_U32),
};
const struct rd_shape rd_query_result_shape =
    RD_SHAPE(rd_query_result, "QueryResult", query_result_fields);

static const struct rd_field event_note_fields[] = {
    RD_F(rd_event_note, entry, 1, RD_FIELD_U64),
    RD_F(rd_event_note, at, 2, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_event_note, kind, 3, rd_entry_kind_names),
    RD_F_ENUM(rd_event_note, verb, 4, rd_verb_names),
    RD_F_ENUM(rd_event_note, alarm, 5, rd_alarm_kind_names),
    RD_F_ENUM(rd_event_note, disposal, 6, rd_disposal_names),
    RD_F_MAX(rd_event_note, referral, 7, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_event_note, team, 8, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_event_note, feed, 9, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_event_note, pathway, 10, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
};
const struct rd_shape rd_event_note_shape = RD_SHAPE(rd_event_note, "EventNote", event_note_fields);

static const struct rd_field admin_fields[] = {
    RD_F(rd_admin, correlation, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_admin, kind, 2, rd_admin_kind_names),
    RD_F_MAX(rd_admin, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_admin, approved_by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_admin, directory, 5, RD_FIELD_TEXT, RD_PATH_BYTES_MAX),
    RD_F_MAX(rd_admin, rules_hash, 6, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_admin, when, 7, RD_FIELD_INSTANT),
    RD_F(rd_admin, reason, 8, RD_FIELD_TEXT),
};
const struct rd_shape rd_admin_shape = RD_SHAPE(rd_admin, "Admin", admin_fields);

static const struct rd_field admin_result_fields[] = {
    RD_F(rd_admin_result, correlation, 1, RD_FIELD_U64),
    RD_F(rd_admin_result, words, 2, RD_FIELD_TEXT),
};
const struct rd_shape rd_admin_result_shape =
    RD_SHAPE(rd_admin_result, "AdminResult", admin_result_fields);

static const struct rd_field message_fields[] = {
    RD_F_STRUCT(rd_message, hello, 1, rd_hello_shape),
    RD_F_STRUCT(rd_message, welcome, 2, rd_welcome_shape),
    RD_F_STRUCT(rd_message, refused, 3, rd_refused_shape),
    RD_F_STRUCT(rd_message, ping, 4, rd_ping_shape),
    RD_F_STRUCT(rd_message, pong, 5, rd_ping_shape),
    RD_F_STRUCT(rd_message, submit, 6, rd_submit_shape),
    RD_F_STRUCT(rd_message, submit_result, 7, rd_submit_result_shape),
    RD_F_STRUCT(rd_message, watch, 8, rd_watch_shape),
    RD_F_STRUCT(rd_message, work, 9, rd_work_shape),
    RD_F_STRUCT(rd_message, ack, 10, rd_ack_shape),
    RD_F_STRUCT(rd_message, unwatch, 11, rd_unwatch_shape),
    RD_F_STRUCT(rd_message, snapshot_begin, 12, rd_snapshot_begin_shape),
    RD_F_STRUCT(rd_message, snapshot_row, 13, rd_snapshot_row_shape),
    RD_F_STRUCT(rd_message, snapshot_end, 14, rd_snapshot_end_shape),
    RD_F_STRUCT(rd_message, change, 15, rd_change_shape),
    RD_F_STRUCT(rd_message, handout, 16, rd_handout_shape),
    RD_F_STRUCT(rd_message, handout_ack, 17, rd_handout_ack_shape),
    RD_F_STRUCT(rd_message, receipt, 18, rd_receipt_shape),
    RD_F_STRUCT(rd_message, receipt_ack, 19, rd_receipt_ack_shape),
    RD_F_STRUCT(rd_message, command, 20, rd_command_shape),
    RD_F_STRUCT(rd_message, command_result, 21, rd_command_result_shape),
    RD_F_STRUCT(rd_message, open, 22, rd_open_shape),
    RD_F_STRUCT(rd_message, opened, 23, rd_opened_shape),
    RD_F_STRUCT(rd_message, query, 24, rd_query_shape),
    RD_F_STRUCT(rd_message, query_result, 25, rd_query_result_shape),
    RD_F_STRUCT(rd_message, event, 26, rd_event_note_shape),
    RD_F_STRUCT(rd_message, admin, 27, rd_admin_shape),
    RD_F_STRUCT(rd_message, admin_result, 28, rd_admin_result_shape),
    RD_F_STRUCT(rd_message, answered, 29, rd_answered_shape),
};
const struct rd_shape rd_message_shape = RD_SHAPE(rd_message, "Envelope", message_fields);
