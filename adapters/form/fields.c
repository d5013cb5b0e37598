#include "adapters/form/fields.h"

static const struct rd_form_option yes_no[] = {{"yes", "Yes", NULL}, {"no", "No", NULL}, {0}};
static const struct rd_form_option yes_no_unsure[] = {
    {"yes", "Yes", NULL}, {"no", "No", NULL}, {"unsure", "I am not sure", NULL}, {0}};
static const struct rd_form_option emergency[] = {
    {"yes", "Yes, one of these is happening", NULL}, {"no", "No, none of these", NULL}, {0}};
static const struct rd_form_option for_whom[] = {
    {"me", "For me", NULL},
    {"family", "For a relative, friend or neighbour", "For example somebody you care for"},
    {"care-home", "For somebody who lives in the care home where I work", NULL},
    {"work", "For somebody I know through my work or as a volunteer", NULL},
    {0}};
static const struct rd_form_option since[] = {{"today", "Today or last night", NULL},
                                              {"days", "In the last few days", NULL},
                                              {"weeks", "In the last few weeks", NULL},
                                              {"longer", "Longer ago", NULL},
                                              {0}};
static const struct rd_form_option harm[] = {
    {"no", "No", NULL}, {"yes", "Yes", NULL}, {"unsure", "I am not sure", NULL}, {0}};
static const struct rd_form_option place_mine[] = {
    {"own-home", "At home", "A house or flat, your own, rented or with family"},
    {"sheltered", "In sheltered or extra care housing", NULL},
    {"care-home", "In a care home", NULL},
    {"nursing-home", "In a nursing home", NULL},
    {"hostel", "In a hostel or temporary housing", NULL},
    {"no-fixed-abode", "I have no fixed place to live", NULL},
    {0}};
static const struct rd_form_option place_theirs[] = {
    {"own-home", "At home", "A house or flat, their own, rented or with family"},
    {"sheltered", "In sheltered or extra care housing", NULL},
    {"care-home", "In a care home", NULL},
    {"nursing-home", "In a nursing home", NULL},
    {"hostel", "In a hostel or temporary housing", NULL},
    {"no-fixed-abode", "They have no fixed place to live", NULL},
    {0}};
static const struct rd_form_option safe[] = {
    {"yes", "Yes, it is safe to ring", NULL},
    {"no", "No, do not ring this number", "For example because somebody else may answer or listen"},
    {0}};
static const struct rd_form_option talk[] = {
    {"no", "No", NULL},
    {"interpreter", "Yes, an interpreter", "Say below for which language, sign language too"},
    {"other", "Yes, something else", "For example large print, or more time to answer"},
    {0}};
static const struct rd_form_option consent_mine[] = {
    {"given", "Yes", NULL}, {"refused", "No, ask me first", NULL}, {0}};
static const struct rd_form_option consent_theirs[] = {
    {"given", "Yes, they know and agree", NULL},
    {"not-asked", "They do not know yet", NULL},
    {"refused", "They said no", NULL},
    {"lacks-capacity", "They cannot decide this for themself",
     "For example because they are too unwell or confused"},
    {0}};
static const struct rd_form_option consent_call[] = {
    {"given", "They know and agree", NULL},
    {"not-asked", "Not asked yet", NULL},
    {"refused", "They said no", NULL},
    {"lacks-capacity", "They cannot decide this for themself", NULL},
    {"best-interests", "Asked for in their best interests", NULL},
    {0}};
static const struct rd_form_option priority[] = {{"two-hour", "Within two hours", NULL},
                                                 {"same-day", "Today", NULL},
                                                 {"two-day", "Within two days", NULL},
                                                 {"routine", "Routine", NULL},
                                                 {0}};

