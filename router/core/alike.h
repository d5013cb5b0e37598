/* Which referrals may be of one person: found by their marks, in constant time, whatever their
 * number. Derived from state; kept up by edit.c. Inside core/ only. */
#ifndef RD_CORE_ALIKE_H
#define RD_CORE_ALIKE_H

#include "core/state.h"

/* The referral stands in the lists of its marks (NULL: in none). */
bool rd_alike_follow(struct rd_core *core, struct rd_held *held,
                     const struct rd_person_marks *marks);
/* The newest in the referral's list of that kind, itself among them; NULL: it is in none. The
 * others follow by alike[kind].older. */
struct rd_held *rd_alike_first(const struct rd_core *core, const struct rd_held *held,
                               enum rd_alike_kind kind);

/* 0: none. */
uint64_t rd_alike_key(const struct rd_person_marks *marks, enum rd_alike_kind kind);

/* What both say alike, and what they say otherwise: sets of rd_person_part. */
struct rd_compared {
    uint32_t matched, differs;
};
struct rd_compared rd_alike_compare(const struct rd_referral_state *a,
                                    const struct rd_referral_state *b);
/* By which kinds of match (bits 1 << rd_alike_kind) a set of matching parts makes two referrals one
 * person's: an NHS number; name, birth date and postcode together. 0: by none. */
uint32_t rd_alike_kinds(uint32_t matched);
/* Given names beyond the first do not contradict each other: one has none, or they are the same. */
bool rd_alike_further(uint64_t a, uint64_t b);

#endif
