#include "tests/lib/ledger_rig.h"

#include "base/alloc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct rd_rig *rig = context;
    rig->answers++;
    rd_require(rig->failed == 0); /* nothing may follow a failure */
    rd_require(last >= rig->acked);
    if (result == RD_APPEND_OK) {
        rig->acked = last;
        return;
    }
    rig->failed = result;
    (void)rd_fail(&rig->failure, RD_E_IO, "%s", why);
}

static void wake(void *context)
{
    struct rd_rig *rig = context;
    pthread_mutex_lock(&rig->mutex);
    rig->wake = true;
    pthread_cond_signal(&rig->woken);
    pthread_mutex_unlock(&rig->mutex);
}

void rd_rig_init(struct rd_rig *rig)
{
    const char *parent = getenv("TMPDIR");
    memset(rig, 0, sizeof *rig);
    (void)snprintf(rig->directory, sizeof rig->directory, "%s/rd-ledger-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    rd_require(mkdtemp(rig->directory) != NULL);
    for (size_t i = 0; i < sizeof rig->key; i++)
        rig->key[i] = (unsigned char)(i * 7 + 1);
    pthread_mutex_init(&rig->mutex, NULL);
    pthread_cond_init(&rig->woken, NULL);
    rig->next = 1;
    rig->options = (struct rd_ledger_sqlite_options){.directory = rig->directory,
                                                     .body_key = rig->key,
                                                     .create = true,
                                                     .appended = appended,
                                                     .context = rig,
                                                     .wake = wake};
}

static void remove_directory(const char *directory)
{
    DIR *open = opendir(directory);
    struct dirent *found;
    while (open != NULL && (found = readdir(open)) != NULL) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", directory, found->d_name);
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
            (void)unlink(path); /* what stays makes rmdir fail, below */
    }
    if (open != NULL)
        (void)closedir(open);
    (void)rmdir(directory); /* a leftover in the temporary directory fails no test */
}

void rd_rig_fini(struct rd_rig *rig)
{
    rd_rig_close(rig);
    remove_directory(rig->directory);
    pthread_cond_destroy(&rig->woken);
    pthread_mutex_destroy(&rig->mutex);
}

enum rd_err rd_rig_open(struct rd_rig *rig, bool verify_all)
{
    rd_require(rig->ledger == NULL);
    rig->failed = 0;
    rig->wake = false;
    enum rd_err err = rd_ledger_sqlite_open(&rig->options, verify_all, &rig->ledger, &rig->why);
    if (err != RD_OK)
        return err;
    rig->acked = rig->ledger->ops->head(rig->ledger).number;
    rig->next = rig->acked + 1;
    return RD_OK;
}

void rd_rig_close(struct rd_rig *rig)
{
    if (rig->ledger != NULL)
        rig->ledger->ops->close(rig->ledger);
    rig->ledger = NULL;
}

void rd_rig_make_entry(uint64_t number, struct rd_rig_entry *out)
{
    size_t len = (size_t)(number * 2654435761U >> 7) % RD_RIG_BODY_BYTES_MAX;
    uint64_t state = number * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (size_t i = 0; i < len; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out->body[i] = (char)state;
    }
    (void)snprintf(out->feed, sizeof out->feed, "feed-%" PRIu64, number % 5);
    out->entry = (struct rd_ledger_entry){
        .number = number,
        .at = (rd_instant)number * 1000 - 500,
        .kind = (uint32_t)(number % 30),
        .referral = number % 3 == 0 ? 0 : UINT64_MAX - number,
        .feed = number % 4 == 0 ? RD_TEXT_NONE : rd_text_of(out->feed),
        .body = {out->body, len},
    };
}

struct record_text {
    char key[24], value[200];
    struct rd_ledger_record record;
};

/* The record that entry n writes. */
static void make_record(uint64_t number, struct record_text *out)
{
    (void)snprintf(out->key, sizeof out->key, "slot-%" PRIu64, number % RD_RIG_SLOTS);
    (void)snprintf(out->value, sizeof out->value, "written by %" PRIu64 "%*s", number,
                   (int)(number % 150), "");
    out->record = (struct rd_ledger_record){
        .table = (uint32_t)(1 + number % 2),
        .key = rd_text_of(out->key),
        .value = number % 7 == 3 ? RD_TEXT_NONE : rd_text_of(out->value),
    };
}

