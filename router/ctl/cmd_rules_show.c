/* rules show: a rule set as a person reads it, from a directory or from the ledger. */
#include "ctl/again.h"
#include "ctl/grid.h"
#include "ctl/rules_view.h"

#include <string.h>
#include <sys/stat.h>

enum { VIEW_BYTES_MAX = 64 * 1024 * 1024 };

static bool is(const char *part, const char *name)
{
    return part == NULL || strcmp(part, name) == 0;
}

static int show_json(struct rules_view *view, const char *part)
{
    const struct rd_place *place = &view->rules->place;
    json_t *out = json_pack("{s:o, s:o}", "place", ctl_json_text(place->name), "rules_hash",
                            ctl_json_text(place->hash));
    bool known = part != NULL && (strcmp(part, "teams") == 0 || strcmp(part, "hours") == 0 ||
                                  strcmp(part, "clocks") == 0 || strcmp(part, "localities") == 0);
    if (!known)
        json_object_set_new(out, "tables", view_tables_json(view, part));
    if (is(part, "teams"))
        json_object_set_new(out, "teams", view_teams_json(view));
    if (is(part, "hours"))
        json_object_set_new(out, "hours", view_hours_json(view));
    if (is(part, "clocks"))
        json_object_set_new(out, "clocks", view_clocks_json(view));
    if (is(part, "localities"))
        json_object_set_new(out, "localities", view_localities_json(view));
    return ctl_print_json(out);
}

static int show(const struct ctl_args *args, struct rules_view *view)
{
    const struct rd_place *place = &view->rules->place;
    const char *part = args->operands_count > 1 ? args->operands[1] : NULL;
    if (ctl_json(args))
        return show_json(view, part);
    grid_words(rd_arena_format(&view->memory, "%.*s (%.*s), rule set %.12s",
                               RD_TEXT_ARG(place->title), RD_TEXT_ARG(place->name),
                               place->hash.ptr),
               view->width, "");
    size_t shown = view_tables(view, part);
    bool read = true;
    if (is(part, "localities"))
        read = view_localities(view);
    if (is(part, "teams"))
        view_teams(view);
    if (is(part, "hours"))
        view_hours(view);
    if (is(part, "clocks"))
        view_clocks(view);
    bool known =
        is(part, "localities") || is(part, "teams") || is(part, "hours") || is(part, "clocks");
    if (!known && shown == 0)
        return ctl_fail(CTL_NO,
                        "there is no table \"%s\"; leave it out to see all, or say localities, "
                        "teams, hours or clocks",
                        part);
    return read ? CTL_OK : CTL_NO;
}

/* "2027-04-01" on the place's wall, or what ctl_parse_when knows. */
static bool parse_day(const struct rd_zone *zone, const char *text, int64_t *out)
{
    char whole[40];
    rd_instant at = ctl_now();
    int len = text == NULL ? 0 : snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    if (text != NULL && len == 20 && rd_instant_parse((struct rd_text){whole, 20}, &at)) {
        *out = at / RD_DAY_US;
        return true;
    }
    if (text != NULL && !ctl_parse_when(text, ctl_now(), &at))
        return false;
    *out = rd_zone_day(zone, at);
    return true;
}

static int show_directory(const struct ctl_args *args, const char *directory)
{
    struct rules_view view = {.directory = directory, .width = ctl_columns()};
    struct rd_rules *rules = NULL;
    int status = ctl_load_rules(directory, &rules);
    if (status != CTL_OK)
        return status;
    view.rules = rules;
    rd_arena_init(&view.memory, rd_alloc_heap(), VIEW_BYTES_MAX);
    status = parse_day(rules->zone, args->values[OPT_AT], &view.day)
                 ? show(args, &view)
                 : ctl_fail(CTL_USE, "--at %s: expected a date such as 2027-04-01",
                            args->values[OPT_AT]);
    rd_arena_fini(&view.memory);
    rd_rules_free(rules);
    return status;
}

static int show_kept(const struct ctl_args *args)
{
    struct ctl_history history;
    char directory[4096];
    int status = ctl_history_open(args, &history);
    if (status != CTL_OK)
        return ctl_fail(CTL_NO, "%s is no directory, and the ledger cannot be asked for a rule set",
                        args->operands[0]);
    status =
        ctl_history_extract(&history, rd_text_of(args->operands[0]), directory, sizeof directory);
    ctl_history_close(&history);
    if (status != CTL_OK)
        return status;
    status = show_directory(args, directory);
    rd_kept_remove(directory);
    return status;
}

int ctl_rules_show(const struct ctl_args *args)
{
    struct stat about;
    bool directory = stat(args->operands[0], &about) == 0 && S_ISDIR(about.st_mode);
    return directory ? show_directory(args, args->operands[0]) : show_kept(args);
}
