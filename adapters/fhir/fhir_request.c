/* ServiceRequest, CarePlan, Encounter, Location, Flag, Consent, Observation: what is asked for,
 * where, how soon. */
#include "adapters/fhir/fhir_json.h"

/* Each look-up of the nth resource walks the whole bundle: no list is read further than one past
 * what a record holds, which the limits then refuse. */
#include "base/ident.h"
#include "model/limits.h"

#define CASES "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"
#define ODS "https://fhir.nhs.uk/Id/ods-organization-code"

/* ServiceRequest.priority when it is given; else what the use case means. */
static enum rd_priority priority_of(const json_t *request)
{
    static const struct {
        const char *name;
        enum rd_priority priority;
    } rows[] = {
        {"stat", RD_PRIORITY_TWO_HOUR},   {"asap", RD_PRIORITY_TWO_HOUR},
        {"urgent", RD_PRIORITY_SAME_DAY}, {"routine", RD_PRIORITY_ROUTINE},
        {"a4t3", RD_PRIORITY_TWO_HOUR}, /* 999 to community services */
        {"a4t2", RD_PRIORITY_TWO_HOUR}, /* 999 to falls */
    };
    struct rd_text asked = rd_fhir_peek(request, "priority");
    struct rd_text use_case = rd_fhir_code_in(json_object_get(request, "category"), CASES);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(asked, rows[i].name))
            return rows[i].priority;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(use_case, rd_text_of(rows[i].name)))
            return rows[i].priority;
    return 0;
}

static void add_reference(struct rd_fhir_build *build, struct rd_referral *referral,
                          const char *system, struct rd_text value, struct rd_text assigner)
{
    struct rd_identifier made = {.system = rd_text_of(system)};
    if (!rd_text_present(value))
        return;
    if (rd_text_starts(value, "urn:uuid:"))
        value = rd_text_slice(value, 9, value.len);
    for (size_t i = 0; i < referral->source_refs_count; i++)
        if (rd_text_equal_nocase(referral->source_refs[i].value, value))
            return;
    if (!rd_arena_copy(build->arena, value, &made.value) ||
        !rd_arena_copy(build->arena, assigner, &made.assigner)) {
        build->full = true;
        return;
    }
    struct rd_identifier *id = RD_FHIR_ADD(build, referral, source_refs);
    if (id != NULL)
        *id = made;
}

/* By these an update or a cancel finds its referral: the ServiceRequest's own names. */
static void read_references(struct rd_fhir_build *build, struct rd_referral *referral,
                            const json_t *request)
{
    add_reference(build, referral, "service-request", rd_fhir_full_url(build, request),
                  RD_TEXT_NONE);
    add_reference(build, referral, "service-request", rd_fhir_peek(request, "id"), RD_TEXT_NONE);
    const json_t *ids = json_object_get(request, "identifier");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        add_reference(build, referral, "service-request-identifier", rd_fhir_peek(id, "value"),
                      rd_fhir_peek(id, "system"));
    }
}

static void add_need(struct rd_fhir_build *build, struct rd_referral *referral,
                     const json_t *concept)
{
    const json_t *codings = json_object_get(concept, "coding");
    struct rd_text words = rd_fhir_text(build, concept, "text");
    if (json_array_size(codings) == 0 && !rd_text_present(words))
        return;
    struct rd_need *need = RD_FHIR_ADD(build, referral, needs);
    if (need == NULL)
        return;
    for (size_t i = 0; i < json_array_size(codings); i++) {
        struct rd_coding coding;
        if (!rd_fhir_coding(build, json_array_get(codings, i), &coding))
            continue;
        struct rd_coding *kept = RD_FHIR_ADD(build, need, codes);
        if (kept != NULL)
            *kept = coding;
    }
    need->words = words;
    if (!rd_text_present(words) && need->codes_count > 0)
        need->words = need->codes[0].display;
}

