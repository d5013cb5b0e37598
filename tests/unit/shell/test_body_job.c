/* Bodies of answers: read from RECEIVED entries, cut to the view, encoded; what is too large, gone
 * or damaged. */
#include "shell/reader.h"

#include "base/ident.h"
#include "model/limits.h"
#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BODIES = 4 };

/* A ledger of bodies: entry i holds a submission whose key is "k1", "k2" ... */
struct fixture {
    size_t many;       /* not 0: so many entries, each "k" and its number, made as they are read */
    size_t many_bytes; /* of each one's original */
    uint64_t answers_end; /* the answer to entry 1; those between, from 2 on, are to others */
    size_t facts_after;   /* those behind this one are facts; 0: none is */
    struct rd_buf bodies[BODIES + 1];
    enum rd_err errors[BODIES + 1];
    struct rd_arena arena;
    char *big;
};

static void make_body(struct fixture *fixture, size_t slot, size_t number, size_t original_bytes)
{
    char key[24];
    struct rd_identifier ref = {.system = RD_TEXT("filler"), .value = RD_TEXT("17")};
    struct rd_name name = {.family = RD_TEXT("Example")};
    struct rd_person person = {.names = &name, .names_count = 1, .gender = RD_TEXT("female")};
    struct rd_referral referral = {
        .source_refs = &ref, .source_refs_count = 1, .journey = RD_TEXT("j1"), .person = &person};
    snprintf(key, sizeof key, "k%zu", number);
    struct rd_submission submission = {
        .feed = RD_TEXT("f"),
        .key = rd_text_of(key),
        .action = fixture->facts_after != 0 && number > fixture->facts_after ? RD_ACTION_FACT
                                                                             : RD_ACTION_AMEND,
        .original = {fixture->big, original_bytes},
        .referral = &referral};
    struct rd_received received = {.submission = &submission};
    struct rd_entry entry = {.number = number, .kind = RD_ENTRY_RECEIVED, .received = &received};
    rd_buf_clear(&fixture->bodies[slot]);
    rd_wire_encode(&rd_entry_shape, &entry, &fixture->bodies[slot]);
    assert_false(fixture->bodies[slot].failed);
}

static void put_body(struct fixture *fixture, size_t number, size_t original_bytes)
{
    make_body(fixture, number, number, original_bytes);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->big = calloc(1, RD_BODY_BYTES_MAX);
    rd_arena_init(&fixture->arena, rd_alloc_heap(), 64 * 1024 * 1024);
    for (size_t i = 0; i <= BODIES; i++)
        rd_buf_init(&fixture->bodies[i], rd_alloc_heap());
    for (size_t i = 1; i <= BODIES; i++)
        put_body(fixture, i, 10);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i <= BODIES; i++)
        rd_buf_fini(&fixture->bodies[i]);
    rd_arena_fini(&fixture->arena);
    free(fixture->big);
    free(fixture);
    return 0;
}

/* Entry 4 is the answer to the message of entry `received`. */
static void put_answer(struct fixture *fixture, uint64_t received, size_t bytes)
{
    struct rd_answered answered = {.received = received,
                                   .told = RD_TOLD_WRITTEN,
                                   .code = RD_TEXT("AA"),
                                   .words = RD_TEXT("7K3Q9-M2X4T"),
                                   .bytes = {fixture->big, bytes},
                                   .length = bytes};
    struct rd_entry entry = {.number = 4, .kind = RD_ENTRY_ANSWERED, .answered = &answered};
    rd_buf_clear(&fixture->bodies[4]);
    rd_wire_encode(&rd_entry_shape, &entry, &fixture->bodies[4]);
}

static enum rd_err source(void *context, uint64_t entry, struct rd_buf *out, struct rd_errbuf *why)
{
    struct fixture *fixture = context;
    if (entry > 1 && fixture->answers_end != 0) {
        put_answer(fixture, entry == fixture->answers_end ? 1 : entry, 20);
        rd_buf_put_text(out, rd_buf_text(&fixture->bodies[4]));
        return RD_OK;
    }
    if (fixture->many != 0) {
        assert_in_range(entry, 1, fixture->many);
        make_body(fixture, 0, entry, fixture->many_bytes);
        rd_buf_put_text(out, rd_buf_text(&fixture->bodies[0]));
        return RD_OK;
    }
    if (entry > BODIES)
        return rd_fail(why, RD_E_NOTFOUND, "the ledger ends there");
    if (fixture->errors[entry] != RD_OK)
        return rd_fail(why, fixture->errors[entry], "as the test says");
    rd_buf_put_text(out, rd_buf_text(&fixture->bodies[entry]));
    return RD_OK;
}

