/* A proof under way, shared by its parts. Not for others. */
#ifndef RD_RULES_PROVE_PROOF_H
#define RD_RULES_PROVE_PROOF_H

#include "rules/engine/analysis/cover.h"
#include "rules/eval/deciding.h"
#include "rules/prove/prove.h"

/* Inputs of the space beyond those of eval/inputs.h: the class, locality, borough and basis that
 * the routing tables see when a pathway goes by an area of its own. Four of each area. */
enum { PROOF_SEEN_CLASS, PROOF_SEEN_LOCALITY, PROOF_SEEN_BOROUGH, PROOF_SEEN_BASIS, PROOF_SEEN };
enum { PROOF_INPUTS = RD_INPUT_COUNT + RD_AREAS_MAX * PROOF_SEEN };
static inline size_t proof_seen(enum rd_area_kind kind, size_t which)
{
    return RD_INPUT_COUNT + ((size_t)kind - RD_AREA_RESIDENCE) * PROOF_SEEN + which;
}

enum { PROOF_MEMORY_MAX = 1024 * 1024 * 1024, PROOF_STEP_BYTES_MAX = 4 * 1024 * 1024 };

/* A moment of a kind of hour. */
struct proof_moment {
    rd_instant at;
    size_t interval;
};
/* The moments that matter to who ends up with what a team is given: its fallback chain's. */
struct proof_hours {
    struct proof_moment *moments;
    size_t count;
};
enum proof_day { PROOF_WEEKDAY, PROOF_WEEKEND, PROOF_HOLIDAY, PROOF_SPRING, PROOF_AUTUMN };

/* One of the tables, its rules as boxes of the space without their columns for pathway, urgency and
 * area, which triage settles. Of a routing table one for each area that a pathway goes by. */
struct proof_table {
    const struct rd_bound_table *bound;
    struct rd_boxes boxes;
    size_t *first;          /* of each rule its first box; one more at the end */
    const uint64_t **every; /* the boxes */
};

struct proof {
    const struct rd_rules *rules;
    const struct rd_prove_options *options;
    struct rd_proof *out;
    struct rd_arena arena, step; /* step: of one decision */
    struct rd_space space;       /* PROOF_INPUTS of them */
    struct rd_cover *cover;
    bool goes_by[RD_AREAS_MAX + 1]; /* some pathway does; 0: one goes by what triage saw */
    struct proof_table triage, lead[RD_AREAS_MAX + 1];
    struct proof_table supporting[RD_AREAS_MAX + 1][RD_RULES_SUPPORTING_MAX];
    struct rd_boxes never; /* what nobody can be */
    /* An example for each class of the axis of locations, and of each area's. */
    const struct rd_text *postcodes[RD_AREAS_MAX + 1];
    const struct rd_calendar **calendars; /* of teams, each once */
    size_t calendars_count;
    rd_instant *waits; /* how far off an opening may be, the longest first */
    size_t waits_count;
    rd_instant *edges; /* where the state of some calendar changes: intervals begin */
    size_t edges_count;
    struct proof_hours *hours, *waiting_hours; /* one for each team; of what waits two days */
    enum rd_err err;           /* RD_OK so far */
};

/* All: false when memory gave out (proof->err). */
/* locations.c: what postcodes come to, as one axis; as one more for each area that counts. */
bool proof_add_locations(struct proof *proof);
/* people.c: the other inputs, what nobody can be, and the tables' boxes. */
bool proof_add_people(struct proof *proof);
/* hours.c: until when; then intervals and the kinds of hours of each team. */
void proof_set_hours(struct proof *proof);
bool proof_add_hours(struct proof *proof);
enum proof_day proof_day_of(const struct proof *proof, rd_instant at);

/* words.c: who and when: "81-year-old, fall, E18 2QD, Sunday 03:10". */
struct rd_text proof_person(struct proof *proof, const struct rd_value values[RD_INPUT_COUNT],
                            const uint64_t *box, enum rd_area_kind area);
struct rd_text proof_when(struct proof *proof, rd_instant at);
/* judge.c: NULL, or what is wrong with the decision. `urgency`s: see there. */
struct rd_text proof_judge(struct proof *proof, const struct rd_deciding *deciding,
                           const struct rd_decision *decision);
/* The first clock policy that a calendar never ends, and when. False: there is none. */
bool proof_clock_without_end(struct proof *proof);
void proof_fails(struct proof *proof, struct rd_text who, struct rd_text when, struct rd_text why);

#endif