static void add_needs(struct rd_fhir_build *build, struct rd_referral *referral,
                      const json_t *concepts)
{
    for (size_t i = 0; i < json_array_size(concepts); i++)
        add_need(build, referral, json_array_get(concepts, i));
}

/* Pathways codes, ARP priority, narrative: each outcome of each activity is a triage note. */
static void add_triage(struct rd_fhir_build *build, struct rd_referral *referral,
                       const json_t *outcome)
{
    const json_t *codings = json_object_get(outcome, "coding");
    struct rd_text words = rd_fhir_text(build, outcome, "text");
    size_t count = json_array_size(codings);
    for (size_t i = 0; i < count || (i == 0 && rd_text_present(words)); i++) {
        struct rd_triage_note *note = RD_FHIR_ADD(build, referral, triage);
        if (note == NULL)
            return;
        const json_t *coding = json_array_get(codings, i);
        *note = (struct rd_triage_note){.system = rd_fhir_text(build, coding, "system"),
                                        .code = rd_fhir_text(build, coding, "code"),
                                        .display = rd_fhir_text(build, coding, "display"),
                                        .words = i == 0 ? words : RD_TEXT_NONE};
    }
}

static void read_care_plan(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *plan = rd_fhir_resource(build, "CarePlan", 0);
    const json_t *activities = json_object_get(plan, "activity");
    referral->source_clock = rd_fhir_time(build, plan, "period.start");
    for (size_t i = 0; i < json_array_size(activities); i++) {
        const json_t *outcomes =
            json_object_get(json_array_get(activities, i), "outcomeCodeableConcept");
        for (size_t k = 0; k < json_array_size(outcomes); k++)
            add_triage(build, referral, json_array_get(outcomes, k));
        add_needs(build, referral, rd_fhir_at(json_array_get(activities, i), "detail.reasonCode"));
    }
    struct rd_text words = rd_fhir_text(build, plan, "description");
    struct rd_clinical *clinical =
        rd_text_present(words) ? RD_FHIR_ADD(build, referral, clinical) : NULL;
    if (clinical != NULL)
        *clinical = (struct rd_clinical){.kind = RD_TEXT("care-plan"), .words = words};
}

/* Flag.category codes of the standard, by the names that rules use; others keep their code. */
static struct rd_text flag_category(struct rd_fhir_build *build, const json_t *flag)
{
    static const struct {
        const char *code, *name;
    } rows[] = {{"SG", "safeguarding"},    {"SS", "scene-safety"}, {"RC", "repeat-caller"},
                {"RT", "respect"},         {"IR", "infection"},    {"RA", "reasonable-adjustment"},
                {"RS", "rejected-service"}};
    struct rd_text code = rd_fhir_peek(flag, "category[0].coding[0].code");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(code, rd_text_of(rows[i].code)))
            return rd_text_of(rows[i].name);
    return rd_fhir_text(build, flag, "category[0].coding[0].code");
}

static void read_flags(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *flag;
    for (size_t i = 0;
         i <= RD_LIST_ITEMS_MAX && (flag = rd_fhir_resource(build, "Flag", i)) != NULL; i++) {
        struct rd_flag *made = RD_FHIR_ADD(build, referral, flags);
        if (made == NULL)
            return;
        const json_t *subject = rd_fhir_follow(build, flag, "subject");
        *made = (struct rd_flag){
            .category = flag_category(build, flag),
            .code = rd_fhir_text(build, flag, "code.coding[0].code"),
            .subject = rd_fhir_text(build, subject, "resourceType"),
            .status = rd_fhir_text(build, flag, "status"),
            .words = rd_fhir_text(build, flag, "code.text"),
        };
        if (!rd_text_present(made->words))
            made->words = rd_fhir_text(build, flag, "code.coding[0].display");
    }
}

