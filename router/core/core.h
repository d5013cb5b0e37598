/* The state machine of custody: one event in, the work to do out.
 *
 * PURE: reads no clock, no file, no random source; `now` and randomness come in with the event;
 * memory comes from the allocator it was given. The same events give the same entries, sends and
 * records, byte for byte. Never blocks. Everything an update points to is valid until the next
 * call. Loop thread only.
 *
 * Gate: every send carries `gate`, the number of the last entry emitted before it; the shell lets
 * it leave only when entries up to that number are durable (core/gate.h does exactly this). No
 * undo: state runs ahead of the disk and is never rolled back; when an append fails the process
 * ends.
 *
 * Errors of the functions here are BUG- or FATAL-class only: what a peer, a file or an operator
 * does wrong is answered with a message, never with an error. */
#ifndef RD_CORE_CORE_H
#define RD_CORE_CORE_H

#include "model/message.h"
#include "model/place.h"
#include "rules/rules.h"

struct rd_core;

struct rd_core_config {
    const struct rd_alloc *alloc;
    /* Borrowed until replaced by an event or rd_core_free. NULL: START brings them, for what is
     * loaded says which they are. */
    const struct rd_rules *rules;
    struct rd_text version;    /* engine version, kept in every decision */
    uint64_t claim_token_seed; /* unused bits for tokens come from events */
};

enum rd_event_kind {
    RD_EVENT_START =
        1,             /* after loading: begins a new incarnation when `start.incarnation` is set */
    RD_EVENT_MESSAGE,  /* a decoded message of a session */
    RD_EVENT_GONE,     /* a peer's transport is gone: its session ends */
    RD_EVENT_TIME,     /* time passes: due timers fire, at most RD_TIMERS_PER_STEP a step */
    RD_EVENT_RULES,    /* another rule set takes over, now or at its time, when it fits then */
    RD_EVENT_WITHDRAW, /* the rule set that waits for its time does not come */
    RD_EVENT_DRAIN,    /* no more intake: everything answers busy */
    RD_EVENT_TIME_JUMP /* an operator accepted a jump of the machine's clock */
};

enum rd_socket { RD_SOCKET_INTAKE = 1, RD_SOCKET_QUEUES, RD_SOCKET_CONTROL };

/* Where a message came from and an answer goes. `peer` is the shell's number for a transport peer.
 */
struct rd_origin {
    enum rd_socket socket;
    uint64_t peer;
    const struct rd_identity *identity; /* borrowed; constant while the peer lives */
};

/* A file of a rule set, as its place directory has it. */
struct rd_ruleset_file {
    struct rd_text name, bytes;
};

struct rd_event {
    enum rd_event_kind kind;
    rd_instant now;                   /* business time; never less than the last event's */
    uint64_t random[2];               /* for a referral's id, for a token */
    struct rd_origin origin;          /* MESSAGE, GONE */
    const struct rd_message *message; /* MESSAGE: borrowed for the call */
    /* MESSAGE with a submit: keyed 16-byte hashes, made by the shell */
    struct rd_text key_hash;
    const struct rd_text *ref_hashes;
    size_t ref_hashes_count;
    const struct rd_text *person_hashes;
    size_t person_hashes_count;
    const struct rd_person_marks *marks; /* as those; NULL: none */
    struct rd_text sought_hash; /* MESSAGE with a query that looks for a person: the same */
    uint64_t incarnation;       /* START: 0 continues the loaded one */
    struct rd_text reason;      /* START, RULES, WITHDRAW */
    /* RULES: what takes over; borrowed until another does. START: what the loaded state says is
     * waiting for its time; NULL: nothing, or it could not be loaded. */
    const struct rd_rules *rules;
    const struct rd_rules *in_force; /* START: what to run under; NULL: as configured */
    rd_instant effective;            /* RULES: when; not after `now`: at once */
    /* RULES, START (of the configured rules): the files, by name; the ledger keeps them once. None:
     * they are not kept. */
    const struct rd_ruleset_file *files;
    size_t files_count;
    struct rd_text by, approved_by; /* RULES, WITHDRAW, TIME_JUMP */
    bool refused;      /* WITHDRAW: nobody withdraws it, it cannot come: the desk is told */
    rd_instant before; /* TIME_JUMP */
};

