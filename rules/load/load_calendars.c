#include "rules/load/loading.h"

#include "rules/geo/files/geo_files.h"

#include <string.h>

/* `open` and `last-referral` of a map. */
static bool read_interval(struct loading *loading, const rd_yaml_node *map,
                          struct rd_open_hours *out)
{
    const rd_yaml_node *last = rd_yaml_get(map, "last-referral");
    *out = (struct rd_open_hours){0};
    if (!load_hours(loading, rd_yaml_get(map, "open"), &out->opens, &out->closes))
        return false;
    if (last == NULL)
        return true;
    if (!load_clock_time(loading, last, &out->last_referral))
        return false;
    if (out->last_referral > out->opens && out->last_referral <= out->closes)
        return true;
    load_refuse(loading, last,
                "found the last referral at %02d:%02d, expected it after the opening at %02d:%02d "
                "and not after the closing at %02d:%02d",
                out->last_referral / 60, out->last_referral % 60, out->opens / 60, out->opens % 60,
                out->closes / 60, out->closes % 60);
    return false;
}

/* Hours of one day ascend: those that begin before the ones above have ended are refused here,
 * where they stand; what runs into the next day rd_calendar_check finds. */
static bool follows(struct loading *loading, const rd_yaml_node *item,
                    const struct rd_day_hours *day, const struct rd_open_hours *interval)
{
    const struct rd_open_hours *above = day->count == 0 ? NULL : &day->intervals[day->count - 1];
    if (above == NULL || interval->opens >= above->closes)
        return true;
    load_refuse(loading, rd_yaml_get(item, "open"),
                "found opening at %02d:%02d while the hours above it last until %02d:%02d, "
                "expected ascending hours that do not overlap; join or reorder them",
                interval->opens / 60, interval->opens % 60, above->closes / 60, above->closes % 60);
    return false;
}

static void add_interval(struct rd_day_hours *day, struct rd_open_hours *room,
                         const struct rd_open_hours *interval)
{
    room[day->count++] = *interval;
    day->intervals = room;
}

static void read_week(struct loading *loading, const rd_yaml_node *list, struct rd_calendar *out)
{
    static const char *const keys[] = {"days!", "open!", "last-referral", NULL};
    struct rd_open_hours *room =
        load_array(loading, 7 * (size_t)RD_CALENDAR_INTERVALS_MAX, sizeof *room);
    for (size_t i = 0; list != NULL && room != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        struct rd_open_hours interval;
        if (!load_map(loading, item, keys) || !read_interval(loading, item, &interval))
            continue;
        unsigned days = load_days(loading, rd_yaml_get(item, "days"));
        for (size_t day = 0; day < 7; day++) {
            if ((days >> day & 1) == 0)
                continue;
            if (out->week[day].count == RD_CALENDAR_INTERVALS_MAX)
                load_refuse(loading, item, "more than %d openings on one day",
                            RD_CALENDAR_INTERVALS_MAX);
            else if (follows(loading, item, &out->week[day], &interval))
                add_interval(&out->week[day], room + day * RD_CALENDAR_INTERVALS_MAX, &interval);
        }
    }
}

/* "closed", or a list of openings. */
static void read_holiday(struct loading *loading, const rd_yaml_node *node, struct rd_calendar *out)
{
    static const char *const keys[] = {"open!", "last-referral", NULL};
    struct rd_day_hours *day = load_array(loading, 1, sizeof *day);
    out->holidays = loading->holidays;
    if (node == NULL || day == NULL)
        return;
    if (rd_yaml_is_scalar(node)) {
        if (!rd_text_is(load_scalar(loading, node), "closed"))
            load_refuse(loading, node,
                        "expected 'closed' or a list of openings; without the key a "
                        "bank holiday is like any other day");
        out->holiday = day;
        return;
    }
    size_t count = rd_yaml_count(node);
    struct rd_open_hours *room = load_array(loading, count, sizeof *room);
    for (size_t i = 0; rd_yaml_is_list(node) && room != NULL && i < count; i++) {
        struct rd_open_hours interval;
        if (load_map(loading, rd_yaml_at(node, i), keys) &&
            read_interval(loading, rd_yaml_at(node, i), &interval))
            add_interval(day, room, &interval);
    }
    out->holiday = day;
}

