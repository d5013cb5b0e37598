/* Runs a folder in the layout of the DMN conformance suite: any depth of folders, each with models
 * (*.dmn) and the cases for them (*-test-*.xml). One line a case, then the counts.
 *
 *   dmn_tck [--json] [--expect COUNT] DIR
 *
 * passed:      every result is what the case expects. A result that is to be an error is one when
 *              the engine gives null, or refused the decision when it read the file.
 * failed:      another result.
 * unsupported: the engine refused the model, or what the case needs of it, when it read the file.
 *
 * Exit 0: all passed (with --expect: exactly COUNT of them, and none of the others). */
#include "cases.h"

#include "rules/engine/dmn/dmn.h"
#include "rules/engine/regex/regex.h"
#include "rules/engine/value_json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    ARENA_BYTES = 256 << 20,
    FILE_BYTES_MAX = 16 << 20,
    PATH_BYTES = 1024,
    NAMES_MAX = 4096, /* of one folder */
    WHY_BYTES = 400
};
enum verdict { PASSED, FAILED, UNSUPPORTED, VERDICTS };
static const char *const verdict_names[VERDICTS] = {"passed", "failed", "unsupported"};

struct run {
    bool json;
    size_t counts[VERDICTS];
    size_t root_len; /* of the folder asked for: paths are printed from there */
};
struct folder {
    char path[PATH_BYTES];
    char *names[NAMES_MAX]; /* owned, sorted */
    size_t count;
};

static struct rd_date_time clock_now(void)
{
    struct rd_date_time now = {.date = {1970, 1, 1}};
    time_t seconds = time(NULL);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL)
        return now;
    now.date =
        (struct rd_date){parts.tm_year + 1900, (uint8_t)(parts.tm_mon + 1), (uint8_t)parts.tm_mday};
    now.time.hour = (uint8_t)parts.tm_hour;
    now.time.minute = (uint8_t)parts.tm_min;
    now.time.second = (uint8_t)parts.tm_sec;
    now.time.has_offset = true;
    return now;
}

static bool read_bytes(const char *path, struct rd_arena *arena, struct rd_text *out)
{
    FILE *file = fopen(path, "rb");
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    bool right = size >= 0 && size <= FILE_BYTES_MAX && fseek(file, 0, SEEK_SET) == 0;
    char *bytes = right ? rd_arena_take(arena, (size_t)size + 1) : NULL;
    right = bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size;
    if (file != NULL)
        (void)fclose(file);
    *out = (struct rd_text){bytes, right ? (size_t)size : 0};
    return right;
}

static void print_case(struct run *run, const char *file, struct rd_text id, enum verdict verdict,
                       const char *why)
{
    struct rd_buf out;
    run->counts[verdict]++;
    if (!run->json) {
        printf("%-11s %s %.*s%s%s\n", verdict_names[verdict], file + run->root_len, RD_TEXT_ARG(id),
               why[0] == '\0' ? "" : ": ", why);
        return;
    }
    rd_buf_init(&out, rd_alloc_heap());
    rd_buf_put_string(&out, "{\"file\": ");
    rd_value_json_write_text(rd_text_of(file + run->root_len), &out);
    rd_buf_put_string(&out, ", \"case\": ");
    rd_value_json_write_text(id, &out);
    rd_buf_printf(&out, ", \"result\": \"%s\", \"why\": ", verdict_names[verdict]);
    rd_value_json_write_text(rd_text_of(why), &out);
    printf("%s  %.*s}",
           run->counts[PASSED] + run->counts[FAILED] + run->counts[UNSUPPORTED] == 1 ? "" : ",\n",
           RD_TEXT_ARG(rd_buf_text(&out)));
    rd_buf_fini(&out);
}

struct finding { /* the first */
    char words[WHY_BYTES];
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct finding *first = context;
    (void)severity;
    if (first->words[0] == '\0')
        snprintf(first->words, sizeof first->words, "%u:%u: %s", pos.line, pos.column, words);
}

