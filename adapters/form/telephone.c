/* The call-taker's page: everything at once, in the order of a call, for the keyboard. */
#include "adapters/form/record_person.h"
#include "adapters/form/work.h"

#include <stdio.h>

static const char action[] = "/telephone";

static const struct part {
    const char *title;
    enum rd_form_field_id fields[13];
    size_t count;
} parts[] = {
    {"Call", {FORM_TAKER, FORM_CALL_START, FORM_CALL_DAY, FORM_PAPER_BY}, 4},
    {"Caller",
     {FORM_YOUR_NAME, FORM_YOUR_RELATION, FORM_YOUR_ORGANISATION, FORM_YOUR_PHONE,
      FORM_WITH_PERSON},
     5},
    {"What the caller says", {FORM_WORDS, FORM_SINCE, FORM_NEEDS, FORM_PRIORITY}, 4},
    {"The person",
     {FORM_GIVEN, FORM_FAMILY, FORM_BIRTH, FORM_AGE, FORM_NHS_NUMBER, FORM_PHONE, FORM_SAFE,
      FORM_PHONE_NOTES, FORM_TALK, FORM_TALK_WORDS},
     10},
    {"Where",
     {FORM_PLACE, FORM_LINE1, FORM_LINE2, FORM_TOWN, FORM_POSTCODE, FORM_WHERE_NOW,
      FORM_NOW_POSTCODE, FORM_ACCESS, FORM_ALONE},
     9},
    {"Safety and consent",
     {FORM_HARM, FORM_CALLER_HARM, FORM_HARM_WORDS, FORM_SCENE, FORM_SCENE_WORDS, FORM_CONSENT},
     6},
};
enum { PARTS_COUNT = sizeof parts / sizeof parts[0] };

/* What stays at the window's lower edge: where it would go, and the buttons. */
static void put_last(struct rd_form_work *work, const struct rd_form_view *view)
{
    rd_html_put(view->out, "<div class=\"last\"><p id=\"hint\" role=\"status\">");
    if (work->hinted)
        rd_form_put_hint(work);
    rd_html_put(view->out, "</p>\n");
    rd_form_button(view, "send", "Send", false);
    if (work->site->rules != NULL)
        rd_form_button(view, "hint", "Where would it go?", true);
    rd_html_put(view->out,
                "<span class=\"hint\" id=\"keys\" hidden>Ctrl and Enter sends</span></div>"
                "</form>\n<script src=\"/telephone.js\"></script>\n");
}

static void show(struct rd_form_work *work, unsigned status)
{
    struct rd_form_view view = rd_form_view_of(work);
    view.wide = true;
    rd_form_begin(&view, "Telephone referral");
    rd_html_put(view.out,
                "<h1>Telephone referral</h1>\n"
                "<p class=\"danger\"><strong>Ask first:</strong> not breathing, chest pain, signs "
                "of a stroke, cannot be woken, heavy bleeding? <strong>Tell the caller to call "
                "999.</strong></p>\n");
    rd_form_open(&view, action, "call");
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        rd_html_put(view.out, "<section class=\"part\"><h2>%s</h2>\n", parts[i].title);
        for (size_t j = 0; j < parts[i].count; j++)
            rd_form_question(&view, parts[i].fields[j], false);
        rd_html_put(view.out, "</section>\n");
    }
    put_last(work, &view);
    rd_form_end(&view);
    if (work->errors.count > 0)
        work->site->counts[FORM_COUNT_ERRORS]++;
    rd_form_work_reply(work, status);
}

/* A new call begins: only the call-taker's name stays. */
static void begin(struct rd_form_work *work, struct rd_text taker)
{
    struct rd_civil wall;
    rd_form_state_new(&work->state, FORM_KIND_TELEPHONE, work->moment.now);
    rd_instant_to_civil(rd_zone_to_wall(work->moment.zone, work->moment.now), &wall);
    work->state.values[FORM_TAKER] = taker;
    work->state.values[FORM_CALL_START] =
        rd_arena_format(&work->arena, "%02d:%02d", (int)wall.hour, (int)wall.minute);
    show(work, 200);
}

/* Nothing but who writes, and what was said, is asked for: a call is never turned away for a
 * missing answer. What cannot be read is shown while the caller is still there. */
