/* The program: requests in, pages out, and the router in between. One per process. Loop thread
 * only. */
#ifndef RD_WORKLIST_WORKLIST_H
#define RD_WORKLIST_WORKLIST_H

#include "adapters/kit/outbox.h"
#include "adapters/worklist/pages.h"

#include "link/httpd.h"

enum { WORKLIST_BODY_BYTES_MAX = 64 * 1024, WORKLIST_SIGNING_IN_MAX = 4 };

struct worklist_pack;

struct worklist {
    const struct rd_place *place;
    const struct rd_zone *zone;
    struct worklist_staff staff;
    struct worklist_sessions sessions;
    struct worklist_queues queues;
    uv_loop_t *loop; /* passwords are checked on its threads */
    /* rd_outbox_ask, or a test's own; `asker` is its first argument. */
    enum rd_err (*ask)(void *asker, const struct rd_message *message, rd_outbox_answer *answer,
                       void *context);
    void *asker;
    rd_instant (*now)(void);          /* wall clock */
    char idle_hash[128];              /* checked against when there is no such person */
    struct worklist_pack *pack; /* NULL: none is kept here */
    unsigned signing_in;              /* passwords being checked at this moment */
};

/* After place, zone, staff and loop are set. RD_E_NOMEM: no memory for a password hash. */
RD_MUST_CHECK enum rd_err worklist_init(struct worklist *worklist);
void worklist_fini(struct worklist *worklist);
/* An rd_http_handler; context: struct worklist. */
void worklist_handle(void *context, struct rd_http_request *request);
/* An rd_outbox_heard; context: struct worklist. */
void worklist_heard(void *context, const struct rd_message *message);

#endif
