#include "adapters/mllp/mapping.h"

#include "conf/hint.h"
#include "conf/yaml.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const keys[] = {
    "pathway",          "pathway-codes", "priority", "priority-codes", "need", "need-codes",
    "default-priority", "nhs-number",    "practice", "charset",        "site", NULL};

static bool digits(struct rd_text text, unsigned *out)
{
    int64_t number = 0;
    if (!rd_text_to_i64(text, &number) || number < 1 || number > 99)
        return false;
    *out = (unsigned)number;
    return true;
}

/* "ZDP-2" or "ZDP-2.1". */
static enum rd_err read_place(const rd_yaml_node *node, struct rd_hl7_place *out,
                              struct rd_errbuf *why)
{
    struct rd_text text;
    if (node == NULL)
        return RD_OK;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, why);
    if (err != RD_OK)
        return err;
    size_t dash = rd_text_find(text, '-', 0);
    size_t dot = rd_text_find(text, '.', dash);
    out->component = 1;
    bool ok = dash == 3 && digits(rd_text_slice(text, 4, dot - 4), &out->field) &&
              (dot == text.len || digits(rd_text_slice(text, dot + 1, text.len), &out->component));
    if (!ok)
        return rd_yaml_fail(node, why, "found \"%.*s\", expected a field such as ZDP-2 or PV1-3.4",
                            RD_TEXT_ARG(text));
    memcpy(out->segment, text.ptr, 3);
    return RD_OK;
}

/* Stands for codes whose meaning the place's own tables know. */
static const struct rd_enum_names any_word = {"Word", NULL, 0};

static enum rd_err read_name(const rd_yaml_node *node, const struct rd_enum_names *names,
                             const char *expected, int *out, struct rd_errbuf *why)
{
    struct rd_text text;
    if (node == NULL)
        return RD_OK;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, why);
    if (err != RD_OK)
        return err;
    *out = rd_enum_value(names, text);
    return *out != 0 ? RD_OK
                     : rd_yaml_fail(node, why, "found \"%.*s\", expected %s", RD_TEXT_ARG(text),
                                    expected);
}

static enum rd_err read_codes(const rd_yaml_node *node, const struct rd_enum_names *allowed,
                              struct rd_arena *arena, const struct rd_hl7_code **out, size_t *count,
                              struct rd_errbuf *why)
{
    if (node == NULL)
        return RD_OK;
    if (!rd_yaml_is_map(node))
        return rd_yaml_fail(node, why, "expected a map from the sender's codes to ours");
    size_t all = rd_yaml_count(node);
    struct rd_hl7_code *codes = rd_arena_array(arena, all, sizeof *codes);
    if (codes == NULL)
        return rd_yaml_fail(node, why, "too many codes");
    for (size_t i = 0; i < all; i++) {
        const rd_yaml_node *value = rd_yaml_value_at(node, i);
        struct rd_text to;
        enum rd_err err = rd_yaml_text(value, RD_TEXT_NONE, &to, why);
        if (err != RD_OK)
            return err;
        int64_t number = 0;
        bool pathway =
            rd_text_is(to, "none") || (rd_text_to_i64(to, &number) && number >= 0 && number <= 3);
        bool free_words = allowed == &any_word;
        if (free_words        ? !rd_text_present(to)
            : allowed != NULL ? rd_enum_value(allowed, to) == 0
                              : !pathway)
            return rd_yaml_fail(value, why, "found \"%.*s\", expected %s", RD_TEXT_ARG(to),
                                free_words        ? "a need of the place"
                                : allowed != NULL ? "a priority: emergency, two-hour, same-day, "
                                                    "two-day or routine"
                                                  : "a discharge pathway: 0, 1, 2 or 3, or none");
        if (!rd_arena_copy(arena, rd_yaml_key_at(node, i), &codes[i].from) ||
            !rd_arena_copy(arena, to, &codes[i].to))
            return rd_yaml_fail(value, why, "too many codes");
    }
    *out = codes;
    *count = all;
    return RD_OK;
}

static enum rd_err read_places(const rd_yaml_node *root, struct rd_hl7_mapping *out,
                               struct rd_errbuf *why)
{
    const struct {
        const char *key;
        struct rd_hl7_place *to;
    } rows[] = {{"pathway", &out->pathway},       {"site", &out->site},
                {"priority", &out->priority},     {"need", &out->need},
                {"nhs-number", &out->nhs_number}, {"practice", &out->practice}};
    enum rd_err err = RD_OK;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && err == RD_OK; i++)
        err = read_place(rd_yaml_get(root, rows[i].key), rows[i].to, why);
    return err;
}

