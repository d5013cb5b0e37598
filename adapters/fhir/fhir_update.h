/* An update that the router holds another revision of than the one it was made from: what to submit
 * once that one was opened. Pure. Thread: any. */
#ifndef RD_FHIR_FHIR_UPDATE_H
#define RD_FHIR_FHIR_UPDATE_H

#include "adapters/fhir/fhir_read.h"
#include "model/message.h"

/* Says that a message may be an update: the router then answers "revision" when it holds something
 * that the message was not made from. */
void rd_fhir_may_update(struct rd_submission *submission);
/* `as_sent` with the record of both together (fhir_merge.h) and the revision it is based on; alone
 * when what is held is no longer kept or came by another protocol. `out->failure`: 409 conflict
 * when every changed entry is older, 422 when there is too much of it together. RD_E_TOOBIG: the
 * arena is full. */
RD_MUST_CHECK enum rd_err rd_fhir_update(const struct rd_fhir_read *as_sent,
                                         const struct rd_fhir_headers *headers,
                                         const struct rd_opened *opened, struct rd_arena *arena,
                                         struct rd_fhir_read *out);

#endif
