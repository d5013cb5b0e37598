#include "rig.h"

#include "base/ident.h"
#include "wire/wire.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct rd_text all_feeds[] = {
    {"gp", 2}, {"ambulance", 9}, {"hospital", 8}, {"self", 4}, {"gp-test", 7}};
static struct rd_text all_teams[] = {
    {"rapid", 5}, {"locality", 8}, {"neighbour", 9}, {"voluntary", 9}, {"*", 1}};

#define IDENTITY(name, of_role, feed_list, feed_n, team_list, team_n)                              \
    {                                                                                              \
        .user = {name, sizeof name - 1}, .role = (of_role), .feeds = (feed_list),                  \
        .feeds_count = (feed_n), .teams = (team_list), .teams_count = (team_n)                     \
    }
static struct rd_identity identities[WHO_COUNT] = {
    [GP] = IDENTITY("gp-adapter", RD_IDENTITY_ADAPTER, &all_feeds[0], 1, NULL, 0),
    [AMBULANCE] = IDENTITY("cad", RD_IDENTITY_ADAPTER, &all_feeds[1], 1, NULL, 0),
    [HOSPITAL] = IDENTITY("pas", RD_IDENTITY_ADAPTER, &all_feeds[2], 1, NULL, 0),
    [SELF] = IDENTITY("form", RD_IDENTITY_ADAPTER, &all_feeds[3], 1, NULL, 0),
    [TESTER] = IDENTITY("tester", RD_IDENTITY_ADAPTER, &all_feeds[4], 1, NULL, 0),
    [RAPID] = IDENTITY("rapid-1", RD_IDENTITY_CONSUMER, NULL, 0, &all_teams[0], 1),
    [RAPID2] = IDENTITY("rapid-2", RD_IDENTITY_CONSUMER, NULL, 0, &all_teams[0], 1),
    [LOCALITY] = IDENTITY("locality-1", RD_IDENTITY_CONSUMER, NULL, 0, &all_teams[1], 1),
    [NEIGHBOUR] = IDENTITY("neighbour-1", RD_IDENTITY_CONSUMER, NULL, 0, &all_teams[2], 1),
    [VOLUNTARY] = IDENTITY("voluntary-1", RD_IDENTITY_CONSUMER, NULL, 0, &all_teams[3], 1),
    [DESK] = IDENTITY("desk-1", RD_IDENTITY_DESK, NULL, 0, &all_teams[4], 1),
    [OPERATOR] = IDENTITY("operator", RD_IDENTITY_OPERATOR, all_feeds, 5, &all_teams[4], 1),
    [STRANGER] = IDENTITY("stranger", RD_IDENTITY_CONSUMER, NULL, 0, NULL, 0),
};

static void *grow(void *items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return items;
    *cap = need * 2;
    void *more = realloc(items, *cap * size);
    assert_non_null(more);
    return more;
}

static struct rd_core *new_core(struct rig *rig)
{
    struct rd_core_config config = {
        .alloc = rd_alloc_heap(), .rules = rig->rules, .version = RD_TEXT("test-1")};
    struct rd_core *core = rd_core_new(&config);
    assert_non_null(core);
    return core;
}

void rig_open_bare(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rd_arena_init(&rig->keep, rd_alloc_heap(), (size_t)1 << 30);
    rig->rules = rd_fake_rules_new(rd_alloc_heap());
    assert_non_null(rig->rules);
    rig->core = new_core(rig);
    rig->now = RIG_START;
    rig->random = 1;
}

void rig_open(struct rig *rig)
{
    rig_open_bare(rig);
    struct rd_event start = {.kind = RD_EVENT_START, .incarnation = 7, .reason = RD_TEXT("test")};
    rig_step(rig, &start);
    for (enum who who = GP; who < WHO_COUNT; who++) {
        rig_hello(rig, who, RD_SOCKET_QUEUES);
        if (who <= TESTER || who == OPERATOR)
            rig_hello(rig, who, RD_SOCKET_INTAKE);
    }
    rig_hello(rig, OPERATOR, RD_SOCKET_CONTROL);
}

static void free_records(struct rig *rig)
{
    for (size_t i = 0; i < rig->records_count; i++) {
        free((char *)(uintptr_t)rig->records[i].key.ptr);
        free((char *)(uintptr_t)rig->records[i].bytes.ptr);
    }
    free(rig->records);
    rig->records = NULL;
    rig->records_count = rig->records_cap = 0;
}

