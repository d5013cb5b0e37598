/* Locate and normalise: what the rules may see of a record. No name, number or address gets out of
 * here; a text of the sender's only when it has the form of a code. */
#include "rules/eval/areas.h"

enum { NEEDS_MAX = 32, FLAGS_MAX = 32, MINIMUM_MAX = 16, CODE_BYTES_MAX = 64 };

const char *const rd_minimum_names[] = {"name", "age", "address", "need", "callback", NULL};

struct facts_build {
    const struct rd_rules *rules;
    const struct rd_referral *record;
    const struct rd_feed *feed; /* NULL: unknown */
    struct rd_arena *arena;
    struct rd_facts *out;
    bool full;
};

static bool is_code(struct rd_text text)
{
    if (text.len == 0 || text.len > CODE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && c != '-' && c != '_' && c != '.' && c != ':')
            return false;
    }
    return true;
}

/* A code as it stands; upper-cased when `upper` (ODS and area codes). Anything else is absent. */
static struct rd_text term(struct facts_build *build, struct rd_text text, bool upper)
{
    struct rd_text trimmed = rd_text_trim(text);
    if (!rd_text_present(text) || !is_code(trimmed))
        return RD_TEXT_NONE;
    char *bytes = rd_arena_take_raw(build->arena, trimmed.len);
    if (bytes == NULL) {
        build->full = true;
        return RD_TEXT_NONE;
    }
    for (size_t i = 0; i < trimmed.len; i++) {
        char c = trimmed.ptr[i];
        bytes[i] = upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (struct rd_text){bytes, trimmed.len};
}

/* `text` is the rules'. */
static void add_text(struct facts_build *build, struct rd_text **list, size_t *count, size_t max,
                     struct rd_text text)
{
    for (size_t i = 0; i < *count; i++)
        if (rd_text_equal((*list)[i], text))
            return;
    if (*list == NULL)
        *list = rd_arena_array(build->arena, max, sizeof **list);
    if (*list == NULL)
        build->full = true;
    else if (*count < max)
        (*list)[(*count)++] = text;
}

/* Systems are compared without their scheme and in any case: "http://snomed.info/sct". */
static struct rd_text without_scheme(struct rd_text system)
{
    static const char *const schemes[] = {"https://", "http://"};
    for (size_t i = 0; i < 2; i++) {
        struct rd_text scheme = rd_text_of(schemes[i]);
        if (rd_text_equal_nocase(rd_text_slice(system, 0, scheme.len), scheme))
            return rd_text_slice(system, scheme.len, system.len);
    }
    return system;
}

static bool same_system(struct rd_text asked, struct rd_text found)
{
    return !rd_text_present(asked) ||
           (rd_text_present(found) &&
            rd_text_equal_nocase(without_scheme(asked), without_scheme(found)));
}

static struct rd_text translate(const struct rd_translation *list, size_t count,
                                struct rd_text system, struct rd_text code)
{
    for (size_t i = 0; i < count && rd_text_present(code); i++)
        if (rd_text_equal_nocase(list[i].from, code) && same_system(list[i].system, system))
            return list[i].to;
    return RD_TEXT_NONE;
}

static const struct rd_need_code *find_need(const struct rd_rules *rules, struct rd_text code)
{
    for (size_t i = 0; i < rules->needs_count; i++)
        if (rd_text_equal(rules->needs[i].code, code))
            return &rules->needs[i];
    return NULL;
}

static void add_domain(struct rd_facts *facts, enum rd_domain domain)
{
    facts->health_need = facts->health_need || domain == RD_DOMAIN_HEALTH;
    facts->social_need = facts->social_need || domain == RD_DOMAIN_SOCIAL;
    facts->equipment_need = facts->equipment_need || domain == RD_DOMAIN_EQUIPMENT;
    facts->safeguarding_need = facts->safeguarding_need || domain == RD_DOMAIN_SAFEGUARDING;
}

static void add_need(struct facts_build *build, struct rd_text code)
{
    const struct rd_need_code *need = rd_text_present(code) ? find_need(build->rules, code) : NULL;
    if (need == NULL)
        return;
    add_text(build, &build->out->needs, &build->out->needs_count, NEEDS_MAX, need->code);
    add_domain(build->out, need->domain);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(struct rd_text text, size_t at)
{
    return at < text.len && ((lower(text.ptr[at]) >= 'a' && lower(text.ptr[at]) <= 'z') ||
                             (unsigned char)text.ptr[at] >= 0x80);
}

/* The word that ends before `at` (after blanks) says that what follows is not so. */
static bool is_denied(struct rd_text text, size_t at)
{
    static const char *const denials[] = {"no", "not", "without", "denies", "nil"};
    size_t end = at;
    while (end > 0 && text.ptr[end - 1] == ' ')
        end--;
    size_t start = end;
    while (start > 0 && is_letter(text, start - 1))
        start--;
    struct rd_text word = rd_text_slice(text, start, end - start);
    for (size_t i = 0; i < sizeof denials / sizeof denials[0]; i++)
        if (rd_text_equal_nocase(word, rd_text_of(denials[i])))
            return true;
    return false;
}

/* `phrase` stands in `text` as whole words, in any case, and is not denied there. */
static bool has_phrase(struct rd_text text, struct rd_text phrase)
{
    for (size_t i = 0; i + phrase.len <= text.len; i++) {
        size_t j = 0;
        if (i > 0 && is_letter(text, i - 1))
            continue;
        while (j < phrase.len && lower(text.ptr[i + j]) == lower(phrase.ptr[j]))
            j++;
        if (j == phrase.len && !is_letter(text, i + j) && !is_denied(text, i))
            return true;
    }
    return false;
}

/* The needs that the words name, of a class before `class` only. */
static void add_phrases(struct facts_build *build, struct rd_text words, size_t class)
{
    for (size_t i = 0; i < build->rules->phrases_count && rd_text_present(words); i++) {
        const struct rd_phrase *phrase = &build->rules->phrases[i];
        const struct rd_need_code *need = find_need(build->rules, phrase->to);
        if (need != NULL && need->class < class && has_phrase(words, phrase->words))
            add_need(build, phrase->to);
    }
}

static void read_words(struct facts_build *build, size_t class)
{
    const struct rd_referral *record = build->record;
    for (size_t i = 0; i < record->needs_count; i++) {
        add_phrases(build, record->needs[i].words, class);
        for (size_t j = 0; j < record->needs[i].codes_count; j++)
            add_phrases(build, record->needs[i].codes[j].display, class);
    }
}

static size_t most_pressing(const struct facts_build *build)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < build->out->needs_count; i++) {
        const struct rd_need_code *need = find_need(build->rules, build->out->needs[i]);
        if (need != NULL && need->class < best)
            best = need->class;
    }
    return best;
}

