/* What crosses the sockets: one envelope, one arm set. Intake speaks hello, submit, answered, ping,
 * query; queues
 * speak hello, watch, work, receipts, command, open, ping; control speaks hello, command, open,
 * query, admin, ping. Plain values. Thread: any. */
#ifndef RD_MODEL_MESSAGE_H
#define RD_MODEL_MESSAGE_H

#include "model/entry.h"

enum { RD_PROTOCOL_MIN = 1, RD_PROTOCOL_MAX = 1 };

enum rd_query_kind {
    RD_QUERY_STATUS = 1,
    RD_QUERY_QUEUE,
    RD_QUERY_EXPLAIN,
    RD_QUERY_TRACE,
    RD_QUERY_QUARANTINE,
    RD_QUERY_STAGES,
    RD_QUERY_FIND,
    RD_QUERY_LINKS = 9 /* 8 is not given */
};
/* What an operator asks of the process itself; answered by the shell, never seen by the core. */
enum rd_admin_kind {
    RD_ADMIN_DRAIN = 1,
    RD_ADMIN_CLOCK_ACCEPT,
    RD_ADMIN_RELOAD,         /* keys, and the place directory when somebody approved it */
    RD_ADMIN_RELOAD_KEYS,    /* keys only */
    RD_ADMIN_RULES_ACTIVATE, /* `directory` comes into force at `when` */
    RD_ADMIN_RULES_REVERT,   /* what was in force before does again */
    RD_ADMIN_RULES_WITHDRAW, /* what waits for its time does not come */
    RD_ADMIN_RULES_SHADOW    /* `directory` is evaluated beside; absent: no more */
};
enum rd_row_change { RD_ROW_ADDED = 1, RD_ROW_CHANGED, RD_ROW_REMOVED };
enum rd_refusal {
    RD_REFUSAL_PROTOCOL = 1,
    RD_REFUSAL_RIGHTS,
    RD_REFUSAL_UNKNOWN,
    RD_REFUSAL_STATE,
    RD_REFUSAL_TAKEN,
    RD_REFUSAL_MISSING,
    RD_REFUSAL_INVALID,
    RD_REFUSAL_BUSY,
    RD_REFUSAL_LIMIT
};

struct rd_hello {
    uint32_t protocol_min, protocol_max;
    struct rd_text program, version;
    uint64_t session; /* the peer's own number: a new one for every start, larger than the last */
};
struct rd_welcome {
    uint32_t protocol;
    struct rd_text place, rules_hash, user;
    uint64_t incarnation;
    uint32_t heartbeat_ms; /* send ping at least so often; three missed and the session is gone */
    uint32_t credit_submissions;
    uint64_t credit_bytes;
};
/* Answer to a message that could not be carried out, by its correlation. */
struct rd_refused {
    uint64_t correlation;
    enum rd_refusal code;
    struct rd_text words; /* cause, place, fix */
};
struct rd_ping {
    uint64_t token;
};

struct rd_submit {
    uint64_t correlation;
    struct rd_submission *submission;
    uint64_t repairs; /* a quarantined item, by its entry's number, that this one mends; operator or
                         desk only; 0: none */
};
struct rd_submit_result {
    uint64_t correlation;
    enum rd_disposal disposal; /* absent with `busy` */
    bool busy;                 /* nothing was kept and no key used: try again */
    struct rd_text referral;   /* "7K3Q9-M2X4T" */
    uint64_t entry;            /* durable before this leaves */
    rd_instant held_at;
    struct rd_text reason, words;
    struct rd_text lead_team, lead_title, pathway, answer;
    bool open_now;
    rd_instant looks_at;
    bool first_of_repeat; /* with REPEAT: `entry` and the rest are the first one's */
    struct rd_issue *issues;
    size_t issues_count;
    int64_t sequence_expected; /* of a numbered submission: which one comes next; -1: any */
};

struct rd_watch {
    struct rd_text queue; /* a team, or "feed:NAME" for receipts */
    uint64_t incarnation; /* with `after`: where the consumer is; 0: it has nothing */
    uint64_t after;       /* last change it has */
    uint32_t credit;      /* rows and changes it is ready to take, 1..RD_WATCH_CREDIT_MAX */
};
struct rd_work {
    struct rd_text queue;
    uint32_t credit;
    uint32_t lease_s;
};
/* Cumulative: everything up to `change` is kept by the consumer; `credit` more may come. */
struct rd_ack {
    struct rd_text queue;
    uint64_t incarnation, change;
    uint32_t credit;
};
struct rd_unwatch {
    struct rd_text queue;
};

