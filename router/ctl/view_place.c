#include "ctl/grid.h"
#include "ctl/rules_view.h"

#include <inttypes.h>
#include <string.h>

const char *view_day(int64_t day, char out[VIEW_DAY_MAX])
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct rd_civil civil;
    rd_instant_to_civil(day * RD_DAY_US, &civil);
    snprintf(out, VIEW_DAY_MAX, "%d %s %d", (int)civil.day, months[(civil.month + 11) % 12],
             (int)civil.year);
    return out;
}

/* "2 h 30 min" */
static struct rd_text span(struct rules_view *view, uint32_t minutes)
{
    if (minutes % 1440 == 0 && minutes >= 2880)
        return rd_arena_format(&view->memory, "%" PRIu32 " days", minutes / 1440);
    if (minutes < 60)
        return rd_arena_format(&view->memory, "%" PRIu32 " min", minutes);
    if (minutes % 60 == 0)
        return rd_arena_format(&view->memory, "%" PRIu32 " h", minutes / 60);
    return rd_arena_format(&view->memory, "%" PRIu32 " h %" PRIu32 " min", minutes / 60,
                           minutes % 60);
}

static struct rd_text day_hours(struct rules_view *view, const struct rd_day_hours *hours)
{
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < hours->count; i++) {
        const struct rd_open_hours *one = &hours->intervals[i];
        out = rd_arena_format(&view->memory, "%.*s%s%02d:%02d to %02d:%02d", RD_TEXT_ARG(out),
                              i == 0 ? "" : " and ", one->opens / 60, one->opens % 60,
                              one->closes / 60 % 24, one->closes % 60);
        if (one->last_referral != 0 && one->last_referral != one->closes)
            out = rd_arena_format(&view->memory, "%.*s (last referral %02d:%02d)", RD_TEXT_ARG(out),
                                  one->last_referral / 60 % 24, one->last_referral % 60);
    }
    return hours->count == 0 ? RD_TEXT("closed") : out;
}

/* "Mon to Fri 09:00 to 17:30 ...; Sat, Sun closed; bank holidays closed". */
static struct rd_text calendar_words(struct rules_view *view, const struct rd_calendar *calendar)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct rd_text out = RD_TEXT("");
    if (calendar == NULL || calendar->always_open)
        return RD_TEXT("always");
    for (int from = 0; from < 7;) {
        int to = from;
        struct rd_text hours = day_hours(view, &calendar->week[from]);
        while (to < 6 && rd_text_equal(day_hours(view, &calendar->week[to + 1]), hours))
            to++;
        out = rd_arena_format(&view->memory, "%.*s%s%s%s%s %.*s", RD_TEXT_ARG(out),
                              from == 0 ? "" : "; ", names[from], to > from ? " to " : "",
                              to > from ? names[to] : "", RD_TEXT_ARG(hours));
        from = to + 1;
    }
    if (calendar->holiday != NULL)
        out = rd_arena_format(&view->memory, "%.*s; bank holidays %.*s", RD_TEXT_ARG(out),
                              RD_TEXT_ARG(day_hours(view, calendar->holiday)));
    for (size_t i = 0; i < calendar->dates_count; i++) {
        char day[VIEW_DAY_MAX];
        if (calendar->dates[i].day >= view->day)
            out = rd_arena_format(&view->memory, "%.*s; %s %.*s", RD_TEXT_ARG(out),
                                  view_day(calendar->dates[i].day, day),
                                  RD_TEXT_ARG(day_hours(view, &calendar->dates[i].hours)));
    }
    return out;
}

static const struct rd_calendar *calendar_of_team(const struct rd_rules *rules, size_t team)
{
    return rules->team_calendars[team];
}

void view_teams(struct rules_view *view)
{
    static const struct rd_text heads[] = {{"team", 4},    {"who", 3},  {"hours", 5},
                                           {"else to", 7}, {"sees", 4}, {"alarms to", 9}};
    const struct rd_place *place = &view->rules->place;
    struct rd_text *cells =
        rd_arena_array(&view->memory, 6 * place->teams_count + 1, sizeof *cells);
    if (cells == NULL)
        return;
    for (size_t i = 0; i < place->teams_count; i++) {
        const struct rd_team *team = &place->teams[i];
        const struct rd_calendar *calendar = calendar_of_team(view->rules, i);
        bool desk = rd_text_equal(team->name, place->desk);
        struct rd_text *row = &cells[6 * i];
        row[0] = team->name;
        row[1] = rd_arena_format(&view->memory, "%.*s%s", RD_TEXT_ARG(team->title),
                                 team->kind == RD_TEAM_EXTERNAL ? " (another organisation)" : "");
        row[2] = !team->staffed     ? RD_TEXT("not staffed")
                 : calendar == NULL ? RD_TEXT("always")
                                    : calendar->name;
        row[3] = desk                              ? RD_TEXT("")
                 : rd_text_present(team->fallback) ? team->fallback
                                                   : place->desk;
        row[4] = rd_text_of(
            rd_enum_name(&rd_view_names, team->view == 0 ? RD_VIEW_FULL : (int)team->view));
        row[5] = rd_text_present(team->rota) ? team->rota : RD_TEXT("");
        if (team->capacity > 0)
            row[2] = rd_arena_format(&view->memory, "%.*s; full at %" PRIu32, RD_TEXT_ARG(row[2]),
                                     team->capacity);
    }
    puts("\nTeams\n  \"else to\": who has it while the team cannot take it\n");
    struct grid grid = {6, place->teams_count, heads, cells, view->width, "  "};
    grid_print(&grid);
}

