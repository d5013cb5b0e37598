/* The downtime pack as one page: a cover, a part for each team, blank sheets. It is read on paper,
 * hours later: every time is absolute, nothing needs a script, colour or the router. Each team's
 * part is a table so that its head stands on every printed page. */
#include "adapters/worklist/pack.h"
#include "adapters/worklist/record.h"

enum { LINES_BYTES_MAX = 4 * 1024 * 1024 };

static const char style[] =
    "<style>@page{size:A4;margin:10mm 12mm 11mm;@bottom-center{content:\"Confidential: patient "
    "data. Page \" counter(page);font:8pt Arial,sans-serif}}\n"
    "body{font:9.5pt/1.3 Arial,sans-serif;color:#000;background:#fff;margin:0 auto;"
    "max-width:190mm}\n"
    "h1{font-size:16pt;margin:0 0 2mm}h2{font-size:12pt;margin:4mm 0 1mm}h3{font-size:10.5pt;"
    "margin:0}p{margin:0 0 1mm}ol{margin:0 0 2mm;padding-left:6mm}\n"
    "table{width:100%;border-collapse:collapse}th,td{text-align:left;vertical-align:top}\n"
    ".teams td,.teams th{border:.5pt solid;padding:1mm 1.5mm}\n"
    ".part{break-before:page}.part>thead th{border-bottom:1.5pt solid;padding:0 0 1mm;"
    "font-weight:normal}.part>thead strong{font-size:12pt}\n"
    ".part>tbody>tr>td{border-bottom:.5pt solid;padding:2mm 0}.part>tbody>tr{break-inside:avoid}\n"
    ".due{font-size:11pt}.ref{float:right;font:bold 10.5pt monospace}\n"
    ".warn,.stale{border:1.5pt solid;padding:.5mm 1.5mm;font-weight:bold}\n"
    ".lines{display:grid;grid-template-columns:34mm 1fr;gap:.3mm 2mm;margin:1mm 0}\n"
    ".lines dt{color:#333}.lines dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}"
    ".lines .strong{font-weight:bold}\n"
    ".hand{margin:2mm 0 0;border:.5pt dashed;padding:1.5mm;min-height:9mm;color:#333;"
    "font-size:8pt}\n"
    ".sheet{break-before:page}</style>\n";

static bool is_content(const struct rd_submission *submission)
{
    return submission->referral != NULL && submission->action != RD_ACTION_CANCEL &&
           submission->action != RD_ACTION_FACT;
}

static void put_lines(struct rd_buf *out, const struct worklist_lines *lines)
{
    rd_html_put(out, "<dl class=\"lines\">\n");
    for (int section = 0; section < WORKLIST_MORE; section++) {
        for (size_t i = 0; i < lines->count; i++) {
            const struct worklist_line *line = &lines->items[i];
            if ((int)line->section != section)
                continue;
            size_t len = line->text.len;
            bool cut = len > WORKLIST_PACK_LINE_MAX;
            if (cut) /* not within a character */
                for (len = WORKLIST_PACK_LINE_MAX; len > 0 && (line->text.ptr[len] & 0xC0) == 0x80;)
                    len--;
            rd_html_put(out, "<dt%r>%t</dt><dd%r>%t%r</dd>\n",
                        line->strong ? " class=\"strong\"" : "",
                        line->label.len > 0 ? line->label : RD_TEXT("Note"),
                        line->strong ? " class=\"strong\"" : "", rd_text_slice(line->text, 0, len),
                        cut ? " ... (shortened)" : "");
        }
    }
    rd_html_put(out, "</dl>\n");
}

static void put_contacts(struct rd_buf *out, const struct rd_opened *opened,
                         const struct rd_zone *zone, const struct worklist_staff *staff)
{
    char at[RD_ZONE_TEXT_MAX], outcome[WORKLIST_WORDS_MAX];
    for (size_t i = 0; i < opened->contacts_count; i++) {
        const struct rd_contact *contact = &opened->contacts[i];
        if (contact->voided_at == 0)
            rd_html_put(out, "<p><strong>Contact</strong> %s: %s by %t%r%s</p>\n",
                        rd_zone_format(zone, contact->occurred, at), worklist_mode(contact->mode),
                        worklist_staff_name(staff, contact->by),
                        contact->outcome.len > 0 ? ", " : "",
                        worklist_code(contact->outcome, outcome));
    }
}

void worklist_pack_put_record(struct rd_buf *out, const struct rd_opened *opened,
                              const struct rd_zone *zone, const struct worklist_staff *staff)
{
    struct rd_arena arena;
    size_t newest = opened->submissions_count;
    rd_arena_init(&arena, rd_alloc_heap(), LINES_BYTES_MAX);
    struct worklist_lines lines = {.arena = &arena};
    while (newest > 0 && !is_content(&opened->submissions[newest - 1]))
        newest--;
    if (newest > 0)
        worklist_lines_of(&opened->submissions[newest - 1], zone, RD_TEXT_NONE, &lines);
    if (lines.count > 0)
        put_lines(out, &lines);
    else
        rd_html_put(out, "<p>The router sent no content of it for this team.</p>\n");
    if (lines.failed)
        rd_html_put(out, "<p class=\"warn\">Too large to print whole: lines are missing.</p>\n");
    put_contacts(out, opened, zone, staff);
    rd_arena_fini(&arena);
}

