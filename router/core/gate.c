/* A ring of held items. Numbers never decrease, so the oldest is always the first that may leave.
 */
#include "core/gate.h"

struct held {
    uint64_t number;
    void *item;
};

struct rd_gate {
    const struct rd_alloc *alloc;
    rd_gate_release *release;
    void *context;
    struct held *ring;
    size_t cap; /* a power of two, or 0 */
    size_t first;
    size_t count;
    uint64_t durable;
    uint64_t last; /* highest number taken: order is the caller's promise */
};

enum { RING_MIN = 64 };

struct rd_gate *rd_gate_new(const struct rd_alloc *alloc, rd_gate_release *release, void *context)
{
    rd_require(release != NULL);
    struct rd_gate *gate = rd_alloc_zeroed(alloc, 1, sizeof *gate);
    if (gate == NULL)
        return NULL;
    gate->alloc = alloc;
    gate->release = release;
    gate->context = context;
    return gate;
}

static void *take_first(struct rd_gate *gate)
{
    rd_require(gate->count > 0);
    void *item = gate->ring[gate->first].item;
    gate->first = (gate->first + 1) & (gate->cap - 1);
    gate->count--;
    return item;
}

void rd_gate_free(struct rd_gate *gate, void (*discard)(void *context, void *item))
{
    if (gate == NULL)
        return;
    while (gate->count > 0) {
        void *item = take_first(gate);
        if (discard != NULL)
            discard(gate->context, item);
    }
    rd_release(gate->alloc, gate->ring);
    rd_release(gate->alloc, gate);
}

static bool grow(struct rd_gate *gate)
{
    size_t cap = gate->cap == 0 ? RING_MIN : gate->cap * 2;
    if (cap < gate->cap)
        return false;
    struct held *ring = rd_alloc_zeroed(gate->alloc, cap, sizeof *ring);
    if (ring == NULL)
        return false;
    for (size_t i = 0; i < gate->count; i++)
        ring[i] = gate->ring[(gate->first + i) & (gate->cap - 1)];
    rd_release(gate->alloc, gate->ring);
    gate->ring = ring;
    gate->cap = cap;
    gate->first = 0;
    return true;
}

enum rd_err rd_gate_hold(struct rd_gate *gate, uint64_t number, void *item)
{
#ifdef RD_PLANT_ANSWER_BEFORE_SYNC
    number = gate->durable;
#endif
#ifdef RD_PLANT_REFUSAL_BYPASSES_GATE
    if (number == 0) {
        gate->release(gate->context, item);
        return RD_OK;
    }
#endif
    rd_require(number >= gate->last);
    /* While something is held nothing overtakes it, even from within a release. */
    if (gate->count == 0 && number <= gate->durable) {
        gate->last = number;
        gate->release(gate->context, item);
        return RD_OK;
    }
    if (gate->count == gate->cap && !grow(gate))
        return RD_E_NOMEM;
    gate->last = number;
    gate->ring[(gate->first + gate->count) & (gate->cap - 1)] = (struct held){number, item};
    gate->count++;
    return RD_OK;
}

void rd_gate_open(struct rd_gate *gate, uint64_t number)
{
    if (number > gate->durable)
        gate->durable = number;
#ifdef RD_PLANT_GATE_OFF_BY_ONE
    uint64_t up_to = gate->durable + 1;
#else
    uint64_t up_to = gate->durable;
#endif
    while (gate->count > 0 && gate->ring[gate->first].number <= up_to)
        gate->release(gate->context, take_first(gate));
}

uint64_t rd_gate_durable(const struct rd_gate *gate)
{
    return gate->durable;
}

size_t rd_gate_held(const struct rd_gate *gate)
{
    return gate->count;
}
