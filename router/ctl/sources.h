/* Where each field of a record comes from, found by trying: every part of the message is changed in
 * turn and the message is read again; the fields that change with it come from it. So it says what
 * the codec does, not what somebody wrote down about it, and holds for every codec and mapping.
 * Costs one reading per part: a tool's work, never an adapter's. Single thread. */
#ifndef RD_CTL_SOURCES_H
#define RD_CTL_SOURCES_H

#include "adapters/hl7v2/hl7_read.h"
#include "model/place.h"

#include <jansson.h>

/* How a message of one feed is read. */
struct ctl_reading {
    const struct rd_feed *feed;
    struct rd_hl7_mapping mapping; /* HL7 v2 only */
    bool fhir;                     /* FHIR JSON; else HL7 v2 */
};

/* What reading the message gives; everything in the arena. False: it needs more memory than a
 * message may take. `failure` (may be NULL): what a sender would be told instead, absent when it is
 * read. */
bool ctl_reading_read(const struct ctl_reading *reading, struct rd_text message,
                      struct rd_arena *arena, struct rd_submission *out, struct rd_text *failure);

/* A leaf of the message that says something. */
struct ctl_part {
    struct rd_text where; /* "PID-5.1", "NTE[2]-3", "Patient.name[0].family" */
    struct rd_text value;
    bool counts;  /* some field changes with it */
    bool decides; /* with another value the message is not read at all */
};

struct ctl_source_field {
    struct rd_text path, value; /* "referral.person.names[0].family" */
    const struct ctl_part **parts;
    size_t parts_count;
};

struct ctl_sources {
    struct ctl_source_field *fields;
    size_t fields_count;
    struct ctl_part *parts;
    size_t parts_count;
};

enum { CTL_PARTS_MAX = 5000 };

/* `message` is as ctl_reading_text gave it. False: out of memory or more than CTL_PARTS_MAX parts.
 */
bool ctl_sources_find(const struct ctl_reading *reading, struct rd_text message,
                      struct rd_arena *arena, struct ctl_sources *out);

/* The flat form that sources and comparisons use: {"referral.needs[0].words": "Fall", ...}, without
 * the original, its digest and what was noticed. A new reference; NULL without memory. */
json_t *ctl_flat(const struct rd_submission *submission);

#endif
