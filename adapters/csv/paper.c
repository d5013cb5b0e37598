/* A call that was taken on paper while nothing worked: when it came, who took it, which team was
 * told, who has seen the person since. The times on paper are the true ones: clocks count from
 * them, so nothing about them is guessed. */
#include "adapters/csv/template_row.h"

enum { AGE_YEARS_MAX = 130 };

#define ADD RD_TEMPLATE_ADD

/* What may stand behind a time: in the night when the clocks go back it must. */
enum mark { MARK_NONE, MARK_SUMMER, MARK_STANDARD };

static struct rd_text cut_mark(struct rd_text text, enum mark *mark)
{
    static const struct {
        const char *word;
        enum mark mark;
    } marks[] = {{"BST", MARK_SUMMER}, {"GMT", MARK_STANDARD}};
    *mark = MARK_NONE;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0] && text.len > 3; i++)
        if (rd_text_equal_nocase(rd_text_slice(text, text.len - 3, text.len),
                                 rd_text_of(marks[i].word))) {
            *mark = marks[i].mark;
            return rd_text_trim(rd_text_slice(text, 0, text.len - 3));
        }
    return text;
}

/* "21:05", "21.05", "21:05:00" or "2105", of the 24-hour clock. */
static bool read_clock(struct rd_text text, struct rd_civil *out)
{
    int64_t n[3] = {0, 0, 0};
    size_t count = 0, at = 0;
    bool digits = text.len == 4 && rd_text_to_i64(text, &n[0]) && n[0] >= 0;
    if (digits) {
        n[1] = n[0] % 100;
        n[0] /= 100;
        count = 2;
        at = text.len;
    }
    while (count < 3 && at < text.len) {
        size_t start = at;
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
            at++;
        if (at - start < 1 || at - start > 2 ||
            !rd_text_to_i64(rd_text_slice(text, start, at - start), &n[count]))
            return false;
        count++;
        if (at < text.len && text.ptr[at] != ':' && text.ptr[at] != '.')
            return false;
        at += at < text.len;
        if (at == text.len && (text.ptr[at - 1] == ':' || text.ptr[at - 1] == '.'))
            return false;
    }
    out->hour = (int32_t)n[0];
    out->minute = (int32_t)n[1];
    out->second = 0;
    return count >= 2 && at == text.len && n[0] <= 23 && n[1] <= 59 && n[2] <= 59;
}

/* A reading of the wall clock to an instant; 0 with a mistake when it could be two, or none. */
static rd_instant to_instant(struct rd_template_build *build, enum rd_template_column id,
                             const struct rd_civil *civil, enum mark mark)
{
    const struct rd_zone *zone = build->template->is.zone;
    rd_wall wall = rd_instant_from_civil(civil);
    enum rd_wall_kind kind = rd_zone_wall_kind(zone, wall);
    rd_instant at = rd_zone_to_utc(zone, wall);
    if (kind == RD_WALL_NEVER) {
        rd_template_mistake(build, id,
                            "no clock showed this: they went forward then; expected what they "
                            "showed after it, such as 02:15");
        return 0;
    }
    if (kind == RD_WALL_TWICE && mark == MARK_NONE) {
        rd_template_mistake(build, id,
                            "the clocks went back and showed this twice: write BST (before) or "
                            "GMT (after) behind it, such as 01:30 GMT");
        return 0;
    }
    if (kind == RD_WALL_TWICE)
        return mark == MARK_SUMMER ? at : at + RD_HOUR_US;
    bool summer = rd_zone_to_wall(zone, at) - at - zone->offset_seconds * RD_SECOND_US != 0;
    if (mark != MARK_NONE && summer != (mark == MARK_SUMMER)) {
        rd_template_mistake(build, id,
                            "the clocks did not show that time (BST, GMT) on that day: leave the "
                            "mark out, or correct the day");
        return 0;
    }
    if (at > build->template->is.now) {
        rd_template_mistake(build, id, "still to come: expected when it happened, before now");
        return 0;
    }
    return at;
}

/* When the call began; 0 with a mistake. *day: its date, for times that are written without one. */
static rd_instant read_call(struct rd_template_build *build, struct rd_civil *day)
{
    struct rd_text date = rd_template_cell(build, COL_CALL_DATE);
    enum mark mark;
    struct rd_text time = cut_mark(rd_template_cell(build, COL_CALL_TIME), &mark);
    bool has_time = false;
    bool dated = rd_template_read_when(date, day, &has_time) && !(has_time && day->hour != 0) &&
                 !(has_time && day->minute != 0);
    if (!dated)
        rd_template_mistake(build, COL_CALL_DATE,
                            "expected the day of the call, such as 21/11/2026");
    if (!read_clock(time, day)) {
        rd_template_mistake(build, COL_CALL_TIME,
                            "expected when the call began, of the 24-hour clock, such as 21:05");
        return 0;
    }
    rd_instant at = dated ? to_instant(build, COL_CALL_TIME, day, mark) : 0;
    if (at != 0 && at < build->template->is.now - RD_TEMPLATE_PAPER_DAYS_MAX * RD_DAY_US) {
        rd_template_mistake(build, COL_CALL_DATE,
                            "more than 31 days ago: check month and year; an older call is "
                            "entered by itself, with --received-at");
        return 0;
    }
    return at;
}