void rig_close(struct rig *rig)
{
    rd_core_free(rig->core);
    rd_fake_rules_free(rig->rules);
    rd_arena_fini(&rig->keep);
    free(rig->entries);
    free_records(rig);
}

static struct rd_text keep_bytes(struct rd_text text)
{
    char *copy = malloc(text.len + 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return (struct rd_text){copy, text.len};
}

static void keep_record(struct rig *rig, const struct rd_state_record *record)
{
    size_t at = 0;
    while (at < rig->records_count && (rig->records[at].table != (int)record->table ||
                                       !rd_text_equal(rig->records[at].key, record->key)))
        at++;
    bool gone = record->meta == NULL && record->referral == NULL && record->feed == NULL &&
                record->queue == NULL && record->key_state == NULL && record->ref == NULL &&
                record->quarantine == NULL && record->ruleset == NULL;
    if (at < rig->records_count) {
        free((char *)(uintptr_t)rig->records[at].key.ptr);
        free((char *)(uintptr_t)rig->records[at].bytes.ptr);
        rig->records[at] = rig->records[--rig->records_count];
    }
    if (gone)
        return;
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    rd_wire_encode(&rd_state_record_shape, record, &buf);
    assert_false(buf.failed);
    rig->records =
        grow(rig->records, &rig->records_cap, rig->records_count + 1, sizeof *rig->records);
    rig->records[rig->records_count++] = (struct kept_record){
        (int)record->table, keep_bytes(record->key), keep_bytes(rd_buf_text(&buf))};
    rd_buf_fini(&buf);
}

static void keep_update(struct rig *rig)
{
    uint64_t last = rig->entries_count;
    for (size_t i = 0; i < rig->update.entries_count; i++) {
        assert_int_equal(rig->update.entries[i].number, last + 1 + i);
        rig->entries =
            grow(rig->entries, &rig->entries_cap, rig->entries_count + 1, sizeof *rig->entries);
        assert_int_equal(rd_shape_copy(&rd_entry_shape, &rig->update.entries[i], &rig->keep,
                                       &rig->entries[rig->entries_count++]),
                         RD_OK);
    }
    for (size_t i = 0; i < rig->update.records_count; i++)
        keep_record(rig, &rig->update.records[i]);
    uint64_t gate = 0;
    for (size_t i = 0; i < rig->update.sends_count; i++) {
        assert_true(rig->update.sends[i].gate >= gate);
        gate = rig->update.sends[i].gate;
        assert_true(gate <= rig->entries_count);
    }
}

enum rd_err rig_try(struct rig *rig, const struct rd_event *event)
{
    struct rd_event own = *event;
    own.now = rig->now;
    rig->random = rig->random * 6364136223846793005u + 1442695040888963407u;
    own.random[0] = rig->random >> 7;
    own.random[1] = rig->random ^ 0x5555555555555555u;
    return rd_core_step(rig->core, &own, &rig->update);
}

static void check(const struct rig *rig)
{
    struct rd_errbuf why = {""};
    enum rd_err err = rd_core_check(rig->core, &why);
    if (err != RD_OK)
        print_error("%s\n", why.text);
    assert_int_equal(err, RD_OK);
}

void rig_step(struct rig *rig, const struct rd_event *event)
{
    assert_int_equal(rig_try(rig, event), RD_OK);
    keep_update(rig);
    check(rig);
}

static void run_timers(struct rig *rig, rd_instant until)
{
    struct rd_event time = {.kind = RD_EVENT_TIME};
    for (int guard = 0; rig->update.next_due != 0 && rig->update.next_due <= until; guard++) {
        assert_true(guard < 100000);
        if (rig->update.next_due > rig->now)
            rig->now = rig->update.next_due;
        rig_step(rig, &time);
    }
    rig->now = until;
}

static void ping_all(struct rig *rig)
{
    struct rd_ping ping = {1};
    struct rd_message message = {.ping = &ping};
    for (enum who who = GP; who < WHO_COUNT; who++)
        for (int socket = RD_SOCKET_INTAKE; socket <= RD_SOCKET_CONTROL; socket++)
            if (rig->here[who][socket]) {
                struct rd_event event = {.kind = RD_EVENT_MESSAGE,
                                         .origin = rig_at(who, (enum rd_socket)socket),
                                         .message = &message};
                assert_int_equal(rig_try(rig, &event), RD_OK);
                assert_int_equal(rig->update.entries_count, 0);
            }
}

/* For minutes everybody keeps pinging; for longer all are away and come back. */
void rig_pass(struct rig *rig, rd_instant us)
{
    rd_instant until = rig->now + us;
    bool short_one = us <= 20 * RD_MINUTE_US;
    while (short_one && rig->now + 10 * RD_SECOND_US < until) {
        run_timers(rig, rig->now + 10 * RD_SECOND_US);
        ping_all(rig);
    }
    run_timers(rig, until);
    for (enum who who = GP; who < WHO_COUNT && !short_one; who++)
        for (int socket = RD_SOCKET_INTAKE; socket <= RD_SOCKET_CONTROL; socket++)
            if (rig->here[who][socket])
                rig_hello(rig, who, (enum rd_socket)socket);
    if (short_one)
        ping_all(rig);
}

struct rd_origin rig_at(enum who who, enum rd_socket socket)
{
    return (struct rd_origin){socket, (uint64_t)who * 10 + (uint64_t)socket, &identities[who]};
}

void rig_say(struct rig *rig, enum who who, enum rd_socket socket, const struct rd_message *message)
{
    struct rd_event event = {
        .kind = RD_EVENT_MESSAGE, .origin = rig_at(who, socket), .message = message};
    rig_step(rig, &event);
}

void rig_hello(struct rig *rig, enum who who, enum rd_socket socket)
{
    struct rd_hello hello = {1, 1, RD_TEXT("test"), RD_TEXT("1"), ++rig->session};
    struct rd_message message = {.hello = &hello};
    rig_say(rig, who, socket, &message);
    assert_non_null(SENT(rig, who, socket, welcome, 0));
    rig->here[who][socket] = true;
}

const void *rig_sent(const struct rig *rig, enum who who, enum rd_socket socket, size_t arm,
                     size_t nth)
{
    uint64_t peer = rig_at(who, socket).peer;
    for (size_t i = 0; i < rig->update.sends_count; i++) {
        const struct rd_send *send = &rig->update.sends[i];
        const void *const *found =
            (const void *const *)(const void *)((const char *)send->message + arm);
        if (send->socket == socket && send->peer == peer && *found != NULL && nth-- == 0)
            return *found;
    }
    return NULL;
}

const struct rd_entry *rig_wrote(const struct rig *rig, enum rd_entry_kind kind, size_t nth)
{
    for (size_t i = 0; i < rig->update.entries_count; i++)
        if (rig->update.entries[i].kind == kind && nth-- == 0)
            return &rig->update.entries[i];
    return NULL;
}

size_t rig_wrote_count(const struct rig *rig, enum rd_entry_kind kind)
{
    size_t count = 0;
    while (rig_wrote(rig, kind, count) != NULL)
        count++;
    return count;
}

static struct rd_text hash_of(char out[16], const char *a, const char *b)
{
    char joined[256];
    (void)snprintf(joined, sizeof joined, "%s|%s", a, b);
    uint64_t one = rd_text_hash(rd_text_of(joined));
    (void)snprintf(joined, sizeof joined, "%s#%s", b, a);
    uint64_t two = rd_text_hash(rd_text_of(joined));
    memcpy(out, &one, 8);
    memcpy(out + 8, &two, 8);
    return (struct rd_text){out, 16};
}

struct rd_text rig_person_hash(char out[RD_HASH_BYTES], const char *person)
{
    return hash_of(out, "", person);
}

static uint64_t mark_of(const char *value, char kind)
{
    char joined[128];
    (void)snprintf(joined, sizeof joined, "%c%s", kind, value == NULL ? "" : value);
    return value == NULL ? 0 : rd_text_hash(rd_text_of(joined));
}

static enum who adapter_of(const char *feed)
{
    for (size_t i = 0; i < 5; i++)
        if (rd_text_is(all_feeds[i], feed))
            return (enum who)(GP + i);
    return GP;
}

const struct rd_submit_result *rig_submit(struct rig *rig, const struct sub *sub)
{
    const char *feed = sub->feed == NULL ? "gp" : sub->feed;
    enum who by = sub->by == 0 ? adapter_of(feed) : sub->by;
    char key_hash[16];
    char ref_hash[16];
    char person_hash[16];
    char digest[33];
    const char *content = sub->content == NULL ? "same" : sub->content;
    (void)snprintf(digest, sizeof digest, "%-32.32s", content);
    struct rd_need need = {.code = rd_text_of(sub->need)};
    struct rd_flag flag = {.category = rd_text_of(sub->flag)};
    struct rd_time respond = {.utc_us = sub->respond_by};
    struct rd_time updated = {.utc_us = sub->last_updated};
    struct rd_person person = {.age_estimate = {true, 84},
                               .practice_ods = rd_text_of(sub->practice)};
    struct rd_person_marks marks = {mark_of(sub->nhs, 'n'), mark_of(sub->name, 'a'),
                                    mark_of(sub->further, 'f'), mark_of(sub->born, 'b'),
                                    mark_of(sub->postcode, 'p')};
    struct rd_referral record = {.id = sub->named,
                                 .kind = sub->kind == 0 ? RD_KIND_REFERRAL : sub->kind,
                                 .priority_asked = sub->asked,
                                 .respond_by = sub->respond_by == 0 ? NULL : &respond,
                                 .needs = &need,
                                 .needs_count = sub->need == NULL ? 0 : 1,
                                 .flags = &flag,
                                 .flags_count = sub->flag == NULL ? 0 : 1,
                                 .person = &person};
    enum rd_environment own =
        strcmp(feed, "gp-test") == 0 ? RD_ENVIRONMENT_TEST : RD_ENVIRONMENT_LIVE;
    struct rd_submission submission = {
        .feed = rd_text_of(feed),
        .key = rd_text_of(sub->key),
        .action = sub->action == 0 ? RD_ACTION_NEW : sub->action,
        .environment = sub->environment == 0 ? own : sub->environment,
        .last_updated = sub->last_updated == 0 ? NULL : &updated,
        .received = sub->received,
        .back_entry = sub->received != 0,
        .digest = {digest, 32},
        .media_type = RD_TEXT("text/plain"),
        .original = rd_text_of("the message as it came in"),
        .based_on = sub->based_on,
        .referral = sub->no_record || sub->quarantine != NULL ? NULL : &record,
        .quarantine_code = rd_text_of(sub->quarantine),
        .quarantine_words =
            sub->quarantine == NULL ? RD_TEXT_NONE : RD_TEXT("line 2: expected PID"),
        .entered_by = sub->repairs == 0 ? RD_TEXT_NONE : RD_TEXT("Olu Operator"),
        .sequence = sub->sequence,
        .sequence_of = rd_text_of(sub->numbers)};
    struct rd_submit submit = {++rig->correlation, &submission, sub->repairs};
    struct rd_message message = {.submit = &submit};
    struct rd_text refs[1] = {hash_of(ref_hash, feed, sub->ref == NULL ? "" : sub->ref)};
    struct rd_text persons[1] = {hash_of(person_hash, "", sub->person == NULL ? "" : sub->person)};
    struct rd_event event = {.kind = RD_EVENT_MESSAGE,
                             .origin = rig_at(by, RD_SOCKET_INTAKE),
                             .message = &message,
                             .key_hash = hash_of(key_hash, feed, sub->key),
                             .ref_hashes = refs,
                             .ref_hashes_count = sub->ref == NULL ? 0 : 1,
                             .person_hashes = persons,
                             .person_hashes_count = sub->person == NULL ? 0 : 1,
                             .marks = &marks};
    rig_step(rig, &event);
    return SENT(rig, by, RD_SOCKET_INTAKE, submit_result, 0);
}

struct rd_text rig_refer(struct rig *rig, const struct sub *sub)
{
    const struct rd_submit_result *result = rig_submit(rig, sub);
    struct rd_text kept;
    assert_non_null(result);
    assert_true(rd_text_present(result->referral));
    assert_true(rd_arena_copy(&rig->keep, result->referral, &kept));
    return kept;
}

const struct rd_command_result *rig_do(struct rig *rig, enum who who,
                                       const struct rd_command *command)
{
    struct rd_command own = *command;
    enum rd_socket socket = who == OPERATOR ? RD_SOCKET_CONTROL : RD_SOCKET_QUEUES;
    own.correlation = ++rig->correlation;
    struct rd_message message = {.command = &own};
    rig_say(rig, who, socket, &message);
    return SENT(rig, who, socket, command_result, 0);
}

const struct rd_refused *rig_refused(const struct rig *rig)
{
    for (size_t i = 0; i < rig->update.sends_count; i++)
        if (rig->update.sends[i].message->refused != NULL)
            return rig->update.sends[i].message->refused;
    return NULL;
}

struct rd_text rig_name(struct rig *rig, struct rd_text referral, unsigned assignment)
{
    return rd_arena_format(&rig->keep, "%.*s.%u", RD_TEXT_ARG(referral), assignment);
}

static bool decode(struct rig *rig, const struct kept_record *kept, struct rd_state_record *out)
{
    return rd_wire_decode(&rd_state_record_shape, kept->bytes, &rig->keep, out, NULL) == RD_OK;
}

const struct rd_referral_state *rig_state(struct rig *rig, struct rd_text referral)
{
    uint64_t id = 0;
    assert_true(rd_ident_parse(referral, &id));
    for (size_t i = 0; i < rig->records_count; i++) {
        struct rd_state_record record;
        if (rig->records[i].table != RD_TABLE_REFERRAL)
            continue;
        assert_true(decode(rig, &rig->records[i], &record));
        if (record.referral->id == id)
            return record.referral;
    }
    fail_msg("no record of the referral");
    return NULL;
}

const struct rd_feed_state *rig_feed(struct rig *rig, const char *feed)
{
    for (size_t i = 0; i < rig->records_count; i++) {
        struct rd_state_record record;
        if (rig->records[i].table != RD_TABLE_FEED)
            continue;
        assert_true(decode(rig, &rig->records[i], &record));
        if (rd_text_is(record.feed->feed, feed))
            return record.feed;
    }
    fail_msg("no record of the feed");
    return NULL;
}

static int compare_kept(const void *a, const void *b)
{
    const struct kept_record *left = a;
    const struct kept_record *right = b;
    return left->table != right->table ? left->table - right->table
                                       : rd_text_compare(left->key, right->key);
}

static void assert_same_records(struct rig *a, struct rig *b)
{
    qsort(a->records, a->records_count, sizeof *a->records, compare_kept);
    qsort(b->records, b->records_count, sizeof *b->records, compare_kept);
    for (size_t i = 0; i < a->records_count && i < b->records_count; i++) {
        assert_int_equal(compare_kept(&a->records[i], &b->records[i]), 0);
        if (!rd_text_equal(a->records[i].bytes, b->records[i].bytes))
            print_error("table %d differs\n", a->records[i].table);
        assert_true(rd_text_equal(a->records[i].bytes, b->records[i].bytes));
    }
    assert_int_equal(a->records_count, b->records_count);
}

void rig_replay_equal(struct rig *rig)
{
    struct rig other;
    rig_open_bare(&other);
    for (size_t i = 0; i < rig->entries_count; i++) {
        struct rd_errbuf why = {""};
        enum rd_err err = rd_core_replay(other.core, &rig->entries[i], &other.update, &why);
        if (err != RD_OK)
            print_error("%s\n", why.text);
        assert_int_equal(err, RD_OK);
        assert_int_equal(other.update.entries_count + other.update.sends_count, 0);
        for (size_t j = 0; j < other.update.records_count; j++)
            keep_record(&other, &other.update.records[j]);
    }
    check(&other);
    assert_same_records(rig, &other);
    rig_close(&other);
}

void rig_reload(struct rig *rig)
{
    struct rd_core *core = new_core(rig);
    for (size_t i = 0; i < rig->records_count; i++) {
        struct rd_state_record record;
        struct rd_errbuf why = {""};
        assert_true(decode(rig, &rig->records[i], &record));
        enum rd_err err = rd_core_load(core, &record, &why);
        if (err != RD_OK)
            print_error("%s\n", why.text);
        assert_int_equal(err, RD_OK);
    }
    rd_core_free(rig->core);
    rig->core = core;
    assert_int_equal(rd_core_last_entry(core), rig->entries_count);
    check(rig);
    struct rd_event start = {.kind = RD_EVENT_START};
    rig_step(rig, &start);
    for (enum who who = GP; who < WHO_COUNT; who++) {
        rig_hello(rig, who, RD_SOCKET_QUEUES);
        if (who <= TESTER || who == OPERATOR)
            rig_hello(rig, who, RD_SOCKET_INTAKE);
    }
    rig_hello(rig, OPERATOR, RD_SOCKET_CONTROL);
}

void rig_text(struct rd_text text, const char *expected)
{
    if (!rd_text_is(text, expected))
        print_error("have \"%.*s\", expected \"%s\"\n", RD_TEXT_ARG(text), expected);
    assert_true(rd_text_is(text, expected));
}
