#include "adapters/kit/html.h"

#include "base/err.h"

#include <stdarg.h>
#include <string.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void rd_html_escape(struct rd_buf *out, struct rd_text text)
{
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *entity = entity_of(text.ptr[i]);
        if (entity == NULL)
            continue;
        rd_buf_put(out, text.ptr + plain, i - plain);
        rd_buf_put_string(out, entity);
        plain = i + 1;
    }
    if (plain < text.len)
        rd_buf_put(out, text.ptr + plain, text.len - plain);
}

static void put_argument(struct rd_buf *out, char letter, va_list *arguments)
{
    const char *string;
    switch (letter) {
    case 's':
        rd_html_escape(out, rd_text_of(va_arg(*arguments, const char *)));
        return;
    case 't':
        rd_html_escape(out, va_arg(*arguments, struct rd_text));
        return;
    case 'r':
        string = va_arg(*arguments, const char *);
        if (string != NULL)
            rd_buf_put_string(out, string);
        return;
    case 'u':
        rd_buf_printf(out, "%u", va_arg(*arguments, unsigned));
        return;
    default:
        rd_require(letter == '%');
        rd_buf_put_string(out, "%");
    }
}

void rd_html_put(struct rd_buf *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *rest = format;
    for (const char *mark; (mark = strchr(rest, '%')) != NULL; rest = mark + 2) {
        if (mark > rest)
            rd_buf_put(out, rest, (size_t)(mark - rest));
        put_argument(out, mark[1], &arguments);
    }
    rd_buf_put_string(out, rest);
    va_end(arguments);
}
