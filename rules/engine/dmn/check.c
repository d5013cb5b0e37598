#include "rules/engine/dmn/check.h"

#include "rules/engine/dmn/sample.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = RD_CHECK_SAMPLES_MAX / 64 };

/* A set of a column's samples; a box is one for each column: the people it is about. */
struct set {
    uint64_t bits[WORDS];
};

struct check {
    const struct rd_table *table;
    const struct rd_input_domain *domains;
    struct rd_arena *arena;
    const struct rd_dmn_sink *sink;
    struct rd_samples *samples; /* one for each column */
    struct set *whole;          /* the box of everybody */
    struct set *boxes;          /* one box for each rule */
    enum rd_err err;
};

__attribute__((format(printf, 4, 5))) static void
report(struct check *check, enum rd_severity severity, struct rd_pos pos, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (check->sink != NULL)
        check->sink->found(check->sink->context, severity, pos, words);
    if (severity == RD_SEVERITY_ERROR && check->err == RD_OK)
        check->err = RD_E_INVALID;
}

static bool set_empty(const struct set *set)
{
    uint64_t any = 0;
    for (size_t i = 0; i < WORDS; i++)
        any |= set->bits[i];
    return any == 0;
}

static struct set set_and(const struct set *a, const struct set *b)
{
    struct set out;
    for (size_t i = 0; i < WORDS; i++)
        out.bits[i] = a->bits[i] & b->bits[i];
    return out;
}

static struct set set_without(const struct set *a, const struct set *b)
{
    struct set out;
    for (size_t i = 0; i < WORDS; i++)
        out.bits[i] = a->bits[i] & ~b->bits[i];
    return out;
}

static size_t set_first(const struct set *set)
{
    for (size_t i = 0; i < RD_CHECK_SAMPLES_MAX; i++)
        if ((set->bits[i / 64] >> (i % 64) & 1) != 0)
            return i;
    return 0;
}

/* The names and values of one person in the box, of the columns that matter to it. */
static struct rd_text example(struct check *check, const struct set *box)
{
    struct rd_text words = RD_TEXT_NONE;
    for (size_t i = 0; i < check->table->inputs_count; i++) {
        if (memcmp(&box[i], &check->whole[i], sizeof box[i]) == 0)
            continue;
        struct rd_text value =
            rd_value_show(&check->samples[i].values[set_first(&box[i])], check->arena);
        words =
            rd_text_present(words)
                ? rd_arena_format(check->arena, "%.*s, %.*s %.*s", RD_TEXT_ARG(words),
                                  RD_TEXT_ARG(check->table->inputs[i].name), RD_TEXT_ARG(value))
                : rd_arena_format(check->arena, "%.*s %.*s",
                                  RD_TEXT_ARG(check->table->inputs[i].name), RD_TEXT_ARG(value));
    }
    return rd_text_present(words) ? words : RD_TEXT("any values");
}

struct unknown {
    struct check *check;
    const struct rd_cell *cell;
    const struct rd_input_domain *domain;
};

static void check_literal(void *context, const struct rd_value *literal)
{
    struct unknown *unknown = context;
    const struct rd_input_domain *domain = unknown->domain;
    struct rd_text known = RD_TEXT("");
    if (literal->type != RD_TYPE_STRING || domain->values == NULL)
        return;
    for (size_t i = 0; i < domain->values_count; i++)
        if (rd_text_equal(domain->values[i], literal->as.string))
            return;
    for (size_t i = 0; i < domain->values_count; i++)
        known = rd_arena_format(unknown->check->arena, "%.*s%s%.*s", RD_TEXT_ARG(known),
                                i == 0 ? "" : ", ", RD_TEXT_ARG(domain->values[i]));
    report(unknown->check, RD_SEVERITY_ERROR, unknown->cell->pos,
           "\"%.*s\" is no value of '%.*s'; expected one of %.*s", RD_TEXT_ARG(literal->as.string),
           RD_TEXT_ARG(domain->name), RD_TEXT_ARG(known));
}

