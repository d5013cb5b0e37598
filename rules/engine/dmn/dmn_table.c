#include "rules/engine/dmn/reader.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum rd_hit_policy hit;
} policies[] = {{"UNIQUE", RD_HIT_UNIQUE},
                {"FIRST", RD_HIT_FIRST},
                {"ANY", RD_HIT_ANY},
                {"PRIORITY", RD_HIT_PRIORITY},
                {"RULE ORDER", RD_HIT_RULE_ORDER},
                {"OUTPUT ORDER", RD_HIT_OUTPUT_ORDER},
                {"COLLECT", RD_HIT_COLLECT}};
static const struct {
    const char *name;
    enum rd_aggregate aggregate;
} aggregates[] = {{"SUM", RD_AGGREGATE_SUM},
                  {"COUNT", RD_AGGREGATE_COUNT},
                  {"MIN", RD_AGGREGATE_MIN},
                  {"MAX", RD_AGGREGATE_MAX}};

/* The source of a cell and where it stands. */
static void read_source(const struct rd_xml *entry, struct rd_cell *cell)
{
    const struct rd_xml *text = NULL;
    cell->source = rd_text_trim(rd_dmn_text(entry, &text));
    cell->pos = text == NULL ? entry->pos : rd_xml_text_pos(text, 0);
}

static void read_tests(struct reader *reader, const struct rd_xml *entry,
                       const struct rd_feel_names *names, struct rd_cell *cell)
{
    const struct rd_node *clash = NULL;
    read_source(entry, cell);
    cell->tests = rd_dmn_parse_tests(reader, entry, names);
    if (cell->tests == NULL || !reader->for_place || !cell->tests->simple)
        return;
    (void)rd_feel_tests_type(cell->tests, &clash);
    if (clash == NULL)
        return;
    rd_dmn_refuse(reader, rd_xml_text_pos(rd_xml_child(entry, "text"), clash->offset),
                  "values of different types in one cell; split it in two rows");
    cell->tests = NULL;
}

/* An empty cell is null: editors save "no value" so. */
static void read_output_cell(struct reader *reader, const struct rd_xml *entry,
                             const struct rd_feel_names *names, struct rd_cell *cell)
{
    read_source(entry, cell);
    cell->value = rd_value_null();
    cell->expression = rd_dmn_parse_expression(reader, entry, names);
    cell->constant = cell->source.len == 0 ||
                     (cell->expression != NULL && cell->expression->kind == RD_NODE_LITERAL);
    if (cell->constant && cell->expression != NULL)
        cell->value = cell->expression->as.literal;
}

/* inputValues, outputValues: unary tests that say what a column may hold. */
static const struct rd_node *read_allowed(struct reader *reader, const struct rd_xml *clause,
                                          const char *name, const struct rd_feel_names *names)
{
    const struct rd_xml *values = rd_xml_child(clause, name), *text = NULL;
    struct rd_cell cell = {.tests = NULL};
    if (values == NULL || rd_text_trim(rd_dmn_text(values, &text)).len == 0)
        return NULL; /* dmn.io leaves an empty one behind */
    read_tests(reader, values, names, &cell);
    return cell.tests;
}

/* What a column's values are; a plain word for it, as far as there is one. */
static void read_type(struct reader *reader, const struct rd_xml *element, struct rd_column *out)
{
    out->item = rd_dmn_type_of(reader, element);
    out->type = out->item == NULL ? RD_TYPE_ANY : out->item->type;
}

static const struct rd_feel_name *find_name(const struct rd_feel_names *names, struct rd_text name)
{
    for (; names != NULL; names = names->parent)
        for (size_t i = 0; i < names->count; i++)
            if (rd_text_equal(names->items[i].name, name))
                return &names->items[i];
    return NULL;
}

/* An input that is a name is one that the decision requires. */
static const struct rd_feel_name *find_required(struct reader *reader,
                                                const struct rd_xml *expression,
                                                const struct rd_feel_names *names,
                                                const struct rd_column *column)
{
    const struct rd_feel_name *required = find_name(names, column->name);
    struct rd_text known = RD_TEXT("none");
    if (required != NULL)
        return required;
    for (size_t i = 0; i < names->count; i++)
        known = i == 0 ? names->items[i].name
                       : rd_arena_format(reader->arena, "%.*s, %.*s", RD_TEXT_ARG(known),
                                         RD_TEXT_ARG(names->items[i].name));
    rd_dmn_refuse(reader, rd_dmn_text_pos(expression),
                  "the input '%.*s' is not among the decision's information requirements (%.*s)",
                  RD_TEXT_ARG(column->name), RD_TEXT_ARG(known));
    return NULL;
}

