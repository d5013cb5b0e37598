#include "adapters/csv/template_row.h"

#include "model/limits.h"
#include "model/nhs_number.h"

#include <string.h>

enum { AGE_MAX_YEARS = 130, ODS_MAX = 9 };

static void *take(struct rd_template_build *build, size_t size)
{
    void *made = rd_arena_take(build->arena, size);
    build->full = build->full || made == NULL;
    return made;
}

void *rd_template_add(struct rd_template_build *build, void **items, size_t *count, size_t size)
{
    void *made = rd_arena_add(build->arena, items, count, size);
    build->full = build->full || made == NULL;
    return made;
}
#define NEW(build, type) ((type *)take((build), sizeof(type)))
#define ADD RD_TEMPLATE_ADD

static void add_issue(struct rd_template_build *build, const char *code, const char *path,
                      const char *words)
{
    struct rd_issue *issue = ADD(build, build->referral, issues);
    if (issue != NULL)
        *issue = (struct rd_issue){RD_SEVERITY_WARNING, rd_text_of(code), rd_text_of(path),
                                   rd_text_of(words)};
}

int rd_template_choose(struct rd_template_build *build, enum rd_template_column id,
                       const struct rd_template_choice *choices, const char *expected)
{
    struct rd_text cell = rd_template_cell(build, id);
    if (!rd_text_present(cell))
        return 0;
    for (; choices->word != NULL; choices++)
        if (rd_text_equal_nocase(cell, rd_text_of(choices->word)))
            return choices->value;
    rd_template_mistake(build, id, expected);
    return 0;
}

enum { YES = 1, NO = 2, UNSURE = 3 };
static const struct rd_template_choice yes_no[] = {
    {"yes", YES},          {"y", YES},          {"true", YES}, {"no", NO}, {"n", NO}, {"false", NO},
    {"not known", UNSURE}, {"unknown", UNSURE}, {NULL, 0}};

static int read_yes_no(struct rd_template_build *build, enum rd_template_column id)
{
    return rd_template_choose(build, id, yes_no, "expected yes, no or unknown");
}

/* Up to six numbers with anything but digits and letters between them. */
static size_t read_numbers(struct rd_text text, int64_t numbers[6], size_t lens[6])
{
    size_t count = 0, at = 0;
    while (at < text.len) {
        size_t start = at;
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
            at++;
        if (at == start || count == 6 || at - start > 4 ||
            !rd_text_to_i64(rd_text_slice(text, start, at - start), &numbers[count]))
            return 0;
        lens[count++] = at - start;
        if (at == text.len)
            break;
        char c = text.ptr[at++];
        bool date = count < 3 && (c == '/' || c == '-' || c == '.');
        bool gap = count == 3 && (c == ' ' || c == 'T' || c == 't');
        bool time = count > 3 && (c == ':' || c == '.');
        if (!date && !gap && !time)
            return 0;
    }
    return text.len > 0 && text.ptr[text.len - 1] >= '0' && text.ptr[text.len - 1] <= '9' ? count
                                                                                          : 0;
}

bool rd_template_read_when(struct rd_text text, struct rd_civil *out, bool *has_time)
{
    int64_t n[6] = {0};
    size_t lens[6] = {0};
    size_t count = read_numbers(text, n, lens);
    bool year_first = lens[0] == 4;
    if (count != 3 && count != 5 && count != 6)
        return false;
    if (lens[year_first ? 0 : 2] != 4 || lens[1] > 2 || lens[year_first ? 2 : 0] > 2)
        return false;
    *out = (struct rd_civil){.year = (int32_t)n[year_first ? 0 : 2],
                             .month = (int32_t)n[1],
                             .day = (int32_t)n[year_first ? 2 : 0],
                             .hour = (int32_t)n[3],
                             .minute = (int32_t)n[4],
                             .second = (int32_t)n[5]};
    *has_time = count > 3;
    return rd_civil_valid(out);
}

static struct rd_time *read_time(struct rd_template_build *build, enum rd_template_column id)
{
    struct rd_text cell = rd_template_cell(build, id);
    struct rd_civil civil;
    bool has_time = false;
    if (!rd_text_present(cell))
        return NULL;
    if (!rd_template_read_when(cell, &civil, &has_time)) {
        rd_template_mistake(build, id, "expected a date and time such as 21/11/2026 09:30");
        return NULL;
    }
    struct rd_time *time = NEW(build, struct rd_time);
    if (time != NULL)
        *time = (struct rd_time){
            .utc_us = rd_zone_to_utc(build->template->is.zone, rd_instant_from_civil(&civil)),
            .original = cell,
            .offset_assumed = true,
            .precision = has_time ? RD_PRECISION_MINUTE : RD_PRECISION_DAY};
    return time;
}

