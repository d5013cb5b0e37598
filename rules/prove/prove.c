#include "rules/prove/prove.h"

#include "rules/prove/proof.h"

#include <string.h>

/* A cell on its way: which triage rule hits (the number of rules: none does) with which result, and
 * which rule of one more table. */
struct cell {
    struct proof *proof;
    size_t triage;
    enum rd_priority urgency;
    struct rd_text pathway;
    enum rd_area_kind area;           /* that the pathway goes by; 0: none of its own */
    const uint64_t **taken;           /* boxes of people who are in other cells, or cannot be */
    size_t taken_count, triage_taken; /* of these the first, for every cell of the triage rule */
    uint64_t *box, *left, *whole;
    size_t done, total;
};

/* Whether rule `a` hits rather than `b` when both match. */
static bool comes_first(const struct rd_table *table, size_t a, size_t b)
{
    if (table->hit == RD_HIT_FIRST)
        return a < b;
    if (table->hit != RD_HIT_PRIORITY)
        return false;
    return table->rules[a].rank != table->rules[b].rank
               ? table->rules[a].rank < table->rules[b].rank
               : a < b;
}

static size_t rules_of(const struct proof_table *table)
{
    return table->bound->table->rules_count;
}

/* Whether the rule's cells about pathway, urgency and area hold. */
static bool admits(const struct cell *cell, const struct proof_table *table, size_t rule)
{
    const struct rd_bound_table *bound = table->bound;
    for (size_t c = 0; c < bound->table->inputs_count; c++) {
        struct rd_value value = rd_value_null();
        if (bound->inputs[c] == RD_INPUT_PATHWAY)
            value = rd_value_text(cell->pathway);
        else if (bound->inputs[c] == RD_INPUT_URGENCY)
            value = rd_value_text(rd_text_of(rd_enum_name(&rd_priority_names, (int)cell->urgency)));
        else if (bound->inputs[c] == RD_INPUT_AREA && cell->area != 0)
            value = rd_value_text(rd_text_of(rd_enum_name(&rd_area_kind_names, (int)cell->area)));
        else
            continue;
        if (rd_feel_test(bound->table->rules[rule].inputs[c].tests, &value) != RD_TRUE)
            return false;
    }
    return true;
}

/* Adds the boxes of the rules that hit rather than `rule` (none: of all). */
static void add_taken(struct cell *cell, const struct proof_table *table, size_t rule, bool triage)
{
    size_t none = rules_of(table);
    for (size_t i = 0; i < none; i++) {
        if (rule != none && !comes_first(table->bound->table, i, rule))
            continue;
        if (!triage && !admits(cell, table, i))
            continue;
        for (size_t b = table->first[i]; b < table->first[i + 1]; b++)
            cell->taken[cell->taken_count++] = table->every[b];
    }
}

/* The inputs of one person of the box; what no table asks for is as plain as it can be. */
static bool fill_values(struct proof *proof, const uint64_t *box,
                        struct rd_value values[RD_INPUT_COUNT])
{
    for (size_t i = 0; i < RD_INPUT_COUNT; i++) {
        values[i] = rd_value_null();
        if (proof->space.inputs[i].made) {
            if (!rd_box_value(&proof->space, box, i, &proof->step, &values[i]))
                return false;
        } else if (rd_input_specs[i].type == RD_TYPE_LIST) {
            values[i] = rd_value_list(NULL, 0);
        } else if (rd_input_specs[i].type == RD_TYPE_BOOLEAN && !rd_input_specs[i].nullable) {
            values[i] = rd_value_boolean(false);
        }
    }
    return true;
}

static struct rd_text text_of(const struct rd_value *value)
{
    return value->type == RD_TYPE_STRING ? value->as.string : RD_TEXT_NONE;
}

static int enum_of(const struct rd_enum_names *names, const struct rd_value *value)
{
    return value->type == RD_TYPE_STRING ? rd_enum_value(names, value->as.string) : 0;
}

