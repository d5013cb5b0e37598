#include "rules/eval/deciding.h"

const struct rd_place *rd_rules_place(const struct rd_rules *rules)
{
    return &rules->place;
}

const struct rd_calendar *rd_rules_calendar(const struct rd_rules *rules, struct rd_text name)
{
    for (size_t i = 0; i < rules->calendars_count; i++)
        if (rd_text_equal(rules->calendars[i].name, name))
            return &rules->calendars[i];
    return NULL;
}

struct rd_text rd_rules_on_rota(const struct rd_rules *rules, struct rd_text rota, rd_instant now)
{
    for (size_t i = 0; i < rules->rotas_count; i++)
        if (rd_text_equal(rules->rotas[i].name, rota))
            return rd_rota_on(&rules->rotas[i], now);
    return RD_TEXT_NONE;
}

void rd_deciding_match(struct rd_deciding *deciding, enum rd_step step, struct rd_text table,
                       struct rd_text rule, struct rd_text why)
{
    struct rd_decision *out = deciding->out;
    if (out->matches_count < RD_DECIDING_MATCHES_MAX)
        out->matches[out->matches_count++] = (struct rd_match){step, table, rule, why};
}

void rd_deciding_rule_out(struct rd_deciding *deciding, struct rd_text team, struct rd_text why)
{
    struct rd_decision *out = deciding->out;
    for (size_t i = 0; i < out->ruled_out_count; i++)
        if (rd_text_equal(out->ruled_out[i].team, team))
            return;
    if (out->ruled_out_count < RD_DECIDING_RULED_OUT_MAX)
        out->ruled_out[out->ruled_out_count++] = (struct rd_ruled_out){team, why};
}

struct rd_hit rd_deciding_table(struct rd_deciding *deciding, enum rd_step step,
                                const struct rd_bound_table *bound)
{
    struct rd_value values[RD_TABLE_COLUMNS_MAX];
    const struct rd_table *table = bound->table;
    rd_inputs_of_table(bound, deciding->values, values);
    struct rd_hit hit = rd_table_decide(table, values);
    if (hit.rule == RD_NO_RULE)
        return hit;
    struct rd_text number = rd_arena_format(deciding->arena, "%d", hit.rule + 1);
    deciding->full = deciding->full || !rd_text_present(number);
    rd_deciding_match(deciding, step, table->name, number, table->rules[hit.rule].why);
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
        words = rd_arena_format(deciding->arena, "%.*s%s %.*s", RD_TEXT_ARG(words),
                                i == 0 ? ":" : ",", RD_TEXT_ARG(facts->missing[i]));
    deciding->full = deciding->full || !rd_text_present(words);
    rd_deciding_match(deciding, RD_STEP_MINIMUM_DATA, RD_TEXT("minimum-data"),
                      facts->missing_count == 0 ? RD_TEXT("complete") : RD_TEXT("incomplete"),
                      words);
}

static void note_location(struct rd_deciding *deciding)
{
    const struct rd_facts *facts = deciding->request->facts;
    const char *class = rd_enum_name(&rd_postcode_class_names, (int)facts->postcode_class);
    struct rd_text borough = rd_text_present(facts->borough)
                                 ? rd_geo_lad_name(deciding->rules->geo, facts->borough)
                                 : RD_TEXT_NONE;
    struct rd_text words =
        facts->postcode_class == RD_POSTCODE_MISSING && !rd_text_present(facts->area_basis)
            ? RD_TEXT("No address was sent")
            : rd_arena_format(deciding->arena,
                              "The postcode of the %.*s address is %s%s%.*s%s%.*s (table of "
                              "%.*s)",
                              RD_TEXT_ARG(facts->area_basis), class,
                              rd_text_present(borough) ? ", " : "", RD_TEXT_ARG(borough),
                              rd_text_present(facts->locality) ? ", locality " : "",
                              RD_TEXT_ARG(facts->locality), RD_TEXT_ARG(facts->data_vintage));
    deciding->full = deciding->full || !rd_text_present(words);
    rd_deciding_match(deciding, RD_STEP_LOCATE, RD_TEXT("postcodes"), rd_text_of(class), words);
}

/* What the sender is told: who has it, open or closed, when somebody will look, what to do if it
 * gets worse. */
static void write_answer(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_planned_assignment *lead = &deciding->out->assignments[0];
    const struct rd_team *team = rd_place_team(&rules->place, lead->team);
    const struct rd_team *closed = rd_text_present(lead->after_fallback_from)
                                       ? rd_place_team(&rules->place, lead->after_fallback_from)
                                       : NULL;
    char looks[RD_ZONE_TEXT_MAX], until[RD_ZONE_TEXT_MAX];
    struct rd_text first = closed == NULL
                               ? RD_TEXT("")
                               : rd_arena_format(deciding->arena, "%.*s cannot take it now. ",
                                                 RD_TEXT_ARG(closed->title));
    struct rd_text hours =
        lead->open_now && lead->closes_at != 0
            ? rd_arena_format(deciding->arena, "and is open until %s: somebody will look at it now",
                              rd_zone_format(rules->zone, lead->closes_at, until))
        : lead->open_now ? RD_TEXT("and is open: somebody will look at it now")
        : lead->looks_at != 0
            ? rd_arena_format(deciding->arena, "and is closed: somebody will look at it from %s",
                              rd_zone_format(rules->zone, lead->looks_at, looks))
            : RD_TEXT("and nobody is there at the moment: an alarm goes to the person on call");
    deciding->out->answer = rd_arena_format(
        deciding->arena, "%.*s%.*s has it %.*s. %.*s", RD_TEXT_ARG(first), RD_TEXT_ARG(team->title),
        RD_TEXT_ARG(hours), RD_TEXT_ARG(rules->place.emergency_words));
    deciding->full = deciding->full || !rd_text_present(deciding->out->answer);
}

/* The decision keeps its own facts: the request's may be gone before it is. */
static bool start(struct rd_deciding *deciding)
{
    struct rd_decision *out = deciding->out;
    const struct rd_decide_request *request = deciding->request;
    *out = (struct rd_decision){.rules_hash = deciding->rules->place.hash,
                                .engine_version = request->engine_version,
                                .at = request->now};
    out->facts = rd_arena_take(deciding->arena, sizeof *out->facts);
    out->matches = rd_arena_array(deciding->arena, RD_DECIDING_MATCHES_MAX, sizeof *out->matches);
    out->ruled_out =
        rd_arena_array(deciding->arena, RD_DECIDING_RULED_OUT_MAX, sizeof *out->ruled_out);
    return out->facts != NULL && out->matches != NULL && out->ruled_out != NULL &&
           rd_shape_copy(&rd_facts_shape, request->facts, deciding->arena, out->facts) == RD_OK &&
           rd_inputs_fill(deciding->rules, request->facts, deciding->arena, deciding->values);
}

enum rd_err rd_rules_decide(const struct rd_rules *rules, const struct rd_decide_request *request,
                            struct rd_arena *arena, struct rd_decision *out)
{
    struct rd_deciding deciding = {.rules = rules, .request = request, .arena = arena, .out = out};
    if (!start(&deciding))
        return RD_E_TOOBIG;
    note_minimum_data(&deciding);
    note_location(&deciding);
    rd_triage(&deciding);
    rd_route(&deciding);
    if (deciding.full)
        return RD_E_TOOBIG;
    rd_plan_clocks(&deciding);
    if (deciding.full || !rd_inputs_list(deciding.values, arena, out))
        return RD_E_TOOBIG;
    write_answer(&deciding);
    return deciding.full ? RD_E_TOOBIG : RD_OK;
}
