#include "adapters/hl7v2/hl7_build.h"

#include "adapters/hl7v2/hl7_time.h"

void *rd_hl7_add(struct rd_hl7_build *build, void **items, size_t *count, size_t size)
{
    void *item = rd_arena_add(build->arena, items, count, size);
    build->full = build->full || item == NULL;
    return item;
}

struct rd_text rd_hl7_text(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                           unsigned field, unsigned component)
{
    return rd_hl7_get(&build->message, segment, field, component, build->arena);
}

struct rd_text rd_hl7_part(struct rd_hl7_build *build, struct rd_text repetition,
                           unsigned component, unsigned subcomponent)
{
    struct rd_text raw = rd_hl7_component(&build->message, repetition, component);
    raw = rd_hl7_subcomponent(&build->message, raw, subcomponent == 0 ? 1 : subcomponent);
    return rd_hl7_value(&build->message, raw, build->arena);
}

struct rd_time *rd_hl7_when(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                            unsigned field)
{
    return rd_hl7_time(rd_hl7_text(build, segment, field, 1), build->mapping->zone, build->arena);
}

bool rd_hl7_coding(struct rd_hl7_build *build, struct rd_text repetition, struct rd_coding *out)
{
    *out = (struct rd_coding){
        .system = rd_hl7_part(build, repetition, 3, 0),
        .code = rd_hl7_part(build, repetition, 1, 0),
        .display = rd_hl7_part(build, repetition, 2, 0),
    };
    return rd_text_present(out->code) || rd_text_present(out->display);
}

void rd_hl7_issue(struct rd_hl7_build *build, struct rd_referral *referral,
                  enum rd_severity severity, const char *code, const char *path, const char *words)
{
    struct rd_issue *issue = RD_HL7_ADD(build, referral, issues);
    if (issue == NULL)
        return;
    *issue = (struct rd_issue){severity, rd_text_of(code), rd_text_of(path), rd_text_of(words)};
}

struct rd_text rd_hl7_mapped(struct rd_hl7_build *build, const struct rd_hl7_place *place)
{
    if (place->segment[0] == '\0')
        return RD_TEXT_NONE;
    const struct rd_hl7_segment *segment = rd_hl7_segment(&build->message, place->segment, 0);
    return rd_hl7_text(build, segment, place->field, place->component);
}
