/* What the core holds in memory, and the step it is working on. Inside core/ only.
 *
 * A referral stands packed between steps (pack.h). The first touch of a step unpacks it into the
 * step's arena (`live`); every later look and change of that step works there; the end of the step
 * packs what was touched and gives the same struct out as the record. Everything that is derived
 * from records (members of queues, tokens, timers, counts) is kept up by edit.c and rebuilt on
 * load.
 *
 * Failure: only memory can fail. A function that returns bool returns false for that alone, after
 * setting core->err; the core is then of no further use (state runs ahead, there is no undo). */
#ifndef RD_CORE_STATE_H
#define RD_CORE_STATE_H

#include "base/buf.h"
#include "base/heap.h"
#include "base/ident.h"
#include "base/map.h"
#include "core/core.h"
#include "core/words.h"
#include "model/limits.h"

enum {
    RD_STEP_BYTES_MAX = 512 * 1024 * 1024, /* of one step's memory: many times the largest step */
    RD_HEARTBEAT_MS = 5000,
    RD_SESSION_SILENCE_S = 15, /* three heartbeats missed: gone */
    RD_RECEIPT_RESEND_S = 60,
    RD_SENDS_PER_WATCH = 256, /* rows and changes one watch gets in one step */
    RD_DELIVERIES_PER_STEP = 128,
    RD_EXPIRIES_PER_ENTRY = 32,
    RD_NO_CONSUMER_MINUTES = 15, /* at most one such alarm per team in this time */
    RD_NO_CONSUMER_GRACE_S = 60, /* after the start: consumers need a moment to come back */
    RD_STAND_DOWN_MINUTES = 30,
    RD_LEASE_DEFAULT_S = 60,
    RD_DELIVERIES_ALARM = 5,
    RD_UNTOLD_MAX = 1024,           /* of one session: several times what may be on its way */
    RD_SEQUENCE_QUIET_MINUTES = 15, /* at most one alarm of a sender's numbers in this time */
    RD_FUTURE_SLACK_S = 60          /* how far ahead of us a recorded contact may lie */
};

enum rd_timer_kind {
    RD_TIMER_REFERRAL = 1,
    RD_TIMER_ITEM,
    RD_TIMER_SESSION,
    RD_TIMER_RECEIPT,
    RD_TIMER_FEED,
    RD_TIMER_KEY, /* these two are in the heap of expiries */
    RD_TIMER_REF
};

struct rd_timer {
    struct rd_heap_node node; /* first: a heap node is its timer */
    enum rd_timer_kind kind;
    void *owner;
};

struct rd_session;
struct rd_watcher;

/* By what referrals of perhaps one person are found. */
enum rd_alike_kind { RD_ALIKE_NHS_NUMBER, RD_ALIKE_PERSON, RD_ALIKE_KINDS };
/* Those with the same key, in a list, newest first; core->alike knows the first. */
struct rd_alike_place {
    uint64_t key; /* 0: in none */
    struct rd_held *older, *newer;
};

struct rd_held {
    uint64_t id;
    uint64_t order;        /* its first RECEIVED entry: second key of a list's order */
    unsigned char *packed; /* owned */
    size_t packed_len;
    struct rd_referral_state *live; /* in the step's arena while live_step is this step */
    uint64_t live_step;
    uint64_t touched_step;
    enum rd_referral_phase phase;
    rd_instant received, response_due; /* of the packed state: for counts without unpacking */
    rd_instant closed_at;              /* as that */
    struct rd_alike_place alike[RD_ALIKE_KINDS];
    uint64_t further_names;           /* of its marks */
    bool is_linked;                   /* counts in core->open_linked */
    struct rd_timer timer;            /* the earliest of everything that is due in it */
    struct rd_heap_node receipt_wait; /* in its feed's heap: a receipt to send; due = its number */
    struct rd_timer receipt_out;      /* a receipt is out: resend then */
    struct rd_feed_held *feed;
    uint64_t receipt_number; /* the pending one that the maps know; 0: none */
};

struct rd_feed_held {
    struct rd_feed_state state; /* state.feed and state.numberings are owned */
    struct rd_timer timer;      /* the earliest of what is expected of it */
    int64_t day_seen;           /* the last day whose count was looked at, or need not be */
    uint64_t touched_step;
    struct rd_heap receipts; /* rd_held.receipt_wait */
    struct rd_watcher *watches;
};

struct rd_change_kept {
    uint64_t change, referral;
    uint32_t assignment;
    enum rd_row_change what;
    enum rd_verb verb;
};

struct rd_queue_held {
    struct rd_queue_state state; /* state.queue is owned */
    uint64_t touched_step;
    struct rd_map members;     /* open assignments: rd_member_key -> rd_held */
    struct rd_map undelivered; /* those of them that no machine has acknowledged */
    struct rd_change_kept *ring;
    size_t ring_cap;     /* grows to RD_QUEUE_CHANGES_KEPT */
    uint64_t ring_first; /* oldest change kept; 0: none */
    uint64_t counts[5];  /* by rd_assignment_phase */
    struct rd_watcher *watches;
    uint32_t consumers;
    rd_instant no_consumer_at;
    bool dirty; /* in core->dirty */
};

