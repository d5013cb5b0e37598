/* The opened record: the newest message in full, what it says anew marked, what it does not repeat
 * beside it, facts from the hospital, and every message in a list. */
#include "adapters/worklist/pages.h"
#include "adapters/worklist/record.h"

#include "model/limits.h"

enum { LINES_BYTES_MAX = 4 * 1024 * 1024 };

static bool is_content(const struct rd_submission *submission)
{
    return submission->referral != NULL &&
           (submission->action == RD_ACTION_NEW || submission->action == RD_ACTION_AMEND ||
            submission->action == 0);
}

/* Index of the newest with content before `end`; `end` when there is none. */
static size_t newest_before(const struct rd_opened *opened, size_t end)
{
    for (size_t i = end; i > 0; i--)
        if (is_content(&opened->submissions[i - 1]))
            return i - 1;
    return end;
}

static void put_line(struct rd_buf *out, const struct worklist_line *line, bool anew)
{
    rd_html_put(out, "<div%r><dt>%t%r</dt><dd class=\"said\">%t</dd></div>\n",
                line->strong ? " class=\"warn\"" : "", line->label,
                anew ? " <strong class=\"new\">New</strong>" : "", line->text);
}

static void put_section(struct rd_buf *out, enum worklist_section section,
                        const struct worklist_lines *now, const struct worklist_lines *before)
{
    bool begun = false;
    for (size_t i = 0; i < now->count; i++) {
        if (now->items[i].section != section)
            continue;
        if (!begun)
            rd_html_put(out, "<h3>%s</h3><dl class=\"lines\">\n", worklist_section_titles[section]);
        begun = true;
        put_line(out, &now->items[i],
                 before != NULL && !worklist_lines_have(before, &now->items[i]));
    }
    if (begun)
        rd_html_put(out, "</dl>\n");
}

static void put_not_repeated(struct rd_buf *out, const struct worklist_lines *now,
                             const struct worklist_lines *before)
{
    bool begun = false;
    for (size_t i = 0; i < before->count; i++) {
        if (worklist_lines_have(now, &before->items[i]))
            continue;
        if (!begun)
            rd_html_put(out, "<h3>Said before, not repeated in the newest message</h3>"
                             "<dl class=\"lines\">\n");
        begun = true;
        put_line(out, &before->items[i], false);
    }
    if (begun)
        rd_html_put(out, "</dl>\n");
}

static void put_facts(struct rd_buf *out, const struct worklist_view *view,
                      const struct rd_opened *opened)
{
    char kind[WORKLIST_WORDS_MAX], at[RD_ZONE_TEXT_MAX];
    bool begun = false;
    for (size_t i = opened->submissions_count; i > 0; i--) {
        const struct rd_referral *referral = opened->submissions[i - 1].referral;
        for (size_t k = 0; referral != NULL && k < referral->facts_count; k++) {
            const struct rd_fact *fact = &referral->facts[k];
            const char *name = rd_enum_name(&rd_fact_kind_names, (int)fact->kind);
            rd_instant when = fact->occurred != NULL && fact->occurred->utc_us != 0
                                  ? fact->occurred->utc_us
                                  : opened->submissions[i - 1].received;
            if (!begun)
                rd_html_put(out, "<h3>From the hospital, newest first</h3><ul>\n");
            begun = true;
            rd_html_put(out, "<li><strong>%s</strong>, %s%r<span class=\"said\">%t</span></li>\n",
                        worklist_code(rd_text_of(name), kind), rd_zone_format(view->zone, when, at),
                        fact->words.len > 0 ? ": " : "", fact->words);
        }
    }
    if (begun)
        rd_html_put(out, "</ul>\n");
}

static void put_messages(struct rd_buf *out, const struct worklist_view *view,
                         const struct rd_opened *opened)
{
    static const char *const names[] = {"Message", "Referral", "Amendment", "Cancellation", "Fact"};
    char at[RD_ZONE_TEXT_MAX];
    rd_html_put(out, "<h3>Messages, newest first</h3><ol class=\"messages\">\n");
    for (size_t i = opened->submissions_count; i > 0; i--) {
        const struct rd_submission *submission = &opened->submissions[i - 1];
        const struct rd_feed *feed = rd_place_feed(view->place, submission->feed);
        size_t action = (size_t)submission->action < 5 ? (size_t)submission->action : 0;
        rd_html_put(out, "<li>%s%r%t", names[action], submission->feed.len > 0 ? " from " : "",
                    feed == NULL ? submission->feed : feed->title);
        if (submission->received != 0)
            rd_html_put(out, ", %s", rd_zone_format(view->zone, submission->received, at));
        rd_html_put(out, "</li>\n");
    }
    rd_html_put(out, "</ol>\n");
    if (opened->left_out > 0)
        rd_html_put(out, "<p>%u older messages are not shown here; an operator has them.</p>\n",
                    (unsigned)opened->left_out);
}

static struct rd_text basis_of(const struct worklist_item *item)
{
    const struct rd_query_result *explained = item->explained;
    if (explained == NULL || explained->decision == NULL || explained->decision->facts == NULL)
        return RD_TEXT_NONE;
    return explained->decision->facts->area_basis;
}

static void put_content(struct rd_buf *out, const struct worklist_view *view,
                        const struct worklist_item *item, struct rd_arena *arena)
{
    const struct rd_opened *opened = item->opened;
    size_t newest = newest_before(opened, opened->submissions_count);
    if (newest == opened->submissions_count) {
        rd_html_put(out, "<p>The router sent no content of it for this team's view.</p>\n");
        return;
    }
    size_t earlier = newest_before(opened, newest);
    struct worklist_lines now = {.arena = arena}, before = {.arena = arena};
    worklist_lines_of(&opened->submissions[newest], view->zone, basis_of(item), &now);
    if (earlier != newest)
        worklist_lines_of(&opened->submissions[earlier], view->zone, basis_of(item), &before);
    if (now.failed || before.failed)
        rd_html_put(out, "<p class=\"stop\"><strong>This record is too large to show whole: lines "
                         "are missing. Ask the desk for the original.</strong></p>\n");
    for (int section = 0; section < WORKLIST_SECTIONS; section++)
        put_section(out, (enum worklist_section)section, &now, earlier == newest ? NULL : &before);
    if (earlier != newest)
        put_not_repeated(out, &now, &before);
}

void worklist_put_record(struct rd_buf *out, const struct worklist_view *view,
                         const struct worklist_item *item)
{
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), LINES_BYTES_MAX);
    rd_html_put(out, "<section class=\"record\" aria-labelledby=\"record\"><h2 id=\"record\">"
                     "The record</h2>\n");
    if (item->opened->view == RD_VIEW_MINIMUM)
        rd_html_put(out,
                    "<p>This team sees the least that it needs: who, where, how to reach them, "
                    "and the words of the need.</p>\n");
    put_facts(out, view, item->opened);
    put_content(out, view, item, &arena);
    put_messages(out, view, item->opened);
    rd_html_put(out, "<form method=\"post\" action=\"/item/%t/put-away\">", item->row->assignment);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<p><button class=\"plain\">Put the record away</button></p></form>"
                     "</section>\n");
    rd_arena_fini(&arena);
}
