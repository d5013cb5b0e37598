#include "web/page.h"

#include <inttypes.h>

/* Everything that comes from a file or a peer goes through here. */
static void put_escaped(struct rd_buf *out, struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            rd_buf_put_string(out, "&amp;");
            break;
        case '<':
            rd_buf_put_string(out, "&lt;");
            break;
        case '>':
            rd_buf_put_string(out, "&gt;");
            break;
        case '"':
            rd_buf_put_string(out, "&quot;");
            break;
        default:
            rd_buf_put(out, &text.ptr[i], 1);
        }
    }
}

/* "3 days 4 h", "2 h 5 min", "14 min", "under a minute". */
static void put_length(struct rd_buf *out, int64_t micros)
{
    int64_t minutes = micros / RD_MINUTE_US;
    if (minutes < 1)
        rd_buf_put_string(out, "under a minute");
    else if (minutes < 60)
        rd_buf_printf(out, "%" PRId64 " min", minutes);
    else if (minutes < INT64_C(2880))
        rd_buf_printf(out, "%" PRId64 " h %" PRId64 " min", minutes / 60, minutes % 60);
    else
        rd_buf_printf(out, "%" PRId64 " days %" PRId64 " h", minutes / 1440, minutes % 1440 / 60);
}

static void put_time(struct rd_buf *out, rd_instant at)
{
    char text[RD_INSTANT_TEXT_MAX];
    rd_buf_printf(out, "<time datetime=\"%s\">%.10s %.5s UTC</time>", rd_instant_format(at, text),
                  text, text + 11);
}

static void put_cell(struct rd_buf *out, const char *label, uint64_t value, bool alert)
{
    rd_buf_printf(out, "<td data-label=\"%s\"%s>%" PRIu64 "</td>", label,
                  alert && value > 0 ? " class=\"alert\"" : "", value);
}

static void put_due(struct rd_buf *out, rd_instant due, rd_instant now)
{
    if (due == 0) {
        rd_buf_put_string(out, "<td data-label=\"Nearest deadline\">none</td>");
        return;
    }
    bool late = due <= now;
    rd_buf_printf(out, "<td data-label=\"Nearest deadline\"%s>%s", late ? " class=\"alert\"" : "",
                  late ? "overdue by " : "in ");
    put_length(out, late ? now - due : due - now);
    rd_buf_put_string(out, "<br>");
    put_time(out, due);
    rd_buf_put_string(out, "</td>");
}

static void put_team(struct rd_buf *out, const struct rd_team_status *team, rd_instant now)
{
    uint64_t open = team->waiting + team->claimed + team->accepted;
    rd_buf_put_string(out, "<tr><th scope=\"row\">");
    put_escaped(out, rd_text_present(team->title) ? team->title : team->team);
    rd_buf_put_string(out, "</th>");
    put_cell(out, "Waiting", team->waiting, false);
    put_cell(out, "Claimed", team->claimed, false);
    put_cell(out, "Accepted", team->accepted, false);
    put_cell(out, "Overdue", team->overdue, true);
    put_due(out, team->next_due, now);
    rd_buf_put_string(out, "<td data-label=\"Oldest\">");
    if (team->oldest == 0)
        rd_buf_put_string(out, "none");
    else
        put_length(out, now > team->oldest ? now - team->oldest : 0);
    bool unheard = open > 0 && team->consumers == 0;
    rd_buf_printf(out,
                  "</td><td data-label=\"Listening\"%s>%s</td><td data-label=\"Hours\">%s</td>",
                  unheard ? " class=\"alert\"" : "",
                  team->consumers > 0 ? "yes" : (unheard ? "nobody" : "no"),
                  team->open_now ? "open" : "closed");
    rd_buf_put_string(out, "</tr>\n");
}

