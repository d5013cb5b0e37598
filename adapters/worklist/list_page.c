/* The list: who is next. One order for everybody, that of the router: nearest deadline first. */
#include "adapters/worklist/pages.h"

#include <stdlib.h>

enum { TEAMS_SHOWN = 4 };

static void put_codes(struct rd_buf *out, const struct rd_text *codes, size_t count)
{
    char words[WORKLIST_WORDS_MAX];
    for (size_t i = 0; i < count; i++)
        rd_html_put(out, "%r%s", i == 0 ? "" : ", ", worklist_code(codes[i], words));
}

void worklist_put_needs(struct rd_buf *out, const struct rd_row *row)
{
    if (row->needs_count > 0)
        put_codes(out, row->needs, row->needs_count);
    else
        rd_html_put(out, "Need not coded");
}

void worklist_put_who(struct rd_buf *out, const struct rd_row *row)
{
    char words[WORKLIST_WORDS_MAX];
    if (row->age.has)
        rd_html_put(out, "%u years", row->age.value < 0 ? 0u : (unsigned)row->age.value);
    else
        rd_html_put(out, "Age unknown");
    if (row->locality.len > 0)
        rd_html_put(out, ", %t", row->locality);
    else
        rd_html_put(out, ", locality unknown");
    rd_html_put(out, ", %s", worklist_code(row->pathway, words));
    if (row->role == RD_ROLE_SUPPORTING)
        rd_html_put(out, ", supporting");
    else
        rd_html_put(out, ", lead");
}

void worklist_put_flags(struct rd_buf *out, const struct rd_row *row)
{
    char words[WORKLIST_WORDS_MAX];
    if (row->flags_count == 0)
        return;
    rd_html_put(out, "<p class=\"flags\"><span class=\"sr\">Flags: </span>");
    for (size_t i = 0; i < row->flags_count; i++)
        rd_html_put(out, "<span class=\"flag\">%s</span> ", worklist_code(row->flags[i], words));
    rd_html_put(out, "</p>");
}

void worklist_put_asked(struct rd_buf *out, const struct rd_row *row)
{
    if (row->stand_down_asked)
        rd_html_put(out, "<p class=\"stop\"><strong>STAND DOWN asked.</strong> The sender has "
                         "cancelled: a named person must acknowledge it.</p>");
    if (row->change_asked)
        rd_html_put(out, "<p class=\"stop\"><strong>CHANGED.</strong> The sender raised the "
                         "urgency or changed the scene's safety: acknowledge it.</p>");
}

void worklist_put_state(struct rd_buf *out, const struct worklist_view *view,
                        const struct rd_row *row)
{
    char at[WORKLIST_WORDS_MAX];
    struct rd_text name = worklist_staff_name(view->staff, row->claimed_by);
    bool has_name = row->claimed_by.len > 0;
    rd_html_put(out, "<p class=\"state\">");
    if (row->phase == RD_ASSIGNMENT_WAITING && row->decayed && has_name)
        rd_html_put(out, "<strong>Waiting again</strong>: %t claimed it, not heard of since", name);
    else if (row->phase == RD_ASSIGNMENT_WAITING)
        rd_html_put(out, "<strong>Waiting</strong>: nobody has it");
    else if (row->phase == RD_ASSIGNMENT_CLAIMED)
        rd_html_put(out, "Claimed by <strong>%t</strong>%r", name,
                    row->decayed ? ", not heard of since" : "");
    else if (row->phase == RD_ASSIGNMENT_ACCEPTED)
        rd_html_put(out, "Accepted: <strong>%t</strong>", name);
    else
        rd_html_put(out, "Closed: %s", worklist_outcome(row->outcome));
    if (row->eta != 0)
        rd_html_put(out, "<br>Expected there %s",
                    worklist_moment(view->zone, view->now, row->eta, at));
    if (row->chase_at != 0)
        rd_html_put(out, "<br>Awaiting information, chase %s",
                    worklist_moment(view->zone, view->now, row->chase_at, at));
    if (row->contacts > 0)
        rd_html_put(out, "<br>%u contact%r recorded", (unsigned)row->contacts,
                    row->contacts == 1 ? "" : "s");
    if (row->facts_added > 0)
        rd_html_put(out, "<br>%u message%r from the hospital", (unsigned)row->facts_added,
                    row->facts_added == 1 ? "" : "s");
    rd_html_put(out, "</p>");
}

