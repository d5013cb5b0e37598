/* What the parts of the evaluator share. Not for others. */
#ifndef RD_ENGINE_EVAL_H
#define RD_ENGINE_EVAL_H

#include "rules/engine/builtins.h"

/* A list that grows in the env's arena. */
struct rd_list {
    struct rd_value *items;
    size_t count;
};
/* False: the arena is full, which the env then says, or a step too many. */
bool rd_list_add(struct rd_feel_env *env, struct rd_list *list, struct rd_value value);
struct rd_value rd_list_value(const struct rd_list *list);
/* Zeroed; NULL with env->full. */
void *rd_eval_take(struct rd_feel_env *env, size_t count, size_t size);
/* Takes steps off the budget; false when there are not so many. */
bool rd_eval_steps(struct rd_feel_env *env, size_t steps);

enum rd_tri rd_value_tri(const struct rd_value *value); /* UNKNOWN for what is no boolean */
struct rd_value rd_tri_value(enum rd_tri truth);
enum rd_tri rd_compare(enum rd_compare_op op, const struct rd_value *left,
                       const struct rd_value *right, size_t *steps);
/* Whether the interval has the value. */
enum rd_tri rd_range_has(const struct rd_range *range, const struct rd_value *value, size_t *steps);
/* The only item of a list of one; otherwise the value itself. */
struct rd_value rd_value_single(struct rd_value value);
/* "a number", "a list", "null": for notes. */
const char *rd_type_article(enum rd_type type);

/* feel_arith.c */
struct rd_value rd_eval_arith(struct rd_feel_env *env, const struct rd_node *node);
struct rd_value rd_eval_negate(struct rd_feel_env *env, const struct rd_node *node);
/* feel_loop.c */
struct rd_value rd_eval_loop(struct rd_feel_env *env, const struct rd_node *node);
struct rd_value rd_eval_filter(struct rd_feel_env *env, const struct rd_node *node);
/* feel_path.c */
struct rd_value rd_eval_path(struct rd_feel_env *env, const struct rd_node *node);
/* feel_call.c */
struct rd_value rd_eval_call(struct rd_feel_env *env, const struct rd_node *node);
struct rd_value rd_eval_function(struct rd_feel_env *env, const struct rd_node *node);
struct rd_value rd_eval_name(struct rd_feel_env *env, const struct rd_node *node);
/* feel_type.c */
struct rd_value rd_eval_instance_of(struct rd_feel_env *env, const struct rd_node *node);

#endif
