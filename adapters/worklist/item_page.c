/* One assignment: what it is, by when, what to do with it, the record once it is open. */
#include "adapters/worklist/pages.h"

#include <stdio.h>

static const struct rd_referral_state *state_of(const struct worklist_item *item)
{
    return item->explained == NULL ? NULL : item->explained->referral;
}

static void put_open(struct rd_buf *out, const struct worklist_view *view,
                     const struct worklist_item *item)
{
    static const char *const purposes[] = {"direct care", "triage and routing", "handover",
                                           "quality check", NULL};
    if (item->row->view == RD_VIEW_NONE) {
        rd_html_put(out, "<p class=\"box\">The content of this record is not for this team: ring "
                         "the desk.</p>\n");
        return;
    }
    if (item->trouble != NULL)
        rd_html_put(out,
                    "<p class=\"stop\" role=\"alert\"><strong>The record cannot be shown: "
                    "%s</strong></p>\n",
                    item->trouble);
    rd_html_put(out, "<form class=\"box\" method=\"post\" action=\"/item/%t/open\">",
                item->row->assignment);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<p><label for=\"purpose\">Open the record for</label>"
                     "<span class=\"hint\" id=\"purpose-hint\">Each time it is shown, the router "
                     "notes who read it and why.</span>"
                     "<select id=\"purpose\" name=\"purpose\" aria-describedby=\"purpose-hint\">");
    for (size_t i = 0; purposes[i] != NULL; i++)
        rd_html_put(out, "<option>%s</option>", purposes[i]);
    rd_html_put(out, "</select></p><p><button>Open the record</button></p></form>\n");
}

static void put_clock(struct rd_buf *out, const struct worklist_view *view,
                      const struct rd_clock *clock)
{
    char start[RD_ZONE_TEXT_MAX], due[RD_ZONE_TEXT_MAX], left[WORKLIST_WORDS_MAX];
    char ended[WORKLIST_WORDS_MAX], basis[WORKLIST_WORDS_MAX], at[WORKLIST_WORDS_MAX];
    bool running = clock->ended_at == 0;
    rd_html_put(out, "<li><strong>%s%r</strong>: began %s", worklist_clock(clock->kind),
                clock->provisional ? " (provisional)" : "",
                rd_zone_format(view->zone, clock->start, start));
    if (clock->basis.len > 0)
        rd_html_put(out, " (%s)", worklist_code(clock->basis, basis));
    rd_html_put(out, ", due %s", rd_zone_format(view->zone, clock->alarm_due, due));
    if (running)
        rd_html_put(out, ", <strong%r>%s</strong>",
                    worklist_pressure(view->now, clock->alarm_due) == WORKLIST_OVER
                        ? " class=\"over\""
                        : "",
                    worklist_left(view->now, clock->alarm_due, left));
    else
        rd_html_put(out, ", ended %s: %s",
                    worklist_moment(view->zone, view->now, clock->ended_at, at),
                    worklist_code(clock->end_reason, ended));
    if (clock->breached_at != 0)
        rd_html_put(out, ", <strong class=\"over\">breached %s</strong>",
                    worklist_moment(view->zone, view->now, clock->breached_at, at));
    if (running && clock->stop_mode.len > 0)
        rd_html_put(out, ". Stops with: %s", worklist_code(clock->stop_mode, ended));
    rd_html_put(out, "</li>\n");
}

static void put_clocks(struct rd_buf *out, const struct worklist_view *view,
                       const struct worklist_item *item)
{
    const struct rd_referral_state *state = state_of(item);
    const struct rd_clock *clocks = state == NULL ? item->row->clocks : state->clocks;
    size_t count = state == NULL ? item->row->clocks_count : state->clocks_count;
    rd_html_put(out, "<h2>Clocks</h2>\n");
    if (count == 0)
        rd_html_put(out, "<p>No clock runs.</p>\n");
    else
        rd_html_put(out, "<ul>\n");
    for (size_t i = 0; i < count; i++)
        put_clock(out, view, &clocks[i]);
    if (count > 0)
        rd_html_put(out, "</ul>\n");
}