void worklist_put_linked(struct rd_buf *out, const struct worklist_view *view,
                         const struct rd_row *row)
{
    char left[WORKLIST_WORDS_MAX], at[WORKLIST_WORDS_MAX];
    if (row->linked == 0)
        return;
    rd_html_put(out, "<p class=\"linked\"><strong>Same person as %u more referral%r</strong>",
                (unsigned)row->linked, row->linked == 1 ? "" : "s");
    if (row->group_due != 0)
        rd_html_put(out, "; nearest deadline of all: %s (%s)",
                    worklist_moment(view->zone, view->now, row->group_due, at),
                    worklist_left(view->now, row->group_due, left));
    rd_html_put(out, "</p>");
}

static const struct rd_clock *nearest_clock(const struct rd_row *row)
{
    for (size_t i = 0; i < row->clocks_count; i++)
        if (row->clocks[i].alarm_due == row->next_due)
            return &row->clocks[i];
    return NULL;
}

void worklist_put_due(struct rd_buf *out, const struct worklist_view *view,
                      const struct rd_row *row)
{
    char left[WORKLIST_WORDS_MAX], at[WORKLIST_WORDS_MAX];
    static const char *const classes[] = {"due", "due", "due soon", "due over"};
    const struct rd_clock *clock = nearest_clock(row);
    rd_html_put(out, "<p class=\"%s\"><strong>%s</strong>",
                classes[worklist_pressure(view->now, row->next_due)],
                worklist_left(view->now, row->next_due, left));
    if (row->next_due != 0)
        rd_html_put(out, " <span>due %s</span>",
                    worklist_moment(view->zone, view->now, row->next_due, at));
    if (clock != NULL)
        rd_html_put(out, " <span class=\"clock\">%s%r</span>", worklist_clock(clock->kind),
                    clock->provisional ? " (provisional)" : "");
    rd_html_put(out, "</p>");
}

static void put_claim(struct rd_buf *out, const struct worklist_view *view,
                      const struct rd_row *row)
{
    if (row->phase != RD_ASSIGNMENT_WAITING)
        return;
    rd_html_put(out, "<form method=\"post\" action=\"/item/%t/claim\">", row->assignment);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<button>Claim<span class=\"sr\"> %t</span></button></form>", row->assignment);
}

static void put_row(struct rd_buf *out, const struct worklist_view *view, const struct rd_row *row,
                    bool next)
{
    static const char *const classes[] = {"", "", " soon", " over"};
    bool over = worklist_pressure(view->now, row->next_due) == WORKLIST_OVER;
    rd_html_put(out, "<li class=\"row%s%s\">%r%r",
                classes[worklist_pressure(view->now, row->next_due)], next ? " next" : "",
                over ? "<p class=\"tag late\"><span aria-hidden=\"true\">&#9888; </span>OVER TIME"
                       "</p>"
                     : "",
                next ? "<p class=\"tag\">Next: nobody has this one</p>" : "");
    worklist_put_due(out, view, row);
    rd_html_put(out, "<div class=\"what\"><h2><a href=\"/item/%t\">", row->assignment);
    worklist_put_needs(out, row);
    rd_html_put(out, "</a></h2><p>");
    worklist_put_who(out, row);
    rd_html_put(out, "</p>");
    worklist_put_flags(out, row);
    worklist_put_linked(out, view, row);
    rd_html_put(out, "<p class=\"ref\">%t, %t</p></div><div class=\"who\">", row->assignment,
                worklist_team_title(view->place, row->team));
    worklist_put_state(out, view, row);
    put_claim(out, view, row);
    rd_html_put(out, "</div>");
    worklist_put_asked(out, row);
    rd_html_put(out, "</li>\n");
}

static int compare(const void *a, const void *b)
{
    const struct rd_row *const *left = a, *const *right = b;
    return worklist_row_compare(*left, *right);
}

static size_t collect(const struct worklist_view *view, struct rd_text team,
                      const struct rd_row **rows, bool *whole)
{
    size_t count = 0;
    *whole = true;
    for (size_t i = 0; i < view->queues->queues_count; i++) {
        const struct worklist_queue *queue = &view->queues->queues[i];
        if (!worklist_person_in(view->session->person, queue->team) ||
            (team.len > 0 && !rd_text_equal(team, queue->team)))
            continue;
        *whole = *whole && queue->whole;
        for (size_t k = 0; k < queue->rows.count; k++) {
            if (rows != NULL)
                rows[count] = worklist_row_at(&queue->rows, k);
            count++;
        }
    }
    if (rows != NULL)
        qsort(rows, count, sizeof(void *), compare);
    return count;
}

