/* libfyaml's events into our own nodes: its documents follow aliases and lose positions of empty
 * values, and its own look at duplicate keys names no first place. Containers are kept on an
 * explicit stack, so depth is bounded by a count and not by the machine's stack. */
#include "conf/yaml_node.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

typedef const struct rd_yaml_node *node_ref;

struct build {
    struct rd_yaml *yaml;
    struct rd_text bytes;
    struct rd_errbuf *why;
    struct rd_yaml_node *open[RD_YAML_DEPTH_MAX];
    size_t depth;
    unsigned line, column; /* of the last thing seen, for what has no place of its own */
    unsigned documents;
};

static enum rd_err fail_here(struct build *build, const char *found, const char *instead)
{
    return rd_fail(build->why, RD_E_INVALID, "%.*s:%u:%u: found %s, expected %s",
                   RD_TEXT_ARG(build->yaml->name), build->line, build->column, found, instead);
}

static enum rd_err no_memory(struct build *build)
{
    return rd_fail(build->why, RD_E_TOOBIG,
                   "%.*s:%u:%u: found too much for %d bytes of memory; make the file smaller",
                   RD_TEXT_ARG(build->yaml->name), build->line, build->column, RD_YAML_MEMORY_MAX);
}

static struct rd_yaml_node *new_node(struct build *build, enum yaml_kind kind)
{
    struct rd_yaml_node *node = rd_arena_take(&build->yaml->arena, sizeof *node);
    if (node == NULL)
        return NULL;
    node->yaml = build->yaml;
    node->kind = kind;
    node->line = build->line;
    node->column = build->column;
    return node;
}

/* Hangs a node below the innermost open container. In a map children alternate: key, value. */
static enum rd_err attach(struct build *build, struct rd_yaml_node *node)
{
    if (build->depth == 0) {
        build->yaml->root = node;
        return RD_OK;
    }
    struct rd_yaml_node *parent = build->open[build->depth - 1];
    if (parent->kind == YAML_MAP && parent->count % 2 == 0) {
        if (node->kind != YAML_SCALAR)
            return fail_here(build, "a list or map as a key", "a word; write `key: value`");
        if (node->text.len == 0)
            return fail_here(build, "an empty key", "a word; write `key: value`");
    }
    if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    parent->last = node;
    parent->count++;
    return RD_OK;
}

static enum rd_err add_scalar(struct build *build, struct fy_token *value)
{
    size_t len = 0;
    const char *text = fy_token_get_text(value, &len);
    enum fy_scalar_style style = fy_scalar_token_get_style(value);
    struct rd_yaml_node *node = new_node(build, YAML_SCALAR);
    if (node == NULL ||
        !rd_arena_copy(&build->yaml->arena, (struct rd_text){text == NULL ? "" : text, len},
                       &node->text))
        return no_memory(build);
    node->plain = style == FYSS_PLAIN || style == FYSS_ANY;
    if (!rd_text_is_utf8(node->text))
        return fail_here(build, "an escape for a NUL or for no character at all",
                         "text; remove the escape");
    return attach(build, node);
}

static enum rd_err open_container(struct build *build, enum yaml_kind kind)
{
    if (build->depth == RD_YAML_DEPTH_MAX)
        return rd_fail(build->why, RD_E_TOOBIG,
                       "%.*s:%u:%u: found more than %d lists and maps inside each other, expected "
                       "at most that; flatten the file",
                       RD_TEXT_ARG(build->yaml->name), build->line, build->column,
                       RD_YAML_DEPTH_MAX);
    struct rd_yaml_node *node = new_node(build, kind);
    if (node == NULL)
        return no_memory(build);
    enum rd_err err = attach(build, node);
    if (err == RD_OK)
        build->open[build->depth++] = node;
    return err;
}

