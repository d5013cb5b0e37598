#include "shell/shadow.h"

#include "base/ident.h"
#include "link/log.h"
#include "rules/cases/compare.h"
#include "rules/load/load.h"
#include "shell/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DECISION_BYTES_MAX = 8 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

void rd_shadow_init(struct rd_shadow *shadow)
{
    *shadow = (struct rd_shadow){.rules = NULL};
    rd_arena_init(&shadow->memory, rd_alloc_heap(), DECISION_BYTES_MAX);
}

static bool path_of(const char *state, const char *name, char out[PATH_BYTES_MAX])
{
    int len =
        snprintf(out, PATH_BYTES_MAX, "%s/shadow%s%s", state, name[0] == '\0' ? "" : "/", name);
    return len > 0 && len < PATH_BYTES_MAX;
}

static void forget(struct rd_shadow *shadow)
{
    if (shadow->notes != NULL)
        (void)fclose(shadow->notes); /* notes are for a report: a lost line is no harm */
    rd_rules_free(shadow->rules);
    shadow->notes = NULL;
    shadow->rules = NULL;
    shadow->compared = shadow->differing = 0;
}

void rd_shadow_fini(struct rd_shadow *shadow)
{
    forget(shadow);
    rd_arena_fini(&shadow->memory);
}

void rd_shadow_stop(struct rd_shadow *shadow, const char *state)
{
    char candidate[PATH_BYTES_MAX];
    forget(shadow);
    if (path_of(state, "candidate", candidate))
        rd_kept_remove(candidate);
}

/* Takes `rules` when it succeeds. */
static enum rd_err begin(struct rd_shadow *shadow, const char *state, struct rd_rules *rules,
                         struct rd_errbuf *why)
{
    char name[RD_KEPT_HASH_MAX], path[PATH_BYTES_MAX];
    snprintf(name, sizeof name, "%.*s.jsonl", RD_TEXT_ARG(rd_rules_place(rules)->hash));
    int file = path_of(state, name, path)
                   ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)
                   : -1;
    FILE *notes = file < 0 ? NULL : fdopen(file, "a");
    if (notes == NULL) {
        if (file >= 0)
            (void)close(file); /* nothing was written */
        return rd_fail(why, RD_E_IO, "%s: cannot be opened for the shadow's notes: %s", path,
                       strerror(errno));
    }
    shadow->notes = notes;
    shadow->rules = rules;
    return RD_OK;
}

enum rd_err rd_shadow_prepare(const char *state, const struct rd_place_files *files,
                              struct rd_errbuf *why)
{
    char folder[PATH_BYTES_MAX], candidate[PATH_BYTES_MAX];
    if (!path_of(state, "", folder) || !path_of(state, "next", candidate))
        return rd_fail(why, RD_E_TOOBIG, "%s: too long a path", state);
    rd_kept_remove(candidate);
    if ((mkdir(folder, S_IRWXU) != 0 && errno != EEXIST) || mkdir(candidate, S_IRWXU) != 0)
        return rd_fail(why, RD_E_IO, "%s: cannot be made: %s", candidate, strerror(errno));
    for (size_t i = 0; i < files->count; i++) {
        const struct rd_place_file *file = &files->list[i];
        char path[PATH_BYTES_MAX + 256];
        snprintf(path, sizeof path, "%s/%s", candidate, file->name);
        FILE *out = fopen(path, "we");
        bool written = out != NULL && (file->bytes.len == 0 ||
                                       fwrite(file->bytes.bytes, file->bytes.len, 1, out) == 1);
        if (out == NULL || fclose(out) != 0 || !written)
            return rd_fail(why, RD_E_IO, "%s: cannot be written: %s", path, strerror(errno));
    }
    return RD_OK;
}

enum rd_err rd_shadow_start(struct rd_shadow *shadow, const char *state, struct rd_rules *rules,
                            struct rd_errbuf *why)
{
    char next[PATH_BYTES_MAX], candidate[PATH_BYTES_MAX];
    rd_shadow_stop(shadow, state);
    if (!path_of(state, "next", next) || !path_of(state, "candidate", candidate))
        return rd_fail(why, RD_E_TOOBIG, "%s: too long a path", state);
    if (rename(next, candidate) != 0)
        return rd_fail(why, RD_E_IO, "%s: cannot be renamed: %s", next, strerror(errno));
    return begin(shadow, state, rules, why);
}

void rd_shadow_resume(struct rd_shadow *shadow, const char *state)
{
    char candidate[PATH_BYTES_MAX];
    struct rd_rules *rules = NULL;
    struct rd_errbuf why = {{0}};
    if (!path_of(state, "candidate", candidate) || access(candidate, F_OK) != 0)
        return;
    enum rd_err err = rd_rules_load(candidate, rd_alloc_heap(), NULL, NULL, &rules);
    if (err == RD_OK)
        err = begin(shadow, state, rules, &why);
    if (err == RD_OK)
        return;
    rd_rules_free(rules);
    rd_log(RD_LOG_ERROR, "shadow.not_resumed", rd_log_err(err),
           rd_log_words("fix", "start it again with: referralctl rules shadow DIR"));
}

