#include "rules/cases/cases.h"

#include "rules/eval/ruleset.h"

#include <string.h>

static bool has_consumer(void *context, struct rd_text team)
{
    const struct rd_case *one = context;
    for (size_t i = 0; i < one->away.count; i++)
        if (rd_text_equal(one->away.list[i], team))
            return false;
    return true;
}

static uint32_t open_assignments(void *context, struct rd_text team)
{
    const struct rd_case *one = context;
    for (size_t i = 0; i < one->loads_count; i++)
        if (rd_text_equal(one->loads[i].team, team))
            return one->loads[i].open;
    return 0;
}

enum rd_err rd_case_decide(const struct rd_rules *rules, const struct rd_case *one,
                           struct rd_text engine_version, struct rd_arena *arena,
                           struct rd_decision *out)
{
    struct rd_case own = *one; /* presence's context is not const */
    struct rd_facts facts;
    enum rd_err err = rd_rules_facts(rules, &one->submission, one->received, arena, &facts);
    struct rd_decide_request request = {.facts = &facts,
                                        .now = one->at,
                                        .presence = {&own, has_consumer, open_assignments},
                                        .engine_version = engine_version};
    return err == RD_OK ? rd_rules_decide(rules, &request, arena, out) : err;
}

struct comparing {
    const struct rd_rules *rules;
    struct rd_arena *arena;
    struct rd_mismatch *out;
    size_t count;
};

static void differ(struct comparing *comparing, const char *what, struct rd_text expected,
                   struct rd_text found, struct rd_case_pos pos)
{
    if (comparing->count < RD_MISMATCHES_MAX)
        comparing->out[comparing->count++] = (struct rd_mismatch){
            what, expected, rd_text_present(found) ? found : RD_TEXT("none"), pos};
}

static void compare_text(struct comparing *comparing, const char *what,
                         const struct rd_expected_text *expected, struct rd_text found)
{
    bool none = rd_text_is(expected->text, "none") && !rd_text_present(found);
    if (rd_text_present(expected->text) && !none && !rd_text_equal(expected->text, found))
        differ(comparing, what, expected->text, found, expected->pos);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* In any case. */
static bool contains(struct rd_text text, struct rd_text part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        size_t j = 0;
        while (j < part.len && lower(text.ptr[i + j]) == lower(part.ptr[j]))
            j++;
        if (j == part.len)
            return true;
    }
    return false;
}

static void compare_words(struct comparing *comparing, const char *what,
                          const struct rd_expected_text *expected, struct rd_text found)
{
    if (rd_text_present(expected->text) && !contains(found, expected->text))
        differ(comparing, what,
               rd_arena_format(comparing->arena, "... %.*s ...", RD_TEXT_ARG(expected->text)),
               found, expected->pos);
}

static bool is_in(struct rd_text text, const struct rd_text *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_equal(list[i], text))
            return true;
    return false;
}

static struct rd_text listed(struct rd_arena *arena, const struct rd_text *list, size_t count)
{
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < count; i++)
        out = rd_arena_format(arena, "%.*s%s%.*s", RD_TEXT_ARG(out), i == 0 ? "" : ", ",
                              RD_TEXT_ARG(list[i]));
    return count == 0 ? RD_TEXT("none") : out;
}

static void compare_list(struct comparing *comparing, const char *what,
                         const struct rd_expected_texts *expected, const struct rd_text *found,
                         size_t count)
{
    bool same = expected->count == count;
    for (size_t i = 0; i < count && same; i++)
        same = is_in(found[i], expected->list, expected->count);
    if (expected->given && !same)
        differ(comparing, what, listed(comparing->arena, expected->list, expected->count),
               listed(comparing->arena, found, count), expected->pos);
}

/* "2026-11-23 10:00" on the place's wall. */
static struct rd_text wall(struct comparing *comparing, rd_instant at)
{
    struct rd_civil civil;
    if (at == 0)
        return RD_TEXT("none");
    rd_instant_to_civil(rd_zone_to_wall(comparing->rules->zone, at), &civil);
    return rd_arena_format(comparing->arena, "%04d-%02d-%02d %02d:%02d", (int)civil.year,
                           (int)civil.month, (int)civil.day, (int)civil.hour, (int)civil.minute);
}

static void compare_time(struct comparing *comparing, const char *what, rd_instant expected,
                         rd_instant found, struct rd_case_pos pos)
{
    if (expected != 0 && expected != found)
        differ(comparing, what, wall(comparing, expected), wall(comparing, found), pos);
}

static const char *clock_words(struct comparing *comparing, struct rd_text policy, const char *what)
{
    struct rd_text text =
        rd_arena_format(comparing->arena, "clock %.*s%s", RD_TEXT_ARG(policy), what);
    return rd_text_present(text) ? text.ptr : "clock";
}

