#include "rules/engine/builtin_args.h"

#include <string.h>

static size_t count_of(const struct rd_value *list)
{
    return list->as.list.count;
}

/* `count` nulls, to be filled; NULL: no room or steps. */
static struct rd_value *new_items(const struct rd_call *call, size_t count)
{
    return rd_eval_steps(call->env, count) ? rd_eval_take(call->env, count, sizeof(struct rd_value))
                                           : NULL;
}

static void copy_items(struct rd_value *to, const struct rd_value *from, size_t count)
{
    if (count > 0)
        memcpy(to, from, count * sizeof *to);
}

struct rd_value rd_builtin_list_contains(const struct rd_call *call)
{
    struct rd_value list;
    if (!rd_want_list(call, 0, &list) || !rd_eval_steps(call->env, count_of(&list)))
        return rd_value_null();
    return rd_tri_value(rd_value_contains_in(&list, &call->arguments[1], &call->env->steps_left));
}

struct rd_value rd_builtin_count(const struct rd_call *call)
{
    struct rd_value list;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    return rd_value_int((int64_t)count_of(&list));
}

/* Three-valued; a value that is neither boolean nor null makes the whole null. */
static struct rd_value all_or_any(const struct rd_call *call, bool all)
{
    struct rd_value list;
    enum rd_tri truth = all ? RD_TRUE : RD_FALSE;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    for (size_t i = 0; i < count_of(&list); i++) {
        const struct rd_value *item = &list.as.list.items[i];
        if (item->type != RD_TYPE_BOOLEAN && item->type != RD_TYPE_NULL)
            return rd_call_null(call, "an item is no boolean");
        enum rd_tri next = rd_value_tri(item);
        truth = all ? rd_tri_and(truth, next) : rd_tri_or(truth, next);
    }
    return rd_tri_value(truth);
}

struct rd_value rd_builtin_all(const struct rd_call *call)
{
    return all_or_any(call, true);
}

struct rd_value rd_builtin_any(const struct rd_call *call)
{
    return all_or_any(call, false);
}

/* A position from 1, or from the end when negative, as an index from 0. */
static bool want_position(const struct rd_call *call, size_t argument, size_t count, size_t *out)
{
    int64_t position = 0, most = (int64_t)count;
    if (!rd_want_whole(call, argument, &position))
        return false;
    if (position == 0 || position > most || position < -most) {
        (void)rd_call_null(call, "the position is outside the list");
        return false;
    }
    *out = (size_t)(position > 0 ? position - 1 : most + position);
    return true;
}

struct rd_value rd_builtin_sublist(const struct rd_call *call)
{
    struct rd_value list;
    size_t start = 0;
    if (!rd_want_list(call, 0, &list) || !want_position(call, 1, count_of(&list), &start))
        return rd_value_null();
    int64_t length = (int64_t)(count_of(&list) - start), asked = length;
    if (rd_was_given(call, 2) && call->arguments[2].type != RD_TYPE_NULL &&
        !rd_want_whole(call, 2, &asked))
        return rd_value_null();
    if (asked < 0 || asked > length)
        return rd_call_null(call, "the length is outside the list");
    return rd_value_list(list.as.list.items + start, (size_t)asked);
}

struct rd_value rd_builtin_append(const struct rd_call *call)
{
    const struct rd_value *all = &call->arguments[0];
    struct rd_call first = *call;
    struct rd_value list;
    first.arguments = all->as.list.items;
    if (all->type != RD_TYPE_LIST)
        return rd_call_null(call, "no list");
    if (!rd_want_list(&first, 0, &list))
        return rd_value_null();
    size_t count = count_of(&list), more = count_of(all) - 1;
    struct rd_value *items = new_items(call, count + more);
    if (items == NULL)
        return rd_value_null();
    copy_items(items, list.as.list.items, count);
    copy_items(items + count, all->as.list.items + 1, more);
    return rd_value_list(items, count + more);
}

struct rd_value rd_builtin_append_item(const struct rd_call *call)
{
    struct rd_call all = *call;
    struct rd_value both = rd_value_list(call->arguments, 2);
    all.arguments = &both;
    return rd_builtin_append(&all);
}

