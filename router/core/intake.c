/* One submission, one disposal. RECEIVED comes first; what follows from it (decision, stand-downs,
 * alarms) is further entries of the same step, and so of the same batch. */
#include "core/intake.h"

#include "core/answers.h"
#include "core/apply.h"
#include "core/decide.h"
#include "core/emit.h"
#include "core/expect.h"
#include "core/intake_held.h"
#include "core/numbers.h"
#include "core/rights.h"

enum { KEY_WINDOW_DAYS = 90, QUARANTINE_MINUTES = 60 };

/* The submission without its record and its original: of what is kept elsewhere already, or of
 * nobody we hold. */
static bool strip(struct rd_core *core, struct rd_submission **submission)
{
    struct rd_submission *made = rd_take(core, sizeof *made);
    if (made == NULL)
        return false;
    const struct rd_submission *whole = *submission;
    *made = (struct rd_submission){.feed = whole->feed,
                                   .key = whole->key,
                                   .action = whole->action,
                                   .environment = whole->environment,
                                   .received = whole->received,
                                   .digest = whole->digest,
                                   .sequence = whole->sequence,
                                   .sequence_of = whole->sequence_of};
    *submission = made;
    return true;
}

bool rd_emit_received(struct rd_intake *in, enum rd_disposal disposal, uint64_t referral,
                      struct rd_text reason, struct rd_text words)
{
    struct rd_core *core = in->core;
    struct rd_entry entry = {
        .kind = RD_ENTRY_RECEIVED, .referral = referral, .feed = in->feed->name};
    struct rd_received *received = rd_take(core, sizeof *received);
    if (received == NULL)
        return false;
    *received = in->received;
    received->disposal = disposal;
    received->reason = reason;
    received->reason_words = words;
    bool refs = disposal == RD_DISPOSAL_NEW || disposal == RD_DISPOSAL_AMENDED ||
                disposal == RD_DISPOSAL_CANCELLED;
    if (!refs)
        received->ref_hashes_count = 0;
    if (disposal != RD_DISPOSAL_NEW && disposal != RD_DISPOSAL_FACT_APPLIED)
        received->person_hashes_count = 0;
    if (disposal != RD_DISPOSAL_NEW && disposal != RD_DISPOSAL_AMENDED)
        received->marks = NULL;
    bool keeps_key = disposal != RD_DISPOSAL_REPEAT && disposal != RD_DISPOSAL_REJECTED;
    if (!keeps_key)
        received->key_expires = 0;
    bool bodiless = disposal == RD_DISPOSAL_REPEAT || disposal == RD_DISPOSAL_FACT_IGNORED ||
                    rd_text_present(received->submission->refused_code);
    if (bodiless && !strip(core, &received->submission))
        return false;
    entry.received = received;
    in->reason = reason;
    in->words = words;
    if (!rd_emit(core, &entry))
        return false;
    in->entry = core->meta.last_entry;
    return rd_answers_await(core, in->correlation, in->feed->name, in->entry, referral);
}

static void fill_team(const struct rd_core *core, const struct rd_referral_state *state,
                      struct rd_submit_result *out)
{
    const struct rd_assignment *lead = rd_lead_of(state);
    out->pathway = state->pathway;
    out->answer = state->answer;
    if (lead == NULL)
        return;
    const struct rd_team *team = rd_place_team(core->place, lead->team);
    out->lead_team = lead->team;
    out->lead_title = team == NULL ? RD_TEXT_NONE : team->title;
    out->open_now = lead->open_at_routing;
    out->looks_at = lead->looks_at;
}

bool rd_intake_answer(struct rd_intake *in, enum rd_disposal disposal, struct rd_held *held)
{
    struct rd_core *core = in->core;
    struct rd_message *message = rd_answer(core);
    struct rd_submit_result *out = rd_take(core, sizeof *out);
    struct rd_referral_state *state = held == NULL ? NULL : rd_live(core, held);
    if (message == NULL || out == NULL || (held != NULL && state == NULL))
        return false;
    *out = (struct rd_submit_result){.correlation = in->correlation,
                                     .disposal = disposal,
                                     .entry = in->entry,
                                     .held_at = core->now,
                                     .reason = in->reason,
                                     .words = in->words};
    if (state != NULL) {
        out->referral = rd_referral_name(core, held->id);
        fill_team(core, state, out);
    }
    struct rd_text numbers = in->received.submission->sequence_of;
    if (rd_text_present(numbers))
        out->sequence_expected = rd_numbers_expected(rd_find_feed(core, in->feed->name), numbers);
    const struct rd_referral *record = in->received.submission->referral;
    if (record != NULL && disposal != RD_DISPOSAL_REPEAT) {
        out->issues = record->issues;
        out->issues_count = record->issues_count;
    }
    if (disposal == RD_DISPOSAL_REPEAT) {
        out->first_of_repeat = true;
        out->entry = in->received.first_entry;
        out->held_at = state == NULL ? 0 : state->received;
    }
    message->submit_result = out;
    return core->err == RD_OK;
}

