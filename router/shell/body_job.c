#include "shell/reader.h"

#include "base/ident.h"
#include "model/limits.h"
#include "shell/views.h"
#include "wire/wire.h"

#include <string.h>

enum {
    JOB_ARENA_BYTES_MAX = 64 * 1024 * 1024,
    TRACE_MAX = RD_LIST_ITEMS_MAX,
    TRACE_HALF = TRACE_MAX / 2,
    TRACE_CHUNK = 256
};

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

/* What a job works with. */
struct work {
    const struct rd_alloc *alloc;
    const struct rd_body_source *source;
    struct rd_body_job *job;
};

/* One entry, decoded into the job's memory. RD_E_NOTFOUND: erased. */
static enum rd_err read_entry(const struct work *work, uint64_t number, struct rd_entry *out)
{
    struct rd_body_job *job = work->job;
    struct rd_buf bytes;
    rd_buf_init(&bytes, work->alloc);
    enum rd_err err = work->source->body(work->source->context, number, &bytes, &job->why);
    if (err == RD_OK && bytes.failed)
        err = RD_E_NOMEM;
    if (err == RD_OK)
        err = rd_wire_decode(&rd_entry_shape, rd_buf_text(&bytes), &job->memory, out, &job->why);
    rd_buf_fini(&bytes);
    if (err == RD_E_MALFORMED)
        return rd_fail(&job->why, RD_E_CORRUPT,
                       "ledger entry %llu: not an entry of this contract; run referralctl ledger "
                       "verify",
                       (unsigned long long)number);
    return err;
}

/* One RECEIVED entry's submission. RD_E_NOTFOUND: erased, or an entry without one. */
static enum rd_err read_submission(const struct work *work, uint64_t number,
                                   struct rd_submission *out)
{
    struct rd_entry entry = {0};
    enum rd_err err = read_entry(work, number, &entry);
    if (err != RD_OK)
        return err;
    if (entry.received == NULL || entry.received->submission == NULL)
        return RD_E_NOTFOUND;
    *out = *entry.received->submission;
    return RD_OK;
}

/* Is entry `number` the answer to the message of entry `received`? What is only looked at costs the
 * job no memory. */
static enum rd_err try_answer(const struct work *work, struct work *looking, uint64_t number,
                              uint64_t received, struct rd_entry *out)
{
    struct rd_entry entry = {0};
    rd_arena_reset(&looking->job->memory);
    enum rd_err err = read_entry(looking, number, &entry);
    if (err != RD_OK)
        return err;
    if (entry.answered == NULL || entry.answered->received != received)
        return RD_E_NOTFOUND;
    *out = (struct rd_entry){0};
    return read_entry(work, number, out);
}

/* The answer that was given to the message of entry `received`: it stands somewhere behind it, with
 * its feed and its referral (none). RD_E_NOTFOUND: it is not known, or erased. */
static enum rd_err find_answer(const struct work *work, uint64_t received, struct rd_entry *out)
{
    struct rd_body_job look = {.why = {""}};
    struct work looking = {work->alloc, work->source, &look};
    uint64_t numbers[TRACE_CHUNK];
    uint64_t from = received + 1;
    size_t count = TRACE_CHUNK;
    enum rd_err err = RD_E_NOTFOUND;
    rd_arena_init(&look.memory, work->alloc, JOB_ARENA_BYTES_MAX);
    while (err == RD_E_NOTFOUND && count == TRACE_CHUNK) {
        enum rd_err asked = work->source->like(work->source->context, received, RD_ENTRY_ANSWERED,
                                               from, numbers, TRACE_CHUNK, &count, &look.why);
        if (asked != RD_OK)
            err = asked;
        for (size_t i = 0; err == RD_E_NOTFOUND && i < count; i++)
            err = try_answer(work, &looking, numbers[i], received, out);
        from = count > 0 ? numbers[count - 1] + 1 : from;
    }
    rd_arena_fini(&look.memory);
    if (err != RD_OK && err != RD_E_NOTFOUND)
        work->job->why = look.why;
    return err;
}

static bool is_record(const struct rd_submission *submission)
{
    return submission->action != RD_ACTION_FACT && submission->action != RD_ACTION_CANCEL;
}

