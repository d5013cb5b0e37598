#include "rules/load/loading.h"

static const struct rd_need_code *find_need(const struct rd_rules *rules, struct rd_text code)
{
    for (size_t i = 0; i < rules->needs_count; i++)
        if (rd_text_equal(rules->needs[i].code, code))
            return &rules->needs[i];
    return NULL;
}

static size_t class_index(const struct rd_rules *rules, struct rd_text name)
{
    for (size_t i = 0; i < rules->need_classes_count; i++)
        if (rd_text_equal(rules->need_classes[i], name))
            return i;
    return SIZE_MAX;
}

static void read_needs(struct loading *loading, const rd_yaml_node *list)
{
    static const char *const keys[] = {"code!", "title!", "class!", "domain!", NULL};
    struct rd_rules *rules = loading->rules;
    struct rd_need_code *needs = load_array(loading, rd_yaml_count(list), sizeof *needs);
    rules->needs = needs;
    for (size_t i = 0; needs != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        if (!load_map(loading, item, keys))
            continue;
        struct rd_text class = load_text(loading, item, "class");
        needs[i].code = load_name(loading, item, "code");
        needs[i].title = load_text(loading, item, "title");
        needs[i].domain = (enum rd_domain)load_enum(loading, item, "domain", &rd_domain_names);
        needs[i].class = class_index(rules, class);
        if (rd_text_present(class) && needs[i].class == SIZE_MAX)
            load_unknown(loading, rd_yaml_get(item, "class"), class,
                         "one of the classes of this file", rules->need_classes,
                         rules->need_classes_count, sizeof *rules->need_classes);
        load_unique(loading, item, "needs", needs[i].code, &needs[0].code, i, sizeof *needs);
        rules->needs_count = i + 1;
    }
}

/* What a translation leads to must be known: a need, or a flag category. */
static bool known_target(struct loading *loading, const rd_yaml_node *node, struct rd_text to,
                         bool flags)
{
    const struct rd_rules *rules = loading->rules;
    bool known = !flags && find_need(rules, to) != NULL;
    for (size_t i = 0; flags && i < rules->flags_count; i++)
        known = known || rd_text_equal(rules->flags[i], to);
    if (!known)
        load_refuse(loading, node,
                    "'%.*s' is none of the %s of this file; correct it or add it "
                    "there",
                    RD_TEXT_ARG(to), flags ? "flags" : "needs");
    return known;
}

/* A map of their code -> ours, added to *list. */
static void read_map(struct loading *loading, const rd_yaml_node *map, struct rd_text system,
                     bool flags, struct rd_translation *list, size_t *count)
{
    for (size_t i = 0; i < rd_yaml_count(map); i++) {
        struct rd_translation one = {.system = system};
        one.to = load_scalar(loading, rd_yaml_value_at(map, i));
        if (!rd_arena_copy(loading->arena, rd_yaml_key_at(map, i), &one.from))
            loading->fatal = RD_E_NOMEM;
        if (rd_text_present(one.to) &&
            known_target(loading, rd_yaml_value_at(map, i), one.to, flags))
            list[(*count)++] = one;
    }
}

static bool is_map(struct loading *loading, const rd_yaml_node *node)
{
    if (node != NULL && !rd_yaml_is_map(node))
        load_refuse(loading, node, "expected a map: their code, a colon, ours");
    return node != NULL && rd_yaml_is_map(node);
}

/* Each system of an item takes its whole map; an item without systems takes codes of any. */
static void read_item(struct loading *loading, const rd_yaml_node *item,
                      struct rd_translation *codes)
{
    static const char *const keys[] = {"systems", "map!", NULL};
    size_t systems_count = 0;
    if (!load_map(loading, item, keys) || !is_map(loading, rd_yaml_get(item, "map")))
        return;
    const struct rd_text *systems = load_texts(loading, item, "systems", &systems_count);
    for (size_t i = 0; i < (systems_count == 0 ? 1 : systems_count); i++)
        read_map(loading, rd_yaml_get(item, "map"), systems_count == 0 ? RD_TEXT_NONE : systems[i],
                 false, codes, &loading->rules->need_codes_count);
}

