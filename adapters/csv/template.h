/* The CSV template for referrals: one row, one submission. adapters/csv/README.md lists its columns
 * for the person who fills it in. Calls taken on paper while nothing worked have columns of their
 * own beside it: when the call came, who took it, what was done since. What is missing is taken and
 * flagged, as everywhere; what cannot be read without guessing about a person or an urgency is a
 * mistake, named by row and column, and the row is for the desk, until it
 * comes again put right. Pure: no clock, no I/O. Thread: any. */
#ifndef RD_CSV_TEMPLATE_H
#define RD_CSV_TEMPLATE_H

#include "adapters/csv/sheet.h"
#include "base/err.h"
#include "model/place.h"
#include "model/state.h"
#include "rules/calendar/zone.h"

enum {
    RD_TEMPLATE_COLUMNS = 40,
    RD_TEMPLATE_ROWS_MAX = 1000,
    RD_TEMPLATE_PAPER_DAYS_MAX = 31, /* how long ago a call on paper may have been */
    RD_TEMPLATE_MISTAKES_MAX = 8,    /* of one row that are told; the first ones */
    RD_TEMPLATE_REFERENCE_MAX = 64
};

enum rd_template_kind { RD_TEMPLATE_FILE = 1, RD_TEMPLATE_PAPER };

struct rd_template_options {
    enum rd_template_kind kind;
    const struct rd_feed *feed;
    const struct rd_zone *zone;
    rd_instant now;            /* a date of birth, a call on paper lie before it */
    struct rd_text entered_by; /* who enters what is on paper */
};
struct rd_template {
    struct rd_sheet sheet;
    struct rd_text header;                 /* its row as it stands */
    size_t column_of[RD_TEMPLATE_COLUMNS]; /* in the sheet, from 1; 0: not there */
    size_t width;                          /* cells in the header */
    struct rd_template_options is;
    struct rd_arena *arena; /* of the whole file: the references seen */
    struct rd_template_seen *seen;
    size_t seen_count;
};
struct rd_template_seen {
    struct rd_text reference;
    unsigned row;
};

/* `words` hold what was expected, never what was found. */
struct rd_template_mistake {
    unsigned column;   /* from 1; 0: the row as a whole */
    const char *title; /* the column's; "" with 0 */
    struct rd_text words;
};
/* What a sheet of paper says beside the referral. */
struct rd_template_paper {
    rd_instant received; /* the call began */
    struct rd_text taken_by;
    struct rd_text told;          /* the team that was told by telephone; absent: none */
    rd_instant told_at;           /* 0: not said */
    struct rd_text seen_by, done; /* seen_by absent: nobody has been in contact */
    rd_instant seen_at;
    enum rd_contact_mode seen_how;
};
struct rd_template_row {
    unsigned row;                    /* as the spreadsheet numbers it */
    struct rd_text bytes;            /* as it stands, without its line end */
    struct rd_text reference;        /* the sender's; absent when it cannot be used */
    struct rd_submission submission; /* quarantine_code set when there is a mistake, or when this
                                        and the rows after it cannot be read */
    struct rd_template_mistake mistakes[RD_TEMPLATE_MISTAKES_MAX];
    size_t mistakes_count;
    struct rd_template_paper paper; /* of RD_TEMPLATE_PAPER */
};

/* Reads the header. RD_E_MALFORMED: `why` says which column is missing, unknown or twice, without
 * any content of a row; RD_E_TOOBIG: the arena is too small. `bytes` must be UTF-8; they, the feed
 * and the zone are borrowed. */
RD_MUST_CHECK enum rd_err rd_template_open(struct rd_template *template, struct rd_text bytes,
                                           const struct rd_template_options *options,
                                           struct rd_arena *arena, struct rd_errbuf *why);
/* The next row into `arena` (reset by the caller between rows). RD_E_NOTFOUND: there is none;
 * RD_E_TOOBIG: an arena is too small, or the row is the one past RD_TEMPLATE_ROWS_MAX. */
RD_MUST_CHECK enum rd_err rd_template_next(struct rd_template *template, struct rd_arena *arena,
                                           struct rd_template_row *out);
/* The `index`-th column's title, in the order of the file that people start from; NULL past the
 * last. *required: the header must have it. */
const char *rd_template_title(enum rd_template_kind kind, size_t index, bool *required);
/* "row 3, column D (Date of birth): words", as people look for it. Absent: the arena is full. */
struct rd_text rd_template_place(unsigned row, const struct rd_template_mistake *mistake,
                                 struct rd_arena *arena);

#endif
