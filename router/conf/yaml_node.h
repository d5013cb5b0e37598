/* What yaml_build.c makes and yaml.c reads. Private to this folder. */
#ifndef RD_CONF_YAML_NODE_H
#define RD_CONF_YAML_NODE_H

#include "conf/yaml.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct rd_yaml_node {
    const struct rd_yaml *yaml;
    enum yaml_kind kind;
    unsigned line, column; /* from 1 */
    struct rd_text text;   /* scalars */
    bool plain;            /* scalars: written without quotes */
    size_t count;
    const struct rd_yaml_node **items;        /* a list's items, a map's values */
    const struct rd_yaml_node **keys;         /* maps only */
    struct rd_yaml_node *first, *last, *next; /* children while the document is built */
};

struct rd_yaml {
    struct rd_arena arena;
    struct rd_text name;
    struct rd_yaml_node *root;
};

/* Fills yaml->root from `bytes` (UTF-8, without NUL). */
RD_MUST_CHECK enum rd_err rd_yaml_build(struct rd_yaml *yaml, struct rd_text bytes,
                                        struct rd_errbuf *why);

#endif
