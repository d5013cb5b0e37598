/* Ledger entries: the only truth. One entry says one thing that happened; applying the entries in
 * order, from an empty core, gives the state. A decision is written out in full in its entry:
 * replay applies it and never decides again. Exactly one arm is set, the one that `kind` names.
 * Plain values. Thread: any. */
#ifndef RD_MODEL_ENTRY_H
#define RD_MODEL_ENTRY_H

#include "model/state.h"

enum rd_entry_kind {
    RD_ENTRY_STARTED = 1, /* a new incarnation: create, restore, takeover */
    RD_ENTRY_RULES,       /* a rule set came into force */
    RD_ENTRY_RECEIVED,    /* a submission, whatever became of it */
    RD_ENTRY_DECIDED,     /* a referral's decision, its assignments and clocks */
    RD_ENTRY_MOVED,       /* an assignment changed: claim, accept, redirect ... */
    RD_ENTRY_CONTACTED,   /* contact recorded or voided */
    RD_ENTRY_ALARMED,     /* a clock's stage, a stale claim, a quarantine deadline ... fired */
    RD_ENTRY_RECEIPTED,   /* a receipt was acknowledged or given up */
    RD_ENTRY_READ,        /* somebody opened a body */
    RD_ENTRY_QUARANTINE,  /* a quarantined item was repaired or refused */
    RD_ENTRY_CLOCK_ENDED, /* a named clinician ended a clock early, with a reason */
    RD_ENTRY_TIME,        /* an operator accepted a jump of the machine's clock */
    RD_ENTRY_RULESET,     /* a part of a rule set's files, kept by its hash */
    RD_ENTRY_ACTIVATION,  /* a rule set is to come into force, or is not after all */
    RD_ENTRY_LINKED,      /* whether two referrals are one person's: suggested, said, denied */
    RD_ENTRY_ANSWERED     /* what the sender of a submission was told */
};

/* What moves an assignment. The table of allowed transitions is core/moves.c. */
enum rd_verb {
    RD_VERB_CLAIM = 1,
    RD_VERB_ACCEPT,
    RD_VERB_RELEASE,
    RD_VERB_TRANSFER,
    RD_VERB_DECLINE,
    RD_VERB_REDIRECT,
    RD_VERB_CONTACT,
    RD_VERB_VOID_CONTACT,
    RD_VERB_PLAN,
    RD_VERB_AWAIT_INFO,
    RD_VERB_CLOSE,
    RD_VERB_REOPEN,
    RD_VERB_ACKNOWLEDGE,
    RD_VERB_TRIAGE,
    RD_VERB_ROUTE,
    RD_VERB_END_CLOCK,
    RD_VERB_REPAIR,
    RD_VERB_REFUSE,
    /* by the core itself */
    RD_VERB_DELIVER,
    RD_VERB_HAND_OUT,
    RD_VERB_LEASE_EXPIRED,
    RD_VERB_DECAY,
    RD_VERB_FALLBACK,
    RD_VERB_STAND_DOWN,
    RD_VERB_CHANGE,
    RD_VERB_REJECT,
    /* of the desk again, about two referrals */
    RD_VERB_LINK,    /* they are one person's */
    RD_VERB_UNLINK,  /* they are not, after all */
    RD_VERB_DISMISS, /* a suggestion is wrong */
    RD_VERB_SUGGEST  /* by the core itself */
};

enum rd_alarm_kind {
    RD_ALARM_STAGE = 1,    /* a clock's stage: see stage_kind */
    RD_ALARM_DECAY,        /* claimed and then nothing */
    RD_ALARM_NO_CONSUMER,  /* assigned to a queue that nobody listens to */
    RD_ALARM_QUARANTINE,   /* an item arrived, or its deadline passed */
    RD_ALARM_CONFLICT,     /* a key came again with other content */
    RD_ALARM_EARLY_CANCEL, /* a cancel came before its new */
    RD_ALARM_STAND_DOWN,   /* a cancel after a claim has not been acknowledged */
    RD_ALARM_RECEIPT,      /* a receipt could not be delivered */
    RD_ALARM_CLOSED_TEAM,  /* the team is closed: fallback or waiting */
    RD_ALARM_CHASE,        /* information was awaited and did not come */
    RD_ALARM_SEQUENCE,     /* numbers of a sender's messages did not come */
    RD_ALARM_SILENCE,      /* a feed is silent that should not be */
    RD_ALARM_SHORTFALL,    /* fewer messages came on a day than were declared */
    RD_ALARM_RULES         /* a rule set's time came, and it did not come into force */
};

