/* Which of a release's columns mean what. Private to this folder. */
#ifndef RD_GEO_FILES_RELEASE_COLUMNS_H
#define RD_GEO_FILES_RELEASE_COLUMNS_H

#include "base/text.h"

enum release_field {
    FIELD_POSTCODE,
    FIELD_LAD,
    FIELD_WARD,
    FIELD_HEALTH,
    FIELD_ENDED,
    FIELD_SPLIT,
    FIELD_COUNT
};

struct release_columns {
    size_t of[FIELD_COUNT]; /* index; SIZE_MAX: the release has none */
    size_t last;            /* the largest */
    size_t count;           /* of the header */
};

/* From a header. Fields without a column are SIZE_MAX. */
void rd_release_match(const struct rd_text *header, size_t count, struct release_columns *out);
/* Code-Point Open: postcode, quality, easting, northing, country, two health authorities, county,
 * district, ward. */
enum { CODE_POINT_COLUMNS = 10 };
void rd_release_code_point(struct release_columns *out);

#endif
