#include "clean_table.h"

#include "rules/engine/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { KIND_NUMBER, KIND_STRING, KIND_BOOLEAN, KIND_LIST, KINDS, TEXT = 512 };

static size_t kind_of(size_t column)
{
    return column % KINDS;
}

static unsigned all_values(size_t column)
{
    static const unsigned all[] = {0, (1U << CLEAN_STRINGS) - 1, 3, 3};
    return all[kind_of(column)];
}

static void set_domains(struct clean_table *clean, size_t columns)
{
    static const struct rd_text strings[] = {{"v0", 2}, {"v1", 2}, {"v2", 2}, {"v3", 2},
                                             {"v4", 2}, {"v5", 2}, {"v6", 2}, {"v7", 2}};
    static const struct rd_text members[] = {{"m", 1}, {"n", 1}};
    static const enum rd_type types[] = {RD_TYPE_NUMBER, RD_TYPE_STRING, RD_TYPE_BOOLEAN,
                                         RD_TYPE_LIST};
    for (size_t i = 0; i < columns; i++) {
        clean->domains[i] = (struct rd_input_domain){
            .name = clean->table->inputs[i].name, .type = types[kind_of(i)], .whole = true};
        if (kind_of(i) == KIND_STRING) {
            clean->domains[i].values = strings;
            clean->domains[i].values_count = CLEAN_STRINGS;
        } else if (kind_of(i) == KIND_LIST) {
            clean->domains[i].values = members;
            clean->domains[i].values_count = 2;
        }
    }
}

/* Cuts the part of `from` in two; false: it is too small. */
static bool cut(struct table_maker *maker, size_t column, struct clean_part *from,
                struct clean_part *rest)
{
    *rest = *from;
    if (kind_of(column) == KIND_NUMBER) {
        if (from->high - from->low < 2)
            return false;
        from->high = from->low + 1 + (int)maker_below(maker, (size_t)(from->high - from->low - 1));
        rest->low = from->high;
        return true;
    }
    unsigned values = from->values;
    if ((values & (values - 1)) == 0)
        return false;
    do
        from->values = values & (unsigned)maker_next(maker);
    while (from->values == 0 || from->values == values);
    rest->values = values & ~from->values;
    return true;
}

void clean_table_cell(struct table_maker *maker, struct clean_table *clean, size_t rule,
                      size_t column, const struct clean_part *part)
{
    char text[TEXT] = "-";
    size_t len = 0;
    bool number = kind_of(column) == KIND_NUMBER;
    if (number && part->low > 0 && part->high < CLEAN_NUMBERS)
        snprintf(text, TEXT, "[%d..%d)", part->low, part->high);
    else if (number && part->low > 0)
        snprintf(text, TEXT, ">= %d", part->low);
    else if (number && part->high < CLEAN_NUMBERS)
        snprintf(text, TEXT, "< %d", part->high);
    else if (kind_of(column) == KIND_BOOLEAN && part->values != 3)
        snprintf(text, TEXT, "%s", part->values == 2 ? "true" : "false");
    else if (kind_of(column) == KIND_LIST && part->values != 3)
        snprintf(text, TEXT, part->values == 2 ? "%s" : "not(%s)", "list contains(?, \"m\")");
    for (size_t i = 0; kind_of(column) == KIND_STRING && i < CLEAN_STRINGS; i++)
        if (part->values != all_values(column) && (part->values >> i & 1) != 0)
            len += (size_t)snprintf(text + len, TEXT - len, "%s\"v%zu\"", len == 0 ? "" : ", ", i);
    maker_cell(maker, clean->table, rule, column, text);
}

void clean_table_make(struct table_maker *maker, size_t rules, size_t columns,
                      enum rd_hit_policy hit, size_t rest, struct clean_table *out)
{
    size_t cuts = rules - (rest > 0 ? 1 : 0) + rest, count = 1;
    out->table = maker_table(maker, rules, columns, hit);
    out->parts = rd_arena_array(maker->arena, cuts + 1, sizeof *out->parts);
    assert_non_null(out->parts);
    assert_true(columns <= CLEAN_COLUMNS_MAX);
    for (size_t i = 0; i < columns; i++)
        out->parts[0][i] = (struct clean_part){.high = CLEAN_NUMBERS, .values = all_values(i)};
    while (count < cuts) {
        size_t rule = maker_below(maker, count), column = maker_below(maker, columns);
        memcpy(out->parts[count], out->parts[rule], sizeof out->parts[0]);
        if (cut(maker, column, &out->parts[rule][column], &out->parts[count][column]))
            count++;
    }
    for (size_t i = 0; i < rules - (rest > 0 ? 1 : 0); i++)
        for (size_t j = 0; j < columns; j++)
            clean_table_cell(maker, out, i, j, &out->parts[i][j]);
    set_domains(out, columns);
}

/* They differ in that column alone, and there stand side by side. */
static bool are_siblings(const struct clean_table *clean, size_t a, size_t b, size_t *column)
{
    size_t differing = 0;
    for (size_t i = 0; i < clean->table->inputs_count; i++)
        if (memcmp(&clean->parts[a][i], &clean->parts[b][i], sizeof clean->parts[a][i]) != 0) {
            *column = i;
            differing++;
        }
    if (differing != 1)
        return false;
    return kind_of(*column) != KIND_NUMBER ||
           clean->parts[a][*column].high == clean->parts[b][*column].low;
}

void clean_table_siblings(struct table_maker *maker, const struct clean_table *clean, size_t *a,
                          size_t *b, size_t *column)
{
    size_t rules = clean->table->rules_count - 1, start = maker_below(maker, rules);
    for (size_t i = 0; i < rules; i++)
        for (size_t j = 0; j < rules; j++) {
            *a = (start + i) % rules;
            *b = j;
            if (*a != j && are_siblings(clean, *a, j, column))
                return;
        }
    fail_msg("no two rules stand side by side");
}

static struct rd_value default_value(size_t column)
{
    static const struct rd_value none[1];
    if (kind_of(column) == KIND_NUMBER)
        return rd_value_int(7);
    if (kind_of(column) == KIND_STRING)
        return rd_value_text(RD_TEXT("v5"));
    return kind_of(column) == KIND_BOOLEAN ? rd_value_boolean(true) : rd_value_list(none, 0);
}

void clean_table_values(struct table_maker *maker, const struct clean_table *clean,
                        const char *words, struct rd_value *values)
{
    for (size_t i = 0; i < clean->table->inputs_count; i++) {
        char name[32];
        struct rd_feel_problem problem;
        const struct rd_node *node = NULL;
        snprintf(name, sizeof name, "c%zu ", i + 1);
        values[i] = default_value(i);
        const char *found = strstr(words, name);
        if (found == NULL)
            continue;
        struct rd_text text = {found + strlen(name), 0};
        while (text.ptr[text.len] != '\0' && strncmp(text.ptr + text.len, ", c", 3) != 0 &&
               text.ptr[text.len] != ';' && text.ptr[text.len] != ')')
            text.len++;
        if (rd_feel_parse_expression(text, NULL, maker->arena, &node, &problem) != RD_OK)
            fail_msg("%.*s: %s", RD_TEXT_ARG(text), problem.words);
        assert_int_equal(node->kind, RD_NODE_LITERAL);
        values[i] = node->as.literal;
    }
}
