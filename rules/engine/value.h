/* FEEL values and three-valued logic. Plain values, borrowed from whoever made them; nothing here
 * allocates. Thread: any. */
#ifndef RD_ENGINE_VALUE_H
#define RD_ENGINE_VALUE_H

#include "base/arena.h"
#include "rules/engine/decimal.h"

/* Where something stands in a file; both from 1, 0: unknown. */
struct rd_pos {
    unsigned line, column;
};

enum rd_type {
    RD_TYPE_ANY,
    RD_TYPE_BOOLEAN,
    RD_TYPE_NUMBER,
    RD_TYPE_STRING,
    RD_TYPE_LIST, /* of strings */
    RD_TYPE_NULL
};

struct rd_value {
    enum rd_type type; /* never ANY */
    union {
        bool boolean;
        struct rd_decimal number;
        struct rd_text string;
        struct {
            const struct rd_value *items;
            size_t count;
        } list;
    } as;
};

/* FEEL's truth: "cannot tell" is a third answer and never reads as true. */
enum rd_tri { RD_FALSE, RD_TRUE, RD_UNKNOWN };
enum rd_tri rd_tri_not(enum rd_tri a);
enum rd_tri rd_tri_and(enum rd_tri a, enum rd_tri b);
enum rd_tri rd_tri_or(enum rd_tri a, enum rd_tri b);

struct rd_value rd_value_null(void);
struct rd_value rd_value_boolean(bool boolean);
struct rd_value rd_value_int(int64_t number);
struct rd_value rd_value_text(struct rd_text string); /* absent: null */
struct rd_value rd_value_list(const struct rd_value *items, size_t count);

/* null equals null only; different types otherwise cannot be told. */
enum rd_tri rd_value_equal(const struct rd_value *a, const struct rd_value *b);
/* *order is negative, 0, positive. False: not comparable (different types, null, booleans, lists).
 */
bool rd_value_order(const struct rd_value *a, const struct rd_value *b, int *order);
/* Whether the list `list` has `item`; UNKNOWN when it is no list. */
enum rd_tri rd_value_contains(const struct rd_value *list, const struct rd_value *item);

const char *rd_type_name(enum rd_type type);
/* As a FEEL literal: "fall", 18, ["a", "b"]. Absent when the arena is full. */
struct rd_text rd_value_show(const struct rd_value *value, struct rd_arena *arena);

#endif
