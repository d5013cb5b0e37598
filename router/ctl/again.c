#include "ctl/again.h"

#include "base/ident.h"
#include "ctl/rules_common.h"
#include "model/limits.h"
#include "shell/ledgerglue.h"
#include "wire/json.h"
#include "wire/wire.h"

#include <inttypes.h>
#include <string.h>

enum { AGAIN_BYTES_MAX = 16 * 1024 * 1024 };

int ctl_history_open(const struct ctl_args *args, struct ctl_history *out)
{
    struct rd_errbuf why = {{0}};
    *out = (struct ctl_history){.ledger = NULL};
    rd_kept_init(&out->kept);
    int status = ctl_open_ledger(args, &out->ledger);
    if (status != CTL_OK)
        return status;
    if (rd_kept_read(out->ledger, &out->kept, &why) == RD_OK)
        return CTL_OK;
    ctl_history_close(out);
    return ctl_fail(CTL_NO, "%s", why.text);
}

void ctl_history_close(struct ctl_history *history)
{
    rd_kept_fini(&history->kept);
    if (history->ledger != NULL)
        history->ledger->ops->close(history->ledger);
    history->ledger = NULL;
}

static const char *temporary(void)
{
    const char *tmp = getenv("TMPDIR");
    return tmp == NULL || tmp[0] == '\0' ? "/tmp" : tmp;
}

/* NULL, and said: none, or not the only one. */
static const char *whole_hash(const struct ctl_history *history, struct rd_text hash)
{
    const char *whole =
        rd_text_is(hash, "in-force") ? history->kept.in_force : rd_kept_find(&history->kept, hash);
    if (whole == NULL)
        (void)ctl_fail(CTL_NO, /* the caller's answer is no, too */
                       "the ledger keeps no rule set %.*s, or more than one that begins so",
                       RD_TEXT_ARG(rd_text_slice(hash, 0, RD_RULES_HASH_BYTES_MAX)));
    return whole;
}

int ctl_history_rules(const struct ctl_history *history, struct rd_text hash, struct rd_rules **out)
{
    struct rd_errbuf why = {{0}};
    const char *whole = whole_hash(history, hash);
    if (whole == NULL)
        return CTL_NO;
    if (rd_kept_load(history->ledger, &history->kept, whole, temporary(), out, &why) == RD_OK)
        return CTL_OK;
    return ctl_fail(CTL_NO, "%s", why.text);
}

int ctl_history_extract(const struct ctl_history *history, struct rd_text hash, char *directory,
                        size_t size)
{
    struct rd_errbuf why = {{0}};
    const char *whole = whole_hash(history, hash);
    if (whole == NULL)
        return CTL_NO;
    if (rd_kept_extract(history->ledger, &history->kept, whole, temporary(), directory, size,
                        &why) == RD_OK)
        return CTL_OK;
    return ctl_fail(CTL_NO, "%s", why.text);
}

bool ctl_same_decision(const struct rd_decision *stored, const struct rd_decision *again,
                       size_t *bytes)
{
    struct rd_buf sides[2];
    for (int i = 0; i < 2; i++) {
        rd_buf_init(&sides[i], rd_alloc_heap());
        rd_wire_encode(&rd_decision_shape, i == 0 ? stored : again, &sides[i]);
    }
    bool same = !sides[0].failed && !sides[1].failed &&
                rd_text_equal(rd_buf_text(&sides[0]), rd_buf_text(&sides[1]));
    *bytes = sides[0].len;
    rd_buf_fini(&sides[0]);
    rd_buf_fini(&sides[1]);
    return same;
}

/* The DECIDED entry that was asked for: the one of that number, or the last before a moment. */
struct search {
    uint64_t referral, number; /* number 0: by `at` */
    rd_instant at;
    struct rd_arena memory;
    struct rd_buf found; /* its bytes */
    struct rd_ledger_entry entry;
    enum rd_err err;
};

static bool look_at(void *context, const struct rd_ledger_entry *stored)
{
    struct search *search = context;
    bool wanted = search->number != 0 ? stored->number == search->number : stored->at <= search->at;
    if (stored->kind != RD_ENTRY_DECIDED || stored->referral != search->referral || !wanted)
        return true;
    rd_buf_clear(&search->found);
    rd_buf_put_text(&search->found, stored->body);
    search->entry = *stored;
    search->err = search->found.failed ? RD_E_NOMEM : RD_OK;
    return search->err == RD_OK;
}

static int read_search(const struct ctl_args *args, struct search *search)
{
    const char *as_of = args->values[OPT_AS_OF];
    struct rd_text id = rd_text_of(args->operands[0]);
    int64_t number = 0;
    id = rd_text_slice(id, 0, rd_text_find(id, '.', 0));
    if (!rd_ident_parse(id, &search->referral))
        return ctl_fail(CTL_USE, "%s is no referral: 7K3Q9-M2X4T", args->operands[0]);
    if (rd_text_to_i64(rd_text_of(as_of), &number) && number > 0)
        search->number = (uint64_t)number;
    else if (!ctl_parse_when(as_of, ctl_now(), &search->at))
        return ctl_fail(CTL_USE,
                        "--as-of %s: expected RFC 3339, now, -2h, or the number of an entry as "
                        "trace shows it",
                        as_of);
    return CTL_OK;
}