/* The areas that somebody of the box has. */
static size_t areas_of(struct proof *proof, const uint64_t *box, struct rd_area out[RD_AREAS_MAX])
{
    size_t count = 0;
    for (enum rd_area_kind kind = RD_AREA_RESIDENCE; kind <= RD_AREA_DISCHARGE_TO; kind++) {
        size_t own = RD_INPUT_RESIDENCE_CLASS + 3 * ((size_t)kind - RD_AREA_RESIDENCE);
        if (!proof->space.inputs[own].made)
            continue;
        size_t class = rd_box_class(&proof->space, box, proof->space.inputs[own].axis);
        const struct rd_value *of_class = &proof->space.inputs[own].values[class];
        size_t basis = proof_seen(kind, PROOF_SEEN_BASIS);
        if (of_class->type == RD_TYPE_NULL)
            continue;
        out[count++] = (struct rd_area){
            .kind = kind,
            .basis = text_of(&proof->space.inputs[basis].values[class]),
            .postcode_class = (enum rd_postcode_class)enum_of(&rd_postcode_class_names, of_class),
            .locality = text_of(&proof->space.inputs[own + 1].values[class]),
            .borough = text_of(&proof->space.inputs[own + 2].values[class])};
    }
    return count;
}

/* What route and clock read of the facts beside the values. */
static struct rd_facts facts_of(const struct rd_value *values, rd_instant now)
{
    struct rd_facts facts = {
        .kind = (enum rd_referral_kind)enum_of(&rd_referral_kind_names, &values[RD_INPUT_KIND]),
        .priority_asked =
            (enum rd_priority)enum_of(&rd_priority_names, &values[RD_INPUT_PRIORITY_ASKED]),
        .postcode_class = (enum rd_postcode_class)enum_of(&rd_postcode_class_names,
                                                          &values[RD_INPUT_POSTCODE_CLASS]),
        .area_basis = text_of(&values[RD_INPUT_AREA_BASIS]),
        .locality = text_of(&values[RD_INPUT_LOCALITY]),
        .borough = text_of(&values[RD_INPUT_BOROUGH]),
        .consent = text_of(&values[RD_INPUT_CONSENT]),
        .confidentiality = text_of(&values[RD_INPUT_CONFIDENTIALITY]),
        .received = now,
    };
    if (facts.kind == 0)
        facts.kind = RD_KIND_REFERRAL;
    if (facts.postcode_class == 0)
        facts.postcode_class = RD_POSTCODE_KNOWN;
    if (facts.kind == RD_KIND_VALIDATION)
        facts.respond_by = now + 2 * RD_HOUR_US;
    return facts;
}

/* Makes and judges one decision. False: it fails, or memory gave out. */
static bool try_moment(struct cell *cell, const struct rd_value *values, rd_instant now)
{
    struct proof *proof = cell->proof;
    struct rd_decision decision = {0};
    struct rd_facts facts = facts_of(values, now);
    struct rd_area areas[RD_AREAS_MAX];
    facts.areas = areas;
    facts.areas_count = areas_of(proof, cell->left, areas);
    const struct rd_decide_request request = {
        .facts = &facts, .now = now, .engine_version = RD_TEXT("proof")};
    struct rd_deciding deciding = {
        .rules = proof->rules, .request = &request, .arena = &proof->step, .out = &decision};
    memcpy(deciding.values, values, sizeof deciding.values);
    if (rd_decide_values(&deciding) != RD_OK) {
        proof->err = RD_E_TOOBIG;
        return false;
    }
    proof->out->decisions++;
    struct rd_text wrong = proof_judge(proof, &deciding, &decision);
    if (!rd_text_present(wrong))
        return true;
    proof_fails(proof, proof_person(proof, values, cell->left, cell->area), proof_when(proof, now),
                wrong);
    return false;
}

/* The team that the cell's rule names, or the desk. */
static size_t team_of(const struct proof *proof, const struct proof_table *table, size_t rule)
{
    const struct rd_place *place = &proof->rules->place;
    size_t team = rule < rules_of(table) ? table->bound->teams[rule] : SIZE_MAX;
    if (team != SIZE_MAX)
        return team;
    const struct rd_team *desk = rd_place_team(place, place->desk);
    return (size_t)(desk - place->teams);
}

/* Somebody of the cell at every kind of hour. */
static bool try_cell(struct cell *cell, const struct proof_table *table, size_t rule)
{
    struct proof *proof = cell->proof;
    const struct proof_hours *of_teams =
        cell->urgency == RD_PRIORITY_TWO_DAY ? proof->waiting_hours : proof->hours;
    const struct proof_hours *hours = &of_teams[team_of(proof, table, rule)];
    struct rd_value values[RD_INPUT_COUNT];
    proof->out->cells++;
    if (proof->options->cell != NULL && table == &proof->lead[cell->area])
        proof->options->cell(proof->options->context, cell->triage, cell->urgency, rule);
    for (size_t i = 0; i < hours->count; i++) {
        rd_arena_reset(&proof->step);
        if (!fill_values(proof, cell->left, values)) {
            proof->err = RD_E_TOOBIG;
            return false;
        }
        if (!try_moment(cell, values, hours->moments[i].at))
            return false;
    }
    return true;
}

