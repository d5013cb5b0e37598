#include "core/answers.h"

#include "core/emit.h"
#include "core/sessions.h"

bool rd_answers_await(struct rd_core *core, uint64_t correlation, struct rd_text feed,
                      uint64_t received, uint64_t referral)
{
    const struct rd_origin *origin = &core->event->origin;
    struct rd_session *session = rd_session_of(core, origin->socket, origin->peer);
    if (origin->socket != RD_SOCKET_INTAKE || session == NULL || correlation == 0)
        return true;
    if (session->untold == NULL)
        session->untold = rd_hold(core, RD_UNTOLD_MAX * sizeof *session->untold);
    if (session->untold == NULL)
        return false;
    session->untold[session->untold_next++ % RD_UNTOLD_MAX] =
        (struct rd_untold){correlation, received, referral, rd_find_feed(core, feed)};
    return true;
}

static struct rd_untold *find(struct rd_session *session, uint64_t correlation)
{
    for (size_t i = 0; session->untold != NULL && correlation != 0 && i < RD_UNTOLD_MAX; i++)
        if (session->untold[i].correlation == correlation)
            return &session->untold[i];
    return NULL;
}

bool rd_answers_take(struct rd_core *core, struct rd_session *session)
{
    const struct rd_answered *said = core->event->message->answered;
    struct rd_untold *untold = find(session, said->correlation);
    if (untold == NULL)
        return rd_refuse(core, said->correlation, RD_REFUSAL_UNKNOWN,
                         RD_TEXT("answered: no submission of this session waits for that: set "
                                 "`correlation` to its Submit's, once, in the same session"));
    if (said->told == 0)
        return rd_refuse(core, said->correlation, RD_REFUSAL_MISSING,
                         RD_TEXT("answered: set `told`: did the answer go out?"));
    struct rd_entry entry = {
        .kind = RD_ENTRY_ANSWERED, .referral = untold->referral, .feed = untold->feed->state.feed};
    entry.answered = rd_take(core, sizeof *entry.answered);
    if (entry.answered == NULL)
        return false;
    *entry.answered = *said;
    entry.answered->correlation = 0;
    entry.answered->received = untold->received;
    untold->correlation = 0;
    return rd_emit(core, &entry);
}
