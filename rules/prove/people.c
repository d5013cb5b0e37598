/* Who there is: an axis for each input that a table asks for, the combinations that no record can
 * have, and the tables' rules as boxes. */
#include "rules/prove/proof.h"

#include <string.h>

_Static_assert(sizeof((struct rd_errbuf *)0)->text <= RD_PROOF_WORDS_MAX, "a reason fits");

/* The tables whose cells count: roles are about what a team does, not who it is. */
static const struct rd_bound_table *table_at(const struct rd_rules *rules, size_t index)
{
    if (index == 0)
        return &rules->triage;
    if (index == 1)
        return &rules->lead;
    return index - 2 < rules->supporting_count ? &rules->supporting[index - 2] : NULL;
}

static bool is_triage_result(size_t input)
{
    return input == RD_INPUT_PATHWAY || input == RD_INPUT_URGENCY;
}

/* What a column of a routing table sees when its pathway goes by that area. PROOF_INPUTS: something
 * that triage settles. */
static size_t seen_by(size_t input, enum rd_area_kind kind)
{
    if (is_triage_result(input) || (kind != 0 && input == RD_INPUT_AREA))
        return PROOF_INPUTS;
    if (kind == 0)
        return input;
    if (input == RD_INPUT_POSTCODE_CLASS)
        return proof_seen(kind, PROOF_SEEN_CLASS);
    if (input == RD_INPUT_LOCALITY)
        return proof_seen(kind, PROOF_SEEN_LOCALITY);
    if (input == RD_INPUT_BOROUGH)
        return proof_seen(kind, PROOF_SEEN_BOROUGH);
    return input == RD_INPUT_AREA_BASIS ? proof_seen(kind, PROOF_SEEN_BASIS) : input;
}

static bool collect_cells(struct proof *proof, size_t input, struct rd_space_cells *out)
{
    void *items = NULL;
    const struct rd_bound_table *bound;
    *out = (struct rd_space_cells){NULL, 0};
    for (size_t t = 0; (bound = table_at(proof->rules, t)) != NULL; t++)
        for (size_t c = 0; c < bound->table->inputs_count; c++)
            for (size_t r = 0; bound->inputs[c] == input && r < bound->table->rules_count; r++) {
                const struct rd_node *tests = bound->table->rules[r].inputs[c].tests;
                if (tests->kind == RD_NODE_ANY)
                    continue;
                const struct rd_node **cell =
                    rd_arena_add(&proof->arena, &items, &out->count, sizeof *cell);
                if (cell == NULL)
                    return false;
                *cell = tests;
            }
    out->items = items;
    return true;
}

/* RD_OK also for an input that no cell asks for: it is then left out of the space. */
static enum rd_err add_input(struct proof *proof, size_t input)
{
    static const struct rd_value age = {.type = RD_TYPE_NUMBER, .as.number = {.coefficient = 81}};
    const struct rd_input_spec *spec = &rd_input_specs[input];
    struct rd_space_cells cells;
    struct rd_errbuf why;
    struct rd_input_domain domain = {.name = rd_text_of(spec->name),
                                     .type = spec->type,
                                     .nullable = spec->nullable,
                                     .whole = true,
                                     .natural = input == RD_INPUT_AGE,
                                     .apart = true,
                                     .preferred = input == RD_INPUT_AGE ? &age : NULL};
    if (!collect_cells(proof, input, &cells) ||
        !rd_input_values(proof->rules, (enum rd_input_id)input, &proof->arena, &domain.values,
                         &domain.values_count))
        return RD_E_TOOBIG;
    if (cells.count == 0 && input != RD_INPUT_PRIORITY_ASKED)
        return RD_OK;
    enum rd_err err = rd_space_add(&proof->space, input, &domain, &cells, &why);
    if (err == RD_E_UNSUPPORTED) {
        proof->out->answer = RD_PROOF_UNDECIDED;
        memcpy(proof->out->counter_example, why.text, sizeof why.text);
    }
    return err;
}

static bool made(const struct proof *proof, size_t input)
{
    return proof->space.inputs[input].made;
}