/* Whether the node, or something that it needs, was refused. */
static bool needs_refused(const struct rd_model *model, const struct rd_drg *node,
                          struct rd_arena *arena)
{
    size_t count = 0;
    size_t *list = rd_arena_array(arena, model->nodes_count + 1, sizeof *list);
    bool *seen = rd_arena_array(arena, model->nodes_count + 1, sizeof *seen);
    if (list == NULL || seen == NULL)
        return true;
    list[count++] = (size_t)(node - model->nodes);
    for (size_t i = 0; i < count; i++) {
        const struct rd_drg *at = &model->nodes[list[i]];
        size_t edges = at->kind == RD_DRG_SERVICE ? at->outputs_count : at->needs_count;
        if (at->refused)
            return true;
        for (size_t j = 0; j < edges; j++) {
            size_t next = at->kind == RD_DRG_SERVICE ? at->outputs[j] : at->needs[j].node;
            if (!seen[next])
                list[count++] = next;
            seen[next] = true;
        }
    }
    return false;
}

/* The declared type of an input, by its name. */
static const struct rd_feel_type *input_type(const struct rd_model *model, struct rd_text name)
{
    for (size_t i = 0; i < model->nodes_count; i++)
        if (rd_text_equal(model->nodes[i].name, name) &&
            (model->nodes[i].kind == RD_DRG_INPUT || model->nodes[i].kind == RD_DRG_DECISION))
            return model->nodes[i].type;
    return NULL;
}

static bool give_inputs(const struct rd_model *model, const struct tck_case *one,
                        struct rd_arena *arena, struct rd_context *out)
{
    struct rd_member *entries = rd_arena_array(arena, one->inputs.count + 1, sizeof *entries);
    for (size_t i = 0; entries != NULL && i < one->inputs.count; i++) {
        entries[i] = one->inputs.entries[i];
        entries[i].value = tck_input(entries[i].value, input_type(model, entries[i].name), arena);
    }
    *out = (struct rd_context){.entries = entries, .count = one->inputs.count};
    return entries != NULL;
}

/* What the case asks for. A service of several output decisions gives a context of them. */
static const struct rd_drg *asked_node(const struct rd_model *model, const struct tck_case *one,
                                       const struct tck_result *result)
{
    if (rd_text_is(one->kind, "decisionService"))
        return rd_model_find(model, RD_DRG_SERVICE, one->invocable);
    if (rd_text_is(one->kind, "bkm"))
        return rd_model_find(model, RD_DRG_KNOWLEDGE,
                             rd_text_present(one->invocable) ? one->invocable : result->name);
    return rd_model_find(model, RD_DRG_DECISION, result->name);
}

static void say_difference(const struct tck_result *result, const struct rd_model_answer *answer,
                           struct rd_arena *arena, char *why)
{
    struct rd_value shown = result->expected;
    if (shown.type == TCK_UNTYPED)
        shown.type = RD_TYPE_STRING;
    struct rd_text expected = rd_value_show(&shown, arena);
    struct rd_text found = rd_value_show(&answer->value, arena);
    snprintf(why, WHY_BYTES, "%.*s: expected %s%.*s, found %.*s%s%s", RD_TEXT_ARG(result->name),
             result->is_error ? "an error, " : "", RD_TEXT_ARG(expected), RD_TEXT_ARG(found),
             answer->note.set ? " because " : "", answer->note.set ? answer->note.words : "");
}

