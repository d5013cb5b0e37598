/* What of DMN a place's tables may use: what the core decides without allocating and the checker
 * can tell everything about. */
#include "rules/engine/dmn/dmn.h"

#include <stdarg.h>
#include <stdio.h>

const struct rd_table *rd_dmn_table(const struct rd_dmn *dmn, struct rd_text name)
{
    for (size_t i = 0; i < dmn->tables_count; i++)
        if (rd_text_equal(dmn->tables[i].name, name))
            return &dmn->tables[i];
    return NULL;
}

__attribute__((format(printf, 3, 4))) static void refuse(const struct rd_dmn_sink *sink,
                                                         struct rd_pos pos, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (sink != NULL)
        sink->found(sink->context, RD_SEVERITY_ERROR, pos, words);
}

/* How many reasons there are not to use the rule. */
static size_t check_rule(const struct rd_table *table, const struct rd_rule *rule,
                         const struct rd_dmn_sink *sink)
{
    size_t reasons = 0;
    for (size_t i = 0; i < table->inputs_count; i++) {
        const struct rd_cell *cell = &rule->inputs[i];
        if (cell->tests != NULL && cell->tests->simple)
            continue;
        if (cell->tests != NULL && cell->tests->kind == RD_NODE_NAME)
            refuse(sink, cell->pos,
                   "the name '%.*s' stands where a value is expected; a string needs double quotes",
                   RD_TEXT_ARG(cell->tests->as.name));
        else
            refuse(
                sink, cell->pos,
                "'%.*s' is more than a place's cell may ask; expected literals, comparisons with "
                "them, ranges, not() and list contains(?, literal)",
                RD_TEXT_ARG(cell->source));
        reasons++;
    }
    for (size_t i = 0; i < table->outputs_count; i++) {
        const struct rd_cell *cell = &rule->outputs[i];
        if (cell->constant)
            continue;
        bool name = cell->expression != NULL && cell->expression->kind == RD_NODE_NAME;
        refuse(sink, cell->pos, "found the %s '%.*s'; expected a literal%s",
               name ? "name" : "expression", RD_TEXT_ARG(cell->source),
               name ? " (a string needs double quotes)" : "");
        reasons++;
    }
    return reasons;
}

static size_t check_columns(const struct rd_table *table, const struct rd_dmn_sink *sink)
{
    size_t reasons = 0;
    for (size_t i = 0; i < table->inputs_count; i++) {
        if (table->inputs[i].is_name)
            continue;
        refuse(sink, table->inputs[i].pos,
               "the input '%.*s' is an expression; a place's tables take an input by its name",
               RD_TEXT_ARG(table->inputs[i].name));
        reasons++;
    }
    for (size_t i = 0; i < table->outputs_count; i++) {
        const struct rd_node *fallback = table->outputs[i].fallback_expression;
        if (fallback == NULL || fallback->kind == RD_NODE_LITERAL)
            continue;
        refuse(sink, table->outputs[i].pos,
               "the default of '%.*s' is an expression; expected a literal",
               RD_TEXT_ARG(table->outputs[i].name));
        reasons++;
    }
    return reasons;
}

static size_t check_needs(const struct rd_model *model, const struct rd_drg *node,
                          const struct rd_dmn_sink *sink)
{
    size_t reasons = 0;
    for (size_t i = 0; i < node->needs_count; i++) {
        const struct rd_drg *need = &model->nodes[node->needs[i].node];
        if (need->kind == RD_DRG_INPUT)
            continue;
        refuse(sink, node->pos,
               "the decision '%.*s' requires '%.*s', which is no inputData; a place's tables take "
               "input data only",
               RD_TEXT_ARG(node->name), RD_TEXT_ARG(need->name));
        reasons++;
    }
    return reasons;
}

enum rd_err rd_dmn_place_table(const struct rd_dmn *dmn, struct rd_text name,
                               const struct rd_dmn_sink *sink, const struct rd_table **out)
{
    const struct rd_drg *node = rd_model_find(&dmn->model, RD_DRG_DECISION, name);
    const struct rd_table *table = rd_dmn_table(dmn, name);
    *out = NULL;
    if (node == NULL)
        return RD_E_NOTFOUND;
    if (table == NULL) {
        refuse(sink, node->pos, "the decision '%.*s' has no decisionTable", RD_TEXT_ARG(name));
        return RD_E_INVALID;
    }
    size_t reasons = check_needs(&dmn->model, node, sink) + check_columns(table, sink);
    if (table->hit > RD_HIT_PRIORITY) {
        refuse(sink, table->element_pos,
               "the hit policy of '%.*s' gives several rules; a place's tables give one: expected "
               "UNIQUE, FIRST, ANY or PRIORITY",
               RD_TEXT_ARG(name));
        reasons++;
    }
    for (size_t i = 0; i < table->rules_count; i++)
        reasons += check_rule(table, &table->rules[i], sink);
    if (reasons == 0 && !table->plain) {
        refuse(sink, table->element_pos, "the outputValues of '%.*s' cannot be put in order",
               RD_TEXT_ARG(name));
        reasons++;
    }
    if (reasons > 0)
        return RD_E_INVALID;
    *out = table;
    return RD_OK;
}
