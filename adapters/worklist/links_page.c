/* Who may be one person: what waits for the desk, what is linked, two records side by side. */
#include "adapters/worklist/pages.h"

#include "model/alike.h"

enum { PARTS = 5, VALUES_BYTES_MAX = 256 * 1024 };
static const char *const part_titles[PARTS] = {"NHS number", "Name", "Date of birth", "Postcode",
                                               "GP practice"};

static const char *verdict(const struct rd_link_pair *pair, int part)
{
    if ((pair->matched >> part & 1) != 0)
        return "<span class=\"same\">Same</span>";
    if ((pair->differs >> part & 1) != 0)
        return "<strong class=\"differs\">Different</strong>";
    return "Not said by both";
}

static void put_side(struct rd_buf *out, const struct worklist_view *view, const struct rd_row *row)
{
    char at[RD_ZONE_TEXT_MAX];
    const struct rd_feed *feed = rd_place_feed(view->place, row->feed);
    rd_html_put(out, "<div class=\"side\"><p><strong>%t</strong> from %t, received %s</p><p>",
                row->referral, feed == NULL ? row->feed : feed->title,
                rd_zone_format(view->zone, row->received, at));
    worklist_put_needs(out, row);
    rd_html_put(out, "; ");
    worklist_put_who(out, row);
    rd_html_put(out, "</p>");
    worklist_put_flags(out, row);
    rd_html_put(out, "<p>%t</p>", worklist_team_title(view->place, row->team));
    worklist_put_state(out, view, row);
    if (row->phase != RD_ASSIGNMENT_CLOSED)
        worklist_put_due(out, view, row);
    rd_html_put(out, "</div>\n");
}

static void put_button(struct rd_buf *out, const struct worklist_view *view,
                       const struct rd_link_pair *pair, const char *verb, const char *words,
                       bool plain)
{
    rd_html_put(out, "<form class=\"inline\" method=\"post\" action=\"/links/%t/%s\">",
                pair->first->referral, verb);
    worklist_put_csrf(out, view);
    rd_html_put(out,
                "<input type=\"hidden\" name=\"to\" value=\"%t\"><button%r>%s<span class=\"sr\">: "
                "%t and %t</span></button></form>\n",
                pair->second->referral, plain ? " class=\"plain\"" : "", words,
                pair->first->referral, pair->second->referral);
}

static void put_buttons(struct rd_buf *out, const struct worklist_view *view,
                        const struct rd_link_pair *pair, bool compares)
{
    rd_html_put(out, "<div class=\"press\">");
    if (pair->state == RD_LINK_LINKED)
        put_button(out, view, pair, "unlink", "Take the link apart", false);
    else
        put_button(out, view, pair, "link", "Same person: link", false);
    if (pair->state == RD_LINK_SUGGESTED)
        put_button(out, view, pair, "dismiss", "Not the same person", true);
    if (compares)
        put_button(out, view, pair, "compare", "Open and compare both records", true);
    rd_html_put(out, "</div>\n");
}

static void put_said(struct rd_buf *out, const struct worklist_view *view,
                     const struct rd_link_pair *pair)
{
    char at[WORKLIST_WORDS_MAX];
    static const char *const said[] = {"", "May be one person", "Linked: one person",
                                       "Not one person"};
    size_t state = (size_t)pair->state < 4 ? (size_t)pair->state : 0;
    rd_html_put(out, "<p><strong>%s</strong>, %s %s%r%t</p>", said[state],
                pair->by.len > 0 ? "said" : "suggested",
                worklist_moment(view->zone, view->now, pair->at, at),
                pair->by.len > 0 ? " by " : "", worklist_staff_name(view->staff, pair->by));
}

