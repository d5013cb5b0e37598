/* Questions and the frame of a page, as HTML for people who use a keyboard, a phone, large text or
 * a screen reader; no script. Thread: any; no state. */
#ifndef RD_FORM_RENDER_H
#define RD_FORM_RENDER_H

#include "adapters/form/check.h"
#include "adapters/kit/html.h"
#include "model/place.h"

/* Why a page is shown again although nothing on it is wrong. */
enum rd_form_notice {
    FORM_NOTICE_NONE,
    FORM_NOTICE_AWAY,    /* the router is away or busy: nothing was sent as far as we know */
    FORM_NOTICE_LIMITED, /* this address sent too much in a short time */
    FORM_NOTICE_TRAP,    /* the box that people do not see was filled in */
    FORM_NOTICE_FAILED   /* the router will not take it, however often it is sent */
};

struct rd_form_view {
    struct rd_buf *out;
    const struct rd_place *place;
    const struct rd_form_state *state;
    const struct rd_form_errors *errors;
    struct rd_text sealed; /* the state, for the hidden field */
    enum rd_form_notice notice;
    bool test; /* the feed is a test's: the page says so */
    bool desk; /* a call-taker's page, not the public's */
    bool wide; /* several questions beside each other where there is room */
};

/* The desk's telephone number; absent when the place names none. */
struct rd_text rd_form_desk_telephone(const struct rd_place *place);
/* From <!doctype> into <main>, with the notice and the summary of errors. `title` without anything
 * of a person. */
void rd_form_begin(const struct rd_form_view *view, const char *title);
void rd_form_end(const struct rd_form_view *view);
/* <form> with its hidden fields; `page` NULL: none. */
void rd_form_open(const struct rd_form_view *view, const char *action, const char *page);
/* One question with its answer so far and what is wrong with it. `heading`: its words are the
 * page's heading. */
void rd_form_question(const struct rd_form_view *view, enum rd_form_field_id id, bool heading);
/* A submit button, `go` being what it asks for. */
void rd_form_button(const struct rd_form_view *view, const char *go, const char *words,
                    bool secondary);
/* A box for programs that fill in everything; people neither see nor reach it. */
void rd_form_trap(const struct rd_form_view *view);
extern const char rd_form_trap_name[];
/* An answer in words, for reading: options by their labels. */
void rd_form_answer_words(const struct rd_form_view *view, enum rd_form_field_id id);

#endif
