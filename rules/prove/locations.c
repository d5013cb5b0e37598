/* What the postcodes of a place come to: the class, borough and locality that a look-up gives occur
 * together in a few ways only. Every postcode is looked up on every day on which the answer may
 * change, by the code that routes. */
#include "rules/prove/proof.h"

#include <string.h>

enum { DAYS_MAX = 512 };

struct location {
    enum rd_postcode_class class;
    struct rd_text locality, borough; /* borrowed from the tables */
    struct rd_text postcode;          /* an example */
};
struct locations {
    struct proof *proof;
    struct location *items;
    size_t count;
    int64_t day;
    bool first_day;
};

static bool same_text(struct rd_text a, struct rd_text b)
{
    return rd_text_present(a) == rd_text_present(b) && rd_text_equal(a, b);
}

static void add_location(struct locations *locations, const struct location *location)
{
    for (size_t i = 0; i < locations->count; i++)
        if (locations->items[i].class == location->class &&
            same_text(locations->items[i].locality, location->locality) &&
            same_text(locations->items[i].borough, location->borough))
            return;
    void *items = locations->items;
    struct location *added =
        rd_arena_add(&locations->proof->arena, &items, &locations->count, sizeof *added);
    locations->items = items;
    if (added == NULL) {
        locations->proof->err = RD_E_TOOBIG;
        return;
    }
    *added = *location;
    if (!rd_arena_copy(&locations->proof->arena, location->postcode, &added->postcode))
        locations->proof->err = RD_E_TOOBIG;
}

static void look_up(void *context, const char *postcode)
{
    struct locations *locations = context;
    struct rd_geo_place place;
    rd_geo_lookup(locations->proof->rules->geo, rd_text_of(postcode), locations->day, &place);
    if (locations->first_day && place.class != RD_POSTCODE_TERMINATED)
        locations->proof->out->postcodes++;
    const struct location location = {.class = place.class,
                                      .locality = place.locality,
                                      .borough = place.lad,
                                      .postcode = rd_text_of(postcode)};
    add_location(locations, &location);
}

/* What needs no postcode of the table: every other class, and authorities that a rule names. */
static void add_others(struct locations *locations)
{
    static const struct {
        enum rd_postcode_class class;
        const char *words;
    } others[] = {{RD_POSTCODE_UNKNOWN, "an unknown postcode"},
                  {RD_POSTCODE_OUT_OF_AREA, "a postcode out of the area"},
                  {RD_POSTCODE_TERMINATED, "a terminated postcode"},
                  {RD_POSTCODE_SPLIT, "a split postcode"},
                  {RD_POSTCODE_PSEUDO, "a pseudo postcode"},
                  {RD_POSTCODE_NO_FIXED_ABODE, "no fixed abode"},
                  {RD_POSTCODE_NO_AUTHORITY, "a postcode without an authority"},
                  {RD_POSTCODE_MALFORMED, "a malformed postcode"},
                  {RD_POSTCODE_MISSING, "no address"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct location location = {.class = others[i].class,
                                          .postcode = rd_text_of(others[i].words)};
        add_location(locations, &location);
    }
}

static void add_borough(void *context, const struct rd_value *literal)
{
    struct locations *locations = context;
    static const struct {
        enum rd_postcode_class class;
        const char *words;
    } kinds[] = {{RD_POSTCODE_OUT_OF_AREA, "a postcode outside, in"},
                 {RD_POSTCODE_KNOWN, "a postcode without a locality, in"},
                 {RD_POSTCODE_SPLIT, "a split postcode of"},
                 {RD_POSTCODE_TERMINATED, "a terminated postcode of"}};
    if (literal->type != RD_TYPE_STRING)
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct location location = {
            .class = kinds[i].class,
            .borough = literal->as.string,
            .postcode = rd_arena_format(&locations->proof->arena, "%s %.*s", kinds[i].words,
                                        RD_TEXT_ARG(literal->as.string))};
        add_location(locations, &location);
    }
}