/* Codes first; the use case when they say nothing; then the words of the needs themselves. The
 * notes of a triage are not searched: they name what was asked and denied as well as what was
 * found. Somebody who fills in a form alone may tick "company" and write "I fell and cannot get
 * up": there the words count beside the ticks when they are more pressing, never to lower. */
static void read_needs(struct facts_build *build)
{
    const struct rd_rules *rules = build->rules;
    const struct rd_referral *record = build->record;
    for (size_t i = 0; i < record->needs_count; i++) {
        const struct rd_need *need = &record->needs[i];
        add_domain(build->out, need->domain);
        add_need(build, need->code);
        for (size_t j = 0; j < need->codes_count; j++)
            add_need(build, translate(rules->need_codes, rules->need_codes_count,
                                      need->codes[j].system, need->codes[j].code));
    }
    for (size_t i = 0; i < record->triage_count; i++)
        add_need(build, translate(rules->need_codes, rules->need_codes_count,
                                  record->triage[i].system, record->triage[i].code));
    for (size_t i = 0; i < record->use_case_count && build->out->needs_count == 0; i++)
        add_need(build, translate(rules->use_cases, rules->use_cases_count,
                                  record->use_case[i].system, record->use_case[i].code));
    if (build->out->needs_count == 0)
        read_words(build, SIZE_MAX);
    else if (rd_text_is(build->out->source, "self"))
        read_words(build, most_pressing(build));
}

static bool is_over(struct rd_text status)
{
    return rd_text_is(status, "inactive") || rd_text_is(status, "entered-in-error") ||
           rd_text_is(status, "resolved");
}

/* "The scene is safe" is no flag to act on, though it comes as one. */
static bool is_harmless(const struct rd_rules *rules, struct rd_text category, struct rd_text code)
{
    for (size_t i = 0; i < rules->harmless_flags_count; i++)
        if (rd_text_equal(rules->harmless_flags[i].to, category) &&
            rd_text_equal_nocase(rules->harmless_flags[i].from, code))
            return true;
    return false;
}

