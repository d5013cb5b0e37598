#include "link/http_form.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A percent sign that no two hex digits follow stands for itself. */
static bool decode(struct rd_arena *arena, struct rd_text raw, struct rd_text *out)
{
    char *bytes = rd_arena_take(arena, raw.len + 1);
    if (bytes == NULL)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%' && i + 2 < raw.len && hex(raw.ptr[i + 1]) >= 0 &&
                   hex(raw.ptr[i + 2]) >= 0) {
            c = (char)(hex(raw.ptr[i + 1]) * 16 + hex(raw.ptr[i + 2]));
            i += 2;
        }
        bytes[len++] = c;
    }
    *out = (struct rd_text){bytes, len};
    return true;
}

bool rd_http_form_read(struct rd_text body, struct rd_arena *arena, struct rd_http_fields *out)
{
    out->count = 0;
    out->items = rd_arena_array(arena, RD_HTTP_FORM_FIELDS_MAX, sizeof *out->items);
    if (out->items == NULL)
        return false;
    for (size_t at = 0; at < body.len;) {
        size_t end = rd_text_find(body, '&', at);
        struct rd_text pair = rd_text_slice(body, at, end - at);
        at = end + 1;
        if (pair.len == 0)
            continue;
        if (out->count == RD_HTTP_FORM_FIELDS_MAX)
            return false;
        struct rd_http_field *field = &out->items[out->count++];
        size_t equals = rd_text_find(pair, '=', 0);
        if (!decode(arena, rd_text_slice(pair, 0, equals), &field->name) ||
            !decode(arena, rd_text_slice(pair, equals + 1, pair.len), &field->value))
            return false;
    }
    return true;
}

struct rd_text rd_http_form_value(const struct rd_http_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (rd_text_is(fields->items[i].name, name))
            return fields->items[i].value;
    return RD_TEXT_NONE;
}