/* Three entries of referral 5; entry 4 is the last. */
static enum rd_err of_referral(void *context, uint64_t referral, uint64_t from, uint64_t *numbers,
                               size_t max, size_t *count, struct rd_errbuf *why)
{
    (void)context;
    (void)why;
    assert_int_equal(referral, 5);
    *count = 0;
    for (uint64_t number = from; number <= BODIES; number++)
        if (number != 3 && (*count)++ < max)
            numbers[*count - 1] = number;
    return RD_OK;
}

/* Of entry `one`: every entry behind it that is an answer by its header. `many` answers stand
 * before the last one, and are of other messages. */
static enum rd_err like(void *context, uint64_t one, uint32_t kind, uint64_t from,
                        uint64_t *numbers, size_t max, size_t *count, struct rd_errbuf *why)
{
    const struct fixture *fixture = context;
    (void)why;
    assert_int_equal(kind, RD_ENTRY_ANSWERED);
    assert_true(from > one);
    *count = 0;
    for (uint64_t number = from; number <= fixture->answers_end && *count < max; number++)
        numbers[(*count)++] = number;
    return RD_OK;
}

/* Does a job over entries 1..count and gives what a consumer would decode. */
static enum rd_err do_job(struct fixture *fixture, const struct rd_message *message, size_t count,
                          struct rd_message *out)
{
    static char numbers[8 * 1024];
    assert_true(count <= 1024);
    memset(numbers, 0, sizeof numbers);
    for (size_t i = 0; i < count; i++) {
        numbers[8 * i + 6] = (char)((i + 1) >> 8);
        numbers[8 * i + 7] = (char)((i + 1) & 255);
    }
    struct rd_send send = {
        .socket = RD_SOCKET_QUEUES, .peer = 7, .message = message, .bodies = {numbers, 8 * count}};
    struct rd_body_job *job = rd_body_job_new(rd_alloc_heap(), &send);
    assert_non_null(job);
    struct rd_body_source from = {
        .context = fixture, .body = source, .of_referral = of_referral, .like = like};
    rd_body_job_do(rd_alloc_heap(), job, &from);
    enum rd_err err = job->err;
    if (err == RD_OK) {
        assert_int_equal(job->peer, 7);
        assert_true(job->bytes.len <= RD_FRAME_BYTES_MAX);
        assert_int_equal(
            rd_wire_decode(&rd_message_shape, rd_buf_text(&job->bytes), &fixture->arena, out, NULL),
            RD_OK);
    }
    rd_body_job_free(rd_alloc_heap(), job);
    return err;
}

static void opened_holds_every_submission_oldest_first(void **state)
{
    struct rd_opened opened = {.correlation = 5, .view = RD_VIEW_FULL};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    assert_int_equal(do_job(*state, &message, 3, &out), RD_OK);
    assert_int_equal(out.opened->correlation, 5);
    assert_int_equal(out.opened->submissions_count, 3);
    assert_true(rd_text_is(out.opened->submissions[0].key, "k1"));
    assert_true(rd_text_is(out.opened->submissions[2].key, "k3"));
    assert_int_equal(out.opened->submissions[0].original.len, 10);
}

static void the_view_is_applied(void **state)
{
    struct rd_opened opened = {.correlation = 5, .view = RD_VIEW_MINIMUM};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    assert_int_equal(do_job(*state, &message, 1, &out), RD_OK);
    const struct rd_submission *one = &out.opened->submissions[0];
    assert_false(rd_text_present(one->original));
    assert_false(rd_text_present(one->key));
    assert_false(rd_text_present(one->referral->person->gender));
    assert_true(rd_text_is(one->referral->person->names[0].family, "Example"));
}

static void an_erased_body_is_left_out(void **state)
{
    struct fixture *fixture = *state;
    struct rd_opened opened = {.view = RD_VIEW_FULL};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    fixture->errors[1] = RD_E_NOTFOUND;
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_OK);
    assert_int_equal(out.opened->submissions_count, 1);
    assert_true(rd_text_is(out.opened->submissions[0].key, "k2"));
}

static void damage_is_fatal(void **state)
{
    struct fixture *fixture = *state;
    struct rd_opened opened = {.view = RD_VIEW_FULL};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    fixture->errors[2] = RD_E_CORRUPT;
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_E_CORRUPT);
    fixture->errors[2] = RD_OK;
    rd_buf_clear(&fixture->bodies[2]);
    rd_buf_put(&fixture->bodies[2], "\xff\xff\xff", 3);
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_E_CORRUPT);
}

