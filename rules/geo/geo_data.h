/* What geo_build.c makes and geo.c reads. Private to this folder. */
#ifndef RD_GEO_GEO_DATA_H
#define RD_GEO_GEO_DATA_H

#include "base/arena.h"
#include "rules/geo/geo.h"

enum { RD_GEO_MEMORY_MAX = 256 * 1024 * 1024 };

/* What is known of an area of an image beforehand, so that a look-up only follows numbers; small,
 * since there are some 20,000 in a whole directory. */
struct geo_area {
    uint32_t first_locality; /* in rd_geo_table.localities */
    uint16_t lad_name;       /* in rd_geo_table.lads; GEO_NAME_NONE: none */
    uint16_t ward_name;      /* in rd_geo_table.wards; likewise */
    uint16_t localities_count;
    uint8_t lad_len, ward_len, health_len; /* of the codes, which stand in the image */
    bool inside, ended, split;
};
enum { GEO_NAME_NONE = UINT16_MAX };
struct geo_exception {
    uint64_t key; /* of the postcode, or the number of the property */
    struct rd_geo_exception row;
};

struct rd_geo_table {
    const struct rd_alloc *alloc;
    struct rd_arena arena;
    unsigned char *block;              /* of `own` */
    struct rd_geo_image own, national; /* national.bytes NULL: none */
    struct rd_text own_vintage, national_vintage;
    struct geo_area *own_areas, *national_areas;
    struct rd_geo_name *lads, *wards; /* by code */
    size_t lads_count, wards_count;
    struct rd_geo_locality *localities; /* by ward, then valid_from */
    size_t localities_count;
    struct geo_exception *exceptions; /* by key, then address, then valid_from */
    size_t exceptions_count;
    struct geo_exception *properties; /* by number, then valid_from */
    size_t properties_count;
    struct rd_geo_practice *practices; /* by ods, then valid_from */
    size_t practices_count;
    struct rd_geo_found found;
};

/* NULL when it is not among them. */
const struct rd_geo_name *rd_geo_find_name(const struct rd_geo_name *names, size_t count,
                                           struct rd_text code);

/* Which image knows a postcode, and as which of its areas. */
struct geo_answer {
    const struct rd_geo_image *image;
    uint32_t area;
};
/* Both images, the place's own first; NULL: neither knows it. */
const struct geo_area *rd_geo_find_area(const struct rd_geo_table *geo, uint64_t key,
                                        struct geo_answer *answer);
/* The exception in force for that postcode on that day; `lines`: those of one address. */
const struct rd_geo_exception *rd_geo_find_exception(const struct rd_geo_table *geo, uint64_t key,
                                                     const struct rd_geo_address *address,
                                                     int64_t day);
/* The first of the entries whose key is not smaller. */
size_t rd_geo_first_exception(const struct geo_exception *exceptions, size_t count, uint64_t key);

/* A property's number; false: not 1 to 12 digits. */
bool rd_geo_read_uprn(struct rd_text text, uint64_t *out);
/* Whether one of the lines, or what follows a comma in it, begins with `start`: in any case, word
 * by word, whatever stands between the words. */
bool rd_geo_lines_begin(const struct rd_text *lines, size_t count, struct rd_text start);
/* Whether the text has a letter or digit at all. */
bool rd_geo_has_word(struct rd_text text);

#endif