/* "21:30" on the day of the call, or "22/11/2026 00:10"; 0: empty, or a mistake. */
static rd_instant read_after(struct rd_template_build *build, enum rd_template_column id,
                             const struct rd_civil *day)
{
    enum mark mark;
    struct rd_text cell = cut_mark(rd_template_cell(build, id), &mark);
    struct rd_civil civil = *day;
    bool has_time = false;
    rd_instant call = build->row->paper.received;
    if (!rd_text_present(cell) || call == 0)
        return 0;
    bool alone = read_clock(cell, &civil);
    if (!alone && !(rd_template_read_when(cell, &civil, &has_time) && has_time)) {
        rd_template_mistake(build, id,
                            "expected a time such as 21:30, or with its day 22/11/2026 00:10");
        return 0;
    }
    rd_instant at = to_instant(build, id, &civil, mark);
    if (at != 0 && at < call) {
        rd_template_mistake(build, id,
                            alone ? "before the call began: write its day too, such as 22/11/2026 "
                                    "00:10"
                                  : "before the call began: correct one of the two");
        return 0;
    }
    return at;
}

static void add_seen(struct rd_template_build *build, const struct rd_civil *day)
{
    static const struct rd_template_choice modes[] = {{"face to face", RD_CONTACT_FACE_TO_FACE},
                                                      {"face-to-face", RD_CONTACT_FACE_TO_FACE},
                                                      {"visit", RD_CONTACT_FACE_TO_FACE},
                                                      {"visited", RD_CONTACT_FACE_TO_FACE},
                                                      {"telephone", RD_CONTACT_TELEPHONE},
                                                      {"phone", RD_CONTACT_TELEPHONE},
                                                      {"video", RD_CONTACT_VIDEO},
                                                      {"no access", RD_CONTACT_NO_ACCESS},
                                                      {"no-access", RD_CONTACT_NO_ACCESS},
                                                      {NULL, 0}};
    struct rd_template_paper *paper = &build->row->paper;
    bool at = rd_text_present(rd_template_cell(build, COL_SEEN_AT));
    bool how = rd_text_present(rd_template_cell(build, COL_SEEN_HOW));
    paper->seen_by = rd_template_cell(build, COL_SEEN_BY);
    paper->seen_at = read_after(build, COL_SEEN_AT, day);
    paper->seen_how = (enum rd_contact_mode)rd_template_choose(
        build, COL_SEEN_HOW, modes, "expected face to face, telephone, video or no access");
    bool by = rd_text_present(paper->seen_by);
    if (!by && (at || how))
        rd_template_mistake(build, COL_SEEN_BY, "empty: expected the name of who saw the person");
    if (!at && (by || how))
        rd_template_mistake(build, COL_SEEN_AT, "empty: expected when the person was seen");
    if (!how && (by || at))
        rd_template_mistake(build, COL_SEEN_HOW,
                            "empty: expected face to face, telephone, video or no access");
}

static void add_extra(struct rd_template_build *build, const char *path, struct rd_text value)
{
    struct rd_extra *extra = rd_text_present(value) ? ADD(build, build->referral, extra) : NULL;
    if (extra != NULL)
        *extra = (struct rd_extra){rd_text_of(path), value};
}

/* For the owner to read: what happened before the router knew of it. */
static void add_done(struct rd_template_build *build, const struct rd_civil *day)
{
    struct rd_template_paper *paper = &build->row->paper;
    paper->told = rd_template_cell(build, COL_TOLD);
    paper->told_at = read_after(build, COL_TOLD_AT, day);
    paper->done = rd_template_cell(build, COL_DONE);
    if (!rd_text_present(paper->told) && rd_text_present(rd_template_cell(build, COL_TOLD_AT)))
        rd_template_mistake(build, COL_TOLD, "empty: expected the team that was told then");
    add_extra(build, "told-by-telephone", paper->told);
    add_extra(build, "told-at", rd_template_cell(build, COL_TOLD_AT));
    add_extra(build, "done-before-entry", paper->done);
}

static void add_age(struct rd_template_build *build)
{
    struct rd_text cell = rd_template_cell(build, COL_AGE);
    int64_t age = 0;
    if (!rd_text_present(cell))
        return;
    if (!rd_text_to_i64(cell, &age) || age < 0 || age > AGE_YEARS_MAX)
        rd_template_mistake(build, COL_AGE, "expected whole years from 0 to 130");
    else if (build->referral->person != NULL)
        build->referral->person->age_estimate =
            (struct rd_opt_i32){.has = true, .value = (int32_t)age};
}

static struct rd_time *new_time(struct rd_template_build *build, rd_instant at,
                                struct rd_text original)
{
    struct rd_time *time = rd_arena_take(build->arena, sizeof *time);
    build->full = build->full || time == NULL;
    if (time != NULL)
        *time = (struct rd_time){.utc_us = at,
                                 .original = original,
                                 .offset_assumed = rd_text_present(original),
                                 .precision = RD_PRECISION_MINUTE};
    return time;
}

void rd_template_paper_record(struct rd_template_build *build)
{
    struct rd_template_paper *paper = &build->row->paper;
    struct rd_submission *submission = &build->row->submission;
    struct rd_civil day = {.year = 0};
    paper->received = read_call(build, &day);
    paper->taken_by = rd_template_cell(build, COL_TAKEN_BY);
    if (!rd_text_present(paper->taken_by))
        rd_template_mistake(build, COL_TAKEN_BY, "empty: expected the name of who took the call");
    submission->back_entry = true;
    submission->received = paper->received;
    submission->entered_by = build->template->is.entered_by;
    submission->sent = new_time(build, build->template->is.now, RD_TEXT_NONE);
    struct rd_hop *hop = ADD(build, build->referral, hops);
    if (hop != NULL)
        *hop = (struct rd_hop){.name = paper->taken_by, .role = RD_TEXT("call-taker")};
    build->referral->received =
        new_time(build, paper->received, rd_template_cell(build, COL_CALL_TIME));
    add_age(build);
    add_done(build, &day);
    add_seen(build, &day);
}
