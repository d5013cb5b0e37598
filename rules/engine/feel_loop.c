#include "rules/engine/eval.h"

/* What one iterator runs over: a list, or whole numbers or days from `start` on. */
struct domain {
    enum rd_type type; /* LIST, NUMBER, DATE */
    struct rd_value list;
    int64_t start, step;
    size_t count, next;
};

static struct rd_value item_of(const struct domain *domain, size_t index)
{
    int64_t at = domain->start + domain->step * (int64_t)index;
    struct rd_value value = {.type = RD_TYPE_DATE};
    if (domain->type == RD_TYPE_LIST)
        return domain->list.as.list.items[index];
    if (domain->type == RD_TYPE_NUMBER)
        return rd_value_int(at);
    return rd_date_of_days(at, &value.as.date) ? value : rd_value_null();
}

/* A number or date as something to count from. */
static bool counted(const struct rd_value *value, int64_t *out)
{
    if (value->type == RD_TYPE_NUMBER)
        return rd_decimal_is_whole(value->as.number) && rd_decimal_to_i64(value->as.number, out) &&
               *out > -INT64_C(1000000000000000) && *out < INT64_C(1000000000000000);
    if (value->type != RD_TYPE_DATE)
        return false;
    *out = rd_date_days(value->as.date);
    return true;
}

/* From `low` to `high`, up or down. */
static bool run_over(const struct rd_value *low, const struct rd_value *high, struct domain *out)
{
    int64_t from = 0, to = 0;
    if (low->type != high->type || !counted(low, &from) || !counted(high, &to))
        return false;
    *out = (struct domain){.type = low->type,
                           .start = from,
                           .step = from <= to ? 1 : -1,
                           .count = (size_t)(from <= to ? to - from : from - to) + 1};
    return true;
}

static bool run_over_range(const struct rd_range *range, struct domain *out)
{
    if (range->form != RD_RANGE_INTERVAL || !run_over(&range->low, &range->high, out))
        return false;
    if (range->low_open) {
        out->start++;
        out->count -= out->count > 0;
    }
    out->count -= range->high_open && out->count > 0;
    return true;
}

static bool open_domain(struct rd_feel_env *env, const struct rd_iterator *iterator,
                        struct domain *out)
{
    struct rd_value value = rd_feel_eval(env, iterator->domain);
    if (iterator->to != NULL) {
        struct rd_value to = rd_feel_eval(env, iterator->to);
        if (run_over(&value, &to, out))
            return true;
        (void)rd_feel_null(env, iterator->domain->offset,
                           "from %s to %s; expected two whole numbers or two dates",
                           rd_type_article(value.type), rd_type_article(to.type));
        return false;
    }
    if (value.type == RD_TYPE_RANGE && run_over_range(value.as.range, out))
        return true;
    if (value.type == RD_TYPE_NULL || value.type == RD_TYPE_RANGE) {
        (void)rd_feel_null(env, iterator->domain->offset, "nothing to go through in %s",
                           rd_type_article(value.type));
        return false;
    }
    *out = (struct domain){.type = RD_TYPE_LIST, .list = value, .count = value.as.list.count};
    if (value.type == RD_TYPE_LIST)
        return true;
    struct rd_list one = {.count = 0};
    if (!rd_list_add(env, &one, value))
        return false;
    out->list = rd_list_value(&one);
    out->count = 1;
    return true;
}

struct loop {
    struct rd_feel_env *env;
    const struct rd_node *node;
    struct domain *domains;
    struct rd_member *entries; /* one for each iterator, then "partial" */
    struct rd_scope *scope;
    struct rd_list results; /* FOR */
    enum rd_tri truth;      /* SOME, EVERY */
    bool wrong;             /* the whole is null */
};

/* The body with what the iterators stand at; false: the loop is over. A function that the body
 * makes keeps these names, and so gets a frame of its own. */
static bool run_once(struct loop *loop)
{
    struct rd_feel_env *env = loop->env;
    size_t count = loop->node->as.loop.count;
    bool list = loop->node->kind == RD_NODE_FOR, every = loop->node->kind == RD_NODE_EVERY;
    if (list)
        loop->entries[count].value = rd_list_value(&loop->results);
    loop->scope->count = count + (list ? 1 : 0);
    if (loop->node->makes_function) {
        struct rd_member *own = rd_eval_take(env, count + 1, sizeof *own);
        struct rd_scope *scope = rd_eval_take(env, 1, sizeof *scope);
        if (own == NULL || scope == NULL)
            return false;
        for (size_t i = 0; i <= count; i++)
            own[i] = loop->entries[i];
        *scope = (struct rd_scope){loop->scope->parent, own, loop->scope->count};
        env->scope = scope;
    }
    struct rd_value value = rd_feel_eval(env, loop->node->children[0]);
    env->scope = loop->scope;
    if (list)
        return rd_list_add(env, &loop->results, value);
    if (value.type != RD_TYPE_BOOLEAN && value.type != RD_TYPE_NULL) {
        (void)rd_feel_null(env, loop->node->offset, "the condition is %s; expected a boolean",
                           rd_type_article(value.type));
        loop->wrong = true;
        return false;
    }
    enum rd_tri next = rd_value_tri(&value);
    loop->truth = every ? rd_tri_and(loop->truth, next) : rd_tri_or(loop->truth, next);
    return loop->truth != (every ? RD_FALSE : RD_TRUE);
}

