/* Who takes it: lead and supporting teams by the tables, each followed along its fallback chain
 * when it is closed, unstaffed, without a listener or full. Ends at the desk, always. */
#include "rules/eval/deciding.h"

#include "model/limits.h"

/* One team or what its fallback chain leads to. `wait_until`: a team closed by its hours keeps
 * what can wait for its next opening, if that is no later. */
struct route_request {
    const struct rd_team *team;
    enum rd_role role;
    const struct rd_facts *facts;
    rd_instant now;
    const struct rd_presence *presence;
    rd_instant wait_until; /* 0: cannot wait */
};

/* Whether a team can take it now. */
struct availability {
    bool takes;
    bool closed; /* by its hours only */
    struct rd_text why;
    rd_instant changes; /* takes: when it will no more; closed: when it will next; 0: never */
};

static const struct rd_calendar *calendar_of(const struct rd_rules *rules,
                                             const struct rd_team *team)
{
    return rules->team_calendars[team - rules->place.teams];
}

static struct availability look_at(const struct rd_rules *rules, const struct rd_team *team,
                                   const struct route_request *request, struct rd_arena *arena)
{
    char when[RD_ZONE_TEXT_MAX];
    const struct rd_presence *presence = request->presence;
    const struct rd_calendar *calendar = calendar_of(rules, team);
    if (!team->staffed)
        return (struct availability){.why = RD_TEXT("it is not staffed")};
    rd_instant changes = 0;
    if (calendar != NULL && !rd_calendar_referrals_at(calendar, request->now, &changes)) {
        struct rd_text why = RD_TEXT("it is closed, and its calendar has no next opening");
        if (changes != 0)
            why = RD_JOIN(arena,
                          rd_calendar_is_open(calendar, request->now)
                              ? RD_TEXT("it is past its last referral time, closed until ")
                              : RD_TEXT("it is closed until "),
                          rd_text_of(rd_zone_format(rules->zone, changes, when)));
        return (struct availability){.closed = true, .why = why, .changes = changes};
    }
    if (presence != NULL && presence->has_consumer != NULL &&
        !presence->has_consumer(presence->context, team->name))
        return (struct availability){.why = RD_TEXT("nobody there is listening")};
    if (team->capacity > 0 && presence != NULL && presence->open_assignments != NULL &&
        presence->open_assignments(presence->context, team->name) >= team->capacity)
        return (struct availability){
            .why = rd_arena_format(arena, "it is full (%u open)", (unsigned)team->capacity)};
    return (struct availability){.takes = true, .changes = changes};
}

static enum rd_view narrower(enum rd_view a, enum rd_view b)
{
    return a > b ? a : b; /* FULL, MINIMUM, NONE */
}

/* What of the record the team may see: outside our own teams only with consent. */
static enum rd_view view_for(const struct rd_team *team, enum rd_role role,
                             const struct rd_facts *facts)
{
    bool ours = team->kind == RD_TEAM_DESK || team->kind == RD_TEAM_INTERNAL;
    bool restricted = rd_text_present(facts->confidentiality) &&
                      !rd_text_is(facts->confidentiality, "normal") &&
                      !rd_text_is(facts->confidentiality, "N");
    bool agreed =
        rd_text_is(facts->consent, "given") || rd_text_is(facts->consent, "best-interests");
    enum rd_view view = team->view == 0 ? RD_VIEW_FULL : team->view;
    if (rd_text_is(facts->consent, "refused") && !ours)
        return RD_VIEW_NONE;
    if (restricted && team->kind == RD_TEAM_VOLUNTARY)
        return RD_VIEW_NONE;
    if (restricted && role == RD_ROLE_SUPPORTING)
        view = narrower(view, RD_VIEW_MINIMUM);
    if (!agreed && team->kind == RD_TEAM_VOLUNTARY)
        view = narrower(view, RD_VIEW_MINIMUM);
    return view;
}

static void fill_plan(const struct rd_rules *rules, const struct rd_team *team,
                      const struct route_request *request, const struct availability *found,
                      struct rd_planned_assignment *out)
{
    const struct rd_calendar *calendar = calendar_of(rules, team);
    *out = (struct rd_planned_assignment){
        .team = team->name,
        .role = request->role,
        .view = view_for(team, request->role, request->facts),
        .external = team->kind == RD_TEAM_EXTERNAL,
        .open_now = found->takes,
        .looks_at = found->takes ? request->now : found->changes,
        .closes_at = found->takes ? found->changes : 0,
    };
    if (!found->takes &&
        !found->closed) /* the desk, or a queue nobody else can have: it is there */
        out->looks_at = calendar == NULL ? 0 : rd_calendar_next_referral(calendar, request->now);
}

static void rule_out(struct rd_deciding *deciding, const struct rd_team *team, struct rd_text why)
{
    uint8_t *spoken = &deciding->spoken[team - deciding->rules->place.teams];
    struct rd_decision *out = deciding->out;
    if ((*spoken & RD_SPOKEN_RULED_OUT) == 0)
        out->ruled_out[out->ruled_out_count++] = (struct rd_ruled_out){team->name, why};
    *spoken |= RD_SPOKEN_RULED_OUT;
}