static const struct rd_form_need need_codes[] = {
    {"fall", RD_DOMAIN_HEALTH, "Fall"},
    {"reduced-function", RD_DOMAIN_HEALTH, "Moving about has become harder"},
    {"frailty", RD_DOMAIN_HEALTH, "Suddenly much weaker or more unwell than usual"},
    {"confusion", RD_DOMAIN_HEALTH, "New or worse confusion"},
    {"catheter", RD_DOMAIN_HEALTH, "Catheter problem"},
    {"diabetes", RD_DOMAIN_HEALTH, "Help with diabetes or insulin"},
    {"end-of-life", RD_DOMAIN_HEALTH, "Care at the end of life"},
    {"carer-breakdown", RD_DOMAIN_SOCIAL, "The carer cannot go on"},
    {"urgent-equipment", RD_DOMAIN_EQUIPMENT, "Equipment needed today to be safe"},
    {"minor-equipment", RD_DOMAIN_EQUIPMENT, "Equipment such as rails, a commode or a walking aid"},
    {"care-assessment", RD_DOMAIN_SOCIAL, "Help at home"},
    {"memory", RD_DOMAIN_HEALTH, "Memory problems"},
    {"carer-support", RD_DOMAIN_SOCIAL, "Support for a carer"},
    {"loneliness", RD_DOMAIN_SOCIAL, "Loneliness"},
    {"information", RD_DOMAIN_SOCIAL, "Information and advice"},
};
static const struct rd_form_option needs[] = {
    {"fall", "A fall", NULL},
    {"reduced-function", "Walking, standing or getting out of bed has become harder", NULL},
    {"frailty", "Suddenly much weaker or more unwell than usual", NULL},
    {"confusion", "New or worse confusion", NULL},
    {"catheter", "A problem with a catheter", NULL},
    {"diabetes", "Help with diabetes or insulin", NULL},
    {"end-of-life", "Care at the end of life", NULL},
    {"carer-breakdown", "The person who gives care cannot go on or is ill", NULL},
    {"urgent-equipment", "Equipment that is needed today to be safe", NULL},
    {"minor-equipment", "Other equipment, such as rails, a commode or a walking aid", NULL},
    {"care-assessment", "Help at home, for example with washing, dressing or meals", NULL},
    {"memory", "Memory problems", NULL},
    {"carer-support", "Support for somebody who gives care", NULL},
    {"loneliness", "Feeling lonely", NULL},
    {"information", "Information and advice", NULL},
    {0}};