/* A send, to be encoded at once (it points into core memory) and held until its gate opens. */
struct rd_send {
    uint64_t gate;
    enum rd_socket socket; /* 0: the event feed, to all */
    uint64_t peer;
    const struct rd_message *message;
    /* Set: `message` is an `opened` or a `receipt` without its record: the shell reads these
     * RECEIVED entries' bodies (after the gate), fills in what message.h says, cuts it to the view,
     * then sends. With a `query_result`: the entry of the decision in force; empty: every entry of
     * the referral, without what is said of the person. */
    struct rd_text bodies; /* 8 bytes big-endian each; absent: none */
};

/* An alarm for the operator's alarm command: leaves when its gate opens. */
struct rd_alarm_call {
    uint64_t gate;
    const struct rd_entry *entry;
};

struct rd_update {
    const struct rd_entry *entries; /* to append, in order; numbers ascend without holes */
    size_t entries_count;
    const struct rd_state_record *records; /* upserts and deletes that these entries caused */
    size_t records_count;
    const struct rd_send *sends; /* in order */
    size_t sends_count;
    const struct rd_alarm_call *alarms;
    size_t alarms_count;
    rd_instant next_due; /* call with RD_EVENT_TIME then; <= now: more is due already; 0: nothing */
};

/* NULL only without memory. */
struct rd_core *rd_core_new(const struct rd_core_config *config);
void rd_core_free(struct rd_core *core);

/* Start-up from the state tables: each record once, any order, before RD_EVENT_START.
 * RD_E_CORRUPT: the record contradicts another; `why` says which. */
RD_MUST_CHECK enum rd_err rd_core_load(struct rd_core *core, const struct rd_state_record *record,
                                       struct rd_errbuf *why);

/* Rebuild: applies one entry to the state (the same function that runs live) and gives the records
 * it caused, in update->records. RD_E_CORRUPT: the entry cannot follow what came before. */
RD_MUST_CHECK enum rd_err rd_core_replay(struct rd_core *core, const struct rd_entry *entry,
                                         struct rd_update *update, struct rd_errbuf *why);

/* One event. `update` is filled; its contents live until the next call on this core. */
RD_MUST_CHECK enum rd_err rd_core_step(struct rd_core *core, const struct rd_event *event,
                                       struct rd_update *update);

/* Checks every invariant of design section 5 that state alone can show. For the simulator after
 * every step and for `ledger verify`. RD_E_BUG with what is broken. */
RD_MUST_CHECK enum rd_err rd_core_check(const struct rd_core *core, struct rd_errbuf *why);

/* For status, metrics and the page: counts by team and feed, in the arena; no patient data. */
RD_MUST_CHECK enum rd_err rd_core_status(const struct rd_core *core, rd_instant now,
                                         struct rd_arena *arena, struct rd_status *out);

/* Number of the last entry emitted or loaded. */
uint64_t rd_core_last_entry(const struct rd_core *core);

/* The rules in force: after a step, the ones before may be freed when these are others. */
const struct rd_rules *rd_core_rules(const struct rd_core *core);
/* What the loaded or current state says of rule sets. Borrowed until the next step. */
const struct rd_meta_state *rd_core_meta(const struct rd_core *core);

/* Whether what is open has its place in `rules`: its teams, and the feeds that it came by. Asked
 * before RD_EVENT_RULES by whoever sends that, and by the core itself at the moment for which a set
 * was scheduled: one that no longer fits then does not come into force, the desk gets an alarm, and
 * the rules before stay. False: `why` says what and what to do. O(teams + feeds). */
RD_MUST_CHECK bool rd_core_rules_fit(const struct rd_core *core, const struct rd_rules *rules,
                                     struct rd_errbuf *why);

/* Where the ledger keeps the files of that rule set; NULL: it does not. As above. */
const struct rd_ruleset_state *rd_core_ruleset(const struct rd_core *core, struct rd_text hash);

/* Makes the decision of a DECIDED entry again, from what the entry holds: `rules` must be those of
 * its hash. RD_E_NOTFOUND: the entry is of before a decision's inputs were kept. RD_E_TOOBIG. */
RD_MUST_CHECK enum rd_err rd_core_decide_again(const struct rd_rules *rules,
                                               const struct rd_decided *decided,
                                               struct rd_arena *arena, struct rd_decision *out);

#endif
