#include "rules/engine/dmn/reader.h"

#include <stdarg.h>
#include <stdio.h>

enum { RD_DMN_REQUIRED_MAX = 256 };

void rd_dmn_refuse(struct reader *reader, struct rd_pos pos, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (reader->sink != NULL)
        reader->sink->found(reader->sink->context, RD_SEVERITY_ERROR, pos, words);
    if (reader->err == RD_OK)
        reader->err = RD_E_INVALID;
}

void *rd_dmn_array(struct reader *reader, size_t count, size_t size)
{
    void *array = rd_arena_array(reader->arena, count + 1, size);
    if (array == NULL)
        reader->err = RD_E_TOOBIG;
    return array;
}

bool rd_dmn_is(const struct reader *reader, const struct rd_xml *element, const char *name)
{
    return rd_text_equal(element->space, reader->root->space) && rd_text_is(element->name, name);
}

size_t rd_dmn_count(const struct reader *reader, const struct rd_xml *element, const char *name)
{
    size_t count = 0;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_dmn_is(reader, child, name))
            count++;
    return count;
}

static bool builtin_type(struct rd_text name, enum rd_type *out)
{
    static const struct {
        const char *name;
        enum rd_type type;
    } known[] = {{"string", RD_TYPE_STRING},
                 {"number", RD_TYPE_NUMBER},
                 {"boolean", RD_TYPE_BOOLEAN},
                 {"Any", RD_TYPE_ANY}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(name, known[i].name)) {
            *out = known[i].type;
            return true;
        }
    return false;
}

enum rd_type rd_dmn_type(struct reader *reader, const struct rd_xml *element, struct rd_text name)
{
    enum rd_type type = RD_TYPE_ANY;
    size_t colon = rd_text_find(name, ':', 0);
    struct rd_text local = colon < name.len ? rd_text_slice(name, colon + 1, name.len) : name;
    if (!rd_text_present(name) || builtin_type(local, &type))
        return type;
    for (size_t i = 0; i < reader->types_count; i++) {
        if (!rd_text_equal(reader->types[i].name, name))
            continue;
        if (reader->types[i].structured)
            rd_dmn_refuse(reader, element->pos,
                          "the type '%.*s' has components, which are not supported for a column",
                          RD_TEXT_ARG(name));
        return reader->types[i].type;
    }
    rd_dmn_refuse(reader, element->pos,
                  "the type '%.*s' is not supported; expected string, number, boolean or an "
                  "itemDefinition of this file",
                  RD_TEXT_ARG(name));
    return RD_TYPE_ANY;
}

static struct rd_text type_ref(const struct rd_xml *element)
{
    struct rd_text name = rd_xml_attribute(element, "typeRef");
    const struct rd_xml *child = rd_xml_child(element, "typeRef");
    return child != NULL ? rd_text_trim(child->text) : name;
}

static void read_types(struct reader *reader)
{
    size_t count = rd_dmn_count(reader, reader->root, "itemDefinition");
    reader->types = rd_dmn_array(reader, count, sizeof *reader->types);
    for (const struct rd_xml *child = reader->root->first; child != NULL && reader->types != NULL;
         child = child->next) {
        if (!rd_dmn_is(reader, child, "itemDefinition"))
            continue;
        struct named_type type = {.name = rd_xml_attribute(child, "name")};
        type.structured = rd_xml_child(child, "itemComponent") != NULL;
        if (!type.structured)
            type.type = rd_dmn_type(reader, child, type_ref(child));
        if (rd_text_is(rd_xml_attribute(child, "isCollection"), "true")) {
            if (!type.structured && type.type != RD_TYPE_STRING)
                rd_dmn_refuse(reader, child->pos,
                              "a collection of %s is not supported; expected "
                              "one of string",
                              rd_type_name(type.type));
            type.type = RD_TYPE_LIST;
        }
        reader->types[reader->types_count++] = type;
    }
}

static void read_inputs(struct reader *reader)
{
    size_t count = rd_dmn_count(reader, reader->root, "inputData");
    reader->inputs = rd_dmn_array(reader, count, sizeof *reader->inputs);
    for (const struct rd_xml *child = reader->root->first; child != NULL && reader->inputs != NULL;
         child = child->next) {
        if (!rd_dmn_is(reader, child, "inputData"))
            continue;
        struct input_data input = {.id = rd_xml_attribute(child, "id"),
                                   .name = rd_text_trim(rd_xml_attribute(child, "name"))};
        const struct rd_xml *variable = rd_xml_child(child, "variable");
        if (!rd_text_present(input.name) || !rd_text_present(input.id))
            rd_dmn_refuse(reader, child->pos, "inputData without %s; add the attribute",
                          rd_text_present(input.id) ? "name" : "id");
        if (variable != NULL)
            input.type = rd_dmn_type(reader, variable, type_ref(variable));
        reader->inputs[reader->inputs_count++] = input;
    }
}

static const struct input_data *find_input(struct reader *reader, const struct rd_xml *requirement)
{
    const struct rd_xml *required = rd_xml_child(requirement, "requiredInput");
    if (required == NULL) {
        rd_dmn_refuse(reader, requirement->pos,
                      "informationRequirement without requiredInput: a "
                      "decision that needs another decision is not supported");
        return NULL;
    }
    struct rd_text href = rd_xml_attribute(required, "href");
    for (size_t i = 0; i < reader->inputs_count; i++)
        if (rd_text_starts(href, "#") &&
            rd_text_equal(rd_text_slice(href, 1, href.len), reader->inputs[i].id))
            return &reader->inputs[i];
    rd_dmn_refuse(reader, required->pos,
                  "requiredInput '%.*s' names no inputData of this file; expected '#' and its id",
                  RD_TEXT_ARG(href));
    return NULL;
}

