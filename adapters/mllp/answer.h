/* What the sender is told of one message, in HL7's terms. No I/O. */
#ifndef RD_MLLP_ANSWER_H
#define RD_MLLP_ANSWER_H

#include "adapters/mllp/connection.h"

struct mllp_outcome {
    const struct rd_feed *feed;
    const struct rd_hl7_read *read;
    const struct rd_submit_result *result; /* NULL: the router did not answer */
};

/* What of it the ledger keeps beside the message: the codes as sent ("CA AA"; empty: none was
 * wanted) and our words. */
struct mllp_said {
    char code[16];
    struct rd_text words; /* borrowed from the outcome */
};

/* Appends the framed acknowledgements that the sender asked for. False: nothing may be said (not
 * held, as far as we know): the connection is to be closed so that the sender sends again. */
bool mllp_answer(struct mllp_service *service, const struct mllp_outcome *outcome,
                 struct mllp_said *said, struct rd_buf *out);
/* A refusal that the router never saw. */
void mllp_answer_refused(struct mllp_service *service, const struct rd_hl7_header *header,
                         enum rd_hl7_error error, struct rd_text location, struct rd_text words,
                         struct rd_buf *out);

#endif
