#include "rules/eval/inputs.h"

#include "rules/eval/areas.h"

#define SPEC(name, type, nullable)                                                                 \
    {                                                                                              \
        name, type, nullable, sizeof(name) - 1                                                     \
    }
const struct rd_input_spec rd_input_specs[RD_INPUT_COUNT] = {
    [RD_INPUT_SOURCE] = SPEC("source", RD_TYPE_STRING, true),
    [RD_INPUT_FEED] = SPEC("feed", RD_TYPE_STRING, true),
    [RD_INPUT_KIND] = SPEC("kind", RD_TYPE_STRING, false),
    [RD_INPUT_USE_CASE] = SPEC("use case", RD_TYPE_STRING, true),
    [RD_INPUT_PRIORITY_ASKED] = SPEC("priority asked", RD_TYPE_STRING, false),
    [RD_INPUT_AGE] = SPEC("age", RD_TYPE_NUMBER, true),
    [RD_INPUT_POSTCODE_CLASS] = SPEC("postcode class", RD_TYPE_STRING, false),
    [RD_INPUT_AREA_BASIS] = SPEC("area basis", RD_TYPE_STRING, true),
    [RD_INPUT_LOCALITY] = SPEC("locality", RD_TYPE_STRING, true),
    [RD_INPUT_BOROUGH] = SPEC("borough", RD_TYPE_STRING, true),
    [RD_INPUT_PRACTICE] = SPEC("practice", RD_TYPE_STRING, true),
    [RD_INPUT_PLACING_AUTHORITY] = SPEC("placing authority", RD_TYPE_STRING, true),
    [RD_INPUT_RESIDENCE_TYPE] = SPEC("residence type", RD_TYPE_STRING, true),
    [RD_INPUT_NEEDS] = SPEC("needs", RD_TYPE_LIST, false),
    [RD_INPUT_NEED_CLASS] = SPEC("need class", RD_TYPE_STRING, false),
    [RD_INPUT_FLAGS] = SPEC("flags", RD_TYPE_LIST, false),
    [RD_INPUT_HEALTH_NEED] = SPEC("health need", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_SOCIAL_NEED] = SPEC("social need", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_EQUIPMENT_NEED] = SPEC("equipment need", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_SAFEGUARDING_NEED] = SPEC("safeguarding need", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_CONSENT] = SPEC("consent", RD_TYPE_STRING, true),
    [RD_INPUT_HOSPITAL] = SPEC("hospital", RD_TYPE_STRING, true),
    [RD_INPUT_DISCHARGE_PATHWAY] = SPEC("discharge pathway", RD_TYPE_NUMBER, true),
    [RD_INPUT_LIVES_ALONE] = SPEC("lives alone", RD_TYPE_BOOLEAN, true),
    [RD_INPUT_MISSING] = SPEC("missing", RD_TYPE_LIST, false),
    [RD_INPUT_COMPLETE] = SPEC("complete", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_CONFIDENTIALITY] = SPEC("confidentiality", RD_TYPE_STRING, true),
    [RD_INPUT_AREA] = SPEC("area", RD_TYPE_STRING, true),
    [RD_INPUT_RESIDENCE_CLASS] = SPEC("residence class", RD_TYPE_STRING, true),
    [RD_INPUT_RESIDENCE_LOCALITY] = SPEC("residence locality", RD_TYPE_STRING, true),
    [RD_INPUT_RESIDENCE_BOROUGH] = SPEC("residence borough", RD_TYPE_STRING, true),
    [RD_INPUT_HEALTH_CLASS] = SPEC("health class", RD_TYPE_STRING, true),
    [RD_INPUT_HEALTH_LOCALITY] = SPEC("health locality", RD_TYPE_STRING, true),
    [RD_INPUT_HEALTH_BOROUGH] = SPEC("health borough", RD_TYPE_STRING, true),
    [RD_INPUT_SOCIAL_CLASS] = SPEC("social class", RD_TYPE_STRING, true),
    [RD_INPUT_SOCIAL_LOCALITY] = SPEC("social locality", RD_TYPE_STRING, true),
    [RD_INPUT_SOCIAL_BOROUGH] = SPEC("social borough", RD_TYPE_STRING, true),
    [RD_INPUT_INCIDENT_CLASS] = SPEC("incident class", RD_TYPE_STRING, true),
    [RD_INPUT_INCIDENT_LOCALITY] = SPEC("incident locality", RD_TYPE_STRING, true),
    [RD_INPUT_INCIDENT_BOROUGH] = SPEC("incident borough", RD_TYPE_STRING, true),
    [RD_INPUT_DISCHARGE_CLASS] = SPEC("discharge class", RD_TYPE_STRING, true),
    [RD_INPUT_DISCHARGE_LOCALITY] = SPEC("discharge locality", RD_TYPE_STRING, true),
    [RD_INPUT_DISCHARGE_BOROUGH] = SPEC("discharge borough", RD_TYPE_STRING, true),
    [RD_INPUT_BOROUGHS_DIFFER] = SPEC("boroughs differ", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_LOCALITIES_DIFFER] = SPEC("localities differ", RD_TYPE_BOOLEAN, false),
    [RD_INPUT_PATHWAY] = SPEC("pathway", RD_TYPE_STRING, false),
    [RD_INPUT_URGENCY] = SPEC("urgency", RD_TYPE_STRING, false),
};
#undef SPEC

