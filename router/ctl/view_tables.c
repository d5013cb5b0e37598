#include "ctl/grid.h"
#include "ctl/rules_view.h"

#include <string.h>

enum { TABLES_MAX = RD_RULES_SUPPORTING_MAX + 3 };

static size_t tables_of(const struct rd_rules *rules, const struct rd_bound_table *out[TABLES_MAX])
{
    size_t count = 0;
    const struct rd_bound_table *first[] = {&rules->triage, &rules->lead, &rules->roles};
    for (size_t i = 0; i < 3; i++)
        if (first[i]->table != NULL)
            out[count++] = first[i];
    for (size_t i = 0; i < rules->supporting_count; i++)
        out[count++] = &rules->supporting[i];
    return count;
}

static const char *policy_words(const struct rd_table *table)
{
    switch (table->hit) {
    case RD_HIT_UNIQUE:
        return "unique: at most one rule can match";
    case RD_HIT_FIRST:
        return "first: the first rule that matches counts, from the top";
    case RD_HIT_ANY:
        return "any: rules that match together say the same";
    case RD_HIT_PRIORITY:
        return "priority: of those that match, the one whose output comes first in the list";
    case RD_HIT_RULE_ORDER:
        return "rule order: all that match, from the top";
    case RD_HIT_OUTPUT_ORDER:
        return "output order: all that match, in the order of their outputs";
    case RD_HIT_COLLECT:
        return "collect: all that match, together";
    }
    return "";
}

static bool asks_nothing(struct rd_text source)
{
    struct rd_text cell = rd_text_trim(source);
    return cell.len == 0 || rd_text_is(cell, "-");
}

static struct rd_text cell_text(const struct rd_cell *cell)
{
    return asks_nothing(cell->source) ? RD_TEXT("") : rd_text_trim(cell->source);
}

/* "need class is "two-hour", age < 18" */
static struct rd_text conditions(struct rules_view *view, const struct rd_table *table,
                                 const struct rd_rule *rule)
{
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < table->inputs_count; i++) {
        struct rd_text cell = cell_text(&rule->inputs[i]);
        if (cell.len == 0)
            continue;
        bool bare = cell.ptr[0] == '<' || cell.ptr[0] == '>';
        out = rd_arena_format(&view->memory, "%.*s%s%.*s %s%.*s", RD_TEXT_ARG(out),
                              out.len == 0 ? "" : ", and ", RD_TEXT_ARG(table->inputs[i].name),
                              bare ? "" : "is ", RD_TEXT_ARG(cell));
    }
    return out.len == 0 ? RD_TEXT("otherwise, always") : out;
}

static struct rd_text results(struct rules_view *view, const struct rd_table *table,
                              const struct rd_rule *rule)
{
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < table->outputs_count; i++) {
        struct rd_text cell = cell_text(&rule->outputs[i]);
        if (cell.len == 0)
            continue;
        out = rd_arena_format(&view->memory, "%.*s%s%.*s %.*s", RD_TEXT_ARG(out),
                              out.len == 0 ? "" : ", ", RD_TEXT_ARG(table->outputs[i].name),
                              RD_TEXT_ARG(cell));
    }
    return out;
}

/* One column for each of the table's. False: no memory. */
static bool fill_wide(struct rules_view *view, const struct rd_table *table, struct grid *grid)
{
    size_t columns = table->inputs_count + table->outputs_count + 2;
    struct rd_text *heads = rd_arena_array(&view->memory, columns, sizeof *heads);
    struct rd_text *cells =
        rd_arena_array(&view->memory, columns * (table->rules_count + 1), sizeof *cells);
    if (heads == NULL || cells == NULL)
        return false;
    heads[0] = RD_TEXT("#");
    heads[columns - 1] = RD_TEXT("because");
    for (size_t i = 0; i < table->inputs_count; i++)
        heads[1 + i] = table->inputs[i].name;
    for (size_t i = 0; i < table->outputs_count; i++)
        heads[1 + table->inputs_count + i] =
            rd_arena_format(&view->memory, "-> %.*s", RD_TEXT_ARG(table->outputs[i].name));
    for (size_t r = 0; r < table->rules_count; r++) {
        const struct rd_rule *rule = &table->rules[r];
        struct rd_text *row = &cells[r * columns];
        row[0] = rd_arena_format(&view->memory, "%zu", r + 1);
        for (size_t i = 0; i < table->inputs_count; i++)
            row[1 + i] = cell_text(&rule->inputs[i]);
        for (size_t i = 0; i < table->outputs_count; i++)
            row[1 + table->inputs_count + i] = cell_text(&rule->outputs[i]);
        row[columns - 1] = rule->why;
    }
    *grid = (struct grid){columns, table->rules_count, heads, cells, view->width, "  "};
    return true;
}