/* A place's input is of one type wherever that is said. */
static void check_type(struct reader *reader, const struct rd_xml *expression,
                       const struct rd_feel_name *required, struct rd_column *column)
{
    enum rd_type type = required->type == NULL ? RD_TYPE_ANY : required->type->type;
    if (column->type == RD_TYPE_ANY)
        column->type = type;
    else if (type != RD_TYPE_ANY && type != column->type)
        rd_dmn_refuse(reader, expression->pos,
                      "the input '%.*s' is a %s here and a %s in its inputData; make them equal",
                      RD_TEXT_ARG(column->name), rd_type_name(column->type), rd_type_name(type));
}

/* Names in a decision's own table are looked up here, so that what it requires can be listed. */
static void read_input_expression(struct reader *reader, const struct rd_xml *expression,
                                  const struct rd_feel_names *names, struct rd_column *out)
{
    struct rd_feel_names open = *names;
    open.closed = false;
    bool own = names->parent == NULL && (names->closed || reader->for_place);
    out->expression = rd_dmn_parse_expression(reader, expression, own ? &open : names);
    out->is_name = out->expression != NULL && out->expression->kind == RD_NODE_NAME;
    if (out->is_name && own) {
        const struct rd_feel_name *required = find_required(reader, expression, names, out);
        if (required != NULL && reader->for_place)
            check_type(reader, expression, required, out);
    } else if (out->expression != NULL && own && names->closed) {
        out->expression = rd_dmn_parse_expression(reader, expression, names);
    }
}

static void read_input(struct reader *reader, const struct rd_xml *clause,
                       const struct rd_feel_names *names, struct rd_column *out)
{
    const struct rd_xml *expression = rd_xml_child(clause, "inputExpression"), *text = NULL;
    if (expression == NULL) {
        rd_dmn_refuse(reader, clause->pos, "input without inputExpression; add it");
        return;
    }
    out->name = rd_text_trim(rd_dmn_text(expression, &text));
    out->pos = text == NULL ? expression->pos : text->pos;
    read_type(reader, expression, out);
    if (out->name.len == 0)
        rd_dmn_refuse(reader, expression->pos, "an empty inputExpression; write what is tested");
    else
        read_input_expression(reader, expression, names, out);
    out->allowed = read_allowed(reader, clause, "inputValues", names);
}

/* What a place's table says is held against its columns when it is read. */
static void check_output(struct reader *reader, const struct rd_column *column,
                         const struct rd_cell *cell)
{
    if (!reader->for_place || !cell->constant || cell->value.type == RD_TYPE_NULL)
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

/* An output without values of its own has those of its type; without a type, those of what the
 * table is the value of: of all of it, or of the field that the output becomes. */
static const struct rd_node *type_values(const struct rd_column *column, bool single,
                                         const struct rd_feel_type *of)
{
    const struct rd_feel_type *type = column->item;
    if (of != NULL && of->type == RD_TYPE_LIST && of->allowed == NULL)
        of = of->item; /* of a policy that gives several */
    if (type == NULL && single)
        type = of;
    for (size_t i = 0; type == NULL && !single && of != NULL && of->type == RD_TYPE_CONTEXT &&
                       i < of->fields_count;
         i++)
        if (rd_text_equal(of->fields[i].name, column->name))
            type = of->fields[i].type;
    return type == NULL ? NULL : type->allowed;
}

static void read_output(struct reader *reader, const struct rd_xml *clause,
                        const struct variable *variable, struct rd_table *table,
                        const struct rd_feel_names *names)
{
    struct rd_column *out = &table->outputs[table->outputs_count++];
    struct rd_cell cell = {.value = rd_value_null()};
    struct rd_text name = rd_text_trim(rd_xml_attribute(clause, "name"));
    out->name = name.len > 0 ? name : table->name;
    out->pos = clause->pos;
    for (size_t i = 0; i + 1 < table->outputs_count; i++)
        if (rd_text_equal(table->outputs[i].name, out->name))
            rd_dmn_refuse(reader, clause->pos, "a second output '%.*s'; rename one",
                          RD_TEXT_ARG(out->name));
    read_type(reader, clause, out);
    out->allowed = read_allowed(reader, clause, "outputValues", names);
    bool single = rd_dmn_count(reader, clause->parent, "output") == 1;
    if (out->allowed == NULL)
        out->allowed = type_values(out, single, variable->type);
    const struct rd_xml *fallback = rd_xml_child(clause, "defaultOutputEntry");
    if (fallback != NULL)
        read_output_cell(reader, fallback, names, &cell);
    out->has_fallback = fallback != NULL && cell.source.len > 0;
    out->fallback = cell.value;
    out->fallback_expression = cell.expression;
    check_output(reader, out, &cell);
}

/* A literal of the cell that the column's inputValues exclude would never match. */
static void check_input(struct reader *reader, const struct rd_column *column,
                        const struct rd_cell *cell)
{
    const struct rd_node *clash = NULL, *tests = cell->tests;
    if (!reader->for_place || tests == NULL || !tests->simple)
        return;
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
        struct rd_text why = rd_text_trim(rd_dmn_text(child, &text));
        if (why.len > 0)
            return why;
    }
    return description == NULL ? RD_TEXT_NONE : rd_text_trim(description->text);
}

