/* Acknowledgements: the answer in the sender's own delimiters, version and terms. Pure. Thread:
 * any. */
#ifndef RD_HL7_HL7_ACK_H
#define RD_HL7_HL7_ACK_H

#include "base/buf.h"
#include "adapters/hl7v2/hl7_read.h"

struct rd_hl7_ack {
    const char *code;          /* AA AE AR, CA CE CR */
    enum rd_hl7_error error;   /* ERR is written when not RD_HL7_OK */
    struct rd_text location;   /* "PID-3" */
    struct rd_text words;      /* MSA-3 and ERR-8: for the sender's engineer; no patient data */
    int64_t expected;          /* MSA-4 of the sequence number protocol; 0: not spoken of */
    rd_instant now;            /* MSH-7, written in UTC with +0000 */
    struct rd_text control_id; /* MSH-10 of the acknowledgement: ours, unique */
};

/* Appends the acknowledgement's segments, each ended by CR, without MLLP framing. `header` may be
 * zeroed when nothing could be read: then standard delimiters, version 2.4 and an empty MSA-2. */
void rd_hl7_ack_write(const struct rd_hl7_header *header, const struct rd_hl7_ack *ack,
                      struct rd_buf *out);

/* Whether MSH-15 or MSH-16 says AL, NE, ER or SU. Anything else (fields that slipped by one, an
 * empty one) is no wish. */
bool rd_hl7_ack_is_wish(struct rd_text wish);
/* Whether the sender wants this kind of answer (MSH-15, MSH-16): AL always, NE never, ER on error,
 * SU on success. No wish: `otherwise`. */
bool rd_hl7_ack_wanted(struct rd_text wish, bool success, bool otherwise);

#endif
