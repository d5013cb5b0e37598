#include "fake_rules.h"

enum { TEAMS = 5, FEEDS = 5, POLICIES = 6, PATHWAYS = 5 };

struct rd_rules {
    const struct rd_alloc *alloc;
    struct rd_place place;
    struct rd_team teams[TEAMS];
    struct rd_feed feeds[FEEDS];
    struct rd_policy policies[POLICIES];
    struct rd_text localities[1];
    struct rd_text pathways[PATHWAYS];
    struct rd_text empty_rota; /* nobody stands on it */
};

/* RD_TEXT is no constant expression in C11. */
#define DESK_ROTA                                                                                  \
    {                                                                                              \
        "desk-rota", sizeof "desk-rota" - 1                                                        \
    }

/* Never written to; not const because a policy's stages are shared with loaded ones. */
static struct rd_stage_plan triage_stages[] = {{RD_STAGE_BREACH, 15, 0, DESK_ROTA},
                                               {RD_STAGE_REPEAT, 45, 30, DESK_ROTA}};
static struct rd_stage_plan claim_stages[] = {{RD_STAGE_CLAIM_BY, 15, 0, DESK_ROTA},
                                              {RD_STAGE_REPEAT, 45, 30, DESK_ROTA}};
static struct rd_stage_plan two_hour_stages[] = {{RD_STAGE_CLAIM_BY, 15, 0, DESK_ROTA},
                                                 {RD_STAGE_WARNING, 60, 0, DESK_ROTA},
                                                 {RD_STAGE_WARNING, 90, 0, DESK_ROTA},
                                                 {RD_STAGE_BREACH, 120, 0, DESK_ROTA},
                                                 {RD_STAGE_REPEAT, 150, 30, DESK_ROTA}};
static struct rd_stage_plan two_day_stages[] = {{RD_STAGE_WARNING, 24 * 60, 0, DESK_ROTA},
                                                {RD_STAGE_BREACH, 48 * 60, 0, DESK_ROTA}};
static struct rd_stage_plan respond_stages[] = {{RD_STAGE_AUTO_REJECT, 10, 0, DESK_ROTA}};
static struct rd_stage_plan review_stages[] = {{RD_STAGE_WARNING, 24 * 60, 0, DESK_ROTA}};

static void add_teams(struct rd_rules *rules)
{
    static const struct {
        const char *name, *title, *fallback, *calendar;
        enum rd_team_kind kind;
        enum rd_view view;
        uint32_t decay;
        const char *rota;
    } rows[TEAMS] = {
        {"desk", "First contact desk", NULL, NULL, RD_TEAM_DESK, RD_VIEW_FULL, 0, "desk-rota"},
        {"rapid", "Rapid response", "locality", NULL, RD_TEAM_INTERNAL, RD_VIEW_FULL, 30,
         "rapid-rota"},
        {"locality", "Locality team", NULL, "day", RD_TEAM_INTERNAL, RD_VIEW_FULL, 60,
         "locality-rota"},
        {"neighbour", "Neighbouring service", NULL, NULL, RD_TEAM_EXTERNAL, RD_VIEW_FULL, 0,
         "neighbour-rota"},
        {"voluntary", "Voluntary sector", NULL, NULL, RD_TEAM_VOLUNTARY, RD_VIEW_MINIMUM, 0,
         "voluntary-rota"},
    };
    for (size_t i = 0; i < TEAMS; i++)
        rules->teams[i] = (struct rd_team){.name = rd_text_of(rows[i].name),
                                           .title = rd_text_of(rows[i].title),
                                           .kind = rows[i].kind,
                                           .view = rows[i].view,
                                           .calendar = rd_text_of(rows[i].calendar),
                                           .fallback = rd_text_of(rows[i].fallback),
                                           .staffed = true,
                                           .claim_decay_minutes = rows[i].decay,
                                           .rota = rd_text_of(rows[i].rota),
                                           .telephone = RD_TEXT("01632 960000")};
}

