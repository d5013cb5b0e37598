/* The records of state that entries cause: what a referral, a feed, a queue, a key, a reference, a
 * quarantined item are now. Each is upserted with the entry that changed it, in the same
 * transaction; rebuilding them from the entries gives the same bytes. No name, number or address of
 * a person: identifying values appear as keyed 16-byte hashes only. Plain values. Thread: any. */
#ifndef RD_MODEL_STATE_H
#define RD_MODEL_STATE_H

#include "model/decision.h"

enum { RD_HASH_BYTES = 16 }; /* keyed hash of a key, a source reference, a person's identifier */

enum rd_referral_phase { RD_PHASE_HELD = 1, RD_PHASE_OPEN, RD_PHASE_CLOSED, RD_PHASE_REFUSED };
enum rd_assignment_phase {
    RD_ASSIGNMENT_WAITING = 1,
    RD_ASSIGNMENT_CLAIMED,
    RD_ASSIGNMENT_ACCEPTED,
    RD_ASSIGNMENT_CLOSED
};
/* Why an assignment ended, and why a referral did. */
enum rd_outcome {
    RD_OUTCOME_SEEN_COMPLETE = 1,
    RD_OUTCOME_SEEN_ONWARD,
    RD_OUTCOME_DECLINED_BY_PERSON,
    RD_OUTCOME_NO_ACCESS,
    RD_OUTCOME_DECEASED,
    RD_OUTCOME_ADMITTED,
    RD_OUTCOME_CONVEYED,
    RD_OUTCOME_WITHDRAWN,
    RD_OUTCOME_DUPLICATE,
    RD_OUTCOME_INELIGIBLE,
    RD_OUTCOME_TRANSFERRED,
    RD_OUTCOME_ADVICE_ONLY,
    RD_OUTCOME_ERROR,
    RD_OUTCOME_REDIRECTED,
    RD_OUTCOME_DECLINED,
    RD_OUTCOME_REJECTED
};
enum rd_contact_mode {
    RD_CONTACT_FACE_TO_FACE = 1,
    RD_CONTACT_TELEPHONE,
    RD_CONTACT_VIDEO,
    RD_CONTACT_NO_ACCESS
};
/* Four-stage custody receipts, and refusal. HELD is the intake reply itself. */
enum rd_receipt_stage {
    RD_RECEIPT_ROUTED = 1,
    RD_RECEIPT_CLAIMED,
    RD_RECEIPT_ACCEPTED,
    RD_RECEIPT_CONTACTED,
    RD_RECEIPT_CLOSED,
    RD_RECEIPT_REFUSED
};
/* Where the question stands whether two referrals are one person's. */
enum rd_link_state { RD_LINK_SUGGESTED = 1, RD_LINK_LINKED, RD_LINK_DISMISSED };
/* What two records of a person have in common, or what differs: a set, added up. */
enum rd_person_part {
    RD_PART_NHS_NUMBER = 1,
    RD_PART_NAME = 2,
    RD_PART_BIRTH_DATE = 4,
    RD_PART_POSTCODE = 8,
    RD_PART_PRACTICE = 16
};
/* What became of a submission: the columns of conservation (design invariant 2). */
enum rd_disposal {
    RD_DISPOSAL_NEW = 1,
    RD_DISPOSAL_REPEAT,
    RD_DISPOSAL_AMENDED,
    RD_DISPOSAL_CANCELLED,
    RD_DISPOSAL_FACT_APPLIED,
    RD_DISPOSAL_FACT_IGNORED,
    RD_DISPOSAL_QUARANTINED,
    RD_DISPOSAL_REJECTED
};

struct rd_assignment {
    uint32_t index; /* 1.. within the referral; shown as "7K3Q9-M2X4T.1" */
    struct rd_text team;
    enum rd_role role;
    enum rd_view view;
    struct rd_text *required_roles;
    size_t required_roles_count;
    enum rd_assignment_phase phase;
    bool external, open_at_routing;
    struct rd_text why;
    rd_instant created_at, looks_at, closes_at;
    rd_instant delivered_at; /* a machine has it */
    struct rd_text claimed_by;
    rd_instant claimed_at;
    bool decayed;         /* claim went stale: WAITING again, still shown as claimed_by's */
    rd_instant decay_due; /* 0: none */
    struct rd_text accepted_by;
    rd_instant accepted_at;
    rd_instant eta, chase_at;
    struct rd_text await_from;
    bool stand_down_asked; /* a cancel came after the claim: a named person must acknowledge */
    bool change_asked;     /* raised priority or scene safety: must be acknowledged */
    rd_instant stand_down_at;
    enum rd_outcome outcome; /* when CLOSED */
    rd_instant closed_at;
    struct rd_text closed_by, close_reason;
    uint64_t change; /* number of this assignment's last change in its queue */
    uint64_t token;  /* work hand-out, stays once it is kept; 0: none */
    struct rd_text handed_to;
    rd_instant lease_due;
    uint32_t deliveries;
};

