/* The decision tables: read, bound to the inputs that a referral has, held against what the place
 * knows, and checked. */
#include "rules/load/loading.h"

#include "rules/engine/analysis/check.h"
#include "rules/engine/dmn/dmn.h"
#include "rules/eval/inputs.h"

#include <stdarg.h>
#include <stdio.h>

enum { DMN_FILES_MAX = 16 };

/* What a kind of table may say, and where its names must be known. */
enum output_kind { OUTPUT_PATHWAY, OUTPUT_URGENCY, OUTPUT_CLOCK, OUTPUT_TEAM, OUTPUT_ROLES };
struct output_rule {
    const char *name;
    enum output_kind kind;
    bool required;
};
static const struct output_rule triage_outputs[] = {{"pathway", OUTPUT_PATHWAY, true},
                                                    {"urgency", OUTPUT_URGENCY, false},
                                                    {"clock", OUTPUT_CLOCK, false},
                                                    {NULL, 0, false}};
static const struct output_rule lead_outputs[] = {{"lead", OUTPUT_TEAM, true}, {NULL, 0, false}};
static const struct output_rule roles_outputs[] = {{"roles", OUTPUT_ROLES, true}, {NULL, 0, false}};
static const struct output_rule supporting_outputs[] = {{"supporting", OUTPUT_TEAM, true},
                                                        {NULL, 0, false}};

struct dmn_file {
    struct rd_text name;
    struct rd_dmn dmn;
    bool read;
};
struct tables {
    struct loading *loading;
    struct dmn_file files[DMN_FILES_MAX];
    size_t files_count;
    const char *current; /* whose findings come in */
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct tables *tables = context;
    load_report(tables->loading, severity, tables->current, pos, words);
}

__attribute__((format(printf, 4, 5))) static void
report(struct tables *tables, enum rd_severity severity, struct rd_pos pos, const char *format, ...)
{
    char words[512];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    on_found(tables, severity, pos, words);
}

static struct dmn_file *read_dmn(struct tables *tables, const rd_yaml_node *node,
                                 struct rd_text name)
{
    struct loading *loading = tables->loading;
    struct rd_buf bytes;
    for (size_t i = 0; i < tables->files_count; i++)
        if (rd_text_equal(tables->files[i].name, name))
            return &tables->files[i];
    if (tables->files_count == DMN_FILES_MAX || rd_text_find(name, '/', 0) < name.len) {
        load_refuse(loading, node,
                    "expected the name of a file beside this one, at most %d "
                    "different ones",
                    DMN_FILES_MAX);
        return NULL;
    }
    struct dmn_file *file = &tables->files[tables->files_count++];
    file->name = name;
    rd_buf_init(&bytes, loading->alloc);
    tables->current = name.ptr;
    if (load_file(loading, name.ptr, &bytes)) {
        struct rd_dmn_sink sink = {tables, on_found};
        enum rd_err err = rd_dmn_read(rd_buf_text(&bytes), loading->arena, &sink, &file->dmn);
        file->read = err == RD_OK;
        if (err == RD_E_TOOBIG || err == RD_E_NOMEM)
            loading->fatal = RD_E_NOMEM;
    }
    rd_buf_fini(&bytes);
    return file;
}

static size_t find_input(struct rd_text name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_is(name, rd_input_specs[i].name))
            return i;
    return SIZE_MAX;
}

static struct rd_text known_inputs(struct loading *loading, size_t count)
{
    struct rd_text known = RD_TEXT("");
    for (size_t i = 0; i < count; i++)
        known = rd_arena_format(&loading->scratch, "%.*s%s%s", RD_TEXT_ARG(known),
                                i == 0 ? "" : ", ", rd_input_specs[i].name);
    return known;
}

/* Each input column to the input of that name; false when one has none. */
static bool bind_inputs(struct tables *tables, const struct rd_table *table, bool triage,
                        struct rd_bound_table *out)
{
    size_t known = triage ? (size_t)RD_INPUT_PATHWAY : (size_t)RD_INPUT_COUNT;
    size_t *inputs = load_array(tables->loading, table->inputs_count, sizeof *inputs);
    bool right = inputs != NULL;
    for (size_t i = 0; inputs != NULL && i < table->inputs_count; i++) {
        const struct rd_column *column = &table->inputs[i];
        inputs[i] = find_input(column->name, known);
        if (inputs[i] == SIZE_MAX) {
            struct rd_text names = known_inputs(tables->loading, known);
            report(tables, RD_SEVERITY_ERROR, column->pos,
                   "no referral has an input '%.*s'; expected one of %.*s",
                   RD_TEXT_ARG(column->name), RD_TEXT_ARG(names));
            right = false;
        } else if (column->type != RD_TYPE_ANY && column->type != rd_input_specs[inputs[i]].type) {
            report(tables, RD_SEVERITY_ERROR, column->pos,
                   "the input '%.*s' is a %s, not a %s; correct its typeRef",
                   RD_TEXT_ARG(column->name), rd_type_name(rd_input_specs[inputs[i]].type),
                   rd_type_name(column->type));
            right = false;
        }
    }
    *out = (struct rd_bound_table){.table = table, .inputs = inputs};
    return right;
}

