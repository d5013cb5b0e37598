/* submit: records given as canonical JSON (what referralctl --json prints of a submission). For
 * tests, for back-entry, for a place without an adapter yet. */
#include "ctl/client.h"
#include "ctl/reading.h"

#include "ctl/json_read.h"
#include "model/limits.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum { JSON_BYTES_MAX = 4 * RD_BODY_BYTES_MAX };

int ctl_read_file(const char *path, struct rd_buf *out)
{
    char chunk[65536];
    size_t len;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return ctl_fail(CTL_NO, "%s: %s", path, strerror(errno));
    while ((len = fread(chunk, 1, sizeof chunk, file)) > 0 && out->len <= JSON_BYTES_MAX)
        rd_buf_put(out, chunk, len);
    bool bad = ferror(file) != 0 || out->failed || out->len > JSON_BYTES_MAX;
    if (file != stdin)
        (void)fclose(file); /* read only */
    return bad ? ctl_fail(CTL_NO, "%s: cannot be read, or is larger than %d bytes", path,
                          JSON_BYTES_MAX)
               : CTL_OK;
}

/* What an adapter would set: the feed, a key and a digest over the content. */
static void complete(struct rd_submission *submission, const struct ctl_args *args,
                     struct rd_text json, char digest[RD_DIGEST_BYTES],
                     char key[2 * RD_DIGEST_BYTES + 1])
{
    (void)crypto_generichash((unsigned char *)digest, RD_DIGEST_BYTES,
                             (const unsigned char *)json.ptr, json.len, NULL, 0);
    (void)sodium_bin2hex(key, 2 * RD_DIGEST_BYTES + 1, (const unsigned char *)digest,
                         RD_DIGEST_BYTES);
    submission->feed = rd_text_of(args->values[OPT_FEED]);
    if (!rd_text_present(submission->key))
        submission->key = rd_text_of(key);
    if (!rd_text_present(submission->digest))
        submission->digest = (struct rd_text){digest, RD_DIGEST_BYTES};
    if (submission->action == 0)
        submission->action = RD_ACTION_NEW;
    if (submission->environment == 0)
        submission->environment = RD_ENVIRONMENT_LIVE;
    /* An amendment takes the place of the whole record, flags too: only of one that was seen. */
    if (submission->action == RD_ACTION_AMEND && !submission->based_on.has)
        submission->based_on = (struct rd_opt_i32){true, 0};
}

static int show_result(const struct ctl_args *args, const char *path,
                       const struct rd_submit_result *result)
{
    char time[32];
    if (ctl_json(args)) {
        ctl_show_json(&rd_submit_result_shape, result);
    } else if (result->busy && rd_text_is(result->reason, "revision")) {
        printf("%s: nothing was kept. It would take the place of another revision of %.*s, with "
               "every flag in it. Open that one (referralctl open), put the change into it, and "
               "say in based_on which revision it is (referralctl trace)\n",
               path, RD_TEXT_ARG(result->referral));
    } else if (result->busy) {
        printf("%s: busy, nothing was kept: %.*s\n", path, RD_TEXT_ARG(result->words));
    } else {
        printf("%s: %s, entry %llu, held at %s\n", path,
               rd_enum_name(&rd_disposal_names, (int)result->disposal),
               (unsigned long long)result->entry, ctl_time(result->held_at, time));
        if (result->referral.len > 0)
            printf("  referral %.*s, %.*s, lead %.*s: %.*s\n", RD_TEXT_ARG(result->referral),
                   RD_TEXT_ARG(result->pathway), RD_TEXT_ARG(result->lead_team),
                   RD_TEXT_ARG(result->answer));
        if (result->words.len > 0)
            printf("  %.*s\n", RD_TEXT_ARG(result->words));
    }
    bool held = !result->busy && result->disposal != RD_DISPOSAL_REJECTED;
    return held ? CTL_OK : CTL_NO;
}

/* What all the files of one command have in common. */
struct submitting {
    const struct ctl_args *args;
    struct ctl_client *client;
    uint64_t repairs;
    rd_instant received; /* 0: as the file says */
    struct rd_text entered_by;
};