static void add_birth(struct rd_template_build *build, struct rd_person *person)
{
    struct rd_text cell = rd_template_cell(build, COL_BIRTH);
    struct rd_civil civil, now;
    bool has_time = false;
    if (!rd_text_present(cell)) {
        if (!rd_text_present(rd_template_cell(build, COL_AGE)))
            add_issue(build, "birth-date-missing", "Date of birth", "no date of birth was given");
        return;
    }
    /* A spreadsheet may put midnight behind a date. */
    if (!rd_template_read_when(cell, &civil, &has_time) ||
        (has_time && (civil.hour != 0 || civil.minute != 0 || civil.second != 0))) {
        rd_template_mistake(build, COL_BIRTH,
                            "expected day, month and four digits of the year, such as 21/11/1944");
        return;
    }
    rd_instant_to_civil(build->template->is.now, &now);
    if (rd_instant_from_civil(&civil) > build->template->is.now)
        rd_template_mistake(build, COL_BIRTH, "this date has not come yet");
    else if (civil.year < now.year - AGE_MAX_YEARS)
        rd_template_mistake(build, COL_BIRTH, "this is more than 130 years ago");
    person->birth_date = rd_arena_format(build->arena, "%04d-%02d-%02d", (int)civil.year,
                                         (int)civil.month, (int)civil.day);
    build->full = build->full || !rd_text_present(person->birth_date);
}

static void add_nhs_number(struct rd_template_build *build, struct rd_person *person)
{
    struct rd_text cell = rd_template_cell(build, COL_NHS_NUMBER);
    if (cell.len > RD_REF_BYTES_MAX) {
        rd_template_mistake(build, COL_NHS_NUMBER, "expected an NHS number: ten digits");
        return;
    }
    struct rd_person_id *id = rd_text_present(cell) ? ADD(build, person, ids) : NULL;
    if (id == NULL)
        return;
    enum rd_nhs_number form = rd_nhs_number_check(cell, build->arena, &id->value);
    id->system = RD_TEXT("nhs-number");
    id->verification = RD_TEXT("number-present-but-not-traced");
    id->checksum_ok = (struct rd_opt_bool){true, form == RD_NHS_NUMBER_OK};
    if (form == RD_NHS_NUMBER_CHECK_DIGIT)
        add_issue(build, "nhs-number-check-digit", "NHS number",
                  "the NHS number's check digit is wrong: accepted and flagged, verify it");
    if (form == RD_NHS_NUMBER_FORM)
        add_issue(build, "nhs-number-form", "NHS number",
                  "the NHS number is not ten digits: accepted and flagged, verify it");
}

static void add_address(struct rd_template_build *build, struct rd_person *person)
{
    static const enum rd_template_column parts[] = {COL_LINE_1, COL_LINE_2, COL_TOWN};
    struct rd_text postcode = rd_template_cell(build, COL_POSTCODE);
    bool any = rd_text_present(postcode);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        any = any || rd_text_present(rd_template_cell(build, parts[i]));
    struct rd_address *home = any ? ADD(build, person, addresses) : NULL;
    if (home == NULL)
        return;
    home->use = RD_ADDRESS_HOME;
    home->postcode = postcode;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct rd_text cell = rd_template_cell(build, parts[i]);
        struct rd_text *line = rd_text_present(cell) ? ADD(build, home, lines) : NULL;
        if (line != NULL)
            *line = cell;
    }
}

static bool is_ods(struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return text.len >= 1 && text.len <= ODS_MAX;
}

/* The code, or the cell kept beside the record with an issue. */
static struct rd_text read_ods(struct rd_template_build *build, enum rd_template_column id,
                               const char *path)
{
    struct rd_text cell = rd_template_cell(build, id);
    if (!rd_text_present(cell) || is_ods(cell))
        return cell;
    struct rd_extra *extra = ADD(build, build->referral, extra);
    if (extra != NULL)
        *extra = (struct rd_extra){rd_text_of(path), cell};
    add_issue(build, "organisation-code", path, "this is no organisation code: kept as it stands");
    return RD_TEXT_NONE;
}

