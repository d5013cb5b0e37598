/* Evaluates FEEL trees over typed values. Total: no input makes it fail; what makes no sense is
 * null (as a test: UNKNOWN), with a note that says why. Pure. Takes at most 2 MiB of stack. Thread:
 * any, one for each env. */
#ifndef RD_ENGINE_FEEL_H
#define RD_ENGINE_FEEL_H

#include "rules/engine/ast.h"

enum {
    RD_FEEL_STEPS_MAX = 1000000, /* nodes looked at and items made in one evaluation */
    RD_FEEL_CALLS_MAX = 256,     /* functions inside one another */
    RD_FEEL_LEVELS_MAX = 2048,   /* nodes inside one another, calls included: bounds the stack */
    RD_FEEL_NOTE_MAX = 256       /* bytes of a note, NUL included */
};

/* Names that an expression sees; the innermost frame first. */
struct rd_scope {
    const struct rd_scope *parent; /* NULL: the outermost */
    const struct rd_member *entries;
    size_t count;
};

/* Why something is null: the first reason of an evaluation. */
struct rd_feel_note {
    bool set;
    size_t offset;     /* in the text of the expression being evaluated, bytes */
    struct rd_pos pos; /* of that text in its file, once somebody who knows has set it; else 0 */
    char words[RD_FEEL_NOTE_MAX];
};

struct rd_feel_env;
struct rd_regex_library;

struct rd_feel_env {
    struct rd_arena *arena;
    const struct rd_scope *scope; /* NULL: no names */
    const struct rd_value *input; /* "?"; NULL: none */
    struct rd_date_time now;      /* of now() and today() */
    bool has_now;                 /* false: both are null */
    bool full;                    /* the arena ran out: the answer is null and not to be used */
    size_t steps_left, calls_left, levels_left;
    struct rd_feel_note *note;            /* NULL: nobody asks */
    const struct rd_regex_library *regex; /* NULL: matches(), replace() and split() are null */
};

/* Regular expressions (XPath's, as FEEL has them) need a library of their own, which the engine
 * does not link: whoever evaluates gives one. All: false, with a note, for a wrong pattern or flag,
 * or one that takes too long. Results in the env's arena. */
struct rd_regex_library {
    bool (*matches)(struct rd_feel_env *env, struct rd_text input, struct rd_text pattern,
                    struct rd_text flags, bool *out);
    bool (*replace)(struct rd_feel_env *env, struct rd_text input, struct rd_text pattern,
                    struct rd_text replacement, struct rd_text flags, struct rd_text *out);
    bool (*split)(struct rd_feel_env *env, struct rd_text input, struct rd_text delimiter,
                  struct rd_value *out);
};

/* A function as a value: a built-in, a function definition with what it saw, or a model's own. */
struct rd_builtin; /* builtins.h */
struct rd_function {
    struct rd_text name; /* absent: anonymous */
    const struct rd_parameter *parameters;
    size_t parameters_count;
    const struct rd_feel_type *result; /* NULL: any */
    /* Exactly one of these three is set. */
    const struct rd_builtin *builtin;
    const struct rd_node *body;
    /* `arguments`: one for each parameter, of its type already. */
    struct rd_value (*call)(struct rd_feel_env *env, const struct rd_function *self,
                            const struct rd_value *arguments);
    const struct rd_scope *scope; /* of body */
    const void *context;          /* for call */
};

/* Full budgets, no names, no input, no clock. */
void rd_feel_env_init(struct rd_feel_env *env, struct rd_arena *arena);
struct rd_value rd_feel_eval(struct rd_feel_env *env, const struct rd_node *expression);
/* Whether `value` passes the unary tests `tests`: any cell. */
enum rd_tri rd_feel_test_in(struct rd_feel_env *env, const struct rd_node *tests,
                            const struct rd_value *value);
/* The same for tests that are `simple`; allocates nothing. UNKNOWN for others. */
enum rd_tri rd_feel_test(const struct rd_node *tests, const struct rd_value *value);
/* Calls a function by position. Null when `function` is none or the arguments do not fit. */
struct rd_value rd_feel_call(struct rd_feel_env *env, const struct rd_value *function,
                             const struct rd_value *arguments, size_t count);
/* Null with a note; for those who extend the evaluator. */
struct rd_value rd_feel_null(struct rd_feel_env *env, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The type the simple tests ask for: ANY when they do not say (null, "-"), LIST for list contains.
 * When two of them disagree *clash is the second; otherwise NULL. */
enum rd_type rd_feel_tests_type(const struct rd_node *tests, const struct rd_node **clash);

/* Whether the value is of that type, allowed values included. null is of every type. */
bool rd_feel_conforms(struct rd_feel_env *env, const struct rd_value *value,
                      const struct rd_feel_type *type);
/* The value as that type: itself, its only item, a list of it, a date as date and time
 * (DMN 10.3.2.9.4); null with a note when it cannot be. */
struct rd_value rd_feel_coerce(struct rd_feel_env *env, struct rd_value value,
                               const struct rd_feel_type *type);

#endif
