/* What stands beside the router in ./run bench: the machine's own overwrite-fdatasync, and the same
 * bytes sent to a peer that answers in lines (Redis XADD, beanstalkd put). Prints one line of JSON.
 * Sends to 127.0.0.1 only; bounded in time and connections. */
#include "bench_sample.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 512,
    DEPTH_MAX = 64,
    BODY_MAX = 65536,
    SECONDS_MAX = 60,
    FILE_BLOCKS = 4096,
    BLOCK_BYTES = 4096,
    DRAIN_SECONDS = 10,
};

static const char usage[] =
    "usage: bench_peer fdatasync FILE SECONDS\n"
    "       bench_peer redis|beanstalkd PORT CONNECTIONS DEPTH SECONDS BODY-BYTES\n";

struct connection {
    int fd;
    uint64_t started_ns[DEPTH_MAX]; /* a ring: answers come in order */
    size_t oldest, flying;
    size_t lines;    /* of the answer that is coming */
    size_t unsent;   /* bytes of requests not yet taken by the system */
    size_t sent_off; /* into the request that is going out */
    bool line_begins;
};

struct peer {
    char *request;
    size_t request_len, answer_lines, depth;
    char good; /* the first byte of a good answer */
    bool stopping;
    uint64_t answered, refused;
};

static int fail(const char *what)
{
    (void)fprintf(stderr, "bench_peer: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Blocks that are already there and on disk: no metadata has to be written with them. */
static int measure_fdatasync(const char *path, uint64_t seconds)
{
    static char block[BLOCK_BYTES];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path);
    for (size_t i = 0; i < FILE_BLOCKS; i++)
        if (pwrite(fd, block, sizeof block, (off_t)(i * sizeof block)) != (ssize_t)sizeof block)
            return fail(path);
    if (fsync(fd) != 0)
        return fail(path);
    uint64_t start = bench_now_ns(), end = start + seconds * 1000000000U, count = 0;
    while (bench_now_ns() < end) {
        uint64_t began = bench_now_ns();
        memset(block, (int)(count & 0x7f), sizeof block);
        if (pwrite(fd, block, sizeof block, (off_t)(count % FILE_BLOCKS * sizeof block)) !=
                (ssize_t)sizeof block ||
            fdatasync(fd) != 0)
            return fail(path);
        bench_sample(began);
        count++;
    }
    bench_report(count, 0, (double)(bench_now_ns() - start) / 1e9);
    return close(fd) == 0 ? 0 : fail(path);
}

static bool make_request(struct peer *peer, const char *kind, size_t body)
{
    bool redis = strcmp(kind, "redis") == 0;
    peer->request = malloc(body + 256);
    if (peer->request == NULL || (!redis && strcmp(kind, "beanstalkd") != 0))
        return false;
    int len =
        redis ? snprintf(peer->request, 256,
                         "*5\r\n$4\r\nXADD\r\n$5\r\nbench\r\n$1\r\n*\r\n$1\r\nb\r\n$%zu\r\n", body)
              : snprintf(peer->request, 256, "put 1024 0 60 %zu\r\n", body);
    if (len < 0)
        return false;
    memset(peer->request + len, 'x', body);
    memcpy(peer->request + len + body, "\r\n", 2);
    peer->request_len = (size_t)len + body + 2;
    peer->answer_lines = redis ? 2 : 1; /* "$15", the id; "INSERTED 7" */
    peer->good = redis ? '$' : 'I';
    return true;
}

static bool connect_to(struct connection *connection, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *connection = (struct connection){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                                      .line_begins = true};
    return connection->fd >= 0 &&
           connect(connection->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
           setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
           fcntl(connection->fd, F_SETFL, O_NONBLOCK) == 0;
}

static bool push(const struct peer *peer, struct connection *connection)
{
    while (!peer->stopping && connection->flying < peer->depth) {
        connection->started_ns[(connection->oldest + connection->flying++) % DEPTH_MAX] =
            bench_now_ns();
        connection->unsent += peer->request_len;
    }
    while (connection->unsent > 0) {
        size_t part = peer->request_len - connection->sent_off;
        ssize_t sent =
            send(connection->fd, peer->request + connection->sent_off, part, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->sent_off = (connection->sent_off + (size_t)sent) % peer->request_len;
        connection->unsent -= (size_t)sent;
    }
    return true;
}

static bool pull(struct peer *peer, struct connection *connection)
{
    char bytes[8192];
    ssize_t got = recv(connection->fd, bytes, sizeof bytes, 0);
    if (got == 0)
        return false;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    for (ssize_t i = 0; i < got; i++) {
        if (connection->line_begins && connection->lines == 0 && bytes[i] != peer->good) {
            peer->refused++;
            return false; /* an error has another number of lines: stop here and say so */
        }
        connection->line_begins = bytes[i] == '\n';
        if (bytes[i] != '\n' || ++connection->lines < peer->answer_lines)
            continue;
        connection->lines = 0;
        bench_sample(connection->started_ns[connection->oldest]);
        connection->oldest = (connection->oldest + 1) % DEPTH_MAX;
        connection->flying--;
        peer->answered++;
    }
    return true;
}

static int run(struct peer *peer, struct connection *connections, size_t count, uint64_t seconds)
{
    static struct pollfd polled[CONNECTIONS_MAX];
    uint64_t start = bench_now_ns(), end = start + seconds * 1000000000U;
    size_t flying = 1;
    while (flying > 0) {
        peer->stopping = bench_now_ns() >= end;
        flying = 0;
        for (size_t i = 0; i < count; i++) {
            if (!push(peer, &connections[i]))
                return fail("send");
            flying += connections[i].flying;
            short events = connections[i].unsent > 0 ? POLLIN | POLLOUT : POLLIN;
            polled[i] = (struct pollfd){.fd = connections[i].fd, .events = events};
        }
        if (flying > 0 && poll(polled, count, DRAIN_SECONDS * 1000) <= 0)
            return fail("no answer in ten seconds");
        for (size_t i = 0; i < count; i++)
            if ((polled[i].revents & ~POLLOUT) != 0 && !pull(peer, &connections[i]))
                return fail(peer->refused > 0 ? "the peer refused" : "the peer closed");
    }
    bench_report(peer->answered, peer->refused, (double)(bench_now_ns() - start) / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    static struct connection connections[CONNECTIONS_MAX];
    struct peer peer = {0};
    if (argc == 4 && strcmp(argv[1], "fdatasync") == 0 && bench_number(argv[3], SECONDS_MAX) > 0)
        return measure_fdatasync(argv[2], bench_number(argv[3], SECONDS_MAX));
    size_t port = argc == 7 ? bench_number(argv[2], 65535) : 0;
    size_t count = argc == 7 ? bench_number(argv[3], CONNECTIONS_MAX) : 0;
    size_t seconds = argc == 7 ? bench_number(argv[5], SECONDS_MAX) : 0;
    size_t body = argc == 7 ? bench_number(argv[6], BODY_MAX) : 0;
    peer.depth = argc == 7 ? bench_number(argv[4], DEPTH_MAX) : 0;
    if (port == 0 || count == 0 || peer.depth == 0 || seconds == 0 || body == 0 ||
        !make_request(&peer, argv[1], body)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    for (size_t i = 0; i < count; i++)
        if (!connect_to(&connections[i], (uint16_t)port))
            return fail("connect");
    int status = run(&peer, connections, count, seconds);
    free(peer.request);
    return status;
}
