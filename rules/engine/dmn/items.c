/* Item definitions -> types. A definition may stand before or behind what it refers to, so each is
 * settled when it is first asked for. */
#include "rules/engine/dmn/reader.h"

#include <string.h>

enum { RD_DMN_CHAIN_MAX = 64 }; /* definitions that refer to one another, each copying the next */
enum progress { WAITING, OPEN, SETTLED };

struct item {
    const struct rd_xml *element;
    struct rd_feel_type *type;
    enum progress progress;
};
struct items {
    struct reader *reader;
    struct file *file;
    struct item *list;
    size_t count;
    unsigned chain;
};

static const struct {
    const char *name;
    enum rd_type type;
} builtins[] = {{"string", RD_TYPE_STRING},
                {"number", RD_TYPE_NUMBER},
                {"boolean", RD_TYPE_BOOLEAN},
                {"date", RD_TYPE_DATE},
                {"time", RD_TYPE_TIME},
                {"date and time", RD_TYPE_DATE_TIME},
                {"dateTime", RD_TYPE_DATE_TIME},
                {"days and time duration", RD_TYPE_DURATION_DAYS},
                {"dayTimeDuration", RD_TYPE_DURATION_DAYS},
                {"years and months duration", RD_TYPE_DURATION_MONTHS},
                {"yearMonthDuration", RD_TYPE_DURATION_MONTHS},
                {"integer", RD_TYPE_NUMBER}, /* Camunda 7 writes these three */
                {"long", RD_TYPE_NUMBER},
                {"double", RD_TYPE_NUMBER},
                {"context", RD_TYPE_CONTEXT},
                {"list", RD_TYPE_LIST},
                {"Null", RD_TYPE_NULL},
                {"Any", RD_TYPE_ANY}};

static struct rd_text local_name(struct rd_text name)
{
    size_t colon = rd_text_find(name, ':', 0);
    return colon < name.len ? rd_text_trim(rd_text_slice(name, colon + 1, name.len)) : name;
}

/* Whole numbers only; the text is FEEL and so is its test. */
static const struct rd_node *whole(struct reader *reader)
{
    struct rd_feel_problem problem;
    const struct rd_node *tests = NULL;
    enum rd_err err =
        rd_feel_parse_tests(RD_TEXT("? = floor(?)"), NULL, reader->arena, &tests, &problem);
    if (err != RD_OK)
        reader->err = err;
    return tests;
}

static bool find_builtin(struct reader *reader, struct rd_text name,
                         const struct rd_feel_type **out)
{
    for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
        if (!rd_text_is(name, builtins[i].name))
            continue;
        struct rd_feel_type *type = rd_dmn_array(reader, 1, sizeof *type);
        *out = builtins[i].type == RD_TYPE_ANY ? NULL : type;
        if (type == NULL)
            return true;
        type->type = builtins[i].type;
        type->any_fields = true;
        if (rd_text_is(name, "integer") || rd_text_is(name, "long"))
            type->allowed = whole(reader);
        return true;
    }
    return false;
}

static struct rd_text type_ref(const struct rd_xml *element)
{
    const struct rd_xml *child = rd_xml_child(element, "typeRef");
    return rd_text_trim(child != NULL ? child->text : rd_xml_attribute(element, "typeRef"));
}

static bool find_named(const struct file *file, struct rd_text name,
                       const struct rd_feel_type **out)
{
    for (size_t i = 0; i < file->types_count; i++)
        if (rd_text_equal(file->types[i].name, name)) {
            *out = file->types[i].type;
            return true;
        }
    return false;
}

const struct rd_feel_type *rd_dmn_find_type(struct reader *reader, const struct rd_xml *element,
                                            struct rd_text name)
{
    const struct rd_feel_type *type = NULL;
    struct rd_text local = local_name(name); /* DMN 1.1 writes feel:string, ns:tAge */
    if (name.len == 0 || find_named(reader->file, name, &type) ||
        find_named(reader->file, local, &type) || find_builtin(reader, local, &type))
        return type;
    rd_dmn_refuse(
        reader, element->pos,
        "the type '%.*s' is unknown; expected an itemDefinition of this file or a type of "
        "FEEL (string, number, boolean, date, time, date and time, days and time "
        "duration, years and months duration, Any)",
        RD_TEXT_ARG(name));
    return NULL;
}

const struct rd_feel_type *rd_dmn_type_of(struct reader *reader, const struct rd_xml *element)
{
    return rd_dmn_find_type(reader, element, type_ref(element));
}

static void settle(struct items *items, struct item *item);

/* The definition that `type` is of, settled, so that it may be copied. */
static void settle_type(struct items *items, const struct rd_feel_type *type,
                        const struct rd_xml *element)
{
    for (size_t i = 0; i < items->count; i++) {
        struct item *item = &items->list[i];
        if (item->type != type || item->progress == SETTLED)
            continue;
        if (item->progress == OPEN || items->chain == RD_DMN_CHAIN_MAX) {
            rd_dmn_refuse(items->reader, element->pos,
                          item->progress == OPEN
                              ? "the itemDefinition '%.*s' is defined by itself"
                              : "more than 64 itemDefinitions refer to one another ('%.*s')",
                          RD_TEXT_ARG(rd_xml_attribute(item->element, "name")));
            return;
        }
        items->chain++;
        settle(items, item);
        items->chain--;
    }
}