void view_hours(struct rules_view *view)
{
    puts("\nHours");
    for (size_t i = 0; i < view->rules->calendars_count; i++) {
        const struct rd_calendar *calendar = &view->rules->calendars[i];
        printf("  %.*s\n", RD_TEXT_ARG(calendar->name));
        grid_words(calendar_words(view, calendar), view->width, "    ");
    }
}

static struct rd_text stop_words(struct rules_view *view, struct rd_text stop)
{
    static const struct {
        const char *mode, *words;
    } known[] = {{"face-to-face", "only seeing the person face to face stops it"},
                 {"any", "the first contact of any kind stops it"},
                 {"accept", "an acceptance stops it"},
                 {"claim", "a claim stops it"},
                 {"triage", "the desk's triage stops it"},
                 {"close", "only the end of the referral stops it"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(stop, known[i].mode))
            return rd_text_of(known[i].words);
    return rd_arena_format(&view->memory, "a contact by %.*s stops it", RD_TEXT_ARG(stop));
}

static struct rd_text stage_words(struct rules_view *view, const struct rd_policy *policy,
                                  const struct rd_stage_plan *stage)
{
    bool back = policy->kind == RD_CLOCK_RESPOND_BY;
    struct rd_text at = span(view, stage->after_minutes);
    struct rd_text out = rd_arena_format(&view->memory, "%s %s%.*s%s",
                                         rd_enum_name(&rd_stage_kind_names, (int)stage->kind),
                                         back ? "" : "at ", RD_TEXT_ARG(at), back ? " before" : "");
    if (stage->kind == RD_STAGE_REPEAT)
        out = rd_arena_format(&view->memory, "then every %.*s from %.*s",
                              RD_TEXT_ARG(span(view, stage->repeat_minutes)), RD_TEXT_ARG(at));
    if (rd_text_present(stage->escalate_to))
        out = rd_arena_format(&view->memory, "%.*s to %.*s", RD_TEXT_ARG(out),
                              RD_TEXT_ARG(stage->escalate_to));
    return out;
}

static struct rd_text clock_words(struct rules_view *view, const struct rd_policy *policy)
{
    struct rd_text out = policy->duration_minutes == 0
                             ? RD_TEXT("until the sender's own deadline")
                             : rd_arena_format(&view->memory, "%.*s",
                                               RD_TEXT_ARG(span(view, policy->duration_minutes)));
    out = rd_arena_format(&view->memory, "%.*s; %.*s", RD_TEXT_ARG(out),
                          RD_TEXT_ARG(stop_words(view, policy->stop_mode)));
    if (rd_text_present(policy->calendar))
        out = rd_arena_format(&view->memory, "%.*s; reported by the hours \"%.*s\"%s",
                              RD_TEXT_ARG(out), RD_TEXT_ARG(policy->calendar),
                              policy->defer_to_open ? ", from their next opening" : "");
    for (size_t i = 0; i < policy->stages_count; i++)
        out = rd_arena_format(&view->memory, "%.*s; %.*s", RD_TEXT_ARG(out),
                              RD_TEXT_ARG(stage_words(view, policy, &policy->stages[i])));
    return out;
}

void view_clocks(struct rules_view *view)
{
    puts("\nClocks");
    for (size_t i = 0; i < view->rules->place.policies_count; i++) {
        const struct rd_policy *policy = &view->rules->place.policies[i];
        printf("  %.*s\n", RD_TEXT_ARG(policy->name));
        grid_words(clock_words(view, policy), view->width, "    ");
    }
}

json_t *view_teams_json(struct rules_view *view)
{
    json_t *out = json_array();
    const struct rd_place *place = &view->rules->place;
    for (size_t i = 0; i < place->teams_count; i++) {
        const struct rd_team *team = &place->teams[i];
        json_array_append_new(
            out,
            json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:I}", "team", ctl_json_text(team->name),
                      "title", ctl_json_text(team->title), "kind",
                      rd_enum_name(&rd_team_kind_names, (int)team->kind), "hours",
                      ctl_json_text(calendar_words(view, calendar_of_team(view->rules, i))),
                      "fallback",
                      ctl_json_text(rd_text_present(team->fallback) ? team->fallback : place->desk),
                      "staffed", team->staffed, "capacity", (json_int_t)team->capacity));
    }
    return out;
}

json_t *view_hours_json(struct rules_view *view)
{
    json_t *out = json_array();
    for (size_t i = 0; i < view->rules->calendars_count; i++) {
        const struct rd_calendar *calendar = &view->rules->calendars[i];
        json_array_append_new(out,
                              json_pack("{s:o, s:o}", "calendar", ctl_json_text(calendar->name),
                                        "hours", ctl_json_text(calendar_words(view, calendar))));
    }
    return out;
}

json_t *view_clocks_json(struct rules_view *view)
{
    json_t *out = json_array();
    for (size_t i = 0; i < view->rules->place.policies_count; i++) {
        const struct rd_policy *policy = &view->rules->place.policies[i];
        json_array_append_new(out,
                              json_pack("{s:o, s:I, s:o}", "clock", ctl_json_text(policy->name),
                                        "minutes", (json_int_t)policy->duration_minutes, "words",
                                        ctl_json_text(clock_words(view, policy))));
    }
    return out;
}