struct rd_started {
    uint64_t incarnation;
    struct rd_text place, engine_version, reason;
};
struct rd_rules_in_force {
    struct rd_text hash, by, approved_by, reason;
};
/* Parts of one set follow one another without another set's between them: file by file by name,
 * each from its beginning. With all of them the set is made again, whatever became of its files. */
struct rd_ruleset_part {
    struct rd_text hash;  /* of the whole set, hex */
    struct rd_text file;  /* its name in the place directory */
    uint64_t offset;      /* of these bytes in it */
    struct rd_text bytes; /* absent: an empty file */
    bool last;            /* of the set: it is complete */
};
struct rd_activation {
    struct rd_text hash;
    rd_instant at; /* when it comes into force */
    struct rd_text by, approved_by, reason;
    bool withdrawn; /* it does not, after all */
    bool refused;   /* ... because its time came and what is open no longer fits it: `reason` */
};

struct rd_received {
    struct rd_submission *submission;
    enum rd_disposal disposal;
    struct rd_text key_hash;    /* 16 bytes */
    struct rd_text *ref_hashes; /* 16 bytes each, of the referral's source_refs */
    size_t ref_hashes_count;
    struct rd_text *person_hashes; /* 16 bytes each */
    size_t person_hashes_count;
    struct rd_person_marks *marks; /* of a new referral or an amendment; NULL: none */
    uint64_t first_entry;          /* of a repeat: the RECEIVED entry it repeats */
    struct rd_text reason; /* machine code: "conflict", "early-cancel", "test-on-live" ... */
    struct rd_text reason_words;
    rd_instant key_expires, desk_due;
    uint64_t repairs;        /* the quarantined entry that this one repairs; 0: none */
    rd_instant sequence_due; /* a number that it leaves out is an alarm then; 0: not watched */
    uint32_t day; /* days since 1970 at the place, where a feed's day is counted; 0: it is not */
};

struct rd_decided {
    struct rd_decision *decision;
    uint32_t first_assignment; /* index that decision->assignments[0] gets */
    uint32_t first_clock;
    bool replaces;       /* the desk's triage or route: earlier waiting assignments end */
    struct rd_text ends; /* outcome of those: "redirected" */
    struct rd_asked *asked;
};

struct rd_moved {
    uint32_t assignment;
    enum rd_verb verb;
    struct rd_text by; /* a named person, or "router" */
    struct rd_text reason, words;
    struct rd_text to; /* transfer: person; redirect, fallback: team; hand-out: consumer */
    uint32_t created;  /* index of the assignment that takes its place; 0: none */
    struct rd_planned_assignment *planned; /* of that one */
    enum rd_outcome outcome;               /* close */
    rd_instant when; /* plan: ETA; await-info: chase at; hand-out: lease until; claim: decay */
    uint64_t token;
};

/* About the entry's referral and another one; it changes no clock and no assignment of either. */
struct rd_linked {
    uint64_t other;    /* 0: only says how many were left out */
    enum rd_verb verb; /* LINK, UNLINK, DISMISS, SUGGEST */
    struct rd_text by; /* a named person, or "router" */
    struct rd_text reason;
    uint32_t matched, differs; /* sets of rd_person_part */
    uint32_t left_out;         /* SUGGEST: further referrals that match and are not suggested */
};

struct rd_contacted {
    uint32_t assignment;
    uint32_t contact; /* index */
    bool voids;       /* voids that contact instead of recording it */
    struct rd_text by;
    enum rd_contact_mode mode;
    struct rd_text outcome;
    rd_instant occurred;
    struct rd_text words;
};

