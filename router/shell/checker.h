/* Rule sets are looked at on a thread of their own, so that no clock and no peer waits for it: a
 * county takes seconds to read and to prove. One job at a time; a rule set is constant once loaded
 * (rules/rules.h), so what is handed over to the loop is the job. Functions: loop thread only. */
#ifndef RD_SHELL_CHECKER_H
#define RD_SHELL_CHECKER_H

#include "core/core.h"
#include "ledger/ledger_sqlite.h"
#include "model/limits.h"
#include "shell/candidate.h"
#include "shell/kept.h"
#include "shell/state_dir.h"

#include <uv.h>

enum rd_check_kind {
    RD_CHECK_ACTIVATE = 1, /* a directory is to come into force */
    RD_CHECK_REVERT,       /* a set that the ledger keeps is */
    RD_CHECK_SHADOW,       /* a directory is to decide beside */
    RD_CHECK_COMPARE       /* whether the place directory is what is in force, by its hash */
};

enum { RD_CHECK_NAME_BYTES_MAX = RD_TERM_BYTES_MAX + 1, RD_CHECK_WORDS_MAX = 1024 };

/* What is asked; then what came of it. The loop's before it is started and when it is done; the
 * thread's in between. */
struct rd_check_job {
    enum rd_check_kind kind;
    char directory[RD_STATE_PATH_MAX];    /* ACTIVATE, SHADOW, COMPARE */
    char expected_hash[RD_KEPT_HASH_MAX]; /* ACTIVATE: "": any. REVERT: which */
    struct rd_ruleset_state kept;         /* REVERT: where the ledger has it; hash unset */
    unsigned char body_key[32];           /* REVERT: to read it; wiped by the thread */
    char state[RD_STATE_PATH_MAX];
    rd_instant from; /* the proof begins here */

    /* Who asked, and what the entries are to say: for the loop. */
    enum rd_socket socket;
    uint64_t peer, correlation; /* peer 0: nobody waits (SIGHUP) */
    char by[RD_CHECK_NAME_BYTES_MAX], approved_by[RD_CHECK_NAME_BYTES_MAX];
    char *reason; /* owned */
    rd_instant when;
    char said_before[RD_CHECK_WORDS_MAX]; /* COMPARE: of the keys */
    struct rd_errbuf stopped_by;          /* words, when somebody took it back; else "" */

    enum rd_err err;
    struct rd_errbuf why;
    struct rd_candidate candidate;
    char found_hash[RD_PLACE_HASH_TEXT_MAX]; /* COMPARE */
};
struct rd_check_job *rd_check_job_new(enum rd_check_kind kind); /* NULL: no memory */
void rd_check_job_free(struct rd_check_job *job);               /* NULL allowed */

struct rd_checker;
/* Called once for each job, on the loop thread; takes the job. */
typedef void rd_checker_done(void *context, struct rd_check_job *job);

/* RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_checker_new(uv_loop_t *loop, rd_checker_done *done, void *context,
                                         struct rd_checker **out, struct rd_errbuf *why);
/* The job under way; NULL: none. Its members up to `stopped_by` may be read and `stopped_by`
 * written. */
struct rd_check_job *rd_checker_job(const struct rd_checker *checker);
/* There must be none. Takes the job when it succeeds. RD_E_NOMEM: no thread can be made. */
RD_MUST_CHECK enum rd_err rd_checker_start(struct rd_checker *checker, struct rd_check_job *job,
                                           struct rd_errbuf *why);
/* The job under way ends as soon as it can: between two cases, two rules of the proof, two steps.
 * `done` is called all the same. */
void rd_checker_stop(struct rd_checker *checker);
/* "for activation: the proof, 12 of 201 rules of triage, 9 s"; "": nothing is under way. */
void rd_checker_words(const struct rd_checker *checker, char out[RD_CHECK_WORDS_MAX]);
/* NULL allowed. NULL: the memory goes when the loop has closed its handle. Else a job still runs
 * (rd_checker_stop came too late for where it is): the loop no longer waits for it, and the process
 * must end without releasing anything. */
struct rd_checker *rd_checker_close(struct rd_checker *checker);

#endif
