#include "rules/load/loading.h"

#include "conf/read_file.h"
#include "model/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void load_report(struct loading *loading, enum rd_severity severity, const char *file,
                 struct rd_pos pos, const char *words)
{
    struct rd_finding finding = {.severity = severity, .line = pos.line, .column = pos.column};
    snprintf(finding.file, sizeof finding.file, "%s", file);
    snprintf(finding.words, sizeof finding.words, "%s", words);
    if (severity == RD_SEVERITY_ERROR)
        loading->errors++;
    if (loading->sink != NULL)
        loading->sink(loading->context, &finding);
}

/* A number and its colon; 0 when there is none. */
static unsigned take_number(const char **at)
{
    unsigned value = 0;
    const char *next = *at;
    while (*next >= '0' && *next <= '9' && value < 100000000)
        value = value * 10 + (unsigned)(*next++ - '0');
    if (next == *at || *next != ':')
        return 0;
    *at = next + 1;
    return value;
}

void rd_finding_of(struct rd_finding *finding, const char *directory, const struct rd_errbuf *why)
{
    const char *name = why->text, *colon = NULL;
    size_t before = strlen(directory);
    *finding = (struct rd_finding){.severity = RD_SEVERITY_ERROR};
    if (strncmp(name, directory, before) == 0 && name[before] == '/')
        name += before + 1;
    colon = strchr(name, ':');
    if (colon == NULL || (size_t)(colon - name) >= sizeof finding->file) {
        snprintf(finding->words, sizeof finding->words, "%.500s", why->text);
        return;
    }
    snprintf(finding->file, sizeof finding->file, "%.*s", (int)(colon - name), name);
    const char *rest = colon + 1;
    finding->line = take_number(&rest);
    if (finding->line != 0)
        finding->column = take_number(&rest);
    while (*rest == ' ')
        rest++;
    snprintf(finding->words, sizeof finding->words, "%.500s", rest);
}

void load_why(struct loading *loading, const struct rd_errbuf *why)
{
    struct rd_finding finding;
    rd_finding_of(&finding, loading->directory, why);
    load_report(loading, RD_SEVERITY_ERROR, finding.file,
                (struct rd_pos){finding.line, finding.column}, finding.words);
}

void load_refuse(struct loading *loading, const rd_yaml_node *node, const char *format, ...)
{
    struct rd_errbuf why;
    char words[900];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    (void)rd_yaml_fail(node, &why, "%s", words); /* its result is the error that we report */
    load_why(loading, &why);
}

void *load_array(struct loading *loading, size_t count, size_t size)
{
    void *array = rd_arena_array(loading->arena, count + 1, size);
    if (array == NULL && loading->fatal == RD_OK)
        loading->fatal = RD_E_NOMEM;
    return array;
}

bool load_file(struct loading *loading, const char *file, struct rd_buf *into)
{
    char path[4096];
    struct rd_errbuf why;
    int len = snprintf(path, sizeof path, "%s/%s", loading->directory, file);
    if (len < 0 || (size_t)len >= sizeof path) {
        load_report(loading, RD_SEVERITY_ERROR, file, (struct rd_pos){0, 0},
                    "the path is too long; move the place nearer to the root");
        return false;
    }
    enum rd_err err = rd_read_regular_file(path, RD_PLACE_FILE_BYTES_MAX, into, &why);
    if (err == RD_E_IO && strstr(why.text, ": found ") != NULL)
        load_report(loading, RD_SEVERITY_ERROR, file, (struct rd_pos){0, 0},
                    strstr(why.text, ": found ") + 2);
    else if (err == RD_E_IO)
        load_report(loading, RD_SEVERITY_ERROR, file, (struct rd_pos){0, 0},
                    "cannot be read; every place needs this file, readable by referrald");
    else if (err != RD_OK)
        load_why(loading, &why);
    return err == RD_OK;
}

bool load_map(struct loading *loading, const rd_yaml_node *node, const char *const *keys)
{
    struct rd_errbuf why;
    if (rd_yaml_expect_map(node, keys, &why) == RD_OK)
        return true;
    load_why(loading, &why);
    return false;
}

struct rd_text load_scalar(struct loading *loading, const rd_yaml_node *node)
{
    struct rd_errbuf why;
    struct rd_text text, copy = RD_TEXT_NONE;
    if (rd_yaml_text(node, RD_TEXT_NONE, &text, &why) != RD_OK) {
        load_why(loading, &why);
        return RD_TEXT_NONE;
    }
    if (rd_text_present(text) && rd_text_trim(text).len == 0) {
        load_refuse(loading, node, "found an empty text; write something or remove the key");
        return RD_TEXT_NONE;
    }
    if (!rd_arena_copy(loading->arena, text, &copy))
        loading->fatal = RD_E_NOMEM;
    return copy;
}

struct rd_text load_text(struct loading *loading, const rd_yaml_node *map, const char *key)
{
    return load_scalar(loading, rd_yaml_get(map, key));
}

static bool is_name(struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return text.len > 0 && text.len <= RD_NAME_BYTES_MAX;
}

