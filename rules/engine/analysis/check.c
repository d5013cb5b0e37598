#include "rules/engine/analysis/check.h"

#include "rules/engine/analysis/cover.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    const struct rd_table *table;
    const struct rd_input_domain *domains;
    const struct rd_check_sink *sink;
    const struct rd_check_order *order; /* NULL: none */
    struct rd_arena *arena;
    size_t *input_of; /* of each column the first that looks at the same input */
    bool *odd;        /* of each rule: it asks for a value that there is not, which has been said */
    struct rd_space space;
    struct rd_cover *cover;
    struct rd_boxes boxes;  /* of all rules, in their order */
    size_t *first;          /* of each rule its first box, and one more at the end */
    const uint64_t **every; /* the boxes, for questions about the rules above one */
    uint64_t *left, *meet;  /* one box each */
    bool undecided;
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

/* The names and values of one person in the box, of the columns that matter to it. */
static struct rd_text example(struct check *check, const uint64_t *box)
{
    struct rd_text words = RD_TEXT_NONE;
    for (size_t i = 0; i < check->table->inputs_count; i++) {
        struct rd_value value;
        if (check->input_of[i] != i || !rd_box_limits(&check->space, box, i) ||
            !rd_box_value(&check->space, box, i, check->arena, &value))
            continue;
        struct rd_text name = check->table->inputs[i].name;
        struct rd_text shown = rd_value_show(&value, check->arena);
        words =
            rd_text_present(words)
                ? rd_arena_format(check->arena, "%.*s, %.*s %.*s", RD_TEXT_ARG(words),
                                  RD_TEXT_ARG(name), RD_TEXT_ARG(shown))
                : rd_arena_format(check->arena, "%.*s %.*s", RD_TEXT_ARG(name), RD_TEXT_ARG(shown));
    }
    return rd_text_present(words) ? words : RD_TEXT("any values");
}

struct unknown {
    struct check *check;
    size_t rule;
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
    unknown->check->odd[unknown->rule] = true;
}

static void check_values(struct check *check)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->rules_count; i++)
        for (size_t j = 0; j < table->inputs_count; j++) {
            struct unknown unknown = {check, i, &table->rules[i].inputs[j], &check->domains[j]};
            if (rd_cell_is_simple(unknown.cell->tests))
                rd_cell_each_literal(unknown.cell->tests, &unknown, check_literal);
        }
}

/* Several columns may look at one input: a list's members in a column each. */
static bool match_columns(struct check *check)
{
    const struct rd_table *table = check->table;
    check->input_of = rd_arena_array(check->arena, table->inputs_count + 1, sizeof(size_t));
    check->odd = rd_arena_array(check->arena, table->rules_count + 1, sizeof(bool));
    for (size_t i = 0; check->input_of != NULL && i < table->inputs_count; i++) {
        size_t first = 0;
        while (!rd_text_equal(check->domains[first].name, check->domains[i].name))
            first++;
        check->input_of[i] = first;
    }
    return check->input_of != NULL && check->odd != NULL;
}

/* The cells of all columns that look at the input of this one. */
static bool cells_of(struct check *check, size_t column, struct rd_space_cells *out)
{
    const struct rd_table *table = check->table;
    void *items = NULL;
    *out = (struct rd_space_cells){NULL, 0};
    for (size_t i = column; i < table->inputs_count; i++)
        for (size_t r = 0; check->input_of[i] == column && r < table->rules_count; r++) {
            const struct rd_node **cell =
                rd_arena_add(check->arena, &items, &out->count, sizeof *cell);
            if (cell == NULL)
                return false;
            *cell = table->rules[r].inputs[i].tests;
        }
    out->items = items;
    return true;
}

