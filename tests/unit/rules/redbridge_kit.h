/* One referral as a test writes it, the record made of it, and what redbridge decides, in one line.
 * Thread: one. */
#ifndef RD_TESTS_REDBRIDGE_KIT_H
#define RD_TESTS_REDBRIDGE_KIT_H

#include "base/arena.h"
#include "rules/load/load.h"

enum { STORY_ARENA = 1 << 20, STORY_SUMMARY = 512 };
#define MONDAY_10 "2026-11-23T10:00:00Z"
#define GP "lambourne-road-surgery"
#define WANSTEAD "E18 2QB"
#define FAIRLOP "IG6 1HS"
#define SEVEN_KINGS "IG3 9BY"
#define LOXFORD "IG1 1DN"

struct story {
    const char *name, *feed, *birth, *postcode, *need, *expected;
    const char *at; /* MONDAY_10 when NULL */
    enum rd_priority asked;
    enum rd_consent_decision consent; /* GIVEN when 0 */
    enum rd_address_use use;
    enum rd_referral_kind kind;
    enum rd_domain also; /* a second need of that domain, without a code */
    const char *words;   /* instead of a need code */
    const char *second_postcode;
    enum rd_address_use second_use;
    const char *flag, *site, *placed_by, *respond_by, *source_clock;
    int stay_pathway; /* + 1; 0: no stay */
    bool lives_alone, no_name, estimate;
    int age_estimate;
};

/* Loaded by setup_redbridge, a cmocka group setup. */
extern struct rd_rules *redbridge;
int setup_redbridge(void **state);
int teardown_redbridge(void **state);

rd_instant when(const char *text); /* fails the test when it is none */
/* A record on the caller's stack; points into itself. */
struct record {
    struct rd_submission submission;
    struct rd_referral referral;
    struct rd_person person;
    struct rd_name name;
    struct rd_telecom telecom;
    struct rd_address addresses[2];
    struct rd_need needs[2];
    struct rd_flag flag;
    struct rd_consent consent;
    struct rd_stay stay;
    struct rd_time respond_by, source_clock;
    struct rd_text line;
};
void make_record(const struct story *story, struct record *out);
/* Facts and decision of a story; `presence`, `override` may be NULL. */
void decide(const struct story *story, const struct rd_presence *presence,
            const struct rd_override *override, struct rd_arena *arena, struct rd_facts *facts,
            struct rd_decision *out);
/* "pathway urgency lead(roles) + supporting; clocks": "?" after a clock: provisional; "-team" after
 * a team: it stands in for that one. */
void summarise(const struct rd_decision *decision, char text[STORY_SUMMARY]);

#endif
