#include "rules/engine/compile.h"

#include "rules/engine/cells.h"

#include <string.h>

enum { WORDS_MAX = RD_TABLE_RULES_MAX / 64 + 1, COUNTER_BITS = 7 };
_Static_assert(RD_TABLE_COLUMNS_MAX < 1 << COUNTER_BITS, "a counter holds all the columns");

/* The rules for each class of the numbers, or of the strings, of a column. */
struct index {
    struct rd_points points;
    uint64_t *rows;    /* one for each class; NULL: ask the interpreter */
    int64_t *whole;    /* the points of numbers when all are whole and small; NULL: not so */
    uint32_t *slots;   /* strings, only asked for equality: hash -> point + 1; 0: none */
    size_t slots_mask; /* slots - 1, a power of two */
};
struct column {
    uint64_t *of_null, *of_boolean[2];
    struct index numbers, strings;
    struct rd_points members;   /* that a cell asks a list for */
    uint64_t *of_list;          /* the rules for an empty list */
    uint64_t *brings, *forbids; /* for each member: the rules it adds, and those it takes away */
    uint64_t *whole;            /* rules to be asked about a list; NULL: none */
    uint64_t *complex;          /* rules to be asked about any value; NULL: none */
};
struct rd_compiled {
    const struct rd_table *table;
    struct column *columns;
    size_t words;  /* of a row: a bit for each rule; at least 1 */
    uint64_t *all; /* the row of all rules */
};

struct compiling {
    struct rd_compiled *out;
    struct rd_arena *arena;
    const struct rd_table *table;
    size_t column;
    bool full;
};

static void set_bit(uint64_t *row, size_t bit)
{
    row[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static bool has_bit(const uint64_t *row, size_t bit)
{
    return (row[bit / 64] >> (bit % 64) & 1) != 0;
}

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
            set_bit(row, i);
    }
}

static bool small_whole(const struct rd_decimal *number, int64_t *out)
{
    if (number->exponent != 0 || number->coefficient > INT32_MAX)
        return false;
    *out = number->negative ? -(int64_t)number->coefficient : (int64_t)number->coefficient;
    return true;
}

static void index_whole(struct compiling *compiling, struct index *index)
{
    size_t count = index->points.count;
    int64_t *whole = rd_arena_array(compiling->arena, count + 1, sizeof *whole);
    compiling->full = compiling->full || whole == NULL;
    for (size_t i = 0; whole != NULL && i < count; i++)
        if (!small_whole(&index->points.items[i].as.number, &whole[i]))
            return;
    index->whole = whole;
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
static void index_slots(struct compiling *compiling, struct index *index)
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
static void index_rows(struct compiling *compiling, struct index *index)
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

static void collect(struct compiling *compiling, struct rd_points *points, enum rd_type type,
                    bool members)
{
    points->type = type;
    for (size_t i = 0; i < compiling->table->rules_count; i++) {
        const struct rd_node *tests = cell(compiling, i);
        if (rd_cell_is_simple(tests) && (!members || rd_cell_on_list(tests) != RD_ON_LIST_WHOLE) &&
            !rd_points_add(points, tests, compiling->arena))
            compiling->full = true;
    }
    rd_points_settle(points);
}

static void compile_index(struct compiling *compiling, struct index *index, enum rd_type type)
{
    collect(compiling, &index->points, type, false);
    index_rows(compiling, index);
    if (type == RD_TYPE_NUMBER)
        index_whole(compiling, index);
    else if (!index->points.compared)
        index_slots(compiling, index);
}

/* Rule `rule` for lists: its place in the sets that a list's row is made of. */
static void place_on_list(struct compiling *compiling, struct column *column, size_t rule)
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
            set_bit(column->whole, rule);
        return;
    }
    if (rd_feel_test(tests, &none) == RD_TRUE)
        set_bit(column->of_list, rule);
    for (size_t i = 0; i < column->members.count; i++) {
        struct rd_value alone = rd_value_list(&column->members.items[i], 1);
        bool holds = rd_feel_test(tests, &alone) == RD_TRUE;
        if (on_list == RD_ON_LIST_ANY_OF && holds)
            set_bit(column->brings + i * words, rule);
        if (on_list == RD_ON_LIST_NONE_OF && !holds)
            set_bit(column->forbids + i * words, rule);
    }
}