static void put_pair(struct rd_buf *out, const struct worklist_view *view,
                     const struct rd_link_pair *pair)
{
    char words[RD_PARTS_TEXT_MAX];
    if (pair->first == NULL || pair->second == NULL)
        return;
    rd_html_put(out, "<li class=\"box\"><h2>%t and %t</h2>", pair->first->referral,
                pair->second->referral);
    put_said(out, view, pair);
    rd_html_put(out, "<p class=\"same\">Same: %s</p>", rd_parts_words(pair->matched, words));
    if (pair->differs != 0)
        rd_html_put(out, "<p class=\"differs\"><strong>Different: %s</strong></p>",
                    rd_parts_words(pair->differs, words));
    rd_html_put(out, "<div class=\"sides\">");
    put_side(out, view, pair->first);
    put_side(out, view, pair->second);
    rd_html_put(out, "</div>\n");
    put_buttons(out, view, pair, true);
    rd_html_put(out, "</li>\n");
}

static void put_by_hand(struct rd_buf *out, const struct worklist_view *view,
                        struct rd_text referral)
{
    rd_html_put(out,
                "<form class=\"box\" method=\"post\" action=\"/links/%t/link\"><h2>Link with "
                "another referral</h2>",
                referral);
    worklist_put_csrf(out, view);
    rd_html_put(out, "<p><label for=\"to\">Reference of the other referral</label><span "
                     "class=\"hint\" id=\"to-hint\">As in 7K3Q9-M2X4T. When you know that it is "
                     "the same person's.</span><input id=\"to\" name=\"to\" required "
                     "autocomplete=\"off\" aria-describedby=\"to-hint\"></p><p><label "
                     "for=\"reason\">How you know</label><textarea id=\"reason\" name=\"reason\" "
                     "rows=\"2\"></textarea></p><p><button>Link</button></p></form>\n");
}

void worklist_page_links(struct rd_buf *out, const struct worklist_view *view,
                         struct rd_text referral, const struct rd_query_result *result)
{
    bool all = referral.len == 0;
    worklist_page_begin(out, view, "Same person?");
    rd_html_put(out,
                all ? "<h1>Same person?</h1>\n"
                    : "<p><a href=\"/links\">All that wait</a>"
                      "</p>\n<h1>Same person as %t?</h1>\n",
                referral);
    rd_html_put(out, "<p>Referrals through different doors that may be of one person. A link shows "
                     "the nearest deadline with all of them. It moves no clock, joins no record, "
                     "and no sender is told.</p>\n");
    if (result->pairs_count == 0)
        rd_html_put(out, "<p class=\"box\">%s</p>\n",
                    all ? "No suggestion waits." : "Nothing is suggested or linked.");
    else
        rd_html_put(out, "<ol class=\"list\">\n");
    for (size_t i = 0; i < result->pairs_count; i++)
        put_pair(out, view, &result->pairs[i]);
    if (result->pairs_count > 0)
        rd_html_put(out, "</ol>\n");
    if (result->pairs_left_out > 0)
        rd_html_put(out, "<p>And %u more referrals with suggestions: settle these first.</p>\n",
                    (unsigned)result->pairs_left_out);
    if (!all)
        put_by_hand(out, view, referral);
    worklist_page_end(out, view);
}

/* The newest that says who it is about. */
static const struct rd_person *person_of(const struct rd_opened *opened)
{
    for (size_t i = opened->submissions_count; i > 0; i--) {
        const struct rd_submission *each = &opened->submissions[i - 1];
        if (each->referral != NULL && each->referral->person != NULL &&
            each->action != RD_ACTION_FACT && each->action != RD_ACTION_CANCEL)
            return each->referral->person;
    }
    return NULL;
}

static struct rd_text number_of(const struct rd_person *person, struct rd_arena *arena)
{
    for (size_t i = 0; i < person->ids_count; i++) {
        const struct rd_person_id *id = &person->ids[i];
        if (rd_text_is(id->system, "nhs-number"))
            return id->verification.len == 0
                       ? id->value
                       : rd_arena_format(arena, "%.*s (%.*s)", RD_TEXT_ARG(id->value),
                                         RD_TEXT_ARG(id->verification));
    }
    return RD_TEXT_NONE;
}

