#include "cases.h"

#include "rules/engine/value_json.h"

#include <string.h>

#define INSTANCE "http://www.w3.org/2001/XMLSchema-instance"

static struct rd_text instance_attribute(const struct rd_xml *element, const char *name)
{
    for (size_t i = 0; i < element->attributes_count; i++)
        if (rd_text_is(element->attributes[i].space, INSTANCE) &&
            rd_text_is(element->attributes[i].name, name))
            return element->attributes[i].value;
    return RD_TEXT_NONE;
}

static bool is_nil(const struct rd_xml *element)
{
    struct rd_text nil = instance_attribute(element, "nil");
    return rd_text_is(nil, "true") || rd_text_is(nil, "1");
}

static size_t count_children(const struct rd_xml *element, const char *name)
{
    size_t count = 0;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        count += rd_text_is(child->name, name) ? 1 : 0;
    return count;
}

static bool read_duration(struct rd_text text, struct rd_value *out)
{
    out->type = RD_TYPE_DURATION_MONTHS;
    if (rd_duration_months_parse(text, &out->as.duration))
        return true;
    out->type = RD_TYPE_DURATION_DAYS;
    return rd_duration_days_parse(text, &out->as.duration);
}

/* A type of XML Schema by its name without prefix; NULL: the value was read. Without one: see
 * TCK_UNTYPED. */
