/* Errors: one type for every fallible function, each code in exactly one class.
 *
 * PERMANENT: the input is wrong and will stay wrong: refuse it and tell the sender.
 * TRANSIENT: not now: the sender keeps its copy and tries again.
 * FATAL:     the machine or the operator must act: stop taking work.
 * BUG:       our own contract was broken.
 *
 * A routing outcome (routed, to the desk, quarantined) is never an error.
 * Thread: any. Nothing here allocates. */
#ifndef RD_BASE_ERR_H
#define RD_BASE_ERR_H

#include <stddef.h>

#define RD_MUST_CHECK __attribute__((warn_unused_result))

/* X(code, text, class) */
#define RD_ERR_MAP(X)                                                                              \
    X(RD_OK, "ok", RD_CLASS_NONE)                                                                  \
    X(RD_E_MALFORMED, "malformed input", RD_CLASS_PERMANENT)                                       \
    X(RD_E_TOOBIG, "over a named limit", RD_CLASS_PERMANENT)                                       \
    X(RD_E_UNSUPPORTED, "not supported", RD_CLASS_PERMANENT)                                       \
    X(RD_E_NOTFOUND, "not found", RD_CLASS_PERMANENT)                                              \
    X(RD_E_DENIED, "not allowed", RD_CLASS_PERMANENT)                                              \
    X(RD_E_CONFLICT, "conflicts with what is held", RD_CLASS_PERMANENT)                            \
    X(RD_E_INVALID, "invalid configuration", RD_CLASS_PERMANENT)                                   \
    X(RD_E_BUSY, "busy, try again", RD_CLASS_TRANSIENT)                                            \
    X(RD_E_AGAIN, "would block", RD_CLASS_TRANSIENT)                                               \
    X(RD_E_UNREACHABLE, "peer not reachable", RD_CLASS_TRANSIENT)                                  \
    X(RD_E_NOMEM, "out of memory", RD_CLASS_FATAL)                                                 \
    X(RD_E_IO, "input/output error", RD_CLASS_FATAL)                                               \
    X(RD_E_FULL, "disk full", RD_CLASS_FATAL)                                                      \
    X(RD_E_CORRUPT, "stored data is damaged", RD_CLASS_FATAL)                                      \
    X(RD_E_FENCED, "another process took over the ledger", RD_CLASS_FATAL)                         \
    X(RD_E_BUG, "internal contract broken", RD_CLASS_BUG)

enum rd_err {
#define X(code, text, class) code,
    RD_ERR_MAP(X)
#undef X
};

enum rd_err_class {
    RD_CLASS_NONE,
    RD_CLASS_PERMANENT,
    RD_CLASS_TRANSIENT,
    RD_CLASS_FATAL,
    RD_CLASS_BUG
};

const char *rd_err_text(enum rd_err err);
enum rd_err_class rd_err_class(enum rd_err err);

/* Detail for a person: cause, place, fix. Start-up, configuration and tools only; never patient
 * data. Optional: every function that takes one accepts NULL. */
struct rd_errbuf {
    char text[1024];
};

/* Writes the detail (truncated to fit) and returns `err`, so that `return rd_fail(...)` reads well.
 */
enum rd_err rd_fail(struct rd_errbuf *buf, enum rd_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Always on, cheap: prints file and line, then aborts. For our own contracts only; never for
 * anything that a peer, a file or an operator can cause. */
#define rd_require(condition)                                                                      \
    ((condition) ? (void)0 : rd_require_failed(#condition, __FILE__, __LINE__))
void rd_require_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

#endif
