/* "What has happened": the stages of one referral, for whoever has its reference. Says nothing of a
 * person, a team or a time. */
#include "adapters/form/work.h"
#include "base/ident.h"

static void show_question(struct rd_form_work *work, unsigned status)
{
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "What has happened with a request");
    rd_html_put(view.out, "<h1>What has happened with your request</h1>\n");
    rd_form_open(&view, "/status", NULL);
    rd_form_question(&view, FORM_REFERENCE, false);
    rd_form_button(&view, "look", "Look", false);
    rd_html_put(view.out, "</form>\n");
    rd_form_end(&view);
    rd_form_work_reply(work, status);
}

/* The same for a reference that never was and for one that is not shown. */
static void show_nothing(struct rd_form_work *work)
{
    rd_form_show_simple(work, 404, "There is nothing to show for this reference",
                        "Check it: it has ten letters and digits. Some requests are not shown "
                        "here.",
                        "/status", "Try again");
}

static void put_stage(const struct rd_form_view *view, bool reached, const char *words)
{
    rd_html_put(view->out, "<li class=\"%s\"><strong>%s</strong> %s</li>\n",
                reached ? "reached" : "open", reached ? "Done:" : "Not yet:", words);
}

static void show_stages(struct rd_form_work *work, const struct rd_stages_seen *stages)
{
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "What has happened");
    rd_html_put(view.out, "<h1>What has happened</h1>\n<ol class=\"stages\">\n");
    put_stage(&view, stages->held != 0, "we have your request");
    put_stage(&view, stages->routed != 0, "it is with a team");
    put_stage(&view, stages->claimed != 0, "somebody in the team has taken it on");
    put_stage(&view, stages->contacted != 0, "somebody has been in touch or has visited");
    rd_html_put(view.out, "</ol>\n");
    if (stages->closed != 0)
        rd_html_put(view.out, "<p>This request is finished. If you still need help, ring us, or "
                              "ask again.</p>\n");
    rd_form_end(&view);
    rd_form_work_reply(work, 200);
}

static void on_answer(void *context, const struct rd_message *message)
{
    struct rd_form_work *work = context;
    bool known = message != NULL && message->query_result != NULL;
    /* Whoever does harm may have found the reference. */
    bool shown =
        known && message->query_result->stages != NULL && !message->query_result->stages->concern;
    if (shown) {
        show_stages(work, message->query_result->stages);
        return;
    }
    bool not_now =
        message == NULL || (message->refused != NULL && message->refused->code == RD_REFUSAL_BUSY);
    if (!not_now) {
        show_nothing(work);
        return;
    }
    rd_form_show_simple(work, 503, "We cannot look this up now",
                        "Your request is safe. Please try again in a few minutes.", "/status",
                        "Try again");
}

static void look(struct rd_form_work *work)
{
    uint64_t id = 0;
    char reference[RD_IDENT_TEXT_MAX];
    static const enum rd_form_field_id asked[] = {FORM_REFERENCE};
    if (!rd_form_work_take(work, asked, 1))
        return;
    if (!rd_ident_parse(work->state.values[FORM_REFERENCE], &id)) {
        rd_form_error_add(&work->errors, FORM_REFERENCE,
                          "Enter your reference: ten letters and digits, like 7K3Q9-M2X4T");
        show_question(work, 422);
        return;
    }
    if (!rd_form_work_within(work, FORM_LIMIT_LOOKS)) {
        rd_form_show_simple(work, 429, "Please wait a few minutes",
                            "Too many references were looked up from your network.", "/status",
                            "Try again");
        return;
    }
    struct rd_query query = {.kind = RD_QUERY_STAGES,
                             .target = rd_text_of(rd_ident_format(id, reference))};
    const struct rd_message message = {.query = &query};
    work->site->counts[FORM_COUNT_LOOKS]++;
    if (work->site->router.ask(work->site->router.context, &message, on_answer, work) != RD_OK)
        on_answer(work, NULL);
}

void rd_form_status(struct rd_form_work *work)
{
    work->feed = work->site->self;
    if (work->request.method == RD_HTTP_POST)
        look(work);
    else
        show_question(work, 200);
}
