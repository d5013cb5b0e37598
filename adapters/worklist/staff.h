/* Who may sign in: the worklist's own file, read once at the start.
 *
 *   staff:
 *     - id: pat.jones                 # [a-z.]{2,32}: recorded by the router with what they do
 *       name: Pat Jones
 *       title: Rapid response nurse
 *       teams: [rapid-response]       # of the place; "*": all; the desk's team makes a desk worker
 *       clinician: yes                # may lower an urgency
 *       password: "$argon2id$..."     # a line of `referral-worklist --hash-password`
 *
 * Constant after reading. Thread: any. */
#ifndef RD_WORKLIST_STAFF_H
#define RD_WORKLIST_STAFF_H

#include "base/arena.h"
#include "base/err.h"
#include "model/place.h"

enum {
    WORKLIST_STAFF_ID_MAX = 32,
    WORKLIST_STAFF_MAX = 1000,
    WORKLIST_PASSWORD_BYTES_MIN = 8,
    WORKLIST_PASSWORD_BYTES_MAX = 128
};

struct worklist_person {
    struct rd_text id, name, title;
    const char *password; /* a libsodium hash; never shown */
    struct rd_text *teams;
    size_t teams_count;
    bool all_teams, clinician, desk;
};

struct worklist_staff {
    struct rd_arena arena;
    struct worklist_person *people;
    size_t people_count;
};

/* RD_E_INVALID with file, line and column in `why`; RD_E_IO, RD_E_TOOBIG, RD_E_NOMEM. In every case
 * the caller ends with worklist_staff_fini. */
RD_MUST_CHECK enum rd_err worklist_staff_read(struct worklist_staff *staff, const char *path,
                                              const struct rd_place *place, struct rd_errbuf *why);
void worklist_staff_fini(struct worklist_staff *staff);
/* NULL: nobody of that id. */
const struct worklist_person *worklist_staff_find(const struct worklist_staff *staff,
                                                  struct rd_text id);
/* Their name; the id itself when they are not in the file. */
struct rd_text worklist_staff_name(const struct worklist_staff *staff, struct rd_text id);
bool worklist_person_in(const struct worklist_person *person, struct rd_text team);
/* True when anybody of the staff is in that team: its queue is then watched. */
bool worklist_staff_has_team(const struct worklist_staff *staff, struct rd_text team);
bool worklist_staff_id_valid(struct rd_text id);

#endif
