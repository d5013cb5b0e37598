#include "conf/yaml.h"

#include "conf/hint.h"
#include "conf/read_file.h"
#include "conf/yaml_node.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 /* bytes of a value that a message repeats */ };

/* libfyaml reads a byte that is no UTF-8 as the end of a value, so it never sees one. */
static enum rd_err check_bytes(const char *name, struct rd_text bytes, struct rd_errbuf *why)
{
    if (bytes.len > RD_YAML_BYTES_MAX)
        return rd_fail(why, RD_E_TOOBIG,
                       "%s: found more than %d bytes, expected at most that; make it smaller", name,
                       RD_YAML_BYTES_MAX);
    if (rd_text_is_utf8(bytes))
        return RD_OK;
    unsigned line = 1;
    for (size_t start = 0; start <= bytes.len;) {
        size_t end = rd_text_find(bytes, '\n', start);
        struct rd_text text = rd_text_slice(bytes, start, end - start);
        if (!rd_text_is_utf8(text))
            break;
        line++;
        start = end + 1;
    }
    return rd_fail(
        why, RD_E_INVALID,
        "%s:%u:1: found bytes that are not UTF-8 text in this line, expected UTF-8; save "
        "the file as UTF-8",
        name, line);
}

enum rd_err rd_yaml_parse(const char *name, struct rd_text bytes, struct rd_yaml **out,
                          struct rd_errbuf *why)
{
    *out = NULL;
    if (bytes.ptr == NULL)
        bytes = RD_TEXT("");
    enum rd_err err = check_bytes(name, bytes, why);
    if (err != RD_OK)
        return err;
    struct rd_yaml *yaml = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *yaml);
    if (yaml == NULL)
        return rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", name);
    rd_arena_init(&yaml->arena, rd_alloc_heap(), RD_YAML_MEMORY_MAX);
    if (rd_arena_copy(&yaml->arena, rd_text_of(name), &yaml->name))
        err = rd_yaml_build(yaml, bytes, why);
    else
        err = rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", name);
    if (err == RD_OK)
        *out = yaml;
    else
        rd_yaml_free(yaml);
    return err;
}

enum rd_err rd_yaml_read(const char *path, struct rd_yaml **out, struct rd_errbuf *why)
{
    struct rd_buf bytes;
    *out = NULL;
    rd_buf_init(&bytes, rd_alloc_heap());
    enum rd_err err = rd_read_file(path, RD_YAML_BYTES_MAX, &bytes, why);
    if (err == RD_OK)
        err = rd_yaml_parse(path, rd_buf_text(&bytes), out, why);
    rd_buf_fini(&bytes);
    return err;
}

void rd_yaml_free(struct rd_yaml *yaml)
{
    if (yaml == NULL)
        return;
    rd_arena_fini(&yaml->arena);
    rd_release(rd_alloc_heap(), yaml);
}

const rd_yaml_node *rd_yaml_root(const struct rd_yaml *yaml)
{
    return yaml->root;
}

unsigned rd_yaml_line(const rd_yaml_node *node)
{
    return node == NULL ? 0 : node->line;
}

unsigned rd_yaml_column(const rd_yaml_node *node)
{
    return node == NULL ? 0 : node->column;
}

bool rd_yaml_is_map(const rd_yaml_node *node)
{
    return node != NULL && node->kind == YAML_MAP;
}

bool rd_yaml_is_list(const rd_yaml_node *node)
{
    return node != NULL && node->kind == YAML_LIST;
}

bool rd_yaml_is_scalar(const rd_yaml_node *node)
{
    return node != NULL && node->kind == YAML_SCALAR;
}

