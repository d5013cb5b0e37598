/* Tables of 500 rows and 10 columns: nothing is found in a clean one, and every fault that is
 * planted is found, with a person whom it concerns, within ten seconds. */
#include "clean_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { ARENA = 256 << 20, RULES = 500, COLUMNS = 10, SEEDS = 4, FOUND = 1 << 16, SECONDS = 10 };

struct rig {
    struct rd_arena arena;
    struct table_maker maker;
    struct clean_table clean;
    struct rd_check_order order;
    bool ordered;
    char found[FOUND]; /* a finding a line */
    size_t count;
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct rig *rig = context;
    size_t len = strlen(rig->found);
    (void)severity;
    snprintf(rig->found + len, FOUND - len, "%u:%u %s\n", pos.line, pos.column, words);
    rig->count++;
}

static void rig_init(struct rig *rig, uint64_t seed, enum rd_hit_policy hit, size_t rest)
{
    rd_arena_init(&rig->arena, rd_alloc_heap(), ARENA);
    rig->maker = (struct table_maker){.state = seed * 7919 + 1, .arena = &rig->arena};
    rig->found[0] = '\0';
    rig->count = 0;
    rig->ordered = false;
    clean_table_make(&rig->maker, RULES, COLUMNS, hit, rest, &rig->clean);
    for (size_t i = 0; i < RULES; i++)
        rig->clean.table->rules[i].outputs[0].value = rd_value_text(RD_TEXT("same"));
}

static void check(struct rig *rig)
{
    struct rd_check_sink sink = {rig, on_found};
    struct timespec start, end;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    enum rd_err err = rd_table_check(rig->clean.table, rig->clean.domains,
                                     rig->ordered ? &rig->order : NULL, &rig->arena, &sink);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(err == RD_OK || err == RD_E_INVALID);
    assert_in_range(end.tv_sec - start.tv_sec, 0, SECONDS);
}

/* The one finding; its words from `marker` on. */
static const char *only(const struct rig *rig, const char *marker)
{
    const char *found = strstr(rig->found, marker);
    if (rig->count != 1 || found == NULL)
        fail_msg("expected one finding \"%s\", found %zu:\n%s", marker, rig->count, rig->found);
    return found + strlen(marker);
}

static size_t matching(struct rig *rig, const char *words)
{
    struct rd_value values[RD_TABLE_COLUMNS_MAX];
    size_t count = 0;
    clean_table_values(&rig->maker, &rig->clean, words, values);
    for (size_t i = 0; i < rig->clean.table->rules_count; i++)
        count += rd_rule_matches(rig->clean.table, &rig->clean.table->rules[i], values) ? 1 : 0;
    return count;
}

static void clean_unique(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_UNIQUE, 0);
    check(rig);
    assert_string_equal(rig->found, "");
}

static void clean_first(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_FIRST, 3);
    check(rig);
    assert_string_equal(rig->found, "");
}

static void clean_any(struct rig *rig, uint64_t seed)
{
    size_t a, b, column;
    rig_init(rig, seed, RD_HIT_ANY, 0);
    clean_table_siblings(&rig->maker, &rig->clean, &a, &b, &column);
    maker_cell(&rig->maker, rig->clean.table, a, column, "-"); /* meets others, says the same */
    check(rig);
    assert_string_equal(rig->found, "");
}

static void planted_gap(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_UNIQUE, 0);
    struct rd_table *table = rig->clean.table;
    table->rules[maker_below(&rig->maker, RULES)] = table->rules[RULES - 1];
    table->rules_count--;
    check(rig);
    assert_int_equal(matching(rig, only(rig, "no rule of 'T' is for ")), 0);
}

static void planted_overlap(struct rig *rig, uint64_t seed)
{
    size_t a, b, column;
    rig_init(rig, seed, RD_HIT_UNIQUE, 0);
    clean_table_siblings(&rig->maker, &rig->clean, &a, &b, &column);
    struct clean_part both = rig->clean.parts[a][column];
    if (rig->clean.domains[column].type == RD_TYPE_NUMBER)
        both.high++;
    else
        both.values |= rig->clean.parts[b][column].values;
    clean_table_cell(&rig->maker, &rig->clean, a, column, &both);
    check(rig);
    assert_int_equal(matching(rig, only(rig, " of 'T' both match ")), 2);
}