/* The names of an enum; with `unspecified` also the first. */
static bool enum_values(const struct rd_enum_names *names, bool unspecified, struct rd_arena *arena,
                        const struct rd_text **values, size_t *count)
{
    size_t first = unspecified ? 0 : 1;
    struct rd_text *list = rd_arena_array(arena, names->count, sizeof *list);
    if (list == NULL)
        return false;
    *count = names->count - first;
    for (size_t i = 0; i < *count; i++)
        list[i] = rd_text_of(names->names[i + first]);
    *values = list;
    return true;
}

static bool fixed_values(const char *const *names, struct rd_arena *arena,
                         const struct rd_text **values, size_t *count)
{
    size_t len = 0;
    while (names[len] != NULL)
        len++;
    struct rd_text *list = rd_arena_array(arena, len, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        list[i] = rd_text_of(names[i]);
    *values = list;
    *count = len;
    return true;
}

static bool need_class_values(const struct rd_rules *rules, struct rd_arena *arena,
                              const struct rd_text **values, size_t *count)
{
    struct rd_text *list = rd_arena_array(arena, rules->need_classes_count + 2, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < rules->need_classes_count; i++)
        list[i] = rules->need_classes[i];
    list[rules->need_classes_count] = RD_TEXT(RD_NEED_CLASS_NONE);
    list[rules->need_classes_count + 1] = RD_TEXT(RD_NEED_CLASS_UNKNOWN);
    *values = list;
    *count = rules->need_classes_count + 2;
    return true;
}

static bool name_values(const struct rd_rules *rules, enum rd_input_id input,
                        struct rd_arena *arena, const struct rd_text **values, size_t *count)
{
    bool feeds = input == RD_INPUT_FEED;
    size_t len = feeds ? rules->place.feeds_count : rules->needs_count;
    struct rd_text *list = rd_arena_array(arena, len + 1, sizeof *list);
    if (list == NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        list[i] = feeds ? rules->place.feeds[i].name : rules->needs[i].code;
    *values = list;
    *count = len;
    return true;
}

static bool is_locality(enum rd_input_id input)
{
    return input == RD_INPUT_LOCALITY || input == RD_INPUT_RESIDENCE_LOCALITY ||
           input == RD_INPUT_HEALTH_LOCALITY || input == RD_INPUT_SOCIAL_LOCALITY ||
           input == RD_INPUT_INCIDENT_LOCALITY || input == RD_INPUT_DISCHARGE_LOCALITY;
}

/* An address, or what else an area can be by. */
static bool basis_values(struct rd_arena *arena, const struct rd_text **values, size_t *count)
{
    struct rd_text *list = rd_arena_array(arena, rd_address_use_names.count + 1, sizeof *list);
    if (list == NULL)
        return false;
    *count = 0;
    for (size_t i = 1; i < rd_address_use_names.count; i++)
        list[(*count)++] = rd_text_of(rd_address_use_names.names[i]);
    list[(*count)++] = RD_TEXT("practice");
    list[(*count)++] = RD_TEXT("placing-authority");
    *values = list;
    return true;
}

bool rd_input_values(const struct rd_rules *rules, enum rd_input_id input, struct rd_arena *arena,
                     const struct rd_text **values, size_t *count)
{
    static const char *const sources[] = {"gp",        "ambulance", "hospital",  "self",
                                          "community", "telecare",  "telephone", NULL};
    static const struct {
        const struct rd_enum_names *names;
        enum rd_input_id input;
        bool unspecified;
    } enums[] = {{&rd_referral_kind_names, RD_INPUT_KIND, false},
                 {&rd_priority_names, RD_INPUT_PRIORITY_ASKED, true},
                 {&rd_priority_names, RD_INPUT_URGENCY, false},
                 {&rd_postcode_class_names, RD_INPUT_POSTCODE_CLASS, false},
                 {&rd_area_kind_names, RD_INPUT_AREA, false},
                 {&rd_postcode_class_names, RD_INPUT_RESIDENCE_CLASS, false},
                 {&rd_postcode_class_names, RD_INPUT_HEALTH_CLASS, false},
                 {&rd_postcode_class_names, RD_INPUT_SOCIAL_CLASS, false},
                 {&rd_postcode_class_names, RD_INPUT_INCIDENT_CLASS, false},
                 {&rd_postcode_class_names, RD_INPUT_DISCHARGE_CLASS, false},
                 {&rd_consent_decision_names, RD_INPUT_CONSENT, false}};
    *values = NULL;
    *count = 0;
    for (size_t i = 0; i < sizeof enums / sizeof enums[0]; i++)
        if (enums[i].input == input)
            return enum_values(enums[i].names, enums[i].unspecified, arena, values, count);
    if (input == RD_INPUT_SOURCE)
        return fixed_values(sources, arena, values, count);
    if (input == RD_INPUT_MISSING)
        return fixed_values(rd_minimum_names, arena, values, count);
    if (input == RD_INPUT_FEED || input == RD_INPUT_NEEDS)
        return name_values(rules, input, arena, values, count);
    if (input == RD_INPUT_NEED_CLASS)
        return need_class_values(rules, arena, values, count);
    if (input == RD_INPUT_AREA_BASIS)
        return basis_values(arena, values, count);
    if (is_locality(input)) {
        *values = rules->place.localities;
        *count = rules->place.localities_count;
    } else if (input == RD_INPUT_PATHWAY) {
        *values = rules->place.pathways;
        *count = rules->place.pathways_count;
    } else if (input == RD_INPUT_FLAGS) {
        *values = rules->flags;
        *count = rules->flags_count;
    }
    return true;
}

static bool list_of(const struct rd_text *texts, size_t count, struct rd_arena *arena,
                    struct rd_value *out)
{
    struct rd_value *items = rd_arena_array(arena, count + 1, sizeof *items);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        items[i] = rd_value_text(texts[i]);
    *out = rd_value_list(items, count);
    return true;
}

static struct rd_value number_of(struct rd_opt_i32 number)
{
    return number.has ? rd_value_int(number.value) : rd_value_null();
}

static struct rd_value name_of(const struct rd_enum_names *names, int value)
{
    return rd_value_text(rd_text_of(rd_enum_name(names, value)));
}

/* The most pressing class of the person's needs. */
static struct rd_text need_class(const struct rd_rules *rules, const struct rd_facts *facts)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < facts->needs_count; i++)
        for (size_t j = 0; j < rules->needs_count; j++)
            if (rd_text_equal(rules->needs[j].code, facts->needs[i]) &&
                rules->needs[j].class < best)
                best = rules->needs[j].class;
    if (best != SIZE_MAX)
        return rules->need_classes[best];
    bool any = facts->needs_count > 0 || facts->health_need || facts->social_need ||
               facts->equipment_need || facts->safeguarding_need;
    return any ? RD_TEXT(RD_NEED_CLASS_UNKNOWN) : RD_TEXT(RD_NEED_CLASS_NONE);
}

