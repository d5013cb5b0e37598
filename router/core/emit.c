#include "core/emit.h"

#include "core/apply.h"

static struct rd_send *add_send(struct rd_core *core, enum rd_socket socket, uint64_t peer,
                                struct rd_message *message)
{
    void *items = core->sends;
    if (!rd_alloc_grow(core->alloc, &items, &core->sends_cap, core->sends_count + 1,
                       sizeof *core->sends)) {
        (void)rd_nomem(core);
        return NULL;
    }
    core->sends = items;
    struct rd_send *send = &core->sends[core->sends_count++];
    *send = (struct rd_send){core->meta.last_entry, socket, peer, message, RD_TEXT_NONE};
    return send;
}

struct rd_message *rd_send_to(struct rd_core *core, enum rd_socket socket, uint64_t peer)
{
    struct rd_message *message = rd_take(core, sizeof *message);
    return message != NULL && add_send(core, socket, peer, message) != NULL ? message : NULL;
}

struct rd_message *rd_answer(struct rd_core *core)
{
    return rd_send_to(core, core->event->origin.socket, core->event->origin.peer);
}

void rd_send_bodies(struct rd_core *core, struct rd_text bodies)
{
    core->sends[core->sends_count - 1].bodies = bodies;
}

bool rd_refuse(struct rd_core *core, uint64_t correlation, enum rd_refusal code,
               struct rd_text words)
{
    struct rd_message *message = rd_answer(core);
    struct rd_refused *refused = rd_take(core, sizeof *refused);
    if (message == NULL || refused == NULL)
        return false;
    *refused = (struct rd_refused){correlation, code, words};
    message->refused = refused;
#if defined(RD_PLANT_REFUSAL_BYPASSES_GATE)
    core->sends[core->sends_count - 1].gate = 0;
#endif
    return true;
}

struct rd_text rd_said(struct rd_core *core, struct rd_text words)
{
    if (words.ptr == NULL)
        (void)rd_nomem(core);
    return words;
}

struct rd_text rd_referral_name(struct rd_core *core, uint64_t referral)
{
    char name[RD_IDENT_TEXT_MAX];
    struct rd_text out = rd_text_of(rd_ident_format(referral, name));
    return rd_keep_text(core, out, &out) ? out : RD_TEXT_NONE;
}

struct rd_text rd_assignment_name(struct rd_core *core, uint64_t referral, uint32_t assignment)
{
    char name[RD_IDENT_TEXT_MAX];
    return RD_WORDS(core, "%s.%u", rd_ident_format(referral, name), (unsigned)assignment);
}

static bool note(struct rd_core *core, const struct rd_entry *entry)
{
    struct rd_message *message = rd_send_to(core, 0, 0);
    struct rd_event_note *made = rd_take(core, sizeof *made);
    if (message == NULL || made == NULL)
        return false;
    *made = (struct rd_event_note){.entry = entry->number, .at = entry->at, .kind = entry->kind};
    made->feed = entry->feed;
    if (entry->referral != 0) {
        made->referral = rd_referral_name(core, entry->referral);
        struct rd_held *held = rd_find_referral(core, entry->referral);
        struct rd_referral_state *state = held == NULL ? NULL : rd_live(core, held);
        const struct rd_assignment *of = NULL;
        if (state != NULL && entry->moved != NULL)
            of = rd_assignment_at(state, entry->moved->assignment);
        if (state != NULL && entry->contacted != NULL)
            of = rd_assignment_at(state, entry->contacted->assignment);
        made->team = of == NULL ? RD_TEXT_NONE : of->team;
    }
    if (entry->received != NULL)
        made->disposal = entry->received->disposal;
    if (entry->decided != NULL) {
        made->pathway = entry->decided->decision->pathway;
        if (entry->decided->decision->assignments_count > 0)
            made->team = entry->decided->decision->assignments[0].team;
    }
    if (entry->moved != NULL)
        made->verb = entry->moved->verb;
    if (entry->linked != NULL)
        made->verb = entry->linked->verb;
    if (entry->quarantine != NULL)
        made->verb = entry->quarantine->verb;
    if (entry->alarmed != NULL) {
        made->alarm = entry->alarmed->kind;
        made->team = entry->alarmed->team;
    }
    message->event = made;
    return true;
}

static bool call_alarm(struct rd_core *core)
{
    void *calls = core->alarms;
    void *indexes = core->alarm_entries;
    if (!rd_alloc_grow(core->alloc, &calls, &core->alarms_cap, core->alarms_count + 1,
                       sizeof *core->alarms))
        return rd_nomem(core);
    core->alarms = calls;
    if (!rd_alloc_grow(core->alloc, &indexes, &core->alarm_entries_cap, core->alarms_count + 1,
                       sizeof *core->alarm_entries))
        return rd_nomem(core);
    core->alarm_entries = indexes;
    core->alarms[core->alarms_count] = (struct rd_alarm_call){core->meta.last_entry, NULL};
    core->alarm_entries[core->alarms_count++] = core->entries_count - 1;
    return true;
}

bool rd_emit(struct rd_core *core, const struct rd_entry *entry)
{
    void *items = core->entries;
    if (core->err != RD_OK)
        return false;
    if (!rd_alloc_grow(core->alloc, &items, &core->entries_cap, core->entries_count + 1,
                       sizeof *core->entries))
        return rd_nomem(core);
    core->entries = items;
    struct rd_entry *made = &core->entries[core->entries_count++];
    *made = *entry;
    made->number = core->meta.last_entry + 1;
    made->at = core->now;
    enum rd_err err = rd_apply(core, made, NULL);
    if (err != RD_OK)
        return err == RD_E_NOMEM ? rd_nomem(core) : rd_broken(core);
    if (!note(core, &core->entries[core->entries_count - 1]))
        return false;
    return entry->kind != RD_ENTRY_ALARMED || call_alarm(core);
}

bool rd_emit_moved(struct rd_core *core, const struct rd_held *held, const struct rd_moved *moved)
{
    struct rd_entry entry = {.kind = RD_ENTRY_MOVED, .referral = held->id};
    entry.moved = rd_take(core, sizeof *entry.moved);
    if (entry.moved == NULL)
        return false;
    *entry.moved = *moved;
    return rd_emit(core, &entry);
}

bool rd_emit_alarm(struct rd_core *core, uint64_t referral, const struct rd_alarmed *alarmed)
{
    struct rd_entry entry = {.kind = RD_ENTRY_ALARMED, .referral = referral};
    entry.alarmed = rd_take(core, sizeof *entry.alarmed);
    if (entry.alarmed == NULL)
        return false;
    *entry.alarmed = *alarmed;
    struct rd_held *held = referral == 0 ? NULL : rd_find_referral(core, referral);
    struct rd_referral_state *state = held == NULL ? NULL : rd_live(core, held);
    if (state != NULL)
        entry.feed = state->feed;
    return rd_emit(core, &entry);
}