/* An assignment as a list shows it: no name, number, address or words of the person. */
struct rd_row {
    struct rd_text assignment; /* "7K3Q9-M2X4T.1" */
    struct rd_text referral, team;
    enum rd_role role;
    enum rd_view view;
    enum rd_assignment_phase phase;
    struct rd_text pathway, locality, reason, feed;
    enum rd_priority urgency;
    struct rd_opt_i32 age;
    struct rd_text *needs;
    size_t needs_count;
    struct rd_text *flags; /* categories */
    size_t flags_count;
    struct rd_text *required_roles;
    size_t required_roles_count;
    struct rd_clock *clocks; /* running ones of this assignment and of the referral */
    size_t clocks_count;
    rd_instant received, next_due; /* next_due: earliest response deadline; the list's order */
    uint64_t order;                /* entry number of the referral: second key of the order */
    struct rd_text claimed_by;
    bool decayed, stand_down_asked, change_asked, external;
    rd_instant eta, chase_at, delivered_at, accepted_at;
    uint32_t revision, facts_added, contacts;
    enum rd_outcome outcome;
    enum rd_custody custody;
    rd_instant respond_by;
    uint32_t linked;      /* other referrals that are said to be of the same person */
    rd_instant group_due; /* earliest response deadline of all of them, this one too; 0: none */
};
struct rd_snapshot_begin {
    struct rd_text queue;
    uint64_t incarnation, change;
    uint32_t rows;
};
struct rd_snapshot_row {
    struct rd_text queue;
    struct rd_row *row;
};
struct rd_snapshot_end {
    struct rd_text queue;
    uint64_t incarnation, change;
};
struct rd_change {
    struct rd_text queue;
    uint64_t incarnation, change;
    enum rd_row_change what;
    enum rd_verb verb; /* why, when a verb caused it */
    struct rd_row *row;
};
struct rd_handout {
    struct rd_text queue;
    uint64_t token;
    struct rd_row *row;
    rd_instant lease_until;
    uint32_t deliveries;
};
struct rd_handout_ack {
    uint64_t token;
};
struct rd_receipt {
    struct rd_text feed;
    uint64_t receipt; /* acknowledge with this */
    struct rd_text referral;
    struct rd_identifier *source_refs; /* filled by the router's shell from the body */
    size_t source_refs_count;
    enum rd_receipt_stage stage;
    struct rd_text team, team_title, reason;
    rd_instant at;
    enum rd_referral_kind kind;
    struct rd_text correlation, key, reply_to, journey; /* of the first submission; by the shell */
    struct rd_text original; /* the first submission's bytes: an answer refers to their parts */
};
struct rd_receipt_ack {
    uint64_t receipt;
    bool given_up;
    struct rd_text detail;
};

struct rd_command {
    uint64_t correlation;
    enum rd_verb verb;
    struct rd_text target; /* "7K3Q9-M2X4T.1", a referral, or "Q123" */
    struct rd_text by;     /* the named person on whose word this is done */
    bool clinician;        /* that person is a clinician: may lower urgency, end a clock */
    struct rd_text reason, words;
    struct rd_text to;          /* transfer: person; redirect, route: team */
    struct rd_text *supporting; /* route: further teams */
    size_t supporting_count;
    struct rd_text pathway; /* triage */
    enum rd_priority urgency;
    enum rd_outcome outcome;
    enum rd_contact_mode mode;
    rd_instant when;  /* contact: occurred at; plan: ETA; await-info: chase at */
    uint32_t contact; /* void-contact */
    uint32_t clock;   /* end-clock */
};
struct rd_command_result {
    uint64_t correlation;
    uint64_t entry;
    struct rd_row *row;
    struct rd_text referral;
};

struct rd_open {
    uint64_t correlation;
    struct rd_text target, by, purpose;
    struct rd_text feed; /* of an adapter: on behalf of whose sender */
};
struct rd_opened {
    uint64_t correlation;
    enum rd_view view;
    struct rd_submission *submissions; /* oldest first; cut down to the view by the shell */
    size_t submissions_count;
    struct rd_row *row;
    struct rd_contact *contacts;
    size_t contacts_count;
    uint32_t left_out;             /* older submissions that did not fit */
    struct rd_stages_seen *stages; /* to an adapter, instead of row and contacts */
    struct rd_answered *answers;   /* what the senders of them were told; in the full view only */
    size_t answers_count;
};

