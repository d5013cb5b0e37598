/* Patient: who the referral is for. */
#include "adapters/fhir/fhir_json.h"

#include "model/nhs_number.h"

#include <string.h>

#define ODS "https://fhir.nhs.uk/Id/ods-organization-code"

const json_t *rd_fhir_extension(const json_t *owner, const char *ending)
{
    const json_t *extensions = json_object_get(owner, "extension");
    for (size_t i = 0; i < json_array_size(extensions); i++) {
        const json_t *one = json_array_get(extensions, i);
        struct rd_text url = rd_fhir_peek(one, "url");
        struct rd_text tail = rd_text_of(ending);
        if (url.len >= tail.len &&
            rd_text_equal_nocase(rd_text_slice(url, url.len - tail.len, tail.len), tail))
            return one;
    }
    return NULL;
}

static void add_id(struct rd_fhir_build *build, struct rd_referral *referral, const json_t *source)
{
    struct rd_text value = rd_fhir_text(build, source, "value");
    if (!rd_text_present(value))
        return;
    struct rd_person_id *id = RD_FHIR_ADD(build, referral->person, ids);
    if (id == NULL)
        return;
    id->value = value;
    id->system = rd_fhir_text(build, source, "system");
    id->assigner = rd_fhir_text(build, source, "assigner.display");
    if (!rd_fhir_same_uri(id->system, "https://fhir.nhs.uk/Id/nhs-number"))
        return;
    id->system = RD_TEXT("nhs-number");
    id->verification = rd_fhir_text(build, rd_fhir_extension(source, "NHSNumberVerificationStatus"),
                                    "valueCodeableConcept.coding[0].code");
    enum rd_nhs_number form = rd_nhs_number_check(value, build->arena, &id->value);
    id->checksum_ok = (struct rd_opt_bool){true, form == RD_NHS_NUMBER_OK};
    if (form == RD_NHS_NUMBER_CHECK_DIGIT)
        rd_fhir_issue(build, referral, "nhs-number-check-digit", "Patient.identifier",
                      "the NHS number's check digit is wrong: accepted and flagged, verify it");
    if (form == RD_NHS_NUMBER_FORM)
        rd_fhir_issue(build, referral, "nhs-number-form", "Patient.identifier",
                      "the NHS number is not ten digits: accepted and flagged, verify it");
}

static struct rd_text joined(struct rd_fhir_build *build, const json_t *names)
{
    struct rd_text out = RD_TEXT_NONE;
    for (size_t i = 0; i < json_array_size(names) && !build->full; i++) {
        const char *one = json_string_value(json_array_get(names, i));
        if (one == NULL)
            continue;
        out = rd_arena_format(build->arena, "%.*s%s%s", RD_TEXT_ARG(out), out.len > 0 ? " " : "",
                              one);
        build->full = out.ptr == NULL;
    }
    return out;
}

static void add_name(struct rd_fhir_build *build, struct rd_person *person, const json_t *source)
{
    struct rd_name *name = RD_FHIR_ADD(build, person, names);
    if (name == NULL)
        return;
    *name = (struct rd_name){
        .use = rd_fhir_text(build, source, "use"),
        .family = rd_fhir_text(build, source, "family"),
        .given = joined(build, json_object_get(source, "given")),
        .prefix = joined(build, json_object_get(source, "prefix")),
        .whole = rd_fhir_text(build, source, "text"),
    };
}

static void add_telecom(struct rd_fhir_build *build, struct rd_telecom **items, size_t *count,
                        const json_t *source)
{
    struct rd_text value = rd_fhir_text(build, source, "value");
    if (!rd_text_present(value))
        return;
    struct rd_telecom *telecom = rd_fhir_add(build, (void **)items, count, sizeof *telecom);
    if (telecom == NULL)
        return;
    *telecom = (struct rd_telecom){.system = rd_fhir_text(build, source, "system"),
                                   .value = value,
                                   .safe_to_call = RD_SAFE_UNKNOWN};
    const json_t *rank = json_object_get(source, "rank");
    if (json_is_integer(rank) && json_integer_value(rank) > 0 && json_integer_value(rank) < 1000)
        telecom->rank = (struct rd_opt_i32){true, (int32_t)json_integer_value(rank)};
}

