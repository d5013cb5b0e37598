#include "rules/engine/dmn/reader.h"

#include "rules/engine/parser.h"

#include <stdio.h>

/* The <text> of an entry; an entry without one reads as empty. */
static struct rd_text entry_text(const struct rd_xml *entry, const struct rd_xml **text)
{
    *text = rd_xml_child(entry, "text");
    return *text == NULL ? RD_TEXT("") : (*text)->text;
}

static void refuse_feel(struct reader *reader, const struct rd_xml *entry,
                        const struct rd_xml *text, const struct rd_feel_problem *problem)
{
    struct rd_pos pos = text == NULL ? entry->pos : rd_xml_text_pos(text, problem->offset);
    rd_dmn_refuse(reader, pos, "%s", problem->words);
}

static const struct rd_node *read_tests(struct reader *reader, const struct rd_xml *entry,
                                        struct rd_cell *cell)
{
    struct rd_feel_problem problem = {.offset = 0};
    const struct rd_xml *text = NULL;
    const struct rd_node *node = NULL, *clash = NULL;
    cell->source = rd_text_trim(entry_text(entry, &text));
    cell->pos = text == NULL ? entry->pos : rd_xml_text_pos(text, 0);
    enum rd_err err =
        rd_feel_parse_tests(entry_text(entry, &text), NULL, reader->arena, &node, &problem);
    if (err == RD_E_INVALID)
        refuse_feel(reader, entry, text, &problem);
    else if (err != RD_OK)
        reader->err = err;
    if (node == NULL)
        return NULL;
    (void)rd_feel_tests_type(node, &clash);
    if (clash != NULL)
        rd_dmn_refuse(reader, rd_xml_text_pos(text, clash->offset),
                      "values of different types in one cell; split it in two rows");
    return clash == NULL ? node : NULL;
}

static bool read_literal(struct reader *reader, const struct rd_xml *entry, struct rd_cell *cell)
{
    struct rd_feel_problem problem = {.offset = 0};
    const struct rd_xml *text = NULL;
    const struct rd_node *node = NULL;
    cell->source = rd_text_trim(entry_text(entry, &text));
    cell->pos = text == NULL ? entry->pos : rd_xml_text_pos(text, 0);
    cell->value = rd_value_null();
    cell->constant = true;
    if (cell->source.len == 0) /* editors save "no value" as an empty cell */
        return true;
    enum rd_err err =
        rd_feel_parse_expression(entry_text(entry, &text), NULL, reader->arena, &node, &problem);
    if (err == RD_E_INVALID)
        refuse_feel(reader, entry, text, &problem);
    else if (err != RD_OK)
        reader->err = err;
    else if (node->kind == RD_NODE_NAME)
        rd_dmn_refuse(reader, cell->pos,
                      "found the name '%.*s'; expected a literal (a string needs double quotes)",
                      RD_TEXT_ARG(node->as.name));
    else {
        cell->value = node->as.literal;
        cell->expression = node;
    }
    return node != NULL && node->kind == RD_NODE_LITERAL;
}

/* inputValues, outputValues: unary tests that say what a column may hold. */
static const struct rd_node *read_allowed(struct reader *reader, const struct rd_xml *clause,
                                          const char *name)
{
    const struct rd_xml *values = rd_xml_child(clause, name);
    struct rd_cell cell;
    return values == NULL ? NULL : read_tests(reader, values, &cell);
}

static const struct input_data *
required_input(struct rd_text name, const struct input_data *const *required, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_equal(required[i]->name, name))
            return required[i];
    return NULL;
}

static void refuse_input_name(struct reader *reader, const struct rd_xml *expression,
                              struct rd_text name, const struct input_data *const *required,
                              size_t count)
{
    struct rd_feel_problem problem = {.offset = 0};
    const struct rd_xml *text = NULL;
    const struct rd_node *node = NULL;
    struct rd_text source = entry_text(expression, &text);
    struct rd_text known = RD_TEXT("none");
    if (rd_feel_parse_expression(source, NULL, reader->arena, &node, &problem) == RD_E_INVALID) {
        refuse_feel(reader, expression, text, &problem);
        return;
    }
    for (size_t i = 0; i < count; i++)
        known = i == 0 ? required[i]->name
                       : rd_arena_format(reader->arena, "%.*s, %.*s", RD_TEXT_ARG(known),
                                         RD_TEXT_ARG(required[i]->name));
    size_t blank = 0;
    while (blank < source.len && source.ptr != NULL && source.ptr[blank] <= ' ')
        blank++;
    rd_dmn_refuse(reader, text == NULL ? expression->pos : rd_xml_text_pos(text, blank),
                  "the input '%.*s' is not among the decision's information requirements (%.*s)",
                  RD_TEXT_ARG(name), RD_TEXT_ARG(known));
}

