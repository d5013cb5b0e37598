#include "adapters/mllp/answer.h"

#include "adapters/hl7v2/hl7_ack.h"
#include "adapters/hl7v2/mllp_frame.h"

#include <stdio.h>
#include <string.h>

enum verdict { ACCEPT, ERROR, REJECT };

static const char *const application_codes[] = {[ACCEPT] = "AA", [ERROR] = "AE", [REJECT] = "AR"};
static const char *const commit_codes[] = {[ACCEPT] = "CA", [ERROR] = "CE", [REJECT] = "CR"};

static void put_one(struct mllp_service *service, const struct rd_hl7_header *header,
                    const char *code, struct rd_hl7_ack ack, struct mllp_said *said,
                    struct rd_buf *out)
{
    char id[32];
    size_t len = strlen(said->code);
    (void)snprintf(said->code + len, sizeof said->code - len, "%s%s", len > 0 ? " " : "", code);
    struct rd_buf message;
    rd_buf_init(&message, rd_alloc_heap());
    (void)snprintf(id, sizeof id, "RD%llu", (unsigned long long)service->next_control_id++);
    ack.code = code;
    ack.control_id = rd_text_of(id);
    ack.now = service->now();
    rd_hl7_ack_write(header, &ack, &message);
    rd_mllp_frame(out, rd_buf_text(&message));
    out->failed = out->failed || message.failed;
    rd_buf_fini(&message);
}

/* Original mode: one application acknowledgement. Enhanced mode (MSH-15 or MSH-16 filled): the
 * commit acknowledgement first, then the application's, each if wanted. CA says that the bytes are
 * kept, whatever is wrong with them; after CE or CR no other follows. What was not accepted is told
 * to a sender that wants no answers too: nobody else would ever know. */
static void put_acks(struct mllp_service *service, const struct rd_hl7_header *header,
                     enum verdict verdict, bool kept, const struct rd_hl7_ack *ack,
                     struct mllp_said *said, struct rd_buf *out)
{
    bool enhanced =
        rd_hl7_ack_is_wish(header->accept_ack) || rd_hl7_ack_is_wish(header->application_ack);
    bool success = verdict == ACCEPT;
    bool application = rd_hl7_ack_wanted(header->application_ack, success, !enhanced);
    bool committed = success || (kept && application);
    bool commit = enhanced && rd_hl7_ack_wanted(header->accept_ack, committed, false);
    if (commit) {
        struct rd_hl7_ack first = *ack;
        first.error = committed ? RD_HL7_OK : ack->error;
        first.words = committed && !success ? RD_TEXT_NONE : ack->words;
        put_one(service, header, commit_codes[committed ? ACCEPT : verdict], first, said, out);
    }
    if (commit && !committed)
        return;
    if (application || (!success && !commit))
        put_one(service, header, application_codes[verdict], *ack, said, out);
}

static enum verdict quarantine_verdict(const struct rd_feed *feed)
{
    switch (feed->quarantine_ack) {
    case RD_QUARANTINE_AA:
        return ACCEPT;
    case RD_QUARANTINE_AR:
        return REJECT;
    case RD_QUARANTINE_AE:
        return ERROR;
    }
    return ERROR;
}

/* The router's reasons that have a code and a place of their own in HL7. */
static void explain(const struct mllp_outcome *outcome, struct rd_hl7_ack *ack)
{
    struct rd_text reason = outcome->result->reason;
    ack->error = outcome->read->error;
    ack->location = outcome->read->location;
    if (rd_text_is(reason, "conflict")) {
        ack->error = RD_HL7_DUPLICATE_KEY;
        ack->location = RD_TEXT("MSH-10");
    } else if (rd_text_is(reason, "test-on-live") || rd_text_is(reason, "live-on-test")) {
        ack->error = RD_HL7_UNSUPPORTED_PROCESSING;
        ack->location = RD_TEXT("MSH-11");
    }
    if (ack->error == RD_HL7_OK)
        ack->error = RD_HL7_INTERNAL;
    if (!rd_text_present(ack->location))
        ack->location = RD_TEXT("MSH");
    ack->words = outcome->result->words;
    if (!rd_text_present(ack->words))
        ack->words = rd_text_present(outcome->read->submission.refused_words)
                         ? outcome->read->submission.refused_words
                         : outcome->read->submission.quarantine_words;
}

/* What the sender is told: by what became of the message, or of the one that it repeats. */
static enum verdict verdict_of(const struct mllp_outcome *outcome)
{
    enum rd_disposal disposal = outcome->result->disposal;
    struct rd_text reason = outcome->result->reason;
    if (rd_text_is(reason, "test"))
        return ACCEPT; /* MSA-3 says TEST, and what it would have become */
    if (rd_text_is(reason, "test-unread") || rd_text_is(reason, "conflict"))
        disposal = RD_DISPOSAL_QUARANTINED; /* a repeat of a conflict is answered as the first */
    if (disposal == RD_DISPOSAL_REPEAT && !rd_text_present(outcome->result->referral) &&
        outcome->read->submission.referral == NULL)
        disposal = rd_text_present(outcome->read->submission.refused_code)
                       ? RD_DISPOSAL_REJECTED
                       : RD_DISPOSAL_QUARANTINED;
    if (disposal == RD_DISPOSAL_QUARANTINED)
        return quarantine_verdict(outcome->feed);
    return disposal == RD_DISPOSAL_REJECTED ? REJECT : ACCEPT;
}

/* MSA-4, to a sender that numbers its messages: its own number; after 0, or after it counts anew
 * (-1), which one comes next. */
static int64_t expected_of(const struct mllp_outcome *outcome)
{
    int64_t number = outcome->read->submission.sequence;
    if (!rd_text_present(outcome->read->submission.sequence_of))
        return 0;
    return number != 0 ? number : outcome->result->sequence_expected;
}

bool mllp_answer(struct mllp_service *service, const struct mllp_outcome *outcome,
                 struct mllp_said *said, struct rd_buf *out)
{
    struct rd_hl7_ack ack = {.error = RD_HL7_OK};
    *said = (struct mllp_said){.words = RD_TEXT_NONE};
    if (outcome->result == NULL || outcome->result->busy)
        return false;
    enum verdict verdict = verdict_of(outcome);
    if (verdict == ACCEPT) {
        ack.expected = expected_of(outcome);
        service->counters.positive++;
        ack.words = rd_text_is(outcome->result->reason, "test") ? outcome->result->words
                                                                : outcome->result->referral;
    } else {
        explain(outcome, &ack);
        if (verdict == ERROR)
            service->counters.errors++;
        else
            service->counters.refused++;
    }
    put_acks(service, &outcome->read->header, verdict,
             outcome->result->disposal != RD_DISPOSAL_REJECTED, &ack, said, out);
    said->words = ack.words;
    return true;
}

void mllp_answer_refused(struct mllp_service *service, const struct rd_hl7_header *header,
                         enum rd_hl7_error error, struct rd_text location, struct rd_text words,
                         struct rd_buf *out)
{
    struct rd_hl7_ack ack = {.error = error, .location = location, .words = words};
    struct mllp_said said = {.words = RD_TEXT_NONE};
    put_acks(service, header, REJECT, false, &ack, &said, out);
}