static void put_teams(struct rd_buf *out, const struct rd_status *status)
{
    rd_buf_put_string(
        out, "<h2 id=\"teams\">Teams</h2>\n<table aria-labelledby=\"teams\"><thead><tr>"
             "<th scope=\"col\">Team</th><th scope=\"col\">Waiting</th><th scope=\"col\">Claimed"
             "</th><th scope=\"col\">Accepted</th><th scope=\"col\">Overdue</th>"
             "<th scope=\"col\">Nearest deadline</th><th scope=\"col\">Oldest</th>"
             "<th scope=\"col\">Listening</th><th scope=\"col\">Hours</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < status->teams_count; i++)
        put_team(out, &status->teams[i], status->now);
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_feed(struct rd_buf *out, const struct rd_feed_state *feed, rd_instant now)
{
    rd_buf_put_string(out, "<tr><th scope=\"row\">");
    put_escaped(out, feed->feed);
    rd_buf_put_string(out, "</th>");
    put_cell(out, "Submissions", feed->submissions, false);
    put_cell(out, "New", feed->new_referrals, false);
    put_cell(out, "Repeats", feed->repeats, false);
    put_cell(out, "Amended", feed->amendments, false);
    put_cell(out, "Cancelled", feed->cancellations, false);
    put_cell(out, "Facts", feed->facts_applied + feed->facts_ignored, false);
    put_cell(out, "Quarantined", feed->quarantined, true);
    put_cell(out, "Rejected", feed->rejected, false);
    put_cell(out, "Open", feed->open, false);
    put_cell(out, "Closed", feed->closed, false);
    put_cell(out, "Refused", feed->refused, false);
    rd_buf_put_string(out, "<td data-label=\"Last received\">");
    if (feed->last_received == 0) {
        rd_buf_put_string(out, "never");
    } else {
        put_length(out, now > feed->last_received ? now - feed->last_received : 0);
        rd_buf_put_string(out, " ago");
    }
    if (rd_feed_silent(feed))
        rd_buf_put_string(out, " <span class=\"alert\">silent</span>");
    rd_buf_put_string(out, "</td>");
    put_cell(out, "Missing", rd_feed_missing(feed), true);
    rd_buf_put_string(out, "</tr>\n");
}

static void put_feeds(struct rd_buf *out, const struct rd_status *status)
{
    rd_buf_put_string(
        out,
        "<h2 id=\"feeds\">Feeds</h2>\n<p>Every submission stands in exactly one column from New to "
        "Rejected; every referral is open, closed or refused. Missing: numbers of the "
        "sender's messages that have not come. Not accounted for: ");
    rd_buf_printf(out, "<strong%s>%" PRIu64 "</strong>.</p>\n",
                  status->imbalance > 0 ? " class=\"alert\"" : "", status->imbalance);
    rd_buf_put_string(
        out,
        "<table aria-labelledby=\"feeds\"><thead><tr><th scope=\"col\">Feed</th>"
        "<th scope=\"col\">Submissions</th><th scope=\"col\">New</th>"
        "<th scope=\"col\">Repeats</th><th scope=\"col\">Amended</th>"
        "<th scope=\"col\">Cancelled</th><th scope=\"col\">Facts</th>"
        "<th scope=\"col\">Quarantined</th><th scope=\"col\">Rejected</th>"
        "<th scope=\"col\">Open</th><th scope=\"col\">Closed</th><th scope=\"col\">Refused</th>"
        "<th scope=\"col\">Last received</th><th scope=\"col\">Missing</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < status->feeds_count; i++)
        put_feed(out, &status->feeds[i], status->now);
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_fact(struct rd_buf *out, const char *term, uint64_t value, bool alert)
{
    rd_buf_printf(out, "<div><dt>%s</dt><dd%s>%" PRIu64 "</dd></div>\n", term,
                  alert && value > 0 ? " class=\"alert\"" : "", value);
}

/* The sentences that somebody must act on; none when all is well. */
static void put_trouble(struct rd_buf *out, const struct rd_ops_view *view)
{
    const struct {
        bool is;
        const char *words;
    } sentences[] = {
        {view->status->draining, "Draining: partners are told \"not now\"."},
        {view->clock_jumped, "The machine's clock has jumped: check it, then referralctl clock "
                             "accept. Deadlines follow the old time until then."},
        {view->clock_behind, "The machine's clock is behind the last entry: check it."},
        {view->disk_low, "The disk of the state directory is nearly full: make room."},
        {rd_text_present(view->status->rules_refused_words),
         "A rule set was refused, the rules in force stay: referralctl status says why."},
        {view->alarm_failures > 0, "The alarm command has failed: see the log."},
        {view->status->quarantined_open > 0,
         "Quarantined items wait for the desk: referralctl quarantine ls."},
    };
    if (view->not_ready != NULL) {
        rd_buf_put_string(out, "<p class=\"alert\" role=\"status\">Not ready: ");
        put_escaped(out, rd_text_of(view->not_ready));
        rd_buf_put_string(out, "</p>\n");
    }
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].is)
            rd_buf_printf(out, "<p class=\"alert\" role=\"status\">%s</p>\n", sentences[i].words);
}

static void put_head(struct rd_buf *out, const struct rd_status *status)
{
    rd_buf_printf(out,
                  "<!doctype html>\n<html lang=\"en-GB\">\n<head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta http-equiv=\"refresh\" content=\"%d\">\n<title>",
                  RD_PAGE_REFRESH_S);
    put_escaped(out, status->place);
    rd_buf_put_string(out, " - referrals now</title>\n"
                           "<link rel=\"stylesheet\" href=\"/style.css\"></head>\n"
                           "<body><main>\n<h1>Referrals now: ");
    put_escaped(out, status->place);
    rd_buf_put_string(out, "</h1>\n");
}

void rd_page_write(const struct rd_ops_view *view, struct rd_buf *out)
{
    const struct rd_status *status = view->status;
    uint64_t overdue = 0;
    for (size_t i = 0; i < status->teams_count; i++)
        overdue += status->teams[i].overdue;
    put_head(out, status);
    put_trouble(out, view);
    rd_buf_put_string(out, "<dl>\n");
    put_fact(out, "Open referrals", status->referrals_open, false);
    put_fact(out, "Overdue", overdue, true);
    put_fact(out, "In quarantine", status->quarantined_open, true);
    put_fact(out, "On disk up to entry", status->durable_entry, false);
    rd_buf_put_string(out, "</dl>\n");
    put_teams(out, status);
    put_feeds(out, status);
    rd_buf_put_string(out, "<p>As of ");
    put_time(out, status->now);
    rd_buf_printf(out, "; refreshes itself every %d seconds. referrald ", RD_PAGE_REFRESH_S);
    put_escaped(out, status->version);
    rd_buf_put_string(out, ", rule set ");
    put_escaped(out, rd_text_slice(status->rules_hash, 0, 12));
    rd_buf_put_string(out, ". <a href=\"/metrics\">Metrics</a></p>\n</main></body></html>\n");
}

const char rd_page_style[] =
    "body{margin:0;background:#f0f4f5;color:#212b32;font:1rem/1.4 Arial,sans-serif}\n"
    "main{max-width:80rem;margin:0 auto;padding:1rem}\n"
    "h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}\n"
    "a{color:#005eb8}a:focus{outline:3px solid #ffeb3b;background:#ffeb3b;color:#212b32}\n"
    "table{border-collapse:collapse;width:100%;background:#fff}\n"
    "th,td{text-align:left;padding:.4rem .4rem;font-size:.95rem;border-bottom:1px solid #d8dde0;"
    "vertical-align:top}\n"
    "td{font-variant-numeric:tabular-nums}\n"
    "dl{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}\n"
    "dl div{background:#fff;padding:.6rem 1rem;border-left:4px solid #005eb8}\n"
    "dt{font-size:.9rem}dd{margin:0;font-size:1.6rem;font-weight:bold}\n"
    ".alert{color:#a30000;font-weight:bold}\n"
    "p.alert{background:#fff;border-left:6px solid #a30000;padding:.6rem 1rem}\n"
    "@media(max-width:48rem){thead{position:absolute;left:-10000px}\n"
    "tr{display:block;margin:0 0 1rem;border:1px solid #d8dde0}\n"
    "tbody th,td{display:block;border:0}\n"
    "td::before{content:attr(data-label) \": \";font-weight:normal}}\n";
