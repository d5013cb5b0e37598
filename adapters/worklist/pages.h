/* The pages, as HTML in a buffer. Every text that came from elsewhere goes through rd_html_put. No
 * script; each action is a form of its own. Thread: any; no state. */
#ifndef RD_WORKLIST_PAGES_H
#define RD_WORKLIST_PAGES_H

#include "adapters/kit/html.h"
#include "adapters/worklist/queues.h"
#include "adapters/worklist/sessions.h"
#include "adapters/worklist/words.h"

enum { WORKLIST_REFRESH_S = 15 };

struct worklist_view {
    const struct rd_place *place;
    const struct rd_zone *zone;
    const struct worklist_staff *staff;
    const struct worklist_queues *queues;
    struct worklist_session *session; /* NULL: nobody signed in. What it says is shown once */
    rd_instant now;
    const char *pack_trouble; /* for the desk; NULL: none */
};

/* One assignment, and what the router told about it; all borrowed. */
struct worklist_item {
    const struct rd_row *row;
    const struct rd_query_result *explained; /* NULL: not asked for, or not answered */
    const struct rd_opened *opened;          /* NULL: the record is not open */
    const char *trouble;                     /* why it is not, in words; NULL: none */
};

extern const char *const worklist_style[]; /* parts; NULL at the end */

void worklist_page_begin(struct rd_buf *out, const struct worklist_view *view, const char *title);
void worklist_page_end(struct rd_buf *out, const struct worklist_view *view);
/* The hidden field that every form starts with. */
void worklist_put_csrf(struct rd_buf *out, const struct worklist_view *view);
struct rd_text worklist_team_title(const struct rd_place *place, struct rd_text team);
/* "Fall, confusion", or the pathway when no need is coded. */
void worklist_put_needs(struct rd_buf *out, const struct rd_row *row);
/* "84 years, Wanstead, Rapid response" */
void worklist_put_who(struct rd_buf *out, const struct rd_row *row);
void worklist_put_flags(struct rd_buf *out, const struct rd_row *row);
void worklist_put_state(struct rd_buf *out, const struct worklist_view *view,
                        const struct rd_row *row);
void worklist_put_due(struct rd_buf *out, const struct worklist_view *view,
                      const struct rd_row *row);
/* That it is linked with others, how many, how soon; nothing when it is not. */
void worklist_put_linked(struct rd_buf *out, const struct worklist_view *view,
                         const struct rd_row *row);
/* What a named person must still acknowledge. */
void worklist_put_asked(struct rd_buf *out, const struct rd_row *row);

/* Whole pages. */
void worklist_page_sign_in(struct rd_buf *out, const struct worklist_view *view, const char *csrf,
                           struct rd_text id, const char *wrong);
void worklist_page_list(struct rd_buf *out, const struct worklist_view *view, struct rd_text team);
void worklist_page_item(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item);
void worklist_page_closed(struct rd_buf *out, const struct worklist_view *view,
                          const struct worklist_closed *closed);
void worklist_page_quarantine(struct rd_buf *out, const struct worklist_view *view,
                              const struct rd_query_result *result);
void worklist_page_quarantined(struct rd_buf *out, const struct worklist_view *view,
                               struct rd_text target, const struct rd_opened *opened);
/* `referral` empty: all that wait; else all of that one. */
void worklist_page_links(struct rd_buf *out, const struct worklist_view *view,
                         struct rd_text referral, const struct rd_query_result *result);
/* `opened`: the two records, in the pair's order; NULL: not open. `trouble`: why not; NULL: none.
 */
void worklist_page_compare(struct rd_buf *out, const struct worklist_view *view,
                           const struct rd_link_pair *pair, const struct rd_opened *opened,
                           const char *trouble);
void worklist_page_words(struct rd_buf *out, const struct worklist_view *view, const char *title,
                         const char *words);

/* Parts of the item's page. */
void worklist_put_forms(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item);
void worklist_put_record(struct rd_buf *out, const struct worklist_view *view,
                         const struct worklist_item *item);

#endif
