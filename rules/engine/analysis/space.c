#include "rules/engine/analysis/space.h"

#include <string.h>

enum { BITS = 64 };

enum rd_err rd_space_init(struct rd_space *space, size_t inputs_count, struct rd_arena *arena)
{
    *space = (struct rd_space){.arena = arena, .inputs_count = inputs_count};
    space->inputs = rd_arena_array(arena, inputs_count + 1, sizeof *space->inputs);
    return space->inputs == NULL ? RD_E_TOOBIG : RD_OK;
}

size_t rd_axis_words(const struct rd_space *space, size_t axis)
{
    return (space->sizes[axis] + BITS - 1) / BITS;
}

static enum rd_err add_axis(struct rd_space *space, size_t classes)
{
    if (space->axes_count == RD_SPACE_AXES_MAX)
        return RD_E_UNSUPPORTED;
    space->sizes[space->axes_count] = classes;
    space->offsets[space->axes_count] = space->words;
    space->words += (classes + BITS - 1) / BITS;
    space->axes_count++;
    return RD_OK;
}

static void set(uint64_t *bits, size_t at)
{
    bits[at / BITS] |= UINT64_C(1) << (at % BITS);
}

/* Values as candidates for classes of their own. */
struct candidates {
    struct rd_arena *arena;
    struct rd_value *items;
    size_t count;
    bool full;
};

static void add_candidate(struct candidates *candidates, struct rd_value value)
{
    void *items = candidates->items;
    struct rd_value *item =
        rd_arena_add(candidates->arena, &items, &candidates->count, sizeof *item);
    candidates->items = items;
    if (item == NULL)
        candidates->full = true;
    else
        *item = value;
}

/* What each cell says of each candidate, as bits; candidates of which all say the same are one
 * class. `keep`: of each class its first candidate. Returns how many; 0: the arena is full. */
static size_t merge(const struct rd_space_cells *cells, const struct candidates *candidates,
                    size_t *keep)
{
    size_t classes = 0, words = cells->count / BITS + 1;
    uint64_t *says = rd_arena_array(candidates->arena, words * candidates->count + 1, sizeof *says);
    if (says == NULL)
        return 0;
    for (size_t c = 0; c < candidates->count; c++) {
        size_t same = 0;
        for (size_t i = 0; i < cells->count; i++)
            if (rd_feel_test(cells->items[i], &candidates->items[c]) == RD_TRUE)
                set(says + c * words, i);
        while (same < classes &&
               memcmp(says + keep[same] * words, says + c * words, words * sizeof *says) != 0)
            same++;
        if (same == classes)
            keep[classes++] = c;
    }
    return classes;
}

static bool is_whole(const struct rd_decimal *number)
{
    struct rd_decimal same;
    return rd_decimal_shift(*number, 0, 0, &same);
}

/* The greatest whole number not above it. */
static bool floor_of(const struct rd_decimal *number, struct rd_decimal *out)
{
    char text[RD_DECIMAL_TEXT_MAX];
    struct rd_text whole = rd_text_of(rd_decimal_format(*number, text));
    if (is_whole(number)) {
        *out = *number;
        return true;
    }
    whole.len = rd_text_find(whole, '.', 0);
    return rd_decimal_parse(whole, out) &&
           (!number->negative || rd_decimal_shift(*out, -1, 0, out));
}

/* A whole number strictly between the points around the gap; false: there is none. */
static bool whole_between(const struct rd_points *points, size_t gap, struct rd_value *out)
{
    *out = rd_value_int(0);
    if (points->count == 0)
        return true;
    const struct rd_decimal *beside = &points->items[gap == 0 ? 0 : gap - 1].as.number;
    int step = gap > 0 ? 1 : is_whole(beside) ? -1 : 0;
    struct rd_decimal low;
    return floor_of(beside, &low) && rd_decimal_shift(low, step, 0, &out->as.number) &&
           rd_points_class(points, out) == 2 * gap;
}

/* One of the class of a natural number that is at or above 0; false: there is none. */
static bool not_below_zero(const struct rd_points *points, size_t class, struct rd_value *value)
{
    if (!value->as.number.negative)
        return true;
    *value = rd_value_int(0);
    return rd_points_class(points, value) == class;
}

static bool add_points(const struct rd_input_domain *domain, const struct rd_points *points,
                       struct candidates *out)
{
    if (domain->preferred != NULL)
        add_candidate(out, *domain->preferred);
    for (size_t class = 0; class < rd_points_classes(points); class ++) {
        struct rd_value value;
        bool empty = false;
        if (domain->preferred != NULL && rd_points_class(points, domain->preferred) == class)
            continue; /* stands first already */
        if (domain->whole && class % 2 == 0) {
            if (whole_between(points, class / 2, &value) &&
                (!domain->natural || not_below_zero(points, class, &value)))
                add_candidate(out, value);
            continue;
        }
        enum rd_err err = rd_points_example(points, class, out->arena, &value, &empty);
        if (err == RD_E_TOOBIG)
            out->full = true;
        else if (err != RD_OK && !empty)
            return false;
        else if (err == RD_OK && (!domain->whole || is_whole(&value.as.number)) &&
                 (!domain->natural || not_below_zero(points, class, &value)))
            add_candidate(out, value);
    }
    return true;
}

/* A string that reads well and is none of the points, for columns that only ask for equality. */
static struct rd_value other_string(const struct rd_points *points)
{
    static const char *const others[] = {"other", "another", "something else", "anything else"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct rd_value value = rd_value_text(rd_text_of(others[i]));
        if (rd_points_class(points, &value) % 2 == 0)
            return value;
    }
    return rd_value_text(RD_TEXT("\x01"));
}