bool rd_alarm_item(struct rd_core *core, uint64_t item, enum rd_alarm_kind kind,
                   struct rd_text words, rd_instant next_due)
{
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_alarmed alarmed = {.kind = kind,
                                 .due = core->now,
                                 .team = core->place->desk,
                                 .escalate_to = desk == NULL ? RD_TEXT_NONE : desk->rota,
                                 .words = words,
                                 .quarantine = item,
                                 .next_due = next_due};
    alarmed.person = rd_rules_on_rota(core->rules, alarmed.escalate_to, core->now);
    return rd_emit_alarm(core, 0, &alarmed);
}

rd_instant rd_desk_due(const struct rd_intake *in)
{
    uint32_t minutes = in->feed->quarantine_minutes;
    return in->core->now + (rd_instant)(minutes == 0 ? QUARANTINE_MINUTES : minutes) * RD_MINUTE_US;
}

bool rd_intake_quarantine(struct rd_intake *in, struct rd_text code, struct rd_text words,
                          enum rd_alarm_kind kind)
{
    in->received.desk_due = rd_desk_due(in);
    if (!rd_emit_received(in, RD_DISPOSAL_QUARANTINED, 0, code, words))
        return false;
    return rd_alarm_item(in->core, in->entry, kind, words, in->received.desk_due) &&
           rd_intake_answer(in, RD_DISPOSAL_QUARANTINED, NULL);
}

static bool in_window(const struct rd_intake *in, const struct rd_key_held *key)
{
    return key != NULL && rd_still_named(in->core, key->state.expires, key->state.referral);
}

/* Other content under a key that is taken has a key of its own, of both: so the same again is known
 * as the repeat that it is, and the desk has one item to look at. */
static bool conflict_key(struct rd_intake *in)
{
    struct rd_text digest = in->received.submission->digest;
    char *joined = rd_take(in->core, RD_HASH_BYTES);
    if (joined == NULL)
        return false;
    for (size_t i = 0; i < RD_HASH_BYTES; i++)
        joined[i] = (char)(in->received.key_hash.ptr[i] ^ digest.ptr[i]);
    in->received.key_hash = (struct rd_text){joined, RD_HASH_BYTES};
    return true;
}

static bool conflict(struct rd_intake *in)
{
    struct rd_text reason = RD_TEXT("conflict");
    struct rd_text words = RD_TEXT("the key was used before with other content: both are kept, the "
                                   "desk compares them");
    if (!conflict_key(in))
        return false;
    const struct rd_key_held *before = rd_find_key(in->core, in->received.key_hash);
    if (in->received.repairs != 0 || !in_window(in, before))
        return rd_intake_quarantine(in, reason, words, RD_ALARM_CONFLICT);
    in->received.first_entry = before->state.entry;
    return rd_emit_received(in, RD_DISPOSAL_REPEAT, 0, reason, words) &&
           rd_intake_answer(in, RD_DISPOSAL_REPEAT, NULL);
}

/* The key came before, within its window. */
static bool known_key(struct rd_intake *in, const struct rd_key_held *key)
{
    if (!rd_text_equal(key->state.digest, in->received.submission->digest))
        return conflict(in);
    in->received.first_entry = key->state.entry;
    struct rd_held *held =
        key->state.referral == 0 ? NULL : rd_find_referral(in->core, key->state.referral);
    return rd_emit_received(in, RD_DISPOSAL_REPEAT, key->state.referral, RD_TEXT_NONE,
                            RD_TEXT_NONE) &&
           rd_intake_answer(in, RD_DISPOSAL_REPEAT, held);
}

/* Not understood, or refused at the door: it need not say what it asks for. */
static bool unread(const struct rd_submission *submission)
{
    return rd_text_present(submission->quarantine_code) ||
           rd_text_present(submission->refused_code);
}

/* A live message that went to a test feed, a test on a live one, a test where tests belong: each is
 * recorded and answered, none is anybody's work. */
