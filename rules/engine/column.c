#include "rules/engine/column.h"

#include <string.h>

static const struct {
    enum rd_type type;
    bool has_offset;
} kinds[RD_ORDER_KINDS] = {
    [RD_ORDER_NUMBERS] = {RD_TYPE_NUMBER, false},
    [RD_ORDER_STRINGS] = {RD_TYPE_STRING, false},
    [RD_ORDER_DATES] = {RD_TYPE_DATE, false},
    [RD_ORDER_LOCAL_TIMES] = {RD_TYPE_TIME, false},
    [RD_ORDER_OFFSET_TIMES] = {RD_TYPE_TIME, true},
    [RD_ORDER_LOCAL_MOMENTS] = {RD_TYPE_DATE_TIME, false},
    [RD_ORDER_OFFSET_MOMENTS] = {RD_TYPE_DATE_TIME, true},
    [RD_ORDER_DAYS] = {RD_TYPE_DURATION_DAYS, false},
    [RD_ORDER_MONTHS] = {RD_TYPE_DURATION_MONTHS, false},
};

struct compiling {
    struct rd_compiled *out;
    struct rd_arena *arena;
    const struct rd_table *table;
    size_t column;
    bool full;
};

static uint64_t *take_rows(struct compiling *compiling, size_t count)
{
    uint64_t *rows =
        rd_arena_array(compiling->arena, count * compiling->out->words + 1, sizeof *rows);
    compiling->full = compiling->full || rows == NULL;
    return rows;
}

static const struct rd_node *cell(const struct compiling *compiling, size_t rule)
{
    return compiling->table->rules[rule].inputs[compiling->column].tests;
}

/* The simple rules whose cell holds for `value`. */
static void ask_all(const struct compiling *compiling, const struct rd_value *value, uint64_t *row)
{
    for (size_t i = 0; i < compiling->table->rules_count; i++) {
        const struct rd_node *tests = cell(compiling, i);
        if (rd_cell_is_simple(tests) && rd_feel_test(tests, value) == RD_TRUE)
            rd_row_set(row, i);
    }
}

static void index_keys(struct compiling *compiling, struct rd_index *index)
{
    size_t count = index->points.count;
    int64_t *keys = rd_arena_array(compiling->arena, count + 1, sizeof *keys);
    compiling->full = compiling->full || keys == NULL;
    for (size_t i = 0; keys != NULL && i < count; i++)
        if (!rd_points_key(&index->points.items[i], &keys[i]))
            return;
    index->keys = keys;
}

static uint32_t hash_of(struct rd_text text)
{
    const uint64_t prime = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = text.len * prime, part = 0;
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        memcpy(&part, text.ptr + at, 8);
        hash = (hash ^ part) * prime;
        hash ^= hash >> 31;
    }
    part = 0;
    if (at < text.len)
        memcpy(&part, text.ptr + at, text.len - at);
    hash = (hash ^ part) * prime;
    return (uint32_t)(hash >> 32);
}

/* At most half full. */
static void index_slots(struct compiling *compiling, struct rd_index *index)
{
    size_t size = 4;
    while (size < 2 * index->points.count)
        size *= 2;
    index->slots = rd_arena_array(compiling->arena, size, sizeof *index->slots);
    index->slots_mask = size - 1;
    if (index->slots == NULL) {
        compiling->full = true;
        return;
    }
    for (size_t i = 0; i < index->points.count; i++) {
        size_t at = hash_of(index->points.items[i].as.string) & index->slots_mask;
        while (index->slots[at] != 0)
            at = (at + 1) & index->slots_mask;
        index->slots[at] = (uint32_t)i + 1;
    }
}

/* Without rows when a class has no example: the interpreter is asked. */
static void index_rows(struct compiling *compiling, struct rd_index *index)
{
    size_t words = compiling->out->words, classes = rd_points_classes(&index->points);
    if (classes > RD_COMPILED_COLUMN_BYTES_MAX / (words * sizeof(uint64_t)))
        return;
    uint64_t *rows = take_rows(compiling, classes);
    for (size_t class = 0; rows != NULL && class < classes; class ++) {
        struct rd_value value;
        bool empty = false;
        enum rd_err err =
            rd_points_example(&index->points, class, compiling->arena, &value, &empty);
        if (err == RD_OK)
            ask_all(compiling, &value, rows + class * words);
        else if (err == RD_E_TOOBIG)
            compiling->full = true;
        else if (!empty)
            return;
    }
    index->rows = rows;
}

/* The points of all the simple cells; `members`: of those that ask a list for its members. */
static void collect(struct compiling *compiling, struct rd_points *points, bool members)
{
    for (size_t i = 0; i < compiling->table->rules_count; i++) {
        const struct rd_node *tests = cell(compiling, i);
        if (rd_cell_is_simple(tests) && (!members || rd_cell_on_list(tests) != RD_ON_LIST_WHOLE) &&
            !rd_points_add(points, tests, compiling->arena))
            compiling->full = true;
    }
    rd_points_settle(points);
}

