/* What the commands print: plain tables, in words. */
#include "ctl/ctl.h"

#include "base/ident.h"
#include "model/alike.h"
#include "wire/json.h"

#include <inttypes.h>
#include <string.h>

void ctl_show_json(const struct rd_shape *shape, const void *value)
{
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    rd_json_write(shape, value, &out);
    if (!out.failed)
        printf("%.*s\n", RD_TEXT_ARG(rd_buf_text(&out)));
    rd_buf_fini(&out);
}

const char *ctl_time(rd_instant at, char *out)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct rd_civil civil;
    if (at == 0) {
        snprintf(out, 32, "-");
        return out;
    }
    rd_instant_to_civil(at, &civil);
    snprintf(out, 32, "%2d %s %02d:%02d:%02dZ", (int)civil.day % 100,
             months[civil.month >= 1 && civil.month <= 12 ? civil.month - 1 : 0],
             (int)civil.hour % 100, (int)civil.minute % 100, (int)civil.second % 100);
    return out;
}

const char *ctl_relative(rd_instant at, rd_instant now, char *out)
{
    int64_t minutes = (at > now ? at - now : now - at) / RD_MINUTE_US;
    char length[32];
    if (at == 0) {
        snprintf(out, 48, "-");
        return out;
    }
    if (minutes < 60)
        snprintf(length, sizeof length, "%" PRId64 " min", minutes);
    else if (minutes < INT64_C(2880))
        snprintf(length, sizeof length, "%" PRId64 " h %" PRId64 " min", minutes / 60,
                 minutes % 60);
    else
        snprintf(length, sizeof length, "%" PRId64 " days", minutes / 1440);
    snprintf(out, 48, at > now ? "in %s" : "%s ago", length);
    return out;
}

void ctl_show_row_line(const struct rd_row *row)
{
    char due[48];
    printf("%-15.*s %-9s %-9s %-10s %-18.*s %-14.*s %-16s %.*s\n", RD_TEXT_ARG(row->assignment),
           rd_enum_name(&rd_role_names, (int)row->role),
           rd_enum_name(&rd_assignment_phase_names, (int)row->phase),
           rd_enum_name(&rd_priority_names, (int)row->urgency), RD_TEXT_ARG(row->pathway),
           RD_TEXT_ARG(row->locality), ctl_relative(row->next_due, ctl_now(), due),
           RD_TEXT_ARG(row->claimed_by));
    if (row->stand_down_asked)
        puts("                the sender has cancelled: acknowledge the stand-down");
    if (row->change_asked)
        puts("                the sender has changed it: acknowledge the change");
    if (row->linked > 0)
        printf("                same person as %" PRIu32 " more; nearest deadline of all %s\n",
               row->linked, ctl_relative(row->group_due, ctl_now(), due));
    if (row->decayed)
        puts("                claimed and then nothing: it waits again");
}

void ctl_show_rows(const struct rd_row *rows, size_t count)
{
    if (count == 0) {
        puts("the list is empty");
        return;
    }
    printf("%-15s %-9s %-9s %-10s %-18s %-14s %-16s %s\n", "ASSIGNMENT", "ROLE", "STATE", "URGENCY",
           "PATHWAY", "LOCALITY", "DUE", "CLAIMED BY");
    for (size_t i = 0; i < count; i++)
        ctl_show_row_line(&rows[i]);
}

static void part(const char *label, struct rd_text value)
{
    if (value.len > 0)
        printf("; %s %.*s", label, RD_TEXT_ARG(value));
}

static void show_received(const struct rd_received *received)
{
    const struct rd_submission *submission = received->submission;
    char time[32];
    printf("received on its feed: %s", rd_enum_name(&rd_disposal_names, (int)received->disposal));
    if (received->first_entry != 0)
        printf(" of entry %" PRIu64, received->first_entry);
    part("because", received->reason_words);
    if (submission != NULL && submission->back_entry) {
        printf("; taken at %s", ctl_time(submission->received, time));
        bool paper = rd_text_is(submission->media_type, "text/csv"); /* submit --paper */
        part(paper ? "entered from paper by" : "entered afterwards by", submission->entered_by);
    }
}

static void show_decided(const struct rd_decided *decided)
{
    const struct rd_decision *decision = decided->decision;
    printf("decided");
    if (decision == NULL)
        return;
    part("by", decision->decided_by);
    part("pathway", decision->pathway);
    printf("; %s", rd_enum_name(&rd_priority_names, (int)decision->urgency));
    for (size_t i = 0; i < decision->assignments_count; i++)
        printf("; %s %.*s", rd_enum_name(&rd_role_names, (int)decision->assignments[i].role),
               RD_TEXT_ARG(decision->assignments[i].team));
    part("because", decision->reason);
}

static void show_moved(const struct rd_moved *moved)
{
    printf("%s of assignment %" PRIu32, rd_enum_name(&rd_verb_names, (int)moved->verb),
           moved->assignment);
    part("by", moved->by);
    part("to", moved->to);
    if (moved->created != 0)
        printf("; becomes assignment %" PRIu32, moved->created);
    if (moved->outcome != 0)
        printf("; outcome %s", rd_enum_name(&rd_outcome_names, (int)moved->outcome));
    part("because", moved->reason);
    part("note:", moved->words);
}

