#include "shell/kept.h"

#include "model/entry.h"
#include "model/limits.h"
#include "shell/ledgerglue.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rd_kept_init(struct rd_kept *kept)
{
    *kept = (struct rd_kept){.count = 0};
}

static char *own(struct rd_text text)
{
    char *copy = malloc(text.len + 1);
    if (copy != NULL) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
    }
    return copy;
}

void rd_kept_fini(struct rd_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        union {
            const char *view;
            char *owned;
        } hash = {.view = kept->sets[i].hash.ptr};
        free(hash.owned);
    }
    rd_release(rd_alloc_heap(), kept->sets);
    rd_kept_init(kept);
}

static void copy_hash(char out[RD_KEPT_HASH_MAX], struct rd_text hash)
{
    snprintf(out, RD_KEPT_HASH_MAX, "%.*s", RD_TEXT_ARG(hash));
}

bool rd_kept_learn(struct rd_kept *kept, const struct rd_state_record *record)
{
    const struct rd_meta_state *meta = record->meta;
    if (meta != NULL) {
        copy_hash(kept->in_force, meta->rules_hash);
        copy_hash(kept->previous, meta->previous_rules_hash);
        copy_hash(kept->pending, meta->pending_rules_hash);
        kept->pending_at = meta->pending_at;
    }
    if (record->ruleset == NULL || !record->ruleset->complete)
        return true;
    if (!rd_alloc_grow(rd_alloc_heap(), (void **)&kept->sets, &kept->cap, kept->count + 1,
                       sizeof *kept->sets))
        return false;
    char *hash = own(record->ruleset->hash);
    if (hash == NULL)
        return false;
    kept->sets[kept->count] = *record->ruleset;
    kept->sets[kept->count++].hash = rd_text_of(hash);
    return true;
}

struct learning {
    struct rd_kept *kept;
    struct rd_arena memory;
    enum rd_err err;
    struct rd_errbuf why;
};

static bool learn_record(void *context, const struct rd_ledger_record *stored)
{
    struct learning *learning = context;
    struct rd_state_record record;
    if (stored->table != RD_TABLE_META && stored->table != RD_TABLE_RULESET)
        return true;
    learning->err = rd_glue_read_record(stored, &learning->memory, &record, &learning->why);
    if (learning->err == RD_OK && !rd_kept_learn(learning->kept, &record))
        learning->err = rd_fail(&learning->why, RD_E_NOMEM, "no memory for the rule sets");
    rd_arena_reset(&learning->memory);
    return learning->err == RD_OK;
}

