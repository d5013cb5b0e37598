/* Small readers over jansson values: paths, copies into the arena, references inside a bundle.
 * Internal to this folder. */
#ifndef RD_FHIR_FHIR_JSON_H
#define RD_FHIR_FHIR_JSON_H

#include "adapters/fhir/fhir_read.h"
#include "base/buf.h"

#include <jansson.h>

struct rd_fhir_build {
    struct rd_arena *arena;
    const json_t *bundle;
    bool full; /* the arena ran out: the result is not to be used */
};

/* "subject.reference", "category[0].coding[1].code": NULL when any part is absent or of another
 * kind. */
const json_t *rd_fhir_at(const json_t *from, const char *path);
/* The string at a path, copied; absent when it is none or empty. Numbers are written as text. */
struct rd_text rd_fhir_text(struct rd_fhir_build *build, const json_t *from, const char *path);
/* The string at a path, borrowed from the JSON; absent when it is none. */
struct rd_text rd_fhir_peek(const json_t *from, const char *path);
/* A dateTime, instant or date; NULL when absent or no time. */
struct rd_time *rd_fhir_time(struct rd_fhir_build *build, const json_t *from, const char *path);
/* The first resource of that type in the bundle, from the `nth` (0); NULL past the last. */
const json_t *rd_fhir_resource(const struct rd_fhir_build *build, const char *type, size_t nth);
/* The resource that a Reference at `path` names, by fullUrl or Type/id; NULL when it is not in the
 * bundle. */
const json_t *rd_fhir_follow(const struct rd_fhir_build *build, const json_t *from,
                             const char *path);
/* fullUrl of the entry that holds `resource`; absent when it has none. */
struct rd_text rd_fhir_full_url(const struct rd_fhir_build *build, const json_t *resource);
/* Whether two URIs name the same thing: scheme, case and the spelling of Id and CodeSystem left
 * aside, a trailing plural s too. */
bool rd_fhir_same_uri(struct rd_text uri, const char *known);
/* A Coding object. False when it has neither code nor display. */
bool rd_fhir_coding(struct rd_fhir_build *build, const json_t *coding, struct rd_coding *out);
/* The code of the first coding of that system in a CodeableConcept or an array of them; absent:
 * none. */
struct rd_text rd_fhir_code_in(const json_t *concepts, const char *system);
/* One more item of a list, as rd_hl7_add. */
void *rd_fhir_add(struct rd_fhir_build *build, void **items, size_t *count, size_t size);
#define RD_FHIR_ADD(build, owner, list)                                                            \
    rd_fhir_add((build), (void **)&(owner)->list, &(owner)->list##_count, sizeof *(owner)->list)

/* As compact JSON, decimals with as few digits as give the same number again. False: no memory. */
bool rd_fhir_dump(const json_t *value, struct rd_buf *out);

void rd_fhir_issue(struct rd_fhir_build *build, struct rd_referral *referral, const char *code,
                   const char *path, const char *words);
/* Patient -> person, with what the bundle says of the practice. */
void rd_fhir_person(struct rd_fhir_build *build, struct rd_referral *referral);
/* An Address object as one more address of the person. */
void rd_fhir_address(struct rd_fhir_build *build, struct rd_person *person, const json_t *source,
                     enum rd_address_use use);
/* The extension of `owner` whose url ends so; NULL: none. */
const json_t *rd_fhir_extension(const json_t *owner, const char *ending);
/* `a`, `between`, `b`; of one alone that one; absent of none. */
struct rd_text rd_fhir_join(struct rd_fhir_build *build, struct rd_text a, const char *between,
                            struct rd_text b);
/* Observation, Condition, AllergyIntolerance, MedicationStatement, Communication, answers ... ->
 * clinical, and the presenting complaint -> a need. */
void rd_fhir_clinical(struct rd_fhir_build *build, struct rd_referral *referral);
/* ServiceRequest, CarePlan, Encounter, Location, Flag, Consent ... -> the rest. */
void rd_fhir_request(struct rd_fhir_build *build, struct rd_referral *referral);

#endif
