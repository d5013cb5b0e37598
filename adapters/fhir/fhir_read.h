/* A BaRS message bundle (FHIR R4, JSON) to a submission. Pure: no clock, no I/O; the result is in
 * the arena. Liberal in: URIs are compared without scheme and case, statuses that the guide and its
 * examples disagree on are taken. What is refused comes with the OperationOutcome that says why.
 * Thread: any. */
#ifndef RD_FHIR_FHIR_READ_H
#define RD_FHIR_FHIR_READ_H

#include "model/place.h"

/* HTTP headers as they came; absent members were not sent. */
struct rd_fhir_headers {
    struct rd_text request_id, correlation_id;
    struct rd_text target_identifier; /* NHSD-Target-Identifier: base64 of an Identifier */
    struct rd_text
        end_user_organisation; /* NHSD-End-User-Organisation: base64 of an Organization */
};

/* An answer that is not 200. http 0: none. */
struct rd_fhir_failure {
    unsigned http;              /* 400, 404, 409, 422, 501, 503 ... */
    const char *code;           /* "REC_BAD_REQUEST" */
    const char *issue;          /* "required" */
    struct rd_text diagnostics; /* what, where, what was expected; no patient data */
};

struct rd_fhir_read {
    struct rd_submission submission; /* refused_code set with a failure */
    struct rd_fhir_failure failure;
    struct rd_text
        sender_ods;          /* of MessageHeader.sender, else of the end-user organisation header */
    struct rd_text user_ods; /* of that header */
    struct rd_text target;   /* of the target header: a service's id */
};

/* RD_E_TOOBIG only: the arena is too small. `body` becomes submission.original. `environment` is
 * the feed's; a bundle tagged HTEST is a test message whatever that is. */
RD_MUST_CHECK enum rd_err rd_fhir_read(struct rd_text feed, enum rd_environment environment,
                                       const struct rd_fhir_headers *headers, struct rd_text body,
                                       struct rd_arena *arena, struct rd_fhir_read *out);

/* X-Request-Id and X-Correlation-Id, as of a message; false: `failure` says what is wrong. */
bool rd_fhir_check_headers(const struct rd_fhir_headers *headers, struct rd_fhir_failure *failure);
/* `update` once more, its record read of `merged` (fhir_merge.h); everything else is as it was
 * sent. A failure there means that the two do not go together. */
RD_MUST_CHECK enum rd_err rd_fhir_read_merged(const struct rd_fhir_read *update,
                                              const struct rd_fhir_headers *headers,
                                              struct rd_text merged, struct rd_arena *arena,
                                              struct rd_fhir_read *out);
/* A message that was read and is refused all the same. RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_fhir_refuse(struct rd_fhir_read *read,
                                         const struct rd_fhir_failure *failure,
                                         struct rd_arena *arena);

#endif
