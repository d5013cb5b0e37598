/* PID, PD1 and NK1: who the referral is for. */
#include "adapters/hl7v2/hl7_build.h"

#include "adapters/hl7v2/hl7_time.h"
#include "model/nhs_number.h"

/* As it is written in the wild: NHS, NH, NHSNMBR, "NHS Number", NHS_NUMBER, NNGBR (table 0203), the
 * OID and the URI, whatever stands between the letters. */
static bool is_nhs_name(struct rd_text name)
{
    static const char *const names[] = {"NHS",
                                        "NH",
                                        "NHSN",
                                        "NHSNO",
                                        "NHSNUM",
                                        "NHSNBR",
                                        "NHSNMBR",
                                        "NHSNUMBER",
                                        "UKNHS",
                                        "NNGBR",
                                        "NNGB",
                                        "21684011138832141",
                                        "URNOID21684011138832141",
                                        "HTTPSFHIRNHSUKIDNHSNUMBER",
                                        "HTTPFHIRNHSUKIDNHSNUMBER"};
    enum { NAME_MAX_BYTES = 48 };
    char plain[NAME_MAX_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool small = c >= 'a' && c <= 'z';
        if (!small && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
            continue;
        if (len == sizeof plain)
            return false;
        plain[len++] = small ? (char)(c - 'a' + 'A') : c;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (rd_text_is((struct rd_text){plain, len}, names[i]))
            return true;
    return false;
}

/* The assigning authority (a name, an OID or both) or the type says so. */
static bool says_nhs(struct rd_hl7_build *build, struct rd_text repetition)
{
    return is_nhs_name(rd_hl7_part(build, repetition, 4, 1)) ||
           is_nhs_name(rd_hl7_part(build, repetition, 4, 2)) ||
           is_nhs_name(rd_hl7_part(build, repetition, 5, 0));
}

static void note_number(struct rd_hl7_build *build, struct rd_referral *referral,
                        struct rd_person_id *id, struct rd_text digits, enum rd_nhs_number form)
{
    id->system = RD_TEXT("nhs-number");
    id->value = digits;
    id->checksum_ok = (struct rd_opt_bool){true, form == RD_NHS_NUMBER_OK};
    if (form == RD_NHS_NUMBER_CHECK_DIGIT)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "nhs-number-check-digit", "PID-3",
                     "the NHS number's check digit is wrong: accepted and flagged, verify it");
    if (form == RD_NHS_NUMBER_FORM)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "nhs-number-form", "PID-3",
                     "the NHS number is not ten digits: accepted and flagged, verify it");
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
        struct rd_text oid = rd_hl7_part(build, repetition, 4, 2);
        struct rd_text type = rd_hl7_part(build, repetition, 5, 0);
        id->system = rd_text_present(authority) ? authority
                     : rd_text_present(oid)     ? oid
                     : rd_text_present(type)    ? type
                                                : RD_TEXT("local");
        return;
    }
    struct rd_text digits = value;
    enum rd_nhs_number form = rd_nhs_number_check(value, build->arena, &digits);
    note_number(build, referral, id, digits, form);
}

/* Where this feed's mapping says that the NHS number stands, unmarked. */
static void add_mapped_number(struct rd_hl7_build *build, struct rd_referral *referral)
{
    struct rd_text value = rd_hl7_mapped(build, &build->mapping->nhs_number);
    struct rd_text digits = value;
    if (!rd_text_present(value))
        return;
    enum rd_nhs_number form = rd_nhs_number_check(value, build->arena, &digits);
    for (size_t i = 0; i < referral->person->ids_count; i++) {
        struct rd_person_id *id = &referral->person->ids[i];
        if (rd_text_equal(id->value, value) || rd_text_equal(id->value, digits)) {
            note_number(build, referral, id, digits, form);
            return;
        }
    }
    struct rd_person_id *id = RD_HL7_ADD(build, referral->person, ids);
    if (id != NULL)
        note_number(build, referral, id, digits, form);
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

/* The further given names too, as FHIR's given has them. */
static struct rd_text given_names(struct rd_hl7_build *build, struct rd_text repetition,
                                  unsigned from)
{
    return rd_hl7_join(build, rd_hl7_part(build, repetition, from + 1, 0), " ",
                       rd_hl7_part(build, repetition, from + 2, 0));
}

struct rd_text rd_hl7_full_name(struct rd_hl7_build *build, struct rd_text repetition,
                                unsigned from)
{
    struct rd_text first = {"", 0};
    (void)rd_hl7_repetition(&build->message, repetition, 0, &first);
    struct rd_text name = rd_hl7_join(build, given_names(build, first, from), " ",
                                      rd_hl7_part(build, first, from, 1));
    return rd_hl7_join(build, rd_hl7_part(build, first, from + 4, 0), " ", name);
}

static void add_names(struct rd_hl7_build *build, struct rd_person *person,
                      const struct rd_hl7_segment *pid, unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, pid, field);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_text family = rd_hl7_part(build, repetition, 1, 1);
        struct rd_text given = given_names(build, repetition, 1);
        if (!rd_text_present(family) && !rd_text_present(given))
            continue;
        struct rd_name *name = RD_HL7_ADD(build, person, names);
        if (name == NULL)
            return;
        struct rd_text use = rd_hl7_part(build, repetition, 7, 0);
        *name =
            (struct rd_name){.use = field == 9 && !rd_text_present(use) ? RD_TEXT("alias") : use,
                             .family = family,
                             .given = given,
                             .prefix = rd_hl7_part(build, repetition, 5, 0)};
    }
}

