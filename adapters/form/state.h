/* What was answered so far. Between pages it travels in the page itself, sealed (secretbox), so
 * that this program keeps nothing of anybody and no URL or cookie carries anything. The seal's key
 * comes from the adapter's own key: a page survives a restart of this program. Everything is
 * borrowed from the arena given. Loop thread only. */
#ifndef RD_FORM_STATE_H
#define RD_FORM_STATE_H

#include "adapters/form/fields.h"
#include "base/arena.h"
#include "base/buf.h"

enum {
    FORM_TOKEN_BYTES = 16,
    FORM_KEY_BYTES = 32,
    FORM_LINE_BYTES_MAX = 1024,       /* a one-line answer beyond this is cut; also "too long" */
    FORM_LONG_BYTES_MAX = 16 * 1024,  /* the same of a long one */
    FORM_STATE_BYTES_MAX = 96 * 1024, /* of one state before it is sealed */
    FORM_STATE_DAYS_MAX = 7 /* an older page starts again; far below a feed's key window */
};

enum rd_form_kind { FORM_KIND_SELF = 1, FORM_KIND_TELEPHONE, FORM_KIND_STATUS };

struct rd_form_state {
    enum rd_form_kind kind;
    bool reviewed;      /* has seen the page that shows all answers */
    rd_instant started; /* when the form was opened */
    unsigned char token[FORM_TOKEN_BYTES];
    struct rd_text values[FORM_FIELDS_COUNT]; /* cleaned; absent: never asked */
};

/* An empty form with a fresh token: one form is one referral, however often it is sent. */
void rd_form_state_new(struct rd_form_state *state, enum rd_form_kind kind, rd_instant now);
/* `seed`: any secret text of this adapter. */
void rd_form_state_key(struct rd_text seed, unsigned char key[FORM_KEY_BYTES]);
/* Base64 of the sealed state, appended. RD_E_TOOBIG: over FORM_STATE_BYTES_MAX. */
RD_MUST_CHECK enum rd_err rd_form_state_seal(const struct rd_form_state *state,
                                             const unsigned char key[FORM_KEY_BYTES],
                                             struct rd_arena *arena, struct rd_buf *out);
/* RD_E_MALFORMED: not one of ours, changed on the way, of another form, or too old. */
RD_MUST_CHECK enum rd_err rd_form_state_open(struct rd_text sealed,
                                             const unsigned char key[FORM_KEY_BYTES],
                                             enum rd_form_kind kind, rd_instant now,
                                             struct rd_arena *arena, struct rd_form_state *out);

/* Reads a posted value by its name; absent when it was not posted. */
typedef struct rd_text rd_form_posted(void *context, const char *name);
/* Takes over what was posted for one field. RD_E_TOOBIG when the arena is full. */
RD_MUST_CHECK enum rd_err rd_form_take(struct rd_form_state *state, enum rd_form_field_id id,
                                       rd_form_posted *posted, void *context,
                                       struct rd_arena *arena);
/* Blanks at the ends, control characters and broken UTF-8 go; line breaks become LF, or blanks on
 * one line. */
RD_MUST_CHECK enum rd_err rd_form_clean(struct rd_text text, bool one_line, struct rd_arena *arena,
                                        struct rd_text *out);
bool rd_form_answered(const struct rd_form_state *state, enum rd_form_field_id id);
/* The answer is this option. */
bool rd_form_is(const struct rd_form_state *state, enum rd_form_field_id id, const char *value);
/* One of the ticked values of a FORM_TICKS answer. */
bool rd_form_ticked(const struct rd_form_state *state, enum rd_form_field_id id, const char *value);
/* 0-based part between `separator`s; absent beyond the last. */
struct rd_text rd_form_part(struct rd_text text, char separator, size_t index);
enum rd_form_voice rd_form_voice_of(const struct rd_form_state *state);

#endif
