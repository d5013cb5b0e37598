/* What could not be understood: the desk's own list, and one item with its bytes. */
#include "adapters/worklist/pages.h"

#include <stdio.h>

enum { SHOWN_BYTES_MAX = 65536 };

static void put_item(struct rd_buf *out, const struct worklist_view *view,
                     const struct rd_quarantine_state *item)
{
    static const char *const classes[] = {"due", "due", "due soon", "due over"};
    char at[RD_ZONE_TEXT_MAX], left[WORKLIST_WORDS_MAX], due[WORKLIST_WORDS_MAX];
    char target[32];
    const struct rd_feed *feed = rd_place_feed(view->place, item->feed);
    (void)snprintf(target, sizeof target, "Q%llu", (unsigned long long)item->entry);
    rd_html_put(out,
                "<li class=\"row\"><p class=\"%s\"><strong>%s</strong> <span>due %s</span></p>"
                "<div class=\"what\"><h2>%s: %t</h2><p>%t</p><p class=\"ref\">From %t, received "
                "%s</p></div><div class=\"who\"><form method=\"post\" action=\"/quarantine/%s/open"
                "\">",
                classes[worklist_pressure(view->now, item->due)],
                worklist_left(view->now, item->due, left),
                worklist_moment(view->zone, view->now, item->due, due), target, item->code,
                item->words, feed == NULL ? item->feed : feed->title,
                rd_zone_format(view->zone, item->received, at), target);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<button>Open<span class=\"sr\"> %s</span></button></form></div></li>\n",
                target);
}

void worklist_page_quarantine(struct rd_buf *out, const struct worklist_view *view,
                              const struct rd_query_result *result)
{
    worklist_page_begin(out, view, "Quarantine");
    rd_html_put(out, "<h1>Quarantine</h1>\n<p>What came in and could not be understood. Each may "
                     "be a person who needs help: ring the sender.</p>\n");
    if (result->quarantined_count == 0)
        rd_html_put(out, "<p class=\"box\">Nothing is in quarantine.</p>\n");
    else
        rd_html_put(out, "<ol class=\"list\">\n");
    for (size_t i = 0; i < result->quarantined_count; i++)
        put_item(out, view, &result->quarantined[i]);
    if (result->quarantined_count > 0)
        rd_html_put(out, "</ol>\n");
    worklist_page_end(out, view);
}

/* One line of the message at a time (HL7 v2 ends its lines with CR); what is no text is shown as
 * its byte. */
static void put_bytes(struct rd_buf *out, struct rd_text bytes)
{
    bool utf8 = rd_text_is_utf8(bytes);
    size_t shown = bytes.len < SHOWN_BYTES_MAX ? bytes.len : SHOWN_BYTES_MAX;
    rd_html_put(out, "<pre tabindex=\"0\" aria-label=\"The message as it came\">");
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)bytes.ptr[i];
        bool text =
            byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f) || (byte >= 0x80 && utf8);
        if (byte == '\r' && (i + 1 == bytes.len || bytes.ptr[i + 1] != '\n'))
            rd_buf_put_string(out, "\n");
        else if (text)
            rd_html_escape(out, rd_text_slice(bytes, i, 1));
        else if (byte != '\r')
            rd_buf_printf(out, "&lt;%02X&gt;", byte);
    }
    rd_html_put(out, "</pre>\n");
    if (shown < bytes.len)
        rd_html_put(out, "<p>The first %u of %u bytes are shown.</p>\n", (unsigned)shown,
                    (unsigned)bytes.len);
}

static void put_form(struct rd_buf *out, const struct worklist_view *view, struct rd_text target,
                     const char *verb, const char *title, const char *button, bool with_reference)
{
    rd_html_put(out, "<form class=\"box\" method=\"post\" action=\"/quarantine/%t/%s\"><h2>%s</h2>",
                target, verb, title);
    worklist_put_csrf(out, view);
    if (with_reference)
        rd_html_put(out, "<p><label for=\"to\">Reference of the referral</label><span "
                         "class=\"hint\" id=\"to-hint\">As in 7K3Q9-M2X4T. When the sender has "
                         "sent it again, or you have taken it by telephone.</span><input id=\"to\" "
                         "name=\"to\" required autocomplete=\"off\" aria-describedby=\"to-hint\">"
                         "</p>");
    rd_html_put(out,
                "<p><label for=\"reason-%s\">Why</label><textarea id=\"reason-%s\" name=\"reason\" "
                "rows=\"2\" required></textarea></p><p><button>%s</button></p></form>\n",
                verb, verb, button);
}

void worklist_page_quarantined(struct rd_buf *out, const struct worklist_view *view,
                               struct rd_text target, const struct rd_opened *opened)
{
    char title[WORKLIST_WORDS_MAX], at[RD_ZONE_TEXT_MAX];
    worklist_page_begin(out, view, worklist_code(target, title));
    rd_html_put(out, "<p><a href=\"/quarantine\">Back to quarantine</a></p>\n<h1>%t</h1>\n",
                target);
    for (size_t i = 0; i < opened->submissions_count; i++) {
        const struct rd_submission *submission = &opened->submissions[i];
        const struct rd_feed *feed = rd_place_feed(view->place, submission->feed);
        rd_html_put(out,
                    "<p class=\"stop\"><strong>%t</strong>: %t</p>\n<p>From %t, received %s, "
                    "%t.</p>\n",
                    submission->quarantine_code, submission->quarantine_words,
                    feed == NULL ? submission->feed : feed->title,
                    rd_zone_format(view->zone, submission->received, at), submission->media_type);
        rd_html_put(out, "<h2>The message as it came</h2>\n");
        put_bytes(out, submission->original);
    }
    put_form(out, view, target, "repair", "It belongs to a referral that is held", "Put it there",
             true);
    put_form(out, view, target, "refuse", "It is nothing for us", "Refuse it", false);
    worklist_page_end(out, view);
}