/* Who takes it; NULL: the arena is full. `deciding` may be NULL: then nobody is told who was ruled
 * out. */
static const struct rd_team *route_team(const struct rd_rules *rules,
                                        const struct route_request *request,
                                        struct rd_deciding *deciding, struct rd_arena *arena,
                                        struct rd_planned_assignment *out)
{
    const struct rd_team *first = request->team, *team = first;
    struct rd_text refused = RD_TEXT_NONE;
    for (size_t hops = 0;; hops++) {
        struct availability found = look_at(rules, team, request, arena);
        bool waits = found.closed && found.changes != 0 && found.changes <= request->wait_until;
        if (!found.takes && !rd_text_present(found.why))
            return NULL; /* the words did not fit */
        /* A chain longer than there are teams is a circle, which load refuses. */
        if (found.takes || waits || team == rules->desk || hops > rules->place.teams_count) {
            fill_plan(rules, team, request, &found, out);
            break;
        }
        if (deciding != NULL)
            rule_out(deciding, team, found.why);
        if (team == first)
            refused = found.why;
        team = rules->fallbacks[team - rules->place.teams];
    }
    if (team == first)
        return team;
    out->after_fallback_from = first->name;
    out->why = RD_JOIN(arena, RD_TEXT("In place of "), first->title, RD_TEXT(": "), refused);
    return rd_text_present(out->why) ? team : NULL;
}

rd_instant rd_may_wait_until(enum rd_priority urgency, rd_instant received)
{
    if (urgency == RD_PRIORITY_ROUTINE)
        return INT64_MAX;
    return urgency == RD_PRIORITY_TWO_DAY ? received + 2 * RD_DAY_US : 0;
}

static bool has_team(const struct rd_decision *out, struct rd_text team)
{
    for (size_t i = 0; i < out->assignments_count; i++)
        if (rd_text_equal(out->assignments[i].team, team))
            return true;
    return false;
}

static struct rd_text join_why(struct rd_deciding *deciding, struct rd_text rule,
                               struct rd_text fallback)
{
    if (!rd_text_present(fallback))
        return rule;
    struct rd_text joined = RD_JOIN(deciding->arena, rule, RD_TEXT(". "), fallback);
    deciding->full = deciding->full || !rd_text_present(joined);
    return joined;
}

/* The lead, and every supporting team that the tables or a person can name. */
static size_t teams_max(const struct rd_deciding *deciding)
{
    const struct rd_override *override = deciding->request->override;
    size_t tables = deciding->rules->supporting_count;
    size_t named = override == NULL ? 0 : override->supporting_count;
    size_t most = 1 + (named > tables ? named : tables);
    return most < RD_ASSIGNMENTS_MAX ? most : RD_ASSIGNMENTS_MAX;
}

/* Its fallback is in already and could not tell the two shares apart: the team keeps its own queue,
 * where the next who comes finds it. */
static void keep_own_queue(const struct rd_rules *rules, const struct route_request *request,
                           struct rd_planned_assignment *plan)
{
    plan->team = request->team->name;
    plan->view = view_for(request->team, request->role, request->facts);
    plan->after_fallback_from = RD_TEXT_NONE;
    plan->open_now = false;
    plan->looks_at = rd_rules_team_changes(rules, request->team, request->now);
    plan->closes_at = 0;
    plan->external = request->team->kind == RD_TEAM_EXTERNAL;
}

/* `team` may be NULL: nobody. */
static void add_team(struct rd_deciding *deciding, const struct rd_team *team, enum rd_role role,
                     struct rd_text why)
{
    struct rd_decision *out = deciding->out;
    const struct rd_rules *rules = deciding->rules;
    rd_instant received = deciding->request->facts->received;
    struct route_request request = {.team = team,
                                    .role = role,
                                    .facts = deciding->request->facts,
                                    .now = deciding->request->now,
                                    .presence = &deciding->request->presence,
                                    .wait_until = role == RD_ROLE_SUPPORTING
                                                      ? INT64_MAX
                                                      : rd_may_wait_until(out->urgency, received)};
    struct rd_planned_assignment *plan = &out->assignments[out->assignments_count];
    if (team == NULL || has_team(out, team->name) || out->assignments_count == teams_max(deciding))
        return;
    const struct rd_team *taker = route_team(rules, &request, deciding, deciding->arena, plan);
    if (taker == NULL) {
        deciding->full = true;
        return;
    }
    if (role == RD_ROLE_SUPPORTING && has_team(out, plan->team)) {
        keep_own_queue(rules, &request, plan);
        taker = team;
    }
    if (role == RD_ROLE_LEAD)
        deciding->lead = taker;
    deciding->spoken[taker - rules->place.teams] |= RD_SPOKEN_CHOSEN;
    plan->why = join_why(deciding, why, plan->why);
    out->assignments_count++;
}

