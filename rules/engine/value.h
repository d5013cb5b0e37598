/* FEEL values and three-valued logic. Plain values, constant once made, borrowed from the arena of
 * whoever made them. Thread: any. */
#ifndef RD_ENGINE_VALUE_H
#define RD_ENGINE_VALUE_H

#include "base/arena.h"
#include "rules/engine/decimal.h"
#include "rules/engine/temporal.h"

/* Where something stands in a file; both from 1, 0: unknown. */
struct rd_pos {
    unsigned line, column;
};

enum {
    RD_VALUE_DEPTH_MAX = 64, /* lists and contexts inside one another: deeper ones are null */
    RD_VALUE_STEPS_MAX = 1000000,
    RD_VALUE_TEXT_MAX = 16 * 1024 * 1024 /* bytes of a value as text: a longer one is none */
};

enum rd_type {
    RD_TYPE_ANY,
    RD_TYPE_NULL,
    RD_TYPE_BOOLEAN,
    RD_TYPE_NUMBER,
    RD_TYPE_STRING,
    RD_TYPE_DATE,
    RD_TYPE_TIME,
    RD_TYPE_DATE_TIME,
    RD_TYPE_DURATION_DAYS,   /* days and time */
    RD_TYPE_DURATION_MONTHS, /* years and months */
    RD_TYPE_LIST,
    RD_TYPE_CONTEXT,
    RD_TYPE_RANGE,
    RD_TYPE_FUNCTION
};
enum { RD_TYPE_COUNT = RD_TYPE_FUNCTION + 1 };

struct rd_context;
struct rd_range;
struct rd_function; /* feel.h */

struct rd_value {
    enum rd_type type; /* never ANY */
    union {
        bool boolean;
        struct rd_decimal number;
        struct rd_text string; /* UTF-8 */
        struct rd_date date;
        struct rd_wall_time time;
        struct rd_date_time date_time;
        rd_i128 duration; /* DAYS: nanoseconds; MONTHS: months */
        struct {
            const struct rd_value *items; /* of any types */
            size_t count;
        } list;
        const struct rd_context *context;
        const struct rd_range *range;
        const struct rd_function *function;
    } as;
};
struct rd_member {
    struct rd_text name;
    struct rd_value value;
};
struct rd_context { /* names unique, in the order in which they were written */
    const struct rd_member *entries;
    size_t count;
};
/* [1..9], or what one comparison says: (> 5), (= 5), (!= 5). */
enum rd_range_form {
    RD_RANGE_INTERVAL, /* of an end that is null nothing can be told */
    RD_RANGE_COMPARE,  /* an end that is null has no bound; both are equal: (= 5) */
    RD_RANGE_UNEQUAL   /* everything but `low` */
};
struct rd_range {
    enum rd_range_form form;
    struct rd_value low, high;
    bool low_open, high_open; /* the end itself is outside */
};

/* FEEL's truth: "cannot tell" is a third answer and never reads as true. */
enum rd_tri { RD_FALSE, RD_TRUE, RD_UNKNOWN };
enum rd_tri rd_tri_not(enum rd_tri a);
enum rd_tri rd_tri_and(enum rd_tri a, enum rd_tri b);
enum rd_tri rd_tri_or(enum rd_tri a, enum rd_tri b);

static inline struct rd_value rd_value_null(void)
{
    return (struct rd_value){.type = RD_TYPE_NULL};
}

static inline struct rd_value rd_value_boolean(bool boolean)
{
    return (struct rd_value){.type = RD_TYPE_BOOLEAN, .as.boolean = boolean};
}

/* Absent: null. */
static inline struct rd_value rd_value_text(struct rd_text string)
{
    return rd_text_present(string) ? (struct rd_value){.type = RD_TYPE_STRING, .as.string = string}
                                   : rd_value_null();
}

struct rd_value rd_value_int(int64_t number);
struct rd_value rd_value_list(const struct rd_value *items, size_t count);
struct rd_value rd_value_number(struct rd_decimal number);
struct rd_value rd_value_context(const struct rd_context *context);
/* NULL: no such entry. */
const struct rd_value *rd_context_get(const struct rd_context *context, struct rd_text name);

/* null equals null only; different types otherwise cannot be told. Functions equal nothing. */
enum rd_tri rd_value_equal(const struct rd_value *a, const struct rd_value *b);
/* *order is negative, 0, positive. False: not comparable (different types, null, booleans, lists,
 * contexts, ranges, functions, a time with an offset and one without). */
bool rd_value_order(const struct rd_value *a, const struct rd_value *b, int *order);

/* The same for values from an evaluation, which can be large beyond counting by having one part
 * many times: each part that is looked at takes one of *steps, and without any left the answer is
 * UNKNOWN. rd_value_equal allows RD_VALUE_STEPS_MAX. */
enum rd_tri rd_value_equal_in(const struct rd_value *a, const struct rd_value *b, size_t *steps);
enum rd_tri rd_value_contains_in(const struct rd_value *list, const struct rd_value *item,
                                 size_t *steps);

const char *rd_type_name(enum rd_type type);
/* As a FEEL literal: "fall", 18, ["a", "b"], @"2026-11-21", {a: 1}. Absent when the arena is full
 * or the text too long.
 */
struct rd_text rd_value_show(const struct rd_value *value, struct rd_arena *arena);

#endif
