/* mapping check, mapping diff: what differs from feed to feed in HL7 v2, tried before it counts. */
#include "ctl/offline.h"
#include "ctl/reading.h"
#include "ctl/rules_common.h"

#include "adapters/mllp/mapping_check.h"
#include "model/limits.h"
#include "rules/load/load.h"
#include "shell/ledgerglue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int ctl_mapping_check(const struct ctl_args *args)
{
    struct rd_rules *rules = NULL;
    const char *place = ctl_place(args);
    if (place == NULL)
        return CTL_USE;
    if (rd_rules_load(place, rd_alloc_heap(), NULL, NULL, &rules) != RD_OK)
        return ctl_fail(CTL_NO, "%s does not load; see referralctl rules check %s", place, place);
    struct ctl_findings findings = {.folder = place, .out = stderr};
    int status = CTL_OK;
    if (mllp_mappings_check(place, rules, ctl_print_finding, &findings) > 0)
        status = ctl_fail(CTL_NO, "%s: %zu faults in its mappings; mend what is named above", place,
                          findings.errors);
    else
        printf("%s: the mappings of its feeds can be read\n", place);
    rd_rules_free(rules);
    return status;
}

struct comparing {
    struct ctl_feed_reading now, candidate;
    struct rd_arena entry, trial;
    struct rd_errbuf why;
    enum rd_err err;
    uint64_t read, differ;
};

static void show_change(uint64_t entry, const char *path, const json_t *was, const json_t *is)
{
    char *old = was == NULL ? NULL : json_dumps(was, JSON_ENCODE_ANY);
    char *new = is == NULL ? NULL : json_dumps(is, JSON_ENCODE_ANY);
    printf("entry %" PRIu64 ": %s: %s -> %s\n", entry, path, old == NULL ? "absent" : old,
           new == NULL ? "absent" : new);
    free(old);
    free(new);
}

static bool show_changes(uint64_t entry, json_t *was, json_t *is)
{
    bool any = false;
    for (void *at = json_object_iter(was); at != NULL; at = json_object_iter_next(was, at)) {
        const char *path = json_object_iter_key(at);
        const json_t *other = json_object_get(is, path);
        if (json_equal(json_object_iter_value(at), other))
            continue;
        any = true;
        show_change(entry, path, json_object_iter_value(at), other);
    }
    for (void *at = json_object_iter(is); at != NULL; at = json_object_iter_next(is, at))
        if (json_object_get(was, json_object_iter_key(at)) == NULL) {
            any = true;
            show_change(entry, json_object_iter_key(at), NULL, json_object_iter_value(at));
        }
    return any;
}

static json_t *flat_of(struct comparing *comparing, const struct ctl_feed_reading *with,
                       struct rd_text original)
{
    struct rd_submission submission;
    rd_arena_reset(&comparing->trial);
    if (!ctl_reading_read(&with->reading, original, &comparing->trial, &submission, NULL))
        return NULL;
    return ctl_flat(&submission);
}

static bool compare_entry(void *context, const struct rd_ledger_entry *stored)
{
    struct comparing *comparing = context;
    struct rd_entry entry;
    rd_arena_reset(&comparing->entry);
    comparing->err = rd_glue_read_entry(stored, &comparing->entry, &entry, &comparing->why);
    if (comparing->err != RD_OK)
        return false;
    bool ours = entry.received != NULL && entry.received->submission != NULL &&
                rd_text_equal(entry.feed, comparing->now.reading.feed->name) &&
                entry.received->submission->original.len > 0 &&
                rd_text_is(entry.received->submission->media_type, "application/hl7-v2");
    if (!ours)
        return true;
    struct rd_text original = entry.received->submission->original;
    json_t *was = flat_of(comparing, &comparing->now, original);
    json_t *is = flat_of(comparing, &comparing->candidate, original);
    comparing->read++;
    comparing->differ += show_changes(entry.number, was, is) ? 1 : 0;
    json_decref(was);
    json_decref(is);
    return true;
}

static int compare_all(const struct ctl_args *args, struct comparing *comparing)
{
    struct rd_ledger *ledger = NULL;
    int status = ctl_open_ledger(args, &ledger);
    if (status != CTL_OK)
        return status;
    rd_arena_init(&comparing->entry, rd_alloc_heap(), 4 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    rd_arena_init(&comparing->trial, rd_alloc_heap(), CTL_READING_ARENA_BYTES_MAX);
    enum rd_err err = ledger->ops->each_entry(ledger, 1, ledger->ops->head(ledger).number,
                                              compare_entry, comparing, &comparing->why);
    rd_arena_fini(&comparing->entry);
    rd_arena_fini(&comparing->trial);
    ledger->ops->close(ledger);
    if (err != RD_OK || comparing->err != RD_OK)
        return ctl_fail(CTL_NO, "%s", comparing->why.text);
    printf("%" PRIu64 " kept messages of %.*s read with both mappings, %" PRIu64 " differ\n",
           comparing->read, RD_TEXT_ARG(comparing->now.reading.feed->name), comparing->differ);
    return comparing->differ == 0 ? CTL_OK : CTL_NO;
}

int ctl_mapping_diff(const struct ctl_args *args)
{
    struct comparing comparing = {.err = RD_OK};
    int status = ctl_feed_reading_open(args, NULL, &comparing.now);
    if (status != CTL_OK) {
        ctl_feed_reading_close(&comparing.now);
        return status;
    }
    status = ctl_feed_reading_open(args, args->operands[0], &comparing.candidate);
    if (status == CTL_OK)
        status = compare_all(args, &comparing);
    ctl_feed_reading_close(&comparing.candidate);
    ctl_feed_reading_close(&comparing.now);
    return status;
}