static uint32_t index_of(const struct rd_row *row)
{
    int64_t number = 0;
    size_t dot = rd_text_find(row->assignment, '.', 0);
    bool ok = rd_text_to_i64(rd_text_slice(row->assignment, dot + 1, row->assignment.len), &number);
    return ok && number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

static void put_undo(struct rd_buf *out, const struct worklist_view *view,
                     const struct worklist_item *item, uint32_t contact)
{
    rd_html_put(out, "<form class=\"inline\" method=\"post\" action=\"/item/%t/void-contact\">",
                item->row->assignment);
    worklist_put_csrf(out, view);
    rd_html_put(out,
                "<input type=\"hidden\" name=\"contact\" value=\"%u\"><button class=\"plain\">"
                "Undo<span class=\"sr\"> contact %u</span></button></form>",
                (unsigned)contact, (unsigned)contact);
}

static void put_contact(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item, const struct rd_contact *contact)
{
    char at[RD_ZONE_TEXT_MAX], recorded[WORKLIST_WORDS_MAX], outcome[WORKLIST_WORDS_MAX];
    rd_html_put(out, "<li%r>%s, <strong>%s</strong> by %t%r%s",
                contact->voided_at != 0 ? " class=\"void\"" : "",
                rd_zone_format(view->zone, contact->occurred, at), worklist_mode(contact->mode),
                worklist_staff_name(view->staff, contact->by), contact->outcome.len > 0 ? ": " : "",
                worklist_code(contact->outcome, outcome));
    rd_html_put(out, " (recorded %s)",
                worklist_moment(view->zone, view->now, contact->recorded, recorded));
    if (contact->voided_at != 0)
        rd_html_put(out, " <strong>Undone %s: does not count</strong>",
                    worklist_moment(view->zone, view->now, contact->voided_at, recorded));
    else if (contact->assignment == index_of(item->row))
        put_undo(out, view, item, contact->index);
    rd_html_put(out, "</li>\n");
}

static void put_contacts(struct rd_buf *out, const struct worklist_view *view,
                         const struct worklist_item *item)
{
    const struct rd_referral_state *state = state_of(item);
    const struct rd_contact *contacts = state == NULL ? NULL : state->contacts;
    size_t count = state == NULL ? 0 : state->contacts_count;
    if (item->opened != NULL) {
        contacts = item->opened->contacts;
        count = item->opened->contacts_count;
    }
    rd_html_put(out, "<h2>Contacts so far</h2>\n");
    if (state == NULL && item->opened == NULL && item->row->contacts > 0) {
        rd_html_put(out, "<p>%u recorded: open the record to see or undo them.</p>\n",
                    (unsigned)item->row->contacts);
        return;
    }
    rd_html_put(out,
                count == 0 ? "<p>Nobody has seen or spoken to the person yet.</p>\n" : "<ol>\n");
    for (size_t i = 0; i < count; i++)
        put_contact(out, view, item, &contacts[i]);
    if (count > 0)
        rd_html_put(out, "</ol>\n");
}

static void put_matches(struct rd_buf *out, const struct rd_decision *decision)
{
    char step[WORKLIST_WORDS_MAX];
    if (decision->matches_count == 0 && decision->ruled_out_count == 0)
        return;
    rd_html_put(out, "<details><summary>Every rule that decided it</summary><ul>\n");
    for (size_t i = 0; i < decision->matches_count; i++) {
        const struct rd_match *match = &decision->matches[i];
        const char *name = rd_enum_name(&rd_step_names, (int)match->step);
        rd_html_put(out, "<li>%s: %t (%t %t)</li>\n", worklist_code(rd_text_of(name), step),
                    match->why, match->table, match->rule);
    }
    for (size_t i = 0; i < decision->ruled_out_count; i++)
        rd_html_put(out, "<li>Not %t: %t</li>\n", decision->ruled_out[i].team,
                    decision->ruled_out[i].why);
    rd_html_put(out, "</ul></details>\n");
}

/* Why this team: the reason above is that of the pathway. */
static void put_planned(struct rd_buf *out, const struct worklist_view *view,
                        const struct rd_row *row, const struct rd_decision *decision)
{
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *planned = &decision->assignments[i];
        if (!rd_text_equal(planned->team, row->team))
            continue;
        if (planned->why.len > 0)
            rd_html_put(out, "<p>%t</p>\n", planned->why);
        if (planned->after_fallback_from.len > 0)
            rd_html_put(out,
                        "<p>It stands in for <strong>%t</strong>, which was closed, full or "
                        "not listening.</p>\n",
                        worklist_team_title(view->place, planned->after_fallback_from));
    }
}

static void put_why(struct rd_buf *out, const struct worklist_view *view,
                    const struct worklist_item *item)
{
    const struct rd_row *row = item->row;
    const struct rd_feed *feed = rd_place_feed(view->place, row->feed);
    char at[RD_ZONE_TEXT_MAX];
    rd_html_put(out,
                "<h2>Why it is here</h2>\n<p>%t</p>\n<p>From %t, received %s. Urgency: %s.</p>",
                row->reason, feed == NULL ? row->feed : feed->title,
                rd_zone_format(view->zone, row->received, at), worklist_urgency(row->urgency));
    if (row->custody == RD_CUSTODY_SENDER)
        rd_html_put(out, "<p class=\"stop\"><strong>The sender keeps it until somebody here "
                         "accepts.</strong></p>\n");
    if (row->required_roles_count > 0) {
        rd_html_put(out, "<p>A joint assessment; needs ");
        for (size_t i = 0; i < row->required_roles_count; i++)
            rd_html_put(out, "%r%t", i == 0 ? "" : " and ", row->required_roles[i]);
        rd_html_put(out, ".</p>\n");
    }
    if (item->explained != NULL && item->explained->decision != NULL) {
        put_planned(out, view, row, item->explained->decision);
        put_matches(out, item->explained->decision);
    }
}