/* RD_E_UNSUPPORTED: said that it cannot be checked. */
static enum rd_err make_space(struct check *check)
{
    const struct rd_table *table = check->table;
    enum rd_err err = rd_space_init(&check->space, table->inputs_count, check->arena);
    for (size_t i = 0; err == RD_OK && i < table->inputs_count; i++) {
        struct rd_errbuf why;
        struct rd_space_cells cells;
        struct rd_input_domain domain = check->domains[i];
        if (check->input_of[i] != i)
            continue;
        /* A cell that takes everybody takes who asked for more, too. */
        domain.apart = domain.apart || (check->order != NULL && check->order->input != SIZE_MAX &&
                                        check->input_of[check->order->input] == i);
        err = cells_of(check, i, &cells) ? rd_space_add(&check->space, i, &domain, &cells, &why)
                                         : RD_E_TOOBIG;
        if (err == RD_E_UNSUPPORTED)
            report(check, RD_SEVERITY_INFORMATION, table->inputs[i].pos,
                   "%s: overlaps, gaps and unreachable rules of this table are not checked",
                   why.text);
    }
    return err;
}

/* Narrows to those who pass the rule's cells of all columns that look at the input of `column`;
 * SIZE_MAX: of all columns. */
static enum rd_err narrow(struct check *check, struct rd_boxes *boxes, size_t first, size_t rule,
                          size_t column)
{
    const struct rd_table *table = check->table;
    enum rd_err err = RD_OK;
    for (size_t j = 0; j < table->inputs_count && err == RD_OK; j++)
        if (column == SIZE_MAX || check->input_of[j] == column)
            err = rd_boxes_narrow(&check->space, boxes, first, check->input_of[j],
                                  table->rules[rule].inputs[j].tests);
    return err;
}

/* Nobody at all: one of its cells asks for what its column never has, or two of one input for what
 * nobody has at once. */
static enum rd_err check_possible(struct check *check, size_t rule)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->inputs_count; i++) {
        struct rd_boxes alone = {.count = 0};
        uint64_t *box = rd_boxes_add(&check->space, &alone);
        size_t last = i;
        if (box == NULL)
            return RD_E_TOOBIG;
        rd_box_whole(&check->space, box);
        enum rd_err err = narrow(check, &alone, 0, rule, i);
        if (err != RD_OK)
            return err;
        if (alone.count > 0)
            continue;
        for (size_t j = i; j < table->inputs_count; j++)
            last = check->input_of[j] == i ? j : last;
        const struct rd_cell *cell = &table->rules[rule].inputs[last];
        struct rd_text name = table->inputs[i].name;
        if (last == i)
            report(check, RD_SEVERITY_ERROR, cell->pos,
                   "rule %zu can never match: no '%.*s' is %.*s", rule + 1, RD_TEXT_ARG(name),
                   RD_TEXT_ARG(cell->source));
        else
            report(check, RD_SEVERITY_ERROR, cell->pos,
                   "rule %zu can never match: no '%.*s' passes the cells of all its columns",
                   rule + 1, RD_TEXT_ARG(name));
        return RD_OK;
    }
    return RD_OK;
}

static enum rd_err make_boxes(struct check *check)
{
    const struct rd_table *table = check->table;
    enum rd_err err = RD_OK;
    check->first = rd_arena_array(check->arena, table->rules_count + 1, sizeof *check->first);
    check->left = rd_arena_array(check->arena, check->space.words + 1, sizeof(uint64_t));
    check->meet = rd_arena_array(check->arena, check->space.words + 1, sizeof(uint64_t));
    if (check->first == NULL || check->left == NULL || check->meet == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < table->rules_count && err == RD_OK; i++) {
        size_t first = check->boxes.count;
        uint64_t *box = rd_boxes_add(&check->space, &check->boxes);
        if (box == NULL)
            return RD_E_TOOBIG;
        rd_box_whole(&check->space, box);
        err = narrow(check, &check->boxes, first, i, SIZE_MAX);
        if (err == RD_E_UNSUPPORTED)
            report(check, RD_SEVERITY_INFORMATION, table->rules[i].pos,
                   "rule %zu asks for too many lists: overlaps, gaps and unreachable rules of "
                   "this table are not checked",
                   i + 1);
        check->first[i + 1] = check->boxes.count;
        if (err == RD_OK && check->boxes.count == first && !check->odd[i])
            err = check_possible(check, i);
    }
    check->every = rd_arena_array(check->arena, check->boxes.count + 1, sizeof *check->every);
    for (size_t i = 0; check->every != NULL && i < check->boxes.count; i++)
        check->every[i] = rd_box_at(&check->space, &check->boxes, i);
    return err == RD_OK && check->every == NULL ? RD_E_TOOBIG : err;
}