static size_t team_index(const struct rd_place *place, struct rd_text name)
{
    const struct rd_team *team = rd_place_team(place, name);
    return team == NULL ? SIZE_MAX : (size_t)(team - place->teams);
}

/* What a decision will say of each rule: see rd_bound_table. */
static void describe_rules(struct loading *loading, const char *output, struct rd_bound_table *out)
{
    const struct rd_table *table = out->table;
    size_t rules = table->rules_count, columns = table->inputs_count;
    size_t team_column = rd_table_output_index(table, output);
    struct rd_text *labels = load_array(loading, rules, sizeof *labels);
    struct rd_text *asks = load_array(loading, rules * columns, sizeof *asks);
    size_t *teams = load_array(loading, rules, sizeof *teams);
    for (size_t i = 0; labels != NULL && asks != NULL && teams != NULL && i < rules; i++) {
        const struct rd_rule *rule = &table->rules[i];
        bool named =
            team_column != SIZE_MAX && rule->outputs[team_column].value.type == RD_TYPE_STRING;
        teams[i] =
            named ? team_index(&loading->rules->place, rule->outputs[team_column].value.as.string)
                  : SIZE_MAX;
        labels[i] = rd_arena_format(loading->arena, "%zu", i + 1);
        bool full = !rd_text_present(labels[i]);
        for (size_t j = 0; j < columns; j++) {
            asks[i * columns + j] =
                rd_arena_format(loading->arena, "rule %zu of %.*s asks for %.*s %.*s; it is ",
                                i + 1, RD_TEXT_ARG(table->name), RD_TEXT_ARG(table->inputs[j].name),
                                RD_TEXT_ARG(rule->inputs[j].source));
            full = full || !rd_text_present(asks[i * columns + j]);
        }
        if (full)
            loading->fatal = RD_E_NOMEM;
    }
    out->labels = labels;
    out->asks = asks;
    out->teams = teams;
}

/* As bit sets, which decisions are made with. */
static void compile_rules(struct loading *loading, struct rd_bound_table *out)
{
    if (out->teams == NULL || rd_compile(out->table, loading->arena, &out->compiled) != RD_OK ||
        rd_compile_groups(out->table, out->teams, loading->rules->place.teams_count,
                          loading->arena, &out->by_team) != RD_OK)
        loading->fatal = RD_E_NOMEM;
}

static bool known_output(const struct rd_rules *rules, enum output_kind kind, struct rd_text value)
{
    switch (kind) {
    case OUTPUT_PATHWAY:
        return rd_place_has_pathway(&rules->place, value);
    case OUTPUT_URGENCY:
        return rd_enum_value(&rd_priority_names, value) != 0;
    case OUTPUT_CLOCK:
        return rd_place_policy(&rules->place, value) != NULL;
    case OUTPUT_TEAM:
        return rd_place_team(&rules->place, value) != NULL;
    case OUTPUT_ROLES:
        break;
    }
    return true;
}

static void check_output(struct tables *tables, const struct output_rule *rule,
                         const struct rd_value *value, struct rd_pos pos)
{
    static const char *const where[] = {"a pathway of place.yaml",
                                        "emergency, two-hour, same-day, two-day or routine",
                                        "a clock of clocks.yaml", "a team of teams.yaml", ""};
    if (value->type == RD_TYPE_NULL && !(rule->kind == OUTPUT_PATHWAY))
        return;
    if (value->type != (rule->kind == OUTPUT_ROLES ? RD_TYPE_LIST : RD_TYPE_STRING))
        report(tables, RD_SEVERITY_ERROR, pos, "found a %s; the output '%s' is a %s",
               rd_type_name(value->type), rule->name,
               rule->kind == OUTPUT_ROLES ? "list of strings" : "string");
    else if (rule->kind != OUTPUT_ROLES &&
             !known_output(tables->loading->rules, rule->kind, value->as.string))
        report(tables, RD_SEVERITY_ERROR, pos, "\"%.*s\" is unknown; expected %s",
               RD_TEXT_ARG(value->as.string), where[rule->kind]);
    for (size_t i = 0; value->type == RD_TYPE_LIST && i < value->as.list.count; i++)
        if (value->as.list.items[i].type != RD_TYPE_STRING)
            report(tables, RD_SEVERITY_ERROR, pos, "expected a list of strings");
}

