#include "worklist_rig.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rd_team teams[] = {
    {.name = {"desk", 4}, .title = {"The Desk", 8}, .kind = RD_TEAM_DESK, .staffed = true},
    {.name = {"rapid", 5}, .title = {"Rapid <Response>", 16}, .kind = RD_TEAM_INTERNAL},
    {.name = {"voluntary", 9}, .title = {"Voluntary hub", 13}, .kind = RD_TEAM_VOLUNTARY},
};
static struct rd_text pathways[] = {{"rapid-response", 14}, {"routine", 7}};
static struct rd_feed feeds[] = {{.name = {"ward", 4}, .title = {"The Ward", 8}}};
const struct rd_place rig_place = {.name = {"rig", 3},
                                   .title = {"Rig & Place", 11},
                                   .timezone = {"Europe/London", 13},
                                   .emergency_words = {"Call 999.", 9},
                                   .desk = {"desk", 4},
                                   .feeds = feeds,
                                   .feeds_count = 1,
                                   .teams = teams,
                                   .teams_count = 3,
                                   .pathways = pathways,
                                   .pathways_count = 2};

enum rd_err rig_staff_of(struct worklist_staff *staff, const char *text, struct rd_errbuf *why)
{
    char path[] = "/tmp/worklist-staff-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
    enum rd_err err = worklist_staff_read(staff, path, &rig_place, why);
    assert_int_equal(unlink(path), 0);
    return err;
}

void rig_staff(struct worklist_staff *staff)
{
    static char hash[crypto_pwhash_STRBYTES];
    char text[2048];
    struct rd_errbuf why = {""};
    assert_true(sodium_init() >= 0);
    if (hash[0] == '\0')
        assert_int_equal(crypto_pwhash_str(hash, RIG_PASSWORD, strlen(RIG_PASSWORD),
                                           crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
                         0);
    (void)snprintf(text, sizeof text,
                   "staff:\n"
                   "  - {id: pat.jones, name: Pat Jones, title: Nurse, teams: [rapid], clinician: "
                   "true, password: \"%s\"}\n"
                   "  - {id: sam.okoro, name: Sam Okoro, teams: [rapid], password: \"%s\"}\n"
                   "  - {id: desk.one, name: Devi <Desk>, teams: [\"*\"], password: \"%s\"}\n"
                   "  - {id: vol.hub, name: Vic Vol, teams: [voluntary], password: \"%s\"}\n",
                   hash, hash, hash, hash);
    if (rig_staff_of(staff, text, &why) != RD_OK)
        fail_msg("%s", why.text);
}

struct rd_row rig_row(const char *assignment, const char *team, int due_minutes, uint64_t order)
{
    static struct rd_text needs[] = {{"fall", 4}, {"carer-breakdown", 15}};
    return (struct rd_row){.assignment = rd_text_of(assignment),
                           .referral = rd_text_slice(rd_text_of(assignment), 0, 11),
                           .team = rd_text_of(team),
                           .role = RD_ROLE_LEAD,
                           .view = RD_VIEW_FULL,
                           .phase = RD_ASSIGNMENT_WAITING,
                           .pathway = RD_TEXT("rapid-response"),
                           .locality = RD_TEXT("Wanstead"),
                           .reason = RD_TEXT("One of the needs of the two-hour standard"),
                           .feed = RD_TEXT("ward"),
                           .urgency = RD_PRIORITY_TWO_HOUR,
                           .age = {true, 84},
                           .needs = needs,
                           .needs_count = 2,
                           .received = RIG_NOW - 10 * RD_MINUTE_US,
                           .next_due = due_minutes == 0 ? 0 : RIG_NOW + due_minutes * RD_MINUTE_US,
                           .order = order,
                           .revision = 1};
}

void rig_change(struct worklist_queues *queues, enum rd_row_change what, struct rd_row *row)
{
    struct rd_change change = {.queue = row->team, .what = what, .row = row};
    const struct rd_message message = {.change = &change};
    worklist_queues_hear(queues, &message, RIG_NOW);
}

void rig_queues(struct worklist_queues *queues)
{
    static const struct rd_text names[] = {{"desk", 4}, {"rapid", 5}, {"voluntary", 9}};
    struct rd_welcome welcome = {0};
    const struct rd_message welcomed = {.welcome = &welcome};
    assert_true(worklist_queues_init(queues, names, 3));
    worklist_queues_hear(queues, &welcomed, RIG_NOW);
    for (size_t i = 0; i < 3; i++) {
        struct rd_snapshot_begin begin = {.queue = names[i]};
        struct rd_snapshot_end end = {.queue = names[i]};
        const struct rd_message begun = {.snapshot_begin = &begin};
        const struct rd_message ended = {.snapshot_end = &end};
        worklist_queues_hear(queues, &begun, RIG_NOW);
        worklist_queues_hear(queues, &ended, RIG_NOW);
    }
}

const char *rig_text(struct rd_buf *buf)
{
    rd_buf_put(buf, "", 1);
    assert_false(buf->failed);
    return (const char *)buf->bytes;
}

void rig_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("expected \"%s\" in:\n%s", part, text);
}

void rig_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("did not expect \"%s\" in:\n%s", part, text);
}
