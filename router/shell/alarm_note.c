#include "shell/alarms.h"

#include "base/alloc.h"
#include "base/ident.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Appends "NAME=value"; one that does not fit is left out whole, so that the rest stays readable.
 */
static void put(struct rd_alarm_note *note, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct rd_alarm_note *note, const char *format, ...)
{
    va_list args;
    size_t room = sizeof note->text - note->len;
    va_start(args, format);
    int len = vsnprintf(note->text + note->len, room, format, args);
    va_end(args);
    if (len > 0 && (size_t)len < room)
        note->len += (size_t)len + 1;
}

static void put_text(struct rd_alarm_note *note, const char *name, struct rd_text value)
{
    if (value.len > 0)
        put(note, "%s=%.*s", name, RD_TEXT_ARG(value));
}

static void put_instant(struct rd_alarm_note *note, const char *name, rd_instant at)
{
    char text[RD_INSTANT_TEXT_MAX];
    if (at != 0)
        put(note, "%s=%s", name, rd_instant_format(at, text));
}

static struct rd_alarm_note *begin(int kind, const char *name, rd_instant at, const char *place)
{
    struct rd_alarm_note *note = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *note);
    if (note == NULL)
        return NULL;
    note->kind = kind;
    put(note, "RD_ALARM=%s", name);
    put(note, "RD_PLACE=%s", place);
    put_instant(note, "RD_AT", at);
    return note;
}

static void put_alarmed(struct rd_alarm_note *note, const struct rd_alarmed *alarmed)
{
    if (alarmed->kind == RD_ALARM_STAGE)
        put(note, "RD_STAGE=%s", rd_enum_name(&rd_stage_kind_names, (int)alarmed->stage_kind));
    if (alarmed->assignment != 0)
        put(note, "RD_ASSIGNMENT=%" PRIu32, alarmed->assignment);
    if (alarmed->quarantine != 0)
        put(note, "RD_QUARANTINE=Q%" PRIu64, alarmed->quarantine);
    if (alarmed->first != 0)
        put(note, "RD_MISSING=%" PRIu64 "-%" PRIu64, alarmed->first, alarmed->last);
    if (alarmed->kind == RD_ALARM_SEQUENCE || alarmed->kind == RD_ALARM_SHORTFALL)
        put(note, "RD_COUNT=%" PRIu64, alarmed->count);
    put_text(note, "RD_TEAM", alarmed->team);
    put_text(note, "RD_ESCALATE_TO", alarmed->escalate_to);
    put_text(note, "RD_PERSON", alarmed->person);
    put_instant(note, "RD_DUE", alarmed->due);
}

struct rd_alarm_note *rd_alarm_note_of(const struct rd_entry *entry, const char *place)
{
    const struct rd_alarmed *alarmed = entry->alarmed;
    int kind = alarmed == NULL ? 0 : (int)alarmed->kind;
    char referral[RD_IDENT_TEXT_MAX];
    struct rd_alarm_note *note =
        begin(kind, rd_enum_name(&rd_alarm_kind_names, kind), entry->at, place);
    if (note == NULL)
        return NULL;
    put(note, "RD_ENTRY=%" PRIu64, entry->number);
    if (entry->referral != 0)
        put(note, "RD_REFERRAL=%s", rd_ident_format(entry->referral, referral));
    put_text(note, "RD_FEED", entry->feed);
    if (alarmed != NULL)
        put_alarmed(note, alarmed);
    return note;
}

struct rd_alarm_note *rd_alarm_note_own(enum rd_own_alarm kind, rd_instant at, const char *place)
{
    return begin((int)kind, kind == RD_OWN_ALARM_DISK ? "disk-low" : "clock-jump", at, place);
}

void rd_alarm_note_free(struct rd_alarm_note *note)
{
    rd_release(rd_alloc_heap(), note);
}
