/* Memory: what an open referral takes, and every allocation failing once: a fatal error is said,
 * nothing leaks, nothing is touched that is not there. */
#include "rig.h"

#include "base/ident.h"
#include "core/words.h"
#include "faulty.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct desk_of_one {
    struct rd_rules *rules;
    struct rd_core *core;
    struct rd_identity identity;
    uint64_t random;
    rd_instant now;
};

static struct rd_text anything[] = {{"gp", 2}, {"*", 1}};

static enum rd_err say(struct desk_of_one *d, enum rd_socket socket, struct rd_message *message,
                       const char *key, struct rd_update *update)
{
    char hash[17];
    (void)snprintf(hash, sizeof hash, "%-16.16s", key);
    struct rd_text reference = {hash, 16};
    d->random = d->random * 6364136223846793005u + 1442695040888963407u;
    struct rd_event event = {.kind = RD_EVENT_MESSAGE,
                             .now = d->now,
                             .random = {d->random >> 9, d->random},
                             .origin = {socket, (uint64_t)socket, &d->identity},
                             .message = message,
                             .key_hash = reference,
                             .ref_hashes = &reference,
                             .ref_hashes_count = 1,
                             .person_hashes = &reference,
                             .person_hashes_count = 1};
    return rd_core_step(d->core, &event, update);
}

static enum rd_err hello(struct desk_of_one *d, enum rd_socket socket)
{
    struct rd_update update;
    struct rd_hello hello = {1, 1, RD_TEXT("t"), RD_TEXT("1"), 1};
    return say(d, socket, &(struct rd_message){.hello = &hello}, "-", &update);
}

static enum rd_err submit(struct desk_of_one *d, const char *key, struct rd_update *update)
{
    struct rd_need need = {.code = RD_TEXT("fall")};
    struct rd_flag flag = {.category = RD_TEXT("safeguarding")};
    struct rd_referral record = {.kind = RD_KIND_REFERRAL,
                                 .needs = &need,
                                 .needs_count = 1,
                                 .flags = &flag,
                                 .flags_count = 1};
    struct rd_submission submission = {.feed = RD_TEXT("gp"),
                                       .key = rd_text_of(key),
                                       .action = RD_ACTION_NEW,
                                       .environment = RD_ENVIRONMENT_LIVE,
                                       .digest = RD_TEXT("0123456789abcdef0123456789abcdef"),
                                       .original = RD_TEXT("as it came"),
                                       .referral = &record};
    struct rd_submit asked = {1, &submission, 0};
    return say(d, RD_SOCKET_INTAKE, &(struct rd_message){.submit = &asked}, key, update);
}

static bool open_desk(struct desk_of_one *d, const struct rd_alloc *alloc)
{
    *d = (struct desk_of_one){.rules = rd_fake_rules_new(rd_alloc_heap()), .now = RIG_START};
    d->identity = (struct rd_identity){.user = RD_TEXT("all"),
                                       .role = RD_IDENTITY_OPERATOR,
                                       .feeds = anything,
                                       .feeds_count = 1,
                                       .teams = &anything[1],
                                       .teams_count = 1};
    struct rd_core_config config = {
        .alloc = alloc, .rules = d->rules, .version = RD_TEXT("test-1")};
    d->core = rd_core_new(&config);
    return d->core != NULL;
}