static void the_oldest_originals_go_first_when_it_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    struct rd_opened opened = {.view = RD_VIEW_FULL};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    for (size_t i = 1; i <= BODIES; i++)
        put_body(fixture, i, RD_BODY_BYTES_MAX - 4096);
    assert_int_equal(do_job(fixture, &message, BODIES, &out), RD_OK);
    assert_int_equal(out.opened->submissions_count, BODIES);
    assert_false(rd_text_present(out.opened->submissions[0].original));
    assert_false(rd_text_present(out.opened->submissions[BODIES - 2].original));
    assert_int_equal(out.opened->submissions[BODIES - 1].original.len, RD_BODY_BYTES_MAX - 4096);
}

/* A record that has been amended for ever, or that facts rain on, can still be opened. */
static void however_long_its_history_the_record_is_shown(void **state)
{
    static const struct {
        size_t many, bytes, facts_after;
        size_t shown, left_out;
        const char *first, *last;
    } cases[] = {
        {RD_LIST_ITEMS_MAX, 10, 0, RD_LIST_ITEMS_MAX, 0, "k1", "k256"},
        {RD_LIST_ITEMS_MAX + 1, 10, 0, RD_LIST_ITEMS_MAX, 1, "k2", "k257"},
        {1000, 10, 0, RD_LIST_ITEMS_MAX, 744, "k745", "k1000"},
        {RD_LIST_ITEMS_MAX, 10, 1, RD_LIST_ITEMS_MAX, 0, "k1", "k256"},
        {RD_LIST_ITEMS_MAX + 1, 10, 1, RD_LIST_ITEMS_MAX, 1, "k1", "k257"},
        {1000, 10, 5, RD_LIST_ITEMS_MAX, 744, "k5", "k1000"},
        {100, RD_BODY_BYTES_MAX - 4096, 0, 0, 0, NULL, "k100"}, /* more than the job's memory */
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_opened opened = {.view = RD_VIEW_FULL};
        struct rd_message message = {.opened = &opened};
        struct rd_message out;
        fixture->many = cases[i].many;
        fixture->many_bytes = cases[i].bytes;
        fixture->facts_after = cases[i].facts_after;
        assert_int_equal(do_job(fixture, &message, cases[i].many, &out), RD_OK);
        assert_non_null(out.opened);
        size_t count = out.opened->submissions_count;
        assert_int_equal(count + out.opened->left_out, cases[i].many);
        assert_true(rd_text_is(out.opened->submissions[count - 1].key, cases[i].last));
        if (cases[i].first == NULL)
            continue;
        assert_int_equal(count, cases[i].shown);
        assert_int_equal(out.opened->left_out, cases[i].left_out);
        assert_true(rd_text_is(out.opened->submissions[0].key, cases[i].first));
        rd_arena_reset(&fixture->arena);
    }
}

static void a_receipt_names_the_first_submission(void **state)
{
    struct rd_receipt receipt = {
        .feed = RD_TEXT("f"), .receipt = 9, .stage = RD_RECEIPT_CLAIMED, .team = RD_TEXT("t")};
    struct rd_message message = {.receipt = &receipt};
    struct rd_message out;
    assert_int_equal(do_job(*state, &message, 2, &out), RD_OK);
    assert_int_equal(out.receipt->receipt, 9);
    assert_true(rd_text_is(out.receipt->key, "k1"));
    assert_true(rd_text_is(out.receipt->journey, "j1"));
    assert_int_equal(out.receipt->source_refs_count, 1);
}

