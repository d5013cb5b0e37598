#include "adapters/worklist/record.h"

#include "adapters/worklist/words.h"

#include "base/buf.h"

#include <inttypes.h>

const char *const worklist_section_titles[WORKLIST_SECTIONS] = {
    "Flags and warnings", "Who",       "Where",    "How to reach them",
    "What was said",      "Consent",   "Clinical", "Hospital stay",
    "Who sent it",        "Also sent",
};

static void add(struct worklist_lines *lines, enum worklist_section section, const char *label,
                struct rd_text text)
{
    if (text.len == 0)
        return;
    void *items = lines->items;
    struct worklist_line *line = rd_arena_add(lines->arena, &items, &lines->count, sizeof *line);
    lines->items = items;
    if (line == NULL) {
        lines->failed = true;
        return;
    }
    *line = (struct worklist_line){.section = section, .label = rd_text_of(label), .text = text};
}

static void mark_strong(struct worklist_lines *lines)
{
    if (lines->count > 0)
        lines->items[lines->count - 1].strong = true;
}

/* Joins what is there with ", ". */
static struct rd_text join(struct worklist_lines *lines, const struct rd_text *parts, size_t count)
{
    struct rd_text joined = RD_TEXT_NONE;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len == 0)
            continue;
        joined = joined.len == 0 ? parts[i]
                                 : rd_arena_format(lines->arena, "%.*s, %.*s", RD_TEXT_ARG(joined),
                                                   RD_TEXT_ARG(parts[i]));
        if (!rd_text_present(joined)) {
            lines->failed = true;
            return parts[i];
        }
    }
    return joined;
}

static struct rd_text code_words(struct worklist_lines *lines, struct rd_text code)
{
    char words[WORKLIST_WORDS_MAX];
    return rd_arena_format(lines->arena, "%s", worklist_code(code, words));
}

static struct rd_text time_words(struct worklist_lines *lines, const struct rd_zone *zone,
                                 const struct rd_time *time)
{
    char whole[RD_ZONE_TEXT_MAX];
    if (time == NULL)
        return RD_TEXT_NONE;
    if (time->precision != 0 && time->precision < RD_PRECISION_MINUTE && time->original.len > 0)
        return time->original;
    if (time->utc_us == 0)
        return time->original;
    return rd_arena_format(lines->arena, "%s%s", rd_zone_format(zone, time->utc_us, whole),
                           time->offset_assumed ? " (time zone assumed)" : "");
}

static const char *yes_no(struct rd_opt_bool value)
{
    if (!value.has)
        return NULL;
    return value.value ? "Yes" : "No";
}

static void add_coding(struct worklist_lines *lines, enum worklist_section section,
                       const char *label, const struct rd_coding *coding)
{
    struct rd_text shown = coding->display.len > 0 ? coding->display : coding->code;
    if (coding->display.len > 0 && coding->code.len > 0)
        shown = rd_arena_format(lines->arena, "%.*s (%.*s)", RD_TEXT_ARG(coding->display),
                                RD_TEXT_ARG(coding->code));
    add(lines, section, label, shown);
}

static void add_name(struct worklist_lines *lines, const struct rd_name *name)
{
    struct rd_text whole = name->whole;
    if (whole.len == 0)
        whole =
            rd_text_trim(rd_arena_format(lines->arena, "%.*s %.*s %.*s", RD_TEXT_ARG(name->prefix),
                                         RD_TEXT_ARG(name->given), RD_TEXT_ARG(name->family)));
    add(lines, WORKLIST_WHO, "Name", whole);
}

static void add_id(struct worklist_lines *lines, const struct rd_person_id *id)
{
    bool nhs = rd_text_is(id->system, "nhs-number");
    bool wrong = id->checksum_ok.has && !id->checksum_ok.value;
    struct rd_text shown = id->value;
    if (nhs && id->value.len == 10)
        shown = rd_arena_format(lines->arena, "%.*s %.*s %.*s",
                                RD_TEXT_ARG(rd_text_slice(id->value, 0, 3)),
                                RD_TEXT_ARG(rd_text_slice(id->value, 3, 3)),
                                RD_TEXT_ARG(rd_text_slice(id->value, 6, 4)));
    if (wrong)
        shown = rd_arena_format(lines->arena, "%.*s: its check digit is wrong", RD_TEXT_ARG(shown));
    else if (id->verification.len > 0)
        shown = rd_arena_format(lines->arena, "%.*s (%.*s)", RD_TEXT_ARG(shown),
                                RD_TEXT_ARG(code_words(lines, id->verification)));
    if (nhs)
        add(lines, WORKLIST_WHO, "NHS number", shown);
    else
        add(lines, WORKLIST_WHO, "Other number",
            join(lines, (const struct rd_text[]){shown, id->assigner, id->system}, 3));
    if (wrong)
        mark_strong(lines);
}

