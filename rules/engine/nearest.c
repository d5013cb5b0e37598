/* Which rule of each group came nearest. The groups are compiled as a table of their own, its rules
 * in the order of their groups: a group is then a run of bits, and all the groups together are
 * looked at in about as many words as a row has. */
#include "rules/engine/column.h"

#include <string.h>

enum { COUNTER_BITS = 7 };
_Static_assert(RD_TABLE_COLUMNS_MAX < 1 << COUNTER_BITS, "a counter holds all the columns");

/* A group's rules in one word of a row; those of a group follow on one another. */
struct part {
    size_t group, word;
    uint64_t rules;
};
struct rd_groups {
    const struct rd_compiled *compiled; /* of the ordered table */
    const size_t *rule_of;              /* rules of the ordered table -> of the original one */
    struct part *parts;
    size_t parts_count, count;
};

static void place_rule(struct rd_groups *groups, size_t group, size_t at)
{
    const struct part *last =
        groups->parts_count == 0 ? NULL : &groups->parts[groups->parts_count - 1];
    if (last == NULL || last->group != group || last->word != at / 64)
        groups->parts[groups->parts_count++] = (struct part){.group = group, .word = at / 64};
    groups->parts[groups->parts_count - 1].rules |= UINT64_C(1) << (at % 64);
}

/* The rules of all groups, group by group; those of none are left out. */
static bool order_rules(const struct rd_table *table, const size_t *group_of,
                        struct rd_groups *groups, struct rd_arena *arena, struct rd_table *out)
{
    size_t *rule_of = rd_arena_array(arena, table->rules_count + 1, sizeof *rule_of);
    size_t *next = rd_arena_array(arena, groups->count + 1, sizeof *next);
    *out = *table;
    out->rules = rd_arena_array(arena, table->rules_count + 1, sizeof *out->rules);
    out->rules_count = 0;
    if (rule_of == NULL || next == NULL || out->rules == NULL)
        return false;
    for (size_t i = 0; i < table->rules_count; i++)
        if (group_of[i] != SIZE_MAX)
            next[group_of[i] + 1]++; /* how many come before the group behind it */
    for (size_t i = 0; i < groups->count; i++) {
        for (size_t at = next[i]; at < next[i] + next[i + 1]; at++)
            place_rule(groups, i, at);
        next[i + 1] += next[i];
    }
    for (size_t i = 0; i < table->rules_count; i++)
        if (group_of[i] != SIZE_MAX) {
            size_t at = next[group_of[i]]++;
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
    *made = (struct rd_groups){.count = groups_count};
    size_t parts_max = groups_count + table->rules_count / 64 + 1;
    made->parts = rd_arena_array(arena, parts_max, sizeof *made->parts);
    if (made->parts == NULL || !order_rules(table, group_of, made, arena, ordered))
        return RD_E_TOOBIG;
    *out = made;
    return rd_compile(ordered, arena, &made->compiled);
}

/* Of each rule how many columns hold, and how many do before the first that does not: counters of
 * COUNTER_BITS bits, bit b of all of them in plane b, so that 64 are counted with one addition. */
struct counts {
    uint64_t holds[COUNTER_BITS][RD_ROW_WORDS_MAX];
    uint64_t leading[COUNTER_BITS][RD_ROW_WORDS_MAX];
};

/* `bits` is a constant wherever this is inlined: 64 rules, or several times 64, take one step. */
static inline void add_row(uint64_t planes[COUNTER_BITS][RD_ROW_WORDS_MAX], size_t bits,
                           const uint64_t *row, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t carry = row[w];
        for (size_t b = 0; b < bits; b++) {
            uint64_t sum = planes[b][w];
            planes[b][w] = sum ^ carry;
            carry &= sum;
        }
    }
}

static inline void count_columns(const struct rd_compiled *compiled, size_t bits,
                                 const struct rd_value *values, struct counts *counts)
{
    uint64_t scratch[RD_ROW_WORDS_MAX], so_far[RD_ROW_WORDS_MAX];
    size_t words = compiled->words;
    for (size_t b = 0; b < bits; b++) {
        memset(counts->holds[b], 0, words * sizeof counts->holds[b][0]);
        memset(counts->leading[b], 0, words * sizeof counts->leading[b][0]);
    }
    memcpy(so_far, compiled->all, words * sizeof *so_far);
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const uint64_t *row = rd_column_row(compiled, i, &values[i], scratch);
        for (size_t w = 0; w < words; w++)
            so_far[w] &= row[w];
        add_row(counts->holds, bits, row, words);
        add_row(counts->leading, bits, so_far, words);
    }
}

/* The first of the part's rules among those with the highest count: from the highest bit of the
 * counts down, those that have it are kept when some do. Without a branch, which would be guessed
 * wrong half of the time. */
static inline struct rd_nearest nearest_of(const struct part *part, const struct counts *counts,
                                           size_t bits)
{
    struct rd_nearest out = {.holds = 0};
    uint64_t left = part->rules;
    for (size_t b = bits; b-- > 0;) {
        uint64_t having = left & counts->holds[b][part->word];
        out.holds |= (size_t)(having != 0) << b;
        left = having != 0 ? having : left;
    }
    size_t bit = (size_t)__builtin_ctzll(left);
    for (size_t b = 0; b < bits; b++)
        out.failing |= (size_t)(counts->leading[b][part->word] >> bit & 1) << b;
    out.rule = part->word * 64 + bit;
    return out;
}

static inline void nearest_by(const struct rd_groups *groups, size_t bits,
                              const struct rd_value *values, struct rd_nearest *out)
{
    struct counts counts;
    count_columns(groups->compiled, bits, values, &counts);
    for (size_t i = 0; i < groups->count; i++)
        out[i] = (struct rd_nearest){.rule = SIZE_MAX};
    for (size_t i = 0; i < groups->parts_count; i++) {
        const struct part *part = &groups->parts[i];
        struct rd_nearest *best = &out[part->group];
        struct rd_nearest found = nearest_of(part, &counts, bits);
        found.rule = groups->rule_of[found.rule];
        if (best->rule == SIZE_MAX || found.holds > best->holds)
            *best = found;
    }
}

void rd_compiled_nearest(const struct rd_groups *groups, const struct rd_value *values,
                         struct rd_nearest *out)
{
    size_t columns = groups->compiled->table->inputs_count;
    if (columns < 8)
        nearest_by(groups, 3, values, out);
    else if (columns < 16)
        nearest_by(groups, 4, values, out);
    else
        nearest_by(groups, COUNTER_BITS, values, out);
}
