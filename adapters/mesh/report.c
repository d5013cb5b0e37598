#include "adapters/mesh/report.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[MESH_OUTCOMES] = {[MESH_HELD] = "held",
                                                         [MESH_REPEAT] = "held-before",
                                                         [MESH_DESK] = "kept-for-desk",
                                                         [MESH_REFUSED] = "refused",
                                                         [MESH_TEST] = "test"};

void mesh_report_init(struct mesh_report *report)
{
    *report = (struct mesh_report){.items = json_array()};
    report->failed = report->items == NULL;
}

void mesh_report_fini(struct mesh_report *report)
{
    json_decref(report->items);
    report->items = NULL;
}

static void put(struct mesh_report *report, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        report->failed = true;
}

/* Absent texts are left out; what is no UTF-8 (an id out of a control file) too. */
static void put_text(struct mesh_report *report, json_t *object, const char *key,
                     struct rd_text text)
{
    if (rd_text_present(text) && rd_text_is_utf8(text))
        put(report, object, key, json_stringn(text.ptr, text.len));
}

/* A repeat of what was refused or kept for the desk is told what the first was told. */
static enum mesh_outcome outcome_of(const struct mesh_item *item,
                                    const struct rd_submit_result *result)
{
    const struct rd_submission *s = &item->submission;
    if (rd_text_is(result->reason, "test"))
        return MESH_TEST;
    if (rd_text_is(result->reason, "conflict") || rd_text_is(result->reason, "test-unread") ||
        result->disposal == RD_DISPOSAL_QUARANTINED)
        return MESH_DESK;
    if (result->disposal == RD_DISPOSAL_REJECTED)
        return MESH_REFUSED;
    if (result->disposal != RD_DISPOSAL_REPEAT)
        return MESH_HELD;
    if (rd_text_present(result->referral) || s->referral != NULL)
        return MESH_REPEAT;
    return rd_text_present(s->refused_code) ? MESH_REFUSED : MESH_DESK;
}

static void put_mistakes(struct mesh_report *report, json_t *object, const struct mesh_item *item)
{
    json_t *list = item->mistakes_count > 0 ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < item->mistakes_count; i++) {
        const struct rd_template_mistake *mistake = &item->mistakes[i];
        char letters[RD_SHEET_LETTERS_MAX];
        json_t *one = json_object();
        if (mistake->column > 0)
            put(report, one, "column", json_string(rd_sheet_letters(mistake->column, letters)));
        if (mistake->title[0] != '\0')
            put(report, one, "title", json_string(mistake->title));
        put_text(report, one, "words", mistake->words);
        if (json_array_append_new(list, one) != 0)
            report->failed = true;
    }
    if (list != NULL)
        put(report, object, "mistakes", list);
}

static void put_why(struct mesh_report *report, json_t *object, const struct mesh_item *item,
                    const struct rd_submit_result *result)
{
    const struct rd_submission *s = &item->submission;
    struct rd_text words = rd_text_present(s->refused_words)      ? s->refused_words
                           : rd_text_present(s->quarantine_words) ? s->quarantine_words
                                                                  : result->words;
    if (rd_text_is(result->reason, "conflict"))
        words = RD_TEXT("this reference or id came before with other content: this one is kept for "
                        "the desk; send a changed referral under a new one");
    put_text(report, object, "why", words);
}

enum mesh_outcome mesh_report_add(struct mesh_report *report, const struct mesh_item *item,
                                  const struct rd_submit_result *result)
{
    enum mesh_outcome outcome = outcome_of(item, result);
    bool held = outcome == MESH_HELD || outcome == MESH_REPEAT || outcome == MESH_TEST;
    json_t *object = json_object();
    if (item->number > 0)
        put(report, object, rd_text_is(item->submission.media_type, "text/csv") ? "row" : "message",
            json_integer(item->number));
    put_text(report, object, "rows", item->rows);
    put_text(report, object, "your-reference", item->reference);
    put(report, object, "outcome", json_string(outcome_names[outcome]));
    put_text(report, object, "our-reference", result->referral);
    if (held) {
        put_text(report, object, "team", result->lead_title);
        put_text(report, object, "answer", result->answer);
    } else {
        put_why(report, object, item, result);
    }
    put_mistakes(report, object, item);
    if (json_array_append_new(report->items, object) != 0)
        report->failed = true;
    report->counts[outcome] += item->rows_count > 0 ? item->rows_count : 1;
    return outcome;
}

struct rd_answered mesh_report_answer(const struct mesh_report *report, enum mesh_outcome outcome,
                                      const struct rd_submit_result *result, struct rd_arena *arena)
{
    struct rd_answered out = {.correlation = result->correlation,
                              .told = RD_TOLD_WRITTEN,
                              .code = rd_text_of(outcome_names[outcome]),
                              .words = result->words};
    size_t count = json_array_size(report->items);
    char *text = count == 0 ? NULL : json_dumps(json_array_get(report->items, count - 1), 0);
    if (text != NULL && !rd_arena_copy(arena, rd_text_of(text), &out.bytes))
        out.bytes = RD_TEXT_NONE;
    free(text);
    return out;
}

enum rd_err mesh_report_write(const struct mesh_report *report, const char *id,
                              const struct rd_feed *feed, const struct mesh_ctl *ctl,
                              rd_instant now, struct rd_buf *out)
{
    struct mesh_report scratch = *report; /* its `failed` only: the items stay whose they are */
    char stamp[RD_INSTANT_TEXT_MAX];
    json_t *root = json_object();
    json_t *counts = json_object();
    put(&scratch, root, "report", json_string(id));
    put(&scratch, root, "written", json_string(rd_instant_format(now, stamp)));
    put_text(&scratch, root, "feed", feed->name);
    put_text(&scratch, root, "from", ctl->from);
    put_text(&scratch, root, "workflow", ctl->workflow);
    put_text(&scratch, root, "dts-id", ctl->dts_id);
    put_text(&scratch, root, "local-id", ctl->local_id);
    for (int i = MESH_HELD; i < MESH_OUTCOMES; i++)
        if (report->counts[i] > 0)
            put(&scratch, counts, outcome_names[i], json_integer(report->counts[i]));
    put(&scratch, root, "counts", counts);
    put(&scratch, root, "items", json_incref(report->items));
    char *text = scratch.failed ? NULL : json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    if (text == NULL)
        return RD_E_NOMEM;
    rd_buf_put_string(out, text);
    rd_buf_put_string(out, "\n");
    free(text);
    return out->failed ? RD_E_NOMEM : RD_OK;
}