static void add_who(struct worklist_lines *lines, const struct rd_person *person)
{
    for (size_t i = 0; i < person->names_count; i++)
        add_name(lines, &person->names[i]);
    add(lines, WORKLIST_WHO, "Born", person->birth_date);
    if (person->age_estimate.has)
        add(lines, WORKLIST_WHO, "Age, estimated",
            rd_arena_format(lines->arena, "%" PRId32 " years", person->age_estimate.value));
    for (size_t i = 0; i < person->ids_count; i++)
        add_id(lines, &person->ids[i]);
    add(lines, WORKLIST_WHO, "Gender", code_words(lines, person->gender));
    add(lines, WORKLIST_WHO, "Ethnicity", person->ethnicity);
    add(lines, WORKLIST_WHO, "Language", person->language);
    if (person->interpreter.has)
        add(lines, WORKLIST_WHO, "Interpreter needed", rd_text_of(yes_no(person->interpreter)));
    add(lines, WORKLIST_WHO, "Lives alone", rd_text_of(yes_no(person->lives_alone)));
    add(lines, WORKLIST_WHO, "GP practice", person->practice_ods);
    if (person->deceased.has && person->deceased.value) {
        add(lines, WORKLIST_WHO, "Deceased", RD_TEXT("The sender says that the person has died"));
        mark_strong(lines);
    }
    if (person->confidentiality.len > 0 && !rd_text_is(person->confidentiality, "normal")) {
        add(lines, WORKLIST_WHO, "Confidentiality", code_words(lines, person->confidentiality));
        mark_strong(lines);
    }
}

static const char *use_label(enum rd_address_use use)
{
    switch (use) {
    case RD_ADDRESS_HOME:
        return "Home";
    case RD_ADDRESS_CURRENT:
        return "Now at";
    case RD_ADDRESS_INCIDENT:
        return "Place of the incident";
    case RD_ADDRESS_DISCHARGE_TO:
        return "Going home to";
    }
    return "Address";
}

static bool is_basis(enum rd_address_use use, struct rd_text basis)
{
    return use != 0 && rd_text_is(basis, rd_enum_name(&rd_address_use_names, (int)use));
}

static void add_address(struct worklist_lines *lines, const struct rd_address *address,
                        struct rd_text basis)
{
    struct rd_text whole = join(lines, address->lines, address->lines_count);
    whole = join(lines, (const struct rd_text[]){whole, address->postcode}, 2);
    if (whole.len > 0 && is_basis(address->use, basis))
        whole = rd_arena_format(lines->arena, "%.*s (the team was chosen by this address)",
                                RD_TEXT_ARG(whole));
    add(lines, WORKLIST_WHERE, use_label(address->use), whole);
    add(lines, WORKLIST_WHERE, "Getting in", address->access_notes);
    if (address->geo != NULL) {
        add(lines, WORKLIST_WHERE, "what3words", address->geo->what3words);
        add(lines, WORKLIST_WHERE, "Latitude, longitude",
            join(lines, (const struct rd_text[]){address->geo->latitude, address->geo->longitude},
                 2));
        add(lines, WORKLIST_WHERE, "Easting, northing",
            join(lines, (const struct rd_text[]){address->geo->easting, address->geo->northing},
                 2));
    }
    add(lines, WORKLIST_WHERE, "Kind of residence", code_words(lines, address->residence_type));
    add(lines, WORKLIST_WHERE, "Placed there by", address->placing_authority);
    add(lines, WORKLIST_WHERE, "UPRN", address->uprn);
}

static void add_telecom(struct worklist_lines *lines, const char *label,
                        const struct rd_telecom *telecom)
{
    const char *safe = "not said whether it is safe to call";
    if (telecom->safe_to_call == RD_SAFE_YES)
        safe = "safe to call";
    else if (telecom->safe_to_call == RD_SAFE_NO)
        safe = "NOT SAFE TO CALL";
    else if (telecom->safe_to_call == RD_SAFE_UNKNOWN)
        safe = "not known whether it is safe to call";
    if (telecom->value.len == 0)
        return;
    add(lines, WORKLIST_REACH, label,
        rd_arena_format(lines->arena, "%.*s%s%.*s, %s%s", RD_TEXT_ARG(telecom->value),
                        telecom->system.len > 0 ? ", " : "", RD_TEXT_ARG(telecom->system), safe,
                        telecom->rank.has && telecom->rank.value == 1 ? ", call this first" : ""));
    if (telecom->safe_to_call == RD_SAFE_NO)
        mark_strong(lines);
}

