/* The whole chain, checked behind a start that looked only at what came after the last anchor: a
 * thread with a read-only ledger of its own. Functions: loop thread only. */
#ifndef RD_SHELL_VERIFIER_H
#define RD_SHELL_VERIFIER_H

#include "ledger/ledger_sqlite.h"

#include <uv.h>

struct rd_verifier;
/* Called once, on the loop thread. RD_E_CORRUPT: `why` names what is damaged; the process must end.
 */
typedef void rd_verifier_done(void *context, enum rd_err err, const struct rd_ledger_report *report,
                              const struct rd_errbuf *why);

RD_MUST_CHECK enum rd_err rd_verifier_start(uv_loop_t *loop,
                                            const struct rd_ledger_sqlite_options *ledger,
                                            rd_verifier_done *done, void *context,
                                            struct rd_verifier **out, struct rd_errbuf *why);
/* NULL is allowed. NULL: the memory goes when the loop has closed its handle. Else it still runs
 * and cannot be interrupted: the loop no longer waits for it; when it finishes in time `done` is
 * called and it closes itself, otherwise the process must end without releasing anything. */
struct rd_verifier *rd_verifier_close(struct rd_verifier *verifier);

#endif