/* Looks for somebody in cell->box and not in what is taken. */
static enum rd_cover_answer find_somebody(struct cell *cell)
{
    struct proof *proof = cell->proof;
    enum rd_cover_answer answer =
        rd_cover_find(proof->cover, cell->box, cell->taken, cell->taken_count, cell->left);
    if (answer == RD_UNDECIDED) {
        proof->out->answer = RD_PROOF_UNDECIDED;
        memcpy(proof->out->counter_example, "the tables are too large together", 34);
    }
    return answer;
}

/* The cell of one rule of the second table, or of none, with one box of the triage rule. */
static bool prove_pair(struct cell *cell, const uint64_t *triage, const struct proof_table *table,
                       size_t rule)
{
    struct proof *proof = cell->proof;
    size_t none = rules_of(table), first = rule == none ? 0 : table->first[rule];
    size_t last = rule == none ? 1 : table->first[rule + 1];
    cell->taken_count = cell->triage_taken;
    add_taken(cell, table, rule, false);
    for (size_t b = first; b < last; b++) {
        const uint64_t *box = rule == none ? cell->whole : table->every[b];
        if (!rd_box_meet(&proof->space, triage, box, cell->box))
            continue;
        enum rd_cover_answer answer = find_somebody(cell);
        if (answer == RD_OPEN)
            return try_cell(cell, table, rule);
        if (answer == RD_UNDECIDED)
            return false;
    }
    return true;
}

/* Every rule of the second table, and that none of them matches. */
static bool prove_table(struct cell *cell, const uint64_t *triage, const struct proof_table *table,
                        bool also_none)
{
    for (size_t i = 0; i < rules_of(table) + (also_none ? 1 : 0); i++)
        if ((i == rules_of(table) || admits(cell, table, i)) && !prove_pair(cell, triage, table, i))
            return false;
    return true;
}

/* What triage makes of an urgency that was asked for, when that rule hits (triage.c). */
static void settle(struct cell *cell, enum rd_priority asked)
{
    const struct proof *proof = cell->proof;
    const struct rd_bound_table *bound = proof->triage.bound;
    struct rd_hit hit = {cell->triage < rules_of(&proof->triage) ? (int)cell->triage : RD_NO_RULE,
                         RD_NO_RULE};
    struct rd_text urgency = rd_deciding_output(bound, hit, "urgency");
    int by_rules = rd_text_present(urgency) ? rd_enum_value(&rd_priority_names, urgency) : 0;
    cell->pathway = rd_deciding_output(bound, hit, "pathway");
    if (!rd_text_present(cell->pathway))
        cell->pathway = RD_TEXT(RD_PATHWAY_DESK);
    cell->area = 0;
    for (size_t i = 0; i < proof->rules->place.pathways_count; i++)
        if (rd_text_equal(proof->rules->place.pathways[i], cell->pathway))
            cell->area = proof->rules->pathways[i].area;
    cell->urgency =
        rd_triage_urgency(proof->rules, cell->pathway, (enum rd_priority)by_rules, asked);
}

/* Everybody for whom that triage rule hits, one box of it and one result at a time. */
static bool prove_triage_box(struct cell *cell, const uint64_t *box, uint64_t *narrowed)
{
    struct proof *proof = cell->proof;
    const struct rd_space_input *asked = &proof->space.inputs[RD_INPUT_PRIORITY_ASKED];
    size_t axis = asked->axis, bytes = proof->space.words * sizeof *narrowed;
    for (int urgency = RD_PRIORITY_EMERGENCY; urgency <= RD_PRIORITY_ROUTINE; urgency++) {
        bool any = false;
        memcpy(narrowed, box, bytes);
        for (size_t c = 0; c < proof->space.sizes[axis]; c++) {
            settle(cell, (enum rd_priority)enum_of(&rd_priority_names, &asked->values[c]));
            if (rd_box_has(&proof->space, box, axis, c) && (int)cell->urgency == urgency)
                any = true;
            else
                narrowed[proof->space.offsets[axis] + c / 64] &= ~(UINT64_C(1) << (c % 64));
        }
        if (!any)
            continue;
        cell->urgency = (enum rd_priority)urgency;
        if (!prove_table(cell, narrowed, &proof->lead[cell->area], true))
            return false;
        for (size_t i = 0; i < proof->rules->supporting_count; i++)
            if (!prove_table(cell, narrowed, &proof->supporting[cell->area][i], false))
                return false;
    }
    return true;
}

