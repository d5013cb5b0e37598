/* What the tests of links say and look at. Any failure fails the test at hand. */
#ifndef RD_TESTS_LINKS_KIT_H
#define RD_TESTS_LINKS_KIT_H

#include "rig.h"

uint64_t links_id_of(struct rd_text referral);
/* As the referral's record says; NULL: none. */
const struct rd_person_link *links_link_of(struct rig *rig, struct rd_text from, struct rd_text to);
/* Dee Desk says it of the two; NULL: refused. */
const struct rd_command_result *links_say(struct rig *rig, enum who who, enum rd_verb verb,
                                          struct rd_text a, struct rd_text b);
/* It was, with words, and nothing was written. */
void links_refused(struct rig *rig, const struct rd_command_result *result, enum rd_refusal code);
const struct rd_query_result *links_ask(struct rig *rig, enum who who, enum rd_query_kind kind,
                                        struct rd_text target);
/* NULL: not in that team's list. */
const struct rd_row *links_row_in(struct rig *rig, enum who who, const char *team,
                                  struct rd_text referral);

#endif