/* The newest RD_LIST_ITEMS_MAX, as far as memory goes; however many facts came since, the newest
 * record itself is among them. What is older is counted. */
static enum rd_err fill_opened(const struct work *work)
{
    struct rd_body_job *job = work->job;
    struct rd_opened *opened = job->message.opened;
    size_t first = RD_LIST_ITEMS_MAX;
    bool record = false;
    struct rd_submission *list = rd_arena_array(&job->memory, first, sizeof *list);
    if (list == NULL)
        return RD_E_TOOBIG;
    for (size_t i = job->entries_count; i-- > 0;) {
        struct rd_submission next;
        if (first == 0 && record) {
            opened->left_out++;
            continue;
        }
        enum rd_err err = read_submission(work, job->entries[i], &next);
        if (err == RD_E_NOTFOUND)
            continue;
        if (err == RD_E_TOOBIG && first < RD_LIST_ITEMS_MAX) {
            opened->left_out += (uint32_t)i + 1;
            break;
        }
        if (err != RD_OK)
            return err;
        bool takes = first > 0 || is_record(&next); /* the oldest fact makes room for the record */
        opened->left_out += first == 0 ? 1 : 0;
        if (!takes)
            continue;
        first -= first > 0 ? 1 : 0;
        rd_view_cut(opened->view, &next);
        list[first] = next;
        record = record || is_record(&next);
    }
    opened->submissions = list + first;
    opened->submissions_count = RD_LIST_ITEMS_MAX - first;
    return RD_OK;
}

/* A receipt says by which of the sender's own numbers it is meant: those of the first submission.
 */
static enum rd_err fill_receipt(const struct work *work)
{
    struct rd_receipt *receipt = work->job->message.receipt;
    struct rd_submission first;
    if (work->job->entries_count == 0)
        return RD_OK;
    enum rd_err err = read_submission(work, work->job->entries[0], &first);
    if (err != RD_OK)
        return err == RD_E_NOTFOUND ? RD_OK : err;
    receipt->key = first.key;
    receipt->correlation = first.correlation;
    receipt->original = first.original;
    if (first.referral == NULL)
        return RD_OK;
    receipt->source_refs = first.referral->source_refs;
    receipt->source_refs_count = first.referral->source_refs_count;
    receipt->reply_to = first.referral->reply_to;
    receipt->journey = first.referral->journey;
    return RD_OK;
}

static enum rd_err fill_decision(const struct work *work)
{
    struct rd_entry entry = {0};
    enum rd_err err = read_entry(work, work->job->entries[0], &entry);
    if (err == RD_OK && entry.decided != NULL)
        work->job->message.query_result->decision = entry.decided->decision;
    return err == RD_E_NOTFOUND ? RD_OK : err;
}

/* What a person wrote, or what is said of one, stays behind: a trace is for operators. */
static void strip(struct rd_entry *entry)
{
    if (entry->received != NULL && entry->received->submission != NULL)
        *entry->received->submission =
            (struct rd_submission){.feed = entry->received->submission->feed,
                                   .action = entry->received->submission->action,
                                   .environment = entry->received->submission->environment,
                                   .received = entry->received->submission->received,
                                   .media_type = entry->received->submission->media_type,
                                   .back_entry = entry->received->submission->back_entry,
                                   .entered_by = entry->received->submission->entered_by};
    if (entry->answered != NULL)
        entry->answered->bytes = RD_TEXT_NONE;
    if (entry->moved != NULL)
        entry->moved->words = RD_TEXT_NONE;
    if (entry->contacted != NULL)
        entry->contacted->words = RD_TEXT_NONE;
}

