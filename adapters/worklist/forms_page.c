/* What a person may do with an assignment: a form for each, the likeliest first and open. */
#include "adapters/worklist/pages.h"

struct writing {
    struct rd_buf *out;
    const struct worklist_view *view;
    const struct worklist_item *item;
};

static void begin(const struct writing *writing, const char *verb, const char *title, bool open)
{
    rd_html_put(writing->out,
                "<details%r id=\"do-%s\"><summary>%s</summary>"
                "<form method=\"post\" action=\"/item/%t/%s\">",
                open ? " open" : "", verb, title, writing->item->row->assignment, verb);
    worklist_put_csrf(writing->out, writing->view);
}

static void end(const struct writing *writing, const char *button)
{
    rd_html_put(writing->out, "<p><button>%s</button></p></form></details>\n", button);
}

static void put_press(const struct writing *writing, const char *verb, const char *button,
                      const char *class)
{
    rd_html_put(writing->out, "<form class=\"press\" method=\"post\" action=\"/item/%t/%s\">",
                writing->item->row->assignment, verb);
    worklist_put_csrf(writing->out, writing->view);
    rd_html_put(writing->out, "<button class=\"%s\">%s</button></form>\n", class, button);
}

static void put_reason(const struct writing *writing, const char *verb, const char *label,
                       bool required)
{
    rd_html_put(writing->out,
                "<p><label for=\"reason-%s\">%s</label><span class=\"hint\" id=\"reason-%s-hint\">"
                "The reason is recorded and may be told to the sender: no names, no "
                "numbers.</span><textarea id=\"reason-%s\" name=\"reason\" rows=\"2\" "
                "maxlength=\"2000\" aria-describedby=\"reason-%s-hint\"%r></textarea></p>",
                verb, label, verb, verb, verb, required ? " required" : "");
}

static void put_moment(const struct writing *writing, const char *name, const char *label,
                       rd_instant at)
{
    char local[WORKLIST_WORDS_MAX];
    rd_html_put(writing->out,
                "<p><label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" "
                "type=\"datetime-local\" value=\"%s\" required></p>",
                name, label, name, name, worklist_local(writing->view->zone, at, local));
}

static void put_teams(const struct writing *writing, const char *id, bool but_this)
{
    const struct rd_place *place = writing->view->place;
    rd_html_put(writing->out,
                "<p><label for=\"%s\">Team</label><select id=\"%s\" name=\"to\" required>"
                "<option value=\"\">Choose</option>",
                id, id);
    for (size_t i = 0; i < place->teams_count; i++)
        if (!but_this || !rd_text_equal(place->teams[i].name, writing->item->row->team))
            rd_html_put(writing->out, "<option value=\"%t\">%t</option>", place->teams[i].name,
                        worklist_team_title(place, place->teams[i].name));
    rd_html_put(writing->out, "</select></p>");
}

static void put_contact(const struct writing *writing, bool at_desk)
{
    struct rd_buf *out = writing->out;
    bool likely = !at_desk && writing->item->row->phase != RD_ASSIGNMENT_WAITING;
    begin(writing, "contact", "Record a contact", likely);
    rd_html_put(out, "<fieldset><legend>How</legend>");
    for (int mode = RD_CONTACT_FACE_TO_FACE; mode <= RD_CONTACT_NO_ACCESS; mode++) {
        const char *name = rd_enum_name(&rd_contact_mode_names, mode);
        rd_html_put(out,
                    "<p class=\"radio\"><input type=\"radio\" id=\"mode-%s\" name=\"mode\" "
                    "value=\"%s\" required><label for=\"mode-%s\">%s</label></p>",
                    name, name, name, worklist_mode((enum rd_contact_mode)mode));
    }
    rd_html_put(out, "</fieldset><p><label for=\"contact-outcome\">What it led to</label>"
                     "<select id=\"contact-outcome\" name=\"outcome\" required>"
                     "<option value=\"\">Choose</option>");
    for (const struct worklist_choice *each = worklist_contact_outcomes; each->code != NULL; each++)
        rd_html_put(out, "<option value=\"%s\">%s</option>", each->code, each->title);
    rd_html_put(out, "</select></p>");
    put_moment(writing, "occurred", "When it was", writing->view->now);
    end(writing, "Record the contact");
}

static void put_close(const struct writing *writing)
{
    begin(writing, "close", "Close", false);
    rd_html_put(writing->out, "<p><label for=\"close-outcome\">How it ended</label>"
                              "<select id=\"close-outcome\" name=\"outcome\" required>"
                              "<option value=\"\">Choose</option>");
    for (int outcome = RD_OUTCOME_SEEN_COMPLETE; outcome <= RD_OUTCOME_ERROR; outcome++)
        rd_html_put(writing->out, "<option value=\"%s\">%s</option>",
                    rd_enum_name(&rd_outcome_names, outcome),
                    worklist_outcome((enum rd_outcome)outcome));
    rd_html_put(writing->out, "</select></p>");
    put_reason(writing, "close", "More about it, if needed", false);
    end(writing, "Close it");
}

static void put_transfer(const struct writing *writing)
{
    const struct worklist_view *view = writing->view;
    begin(writing, "transfer", "Hand to somebody else", false);
    rd_html_put(writing->out, "<p><label for=\"person\">Person</label><select id=\"person\" "
                              "name=\"to\" required><option value=\"\">Choose</option>");
    for (size_t i = 0; i < view->staff->people_count; i++) {
        const struct worklist_person *person = &view->staff->people[i];
        if (worklist_person_in(person, writing->item->row->team))
            rd_html_put(writing->out, "<option value=\"%t\">%t%r%t</option>", person->id,
                        person->name, person->title.len > 0 ? ", " : "", person->title);
    }
    rd_html_put(writing->out, "</select></p>");
    end(writing, "Hand over");
}

