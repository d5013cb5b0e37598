/* Rows of paper into the router: the referral under its true time, then who has seen the person.
 * Safe to do again after any stop: the router knows a sheet by its number and time, and a contact
 * is looked for before it is recorded. */
#include "ctl/paper.h"

#include "shell/state_dir.h"

#include <string.h>
#include <unistd.h>

struct entering {
    struct ctl_paper *paper;
    struct ctl_client intake, control;
    struct ctl_args control_args; /* the operator's key, where there is one */
    size_t not_entered;
};

static const struct rd_assignment *lead_of(const struct rd_referral_state *state)
{
    const struct rd_assignment *lead = NULL;
    for (size_t i = 0; i < state->assignments_count; i++) {
        const struct rd_assignment *one = &state->assignments[i];
        bool better = lead == NULL || lead->phase == RD_ASSIGNMENT_CLOSED;
        if (one->role == RD_ROLE_LEAD && better)
            lead = one;
    }
    return lead;
}

/* What the router holds of it; NULL, with *status set, when it cannot be asked. Borrowed until the
 * next question. */
static const struct rd_referral_state *look(struct entering *entering, struct rd_text referral,
                                            int *status)
{
    struct ctl_client *client = &entering->control;
    struct rd_query query = {
        .correlation = ctl_client_correlation(client), .kind = RD_QUERY_TRACE, .target = referral};
    struct rd_message message = {.query = &query};
    *status = ctl_client_ask(client, &message, query.correlation);
    if (*status != CTL_OK)
        return NULL;
    const struct rd_query_result *result = client->answer.query_result;
    if (result == NULL || result->referral == NULL)
        *status = ctl_fail(CTL_NO, "%.*s: the router gave another answer than was asked",
                           RD_TEXT_ARG(referral));
    return *status == CTL_OK ? result->referral : NULL;
}

/* By time and mode: a contact that somebody voided since is not made again. */
static bool is_recorded(const struct rd_referral_state *state,
                        const struct rd_template_paper *paper)
{
    for (size_t i = 0; i < state->contacts_count; i++)
        if (state->contacts[i].occurred == paper->seen_at &&
            state->contacts[i].mode == paper->seen_how &&
            rd_text_equal(state->contacts[i].by, paper->seen_by))
            return true;
    return false;
}

static int record_contact(struct entering *entering, const struct rd_template_row *row,
                          struct rd_text referral, uint32_t assignment)
{
    struct ctl_client *client = &entering->control;
    struct rd_arena *arena = &entering->paper->row;
    const struct rd_template_paper *paper = &row->paper;
    struct rd_command command = {
        .correlation = ctl_client_correlation(client),
        .verb = RD_VERB_CONTACT,
        .target = rd_arena_format(arena, "%.*s.%u", RD_TEXT_ARG(referral), assignment),
        .by = paper->seen_by,
        .mode = paper->seen_how,
        .when = paper->seen_at,
        .words =
            rd_arena_format(arena, "from paper, entered by %.*s%s%.*s",
                            RD_TEXT_ARG(entering->paper->options.entered_by),
                            rd_text_present(paper->done) ? ": " : "", RD_TEXT_ARG(paper->done))};
    struct rd_message message = {.command = &command};
    if (!rd_text_present(command.target) || !rd_text_present(command.words))
        return ctl_fail(CTL_NO, "row %u: out of memory", row->row);
    return ctl_client_ask(client, &message, command.correlation);
}

static void add_clocks(const struct ctl_paper *paper, json_t *said,
                       const struct rd_referral_state *state)
{
    json_t *clocks = json_array();
    bool over = false;
    for (size_t i = 0; i < state->clocks_count; i++) {
        const struct rd_clock *clock = &state->clocks[i];
        bool running = clock->ended_at == 0;
        bool late = clock->breached_at != 0 || (running && clock->alarm_due < paper->options.now);
        const char *how = running ? (late ? "over its time" : "running")
                                  : (late ? "ended late" : "ended in time");
        json_t *one = json_object();
        ctl_paper_set_text(one, "clock", clock->policy);
        ctl_paper_set_time(paper, one, "from", clock->start);
        ctl_paper_set_time(paper, one, "due", clock->alarm_due);
        ctl_paper_set_text(one, "state", rd_text_of(how));
        (void)json_array_append_new(clocks, one);
        over = over || (running && late);
    }
    (void)json_object_set_new(said, "clocks", clocks);
    if (over)
        ctl_paper_todo(said, RD_TEXT("it is over its time already: ring the team now"));
}

static void add_team(const struct ctl_paper *paper, json_t *said, const struct rd_template_row *row,
                     const struct rd_referral_state *state)
{
    const struct rd_assignment *lead = lead_of(state);
    struct rd_text name = lead == NULL ? paper->place->desk : lead->team;
    const struct rd_team *team = rd_place_team(paper->place, name);
    ctl_paper_set_text(said, "team", team == NULL ? name : team->title);
    if (team != NULL)
        ctl_paper_set_text(said, "team-telephone", team->telephone);
    struct rd_text told = row->paper.told;
    bool same = rd_text_equal_nocase(told, name) ||
                (team != NULL && rd_text_equal_nocase(told, team->title));
    if (rd_text_present(told) && !same)
        ctl_paper_todo(said, RD_TEXT("it is with another team than the one that was told on "
                                     "paper: ring both"));
}

