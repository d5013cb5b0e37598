/* Rows of a sheet that all have the same mistake in the same column (a date in American order, a
 * column shifted by one): beyond MESH_ALIKE_ROWS of them they are one item for the desk, with all
 * their rows below the titles, ready to be put right and sent again, instead of a thousand items
 * that say the same. Pure. */
#ifndef RD_MESH_ALIKE_H
#define RD_MESH_ALIKE_H

#include "adapters/csv/template.h"

enum {
    MESH_ALIKE_ROWS = 20, /* so many are an item each; one more: one item for all */
    MESH_ALIKE_KINDS = 64 /* different mistakes of one file that are looked at */
};

struct mesh_alike_kind {
    unsigned column;
    struct rd_text words; /* in the file's arena */
    unsigned rows;
    size_t bytes; /* of its rows, with line ends */
};
struct mesh_alike {
    struct rd_template start; /* the sheet before its first row */
    struct mesh_alike_kind kinds[MESH_ALIKE_KINDS];
    size_t count;
    size_t told; /* kinds that mesh_alike_next has been through */
};

/* What the rows from here on have in common; `arena` lives as long as the file. Without room for
 * looking nothing is: each row is an item of its own then. */
void mesh_alike_look(struct mesh_alike *alike, const struct rd_template *template,
                     struct rd_arena *arena);
/* The row is told of together with others. */
bool mesh_alike_has(const struct mesh_alike *alike, const struct rd_template_row *row);

struct mesh_alike_item {
    unsigned count, first; /* rows, and the first one's number */
    struct rd_text rows;   /* "2-481, 483" */
    struct rd_text words;
    struct rd_text original; /* titles and rows */
    struct rd_template_mistake mistake;
};
/* The next ones that are told of together, once every row was gone through. RD_E_NOTFOUND: none;
 * RD_E_TOOBIG: the arena is too small. */
RD_MUST_CHECK enum rd_err mesh_alike_next(struct mesh_alike *alike, struct rd_arena *arena,
                                          struct mesh_alike_item *out);

#endif
