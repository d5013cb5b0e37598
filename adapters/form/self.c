/* The self-referral: one question a page, in the order of flow.c. */
#include "adapters/form/work.h"

#include "adapters/form/record_person.h"

#include <string.h>

static const char action[] = "/self";

static const char *title_of(const struct rd_form_page *page, const struct rd_form_state *state)
{
    bool other = rd_form_voice_of(state) == FORM_VOICE_OTHER && page->title[1] != NULL;
    return page->title[other ? 1 : 0];
}

/* An empty answer is shown where somebody should notice it. */
static bool is_shown(const struct rd_form_view *view, const struct rd_form_page *page, size_t i)
{
    return i == 0 || page->fields[i] == FORM_POSTCODE ||
           rd_form_answered(view->state, page->fields[i]);
}

/* Everything answered, with a button to go back to each. */
static void put_answers(const struct rd_form_view *view)
{
    const struct rd_form_state *state = view->state;
    const struct rd_form_page *page = rd_form_page_next(rd_form_page_first(), state);
    rd_html_put(view->out, "<dl class=\"answers\">\n");
    for (; page != rd_form_page_last(); page = rd_form_page_next(page, state)) {
        for (size_t i = 0; i < page->fields_count; i++) {
            const struct rd_form_field *field = rd_form_field(page->fields[i]);
            const char *label = rd_form_label(field, rd_form_voice_of(state));
            if (!is_shown(view, page, i))
                continue;
            rd_html_put(view->out, "<div><dt>%s</dt><dd>", label);
            rd_form_answer_words(view, field->id);
            rd_html_put(view->out, "</dd>");
            if (i == 0)
                rd_html_put(view->out,
                            "<dd class=\"change\"><button type=\"submit\" name=\"go\" "
                            "value=\"change-%s\" class=\"link\">Change<span class=\"unseen\"> "
                            "%s</span></button></dd>",
                            page->name, title_of(page, state));
            rd_html_put(view->out, "</div>\n");
        }
    }
    rd_html_put(view->out, "</dl>\n");
}

static void put_nhs_number_note(const struct rd_form_view *view)
{
    if (rd_form_answered(view->state, FORM_NHS_NUMBER) &&
        rd_form_digits(view->state->values[FORM_NHS_NUMBER]) != 10)
        rd_html_put(view->out, "<p class=\"note\">An NHS number has ten digits. You can change it, "
                               "or send it as it is: we will check it.</p>\n");
}

static void show_check(const struct rd_form_view *view)
{
    rd_html_put(view->out, "<h1>Check your answers, then send them</h1>\n"
                           "<p>Nothing is sent until you press Send.</p>\n");
    put_nhs_number_note(view);
    rd_form_open(view, action, "check");
    rd_form_trap(view);
    put_answers(view);
    rd_form_button(view, "send", "Send", false);
    rd_form_button(view, "back", "Back", true);
    rd_html_put(view->out, "</form>\n");
}

static void show_page(struct rd_form_work *work, const struct rd_form_page *page, unsigned status)
{
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, title_of(page, &work->state));
    if (page == rd_form_page_last()) {
        show_check(&view);
    } else {
        if (!page->heading_asks)
            rd_html_put(view.out, "<h1>%s</h1>\n", title_of(page, &work->state));
        rd_html_put(view.out, "%r\n", page->lead[0]);
        rd_form_open(&view, action, page->name);
        for (size_t i = 0; i < page->fields_count; i++)
            rd_form_question(&view, page->fields[i], page->heading_asks && i == 0);
        if (strcmp(page->name, "phone") == 0)
            rd_form_trap(&view);
        rd_form_button(&view, "next", "Continue", false);
        if (page != rd_form_page_first())
            rd_form_button(&view, "back", "Back", true);
        rd_html_put(view.out, "</form>\n");
    }
    rd_form_end(&view);
    if (work->errors.count > 0)
        work->site->counts[FORM_COUNT_ERRORS]++;
    rd_form_work_reply(work, status);
}

static void show_check_again(struct rd_form_work *work, unsigned status)
{
    show_page(work, rd_form_page_last(), status);
}

/* Everything in order and agreed to: sent. Otherwise the first page that is not in order. */
static void send_all(struct rd_form_work *work)
{
    const struct rd_form_page *wrong =
        rd_form_page_wrong(&work->state, &work->moment, &work->errors);
    if (wrong != NULL) {
        show_page(work, wrong, 422);
        return;
    }
    if (rd_form_is(&work->state, FORM_EMERGENCY, "yes")) {
        rd_form_show_emergency(work);
        return;
    }
    if (!rd_form_work_within(work, FORM_LIMIT_SENDS)) {
        show_check_again(work, 429);
        return;
    }
    struct rd_form_state relevant;
    rd_form_relevant(&work->state, &relevant);
    work->again = show_check_again;
    work->held = rd_form_show_self_held;
    rd_form_work_send(work, &relevant);
}

/* After a change on the way back from the check page: whatever that change left open, then the
 * check page again. */
static void go_on(struct rd_form_work *work, const struct rd_form_page *page)
{
    const struct rd_form_page *next = rd_form_page_next(page, &work->state);
    if (work->state.reviewed) {
        struct rd_form_errors unasked = {.count = 0};
        next = rd_form_page_wrong(&work->state, &work->moment, &unasked);
        if (next == NULL)
            next = rd_form_page_last();
    }
    work->state.reviewed = work->state.reviewed || next == rd_form_page_last();
    show_page(work, next, 200);
}

static void next_page(struct rd_form_work *work, const struct rd_form_page *page)
{
    rd_form_page_check(page, &work->state, &work->moment, &work->errors);
    if (work->errors.count > 0) {
        show_page(work, page, 422);
        return;
    }
    if (page == rd_form_page_first() && rd_form_is(&work->state, FORM_EMERGENCY, "yes")) {
        rd_form_show_emergency(work);
        return;
    }
    go_on(work, page);
}

static void posted(struct rd_form_work *work)
{
    const struct rd_form_page *page = rd_form_page_find(rd_form_posted_text(work, "page"));
    struct rd_text go = rd_form_posted_text(work, "go");
    if (page == NULL)
        page = rd_form_page_first();
    if (!rd_form_work_take(work, page->fields, page->fields_count))
        return;
    if (rd_form_work_trapped(work)) {
        show_page(work, page, 422);
        return;
    }
    if (rd_text_is(go, "send")) {
        send_all(work);
        return;
    }
    if (rd_text_is(go, "back")) {
        show_page(work, rd_form_page_before(page, &work->state), 200);
        return;
    }
    if (rd_text_starts(go, "change-")) {
        const struct rd_form_page *wanted =
            rd_form_page_find(rd_text_slice(go, sizeof "change-" - 1, go.len));
        show_page(work, wanted == NULL ? page : wanted, 200);
        return;
    }
    next_page(work, page);
}

void rd_form_self(struct rd_form_work *work)
{
    work->feed = work->site->self;
    if (work->feed == NULL) {
        rd_form_show_simple(work, 404, "There is no such page", "Self-referral is not open here.",
                            "/", "Go to the start");
        return;
    }
    if (work->request.method != RD_HTTP_POST) {
        rd_form_state_new(&work->state, FORM_KIND_SELF, work->moment.now);
        show_page(work, rd_form_page_first(), 200);
        return;
    }
    if (rd_form_work_open(work, FORM_KIND_SELF, action))
        posted(work);
}
