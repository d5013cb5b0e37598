#include "rules/engine/analysis/space.h"

#include <string.h>

enum { BITS = 64 };

uint64_t *rd_box_at(const struct rd_space *space, const struct rd_boxes *boxes, size_t index)
{
    return boxes->words + index * space->words;
}

/* The classes of an axis that its last word has. */
static uint64_t last_word(size_t classes)
{
    return classes % BITS == 0 ? UINT64_MAX : (UINT64_C(1) << classes % BITS) - 1;
}

void rd_box_open(const struct rd_space *space, uint64_t *box, size_t axis)
{
    size_t words = rd_axis_words(space, axis);
    for (size_t w = 0; w + 1 < words; w++)
        box[space->offsets[axis] + w] = UINT64_MAX;
    box[space->offsets[axis] + words - 1] = last_word(space->sizes[axis]);
}

void rd_box_whole(const struct rd_space *space, uint64_t *box)
{
    for (size_t i = 0; i < space->axes_count; i++)
        rd_box_open(space, box, i);
}

bool rd_box_has(const struct rd_space *space, const uint64_t *box, size_t axis, size_t class)
{
    return (box[space->offsets[axis] + class / BITS] >> (class % BITS) & 1) != 0;
}

void rd_box_keep(const struct rd_space *space, uint64_t *box, size_t axis, size_t class)
{
    bool has = rd_box_has(space, box, axis, class);
    memset(box + space->offsets[axis], 0, rd_axis_words(space, axis) * sizeof *box);
    if (has)
        box[space->offsets[axis] + class / BITS] = UINT64_C(1) << (class % BITS);
}

size_t rd_box_class(const struct rd_space *space, const uint64_t *box, size_t axis)
{
    const uint64_t *words = box + space->offsets[axis];
    for (size_t w = 0; w < rd_axis_words(space, axis); w++)
        if (words[w] != 0)
            return w * BITS + (size_t)__builtin_ctzll(words[w]);
    return 0;
}

static bool axis_empty(const struct rd_space *space, const uint64_t *box, size_t axis)
{
    uint64_t any = 0;
    for (size_t w = 0; w < rd_axis_words(space, axis); w++)
        any |= box[space->offsets[axis] + w];
    return any == 0;
}

bool rd_box_meet(const struct rd_space *space, const uint64_t *a, const uint64_t *b, uint64_t *out)
{
    bool meets = true;
    for (size_t w = 0; w < space->words; w++)
        out[w] = a[w] & b[w];
    for (size_t i = 0; i < space->axes_count && meets; i++)
        meets = !axis_empty(space, out, i);
    return meets;
}

bool rd_box_meets(const struct rd_space *space, const uint64_t *a, const uint64_t *b)
{
    for (size_t i = 0; i < space->axes_count; i++) {
        uint64_t any = 0;
        for (size_t w = 0; w < rd_axis_words(space, i); w++)
            any |= a[space->offsets[i] + w] & b[space->offsets[i] + w];
        if (any == 0)
            return false;
    }
    return true;
}

uint64_t *rd_boxes_add(const struct rd_space *space, struct rd_boxes *boxes)
{
    if (boxes->count == boxes->room) {
        size_t room = boxes->room == 0 ? 8 : boxes->room * 2;
        uint64_t *words = rd_arena_array(space->arena, room * space->words + 1, sizeof *words);
        if (words == NULL)
            return NULL;
        if (boxes->count > 0)
            memcpy(words, boxes->words, boxes->count * space->words * sizeof *words);
        boxes->words = words;
        boxes->room = room;
    }
    return rd_box_at(space, boxes, boxes->count++);
}

/* The classes on the input's one axis whose value passes. */
static void narrow_scalar(const struct rd_space *space, const struct rd_space_input *input,
                          const struct rd_node *cell, uint64_t *box)
{
    uint64_t *words = box + space->offsets[input->axis];
    for (size_t class = 0; class < space->sizes[input->axis]; class ++)
        if ((words[class / BITS] >> (class % BITS) & 1) != 0 &&
            rd_feel_test(cell, &input->values[class]) != RD_TRUE)
            words[class / BITS] &= ~(UINT64_C(1) << (class % BITS));
}

static bool is_for(const struct rd_node *cell, const struct rd_value *items, size_t count)
{
    struct rd_value list = rd_value_list(items, count);
    return rd_feel_test(cell, &list) == RD_TRUE;
}

