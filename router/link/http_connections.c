#include "link/http_connections.h"

#include "link/log.h"

#include <stdlib.h>
#include <sys/socket.h>

enum {
    TELL_MS = 60 * 1000,
    MOMENT_MS = 250, /* who has come has this long to say something, when MHD is full */
    TAKE_MS = 2000   /* an answer is not cut off for somebody else's sake before */
};

struct rd_http_connection {
    struct rd_http_connection *previous, *next;
    int fd;
    bool gone; /* let go: MHD closes it soon */
    enum rd_http_waits waits;
    uint64_t since; /* loop time, ms */
};

static void end(struct rd_http_connections *connections, struct rd_http_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
    connection->gone = true;
    connections->count--;
    connections->again = true;
}

/* Once a minute at most: it may be an attack, and is told by a line, not by a full disk. */
static void tell(struct rd_http_connections *connections, uint64_t waited, uint64_t now)
{
    if (connections->told_at != 0 && now - connections->told_at < TELL_MS)
        return;
    connections->told_at = now;
    rd_log(RD_LOG_WARNING, "http.connections-full", rd_log_number("most", connections->most),
           rd_log_words("then", "the one that was waited for longest is let go"),
           rd_log_number("waited_ms", (int64_t)waited));
}

static bool may_go(const struct rd_http_connection *c, uint64_t least, uint64_t now)
{
    return !c->gone && c->waits != RD_HTTP_ANSWERING &&
           now - c->since >= (c->waits == RD_HTTP_SENDING ? least : TAKE_MS);
}

/* Of those that were waited for `least` ms. When all others are being answered there are more than
 * `most` for a while. */
static void make_room(struct rd_http_connections *connections,
                      const struct rd_http_connection *newest, uint64_t least, uint64_t now)
{
    struct rd_http_connection *longest = NULL;
    for (struct rd_http_connection *c = connections->first; c != NULL; c = c->next)
        if (c != newest && may_go(c, least, now) && (longest == NULL || c->since <= longest->since))
            longest = c; /* of the same moment the one that came first: it stands further behind */
    if (longest == NULL)
        return;
    tell(connections, now - longest->since, now);
    end(connections, longest);
}

static void start(struct rd_http_connections *connections, struct MHD_Connection *mhd, void **slot,
                  uint64_t now)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct rd_http_connection *connection = info == NULL ? NULL : calloc(1, sizeof *connection);
    *slot = connection;
    if (connection == NULL)
        return;
    connection->fd = info->connect_fd;
    connection->waits = RD_HTTP_SENDING;
    connection->since = now;
    connection->next = connections->first;
    if (connection->next != NULL)
        connection->next->previous = connection;
    connections->first = connection;
    if (++connections->count > connections->most)
        make_room(connections, connection, 0, now);
}

void rd_http_connections_notify(struct rd_http_connections *connections, struct MHD_Connection *mhd,
                                void **slot, enum MHD_ConnectionNotificationCode code, uint64_t now)
{
    struct rd_http_connection *connection = *slot;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        start(connections, mhd, slot, now);
        return;
    }
    if (connection == NULL)
        return;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    connections->count -= connection->gone ? 0 : 1;
    free(connection);
    *slot = NULL;
}

void rd_http_connections_wait(struct MHD_Connection *mhd, enum rd_http_waits waits, uint64_t now)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct rd_http_connection *connection = info == NULL ? NULL : info->socket_context;
    if (connection == NULL)
        return;
    connection->waits = waits;
    connection->since = now;
}

void rd_http_connections_sweep(struct rd_http_connections *connections, uint64_t now)
{
    for (struct rd_http_connection *c = connections->first; c != NULL; c = c->next)
        if (!c->gone && c->waits != RD_HTTP_ANSWERING && now - c->since > connections->patience)
            end(connections, c);
    if (connections->count >= connections->full)
        make_room(connections, NULL, MOMENT_MS, now);
}