static void compile_lists(struct compiling *compiling, struct column *column)
{
    collect(compiling, &column->members, RD_TYPE_STRING, true);
    column->of_list = take_rows(compiling, 1);
    column->brings = take_rows(compiling, column->members.count);
    column->forbids = take_rows(compiling, column->members.count);
    for (size_t i = 0; !compiling->full && i < compiling->table->rules_count; i++)
        place_on_list(compiling, column, i);
}

static void compile_column(struct compiling *compiling, struct column *column)
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
            set_bit(column->complex, i);
    }
    if (compiling->full)
        return;
    ask_all(compiling, &null, column->of_null);
    for (size_t i = 0; i < 2; i++)
        ask_all(compiling, &booleans[i], column->of_boolean[i]);
    compile_index(compiling, &column->numbers, RD_TYPE_NUMBER);
    compile_index(compiling, &column->strings, RD_TYPE_STRING);
    compile_lists(compiling, column);
}

enum rd_err rd_compile(const struct rd_table *table, struct rd_arena *arena,
                       const struct rd_compiled **out)
{
    struct rd_compiled *made = rd_arena_take(arena, sizeof *made);
    struct compiling compiling = {.out = made, .arena = arena, .table = table};
    if (made == NULL)
        return RD_E_TOOBIG;
    made->table = table;
    made->words = table->rules_count / 64 + 1;
    made->columns = rd_arena_array(arena, table->inputs_count + 1, sizeof *made->columns);
    made->all = take_rows(&compiling, 1);
    if (made->columns == NULL || made->all == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < table->rules_count; i++)
        set_bit(made->all, i);
    for (size_t i = 0; i < table->inputs_count && !compiling.full; i++) {
        compiling.column = i;
        compile_column(&compiling, &made->columns[i]);
    }
    *out = made;
    return compiling.full ? RD_E_TOOBIG : RD_OK;
}

/* Where a string stands among the points that are only asked for equality; SIZE_MAX: nowhere. */
static size_t find_string(const struct index *index, struct rd_text text)
{
    size_t at = hash_of(text) & index->slots_mask;
    for (; index->slots[at] != 0; at = (at + 1) & index->slots_mask)
        if (rd_text_equal(index->points.items[index->slots[at] - 1].as.string, text))
            return index->slots[at] - 1;
    return SIZE_MAX;
}

