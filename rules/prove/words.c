/* Counter-examples as people say them. No record is behind them: they are made up from the classes
 * that the rules tell apart. */
#include "rules/prove/proof.h"

#include <stdio.h>
#include <string.h>

static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

struct rd_text proof_when(struct proof *proof, rd_instant at)
{
    static const char *const days[] = {[PROOF_WEEKDAY] = "",
                                       [PROOF_WEEKEND] = "",
                                       [PROOF_HOLIDAY] = ", a bank holiday",
                                       [PROOF_SPRING] = ", the clocks go forward",
                                       [PROOF_AUTUMN] = ", the clocks go back"};
    struct rd_civil civil;
    int64_t day = rd_zone_day(proof->rules->zone, at);
    rd_instant_to_civil(rd_zone_to_wall(proof->rules->zone, at), &civil);
    return rd_arena_format(&proof->step, "%s %02d:%02d (%04d-%02d-%02d%s)",
                           weekdays[rd_weekday(day)], civil.hour, civil.minute, civil.year,
                           civil.month, civil.day, days[proof_day_of(proof, at)]);
}

static struct rd_text joined(struct proof *proof, struct rd_text words, struct rd_text more)
{
    if (!rd_text_present(words) || words.len == 0)
        return more;
    return rd_arena_format(&proof->step, "%.*s, %.*s", RD_TEXT_ARG(words), RD_TEXT_ARG(more));
}

static struct rd_text age_words(struct proof *proof, const struct rd_value *age)
{
    char digits[RD_DECIMAL_TEXT_MAX];
    if (age->type != RD_TYPE_NUMBER)
        return RD_TEXT("age unknown");
    return rd_arena_format(&proof->step, "%s-year-old", rd_decimal_format(age->as.number, digits));
}

/* The title's code of a need of the class, for which a person reads it sooner. */
static struct rd_text need_words(struct proof *proof, const struct rd_value *class)
{
    const struct rd_rules *rules = proof->rules;
    if (class->type != RD_TYPE_STRING)
        return RD_TEXT("no need");
    for (size_t i = 0; i < rules->needs_count; i++)
        if (rd_text_equal(rules->need_classes[rules->needs[i].class], class->as.string))
            return rules->needs[i].code;
    return rd_arena_format(&proof->step, "need %.*s", RD_TEXT_ARG(class->as.string));
}

static struct rd_text location_words(struct proof *proof, const uint64_t *box,
                                     enum rd_area_kind kind)
{
    size_t input = kind == 0 ? (size_t)RD_INPUT_LOCALITY : proof_seen(kind, PROOF_SEEN_LOCALITY);
    size_t axis = proof->space.inputs[input].axis;
    return proof->postcodes[kind][rd_box_class(&proof->space, box, axis)];
}

/* Said in words of its own, or not worth a word. */
static bool is_said(size_t input)
{
    return input == RD_INPUT_AGE || input == RD_INPUT_NEED_CLASS ||
           input == RD_INPUT_POSTCODE_CLASS || input == RD_INPUT_LOCALITY ||
           input == RD_INPUT_BOROUGH || input == RD_INPUT_AREA_BASIS;
}

/* What most referrals say: not worth a word. */
static bool is_usual(size_t input, const struct rd_value *value)
{
    static const struct {
        size_t input;
        const char *text;
    } usual[] = {{RD_INPUT_KIND, "referral"},
                 {RD_INPUT_CONSENT, "given"},
                 {RD_INPUT_PRIORITY_ASKED, "unspecified"}};
    if (value->type == RD_TYPE_BOOLEAN)
        return input == RD_INPUT_COMPLETE && value->as.boolean;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (usual[i].input == input && value->type == RD_TYPE_STRING &&
            rd_text_is(value->as.string, usual[i].text))
            return true;
    return false;
}

struct rd_text proof_person(struct proof *proof, const struct rd_value values[RD_INPUT_COUNT],
                            const uint64_t *box, enum rd_area_kind area)
{
    const struct rd_space *space = &proof->space;
    struct rd_text words = RD_TEXT("");
    if (space->inputs[RD_INPUT_AGE].made)
        words = joined(proof, words, age_words(proof, &values[RD_INPUT_AGE]));
    if (space->inputs[RD_INPUT_NEED_CLASS].made)
        words = joined(proof, words, need_words(proof, &values[RD_INPUT_NEED_CLASS]));
    words = joined(proof, words, location_words(proof, box, 0));
    if (area != 0)
        words = joined(proof, words,
                       rd_arena_format(&proof->step, "area of %s %.*s",
                                       rd_enum_name(&rd_area_kind_names, (int)area),
                                       RD_TEXT_ARG(location_words(proof, box, area))));
    for (size_t i = 0; i < RD_INPUT_COUNT; i++) {
        if (!space->inputs[i].made || is_said(i) || !rd_box_limits(space, box, i) ||
            is_usual(i, &values[i]))
            continue;
        struct rd_text shown = rd_value_show(&values[i], &proof->step);
        words = joined(
            proof, words,
            rd_arena_format(&proof->step, "%s %.*s", rd_input_specs[i].name, RD_TEXT_ARG(shown)));
    }
    return words.len == 0 ? RD_TEXT("anybody") : words;
}

void proof_fails(struct proof *proof, struct rd_text who, struct rd_text when, struct rd_text why)
{
    proof->out->answer = RD_PROOF_FAILS;
    snprintf(proof->out->counter_example, sizeof proof->out->counter_example, "%.*s%s%.*s: %.*s",
             RD_TEXT_ARG(who), rd_text_present(when) ? ", " : "", RD_TEXT_ARG(when),
             RD_TEXT_ARG(why));
}