static void check_outputs(struct tables *tables, const struct rd_table *table,
                          const struct output_rule *rules)
{
    for (size_t i = 0; rules[i].name != NULL; i++)
        if (rules[i].required && rd_table_output_index(table, rules[i].name) == SIZE_MAX)
            report(tables, RD_SEVERITY_ERROR, table->pos,
                   "the decision '%.*s' has no output '%s'; add it", RD_TEXT_ARG(table->name),
                   rules[i].name);
    for (size_t c = 0; c < table->outputs_count; c++) {
        const struct output_rule *rule = rules;
        while (rule->name != NULL && !rd_text_is(table->outputs[c].name, rule->name))
            rule++;
        if (rule->name == NULL) {
            report(tables, RD_SEVERITY_ERROR, table->outputs[c].pos,
                   "the output '%.*s' means nothing in this table; remove it",
                   RD_TEXT_ARG(table->outputs[c].name));
            continue;
        }
        for (size_t r = 0; r < table->rules_count; r++)
            check_output(tables, rule, &table->rules[r].outputs[c].value,
                         table->rules[r].outputs[c].pos);
        if (table->outputs[c].has_fallback)
            check_output(tables, rule, &table->outputs[c].fallback, table->outputs[c].pos);
    }
    for (size_t r = 0; r < table->rules_count; r++)
        if (table->rules[r].why.len == 0)
            report(tables, RD_SEVERITY_WARNING, table->rules[r].pos,
                   "rule %zu of '%.*s' does not say why: add a description", r + 1,
                   RD_TEXT_ARG(table->name));
}

static struct rd_input_domain domain_of(struct loading *loading, size_t input)
{
    const struct rd_input_spec *spec = &rd_input_specs[input];
    struct rd_input_domain domain = {.name = rd_text_of(spec->name),
                                     .type = spec->type,
                                     .nullable = spec->nullable,
                                     .whole = true,
                                     .natural = input == RD_INPUT_AGE};
    if (!rd_input_values(loading->rules, (enum rd_input_id)input, &loading->scratch, &domain.values,
                         &domain.values_count))
        loading->fatal = RD_E_NOMEM;
    return domain;
}

/* The table's urgency against the one that was asked for. */
static struct rd_check_order urgency_order(const struct rd_bound_table *bound,
                                           struct rd_text names[RD_PRIORITY_ROUTINE])
{
    struct rd_check_order order = {.output = rd_table_output_index(bound->table, "urgency"),
                                   .input = SIZE_MAX,
                                   .asked =
                                       rd_text_of(rd_input_specs[RD_INPUT_PRIORITY_ASKED].name),
                                   .order = names,
                                   .order_count = RD_PRIORITY_ROUTINE};
    for (size_t i = 0; i < RD_PRIORITY_ROUTINE; i++)
        names[i] = rd_text_of(rd_enum_name(&rd_priority_names, (int)i + 1));
    for (size_t i = 0; i < bound->table->inputs_count; i++)
        if (bound->inputs[i] == RD_INPUT_PRIORITY_ASKED)
            order.input = i;
    return order;
}

static void check_table(struct tables *tables, const struct rd_bound_table *bound)
{
    struct loading *loading = tables->loading;
    const struct rd_table *table = bound->table;
    struct rd_text names[RD_PRIORITY_ROUTINE];
    struct rd_check_order order = urgency_order(bound, names);
    struct rd_input_domain *domains =
        rd_arena_array(&loading->scratch, table->inputs_count + 1, sizeof *domains);
    for (size_t i = 0; domains != NULL && i < table->inputs_count; i++)
        domains[i] = domain_of(loading, bound->inputs[i]);
    struct rd_check_sink sink = {tables, on_found};
    if (domains == NULL ||
        rd_table_check(table, domains, &order, &loading->scratch, &sink) == RD_E_TOOBIG)
        loading->fatal = RD_E_NOMEM;
    rd_arena_reset(&loading->scratch);
}

