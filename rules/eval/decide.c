#include "rules/eval/deciding.h"

#include <string.h>

const struct rd_place *rd_rules_place(const struct rd_rules *rules)
{
    return &rules->place;
}

struct rd_text rd_rules_need(const struct rd_rules *rules, size_t index)
{
    return index < rules->needs_count ? rules->needs[index].code : RD_TEXT_NONE;
}

const struct rd_geo_table *rd_rules_geo(const struct rd_rules *rules)
{
    return rules->geo;
}

int64_t rd_rules_day(const struct rd_rules *rules, rd_instant at)
{
    return rd_zone_day(rules->zone, at);
}

const struct rd_calendar *rd_rules_calendar(const struct rd_rules *rules, struct rd_text name)
{
    for (size_t i = 0; i < rules->calendars_count; i++)
        if (rd_text_equal(rules->calendars[i].name, name))
            return &rules->calendars[i];
    return NULL;
}

const struct rd_pathway_plan *rd_rules_pathway(const struct rd_rules *rules, struct rd_text pathway)
{
    static const struct rd_pathway_plan none = {.clock = {NULL, 0}};
    for (size_t i = 0; i < rules->place.pathways_count; i++)
        if (rd_text_equal(rules->place.pathways[i], pathway))
            return &rules->pathways[i];
    return &none;
}

struct rd_text rd_rules_on_rota(const struct rd_rules *rules, struct rd_text rota, rd_instant now)
{
    for (size_t i = 0; i < rules->rotas_count; i++)
        if (rd_text_equal(rules->rotas[i].name, rota))
            return rd_rota_on(&rules->rotas[i], now);
    return RD_TEXT_NONE;
}

/* Minimum data, location, area, triage, lead, roles, every supporting table, every clock. */
static size_t matches_max(const struct rd_rules *rules)
{
    return 6 + rules->supporting_count + RD_DECIDING_CLOCKS_MAX;
}

struct rd_text rd_join(struct rd_arena *arena, const struct rd_text *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *bytes = rd_arena_take_raw(arena, len + 1);
    if (bytes == NULL)
        return RD_TEXT_NONE;
    struct rd_text out = {bytes, len};
    bytes[len] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            memcpy(bytes, parts[i].ptr, parts[i].len);
        bytes += parts[i].len;
    }
    return out;
}

void rd_deciding_match(struct rd_deciding *deciding, enum rd_step step, struct rd_text table,
                       struct rd_text rule, struct rd_text why)
{
    struct rd_decision *out = deciding->out;
    rd_require(out->matches_count < matches_max(deciding->rules));
    out->matches[out->matches_count++] = (struct rd_match){step, table, rule, why};
}

struct rd_hit rd_deciding_table(struct rd_deciding *deciding, enum rd_step step,
                                const struct rd_bound_table *bound)
{
    struct rd_value values[RD_TABLE_COLUMNS_MAX];
    const struct rd_table *table = bound->table;
    rd_inputs_of_table(bound, deciding->values, values);
    struct rd_hit hit = rd_compiled_decide(bound->compiled, values);
    if (hit.rule == RD_NO_RULE)
        return hit;
    rd_deciding_match(deciding, step, table->name, bound->labels[hit.rule],
                      table->rules[hit.rule].why);
    return hit;
}

struct rd_text rd_deciding_output(const struct rd_bound_table *table, struct rd_hit hit,
                                  const char *output)
{
    size_t column = rd_table_output_index(table->table, output);
    if (column == SIZE_MAX)
        return RD_TEXT_NONE;
    struct rd_value value = rd_table_output(table->table, hit, column);
    return value.type == RD_TYPE_STRING ? value.as.string : RD_TEXT_NONE;
}

static void note_minimum_data(struct rd_deciding *deciding)
{
    const struct rd_facts *facts = deciding->request->facts;
    struct rd_text words =
        facts->missing_count == 0 ? RD_TEXT("All the minimum data is there") : RD_TEXT("Missing");
    for (size_t i = 0; i < facts->missing_count; i++)
        words = RD_JOIN(deciding->arena, words, i == 0 ? RD_TEXT(": ") : RD_TEXT(", "),
                        facts->missing[i]);
    deciding->full = deciding->full || !rd_text_present(words);
    rd_deciding_match(deciding, RD_STEP_MINIMUM_DATA, RD_TEXT("minimum-data"),
                      facts->missing_count == 0 ? RD_TEXT("complete") : RD_TEXT("incomplete"),
                      words);
}

