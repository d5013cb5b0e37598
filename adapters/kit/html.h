/* HTML, with escaping in one place: whatever is inserted is escaped unless it is our own markup.
 * Thread: any; no state. */
#ifndef RD_KIT_HTML_H
#define RD_KIT_HTML_H

#include "base/buf.h"

/* Appends `format` as markup, with in it
 *   %s  a C string, escaped (NULL: nothing)      %t  a struct rd_text, escaped
 *   %r  a C string of our own markup, as it is   %u  an unsigned
 *   %%  a percent sign
 * Any other letter after % is our own mistake and aborts. */
void rd_html_put(struct rd_buf *out, const char *format, ...);
/* Escaped for text and for a double-quoted attribute. */
void rd_html_escape(struct rd_buf *out, struct rd_text text);

#endif
