/* A submission as lines that a person reads: section, label, text. Two submissions' lines compared
 * show what a later one says anew and what it does not repeat. Nothing is left out that the router
 * sent. Thread: any; no state. */
#ifndef RD_WORKLIST_RECORD_H
#define RD_WORKLIST_RECORD_H

#include "model/message.h"
#include "rules/calendar/zone.h"

enum worklist_section {
    WORKLIST_FLAGS, /* first: what whoever goes there must know */
    WORKLIST_WHO,
    WORKLIST_WHERE,
    WORKLIST_REACH,
    WORKLIST_SAID,
    WORKLIST_CONSENT,
    WORKLIST_CLINICAL,
    WORKLIST_STAY,
    WORKLIST_SENDER,
    WORKLIST_MORE,
    WORKLIST_SECTIONS
};

struct worklist_line {
    enum worklist_section section;
    struct rd_text label, text;
    bool strong; /* a warning: unsafe to call, a flag, no consent */
};

struct worklist_lines {
    struct rd_arena *arena;
    struct worklist_line *items;
    size_t count;
    bool failed; /* no memory: lines are missing */
};

extern const char *const worklist_section_titles[WORKLIST_SECTIONS];

/* `area_basis`: which address the router went by ("home"); absent: not known. */
void worklist_lines_of(const struct rd_submission *submission, const struct rd_zone *zone,
                       struct rd_text area_basis, struct worklist_lines *lines);
/* The same line stands there. */
bool worklist_lines_have(const struct worklist_lines *lines, const struct worklist_line *line);

#endif
