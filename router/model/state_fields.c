#include "model/state.h"

#include "model/limits.h"

static const char *const referral_phase_texts[] = {"unspecified", "held", "open", "closed",
                                                   "refused"};
const struct rd_enum_names rd_referral_phase_names = {"ReferralPhase", referral_phase_texts,
                                                      sizeof referral_phase_texts /
                                                          sizeof referral_phase_texts[0]};

static const char *const assignment_phase_texts[] = {"unspecified", "waiting", "claimed",
                                                     "accepted", "closed"};
const struct rd_enum_names rd_assignment_phase_names = {"AssignmentPhase", assignment_phase_texts,
                                                        sizeof assignment_phase_texts /
                                                            sizeof assignment_phase_texts[0]};

static const char *const outcome_texts[] = {"unspecified",        "seen-complete", "seen-onward",
                                            "declined-by-person", "no-access",     "deceased",
                                            "admitted",           "conveyed",      "withdrawn",
                                            "duplicate",          "ineligible",    "transferred",
                                            "advice-only",        "error",         "redirected",
                                            "declined",           "rejected"};
const struct rd_enum_names rd_outcome_names = {"Outcome", outcome_texts,
                                               sizeof outcome_texts / sizeof outcome_texts[0]};

static const char *const contact_mode_texts[] = {"unspecified", "face-to-face", "telephone",
                                                 "video", "no-access"};
const struct rd_enum_names rd_contact_mode_names = {
    "ContactMode", contact_mode_texts, sizeof contact_mode_texts / sizeof contact_mode_texts[0]};

static const char *const receipt_stage_texts[] = {"unspecified", "routed", "claimed", "accepted",
                                                  "contacted",   "closed", "refused"};
const struct rd_enum_names rd_receipt_stage_names = {"ReceiptStage", receipt_stage_texts,
                                                     sizeof receipt_stage_texts /
                                                         sizeof receipt_stage_texts[0]};

static const char *const disposal_texts[] = {"unspecified",  "new",         "repeat",
                                             "amended",      "cancelled",   "fact-applied",
                                             "fact-ignored", "quarantined", "rejected"};
const struct rd_enum_names rd_disposal_names = {"Disposal", disposal_texts,
                                                sizeof disposal_texts / sizeof disposal_texts[0]};

static const char *const state_table_texts[] = {
    "unspecified", "meta", "referral", "feed", "queue", "key", "ref", "quarantine", "ruleset"};
const struct rd_enum_names rd_state_table_names = {
    "StateTable", state_table_texts, sizeof state_table_texts / sizeof state_table_texts[0]};

static const char *const link_state_texts[] = {"unspecified", "suggested", "linked", "dismissed"};
const struct rd_enum_names rd_link_state_names = {
    "LinkState", link_state_texts, sizeof link_state_texts / sizeof link_state_texts[0]};

static const struct rd_field assignment_fields[] = {
    RD_F(rd_assignment, index, 1, RD_FIELD_U32),
    RD_F_MAX(rd_assignment, team, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_assignment, role, 3, rd_role_names),
    RD_F_ENUM(rd_assignment, view, 4, rd_view_names),
    RD_F_TEXTS_MAX(rd_assignment, required_roles, 5, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_assignment, phase, 6, rd_assignment_phase_names),
    RD_F(rd_assignment, external, 7, RD_FIELD_BOOL),
    RD_F(rd_assignment, open_at_routing, 8, RD_FIELD_BOOL),
    RD_F(rd_assignment, why, 9, RD_FIELD_TEXT),
    RD_F(rd_assignment, created_at, 10, RD_FIELD_INSTANT),
    RD_F(rd_assignment, looks_at, 11, RD_FIELD_INSTANT),
    RD_F(rd_assignment, closes_at, 12, RD_FIELD_INSTANT),
    RD_F(rd_assignment, delivered_at, 13, RD_FIELD_INSTANT),
    RD_F_MAX(rd_assignment, claimed_by, 14, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_assignment, claimed_at, 15, RD_FIELD_INSTANT),
    RD_F(rd_assignment, decayed, 16, RD_FIELD_BOOL),
    RD_F(rd_assignment, decay_due, 17, RD_FIELD_INSTANT),
    RD_F_MAX(rd_assignment, accepted_by, 18, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_assignment, accepted_at, 19, RD_FIELD_INSTANT),
    RD_F(rd_assignment, eta, 20, RD_FIELD_INSTANT),
    RD_F(rd_assignment, chase_at, 21, RD_FIELD_INSTANT),
    RD_F_MAX(rd_assignment, await_from, 22, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_assignment, stand_down_asked, 23, RD_FIELD_BOOL),
    RD_F(rd_assignment, change_asked, 24, RD_FIELD_BOOL),
    RD_F(rd_assignment, stand_down_at, 25, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_assignment, outcome, 26, rd_outcome_names),
    RD_F(rd_assignment, closed_at, 27, RD_FIELD_INSTANT),
    RD_F_MAX(rd_assignment, closed_by, 28, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_assignment, close_reason, 29, RD_FIELD_TEXT),
    RD_F(rd_assignment, change, 30, RD_FIELD_U64),
    RD_F(rd_assignment, token, 31, RD_FIELD_U64),
    RD_F_MAX(rd_assignment, handed_to, 32, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_assignment, lease_due, 33, RD_FIELD_INSTANT),
    RD_F(rd_assignment, deliveries, 34, RD_FIELD_U32),
};
const struct rd_shape rd_assignment_shape =
    RD_SHAPE(rd_assignment, "Assignment", assignment_fields);

