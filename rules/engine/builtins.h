/* FEEL's built-in functions: one table of names, parameters and code. Thread: any. */
#ifndef RD_ENGINE_BUILTINS_H
#define RD_ENGINE_BUILTINS_H

#include "rules/engine/feel.h"

enum { RD_BUILTIN_PARAMETERS_MAX = 4 };

/* One call. `arguments` has one value for each parameter of the row, null for one not given. */
struct rd_call {
    struct rd_feel_env *env;
    const struct rd_builtin *builtin;
    const struct rd_value *arguments;
    unsigned given; /* bit i: parameter i was */
    bool by_position;
    size_t offset; /* of the call in its text */
};
enum rd_builtin_many {
    RD_GIVEN, /* the parameters are all there is */
    RD_ITEMS, /* f(a, b, c) is also f([a, b, c]) */
    RD_ALL    /* any number of arguments, which together are the list */
};
/* A row; functions that can be called in several ways have several, one behind the other. */
struct rd_builtin {
    const char *name;
    const char *parameters; /* their names, separated by ',' */
    unsigned needed;        /* so many of them must be given */
    enum rd_builtin_many many;
    struct rd_value (*call)(const struct rd_call *call);
};
extern const struct rd_builtin rd_builtins[];
extern const size_t rd_builtins_count;

/* NULL: none of that name. */
const struct rd_builtin *rd_builtin_find(struct rd_text name);
/* Calls the row of `first`'s name that the arguments fit; `names` NULL: by position. */
struct rd_value rd_builtin_call(struct rd_feel_env *env, const struct rd_builtin *first,
                                const struct rd_value *arguments, const struct rd_text *names,
                                size_t count, size_t offset);

/* Any of the texts that may stand behind '@'. */
bool rd_moment_parse(struct rd_text text, struct rd_value *out);

#endif
