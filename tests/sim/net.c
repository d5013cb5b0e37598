/* Who is there, and the network between them: one pipe each way per connection, in order within a
 * connection and in any order between them; what is on its way when a connection breaks is lost. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void pipe_clear(struct sim_pipe *pipe)
{
    while (pipe->first != NULL) {
        struct sim_packet *packet = pipe->first;
        pipe->first = packet->next;
        free(packet);
    }
    *pipe = (struct sim_pipe){0};
}

void sim_push(struct sim_pipe *pipe, const void *bytes, size_t len)
{
    struct sim_packet *packet = malloc(sizeof *packet + len);
    rd_require(packet != NULL);
    packet->next = NULL;
    packet->len = len;
    if (len > 0)
        memcpy(packet->bytes, bytes, len);
    if (pipe->last != NULL)
        pipe->last->next = packet;
    else
        pipe->first = packet;
    pipe->last = packet;
    pipe->count++;
}

static struct sim_packet *pipe_pop(struct sim_pipe *pipe)
{
    struct sim_packet *packet = pipe->first;
    if (packet == NULL)
        return NULL;
    pipe->first = packet->next;
    if (pipe->first == NULL)
        pipe->last = NULL;
    pipe->count--;
    return packet;
}

static struct sim_peer *add_peer(struct sim_world *world, enum sim_peer_kind kind,
                                 enum rd_socket socket, enum rd_identity_role role)
{
    rd_require(world->peers_count < SIM_PEERS_MAX);
    struct sim_peer *peer = &world->peers[world->peers_count];
    peer->kind = kind;
    peer->number = world->peers_count++;
    peer->socket = socket;
    peer->identity.role = role;
    rd_buf_init(&peer->answer, rd_alloc_heap());
    return peer;
}

static void add_feed(struct sim_world *world, uint32_t number)
{
    struct rd_text name = sim_place(world)->feeds[number].name;
    for (int i = 0; i < 2; i++) {
        struct sim_peer *peer =
            i == 0 ? add_peer(world, SIM_ADAPTER, RD_SOCKET_INTAKE, RD_IDENTITY_ADAPTER)
                   : add_peer(world, SIM_RECEIPTS, RD_SOCKET_QUEUES, RD_IDENTITY_ADAPTER);
        peer->feed = number;
        snprintf(peer->user, sizeof peer->user, "%.*s-adapter", RD_TEXT_ARG(name));
        snprintf(peer->queue, sizeof peer->queue, "feed:%.*s", RD_TEXT_ARG(name));
        peer->one = name;
        peer->identity.feeds = &peer->one;
        peer->identity.feeds_count = 1;
    }
}

static void add_consumer(struct sim_world *world, enum sim_peer_kind kind,
                         const struct rd_team *team, uint32_t number)
{
    bool desk = kind == SIM_DESK;
    struct sim_peer *peer =
        add_peer(world, kind, RD_SOCKET_QUEUES, desk ? RD_IDENTITY_DESK : RD_IDENTITY_CONSUMER);
    snprintf(peer->user, sizeof peer->user, "%.*s-%s-%u", RD_TEXT_ARG(team->name),
             kind == SIM_WORKER ? "system" : "tablet", number);
    snprintf(peer->queue, sizeof peer->queue, "%.*s", RD_TEXT_ARG(team->name));
    peer->one = desk ? RD_TEXT("*") : team->name;
    peer->identity.teams = &peer->one;
    peer->identity.teams_count = 1;
}

void sim_net_init(struct sim_world *world)
{
    const struct rd_place *place = sim_place(world);
    for (uint32_t i = 0; i < place->feeds_count; i++)
        add_feed(world, i);
    for (size_t i = 0; i < place->teams_count; i++) {
        const struct rd_team *team = &place->teams[i];
        bool desk = team->kind == RD_TEAM_DESK;
        for (uint32_t j = 1; j <= 2; j++)
            add_consumer(world, desk ? SIM_DESK : SIM_DEVICE, team, j);
        if (team->kind == RD_TEAM_EXTERNAL || team->kind == RD_TEAM_VOLUNTARY)
            add_consumer(world, SIM_WORKER, team, 1);
    }
    struct sim_peer *operator=
        add_peer(world, SIM_OPERATOR, RD_SOCKET_CONTROL, RD_IDENTITY_OPERATOR);
    snprintf(operator->user, sizeof operator->user, "operator");
    operator->one = RD_TEXT("*");
    operator->identity.teams = & operator->one;
    operator->identity.teams_count = 1;
    for (uint32_t i = 0; i < world->peers_count; i++)
        world->peers[i].identity.user = rd_text_of(world->peers[i].user);
}

void sim_net_fini(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->peers_count; i++) {
        struct sim_peer *peer = &world->peers[i];
        pipe_clear(&peer->up);
        pipe_clear(&peer->down);
        sim_list_clear(peer);
        free(peer->rows);
        free(peer->taken);
        rd_buf_fini(&peer->answer);
    }
}

struct sim_peer *sim_peer_of(struct sim_world *world, uint64_t transport)
{
    for (uint32_t i = 0; transport != 0 && i < world->peers_count; i++)
        if (world->peers[i].transport == transport)
            return &world->peers[i];
    return NULL;
}

void sim_send(struct sim_world *world, struct sim_peer *peer, const struct rd_message *message)
{
    if (peer->transport == 0)
        return;
    rd_buf_clear(&world->scratch);
    rd_wire_encode(&rd_message_shape, message, &world->scratch);
    rd_require(!world->scratch.failed);
    sim_push(&peer->up, world->scratch.bytes, world->scratch.len);
    bool twice = message->command != NULL && world->mix.lossy_commands && !world->quiet;
    if (twice && sim_chance(&world->prng, 1, 12))
        sim_push(&peer->up, world->scratch.bytes, world->scratch.len);
}

void sim_connect(struct sim_world *world, struct sim_peer *peer)
{
    rd_require(peer->transport == 0);
    peer->transport = ++world->transports;
    peer->answered_tick = world->tick;
    peer->welcomed = false;
    struct rd_hello hello = {.protocol_min = RD_PROTOCOL_MIN,
                             .protocol_max = RD_PROTOCOL_MAX,
                             .program = RD_TEXT("sim"),
                             .version = RD_TEXT("1"),
                             .session = ++peer->session};
    sim_send(world, peer, &(struct rd_message){.hello = &hello});
}

static void cut(struct sim_world *world, struct sim_peer *peer)
{
    pipe_clear(&peer->up);
    pipe_clear(&peer->down);
    peer->transport = 0;
    peer->welcomed = false;
    sim_client_lost(world, peer);
}

void sim_disconnect(struct sim_world *world, struct sim_peer *peer)
{
    rd_require(peer->transport != 0);
    rd_require(world->gone_count < sizeof world->gone / sizeof world->gone[0]);
    world->gone[world->gone_count++] = (struct sim_gone){peer->transport, peer->number};
    if (world->gone_count == sizeof world->gone / sizeof world->gone[0])
        while (sim_deliver_gone(world))
            ;
    cut(world, peer);
    sim_count(world, "disconnect");
}

bool sim_deliver_up(struct sim_world *world)
{
    uint32_t from = sim_below(&world->prng, world->peers_count);
    for (uint32_t i = 0; i < world->peers_count; i++) {
        struct sim_peer *peer = &world->peers[(from + i) % world->peers_count];
        struct sim_packet *packet = pipe_pop(&peer->up);
        if (packet == NULL)
            continue;
        sim_node_message(world, peer, (struct rd_text){(char *)packet->bytes, packet->len});
        free(packet);
        return true;
    }
    return false;
}

static void hear(struct sim_world *world, struct sim_peer *peer, const struct sim_packet *packet)
{
    struct rd_message message = {0};
    struct rd_errbuf why = {0};
    struct rd_text bytes = {(const char *)packet->bytes, packet->len};
    rd_arena_reset(&world->node.decode);
    if (rd_wire_decode(&rd_message_shape, bytes, &world->node.decode, &message, &why) != RD_OK)
        sim_fail(world, "%s cannot read what the router sent: %s", peer->user, why.text);
    else
        sim_hear(world, peer, &message);
}

/* The router has gone: what it had sent may still arrive, what was on its way to it does not. */
void sim_net_router_down(struct sim_world *world)
{
    world->gone_count = 0;
    for (uint32_t i = 0; i < world->peers_count && !sim_failed(world); i++) {
        struct sim_peer *peer = &world->peers[i];
        bool arrives = sim_chance(&world->prng, 1, 2);
        struct sim_packet *packet;
        while (arrives && peer->transport != 0 && (packet = pipe_pop(&peer->down)) != NULL) {
            hear(world, peer, packet);
            free(packet);
        }
        if (peer->transport != 0)
            cut(world, peer);
    }
}

