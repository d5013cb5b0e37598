/* PID, PD1 and NK1: who the referral is for. */
#include "adapters/hl7v2/hl7_build.h"

#include "adapters/hl7v2/hl7_time.h"
#include "model/nhs_number.h"

/* As it is written in the wild: NHS, NH, NHSNMBR, "NHS Number", NHSNBR ... */
static bool is_nhs_name(struct rd_text name)
{
    static const char *const names[] = {"NHS",    "NH",    "NHSNMBR", "NHSNUMBER", "NHS NUMBER",
                                        "NHSNBR", "NHSNO", "NHSNUM",  "UKNHS",     "NHS NO"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rd_text_equal_nocase(name, rd_text_of(names[i])))
            return true;
    return rd_text_is(name, "2.16.840.1.113883.2.1.4.1");
}

/* The assigning authority (a name, an OID or both) or the type says so. */
static bool says_nhs(struct rd_hl7_build *build, struct rd_text repetition)
{
    return is_nhs_name(rd_hl7_part(build, repetition, 4, 1)) ||
           is_nhs_name(rd_hl7_part(build, repetition, 4, 2)) ||
           is_nhs_name(rd_hl7_part(build, repetition, 5, 0));
}

static void add_id(struct rd_hl7_build *build, struct rd_referral *referral,
                   struct rd_text repetition)
{
    struct rd_text value = rd_hl7_part(build, repetition, 1, 0);
    struct rd_text authority = rd_hl7_part(build, repetition, 4, 0);
    if (!rd_text_present(value))
        return;
    struct rd_person_id *id = RD_HL7_ADD(build, referral->person, ids);
    if (id == NULL)
        return;
    *id = (struct rd_person_id){.value = value, .assigner = authority};
    if (!says_nhs(build, repetition)) {
        id->system = rd_text_present(authority) ? authority : RD_TEXT("local");
        return;
    }
    id->system = RD_TEXT("nhs-number");
    enum rd_nhs_number form = rd_nhs_number_check(value, build->arena, &id->value);
    id->checksum_ok = (struct rd_opt_bool){true, form == RD_NHS_NUMBER_OK};
    if (form == RD_NHS_NUMBER_CHECK_DIGIT)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "nhs-number-check-digit", "PID-3",
                     "the NHS number's check digit is wrong: accepted and flagged, verify it");
    if (form == RD_NHS_NUMBER_FORM)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "nhs-number-form", "PID-3",
                     "the NHS number is not ten digits: accepted and flagged, verify it");
}

static void add_ids(struct rd_hl7_build *build, struct rd_referral *referral,
                    const struct rd_hl7_segment *pid, unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, pid, field);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);)
        add_id(build, referral, repetition);
}

/* A merge: the number that was given up still finds what is held under it. */
static void add_replaced_ids(struct rd_hl7_build *build, struct rd_referral *referral)
{
    size_t before = referral->person->ids_count;
    add_ids(build, referral, rd_hl7_segment(&build->message, "MRG", 0), 1);
    for (size_t i = before; i < referral->person->ids_count; i++)
        referral->person->ids[i].verification = RD_TEXT("replaced");
}

static void add_names(struct rd_hl7_build *build, struct rd_person *person,
                      const struct rd_hl7_segment *pid)
{
    struct rd_text all = rd_hl7_field(&build->message, pid, 5);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_text family = rd_hl7_part(build, repetition, 1, 1);
        struct rd_text given = rd_hl7_part(build, repetition, 2, 0);
        if (!rd_text_present(family) && !rd_text_present(given))
            continue;
        struct rd_name *name = RD_HL7_ADD(build, person, names);
        if (name == NULL)
            return;
        *name = (struct rd_name){.use = rd_hl7_part(build, repetition, 7, 0),
                                 .family = family,
                                 .given = given,
                                 .prefix = rd_hl7_part(build, repetition, 5, 0)};
    }
}

