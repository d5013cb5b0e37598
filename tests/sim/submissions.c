/* A submission as its adapter makes it, the same bytes every time it is sent. */
#include "world.h"

static const char *const needs[] = {"fall",      "catheter", "frailty", "lonely",
                                    "neighbour", "unknown",  NULL};

static struct rd_time *time_of(struct rd_arena *arena, rd_instant at)
{
    struct rd_time *time = rd_arena_take(arena, sizeof *time);
    rd_require(time != NULL);
    *time = (struct rd_time){.utc_us = at, .precision = RD_PRECISION_SECOND};
    return time;
}

static void *one(struct rd_arena *arena, size_t size, size_t *count)
{
    void *made = rd_arena_take(arena, size);
    rd_require(made != NULL);
    *count = 1;
    return made;
}

static struct rd_person *make_person(struct rd_arena *arena, const struct sim_sub *sub)
{
    static const char *const numbers[] = {"9990000018", "9990000026", "9990000034", "9990000042",
                                          "9990000050", "9990000069", "9990000077", "9990000085",
                                          "9990000093", "9990000107"};
    struct rd_person *person = rd_arena_take(arena, sizeof *person);
    rd_require(person != NULL);
    person->ids = one(arena, sizeof *person->ids, &person->ids_count);
    person->ids[0].system = RD_TEXT("nhs-number");
    person->ids[0].value = rd_text_of(numbers[sub->person % 10]);
    person->names = one(arena, sizeof *person->names, &person->names_count);
    person->names[0].family = RD_TEXT("Canary");
    person->age_estimate = (struct rd_opt_i32){true, (int32_t)sub->age};
    return person;
}

static void add_flags(struct rd_arena *arena, const struct sim_sub *sub, struct rd_referral *out)
{
    out->flags = rd_arena_array(arena, 2, sizeof *out->flags);
    rd_require(out->flags != NULL);
    if (sub->safeguarding)
        out->flags[out->flags_count++].category = RD_TEXT("safeguarding");
    if (sub->scene_safety)
        out->flags[out->flags_count++].category = RD_TEXT("scene-safety");
}

static struct rd_referral *make_referral(struct rd_arena *arena, const struct sim_sub *sub)
{
    struct rd_referral *referral = rd_arena_take(arena, sizeof *referral);
    rd_require(referral != NULL);
    referral->kind = sub->kind;
    referral->custody = sub->kind == RD_KIND_VALIDATION ? RD_CUSTODY_SENDER : RD_CUSTODY_ROUTER;
    referral->priority_asked = sub->priority;
    referral->source_refs = one(arena, sizeof *referral->source_refs, &referral->source_refs_count);
    referral->source_refs[0].system = RD_TEXT("sim");
    referral->source_refs[0].value = rd_text_of(sub->ref);
    referral->person = make_person(arena, sub);
    referral->authored = time_of(arena, sub->authored);
    if (sub->respond_by != 0)
        referral->respond_by = time_of(arena, sub->respond_by);
    if (needs[sub->need] != NULL) {
        referral->needs = one(arena, sizeof *referral->needs, &referral->needs_count);
        referral->needs[0].domain = RD_DOMAIN_HEALTH;
        referral->needs[0].code = rd_text_of(needs[sub->need]);
        referral->needs[0].words = RD_TEXT("Canary fell");
    }
    add_flags(arena, sub, referral);
    if (sub->action == RD_ACTION_FACT) {
        referral->facts = one(arena, sizeof *referral->facts, &referral->facts_count);
        referral->facts[0].kind = sub->fact;
        referral->facts[0].words = RD_TEXT("seen on the ward");
    }
    return referral;
}

/* The hospital counts its messages; what the other feeds send leaves gaps in its numbers. */
static bool is_numbered(const struct sim_world *world, const struct sim_sub *sub)
{
    return rd_text_is(sim_place(world)->feeds[sub->feed].source, "hospital");
}

struct rd_submission *sim_make_submission(struct sim_world *world, const struct sim_sub *sub)
{
    struct rd_arena *arena = &world->arena;
    rd_arena_reset(arena);
    struct rd_submission *made = rd_arena_take(arena, sizeof *made);
    char *digest = rd_arena_take(arena, RD_DIGEST_BYTES);
    rd_require(made != NULL && digest != NULL);
    for (size_t i = 0; i < RD_DIGEST_BYTES; i++)
        digest[i] = (char)(sub->number * 7 + sub->variant * 13 + i);
    *made = (struct rd_submission){.feed = sim_place(world)->feeds[sub->feed].name,
                                   .key = rd_text_of(sub->key),
                                   .action = sub->action,
                                   .environment = sub->environment,
                                   .digest = {digest, RD_DIGEST_BYTES},
                                   .media_type = RD_TEXT("application/sim"),
                                   .sequence = is_numbered(world, sub) ? sub->number + 1 : 0,
                                   .sequence_of =
                                       is_numbered(world, sub) ? RD_TEXT("PAS|SIM") : RD_TEXT_NONE,
                                   .original = RD_TEXT("Canary, as it came in"),
                                   .sent = time_of(arena, sub->authored)};
    if (sub->action == RD_ACTION_AMEND)
        made->last_updated = time_of(arena, sub->authored);
    if (sub->garbage) {
        made->quarantine_code = RD_TEXT("not-understood");
        made->quarantine_words = RD_TEXT("line 1: a segment was expected");
        return made;
    }
    if (sub->refused) {
        made->refused_code = RD_TEXT("too-large");
        made->refused_words = RD_TEXT("5 MB, at most 1 MiB");
        return made;
    }
    if (sub->back_entry) {
        made->back_entry = true;
        made->received = sub->authored - 20 * RD_MINUTE_US;
        made->entered_by = RD_TEXT("Ann");
    }
    made->based_on = (struct rd_opt_i32){sub->merges, (int32_t)sub->based_on};
    made->referral = make_referral(arena, sub);
    return made;
}
