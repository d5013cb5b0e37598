/* Content hashes: of the place, over its files, and of every calendar. */
#include "rules/load/loading.h"

#include "rules/load/place_files.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_BYTES_MAX = 256 * 1024 * 1024, HASH_BYTES = 32 };

static void add_part(crypto_generichash_state *state, const char *name, struct rd_text bytes)
{
    unsigned char length[8];
    uint64_t len = bytes.len;
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (unsigned char)(len >> (8 * (sizeof length - 1 - i)));
    crypto_generichash_update(state, (const unsigned char *)name, strlen(name) + 1);
    crypto_generichash_update(state, length, sizeof length);
    if (bytes.len > 0)
        crypto_generichash_update(state, (const unsigned char *)bytes.ptr, bytes.len);
}

static struct rd_text finish(struct loading *loading, crypto_generichash_state *state)
{
    unsigned char hash[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    struct rd_text out = RD_TEXT_NONE;
    crypto_generichash_final(state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (!rd_arena_copy(loading->arena, rd_text_of(hex), &out))
        loading->fatal = RD_E_NOMEM;
    return out;
}

static void hash_place(struct loading *loading)
{
    static const struct rd_pos nowhere = {0, 0};
    char hex[RD_PLACE_HASH_TEXT_MAX];
    struct rd_place_files files;
    struct rd_errbuf why;
    enum rd_err err = rd_place_files_read(loading->directory, PLACE_BYTES_MAX, &files, &why);
    if (err != RD_OK)
        load_report(loading, RD_SEVERITY_ERROR, ".", nowhere, why.text);
    else if (rd_place_files_hash(&files, hex) != RD_OK ||
             !rd_arena_copy(loading->arena, rd_text_of(hex), &loading->rules->place.hash))
        loading->fatal = RD_E_NOMEM;
    rd_place_files_fini(&files);
}

/* A clock keeps the hash of the calendar that it was planned by. */
static void hash_calendars(struct loading *loading)
{
    struct rd_rules *rules = loading->rules;
    struct rd_buf bytes;
    struct rd_text *hashes = load_array(loading, rules->calendars_count, sizeof *hashes);
    rd_buf_init(&bytes, loading->alloc);
    if (hashes == NULL || !load_file(loading, "calendars.yaml", &bytes)) {
        rd_buf_fini(&bytes);
        return;
    }
    for (size_t i = 0; i < rules->calendars_count; i++) {
        crypto_generichash_state state;
        const struct rd_holidays *holidays = loading->holidays;
        crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
        add_part(&state, rules->calendars[i].name.ptr, rd_buf_text(&bytes));
        for (size_t j = 0; holidays != NULL && j < holidays->count; j++) {
            char day[24];
            snprintf(day, sizeof day, "%lld", (long long)holidays->days[j]);
            add_part(&state, day, RD_TEXT_NONE);
        }
        hashes[i] = finish(loading, &state);
    }
    rules->calendar_hashes = hashes;
    rd_buf_fini(&bytes);
}

void load_hashes(struct loading *loading)
{
    if (sodium_init() < 0) {
        loading->fatal = RD_E_BUG;
        return;
    }
    hash_place(loading);
    hash_calendars(loading);
}
