#include "link/log.h"

#include "base/instant.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 2048,
    NAME_BYTES_MAX = 128,
    WORDS_BYTES_MAX = 1024,
    LINES_A_SECOND = 50,
    BUCKETS = 64 /* ids that fall together share their bound */
};

struct bucket {
    time_t second;
    unsigned lines;
    unsigned left_out;
};

static struct {
    pthread_mutex_t lock;
    const char *program;
    enum rd_log_level most;
    bool journal;
    void (*sink)(void *context, struct rd_text line);
    void *context;
    struct bucket buckets[BUCKETS];
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .program = "referrald", .most = RD_LOG_INFO};

struct line {
    char text[LINE_BYTES_MAX];
    size_t len;
};

static void put(struct line *line, const char *bytes, size_t len)
{
    size_t room = sizeof line->text - 1 - line->len; /* the newline always fits */
    if (len > room)
        len = room;
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

static void put_string(struct line *line, const char *string)
{
    put(line, string, strlen(string));
}

static bool is_name(struct rd_text name)
{
    bool digits_only = true;
    if (name.len == 0 || name.len > NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!digit && !letter && (c == '\0' || strchr("._:/@*-", c) == NULL))
            return false;
        digits_only = digits_only && digit;
    }
    return !digits_only; /* digits alone may be somebody's number; ours are rd_log_number */
}

static void put_words(struct line *line, const char *words)
{
    put_string(line, "\"");
    for (size_t i = 0; words[i] != '\0' && i < WORDS_BYTES_MAX; i++) {
        char c = words[i];
        if (c == '"' || c == '\\')
            put_string(line, "\\");
        if (c == '\n')
            put_string(line, "\\n");
        else if ((unsigned char)c < 0x20 || c == 0x7F)
            put_string(line, "?");
        else
            put(line, &c, 1);
    }
    put_string(line, "\"");
}

static void put_field(struct line *line, const struct rd_log_field *field)
{
    char number[32];
    put_string(line, " ");
    put_string(line, field->key);
    put_string(line, "=");
    switch (field->kind) {
    case RD_LOG_KIND_NAME:
        if (field->name.len == 0)
            put_string(line, "-");
        else if (is_name(field->name))
            put(line, field->name.ptr, field->name.len);
        else
            put_string(line, "[hidden]");
        break;
    case RD_LOG_KIND_NUMBER:
        snprintf(number, sizeof number, "%lld", (long long)field->number);
        put_string(line, number);
        break;
    case RD_LOG_KIND_WORDS:
        put_words(line, field->words == NULL ? "" : field->words);
        break;
    }
}

static const char *level_name(enum rd_log_level level)
{
    switch (level) {
    case RD_LOG_ERROR:
        return "error";
    case RD_LOG_WARNING:
        return "warning";
    case RD_LOG_NOTICE:
        return "notice";
    case RD_LOG_INFO:
        return "info";
    case RD_LOG_DEBUG:
        return "debug";
    }
    return "error";
}

static void put_head(struct line *line, enum rd_log_level level, const struct timespec *now)
{
    char text[RD_INSTANT_TEXT_MAX];
    if (state.journal) {
        snprintf(text, sizeof text, "<%d>", (int)level);
        put_string(line, text);
    } else {
        rd_instant at = (rd_instant)now->tv_sec * RD_SECOND_US + now->tv_nsec / 1000;
        put_string(line, rd_instant_format(at, text));
        put_string(line, " ");
        put_string(line, level_name(level));
        put_string(line, " ");
    }
    put_string(line, state.program);
    put_string(line, " ");
}

static void emit(struct line *line)
{
    line->text[line->len++] = '\n';
    if (state.sink != NULL) {
        state.sink(state.context, (struct rd_text){line->text, line->len});
        return;
    }
    size_t done = 0;
    while (done < line->len) {
        ssize_t wrote = write(STDERR_FILENO, line->text + done, line->len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return; /* nowhere to say it */
        done += (size_t)wrote;
    }
}

/* False: one too many in this second. `*left_out`: how many were, before this one. */
static bool admit(const char *id, time_t second, unsigned *left_out)
{
    struct bucket *bucket = &state.buckets[rd_text_hash(rd_text_of(id)) % BUCKETS];
    if (bucket->second != second) {
        bucket->second = second;
        bucket->lines = 0;
    }
    if (bucket->lines == LINES_A_SECOND) {
        bucket->left_out++;
        return false;
    }
    bucket->lines++;
    *left_out = bucket->left_out;
    bucket->left_out = 0;
    return true;
}

void rd_log_start(const char *program, enum rd_log_level most)
{
    pthread_mutex_lock(&state.lock);
    state.program = program;
    state.most = most;
    state.journal = getenv("JOURNAL_STREAM") != NULL;
    pthread_mutex_unlock(&state.lock);
}

void rd_log_to(void (*sink)(void *context, struct rd_text line), void *context)
{
    pthread_mutex_lock(&state.lock);
    state.sink = sink;
    state.context = context;
    memset(state.buckets, 0, sizeof state.buckets);
    pthread_mutex_unlock(&state.lock);
}

void rd_log_write(enum rd_log_level level, const char *id, const struct rd_log_field *fields,
                  size_t count)
{
    struct timespec now = {0};
    struct line line = {.len = 0};
    unsigned left_out = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    pthread_mutex_lock(&state.lock);
    if (level <= state.most && admit(id, now.tv_sec, &left_out)) {
        put_head(&line, level, &now);
        put_string(&line, id);
        for (size_t i = 0; i < count; i++)
            put_field(&line, &fields[i]);
        if (left_out > 0) {
            struct rd_log_field field = rd_log_number("left_out", left_out);
            put_field(&line, &field);
        }
        emit(&line);
    }
    pthread_mutex_unlock(&state.lock);
}
