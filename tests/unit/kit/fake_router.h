/* A router's socket with scripted answers, in the loop of the test: for the clients in
 * adapters/kit. Real CURVE, real codec, no core. Loop thread only. */
#ifndef RD_TEST_FAKE_ROUTER_H
#define RD_TEST_FAKE_ROUTER_H

#include "tests/unit/link/net_fixture.h"

#include "base/arena.h"
#include "model/message.h"

enum { FAKE_WATCHES_MAX = 32, FAKE_ACKS_MAX = 1024 };

struct fake_router {
    struct net *net;
    struct rd_zsock *zsock;
    char endpoint[256];
    struct rd_arena arena;
    char routing[8];
    size_t routing_len;

    /* The script. */
    bool deaf;              /* says nothing at all */
    bool forgot;            /* answers like a router that was restarted: no session until a hello */
    enum rd_refusal refuse; /* hello: refused with this */
    uint32_t heartbeat_ms, credit_submissions;
    uint64_t credit_bytes;
    bool answers_submits; /* false: keeps them; fake_router_answer gives one */
    struct rd_submit_result submit_result;
    enum rd_refusal refuse_submits;
    enum rd_refusal refuse_watches;
    bool answers_asks;
    enum rd_refusal refuse_answered; /* what it says of each `answered`; 0: nothing, it is kept */

    /* What it heard. */
    unsigned hellos, pings, submits, asks, watches, acks, receipt_acks;
    unsigned answered;         /* kept or not */
    uint64_t told[1024];       /* correlations of all of them */
    struct rd_answered answer; /* the last one; code, words, bytes below */
    char answer_code[16], answer_words[64];
    size_t answer_bytes;
    uint64_t sessions[64]; /* numbers, in the order of the hellos */
    char program[32];
    uint64_t correlation;        /* of the last submit or ask */
    uint64_t correlations[1024]; /* of all submits */
    char key[64];                /* of the last submission */
    struct rd_watch watched[FAKE_WATCHES_MAX];
    char watched_queue[FAKE_WATCHES_MAX][64];
    struct rd_ack acked[FAKE_ACKS_MAX];
    uint64_t receipt_acked;
};

void fake_router_open(struct fake_router *fake, struct net *net);
/* The port stays the same. */
void fake_router_away(struct fake_router *fake);
void fake_router_back(struct fake_router *fake);
void fake_router_close(struct fake_router *fake);
/* To whom it heard last. */
void fake_router_say(struct fake_router *fake, const struct rd_message *message);

/* Lets the loop run until the condition holds; fails after `ms`. */
#define UNTIL(net, ms, condition)                                                                  \
    do {                                                                                           \
        for (unsigned waited_ = 0; !(condition) && waited_ < (ms); waited_ += 10)                  \
            net_rest((net), 10);                                                                   \
        assert_true(condition);                                                                    \
    } while (0)

#endif
