/* Which rules the router runs under: the ledger says so, not the place directory. That counts at
 * the first start, and from then on when two people say so (rule_change.c). */
#include "shell/router.h"

#include "model/limits.h"
#include "rules/load/place_files.h"

#include <stdio.h>
#include <string.h>

void rd_router_refuse_rules(struct rd_router *router, const struct rd_errbuf *why)
{
    router->counts.rules_refused++;
    snprintf(router->rules_refused_words, sizeof router->rules_refused_words, "%.900s", why->text);
    rd_log(RD_LOG_ERROR, "rules.refused", rd_log_words("words", why->text),
           rd_log_words("fix", "the rules in force stay; mend what is named, see: referralctl "
                               "rules check"));
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

void rd_router_step_with_files(struct rd_router *router, struct rd_event *event,
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
        rd_router_refuse_rules(router, &pending);
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
        rd_router_step_with_files(router, start, &files);
    rd_place_files_fini(&files);
    if (err == RD_OK && waits && router->pending_rules == NULL) {
        struct rd_event withdraw = {.kind = RD_EVENT_WITHDRAW,
                                    .refused = true,
                                    .reason = rd_text_of(router->rules_refused_words)};
        rd_router_step(router, &withdraw);
    }
    return err;
}

/* The core refused what was scheduled, at its time: what it says is the last word. */
static void follow_refusal(struct rd_router *router, const struct rd_activation *activation)
{
    struct rd_errbuf why;
    (void)rd_fail(&why, RD_E_CONFLICT, "rule set %.*s, when its time came: %.*s",
                  RD_TEXT_ARG(rd_text_slice(activation->hash, 0, 12)),
                  RD_TEXT_ARG(rd_text_slice(activation->reason, 0, 800)));
    rd_router_refuse_rules(router, &why);
}

void rd_router_follow_rules(struct rd_router *router, const struct rd_update *update)
{
    for (size_t i = 0; i < update->entries_count; i++)
        if (update->entries[i].activation != NULL && update->entries[i].activation->refused)
            follow_refusal(router, update->entries[i].activation);
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
