#include "adapters/kit/receipts.h"

#include "base/alloc.h"
#include "conf/yaml.h"
#include "model/state.h"

#include <stdlib.h>
#include <unistd.h>

enum { FILE_MEMORY_MAX = 1024 * 1024, GIVE_UP_MINUTES = 240, TIMEOUT_S = 20 };

struct rd_receipts_file {
    struct rd_arena arena;
    struct rd_receipt_target targets[RD_RECEIPT_TARGETS_MAX];
    size_t targets_count;
};
struct reading {
    struct rd_receipts_file *file;
    const struct rd_frame *frame;
    bool (*known)(enum rd_receipt_stage stage);
    struct rd_errbuf *why;
};

static const char *const target_keys[] = {"feed!",
                                          "endpoint!",
                                          "target",
                                          "stages!",
                                          "give-up-after-minutes",
                                          "timeout-seconds",
                                          "from",
                                          "authority",
                                          "certificate",
                                          "key",
                                          NULL};

static enum rd_err read_string(struct reading *reading, const rd_yaml_node *node, const char **out)
{
    struct rd_text text = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_keep(node, &reading->file->arena, &text, reading->why);
    *out = text.ptr;
    return err;
}

/* A file that is named must be there: at the first receipt would be too late to say so. */
static enum rd_err read_path(struct reading *reading, const rd_yaml_node *node, const char **out)
{
    enum rd_err err = read_string(reading, node, out);
    if (err == RD_OK && *out != NULL && access(*out, R_OK) != 0)
        return rd_yaml_fail(node, reading->why,
                            "found \"%s\", which cannot be read; expected a PEM file: correct the "
                            "path or its rights",
                            *out);
    return err;
}

static enum rd_err read_feed(struct reading *reading, const rd_yaml_node *node, const char **out)
{
    const struct rd_frame *frame = reading->frame;
    enum rd_err err = read_string(reading, node, out);
    if (err != RD_OK)
        return err;
    for (size_t i = 0; i < reading->file->targets_count; i++)
        if (rd_text_is(rd_text_of(*out), reading->file->targets[i].feed))
            return rd_yaml_fail(node, reading->why, "found feed %s twice: keep one", *out);
    for (size_t i = 0; i < frame->feeds_count; i++)
        if (rd_text_is(frame->feeds[i]->name, *out))
            return RD_OK;
    return rd_yaml_fail(node, reading->why,
                        "found \"%s\", expected a feed that %s serves (feeds.yaml of the place)",
                        *out, frame->program->name);
}

static enum rd_err read_stages(struct reading *reading, const rd_yaml_node *node, unsigned *out)
{
    if (!rd_yaml_is_list(node) || rd_yaml_count(node) == 0)
        return rd_yaml_fail(node, reading->why,
                            "expected a list of stages, such as [accepted, refused, closed]");
    for (size_t i = 0; i < rd_yaml_count(node); i++) {
        const rd_yaml_node *item = rd_yaml_at(node, i);
        struct rd_text name = RD_TEXT_NONE;
        enum rd_err err = rd_yaml_text(item, RD_TEXT_NONE, &name, reading->why);
        if (err != RD_OK)
            return err;
        int stage = rd_enum_value(&rd_receipt_stage_names, name);
        if (stage == 0 || !reading->known((enum rd_receipt_stage)stage)) {
            char all[128] = "";
            size_t len = 0;
            for (int each = RD_RECEIPT_ROUTED; each <= RD_RECEIPT_REFUSED; each++)
                if (reading->known((enum rd_receipt_stage)each) && len < sizeof all)
                    len +=
                        (size_t)snprintf(all + len, sizeof all - len, "%s%s", len == 0 ? "" : ", ",
                                         rd_enum_name(&rd_receipt_stage_names, each));
            return rd_yaml_fail(item, reading->why, "found \"%.*s\", expected one of %s",
                                RD_TEXT_ARG(name), all);
        }
        *out |= 1U << stage;
    }
    return RD_OK;
}

static enum rd_err read_number(struct reading *reading, const rd_yaml_node *node, int64_t fallback,
                               int64_t most, unsigned *out)
{
    int64_t number = 0;
    enum rd_err err = rd_yaml_int(node, fallback, 1, most, &number, reading->why);
    *out = (unsigned)number;
    return err;
}

