/* RF1, PRD, AUT and Z segments: what is asked for, by whom, with what said. */
#include "adapters/hl7v2/hl7_build.h"

static enum rd_priority priority_of(const struct rd_hl7_mapping *mapping, struct rd_text code)
{
    for (size_t i = 0; i < mapping->priority_codes_count; i++)
        if (rd_text_equal_nocase(mapping->priority_codes[i].from, code))
            return (enum rd_priority)rd_enum_value(&rd_priority_names,
                                                   mapping->priority_codes[i].to);
    if (mapping->priority_codes_count > 0)
        return 0;
    if (rd_text_equal_nocase(code,
                             RD_TEXT("S"))) /* table 0280: stat, as soon as possible, routine */
        return RD_PRIORITY_TWO_HOUR;
    if (rd_text_equal_nocase(code, RD_TEXT("A")))
        return RD_PRIORITY_SAME_DAY;
    return rd_text_equal_nocase(code, RD_TEXT("R")) ? RD_PRIORITY_ROUTINE : 0;
}

static void add_reference(struct rd_hl7_build *build, struct rd_referral *referral,
                          const struct rd_hl7_segment *segment, unsigned field, const char *what)
{
    struct rd_text value = rd_hl7_text(build, segment, field, 1);
    if (!rd_text_present(value))
        return;
    struct rd_identifier *id = RD_HL7_ADD(build, referral, source_refs);
    if (id == NULL)
        return;
    *id = (struct rd_identifier){.system = rd_text_of(what),
                                 .value = value,
                                 .assigner = rd_hl7_text(build, segment, field, 2)};
}

/* The place's own name of a need ("fall") for the sender's code; absent: the rules look themselves.
 */
static struct rd_text own_code(const struct rd_hl7_mapping *mapping, struct rd_text code)
{
    for (size_t i = 0; i < mapping->need_codes_count; i++)
        if (rd_text_equal_nocase(mapping->need_codes[i].from, code))
            return mapping->need_codes[i].to;
    return RD_TEXT_NONE;
}

static void add_need(struct rd_hl7_build *build, struct rd_referral *referral,
                     const struct rd_hl7_segment *segment, unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_coding coding;
        if (!rd_hl7_coding(build, repetition, &coding))
            continue;
        struct rd_need *need = RD_HL7_ADD(build, referral, needs);
        if (need == NULL)
            return;
        need->words = rd_text_present(coding.display) ? coding.display : coding.code;
        need->code = own_code(build->mapping, coding.code);
        struct rd_coding *kept = RD_HL7_ADD(build, need, codes);
        if (kept != NULL)
            *kept = coding;
    }
}

/* RF1-8 is an expiry: usually a date, weeks ahead. Only with a time of day is it a moment to
 * respond by. */
static void add_respond_by(struct rd_hl7_build *build, struct rd_referral *referral,
                           const struct rd_hl7_segment *rf1)
{
    struct rd_time *expiry = rd_hl7_when(build, rf1, 8);
    if (expiry == NULL)
        return;
    if (expiry->precision >= RD_PRECISION_MINUTE) {
        referral->respond_by = expiry;
        return;
    }
    rd_hl7_extra(build, referral, RD_TEXT("RF1-8"), expiry->original);
}

/* Status, type, disposition, category, process date, notes of later versions: no rule needs them, a
 * person may. */
static void keep_rest(struct rd_hl7_build *build, struct rd_referral *referral,
                      const struct rd_hl7_segment *rf1)
{
    static const unsigned char taken[] = {2, 6, 7, 8, 10, 11};
    enum { RF1_FIELDS = 24 };
    for (unsigned field = 1; field <= RF1_FIELDS; field++) {
        bool known = false;
        for (size_t i = 0; i < sizeof taken; i++)
            known = known || taken[i] == field;
        struct rd_text all = rd_hl7_field(&build->message, rf1, field);
        if (!known && all.len > 0)
            rd_hl7_extra(build, referral, rd_hl7_format(build, "RF1-%u", field),
                         rd_hl7_flat(build, all));
    }
    struct rd_text status = rd_hl7_text(build, rf1, 1, 1);
    if (rd_text_is(status, "R") || rd_text_is(status, "E"))
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "referral-status", "RF1-1",
                     "the sender's status says rejected or expired (table 0283), the event says "
                     "otherwise: the event counts, ask the sender");
}

