/* The lists as the router tells them: the rows of every watched team, in deadline order, kept in
 * memory from snapshots and changes. A row is owned here and borrowed until the next message.
 * Loop thread only. */
#ifndef RD_WORKLIST_QUEUES_H
#define RD_WORKLIST_QUEUES_H

#include "model/message.h"

enum { WORKLIST_QUEUES_MAX = 64, WORKLIST_CLOSED_MAX = 64 };

struct worklist_kept;

struct worklist_rows {
    struct worklist_kept **items; /* by next_due (0 last), then order, then assignment */
    size_t count, cap;
};

struct worklist_queue {
    struct rd_text team; /* borrowed from the place */
    struct worklist_rows rows;
    struct worklist_rows incoming; /* of a snapshot that is not whole yet */
    bool in_snapshot;
    bool whole; /* a snapshot came to its end once */
};

/* An assignment that left its list: for whoever closed it by mistake. */
struct worklist_closed {
    char assignment[80];
    struct rd_text team; /* borrowed from the place */
    enum rd_outcome outcome;
    rd_instant at;
};

struct worklist_queues {
    struct worklist_queue queues[WORKLIST_QUEUES_MAX];
    size_t queues_count;
    bool away;
    rd_instant away_since; /* 0: never heard of yet */
    struct worklist_closed closed[WORKLIST_CLOSED_MAX];
    size_t closed_next;
    bool failed; /* out of memory: a list may be short */
};

/* `teams` stay the caller's for as long as the queues live. False: more than WORKLIST_QUEUES_MAX.
 */
RD_MUST_CHECK bool worklist_queues_init(struct worklist_queues *queues, const struct rd_text *teams,
                                        size_t teams_count);
void worklist_queues_fini(struct worklist_queues *queues);
/* What rd_outbox_heard brings; NULL: the router went away at `now`. */
void worklist_queues_hear(struct worklist_queues *queues, const struct rd_message *message,
                          rd_instant now);
/* A row as the answer to a command brings it: the change says the same a little later. */
void worklist_queues_note(struct worklist_queues *queues, const struct rd_row *row, rd_instant now);
/* NULL: not in a list that is watched. */
const struct rd_row *worklist_queues_find(const struct worklist_queues *queues,
                                          struct rd_text assignment);
/* NULL: it did not leave a list lately. */
const struct worklist_closed *worklist_queues_closed(const struct worklist_queues *queues,
                                                     struct rd_text assignment);
const struct worklist_queue *worklist_queue_of(const struct worklist_queues *queues,
                                               struct rd_text team);
const struct rd_row *worklist_row_at(const struct worklist_rows *rows, size_t index);
/* Negative: `a` stands before `b`. */
int worklist_row_compare(const struct rd_row *a, const struct rd_row *b);

#endif