static void add_telecoms(struct rd_fhir_build *build, struct rd_telecom **items, size_t *count,
                         const json_t *sources)
{
    for (size_t i = 0; i < json_array_size(sources); i++)
        add_telecom(build, items, count, json_array_get(sources, i));
}

/* A contact whose relationship is the patient, or one without name and relationship (the ranked
 * call-back contact of an ambulance service): their own numbers. */
static bool is_self(const json_t *contact)
{
    if (json_object_get(contact, "name") == NULL &&
        json_object_get(contact, "relationship") == NULL)
        return true;
    return rd_text_equal_nocase(rd_fhir_peek(contact, "relationship[0].coding[0].code"),
                                RD_TEXT("ONESELF"));
}

static void add_contact(struct rd_fhir_build *build, struct rd_person *person, const json_t *source)
{
    const json_t *telecoms = json_object_get(source, "telecom");
    if (is_self(source)) {
        add_telecoms(build, &person->telecoms, &person->telecoms_count, telecoms);
        return;
    }
    struct rd_related *related = RD_FHIR_ADD(build, person, related);
    if (related == NULL)
        return;
    related->name = rd_fhir_text(build, source, "name.text");
    if (!rd_text_present(related->name)) {
        struct rd_text given = joined(build, rd_fhir_at(source, "name.given"));
        related->name = rd_arena_format(build->arena, "%.*s%s%.*s", RD_TEXT_ARG(given),
                                        given.len > 0 ? " " : "",
                                        RD_TEXT_ARG(rd_fhir_peek(source, "name.family")));
    }
    related->relationship = rd_fhir_text(build, source, "relationship[0].coding[0].display");
    if (!rd_text_present(related->relationship))
        related->relationship = rd_fhir_text(build, source, "relationship[0].text");
    add_telecoms(build, &related->telecoms, &related->telecoms_count, telecoms);
}

void rd_fhir_address(struct rd_fhir_build *build, struct rd_person *person, const json_t *source,
                     enum rd_address_use use)
{
    struct rd_address *address = RD_FHIR_ADD(build, person, addresses);
    if (address == NULL)
        return;
    address->use = use;
    address->postcode = rd_fhir_text(build, source, "postalCode");
    const json_t *lines = json_object_get(source, "line");
    static const char *const more[] = {"city", "district"};
    for (size_t i = 0; i < json_array_size(lines) + 2; i++) {
        struct rd_text line = RD_TEXT_NONE;
        const json_t *from = i < json_array_size(lines) ? json_array_get(lines, i) : NULL;
        if (from != NULL) {
            if (!rd_arena_copy(build->arena, rd_text_of(json_string_value(from)), &line))
                build->full = true;
        } else {
            line = rd_fhir_text(build, source, more[i - json_array_size(lines)]);
        }
        struct rd_text *kept = line.len > 0 ? RD_FHIR_ADD(build, address, lines) : NULL;
        if (kept != NULL)
            *kept = line;
    }
    if (address->lines_count == 0 && rd_text_present(rd_fhir_peek(source, "text"))) {
        struct rd_text *kept = RD_FHIR_ADD(build, address, lines);
        if (kept != NULL)
            *kept = rd_fhir_text(build, source, "text");
    }
}

static void add_address(struct rd_fhir_build *build, struct rd_person *person, const json_t *source)
{
    bool temporary = rd_text_is(rd_fhir_peek(source, "use"), "temp");
    rd_fhir_address(build, person, source, temporary ? RD_ADDRESS_CURRENT : RD_ADDRESS_HOME);
}