/* The first and the last TRACE_HALF entries of the referral: a message has room for so many. */
static enum rd_err find_trace(const struct work *work, uint64_t *numbers, size_t *count)
{
    const struct rd_referral_state *state = work->job->message.query_result->referral;
    uint64_t from = state->bodies.len >= 8 ? read_number(state->bodies.ptr) : 1;
    uint64_t chunk[TRACE_CHUNK];
    size_t found = 0;
    *count = 0;
    do {
        enum rd_err err = work->source->of_referral(work->source->context, state->id, from, chunk,
                                                    TRACE_CHUNK, &found, &work->job->why);
        if (err != RD_OK)
            return err;
        size_t here = found < TRACE_CHUNK ? found : TRACE_CHUNK;
        for (size_t i = 0; i < here; i++) {
            if (*count == TRACE_MAX) { /* the oldest of the second half makes room */
                memmove(numbers + TRACE_HALF, numbers + TRACE_HALF + 1,
                        sizeof *numbers * (TRACE_HALF - 1));
                (*count)--;
            }
            numbers[(*count)++] = chunk[i];
        }
        from = here > 0 ? chunk[here - 1] + 1 : from;
    } while (found > TRACE_CHUNK);
    return RD_OK;
}

static void add_number(uint64_t *numbers, size_t *count, uint64_t number)
{
    size_t at = *count;
    while (at > 0 && numbers[at - 1] > number)
        at--;
    if (*count == TRACE_MAX || (at > 0 && numbers[at - 1] == number))
        return;
    memmove(numbers + at + 1, numbers + at, sizeof *numbers * (*count - at));
    numbers[at] = number;
    (*count)++;
}

/* What was said of two referrals stands in the ledger with one of them; the other's link names it.
 */
static void add_links(const struct rd_referral_state *state, uint64_t *numbers, size_t *count)
{
    for (size_t i = 0; i < state->links_count; i++)
        for (size_t at = 0; at + 8 <= state->links[i].entries.len; at += 8)
            add_number(numbers, count, read_number(state->links[i].entries.ptr + at));
}

static enum rd_err fill_trace(const struct work *work)
{
    struct rd_body_job *job = work->job;
    struct rd_query_result *result = job->message.query_result;
    uint64_t numbers[TRACE_MAX];
    size_t count = 0;
    if (result->referral == NULL)
        return RD_OK;
    enum rd_err err = find_trace(work, numbers, &count);
    if (err != RD_OK)
        return err;
    add_links(result->referral, numbers, &count);
    result->entries = rd_arena_array(&job->memory, count + 1, sizeof *result->entries);
    if (result->entries == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < count; i++) {
        struct rd_entry *next = &result->entries[result->entries_count];
        err = read_entry(work, numbers[i], next);
        if (err == RD_E_NOTFOUND)
            continue;
        if (err != RD_OK)
            return err;
        strip(next);
        /* Whoever is not shown a referral's links is not told of them here either. */
        bool hidden = next->linked != NULL && result->referral->links_count == 0;
        result->entries_count += hidden ? 0 : 1;
    }
    return RD_OK;
}

/* A message of no referral, and its answer. */
static enum rd_err fill_submission(const struct work *work)
{
    struct rd_body_job *job = work->job;
    struct rd_query_result *result = job->message.query_result;
    result->entries = rd_arena_array(&job->memory, 2, sizeof *result->entries);
    if (result->entries == NULL)
        return RD_E_TOOBIG;
    enum rd_err err = read_entry(work, job->entries[0], &result->entries[0]);
    if (err != RD_OK || result->entries[0].received == NULL)
        return err == RD_E_NOTFOUND ? RD_OK : err;
    result->entries_count = 1;
    err = find_answer(work, job->entries[0], &result->entries[1]);
    result->entries_count += err == RD_OK ? 1 : 0;
    for (size_t i = 0; i < result->entries_count; i++)
        strip(&result->entries[i]);
    return err == RD_E_NOTFOUND ? RD_OK : err;
}