static int by_text_then_place(const void *left, const void *right)
{
    const struct rd_yaml_node *a = *(const struct rd_yaml_node *const *)left;
    const struct rd_yaml_node *b = *(const struct rd_yaml_node *const *)right;
    int order = rd_text_compare(a->text, b->text);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order != 0 ? order : (a->column > b->column) - (a->column < b->column);
}

/* Sorted, because a hostile file may hold hundreds of thousands of keys. */
static enum rd_err refuse_twins(struct build *build, const struct rd_yaml_node *map)
{
    const struct rd_yaml_node **sorted =
        rd_arena_array(&build->yaml->arena, map->count, sizeof(node_ref));
    if (sorted == NULL)
        return no_memory(build);
    memcpy(sorted, map->keys, map->count * sizeof(node_ref));
    qsort(sorted, map->count, sizeof(node_ref), by_text_then_place);
    for (size_t i = 1; i < map->count; i++) {
        if (!rd_text_equal(sorted[i - 1]->text, sorted[i]->text))
            continue;
        return rd_yaml_fail(sorted[i], build->why,
                            "found key '%.*s' again, expected it once (first at line %u); remove "
                            "one of them",
                            RD_TEXT_ARG(rd_text_slice(sorted[i]->text, 0, 64)),
                            sorted[i - 1]->line);
    }
    return RD_OK;
}

static enum rd_err close_container(struct build *build)
{
    struct rd_yaml_node *node = build->open[--build->depth];
    bool map = node->kind == YAML_MAP;
    size_t count = map ? node->count / 2 : node->count;
    struct rd_yaml_node *child = node->first;
    node->count = count;
    if (count == 0)
        return RD_OK;
    node->items = rd_arena_array(&build->yaml->arena, count, sizeof(node_ref));
    if (map)
        node->keys = rd_arena_array(&build->yaml->arena, count, sizeof(node_ref));
    if (node->items == NULL || (map && node->keys == NULL))
        return no_memory(build);
    for (size_t i = 0; i < count; i++) {
        if (map) {
            node->keys[i] = child;
            child = child->next;
        }
        node->items[i] = child;
        child = child->next;
    }
    return map ? refuse_twins(build, node) : RD_OK;
}

/* libfyaml's places count from 0, and what begins with a mark (a quote, & or *) starts behind it.
 */
static void take_place(struct build *build, const struct fy_mark *mark, bool behind_mark)
{
    if (mark == NULL)
        return;
    build->line = (unsigned)mark->line + 1;
    build->column = (unsigned)mark->column + (behind_mark && mark->column > 0 ? 0 : 1);
}

