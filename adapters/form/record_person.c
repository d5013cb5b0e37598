#include "adapters/form/record_person.h"

#include "model/nhs_number.h"

void *rd_form_new(struct rd_form_build *build, size_t size)
{
    void *made = rd_arena_take(build->arena, size);
    build->full = build->full || made == NULL;
    return made;
}

void *rd_form_add(struct rd_form_build *build, void **items, size_t *count, size_t size)
{
    void *made = rd_arena_add(build->arena, items, count, size);
    build->full = build->full || made == NULL;
    return made;
}

/* Present only when it was filled in. */
static struct rd_text answer(const struct rd_form_build *build, enum rd_form_field_id id)
{
    struct rd_text value = build->state->values[id];
    return value.len > 0 ? value : RD_TEXT_NONE;
}

static struct rd_opt_bool yes_no(const struct rd_form_build *build, enum rd_form_field_id id)
{
    return (struct rd_opt_bool){.has = rd_form_is(build->state, id, "yes") ||
                                       rd_form_is(build->state, id, "no"),
                                .value = rd_form_is(build->state, id, "yes")};
}

static void add_nhs_number(struct rd_form_build *build, struct rd_person *person)
{
    struct rd_text typed = answer(build, FORM_NHS_NUMBER);
    struct rd_person_id *id = rd_text_present(typed) ? RD_FORM_ADD(build, person, ids) : NULL;
    if (id == NULL)
        return;
    enum rd_nhs_number form = rd_nhs_number_check(typed, build->arena, &id->value);
    id->system = RD_TEXT("nhs-number");
    id->verification = RD_TEXT("number-present-but-not-traced");
    id->checksum_ok = (struct rd_opt_bool){true, form == RD_NHS_NUMBER_OK};
    if (form == RD_NHS_NUMBER_CHECK_DIGIT)
        rd_form_issue(build, "nhs-number-check-digit", "nhs-number",
                      "the NHS number's check digit is wrong: accepted and flagged, verify it");
    if (form == RD_NHS_NUMBER_FORM)
        rd_form_issue(build, "nhs-number-form", "nhs-number",
                      "the NHS number is not ten digits: accepted and flagged, verify it");
}

static void add_birth(struct rd_form_build *build, struct rd_person *person)
{
    const struct rd_form_moment *moment = build->moment;
    char date[FORM_BIRTH_TEXT_MAX];
    int32_t age = 0;
    int64_t today = rd_zone_day(moment->zone, moment->now);
    if (rd_form_read_birth(build->state->values[FORM_BIRTH], today, date) == FORM_BIRTH_OK &&
        !rd_arena_copy(build->arena, rd_text_of(date), &person->birth_date))
        build->full = true;
    if (rd_form_read_age(build->state->values[FORM_AGE], &age))
        person->age_estimate = (struct rd_opt_i32){.has = true, .value = age};
}

static void add_line(struct rd_form_build *build, struct rd_address *address,
                     enum rd_form_field_id id)
{
    struct rd_text *line =
        rd_form_answered(build->state, id) ? RD_FORM_ADD(build, address, lines) : NULL;
    if (line != NULL)
        *line = build->state->values[id];
}

/* Somebody without a home belongs where they are now; ZZ99 3VZ says of the home that there is
 * none. */
static void add_addresses(struct rd_form_build *build, struct rd_person *person)
{
    const struct rd_form_state *state = build->state;
    bool none = rd_form_is(state, FORM_PLACE, "no-fixed-abode");
    bool home_known = none || rd_form_answered(state, FORM_LINE1) ||
                      rd_form_answered(state, FORM_LINE2) || rd_form_answered(state, FORM_TOWN) ||
                      rd_form_answered(state, FORM_POSTCODE) ||
                      rd_form_answered(state, FORM_ACCESS);
    struct rd_address *home = home_known ? RD_FORM_ADD(build, person, addresses) : NULL;
    if (home != NULL) {
        home->use = RD_ADDRESS_HOME;
        add_line(build, home, FORM_LINE1);
        add_line(build, home, FORM_LINE2);
        add_line(build, home, FORM_TOWN);
        home->postcode = none ? RD_TEXT("ZZ99 3VZ") : answer(build, FORM_POSTCODE);
        home->residence_type = answer(build, FORM_PLACE);
        home->access_notes = answer(build, FORM_ACCESS);
    }
    bool elsewhere =
        rd_form_answered(state, FORM_WHERE_NOW) || rd_form_answered(state, FORM_NOW_POSTCODE);
    struct rd_address *now = elsewhere ? RD_FORM_ADD(build, person, addresses) : NULL;
    if (now == NULL)
        return;
    now->use = RD_ADDRESS_CURRENT;
    add_line(build, now, FORM_WHERE_NOW);
    now->postcode = answer(build, FORM_NOW_POSTCODE);
}

