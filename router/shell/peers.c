#include "shell/peers.h"

#include <string.h>

enum { IDENTITY_BYTES_MAX = 262144 };

void rd_peers_init(struct rd_peers *peers, const struct rd_alloc *alloc)
{
    *peers = (struct rd_peers){.alloc = alloc};
    rd_map_init(&peers->by_number, alloc);
    rd_map_init(&peers->by_routing, alloc);
}

static void release(struct rd_peers *peers, struct rd_peer *peer)
{
    rd_arena_fini(&peer->memory);
    rd_zload_release(peer->load);
    rd_release(peers->alloc, peer);
}

void rd_peers_fini(struct rd_peers *peers)
{
    for (size_t i = 0; i < peers->count; i++)
        release(peers, peers->list[i]);
    rd_release(peers->alloc, peers->list);
    for (size_t i = 0; i < peers->loads_count; i++) {
        rd_release(peers->alloc, peers->loads[i].user);
        rd_zload_release(peers->loads[i].load);
    }
    rd_release(peers->alloc, peers->loads);
    rd_map_fini(&peers->by_number);
    rd_map_fini(&peers->by_routing);
    *peers = (struct rd_peers){.alloc = peers->alloc};
}

static uint64_t routing_key(enum rd_socket socket, struct rd_text routing)
{
    return rd_text_hash(routing) ^ ((uint64_t)socket << 60);
}

static struct rd_text routing_of(const struct rd_peer *peer)
{
    return (struct rd_text){(const char *)peer->routing, peer->routing_len};
}

static struct rd_peer *find(const struct rd_peers *peers, enum rd_socket socket,
                            struct rd_text routing)
{
    size_t cursor = 0;
    struct rd_peer *peer;
    while ((peer = rd_map_each_equal(&peers->by_routing, routing_key(socket, routing), &cursor)) !=
           NULL)
        if (peer->socket == socket && rd_text_equal(routing_of(peer), routing))
            return peer;
    return NULL;
}

static bool copy_names(struct rd_arena *memory, const struct rd_text *from, size_t count,
                       struct rd_text **out)
{
    if (count == 0)
        return true;
    *out = rd_arena_array(memory, count, sizeof **out);
    if (*out == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!rd_arena_copy(memory, from[i], &(*out)[i]))
            return false;
    return true;
}

static bool copy_identity(struct rd_peer *peer, const struct rd_identity *from)
{
    struct rd_identity *to = &peer->identity;
    *to = (struct rd_identity){
        .role = from->role, .feeds_count = from->feeds_count, .teams_count = from->teams_count};
    return rd_arena_copy(&peer->memory, from->user, &to->user) &&
           copy_names(&peer->memory, from->feeds, from->feeds_count, &to->feeds) &&
           copy_names(&peer->memory, from->teams, from->teams_count, &to->teams);
}

static bool same_names(const struct rd_text *a, size_t a_count, const struct rd_text *b,
                       size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!rd_text_equal(a[i], b[i]))
            return false;
    return true;
}

static bool same_identity(const struct rd_identity *a, const struct rd_identity *b)
{
    return a->role == b->role && rd_text_equal(a->user, b->user) &&
           same_names(a->feeds, a->feeds_count, b->feeds, b->feeds_count) &&
           same_names(a->teams, a->teams_count, b->teams, b->teams_count);
}

static bool enter(struct rd_peers *peers, struct rd_peer *peer)
{
    if (!rd_alloc_grow(peers->alloc, (void **)&peers->list, &peers->cap, peers->count + 1,
                       sizeof(struct rd_peer *)))
        return false;
    if (!rd_map_add(&peers->by_number, peer->number, peer))
        return false;
    if (!rd_map_add(&peers->by_routing, routing_key(peer->socket, routing_of(peer)), peer)) {
        (void)rd_map_remove(&peers->by_number, peer->number, peer); /* just added: it is there */
        return false;
    }
    peer->index = peers->count;
    peers->list[peers->count++] = peer;
    return true;
}

/* Old connections of a user who comes again and again may be full too: they count together. */
static struct rd_zload *load_of(struct rd_peers *peers, struct rd_text user)
{
    for (size_t i = 0; i < peers->loads_count; i++) {
        const struct rd_user_load *each = &peers->loads[i];
        if (rd_text_equal((struct rd_text){each->user, each->user_len}, user))
            return rd_zload_share(each->load);
    }
    if (!rd_alloc_grow(peers->alloc, (void **)&peers->loads, &peers->loads_cap,
                       peers->loads_count + 1, sizeof *peers->loads))
        return NULL;
    struct rd_user_load made = {.user = rd_alloc_zeroed(peers->alloc, 1, user.len + 1),
                                .user_len = user.len,
                                .load = rd_zload_new()};
    if (made.user == NULL || made.load == NULL) {
        rd_release(peers->alloc, made.user);
        rd_zload_release(made.load);
        return NULL;
    }
    memcpy(made.user, user.ptr, user.len);
    peers->loads[peers->loads_count++] = made;
    return rd_zload_share(made.load);
}

struct rd_peer *rd_peers_heard(struct rd_peers *peers, enum rd_socket socket,
                               struct rd_text routing, const struct rd_identity *identity,
                               int64_t now_boot)
{
    struct rd_peer *peer = find(peers, socket, routing);
    if (peer != NULL) {
        peer->heard = now_boot;
        return peer;
    }
    if (routing.len == 0 || routing.len > RD_ROUTING_BYTES_MAX)
        return NULL;
    peer = rd_alloc_zeroed(peers->alloc, 1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    peer->number = ++peers->last_number;
    peer->socket = socket;
    memcpy(peer->routing, routing.ptr, routing.len);
    peer->routing_len = routing.len;
    peer->heard = now_boot;
    rd_arena_init(&peer->memory, peers->alloc, IDENTITY_BYTES_MAX);
    peer->load = load_of(peers, identity->user);
    if (peer->load != NULL && copy_identity(peer, identity) && enter(peers, peer))
        return peer;
    release(peers, peer);
    return NULL;
}

struct rd_peer *rd_peers_get(const struct rd_peers *peers, uint64_t number)
{
    return rd_map_get(&peers->by_number, number);
}

void rd_peers_drop(struct rd_peers *peers, struct rd_peer *peer)
{
    /* Both pairs were added by enter(). */
    (void)rd_map_remove(&peers->by_number, peer->number, peer);
    (void)rd_map_remove(&peers->by_routing, routing_key(peer->socket, routing_of(peer)), peer);
    struct rd_peer *last = peers->list[--peers->count];
    peers->list[peer->index] = last;
    last->index = peer->index;
    release(peers, peer);
}

static struct rd_peer *most_silent(const struct rd_peers *peers)
{
    struct rd_peer *found = NULL;
    for (size_t i = 0; i < peers->count; i++)
        if (found == NULL || peers->list[i]->heard < found->heard)
            found = peers->list[i];
    return found;
}

struct rd_peer *rd_peers_overdue(const struct rd_peers *peers, const struct rd_key_table *keys,
                                 int64_t now_boot)
{
    for (size_t i = 0; keys != NULL && i < peers->count; i++) {
        struct rd_peer *peer = peers->list[i];
        const struct rd_identity *now = rd_key_table_user(keys, peer->identity.user);
        if (now == NULL || !same_identity(now, &peer->identity))
            return peer;
    }
    struct rd_peer *silent = most_silent(peers);
    if (silent == NULL)
        return NULL;
    bool too_long = now_boot - silent->heard > RD_PEER_SILENCE_US;
    return too_long || peers->count > RD_PEERS_MAX ? silent : NULL;
}
