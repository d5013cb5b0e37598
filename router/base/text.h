/* Text views: a pointer and a length, never owned, never NUL-terminated by promise.
 * An absent text has ptr == NULL; an empty one has ptr != NULL and len == 0. Thread: any. */
#ifndef RD_BASE_TEXT_H
#define RD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd_text {
    const char *ptr;
    size_t len; /* bytes */
};

#define RD_TEXT(literal) ((struct rd_text){"" literal, sizeof(literal) - 1})
#define RD_TEXT_NONE ((struct rd_text){NULL, 0})
#define RD_TEXT_ARG(text) (int)(text).len, (text).ptr == NULL ? "" : (text).ptr /* for %.*s */

/* These few are asked hundreds of times in a decision, of texts whose length mostly tells: inline.
 */

/* A view of a NUL-terminated string; NULL gives an absent text. */
static inline struct rd_text rd_text_of(const char *string)
{
    return (struct rd_text){string, string == NULL ? 0 : strlen(string)};
}

static inline bool rd_text_present(struct rd_text text)
{
    return text.ptr != NULL;
}

static inline bool rd_text_equal(struct rd_text a, struct rd_text b)
{
    return a.len == b.len && (a.ptr == NULL) == (b.ptr == NULL) &&
           (a.len == 0 || a.ptr == b.ptr || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool rd_text_is(struct rd_text text, const char *string)
{
    return text.ptr != NULL && rd_text_equal(text, rd_text_of(string));
}

bool rd_text_equal_nocase(struct rd_text a, struct rd_text b); /* ASCII letters only */
bool rd_text_starts(struct rd_text text, const char *prefix);
int rd_text_compare(struct rd_text a, struct rd_text b); /* bytes, as memcmp */
struct rd_text rd_text_trim(struct rd_text text);        /* ASCII white space at both ends */
/* From `start` (clamped), at most `len` bytes. */
struct rd_text rd_text_slice(struct rd_text text, size_t start, size_t len);
/* Index of the first `byte` at or after `from`; text.len when there is none. */
size_t rd_text_find(struct rd_text text, char byte, size_t from);
/* Whole text is an optional sign and decimal digits that fit. */
bool rd_text_to_i64(struct rd_text text, int64_t *out);
/* Valid UTF-8 (no surrogates, no overlong forms) without NUL. */
bool rd_text_is_utf8(struct rd_text text);
/* FNV-1a, for hash maps inside one process: not a content hash. */
uint64_t rd_text_hash(struct rd_text text);

#endif
