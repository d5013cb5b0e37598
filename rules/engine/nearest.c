/* Which rule of each group came nearest. The groups are compiled as a table of their own, its rules
 * in the order of their groups: a group is then a run of bits, and all the groups together are
 * looked at in about as many words as a row has. */
#include "rules/engine/column.h"

#include <string.h>

enum { COUNTER_BITS = 7 };
_Static_assert(RD_TABLE_COLUMNS_MAX < 1 << COUNTER_BITS, "a counter holds all the columns");

struct group {
    size_t first, count; /* rules of the ordered table; count 0: none */
};
struct rd_groups {
    const struct rd_compiled *compiled; /* of the ordered table */
    const size_t *rule_of;              /* rules of the ordered table -> of the original one */
    struct group *items;
    size_t count, bits; /* bits: of a counter that holds the number of columns */
};

/* The rules of all groups, group by group; those of none are left out. */
static bool order_rules(const struct rd_table *table, const size_t *group_of,
                        struct rd_groups *groups, struct rd_arena *arena, struct rd_table *out)
{
    size_t *rule_of = rd_arena_array(arena, table->rules_count + 1, sizeof *rule_of);
    *out = *table;
    out->rules = rd_arena_array(arena, table->rules_count + 1, sizeof *out->rules);
    if (rule_of == NULL || out->rules == NULL)
        return false;
    for (size_t i = 0, next = 0; i < groups->count; i++) {
        groups->items[i].first = next;
        next += groups->items[i].count;
        groups->items[i].count = 0;
    }
    out->rules_count = 0;
    for (size_t i = 0; i < table->rules_count; i++) {
        if (group_of[i] == SIZE_MAX)
            continue;
        struct group *group = &groups->items[group_of[i]];
        size_t at = group->first + group->count++;
        out->rules[at] = table->rules[i];
        rule_of[at] = i;
        out->rules_count++;
    }
    groups->rule_of = rule_of;
    return true;
}

enum rd_err rd_compile_groups(const struct rd_table *table, const size_t *group_of,
                              size_t groups_count, struct rd_arena *arena,
                              const struct rd_groups **out)
{
    struct rd_groups *made = rd_arena_take(arena, sizeof *made);
    struct rd_table *ordered = rd_arena_take(arena, sizeof *ordered);
    if (made == NULL || ordered == NULL)
        return RD_E_TOOBIG;
    *made = (struct rd_groups){.count = groups_count, .bits = 1};
    while (table->inputs_count >> made->bits != 0)
        made->bits++;
    made->items = rd_arena_array(arena, groups_count + 1, sizeof *made->items);
    for (size_t i = 0; made->items != NULL && i < table->rules_count; i++)
        if (group_of[i] != SIZE_MAX)
            made->items[group_of[i]].count++;
    if (made->items == NULL || !order_rules(table, group_of, made, arena, ordered))
        return RD_E_TOOBIG;
    *out = made;
    return rd_compile(ordered, arena, &made->compiled);
}

/* How many columns of each rule hold: counters of COUNTER_BITS bits, bit b of all of them in plane
 * b, so that 64 are counted with one addition. */
struct counts {
    uint64_t planes[COUNTER_BITS][RD_ROW_WORDS_MAX];
    const uint64_t *rows[RD_TABLE_COLUMNS_MAX]; /* NULL: made in the scratch row, gone since */
};

static void count_columns(const struct rd_groups *groups, const struct rd_value *values,
                          struct counts *counts)
{
    const struct rd_compiled *compiled = groups->compiled;
    uint64_t scratch[RD_ROW_WORDS_MAX];
    size_t words = compiled->words;
    for (size_t b = 0; b < groups->bits; b++)
        memset(counts->planes[b], 0, words * sizeof counts->planes[b][0]);
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const uint64_t *row = rd_column_row(compiled, i, &values[i], scratch);
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

/* The first of these rules, which all lie in word `w`, among those with the highest count: from the
 * highest bit of the counts down, those that have it are kept when some do. Without a branch, which
 * would be guessed wrong half of the time. */
static size_t highest(const struct counts *counts, size_t bits, size_t w, uint64_t rules,
                      size_t *holds)
{
    *holds = 0;
    for (size_t b = bits; b-- > 0;) {
        uint64_t having = rules & counts->planes[b][w];
        *holds |= (size_t)(having != 0) << b;
        rules = having != 0 ? having : rules;
    }
    return w * 64 + (size_t)__builtin_ctzll(rules);
}

/* Bits [from, to) of word `w` as positions in the whole row. */
static uint64_t part_of_word(size_t w, size_t from, size_t to)
{
    size_t low = from > w * 64 ? from - w * 64 : 0, high = to - w * 64;
    uint64_t below = high < 64 ? (UINT64_C(1) << high) - 1 : UINT64_MAX;
    return below & (UINT64_MAX << low);
}

static size_t nearest_of(const struct group *group, const struct counts *counts, size_t bits,
                         size_t *holds)
{
    size_t end = group->first + group->count, best = 0;
    for (size_t w = group->first / 64; w * 64 < end; w++) {
        size_t here = 0;
        size_t rule = highest(counts, bits, w, part_of_word(w, group->first, end), &here);
        if (w == group->first / 64 || here > *holds) {
            best = rule;
            *holds = here;
        }
    }
    return best;
}

static size_t first_failing(const struct rd_table *table, const struct counts *counts, size_t rule,
                            const struct rd_value *values)
{
    for (size_t i = 0; i < table->inputs_count; i++) {
        bool holds = counts->rows[i] != NULL
                         ? rd_row_has(counts->rows[i], rule)
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
        size_t rule = nearest_of(&groups->items[i], &counts, groups->bits, &out[i].holds);
        out[i].failing = first_failing(groups->compiled->table, &counts, rule, values);
        out[i].rule = groups->rule_of[rule];
    }
}