static bool is_quoted(const struct fy_event *event)
{
    if (event->type != FYET_SCALAR)
        return false;
    enum fy_scalar_style style = fy_scalar_token_get_style(event->scalar.value);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static enum rd_err refuse_indirect(struct build *build, const struct fy_event *event)
{
    struct fy_token *anchor = NULL, *tag = NULL;
    if (event->type == FYET_SCALAR) {
        anchor = event->scalar.anchor;
        tag = event->scalar.tag;
    } else if (event->type == FYET_MAPPING_START) {
        anchor = event->mapping_start.anchor;
        tag = event->mapping_start.tag;
    } else if (event->type == FYET_SEQUENCE_START) {
        anchor = event->sequence_start.anchor;
        tag = event->sequence_start.tag;
    } else if (event->type == FYET_ALIAS) {
        anchor = event->alias.anchor;
    }
    if (anchor != NULL) {
        take_place(build, fy_token_start_mark(anchor), true);
        return fail_here(build, "an anchor or alias (& or *)",
                         "the value itself; write it out, or put it in quotes");
    }
    if (tag != NULL) {
        take_place(build, fy_token_start_mark(tag), false);
        return fail_here(build, "a tag (!)", "a plain value; remove the tag or use quotes");
    }
    return RD_OK;
}

static enum rd_err take_event(struct build *build, struct fy_event *event)
{
    take_place(build, fy_event_start_mark(event), is_quoted(event));
    enum rd_err err = refuse_indirect(build, event);
    if (err != RD_OK)
        return err;
    if (event->type == FYET_DOCUMENT_START && ++build->documents > 1)
        return fail_here(build, "a second document (---)", "one; remove it or use another file");
    if (event->type == FYET_SCALAR)
        return add_scalar(build, event->scalar.value);
    if (event->type == FYET_MAPPING_START)
        return open_container(build, YAML_MAP);
    if (event->type == FYET_SEQUENCE_START)
        return open_container(build, YAML_LIST);
    if (event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END)
        return close_container(build);
    return RD_OK;
}

/* A tab that indents a line beside the place: libfyaml often calls it something else, and names the
 * line before. True: build->line and column are its place. */
static bool find_tab(struct build *build)
{
    unsigned first = build->line > 1 ? build->line - 1 : 1;
    unsigned last = build->line + 1;
    unsigned line = 1;
    unsigned column = 1;
    bool indents = true;
    for (size_t i = 0; i < build->bytes.len && line <= last; i++, column++) {
        char c = build->bytes.ptr[i];
        if (c == '\n') {
            line++;
            column = 0;
            indents = true;
        } else if (indents && c == '\t' && line >= first) {
            build->line = line;
            build->column = column;
            return true;
        } else if (c != ' ') {
            indents = false;
        }
    }
    return false;
}

/* What libfyaml found wrong, at its place, in our order of words. */
static enum rd_err parse_failure(struct build *build, struct fy_diag *diag)
{
    void *cursor = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &cursor);
    if (error != NULL && error->line > 0) {
        build->line = (unsigned)error->line;
        build->column = error->column > 0 ? (unsigned)error->column : 1;
    }
    if (find_tab(build))
        return fail_here(build, "a tab in the indentation",
                         "spaces; use as many as the lines beside it have");
    const char *detail = error == NULL || error->msg == NULL ? "no detail" : error->msg;
    if (strstr(detail, "multiline plain key") != NULL)
        return fail_here(build, "what is not YAML: the next line goes on with this value",
                         "a key there; indent that line as its neighbours, and check that every "
                         "key ends in a colon and a space");
    if (strstr(detail, "expected ':'") != NULL)
        return fail_here(build, "what is not YAML: a line without a key",
                         "`key: value`; put a colon and a space behind the key");
    return rd_fail(build->why, RD_E_INVALID,
                   "%.*s:%u:%u: found what is not YAML (%s), expected keys and values; check the "
                   "indentation, quotes and brackets there",
                   RD_TEXT_ARG(build->yaml->name), build->line, build->column, detail);
}

static enum rd_err run(struct build *build, struct fy_parser *parser, struct fy_diag *diag)
{
    struct fy_event *event;
    while ((event = fy_parser_parse(parser)) != NULL) {
        enum rd_err err = take_event(build, event);
        fy_parser_event_free(parser, event);
        if (err != RD_OK)
            return err;
    }
    if (fy_parser_get_stream_error(parser))
        return parse_failure(build, diag);
    if (build->yaml->root == NULL)
        return fail_here(build, "an empty file", "keys and values; write them or remove the file");
    return RD_OK;
}

enum rd_err rd_yaml_build(struct rd_yaml *yaml, struct rd_text bytes, struct rd_errbuf *why)
{
    struct build build = {.yaml = yaml, .bytes = bytes, .why = why, .line = 1, .column = 1};
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL; /* collected, never printed */
    diag_cfg.level = FYET_ERROR;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL)
        return rd_fail(why, RD_E_NOMEM, "%.*s: no memory to read it", RD_TEXT_ARG(yaml->name));
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    enum rd_err err;
    if (parser == NULL || fy_parser_set_string(parser, bytes.ptr, bytes.len) != 0)
        err = rd_fail(why, RD_E_NOMEM, "%.*s: no memory to read it", RD_TEXT_ARG(yaml->name));
    else
        err = run(&build, parser, diag);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return err;
}
