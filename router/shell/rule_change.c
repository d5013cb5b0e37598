/* What an operator asks of the rules while the router runs. Whatever reads a place is done on the
 * checker's thread (checker.h), so that clocks fire and peers are answered meanwhile; what is found
 * comes into force here, on the loop, in one step of the core. One at a time: a second request is
 * refused rather than queued, for whoever approved it did so for the rules that are in force now.
 */
#include "shell/router.h"

#include "base/person_name.h"
#include "model/limits.h"

#include <stdio.h>
#include <string.h>

static char *own_text(struct rd_text text)
{
    char *copy = rd_alloc_zeroed(rd_alloc_heap(), text.len + 1, 1);
    if (copy != NULL && text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

static enum rd_err two_people(const struct rd_admin *admin, struct rd_errbuf *why)
{
    if (!rd_person_name_is(admin->by) || !rd_person_name_is(admin->approved_by))
        return rd_fail(why, RD_E_DENIED,
                       "two named people are needed: --by who activates, --approved-by who "
                       "approved");
    if (rd_person_name_same(admin->by, admin->approved_by))
        return rd_fail(why, RD_E_DENIED,
                       "%.*s cannot approve their own change: --approved-by another person",
                       RD_TEXT_ARG(rd_text_slice(admin->by, 0, 200)));
    return RD_OK;
}

static enum rd_err nothing_is_checked(const struct rd_router *router, struct rd_errbuf *why)
{
    char words[RD_CHECK_WORDS_MAX];
    const struct rd_check_job *job = rd_checker_job(router->checker);
    if (job == NULL)
        return RD_OK;
    rd_checker_words(router->checker, words);
    return rd_fail(why, RD_E_CONFLICT,
                   "another rule set is being checked (%.200s%s%.200s): ask again when that is "
                   "done, or take it back with: referralctl rules withdraw",
                   words, job->by[0] == '\0' ? "" : ", asked by ", job->by);
}

/* Who asks, for when, and whether there is anything to check. A moment that has passed is a mistake
 * in the date: what two people meant for next year must not come now. */
static enum rd_err may_ask(struct rd_router *router, const struct rd_admin *admin,
                           struct rd_errbuf *why)
{
    char at[RD_INSTANT_TEXT_MAX];
    enum rd_err err = two_people(admin, why);
    if (err == RD_OK)
        err = nothing_is_checked(router, why);
    if (err == RD_OK && admin->when != 0 && admin->when < rd_router_now(router) - RD_MINUTE_US)
        err = rd_fail(why, RD_E_INVALID,
                      "%s has passed: name a moment to come, or none to bring the rules in now",
                      rd_instant_format(admin->when, at));
    if (err == RD_OK && rd_text_present(admin->rules_hash) &&
        rd_text_equal(admin->rules_hash, rd_rules_place(router->rules)->hash))
        err = rd_fail(why, RD_E_CONFLICT, "rule set %.12s is in force already",
                      rd_rules_place(router->rules)->hash.ptr);
    return err;
}

/* What the router holds and runs under decides, at the moment. */
static enum rd_err may_come(const struct rd_router *router, const struct rd_rules *rules,
                            struct rd_errbuf *why)
{
    const struct rd_place *place = rd_rules_place(rules);
    const struct rd_place *now = rd_rules_place(router->rules);
    const struct rd_meta_state *meta = rd_core_meta(router->core);
    if (!rd_text_equal(place->name, now->name))
        return rd_fail(why, RD_E_CONFLICT, "that is the place %.*s, this router runs %.*s",
                       RD_TEXT_ARG(place->name), RD_TEXT_ARG(now->name));
    if (rd_text_equal(place->hash, now->hash))
        return rd_fail(why, RD_E_CONFLICT, "rule set %.12s is in force already", place->hash.ptr);
    if (rd_text_present(meta->pending_rules_hash))
        return rd_fail(why, RD_E_CONFLICT,
                       "rule set %.12s waits for its time already; first: referralctl rules "
                       "withdraw",
                       meta->pending_rules_hash.ptr);
    return rd_core_rules_fit(router->core, rules, why) ? RD_OK : RD_E_CONFLICT;
}

/* Takes the candidate's rules. */
static void bring(struct rd_router *router, struct rd_check_job *job, struct rd_errbuf *said)
{
    char at[RD_INSTANT_TEXT_MAX];
    char hash[RD_KEPT_HASH_MAX];
    struct rd_candidate *candidate = &job->candidate;
    struct rd_event event = {.kind = RD_EVENT_RULES,
                             .rules = candidate->rules,
                             .effective = job->when,
                             .by = rd_text_of(job->by),
                             .approved_by = rd_text_of(job->approved_by),
                             .reason = rd_text_of(job->reason)};
    snprintf(hash, sizeof hash, "%.*s", RD_TEXT_ARG(rd_rules_place(candidate->rules)->hash));
    router->coming_rules = candidate->rules;
    candidate->rules = NULL;
    rd_router_step_with_files(router, &event, &candidate->files);
    router->rules_refused_words[0] = '\0';
    if (rd_text_is(rd_rules_place(router->rules)->hash, hash))
        (void)rd_fail(said, RD_OK, "rule set %.12s is in force", hash);
    else
        (void)rd_fail(said, RD_OK, "rule set %.12s comes into force at %s", hash,
                      rd_instant_format(job->when, at));
}

static enum rd_err finish_change(struct rd_router *router, struct rd_check_job *job,
                                 struct rd_errbuf *said)
{
    enum rd_err err = job->err;
    if (err == RD_OK)
        err = may_come(router, job->candidate.rules, said);
    if (err != RD_OK) {
        rd_router_refuse_rules(router, said);
        return err;
    }
    const struct rd_candidate found = job->candidate; /* counts only: its rules are taken */
    bring(router, job, said);
    size_t len = strlen(said->text);
    if (job->kind == RD_CHECK_ACTIVATE)
        snprintf(said->text + len, sizeof said->text - len,
                 "; its %zu cases pass; proved: everybody reaches one team that takes them, or the "
                 "desk for a reason, with a clock (%zu postcodes, %zu cells of people, %zu "
                 "decisions)",
                 found.cases, found.proof.postcodes, found.proof.cells, found.proof.decisions);
    return RD_OK;
}

static enum rd_err finish_shadow(struct rd_router *router, struct rd_check_job *job,
                                 struct rd_errbuf *said)
{
    enum rd_err err = job->err;
    struct rd_rules *rules = job->candidate.rules;
    if (err == RD_OK &&
        !rd_text_equal(rd_rules_place(rules)->name, rd_rules_place(router->rules)->name))
        err = rd_fail(said, RD_E_CONFLICT, "that is the place %.*s, not this router's",
                      RD_TEXT_ARG(rd_rules_place(rules)->name));
    if (err == RD_OK)
        err = rd_shadow_start(&router->shadow, job->state, rules, said);
    if (err != RD_OK)
        return err;
    job->candidate.rules = NULL;
    rd_log(RD_LOG_NOTICE, "shadow.started", rd_log_name("rules", rd_rules_place(rules)->hash));
    return rd_fail(said, RD_OK,
                   "rule set %.12s decides beside those in force from now on, and acts on "
                   "nothing; see: referralctl rules shadow report",
                   rd_rules_place(rules)->hash.ptr);
}

/* Who asked and what for, from the one to the other. Takes `next`. */
static enum rd_err follow_up(struct rd_router *router, const struct rd_check_job *job,
                             struct rd_check_job *next, struct rd_errbuf *said)
{
    next->reason = own_text(rd_text_of(job->reason));
    memcpy(next->directory, job->directory, sizeof next->directory);
    memcpy(next->state, job->state, sizeof next->state);
    memcpy(next->by, job->by, sizeof next->by);
    memcpy(next->approved_by, job->approved_by, sizeof next->approved_by);
    memcpy(next->said_before, job->said_before, sizeof next->said_before);
    next->socket = job->socket;
    next->peer = job->peer;
    next->correlation = job->correlation;
    next->from = rd_router_now(router);
    enum rd_err err = next->reason == NULL ? rd_fail(said, RD_E_NOMEM, "no memory to check it")
                                           : rd_checker_start(router->checker, next, said);
    if (err != RD_OK)
        rd_check_job_free(next);
    return err;
}

/* Whether the place directory is what is in force; when it is not and somebody approved it, it is
 * checked: the answer comes after that. */
static enum rd_err finish_compare(struct rd_router *router, struct rd_check_job *job,
                                  struct rd_errbuf *said)
{
    bool same = rd_text_is(rd_rules_place(router->rules)->hash, job->found_hash);
    if (job->err == RD_OK && !same && job->approved_by[0] != '\0') {
        struct rd_check_job *next = rd_check_job_new(RD_CHECK_ACTIVATE);
        return next == NULL ? rd_fail(said, RD_E_NOMEM, "no memory to check it")
                            : follow_up(router, job, next, said);
    }
    if (job->err == RD_OK)
        (void)rd_fail(said, RD_OK, "%s",
                      same ? "rule set unchanged"
                           : "the place directory holds other rules than those in force, which "
                             "stay; activate them with: referralctl rules activate");
    return job->err;
}

/* A reload says what became of the keys too, and is done whatever becomes of the rules. */
static enum rd_err finish_reload(const struct rd_check_job *job, enum rd_err err,
                                 struct rd_errbuf *said)
{
    const struct rd_errbuf words = *said;
    return job->said_before[0] == '\0'
               ? err
               : rd_fail(said, RD_OK, "%.300s; %.700s", job->said_before, words.text);
}

/* On the loop, when the checker is done with it. */
void rd_router_checked(void *context, struct rd_check_job *job)
{
    static enum rd_err (*const finish[])(struct rd_router *, struct rd_check_job *,
                                         struct rd_errbuf *) = {[RD_CHECK_ACTIVATE] = finish_change,
                                                                [RD_CHECK_REVERT] = finish_change,
                                                                [RD_CHECK_SHADOW] = finish_shadow,
                                                                [RD_CHECK_COMPARE] =
                                                                    finish_compare};
    struct rd_router *router = context;
    struct rd_errbuf said = job->why;
    enum rd_err err = RD_E_CONFLICT;
    if (router->closing) {
        router->checker = NULL; /* closes itself */
        rd_check_job_free(job);
        return;
    }
    if (router->ending)
        (void)rd_fail(&said, RD_E_CONFLICT, "the router ends; the rules in force stay");
    else if (job->stopped_by.text[0] != '\0')
        said = job->stopped_by;
    else
        err = finish[job->kind](router, job, &said);
    if (rd_checker_job(router->checker) != NULL) { /* a reload goes on */
        rd_check_job_free(job);
        return;
    }
    err = finish_reload(job, err, &said);
    rd_log(err == RD_OK ? RD_LOG_INFO : RD_LOG_NOTICE, "rules.checked",
           rd_log_words("words", said.text));
    rd_router_answer_admin(router, job->socket, job->peer, job->correlation, err, said.text);
    rd_check_job_free(job);
}

/* Of what was asked, and by whom. Takes the job. */
static enum rd_err start_check(struct rd_router *router, struct rd_check_job *job,
                               const struct rd_admin *admin, const struct rd_peer *peer,
                               struct rd_errbuf *said)
{
    if (job == NULL)
        return rd_fail(said, RD_E_NOMEM, "no memory to check it");
    job->reason = own_text(admin->reason);
    snprintf(job->state, sizeof job->state, "%s", router->options->state);
    snprintf(job->by, sizeof job->by, "%.*s", RD_TEXT_ARG(admin->by));
    snprintf(job->approved_by, sizeof job->approved_by, "%.*s", RD_TEXT_ARG(admin->approved_by));
    job->when = admin->when;
    job->from = admin->when > rd_router_now(router) ? admin->when : rd_router_now(router);
    if (peer != NULL) {
        job->socket = peer->socket;
        job->peer = peer->number;
        job->correlation = admin->correlation;
    }
    enum rd_err err = job->reason == NULL ? rd_fail(said, RD_E_NOMEM, "no memory to check it")
                                          : rd_checker_start(router->checker, job, said);
    if (err != RD_OK)
        rd_check_job_free(job);
    return err;
}

static enum rd_err take_directory(struct rd_check_job *job, const struct rd_admin *admin,
                                  struct rd_errbuf *said)
{
    if (!rd_text_starts(admin->directory, "/") || admin->directory.len >= sizeof job->directory)
        return rd_fail(said, RD_E_INVALID,
                       "the place directory must be given by its whole path, of at most %zu bytes",
                       sizeof job->directory - 1);
    snprintf(job->directory, sizeof job->directory, "%.*s", RD_TEXT_ARG(admin->directory));
    snprintf(job->expected_hash, sizeof job->expected_hash, "%.*s", RD_TEXT_ARG(admin->rules_hash));
    return RD_OK;
}

static enum rd_err check_directory(struct rd_router *router, enum rd_check_kind kind,
                                   const struct rd_admin *admin, const struct rd_peer *peer,
                                   struct rd_errbuf *said)
{
    struct rd_check_job *job = rd_check_job_new(kind);
    enum rd_err err = job == NULL ? rd_fail(said, RD_E_NOMEM, "no memory to check it")
                                  : take_directory(job, admin, said);
    if (err != RD_OK) {
        rd_check_job_free(job);
        return err;
    }
    return start_check(router, job, admin, peer, said);
}

enum rd_err rd_router_activate(struct rd_router *router, const struct rd_admin *admin,
                               const struct rd_peer *peer, struct rd_errbuf *said)
{
    enum rd_err err = may_ask(router, admin, said);
    return err == RD_OK ? check_directory(router, RD_CHECK_ACTIVATE, admin, peer, said) : err;
}

enum rd_err rd_router_revert(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said)
{
    const struct rd_text previous = rd_core_meta(router->core)->previous_rules_hash;
    enum rd_err err = may_ask(router, admin, said);
    if (err == RD_OK && !rd_text_present(previous))
        err = rd_fail(said, RD_E_NOTFOUND, "no other rule set was in force before");
    const struct rd_ruleset_state *set = rd_core_ruleset(router->core, previous);
    if (err == RD_OK && (set == NULL || !set->complete))
        err = rd_fail(said, RD_E_NOTFOUND, "the ledger does not keep the files of rule set %.12s",
                      previous.ptr);
    if (err != RD_OK)
        return err;
    struct rd_check_job *job = rd_check_job_new(RD_CHECK_REVERT);
    if (job != NULL) {
        job->kept = *set;
        snprintf(job->expected_hash, sizeof job->expected_hash, "%.*s", RD_TEXT_ARG(previous));
        memcpy(job->body_key, router->keys.body_key, sizeof job->body_key);
    }
    return start_check(router, job, admin, peer, said);
}

/* What is being checked, or else what waits for its time. */
enum rd_err rd_router_withdraw(struct rd_router *router, const struct rd_admin *admin,
                               struct rd_errbuf *said)
{
    struct rd_check_job *job = rd_checker_job(router->checker);
    if (job != NULL && job->kind != RD_CHECK_COMPARE) {
        (void)rd_fail(&job->stopped_by, RD_E_CONFLICT,
                      "taken back by %.*s while it was checked; the rules in force stay",
                      RD_TEXT_ARG(rd_text_slice(admin->by, 0, 200)));
        rd_checker_stop(router->checker);
        return rd_fail(said, RD_OK,
                       "what was being checked is taken back; the rules in force stay");
    }
    if (!rd_text_present(rd_core_meta(router->core)->pending_rules_hash))
        return rd_fail(said, RD_E_NOTFOUND,
                       "no rule set waits for its time, and none is being checked");
    struct rd_event event = {.kind = RD_EVENT_WITHDRAW,
                             .by = admin->by,
                             .approved_by = admin->approved_by,
                             .reason = admin->reason};
    rd_router_step(router, &event);
    return rd_fail(said, RD_OK, "what waited for its time is withdrawn; the rules in force stay");
}

static void end_shadow(struct rd_router *router, const struct rd_admin *admin,
                       const struct rd_peer *peer)
{
    struct rd_errbuf said;
    struct rd_check_job *job = rd_checker_job(router->checker);
    if (job != NULL && job->kind == RD_CHECK_SHADOW) {
        (void)rd_fail(&job->stopped_by, RD_E_CONFLICT, "shadows were ended while it was checked");
        rd_checker_stop(router->checker);
    }
    rd_shadow_stop(&router->shadow, router->options->state);
    (void)rd_fail(&said, RD_OK, "no shadow; its notes stay in %.300s/shadow",
                  router->options->state);
    rd_router_answer_admin(router, peer->socket, peer->number, admin->correlation, RD_OK,
                           said.text);
}

enum rd_err rd_router_shadow(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said)
{
    if (!rd_text_present(admin->directory)) {
        end_shadow(router, admin, peer);
        return RD_OK;
    }
    enum rd_err err = nothing_is_checked(router, said);
    return err == RD_OK ? check_directory(router, RD_CHECK_SHADOW, admin, peer, said) : err;
}

/* SIGHUP, and reload without an approver: keys are the operator's, rules are not. */
enum rd_err rd_router_reload_rules(struct rd_router *router, const struct rd_admin *admin,
                                   const struct rd_peer *peer, struct rd_errbuf *said)
{
    struct rd_errbuf why = {{0}};
    enum rd_err err = rd_text_present(admin->approved_by) ? two_people(admin, &why) : RD_OK;
    if (err == RD_OK)
        err = nothing_is_checked(router, &why);
    if (err == RD_OK) {
        struct rd_check_job *job = rd_check_job_new(RD_CHECK_COMPARE);
        if (job != NULL) {
            snprintf(job->said_before, sizeof job->said_before, "%s", said->text);
            snprintf(job->directory, sizeof job->directory, "%s", router->options->place);
        }
        err = start_check(router, job, admin, peer, &why);
    }
    if (err == RD_OK)
        return RD_OK;
    size_t len = strlen(said->text);
    snprintf(said->text + len, sizeof said->text - len, "; %.700s", why.text);
    return err;
}