static const struct rd_field clock_fields[] = {
    RD_F(rd_clock, index, 1, RD_FIELD_U32),
    RD_F(rd_clock, assignment, 2, RD_FIELD_U32),
    RD_F_MAX(rd_clock, policy, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_clock, kind, 4, rd_clock_kind_names),
    RD_F_MAX(rd_clock, basis, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_clock, stop_mode, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_clock, provisional, 7, RD_FIELD_BOOL),
    RD_F(rd_clock, start, 8, RD_FIELD_INSTANT),
    RD_F(rd_clock, alarm_due, 9, RD_FIELD_INSTANT),
    RD_F(rd_clock, report_due, 10, RD_FIELD_INSTANT),
    RD_F_STRUCTS_MAX(rd_clock, stages, 11, rd_stage_shape, RD_STAGES_MAX),
    RD_F(rd_clock, next_stage, 12, RD_FIELD_U32),
    RD_F(rd_clock, next_due, 13, RD_FIELD_INSTANT),
    RD_F(rd_clock, repeats, 14, RD_FIELD_U32),
    RD_F(rd_clock, ended_at, 15, RD_FIELD_INSTANT),
    RD_F_MAX(rd_clock, end_reason, 16, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_clock, end_contact, 17, RD_FIELD_U32),
    RD_F(rd_clock, breached_at, 18, RD_FIELD_INSTANT),
    RD_F_MAX(rd_clock, calendar_hash, 19, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
};
const struct rd_shape rd_clock_shape = RD_SHAPE(rd_clock, "Clock", clock_fields);

static const struct rd_field contact_fields[] = {
    RD_F(rd_contact, index, 1, RD_FIELD_U32),
    RD_F(rd_contact, assignment, 2, RD_FIELD_U32),
    RD_F_MAX(rd_contact, by, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_contact, mode, 4, rd_contact_mode_names),
    RD_F_MAX(rd_contact, outcome, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_contact, occurred, 6, RD_FIELD_INSTANT),
    RD_F(rd_contact, recorded, 7, RD_FIELD_INSTANT),
    RD_F(rd_contact, voided_at, 8, RD_FIELD_INSTANT),
};
const struct rd_shape rd_contact_shape = RD_SHAPE(rd_contact, "Contact", contact_fields);

static const struct rd_field receipt_due_fields[] = {
    RD_F(rd_receipt_due, number, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_receipt_due, stage, 2, rd_receipt_stage_names),
    RD_F_MAX(rd_receipt_due, team, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_receipt_due, reason, 4, RD_FIELD_TEXT),
    RD_F(rd_receipt_due, at, 5, RD_FIELD_INSTANT),
};
const struct rd_shape rd_receipt_due_shape =
    RD_SHAPE(rd_receipt_due, "ReceiptDue", receipt_due_fields);

static const struct rd_field person_marks_fields[] = {
    RD_F(rd_person_marks, nhs_number, 1, RD_FIELD_U64),
    RD_F(rd_person_marks, name, 2, RD_FIELD_U64),
    RD_F(rd_person_marks, further_names, 3, RD_FIELD_U64),
    RD_F(rd_person_marks, birth_date, 4, RD_FIELD_U64),
    RD_F(rd_person_marks, postcode, 5, RD_FIELD_U64),
};
const struct rd_shape rd_person_marks_shape =
    RD_SHAPE(rd_person_marks, "PersonMarks", person_marks_fields);

static const struct rd_field person_link_fields[] = {
    RD_F(rd_person_link, other, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_person_link, state, 2, rd_link_state_names),
    RD_F(rd_person_link, matched, 3, RD_FIELD_U32),
    RD_F(rd_person_link, differs, 4, RD_FIELD_U32),
    RD_F_MAX(rd_person_link, by, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_person_link, at, 6, RD_FIELD_INSTANT),
    RD_F_MAX(rd_person_link, entries, 7, RD_FIELD_BYTES, 8 * RD_LINK_ENTRIES_MAX),
};
const struct rd_shape rd_person_link_shape =
    RD_SHAPE(rd_person_link, "PersonLink", person_link_fields);

static const struct rd_field referral_state_fields[] = {
    RD_F(rd_referral_state, id, 1, RD_FIELD_U64),
    RD_F_ENUM(rd_referral_state, phase, 2, rd_referral_phase_names),
    RD_F_ENUM(rd_referral_state, kind, 3, rd_referral_kind_names),
    RD_F_ENUM(rd_referral_state, custody, 4, rd_custody_names),
    RD_F_MAX(rd_referral_state, feed, 5, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_referral_state, revision, 6, RD_FIELD_U32),
    RD_F(rd_referral_state, bodies, 7, RD_FIELD_BYTES),
    RD_F(rd_referral_state, received, 8, RD_FIELD_INSTANT),
    RD_F(rd_referral_state, opened_at, 9, RD_FIELD_INSTANT),
    RD_F(rd_referral_state, closed_at, 10, RD_FIELD_INSTANT),
    RD_F_ENUM(rd_referral_state, outcome, 11, rd_outcome_names),
    RD_F_STRUCT(rd_referral_state, facts, 12, rd_facts_shape),
    RD_F_MAX(rd_referral_state, pathway, 13, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_ENUM(rd_referral_state, urgency, 14, rd_priority_names),
    RD_F(rd_referral_state, reason, 15, RD_FIELD_TEXT),
    RD_F(rd_referral_state, answer, 16, RD_FIELD_TEXT),
    RD_F_MAX(rd_referral_state, rules_hash, 17, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_referral_state, decision, 18, RD_FIELD_U64),
    RD_F_STRUCTS_MAX(rd_referral_state, assignments, 19, rd_assignment_shape, RD_ASSIGNMENTS_MAX),
    RD_F_STRUCTS_MAX(rd_referral_state, clocks, 20, rd_clock_shape, RD_CLOCKS_MAX),
    RD_F_STRUCTS_MAX(rd_referral_state, contacts, 21, rd_contact_shape, RD_CONTACTS_MAX),
    RD_F_STRUCTS(rd_referral_state, receipts, 22, rd_receipt_due_shape),
    RD_F_BYTES_LIST_MAX(rd_referral_state, ref_hashes, 23, RD_HASH_BYTES),
    RD_F_BYTES_LIST_MAX(rd_referral_state, person_hashes, 24, RD_HASH_BYTES),
    RD_F(rd_referral_state, facts_added, 25, RD_FIELD_U32),
    RD_F(rd_referral_state, last_updated, 26, RD_FIELD_INSTANT),
    RD_F_STRUCTS_MAX(rd_referral_state, links, 27, rd_person_link_shape, RD_LINKS_MAX),
    RD_F_STRUCT(rd_referral_state, marks, 40, rd_person_marks_shape),
    RD_F(rd_referral_state, links_left_out, 41, RD_FIELD_U32),
};
const struct rd_shape rd_referral_state_shape =
    RD_SHAPE(rd_referral_state, "ReferralState", referral_state_fields);

static const struct rd_field missing_fields[] = {
    RD_F(rd_missing, from, 1, RD_FIELD_U64),
    RD_F(rd_missing, to, 2, RD_FIELD_U64),
    RD_F(rd_missing, due, 3, RD_FIELD_INSTANT),
    RD_F(rd_missing, told, 4, RD_FIELD_BOOL),
};
const struct rd_shape rd_missing_shape = RD_SHAPE(rd_missing, "MissingNumbers", missing_fields);

static const struct rd_field number_line_fields[] = {
    RD_F(rd_number_line, last, 1, RD_FIELD_U64),
    RD_F(rd_number_line, at, 2, RD_FIELD_INSTANT),
};
const struct rd_shape rd_number_line_shape =
    RD_SHAPE(rd_number_line, "NumberLine", number_line_fields);

static const struct rd_field numbering_fields[] = {
    RD_F_MAX(rd_numbering, of, 1, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_STRUCTS_MAX(rd_numbering, lines, 2, rd_number_line_shape, RD_NUMBER_LINES_MAX),
    RD_F_STRUCTS_MAX(rd_numbering, missing, 3, rd_missing_shape, RD_MISSING_MAX),
    RD_F(rd_numbering, unlisted, 4, RD_FIELD_U64),
    RD_F(rd_numbering, quiet_until, 5, RD_FIELD_INSTANT),
};
const struct rd_shape rd_numbering_shape = RD_SHAPE(rd_numbering, "Numbering", numbering_fields);

static const struct rd_field feed_state_fields[] = {
    RD_F_MAX(rd_feed_state, feed, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_feed_state, submissions, 2, RD_FIELD_U64),
    RD_F(rd_feed_state, new_referrals, 3, RD_FIELD_U64),
    RD_F(rd_feed_state, repeats, 4, RD_FIELD_U64),
    RD_F(rd_feed_state, amendments, 5, RD_FIELD_U64),
    RD_F(rd_feed_state, cancellations, 6, RD_FIELD_U64),
    RD_F(rd_feed_state, facts_applied, 7, RD_FIELD_U64),
    RD_F(rd_feed_state, facts_ignored, 8, RD_FIELD_U64),
    RD_F(rd_feed_state, quarantined, 9, RD_FIELD_U64),
    RD_F(rd_feed_state, rejected, 10, RD_FIELD_U64),
    RD_F(rd_feed_state, open, 11, RD_FIELD_U64),
    RD_F(rd_feed_state, closed, 12, RD_FIELD_U64),
    RD_F(rd_feed_state, refused, 13, RD_FIELD_U64),
    RD_F(rd_feed_state, last_received, 14, RD_FIELD_INSTANT),
    RD_F_STRUCTS_MAX(rd_feed_state, numberings, 15, rd_numbering_shape, RD_NUMBERINGS_MAX),
    RD_F(rd_feed_state, sequence_gaps, 16, RD_FIELD_U64),
    RD_F(rd_feed_state, sequence_filled, 17, RD_FIELD_U64),
    RD_F(rd_feed_state, day, 18, RD_FIELD_U32),
    RD_F(rd_feed_state, day_count, 19, RD_FIELD_U64),
    RD_F(rd_feed_state, shortfall_day, 20, RD_FIELD_U32),
    RD_F(rd_feed_state, silence_told, 21, RD_FIELD_INSTANT),
};
const struct rd_shape rd_feed_state_shape = RD_SHAPE(rd_feed_state, "FeedState", feed_state_fields);

uint64_t rd_feed_missing(const struct rd_feed_state *feed)
{
    uint64_t count = 0;
    for (size_t i = 0; i < feed->numberings_count; i++) {
        const struct rd_numbering *each = &feed->numberings[i];
        count += each->unlisted;
        for (size_t k = 0; k < each->missing_count; k++)
            count += each->missing[k].to - each->missing[k].from + 1;
    }
    return count;
}

bool rd_feed_silent(const struct rd_feed_state *feed)
{
    return feed->silence_told > feed->last_received;
}

static const struct rd_field queue_state_fields[] = {
    RD_F_MAX(rd_queue_state, queue, 1, RD_FIELD_TEXT, RD_QUEUE_BYTES_MAX),
    RD_F(rd_queue_state, change, 2, RD_FIELD_U64),
};
const struct rd_shape rd_queue_state_shape =
    RD_SHAPE(rd_queue_state, "QueueState", queue_state_fields);

static const struct rd_field key_state_fields[] = {
    RD_F_MAX(rd_key_state, key_hash, 1, RD_FIELD_BYTES, RD_HASH_BYTES),
    RD_F_MAX(rd_key_state, feed, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_key_state, digest, 3, RD_FIELD_BYTES, RD_DIGEST_BYTES),
    RD_F_ENUM(rd_key_state, disposal, 4, rd_disposal_names),
    RD_F(rd_key_state, referral, 5, RD_FIELD_U64),
    RD_F(rd_key_state, entry, 6, RD_FIELD_U64),
    RD_F(rd_key_state, expires, 7, RD_FIELD_INSTANT),
};
const struct rd_shape rd_key_state_shape = RD_SHAPE(rd_key_state, "KeyState", key_state_fields);

static const struct rd_field ref_state_fields[] = {
    RD_F_MAX(rd_ref_state, ref_hash, 1, RD_FIELD_BYTES, RD_HASH_BYTES),
    RD_F_MAX(rd_ref_state, feed, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_ref_state, referral, 3, RD_FIELD_U64),
    RD_F(rd_ref_state, tombstone, 4, RD_FIELD_BOOL),
    RD_F(rd_ref_state, entry, 5, RD_FIELD_U64),
    RD_F(rd_ref_state, expires, 6, RD_FIELD_INSTANT),
};
const struct rd_shape rd_ref_state_shape = RD_SHAPE(rd_ref_state, "RefState", ref_state_fields);

static const struct rd_field quarantine_state_fields[] = {
    RD_F(rd_quarantine_state, entry, 1, RD_FIELD_U64),
    RD_F_MAX(rd_quarantine_state, feed, 2, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_quarantine_state, code, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_quarantine_state, words, 4, RD_FIELD_TEXT),
    RD_F(rd_quarantine_state, received, 5, RD_FIELD_INSTANT),
    RD_F(rd_quarantine_state, due, 6, RD_FIELD_INSTANT),
    RD_F(rd_quarantine_state, alarmed, 7, RD_FIELD_BOOL),
    RD_F(rd_quarantine_state, closed_at, 8, RD_FIELD_INSTANT),
    RD_F_MAX(rd_quarantine_state, closed_by, 9, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_quarantine_state, closed_as, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_quarantine_state_shape =
    RD_SHAPE(rd_quarantine_state, "QuarantineState", quarantine_state_fields);

static const struct rd_field meta_state_fields[] = {
    RD_F(rd_meta_state, incarnation, 1, RD_FIELD_U64),
    RD_F(rd_meta_state, last_entry, 2, RD_FIELD_U64),
    RD_F_MAX(rd_meta_state, place, 3, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_meta_state, rules_hash, 4, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_meta_state, last_at, 5, RD_FIELD_INSTANT),
    RD_F_MAX(rd_meta_state, previous_rules_hash, 6, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_meta_state, rules_since, 7, RD_FIELD_INSTANT),
    RD_F_MAX(rd_meta_state, pending_rules_hash, 8, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_meta_state, pending_at, 9, RD_FIELD_INSTANT),
    RD_F_MAX(rd_meta_state, pending_by, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_meta_state, pending_approved_by, 11, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_meta_state, pending_reason, 12, RD_FIELD_TEXT),
    RD_F_MAX(rd_meta_state, refused_rules_hash, 13, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_meta_state, refused_reason, 14, RD_FIELD_TEXT),
    RD_F(rd_meta_state, refused_at, 15, RD_FIELD_INSTANT),
};
const struct rd_shape rd_meta_state_shape = RD_SHAPE(rd_meta_state, "MetaState", meta_state_fields);

static const struct rd_field ruleset_state_fields[] = {
    RD_F_MAX(rd_ruleset_state, hash, 1, RD_FIELD_TEXT, RD_RULES_HASH_BYTES_MAX),
    RD_F(rd_ruleset_state, first, 2, RD_FIELD_U64),
    RD_F(rd_ruleset_state, last, 3, RD_FIELD_U64),
    RD_F(rd_ruleset_state, bytes, 4, RD_FIELD_U64),
    RD_F(rd_ruleset_state, complete, 5, RD_FIELD_BOOL),
};
const struct rd_shape rd_ruleset_state_shape =
    RD_SHAPE(rd_ruleset_state, "RulesetState", ruleset_state_fields);

static const struct rd_field state_record_fields[] = {
    RD_F_ENUM(rd_state_record, table, 1, rd_state_table_names),
    RD_F_MAX(rd_state_record, key, 2, RD_FIELD_BYTES, RD_KEY_BYTES_MAX),
    RD_F_STRUCT(rd_state_record, meta, 3, rd_meta_state_shape),
    RD_F_STRUCT(rd_state_record, referral, 4, rd_referral_state_shape),
    RD_F_STRUCT(rd_state_record, feed, 5, rd_feed_state_shape),
    RD_F_STRUCT(rd_state_record, queue, 6, rd_queue_state_shape),
    RD_F_STRUCT(rd_state_record, key_state, 7, rd_key_state_shape),
    RD_F_STRUCT(rd_state_record, ref, 8, rd_ref_state_shape),
    RD_F_STRUCT(rd_state_record, quarantine, 9, rd_quarantine_state_shape),
    RD_F_STRUCT(rd_state_record, ruleset, 10, rd_ruleset_state_shape),
};
const struct rd_shape rd_state_record_shape =
    RD_SHAPE(rd_state_record, "StateRecord", state_record_fields);