/* One entry of place.yaml's tables. */
static void read_table(struct tables *tables, const rd_yaml_node *node,
                       const struct output_rule *outputs, struct rd_bound_table *out)
{
    static const char *const keys[] = {"file!", "decision!", NULL};
    struct loading *loading = tables->loading;
    if (node == NULL || !load_map(loading, node, keys))
        return;
    struct rd_text name = load_text(loading, node, "file");
    struct rd_text decision = load_text(loading, node, "decision");
    if (!rd_text_present(name) || !rd_text_present(decision))
        return;
    struct dmn_file *file = read_dmn(tables, rd_yaml_get(node, "file"), name);
    if (file == NULL || !file->read)
        return;
    tables->current = file->name.ptr;
    const struct rd_table *table = NULL;
    struct rd_dmn_sink sink = {tables, on_found};
    enum rd_err err = rd_dmn_place_table(&file->dmn, decision, &sink, &table);
    if (err == RD_E_NOTFOUND) {
        load_refuse(loading, rd_yaml_get(node, "decision"),
                    "'%.*s' is no decision of %.*s; correct it or add it there",
                    RD_TEXT_ARG(decision), RD_TEXT_ARG(name));
    }
    if (err != RD_OK)
        return;
    unsigned before = loading->errors;
    bool bound = bind_inputs(tables, table, outputs == triage_outputs, out);
    check_outputs(tables, table, outputs);
    if (bound && loading->errors == before) {
        describe_rules(loading, outputs[0].name, out);
        compile_rules(loading, out);
    }
    if (bound) /* its outputs may be wrong: what it asks for is checked all the same */
        check_table(tables, out);
}

static bool named_by(const struct rd_bound_table *bound, size_t team)
{
    for (size_t i = 0; bound->table != NULL && i < bound->table->rules_count; i++)
        if (bound->teams[i] == team)
            return true;
    return false;
}

static bool stands_in(const struct rd_place *place, const struct rd_team *team)
{
    for (size_t i = 0; i < place->teams_count; i++)
        if (rd_text_equal(place->teams[i].fallback, team->name) && rd_text_present(team->name))
            return true;
    return false;
}

/* A team that no table names and that stands in for nobody: only people can send it anything. */
static void check_teams_used(struct loading *loading)
{
    const struct rd_rules *rules = loading->rules;
    const struct rd_place *place = &rules->place;
    const rd_yaml_node *list = rd_yaml_get(rd_yaml_root(loading->yaml[FILE_TEAMS]), "teams");
    for (size_t i = 0; i < place->teams_count; i++) {
        const struct rd_team *team = &place->teams[i];
        bool used = rd_text_equal(team->name, place->desk) || stands_in(place, team) ||
                    named_by(&rules->lead, i);
        for (size_t j = 0; j < rules->supporting_count; j++)
            used = used || named_by(&rules->supporting[j], i);
        struct rd_errbuf words;
        if (used)
            continue;
        (void)rd_fail(&words, RD_OK,
                      "no table routes to '%.*s' and it is nobody's fallback; name it in a table "
                      "or remove it",
                      RD_TEXT_ARG(team->name));
        const rd_yaml_node *item = rd_yaml_at(list, i);
        load_report(loading, RD_SEVERITY_WARNING, "teams.yaml",
                    (struct rd_pos){rd_yaml_line(item), rd_yaml_column(item)}, words.text);
    }
}

void load_tables(struct loading *loading)
{
    static const char *const keys[] = {"triage!", "lead!", "roles", "supporting", NULL};
    struct tables tables = {.loading = loading};
    struct rd_rules *rules = loading->rules;
    const rd_yaml_node *map = rd_yaml_get(rd_yaml_root(loading->yaml[FILE_PLACE]), "tables");
    if (!load_map(loading, map, keys))
        return;
    read_table(&tables, rd_yaml_get(map, "triage"), triage_outputs, &rules->triage);
    read_table(&tables, rd_yaml_get(map, "lead"), lead_outputs, &rules->lead);
    read_table(&tables, rd_yaml_get(map, "roles"), roles_outputs, &rules->roles);
    const rd_yaml_node *list = load_list(loading, map, "supporting");
    size_t count = list == NULL ? 0 : rd_yaml_count(list);
    if (count > RD_RULES_SUPPORTING_MAX) {
        load_refuse(loading, list, "%zu tables of supporting teams; at most %d", count,
                    RD_RULES_SUPPORTING_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++)
        read_table(&tables, rd_yaml_at(list, i), supporting_outputs, &rules->supporting[i]);
    rules->supporting_count = count;
    if (loading->errors == 0 && loading->fatal == RD_OK)
        check_teams_used(loading);
}
