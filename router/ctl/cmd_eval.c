/* rules eval: one decision of any DMN model, outside a place and without a router. */
#include "ctl/ctl.h"

#include "conf/read_file.h"
#include "rules/engine/dmn/dmn.h"
#include "rules/engine/dmn/xml.h"
#include "rules/engine/regex/regex.h"
#include "rules/engine/value_json.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVAL_ARENA_BYTES = 512 << 20,
    EVAL_INPUT_BYTES_MAX = 16 << 20,
    EVAL_PATH_BYTES = 4096,
    EVAL_LIST_BYTES = 2048
};

struct eval {
    const char *path; /* of the model */
    struct rd_arena arena;
    struct rd_dmn_file files[RD_DMN_FILES_MAX];
    size_t files_count;
    struct rd_model model;
    struct rd_value inputs; /* a context */
    size_t errors;
};

static bool read_text(struct eval *eval, const char *path, size_t bytes_max, struct rd_text *out)
{
    struct rd_buf bytes;
    struct rd_errbuf why = {.text = ""};
    rd_buf_init(&bytes, rd_alloc_heap());
    bool read = rd_read_file(path, bytes_max, &bytes, &why) == RD_OK;
    struct rd_text text = rd_buf_text(&bytes);
    if (!read)
        (void)ctl_fail(CTL_NO, "%s", why.text);
    else if (!rd_arena_copy(&eval->arena, rd_text_present(text) ? text : RD_TEXT(""), out))
        read = ctl_fail(CTL_NO, "%s: too large", path) != CTL_NO;
    rd_buf_fini(&bytes);
    return read;
}

static bool mentions(struct rd_text text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = rd_text_find(text, word[0], 0); at + len <= text.len;
         at = rd_text_find(text, word[0], at + 1))
        if (memcmp(text.ptr + at, word, len) == 0)
            return true;
    return false;
}

/* What the model may import: the .dmn files beside it. */
static bool read_neighbours(struct eval *eval)
{
    char path[EVAL_PATH_BYTES];
    const char *slash = strrchr(eval->path, '/');
    const char *own = slash == NULL ? eval->path : slash + 1;
    snprintf(path, sizeof path, "%.*s", slash == NULL ? 1 : (int)(slash - eval->path) + 1,
             slash == NULL ? "." : eval->path);
    DIR *dir = opendir(path);
    bool right = dir != NULL;
    for (struct dirent *entry = right ? readdir(dir) : NULL; right && entry != NULL;
         entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        struct rd_dmn_file *file = &eval->files[eval->files_count];
        if (len < 5 || strcmp(entry->d_name + len - 4, ".dmn") != 0 ||
            strcmp(entry->d_name, own) == 0)
            continue;
        if (eval->files_count == RD_DMN_FILES_MAX) {
            right = false;
            (void)ctl_fail(CTL_NO, "%s: more than %d .dmn files", path, RD_DMN_FILES_MAX);
            break;
        }
        char name[EVAL_PATH_BYTES * 2];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        right = rd_arena_copy(&eval->arena, rd_text_of(entry->d_name), &file->name) &&
                read_text(eval, name, RD_XML_BYTES_MAX, &file->bytes);
        eval->files_count++;
    }
    if (dir != NULL)
        (void)closedir(dir);
    return right;
}

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct eval *eval = context;
    eval->errors += severity == RD_SEVERITY_ERROR ? 1 : 0;
    fprintf(stderr, "%s:%u:%u: %s: %s\n", eval->path, pos.line, pos.column,
            rd_enum_name(&rd_severity_names, (int)severity), words);
}

static bool read_model(struct eval *eval)
{
    struct rd_dmn_sink sink = {eval, on_found};
    eval->files_count = 1;
    if (!read_text(eval, eval->path, RD_XML_BYTES_MAX, &eval->files[0].bytes))
        return false;
    if (mentions(eval->files[0].bytes, "import") && !read_neighbours(eval))
        return false;
    enum rd_err err =
        rd_dmn_read_model(eval->files, eval->files_count, &eval->arena, &sink, &eval->model);
    if (err != RD_OK)
        (void)ctl_fail(CTL_NO, "%s: %s: %zu errors; mend what is named above", eval->path,
                       rd_err_text(err), eval->errors);
    return err == RD_OK;
}