/* All lists of the list one behind the other; NULL in items: not all are lists. */
static struct rd_value joined(const struct rd_call *call)
{
    const struct rd_value *all = &call->arguments[0];
    struct rd_list out = {.count = 0};
    if (all->type != RD_TYPE_LIST)
        return rd_call_null(call, "no list");
    for (size_t i = 0; i < count_of(all); i++) {
        const struct rd_value *list = &all->as.list.items[i];
        bool single = list->type != RD_TYPE_LIST;
        if (list->type == RD_TYPE_NULL)
            return rd_call_null(call, "null instead of a list");
        for (size_t j = 0; j < (single ? 1 : count_of(list)); j++)
            if (!rd_list_add(call->env, &out, single ? *list : list->as.list.items[j]))
                return rd_value_null();
    }
    return rd_list_value(&out);
}

struct rd_value rd_builtin_concatenate(const struct rd_call *call)
{
    return joined(call);
}

/* Each value once, where it first stands. */
static struct rd_value distinct(const struct rd_call *call, const struct rd_value *list)
{
    struct rd_list out = {.count = 0};
    if (list->type != RD_TYPE_LIST)
        return rd_value_null();
    for (size_t i = 0; i < count_of(list); i++) {
        struct rd_value so_far = rd_list_value(&out);
        const struct rd_value *item = &list->as.list.items[i];
        if (!rd_eval_steps(call->env, 1 + out.count))
            return rd_value_null();
        if (rd_value_contains_in(&so_far, item, &call->env->steps_left) != RD_TRUE &&
            !rd_list_add(call->env, &out, *item))
            return rd_value_null();
    }
    return rd_list_value(&out);
}

struct rd_value rd_builtin_union(const struct rd_call *call)
{
    struct rd_value list = joined(call);
    return distinct(call, &list);
}

struct rd_value rd_builtin_distinct_values(const struct rd_call *call)
{
    struct rd_value list;
    return rd_want_list(call, 0, &list) ? distinct(call, &list) : rd_value_null();
}

struct rd_value rd_builtin_insert_before(const struct rd_call *call)
{
    struct rd_value list;
    size_t at = 0;
    if (!rd_want_list(call, 0, &list) || !want_position(call, 1, count_of(&list), &at))
        return rd_value_null();
    size_t count = count_of(&list);
    struct rd_value *items = new_items(call, count + 1);
    if (items == NULL)
        return rd_value_null();
    copy_items(items, list.as.list.items, at);
    items[at] = call->arguments[2];
    copy_items(items + at + 1, list.as.list.items + at, count - at);
    return rd_value_list(items, count + 1);
}

struct rd_value rd_builtin_remove(const struct rd_call *call)
{
    struct rd_value list;
    size_t at = 0;
    if (!rd_want_list(call, 0, &list) || !want_position(call, 1, count_of(&list), &at))
        return rd_value_null();
    size_t count = count_of(&list);
    struct rd_value *items = new_items(call, count);
    if (items == NULL)
        return rd_value_null();
    copy_items(items, list.as.list.items, at);
    copy_items(items + at, list.as.list.items + at + 1, count - at - 1);
    return rd_value_list(items, count - 1);
}

static struct rd_value replace_matching(const struct rd_call *call, const struct rd_value *list,
                                        const struct rd_value *match)
{
    size_t count = count_of(list);
    struct rd_value *items = new_items(call, count);
    if (items == NULL)
        return rd_value_null();
    for (size_t i = 0; i < count; i++) {
        struct rd_value arguments[] = {list->as.list.items[i], call->arguments[2]};
        struct rd_value hit = rd_feel_call(call->env, match, arguments, 2);
        if (hit.type != RD_TYPE_BOOLEAN)
            return rd_call_null(call, "'match' gives no boolean");
        items[i] = hit.as.boolean ? call->arguments[2] : list->as.list.items[i];
    }
    return rd_value_list(items, count);
}

