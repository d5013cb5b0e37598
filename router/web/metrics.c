#include "web/metrics.h"

#include <inttypes.h>

/* Label values are names of the place ([a-z0-9-:]) and hashes; escaped all the same, since a rule
 * set is a file that somebody writes. */
static void put_label(struct rd_buf *out, struct rd_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\\' || c == '"')
            rd_buf_put(out, "\\", 1);
        if (c == '\n')
            rd_buf_put_string(out, "\\n");
        else
            rd_buf_put(out, &c, 1);
    }
}

static void plain(const char *name, uint64_t value, struct rd_buf *out)
{
    rd_buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void labelled(const char *name, const char *label, struct rd_text value, const char *more,
                     struct rd_buf *out)
{
    rd_buf_printf(out, "%s{%s=\"", name, label);
    put_label(out, value);
    rd_buf_printf(out, "\"%s} ", more);
}

static void put_seconds(int64_t micros, struct rd_buf *out)
{
    rd_buf_printf(out, "%.3f\n", (double)micros / (double)RD_SECOND_US);
}

static void build_info(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    rd_buf_printf(out, "%s{version=\"", name);
    put_label(out, view->status->version);
    rd_buf_put_string(out, "\",place=\"");
    put_label(out, view->status->place);
    rd_buf_put_string(out, "\",rules=\"");
    put_label(out, view->status->rules_hash);
    rd_buf_put_string(out, "\"} 1\n");
}

static void oldest_age(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->teams_count; i++) {
        const struct rd_team_status *team = &view->status->teams[i];
        int64_t age = team->oldest == 0 ? 0 : view->status->now - team->oldest;
        labelled(name, "team", team->team, "", out);
        put_seconds(age > 0 ? age : 0, out);
    }
}

static void assignments(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->teams_count; i++) {
        const struct rd_team_status *team = &view->status->teams[i];
        labelled(name, "team", team->team, ",state=\"waiting\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", team->waiting);
        labelled(name, "team", team->team, ",state=\"claimed\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", team->claimed);
        labelled(name, "team", team->team, ",state=\"accepted\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", team->accepted);
    }
}

static void overdue(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    static const char *const steps[] = {",more_than_minutes=\"0\"", ",more_than_minutes=\"15\"",
                                        ",more_than_minutes=\"60\"", ",more_than_minutes=\"240\""};
    for (size_t i = 0; i < view->status->teams_count; i++) {
        const struct rd_team_status *team = &view->status->teams[i];
        const uint64_t counts[] = {team->overdue, team->overdue_15m, team->overdue_60m,
                                   team->overdue_240m};
        for (size_t k = 0; k < 4; k++) {
            labelled(name, "team", team->team, steps[k], out);
            rd_buf_printf(out, "%" PRIu64 "\n", counts[k]);
        }
    }
}

static void next_due(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->teams_count; i++) {
        labelled(name, "team", view->status->teams[i].team, "", out);
        put_seconds(view->status->teams[i].next_due, out);
    }
}

static void consumers(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->teams_count; i++) {
        labelled(name, "team", view->status->teams[i].team, "", out);
        rd_buf_printf(out, "%" PRIu64 "\n", view->status->teams[i].consumers);
    }
}

static void team_open(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->teams_count; i++) {
        labelled(name, "team", view->status->teams[i].team, "", out);
        rd_buf_printf(out, "%d\n", view->status->teams[i].open_now ? 1 : 0);
    }
}

static void feed_submissions(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        labelled(name, "feed", view->status->feeds[i].feed, "", out);
        rd_buf_printf(out, "%" PRIu64 "\n", view->status->feeds[i].submissions);
    }
}

static void feed_disposals(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        const struct rd_feed_state *feed = &view->status->feeds[i];
        const struct {
            const char *label;
            uint64_t count;
        } columns[] = {
            {",disposal=\"new\"", feed->new_referrals},
            {",disposal=\"repeat\"", feed->repeats},
            {",disposal=\"amended\"", feed->amendments},
            {",disposal=\"cancelled\"", feed->cancellations},
            {",disposal=\"fact-applied\"", feed->facts_applied},
            {",disposal=\"fact-ignored\"", feed->facts_ignored},
            {",disposal=\"quarantined\"", feed->quarantined},
            {",disposal=\"rejected\"", feed->rejected},
        };
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++) {
            labelled(name, "feed", feed->feed, columns[k].label, out);
            rd_buf_printf(out, "%" PRIu64 "\n", columns[k].count);
        }
    }
}

static void feed_referrals(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        const struct rd_feed_state *feed = &view->status->feeds[i];
        labelled(name, "feed", feed->feed, ",state=\"open\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", feed->open);
        labelled(name, "feed", feed->feed, ",state=\"closed\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", feed->closed);
        labelled(name, "feed", feed->feed, ",state=\"refused\"", out);
        rd_buf_printf(out, "%" PRIu64 "\n", feed->refused);
    }
}

