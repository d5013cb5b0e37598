/* What the readers of a case file share. Not for others. */
#ifndef RD_RULES_CASES_READING_H
#define RD_RULES_CASES_READING_H

#include "conf/yaml.h"
#include "rules/calendar/zone.h"
#include "rules/cases/cases.h"

struct reading {
    char file[256]; /* as findings name it */
    const struct rd_zone *zone;
    struct rd_cases *cases;
    rd_finding_sink *sink;
    void *context;
    size_t errors;
    bool full; /* no memory */
};

/* Says it at a node. */
void reading_refuse(struct reading *reading, const rd_yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Says what an errbuf of conf/yaml.h holds: "FILE:LINE:COLUMN: words". */
void reading_why(struct reading *reading, const struct rd_errbuf *why);
void *reading_array(struct reading *reading, size_t count, size_t size);
struct rd_case_pos reading_pos(const rd_yaml_node *node);

/* Each: an absent node leaves a zero value; what is wrong is said. Texts are copied. */
bool reading_map(struct reading *reading, const rd_yaml_node *node, const char *const *keys);
struct rd_text reading_text(struct reading *reading, const rd_yaml_node *node);
struct rd_text *reading_texts(struct reading *reading, const rd_yaml_node *node, size_t *count);
int reading_enum(struct reading *reading, const rd_yaml_node *node,
                 const struct rd_enum_names *names);
struct rd_opt_i32 reading_number(struct reading *reading, const rd_yaml_node *node, int64_t max);
struct rd_opt_bool reading_bool(struct reading *reading, const rd_yaml_node *node);
/* "2026-11-23 10:00" on the place's wall, or RFC 3339 with its offset. */
rd_instant reading_time(struct reading *reading, const rd_yaml_node *node);

/* A case's value, or that of the file's `defaults` (NULL: none). */
struct case_nodes {
    const rd_yaml_node *own, *defaults;
};
const rd_yaml_node *case_node(const struct case_nodes *nodes, const char *key);
/* case_record.c: the submission. */
void case_read_record(struct reading *reading, const struct case_nodes *nodes, struct rd_case *out);
/* case_expect.c: what must become of it. */
void case_read_expect(struct reading *reading, const rd_yaml_node *node, struct rd_case *out);

#endif