struct rd_value rd_builtin_list_replace(const struct rd_call *call)
{
    struct rd_value list;
    size_t at = 0;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    if (call->arguments[1].type == RD_TYPE_FUNCTION)
        return replace_matching(call, &list, &call->arguments[1]);
    if (!want_position(call, 1, count_of(&list), &at))
        return rd_value_null();
    struct rd_value *items = new_items(call, count_of(&list));
    if (items == NULL)
        return rd_value_null();
    copy_items(items, list.as.list.items, count_of(&list));
    items[at] = call->arguments[2];
    return rd_value_list(items, count_of(&list));
}

struct rd_value rd_builtin_reverse(const struct rd_call *call)
{
    struct rd_value list;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    size_t count = count_of(&list);
    struct rd_value *items = new_items(call, count);
    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = list.as.list.items[count - 1 - i];
    return items == NULL ? rd_value_null() : rd_value_list(items, count);
}

struct rd_value rd_builtin_index_of(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_list out = {.count = 0};
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    for (size_t i = 0; i < count_of(&list); i++)
        if (!rd_eval_steps(call->env, 1) ||
            (rd_value_equal_in(&list.as.list.items[i], &call->arguments[1],
                               &call->env->steps_left) == RD_TRUE &&
             !rd_list_add(call->env, &out, rd_value_int((int64_t)i + 1))))
            return rd_value_null();
    return rd_list_value(&out);
}

/* Lists inside lists on a stack of our own: where each of them is gone on with. */
struct rd_value rd_builtin_flatten(const struct rd_call *call)
{
    struct rd_value stack[RD_VALUE_DEPTH_MAX];
    size_t next[RD_VALUE_DEPTH_MAX] = {0}, depth = 1;
    struct rd_list out = {.count = 0};
    if (!rd_want_list(call, 0, &stack[0]))
        return rd_value_null();
    while (depth > 0) {
        struct rd_value *list = &stack[depth - 1];
        if (next[depth - 1] == count_of(list)) {
            depth--;
            continue;
        }
        const struct rd_value *item = &list->as.list.items[next[depth - 1]++];
        if (item->type != RD_TYPE_LIST) {
            if (!rd_list_add(call->env, &out, *item))
                return rd_value_null();
        } else if (depth == RD_VALUE_DEPTH_MAX) {
            return rd_call_null(call, "lists too deep inside one another");
        } else if (!rd_eval_steps(call->env, 1)) {
            return rd_value_null();
        } else {
            stack[depth] = *item;
            next[depth++] = 0;
        }
    }
    return rd_list_value(&out);
}

/* One pass: runs of `width` of `from`, in order already, are merged two by two into `to`. */
static bool merge_runs(const struct rd_call *call, const struct rd_value *from, struct rd_value *to,
                       size_t count, size_t width)
{
    for (size_t start = 0; start < count; start += 2 * width) {
        size_t middle = start + width < count ? start + width : count;
        size_t end = middle + width < count ? middle + width : count;
        size_t left = start, right = middle;
        for (size_t at = start; at < end; at++) {
            bool take_right = left == middle;
            if (left < middle && right < end) { /* stable: right only when it precedes */
                struct rd_value pair[] = {from[right], from[left]};
                struct rd_value first = rd_feel_call(call->env, &call->arguments[1], pair, 2);
                if (first.type != RD_TYPE_BOOLEAN)
                    return false;
                take_right = first.as.boolean;
            }
            to[at] = take_right ? from[right++] : from[left++];
        }
    }
    return true;
}

struct rd_value rd_builtin_sort(const struct rd_call *call)
{
    struct rd_value list;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    size_t count = count_of(&list);
    struct rd_value *items = new_items(call, count), *other = new_items(call, count);
    if (items == NULL || other == NULL)
        return rd_value_null();
    if (call->arguments[1].type != RD_TYPE_FUNCTION)
        return rd_call_null(call, "'precedes' is no function");
    copy_items(items, list.as.list.items, count);
    for (size_t width = 1; width < count; width *= 2) {
        if (!merge_runs(call, items, other, count, width))
            return rd_call_null(call, "'precedes' gives no boolean");
        struct rd_value *swap = items;
        items = other;
        other = swap;
    }
    return rd_value_list(items, count);
}
