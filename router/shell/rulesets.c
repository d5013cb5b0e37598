/* Which rules the router runs under: the ledger says so, not the place directory. That counts at
 * the first start, and from then on when two people say so. */
#include "shell/router.h"

#include "model/limits.h"
#include "rules/cases/cases.h"
#include "rules/load/place_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECISION_BYTES_MAX = 4 * 1024 * 1024 };

static void refuse_set(struct rd_router *router, const struct rd_errbuf *why)
{
    router->counts.rules_refused++;
    snprintf(router->rules_refused_words, sizeof router->rules_refused_words, "%.900s", why->text);
    rd_log(RD_LOG_ERROR, "rules.refused", rd_log_words("words", why->text),
           rd_log_words("fix", "the rules in force stay; mend what is named, see: referralctl "
                               "rules check"));
}

static void log_finding(void *context, const struct rd_finding *finding)
{
    static const enum rd_log_level levels[] = {RD_LOG_ERROR, RD_LOG_INFO, RD_LOG_WARNING,
                                               RD_LOG_ERROR};
    struct rd_errbuf *first = context;
    struct rd_errbuf words;
    (void)rd_fail(&words, RD_OK, "%s:%u:%u: %.700s", finding->file, finding->line, finding->column,
                  finding->words);
    if (finding->severity == RD_SEVERITY_ERROR && first->text[0] == '\0')
        *first = words;
    rd_log(levels[finding->severity], "rules.finding", rd_log_words("words", words.text));
}

static enum rd_err load_directory(const char *directory, struct rd_rules **out,
                                  struct rd_errbuf *why)
{
    struct rd_errbuf first = {{0}};
    enum rd_err err = rd_rules_load(directory, rd_alloc_heap(), log_finding, &first, out);
    if (err == RD_OK)
        return RD_OK;
    return rd_fail(why, err, "%.300s does not load: %.600s", directory,
                   first.text[0] == '\0' ? rd_err_text(err) : first.text);
}

/* The place's own cases, all of them, as it is to be. */
static enum rd_err run_cases(const char *directory, const struct rd_rules *rules, size_t *count,
                             struct rd_errbuf *why)
{
    struct rd_cases cases;
    struct rd_errbuf first = {{0}};
    struct rd_arena memory;
    *count = 0;
    rd_arena_init(&memory, rd_alloc_heap(), DECISION_BYTES_MAX);
    enum rd_err err = rd_cases_read(directory, rules, log_finding, &first, &cases);
    if (err == RD_OK && rd_cases_check(rules, &cases, log_finding, &first) > 0)
        err = RD_E_INVALID;
    if (err != RD_OK)
        err = rd_fail(why, RD_E_INVALID, "the cases of %.300s: %.600s", directory,
                      first.text[0] != '\0' ? first.text
                                            : "there are none; a rule set without is not "
                                              "activated");
    for (size_t i = 0; err == RD_OK && i < cases.count; i++) {
        const struct rd_case *one = &cases.list[i];
        struct rd_mismatch list[RD_MISMATCHES_MAX];
        struct rd_decision decision;
        rd_arena_reset(&memory);
        err = rd_case_decide(rules, one, rd_text_of(RD_VERSION), &memory, &decision);
        if (err == RD_OK && rd_case_compare(rules, one, &decision, &memory, list) > 0)
            err = rd_fail(why, RD_E_INVALID,
                          "%.*s:%u:%u: the case \"%.*s\" fails: %s: expected %.*s, found %.*s",
                          RD_TEXT_ARG(one->file), list[0].pos.line, list[0].pos.column,
                          RD_TEXT_ARG(rd_text_slice(one->name, 0, 200)), list[0].what,
                          RD_TEXT_ARG(rd_text_slice(list[0].expected, 0, 200)),
                          RD_TEXT_ARG(rd_text_slice(list[0].found, 0, 200)));
        *count += err == RD_OK;
    }
    rd_cases_fini(&cases);
    rd_arena_fini(&memory);
    return err;
}

