/* What the parts of the simulator share. One world is one run; nothing is global. */
#ifndef RD_SIM_WORLD_H
#define RD_SIM_WORLD_H

#include "base/buf.h"
#include "base/ident.h"
#include "core/core.h"
#include "core/gate.h"
#include "ledger/ledger_memory.h"
#include "wire/wire.h"

#include "entries.h"
#include "prng.h"
#include "sim.h"
#include "tables.h"

enum {
    SIM_FEEDS_MAX = 8,
    SIM_PEERS_MAX = 48,
    SIM_PENDING_MAX = 8,  /* commands a device waits for */
    SIM_IN_FLIGHT = 6,    /* submissions an adapter has out */
    SIM_WATCH_CREDIT = 64 /* rows and changes a device takes before it acknowledges */
};

/* Swarm testing: each seed has its own mix of what happens, so that some runs crash all the time
 * and others never, some have a slow disk, some a bad network. Weights. */
struct sim_mix {
    uint32_t deliver_up, deliver_down, act, sync, time_small, time_big, crash, disconnect, rules,
        drain;
    uint32_t act_feed, act_device, act_desk, act_other;
    uint32_t subs_max;   /* submissions a run may make */
    bool lossy_commands; /* people press twice, commands arrive twice */
    bool greedy_feeds;   /* beyond their credit */
    bool twins;          /* a second core, rebuilt from the entries, runs in step for a while */
};

/* One message on its way. */
struct sim_packet {
    struct sim_packet *next;
    size_t len;
    unsigned char bytes[];
};
struct sim_pipe {
    struct sim_packet *first, *last;
    size_t count;
};

enum sim_peer_kind {
    SIM_ADAPTER = 1, /* a feed's intake */
    SIM_RECEIPTS,    /* a feed's receipts */
    SIM_DEVICE,      /* a team's tablet: watches, and people act on it */
    SIM_WORKER,      /* a team's own system: takes work */
    SIM_DESK,        /* the desk's screen */
    SIM_OPERATOR     /* control */
};

/* A row as a device last saw it. */
struct sim_row {
    char target[24]; /* "7K3Q9-M2X4T.1" */
    char referral[16];
    enum rd_assignment_phase phase;
    uint64_t claimed_by; /* hash of the name; 0: nobody */
    bool stand_down_asked, change_asked;
    uint32_t contacts, clocks;
    uint32_t clock; /* index of its first running clock */
    unsigned char *bytes;
    size_t len;
};

struct sim_pending {
    uint64_t correlation; /* 0: free */
    enum rd_verb verb;
    char target[24];
    uint64_t by; /* hash of the name */
};

struct sim_peer {
    enum sim_peer_kind kind;
    uint32_t number;    /* place in world->peers */
    uint32_t feed;      /* index in the place; adapters, receipts */
    char queue[40];     /* devices, workers, desk: team; receipts: "feed:NAME" */
    char user[40];      /* of the identity */
    struct rd_text one; /* the only feed or team of the identity */
    struct rd_identity identity;
    enum rd_socket socket;
    uint64_t transport; /* the shell's number; 0: not connected */
    uint64_t session;
    bool welcomed;
    uint64_t answered_tick; /* when it last heard anything */
    struct sim_pipe up, down;
    uint64_t correlation; /* last used */
    struct sim_pending pending[SIM_PENDING_MAX];
    /* adapters */
    uint32_t in_flight;
    /* devices, desk */
    uint64_t incarnation, change;           /* last applied; incarnation 0: has nothing */
    uint64_t told_incarnation, told_change; /* highest ever seen: may never be taken back */
    bool in_snapshot;
    bool again;   /* it watched again on the same connection: it may see changes twice */
    bool resumed; /* a watch that asked to continue has not been answered yet */
    uint32_t snapshot_rows, unacked;
    struct sim_row *rows;
    size_t rows_count, rows_cap;
    char closed[24];      /* an assignment that left its list: to be reopened */
    uint64_t quarantined; /* an item the desk heard of; 0: none */
    char pair[2][16];     /* two referrals that may be one person's; empty: none */
    enum rd_link_state pair_state;
    /* receipts */
    struct sim_taken *taken;
    size_t taken_count, taken_cap;
    /* operator */
    struct rd_buf answer; /* the last query_result, encoded */
    uint32_t mends;       /* quarantined items it submitted anew */
    bool answered;
};