const rd_yaml_node *rd_yaml_get(const rd_yaml_node *map, const char *key)
{
    if (!rd_yaml_is_map(map))
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (rd_text_is(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

size_t rd_yaml_count(const rd_yaml_node *list_or_map)
{
    return list_or_map == NULL ? 0 : list_or_map->count;
}

const rd_yaml_node *rd_yaml_at(const rd_yaml_node *list, size_t index)
{
    return rd_yaml_is_list(list) && index < list->count ? list->items[index] : NULL;
}

const rd_yaml_node *rd_yaml_key_node_at(const rd_yaml_node *map, size_t index)
{
    return rd_yaml_is_map(map) && index < map->count ? map->keys[index] : NULL;
}

struct rd_text rd_yaml_key_at(const rd_yaml_node *map, size_t index)
{
    const rd_yaml_node *key = rd_yaml_key_node_at(map, index);
    return key == NULL ? RD_TEXT_NONE : key->text;
}

const rd_yaml_node *rd_yaml_value_at(const rd_yaml_node *map, size_t index)
{
    return rd_yaml_is_map(map) && index < map->count ? map->items[index] : NULL;
}

enum rd_err rd_yaml_fail(const rd_yaml_node *node, struct rd_errbuf *why, const char *format, ...)
{
    if (why == NULL)
        return RD_E_INVALID;
    int used = 0;
    if (node != NULL)
        used = snprintf(why->text, sizeof why->text,
                        "%.*s:%u:%u: ", RD_TEXT_ARG(rd_text_slice(node->yaml->name, 0, 256)),
                        node->line, node->column);
    if (used < 0)
        used = 0;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text + used, sizeof why->text - (size_t)used, format, args);
    va_end(args);
    return RD_E_INVALID;
}

/* What a node is, for "found ...". */
static const char *shown(const rd_yaml_node *node, char out[SHOWN_MAX + 16])
{
    if (node == NULL)
        return "nothing";
    if (node->kind != YAML_SCALAR)
        return node->kind == YAML_MAP ? "a map" : "a list";
    if (node->plain && node->text.len == 0)
        return "nothing";
    (void)snprintf(out, SHOWN_MAX + 16, "%s%.*s%s", node->plain ? "'" : "quoted text \"",
                   RD_TEXT_ARG(rd_text_slice(node->text, 0, SHOWN_MAX)), node->plain ? "'" : "\"");
    return out;
}

enum rd_err rd_yaml_expect_map(const rd_yaml_node *node, const char *const *keys,
                               struct rd_errbuf *why)
{
    char found[SHOWN_MAX + 16];
    char words[RD_HINT_WORDS_MAX];
    if (!rd_yaml_is_map(node))
        return rd_yaml_fail(node, why, "found %s, expected a map; write `key: value` lines with %s",
                            shown(node, found), rd_hint_words(keys, RD_TEXT_NONE, words));
    for (size_t i = 0; i < node->count; i++) {
        const rd_yaml_node *key = node->keys[i];
        if (!rd_hint_find(keys, key->text, NULL))
            return rd_yaml_fail(key, why, "found key '%.*s', expected %s; correct or remove it",
                                RD_TEXT_ARG(rd_text_slice(key->text, 0, SHOWN_MAX)),
                                rd_hint_words(keys, key->text, words));
    }
    for (size_t i = 0; keys[i] != NULL; i++) {
        bool required;
        struct rd_text name = rd_hint_name(keys[i], &required);
        bool there = !required;
        for (size_t j = 0; !there && j < node->count; j++)
            there = rd_text_equal(node->keys[j]->text, name);
        if (!there)
            return rd_yaml_fail(node, why,
                                "found no key '%.*s', expected one here; add `%.*s: ...`",
                                RD_TEXT_ARG(name), RD_TEXT_ARG(name));
    }
    return RD_OK;
}

static bool is_null(const rd_yaml_node *node)
{
    return node->plain &&
           (node->text.len == 0 || rd_text_is(node->text, "~") || rd_text_is(node->text, "null"));
}

enum rd_err rd_yaml_text(const rd_yaml_node *node, struct rd_text fallback, struct rd_text *out,
                         struct rd_errbuf *why)
{
    char found[SHOWN_MAX + 16];
    *out = fallback;
    if (node == NULL)
        return RD_OK;
    if (node->kind != YAML_SCALAR || is_null(node))
        return rd_yaml_fail(node, why,
                            "found %s, expected a text; write it (\"\" for an empty one) or remove "
                            "the key",
                            shown(node, found));
    *out = node->text;
    return RD_OK;
}

enum rd_err rd_yaml_keep(const rd_yaml_node *node, struct rd_arena *arena, struct rd_text *out,
                         struct rd_errbuf *why)
{
    struct rd_text text = RD_TEXT_NONE;
    *out = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, why);
    if (err != RD_OK || !rd_text_present(text))
        return err;
    if (text.len == 0)
        return rd_yaml_fail(node, why, "found nothing, expected a text");
    if (rd_arena_copy(arena, text, out))
        return RD_OK;
    (void)rd_yaml_fail(node, why, "this file says too much: there is no memory for this text");
    return RD_E_TOOBIG;
}

enum rd_err rd_yaml_int(const rd_yaml_node *node, int64_t fallback, int64_t min, int64_t max,
                        int64_t *out, struct rd_errbuf *why)
{
    char found[SHOWN_MAX + 16];
    int64_t value;
    *out = fallback;
    if (node == NULL)
        return RD_OK;
    if (node->kind != YAML_SCALAR || !node->plain || !rd_text_to_i64(node->text, &value) ||
        value < min || value > max)
        return rd_yaml_fail(node, why,
                            "found %s, expected a whole number from %" PRId64 " to %" PRId64
                            "; write it without quotes or unit",
                            shown(node, found), min, max);
    *out = value;
    return RD_OK;
}

enum rd_err rd_yaml_bool(const rd_yaml_node *node, bool fallback, bool *out, struct rd_errbuf *why)
{
    char found[SHOWN_MAX + 16];
    *out = fallback;
    if (node == NULL)
        return RD_OK;
    bool yes = node->kind == YAML_SCALAR && node->plain && rd_text_is(node->text, "true");
    bool no = node->kind == YAML_SCALAR && node->plain && rd_text_is(node->text, "false");
    if (!yes && !no)
        return rd_yaml_fail(node, why, "found %s, expected true or false; write one of them",
                            shown(node, found));
    *out = yes;
    return RD_OK;
}
