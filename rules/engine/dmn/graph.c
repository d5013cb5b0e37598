/* The elements of all files and what they require. Nodes are found first, then bound to each
 * other, then put in order; only then is their logic read, so that the names and types of what an
 * expression sees are known when it is. */
#include "rules/engine/dmn/reader.h"

static const struct {
    const char *element;
    enum rd_drg_kind kind;
} kinds[] = {{"inputData", RD_DRG_INPUT},
             {"decision", RD_DRG_DECISION},
             {"businessKnowledgeModel", RD_DRG_KNOWLEDGE},
             {"decisionService", RD_DRG_SERVICE}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char *kind_name(enum rd_drg_kind kind)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind)
            return kinds[i].element;
    return "";
}

static size_t kind_of(const struct reader *reader, const struct rd_xml *element)
{
    size_t at = 0;
    while (at < KINDS && !rd_dmn_is(reader, element, kinds[at].element))
        at++;
    return at;
}

static void read_node(struct reader *reader, struct file *file, const struct rd_xml *element,
                      enum rd_drg_kind kind)
{
    struct rd_drg *node = &reader->nodes[reader->nodes_count];
    const struct rd_xml *variable = rd_xml_child(element, "variable");
    *node = (struct rd_drg){.kind = kind,
                            .name = rd_text_trim(rd_xml_attribute(element, "name")),
                            .id = rd_xml_attribute(element, "id"),
                            .space = file->space,
                            .pos = element->pos,
                            .file = file->name};
    reader->elements[reader->nodes_count] = element;
    reader->node_files[reader->nodes_count] = file;
    reader->current = node;
    if (node->name.len == 0)
        rd_dmn_refuse(reader, element->pos,
                      kind == RD_DRG_DECISION ? "a decision without name; add the attribute%s"
                                              : "%s without name; add the attribute",
                      kind == RD_DRG_DECISION ? "" : kind_name(kind));
    for (size_t i = 0; i < reader->nodes_count; i++)
        if (reader->node_files[i] == file && rd_text_equal(reader->nodes[i].name, node->name))
            rd_dmn_refuse(reader, element->pos, "a second %s named '%.*s'; rename one",
                          kind_name(kind), RD_TEXT_ARG(node->name));
        else if (reader->node_files[i] == file && rd_text_present(node->id) &&
                 rd_text_equal(reader->nodes[i].id, node->id))
            rd_dmn_refuse(reader, element->pos, "a second element with the id '%.*s'; change one",
                          RD_TEXT_ARG(node->id));
    node->seen = node->name;
    if (variable != NULL) { /* Camunda gives it a name of its own */
        struct rd_text seen = rd_text_trim(rd_xml_attribute(variable, "name"));
        node->seen = seen.len > 0 ? seen : node->name;
        node->type = rd_dmn_type_of(reader, variable);
    }
    rd_dmn_check_schema(reader, element);
    reader->nodes_count++;
    reader->current = NULL;
}

static void read_nodes(struct reader *reader, struct file *file)
{
    reader->file = file;
    for (const struct rd_xml *child = file->root->first; child != NULL; child = child->next) {
        size_t kind = kind_of(reader, child);
        if (kind < KINDS)
            read_node(reader, file, child, kinds[kind].kind);
    }
}

/* "#id", or "namespace#id" of this file or an import. *import: the name it is seen under. SIZE_MAX:
 * refused. */
static size_t find_node(struct reader *reader, const struct rd_xml *reference, unsigned kinds_set,
                        struct rd_text *import)
{
    const struct file *file = reader->file;
    struct rd_text href = rd_xml_attribute(reference, "href");
    size_t hash = rd_text_find(href, '#', 0);
    struct rd_text space = rd_text_slice(href, 0, hash);
    struct rd_text id = rd_text_slice(href, hash + 1, href.len);
    *import = RD_TEXT_NONE;
    if (space.len == 0)
        space = file->space;
    for (size_t i = 0; i < file->imports_count; i++)
        if (!rd_text_equal(space, file->space) && rd_text_equal(file->imports[i].space, space) &&
            file->imports[i].name.len > 0)
            *import = file->imports[i].name;
    for (size_t i = 0; hash < href.len && i < reader->nodes_count; i++)
        if (rd_text_equal(reader->nodes[i].space, space) && id.len > 0 &&
            rd_text_equal(reader->nodes[i].id, id) && ((kinds_set >> reader->nodes[i].kind) & 1U))
            return i;
    rd_dmn_refuse(
        reader, reference->pos, "%.*s '%.*s' names no %s of this file; expected '#' and its id",
        RD_TEXT_ARG(reference->name), RD_TEXT_ARG(href),
        kinds_set == 1U << RD_DRG_INPUT      ? "inputData"
        : kinds_set == 1U << RD_DRG_DECISION ? "decision"
                                             : "businessKnowledgeModel or decisionService");
    return SIZE_MAX;
}

