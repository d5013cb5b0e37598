#include "adapters/fhir/fhir_xml.h"

#include <string.h>

/* Depth is that of a JSON value that was read with a bound of its own (jansson 2048, XML 64) or
 * made by us; deeper than this no FHIR resource is. */
enum { DEPTH_MAX = 2 * RD_FHIR_XML_DEPTH_MAX };

struct writing {
    struct rd_buf *out;
    size_t depth;
    bool too_deep;
};

static void put_attribute(struct rd_buf *out, const char *name, const char *value, size_t len)
{
    rd_buf_printf(out, " %s=\"", name);
    for (size_t i = 0; i < len; i++) {
        char c = value[i];
        if (c == '<' || c == '&' || c == '"')
            rd_buf_put_string(out, c == '<' ? "&lt;" : c == '&' ? "&amp;" : "&quot;");
        else if ((unsigned char)c < 0x20)
            rd_buf_printf(out, "&#%d;", c == '\t' || c == '\n' || c == '\r' ? c : ' ');
        else
            rd_buf_put(out, &c, 1);
    }
    rd_buf_put_string(out, "\"");
}

static void put_value(struct rd_buf *out, const json_t *value)
{
    if (json_is_string(value))
        put_attribute(out, "value", json_string_value(value), json_string_length(value));
    else if (json_is_boolean(value))
        rd_buf_printf(out, " value=\"%s\"", json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        rd_buf_printf(out, " value=\"%lld\"", (long long)json_integer_value(value));
    else if (json_is_real(value))
        rd_buf_printf(out, " value=\"%.17g\"", json_real_value(value));
}

static bool is_extension(const char *name)
{
    return strcmp(name, "extension") == 0 || strcmp(name, "modifierExtension") == 0;
}

static void put_members(struct writing *writing, const char *name, json_t *object);

/* `beside`: what JSON keeps under "_name". */
static void put_element(struct writing *writing, const char *name, json_t *value, json_t *beside)
{
    struct rd_buf *out = writing->out;
    json_t *inner = json_is_object(value) ? value : beside;
    const char *type = json_string_value(json_object_get(value, "resourceType"));
    if (++writing->depth > DEPTH_MAX) {
        writing->too_deep = true;
        writing->depth--;
        return;
    }
    rd_buf_printf(out, "<%s", name);
    if (type != NULL) {
        rd_buf_printf(out, "><%s>", type);
        put_members(writing, NULL, value);
        rd_buf_printf(out, "</%s>", type);
    } else {
        const json_t *id = json_object_get(inner, "id");
        const json_t *url = is_extension(name) ? json_object_get(inner, "url") : NULL;
        if (json_is_string(id))
            put_attribute(out, "id", json_string_value(id), json_string_length(id));
        if (json_is_string(url))
            put_attribute(out, "url", json_string_value(url), json_string_length(url));
        put_value(out, value);
        rd_buf_put_string(out, ">");
        put_members(writing, name, inner);
    }
    rd_buf_printf(out, "</%s>", name);
    writing->depth--;
}

/* `name`: of the element that they stand in; NULL: a resource, whose id is an element too. */
static void put_members(struct writing *writing, const char *name, json_t *object)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        char beside[72] = "_";
        if (key[0] == '_' || strlen(key) + 2 > sizeof beside || strcmp(key, "resourceType") == 0 ||
            (name != NULL && strcmp(key, "id") == 0) ||
            (name != NULL && is_extension(name) && strcmp(key, "url") == 0))
            continue;
        memcpy(beside + 1, key, strlen(key) + 1);
        json_t *other = json_object_get(object, beside);
        if (strcmp(key, "div") == 0 && json_is_string(value)) {
            rd_buf_put_string(writing->out, json_string_value(value)); /* XHTML as it is */
        } else if (json_is_array(value)) {
            for (size_t i = 0; i < json_array_size(value); i++)
                put_element(writing, key, json_array_get(value, i), json_array_get(other, i));
        } else {
            put_element(writing, key, value, other);
        }
    }
}

bool rd_fhir_to_xml(json_t *resource, struct rd_buf *out)
{
    const char *type = json_string_value(json_object_get(resource, "resourceType"));
    struct writing writing = {.out = out};
    if (type == NULL)
        return false;
    rd_buf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"http://hl7.org/fhir\">",
                  type);
    put_members(&writing, NULL, resource);
    rd_buf_printf(out, "</%s>\n", type);
    return !out->failed && !writing.too_deep;
}
