/* The context, and who gets in: the ZAP handler (RFC 27) and the test that it is there.
 *
 * libzmq lets every key in when nobody answers on inproc://zeromq.zap.01, whatever domain is set,
 * unless ZAP_ENFORCE_DOMAIN is: so a bound socket needs the handler first, the enforcement, a user
 * on every message, and a start that has seen a stranger refused. The handler runs on the loop
 * thread: while the loop stands still nobody new gets in, for at most ZMQ_HANDSHAKE_IVL. */
#include "link/zcontext.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    /* Frames of a request as our ROUTER has them: routing id, empty, then these. */
    FRAME_VERSION = 2,
    FRAME_REQUEST,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_IDENTITY,
    FRAME_MECHANISM,
    FRAME_KEY,
    FRAME_COUNT,
    KEY_BYTES = 32,
    SELF_TEST_MS = 2000
};

enum rd_err rd_zcontext_new(uv_loop_t *loop, struct rd_zcontext **out, struct rd_errbuf *why)
{
    struct rd_zcontext *zcontext = calloc(1, sizeof *zcontext);
    if (zcontext == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for a ZeroMQ context");
    zcontext->zmq = zmq_ctx_new();
    if (zcontext->zmq == NULL) {
        free(zcontext);
        return rd_fail(why, RD_E_NOMEM, "no ZeroMQ context: %s", zmq_strerror(errno));
    }
    zcontext->loop = loop;
    *out = zcontext;
    return RD_OK;
}

void rd_zcontext_stop(struct rd_zcontext *zcontext)
{
    rd_zsock_close(zcontext->zap, NULL, NULL);
    zcontext->zap = NULL;
}

void rd_zcontext_free(struct rd_zcontext *zcontext)
{
    if (zcontext == NULL)
        return;
    /* zmq_ctx_term would wait for ever for a socket that was left open. */
    rd_require(zcontext->sockets_open == 0);
    while (zmq_ctx_term(zcontext->zmq) != 0)
        rd_require(errno == EINTR);
    free(zcontext);
}

/* NULL: not let in. */
static const struct rd_identity *judge(const struct rd_zcontext *zcontext,
                                       const struct rd_text *parts, size_t count)
{
    if (count != FRAME_COUNT || !rd_text_is(parts[FRAME_VERSION], "1.0") ||
        !rd_text_is(parts[FRAME_DOMAIN], RD_ZAP_DOMAIN) ||
        !rd_text_is(parts[FRAME_MECHANISM], "CURVE") || parts[FRAME_KEY].len != KEY_BYTES)
        return NULL;
    char z85[RD_Z85_TEXT_MAX];
    uint8_t key[KEY_BYTES];
    memcpy(key, parts[FRAME_KEY].ptr, sizeof key);
    if (zmq_z85_encode(z85, key, sizeof key) == NULL)
        return NULL;
    return rd_key_table_find(zcontext->keys, rd_text_of(z85));
}

static void on_request(void *context, const struct rd_text *parts, size_t count)
{
    struct rd_zcontext *zcontext = context;
    if (count <= FRAME_REQUEST || zcontext->zap == NULL)
        return; /* nobody to answer: the handshake times out, refused */
    const struct rd_identity *identity = judge(zcontext, parts, count);
    const struct rd_text reply[] = {parts[0],
                                    RD_TEXT(""),
                                    RD_TEXT("1.0"),
                                    parts[FRAME_REQUEST],
                                    identity != NULL ? RD_TEXT("200") : RD_TEXT("400"),
                                    identity != NULL ? RD_TEXT("OK") : RD_TEXT("unknown key"),
                                    identity != NULL ? identity->user : RD_TEXT(""),
                                    RD_TEXT("")};
    enum rd_err err = rd_zsock_send_parts(zcontext->zap, reply, sizeof reply / sizeof reply[0]);
    (void)err; /* the asking connection has gone, or waits until its handshake times out: refused */
}

enum rd_err rd_zcontext_serve_zap(struct rd_zcontext *zcontext, const struct rd_key_table *keys,
                                  struct rd_errbuf *why)
{
    rd_require(keys != NULL);
    zcontext->keys = keys;
    if (zcontext->zap != NULL)
        return RD_OK;
    return rd_zsock_open_zap(zcontext, on_request, &zcontext->zap, why);
}

/* --- the self-test --- */

enum verdict { VERDICT_NONE, VERDICT_REFUSED, VERDICT_LET_IN };

static enum verdict read_monitor(void *monitor)
{
    enum verdict verdict = VERDICT_NONE;
    zmq_msg_t event;
    zmq_msg_t address;
    zmq_msg_init(&event);
    zmq_msg_init(&address);
    if (zmq_msg_recv(&event, monitor, ZMQ_DONTWAIT) >= 2 && zmq_msg_more(&event)) {
        uint16_t id;
        memcpy(&id, zmq_msg_data(&event), sizeof id);
        verdict = id == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? VERDICT_LET_IN : VERDICT_REFUSED;
        if (zmq_msg_recv(&address, monitor, ZMQ_DONTWAIT) < 0)
            verdict = VERDICT_NONE;
    }
    zmq_msg_close(&event);
    zmq_msg_close(&address);
    return verdict;
}

/* The loop does not run yet: hands the ZAP handler its requests until the stranger has its answer.
 */
static enum verdict wait_for_verdict(struct rd_zcontext *zcontext, void *monitor)
{
    uint64_t until = uv_hrtime() + (uint64_t)SELF_TEST_MS * 1000000;
    enum verdict verdict = VERDICT_NONE;
    while (verdict == VERDICT_NONE && uv_hrtime() < until) {
        zmq_pollitem_t items[] = {{rd_zsock_raw(zcontext->zap), 0, ZMQ_POLLIN, 0},
                                  {monitor, 0, ZMQ_POLLIN, 0}};
        if (zmq_poll(items, 2, 100) < 0 && errno != EINTR)
            break;
        rd_zsock_pump(zcontext->zap);
        if ((items[1].revents & ZMQ_POLLIN) != 0)
            verdict = read_monitor(monitor);
    }
    return verdict;
}

static bool prepare_stranger(void *stranger, void *monitor, const char *server_public)
{
    char monitor_endpoint[64]; /* its own: libzmq frees the last one's name on another thread */
    int zero = 0;
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_DISCONNECTED;
    struct rd_keypair pair;
    snprintf(monitor_endpoint, sizeof monitor_endpoint, "inproc://rd-self-test-%p", stranger);
    bool ready = zmq_setsockopt(stranger, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
                 zmq_setsockopt(monitor, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
                 zmq_socket_monitor(stranger, monitor_endpoint, events) == 0 &&
                 zmq_connect(monitor, monitor_endpoint) == 0;
    if (!ready || server_public == NULL)
        return ready;
    ready =
        rd_keypair_new(&pair) == RD_OK &&
        zmq_setsockopt(stranger, ZMQ_CURVE_SERVERKEY, server_public, strlen(server_public)) == 0 &&
        zmq_setsockopt(stranger, ZMQ_CURVE_PUBLICKEY, pair.public_z85, strlen(pair.public_z85)) ==
            0 &&
        zmq_setsockopt(stranger, ZMQ_CURVE_SECRETKEY, pair.secret_z85, strlen(pair.secret_z85)) ==
            0;
    rd_keypair_wipe(&pair);
    return ready;
}

/* `server_public` NULL: a stranger without CURVE. */
static enum verdict try_stranger(struct rd_zcontext *zcontext, const char *endpoint,
                                 const char *server_public)
{
    enum verdict verdict = VERDICT_NONE;
    void *stranger = zmq_socket(zcontext->zmq, ZMQ_DEALER);
    void *monitor = zmq_socket(zcontext->zmq, ZMQ_PAIR);
    if (stranger != NULL && monitor != NULL && prepare_stranger(stranger, monitor, server_public) &&
        zmq_connect(stranger, endpoint) == 0)
        verdict = wait_for_verdict(zcontext, monitor);
    if (stranger != NULL) {
        zmq_socket_monitor(stranger, NULL, 0);
        zmq_close(stranger);
    }
    if (monitor != NULL)
        zmq_close(monitor);
    return verdict;
}

enum rd_err rd_zsock_self_test(struct rd_zsock *zsock, struct rd_errbuf *why)
{
    struct rd_zcontext *zcontext = rd_zsock_context(zsock);
    const char *endpoint = rd_zsock_endpoint(zsock);
    const char *const keys[] = {rd_zsock_server_public(zsock), NULL};
    static const char *const who[] = {"a key that nobody knows", "a peer without a key"};
    rd_require(zcontext->zap != NULL);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        enum verdict verdict = try_stranger(zcontext, endpoint, keys[i]);
        if (verdict == VERDICT_LET_IN)
            return rd_fail(why, RD_E_DENIED,
                           "%s: %s was let in; do not run: check that libzmq is 4.3.4 or later and "
                           "enforces the ZAP domain",
                           endpoint, who[i]);
        if (verdict == VERDICT_NONE)
            return rd_fail(why, RD_E_IO,
                           "%s: no answer to %s within %d ms; expected a refusal; start again, and "
                           "look at the machine's load",
                           endpoint, who[i], SELF_TEST_MS);
    }
    return RD_OK;
}
