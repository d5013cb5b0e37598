/* Boxed expressions and the FEEL in them. The depth of these functions is that of the file's
 * elements, which xml.h bounds. */
#include "rules/engine/dmn/reader.h"

enum { RD_DMN_ENTRIES_MAX = 4096 }; /* of one boxed expression */

struct rd_text rd_dmn_text(const struct rd_xml *entry, const struct rd_xml **text)
{
    *text = rd_xml_child(entry, "text");
    return *text == NULL ? RD_TEXT("") : (*text)->text;
}

struct rd_pos rd_dmn_text_pos(const struct rd_xml *entry)
{
    const struct rd_xml *text = NULL;
    struct rd_text source = rd_dmn_text(entry, &text);
    size_t blank = 0;
    while (blank < source.len && (unsigned char)source.ptr[blank] <= ' ')
        blank++;
    return text == NULL ? entry->pos : rd_xml_text_pos(text, blank);
}

void rd_dmn_refuse_feel(struct reader *reader, const struct rd_xml *entry,
                        const struct rd_feel_problem *problem)
{
    const struct rd_xml *text = rd_xml_child(entry, "text");
    struct rd_pos pos = text == NULL ? entry->pos : rd_xml_text_pos(text, problem->offset);
    rd_dmn_refuse(reader, pos, "%s", problem->words);
}

const struct rd_node *rd_dmn_parse_tests(struct reader *reader, const struct rd_xml *entry,
                                         const struct rd_feel_names *names)
{
    struct rd_feel_problem problem = {.offset = 0};
    const struct rd_xml *text = NULL;
    const struct rd_node *node = NULL;
    enum rd_err err =
        rd_feel_parse_tests(rd_dmn_text(entry, &text), names, reader->arena, &node, &problem);
    if (err == RD_E_INVALID)
        rd_dmn_refuse_feel(reader, entry, &problem);
    else if (err != RD_OK)
        reader->err = err;
    return err == RD_OK ? node : NULL;
}

const struct rd_node *rd_dmn_parse_expression(struct reader *reader, const struct rd_xml *entry,
                                              const struct rd_feel_names *names)
{
    struct rd_feel_problem problem = {.offset = 0};
    const struct rd_xml *text = NULL;
    const struct rd_node *node = NULL;
    struct rd_text source = rd_dmn_text(entry, &text);
    if (rd_text_trim(source).len == 0) /* editors save "no value" so */
        return NULL;
    enum rd_err err = rd_feel_parse_expression(source, names, reader->arena, &node, &problem);
    if (err == RD_E_INVALID)
        rd_dmn_refuse_feel(reader, entry, &problem);
    else if (err != RD_OK)
        reader->err = err;
    return err == RD_OK ? node : NULL;
}

static const struct variable nothing = {{NULL, 0}, NULL};

static const struct rd_boxed *read_expression(struct reader *reader, const struct rd_xml *element,
                                              const struct variable *variable,
                                              const struct rd_feel_names *names);

static const struct rd_xml *logic_of(struct reader *reader, const struct rd_xml *holder)
{
    const struct rd_xml *found = NULL;
    for (const struct rd_xml *child = holder->first; child != NULL; child = child->next) {
        if (!rd_dmn_is_logic(reader, child))
            continue;
        if (found != NULL)
            rd_dmn_refuse(reader, child->pos, "a second expression in '%.*s'; one is expected",
                          RD_TEXT_ARG(holder->name));
        found = child;
    }
    return found;
}

