/* What the parts of hl7_read share: a message, its mapping, the arena, and growing lists. Internal
 * to this folder. */
#ifndef RD_HL7_HL7_BUILD_H
#define RD_HL7_HL7_BUILD_H

#include "adapters/hl7v2/hl7_read.h"

struct rd_hl7_build {
    const struct rd_hl7_mapping *mapping;
    struct rd_hl7 message;
    struct rd_arena *arena;
    bool full; /* the arena ran out somewhere: the result is not to be used */
};

/* Room for one more item in a list whose array grows by doubling inside the arena; NULL: full is
 * set. */
void *rd_hl7_add(struct rd_hl7_build *build, void **items, size_t *count, size_t size);
#define RD_HL7_ADD(build, owner, list)                                                             \
    rd_hl7_add((build), (void **)&(owner)->list, &(owner)->list##_count, sizeof *(owner)->list)

/* Shorthands over build->message and build->arena. component 0: the whole first repetition. */
struct rd_text rd_hl7_text(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                           unsigned field, unsigned component);
struct rd_text rd_hl7_part(struct rd_hl7_build *build, struct rd_text repetition,
                           unsigned component, unsigned subcomponent);
/* Free text: every repetition of the field, whole, a line each (senders break lines so). */
struct rd_text rd_hl7_words(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                            unsigned field);
/* `a`, `between`, `b`; of one alone that one; absent of none. */
struct rd_text rd_hl7_join(struct rd_hl7_build *build, struct rd_text a, const char *between,
                           struct rd_text b);
/* Every part of a repetition that says something, with blanks between. */
struct rd_text rd_hl7_flat(struct rd_hl7_build *build, struct rd_text repetition);
/* The same of a whole segment's fields, with commas between. */
struct rd_text rd_hl7_flat_fields(struct rd_hl7_build *build, struct rd_text body);
struct rd_text rd_hl7_format(struct rd_hl7_build *build, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct rd_time *rd_hl7_when(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                            unsigned field);
/* CE, CWE: code^text^system. NULL when empty. */
bool rd_hl7_coding(struct rd_hl7_build *build, struct rd_text repetition, struct rd_coding *out);
void rd_hl7_issue(struct rd_hl7_build *build, struct rd_referral *referral,
                  enum rd_severity severity, const char *code, const char *path, const char *words);
/* What the sender said and no field holds, by its place. Absent values are left out. */
void rd_hl7_extra(struct rd_hl7_build *build, struct rd_referral *referral, struct rd_text path,
                  struct rd_text value);
/* The mapped field's value; absent when the place is nowhere. */
struct rd_text rd_hl7_mapped(struct rd_hl7_build *build, const struct rd_hl7_place *place);
/* "ZDP-2", in the arena, for an issue. */
const char *rd_hl7_place_name(struct rd_hl7_build *build, const struct rd_hl7_place *place);
/* Whether the feed's pathway field says anything: a code that nobody mapped does too. */
bool rd_hl7_is_discharge(struct rd_hl7_build *build);

/* XTN in its three spellings; false: no number and no address. */
bool rd_hl7_telecom(struct rd_hl7_build *build, struct rd_text repetition, struct rd_telecom *out);
/* "Ann Mary Example" of an XPN (name parts from component 1) or an XCN (from 2). */
struct rd_text rd_hl7_full_name(struct rd_hl7_build *build, struct rd_text repetition,
                                unsigned from);
/* Organisation codes: 1 to 9 capital letters and digits. */
bool rd_hl7_is_ods(struct rd_text code);

/* PID, PD1, NK1 -> person. */
void rd_hl7_person(struct rd_hl7_build *build, struct rd_referral *referral);
/* DG1, AL1, OBX, NTE ... -> clinical, attachments. */
void rd_hl7_clinical(struct rd_hl7_build *build, struct rd_referral *referral);
/* Segments that are kept whole for the owner to read (Z, AUT, ACC), and the people about it. */
void rd_hl7_beside(struct rd_hl7_build *build, struct rd_referral *referral);
/* What for, when nothing has said it yet. */
void rd_hl7_needs(struct rd_hl7_build *build, struct rd_referral *referral);
/* RF1, PRD and all of the above -> the rest of a referral. */
void rd_hl7_request(struct rd_hl7_build *build, struct rd_referral *referral);
/* PV1, PV2 -> stay. */
void rd_hl7_stay(struct rd_hl7_build *build, struct rd_referral *referral);
/* Whether PV1 is about somebody who is in hospital (table 0004: I, E, P, or not said), not about
 * an outpatient's visit, which would send the referral to the hospital's own team. */
bool rd_hl7_is_stay(struct rd_hl7_build *build);
/* ADT -> one fact. */
void rd_hl7_fact(struct rd_hl7_build *build, struct rd_referral *referral, struct rd_text event);
/* Whether that ADT event is one of the facts we take. */
bool rd_hl7_is_fact(struct rd_text event);

#endif
