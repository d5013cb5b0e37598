/* HL7 v2 as a list of segments: the tolerant reading that real messages need. No grammar: segments
 * may come in any order, any number of times, with LF, CR or CRLF between them. Pure; everything
 * borrowed from the arena and from the bytes. Thread: any; no state. */
#ifndef RD_HL7_HL7_H
#define RD_HL7_HL7_H

#include "base/arena.h"
#include "base/err.h"

enum { RD_HL7_SEGMENTS_MAX = 4096 };

struct rd_hl7_segment {
    struct rd_text name; /* three characters */
    struct rd_text body; /* from the first field separator on, without it; MSH: from MSH-2 on */
};

struct rd_hl7 {
    char field, component, repetition, escape, subcomponent;
    struct rd_hl7_segment *segments;
    size_t segments_count;
};

/* RD_E_MALFORMED: not HL7 (no MSH, no separators, a segment name that is none, NUL bytes): `why`
 * says which segment, counted from 1, without any content. RD_E_TOOBIG: too many segments or no
 * room. */
RD_MUST_CHECK enum rd_err rd_hl7_parse(struct rd_text bytes, struct rd_arena *arena,
                                       struct rd_hl7 *out, struct rd_errbuf *why);

/* The `nth` (from 0) segment of that name, NULL when there is none. */
const struct rd_hl7_segment *rd_hl7_segment(const struct rd_hl7 *message, const char *name,
                                            size_t nth);

/* Field `number` as HL7 counts (MSH-1 is the separator itself), all its repetitions; empty when
 * there is none. */
struct rd_text rd_hl7_field(const struct rd_hl7 *message, const struct rd_hl7_segment *segment,
                            unsigned number);
/* Repetition `index` from 0; false past the last one. An empty field has one empty repetition. */
bool rd_hl7_repetition(const struct rd_hl7 *message, struct rd_text field, size_t index,
                       struct rd_text *out);
/* All of them in one walk: *at is 0 at first and belongs to this call afterwards. For a field of a
 * million repetitions the indexed form above would take a million walks. */
bool rd_hl7_next_repetition(const struct rd_hl7 *message, struct rd_text field, size_t *at,
                            struct rd_text *out);
/* Component and subcomponent from 1, of one repetition; raw, still escaped. */
struct rd_text rd_hl7_component(const struct rd_hl7 *message, struct rd_text repetition,
                                unsigned number);
struct rd_text rd_hl7_subcomponent(const struct rd_hl7 *message, struct rd_text component,
                                   unsigned number);
/* Escapes resolved (\F\ \S\ \T\ \R\ \E\ \.br\ \Xhh\ ...), HL7's explicit null ("") made absent,
 * trimmed. An empty text is absent. What cannot be resolved stays as it stands. RD_TEXT_NONE too
 * when the arena is full: callers check the arena once, at the end (rd_arena_take of 1 fails too).
 */
struct rd_text rd_hl7_value(const struct rd_hl7 *message, struct rd_text raw,
                            struct rd_arena *arena);
/* The first repetition's component as a value: the usual need. component 0: the whole repetition.
 */
struct rd_text rd_hl7_get(const struct rd_hl7 *message, const struct rd_hl7_segment *segment,
                          unsigned field, unsigned component, struct rd_arena *arena);

#endif