/* The element that a requirement refers to. */
static const struct rd_xml *reference_of(struct reader *reader, const struct rd_xml *requirement,
                                         unsigned *kinds_set)
{
    static const struct {
        const char *name;
        unsigned set;
    } references[] = {{"requiredInput", 1U << RD_DRG_INPUT},
                      {"requiredDecision", 1U << RD_DRG_DECISION},
                      {"requiredKnowledge", 1U << RD_DRG_KNOWLEDGE | 1U << RD_DRG_SERVICE}};
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct rd_xml *reference = rd_xml_child(requirement, references[i].name);
        *kinds_set = references[i].set;
        if (reference != NULL)
            return reference;
    }
    rd_dmn_refuse(reader, requirement->pos, "%.*s without what is required",
                  RD_TEXT_ARG(requirement->name));
    return NULL;
}

static void read_needs(struct reader *reader, const struct rd_xml *element, struct rd_drg *node)
{
    size_t count = rd_dmn_count(reader, element, "informationRequirement") +
                   rd_dmn_count(reader, element, "knowledgeRequirement");
    struct rd_requirement *needs = rd_dmn_array(reader, count, sizeof *needs);
    node->needs = needs;
    for (const struct rd_xml *child = element->first; needs != NULL && child != NULL;
         child = child->next) {
        unsigned kinds_set = 0;
        if (!rd_dmn_is(reader, child, "informationRequirement") &&
            !rd_dmn_is(reader, child, "knowledgeRequirement"))
            continue;
        const struct rd_xml *reference = reference_of(reader, child, &kinds_set);
        struct rd_requirement *need = &needs[node->needs_count];
        need->node =
            reference == NULL ? SIZE_MAX : find_node(reader, reference, kinds_set, &need->import);
        if (need->node != SIZE_MAX)
            node->needs_count++;
    }
}

static size_t *read_references(struct reader *reader, const struct rd_xml *element,
                               const char *name, unsigned kinds_set, size_t *count)
{
    size_t *nodes = rd_dmn_array(reader, rd_dmn_count(reader, element, name), sizeof *nodes);
    struct rd_text import;
    *count = 0;
    for (const struct rd_xml *child = element->first; nodes != NULL && child != NULL;
         child = child->next) {
        if (!rd_dmn_is(reader, child, name))
            continue;
        nodes[*count] = find_node(reader, child, kinds_set, &import);
        *count += nodes[*count] == SIZE_MAX ? 0 : 1;
    }
    return nodes;
}

/* Its parameters are its input data and then its input decisions (DMN 10.4). One without an output
 * decision is an editor's view of the model; nothing may call it. */
static void read_service(struct reader *reader, const struct rd_xml *element, struct rd_drg *node)
{
    size_t inputs_count = 0, decisions_count = 0, encapsulated = 0;
    unsigned decision = 1U << RD_DRG_DECISION;
    node->outputs =
        read_references(reader, element, "outputDecision", decision, &node->outputs_count);
    (void)read_references(reader, element, "encapsulatedDecision", decision, &encapsulated);
    const size_t *inputs =
        read_references(reader, element, "inputData", 1U << RD_DRG_INPUT, &inputs_count);
    const size_t *decisions =
        read_references(reader, element, "inputDecision", decision, &decisions_count);
    size_t count = inputs_count + decisions_count;
    struct rd_parameter *parameters = rd_dmn_array(reader, count, sizeof *parameters);
    size_t *nodes = rd_dmn_array(reader, count, sizeof *nodes);
    node->refused = node->refused || node->outputs_count == 0;
    if (inputs == NULL || decisions == NULL || parameters == NULL || nodes == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        nodes[i] = i < inputs_count ? inputs[i] : decisions[i - inputs_count];
        parameters[i] = (struct rd_parameter){.name = reader->nodes[nodes[i]].seen,
                                              .type = reader->nodes[nodes[i]].type};
    }
    node->parameters = parameters;
    node->parameter_nodes = nodes;
    node->parameters_count = count;
}

