/* Entry -> state: the only code that changes what is held, used live and by replay alike. It knows
 * no rules and makes no choice that the entry does not say. */
#ifndef RD_CORE_APPLY_H
#define RD_CORE_APPLY_H

#include "core/edit.h"

/* RD_E_CORRUPT: the entry cannot follow what came before; `why` says what. Otherwise core->err. */
RD_MUST_CHECK enum rd_err rd_apply(struct rd_core *core, const struct rd_entry *entry,
                                   struct rd_errbuf *why);

/* One for each kind that is not in apply.c. */
enum rd_err rd_apply_received(struct rd_core *core, const struct rd_entry *entry,
                              struct rd_errbuf *why);
enum rd_err rd_apply_quarantine(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why);
enum rd_err rd_apply_decided(struct rd_core *core, const struct rd_entry *entry,
                             struct rd_errbuf *why);
enum rd_err rd_apply_moved(struct rd_core *core, const struct rd_entry *entry,
                           struct rd_errbuf *why);
enum rd_err rd_apply_contacted(struct rd_core *core, const struct rd_entry *entry,
                               struct rd_errbuf *why);
enum rd_err rd_apply_linked(struct rd_core *core, const struct rd_entry *entry,
                            struct rd_errbuf *why);

/* "entry 12: what": RD_E_CORRUPT. */
enum rd_err rd_corrupt(struct rd_errbuf *why, const struct rd_entry *entry, const char *what);
/* The referral the entry names, begun; RD_E_CORRUPT when there is none. */
enum rd_err rd_apply_begin(struct rd_core *core, const struct rd_entry *entry, struct rd_edit *edit,
                           struct rd_errbuf *why);
enum rd_err rd_apply_end(struct rd_core *core, struct rd_edit *edit);
/* What several entries do to a referral's state. apply_decided.c */
bool rd_create_assignment(struct rd_core *core, struct rd_referral_state *state,
                          const struct rd_planned_assignment *planned, rd_instant at);
void rd_close_assignment(struct rd_assignment *assignment, enum rd_outcome outcome,
                         struct rd_text by, struct rd_text reason, rd_instant at);
bool rd_receipt_for(struct rd_core *core, struct rd_referral_state *state,
                    const struct rd_entry *entry, enum rd_receipt_stage stage, struct rd_text team,
                    struct rd_text reason);
/* There is room for another assignment that is not the desk's. */
bool rd_has_place(const struct rd_referral_state *state);
/* A supporting team that an amendment brings in: it has no open assignment yet. */
bool rd_is_further(const struct rd_referral_state *state,
                   const struct rd_planned_assignment *planned);
/* Clocks of `from` become those of `to`: neither start nor deadline moves. */
void rd_clocks_follow(struct rd_referral_state *state, uint32_t from, uint32_t to);
/* Whether the clock hangs on this assignment: its own, or the referral's when it is the LEAD. */
bool rd_clock_concerns(const struct rd_clock *clock, const struct rd_assignment *assignment);
/* The open referral of lowest id above `after` that knows one of the persons; NULL: none. */
enum rd_err rd_fact_next(struct rd_core *core, const struct rd_received *received, uint64_t after,
                         struct rd_held **out);
bool rd_knows_person(const struct rd_referral_state *state, struct rd_text hash);
/* Appends an entry's number to the bodies. */
bool rd_add_body(struct rd_core *core, struct rd_referral_state *state, uint64_t number);

#endif