static void a_trace_has_every_entry_and_no_record(void **state)
{
    char first[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct rd_referral_state referral = {.id = 5, .bodies = {first, 8}};
    struct rd_query_result result = {.correlation = 6, .referral = &referral};
    struct rd_message message = {.query_result = &result};
    struct rd_message out;
    assert_int_equal(do_job(*state, &message, 0, &out), RD_OK);
    assert_int_equal(out.query_result->correlation, 6);
    assert_int_equal(out.query_result->entries_count, 3);
    assert_int_equal(out.query_result->entries[2].number, 4);
    assert_non_null(out.query_result->entries[0].received);
    /* of a submission only when and how it came, never what it says */
    const struct rd_submission *shown = out.query_result->entries[0].received->submission;
    assert_non_null(shown);
    assert_null(shown->referral);
    assert_null(shown->key.ptr);
    assert_null(shown->original.ptr);
}

static void an_explanation_has_the_decision(void **state)
{
    struct fixture *fixture = *state;
    struct rd_decision decision = {.pathway = RD_TEXT("rapid-response")};
    struct rd_decided decided = {.decision = &decision};
    struct rd_entry entry = {.number = 1, .kind = RD_ENTRY_DECIDED, .decided = &decided};
    struct rd_referral_state referral = {.id = 5};
    struct rd_query_result result = {.correlation = 6, .referral = &referral};
    struct rd_message message = {.query_result = &result};
    struct rd_message out;
    rd_buf_clear(&fixture->bodies[1]);
    rd_wire_encode(&rd_entry_shape, &entry, &fixture->bodies[1]);
    assert_int_equal(do_job(fixture, &message, 1, &out), RD_OK);
    assert_true(rd_text_is(out.query_result->decision->pathway, "rapid-response"));
}

static void an_opened_record_has_what_its_senders_were_told(void **state)
{
    struct fixture *fixture = *state;
    char id[RD_IDENT_TEXT_MAX];
    struct rd_row row = {.referral = rd_text_of(rd_ident_format(5, id))};
    struct rd_opened opened = {.correlation = 5, .view = RD_VIEW_FULL, .row = &row};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    put_answer(fixture, 1, 20);
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_OK);
    assert_int_equal(out.opened->answers_count, 1);
    assert_int_equal(out.opened->answers[0].received, 1);
    assert_int_equal(out.opened->answers[0].bytes.len, 20);
    opened.view = RD_VIEW_MINIMUM; /* an answer may repeat what was sent */
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_OK);
    assert_int_equal(out.opened->answers_count, 0);
}

static void the_bytes_of_answers_go_first_when_it_is_too_large(void **state)
{
    struct fixture *fixture = *state;
    char id[RD_IDENT_TEXT_MAX];
    struct rd_row row = {.referral = rd_text_of(rd_ident_format(5, id))};
    struct rd_opened opened = {.correlation = 5, .view = RD_VIEW_FULL, .row = &row};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    put_body(fixture, 1, RD_BODY_BYTES_MAX);
    put_body(fixture, 2, 240 * 1024);
    put_answer(fixture, 1, RD_ANSWER_BYTES_MAX);
    assert_int_equal(do_job(fixture, &message, 2, &out), RD_OK);
    assert_int_equal(out.opened->submissions[0].original.len, RD_BODY_BYTES_MAX);
    assert_int_equal(out.opened->answers_count, 1);
    assert_null(out.opened->answers[0].bytes.ptr);
    assert_int_equal(out.opened->answers[0].length, RD_ANSWER_BYTES_MAX);
}

static void an_item_and_a_message_of_no_referral_have_theirs(void **state)
{
    struct fixture *fixture = *state;
    struct rd_opened opened = {.correlation = 5, .view = RD_VIEW_FULL};
    struct rd_query_result result = {.correlation = 6};
    struct rd_message message = {.opened = &opened};
    struct rd_message out;
    fixture->answers_end = 5000; /* others came between, however many */
    assert_int_equal(do_job(fixture, &message, 1, &out), RD_OK);
    assert_int_equal(out.opened->answers_count, 1);
    assert_int_equal(out.opened->answers[0].received, 1);
    message = (struct rd_message){.query_result = &result};
    assert_int_equal(do_job(fixture, &message, 1, &out), RD_OK);
    assert_int_equal(out.query_result->entries_count, 2);
    assert_non_null(out.query_result->entries[0].received);
    assert_true(rd_text_is(out.query_result->entries[1].answered->code, "AA"));
    assert_null(out.query_result->entries[1].answered->bytes.ptr); /* a trace has no content */
    fixture->answers_end = 0; /* there is none: it is not known */
    assert_int_equal(do_job(fixture, &message, 1, &out), RD_OK);
    assert_int_equal(out.query_result->entries_count, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(opened_holds_every_submission_oldest_first),
        T(the_view_is_applied),
        T(an_erased_body_is_left_out),
        T(damage_is_fatal),
        T(the_oldest_originals_go_first_when_it_is_too_large),
        T(however_long_its_history_the_record_is_shown),
        T(a_receipt_names_the_first_submission),
        T(a_trace_has_every_entry_and_no_record),
        T(an_explanation_has_the_decision),
        T(an_opened_record_has_what_its_senders_were_told),
        T(the_bytes_of_answers_go_first_when_it_is_too_large),
        T(an_item_and_a_message_of_no_referral_have_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
