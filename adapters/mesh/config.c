#include "adapters/mesh/config.h"

#include "base/alloc.h"
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MEMORY_MAX = 256 * 1024, SCAN_SECONDS = 10, SETTLE_MS = 2000, PATIENCE_SECONDS = 900 };

static enum rd_err read_folder(struct mesh_config *config, const rd_yaml_node *root,
                               const char *key, struct rd_text *out, struct rd_errbuf *why)
{
    const rd_yaml_node *node = rd_yaml_get(root, key);
    struct stat st;
    enum rd_err err = rd_yaml_keep(node, &config->arena, out, why);
    if (err != RD_OK)
        return err;
    if (out->len > MESH_FOLDER_MAX || out->ptr[0] != '/' || stat(out->ptr, &st) != 0 ||
        !S_ISDIR(st.st_mode))
        return rd_yaml_fail(node, why,
                            "%s: expected the whole path (from /) of a folder that exists; make it",
                            key);
    return RD_OK;
}

/* One file system: a file is moved by renaming, which is done or not done. */
static enum rd_err check_folders(const struct mesh_config *config, const rd_yaml_node *root,
                                 struct rd_errbuf *why)
{
    const char *const keys[] = {"inbox", "reports", "archive", "quarantine"};
    const struct rd_text folders[] = {config->inbox, config->reports, config->archive,
                                      config->quarantine};
    struct stat st[4];
    for (size_t i = 0; i < 4; i++) {
        const rd_yaml_node *node = rd_yaml_get(root, keys[i]);
        if (stat(folders[i].ptr, &st[i]) != 0)
            return rd_yaml_fail(node, why, "%s: this folder has gone", keys[i]);
        for (size_t k = 0; k < i; k++)
            if (st[k].st_dev == st[i].st_dev && st[k].st_ino == st[i].st_ino)
                return rd_yaml_fail(node, why,
                                    "%s: found the folder of %s, expected one of its own", keys[i],
                                    keys[k]);
        if (i != 1 && st[i].st_dev != st[0].st_dev)
            return rd_yaml_fail(
                node, why,
                "%s: found another file system than the inbox's, expected the same: "
                "files are moved by renaming them",
                keys[i]);
    }
    return RD_OK;
}

static enum rd_err read_feed(const rd_yaml_node *node, const struct rd_frame *frame,
                             const struct rd_feed **out, struct rd_errbuf *why)
{
    struct rd_text name = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &name, why);
    if (err != RD_OK)
        return err;
    for (size_t i = 0; i < frame->feeds_count; i++)
        if (rd_text_equal(frame->feeds[i]->name, name)) {
            *out = frame->feeds[i];
            return RD_OK;
        }
    return rd_yaml_fail(node, why,
                        "found \"%.*s\", expected a feed that %s serves (adapter: mesh in "
                        "feeds.yaml of the place)",
                        RD_TEXT_ARG(name), frame->program->name);
}

static enum rd_err expect_list(const rd_yaml_node *list, const char *what, struct rd_errbuf *why)
{
    if (!rd_yaml_is_list(list) || rd_yaml_count(list) == 0 || rd_yaml_count(list) > MESH_ROUTES_MAX)
        return rd_yaml_fail(list, why, "expected a list of 1 to %d %s", MESH_ROUTES_MAX, what);
    return RD_OK;
}

static enum rd_err read_mailboxes(struct mesh_config *config, const rd_yaml_node *list,
                                  const struct rd_frame *frame, struct rd_errbuf *why)
{
    static const char *const keys[] = {"mailbox!", "feed!", "workflow", NULL};
    enum rd_err err = expect_list(list, "mailboxes", why);
    for (size_t i = 0; err == RD_OK && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *node = rd_yaml_at(list, i);
        struct mesh_mailbox *mailbox = &config->mailboxes[config->mailboxes_count];
        err = rd_yaml_expect_map(node, keys, why);
        if (err == RD_OK)
            err =
                rd_yaml_keep(rd_yaml_get(node, "mailbox"), &config->arena, &mailbox->mailbox, why);
        if (err == RD_OK)
            err = rd_yaml_keep(rd_yaml_get(node, "workflow"), &config->arena, &mailbox->workflow,
                               why);
        if (err == RD_OK)
            err = read_feed(rd_yaml_get(node, "feed"), frame, &mailbox->feed, why);
        for (size_t k = 0; err == RD_OK && k < config->mailboxes_count; k++)
            if (rd_text_equal_nocase(config->mailboxes[k].mailbox, mailbox->mailbox) &&
                rd_text_equal_nocase(config->mailboxes[k].workflow, mailbox->workflow))
                err = rd_yaml_fail(node, why,
                                   "found this mailbox a second time, expected each once (or once "
                                   "for each workflow)");
        config->mailboxes_count++;
    }
    return err;
}

