#include "rules/engine/dmn/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A finding in an imported file stands where it is imported, and says where it is. */
void rd_dmn_refuse(struct reader *reader, struct rd_pos pos, const char *format, ...)
{
    char words[512];
    size_t len = 0;
    va_list args;
    if (reader->file != NULL && rd_text_present(reader->file->name)) {
        len = (size_t)snprintf(words, sizeof words,
                               "in %.*s, line %u, column %u: ", RD_TEXT_ARG(reader->file->name),
                               pos.line, pos.column);
        pos = reader->file->from;
    }
    len = len < sizeof words ? len : sizeof words - 1;
    va_start(args, format);
    vsnprintf(words + len, sizeof words - len, format, args);
    va_end(args);
    if (reader->sink != NULL)
        reader->sink->found(reader->sink->context, RD_SEVERITY_ERROR, pos, words);
    if (reader->err == RD_OK)
        reader->err = RD_E_INVALID;
    if (reader->current != NULL)
        reader->current->refused = true;
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
    return rd_text_equal(element->space, reader->file->root->space) &&
           rd_text_is(element->name, name);
}

size_t rd_dmn_count(const struct reader *reader, const struct rd_xml *element, const char *name)
{
    size_t count = 0;
    for (const struct rd_xml *child = element->first; child != NULL; child = child->next)
        if (rd_dmn_is(reader, child, name))
            count++;
    return count;
}

bool rd_dmn_is_true(struct rd_text attribute)
{
    return rd_text_is(attribute, "true") || rd_text_is(attribute, "1");
}

/* A namespace of DMN's, with either scheme: OMG's own changed from http to https at 1.3. */
static bool is_dmn(struct rd_text space)
{
    static const char *const paths[] = {
        "www.omg.org/spec/DMN/20151101/dmn.xsd", "www.omg.org/spec/DMN/20151101/dmn11.xsd",
        "www.omg.org/spec/DMN/20180521/MODEL/",  "www.omg.org/spec/DMN/20191111/MODEL/",
        "www.omg.org/spec/DMN/20211108/MODEL/",  "www.omg.org/spec/DMN/20230324/MODEL/",
        "www.omg.org/spec/DMN/20240513/MODEL/"};
    size_t scheme = rd_text_starts(space, "https://")  ? 8
                    : rd_text_starts(space, "http://") ? 7
                                                       : 0;
    struct rd_text path = rd_text_slice(space, scheme, space.len);
    for (size_t i = 0; scheme > 0 && i < sizeof paths / sizeof paths[0]; i++)
        if (rd_text_is(path, paths[i]))
            return true;
    return false;
}

static bool check_root(struct reader *reader, const struct rd_xml *root)
{
    if (is_dmn(root->space) && rd_text_is(root->name, "definitions"))
        return true;
    rd_dmn_refuse(
        reader, root->pos,
        "found the root element '%.*s' of the namespace '%.*s'; expected 'definitions' of "
        "DMN 1.1 to 1.6",
        RD_TEXT_ARG(root->name), RD_TEXT_ARG(root->space));
    return false;
}

/* Imports are named and bound by open_imports; here only what stands in definitions is looked at.
 */
static void check_definitions(struct reader *reader, const struct rd_xml *root)
{
    for (const struct rd_xml *child = root->first; child != NULL; child = child->next)
        if (!rd_dmn_is(reader, child, "decision") && !rd_dmn_is(reader, child, "inputData") &&
            !rd_dmn_is(reader, child, "businessKnowledgeModel") &&
            !rd_dmn_is(reader, child, "decisionService") &&
            !rd_dmn_is(reader, child, "itemDefinition"))
            rd_dmn_check_schema(reader, child);
}

static bool parse_file(struct reader *reader, struct rd_text bytes, struct file *out)
{
    struct rd_errbuf why = {.text = ""};
    struct rd_pos pos;
    reader->file = out;
    enum rd_err err = rd_xml_parse(bytes, reader->arena, &out->root, &pos, &why);
    if (err != RD_OK) {
        out->root = NULL;
        rd_dmn_refuse(reader, pos, "%s", why.text);
        if (err != RD_E_MALFORMED)
            reader->err = err;
        return false;
    }
    out->space = rd_text_trim(rd_xml_attribute(out->root, "namespace"));
    return check_root(reader, out->root);
}

static bool mentions(struct rd_text text, struct rd_text word)
{
    for (size_t at = 0; word.len > 0 && at + word.len <= text.len; at++) {
        at = rd_text_find(text, word.ptr[0], at);
        if (at + word.len <= text.len && memcmp(text.ptr + at, word.ptr, word.len) == 0)
            return true;
    }
    return false;
}

/* Whether this is a file of DMN with that model namespace; findings in others are nobody's. */
static bool is_file_of(struct reader *reader, struct rd_text bytes, struct rd_text space)
{
    if (!mentions(bytes, space))
        return false;
    struct reader quiet = {.arena = reader->arena};
    struct file file = {.root = NULL};
    bool right = parse_file(&quiet, bytes, &file) && rd_text_equal(file.space, space);
    if (quiet.err == RD_E_TOOBIG || quiet.err == RD_E_NOMEM)
        reader->err = quiet.err;
    return right;
}

static size_t open_file(struct reader *reader, const struct rd_dmn_file *given, size_t given_count,
                        const struct import *import, struct rd_pos from)
{
    struct rd_text space = import->space;
    for (size_t i = 0; i < reader->files_count; i++)
        if (rd_text_equal(reader->files[i].space, space))
            return i;
    for (size_t i = 1; i < given_count; i++) {
        if (!is_file_of(reader, given[i].bytes, space))
            continue;
        struct file *file = &reader->files[reader->files_count];
        *file = (struct file){.name = given[i].name, .from = from};
        if (!parse_file(reader, given[i].bytes, file))
            return SIZE_MAX;
        return reader->files_count++;
    }
    return SIZE_MAX;
}

