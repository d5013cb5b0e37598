/* What a reader of the record should know of its postcodes, for its sender and for the desk. */
#include "rules/eval/deciding.h"

#include "model/limits.h"

struct remark {
    const char *code, *words;
};

static struct remark remark_on(enum rd_postcode_class class)
{
    switch (class) {
    case RD_POSTCODE_MALFORMED:
        return (struct remark){"postcode-malformed", "has not the form of one"};
    case RD_POSTCODE_UNKNOWN:
        return (struct remark){"postcode-unknown", "is not one that we know"};
    case RD_POSTCODE_TERMINATED:
        return (struct remark){"postcode-terminated", "is no longer in use"};
    case RD_POSTCODE_KNOWN:
    case RD_POSTCODE_NO_AUTHORITY:
    case RD_POSTCODE_SPLIT:
    case RD_POSTCODE_PSEUDO:
    case RD_POSTCODE_NO_FIXED_ABODE:
    case RD_POSTCODE_MISSING:
    case RD_POSTCODE_OUT_OF_AREA:
        break;
    }
    return (struct remark){NULL, NULL};
}

/* ". Perhaps IG1 1DN or IG1 1DP?", or nothing; absent: the arena is full. */
static struct rd_text suggest(const struct rd_rules *rules, struct rd_text postcode, int64_t day,
                              struct rd_arena *arena)
{
    char found[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
    size_t count = rd_geo_suggest(rules->geo, postcode, day, found);
    struct rd_text words = RD_TEXT("");
    for (size_t i = 0; i < count; i++) {
        words = RD_JOIN(arena, words, i == 0 ? RD_TEXT(". Perhaps ") : RD_TEXT(" or "),
                        rd_text_of(found[i]), i + 1 == count ? RD_TEXT("?") : RD_TEXT(""));
        if (!rd_text_present(words))
            return RD_TEXT_NONE;
    }
    return words;
}

/* False: the arena is full. An issue without a code: there is nothing to say. */
static bool look_at(const struct rd_rules *rules, const struct rd_address *address, int64_t day,
                    struct rd_arena *arena, struct rd_issue *out)
{
    struct rd_geo_place place;
    const struct rd_geo_address asked = {.postcode = address->postcode,
                                         .uprn = address->uprn,
                                         .lines = address->lines,
                                         .lines_count = address->lines_count};
    rd_geo_lookup_address(rules->geo, &asked, day, &place);
    struct remark remark = remark_on(place.class);
    *out = (struct rd_issue){.severity = RD_SEVERITY_WARNING};
    if (remark.code == NULL)
        return true;
    int use = (int)(address->use == 0 ? RD_ADDRESS_HOME : address->use);
    struct rd_text suggested = place.class == RD_POSTCODE_TERMINATED
                                   ? RD_TEXT("")
                                   : suggest(rules, address->postcode, day, arena);
    if (!rd_text_present(suggested))
        return false;
    out->code = rd_text_of(remark.code);
    out->path = RD_TEXT("person.addresses.postcode");
    out->words = RD_JOIN(arena, RD_TEXT("The postcode of the "),
                         rd_text_of(rd_enum_name(&rd_address_use_names, use)), RD_TEXT(" address "),
                         rd_text_of(remark.words), RD_TEXT(" (table of "), place.vintage,
                         RD_TEXT(")"), suggested, suggested.len == 0 ? RD_TEXT(". ") : RD_TEXT(" "),
                         RD_TEXT("Please check it; nothing was assumed."));
    return rd_text_present(out->words);
}

enum rd_err rd_rules_remark(const struct rd_rules *rules, struct rd_referral *record,
                            rd_instant received, struct rd_arena *arena)
{
    const struct rd_person *person = record->person;
    size_t count = record->issues_count;
    if (person == NULL || person->addresses_count == 0)
        return RD_OK;
    struct rd_issue *issues =
        rd_arena_array(arena, count + person->addresses_count, sizeof *issues);
    if (issues == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < count; i++)
        issues[i] = record->issues[i];
    for (size_t i = 0; i < person->addresses_count && count < RD_LIST_ITEMS_MAX; i++) {
        if (!look_at(rules, &person->addresses[i], rd_zone_day(rules->zone, received), arena,
                     &issues[count]))
            return RD_E_TOOBIG;
        count += rd_text_present(issues[count].code) ? 1 : 0;
    }
    record->issues = issues;
    record->issues_count = count;
    return RD_OK;
}