static void read_requirements(struct reader *reader)
{
    for (size_t i = 0; i < reader->nodes_count; i++) {
        struct rd_drg *node = &reader->nodes[i];
        reader->file = reader->node_files[i];
        reader->current = node;
        if (node->kind == RD_DRG_SERVICE)
            read_service(reader, reader->elements[i], node);
        else if (node->kind != RD_DRG_INPUT)
            read_needs(reader, reader->elements[i], node);
    }
    reader->current = NULL;
}

static void refuse_empty_services(struct reader *reader)
{
    for (size_t i = 0; i < reader->nodes_count; i++) {
        struct rd_drg *node = &reader->nodes[i];
        reader->file = reader->node_files[i];
        reader->current = node;
        for (size_t j = 0; j < node->needs_count; j++) {
            const struct rd_drg *need = &reader->nodes[node->needs[j].node];
            if (need->kind == RD_DRG_SERVICE && need->outputs_count == 0)
                rd_dmn_refuse(reader, node->pos,
                              "'%.*s' requires the decisionService '%.*s', which has no "
                              "outputDecision; add it there",
                              RD_TEXT_ARG(node->name), RD_TEXT_ARG(need->name));
        }
    }
    reader->current = NULL;
}

static size_t edges_count(const struct rd_drg *node)
{
    return node->kind == RD_DRG_SERVICE ? node->outputs_count : node->needs_count;
}

static size_t edge(const struct rd_drg *node, size_t at)
{
    return node->kind == RD_DRG_SERVICE ? node->outputs[at] : node->needs[at].node;
}

struct visit {
    size_t node, next; /* the next of its edges */
};

/* Says which nodes require each other, from the one that is met again. */
static void refuse_cycle(struct reader *reader, const struct visit *stack, size_t depth,
                         size_t again)
{
    struct rd_text path = reader->nodes[again].name;
    size_t from = depth;
    while (stack[from - 1].node != again)
        from--;
    for (size_t i = from; i < depth; i++)
        path = rd_arena_format(reader->arena, "%.*s, %.*s", RD_TEXT_ARG(path),
                               RD_TEXT_ARG(reader->nodes[stack[i].node].name));
    for (size_t i = from - 1; i < depth; i++)
        reader->nodes[stack[i].node].refused = true;
    rd_dmn_refuse(reader, reader->nodes[again].pos,
                  "'%.*s' requires itself (%.*s, and the first again); remove one requirement",
                  RD_TEXT_ARG(reader->nodes[again].name), RD_TEXT_ARG(path));
}

/* What is needed before what needs it; a stack of its own, because a chain may be long. */
static size_t *order_nodes(struct reader *reader)
{
    enum { NEW, OPEN, DONE };
    size_t count = reader->nodes_count, done = 0;
    size_t *order = rd_dmn_array(reader, count, sizeof *order);
    unsigned char *states = rd_dmn_array(reader, count, sizeof *states);
    struct visit *stack = rd_dmn_array(reader, count, sizeof *stack);
    if (order == NULL || states == NULL || stack == NULL)
        return NULL;
    for (size_t root = 0; root < count; root++) {
        size_t depth = 0;
        if (states[root] == NEW) {
            stack[depth++] = (struct visit){.node = root};
            states[root] = OPEN;
        }
        while (depth > 0) {
            struct visit *top = &stack[depth - 1];
            const struct rd_drg *node = &reader->nodes[top->node];
            if (top->next == edges_count(node)) {
                states[top->node] = DONE;
                order[done++] = top->node;
                depth--;
                continue;
            }
            size_t next = edge(node, top->next++);
            if (states[next] == OPEN)
                refuse_cycle(reader, stack, depth, next);
            if (states[next] != NEW)
                continue;
            states[next] = OPEN;
            stack[depth++] = (struct visit){.node = next};
        }
    }
    return order;
}

/* A function's type, for the names behind the dot of what it gives. */
static const struct rd_feel_type *function_type(struct reader *reader, const struct rd_drg *node)
{
    struct rd_feel_type *type = rd_dmn_array(reader, 1, sizeof *type);
    if (type == NULL)
        return NULL;
    type->type = RD_TYPE_FUNCTION;
    type->item = node->type;
    if (node->type == NULL && node->logic != NULL)
        type->item = node->logic->item;
    return type;
}

static const struct rd_feel_type *seen_type(struct reader *reader, const struct rd_drg *node)
{
    if (node->kind == RD_DRG_KNOWLEDGE || node->kind == RD_DRG_SERVICE)
        return function_type(reader, node);
    return node->type != NULL || node->logic == NULL ? node->type : node->logic->type;
}

