#include "tables.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static struct rd_text owned(struct rd_text text)
{
    char *copy = malloc(text.len + 1);
    rd_require(copy != NULL);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return (struct rd_text){copy, text.len};
}

static void release(struct rd_text text)
{
    union {
        const char *shown;
        char *owned;
    } view = {.shown = text.ptr};
    free(view.owned);
}

void sim_tables_fini(struct sim_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        release(tables->records[i].key);
        release(tables->records[i].value);
    }
    free(tables->records);
    *tables = (struct sim_tables){0};
}

static int compare(const struct sim_record *record, uint32_t table, struct rd_text key)
{
    if (record->table != table)
        return record->table < table ? -1 : 1;
    return rd_text_compare(record->key, key);
}

static size_t find(const struct sim_tables *tables, uint32_t table, struct rd_text key)
{
    size_t low = 0, high = tables->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&tables->records[middle], table, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct sim_record *sim_tables_get(const struct sim_tables *tables, uint32_t table,
                                        struct rd_text key)
{
    size_t index = find(tables, table, key);
    bool there = index < tables->count && compare(&tables->records[index], table, key) == 0;
    return there ? &tables->records[index] : NULL;
}

void sim_tables_put(struct sim_tables *tables, uint32_t table, struct rd_text key,
                    struct rd_text value)
{
    size_t index = find(tables, table, key);
    struct sim_record *at = tables->records + index;
    bool there = index < tables->count && compare(at, table, key) == 0;
    if (there && rd_text_present(value)) {
        struct rd_text old = at->value;
        at->value = owned(value);
        release(old);
        return;
    }
    if (there) {
        release(at->key);
        release(at->value);
        memmove(at, at + 1, (tables->count - index - 1) * sizeof *at);
        tables->count--;
        return;
    }
    if (!rd_text_present(value))
        return;
    if (tables->count == tables->cap) {
        tables->cap = tables->cap == 0 ? 64 : tables->cap * 2;
        tables->records = realloc(tables->records, tables->cap * sizeof *tables->records);
        rd_require(tables->records != NULL);
        at = tables->records + index;
    }
    memmove(at + 1, at, (tables->count - index) * sizeof *at);
    *at = (struct sim_record){table, owned(key), owned(value)};
    tables->count++;
}

size_t sim_tables_differ(const struct sim_tables *a, const struct sim_tables *b)
{
    size_t most = a->count > b->count ? a->count : b->count;
    for (size_t i = 0; i < most; i++)
        if (i >= a->count || i >= b->count ||
            compare(&a->records[i], b->records[i].table, b->records[i].key) != 0 ||
            !rd_text_equal(a->records[i].value, b->records[i].value))
            return i;
    return SIZE_MAX;
}
