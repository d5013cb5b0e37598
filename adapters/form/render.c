#include "adapters/form/render.h"

#include <stdio.h>
#include <string.h>

const char rd_form_trap_name[] = "website";

struct rd_text rd_form_desk_telephone(const struct rd_place *place)
{
    const struct rd_team *desk = rd_place_team(place, place->desk);
    return desk == NULL ? RD_TEXT_NONE : desk->telephone;
}

static enum rd_form_voice voice_of(const struct rd_form_view *view)
{
    return view->state == NULL ? FORM_VOICE_ME : rd_form_voice_of(view->state);
}

static const char *error_of(const struct rd_form_view *view, enum rd_form_field_id id)
{
    return view->errors == NULL ? NULL : rd_form_error_of(view->errors, id);
}

static void put_ring(const struct rd_form_view *view)
{
    struct rd_text telephone = rd_form_desk_telephone(view->place);
    if (rd_text_present(telephone))
        rd_html_put(view->out, "<p>If it cannot wait, ring <strong>%t</strong>.</p>", telephone);
}

static void put_notice(const struct rd_form_view *view)
{
    static const struct {
        const char *title, *words;
    } notices[] = {
        [FORM_NOTICE_AWAY] = {"We could not send this yet",
                              "Nothing is lost: everything you wrote is still on this page. Wait "
                              "a minute, then press Send again."},
        [FORM_NOTICE_LIMITED] = {"Too much was sent from your network in a short time",
                                 "Nothing is lost: everything you wrote is still on this page. "
                                 "Wait a few minutes, then press the button again."},
        [FORM_NOTICE_TRAP] = {"Please press the button once more",
                              "Your browser filled in a box that people do not see. We have "
                              "emptied it."},
        [FORM_NOTICE_FAILED] = {"We cannot take this here",
                                "It was not sent. Something is set up wrongly on our side, and "
                                "sending again will not help: please ring us."},
    };
    if (view->notice == FORM_NOTICE_NONE)
        return;
    rd_html_put(view->out,
                "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus>"
                "<h2>%s</h2><p>%s</p>",
                notices[view->notice].title, notices[view->notice].words);
    if (view->notice != FORM_NOTICE_TRAP)
        put_ring(view);
    rd_html_put(view->out, "</div>");
}

/* Where the link of an error goes: the first box of the question. */
static void put_target(struct rd_buf *out, const struct rd_form_field *field)
{
    rd_html_put(out, "%s%s", field->name, field->kind == FORM_DATE ? "-day" : "");
}

static void put_summary(const struct rd_form_view *view)
{
    if (view->errors == NULL || view->errors->count == 0)
        return;
    rd_html_put(view->out, "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus>"
                           "<h2>There is a problem</h2><ul>");
    for (size_t i = 0; i < view->errors->count; i++) {
        rd_html_put(view->out, "<li><a href=\"#");
        put_target(view->out, rd_form_field(view->errors->items[i].id));
        rd_html_put(view->out, "\">%s</a></li>", view->errors->items[i].words);
    }
    rd_html_put(view->out, "</ul></div>");
}

void rd_form_begin(const struct rd_form_view *view, const char *title)
{
    bool error = view->errors != NULL && view->errors->count > 0;
    rd_html_put(
        view->out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>%s%s - %t</title>\n"
        "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#main\">Skip to the main part</a>\n"
        "<header><div class=\"column%r\"><a class=\"name\" href=\"%r\">%t</a></div></header>\n",
        error ? "Error: " : "", title, view->place->title, view->wide ? " wide" : "",
        view->desk ? "/telephone" : "/", view->place->title);
    if (view->test)
        rd_html_put(view->out, "<p class=\"test\">This is a test. Nobody is sent to help, and "
                               "nothing about real people may be entered.</p>\n");
    rd_html_put(view->out, "<main id=\"main\" class=\"column%r\" tabindex=\"-1\">\n",
                view->wide ? " wide" : "");
    put_notice(view);
    put_summary(view);
}

