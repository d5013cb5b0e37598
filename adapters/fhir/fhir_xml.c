#include "adapters/fhir/fhir_xml.h"

#include "base/alloc.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64 };

#define FHIR "http://hl7.org/fhir"
#define XHTML "http://www.w3.org/1999/xhtml"

/* An element that is open. */
struct level {
    char name[NAME_MAX_BYTES];
    bool is_resource; /* `name` is its type */
    bool has_value;
    json_t *members; /* NULL: none yet */
    json_t *value;   /* of a primitive */
};
struct reading {
    XML_Parser parser;
    struct level levels[RD_FHIR_XML_DEPTH_MAX];
    size_t depth;
    json_t *root;
    struct rd_buf narrative; /* markup of a div, while in it */
    size_t narrative_depth;  /* 0: not in one */
    bool out_of_memory;
    const char *trouble; /* our own words; NULL: none */
    unsigned long line, column;
};

static void stop(struct reading *reading, const char *words)
{
    if (reading->trouble == NULL) {
        reading->trouble = words;
        reading->line = XML_GetCurrentLineNumber(reading->parser);
        reading->column = XML_GetCurrentColumnNumber(reading->parser) + 1;
    }
    (void)XML_StopParser(reading->parser, XML_FALSE);
}

/* "uri|local" -> local; *space: whether it is in that namespace. */
static const char *local_name(const char *name, const char *space, bool *in_space)
{
    const char *bar = strrchr(name, '|');
    size_t len = bar == NULL ? 0 : (size_t)(bar - name);
    *in_space = len == strlen(space) && memcmp(name, space, len) == 0;
    return bar == NULL ? name : bar + 1;
}

static void put_escaped(struct rd_buf *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (bytes[i]) {
        case '<':
            rd_buf_put_string(out, "&lt;");
            break;
        case '>':
            rd_buf_put_string(out, "&gt;");
            break;
        case '&':
            rd_buf_put_string(out, "&amp;");
            break;
        case '"':
            rd_buf_put_string(out, "&quot;");
            break;
        case '\t':
        case '\n':
        case '\r':
            rd_buf_printf(out, "&#%d;", bytes[i]);
            break;
        default:
            rd_buf_put(out, &bytes[i], 1);
        }
    }
}

static void open_narrative(struct reading *reading, const char *name, const char **attributes)
{
    struct rd_buf *out = &reading->narrative;
    rd_buf_printf(out, "<%s", name);
    if (reading->narrative_depth++ == 0)
        rd_buf_put_string(out, " xmlns=\"" XHTML "\"");
    for (; attributes[0] != NULL; attributes += 2) {
        if (strchr(attributes[0], '|') != NULL)
            continue;
        rd_buf_printf(out, " %s=\"", attributes[0]);
        put_escaped(out, attributes[1], strlen(attributes[1]));
        rd_buf_put_string(out, "\"");
    }
    rd_buf_put_string(out, ">");
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);
    return len >= tail && strcmp(name + len - tail, ending) == 0;
}

static bool is_truth(const char *name)
{
    static const char *const names[] = {"active",       "preferred",     "userSelected",
                                        "doNotPerform", "primarySource", "allDay",
                                        "experimental", "inactive",      "asNeeded"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return ends_with(name, "Boolean");
}

/* XML has no types of its own: truths and whole numbers by FHIR's names; anything else is the text
 * as it stands, a decimal too (its digits matter). */
static json_t *primitive(const char *name, const char *text)
{
    bool truth = strcmp(text, "true") == 0;
    bool whole = ends_with(name, "Integer") || ends_with(name, "PositiveInt") ||
                 ends_with(name, "UnsignedInt") || strcmp(name, "rank") == 0;
    int64_t number = 0;
    if ((truth || strcmp(text, "false") == 0) && is_truth(name))
        return json_boolean(truth);
    if (whole && rd_text_to_i64(rd_text_of(text), &number))
        return json_integer(number);
    return json_string(text);
}

static json_t *members_of(struct reading *reading, struct level *level)
{
    if (level->members == NULL)
        level->members = json_object();
    if (level->members == NULL)
        reading->out_of_memory = true;
    return level->members;
}

static void set(struct reading *reading, struct level *level, const char *name, json_t *value)
{
    if (json_object_set_new(members_of(reading, level), name, value) != 0)
        reading->out_of_memory = true;
}

static void take_attributes(struct reading *reading, struct level *level, const char **attributes)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], "value") == 0 && !level->is_resource) {
            level->has_value = true;
            level->value = primitive(level->name, attributes[1]);
            if (level->value == NULL)
                stop(reading, "a value that is not UTF-8");
        } else if (strcmp(attributes[0], "id") == 0 || strcmp(attributes[0], "url") == 0) {
            set(reading, level, attributes[0], json_string(attributes[1]));
        }
    }
}