static void add_feeds(struct rd_rules *rules)
{
    static const struct {
        const char *name, *source, *adapter;
        enum rd_environment environment;
        uint32_t days;
    } rows[FEEDS] = {
        {"gp", "gp", "bars", RD_ENVIRONMENT_LIVE, 90},
        {"ambulance", "ambulance", "bars", RD_ENVIRONMENT_LIVE, 90},
        {"hospital", "hospital", "mllp", RD_ENVIRONMENT_LIVE, 1},
        {"self", "self", "form", RD_ENVIRONMENT_LIVE, 90},
        {"gp-test", "gp", "bars", RD_ENVIRONMENT_TEST, 90},
    };
    for (size_t i = 0; i < FEEDS; i++)
        rules->feeds[i] = (struct rd_feed){.name = rd_text_of(rows[i].name),
                                           .title = rd_text_of(rows[i].name),
                                           .source = rd_text_of(rows[i].source),
                                           .adapter = rd_text_of(rows[i].adapter),
                                           .environment = rows[i].environment,
                                           .key_window_days = rows[i].days,
                                           .quarantine_ack = RD_QUARANTINE_AA,
                                           .quarantine_minutes = 60,
                                           .expected = {.gap_minutes = 5}};
}

static struct rd_policy policy(const char *name, enum rd_clock_kind kind, uint32_t minutes,
                               const char *stop, struct rd_stage_plan *stages, size_t count)
{
    return (struct rd_policy){.name = rd_text_of(name),
                              .kind = kind,
                              .duration_minutes = minutes,
                              .stop_mode = rd_text_of(stop),
                              .stages = stages,
                              .stages_count = count};
}

static void add_policies(struct rd_rules *rules)
{
    struct rd_policy *p = rules->policies;
    p[0] = policy("triage", RD_CLOCK_TRIAGE, 15, "triage", triage_stages, 2);
    p[1] = policy("claim-by", RD_CLOCK_CLAIM_BY, 15, "claim", claim_stages, 2);
    p[2] = policy("two-hour", RD_CLOCK_TWO_HOUR, 120, "face-to-face", two_hour_stages, 5);
    p[3] = policy("two-day", RD_CLOCK_TWO_DAY, 48 * 60, "any", two_day_stages, 2);
    p[4] = policy("respond-by", RD_CLOCK_RESPOND_BY, 0, "accept", respond_stages, 1);
    p[5] = policy("review", RD_CLOCK_OTHER, 24 * 60, "close", review_stages, 1);
}

struct rd_rules *rd_fake_rules_new(const struct rd_alloc *alloc)
{
    static const char *const pathways[PATHWAYS] = {"rapid-response", "urgent-assessment", "routine",
                                                   "signpost", "desk"};
    struct rd_rules *rules = rd_alloc_zeroed(alloc, 1, sizeof *rules);
    if (rules == NULL)
        return NULL;
    rules->alloc = alloc;
    add_teams(rules);
    add_feeds(rules);
    add_policies(rules);
    rules->localities[0] = RD_TEXT("north");
    for (size_t i = 0; i < PATHWAYS; i++)
        rules->pathways[i] = rd_text_of(pathways[i]);
    rules->place = (struct rd_place){.name = RD_TEXT("fakeham"),
                                     .title = RD_TEXT("Fakeham single point of access"),
                                     .timezone = RD_TEXT("Etc/UTC"),
                                     .emergency_words = RD_TEXT("call 999; otherwise 111"),
                                     .hash = RD_TEXT("fake-1"),
                                     .desk = RD_TEXT("desk"),
                                     .feeds = rules->feeds,
                                     .feeds_count = FEEDS,
                                     .teams = rules->teams,
                                     .teams_count = TEAMS,
                                     .policies = rules->policies,
                                     .policies_count = POLICIES,
                                     .localities = rules->localities,
                                     .localities_count = 1,
                                     .pathways = rules->pathways,
                                     .pathways_count = PATHWAYS};
    return rules;
}

void rd_fake_rules_free(struct rd_rules *rules)
{
    if (rules != NULL)
        rd_release(rules->alloc, rules);
}

void rd_fake_rules_set_hash(struct rd_rules *rules, struct rd_text hash)
{
    rules->place.hash = hash;
}

void rd_fake_rules_drop_team(struct rd_rules *rules, struct rd_text team)
{
    size_t kept = 0;
    for (size_t i = 0; i < rules->place.teams_count; i++)
        if (!rd_text_equal(rules->teams[i].name, team))
            rules->teams[kept++] = rules->teams[i];
    rules->place.teams_count = kept;
}

void rd_fake_rules_drop_feed(struct rd_rules *rules, struct rd_text feed)
{
    size_t kept = 0;
    for (size_t i = 0; i < rules->place.feeds_count; i++)
        if (!rd_text_equal(rules->feeds[i].name, feed))
            rules->feeds[kept++] = rules->feeds[i];
    rules->place.feeds_count = kept;
}