static void add_phone(struct rd_form_build *build, struct rd_person *person)
{
    const struct rd_form_state *state = build->state;
    struct rd_telecom *phone =
        rd_form_answered(state, FORM_PHONE) ? RD_FORM_ADD(build, person, telecoms) : NULL;
    if (phone != NULL)
        *phone = (struct rd_telecom){.system = RD_TEXT("phone"),
                                     .value = state->values[FORM_PHONE],
                                     .rank = {.has = true, .value = 1},
                                     .safe_to_call =
                                         rd_form_is(state, FORM_SAFE, "yes")  ? RD_SAFE_YES
                                         : rd_form_is(state, FORM_SAFE, "no") ? RD_SAFE_NO
                                                                              : RD_SAFE_UNKNOWN};
    struct rd_extra *notes = rd_form_answered(state, FORM_PHONE_NOTES)
                                 ? RD_FORM_ADD(build, build->referral, extra)
                                 : NULL;
    if (notes != NULL)
        *notes = (struct rd_extra){.path = RD_TEXT("before-getting-in-touch"),
                                   .value = state->values[FORM_PHONE_NOTES]};
}

static void add_person(struct rd_form_build *build)
{
    const struct rd_form_state *state = build->state;
    struct rd_person *person = RD_FORM_NEW(build, struct rd_person);
    build->referral->person = person;
    if (person == NULL)
        return;
    struct rd_name *name =
        rd_form_answered(state, FORM_GIVEN) || rd_form_answered(state, FORM_FAMILY)
            ? RD_FORM_ADD(build, person, names)
            : NULL;
    if (name != NULL)
        *name = (struct rd_name){.use = RD_TEXT("usual"),
                                 .family = answer(build, FORM_FAMILY),
                                 .given = answer(build, FORM_GIVEN)};
    add_nhs_number(build, person);
    add_birth(build, person);
    add_addresses(build, person);
    add_phone(build, person);
    person->lives_alone = yes_no(build, FORM_ALONE);
    if (rd_form_is(state, FORM_TALK, "interpreter")) {
        person->interpreter = (struct rd_opt_bool){.has = true, .value = true};
        person->language = answer(build, FORM_TALK_WORDS);
    }
}

static void add_hop(struct rd_form_build *build, struct rd_hop hop)
{
    struct rd_hop *added = RD_FORM_ADD(build, build->referral, hops);
    if (added != NULL)
        *added = hop;
}

/* Relatives and friends are kept beside the person as well: the team looks for them there. */
static void add_related(struct rd_form_build *build)
{
    struct rd_person *person = build->referral->person;
    struct rd_related *related = person == NULL ? NULL : RD_FORM_ADD(build, person, related);
    if (related == NULL)
        return;
    related->name = answer(build, FORM_YOUR_NAME);
    related->relationship = answer(build, FORM_YOUR_RELATION);
    struct rd_telecom *phone = rd_form_answered(build->state, FORM_YOUR_PHONE)
                                   ? RD_FORM_ADD(build, related, telecoms)
                                   : NULL;
    if (phone != NULL)
        *phone = (struct rd_telecom){.system = RD_TEXT("phone"),
                                     .value = build->state->values[FORM_YOUR_PHONE],
                                     .safe_to_call = RD_SAFE_UNKNOWN};
}

static void add_referrer(struct rd_form_build *build)
{
    const struct rd_form_state *state = build->state;
    bool call = state->kind == FORM_KIND_TELEPHONE;
    bool other = call ? rd_form_answered(state, FORM_YOUR_NAME)
                      : rd_form_voice_of(state) == FORM_VOICE_OTHER;
    struct rd_text callback =
        rd_form_names_caller(state) ? RD_TEXT_NONE : answer(build, FORM_YOUR_PHONE);
    struct rd_party *referrer = RD_FORM_NEW(build, struct rd_party);
    build->referral->referrer = referrer;
    if (referrer == NULL)
        return;
    if (!other) {
        /* Their own number stands with the person, where it says whether it is safe to ring. */
        referrer->role = RD_TEXT("self");
        if (call)
            referrer->callback = callback;
    } else {
        *referrer = (struct rd_party){.name = answer(build, FORM_YOUR_NAME),
                                      .role = answer(build, FORM_YOUR_RELATION),
                                      .organisation = answer(build, FORM_YOUR_ORGANISATION),
                                      .callback = callback};
        add_hop(build, (struct rd_hop){.name = referrer->name,
                                       .role = referrer->role,
                                       .callback = referrer->callback,
                                       .with_person = yes_no(build, FORM_WITH_PERSON)});
        if (rd_form_is(state, FORM_FOR, "family"))
            add_related(build);
    }
    if (call)
        add_hop(build, (struct rd_hop){.name = answer(build, rd_form_answered(state, FORM_PAPER_BY)
                                                                 ? FORM_PAPER_BY
                                                                 : FORM_TAKER),
                                       .role = RD_TEXT("call-taker")});
}

void rd_form_add_people(struct rd_form_build *build)
{
    add_person(build);
    add_referrer(build);
}
