#include "rules/engine/analysis/cover.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 64, AXIS_WORDS = RD_SPACE_AXES_MAX / BITS };

/* Classes of the axis that is split with the same boxes. */
struct group {
    size_t first;  /* a class of it */
    double volume; /* of its boxes, as parts of the group's own; may overlap */
};
/* What one split needs; kept for the next at the same depth. */
struct level {
    uint64_t *rows; /* for each class: the boxes that have it */
    size_t rows_cap;
    size_t *classes;
    size_t classes_cap;
    struct group *groups;
    size_t groups_cap;
    uint32_t *boxes; /* of the group that is looked at */
    size_t boxes_cap;
    double *volumes;
    size_t volumes_cap;
    uint64_t *saved; /* the axis as it was */
    size_t saved_cap;
    uint32_t *key; /* the question at this depth: the boxes, and the axes that tell them apart */
    size_t key_cap;
};
struct rd_cover {
    const struct rd_space *space;
    const struct rd_alloc *alloc;
    struct level *levels; /* one for each axis, and one for the start */
    struct rd_arena seen_arena;
    const uint32_t **seen; /* hash table of keys: length, then the key */
    size_t seen_cap, seen_count;
    uint64_t *differs; /* for each box: the axes on which it is less than the box asked about */
    size_t differs_cap;
    /* The question at hand. */
    const uint64_t *const *boxes;
    uint64_t *box, *left;
    uint64_t done[AXIS_WORDS]; /* axes split already */
    uint64_t work;
    bool full;
};

struct rd_cover *rd_cover_new(const struct rd_space *space, const struct rd_alloc *alloc)
{
    struct rd_cover *cover = rd_alloc_zeroed(alloc, 1, sizeof *cover);
    if (cover == NULL)
        return NULL;
    cover->space = space;
    cover->alloc = alloc;
    rd_arena_init(&cover->seen_arena, alloc, RD_COVER_MEMORY_MAX);
    cover->levels = rd_alloc_zeroed(alloc, space->axes_count + 1, sizeof *cover->levels);
    cover->box = rd_alloc_zeroed(alloc, space->words + 1, sizeof *cover->box);
    if (cover->levels != NULL && cover->box != NULL)
        return cover;
    rd_cover_free(cover);
    return NULL;
}

void rd_cover_free(struct rd_cover *cover)
{
    if (cover == NULL)
        return;
    for (size_t i = 0; cover->levels != NULL && i <= cover->space->axes_count; i++) {
        struct level *level = &cover->levels[i];
        void *const held[] = {level->rows,    level->classes, level->groups, level->boxes,
                              level->volumes, level->saved,   level->key};
        for (size_t j = 0; j < sizeof held / sizeof held[0]; j++)
            rd_release(cover->alloc, held[j]);
    }
    rd_release(cover->alloc, cover->levels);
    rd_release(cover->alloc, cover->box);
    rd_release(cover->alloc, cover->differs);
    rd_release(cover->alloc, cover->seen);
    rd_arena_fini(&cover->seen_arena);
    rd_release(cover->alloc, cover);
}

static bool grow(struct rd_cover *cover, void *items, size_t *cap, size_t need, size_t size)
{
    void **list = items;
    bool grown = rd_alloc_grow(cover->alloc, list, cap, need + 1, size) != 0;
    cover->full = cover->full || !grown;
    return grown;
}

static size_t bits_of(const uint64_t *words, size_t count)
{
    size_t bits = 0;
    for (size_t w = 0; w < count; w++)
        bits += (size_t)__builtin_popcountll(words[w]);
    return bits;
}

static size_t common_bits(const uint64_t *a, const uint64_t *b, size_t count)
{
    size_t bits = 0;
    for (size_t w = 0; w < count; w++)
        bits += (size_t)__builtin_popcountll(a[w] & b[w]);
    return bits;
}