/* A cell that none of some members may be in: only without each of them. */
static void narrow_none_of(const struct rd_space *space, const struct rd_space_input *input,
                           const struct rd_node *cell, uint64_t *box)
{
    if (!is_for(cell, NULL, 0)) {
        memset(box, 0, space->words * sizeof *box);
        return;
    }
    for (size_t i = 0; i < input->members.count; i++)
        if (!is_for(cell, &input->members.items[i], 1))
            rd_box_keep(space, box, input->axis + i, 0);
}

/* A cell that asks for any of some members: one box for each, which has that member. The boxes are
 * kept apart: the second has not the first's member, and so on. */
static enum rd_err narrow_any_of(const struct rd_space *space, struct rd_boxes *boxes, size_t index,
                                 const struct rd_space_input *input, const struct rd_node *cell)
{
    if (is_for(cell, NULL, 0))
        return RD_OK;
    for (size_t i = 0; i < input->members.count; i++) {
        if (!is_for(cell, &input->members.items[i], 1))
            continue;
        if (boxes->count > RD_SPACE_BOXES_MAX)
            return RD_E_UNSUPPORTED;
        uint64_t *with = rd_boxes_add(space, boxes);
        if (with == NULL)
            return RD_E_TOOBIG;
        uint64_t *box = rd_box_at(space, boxes, index);
        memcpy(with, box, space->words * sizeof *with);
        rd_box_keep(space, with, input->axis + i, 1);
        rd_box_keep(space, box, input->axis + i, 0);
    }
    memset(rd_box_at(space, boxes, index), 0, space->words * sizeof(uint64_t));
    return RD_OK;
}

static bool is_nobody(const struct rd_space *space, const uint64_t *box)
{
    for (size_t i = 0; i < space->axes_count; i++)
        if (axis_empty(space, box, i))
            return true;
    return false;
}

/* Takes the boxes that nobody is in from the list. */
static void drop_empty(const struct rd_space *space, struct rd_boxes *boxes, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < boxes->count; i++) {
        const uint64_t *box = rd_box_at(space, boxes, i);
        if (is_nobody(space, box))
            continue;
        memmove(rd_box_at(space, boxes, kept++), box, space->words * sizeof *box);
    }
    boxes->count = kept;
}

enum rd_err rd_boxes_narrow(const struct rd_space *space, struct rd_boxes *boxes, size_t first,
                            size_t index, const struct rd_node *cell)
{
    const struct rd_space_input *input = &space->inputs[index];
    size_t count = boxes->count;
    enum rd_err err = RD_OK;
    for (size_t i = first; i < count && err == RD_OK && cell->kind != RD_NODE_ANY; i++) {
        if (input->values != NULL)
            narrow_scalar(space, input, cell, rd_box_at(space, boxes, i));
        else if (rd_cell_on_list(cell) == RD_ON_LIST_NONE_OF)
            narrow_none_of(space, input, cell, rd_box_at(space, boxes, i));
        else
            err = narrow_any_of(space, boxes, i, input, cell);
    }
    drop_empty(space, boxes, first);
    return err;
}

bool rd_box_value(const struct rd_space *space, const uint64_t *box, size_t index,
                  struct rd_arena *arena, struct rd_value *out)
{
    const struct rd_space_input *input = &space->inputs[index];
    if (input->values != NULL) {
        *out = input->values[rd_box_class(space, box, input->axis)];
        return true;
    }
    struct rd_value *items = rd_arena_array(arena, input->members.count + 1, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items != NULL && i < input->members.count; i++)
        if (rd_box_class(space, box, input->axis + i) == 1)
            items[count++] = input->members.items[i];
    *out = rd_value_list(items, count);
    return items != NULL;
}

static bool axis_full(const struct rd_space *space, const uint64_t *box, size_t axis)
{
    const uint64_t *words = box + space->offsets[axis];
    size_t count = rd_axis_words(space, axis);
    for (size_t w = 0; w + 1 < count; w++)
        if (words[w] != UINT64_MAX)
            return false;
    return words[count - 1] == last_word(space->sizes[axis]);
}

bool rd_box_limits(const struct rd_space *space, const uint64_t *box, size_t index)
{
    const struct rd_space_input *input = &space->inputs[index];
    size_t axes = input->values != NULL ? 1 : input->members.count;
    for (size_t i = 0; i < axes; i++)
        if (!axis_full(space, box, input->axis + i))
            return true;
    return false;
}