struct rd_text load_name(struct loading *loading, const rd_yaml_node *map, const char *key)
{
    struct rd_text text = load_text(loading, map, key);
    if (!rd_text_present(text) || is_name(text))
        return text;
    load_refuse(loading, rd_yaml_get(map, key),
                "found '%.*s', expected a name of small letters, digits and hyphens, at most %d; "
                "rename it",
                RD_TEXT_ARG(text), RD_NAME_BYTES_MAX);
    return RD_TEXT_NONE;
}

uint32_t load_number(struct loading *loading, const rd_yaml_node *map, const char *key,
                     uint32_t fallback, uint32_t max)
{
    struct rd_errbuf why;
    int64_t value = 0;
    if (rd_yaml_int(rd_yaml_get(map, key), fallback, 0, max, &value, &why) != RD_OK)
        load_why(loading, &why);
    return (uint32_t)value;
}

bool load_bool(struct loading *loading, const rd_yaml_node *map, const char *key, bool fallback)
{
    struct rd_errbuf why;
    bool value = fallback;
    if (rd_yaml_bool(rd_yaml_get(map, key), fallback, &value, &why) != RD_OK)
        load_why(loading, &why);
    return value;
}

int load_enum(struct loading *loading, const rd_yaml_node *map, const char *key,
              const struct rd_enum_names *names)
{
    struct rd_text text = load_text(loading, map, key), known = RD_TEXT("");
    int value = rd_text_present(text) ? rd_enum_value(names, text) : 0;
    if (!rd_text_present(text) || value != 0)
        return value;
    for (size_t i = 1; i < names->count; i++)
        known = rd_arena_format(&loading->scratch, "%.*s%s%s", RD_TEXT_ARG(known),
                                i == 1 ? "" : ", ", names->names[i]);
    load_refuse(loading, rd_yaml_get(map, key), "found '%.*s', expected one of %.*s",
                RD_TEXT_ARG(text), RD_TEXT_ARG(known));
    return 0;
}

const rd_yaml_node *load_list(struct loading *loading, const rd_yaml_node *map, const char *key)
{
    const rd_yaml_node *list = rd_yaml_get(map, key);
    if (list == NULL)
        return NULL;
    if (!rd_yaml_is_list(list)) {
        load_refuse(loading, list, "'%s' is no list; write its items with '- ' or in [ ]", key);
        return NULL;
    }
    if (rd_yaml_count(list) > RD_PLACE_ITEMS_MAX) {
        load_refuse(loading, list, "'%s' has %zu items; at most %d", key, rd_yaml_count(list),
                    RD_PLACE_ITEMS_MAX);
        return NULL;
    }
    return list;
}

struct rd_text *load_texts(struct loading *loading, const rd_yaml_node *map, const char *key,
                           size_t *count)
{
    const rd_yaml_node *list = load_list(loading, map, key);
    *count = 0;
    if (list == NULL)
        return NULL;
    struct rd_text *texts = load_array(loading, rd_yaml_count(list), sizeof *texts);
    for (size_t i = 0; texts != NULL && i < rd_yaml_count(list); i++) {
        texts[*count] = load_scalar(loading, rd_yaml_at(list, i));
        if (!rd_text_present(texts[*count]))
            continue;
        load_unique(loading, rd_yaml_at(list, i), key, texts[*count], texts, *count, sizeof *texts);
        ++*count;
    }
    return texts;
}

const rd_yaml_node *load_file_list(struct loading *loading, enum place_file file,
                                   const char *const *keys, const char *list)
{
    const rd_yaml_node *root = rd_yaml_root(loading->yaml[file]);
    return load_map(loading, root, keys) ? load_list(loading, root, list) : NULL;
}

void load_unknown(struct loading *loading, const rd_yaml_node *node, struct rd_text found,
                  const char *what, const void *known, size_t count, size_t stride)
{
    struct rd_text names = RD_TEXT("");
    for (size_t i = 0; i < count; i++) {
        struct rd_text name;
        memcpy(&name, (const char *)known + i * stride, sizeof name);
        names = rd_arena_format(&loading->scratch, "%.*s%s%.*s", RD_TEXT_ARG(names),
                                i == 0 ? "" : ", ", RD_TEXT_ARG(name));
    }
    load_refuse(loading, node, "found '%.*s', expected %s (%.*s); correct it or add it there",
                RD_TEXT_ARG(found), what, names.len > 300 ? 300 : (int)names.len, names.ptr);
}

void load_unique(struct loading *loading, const rd_yaml_node *node, const char *what,
                 struct rd_text name, const void *first, size_t count, size_t stride)
{
    for (size_t i = 0; i < count && rd_text_present(name); i++) {
        struct rd_text other;
        memcpy(&other, (const char *)first + i * stride, sizeof other);
        if (rd_text_equal(name, other)) {
            load_refuse(loading, node, "'%.*s' stands in %s already; rename or remove one",
                        RD_TEXT_ARG(name), what);
            return;
        }
    }
}