static void check_values(struct check *check)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->rules_count; i++)
        for (size_t j = 0; j < table->inputs_count; j++) {
            struct unknown unknown = {check, &table->rules[i].inputs[j], &check->domains[j]};
            rd_each_literal(table->rules[i].inputs[j].tests, &unknown, check_literal);
        }
}

/* False: the table cannot be checked (said), or there is no room. */
static bool make_boxes(struct check *check)
{
    const struct rd_table *table = check->table;
    size_t columns = table->inputs_count;
    check->samples = rd_arena_array(check->arena, columns + 1, sizeof *check->samples);
    check->whole = rd_arena_array(check->arena, columns + 1, sizeof *check->whole);
    check->boxes =
        rd_arena_array(check->arena, columns * table->rules_count + 1, sizeof *check->boxes);
    if (check->samples == NULL || check->whole == NULL || check->boxes == NULL) {
        check->err = RD_E_TOOBIG;
        return false;
    }
    for (size_t i = 0; i < columns; i++) {
        bool too_big = false;
        struct rd_samples *samples = &check->samples[i];
        if (!rd_sample_column(table, i, &check->domains[i], check->arena, samples, &too_big)) {
            if (too_big)
                check->err = RD_E_TOOBIG;
            else
                report(check, RD_SEVERITY_INFORMATION, table->inputs[i].pos,
                       "the input '%.*s' asks for too many different values: overlaps, gaps and "
                       "unreachable rules of this table are not checked",
                       RD_TEXT_ARG(table->inputs[i].name));
            return false;
        }
        for (size_t s = 0; s < samples->count; s++) {
            uint64_t bit = UINT64_C(1) << (s % 64);
            check->whole[i].bits[s / 64] |= bit;
            for (size_t r = 0; r < table->rules_count; r++)
                if (rd_feel_test(table->rules[r].inputs[i].tests, &samples->values[s]) == RD_TRUE)
                    check->boxes[r * columns + i].bits[s / 64] |= bit;
        }
    }
    return true;
}

static bool box_meets(const struct check *check, const struct set *a, const struct set *b)
{
    for (size_t i = 0; i < check->table->inputs_count; i++) {
        struct set common = set_and(&a[i], &b[i]);
        if (set_empty(&common))
            return false;
    }
    return true;
}

struct pending {
    size_t from; /* rules before this one have been taken off */
    struct set *box;
};

/* Pushes what of `box` the rule leaves: at most one box per column. False: no room. */
static bool split_box(struct check *check, const struct pending *now, const struct set *rule,
                      size_t rule_index, struct pending *stack, size_t *top)
{
    size_t columns = check->table->inputs_count, bytes = columns * sizeof(struct set);
    struct set common[RD_TABLE_COLUMNS_MAX];
    memcpy(common, now->box, bytes);
    for (size_t i = 0; i < columns; i++) {
        struct set rest = set_without(&common[i], &rule[i]);
        if (!set_empty(&rest)) {
            if (*top == RD_CHECK_BOXES_MAX)
                return false;
            memcpy(stack[*top].box, common, bytes);
            stack[*top].box[i] = rest;
            stack[*top].from = rule_index + 1;
            ++*top;
        }
        common[i] = set_and(&common[i], &rule[i]);
    }
    return true;
}

enum cover { COVERED, UNCOVERED, UNDECIDED };

/* Whether the rules before `rules` take all of `box`; otherwise *left is a part that none takes. */
static enum cover covered(struct check *check, const struct set *box, size_t rules,
                          struct pending *stack, struct set *left)
{
    size_t columns = check->table->inputs_count, top = 1, bytes = columns * sizeof(struct set);
    memcpy(stack[0].box, box, bytes);
    stack[0].from = 0;
    for (size_t steps = 0; top > 0; steps++) {
        struct set current[RD_TABLE_COLUMNS_MAX];
        struct pending now = {stack[top - 1].from, current};
        memcpy(current, stack[--top].box, bytes);
        size_t rule = now.from;
        while (rule < rules && !box_meets(check, current, &check->boxes[rule * columns]))
            rule++;
        if (rule == rules) {
            memcpy(left, current, bytes);
            return UNCOVERED;
        }
        if (steps == RD_CHECK_STEPS_MAX ||
            !split_box(check, &now, &check->boxes[rule * columns], rule, stack, &top))
            return UNDECIDED;
    }
    return COVERED;
}