static void compile_index(struct compiling *compiling, struct rd_index *index,
                          enum rd_order_kind kind)
{
    index->points =
        (struct rd_points){.type = kinds[kind].type, .has_offset = kinds[kind].has_offset};
    collect(compiling, &index->points, false);
    index_rows(compiling, index);
    if (kind != RD_ORDER_STRINGS)
        index_keys(compiling, index);
    else if (!index->points.compared)
        index_slots(compiling, index);
}

/* Rule `rule` for lists: its place in the sets that a list's row is made of. */
static void place_on_list(struct compiling *compiling, struct rd_index_column *column, size_t rule)
{
    const struct rd_node *tests = cell(compiling, rule);
    enum rd_cell_on_list on_list = rd_cell_on_list(tests);
    struct rd_value none = rd_value_list(NULL, 0);
    size_t words = compiling->out->words;
    if (!rd_cell_is_simple(tests))
        return;
    if (on_list == RD_ON_LIST_WHOLE) {
        if (column->whole == NULL)
            column->whole = take_rows(compiling, 1);
        if (column->whole != NULL)
            rd_row_set(column->whole, rule);
        return;
    }
    if (rd_feel_test(tests, &none) == RD_TRUE)
        rd_row_set(column->of_list, rule);
    for (size_t i = 0; i < column->members.count; i++) {
        struct rd_value alone = rd_value_list(&column->members.items[i], 1);
        bool holds = rd_feel_test(tests, &alone) == RD_TRUE;
        if (on_list == RD_ON_LIST_ANY_OF && holds)
            rd_row_set(column->brings + i * words, rule);
        if (on_list == RD_ON_LIST_NONE_OF && !holds)
            rd_row_set(column->forbids + i * words, rule);
    }
}

static void compile_lists(struct compiling *compiling, struct rd_index_column *column)
{
    column->members.type = RD_TYPE_STRING;
    collect(compiling, &column->members, true);
    column->of_list = take_rows(compiling, 1);
    column->brings = take_rows(compiling, column->members.count);
    column->forbids = take_rows(compiling, column->members.count);
    for (size_t i = 0; !compiling->full && i < compiling->table->rules_count; i++)
        place_on_list(compiling, column, i);
}

static void compile_column(struct compiling *compiling, struct rd_index_column *column)
{
    struct rd_value null = rd_value_null();
    struct rd_value booleans[2] = {rd_value_boolean(false), rd_value_boolean(true)};
    column->of_null = take_rows(compiling, 1);
    column->of_boolean[0] = take_rows(compiling, 1);
    column->of_boolean[1] = take_rows(compiling, 1);
    for (size_t i = 0; i < compiling->table->rules_count && !compiling->full; i++) {
        if (rd_cell_is_simple(cell(compiling, i)))
            continue;
        if (column->complex == NULL)
            column->complex = take_rows(compiling, 1);
        if (column->complex != NULL)
            rd_row_set(column->complex, i);
    }
    if (compiling->full)
        return;
    ask_all(compiling, &null, column->of_null);
    for (size_t i = 0; i < 2; i++)
        ask_all(compiling, &booleans[i], column->of_boolean[i]);
    for (size_t kind = 0; kind < RD_ORDER_KINDS && !compiling->full; kind++)
        compile_index(compiling, &column->indexes[kind], (enum rd_order_kind)kind);
    compile_lists(compiling, column);
}

bool rd_column_compile(struct rd_compiled *compiled, size_t index, struct rd_arena *arena)
{
    struct compiling compiling = {
        .out = compiled, .arena = arena, .table = compiled->table, .column = index};
    compile_column(&compiling, &compiled->columns[index]);
    return !compiling.full;
}

/* Where a string stands among the points that are only asked for equality; SIZE_MAX: nowhere. */
static size_t find_string(const struct rd_index *index, struct rd_text text)
{
    size_t at = hash_of(text) & index->slots_mask;
    for (; index->slots[at] != 0; at = (at + 1) & index->slots_mask)
        if (rd_text_equal(index->points.items[index->slots[at] - 1].as.string, text))
            return index->slots[at] - 1;
    return SIZE_MAX;
}

