/* The operator's alarm command: one program, run for every alarm that the core raises and for the
 * router's own (disk, clock). It gets identifiers and kinds in its environment, nothing of a
 * person:
 *
 *   RD_ALARM       stage, decay, no-consumer, quarantine, conflict ... disk-low, clock-jump
 *   RD_STAGE       claim-by, warning, breach, repeat, auto-reject (with stage)
 *   RD_PLACE RD_ENTRY RD_AT RD_REFERRAL RD_ASSIGNMENT RD_TEAM RD_FEED RD_QUARANTINE RD_DUE
 *   RD_ESCALATE_TO RD_PERSON   the rota, and who is on it: staff
 *   RD_MISSED      alarms of this kind that were not run because too many waited
 *
 * One run at a time per kind, at most one start in RD_ALARM_PAUSE_MS per kind, at most
 * RD_ALARM_QUEUE_MAX waiting per kind (more are counted and told in RD_MISSED), RD_ALARM_RUN_MS for
 * a run. A failure is logged and counted; the alarm itself is in the ledger and on the page
 * whatever the program does. Loop thread only. */
#ifndef RD_SHELL_ALARMS_H
#define RD_SHELL_ALARMS_H

#include "model/entry.h"

#include <uv.h>

enum {
    RD_ALARM_QUEUE_MAX = 256,
    RD_ALARM_PAUSE_MS = 100,
    RD_ALARM_RUN_MS = 30000,
    RD_ALARM_NOTE_BYTES_MAX = 2048
};

/* Kinds of the router itself, after those of the contract. */
enum rd_own_alarm { RD_OWN_ALARM_DISK = 101, RD_OWN_ALARM_CLOCK };

/* What one run is told: NUL-separated "NAME=value" strings, ready for an environment. */
struct rd_alarm_note {
    struct rd_alarm_note *next;
    int kind; /* rd_alarm_kind or rd_own_alarm */
    size_t len;
    char text[RD_ALARM_NOTE_BYTES_MAX];
};

/* From an ALARMED entry. NULL: no memory. */
struct rd_alarm_note *rd_alarm_note_of(const struct rd_entry *entry, const char *place);
struct rd_alarm_note *rd_alarm_note_own(enum rd_own_alarm kind, rd_instant at, const char *place);
void rd_alarm_note_free(struct rd_alarm_note *note);

struct rd_alarms;
struct rd_alarm_counts {
    uint64_t runs, failures, missed, waiting;
};

/* `program` NULL: alarms are counted only. NULL: no memory. */
struct rd_alarms *rd_alarms_new(uv_loop_t *loop, const char *program);
/* Takes the note. */
void rd_alarms_raise(struct rd_alarms *alarms, struct rd_alarm_note *note);
void rd_alarms_count(const struct rd_alarms *alarms, struct rd_alarm_counts *out);
/* Drops what waits; a run goes on by itself. The memory goes when the loop has closed its handles.
 */
void rd_alarms_close(struct rd_alarms *alarms);

#endif
