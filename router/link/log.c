#include "link/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 2048 };

static enum rd_log_level level_most = RD_LOG_INFO;
static const char *program = "referrald";

void rd_log_level_set(enum rd_log_level most)
{
    level_most = most;
}

void rd_log_name_set(const char *name)
{
    program = name;
}

static const char *prefix_of(enum rd_log_level level)
{
    static const char *const words[] = {"", "error: ", "warning: ", "", "debug: "};
    static const char *const journal[] = {"", "<3>", "<4>", "<6>", "<7>"};
    return getenv("JOURNAL_STREAM") != NULL ? journal[level] : words[level];
}

void rd_log(enum rd_log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    if (level > level_most)
        return;
    int used = snprintf(line, sizeof line, "%s: %s", program, prefix_of(level));
    size_t start = used < 0 ? 0 : (size_t)used;
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + start, sizeof line - start - 1, format, args);
    va_end(args);
    if (more < 0)
        return;
    size_t len = start + (size_t)more;
    if (len > sizeof line - 2) {
        len = sizeof line - 2;
        memcpy(line + len - 3, "...", 3);
    }
    for (size_t i = 0; i < len; i++)
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    line[len++] = '\n';
    /* One write: lines of two threads do not mix. A log that cannot be written has nowhere to say
     * so. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}
