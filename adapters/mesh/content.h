/* A data file as the submissions that are in it: one FHIR message, one or several HL7 v2 messages,
 * or the rows of a CSV template. What cannot be read becomes a submission too, for the desk: no
 * file ends as nothing. Pure but for the mapping that it is given. Thread: any. */
#ifndef RD_MESH_CONTENT_H
#define RD_MESH_CONTENT_H

#include "adapters/csv/template.h"
#include "adapters/fhir/fhir_read.h"
#include "adapters/hl7v2/hl7_read.h"
#include "adapters/mesh/alike.h"
#include "adapters/mesh/config.h"
#include "adapters/mesh/ctl.h"
#include "model/message.h"

/* One submission of a file. */
struct mesh_item {
    unsigned number; /* the row of a sheet, the message of an HL7 file from 1; 0: the whole file */
    struct rd_text reference; /* the sender's own of a row; absent: none */
    struct rd_text rows;      /* of several rows with one mistake: "2-481, 483"; else absent */
    unsigned rows_count;
    struct rd_submission submission;
    struct rd_template_mistake mistakes[RD_TEMPLATE_MISTAKES_MAX];
    size_t mistakes_count;
    bool is_fhir; /* read of a message that may be an update: `fhir` is what was sent */
    struct rd_fhir_read fhir;
    struct rd_fhir_headers headers; /* of it, as the codec wants them */
};

struct mesh_content {
    const struct rd_feed *feed;
    const struct mesh_ctl *ctl;
    const struct rd_hl7_mapping *mapping;
    enum mesh_format format; /* 0: the whole is one item for the desk */
    struct rd_text bytes;
    const char *code; /* with format 0: its quarantine code */
    struct rd_text words;
    bool refused; /* with format 0: refused instead, the bytes are not kept */
    bool whole_done;
    size_t at; /* HL7: bytes done */
    unsigned number;
    struct rd_template template;
    struct mesh_alike alike; /* of its rows */
};

/* `arena` and `bytes` live as long as the content. RD_E_TOOBIG: the arena is too small even for the
 * whole file as one item. */
RD_MUST_CHECK enum rd_err mesh_content_open(struct mesh_content *content, enum mesh_format format,
                                            const struct rd_feed *feed, const struct mesh_ctl *ctl,
                                            const struct rd_hl7_mapping *mapping, rd_instant now,
                                            struct rd_text bytes, struct rd_arena *arena);
/* The whole file as one item for the desk, or refused. `words` must live as long as the content. */
void mesh_content_whole(struct mesh_content *content, const struct rd_feed *feed,
                        const struct mesh_ctl *ctl, struct rd_text bytes, const char *code,
                        struct rd_text words, bool refused);
/* The next item into `arena`, which the caller resets between items. RD_E_NOTFOUND: there is none;
 * RD_E_TOOBIG: the arena is too small: mesh_item_for_desk then
 * takes the item, whose bytes and number are set all the same. */
RD_MUST_CHECK enum rd_err mesh_content_next(struct mesh_content *content, struct rd_arena *arena,
                                            struct mesh_item *out);
/* Names the transfer: what a FHIR message is known by. Absent: the arena is full. */
struct rd_text mesh_content_key(const struct mesh_content *content, struct rd_arena *arena);
/* The item once more, merged with what the router holds. RD_E_TOOBIG: the arena is too small. */
RD_MUST_CHECK enum rd_err mesh_item_merge(struct mesh_item *item, const struct rd_opened *opened,
                                          struct rd_arena *arena);
/* What was read of an item is too much for a record: its bytes alone, for the desk. `words` says
 * which limit; copied. */
RD_MUST_CHECK enum rd_err mesh_item_for_desk(struct mesh_item *item, const char *code,
                                             struct rd_text words, struct rd_arena *arena);

#endif
