/* rules activate, revert, withdraw: two people change what the router decides by. */
#include "ctl/client.h"
#include "ctl/rules_common.h"

#include "base/person_name.h"

#include "rules/eval/ruleset.h"

#include <unistd.h>

enum { DECISION_BYTES_MAX = 4 * 1024 * 1024 };

/* "2026-12-01 08:00" on the place's wall, or what ctl_parse_when knows. */
static bool parse_place_time(const struct rd_zone *zone, const char *text, rd_instant *out)
{
    char whole[40];
    rd_instant wall = 0;
    if (ctl_parse_when(text, ctl_now(), out))
        return true;
    int len = snprintf(whole, sizeof whole, "%s:00Z", text);
    if (len != 20 || !rd_instant_parse((struct rd_text){whole, 20}, &wall) ||
        rd_zone_wall_kind(zone, wall) != RD_WALL_ONCE)
        return false;
    *out = rd_zone_to_utc(zone, wall);
    return true;
}

static int read_ask(const struct ctl_args *args, const struct rd_zone *zone, struct rd_admin *out)
{
    const char *by = ctl_by(args);
    const char *at = args->values[OPT_AT];
    if (by == NULL)
        return CTL_USE;
    out->by = rd_text_of(by);
    out->approved_by = rd_text_of(args->values[OPT_APPROVED_BY]);
    out->reason = rd_text_of(args->values[OPT_REASON]);
    if (at != NULL && !parse_place_time(zone, at, &out->when))
        return ctl_fail(CTL_USE,
                        "--at %s: expected a local time such as \"2026-12-01 08:00\" that "
                        "comes once, RFC 3339, now, +90m or -2h",
                        at);
    if (out->when != 0 && out->when < ctl_now() - RD_MINUTE_US)
        return ctl_fail(CTL_USE,
                        "--at %s has passed: name a moment to come, or leave it out to bring the "
                        "rules in now",
                        at);
    if (!rd_person_name_is(out->by))
        return ctl_fail(CTL_USE, "--by: expected the name of the person who does this");
    if (rd_text_present(out->approved_by) && !rd_person_name_is(out->approved_by))
        return ctl_fail(CTL_USE, "--approved-by: expected the name of the person who approved it");
    if (rd_text_present(out->approved_by) && rd_person_name_same(out->by, out->approved_by))
        return ctl_fail(CTL_USE, "%s cannot approve their own change: --approved-by another person",
                        by);
    return CTL_OK;
}

/* The router does the same, and proves it: what it would refuse is shown here, with all of it. */
static int check_cases(const struct ctl_args *args, const struct rd_rules *rules)
{
    struct rd_cases cases;
    struct rd_arena memory;
    size_t failed = 0;
    int status = ctl_read_cases(args->operands[0], rules, true, &cases);
    if (status != CTL_OK)
        return status;
    rd_arena_init(&memory, rd_alloc_heap(), DECISION_BYTES_MAX);
    for (size_t i = 0; i < cases.count; i++) {
        struct rd_decision decision;
        struct rd_mismatch list[RD_MISMATCHES_MAX];
        rd_arena_reset(&memory);
        if (rd_case_decide(rules, &cases.list[i], rd_text_of(RD_VERSION), &memory, &decision) !=
                RD_OK ||
            rd_case_compare(rules, &cases.list[i], &decision, &memory, list) > 0)
            failed++;
    }
    rd_arena_fini(&memory);
    if (failed == 0)
        printf("%zu cases pass\n", cases.count);
    else
        status = ctl_fail(CTL_NO, "%zu of %zu cases fail; see referralctl rules test %s", failed,
                          cases.count, args->operands[0]);
    rd_cases_fini(&cases);
    return status;
}

/* The router has a working directory of its own. */
static bool whole_path(const char *given, char *out, size_t size)
{
    char here[4096] = "";
    int len = given[0] == '/'                     ? snprintf(out, size, "%s", given)
              : getcwd(here, sizeof here) == NULL ? -1
                                                  : snprintf(out, size, "%s/%s", here, given);
    return len > 0 && (size_t)len < size;
}

int ctl_rules_activate(const struct ctl_args *args)
{
    struct rd_rules *rules = NULL;
    struct rd_admin ask = {.kind = RD_ADMIN_RULES_ACTIVATE};
    int status = ctl_load_rules(args->operands[0], &rules);
    if (status != CTL_OK)
        return status;
    char path[4096];
    status = whole_path(args->operands[0], path, sizeof path)
                 ? read_ask(args, rules->zone, &ask)
                 : ctl_fail(CTL_NO, "%s: too long a path", args->operands[0]);
    if (status == CTL_OK)
        status = check_cases(args, rules);
    if (status == CTL_OK) {
        ask.directory = rd_text_of(path);
        ask.rules_hash = rd_rules_place(rules)->hash;
        printf("rule set %.*s\n", RD_TEXT_ARG(rd_text_slice(ask.rules_hash, 0, 12)));
        status = ctl_send_admin(args, &ask);
    }
    rd_rules_free(rules);
    return status;
}

int ctl_rules_revert(const struct ctl_args *args)
{
    struct rd_admin ask = {.kind = RD_ADMIN_RULES_REVERT};
    int status = read_ask(args, &rd_zone_utc, &ask);
    return status == CTL_OK ? ctl_send_admin(args, &ask) : status;
}

int ctl_rules_withdraw(const struct ctl_args *args)
{
    struct rd_admin ask = {.kind = RD_ADMIN_RULES_WITHDRAW};
    int status = read_ask(args, &rd_zone_utc, &ask);
    return status == CTL_OK ? ctl_send_admin(args, &ask) : status;
}

int ctl_send_shadow(const struct ctl_args *args, const char *directory)
{
    char path[4096];
    struct rd_admin ask = {.kind = RD_ADMIN_RULES_SHADOW, .by = rd_text_of(args->values[OPT_BY])};
    if (directory != NULL) {
        struct rd_rules *rules = NULL;
        int status = ctl_load_rules(directory, &rules); /* all that is wrong, before it is sent */
        rd_rules_free(rules);
        if (status != CTL_OK)
            return status;
        if (!whole_path(directory, path, sizeof path))
            return ctl_fail(CTL_NO, "%s: too long a path", directory);
        ask.directory = rd_text_of(path);
    }
    return ctl_send_admin(args, &ask);
}