static enum rd_address_use address_use(struct rd_text type)
{
    return rd_text_is(type, "C") ? RD_ADDRESS_CURRENT : RD_ADDRESS_HOME;
}

/* A street as SAD writes it: the subcomponents (number, street, dwelling) joined by blanks. */
static struct rd_text whole_component(struct rd_hl7_build *build, struct rd_text repetition,
                                      unsigned component)
{
    struct rd_text line = rd_hl7_part(build, repetition, component, 1);
    for (unsigned i = 2; i <= 3; i++) {
        struct rd_text more = rd_hl7_part(build, repetition, component, i);
        if (rd_text_present(more))
            line = rd_arena_format(build->arena, "%.*s%s%.*s", RD_TEXT_ARG(line),
                                   line.len > 0 ? " " : "", RD_TEXT_ARG(more));
    }
    return line;
}

static void add_addresses(struct rd_hl7_build *build, struct rd_person *person,
                          const struct rd_hl7_segment *pid)
{
    struct rd_text all = rd_hl7_field(&build->message, pid, 11);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_address made = {.postcode = rd_hl7_part(build, repetition, 5, 0),
                                  .use = address_use(rd_hl7_part(build, repetition, 7, 0))};
        for (unsigned component = 1; component <= 4; component++) {
            struct rd_text line = whole_component(build, repetition, component);
            struct rd_text *kept = rd_text_present(line) ? RD_HL7_ADD(build, &made, lines) : NULL;
            if (kept != NULL)
                *kept = line;
        }
        if (made.lines_count == 0 && !rd_text_present(made.postcode))
            continue;
        struct rd_address *address = RD_HL7_ADD(build, person, addresses);
        if (address == NULL)
            return;
        *address = made;
    }
}

/* XTN in its three spellings: the whole number in 1, area and number in 6 and 7, unformatted in 12;
 * an address in 4 when the equipment is the Internet. */
static bool read_telecom(struct rd_hl7_build *build, struct rd_text repetition,
                         struct rd_telecom *out)
{
    struct rd_text equipment = rd_hl7_part(build, repetition, 3, 0);
    struct rd_text mail = rd_hl7_part(build, repetition, 4, 0);
    struct rd_text number = rd_hl7_part(build, repetition, 1, 0);
    *out = (struct rd_telecom){.system = RD_TEXT("phone"), .safe_to_call = RD_SAFE_UNKNOWN};
    if (rd_text_equal_nocase(equipment, RD_TEXT("Internet")) && rd_text_present(mail)) {
        out->system = RD_TEXT("email");
        out->value = mail;
        return true;
    }
    if (rd_text_is(equipment, "CP"))
        out->system = RD_TEXT("mobile");
    if (!rd_text_present(number))
        number = rd_hl7_part(build, repetition, 12, 0);
    struct rd_text area = rd_hl7_part(build, repetition, 6, 0);
    struct rd_text local = rd_hl7_part(build, repetition, 7, 0);
    if (!rd_text_present(number) && rd_text_present(local))
        number = rd_arena_format(build->arena, "%.*s%.*s", RD_TEXT_ARG(area), RD_TEXT_ARG(local));
    out->value = number;
    return rd_text_present(number);
}

static void add_telecoms(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                         unsigned field, struct rd_telecom **items, size_t *count)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    struct rd_telecom made;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        if (!read_telecom(build, repetition, &made))
            continue;
        struct rd_telecom *telecom = rd_hl7_add(build, (void **)items, count, sizeof *telecom);
        if (telecom == NULL)
            return;
        *telecom = made;
    }
}