static const struct rd_form_field fields[FORM_FIELDS_COUNT] = {
    {.id = FORM_EMERGENCY,
     .kind = FORM_RADIOS,
     .name = "emergency",
     .label = {"Is any of these happening now?"},
     .missing = "Say whether any of these is happening now",
     .options = {emergency}},
    {.id = FORM_FOR,
     .kind = FORM_RADIOS,
     .name = "for",
     .label = {"Who is this for?"},
     .missing = "Choose who this is for",
     .options = {for_whom}},
    {.id = FORM_YOUR_NAME,
     .kind = FORM_TEXT,
     .name = "your-name",
     .label = {"Your name", NULL, "Caller's name"},
     .hint = {"", NULL, "Leave it empty when the person rings for themself"},
     .missing = "Enter your name",
     .characters_max = 120,
     .autocomplete = "name"},
    {.id = FORM_YOUR_RELATION,
     .kind = FORM_TEXT,
     .name = "your-relation",
     .label = {"How do you know the person?", NULL, "Caller is the person's"},
     .hint = {"For example daughter, neighbour, care worker, social prescriber", NULL,
              "Daughter, neighbour, GP, paramedic"},
     .missing = "Say how you know the person",
     .characters_max = 120},
    {.id = FORM_YOUR_ORGANISATION,
     .kind = FORM_TEXT,
     .name = "your-organisation",
     .label = {"Care home or organisation, if there is one", NULL, "Caller's organisation"},
     .characters_max = 120,
     .autocomplete = "organization"},
    {.id = FORM_YOUR_PHONE,
     .kind = FORM_TEXT,
     .name = "your-phone",
     .label = {"Your telephone number", NULL, "Call-back number"},
     .missing = "Enter your telephone number",
     .characters_max = 60,
     .autocomplete = "tel",
     .inputmode = "tel",
     .width = 20},
    {.id = FORM_WITH_PERSON,
     .kind = FORM_RADIOS,
     .name = "with-person",
     .label = {"Are you with the person now?", NULL, "Is the caller with the person now?"},
     .missing = "Say whether you are with the person now",
     .options = {yes_no}},
    {.id = FORM_WORDS,
     .kind = FORM_LONG_TEXT,
     .name = "words",
     .label = {"What has happened, and what help do you need?",
               "What has happened, and what help do they need?",
               "What the caller says, word for word"},
     .hint = {"In your own words. We pass them on exactly as you write them.", NULL, ""},
     .missing = "Tell us what has happened",
     .characters_max = 4000},
    {.id = FORM_SINCE,
     .kind = FORM_RADIOS,
     .name = "since",
     .label = {"When did this start?"},
     .missing = "Choose when this started",
     .options = {since}},
    {.id = FORM_NEEDS,
     .kind = FORM_TICKS,
     .name = "need",
     .label = {"Is it about any of these?", NULL, "What it is about"},
     .hint = {"Choose all that fit. If none fits, go on without one.", NULL, ""},
     .options = {needs}},
    {.id = FORM_HARM,
     .kind = FORM_RADIOS,
     .name = "harm",
     .label = {"Is somebody hurting, frightening or neglecting you?",
               "Is somebody hurting, frightening or neglecting them?",
               "Safeguarding: is somebody hurting, frightening or neglecting them?"},
     .hint = {"Also if it is about money, or if you are not certain.", NULL, ""},
     .missing = "Choose an answer",
     .options = {harm}},
    {.id = FORM_HARM_WORDS,
     .kind = FORM_LONG_TEXT,
     .name = "harm-words",
     .label = {"What worries you?", NULL, "Safeguarding: what the caller says"},
     .says_optional = true,
     .characters_max = 2000},
    {.id = FORM_GIVEN,
     .kind = FORM_TEXT,
     .name = "given",
     .label = {"First name"},
     .missing = "Enter a first name",
     .characters_max = 120,
     .autocomplete = "given-name"},
    {.id = FORM_FAMILY,
     .kind = FORM_TEXT,
     .name = "family",
     .label = {"Last name"},
     .missing = "Enter a last name",
     .characters_max = 120,
     .autocomplete = "family-name"},
    {.id = FORM_BIRTH,
     .kind = FORM_DATE,
     .name = "born",
     .label = {"Date of birth"},
     .hint = {"For example 27 3 1944. The year alone will do.", NULL, "The year alone will do"},
     .characters_max = 40,
     .autocomplete = "bday"},
    {.id = FORM_AGE,
     .kind = FORM_TEXT,
     .name = "age",
     .label = {"Or the age in years, roughly"},
     .characters_max = 8,
     .inputmode = "numeric",
     .width = 4},
    {.id = FORM_NHS_NUMBER,
     .kind = FORM_TEXT,
     .name = "nhs-number",
     .label = {"Your NHS number, if you know it", "Their NHS number, if you know it", "NHS number"},
     .hint = {"Ten digits, for example on a hospital letter. You can go on without it.", NULL, ""},
     .characters_max = 40,
     .inputmode = "numeric",
     .width = 20},
    {.id = FORM_PLACE,
     .kind = FORM_RADIOS,
     .name = "place",
     .label = {"Where do you live?", "Where do they live?"},
     .missing = "Choose an answer",
     .options = {place_mine, place_theirs}},
    {.id = FORM_LINE1,
     .kind = FORM_TEXT,
     .name = "line1",
     .label = {"House number and street, or the name of the home"},
     .missing = "Enter the house number and street",
     .characters_max = 200,
     .autocomplete = "address-line1"},
    {.id = FORM_LINE2,
     .kind = FORM_TEXT,
     .name = "line2",
     .label = {"Second line of the address", NULL, "Second line of the address"},
     .says_optional = true,
     .characters_max = 200,
     .autocomplete = "address-line2"},
    {.id = FORM_TOWN,
     .kind = FORM_TEXT,
     .name = "town",
     .label = {"Town"},
     .says_optional = true,
     .characters_max = 120,
     .autocomplete = "address-level2"},
    {.id = FORM_POSTCODE,
     .kind = FORM_TEXT,
     .name = "postcode",
     .label = {"Postcode"},
     .hint = {"If you do not know it, leave it empty: somebody will find it.", NULL, ""},
     .characters_max = 20,
     .autocomplete = "postal-code",
     .width = 10},
    {.id = FORM_ACCESS,
     .kind = FORM_LONG_TEXT,
     .name = "access",
     .label = {"How do we get in?", NULL, "How to get in"},
     .hint = {"For example a key safe, a door code, a dog"},
     .says_optional = true,
     .characters_max = 500},
    {.id = FORM_WHERE_NOW,
     .kind = FORM_LONG_TEXT,
     .name = "where-now",
     .label = {"Where are you now, and where can we find you?",
               "Where are they now, and where can we find them?",
               "No fixed place to live: where they are now"},
     .missing = "Say where we can find the person",
     .characters_max = 500},
    {.id = FORM_NOW_POSTCODE,
     .kind = FORM_TEXT,
     .name = "now-postcode",
     .label = {"A postcode of that place, if you know one"},
     .characters_max = 20,
     .width = 10},
    {.id = FORM_ALONE,
     .kind = FORM_RADIOS,
     .name = "alone",
     .label = {"Do you live alone?", "Do they live alone?"},
     .missing = "Choose an answer",
     .options = {yes_no_unsure}},
    {.id = FORM_PHONE,
     .kind = FORM_TEXT,
     .name = "phone",
     .label = {"Your telephone number", "Their telephone number", "The person's telephone number"},
     .hint = {"If you have none, leave it empty and say below how we reach you.",
              "If they have none, leave it empty.", ""},
     .characters_max = 60,
     .autocomplete = "tel",
     .inputmode = "tel",
     .width = 20},
    {.id = FORM_SAFE,
     .kind = FORM_RADIOS,
     .name = "safe",
     .label = {"Is it safe for us to ring this number?"},
     .missing = "Say whether it is safe to ring this number",
     .options = {safe}},
    {.id = FORM_PHONE_NOTES,
     .kind = FORM_LONG_TEXT,
     .name = "phone-notes",
     .label = {"What should we know before we get in touch?", NULL, "To know before ringing"},
     .hint = {"For example a good time, or who else may answer", NULL, ""},
     .says_optional = true,
     .characters_max = 500},
    {.id = FORM_TALK,
     .kind = FORM_RADIOS,
     .name = "talk",
     .label = {"Do you need help to talk with us?", "Do they need help to talk with us?",
               "Do they need help to talk?"},
     .missing = "Choose an answer",
     .options = {talk}},
    {.id = FORM_TALK_WORDS,
     .kind = FORM_TEXT,
     .name = "talk-words",
     .label = {"Which language, or what help?", NULL, "Which language, or what help"},
     .says_optional = true,
     .characters_max = 200},
    {.id = FORM_CONSENT,
     .kind = FORM_RADIOS,
     .name = "consent",
     .label = {"May we share what you told us with the health and care teams who can help?",
               "Do they know that you are asking for help, and agree?", "Consent"},
     .hint = {"Only with those who need it to help you.",
              "If not, we still take what you tell us, and a person looks at it first.", ""},
     .missing = "Choose an answer",
     .options = {consent_mine, consent_theirs, consent_call}},
    {.id = FORM_TAKER,
     .kind = FORM_TEXT,
     .name = "taker",
     .label = {"Your name (call-taker)"},
     .missing = "Enter your name",
     .characters_max = 120,
     .autocomplete = "name"},
    {.id = FORM_CALL_START,
     .kind = FORM_TEXT,
     .name = "call-start",
     .label = {"Call started at"},
     .hint = {"Hours and minutes, in the last 24 hours. Set when this page was opened."},
     .missing = "Enter when the call started, like 14:05",
     .characters_max = 8,
     .width = 6},
    {.id = FORM_PRIORITY,
     .kind = FORM_RADIOS,
     .name = "priority",
     .label = {"How soon the caller asks for"},
     .options = {priority}},
    {.id = FORM_SCENE,
     .kind = FORM_RADIOS,
     .name = "scene",
     .label = {"Is there a danger for staff who go there?"},
     .options = {yes_no_unsure}},
    {.id = FORM_SCENE_WORDS,
     .kind = FORM_LONG_TEXT,
     .name = "scene-words",
     .label = {"What danger"},
     .characters_max = 1000},
    {.id = FORM_REFERENCE,
     .kind = FORM_TEXT,
     .name = "reference",
     .label = {"Your reference"},
     .hint = {"Ten letters and digits, like 7K3Q9-M2X4T"},
     .missing = "Enter your reference",
     .characters_max = 40,
     .width = 16},
};

