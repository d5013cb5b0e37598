#include "ctl/client.h"

#include <inttypes.h>

static void show_teams(const struct rd_status *status)
{
    char due[48];
    char oldest[48];
    printf("\n%-24s %7s %7s %8s %7s %-18s %-18s %-9s %s\n", "TEAM", "WAITING", "CLAIMED",
           "ACCEPTED", "OVERDUE", "NEAREST DEADLINE", "OLDEST", "LISTENING", "HOURS");
    for (size_t i = 0; i < status->teams_count; i++) {
        const struct rd_team_status *team = &status->teams[i];
        printf("%-24.*s %7" PRIu64 " %7" PRIu64 " %8" PRIu64 " %7" PRIu64 " %-18s %-18s %-9s %s\n",
               RD_TEXT_ARG(team->team), team->waiting, team->claimed, team->accepted, team->overdue,
               ctl_relative(team->next_due, status->now, due),
               ctl_relative(team->oldest, status->now, oldest), team->consumers > 0 ? "yes" : "no",
               team->open_now ? "open" : "closed");
    }
}

static void show_feeds(const struct rd_status *status)
{
    printf("\n%-24s %11s %6s %7s %7s %9s %6s %11s %8s %6s %6s %7s\n", "FEED", "SUBMISSIONS", "NEW",
           "REPEATS", "AMENDED", "CANCELLED", "FACTS", "QUARANTINED", "REJECTED", "OPEN", "CLOSED",
           "REFUSED");
    for (size_t i = 0; i < status->feeds_count; i++) {
        const struct rd_feed_state *feed = &status->feeds[i];
        printf("%-24.*s %11" PRIu64 " %6" PRIu64 " %7" PRIu64 " %7" PRIu64 " %9" PRIu64 " %6" PRIu64
               " %11" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %7" PRIu64 "\n",
               RD_TEXT_ARG(feed->feed), feed->submissions, feed->new_referrals, feed->repeats,
               feed->amendments, feed->cancellations, feed->facts_applied + feed->facts_ignored,
               feed->quarantined, feed->rejected, feed->open, feed->closed, feed->refused);
    }
}

static void show_line(const struct rd_number_line *line, struct rd_text of)
{
    char time[32];
    printf("  %.*s: last %" PRIu64 " at %s\n", RD_TEXT_ARG(of), line->last,
           ctl_time(line->at, time));
}

/* What senders that number their messages have not sent, and who is silent. */
static void show_expected(const struct rd_status *status)
{
    char time[32];
    for (size_t i = 0; i < status->feeds_count; i++) {
        const struct rd_feed_state *feed = &status->feeds[i];
        if (rd_feed_silent(feed))
            printf("\nSILENT: %.*s, nothing since %s\n", RD_TEXT_ARG(feed->feed),
                   ctl_time(feed->last_received, time));
        if (feed->numberings_count == 0)
            continue;
        printf("\n%.*s: %" PRIu64 " gaps in its senders' numbers, %" PRIu64
               " filled later, %" PRIu64 " MISSING\n",
               RD_TEXT_ARG(feed->feed), feed->sequence_gaps, feed->sequence_filled,
               rd_feed_missing(feed));
        for (size_t k = 0; k < feed->numberings_count; k++) {
            const struct rd_numbering *n = &feed->numberings[k];
            for (size_t j = 0; j < n->lines_count; j++)
                show_line(&n->lines[j], n->of);
            for (size_t j = 0; j < n->missing_count; j++)
                printf("  %.*s: MISSING %" PRIu64 " to %" PRIu64 "%s\n", RD_TEXT_ARG(n->of),
                       n->missing[j].from, n->missing[j].to,
                       n->missing[j].told ? "" : " (may still come)");
        }
    }
}

static void show_rules(const struct rd_status *status)
{
    char time[32];
    if (status->rules_since != 0)
        printf("rules in force since %s\n", ctl_time(status->rules_since, time));
    if (rd_text_present(status->pending_rules_hash))
        printf("rule set %.*s comes into force at %s\n",
               RD_TEXT_ARG(rd_text_slice(status->pending_rules_hash, 0, 12)),
               ctl_time(status->pending_at, time));
    if (rd_text_present(status->rules_checking))
        printf("a rule set is being checked %.*s\n", RD_TEXT_ARG(status->rules_checking));
    if (rd_text_present(status->rules_refused_words))
        printf("RULES REFUSED, those in force stay: %.*s\n",
               RD_TEXT_ARG(status->rules_refused_words));
    if (rd_text_present(status->shadow_rules_hash))
        printf("shadow: rule set %.*s would have decided %" PRIu64 " of %" PRIu64
               " referrals otherwise\n",
               RD_TEXT_ARG(rd_text_slice(status->shadow_rules_hash, 0, 12)),
               status->shadow_differing, status->shadow_compared);
}

static int show_status(const struct ctl_args *args, const struct rd_query_result *result)
{
    const struct rd_status *status = result->status;
    char time[32];
    if (status == NULL)
        return ctl_fail(CTL_NO, "the router sent no status; use a referralctl of its version");
    if (ctl_json(args)) {
        ctl_show_json(&rd_status_shape, status);
        return CTL_OK;
    }
    printf("place %.*s, rule set %.*s, referrald %.*s, %s%s\n", RD_TEXT_ARG(status->place),
           RD_TEXT_ARG(rd_text_slice(status->rules_hash, 0, 12)), RD_TEXT_ARG(status->version),
           status->ready ? "ready" : "not ready", status->draining ? ", draining" : "");
    printf("as of %s: %" PRIu64 " referrals open, %" PRIu64 " in quarantine; on disk up to entry "
           "%" PRIu64 " of %" PRIu64 ", incarnation %" PRIu64 "; %" PRIu64 " sessions\n",
           ctl_time(status->now, time), status->referrals_open, status->quarantined_open,
           status->durable_entry, status->last_entry, status->incarnation, status->sessions);
    show_rules(status);
    if (status->imbalance > 0)
        printf("NOT ACCOUNTED FOR: %" PRIu64 ": run referralctl ledger verify\n",
               status->imbalance);
    show_teams(status);
    show_feeds(status);
    show_expected(status);
    return CTL_OK;
}

int ctl_status(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_STATUS, NULL, show_status);
}

static bool ask_status(struct ctl_client *client, const struct ctl_args *args, int *status)
{
    struct rd_query query = {.correlation = ctl_client_correlation(client),
                             .kind = RD_QUERY_STATUS};
    struct rd_message message = {.query = &query};
    *status = ctl_client_ask(client, &message, query.correlation);
    if (*status != CTL_OK || client->answer.query_result == NULL)
        return false;
    if (!ctl_json(args))
        fputs("\033[H\033[2J", stdout); /* home, clear */
    *status = show_status(args, client->answer.query_result);
    fflush(stdout);
    return *status == CTL_OK;
}

static void on_pause_over(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

int ctl_top(const struct ctl_args *args)
{
    struct ctl_client client;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    while (!client.stopped && ask_status(&client, args, &status)) {
        /* cannot fail: the callback is set */
        (void)uv_timer_start(&client.timer, on_pause_over, 2000, 0);
        (void)uv_run(&client.loop, UV_RUN_DEFAULT); /* until uv_stop */
    }
    if (client.stopped)
        status = CTL_OK;
    ctl_client_close(&client);
    return status;
}
