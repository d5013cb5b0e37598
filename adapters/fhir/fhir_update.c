#include "adapters/fhir/fhir_update.h"

#include "adapters/fhir/fhir_merge.h"
#include "adapters/fhir/fhir_search.h"

void rd_fhir_may_update(struct rd_submission *submission)
{
    if (submission->action == RD_ACTION_NEW || submission->action == RD_ACTION_AMEND)
        submission->based_on = (struct rd_opt_i32){true, 0};
}

static bool remark(struct rd_fhir_read *read, struct rd_arena *arena, const char *code,
                   const char *words)
{
    struct rd_referral *record = read->submission.referral;
    struct rd_issue *issue =
        rd_arena_add(arena, (void **)&record->issues, &record->issues_count, sizeof *issue);
    if (issue == NULL)
        return false;
    *issue = (struct rd_issue){RD_SEVERITY_WARNING, rd_text_of(code), RD_TEXT("Bundle.entry"),
                               rd_text_of(words)};
    return true;
}

/* RD_E_TOOBIG: they do not go together in one record, or there is no room. */
static enum rd_err take_merged(const struct rd_fhir_read *as_sent,
                               const struct rd_fhir_headers *headers, const struct rd_buf *bytes,
                               const struct rd_fhir_merged *merged, struct rd_arena *arena,
                               struct rd_fhir_read *out)
{
    struct rd_text kept;
    if (!rd_arena_copy(arena, rd_buf_text(bytes), &kept) ||
        rd_fhir_read_merged(as_sent, headers, kept, arena, out) != RD_OK || out->failure.http != 0)
        return RD_E_TOOBIG;
    bool said = (merged->older == 0 ||
                 remark(out, arena, "older-entries",
                        "parts of the update are older than what is held: what is held stays")) &&
                (merged->same_age == 0 ||
                 remark(out, arena, "same-age-entries",
                        "parts of the update are changed but no newer: what came later counts"));
    return said ? RD_OK : RD_E_TOOBIG;
}

static enum rd_err refuse(const struct rd_fhir_read *as_sent, const struct rd_fhir_failure *failure,
                          struct rd_arena *arena, struct rd_fhir_read *out)
{
    *out = *as_sent;
    return rd_fhir_refuse(out, failure, arena);
}

enum rd_err rd_fhir_update(const struct rd_fhir_read *as_sent,
                           const struct rd_fhir_headers *headers, const struct rd_opened *opened,
                           struct rd_arena *arena, struct rd_fhir_read *out)
{
    const struct rd_fhir_failure old = {
        409, "REC_CONFLICT", "conflict",
        RD_TEXT("meta.lastUpdated: every changed entry is older than what is held: fetch that "
                "first")};
    const struct rd_fhir_failure large = {
        422, "REC_UNPROCESSABLE_ENTITY", "too-costly",
        RD_TEXT("the update and what is held have more parts together than one record may have")};
    const struct rd_submission *newest = rd_fhir_newest(opened);
    struct rd_text held = newest == NULL ? RD_TEXT_NONE : rd_fhir_message_of(newest);
    struct rd_fhir_merged merged = {0};
    struct rd_buf bytes;
    *out = *as_sent;
    rd_buf_init(&bytes, rd_alloc_heap());
    enum rd_err err = held.len == 0
                          ? RD_E_MALFORMED
                          : rd_fhir_merge(held, as_sent->submission.original, &bytes, &merged);
    bool alone = err == RD_E_MALFORMED; /* erased, or it came by another protocol */
    bool news = as_sent->submission.action == RD_ACTION_NEW; /* overtaken by its own update */
    if (err == RD_OK && merged.taken == 0 && merged.older > 0 && !news) {
        err = refuse(as_sent, &old, arena, out);
    } else if (alone || (err == RD_OK && (err = take_merged(as_sent, headers, &bytes, &merged,
                                                            arena, out)) == RD_OK)) {
        out->submission.based_on = (struct rd_opt_i32){true, (int32_t)opened->stages->revision};
        err = RD_OK;
    } else {
        err = refuse(as_sent, &large, arena, out);
    }
    rd_buf_fini(&bytes);
    return err;
}