static enum verdict run_result(const struct rd_model *model, const struct tck_case *one,
                               const struct tck_result *result, struct rd_arena *arena, char *why)
{
    struct rd_context inputs;
    struct rd_model_request request = {.node = asked_node(model, one, result),
                                       .now = clock_now(),
                                       .has_now = true,
                                       .regex = &rd_regex_pcre2};
    struct rd_model_answer answer;
    const char *unreadable = one->unreadable != NULL ? one->unreadable : result->unreadable;
    if (request.node == NULL || unreadable != NULL || !give_inputs(model, one, arena, &inputs)) {
        snprintf(why, WHY_BYTES, "%.*s: %s", RD_TEXT_ARG(result->name),
                 unreadable != NULL ? unreadable : "the model has none of that name");
        return UNSUPPORTED;
    }
    if (needs_refused(model, request.node, arena)) {
        snprintf(why, WHY_BYTES, "%.*s needs what was refused", RD_TEXT_ARG(result->name));
        return result->is_error ? PASSED : UNSUPPORTED;
    }
    request.inputs = &inputs;
    rd_model_decide(model, &request, arena, &answer);
    const struct rd_value *part = answer.value.type == RD_TYPE_CONTEXT &&
                                          request.node->kind == RD_DRG_SERVICE &&
                                          request.node->outputs_count > 1
                                      ? rd_context_get(answer.value.as.context, result->name)
                                      : NULL;
    if (part != NULL)
        answer.value = *part;
    if (!answer.full && tck_same(&result->expected, &answer.value, arena))
        return PASSED;
    say_difference(result, &answer, arena, why);
    return FAILED;
}

static void run_case(struct run *run, const char *path, const struct rd_model *model,
                     const struct tck_case *one, struct rd_arena *arena)
{
    char why[WHY_BYTES] = "", first[WHY_BYTES] = "";
    enum verdict verdict = one->results_count == 0 ? UNSUPPORTED : PASSED;
    if (one->results_count == 0)
        snprintf(first, sizeof first, "it expects nothing");
    for (size_t i = 0; i < one->results_count; i++) {
        why[0] = '\0';
        enum verdict next = run_result(model, one, &one->results[i], arena, why);
        if (verdict == PASSED && next != PASSED)
            memcpy(first, why, sizeof first);
        verdict = next > verdict ? next : verdict;
    }
    print_case(run, path, one->id, verdict, first);
}

/* The model first and whatever it may import behind it. */
static size_t read_models(const struct folder *folder, struct rd_text model, struct rd_arena *arena,
                          struct rd_dmn_file *files)
{
    char path[PATH_BYTES * 2];
    size_t count = 1;
    files[0] = (struct rd_dmn_file){.bytes = RD_TEXT_NONE};
    for (size_t i = 0; i < folder->count && count < RD_DMN_FILES_MAX; i++) {
        size_t len = strlen(folder->names[i]);
        if (len < 4 || strcmp(folder->names[i] + len - 4, ".dmn") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder->path, folder->names[i]);
        struct rd_dmn_file *file =
            rd_text_is(model, folder->names[i]) ? &files[0] : &files[count++];
        if (!read_bytes(path, arena, &file->bytes))
            file->bytes = RD_TEXT_NONE;
        if (file != &files[0])
            file->name = rd_text_of(folder->names[i]);
    }
    return rd_text_present(files[0].bytes) ? count : 0;
}

