/* The parts of a record under construction: record.c has what is asked, record_person.c who is
 * concerned. */
#ifndef RD_FORM_RECORD_PERSON_H
#define RD_FORM_RECORD_PERSON_H

#include "adapters/form/record.h"
#include "model/limits.h"

struct rd_form_build {
    const struct rd_form_state *state;
    const struct rd_form_moment *moment;
    struct rd_arena *arena;
    struct rd_referral *referral;
    bool full; /* the arena was, at some point */
};

void *rd_form_new(struct rd_form_build *build, size_t size);
void *rd_form_add(struct rd_form_build *build, void **items, size_t *count, size_t size);
#define RD_FORM_NEW(build, type) ((type *)rd_form_new((build), sizeof(type)))
/* One more item of owner->list; NULL: full. */
#define RD_FORM_ADD(build, owner, list)                                                            \
    rd_form_add((build), (void **)&(owner)->list, &(owner)->list##_count, sizeof *(owner)->list)

/* `at` 0: no moment, only `original`. */
struct rd_time *rd_form_time(struct rd_form_build *build, rd_instant at, struct rd_text original);
void rd_form_issue(struct rd_form_build *build, const char *code, const char *path,
                   const char *words);
/* The person, the referrer, hops and who is around. */
void rd_form_add_people(struct rd_form_build *build);
/* It may be the caller who does harm: nobody rings them. */
bool rd_form_names_caller(const struct rd_form_state *state);
/* Somebody may be doing harm: nothing about this referral is shown or promised to anybody who has
 * its page. */
bool rd_form_names_harm(const struct rd_form_state *state);

#endif