static void open_import(struct reader *reader, struct file *file, const struct rd_xml *element,
                        const struct rd_dmn_file *given, size_t given_count)
{
    struct import *import = &file->imports[file->imports_count++];
    struct rd_text type = rd_xml_attribute(element, "importType");
    *import = (struct import){.name = rd_text_trim(rd_xml_attribute(element, "name")),
                              .space = rd_text_trim(rd_xml_attribute(element, "namespace")),
                              .pos = element->pos,
                              .file = SIZE_MAX};
    if (!is_dmn(type)) {
        rd_dmn_refuse(reader, element->pos,
                      "an import of the type '%.*s' is not supported; expected DMN",
                      RD_TEXT_ARG(type));
        return;
    }
    import->file = open_file(reader, given, given_count, import,
                             file == &reader->files[0] ? element->pos : file->from);
    reader->file = file;
    if (import->file == SIZE_MAX)
        rd_dmn_refuse(reader, element->pos,
                      "the import '%.*s' (namespace %.*s) is not among the files beside this one",
                      RD_TEXT_ARG(import->name), RD_TEXT_ARG(import->space));
}

/* Opens what is imported, breadth first: files_count grows while this goes on. */
static void open_imports(struct reader *reader, const struct rd_dmn_file *given, size_t given_count)
{
    for (size_t i = 0; i < reader->files_count; i++) {
        struct file *file = &reader->files[i];
        reader->file = file;
        file->imports =
            rd_dmn_array(reader, rd_dmn_count(reader, file->root, "import"), sizeof *file->imports);
        for (const struct rd_xml *child = file->root->first; file->imports != NULL && child != NULL;
             child = child->next)
            if (rd_dmn_is(reader, child, "import"))
                open_import(reader, file, child, given, given_count);
    }
}

static bool imports_are_read(const struct file *file, const bool *read)
{
    for (size_t i = 0; i < file->imports_count; i++)
        if (file->imports[i].file != SIZE_MAX && !read[file->imports[i].file])
            return false;
    return true;
}

/* A file's types after those of what it imports. */
static void read_all_items(struct reader *reader)
{
    bool read[RD_DMN_FILES_MAX] = {false};
    size_t done = 0, before = 1;
    while (done != before) {
        before = done;
        for (size_t i = 0; i < reader->files_count; i++) {
            struct file *file = &reader->files[i];
            if (read[i] || !imports_are_read(file, read))
                continue;
            reader->file = file;
            check_definitions(reader, file->root);
            rd_dmn_read_items(reader, file);
            read[i] = true;
            done++;
        }
    }
    for (size_t i = 0; done < reader->files_count && i < reader->files_count; i++) {
        reader->file = &reader->files[i];
        if (!read[i] && reader->file->imports_count > 0)
            rd_dmn_refuse(reader, reader->file->imports[0].pos,
                          "files that import each other; remove one import");
    }
}

static enum rd_err read_files(struct reader *reader, const struct rd_dmn_file *given,
                              size_t given_count, struct rd_model *out)
{
    *out = (struct rd_model){.nodes = NULL};
    if (given_count == 0 || given_count > RD_DMN_FILES_MAX)
        return RD_E_TOOBIG;
    reader->files = rd_dmn_array(reader, given_count, sizeof *reader->files);
    if (reader->files == NULL)
        return RD_E_TOOBIG;
    reader->files_count = 1;
    if (!parse_file(reader, given[0].bytes, &reader->files[0]))
        return reader->err;
    open_imports(reader, given, given_count);
    if (reader->err == RD_OK || reader->err == RD_E_INVALID)
        read_all_items(reader);
    if (reader->err == RD_OK || reader->err == RD_E_INVALID)
        rd_dmn_read_graph(reader, out);
    out->name = rd_xml_attribute(reader->files[0].root, "name");
    out->space = reader->files[0].space;
    out->types = reader->files[0].types;
    out->types_count = reader->files[0].types_count;
    return reader->err;
}

enum rd_err rd_dmn_read_model(const struct rd_dmn_file *files, size_t files_count,
                              struct rd_arena *arena, const struct rd_dmn_sink *sink,
                              struct rd_model *out)
{
    struct reader reader = {.arena = arena, .sink = sink};
    return read_files(&reader, files, files_count, out);
}

static void list_tables(struct reader *reader, struct rd_dmn *out)
{
    out->tables = rd_dmn_array(reader, out->model.nodes_count, sizeof *out->tables);
    for (size_t i = 0; out->tables != NULL && i < out->model.nodes_count; i++) {
        const struct rd_drg *node = &out->model.nodes[i];
        if (node->kind == RD_DRG_DECISION && node->logic != NULL && node->logic->table != NULL)
            out->tables[out->tables_count++] = *node->logic->table;
    }
}

enum rd_err rd_dmn_read(struct rd_text bytes, struct rd_arena *arena,
                        const struct rd_dmn_sink *sink, struct rd_dmn *out)
{
    struct reader reader = {.arena = arena, .sink = sink, .for_place = true};
    struct rd_dmn_file file = {.bytes = bytes};
    *out = (struct rd_dmn){.tables = NULL};
    if (read_files(&reader, &file, 1, &out->model) == RD_OK)
        list_tables(&reader, out);
    return reader.err;
}