static void read_rule(struct reader *reader, const struct rd_xml *element,
                      const struct rd_feel_names *names, const struct rd_table *table,
                      struct rd_rule *out)
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
            read_tests(reader, child, names, &out->inputs[inputs - 1]);
            check_input(reader, &table->inputs[inputs - 1], &out->inputs[inputs - 1]);
        } else if (rd_dmn_is(reader, child, "outputEntry") && outputs++ < table->outputs_count) {
            read_output_cell(reader, child, names, &out->outputs[outputs - 1]);
            check_output(reader, &table->outputs[outputs - 1], &out->outputs[outputs - 1]);
        }
    }
    if (inputs != table->inputs_count || outputs != table->outputs_count)
        rd_dmn_refuse(reader, element->pos,
                      "the rule has %zu inputs and %zu outputs; expected %zu and %zu, one for each "
                      "column",
                      inputs, outputs, table->inputs_count, table->outputs_count);
}

static void read_policy(struct reader *reader, const struct rd_xml *element, struct rd_table *out)
{
    struct rd_text hit = rd_xml_attribute(element, "hitPolicy");
    struct rd_text aggregation = rd_xml_attribute(element, "aggregation");
    out->hit = rd_text_present(hit) ? 0 : RD_HIT_UNIQUE;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
        if (rd_text_is(hit, policies[i].name))
            out->hit = policies[i].hit;
    if (out->hit == 0)
        rd_dmn_refuse(reader, element->pos,
                      "the hit policy '%.*s' is unknown; expected UNIQUE, FIRST, ANY, PRIORITY, "
                      "RULE ORDER, OUTPUT ORDER or COLLECT",
                      RD_TEXT_ARG(hit));
    if (!rd_text_present(aggregation))
        return;
    for (size_t i = 0; i < sizeof aggregates / sizeof aggregates[0]; i++)
        if (rd_text_is(aggregation, aggregates[i].name))
            out->aggregate = aggregates[i].aggregate;
    if (out->aggregate == RD_AGGREGATE_NONE)
        rd_dmn_refuse(reader, element->pos,
                      "the aggregation '%.*s' is unknown; expected SUM, COUNT, MIN or MAX",
                      RD_TEXT_ARG(aggregation));
    else if (out->hit != RD_HIT_COLLECT)
        rd_dmn_refuse(reader, element->pos,
                      "the aggregation %.*s needs the hit policy COLLECT; found %.*s",
                      RD_TEXT_ARG(aggregation), RD_TEXT_ARG(hit));
}

static bool read_head(struct reader *reader, const struct rd_xml *element, struct rd_table *out)
{
    size_t inputs = rd_dmn_count(reader, element, "input");
    size_t outputs = rd_dmn_count(reader, element, "output");
    size_t rules = rd_dmn_count(reader, element, "rule");
    read_policy(reader, element, out);
    if (inputs > RD_TABLE_COLUMNS_MAX || outputs > RD_TABLE_COLUMNS_MAX || outputs == 0 ||
        rules > RD_TABLE_RULES_MAX) {
        rd_dmn_refuse(reader, element->pos,
                      "%zu inputs, %zu outputs, %zu rules; expected at most %d, 1 to %d, at most "
                      "%d",
                      inputs, outputs, rules, RD_TABLE_COLUMNS_MAX, RD_TABLE_COLUMNS_MAX,
                      RD_TABLE_RULES_MAX);
        return false;
    }
    if (out->aggregate != RD_AGGREGATE_NONE && out->aggregate != RD_AGGREGATE_COUNT && outputs > 1)
        rd_dmn_refuse(reader, element->pos,
                      "an aggregation of %zu outputs; expected one output: split the table",
                      outputs);
    out->inputs = rd_dmn_array(reader, inputs, sizeof *out->inputs);
    out->outputs = rd_dmn_array(reader, outputs, sizeof *out->outputs);
    out->rules = rd_dmn_array(reader, rules, sizeof *out->rules);
    return out->inputs != NULL && out->outputs != NULL && out->rules != NULL;
}

