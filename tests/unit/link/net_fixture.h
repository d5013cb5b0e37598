/* A loop, a ZeroMQ context that serves ZAP, and a few known keys, for the tests of sockets. Every
 * test ends with an empty loop: net_teardown fails when uv_loop_close does. Loop thread only. */
#ifndef RD_TEST_NET_FIXTURE_H
#define RD_TEST_NET_FIXTURE_H

#include "link/keys.h"
#include "link/zsock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum { NET_USERS = 3 };

struct net {
    uv_loop_t loop;
    uv_timer_t watchdog;
    bool late; /* the watchdog fired before the test stopped the loop */
    struct rd_zcontext *zcontext;
    struct rd_key_table *keys;
    struct rd_keypair router;
    struct rd_keypair users[NET_USERS]; /* of net_user_names */
    char directory[64];
};

extern const char *const net_user_names[NET_USERS]; /* kgh-pas, las-cad, tablet-1 */

int net_setup(void **state);
int net_teardown(void **state);

/* Runs the loop until somebody stops it. Nothing but the watchdog, once, wakes it meanwhile: what
 * starves stays starved, and the answer is false. */
bool net_run(struct net *net, unsigned ms);
/* Lets the loop run for that long, whatever happens. */
void net_rest(struct net *net, unsigned ms);
/* A bound ROUTER or PUB on any free port. */
struct rd_zsock *net_bind(struct net *net, enum rd_zsock_type type, rd_zsock_received *received,
                          void *context);
/* A socket of user number `user` to that one. */
struct rd_zsock *net_connect(struct net *net, enum rd_zsock_type type, size_t user,
                             const struct rd_zsock *to, rd_zsock_received *received, void *context);
/* A path in the test's own directory. */
const char *net_path(const struct net *net, const char *name, char out[128]);

#endif
