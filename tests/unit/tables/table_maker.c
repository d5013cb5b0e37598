#include "table_maker.h"

#include "rules/engine/cells.h"
#include "rules/engine/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { CELL_BYTES = 512, COLUMN_KINDS = MAKER_MOMENTS + MAKER_MOMENT_KINDS };

uint64_t maker_next(struct table_maker *maker)
{
    maker->state ^= maker->state << 13;
    maker->state ^= maker->state >> 7;
    maker->state ^= maker->state << 17;
    return maker->state;
}

size_t maker_below(struct table_maker *maker, size_t bound)
{
    return (size_t)(maker_next(maker) >> 11) % bound;
}

static void *take(struct table_maker *maker, size_t count, size_t size)
{
    void *taken = rd_arena_array(maker->arena, count, size);
    assert_non_null(taken);
    return taken;
}

static struct rd_text number_text(struct table_maker *maker, const char *before, size_t number)
{
    struct rd_text text = rd_arena_format(maker->arena, "%s%zu", before, number);
    assert_true(rd_text_present(text));
    return text;
}

struct rd_table *maker_table(struct table_maker *maker, size_t rules, size_t columns,
                             enum rd_hit_policy hit)
{
    struct rd_table *table = take(maker, 1, sizeof *table);
    *table = (struct rd_table){.name = RD_TEXT("T"),
                               .hit = hit,
                               .plain = true,
                               .inputs = take(maker, columns, sizeof *table->inputs),
                               .inputs_count = columns,
                               .outputs = take(maker, 1, sizeof *table->outputs),
                               .outputs_count = 1,
                               .rules = take(maker, rules, sizeof *table->rules),
                               .rules_count = rules,
                               .pos = {1, 1}};
    table->outputs[0] =
        (struct rd_column){.name = RD_TEXT("out"), .type = RD_TYPE_STRING, .pos = {1, 1}};
    for (size_t i = 0; i < columns; i++)
        table->inputs[i] =
            (struct rd_column){.name = number_text(maker, "c", i + 1), .pos = {1, 1}};
    for (size_t i = 0; i < rules; i++) {
        struct rd_rule *rule = &table->rules[i];
        rule->inputs = take(maker, columns, sizeof *rule->inputs);
        rule->outputs = take(maker, 1, sizeof *rule->outputs);
        rule->outputs[0].value = rd_value_text(number_text(maker, "", i % 20));
        rule->outputs[0].constant = true;
        rule->rank = i % 20;
        rule->pos = (struct rd_pos){(unsigned)i + 2, 1};
        for (size_t j = 0; j < columns; j++)
            maker_cell(maker, table, i, j, "-");
    }
    return table;
}

void maker_cell(struct table_maker *maker, struct rd_table *table, size_t rule, size_t column,
                const char *text)
{
    struct rd_cell *cell = &table->rules[rule].inputs[column];
    struct rd_feel_problem problem;
    assert_true(rd_arena_copy(maker->arena, rd_text_of(text), &cell->source));
    cell->pos = (struct rd_pos){(unsigned)rule + 2, (unsigned)column + 2};
    if (rd_feel_parse_tests(cell->source, NULL, maker->arena, &cell->tests, &problem) != RD_OK)
        fail_msg("%s: %s", text, problem.words);
}

/* A number as FEEL writes it, mostly small and whole. */
static const char *random_number(struct table_maker *maker)
{
    static const char *const odd[] = {"0.5", "-3.25", "1e3", "12345678901234567890", "0", "-1"};
    if (maker_below(maker, 8) == 0)
        return odd[maker_below(maker, sizeof odd / sizeof odd[0])];
    return number_text(maker, "", maker_below(maker, 120)).ptr;
}

static void random_numbers(struct table_maker *maker, char *out)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "=", "!="};
    static const char *const opens[] = {"[", "("}, *const closes[] = {"]", ")"};
    size_t low = maker_below(maker, 100), high = low + 1 + maker_below(maker, 30);
    switch (maker_below(maker, 4)) {
    case 0:
        snprintf(out, CELL_BYTES, "%s", random_number(maker));
        break;
    case 1:
        snprintf(out, CELL_BYTES, "%s %s", ops[maker_below(maker, 6)], random_number(maker));
        break;
    case 2:
        snprintf(out, CELL_BYTES, "%s%zu..%zu%s", opens[maker_below(maker, 2)], low, high,
                 closes[maker_below(maker, 2)]);
        break;
    default:
        snprintf(out, CELL_BYTES, "(%zu..%zu], %s, null", low, high, random_number(maker));
        break;
    }
}

static void random_strings(struct table_maker *maker, char *out)
{
    size_t a = maker_below(maker, 40), b = maker_below(maker, 40);
    switch (maker_below(maker, 6)) {
    case 0:
        snprintf(out, CELL_BYTES, "not(\"value %zu\", null)", a);
        break;
    case 1:
        snprintf(out, CELL_BYTES, "\"value %zu\", \"value %zu\", \"\"", a, b);
        break;
    case 2:
        snprintf(out, CELL_BYTES, "null");
        break;
    default:
        snprintf(out, CELL_BYTES, "\"value %zu\"", a);
        break;
    }
}