static size_t values_count(const struct rd_node *allowed)
{
    return allowed->kind == RD_NODE_TESTS ? allowed->children_count : 1;
}

static size_t value_rank(const struct rd_node *allowed, const struct rd_value *value)
{
    bool many = allowed->kind == RD_NODE_TESTS;
    for (size_t i = 0; i < values_count(allowed); i++)
        if (rd_feel_test(many ? allowed->children[i] : allowed, value) == RD_TRUE)
            return i;
    return values_count(allowed);
}

/* Ranks of rules whose outputs are constant, as the digits of one number; false: too many. */
static bool rank_rules(struct rd_table *table)
{
    for (size_t i = 0; i < table->rules_count; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < table->outputs_count; j++) {
            const struct rd_node *allowed = table->outputs[j].allowed;
            if (allowed == NULL)
                continue;
            if (!table->rules[i].outputs[j].constant || !allowed->simple ||
                __builtin_mul_overflow(rank, values_count(allowed) + 1, &rank))
                return false;
            rank += value_rank(allowed, &table->rules[i].outputs[j].value);
        }
        table->rules[i].rank = rank;
    }
    return true;
}

/* Whether rd_table_decide may be asked of it. */
static bool is_plain(const struct rd_table *table)
{
    if (table->hit > RD_HIT_PRIORITY)
        return false;
    for (size_t i = 0; i < table->inputs_count; i++)
        if (!table->inputs[i].is_name)
            return false;
    for (size_t i = 0; i < table->outputs_count; i++)
        if (table->outputs[i].fallback_expression != NULL &&
            table->outputs[i].fallback_expression->kind != RD_NODE_LITERAL)
            return false;
    for (size_t i = 0; i < table->rules_count; i++) {
        for (size_t j = 0; j < table->inputs_count; j++)
            if (table->rules[i].inputs[j].tests == NULL || !table->rules[i].inputs[j].tests->simple)
                return false;
        for (size_t j = 0; j < table->outputs_count; j++)
            if (!table->rules[i].outputs[j].constant)
                return false;
    }
    return true;
}

static void settle(struct reader *reader, const struct rd_xml *element, struct rd_table *out)
{
    bool ordered = out->hit == RD_HIT_PRIORITY || out->hit == RD_HIT_OUTPUT_ORDER;
    bool known = false;
    for (size_t i = 0; i < out->outputs_count; i++)
        known = known || out->outputs[i].allowed != NULL;
    if (ordered && !known)
        rd_dmn_refuse(reader, element->pos,
                      "the hit policy %.*s needs outputValues of an output, the first the most "
                      "important",
                      RD_TEXT_ARG(rd_xml_attribute(element, "hitPolicy")));
    if (reader->err != RD_OK && reader->err != RD_E_INVALID)
        return; /* rules may be without cells */
    out->plain = is_plain(out);
    if (out->hit == RD_HIT_PRIORITY && known)
        out->plain = rank_rules(out) && out->plain;
}

const struct rd_table *rd_dmn_read_table(struct reader *reader, const struct rd_xml *element,
                                         const struct variable *variable,
                                         const struct rd_feel_names *names)
{
    struct rd_table *out = rd_dmn_array(reader, 1, sizeof *out);
    if (out == NULL)
        return NULL;
    out->name = variable->name;
    out->id = rd_xml_attribute(element, "id");
    out->element_pos = element->pos;
    out->pos = element->parent != NULL && rd_dmn_is(reader, element->parent, "decision")
                   ? element->parent->pos
                   : element->pos;
    if (!read_head(reader, element, out))
        return out;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_dmn_is(reader, child, "input"))
            read_input(reader, child, names, &out->inputs[out->inputs_count++]);
        else if (rd_dmn_is(reader, child, "output"))
            read_output(reader, child, variable, out, names);
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_dmn_is(reader, child, "rule"))
            read_rule(reader, child, names, out, &out->rules[out->rules_count++]);
    settle(reader, element, out);
    return out;
}