enum rd_err rd_kept_read(struct rd_ledger *ledger, struct rd_kept *kept, struct rd_errbuf *why)
{
    struct learning learning = {.kept = kept};
    rd_arena_init(&learning.memory, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    enum rd_err err = ledger->ops->each_record(ledger, learn_record, &learning, why);
    rd_arena_fini(&learning.memory);
    return learning.err == RD_OK ? err : rd_fail(why, learning.err, "%s", learning.why.text);
}

const char *rd_kept_find(const struct rd_kept *kept, struct rd_text start)
{
    const char *found = NULL;
    for (size_t i = 0; i < kept->count; i++) {
        if (start.len == 0 ||
            !rd_text_equal(rd_text_slice(kept->sets[i].hash, 0, start.len), start))
            continue;
        if (found != NULL)
            return NULL;
        found = kept->sets[i].hash.ptr;
    }
    return found;
}

struct extracting {
    const char *hash, *directory;
    struct rd_arena memory;
    bool complete;
    enum rd_err err;
    struct rd_errbuf why;
};

/* A name of the ledger's own; yet nothing that is read is trusted to stay in its directory. */
static bool is_plain(struct rd_text name)
{
    return name.len > 0 && name.len < 256 && name.ptr[0] != '.' &&
           rd_text_find(name, '/', 0) == name.len;
}

static enum rd_err write_part(const struct extracting *extracting,
                              const struct rd_ruleset_part *part, struct rd_errbuf *why)
{
    char path[4096];
    if (!is_plain(part->file))
        return rd_fail(why, RD_E_CORRUPT, "a kept rule set has a file of no valid name");
    int len =
        snprintf(path, sizeof path, "%s/%.*s", extracting->directory, RD_TEXT_ARG(part->file));
    if (len < 0 || (size_t)len >= sizeof path)
        return rd_fail(why, RD_E_TOOBIG, "%s: too long a path", extracting->directory);
    FILE *file = fopen(path, part->offset == 0 ? "wxe" : "ae");
    bool written = file != NULL &&
                   (part->bytes.len == 0 || fwrite(part->bytes.ptr, part->bytes.len, 1, file) == 1);
    if (file == NULL || fclose(file) != 0 || !written)
        return rd_fail(why, RD_E_IO, "%s: cannot be written: %s", path, strerror(errno));
    return RD_OK;
}

static bool extract_entry(void *context, const struct rd_ledger_entry *stored)
{
    struct extracting *extracting = context;
    struct rd_entry entry;
    extracting->err = rd_glue_read_entry(stored, &extracting->memory, &entry, &extracting->why);
    if (extracting->err == RD_OK &&
        (entry.ruleset == NULL || !rd_text_is(entry.ruleset->hash, extracting->hash)))
        extracting->err =
            rd_fail(&extracting->why, RD_E_CORRUPT, "entry %" PRIu64 " is no part of rule set %s",
                    stored->number, extracting->hash);
    if (extracting->err == RD_OK)
        extracting->err = write_part(extracting, entry.ruleset, &extracting->why);
    if (extracting->err == RD_OK)
        extracting->complete = entry.ruleset->last;
    rd_arena_reset(&extracting->memory);
    return extracting->err == RD_OK;
}

static const struct rd_ruleset_state *set_of(const struct rd_kept *kept, const char *hash)
{
    for (size_t i = 0; i < kept->count; i++)
        if (rd_text_is(kept->sets[i].hash, hash))
            return &kept->sets[i];
    return NULL;
}

enum rd_err rd_kept_extract(struct rd_ledger *ledger, const struct rd_kept *kept, const char *hash,
                            const char *parent, char *directory, size_t directory_size,
                            struct rd_errbuf *why)
{
    const struct rd_ruleset_state *set = set_of(kept, hash);
    if (set == NULL)
        return rd_fail(why, RD_E_NOTFOUND, "the ledger does not keep the files of rule set %.12s",
                       hash);
    int len = snprintf(directory, directory_size, "%s/rules-XXXXXX", parent);
    if (len < 0 || (size_t)len >= directory_size)
        return rd_fail(why, RD_E_TOOBIG, "%s: too long a path", parent);
    if (mkdtemp(directory) == NULL)
        return rd_fail(why, RD_E_IO, "%s: no directory can be made there: %s", parent,
                       strerror(errno));
    struct extracting extracting = {.hash = hash, .directory = directory};
    rd_arena_init(&extracting.memory, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    enum rd_err err =
        ledger->ops->each_entry(ledger, set->first, set->last, extract_entry, &extracting, why);
    rd_arena_fini(&extracting.memory);
    if (extracting.err != RD_OK)
        err = rd_fail(why, extracting.err, "%s", extracting.why.text);
    else if (err == RD_OK && !extracting.complete)
        err = rd_fail(why, RD_E_CORRUPT,
                      "rule set %.12s is not complete in the ledger; do: "
                      "referralctl ledger verify",
                      hash);
    if (err != RD_OK)
        rd_kept_remove(directory);
    return err;
}

void rd_kept_remove(const char *directory)
{
    char path[4096];
    DIR *listed = opendir(directory);
    for (struct dirent *entry; listed != NULL && (entry = readdir(listed)) != NULL;) {
        int len = snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && len >= 0 && (size_t)len < sizeof path)
            (void)unlink(path); /* what stays keeps the directory, which is only untidy */
    }
    if (listed != NULL)
        (void)closedir(listed); /* nothing was written */
    (void)rmdir(directory);     /* as above */
}

static void first_finding(void *context, const struct rd_finding *finding)
{
    struct rd_errbuf *first = context;
    if (finding->severity == RD_SEVERITY_ERROR && first->text[0] == '\0')
        (void)rd_fail(first, RD_OK, "%s:%u:%u: %.600s", finding->file, finding->line,
                      finding->column, finding->words);
}

enum rd_err rd_kept_load(struct rd_ledger *ledger, const struct rd_kept *kept, const char *hash,
                         const char *parent, struct rd_rules **out, struct rd_errbuf *why)
{
    char directory[4096];
    struct rd_errbuf first = {{0}};
    *out = NULL;
    enum rd_err err = rd_kept_extract(ledger, kept, hash, parent, directory, sizeof directory, why);
    if (err != RD_OK)
        return err;
    err = rd_rules_load(directory, rd_alloc_heap(), first_finding, &first, out);
    rd_kept_remove(directory);
    if (err != RD_OK)
        return rd_fail(why, err, "rule set %.12s, kept in the ledger, does not load: %s", hash,
                       first.text);
    if (rd_text_is(rd_rules_place(*out)->hash, hash))
        return RD_OK;
    rd_rules_free(*out);
    *out = NULL;
    return rd_fail(why, RD_E_CORRUPT,
                   "what the ledger keeps as rule set %.12s has another hash; do: referralctl "
                   "ledger verify",
                   hash);
}
