/* The state directory: who may read it, the keys in it, and the two small files by which a running
 * router is found.
 *
 *   keys/router.key    the router's CURVE key          router.pub  its public half, for adapters
 *   keys/hash.key      secret of the keyed hashes      keys/NAME.pub  who may connect, as what
 *   keys/body.key      encrypts bodies and records     keys/operator.key  for referralctl, made
 * once ledger.*           the ledger                      referrald.pid, endpoints  while it runs
 *
 * Everything is made at the first start with mode 0700 and 0600; a directory that others can read
 * is refused. Keys are never made again beside a ledger: without the old ones its bodies cannot be
 * read. Thread: any, start-up and tools only. */
#ifndef RD_SHELL_STATE_DIR_H
#define RD_SHELL_STATE_DIR_H

#include "link/keys.h"

#include <sys/types.h>

enum { RD_STATE_PATH_MAX = 4096, RD_SECRET_BYTES = 32 };

struct rd_state_keys {
    struct rd_keypair router;
    unsigned char hash_key[RD_SECRET_BYTES];
    unsigned char body_key[RD_SECRET_BYTES];
};

/* "STATE/name" into `out` (RD_STATE_PATH_MAX bytes). RD_E_TOOBIG: too long a path. */
RD_MUST_CHECK enum rd_err rd_state_path(const char *state, const char *name, char *out,
                                        struct rd_errbuf *why);
/* Makes the directory and its keys when they are missing and `create` is set; checks owner and
 * rights. RD_E_INVALID: rights, with the command that mends them; RD_E_NOTFOUND: nothing there and
 * not `create`; RD_E_IO. *created (optional): this call made it. */
RD_MUST_CHECK enum rd_err rd_state_prepare(const char *state, bool create, bool *created,
                                           struct rd_errbuf *why);
/* Reads the keys; the caller wipes them with rd_state_keys_wipe. */
RD_MUST_CHECK enum rd_err rd_state_keys_read(const char *state, struct rd_state_keys *out,
                                             struct rd_errbuf *why);
void rd_state_keys_wipe(struct rd_state_keys *keys);
/* True when there is a ledger in it. */
bool rd_state_has_ledger(const char *state);

/* Replaces STATE/name by `text`: whole or not at all, mode 0600. */
RD_MUST_CHECK enum rd_err rd_state_write(const char *state, const char *name, const char *text,
                                         struct rd_errbuf *why);
void rd_state_remove(const char *state, const char *name);
/* Process id of the running router, 0 when none is known. A stale file of a dead process gives 0.
 */
pid_t rd_state_pid(const char *state);
/* The endpoint called `name` ("intake", "queues", "events", "control", "ops") of the running router
 * into `out` (`size` bytes); false when there is none. */
bool rd_state_endpoint(const char *state, const char *name, char *out, size_t size);

#endif
