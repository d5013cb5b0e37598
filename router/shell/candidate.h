/* A place as it is brought: everything that is looked at before it may come into force. It loads,
 * the mappings of its feeds can be read, its own cases pass, everybody reaches somebody (proved),
 * and its files are those that were looked at. What depends on what the router holds (who has
 * something open) is not asked here: core.h, rd_core_rules_fit.
 *
 * Does I/O, blocks for seconds over a county. Thread: any; nothing is shared between two calls. */
#ifndef RD_SHELL_CANDIDATE_H
#define RD_SHELL_CANDIDATE_H

#include "rules/cases/cases.h"
#include "rules/load/place_files.h"
#include "rules/prove/prove.h"

enum rd_candidate_step {
    RD_CANDIDATE_READING = 1,
    RD_CANDIDATE_CASES,
    RD_CANDIDATE_PROOF,
    RD_CANDIDATE_FILES
};
/* How far it is, now and then; false: stop. May be NULL. */
typedef bool rd_candidate_progress(void *context, enum rd_candidate_step step, size_t done,
                                   size_t total);

struct rd_candidate_options {
    const char *directory;
    struct rd_text expected_hash; /* absent: any */
    bool shadow;                  /* it is to act on nothing: neither cases nor proof */
    rd_instant from;              /* the proof begins here */
    rd_finding_sink *found;       /* NULL allowed */
    rd_candidate_progress *progress;
    void *context; /* of both */
};

struct rd_candidate {
    struct rd_rules *rules;
    struct rd_place_files files;
    size_t cases;
    struct rd_proof proof;
    bool stopped; /* because progress said so */
};

/* Reads and checks a place directory with the mappings of its feeds: rd_rules_load, and no more.
 * Errors as there. */
RD_MUST_CHECK enum rd_err rd_candidate_load(const char *directory, rd_finding_sink *sink,
                                            void *context, struct rd_rules **out);
/* All of it. After any result: rd_candidate_fini, unless members were taken and set to NULL. Any
 * error: it may not come into force, `why` is the first thing that is wrong, with its place. */
RD_MUST_CHECK enum rd_err rd_candidate_check(const struct rd_candidate_options *options,
                                             struct rd_candidate *out, struct rd_errbuf *why);
void rd_candidate_fini(struct rd_candidate *candidate);

#endif
