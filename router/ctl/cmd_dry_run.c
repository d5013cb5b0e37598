/* submit --dry-run: what a message would be understood as, where each field came from, what was not
 * understood, and where it would go. Nothing is sent; no router is needed. */
#include "ctl/reading.h"

#include "rules/load/load.h"

#include <stdlib.h>
#include <string.h>

static void show_sources(const struct ctl_source_field *field)
{
    enum { SHOWN = 4 };
    for (size_t i = 0; i < field->parts_count && i < SHOWN; i++)
        printf("%s%.*s", i == 0 ? "" : ", ", RD_TEXT_ARG(field->parts[i]->where));
    if (field->parts_count > SHOWN)
        printf(" and %zu more", field->parts_count - SHOWN);
    if (field->parts_count == 0)
        printf("-");
    puts("");
}

/* "person.names[0].family" of "referral.person.names[0].family"; a time by its own name. */
static struct rd_text shown_path(struct rd_text path)
{
    static const char lead[] = "referral.";
    static const char tail[] = ".original";
    if (rd_text_starts(path, lead))
        path = rd_text_slice(path, sizeof lead - 1, path.len);
    size_t len = sizeof tail - 1;
    if (path.len > len && rd_text_is(rd_text_slice(path, path.len - len, len), tail))
        path.len -= len;
    return path;
}

static void show_value(struct rd_text value)
{
    enum { SHOWN = 48 };
    for (size_t i = 0; i < value.len && i < SHOWN; i++)
        putchar(value.ptr[i] == '\n' || value.ptr[i] == '\r' ? ' ' : value.ptr[i]);
    printf("%s", value.len > SHOWN ? "..." : "");
}

static void show_fields(const struct ctl_sources *sources)
{
    puts("\nUnderstood");
    for (size_t i = 0; i < sources->fields_count; i++) {
        const struct ctl_source_field *field = &sources->fields[i];
        struct rd_text path = shown_path(field->path);
        printf("  %-34.*s ", RD_TEXT_ARG(path));
        show_value(field->value);
        printf("  <- ");
        show_sources(field);
    }
}

/* What holds a bundle together says nothing by itself. */
static bool is_glue(struct rd_text where)
{
    static const char *const ends[] = {".resourceType", ".fullUrl", ".reference"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i]);
        if (where.len > len && rd_text_is(rd_text_slice(where, where.len - len, len), ends[i]))
            return true;
    }
    return false;
}

static bool is_lost(const struct ctl_part *part)
{
    return !part->counts && !part->decides && part->value.len > 0 && !is_glue(part->where);
}

static void show_parts(const struct ctl_sources *sources)
{
    bool any = false;
    puts("\nNot understood, or already said elsewhere (it stays in the original)");
    for (size_t i = 0; i < sources->parts_count; i++) {
        const struct ctl_part *part = &sources->parts[i];
        if (!is_lost(part))
            continue;
        any = true;
        printf("  %-34.*s ", RD_TEXT_ARG(part->where));
        show_value(part->value);
        puts("");
    }
    if (!any)
        puts("  nothing");
}

static void show_issues(const struct rd_referral *referral)
{
    if (referral->issues_count > 0)
        puts("\nNoticed");
    for (size_t i = 0; i < referral->issues_count; i++)
        printf("  %.*s: %.*s\n", RD_TEXT_ARG(referral->issues[i].path),
               RD_TEXT_ARG(referral->issues[i].words));
}

static int show_decision(const struct rd_rules *rules, const struct rd_submission *submission,
                         struct rd_arena *arena)
{
    struct rd_facts facts;
    struct rd_decision decision;
    rd_instant now = ctl_now();
    if (submission->action != RD_ACTION_NEW) {
        printf("\nWould be matched to a referral that is held, by its references: %s\n",
               rd_enum_name(&rd_action_names, (int)submission->action));
        return CTL_OK;
    }
    const struct rd_decide_request request = {.facts = &facts, .now = now};
    if (rd_rules_facts(rules, submission, now, arena, &facts) != RD_OK ||
        rd_rules_decide(rules, &request, arena, &decision) != RD_OK)
        return ctl_fail(CTL_NO, "the decision needs more memory than one may take");
    puts("\nWould go, if it came now");
    ctl_show_decision(&decision);
    return CTL_OK;
}

