#include "rules/cases/reading.h"

#include "model/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void report(struct reading *reading, unsigned line, unsigned column, const char *words)
{
    struct rd_finding finding = {.severity = RD_SEVERITY_ERROR, .line = line, .column = column};
    snprintf(finding.file, sizeof finding.file, "%s", reading->file);
    snprintf(finding.words, sizeof finding.words, "%s", words);
    reading->errors++;
    if (reading->sink != NULL)
        reading->sink(reading->context, &finding);
}

void reading_refuse(struct reading *reading, const rd_yaml_node *node, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    report(reading, rd_yaml_line(node), rd_yaml_column(node), words);
}

static const char *take_number(const char *at, unsigned *out)
{
    const char *next = at;
    *out = 0;
    while (*next >= '0' && *next <= '9' && *out < 100000000)
        *out = *out * 10 + (unsigned)(*next++ - '0');
    return next > at && *next == ':' ? next + 1 : NULL;
}

void reading_why(struct reading *reading, const struct rd_errbuf *why)
{
    size_t file = strlen(reading->file);
    unsigned line = 0, column = 0;
    const char *words = why->text;
    if (strncmp(words, reading->file, file) == 0 && words[file] == ':') {
        const char *rest = take_number(words + file + 1, &line);
        if (rest != NULL)
            rest = take_number(rest, &column);
        words = rest != NULL ? rest : words + file + 1;
    }
    while (*words == ' ')
        words++;
    report(reading, line, column, words);
}

void *reading_array(struct reading *reading, size_t count, size_t size)
{
    void *array = rd_arena_array(&reading->cases->arena, count + 1, size);
    reading->full = reading->full || array == NULL;
    return array;
}

struct rd_case_pos reading_pos(const rd_yaml_node *node)
{
    return (struct rd_case_pos){rd_yaml_line(node), rd_yaml_column(node)};
}

bool reading_map(struct reading *reading, const rd_yaml_node *node, const char *const *keys)
{
    struct rd_errbuf why;
    if (rd_yaml_expect_map(node, keys, &why) == RD_OK)
        return true;
    reading_why(reading, &why);
    return false;
}

struct rd_text reading_text(struct reading *reading, const rd_yaml_node *node)
{
    struct rd_errbuf why;
    struct rd_text text = RD_TEXT_NONE, copy = RD_TEXT_NONE;
    if (node == NULL)
        return RD_TEXT_NONE;
    if (rd_yaml_text(node, RD_TEXT_NONE, &text, &why) != RD_OK) {
        reading_why(reading, &why);
        return RD_TEXT_NONE;
    }
    if (rd_text_trim(text).len == 0) {
        reading_refuse(reading, node, "found an empty text; write something or remove the key");
        return RD_TEXT_NONE;
    }
    reading->full = reading->full || !rd_arena_copy(&reading->cases->arena, text, &copy);
    return copy;
}

struct rd_text *reading_texts(struct reading *reading, const rd_yaml_node *node, size_t *count)
{
    *count = 0;
    if (node == NULL)
        return NULL;
    if (!rd_yaml_is_list(node)) {
        reading_refuse(reading, node, "expected a list such as [one, two]; [] for none");
        return NULL;
    }
    size_t len = rd_yaml_count(node);
    struct rd_text *list = reading_array(reading, len, sizeof *list);
    for (size_t i = 0; list != NULL && i < len; i++) {
        list[*count] = reading_text(reading, rd_yaml_at(node, i));
        *count += rd_text_present(list[*count]);
    }
    return list;
}

int reading_enum(struct reading *reading, const rd_yaml_node *node,
                 const struct rd_enum_names *names)
{
    char known[256] = "";
    struct rd_text text = reading_text(reading, node);
    if (!rd_text_present(text))
        return 0;
    int value = rd_enum_value(names, text);
    for (size_t i = 1; value == 0 && i < names->count; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i == 1 ? "" : ", ",
                 names->names[i]);
    if (value == 0)
        reading_refuse(reading, node, "found '%.*s', expected one of %s",
                       RD_TEXT_ARG(rd_text_slice(text, 0, RD_NAME_BYTES_MAX)), known);
    return value;
}

struct rd_opt_i32 reading_number(struct reading *reading, const rd_yaml_node *node, int64_t max)
{
    struct rd_errbuf why;
    int64_t value = 0;
    if (node == NULL)
        return (struct rd_opt_i32){false, 0};
    if (rd_yaml_int(node, 0, 0, max, &value, &why) != RD_OK) {
        reading_why(reading, &why);
        return (struct rd_opt_i32){false, 0};
    }
    return (struct rd_opt_i32){true, (int32_t)value};
}

struct rd_opt_bool reading_bool(struct reading *reading, const rd_yaml_node *node)
{
    struct rd_errbuf why;
    struct rd_opt_bool out = {node != NULL, false};
    if (rd_yaml_bool(node, false, &out.value, &why) == RD_OK)
        return out;
    reading_why(reading, &why);
    return (struct rd_opt_bool){false, false};
}

static bool digits(struct rd_text text, size_t start, size_t len, int32_t *out)
{
    *out = 0;
    for (size_t i = start; i < start + len; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (text.ptr[i] - '0');
    }
    return true;
}

/* "2026-11-23 10:00" */
static bool read_wall(struct rd_text text, rd_wall *out)
{
    struct rd_civil civil = {.second = 0};
    if (text.len != 16 || text.ptr[4] != '-' || text.ptr[7] != '-' || text.ptr[10] != ' ' ||
        text.ptr[13] != ':' || !digits(text, 0, 4, &civil.year) ||
        !digits(text, 5, 2, &civil.month) || !digits(text, 8, 2, &civil.day) ||
        !digits(text, 11, 2, &civil.hour) || !digits(text, 14, 2, &civil.minute) ||
        !rd_civil_valid(&civil))
        return false;
    *out = rd_instant_from_civil(&civil);
    return true;
}

rd_instant reading_time(struct reading *reading, const rd_yaml_node *node)
{
    rd_instant at = 0;
    rd_wall wall = 0;
    struct rd_text text = reading_text(reading, node);
    if (!rd_text_present(text) || rd_instant_parse(text, &at))
        return at;
    if (!read_wall(text, &wall)) {
        reading_refuse(reading, node,
                       "found '%.*s', expected a local time such as 2026-11-23 10:00, or one with "
                       "its offset such as 2026-10-25T01:30:00Z",
                       RD_TEXT_ARG(rd_text_slice(text, 0, RD_NAME_BYTES_MAX)));
        return 0;
    }
    enum rd_wall_kind kind = rd_zone_wall_kind(reading->zone, wall);
    if (kind != RD_WALL_ONCE)
        reading_refuse(reading, node,
                       "the clocks show '%.*s' %s on that day; write which is meant, with its "
                       "offset: 2026-10-25T01:30:00Z",
                       RD_TEXT_ARG(text), kind == RD_WALL_TWICE ? "twice" : "never");
    return kind == RD_WALL_ONCE ? rd_zone_to_utc(reading->zone, wall) : 0;
}

const rd_yaml_node *case_node(const struct case_nodes *nodes, const char *key)
{
    const rd_yaml_node *own = rd_yaml_get(nodes->own, key);
    if (own != NULL || nodes->defaults == NULL)
        return own;
    return rd_yaml_get(nodes->defaults, key);
}
