/* One digest over the records of many decisions, byte for byte: from the records of bench_record
 * and from random facts, at random moments, with loads and words of named persons. Two builds that
 * print the same decide the same and say the same of it: bench_digest PLACE [COUNT [SEED]] */
#include "bench_record.h"
#include "model/limits.h"
#include "rules/load/load.h"
#include "wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DECISIONS = 200000, ARENA_BYTES = 1 << 20, LIST_MAX = 4 };

#define PICK(list) (list)[below(sizeof(list) / sizeof((list)[0]))]

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t bound)
{
    return (size_t)(next() >> 11) % bound;
}

static bool often(size_t of_hundred)
{
    return below(100) < of_hundred;
}

static struct rd_text maybe(const char *const *names, size_t count)
{
    return often(20) ? RD_TEXT_NONE : rd_text_of(names[below(count)]);
}
#define MAYBE(list) maybe((list), sizeof(list) / sizeof((list)[0]))

static const char *const needs[] = {"fall",       "care-assessment", "reablement", "catheter",
                                    "loneliness", "immediate-need",  "memory",     "nothing known"};
static const char *const flags[] = {"safeguarding", "scene-safety", "infection"};
static const char *const minimum[] = {"name", "age", "callback"};

static struct rd_text *texts(struct rd_text *room, size_t *count, const char *const *names,
                             size_t names_count)
{
    *count = below(LIST_MAX);
    for (size_t i = 0; i < *count; i++)
        room[i] = rd_text_of(names[below(names_count)]);
    return room;
}
#define TEXTS(room, count, list) texts((room), (count), (list), sizeof(list) / sizeof((list)[0]))

static struct rd_text locality(const struct rd_place *place)
{
    return often(15) ? RD_TEXT_NONE : place->localities[below(place->localities_count)];
}

static rd_instant moment(void)
{
    /* 2026 and 2027, to the second: nights of both changes of clocks, holidays, all hours. */
    return INT64_C(1767225600000000) + (rd_instant)below(730 * 86400) * RD_SECOND_US;
}

struct made {
    struct rd_facts facts;
    struct rd_area areas[RD_AREAS_MAX];
    struct rd_text needs[LIST_MAX], flags[LIST_MAX], missing[LIST_MAX], supporting[LIST_MAX];
    struct rd_override override;
};

static void make_areas(const struct rd_place *place, struct made *out)
{
    static const char *const boroughs[] = {"E09000026", "E09000031", "E07000901", "E07000999"};
    static const char *const bases[] = {"home", "current", "incident", "practice"};
    struct rd_facts *facts = &out->facts;
    facts->areas = out->areas;
    for (int kind = RD_AREA_RESIDENCE; kind <= RD_AREA_DISCHARGE_TO; kind++)
        if (often(60))
            out->areas[facts->areas_count++] = (struct rd_area){
                .kind = (enum rd_area_kind)kind,
                .basis = rd_text_of(PICK(bases)),
                .postcode_class =
                    often(60) ? RD_POSTCODE_KNOWN : (enum rd_postcode_class)(1 + below(10)),
                .locality = locality(place),
                .borough = MAYBE(boroughs)};
    if (facts->areas_count == 0) {
        facts->postcode_class = RD_POSTCODE_MISSING;
        return;
    }
    const struct rd_area *area = &out->areas[below(facts->areas_count)];
    facts->area = area->kind;
    facts->postcode_class = area->postcode_class;
    facts->area_basis = area->basis;
    facts->locality = area->locality;
    facts->borough = area->borough;
    facts->data_vintage = RD_TEXT("2014-08");
}

static void make_facts(const struct rd_place *place, struct made *out)
{
    static const char *const sources[] = {"gp",        "ambulance", "hospital", "self",
                                          "community", "telecare",  "telephone"};
    static const char *const consents[] = {
        "given", "given", "given", "refused", "lacks-capacity", "best-interests", "not-asked"};
    static const char *const confidential[] = {"normal", "N", "restricted"};
    static const char *const hospitals[] = {"RF4QH", "RZ101", "RZ201", "R1HKH"};
    struct rd_facts *facts = &out->facts;
    *out = (struct made){
        .facts = {.source = MAYBE(sources),
                  .kind = often(90) ? RD_KIND_REFERRAL : (enum rd_referral_kind)(1 + below(3)),
                  .priority_asked = (enum rd_priority)below(6),
                  .age = {often(90), (int32_t)(often(90) ? 18 + below(90) : below(150))},
                  .health_need = often(30),
                  .social_need = often(30),
                  .equipment_need = often(10),
                  .safeguarding_need = often(10),
                  .consent = MAYBE(consents),
                  .hospital = MAYBE(hospitals),
                  .discharge_pathway = {often(30), (int32_t)below(5)},
                  .lives_alone = {often(70), often(50)},
                  .received = moment(),
                  .confidentiality = MAYBE(confidential)}};
    if (often(90))
        facts->feed = place->feeds[below(place->feeds_count)].name;
    make_areas(place, out);
    facts->needs = TEXTS(out->needs, &facts->needs_count, needs);
    facts->flags = TEXTS(out->flags, &facts->flags_count, flags);
    if (often(20))
        facts->missing = TEXTS(out->missing, &facts->missing_count, minimum);
    if (often(30))
        facts->source_clock = facts->received - (rd_instant)below(7200) * RD_SECOND_US;
    if (often(20))
        facts->respond_by = facts->received + (rd_instant)below(72000) * RD_SECOND_US;
}