/* Names of the nodes of these kinds, "A, B". */
static const char *list_names(const struct eval *eval, unsigned kinds, char *out)
{
    size_t len = 0;
    snprintf(out, EVAL_LIST_BYTES, "none");
    for (size_t i = 0;
         eval->model.nodes != NULL && i < eval->model.nodes_count && len < EVAL_LIST_BYTES; i++) {
        const struct rd_drg *node = &eval->model.nodes[i];
        if (((kinds >> node->kind) & 1U) &&
            (node->kind == RD_DRG_INPUT || !rd_text_present(node->file)))
            len += (size_t)snprintf(out + len, EVAL_LIST_BYTES - len, "%s%.*s",
                                    len == 0 ? "" : ", ", RD_TEXT_ARG(node->name));
    }
    return out;
}

/* What is given by that name: input data, or a decision that the service takes as given. */
static const struct rd_drg *find_input(const struct eval *eval, const struct rd_drg *asked,
                                       struct rd_text name)
{
    for (size_t i = 0; i < asked->parameters_count; i++)
        if (rd_text_equal(asked->parameters[i].name, name))
            return &eval->model.nodes[asked->parameter_nodes[i]];
    for (size_t i = 0; i < eval->model.nodes_count; i++)
        if (eval->model.nodes[i].kind == RD_DRG_INPUT &&
            (rd_text_equal(eval->model.nodes[i].name, name) ||
             rd_text_equal(eval->model.nodes[i].seen, name)))
            return &eval->model.nodes[i];
    return NULL;
}

