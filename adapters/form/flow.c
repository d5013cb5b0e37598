#include "adapters/form/flow.h"

static bool for_other(const struct rd_form_state *state)
{
    return rd_form_voice_of(state) == FORM_VOICE_OTHER;
}

static bool has_address(const struct rd_form_state *state)
{
    return !rd_form_is(state, FORM_PLACE, "no-fixed-abode");
}

static bool has_no_address(const struct rd_form_state *state)
{
    return !has_address(state);
}

static bool may_be_alone(const struct rd_form_state *state)
{
    return rd_form_is(state, FORM_PLACE, "own-home") || rd_form_is(state, FORM_PLACE, "sheltered");
}

static const char emergency_lead[] =
    "<p>If one of these is happening, do not use this form. <strong>Call 999.</strong></p>"
    "<ul>"
    "<li>not breathing, choking, or fighting for breath</li>"
    "<li>chest pain, or pain that spreads to the arm, neck, jaw or back</li>"
    "<li>signs of a stroke: face drooping on one side, cannot hold both arms up, hard to speak</li>"
    "<li>cannot be woken, or a fit that does not stop</li>"
    "<li>heavy bleeding that does not stop</li>"
    "<li>a bad injury, or a blow to the head and now drowsy or being sick</li>"
    "<li>taken too much medicine, or about to end their life</li>"
    "<li>in danger from somebody right now</li>"
    "</ul>";
static const char you_lead[] =
    "<p>You write for somebody else: we may need to ask you something.</p>";

static const struct rd_form_page pages[] = {
    {.name = "emergency",
     .title = {"Check this first", NULL},
     .lead = {emergency_lead, NULL},
     .fields = {FORM_EMERGENCY},
     .fields_count = 1},
    {.name = "for",
     .title = {"Who is this for?", NULL},
     .heading_asks = true,
     .fields = {FORM_FOR},
     .fields_count = 1},
    {.name = "you",
     .title = {"About you", NULL},
     .lead = {you_lead, NULL},
     .fields = {FORM_YOUR_NAME, FORM_YOUR_RELATION, FORM_YOUR_ORGANISATION, FORM_YOUR_PHONE,
                FORM_WITH_PERSON},
     .fields_count = 5,
     .applies = for_other},
    {.name = "what",
     .title = {"What has happened", NULL},
     .heading_asks = true,
     .fields = {FORM_WORDS},
     .fields_count = 1},
    {.name = "since",
     .title = {"When did this start?", NULL},
     .heading_asks = true,
     .fields = {FORM_SINCE},
     .fields_count = 1},
    {.name = "needs",
     .title = {"What it is about", NULL},
     .heading_asks = true,
     .fields = {FORM_NEEDS},
     .fields_count = 1},
    {.name = "harm",
     .title = {"Being safe", NULL},
     .fields = {FORM_HARM, FORM_HARM_WORDS},
     .fields_count = 2},
    {.name = "name",
     .title = {"What is your name?", "What is their name?"},
     .fields = {FORM_GIVEN, FORM_FAMILY},
     .fields_count = 2},
    {.name = "born",
     .title = {"When were you born?", "When were they born?"},
     .fields = {FORM_BIRTH, FORM_AGE},
     .fields_count = 2},
    {.name = "nhs-number",
     .title = {"NHS number", NULL},
     .heading_asks = true,
     .fields = {FORM_NHS_NUMBER},
     .fields_count = 1},
    {.name = "place",
     .title = {"Where do you live?", "Where do they live?"},
     .heading_asks = true,
     .fields = {FORM_PLACE},
     .fields_count = 1},
    {.name = "address",
     .title = {"What is your address?", "What is their address?"},
     .fields = {FORM_LINE1, FORM_LINE2, FORM_TOWN, FORM_POSTCODE, FORM_ACCESS},
     .fields_count = 5,
     .applies = has_address},
    {.name = "where",
     .title = {"Where are you now?", "Where are they now?"},
     .fields = {FORM_WHERE_NOW, FORM_NOW_POSTCODE},
     .fields_count = 2,
     .applies = has_no_address},
    {.name = "alone",
     .title = {"Do you live alone?", "Do they live alone?"},
     .heading_asks = true,
     .fields = {FORM_ALONE},
     .fields_count = 1,
     .applies = may_be_alone},
    {.name = "phone",
     .title = {"How can we reach you?", "How can we reach them?"},
     .fields = {FORM_PHONE, FORM_SAFE, FORM_PHONE_NOTES},
     .fields_count = 3},
    {.name = "talk",
     .title = {"Talking with us", NULL},
     .fields = {FORM_TALK, FORM_TALK_WORDS},
     .fields_count = 2},
    {.name = "consent",
     .title = {"Sharing what you told us", NULL},
     .heading_asks = true,
     .fields = {FORM_CONSENT},
     .fields_count = 1},
    {.name = "check", .title = {"Check your answers, then send them", NULL}},
};
enum { PAGES_COUNT = sizeof pages / sizeof pages[0] };