/* A question whose answer was "covered" is known again by its key. */
static uint64_t hash_key(const uint32_t *key, size_t len)
{
    uint64_t hash = len;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static const uint32_t **find_seen(struct rd_cover *cover, const uint32_t *key, size_t len)
{
    size_t at = (size_t)hash_key(key, len) & (cover->seen_cap - 1);
    for (; cover->seen[at] != NULL; at = (at + 1) & (cover->seen_cap - 1))
        if (cover->seen[at][0] == len && memcmp(cover->seen[at] + 1, key, len * sizeof *key) == 0)
            break;
    return &cover->seen[at];
}

static bool was_seen(struct rd_cover *cover, const uint32_t *key, size_t len)
{
    return cover->seen_count > 0 && *find_seen(cover, key, len) != NULL;
}

static bool grow_seen(struct rd_cover *cover)
{
    size_t cap = cover->seen_cap == 0 ? 1024 : cover->seen_cap * 2, old_cap = cover->seen_cap;
    const uint32_t **old = cover->seen;
    const uint32_t **made = rd_alloc_zeroed(cover->alloc, cap, sizeof *made);
    if (made == NULL) {
        cover->full = true;
        return false;
    }
    cover->seen = made;
    cover->seen_cap = cap;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i] != NULL)
            *find_seen(cover, old[i] + 1, old[i][0]) = old[i];
    rd_release(cover->alloc, old);
    return true;
}

/* Without room it is not remembered: the answer stays right. */
static void remember(struct rd_cover *cover, const uint32_t *key, size_t len)
{
    if (cover->seen_count * 2 >= cover->seen_cap && !grow_seen(cover))
        return;
    uint32_t *list = rd_arena_array(&cover->seen_arena, len + 1, sizeof *list);
    if (list == NULL) { /* at its bound, or without memory */
        cover->full = cover->full || cover->seen_arena.used < RD_COVER_MEMORY_MAX / 2;
        return;
    }
    list[0] = (uint32_t)len;
    memcpy(list + 1, key, len * sizeof *key);
    *find_seen(cover, key, len) = list;
    cover->seen_count++;
}

static const uint64_t *differs(const struct rd_cover *cover, uint32_t box)
{
    return cover->differs + (size_t)box * AXIS_WORDS;
}

/* The axis on which most of the boxes are less than the whole; SIZE_MAX: one of them takes it all.
 * `told_apart`: every axis on which one of them is less. */
static size_t choose_axis(const struct rd_cover *cover, const uint32_t *boxes, size_t count,
                          uint64_t *told_apart)
{
    uint32_t counts[RD_SPACE_AXES_MAX];
    size_t best = 0;
    memset(counts, 0, cover->space->axes_count * sizeof *counts);
    memset(told_apart, 0, AXIS_WORDS * sizeof *told_apart);
    for (size_t i = 0; i < count; i++) {
        bool less = false;
        for (size_t w = 0; w * BITS < cover->space->axes_count; w++)
            for (uint64_t axes = differs(cover, boxes[i])[w] & ~cover->done[w]; axes != 0;
                 axes &= axes - 1) {
                counts[w * BITS + (size_t)__builtin_ctzll(axes)]++;
                told_apart[w] |= axes;
                less = true;
            }
        if (!less)
            return SIZE_MAX;
    }
    for (size_t i = 1; i < cover->space->axes_count; i++)
        if (counts[i] > counts[best])
            best = i;
    return best;
}

/* For each class of the axis that the box has, the boxes of the list that have it. */
static size_t make_rows(struct rd_cover *cover, struct level *level, size_t axis,
                        const uint32_t *boxes, size_t count)
{
    const struct rd_space *space = cover->space;
    size_t offset = space->offsets[axis], words = rd_axis_words(space, axis);
    size_t classes = bits_of(cover->box + offset, words), row_words = count / BITS + 1, at = 0;
    if (!grow(cover, &level->rows, &level->rows_cap, classes * row_words, sizeof *level->rows) ||
        !grow(cover, &level->classes, &level->classes_cap, classes, sizeof *level->classes) ||
        !grow(cover, &level->groups, &level->groups_cap, classes, sizeof *level->groups))
        return 0;
    memset(level->rows, 0, classes * row_words * sizeof *level->rows);
    cover->work += classes * count;
    for (size_t w = 0; w < words; w++)
        for (uint64_t bits = cover->box[offset + w]; bits != 0; bits &= bits - 1, at++) {
            unsigned bit = (unsigned)__builtin_ctzll(bits);
            level->classes[at] = w * BITS + bit;
            for (size_t i = 0; i < count; i++) {
                uint64_t has = cover->boxes[boxes[i]][offset + w] >> bit & 1;
                level->rows[at * row_words + i / BITS] |= has << (i % BITS);
            }
        }
    return classes;
}