static void compare_clock(struct comparing *comparing, const struct rd_expected_clock *expected,
                          const struct rd_planned_clock *found)
{
    compare_time(comparing, clock_words(comparing, expected->policy, ", alarm deadline"),
                 expected->alarm, found->alarm_due, expected->pos);
    compare_time(comparing, clock_words(comparing, expected->policy, ", reported deadline"),
                 expected->report, found->report_due, expected->pos);
    if (expected->provisional.has && expected->provisional.value != found->provisional)
        differ(comparing, clock_words(comparing, expected->policy, ", provisional"),
               expected->provisional.value ? RD_TEXT("true") : RD_TEXT("false"),
               found->provisional ? RD_TEXT("true") : RD_TEXT("false"), expected->pos);
}

static void compare_clocks(struct comparing *comparing, const struct rd_expect *expect,
                           const struct rd_decision *decision)
{
    for (size_t i = 0; i < expect->clocks_count; i++) {
        const struct rd_expected_clock *expected = &expect->clocks[i];
        const struct rd_planned_clock *found = NULL;
        for (size_t j = 0; j < decision->clocks_count && found == NULL; j++)
            if (rd_text_equal(decision->clocks[j].policy, expected->policy))
                found = &decision->clocks[j];
        if (found == NULL)
            differ(comparing, "clock", expected->policy, RD_TEXT("not started"), expected->pos);
        else
            compare_clock(comparing, expected, found);
    }
    for (size_t j = 0; expect->clocks_given && j < decision->clocks_count; j++) {
        bool known = false;
        for (size_t i = 0; i < expect->clocks_count; i++)
            known = known || rd_text_equal(expect->clocks[i].policy, decision->clocks[j].policy);
        if (!known)
            differ(comparing, "clock", RD_TEXT("no further one"), decision->clocks[j].policy,
                   (struct rd_case_pos){0, 0});
    }
}

static void compare_teams(struct comparing *comparing, const struct rd_expect *expect,
                          const struct rd_decision *decision)
{
    const struct rd_planned_assignment *lead = &decision->assignments[0];
    size_t others = decision->assignments_count - 1;
    struct rd_text *supporting =
        rd_arena_array(comparing->arena, decision->assignments_count, sizeof *supporting);
    for (size_t i = 0; supporting != NULL && i < others; i++)
        supporting[i] = decision->assignments[i + 1].team;
    compare_text(comparing, "lead", &expect->lead, lead->team);
    compare_text(comparing, "in-place-of", &expect->in_place_of, lead->after_fallback_from);
    if (supporting != NULL)
        compare_list(comparing, "supporting", &expect->supporting, supporting, others);
    compare_list(comparing, "roles", &expect->roles, lead->required_roles,
                 lead->required_roles_count);
    compare_text(comparing, "view", &expect->view_of_lead,
                 rd_text_of(rd_enum_name(&rd_view_names, (int)lead->view)));
    if (expect->open.has && expect->open.value != lead->open_now)
        differ(comparing, "open", expect->open.value ? RD_TEXT("true") : RD_TEXT("false"),
               lead->open_now ? RD_TEXT("true") : RD_TEXT("false"), (struct rd_case_pos){0, 0});
    compare_time(comparing, "looks-at", expect->looks_at, lead->looks_at,
                 (struct rd_case_pos){0, 0});
}

size_t rd_case_compare(const struct rd_rules *rules, const struct rd_case *one,
                       const struct rd_decision *decision, struct rd_arena *arena,
                       struct rd_mismatch out[RD_MISMATCHES_MAX])
{
    struct comparing comparing = {.rules = rules, .arena = arena, .out = out};
    const struct rd_expect *expect = &one->expect;
    compare_text(&comparing, "pathway", &expect->pathway, decision->pathway);
    if (expect->urgency != 0 && expect->urgency != decision->urgency)
        differ(&comparing, "urgency",
               rd_text_of(rd_enum_name(&rd_priority_names, (int)expect->urgency)),
               rd_text_of(rd_enum_name(&rd_priority_names, (int)decision->urgency)),
               (struct rd_case_pos){0, 0});
    compare_teams(&comparing, expect, decision);
    compare_clocks(&comparing, expect, decision);
    compare_words(&comparing, "reason", &expect->reason, decision->reason);
    compare_words(&comparing, "answer", &expect->answer, decision->answer);
    compare_text(&comparing, "locality", &expect->locality, decision->facts->locality);
    compare_text(
        &comparing, "postcode-class", &expect->postcode_class,
        rd_text_of(rd_enum_name(&rd_postcode_class_names, (int)decision->facts->postcode_class)));
    for (size_t i = 0; i < comparing.count; i++)
        if (out[i].pos.line == 0)
            out[i].pos = one->pos;
    return comparing.count;
}