/* A box in which both are; false: there is none. */
static bool both(struct check *check, size_t a, size_t b)
{
    for (size_t i = check->first[a]; i < check->first[a + 1]; i++)
        for (size_t j = check->first[b]; j < check->first[b + 1]; j++)
            if (rd_box_meet(&check->space, check->every[i], check->every[j], check->meet))
                return true;
    return false;
}

/* Rules that the hit policy does not allow for one person: one finding for each rule, with the
 * first above it. */
static void check_overlaps(struct check *check)
{
    const struct rd_table *table = check->table;
    bool any = table->hit == RD_HIT_ANY;
    for (size_t j = 1; j < table->rules_count; j++) {
        struct rd_text words = RD_TEXT_NONE;
        size_t first = 0, more = 0;
        for (size_t i = 0; i < j; i++) {
            if ((any && rd_rules_agree(table, i, j)) || !both(check, i, j))
                continue;
            if (rd_text_present(words)) {
                more++;
                continue;
            }
            words = example(check, check->meet);
            first = i;
        }
        if (!rd_text_present(words))
            continue;
        struct rd_text others =
            more == 0 ? RD_TEXT("")
                      : rd_arena_format(check->arena, " (and %zu more above it meet it)", more);
        report(check, RD_SEVERITY_ERROR, table->rules[j].pos,
               "rules %zu and %zu of '%.*s' both match %.*s%.*s; its hit policy is %s: %s",
               first + 1, j + 1, RD_TEXT_ARG(table->name), RD_TEXT_ARG(words), RD_TEXT_ARG(others),
               any ? "ANY and they say different things" : "UNIQUE", "narrow one of them");
    }
}

/* Whether the rules that come before it take somebody first: FIRST those above it, PRIORITY those
 * of a higher output. The boxes of these into `before`. */
static size_t rules_before(const struct check *check, size_t rule, const uint64_t **before)
{
    const struct rd_table *table = check->table;
    size_t count = 0;
    for (size_t i = 0; i < table->rules_count; i++) {
        bool first = table->hit == RD_HIT_FIRST && i < rule;
        bool higher = table->hit == RD_HIT_PRIORITY &&
                      (table->rules[i].rank < table->rules[rule].rank ||
                       (table->rules[i].rank == table->rules[rule].rank && i < rule));
        for (size_t b = check->first[i]; (first || higher) && b < check->first[i + 1]; b++)
            before[count++] = check->every[b];
    }
    return count;
}

static void check_reached(struct check *check, size_t rule, const uint64_t *const *before,
                          size_t count)
{
    const struct rd_table *table = check->table;
    bool covered = check->first[rule] < check->first[rule + 1] && count > 0;
    for (size_t b = check->first[rule]; covered && b < check->first[rule + 1]; b++) {
        enum rd_cover_answer answer =
            rd_cover_find(check->cover, check->every[b], before, count, NULL);
        check->undecided = check->undecided || answer == RD_UNDECIDED;
        covered = answer == RD_COVERED;
    }
    if (covered)
        report(check, RD_SEVERITY_ERROR, table->rules[rule].pos,
               "rule %zu of '%.*s' is never reached: the rules %s take everybody it is for; %s",
               rule + 1, RD_TEXT_ARG(table->name),
               table->hit == RD_HIT_FIRST ? "above it" : "of a higher output",
               table->hit == RD_HIT_FIRST ? "move it up or remove it" : "remove it");
}

/* A smaller description of the people in the box: an axis at a time taken back to all its classes
 * while no rule takes any of them. */
