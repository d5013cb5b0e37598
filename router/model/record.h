/* The canonical record: what every adapter makes of a partner's message and what the router keeps.
 * Plain values, all borrowed from one arena (a decoded message or a step): nothing here owns
 * memory. Every member stands with unit, example and setter in proto/referral/v1/record.proto; the
 * names and numbers there and in record_fields.c are held equal by a test. Thread: any. */
#ifndef RD_MODEL_RECORD_H
#define RD_MODEL_RECORD_H

#include "model/fields.h"

enum rd_action { RD_ACTION_NEW = 1, RD_ACTION_AMEND, RD_ACTION_CANCEL, RD_ACTION_FACT };
enum rd_environment { RD_ENVIRONMENT_LIVE = 1, RD_ENVIRONMENT_TEST };
enum rd_referral_kind { RD_KIND_REFERRAL = 1, RD_KIND_VALIDATION, RD_KIND_NOTICE };
/* Who keeps custody until a person accepts: US as soon as HELD; SENDER for a 999 validation. */
enum rd_custody { RD_CUSTODY_ROUTER = 1, RD_CUSTODY_SENDER };
enum rd_precision {
    RD_PRECISION_YEAR = 1,
    RD_PRECISION_MONTH,
    RD_PRECISION_DAY,
    RD_PRECISION_MINUTE,
    RD_PRECISION_SECOND,
    RD_PRECISION_FRACTION
};
/* Urgency, most urgent first. What was asked for, and what a pathway has. */
enum rd_priority {
    RD_PRIORITY_EMERGENCY = 1,
    RD_PRIORITY_TWO_HOUR,
    RD_PRIORITY_SAME_DAY,
    RD_PRIORITY_TWO_DAY,
    RD_PRIORITY_ROUTINE
};
enum rd_domain {
    RD_DOMAIN_HEALTH = 1,
    RD_DOMAIN_SOCIAL,
    RD_DOMAIN_EQUIPMENT,
    RD_DOMAIN_SAFEGUARDING,
    RD_DOMAIN_OTHER
};
enum rd_address_use {
    RD_ADDRESS_HOME = 1,
    RD_ADDRESS_CURRENT,
    RD_ADDRESS_INCIDENT,
    RD_ADDRESS_DISCHARGE_TO
};
enum rd_consent_decision {
    RD_CONSENT_GIVEN = 1,
    RD_CONSENT_REFUSED,
    RD_CONSENT_NOT_ASKED,
    RD_CONSENT_LACKS_CAPACITY,
    RD_CONSENT_BEST_INTERESTS
};
enum rd_fact_kind {
    RD_FACT_ADMITTED = 1,
    RD_FACT_TRANSFERRED,
    RD_FACT_DISCHARGED,
    RD_FACT_DECEASED,
    RD_FACT_MERGED,
    RD_FACT_DEMOGRAPHICS,
    RD_FACT_ADMISSION_CANCELLED,
    RD_FACT_DISCHARGE_CANCELLED
};
enum rd_severity { RD_SEVERITY_INFORMATION = 1, RD_SEVERITY_WARNING, RD_SEVERITY_ERROR };
enum rd_safe_to_call { RD_SAFE_YES = 1, RD_SAFE_NO, RD_SAFE_UNKNOWN };

struct rd_time {
    rd_instant utc_us;
    struct rd_text original; /* as the sender wrote it */
    bool offset_assumed;     /* no offset was sent: read in the place's time zone */
    enum rd_precision precision;
};

struct rd_coding {
    struct rd_text system, code, display, version;
};
struct rd_identifier {
    struct rd_text system, value, assigner;
};
/* Something the adapter noticed and a person may want to know: never a reason to drop anything. */
struct rd_issue {
    enum rd_severity severity;
    struct rd_text code; /* e.g. "nhs-number-check-digit" */
    struct rd_text path; /* where, in the sender's terms: "PID-3[1]" */
    /* For a person; no patient data, but for a postcode that may have been meant. */
    struct rd_text words;
};
struct rd_extra {
    struct rd_text path, value;
}; /* what the sender said and no field holds */

struct rd_telecom {
    struct rd_text system, value; /* phone, sms, email */
    struct rd_opt_i32 rank;       /* 1 = call this first */
    enum rd_safe_to_call safe_to_call;
};
struct rd_name {
    struct rd_text use, family, given, prefix, whole;
};
struct rd_person_id {
    struct rd_text system, value, assigner; /* NHS number: system "nhs-number", value 10 digits */
    struct rd_text verification;            /* "number-present-and-verified" ... */
    struct rd_opt_bool checksum_ok;         /* NHS numbers only */
};
struct rd_geo {
    struct rd_text latitude, longitude, easting, northing, what3words;
};
struct rd_address {
    enum rd_address_use use;
    struct rd_text *lines;
    size_t lines_count;
    struct rd_text postcode, uprn, access_notes, placing_authority, residence_type;
    struct rd_geo *geo;
};
struct rd_related {
    struct rd_text name, relationship;
    struct rd_telecom *telecoms;
    size_t telecoms_count;
    struct rd_opt_bool carer, may_share;
};
struct rd_person {
    struct rd_person_id *ids;
    size_t ids_count;
    struct rd_name *names;
    size_t names_count;
    struct rd_text birth_date;      /* "1944", "1944-06" or "1944-06-15" */
    struct rd_opt_i32 age_estimate; /* years */
    struct rd_text gender, ethnicity, language;
    struct rd_opt_bool interpreter, deceased;
    struct rd_text confidentiality; /* "normal", "restricted" ... */
    struct rd_text practice_ods;
    struct rd_address *addresses;
    size_t addresses_count;
    struct rd_telecom *telecoms;
    size_t telecoms_count;
    struct rd_related *related;
    size_t related_count;
    struct rd_opt_bool lives_alone;
};

