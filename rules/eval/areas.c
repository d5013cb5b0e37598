#include "rules/eval/areas.h"

const enum rd_area_kind rd_areas_default[RD_AREA_SENDERS][RD_AREAS_MAX + 1] = {
    [RD_AREA_SENDER_AMBULANCE] = {RD_AREA_INCIDENT, RD_AREA_RESIDENCE},
    [RD_AREA_SENDER_HOSPITAL] = {RD_AREA_DISCHARGE_TO, RD_AREA_RESIDENCE},
    [RD_AREA_SENDER_OTHER] = {RD_AREA_RESIDENCE, RD_AREA_INCIDENT, RD_AREA_DISCHARGE_TO},
};

struct locating {
    const struct rd_rules *rules;
    const struct rd_person *person; /* NULL: none */
    enum rd_area_sender sender;
    int64_t day;
    struct rd_facts *out;
    /* What each area is by; NULL: no address, or the area is not known of. */
    const struct rd_address *by[RD_AREAS_MAX + 1];
    struct rd_text vintages[RD_AREAS_MAX + 1];
};

static bool is_address(const struct rd_address *address)
{
    return rd_text_trim(address->postcode).len > 0 || address->lines_count > 0 ||
           address->geo != NULL;
}

static enum rd_address_use use_of(const struct rd_address *address)
{
    return address->use == 0 ? RD_ADDRESS_HOME : address->use;
}

/* The first address of that use. One that is there but has no postcode is not passed over: the next
 * one would be a guess. */
static const struct rd_address *address_of(const struct locating *locating, enum rd_address_use use)
{
    for (size_t i = 0; locating->person != NULL && i < locating->person->addresses_count; i++) {
        const struct rd_address *address = &locating->person->addresses[i];
        if (use_of(address) == use && is_address(address))
            return address;
    }
    return NULL;
}

static const struct rd_address *first_of(const struct locating *locating, enum rd_address_use use,
                                         enum rd_address_use other)
{
    const struct rd_address *address = address_of(locating, use);
    return address != NULL ? address : address_of(locating, other);
}

static struct rd_area *add_area(struct locating *locating, enum rd_area_kind kind,
                                const struct rd_geo_place *place, struct rd_text basis)
{
    struct rd_area *area = &locating->out->areas[locating->out->areas_count++];
    *area = (struct rd_area){.kind = kind,
                             .basis = basis,
                             .postcode_class = place->class,
                             .locality = place->locality,
                             .borough = place->lad};
    locating->vintages[kind] = place->vintage;
    return area;
}

static void add_by_address(struct locating *locating, enum rd_area_kind kind,
                           const struct rd_address *address)
{
    struct rd_geo_place place;
    if (address == NULL)
        return;
    const struct rd_geo_address asked = {.postcode = address->postcode,
                                         .uprn = address->uprn,
                                         .lines = address->lines,
                                         .lines_count = address->lines_count};
    rd_geo_lookup_address(locating->rules->geo, &asked, locating->day, &place);
    locating->by[kind] = address;
    (void)add_area(locating, kind, &place,
                   rd_text_of(rd_enum_name(&rd_address_use_names, (int)use_of(address))));
}

/* A practice that the place's list does not have says that there is one, and not where. */
static void add_health(struct locating *locating)
{
    struct rd_geo_place place;
    if (!rd_text_present(locating->out->practice_ods))
        return;
    if (!rd_geo_lookup_practice(locating->rules->geo, locating->out->practice_ods, locating->day,
                                &place))
        place.class = RD_POSTCODE_UNKNOWN;
    (void)add_area(locating, RD_AREA_HEALTH, &place, RD_TEXT("practice"));
}

/* What the sender says of the council that placed the person; absent: nothing. */
static struct rd_text placed_by(const struct locating *locating)
{
    for (size_t i = 0; locating->person != NULL && i < locating->person->addresses_count; i++) {
        struct rd_text code = rd_text_trim(locating->person->addresses[i].placing_authority);
        if (code.len > 0)
            return code;
    }
    return RD_TEXT_NONE;
}