/* For whoever takes calls: what to do when this page does not. */
static void put_desk_footer(const struct rd_form_view *view)
{
    rd_html_put(
        view->out,
        "</main>\n<footer><div class=\"column%r\"><p>For call-takers of %t. If this page stops "
        "working: take the call on a paper sheet, ring the team, and enter the sheet here "
        "later with the time of the call.</p></div></footer>\n</body>\n</html>\n",
        view->wide ? " wide" : "", view->place->title);
}

void rd_form_end(const struct rd_form_view *view)
{
    if (view->desk) {
        put_desk_footer(view);
        return;
    }
    struct rd_text telephone = rd_form_desk_telephone(view->place);
    rd_html_put(view->out, "</main>\n<footer><div class=\"column\"><p>%t</p>",
                view->place->emergency_words);
    if (rd_text_present(telephone))
        rd_html_put(view->out, "<p>Rather talk to somebody? Ring %t.</p>", telephone);
    rd_html_put(view->out, "</div></footer>\n</body>\n</html>\n");
}

void rd_form_open(const struct rd_form_view *view, const char *action, const char *page)
{
    rd_html_put(view->out, "<form method=\"post\" action=\"%s\" novalidate>\n", action);
    if (rd_text_present(view->sealed))
        rd_html_put(view->out, "<input type=\"hidden\" name=\"state\" value=\"%t\">\n",
                    view->sealed);
    if (page != NULL)
        rd_html_put(view->out, "<input type=\"hidden\" name=\"page\" value=\"%s\">\n", page);
}

void rd_form_button(const struct rd_form_view *view, const char *go, const char *words,
                    bool secondary)
{
    rd_html_put(view->out, "<button type=\"submit\" name=\"go\" value=\"%s\"%r>%s</button>\n", go,
                secondary ? " class=\"secondary\"" : "", words);
}

void rd_form_trap(const struct rd_form_view *view)
{
    rd_html_put(view->out,
                "<div class=\"unseen\" aria-hidden=\"true\"><label for=\"%s\">Leave this empty"
                "</label><input id=\"%s\" name=\"%s\" tabindex=\"-1\" autocomplete=\"off\">"
                "</div>\n",
                rd_form_trap_name, rd_form_trap_name, rd_form_trap_name);
}

/* aria-describedby of what stands between the words and the box. */
static void put_described(const struct rd_form_view *view, const struct rd_form_field *field)
{
    bool hint = rd_form_hint(field, voice_of(view)) != NULL;
    bool error = error_of(view, field->id) != NULL;
    if (!hint && !error)
        return;
    rd_html_put(view->out, " aria-describedby=\"");
    if (hint)
        rd_html_put(view->out, "%s-hint%r", field->name, error ? " " : "");
    if (error)
        rd_html_put(view->out, "%s-error", field->name);
    rd_html_put(view->out, "\"");
}

static void put_hint_and_error(const struct rd_form_view *view, const struct rd_form_field *field)
{
    const char *hint = rd_form_hint(field, voice_of(view));
    const char *error = error_of(view, field->id);
    if (hint != NULL)
        rd_html_put(view->out, "<p class=\"hint\" id=\"%s-hint\">%s</p>\n", field->name, hint);
    if (error != NULL)
        rd_html_put(view->out,
                    "<p class=\"error\" id=\"%s-error\"><span class=\"unseen\">Error: </span>"
                    "%s</p>\n",
                    field->name, error);
}

/* What a browser may fill in: only what is about whoever sits before it. */
static void put_autocomplete(const struct rd_form_view *view, const struct rd_form_field *field,
                             const char *part)
{
    enum rd_form_voice voice = voice_of(view);
    bool own = voice == FORM_VOICE_ME ||
               (voice == FORM_VOICE_OTHER && strncmp(field->name, "your-", 5) == 0) ||
               (voice == FORM_VOICE_CALL && field->id == FORM_TAKER);
    if (field->autocomplete == NULL || !own)
        rd_html_put(view->out, " autocomplete=\"off\"");
    else
        rd_html_put(view->out, " autocomplete=\"%s%s\"", field->autocomplete, part);
}