static void fill_areas(const struct rd_facts *facts, struct rd_value v[RD_INPUT_COUNT])
{
    for (size_t i = RD_INPUT_AREA; i <= RD_INPUT_DISCHARGE_BOROUGH; i++)
        v[i] = rd_value_null();
    if (facts->area != 0)
        v[RD_INPUT_AREA] = name_of(&rd_area_kind_names, (int)facts->area);
    for (size_t i = 0; i < facts->areas_count; i++) {
        const struct rd_area *area = &facts->areas[i];
        struct rd_value *of_kind =
            &v[RD_INPUT_RESIDENCE_CLASS + 3 * ((size_t)area->kind - RD_AREA_RESIDENCE)];
        of_kind[0] = name_of(&rd_postcode_class_names, (int)area->postcode_class);
        of_kind[1] = rd_value_text(area->locality);
        of_kind[2] = rd_value_text(area->borough);
    }
    v[RD_INPUT_BOROUGHS_DIFFER] = rd_value_boolean(rd_areas_boroughs_differ(facts));
    v[RD_INPUT_LOCALITIES_DIFFER] = rd_value_boolean(rd_areas_localities_differ(facts));
}

bool rd_inputs_fill(const struct rd_rules *rules, const struct rd_facts *facts,
                    struct rd_arena *arena, struct rd_value v[RD_INPUT_COUNT])
{
    v[RD_INPUT_SOURCE] = rd_value_text(facts->source);
    v[RD_INPUT_FEED] = rd_value_text(facts->feed);
    v[RD_INPUT_KIND] = name_of(&rd_referral_kind_names, (int)facts->kind);
    v[RD_INPUT_USE_CASE] = rd_value_text(facts->use_case);
    v[RD_INPUT_PRIORITY_ASKED] = name_of(&rd_priority_names, (int)facts->priority_asked);
    v[RD_INPUT_AGE] = number_of(facts->age);
    v[RD_INPUT_POSTCODE_CLASS] = name_of(&rd_postcode_class_names, (int)facts->postcode_class);
    v[RD_INPUT_AREA_BASIS] = rd_value_text(facts->area_basis);
    v[RD_INPUT_LOCALITY] = rd_value_text(facts->locality);
    v[RD_INPUT_BOROUGH] = rd_value_text(facts->borough);
    v[RD_INPUT_PRACTICE] = rd_value_text(facts->practice_ods);
    v[RD_INPUT_PLACING_AUTHORITY] = rd_value_text(facts->placing_authority);
    v[RD_INPUT_RESIDENCE_TYPE] = rd_value_text(facts->residence_type);
    v[RD_INPUT_NEED_CLASS] = rd_value_text(need_class(rules, facts));
    v[RD_INPUT_HEALTH_NEED] = rd_value_boolean(facts->health_need);
    v[RD_INPUT_SOCIAL_NEED] = rd_value_boolean(facts->social_need);
    v[RD_INPUT_EQUIPMENT_NEED] = rd_value_boolean(facts->equipment_need);
    v[RD_INPUT_SAFEGUARDING_NEED] = rd_value_boolean(facts->safeguarding_need);
    v[RD_INPUT_CONSENT] = rd_value_text(facts->consent);
    v[RD_INPUT_HOSPITAL] = rd_value_text(facts->hospital);
    v[RD_INPUT_DISCHARGE_PATHWAY] = number_of(facts->discharge_pathway);
    v[RD_INPUT_LIVES_ALONE] =
        facts->lives_alone.has ? rd_value_boolean(facts->lives_alone.value) : rd_value_null();
    v[RD_INPUT_COMPLETE] = rd_value_boolean(facts->missing_count == 0);
    v[RD_INPUT_CONFIDENTIALITY] = rd_value_text(facts->confidentiality);
    fill_areas(facts, v);
    v[RD_INPUT_PATHWAY] = rd_value_null();
    v[RD_INPUT_URGENCY] = rd_value_null();
    return list_of(facts->needs, facts->needs_count, arena, &v[RD_INPUT_NEEDS]) &&
           list_of(facts->flags, facts->flags_count, arena, &v[RD_INPUT_FLAGS]) &&
           list_of(facts->missing, facts->missing_count, arena, &v[RD_INPUT_MISSING]);
}