/* A little of everything; the first error ends it. */
static enum rd_err a_short_day(struct desk_of_one *d)
{
    struct rd_update update;
    struct rd_event start = {.kind = RD_EVENT_START, .now = d->now, .incarnation = 3};
    enum rd_err err = rd_core_step(d->core, &start, &update);
    for (int socket = RD_SOCKET_INTAKE; socket <= RD_SOCKET_CONTROL && err == RD_OK; socket++)
        err = hello(d, (enum rd_socket)socket);
    struct rd_watch watch = {RD_TEXT("rapid"), 0, 0, 10};
    if (err == RD_OK)
        err = say(d, RD_SOCKET_QUEUES, &(struct rd_message){.watch = &watch}, "-", &update);
    watch.queue = RD_TEXT("feed:gp");
    if (err == RD_OK)
        err = say(d, RD_SOCKET_QUEUES, &(struct rd_message){.watch = &watch}, "-", &update);
    struct rd_text target = RD_TEXT_NONE;
    char name[32];
    for (int i = 0; i < 3 && err == RD_OK; i++) {
        static const char *const keys[] = {"one", "two", "one"};
        err = submit(d, keys[i], &update);
        if (err == RD_OK && i == 0) {
            char whole[RD_IDENT_TEXT_MAX];
            (void)snprintf(name, sizeof name, "%s.1",
                           rd_ident_format(update.entries[0].referral, whole));
            target = rd_text_of(name);
        }
    }
    static const enum rd_verb verbs[] = {RD_VERB_CLAIM, RD_VERB_CONTACT, RD_VERB_DECLINE};
    for (int i = 0; i < 3 && err == RD_OK; i++) {
        struct rd_command command = {.verb = verbs[i],
                                     .target = target,
                                     .by = RD_TEXT("Ann"),
                                     .reason = RD_TEXT("because"),
                                     .mode = RD_CONTACT_FACE_TO_FACE};
        err = say(d, RD_SOCKET_CONTROL, &(struct rd_message){.command = &command}, "-", &update);
    }
    struct rd_event time = {.kind = RD_EVENT_TIME, .now = d->now + RD_HOUR_US};
    return err != RD_OK ? err : rd_core_step(d->core, &time, &update);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        struct faulty faulty;
        struct desk_of_one d;
        faulty_init(&faulty, n);
        enum rd_err err = open_desk(&d, &faulty.alloc) ? a_short_day(&d) : RD_E_NOMEM;
        assert_int_equal(err, faulty.failed ? RD_E_NOMEM : RD_OK);
        struct rd_update update;
        struct rd_event time = {.kind = RD_EVENT_TIME, .now = d.now + 2 * RD_HOUR_US};
        if (d.core != NULL && faulty.failed) /* there is no going on after it */
            assert_int_equal(rd_core_step(d.core, &time, &update), RD_E_NOMEM);
        rd_core_free(d.core);
        rd_fake_rules_free(d.rules);
        assert_int_equal(faulty.held, 0);
        if (!faulty.failed)
            break;
        failures++;
    }
    assert_true(failures > 50);
}

static void an_open_referral_is_small(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    struct faulty counted;
    struct desk_of_one d;
    struct rd_update update;
    faulty_init(&counted, 0);
    assert_true(open_desk(&d, &counted.alloc));
    struct rd_event start = {.kind = RD_EVENT_START, .now = d.now, .incarnation = 3};
    assert_int_equal(rd_core_step(d.core, &start, &update), RD_OK);
    assert_int_equal(hello(&d, RD_SOCKET_INTAKE), RD_OK);
    assert_int_equal(submit(&d, "first", &update), RD_OK);
    size_t before = counted.held_bytes;
    for (int i = 0; i < COUNT; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key-%d", i);
        assert_int_equal(submit(&d, key, &update), RD_OK);
    }
    size_t each = (counted.held_bytes - before) / COUNT;
    print_message("%zu bytes per open referral, with its key, reference and person\n", each);
    assert_true(each <= 1280);
    rd_core_free(d.core);
    rd_fake_rules_free(d.rules);
    assert_int_equal(counted.held, 0);
}

/* Taken in when met again, never more than there is room for, and found by number for ever. */
static void common_words_are_kept_once(void **state)
{
    (void)state;
    struct faulty counted;
    static struct rd_words words;
    static char texts[RD_WORDS_MAX + 1][16];
    static char big[RD_WORD_BYTES_MAX + 1];
    faulty_init(&counted, 0);
    rd_words_init(&words, &counted.alloc);
    memset(big, 'w', sizeof big);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(rd_words_number(&words, RD_TEXT("ab")), 0);
        assert_int_equal(rd_words_number(&words, (struct rd_text){big, sizeof big}), 0);
        assert_int_equal(rd_words_number(&words, (struct rd_text){big, sizeof big - 1}), twice);
    }
    for (size_t i = 0; i <= RD_WORDS_MAX; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "word %zu", i);
        struct rd_text text = rd_text_of(texts[i]);
        assert_int_equal(rd_words_number(&words, text), 0);
        size_t number = rd_words_number(&words, text);
        assert_int_equal(number, i + 2 <= RD_WORDS_MAX ? i + 2 : 0);
    }
    for (size_t i = 0; i + 2 <= RD_WORDS_MAX; i++) {
        assert_int_equal(rd_words_number(&words, rd_text_of(texts[i])), i + 2);
        assert_true(rd_text_is(rd_words_text(&words, i + 2), texts[i]));
    }
    assert_false(rd_text_present(rd_words_text(&words, 0)));
    assert_false(rd_text_present(rd_words_text(&words, RD_WORDS_MAX + 1)));
    assert_false(words.failed);
    rd_words_fini(&words);
    assert_int_equal(counted.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(an_open_referral_is_small),
        cmocka_unit_test(common_words_are_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