/* Like the wheels of a counter: the last iterator turns fastest, and each wheel is looked up anew
 * when the one before it has moved. */
static void run_all(struct loop *loop)
{
    size_t count = loop->node->as.loop.count, wheel = 0;
    bool going = true, opened = false;
    while (going) {
        struct domain *domain = &loop->domains[wheel];
        loop->scope->count = wheel;
        if (!opened) {
            opened = open_domain(loop->env, &loop->node->as.loop.iterators[wheel], domain);
            loop->wrong = !opened;
            going = opened;
            continue;
        }
        if (domain->next == domain->count) {
            going = wheel > 0;
            wheel -= wheel > 0;
            continue;
        }
        loop->entries[wheel].value = item_of(domain, domain->next++);
        if (!rd_eval_steps(loop->env, 1)) {
            going = false;
        } else if (wheel + 1 == count) {
            going = run_once(loop);
        } else {
            wheel++;
            opened = false;
        }
    }
}

struct rd_value rd_eval_loop(struct rd_feel_env *env, const struct rd_node *node)
{
    size_t count = node->as.loop.count;
    struct loop loop = {.env = env,
                        .node = node,
                        .domains = rd_eval_take(env, count, sizeof *loop.domains),
                        .entries = rd_eval_take(env, count + 1, sizeof *loop.entries),
                        .scope = rd_eval_take(env, 1, sizeof *loop.scope),
                        .truth = node->kind == RD_NODE_EVERY ? RD_TRUE : RD_FALSE};
    if (loop.domains == NULL || loop.entries == NULL || loop.scope == NULL)
        return rd_value_null();
    for (size_t i = 0; i < count; i++)
        loop.entries[i].name = node->as.loop.iterators[i].name;
    loop.entries[count].name = RD_TEXT("partial");
    *loop.scope = (struct rd_scope){env->scope, loop.entries, 0};
    env->scope = loop.scope;
    run_all(&loop);
    env->scope = loop.scope->parent;
    if (loop.wrong || env->full || env->steps_left == 0)
        return rd_value_null();
    return node->kind == RD_NODE_FOR ? rd_list_value(&loop.results) : rd_tri_value(loop.truth);
}

static struct rd_value item_at(struct rd_feel_env *env, const struct rd_node *node,
                               const struct rd_value *list, struct rd_decimal index)
{
    int64_t at = 0, count = (int64_t)list->as.list.count;
    if (rd_decimal_to_i64(index, &at) && at > 0 && at <= count)
        return list->as.list.items[at - 1];
    if (at < 0 && at >= -count)
        return list->as.list.items[count + at];
    return rd_feel_null(env, node->offset, "there is no such item in a list of %lld",
                        (long long)count);
}

/* The filter's condition with `item` and, when it is a context, its entries in sight. */
static struct rd_value test_item(struct rd_feel_env *env, const struct rd_node *condition,
                                 const struct rd_value *item)
{
    const struct rd_scope *outside = env->scope;
    struct rd_scope *scopes = rd_eval_take(env, 2, sizeof *scopes);
    struct rd_member *own = rd_eval_take(env, 1, sizeof *own);
    if (scopes == NULL || own == NULL)
        return rd_value_null();
    *own = (struct rd_member){RD_TEXT("item"), *item};
    scopes[0] = (struct rd_scope){outside, own, 1};
    env->scope = &scopes[0];
    if (item->type == RD_TYPE_CONTEXT) {
        scopes[1] =
            (struct rd_scope){&scopes[0], item->as.context->entries, item->as.context->count};
        env->scope = &scopes[1];
    }
    struct rd_value value = rd_feel_eval(env, condition);
    env->scope = outside;
    return value;
}

static struct rd_value filter_list(struct rd_feel_env *env, const struct rd_node *node,
                                   const struct rd_value *list)
{
    const struct rd_node *condition = node->children[1];
    struct rd_list kept = {.count = 0};
    for (size_t i = 0; i < list->as.list.count; i++) {
        const struct rd_value *item = &list->as.list.items[i];
        struct rd_value value = test_item(env, condition, item);
        if (value.type == RD_TYPE_NUMBER && i == 0) { /* an index that had to be worked out */
            value = rd_feel_eval(env, condition);
            if (value.type == RD_TYPE_NUMBER)
                return item_at(env, node, list, value.as.number);
        }
        if (value.type != RD_TYPE_BOOLEAN && value.type != RD_TYPE_NULL)
            return rd_feel_null(env, node->offset,
                                "the filter is %s; expected a boolean or a number",
                                rd_type_article(value.type));
        if (value.type == RD_TYPE_BOOLEAN && value.as.boolean && !rd_list_add(env, &kept, *item))
            return rd_value_null();
        if (env->full || env->steps_left == 0)
            return rd_value_null();
    }
    return rd_list_value(&kept);
}

struct rd_value rd_eval_filter(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]);
    const struct rd_node *condition = node->children[1];
    struct rd_list one = {.count = 0};
    if (value.type == RD_TYPE_NULL)
        return value;
    if (value.type != RD_TYPE_LIST) {
        if (!rd_list_add(env, &one, value))
            return rd_value_null();
        value = rd_list_value(&one);
    }
    if (condition->kind == RD_NODE_LITERAL && condition->as.literal.type == RD_TYPE_NUMBER)
        return item_at(env, node, &value, condition->as.literal.as.number);
    return filter_list(env, node, &value);
}
