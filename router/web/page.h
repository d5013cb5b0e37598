/* The status page: plain HTML with a meta refresh, no script; works from the keyboard, on a phone,
 * for a screen reader. Thread: any; no state. */
#ifndef RD_WEB_PAGE_H
#define RD_WEB_PAGE_H

#include "web/ops_view.h"

enum { RD_PAGE_REFRESH_S = 10 };

void rd_page_write(const struct rd_ops_view *view, struct rd_buf *out);
/* The page's own style sheet, served as /style.css. */
extern const char rd_page_style[];

#endif