static void put_plan(const struct writing *writing)
{
    begin(writing, "plan", "Say when somebody will be there", false);
    put_moment(writing, "eta", "Expected there", writing->view->now + 30 * RD_MINUTE_US);
    end(writing, "Record it");
    begin(writing, "await-info", "Wait for information", false);
    rd_html_put(writing->out,
                "<p><label for=\"from\">From whom</label><span class=\"hint\" id=\"from-hint\">A "
                "role or an organisation, no names. The clocks go on.</span><input id=\"from\" "
                "name=\"from\" maxlength=\"200\" required aria-describedby=\"from-hint\"></p>");
    put_moment(writing, "chase", "Chase them at", writing->view->now + RD_HOUR_US);
    end(writing, "Record it");
}

static void put_pathways(const struct writing *writing)
{
    const struct rd_place *place = writing->view->place;
    char title[WORKLIST_WORDS_MAX];
    rd_html_put(writing->out, "<p><label for=\"pathway\">Pathway</label><select id=\"pathway\" "
                              "name=\"pathway\" required><option value=\"\">Choose</option>");
    for (size_t i = 0; i < place->pathways_count; i++)
        rd_html_put(writing->out, "<option value=\"%t\">%s</option>", place->pathways[i],
                    worklist_code(place->pathways[i], title));
    rd_html_put(writing->out, "</select></p>");
}

static void put_triage(const struct writing *writing)
{
    const struct worklist_view *view = writing->view;
    bool clinician = view->session->person->clinician;
    begin(writing, "triage", "Triage", true);
    put_pathways(writing);
    rd_html_put(writing->out,
                "<p><label for=\"urgency\">Urgency</label><span class=\"hint\" "
                "id=\"urgency-hint\">%r</span><select id=\"urgency\" name=\"urgency\" "
                "aria-describedby=\"urgency-hint\"><option value=\"\">As it is: %s</option>",
                clinician ? "You are a clinician: you may lower it."
                          : "Only a clinician may lower it.",
                worklist_urgency(writing->item->row->urgency));
    for (int urgency = RD_PRIORITY_EMERGENCY; urgency <= RD_PRIORITY_ROUTINE; urgency++)
        rd_html_put(writing->out, "<option value=\"%s\">%s</option>",
                    rd_enum_name(&rd_priority_names, urgency),
                    worklist_urgency((enum rd_priority)urgency));
    rd_html_put(writing->out, "</select></p>");
    put_reason(writing, "triage", "Why", true);
    end(writing, "Triage: the rules choose the team");
}

static void put_route(const struct writing *writing)
{
    const struct rd_place *place = writing->view->place;
    begin(writing, "route", "Route to a team yourself", false);
    put_teams(writing, "lead", false);
    rd_html_put(writing->out, "<fieldset><legend>Also, as supporting teams</legend>");
    for (size_t i = 0; i < place->teams_count; i++) {
        struct rd_text name = place->teams[i].name;
        rd_html_put(writing->out,
                    "<p class=\"radio\"><input type=\"checkbox\" id=\"with-%t\" name=\"with-%t\" "
                    "value=\"1\"><label for=\"with-%t\">%t</label></p>",
                    name, name, name, worklist_team_title(place, name));
    }
    rd_html_put(writing->out, "</fieldset>");
    put_reason(writing, "route", "Why", true);
    end(writing, "Route it");
}

static void put_passing_on(const struct writing *writing, bool at_desk)
{
    bool accepted = writing->item->row->phase == RD_ASSIGNMENT_ACCEPTED;
    if (!accepted && !at_desk) {
        begin(writing, "decline", "Decline", false);
        put_reason(writing, "decline", "Why the team cannot take it", true);
        end(writing, "Decline: it goes to the next team or the desk");
    }
    begin(writing, "redirect", "Redirect to another team", false);
    put_teams(writing, "redirect-team", true);
    put_reason(writing, "redirect", "Why", true);
    end(writing, "Redirect it");
}

void worklist_put_forms(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item)
{
    const struct writing writing = {out, view, item};
    const struct rd_row *row = item->row;
    bool mine = rd_text_equal(row->claimed_by, view->session->person->id);
    bool at_desk = rd_text_equal(row->team, view->place->desk);
    bool claimed = row->phase == RD_ASSIGNMENT_CLAIMED;
    rd_html_put(out, "<h2>What you can do</h2>\n");
    if (row->stand_down_asked || row->change_asked)
        put_press(&writing, "acknowledge",
                  row->stand_down_asked ? "Acknowledge: stand down" : "Acknowledge the change",
                  "big");
    if (row->phase == RD_ASSIGNMENT_WAITING)
        put_press(&writing, "claim", "Claim: I am dealing with it", "big");
    if (claimed && mine) {
        put_press(&writing, "accept", "Accept for the team", "big");
        put_press(&writing, "release", "Release: I cannot deal with it", "plain");
    }
    if (view->session->person->desk && row->role == RD_ROLE_LEAD &&
        (at_desk || row->phase == RD_ASSIGNMENT_WAITING)) {
        put_triage(&writing);
        put_route(&writing);
    }
    put_contact(&writing, at_desk);
    if (row->phase != RD_ASSIGNMENT_WAITING) {
        put_plan(&writing);
        put_transfer(&writing);
    }
    if (!claimed || mine)
        put_passing_on(&writing, at_desk);
    put_close(&writing);
}
