/* What a consumer may see of a submission, by the view of its assignment. Applied to every body
 * that leaves. `full`: everything. `minimum` (the voluntary sector): what is needed to find the
 * person and to help: names, how to reach them, where they live, the words of the need. No clinical
 * content, flags, consents, attachments, identifiers, extra, referrer's text or original. `none`:
 * nothing at all. Thread: any; no state. */
#ifndef RD_SHELL_VIEWS_H
#define RD_SHELL_VIEWS_H

#include "model/decision.h"

/* Cuts in place; what remains still points where it did. An unknown view is `none`. */
void rd_view_cut(enum rd_view view, struct rd_submission *submission);

#endif
