/* Sessions: a user's number on a socket, from hello until it is silent, gone or taken over. */
#ifndef RD_CORE_SESSIONS_H
#define RD_CORE_SESSIONS_H

#include "core/state.h"

bool rd_session_hello(struct rd_core *core);
/* NULL: the peer has not said hello. */
struct rd_session *rd_session_of(const struct rd_core *core, enum rd_socket socket, uint64_t peer);
/* Any message counts as a heartbeat. */
bool rd_session_seen(struct rd_core *core, struct rd_session *session);
bool rd_session_silent(struct rd_core *core, struct rd_session *session);
/* The clock jumped: nobody was silent for that long. */
void rd_sessions_jumped(struct rd_core *core);
void rd_session_end(struct rd_core *core, struct rd_session *session);
void rd_sessions_fini(struct rd_core *core);

#endif