static bool say(struct cell *cell)
{
    const struct rd_prove_options *options = cell->proof->options;
    if (options->progress == NULL || options->progress(options->context, cell->done++, cell->total))
        return true;
    cell->proof->out->answer = RD_PROOF_STOPPED;
    return false;
}

static bool prove_triage_rule(struct cell *cell, uint64_t *narrowed)
{
    struct proof *proof = cell->proof;
    const struct proof_table *triage = &proof->triage;
    size_t none = rules_of(triage);
    if (!say(cell))
        return false;
    cell->taken_count = 0;
    for (size_t i = 0; i < proof->never.count; i++)
        cell->taken[cell->taken_count++] = rd_box_at(&proof->space, &proof->never, i);
    add_taken(cell, triage, cell->triage, true);
    cell->triage_taken = cell->taken_count;
    if (cell->triage == none)
        return prove_triage_box(cell, cell->whole, narrowed);
    for (size_t b = triage->first[cell->triage]; b < triage->first[cell->triage + 1]; b++)
        if (!prove_triage_box(cell, triage->every[b], narrowed))
            return false;
    return true;
}

static bool prove_cells(struct proof *proof)
{
    struct cell cell = {.proof = proof, .total = rules_of(&proof->triage) + 1};
    size_t boxes = proof->never.count + proof->triage.boxes.count;
    for (enum rd_area_kind kind = 0; kind <= RD_AREA_DISCHARGE_TO; kind++) {
        boxes += proof->lead[kind].boxes.count;
        for (size_t i = 0; i < proof->rules->supporting_count; i++)
            boxes += proof->supporting[kind][i].boxes.count;
    }
    uint64_t *room = rd_arena_array(&proof->arena, 4 * proof->space.words + 1, sizeof *room);
    cell.taken = rd_arena_array(&proof->arena, boxes + 1, sizeof *cell.taken);
    if (room == NULL || cell.taken == NULL) {
        proof->err = RD_E_TOOBIG;
        return false;
    }
    cell.box = room;
    cell.left = room + proof->space.words;
    cell.whole = room + 2 * proof->space.words;
    rd_box_whole(&proof->space, cell.whole);
    for (cell.triage = 0; cell.triage <= rules_of(&proof->triage); cell.triage++)
        if (!prove_triage_rule(&cell, room + 3 * proof->space.words))
            return false;
    return say(&cell);
}

static void run(struct proof *proof)
{
    proof->err = rd_space_init(&proof->space, PROOF_INPUTS, &proof->arena);
    if (proof->err != RD_OK)
        return;
    proof_set_hours(proof);
    if (!proof_add_locations(proof) || !proof_add_people(proof) || !proof_add_hours(proof))
        return;
    proof->cover = rd_cover_new(&proof->space, proof->options->alloc);
    if (proof->cover == NULL)
        proof->err = RD_E_NOMEM;
    else if (!proof_clock_without_end(proof) && prove_cells(proof))
        proof->out->answer = RD_PROOF_HOLDS;
    if (proof->cover != NULL && rd_cover_full(proof->cover))
        proof->err = RD_E_NOMEM;
}

enum rd_err rd_rules_prove(const struct rd_rules *rules, const struct rd_prove_options *options,
                           struct rd_proof *out)
{
    struct proof *proof = rd_alloc_zeroed(options->alloc, 1, sizeof *proof);
    *out = (struct rd_proof){.from = options->from};
    if (proof == NULL)
        return RD_E_NOMEM;
    proof->rules = rules;
    proof->options = options;
    proof->out = out;
    rd_arena_init(&proof->arena, options->alloc, PROOF_MEMORY_MAX);
    rd_arena_init(&proof->step, options->alloc, PROOF_STEP_BYTES_MAX);
    run(proof);
    enum rd_err err = proof->err;
    if (err == RD_E_UNSUPPORTED && out->answer == RD_PROOF_UNDECIDED)
        err = RD_OK; /* said in words */
    rd_cover_free(proof->cover);
    rd_arena_fini(&proof->step);
    rd_arena_fini(&proof->arena);
    rd_release(options->alloc, proof);
    return err;
}