static struct rd_text address_of(const struct rd_person *person, bool postcode,
                                 struct rd_arena *arena)
{
    struct rd_text out = RD_TEXT_NONE;
    for (size_t i = 0; i < person->addresses_count && out.len == 0; i++) {
        const struct rd_address *address = &person->addresses[i];
        if (address->use != RD_ADDRESS_HOME && address->use != RD_ADDRESS_CURRENT)
            continue;
        if (postcode)
            return address->postcode;
        for (size_t k = 0; k < address->lines_count; k++)
            out = rd_arena_format(arena, "%.*s%s%.*s", RD_TEXT_ARG(out), k == 0 ? "" : ", ",
                                  RD_TEXT_ARG(address->lines[k]));
    }
    return out;
}

static struct rd_text value_of(const struct rd_person *person, int part, struct rd_arena *arena)
{
    const struct rd_name *name = person->names_count > 0 ? &person->names[0] : NULL;
    switch (part) {
    case 0:
        return number_of(person, arena);
    case 1:
        if (name == NULL || name->whole.len > 0)
            return name == NULL ? RD_TEXT_NONE : name->whole;
        return rd_text_trim(rd_arena_format(arena, "%.*s %.*s", RD_TEXT_ARG(name->given),
                                            RD_TEXT_ARG(name->family)));
    case 2:
        return person->birth_date;
    case 3:
        return address_of(person, true, arena);
    case 4:
        return person->practice_ods;
    case 5:
        return address_of(person, false, arena);
    default:
        return person->telecoms_count > 0 ? person->telecoms[0].value : RD_TEXT_NONE;
    }
}

static void put_values(struct rd_buf *out, const struct rd_link_pair *pair,
                       const struct rd_opened *opened)
{
    static const char *const more[] = {"Address", "Telephone"};
    static const struct rd_person nobody = {.ids_count = 0};
    const struct rd_person *sides[2] = {&nobody, &nobody};
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), VALUES_BYTES_MAX);
    for (size_t i = 0; opened != NULL && i < 2; i++)
        sides[i] = person_of(&opened[i]) == NULL ? &nobody : person_of(&opened[i]);
    rd_html_put(out,
                "<dl class=\"compare\"><div class=\"head\"><dt>What</dt><dd>%t</dd><dd>%t</dd>"
                "<dd>Alike?</dd></div>\n",
                pair->first->referral, pair->second->referral);
    for (int part = 0; part < (opened == NULL ? PARTS : PARTS + 2); part++) {
        rd_html_put(out, "<div><dt>%s</dt>", part < PARTS ? part_titles[part] : more[part - PARTS]);
        for (int side = 0; side < 2; side++) {
            struct rd_text value = value_of(sides[side], part, &arena);
            rd_html_put(out, "<dd class=\"said\"><span class=\"from\">%t: </span>%t%r</dd>",
                        side == 0 ? pair->first->referral : pair->second->referral, value,
                        value.len > 0    ? ""
                        : opened == NULL ? "in the record"
                                         : "not said");
        }
        rd_html_put(out, "<dd>%r</dd></div>\n",
                    part < PARTS ? verdict(pair, part) : "For you to judge");
    }
    rd_html_put(out, "</dl>\n");
    rd_arena_fini(&arena);
}

void worklist_page_compare(struct rd_buf *out, const struct worklist_view *view,
                           const struct rd_link_pair *pair, const struct rd_opened *opened,
                           const char *trouble)
{
    worklist_page_begin(out, view, "Same person?");
    rd_html_put(out,
                "<p><a href=\"/links\">All that wait</a></p>\n<h1>One person? %t and %t</h1>\n",
                pair->first->referral, pair->second->referral);
    put_said(out, view, pair);
    if (trouble != NULL)
        rd_html_put(out,
                    "<p class=\"stop\" role=\"alert\"><strong>The records cannot be shown: %s"
                    "</strong></p>\n",
                    trouble);
    put_values(out, pair, opened);
    if (opened == NULL)
        rd_html_put(out, "<p>The values are in the records. The router notes who reads them and "
                         "why.</p>\n");
    put_buttons(out, view, pair, opened == NULL);
    rd_html_put(out, "<div class=\"sides\">");
    put_side(out, view, pair->first);
    put_side(out, view, pair->second);
    rd_html_put(out, "</div>\n");
    worklist_page_end(out, view);
}