/* The expression in `holder`; the type of `typed` (its own, when NULL) is what it must give. */
static struct rd_boxed_entry read_entry(struct reader *reader, const struct rd_xml *holder,
                                        const struct rd_xml *variable,
                                        const struct rd_feel_names *names)
{
    struct rd_boxed_entry entry = {.name = RD_TEXT_NONE};
    const struct rd_xml *logic = logic_of(reader, holder);
    if (variable != NULL) {
        entry.name = rd_text_trim(rd_xml_attribute(variable, "name"));
        entry.type = rd_dmn_type_of(reader, variable);
    } else {
        entry.type =
            rd_dmn_find_type(reader, holder, rd_text_trim(rd_xml_attribute(holder, "typeRef")));
    }
    struct variable of = {entry.name, entry.type};
    if (logic != NULL)
        entry.value = read_expression(reader, logic, &of, names);
    return entry;
}

/* What a variable is known to be, for the names behind its dot: as declared, else as computed. */
static const struct rd_feel_type *known_type(const struct rd_boxed_entry *entry)
{
    return entry->type != NULL || entry->value == NULL ? entry->type : entry->value->type;
}

static struct rd_boxed_entry *new_entries(struct reader *reader, const struct rd_xml *element,
                                          size_t count, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries = NULL;
    if (count > RD_DMN_ENTRIES_MAX)
        rd_dmn_refuse(reader, element->pos, "%zu entries in one '%.*s'; expected at most %d", count,
                      RD_TEXT_ARG(element->name), RD_DMN_ENTRIES_MAX);
    else
        entries = rd_dmn_array(reader, count, sizeof *entries);
    out->entries = entries;
    return entries;
}

static bool name_is_known(const struct rd_boxed_entry *entries, size_t count, struct rd_text name)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_equal(entries[i].name, name))
            return true;
    return false;
}

static struct rd_feel_names inner_names(const struct rd_feel_names *outer,
                                        const struct rd_feel_name *items, size_t count)
{
    return (struct rd_feel_names){.parent = outer,
                                  .items = items,
                                  .count = count,
                                  .closed = outer->closed,
                                  .known_functions = outer->known_functions};
}

/* Each entry sees those before it; the last may have no variable: it is the result. */
static void read_context(struct reader *reader, const struct rd_xml *element,
                         const struct rd_feel_names *names, struct rd_boxed *out)
{
    size_t count = rd_dmn_count(reader, element, "contextEntry");
    struct rd_boxed_entry *entries = new_entries(reader, element, count, out);
    struct rd_feel_name *items = rd_dmn_array(reader, count, sizeof *items);
    struct rd_feel_names inner = inner_names(names, items, 0);
    out->kind = RD_BOXED_CONTEXT;
    for (const struct rd_xml *child = element->first;
         entries != NULL && items != NULL && child != NULL; child = child->next) {
        if (!rd_dmn_is(reader, child, "contextEntry"))
            continue;
        const struct rd_xml *variable = rd_xml_child(child, "variable");
        struct rd_boxed_entry *entry = &entries[out->entries_count];
        inner.count = out->entries_count;
        *entry = read_entry(reader, child, variable, &inner);
        if (variable == NULL) {
            entry->name = RD_TEXT_NONE;
            if (out->entries_count + 1 < count)
                rd_dmn_refuse(reader, child->pos,
                              "a contextEntry without a variable; only the last may have none");
        } else if (entry->name.len == 0 ||
                   name_is_known(entries, out->entries_count, entry->name)) {
            rd_dmn_refuse(reader, child->pos,
                          entry->name.len == 0
                              ? "a contextEntry's variable without name; add it%.*s"
                              : "a second contextEntry '%.*s'; rename one",
                          RD_TEXT_ARG(entry->name));
        }
        items[out->entries_count++] =
            (struct rd_feel_name){.name = entry->name, .type = known_type(entry)};
    }
}

static void read_list(struct reader *reader, const struct rd_xml *element,
                      const struct rd_feel_names *names, struct rd_boxed *out)
{
    size_t count = 0;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        count += rd_dmn_is_logic(reader, child) ? 1 : 0;
    struct rd_boxed_entry *entries = new_entries(reader, element, count, out);
    out->kind = RD_BOXED_LIST;
    for (const struct rd_xml *child = element->first; entries != NULL && child != NULL;
         child = child->next)
        if (rd_dmn_is_logic(reader, child))
            entries[out->entries_count++].value = read_expression(reader, child, &nothing, names);
}

