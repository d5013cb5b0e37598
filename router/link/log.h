/* The log: one line an event to stderr, for journald or a file:
 *
 *   2026-11-21T09:00:00.000Z warning referral-mllp intake.away router=tcp://127.0.0.1:5701 tries=3
 *
 * Under journald the time is its own and the level its prefix ("<4>"). An event has a stable id and
 * fields of four kinds: names, numbers, references and our own words. There is no way to print a
 * text of a person: a name must look like one of the place's names or identifiers, anything else is
 * shown as [hidden]; words are C strings that our own code wrote (struct rd_errbuf, literals).
 * At most 50 lines a second for one id; the next that gets through says how many did not.
 * Thread: any. */
#ifndef RD_LINK_LOG_H
#define RD_LINK_LOG_H

#include "base/err.h"
#include "base/text.h"

/* The numbers of syslog. */
enum rd_log_level {
    RD_LOG_ERROR = 3,   /* somebody must act */
    RD_LOG_WARNING = 4, /* somebody should look */
    RD_LOG_NOTICE = 5,  /* started, stopped, connected, away */
    RD_LOG_INFO = 6,    /* one line for each decision */
    RD_LOG_DEBUG = 7
};

enum rd_log_kind { RD_LOG_KIND_NAME = 1, RD_LOG_KIND_NUMBER, RD_LOG_KIND_WORDS };

/* Made by the functions below only. */
struct rd_log_field {
    const char *key;
    enum rd_log_kind kind;
    struct rd_text name;
    int64_t number;
    const char *words;
};

/* A feed, team, user, rule, code, endpoint or reference: at most 128 bytes of A-Z a-z 0-9 and
 * . _ : / @ * -, not all digits. */
static inline struct rd_log_field rd_log_name(const char *key, struct rd_text name)
{
    return (struct rd_log_field){.key = key, .kind = RD_LOG_KIND_NAME, .name = name};
}

static inline struct rd_log_field rd_log_number(const char *key, int64_t number)
{
    return (struct rd_log_field){.key = key, .kind = RD_LOG_KIND_NUMBER, .number = number};
}

/* Our own words; never a peer's, never a person's. */
static inline struct rd_log_field rd_log_words(const char *key, const char *words)
{
    return (struct rd_log_field){.key = key, .kind = RD_LOG_KIND_WORDS, .words = words};
}

static inline struct rd_log_field rd_log_err(enum rd_err err)
{
    return rd_log_words("error", rd_err_text(err));
}

/* `program` is borrowed for ever ("referrald"). Lines above `most` are left out. */
void rd_log_start(const char *program, enum rd_log_level most);
/* For tests: lines go there instead of stderr; NULL: back to stderr. */
void rd_log_to(void (*sink)(void *context, struct rd_text line), void *context);
/* `id` is stable and documented: "intake.welcomed". */
void rd_log_write(enum rd_log_level level, const char *id, const struct rd_log_field *fields,
                  size_t count);

/* rd_log(RD_LOG_NOTICE, "feed.open", rd_log_name("feed", name), rd_log_number("port", port)); */
#define rd_log(level, id, ...)                                                                     \
    rd_log_write((level), (id), (const struct rd_log_field[]){__VA_ARGS__},                        \
                 sizeof((const struct rd_log_field[]){__VA_ARGS__}) / sizeof(struct rd_log_field))

#endif