/* The team that the hit names; NULL: none. */
static const struct rd_team *team_of(const struct rd_deciding *deciding,
                                     const struct rd_bound_table *table, struct rd_hit hit,
                                     const char *output)
{
    const struct rd_place *place = &deciding->rules->place;
    if (hit.rule == RD_NO_RULE)
        return rd_place_team(place, rd_deciding_output(table, hit, output));
    size_t team = table->teams[hit.rule];
    return team == SIZE_MAX ? NULL : &place->teams[team];
}

static void add_lead(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_override *override = deciding->request->override;
    struct rd_text why = RD_TEXT("No rule names a lead: the desk has it");
    const struct rd_team *team;
    if (override != NULL && rd_text_present(override->lead)) {
        team = rd_place_team(&rules->place, override->lead);
        why = deciding->out->reason;
    } else {
        struct rd_hit hit = rd_deciding_table(deciding, RD_STEP_ROUTE, &rules->lead);
        team = team_of(deciding, &rules->lead, hit, "lead");
        if (hit.rule != RD_NO_RULE && rd_text_present(rules->lead.table->rules[hit.rule].why))
            why = rules->lead.table->rules[hit.rule].why;
    }
    add_team(deciding, team != NULL ? team : rules->desk, RD_ROLE_LEAD, why);
}

static void add_roles(struct rd_deciding *deciding)
{
    const struct rd_bound_table *table = &deciding->rules->roles;
    if (table->table == NULL || deciding->out->assignments_count == 0)
        return;
    struct rd_hit hit = rd_deciding_table(deciding, RD_STEP_ROUTE, table);
    size_t column = rd_table_output_index(table->table, "roles");
    struct rd_value value =
        column == SIZE_MAX ? rd_value_null() : rd_table_output(table->table, hit, column);
    if (value.type != RD_TYPE_LIST || value.as.list.count == 0)
        return;
    struct rd_planned_assignment *lead = &deciding->out->assignments[0];
    struct rd_text *roles = rd_arena_array(deciding->arena, value.as.list.count, sizeof *roles);
    if (roles == NULL) {
        deciding->full = true;
        return;
    }
    for (size_t i = 0; i < value.as.list.count; i++)
        roles[i] = value.as.list.items[i].as.string;
    lead->required_roles = roles;
    lead->required_roles_count = value.as.list.count;
}

static void add_supporting(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_override *override = deciding->request->override;
    if (override != NULL && override->supporting_count > 0) {
        for (size_t i = 0; i < override->supporting_count; i++)
            add_team(deciding, rd_place_team(&rules->place, override->supporting[i]),
                     RD_ROLE_SUPPORTING, deciding->out->reason);
        return;
    }
    for (size_t i = 0; i < rules->supporting_count; i++) {
        const struct rd_bound_table *table = &rules->supporting[i];
        struct rd_hit hit = rd_deciding_table(deciding, RD_STEP_ROUTE, table);
        const struct rd_team *team = team_of(deciding, table, hit, "supporting");
        add_team(deciding, team, RD_ROLE_SUPPORTING,
                 hit.rule == RD_NO_RULE ? RD_TEXT("No rule matches: the table's default")
                                        : table->table->rules[hit.rule].why);
    }
}

void rd_route(struct rd_deciding *deciding)
{
    struct rd_decision *out = deciding->out;
    out->assignments =
        rd_arena_array(deciding->arena, teams_max(deciding) + 1, sizeof *out->assignments);
    if (out->assignments == NULL) {
        deciding->full = true;
        return;
    }
    add_lead(deciding);
    add_roles(deciding);
    add_supporting(deciding);
    rd_rule_out_others(deciding);
}

enum rd_err rd_rules_plan_team(const struct rd_rules *rules, struct rd_text team, enum rd_role role,
                               const struct rd_facts *facts, enum rd_priority urgency,
                               rd_instant now, const struct rd_presence *presence,
                               struct rd_arena *arena, struct rd_planned_assignment *out)
{
    struct route_request request = {.team = rd_place_team(&rules->place, team),
                                    .role = role,
                                    .facts = facts,
                                    .now = now,
                                    .presence = presence,
                                    .wait_until = rd_may_wait_until(urgency, facts->received)};
    if (request.team == NULL)
        return RD_E_NOTFOUND;
    return route_team(rules, &request, NULL, arena, out) == NULL ? RD_E_TOOBIG : RD_OK;
}

bool rd_rules_team_open(const struct rd_rules *rules, const struct rd_team *team, rd_instant now)
{
    const struct rd_calendar *calendar = calendar_of(rules, team);
    return team->staffed && (calendar == NULL || rd_calendar_takes_referrals(calendar, now));
}

rd_instant rd_rules_team_changes(const struct rd_rules *rules, const struct rd_team *team,
                                 rd_instant now)
{
    const struct rd_calendar *calendar = calendar_of(rules, team);
    if (!team->staffed || calendar == NULL)
        return 0;
    return rd_calendar_next_referral_change(calendar, now);
}
