#include "adapters/worklist/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SOON_MINUTES = 30, DAY_MINUTES = 1440 };

enum worklist_pressure worklist_pressure(rd_instant now, rd_instant due)
{
    if (due == 0)
        return WORKLIST_NO_DEADLINE;
    if (due <= now)
        return WORKLIST_OVER;
    return due - now <= (rd_instant)SOON_MINUTES * RD_MINUTE_US ? WORKLIST_SOON : WORKLIST_LATER;
}

static void put_length(int64_t minutes, char *out, size_t size)
{
    if (minutes < 60)
        (void)snprintf(out, size, "%" PRId64 " min", minutes);
    else if (minutes < (int64_t)2 * DAY_MINUTES)
        (void)snprintf(out, size, "%" PRId64 " h %" PRId64 " min", minutes / 60, minutes % 60);
    else
        (void)snprintf(out, size, "%" PRId64 " days %" PRId64 " h", minutes / DAY_MINUTES,
                       minutes % DAY_MINUTES / 60);
}

const char *worklist_left(rd_instant now, rd_instant due, char out[WORKLIST_WORDS_MAX])
{
    char length[WORKLIST_WORDS_MAX - 8];
    if (due == 0) {
        (void)snprintf(out, WORKLIST_WORDS_MAX, "no deadline");
    } else if (due <= now) {
        put_length((now - due + RD_MINUTE_US - 1) / RD_MINUTE_US, length, sizeof length);
        (void)snprintf(out, WORKLIST_WORDS_MAX, "%s over", length);
    } else if (due - now < RD_MINUTE_US) {
        (void)snprintf(out, WORKLIST_WORDS_MAX, "due now");
    } else {
        put_length((due - now) / RD_MINUTE_US, length, sizeof length);
        (void)snprintf(out, WORKLIST_WORDS_MAX, "in %s", length);
    }
    return out;
}

const char *worklist_moment(const struct rd_zone *zone, rd_instant now, rd_instant at,
                            char out[WORKLIST_WORDS_MAX])
{
    char whole[RD_ZONE_TEXT_MAX];
    const char *before = "";
    int64_t days = rd_zone_day(zone, at) - rd_zone_day(zone, now);
    (void)rd_zone_format(zone, at, whole);
    size_t len = strlen(whole);
    if (days < -1 || days > 1) {
        (void)snprintf(out, WORKLIST_WORDS_MAX, "%s", whole);
        return out;
    }
    if (days != 0)
        before = days < 0 ? "yesterday " : "tomorrow ";
    (void)snprintf(out, WORKLIST_WORDS_MAX, "%s%s", before, whole + len - 5);
    return out;
}

const char *worklist_local(const struct rd_zone *zone, rd_instant at, char out[WORKLIST_WORDS_MAX])
{
    struct rd_civil civil;
    rd_instant_to_civil(rd_zone_to_wall(zone, at), &civil);
    (void)snprintf(out, WORKLIST_WORDS_MAX, "%04d-%02d-%02dT%02d:%02d", (int)civil.year,
                   (int)civil.month, (int)civil.day, (int)civil.hour, (int)civil.minute);
    return out;
}

bool worklist_parse_local(const struct rd_zone *zone, struct rd_text text, rd_instant now,
                          bool past, rd_instant *out)
{
    char whole[32];
    rd_wall wall = 0;
    text = rd_text_trim(text);
    if (text.len != 16)
        return false;
    (void)snprintf(whole, sizeof whole, "%.*s:00Z", RD_TEXT_ARG(text));
    if (!rd_instant_parse(rd_text_of(whole), &wall))
        return false;
    enum rd_wall_kind kind = rd_zone_wall_kind(zone, wall);
    if (kind == RD_WALL_NEVER)
        return false;
    rd_instant first = rd_zone_to_utc(zone, wall);
    rd_instant second = first + RD_HOUR_US;
    *out = first;
    if (kind == RD_WALL_TWICE && (past ? second <= now : first < now))
        *out = second;
    return true;
}