static void add_related(struct rd_hl7_build *build, struct rd_person *person)
{
    const struct rd_hl7_segment *nk1;
    for (size_t i = 0; (nk1 = rd_hl7_segment(&build->message, "NK1", i)) != NULL; i++) {
        struct rd_text family = rd_hl7_text(build, nk1, 2, 1);
        struct rd_text given = rd_hl7_text(build, nk1, 2, 2);
        struct rd_text relation = rd_hl7_text(build, nk1, 3, 2);
        if (!rd_text_present(family) && !rd_text_present(given))
            continue;
        struct rd_related *related = RD_HL7_ADD(build, person, related);
        if (related == NULL)
            return;
        related->name = rd_arena_format(
            build->arena, "%.*s%s%.*s", RD_TEXT_ARG(given),
            rd_text_present(given) && rd_text_present(family) ? " " : "", RD_TEXT_ARG(family));
        related->relationship =
            rd_text_present(relation) ? relation : rd_hl7_text(build, nk1, 3, 1);
        add_telecoms(build, nk1, 5, &related->telecoms, &related->telecoms_count);
    }
}

/* Table 0001 and the numbers that UK systems send. */
static struct rd_text gender_of(struct rd_text code)
{
    static const struct {
        const char *code, *gender;
    } rows[] = {{"M", "male"},        {"1", "male"},          {"F", "female"}, {"2", "female"},
                {"U", "unknown"},     {"0", "unknown"},       {"O", "other"},  {"A", "other"},
                {"N", "other"},       {"9", "not-specified"}, {"X", "other"},  {"MALE", "male"},
                {"FEMALE", "female"}, {"UNKNOWN", "unknown"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(code, rd_text_of(rows[i].code)))
            return rd_text_of(rows[i].gender);
    return code;
}

static void add_birth(struct rd_hl7_build *build, struct rd_referral *referral,
                      const struct rd_hl7_segment *pid)
{
    struct rd_text raw = rd_hl7_text(build, pid, 7, 1);
    referral->person->birth_date = rd_hl7_date(raw, build->arena);
    if (rd_text_present(raw) && !rd_text_present(referral->person->birth_date))
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "birth-date", "PID-7",
                     "the date of birth is no date (expected YYYYMMDD): the age counts as unknown");
}

/* Organisation codes: 1 to 9 capital letters and digits. */
static bool is_ods(struct rd_text code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!(code.ptr[i] >= 'A' && code.ptr[i] <= 'Z') &&
            !(code.ptr[i] >= '0' && code.ptr[i] <= '9'))
            return false;
    return code.len >= 1 && code.len <= 9;
}

void rd_hl7_person(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *pid = rd_hl7_segment(&build->message, "PID", 0);
    const struct rd_hl7_segment *pd1 = rd_hl7_segment(&build->message, "PD1", 0);
    struct rd_person *person = rd_arena_take(build->arena, sizeof *person);
    referral->person = person;
    if (person == NULL) {
        build->full = true;
        return;
    }
    add_ids(build, referral, pid, 3);
    add_ids(build, referral, pid, 2);
    add_replaced_ids(build, referral);
    add_names(build, person, pid);
    add_birth(build, referral, pid);
    person->gender = gender_of(rd_hl7_text(build, pid, 8, 1));
    person->language = rd_hl7_text(build, pid, 15, 1);
    person->ethnicity = rd_hl7_text(build, pid, 22, 1);
    struct rd_text dead = rd_hl7_text(build, pid, 30, 1);
    struct rd_text dead_at = rd_hl7_text(build, pid, 29, 1);
    if (rd_text_present(dead) || rd_text_present(dead_at))
        person->deceased = (struct rd_opt_bool){
            true, rd_text_present(dead_at) || rd_text_is(dead, "Y") || rd_text_is(dead, "1")};
    add_addresses(build, person, pid);
    add_telecoms(build, pid, 13, &person->telecoms, &person->telecoms_count);
    add_telecoms(build, pid, 14, &person->telecoms, &person->telecoms_count);
    struct rd_text practice = rd_hl7_text(build, pd1, 3, 3);
    if (is_ods(practice))
        person->practice_ods = practice;
    add_related(build, person);
}
