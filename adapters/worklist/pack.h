/* The downtime pack: every open referral by team as one page that prints on A4, in a folder of the
 * place's, made anew every few minutes, for when the computers are away. What it takes is asked of
 * the router one question at a time; a record is opened once for each of its revisions, and each
 * opening is a READ entry. Loop thread only; the file is written on libuv's pool, so that a folder
 * that hangs (a network share) stops nothing else. */
#ifndef RD_WORKLIST_PACK_H
#define RD_WORKLIST_PACK_H

#include "adapters/worklist/worklist.h"

enum {
    WORKLIST_PACK_EVERY_S = 300,
    WORKLIST_PACK_EVERY_MIN_S = 10,
    WORKLIST_PACK_EVERY_MAX_S = 3600,
    WORKLIST_PACK_LINE_MAX = 600, /* bytes of one line of a record; the rest is not printed */
    WORKLIST_PACK_SHEETS = 5      /* blank ones at the end */
};
#define WORKLIST_PACK_FILE "downtime-pack.html"

struct worklist_pack_team {
    const struct rd_team *team;
    struct rd_row *rows;
    size_t rows_count;
    uint64_t open;           /* more than rows_count: the router tells so many only */
    struct rd_text *records; /* of each row: markup; absent: nothing of it is for that team */
};

/* What a pack says; all borrowed. */
struct worklist_pack_page {
    const struct rd_place *place;
    const struct rd_zone *zone;
    const struct worklist_staff *staff;
    const struct worklist_pack_team *teams;
    size_t teams_count;
    const struct rd_quarantine_state *quarantined;
    size_t quarantined_count;
    rd_instant as_of;       /* when the router was asked */
    rd_instant stale_since; /* 0: it answered; else since when it has not */
    rd_instant now;
    uint32_t every_s;
};

/* A record as lines, for the row's place in the page. Thread: any; no state. */
void worklist_pack_put_record(struct rd_buf *out, const struct rd_opened *opened,
                              const struct rd_zone *zone, const struct worklist_staff *staff);
/* The whole page. Thread: any; no state. */
void worklist_pack_put(struct rd_buf *out, const struct worklist_pack_page *page);

/* Puts `text` in place of the pack in `directory`: readers see the old one or the new one, whole,
 * mode 0640. 0, or the system's errno, and then the old one is there. Blocks; thread: any. */
RD_MUST_CHECK int worklist_pack_write(const char *directory, struct rd_text text);

struct worklist_pack_options {
    const char *directory; /* stays the caller's */
    uint32_t every_s;
};
/* Looks whether the folder can be written, and begins as soon as the router is there. RD_E_IO,
 * RD_E_INVALID with what to do. `worklist` outlives it. */
RD_MUST_CHECK enum rd_err worklist_pack_open(struct worklist *worklist,
                                             const struct worklist_pack_options *options,
                                             struct worklist_pack **out, struct rd_errbuf *why);
/* Asks the router and writes, now; nothing while it is doing so already. */
void worklist_pack_make(struct worklist_pack *pack);
/* Microseconds since what the pack in the folder says was true; -1: this process wrote none. */
int64_t worklist_pack_age(const struct worklist_pack *pack);
/* What the desk is to know of it, in words; NULL: it is as new as it should be. */
const char *worklist_pack_trouble(struct worklist_pack *pack);
void worklist_pack_metrics(const struct worklist_pack *pack, struct rd_buf *out); /* NULL allowed */
/* Ends it; frees when the loop has run. The pack in the folder stays. NULL allowed. */
void worklist_pack_close(struct worklist_pack *pack);

extern const unsigned char worklist_paper_style[], worklist_paper_sheet[]; /* NUL at the end */

#endif