static json_t *issues_json(const struct rd_referral *referral)
{
    json_t *issues = json_array();
    for (size_t i = 0; i < referral->issues_count; i++) {
        const struct rd_issue *issue = &referral->issues[i];
        (void)json_array_append_new(issues, json_pack("{s:s#, s:s#, s:s#}", "code", issue->code.ptr,
                                                      issue->code.len, "path", issue->path.ptr,
                                                      issue->path.len, "words", issue->words.ptr,
                                                      issue->words.len));
    }
    return issues;
}

static json_t *sources_json(const struct ctl_sources *sources, const struct rd_referral *referral)
{
    json_t *fields = json_array();
    json_t *rest = json_array();
    for (size_t i = 0; i < sources->fields_count; i++) {
        const struct ctl_source_field *field = &sources->fields[i];
        json_t *from = json_array();
        for (size_t k = 0; k < field->parts_count; k++)
            (void)json_array_append_new(
                from, json_stringn(field->parts[k]->where.ptr, field->parts[k]->where.len));
        (void)json_array_append_new(
            fields, json_pack("{s:s#, s:s#, s:o}", "path", field->path.ptr, field->path.len,
                              "value", field->value.ptr == NULL ? "" : field->value.ptr,
                              field->value.len, "from", from));
    }
    for (size_t i = 0; i < sources->parts_count; i++) {
        const struct ctl_part *part = &sources->parts[i];
        if (is_lost(part))
            (void)json_array_append_new(rest, json_pack("{s:s#, s:s#}", "where", part->where.ptr,
                                                        part->where.len, "value", part->value.ptr,
                                                        part->value.len));
    }
    return json_pack("{s:o, s:o, s:o}", "fields", fields, "noticed", issues_json(referral),
                     "not_understood", rest);
}

static int show_json(const struct ctl_sources *sources, const struct rd_referral *referral)
{
    json_t *whole = sources_json(sources, referral);
    char *text = json_dumps(whole, JSON_INDENT(2));
    json_decref(whole);
    if (text == NULL)
        return ctl_fail(CTL_NO, "out of memory");
    puts(text);
    free(text);
    return CTL_OK;
}

static int show_message(const struct ctl_args *args, const struct rd_rules *rules,
                        const struct ctl_reading *reading, const char *path, struct rd_text message,
                        struct rd_arena *arena)
{
    struct rd_submission submission;
    struct ctl_sources sources;
    struct rd_text failure;
    if (!ctl_reading_read(reading, message, arena, &submission, &failure))
        return ctl_fail(CTL_NO, "%s: has more parts than a record may have", path);
    if (submission.referral == NULL)
        return ctl_fail(CTL_NO, "%s: not read: %.*s", path, RD_TEXT_ARG(failure));
    if (!ctl_sources_find(reading, message, arena, &sources))
        return ctl_fail(CTL_NO, "%s: has more than %d parts", path, CTL_PARTS_MAX);
    if (ctl_json(args))
        return show_json(&sources, submission.referral);
    printf("%s: %s, %s, key %.*s\n", path, rd_enum_name(&rd_action_names, (int)submission.action),
           rd_enum_name(&rd_environment_names, (int)submission.environment),
           RD_TEXT_ARG(submission.key));
    if (submission.environment != reading->feed->environment)
        printf("%.*s is a %s feed: a sender would be refused, and nothing dispatched\n",
               RD_TEXT_ARG(reading->feed->name),
               rd_enum_name(&rd_environment_names, (int)reading->feed->environment));
    show_fields(&sources);
    show_issues(submission.referral);
    show_parts(&sources);
    return show_decision(rules, &submission, arena);
}

int ctl_dry_run(const struct ctl_args *args)
{
    struct ctl_feed_reading open;
    int status = ctl_feed_reading_open(args, NULL, &open);
    for (size_t i = 0; i < args->operands_count && status == CTL_OK; i++) {
        struct rd_buf message;
        struct rd_arena arena;
        rd_buf_init(&message, rd_alloc_heap());
        rd_arena_init(&arena, rd_alloc_heap(), CTL_READING_ARENA_BYTES_MAX);
        status = ctl_read_file(args->operands[i], &message);
        if (status == CTL_OK) {
            struct rd_text bytes = ctl_message_of(&open.reading, rd_buf_text(&message));
            status =
                show_message(args, open.rules, &open.reading, args->operands[i], bytes, &arena);
        }
        rd_arena_fini(&arena);
        rd_buf_fini(&message);
    }
    ctl_feed_reading_close(&open);
    return status;
}