static struct rd_text gender_of(struct rd_text cell)
{
    static const struct {
        const char *word, *gender;
    } rows[] = {{"f", "female"},  {"female", "female"}, {"m", "male"},
                {"male", "male"}, {"other", "other"},   {"unknown", "unknown"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(cell, rd_text_of(rows[i].word)))
            return rd_text_of(rows[i].gender);
    return cell;
}

static void add_telephone(struct rd_template_build *build, struct rd_person *person)
{
    struct rd_text cell = rd_template_cell(build, COL_TELEPHONE);
    int safe = read_yes_no(build, COL_SAFE);
    struct rd_telecom *phone = rd_text_present(cell) ? ADD(build, person, telecoms) : NULL;
    if (phone != NULL)
        *phone = (struct rd_telecom){.system = RD_TEXT("phone"),
                                     .value = cell,
                                     .rank = {.has = true, .value = 1},
                                     .safe_to_call = safe == YES  ? RD_SAFE_YES
                                                     : safe == NO ? RD_SAFE_NO
                                                                  : RD_SAFE_UNKNOWN};
}

static void add_person(struct rd_template_build *build)
{
    struct rd_person *person = NEW(build, struct rd_person);
    build->referral->person = person;
    if (person == NULL)
        return;
    struct rd_text family = rd_template_cell(build, COL_FAMILY);
    struct rd_text given = rd_template_cell(build, COL_GIVEN);
    if (rd_text_present(family) || rd_text_present(given)) {
        struct rd_name *name = ADD(build, person, names);
        if (name != NULL)
            *name = (struct rd_name){.use = RD_TEXT("usual"), .family = family, .given = given};
    } else if (!rd_text_present(rd_template_cell(build, COL_NHS_NUMBER))) {
        rd_template_mistake(build, COL_FAMILY,
                            "nobody is named: give a name, or at least the NHS number");
    }
    add_nhs_number(build, person);
    add_birth(build, person);
    person->gender = gender_of(rd_template_cell(build, COL_GENDER));
    add_address(build, person);
    add_telephone(build, person);
    int alone = read_yes_no(build, COL_ALONE);
    person->lives_alone =
        (struct rd_opt_bool){.has = alone == YES || alone == NO, .value = alone == YES};
    person->language = rd_template_cell(build, COL_LANGUAGE);
    if (rd_text_present(person->language))
        person->interpreter = (struct rd_opt_bool){.has = true, .value = true};
    person->practice_ods = read_ods(build, COL_PRACTICE, "GP practice code");
}

/* The place's own codes are in small letters; people write "Fall". */
static struct rd_text lower_case(struct rd_template_build *build, struct rd_text text)
{
    char *made = take(build, text.len);
    if (made == NULL)
        return RD_TEXT_NONE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        made[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct rd_text){made, text.len};
}

static void add_needs(struct rd_template_build *build)
{
    struct rd_text words = rd_template_cell(build, COL_WORDS);
    struct rd_text kind = rd_template_cell(build, COL_NEED);
    struct rd_need *need =
        rd_text_present(words) || rd_text_present(kind) ? ADD(build, build->referral, needs) : NULL;
    if (need == NULL)
        return;
    need->words = rd_text_present(words) ? words : kind;
    struct rd_coding *coding = rd_text_present(kind) ? ADD(build, need, codes) : NULL;
    if (coding == NULL)
        return;
    *coding = (struct rd_coding){.system = RD_TEXT("referral-csv"), .code = kind, .display = kind};
    need->code = lower_case(build, kind);
}

static const struct rd_template_choice priorities[] = {{"emergency", RD_PRIORITY_EMERGENCY},
                                                       {"two hours", RD_PRIORITY_TWO_HOUR},
                                                       {"two-hour", RD_PRIORITY_TWO_HOUR},
                                                       {"2 hours", RD_PRIORITY_TWO_HOUR},
                                                       {"2-hour", RD_PRIORITY_TWO_HOUR},
                                                       {"2h", RD_PRIORITY_TWO_HOUR},
                                                       {"same day", RD_PRIORITY_SAME_DAY},
                                                       {"same-day", RD_PRIORITY_SAME_DAY},
                                                       {"today", RD_PRIORITY_SAME_DAY},
                                                       {"two days", RD_PRIORITY_TWO_DAY},
                                                       {"two-day", RD_PRIORITY_TWO_DAY},
                                                       {"2 days", RD_PRIORITY_TWO_DAY},
                                                       {"2-day", RD_PRIORITY_TWO_DAY},
                                                       {"routine", RD_PRIORITY_ROUTINE},
                                                       {NULL, 0}};
static const struct rd_template_choice decisions[] = {{"given", RD_CONSENT_GIVEN},
                                                      {"yes", RD_CONSENT_GIVEN},
                                                      {"refused", RD_CONSENT_REFUSED},
                                                      {"no", RD_CONSENT_REFUSED},
                                                      {"not asked", RD_CONSENT_NOT_ASKED},
                                                      {"lacks capacity", RD_CONSENT_LACKS_CAPACITY},
                                                      {"best interests", RD_CONSENT_BEST_INTERESTS},
                                                      {NULL, 0}};

static void add_consent(struct rd_template_build *build)
{
    bool paper = build->template->is.kind == RD_TEMPLATE_PAPER;
    int decision =
        rd_template_choose(build, COL_CONSENT, decisions,
                           "expected given, refused, not asked, lacks capacity or best interests");
    struct rd_consent *consent = decision == 0 ? NULL : ADD(build, build->referral, consents);
    if (consent != NULL)
        *consent = (struct rd_consent){.decision = (enum rd_consent_decision)decision,
                                       .basis = paper ? RD_TEXT("verbal") : RD_TEXT("csv"),
                                       .purpose = RD_TEXT("referral")};
}

/* What a person writes to say that there is nothing to say. Anything else raises the flag. */
static bool says_none(struct rd_text cell)
{
    static const char *const words[] = {"no", "n", "none", "nil", "n/a", "none known", "-"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rd_text_equal_nocase(cell, rd_text_of(words[i])))
            return true;
    return false;
}

static void add_flag(struct rd_template_build *build, enum rd_template_column id,
                     const char *category, const char *subject)
{
    struct rd_text cell = rd_template_cell(build, id);
    struct rd_flag *flag =
        rd_text_present(cell) && !says_none(cell) ? ADD(build, build->referral, flags) : NULL;
    if (flag != NULL)
        *flag = (struct rd_flag){.category = rd_text_of(category),
                                 .code = RD_TEXT("yes"),
                                 .subject = rd_text_of(subject),
                                 .status = RD_TEXT("active"),
                                 .words = cell};
}

static void add_stay(struct rd_template_build *build)
{
    static const struct rd_template_choice pathways[] = {{"0", 1},  {"1", 2},  {"2", 3},
                                                         {"3", 4},  {"P0", 1}, {"P1", 2},
                                                         {"P2", 3}, {"P3", 4}, {NULL, 0}};
    int pathway = rd_template_choose(build, COL_PATHWAY, pathways, "expected 0, 1, 2 or 3");
    struct rd_time *ready = read_time(build, COL_READY);
    struct rd_text site = read_ods(build, COL_SITE, "Hospital site code");
    struct rd_text ward = rd_template_cell(build, COL_WARD);
    bool any = pathway != 0 || ready != NULL || rd_text_present(site) || rd_text_present(ward);
    struct rd_stay *stay = any ? NEW(build, struct rd_stay) : NULL;
    if (stay == NULL)
        return;
    *stay = (struct rd_stay){.site = site, .ward = ward, .ready = ready};
    if (pathway != 0)
        stay->pathway = (struct rd_opt_i32){.has = true, .value = pathway - 1};
    build->referral->stay = stay;
}

static void add_referrer(struct rd_template_build *build)
{
    const struct rd_party party = {.name = rd_template_cell(build, COL_REFERRER),
                                   .role = rd_template_cell(build, COL_ROLE),
                                   .callback = rd_template_cell(build, COL_REFERRER_PHONE)};
    bool any = rd_text_present(party.name) || rd_text_present(party.role) ||
               rd_text_present(party.callback);
    struct rd_party *referrer = any ? NEW(build, struct rd_party) : NULL;
    if (referrer == NULL)
        return;
    *referrer = party;
    build->referral->referrer = referrer;
}

void rd_template_record(struct rd_template_build *build)
{
    bool paper = build->template->is.kind == RD_TEMPLATE_PAPER;
    struct rd_referral *referral = NEW(build, struct rd_referral);
    build->referral = referral;
    if (referral == NULL)
        return;
    referral->kind = RD_KIND_REFERRAL;
    referral->custody = RD_CUSTODY_ROUTER;
    struct rd_identifier *reference =
        rd_text_present(build->row->reference) ? ADD(build, referral, source_refs) : NULL;
    if (reference != NULL)
        *reference = (struct rd_identifier){.system = paper ? RD_TEXT("paper-sheet")
                                                            : RD_TEXT("csv-reference"),
                                            .value = build->row->reference};
    add_person(build);
    add_needs(build);
    referral->priority_asked = (enum rd_priority)rd_template_choose(
        build, COL_PRIORITY, priorities,
        "expected emergency, two hours, same day, two days or routine");
    add_consent(build);
    add_flag(build, COL_SAFEGUARDING, "safeguarding", "person");
    add_flag(build, COL_DANGER, "scene-safety", "address");
    add_flag(build, COL_ADJUSTMENT, "reasonable-adjustment", "person");
    add_stay(build);
    add_referrer(build);
    referral->authored = read_time(build, COL_WRITTEN);
    if (paper)
        rd_template_paper_record(build);
}
