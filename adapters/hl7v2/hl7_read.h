/* An HL7 v2 message to a submission: what each field becomes is the table in
 * adapters/hl7v2/README.md. Pure: no clock, no I/O; everything in the arena or borrowed from the
 * bytes. Thread: any. */
#ifndef RD_HL7_HL7_READ_H
#define RD_HL7_HL7_READ_H

#include "adapters/hl7v2/hl7.h"
#include "adapters/hl7v2/hl7_charset.h"
#include "model/place.h"

#include "rules/calendar/zone.h"

/* Where a feed puts something: "ZDP-2.1". segment "" : nowhere. */
struct rd_hl7_place {
    char segment[4];
    unsigned field, component;
};
struct rd_hl7_code {
    struct rd_text from, to;
};

/* What differs from feed to feed (adapters/hl7v2/mapping.h reads it from YAML). Zeroed: the
 * defaults. */
struct rd_hl7_mapping {
    const struct rd_zone *zone;  /* of times without an offset; required */
    struct rd_hl7_place pathway; /* an ADT with this field filled is a discharge referral */
    const struct rd_hl7_code *pathway_codes; /* "1" -> "1"; none: the digits 0 to 3 as they stand */
    size_t pathway_codes_count;
    const struct rd_hl7_code *priority_codes; /* RF1-2 -> a priority's name; none: S, A, R */
    size_t priority_codes_count;
    struct rd_hl7_place priority;         /* instead of RF1-2 */
    enum rd_priority default_priority;    /* when it is empty */
    struct rd_hl7_place need;             /* what for, before RF1-10 */
    const struct rd_hl7_code *need_codes; /* the sender's codes to the place's own */
    size_t need_codes_count;
    struct rd_hl7_place nhs_number; /* beside those that PID-3 marks as such */
    struct rd_hl7_place practice;   /* before PD1-3 */
    enum rd_hl7_charset charset;    /* of text that is not what MSH-18 says */
    struct rd_hl7_place site;       /* ODS code of the hospital site; none: PV1-3.4, else MSH-4 */
};

/* Table 0357. */
enum rd_hl7_error {
    RD_HL7_OK = 0,
    RD_HL7_SEGMENT_SEQUENCE = 100,
    RD_HL7_FIELD_MISSING = 101,
    RD_HL7_DATA_TYPE = 102,
    RD_HL7_TABLE_VALUE = 103,
    RD_HL7_UNSUPPORTED_TYPE = 200,
    RD_HL7_UNSUPPORTED_EVENT = 201,
    RD_HL7_UNSUPPORTED_PROCESSING = 202,
    RD_HL7_UNSUPPORTED_VERSION = 203,
    RD_HL7_UNKNOWN_KEY = 204,
    RD_HL7_DUPLICATE_KEY = 205,
    RD_HL7_LOCKED = 206,
    RD_HL7_INTERNAL = 207
};

/* What the acknowledgement needs of the header; absent members could not be read. */
struct rd_hl7_header {
    char field, component, repetition, escape, subcomponent;
    struct rd_text sending_app, sending_facility, receiving_app, receiving_facility;
    struct rd_text type, event, control_id, processing, version;
    struct rd_text accept_ack,
        application_ack; /* MSH-15, MSH-16: AL NE ER SU; absent: original mode */
};

struct rd_hl7_read {
    struct rd_hl7_header header;
    struct rd_submission
        submission;          /* quarantine_code or refused_code set when it is not a referral */
    enum rd_hl7_error error; /* for the answer when it is not positive */
    struct rd_text location; /* "MSH-10", for ERR */
};

/* Always gives a submission for the router: what cannot be understood is quarantined or refused in
 * it. RD_E_TOOBIG only when the arena is too small. `bytes` become submission.original. */
RD_MUST_CHECK enum rd_err rd_hl7_read(const struct rd_hl7_mapping *mapping, struct rd_text feed,
                                      struct rd_text bytes, struct rd_arena *arena,
                                      struct rd_hl7_read *out);

/* For a message that holds more than a record may (`words` says which limit): its first line alone
 * is read, the whole goes to the desk. RD_E_TOOBIG only when the arena is too small even for that.
 */
RD_MUST_CHECK enum rd_err rd_hl7_read_over(const struct rd_hl7_mapping *mapping,
                                           struct rd_text feed, struct rd_text bytes,
                                           struct rd_text words, struct rd_arena *arena,
                                           struct rd_hl7_read *out);

/* Turns what was read into a refusal: recorded as rejected, without its body. `code` and `location`
 * are literals. */
void rd_hl7_refuse(struct rd_hl7_read *read, enum rd_hl7_error error, const char *location,
                   const char *code, struct rd_text words);
/* Turns what was read of a frame that was cut short into a quarantined item, under a key of its
 * own. */
void rd_hl7_quarantine_cut(struct rd_hl7_read *read, struct rd_arena *arena);

#endif