static size_t find_whole(const struct index *index, int64_t number)
{
    size_t low = 0, count = index->points.count;
    while (count > 0) {
        size_t half = count / 2;
        if (index->whole[low + half] < number) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    bool there = low < index->points.count && index->whole[low] == number;
    return 2 * low + (there ? 1 : 0);
}

/* NULL: ask the interpreter. */
static const uint64_t *indexed(const struct index *index, const struct rd_value *value,
                               size_t words)
{
    int64_t number = 0;
    size_t class = 0;
    if (index->rows == NULL)
        return NULL;
    if (index->slots != NULL) {
        size_t point = find_string(index, value->as.string);
        class = point == SIZE_MAX ? 2 * index->points.count : 2 * point + 1;
    } else if (index->whole != NULL && small_whole(&value->as.number, &number)) {
        class = find_whole(index, number);
    } else {
        class = rd_points_class(&index->points, value);
    }
    return index->rows + class * words;
}

static void ask(const struct rd_table *table, size_t column, const struct rd_value *value,
                const uint64_t *asked, uint64_t *row)
{
    for (size_t i = 0; i < table->rules_count; i++)
        if ((asked == NULL || has_bit(asked, i)) &&
            rd_feel_test(table->rules[i].inputs[column].tests, value) == RD_TRUE)
            set_bit(row, i);
}

static const uint64_t *list_row(const struct rd_compiled *compiled, size_t index,
                                const struct rd_value *value, uint64_t *scratch)
{
    const struct column *column = &compiled->columns[index];
    uint64_t taken[WORDS_MAX];
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

/* The rules whose cell in that column holds: a row of the column, or made in `scratch`. */
static const uint64_t *row_of(const struct rd_compiled *compiled, size_t index,
                              const struct rd_value *value, uint64_t *scratch)
{
    const struct column *column = &compiled->columns[index];
    size_t bytes = compiled->words * sizeof *scratch;
    const uint64_t *row = NULL;
    if (value->type == RD_TYPE_STRING)
        row = indexed(&column->strings, value, compiled->words);
    else if (value->type == RD_TYPE_NUMBER)
        row = indexed(&column->numbers, value, compiled->words);
    else if (value->type == RD_TYPE_BOOLEAN)
        row = column->of_boolean[value->as.boolean ? 1 : 0];
    else if (value->type == RD_TYPE_NULL)
        row = column->of_null;
    else if (value->type == RD_TYPE_LIST)
        row = list_row(compiled, index, value, scratch);
    if (row == NULL) {
        memset(scratch, 0, bytes);
        ask(compiled->table, index, value, NULL, scratch);
        return scratch;
    }
    if (column->complex == NULL)
        return row;
    if (row != scratch)
        memcpy(scratch, row, bytes);
    ask(compiled->table, index, value, column->complex, scratch);
    return scratch;
}

/* The first rule in the row; RD_NO_RULE: none. */
static int first_rule(const uint64_t *row, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if (row[w] != 0)
            return (int)(w * 64) + __builtin_ctzll(row[w]);
    return RD_NO_RULE;
}

/* The loop of rd_table_decide over the rules that match. */
static struct rd_hit choose(const struct rd_table *table, uint64_t *match, size_t words)
{
    struct rd_hit hit = {first_rule(match, words), RD_NO_RULE};
    if (hit.rule == RD_NO_RULE || table->hit == RD_HIT_FIRST)
        return hit;
    for (int rule = hit.rule;;) {
        match[rule / 64] &= ~(UINT64_C(1) << rule % 64);
        rule = first_rule(match, words);
        if (rule == RD_NO_RULE)
            return hit;
        if (table->hit == RD_HIT_PRIORITY) {
            if (table->rules[rule].rank < table->rules[hit.rule].rank)
                hit.rule = rule;
        } else if (table->hit != RD_HIT_ANY ||
                   !rd_rules_agree(table, (size_t)hit.rule, (size_t)rule)) {
            hit.other = rule;
            return hit;
        }
    }
}

struct rd_hit rd_compiled_decide(const struct rd_compiled *compiled, const struct rd_value *values)
{
    uint64_t match[WORDS_MAX], scratch[WORDS_MAX];
    size_t words = compiled->words;
    memcpy(match, compiled->all, words * sizeof *match);
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const uint64_t *row = row_of(compiled, i, &values[i], scratch);
        for (size_t w = 0; w < words; w++)
            match[w] &= row[w];
    }
    return choose(compiled->table, match, words);
}

size_t rd_compiled_interpreted(const struct rd_compiled *compiled)
{
    size_t count = 0;
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const struct column *column = &compiled->columns[i];
        count += column->numbers.rows == NULL || column->strings.rows == NULL ||
                         column->whole != NULL || column->complex != NULL
                     ? 1
                     : 0;
    }
    return count;
}

enum { GROUP_WORDS = 4 }; /* of a group in a table of up to 255 rules: its loops are unrolled */
struct group {
    uint64_t *rules; /* words from `first` on, `count` of them; 0: no rules */
    size_t first, count;
};
struct rd_groups {
    const struct rd_compiled *compiled;
    struct group *items;
    size_t count, bits; /* bits: of a counter that holds the number of columns */
};

static bool fill_group(const struct rd_compiled *compiled, const size_t *group_of, size_t group,
                       struct rd_arena *arena, struct group *out)
{
    size_t first = SIZE_MAX, last = 0;
    for (size_t i = 0; i < compiled->table->rules_count; i++)
        if (group_of[i] == group) {
            first = first == SIZE_MAX ? i / 64 : first;
            last = i / 64;
        }
    if (first == SIZE_MAX)
        return true;
    *out = (struct group){.first = first, .count = last - first + 1};
    if (last < GROUP_WORDS)
        *out = (struct group){.first = 0, .count = GROUP_WORDS};
    out->rules = rd_arena_array(arena, out->count, sizeof *out->rules);
    for (size_t i = 0; out->rules != NULL && i < compiled->table->rules_count; i++)
        if (group_of[i] == group)
            set_bit(out->rules, i - out->first * 64);
    return out->rules != NULL;
}

