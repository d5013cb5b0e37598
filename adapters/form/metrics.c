#include "adapters/form/site.h"

#include <inttypes.h>

static const struct {
    const char *name, *help;
} metrics[FORM_COUNTS_COUNT] = {
    [FORM_COUNT_PAGES] = {"referral_form_pages_total", "Pages shown."},
    [FORM_COUNT_ERRORS] = {"referral_form_page_errors_total",
                           "Pages shown again because an answer was missing or wrong."},
    [FORM_COUNT_STOPPED] = {"referral_form_emergency_stops_total",
                            "Times that somebody was told to call 999."},
    [FORM_COUNT_HELD] = {"referral_form_held_total", "New referrals held by the router."},
    [FORM_COUNT_REPEATED] = {"referral_form_repeats_total",
                             "The same form sent again, answered with its first reference."},
    [FORM_COUNT_QUARANTINED] = {"referral_form_quarantined_total",
                                "The same form sent again with other answers: kept for the desk."},
    [FORM_COUNT_REJECTED] = {"referral_form_rejected_total", "Refused by the router."},
    [FORM_COUNT_UNSENT] = {"referral_form_unsent_total",
                           "Not sent because the router was away, busy or silent."},
    [FORM_COUNT_LIMITED] = {"referral_form_limited_total",
                            "Refused for too many from one address."},
    [FORM_COUNT_TRAPPED] = {"referral_form_trapped_total", "The unseen box was filled in."},
    [FORM_COUNT_UNSEALED] = {"referral_form_unsealed_total",
                             "Pages that were not ours, changed or too old."},
    [FORM_COUNT_FOREIGN] = {"referral_form_foreign_total",
                            "Posted by a page of another site: refused."},
    [FORM_COUNT_HINTS] = {"referral_form_hints_total", "Where a call would go: said."},
    [FORM_COUNT_LOOKS] = {"referral_form_status_looks_total", "References looked up."},
};

void rd_form_metrics(const struct rd_form_site *site, struct rd_buf *out)
{
    for (size_t i = 0; i < FORM_COUNTS_COUNT; i++)
        rd_buf_printf(out, "# HELP %s %s\n# TYPE %s counter\n%s %" PRIu64 "\n", metrics[i].name,
                      metrics[i].help, metrics[i].name, metrics[i].name, site->counts[i]);
    rd_buf_printf(out,
                  "# HELP referral_form_router_up 1 when the router takes submissions.\n"
                  "# TYPE referral_form_router_up gauge\nreferral_form_router_up %d\n",
                  site->router.ready(site->router.context) ? 1 : 0);
}
