#include "rules/engine/builtin_args.h"

/* A point, or one end of a range. */
struct end {
    const struct rd_value *value;
    int beyond; /* -1: before everything, 1: behind everything, 0: at the value */
    bool included;
};
struct span {
    struct end low, high;
    bool point;
};
/* What two spans are compared to; `comparable` gets false when some two ends have no order. */
struct spans {
    struct span a, b;
    bool comparable;
};

static bool span_of(const struct rd_value *value, struct span *out)
{
    if (value->type == RD_TYPE_NULL)
        return false;
    if (value->type != RD_TYPE_RANGE) {
        *out = (struct span){{value, 0, true}, {value, 0, true}, true};
        return true;
    }
    const struct rd_range *range = value->as.range;
    bool from = range->low.type != RD_TYPE_NULL, to = range->high.type != RD_TYPE_NULL;
    *out = (struct span){{&range->low, from ? 0 : -1, from && !range->low_open},
                         {&range->high, to ? 0 : 1, to && !range->high_open},
                         false};
    return range->form != RD_RANGE_UNEQUAL;
}

/* Which arguments a function takes. */
enum shape { POINTS = 1, POINT_RANGE = 2, RANGE_POINT = 4, RANGES = 8 };

static bool want_spans(const struct rd_call *call, unsigned shapes, struct spans *out)
{
    out->comparable = true;
    if (span_of(&call->arguments[0], &out->a) && span_of(&call->arguments[1], &out->b)) {
        unsigned shape = out->a.point ? (out->b.point ? POINTS : POINT_RANGE)
                                      : (out->b.point ? RANGE_POINT : RANGES);
        if ((shape & shapes) != 0)
            return true;
    }
    (void)rd_call_null(call, "these two are not the points and ranges that it compares");
    return false;
}

static int order_of(struct spans *spans, const struct end *a, const struct end *b)
{
    int order = 0;
    if (a->beyond != 0 || b->beyond != 0)
        return a->beyond - b->beyond;
    if (!rd_value_order(a->value, b->value, &order))
        spans->comparable = false;
    return order;
}

static struct rd_value answer(const struct rd_call *call, const struct spans *spans, bool truth)
{
    if (!spans->comparable)
        return rd_call_null(call, "values of different types have no order");
    return rd_value_boolean(truth);
}

static bool lies_before(struct spans *spans, const struct span *a, const struct span *b)
{
    int order = order_of(spans, &a->high, &b->low);
    return order < 0 || (order == 0 && !(a->high.included && b->low.included));
}

/* a begins before b, or with it and at least as early. */
static bool begins_first(struct spans *spans, const struct span *a, const struct span *b)
{
    int order = order_of(spans, &a->low, &b->low);
    return order < 0 || (order == 0 && (a->low.included || !b->low.included));
}

static bool ends_last(struct spans *spans, const struct span *a, const struct span *b)
{
    int order = order_of(spans, &a->high, &b->high);
    return order > 0 || (order == 0 && (a->high.included || !b->high.included));
}

static bool touches(struct spans *spans, const struct span *a, const struct span *b)
{
    return a->high.included && b->low.included && order_of(spans, &a->high, &b->low) == 0;
}

static bool shares(struct spans *spans, const struct span *a, const struct span *b)
{
    int order = order_of(spans, &a->high, &b->low);
    return order > 0 || (order == 0 && a->high.included && b->low.included);
}

/* a begins strictly before b, and ends in it. */
static bool overlaps_front(struct spans *spans, const struct span *a, const struct span *b)
{
    int start = order_of(spans, &a->low, &b->low), end = order_of(spans, &a->high, &b->high);
    return (start < 0 || (start == 0 && a->low.included && !b->low.included)) &&
           shares(spans, a, b) &&
           (end < 0 || (end == 0 && (!a->high.included || b->high.included)));
}

