/* Signed-in people, and how often somebody failed to sign in. Tables of fixed size in memory: a
 * restart signs everybody out. Times are the caller's clock, in microseconds. Loop thread only. */
#ifndef RD_WORKLIST_SESSIONS_H
#define RD_WORKLIST_SESSIONS_H

#include "adapters/worklist/staff.h"

#include "base/instant.h"

enum {
    WORKLIST_SESSIONS_MAX = 256,
    WORKLIST_TOKEN_BYTES = 32,
    WORKLIST_TOKEN_TEXT = 2 * WORKLIST_TOKEN_BYTES, /* as the cookie holds it */
    WORKLIST_OPENED_MAX = 8,
    WORKLIST_TARGET_MAX = 48, /* bytes of "7K3Q9-M2X4T.1" or "Q123", NUL included */
    WORKLIST_SAID_MAX = 1024,
    WORKLIST_FAILURES_MAX = 5, /* wrong passwords before a pause */
    WORKLIST_GUARDS_MAX = 512
};
#define WORKLIST_IDLE_US (12 * RD_HOUR_US)
#define WORKLIST_OPENED_US (30 * RD_MINUTE_US) /* an opened record stays open so long */
#define WORKLIST_PAUSE_US (5 * RD_MINUTE_US)

struct worklist_opened {
    char target[WORKLIST_TARGET_MAX];
    char purpose[64]; /* that the router notes with each reading */
    rd_instant until; /* 0: free */
};

struct worklist_session {
    const struct worklist_person *person; /* NULL: free */
    unsigned char token[WORKLIST_TOKEN_BYTES];
    char csrf[WORKLIST_TOKEN_TEXT + 1];
    rd_instant seen;
    char said[WORKLIST_SAID_MAX]; /* the outcome of the last action, shown once */
    bool said_refusal;
    char said_about[WORKLIST_TARGET_MAX]; /* an assignment; empty: none */
    struct worklist_opened opened[WORKLIST_OPENED_MAX];
    bool still; /* the list does not refresh itself */
};

struct worklist_guard {
    uint64_t name; /* hash of a staff id or of an address; 0: free */
    unsigned failures;
    rd_instant last;
};

struct worklist_sessions {
    struct worklist_session sessions[WORKLIST_SESSIONS_MAX];
    struct worklist_guard guards[WORKLIST_GUARDS_MAX];
};

/* Signs `person` in; the cookie's value to `token`. The least recently seen session makes room when
 * all are taken. */
struct worklist_session *worklist_sign_in(struct worklist_sessions *sessions,
                                          const struct worklist_person *person, rd_instant now,
                                          char token[WORKLIST_TOKEN_TEXT + 1]);
/* The session of that cookie, compared in constant time, and seen now; NULL: none, or idle for
 * longer than WORKLIST_IDLE_US (then it is ended). */
struct worklist_session *worklist_session_find(struct worklist_sessions *sessions,
                                               struct rd_text token, rd_instant now);
void worklist_sign_out(struct worklist_session *session);
/* The form was made for this session. Constant time. */
bool worklist_csrf_ok(const struct worklist_session *session, struct rd_text csrf);

/* `name`: a staff id or an address. False: too many failures, for WORKLIST_PAUSE_US from the last.
 */
bool worklist_may_try(const struct worklist_sessions *sessions, struct rd_text name,
                      rd_instant now);
void worklist_note_failure(struct worklist_sessions *sessions, struct rd_text name, rd_instant now);
void worklist_note_success(struct worklist_sessions *sessions, struct rd_text name);

/* Which records this person has open: shown again with the item until it is put away. */
void worklist_note_opened(struct worklist_session *session, struct rd_text target,
                          struct rd_text purpose, rd_instant now);
void worklist_put_away(struct worklist_session *session, struct rd_text target);
/* What for; NULL: it is not open. Borrowed until the next of these calls. */
const char *worklist_opened_for(const struct worklist_session *session, struct rd_text target,
                                rd_instant now);

/* What the next page says first, and about which assignment (absent: none); cut to fit. */
void worklist_say(struct worklist_session *session, bool refusal, struct rd_text about,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