static void check(struct rd_form_work *work)
{
    for (size_t i = 0; i < PARTS_COUNT; i++)
        for (size_t j = 0; j < parts[i].count; j++) {
            enum rd_form_field_id id = parts[i].fields[j];
            bool needed = id == FORM_TAKER || id == FORM_CALL_START || id == FORM_WORDS;
            rd_form_check(&work->state, id, needed, &work->moment, &work->errors);
        }
}

void rd_form_show_telephone_held(struct rd_form_work *work, const struct rd_submit_result *result)
{
    struct rd_text team =
        rd_text_present(result->lead_title) ? result->lead_title : result->lead_team;
    struct rd_text taker = work->state.values[FORM_TAKER];
    struct rd_text telephone_answer = result->answer;
    bool harm = rd_form_names_harm(&work->state);
    /* The page that begins the next call knows nothing of this one but who takes it. */
    rd_form_state_new(&work->state, FORM_KIND_TELEPHONE, work->moment.now);
    work->state.values[FORM_TAKER] = taker;
    struct rd_form_view view = rd_form_view_of(work);
    rd_form_begin(&view, "Held");
    rd_html_put(view.out,
                "<div class=\"panel\"><h1>Held</h1>\n"
                "<p>Reference<br><strong id=\"reference\">%t</strong></p></div>\n",
                result->referral);
    if (rd_text_present(team))
        rd_html_put(view.out, "<p>It is with: <strong>%t</strong>.</p>\n", team);
    rd_form_put_noticed(&view, result); /* the caller is still there to ask */
    if (harm)
        rd_html_put(view.out, "<h2>Somebody may be doing harm</h2>\n"
                              "<p><strong>Do not read out the reference and promise no call-back: "
                              "the one who does harm may hear of it.</strong> In danger now: 999."
                              "</p>\n");
    else if (rd_text_present(telephone_answer))
        rd_html_put(view.out, "<h2>Tell the caller</h2>\n<p>%t</p>\n", telephone_answer);
    rd_form_open(&view, action, "next");
    rd_form_button(&view, "next-call", "Next call", false);
    rd_html_put(view.out, "</form>\n");
    rd_form_end(&view);
    rd_form_work_reply(work, 200);
}

static bool take(struct rd_form_work *work)
{
    for (size_t i = 0; i < PARTS_COUNT; i++)
        if (!rd_form_work_take(work, parts[i].fields, parts[i].count))
            return false;
    return true;
}

static void posted(struct rd_form_work *work)
{
    if (rd_text_is(rd_form_posted_text(work, "go"), "next-call")) {
        begin(work, work->state.values[FORM_TAKER]);
        return;
    }
    if (!take(work))
        return;
    if (rd_text_is(rd_form_posted_text(work, "go"), "hint")) {
        work->hinted = rd_form_work_within(work, FORM_LIMIT_HINTS);
        show(work, 200);
        return;
    }
    check(work);
    if (work->errors.count > 0) {
        show(work, 422);
        return;
    }
    work->again = show;
    work->held = rd_form_show_telephone_held;
    rd_form_work_send(work, &work->state);
}

void rd_form_telephone(struct rd_form_work *work)
{
    work->feed = work->site->telephone;
    if (work->feed == NULL) {
        rd_form_show_simple(work, 404, "There is no such page",
                            "The call-taker's form is not served here.", "/", "Go to the start");
        return;
    }
    if (work->request.method != RD_HTTP_POST)
        begin(work, RD_TEXT_NONE);
    else if (rd_form_work_open(work, FORM_KIND_TELEPHONE, action))
        posted(work);
}

/* Asked for by the page's script: the same answers, some of them half typed, and only the lines. */
void rd_form_telephone_hint(struct rd_form_work *work)
{
    work->feed = work->site->telephone;
    bool ours =
        work->feed != NULL && work->site->rules != NULL && work->request.method == RD_HTTP_POST &&
        rd_form_state_open(rd_form_posted_text(work, "state"), work->site->key, FORM_KIND_TELEPHONE,
                           work->moment.now, &work->arena, &work->state) == RD_OK;
    if (!ours) {
        rd_form_work_say(work, 404);
    } else if (!rd_form_work_within(work, FORM_LIMIT_HINTS)) {
        rd_form_work_say(work, 429);
    } else if (take(work)) {
        rd_form_put_hint(work);
        rd_form_work_say(work, 200);
    }
}
