/* Drives a core over the fake rules (tests/lib/fake_rules.h): people at their sockets, time, what
 * was written and what was sent. After every step the invariants are checked, entries and records
 * are kept as a ledger would keep them. Any failure fails the test at hand. */
#ifndef RD_TESTS_CORE_RIG_H
#define RD_TESTS_CORE_RIG_H

#include "core/core.h"
#include "tests/lib/fake_rules.h"

/* 2026-11-23 09:00 UTC, a Monday: every fake team is open. */
#define RIG_START ((rd_instant)1795424400 * RD_SECOND_US)

enum who {
    GP = 1,
    AMBULANCE,
    HOSPITAL,
    SELF,
    TESTER,
    RAPID,
    RAPID2,
    LOCALITY,
    NEIGHBOUR,
    VOLUNTARY,
    DESK,
    OPERATOR,
    STRANGER,
    WHO_COUNT
};

struct kept_record {
    int table;
    struct rd_text key, bytes;
};

struct rig {
    struct rd_rules *rules;
    struct rd_core *core;
    rd_instant now;
    uint64_t random;
    uint64_t session;
    struct rd_update update; /* of the last step */
    struct rd_arena keep;
    struct rd_entry *entries; /* all, deep copies */
    size_t entries_count, entries_cap;
    struct kept_record *records; /* as the state tables hold them */
    size_t records_count, records_cap;
    uint64_t correlation;
    bool here[WHO_COUNT][4]; /* has a session on that socket */
};

void rig_open(struct rig *rig);      /* started, everybody has said hello */
void rig_open_bare(struct rig *rig); /* a core that nothing was loaded into or said to */
void rig_close(struct rig *rig);
enum rd_err rig_try(struct rig *rig, const struct rd_event *event);
void rig_step(struct rig *rig, const struct rd_event *event); /* must succeed */
/* Time passes; timers fire when they are due. Up to 20 minutes sessions stay (pings); over a longer
 * time they are lost and everybody says hello again. */
void rig_pass(struct rig *rig, rd_instant us);

struct rd_origin rig_at(enum who who, enum rd_socket socket);
void rig_say(struct rig *rig, enum who who, enum rd_socket socket,
             const struct rd_message *message);
void rig_hello(struct rig *rig, enum who who, enum rd_socket socket);

/* What the last step sent to them: the nth message that has this arm (offset in rd_message); NULL:
 * none. */
const void *rig_sent(const struct rig *rig, enum who who, enum rd_socket socket, size_t arm,
                     size_t nth);
#define SENT(rig, who, socket, arm, nth)                                                           \
    ((const struct rd_##arm *)rig_sent((rig), (who), (socket), offsetof(struct rd_message, arm),   \
                                       (nth)))
/* Entries of the last step. */
const struct rd_entry *rig_wrote(const struct rig *rig, enum rd_entry_kind kind, size_t nth);
size_t rig_wrote_count(const struct rig *rig, enum rd_entry_kind kind);

struct sub {
    const char *feed; /* absent: "gp" */
    enum who by;      /* absent: the feed's adapter */
    const char *key, *need, *flag, *ref, *person, *content;
    enum rd_action action;           /* absent: new */
    enum rd_environment environment; /* absent: the feed's */
    enum rd_priority asked;
    enum rd_referral_kind kind;
    rd_instant respond_by, last_updated, received;
    const char *quarantine;
    uint64_t repairs;
    bool no_record;
    struct rd_opt_i32 based_on;
    struct rd_text named; /* the sender's message names this referral of ours */
    const char *nhs, *name, *further, *born, *postcode, *practice; /* what they are known by */
    int64_t sequence;
    const char *numbers; /* sequence_of; absent: not numbered */
};
/* The result, or NULL when it was refused. Valid until the next step. */
const struct rd_submit_result *rig_submit(struct rig *rig, const struct sub *sub);
/* A referral's name, kept: the result of a submission that must be held. */
struct rd_text rig_refer(struct rig *rig, const struct sub *sub);

/* Sends the command as `who` on queues (control for the operator); target gets ".1" etc. from the
 * caller. NULL: refused (see rig_refused). */
const struct rd_command_result *rig_do(struct rig *rig, enum who who,
                                       const struct rd_command *command);
const struct rd_refused *rig_refused(const struct rig *rig);
struct rd_text rig_name(struct rig *rig, struct rd_text referral, unsigned assignment);

/* The referral's state as its record says. */
const struct rd_referral_state *rig_state(struct rig *rig, struct rd_text referral);
const struct rd_feed_state *rig_feed(struct rig *rig, const char *feed);

/* Another core from this one's records, or from its entries; records of both are then equal. */
void rig_reload(struct rig *rig);
void rig_replay_equal(struct rig *rig);

/* The hash of a `person` of a sub, in `out`. */
struct rd_text rig_person_hash(char out[RD_HASH_BYTES], const char *person);

/* Asserts on texts. */
void rig_text(struct rd_text text, const char *expected);

#endif