static bool row_inside(const uint64_t *inner, const uint64_t *outer, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if ((inner[w] & ~outer[w]) != 0)
            return false;
    return true;
}

/* Groups of classes, but those whose boxes include all boxes of another: what covers that one
 * covers them. Each is left in `groups` with the index of a class in `classes`. */
static size_t make_groups(struct level *level, size_t classes, size_t row_words)
{
    size_t count = 0;
    for (size_t c = 0; c < classes; c++) {
        const uint64_t *row = level->rows + c * row_words;
        bool needed = true;
        for (size_t g = 0; g < count && needed; g++)
            needed = !row_inside(level->rows + level->groups[g].first * row_words, row, row_words);
        if (!needed)
            continue;
        size_t kept = 0;
        for (size_t g = 0; g < count; g++)
            if (!row_inside(row, level->rows + level->groups[g].first * row_words, row_words))
                level->groups[kept++] = level->groups[g];
        count = kept;
        level->groups[count++] = (struct group){.first = c};
    }
    return count;
}

static bool row_has(const uint64_t *row, size_t at)
{
    return (row[at / BITS] >> (at % BITS) & 1) != 0;
}

/* The part of the axis that the box takes of what is asked about. */
static double part_of(const struct rd_cover *cover, uint32_t box, size_t axis)
{
    size_t offset = cover->space->offsets[axis], words = rd_axis_words(cover->space, axis);
    size_t all = bits_of(cover->box + offset, words);
    return (double)common_bits(cover->boxes[box] + offset, cover->box + offset, words) /
           (double)all;
}

static int by_volume(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    if (a->volume != b->volume)
        return a->volume < b->volume ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

static enum rd_cover_answer search(struct rd_cover *cover, size_t depth, const uint32_t *boxes,
                                   const double *volumes, size_t count);

/* One group: the boxes that have its classes against the rest of the axes. */
static enum rd_cover_answer look_at(struct rd_cover *cover, size_t depth, size_t axis, size_t group,
                                    const uint32_t *boxes, const double *parts, size_t count)
{
    struct level *level = &cover->levels[depth];
    const uint64_t *row = level->rows + level->groups[group].first * (count / BITS + 1);
    size_t left = 0, offset = cover->space->offsets[axis];
    size_t class = level->classes[level->groups[group].first];
    for (size_t i = 0; i < count; i++)
        if (row_has(row, i)) {
            level->boxes[left] = boxes[i];
            level->volumes[left++] = parts[i];
        }
    memset(cover->box + offset, 0, rd_axis_words(cover->space, axis) * sizeof(uint64_t));
    cover->box[offset + class / BITS] = UINT64_C(1) << (class % BITS);
    return search(cover, depth + 1, level->boxes, level->volumes, left);
}

static enum rd_cover_answer split(struct rd_cover *cover, size_t depth, size_t axis,
                                  const uint32_t *boxes, const double *volumes, size_t count)
{
    struct level *level = &cover->levels[depth];
    size_t words = rd_axis_words(cover->space, axis), offset = cover->space->offsets[axis];
    size_t classes = make_rows(cover, level, axis, boxes, count);
    if (cover->full ||
        !grow(cover, &level->boxes, &level->boxes_cap, count, sizeof *level->boxes) ||
        !grow(cover, &level->volumes, &level->volumes_cap, 2 * count, sizeof *level->volumes) ||
        !grow(cover, &level->saved, &level->saved_cap, words, sizeof *level->saved))
        return RD_UNDECIDED;
    double *parts = level->volumes + count;
    for (size_t i = 0; i < count; i++)
        parts[i] = volumes[i] / part_of(cover, boxes[i], axis);
    size_t groups = make_groups(level, classes, count / BITS + 1);
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < count; i++)
            if (row_has(level->rows + level->groups[g].first * (count / BITS + 1), i))
                level->groups[g].volume += parts[i];
    qsort(level->groups, groups, sizeof *level->groups, by_volume);
    memcpy(level->saved, cover->box + offset, words * sizeof *level->saved);
    cover->done[axis / BITS] |= UINT64_C(1) << (axis % BITS);
    enum rd_cover_answer answer = RD_COVERED;
    for (size_t g = 0; g < groups && answer == RD_COVERED; g++)
        answer = look_at(cover, depth, axis, g, boxes, parts, count);
    cover->done[axis / BITS] &= ~(UINT64_C(1) << (axis % BITS));
    memcpy(cover->box + offset, level->saved, words * sizeof *level->saved);
    return answer;
}