static void read_flags(struct facts_build *build)
{
    const struct rd_rules *rules = build->rules;
    for (size_t i = 0; i < build->record->flags_count; i++) {
        const struct rd_flag *flag = &build->record->flags[i];
        struct rd_text category = RD_TEXT_NONE;
        if (is_over(flag->status))
            continue;
        for (size_t j = 0; j < rules->flags_count; j++)
            if (rd_text_equal(rules->flags[j], flag->category))
                category = rules->flags[j];
        if (!rd_text_present(category))
            category =
                translate(rules->flag_codes, rules->flag_codes_count, RD_TEXT_NONE, flag->category);
        if (!rd_text_present(category))
            category =
                translate(rules->flag_codes, rules->flag_codes_count, RD_TEXT_NONE, flag->code);
        if (!rd_text_present(category))
            continue; /* it stays in the record; no rule can ask for it */
        if (rd_text_present(flag->code) && is_harmless(rules, category, flag->code))
            continue;
        add_text(build, &build->out->flags, &build->out->flags_count, FLAGS_MAX, category);
        if (rd_text_is(category, "safeguarding"))
            build->out->safeguarding_need = true;
    }
}

/* Terms of the sender's about the address that is gone by. */
static void locate(struct facts_build *build, int64_t day)
{
    const struct rd_address *used;
    struct rd_facts *out = build->out;
    if (!rd_areas_locate(build->rules, build->record, day, build->arena, out, &used))
        build->full = true;
    if (used == NULL)
        return;
    out->placing_authority = term(build, used->placing_authority, true);
    out->residence_type = term(build, used->residence_type, false);
}

static bool read_digits(struct rd_text text, size_t start, size_t len, int32_t *out)
{
    struct rd_text part = rd_text_slice(text, start, len);
    *out = 0;
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] < '0' || part.ptr[i] > '9')
            return false;
        *out = *out * 10 + (part.ptr[i] - '0');
    }
    return part.len == len;
}

/* The last day on which somebody with this birth date, perhaps without day or month, can have been
 * born: the youngest they can be decides whether they are of age. */
static bool latest_birth(struct rd_text date, int64_t today, int64_t *out)
{
    struct rd_civil civil = {.month = 12, .day = 31};
    bool whole = date.len == 10;
    if ((date.len != 4 && date.len != 7 && !whole) || !read_digits(date, 0, 4, &civil.year) ||
        (date.len > 4 && (date.ptr[4] != '-' || !read_digits(date, 5, 2, &civil.month))) ||
        (whole && (date.ptr[7] != '-' || !read_digits(date, 8, 2, &civil.day))))
        return false;
    while (!whole && civil.day > 28 && !rd_civil_valid(&civil))
        civil.day--;
    if (!rd_civil_valid(&civil))
        return false;
    *out = rd_days_from_civil(civil.year, civil.month, civil.day);
    if (!whole && *out > today && rd_days_from_civil(civil.year, 1, 1) <= today)
        *out = today;
    return true;
}

static int32_t whole_years(int64_t birth, int64_t today)
{
    struct rd_civil from, to;
    rd_instant_to_civil(birth * RD_DAY_US, &from);
    rd_instant_to_civil(today * RD_DAY_US, &to);
    bool before = to.month < from.month || (to.month == from.month && to.day < from.day);
    return to.year - from.year - (before ? 1 : 0);
}

/* Nobody is born tomorrow, or has lived for less than no time: such an age is not known. */
static struct rd_opt_i32 age_on(const struct rd_person *person, int64_t today)
{
    int64_t birth = 0;
    if (person == NULL)
        return (struct rd_opt_i32){.has = false};
    if (rd_text_present(person->birth_date) && latest_birth(person->birth_date, today, &birth) &&
        birth <= today)
        return (struct rd_opt_i32){.has = true, .value = whole_years(birth, today)};
    if (person->age_estimate.has && person->age_estimate.value < 0)
        return (struct rd_opt_i32){.has = false};
    return person->age_estimate;
}