/* The authorities that the tables ask for, whether or not the place's list has a postcode there. */
static void add_boroughs(struct locations *locations, const struct rd_bound_table *bound)
{
    for (size_t c = 0; bound->table != NULL && c < bound->table->inputs_count; c++)
        for (size_t r = 0; bound->inputs[c] == RD_INPUT_BOROUGH && r < bound->table->rules_count;
             r++)
            rd_cell_each_literal(bound->table->rules[r].inputs[c].tests, locations, add_borough);
}

/* An axis on its way: of an area (0: what triage sees), its cases and an example for each. */
struct axis {
    enum rd_area_kind kind;
    struct rd_value *seen[PROOF_SEEN];
    struct rd_text *postcodes;
    size_t count;
};

static void add_case(struct axis *axis, const struct location *location, struct rd_text basis)
{
    const struct rd_value values[PROOF_SEEN] = {
        [PROOF_SEEN_CLASS] =
            rd_value_text(rd_text_of(rd_enum_name(&rd_postcode_class_names, (int)location->class))),
        [PROOF_SEEN_LOCALITY] = rd_value_text(location->locality),
        [PROOF_SEEN_BOROUGH] = rd_value_text(location->borough),
        [PROOF_SEEN_BASIS] = rd_value_text(basis)};
    for (size_t i = 0; i < PROOF_SEEN; i++)
        axis->seen[i][axis->count] = values[i];
    axis->postcodes[axis->count++] = location->postcode;
}

/* Every location with every basis. Those of a locality first: they stand in examples when any will
 * do. Nothing is known without a basis. */
static void add_cases(const struct locations *locations, const struct rd_text *bases, size_t count,
                      struct axis *axis)
{
    const struct location nowhere = {.class = RD_POSTCODE_MISSING,
                                     .postcode = RD_TEXT("no address")};
    for (size_t i = 0; i < 2 * locations->count; i++) {
        const struct location *location = &locations->items[i % locations->count];
        if (rd_text_present(location->locality) == (i < locations->count))
            for (size_t b = 0; b < count; b++)
                add_case(axis, location, bases[b]);
    }
    add_case(axis, &nowhere, RD_TEXT_NONE);
}

/* The inputs that stand for an area: what routing sees when a pathway goes by it, and the area's
 * own three, which are null when it is not known of (the last case). */
static bool add_area_inputs(struct proof *proof, const struct axis *axis)
{
    size_t inputs[PROOF_SEEN + 3];
    const struct rd_value *values[PROOF_SEEN + 3];
    for (size_t i = 0; i < PROOF_SEEN; i++) {
        inputs[i] = proof_seen(axis->kind, i);
        values[i] = axis->seen[i];
    }
    for (size_t i = 0; i < 3; i++) {
        struct rd_value *own = rd_arena_array(&proof->arena, axis->count, sizeof *own);
        if (own == NULL)
            return false;
        memcpy(own, axis->seen[i], axis->count * sizeof *own);
        own[axis->count - 1] = rd_value_null();
        inputs[PROOF_SEEN + i] =
            RD_INPUT_RESIDENCE_CLASS + 3 * ((size_t)axis->kind - RD_AREA_RESIDENCE) + i;
        values[PROOF_SEEN + i] = own;
    }
    return rd_space_add_joint(&proof->space, inputs, values, PROOF_SEEN + 3, axis->count) == RD_OK;
}

static bool add_seen_inputs(struct proof *proof, const struct axis *axis)
{
    static const size_t inputs[PROOF_SEEN] = {[PROOF_SEEN_CLASS] = RD_INPUT_POSTCODE_CLASS,
                                              [PROOF_SEEN_LOCALITY] = RD_INPUT_LOCALITY,
                                              [PROOF_SEEN_BOROUGH] = RD_INPUT_BOROUGH,
                                              [PROOF_SEEN_BASIS] = RD_INPUT_AREA_BASIS};
    const struct rd_value *values[PROOF_SEEN];
    for (size_t i = 0; i < PROOF_SEEN; i++)
        values[i] = axis->seen[i];
    return rd_space_add_joint(&proof->space, inputs, values, PROOF_SEEN, axis->count) == RD_OK;
}

