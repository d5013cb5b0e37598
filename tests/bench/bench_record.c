#include "bench_record.h"

#include <inttypes.h>
#include <string.h>

bool bench_postcodes_read(const char *place, struct bench_postcodes *out)
{
    char path[4096], line[256];
    (void)snprintf(path, sizeof path, "%s/postcodes.csv", place);
    FILE *file = fopen(path, "re");
    out->count = 0;
    bool header = true;
    while (file != NULL && out->count < BENCH_POSTCODES_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, ",\r\n")] = '\0';
        if (!header && strlen(line) < BENCH_POSTCODE_BYTES)
            memcpy(out->texts[out->count++], line, strlen(line) + 1);
        header = false;
    }
    if (file != NULL)
        (void)fclose(file); /* read only */
    if (out->count == 0)
        (void)fprintf(stderr, "%s: no postcode could be read\n", path);
    return out->count > 0;
}

void bench_record_init(struct bench_record *record, const char *feed, size_t original_bytes)
{
    static const char line[] = "OBX|1|TX|note^Clinical note||Found on the kitchen floor by her "
                               "daughter, alert, no injury seen, cannot rise.||||||F\r";
    memset(record, 0, sizeof *record);
    for (size_t at = 0; at < original_bytes; at++)
        record->original[at] = line[at % (sizeof line - 1)];
    record->line.ptr = record->street;
    record->name = (struct rd_name){.use = RD_TEXT("usual"), .given = RD_TEXT("Edith")};
    record->id = (struct rd_person_id){.system = RD_TEXT("nhs-number"),
                                       .verification = RD_TEXT("number-present-and-verified"),
                                       .checksum_ok = {true, true}};
    record->address =
        (struct rd_address){.use = RD_ADDRESS_HOME, .lines = &record->line, .lines_count = 1};
    record->telecom = (struct rd_telecom){
        .system = RD_TEXT("phone"), .value = RD_TEXT("020 7946 0000"), .safe_to_call = RD_SAFE_YES};
    record->consent.decision = RD_CONSENT_GIVEN;
    record->source_ref.system = RD_TEXT("urn:bench");
    record->authored = (struct rd_time){.utc_us = INT64_C(1795251600000000),
                                        .original = RD_TEXT("20261121090000"),
                                        .offset_assumed = true,
                                        .precision = RD_PRECISION_SECOND};
    record->person = (struct rd_person){.ids = &record->id,
                                        .ids_count = 1,
                                        .names = &record->name,
                                        .names_count = 1,
                                        .addresses = &record->address,
                                        .addresses_count = 1,
                                        .telecoms = &record->telecom,
                                        .telecoms_count = 1,
                                        .lives_alone = {true, true}};
    record->referral = (struct rd_referral){.kind = RD_KIND_REFERRAL,
                                            .custody = RD_CUSTODY_ROUTER,
                                            .authored = &record->authored,
                                            .needs = &record->need,
                                            .consents = &record->consent,
                                            .consents_count = 1,
                                            .source_refs = &record->source_ref,
                                            .source_refs_count = 1,
                                            .facts = &record->fact,
                                            .person = &record->person};
    record->fact = (struct rd_fact){.kind = RD_FACT_DEMOGRAPHICS, .words = RD_TEXT("Moved ward")};
    record->submission = (struct rd_submission){.feed = rd_text_of(feed),
                                                .environment = RD_ENVIRONMENT_LIVE,
                                                .digest = {record->digest, sizeof record->digest},
                                                .media_type = RD_TEXT("application/hl7-v2"),
                                                .original = {record->original, original_bytes},
                                                .referral = &record->referral};
}

/* One of the range 999 0000000 to 999 9999999 whose check digit exists: one in eleven has none. */
static void set_nhs_number(char out[11], uint64_t number)
{
    for (uint64_t candidate = number % 900000;; candidate++) {
        (void)snprintf(out, 11, "999%06" PRIu64 "0", candidate % 1000000);
        int sum = 0;
        for (int i = 0; i < 9; i++)
            sum += (out[i] - '0') * (10 - i);
        int check = (11 - sum % 11) % 11;
        if (check == 10)
            continue;
        out[9] = (char)('0' + check);
        return;
    }
}

static struct rd_text put(char *out, size_t size, const char *prefix, uint64_t number)
{
    int len = snprintf(out, size, "%s%" PRIu64, prefix, number);
    return (struct rd_text){out, len < 0 ? 0 : (size_t)len};
}

static const struct {
    const char *code, *words;
} needs[] = {
    {"fall", "Fall at home, cannot get up; no injury"},
    {"care-assessment", "Needs help with washing and dressing"},
    {"reablement", "Wants to manage alone again after an illness"},
    {"catheter", "Blocked catheter"},
    {"minor-equipment", "Grab rail"},
    {"long-term-condition", "Breathless on stairs, lives with COPD"},
    {"immediate-need", "No food in the house, confused at times"},
    {"loneliness", "Company"},
};

void bench_record_set(struct bench_record *record, const struct bench_postcodes *postcodes,
                      enum rd_action action, uint64_t number)
{
    const char *feed = record->submission.feed.ptr;
    char prefix[48];
    bool fact = action == RD_ACTION_FACT;
    (void)snprintf(prefix, sizeof prefix, "%.40s|%s", feed, fact ? "A08|" : "I12|");
    record->submission.key = put(record->key, sizeof record->key, prefix, number);
    record->submission.action = action;
    record->referral.facts_count = fact ? 1 : 0;
    record->referral.needs_count = fact ? 0 : 1;
    record->source_ref.value =
        put(record->reference, sizeof record->reference, fact ? "N" : "R", number);
    /* The digest of a real adapter is a hash over the content; here the number stands for it. */
    memset(record->digest, fact ? 'f' : 'r', sizeof record->digest);
    memcpy(record->digest, &number, sizeof number);
    if (record->submission.original.len >= sizeof record->key)
        memcpy(record->original, record->key, sizeof record->key);
    uint64_t person = number * 8 + (uint64_t)(feed[strlen(feed) - 1] & 7);
    set_nhs_number(record->nhs_number, person);
    record->id.value = (struct rd_text){record->nhs_number, 10};
    record->name.family = put(record->family, sizeof record->family, "Example", person);
    record->line = put(record->street, sizeof record->street, "Example Road ", person % 200);
    int len = snprintf(record->birth, sizeof record->birth, "19%02u-%02u-%02u",
                       (unsigned)(30 + person % 30), (unsigned)(1 + person % 12),
                       (unsigned)(1 + person % 28));
    record->person.birth_date = (struct rd_text){record->birth, (size_t)len};
    record->address.postcode =
        rd_text_of(postcodes->texts[(person * 2654435761U) % postcodes->count]);
    size_t need = (size_t)(number % (sizeof needs / sizeof *needs));
    record->need.code = rd_text_of(needs[need].code);
    record->need.words = rd_text_of(needs[need].words);
}