static const struct rd_node *read_tests(struct items *items, const struct rd_xml *element,
                                        const char *name)
{
    const struct rd_xml *tests = rd_xml_child(element, name);
    struct rd_feel_names names = {
        .types = items->file->types, .types_count = items->file->types_count, .closed = true};
    return tests == NULL ? NULL : rd_dmn_parse_tests(items->reader, tests, &names);
}

/* Both tests in one: `? in (a) and ? in (b)`. */
static const struct rd_node *both(struct items *items, const struct rd_node *a,
                                  const struct rd_node *b)
{
    struct rd_node *nodes = rd_dmn_array(items->reader, 4, sizeof *nodes);
    const struct rd_node **children = rd_dmn_array(items->reader, 6, sizeof(void *));
    const struct rd_node *tests[2] = {a, b};
    if (nodes == NULL || children == NULL)
        return NULL;
    nodes[0].kind = RD_NODE_INPUT;
    nodes[0].height = 1;
    nodes[3].kind = RD_NODE_AND;
    for (size_t i = 0; i < 2; i++) {
        nodes[1 + i].kind = RD_NODE_IN;
        nodes[1 + i].children = &children[2 * i];
        nodes[1 + i].children_count = 2;
        nodes[1 + i].height = tests[i]->height + 1;
        children[2 * i] = &nodes[0];
        children[2 * i + 1] = tests[i];
        children[4 + i] = &nodes[1 + i];
        if (nodes[3].height <= nodes[1 + i].height)
            nodes[3].height = nodes[1 + i].height + 1;
    }
    nodes[3].children = &children[4];
    nodes[3].children_count = 2;
    for (size_t i = 0; i < 4; i++)
        nodes[i].about_input = true;
    return &nodes[3];
}

static void narrow(struct items *items, struct rd_feel_type *type, const struct rd_node *allowed)
{
    if (allowed != NULL)
        type->allowed = type->allowed == NULL ? allowed : both(items, type->allowed, allowed);
}

/* What a typeRef names, copied so that it can be narrowed. */
static void fill_reference(struct items *items, const struct rd_xml *element,
                           struct rd_feel_type *out)
{
    const struct rd_feel_type *of = rd_dmn_type_of(items->reader, element);
    struct rd_text name = out->name;
    if (of != NULL) {
        settle_type(items, of, element);
        *out = *of;
    }
    if (rd_text_present(name))
        out->name = name;
}

static void fill(struct items *items, const struct rd_xml *element, struct rd_feel_type *out);

/* Without allowed values of its own a reference is the definition itself: it may be one that is
 * still open, as a tree's branches are. */
static const struct rd_feel_type *field_type(struct items *items, const struct rd_xml *element)
{
    bool plain = rd_xml_child(element, "itemComponent") == NULL &&
                 rd_xml_child(element, "functionItem") == NULL &&
                 rd_xml_child(element, "allowedValues") == NULL &&
                 rd_xml_child(element, "typeConstraint") == NULL;
    if (plain && !rd_dmn_is_true(rd_xml_attribute(element, "isCollection")))
        return rd_dmn_type_of(items->reader, element);
    struct rd_feel_type *type = rd_dmn_array(items->reader, 1, sizeof *type);
    if (type != NULL)
        fill(items, element, type);
    return type;
}

static void fill_context(struct items *items, const struct rd_xml *element,
                         struct rd_feel_type *out)
{
    size_t count = rd_dmn_count(items->reader, element, "itemComponent");
    struct rd_feel_field *fields = rd_dmn_array(items->reader, count, sizeof *fields);
    out->type = RD_TYPE_CONTEXT;
    out->fields = fields;
    for (const struct rd_xml *child = element->first; fields != NULL && child != NULL;
         child = child->next) {
        if (!rd_dmn_is(items->reader, child, "itemComponent"))
            continue;
        struct rd_text name = rd_text_trim(rd_xml_attribute(child, "name"));
        if (name.len == 0)
            rd_dmn_refuse(items->reader, child->pos, "itemComponent without name; add it");
        for (size_t i = 0; i < out->fields_count; i++)
            if (rd_text_equal(fields[i].name, name))
                rd_dmn_refuse(items->reader, child->pos,
                              "a second itemComponent '%.*s'; rename one", RD_TEXT_ARG(name));
        fields[out->fields_count].name = name;
        fields[out->fields_count].type = field_type(items, child);
        out->fields_count++;
    }
}

static void fill_function(struct items *items, const struct rd_xml *element,
                          struct rd_feel_type *out)
{
    size_t count = rd_dmn_count(items->reader, element, "parameters");
    struct rd_feel_field *fields = rd_dmn_array(items->reader, count, sizeof *fields);
    out->type = RD_TYPE_FUNCTION;
    out->fields = fields;
    out->item = rd_dmn_find_type(items->reader, element,
                                 rd_text_trim(rd_xml_attribute(element, "outputTypeRef")));
    for (const struct rd_xml *child = element->first; fields != NULL && child != NULL;
         child = child->next)
        if (rd_dmn_is(items->reader, child, "parameters")) {
            fields[out->fields_count].name = rd_text_trim(rd_xml_attribute(child, "name"));
            fields[out->fields_count].type = rd_dmn_type_of(items->reader, child);
            out->fields_count++;
        }
}