/* A row of a relation; its cells are in the columns' order. */
static const struct rd_boxed *read_row(struct reader *reader, const struct rd_xml *row,
                                       const struct rd_boxed_entry *columns, size_t columns_count,
                                       const struct rd_feel_names *names)
{
    struct rd_boxed *record = rd_dmn_array(reader, 1, sizeof *record);
    if (record == NULL)
        return NULL;
    record->pos = row->pos;
    read_list(reader, row, names, record);
    record->kind = RD_BOXED_RECORD;
    if (record->entries == NULL)
        return record;
    if (record->entries_count != columns_count) {
        rd_dmn_refuse(reader, row->pos, "the row has %zu cells; expected %zu, one for each column",
                      record->entries_count, columns_count);
        return NULL;
    }
    struct rd_boxed_entry *cells = rd_dmn_array(reader, columns_count, sizeof *cells);
    for (size_t i = 0; cells != NULL && i < columns_count; i++) {
        cells[i] = columns[i];
        cells[i].value = record->entries[i].value;
    }
    record->entries = cells;
    return record;
}

static void read_relation(struct reader *reader, const struct rd_xml *element,
                          const struct rd_feel_names *names, struct rd_boxed *out)
{
    size_t columns_count = 0;
    struct rd_boxed_entry *columns =
        rd_dmn_array(reader, rd_dmn_count(reader, element, "column"), sizeof *columns);
    struct rd_boxed_entry *rows =
        new_entries(reader, element, rd_dmn_count(reader, element, "row"), out);
    out->kind = RD_BOXED_LIST;
    for (const struct rd_xml *child = element->first;
         columns != NULL && rows != NULL && child != NULL; child = child->next) {
        if (rd_dmn_is(reader, child, "column")) {
            struct rd_text name = rd_text_trim(rd_xml_attribute(child, "name"));
            if (name.len == 0 || name_is_known(columns, columns_count, name))
                rd_dmn_refuse(reader, child->pos,
                              name.len == 0 ? "a column of a relation without name; add it%.*s"
                                            : "a second column '%.*s'; rename one",
                              RD_TEXT_ARG(name));
            columns[columns_count].name = name;
            columns[columns_count++].type = rd_dmn_type_of(reader, child);
        } else if (rd_dmn_is(reader, child, "row")) {
            rows[out->entries_count++].value =
                read_row(reader, child, columns, columns_count, names);
        }
    }
}

static void read_invocation(struct reader *reader, const struct rd_xml *element,
                            const struct rd_feel_names *names, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries =
        new_entries(reader, element, rd_dmn_count(reader, element, "binding") + 1, out);
    const struct rd_xml *callee = logic_of(reader, element);
    out->kind = RD_BOXED_INVOCATION;
    if (callee == NULL)
        rd_dmn_refuse(reader, element->pos, "invocation without the function that it calls");
    if (entries == NULL || callee == NULL)
        return;
    entries[out->entries_count++].value = read_expression(reader, callee, &nothing, names);
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next) {
        if (!rd_dmn_is(reader, child, "binding"))
            continue;
        const struct rd_xml *parameter = rd_xml_child(child, "parameter");
        struct rd_text name =
            parameter == NULL ? RD_TEXT("") : rd_text_trim(rd_xml_attribute(parameter, "name"));
        if (name.len == 0 || name_is_known(entries + 1, out->entries_count - 1, name)) {
            rd_dmn_refuse(reader, child->pos,
                          name.len == 0 ? "a binding without a parameter's name; add it%.*s"
                                        : "a second binding of '%.*s'; remove one",
                          RD_TEXT_ARG(name));
            continue;
        }
        entries[out->entries_count++] = read_entry(reader, child, parameter, names);
    }
}

