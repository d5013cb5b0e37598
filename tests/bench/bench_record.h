/* The submissions that the benchmarks send: invented people with numbers of the test range, real
 * postcodes of the demo place, needs of every kind. The number decides everything: the same number
 * gives the same bytes. Thread: the owner's. */
#ifndef RD_BENCH_RECORD_H
#define RD_BENCH_RECORD_H

#include "model/record.h"

#include <stdio.h>

enum {
    BENCH_ORIGINAL_MAX = 65536,
    BENCH_POSTCODES_MAX = 8192,
    BENCH_POSTCODE_BYTES = 12,
};

struct bench_postcodes {
    char texts[BENCH_POSTCODES_MAX][BENCH_POSTCODE_BYTES];
    size_t count;
};
/* The first column of PLACE/postcodes.csv; false (with a line on stderr) when there is none. */
bool bench_postcodes_read(const char *place, struct bench_postcodes *out);

/* Points into itself: do not copy. */
struct bench_record {
    struct rd_submission submission;
    struct rd_referral referral;
    struct rd_person person;
    struct rd_person_id id;
    struct rd_name name;
    struct rd_address address;
    struct rd_telecom telecom;
    struct rd_need need;
    struct rd_consent consent;
    struct rd_identifier source_ref;
    struct rd_fact fact;
    struct rd_time authored;
    struct rd_text line;
    char key[64], reference[32], nhs_number[11], family[32], street[32], birth[11];
    char digest[32];
    char original[BENCH_ORIGINAL_MAX];
};

/* `feed` is borrowed for the life of the record. original_bytes <= BENCH_ORIGINAL_MAX. */
void bench_record_init(struct bench_record *record, const char *feed, size_t original_bytes);
/* Makes it submission `number` of its feed: RD_ACTION_NEW, or RD_ACTION_FACT about somebody of whom
 * nothing is known. */
void bench_record_set(struct bench_record *record, const struct bench_postcodes *postcodes,
                      enum rd_action action, uint64_t number);

#endif
