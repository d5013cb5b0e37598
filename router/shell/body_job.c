#include "shell/reader.h"

#include "model/limits.h"
#include "shell/views.h"
#include "wire/wire.h"

enum { JOB_ARENA_BYTES_MAX = 64 * 1024 * 1024 };

static uint64_t read_number(const char *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

static bool copy_entries(struct rd_body_job *job, struct rd_text bodies)
{
    job->entries_count = bodies.len / 8;
    job->entries = rd_arena_array(&job->memory, job->entries_count + 1, sizeof *job->entries);
    if (job->entries == NULL)
        return false;
    for (size_t i = 0; i < job->entries_count; i++)
        job->entries[i] = read_number(bodies.ptr + 8 * i);
    return true;
}

struct rd_body_job *rd_body_job_new(const struct rd_alloc *alloc, const struct rd_send *send)
{
    struct rd_body_job *job = rd_alloc_zeroed(alloc, 1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->socket = send->socket;
    job->peer = send->peer;
    job->opened = send->message->opened != NULL;
    rd_arena_init(&job->memory, alloc, JOB_ARENA_BYTES_MAX);
    rd_buf_init(&job->bytes, alloc);
    if (rd_shape_copy(&rd_message_shape, send->message, &job->memory, &job->message) == RD_OK &&
        copy_entries(job, send->bodies))
        return job;
    rd_body_job_free(alloc, job);
    return NULL;
}

void rd_body_job_free(const struct rd_alloc *alloc, struct rd_body_job *job)
{
    if (job == NULL)
        return;
    rd_buf_fini(&job->bytes);
    rd_arena_fini(&job->memory);
    rd_release(alloc, job);
}

/* One RECEIVED entry's submission. RD_E_NOTFOUND: erased, or an entry without one. */
static enum rd_err read_submission(const struct rd_alloc *alloc, struct rd_body_job *job,
                                   uint64_t number, rd_body_source *source, void *context,
                                   struct rd_submission *out)
{
    struct rd_buf bytes;
    rd_buf_init(&bytes, alloc);
    enum rd_err err = source(context, number, &bytes, &job->why);
    struct rd_entry entry;
    if (err == RD_OK && bytes.failed)
        err = RD_E_NOMEM;
    if (err == RD_OK)
        err = rd_wire_decode(&rd_entry_shape, rd_buf_text(&bytes), &job->memory, &entry, &job->why);
    rd_buf_fini(&bytes);
    if (err == RD_E_MALFORMED)
        return rd_fail(&job->why, RD_E_CORRUPT,
                       "ledger entry %llu: not an entry of this contract; run referralctl ledger "
                       "verify",
                       (unsigned long long)number);
    if (err != RD_OK)
        return err;
    if (entry.received == NULL || entry.received->submission == NULL)
        return RD_E_NOTFOUND;
    *out = *entry.received->submission;
    return RD_OK;
}

static enum rd_err fill_opened(const struct rd_alloc *alloc, struct rd_body_job *job,
                               rd_body_source *source, void *context)
{
    struct rd_opened *opened = job->message.opened;
    struct rd_submission *list = rd_arena_array(&job->memory, job->entries_count + 1, sizeof *list);
    if (list == NULL)
        return RD_E_TOOBIG;
    opened->submissions = list;
    opened->submissions_count = 0;
    for (size_t i = 0; i < job->entries_count; i++) {
        struct rd_submission *next = &list[opened->submissions_count];
        enum rd_err err = read_submission(alloc, job, job->entries[i], source, context, next);
        if (err == RD_E_NOTFOUND)
            continue;
        if (err != RD_OK)
            return err;
        rd_view_cut(opened->view, next);
        opened->submissions_count++;
    }
    return RD_OK;
}

/* A receipt says by which of the sender's own numbers it is meant: those of the first submission.
 */
static enum rd_err fill_receipt(const struct rd_alloc *alloc, struct rd_body_job *job,
                                rd_body_source *source, void *context)
{
    struct rd_receipt *receipt = job->message.receipt;
    struct rd_submission first;
    if (job->entries_count == 0)
        return RD_OK;
    enum rd_err err = read_submission(alloc, job, job->entries[0], source, context, &first);
    if (err != RD_OK)
        return err == RD_E_NOTFOUND ? RD_OK : err;
    receipt->key = first.key;
    receipt->correlation = first.correlation;
    if (first.referral == NULL)
        return RD_OK;
    receipt->source_refs = first.referral->source_refs;
    receipt->source_refs_count = first.referral->source_refs_count;
    receipt->reply_to = first.referral->reply_to;
    receipt->journey = first.referral->journey;
    return RD_OK;
}

static bool encode(struct rd_body_job *job)
{
    rd_buf_clear(&job->bytes);
    rd_wire_encode(&rd_message_shape, &job->message, &job->bytes);
    return !job->bytes.failed && job->bytes.len <= RD_FRAME_BYTES_MAX;
}

static void refuse_too_big(struct rd_body_job *job, uint64_t correlation)
{
    struct rd_refused refused = {
        .correlation = correlation,
        .code = RD_REFUSAL_LIMIT,
        .words = RD_TEXT("the record with all its revisions is larger than one message may be "
                         "(1.25 MiB); ask an operator for referralctl ledger export"),
    };
    job->message = (struct rd_message){.refused = &refused};
    (void)encode(job); /* small: only memory can fail, and then bytes.failed says so */
}

/* Verbatim originals are what makes an answer too large: the oldest go first, then all attachments;
 * the record itself stays whole. */
static void encode_opened(struct rd_body_job *job)
{
    struct rd_opened *opened = job->message.opened;
    if (encode(job))
        return;
    for (size_t i = 0; i < opened->submissions_count; i++) {
        opened->submissions[i].original = RD_TEXT_NONE;
        if (encode(job))
            return;
    }
    for (size_t i = 0; i < opened->submissions_count; i++)
        if (opened->submissions[i].referral != NULL)
            opened->submissions[i].referral->attachments_count = 0;
    if (!encode(job))
        refuse_too_big(job, opened->correlation);
}

void rd_body_job_do(const struct rd_alloc *alloc, struct rd_body_job *job, rd_body_source *source,
                    void *context)
{
    uint64_t correlation = job->opened ? job->message.opened->correlation : 0;
    job->err = job->opened ? fill_opened(alloc, job, source, context)
                           : fill_receipt(alloc, job, source, context);
    if (job->err == RD_E_TOOBIG) {
        job->err = RD_OK;
        refuse_too_big(job, correlation);
    } else if (job->err == RD_OK && job->opened) {
        encode_opened(job);
    } else if (job->err == RD_OK && !encode(job)) {
        job->err = RD_E_NOMEM;
    }
    if (job->bytes.failed)
        job->err = RD_E_NOMEM;
}
