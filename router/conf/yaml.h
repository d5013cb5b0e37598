/* YAML with exact positions (libfyaml), read strictly: every map is read with the list of its keys,
 * so a misspelt one is an error with file, line, column and what was expected. For places, keys and
 * feeds' mappings. Thread: any; no state. */
#ifndef RD_CONF_YAML_H
#define RD_CONF_YAML_H

#include "base/arena.h"
#include "base/err.h"

enum {
    RD_YAML_BYTES_MAX = 1048576,          /* a file */
    RD_YAML_DEPTH_MAX = 64,               /* lists and maps inside each other */
    RD_YAML_MEMORY_MAX = 32 * 1024 * 1024 /* what a document may take once read */
};

struct rd_yaml;                           /* a document; owns its nodes */
typedef struct rd_yaml_node rd_yaml_node; /* borrowed from it */

/* Errors read "teams.yaml:12:5: found ..., expected ...; do ...". `name` is what messages call the
 * file. RD_E_INVALID: not UTF-8, not YAML, a key twice in one map, more than one document, or an
 * anchor, alias or tag (a file says what it means where it says it). RD_E_TOOBIG: over a bound
 * above. RD_E_IO, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_yaml_parse(const char *name, struct rd_text bytes,
                                        struct rd_yaml **out, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_yaml_read(const char *path, struct rd_yaml **out,
                                       struct rd_errbuf *why);
void rd_yaml_free(struct rd_yaml *yaml);
const rd_yaml_node *rd_yaml_root(const struct rd_yaml *yaml);

unsigned rd_yaml_line(const rd_yaml_node *node);   /* from 1 */
unsigned rd_yaml_column(const rd_yaml_node *node); /* from 1 */
/* `node` must be a map whose keys are all in `keys` (NULL-terminated; a name that ends in ! is
 * required). */
RD_MUST_CHECK enum rd_err rd_yaml_expect_map(const rd_yaml_node *node, const char *const *keys,
                                             struct rd_errbuf *why);
bool rd_yaml_is_map(const rd_yaml_node *node);
bool rd_yaml_is_list(const rd_yaml_node *node);
bool rd_yaml_is_scalar(const rd_yaml_node *node);
const rd_yaml_node *rd_yaml_get(const rd_yaml_node *map, const char *key); /* NULL: absent */
size_t rd_yaml_count(const rd_yaml_node *list_or_map);
const rd_yaml_node *rd_yaml_at(const rd_yaml_node *list, size_t index);
/* The i-th pair of a map. */
struct rd_text rd_yaml_key_at(const rd_yaml_node *map, size_t index);
const rd_yaml_node *rd_yaml_key_node_at(const rd_yaml_node *map, size_t index); /* its place */
const rd_yaml_node *rd_yaml_value_at(const rd_yaml_node *map, size_t index);
/* Scalars: an absent (NULL) node gives the default; another kind or form is RD_E_INVALID. An empty
 * value (`key:`) and ~ are errors, "" is an empty text. Numbers, true and false are written without
 * quotes. Texts are borrowed from the document. */
RD_MUST_CHECK enum rd_err rd_yaml_text(const rd_yaml_node *node, struct rd_text fallback,
                                       struct rd_text *out, struct rd_errbuf *why);
/* As rd_yaml_text for what outlives the document: a copy in `arena`, ended by a NUL (the parser
 * lets none inside). Absent stays absent. RD_E_INVALID also: empty. RD_E_TOOBIG: the arena is full.
 */
RD_MUST_CHECK enum rd_err rd_yaml_keep(const rd_yaml_node *node, struct rd_arena *arena,
                                       struct rd_text *out, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_yaml_int(const rd_yaml_node *node, int64_t fallback, int64_t min,
                                      int64_t max, int64_t *out, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_yaml_bool(const rd_yaml_node *node, bool fallback, bool *out,
                                       struct rd_errbuf *why);
/* An error at `node`'s place: "FILE:LINE:COLUMN: " and the formatted rest. */
enum rd_err rd_yaml_fail(const rd_yaml_node *node, struct rd_errbuf *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