struct rd_key_held {
    struct rd_key_state state; /* texts point to the bytes below and to the feed's name */
    char hash[RD_HASH_BYTES];
    char digest[RD_DIGEST_BYTES];
    uint64_t touched_step;
    struct rd_timer expiry;
};

struct rd_ref_held {
    struct rd_ref_state state;
    char hash[RD_HASH_BYTES];
    uint64_t touched_step;
    struct rd_timer expiry;
};

struct rd_item {                      /* of quarantine */
    struct rd_quarantine_state state; /* texts are owned, together, in `texts` */
    char *texts;
    uint64_t touched_step;
    struct rd_timer timer;
};

enum rd_watch_mode { RD_WATCH_ROWS = 1, RD_WATCH_WORK, RD_WATCH_RECEIPTS };

struct rd_snapshot_item {
    rd_instant due;
    uint64_t order, referral;
    uint32_t assignment;
};

struct rd_watcher {
    struct rd_session *session;
    enum rd_watch_mode mode;
    struct rd_queue_held *queue; /* ROWS, WORK */
    struct rd_feed_held *feed;   /* RECEIPTS */
    uint32_t credit;
    uint64_t sent;                 /* last change sent */
    uint64_t acked;                /* last change acknowledged */
    uint64_t delivered;            /* up to there it is known what that delivers; 0: look at all */
    struct rd_snapshot_item *rows; /* owned; NULL: no snapshot under way */
    size_t rows_count, rows_sent;
    uint64_t snapshot_change;
    uint32_t lease_s;
    bool backlog; /* has credit and rows left: goes on in the next step */
    bool deliver; /* acknowledged rows are left to be marked as delivered */
    struct rd_watcher *next_of_session, *next_of_queue;
};

/* A submission of this session whose sender has not been told of yet, as far as we know. */
struct rd_untold {
    uint64_t correlation; /* 0: free */
    uint64_t received, referral;
    const struct rd_feed_held *feed;
};

struct rd_session {
    struct rd_untold *untold; /* owned: a ring of RD_UNTOLD_MAX; NULL until there is one */
    uint64_t untold_next;
    enum rd_socket socket;
    uint64_t peer, number;
    char *user_bytes; /* owned */
    struct rd_text user;
    enum rd_identity_role role;
    rd_instant seen;
    struct rd_timer timer;
    struct rd_watcher *watches;
};

struct rd_ruleset_held {
    struct rd_ruleset_state state; /* state.hash is owned */
    uint64_t touched_step;
};

enum rd_touched_kind {
    RD_TOUCHED_REFERRAL = 1,
    RD_TOUCHED_FEED,
    RD_TOUCHED_QUEUE,
    RD_TOUCHED_KEY,
    RD_TOUCHED_REF,
    RD_TOUCHED_ITEM,
    RD_TOUCHED_RULESET,
    RD_TOUCHED_GONE /* a delete: object is a struct rd_state_record in the arena */
};
struct rd_touched {
    enum rd_touched_kind kind;
    void *object; /* NULL: deleted after it was touched */
};

struct rd_core {
    const struct rd_alloc *alloc;
    const struct rd_rules *rules;
    const struct rd_place *place;
    struct rd_text version;
    enum rd_err err; /* sticky */

    struct rd_meta_state meta; /* texts are owned */
    struct rd_map referrals;   /* id -> rd_held */
    struct rd_map persons;     /* first 8 bytes of a person hash -> rd_held, open referrals only */
    struct rd_map alike[RD_ALIKE_KINDS]; /* key -> rd_held: the first of its list */
    struct rd_map suggesting;            /* id -> rd_held: open ones with a suggested link */
    struct rd_map keys, refs;            /* first 8 bytes of the hash */
    struct rd_words words;               /* of packed referrals */
    struct rd_map items;                 /* entry -> rd_item */
    struct rd_map tokens;                /* hand-out token -> rd_held */
    struct rd_map receipts;              /* pending receipt's number -> rd_held */
    struct rd_feed_held **feeds;
    size_t feeds_count, feeds_cap;
    struct rd_queue_held **queues;
    size_t queues_count, queues_cap;
    struct rd_ruleset_held **rulesets;
    size_t rulesets_count, rulesets_cap;
    const struct rd_rules *pending; /* of meta.pending_rules_hash; NULL: none, or not loaded */
    struct rd_heap timers;
    struct rd_heap expiries;
    struct rd_session **sessions; /* in order of their hello */
    size_t sessions_count, sessions_cap;
    uint64_t open_referrals, open_items, open_linked;
    rd_instant started_at;
    bool draining;

