/* An invented place, its staff and rows for the tests of worklist. */
#ifndef RD_TEST_WORKLIST_RIG_H
#define RD_TEST_WORKLIST_RIG_H

#include "adapters/worklist/command.h"
#include "adapters/worklist/pages.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#define RIG_NOW ((rd_instant)1795269600000000) /* 2026-11-21T14:00:00Z, a Saturday */
#define RIG_PASSWORD "a test password"

extern const struct rd_place rig_place;

/* Reads the rig's own staff: pat.jones and sam.okoro (rapid, pat a clinician), desk.one (all),
 * vol.hub (voluntary). */
void rig_staff(struct worklist_staff *staff);
/* Writes `text` to a file of its own and reads it as staff. */
enum rd_err rig_staff_of(struct worklist_staff *staff, const char *text, struct rd_errbuf *why);
/* A waiting row of `team`, due so many minutes from RIG_NOW (0: no deadline). */
struct rd_row rig_row(const char *assignment, const char *team, int due_minutes, uint64_t order);
void rig_change(struct worklist_queues *queues, enum rd_row_change what, struct rd_row *row);
/* Queues of all teams of the place, welcomed, with an empty snapshot each. */
void rig_queues(struct worklist_queues *queues);
/* The buffer as a C string; fails the test when it failed. */
const char *rig_text(struct rd_buf *buf);
void rig_has(const char *text, const char *part);
void rig_has_not(const char *text, const char *part);

#endif
