/* The simulator's own notion of what happened: a summary of every entry as it is emitted, and of
 * every referral as its record last stood. After a crash it is cut back to what is durable. From it
 * come the checks that need no word of the core's: one winner a claim, one referral a key, clocks
 * that never start later. */
#ifndef RD_SIM_ENTRIES_H
#define RD_SIM_ENTRIES_H

#include "model/entry.h"
#include "model/limits.h"

struct sim_world;

enum { SIM_TEAMS_MAX = 6 };

/* Texts stand as their hash. */
struct sim_entry {
    uint64_t number;
    rd_instant at;
    enum rd_entry_kind kind;
    uint64_t referral;
    uint32_t feed; /* index + 1; 0: none */
    /* received */
    enum rd_disposal disposal;
    enum rd_action action;
    enum rd_environment environment;
    uint64_t key, digest, first_entry, repairs;
    /* moved, contacted, decided, alarmed */
    enum rd_verb verb;
    uint64_t by;
    uint32_t assignment;
    uint32_t clock, stage;
    enum rd_alarm_kind alarm;
    uint64_t receipt;
    enum rd_contact_mode mode; /* contacted */
    uint32_t contact;
    uint64_t item;                 /* quarantine: the item's entry */
    uint64_t other;                /* linked: the other referral */
    uint64_t teams[SIM_TEAMS_MAX]; /* decided: whom it names */
};

/* The submission that named a key first. */
struct sim_key {
    uint64_t key, digest;
    uint64_t entry, referral;
    rd_instant at;
    uint32_t feed;
};

struct sim_assignment {
    enum rd_assignment_phase phase;
    enum rd_role role;
    uint64_t team, claimed_by;
    rd_instant decay_due, lease_due;
    bool stand_down_asked;
};
struct sim_clock {
    enum rd_clock_kind kind;
    uint64_t policy, end_reason;
    rd_instant start, alarm_due, next_due, ended_at;
    uint32_t next_stage, stages_count;
    uint32_t end_contact;
    bool provisional;
};
struct sim_link {
    uint64_t other, entries; /* entries: hash */
    enum rd_link_state state;
    uint32_t matched, differs;
    rd_instant at;
};
struct sim_ref {
    uint64_t id;
    enum rd_referral_phase phase;
    enum rd_referral_kind kind;
    enum rd_custody custody;
    uint32_t feed; /* index + 1 */
    rd_instant closed_at;
    struct sim_assignment assignments[RD_ASSIGNMENTS_MAX];
    uint32_t assignments_count;
    struct sim_clock clocks[RD_CLOCKS_MAX];
    uint32_t clocks_count;
    uint32_t contacts; /* that stand */
    rd_instant respond_by;
    uint64_t receipt; /* the first that is due */
    struct sim_link links[RD_LINKS_MAX];
    uint32_t links_count;
};

struct sim_entries {
    struct sim_entry *items; /* items[number - 1] */
    size_t count, cap;
    size_t update_from; /* count before the step at hand */
    struct sim_ref *refs;
    size_t refs_count, refs_cap;
    struct sim_key *keys;
    size_t keys_count, keys_cap;
    uint64_t columns[8][RD_DISPOSAL_REJECTED + 1]; /* RECEIVED by feed and disposal */
};

void sim_entries_fini(struct sim_entries *entries);
/* Checks it against everything before, then remembers it. */
void sim_entry_add(struct sim_world *world, const struct rd_entry *entry);
/* Entries above `number` never happened. Referrals are cleared: to be read again from the tables.
 */
void sim_entries_cut(struct sim_world *world, uint64_t number);
/* NULL when there is none. Valid until the next addition. */
struct sim_ref *sim_ref_find(struct sim_world *world, uint64_t referral);
struct sim_ref *sim_ref_add(struct sim_world *world, uint64_t referral);
const struct sim_key *sim_key_find(struct sim_world *world, uint64_t key);
const struct sim_entry *sim_entry_get(struct sim_world *world, uint64_t number);
/* The newest entry that claimed (or gave) this assignment to somebody; 0: none. */
uint64_t sim_claim_entry(struct sim_world *world, uint64_t referral, uint32_t assignment);

#endif