/* Its files, when they are what was loaded. */
static enum rd_err read_files(const char *directory, struct rd_text hash,
                              struct rd_place_files *files, struct rd_errbuf *why)
{
    char hex[RD_PLACE_HASH_TEXT_MAX];
    enum rd_err err = rd_place_files_read(directory, RD_RULESET_BYTES_MAX, files, why);
    if (err == RD_OK)
        err = rd_place_files_hash(files, hex);
    if (err == RD_OK && !rd_text_is(hash, hex))
        err =
            rd_fail(why, RD_E_CONFLICT, "%.300s changed while it was read; do it again", directory);
    return err;
}

static void step_with_files(struct rd_router *router, struct rd_event *event,
                            const struct rd_place_files *files)
{
    struct rd_ruleset_file *list = rd_alloc_zeroed(router->alloc, files->count + 1, sizeof *list);
    if (list == NULL)
        rd_router_die("no memory for the files of a rule set");
    for (size_t i = 0; i < files->count; i++)
        list[i] = (struct rd_ruleset_file){rd_text_of(files->list[i].name),
                                           rd_buf_text(&files->list[i].bytes)};
    event->files = list;
    event->files_count = files->count;
    rd_router_step(router, event);
    rd_release(router->alloc, list);
}

/* The directory beside a ledger that has its own rules: only whether it is the same. */
static void compare_directory(struct rd_router *router)
{
    struct rd_place_files files;
    struct rd_errbuf why;
    char hex[RD_PLACE_HASH_TEXT_MAX] = "";
    const char *place = router->options->place;
    if (rd_place_files_read(place, RD_RULESET_BYTES_MAX, &files, &why) == RD_OK &&
        rd_place_files_hash(&files, hex) == RD_OK &&
        !rd_text_is(rd_rules_place(router->rules)->hash, hex))
        rd_log(RD_LOG_WARNING, "rules.directory_differs", rd_log_words("place", place),
               rd_log_words("fix", "the rules in force are those of the ledger; what the directory "
                                   "holds now comes into force with: referralctl rules activate"));
    rd_place_files_fini(&files);
}

enum rd_err rd_router_choose_rules(struct rd_router *router, struct rd_errbuf *why)
{
    const struct rd_kept *kept = &router->kept;
    const char *state = router->options->state;
    enum rd_err err = kept->in_force[0] == '\0' ? RD_E_NOTFOUND
                                                : rd_kept_load(router->ledger, kept, kept->in_force,
                                                               state, &router->rules, why);
    if (err == RD_E_NOTFOUND) /* the first start, or a ledger of before rule sets were kept */
        return rd_router_load_rules(router->options, &router->rules, why);
    if (err != RD_OK)
        return err;
    compare_directory(router);
    if (kept->pending[0] == '\0')
        return RD_OK;
    struct rd_errbuf pending;
    if (rd_kept_load(router->ledger, kept, kept->pending, state, &router->pending_rules,
                     &pending) != RD_OK)
        refuse_set(router, &pending);
    return RD_OK;
}

/* START, with the files of the place directory when the ledger does not keep them yet. */
enum rd_err rd_router_start_rules(struct rd_router *router, struct rd_event *start,
                                  struct rd_errbuf *why)
{
    struct rd_place_files files = {.count = 0};
    struct rd_text hash = rd_rules_place(router->rules)->hash;
    bool waits = router->kept.pending[0] != '\0';
    enum rd_err err = RD_OK;
    start->in_force = router->rules;
    start->rules = router->pending_rules;
    if (rd_kept_find(&router->kept, hash) == NULL)
        err = read_files(router->options->place, hash, &files, why);
    if (err == RD_OK)
        step_with_files(router, start, &files);
    rd_place_files_fini(&files);
    if (err == RD_OK && waits && router->pending_rules == NULL) {
        struct rd_event withdraw = {.kind = RD_EVENT_WITHDRAW,
                                    .by = RD_TEXT("router"),
                                    .reason = RD_TEXT("it does not load")};
        rd_router_step(router, &withdraw);
    }
    return err;
}

