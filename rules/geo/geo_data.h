/* What geo_build.c makes and geo.c reads. Private to this folder. */
#ifndef RD_GEO_GEO_DATA_H
#define RD_GEO_GEO_DATA_H

#include "base/arena.h"
#include "rules/geo/geo.h"

enum { RD_GEO_MEMORY_MAX = 256 * 1024 * 1024 };

/* What is known of an area of an image beforehand, so that a look-up only follows numbers. */
struct geo_area {
    struct rd_text lad, lad_name, ward, ward_name;
    bool inside;
    uint32_t first_locality, localities_count; /* in rd_geo_table.localities */
};
struct geo_exception {
    uint64_t key;
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
    struct geo_exception *exceptions; /* by key, then valid_from */
    size_t exceptions_count;
};

/* NULL when it is not among them. */
const struct rd_geo_name *rd_geo_find_name(const struct rd_geo_name *names, size_t count,
                                           struct rd_text code);

#endif
