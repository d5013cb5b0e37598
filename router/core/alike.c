#include "core/alike.h"

uint64_t rd_alike_key(const struct rd_person_marks *marks, enum rd_alike_kind kind)
{
    if (marks == NULL)
        return 0;
    if (kind == RD_ALIKE_NHS_NUMBER)
        return marks->nhs_number;
    if (marks->name == 0 || marks->birth_date == 0 || marks->postcode == 0)
        return 0;
    const uint64_t parts[] = {marks->name, marks->birth_date, marks->postcode};
    uint64_t key = rd_text_hash((struct rd_text){(const char *)parts, sizeof parts});
    return key == 0 ? 1 : key;
}

static void leave(struct rd_core *core, struct rd_held *held, enum rd_alike_kind kind)
{
    struct rd_alike_place *place = &held->alike[kind];
    struct rd_map *map = &core->alike[kind];
    if (place->newer != NULL) {
        place->newer->alike[kind].older = place->older;
    } else {
        (void)rd_map_remove(map, place->key, held);
        if (place->older != NULL && !rd_map_add(map, place->key, place->older))
            (void)rd_nomem(core);
    }
    if (place->older != NULL)
        place->older->alike[kind].newer = place->newer;
    *place = (struct rd_alike_place){0};
}

static bool enter(struct rd_core *core, struct rd_held *held, enum rd_alike_kind kind, uint64_t key)
{
    struct rd_alike_place *place = &held->alike[kind];
    struct rd_map *map = &core->alike[kind];
    struct rd_held *first = rd_map_get(map, key);
    *place = (struct rd_alike_place){.key = key, .older = first};
    if (first != NULL) {
        first->alike[kind].newer = held;
        (void)rd_map_remove(map, key, first);
    }
    return rd_map_add(map, key, held) ? true : rd_nomem(core);
}

bool rd_alike_follow(struct rd_core *core, struct rd_held *held,
                     const struct rd_person_marks *marks)
{
    held->further_names = marks == NULL ? 0 : marks->further_names;
    for (int k = 0; k < RD_ALIKE_KINDS; k++) {
        enum rd_alike_kind kind = (enum rd_alike_kind)k;
        uint64_t key = rd_alike_key(marks, kind);
        if (key == held->alike[kind].key)
            continue;
        if (held->alike[kind].key != 0)
            leave(core, held, kind);
        if (key != 0 && !enter(core, held, kind, key))
            return false;
    }
    return core->err == RD_OK;
}

struct rd_held *rd_alike_first(const struct rd_core *core, const struct rd_held *held,
                               enum rd_alike_kind kind)
{
    uint64_t key = held->alike[kind].key;
    return key == 0 ? NULL : rd_map_get(&core->alike[kind], key);
}

bool rd_alike_further(uint64_t a, uint64_t b)
{
    return a == 0 || b == 0 || a == b;
}

static void compare_one(struct rd_compared *out, enum rd_person_part part, bool known, bool same)
{
    if (!known)
        return;
    if (same)
        out->matched |= (uint32_t)part;
    else
        out->differs |= (uint32_t)part;
}

static struct rd_text practice_of(const struct rd_referral_state *state)
{
    return state->facts == NULL ? RD_TEXT_NONE : state->facts->practice_ods;
}

struct rd_compared rd_alike_compare(const struct rd_referral_state *a,
                                    const struct rd_referral_state *b)
{
    static const struct rd_person_marks none = {0};
    const struct rd_person_marks *x = a->marks == NULL ? &none : a->marks;
    const struct rd_person_marks *y = b->marks == NULL ? &none : b->marks;
    struct rd_text here = practice_of(a);
    struct rd_text there = practice_of(b);
    struct rd_compared out = {0, 0};
    compare_one(&out, RD_PART_NHS_NUMBER, x->nhs_number != 0 && y->nhs_number != 0,
                x->nhs_number == y->nhs_number);
    compare_one(&out, RD_PART_NAME, x->name != 0 && y->name != 0,
                x->name == y->name && rd_alike_further(x->further_names, y->further_names));
    compare_one(&out, RD_PART_BIRTH_DATE, x->birth_date != 0 && y->birth_date != 0,
                x->birth_date == y->birth_date);
    compare_one(&out, RD_PART_POSTCODE, x->postcode != 0 && y->postcode != 0,
                x->postcode == y->postcode);
    compare_one(&out, RD_PART_PRACTICE, here.len > 0 && there.len > 0, rd_text_equal(here, there));
    return out;
}

uint32_t rd_alike_kinds(uint32_t matched)
{
    const uint32_t person = RD_PART_NAME | RD_PART_BIRTH_DATE | RD_PART_POSTCODE;
    uint32_t kinds = (matched & RD_PART_NHS_NUMBER) != 0 ? 1u << RD_ALIKE_NHS_NUMBER : 0;
    return (matched & person) == person ? kinds | 1u << RD_ALIKE_PERSON : kinds;
}