static const char *read_typed(struct rd_text text, struct rd_text type, struct rd_value *out)
{
    static const char *const numbers[] = {"decimal", "double", "float", "integer",
                                          "int",     "long",   "short", "byte"};
    struct rd_text word = rd_text_trim(text);
    bool read = false;
    if (type.len == 0 || rd_text_is(type, "string")) {
        *out = rd_value_text(text);
        out->type = type.len == 0 ? TCK_UNTYPED : RD_TYPE_STRING;
        return NULL;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (rd_text_is(type, numbers[i])) {
            out->type = RD_TYPE_NUMBER;
            read = rd_decimal_parse(word, &out->as.number);
        }
    if (rd_text_is(type, "boolean")) {
        *out = rd_value_boolean(rd_text_is(word, "true") || rd_text_is(word, "1"));
        read = out->as.boolean || rd_text_is(word, "false") || rd_text_is(word, "0");
    } else if (rd_text_is(type, "date")) {
        out->type = RD_TYPE_DATE;
        read = rd_date_parse(word, &out->as.date);
    } else if (rd_text_is(type, "time")) {
        out->type = RD_TYPE_TIME;
        read = rd_time_parse(word, &out->as.time);
    } else if (rd_text_is(type, "dateTime")) {
        out->type = RD_TYPE_DATE_TIME;
        read = rd_date_time_parse(word, &out->as.date_time);
    } else if (rd_text_is(type, "duration")) {
        read = read_duration(word, out);
    }
    return read ? NULL : "a value that is not what its xsi:type says";
}

static const char *read_simple(const struct rd_xml *element, struct rd_value *out)
{
    struct rd_text type = instance_attribute(element, "type");
    size_t colon = rd_text_find(type, ':', 0);
    if (is_nil(element)) {
        *out = rd_value_null();
        return NULL;
    }
    if (colon < type.len)
        type = rd_text_slice(type, colon + 1, type.len);
    return read_typed(element->text, type, out);
}

static const char *read_value(const struct rd_xml *holder, struct rd_arena *arena,
                              struct rd_value *out);

static const char *read_list(const struct rd_xml *list, struct rd_arena *arena,
                             struct rd_value *out)
{
    size_t count = 0;
    struct rd_value *items = rd_arena_array(arena, count_children(list, "item") + 1, sizeof *items);
    const char *why = items == NULL ? "no memory" : NULL;
    for (const struct rd_xml *child = list->first; why == NULL && child != NULL;
         child = child->next)
        if (rd_text_is(child->name, "item"))
            why = read_value(child, arena, &items[count++]);
    *out = is_nil(list) ? rd_value_null() : rd_value_list(items, count);
    return why;
}

static const char *read_components(const struct rd_xml *holder, struct rd_arena *arena,
                                   struct rd_value *out)
{
    struct rd_context *context = rd_arena_take(arena, sizeof *context);
    struct rd_member *entries =
        rd_arena_array(arena, count_children(holder, "component") + 1, sizeof *entries);
    const char *why = context == NULL || entries == NULL ? "no memory" : NULL;
    for (const struct rd_xml *child = holder->first; why == NULL && child != NULL;
         child = child->next) {
        if (!rd_text_is(child->name, "component"))
            continue;
        entries[context->count].name = rd_xml_attribute(child, "name");
        why = read_value(child, arena, &entries[context->count++].value);
    }
    if (why != NULL)
        return why;
    context->entries = entries;
    *out = rd_value_context(context);
    return NULL;
}

/* As deep as the file's elements, which xml.h bounds. Nothing in the holder, or nil: null. */
static const char *read_value(const struct rd_xml *holder, struct rd_arena *arena,
                              struct rd_value *out)
{
    const struct rd_xml *simple = rd_xml_child(holder, "value");
    const struct rd_xml *list = rd_xml_child(holder, "list");
    *out = rd_value_null();
    if (is_nil(holder))
        return NULL;
    if (simple != NULL)
        return read_simple(simple, out);
    if (list != NULL)
        return read_list(list, arena, out);
    return count_children(holder, "component") > 0 ? read_components(holder, arena, out) : NULL;
}

static bool read_case(const struct rd_xml *element, struct rd_arena *arena, struct tck_case *out)
{
    size_t inputs = count_children(element, "inputNode");
    struct rd_member *entries = rd_arena_array(arena, inputs + 1, sizeof *entries);
    out->results =
        rd_arena_array(arena, count_children(element, "resultNode") + 1, sizeof *out->results);
    out->id = rd_xml_attribute(element, "id");
    out->kind = rd_xml_attribute(element, "type");
    out->invocable = rd_xml_attribute(element, "invocableName");
    out->inputs.entries = entries;
    if (entries == NULL || out->results == NULL)
        return false;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_text_is(child->name, "inputNode")) {
            struct rd_member *entry = &entries[out->inputs.count++];
            entry->name = rd_xml_attribute(child, "name");
            const char *why = read_value(child, arena, &entry->value);
            out->unreadable = why != NULL ? why : out->unreadable;
        } else if (rd_text_is(child->name, "resultNode")) {
            struct tck_result *result = &out->results[out->results_count++];
            const struct rd_xml *expected = rd_xml_child(child, "expected");
            result->name = rd_xml_attribute(child, "name");
            result->is_error = rd_text_is(rd_xml_attribute(child, "errorResult"), "true");
            result->expected = rd_value_null();
            if (expected != NULL)
                result->unreadable = read_value(expected, arena, &result->expected);
        }
    return true;
}

/* Untyped texts become strings; whether there were any. */
static bool settle_texts(struct rd_value *value, struct rd_arena *arena);

static bool settle_items(const struct rd_value *items, size_t count, struct rd_arena *arena,
                         struct rd_value *out)
{
    bool any = false;
    struct rd_value *copy = rd_arena_array(arena, count + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = items[i];
        any = settle_texts(&copy[i], arena) || any;
    }
    *out = copy == NULL ? rd_value_null() : rd_value_list(copy, count);
    return any;
}

static bool settle_texts(struct rd_value *value, struct rd_arena *arena)
{
    bool any = value->type == TCK_UNTYPED;
    if (any)
        value->type = RD_TYPE_STRING;
    if (value->type == RD_TYPE_LIST)
        return settle_items(value->as.list.items, value->as.list.count, arena, value);
    if (value->type != RD_TYPE_CONTEXT)
        return any;
    const struct rd_context *context = value->as.context;
    struct rd_context *copy = rd_arena_take(arena, sizeof *copy);
    struct rd_member *entries = rd_arena_array(arena, context->count + 1, sizeof *entries);
    for (size_t i = 0; copy != NULL && entries != NULL && i < context->count; i++) {
        entries[i] = context->entries[i];
        any = settle_texts(&entries[i].value, arena) || any;
    }
    if (copy == NULL || entries == NULL)
        return any;
    *copy = (struct rd_context){.entries = entries, .count = context->count};
    *value = rd_value_context(copy);
    return any;
}