static bool read_inputs(struct eval *eval, const char *path, const struct rd_drg *asked)
{
    struct rd_text json = RD_TEXT("{}");
    struct rd_errbuf why = {.text = ""};
    char names[EVAL_LIST_BYTES];
    if (path != NULL && !read_text(eval, path, EVAL_INPUT_BYTES_MAX, &json))
        return false;
    if (rd_value_json_read(json, &eval->arena, &eval->inputs, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s: %s", path, why.text) != CTL_NO;
    if (eval->inputs.type != RD_TYPE_CONTEXT)
        return ctl_fail(CTL_NO, "%s: expected an object: {\"input\": value, ...}", path) != CTL_NO;
    size_t count = eval->inputs.as.context->count;
    struct rd_member *entries = rd_arena_array(&eval->arena, count + 1, sizeof *entries);
    struct rd_context *context = rd_arena_take(&eval->arena, sizeof *context);
    if (entries == NULL || context == NULL)
        return ctl_fail(CTL_NO, "%s: too large", path) != CTL_NO;
    for (size_t i = 0; i < count; i++) {
        entries[i] = eval->inputs.as.context->entries[i];
        const struct rd_drg *node = find_input(eval, asked, entries[i].name);
        if (node != NULL)
            entries[i].value = rd_value_given(entries[i].value, node->type, &eval->arena);
        else if (!eval->model.undeclared)
            return ctl_fail(CTL_NO, "%s: the model has no input '%.*s'; expected one of: %s", path,
                            RD_TEXT_ARG(entries[i].name),
                            list_names(eval, 1U << RD_DRG_INPUT, names)) == CTL_OK;
    }
    *context = (struct rd_context){.entries = entries, .count = count};
    eval->inputs = rd_value_context(context);
    return true;
}

static struct rd_date_time moment(rd_instant at)
{
    struct rd_civil civil;
    rd_instant_to_civil(at, &civil);
    struct rd_date_time out = {.date = {civil.year, (uint8_t)civil.month, (uint8_t)civil.day}};
    out.time.hour = (uint8_t)civil.hour;
    out.time.minute = (uint8_t)civil.minute;
    out.time.second = (uint8_t)civil.second;
    out.time.nanosecond = (uint32_t)civil.micros * 1000;
    out.time.has_offset = true;
    return out;
}

static void print_note(const struct eval *eval, const struct rd_model_answer *answer)
{
    const struct rd_drg *about = answer->note_about;
    struct rd_text file = rd_text_of(eval->path);
    if (!answer->note.set)
        return;
    if (about != NULL && rd_text_present(about->file))
        file = about->file;
    fprintf(stderr, "%.*s:%u:%u: note: %s%.*s%s%s\n", RD_TEXT_ARG(file), answer->note.pos.line,
            answer->note.pos.column, about == NULL ? "" : "in '",
            RD_TEXT_ARG(about == NULL ? RD_TEXT("") : about->name),
            about == NULL ? "" : "': ", answer->note.words);
}

static int print_answer(struct eval *eval, const struct rd_model_answer *answer)
{
    struct rd_buf out;
    if (answer->full)
        return ctl_fail(CTL_NO, "%s: the answer needs more than %d MiB", eval->path,
                        EVAL_ARENA_BYTES >> 20);
    print_note(eval, answer);
    rd_buf_init(&out, rd_alloc_heap());
    rd_value_json_write(&answer->value, true, &eval->arena, &out);
    bool failed = out.failed;
    if (!failed)
        printf("%.*s\n", RD_TEXT_ARG(rd_buf_text(&out)));
    rd_buf_fini(&out);
    return failed ? ctl_fail(CTL_NO, "no memory for the answer") : CTL_OK;
}

/* A decision or decision service by its name, else its id. */
static const struct rd_drg *find_asked(const struct eval *eval, struct rd_text name)
{
    const struct rd_drg *node = rd_model_find(&eval->model, RD_DRG_DECISION, name);
    if (node == NULL)
        node = rd_model_find(&eval->model, RD_DRG_SERVICE, name);
    for (size_t i = 0; node == NULL && i < eval->model.nodes_count; i++)
        if ((eval->model.nodes[i].kind == RD_DRG_DECISION ||
             eval->model.nodes[i].kind == RD_DRG_SERVICE) &&
            rd_text_equal(eval->model.nodes[i].id, name))
            node = &eval->model.nodes[i];
    return node;
}

static int evaluate(struct eval *eval, const struct ctl_args *args)
{
    struct rd_model_answer answer;
    rd_instant now = ctl_now(), at = now;
    char names[EVAL_LIST_BYTES];
    struct rd_text name = rd_text_of(args->values[OPT_DECISION]);
    if (args->values[OPT_AT] != NULL && !ctl_parse_when(args->values[OPT_AT], now, &at))
        return ctl_fail(CTL_USE, "--at %s: expected RFC 3339, now, +90m or -2h",
                        args->values[OPT_AT]);
    if (!read_model(eval))
        return CTL_NO;
    const struct rd_drg *node = find_asked(eval, name);
    if (node == NULL)
        return ctl_fail(CTL_NO, "%s has no decision '%.*s'; expected one of: %s", eval->path,
                        RD_TEXT_ARG(name),
                        list_names(eval, 1U << RD_DRG_DECISION | 1U << RD_DRG_SERVICE, names));
    if (node->refused) /* the file is right, but nothing can be asked of it */
        return ctl_fail(CTL_NO, "%s: the decisionService '%.*s' has no outputDecision; add it",
                        eval->path, RD_TEXT_ARG(node->name));
    if (!read_inputs(eval, args->values[OPT_INPUT], node))
        return CTL_NO;
    struct rd_model_request request = {.node = node,
                                       .inputs = eval->inputs.as.context,
                                       .now = moment(at),
                                       .has_now = true,
                                       .regex = &rd_regex_pcre2};
    rd_model_decide(&eval->model, &request, &eval->arena, &answer);
    return print_answer(eval, &answer);
}

int ctl_rules_eval(const struct ctl_args *args)
{
    struct eval *eval = calloc(1, sizeof *eval);
    if (eval == NULL)
        return ctl_fail(CTL_NO, "no memory");
    eval->path = args->operands[0];
    rd_arena_init(&eval->arena, rd_alloc_heap(), EVAL_ARENA_BYTES);
    int status = evaluate(eval, args);
    rd_arena_fini(&eval->arena);
    free(eval);
    return status;
}
