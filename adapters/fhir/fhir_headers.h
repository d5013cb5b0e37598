/* The NHSD- headers of a BaRS request: base64 of a JSON value each. Thread: any. */
#ifndef RD_FHIR_FHIR_HEADERS_H
#define RD_FHIR_FHIR_HEADERS_H

#include "base/arena.h"
#include "base/text.h"

/* NHSD-Target-Identifier: {"system": ..., "value": ...}. False: another shape. `value` in the
 * arena; absent when that is full. */
bool rd_fhir_target(struct rd_text header, struct rd_arena *arena, struct rd_text *value);
/* NHSD-End-User-Organisation: the ODS code of an Organization. False: another shape. */
bool rd_fhir_organisation(struct rd_text header, struct rd_arena *arena, struct rd_text *ods);
/* NHSD-Requesting-Software: the name and version of a Device; absent when it says none or is of
 * another shape. */
struct rd_text rd_fhir_software(struct rd_text header, struct rd_arena *arena);

#endif
