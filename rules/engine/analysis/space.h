/* Everybody that rules can tell apart, as a finite space. Each input is cut into the classes that
 * no cell tells apart (cells.h); one axis for each input, or for each member that cells ask a list
 * for, or for several inputs that only occur together (a postcode's class, borough and locality).
 * What a rule is for is then a union of boxes: a set of classes on each axis. Exact, not a sample:
 * every value that an input can have is in one class. Built in one arena. Thread: one. */
#ifndef RD_ENGINE_ANALYSIS_SPACE_H
#define RD_ENGINE_ANALYSIS_SPACE_H

#include "rules/engine/cells.h"

enum {
    RD_SPACE_AXES_MAX = 1024,
    RD_SPACE_CLASSES_MAX = 1 << 16, /* of one axis */
    RD_SPACE_SUBSETS_MAX = 8,       /* members of a column that asks for lists as a whole */
    RD_SPACE_BOXES_MAX = 1 << 14    /* of one rule */
};

/* What an input can be. */
struct rd_input_domain {
    struct rd_text name;
    enum rd_type type;
    bool nullable;
    bool whole;                   /* numbers: integers only */
    bool natural;                 /* numbers: none below 0 */
    const struct rd_text *values; /* strings, members of lists: all there are; NULL: any */
    size_t values_count;
    bool apart; /* values that no cell tells apart stay classes of their own */
    const struct rd_value *preferred; /* stands for its class in examples; NULL: any will do */
};

struct rd_space_input {
    struct rd_text name;
    bool made;
    size_t axis;                   /* the first of its axes */
    const struct rd_value *values; /* one of each class; NULL: a list, an axis for each member */
    struct rd_points members;      /* of a list: classes of such an axis are 0 without, 1 with it */
};
struct rd_space {
    struct rd_arena *arena;
    struct rd_space_input *inputs;
    size_t inputs_count;
    size_t axes_count, words;                                    /* words: of a box */
    size_t sizes[RD_SPACE_AXES_MAX], offsets[RD_SPACE_AXES_MAX]; /* classes; first word in a box */
};

/* The cells that are asked of an input, all of them. */
struct rd_space_cells {
    const struct rd_node **items;
    size_t count;
};

/* RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_space_init(struct rd_space *space, size_t inputs_count,
                                        struct rd_arena *arena);
/* RD_E_UNSUPPORTED with `why`: what the cells ask for has no finite classes, or too many. */
RD_MUST_CHECK enum rd_err rd_space_add(struct rd_space *space, size_t input,
                                       const struct rd_input_domain *domain,
                                       const struct rd_space_cells *cells, struct rd_errbuf *why);
/* Several inputs on one axis, a class for each of the `count` cases. `values`: for each of the
 * inputs, one for each case; kept. */
RD_MUST_CHECK enum rd_err rd_space_add_joint(struct rd_space *space, const size_t *inputs,
                                             const struct rd_value *const *values,
                                             size_t inputs_count, size_t count);

/* Boxes: `words` words, the set of classes of each axis from its offset on. */
struct rd_boxes {
    uint64_t *words;
    size_t count, room;
};
uint64_t *rd_box_at(const struct rd_space *space, const struct rd_boxes *boxes, size_t index);
/* The box of everybody. */
void rd_box_whole(const struct rd_space *space, uint64_t *box);
size_t rd_axis_words(const struct rd_space *space, size_t axis);
bool rd_box_has(const struct rd_space *space, const uint64_t *box, size_t axis, size_t class);
void rd_box_keep(const struct rd_space *space, uint64_t *box, size_t axis, size_t class);
/* All classes of that axis. */
void rd_box_open(const struct rd_space *space, uint64_t *box, size_t axis);
/* Its first class on that axis. */
size_t rd_box_class(const struct rd_space *space, const uint64_t *box, size_t axis);
/* Their intersection into `out` (may be one of them). False: nobody is in both. */
bool rd_box_meet(const struct rd_space *space, const uint64_t *a, const uint64_t *b, uint64_t *out);
bool rd_box_meets(const struct rd_space *space, const uint64_t *a, const uint64_t *b);

/* One more box. NULL: the arena is full. */
uint64_t *rd_boxes_add(const struct rd_space *space, struct rd_boxes *boxes);
/* Narrows every box from `first` on to those that pass the cell on that input: several boxes for
 * one when it asks for any of several members. RD_E_UNSUPPORTED: over RD_SPACE_BOXES_MAX. */
RD_MUST_CHECK enum rd_err rd_boxes_narrow(const struct rd_space *space, struct rd_boxes *boxes,
                                          size_t first, size_t input, const struct rd_node *cell);

/* The value of an input in the classes that come first in the box; a list has the members that the
 * box insists on. Absent items: the arena is full. */
RD_MUST_CHECK bool rd_box_value(const struct rd_space *space, const uint64_t *box, size_t input,
                                struct rd_arena *arena, struct rd_value *out);
/* Whether the box says anything about the input: not all of its classes are in it. */
bool rd_box_limits(const struct rd_space *space, const uint64_t *box, size_t input);

#endif
