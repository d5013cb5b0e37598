/* What an HL7 v2 sender is told after its AA: RRI^I12, built from its own original and one receipt
 * of the router, in its delimiters and version. Pure: the same receipt gives the same bytes, so
 * that a retry carries the same control id. Thread: any. */
#ifndef RD_HL7_HL7_RECEIPT_H
#define RD_HL7_HL7_RECEIPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/message.h"

enum { RD_HL7_RECEIPT_ID_MAX = 21 }; /* MSH-10 has at most 20 characters before 2.7 */

/* Every stage has one: RF1-1 of table 0283 (P pending, A accepted, R rejected) and words. */
bool rd_hl7_receipt_stage(enum rd_receipt_stage stage);
/* Appends the segments, each ended by CR, without framing; `id` is its MSH-10. RD_E_NOTFOUND: the
 * original was erased; RD_E_MALFORMED: it is no HL7; RD_E_TOOBIG, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_hl7_receipt(const struct rd_receipt *receipt, struct rd_arena *arena,
                                         struct rd_buf *out, char id[RD_HL7_RECEIPT_ID_MAX],
                                         struct rd_errbuf *why);

/* What a partner answered to the message with that control id. */
enum rd_hl7_verdict {
    RD_HL7_TAKEN = 1, /* AA, CA */
    RD_HL7_NOT_NOW,   /* AE, CE: theirs to mend; again later */
    RD_HL7_REFUSED,   /* AR, CR */
    RD_HL7_STRAY      /* an acknowledgement of another message, or none at all: not to be counted */
};
enum rd_hl7_verdict rd_hl7_receipt_verdict(struct rd_text answer, const char *id,
                                           struct rd_arena *arena);

#endif