static void read_function(struct reader *reader, const struct rd_xml *element,
                          const struct rd_feel_names *names, struct rd_boxed *out)
{
    size_t count = rd_dmn_count(reader, element, "formalParameter");
    struct rd_boxed_entry *body = new_entries(reader, element, 1, out);
    struct rd_parameter *parameters = rd_dmn_array(reader, count, sizeof *parameters);
    struct rd_feel_name *items = rd_dmn_array(reader, count, sizeof *items);
    out->kind = RD_BOXED_FUNCTION;
    out->parameters = parameters;
    if (body == NULL || parameters == NULL || items == NULL)
        return;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next) {
        if (!rd_dmn_is(reader, child, "formalParameter"))
            continue;
        struct rd_parameter parameter = {.name = rd_text_trim(rd_xml_attribute(child, "name")),
                                         .type = rd_dmn_type_of(reader, child)};
        bool twice = false;
        for (size_t i = 0; i < out->parameters_count; i++)
            twice = twice || rd_text_equal(parameters[i].name, parameter.name);
        if (parameter.name.len == 0 || twice)
            rd_dmn_refuse(reader, child->pos,
                          twice ? "a second formalParameter '%.*s'; rename one"
                                : "formalParameter without name; add it%.*s",
                          RD_TEXT_ARG(parameter.name));
        items[out->parameters_count] =
            (struct rd_feel_name){.name = parameter.name, .type = parameter.type};
        parameters[out->parameters_count++] = parameter;
    }
    struct rd_feel_names inner = inner_names(names, items, out->parameters_count);
    const struct rd_xml *logic = logic_of(reader, element);
    struct variable of = {out->name, out->item};
    if (logic != NULL)
        body[0].value = read_expression(reader, logic, &of, &inner);
    out->entries_count = 1;
    if (out->item == NULL && body[0].value != NULL)
        out->item = body[0].value->type;
}

const struct rd_boxed *rd_dmn_read_function(struct reader *reader, const struct rd_xml *element,
                                            const struct variable *result,
                                            const struct rd_feel_names *names)
{
    struct rd_boxed *out = rd_dmn_array(reader, 1, sizeof *out);
    if (out == NULL)
        return NULL;
    out->pos = element->pos;
    out->name = result->name;
    out->item = result->type;
    read_function(reader, element, names, out);
    return out;
}

/* The parts of a conditional, filter or loop: each an element of that name with one expression. */
static void read_part(struct reader *reader, const struct rd_xml *element, const char *name,
                      const struct rd_feel_names *names, struct rd_boxed_entry *out)
{
    const struct rd_xml *part = rd_xml_child(element, name);
    if (part == NULL || logic_of(reader, part) == NULL)
        rd_dmn_refuse(reader, part == NULL ? element->pos : part->pos,
                      "'%.*s' without an expression in '%s'; add it", RD_TEXT_ARG(element->name),
                      name);
    else
        *out = read_entry(reader, part, NULL, names);
}

static struct rd_boxed_entry *new_parts(struct reader *reader, size_t count, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries = rd_dmn_array(reader, count, sizeof *entries);
    out->entries = entries;
    out->entries_count = entries == NULL ? 0 : count;
    return entries;
}

static void read_conditional(struct reader *reader, const struct rd_xml *element,
                             const struct rd_feel_names *names, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries = new_parts(reader, 3, out);
    out->kind = RD_BOXED_CONDITIONAL;
    if (entries == NULL)
        return;
    read_part(reader, element, "if", names, &entries[0]);
    read_part(reader, element, "then", names, &entries[1]);
    read_part(reader, element, "else", names, &entries[2]);
}

/* What the items of a collection are known to be. */
static const struct rd_feel_type *item_type(const struct rd_boxed *out)
{
    const struct rd_feel_type *type = known_type(&out->entries[0]);
    return type != NULL && type->type == RD_TYPE_LIST ? type->item : NULL;
}