static bool holds_resource(const struct level *level)
{
    return !level->is_resource &&
           (strcmp(level->name, "resource") == 0 || strcmp(level->name, "contained") == 0);
}

static void on_start(void *context, const char *full, const char **attributes)
{
    struct reading *reading = context;
    bool known = false;
    const char *name = local_name(full, FHIR, &known);
    if (reading->narrative_depth > 0 || (!known && strcmp(name, "div") == 0)) {
        if (reading->depth == 0)
            stop(reading, "a narrative that is of no resource");
        else if (reading->narrative_depth >= RD_FHIR_XML_DEPTH_MAX)
            stop(reading, "elements too deep inside each other");
        else
            open_narrative(reading, name, attributes);
        return;
    }
    if (!known || strlen(name) >= NAME_MAX_BYTES) {
        stop(reading, "an element that is not FHIR's (expected the namespace " FHIR ")");
        return;
    }
    if (reading->depth == RD_FHIR_XML_DEPTH_MAX) {
        stop(reading, "elements too deep inside each other");
        return;
    }
    const struct level *parent = reading->depth == 0 ? NULL : &reading->levels[reading->depth - 1];
    struct level *level = &reading->levels[reading->depth++];
    *level = (struct level){.is_resource = parent == NULL || holds_resource(parent)};
    memcpy(level->name, name, strlen(name) + 1);
    if (level->is_resource)
        set(reading, level, "resourceType", json_string(name));
    take_attributes(reading, level, attributes);
}

static void add(struct reading *reading, struct level *parent, const char *name, json_t *value)
{
    json_t *members = members_of(reading, parent);
    json_t *there = json_object_get(members, name);
    int failed = 0;
    if (json_is_array(there)) {
        failed = json_array_append_new(there, value);
    } else if (there != NULL || rd_fhir_is_list(parent->name, parent->is_resource, name)) {
        json_t *list = json_array();
        if (there != NULL)
            failed = json_array_append(list, there);
        failed |= json_array_append_new(list, value);
        failed |= json_object_set_new(members, name, list);
    } else {
        failed = json_object_set_new(members, name, value);
    }
    if (failed != 0)
        reading->out_of_memory = true;
}

/* FHIR's JSON keeps what stands beside a primitive's value under "_name". */
static void close_level(struct reading *reading, struct level *level, struct level *parent)
{
    char beside[NAME_MAX_BYTES + 1] = "_";
    json_t *members = level->members;
    if (level->has_value) {
        add(reading, parent, level->name, level->value);
        memcpy(beside + 1, level->name, strlen(level->name) + 1);
        if (members != NULL &&
            json_object_set_new(members_of(reading, parent), beside, members) != 0)
            reading->out_of_memory = true;
    } else if (level->is_resource) { /* <resource><Patient>: the one is the other */
        if (json_object_get(parent->members, "resourceType") != NULL)
            stop(reading, "a second resource where FHIR has one");
        json_decref(parent->members);
        parent->members = members;
    } else if (members != NULL) {
        add(reading, parent, level->name, members);
    }
}