static void put_teams(struct rd_buf *out, const struct worklist_view *view, struct rd_text team)
{
    size_t mine = 0;
    for (size_t i = 0; i < view->queues->queues_count; i++)
        mine += worklist_person_in(view->session->person, view->queues->queues[i].team) ? 1 : 0;
    if (mine < 2)
        return;
    rd_html_put(out,
                "<nav class=\"teams\" aria-label=\"Teams\">%r<ul><li><a href=\"/\"%r>All my "
                "teams</a></li>",
                mine > TEAMS_SHOWN ? "<details><summary>Show one team's list</summary>" : "",
                team.len == 0 ? " aria-current=\"page\"" : "");
    for (size_t i = 0; i < view->queues->queues_count; i++) {
        const struct worklist_queue *queue = &view->queues->queues[i];
        if (!worklist_person_in(view->session->person, queue->team))
            continue;
        rd_html_put(out, "<li><a href=\"/?team=%t\"%r>%t (%u)</a></li>", queue->team,
                    rd_text_equal(team, queue->team) ? " aria-current=\"page\"" : "",
                    worklist_team_title(view->place, queue->team), (unsigned)queue->rows.count);
    }
    rd_html_put(out, "</ul>%r</nav>\n", mine > TEAMS_SHOWN ? "</details>" : "");
    if (team.len > 0)
        rd_html_put(out, "<p>Only <strong>%t</strong>. <a href=\"/\">Show all my teams</a></p>\n",
                    worklist_team_title(view->place, team));
}

static void put_counts(struct rd_buf *out, const struct worklist_view *view,
                       const struct rd_row *const *rows, size_t count)
{
    unsigned over = 0, waiting = 0;
    for (size_t i = 0; i < count; i++) {
        over += worklist_pressure(view->now, rows[i]->next_due) == WORKLIST_OVER ? 1 : 0;
        waiting += rows[i]->phase == RD_ASSIGNMENT_WAITING ? 1 : 0;
    }
    rd_html_put(out,
                "<p class=\"counts\"><span class=\"%r\">%u over time</span> <span>%u waiting "
                "for somebody</span> <span>%u open in all</span></p>\n",
                over > 0 ? "over" : "", over, waiting, (unsigned)count);
}

static void put_refresh(struct rd_buf *out, const struct worklist_view *view)
{
    rd_html_put(out, "<form class=\"refresh\" method=\"post\" action=\"/refresh\">");
    worklist_put_csrf(out, view);
    if (view->session->still)
        rd_html_put(out,
                    "<p>This list stands still. <button class=\"plain\">Refresh it every %u "
                    "seconds</button></p></form>\n",
                    (unsigned)WORKLIST_REFRESH_S);
    else
        rd_html_put(out,
                    "<p>Refreshes itself every %u seconds. <button class=\"plain\">Stop "
                    "refreshing</button></p></form>\n",
                    (unsigned)WORKLIST_REFRESH_S);
}

static void put_rows(struct rd_buf *out, const struct worklist_view *view,
                     const struct rd_row *const *rows, size_t count, bool whole)
{
    bool next_shown = false;
    if (count == 0) {
        rd_html_put(out, "<p class=\"box\">%r</p>\n",
                    whole ? "Nobody waits. New referrals show here by themselves."
                          : "The list has not come from the router yet.");
        return;
    }
    put_counts(out, view, rows, count);
    if (!whole)
        rd_html_put(out, "<p class=\"stop\" role=\"alert\"><strong>Not every team's list has come "
                         "from the router yet.</strong></p>\n");
    rd_html_put(out, "<ol class=\"list\">\n");
    for (size_t i = 0; i < count; i++) {
        bool next = !next_shown && rows[i]->phase == RD_ASSIGNMENT_WAITING;
        next_shown = next_shown || next;
        put_row(out, view, rows[i], next);
    }
    rd_html_put(out, "</ol>\n");
}

void worklist_page_list(struct rd_buf *out, const struct worklist_view *view, struct rd_text team)
{
    bool whole = true;
    size_t count = collect(view, team, NULL, &whole);
    const struct rd_row **rows = calloc(count + 1, sizeof(void *));
    worklist_page_begin(out, view, "Who is next");
    rd_html_put(out, "<h1>Who is next</h1>\n");
    put_teams(out, view, team);
    if (rows == NULL) {
        out->failed = true;
        return;
    }
    (void)collect(view, team, rows, &whole);
    put_rows(out, view, rows, count, whole);
    put_refresh(out, view);
    worklist_page_end(out, view);
    free(rows);
}