static void put_stale(struct rd_buf *out, const struct worklist_pack_page *page)
{
    char since[RD_ZONE_TEXT_MAX], as_of[RD_ZONE_TEXT_MAX], now[RD_ZONE_TEXT_MAX];
    if (page->stale_since == 0)
        return;
    rd_html_put(out,
                "<p class=\"stale\">The router has not answered since %s. This is what was known "
                "at %s; looked last at %s (%u minutes old then).</p>\n",
                rd_zone_format(page->zone, page->stale_since, since),
                rd_zone_format(page->zone, page->as_of, as_of),
                rd_zone_format(page->zone, page->now, now),
                (unsigned)((page->now - page->as_of) / RD_MINUTE_US));
}

/* Both times: when it was made, and from when on it is not the newest. */
static void put_age(struct rd_buf *out, const struct worklist_pack_page *page)
{
    char as_of[RD_ZONE_TEXT_MAX], next[RD_ZONE_TEXT_MAX];
    rd_instant until = page->as_of + 2 * (rd_instant)page->every_s * RD_SECOND_US;
    rd_html_put(out,
                "Made %s from what the router knew then. After %s it is out of date: what came "
                "or changed since is not in it.",
                rd_zone_format(page->zone, page->as_of, as_of),
                rd_zone_format(page->zone, until, next));
}

static struct rd_text title_of(const struct rd_team *team)
{
    return team->title.len > 0 ? team->title : team->name;
}

static void put_telephone(struct rd_buf *out, const struct rd_team *team)
{
    if (team != NULL && team->telephone.len > 0)
        rd_html_put(out, "%t", team->telephone);
    else
        rd_html_put(out, "no telephone in the place's teams");
}

static void put_steps(struct rd_buf *out, const struct worklist_pack_page *page)
{
    rd_html_put(out, "<h2>While the computers are away</h2>\n<ol>\n"
                     "<li>Give each team its part. It goes on in the order of the list: nearest "
                     "deadline first. Clocks go on.</li>\n"
                     "<li>Write beside each referral who saw or spoke to the person, when and how."
                     "</li>\n"
                     "<li>Take each new call on a blank sheet from the end of this pack (copy it "
                     "when they run out), number it, and ring the team now. The desk: ");
    put_telephone(out, rd_place_team(page->place, page->place->desk));
    rd_html_put(
        out,
        ".</li>\n<li>%t</li>\n</ol>\n<h2>When they are back</h2>\n<ol>\n"
        "<li>Each new sheet is a row of a CSV with the titles of paper.csv: referralctl submit "
        "--paper FILE.csv --feed FEED --by \"Your Name\". It keeps the times on the sheets.</li>\n"
        "<li>What was written beside a referral is entered on its page of the lists, each contact "
        "with the time it happened, not the time it is typed (or referralctl contact ID --at "
        "TIME).</li>\n"
        "<li>Then this paper, and each earlier pack, goes to confidential waste.</li>\n</ol>\n",
        page->place->emergency_words);
}

static void put_quarantined(struct rd_buf *out, const struct worklist_pack_page *page)
{
    char received[RD_ZONE_TEXT_MAX], due[RD_ZONE_TEXT_MAX];
    if (page->quarantined_count == 0)
        return;
    rd_html_put(out, "<h2>Messages that nobody could read yet</h2>\n<p>The desk rings their "
                     "senders.</p>\n<table class=\"teams\"><tr><th>Item</th><th>From</th>"
                     "<th>Received</th><th>To be looked at by</th></tr>\n");
    for (size_t i = 0; i < page->quarantined_count; i++) {
        const struct rd_quarantine_state *item = &page->quarantined[i];
        const struct rd_feed *feed = rd_place_feed(page->place, item->feed);
        rd_html_put(out, "<tr><td>Q%u</td><td>%t</td><td>%s</td><td>%s</td></tr>\n",
                    (unsigned)item->entry, feed == NULL ? item->feed : feed->title,
                    rd_zone_format(page->zone, item->received, received),
                    item->due == 0 ? "" : rd_zone_format(page->zone, item->due, due));
    }
    rd_html_put(out, "</table>\n");
}

