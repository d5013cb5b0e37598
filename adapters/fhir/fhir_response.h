/* What a BaRS sender is told after the synchronous 200: a servicerequest-response message, built
 * from their own original and one receipt of the router. Pure: the same receipt gives the same
 * bytes, so that a retry carries the same ids. Thread: any. */
#ifndef RD_FHIR_FHIR_RESPONSE_H
#define RD_FHIR_FHIR_RESPONSE_H

#include "base/buf.h"
#include "base/err.h"
#include "model/message.h"

enum { RD_UUID_TEXT_MAX = 37, RD_FHIR_HEADER_MAX = 512 };

/* Header values of the POST that carries the bundle; NUL-terminated, empty: not to be sent. */
struct rd_fhir_response_headers {
    const char *content_type; /* as the original's: application/fhir+json or +xml */
    char request_id[RD_UUID_TEXT_MAX];
    char correlation_id[RD_FHIR_HEADER_MAX];
    char target_identifier[RD_FHIR_HEADER_MAX]; /* base64 of an Identifier */
    char use_context[RD_FHIR_HEADER_MAX];       /* "a4t3|validation|servicerequest-response|new" */
};

/* Whether the standard has a message for that stage: accepted (our Encounter is in-progress),
 * refused (cancelled, with RRNA, FC or OTH), closed (finished, the full response). */
bool rd_fhir_response_stage(enum rd_receipt_stage stage);

/* `target`: "system|value" of the service that is to be told; absent: the original's reply address.
 * Bundle and headers. RD_E_NOTFOUND: the original was erased; RD_E_MALFORMED: it is no message
 * bundle, or says nowhere where to answer and `target` is absent; RD_E_TOOBIG: a header is longer
 * than RD_FHIR_HEADER_MAX; RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_fhir_response(const struct rd_receipt *receipt, struct rd_text target,
                                           struct rd_buf *out,
                                           struct rd_fhir_response_headers *headers,
                                           struct rd_errbuf *why);
/* Whether an OperationOutcome says that a message with our ids was processed before. */
bool rd_fhir_is_duplicate(struct rd_text outcome);
/* Whether it says that the receiver took too long: one table of the standard gives that a 409. */
bool rd_fhir_is_timeout(struct rd_text outcome);

#endif