void rd_fake_rules_empty_rota(struct rd_rules *rules, struct rd_text rota)
{
    rules->empty_rota = rota;
}

void rd_fake_rules_set_staffed(struct rd_rules *rules, struct rd_text team, bool staffed)
{
    for (size_t i = 0; i < TEAMS; i++)
        if (rd_text_equal(rules->teams[i].name, team))
            rules->teams[i].staffed = staffed;
}

const struct rd_place *rd_rules_place(const struct rd_rules *rules)
{
    return &rules->place;
}

static bool by_day(rd_instant now)
{
    rd_instant minute = now % RD_DAY_US / RD_MINUTE_US;
    return minute >= 8 * 60 && minute < 20 * 60;
}

void rd_fake_rules_expect(struct rd_rules *rules, struct rd_text feed,
                          const struct rd_expected *expected)
{
    for (size_t i = 0; i < FEEDS; i++)
        if (rd_text_equal(rules->feeds[i].name, feed))
            rules->feeds[i].expected = *expected;
}

bool rd_rules_team_open(const struct rd_rules *rules, const struct rd_team *team, rd_instant now)
{
    (void)rules;
    return team->staffed && (!rd_text_present(team->calendar) || by_day(now));
}

rd_instant rd_rules_team_changes(const struct rd_rules *rules, const struct rd_team *team,
                                 rd_instant now)
{
    (void)rules;
    if (!team->staffed || !rd_text_present(team->calendar))
        return 0;
    rd_instant midnight = now - now % RD_DAY_US;
    if (now < midnight + 8 * RD_HOUR_US)
        return midnight + 8 * RD_HOUR_US;
    return by_day(now) ? midnight + 20 * RD_HOUR_US : midnight + 32 * RD_HOUR_US;
}

int64_t rd_rules_day(const struct rd_rules *rules, rd_instant at)
{
    (void)rules;
    return at / RD_DAY_US;
}

rd_instant rd_rules_feed_quiet(const struct rd_rules *rules, const struct rd_feed *feed,
                               rd_instant since)
{
    (void)rules;
    uint32_t minutes = feed->expected.quiet_minutes;
    return minutes == 0 ? 0 : since + (rd_instant)minutes * RD_MINUTE_US;
}

int64_t rd_rules_feed_day(const struct rd_rules *rules, const struct rd_feed *feed, int64_t from,
                          rd_instant *at)
{
    (void)rules;
    *at = feed->expected.per_day == 0
              ? 0
              : from * RD_DAY_US + (rd_instant)feed->expected.by_minute * RD_MINUTE_US;
    return *at == 0 ? 0 : from;
}

struct rd_text rd_rules_on_rota(const struct rd_rules *rules, struct rd_text rota, rd_instant now)
{
    static const struct {
        const char *rota, *day, *night;
    } rows[] = {{"desk-rota", "day desk", "night desk"},
                {"rapid-rota", "day rapid", "night rapid"},
                {"locality-rota", "day locality", "night locality"},
                {"neighbour-rota", "day neighbour", "night neighbour"},
                {"voluntary-rota", "day voluntary", "night voluntary"}};
    if (rd_text_present(rota) && rd_text_equal(rota, rules->empty_rota))
        return RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(rota, rows[i].rota))
            return rd_text_of(by_day(now) ? rows[i].day : rows[i].night);
    return RD_TEXT_NONE;
}

/* Codes of needs, or categories of flags: copied, those that are present. */
static bool copy_codes(const struct rd_referral *record, bool flags, struct rd_arena *arena,
                       struct rd_text **out, size_t *count)
{
    size_t most = flags ? record->flags_count : record->needs_count;
    *out = NULL;
    *count = 0;
    if (most == 0)
        return true;
    *out = rd_arena_array(arena, most, sizeof **out);
    if (*out == NULL)
        return false;
    for (size_t i = 0; i < most; i++) {
        struct rd_text code = flags ? record->flags[i].category : record->needs[i].code;
        if (!rd_text_present(code))
            continue;
        if (!rd_arena_copy(arena, code, &(*out)[(*count)++]))
            return false;
    }
    return true;
}