/* For a table too wide for that: what each rule asks for, in words. */
static bool fill_narrow(struct rules_view *view, const struct rd_table *table, struct grid *grid)
{
    static const struct rd_text heads[] = {{"#", 1}, {"when", 4}, {"then", 4}, {"because", 7}};
    struct rd_text *cells =
        rd_arena_array(&view->memory, 4 * (table->rules_count + 1), sizeof *cells);
    if (cells == NULL)
        return false;
    for (size_t r = 0; r < table->rules_count; r++) {
        cells[4 * r] = rd_arena_format(&view->memory, "%zu", r + 1);
        cells[4 * r + 1] = conditions(view, table, &table->rules[r]);
        cells[4 * r + 2] = results(view, table, &table->rules[r]);
        cells[4 * r + 3] = table->rules[r].why;
    }
    *grid = (struct grid){4, table->rules_count, heads, cells, view->width, "  "};
    return true;
}

static void print_table(struct rules_view *view, const struct rd_table *table)
{
    struct grid grid;
    printf("\n%.*s\n", RD_TEXT_ARG(table->name));
    grid_words(rd_arena_format(&view->memory, "%zu rule%s, %s", table->rules_count,
                               table->rules_count == 1 ? "" : "s", policy_words(table)),
               view->width, "  ");
    putchar('\n');
    bool wide = table->inputs_count + table->outputs_count + 2 <= GRID_COLUMNS_MAX &&
                fill_wide(view, table, &grid) && grid_natural(&grid) <= view->width;
    if (wide || fill_narrow(view, table, &grid))
        grid_print(&grid);
    for (size_t i = 0; i < table->outputs_count; i++) {
        const struct rd_column *output = &table->outputs[i];
        if (output->has_fallback && output->fallback.type != RD_TYPE_NULL)
            printf("  when none matches: %.*s %.*s\n", RD_TEXT_ARG(output->name),
                   RD_TEXT_ARG(rd_value_show(&output->fallback, &view->memory)));
    }
}

size_t view_tables(struct rules_view *view, const char *only)
{
    const struct rd_bound_table *tables[TABLES_MAX];
    size_t count = tables_of(view->rules, tables), shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (only != NULL && !rd_text_equal_nocase(tables[i]->table->name, rd_text_of(only)))
            continue;
        print_table(view, tables[i]->table);
        shown++;
    }
    return shown;
}

static json_t *rule_json(const struct rd_table *table, const struct rd_rule *rule, size_t number)
{
    json_t *when = json_object(), *then = json_object();
    char name[256];
    for (size_t i = 0; i < table->inputs_count; i++) {
        snprintf(name, sizeof name, "%.*s", RD_TEXT_ARG(table->inputs[i].name));
        if (!asks_nothing(rule->inputs[i].source))
            json_object_set_new(when, name, ctl_json_text(cell_text(&rule->inputs[i])));
    }
    for (size_t i = 0; i < table->outputs_count; i++) {
        snprintf(name, sizeof name, "%.*s", RD_TEXT_ARG(table->outputs[i].name));
        json_object_set_new(then, name, ctl_json_text(cell_text(&rule->outputs[i])));
    }
    return json_pack("{s:I, s:o, s:o, s:o}", "rule", (json_int_t)number, "when", when, "then", then,
                     "why", ctl_json_text(rule->why));
}

json_t *view_tables_json(struct rules_view *view, const char *only)
{
    const struct rd_bound_table *tables[TABLES_MAX];
    size_t count = tables_of(view->rules, tables);
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct rd_table *table = tables[i]->table;
        json_t *rules = json_array();
        if (only != NULL && !rd_text_equal_nocase(table->name, rd_text_of(only))) {
            json_decref(rules);
            continue;
        }
        for (size_t r = 0; r < table->rules_count; r++)
            json_array_append_new(rules, rule_json(table, &table->rules[r], r + 1));
        json_array_append_new(out, json_pack("{s:o, s:s, s:o}", "table", ctl_json_text(table->name),
                                             "hit_policy", policy_words(table), "rules", rules));
    }
    return out;
}
