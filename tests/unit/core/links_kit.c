#include "links_kit.h"

#include "base/ident.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

uint64_t links_id_of(struct rd_text referral)
{
    uint64_t id = 0;
    assert_true(rd_ident_parse(referral, &id));
    return id;
}

const struct rd_person_link *links_link_of(struct rig *rig, struct rd_text from, struct rd_text to)
{
    const struct rd_referral_state *state = rig_state(rig, from);
    for (size_t i = 0; i < state->links_count; i++)
        if (state->links[i].other == links_id_of(to))
            return &state->links[i];
    return NULL;
}

const struct rd_command_result *links_say(struct rig *rig, enum who who, enum rd_verb verb,
                                          struct rd_text a, struct rd_text b)
{
    return rig_do(rig, who,
                  &(struct rd_command){.verb = verb,
                                       .target = a,
                                       .to = b,
                                       .by = RD_TEXT("Dee Desk"),
                                       .reason = RD_TEXT("asked her daughter")});
}

void links_refused(struct rig *rig, const struct rd_command_result *result, enum rd_refusal code)
{
    assert_null(result);
    assert_non_null(rig_refused(rig));
    assert_int_equal(rig_refused(rig)->code, code);
    assert_true(rig_refused(rig)->words.len > 20);
    assert_int_equal(rig->update.entries_count, 0);
}

const struct rd_query_result *links_ask(struct rig *rig, enum who who, enum rd_query_kind kind,
                                        struct rd_text target)
{
    struct rd_query query = {.correlation = ++rig->correlation, .kind = kind, .target = target};
    struct rd_message message = {.query = &query};
    rig_say(rig, who, RD_SOCKET_QUEUES, &message);
    return SENT(rig, who, RD_SOCKET_QUEUES, query_result, 0);
}

const struct rd_row *links_row_in(struct rig *rig, enum who who, const char *team,
                                  struct rd_text referral)
{
    const struct rd_query_result *result = links_ask(rig, who, RD_QUERY_QUEUE, rd_text_of(team));
    assert_non_null(result);
    for (size_t i = 0; i < result->rows_count; i++)
        if (rd_text_equal(result->rows[i].referral, referral))
            return &result->rows[i];
    return NULL;
}