static void widen(struct check *check, uint64_t *box)
{
    const struct rd_space *space = &check->space;
    for (size_t a = 0; a < space->axes_count; a++) {
        size_t bytes = rd_axis_words(space, a) * sizeof *box, offset = space->offsets[a];
        memcpy(check->meet, box + offset, bytes);
        rd_box_open(space, box, a);
        bool taken = false;
        for (size_t i = 0; i < check->boxes.count && !taken; i++)
            taken = rd_box_meets(space, box, check->every[i]);
        if (taken)
            memcpy(box + offset, check->meet, bytes);
    }
}

static void check_gaps(struct check *check)
{
    const struct rd_table *table = check->table;
    for (size_t i = 0; i < table->outputs_count; i++)
        if (!table->outputs[i].has_fallback)
            break;
        else if (i + 1 == table->outputs_count)
            return;
    rd_box_whole(&check->space, check->meet);
    enum rd_cover_answer answer =
        rd_cover_find(check->cover, check->meet, check->every, check->boxes.count, check->left);
    check->undecided = check->undecided || answer == RD_UNDECIDED;
    if (answer != RD_OPEN)
        return;
    widen(check, check->left);
    struct rd_text words = example(check, check->left);
    report(check, RD_SEVERITY_WARNING, table->pos,
           "no rule of '%.*s' is for %.*s; add one, or a defaultOutputEntry",
           RD_TEXT_ARG(table->name), RD_TEXT_ARG(words));
}

static bool any_odd(const struct check *check)
{
    for (size_t i = 0; i < check->table->rules_count; i++)
        if (check->odd[i])
            return true;
    return false;
}

static size_t place_of(const struct rd_check_order *order, const struct rd_value *value)
{
    for (size_t i = 0; value->type == RD_TYPE_STRING && i < order->order_count; i++)
        if (rd_text_equal(order->order[i], value->as.string))
            return i;
    return order->order_count;
}

/* Whether somebody of the box whom none of `before` takes asked for more than `given`: who is then
 * in `left`. `box` is narrowed to those who did. */
static bool asked_for_more(struct check *check, size_t given, uint64_t *box,
                           const uint64_t *const *before, size_t count)
{
    const struct rd_check_order *order = check->order;
    const struct rd_space *space = &check->space;
    size_t more = order->input == SIZE_MAX ? 1 : 0;
    if (order->input != SIZE_MAX) {
        const struct rd_space_input *asked = &space->inputs[check->input_of[order->input]];
        for (size_t c = 0; c < space->sizes[asked->axis]; c++)
            if (!rd_box_has(space, box, asked->axis, c))
                continue;
            else if (place_of(order, &asked->values[c]) >= given)
                box[space->offsets[asked->axis] + c / 64] &= ~(UINT64_C(1) << (c % 64));
            else
                more++;
    }
    return more > 0 && rd_cover_find(check->cover, box, before, count, check->left) == RD_OPEN;
}

/* What somebody in `left` asked for. */
static struct rd_text asked_by(const struct check *check)
{
    const struct rd_check_order *order = check->order;
    if (order->input == SIZE_MAX)
        return order->order[0];
    const struct rd_space_input *asked = &check->space.inputs[check->input_of[order->input]];
    return asked->values[rd_box_class(&check->space, check->left, asked->axis)].as.string;
}

/* Where it stands in the order; false: it is not in it, or nothing is above it. */
static bool may_lower(const struct check *check, const struct rd_value *gives, size_t *given)
{
    *given = place_of(check->order, gives);
    return gives->type == RD_TYPE_STRING && *given > 0 && *given < check->order->order_count;
}

#define NEVER_LOWER                                                                                \
    "rules may raise an urgency, never lower it; leave it out here, or let a rule above take "     \
    "these"

