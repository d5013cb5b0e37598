#include "model_kit.h"

#include "rules/engine/value_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA = 64 << 20 };

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    char *out = context;
    (void)severity;
    if (out[0] == '\0')
        snprintf(out, 512, "%u:%u: %s", pos.line, pos.column, words);
}

void model_read(const char *source, const char *other, struct rd_arena *arena, struct rd_model *out)
{
    char found[512] = "";
    struct rd_dmn_sink sink = {found, on_found};
    struct rd_dmn_file files[2] = {{.bytes = rd_text_of(source)},
                                   {.name = RD_TEXT("other.dmn"), .bytes = rd_text_of(other)}};
    enum rd_err err = rd_dmn_read_model(files, other == NULL ? 1 : 2, arena, &sink, out);
    if (err != RD_OK)
        fail_msg("%s\n%s", source, found);
}

static void check_answer(const struct model_case *one, const struct rd_model *model,
                         struct rd_arena *arena, struct rd_buf *out)
{
    struct rd_value inputs;
    struct rd_model_answer answer;
    struct rd_model_request request = {
        .node = rd_model_find(model, RD_DRG_DECISION, rd_text_of(one->decision)),
        .now = {.date = {2026, 11, 21}},
        .has_now = true};
    const char *json = one->inputs == NULL ? "{}" : one->inputs;
    if (request.node == NULL)
        request.node = rd_model_find(model, RD_DRG_SERVICE, rd_text_of(one->decision));
    assert_non_null(request.node);
    assert_int_equal(rd_value_json_read(rd_text_of(json), arena, &inputs, NULL), RD_OK);
    request.inputs = inputs.as.context;
    rd_model_decide(model, &request, arena, &answer);
    assert_false(answer.full);
    rd_value_json_write(&answer.value, false, arena, out);
    rd_buf_put(out, "", 1);
    if (strcmp((const char *)out->bytes, one->answer) != 0)
        fail_msg("%s\n%s\nexpected %s, found %s%s%s", one->source, json, one->answer,
                 (const char *)out->bytes, answer.note.set ? ": " : "", answer.note.words);
    if (one->note == NULL && answer.note.set)
        fail_msg("%s\nnot expected: %s", one->source, answer.note.words);
    if (one->note != NULL && one->note[0] == '\0' && !answer.note.set)
        fail_msg("%s\nno note says why", one->source);
    if (one->note != NULL && one->note[0] != '\0')
        assert_string_equal(answer.note.words, one->note);
    if (one->line != 0)
        assert_int_equal(answer.note.pos.line, one->line);
}

void model_check(const struct model_case *one)
{
    struct rd_arena arena;
    struct rd_buf out;
    struct rd_model model;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    rd_buf_init(&out, rd_alloc_heap());
    model_read(one->source, NULL, &arena, &model);
    check_answer(one, &model, &arena, &out);
    rd_buf_fini(&out);
    rd_arena_fini(&arena);
}
