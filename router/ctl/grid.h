/* A table on a terminal: columns as wide as they need to be, wrapped to fit. Plain values; texts
 * are borrowed until it is printed. */
#ifndef RD_CTL_GRID_H
#define RD_CTL_GRID_H

#include "base/text.h"

enum { GRID_COLUMNS_MAX = 80 };

struct grid {
    size_t columns, rows;
    const struct rd_text *heads; /* one for each column */
    const struct rd_text *cells; /* rows x columns */
    size_t width;                /* of the terminal */
    const char *indent;
};
/* How wide it is without wrapping. */
size_t grid_natural(const struct grid *grid);
void grid_print(const struct grid *grid);
/* Words, wrapped to `width`; every line begins with `indent`. */
void grid_words(struct rd_text words, size_t width, const char *indent);

#endif
