/* From answers to a submission with its canonical record. Thread: any; no state. */
#ifndef RD_FORM_RECORD_H
#define RD_FORM_RECORD_H

#include "adapters/form/check.h"
#include "model/place.h"

enum { FORM_KEY_TEXT_MAX = sizeof "form:" + 2 * FORM_TOKEN_BYTES };

/* The key of everything that is sent from this form: "form:" and its token in hex. */
void rd_form_key(const struct rd_form_state *state, char out[FORM_KEY_TEXT_MAX]);
/* The answers as application/x-www-form-urlencoded, in the table's order: the original that is
 * kept. */
void rd_form_original(const struct rd_form_state *state, struct rd_buf *out);
/* Everything in `arena`, `state` borrowed. RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_form_submission(const struct rd_form_state *state,
                                             const struct rd_feed *feed,
                                             const struct rd_form_moment *moment,
                                             struct rd_arena *arena, struct rd_submission *out);

#endif
