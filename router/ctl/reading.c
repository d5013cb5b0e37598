#include "ctl/reading.h"

#include "adapters/mllp/mapping.h"
#include "rules/load/load.h"

int ctl_feed_reading_open(const struct ctl_args *args, const char *mapping,
                          struct ctl_feed_reading *out)
{
    struct rd_errbuf why = {{0}};
    *out = (struct ctl_feed_reading){.rules = NULL};
    const char *place = ctl_place(args);
    rd_arena_init(&out->arena, rd_alloc_heap(), CTL_READING_ARENA_BYTES_MAX);
    if (place == NULL)
        return CTL_USE;
    if (rd_rules_load(place, rd_alloc_heap(), NULL, NULL, &out->rules) != RD_OK)
        return ctl_fail(CTL_NO, "%s does not load; see referralctl rules check %s", place, place);
    const struct rd_place *loaded = rd_rules_place(out->rules);
    struct rd_text name = rd_text_of(args->values[OPT_FEED]);
    out->reading.feed = rd_place_feed(loaded, name);
    if (out->reading.feed == NULL)
        return ctl_fail(CTL_NO, "%s: no feed of %s; its feeds.yaml names them",
                        args->values[OPT_FEED], place);
    const struct rd_zone *zone = rd_zone_find(loaded->timezone);
    enum rd_err err = mapping == NULL
                          ? mllp_mapping_read(place, name, zone, out->rules, &out->arena,
                                              &out->reading.mapping, &why)
                          : mllp_mapping_read_file(mapping, zone, out->rules, &out->arena,
                                                   &out->reading.mapping, &why);
    return err == RD_OK ? CTL_OK : ctl_fail(CTL_NO, "%s", why.text);
}

void ctl_feed_reading_close(struct ctl_feed_reading *open)
{
    rd_arena_fini(&open->arena);
    rd_rules_free(open->rules);
}

struct rd_text ctl_message_of(struct ctl_reading *reading, struct rd_text bytes)
{
    enum { START = 0x0B, END = 0x1C };
    if (bytes.len > 0 && bytes.ptr[0] == START) {
        bytes = rd_text_slice(bytes, 1, bytes.len);
        bytes = rd_text_slice(bytes, 0, rd_text_find(bytes, END, 0));
    }
    struct rd_text start = rd_text_trim(bytes);
    reading->fhir = rd_text_starts(start, "{") || rd_text_starts(start, "<");
    return bytes;
}