static void run_file(struct run *run, const struct folder *folder, const char *name)
{
    struct rd_dmn_file *files = NULL;
    struct rd_arena arena, one;
    struct rd_text bytes;
    struct tck_file cases = {.cases = NULL};
    struct rd_errbuf why = {.text = ""};
    struct finding first = {.words = ""};
    struct rd_dmn_sink sink = {&first, on_found};
    struct rd_model model = {.nodes = NULL};
    char path[PATH_BYTES * 2];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    rd_arena_init(&arena, rd_alloc_heap(), (size_t)ARENA_BYTES * 4);
    files = rd_arena_array(&arena, RD_DMN_FILES_MAX, sizeof *files);
    if (files == NULL || !read_bytes(path, &arena, &bytes) ||
        !tck_read(bytes, &arena, &cases, &why)) {
        print_case(run, path, RD_TEXT("-"), UNSUPPORTED, why.text);
        rd_arena_fini(&arena);
        return;
    }
    size_t count = read_models(folder, cases.model, &arena, files);
    if (count == 0)
        snprintf(first.words, sizeof first.words, "no file %.*s", RD_TEXT_ARG(cases.model));
    else if (rd_dmn_read_model(files, count, &arena, &sink, &model) != RD_OK && !run->json)
        printf("refused     %.*s:%s\n", RD_TEXT_ARG(cases.model), first.words);
    for (size_t i = 0; i < cases.cases_count; i++) {
        rd_arena_init(&one, rd_alloc_heap(), ARENA_BYTES);
        if (model.nodes == NULL)
            print_case(run, path, cases.cases[i].id, UNSUPPORTED, first.words);
        else
            run_case(run, path, &model, &cases.cases[i], &one);
        rd_arena_fini(&one);
    }
    rd_arena_fini(&arena);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_folder(struct folder *folder)
{
    DIR *dir = opendir(folder->path);
    if (dir == NULL)
        return false;
    for (struct dirent *entry = readdir(dir); entry != NULL && folder->count < NAMES_MAX;
         entry = readdir(dir))
        if (entry->d_name[0] != '.') {
            folder->names[folder->count] = strdup(entry->d_name);
            folder->count += folder->names[folder->count] == NULL ? 0 : 1;
        }
    (void)closedir(dir);
    qsort(folder->names, folder->count, sizeof folder->names[0], by_name);
    return true;
}

/* Depth is that of the folders; a path that does not fit ends it. */
static bool run_folder(struct run *run, const char *path)
{
    struct folder *folder = calloc(1, sizeof *folder);
    struct stat status;
    bool right = folder != NULL && strlen(path) < PATH_BYTES / 2;
    if (right) {
        snprintf(folder->path, sizeof folder->path, "%s", path);
        right = list_folder(folder);
    }
    for (size_t i = 0; right && i < folder->count; i++) {
        char below[PATH_BYTES * 2];
        const char *name = folder->names[i];
        size_t len = strlen(name);
        snprintf(below, sizeof below, "%s/%s", path, name);
        if (stat(below, &status) == 0 && S_ISDIR(status.st_mode))
            right = run_folder(run, below);
        else if (len > 4 && strcmp(name + len - 4, ".xml") == 0 && strstr(name, "-test-") != NULL)
            run_file(run, folder, name);
    }
    for (size_t i = 0; folder != NULL && i < folder->count; i++)
        free(folder->names[i]);
    free(folder);
    return right;
}

static int use(void)
{
    fprintf(stderr, "dmn_tck [--json] [--expect COUNT] DIR\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct run run = {.json = false};
    const char *dir = NULL;
    long expected = -1;
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        if (strcmp(argv[i], "--json") == 0)
            run.json = true;
        else if (strcmp(argv[i], "--expect") == 0 && i + 1 < argc) {
            expected = strtol(argv[++i], &end, 10);
            if (*end != '\0' || expected < 0)
                return use();
        } else if (argv[i][0] == '-' || dir != NULL)
            return use();
        else
            dir = argv[i];
    }
    if (dir == NULL)
        return use();
    run.root_len = strlen(dir) + 1;
    if (run.json)
        printf("{\"cases\": [\n");
    if (!run_folder(&run, dir)) {
        fprintf(stderr, "dmn_tck: %s: not a folder that can be read\n", dir);
        return 2;
    }
    size_t total = run.counts[PASSED] + run.counts[FAILED] + run.counts[UNSUPPORTED];
    printf(run.json
               ? "\n], \"passed\": %zu, \"total\": %zu, \"failed\": %zu, \"unsupported\": %zu}\n"
               : "conformance: %zu of %zu cases passed, %zu failed, %zu unsupported\n",
           run.counts[PASSED], total, run.counts[FAILED], run.counts[UNSUPPORTED]);
    bool all = run.counts[PASSED] == total && total > 0;
    return all && (expected < 0 || run.counts[PASSED] == (size_t)expected) ? 0 : 1;
}