static enum rd_err read_workflows(struct mesh_config *config, const rd_yaml_node *list,
                                  struct rd_errbuf *why)
{
    static const char *const keys[] = {"workflow!", "format!", NULL};
    static const char *const formats[] = {
        [MESH_FHIR] = "fhir", [MESH_HL7V2] = "hl7v2", [MESH_CSV] = "csv"};
    enum rd_err err = expect_list(list, "workflows", why);
    for (size_t i = 0; err == RD_OK && i < rd_yaml_count(list); i++) {
        const rd_yaml_node *node = rd_yaml_at(list, i);
        struct mesh_workflow *workflow = &config->workflows[config->workflows_count];
        struct rd_text format = RD_TEXT_NONE;
        err = rd_yaml_expect_map(node, keys, why);
        if (err == RD_OK)
            err = rd_yaml_keep(rd_yaml_get(node, "workflow"), &config->arena, &workflow->workflow,
                               why);
        if (err == RD_OK)
            err = rd_yaml_text(rd_yaml_get(node, "format"), RD_TEXT_NONE, &format, why);
        for (int k = MESH_FHIR; err == RD_OK && k <= MESH_CSV; k++)
            if (rd_text_is(format, formats[k]))
                workflow->format = (enum mesh_format)k;
        if (err == RD_OK && workflow->format == 0)
            err = rd_yaml_fail(rd_yaml_get(node, "format"), why,
                               "found \"%.*s\", expected fhir, hl7v2 or csv", RD_TEXT_ARG(format));
        if (err == RD_OK && mesh_config_format(config, workflow->workflow) != 0)
            err = rd_yaml_fail(node, why, "found this workflow a second time, expected each once");
        config->workflows_count++;
    }
    return err;
}

static enum rd_err read_number(const rd_yaml_node *node, unsigned fallback, int64_t min,
                               int64_t max, unsigned *out, struct rd_errbuf *why)
{
    int64_t number = 0;
    enum rd_err err = rd_yaml_int(node, fallback, min, max, &number, why);
    *out = (unsigned)number;
    return err;
}

static enum rd_err read_root(struct mesh_config *config, const rd_yaml_node *root,
                             const struct rd_frame *frame, struct rd_errbuf *why)
{
    static const char *const keys[] = {
        "inbox!",     "reports!",   "archive!",     "quarantine!",         "desk-feed!",
        "mailboxes!", "workflows!", "scan-seconds", "settle-milliseconds", "patience-seconds",
        NULL};
    enum rd_err err = rd_yaml_expect_map(root, keys, why);
    if (err == RD_OK)
        err = read_folder(config, root, "inbox", &config->inbox, why);
    if (err == RD_OK)
        err = read_folder(config, root, "reports", &config->reports, why);
    if (err == RD_OK)
        err = read_folder(config, root, "archive", &config->archive, why);
    if (err == RD_OK)
        err = read_folder(config, root, "quarantine", &config->quarantine, why);
    if (err == RD_OK)
        err = check_folders(config, root, why);
    if (err == RD_OK)
        err = read_number(rd_yaml_get(root, "scan-seconds"), SCAN_SECONDS, 1, 3600,
                          &config->scan_seconds, why);
    if (err == RD_OK)
        err = read_number(rd_yaml_get(root, "settle-milliseconds"), SETTLE_MS, 0, 600000,
                          &config->settle_ms, why);
    if (err == RD_OK)
        err = read_number(rd_yaml_get(root, "patience-seconds"), PATIENCE_SECONDS, 1, 86400,
                          &config->patience_seconds, why);
    if (err == RD_OK)
        err = read_feed(rd_yaml_get(root, "desk-feed"), frame, &config->desk, why);
    if (err == RD_OK)
        err = read_mailboxes(config, rd_yaml_get(root, "mailboxes"), frame, why);
    return err == RD_OK ? read_workflows(config, rd_yaml_get(root, "workflows"), why) : err;
}

enum rd_err mesh_config_read(const char *path, const struct rd_frame *frame,
                             struct mesh_config **out, struct rd_errbuf *why)
{
    struct rd_yaml *yaml = NULL;
    struct mesh_config *config = calloc(1, sizeof *config);
    *out = NULL;
    if (config == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for %s", path);
    rd_arena_init(&config->arena, rd_alloc_heap(), FILE_MEMORY_MAX);
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK)
        err = read_root(config, rd_yaml_root(yaml), frame, why);
    rd_yaml_free(yaml);
    if (err == RD_OK)
        *out = config;
    else
        mesh_config_free(config);
    return err;
}

void mesh_config_free(struct mesh_config *config)
{
    if (config == NULL)
        return;
    rd_arena_fini(&config->arena);
    free(config);
}

const struct rd_feed *mesh_config_feed(const struct mesh_config *config, struct rd_text mailbox,
                                       struct rd_text workflow)
{
    const struct rd_feed *any = NULL;
    for (size_t i = 0; rd_text_present(mailbox) && i < config->mailboxes_count; i++) {
        const struct mesh_mailbox *known = &config->mailboxes[i];
        if (!rd_text_equal_nocase(known->mailbox, mailbox))
            continue;
        if (!rd_text_present(known->workflow))
            any = known->feed;
        else if (rd_text_equal_nocase(known->workflow, workflow))
            return known->feed;
    }
    return any;
}

enum mesh_format mesh_config_format(const struct mesh_config *config, struct rd_text workflow)
{
    for (size_t i = 0; rd_text_present(workflow) && i < config->workflows_count; i++)
        if (rd_text_equal_nocase(config->workflows[i].workflow, workflow))
            return config->workflows[i].format;
    return 0;
}