static bool has(struct spans *spans, const struct span *a, const struct span *b)
{
    bool begins = begins_first(spans, a, b), ends = ends_last(spans, a, b);
    if (!b->point)
        return begins && ends;
    int low = order_of(spans, &a->low, &b->low), high = order_of(spans, &a->high, &b->high);
    return (low < 0 || (low == 0 && a->low.included)) &&
           (high > 0 || (high == 0 && a->high.included));
}

/* a and b end together, and a begins no earlier. */
static bool ends_with(struct spans *spans, const struct span *a, const struct span *b)
{
    bool together = order_of(spans, &a->high, &b->high) == 0;
    if (a->point)
        return b->high.included && together;
    return together && a->high.included == b->high.included && begins_first(spans, b, a);
}

static bool starts_with(struct spans *spans, const struct span *a, const struct span *b)
{
    bool together = order_of(spans, &a->low, &b->low) == 0;
    if (a->point)
        return b->low.included && together;
    return together && a->low.included == b->low.included && ends_last(spans, b, a);
}

typedef bool relation(struct spans *spans, const struct span *a, const struct span *b);

/* `turned`: the relation is asked of the second argument to the first. */
static struct rd_value relate(const struct rd_call *call, unsigned shapes, relation *holds,
                              bool turned)
{
    struct spans spans;
    if (!want_spans(call, shapes, &spans))
        return rd_value_null();
    bool truth = turned ? holds(&spans, &spans.b, &spans.a) : holds(&spans, &spans.a, &spans.b);
    return answer(call, &spans, truth);
}

struct rd_value rd_builtin_before(const struct rd_call *call)
{
    return relate(call, POINTS | POINT_RANGE | RANGE_POINT | RANGES, lies_before, false);
}

struct rd_value rd_builtin_after(const struct rd_call *call)
{
    return relate(call, POINTS | POINT_RANGE | RANGE_POINT | RANGES, lies_before, true);
}

struct rd_value rd_builtin_meets(const struct rd_call *call)
{
    return relate(call, RANGES, touches, false);
}

struct rd_value rd_builtin_met_by(const struct rd_call *call)
{
    return relate(call, RANGES, touches, true);
}

static bool share_both_ways(struct spans *spans, const struct span *a, const struct span *b)
{
    bool front = shares(spans, a, b), back = shares(spans, b, a);
    return front && back;
}

struct rd_value rd_builtin_overlaps(const struct rd_call *call)
{
    return relate(call, RANGES, share_both_ways, false);
}

struct rd_value rd_builtin_overlaps_before(const struct rd_call *call)
{
    return relate(call, RANGES, overlaps_front, false);
}

struct rd_value rd_builtin_overlaps_after(const struct rd_call *call)
{
    return relate(call, RANGES, overlaps_front, true);
}

struct rd_value rd_builtin_finishes(const struct rd_call *call)
{
    return relate(call, POINT_RANGE | RANGES, ends_with, false);
}

struct rd_value rd_builtin_finished_by(const struct rd_call *call)
{
    return relate(call, RANGE_POINT | RANGES, ends_with, true);
}

struct rd_value rd_builtin_includes(const struct rd_call *call)
{
    return relate(call, RANGE_POINT | RANGES, has, false);
}

struct rd_value rd_builtin_during(const struct rd_call *call)
{
    return relate(call, POINT_RANGE | RANGES, has, true);
}

struct rd_value rd_builtin_starts(const struct rd_call *call)
{
    return relate(call, POINT_RANGE | RANGES, starts_with, false);
}

struct rd_value rd_builtin_started_by(const struct rd_call *call)
{
    return relate(call, RANGE_POINT | RANGES, starts_with, true);
}

static bool coincide(struct spans *spans, const struct span *a, const struct span *b)
{
    bool low = order_of(spans, &a->low, &b->low) == 0;
    bool high = order_of(spans, &a->high, &b->high) == 0;
    return low && high && a->low.included == b->low.included &&
           a->high.included == b->high.included;
}

struct rd_value rd_builtin_coincides(const struct rd_call *call)
{
    return relate(call, POINTS | RANGES, coincide, false);
}