struct rd_value tck_input(struct rd_value value, const struct rd_feel_type *type,
                          struct rd_arena *arena)
{
    return settle_texts(&value, arena) ? rd_value_given(value, type, arena) : value;
}

bool tck_read(struct rd_text bytes, struct rd_arena *arena, struct tck_file *out,
              struct rd_errbuf *why)
{
    const struct rd_xml *root = NULL, *model = NULL;
    struct rd_pos pos;
    *out = (struct tck_file){.cases = NULL};
    if (rd_xml_parse(bytes, arena, &root, &pos, why) != RD_OK)
        return false;
    model = rd_xml_child(root, "modelName");
    if (!rd_text_is(root->name, "testCases") || model == NULL) {
        (void)rd_fail(why, RD_E_MALFORMED, "no testCases with a modelName");
        return false;
    }
    out->model = rd_text_trim(model->text);
    out->cases = rd_arena_array(arena, count_children(root, "testCase") + 1, sizeof *out->cases);
    for (const struct rd_xml *child = root->first; out->cases != NULL && child != NULL;
         child = child->next)
        if (rd_text_is(child->name, "testCase") &&
            !read_case(child, arena, &out->cases[out->cases_count++]))
            out->cases = NULL;
    if (out->cases == NULL)
        (void)rd_fail(why, RD_E_TOOBIG, "the test file needs too much memory");
    return out->cases != NULL;
}

static bool same_numbers(struct rd_decimal expected, struct rd_decimal found)
{
    struct rd_decimal least, difference;
    if (rd_decimal_compare(expected, found) == 0)
        return true;
    if (!rd_decimal_parse(RD_TEXT("0.00000001"), &least) ||
        !rd_decimal_subtract(expected, found, &difference))
        return false;
    difference.negative = false;
    return rd_decimal_compare(difference, least) <= 0;
}

static bool same_contexts(const struct rd_context *expected, const struct rd_context *found,
                          struct rd_arena *arena)
{
    for (size_t i = 0; i < expected->count; i++) {
        const struct rd_value *value = rd_context_get(found, expected->entries[i].name);
        if (value == NULL || !tck_same(&expected->entries[i].value, value, arena))
            return false;
    }
    return expected->count == found->count;
}

static bool same_lists(const struct rd_value *expected, const struct rd_value *found,
                       struct rd_arena *arena)
{
    if (expected->as.list.count != found->as.list.count)
        return false;
    for (size_t i = 0; i < expected->as.list.count; i++)
        if (!tck_same(&expected->as.list.items[i], &found->as.list.items[i], arena))
            return false;
    return true;
}

bool tck_same(const struct rd_value *expected, const struct rd_value *found, struct rd_arena *arena)
{
    struct rd_feel_type type = {.type = found->type};
    struct rd_value wanted = *expected;
    if (wanted.type == TCK_UNTYPED) {
        wanted.type = RD_TYPE_STRING;
        wanted = rd_value_given(wanted, &type, arena);
    }
    if (wanted.type != found->type)
        return false;
    switch (wanted.type) {
    case RD_TYPE_NULL:
        return true;
    case RD_TYPE_NUMBER:
        return same_numbers(wanted.as.number, found->as.number);
    case RD_TYPE_LIST:
        return same_lists(&wanted, found, arena);
    case RD_TYPE_CONTEXT:
        return same_contexts(wanted.as.context, found->as.context, arena);
    case RD_TYPE_ANY:
    case RD_TYPE_BOOLEAN:
    case RD_TYPE_STRING:
    case RD_TYPE_DATE:
    case RD_TYPE_TIME:
    case RD_TYPE_DATE_TIME:
    case RD_TYPE_DURATION_DAYS:
    case RD_TYPE_DURATION_MONTHS:
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        break;
    }
    return rd_value_equal(&wanted, found) == RD_TRUE;
}