void rd_router_follow_rules(struct rd_router *router)
{
    const struct rd_rules *now = rd_core_rules(router->core);
    struct rd_rules **taken = now == router->coming_rules    ? &router->coming_rules
                              : now == router->pending_rules ? &router->pending_rules
                                                             : NULL;
    if (now != router->rules && taken != NULL) {
        rd_rules_free(router->rules);
        router->rules = *taken;
        *taken = NULL;
        router->rules_refused_words[0] = '\0';
        rd_log(RD_LOG_NOTICE, "rules.in_force", rd_log_name("rules", rd_rules_place(now)->hash));
    }
    if (router->coming_rules != NULL) { /* it waits for its time */
        rd_rules_free(router->pending_rules);
        router->pending_rules = router->coming_rules;
        router->coming_rules = NULL;
    }
    if (router->pending_rules != NULL &&
        !rd_text_present(rd_core_meta(router->core)->pending_rules_hash)) {
        rd_rules_free(router->pending_rules);
        router->pending_rules = NULL;
    }
}

static bool same_person(struct rd_text a, struct rd_text b)
{
    return rd_text_equal_nocase(rd_text_trim(a), rd_text_trim(b));
}

static enum rd_err two_people(const struct rd_admin *admin, struct rd_errbuf *why)
{
    if (rd_text_trim(admin->by).len == 0 || rd_text_trim(admin->approved_by).len == 0)
        return rd_fail(why, RD_E_DENIED,
                       "two named people are needed: --by who activates, --approved-by who "
                       "approved");
    if (same_person(admin->by, admin->approved_by))
        return rd_fail(why, RD_E_DENIED,
                       "%.*s cannot approve their own change: --approved-by another person",
                       RD_TEXT_ARG(rd_text_slice(admin->by, 0, 200)));
    return RD_OK;
}

static enum rd_err may_come(struct rd_router *router, const struct rd_rules *rules,
                            struct rd_errbuf *why)
{
    const struct rd_place *place = rd_rules_place(rules);
    const struct rd_place *now = rd_rules_place(router->rules);
    const struct rd_meta_state *meta = rd_core_meta(router->core);
    struct rd_arena memory;
    struct rd_status status;
    enum rd_err err = RD_OK;
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
    rd_arena_init(&memory, router->alloc, DECISION_BYTES_MAX);
    if (rd_core_status(router->core, rd_router_now(router), &memory, &status) != RD_OK)
        err = rd_fail(why, RD_E_NOMEM, "no memory to look at the teams");
    for (size_t i = 0; err == RD_OK && i < status.teams_count; i++) {
        const struct rd_team_status *team = &status.teams[i];
        uint64_t open = team->waiting + team->claimed + team->accepted;
        if (open > 0 && rd_place_team(place, team->team) == NULL)
            err = rd_fail(why, RD_E_CONFLICT,
                          "the team %.*s has %llu open assignments and is not in that rule set; "
                          "redirect or close them first, or keep the team",
                          RD_TEXT_ARG(team->team), (unsigned long long)open);
    }
    rd_arena_fini(&memory);
    return err;
}

/* Takes `rules`. */
static void bring(struct rd_router *router, const struct rd_admin *admin, struct rd_rules *rules,
                  const struct rd_place_files *files, struct rd_errbuf *said)
{
    char at[RD_INSTANT_TEXT_MAX];
    char hash[RD_KEPT_HASH_MAX];
    struct rd_event event = {.kind = RD_EVENT_RULES,
                             .rules = rules,
                             .effective = admin->when,
                             .by = admin->by,
                             .approved_by = admin->approved_by,
                             .reason = admin->reason};
    snprintf(hash, sizeof hash, "%.*s", RD_TEXT_ARG(rd_rules_place(rules)->hash));
    router->coming_rules = rules;
    step_with_files(router, &event, files);
    router->rules_refused_words[0] = '\0';
    if (rd_text_is(rd_rules_place(router->rules)->hash, hash))
        (void)rd_fail(said, RD_OK, "rule set %.12s is in force", hash);
    else
        (void)rd_fail(said, RD_OK, "rule set %.12s comes into force at %s", hash,
                      rd_instant_format(admin->when, at));
}