/* Codes are in capitals. */
static const struct rd_geo_name *find_lad(const struct locating *locating, struct rd_text code)
{
    char capitals[RD_GEO_CODE_MAX];
    if (code.len > sizeof capitals)
        return NULL;
    for (size_t i = 0; i < code.len; i++) {
        char c = code.ptr[i];
        capitals[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return rd_geo_lad(locating->rules->geo, (struct rd_text){capitals, code.len});
}

/* A stay elsewhere does not change the council that answers; being placed by one does: also by one
 * that the place does not know, and then nobody's locality is assumed. */
static void add_social(struct locating *locating)
{
    struct rd_facts *out = locating->out;
    struct rd_text placed = placed_by(locating);
    const struct rd_geo_name *lad = rd_text_present(placed) ? find_lad(locating, placed) : NULL;
    add_by_address(locating, RD_AREA_SOCIAL,
                   first_of(locating, RD_ADDRESS_HOME, RD_ADDRESS_CURRENT));
    if (!rd_text_present(placed))
        return;
    bool known = out->areas_count > 0 && out->areas[out->areas_count - 1].kind == RD_AREA_SOCIAL;
    struct rd_area *area =
        known ? &out->areas[out->areas_count - 1]
              : add_area(locating, RD_AREA_SOCIAL,
                         &(struct rd_geo_place){.class = RD_POSTCODE_MISSING}, RD_TEXT_NONE);
    area->basis = RD_TEXT("placing-authority");
    if (lad != NULL && rd_text_equal(area->borough, lad->code))
        return; /* and so its locality stands */
    area->postcode_class = lad == NULL   ? RD_POSTCODE_UNKNOWN
                           : lad->inside ? RD_POSTCODE_KNOWN
                                         : RD_POSTCODE_OUT_OF_AREA;
    area->borough = lad == NULL ? RD_TEXT_NONE : lad->code;
    area->locality = RD_TEXT_NONE;
}

const struct rd_area *rd_areas_find(const struct rd_facts *facts, enum rd_area_kind kind)
{
    for (size_t i = 0; i < facts->areas_count; i++)
        if (facts->areas[i].kind == kind)
            return &facts->areas[i];
    return NULL;
}

static void choose(struct locating *locating, const struct rd_address **used)
{
    const enum rd_area_kind *order = locating->rules->areas[locating->sender];
    struct rd_facts *out = locating->out;
    for (size_t i = 0; i < RD_AREAS_MAX && order[i] != 0; i++) {
        const struct rd_area *area = rd_areas_find(out, order[i]);
        if (area == NULL)
            continue;
        out->area = area->kind;
        out->postcode_class = area->postcode_class;
        out->area_basis = area->basis;
        out->locality = area->locality;
        out->borough = area->borough;
        out->data_vintage = locating->vintages[area->kind];
        *used = locating->by[area->kind];
        return;
    }
}

static enum rd_area_sender sender_of(const struct rd_referral *record, struct rd_text source)
{
    if (rd_text_is(source, "ambulance"))
        return RD_AREA_SENDER_AMBULANCE;
    return record->stay != NULL && rd_text_is(source, "hospital") ? RD_AREA_SENDER_HOSPITAL
                                                                  : RD_AREA_SENDER_OTHER;
}

bool rd_areas_locate(const struct rd_rules *rules, const struct rd_referral *record, int64_t day,
                     struct rd_arena *arena, struct rd_facts *out, const struct rd_address **used)
{
    struct locating locating = {.rules = rules,
                                .person = record->person,
                                .sender = sender_of(record, out->source),
                                .day = day,
                                .out = out};
    *used = NULL;
    out->postcode_class = RD_POSTCODE_MISSING;
    out->areas = rd_arena_array(arena, RD_AREAS_MAX, sizeof *out->areas);
    if (out->areas == NULL)
        return false;
    /* Whoever is in hospital is at present on a ward, where nobody lives. */
    bool ward = locating.sender == RD_AREA_SENDER_HOSPITAL;
    add_by_address(&locating, RD_AREA_RESIDENCE,
                   first_of(&locating, ward ? RD_ADDRESS_HOME : RD_ADDRESS_CURRENT,
                            ward ? RD_ADDRESS_CURRENT : RD_ADDRESS_HOME));
    add_health(&locating);
    add_social(&locating);
    add_by_address(&locating, RD_AREA_INCIDENT, address_of(&locating, RD_ADDRESS_INCIDENT));
    add_by_address(&locating, RD_AREA_DISCHARGE_TO, address_of(&locating, RD_ADDRESS_DISCHARGE_TO));
    choose(&locating, used);
    return true;
}

static bool differ(const struct rd_facts *facts, bool localities)
{
    struct rd_text first = RD_TEXT_NONE;
    for (size_t i = 0; i < facts->areas_count; i++) {
        struct rd_text text = localities ? facts->areas[i].locality : facts->areas[i].borough;
        if (!rd_text_present(text))
            continue;
        if (rd_text_present(first) && !rd_text_equal(first, text))
            return true;
        first = text;
    }
    return false;
}

bool rd_areas_boroughs_differ(const struct rd_facts *facts)
{
    return differ(facts, false);
}

bool rd_areas_localities_differ(const struct rd_facts *facts)
{
    return differ(facts, true);
}
