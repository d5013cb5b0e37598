#include "adapters/kit/door.h"

#include "base/alloc.h"
#include "conf/yaml.h"
#include "link/log.h"

#include <stdlib.h>
#include <strings.h>

enum { FILE_MEMORY_MAX = 256 * 1024, DAY_MS = 24 * 60 * 60 * 1000 };

struct partner {
    struct rd_text name;
    const struct rd_feed *feeds[RD_FRAME_FEEDS_MAX];
    size_t feeds_count;
};
struct rd_door {
    struct rd_arena arena;
    struct rd_tls *tls;
    struct partner partners[RD_DOOR_PARTNERS_MAX];
    size_t partners_count;
    uv_timer_t daily;
    bool watching;
};

static enum rd_err read_string(struct rd_door *door, const rd_yaml_node *node, const char **out,
                               struct rd_errbuf *why)
{
    struct rd_text text = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_keep(node, &door->arena, &text, why);
    *out = text.ptr;
    return err;
}

static enum rd_err read_feeds(const rd_yaml_node *node, const struct rd_frame *frame,
                              struct partner *partner, struct rd_errbuf *why)
{
    if (!rd_yaml_is_list(node) || rd_yaml_count(node) == 0 ||
        rd_yaml_count(node) > RD_FRAME_FEEDS_MAX)
        return rd_yaml_fail(node, why, "expected a list of 1 to %d feeds, such as [las-cad]",
                            RD_FRAME_FEEDS_MAX);
    for (size_t i = 0; i < rd_yaml_count(node); i++) {
        const rd_yaml_node *item = rd_yaml_at(node, i);
        struct rd_text name = RD_TEXT_NONE;
        enum rd_err err = rd_yaml_text(item, RD_TEXT_NONE, &name, why);
        if (err != RD_OK)
            return err;
        const struct rd_feed *feed = NULL;
        for (size_t k = 0; k < frame->feeds_count && feed == NULL; k++)
            if (rd_text_equal(frame->feeds[k]->name, name))
                feed = frame->feeds[k];
        if (feed == NULL)
            return rd_yaml_fail(item, why,
                                "found \"%.*s\", expected a feed that %s serves (feeds.yaml of the "
                                "place)",
                                RD_TEXT_ARG(name), frame->program->name);
        partner->feeds[partner->feeds_count++] = feed;
    }
    return RD_OK;
}

static enum rd_err read_partners(struct rd_door *door, const rd_yaml_node *list,
                                 const struct rd_frame *frame, struct rd_errbuf *why)
{
    static const char *const keys[] = {"name!", "feeds!", NULL};
    if (list == NULL)
        return RD_OK;
    if (!rd_yaml_is_list(list) || rd_yaml_count(list) > RD_DOOR_PARTNERS_MAX)
        return rd_yaml_fail(list, why, "expected a list of at most %d partners",
                            RD_DOOR_PARTNERS_MAX);
    for (size_t i = 0; i < rd_yaml_count(list); i++) {
        const rd_yaml_node *node = rd_yaml_at(list, i);
        struct partner *partner = &door->partners[door->partners_count++];
        const char *name = NULL;
        enum rd_err err = rd_yaml_expect_map(node, keys, why);
        if (err == RD_OK)
            err = read_string(door, rd_yaml_get(node, "name"), &name, why);
        if (err == RD_OK)
            err = read_feeds(rd_yaml_get(node, "feeds"), frame, partner, why);
        if (err != RD_OK)
            return err;
        partner->name = rd_text_of(name);
    }
    return RD_OK;
}

static enum rd_err read_root(struct rd_door *door, const rd_yaml_node *root,
                             const struct rd_frame *frame, struct rd_errbuf *why)
{
    static const char *const keys[] = {"certificate!", "key!", "authority", "partners", NULL};
    struct rd_tls_files files = {NULL, NULL, NULL};
    const rd_yaml_node *partners = rd_yaml_get(root, "partners");
    enum rd_err err = rd_yaml_expect_map(root, keys, why);
    if (err == RD_OK)
        err = read_string(door, rd_yaml_get(root, "certificate"), &files.certificate, why);
    if (err == RD_OK)
        err = read_string(door, rd_yaml_get(root, "key"), &files.key, why);
    if (err == RD_OK)
        err = read_string(door, rd_yaml_get(root, "authority"), &files.authority, why);
    if (err == RD_OK && partners != NULL && files.authority == NULL)
        return rd_yaml_fail(partners, why,
                            "found partners without an authority, whose certificates they show: "
                            "add authority");
    if (err == RD_OK)
        err = read_partners(door, partners, frame, why);
    return err == RD_OK ? rd_tls_open_server(&files, &door->tls, why) : err;
}

enum rd_err rd_door_read(const char *path, const struct rd_frame *frame, struct rd_door **out,
                         struct rd_errbuf *why)
{
    struct rd_yaml *yaml = NULL;
    struct rd_door *door = calloc(1, sizeof *door);
    *out = NULL;
    if (door == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for %s", path);
    rd_arena_init(&door->arena, rd_alloc_heap(), FILE_MEMORY_MAX);
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK)
        err = read_root(door, rd_yaml_root(yaml), frame, why);
    rd_yaml_free(yaml);
    if (err == RD_OK)
        *out = door;
    else
        rd_door_free(door);
    return err;
}

const struct rd_tls *rd_door_tls(const struct rd_door *door)
{
    return door == NULL ? NULL : door->tls;
}

bool rd_door_allows(const struct rd_door *door, struct rd_text peer_name, struct rd_text feed)
{
    if (door == NULL || door->partners_count == 0)
        return true;
    for (size_t i = 0; i < door->partners_count; i++) {
        const struct partner *partner = &door->partners[i];
        if (!rd_text_equal_nocase(partner->name, peer_name))
            continue;
        for (size_t k = 0; k < partner->feeds_count; k++)
            if (rd_text_equal(partner->feeds[k]->name, feed))
                return true;
    }
    return false;
}

static void on_day(uv_timer_t *timer)
{
    const struct rd_door *door = timer->data;
    int64_t days = (rd_tls_expires(door->tls) - rd_frame_now()) / (86400 * RD_SECOND_US);
    if (days < 0)
        rd_log(RD_LOG_ERROR, "tls.certificate-expired", rd_log_number("days_ago", -days));
    else if (days <= RD_DOOR_EXPIRY_DAYS)
        rd_log(RD_LOG_WARNING, "tls.certificate-expires", rd_log_number("days", days));
}

void rd_door_watch(struct rd_door *door, struct rd_frame *frame)
{
    (void)uv_timer_init(&frame->loop, &door->daily); /* cannot fail */
    door->daily.data = door;
    door->watching = true;
    (void)uv_timer_start(&door->daily, on_day, 0, DAY_MS);
}

void rd_door_metrics(const struct rd_door *door, const char *program, struct rd_buf *out)
{
    if (door != NULL)
        rd_buf_printf(
            out,
            "# HELP %s_certificate_expires_seconds When the door's certificate ends, Unix "
            "time.\n# TYPE %s_certificate_expires_seconds gauge\n"
            "%s_certificate_expires_seconds %lld\n",
            program, program, program, (long long)(rd_tls_expires(door->tls) / RD_SECOND_US));
}

void rd_door_close(struct rd_door *door)
{
    if (door != NULL && door->watching)
        uv_close((uv_handle_t *)&door->daily, NULL);
}

void rd_door_free(struct rd_door *door)
{
    if (door == NULL)
        return;
    rd_tls_close(door->tls);
    rd_arena_fini(&door->arena);
    free(door);
}