static void planted_broken_any(struct rig *rig, uint64_t seed)
{
    size_t a, b, column;
    rig_init(rig, seed, RD_HIT_ANY, 0);
    clean_table_siblings(&rig->maker, &rig->clean, &a, &b, &column);
    rig->clean.table->rules[b].outputs[0].value = rd_value_text(RD_TEXT("different"));
    struct clean_part both = rig->clean.parts[a][column];
    both.values |= rig->clean.parts[b][column].values;
    both.high = rig->clean.parts[b][column].high;
    clean_table_cell(&rig->maker, &rig->clean, a, column, &both);
    check(rig);
    const char *words = only(rig, " of 'T' both match ");
    assert_non_null(strstr(words, "its hit policy is ANY and they say different things"));
    assert_int_equal(matching(rig, words), 2);
}

/* A rule that only two others together take everything from. */
static void planted_unreached(struct rig *rig, uint64_t seed)
{
    size_t a, b, column;
    char expected[64];
    rig_init(rig, seed, RD_HIT_FIRST, 3);
    clean_table_siblings(&rig->maker, &rig->clean, &a, &b, &column);
    struct rd_table *table = rig->clean.table;
    size_t rule = RULES - 2, other = (a == rule || b == rule) ? RULES - 3 : rule;
    assert_true(a != other && b != other);
    if (other != rule) { /* the pair above, the rule below them */
        struct rd_rule moved = table->rules[rule];
        table->rules[rule] = table->rules[other];
        table->rules[other] = moved;
        memcpy(rig->clean.parts[other], rig->clean.parts[rule], sizeof rig->clean.parts[0]);
        a = a == rule ? other : a;
        b = b == rule ? other : b;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        struct clean_part part = rig->clean.parts[a][i];
        part.values |= rig->clean.parts[b][i].values;
        part.high = rig->clean.parts[b][i].high;
        clean_table_cell(&rig->maker, &rig->clean, rule, i, &part);
    }
    check(rig);
    snprintf(expected, sizeof expected, "rule %zu of 'T' is never reached", rule + 1);
    (void)only(rig, expected);
}

static void planted_outranked(struct rig *rig, uint64_t seed)
{
    size_t rule = 17, higher = 400;
    rig_init(rig, seed, RD_HIT_PRIORITY, 0);
    struct rd_table *table = rig->clean.table;
    for (size_t i = 0; i < RULES; i++)
        table->rules[i].rank = i == higher ? 0 : 1;
    for (size_t i = 0; i < COLUMNS; i++) { /* takes all of the rule's people, and ranks higher */
        struct rd_cell cell = table->rules[higher].inputs[i];
        if (i % 3 == 0)
            table->rules[higher].inputs[i] = table->rules[rule].inputs[i];
        else
            maker_cell(&rig->maker, table, higher, i, "-");
        (void)cell;
    }
    check(rig);
    assert_non_null(strstr(rig->found, "rule 18 of 'T' is never reached: the rules of a higher "
                                       "output take everybody it is for; remove it"));
}

static void planted_impossible(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_FIRST, 3);
    size_t rule = maker_below(&rig->maker, RULES - 1);
    maker_cell(&rig->maker, rig->clean.table, rule, 2, "null");
    check(rig);
    (void)only(rig, "can never match: no 'c3' is null");
}

static void planted_unknown(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_UNIQUE, 0);
    maker_cell(&rig->maker, rig->clean.table, maker_below(&rig->maker, RULES), 5, "\"v1\", \"v8\"");
    check(rig);
    /* Beside what "v1" does there. */
    assert_non_null(strstr(
        rig->found, "\"v8\" is no value of 'c6'; expected one of v0, v1, v2, v3, v4, v5, v6, v7"));
}

