/* XPath's regular expressions -> PCRE2's. Part of regex; not for others. */
#ifndef RD_ENGINE_REGEX_TRANSLATE_H
#define RD_ENGINE_REGEX_TRANSLATE_H

#include "rules/engine/regex/regex.h"

struct rd_regex_flags {
    bool dot_all, multi_line, caseless, extended, literal; /* s m i x q */
};
bool rd_regex_flags_read(struct rd_text flags, struct rd_regex_flags *out);

/* Growing text; `bytes` has room for `room`. */
struct rd_regex_out {
    char *bytes;
    size_t len, room;
    bool full;
};
void rd_regex_put(struct rd_regex_out *out, const char *text);
void rd_regex_put_code(struct rd_regex_out *out, uint32_t code); /* \x{...} */

/* NULL: translated; otherwise what is wrong with it, in words. */
const char *rd_regex_translate(struct rd_text pattern, const struct rd_regex_flags *flags,
                               struct rd_regex_out *out);

/* blocks.c: "IsGreek" and its like, without the Is. */
bool rd_regex_block(struct rd_text name, uint32_t *first, uint32_t *last);

#endif
