/* Whole pages that ask nothing of the self-referral's flow. */
#include "adapters/form/record_person.h"
#include "adapters/form/work.h"

void rd_form_show_simple(struct rd_form_work *work, unsigned status, const char *title,
                         const char *words, const char *link, const char *link_words)
{
    struct rd_text telephone = rd_form_desk_telephone(work->site->place);
    work->errors.count = 0;
    work->notice = FORM_NOTICE_NONE;
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, title);
    rd_html_put(view.out, "<h1>%s</h1>\n<p>%s</p>\n", title, words);
    if (status >= 400 && rd_text_present(telephone))
        rd_html_put(view.out, "<p>You can ring us instead: <strong>%t</strong>.</p>\n", telephone);
    rd_html_put(view.out, "<p><a class=\"button\" href=\"%s\">%s</a></p>\n", link, link_words);
    rd_form_end(&view);
    rd_form_work_reply(work, status);
}

void rd_form_show_home(struct rd_form_work *work)
{
    struct rd_text telephone = rd_form_desk_telephone(work->site->place);
    work->feed = work->site->self;
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "Ask for health or care help at home");
    rd_html_put(view.out,
                "<h1>Ask for health or care help at home</h1>\n"
                "<p class=\"danger\"><strong>If somebody may die or come to serious harm, call 999 "
                "now.</strong></p>\n");
    if (work->site->self == NULL) {
        rd_html_put(view.out,
                    "<p>You cannot ask on this page. Please ring <strong>%t</strong>."
                    "</p>\n",
                    telephone);
    } else {
        rd_html_put(view.out,
                    "<p>Use this for yourself or for somebody you know: after a fall, when care "
                    "at home no longer works, when something like a catheter needs help soon, or "
                    "when you need equipment or advice.</p>\n"
                    "<p>It takes about ten minutes. You need:</p>\n<ul>\n"
                    "<li>the name, date of birth and address of the person</li>\n"
                    "<li>a telephone number, if there is one</li>\n</ul>\n"
                    "<p><a class=\"button\" href=\"/self\">Start now</a></p>\n"
                    "<h2>You have asked already</h2>\n"
                    "<p><a href=\"/status\">See what has happened with your request</a></p>\n");
    }
    rd_form_end(&view);
    rd_form_work_reply(work, 200);
}

void rd_form_show_emergency(struct rd_form_work *work)
{
    work->site->counts[FORM_COUNT_STOPPED]++;
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "Call 999 now");
    rd_html_put(view.out,
                "<div class=\"stop\"><h1>Call 999 now</h1>\n"
                "<p>Do not wait for us: this form does not call anybody.</p>\n"
                "<p><a class=\"button\" href=\"tel:999\">Call 999</a></p></div>\n"
                "<h2>If you cannot speak or hear on the telephone</h2>\n<ul>\n"
                "<li>Use the 999 BSL app or website for British Sign Language.</li>\n"
                "<li>Use a textphone or the Relay UK app: 18000.</li>\n"
                "<li>If you cannot speak because you are in danger, call 999, and press 55 when "
                "you are asked.</li>\n</ul>\n"
                "<h2>Urgent, but nobody is in danger of dying</h2>\n"
                "<p>Call <a href=\"tel:111\">111</a>, day or night.</p>\n"
                "<h2>You chose this by mistake</h2>\n");
    rd_form_open(&view, "/self", "emergency");
    /* The answer so far is put back, so that the question is asked afresh. */
    rd_html_put(view.out, "<input type=\"hidden\" name=\"emergency\" value=\"\">\n");
    rd_form_button(&view, "change-emergency", "Go back to the question", true);
    rd_html_put(view.out, "</form>\n");
    rd_form_end(&view);
    rd_form_work_reply(work, 200);
}

void rd_form_put_noticed(const struct rd_form_view *view, const struct rd_submit_result *result)
{
    for (size_t i = 0; i < result->issues_count; i++)
        if (rd_text_starts(result->issues[i].code, "postcode-"))
            rd_html_put(view->out, "<p id=\"noticed\"><strong>%t</strong></p>\n",
                        result->issues[i].words);
}

static void put_next_steps(const struct rd_form_view *view, const struct rd_form_work *work,
                           const struct rd_submit_result *result)
{
    char when[RD_ZONE_TEXT_MAX];
    rd_html_put(view->out, "<h2>What happens next</h2>\n");
    if (rd_text_present(result->answer))
        rd_html_put(view->out, "<p>%t</p>\n", result->answer);
    else if (result->looks_at != 0)
        rd_html_put(view->out, "<p>Somebody will look at it from %s on.</p>\n",
                    rd_zone_format(work->site->zone, result->looks_at, when));
    else
        rd_html_put(view->out, "<p>Somebody will look at it.</p>\n");
    if (!rd_text_present(result->answer)) /* which says this too */
        rd_html_put(view->out, "<p>%t</p>\n", work->site->place->emergency_words);
}

/* Whoever does harm may see this page: no reference, nothing to look up, nobody will ring. */
static void put_quiet(const struct rd_form_view *view)
{
    rd_html_put(view->out,
                "<h1>We have what you told us</h1>\n"
                "<p>A person reads it.</p>\n"
                "<h2>In danger now</h2>\n"
                "<p>Call 999. If you cannot speak, press 55 when you are asked.</p>\n"
                "<h2>Somebody else uses this device</h2>\n"
                "<p>Close this page. Remove it from your browser's history if you are worried "
                "about who may see it.</p>\n");
}

void rd_form_show_self_held(struct rd_form_work *work, const struct rd_submit_result *result)
{
    struct rd_text telephone = rd_form_desk_telephone(work->site->place);
    bool quiet = rd_form_names_harm(&work->state);
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "We have what you told us");
    if (quiet) {
        put_quiet(&view);
    } else {
        rd_html_put(view.out,
                    "<div class=\"panel\"><h1>We have your request</h1>\n"
                    "<p>Your reference is<br><strong id=\"reference\">%t</strong></p></div>\n"
                    "<p>Write the reference down. You need it to ask what has happened.</p>\n",
                    result->referral);
        rd_form_put_noticed(&view, result);
        put_next_steps(&view, work, result);
        if (rd_text_present(telephone))
            rd_html_put(view.out,
                        "<h2>Something has changed, or was wrong</h2>\n"
                        "<p>Ring <strong>%t</strong> and give the reference.</p>\n",
                        telephone);
        rd_html_put(view.out, "<p><a href=\"/status\">See what has happened</a></p>\n");
    }
    rd_form_end(&view);
    rd_form_work_reply(work, 200);
}