static size_t find_key(const struct rd_index *index, int64_t key)
{
    size_t low = 0, count = index->points.count;
    while (count > 0) {
        size_t half = count / 2;
        if (index->keys[low + half] < key) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    bool there = low < index->points.count && index->keys[low] == key;
    return 2 * low + (there ? 1 : 0);
}

/* NULL: ask the interpreter. */
static const uint64_t *indexed(const struct rd_index *index, const struct rd_value *value,
                               size_t words)
{
    int64_t key = 0;
    size_t class = 0;
    if (index->rows == NULL)
        return NULL;
    if (index->slots != NULL) {
        size_t point = find_string(index, value->as.string);
        class = point == SIZE_MAX ? 2 * index->points.count : 2 * point + 1;
    } else if (index->keys != NULL && rd_points_key(value, &key)) {
        class = find_key(index, key);
    } else {
        class = rd_points_class(&index->points, value);
    }
    return index->rows + class * words;
}

static void ask(const struct rd_table *table, size_t column, const struct rd_value *value,
                const uint64_t *asked, uint64_t *row)
{
    for (size_t i = 0; i < table->rules_count; i++)
        if ((asked == NULL || rd_row_has(asked, i)) &&
            rd_feel_test(table->rules[i].inputs[column].tests, value) == RD_TRUE)
            rd_row_set(row, i);
}

static const uint64_t *list_row(const struct rd_compiled *compiled, size_t index,
                                const struct rd_value *value, uint64_t *scratch)
{
    const struct rd_index_column *column = &compiled->columns[index];
    uint64_t taken[RD_ROW_WORDS_MAX];
    size_t words = compiled->words, members = 0;
    if (column->members.count == 0 && column->whole == NULL)
        return column->of_list;
    memcpy(scratch, column->of_list, words * sizeof *scratch);
    memset(taken, 0, words * sizeof *taken);
    for (size_t i = 0; i < value->as.list.count; i++) {
        const struct rd_value *item = &value->as.list.items[i];
        size_t class = item->type == RD_TYPE_STRING ? rd_points_class(&column->members, item) : 0;
        if (class % 2 == 0)
            continue;
        members++;
        for (size_t w = 0; w < words; w++) {
            scratch[w] |= column->brings[class / 2 * words + w];
            taken[w] |= column->forbids[class / 2 * words + w];
        }
    }
    for (size_t w = 0; members > 0 && w < words; w++)
        scratch[w] &= ~taken[w];
    if (column->whole != NULL)
        ask(compiled->table, index, value, column->whole, scratch);
    return scratch;
}

/* Of which kind the value is; RD_ORDER_KINDS: of none. */
static enum rd_order_kind order_kind(const struct rd_value *value)
{
    switch (value->type) {
    case RD_TYPE_STRING:
        return RD_ORDER_STRINGS;
    case RD_TYPE_NUMBER:
        return RD_ORDER_NUMBERS;
    case RD_TYPE_DATE:
        return RD_ORDER_DATES;
    case RD_TYPE_TIME:
        return value->as.time.has_offset ? RD_ORDER_OFFSET_TIMES : RD_ORDER_LOCAL_TIMES;
    case RD_TYPE_DATE_TIME:
        return value->as.date_time.time.has_offset ? RD_ORDER_OFFSET_MOMENTS
                                                   : RD_ORDER_LOCAL_MOMENTS;
    case RD_TYPE_DURATION_DAYS:
        return RD_ORDER_DAYS;
    case RD_TYPE_DURATION_MONTHS:
        return RD_ORDER_MONTHS;
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_BOOLEAN:
    case RD_TYPE_LIST:
    case RD_TYPE_CONTEXT:
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        break;
    }
    return RD_ORDER_KINDS;
}

/* A row of the column, or made in `scratch`, without the complex cells. NULL: ask the interpreter
 * of all of them. */
static const uint64_t *simple_row(const struct rd_compiled *compiled, size_t index,
                                  const struct rd_value *value, uint64_t *scratch)
{
    const struct rd_index_column *column = &compiled->columns[index];
    enum rd_order_kind kind = order_kind(value);
    if (kind != RD_ORDER_KINDS)
        return indexed(&column->indexes[kind], value, compiled->words);
    if (value->type == RD_TYPE_BOOLEAN)
        return column->of_boolean[value->as.boolean ? 1 : 0];
    if (value->type == RD_TYPE_NULL)
        return column->of_null;
    return value->type == RD_TYPE_LIST ? list_row(compiled, index, value, scratch) : NULL;
}

const uint64_t *rd_column_row(const struct rd_compiled *compiled, size_t index,
                              const struct rd_value *value, uint64_t *scratch)
{
    const struct rd_index_column *column = &compiled->columns[index];
    const uint64_t *row = simple_row(compiled, index, value, scratch);
    if (row == NULL) {
        memset(scratch, 0, compiled->words * sizeof *scratch);
        ask(compiled->table, index, value, NULL, scratch);
        return scratch;
    }
    if (column->complex == NULL)
        return row;
    if (row != scratch)
        memcpy(scratch, row, compiled->words * sizeof *scratch);
    ask(compiled->table, index, value, column->complex, scratch);
    return scratch;
}
