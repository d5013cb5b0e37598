/* Where a call would go as it stands: locality, team, open or closed. For the call-taker while the
 * caller is still there; asked for by hint.js as the postcode is typed, or by a button. The place's
 * own rules over the very record that would be sent; nothing is kept, and the router decides anew.
 */
#include "adapters/form/record.h"
#include "adapters/form/work.h"

#include "rules/rules.h"

static void put_where(struct rd_buf *out, const struct rd_facts *facts)
{
    switch (facts->postcode_class) {
    case RD_POSTCODE_KNOWN:
        break;
    case RD_POSTCODE_MISSING:
        rd_html_put(out, "No postcode yet.\n");
        return;
    case RD_POSTCODE_OUT_OF_AREA:
        rd_html_put(out, "This postcode is outside our area.\n");
        return;
    case RD_POSTCODE_NO_FIXED_ABODE:
        rd_html_put(out, "No fixed place to live: say where they are now.\n");
        return;
    case RD_POSTCODE_MALFORMED:
        rd_html_put(out, "This is not a whole postcode.\n");
        return;
    case RD_POSTCODE_NO_AUTHORITY:
    case RD_POSTCODE_UNKNOWN:
    case RD_POSTCODE_TERMINATED:
    case RD_POSTCODE_SPLIT:
    case RD_POSTCODE_PSEUDO:
        rd_html_put(out, "This postcode cannot be placed: ask the caller for it again.\n");
        return;
    }
    rd_html_put(out, "Locality: %t.\n",
                facts->locality.len > 0 ? facts->locality : RD_TEXT("outside our area"));
}

static void put_team(struct rd_form_work *work, const struct rd_decision *decision)
{
    const struct rd_place *place = work->site->place;
    char when[RD_ZONE_TEXT_MAX];
    if (decision->assignments_count == 0)
        return;
    const struct rd_planned_assignment *lead = &decision->assignments[0];
    const struct rd_team *team = rd_place_team(place, lead->team);
    rd_html_put(&work->out, "As it stands it goes to: %t, %r",
                team == NULL ? lead->team : team->title,
                lead->open_now ? "open now." : "closed now");
    if (!lead->open_now && lead->looks_at != 0)
        rd_html_put(&work->out, ", looks at it from %s.",
                    rd_zone_format(work->site->zone, lead->looks_at, when));
    else if (!lead->open_now)
        rd_html_put(&work->out, ".");
    const struct rd_team *from = rd_place_team(place, lead->after_fallback_from);
    if (from != NULL)
        rd_html_put(&work->out, " It stands in for %t.", from->title);
    rd_html_put(&work->out, "\n");
}

void rd_form_put_hint(struct rd_form_work *work)
{
    struct rd_submission submission;
    struct rd_facts facts;
    struct rd_decision decision;
    const struct rd_rules *rules = work->site->rules;
    struct rd_decide_request request = {.facts = &facts, .now = work->moment.now};
    if (rules == NULL)
        return;
    if (rd_form_submission(&work->state, work->feed, &work->moment, &work->arena, &submission) !=
            RD_OK ||
        rd_rules_facts(rules, &submission, submission.received, &work->arena, &facts) != RD_OK ||
        rd_rules_decide(rules, &request, &work->arena, &decision) != RD_OK) {
        rd_html_put(&work->out, "This is too much to look up.\n");
        return;
    }
    work->site->counts[FORM_COUNT_HINTS]++;
    put_where(&work->out, &facts);
    put_team(work, &decision);
}