static void note_location(struct rd_deciding *deciding)
{
    const struct rd_facts *facts = deciding->request->facts;
    struct rd_text class =
        rd_text_of(rd_enum_name(&rd_postcode_class_names, (int)facts->postcode_class));
    struct rd_text words = RD_TEXT("No address was sent");
    if (rd_text_present(facts->area_basis)) {
        struct rd_text borough = rd_text_present(facts->borough)
                                     ? rd_geo_lad_name(deciding->rules->geo, facts->borough)
                                     : RD_TEXT_NONE;
        words = RD_JOIN(deciding->arena, RD_TEXT("The postcode of the "), facts->area_basis,
                        RD_TEXT(" address is "), class,
                        rd_text_present(borough) ? RD_TEXT(", ") : RD_TEXT(""), borough,
                        rd_text_present(facts->locality) ? RD_TEXT(", locality ") : RD_TEXT(""),
                        facts->locality, RD_TEXT(" (table of "), facts->data_vintage, RD_TEXT(")"));
    }
    deciding->full = deciding->full || !rd_text_present(words);
    rd_deciding_match(deciding, RD_STEP_LOCATE, RD_TEXT("postcodes"), class, words);
}

/* Open or closed, and when somebody will look. */
static struct rd_text describe_hours(struct rd_deciding *deciding,
                                     const struct rd_planned_assignment *lead)
{
    char when[RD_ZONE_TEXT_MAX];
    const struct rd_zone *zone = deciding->rules->zone;
    if (lead->open_now && lead->closes_at == 0)
        return RD_TEXT("and is open: somebody will look at it now");
    if (lead->open_now)
        return RD_JOIN(deciding->arena, RD_TEXT("and is open until "),
                       rd_text_of(rd_zone_format(zone, lead->closes_at, when)),
                       RD_TEXT(": somebody will look at it now"));
    if (lead->looks_at != 0)
        return RD_JOIN(deciding->arena, RD_TEXT("and is closed: somebody will look at it from "),
                       rd_text_of(rd_zone_format(zone, lead->looks_at, when)));
    return RD_TEXT("and nobody is there at the moment: an alarm goes to the person on call");
}

/* What the sender is told: who has it, open or closed, when somebody will look, what to do if it
 * gets worse. */
static void write_answer(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_planned_assignment *lead = &deciding->out->assignments[0];
    const struct rd_team *team = deciding->lead;
    const struct rd_team *closed = rd_text_present(lead->after_fallback_from)
                                       ? rd_place_team(&rules->place, lead->after_fallback_from)
                                       : NULL;
    struct rd_text hours = describe_hours(deciding, lead);
    deciding->out->answer =
        RD_JOIN(deciding->arena, closed == NULL ? RD_TEXT("") : closed->title,
                closed == NULL ? RD_TEXT("") : RD_TEXT(" cannot take it now. "), team->title,
                RD_TEXT(" has it "), hours, RD_TEXT(". "), rules->place.emergency_words);
    deciding->full =
        deciding->full || !rd_text_present(hours) || !rd_text_present(deciding->out->answer);
}

/* The decision has facts of its own, which point to what the request's point to. */
static bool start(struct rd_deciding *deciding)
{
    struct rd_decision *out = deciding->out;
    const struct rd_decide_request *request = deciding->request;
    *out = (struct rd_decision){.rules_hash = deciding->rules->place.hash,
                                .engine_version = request->engine_version,
                                .at = request->now};
    out->facts = rd_arena_take(deciding->arena, sizeof *out->facts);
    size_t teams = deciding->rules->place.teams_count;
    out->matches =
        rd_arena_array(deciding->arena, matches_max(deciding->rules), sizeof *out->matches);
    out->ruled_out = rd_arena_take_raw(deciding->arena, teams * sizeof *out->ruled_out);
    deciding->spoken = rd_arena_array(deciding->arena, teams, sizeof *deciding->spoken);
    if (out->facts == NULL || out->matches == NULL || out->ruled_out == NULL ||
        deciding->spoken == NULL)
        return false;
    *out->facts = *request->facts;
    return true;
}

enum rd_err rd_decide_values(struct rd_deciding *deciding)
{
    if (!start(deciding))
        return RD_E_TOOBIG;
    note_minimum_data(deciding);
    note_location(deciding);
    rd_triage(deciding);
    rd_route(deciding);
    if (deciding->full)
        return RD_E_TOOBIG;
    rd_plan_clocks(deciding);
    if (deciding->full || !rd_inputs_list(deciding->values, deciding->arena, deciding->out))
        return RD_E_TOOBIG;
    write_answer(deciding);
    return deciding->full ? RD_E_TOOBIG : RD_OK;
}

enum rd_err rd_rules_decide(const struct rd_rules *rules, const struct rd_decide_request *request,
                            struct rd_arena *arena, struct rd_decision *out)
{
    struct rd_deciding deciding = {.rules = rules, .request = request, .arena = arena, .out = out};
    if (!rd_inputs_fill(rules, request->facts, arena, deciding.values))
        return RD_E_TOOBIG;
    return rd_decide_values(&deciding);
}