struct rd_clock {
    uint32_t index;
    uint32_t assignment; /* 0: the referral's */
    struct rd_text policy;
    enum rd_clock_kind kind;
    struct rd_text basis, stop_mode;
    bool provisional;
    rd_instant start, alarm_due, report_due;
    struct rd_stage *stages;
    size_t stages_count;
    uint32_t next_stage;       /* 0-based; == stages_count: none left */
    rd_instant next_due;       /* of that stage, or of its repeat; 0: none */
    uint32_t repeats;          /* how often the repeating stage has fired */
    rd_instant ended_at;       /* 0: running */
    struct rd_text end_reason; /* "contact", "accepted", "cancelled", "ended-early" ... */
    uint32_t end_contact;      /* contact that stopped it; voiding that contact starts it again */
    rd_instant breached_at;    /* 0: not breached */
    struct rd_text calendar_hash;
};

struct rd_contact {
    uint32_t index;
    uint32_t assignment;
    struct rd_text by;
    enum rd_contact_mode mode;
    struct rd_text outcome;
    rd_instant occurred, recorded;
    rd_instant voided_at; /* 0: stands */
};

struct rd_receipt_due {
    uint64_t number; /* the entry that caused it: receipts leave in this order */
    enum rd_receipt_stage stage;
    struct rd_text team;   /* a team's name, never a person's */
    struct rd_text reason; /* for REFUSED and CLOSED */
    rd_instant at;
};

/* Keyed hashes of what a person is known by, 8 bytes each as a number; 0: not known, or nothing
 * that tells one person from another (a stand-in, a number that was not verified). By these two
 * referrals are found to be of one person, and nothing can be read back from them. */
struct rd_person_marks {
    uint64_t nhs_number;
    uint64_t name;          /* family and first given name, in either order */
    uint64_t further_names; /* the other given names */
    uint64_t birth_date, postcode;
};

/* To another referral; that one has the same to this one. */
struct rd_person_link {
    uint64_t other;
    enum rd_link_state state;
    uint32_t matched, differs; /* sets of rd_person_part, when it was suggested or linked */
    struct rd_text by;         /* a named person; absent: the router suggests it */
    rd_instant at;
    struct rd_text entries; /* bytes: numbers of the LINKED entries about the two, oldest first, 8
                               bytes big-endian each; the newest RD_LINK_ENTRIES_MAX */
};

struct rd_referral_state {
    uint64_t id;
    enum rd_referral_phase phase;
    enum rd_referral_kind kind;
    enum rd_custody custody;
    struct rd_text feed;
    uint32_t revision;
    struct rd_text bodies; /* bytes: numbers of the RECEIVED entries that hold its records and
                              facts, oldest first, 8 bytes big-endian each */
    rd_instant received, opened_at, closed_at;
    enum rd_outcome outcome;
    struct rd_facts *facts;
    struct rd_text pathway;
    enum rd_priority urgency;
    struct rd_text reason, answer, rules_hash;
    uint64_t decision; /* number of the entry that holds the decision in force */
    struct rd_assignment *assignments;
    size_t assignments_count;
    struct rd_clock *clocks;
    size_t clocks_count;
    struct rd_contact *contacts;
    size_t contacts_count;
    struct rd_receipt_due *receipts; /* pending, oldest first; only the first is out */
    size_t receipts_count;
    struct rd_text *ref_hashes; /* 16 bytes each */
    size_t ref_hashes_count;
    struct rd_text *person_hashes; /* 16 bytes each */
    size_t person_hashes_count;
    uint32_t facts_added;    /* ADT facts that the owner can read */
    rd_instant last_updated; /* sender's last_updated of the newest amendment, 0: none */
    struct rd_person_link *links;
    size_t links_count;
    struct rd_person_marks *marks; /* NULL: nothing is known that a person is found by */
    uint32_t links_left_out; /* further referrals that matched when it last came, not suggested */
};

/* Consecutive numbers that did not come. */
struct rd_missing {
    uint64_t from, to; /* inclusive */
    rd_instant due;    /* the desk is told then */
    bool told;
};
/* Where one run of a sender's numbers stands: a sender that counts anew, and several systems that
 * send under one name, have more than one at a time. */
struct rd_number_line {
    uint64_t last;
    rd_instant at; /* when that one came */
};
struct rd_numbering {
    struct rd_text of; /* "PAS|RF4" */
    struct rd_number_line *lines;
    size_t lines_count;
    struct rd_missing *missing; /* in the order in which they were left out */
    size_t missing_count;
    uint64_t unlisted;      /* missing and not yet told of, beyond RD_MISSING_MAX */
    rd_instant quiet_until; /* no further alarm of this one before */
};