static void put_others(struct rd_buf *out, const struct worklist_view *view,
                       const struct worklist_item *item)
{
    static const char *const phases[] = {"unknown", "waiting", "claimed", "accepted", "closed"};
    size_t count = item->explained == NULL ? 0 : item->explained->rows_count;
    bool begun = false;
    for (size_t i = 0; i < count; i++) {
        const struct rd_row *other = &item->explained->rows[i];
        if (rd_text_equal(other->assignment, item->row->assignment))
            continue;
        if (!begun)
            rd_html_put(out, "<h2>Other teams</h2><ul>\n");
        begun = true;
        size_t phase = (size_t)other->phase < 5 ? (size_t)other->phase : 0;
        rd_html_put(out, "<li>%t (%r): %s%r%t</li>\n",
                    worklist_team_title(view->place, other->team),
                    other->role == RD_ROLE_LEAD ? "lead" : "supporting", phases[phase],
                    other->claimed_by.len > 0 ? ", " : "",
                    worklist_staff_name(view->staff, other->claimed_by));
    }
    if (begun)
        rd_html_put(out, "</ul>\n");
}

static void put_newer(struct rd_buf *out, const struct worklist_item *item)
{
    if (item->row->revision > 1)
        rd_html_put(out,
                    "<p class=\"note\">The sender has amended it %u time%r: what is new is "
                    "marked in the record.</p>\n",
                    (unsigned)(item->row->revision - 1), item->row->revision == 2 ? "" : "s");
}

void worklist_page_item(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item)
{
    const struct rd_row *row = item->row;
    char title[WORKLIST_WORDS_MAX];
    (void)snprintf(title, sizeof title, "%.*s", RD_TEXT_ARG(row->assignment));
    worklist_page_begin(out, view, title);
    rd_html_put(out, "<p><a href=\"/\">Back to the list</a></p>\n<h1>");
    worklist_put_needs(out, row);
    rd_html_put(out, "</h1>\n<div class=\"summary\">");
    worklist_put_due(out, view, row);
    rd_html_put(out, "<div class=\"what\"><p>");
    worklist_put_who(out, row);
    rd_html_put(out, "</p>");
    worklist_put_flags(out, row);
    worklist_put_linked(out, view, row);
    if (view->session->person->desk)
        rd_html_put(out, "<p><a href=\"/links/%t\">Same person as another referral?</a></p>",
                    row->referral);
    rd_html_put(out, "<p class=\"ref\">%t, %t</p></div>", row->assignment,
                worklist_team_title(view->place, row->team));
    worklist_put_state(out, view, row);
    rd_html_put(out, "</div>\n");
    worklist_put_asked(out, row);
    put_newer(out, item);
    /* In a narrow window the record comes before the forms once it is open. */
    rd_html_put(out,
                "<p class=\"jump\"><a href=\"#actions\">What you can do</a></p>"
                "<div class=\"columns%r\"><div>\n",
                item->opened != NULL ? "" : " shut");
    if (item->opened != NULL)
        worklist_put_record(out, view, item);
    else
        put_open(out, view, item);
    put_contacts(out, view, item);
    put_clocks(out, view, item);
    put_why(out, view, item);
    put_others(out, view, item);
    rd_html_put(out, "</div><div class=\"actions\" id=\"actions\">\n");
    worklist_put_forms(out, view, item);
    rd_html_put(out, "</div></div>\n");
    worklist_page_end(out, view);
}

void worklist_page_closed(struct rd_buf *out, const struct worklist_view *view,
                          const struct worklist_closed *closed)
{
    char at[WORKLIST_WORDS_MAX];
    worklist_page_begin(out, view, closed->assignment);
    rd_html_put(out,
                "<p><a href=\"/\">Back to the list</a></p>\n<h1>%s has left the list</h1>\n"
                "<p>%t, %s%r%s.</p>\n"
                "<form class=\"box\" method=\"post\" action=\"/item/%s/reopen\">",
                closed->assignment, worklist_team_title(view->place, closed->team),
                worklist_moment(view->zone, view->now, closed->at, at),
                closed->outcome == 0 ? "" : ": ", worklist_outcome(closed->outcome),
                closed->assignment);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<h2>Was that a mistake?</h2><p><label for=\"reason\">Why it is to be opened "
                     "again</label><textarea id=\"reason\" name=\"reason\" rows=\"2\" required>"
                     "</textarea></p><p><button>Open it again</button></p></form>\n");
    worklist_page_end(out, view);
}
