/* What a BaRS sender is told: the synchronous 200 (their bundle with our identifiers),
 * OperationOutcomes. Pure. Thread: any. */
#ifndef RD_FHIR_FHIR_REPLY_H
#define RD_FHIR_FHIR_REPLY_H

#include "adapters/fhir/fhir_read.h"
#include "base/buf.h"

#include <jansson.h>

/* Our identifiers for a held message: `referral` "7K3Q9-M2X4T". */
struct rd_fhir_held {
    struct rd_text referral;
    struct rd_text answer;        /* open or closed, when, 111 and 999: told as a note */
    const char *encounter_status; /* "planned" */
    rd_instant now;
    bool xml; /* in FHIR's XML form */
};

/* Their bundle again, with ServiceRequest.id ours and a second Encounter that names our reference.
 * RD_E_MALFORMED when `body` is not the bundle that was
 * read. */
RD_MUST_CHECK enum rd_err rd_fhir_reply_held(struct rd_text body, const struct rd_fhir_held *held,
                                             struct rd_buf *out);
/* `xml`: in FHIR's XML form. */
void rd_fhir_reply_outcome(const struct rd_fhir_failure *failure, bool xml, struct rd_buf *out);
/* A resource as JSON or XML; takes the reference. `out` fails without memory, or for NULL. */
void rd_fhir_write(json_t *resource, bool xml, struct rd_buf *out);

#endif