static void on_end(void *context, const char *full)
{
    struct reading *reading = context;
    bool known = false;
    const char *name = local_name(full, FHIR, &known);
    if (reading->trouble != NULL)
        return; /* expat still ends an empty element at whose start we stopped */
    if (reading->narrative_depth > 0) {
        rd_buf_printf(&reading->narrative, "</%s>", name);
        if (--reading->narrative_depth == 0) {
            struct rd_text markup = rd_buf_text(&reading->narrative);
            set(reading, &reading->levels[reading->depth - 1], "div",
                json_stringn(markup.ptr, markup.len));
            rd_buf_clear(&reading->narrative);
        }
        return;
    }
    struct level *level = &reading->levels[--reading->depth];
    if (reading->depth == 0) {
        reading->root = level->members;
    } else {
        close_level(reading, level, &reading->levels[reading->depth - 1]);
    }
    *level = (struct level){.members = NULL};
}

static void on_text(void *context, const char *bytes, int len)
{
    struct reading *reading = context;
    if (reading->narrative_depth > 0)
        put_escaped(&reading->narrative, bytes, (size_t)len);
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)subset;
    stop(context, "a document type: send the message without one");
}

static void say(const struct reading *reading, struct rd_errbuf *why)
{
    if (reading->trouble != NULL)
        (void)rd_fail(why, RD_E_MALFORMED, "line %lu, column %lu: %s", reading->line,
                      reading->column, reading->trouble);
    else
        (void)rd_fail(why, RD_E_MALFORMED, "line %lu, column %lu: %s",
                      (unsigned long)XML_GetCurrentLineNumber(reading->parser),
                      (unsigned long)XML_GetCurrentColumnNumber(reading->parser) + 1,
                      XML_ErrorString(XML_GetErrorCode(reading->parser)));
}

static void drop_levels(struct reading *reading)
{
    for (size_t i = 0; i < reading->depth; i++) {
        json_decref(reading->levels[i].members);
        if (reading->levels[i].has_value)
            json_decref(reading->levels[i].value);
    }
}

json_t *rd_fhir_from_xml(struct rd_text body, struct rd_errbuf *why)
{
    struct reading *reading = calloc(1, sizeof *reading);
    json_t *root = NULL;
    if (reading == NULL || (reading->parser = XML_ParserCreateNS(NULL, '|')) == NULL) {
        free(reading);
        (void)rd_fail(why, RD_E_NOMEM, "no memory");
        return NULL;
    }
    rd_buf_init(&reading->narrative, rd_alloc_heap());
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
    enum XML_Status status = XML_Parse(reading->parser, body.ptr, (int)body.len, XML_TRUE);
    if (status != XML_STATUS_OK)
        say(reading, why);
    else if (reading->out_of_memory || reading->narrative.failed)
        (void)rd_fail(why, RD_E_NOMEM, "no memory");
    else
        root = json_incref(reading->root);
    drop_levels(reading);
    json_decref(reading->root);
    rd_buf_fini(&reading->narrative);
    XML_ParserFree(reading->parser);
    free(reading);
    return root;
}

bool rd_fhir_is_xml(struct rd_text body)
{
    if (rd_text_starts(body, "\xef\xbb\xbf"))
        body = rd_text_slice(body, 3, body.len);
    struct rd_text trimmed = rd_text_trim(body);
    return trimmed.len > 0 && trimmed.ptr[0] == '<';
}

json_t *rd_fhir_load(struct rd_text body, struct rd_errbuf *why)
{
    json_error_t error;
    if (rd_fhir_is_xml(body))
        return rd_fhir_from_xml(body, why);
    json_t *root =
        json_loadb(body.ptr == NULL ? "" : body.ptr, body.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) /* jansson's own words may quote the text around the error */
        (void)rd_fail(why, RD_E_MALFORMED, "line %d, column %d", error.line, error.column);
    return root;
}