/* One more combination that nobody can have; everybody, until it is narrowed. */
static uint64_t *add_never(struct proof *proof)
{
    uint64_t *box = rd_boxes_add(&proof->space, &proof->never);
    if (box == NULL)
        proof->err = RD_E_TOOBIG;
    else
        rd_box_whole(&proof->space, box);
    return box;
}

static bool is_text(const struct rd_value *value, const char *text)
{
    return value->type == RD_TYPE_STRING && rd_text_is(value->as.string, text);
}

/* Narrows to the classes of an input that are (or are not) that text; NULL: null. */
static void only_text(struct proof *proof, uint64_t *box, size_t input, const char *text, bool is)
{
    const struct rd_space_input *axis = &proof->space.inputs[input];
    for (size_t c = 0; box != NULL && c < proof->space.sizes[axis->axis]; c++) {
        bool equal =
            text == NULL ? axis->values[c].type == RD_TYPE_NULL : is_text(&axis->values[c], text);
        if (equal != is)
            box[proof->space.offsets[axis->axis] + c / 64] &= ~(UINT64_C(1) << (c % 64));
    }
}

static void only_boolean(struct proof *proof, uint64_t *box, size_t input, bool is)
{
    const struct rd_space_input *axis = &proof->space.inputs[input];
    for (size_t c = 0; box != NULL && c < proof->space.sizes[axis->axis]; c++)
        if (axis->values[c].as.boolean != is)
            box[proof->space.offsets[axis->axis] + c / 64] &= ~(UINT64_C(1) << (c % 64));
}

/* The axis of a list's member; SIZE_MAX: no cell asks for it. */
static size_t member_axis(const struct proof *proof, size_t input, struct rd_text member)
{
    const struct rd_space_input *list = &proof->space.inputs[input];
    for (size_t i = 0; list->made && list->values == NULL && i < list->members.count; i++)
        if (rd_text_equal(list->members.items[i].as.string, member))
            return list->axis + i;
    return SIZE_MAX;
}

static void only_member(struct proof *proof, uint64_t *box, size_t axis, bool has)
{
    if (box != NULL)
        rd_box_keep(&proof->space, box, axis, has ? 1 : 0);
}

/* Of the minimum data: `name` is asked for, and whether it is there can be read off `input`. */
static void relate_missing(struct proof *proof, const char *name, size_t input, const char *absent)
{
    const struct rd_rules *rules = proof->rules;
    size_t axis = member_axis(proof, RD_INPUT_MISSING, rd_text_of(name));
    bool asked = false, notice = made(proof, RD_INPUT_KIND);
    for (size_t i = 0; i < rules->minimum_data_count; i++)
        asked = asked || rd_text_is(rules->minimum_data[i], name);
    if (!made(proof, input) || !asked)
        return;
    if (axis != SIZE_MAX) { /* said to be missing, and there */
        uint64_t *box = add_never(proof);
        only_member(proof, box, axis, true);
        only_text(proof, box, input, absent, false);
    }
    if (axis != SIZE_MAX && notice) { /* the other way round; nothing is asked of a notice */
        uint64_t *box = add_never(proof);
        only_member(proof, box, axis, false);
        only_text(proof, box, input, absent, true);
        only_text(proof, box, RD_INPUT_KIND, "notice", false);
    }
    if (made(proof, RD_INPUT_COMPLETE) && notice) {
        uint64_t *box = add_never(proof);
        only_boolean(proof, box, RD_INPUT_COMPLETE, true);
        only_text(proof, box, input, absent, true);
        only_text(proof, box, RD_INPUT_KIND, "notice", false);
    }
}

