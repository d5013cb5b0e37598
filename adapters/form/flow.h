/* The order of the self-referral's pages, one table: which page asks what, for whom it is left out,
 * what comes next. Thread: any; no state. */
#ifndef RD_FORM_FLOW_H
#define RD_FORM_FLOW_H

#include "adapters/form/check.h"

enum { FORM_PAGE_FIELDS_MAX = 5 };

struct rd_form_page {
    const char *name;     /* in the hidden field "page" */
    const char *title[2]; /* [0] for oneself, [1] for somebody else; NULL: the same */
    const char *lead[2];  /* markup between heading and questions; NULL: none; [1] NULL: the same */
    bool heading_asks;    /* the one question is itself the heading */
    enum rd_form_field_id fields[FORM_PAGE_FIELDS_MAX];
    size_t fields_count;
    bool (*applies)(const struct rd_form_state *state); /* NULL: always */
};

/* "check" is the last page; it asks nothing. */
const struct rd_form_page *rd_form_page_first(void);
const struct rd_form_page *rd_form_page_last(void);
/* NULL when there is none of that name. */
const struct rd_form_page *rd_form_page_find(struct rd_text name);
bool rd_form_page_applies(const struct rd_form_page *page, const struct rd_form_state *state);
const struct rd_form_page *rd_form_page_next(const struct rd_form_page *page,
                                             const struct rd_form_state *state);
/* The first page itself when there is none before. */
const struct rd_form_page *rd_form_page_before(const struct rd_form_page *page,
                                               const struct rd_form_state *state);
void rd_form_page_check(const struct rd_form_page *page, const struct rd_form_state *state,
                        const struct rd_form_moment *moment, struct rd_form_errors *errors);
/* The first page whose answers are not in order, with its errors; NULL: all are. */
const struct rd_form_page *rd_form_page_wrong(const struct rd_form_state *state,
                                              const struct rd_form_moment *moment,
                                              struct rd_form_errors *errors);
/* What is sent: answers to questions that no longer apply are left out. */
void rd_form_relevant(const struct rd_form_state *state, struct rd_form_state *out);

#endif