    /* The step. */
    uint64_t step;
    rd_instant now;
    const struct rd_event *event; /* NULL on replay */
    struct rd_arena arena;        /* until the next call */
    struct rd_arena scratch;      /* until the next use */
    struct rd_buf packing;
    struct rd_entry *entries;
    size_t entries_count, entries_cap;
    struct rd_send *sends;
    size_t sends_count, sends_cap;
    struct rd_alarm_call *alarms; /* .entry is filled when the step ends */
    size_t *alarm_entries;        /* index of each one's entry */
    size_t alarms_count, alarms_cap, alarm_entries_cap;
    struct rd_touched *touched;
    size_t touched_count, touched_cap;
    struct rd_state_record *records;
    size_t records_count, records_cap;
    struct rd_queue_held **dirty;
    size_t dirty_count, dirty_cap;
    uint32_t tokens_made; /* this step */
};

static inline uint64_t rd_member_key(uint64_t referral, uint32_t assignment)
{
    return referral << 5 | assignment; /* 50 bits and at most 16 */
}

/* Zeroed memory of the step; NULL sets core->err. */
void *rd_take(struct rd_core *core, size_t size);
void *rd_take_array(struct rd_core *core, size_t count, size_t size);
bool rd_keep_text(struct rd_core *core, struct rd_text text, struct rd_text *out);
/* Sets core->err unless it is set; returns false. */
bool rd_nomem(struct rd_core *core);
bool rd_broken(struct rd_core *core); /* our own contract is: RD_E_BUG */
/* Long-lived memory. */
void *rd_hold(struct rd_core *core, size_t size);
bool rd_hold_text(struct rd_core *core, struct rd_text text, struct rd_text *out);
void rd_release_text(struct rd_core *core, struct rd_text text); /* made by rd_hold_text */

/* Look-ups: NULL when there is none. */
struct rd_held *rd_find_referral(const struct rd_core *core, uint64_t id);
struct rd_feed_held *rd_find_feed(const struct rd_core *core, struct rd_text name);
struct rd_queue_held *rd_find_queue(const struct rd_core *core, struct rd_text name);
struct rd_key_held *rd_find_key(const struct rd_core *core, struct rd_text hash);
struct rd_ref_held *rd_find_ref(const struct rd_core *core, struct rd_text hash);
struct rd_item *rd_find_item(const struct rd_core *core, uint64_t entry);
/* The same, made when there is none; NULL without memory. */
struct rd_held *rd_make_referral(struct rd_core *core, uint64_t id);
struct rd_feed_held *rd_make_feed(struct rd_core *core, struct rd_text name);
struct rd_queue_held *rd_make_queue(struct rd_core *core, struct rd_text name);
struct rd_key_held *rd_make_key(struct rd_core *core, struct rd_text hash);
struct rd_ref_held *rd_make_ref(struct rd_core *core, struct rd_text hash);
struct rd_item *rd_make_item(struct rd_core *core, const struct rd_quarantine_state *state);
/* Sets the item's state; texts are copied. */
bool rd_item_set(struct rd_core *core, struct rd_item *item,
                 const struct rd_quarantine_state *state);
struct rd_ruleset_held *rd_find_ruleset(const struct rd_core *core, struct rd_text hash);
struct rd_ruleset_held *rd_make_ruleset(struct rd_core *core, struct rd_text hash);
bool rd_key_expires(struct rd_core *core, struct rd_key_held *key, rd_instant at);
bool rd_ref_expires(struct rd_core *core, struct rd_ref_held *ref, rd_instant at);
/* Deletes, and leaves a delete among the step's records. */
bool rd_drop_key(struct rd_core *core, struct rd_key_held *key);
bool rd_drop_ref(struct rd_core *core, struct rd_ref_held *ref);
uint64_t rd_hash_prefix(struct rd_text hash);
void rd_state_fini(struct rd_core *core);

/* Among the records of this step. */
bool rd_touch(struct rd_core *core, enum rd_touched_kind kind, void *object,
              uint64_t *touched_step);

/* The referral's state for this step: read it freely; change it in apply*.c only. */
struct rd_referral_state *rd_live(struct rd_core *core, struct rd_held *held);
/* A look that costs the step no memory: valid until the next rd_peek. */
const struct rd_referral_state *rd_peek(struct rd_core *core, struct rd_held *held);
/* Packs what the step touched and fills the update's records. records.c. */
bool rd_records_make(struct rd_core *core);
/* Packs `state` as what is held. */
bool rd_referral_pack(struct rd_core *core, struct rd_held *held,
                      const struct rd_referral_state *state);

/* The place of an assignment, a contact or a clock by its 1-based index; NULL: none. */
struct rd_assignment *rd_assignment_at(const struct rd_referral_state *state, uint32_t index);
struct rd_clock *rd_clock_at(const struct rd_referral_state *state, uint32_t index);
struct rd_contact *rd_contact_at(const struct rd_referral_state *state, uint32_t index);
/* The open LEAD; NULL: none is open. */
struct rd_assignment *rd_lead_of(const struct rd_referral_state *state);
bool rd_assignment_open(const struct rd_assignment *assignment);

#endif