static enum rd_err read_instant(struct reading *reading, const rd_yaml_node *node, rd_instant *out)
{
    struct rd_text text = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, reading->why);
    if (err == RD_OK && rd_text_present(text) && !rd_instant_parse(text, out))
        return rd_yaml_fail(node, reading->why,
                            "found \"%.*s\", expected an instant such as 2026-11-21T00:00:00Z",
                            RD_TEXT_ARG(text));
    return err;
}

static enum rd_err read_target(struct reading *reading, const rd_yaml_node *node)
{
    struct rd_receipts_file *file = reading->file;
    struct rd_receipt_target *target = &file->targets[file->targets_count];
    const char *system = NULL;
    enum rd_err err = rd_yaml_expect_map(node, target_keys, reading->why);
    if (err == RD_OK)
        err = read_feed(reading, rd_yaml_get(node, "feed"), &target->feed);
    if (err == RD_OK)
        err = read_string(reading, rd_yaml_get(node, "endpoint"), &target->endpoint);
    if (err == RD_OK)
        err = read_string(reading, rd_yaml_get(node, "target"), &system);
    if (err == RD_OK)
        err = read_stages(reading, rd_yaml_get(node, "stages"), &target->stages);
    if (err == RD_OK)
        err = read_number(reading, rd_yaml_get(node, "give-up-after-minutes"), GIVE_UP_MINUTES,
                          7 * 24 * 60, &target->give_up_after_s);
    if (err == RD_OK)
        err = read_number(reading, rd_yaml_get(node, "timeout-seconds"), TIMEOUT_S, 300,
                          &target->timeout_s);
    if (err == RD_OK)
        err = read_instant(reading, rd_yaml_get(node, "from"), &target->from);
    if (err == RD_OK)
        err = read_path(reading, rd_yaml_get(node, "authority"), &target->authority);
    if (err == RD_OK)
        err = read_path(reading, rd_yaml_get(node, "certificate"), &target->certificate);
    if (err == RD_OK)
        err = read_path(reading, rd_yaml_get(node, "key"), &target->key);
    if (err != RD_OK)
        return err;
    target->target = system == NULL ? RD_TEXT_NONE : rd_text_of(system);
    target->give_up_after_s *= 60;
    file->targets_count++;
    return RD_OK;
}

static enum rd_err read_root(struct reading *reading, const rd_yaml_node *root)
{
    static const char *const keys[] = {"receipts!", NULL};
    enum rd_err err = rd_yaml_expect_map(root, keys, reading->why);
    if (err != RD_OK)
        return err;
    const rd_yaml_node *list = rd_yaml_get(root, "receipts");
    if (!rd_yaml_is_list(list) || rd_yaml_count(list) > RD_RECEIPT_TARGETS_MAX)
        return rd_yaml_fail(list, reading->why, "expected a list of at most %d feeds",
                            RD_RECEIPT_TARGETS_MAX);
    for (size_t i = 0; i < rd_yaml_count(list) && err == RD_OK; i++)
        err = read_target(reading, rd_yaml_at(list, i));
    return err;
}

enum rd_err rd_receipts_read(const char *path, const struct rd_frame *frame,
                             bool (*known)(enum rd_receipt_stage stage),
                             struct rd_receipts_file **out, struct rd_errbuf *why)
{
    struct rd_yaml *yaml = NULL;
    struct rd_receipts_file *file = calloc(1, sizeof *file);
    *out = NULL;
    if (file == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for %s", path);
    rd_arena_init(&file->arena, rd_alloc_heap(), FILE_MEMORY_MAX);
    struct reading reading = {.file = file, .frame = frame, .known = known, .why = why};
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK)
        err = read_root(&reading, rd_yaml_root(yaml));
    rd_yaml_free(yaml);
    if (err == RD_OK)
        *out = file;
    else
        rd_receipts_file_free(file);
    return err;
}

size_t rd_receipts_targets(const struct rd_receipts_file *file,
                           const struct rd_receipt_target **out)
{
    *out = file->targets;
    return file->targets_count;
}

void rd_receipts_file_free(struct rd_receipts_file *file)
{
    if (file == NULL)
        return;
    rd_arena_fini(&file->arena);
    free(file);
}