static void read_consents(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *consent;
    for (size_t i = 0;
         i <= RD_LIST_ITEMS_MAX && (consent = rd_fhir_resource(build, "Consent", i)) != NULL; i++) {
        struct rd_consent *made = RD_FHIR_ADD(build, referral, consents);
        if (made == NULL)
            return;
        bool denied = rd_text_is(rd_fhir_peek(consent, "provision.type"), "deny") ||
                      rd_text_is(rd_fhir_peek(consent, "status"), "rejected");
        *made = (struct rd_consent){
            .decision = denied ? RD_CONSENT_REFUSED : RD_CONSENT_GIVEN,
            .basis = rd_fhir_text(build, consent, "policyRule.coding[0].code"),
            .purpose = rd_fhir_text(build, consent, "category[0].coding[0].code"),
            .at = rd_fhir_time(build, consent, "dateTime"),
        };
    }
    if (referral->consents_count == 0)
        rd_fhir_issue(build, referral, "no-consent", "Consent",
                      "the bundle has no Consent: the standard requires one");
}

static struct rd_text location_value(struct rd_fhir_build *build, const json_t *location,
                                     const char *name)
{
    const json_t *more = rd_fhir_extension(location, "LocationExtension");
    return rd_fhir_text(build, rd_fhir_extension(more == NULL ? location : more, name),
                        "valueString");
}

/* The place's own name ("Briggate corner") before its address. */
static void put_first(struct rd_fhir_build *build, struct rd_address *address, struct rd_text line)
{
    struct rd_text *last = RD_FHIR_ADD(build, address, lines);
    if (last == NULL)
        return;
    for (size_t i = address->lines_count - 1; i > 0; i--)
        address->lines[i] = address->lines[i - 1];
    address->lines[0] = line;
}

/* "53.79..." as a number of whole degrees; false: none. */
static bool degrees(struct rd_text text, int64_t *out)
{
    return rd_text_to_i64(rd_text_slice(text, 0, rd_text_find(text, '.', 0)), out) && *out > -180 &&
           *out < 180;
}

/* Published examples have latitude and longitude exchanged: for these islands that can be seen. */
static void mend_position(struct rd_fhir_build *build, struct rd_referral *referral,
                          struct rd_geo *geo)
{
    int64_t latitude = 0;
    int64_t longitude = 0;
    bool exchanged = degrees(geo->latitude, &latitude) && degrees(geo->longitude, &longitude) &&
                     latitude >= -9 && latitude <= 2 && longitude >= 49 && longitude <= 61;
    if (!exchanged)
        return;
    struct rd_text north = geo->longitude;
    geo->longitude = geo->latitude;
    geo->latitude = north;
    rd_fhir_issue(build, referral, "position-exchanged", "Location.position",
                  "latitude and longitude were exchanged: put right, check the place");
}

/* Where the person is: an ambulance referral is about this place, not the home. */
static void read_incident(struct rd_fhir_build *build, struct rd_referral *referral,
                          const json_t *request)
{
    const json_t *location = rd_fhir_follow(build, request, "locationReference[0]");
    if (location == NULL)
        return;
    size_t index = referral->person->addresses_count;
    rd_fhir_address(build, referral->person, json_object_get(location, "address"),
                    RD_ADDRESS_INCIDENT);
    if (referral->person->addresses_count == index)
        return;
    struct rd_address *address = &referral->person->addresses[index];
    struct rd_geo *geo = rd_arena_take(build->arena, sizeof *geo);
    if (geo == NULL) {
        build->full = true;
        return;
    }
    struct rd_text place = rd_fhir_text(build, location, "name");
    if (rd_text_present(place))
        put_first(build, address, place);
    address->uprn = location_value(build, location, "UPRN");
    address->access_notes = rd_fhir_text(build, location, "description");
    geo->latitude = rd_fhir_text(build, location, "position.latitude");
    geo->longitude = rd_fhir_text(build, location, "position.longitude");
    geo->easting = location_value(build, location, "eastings");
    mend_position(build, referral, geo);
    geo->northing = location_value(build, location, "northings");
    geo->what3words = location_value(build, location, "what3words");
    address->geo = geo;
}

