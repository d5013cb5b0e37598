/* Postcodes as people write them: normalised, recognised by form, packed into a key. Says nothing
 * about whether one exists. PURE. Thread: any. */
#ifndef RD_GEO_POSTCODE_H
#define RD_GEO_POSTCODE_H

#include "base/text.h"

enum {
    RD_POSTCODE_TEXT_MAX = 9,  /* "ZZ99 3VZ" and its NUL */
    RD_POSTCODE_INPUT_MAX = 64 /* bytes; longer is malformed */
};

enum rd_postcode_form {
    RD_POSTCODE_FORM_MISSING = 1, /* absent, or no letter or digit in it */
    RD_POSTCODE_FORM_MALFORMED,   /* no postcode has this form */
    RD_POSTCODE_FORM_PSEUDO,      /* ZZ99 ... */
    RD_POSTCODE_FORM_GEOGRAPHIC   /* and GIR 0AA */
};

struct rd_postcode {
    enum rd_postcode_form form;
    char text[RD_POSTCODE_TEXT_MAX]; /* single-space form, "IG1 1DN"; "" unless well formed */
    uint64_t key;                    /* 0 unless well formed */
};

enum { RD_POSTCODE_COMPACT_MAX = 7 };

/* What is left once everything but A-Z and 0-9 is dropped, in capitals, not terminated. Returns its
 * length; more than RD_POSTCODE_COMPACT_MAX when it does not fit. */
size_t rd_postcode_compact(struct rd_text text, char out[RD_POSTCODE_COMPACT_MAX]);

/* Upper-cases, drops everything but A-Z and 0-9, and reads the rest: 5 to 7 characters, inward 9AA,
 * outward in the loose form of 2 to 4 (A9, A99, A9A, AA9, AA99, AA9A), GIR 0AA. */
void rd_postcode_read(struct rd_text text, struct rd_postcode *out);

/* The key: base 37 (0 blank, 1..10 digits, 11..36 letters) of the outward part filled up to four
 * places, then the inward part. Below 2^37; keys of one outcode are neighbours. */
enum { RD_POSTCODE_INWARD_BASE = 37 * 37 * 37 };
/* The single-space form of a key that rd_postcode_read gave. */
void rd_postcode_of_key(uint64_t key, char out[RD_POSTCODE_TEXT_MAX]);

#endif