static void read_dates(struct loading *loading, const rd_yaml_node *list, struct rd_calendar *out)
{
    static const char *const keys[] = {"date!", "open", "last-referral", "closed", NULL};
    if (list == NULL)
        return;
    size_t count = rd_yaml_count(list);
    struct rd_date_hours *dates = load_array(loading, count, sizeof *dates);
    struct rd_open_hours *room = load_array(loading, count, sizeof *room);
    for (size_t i = 0; dates != NULL && room != NULL && i < count; i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        struct rd_open_hours interval;
        if (!load_map(loading, item, keys) ||
            !load_date(loading, rd_yaml_get(item, "date"), &dates[i].day))
            continue;
        if (i > 0 && dates[i].day <= dates[i - 1].day)
            load_refuse(loading, rd_yaml_get(item, "date"),
                        "found a date at or before the one above it, expected ascending dates, "
                        "each once; sort them");
        bool closed = load_bool(loading, item, "closed", false);
        if (closed == (rd_yaml_get(item, "open") != NULL))
            load_refuse(loading, item, "expected either 'open' or 'closed: true'");
        else if (!closed && read_interval(loading, item, &interval))
            add_interval(&dates[i].hours, room + i, &interval);
    }
    out->dates = dates;
    out->dates_count = count;
}

/* Whether it is open on any day at all. */
static bool opens_ever(const struct rd_calendar *calendar)
{
    bool opens =
        calendar->always_open || (calendar->holiday != NULL && calendar->holiday->count > 0 &&
                                  calendar->holidays != NULL && calendar->holidays->count > 0);
    for (size_t i = 0; i < 7; i++)
        opens = opens || calendar->week[i].count > 0;
    for (size_t i = 0; i < calendar->dates_count; i++)
        opens = opens || calendar->dates[i].hours.count > 0;
    return opens;
}

static void read_calendar(struct loading *loading, const rd_yaml_node *item,
                          struct rd_calendar *out)
{
    static const char *const keys[] = {"name!", "always-open", "week", "holidays", "dates", NULL};
    struct rd_errbuf why;
    unsigned before = loading->errors;
    if (!load_map(loading, item, keys))
        return;
    out->name = load_name(loading, item, "name");
    out->zone = loading->rules->zone;
    out->always_open = load_bool(loading, item, "always-open", false);
    if (out->always_open == (rd_yaml_get(item, "week") != NULL))
        load_refuse(loading, item, "expected either 'week' or 'always-open: true'");
    read_week(loading, load_list(loading, item, "week"), out);
    read_holiday(loading, rd_yaml_get(item, "holidays"), out);
    read_dates(loading, load_list(loading, item, "dates"), out);
    if (loading->errors == before && rd_calendar_check(out, &why) != RD_OK)
        load_refuse(loading, item, "%s", why.text);
    if (loading->errors == before && !opens_ever(out))
        load_refuse(loading, item, "'%.*s' never opens; give it hours, or remove it",
                    RD_TEXT_ARG(out->name));
    out->always_open = rd_calendar_never_closes(out);
}

static void read_bank_holidays(struct loading *loading, const rd_yaml_node *root)
{
    struct rd_text file = load_text(loading, root, "bank-holidays");
    struct rd_errbuf why;
    loading->holidays = load_array(loading, 1, sizeof *loading->holidays);
    if (!rd_text_present(file) || loading->holidays == NULL)
        return;
    if (rd_text_find(file, '/', 0) < file.len) {
        load_refuse(loading, rd_yaml_get(root, "bank-holidays"),
                    "found '%.*s', expected the name of a file beside this one", RD_TEXT_ARG(file));
        return;
    }
    struct rd_text region = load_text(loading, root, "bank-holidays-region");
    if (!rd_text_present(region)) {
        region = RD_TEXT("england-and-wales");
    } else if (!rd_text_is(region, "england-and-wales") && !rd_text_is(region, "scotland") &&
               !rd_text_is(region, "northern-ireland")) {
        load_refuse(loading, rd_yaml_get(root, "bank-holidays-region"),
                    "found '%.*s', expected england-and-wales, scotland or northern-ireland",
                    RD_TEXT_ARG(region));
        return;
    }
    if (rd_holidays_file_read(loading->directory, file.ptr, region, loading->arena,
                              &loading->holidays->days, &loading->holidays->count, &why) != RD_OK)
        load_why(loading, &why);
}

void load_calendars(struct loading *loading)
{
    static const char *const keys[] = {"bank-holidays", "bank-holidays-region", "calendars!", NULL};
    const rd_yaml_node *list = load_file_list(loading, FILE_CALENDARS, keys, "calendars");
    if (list == NULL)
        return;
    read_bank_holidays(loading, rd_yaml_root(loading->yaml[FILE_CALENDARS]));
    size_t count = rd_yaml_count(list);
    struct rd_calendar *calendars = load_array(loading, count, sizeof *calendars);
    for (size_t i = 0; calendars != NULL && i < count; i++) {
        read_calendar(loading, rd_yaml_at(list, i), &calendars[i]);
        load_unique(loading, rd_yaml_at(list, i), "calendars", calendars[i].name,
                    &calendars[0].name, i, sizeof *calendars);
    }
    loading->rules->calendars = calendars;
    loading->rules->calendars_count = count;
}

