/* FEEL values as JSON, for tools: numbers digit by digit, never through binary floating point;
 * dates, times and durations as strings of ISO 8601; what JSON has no form for (ranges, functions)
 * as its FEEL text. Thread: any. */
#ifndef RD_ENGINE_VALUE_JSON_H
#define RD_ENGINE_VALUE_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "rules/engine/type.h"

enum {
    RD_JSON_DEPTH_MAX = RD_VALUE_DEPTH_MAX, /* arrays and objects inside one another */
    RD_JSON_ITEMS_MAX = 65536,              /* of one array */
    RD_JSON_MEMBERS_MAX = 4096              /* of one object */
};

/* RD_E_MALFORMED with the place and words in `why`; RD_E_TOOBIG: over a limit, or the arena is
 * full. The value's texts are the arena's own. */
RD_MUST_CHECK enum rd_err rd_value_json_read(struct rd_text json, struct rd_arena *arena,
                                             struct rd_value *out, struct rd_errbuf *why);
/* Appends it in one line or, with `indent`, members and items on lines of their own; no line end
 * behind it. `scratch` is used while writing. Out of memory: out->failed. */
void rd_value_json_write(const struct rd_value *value, bool indent, struct rd_arena *scratch,
                         struct rd_buf *out);
/* A JSON string in its quotes. */
void rd_value_json_write_text(struct rd_text text, struct rd_buf *out);

/* What was given as text, as the type says that it is meant: "2026-11-21" for a date, "12" for a
 * number, also within lists and contexts. What is no such text stays what it is. */
struct rd_value rd_value_given(struct rd_value value, const struct rd_feel_type *type,
                               struct rd_arena *arena);

#endif
