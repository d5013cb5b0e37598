/* The pages without HTTP and without a router: tables of functions stand in for both. */
#ifndef RD_TESTS_FORM_RIG_H
#define RD_TESTS_FORM_RIG_H

#include "adapters/form/site.h"
#include "adapters/form/work.h"

enum { RIG_POSTED_MAX = 64, RIG_SUBMITTED_MAX = 8 };

/* What the fake router does with the next submissions. */
enum rig_router {
    RIG_HOLDS,  /* NEW, or REPEAT for a key it has */
    RIG_BUSY,   /* no credit: submit says RD_E_BUSY */
    RIG_SILENT, /* no answer in time: NULL */
    RIG_REJECTS,
    RIG_TOO_BIG,
    RIG_LATER /* keeps the submission until rig_answer */
};

struct rig_pair {
    const char *name, *value;
};

struct form_rig {
    struct rd_form_site site;
    struct rd_place place;
    struct rd_feed feeds[2];
    struct rd_team desk;
    struct rd_arena arena; /* copies of what was submitted */
    enum rig_router router;
    const char *fetch_site; /* of the next requests; NULL: the browser does not say */
    struct rd_submission submitted[RIG_SUBMITTED_MAX];
    size_t submitted_count;
    struct rd_issue *noticed; /* what the router says of the next submission; NULL: nothing */
    rd_intake_result *later;
    void *later_context;
    const struct rd_message *status_answer; /* NULL: the router is away */
    char asked[32];                         /* the reference that was looked up */
    /* the last answer */
    unsigned status;
    char *body;
    char headers[2048];
    unsigned answers;
};

extern rd_instant rig_now;

void rig_open(struct form_rig *rig);
void rig_close(struct form_rig *rig);
void rig_get(struct form_rig *rig, const char *path);
/* Posts the hidden fields of the last page, then `pairs` (ended by a NULL name) over them. */
void rig_post(struct form_rig *rig, const char *path, const struct rig_pair *pairs);
/* Answers what RIG_LATER kept, as the router would. */
void rig_answer(struct form_rig *rig);
bool rig_shows(const struct form_rig *rig, const char *words);
/* The last page's hidden field; "" when there is none. */
const char *rig_hidden(const struct form_rig *rig, const char *name, char *out, size_t size);
/* From the first page to the page `until`, for oneself; `given` stands before the rig's own
 * answers. */
void rig_walk(struct form_rig *rig, const char *until, const struct rig_pair *given);

#endif
