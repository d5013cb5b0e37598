/* rules show: a rule set in a person's words. */
#ifndef RD_CTL_RULES_VIEW_H
#define RD_CTL_RULES_VIEW_H

#include "ctl/rules_common.h"
#include "rules/eval/ruleset.h"

struct rules_view {
    const struct rd_rules *rules;
    const char *directory;
    size_t width;
    int64_t day; /* as of: days since 1970-01-01 on the place's wall */
    struct rd_arena memory;
};

/* view_tables.c: the decision tables; those whose name is not `only` left out (NULL: none). The
 * number shown. */
size_t view_tables(struct rules_view *view, const char *only);
json_t *view_tables_json(struct rules_view *view, const char *only);
/* view_place.c: in words. */
void view_teams(struct rules_view *view);
void view_hours(struct rules_view *view);
void view_clocks(struct rules_view *view);
json_t *view_teams_json(struct rules_view *view);
json_t *view_hours_json(struct rules_view *view);
json_t *view_clocks_json(struct rules_view *view);
/* view_localities.c: who belongs where on that day, and what changes when. False: cannot be read,
 * said on stderr. */
bool view_localities(struct rules_view *view);
json_t *view_localities_json(struct rules_view *view);
/* "1 Apr 2027" */
enum { VIEW_DAY_MAX = 32 };
const char *view_day(int64_t day, char out[VIEW_DAY_MAX]);

#endif