const struct rd_form_page *rd_form_page_first(void)
{
    return &pages[0];
}

const struct rd_form_page *rd_form_page_last(void)
{
    return &pages[PAGES_COUNT - 1];
}

const struct rd_form_page *rd_form_page_find(struct rd_text name)
{
    for (size_t i = 0; i < PAGES_COUNT; i++)
        if (rd_text_is(name, pages[i].name))
            return &pages[i];
    return NULL;
}

bool rd_form_page_applies(const struct rd_form_page *page, const struct rd_form_state *state)
{
    return page->applies == NULL || page->applies(state);
}

const struct rd_form_page *rd_form_page_next(const struct rd_form_page *page,
                                             const struct rd_form_state *state)
{
    while (page < rd_form_page_last() && !rd_form_page_applies(++page, state))
        continue;
    return page;
}

const struct rd_form_page *rd_form_page_before(const struct rd_form_page *page,
                                               const struct rd_form_state *state)
{
    while (page > rd_form_page_first() && !rd_form_page_applies(--page, state))
        continue;
    return page;
}

static bool needed(const struct rd_form_state *state, enum rd_form_field_id id)
{
    if (id == FORM_SAFE) /* a number without an answer to this would be rung */
        return rd_form_answered(state, FORM_PHONE);
    return rd_form_field(id)->missing != NULL;
}

void rd_form_page_check(const struct rd_form_page *page, const struct rd_form_state *state,
                        const struct rd_form_moment *moment, struct rd_form_errors *errors)
{
    for (size_t i = 0; i < page->fields_count; i++)
        rd_form_check(state, page->fields[i], needed(state, page->fields[i]), moment, errors);
    if (rd_text_is(rd_text_of(page->name), "born") && !rd_form_answered(state, FORM_BIRTH) &&
        !rd_form_answered(state, FORM_AGE))
        rd_form_error_add(errors, FORM_BIRTH, "Enter the date of birth, or the age below");
}

const struct rd_form_page *rd_form_page_wrong(const struct rd_form_state *state,
                                              const struct rd_form_moment *moment,
                                              struct rd_form_errors *errors)
{
    for (size_t i = 0; i < PAGES_COUNT; i++) {
        errors->count = 0;
        if (!rd_form_page_applies(&pages[i], state))
            continue;
        rd_form_page_check(&pages[i], state, moment, errors);
        if (errors->count > 0)
            return &pages[i];
    }
    return NULL;
}

void rd_form_relevant(const struct rd_form_state *state, struct rd_form_state *out)
{
    *out = *state;
    for (int id = 0; id < FORM_FIELDS_COUNT; id++)
        out->values[id] = RD_TEXT_NONE;
    for (size_t i = 0; i < PAGES_COUNT; i++)
        for (size_t j = 0; j < pages[i].fields_count && rd_form_page_applies(&pages[i], state); j++)
            out->values[pages[i].fields[j]] = state->values[pages[i].fields[j]];
}
