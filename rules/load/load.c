#include "rules/load/loading.h"

#include "rules/geo/files/image_file.h"

#include <string.h>

static const char *const file_names[FILE_COUNT] = {
    [FILE_CALENDARS] = "calendars.yaml", [FILE_ROTA] = "rota.yaml",   [FILE_TEAMS] = "teams.yaml",
    [FILE_CLOCKS] = "clocks.yaml",       [FILE_FEEDS] = "feeds.yaml", [FILE_NEEDS] = "needs.yaml",
    [FILE_PLACE] = "place.yaml"};

/* Reads every file before any is judged, so that all that are missing or broken are named. */
static void read_yaml(struct loading *loading)
{
    for (size_t i = 0; i < FILE_COUNT; i++) {
        struct rd_buf bytes;
        struct rd_errbuf why;
        rd_buf_init(&bytes, loading->alloc);
        if (load_file(loading, file_names[i], &bytes) &&
            rd_yaml_parse(file_names[i], rd_buf_text(&bytes), &loading->yaml[i], &why) != RD_OK)
            load_why(loading, &why);
        rd_buf_fini(&bytes);
    }
}

static void read_all(struct loading *loading)
{
    read_yaml(loading);
    if (loading->errors > 0)
        return;
    load_place(loading); /* first: the others need its time zone */
    load_calendars(loading);
    load_rotas(loading);
    load_teams(loading);
    load_clocks(loading);
    load_feeds(loading);
    load_needs(loading);
    if (loading->errors > 0 || loading->fatal != RD_OK)
        return;
    load_link_place(loading);
    load_link_teams(loading);
    load_link_feeds(loading);
    load_link_clocks(loading);
    load_tables(loading);
    if (loading->errors == 0 && loading->fatal == RD_OK)
        load_hashes(loading);
}

enum rd_err rd_rules_load(const char *directory, const struct rd_alloc *alloc,
                          rd_finding_sink *sink, void *context, struct rd_rules **out)
{
    struct loading loading = {
        .directory = directory, .alloc = alloc, .sink = sink, .context = context};
    *out = NULL;
    loading.rules = rd_alloc_zeroed(alloc, 1, sizeof *loading.rules);
    if (loading.rules == NULL)
        return RD_E_NOMEM;
    loading.rules->alloc = alloc;
    loading.arena = &loading.rules->arena;
    rd_arena_init(loading.arena, alloc, RD_PLACE_ARENA_BYTES_MAX);
    rd_arena_init(&loading.scratch, alloc, RD_PLACE_SCRATCH_BYTES_MAX);
    read_all(&loading);
    for (size_t i = 0; i < FILE_COUNT; i++)
        rd_yaml_free(loading.yaml[i]);
    rd_arena_fini(&loading.scratch);
    if (loading.errors == 0 && loading.fatal == RD_OK) {
        *out = loading.rules;
        return RD_OK;
    }
    rd_rules_free(loading.rules);
    return loading.fatal != RD_OK ? loading.fatal : RD_E_INVALID;
}

void rd_rules_free(struct rd_rules *rules)
{
    if (rules == NULL)
        return;
    const struct rd_alloc *alloc = rules->alloc;
    rd_geo_free(rules->geo);
    rd_geo_file_close(
        &(struct rd_geo_file){.bytes = rules->national.bytes, .len = rules->national.len});
    rd_arena_fini(&rules->arena);
    rd_release(alloc, rules);
}
