/* The sheet: what a clinical safety officer reads, and signs. One file, nothing fetched; it prints
 * on paper, reads aloud, and holds no patient data. */
#include "ctl/diff.h"

#include "rules/eval/ruleset.h"

static const char style[] =
    "body{font:16px/1.5 Arial,sans-serif;color:#212b32;margin:2rem auto;max-width:72rem;"
    "padding:0 1rem}\n"
    "h1{font-size:1.75rem;line-height:1.2}h2{font-size:1.3rem;margin:2rem 0 .5rem}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}\n"
    "caption{text-align:left;font-weight:bold;padding:.3rem 0}\n"
    "th,td{text-align:left;vertical-align:top;border-bottom:1px solid #aeb7bd;padding:.4rem "
    ".6rem .4rem 0}\n"
    "thead th{border-bottom:2px solid #4c6272}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "tr.changed th,tr.changed td{font-weight:bold}\n"
    "code{font:14px/1.4 monospace;overflow-wrap:anywhere}\n"
    ".lead{font-size:1.2rem}\n"
    ".referral{border-top:2px solid #4c6272;padding-top:.5rem;break-inside:avoid}\n"
    ".referral h3{margin:.2rem 0;font-size:1.05rem}\n"
    ".referral table{table-layout:fixed}.referral th:first-child{width:7rem}\n"
    ".differs{background:#fff3c4}\n"
    ".sign td{height:3.2rem;border:1px solid #4c6272;padding:.4rem}\n"
    ".sign{table-layout:fixed}.sign th{border:1px solid #4c6272;padding:.4rem}\n"
    "@media print{body{margin:0;max-width:none;font-size:11pt}thead{display:table-header-group}\n"
    "tr,.sign{break-inside:avoid}.differs{background:none;border-left:4px solid #212b32;"
    "padding-left:.4rem}}\n"
    "@page{size:A4;margin:16mm}\n";

static void put(struct rd_buf *out, struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char *as = c == '&'   ? "&amp;"
                         : c == '<' ? "&lt;"
                         : c == '>' ? "&gt;"
                         : c == '"' ? "&quot;"
                                    : NULL;
        if (as != NULL)
            rd_buf_put_string(out, as);
        else
            rd_buf_put(out, &c, 1);
    }
}

static void put_fact(struct rd_buf *out, const char *what, struct rd_text value, bool code)
{
    rd_buf_printf(out, "<tr><th scope=\"row\">%s</th><td>%s", what, code ? "<code>" : "");
    put(out, value);
    rd_buf_put_string(out, code ? "</code></td></tr>\n" : "</td></tr>\n");
}

static void put_set(struct rd_buf *out, const char *what, struct rd_text name, struct rd_text hash)
{
    rd_buf_printf(out, "<tr><th scope=\"row\">%s</th><td>", what);
    put(out, name);
    rd_buf_put_string(out, "<br><code>");
    put(out, hash);
    rd_buf_put_string(out, "</code></td></tr>\n");
}