static struct rd_text practice_of(struct rd_fhir_build *build, const json_t *patient)
{
    const json_t *practice = rd_fhir_follow(build, patient, "generalPractitioner[0]");
    if (rd_text_is(rd_fhir_peek(practice, "resourceType"), "PractitionerRole"))
        practice = rd_fhir_follow(build, practice, "organization");
    if (practice == NULL)
        practice = rd_fhir_at(patient, "generalPractitioner[0]");
    static const char *const places[] = {"identifier[0]", "identifier"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *id = rd_fhir_at(practice, places[i]);
        if (rd_fhir_same_uri(rd_fhir_peek(id, "system"), ODS))
            return rd_fhir_text(build, id, "value");
    }
    return RD_TEXT_NONE;
}

static void read_extensions(struct rd_fhir_build *build, struct rd_person *person,
                            const json_t *patient)
{
    person->ethnicity = rd_fhir_text(build, rd_fhir_extension(patient, "EthnicCategory"),
                                     "valueCodeableConcept.coding[0].display");
    const json_t *language = rd_fhir_at(patient, "communication[0].language");
    person->language = rd_fhir_text(build, language, "coding[0].code");
    const json_t *nhs_communication = rd_fhir_extension(patient, "NHSCommunication");
    const json_t *interpreter = rd_fhir_extension(nhs_communication, "interpreterRequired");
    const json_t *needed = json_object_get(interpreter, "valueBoolean");
    if (json_is_boolean(needed))
        person->interpreter = (struct rd_opt_bool){true, json_is_true(needed)};
    if (!rd_text_present(person->language))
        person->language = rd_fhir_text(build, rd_fhir_extension(nhs_communication, "language"),
                                        "valueCodeableConcept.coding[0].code");
}

/* YYYY, YYYY-MM or YYYY-MM-DD, and a day that exists. */
static bool is_date(struct rd_text text)
{
    static const char first[] = "0000-01-01T00:00:00Z";
    char whole[sizeof first];
    rd_instant ignored;
    if (text.len != 4 && text.len != 7 && text.len != 10)
        return false;
    memcpy(whole, first, sizeof first);
    memcpy(whole, text.ptr, text.len);
    return rd_instant_parse(rd_text_of(whole), &ignored);
}

void rd_fhir_person(struct rd_fhir_build *build, struct rd_referral *referral)
{
    const json_t *patient = rd_fhir_resource(build, "Patient", 0);
    struct rd_person *person = rd_arena_take(build->arena, sizeof *person);
    referral->person = person;
    if (person == NULL) {
        build->full = true;
        return;
    }
    static const struct {
        const char *member;
        void (*add)(struct rd_fhir_build *, struct rd_person *, const json_t *);
    } lists[] = {{"name", add_name}, {"address", add_address}, {"contact", add_contact}};
    const json_t *ids = json_object_get(patient, "identifier");
    for (size_t i = 0; i < json_array_size(ids); i++)
        add_id(build, referral, json_array_get(ids, i));
    for (size_t list = 0; list < sizeof lists / sizeof lists[0]; list++) {
        const json_t *items = json_object_get(patient, lists[list].member);
        for (size_t i = 0; i < json_array_size(items); i++)
            lists[list].add(build, person, json_array_get(items, i));
    }
    add_telecoms(build, &person->telecoms, &person->telecoms_count,
                 json_object_get(patient, "telecom"));
    person->birth_date = rd_fhir_text(build, patient, "birthDate");
    if (rd_text_present(person->birth_date) && !is_date(person->birth_date)) {
        person->birth_date = RD_TEXT_NONE;
        rd_fhir_issue(
            build, referral, "birth-date", "Patient.birthDate",
            "the date of birth is no date (expected YYYY-MM-DD): the age counts as unknown");
    }
    person->gender = rd_fhir_text(build, patient, "gender");
    const json_t *deceased = json_object_get(patient, "deceasedBoolean");
    if (json_is_boolean(deceased))
        person->deceased = (struct rd_opt_bool){true, json_is_true(deceased)};
    if (json_is_string(json_object_get(patient, "deceasedDateTime")))
        person->deceased = (struct rd_opt_bool){true, true};
    person->practice_ods = practice_of(build, patient);
    read_extensions(build, person, patient);
}