static void feed_last(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        labelled(name, "feed", view->status->feeds[i].feed, "", out);
        put_seconds(view->status->feeds[i].last_received, out);
    }
}

static void feed_gaps(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        labelled(name, "feed", view->status->feeds[i].feed, "", out);
        rd_buf_printf(out, "%" PRIu64 "\n", view->status->feeds[i].sequence_gaps);
    }
}

static void feed_missing(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        labelled(name, "feed", view->status->feeds[i].feed, "", out);
        rd_buf_printf(out, "%" PRIu64 "\n", rd_feed_missing(&view->status->feeds[i]));
    }
}

static void feed_silent(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < view->status->feeds_count; i++) {
        labelled(name, "feed", view->status->feeds[i].feed, "", out);
        rd_buf_printf(out, "%d\n", rd_feed_silent(&view->status->feeds[i]) ? 1 : 0);
    }
}

#define PLAIN(function, expression)                                                                \
    static void function(const char *name, const struct rd_ops_view *view, struct rd_buf *out)     \
    {                                                                                              \
        plain(name, (uint64_t)(expression), out);                                                  \
    }

PLAIN(ready, view->not_ready == NULL ? 1 : 0)
PLAIN(draining, view->status->draining ? 1 : 0)
PLAIN(imbalance, view->status->imbalance)
PLAIN(referrals_open, view->status->referrals_open)
PLAIN(quarantined_open, view->status->quarantined_open)
PLAIN(referrals_suggested, view->status->referrals_suggested)
PLAIN(referrals_linked, view->status->referrals_linked)
PLAIN(incarnation, view->status->incarnation)
PLAIN(last_entry, view->status->last_entry)
PLAIN(durable_entry, view->status->durable_entry)
PLAIN(entries_waiting, view->entries_waiting)
PLAIN(gate_held, view->gate_held)
PLAIN(bodies_waiting, view->bodies_waiting)
PLAIN(chain_verified, view->chain_verified ? 1 : 0)
PLAIN(disk_free, view->disk_free_bytes)
PLAIN(sessions, view->status->sessions)
PLAIN(peers, view->peers)
PLAIN(timers, view->status->timers)
PLAIN(steps, view->steps)
PLAIN(busy_answers, view->busy_answers)
PLAIN(messages_refused, view->messages_refused)
PLAIN(messages_dropped, view->messages_dropped)
PLAIN(sessions_dropped, view->sessions_dropped)
PLAIN(events_dropped, view->events_dropped)
PLAIN(rules_refused, view->rules_refused)
PLAIN(rules_refused_now, rd_text_present(view->status->rules_refused_words) ? 1 : 0)
PLAIN(rules_pending, rd_text_present(view->status->pending_rules_hash) ? 1 : 0)
PLAIN(rules_checking, rd_text_present(view->status->rules_checking) ? 1 : 0)
PLAIN(shadow_compared, view->status->shadow_compared)
PLAIN(shadow_differing, view->status->shadow_differing)
PLAIN(alarm_runs, view->alarm_runs)
PLAIN(alarm_failures, view->alarm_failures)
PLAIN(alarm_missed, view->alarm_missed)
PLAIN(clock_jumped, view->clock_jumped ? 1 : 0)
PLAIN(clock_behind, view->clock_behind ? 1 : 0)

static void clock_drift(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    rd_buf_printf(out, "%s ", name);
    put_seconds(view->clock_drift_us, out);
}

static void started_at(const char *name, const struct rd_ops_view *view, struct rd_buf *out)
{
    rd_buf_printf(out, "%s ", name);
    put_seconds(view->status->started_at, out);
}