static void random_booleans(struct table_maker *maker, char *out)
{
    static const char *const cells[] = {"true", "false", "null", "not(true)", "false, null"};
    snprintf(out, CELL_BYTES, "%s", cells[maker_below(maker, sizeof cells / sizeof cells[0])]);
}

static void random_lists(struct table_maker *maker, char *out)
{
    size_t a = maker_below(maker, 12), b = maker_below(maker, 12);
    switch (maker_below(maker, 5)) {
    case 0:
        snprintf(out, CELL_BYTES,
                 "not(list contains(?, \"value %zu\"), list contains(?, \"value %zu\"))", a, b);
        break;
    case 1:
        snprintf(out, CELL_BYTES,
                 "list contains(?, \"value %zu\"), list contains(?, \"value %zu\")", a, b);
        break;
    case 2:
        snprintf(out, CELL_BYTES, "[\"value %zu\", \"value %zu\"]", a, b);
        break;
    default:
        snprintf(out, CELL_BYTES, "list contains(?, \"value %zu\")", a);
        break;
    }
}

/* A value of each ordered kind but numbers and strings, later with `n`; of those with an offset,
 * many are one moment by two readings. Some are the first or the last that there is. */
static const char *moment_text(struct table_maker *maker, size_t kind, size_t n, bool edge)
{
    static const char *const firsts[] = {"@\"-999999999-01-01\"", "@\"00:00:00\"",
                                         "@\"-999999999-01-01T00:00:00\"", "@\"-P1D\"",
                                         "@\"-P1Y\""};
    static const char *const lasts[] = {"@\"999999999-12-31\"", "@\"23:59:59\"",
                                        "@\"999999999-12-31T23:59:59-18:00\"",
                                        "@\"P100000000000000D\"", "@\"P900000000000000Y\""};
    const char *zone = "";
    if (edge)
        return maker_below(maker, 2) == 0 ? firsts[kind] : lasts[kind];
    if (n >= 40) /* local below, with an offset from here on */
        zone = n % 2 == 0 ? "Z" : "@Europe/London";
    struct rd_text text = RD_TEXT_NONE;
    if (kind == 0)
        text = rd_arena_format(maker->arena, "@\"2024-02-%02zu\"", n % 27 + 1);
    else if (kind == 1)
        text = rd_arena_format(maker->arena, "@\"10:%02zu:59%s\"", n % 40, zone);
    else if (kind == 2)
        text = rd_arena_format(maker->arena, "@\"2026-0%d-29T01:%02zu:00%s\"", n % 2 == 0 ? 3 : 7,
                               n % 40, zone);
    else if (kind == 3)
        text = rd_arena_format(maker->arena, "@\"PT%zuM%s\"", n, n % 3 == 0 ? "0.000000001S" : "");
    else
        text = rd_arena_format(maker->arena, "@\"P%zuM\"", n);
    assert_true(rd_text_present(text));
    return text.ptr;
}

static void random_moments(struct table_maker *maker, size_t kind, char *out)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "=", "!="};
    static const char *const opens[] = {"[", "("}, *const closes[] = {"]", ")"};
    size_t a = maker_below(maker, 80), later = a + 2 + 2 * maker_below(maker, 6);
    const char *one = moment_text(maker, kind, a, maker_below(maker, 12) == 0);
    const char *other = moment_text(maker, kind, maker_below(maker, 80), false);
    /* An interval's ends have one order only where they count alike. */
    bool ordered = later % 40 > a % 40 && a / 40 == later / 40 && later % 27 > a % 27;
    switch (maker_below(maker, 5)) {
    case 0:
        snprintf(out, CELL_BYTES, "%s", one);
        break;
    case 1:
        snprintf(out, CELL_BYTES, "not(%s, %s)", one, other);
        break;
    case 2:
        snprintf(out, CELL_BYTES, "%s, %s, null", one, other);
        break;
    case 3:
        if (ordered) {
            snprintf(out, CELL_BYTES, "%s%s..%s%s", opens[maker_below(maker, 2)],
                     moment_text(maker, kind, a, false), moment_text(maker, kind, later, false),
                     closes[maker_below(maker, 2)]);
            break;
        }
        /* fall through */
    default:
        snprintf(out, CELL_BYTES, "%s %s", ops[maker_below(maker, 6)], one);
        break;
    }
}

static void random_cell(struct table_maker *maker, size_t kind, char *out)
{
    static const char *const mixed[] = {"\"value 1\", 3, true, null", "not(null)", "not(3, \"\")",
                                        "< \"value 2\"", "[\"value 1\"..\"value 3\")"};
    static void (*const kinds[])(struct table_maker *, char *) = {random_numbers, random_strings,
                                                                  random_booleans, random_lists};
    if (kind >= MAKER_MOMENTS)
        random_moments(
            maker, kind == COLUMN_KINDS - 1 ? maker_below(maker, 5) : kind - MAKER_MOMENTS, out);
    else if (kind < 4)
        kinds[kind](maker, out);
    else if (maker_below(maker, 2) == 0)
        snprintf(out, CELL_BYTES, "%s", mixed[maker_below(maker, 5)]);
    else
        kinds[maker_below(maker, 2)](maker, out);
}