struct rd_query {
    uint64_t correlation;
    enum rd_query_kind kind;
    struct rd_text target, by;
    struct rd_identifier *sought; /* FIND: of a person */
};
struct rd_team_status {
    struct rd_text team, title;
    uint64_t waiting, claimed, accepted, consumers;
    rd_instant oldest, next_due; /* 0: none */
    bool open_now;
    uint64_t overdue; /* assignments whose next response deadline has passed */
    uint64_t overdue_15m, overdue_60m, overdue_240m; /* ... by more than that */
};
struct rd_status {
    struct rd_text place, rules_hash, version;
    uint64_t incarnation, last_entry, durable_entry;
    rd_instant now, started_at;
    bool ready, draining;
    struct rd_feed_state *feeds;
    size_t feeds_count;
    struct rd_team_status *teams;
    size_t teams_count;
    uint64_t referrals_open, quarantined_open, timers, sessions, imbalance;
    rd_instant rules_since;
    struct rd_text pending_rules_hash; /* absent: nothing waits for its time */
    rd_instant pending_at;
    uint64_t rules_refused; /* since the start */
    struct rd_text
        rules_refused_words;          /* the last refusal; absent: none, or a later set did load */
    struct rd_text shadow_rules_hash; /* absent: no shadow */
    uint64_t shadow_compared, shadow_differing;
    struct rd_text rules_checking; /* what is being checked and how far; absent: nothing */
    uint64_t referrals_suggested, referrals_linked; /* open ones */
};
struct rd_stages_seen {
    struct rd_text referral;
    rd_instant held, routed, claimed, contacted, closed;
    bool concern; /* somebody may be doing harm: not for whoever has the reference */
    rd_instant accepted;
    enum rd_referral_phase phase;
    enum rd_outcome outcome;
    uint32_t revision;
};
/* Two referrals that are, may be or are not one person's, each by the row of its lead. */
struct rd_link_pair {
    struct rd_row *first, *second;
    enum rd_link_state state;
    uint32_t matched, differs; /* sets of rd_person_part */
    struct rd_text by;
    rd_instant at;
};
struct rd_query_result {
    uint64_t correlation;
    struct rd_status *status;
    struct rd_row *rows;
    size_t rows_count;
    struct rd_decision *decision;
    struct rd_entry *entries; /* trace: bodies of submissions left out */
    size_t entries_count;
    struct rd_quarantine_state *quarantined;
    size_t quarantined_count;
    struct rd_stages_seen *stages;
    struct rd_referral_state *referral;
    struct rd_text *found; /* FIND: referrals */
    size_t found_count;
    struct rd_link_pair *pairs;
    size_t pairs_count;
    uint32_t pairs_left_out; /* open referrals with a suggestion that is not among them */
};

struct rd_admin {
    uint64_t correlation;
    enum rd_admin_kind kind;
    struct rd_text by;          /* the operator */
    struct rd_text approved_by; /* who approved the rule set: another person */
    struct rd_text directory;   /* of a place, absolute, as the router sees it */
    struct rd_text rules_hash;  /* what was checked there: another content is refused */
    rd_instant when;            /* activate, revert: 0: now */
    struct rd_text reason;
};
struct rd_admin_result {
    uint64_t correlation;
    struct rd_text words; /* what was done, for the operator */
};

/* The event feed (PUB): what happened, without anything of the person. Topic: "event." + kind. */
struct rd_event_note {
    uint64_t entry;
    rd_instant at;
    enum rd_entry_kind kind;
    enum rd_verb verb;
    enum rd_alarm_kind alarm;
    enum rd_disposal disposal;
    struct rd_text referral, team, feed, pathway;
};

struct rd_message {
    struct rd_hello *hello;
    struct rd_welcome *welcome;
    struct rd_refused *refused;
    struct rd_ping *ping, *pong;
    struct rd_submit *submit;
    struct rd_submit_result *submit_result;
    struct rd_watch *watch;
    struct rd_work *work;
    struct rd_ack *ack;
    struct rd_unwatch *unwatch;
    struct rd_snapshot_begin *snapshot_begin;
    struct rd_snapshot_row *snapshot_row;
    struct rd_snapshot_end *snapshot_end;
    struct rd_change *change;
    struct rd_handout *handout;
    struct rd_handout_ack *handout_ack;
    struct rd_receipt *receipt;
    struct rd_receipt_ack *receipt_ack;
    struct rd_command *command;
    struct rd_command_result *command_result;
    struct rd_open *open;
    struct rd_opened *opened;
    struct rd_query *query;
    struct rd_query_result *query_result;
    struct rd_event_note *event;
    struct rd_admin *admin; /* control only */
    struct rd_admin_result *admin_result;
    struct rd_answered *answered; /* intake only */
};

extern const struct rd_shape rd_message_shape, rd_row_shape, rd_event_note_shape, rd_status_shape,
    rd_hello_shape, rd_welcome_shape, rd_refused_shape, rd_ping_shape, rd_submit_shape,
    rd_submit_result_shape, rd_watch_shape, rd_work_shape, rd_ack_shape, rd_unwatch_shape,
    rd_snapshot_begin_shape, rd_snapshot_row_shape, rd_snapshot_end_shape, rd_change_shape,
    rd_handout_shape, rd_handout_ack_shape, rd_receipt_shape, rd_receipt_ack_shape,
    rd_command_shape, rd_command_result_shape, rd_open_shape, rd_opened_shape, rd_query_shape,
    rd_team_status_shape, rd_stages_seen_shape, rd_link_pair_shape, rd_query_result_shape,
    rd_admin_shape, rd_admin_result_shape;
extern const struct rd_enum_names rd_query_kind_names, rd_row_change_names, rd_refusal_names,
    rd_admin_kind_names;

#endif