/* What a node sees of an import: a context of the elements that it requires. */
static const struct rd_feel_type *import_type(struct reader *reader, const struct rd_drg *node,
                                              struct rd_text import)
{
    struct rd_feel_type *type = rd_dmn_array(reader, 1, sizeof *type);
    struct rd_feel_field *fields = rd_dmn_array(reader, node->needs_count, sizeof *fields);
    if (type == NULL || fields == NULL)
        return NULL;
    type->type = RD_TYPE_CONTEXT;
    for (size_t i = 0; i < node->needs_count; i++) {
        struct rd_drg *need = &reader->nodes[node->needs[i].node];
        if (rd_text_equal(node->needs[i].import, import))
            fields[type->fields_count++] =
                (struct rd_feel_field){.name = need->seen, .type = seen_type(reader, need)};
    }
    type->fields = fields;
    return type;
}

static void read_names(struct reader *reader, const struct rd_drg *node, struct rd_feel_names *out)
{
    struct rd_feel_name *items = rd_dmn_array(reader, node->needs_count, sizeof *items);
    *out = (struct rd_feel_names){.items = items,
                                  .types = reader->file->types,
                                  .types_count = reader->file->types_count,
                                  .closed = !reader->undeclared,
                                  .known_functions = true};
    for (size_t i = 0; items != NULL && i < node->needs_count; i++) {
        const struct rd_requirement *need = &node->needs[i];
        struct rd_feel_name name = {.name = reader->nodes[need->node].seen,
                                    .type = seen_type(reader, &reader->nodes[need->node])};
        if (rd_text_present(need->import))
            name = (struct rd_feel_name){.name = need->import,
                                         .type = import_type(reader, node, need->import)};
        items[out->count++] = name;
    }
}

/* A variable that is declared as a function says what it gives by its type's item. */
static void settle_result(struct rd_drg *node)
{
    if (node->type != NULL && node->type->type == RD_TYPE_FUNCTION)
        node->type = node->type->item;
}

static void read_node_logic(struct reader *reader, size_t at)
{
    struct rd_drg *node = &reader->nodes[at];
    const struct rd_xml *element = reader->elements[at];
    struct rd_feel_names names;
    struct variable of = {node->name, node->type};
    reader->file = reader->node_files[at];
    reader->current = node;
    if (node->kind == RD_DRG_SERVICE || node->kind == RD_DRG_KNOWLEDGE)
        settle_result(node);
    if (node->kind == RD_DRG_DECISION) {
        read_names(reader, node, &names);
        node->logic = rd_dmn_read_logic(reader, element, &of, &names);
    } else if (node->kind == RD_DRG_KNOWLEDGE) {
        const struct rd_xml *function = rd_xml_child(element, "encapsulatedLogic");
        read_names(reader, node, &names);
        of.type = node->type; /* a function's type says what it gives */
        if (function != NULL)
            node->logic = rd_dmn_read_function(reader, function, &of, &names);
    }
    reader->current = NULL;
}

void rd_dmn_read_graph(struct reader *reader, struct rd_model *out)
{
    size_t count = 0;
    for (size_t i = 0; i < reader->files_count; i++)
        for (size_t kind = 0; kind < KINDS; kind++) {
            reader->file = &reader->files[i];
            count += rd_dmn_count(reader, reader->files[i].root, kinds[kind].element);
        }
    if (count > RD_MODEL_NODES_MAX) {
        rd_dmn_refuse(reader, reader->files[0].root->pos,
                      "%zu decisions, input data and functions; expected at most %d", count,
                      RD_MODEL_NODES_MAX);
        return;
    }
    reader->nodes = rd_dmn_array(reader, count, sizeof *reader->nodes);
    reader->elements = rd_dmn_array(reader, count, sizeof(void *));
    reader->node_files = rd_dmn_array(reader, count, sizeof(void *));
    if (reader->nodes == NULL || reader->elements == NULL || reader->node_files == NULL)
        return;
    for (size_t i = 0; i < reader->files_count; i++)
        read_nodes(reader, &reader->files[i]);
    reader->undeclared = true;
    for (size_t i = 0; i < reader->nodes_count; i++)
        reader->undeclared = reader->undeclared && reader->nodes[i].kind != RD_DRG_INPUT;
    out->undeclared = reader->undeclared;
    read_requirements(reader);
    refuse_empty_services(reader);
    out->nodes = reader->nodes;
    out->nodes_count = reader->nodes_count;
    size_t *order = order_nodes(reader);
    out->order = order;
    for (size_t i = 0; order != NULL && i < reader->nodes_count; i++)
        read_node_logic(reader, order[i]);
}