/* c2 is what was asked for, v0 the most urgent; every rule says v0 but one. */
static void planted_lower(struct rig *rig, uint64_t seed)
{
    rig_init(rig, seed, RD_HIT_FIRST, 3);
    rig->ordered = true;
    rig->order = (struct rd_check_order){.output = 0,
                                         .input = 1,
                                         .asked = RD_TEXT("c2"),
                                         .order = rig->clean.domains[1].values,
                                         .order_count = CLEAN_STRINGS};
    for (size_t i = 0; i < RULES; i++)
        rig->clean.table->rules[i].outputs[0].value = rd_value_text(RD_TEXT("v0"));
    size_t rule = maker_below(&rig->maker, RULES - 1), given = CLEAN_STRINGS - 1;
    unsigned asked = rig->clean.parts[rule][1].values, lowest = 0;
    while ((asked >> lowest & 1) == 0)
        lowest++;
    struct rd_value *says = &rig->clean.table->rules[rule].outputs[0].value;
    *says = rd_value_text(rig->clean.domains[1].values[given]);
    check(rig);
    if (lowest == given) { /* nobody there asks for more */
        assert_string_equal(rig->found, "");
        return;
    }
    struct rd_value values[RD_TABLE_COLUMNS_MAX];
    const char *words = only(rig, "says \"v7\" also when 'c2' is ");
    clean_table_values(&rig->maker, &rig->clean, strchr(words, '('), values);
    assert_int_equal(rd_table_decide(rig->clean.table, values).rule, rule);
    assert_true(rd_text_compare(values[1].as.string, says->as.string) < 0);
    /* What is as urgent as anything asked for lowers nothing. */
    *says = rd_value_text(rig->clean.domains[1].values[lowest]);
    rig->found[0] = '\0';
    check(rig);
    assert_string_equal(rig->found, "");
}

static void overlap(struct rig *rig)
{
    for (size_t i = 0; i + 1 < RULES; i++)
        for (size_t j = 0; j < COLUMNS; j++) {
            size_t low = maker_below(&rig->maker, CLEAN_NUMBERS - 300);
            struct clean_part part = {.low = (int)low, .high = (int)low + 300};
            part.values = j % 4 == 1 ? 0x1fU << maker_below(&rig->maker, 4) & 0xffU
                                     : 1U << maker_below(&rig->maker, 2);
            if (maker_below(&rig->maker, 2) == 0)
                clean_table_cell(&rig->maker, &rig->clean, i, j, &part);
            else
                maker_cell(&rig->maker, rig->clean.table, i, j, "-");
        }
}

/* Rules that overlap as they like: all questions are decided, in time, and a rule that is said to
 * be never reached is hit by nobody of 100,000. */
static void test_overlapping(void **state)
{
    static struct rig rig;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool unreached[RULES];
        size_t said = 0;
        rig_init(&rig, seed, RD_HIT_FIRST, 3);
        overlap(&rig);
        check(&rig);
        assert_null(strstr(rig.found, "too large"));
        for (size_t i = 0; i < RULES; i++) {
            char words[64];
            snprintf(words, sizeof words, "rule %zu of 'T' is never reached", i + 1);
            unreached[i] = strstr(rig.found, words) != NULL;
            said += unreached[i] ? 1 : 0;
        }
        assert_int_equal(said, rig.count);
        assert_in_range(said, 1, RULES * 3 / 4);
        for (size_t i = 0; i < 100000; i++) {
            struct rd_value values[COLUMNS], member = rd_value_text(RD_TEXT("m"));
            for (size_t j = 0; j < COLUMNS; j++) {
                size_t pick = maker_below(&rig.maker, CLEAN_NUMBERS);
                values[j] = j % 4 == 0   ? rd_value_int((int64_t)pick)
                            : j % 4 == 1 ? rd_value_text(rig.clean.domains[1].values[pick % 8])
                            : j % 4 == 2 ? rd_value_boolean(pick % 2 == 0)
                                         : rd_value_list(&member, pick % 2);
            }
            assert_false(unreached[rd_table_decide(rig.clean.table, values).rule]);
        }
        rd_arena_fini(&rig.arena);
    }
}

static void test_each_fault(void **state)
{
    static void (*const faults[])(struct rig *, uint64_t) = {
        clean_unique,       clean_first,        clean_any,         planted_gap,
        planted_overlap,    planted_broken_any, planted_unreached, planted_outranked,
        planted_impossible, planted_unknown,    planted_lower};
    static struct rig rig;
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            faults[i](&rig, seed);
            rd_arena_fini(&rig.arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault),
        cmocka_unit_test(test_overlapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