enum rd_area_kind rd_inputs_set_triage(const struct rd_rules *rules, const struct rd_facts *facts,
                                       struct rd_text pathway, enum rd_priority urgency,
                                       struct rd_value v[RD_INPUT_COUNT])
{
    enum rd_area_kind kind = rd_rules_pathway(rules, pathway)->area;
    v[RD_INPUT_PATHWAY] = rd_value_text(pathway);
    v[RD_INPUT_URGENCY] = name_of(&rd_priority_names, (int)urgency);
    if (kind == 0)
        return 0;
    const struct rd_area *area = rd_areas_find(facts, kind);
    v[RD_INPUT_AREA] = name_of(&rd_area_kind_names, (int)kind);
    v[RD_INPUT_POSTCODE_CLASS] = name_of(
        &rd_postcode_class_names, (int)(area == NULL ? RD_POSTCODE_MISSING : area->postcode_class));
    v[RD_INPUT_AREA_BASIS] = area == NULL ? rd_value_null() : rd_value_text(area->basis);
    v[RD_INPUT_LOCALITY] = area == NULL ? rd_value_null() : rd_value_text(area->locality);
    v[RD_INPUT_BOROUGH] = area == NULL ? rd_value_null() : rd_value_text(area->borough);
    return kind;
}

void rd_inputs_of_table(const struct rd_bound_table *table,
                        const struct rd_value values[RD_INPUT_COUNT], struct rd_value *out)
{
    for (size_t i = 0; i < table->table->inputs_count; i++)
        out[i] = values[table->inputs[i]];
}

/* A string without quotes; anything else as FEEL writes it. */
static struct rd_text shown(const struct rd_value *value, struct rd_arena *arena)
{
    if (value->type == RD_TYPE_BOOLEAN)
        return value->as.boolean ? RD_TEXT("true") : RD_TEXT("false");
    return value->type == RD_TYPE_STRING ? value->as.string : rd_value_show(value, arena);
}

bool rd_inputs_list(const struct rd_value values[RD_INPUT_COUNT], struct rd_arena *arena,
                    struct rd_decision *out)
{
    out->inputs = rd_arena_take_raw(arena, RD_INPUT_COUNT * sizeof *out->inputs);
    out->inputs_count = 0;
    if (out->inputs == NULL)
        return false;
    for (size_t i = 0; i < RD_INPUT_COUNT; i++) {
        if (values[i].type == RD_TYPE_NULL)
            continue;
        struct rd_text text = shown(&values[i], arena);
        if (!rd_text_present(text))
            return false;
        out->inputs[out->inputs_count++] =
            (struct rd_input){{rd_input_specs[i].name, rd_input_specs[i].name_len}, text};
    }
    return true;
}
