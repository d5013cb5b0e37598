#include "rules/engine/dmn/xml.h"

#include <expat.h>
#include <string.h>

struct build {
    XML_Parser parser;
    struct rd_arena *arena;
    struct rd_xml *root, *open;
    unsigned depth;
    enum rd_err err;
    struct rd_pos pos; /* of the error */
    struct rd_errbuf *why;
};

static struct rd_pos here(const struct build *build)
{
    return (struct rd_pos){(unsigned)XML_GetCurrentLineNumber(build->parser),
                           (unsigned)XML_GetCurrentColumnNumber(build->parser) + 1};
}

static void stop(struct build *build, enum rd_err err, const char *words)
{
    if (build->err != RD_OK)
        return;
    build->err = rd_fail(build->why, err, "%s", words);
    build->pos = here(build);
    XML_StopParser(build->parser, XML_FALSE);
}

static void out_of_room(struct build *build)
{
    stop(build, RD_E_TOOBIG, "the file needs more memory than a place may take; make it smaller");
}

/* expat gives "namespace|name". */
static bool split_name(struct build *build, const char *joined, struct rd_text *space,
                       struct rd_text *name)
{
    const char *bar = strrchr(joined, '|');
    *space = bar == NULL ? RD_TEXT_NONE : (struct rd_text){joined, (size_t)(bar - joined)};
    return rd_arena_copy(build->arena, *space, space) &&
           rd_arena_copy(build->arena, rd_text_of(bar == NULL ? joined : bar + 1), name);
}

static bool copy_attributes(struct build *build, struct rd_xml *element, const char **attributes)
{
    size_t count = 0;
    while (attributes[count] != NULL)
        count += 2;
    element->attributes_count = count / 2;
    element->attributes = rd_arena_array(build->arena, count / 2 + 1, sizeof *element->attributes);
    if (element->attributes == NULL)
        return false;
    for (size_t i = 0; i < count; i += 2) {
        struct rd_xml_attribute *attribute = &element->attributes[i / 2];
        if (!split_name(build, attributes[i], &attribute->space, &attribute->name) ||
            !rd_arena_copy(build->arena, rd_text_of(attributes[i + 1]), &attribute->value))
            return false;
    }
    return true;
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct build *build = context;
    struct rd_xml *element = rd_arena_take(build->arena, sizeof *element);
    if (build->depth++ == RD_XML_DEPTH_MAX) {
        stop(build, RD_E_MALFORMED, "elements nested more than 64 deep; no DMN file is");
        return;
    }
    if (element == NULL || !split_name(build, name, &element->space, &element->name) ||
        !copy_attributes(build, element, attributes)) {
        out_of_room(build);
        return;
    }
    element->pos = here(build);
    element->text = RD_TEXT("");
    element->parent = build->open;
    if (build->open == NULL)
        build->root = element;
    else if (build->open->last == NULL)
        build->open->first = element;
    else
        build->open->last->next = element;
    if (build->open != NULL)
        build->open->last = element;
    build->open = element;
}

static void on_end(void *context, const char *name)
{
    struct build *build = context;
    (void)name; /* expat has checked that it closes the open one */
    build->depth--;
    if (build->err == RD_OK)
        build->open = build->open->parent;
}

/* Room for one more piece and `more` bytes; doubles, so that the copies stay few. */
static bool make_room(struct build *build, struct rd_xml *element, size_t more)
{
    size_t count = element->pieces_count, need = element->text.len + more;
    if ((count & (count + 1)) == 0) { /* 0, 1, 3, 7 ...: full */
        struct rd_xml_piece *grown = rd_arena_array(build->arena, 2 * count + 1, sizeof *grown);
        if (grown == NULL)
            return false;
        if (count > 0)
            memcpy(grown, element->pieces, count * sizeof *grown);
        element->pieces = grown;
    }
    if (need > element->text_room) {
        char *text = rd_arena_take(build->arena, 2 * need);
        if (text == NULL)
            return false;
        memcpy(text, element->text.ptr, element->text.len);
        element->text.ptr = text;
        element->text_tail = text + element->text.len;
        element->text_room = 2 * need;
    }
    return true;
}

/* expat hands out text in pieces: at every line end and reference. */
static void on_text(void *context, const char *bytes, int len)
{
    struct build *build = context;
    struct rd_xml *element = build->open;
    if (build->err != RD_OK || element == NULL || len <= 0)
        return;
    if (!make_room(build, element, (size_t)len)) {
        out_of_room(build);
        return;
    }
    memcpy(element->text_tail, bytes, (size_t)len);
    element->pieces[element->pieces_count++] =
        (struct rd_xml_piece){element->text.len, here(build)};
    element->text.len += (size_t)len;
    element->text_tail += len;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, RD_E_MALFORMED, "found a document type; DMN has none: remove it");
}

enum rd_err rd_xml_parse(struct rd_text bytes, struct rd_arena *arena, const struct rd_xml **out,
                         struct rd_pos *pos, struct rd_errbuf *why)
{
    struct build build = {.arena = arena, .why = why};
    *out = NULL;
    *pos = (struct rd_pos){0, 0};
    if (bytes.len > RD_XML_BYTES_MAX)
        return rd_fail(why, RD_E_TOOBIG, "the file has %zu bytes; at most %d", bytes.len,
                       RD_XML_BYTES_MAX);
    build.parser = XML_ParserCreateNS(NULL, '|');
    if (build.parser == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory to read XML");
    XML_SetUserData(build.parser, &build);
    XML_SetElementHandler(build.parser, on_start, on_end);
    XML_SetCharacterDataHandler(build.parser, on_text);
    XML_SetStartDoctypeDeclHandler(build.parser, on_doctype);
    if (XML_Parse(build.parser, bytes.ptr == NULL ? "" : bytes.ptr, (int)bytes.len, XML_TRUE) !=
            XML_STATUS_OK &&
        build.err == RD_OK) {
        build.pos = here(&build);
        build.err = rd_fail(why, RD_E_MALFORMED, "not well-formed XML: %s",
                            XML_ErrorString(XML_GetErrorCode(build.parser)));
    }
    XML_ParserFree(build.parser);
    *out = build.err == RD_OK ? build.root : NULL;
    *pos = build.pos;
    return build.err;
}

struct rd_text rd_xml_attribute(const struct rd_xml *element, const char *name)
{
    for (size_t i = 0; i < element->attributes_count; i++)
        if (!rd_text_present(element->attributes[i].space) &&
            rd_text_is(element->attributes[i].name, name))
            return element->attributes[i].value;
    return RD_TEXT_NONE;
}

const struct rd_xml *rd_xml_child(const struct rd_xml *element, const char *name)
{
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_text_equal(child->space, element->space) && rd_text_is(child->name, name))
            return child;
    return NULL;
}

struct rd_pos rd_xml_text_pos(const struct rd_xml *element, size_t offset)
{
    if (element->pieces_count == 0)
        return element->pos;
    size_t at = 0;
    for (size_t i = 0; i < element->pieces_count; i++)
        if (element->pieces[i].offset <= offset)
            at = i;
    struct rd_pos pos = element->pieces[at].pos;
    for (size_t i = element->pieces[at].offset; i < offset && i < element->text.len; i++)
        if (((unsigned char)element->text.ptr[i] & 0xC0) != 0x80) /* columns count characters */
            pos.column++;
    return pos;
}
