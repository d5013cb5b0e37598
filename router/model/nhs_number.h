/* NHS numbers: ten digits, the last a check digit (modulus 11). A wrong one is accepted and
 * flagged, never refused: the standard's own examples fail the check. Pure. Thread: any. */
#ifndef RD_MODEL_NHS_NUMBER_H
#define RD_MODEL_NHS_NUMBER_H

#include "base/arena.h"

enum rd_nhs_number {
    RD_NHS_NUMBER_OK = 1,
    RD_NHS_NUMBER_CHECK_DIGIT, /* ten digits, wrong check digit; or all zero */
    RD_NHS_NUMBER_FORM         /* not ten digits */
};

/* Blanks and hyphens are left out. *digits: the ten digits in the arena; the text as it stands when
 * it is no number or the arena is full. */
enum rd_nhs_number rd_nhs_number_check(struct rd_text text, struct rd_arena *arena,
                                       struct rd_text *digits);

/* Whether the ten digits are what systems put where they have no number (all digits alike, or
 * counted down): many people's, and nobody's. Some of them pass the check. */
bool rd_nhs_number_is_placeholder(struct rd_text digits);

#endif