static enum rd_err activate(struct rd_router *router, const struct rd_admin *admin,
                            const char *directory, struct rd_errbuf *said)
{
    struct rd_rules *rules = NULL;
    struct rd_place_files files = {.count = 0};
    size_t cases = 0;
    enum rd_err err = load_directory(directory, &rules, said);
    if (err == RD_OK && rd_text_present(admin->rules_hash) &&
        !rd_text_equal(admin->rules_hash, rd_rules_place(rules)->hash))
        err = rd_fail(said, RD_E_CONFLICT,
                      "%.300s is not what was checked: found rule set %.12s, expected %.*s; check "
                      "and activate it again",
                      directory, rd_rules_place(rules)->hash.ptr,
                      RD_TEXT_ARG(rd_text_slice(admin->rules_hash, 0, 12)));
    if (err == RD_OK)
        err = run_cases(directory, rules, &cases, said);
    if (err == RD_OK)
        err = may_come(router, rules, said);
    if (err == RD_OK)
        err = read_files(directory, rd_rules_place(rules)->hash, &files, said);
    if (err == RD_OK) {
        bring(router, admin, rules, &files, said);
        size_t len = strlen(said->text);
        snprintf(said->text + len, sizeof said->text - len, "; its %zu cases pass", cases);
    } else {
        rd_rules_free(rules);
        refuse_set(router, said);
    }
    rd_place_files_fini(&files);
    return err;
}

enum rd_err rd_router_activate(struct rd_router *router, const struct rd_admin *admin,
                               struct rd_errbuf *said)
{
    char directory[RD_STATE_PATH_MAX];
    snprintf(directory, sizeof directory, "%.*s", RD_TEXT_ARG(admin->directory));
    enum rd_err err = two_people(admin, said);
    if (err == RD_OK && directory[0] != '/')
        err = rd_fail(said, RD_E_INVALID, "the place directory must be given by its whole path");
    return err == RD_OK ? activate(router, admin, directory, said) : err;
}

enum rd_err rd_router_revert(struct rd_router *router, const struct rd_admin *admin,
                             struct rd_errbuf *said)
{
    struct rd_rules *rules = NULL;
    struct rd_kept kept;
    const struct rd_place_files none = {.count = 0};
    const struct rd_text previous = rd_core_meta(router->core)->previous_rules_hash;
    char hash[RD_KEPT_HASH_MAX];
    enum rd_err err = two_people(admin, said);
    if (err == RD_OK && !rd_text_present(previous))
        err = rd_fail(said, RD_E_NOTFOUND, "no other rule set was in force before");
    if (err != RD_OK)
        return err;
    snprintf(hash, sizeof hash, "%.*s", RD_TEXT_ARG(previous));
    rd_kept_init(&kept);
    const struct rd_ruleset_state *set = rd_core_ruleset(router->core, previous);
    union {
        const struct rd_ruleset_state *held;
        struct rd_ruleset_state *view;
    } learnt = {.held = set};
    const struct rd_state_record record = {.table = RD_TABLE_RULESET, .ruleset = learnt.view};
    if (set != NULL && !rd_kept_learn(&kept, &record))
        err = rd_fail(said, RD_E_NOMEM, "no memory for the rule set");
    if (err == RD_OK)
        err = rd_kept_load(router->ledger, &kept, hash, router->options->state, &rules, said);
    if (err == RD_OK)
        err = may_come(router, rules, said);
    if (err == RD_OK) {
        bring(router, admin, rules, &none, said);
    } else {
        rd_rules_free(rules);
        refuse_set(router, said);
    }
    rd_kept_fini(&kept);
    return err;
}

