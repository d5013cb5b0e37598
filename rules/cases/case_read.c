#include "rules/cases/reading.h"

#include "conf/read_file.h"
#include "model/limits.h"
#include "rules/eval/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_BYTES_MAX = 64 * 1024 * 1024, PATH_MAX_BYTES = 4096 };

#define CASE_KEYS                                                                                  \
    "name", "note", "at", "received", "feed", "kind", "asked", "age", "born", "lives-alone",       \
        "practice", "confidentiality", "postcode", "addresses", "placed-by", "residence-type",     \
        "needs", "codes", "also", "words", "use-case", "flags", "consent", "hospital",             \
        "discharge-pathway", "respond-by", "source-clock", "without", "nobody-at", "open-already"

static void read_loads(struct reading *reading, const rd_yaml_node *node, struct rd_case *out)
{
    if (node == NULL)
        return;
    if (!rd_yaml_is_map(node)) {
        reading_refuse(reading, node,
                       "expected a map from teams to how many referrals each has "
                       "open, such as {rapid-response: 40}");
        return;
    }
    size_t count = rd_yaml_count(node);
    out->loads = reading_array(reading, count, sizeof *out->loads);
    for (size_t i = 0; out->loads != NULL && i < count; i++) {
        struct rd_case_load *load = &out->loads[out->loads_count++];
        struct rd_opt_i32 open = reading_number(reading, rd_yaml_value_at(node, i), 1000000);
        load->open = (uint32_t)open.value;
        load->pos = reading_pos(rd_yaml_key_node_at(node, i));
        reading->full = reading->full || !rd_arena_copy(&reading->cases->arena,
                                                        rd_yaml_key_at(node, i), &load->team);
    }
}

static void read_case(struct reading *reading, const rd_yaml_node *node,
                      const rd_yaml_node *defaults, struct rd_case *out)
{
    static const char *const keys[] = {CASE_KEYS, "expect", NULL};
    struct case_nodes nodes = {node, defaults};
    if (!reading_map(reading, node, keys))
        return;
    static const char *const required[] = {"name", "expect"};
    static const char *const needed[] = {"at", "feed"};
    for (size_t i = 0; i < 2; i++)
        if (rd_yaml_get(node, required[i]) == NULL)
            reading_refuse(reading, node, "this case has no '%s'; add it", required[i]);
    for (size_t i = 0; i < 2; i++)
        if (case_node(&nodes, needed[i]) == NULL)
            reading_refuse(reading, node,
                           "this case has no '%s', nor have the file's defaults; "
                           "add it",
                           needed[i]);
    out->pos = reading_pos(node);
    out->name = reading_text(reading, rd_yaml_get(node, "name"));
    out->note = reading_text(reading, rd_yaml_get(node, "note"));
    out->at = reading_time(reading, case_node(&nodes, "at"));
    out->received = reading_time(reading, rd_yaml_get(node, "received"));
    if (out->received == 0)
        out->received = out->at;
    case_read_record(reading, &nodes, out);
    out->away.pos = reading_pos(case_node(&nodes, "nobody-at"));
    out->away.list = reading_texts(reading, case_node(&nodes, "nobody-at"), &out->away.count);
    read_loads(reading, case_node(&nodes, "open-already"), out);
    if (rd_yaml_get(node, "expect") != NULL)
        case_read_expect(reading, rd_yaml_get(node, "expect"), out);
}

/* Names are how people speak of a case: no two alike. */
static void check_name(struct reading *reading, const rd_yaml_node *node, size_t index)
{
    const struct rd_case *list = reading->cases->list;
    for (size_t i = 0; i < index && rd_text_present(list[index].name); i++)
        if (rd_text_equal(list[i].name, list[index].name)) {
            reading_refuse(reading, rd_yaml_get(node, "name"),
                           "the case of %.*s:%u has this name too; give each its own",
                           RD_TEXT_ARG(list[i].file), list[i].pos.line);
            return;
        }
}

