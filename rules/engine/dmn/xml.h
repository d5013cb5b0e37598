/* A strict, small XML tree with the place of every element, attribute owner and piece of text.
 * No document type, no entities but the five of XML, bounded depth. All in the caller's arena.
 * Thread: any. */
#ifndef RD_ENGINE_DMN_XML_H
#define RD_ENGINE_DMN_XML_H

#include "base/err.h"
#include "rules/engine/value.h"

enum { RD_XML_DEPTH_MAX = 64, RD_XML_BYTES_MAX = 8 * 1024 * 1024 };

struct rd_xml_attribute {
    struct rd_text space, name, value; /* space: namespace, absent for none */
};
/* From `offset` on in the element's text, characters stand from `pos` on in the file. */
struct rd_xml_piece {
    size_t offset;
    struct rd_pos pos;
};
struct rd_xml {
    struct rd_text space, name;
    struct rd_pos pos; /* of its "<" */
    struct rd_xml_attribute *attributes;
    size_t attributes_count;
    struct rd_text text; /* character data directly in it; present, perhaps empty */
    char *text_tail;     /* while reading: where the next piece goes */
    size_t text_room;    /* while reading: bytes behind text.ptr */
    struct rd_xml_piece *pieces;
    size_t pieces_count;
    struct rd_xml *parent, *first, *last, *next; /* children in order */
};

/* RD_E_MALFORMED with *pos and `why`; RD_E_TOOBIG: over RD_XML_BYTES_MAX or the arena. */
RD_MUST_CHECK enum rd_err rd_xml_parse(struct rd_text bytes, struct rd_arena *arena,
                                       const struct rd_xml **out, struct rd_pos *pos,
                                       struct rd_errbuf *why);
/* Absent when there is no such attribute (without namespace). */
struct rd_text rd_xml_attribute(const struct rd_xml *element, const char *name);
/* The first child of that name in the element's own namespace; NULL: none. */
const struct rd_xml *rd_xml_child(const struct rd_xml *element, const char *name);
/* Where byte `offset` of its text stands. */
struct rd_pos rd_xml_text_pos(const struct rd_xml *element, size_t offset);

#endif
