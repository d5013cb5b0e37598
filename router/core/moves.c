#include "core/moves.h"

enum {
    NO = 0,
    WAIT = RD_ASSIGNMENT_WAITING,
    CLAIM = RD_ASSIGNMENT_CLAIMED,
    ACCEPT = RD_ASSIGNMENT_ACCEPTED,
    CLOSED = RD_ASSIGNMENT_CLOSED
};

/* Rows: verbs. Columns: from WAITING, CLAIMED, ACCEPTED, CLOSED. Contact, acknowledge, close and a
 * change apply in every open phase and need no claim; a stand-down is asked of a claim that decayed
 * too, for its person may be on the way. */
static const unsigned char table[][4] = {
    [RD_VERB_CLAIM] = {CLAIM, NO, NO, NO},
    [RD_VERB_ACCEPT] = {NO, ACCEPT, NO, NO},
    [RD_VERB_RELEASE] = {NO, WAIT, NO, NO},
    [RD_VERB_TRANSFER] = {NO, CLAIM, ACCEPT, NO},
    [RD_VERB_DECLINE] = {CLOSED, CLOSED, NO, NO},
    [RD_VERB_REDIRECT] = {CLOSED, CLOSED, CLOSED, NO},
    [RD_VERB_CONTACT] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_VOID_CONTACT] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_PLAN] = {NO, CLAIM, ACCEPT, NO},
    [RD_VERB_AWAIT_INFO] = {NO, CLAIM, ACCEPT, NO},
    [RD_VERB_CLOSE] = {CLOSED, CLOSED, CLOSED, NO},
    [RD_VERB_REOPEN] = {NO, NO, NO, WAIT},
    [RD_VERB_ACKNOWLEDGE] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_DELIVER] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_HAND_OUT] = {WAIT, NO, NO, NO},
    [RD_VERB_LEASE_EXPIRED] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_DECAY] = {NO, WAIT, NO, NO},
    [RD_VERB_FALLBACK] = {CLOSED, NO, NO, NO},
    [RD_VERB_STAND_DOWN] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_CHANGE] = {WAIT, CLAIM, ACCEPT, NO},
    [RD_VERB_REJECT] = {CLOSED, CLOSED, CLOSED, NO},
};

enum rd_assignment_phase rd_move_next(enum rd_verb verb, enum rd_assignment_phase phase,
                                      bool closes)
{
    if ((size_t)verb >= sizeof table / sizeof table[0] || phase < RD_ASSIGNMENT_WAITING ||
        phase > RD_ASSIGNMENT_CLOSED)
        return 0;
#if defined(RD_PLANT_DOUBLE_CLAIM)
    if (verb == RD_VERB_CLAIM && phase == RD_ASSIGNMENT_CLAIMED)
        return RD_ASSIGNMENT_CLAIMED;
#endif
    enum rd_assignment_phase next = table[verb][phase - 1];
    return next != 0 && closes && verb == RD_VERB_ACKNOWLEDGE ? RD_ASSIGNMENT_CLOSED : next;
}