static void put_cover(struct rd_buf *out, const struct worklist_pack_page *page)
{
    char next[RD_ZONE_TEXT_MAX];
    rd_html_put(out, "<h1>Downtime pack: %t</h1>\n<p><strong>", page->place->title);
    put_age(out, page);
    rd_html_put(out, "</strong></p>\n");
    put_stale(out, page);
    rd_html_put(out, "<table class=\"teams\"><tr><th>Team</th><th>Open</th><th>Next deadline</th>"
                     "<th>Telephone</th></tr>\n");
    for (size_t i = 0; i < page->teams_count; i++) {
        const struct worklist_pack_team *team = &page->teams[i];
        bool due = team->rows_count > 0 && team->rows[0].next_due != 0;
        if (team->rows_count > 0)
            rd_html_put(out, "<tr><td><a href=\"#%t\">%t</a></td><td>%u</td>", team->team->name,
                        title_of(team->team), (unsigned)team->open);
        else
            rd_html_put(out, "<tr><td>%t</td><td>nothing</td>", title_of(team->team));
        rd_html_put(out, "<td>%s</td><td>",
                    due ? rd_zone_format(page->zone, team->rows[0].next_due, next) : "none");
        put_telephone(out, team->team);
        rd_html_put(out, "</td></tr>\n");
    }
    rd_html_put(out, "</table>\n");
    put_quarantined(out, page);
    put_steps(out, page);
}

static void put_clocks(struct rd_buf *out, const struct worklist_pack_page *page,
                       const struct rd_row *row)
{
    char start[RD_ZONE_TEXT_MAX], due[RD_ZONE_TEXT_MAX], mode[WORKLIST_WORDS_MAX];
    for (size_t i = 0; i < row->clocks_count; i++) {
        const struct rd_clock *clock = &row->clocks[i];
        if (clock->ended_at != 0)
            continue;
        rd_html_put(out, "<p class=\"due\"><strong>Due %s</strong>: %s%r, began %s%r%s%r</p>\n",
                    rd_zone_format(page->zone, clock->alarm_due, due), worklist_clock(clock->kind),
                    clock->provisional ? " (provisional)" : "",
                    rd_zone_format(page->zone, clock->start, start),
                    clock->stop_mode.len > 0 ? "; stops with: " : "",
                    worklist_code(clock->stop_mode, mode),
                    clock->alarm_due < page->as_of ? "; <strong>OVER TIME</strong>" : "");
    }
}

static void put_row(struct rd_buf *out, const struct worklist_pack_page *page,
                    const struct rd_row *row, struct rd_text record)
{
    char at[RD_ZONE_TEXT_MAX];
    const struct rd_feed *feed = rd_place_feed(page->place, row->feed);
    const struct worklist_view view = {
        .place = page->place, .zone = page->zone, .staff = page->staff, .now = page->as_of};
    rd_html_put(out, "<tr><td><span class=\"ref\">%t</span><h3>", row->assignment);
    worklist_put_needs(out, row);
    rd_html_put(out, "</h3>\n");
    put_clocks(out, page, row);
    rd_html_put(out, "<p>");
    worklist_put_who(out, row);
    rd_html_put(out, ". Urgency: %s. From %t, received %s.</p>\n", worklist_urgency(row->urgency),
                feed == NULL ? row->feed : feed->title,
                rd_zone_format(page->zone, row->received, at));
    if (row->flags_count > 0) {
        rd_html_put(out, "<div class=\"warn\">Flags: ");
        worklist_put_flags(out, row);
        rd_html_put(out, "</div>\n");
    }
    worklist_put_asked(out, row);
    worklist_put_state(out, &view, row);
    if (record.len > 0)
        rd_buf_put_text(out, record);
    else
        rd_html_put(out, "<p>Its content is not for this team: ring the desk.</p>\n");
    rd_html_put(out, "<p class=\"hand\">By hand: seen or spoken to by / when / how / what was "
                     "done</p></td></tr>\n");
}

static void put_part(struct rd_buf *out, const struct worklist_pack_page *page,
                     const struct worklist_pack_team *team)
{
    rd_html_put(out, "<table class=\"part\" id=\"%t\"><thead><tr><th><strong>%t</strong> (",
                team->team->name, title_of(team->team));
    put_telephone(out, team->team);
    rd_html_put(out, "), %u open. %t<br>", (unsigned)team->open, page->place->title);
    put_age(out, page);
    put_stale(out, page);
    rd_html_put(out, "</th></tr></thead><tbody>\n");
    if (team->open > team->rows_count)
        rd_html_put(out,
                    "<tr><td class=\"warn\">Only the %u nearest deadlines are printed: %u more are "
                    "not in this pack.</td></tr>\n",
                    (unsigned)team->rows_count, (unsigned)(team->open - team->rows_count));
    for (size_t i = 0; i < team->rows_count; i++)
        put_row(out, page, &team->rows[i], team->records[i]);
    rd_html_put(out, "</tbody></table>\n");
}

void worklist_pack_put(struct rd_buf *out, const struct worklist_pack_page *page)
{
    rd_html_put(out,
                "<!doctype html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>Downtime pack</title>\n%r\n%r</head>\n<body>\n",
                (const char *)worklist_paper_style, style);
    put_cover(out, page);
    for (size_t i = 0; i < page->teams_count; i++)
        if (page->teams[i].rows_count > 0) /* the cover says of the others that nothing is open */
            put_part(out, page, &page->teams[i]);
    for (int i = 0; i < WORKLIST_PACK_SHEETS; i++)
        rd_html_put(out, "%r\n", (const char *)worklist_paper_sheet);
    rd_html_put(out, "</body></html>\n");
}