static enum rd_address_use address_use(struct rd_text type)
{
    return rd_text_is(type, "C") || rd_text_is(type, "TMP") ? RD_ADDRESS_CURRENT : RD_ADDRESS_HOME;
}

/* Table 0190: a place where the person does not live. Nobody is sent there. */
static const char *not_lived_at(struct rd_text type)
{
    static const struct {
        const char *code, *words;
    } rows[] = {{"B", "business address"},
                {"O", "office address"},
                {"N", "birth address"},
                {"BDL", "birth address"},
                {"BR", "residence at birth"},
                {"F", "country of origin"},
                {"BA", "address known to be wrong"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(type, rows[i].code))
            return rows[i].words;
    return NULL;
}

/* The form of a postcode alone: two to four letters and digits, then 9AA. */
static bool looks_like_postcode(struct rd_text text)
{
    char kept[8];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool digit = c >= '0' && c <= '9';
        if (c == ' ')
            continue;
        if ((!letter && !digit) || len == 7)
            return false;
        kept[len++] = letter ? 'A' : '9';
    }
    return len >= 5 && kept[0] == 'A' && kept[len - 3] == '9' && kept[len - 2] == 'A' &&
           kept[len - 1] == 'A' && (kept[1] == '9' || kept[2] == '9');
}

/* Some write the postcode where another line belongs. */
static struct rd_text postcode_of(struct rd_hl7_build *build, struct rd_text repetition)
{
    struct rd_text postcode = rd_hl7_part(build, repetition, 5, 0);
    static const unsigned char elsewhere[] = {4, 3, 2, 6, 8, 9};
    for (size_t i = 0; i < sizeof elsewhere && !rd_text_present(postcode); i++) {
        struct rd_text part = rd_hl7_part(build, repetition, elsewhere[i], 0);
        if (looks_like_postcode(part))
            postcode = part;
    }
    return postcode;
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

static bool read_address(struct rd_hl7_build *build, struct rd_text repetition,
                         struct rd_address *out)
{
    *out = (struct rd_address){.postcode = postcode_of(build, repetition),
                               .use = address_use(rd_hl7_part(build, repetition, 7, 0))};
    for (unsigned component = 1; component <= 4; component++) {
        struct rd_text line = whole_component(build, repetition, component);
        bool keep = rd_text_present(line) && !rd_text_equal(line, out->postcode);
        struct rd_text *kept = keep ? RD_HL7_ADD(build, out, lines) : NULL;
        if (kept != NULL)
            *kept = line;
    }
    return out->lines_count > 0 || rd_text_present(out->postcode);
}

static void add_addresses(struct rd_hl7_build *build, struct rd_referral *referral,
                          const struct rd_hl7_segment *pid)
{
    struct rd_text all = rd_hl7_field(&build->message, pid, 11);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_address made;
        const char *elsewhere = not_lived_at(rd_hl7_part(build, repetition, 7, 0));
        if (elsewhere != NULL) {
            rd_hl7_extra(build, referral, rd_hl7_format(build, "PID-11, %s", elsewhere),
                         rd_hl7_flat(build, repetition));
            continue;
        }
        if (!read_address(build, repetition, &made))
            continue;
        struct rd_address *address = RD_HL7_ADD(build, referral->person, addresses);
        if (address == NULL)
            return;
        *address = made;
    }
}