static bool make_axis(struct proof *proof, const struct locations *locations,
                      enum rd_area_kind kind)
{
    struct axis axis = {.kind = kind};
    const struct rd_text *bases = NULL;
    size_t count = 0;
    bool full = !rd_input_values(proof->rules, RD_INPUT_AREA_BASIS, &proof->arena, &bases, &count);
    size_t cases = locations->count * count + 1;
    axis.postcodes = rd_arena_array(&proof->arena, cases, sizeof *axis.postcodes);
    full = full || axis.postcodes == NULL;
    for (size_t i = 0; i < PROOF_SEEN; i++) {
        axis.seen[i] = rd_arena_array(&proof->arena, cases, sizeof *axis.seen[i]);
        full = full || axis.seen[i] == NULL;
    }
    if (!full) {
        add_cases(locations, bases, count, &axis);
        proof->postcodes[kind] = axis.postcodes;
        full = !(kind == 0 ? add_seen_inputs(proof, &axis) : add_area_inputs(proof, &axis));
    }
    if (full)
        proof->err = RD_E_TOOBIG;
    return !full;
}

/* Whether a table asks for one of the area's own three inputs. */
static bool asks_for(const struct rd_bound_table *bound, enum rd_area_kind kind)
{
    size_t first = RD_INPUT_RESIDENCE_CLASS + 3 * ((size_t)kind - RD_AREA_RESIDENCE);
    for (size_t c = 0; bound->table != NULL && c < bound->table->inputs_count; c++)
        if (bound->inputs[c] >= first && bound->inputs[c] < first + 3)
            return true;
    return false;
}

static bool counts(const struct proof *proof, enum rd_area_kind kind)
{
    const struct rd_rules *rules = proof->rules;
    bool asked = kind == 0 || proof->goes_by[kind] || asks_for(&rules->triage, kind) ||
                 asks_for(&rules->lead, kind);
    for (size_t i = 0; i < rules->supporting_count; i++)
        asked = asked || asks_for(&rules->supporting[i], kind);
    return asked;
}

bool proof_add_locations(struct proof *proof)
{
    struct locations locations = {.proof = proof};
    int64_t days[DAYS_MAX + 1];
    int64_t from = rd_zone_day(proof->rules->zone, proof->out->from);
    int64_t until = rd_zone_day(proof->rules->zone, proof->out->until);
    size_t changes = rd_geo_change_days(proof->rules->geo, from, until, days + 1, DAYS_MAX);
    days[0] = from;
    if (changes > DAYS_MAX) {
        proof->err = RD_E_TOOBIG;
        return false;
    }
    for (size_t i = 0; i <= changes && proof->err == RD_OK; i++) {
        locations.day = days[i];
        locations.first_day = i == 0;
        rd_geo_each(proof->rules->geo, &locations, look_up);
    }
    add_others(&locations);
    add_boroughs(&locations, &proof->rules->triage);
    add_boroughs(&locations, &proof->rules->lead);
    for (size_t i = 0; i < proof->rules->supporting_count; i++)
        add_boroughs(&locations, &proof->rules->supporting[i]);
    proof->out->locations = locations.count;
    for (size_t i = 0; i < proof->rules->place.pathways_count; i++)
        proof->goes_by[proof->rules->pathways[i].area] = true;
    proof->goes_by[0] = true; /* whatever no rule settles */
    for (enum rd_area_kind kind = 0; kind <= RD_AREA_DISCHARGE_TO && proof->err == RD_OK; kind++)
        if (counts(proof, kind) && !make_axis(proof, &locations, kind))
            return false;
    return proof->err == RD_OK;
}