static bool reject_environment(struct rd_intake *in)
{
    bool test = in->received.submission->environment == RD_ENVIRONMENT_TEST;
    bool own = in->received.submission->environment == in->feed->environment;
    struct rd_text reason = test ? RD_TEXT("test-on-live") : RD_TEXT("live-on-test");
    struct rd_text words =
        RD_TEXT("the message and the feed are of different environments: nothing was "
                "dispatched; send it on a feed of its own environment");
    if (own) {
        bool read = !rd_text_present(in->received.submission->quarantine_code);
        reason = read ? RD_TEXT("test") : RD_TEXT("test-unread");
        if (!rd_intake_foretell(in, &words))
            return false;
    }
    return rd_emit_received(in, RD_DISPOSAL_REJECTED, 0, reason, words) &&
           rd_intake_answer(in, RD_DISPOSAL_REJECTED, NULL);
}

static bool dispose(struct rd_intake *in)
{
    struct rd_submission *submission = in->received.submission;
    if (rd_text_present(submission->refused_code)) /* its sender was told so already */
        return rd_emit_received(in, RD_DISPOSAL_REJECTED, 0, submission->refused_code,
                                submission->refused_words) &&
               rd_intake_answer(in, RD_DISPOSAL_REJECTED, NULL);
    /* What nobody could read has no environment: it waits for the desk and is never dispatched. */
    if (submission->environment != 0 && (submission->environment != in->feed->environment ||
                                         submission->environment != RD_ENVIRONMENT_LIVE))
        return reject_environment(in);
    struct rd_key_held *key = rd_find_key(in->core, in->received.key_hash);
    if (in_window(in, key) && (in->received.repairs == 0 || key->state.referral != 0))
        return known_key(in, key);
    if (rd_text_present(submission->quarantine_code))
        return rd_intake_quarantine(in, submission->quarantine_code, submission->quarantine_words,
                                    RD_ALARM_QUARANTINE);
    if (submission->action == RD_ACTION_CANCEL)
        return rd_intake_cancel(in);
    if (submission->action == RD_ACTION_FACT)
        return rd_intake_fact(in);
    if (submission->referral == NULL)
        return rd_intake_quarantine(
            in, RD_TEXT("missing-record"),
            RD_TEXT("the adapter gave no record of a request: its original is kept"),
            RD_ALARM_QUARANTINE);
    return submission->action == RD_ACTION_AMEND ? rd_intake_amend(in) : rd_intake_new(in);
}

/* A feed that exists, from a user that has no right to it: visible in the feed's column, nothing of
 * it kept, no key used. */
static bool deny(struct rd_intake *in)
{
    if (!strip(in->core, &in->received.submission))
        return false;
    in->received.repairs = 0;
    rd_expect_received(in->core, in->feed, false, &in->received);
    if (!rd_emit_received(in, RD_DISPOSAL_REJECTED, 0, RD_TEXT("no-rights"), RD_TEXT_NONE))
        return false;
    struct rd_text words = RD_WORDS(
        in->core, "user %.*s may not submit on feed %.*s: list the feed with that user's key",
        RD_TEXT_ARG(in->core->event->origin.identity->user), RD_TEXT_ARG(in->feed->name));
    return rd_refuse(in->core, in->correlation, RD_REFUSAL_RIGHTS, words);
}

static bool refuse_form(struct rd_core *core, const struct rd_submit *submit, bool *refused)
{
    const struct rd_submission *submission = submit->submission;
    struct rd_text words = RD_TEXT_NONE;
    enum rd_refusal code = RD_REFUSAL_MISSING;
    if (submission == NULL || !rd_text_present(submission->feed)) {
        words = RD_TEXT("submit: no submission or no feed: set submission.feed");
    } else if (rd_place_feed(core->place, submission->feed) == NULL) {
        code = RD_REFUSAL_UNKNOWN;
        words = RD_WORDS(
            core,
            "submit: feed %.*s is not in the rules in force: correct its name, or bring in "
            "a place that names it (referralctl rules activate)",
            RD_TEXT_ARG(rd_text_slice(submission->feed, 0, RD_NAME_BYTES_MAX)));
    } else if (submission->key.len == 0) {
        words = RD_TEXT("submit: no key: set submission.key, the same for every resend");
    } else if (submission->digest.len != RD_DIGEST_BYTES) {
        code = RD_REFUSAL_INVALID;
        words = RD_TEXT("submit: submission.digest: expected 32 bytes over the content");
    } else if ((submission->action == 0 || submission->environment == 0) && !unread(submission)) {
        words = RD_TEXT("submit: set submission.action and submission.environment");
    }
    *refused = rd_text_present(words);
    return !*refused || rd_refuse(core, submit->correlation, code, words);
}

static bool refuse_repair(struct rd_intake *in, bool *refused)
{
    struct rd_core *core = in->core;
    struct rd_item *item = rd_find_item(core, in->received.repairs);
    bool fits = item != NULL && item->state.closed_at == 0 &&
                rd_text_equal(item->state.feed, in->feed->name);
    *refused = in->received.repairs != 0 && !fits;
    if (!*refused)
        return true;
    struct rd_text words = RD_WORDS(
        core, "submit: Q%llu is no open item of feed %.*s: see the list of quarantined items",
        (unsigned long long)in->received.repairs, RD_TEXT_ARG(in->feed->name));
    return rd_refuse(core, in->correlation, RD_REFUSAL_STATE, words);
}