/* XTN in its three spellings: the whole number in 1, area and number in 6 and 7 (country in 5,
 * extension in 8), unformatted in 12; an address in 4 when the equipment is the Internet. */
static struct rd_text number_of(struct rd_hl7_build *build, struct rd_text repetition)
{
    struct rd_text number = rd_hl7_part(build, repetition, 1, 0);
    struct rd_text country = rd_hl7_part(build, repetition, 5, 0);
    struct rd_text area = rd_hl7_part(build, repetition, 6, 0);
    struct rd_text local = rd_hl7_part(build, repetition, 7, 0);
    struct rd_text extension = rd_hl7_part(build, repetition, 8, 0);
    if (!rd_text_present(number))
        number = rd_hl7_part(build, repetition, 12, 0);
    if (!rd_text_present(number) && rd_text_present(local)) {
        number = rd_hl7_join(build, area, rd_text_present(country) ? " " : "", local);
        if (rd_text_present(country))
            number = rd_hl7_format(build, "%s%.*s %.*s", country.ptr[0] == '+' ? "" : "+",
                                   RD_TEXT_ARG(country), RD_TEXT_ARG(number));
    }
    return rd_text_present(number) ? rd_hl7_join(build, number, " ext. ", extension) : number;
}

bool rd_hl7_telecom(struct rd_hl7_build *build, struct rd_text repetition, struct rd_telecom *out)
{
    struct rd_text use = rd_hl7_part(build, repetition, 2, 0);
    struct rd_text equipment = rd_hl7_part(build, repetition, 3, 0);
    struct rd_text mail = rd_hl7_part(build, repetition, 4, 0);
    *out = (struct rd_telecom){.system = RD_TEXT("phone"), .safe_to_call = RD_SAFE_UNKNOWN};
    out->value = number_of(build, repetition);
    bool internet = rd_text_equal_nocase(equipment, RD_TEXT("Internet")) ||
                    rd_text_equal_nocase(equipment, RD_TEXT("X.400")) || rd_text_is(use, "NET");
    bool address = rd_text_find(mail, '@', 0) < mail.len;
    if (rd_text_present(mail) && ((internet && address) || !rd_text_present(out->value)))
        out->value = mail;
    if (rd_text_find(out->value, '@', 0) < out->value.len)
        out->system = RD_TEXT("email");
    else if (rd_text_is(equipment, "CP") || rd_text_is(equipment, "MC"))
        out->system = RD_TEXT("mobile");
    return rd_text_present(out->value);
}

static void add_telecoms(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                         unsigned field, struct rd_telecom **items, size_t *count)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    struct rd_telecom made;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        if (!rd_hl7_telecom(build, repetition, &made))
            continue;
        struct rd_telecom *telecom = rd_hl7_add(build, (void **)items, count, sizeof *telecom);
        if (telecom == NULL)
            return;
        *telecom = made;
    }
}

/* What somebody wrote beside a number ("do not leave a message"): XTN-9. */
static void keep_remarks(struct rd_hl7_build *build, struct rd_referral *referral,
                         const struct rd_hl7_segment *segment, unsigned field, const char *path)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);)
        rd_hl7_extra(build, referral, rd_text_of(path), rd_hl7_part(build, repetition, 9, 0));
}

