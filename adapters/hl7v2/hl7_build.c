#include "adapters/hl7v2/hl7_build.h"

#include "adapters/hl7v2/hl7_time.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

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

struct rd_text rd_hl7_words(struct rd_hl7_build *build, const struct rd_hl7_segment *segment,
                            unsigned field)
{
    struct rd_text all = rd_hl7_field(&build->message, segment, field);
    struct rd_text repetition;
    struct rd_text out = RD_TEXT_NONE;
    struct rd_buf joined;
    rd_buf_init(&joined, rd_alloc_heap());
    for (size_t at = 0; rd_hl7_next_repetition(&build->message, all, &at, &repetition);) {
        struct rd_text line = rd_hl7_value(&build->message, repetition, build->arena);
        if (rd_text_present(line) && joined.len > 0)
            rd_buf_put_string(&joined, "\n");
        rd_buf_put_text(&joined, line);
    }
    bool ok = !joined.failed &&
              (joined.len == 0 || rd_arena_copy(build->arena, rd_buf_text(&joined), &out));
    build->full = build->full || !ok;
    rd_buf_fini(&joined);
    return out;
}

struct rd_text rd_hl7_join(struct rd_hl7_build *build, struct rd_text a, const char *between,
                           struct rd_text b)
{
    if (!rd_text_present(a) || !rd_text_present(b))
        return rd_text_present(a) ? a : b;
    return rd_hl7_format(build, "%.*s%s%.*s", RD_TEXT_ARG(a), between, RD_TEXT_ARG(b));
}

struct rd_text rd_hl7_flat(struct rd_hl7_build *build, struct rd_text repetition)
{
    struct rd_buf joined;
    struct rd_text out = RD_TEXT_NONE;
    rd_buf_init(&joined, rd_alloc_heap());
    for (size_t at = 0; at <= repetition.len;) {
        size_t component = rd_text_find(repetition, build->message.component, at);
        size_t end = rd_text_find(repetition, build->message.subcomponent, at);
        end = end < component ? end : component;
        struct rd_text part =
            rd_hl7_value(&build->message, rd_text_slice(repetition, at, end - at), build->arena);
        if (rd_text_present(part) && joined.len > 0)
            rd_buf_put_string(&joined, " ");
        rd_buf_put_text(&joined, part);
        at = end + 1;
    }
    bool ok = !joined.failed &&
              (joined.len == 0 || rd_arena_copy(build->arena, rd_buf_text(&joined), &out));
    build->full = build->full || !ok;
    rd_buf_fini(&joined);
    return out;
}

struct rd_text rd_hl7_flat_fields(struct rd_hl7_build *build, struct rd_text body)
{
    struct rd_text out = RD_TEXT_NONE;
    for (size_t at = 0; at <= body.len;) {
        size_t end = rd_text_find(body, build->message.field, at);
        out = rd_hl7_join(build, out, ", ", rd_hl7_flat(build, rd_text_slice(body, at, end - at)));
        at = end + 1;
    }
    return out;
}

struct rd_text rd_hl7_format(struct rd_hl7_build *build, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *out = len < 0 ? NULL : rd_arena_take(build->arena, (size_t)len + 1);
    if (out == NULL) {
        build->full = true;
        return RD_TEXT_NONE;
    }
    va_start(arguments, format);
    (void)vsnprintf(out, (size_t)len + 1, format, arguments);
    va_end(arguments);
    return (struct rd_text){out, (size_t)len};
}

void rd_hl7_extra(struct rd_hl7_build *build, struct rd_referral *referral, struct rd_text path,
                  struct rd_text value)
{
    struct rd_extra *extra = rd_text_present(value) ? RD_HL7_ADD(build, referral, extra) : NULL;
    if (extra != NULL)
        *extra = (struct rd_extra){path, value};
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
    /* Whole components: people write "hip & knee" without an escape, and no word may be lost. */
    struct rd_text code = rd_hl7_component(&build->message, repetition, 1);
    struct rd_text display = rd_hl7_component(&build->message, repetition, 2);
    *out = (struct rd_coding){
        .system = rd_hl7_part(build, repetition, 3, 0),
        .code = rd_hl7_value(&build->message, code, build->arena),
        .display = rd_hl7_value(&build->message, display, build->arena),
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

const char *rd_hl7_place_name(struct rd_hl7_build *build, const struct rd_hl7_place *place)
{
    struct rd_text name = rd_hl7_format(build, "%s-%u", place->segment, place->field);
    return rd_text_present(name) ? name.ptr : place->segment;
}

struct rd_text rd_hl7_mapped(struct rd_hl7_build *build, const struct rd_hl7_place *place)
{
    if (place->segment[0] == '\0')
        return RD_TEXT_NONE;
    const struct rd_hl7_segment *segment = rd_hl7_segment(&build->message, place->segment, 0);
    return rd_hl7_text(build, segment, place->field, place->component);
}
