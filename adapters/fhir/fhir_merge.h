/* An update may say only what changed. The merge rule of the standard: entry by entry, by fullUrl,
 * the newer meta.lastUpdated wins. Pure. Thread: any.
 *
 * - What the update has and the held message has not is taken; what it leaves out stays as held,
 *   so that no flag is lost by silence.
 * - An entry that is older than the held one does not replace it; of the same age, or of unknown
 *   age, it does: it was said later. An entry without meta.lastUpdated has its Bundle's age.
 * - ServiceRequest, Patient, CarePlan and Encounter, when each message has exactly one, are the
 * same thing whatever their fullUrl; references of held entries follow to the new name.
 * - Of a fullUrl that comes twice in one message the newer one counts. Entries with neither fullUrl
 *   nor id are matched by content.
 * - MessageHeader, and whatever stands outside the entries, is the update's. */
#ifndef RD_FHIR_FHIR_MERGE_H
#define RD_FHIR_FHIR_MERGE_H

#include "base/buf.h"
#include "base/err.h"

struct rd_fhir_merged {
    size_t taken;    /* entries of the update that are new or say something else than held */
    size_t same_age; /* of those: not newer by its lastUpdated */
    size_t older;    /* that say something else and are older: held stays */
    size_t kept;     /* of what is held that the update leaves out */
};

/* Either may be JSON or XML; the result is JSON. RD_E_MALFORMED: one of them is no Bundle;
 * RD_E_TOOBIG: one has over 1,024 entries; RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_fhir_merge(struct rd_text held, struct rd_text update,
                                        struct rd_buf *out, struct rd_fhir_merged *result);

#endif