/* After the referral: the contact that is on paper, then what the router makes of it all. */
static int follow(struct entering *entering, const struct rd_template_row *row,
                  struct rd_text referral, json_t *said)
{
    int status = CTL_OK;
    const struct rd_referral_state *state = look(entering, referral, &status);
    if (state == NULL)
        return status;
    const struct rd_assignment *lead = lead_of(state);
    if (row->paper.seen_at != 0 && lead != NULL && !is_recorded(state, &row->paper)) {
        status = record_contact(entering, row, referral, lead->index);
        if (status == CTL_AWAY)
            return status;
        if (status != CTL_OK)
            ctl_paper_todo(said, RD_TEXT("that the person was seen could not be recorded: record "
                                         "it on the referral"));
        entering->not_entered += status != CTL_OK;
        int looked = CTL_OK;
        state = look(entering, referral, &looked);
        if (state == NULL)
            return looked;
    }
    if (row->paper.seen_at != 0 && is_recorded(state, &row->paper))
        ctl_paper_set_time(entering->paper, said, "seen-at", row->paper.seen_at);
    add_team(entering->paper, said, row, state);
    add_clocks(entering->paper, said, state);
    return CTL_OK;
}

static const char *outcome_of(const struct rd_submit_result *result)
{
    bool known = rd_text_present(result->referral);
    if (result->disposal == RD_DISPOSAL_NEW && known)
        return "entered";
    if (result->disposal == RD_DISPOSAL_REPEAT && known)
        return "entered before";
    return result->disposal == RD_DISPOSAL_REJECTED ? "refused" : "kept for the desk";
}

static int judge(struct entering *entering, const struct rd_template_row *row,
                 const struct rd_submit_result *result)
{
    struct ctl_paper *paper = entering->paper;
    struct rd_text referral;
    const char *outcome = outcome_of(result);
    if (!rd_arena_copy(&paper->row, result->referral, &referral))
        return ctl_fail(CTL_NO, "row %u: out of memory", row->row);
    bool held = rd_text_present(referral) && strncmp(outcome, "entered", 7) == 0;
    json_t *said = ctl_paper_row(paper, row, outcome);
    int status = CTL_OK;
    if (held) {
        ctl_paper_set_text(said, "reference", referral);
        status = follow(entering, row, referral, said);
    } else {
        entering->not_entered++;
        ctl_paper_todo(said, result->disposal == RD_DISPOSAL_REJECTED
                                 ? result->words
                                 : RD_TEXT("a sheet of this number and time was entered before "
                                           "with other content: the desk has both and decides"));
    }
    ctl_paper_say(paper, said);
    return status;
}

static int enter_row(struct entering *entering, const struct rd_template_row *row)
{
    struct ctl_client *client = &entering->intake;
    struct rd_submission submission = row->submission;
    struct rd_submit submit = {.correlation = ctl_client_correlation(client),
                               .submission = &submission};
    struct rd_message message = {.submit = &submit};
    int status = ctl_client_ask(client, &message, submit.correlation);
    const struct rd_submit_result *result = client->answer.submit_result;
    if (status != CTL_OK)
        return status;
    if (result == NULL)
        return ctl_fail(CTL_NO, "row %u: the router gave another answer than was asked", row->row);
    if (result->busy)
        return ctl_fail(CTL_AWAY, "row %u: the router takes nothing now: %.*s", row->row,
                        RD_TEXT_ARG(result->words));
    return judge(entering, row, result);
}

static int enter_rows(struct entering *entering)
{
    struct ctl_paper *paper = entering->paper;
    struct rd_template template;
    struct rd_template_row row = {.row = 0};
    int status = ctl_paper_rewind(paper, &template);
    while (status == CTL_OK) {
        rd_arena_reset(&paper->row);
        if (rd_template_next(&template, &paper->row, &row) != RD_OK)
            break; /* the end: they were all read before */
        status = enter_row(entering, &row);
    }
    if (status != CTL_OK)
        return ctl_fail(status,
                        "%s: stopped at row %u; give the command again: what is entered is not "
                        "entered twice",
                        paper->path, row.row);
    return entering->not_entered == 0 ? CTL_OK : CTL_NO;
}

/* The key that submits may be an adapter's; to look and to record a contact takes the operator's.
 */
static void choose_keys(struct entering *entering)
{
    char path[RD_STATE_PATH_MAX];
    entering->control_args = *entering->paper->args;
    (void)snprintf(path, sizeof path, "%s/keys/operator.key", ctl_state(entering->paper->args));
    if (access(path, R_OK) == 0)
        entering->control_args.values[OPT_KEY] = NULL;
}

int ctl_paper_enter(struct ctl_paper *paper)
{
    static struct entering entering;
    entering = (struct entering){.paper = paper};
    choose_keys(&entering);
    int status = ctl_client_open(&entering.intake, paper->args, CTL_INTAKE);
    if (status != CTL_OK)
        return status;
    status = ctl_client_open(&entering.control, &entering.control_args, CTL_CONTROL);
    if (status == CTL_OK) {
        status = enter_rows(&entering);
        ctl_client_close(&entering.control);
    }
    ctl_client_close(&entering.intake);
    return status;
}
