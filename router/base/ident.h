/* Referral references: 50 random bits shown as "7K3Q9-M2X4T" (Crockford base 32: no I, L, O, U), so
 * that one can be read over a telephone and not be guessed. Thread: any. */
#ifndef RD_BASE_IDENT_H
#define RD_BASE_IDENT_H

#include "base/text.h"

enum { RD_IDENT_TEXT_MAX = 12 }; /* bytes that rd_ident_format needs, NUL included */
#define RD_IDENT_MASK ((UINT64_C(1) << 50) - 1)

/* `id` <= RD_IDENT_MASK. Returns out. */
const char *rd_ident_format(uint64_t id, char out[RD_IDENT_TEXT_MAX]);
/* Any case, with or without the hyphen or spaces; O reads as 0, I and L as 1. False otherwise. */
bool rd_ident_parse(struct rd_text text, uint64_t *out);

#endif