static void show_contacted(const struct rd_contacted *contacted)
{
    char time[32];
    if (contacted->voids)
        printf("contact %" PRIu32 " voided", contacted->contact);
    else
        printf("contact %" PRIu32 ", %s, at %s", contacted->contact,
               rd_enum_name(&rd_contact_mode_names, (int)contacted->mode),
               ctl_time(contacted->occurred, time));
    part("by", contacted->by);
    part("outcome", contacted->outcome);
    part("note:", contacted->words);
}

static void show_alarmed(const struct rd_alarmed *alarmed)
{
    printf("alarm: %s", rd_enum_name(&rd_alarm_kind_names, (int)alarmed->kind));
    if (alarmed->stage_kind != 0)
        printf(" %s", rd_enum_name(&rd_stage_kind_names, (int)alarmed->stage_kind));
    if (alarmed->clock != 0)
        printf(" of clock %" PRIu32, alarmed->clock);
    part("for", alarmed->team);
    part("to rota", alarmed->escalate_to);
    part("which is", alarmed->person);
    part("-", alarmed->words);
}

static void show_linked(const struct rd_entry *entry)
{
    const struct rd_linked *linked = entry->linked;
    char names[2][RD_IDENT_TEXT_MAX];
    char parts[RD_PARTS_TEXT_MAX];
    printf("%s: %s", rd_enum_name(&rd_verb_names, (int)linked->verb),
           rd_ident_format(entry->referral, names[0]));
    if (linked->other != 0)
        printf(" and %s; same: %s", rd_ident_format(linked->other, names[1]),
               rd_parts_words(linked->matched, parts));
    if (linked->differs != 0)
        printf("; different: %s", rd_parts_words(linked->differs, parts));
    if (linked->left_out != 0)
        printf("; %" PRIu32 " further that match are not suggested", linked->left_out);
    part("by", linked->by);
    part("because", linked->reason);
}

static void show_answered(const struct rd_answered *answered)
{
    static const char *const ends[] = {"", "written to the connection",
                                       "the connection was gone: the sender does not know",
                                       "the sender wants or can be given none"};
    bool nothing = answered->told == RD_TOLD_NOTHING;
    printf("answer to entry %" PRIu64 ": ", answered->received);
    if (answered->code.len > 0)
        printf("%.*s, ", RD_TEXT_ARG(answered->code));
    if (answered->length > 0)
        printf("%" PRIu64 " bytes, ", answered->length);
    printf("%s%s", nothing ? "nothing: " : "",
           (size_t)answered->told < sizeof ends / sizeof ends[0] ? ends[answered->told] : "");
    part("words:", answered->words);
}

static void show_rest(const struct rd_entry *entry)
{
    char time[2][32];
    if (entry->answered != NULL) {
        show_answered(entry->answered);
    } else if (entry->receipted != NULL) {
        printf("receipt %s %s", rd_enum_name(&rd_receipt_stage_names, (int)entry->receipted->stage),
               entry->receipted->given_up ? "given up" : "acknowledged by the sender");
    } else if (entry->read != NULL) {
        printf("record opened, view %s", rd_enum_name(&rd_view_names, (int)entry->read->view));
        part("by", entry->read->by);
        part("because", entry->read->purpose);
    } else if (entry->quarantine != NULL) {
        printf("quarantined item Q%" PRIu64 ": %s", entry->quarantine->item,
               rd_enum_name(&rd_verb_names, (int)entry->quarantine->verb));
        part("by", entry->quarantine->by);
        part("because", entry->quarantine->reason);
    } else if (entry->clock_ended != NULL) {
        printf("clock %" PRIu32 " ended early", entry->clock_ended->clock);
        part("by", entry->clock_ended->by);
        part("because", entry->clock_ended->reason);
    } else if (entry->time != NULL) {
        printf("clock jump accepted: %s became %s", ctl_time(entry->time->before, time[0]),
               ctl_time(entry->time->after, time[1]));
        part("by", entry->time->by);
    } else if (entry->started != NULL) {
        printf("incarnation %" PRIu64, entry->started->incarnation);
        part("-", entry->started->reason);
    } else if (entry->rules != NULL) {
        printf("rule set %.12s in force",
               entry->rules->hash.len >= 12 ? entry->rules->hash.ptr : "(no hash)   ");
        part("by", entry->rules->by);
        part("approved by", entry->rules->approved_by);
        part("because", entry->rules->reason);
    } else if (entry->activation != NULL) {
        printf("rule set %.12s %s %s", entry->activation->hash.ptr,
               entry->activation->withdrawn ? "is not to come into force at"
                                            : "is to come into force at",
               ctl_time(entry->activation->at, time[0]));
        part("by", entry->activation->by);
        part("approved by", entry->activation->approved_by);
        part("because", entry->activation->reason);
    } else if (entry->ruleset != NULL) {
        printf("a part of rule set %.12s is kept", entry->ruleset->hash.ptr);
    }
}

void ctl_show_entry(const struct rd_entry *entry)
{
    char time[32];
    printf("%8" PRIu64 "  %s  ", entry->number, ctl_time(entry->at, time));
    if (entry->received != NULL)
        show_received(entry->received);
    else if (entry->decided != NULL)
        show_decided(entry->decided);
    else if (entry->moved != NULL)
        show_moved(entry->moved);
    else if (entry->contacted != NULL)
        show_contacted(entry->contacted);
    else if (entry->alarmed != NULL)
        show_alarmed(entry->alarmed);
    else if (entry->linked != NULL)
        show_linked(entry);
    else
        show_rest(entry);
    putchar('\n');
}