static void add_related(struct worklist_lines *lines, const struct rd_related *related)
{
    struct rd_text carer =
        related->carer.has && related->carer.value ? RD_TEXT("carer") : RD_TEXT_NONE;
    struct rd_text share = RD_TEXT_NONE;
    if (related->may_share.has)
        share = related->may_share.value ? RD_TEXT("information may be shared with them")
                                         : RD_TEXT("do NOT share information with them");
    add(lines, WORKLIST_REACH, "Knows them",
        join(lines, (const struct rd_text[]){related->name, related->relationship, carer, share},
             4));
    for (size_t i = 0; i < related->telecoms_count; i++)
        add_telecom(lines, "Their number", &related->telecoms[i]);
}

static void add_person(struct worklist_lines *lines, const struct rd_person *person,
                       struct rd_text basis)
{
    add_who(lines, person);
    for (size_t i = 0; i < person->addresses_count; i++)
        add_address(lines, &person->addresses[i], basis);
    for (size_t i = 0; i < person->telecoms_count; i++)
        add_telecom(lines, "The person", &person->telecoms[i]);
    for (size_t i = 0; i < person->related_count; i++)
        add_related(lines, &person->related[i]);
}

static void add_said(struct worklist_lines *lines, const struct rd_zone *zone,
                     const struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->needs_count; i++) {
        const struct rd_need *need = &referral->needs[i];
        add(lines, WORKLIST_SAID, "In their words", need->words);
        add(lines, WORKLIST_SAID, "Need", code_words(lines, need->code));
        for (size_t k = 0; k < need->codes_count; k++)
            add_coding(lines, WORKLIST_SAID, "Coded as", &need->codes[k]);
        add(lines, WORKLIST_SAID, "Since", time_words(lines, zone, need->onset));
    }
    for (size_t i = 0; i < referral->triage_count; i++) {
        const struct rd_triage_note *note = &referral->triage[i];
        add(lines, WORKLIST_SAID, "Their triage",
            join(lines, (const struct rd_text[]){note->display, note->code, note->words}, 3));
    }
    if (referral->priority_asked != 0)
        add(lines, WORKLIST_SAID, "Urgency asked for",
            rd_text_of(worklist_urgency(referral->priority_asked)));
    add(lines, WORKLIST_SAID, "Answer wanted by", time_words(lines, zone, referral->respond_by));
    add(lines, WORKLIST_SAID, "Their clock began", time_words(lines, zone, referral->source_clock));
}

static void add_flags(struct worklist_lines *lines, const struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->flags_count; i++) {
        const struct rd_flag *flag = &referral->flags[i];
        struct rd_text label = code_words(lines, flag->category);
        struct rd_text text =
            join(lines,
                 (const struct rd_text[]){flag->words, flag->code, flag->subject, flag->status}, 4);
        add(lines, WORKLIST_FLAGS, "", text.len > 0 ? text : label);
        if (text.len > 0 && lines->count > 0 && label.len > 0)
            lines->items[lines->count - 1].label = label;
        mark_strong(lines);
    }
}

static void add_consents(struct worklist_lines *lines, const struct rd_zone *zone,
                         const struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->consents_count; i++) {
        const struct rd_consent *consent = &referral->consents[i];
        const char *decision = rd_enum_name(&rd_consent_decision_names, (int)consent->decision);
        add(lines, WORKLIST_CONSENT, "Consent",
            join(lines,
                 (const struct rd_text[]){code_words(lines, rd_text_of(decision)), consent->basis,
                                          consent->purpose, consent->by,
                                          time_words(lines, zone, consent->at)},
                 5));
        if (consent->decision != RD_CONSENT_GIVEN)
            mark_strong(lines);
    }
}

static void add_clinical(struct worklist_lines *lines, const struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->clinical_count; i++) {
        const struct rd_clinical *clinical = &referral->clinical[i];
        struct rd_text label = code_words(lines, clinical->kind);
        size_t before = lines->count;
        add(lines, WORKLIST_CLINICAL, "Clinical", clinical->words);
        for (size_t k = 0; k < clinical->codes_count; k++)
            add_coding(lines, WORKLIST_CLINICAL, "Clinical", &clinical->codes[k]);
        for (size_t k = before; label.len > 0 && k < lines->count; k++)
            lines->items[k].label = label;
    }
}

