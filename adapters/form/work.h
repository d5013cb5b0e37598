/* One request under way, and what the pages share: opening the state, showing a page, sending. */
#ifndef RD_FORM_WORK_H
#define RD_FORM_WORK_H

#include "adapters/form/flow.h"
#include "adapters/form/site.h"

struct rd_form_work {
    struct rd_form_site *site;
    struct rd_form_request request;
    struct rd_arena arena;
    struct rd_buf out;
    struct rd_form_moment moment;
    const struct rd_feed *feed; /* whose form this is */
    struct rd_form_state state;
    struct rd_form_errors errors;
    enum rd_form_notice notice;
    uint64_t answers; /* correlation of the result that the page tells; 0: none */
    bool hinted;      /* the call-taker asked where it would go */
    /* Shows the page that was sent from once more, and the one that says it is held. */
    void (*again)(struct rd_form_work *work, unsigned status);
    void (*held)(struct rd_form_work *work, const struct rd_submit_result *result);
};

struct rd_text rd_form_posted_text(struct rd_form_work *work, const char *name);
/* A view on the work, with the state sealed into it. */
struct rd_form_view rd_form_view_of(struct rd_form_work *work);
/* Opens the posted state into work->state. False: a page that says so was sent. */
RD_MUST_CHECK bool rd_form_work_open(struct rd_form_work *work, enum rd_form_kind kind,
                                     const char *start);
/* Takes over the posted answers. False: no room for them; a page that says so was sent. */
RD_MUST_CHECK bool rd_form_work_take(struct rd_form_work *work, const enum rd_form_field_id *fields,
                                     size_t count);
/* False: over the limit; work->notice is set. */
RD_MUST_CHECK bool rd_form_work_within(struct rd_form_work *work, enum rd_form_limit limit);
/* The box that people do not see was filled in: work->notice is set. */
bool rd_form_work_trapped(struct rd_form_work *work);
/* Sends work->state; work->again or work->held follows, now or later. */
void rd_form_work_send(struct rd_form_work *work, const struct rd_form_state *relevant);
/* Where work->state, a call, would go: lines of text, into work->out. */
void rd_form_put_hint(struct rd_form_work *work);
/* Ends the work with lines of text. */
void rd_form_work_say(struct rd_form_work *work, unsigned status);
/* What is in work->out goes to the browser; the work ends here. */
void rd_form_work_reply(struct rd_form_work *work, unsigned status);

/* The handlers. Each ends the work, now or later. */
void rd_form_self(struct rd_form_work *work);
void rd_form_telephone(struct rd_form_work *work);
void rd_form_telephone_hint(struct rd_form_work *work);
void rd_form_status(struct rd_form_work *work);

/* Whole pages. */
void rd_form_show_simple(struct rd_form_work *work, unsigned status, const char *title,
                         const char *words, const char *link, const char *link_words);
void rd_form_show_home(struct rd_form_work *work);
void rd_form_show_emergency(struct rd_form_work *work);
/* What was noticed about a postcode, for whoever wrote it: never acted on. */
void rd_form_put_noticed(const struct rd_form_view *view, const struct rd_submit_result *result);
void rd_form_show_self_held(struct rd_form_work *work, const struct rd_submit_result *result);
void rd_form_show_telephone_held(struct rd_form_work *work, const struct rd_submit_result *result);

#endif