struct rd_table *maker_random(struct table_maker *maker, size_t rules, size_t columns,
                              enum rd_hit_policy hit)
{
    char text[CELL_BYTES];
    struct rd_table *table = maker_table(maker, rules, columns, hit);
    for (size_t i = 0; i < rules; i++)
        for (size_t j = 0; j < columns; j++) {
            /* Half of them ask for nothing: so that rules match at all. */
            if (maker_below(maker, 2) == 0)
                continue;
            random_cell(maker, (maker->first_kind + j) % COLUMN_KINDS, text);
            maker_cell(maker, table, i, j, text);
        }
    return table;
}

struct pool {
    struct table_maker *maker;
    struct rd_value *values;
    size_t count;
};

static void put(struct pool *pool, struct rd_value value)
{
    if (pool->count < MAKER_POOL)
        pool->values[pool->count++] = value;
}

/* The same moment by another reading, the same reading without its offset, and what lies beside. */
static void put_near_time(struct pool *pool, const struct rd_value *literal)
{
    static const rd_i128 steps[] = {-RD_NANOS_PER_SECOND, -1, 1, RD_NANOS_PER_SECOND};
    struct rd_value near = *literal, east = *literal, local = *literal;
    bool moment = literal->type == RD_TYPE_DATE_TIME;
    struct rd_wall_time *time = moment ? &east.as.date_time.time : &east.as.time;
    time->zone = NULL;
    time->has_offset = true;
    time->offset_seconds += 3600;
    if (!moment)
        *time = rd_time_add(time, 3600 * RD_NANOS_PER_SECOND);
    else if (!rd_date_time_add(&east.as.date_time, 3600 * RD_NANOS_PER_SECOND, &east.as.date_time))
        east = *literal;
    put(pool, east);
    time = moment ? &local.as.date_time.time : &local.as.time;
    time->zone = NULL;
    time->has_offset = false;
    put(pool, local);
    size_t step = maker_below(pool->maker, 4);
    if (!moment)
        near.as.time = rd_time_add(&literal->as.time, steps[step]);
    else if (!rd_date_time_add(&literal->as.date_time, steps[step], &near.as.date_time))
        near = *literal;
    put(pool, near);
}

/* The literal and what lies beside it. */
static void put_literal(void *context, const struct rd_value *literal)
{
    struct pool *pool = context;
    struct rd_value near = {.type = literal->type};
    put(pool, *literal);
    if (literal->type == RD_TYPE_STRING) {
        struct rd_text longer =
            rd_arena_format(pool->maker->arena, "%.*s ", RD_TEXT_ARG(literal->as.string));
        put(pool, rd_value_text(longer));
    }
    if (literal->type == RD_TYPE_TIME || literal->type == RD_TYPE_DATE_TIME)
        put_near_time(pool, literal);
    for (int step = -1; step <= 1; step += 2) {
        bool made = false;
        if (literal->type == RD_TYPE_NUMBER)
            made = rd_decimal_shift(literal->as.number, step, 2, &near.as.number);
        if (literal->type == RD_TYPE_DATE)
            made = rd_date_of_days(rd_date_days(literal->as.date) + step, &near.as.date);
        if (literal->type == RD_TYPE_DURATION_DAYS || literal->type == RD_TYPE_DURATION_MONTHS) {
            near.as.duration = literal->as.duration + step;
            made = true;
        }
        if (made)
            put(pool, near);
    }
}

/* Some of the strings so far, sometimes twice, with a number among them. */
static void put_list(struct pool *pool, size_t strings)
{
    struct rd_value *items = take(pool->maker, 6, sizeof *items);
    size_t count = maker_below(pool->maker, 6);
    for (size_t i = 0; i < count; i++)
        items[i] = maker_below(pool->maker, 8) == 0 || strings == 0
                       ? rd_value_int(3)
                       : pool->values[maker_below(pool->maker, strings)];
    put(pool, rd_value_list(items, count));
}

struct rd_value *maker_pool(struct table_maker *maker, const struct rd_table *table, size_t column)
{
    struct pool pool = {.maker = maker, .values = take(maker, MAKER_POOL, sizeof *pool.values)};
    put(&pool, rd_value_null());
    put(&pool, rd_value_boolean(true));
    put(&pool, rd_value_boolean(false));
    put(&pool, rd_value_text(RD_TEXT("")));
    put(&pool, rd_value_int(-7));
    for (size_t i = 0; i < 64 && table->rules_count > 0 && pool.count < MAKER_POOL / 2; i++) {
        size_t rule = maker_below(maker, table->rules_count);
        rd_cell_each_literal(table->rules[rule].inputs[column].tests, &pool, put_literal);
    }
    size_t scalars = pool.count;
    while (pool.count < MAKER_POOL)
        if (maker_below(maker, 2) == 0)
            put_list(&pool, scalars);
        else
            put(&pool, pool.values[maker_below(maker, scalars)]);
    return pool.values;
}