/* allowedValues are of each item of a collection, typeConstraint of the whole (DMN 1.5, 7.3.3). */
static void fill(struct items *items, const struct rd_xml *element, struct rd_feel_type *out)
{
    bool many = rd_dmn_is_true(rd_xml_attribute(element, "isCollection"));
    const struct rd_node *allowed = read_tests(items, element, "allowedValues");
    const struct rd_node *constraint = read_tests(items, element, "typeConstraint");
    const struct rd_xml *function = rd_xml_child(element, "functionItem");
    struct rd_feel_type *one = many ? rd_dmn_array(items->reader, 1, sizeof *one) : out;
    if (one == NULL)
        return;
    if (rd_xml_child(element, "itemComponent") != NULL)
        fill_context(items, element, one);
    else if (function != NULL)
        fill_function(items, function, one);
    else if (many && allowed == NULL) /* it may be one that is still open */
        one = NULL;
    else
        fill_reference(items, element, one);
    if (one != NULL)
        narrow(items, one, allowed);
    if (many) {
        out->type = RD_TYPE_LIST;
        out->item = one != NULL ? one : rd_dmn_type_of(items->reader, element);
    }
    narrow(items, out, constraint);
}

static void settle(struct items *items, struct item *item)
{
    item->progress = OPEN;
    fill(items, item->element, item->type);
    item->progress = SETTLED;
}

/* A list of itself has no value. */
static void refuse_endless(struct reader *reader, const struct item *item)
{
    const struct rd_feel_type *type = item->type;
    for (size_t i = 0; type != NULL && type->type == RD_TYPE_LIST; i++) {
        type = type->item;
        if (i == RD_DMN_CHAIN_MAX || type == item->type) {
            rd_dmn_refuse(reader, item->element->pos,
                          "the itemDefinition '%.*s' is a list of itself",
                          RD_TEXT_ARG(item->type->name));
            return;
        }
    }
}

/* An import's definitions are seen as "name.definition"; without a name, as they are. */
static void add_imported(struct reader *reader, struct file *file)
{
    for (size_t i = 0; i < file->imports_count; i++) {
        const struct import *import = &file->imports[i];
        const struct file *other = import->file == SIZE_MAX ? NULL : &reader->files[import->file];
        for (size_t j = 0; other != NULL && other != file && j < other->types_count; j++) {
            struct rd_feel_name *type = &file->types[file->types_count++];
            *type = other->types[j];
            if (import->name.len == 0)
                continue;
            type->name = rd_arena_format(reader->arena, "%.*s.%.*s", RD_TEXT_ARG(import->name),
                                         RD_TEXT_ARG(other->types[j].name));
            if (!rd_text_present(type->name))
                reader->err = RD_E_TOOBIG;
        }
    }
}

static size_t room_for_types(struct reader *reader, const struct file *file)
{
    size_t count = rd_dmn_count(reader, file->root, "itemDefinition");
    for (size_t i = 0; i < file->imports_count; i++)
        if (file->imports[i].file != SIZE_MAX)
            count += reader->files[file->imports[i].file].types_count;
    return count;
}

void rd_dmn_read_items(struct reader *reader, struct file *file)
{
    struct items items = {.reader = reader, .file = file};
    size_t count = rd_dmn_count(reader, file->root, "itemDefinition");
    file->types = rd_dmn_array(reader, room_for_types(reader, file), sizeof *file->types);
    items.list = rd_dmn_array(reader, count, sizeof *items.list);
    struct rd_feel_type *types = rd_dmn_array(reader, count, sizeof *types);
    if (file->types == NULL || items.list == NULL || types == NULL)
        return;
    for (const struct rd_xml *child = file->root->first; child != NULL; child = child->next) {
        if (!rd_dmn_is(reader, child, "itemDefinition"))
            continue;
        struct rd_text name = rd_text_trim(rd_xml_attribute(child, "name"));
        const struct rd_feel_type *known = NULL;
        if (name.len == 0 || find_named(file, name, &known))
            rd_dmn_refuse(reader, child->pos,
                          name.len == 0 ? "itemDefinition without name; add it%.*s"
                                        : "a second itemDefinition '%.*s'; rename one",
                          RD_TEXT_ARG(name));
        struct rd_feel_type *type = &types[items.count];
        type->name = name;
        items.list[items.count++] = (struct item){.element = child, .type = type};
        file->types[file->types_count++] = (struct rd_feel_name){.name = name, .type = type};
        rd_dmn_check_schema(reader, child);
    }
    add_imported(reader, file);
    for (size_t i = 0; i < items.count; i++)
        if (items.list[i].progress == WAITING)
            settle(&items, &items.list[i]);
    for (size_t i = 0; i < items.count; i++)
        refuse_endless(reader, &items.list[i]);
}