static void read_filter(struct reader *reader, const struct rd_xml *element,
                        const struct rd_feel_names *names, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries = new_parts(reader, 2, out);
    out->kind = RD_BOXED_FILTER;
    if (entries == NULL)
        return;
    read_part(reader, element, "in", names, &entries[0]);
    const struct rd_feel_type *type = item_type(out);
    size_t count = type != NULL && type->type == RD_TYPE_CONTEXT ? type->fields_count : 0;
    struct rd_feel_name *items = rd_dmn_array(reader, count + 1, sizeof *items);
    if (items == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        items[i] =
            (struct rd_feel_name){.name = type->fields[i].name, .type = type->fields[i].type};
    items[count] = (struct rd_feel_name){.name = RD_TEXT("item"), .type = type};
    struct rd_feel_names inner = inner_names(names, items, count + 1);
    read_part(reader, element, "match", &inner, &entries[1]);
}

static void read_loop(struct reader *reader, const struct rd_xml *element,
                      const struct rd_feel_names *names, struct rd_boxed *out)
{
    struct rd_boxed_entry *entries = new_parts(reader, 2, out);
    bool maps = rd_text_is(element->name, "for");
    out->kind = maps                                ? RD_BOXED_FOR
                : rd_text_is(element->name, "some") ? RD_BOXED_SOME
                                                    : RD_BOXED_EVERY;
    out->name = rd_text_trim(rd_xml_attribute(element, "iteratorVariable"));
    if (out->name.len == 0)
        rd_dmn_refuse(reader, element->pos, "'%.*s' without iteratorVariable; add it",
                      RD_TEXT_ARG(element->name));
    if (entries == NULL)
        return;
    read_part(reader, element, "in", names, &entries[0]);
    struct rd_feel_name items[2] = {{.name = out->name, .type = item_type(out)},
                                    {.name = RD_TEXT("partial"), .type = NULL}};
    struct rd_feel_names inner = inner_names(names, items, maps ? 2 : 1);
    read_part(reader, element, maps ? "return" : "satisfies", &inner, &entries[1]);
}

static const struct rd_boxed *read_expression(struct reader *reader, const struct rd_xml *element,
                                              const struct variable *variable,
                                              const struct rd_feel_names *names)
{
    static const struct {
        const char *name;
        void (*read)(struct reader *reader, const struct rd_xml *element,
                     const struct rd_feel_names *names, struct rd_boxed *out);
    } kinds[] = {{"context", read_context},
                 {"list", read_list},
                 {"relation", read_relation},
                 {"invocation", read_invocation},
                 {"functionDefinition", read_function},
                 {"conditional", read_conditional},
                 {"filter", read_filter},
                 {"for", read_loop},
                 {"some", read_loop},
                 {"every", read_loop}};
    struct rd_boxed *out = rd_dmn_array(reader, 1, sizeof *out);
    if (out == NULL)
        return NULL;
    out->pos = element->pos;
    out->name = variable->name;
    out->type = rd_dmn_type_of(reader, element);
    if (rd_text_is(element->name, "literalExpression")) {
        out->kind = RD_BOXED_LITERAL;
        out->pos = rd_dmn_text_pos(element);
        out->literal = rd_dmn_parse_expression(reader, element, names);
    } else if (rd_text_is(element->name, "decisionTable")) {
        out->kind = RD_BOXED_TABLE;
        struct variable of = {variable->name, out->type != NULL ? out->type : variable->type};
        out->table = rd_dmn_read_table(reader, element, &of, names);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (rd_text_is(element->name, kinds[i].name))
            kinds[i].read(reader, element, names, out);
    return out;
}

const struct rd_boxed *rd_dmn_read_logic(struct reader *reader, const struct rd_xml *holder,
                                         const struct variable *variable,
                                         const struct rd_feel_names *names)
{
    const struct rd_xml *logic = logic_of(reader, holder);
    return logic == NULL ? NULL : read_expression(reader, logic, variable, names);
}
