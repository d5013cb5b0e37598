/* Queues towards their consumers: a durable stream of numbered changes (watch), a snapshot for who
 * is too far behind, and hand-outs (work). What is sent waits for credit. */
#ifndef RD_CORE_WATCH_H
#define RD_CORE_WATCH_H

#include "core/state.h"

bool rd_watch_start(struct rd_core *core, struct rd_session *session);
bool rd_watch_work(struct rd_core *core, struct rd_session *session);
bool rd_watch_ack(struct rd_core *core, struct rd_session *session);
bool rd_watch_stop(struct rd_core *core, struct rd_session *session);
bool rd_watch_handout_ack(struct rd_core *core, struct rd_session *session);
/* Before a hand-out that is out is marked as delivered: its consumer has room for the next. */
void rd_work_kept(struct rd_core *core, const struct rd_assignment *of);
void rd_watch_end(struct rd_core *core, struct rd_watcher *watch);
/* The end of a step: queues that changed are sent on. */
bool rd_watch_pump(struct rd_core *core);
/* What bounds per step left over. */
bool rd_watch_backlog(struct rd_core *core);
bool rd_watch_has_backlog(const struct rd_core *core);

struct rd_watcher *rd_watch_find(const struct rd_session *session, struct rd_text queue,
                                 struct rd_text *feed);
struct rd_watcher *rd_watch_add(struct rd_core *core, struct rd_session *session,
                                enum rd_watch_mode mode, struct rd_queue_held *queue,
                                struct rd_feed_held *feed);
/* work.c */
bool rd_work_pump(struct rd_core *core, struct rd_watcher *watch);

#endif
