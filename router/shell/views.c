#include "shell/views.h"

/* Both build the smaller record from nothing, so that a member added to the record later is hidden
 * until somebody decides to show it. */

static void cut_person(struct rd_person *person)
{
    *person = (struct rd_person){
        .names = person->names,
        .names_count = person->names_count,
        .language = person->language,
        .interpreter = person->interpreter,
        .addresses = person->addresses,
        .addresses_count = person->addresses_count,
        .telecoms = person->telecoms,
        .telecoms_count = person->telecoms_count,
    };
    for (size_t i = 0; i < person->addresses_count; i++) {
        struct rd_address *address = &person->addresses[i];
        address->placing_authority = RD_TEXT_NONE;
        address->residence_type = RD_TEXT_NONE;
    }
}

static void cut_needs(struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->needs_count; i++) {
        struct rd_need *need = &referral->needs[i];
        *need = (struct rd_need){.domain = need->domain, .words = need->words, .code = need->code};
    }
}

static void cut_referral(struct rd_referral *referral)
{
    *referral = (struct rd_referral){
        .id = referral->id,
        .revision = referral->revision,
        .kind = referral->kind,
        .received = referral->received,
        .priority_asked = referral->priority_asked,
        .needs = referral->needs,
        .needs_count = referral->needs_count,
        .person = referral->person,
    };
    cut_needs(referral);
    if (referral->person != NULL)
        cut_person(referral->person);
}

void rd_view_cut(enum rd_view view, struct rd_submission *submission)
{
    if (view == RD_VIEW_FULL)
        return;
    if (view != RD_VIEW_MINIMUM) {
        *submission = (struct rd_submission){0};
        return;
    }
    *submission = (struct rd_submission){
        .action = submission->action,
        .environment = submission->environment,
        .received = submission->received,
        .referral = submission->referral,
    };
    if (submission->referral != NULL)
        cut_referral(submission->referral);
}