/* Of several the most careful counts. */
static struct rd_text consent_of(const struct rd_referral *record)
{
    static const enum rd_consent_decision order[] = {RD_CONSENT_REFUSED, RD_CONSENT_LACKS_CAPACITY,
                                                     RD_CONSENT_NOT_ASKED,
                                                     RD_CONSENT_BEST_INTERESTS, RD_CONSENT_GIVEN};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (size_t j = 0; j < record->consents_count; j++)
            if (record->consents[j].decision == order[i])
                return rd_text_of(rd_enum_name(&rd_consent_decision_names, (int)order[i]));
    return RD_TEXT_NONE;
}

static bool has_name(const struct rd_person *person)
{
    for (size_t i = 0; person != NULL && i < person->names_count; i++)
        if (rd_text_trim(person->names[i].family).len > 0 ||
            rd_text_trim(person->names[i].given).len > 0 ||
            rd_text_trim(person->names[i].whole).len > 0)
            return true;
    return false;
}

static bool has_need(const struct rd_referral *record)
{
    for (size_t i = 0; i < record->needs_count; i++)
        if (rd_text_trim(record->needs[i].words).len > 0 || record->needs[i].codes_count > 0 ||
            rd_text_present(record->needs[i].code))
            return true;
    return record->triage_count > 0;
}

static bool has_callback(const struct rd_referral *record)
{
    if (record->referrer != NULL && rd_text_trim(record->referrer->callback).len > 0)
        return true;
    for (size_t i = 0; i < record->hops_count; i++)
        if (rd_text_trim(record->hops[i].callback).len > 0)
            return true;
    return record->person != NULL && record->person->telecoms_count > 0;
}

static void read_missing(struct facts_build *build)
{
    const struct rd_referral *record = build->record;
    struct rd_facts *out = build->out;
    const bool there[] = {has_name(record->person), out->age.has,
                          out->postcode_class != RD_POSTCODE_MISSING,
                          /* a discharge pathway says what for */
                          has_need(record) || out->discharge_pathway.has, has_callback(record)};
    if (out->kind == RD_KIND_NOTICE)
        return;
    for (size_t i = 0; i < build->rules->minimum_data_count; i++)
        for (size_t j = 0; rd_minimum_names[j] != NULL; j++)
            if (!there[j] && rd_text_is(build->rules->minimum_data[i], rd_minimum_names[j]))
                add_text(build, &out->missing, &out->missing_count, MINIMUM_MAX,
                         build->rules->minimum_data[i]);
}

static void read_record(struct facts_build *build)
{
    const struct rd_referral *record = build->record;
    struct rd_facts *out = build->out;
    int64_t today = rd_zone_day(build->rules->zone, out->received);
    out->age = age_on(record->person, today);
    if (record->person != NULL)
        out->practice_ods = term(build, record->person->practice_ods, true);
    locate(build, today);
    read_needs(build);
    read_flags(build);
    for (size_t i = 0; i < record->use_case_count && !rd_text_present(out->use_case); i++)
        if (!rd_text_is(record->use_case[i].code, "referral") &&
            !rd_text_is(record->use_case[i].code, "validation"))
            out->use_case = term(build, record->use_case[i].code, false);
    if (record->person != NULL) {
        out->lives_alone = record->person->lives_alone;
        out->confidentiality = term(build, record->person->confidentiality, false);
    }
    if (record->stay != NULL) {
        out->hospital = term(build, record->stay->site, true);
        out->discharge_pathway = record->stay->pathway;
    }
    out->consent = consent_of(record);
    if (record->source_clock != NULL)
        out->source_clock = record->source_clock->utc_us;
    if (record->respond_by != NULL)
        out->respond_by = record->respond_by->utc_us;
    read_missing(build);
}

enum rd_err rd_rules_facts(const struct rd_rules *rules, const struct rd_submission *submission,
                           rd_instant received, struct rd_arena *arena, struct rd_facts *out)
{
    static const struct rd_referral nothing = {.id = {NULL, 0}};
    const struct rd_referral *record =
        submission->referral != NULL ? submission->referral : &nothing;
    struct facts_build build = {.rules = rules,
                                .record = record,
                                .feed = rd_place_feed(&rules->place, submission->feed),
                                .arena = arena,
                                .out = out};
    *out = (struct rd_facts){.kind = record->kind == 0 ? RD_KIND_REFERRAL : record->kind,
                             .priority_asked = record->priority_asked,
                             .received = received};
    if (build.feed != NULL) {
        out->source = build.feed->source;
        out->feed = build.feed->name;
    }
    read_record(&build);
    return build.full ? RD_E_TOOBIG : RD_OK;
}
