#include "adapters/worklist/queues.h"

#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES_MAX = 256 * 1024 };

struct worklist_kept {
    struct rd_row row;
    struct rd_arena arena;
};

static void kept_free(struct worklist_kept *kept)
{
    rd_arena_fini(&kept->arena);
    free(kept);
}

static struct worklist_kept *kept_of(const struct rd_row *row)
{
    struct worklist_kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return NULL;
    rd_arena_init(&kept->arena, rd_alloc_heap(), ROW_BYTES_MAX);
    if (rd_shape_copy(&rd_row_shape, row, &kept->arena, &kept->row) == RD_OK)
        return kept;
    kept_free(kept);
    return NULL;
}

int worklist_row_compare(const struct rd_row *a, const struct rd_row *b)
{
    if (a->next_due != b->next_due) {
        if (a->next_due == 0 || b->next_due == 0)
            return a->next_due == 0 ? 1 : -1;
        return a->next_due < b->next_due ? -1 : 1;
    }
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return rd_text_compare(a->assignment, b->assignment);
}

const struct rd_row *worklist_row_at(const struct worklist_rows *rows, size_t index)
{
    return &rows->items[index]->row;
}

static void rows_clear(struct worklist_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        kept_free(rows->items[i]);
    free(rows->items);
    *rows = (struct worklist_rows){0};
}

static void rows_remove(struct worklist_rows *rows, struct rd_text assignment)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!rd_text_equal(rows->items[i]->row.assignment, assignment))
            continue;
        kept_free(rows->items[i]);
        rows->count--;
        for (; i < rows->count; i++)
            rows->items[i] = rows->items[i + 1];
        return;
    }
}

static bool rows_put(struct worklist_rows *rows, const struct rd_row *row)
{
    struct worklist_kept *kept = kept_of(row);
    void *items = rows->items;
    if (kept == NULL)
        return false;
    if (!rd_alloc_grow(rd_alloc_heap(), &items, &rows->cap, rows->count + 2, sizeof(void *))) {
        kept_free(kept);
        return false;
    }
    rows->items = items;
    rows_remove(rows, row->assignment);
    size_t low = 0;
    for (size_t high = rows->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (worklist_row_compare(&rows->items[middle]->row, &kept->row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t k = rows->count; k > low; k--)
        rows->items[k] = rows->items[k - 1];
    rows->items[low] = kept;
    rows->count++;
    return true;
}

bool worklist_queues_init(struct worklist_queues *queues, const struct rd_text *teams,
                          size_t teams_count)
{
    *queues = (struct worklist_queues){.away = true};
    if (teams_count > WORKLIST_QUEUES_MAX)
        return false;
    for (size_t i = 0; i < teams_count; i++)
        queues->queues[i].team = teams[i];
    queues->queues_count = teams_count;
    return true;
}

void worklist_queues_fini(struct worklist_queues *queues)
{
    for (size_t i = 0; i < queues->queues_count; i++) {
        rows_clear(&queues->queues[i].rows);
        rows_clear(&queues->queues[i].incoming);
    }
    queues->queues_count = 0;
}

const struct worklist_queue *worklist_queue_of(const struct worklist_queues *queues,
                                               struct rd_text team)
{
    for (size_t i = 0; i < queues->queues_count; i++)
        if (rd_text_equal(queues->queues[i].team, team))
            return &queues->queues[i];
    return NULL;
}

static struct worklist_queue *find(struct worklist_queues *queues, struct rd_text team)
{
    for (size_t i = 0; i < queues->queues_count; i++)
        if (rd_text_equal(queues->queues[i].team, team))
            return &queues->queues[i];
    return NULL;
}

static void note_closed(struct worklist_queues *queues, const struct worklist_queue *queue,
                        const struct rd_row *row, rd_instant now)
{
    struct worklist_closed *closed = &queues->closed[queues->closed_next];
    queues->closed_next = (queues->closed_next + 1) % WORKLIST_CLOSED_MAX;
    (void)snprintf(closed->assignment, sizeof closed->assignment, "%.*s",
                   RD_TEXT_ARG(row->assignment));
    closed->team = queue->team;
    closed->outcome = row->outcome;
    closed->at = now;
}

static void hear_change(struct worklist_queues *queues, const struct rd_change *change,
                        rd_instant now)
{
    struct worklist_queue *queue = find(queues, change->queue);
    if (queue == NULL || change->row == NULL)
        return;
    if (change->what != RD_ROW_REMOVED) {
        queues->failed = !rows_put(&queue->rows, change->row) || queues->failed;
        return;
    }
    rows_remove(&queue->rows, change->row->assignment);
    note_closed(queues, queue, change->row, now);
}

void worklist_queues_note(struct worklist_queues *queues, const struct rd_row *row, rd_instant now)
{
    struct worklist_queue *queue = find(queues, row->team);
    if (queue == NULL)
        return;
    if (row->phase != RD_ASSIGNMENT_CLOSED) {
        queues->failed = !rows_put(&queue->rows, row) || queues->failed;
        return;
    }
    rows_remove(&queue->rows, row->assignment);
    note_closed(queues, queue, row, now);
}

static void begin_snapshot(struct worklist_queue *queue)
{
    if (queue == NULL)
        return;
    rows_clear(&queue->incoming);
    queue->in_snapshot = true;
}

static void end_snapshot(struct worklist_queue *queue)
{
    if (queue == NULL || !queue->in_snapshot)
        return;
    rows_clear(&queue->rows);
    queue->rows = queue->incoming;
    queue->incoming = (struct worklist_rows){0};
    queue->in_snapshot = false;
    queue->whole = true;
}

void worklist_queues_hear(struct worklist_queues *queues, const struct rd_message *message,
                          rd_instant now)
{
    if (message == NULL) {
        if (!queues->away)
            queues->away_since = now;
        queues->away = true;
        return;
    }
    if (message->welcome != NULL) {
        queues->away = false;
    } else if (message->snapshot_begin != NULL) {
        begin_snapshot(find(queues, message->snapshot_begin->queue));
    } else if (message->snapshot_row != NULL && message->snapshot_row->row != NULL) {
        struct worklist_queue *queue = find(queues, message->snapshot_row->queue);
        if (queue != NULL && queue->in_snapshot)
            queues->failed =
                !rows_put(&queue->incoming, message->snapshot_row->row) || queues->failed;
    } else if (message->snapshot_end != NULL) {
        end_snapshot(find(queues, message->snapshot_end->queue));
    } else if (message->change != NULL) {
        hear_change(queues, message->change, now);
    }
}

const struct rd_row *worklist_queues_find(const struct worklist_queues *queues,
                                          struct rd_text assignment)
{
    for (size_t i = 0; i < queues->queues_count; i++) {
        const struct worklist_rows *rows = &queues->queues[i].rows;
        for (size_t k = 0; k < rows->count; k++)
            if (rd_text_equal(rows->items[k]->row.assignment, assignment))
                return &rows->items[k]->row;
    }
    return NULL;
}

const struct worklist_closed *worklist_queues_closed(const struct worklist_queues *queues,
                                                     struct rd_text assignment)
{
    for (size_t back = 1; back <= WORKLIST_CLOSED_MAX; back++) {
        size_t index = (queues->closed_next + WORKLIST_CLOSED_MAX - back) % WORKLIST_CLOSED_MAX;
        if (rd_text_is(assignment, queues->closed[index].assignment))
            return &queues->closed[index];
    }
    return NULL;
}