static void add_stay(struct worklist_lines *lines, const struct rd_zone *zone,
                     const struct rd_stay *stay)
{
    if (stay == NULL)
        return;
    add(lines, WORKLIST_STAY, "Hospital site", stay->site);
    add(lines, WORKLIST_STAY, "Ward", stay->ward);
    if (stay->pathway.has)
        add(lines, WORKLIST_STAY, "Discharge pathway",
            rd_arena_format(lines->arena, "%" PRId32, stay->pathway.value));
    add(lines, WORKLIST_STAY, "Goes to", stay->disposition);
    add(lines, WORKLIST_STAY, "Admitted", time_words(lines, zone, stay->admitted));
    add(lines, WORKLIST_STAY, "Ready to leave", time_words(lines, zone, stay->ready));
    add(lines, WORKLIST_STAY, "Expected to leave", time_words(lines, zone, stay->expected));
    add(lines, WORKLIST_STAY, "Left", time_words(lines, zone, stay->discharged));
    add(lines, WORKLIST_STAY, "Spell", stay->spell);
}

static void add_sender(struct worklist_lines *lines, const struct rd_zone *zone,
                       const struct rd_submission *submission)
{
    const struct rd_referral *referral = submission->referral;
    const struct rd_party *party = referral->referrer;
    if (party != NULL)
        add(lines, WORKLIST_SENDER, "Referrer",
            join(lines,
                 (const struct rd_text[]){party->name, party->role, party->organisation, party->ods,
                                          party->callback},
                 5));
    for (size_t i = 0; i < referral->hops_count; i++) {
        const struct rd_hop *hop = &referral->hops[i];
        struct rd_text with = RD_TEXT_NONE;
        if (hop->with_person.has)
            with = hop->with_person.value ? RD_TEXT("with the person") : RD_TEXT("not with them");
        add(lines, WORKLIST_SENDER, "Through",
            join(lines,
                 (const struct rd_text[]){hop->name, hop->role, hop->ods, hop->callback, with}, 5));
    }
    add(lines, WORKLIST_SENDER, "Written", time_words(lines, zone, referral->authored));
    add(lines, WORKLIST_SENDER, "Sent", time_words(lines, zone, submission->sent));
    for (size_t i = 0; i < referral->source_refs_count; i++)
        add(lines, WORKLIST_SENDER, "Their reference", referral->source_refs[i].value);
    bool paper = rd_text_is(submission->media_type, "text/csv"); /* submit --paper */
    if (submission->back_entry)
        add(lines, WORKLIST_SENDER, paper ? "Entered from paper by" : "Entered later by",
            submission->entered_by);
}

static void add_more(struct worklist_lines *lines, const struct rd_referral *referral)
{
    for (size_t i = 0; i < referral->attachments_count; i++) {
        const struct rd_attachment *attachment = &referral->attachments[i];
        bool shown = rd_text_starts(attachment->media_type, "text/plain") &&
                     rd_text_is_utf8(attachment->data);
        add(lines, WORKLIST_MORE, "Attachment",
            rd_arena_format(lines->arena, "%.*s (%.*s, %zu bytes)", RD_TEXT_ARG(attachment->title),
                            RD_TEXT_ARG(attachment->media_type), attachment->data.len));
        if (shown)
            add(lines, WORKLIST_MORE, "Its text", attachment->data);
    }
    for (size_t i = 0; i < referral->extra_count; i++) {
        const struct rd_extra *extra = &referral->extra[i];
        add(lines, WORKLIST_MORE, "Not placed elsewhere",
            rd_arena_format(lines->arena, "%.*s: %.*s", RD_TEXT_ARG(extra->path),
                            RD_TEXT_ARG(extra->value)));
    }
    for (size_t i = 0; i < referral->issues_count; i++)
        add(lines, WORKLIST_MORE, "Noticed on reading", referral->issues[i].words);
}

void worklist_lines_of(const struct rd_submission *submission, const struct rd_zone *zone,
                       struct rd_text area_basis, struct worklist_lines *lines)
{
    const struct rd_referral *referral = submission->referral;
    if (referral == NULL)
        return;
    if (referral->person != NULL)
        add_person(lines, referral->person, area_basis);
    add_said(lines, zone, referral);
    add_flags(lines, referral);
    add_consents(lines, zone, referral);
    add_clinical(lines, referral);
    add_stay(lines, zone, referral->stay);
    add_sender(lines, zone, submission);
    add_more(lines, referral);
}

bool worklist_lines_have(const struct worklist_lines *lines, const struct worklist_line *line)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct worklist_line *each = &lines->items[i];
        if (each->section == line->section && rd_text_equal(each->label, line->label) &&
            rd_text_equal(each->text, line->text))
            return true;
    }
    return false;
}