static void put_text(FILE *out, const char *name, struct rd_text text)
{
    fprintf(out, ",\"%s\":\"", name);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void put_side(FILE *out, const char *name, const struct rd_decision *decision)
{
    char at[RD_INSTANT_TEXT_MAX];
    fprintf(out, ",\"%s\":{\"urgency\":\"%s\"", name,
            rd_enum_name(&rd_priority_names, (int)decision->urgency));
    put_text(out, "rules", decision->rules_hash);
    put_text(out, "pathway", decision->pathway);
    put_text(out, "lead", decision->assignments[0].team);
    put_text(out, "reason", decision->reason);
    put_text(out, "why", decision->assignments[0].why);
    fputs(",\"supporting\":[", out);
    for (size_t i = 1; i < decision->assignments_count; i++) /* names: letters, digits, hyphens */
        fprintf(out, "%s\"%.*s\"", i == 1 ? "" : ",", RD_TEXT_ARG(decision->assignments[i].team));
    fputs("],\"clocks\":[", out);
    for (size_t i = 0; i < decision->clocks_count; i++)
        fprintf(out, "%s{\"policy\":\"%.*s\",\"alarm\":\"%s\",\"provisional\":%s}",
                i == 0 ? "" : ",", RD_TEXT_ARG(decision->clocks[i].policy),
                rd_instant_format(decision->clocks[i].alarm_due, at),
                decision->clocks[i].provisional ? "true" : "false");
    fputs("]}", out);
}

/* Of a decision that is the same: for the counts. */
static void put_teams(FILE *out, const struct rd_decision *decision)
{
    fputs(",\"teams\":[", out);
    for (size_t i = 0; i < decision->assignments_count; i++)
        fprintf(out, "%s\"%.*s\"", i == 0 ? "" : ",", RD_TEXT_ARG(decision->assignments[i].team));
    fputc(']', out);
}

static void note(struct rd_shadow *shadow, const struct rd_entry *entry,
                 const struct rd_submission *submission, const struct rd_decision *candidate)
{
    const struct rd_decision *live = entry->decided->decision;
    struct rd_difference difference = rd_decisions_compare(live, candidate);
    char id[RD_IDENT_TEXT_MAX], at[RD_INSTANT_TEXT_MAX], words[RD_DIFFERENCE_TEXT_MAX];
    bool differs = rd_difference_matters(&difference);
    shadow->compared++;
    shadow->differing += differs;
    fprintf(shadow->notes,
            "{\"entry\":%" PRIu64 ",\"referral\":\"%s\",\"received\":\"%s\",\"differs_in\":\"%s\"",
            entry->number, rd_ident_format(entry->referral, id),
            rd_instant_format(submission->received, at), rd_difference_words(&difference, words));
    put_text(shadow->notes, "feed", submission->feed);
    if (!differs)
        put_teams(shadow->notes, live);
    if (differs) {
        put_side(shadow->notes, "before", live);
        put_side(shadow->notes, "after", candidate);
    }
    fputs("}\n", shadow->notes);
}

static uint32_t recorded_load(void *context, struct rd_text team)
{
    const struct rd_asked *asked = context;
    for (size_t i = 0; asked != NULL && i < asked->loads_count; i++)
        if (rd_text_equal(asked->loads[i].team, team))
            return asked->loads[i].open;
    return 0;
}

static void compare(struct rd_shadow *shadow, const struct rd_entry *entry,
                    const struct rd_submission *submission)
{
    struct rd_facts facts;
    struct rd_decision candidate;
    rd_arena_reset(&shadow->memory);
    if (rd_rules_facts(shadow->rules, submission, submission->received, &shadow->memory, &facts) !=
        RD_OK)
        return;
    struct rd_decide_request request = {.facts = &facts,
                                        .now = entry->at,
                                        .presence = {entry->decided->asked, NULL, recorded_load},
                                        .engine_version = entry->decided->decision->engine_version};
    if (rd_rules_decide(shadow->rules, &request, &shadow->memory, &candidate) == RD_OK)
        note(shadow, entry, submission, &candidate);
}

void rd_shadow_observe(struct rd_shadow *shadow, const struct rd_update *update)
{
    const struct rd_entry *received = NULL;
    for (size_t i = 0; shadow->rules != NULL && i < update->entries_count; i++) {
        const struct rd_entry *entry = &update->entries[i];
        if (entry->received != NULL && entry->received->disposal == RD_DISPOSAL_NEW)
            received = entry;
        if (entry->decided == NULL || received == NULL || entry->referral != received->referral)
            continue;
        if (!rd_text_present(entry->decided->decision->decided_by))
            compare(shadow, entry, received->received->submission);
        received = NULL;
    }
    if (shadow->notes != NULL && ferror(shadow->notes)) {
        rd_log(RD_LOG_ERROR, "shadow.stopped",
               rd_log_words("fix", "its notes cannot be written: make room, then: referralctl "
                                   "rules shadow DIR"));
        forget(shadow);
    }
}

void rd_shadow_flush(struct rd_shadow *shadow)
{
    if (shadow->notes != NULL)
        (void)fflush(shadow->notes); /* an error is seen at the next note */
}