static void check_overlaps(struct check *check)
{
    const struct rd_table *table = check->table;
    size_t columns = table->inputs_count;
    for (size_t i = 0; i < table->rules_count; i++)
        for (size_t j = i + 1; j < table->rules_count; j++) {
            struct set common[RD_TABLE_COLUMNS_MAX];
            if (!box_meets(check, &check->boxes[i * columns], &check->boxes[j * columns]))
                continue;
            for (size_t c = 0; c < columns; c++)
                common[c] = set_and(&check->boxes[i * columns + c], &check->boxes[j * columns + c]);
            struct rd_text words = example(check, common);
            report(check, RD_SEVERITY_ERROR, table->rules[j].pos,
                   "rules %zu and %zu of '%.*s' both match %.*s; its hit policy is UNIQUE: "
                   "narrow one of them",
                   i + 1, j + 1, RD_TEXT_ARG(table->name), RD_TEXT_ARG(words));
        }
}

/* No person at all: one of its cells asks for what its column never has. */
static bool check_possible(struct check *check, size_t rule)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->inputs_count; i++)
        if (set_empty(&check->boxes[rule * table->inputs_count + i])) {
            report(check, RD_SEVERITY_ERROR, table->rules[rule].inputs[i].pos,
                   "rule %zu can never match: no '%.*s' is %.*s", rule + 1,
                   RD_TEXT_ARG(table->inputs[i].name),
                   RD_TEXT_ARG(table->rules[rule].inputs[i].source));
            return false;
        }
    return true;
}

static void check_cover(struct check *check, struct pending *stack, struct set *left)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->rules_count; i++)
        if (check_possible(check, i) && table->hit == RD_HIT_FIRST &&
            covered(check, &check->boxes[i * table->inputs_count], i, stack, left) == COVERED)
            report(check, RD_SEVERITY_ERROR, table->rules[i].pos,
                   "rule %zu of '%.*s' is never reached: the rules above it take everybody it is "
                   "for; move it up or remove it",
                   i + 1, RD_TEXT_ARG(table->name));
    bool fallback = true;
    for (size_t i = 0; i < table->outputs_count; i++)
        fallback = fallback && table->outputs[i].has_fallback;
    enum cover cover = covered(check, check->whole, table->rules_count, stack, left);
    if (cover == UNCOVERED && !fallback) {
        struct rd_text words = example(check, left);
        report(check, RD_SEVERITY_WARNING, table->pos,
               "no rule of '%.*s' is for %.*s; add one, or a defaultOutputEntry",
               RD_TEXT_ARG(table->name), RD_TEXT_ARG(words));
    } else if (cover == UNDECIDED) {
        report(check, RD_SEVERITY_INFORMATION, table->pos,
               "'%.*s' is too large to be checked for gaps", RD_TEXT_ARG(table->name));
    }
}

enum rd_err rd_dmn_check(const struct rd_table *table, const struct rd_input_domain *domains,
                         struct rd_arena *arena, const struct rd_dmn_sink *sink)
{
    struct check check = {.table = table, .domains = domains, .arena = arena, .sink = sink};
    size_t columns = table->inputs_count;
    check_values(&check);
    if (check.err != RD_OK || !make_boxes(&check))
        return check.err;
    struct pending *stack = rd_arena_array(arena, RD_CHECK_BOXES_MAX + 1, sizeof *stack);
    struct set *room =
        rd_arena_array(arena, (RD_CHECK_BOXES_MAX + 2) * (columns + 1), sizeof *room);
    if (stack == NULL || room == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < RD_CHECK_BOXES_MAX; i++)
        stack[i].box = room + (i + 1) * (columns + 1);
    if (table->hit == RD_HIT_UNIQUE)
        check_overlaps(&check);
    check_cover(&check, stack, room);
    return check.err;
}