static void read_input(struct reader *reader, const struct rd_xml *clause,
                       const struct input_data *const *required, size_t required_count,
                       struct rd_column *out)
{
    const struct rd_xml *expression = rd_xml_child(clause, "inputExpression"), *text = NULL;
    if (expression == NULL) {
        rd_dmn_refuse(reader, clause->pos, "input without inputExpression; add it");
        return;
    }
    out->name = rd_text_trim(entry_text(expression, &text));
    out->pos = text == NULL ? expression->pos : text->pos;
    out->type = rd_dmn_type(reader, expression, rd_xml_attribute(expression, "typeRef"));
    const struct input_data *data = required_input(out->name, required, required_count);
    if (data == NULL)
        refuse_input_name(reader, expression, out->name, required, required_count);
    else if (out->type == RD_TYPE_ANY)
        out->type = data->type;
    else if (data->type != RD_TYPE_ANY && data->type != out->type)
        rd_dmn_refuse(reader, expression->pos,
                      "the input '%.*s' is a %s here and a %s in its "
                      "inputData; make them equal",
                      RD_TEXT_ARG(out->name), rd_type_name(out->type), rd_type_name(data->type));
    out->is_name = true;
    out->allowed = read_allowed(reader, clause, "inputValues");
}

static void check_output(struct reader *reader, const struct rd_column *column,
                         const struct rd_cell *cell)
{
    if (cell->value.type == RD_TYPE_NULL)
        return;
    if (column->type != RD_TYPE_ANY && cell->value.type != column->type)
        rd_dmn_refuse(reader, cell->pos, "found a %s; the output '%.*s' is a %s",
                      rd_type_name(cell->value.type), RD_TEXT_ARG(column->name),
                      rd_type_name(column->type));
    else if (column->allowed != NULL && cell->value.type != RD_TYPE_LIST &&
             rd_feel_test(column->allowed, &cell->value) != RD_TRUE)
        rd_dmn_refuse(reader, cell->pos, "%.*s is not among the outputValues of '%.*s'",
                      RD_TEXT_ARG(cell->source), RD_TEXT_ARG(column->name));
}

static void read_output(struct reader *reader, const struct rd_xml *clause, struct rd_text table,
                        struct rd_column *out)
{
    struct rd_cell cell = {.value = rd_value_null()};
    struct rd_text name = rd_xml_attribute(clause, "name");
    out->name = rd_text_present(name) ? rd_text_trim(name) : table;
    out->pos = clause->pos;
    out->type = rd_dmn_type(reader, clause, rd_xml_attribute(clause, "typeRef"));
    out->allowed = read_allowed(reader, clause, "outputValues");
    const struct rd_xml *fallback = rd_xml_child(clause, "defaultOutputEntry");
    out->has_fallback = fallback != NULL && read_literal(reader, fallback, &cell);
    out->fallback = cell.value;
    out->fallback_expression = cell.expression;
    if (out->has_fallback)
        check_output(reader, out, &cell);
}

/* A literal of the cell that the column's inputValues exclude would never match. */
static void check_input(struct reader *reader, const struct rd_column *column,
                        const struct rd_cell *cell)
{
    const struct rd_node *clash = NULL, *tests = cell->tests;
    enum rd_type type = rd_feel_tests_type(tests, &clash);
    if (column->type != RD_TYPE_ANY && type != RD_TYPE_ANY && type != column->type) {
        rd_dmn_refuse(reader, cell->pos, "%.*s tests a %s; the input '%.*s' is a %s%s",
                      RD_TEXT_ARG(cell->source), rd_type_name(type), RD_TEXT_ARG(column->name),
                      rd_type_name(column->type),
                      column->type == RD_TYPE_LIST ? ": write list contains(?, value)" : "");
        return;
    }
    bool many = tests->kind == RD_NODE_TESTS || tests->kind == RD_NODE_NOT;
    for (size_t i = 0; i < (many ? tests->children_count : 1) && column->allowed != NULL; i++) {
        const struct rd_node *test = many ? tests->children[i] : tests;
        if (test->kind == RD_NODE_LITERAL && test->as.literal.type != RD_TYPE_LIST &&
            test->as.literal.type != RD_TYPE_NULL &&
            rd_feel_test(column->allowed, &test->as.literal) != RD_TRUE)
            rd_dmn_refuse(reader, cell->pos, "%.*s is not among the inputValues of '%.*s'",
                          RD_TEXT_ARG(cell->source), RD_TEXT_ARG(column->name));
    }
}

