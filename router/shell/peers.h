/* Transport peers: routing id <-> our number <-> who it is. A number is used once. The identity is
 * our own copy, so that it stays constant while the peer lives, whatever becomes of the key table.
 * Bounded: RD_PEERS_MAX; one more takes the place of the one that has been silent longest. Loop
 * thread only. */
#ifndef RD_SHELL_PEERS_H
#define RD_SHELL_PEERS_H

#include "base/map.h"
#include "core/core.h"
#include "link/keys.h"
#include "link/zload.h"

enum { RD_PEERS_MAX = 4096, RD_ROUTING_BYTES_MAX = 255 };
/* A peer that said nothing for so long is forgotten; its session ended long before. */
#define RD_PEER_SILENCE_US (10 * RD_MINUTE_US)

struct rd_peer {
    uint64_t number; /* 1.. */
    enum rd_socket socket;
    unsigned char routing[RD_ROUTING_BYTES_MAX];
    size_t routing_len;
    struct rd_identity identity; /* in `memory` */
    struct rd_arena memory;
    struct rd_zload *load; /* of its user: shared by all peers with that key */
    int64_t heard;         /* boot-time microseconds of its last message */
    size_t index;          /* place in rd_peers.list */
};

struct rd_user_load {
    char *user; /* owned */
    size_t user_len;
    struct rd_zload *load;
};

struct rd_peers {
    const struct rd_alloc *alloc;
    struct rd_map by_number, by_routing;
    struct rd_peer **list;
    size_t count, cap;
    /* One for each user that ever connected: connections that are forgotten may still be full. */
    struct rd_user_load *loads;
    size_t loads_count, loads_cap;
    uint64_t last_number;
};

void rd_peers_init(struct rd_peers *peers, const struct rd_alloc *alloc);
void rd_peers_fini(struct rd_peers *peers);
/* The peer behind a routing id, made when it is new. NULL: no memory, or no routing id that ZeroMQ
 * could have made. */
struct rd_peer *rd_peers_heard(struct rd_peers *peers, enum rd_socket socket,
                               struct rd_text routing, const struct rd_identity *identity,
                               int64_t now_boot);
/* NULL: gone. */
struct rd_peer *rd_peers_get(const struct rd_peers *peers, uint64_t number);
void rd_peers_drop(struct rd_peers *peers, struct rd_peer *peer);
/* One peer that must go: silent too long, one too many, or `keys` (NULL: not asked) no longer says
 * of its user what it said when the peer came. NULL: none. */
struct rd_peer *rd_peers_overdue(const struct rd_peers *peers, const struct rd_key_table *keys,
                                 int64_t now_boot);

#endif
