#include "adapters/mllp/mapping_check.h"

#include "adapters/mllp/mapping.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 4 * 1024 * 1024 };

struct checking {
    const char *directory;
    const struct rd_place *place;
    rd_finding_sink *sink;
    void *context;
    size_t faults;
};

static void report(struct checking *checking, const struct rd_finding *finding)
{
    checking->faults++;
    if (checking->sink != NULL)
        checking->sink(checking->context, finding);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A file that no feed reads: most likely its name is misspelt. */
static void check_name(struct checking *checking, const char *file)
{
    struct rd_finding finding = {.severity = RD_SEVERITY_ERROR};
    struct rd_text name = rd_text_of(file);
    if (file[0] == '.' || name.len <= 5 ||
        !rd_text_is(rd_text_slice(name, name.len - 5, 5), ".yaml") ||
        rd_place_feed(checking->place, rd_text_slice(name, 0, name.len - 5)) != NULL)
        return;
    snprintf(finding.file, sizeof finding.file, "mappings/%.200s", file);
    snprintf(finding.words, sizeof finding.words,
             "no feed of that name: name the file as a feed of feeds.yaml, or remove it");
    report(checking, &finding);
}

static void check_names(struct checking *checking)
{
    char path[4096];
    struct dirent **list = NULL;
    int len = snprintf(path, sizeof path, "%s/mappings", checking->directory);
    if (len < 0 || (size_t)len >= sizeof path)
        return; /* mllp_mapping_read says it */
    int count = scandir(path, &list, NULL, by_name);
    if (count < 0 && errno != ENOENT) {
        struct rd_finding finding = {.severity = RD_SEVERITY_ERROR, .file = "mappings"};
        snprintf(finding.words, sizeof finding.words,
                 "cannot be listed; expected a directory that referrald may read");
        report(checking, &finding);
    }
    for (int i = 0; i < count; i++) {
        check_name(checking, list[i]->d_name);
        free(list[i]);
    }
    free(list);
}

size_t mllp_mappings_check(const char *place_directory, const struct rd_rules *rules,
                           rd_finding_sink *sink, void *context)
{
    const struct rd_place *place = rd_rules_place(rules);
    struct checking checking = {place_directory, place, sink, context, 0};
    const struct rd_zone *zone = rd_zone_find(place->timezone);
    check_names(&checking);
    for (size_t i = 0; i < place->feeds_count; i++) {
        struct rd_hl7_mapping mapping;
        struct rd_finding finding;
        struct rd_errbuf why = {{0}};
        struct rd_arena arena;
        rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
        if (mllp_mapping_read(place_directory, place->feeds[i].name, zone, rules, &arena, &mapping,
                              &why) != RD_OK) {
            rd_finding_of(&finding, place_directory, &why);
            report(&checking, &finding);
        }
        rd_arena_fini(&arena);
    }
    return checking.faults;
}