static struct rd_text rule_why(const struct reader *reader, const struct rd_xml *rule)
{
    const struct rd_xml *text = NULL, *description = rd_xml_child(rule, "description");
    for (const struct rd_xml *child = rule->first; child != NULL; child = child->next) {
        if (!rd_dmn_is(reader, child, "annotationEntry"))
            continue;
        struct rd_text why = rd_text_trim(entry_text(child, &text));
        if (why.len > 0)
            return why;
    }
    return description == NULL ? RD_TEXT_NONE : rd_text_trim(description->text);
}

static void read_rule(struct reader *reader, const struct rd_xml *element,
                      const struct rd_table *table, struct rd_rule *out)
{
    size_t inputs = 0, outputs = 0;
    out->pos = element->pos;
    out->id = rd_xml_attribute(element, "id");
    out->why = rule_why(reader, element);
    out->inputs = rd_dmn_array(reader, table->inputs_count, sizeof *out->inputs);
    out->outputs = rd_dmn_array(reader, table->outputs_count, sizeof *out->outputs);
    if (out->inputs == NULL || out->outputs == NULL)
        return;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next) {
        if (rd_dmn_is(reader, child, "inputEntry") && inputs++ < table->inputs_count) {
            struct rd_cell *cell = &out->inputs[inputs - 1];
            cell->tests = read_tests(reader, child, cell);
            if (cell->tests != NULL)
                check_input(reader, &table->inputs[inputs - 1], cell);
        } else if (rd_dmn_is(reader, child, "outputEntry") && outputs++ < table->outputs_count) {
            if (read_literal(reader, child, &out->outputs[outputs - 1]))
                check_output(reader, &table->outputs[outputs - 1], &out->outputs[outputs - 1]);
        }
    }
    if (inputs != table->inputs_count || outputs != table->outputs_count)
        rd_dmn_refuse(reader, element->pos,
                      "the rule has %zu inputs and %zu outputs; expected %zu and %zu, one for each "
                      "column",
                      inputs, outputs, table->inputs_count, table->outputs_count);
}

static bool read_head(struct reader *reader, const struct rd_xml *element, struct rd_table *out)
{
    struct rd_text hit = rd_xml_attribute(element, "hitPolicy");
    out->inputs_count = rd_dmn_count(reader, element, "input");
    out->outputs_count = rd_dmn_count(reader, element, "output");
    out->rules_count = rd_dmn_count(reader, element, "rule");
    if (!rd_text_present(hit) || rd_text_is(hit, "UNIQUE"))
        out->hit = RD_HIT_UNIQUE;
    else if (rd_text_is(hit, "FIRST"))
        out->hit = RD_HIT_FIRST;
    else
        rd_dmn_refuse(reader, element->pos,
                      "the hit policy %.*s is not supported; expected UNIQUE or FIRST",
                      RD_TEXT_ARG(hit));
    if (out->inputs_count > RD_TABLE_COLUMNS_MAX || out->outputs_count > RD_TABLE_COLUMNS_MAX ||
        out->outputs_count == 0 || out->rules_count > RD_TABLE_RULES_MAX) {
        rd_dmn_refuse(reader, element->pos,
                      "%zu inputs, %zu outputs, %zu rules; expected at most %d, 1 to %d, at most "
                      "%d",
                      out->inputs_count, out->outputs_count, out->rules_count, RD_TABLE_COLUMNS_MAX,
                      RD_TABLE_COLUMNS_MAX, RD_TABLE_RULES_MAX);
        return false;
    }
    out->inputs = rd_dmn_array(reader, out->inputs_count, sizeof *out->inputs);
    out->outputs = rd_dmn_array(reader, out->outputs_count, sizeof *out->outputs);
    out->rules = rd_dmn_array(reader, out->rules_count, sizeof *out->rules);
    out->plain = true;
    return out->inputs != NULL && out->outputs != NULL && out->rules != NULL;
}

void rd_dmn_read_table(struct reader *reader, const struct rd_xml *element,
                       const struct input_data *const *required, size_t required_count,
                       struct rd_table *out)
{
    size_t inputs = 0, outputs = 0, rules = 0;
    if (!read_head(reader, element, out))
        return;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next) {
        if (rd_dmn_is(reader, child, "input"))
            read_input(reader, child, required, required_count, &out->inputs[inputs++]);
        else if (rd_dmn_is(reader, child, "output"))
            read_output(reader, child, out->name, &out->outputs[outputs++]);
        else if (rd_dmn_is(reader, child, "rule"))
            read_rule(reader, child, out, &out->rules[rules++]);
        else if (!rd_dmn_is(reader, child, "annotation") &&
                 !rd_dmn_is(reader, child, "description") &&
                 !rd_dmn_is(reader, child, "extensionElements") &&
                 rd_text_equal(child->space, reader->root->space))
            rd_dmn_refuse(reader, child->pos, "'%.*s' is not supported in a decisionTable",
                          RD_TEXT_ARG(child->name));
    }
}
