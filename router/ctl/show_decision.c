/* A decision in plain English: what was known, what was decided, who has it, by when, why, and why
 * not the others. From what is stored alone. */
#include "ctl/ctl.h"
#include "ctl/grid.h"
#include "ctl/rules_common.h"

enum { WORDS_BYTES_MAX = 1024 * 1024 };

static void say_teams(const struct rd_decision *decision, size_t width, struct rd_arena *memory)
{
    char at[3][32];
    puts("\nWho has it");
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *one = &decision->assignments[i];
        struct rd_text hours =
            one->open_now && one->closes_at != 0
                ? rd_arena_format(memory, "open until %s", ctl_time(one->closes_at, at[0]))
            : one->open_now ? RD_TEXT("open")
            : one->looks_at != 0
                ? rd_arena_format(memory, "closed, looks at it %s", ctl_time(one->looks_at, at[1]))
                : RD_TEXT("nobody there, an alarm goes out");
        printf("  %-10s %.*s", rd_enum_name(&rd_role_names, (int)one->role),
               RD_TEXT_ARG(one->team));
        for (size_t j = 0; j < one->required_roles_count; j++)
            printf("%s%.*s%s", j == 0 ? " (together: " : " and ",
                   RD_TEXT_ARG(one->required_roles[j]),
                   j + 1 == one->required_roles_count ? ")" : "");
        printf(", %.*s%s%s\n", RD_TEXT_ARG(hours),
               one->view == RD_VIEW_FULL || one->view == 0 ? "" : ", sees the record: ",
               one->view == RD_VIEW_FULL || one->view == 0
                   ? ""
                   : rd_enum_name(&rd_view_names, (int)one->view));
        grid_words(one->why, width, "             ");
    }
}

static void say_clocks(const struct rd_decision *decision)
{
    char at[3][32];
    if (decision->clocks_count > 0)
        puts("\nBy when");
    for (size_t i = 0; i < decision->clocks_count; i++) {
        const struct rd_planned_clock *clock = &decision->clocks[i];
        printf("  %-12.*s by %s%s; counts from %s (%.*s), ends with: %.*s%s",
               RD_TEXT_ARG(clock->policy), ctl_time(clock->alarm_due, at[0]),
               clock->provisional ? " (provisional)" : "", ctl_time(clock->start, at[1]),
               RD_TEXT_ARG(clock->basis), RD_TEXT_ARG(clock->stop_mode),
               clock->report_due == clock->alarm_due ? "\n" : "");
        if (clock->report_due != clock->alarm_due)
            printf("; reported by %s\n", ctl_time(clock->report_due, at[2]));
    }
}

static void say_inputs(const struct rd_decision *decision, size_t width, struct rd_arena *memory)
{
    struct rd_text words = RD_TEXT("");
    if (decision->inputs_count == 0)
        return;
    for (size_t i = 0; i < decision->inputs_count; i++)
        words = rd_arena_format(memory, "%.*s%s%.*s: %.*s", RD_TEXT_ARG(words), i == 0 ? "" : "; ",
                                RD_TEXT_ARG(decision->inputs[i].name),
                                RD_TEXT_ARG(decision->inputs[i].value));
    puts("\nWhat the rules saw");
    grid_words(words, width, "  ");
}

static void say_matches(const struct rd_decision *decision, size_t width, struct rd_arena *memory)
{
    if (decision->matches_count > 0)
        puts("\nWhy: the rules that matched, in order");
    for (size_t i = 0; i < decision->matches_count; i++) {
        const struct rd_match *match = &decision->matches[i];
        bool table = match->step == RD_STEP_TRIAGE || match->step == RD_STEP_ROUTE;
        struct rd_text from =
            table ? rd_arena_format(memory, " (%.*s, rule %.*s)", RD_TEXT_ARG(match->table),
                                    RD_TEXT_ARG(match->rule))
                  : RD_TEXT("");
        grid_words(rd_arena_format(memory, "%zu. %s: %.*s%.*s", i + 1,
                                   rd_enum_name(&rd_step_names, (int)match->step),
                                   RD_TEXT_ARG(match->why), RD_TEXT_ARG(from)),
                   width, "  ");
    }
}

static void say_others(const struct rd_decision *decision, size_t width, struct rd_arena *memory)
{
    if (decision->ruled_out_count > 0)
        puts("\nWhy not the others (--why-not TEAM says more)");
    for (size_t i = 0; i < decision->ruled_out_count; i++)
        grid_words(rd_arena_format(memory, "%.*s: %.*s", RD_TEXT_ARG(decision->ruled_out[i].team),
                                   RD_TEXT_ARG(decision->ruled_out[i].why)),
                   width, "  ");
}

void ctl_show_decision(const struct rd_decision *decision)
{
    char at[32];
    size_t width = ctl_columns();
    struct rd_arena memory;
    rd_arena_init(&memory, rd_alloc_heap(), WORDS_BYTES_MAX);
    grid_words(decision->reason, width, "");
    printf("\npathway   %.*s, %s", RD_TEXT_ARG(decision->pathway),
           rd_enum_name(&rd_priority_names, (int)decision->urgency));
    if (decision->facts != NULL && decision->facts->priority_asked != 0)
        printf(" (%s was asked for)",
               rd_enum_name(&rd_priority_names, (int)decision->facts->priority_asked));
    printf("\ndecided   %s by %.*s, rule set %.*s", ctl_time(decision->at, at),
           RD_TEXT_ARG(rd_text_present(decision->decided_by) ? decision->decided_by
                                                             : RD_TEXT("the rules")),
           RD_TEXT_ARG(rd_text_slice(decision->rules_hash, 0, 12)));
    if (rd_text_present(decision->engine_version)) /* a dry run's decision is no engine's record */
        printf(", engine %.*s", RD_TEXT_ARG(decision->engine_version));
    puts("");
    if (decision->assignments_count > 0)
        say_teams(decision, width, &memory);
    say_clocks(decision);
    if (rd_text_present(decision->answer)) {
        puts("\nWhat the sender was told");
        grid_words(decision->answer, width, "  ");
    }
    say_matches(decision, width, &memory);
    say_others(decision, width, &memory);
    say_inputs(decision, width, &memory);
    rd_arena_fini(&memory);
}