static void read_shifts(struct loading *loading, const rd_yaml_node *list, struct rd_rota *out)
{
    static const char *const keys[] = {"days!", "hours!", "staff!", NULL};
    size_t most = list == NULL ? 0 : 7 * rd_yaml_count(list); /* one for each day */
    struct rd_shift *shifts = load_array(loading, most, sizeof *shifts);
    for (size_t i = 0; list != NULL && shifts != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        struct rd_shift shift = {0};
        if (!load_map(loading, item, keys) ||
            !load_hours(loading, rd_yaml_get(item, "hours"), &shift.from, &shift.to))
            continue;
        unsigned days = load_days(loading, rd_yaml_get(item, "days"));
        shift.staff = load_text(loading, item, "staff");
        for (uint8_t day = 0; day < 7; day++) {
            shift.weekday = day;
            if ((days >> day & 1) != 0)
                shifts[out->shifts_count++] = shift;
        }
    }
    out->shifts = shifts;
}

static void read_overrides(struct loading *loading, const rd_yaml_node *list, struct rd_rota *out)
{
    static const char *const keys[] = {"date!", "hours!", "staff", NULL};
    if (list == NULL)
        return;
    struct rd_rota_override *overrides =
        load_array(loading, rd_yaml_count(list), sizeof *overrides);
    for (size_t i = 0; overrides != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        struct rd_rota_override *one = &overrides[i];
        if (!load_map(loading, item, keys) ||
            !load_date(loading, rd_yaml_get(item, "date"), &one->day) ||
            !load_hours(loading, rd_yaml_get(item, "hours"), &one->from, &one->to))
            continue;
        one->staff = load_text(loading, item, "staff");
    }
    out->overrides = overrides;
    out->overrides_count = rd_yaml_count(list);
}

/* An ordinary week with nobody on for some time of it: alarms would go to no one then. */
static void warn_uncovered(struct loading *loading, const rd_yaml_node *item,
                           const struct rd_rota *rota)
{
    char when[RD_ZONE_TEXT_MAX];
    int64_t monday = rd_days_from_civil(2024, 1, 8);
    rd_instant gap = rd_rota_uncovered(rota, rd_zone_midnight(rota->zone, monday),
                                       rd_zone_midnight(rota->zone, monday + 7));
    if (gap == 0)
        return;
    rd_zone_format(rota->zone, gap, when); /* "Mon 08 Jan 17:30" */
    struct rd_text words = rd_arena_format(
        &loading->scratch, "nobody is on rota '%.*s' from %.3s %.5s on; alarms then go to no one",
        RD_TEXT_ARG(rota->name), when, strlen(when) > 5 ? when + strlen(when) - 5 : "");
    if (!rd_text_present(words)) {
        loading->fatal = RD_E_NOMEM;
        return;
    }
    load_report(loading, RD_SEVERITY_WARNING, "rota.yaml",
                (struct rd_pos){rd_yaml_line(item), rd_yaml_column(item)}, words.ptr);
}

void load_rotas(struct loading *loading)
{
    static const char *const file_keys[] = {"rotas!", NULL};
    static const char *const keys[] = {"name!", "shifts!", "overrides", NULL};
    const rd_yaml_node *list = load_file_list(loading, FILE_ROTA, file_keys, "rotas");
    if (list == NULL)
        return;
    struct rd_rota *rotas = load_array(loading, rd_yaml_count(list), sizeof *rotas);
    for (size_t i = 0; rotas != NULL && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        struct rd_errbuf why;
        unsigned before = loading->errors;
        if (!load_map(loading, item, keys))
            continue;
        rotas[i].name = load_name(loading, item, "name");
        rotas[i].zone = loading->rules->zone;
        load_unique(loading, item, "rotas", rotas[i].name, &rotas[0].name, i, sizeof *rotas);
        read_shifts(loading, load_list(loading, item, "shifts"), &rotas[i]);
        read_overrides(loading, load_list(loading, item, "overrides"), &rotas[i]);
        if (loading->errors == before && rd_rota_check(&rotas[i], &why) != RD_OK)
            load_refuse(loading, item, "%s", why.text);
        if (loading->errors == before)
            warn_uncovered(loading, item, &rotas[i]);
    }
    loading->rules->rotas = rotas;
    loading->rules->rotas_count = rd_yaml_count(list);
}