/* The newest receipt of a referral that its sender acknowledged. */
struct sim_taken {
    uint64_t referral; /* hash of its text */
    uint64_t receipt;
    enum rd_receipt_stage stage;
};

enum sim_sub_state { SIM_SUB_WAITING = 1, SIM_SUB_SENT, SIM_SUB_TOLD };

/* One submission as its sender keeps it until the router says what became of it. */
struct sim_sub {
    uint32_t number;
    uint32_t feed;
    char key[24];
    char ref[24];     /* its source reference */
    uint32_t variant; /* content: another variant is another digest */
    enum rd_action action;
    enum rd_referral_kind kind;
    enum rd_fact_kind fact;
    enum rd_environment environment;
    enum rd_priority priority;
    bool garbage, refused, safeguarding, scene_safety, back_entry;
    bool merges; /* an amendment that its adapter fills in from what is held */
    uint32_t based_on;
    uint32_t need, person, age;
    rd_instant respond_by, authored;
    enum sim_sub_state state;
    uint64_t correlation, sent_tick;
    bool resend; /* told already, and sent once more */
    /* what its sender was told */
    enum rd_disposal disposal;
    uint64_t entry;
    char referral[16];
};

struct sim_gone {
    uint64_t transport;
    uint32_t peer;
};

struct sim_node {
    struct rd_core *core;
    struct rd_core *twin; /* NULL: none */
    uint32_t twin_steps;  /* left */
    struct rd_gate *gate;
    struct rd_ledger *ledger;
    struct rd_rules *rules[2];
    uint32_t rules_in_force;
    const struct rd_rules *rules_pending; /* NULL: none */
    char rules_said[16];                  /* hash of the last RULES entry */
    rd_instant next_due;
    uint64_t incarnation;
    uint64_t last_entry; /* emitted */
    uint64_t durable;    /* of the ledger, as seen by the world */
    uint64_t boots;
    bool draining;
    struct rd_arena decode; /* what a message or a record is decoded into */
    struct rd_buf bytes, note;
};

struct sim_world {
    struct sim_prng prng;
    struct sim_mix mix;
    uint64_t tick; /* steps done, drain included */
    uint32_t step;
    uint32_t steps;
    uint64_t seed;
    bool trace, blind;
    bool quiet; /* the end of a run: no more faults, everything is delivered */
    rd_instant now;
    uint64_t hash;
    uint64_t said; /* sends to somebody, but for pongs */
    struct sim_result *result;
    uint32_t events_next;
    struct sim_node node;
    struct sim_tables shadow; /* records as emitted, durable or not */
    struct sim_entries entries;
    struct sim_peer peers[SIM_PEERS_MAX];
    uint32_t peers_count;
    uint64_t transports; /* last number given */
    struct sim_gone gone[SIM_PEERS_MAX * 4];
    uint32_t gone_count;
    struct sim_sub *subs;
    uint32_t subs_count, subs_cap;
    struct rd_arena arena; /* for messages being made */
    struct rd_buf scratch;
};

