#include "redbridge_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct rd_rules *redbridge;

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    print_error("%s:%u:%u: %s\n", finding->file, finding->line, finding->column, finding->words);
}

int setup_redbridge(void **state)
{
    (void)state;
    return rd_rules_load(RD_SOURCE_DIR "/rules/places/redbridge", rd_alloc_heap(), on_finding, NULL,
                         &redbridge) != RD_OK;
}

int teardown_redbridge(void **state)
{
    (void)state;
    rd_rules_free(redbridge);
    return 0;
}

rd_instant when(const char *text)
{
    rd_instant at = 0;
    if (!rd_instant_parse(rd_text_of(text), &at))
        fail_msg("%s is no time", text);
    return at;
}

static void add_addresses(const struct story *story, struct record *out)
{
    out->line = RD_TEXT("12 Example Road");
    out->addresses[0] = (struct rd_address){.use = story->use == 0 ? RD_ADDRESS_HOME : story->use,
                                            .lines = &out->line,
                                            .lines_count = 1,
                                            .postcode = rd_text_of(story->postcode),
                                            .placing_authority = rd_text_of(story->placed_by)};
    out->addresses[1] = (struct rd_address){.use = story->second_use,
                                            .postcode = rd_text_of(story->second_postcode)};
    out->person.addresses = out->addresses;
    out->person.addresses_count = story->second_postcode == NULL ? 1 : 2;
}

void make_record(const struct story *story, struct record *out)
{
    *out = (struct record){
        .submission = {.feed = rd_text_of(story->feed), .referral = &out->referral},
        .referral = {.kind = story->kind,
                     .priority_asked = story->asked,
                     .person = &out->person,
                     .needs = out->needs,
                     .needs_count = story->also != 0 ? 2 : 1,
                     .flags = &out->flag,
                     .flags_count = story->flag != NULL,
                     .consents = &out->consent,
                     .consents_count = 1},
        .person = {.names = &out->name,
                   .names_count = story->no_name ? 0 : 1,
                   .birth_date = rd_text_of(story->birth),
                   .age_estimate = {story->estimate, story->age_estimate},
                   .telecoms = &out->telecom,
                   .telecoms_count = 1,
                   .lives_alone = {story->lives_alone, story->lives_alone}},
        .name = {.family = RD_TEXT("Example")},
        .telecom = {.system = RD_TEXT("phone"), .value = RD_TEXT("020 7946 0000")},
        .needs = {{.code = rd_text_of(story->need), .words = rd_text_of(story->words)},
                  {.domain = story->also, .words = RD_TEXT("and more")}},
        .flag = {.category = rd_text_of(story->flag)},
        .consent = {.decision = story->consent == 0 ? RD_CONSENT_GIVEN : story->consent}};
    add_addresses(story, out);
    if (story->stay_pathway != 0) {
        out->referral.stay = &out->stay;
        out->stay.site = rd_text_of(story->site);
        out->stay.pathway = (struct rd_opt_i32){true, story->stay_pathway - 1};
    }
    if (story->respond_by != NULL) {
        out->respond_by.utc_us = when(story->respond_by);
        out->referral.respond_by = &out->respond_by;
    }
    if (story->source_clock != NULL) {
        out->source_clock.utc_us = when(story->source_clock);
        out->referral.source_clock = &out->source_clock;
    }
}

void decide(const struct story *story, const struct rd_presence *presence,
            const struct rd_override *override, struct rd_arena *arena, struct rd_facts *facts,
            struct rd_decision *out)
{
    struct record record;
    rd_instant now = when(story->at == NULL ? MONDAY_10 : story->at);
    make_record(story, &record);
    assert_int_equal(rd_rules_facts(redbridge, &record.submission, now, arena, facts), RD_OK);
    struct rd_decide_request request = {
        .facts = facts, .now = now, .override = override, .engine_version = RD_TEXT("test")};
    if (presence != NULL)
        request.presence = *presence;
    assert_int_equal(rd_rules_decide(redbridge, &request, arena, out), RD_OK);
}

static void put(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(char *text, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + len, STORY_SUMMARY - len, format, args);
    va_end(args);
}

void summarise(const struct rd_decision *decision, char text[STORY_SUMMARY])
{
    text[0] = '\0';
    put(text, "%.*s %s", RD_TEXT_ARG(decision->pathway),
        rd_enum_name(&rd_priority_names, (int)decision->urgency));
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *one = &decision->assignments[i];
        assert_int_equal(one->role, i == 0 ? RD_ROLE_LEAD : RD_ROLE_SUPPORTING);
        put(text, "%s%.*s", i == 0 ? " " : " + ", RD_TEXT_ARG(one->team));
        for (size_t j = 0; j < one->required_roles_count; j++)
            put(text, "%s%.*s%s", j == 0 ? "(" : ",", RD_TEXT_ARG(one->required_roles[j]),
                j + 1 == one->required_roles_count ? ")" : "");
        if (rd_text_present(one->after_fallback_from))
            put(text, "-%.*s", RD_TEXT_ARG(one->after_fallback_from));
    }
    for (size_t i = 0; i < decision->clocks_count; i++)
        put(text, "%s %.*s%s", i == 0 ? ";" : "", RD_TEXT_ARG(decision->clocks[i].policy),
            decision->clocks[i].provisional ? "?" : "");
}