static bool answer_busy(struct rd_core *core, const struct rd_submit_result *result)
{
    struct rd_message *message = rd_answer(core);
    struct rd_submit_result *out = rd_take(core, sizeof *out);
    if (message == NULL || out == NULL)
        return false;
    *out = *result;
    out->busy = true;
    message->submit_result = out;
    return core->err == RD_OK;
}

bool rd_intake_again(struct rd_intake *in, const struct rd_held *held)
{
    return answer_busy(in->core, &(struct rd_submit_result){
                                     .correlation = in->correlation,
                                     .reason = RD_TEXT("revision"),
                                     .words = RD_TEXT("another revision is held than the one that "
                                                      "this was made from: open it, merge again"),
                                     .referral = rd_referral_name(in->core, held->id)});
}

/* A message of another environment has its own numbers and its own day; a repair is the desk's. */
static bool own_traffic(const struct rd_feed *feed, const struct rd_submit *submit)
{
    enum rd_environment environment = submit->submission->environment;
    return submit->repairs == 0 && (environment == 0 || environment == feed->environment);
}

static void fill_received(struct rd_intake *in, const struct rd_submit *submit)
{
    const struct rd_event *event = in->core->event;
    struct rd_submission *submission = in->received.submission;
    rd_instant now = in->core->now;
    bool back = submission->back_entry && submission->received > 0 && submission->received <= now;
    submission->received = back ? submission->received : now;
    uint32_t days = in->feed->key_window_days;
    in->received.key_hash = event->key_hash;
    in->received.key_expires = now + (rd_instant)(days == 0 ? KEY_WINDOW_DAYS : days) * RD_DAY_US;
    in->received.repairs = submit->repairs;
    rd_expect_received(in->core, in->feed, own_traffic(in->feed, submit), &in->received);
}

static bool copy_hashes(struct rd_core *core, const struct rd_text *from, size_t count,
                        struct rd_text **out, size_t *out_count)
{
    *out_count = count;
    *out = count == 0 ? NULL : rd_take_array(core, count, sizeof **out);
    if (count > 0 && *out == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (from[i].len != RD_HASH_BYTES)
            return rd_broken(core);
        if (!rd_keep_text(core, from[i], &(*out)[i]))
            return false;
    }
    return true;
}

/* None at all is as none given. */
static bool copy_marks(struct rd_core *core, const struct rd_person_marks *from,
                       struct rd_person_marks **out)
{
    *out = NULL;
    if (from == NULL || (from->nhs_number | from->name | from->further_names | from->birth_date |
                         from->postcode) == 0)
        return true;
    *out = rd_take(core, sizeof **out);
    if (*out != NULL)
        **out = *from;
    return *out != NULL;
}

bool rd_intake_submit(struct rd_core *core)
{
    const struct rd_event *event = core->event;
    const struct rd_submit *submit = event->message->submit;
    bool refused = false;
    if (core->draining)
        return answer_busy(core, &(struct rd_submit_result){
                                     .correlation = submit->correlation,
                                     .reason = RD_TEXT("draining"),
                                     .words = RD_TEXT("the router takes no more work before it "
                                                      "stops: keep it and send it again")});
    if (!refuse_form(core, submit, &refused) || refused)
        return core->err == RD_OK;
    struct rd_intake in = {.core = core, .correlation = submit->correlation};
    in.feed = rd_place_feed(core->place, submit->submission->feed);
    in.received.submission = submit->submission; /* the step's own copy */
    if (event->key_hash.len != RD_HASH_BYTES ||
        !rd_keep_text(core, event->key_hash, &in.received.key_hash) ||
        !copy_hashes(core, event->ref_hashes, event->ref_hashes_count, &in.received.ref_hashes,
                     &in.received.ref_hashes_count) ||
        !copy_hashes(core, event->person_hashes, event->person_hashes_count,
                     &in.received.person_hashes, &in.received.person_hashes_count) ||
        !copy_marks(core, event->marks, &in.received.marks))
        return rd_broken(core);
    struct rd_text key_hash = in.received.key_hash;
    fill_received(&in, submit);
    in.received.key_hash = key_hash;
    if (!rd_may_submit(event->origin.identity, in.feed->name, submit->repairs != 0))
        return deny(&in);
    if (!refuse_repair(&in, &refused) || refused)
        return core->err == RD_OK;
    return dispose(&in);
}