const char *worklist_code(struct rd_text code, char out[WORKLIST_WORDS_MAX])
{
    if (rd_text_is(code, "respect")) /* the form's own name */
        code = RD_TEXT("ReSPECT");
    size_t len = code.len < WORKLIST_WORDS_MAX - 1 ? code.len : WORKLIST_WORDS_MAX - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = code.ptr[i] == '-' ? ' ' : code.ptr[i];
    out[len] = '\0';
    if (len > 0 && out[0] >= 'a' && out[0] <= 'z')
        out[0] = (char)(out[0] - 'a' + 'A');
    return out;
}

const char *worklist_outcome(enum rd_outcome outcome)
{
    static const char *const titles[] = {
        [RD_OUTCOME_SEEN_COMPLETE] = "Seen, complete",
        [RD_OUTCOME_SEEN_ONWARD] = "Seen, referred onward",
        [RD_OUTCOME_DECLINED_BY_PERSON] = "The person declined",
        [RD_OUTCOME_NO_ACCESS] = "No access",
        [RD_OUTCOME_DECEASED] = "Deceased",
        [RD_OUTCOME_ADMITTED] = "Admitted to hospital",
        [RD_OUTCOME_CONVEYED] = "Conveyed by ambulance",
        [RD_OUTCOME_WITHDRAWN] = "Withdrawn by the sender",
        [RD_OUTCOME_DUPLICATE] = "Duplicate of another referral",
        [RD_OUTCOME_INELIGIBLE] = "Not eligible",
        [RD_OUTCOME_TRANSFERRED] = "Transferred to another organisation",
        [RD_OUTCOME_ADVICE_ONLY] = "Advice only",
        [RD_OUTCOME_ERROR] = "Entered in error",
        [RD_OUTCOME_REDIRECTED] = "Redirected",
        [RD_OUTCOME_DECLINED] = "Declined",
        [RD_OUTCOME_REJECTED] = "Sent back to the sender",
    };
    const char *title = (size_t)outcome < sizeof titles / sizeof titles[0] ? titles[outcome] : NULL;
    return title == NULL ? "" : title;
}

const char *worklist_mode(enum rd_contact_mode mode)
{
    switch (mode) {
    case RD_CONTACT_FACE_TO_FACE:
        return "Seen face to face";
    case RD_CONTACT_TELEPHONE:
        return "Spoke by telephone";
    case RD_CONTACT_VIDEO:
        return "Spoke by video";
    case RD_CONTACT_NO_ACCESS:
        return "Tried, no access or no answer";
    }
    return "Contact";
}

const char *worklist_urgency(enum rd_priority urgency)
{
    switch (urgency) {
    case RD_PRIORITY_EMERGENCY:
        return "Emergency";
    case RD_PRIORITY_TWO_HOUR:
        return "Two hours";
    case RD_PRIORITY_SAME_DAY:
        return "Same day";
    case RD_PRIORITY_TWO_DAY:
        return "Two days";
    case RD_PRIORITY_ROUTINE:
        return "Routine";
    }
    return "Not said";
}

const char *worklist_clock(enum rd_clock_kind kind)
{
    switch (kind) {
    case RD_CLOCK_TRIAGE:
        return "Triage";
    case RD_CLOCK_RESPOND_BY:
        return "Answer the sender";
    case RD_CLOCK_CLAIM_BY:
        return "Claim";
    case RD_CLOCK_TWO_HOUR:
        return "Two-hour response";
    case RD_CLOCK_TWO_DAY:
        return "Two-day response";
    case RD_CLOCK_OTHER:
        return "Response";
    }
    return "Response";
}

const struct worklist_choice worklist_contact_outcomes[] = {
    {"assessed", "Assessed"},
    {"treated", "Assessed and treated"},
    {"advice", "Advice given"},
    {"will-visit", "Visit agreed"},
    {"no-answer", "No answer, will try again"},
    {"not-there", "Not there"},
    {"declined", "Declined help"},
    {NULL, NULL},
};
