#include "rules/calendar/rota.h"

struct turn {
    rd_instant from, to;
};

static struct turn turn_of(const struct rd_rota *rota, int64_t day, uint16_t from, uint16_t to)
{
    rd_wall midnight = day * RD_DAY_US;
    return (struct turn){rd_zone_to_utc(rota->zone, midnight + from * RD_MINUTE_US),
                         rd_zone_to_utc(rota->zone, midnight + to * RD_MINUTE_US)};
}

static bool inside(struct turn turn, rd_instant at)
{
    return turn.from <= at && at < turn.to;
}

struct rd_text rd_rota_on(const struct rd_rota *rota, rd_instant at)
{
    for (size_t i = 0; i < rota->overrides_count; i++) {
        const struct rd_rota_override *override = &rota->overrides[i];
        if (inside(turn_of(rota, override->day, override->from, override->to), at))
            return override->staff;
    }
    int64_t today = rd_zone_day(rota->zone, at);
    for (size_t i = 0; i < rota->shifts_count; i++) {
        const struct rd_shift *shift = &rota->shifts[i];
        for (int64_t day = today - 1; day <= today; day++)
            if (rd_weekday(day) == shift->weekday &&
                inside(turn_of(rota, day, shift->from, shift->to), at))
                return shift->staff;
    }
    return RD_TEXT_NONE;
}

static rd_instant sooner(rd_instant best, rd_instant candidate, rd_instant after)
{
    return candidate > after && candidate < best ? candidate : best;
}

/* The next moment after `at` at which anything may change: the edge of a turn, or a midnight. */
static rd_instant next_edge(const struct rd_rota *rota, rd_instant at)
{
    int64_t today = rd_zone_day(rota->zone, at);
    rd_instant best = rd_zone_midnight(rota->zone, today + 1);
    for (size_t i = 0; i < rota->overrides_count; i++) {
        const struct rd_rota_override *override = &rota->overrides[i];
        struct turn turn = turn_of(rota, override->day, override->from, override->to);
        best = sooner(sooner(best, turn.from, at), turn.to, at);
    }
    for (size_t i = 0; i < rota->shifts_count; i++) {
        const struct rd_shift *shift = &rota->shifts[i];
        for (int64_t day = today - 1; day <= today; day++) {
            if (rd_weekday(day) != shift->weekday)
                continue;
            struct turn turn = turn_of(rota, day, shift->from, shift->to);
            best = sooner(sooner(best, turn.from, at), turn.to, at);
        }
    }
    return best;
}

rd_instant rd_rota_uncovered(const struct rd_rota *rota, rd_instant from, rd_instant until)
{
    for (rd_instant at = from; at < until; at = next_edge(rota, at))
        if (!rd_text_present(rd_rota_on(rota, at)))
            return at;
    return 0;
}