struct rd_feed_state {
    struct rd_text feed;
    uint64_t submissions, new_referrals, repeats, amendments, cancellations, facts_applied,
        facts_ignored, quarantined, rejected;
    uint64_t open, closed, refused; /* referrals */
    rd_instant last_received;
    struct rd_numbering *numberings;
    size_t numberings_count;
    uint64_t sequence_gaps;   /* times that numbers were left out */
    uint64_t sequence_filled; /* numbers of those that came later */
    uint32_t day;             /* the day that day_count is of */
    uint64_t day_count;       /* without repeats */
    uint32_t shortfall_day;   /* the last day that fell short of what was declared */
    rd_instant silence_told;  /* of the last silence; 0: none */
};

/* Numbers of its senders' messages that have not come. */
uint64_t rd_feed_missing(const struct rd_feed_state *feed);
/* The desk was told that it is silent, and it still is. */
bool rd_feed_silent(const struct rd_feed_state *feed);

struct rd_queue_state {
    struct rd_text queue; /* team name */
    uint64_t change;      /* number of its last change in this incarnation */
};

/* One per submission within its feed's key window. */
struct rd_key_state {
    struct rd_text key_hash; /* 16 bytes over feed and key */
    struct rd_text feed;
    struct rd_text digest;
    enum rd_disposal disposal; /* of the first */
    uint64_t referral;         /* 0: none */
    uint64_t entry;            /* its RECEIVED entry */
    rd_instant expires;        /* longer while that referral is open */
};

/* A source reference: who holds it, or that a cancel came before its new. */
struct rd_ref_state {
    struct rd_text ref_hash; /* 16 bytes over feed, system, value */
    struct rd_text feed;
    uint64_t referral; /* 0 with `tombstone` */
    bool tombstone;
    uint64_t entry;
    rd_instant expires;
};

struct rd_quarantine_state {
    uint64_t entry; /* its number names the item: "Q123" */
    struct rd_text feed, code, words;
    rd_instant received, due; /* due: the desk's deadline */
    bool alarmed;
    rd_instant closed_at;
    struct rd_text closed_by, closed_as; /* "repaired", "refused" */
};

/* One row: where the ledger ends and what it runs under. */
struct rd_meta_state {
    uint64_t incarnation;
    uint64_t last_entry;
    struct rd_text place, rules_hash;
    rd_instant last_at; /* business time of the last entry: time never decreases past it */
    struct rd_text previous_rules_hash; /* in force before: what a revert goes back to */
    rd_instant rules_since;
    struct rd_text pending_rules_hash; /* to come into force at pending_at; absent: none */
    rd_instant pending_at;
    struct rd_text pending_by, pending_approved_by, pending_reason;
    /* The last one whose time came and that was refused then; absent once another is accepted. */
    struct rd_text refused_rules_hash, refused_reason;
    rd_instant refused_at;
};

/* A rule set whose files the ledger keeps: in the entries first .. last. */
struct rd_ruleset_state {
    struct rd_text hash; /* hex */
    uint64_t first, last;
    uint64_t bytes;
    bool complete;
};

enum rd_state_table {
    RD_TABLE_META = 1,
    RD_TABLE_REFERRAL,
    RD_TABLE_FEED,
    RD_TABLE_QUEUE,
    RD_TABLE_KEY,
    RD_TABLE_REF,
    RD_TABLE_QUARANTINE,
    RD_TABLE_RULESET
};

/* One record of one table. Exactly the arm that `table` names is set; all NULL: delete that key. */
struct rd_state_record {
    enum rd_state_table table;
    struct rd_text key; /* bytes, unique in the table */
    struct rd_meta_state *meta;
    struct rd_referral_state *referral;
    struct rd_feed_state *feed;
    struct rd_queue_state *queue;
    struct rd_key_state *key_state;
    struct rd_ref_state *ref;
    struct rd_quarantine_state *quarantine;
    struct rd_ruleset_state *ruleset;
};

extern const struct rd_shape rd_person_marks_shape, rd_person_link_shape, rd_assignment_shape,
    rd_clock_shape, rd_contact_shape, rd_receipt_due_shape, rd_referral_state_shape,
    rd_missing_shape, rd_number_line_shape, rd_numbering_shape, rd_feed_state_shape,
    rd_queue_state_shape, rd_key_state_shape, rd_ref_state_shape, rd_quarantine_state_shape,
    rd_meta_state_shape, rd_state_record_shape, rd_ruleset_state_shape;
extern const struct rd_enum_names rd_referral_phase_names, rd_assignment_phase_names,
    rd_outcome_names, rd_contact_mode_names, rd_receipt_stage_names, rd_disposal_names,
    rd_state_table_names, rd_link_state_names;

#endif