static struct rd_text ods_of(struct rd_fhir_build *build, const json_t *organisation)
{
    const json_t *ids = json_object_get(organisation, "identifier");
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (rd_fhir_same_uri(rd_fhir_peek(json_array_get(ids, i), "system"), ODS))
            return rd_fhir_text(build, json_array_get(ids, i), "value");
    return RD_TEXT_NONE;
}

static void read_referrer(struct rd_fhir_build *build, struct rd_referral *referral,
                          const json_t *request)
{
    const json_t *header = rd_fhir_resource(build, "MessageHeader", 0);
    const json_t *sender = rd_fhir_follow(build, header, "sender");
    const json_t *person = rd_fhir_follow(build, request, "requester");
    if (rd_text_is(rd_fhir_peek(person, "resourceType"), "PractitionerRole"))
        person = rd_fhir_follow(build, person, "practitioner");
    struct rd_party *party = rd_arena_take(build->arena, sizeof *party);
    if (party == NULL) {
        build->full = true;
        return;
    }
    party->ods = ods_of(build, sender);
    party->organisation = rd_fhir_text(build, sender, "name");
    party->role = RD_TEXT("sender");
    party->name = rd_fhir_text(build, person, "name[0].text");
    if (!rd_text_present(party->name) && person != NULL)
        party->name = rd_arena_format(build->arena, "%.*s %.*s",
                                      RD_TEXT_ARG(rd_fhir_peek(person, "name[0].given[0]")),
                                      RD_TEXT_ARG(rd_fhir_peek(person, "name[0].family")));
    party->callback = rd_fhir_text(build, person, "telecom[0].value");
    if (!rd_text_present(party->callback))
        party->callback = rd_fhir_text(build, header, "source.contact.value");
    referral->referrer = party;
}

static struct rd_text person_name(struct rd_fhir_build *build, const json_t *person)
{
    struct rd_text whole = rd_fhir_text(build, person, "name[0].text");
    struct rd_text given = rd_fhir_text(build, person, "name[0].given[0]");
    struct rd_text family = rd_fhir_text(build, person, "name[0].family");
    return rd_text_present(whole) ? whole : rd_fhir_join(build, given, " ", family);
}