static int find_decision(const struct ctl_args *args, const struct ctl_history *history,
                         struct search *search, struct rd_entry *out)
{
    struct rd_errbuf why = {{0}};
    enum rd_err err = history->ledger->ops->each_entry(
        history->ledger, search->number == 0 ? 1 : search->number,
        search->number == 0 ? UINT64_MAX : search->number, look_at, search, &why);
    if (err != RD_OK || search->err != RD_OK)
        return ctl_fail(CTL_NO, "%s", err != RD_OK ? why.text : "no memory");
    if (search->found.len == 0)
        return ctl_fail(CTL_NO, "%s has no decision %s %s; see referralctl trace %s",
                        args->operands[0], search->number != 0 ? "in entry" : "as of",
                        args->values[OPT_AS_OF], args->operands[0]);
    search->entry.body = rd_buf_text(&search->found);
    if (rd_glue_read_entry(&search->entry, &search->memory, out, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    return CTL_OK;
}

static int show_again(const struct ctl_args *args, const struct rd_entry *entry,
                      const struct rd_decision *again)
{
    char time[32];
    size_t bytes = 0;
    const struct rd_decision *stored = entry->decided->decision;
    bool same = ctl_same_decision(stored, again, &bytes);
    if (ctl_json(args)) {
        struct rd_buf out;
        rd_buf_init(&out, rd_alloc_heap());
        rd_buf_printf(&out, "{\"entry\":%" PRIu64 ",\"same\":%s,\"bytes\":%zu,\"decision\":",
                      entry->number, same ? "true" : "false", bytes);
        rd_json_write(&rd_decision_shape, again, &out);
        printf("%.*s}\n", RD_TEXT_ARG(rd_buf_text(&out)));
        rd_buf_fini(&out);
        return same ? CTL_OK : CTL_NO;
    }
    printf("Entry %" PRIu64 " of %s, made again from the ledger by rule set %.*s and engine "
           "%.*s:\n%s (%zu bytes).\n\n",
           entry->number, ctl_time(entry->at, time),
           RD_TEXT_ARG(rd_text_slice(stored->rules_hash, 0, 12)),
           RD_TEXT_ARG(stored->engine_version), same ? "the same, byte for byte" : "NOT THE SAME",
           bytes);
    ctl_show_decision(again);
    if (same)
        return CTL_OK;
    puts("\nas it is stored:");
    ctl_show_decision(stored);
    return rd_text_is(stored->engine_version, RD_VERSION)
               ? ctl_fail(CTL_NO, "the stored decision is another: report this")
               : ctl_fail(CTL_NO,
                          "the stored decision is another; it was made by engine %.*s, this "
                          "is " RD_VERSION,
                          RD_TEXT_ARG(stored->engine_version));
}

static int decide_again(const struct ctl_args *args, const struct ctl_history *history,
                        const struct rd_entry *entry, struct rd_arena *memory)
{
    struct rd_rules *rules = NULL;
    struct rd_decision again;
    if (entry->decided == NULL || entry->decided->decision == NULL)
        return ctl_fail(CTL_NO, "entry %" PRIu64 " holds no decision", entry->number);
    int status = ctl_history_rules(history, entry->decided->decision->rules_hash, &rules);
    if (status != CTL_OK)
        return status;
    enum rd_err err = rd_core_decide_again(rules, entry->decided, memory, &again);
    if (err == RD_E_NOTFOUND)
        status = ctl_fail(CTL_NO, "entry %" PRIu64 " is of before a decision's inputs were kept",
                          entry->number);
    else if (err != RD_OK)
        status = ctl_fail(CTL_NO, "entry %" PRIu64 ": %s", entry->number, rd_err_text(err));
    else if (args->values[OPT_WHY_NOT] != NULL)
        status = ctl_why_not_by(args, rules, entry->decided->decision);
    else
        status = show_again(args, entry, &again);
    rd_rules_free(rules);
    return status;
}

int ctl_explain_as_of(const struct ctl_args *args)
{
    struct ctl_history history;
    struct search search = {.number = 0};
    struct rd_entry entry;
    int status = read_search(args, &search);
    if (status == CTL_OK)
        status = ctl_history_open(args, &history);
    if (status != CTL_OK)
        return status;
    rd_arena_init(&search.memory, rd_alloc_heap(), AGAIN_BYTES_MAX);
    rd_buf_init(&search.found, rd_alloc_heap());
    status = find_decision(args, &history, &search, &entry);
    if (status == CTL_OK)
        status = decide_again(args, &history, &entry, &search.memory);
    rd_buf_fini(&search.found);
    rd_arena_fini(&search.memory);
    ctl_history_close(&history);
    return status;
}