enum rd_err rd_compile_groups(const struct rd_compiled *compiled, const size_t *group_of,
                              size_t groups_count, struct rd_arena *arena,
                              const struct rd_groups **out)
{
    struct rd_groups *made = rd_arena_take(arena, sizeof *made);
    if (made == NULL)
        return RD_E_TOOBIG;
    *made = (struct rd_groups){.compiled = compiled, .count = groups_count, .bits = 1};
    while (compiled->table->inputs_count >> made->bits != 0)
        made->bits++;
    made->items = rd_arena_array(arena, groups_count + 1, sizeof *made->items);
    for (size_t i = 0; made->items != NULL && i < groups_count; i++)
        if (!fill_group(compiled, group_of, i, arena, &made->items[i]))
            return RD_E_TOOBIG;
    *out = made;
    return made->items == NULL ? RD_E_TOOBIG : RD_OK;
}

/* How many columns of each rule hold: counters of COUNTER_BITS bits, bit b of all of them in plane
 * b, so that 64 are counted with one addition. */
struct counts {
    uint64_t planes[COUNTER_BITS][WORDS_MAX];
    const uint64_t *rows[RD_TABLE_COLUMNS_MAX]; /* NULL: made in the scratch row, gone since */
};

static void count_columns(const struct rd_groups *groups, const struct rd_value *values,
                          struct counts *counts)
{
    const struct rd_compiled *compiled = groups->compiled;
    uint64_t scratch[WORDS_MAX];
    size_t words = compiled->words;
    size_t cleared = words < GROUP_WORDS ? (size_t)GROUP_WORDS : words;
    for (size_t b = 0; b < groups->bits; b++)
        memset(counts->planes[b], 0, cleared * sizeof counts->planes[b][0]);
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const uint64_t *row = row_of(compiled, i, &values[i], scratch);
        counts->rows[i] = row == scratch ? NULL : row;
        for (size_t w = 0; w < words; w++) {
            uint64_t carry = row[w];
            for (size_t b = 0; b < groups->bits; b++) {
                uint64_t sum = counts->planes[b][w];
                counts->planes[b][w] = sum ^ carry;
                carry &= sum;
            }
        }
    }
}

/* One step down from the highest bit of the counts: keeps the rules that have it when some do.
 * Without a branch, which would be guessed wrong half of the time. */
static inline uint64_t keep_higher(uint64_t *left, const uint64_t *plane, size_t count)
{
    uint64_t any = 0;
    for (size_t w = 0; w < count; w++)
        any |= left[w] & plane[w];
    uint64_t none = any == 0 ? UINT64_MAX : 0;
    for (size_t w = 0; w < count; w++)
        left[w] &= plane[w] | none;
    return none == 0 ? 1 : 0;
}

/* The first rule of the group among those with the highest count. */
static size_t highest(const struct group *group, const struct counts *counts, size_t bits,
                      size_t *holds)
{
    uint64_t left[WORDS_MAX];
    bool small = group->count == GROUP_WORDS;
    *holds = 0;
    for (size_t w = 0; w < group->count; w++)
        left[w] = group->rules[w];
    for (size_t b = bits; b-- > 0;) {
        const uint64_t *plane = counts->planes[b] + group->first;
        uint64_t has =
            small ? keep_higher(left, plane, GROUP_WORDS) : keep_higher(left, plane, group->count);
        *holds |= (size_t)has << b;
    }
    return (size_t)first_rule(left, group->count) + group->first * 64;
}

static size_t first_failing(const struct rd_table *table, const struct counts *counts, size_t rule,
                            const struct rd_value *values)
{
    for (size_t i = 0; i < table->inputs_count; i++) {
        bool holds = counts->rows[i] != NULL
                         ? has_bit(counts->rows[i], rule)
                         : rd_feel_test(table->rules[rule].inputs[i].tests, &values[i]) == RD_TRUE;
        if (!holds)
            return i;
    }
    return table->inputs_count;
}

void rd_compiled_nearest(const struct rd_groups *groups, const struct rd_value *values,
                         struct rd_nearest *out)
{
    struct counts counts;
    count_columns(groups, values, &counts);
    for (size_t i = 0; i < groups->count; i++) {
        out[i] = (struct rd_nearest){.rule = SIZE_MAX};
        if (groups->items[i].count == 0)
            continue;
        out[i].rule = highest(&groups->items[i], &counts, groups->bits, &out[i].holds);
        out[i].failing = first_failing(groups->compiled->table, &counts, out[i].rule, values);
    }
}
