/* The proof of a place: everybody reaches one team that takes them or the desk for a reason that is
 * written down, with a clock that suits the urgency and does not end before that team opens, at
 * every hour.
 *
 * Not by trying everybody. The answer depends on which rule of the triage table hits, which of the
 * lead table, what urgency was asked for and which teams are open; so the people fall into cells in
 * which all of these are the same, and the hours into kinds in which the same teams of a fallback
 * chain are open. For each cell that anybody can be in (rules/engine/analysis: exact, with one
 * person of it) and each kind of hour, at both its edges, the decision itself is made and judged.
 * What occurs together only (a postcode's class, borough and locality; needs and their class; age
 * and the minimum data) is taken together. PURE. Thread: any, one call at a time. */
#ifndef RD_RULES_PROVE_H
#define RD_RULES_PROVE_H

#include "base/alloc.h"
#include "base/err.h"
#include "rules/rules.h"

enum { RD_PROVE_DAYS_MIN = 400, RD_PROVE_DAYS_MAX = 3660, RD_PROOF_WORDS_MAX = 1024 };

struct rd_prove_options {
    rd_instant from; /* the hours proved begin here; they go on for RD_PROVE_DAYS_MIN days, or as
                        long as the calendars name dates, up to RD_PROVE_DAYS_MAX */
    const struct rd_alloc *alloc;
    /* Called now and then; may be NULL. False: the proof stops there. */
    bool (*progress)(void *context, size_t done, size_t total);
    /* Called for every cell of lead teams that somebody can be in: the indices of the rules that
     * hit (the number of rules: none does) and the urgency that comes of it; may be NULL. */
    void (*cell)(void *context, size_t triage, enum rd_priority urgency, size_t lead);
    void *context;
};

enum rd_proof_answer {
    RD_PROOF_HOLDS = 1,
    RD_PROOF_FAILS,     /* counter_example says for whom, when and why */
    RD_PROOF_UNDECIDED, /* counter_example says what was too large */
    RD_PROOF_STOPPED    /* progress said so */
};
struct rd_proof {
    enum rd_proof_answer answer;
    char counter_example[RD_PROOF_WORDS_MAX];
    rd_instant from, until;
    size_t postcodes; /* of the place's table, in use */
    size_t locations; /* different outcomes of a postcode, those without one included */
    size_t cells;     /* of people; those that can exist */
    size_t hours;     /* kinds of hour of one fallback chain, over all chains */
    size_t intervals; /* between changes of any calendar */
    size_t decisions; /* made and judged */
};

/* RD_E_NOMEM; RD_E_TOOBIG: more than the machine's bounds here allow. Everything else is in *out.
 */
RD_MUST_CHECK enum rd_err rd_rules_prove(const struct rd_rules *rules,
                                         const struct rd_prove_options *options,
                                         struct rd_proof *out);

#endif