static void put_label(const struct rd_form_view *view, const struct rd_form_field *field,
                      bool heading)
{
    bool optional = field->says_optional && voice_of(view) != FORM_VOICE_CALL;
    rd_html_put(view->out, "%r<label for=\"%s\">%s%r</label>%r\n", heading ? "<h1>" : "",
                field->name, rd_form_label(field, voice_of(view)),
                optional ? " <span class=\"optional\">(you may leave this empty)</span>" : "",
                heading ? "</h1>" : "");
}

static void put_text(const struct rd_form_view *view, const struct rd_form_field *field,
                     bool heading)
{
    struct rd_text value = view->state == NULL ? RD_TEXT_NONE : view->state->values[field->id];
    bool call = voice_of(view) == FORM_VOICE_CALL;
    unsigned rows = field->id == FORM_WORDS        ? (call ? 4 : 7)
                    : call                         ? 2
                    : field->characters_max > 1000 ? 7
                                                   : 3;
    put_label(view, field, heading);
    put_hint_and_error(view, field);
    if (field->kind == FORM_LONG_TEXT) {
        rd_html_put(view->out, "<textarea id=\"%s\" name=\"%s\" rows=\"%u\"", field->name,
                    field->name, rows);
        put_described(view, field);
        /* A line break right behind the tag is dropped by browsers: this one is. */
        rd_html_put(view->out, ">\n%t</textarea>\n", value);
        return;
    }
    rd_html_put(view->out, "<input id=\"%s\" name=\"%s\" type=\"text\" value=\"%t\"", field->name,
                field->name, value);
    if (field->inputmode != NULL)
        rd_html_put(view->out, " inputmode=\"%s\"", field->inputmode);
    if (field->width > 0)
        rd_html_put(view->out, " class=\"w%u\"", field->width);
    put_autocomplete(view, field, "");
    put_described(view, field);
    rd_html_put(view->out, ">\n");
}

static void put_legend(const struct rd_form_view *view, const struct rd_form_field *field,
                       bool heading)
{
    rd_html_put(view->out, "<fieldset");
    put_described(view, field);
    rd_html_put(view->out, "><legend>%r%s%r</legend>\n", heading ? "<h1>" : "",
                rd_form_label(field, voice_of(view)), heading ? "</h1>" : "");
    put_hint_and_error(view, field);
}

/* The first one has the question's own id: errors lead to it. */
static void put_option_id(struct rd_buf *out, const struct rd_form_field *field,
                          const struct rd_form_option *option, bool first)
{
    rd_html_put(out, "%s%r%s", field->name, first ? "" : "-", first ? "" : option->value);
}

static void put_option(const struct rd_form_view *view, const struct rd_form_field *field,
                       const struct rd_form_option *option, bool first)
{
    bool ticks = field->kind == FORM_TICKS;
    bool chosen = ticks ? rd_form_ticked(view->state, field->id, option->value)
                        : rd_form_is(view->state, field->id, option->value);
    rd_html_put(view->out, "<div class=\"choice\"><input type=\"%s\" id=\"",
                ticks ? "checkbox" : "radio");
    put_option_id(view->out, field, option, first);
    rd_html_put(view->out, "\" name=\"%s%r%s\" value=\"%s\"%r", field->name, ticks ? "-" : "",
                ticks ? option->value : "", ticks ? "yes" : option->value,
                chosen ? " checked" : "");
    /* A call-taker knows the choices by heart. */
    bool hint = option->hint != NULL && voice_of(view) != FORM_VOICE_CALL;
    if (hint)
        rd_html_put(view->out, " aria-describedby=\"%s-%s-hint\"", field->name, option->value);
    rd_html_put(view->out, "><label for=\"");
    put_option_id(view->out, field, option, first);
    rd_html_put(view->out, "\">%s</label>", option->label);
    if (hint)
        rd_html_put(view->out, "<p class=\"hint\" id=\"%s-%s-hint\">%s</p>", field->name,
                    option->value, option->hint);
    rd_html_put(view->out, "</div>\n");
}

