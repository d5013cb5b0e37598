/* From a postcode as written to a locality: whole postcodes only (most outcodes straddle councils),
 * never a guess. Built once from a place's lists, constant afterwards. PURE: no I/O, no clock.
 *
 *   postcode text -> normalised -> exceptions of the place -> its table (-> all of Great Britain)
 *                 -> authority, ward -> locality of that ward on that day
 *
 * Thread: any once built. */
#ifndef RD_GEO_GEO_H
#define RD_GEO_GEO_H

#include "base/alloc.h"
#include "base/err.h"
#include "rules/geo/image.h"
#include "rules/geo/postcode.h"
#include "model/decision.h"

#define RD_GEO_DAY_OPEN INT64_MAX /* valid_to of a row that has not ended */

/* Rows as read from a place's files; `line` is for messages. Borrowed during the build only. */
struct rd_geo_name { /* lads, wards */
    struct rd_text code, name;
    bool inside; /* lads: part of the place */
    unsigned line;
};
/* A ward's locality on the days [valid_from, valid_to). */
struct rd_geo_locality {
    struct rd_text ward, locality;
    int64_t valid_from, valid_to; /* days since 1970-01-01; RD_GEO_DAY_OPEN */
    unsigned line;
};
enum rd_geo_exception_kind {
    RD_GEO_SPLIT = 1,  /* lies in two localities: a person decides */
    RD_GEO_TERMINATED, /* no longer used by the Royal Mail */
    RD_GEO_OVERRIDE    /* belongs to `locality` whatever its ward says */
};
/* About a whole postcode, one address in it, or one property. */
struct rd_geo_exception {
    struct rd_text postcode; /* may be absent with a `uprn` */
    struct rd_text locality; /* OVERRIDE only: where it belongs */
    struct rd_text note;     /* why, for `explain`; may be absent */
    int64_t valid_from, valid_to;
    enum rd_geo_exception_kind kind;
    unsigned line;
    struct rd_text lad;     /* OVERRIDE only: the authority it lies in, when not the postcode's */
    struct rd_text uprn;    /* only that property (digits); else absent */
    struct rd_text address; /* only lines that begin so, "12 High Road"; else absent */
};
/* A GP practice: where its patients belong who are routed by their practice. */
struct rd_geo_practice {
    struct rd_text ods;      /* in capitals */
    struct rd_text postcode; /* its own; used unless `locality` is there */
    struct rd_text locality; /* may be absent */
    int64_t valid_from, valid_to;
    unsigned line;
};

struct rd_geo_source {
    struct rd_text vintage; /* of the postcodes: "2014-08" */
    const struct rd_geo_row *postcodes;
    size_t postcodes_count;
    const struct rd_geo_name *lads;
    size_t lads_count;
    const struct rd_geo_name *wards;
    size_t wards_count;
    const struct rd_geo_locality *localities;
    size_t localities_count;
    const struct rd_geo_exception *exceptions;
    size_t exceptions_count;
    const struct rd_geo_practice *practices;
    size_t practices_count;
    /* All of Great Britain, asked after the place's own; NULL: none. Must outlive the result. When
     * it is newer than the place's own, a postcode of both that it ends, or puts into another
     * authority, becomes an exception (terminated, split) unless the place has one for it. */
    const struct rd_geo_image *national;
    struct rd_text national_vintage;
};

/* Where a build failed. */
enum rd_geo_list {
    RD_GEO_LIST_POSTCODES = 1,
    RD_GEO_LIST_LADS,
    RD_GEO_LIST_WARDS,
    RD_GEO_LIST_LOCALITIES,
    RD_GEO_LIST_EXCEPTIONS,
    RD_GEO_LIST_PRACTICES
};
struct rd_geo_problem {
    enum rd_geo_list list;
    unsigned line;     /* of the row at fault */
    struct rd_text at; /* the cell of it, as it was given; absent: the row */
};

struct rd_geo_table;

/* Copies everything but `national`. RD_E_INVALID: a row is wrong (malformed or repeated postcode,
 * repeated code, locality of an unknown ward, a ward in two localities on one day): *problem says
 * where and `why` what was found, expected and to do. RD_E_NOMEM. The result is the caller's:
 * rd_geo_free. */