/* Whether `boxes`, all of which meet the box at hand, cover it. `volumes`: of each the part of the
 * box that it takes. The depth is bounded by the number of axes: each is split once. */
static enum rd_cover_answer search(struct rd_cover *cover, size_t depth, const uint32_t *boxes,
                                   const double *volumes, size_t count)
{
    double volume = 0;
    for (size_t i = 0; i < count; i++)
        volume += volumes[i];
    if (count == 0) {
        if (cover->left != NULL)
            memcpy(cover->left, cover->box, cover->space->words * sizeof *cover->left);
        return RD_OPEN;
    }
    if (cover->left == NULL && volume < 0.999)
        return RD_OPEN; /* all of them together are less than the box */
    uint64_t told_apart[AXIS_WORDS];
    size_t axis = choose_axis(cover, boxes, count, told_apart);
    struct level *level = &cover->levels[depth];
    size_t axis_words = (cover->space->axes_count + BITS - 1) / BITS, len = count + 2 * axis_words;
    if (axis == SIZE_MAX)
        return RD_COVERED;
    if (!grow(cover, &level->key, &level->key_cap, len, sizeof *level->key))
        return RD_UNDECIDED;
    memcpy(level->key, boxes, count * sizeof *boxes);
    memcpy(level->key + count, told_apart, axis_words * sizeof *told_apart);
    if (was_seen(cover, level->key, len))
        return RD_COVERED;
    if (cover->work > RD_COVER_WORK_MAX)
        return RD_UNDECIDED;
    enum rd_cover_answer answer = split(cover, depth, axis, boxes, volumes, count);
    if (answer == RD_COVERED)
        remember(cover, level->key, len);
    return answer;
}

/* The boxes that meet the one asked about, on which axes they are less, and how much they take. */
static size_t prepare(struct rd_cover *cover, const uint64_t *box, size_t count)
{
    const struct rd_space *space = cover->space;
    struct level *start = &cover->levels[space->axes_count];
    size_t met = 0;
    if (!grow(cover, &cover->differs, &cover->differs_cap, count * AXIS_WORDS,
              sizeof *cover->differs) ||
        !grow(cover, &start->boxes, &start->boxes_cap, count, sizeof *start->boxes) ||
        !grow(cover, &start->volumes, &start->volumes_cap, count, sizeof *start->volumes))
        return 0;
    memset(cover->differs, 0, count * AXIS_WORDS * sizeof *cover->differs);
    for (size_t i = 0; i < count; i++) {
        double volume = 1;
        if (!rd_box_meets(space, box, cover->boxes[i]))
            continue;
        for (size_t a = 0; a < space->axes_count; a++) {
            double part = part_of(cover, (uint32_t)i, a);
            volume *= part;
            if (part < 1)
                cover->differs[i * AXIS_WORDS + a / BITS] |= UINT64_C(1) << (a % BITS);
        }
        start->boxes[met] = (uint32_t)i;
        start->volumes[met++] = volume;
    }
    return met;
}

bool rd_cover_full(const struct rd_cover *cover)
{
    return cover->full;
}

enum rd_cover_answer rd_cover_find(struct rd_cover *cover, const uint64_t *box,
                                   const uint64_t *const *boxes, size_t count, uint64_t *left)
{
    cover->boxes = boxes;
    cover->left = left;
    cover->work = 0;
    memset(cover->done, 0, sizeof cover->done);
    if (cover->seen_count > 0)
        memset(cover->seen, 0, cover->seen_cap * sizeof *cover->seen);
    cover->seen_count = 0;
    rd_arena_reset(&cover->seen_arena);
    memcpy(cover->box, box, cover->space->words * sizeof *cover->box);
    size_t met = prepare(cover, box, count);
    const struct level *start = &cover->levels[cover->space->axes_count];
    return cover->full ? RD_UNDECIDED : search(cover, 0, start->boxes, start->volumes, met);
}