enum rd_err rd_rig_append(struct rd_rig *rig, size_t count)
{
    rd_require(count > 0 && count <= RD_RIG_BATCH_MAX);
    struct rd_rig_entry *made = rd_alloc_zeroed(rd_alloc_heap(), count, sizeof *made);
    struct record_text records[RD_RIG_BATCH_MAX];
    struct rd_ledger_entry entries[RD_RIG_BATCH_MAX];
    struct rd_ledger_record plain[RD_RIG_BATCH_MAX];
    rd_require(made != NULL);
    for (size_t i = 0; i < count; i++) {
        rd_rig_make_entry(rig->next + i, &made[i]);
        make_record(rig->next + i, &records[i]);
        entries[i] = made[i].entry;
        plain[i] = records[i].record;
    }
    const struct rd_ledger_batch batch = {.expected_next = rig->next,
                                          .entries = entries,
                                          .entries_count = count,
                                          .records = plain,
                                          .records_count = count};
    enum rd_err err = rig->ledger->ops->append(rig->ledger, &batch);
    rd_release(rd_alloc_heap(), made);
    if (err == RD_OK)
        rig->next += count;
    return err;
}

bool rd_rig_wait(struct rd_rig *rig)
{
    for (;;) {
        rig->ledger->ops->drain(rig->ledger);
        if (rig->failed != 0)
            return false;
        if (rig->acked + 1 >= rig->next)
            return true;
        pthread_mutex_lock(&rig->mutex);
        while (!rig->wake)
            pthread_cond_wait(&rig->woken, &rig->mutex);
        rig->wake = false;
        pthread_mutex_unlock(&rig->mutex);
    }
}

struct check {
    struct rd_rig *rig;
    uint64_t head, next;
    uint64_t written[2][RD_RIG_SLOTS]; /* entry whose value stands there; 0: none */
    bool good;
};

static bool same_entry(const struct rd_ledger_entry *a, const struct rd_ledger_entry *b)
{
    return a->number == b->number && a->at == b->at && a->kind == b->kind &&
           a->referral == b->referral && rd_text_present(a->feed) == rd_text_present(b->feed) &&
           rd_text_equal(a->feed, b->feed) && rd_text_present(a->body) &&
           rd_text_equal(a->body, b->body);
}

static bool check_entry(void *context, const struct rd_ledger_entry *entry)
{
    struct check *check = context;
    static struct rd_rig_entry expected; /* one test thread; too large for a stack frame */
    rd_rig_make_entry(check->next, &expected);
    check->good = same_entry(entry, &expected.entry);
    if (!check->good)
        (void)rd_fail(&check->rig->why, RD_E_BUG, "entry %" PRIu64 " reads back as another",
                      check->next);
    uint64_t number = check->next++;
    check->written[number % 2][number % RD_RIG_SLOTS] = number % 7 == 3 ? 0 : number;
    return check->good;
}

static bool check_record(void *context, const struct rd_ledger_record *record)
{
    struct check *check = context;
    for (size_t slot = 0; slot < RD_RIG_SLOTS && (record->table == 1 || record->table == 2);
         slot++) {
        struct record_text expected;
        uint64_t number = check->written[record->table - 1][slot];
        make_record(number, &expected);
        if (number == 0 || !rd_text_equal(expected.record.key, record->key) ||
            !rd_text_equal(expected.record.value, record->value))
            continue;
        check->written[record->table - 1][slot] = 0;
        return true;
    }
    check->good = false;
    (void)rd_fail(&check->rig->why, RD_E_BUG,
                  "record %.*s = %.*s does not follow from entry %" PRIu64,
                  RD_TEXT_ARG(record->key), RD_TEXT_ARG(record->value), check->head);
    return false;
}

bool rd_rig_check(struct rd_rig *rig)
{
    struct rd_ledger *ledger = rig->ledger;
    struct check check = {.rig = rig, .head = ledger->ops->head(ledger).number, .next = 1};
    check.good = true;
    enum rd_err err =
        ledger->ops->each_entry(ledger, 1, UINT64_MAX, check_entry, &check, &rig->why);
    if (err != RD_OK || !check.good)
        return false;
    if (check.next != check.head + 1) {
        (void)rd_fail(&rig->why, RD_E_BUG, "the walk ends before entry %" PRIu64 ", head %" PRIu64,
                      check.next, check.head);
        return false;
    }
    err = ledger->ops->each_record(ledger, check_record, &check, &rig->why);
    if (err != RD_OK || !check.good)
        return false;
    for (size_t i = 0; i < RD_RIG_SLOTS; i++) {
        if (check.written[0][i] == 0 && check.written[1][i] == 0)
            continue;
        (void)rd_fail(&rig->why, RD_E_BUG, "a record of slot %zu is missing at entry %" PRIu64, i,
                      check.head);
        return false;
    }
    return true;
}