/* world.c */
void sim_event(struct sim_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The first failure counts. */
void sim_fail(struct sim_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sim_failed(const struct sim_world *world);
void sim_count(struct sim_world *world, const char *stat);
void sim_mix_hash(struct sim_world *world, const void *bytes, size_t len);
const struct rd_place *sim_place(const struct sim_world *world);

/* node.c, boot.c: the router. */
void sim_node_event(struct sim_world *world, struct rd_event *event);
void sim_node_open_gate(struct sim_world *world, uint64_t durable);
/* A record as the ledger keeps it: absent deletes. */
struct rd_text sim_record_value(struct rd_buf *buf, const struct rd_state_record *record);
/* rulesets.c: rule sets that take over at once or at their time, files kept, decisions made again.
 */
void sim_node_rules(struct sim_world *world);
void sim_rules_of_meta(struct sim_world *world, const struct rd_meta_state *meta);
void sim_check_rules(struct sim_world *world, const struct rd_update *update);
/* The first rule set, which has every team. */
void sim_rules_settle(struct sim_world *world);
/* After its entries are known. */
void sim_check_teams(struct sim_world *world);
void sim_node_init(struct sim_world *world);
void sim_node_fini(struct sim_world *world);
void sim_node_boot(struct sim_world *world, bool create);
void sim_node_crash(struct sim_world *world);
void sim_node_sync(struct sim_world *world, size_t batches, bool drain);
void sim_node_message(struct sim_world *world, struct sim_peer *peer, struct rd_text bytes);
void sim_node_gone(struct sim_world *world, uint64_t transport, struct sim_peer *peer);
/* Fires what is due: all of it, or one step's worth. */
void sim_node_time(struct sim_world *world, bool all);
void sim_node_drain(struct sim_world *world);
void sim_node_jump(struct sim_world *world, rd_instant by);
/* Rebuilds everything from the entries and compares it with the tables, byte for byte. */
void sim_node_verify(struct sim_world *world);

/* net.c: connections, packets, and who is who. */
void sim_net_init(struct sim_world *world);
void sim_net_fini(struct sim_world *world);
void sim_send(struct sim_world *world, struct sim_peer *peer, const struct rd_message *message);
struct sim_peer *sim_peer_of(struct sim_world *world, uint64_t transport);
void sim_push(struct sim_pipe *pipe, const void *bytes, size_t len);
void sim_connect(struct sim_world *world, struct sim_peer *peer);
/* The transport breaks; what is on its way is lost. The router hears of it later. */
void sim_disconnect(struct sim_world *world, struct sim_peer *peer);
void sim_net_router_down(struct sim_world *world);
void sim_ping_all(struct sim_world *world);
bool sim_deliver_up(struct sim_world *world);
bool sim_deliver_down(struct sim_world *world);
bool sim_deliver_gone(struct sim_world *world);

/* clients.c: what a peer does with what it hears, and when it is its turn. */
void sim_hear(struct sim_world *world, struct sim_peer *peer, const struct rd_message *message);
void sim_act(struct sim_world *world, struct sim_peer *peer);
void sim_client_lost(struct sim_world *world, struct sim_peer *peer);

/* feeds.c */
void sim_feed_act(struct sim_world *world, struct sim_peer *peer);
void sim_feed_opened(struct sim_world *world, struct sim_peer *peer,
                     const struct rd_opened *opened);
void sim_feed_found(struct sim_world *world, const struct rd_query_result *result);
void sim_feed_hear(struct sim_world *world, struct sim_peer *peer,
                   const struct rd_submit_result *result);
void sim_feed_refused(struct sim_world *world, struct sim_peer *peer,
                      const struct rd_refused *refused);
void sim_feed_lost(struct sim_world *world, struct sim_peer *peer);
bool sim_feeds_quiet(const struct sim_world *world);
/* Every submission that was told of is there, once, as told. */
void sim_feeds_check(struct sim_world *world);

/* submissions.c */
struct rd_submission *sim_make_submission(struct sim_world *world, const struct sim_sub *sub);

/* lists.c: a device's copy of its queue. */
void sim_list_watch(struct sim_world *world, struct sim_peer *peer);
void sim_list_watch_again(struct sim_world *world, struct sim_peer *peer);
bool sim_list_hear(struct sim_world *world, struct sim_peer *peer,
                   const struct rd_message *message);
void sim_list_clear(struct sim_peer *peer);
struct sim_row *sim_list_find(struct sim_peer *peer, struct rd_text target);

/* people.c: what a person at a device does. */
void sim_people_act(struct sim_world *world, struct sim_peer *peer);
void sim_people_result(struct sim_world *world, struct sim_peer *peer,
                       const struct rd_command_result *result);
void sim_people_refused(struct sim_world *world, struct sim_peer *peer,
                        const struct rd_refused *refused);
/* Quarantined items or links, as the desk asked for them. */
void sim_people_items(struct sim_world *world, struct sim_peer *peer,
                      const struct rd_query_result *result);
struct sim_pending *sim_pending_of(struct sim_peer *peer, uint64_t correlation);

/* checks.c */
void sim_check_record(struct sim_world *world, const struct rd_state_record *record);
void sim_check_due(struct sim_world *world);
void sim_check_counts(struct sim_world *world);
void sim_check_told(struct sim_world *world);
/* Both sides of every link say the same. */
void sim_check_links(struct sim_world *world, const struct rd_update *update);
/* The last entry that the words of `message` rest on, as far as this world can tell. */
uint64_t sim_rests_on(struct sim_world *world, const struct rd_send *send);

#endif
