/* POST requests to partners: libcurl's multi interface inside a libuv loop. HTTPS is verified
 * against the system's authorities or the one given; no redirect is followed. Loop thread only. */
#ifndef RD_KIT_POST_H
#define RD_KIT_POST_H

#include "base/err.h"
#include "base/text.h"

#include <uv.h>

enum { RD_POST_ANSWER_MAX = 65536, RD_POST_HEADERS_MAX = 16 };

struct rd_post {
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", NULL-terminated */
    struct rd_text body;
    unsigned timeout_s;                        /* for the whole exchange */
    const char *authority, *certificate, *key; /* PEM files for https; each may be NULL */
};
struct rd_posted {
    unsigned status;        /* HTTP; 0: no answer came */
    struct rd_text body;    /* at most RD_POST_ANSWER_MAX bytes of it */
    uint32_t retry_after_s; /* as the partner asked; 0: it did not */
    const char *words;      /* with status 0: why, without anything of the message */
};
/* Exactly once for each rd_post_send that returned RD_OK, later; not after rd_poster_close.
 * Borrowed for the call. */
typedef void rd_post_done(void *context, const struct rd_posted *posted);

struct rd_poster;
RD_MUST_CHECK enum rd_err rd_poster_open(uv_loop_t *loop, struct rd_poster **out,
                                         struct rd_errbuf *why);
/* Copies everything. RD_E_NOMEM; RD_E_INVALID: libcurl takes no such option or file name. */
RD_MUST_CHECK enum rd_err rd_post_send(struct rd_poster *poster, const struct rd_post *post,
                                       rd_post_done *done, void *context, struct rd_errbuf *why);
/* Requests under way are dropped without a call. Idempotent for NULL. */
void rd_poster_close(struct rd_poster *poster);

#endif
