/* What a case names must be known to the place: a misspelt team would otherwise read as a rule that
 * went wrong. */
#include "rules/cases/cases.h"

#include "model/limits.h"
#include "rules/eval/ruleset.h"

#include <stdio.h>

struct checking {
    const struct rd_rules *rules;
    const struct rd_case *one;
    rd_finding_sink *sink;
    void *context;
    size_t errors;
};

static void refuse(struct checking *checking, struct rd_case_pos pos, const char *what,
                   struct rd_text found, const char *where)
{
    struct rd_finding finding = {.severity = RD_SEVERITY_ERROR};
    struct rd_case_pos at = pos.line == 0 ? checking->one->pos : pos;
    finding.line = at.line;
    finding.column = at.column;
    snprintf(finding.file, sizeof finding.file, "%.*s", RD_TEXT_ARG(checking->one->file));
    snprintf(finding.words, sizeof finding.words,
             "there is no %s '%.*s' in this place; correct it, or add it to %s", what,
             RD_TEXT_ARG(rd_text_slice(found, 0, RD_NAME_BYTES_MAX)), where);
    checking->errors++;
    if (checking->sink != NULL)
        checking->sink(checking->context, &finding);
}

static void check_team(struct checking *checking, struct rd_text team, struct rd_case_pos pos)
{
    if (rd_text_present(team) && rd_place_team(&checking->rules->place, team) == NULL)
        refuse(checking, pos, "team", team, "teams.yaml");
}

static void check_teams(struct checking *checking, const struct rd_expected_texts *teams)
{
    for (size_t i = 0; i < teams->count; i++)
        check_team(checking, teams->list[i], teams->pos);
}

static bool knows_need(const struct rd_rules *rules, struct rd_text code)
{
    for (size_t i = 0; i < rules->needs_count; i++)
        if (rd_text_equal(rules->needs[i].code, code))
            return true;
    return false;
}

static void check_expected(struct checking *checking, const struct rd_expect *expect)
{
    const struct rd_place *place = &checking->rules->place;
    check_team(checking, expect->lead.text, expect->lead.pos);
    if (!rd_text_is(expect->in_place_of.text, "none"))
        check_team(checking, expect->in_place_of.text, expect->in_place_of.pos);
    check_teams(checking, &expect->supporting);
    if (rd_text_present(expect->pathway.text) && !rd_place_has_pathway(place, expect->pathway.text))
        refuse(checking, expect->pathway.pos, "pathway", expect->pathway.text, "place.yaml");
    for (size_t i = 0; i < expect->clocks_count; i++)
        if (rd_place_policy(place, expect->clocks[i].policy) == NULL)
            refuse(checking, expect->clocks[i].pos, "clock", expect->clocks[i].policy,
                   "clocks.yaml");
    struct rd_text class = expect->postcode_class.text;
    if (rd_text_present(class) && rd_enum_value(&rd_postcode_class_names, class) == 0)
        refuse(checking, expect->postcode_class.pos, "postcode class", class,
               "the classes of rules/geo");
}

static void check_one(struct checking *checking)
{
    const struct rd_case *one = checking->one;
    const struct rd_referral *referral = one->submission.referral;
    if (rd_place_feed(&checking->rules->place, one->submission.feed) == NULL)
        refuse(checking, one->pos, "feed", one->submission.feed, "feeds.yaml");
    for (size_t i = 0; i < referral->needs_count; i++) {
        struct rd_text code = referral->needs[i].code;
        if (rd_text_present(code) && !knows_need(checking->rules, code))
            refuse(checking, one->pos, "need", code, "needs.yaml");
    }
    check_teams(checking, &one->away);
    for (size_t i = 0; i < one->loads_count; i++)
        check_team(checking, one->loads[i].team, one->loads[i].pos);
    check_expected(checking, &one->expect);
}

size_t rd_cases_check(const struct rd_rules *rules, const struct rd_cases *cases,
                      rd_finding_sink *sink, void *context)
{
    struct checking checking = {.rules = rules, .sink = sink, .context = context};
    for (size_t i = 0; i < cases->count; i++) {
        checking.one = &cases->list[i];
        check_one(&checking);
    }
    return checking.errors;
}