/* Whom else to ask: the sender's own desk, and the person's doctor. */
static void read_hops(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *header = rd_fhir_resource(build, "MessageHeader", 0);
    const json_t *doctor =
        rd_fhir_follow(build, rd_fhir_resource(build, "Patient", 0), "generalPractitioner[0]");
    if (rd_text_is(rd_fhir_peek(doctor, "resourceType"), "PractitionerRole"))
        doctor = rd_fhir_follow(build, doctor, "practitioner");
    bool is_person = rd_text_is(rd_fhir_peek(doctor, "resourceType"), "Practitioner");
    const struct rd_hop rows[] = {
        {.name = rd_fhir_text(build, header, "source.name"),
         .role = RD_TEXT("sender"),
         .callback = rd_fhir_text(build, header, "source.contact.value")},
        {.name = is_person ? person_name(build, doctor) : RD_TEXT_NONE,
         .role = RD_TEXT("gp"),
         .callback = is_person ? rd_fhir_text(build, doctor, "telecom[0].value") : RD_TEXT_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool tells = i == 0 ? rd_text_present(rows[i].callback) : rd_text_present(rows[i].name);
        struct rd_hop *hop = tells ? RD_FHIR_ADD(build, referral, hops) : NULL;
        if (hop != NULL)
            *hop = rows[i];
    }
}

static bool is_symptom(struct rd_text system)
{
    return rd_fhir_same_uri(system, "https://fhir.nhs.uk/CodeSystem/pathways-sg-codes") ||
           rd_fhir_same_uri(system, "https://fhir.nhs.uk/CodeSystem/pathways-sd-codes");
}

/* Dispatch codes of other triage systems (AMPDS ...) say what for; how urgent (ARP) and what next
 * (Dx) do not. */
static bool is_problem(struct rd_text system)
{
    return rd_text_present(system) &&
           !rd_fhir_same_uri(system, "https://fhir.nhs.uk/CodeSystem/arp-priority-codes") &&
           !rd_fhir_same_uri(system, "https://fhir.nhs.uk/CodeSystem/pathways-arp-code") &&
           !rd_fhir_same_uri(system, "https://fhir.nhs.uk/CodeSystem/pathways-dx-codes");
}

/* No reason was coded: the triage says what for, by its symptom codes or, without any, by what else
 * it found. */
static void needs_from_triage(struct rd_fhir_build *build, struct rd_referral *referral,
                              bool (*tells)(struct rd_text system))
{
    for (size_t i = 0; i < referral->triage_count; i++) {
        const struct rd_triage_note *note = &referral->triage[i];
        if (!tells(note->system))
            continue;
        struct rd_need *need = RD_FHIR_ADD(build, referral, needs);
        if (need == NULL)
            return;
        need->words = note->display;
        struct rd_coding *coding = RD_FHIR_ADD(build, need, codes);
        if (coding != NULL)
            *coding = (struct rd_coding){note->system, note->code, note->display, RD_TEXT_NONE};
    }
}

void rd_fhir_request(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *request = rd_fhir_resource(build, "ServiceRequest", 0);
    const json_t *header = rd_fhir_resource(build, "MessageHeader", 0);
    const json_t *encounter = rd_fhir_follow(build, request, "encounter");
    if (encounter == NULL)
        encounter = rd_fhir_resource(build, "Encounter", 0);
    read_references(build, referral, request);
    uint64_t ours = 0; /* they may name it by the id that we gave */
    if (rd_ident_parse(rd_fhir_peek(request, "id"), &ours))
        referral->id = rd_fhir_text(build, request, "id");
    struct rd_text use_case = rd_fhir_code_in(json_object_get(request, "category"), CASES);
    struct rd_coding *kept =
        rd_text_present(use_case) ? RD_FHIR_ADD(build, referral, use_case) : NULL;
    if (kept != NULL) {
        kept->system = RD_TEXT(CASES);
        if (!rd_arena_copy(build->arena, use_case, &kept->code))
            build->full = true;
    }
    referral->journey = rd_fhir_text(build, encounter, "episodeOfCare[0].reference");
    referral->reply_to = rd_fhir_text(build, header, "source.endpoint");
    referral->target = rd_fhir_text(build, header, "destination[0].endpoint");
    referral->authored = rd_fhir_time(build, request, "authoredOn");
    referral->respond_by = rd_fhir_time(build, request, "occurrencePeriod.end");
    referral->priority_asked = priority_of(request);
    read_referrer(build, referral, request);
    read_hops(build, referral);
    add_needs(build, referral, json_object_get(request, "reasonCode"));
    if (json_object_get(request, "code") != NULL)
        add_need(build, referral, json_object_get(request, "code"));
    read_care_plan(build, referral);
    rd_fhir_clinical(build, referral);
    if (referral->needs_count == 0)
        needs_from_triage(build, referral, is_symptom);
    if (referral->needs_count == 0)
        needs_from_triage(build, referral, is_problem);
    read_flags(build, referral);
    read_consents(build, referral);
    read_incident(build, referral, request);
    struct rd_text number = rd_fhir_text(build, encounter, "identifier[0].value");
    struct rd_extra *extra = rd_text_present(number) ? RD_FHIR_ADD(build, referral, extra) : NULL;
    if (extra != NULL)
        *extra = (struct rd_extra){RD_TEXT("Encounter.identifier"), number};
}
