/* What the parts of this door share: how a request is answered, who may ask. Inside bars/ only. */
#ifndef RD_BARS_WORK_H
#define RD_BARS_WORK_H

#include "adapters/bars/service.h"
#include "adapters/fhir/fhir_read.h"

enum { BARS_ARENA_BYTES_MAX = 32 * 1024 * 1024, BARS_FEED_NONE = RD_FRAME_FEEDS_MAX };

/* answer.c: in the form that the request wants. `extra`: a further header, or NULL. */
struct bars_extra {
    const char *name, *value;
};
void bars_answer(struct rd_http_request *request, unsigned status, struct rd_text body,
                 const struct bars_extra *extra);
void bars_fail(struct rd_http_request *request, const struct rd_fhir_failure *failure);
void bars_refuse(struct bars_service *service, struct rd_http_request *request, unsigned http,
                 const char *code, const char *issue, const char *words);
/* 405, with the header Allow. */
void bars_wrong_verb(struct rd_http_request *request, const char *allow);
/* Nothing came back from the router since `began`: 408 after the standard's time, else 503. */
void bars_unavailable(struct bars_service *service, struct rd_http_request *request,
                      rd_instant began);
/* XML: by Accept (or _format) when that names one of FHIR's forms, else as the body came. */
bool bars_wants_xml(const struct rd_http_request *request);
/* A reader's Accept: false when it names nothing that we have. */
bool bars_can_answer(const struct rd_http_request *request);

/* partner.c: the index of the feed that an organisation sends on, of two the one of that
 * environment; BARS_FEED_NONE: none. A lone feed that names no organisations takes all. */
size_t bars_feed_of(const struct bars_service *service, struct rd_text ods, bool test);
/* Whether the organisation in NHSD-End-User-Organisation may speak for that feed's; absent: yes. */
bool bars_feed_names(const struct rd_feed *feed, struct rd_text ods);
/* By the certificate of the connection. */
bool bars_may_use(const struct bars_service *service, const struct rd_http_request *request,
                  const struct rd_feed *feed);
/* "2000099999", "https://fhir.nhs.uk/Id/dos-service-id|2000099999": one of ours, or none is named.
 */
bool bars_is_ours(const struct bars_service *service, struct rd_text target);
struct rd_fhir_headers bars_headers(const struct rd_http_request *request);
/* Who asks, for the ledger: "RRU", or "RRU, Patient Manager 1.7". In the arena. */
struct rd_text bars_asker(const struct rd_http_request *request, struct rd_text ods,
                          struct rd_arena *arena);

/* process.c: POST /$process-message. */
void bars_process(struct bars_service *service, struct rd_http_request *request);
/* read.c: GET /ServiceRequest/ID; an empty `id`: the search. */
void bars_read(struct bars_service *service, struct rd_http_request *request, struct rd_text id);

#endif