enum rd_err rd_rules_facts(const struct rd_rules *rules, const struct rd_submission *submission,
                           rd_instant received, struct rd_arena *arena, struct rd_facts *out)
{
    const struct rd_referral *record = submission->referral;
    const struct rd_feed *feed = rd_place_feed(&rules->place, submission->feed);
    *out = (struct rd_facts){.source = feed == NULL ? RD_TEXT_NONE : feed->source,
                             .feed = feed == NULL ? RD_TEXT_NONE : feed->name,
                             .kind = record->kind == 0 ? RD_KIND_REFERRAL : record->kind,
                             .priority_asked = record->priority_asked,
                             .postcode_class = RD_POSTCODE_KNOWN,
                             .area_basis = RD_TEXT("home"),
                             .locality = RD_TEXT("north"),
                             .consent = RD_TEXT("given"),
                             .received = received,
                             .data_vintage = RD_TEXT("2014-08")};
    if (record->source_clock != NULL)
        out->source_clock = record->source_clock->utc_us;
    if (record->respond_by != NULL)
        out->respond_by = record->respond_by->utc_us;
    if (record->person != NULL)
        out->age = record->person->age_estimate;
    if (record->person != NULL)
        out->practice_ods = record->person->practice_ods;
    bool fits = copy_codes(record, false, arena, &out->needs, &out->needs_count) &&
                copy_codes(record, true, arena, &out->flags, &out->flags_count);
    return fits ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_rules_remark(const struct rd_rules *rules, struct rd_referral *record,
                            rd_instant received, struct rd_arena *arena)
{
    (void)rules; /* every address of the fake place is known */
    (void)record;
    (void)received;
    (void)arena;
    return RD_OK;
}

static const struct rd_team *follow_fallback(const struct rd_rules *rules,
                                             const struct rd_team *team, rd_instant now,
                                             struct rd_text *closed)
{
    *closed = RD_TEXT_NONE;
    for (size_t hops = 0; hops < TEAMS && team->kind != RD_TEAM_DESK; hops++) {
        if (rd_rules_team_open(rules, team, now))
            return team;
        if (!rd_text_present(*closed))
            *closed = team->name;
        struct rd_text next = rd_text_present(team->fallback) ? team->fallback : rules->place.desk;
        team = rd_place_team(&rules->place, next);
    }
    return rd_place_team(&rules->place, team->kind == RD_TEAM_DESK ? team->name : RD_TEXT("desk"));
}

enum rd_err rd_rules_plan_team(const struct rd_rules *rules, struct rd_text name, enum rd_role role,
                               const struct rd_facts *facts, enum rd_priority urgency,
                               rd_instant now, const struct rd_presence *presence,
                               struct rd_arena *arena, struct rd_planned_assignment *out)
{
    (void)facts;
    (void)presence;
    (void)arena;
    const struct rd_team *team = rd_place_team(&rules->place, name);
    if (team == NULL)
        return RD_E_NOTFOUND;
    struct rd_text closed;
    team = follow_fallback(rules, team, now, &closed);
    bool open = rd_rules_team_open(rules, team, now);
    *out = (struct rd_planned_assignment){
        .team = team->name,
        .role = role,
        .view = team->view,
        .why = rd_text_of(rd_enum_name(&rd_priority_names, (int)urgency)),
        .external = team->kind == RD_TEAM_EXTERNAL,
        .open_now = open,
        .looks_at = open ? now : rd_rules_team_changes(rules, team, now),
        .closes_at = open ? rd_rules_team_changes(rules, team, now) : 0,
        .after_fallback_from = closed};
    return RD_OK;
}

enum rd_err rd_rules_plan_clock(const struct rd_rules *rules, struct rd_text name,
                                const struct rd_facts *facts, rd_instant start,
                                struct rd_arena *arena, struct rd_planned_clock *out)
{
    const struct rd_policy *plan = rd_place_policy(&rules->place, name);
    if (plan == NULL)
        return RD_E_NOTFOUND;
    rd_instant due = start + (rd_instant)plan->duration_minutes * RD_MINUTE_US;
    if (plan->duration_minutes == 0)
        due = facts->respond_by != 0 ? facts->respond_by : start + 30 * RD_MINUTE_US;
    *out = (struct rd_planned_clock){.policy = plan->name,
                                     .kind = plan->kind,
                                     .basis = RD_TEXT("received"),
                                     .stop_mode = plan->stop_mode,
                                     .start = start,
                                     .alarm_due = due,
                                     .report_due = due,
                                     .stages_count = plan->stages_count,
                                     .calendar_hash = RD_TEXT("fake-calendar")};
    out->stages = rd_arena_array(arena, plan->stages_count, sizeof *out->stages);
    if (out->stages == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < plan->stages_count; i++) {
        const struct rd_stage_plan *stage = &plan->stages[i];
        rd_instant after = (rd_instant)stage->after_minutes * RD_MINUTE_US;
        out->stages[i] = (struct rd_stage){
            .kind = stage->kind,
            .due = stage->kind == RD_STAGE_AUTO_REJECT ? due - after : start + after,
            .escalate_to = stage->escalate_to,
            .repeat_us = (uint64_t)stage->repeat_minutes * (uint64_t)RD_MINUTE_US};
    }
    return RD_OK;
}

/* What a need code asks for. */
struct outcome {
    const char *need, *pathway, *lead, *supporting, *policy;
    enum rd_priority urgency;
};
static const struct outcome outcomes[] = {
    {"fall", "rapid-response", "rapid", NULL, "two-hour", RD_PRIORITY_TWO_HOUR},
    {"catheter", "rapid-response", "rapid", NULL, "two-hour", RD_PRIORITY_TWO_HOUR},
    {"frailty", "urgent-assessment", "locality", NULL, "two-day", RD_PRIORITY_TWO_DAY},
    {"lonely", "routine", "locality", "voluntary", "two-day", RD_PRIORITY_ROUTINE},
    {"neighbour", "rapid-response", "neighbour", NULL, "two-hour", RD_PRIORITY_TWO_HOUR},
};
static const struct outcome desk_outcome = {NULL, "desk",   "desk",
                                            NULL, "triage", RD_PRIORITY_TWO_HOUR};

static const struct outcome *find_outcome(const struct rd_facts *facts)
{
    static const struct outcome validation = {NULL, "rapid-response", "rapid",
                                              NULL, "respond-by",     RD_PRIORITY_TWO_HOUR};
    if (facts->kind == RD_KIND_VALIDATION)
        return &validation;
    for (size_t i = 0; facts->needs_count > 0 && i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (rd_text_is(facts->needs[0], outcomes[i].need))
            return &outcomes[i];
    return &desk_outcome;
}

static bool has_flag(const struct rd_facts *facts, const char *category)
{
    for (size_t i = 0; i < facts->flags_count; i++)
        if (rd_text_is(facts->flags[i], category))
            return true;
    return false;
}

static enum rd_err add_team(const struct rd_rules *rules, const struct rd_decide_request *request,
                            struct rd_text team, enum rd_role role, struct rd_arena *arena,
                            struct rd_decision *out)
{
    if (!rd_text_present(team))
        return RD_OK;
    struct rd_planned_assignment *plan = &out->assignments[out->assignments_count];
    enum rd_err err = rd_rules_plan_team(rules, team, role, request->facts, out->urgency,
                                         request->now, &request->presence, arena, plan);
    if (err == RD_E_NOTFOUND)
        return RD_OK;
    for (size_t i = 0; i < out->assignments_count; i++)
        if (rd_text_equal(out->assignments[i].team, plan->team))
            return err;
    out->assignments_count++;
    return err;
}

static enum rd_err add_clock(const struct rd_rules *rules, const struct rd_decide_request *request,
                             struct rd_text policy_name, bool provisional, struct rd_arena *arena,
                             struct rd_decision *out)
{
    struct rd_planned_clock *clock = &out->clocks[out->clocks_count++];
    enum rd_err err = rd_rules_plan_clock(rules, policy_name, request->facts,
                                          request->facts->received, arena, clock);
    clock->provisional = provisional;
    return err;
}

static enum rd_err route(const struct rd_rules *rules, const struct rd_decide_request *request,
                         const struct outcome *found, struct rd_arena *arena,
                         struct rd_decision *out)
{
    const struct rd_override *over = request->override;
    bool named = over != NULL && rd_text_present(over->lead);
    struct rd_text lead = named ? over->lead : rd_text_of(found->lead);
    size_t more = over != NULL ? over->supporting_count : 0;
    out->assignments = rd_arena_array(arena, 3 + more, sizeof *out->assignments);
    if (out->assignments == NULL)
        return RD_E_TOOBIG;
    enum rd_err err = add_team(rules, request, lead, RD_ROLE_LEAD, arena, out);
    if (err == RD_OK)
        err =
            add_team(rules, request, rd_text_of(found->supporting), RD_ROLE_SUPPORTING, arena, out);
    for (size_t i = 0; i < more && err == RD_OK; i++)
        err = add_team(rules, request, over->supporting[i], RD_ROLE_SUPPORTING, arena, out);
    if (err == RD_OK && has_flag(request->facts, "safeguarding"))
        err = add_team(rules, request,
                       rd_text_is(out->assignments[0].team, "neighbour") ? RD_TEXT("voluntary")
                                                                         : RD_TEXT("neighbour"),
                       RD_ROLE_SUPPORTING, arena, out);
    return err;
}

static enum rd_err start_clocks(const struct rd_rules *rules,
                                const struct rd_decide_request *request,
                                const struct outcome *found, struct rd_arena *arena,
                                struct rd_decision *out)
{
    bool validation = request->facts->kind == RD_KIND_VALIDATION;
    out->clocks = rd_arena_array(arena, 3, sizeof *out->clocks);
    if (out->clocks == NULL)
        return RD_E_TOOBIG;
    if (rd_text_is(out->assignments[0].team, "desk")) {
        enum rd_err err = add_clock(rules, request, RD_TEXT("triage"), false, arena, out);
        if (err == RD_OK && validation)
            err = add_clock(rules, request, RD_TEXT("respond-by"), false, arena, out);
        if (err != RD_OK || out->urgency == RD_PRIORITY_ROUTINE)
            return err;
        return add_clock(rules, request, RD_TEXT("two-hour"), true, arena, out);
    }
    struct rd_text name = rd_text_of(found->policy);
    if (rd_text_is(name, "triage") || out->urgency < RD_PRIORITY_SAME_DAY)
        name = out->urgency < RD_PRIORITY_SAME_DAY ? RD_TEXT("two-hour") : RD_TEXT("two-day");
    if (validation)
        name = RD_TEXT("respond-by");
    return add_clock(rules, request, name, false, arena, out);
}

static const struct outcome *for_pathway(struct rd_text pathway)
{
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (rd_text_is(pathway, outcomes[i].pathway))
            return &outcomes[i];
    return &desk_outcome;
}

enum rd_err rd_rules_decide(const struct rd_rules *rules, const struct rd_decide_request *request,
                            struct rd_arena *arena, struct rd_decision *out)
{
    const struct rd_override *over = request->override;
    const struct outcome *found = find_outcome(request->facts);
    if (over != NULL && rd_text_present(over->pathway))
        found = for_pathway(over->pathway);
    *out = (struct rd_decision){.rules_hash = rules->place.hash,
                                .engine_version = request->engine_version,
                                .at = request->now,
                                .pathway = rd_text_of(found->pathway),
                                .urgency = found->urgency,
                                .reason = RD_TEXT("the first need says so"),
                                .answer = RD_TEXT("somebody will look; if worse call 999 or 111")};
    enum rd_priority asked = request->facts->priority_asked;
    if (found == &desk_outcome && asked != 0)
        out->urgency = asked;
    if (asked != 0 && asked < out->urgency)
        out->urgency = asked;
    if (over != NULL) {
        out->decided_by = over->by;
        out->reason = over->reason;
        if (over->urgency != 0)
            out->urgency = over->urgency;
        if (rd_text_present(over->pathway))
            out->pathway = over->pathway;
    }
    out->facts = rd_arena_take(arena, sizeof *out->facts);
    out->matches = rd_arena_take(arena, sizeof *out->matches);
    if (out->facts == NULL || out->matches == NULL)
        return RD_E_TOOBIG;
    *out->facts = *request->facts;
    out->matches[0] = (struct rd_match){RD_STEP_TRIAGE, RD_TEXT("fake"), RD_TEXT("1"),
                                        RD_TEXT("the first need says so")};
    out->matches_count = 1;
    enum rd_err err = route(rules, request, found, arena, out);
    return err != RD_OK ? err : start_clocks(rules, request, found, arena, out);
}

struct rd_text rd_rules_why_not(const struct rd_rules *rules, const struct rd_decision *decision,
                                struct rd_text team, struct rd_arena *arena)
{
    (void)rules;
    (void)decision;
    (void)arena;
    return rd_text_present(team) ? RD_TEXT("the fake rules did not name it") : RD_TEXT_NONE;
}
