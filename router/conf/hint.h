/* "Did you mean": shared by the readers of this folder. Thread: any. */
#ifndef RD_CONF_HINT_H
#define RD_CONF_HINT_H

#include "base/text.h"

enum { RD_HINT_WORDS_MAX = 640 };

/* A name in a list of names; one that ends in ! is required (the ! is not part of it). */
struct rd_text rd_hint_name(const char *entry, bool *required);
/* Whether `found` is one of `names` (NULL-terminated); *index says which. */
bool rd_hint_find(const char *const *names, struct rd_text found, size_t *index);
/* "one of a, b, c (did you mean b?)", cut off to fit. Returns out. */
const char *rd_hint_words(const char *const *names, struct rd_text found,
                          char out[RD_HINT_WORDS_MAX]);

#endif
