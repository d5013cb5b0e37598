#include "model/record.h"

#include "model/limits.h"

static const char *const action_texts[] = {"unspecified", "new", "amend", "cancel", "fact"};
const struct rd_enum_names rd_action_names = {"Action", action_texts,
                                              sizeof action_texts / sizeof action_texts[0]};

static const char *const environment_texts[] = {"unspecified", "live", "test"};
const struct rd_enum_names rd_environment_names = {
    "Environment", environment_texts, sizeof environment_texts / sizeof environment_texts[0]};

static const char *const referral_kind_texts[] = {"unspecified", "referral", "validation",
                                                  "notice"};
const struct rd_enum_names rd_referral_kind_names = {"ReferralKind", referral_kind_texts,
                                                     sizeof referral_kind_texts /
                                                         sizeof referral_kind_texts[0]};

static const char *const custody_texts[] = {"unspecified", "router", "sender"};
const struct rd_enum_names rd_custody_names = {"Custody", custody_texts,
                                               sizeof custody_texts / sizeof custody_texts[0]};

static const char *const precision_texts[] = {"unspecified", "year",   "month",   "day",
                                              "minute",      "second", "fraction"};
const struct rd_enum_names rd_precision_names = {
    "Precision", precision_texts, sizeof precision_texts / sizeof precision_texts[0]};

static const char *const priority_texts[] = {"unspecified", "emergency", "two-hour",
                                             "same-day",    "two-day",   "routine"};
const struct rd_enum_names rd_priority_names = {"Priority", priority_texts,
                                                sizeof priority_texts / sizeof priority_texts[0]};

static const char *const domain_texts[] = {"unspecified", "health",       "social",
                                           "equipment",   "safeguarding", "other"};
const struct rd_enum_names rd_domain_names = {"Domain", domain_texts,
                                              sizeof domain_texts / sizeof domain_texts[0]};

static const char *const address_use_texts[] = {"unspecified", "home", "current", "incident",
                                                "discharge-to"};
const struct rd_enum_names rd_address_use_names = {
    "AddressUse", address_use_texts, sizeof address_use_texts / sizeof address_use_texts[0]};

static const char *const consent_decision_texts[] = {
    "unspecified", "given", "refused", "not-asked", "lacks-capacity", "best-interests"};
const struct rd_enum_names rd_consent_decision_names = {"ConsentDecision", consent_decision_texts,
                                                        sizeof consent_decision_texts /
                                                            sizeof consent_decision_texts[0]};

static const char *const fact_kind_texts[] = {
    "unspecified", "admitted",     "transferred",         "discharged",         "deceased",
    "merged",      "demographics", "admission-cancelled", "discharge-cancelled"};
const struct rd_enum_names rd_fact_kind_names = {
    "FactKind", fact_kind_texts, sizeof fact_kind_texts / sizeof fact_kind_texts[0]};

static const char *const severity_texts[] = {"unspecified", "information", "warning", "error"};
const struct rd_enum_names rd_severity_names = {"Severity", severity_texts,
                                                sizeof severity_texts / sizeof severity_texts[0]};

static const char *const safe_to_call_texts[] = {"unspecified", "yes", "no", "unknown"};
const struct rd_enum_names rd_safe_to_call_names = {
    "SafeToCall", safe_to_call_texts, sizeof safe_to_call_texts / sizeof safe_to_call_texts[0]};

static const struct rd_field time_fields[] = {
    RD_F(rd_time, utc_us, 1, RD_FIELD_INSTANT),
    RD_F_MAX(rd_time, original, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_time, offset_assumed, 3, RD_FIELD_BOOL),
    RD_F_ENUM(rd_time, precision, 4, rd_precision_names),
};
const struct rd_shape rd_time_shape = RD_SHAPE(rd_time, "Time", time_fields);