enum rd_err rd_router_withdraw(struct rd_router *router, const struct rd_admin *admin,
                               struct rd_errbuf *said)
{
    if (!rd_text_present(rd_core_meta(router->core)->pending_rules_hash))
        return rd_fail(said, RD_E_NOTFOUND, "no rule set waits for its time");
    struct rd_event event = {.kind = RD_EVENT_WITHDRAW,
                             .by = admin->by,
                             .approved_by = admin->approved_by,
                             .reason = admin->reason};
    rd_router_step(router, &event);
    return rd_fail(said, RD_OK, "what waited for its time is withdrawn; the rules in force stay");
}

enum rd_err rd_router_shadow(struct rd_router *router, const struct rd_admin *admin,
                             struct rd_errbuf *said)
{
    char directory[RD_STATE_PATH_MAX];
    struct rd_rules *rules = NULL;
    struct rd_place_files files = {.count = 0};
    const char *state = router->options->state;
    if (!rd_text_present(admin->directory)) {
        rd_shadow_stop(&router->shadow, state);
        return rd_fail(said, RD_OK, "no shadow; its notes stay in %.300s/shadow", state);
    }
    snprintf(directory, sizeof directory, "%.*s", RD_TEXT_ARG(admin->directory));
    enum rd_err err = load_directory(directory, &rules, said);
    if (err == RD_OK &&
        !rd_text_equal(rd_rules_place(rules)->name, rd_rules_place(router->rules)->name))
        err = rd_fail(said, RD_E_CONFLICT, "that is the place %.*s, not this router's",
                      RD_TEXT_ARG(rd_rules_place(rules)->name));
    if (err == RD_OK)
        err = read_files(directory, rd_rules_place(rules)->hash, &files, said);
    if (err == RD_OK)
        err = rd_shadow_start(&router->shadow, state, rules, &files, said);
    if (err == RD_OK) {
        rd_log(RD_LOG_NOTICE, "shadow.started", rd_log_name("rules", rd_rules_place(rules)->hash));
        (void)rd_fail(said, RD_OK,
                      "rule set %.12s decides beside those in force from now on, and acts on "
                      "nothing; see: referralctl rules shadow report",
                      rd_rules_place(rules)->hash.ptr);
    } else {
        rd_rules_free(rules);
    }
    rd_place_files_fini(&files);
    return err;
}

/* SIGHUP, and reload without an approver: keys are the operator's, rules are not. */
void rd_router_reload_rules(struct rd_router *router, const struct rd_admin *admin,
                            struct rd_errbuf *said)
{
    char hex[RD_PLACE_HASH_TEXT_MAX] = "";
    struct rd_place_files files;
    struct rd_errbuf why = {{0}};
    const char *place = router->options->place;
    enum rd_err err = rd_place_files_read(place, RD_RULESET_BYTES_MAX, &files, &why);
    if (err == RD_OK)
        err = rd_place_files_hash(&files, hex);
    rd_place_files_fini(&files);
    if (err == RD_OK && rd_text_is(rd_rules_place(router->rules)->hash, hex))
        (void)rd_fail(&why, RD_OK, "rule set unchanged");
    else if (err == RD_OK && !rd_text_present(admin->approved_by))
        (void)rd_fail(&why, RD_OK,
                      "the place directory holds other rules than those in force, which stay; "
                      "activate them with: referralctl rules activate");
    else if (err == RD_OK && two_people(admin, &why) == RD_OK)
        (void)activate(router, admin, place, &why); /* refused or not: said */
    size_t len = strlen(said->text);
    snprintf(said->text + len, sizeof said->text - len, "; %.700s", why.text);
}