/* Each must be a need of the place: a misspelt one would send every such referral to the desk. */
static enum rd_err check_needs(const rd_yaml_node *node, const struct rd_rules *rules,
                               struct rd_arena *arena, struct rd_errbuf *why)
{
    char known[RD_HINT_WORDS_MAX];
    size_t count = 0;
    while (rd_text_present(rd_rules_need(rules, count)))
        count++;
    const char **names = rd_arena_array(arena, count + 1, sizeof *names);
    if (names == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for the needs of the place");
    for (size_t i = 0; i < count; i++) {
        struct rd_text name;
        if (!rd_arena_copy(arena, rd_rules_need(rules, i), &name))
            return rd_fail(why, RD_E_NOMEM, "no memory for the needs of the place");
        names[i] = name.ptr;
    }
    for (size_t i = 0; i < rd_yaml_count(node); i++) {
        const rd_yaml_node *value = rd_yaml_value_at(node, i);
        struct rd_text to;
        enum rd_err err = rd_yaml_text(value, RD_TEXT_NONE, &to, why);
        if (err != RD_OK)
            return err;
        if (!rd_hint_find(names, to, NULL))
            return rd_yaml_fail(value, why, "found \"%.*s\", expected a need of needs.yaml: %s",
                                RD_TEXT_ARG(to), rd_hint_words(names, to, known));
    }
    return RD_OK;
}

static enum rd_err read_document(const rd_yaml_node *root, const struct rd_rules *rules,
                                 struct rd_arena *arena, struct rd_hl7_mapping *out,
                                 struct rd_errbuf *why)
{
    int priority = 0;
    int charset = 0;
    enum rd_err err = rd_yaml_expect_map(root, keys, why);
    if (err == RD_OK)
        err = read_places(root, out, why);
    if (err == RD_OK)
        err = read_codes(rd_yaml_get(root, "pathway-codes"), NULL, arena, &out->pathway_codes,
                         &out->pathway_codes_count, why);
    if (err == RD_OK)
        err = read_codes(rd_yaml_get(root, "priority-codes"), &rd_priority_names, arena,
                         &out->priority_codes, &out->priority_codes_count, why);
    if (err == RD_OK)
        err = read_codes(rd_yaml_get(root, "need-codes"), &any_word, arena, &out->need_codes,
                         &out->need_codes_count, why);
    if (err == RD_OK && rules != NULL)
        err = check_needs(rd_yaml_get(root, "need-codes"), rules, arena, why);
    if (err == RD_OK)
        err = read_name(rd_yaml_get(root, "default-priority"), &rd_priority_names,
                        "emergency, two-hour, same-day, two-day or routine", &priority, why);
    if (err == RD_OK)
        err = read_name(rd_yaml_get(root, "charset"), &rd_hl7_charset_names,
                        "windows-1252 (Latin-1 too), iso-8859-2, iso-8859-14 or iso-8859-15",
                        &charset, why);
    out->default_priority = (enum rd_priority)priority;
    out->charset = (enum rd_hl7_charset)charset;
    return err;
}

enum rd_err mllp_mapping_read_file(const char *path, const struct rd_zone *zone,
                                   const struct rd_rules *rules, struct rd_arena *arena,
                                   struct rd_hl7_mapping *out, struct rd_errbuf *why)
{
    struct rd_yaml *yaml = NULL;
    *out = (struct rd_hl7_mapping){.zone = zone};
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK)
        err = read_document(rd_yaml_root(yaml), rules, arena, out, why);
    rd_yaml_free(yaml);
    return err;
}

enum rd_err mllp_mapping_read(const char *place_directory, struct rd_text feed,
                              const struct rd_zone *zone, const struct rd_rules *rules,
                              struct rd_arena *arena, struct rd_hl7_mapping *out,
                              struct rd_errbuf *why)
{
    char path[4096];
    *out = (struct rd_hl7_mapping){.zone = zone};
    int len =
        snprintf(path, sizeof path, "%s/mappings/%.*s.yaml", place_directory, RD_TEXT_ARG(feed));
    if (len < 0 || (size_t)len >= sizeof path)
        return rd_fail(why, RD_E_INVALID, "%s: too long a path", place_directory);
    if (access(path, F_OK) != 0)
        return RD_OK;
    return mllp_mapping_read_file(path, zone, rules, arena, out, why);
}