static void read_codes(struct loading *loading, const rd_yaml_node *list)
{
    size_t most = 0;
    for (size_t i = 0; list != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *map = rd_yaml_get(rd_yaml_at(list, i), "map");
        const rd_yaml_node *systems = rd_yaml_get(rd_yaml_at(list, i), "systems");
        size_t times = systems == NULL ? 1 : rd_yaml_count(systems) + 1;
        most += map == NULL ? 0 : times * rd_yaml_count(map);
    }
    struct rd_translation *codes = load_array(loading, most, sizeof *codes);
    for (size_t i = 0; list != NULL && codes != NULL && i < rd_yaml_count(list); i++)
        read_item(loading, rd_yaml_at(list, i), codes);
    loading->rules->need_codes = codes;
}

static const struct rd_translation *
read_translations(struct loading *loading, const rd_yaml_node *map, bool flags, size_t *count)
{
    if (!is_map(loading, map))
        return NULL;
    struct rd_translation *list = load_array(loading, rd_yaml_count(map), sizeof *list);
    if (list != NULL)
        read_map(loading, map, RD_TEXT_NONE, flags, list, count);
    return list;
}

static void read_words(struct loading *loading, const rd_yaml_node *map)
{
    struct rd_rules *rules = loading->rules;
    size_t most = 0;
    if (!is_map(loading, map))
        return;
    for (size_t i = 0; i < rd_yaml_count(map); i++)
        most +=
            rd_yaml_is_list(rd_yaml_value_at(map, i)) ? rd_yaml_count(rd_yaml_value_at(map, i)) : 0;
    struct rd_phrase *phrases = load_array(loading, most, sizeof *phrases);
    for (size_t i = 0; phrases != NULL && i < rd_yaml_count(map); i++) {
        const rd_yaml_node *list = rd_yaml_value_at(map, i);
        const struct rd_need_code *need = find_need(rules, rd_yaml_key_at(map, i));
        if (need == NULL || !rd_yaml_is_list(list)) {
            load_refuse(loading, rd_yaml_key_node_at(map, i),
                        "expected a need of this file and a list of words");
            continue;
        }
        for (size_t j = 0; j < rd_yaml_count(list); j++)
            phrases[rules->phrases_count++] =
                (struct rd_phrase){load_scalar(loading, rd_yaml_at(list, j)), need->code};
    }
    rules->phrases = phrases;
}

void load_needs(struct loading *loading)
{
    static const char *const keys[] = {"classes!",   "needs!",         "codes",
                                       "use-cases",  "words",          "flags",
                                       "flag-codes", "harmless-flags", NULL};
    struct rd_rules *rules = loading->rules;
    const rd_yaml_node *root = rd_yaml_root(loading->yaml[FILE_NEEDS]);
    const rd_yaml_node *list = load_file_list(loading, FILE_NEEDS, keys, "needs");
    if (list == NULL)
        return;
    rules->need_classes = load_texts(loading, root, "classes", &rules->need_classes_count);
    rules->flags = load_texts(loading, root, "flags", &rules->flags_count);
    read_needs(loading, list);
    read_codes(loading, load_list(loading, root, "codes"));
    rules->use_cases =
        read_translations(loading, rd_yaml_get(root, "use-cases"), false, &rules->use_cases_count);
    rules->flag_codes =
        read_translations(loading, rd_yaml_get(root, "flag-codes"), true, &rules->flag_codes_count);
    rules->harmless_flags = read_translations(loading, rd_yaml_get(root, "harmless-flags"), true,
                                              &rules->harmless_flags_count);
    read_words(loading, rd_yaml_get(root, "words"));
}
