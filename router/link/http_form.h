/* The fields of an application/x-www-form-urlencoded body. No server in it. Thread: any. */
#ifndef RD_LINK_HTTP_FORM_H
#define RD_LINK_HTTP_FORM_H

#include "base/arena.h"

enum { RD_HTTP_FORM_FIELDS_MAX = 256 };

struct rd_http_field {
    struct rd_text name, value; /* decoded; any bytes */
};
struct rd_http_fields {
    struct rd_http_field *items;
    size_t count;
};

/* In the order of the body, in the arena. A percent sign that no two hex digits follow stands for
 * itself. False: more than RD_HTTP_FORM_FIELDS_MAX, or the arena is full. */
bool rd_http_form_read(struct rd_text body, struct rd_arena *arena, struct rd_http_fields *out);
/* The first of that name; absent: there is none. */
struct rd_text rd_http_form_value(const struct rd_http_fields *fields, const char *name);

#endif
