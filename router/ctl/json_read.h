/* The reverse of wire/json.h: a JSON object to a model struct, for records that are given by hand.
 * Strict: an unknown or misspelt member, another kind, a wrong enum name is an error with its path.
 * Thread: any; no state. */
#ifndef RD_CTL_JSON_READ_H
#define RD_CTL_JSON_READ_H

#include "model/fields.h"

/* `name` is what messages call the file. Everything that `out` points to is in the arena. */
RD_MUST_CHECK enum rd_err rd_json_read(const char *name, const struct rd_shape *shape,
                                       struct rd_text json, struct rd_arena *arena, void *out,
                                       struct rd_errbuf *why);

#endif