/* Whether somebody reaches the rule who asked for more than it gives. */
static void check_lowers(struct check *check, size_t rule, const uint64_t *const *before,
                         size_t count)
{
    const struct rd_cell *output = &check->table->rules[rule].outputs[check->order->output];
    size_t given = 0;
    if (!may_lower(check, &output->value, &given))
        return;
    for (size_t b = check->first[rule]; b < check->first[rule + 1]; b++) {
        memcpy(check->meet, check->every[b], check->space.words * sizeof(uint64_t));
        if (!asked_for_more(check, given, check->meet, before, count))
            continue;
        struct rd_text words = example(check, check->left), asked = asked_by(check);
        report(check, RD_SEVERITY_ERROR, output->pos,
               "rule %zu of '%.*s' says \"%.*s\" also when '%.*s' is \"%.*s\" (%.*s): " NEVER_LOWER,
               rule + 1, RD_TEXT_ARG(check->table->name), RD_TEXT_ARG(output->value.as.string),
               RD_TEXT_ARG(check->order->asked), RD_TEXT_ARG(asked), RD_TEXT_ARG(words));
        return;
    }
}

/* The same of the output's default, for those whom no rule takes. */
static void check_default_lowers(struct check *check)
{
    const struct rd_column *output = &check->table->outputs[check->order->output];
    size_t given = 0;
    if (!output->has_fallback || !may_lower(check, &output->fallback, &given))
        return;
    rd_box_whole(&check->space, check->meet);
    if (!asked_for_more(check, given, check->meet, check->every, check->boxes.count))
        return;
    struct rd_text words = example(check, check->left), asked = asked_by(check);
    report(check, RD_SEVERITY_ERROR, output->pos,
           "the default output of '%.*s' says \"%.*s\" also when '%.*s' is \"%.*s\" "
           "(%.*s): " NEVER_LOWER,
           RD_TEXT_ARG(check->table->name), RD_TEXT_ARG(output->fallback.as.string),
           RD_TEXT_ARG(check->order->asked), RD_TEXT_ARG(asked), RD_TEXT_ARG(words));
}

static void check_rules(struct check *check)
{
    const struct rd_table *table = check->table;
    bool outranks = check->order != NULL && check->order->output != SIZE_MAX;
    bool ordered = table->hit == RD_HIT_FIRST || table->hit == RD_HIT_PRIORITY;
    const uint64_t **before = rd_arena_array(check->arena, check->boxes.count + 1, sizeof *before);
    if (before == NULL) {
        check->err = RD_E_TOOBIG;
        return;
    }
    for (size_t i = 0; i < table->rules_count; i++) {
        size_t count = ordered ? rules_before(check, i, before) : 0;
        if (ordered)
            check_reached(check, i, before, count);
        if (outranks)
            check_lowers(check, i, before, count);
    }
    if (outranks)
        check_default_lowers(check);
}

enum rd_err rd_table_check(const struct rd_table *table, const struct rd_input_domain *domains,
                           const struct rd_check_order *order, struct rd_arena *arena,
                           const struct rd_check_sink *sink)
{
    struct check check = {
        .table = table, .domains = domains, .sink = sink, .order = order, .arena = arena};
    if (!match_columns(&check))
        return RD_E_TOOBIG;
    check_values(&check);
    enum rd_err err = make_space(&check);
    if (err == RD_OK)
        err = make_boxes(&check);
    if (err != RD_OK)
        return err == RD_E_UNSUPPORTED ? check.err : err;
    check.cover = rd_cover_new(&check.space, arena->alloc);
    if (check.cover == NULL)
        return RD_E_TOOBIG;
    if (table->hit == RD_HIT_UNIQUE || table->hit == RD_HIT_ANY)
        check_overlaps(&check);
    check_rules(&check);
    if (!any_odd(&check)) /* whom a misspelt value was meant for, no rule is for */
        check_gaps(&check);
    if (check.undecided)
        report(&check, RD_SEVERITY_INFORMATION, table->pos,
               "'%.*s' is too large to be checked for all gaps and unreachable rules",
               RD_TEXT_ARG(table->name));
    bool full = rd_cover_full(check.cover);
    rd_cover_free(check.cover);
    return full ? RD_E_TOOBIG : check.err;
}