/* What a decision may hold besides its table and requirements, and says nothing about the result.
 */
static bool is_for_people(const struct rd_xml *element)
{
    static const char *const names[] = {"description",        "extensionElements",
                                        "question",           "allowedAnswers",
                                        "variable",           "authorityRequirement",
                                        "supportedObjective", "impactedPerformanceIndicator",
                                        "decisionMaker",      "decisionOwner",
                                        "usingProcess",       "usingTask"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rd_text_is(element->name, names[i]))
            return true;
    return false;
}

static void read_decision(struct reader *reader, const struct rd_xml *decision,
                          struct rd_table *out)
{
    const struct input_data *required[RD_DMN_REQUIRED_MAX];
    size_t required_count = 0;
    const struct rd_xml *logic = NULL;
    out->name = rd_text_trim(rd_xml_attribute(decision, "name"));
    out->id = rd_xml_attribute(decision, "id");
    out->pos = decision->pos;
    if (out->name.len == 0)
        rd_dmn_refuse(reader, decision->pos, "decision without a name; add the attribute");
    for (const struct rd_xml *child = decision->first; child != NULL; child = child->next) {
        if (rd_dmn_is(reader, child, "informationRequirement")) {
            const struct input_data *input = find_input(reader, child);
            if (input != NULL && required_count < RD_DMN_REQUIRED_MAX)
                required[required_count++] = input;
        } else if (rd_dmn_is(reader, child, "decisionTable") && logic == NULL) {
            logic = child;
        } else if (rd_text_equal(child->space, reader->root->space) && !is_for_people(child)) {
            rd_dmn_refuse(reader, child->pos,
                          "'%.*s' is not supported in a decision; expected one decisionTable",
                          RD_TEXT_ARG(child->name));
            return;
        }
    }
    if (logic == NULL)
        rd_dmn_refuse(reader, decision->pos, "the decision '%.*s' has no decisionTable",
                      RD_TEXT_ARG(out->name));
    else
        rd_dmn_read_table(reader, logic, required, required_count, out);
}

/* Children of definitions that carry no logic, or that are read by name above. */
static bool is_known_definition(struct rd_text name)
{
    static const char *const names[] = {"itemDefinition",
                                        "inputData",
                                        "decision",
                                        "description",
                                        "extensionElements",
                                        "knowledgeSource",
                                        "textAnnotation",
                                        "association",
                                        "group",
                                        "elementCollection",
                                        "performanceIndicator",
                                        "organizationUnit"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rd_text_is(name, names[i]))
            return true;
    return false;
}

static bool check_root(struct reader *reader)
{
    static const char *const spaces[] = {"http://www.omg.org/spec/DMN/20180521/MODEL/",
                                         "https://www.omg.org/spec/DMN/20191111/MODEL/",
                                         "https://www.omg.org/spec/DMN/20211108/MODEL/",
                                         "https://www.omg.org/spec/DMN/20230324/MODEL/"};
    const struct rd_xml *root = reader->root;
    bool known = false;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        known = known || rd_text_is(root->space, spaces[i]);
    if (!known || !rd_text_is(root->name, "definitions")) {
        rd_dmn_refuse(reader, root->pos,
                      "found the root element '%.*s' of the namespace '%.*s'; expected "
                      "'definitions' of DMN 1.2 to 1.5",
                      RD_TEXT_ARG(root->name), RD_TEXT_ARG(root->space));
        return false;
    }
    for (const struct rd_xml *child = root->first; child != NULL; child = child->next)
        if (rd_text_equal(child->space, root->space) && !is_known_definition(child->name))
            rd_dmn_refuse(reader, child->pos, "'%.*s' is not supported", RD_TEXT_ARG(child->name));
    return true;
}

static void read_decisions(struct reader *reader, struct rd_dmn *out)
{
    size_t count = rd_dmn_count(reader, reader->root, "decision");
    out->tables = rd_dmn_array(reader, count, sizeof *out->tables);
    for (const struct rd_xml *child = reader->root->first; child != NULL && out->tables != NULL;
         child = child->next) {
        if (!rd_dmn_is(reader, child, "decision"))
            continue;
        struct rd_table *table = &out->tables[out->tables_count];
        read_decision(reader, child, table);
        if (rd_dmn_table(out, table->name) != NULL)
            rd_dmn_refuse(reader, child->pos, "a second decision named '%.*s'; rename one",
                          RD_TEXT_ARG(table->name));
        out->tables_count++;
    }
}

enum rd_err rd_dmn_read(struct rd_text bytes, struct rd_arena *arena,
                        const struct rd_dmn_sink *sink, struct rd_dmn *out)
{
    struct reader reader = {.arena = arena, .sink = sink};
    struct rd_errbuf why = {.text = ""};
    struct rd_pos pos;
    *out = (struct rd_dmn){0};
    enum rd_err err = rd_xml_parse(bytes, arena, &reader.root, &pos, &why);
    if (err != RD_OK) {
        rd_dmn_refuse(&reader, pos, "%s", why.text);
        return err == RD_E_MALFORMED ? RD_E_INVALID : err;
    }
    if (check_root(&reader)) {
        read_types(&reader);
        read_inputs(&reader);
        read_decisions(&reader, out);
    }
    return reader.err;
}

const struct rd_table *rd_dmn_table(const struct rd_dmn *dmn, struct rd_text name)
{
    for (size_t i = 0; i < dmn->tables_count; i++)
        if (rd_text_equal(dmn->tables[i].name, name))
            return &dmn->tables[i];
    return NULL;
}