const struct rd_metric rd_metric_table[] = {
    {"spa_queue_oldest_age_seconds", "gauge",
     "age of the oldest open assignment of each team; 0 when there is none", oldest_age},
    {"spa_queue_assignments", "gauge", "open assignments of each team by state", assignments},
    {"spa_queue_overdue", "gauge",
     "assignments past their next response deadline by more than so many minutes", overdue},
    {"spa_queue_next_due_timestamp_seconds", "gauge",
     "the nearest response deadline of each team; 0 when there is none", next_due},
    {"spa_queue_consumers", "gauge", "sessions that watch or work each team's queue", consumers},
    {"spa_team_open", "gauge", "1 while the team takes referrals by its hours", team_open},
    {"spa_feed_submissions_total", "counter", "submissions of each feed", feed_submissions},
    {"spa_feed_disposals", "gauge",
     "what became of the submissions of each feed; a repair moves one between columns",
     feed_disposals},
    {"spa_feed_referrals", "gauge", "referrals of each feed by state", feed_referrals},
    {"spa_feed_last_received_timestamp_seconds", "gauge",
     "when each feed last sent anything; 0 when never", feed_last},
    {"spa_feed_sequence_gaps_total", "counter",
     "times that numbers of a sender's messages were left out", feed_gaps},
    {"spa_feed_sequence_missing", "gauge",
     "numbers of a sender's messages that have not come, of the gaps that are remembered",
     feed_missing},
    {"spa_feed_silent", "gauge", "1 while a feed is silent for longer than its partner declared",
     feed_silent},
    {"spa_conservation_imbalance", "gauge",
     "submissions and referrals that the columns do not account for; anything but 0 is a fault",
     imbalance},
    {"spa_referrals_open", "gauge", "open referrals", referrals_open},
    {"spa_quarantined_open", "gauge", "quarantined items that the desk has not dealt with",
     quarantined_open},
    {"spa_referrals_suggested", "gauge",
     "open referrals that may be of a person who is known by another one: the desk has not said",
     referrals_suggested},
    {"spa_referrals_linked", "gauge",
     "open referrals that the desk has linked with another one of the same person",
     referrals_linked},
    {"referrald_build_info", "gauge", "version, place and rule set in force", build_info},
    {"referrald_ready", "gauge", "1 when /readyz says so", ready},
    {"referrald_draining", "gauge", "1 when intake answers busy to everything", draining},
    {"referrald_start_timestamp_seconds", "gauge", "when this process started", started_at},
    {"referrald_incarnation", "gauge", "incarnation of the ledger", incarnation},
    {"referrald_ledger_last_entry", "gauge", "number of the last entry made", last_entry},
    {"referrald_ledger_durable_entry", "gauge", "number of the last entry on disk", durable_entry},
    {"referrald_ledger_entries_waiting", "gauge", "entries on their way to the disk",
     entries_waiting},
    {"referrald_ledger_chain_verified", "gauge",
     "1 when the whole chain has been checked since the start", chain_verified},
    {"referrald_gate_held", "gauge", "answers that wait for their entry to be on disk", gate_held},
    {"referrald_bodies_waiting", "gauge", "answers that wait for a record to be read",
     bodies_waiting},
    {"referrald_disk_free_bytes", "gauge", "free on the file system of the state directory",
     disk_free},
    {"referrald_sessions", "gauge", "sessions of adapters, consumers and operators", sessions},
    {"referrald_peers", "gauge", "transport peers", peers},
    {"referrald_timers", "gauge", "business timers that wait", timers},
    {"referrald_steps_total", "counter", "events that the state machine has taken", steps},
    {"referrald_busy_answers_total", "counter", "submissions answered \"not now\"", busy_answers},
    {"referrald_messages_refused_total", "counter", "messages that could not be decoded",
     messages_refused},
    {"referrald_messages_dropped_total", "counter",
     "messages of peers that nothing vouches for, or of no valid form", messages_dropped},
    {"referrald_sessions_dropped_total", "counter", "peers that were gone or too slow",
     sessions_dropped},
    {"referrald_events_dropped_total", "counter", "events that the event feed could not take",
     events_dropped},
    {"referrald_rules_refused_total", "counter", "rule sets that were not let in", rules_refused},
    {"referrald_rules_refused", "gauge", "1 while the last rule set brought was refused",
     rules_refused_now},
    {"referrald_rules_pending", "gauge", "1 while a rule set waits for its time", rules_pending},
    {"referrald_rules_checking", "gauge", "1 while a rule set is being checked", rules_checking},
    {"referrald_shadow_compared_total", "counter",
     "decisions that a shadow rule set was compared with", shadow_compared},
    {"referrald_shadow_differing_total", "counter",
     "decisions that the shadow rule set would have made otherwise", shadow_differing},
    {"referrald_alarm_command_runs_total", "counter", "runs of the alarm command", alarm_runs},
    {"referrald_alarm_command_failures_total", "counter",
     "runs that could not start or ended with an error", alarm_failures},
    {"referrald_alarm_command_missed_total", "counter",
     "alarms without a run because too many waited", alarm_missed},
    {"referrald_clock_drift_seconds", "gauge", "wall clock minus business time", clock_drift},
    {"referrald_clock_jumped", "gauge", "1 while a jump of the wall clock waits to be accepted",
     clock_jumped},
    {"referrald_clock_behind", "gauge", "1 while time is behind the ledger's last entry",
     clock_behind},
};
const size_t rd_metric_table_count = sizeof rd_metric_table / sizeof rd_metric_table[0];

void rd_metrics_write(const struct rd_ops_view *view, struct rd_buf *out)
{
    for (size_t i = 0; i < rd_metric_table_count; i++) {
        const struct rd_metric *metric = &rd_metric_table[i];
        rd_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                      metric->type);
        metric->emit(metric->name, view, out);
    }
}
