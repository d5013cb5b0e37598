/* Shared by the files of worklist.h: answers, and what each route does. */
#ifndef RD_WORKLIST_WEB_H
#define RD_WORKLIST_WEB_H

#include "adapters/worklist/worklist.h"

#define WORKLIST_COOKIE "worklist"
#define WORKLIST_FORM_COOKIE "worklist-form" /* the sign-in form's own: nobody is signed in yet */

struct worklist_view worklist_view_of(const struct worklist *worklist,
                                      struct worklist_session *session);
/* The session of the request's cookie; NULL: nobody. */
struct worklist_session *worklist_who(struct worklist *worklist,
                                      const struct rd_http_request *request);
/* The browser speaks TLS: with us, or with the reverse proxy in front. */
bool worklist_secure(const struct rd_http_request *request);
/* Who asks, for the pause after wrong passwords: behind a proxy on this machine, as it says. */
struct rd_text worklist_peer(const struct rd_http_request *request);
/* Answers with the page; `out` is given back. With `extra` (may be NULL) besides what every answer
 * carries: no-store, the content policy ... */
void worklist_answer(struct rd_http_request *request, unsigned status, struct rd_buf *out,
                     const struct rd_http_header_line *extra);
void worklist_answer_words(struct worklist *worklist, struct worklist_session *session,
                           struct rd_http_request *request, unsigned status, const char *title,
                           const char *words);
/* 303, after a POST. `cookie` may be NULL. */
void worklist_go(struct rd_http_request *request, const char *path, const char *cookie);

/* sign_in.c */
void worklist_show_sign_in(struct worklist *worklist, struct rd_http_request *request,
                           unsigned status, struct rd_text id, const char *wrong);
void worklist_do_sign_in(struct worklist *worklist, struct rd_http_request *request);
void worklist_do_sign_out(struct worklist_session *session, struct rd_http_request *request);

/* item.c: `rest` is the path behind /item/ or /quarantine/. */
void worklist_show_item(struct worklist *worklist, struct worklist_session *session,
                        struct rd_http_request *request, struct rd_text target);
void worklist_show_quarantine(struct worklist *worklist, struct worklist_session *session,
                              struct rd_http_request *request, struct rd_text target);
/* links.c: `first` empty: all that wait; `second` empty: all of the first. */
void worklist_show_links(struct worklist *worklist, struct worklist_session *session,
                         struct rd_http_request *request, struct rd_text first,
                         struct rd_text second);
/* Opens `first` and the one that the form names, to be compared. */
void worklist_do_compare(struct worklist *worklist, struct worklist_session *session,
                         struct rd_http_request *request, struct rd_text first);
/* Only what a reference is made of. */
bool worklist_is_target(struct rd_text text);
/* order.c */
void worklist_do(struct worklist *worklist, struct worklist_session *session,
                 struct rd_http_request *request, struct rd_text target, struct rd_text action);

#endif