static int submit_one(const struct submitting *submitting, const char *path, struct rd_text json)
{
    const struct ctl_args *args = submitting->args;
    struct ctl_client *client = submitting->client;
    struct rd_arena memory;
    struct rd_submission submission;
    struct rd_errbuf why = {{0}};
    char digest[RD_DIGEST_BYTES];
    char key[2 * RD_DIGEST_BYTES + 1];
    rd_arena_init(&memory, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    int status = CTL_NO;
    if (rd_json_read(path, &rd_submission_shape, json, &memory, &submission, &why) != RD_OK) {
        (void)ctl_fail(CTL_NO, "%s", why.text);
    } else {
        struct rd_submit submit = {.correlation = ctl_client_correlation(client),
                                   .submission = &submission,
                                   .repairs = submitting->repairs};
        struct rd_message message = {.submit = &submit};
        complete(&submission, args, json, digest, key);
        if (submitting->received != 0) {
            submission.back_entry = true;
            submission.received = submitting->received;
            submission.entered_by = submitting->entered_by;
        }
        status = ctl_client_ask(client, &message, submit.correlation);
        const struct rd_submit_result *result = client->answer.submit_result;
        if (status == CTL_OK && result != NULL)
            status = show_result(args, path, result);
        else if (status == CTL_OK)
            status = ctl_fail(CTL_NO, "%s: the router gave another answer than was asked", path);
    }
    rd_arena_fini(&memory);
    return status;
}

/* "Q123"; 0 when the option is not given. */
static bool read_item(const char *text, uint64_t *out)
{
    int64_t number = 0;
    *out = 0;
    if (text == NULL)
        return true;
    bool good = (text[0] == 'Q' || text[0] == 'q') &&
                rd_text_to_i64(rd_text_of(text + 1), &number) && number > 0;
    *out = (uint64_t)number;
    return good;
}

/* Back-entry: what came in while nothing worked counts from when it came in, and says who entered
 * it. */
static int read_back_entry(const struct ctl_args *args, struct submitting *out)
{
    const char *at = args->values[OPT_RECEIVED_AT];
    rd_instant now = ctl_now();
    if (at == NULL)
        return CTL_OK;
    if (!ctl_parse_when(at, now, &out->received))
        return ctl_fail(CTL_USE,
                        "--received-at: expected a time such as 2026-11-22T09:30:00Z or -40m, "
                        "found %s",
                        at);
    if (out->received <= 0 || out->received > now)
        return ctl_fail(CTL_USE, "--received-at: %s is still to come: expected when it came in",
                        at);
    const char *by = ctl_by(args);
    if (by == NULL)
        return CTL_USE;
    out->entered_by = rd_text_of(by);
    return CTL_OK;
}

int ctl_submit(const struct ctl_args *args)
{
    struct ctl_client client;
    struct rd_buf json;
    struct submitting submitting = {.args = args, .client = &client};
    if (args->values[OPT_PAPER] != NULL)
        return ctl_submit_paper(args);
    if (args->values[OPT_DRY_RUN] != NULL)
        return ctl_dry_run(args);
    if (!read_item(args->values[OPT_REPAIRS], &submitting.repairs) ||
        (submitting.repairs != 0 && args->operands_count > 1))
        return ctl_fail(CTL_USE, "--repairs: expected one item as Q123, and one file");
    int status = read_back_entry(args, &submitting);
    if (status == CTL_OK)
        status = ctl_client_open(&client, args, CTL_INTAKE);
    if (status != CTL_OK)
        return status;
    rd_buf_init(&json, rd_alloc_heap());
    for (size_t i = 0; i < args->operands_count && status == CTL_OK; i++) {
        rd_buf_clear(&json);
        status = ctl_read_file(args->operands[i], &json);
        if (status == CTL_OK)
            status = submit_one(&submitting, args->operands[i], rd_buf_text(&json));
    }
    rd_buf_fini(&json);
    ctl_client_close(&client);
    return status;
}
