/* A place on its way in: what the readers of its files share. Each reader reports what it finds and
 * goes on where it can; nothing is used of a place with an error. Not for others. */
#ifndef RD_RULES_LOAD_LOADING_H
#define RD_RULES_LOAD_LOADING_H

#include "base/buf.h"
#include "conf/yaml.h"
#include "rules/eval/ruleset.h"
#include "rules/load/load.h"

enum {
    RD_PLACE_ARENA_BYTES_MAX = 256 * 1024 * 1024, /* what a loaded place may take */
    RD_PLACE_SCRATCH_BYTES_MAX = 64 * 1024 * 1024,
    RD_PLACE_FILE_BYTES_MAX = 8 * 1024 * 1024, /* one YAML or DMN file */
    RD_PLACE_ITEMS_MAX = 1000                  /* teams, feeds, needs ... each */
};

/* The YAML files, in the order in which they are read. */
enum place_file {
    FILE_CALENDARS,
    FILE_ROTA,
    FILE_TEAMS,
    FILE_CLOCKS,
    FILE_FEEDS,
    FILE_NEEDS,
    FILE_PLACE,
    FILE_COUNT
};

struct loading {
    const char *directory;
    const struct rd_alloc *alloc;
    struct rd_rules *rules;
    struct rd_arena *arena; /* of the rules */
    struct rd_arena scratch;
    rd_finding_sink *sink;
    void *context;
    unsigned errors;
    enum rd_err fatal; /* no memory, not readable: RD_OK so far */
    struct rd_yaml *yaml[FILE_COUNT];
    struct rd_holidays *holidays;
};

/* Says it. `pos` {0, 0}: the whole file. */
void load_report(struct loading *loading, enum rd_severity severity, const char *file,
                 struct rd_pos pos, const char *words);
/* Says what an errbuf holds: "FILE:LINE:COLUMN: words" or "FILE: words". */
void load_why(struct loading *loading, const struct rd_errbuf *why);
/* Says it at a node. */
void load_refuse(struct loading *loading, const rd_yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Zeroed, in the rules' arena; NULL sets `fatal`. */
void *load_array(struct loading *loading, size_t count, size_t size);
/* Reads a file of the place; false and said when it cannot be. */
bool load_file(struct loading *loading, const char *file, struct rd_buf *into);

/* Readers of YAML: what is wrong is said, and the result is then a zero value. Texts are copied. */
bool load_map(struct loading *loading, const rd_yaml_node *node, const char *const *keys);
struct rd_text load_scalar(struct loading *loading, const rd_yaml_node *node);
struct rd_text load_text(struct loading *loading, const rd_yaml_node *map, const char *key);
/* A name of ours: [a-z0-9-], at most RD_NAME_BYTES_MAX. */
struct rd_text load_name(struct loading *loading, const rd_yaml_node *map, const char *key);
uint32_t load_number(struct loading *loading, const rd_yaml_node *map, const char *key,
                     uint32_t fallback, uint32_t max);
bool load_bool(struct loading *loading, const rd_yaml_node *map, const char *key, bool fallback);
int load_enum(struct loading *loading, const rd_yaml_node *map, const char *key,
              const struct rd_enum_names *names);
struct rd_text *load_texts(struct loading *loading, const rd_yaml_node *map, const char *key,
                           size_t *count);
/* The list under `key`; NULL (and said, unless it is absent) when it is none. */
const rd_yaml_node *load_list(struct loading *loading, const rd_yaml_node *map, const char *key);
/* The one list of a file whose only key that is; `others`: NULL-terminated further keys. */
const rd_yaml_node *load_file_list(struct loading *loading, enum place_file file,
                                   const char *const *keys, const char *list);
/* Says so when `name` is in `names` already (texts at `stride` bytes). */
void load_unique(struct loading *loading, const rd_yaml_node *node, const char *what,
                 struct rd_text name, const void *first, size_t count, size_t stride);

/* Says at a node that `found` is none of `known` (texts at `stride` bytes); `what`: "a rota of
 * rota.yaml". */
void load_unknown(struct loading *loading, const rd_yaml_node *node, struct rd_text found,
                  const char *what, const void *known, size_t count, size_t stride);

/* "08:00-20:00", minutes after midnight; the second up to 48:00. */
bool load_hours(struct loading *loading, const rd_yaml_node *node, uint16_t *from, uint16_t *to);
/* "19:00". */
bool load_clock_time(struct loading *loading, const rd_yaml_node *node, uint16_t *out);
/* weekdays, weekend, every-day, mon ... sun or a list of these: a bit for each, Monday first. */
unsigned load_days(struct loading *loading, const rd_yaml_node *node);
bool load_date(struct loading *loading, const rd_yaml_node *node, int64_t *out);

/* The files. */
void load_calendars(struct loading *loading);
void load_rotas(struct loading *loading);
void load_teams(struct loading *loading);
void load_clocks(struct loading *loading);
void load_feeds(struct loading *loading);
void load_needs(struct loading *loading);
void load_place(struct loading *loading);
void load_tables(struct loading *loading);
/* Names that one file uses of another: after all are read without an error. */
void load_link_teams(struct loading *loading);
void load_link_feeds(struct loading *loading);
void load_link_clocks(struct loading *loading);
void load_link_place(struct loading *loading);
/* The content hash over every file, and one for each calendar. */
void load_hashes(struct loading *loading);

#endif