const struct rd_form_field *rd_form_field(enum rd_form_field_id id)
{
    return &fields[id];
}

static const char *pick(const char *const words[FORM_VOICES_COUNT], enum rd_form_voice voice)
{
    int at = (int)voice;
    while (at > 0 && words[at] == NULL)
        at--;
    return words[at];
}

const char *rd_form_label(const struct rd_form_field *field, enum rd_form_voice voice)
{
    return pick(field->label, voice);
}

const char *rd_form_hint(const struct rd_form_field *field, enum rd_form_voice voice)
{
    const char *hint = pick(field->hint, voice);
    return hint == NULL || hint[0] == '\0' ? NULL : hint;
}

const struct rd_form_option *rd_form_options(const struct rd_form_field *field,
                                             enum rd_form_voice voice)
{
    int at = (int)voice;
    while (at > 0 && field->options[at] == NULL)
        at--;
    return field->options[at];
}

const struct rd_form_option *rd_form_option(const struct rd_form_field *field,
                                            enum rd_form_voice voice, struct rd_text value)
{
    const struct rd_form_option *option = rd_form_options(field, voice);
    for (; option != NULL && option->value != NULL; option++)
        if (rd_text_is(value, option->value))
            return option;
    return NULL;
}

const struct rd_form_need *rd_form_need(struct rd_text code)
{
    for (size_t i = 0; i < sizeof need_codes / sizeof need_codes[0]; i++)
        if (rd_text_is(code, need_codes[i].code))
            return &need_codes[i];
    return NULL;
}