/* What the senders of an opened record were told, as far as memory goes. */
static enum rd_err fill_answers(const struct work *work)
{
    struct rd_body_job *job = work->job;
    struct rd_opened *opened = job->message.opened;
    uint64_t numbers[TRACE_CHUNK];
    struct rd_entry entry;
    uint64_t id = 0;
    size_t found = 0;
    /* An adapter merges with what is held: what it told before is none of that. */
    if (opened->view != RD_VIEW_FULL || opened->stages != NULL || job->entries_count == 0)
        return RD_OK;
    opened->answers = rd_arena_array(&job->memory, TRACE_CHUNK, sizeof *opened->answers);
    if (opened->answers == NULL)
        return RD_OK;                                     /* the record itself has all the room */
    if (opened->row == NULL && job->entries_count == 1) { /* an item of quarantine */
        enum rd_err err = find_answer(work, job->entries[0], &entry);
        if (err == RD_OK)
            opened->answers[opened->answers_count++] = *entry.answered;
        return err == RD_E_NOTFOUND ? RD_OK : err;
    }
    if (opened->row == NULL || !rd_ident_parse(opened->row->referral, &id))
        return RD_OK;
    enum rd_err err = work->source->of_referral(work->source->context, id, job->entries[0], numbers,
                                                TRACE_CHUNK, &found, &job->why);
    for (size_t i = 0; err == RD_OK && i < found && i < TRACE_CHUNK; i++) {
        entry = (struct rd_entry){0};
        err = read_entry(work, numbers[i], &entry);
        if (err == RD_OK && entry.answered != NULL)
            opened->answers[opened->answers_count++] = *entry.answered;
        err = err == RD_E_NOTFOUND ? RD_OK : err;
    }
    return err == RD_E_TOOBIG ? RD_OK : err;
}

static enum rd_err fill(const struct work *work)
{
    const struct rd_message *message = &work->job->message;
    if (message->opened != NULL) {
        enum rd_err err = fill_opened(work);
        return err == RD_OK ? fill_answers(work) : err;
    }
    if (message->receipt != NULL)
        return fill_receipt(work);
    if (message->query_result == NULL)
        return RD_E_BUG; /* the core sends bodies with these three only */
    if (work->job->entries_count == 0)
        return fill_trace(work);
    return message->query_result->referral == NULL ? fill_submission(work) : fill_decision(work);
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

/* Verbatim originals are what makes an answer too large: the oldest go first, what was merged last,
 * then all attachments, then the older half of the submissions. What is shown of the newest stays
 * whole. */
static bool encode_without_originals(struct rd_body_job *job)
{
    struct rd_opened *opened = job->message.opened;
    if (encode(job))
        return true;
    for (size_t i = 0; i < opened->answers_count; i++)
        opened->answers[i].bytes = RD_TEXT_NONE;
    if (opened->answers_count > 0 && encode(job))
        return true;
    for (size_t i = 0; i < opened->submissions_count; i++) {
        struct rd_submission *each = &opened->submissions[i];
        each->original = RD_TEXT_NONE;
        if (i + 1 < opened->submissions_count)
            each->merged = RD_TEXT_NONE;
        if (encode(job))
            return true;
    }
    if (opened->submissions_count > 0)
        opened->submissions[opened->submissions_count - 1].merged = RD_TEXT_NONE;
    return encode(job);
}

static void encode_opened(struct rd_body_job *job)
{
    struct rd_opened *opened = job->message.opened;
    if (encode_without_originals(job))
        return;
    for (size_t i = 0; i < opened->submissions_count; i++)
        if (opened->submissions[i].referral != NULL)
            opened->submissions[i].referral->attachments_count = 0;
    while (!encode(job)) {
        if (opened->submissions_count <= 1) {
            refuse_too_big(job, opened->correlation);
            return;
        }
        size_t half = opened->submissions_count / 2; /* few rounds, however many there are */
        opened->submissions += half;
        opened->submissions_count -= half;
        opened->left_out += (uint32_t)half;
    }
}

void rd_body_job_do(const struct rd_alloc *alloc, struct rd_body_job *job,
                    const struct rd_body_source *source)
{
    struct work work = {alloc, source, job};
    uint64_t correlation = 0;
    if (job->opened)
        correlation = job->message.opened->correlation;
    else if (job->message.query_result != NULL)
        correlation = job->message.query_result->correlation;
    job->err = fill(&work);
    if (job->err == RD_E_TOOBIG) {
        job->err = RD_OK;
        refuse_too_big(job, correlation);
    } else if (job->err == RD_OK && job->opened) {
        encode_opened(job);
    } else if (job->err == RD_OK && !encode(job)) {
        refuse_too_big(job, correlation);
    }
    if (job->bytes.failed)
        job->err = RD_E_NOMEM;
}