static void make_override(const struct rd_place *place, struct made *out)
{
    struct rd_override *override = &out->override;
    override->by = RD_TEXT("Sam Example");
    override->reason = RD_TEXT("known to the team");
    override->clinician = often(50);
    override->urgency = (enum rd_priority)below(6);
    override->supporting = out->supporting;
    if (often(50))
        override->pathway = place->pathways[below(place->pathways_count)];
    if (often(50))
        override->lead = place->teams[below(place->teams_count)].name;
    override->supporting_count = often(50) ? below(LIST_MAX) : 0;
    for (size_t i = 0; i < override->supporting_count; i++)
        out->supporting[i] = place->teams[below(place->teams_count)].name;
}

/* What the place makes of a record, in `arena`. */
static bool locate(const struct rd_rules *rules, struct bench_record *record,
                   const struct bench_postcodes *postcodes, struct rd_arena *arena,
                   struct rd_facts *out)
{
    static const char *const odd[] = {"",         "E18",    "ZZ99 3VZ", "IG1 1D0",
                                      "SW1A 1AA", "ig11dn", "QX1 1AA"};
    static const char *const practices[] = {"F86042", "f86010", "X99999"};
    const struct rd_place *place = rd_rules_place(rules);
    bench_record_set(record, postcodes, RD_ACTION_NEW, next() % 1000000);
    record->submission.feed = place->feeds[below(place->feeds_count)].name;
    if (often(20))
        record->address.postcode = rd_text_of(PICK(odd));
    record->address.use = (enum rd_address_use)below(5);
    record->person.practice_ods = MAYBE(practices);
    record->referral.priority_asked = (enum rd_priority)below(6);
    return rd_rules_facts(rules, &record->submission, moment(), arena, out) == RD_OK;
}

static uint32_t open_assignments(void *context, struct rd_text team)
{
    const uint64_t *salt = context;
    return (rd_text_hash(team) ^ *salt) % 3 == 0 ? 1000 : 0;
}

static bool has_consumer(void *context, struct rd_text team)
{
    const uint64_t *salt = context;
    return (rd_text_hash(team) + *salt) % 7 != 0;
}

static bool digest(const struct rd_rules *rules, const struct bench_postcodes *postcodes,
                   size_t count, uint64_t *out)
{
    static struct bench_record record;
    static struct made made;
    const struct rd_place *place = rd_rules_place(rules);
    struct rd_arena arena;
    struct rd_buf bytes;
    bool good = true;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES);
    rd_buf_init(&bytes, rd_alloc_heap());
    bench_record_init(&record, "las-cad", 64);
    *out = 0;
    for (size_t i = 0; i < count && good; i++) {
        struct rd_decision decision;
        uint64_t salt = next();
        rd_arena_reset(&arena);
        make_facts(place, &made);
        make_override(place, &made);
        good = i % 2 == 0 || locate(rules, &record, postcodes, &arena, &made.facts);
        const struct rd_decide_request request = {
            .facts = &made.facts,
            .now = often(80) ? made.facts.received : moment(),
            .presence = {.context = &salt,
                         .has_consumer = often(20) ? has_consumer : NULL,
                         .open_assignments = often(50) ? open_assignments : NULL},
            .override = often(15) ? &made.override : NULL,
            .engine_version = RD_TEXT("digest")};
        good = good && rd_rules_decide(rules, &request, &arena, &decision) == RD_OK;
        rd_buf_clear(&bytes);
        if (good)
            rd_wire_encode(&rd_decision_shape, &decision, &bytes);
        for (size_t team = 0; good && i % 50 == 0 && team < place->teams_count; team++) {
            struct rd_text why =
                rd_rules_why_not(rules, &decision, place->teams[team].name, &arena);
            rd_buf_put_text(&bytes, why);
        }
        good = good && !bytes.failed;
        *out = *out * 1099511628211U ^ rd_text_hash(rd_buf_text(&bytes));
    }
    rd_buf_fini(&bytes);
    rd_arena_fini(&arena);
    return good;
}

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    if (finding->severity == RD_SEVERITY_ERROR)
        (void)fprintf(stderr, "%s:%u: %s\n", finding->file, finding->line, finding->words);
}

int main(int argc, char **argv)
{
    static struct bench_postcodes postcodes;
    struct rd_rules *rules = NULL;
    uint64_t found = 0;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : DECISIONS;
    state = argc > 3 ? strtoull(argv[3], NULL, 10) : 20261122;
    if (argc < 2 || argc > 4 || count == 0 || state == 0) {
        (void)fputs("usage: bench_digest PLACE [COUNT [SEED]]\n", stderr);
        return 2;
    }
    bool good = bench_postcodes_read(argv[1], &postcodes) &&
                rd_rules_load(argv[1], rd_alloc_heap(), on_finding, NULL, &rules) == RD_OK &&
                digest(rules, &postcodes, count, &found);
    if (good)
        (void)printf("{\"count\": %zu, \"digest\": \"%016" PRIx64 "\"}\n", count, found);
    rd_rules_free(rules);
    return good ? 0 : 1;
}
