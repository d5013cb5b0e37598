/* The areas that somebody belongs to, and which of them a referral goes by. Shared by the parts of
 * eval and by load; not for others. PURE. Thread: any. */
#ifndef RD_RULES_EVAL_AREAS_H
#define RD_RULES_EVAL_AREAS_H

#include "rules/eval/ruleset.h"

/* Fills `areas`, and with the first of the place's order for such a sender that is known of: area,
 * class, basis, locality, borough, vintage. Reads out->source, out->practice_ods. *used: the
 * address that area is by; NULL for none. False: the arena is full. */
bool rd_areas_locate(const struct rd_rules *rules, const struct rd_referral *record, int64_t day,
                     struct rd_arena *arena, struct rd_facts *out, const struct rd_address **used);

/* NULL when it is not known of. */
const struct rd_area *rd_areas_find(const struct rd_facts *facts, enum rd_area_kind kind);

/* Two areas lie in different authorities; in different localities. */
bool rd_areas_boroughs_differ(const struct rd_facts *facts);
bool rd_areas_localities_differ(const struct rd_facts *facts);

/* The order where a place says nothing: who calls an ambulance is where they are, who is discharged
 * belongs where they go. */
extern const enum rd_area_kind rd_areas_default[RD_AREA_SENDERS][RD_AREAS_MAX + 1];

#endif