/* Tables 0063 and 0131 in words, for those who send the code alone; other codes stand as sent. */
static struct rd_text relation_words(struct rd_text code)
{
    static const struct {
        const char *code, *words;
    } rows[] = {{"SPO", "spouse"},
                {"DOM", "life partner"},
                {"CHD", "child"},
                {"NCH", "child"},
                {"SCH", "stepchild"},
                {"FCH", "foster child"},
                {"GCH", "grandchild"},
                {"PAR", "parent"},
                {"MTH", "mother"},
                {"FTH", "father"},
                {"CGV", "care giver"},
                {"GRD", "guardian"},
                {"GRP", "grandparent"},
                {"EXF", "family"},
                {"SIB", "sibling"},
                {"BRO", "brother"},
                {"SIS", "sister"},
                {"FND", "friend"},
                {"EMC", "emergency contact"},
                {"C", "emergency contact"},
                {"N", "next of kin"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(code, rows[i].code))
            return rd_text_of(rows[i].words);
    return code;
}

/* NK1-3 in words, with the role of NK1-7 where that says more: "daughter, next of kin". */
static struct rd_text relation_of(struct rd_hl7_build *build, const struct rd_hl7_segment *nk1)
{
    static const unsigned char fields[] = {3, 7};
    struct rd_text out = RD_TEXT_NONE;
    for (size_t i = 0; i < sizeof fields; i++) {
        struct rd_text words = rd_hl7_text(build, nk1, fields[i], 2);
        struct rd_text code = rd_hl7_text(build, nk1, fields[i], 1);
        if (!rd_text_present(words))
            words = relation_words(code);
        bool bare_role = fields[i] == 7 && words.len == 1; /* employer, insurer, unknown ... */
        if (!rd_text_equal_nocase(out, words) && !bare_role)
            out = rd_hl7_join(build, out, ", ", words);
    }
    return out;
}

/* One person, or an organisation (NK1-13); a number without a name is still a number to ring. */
static void add_related(struct rd_hl7_build *build, struct rd_person *person)
{
    static const unsigned char numbers[] = {5, 6, 40};
    const struct rd_hl7_segment *nk1;
    for (size_t i = 0; (nk1 = rd_hl7_segment(&build->message, "NK1", i)) != NULL; i++) {
        struct rd_related made = {
            .name = rd_hl7_full_name(build, rd_hl7_field(&build->message, nk1, 2), 1),
            .relationship = relation_of(build, nk1)};
        if (!rd_text_present(made.name))
            made.name = rd_hl7_text(build, nk1, 13, 1);
        for (size_t k = 0; k < sizeof numbers; k++)
            add_telecoms(build, nk1, numbers[k], &made.telecoms, &made.telecoms_count);
        if (!rd_text_present(made.name) && made.telecoms_count == 0)
            continue;
        if (rd_text_is(rd_hl7_text(build, nk1, 3, 1), "CGV")) /* table 0063: care giver */
            made.carer = (struct rd_opt_bool){true, true};
        struct rd_related *related = RD_HL7_ADD(build, person, related);
        if (related == NULL)
            return;
        *related = made;
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

bool rd_hl7_is_ods(struct rd_text code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!(code.ptr[i] >= 'A' && code.ptr[i] <= 'Z') &&
            !(code.ptr[i] >= '0' && code.ptr[i] <= '9'))
            return false;
    return code.len >= 1 && code.len <= 9;
}

/* A letter and five digits, as practices have: other numbers (a doctor's) stand in PRD-7 too. */
static bool is_practice(struct rd_text code)
{
    return code.len == 6 && rd_hl7_is_ods(code) && code.ptr[0] >= 'A' && code.ptr[1] <= '9' &&
           code.ptr[2] <= '9' && code.ptr[3] <= '9' && code.ptr[4] <= '9' && code.ptr[5] <= '9';
}

/* PD1-3 is name, type, code (since 2.5 in component 10); some write the code where the name
 * belongs; else a primary care provider's PRD-7. */
static struct rd_text practice_of(struct rd_hl7_build *build)
{
    const struct rd_hl7_segment *pd1 = rd_hl7_segment(&build->message, "PD1", 0);
    static const unsigned char components[] = {3, 10};
    struct rd_text mapped = rd_hl7_mapped(build, &build->mapping->practice);
    if (rd_hl7_is_ods(mapped))
        return mapped;
    for (size_t i = 0; i < sizeof components; i++) {
        struct rd_text code = rd_hl7_text(build, pd1, 3, components[i]);
        if (rd_hl7_is_ods(code))
            return code;
    }
    struct rd_text first = rd_hl7_text(build, pd1, 3, 1);
    if (is_practice(first))
        return first;
    const struct rd_hl7_segment *prd;
    for (size_t i = 0; (prd = rd_hl7_segment(&build->message, "PRD", i)) != NULL; i++) {
        struct rd_text code = rd_hl7_text(build, prd, 7, 1);
        if (rd_text_is(rd_hl7_text(build, prd, 1, 1), "PP") && is_practice(code))
            return code;
    }
    return RD_TEXT_NONE;
}

/* The words of a coded field where there are some, else its code. */
static struct rd_text words_or_code(struct rd_hl7_build *build,
                                    const struct rd_hl7_segment *segment, unsigned field)
{
    struct rd_text words = rd_hl7_text(build, segment, field, 2);
    return rd_text_present(words) ? words : rd_hl7_text(build, segment, field, 1);
}

/* PD1: lives alone (table 0220 A), protection asked for (PD1-12); the practice. */
static void read_pd1(struct rd_hl7_build *build, struct rd_person *person)
{
    const struct rd_hl7_segment *pd1 = rd_hl7_segment(&build->message, "PD1", 0);
    struct rd_text living = rd_hl7_text(build, pd1, 2, 1);
    person->practice_ods = practice_of(build);
    if (rd_text_is(living, "A") || rd_text_is(living, "F") || rd_text_is(living, "R") ||
        rd_text_is(living, "S"))
        person->lives_alone = (struct rd_opt_bool){true, rd_text_is(living, "A")};
    if (rd_text_is(rd_hl7_text(build, pd1, 12, 1), "Y"))
        person->confidentiality = RD_TEXT("restricted");
}

/* PID-30 in table 0136 or as digits: 1 yes, 0 no, -1 not understood. */
static int said_dead(struct rd_text indicator)
{
    static const char *const yes[] = {"Y", "1", "YES", "TRUE"};
    static const char *const no[] = {"N", "0", "NO", "FALSE"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (rd_text_equal_nocase(indicator, rd_text_of(yes[i])))
            return 1;
        if (rd_text_equal_nocase(indicator, rd_text_of(no[i])))
            return 0;
    }
    return -1;
}

/* A date of death counts whatever the indicator beside it says. What is not understood is no word
 * that the person lives. */
static void read_death(struct rd_hl7_build *build, struct rd_referral *referral,
                       const struct rd_hl7_segment *pid)
{
    struct rd_text indicator = rd_hl7_text(build, pid, 30, 1);
    bool has_date = rd_text_present(rd_hl7_text(build, pid, 29, 1));
    int said = rd_text_present(indicator) ? said_dead(indicator) : has_date;
    bool known = said >= 0 && (has_date || rd_text_present(indicator));
    if (known || has_date)
        referral->person->deceased = (struct rd_opt_bool){true, has_date || said == 1};
    if (said < 0)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "deceased-not-understood", "PID-30",
                     "whether the person has died was not understood: expected Y or N; ask the "
                     "sender before anybody calls");
    if (said == 0 && has_date)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "deceased-contradiction", "PID-30",
                     "PID-29 has a date of death, PID-30 says that the person lives: the date "
                     "counts; ask the sender before anybody calls");
}

