/* What a step gives out: entries (applied at once), messages gated on them, alarms. Inside core/.
 */
#ifndef RD_CORE_EMIT_H
#define RD_CORE_EMIT_H

#include "core/state.h"

/* Numbers, applies and gives out an entry; its arms are in the step's arena. Its number is
 * core->meta.last_entry afterwards. Also the note on the event feed, and the alarm call. */
bool rd_emit(struct rd_core *core, const struct rd_entry *entry);

/* A message to fill, gated on the last entry; NULL without memory. */
struct rd_message *rd_send_to(struct rd_core *core, enum rd_socket socket, uint64_t peer);
/* To whom the message at hand came from. */
struct rd_message *rd_answer(struct rd_core *core);
/* The shell fills the last send in from these RECEIVED entries. */
void rd_send_bodies(struct rd_core *core, struct rd_text bodies);
/* Words: cause, place, fix; no patient data. Absent words are a failure of memory. */
bool rd_refuse(struct rd_core *core, uint64_t correlation, enum rd_refusal code,
               struct rd_text words);
/* Formats in the step's arena; absent when memory is short, which sets core->err. */
#define RD_WORDS(core, ...) rd_said((core), rd_arena_format(&(core)->arena, __VA_ARGS__))
struct rd_text rd_said(struct rd_core *core, struct rd_text words);

/* "7K3Q9-M2X4T", and with ".1" for an assignment. */
struct rd_text rd_referral_name(struct rd_core *core, uint64_t referral);
struct rd_text rd_assignment_name(struct rd_core *core, uint64_t referral, uint32_t assignment);

/* The small entries. */
bool rd_emit_moved(struct rd_core *core, const struct rd_held *held, const struct rd_moved *moved);
bool rd_emit_alarm(struct rd_core *core, uint64_t referral, const struct rd_alarmed *alarmed);

/* The name that a send of `text` carries when nobody is named. */
#define RD_BY_ROUTER RD_TEXT("router")

#endif