struct rd_hop {
    struct rd_text name, role, ods, callback;
    struct rd_opt_bool with_person;
};
struct rd_party {
    struct rd_text name, role, ods, organisation, callback;
};
struct rd_need {
    enum rd_domain domain;
    struct rd_coding *codes;
    size_t codes_count;
    struct rd_text words; /* as the sender wrote it */
    struct rd_time *onset;
    struct rd_text code; /* the place's own need code after translation: "fall", "catheter" ... */
};
struct rd_flag {
    struct rd_text category, code, subject, status, words;
};
struct rd_consent {
    enum rd_consent_decision decision;
    struct rd_text basis, purpose, by;
    struct rd_time *at;
};
struct rd_attachment {
    struct rd_text title, media_type, data;
}; /* data: bytes */
struct rd_triage_note {
    struct rd_text system, code, display, words;
}; /* SG/SD/Dx/ARP, DG1 ... */
struct rd_clinical {
    struct rd_text kind, words;
    struct rd_coding *codes;
    size_t codes_count;
};
struct rd_stay {
    struct rd_text spell, site, ward; /* site: ODS code */
    struct rd_opt_i32 pathway;        /* discharge pathway 0..3 */
    struct rd_text disposition;
    struct rd_time *admitted, *ready, *expected, *discharged;
};
struct rd_link {
    struct rd_text relation, reference;
};
struct rd_fact {
    enum rd_fact_kind kind;
    struct rd_time *occurred;
    struct rd_text words; /* for the owner to read */
};

struct rd_referral {
    struct rd_text id; /* set by the router: "7K3Q9-M2X4T" */
    uint32_t revision; /* 1 for the first, set by the router */
    struct rd_text parent, relation;
    enum rd_referral_kind kind;
    enum rd_custody custody;
    struct rd_identifier *source_refs; /* by these an amend or a cancel finds its referral */
    size_t source_refs_count;
    struct rd_text journey; /* episode of care id: passed onward unchanged */
    struct rd_text
        reply_to; /* where the sender listens: "https://fhir.nhs.uk/Id/dos-service-id|222" */
    struct rd_text target; /* the service the sender named */
    struct rd_coding *use_case;
    size_t use_case_count;
    struct rd_party *referrer;
    struct rd_hop *hops;
    size_t hops_count;
    struct rd_time *received, *authored, *source_clock, *respond_by;
    enum rd_priority priority_asked;
    struct rd_triage_note *triage;
    size_t triage_count;
    struct rd_need *needs;
    size_t needs_count;
    struct rd_flag *flags;
    size_t flags_count;
    struct rd_clinical *clinical;
    size_t clinical_count;
    struct rd_consent *consents;
    size_t consents_count;
    struct rd_attachment *attachments;
    size_t attachments_count;
    struct rd_stay *stay;
    struct rd_link *links;
    size_t links_count;
    struct rd_extra *extra;
    size_t extra_count;
    struct rd_issue *issues;
    size_t issues_count;
    struct rd_person *person;
    struct rd_fact *facts;
    size_t facts_count;
};

/* One message as it came in. */
struct rd_submission {
    struct rd_text feed;
    struct rd_text key;         /* names this message within the feed's key window */
    struct rd_text correlation; /* conversation id of the sender, if any */
    enum rd_action action;
    enum rd_environment environment;
    struct rd_time *sent, *last_updated;
    rd_instant received; /* set by the router; by back-entry with the telephone's or paper's time */
    struct rd_text
        digest; /* 32 bytes over the content without transmission stamps; the adapter's */
    struct rd_text media_type;       /* "application/hl7-v2", "application/fhir+json" ... */
    struct rd_text original;         /* verbatim bytes */
    struct rd_referral *referral;    /* absent when quarantined */
    struct rd_text quarantine_code;  /* set: could not be understood; kept for the desk */
    struct rd_text quarantine_words; /* what, where, what was expected; no patient data */
    bool back_entry; /* entered later from paper or telephone: `received` is theirs */
    struct rd_text entered_by;
    /* Set: the adapter told the sender that this can never be accepted; the router records it as
     * REJECTED and keeps no body. */
    struct rd_text refused_code;
    struct rd_text refused_words; /* what, where, what was expected; no patient data */
    /* An amendment with what it leaves out filled in from what is held; absent: as `original`. */
    struct rd_text merged;
    /* Revision that it was merged with, 0: none; held to be the one that is held. Absent: none of
     * that. */
    struct rd_opt_i32 based_on;
    /* The sender's own number of this message, for finding those that did not come: 1, 2 ...; -1:
     * it counts anew from the next one on. 0 with `sequence_of`: it asks which one comes next. */
    int64_t sequence;
    struct rd_text sequence_of; /* whose numbers they are: "PAS|RF4"; absent: not numbered */
};

extern const struct rd_shape rd_time_shape, rd_coding_shape, rd_identifier_shape, rd_issue_shape,
    rd_extra_shape, rd_telecom_shape, rd_name_shape, rd_person_id_shape, rd_geo_shape,
    rd_address_shape, rd_related_shape, rd_person_shape, rd_hop_shape, rd_party_shape,
    rd_need_shape, rd_flag_shape, rd_consent_shape, rd_attachment_shape, rd_triage_note_shape,
    rd_clinical_shape, rd_stay_shape, rd_link_shape, rd_fact_shape, rd_referral_shape,
    rd_submission_shape;

extern const struct rd_enum_names rd_action_names, rd_environment_names, rd_referral_kind_names,
    rd_custody_names, rd_precision_names, rd_priority_names, rd_domain_names, rd_address_use_names,
    rd_consent_decision_names, rd_fact_kind_names, rd_severity_names, rd_safe_to_call_names;

#endif