RD_MUST_CHECK enum rd_err rd_geo_build(const struct rd_geo_source *source,
                                       const struct rd_alloc *alloc, struct rd_geo_table **out,
                                       struct rd_geo_problem *problem, struct rd_errbuf *why);
void rd_geo_free(struct rd_geo_table *geo); /* NULL allowed */

enum { RD_GEO_SUGGESTIONS_MAX = 5 };

/* What settled it. */
enum rd_geo_basis { RD_GEO_BY_POSTCODE = 1, RD_GEO_BY_ADDRESS, RD_GEO_BY_UPRN };

/* Texts are borrowed from the table (and its national image) and absent when unknown. */
struct rd_geo_place {
    enum rd_postcode_class class;
    enum rd_geo_basis basis;
    uint64_t key;                        /* of the postcode; 0 when malformed or missing */
    char postcode[RD_POSTCODE_TEXT_MAX]; /* normalised; "" when malformed or missing */
    struct rd_text lad, lad_name;        /* "E09000026", "Redbridge" */
    struct rd_text ward, ward_name;
    struct rd_text health;   /* integrated care board or its like, by residence */
    struct rd_text locality; /* only when KNOWN, inside the place, and the ward has one that day */
    struct rd_text vintage;  /* of the table that answered, or that did not know */
    struct rd_text note;     /* an exception's note, what a pseudo postcode means */
};
struct rd_geo_address {
    struct rd_text postcode, uprn; /* may be absent */
    const struct rd_text *lines;
    size_t lines_count;
};

/* `day`: days since 1970-01-01 on the place's wall, for what is effective-dated. */
void rd_geo_lookup(const struct rd_geo_table *geo, struct rd_text postcode, int64_t day,
                   struct rd_geo_place *out);
/* An exception for the property goes before one for the address, that before one for the postcode,
 * that before the tables. */
void rd_geo_lookup_address(const struct rd_geo_table *geo, const struct rd_geo_address *address,
                           int64_t day, struct rd_geo_place *out);
/* Where the practice's patients belong: its locality, else what its postcode says. False: the
 * practice is not known on that day, and *out is as for a missing postcode. */
bool rd_geo_lookup_practice(const struct rd_geo_table *geo, struct rd_text ods, int64_t day,
                            struct rd_geo_place *out);

/* What may have been meant by a postcode that is malformed or unknown: for a person to read, never
 * acted on. The first of these kinds that leads to postcodes in use: look-alikes exchanged (O and
 * 0, I and 1), two neighbours swapped, one character wrong; those of the place before others, and
 * nothing at all when there are more than RD_GEO_SUGGESTIONS_MAX. Returns how many. */
size_t rd_geo_suggest(const struct rd_geo_table *geo, struct rd_text postcode, int64_t day,
                      char out[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX]);

/* Since when it is out of use, as year * 100 + month; 0: no table says. `key` as in rd_geo_place.
 */
uint32_t rd_geo_ended(const struct rd_geo_table *geo, uint64_t key);

/* How many exceptions came from the national table by itself. */
struct rd_geo_found {
    size_t terminated, split;
};
struct rd_geo_found rd_geo_found_by_national(const struct rd_geo_table *geo);

/* Calls `each` for every postcode of the place's own table, out of use or not, once, in no order
 * that means anything. */
void rd_geo_each(const struct rd_geo_table *geo, void *context,
                 void (*each)(void *context, const char *postcode));
/* The days in (from, until) on which a locality or an exception begins or ends, each once; at most
 * `max` are written. Returns how many there are, or a few more when that is over `max`. */
size_t rd_geo_change_days(const struct rd_geo_table *geo, int64_t from, int64_t until,
                          int64_t *days, size_t max);

/* Whether any row of the tables names it, whatever the day. */
bool rd_geo_has_locality(const struct rd_geo_table *geo, struct rd_text locality);
/* NULL when the code is not in the tables. */
const struct rd_geo_name *rd_geo_lad(const struct rd_geo_table *geo, struct rd_text code);
/* Absent when the code is not in the tables. */
struct rd_text rd_geo_lad_name(const struct rd_geo_table *geo, struct rd_text code);

#endif