static void relate_complete(struct proof *proof)
{
    const struct rd_space_input *missing = &proof->space.inputs[RD_INPUT_MISSING];
    bool all = missing->made && missing->values == NULL &&
               missing->members.count == proof->rules->minimum_data_count;
    if (!made(proof, RD_INPUT_COMPLETE))
        return;
    if (made(proof, RD_INPUT_KIND)) {
        uint64_t *box = add_never(proof);
        only_boolean(proof, box, RD_INPUT_COMPLETE, false);
        only_text(proof, box, RD_INPUT_KIND, "notice", true);
    }
    for (size_t i = 0; missing->made && missing->values == NULL && i < missing->members.count;
         i++) {
        uint64_t *box = add_never(proof);
        only_boolean(proof, box, RD_INPUT_COMPLETE, true);
        only_member(proof, box, missing->axis + i, true);
    }
    if (!all)
        return;
    uint64_t *box = add_never(proof);
    only_boolean(proof, box, RD_INPUT_COMPLETE, false);
    for (size_t i = 0; i < missing->members.count; i++)
        only_member(proof, box, missing->axis + i, false);
}

static const size_t domain_inputs[RD_DOMAIN_OTHER + 1] = {
    [RD_DOMAIN_HEALTH] = RD_INPUT_HEALTH_NEED,
    [RD_DOMAIN_SOCIAL] = RD_INPUT_SOCIAL_NEED,
    [RD_DOMAIN_EQUIPMENT] = RD_INPUT_EQUIPMENT_NEED,
    [RD_DOMAIN_SAFEGUARDING] = RD_INPUT_SAFEGUARDING_NEED};

static bool domain_made(const struct proof *proof, enum rd_domain domain)
{
    return domain < RD_DOMAIN_OTHER && domain_inputs[domain] != 0 &&
           made(proof, domain_inputs[domain]);
}

/* A need that stands there: its domain, and a class no less pressing. */
static void relate_need(struct proof *proof, const struct rd_need_code *need, size_t axis)
{
    const struct rd_rules *rules = proof->rules;
    if (domain_made(proof, need->domain)) {
        uint64_t *box = add_never(proof);
        only_member(proof, box, axis, true);
        only_boolean(proof, box, domain_inputs[need->domain], false);
    }
    if (!made(proof, RD_INPUT_NEED_CLASS))
        return;
    uint64_t *box = add_never(proof);
    only_member(proof, box, axis, true);
    for (size_t i = 0; i <= need->class; i++)
        only_text(proof, box, RD_INPUT_NEED_CLASS, rules->need_classes[i].ptr, false);
}

/* A class comes from a need of that class: one that is asked for, or any other, with its domain. */
static void relate_class(struct proof *proof, size_t class)
{
    const struct rd_rules *rules = proof->rules;
    uint64_t *box = add_never(proof);
    bool elsewhere = false; /* from a need without an axis whose domain has none either */
    only_text(proof, box, RD_INPUT_NEED_CLASS, rules->need_classes[class].ptr, true);
    for (size_t i = 0; i < rules->needs_count && box != NULL; i++) {
        if (rules->needs[i].class != class)
            continue;
        size_t axis = member_axis(proof, RD_INPUT_NEEDS, rules->needs[i].code);
        if (axis != SIZE_MAX)
            only_member(proof, box, axis, false);
        else if (domain_made(proof, rules->needs[i].domain))
            only_boolean(proof, box, domain_inputs[rules->needs[i].domain], false);
        else
            elsewhere = true;
    }
    if (elsewhere)
        proof->never.count--;
}

static void relate_needs(struct proof *proof)
{
    const struct rd_rules *rules = proof->rules;
    for (size_t i = 0; i < rules->needs_count; i++) {
        size_t axis = member_axis(proof, RD_INPUT_NEEDS, rules->needs[i].code);
        if (axis != SIZE_MAX)
            relate_need(proof, &rules->needs[i], axis);
    }
    if (!made(proof, RD_INPUT_NEED_CLASS))
        return;
    for (size_t i = 0; i < rules->need_classes_count; i++)
        relate_class(proof, i);
    bool all = true;
    for (enum rd_domain d = RD_DOMAIN_HEALTH; d < RD_DOMAIN_OTHER; d++) {
        all = all && domain_made(proof, d);
        if (!domain_made(proof, d))
            continue;
        uint64_t *box = add_never(proof);
        only_text(proof, box, RD_INPUT_NEED_CLASS, RD_NEED_CLASS_NONE, true);
        only_boolean(proof, box, domain_inputs[d], true);
    }
    if (!all)
        return;
    uint64_t *box = add_never(proof);
    only_text(proof, box, RD_INPUT_NEED_CLASS, RD_NEED_CLASS_UNKNOWN, true);
    for (enum rd_domain d = RD_DOMAIN_HEALTH; d < RD_DOMAIN_OTHER; d++)
        only_boolean(proof, box, domain_inputs[d], false);
}