static void read_cases(struct reading *reading, const rd_yaml_node *root)
{
    static const char *const keys[] = {"about", "defaults", "cases!", NULL};
    static const char *const default_keys[] = {CASE_KEYS, NULL};
    struct rd_cases *cases = reading->cases;
    if (!reading_map(reading, root, keys))
        return;
    const rd_yaml_node *defaults = rd_yaml_get(root, "defaults");
    const rd_yaml_node *list = rd_yaml_get(root, "cases");
    if (defaults != NULL && !reading_map(reading, defaults, default_keys))
        return;
    if (!rd_yaml_is_list(list) || rd_yaml_count(list) == 0) {
        reading_refuse(reading, list, "expected a list of cases, each beginning with - name:");
        return;
    }
    struct rd_text file = RD_TEXT_NONE;
    if (!rd_arena_copy(&cases->arena, rd_text_of(reading->file), &file)) {
        reading->full = true;
        return;
    }
    for (size_t i = 0; i < rd_yaml_count(list) && !reading->full; i++) {
        if (cases->count == RD_CASES_MAX) {
            reading_refuse(reading, rd_yaml_at(list, i), "more than %d cases; remove some",
                           RD_CASES_MAX);
            return;
        }
        void *grown = cases->list;
        struct rd_case *one = rd_arena_add(&cases->arena, &grown, &cases->count, sizeof *one);
        cases->list = grown;
        reading->full = reading->full || one == NULL;
        if (one == NULL)
            return;
        one->file = file;
        read_case(reading, rd_yaml_at(list, i), defaults, one);
        check_name(reading, rd_yaml_at(list, i), cases->count - 1);
    }
}

static void read_file(struct reading *reading, const char *path)
{
    struct rd_buf bytes;
    struct rd_errbuf why;
    struct rd_yaml *yaml = NULL;
    rd_buf_init(&bytes, rd_alloc_heap());
    if (rd_read_regular_file(path, RD_YAML_BYTES_MAX, &bytes, &why) != RD_OK ||
        rd_yaml_parse(reading->file, rd_buf_text(&bytes), &yaml, &why) != RD_OK)
        reading_why(reading, &why);
    else
        read_cases(reading, rd_yaml_root(yaml));
    rd_yaml_free(yaml);
    rd_buf_fini(&bytes);
    reading->cases->files++;
}

static bool is_yaml(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && name[0] != '.' && strcmp(name + len - 5, ".yaml") == 0;
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* The names of the folder's case files, sorted. SIZE_MAX: cannot be read, or too many. */
static size_t list_files(struct reading *reading, const char *folder, const char ***out)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    *out = reading_array(reading, RD_CASE_FILES_MAX, sizeof **out);
    if (directory == NULL || *out == NULL) {
        if (directory != NULL)
            (void)closedir(directory); /* nothing was written */
        return SIZE_MAX;
    }
    for (struct dirent *entry; count != SIZE_MAX && (entry = readdir(directory)) != NULL;) {
        struct rd_text name = RD_TEXT_NONE;
        if (!is_yaml(entry->d_name))
            continue;
        if (count == RD_CASE_FILES_MAX ||
            !rd_arena_copy(&reading->cases->arena, rd_text_of(entry->d_name), &name))
            count = SIZE_MAX;
        else
            (*out)[count++] = name.ptr;
    }
    (void)closedir(directory); /* nothing was written */
    if (count != SIZE_MAX)
        qsort(*out, count, sizeof **out, by_name);
    return count;
}

static bool read_folder(struct reading *reading, const char *folder)
{
    char path[PATH_MAX_BYTES];
    const char **names = NULL;
    size_t count = list_files(reading, folder, &names);
    if (count == SIZE_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        int len = snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (len < 0 || (size_t)len >= sizeof path)
            return false;
        snprintf(reading->file, sizeof reading->file, "cases/%s", names[i]);
        read_file(reading, path);
    }
    return true;
}

enum rd_err rd_cases_read(const char *path, const struct rd_rules *rules, rd_finding_sink *sink,
                          void *context, struct rd_cases *out)
{
    char folder[PATH_MAX_BYTES];
    struct reading reading = {.zone = rules->zone, .cases = out, .sink = sink, .context = context};
    *out = (struct rd_cases){.count = 0};
    rd_arena_init(&out->arena, rd_alloc_heap(), CASES_BYTES_MAX);
    if (is_yaml(path)) {
        snprintf(reading.file, sizeof reading.file, "%s", path);
        read_file(&reading, path);
    } else {
        int len = snprintf(folder, sizeof folder, "%s/cases", path);
        if (len < 0 || (size_t)len >= sizeof folder || !read_folder(&reading, folder))
            return RD_E_IO;
    }
    if (reading.full)
        return RD_E_NOMEM;
    if (reading.errors > 0)
        return RD_E_INVALID;
    return out->count == 0 ? RD_E_IO : RD_OK;
}

void rd_cases_fini(struct rd_cases *cases)
{
    rd_arena_fini(&cases->arena);
    *cases = (struct rd_cases){.count = 0};
}