struct rd_alarmed {
    enum rd_alarm_kind kind;
    uint32_t assignment; /* 0: none */
    uint32_t clock;      /* 0: none */
    uint32_t stage;      /* 0-based, of that clock */
    enum rd_stage_kind stage_kind;
    rd_instant due;
    struct rd_text team, escalate_to;
    struct rd_text
        person; /* who is on that rota at this moment: staff, never the referred person */
    struct rd_text words;
    uint64_t quarantine;  /* entry number of the item; 0: none */
    rd_instant next_due;  /* of the clock, after this */
    struct rd_text about; /* SEQUENCE: whose numbers */
    uint64_t first, last; /* SEQUENCE: the lowest and the highest that did not come */
    uint64_t count;       /* SEQUENCE: how many did not come; SHORTFALL: how many came */
    uint32_t day;         /* SHORTFALL */
};

struct rd_receipted {
    uint64_t receipt;
    enum rd_receipt_stage stage;
    bool given_up;
    struct rd_text detail;
};
struct rd_read {
    uint32_t assignment;
    enum rd_view view;
    struct rd_text by, purpose;
    uint64_t quarantine;
    struct rd_text sought; /* 16 bytes: of the identifier that somebody looked for */
    uint32_t found;
};
struct rd_quarantine_move {
    uint64_t item;
    enum rd_verb verb;
    struct rd_text by, reason;
};
struct rd_clock_ended {
    uint32_t clock;
    struct rd_text by, reason;
};
struct rd_time_accepted {
    rd_instant before, after;
    struct rd_text by;
};

enum rd_told {
    RD_TOLD_WRITTEN = 1, /* handed to the connection that asked */
    RD_TOLD_GONE,        /* that connection had ended: the sender does not know */
    RD_TOLD_NOTHING      /* this sender wants, or can be given, no answer */
};
/* What the sender of a submission was told: from its door, and in the ledger. */
struct rd_answered {
    uint64_t correlation; /* of the submit, in a message; 0 in the ledger */
    uint64_t received;    /* in the ledger: number of the RECEIVED entry that it answers */
    enum rd_told told;
    struct rd_text code;  /* in the sender's protocol: "AA", "409" */
    struct rd_text words; /* ours, that went with it; no patient data */
    struct rd_text bytes; /* as they were sent, at most the first RD_ANSWER_BYTES_MAX */
    uint64_t length;      /* how many there were */
};

struct rd_entry {
    uint64_t number; /* 1.. without holes */
    rd_instant at;   /* business time, never decreasing */
    enum rd_entry_kind kind;
    uint64_t referral;   /* 0: none */
    struct rd_text feed; /* absent: none */
    struct rd_started *started;
    struct rd_rules_in_force *rules;
    struct rd_received *received;
    struct rd_decided *decided;
    struct rd_moved *moved;
    struct rd_contacted *contacted;
    struct rd_alarmed *alarmed;
    struct rd_receipted *receipted;
    struct rd_read *read;
    struct rd_quarantine_move *quarantine;
    struct rd_clock_ended *clock_ended;
    struct rd_time_accepted *time;
    struct rd_ruleset_part *ruleset;
    struct rd_activation *activation;
    struct rd_linked *linked;
    struct rd_answered *answered;
};

extern const struct rd_shape rd_started_shape, rd_rules_in_force_shape, rd_received_shape,
    rd_ruleset_part_shape, rd_activation_shape, rd_decided_shape, rd_moved_shape,
    rd_contacted_shape, rd_alarmed_shape, rd_receipted_shape, rd_read_shape,
    rd_quarantine_move_shape, rd_clock_ended_shape, rd_time_accepted_shape, rd_linked_shape,
    rd_answered_shape, rd_entry_shape;
extern const struct rd_enum_names rd_told_names, rd_entry_kind_names, rd_verb_names,
    rd_alarm_kind_names;

#endif