static bool add_strings(const struct rd_points *points, struct candidates *out)
{
    static const struct rd_input_domain any = {.whole = false};
    struct rd_value other = other_string(points);
    if (points->compared || rd_points_class(points, &other) % 2 == 1)
        return add_points(&any, points, out);
    for (size_t i = 0; i < points->count; i++)
        add_candidate(out, points->items[i]);
    add_candidate(out, other);
    return true;
}

/* Every subset of the members, for cells that ask for a list as a whole. */
static bool add_subsets(const struct rd_points *members, struct candidates *out)
{
    if (members->count > RD_SPACE_SUBSETS_MAX)
        return false;
    for (size_t mask = 0; mask < (size_t)1 << members->count; mask++) {
        struct rd_value *items = rd_arena_array(out->arena, members->count + 1, sizeof *items);
        size_t len = 0;
        if (items == NULL) {
            out->full = true;
            return true;
        }
        for (size_t i = 0; i < members->count; i++)
            if ((mask >> i & 1) != 0)
                items[len++] = members->items[i];
        add_candidate(out, rd_value_list(items, len));
    }
    return true;
}

static bool add_values(const struct rd_input_domain *domain, const struct rd_points *points,
                       struct candidates *out)
{
    if (domain->type == RD_TYPE_BOOLEAN) {
        add_candidate(out, rd_value_boolean(false));
        add_candidate(out, rd_value_boolean(true));
    } else if (domain->type == RD_TYPE_NUMBER) {
        return add_points(domain, points, out);
    } else if (domain->type == RD_TYPE_LIST) {
        return add_subsets(points, out);
    } else if (domain->type == RD_TYPE_STRING && domain->values != NULL) {
        for (size_t i = 0; i < domain->values_count; i++)
            add_candidate(out, rd_value_text(domain->values[i]));
    } else if (domain->type == RD_TYPE_STRING) {
        return add_strings(points, out);
    } else {
        return false;
    }
    return true;
}

static enum rd_err cannot(struct rd_errbuf *why, const struct rd_input_domain *domain,
                          const char *words)
{
    return rd_fail(why, RD_E_UNSUPPORTED, "the input '%.*s' %s", RD_TEXT_ARG(domain->name), words);
}

static enum rd_err add_members(struct rd_space *space, struct rd_space_input *input)
{
    for (size_t i = 0; i < input->members.count; i++)
        if (add_axis(space, 2) != RD_OK)
            return RD_E_UNSUPPORTED;
    return RD_OK;
}

static enum rd_err add_scalar(struct rd_space *space, struct rd_space_input *input,
                              const struct rd_space_cells *cells, bool apart,
                              const struct candidates *candidates)
{
    size_t *keep = rd_arena_array(space->arena, candidates->count + 1, sizeof *keep);
    struct rd_value *values = rd_arena_array(space->arena, candidates->count + 1, sizeof *values);
    if (keep == NULL || values == NULL || candidates->full)
        return RD_E_TOOBIG;
    if (candidates->count == 0)
        return RD_E_UNSUPPORTED;
    for (size_t i = 0; i < candidates->count; i++)
        keep[i] = i;
    size_t classes = apart ? candidates->count : merge(cells, candidates, keep);
    for (size_t i = 0; i < classes; i++)
        values[i] = candidates->items[keep[i]];
    input->values = values;
    return classes == 0 ? RD_E_TOOBIG : add_axis(space, classes);
}

enum rd_err rd_space_add(struct rd_space *space, size_t index, const struct rd_input_domain *domain,
                         const struct rd_space_cells *cells, struct rd_errbuf *why)
{
    struct rd_space_input *input = &space->inputs[index];
    struct rd_points points = {.type = domain->type == RD_TYPE_NUMBER ? RD_TYPE_NUMBER
                                                                      : RD_TYPE_STRING};
    struct candidates candidates = {.arena = space->arena};
    bool whole_lists = false;
    for (size_t i = 0; i < cells->count; i++) {
        if (!rd_cell_is_simple(cells->items[i]))
            return cannot(why, domain, "has a cell that is an expression of its own");
        whole_lists = whole_lists || rd_cell_on_list(cells->items[i]) == RD_ON_LIST_WHOLE;
        if (!rd_points_add(&points, cells->items[i], space->arena))
            return RD_E_TOOBIG;
    }
    rd_points_settle(&points);
    *input = (struct rd_space_input){.name = domain->name, .made = true, .axis = space->axes_count};
    enum rd_err err = RD_OK;
    if (domain->type == RD_TYPE_LIST && !whole_lists) {
        input->members = points;
        err = add_members(space, input);
    } else {
        if (!add_values(domain, &points, &candidates))
            return cannot(why, domain, "asks for values that cannot be counted");
        if (domain->nullable)
            add_candidate(&candidates, rd_value_null());
        if (candidates.count > RD_SPACE_CLASSES_MAX)
            return cannot(why, domain, "asks for too many different values");
        err = add_scalar(space, input, cells, domain->apart, &candidates);
    }
    return err == RD_E_UNSUPPORTED ? cannot(why, domain, "asks for too many different values")
                                   : err;
}

enum rd_err rd_space_add_joint(struct rd_space *space, const size_t *inputs,
                               const struct rd_value *const *values, size_t inputs_count,
                               size_t count)
{
    for (size_t i = 0; i < inputs_count; i++)
        space->inputs[inputs[i]] =
            (struct rd_space_input){.made = true, .axis = space->axes_count, .values = values[i]};
    return add_axis(space, count);
}
