#include "adapters/worklist/sessions.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct worklist_session *worklist_sign_in(struct worklist_sessions *sessions,
                                          const struct worklist_person *person, rd_instant now,
                                          char token[WORKLIST_TOKEN_TEXT + 1])
{
    struct worklist_session *chosen = &sessions->sessions[0];
    for (size_t i = 0; i < WORKLIST_SESSIONS_MAX && chosen->person != NULL; i++) {
        struct worklist_session *each = &sessions->sessions[i];
        if (each->person == NULL || each->seen < chosen->seen)
            chosen = each;
    }
    unsigned char csrf[WORKLIST_TOKEN_BYTES];
    worklist_sign_out(chosen);
    chosen->person = person;
    chosen->seen = now;
    randombytes_buf(chosen->token, sizeof chosen->token);
    randombytes_buf(csrf, sizeof csrf);
    (void)sodium_bin2hex(chosen->csrf, sizeof chosen->csrf, csrf, sizeof csrf);
    (void)sodium_bin2hex(token, WORKLIST_TOKEN_TEXT + 1, chosen->token, sizeof chosen->token);
    return chosen;
}

void worklist_sign_out(struct worklist_session *session)
{
    sodium_memzero(session, sizeof *session);
}

struct worklist_session *worklist_session_find(struct worklist_sessions *sessions,
                                               struct rd_text token, rd_instant now)
{
    unsigned char bytes[WORKLIST_TOKEN_BYTES];
    size_t len = 0;
    struct worklist_session *found = NULL;
    if (token.len != WORKLIST_TOKEN_TEXT ||
        sodium_hex2bin(bytes, sizeof bytes, token.ptr, token.len, NULL, &len, NULL) != 0 ||
        len != sizeof bytes)
        return NULL;
    for (size_t i = 0; i < WORKLIST_SESSIONS_MAX; i++) {
        struct worklist_session *each = &sessions->sessions[i];
        if (each->person != NULL && sodium_memcmp(each->token, bytes, sizeof bytes) == 0)
            found = each;
    }
    if (found != NULL && now - found->seen > WORKLIST_IDLE_US) {
        worklist_sign_out(found);
        return NULL;
    }
    if (found != NULL)
        found->seen = now;
    return found;
}

bool worklist_csrf_ok(const struct worklist_session *session, struct rd_text csrf)
{
    return csrf.len == WORKLIST_TOKEN_TEXT &&
           sodium_memcmp(csrf.ptr, session->csrf, WORKLIST_TOKEN_TEXT) == 0;
}

static uint64_t guard_name(struct rd_text name)
{
    uint64_t hash = rd_text_hash(name);
    return hash == 0 ? 1 : hash;
}

static const struct worklist_guard *guard_of(const struct worklist_sessions *sessions,
                                             struct rd_text name)
{
    uint64_t wanted = guard_name(name);
    for (size_t i = 0; i < WORKLIST_GUARDS_MAX; i++)
        if (sessions->guards[i].name == wanted)
            return &sessions->guards[i];
    return NULL;
}

bool worklist_may_try(const struct worklist_sessions *sessions, struct rd_text name, rd_instant now)
{
    const struct worklist_guard *guard = guard_of(sessions, name);
    return guard == NULL || guard->failures < WORKLIST_FAILURES_MAX ||
           now - guard->last > WORKLIST_PAUSE_US;
}

void worklist_note_failure(struct worklist_sessions *sessions, struct rd_text name, rd_instant now)
{
    uint64_t wanted = guard_name(name);
    struct worklist_guard *chosen = &sessions->guards[0];
    for (size_t i = 0; i < WORKLIST_GUARDS_MAX; i++) {
        struct worklist_guard *each = &sessions->guards[i];
        if (each->name == wanted) {
            chosen = each;
            break;
        }
        if (each->last < chosen->last)
            chosen = each;
    }
    if (chosen->name != wanted || now - chosen->last > WORKLIST_PAUSE_US)
        *chosen = (struct worklist_guard){.name = wanted};
    chosen->failures++;
    chosen->last = now;
}

void worklist_note_success(struct worklist_sessions *sessions, struct rd_text name)
{
    uint64_t wanted = guard_name(name);
    for (size_t i = 0; i < WORKLIST_GUARDS_MAX; i++)
        if (sessions->guards[i].name == wanted)
            sessions->guards[i] = (struct worklist_guard){0};
}

static struct worklist_opened *opened_of(struct worklist_session *session, struct rd_text target)
{
    for (size_t i = 0; i < WORKLIST_OPENED_MAX; i++)
        if (session->opened[i].until != 0 && rd_text_is(target, session->opened[i].target))
            return &session->opened[i];
    return NULL;
}

void worklist_note_opened(struct worklist_session *session, struct rd_text target,
                          struct rd_text purpose, rd_instant now)
{
    struct worklist_opened *place = opened_of(session, target);
    if (target.len >= sizeof session->opened[0].target)
        return;
    for (size_t i = 0; place == NULL && i < WORKLIST_OPENED_MAX; i++)
        if (session->opened[i].until <= now)
            place = &session->opened[i];
    for (size_t i = 1; place == NULL && i < WORKLIST_OPENED_MAX; i++)
        if (session->opened[i].until < session->opened[0].until)
            place = &session->opened[i];
    if (place == NULL)
        place = &session->opened[0];
    (void)snprintf(place->target, sizeof place->target, "%.*s", RD_TEXT_ARG(target));
    (void)snprintf(place->purpose, sizeof place->purpose, "%.*s", RD_TEXT_ARG(purpose));
    place->until = now + WORKLIST_OPENED_US;
}

void worklist_put_away(struct worklist_session *session, struct rd_text target)
{
    struct worklist_opened *opened = opened_of(session, target);
    if (opened != NULL)
        *opened = (struct worklist_opened){0};
}

const char *worklist_opened_for(const struct worklist_session *session, struct rd_text target,
                                rd_instant now)
{
    for (size_t i = 0; i < WORKLIST_OPENED_MAX; i++)
        if (session->opened[i].until > now && rd_text_is(target, session->opened[i].target))
            return session->opened[i].purpose;
    return NULL;
}

void worklist_say(struct worklist_session *session, bool refusal, struct rd_text about,
                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(session->said, sizeof session->said, format, arguments);
    va_end(arguments);
    session->said_refusal = refusal;
    (void)snprintf(session->said_about, sizeof session->said_about, "%.*s", RD_TEXT_ARG(about));
}