/* Heartbeats of a stretch of time in which nothing else happens, all but those of a few that hang.
 */
void sim_ping_all(struct sim_world *world)
{
    struct rd_buf ping;
    rd_buf_init(&ping, rd_alloc_heap());
    rd_wire_encode(&rd_message_shape, &(struct rd_message){.ping = &(struct rd_ping){.token = 1}},
                   &ping);
    for (uint32_t i = 0; i < world->peers_count && !sim_failed(world); i++) {
        struct sim_peer *peer = &world->peers[i];
        if (peer->welcomed && !sim_chance(&world->prng, 1, 25))
            sim_node_message(world, peer, rd_buf_text(&ping));
    }
    rd_buf_fini(&ping);
}

bool sim_deliver_down(struct sim_world *world)
{
    uint32_t from = sim_below(&world->prng, world->peers_count);
    for (uint32_t i = 0; i < world->peers_count; i++) {
        struct sim_peer *peer = &world->peers[(from + i) % world->peers_count];
        struct sim_packet *packet = pipe_pop(&peer->down);
        if (packet == NULL)
            continue;
        hear(world, peer, packet);
        free(packet);
        return true;
    }
    return false;
}

bool sim_deliver_gone(struct sim_world *world)
{
    if (world->gone_count == 0)
        return false;
    struct sim_gone gone = world->gone[0];
    world->gone_count--;
    memmove(world->gone, world->gone + 1, world->gone_count * sizeof world->gone[0]);
    sim_node_gone(world, gone.transport, &world->peers[gone.peer]);
    return true;
}
