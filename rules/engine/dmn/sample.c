#include "rules/engine/dmn/sample.h"

#include <string.h>

struct collector {
    struct rd_samples *samples;
    struct rd_arena *arena;
    bool full;     /* more than RD_CHECK_SAMPLES_MAX */
    bool too_big;  /* the arena */
    int32_t scale; /* digits behind the point of the finest number */
};

static void add(struct collector *collector, struct rd_value value)
{
    struct rd_samples *samples = collector->samples;
    for (size_t i = 0; i < samples->count; i++)
        if (rd_value_equal(&samples->values[i], &value) == RD_TRUE)
            return;
    if (samples->count == RD_CHECK_SAMPLES_MAX)
        collector->full = true;
    else
        samples->values[samples->count++] = value;
}

static void each_literal_of(const struct rd_node *node, void *context,
                            void (*each)(void *, const struct rd_value *))
{
    switch (node->kind) {
    case RD_NODE_LITERAL:
        if (node->as.literal.type != RD_TYPE_LIST)
            each(context, &node->as.literal);
        else
            for (size_t i = 0; i < node->as.literal.as.list.count; i++)
                each(context, &node->as.literal.as.list.items[i]);
        break;
    case RD_NODE_RANGE:
        each(context, &node->as.range.low->as.literal);
        each(context, &node->as.range.high->as.literal);
        break;
    case RD_NODE_COMPARE:
        each(context, &node->as.compare.right->as.literal);
        break;
    case RD_NODE_CALL:
        if (node->children[1]->kind == RD_NODE_LITERAL)
            each(context, &node->children[1]->as.literal);
        break;
    case RD_NODE_INPUT:
    case RD_NODE_NAME:
    case RD_NODE_TESTS:
    case RD_NODE_NOT:
    case RD_NODE_ANY:
    case RD_NODE_ARITH:
    case RD_NODE_NEGATE:
    case RD_NODE_AND:
    case RD_NODE_OR:
    case RD_NODE_BETWEEN:
    case RD_NODE_IN:
    case RD_NODE_IF:
    case RD_NODE_FOR:
    case RD_NODE_SOME:
    case RD_NODE_EVERY:
    case RD_NODE_FILTER:
    case RD_NODE_PATH:
    case RD_NODE_LIST:
    case RD_NODE_CONTEXT:
    case RD_NODE_FUNCTION:
    case RD_NODE_INSTANCE_OF:
    case RD_NODE_BOXED:
        break;
    }
}

void rd_each_literal(const struct rd_node *tests, void *context,
                     void (*each)(void *context, const struct rd_value *literal))
{
    if (tests->kind != RD_NODE_TESTS && tests->kind != RD_NODE_NOT) {
        each_literal_of(tests, context, each);
        return;
    }
    for (size_t i = 0; i < tests->children_count; i++)
        each_literal_of(tests->children[i], context, each);
}

static void each_of_column(const struct rd_table *table, size_t column, void *context,
                           void (*each)(void *, const struct rd_value *))
{
    for (size_t i = 0; i < table->rules_count; i++)
        rd_each_literal(table->rules[i].inputs[column].tests, context, each);
}

static void find_scale(void *context, const struct rd_value *literal)
{
    struct collector *collector = context;
    if (literal->type == RD_TYPE_NUMBER && -literal->as.number.exponent > collector->scale)
        collector->scale = -literal->as.number.exponent;
}

/* The number, and what lies just below and above it. */
static void add_number(void *context, const struct rd_value *literal)
{
    struct collector *collector = context;
    if (literal->type != RD_TYPE_NUMBER)
        return;
    for (int step = -1; step <= 1; step++) {
        struct rd_value near = {.type = RD_TYPE_NUMBER};
        if (rd_decimal_shift(literal->as.number, step, collector->scale, &near.as.number))
            add(collector, near);
        else
            collector->full = true;
    }
}

/* The string, and what sorts just behind it. */
static void add_string(void *context, const struct rd_value *literal)
{
    struct collector *collector = context;
    if (literal->type != RD_TYPE_STRING)
        return;
    add(collector, *literal);
    struct rd_text behind =
        rd_arena_format(collector->arena, "%.*s\x01", RD_TEXT_ARG(literal->as.string));
    if (!rd_text_present(behind))
        collector->too_big = true;
    else
        add(collector, rd_value_text(behind));
}

static void add_member(void *context, const struct rd_value *literal)
{
    if (literal->type == RD_TYPE_STRING)
        add(context, *literal);
}

static void add_known(struct collector *collector, const struct rd_input_domain *domain)
{
    for (size_t i = 0; i < domain->values_count; i++)
        add(collector, rd_value_text(domain->values[i]));
}

/* Every list that can be made of the members that a cell names: nothing else can be told apart. */
static void add_lists(struct collector *collector, const struct rd_samples *members)
{
    size_t count = members->count;
    for (size_t mask = 0; mask < (size_t)1 << count; mask++) {
        struct rd_value *items = rd_arena_array(collector->arena, count + 1, sizeof *items);
        size_t len = 0;
        if (items == NULL) {
            collector->too_big = true;
            return;
        }
        for (size_t i = 0; i < count; i++)
            if ((mask >> i & 1) != 0)
                items[len++] = members->values[i];
        collector->samples->values[collector->samples->count++] = rd_value_list(items, len);
    }
}

static bool sample_lists(const struct rd_table *table, size_t column, struct collector *collector)
{
    struct rd_value values[RD_CHECK_SAMPLES_MAX];
    struct rd_samples members = {.values = values}, *result = collector->samples;
    collector->samples = &members;
    each_of_column(table, column, collector, add_member);
    collector->samples = result;
    if (members.count > RD_CHECK_LISTED_MAX)
        return false;
    add_lists(collector, &members);
    return true;
}

bool rd_sample_column(const struct rd_table *table, size_t column,
                      const struct rd_input_domain *domain, struct rd_arena *arena,
                      struct rd_samples *out, bool *too_big)
{
    struct collector collector = {.samples = out, .arena = arena};
    bool known = true;
    *out = (struct rd_samples){
        .values = rd_arena_array(arena, RD_CHECK_SAMPLES_MAX, sizeof(struct rd_value))};
    *too_big = out->values == NULL;
    if (*too_big)
        return false;
    if (domain->type == RD_TYPE_BOOLEAN) {
        add(&collector, rd_value_boolean(false));
        add(&collector, rd_value_boolean(true));
    } else if (domain->type == RD_TYPE_NUMBER) {
        each_of_column(table, column, &collector, find_scale);
        if (!domain->whole)
            collector.scale++;
        each_of_column(table, column, &collector, add_number);
        if (out->count == 0)
            add(&collector, rd_value_int(0));
    } else if (domain->type == RD_TYPE_STRING && domain->values != NULL) {
        add_known(&collector, domain);
    } else if (domain->type == RD_TYPE_STRING) {
        add(&collector, rd_value_text(RD_TEXT("")));
        each_of_column(table, column, &collector, add_string);
    } else if (domain->type == RD_TYPE_LIST) {
        known = sample_lists(table, column, &collector);
    } else {
        known = false;
    }
    if (domain->nullable)
        add(&collector, rd_value_null());
    *too_big = collector.too_big;
    return known && !collector.full && !collector.too_big;
}