static const struct rd_field coding_fields[] = {
    RD_F_MAX(rd_coding, system, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_coding, code, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_coding, display, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_coding, version, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_coding_shape = RD_SHAPE(rd_coding, "Coding", coding_fields);

static const struct rd_field identifier_fields[] = {
    RD_F_MAX(rd_identifier, system, 1, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_identifier, value, 2, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_identifier, assigner, 3, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
};
const struct rd_shape rd_identifier_shape =
    RD_SHAPE(rd_identifier, "Identifier", identifier_fields);

static const struct rd_field issue_fields[] = {
    RD_F_ENUM(rd_issue, severity, 1, rd_severity_names),
    RD_F_MAX(rd_issue, code, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_issue, path, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_issue, words, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_issue_shape = RD_SHAPE(rd_issue, "Issue", issue_fields);

static const struct rd_field extra_fields[] = {
    RD_F(rd_extra, path, 1, RD_FIELD_TEXT),
    RD_F(rd_extra, value, 2, RD_FIELD_TEXT),
};
const struct rd_shape rd_extra_shape = RD_SHAPE(rd_extra, "Extra", extra_fields);

static const struct rd_field telecom_fields[] = {
    RD_F_MAX(rd_telecom, system, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_telecom, value, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_telecom, rank, 3, RD_FIELD_OPT_I32),
    RD_F_ENUM(rd_telecom, safe_to_call, 4, rd_safe_to_call_names),
};
const struct rd_shape rd_telecom_shape = RD_SHAPE(rd_telecom, "Telecom", telecom_fields);

static const struct rd_field name_fields[] = {
    RD_F_MAX(rd_name, use, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_name, family, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_name, given, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_name, prefix, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_name, whole, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_name_shape = RD_SHAPE(rd_name, "Name", name_fields);

static const struct rd_field person_id_fields[] = {
    RD_F_MAX(rd_person_id, system, 1, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_person_id, value, 2, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_person_id, assigner, 3, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_person_id, verification, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_person_id, checksum_ok, 5, RD_FIELD_OPT_BOOL),
};
const struct rd_shape rd_person_id_shape = RD_SHAPE(rd_person_id, "PersonId", person_id_fields);

static const struct rd_field geo_fields[] = {
    RD_F_MAX(rd_geo, latitude, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_geo, longitude, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_geo, easting, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_geo, northing, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_geo, what3words, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_geo_shape = RD_SHAPE(rd_geo, "Geo", geo_fields);

static const struct rd_field address_fields[] = {
    RD_F_ENUM(rd_address, use, 1, rd_address_use_names),
    RD_F_TEXTS_MAX(rd_address, lines, 2, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_address, postcode, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_address, uprn, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_address, access_notes, 5, RD_FIELD_TEXT),
    RD_F_MAX(rd_address, placing_authority, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_address, residence_type, 7, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCT(rd_address, geo, 8, rd_geo_shape),
};
const struct rd_shape rd_address_shape = RD_SHAPE(rd_address, "Address", address_fields);

static const struct rd_field related_fields[] = {
    RD_F_MAX(rd_related, name, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_related, relationship, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCTS(rd_related, telecoms, 3, rd_telecom_shape),
    RD_F(rd_related, carer, 4, RD_FIELD_OPT_BOOL),
    RD_F(rd_related, may_share, 5, RD_FIELD_OPT_BOOL),
};
const struct rd_shape rd_related_shape = RD_SHAPE(rd_related, "Related", related_fields);

static const struct rd_field person_fields[] = {
    RD_F_STRUCTS(rd_person, ids, 1, rd_person_id_shape),
    RD_F_STRUCTS(rd_person, names, 2, rd_name_shape),
    RD_F_MAX(rd_person, birth_date, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_person, age_estimate, 4, RD_FIELD_OPT_I32),
    RD_F_MAX(rd_person, gender, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_person, ethnicity, 6, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_person, language, 7, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_person, interpreter, 8, RD_FIELD_OPT_BOOL),
    RD_F(rd_person, deceased, 9, RD_FIELD_OPT_BOOL),
    RD_F_MAX(rd_person, confidentiality, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_person, practice_ods, 11, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCTS(rd_person, addresses, 12, rd_address_shape),
    RD_F_STRUCTS(rd_person, telecoms, 13, rd_telecom_shape),
    RD_F_STRUCTS(rd_person, related, 14, rd_related_shape),
    RD_F(rd_person, lives_alone, 15, RD_FIELD_OPT_BOOL),
};
const struct rd_shape rd_person_shape = RD_SHAPE(rd_person, "Person", person_fields);

static const struct rd_field hop_fields[] = {
    RD_F_MAX(rd_hop, name, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_hop, role, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_hop, ods, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_hop, callback, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_hop, with_person, 5, RD_FIELD_OPT_BOOL),
};
const struct rd_shape rd_hop_shape = RD_SHAPE(rd_hop, "Hop", hop_fields);

static const struct rd_field party_fields[] = {
    RD_F_MAX(rd_party, name, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_party, role, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_party, ods, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_party, organisation, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_party, callback, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_party_shape = RD_SHAPE(rd_party, "Party", party_fields);

static const struct rd_field need_fields[] = {
    RD_F_ENUM(rd_need, domain, 1, rd_domain_names),
    RD_F_STRUCTS(rd_need, codes, 2, rd_coding_shape),
    RD_F(rd_need, words, 3, RD_FIELD_TEXT),
    RD_F_STRUCT(rd_need, onset, 4, rd_time_shape),
    RD_F_MAX(rd_need, code, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
};
const struct rd_shape rd_need_shape = RD_SHAPE(rd_need, "Need", need_fields);

static const struct rd_field flag_fields[] = {
    RD_F_MAX(rd_flag, category, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_flag, code, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_flag, subject, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_flag, status, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_flag, words, 5, RD_FIELD_TEXT),
};
const struct rd_shape rd_flag_shape = RD_SHAPE(rd_flag, "Flag", flag_fields);

static const struct rd_field consent_fields[] = {
    RD_F_ENUM(rd_consent, decision, 1, rd_consent_decision_names),
    RD_F_MAX(rd_consent, basis, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_consent, purpose, 3, RD_FIELD_TEXT),
    RD_F_MAX(rd_consent, by, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCT(rd_consent, at, 5, rd_time_shape),
};
const struct rd_shape rd_consent_shape = RD_SHAPE(rd_consent, "Consent", consent_fields);

static const struct rd_field attachment_fields[] = {
    RD_F_MAX(rd_attachment, title, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_attachment, media_type, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_attachment, data, 3, RD_FIELD_BYTES),
};
const struct rd_shape rd_attachment_shape =
    RD_SHAPE(rd_attachment, "Attachment", attachment_fields);

static const struct rd_field triage_note_fields[] = {
    RD_F_MAX(rd_triage_note, system, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_triage_note, code, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_triage_note, display, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_triage_note, words, 4, RD_FIELD_TEXT),
};
const struct rd_shape rd_triage_note_shape =
    RD_SHAPE(rd_triage_note, "TriageNote", triage_note_fields);

static const struct rd_field clinical_fields[] = {
    RD_F_MAX(rd_clinical, kind, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_clinical, words, 2, RD_FIELD_TEXT),
    RD_F_STRUCTS(rd_clinical, codes, 3, rd_coding_shape),
};
const struct rd_shape rd_clinical_shape = RD_SHAPE(rd_clinical, "Clinical", clinical_fields);

static const struct rd_field stay_fields[] = {
    RD_F_MAX(rd_stay, spell, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_stay, site, 2, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_stay, ward, 3, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_stay, pathway, 4, RD_FIELD_OPT_I32),
    RD_F_MAX(rd_stay, disposition, 5, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_STRUCT(rd_stay, admitted, 6, rd_time_shape),
    RD_F_STRUCT(rd_stay, ready, 7, rd_time_shape),
    RD_F_STRUCT(rd_stay, expected, 8, rd_time_shape),
    RD_F_STRUCT(rd_stay, discharged, 9, rd_time_shape),
};
const struct rd_shape rd_stay_shape = RD_SHAPE(rd_stay, "Stay", stay_fields);

static const struct rd_field link_fields[] = {
    RD_F_MAX(rd_link, relation, 1, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_link, reference, 2, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
};
const struct rd_shape rd_link_shape = RD_SHAPE(rd_link, "Link", link_fields);

static const struct rd_field fact_fields[] = {
    RD_F_ENUM(rd_fact, kind, 1, rd_fact_kind_names),
    RD_F_STRUCT(rd_fact, occurred, 2, rd_time_shape),
    RD_F(rd_fact, words, 3, RD_FIELD_TEXT),
};
const struct rd_shape rd_fact_shape = RD_SHAPE(rd_fact, "Fact", fact_fields);

static const struct rd_field referral_fields[] = {
    RD_F_MAX(rd_referral, id, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F(rd_referral, revision, 2, RD_FIELD_U32),
    RD_F_MAX(rd_referral, parent, 3, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_referral, relation, 4, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_ENUM(rd_referral, kind, 5, rd_referral_kind_names),
    RD_F_ENUM(rd_referral, custody, 6, rd_custody_names),
    RD_F_STRUCTS(rd_referral, source_refs, 7, rd_identifier_shape),
    RD_F_MAX(rd_referral, journey, 8, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_referral, reply_to, 9, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_MAX(rd_referral, target, 10, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
    RD_F_STRUCTS(rd_referral, use_case, 11, rd_coding_shape),
    RD_F_STRUCT(rd_referral, referrer, 12, rd_party_shape),
    RD_F_STRUCTS(rd_referral, hops, 13, rd_hop_shape),
    RD_F_STRUCT(rd_referral, received, 14, rd_time_shape),
    RD_F_STRUCT(rd_referral, authored, 15, rd_time_shape),
    RD_F_STRUCT(rd_referral, source_clock, 16, rd_time_shape),
    RD_F_STRUCT(rd_referral, respond_by, 17, rd_time_shape),
    RD_F_ENUM(rd_referral, priority_asked, 18, rd_priority_names),
    RD_F_STRUCTS(rd_referral, triage, 19, rd_triage_note_shape),
    RD_F_STRUCTS(rd_referral, needs, 20, rd_need_shape),
    RD_F_STRUCTS(rd_referral, flags, 21, rd_flag_shape),
    RD_F_STRUCTS(rd_referral, clinical, 22, rd_clinical_shape),
    RD_F_STRUCTS(rd_referral, consents, 23, rd_consent_shape),
    RD_F_STRUCTS(rd_referral, attachments, 24, rd_attachment_shape),
    RD_F_STRUCT(rd_referral, stay, 25, rd_stay_shape),
    RD_F_STRUCTS(rd_referral, links, 26, rd_link_shape),
    RD_F_STRUCTS(rd_referral, extra, 27, rd_extra_shape),
    RD_F_STRUCTS(rd_referral, issues, 28, rd_issue_shape),
    RD_F_STRUCT(rd_referral, person, 29, rd_person_shape),
    RD_F_STRUCTS(rd_referral, facts, 30, rd_fact_shape),
};
const struct rd_shape rd_referral_shape = RD_SHAPE(rd_referral, "Referral", referral_fields);

static const struct rd_field submission_fields[] = {
    RD_F_MAX(rd_submission, feed, 1, RD_FIELD_TEXT, RD_NAME_BYTES_MAX),
    RD_F_MAX(rd_submission, key, 2, RD_FIELD_TEXT, RD_KEY_BYTES_MAX),
    RD_F_MAX(rd_submission, correlation, 3, RD_FIELD_TEXT, RD_KEY_BYTES_MAX),
    RD_F_ENUM(rd_submission, action, 4, rd_action_names),
    RD_F_ENUM(rd_submission, environment, 5, rd_environment_names),
    RD_F_STRUCT(rd_submission, sent, 6, rd_time_shape),
    RD_F_STRUCT(rd_submission, last_updated, 7, rd_time_shape),
    RD_F(rd_submission, received, 8, RD_FIELD_INSTANT),
    RD_F_MAX(rd_submission, digest, 9, RD_FIELD_BYTES, RD_DIGEST_BYTES),
    RD_F_MAX(rd_submission, media_type, 10, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_submission, original, 11, RD_FIELD_BYTES),
    RD_F_STRUCT(rd_submission, referral, 12, rd_referral_shape),
    RD_F_MAX(rd_submission, quarantine_code, 13, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_submission, quarantine_words, 14, RD_FIELD_TEXT),
    RD_F(rd_submission, back_entry, 15, RD_FIELD_BOOL),
    RD_F_MAX(rd_submission, entered_by, 16, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F_MAX(rd_submission, refused_code, 17, RD_FIELD_TEXT, RD_TERM_BYTES_MAX),
    RD_F(rd_submission, refused_words, 18, RD_FIELD_TEXT),
    RD_F(rd_submission, merged, 19, RD_FIELD_BYTES),
    RD_F(rd_submission, based_on, 20, RD_FIELD_OPT_I32),
    RD_F(rd_submission, sequence, 21, RD_FIELD_I64),
    RD_F_MAX(rd_submission, sequence_of, 22, RD_FIELD_TEXT, RD_REF_BYTES_MAX),
};
const struct rd_shape rd_submission_shape =
    RD_SHAPE(rd_submission, "Submission", submission_fields);
