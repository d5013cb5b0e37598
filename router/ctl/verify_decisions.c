/* ledger verify: every decision is made again, by the rules of its hash as the ledger keeps them.
 */
#include "ctl/again.h"
#include "model/limits.h"
#include "shell/ledgerglue.h"

#include <inttypes.h>

enum { SETS_MAX = 64, DECISION_BYTES_MAX = 16 * 1024 * 1024, SHOWN_MAX = 20 };

struct loaded_set {
    char hash[RD_KEPT_HASH_MAX];
    struct rd_rules *rules; /* NULL: the ledger does not keep it, or it does not load any more */
};
struct verifying {
    struct ctl_history history;
    struct loaded_set sets[SETS_MAX]; /* of more, the rest is counted as not kept */
    size_t sets_count;
    struct rd_arena entry, again;
    uint64_t same, other, without_inputs, without_rules, other_engine;
    enum rd_err err;
    struct rd_errbuf why;
};

static const struct rd_rules *rules_of(const struct verifying *verifying, struct rd_text hash)
{
    for (size_t i = 0; i < verifying->sets_count; i++)
        if (rd_text_is(hash, verifying->sets[i].hash))
            return verifying->sets[i].rules;
    return NULL;
}

/* Before the walk: the ledger walks once at a time. */
static void load_sets(struct verifying *verifying)
{
    const struct rd_kept *kept = &verifying->history.kept;
    for (size_t i = 0; i < kept->count && i < SETS_MAX; i++) {
        struct loaded_set *set = &verifying->sets[verifying->sets_count++];
        snprintf(set->hash, sizeof set->hash, "%.*s", RD_TEXT_ARG(kept->sets[i].hash));
        if (ctl_history_rules(&verifying->history, kept->sets[i].hash, &set->rules) != CTL_OK)
            set->rules = NULL; /* said; its decisions are counted apart */
    }
}

static void decide_again(struct verifying *verifying, const struct rd_entry *entry)
{
    struct rd_decision again;
    size_t bytes = 0;
    const struct rd_decision *stored = entry->decided->decision;
    const struct rd_rules *rules = rules_of(verifying, stored->rules_hash);
    if (rules == NULL) {
        verifying->without_rules++;
        return;
    }
    rd_arena_reset(&verifying->again);
    enum rd_err err = rd_core_decide_again(rules, entry->decided, &verifying->again, &again);
    if (err == RD_E_NOTFOUND) {
        verifying->without_inputs++;
    } else if (err == RD_OK && ctl_same_decision(stored, &again, &bytes)) {
        verifying->same++;
    } else if (!rd_text_is(stored->engine_version, RD_VERSION)) {
        verifying->other_engine++;
    } else if (++verifying->other <= SHOWN_MAX) {
        printf("entry %" PRIu64 ": its decision is another when it is made again; see referralctl "
               "explain ID --as-of %" PRIu64 "\n",
               entry->number, entry->number);
    }
}

static bool look_at(void *context, const struct rd_ledger_entry *stored)
{
    struct verifying *verifying = context;
    struct rd_entry entry;
    if (stored->kind != RD_ENTRY_DECIDED || !rd_text_present(stored->body))
        return true;
    rd_arena_reset(&verifying->entry);
    verifying->err = rd_glue_read_entry(stored, &verifying->entry, &entry, &verifying->why);
    if (verifying->err == RD_OK && entry.decided != NULL && entry.decided->decision != NULL)
        decide_again(verifying, &entry);
    return verifying->err == RD_OK;
}

static int judge(const struct verifying *verifying)
{
    printf("decisions: %" PRIu64 " made again, the same byte for byte", verifying->same);
    if (verifying->without_inputs > 0)
        printf("; %" PRIu64 " of before their inputs were kept", verifying->without_inputs);
    if (verifying->without_rules > 0)
        printf("; %" PRIu64 " by rules that are not kept", verifying->without_rules);
    if (verifying->other_engine > 0)
        printf("; %" PRIu64 " otherwise by this engine (" RD_VERSION ") than by theirs",
               verifying->other_engine);
    putchar('\n');
    return verifying->other == 0
               ? CTL_OK
               : ctl_fail(CTL_NO, "%" PRIu64 " decisions are not reproducible", verifying->other);
}

int ctl_verify_decisions(struct rd_ledger *ledger)
{
    struct verifying verifying = {.history = {.ledger = ledger}};
    struct rd_errbuf why = {{0}};
    rd_kept_init(&verifying.history.kept);
    rd_arena_init(&verifying.entry, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    rd_arena_init(&verifying.again, rd_alloc_heap(), DECISION_BYTES_MAX);
    enum rd_err err = rd_kept_read(ledger, &verifying.history.kept, &why);
    if (err == RD_OK) {
        load_sets(&verifying);
        err = ledger->ops->each_entry(ledger, 1, UINT64_MAX, look_at, &verifying, &why);
    }
    int status = verifying.err != RD_OK ? ctl_fail(CTL_NO, "%s", verifying.why.text)
                 : err != RD_OK         ? ctl_fail(CTL_NO, "%s", why.text)
                                        : judge(&verifying);
    for (size_t i = 0; i < verifying.sets_count; i++)
        rd_rules_free(verifying.sets[i].rules);
    rd_kept_fini(&verifying.history.kept);
    rd_arena_fini(&verifying.entry);
    rd_arena_fini(&verifying.again);
    return status;
}
