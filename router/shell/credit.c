#include "shell/credit.h"

#include <string.h>

void rd_credit_init(struct rd_credit *credit, const struct rd_alloc *alloc)
{
    *credit = (struct rd_credit){.alloc = alloc};
}

void rd_credit_fini(struct rd_credit *credit)
{
    rd_release(credit->alloc, credit->feeds);
    rd_release(credit->alloc, credit->queue);
    *credit = (struct rd_credit){.alloc = credit->alloc};
}

static struct rd_feed_credit *find(const struct rd_credit *credit, struct rd_text feed)
{
    for (size_t i = 0; i < credit->feeds_count; i++)
        if (rd_text_is(feed, credit->feeds[i].feed))
            return &credit->feeds[i];
    return NULL;
}

bool rd_credit_has(const struct rd_credit *credit, struct rd_text feed, uint64_t bytes)
{
    const struct rd_feed_credit *known = find(credit, feed);
    if (known == NULL || known->submissions == 0)
        return true;
    return known->submissions < RD_FEED_CREDIT_SUBMISSIONS &&
           known->bytes + bytes <= RD_FEED_CREDIT_BYTES;
}

static struct rd_feed_credit *enter(struct rd_credit *credit, struct rd_text feed)
{
    if (feed.len > RD_NAME_BYTES_MAX ||
        !rd_alloc_grow(credit->alloc, (void **)&credit->feeds, &credit->feeds_cap,
                       credit->feeds_count + 1, sizeof *credit->feeds))
        return NULL;
    struct rd_feed_credit *made = &credit->feeds[credit->feeds_count++];
    *made = (struct rd_feed_credit){0};
    memcpy(made->feed, feed.ptr, feed.len);
    return made;
}

bool rd_credit_take(struct rd_credit *credit, struct rd_text feed, uint64_t bytes, uint64_t entry)
{
    struct rd_feed_credit *known = find(credit, feed);
    if (known == NULL)
        known = enter(credit, feed);
    if (known == NULL)
        return false;
    if (credit->first > 0 && credit->first + credit->count == credit->cap) {
        memmove(credit->queue, credit->queue + credit->first,
                credit->count * sizeof *credit->queue);
        credit->first = 0;
    }
    if (!rd_alloc_grow(credit->alloc, (void **)&credit->queue, &credit->cap,
                       credit->first + credit->count + 1, sizeof *credit->queue))
        return false;
    credit->queue[credit->first + credit->count++] =
        (struct rd_outstanding){entry, (size_t)(known - credit->feeds), bytes};
    known->submissions++;
    known->bytes += bytes;
    return true;
}

void rd_credit_return(struct rd_credit *credit, uint64_t durable)
{
    while (credit->count > 0 && credit->queue[credit->first].entry <= durable) {
        const struct rd_outstanding *done = &credit->queue[credit->first];
        credit->feeds[done->feed].submissions--;
        credit->feeds[done->feed].bytes -= done->bytes;
        credit->first++;
        credit->count--;
    }
    if (credit->count == 0)
        credit->first = 0;
}

size_t rd_credit_outstanding(const struct rd_credit *credit)
{
    return credit->count;
}