static void put_head(const struct diff_report *report, struct rd_buf *out)
{
    char made[48], from[48], until[48];
    rd_buf_put_string(out,
                      "<!doctype html>\n<html lang=\"en-GB\">\n<head><meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, "
                      "initial-scale=1\">\n<title>Change of rules: ");
    put(out, report->new_rules->place.title);
    rd_buf_printf(
        out, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>Change of rules: ", style);
    put(out, report->new_rules->place.title);
    rd_buf_put_string(out, "</h1>\n<p class=\"lead\">");
    rd_buf_printf(out,
                  "Of %zu referrals, <strong>%zu</strong> would have been decided otherwise by the "
                  "new rules; <strong>%zu</strong> would have been less "
                  "urgent.</p>\n<table><caption>What was compared</caption><tbody>\n",
                  report->compared, report->differing, report->less_urgent);
    put_set(out, "Rules before", report->old_name, report->old_rules->place.hash);
    put_set(out, "Rules after", report->new_name, report->new_rules->place.hash);
    put_fact(out, "Referrals of", report->source, false);
    if (report->from != 0) {
        rd_buf_put_string(out, "<tr><th scope=\"row\">Period</th><td>");
        put(out, diff_time(report, report->from, from));
        rd_buf_put_string(out, " to ");
        put(out, diff_time(report, report->until, until));
        rd_buf_put_string(out, "</td></tr>\n");
    }
    put_fact(out, "Run by", rd_text_present(report->by) ? report->by : RD_TEXT("(not named: --by)"),
             false);
    put_fact(out, "Run at", diff_time(report, report->made, made), false);
    put_fact(out, "Engine", RD_TEXT("referrald " RD_VERSION), false);
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_number(struct rd_buf *out, const char *what, size_t number)
{
    rd_buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%zu</td></tr>\n", what,
                  number);
}

static void put_summary(const struct diff_report *report, struct rd_buf *out)
{
    rd_buf_put_string(out, "<h2>Summary</h2>\n<table><caption>Referrals that differ, by what "
                           "differs (one may differ in several)</caption><tbody>\n");
    put_number(out, "Lead team", report->differing_lead);
    put_number(out, "Supporting teams", report->differing_supporting);
    put_number(out, "Pathway", report->differing_pathway);
    put_number(out, "Urgency", report->differing_urgency);
    put_number(out, "Clock or deadline", report->differing_clocks);
    put_number(out, "Roles of a joint assessment", report->differing_roles);
    rd_buf_put_string(out, "</tbody></table>\n<table><caption>In which direction</caption><tbody>"
                           "\n");
    put_number(out, "Less urgent after", report->less_urgent);
    put_number(out, "More urgent after", report->more_urgent);
    put_number(out, "First deadline later after", report->later);
    put_number(out, "First deadline earlier after", report->earlier);
    rd_buf_put_string(out, "</tbody></table>\n<table><caption>Referrals that do not differ, or "
                           "could not be compared</caption><tbody>\n");
    put_number(out, "The same, for the same reason",
               report->compared - report->differing - report->other_reason);
    put_number(out, "The same, for another reason", report->other_reason);
    put_number(out, "Decided by a named person: not compared", report->by_person);
    put_number(out, "Erased: not compared", report->erased);
    if (report->unreadable > 0)
        put_number(out, "Too big: not compared", report->unreadable);
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_teams(const struct diff_report *report, struct rd_buf *out)
{
    rd_buf_put_string(
        out, "<h2>By team</h2>\n<table><caption>Assignments before and after; rows in "
             "bold change</caption><thead><tr><th scope=\"col\">Team</th><th scope=\"col\" "
             "class=\"n\">Lead before</th><th scope=\"col\" class=\"n\">Lead after</th><th "
             "scope=\"col\" class=\"n\">Supporting before</th><th scope=\"col\" "
             "class=\"n\">Supporting after</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < report->counts_count; i++) {
        const struct diff_count *count = &report->counts[i];
        bool changes =
            count->lead_old != count->lead_new || count->supporting_old != count->supporting_new;
        rd_buf_put_string(out, changes ? "<tr class=\"changed\">" : "<tr>");
        rd_buf_put_string(out, "<th scope=\"row\">");
        put(out, count->title);
        rd_buf_printf(out,
                      "</th><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%zu"
                      "</td><td class=\"n\">%zu</td></tr>\n",
                      count->lead_old, count->lead_new, count->supporting_old,
                      count->supporting_new);
    }
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_reasons(const struct diff_report *report, struct rd_buf *out)
{
    if (report->pairs_count == 0)
        return;
    rd_buf_put_string(out, "<h2>By reason</h2>\n<table><caption>Why, before and after, of the "
                           "referrals that differ</caption><thead><tr><th scope=\"col\" "
                           "class=\"n\">Referrals</th><th scope=\"col\">Reason before</th><th "
                           "scope=\"col\">Reason after</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < report->pairs_count; i++) {
        const struct diff_pair *pair = &report->pairs[i];
        rd_buf_printf(out, "<tr><td class=\"n\">%zu</td><td>", pair->count);
        put(out, pair->old);
        rd_buf_put_string(out, "</td><td>");
        put(out, pair->new);
        rd_buf_put_string(out, "</td></tr>\n");
    }
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_line(struct rd_buf *out, const char *what, struct rd_text old, struct rd_text new,
                     bool differs)
{
    rd_buf_printf(out, "<tr><th scope=\"row\">%s</th><td%s>", what,
                  differs ? " class=\"differs\"" : "");
    put(out, old.len == 0 ? RD_TEXT("none") : old);
    rd_buf_printf(out, "</td><td%s>", differs ? " class=\"differs\"" : "");
    put(out, new.len == 0 ? RD_TEXT("none") : new);
    rd_buf_put_string(out, "</td></tr>\n");
}

static struct rd_text urgency(enum rd_priority value)
{
    return rd_text_of(rd_enum_name(&rd_priority_names, (int)value));
}

static void put_referral(const struct diff_report *report, const struct diff_row *row,
                         struct rd_buf *out)
{
    char at[48], words[RD_DIFFERENCE_TEXT_MAX];
    const struct rd_difference *differs = &row->difference;
    rd_buf_put_string(out, "<section class=\"referral\"><h3>");
    put(out, row->id);
    rd_buf_put_string(out, "</h3>\n<p>Received ");
    put(out, diff_time(report, row->received, at));
    rd_buf_put_string(out, " from ");
    put(out, row->feed);
    rd_buf_printf(out,
                  "; differs in: %s.</p>\n<table><thead><tr><th scope=\"col\"><span "
                  "aria-hidden=\"true\"></span>What</th><th scope=\"col\">Before</th><th "
                  "scope=\"col\">After</th></tr></thead><tbody>\n",
                  rd_difference_words(differs, words));
    put_line(out, "Lead", row->old.lead, row->new.lead, differs->lead || differs->roles);
    put_line(out, "Supporting", row->old.supporting, row->new.supporting, differs->supporting);
    put_line(out, "Pathway", row->old.pathway, row->new.pathway, differs->pathway);
    put_line(out, "Urgency", urgency(row->old.urgency), urgency(row->new.urgency),
             differs->urgency);
    put_line(out, "Clocks", row->old.clocks, row->new.clocks, differs->clocks);
    put_line(out, "Reason", row->old.reason, row->new.reason, differs->reason);
    rd_buf_put_string(out, "</tbody></table></section>\n");
}

static void put_signatures(struct rd_buf *out)
{
    static const char *const roles[] = {"Prepared by", "Clinical safety officer",
                                        "Approved by (another person than who activates)"};
    rd_buf_put_string(out,
                      "<h2>Sign-off</h2>\n<p>I have read what would have been different and "
                      "judged whether it is safe. The rules after may be activated: yes / no. "
                      "Conditions:</p>\n<table class=\"sign\"><caption>For the clinical safety "
                      "file (DCB0129, DCB0160)</caption><thead><tr><th scope=\"col\">Role</th><th "
                      "scope=\"col\">Name</th><th scope=\"col\">Signature</th><th "
                      "scope=\"col\">Date</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        rd_buf_printf(out, "<tr><th scope=\"row\">%s</th><td></td><td></td><td></td></tr>\n",
                      roles[i]);
    rd_buf_put_string(out, "</tbody></table>\n");
}

static void put_limits(struct rd_buf *out)
{
    rd_buf_put_string(
        out,
        "<h2>What this comparison is, and is not</h2>\n<ul>\n<li>Each referral was decided again "
        "by both rule sets from what its sender sent, at the moment at which it came.</li>\n"
        "<li>First decisions are compared; amendments and what people decided later are not.</li>\n"
        "<li>Teams were as full as they were then, where the rules before asked for it.</li>\n"
        "<li>References are the router's own; the sheet holds no name, number or address.</li>\n"
        "</ul>\n");
}

void diff_write_html(const struct diff_report *report, struct rd_buf *out)
{
    put_head(report, out);
    put_summary(report, out);
    put_teams(report, out);
    put_reasons(report, out);
    put_signatures(out);
    put_limits(out);
    rd_buf_printf(out, "<h2>Each referral that differs (%zu)</h2>\n", report->rows_count);
    for (size_t i = 0; i < report->rows_count; i++)
        put_referral(report, &report->rows[i], out);
    rd_buf_put_string(out, "</main></body></html>\n");
}