static void put_options(const struct rd_form_view *view, const struct rd_form_field *field,
                        bool heading)
{
    const struct rd_form_option *options = rd_form_options(field, voice_of(view));
    put_legend(view, field, heading);
    rd_html_put(view->out, "<div class=\"choices%r\">\n",
                field->kind == FORM_TICKS ? " ticks" : "");
    for (const struct rd_form_option *option = options; option->value != NULL; option++)
        put_option(view, field, option, option == options);
    rd_html_put(view->out, "</div></fieldset>\n");
}

static void put_date(const struct rd_form_view *view, const struct rd_form_field *field,
                     bool heading)
{
    static const struct {
        const char *name, *label, *css;
    } parts[] = {{"day", "Day", "w2"}, {"month", "Month", "w4"}, {"year", "Year", "w4"}};
    put_legend(view, field, heading);
    rd_html_put(view->out, "<div class=\"date\">\n");
    for (size_t i = 0; i < 3; i++) {
        char complete[8];
        (void)snprintf(complete, sizeof complete, "-%s", parts[i].name);
        rd_html_put(view->out,
                    "<div><label for=\"%s-%s\">%s</label><input id=\"%s-%s\" name=\"%s-%s\" "
                    "type=\"text\" class=\"%s\" value=\"%t\"%r",
                    field->name, parts[i].name, parts[i].label, field->name, parts[i].name,
                    field->name, parts[i].name, parts[i].css,
                    rd_form_part(view->state->values[field->id], '/', i),
                    i == 1 ? "" : " inputmode=\"numeric\"");
        put_autocomplete(view, field, complete);
        rd_html_put(view->out, "></div>\n");
    }
    rd_html_put(view->out, "</div></fieldset>\n");
}

/* Takes the whole width of a wide page. */
static bool is_long(const struct rd_form_view *view, const struct rd_form_field *field)
{
    const struct rd_form_option *options = rd_form_options(field, voice_of(view));
    size_t count = 0;
    while (options != NULL && options[count].value != NULL)
        count++;
    return field->kind == FORM_LONG_TEXT || count > 3;
}

void rd_form_question(const struct rd_form_view *view, enum rd_form_field_id id, bool heading)
{
    const struct rd_form_field *field = rd_form_field(id);
    rd_html_put(view->out, "<div class=\"question%r%r\">\n",
                error_of(view, id) != NULL ? " wrong" : "", is_long(view, field) ? " long" : "");
    if (field->kind == FORM_RADIOS || field->kind == FORM_TICKS)
        put_options(view, field, heading);
    else if (field->kind == FORM_DATE)
        put_date(view, field, heading);
    else
        put_text(view, field, heading);
    rd_html_put(view->out, "</div>\n");
}

void rd_form_answer_words(const struct rd_form_view *view, enum rd_form_field_id id)
{
    const struct rd_form_field *field = rd_form_field(id);
    struct rd_text value = view->state->values[id];
    struct rd_text part;
    if (value.len == 0) {
        rd_html_put(view->out, "<span class=\"none\">nothing</span>");
        return;
    }
    if (field->kind != FORM_RADIOS && field->kind != FORM_TICKS) {
        for (size_t i = 0; field->kind == FORM_DATE && i < 3; i++)
            rd_html_put(view->out, "%t ", rd_form_part(value, '/', i));
        if (field->kind != FORM_DATE)
            rd_html_put(view->out, "<span class=\"typed\">%t</span>", value);
        return;
    }
    for (size_t i = 0; rd_text_present(part = rd_form_part(value, ',', i)); i++) {
        const struct rd_form_option *option = rd_form_option(field, voice_of(view), part);
        rd_html_put(view->out, "%r%s", i > 0 ? "<br>" : "", option == NULL ? "" : option->label);
    }
}
