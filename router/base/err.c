#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct err_row {
    const char *text;
    enum rd_err_class class;
};

static const struct err_row rows[] = {
#define X(code, text, class) [code] = {text, class},
    RD_ERR_MAP(X)
#undef X
};

static const struct err_row *row_of(enum rd_err err)
{
    size_t index = (size_t)err;
    rd_require(index < sizeof rows / sizeof rows[0]);
    return &rows[index];
}

const char *rd_err_text(enum rd_err err)
{
    return row_of(err)->text;
}

enum rd_err_class rd_err_class(enum rd_err err)
{
    return row_of(err)->class;
}

enum rd_err rd_fail(struct rd_errbuf *buf, enum rd_err err, const char *format, ...)
{
    if (buf == NULL)
        return err;
    va_list args;
    va_start(args, format);
    int written = vsnprintf(buf->text, sizeof buf->text, format, args);
    va_end(args);
    if (written < 0)
        buf->text[0] = '\0';
    return err;
}

void rd_require_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: contract broken: %s\n", file, line, condition);
    abort();
}
