/* What a BaRS sender may read: its own ServiceRequests as we hold them, and what this door takes.
 * Pure. Thread: any. */
#ifndef RD_FHIR_FHIR_SEARCH_H
#define RD_FHIR_FHIR_SEARCH_H

#include "base/buf.h"
#include "base/err.h"
#include "model/message.h"

enum { RD_FHIR_VERSION_MAX = 32 };

/* The newest record of an opened referral and how far it is. NULL: no longer kept. */
const struct rd_submission *rd_fhir_newest(const struct rd_opened *opened);
/* The message that record was read of: what was merged, else as it came; absent: not kept. */
struct rd_text rd_fhir_message_of(const struct rd_submission *submission);

/* A set of ServiceRequests being collected, or a single one. */
struct rd_fhir_set;
/* NULL: no memory. */
struct rd_fhir_set *rd_fhir_set_new(void);
/* The held ServiceRequest with our id, status and version, our Encounter contained in it, and the
 * NHS number beside its subject. RD_E_NOTFOUND: its message is no longer kept; RD_E_MALFORMED: it
 * is no FHIR message (it came by another door); RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_fhir_set_add(struct rd_fhir_set *set, const struct rd_opened *opened,
                                          char version[RD_FHIR_VERSION_MAX]);
/* The only one, as a resource. */
void rd_fhir_set_write_one(const struct rd_fhir_set *set, bool xml, struct rd_buf *out);
/* All of them as a searchset, of `base` ("https://door.example:8081") and the query as it came
 * ("patient:identifier=..."). */
void rd_fhir_set_write(const struct rd_fhir_set *set, const char *base, struct rd_text query,
                       rd_instant now, bool xml, struct rd_buf *out);
void rd_fhir_set_free(struct rd_fhir_set *set); /* NULL allowed */

/* The messages that are taken, as a searchset of MessageDefinitions; `services`: ids of ours in the
 * directory of services, any number. `none`: an empty set, for somebody else's service. */
void rd_fhir_definitions(const char *base, const struct rd_text *services, size_t services_count,
                         bool none, rd_instant now, bool xml, struct rd_buf *out);
/* What this door takes: `version` of the program, `base` where it listens. */
void rd_fhir_capabilities(const char *version, const char *base, bool xml, struct rd_buf *out);

#endif
