/* The pages as a function of requests: no socket in here, so that tests drive it with tables of
 * functions in place of HTTP and the router. Loop thread only. */
#ifndef RD_FORM_SITE_H
#define RD_FORM_SITE_H

#include "adapters/form/limiter.h"
#include "adapters/form/render.h"
#include "adapters/kit/intake.h"
#include "adapters/kit/outbox.h"
#include "link/httpd.h"

enum {
    FORM_BODY_BYTES_MAX = 384 * 1024,      /* of one request; far above what the pages send */
    FORM_WORK_BYTES_MAX = 2 * 1024 * 1024, /* memory of one request */
    FORM_RETRY_AFTER_S = 30
};

/* One request. The texts are borrowed for the call of rd_form_site_handle; `answer` is called
 * exactly once, then or later, and `context` must live until then. */
struct rd_form_request {
    enum rd_http_method method;
    struct rd_text path;
    struct rd_text address;    /* of whoever asks, for the limits */
    struct rd_text fetch_site; /* Sec-Fetch-Site, where the browser says it */
    bool secure;               /* came by our own TLS */
    void *context;
    rd_form_posted *posted;
    void (*answer)(void *context, unsigned status, const char *content_type, struct rd_text body,
                   const struct rd_http_header_line *headers);
};

/* The router, as rd_intake_* and rd_outbox_* are. */
struct rd_form_router {
    void *context;
    bool (*ready)(void *context); /* it is there and takes what is sent to it: for /readyz */
    enum rd_err (*submit)(void *context, const struct rd_submission *submission,
                          rd_intake_result *done, void *done_context, struct rd_errbuf *why);
    enum rd_err (*ask)(void *context, const struct rd_message *message, rd_outbox_answer *answer,
                       void *answer_context);
    void (*answered)(void *context, const struct rd_answered *answered); /* NULL: nobody keeps it */
};

enum rd_form_count {
    FORM_COUNT_PAGES,
    FORM_COUNT_ERRORS,  /* pages shown again because an answer was missing or wrong */
    FORM_COUNT_STOPPED, /* "call 999" shown */
    FORM_COUNT_HELD,
    FORM_COUNT_REPEATED,
    FORM_COUNT_QUARANTINED,
    FORM_COUNT_REJECTED,
    FORM_COUNT_UNSENT, /* router away, busy or silent */
    FORM_COUNT_LIMITED,
    FORM_COUNT_TRAPPED,
    FORM_COUNT_UNSEALED, /* a state that was not ours, changed or too old */
    FORM_COUNT_FOREIGN,  /* posted by a page of somebody else's */
    FORM_COUNT_HINTS,    /* where a call would go, said */
    FORM_COUNT_LOOKS,
    FORM_COUNTS_COUNT
};

struct rd_rules;
struct rd_form_site {
    const struct rd_place *place;
    const struct rd_zone *zone;
    const struct rd_feed *self, *telephone; /* NULL: not served */
    const struct rd_rules *rules;           /* for hints; NULL: none are given */
    struct rd_form_router router;
    rd_instant (*now)(void);
    unsigned char key[FORM_KEY_BYTES];
    struct rd_form_limiter limiter;
    uint64_t counts[FORM_COUNTS_COUNT];
};

/* `seed`: secret text that the key of the seal is made from. RD_E_INVALID: the place cannot be
 * served; `why` says what to change. */
RD_MUST_CHECK enum rd_err rd_form_site_init(struct rd_form_site *site, const struct rd_place *place,
                                            const struct rd_feed *const *feeds, size_t feeds_count,
                                            struct rd_text seed, struct rd_errbuf *why);
void rd_form_site_handle(struct rd_form_site *site, const struct rd_form_request *request);
/* Prometheus' text form: counts only. */
void rd_form_metrics(const struct rd_form_site *site, struct rd_buf *out);

#endif
