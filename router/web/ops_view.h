/* What the ops page and /metrics are made from: the core's counts and the shell's own. No patient
 * data. Plain values. Thread: any. */
#ifndef RD_WEB_OPS_VIEW_H
#define RD_WEB_OPS_VIEW_H

#include "base/buf.h"
#include "model/message.h"

struct rd_ops_view {
    const struct rd_status *status; /* with durable_entry, started_at, ready and draining set */
    const char *not_ready;          /* why, in words; NULL: ready */
    uint64_t steps;                 /* of the core since the start */
    uint64_t gate_held;             /* sends that wait for the disk */
    uint64_t entries_waiting;       /* on their way to the disk */
    uint64_t bodies_waiting;        /* answers that the reader thread fills */
    uint64_t peers;
    uint64_t busy_answers;     /* since the start: submissions answered "not now" */
    uint64_t messages_refused; /* since the start: could not be decoded */
    uint64_t messages_dropped; /* since the start: no user, own routing id, form */
    uint64_t sessions_dropped; /* since the start: peer gone or too slow */
    uint64_t events_dropped;   /* since the start: of the event feed */
    uint64_t alarm_runs, alarm_failures, alarm_missed;
    int64_t clock_drift_us; /* wall clock minus business time */
    bool clock_jumped, clock_behind;
    uint64_t disk_free_bytes;
    bool disk_low;
    bool chain_verified;    /* the whole of it, since the start */
    uint64_t rules_refused; /* since the start: rule sets that did not load */
};

#endif
