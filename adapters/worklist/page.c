/* What every page has: head, who is signed in, the router's absence, what the last action did. */
#include "adapters/worklist/pages.h"

struct rd_text worklist_team_title(const struct rd_place *place, struct rd_text team)
{
    const struct rd_team *found = rd_place_team(place, team);
    return found != NULL && found->title.len > 0 ? found->title : team;
}

void worklist_put_csrf(struct rd_buf *out, const struct worklist_view *view)
{
    rd_html_put(out, "<input type=\"hidden\" name=\"csrf\" value=\"%s\">", view->session->csrf);
}

static void put_who_is_here(struct rd_buf *out, const struct worklist_view *view)
{
    const struct worklist_person *person = view->session->person;
    rd_html_put(out,
                "<nav aria-label=\"Pages\"><a href=\"/\">The list</a>%r</nav>"
                "<form class=\"out\" method=\"post\" action=\"/sign-out\">",
                person->desk ? "<a href=\"/quarantine\">Quarantine</a>"
                               "<a href=\"/links\">Same person?</a>"
                             : "");
    worklist_put_csrf(out, view);
    rd_html_put(out, "<span>%t</span> <button class=\"plain\">Sign out</button></form>",
                person->name);
}

static void put_away(struct rd_buf *out, const struct worklist_view *view)
{
    char since[WORKLIST_WORDS_MAX];
    const struct worklist_queues *queues = view->queues;
    if (queues->failed)
        rd_html_put(out, "<p class=\"stop\" role=\"alert\"><strong>This list may be short: the "
                         "program ran out of memory.</strong> Restart it, and go by telephone "
                         "until then.</p>\n");
    if (view->pack_trouble != NULL && view->session->person->desk)
        rd_html_put(out, "<p class=\"stop\" role=\"alert\"><strong>%s</strong></p>\n",
                    view->pack_trouble);
    if (!queues->away)
        return;
    if (queues->away_since == 0)
        rd_html_put(out, "<p class=\"stop\" role=\"alert\"><strong>The router has not answered "
                         "yet: this list is empty or not whole.</strong></p>\n");
    else
        rd_html_put(out,
                    "<p class=\"stop\" role=\"alert\"><strong>The router is away: this list may be "
                    "stale since %s.</strong> Actions are not possible until it is back. Times go "
                    "on.</p>\n",
                    worklist_moment(view->zone, view->now, queues->away_since, since));
}

static void put_said(struct rd_buf *out, struct worklist_session *session)
{
    if (session->said[0] == '\0')
        return;
    rd_html_put(out, "<p class=\"%s\" role=\"%s\"><strong>%s</strong>",
                session->said_refusal ? "stop" : "done", session->said_refusal ? "alert" : "status",
                session->said);
    if (session->said_about[0] != '\0')
        rd_html_put(out, " <a href=\"/item/%s\">%s</a>", session->said_about, session->said_about);
    rd_html_put(out, "</p>\n");
    session->said[0] = '\0';
}

void worklist_page_begin(struct rd_buf *out, const struct worklist_view *view, const char *title)
{
    rd_html_put(out,
                "<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>%s - %t</title><link rel=\"stylesheet\" href=\"/style.css\">"
                "<link rel=\"icon\" href=\"/icon.svg\">"
                "</head>\n<body><a class=\"skip\" href=\"#main\">Skip to the page</a>\n"
                "<header><span class=\"place\">%t</span>",
                title, view->place->title, view->place->title);
    if (view->session != NULL)
        put_who_is_here(out, view);
    rd_html_put(out, "</header>\n<main id=\"main\">\n");
    if (view->session != NULL) {
        put_away(out, view);
        put_said(out, view->session);
    }
}

void worklist_page_end(struct rd_buf *out, const struct worklist_view *view)
{
    char whole[RD_ZONE_TEXT_MAX];
    rd_html_put(out, "<p class=\"foot\">As of %s. %t</p></main></body></html>\n",
                rd_zone_format(view->zone, view->now, whole), view->place->emergency_words);
}

void worklist_page_words(struct rd_buf *out, const struct worklist_view *view, const char *title,
                         const char *words)
{
    worklist_page_begin(out, view, title);
    rd_html_put(out, "<h1>%s</h1>\n<p>%s</p>\n<p><a href=\"/\">To the list</a></p>\n", title,
                words);
    worklist_page_end(out, view);
}

void worklist_page_sign_in(struct rd_buf *out, const struct worklist_view *view, const char *csrf,
                           struct rd_text id, const char *wrong)
{
    worklist_page_begin(out, view, "Sign in");
    rd_html_put(out, "<h1>Sign in</h1>\n");
    if (wrong != NULL)
        rd_html_put(out, "<p class=\"stop\" role=\"alert\" id=\"wrong\"><strong>%s</strong></p>\n",
                    wrong);
    rd_html_put(out,
                "<form class=\"box\" method=\"post\" action=\"/sign-in\">"
                "<input type=\"hidden\" name=\"csrf\" value=\"%s\"><p><label for=\"staff\">Staff "
                "name</label>"
                "<span class=\"hint\" id=\"staff-hint\">As in pat.jones</span>"
                "<input id=\"staff\" name=\"staff\" value=\"%t\" autocomplete=\"username\" "
                "autocapitalize=\"none\" spellcheck=\"false\" required "
                "aria-describedby=\"staff-hint%r\"></p>"
                "<p><label for=\"password\">Password</label>"
                "<input id=\"password\" name=\"password\" type=\"password\" "
                "autocomplete=\"current-password\" required%r></p>"
                "<p><button>Sign in</button></p></form>\n",
                csrf, id, wrong == NULL ? "" : " wrong",
                wrong == NULL ? "" : " aria-describedby=\"wrong\"");
    worklist_page_end(out, view);
}