static void relate_feeds(struct proof *proof)
{
    const struct rd_place *place = &proof->rules->place;
    if (!made(proof, RD_INPUT_FEED) || !made(proof, RD_INPUT_SOURCE))
        return;
    for (size_t i = 0; i < place->feeds_count; i++) {
        uint64_t *box = add_never(proof);
        only_text(proof, box, RD_INPUT_FEED, place->feeds[i].name.ptr, true);
        only_text(proof, box, RD_INPUT_SOURCE, place->feeds[i].source.ptr, false);
    }
    uint64_t *box = add_never(proof);
    only_text(proof, box, RD_INPUT_FEED, NULL, true);
    only_text(proof, box, RD_INPUT_SOURCE, NULL, false);
}

static void relate(struct proof *proof)
{
    relate_missing(proof, "age", RD_INPUT_AGE, NULL);
    relate_missing(proof, "address", RD_INPUT_POSTCODE_CLASS, "missing");
    relate_complete(proof);
    relate_needs(proof);
    relate_feeds(proof);
    size_t flag = member_axis(proof, RD_INPUT_FLAGS, RD_TEXT("safeguarding"));
    if (flag == SIZE_MAX || !made(proof, RD_INPUT_SAFEGUARDING_NEED))
        return;
    uint64_t *box = add_never(proof);
    only_member(proof, box, flag, true);
    only_boolean(proof, box, RD_INPUT_SAFEGUARDING_NEED, false);
}

static bool make_table(struct proof *proof, const struct rd_bound_table *bound,
                       enum rd_area_kind kind, struct proof_table *out)
{
    size_t rules = bound->table->rules_count;
    out->bound = bound;
    out->first = rd_arena_array(&proof->arena, rules + 1, sizeof *out->first);
    if (out->first == NULL)
        return false;
    for (size_t r = 0; r < rules; r++) {
        size_t first = out->boxes.count;
        uint64_t *box = rd_boxes_add(&proof->space, &out->boxes);
        if (box == NULL)
            return false;
        rd_box_whole(&proof->space, box);
        for (size_t c = 0; c < bound->table->inputs_count; c++) {
            size_t input = seen_by(bound->inputs[c], kind);
            if (input != PROOF_INPUTS && made(proof, input) &&
                rd_boxes_narrow(&proof->space, &out->boxes, first, input,
                                bound->table->rules[r].inputs[c].tests) != RD_OK)
                return false;
        }
        out->first[r + 1] = out->boxes.count;
    }
    out->every = rd_arena_array(&proof->arena, out->boxes.count + 1, sizeof *out->every);
    for (size_t i = 0; out->every != NULL && i < out->boxes.count; i++)
        out->every[i] = rd_box_at(&proof->space, &out->boxes, i);
    return out->every != NULL;
}

bool proof_add_people(struct proof *proof)
{
    for (size_t i = 0; i < RD_INPUT_COUNT && proof->err == RD_OK; i++)
        if (!is_triage_result(i) && !made(proof, i))
            proof->err = add_input(proof, i);
    if (proof->err == RD_OK)
        relate(proof);
    if (proof->err != RD_OK)
        return false;
    bool good = make_table(proof, &proof->rules->triage, 0, &proof->triage);
    for (enum rd_area_kind kind = 0; kind <= RD_AREA_DISCHARGE_TO && good; kind++) {
        if (!proof->goes_by[kind])
            continue;
        good = make_table(proof, &proof->rules->lead, kind, &proof->lead[kind]);
        for (size_t i = 0; i < proof->rules->supporting_count && good; i++)
            good =
                make_table(proof, &proof->rules->supporting[i], kind, &proof->supporting[kind][i]);
    }
    if (!good)
        proof->err = RD_E_TOOBIG;
    return good;
}