static void read_details(struct rd_hl7_build *build, struct rd_person *person,
                         const struct rd_hl7_segment *pid)
{
    person->gender = gender_of(rd_hl7_text(build, pid, 8, 1));
    person->language = rd_hl7_text(build, pid, 15, 1);
    if (!rd_text_present(person->language))
        person->language = rd_hl7_text(build, pid, 15, 2);
    person->ethnicity = words_or_code(build, pid, 22);
    if (!rd_text_present(person->ethnicity))
        person->ethnicity = words_or_code(build, pid, 10);
}

void rd_hl7_person(struct rd_hl7_build *build, struct rd_referral *referral)
{
    static const struct {
        unsigned field;
        const char *path;
    } numbers[] = {{13, "PID-13"}, {14, "PID-14"}, {40, "PID-40"}};
    const struct rd_hl7_segment *pid = rd_hl7_segment(&build->message, "PID", 0);
    struct rd_person *person = rd_arena_take(build->arena, sizeof *person);
    referral->person = person;
    if (person == NULL) {
        build->full = true;
        return;
    }
    add_ids(build, referral, pid, 3);
    add_ids(build, referral, pid, 2);
    add_ids(build, referral, pid, 4);
    add_mapped_number(build, referral);
    add_replaced_ids(build, referral);
    add_names(build, person, pid, 5);
    add_names(build, person, pid, 9);
    add_birth(build, referral, pid);
    read_details(build, person, pid);
    read_death(build, referral, pid);
    add_addresses(build, referral, pid);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        add_telecoms(build, pid, numbers[i].field, &person->telecoms, &person->telecoms_count);
        keep_remarks(build, referral, pid, numbers[i].field, numbers[i].path);
    }
    read_pd1(build, person);
    add_related(build, person);
}