static void read_rf1(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *rf1 = rd_hl7_segment(&build->message, "RF1", 0);
    if (rf1 == NULL) {
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "no-rf1", "RF1",
                     "there is no RF1 segment: priority and references are unknown");
        return;
    }
    struct rd_text code = build->mapping->priority.segment[0] != '\0'
                              ? rd_hl7_mapped(build, &build->mapping->priority)
                              : rd_hl7_text(build, rf1, 2, 1);
    referral->priority_asked = rd_text_present(code) ? priority_of(build->mapping, code)
                                                     : build->mapping->default_priority;
    if (rd_text_present(code) && referral->priority_asked == 0)
        rd_hl7_issue(build, referral, RD_SEVERITY_WARNING, "priority",
                     build->mapping->priority.segment[0] != '\0'
                         ? rd_hl7_place_name(build, &build->mapping->priority)
                         : "RF1-2",
                     "the priority is none that this feed's mapping knows: not asked for any");
    add_reference(build, referral, rf1, 6, "originating-referral");
    add_reference(build, referral, rf1, 11, "external-referral");
    referral->authored = rd_hl7_when(build, rf1, 7);
    add_respond_by(build, referral, rf1);
    const struct rd_hl7_place *need = &build->mapping->need;
    if (need->segment[0] != '\0')
        add_need(build, referral, rd_hl7_segment(&build->message, need->segment, 0), need->field);
    add_need(build, referral, rf1, 10);
    keep_rest(build, referral, rf1);
}

static struct rd_text first_number(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                                   unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    struct rd_telecom telecom;
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);)
        if (rd_hl7_telecom(build, repetition, &telecom))
            return telecom.value;
    return RD_TEXT_NONE;
}

/* The organisation's name: PRD-10 since 2.7, else the facility or the description of the location.
 */
static struct rd_text organisation_of(struct rd_hl7_build *build, const struct rd_hl7_segment *prd)
{
    static const struct {
        unsigned field, component;
    } places[] = {{10, 1}, {4, 9}, {4, 4}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct rd_text name = rd_hl7_text(build, prd, places[i].field, places[i].component);
        if (rd_text_present(name))
            return name;
    }
    return RD_TEXT_NONE;
}

static void read_referrer(struct rd_hl7_build *build, struct rd_referral *referral,
                          const struct rd_hl7_segment *prd)
{
    struct rd_party *party = rd_arena_take(build->arena, sizeof *party);
    if (party == NULL) {
        build->full = true;
        return;
    }
    struct rd_text code = rd_hl7_text(build, prd, 7, 1);
    party->name = rd_hl7_full_name(build, rd_hl7_field(&build->message, prd, 2), 1);
    party->role = RD_TEXT("referring");
    party->organisation = organisation_of(build, prd);
    party->ods = rd_hl7_is_ods(code) ? code : RD_TEXT_NONE;
    party->callback = first_number(build, prd, 5);
    referral->referrer = party;
    if (rd_text_present(code) && !rd_text_present(party->ods))
        rd_hl7_extra(build, referral, RD_TEXT("PRD-7"), code);
}

/* Somebody else who has a part in it: the provider it is meant for, the own doctor, the consultant.
 */
static void add_hop(struct rd_hl7_build *build, struct rd_referral *referral,
                    const struct rd_hop *made)
{
    if (!rd_text_present(made->name) && !rd_text_present(made->ods))
        return;
    struct rd_hop *hop = RD_HL7_ADD(build, referral, hops);
    if (hop != NULL)
        *hop = *made;
}

static struct rd_text role_of(struct rd_hl7_build *build, const struct rd_hl7_segment *prd)
{
    static const struct {
        const char *code, *role;
    } rows[] = {{"RP", "referring"},
                {"RT", "referred-to"},
                {"PP", "primary-care"},
                {"CP", "consulting"},
                {"PI", "primary-care"}};
    struct rd_text code = rd_hl7_text(build, prd, 1, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is(code, rows[i].code))
            return rd_text_of(rows[i].role);
    struct rd_text words = rd_hl7_text(build, prd, 1, 2);
    return rd_text_present(words) ? words : code;
}

static void read_providers(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *prd;
    for (size_t i = 0; (prd = rd_hl7_segment(&build->message, "PRD", i)) != NULL; i++) {
        if (rd_text_is(rd_hl7_text(build, prd, 1, 1), "RP") && referral->referrer == NULL) {
            read_referrer(build, referral, prd);
            continue;
        }
        struct rd_text code = rd_hl7_text(build, prd, 7, 1);
        struct rd_text name = rd_hl7_full_name(build, rd_hl7_field(&build->message, prd, 2), 1);
        struct rd_hop hop = {.name = rd_hl7_join(build, name, ", ", organisation_of(build, prd)),
                             .role = role_of(build, prd),
                             .ods = rd_hl7_is_ods(code) ? code : RD_TEXT_NONE,
                             .callback = first_number(build, prd, 5)};
        add_hop(build, referral, &hop);
    }
}

/* PV1's doctors and PD1's: an XCN is id^family^given. */
static void read_doctors(struct rd_hl7_build *build, struct rd_referral *referral)
{
    static const struct {
        const char *segment, *role;
        unsigned field;
    } rows[] = {{"PD1", "gp", 4},
                {"PV1", "attending", 7},
                {"PV1", "referring", 8},
                {"PV1", "consulting", 9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct rd_hl7_segment *segment = rd_hl7_segment(&build->message, rows[i].segment, 0);
        struct rd_text first = {"", 0};
        (void)rd_hl7_repetition(&build->message,
                                rd_hl7_field(&build->message, segment, rows[i].field), 0, &first);
        struct rd_text code = rd_hl7_part(build, first, 1, 0);
        struct rd_hop hop = {.name = rd_hl7_full_name(build, first, 2),
                             .role = rd_text_of(rows[i].role)};
        if (!rd_text_present(hop.name))
            hop.name = code;
        add_hop(build, referral, &hop);
    }
}

/* A Z segment is the sender's own: kept whole, by its place, for the owner to read; so are the
 * authorisation and the accident, in words. */
static void read_whole(struct rd_hl7_build *build, struct rd_referral *referral)
{
    for (size_t i = 0; i < build->message.segments_count; i++) {
        const struct rd_hl7_segment *segment = &build->message.segments[i];
        struct rd_text body = rd_text_trim(segment->body);
        if (body.len == 0)
            continue;
        if (segment->name.ptr[0] == 'Z')
            rd_hl7_extra(build, referral, segment->name, body);
        else if (rd_text_is(segment->name, "AUT") || rd_text_is(segment->name, "ACC"))
            rd_hl7_extra(build, referral, segment->name, rd_hl7_flat_fields(build, body));
    }
}

void rd_hl7_beside(struct rd_hl7_build *build, struct rd_referral *referral)
{
    read_doctors(build, referral);
    rd_hl7_clinical(build, referral);
    read_whole(build, referral);
}

/* Nothing says what is asked for: the diagnosis, else the reason for the visit, is all there is. */
void rd_hl7_needs(struct rd_hl7_build *build, struct rd_referral *referral)
{
    if (referral->needs_count == 0)
        add_need(build, referral, rd_hl7_segment(&build->message, "DG1", 0), 3);
    if (referral->needs_count == 0)
        add_need(build, referral, rd_hl7_segment(&build->message, "PV2", 0), 3);
}

void rd_hl7_request(struct rd_hl7_build *build, struct rd_referral *referral)
{
    const struct rd_hl7_segment *msh = rd_hl7_segment(&build->message, "MSH", 0);
    read_rf1(build, referral);
    read_providers(build, referral);
    rd_hl7_beside(build, referral);
    rd_hl7_needs(build, referral);
    referral->target = rd_hl7_text(build, msh, 6, 1);
}
