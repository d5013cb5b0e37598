#include "adapters/mesh/take.h"

#include "adapters/mesh/inflate.h"
#include "model/limits.h"

#include <sodium.h>
#include <string.h>

static bool same(const struct mesh_half *half, const struct mesh_file *file)
{
    return half->size == file->stat.st_size && half->inode == file->stat.st_ino &&
           half->device == file->stat.st_dev &&
           half->mtime_ns == file->stat.st_mtim.tv_sec * 1000000000 + file->stat.st_mtim.tv_nsec;
}

static enum rd_err read_half(struct mesh_work *work, const struct mesh_half *half, size_t bytes_max,
                             struct mesh_file *file, struct rd_errbuf *why)
{
    if (half->name[0] == '\0')
        return RD_OK;
    mesh_file_fini(file);
    enum rd_err err = mesh_file_read(work->folders.inbox, half->name, bytes_max, file, why);
    if (err == RD_E_NOTFOUND || err == RD_E_UNSUPPORTED)
        return RD_E_AGAIN;
    return err == RD_OK && !same(half, file) ? RD_E_AGAIN : err;
}

/* Names the pair: its report and where it is kept. The same pair has the same id. */
static void set_move(struct mesh_work *work, const struct mesh_entry *entry)
{
    unsigned char both[2 * MESH_HASH_BYTES], hash[16];
    memcpy(both, work->dat.hash, MESH_HASH_BYTES);
    memcpy(both + MESH_HASH_BYTES, work->ctl_file.hash, MESH_HASH_BYTES);
    (void)crypto_generichash(hash, sizeof hash, both, sizeof both, NULL, 0);
    work->move = (struct mesh_move){.to_quarantine = false};
    (void)sodium_bin2hex(work->move.id, sizeof work->move.id, hash, sizeof hash);
    memcpy(work->move.dat_name, entry->dat.name, MESH_NAME_MAX);
    memcpy(work->move.ctl_name, entry->ctl.name, MESH_NAME_MAX);
    work->move.dat = entry->dat.name[0] == '\0' ? NULL : &work->dat;
    work->move.ctl = entry->ctl.name[0] == '\0' ? NULL : &work->ctl_file;
}

/* The whole for the desk (or refused), and the pair to the folder of those that somebody must look
 * at. */
static void set_aside(struct mesh_work *work, struct rd_text bytes, const char *code,
                      struct rd_text words)
{
    work->move.to_quarantine = true;
    mesh_content_whole(&work->content, work->feed, &work->ctl, bytes, code, words,
                       strcmp(code, "too-big") == 0);
}

static const struct rd_hl7_mapping *mapping_of(const struct mesh_work *work)
{
    for (size_t i = 0; i < work->feeds_count; i++)
        if (work->feeds[i] == work->feed)
            return &work->mappings[i];
    return NULL; /* the configuration names no other */
}

static enum rd_err open_content(struct mesh_work *work, enum mesh_format format)
{
    struct rd_text bytes = rd_buf_text(&work->dat.bytes);
    if (mesh_is_gzip(bytes)) {
        enum rd_err err = mesh_inflate(bytes, RD_BODY_BYTES_MAX, &work->inflated);
        if (err == RD_E_NOMEM)
            return err;
        if (err == RD_E_TOOBIG) {
            set_aside(work, bytes, "too-big", RD_TEXT("the data file is over 1 MiB when unpacked"));
            return RD_OK;
        }
        if (err != RD_OK) {
            set_aside(work, bytes, "gzip",
                      RD_TEXT("the data file begins as gzip does and cannot be unpacked"));
            return RD_OK;
        }
        bytes = rd_buf_text(&work->inflated);
    }
    return mesh_content_open(&work->content, format, work->feed, &work->ctl, mapping_of(work),
                             work->now(), bytes, &work->file_arena);
}

static enum rd_err open_pair(struct mesh_work *work, enum rd_err ctl_err, struct rd_text trouble)
{
    struct rd_text bytes = rd_buf_text(&work->dat.bytes);
    enum mesh_format format = mesh_config_format(work->config, work->ctl.workflow);
    if (work->dat.oversize)
        set_aside(work, bytes, "too-big",
                  RD_TEXT("the data file is over 1 MiB: send it in parts, or packed with gzip"));
    else if (work->move.ctl == NULL)
        set_aside(work, bytes, "control-missing",
                  RD_TEXT("a data file came and its control file did not"));
    else if (ctl_err != RD_OK)
        set_aside(work, bytes, "control-file", trouble);
    else if (mesh_config_feed(work->config, work->ctl.from, work->ctl.workflow) == NULL)
        set_aside(work, bytes, "unknown-mailbox",
                  RD_TEXT("From_DTS is of no feed here: ask for it to be added, or correct it"));
    else if (mesh_ctl_says_yes(work->ctl.encrypted))
        set_aside(work, bytes, "encrypted",
                  RD_TEXT("Encrypted says Y: there is no key here to read it with"));
    else if (format == 0)
        set_aside(
            work, bytes, "unknown-workflow",
            RD_TEXT("WorkflowId is of no format here: ask for it to be added, or correct it"));
    else
        return open_content(work, format);
    return RD_OK;
}

static enum rd_err open_all(struct mesh_work *work)
{
    struct rd_errbuf why = {""};
    struct rd_text trouble = RD_TEXT("the control file is over 64 KiB");
    enum rd_err err = RD_E_TOOBIG;
    work->ctl = (struct mesh_ctl){0};
    if (work->move.ctl != NULL && !work->ctl_file.oversize)
        err =
            mesh_ctl_read(rd_buf_text(&work->ctl_file.bytes), &work->file_arena, &work->ctl, &why);
    if (err == RD_E_NOMEM)
        return err;
    if (why.text[0] != '\0') {
        trouble =
            rd_arena_format(&work->file_arena, "the control file cannot be read: %s", why.text);
        if (!rd_text_present(trouble))
            return RD_E_NOMEM;
    }
    work->feed = mesh_config_feed(work->config, work->ctl.from, work->ctl.workflow);
    if (work->feed == NULL)
        work->feed = work->config->desk;
    bool report = err == RD_OK && rd_text_equal_nocase(work->ctl.message_type, RD_TEXT("Report"));
    work->silent = report && work->dat.bytes.len == 0;
    if (work->silent)
        return RD_OK;
    if (report) {
        set_aside(work, rd_buf_text(&work->dat.bytes), work->dat.oversize ? "too-big" : "report",
                  RD_TEXT("MessageType says Report and there is data with it: look what it is"));
        return RD_OK;
    }
    if (work->move.dat != NULL)
        return open_pair(work, err, trouble);
    set_aside(work, rd_buf_text(&work->ctl_file.bytes),
              work->ctl_file.oversize ? "too-big" : "data-missing",
              RD_TEXT("a control file came and its data file did not: ask for it again"));
    return RD_OK;
}

enum rd_err mesh_take(struct mesh_work *work, const struct mesh_entry *entry, struct rd_errbuf *why)
{
    enum rd_err err = read_half(work, &entry->ctl, MESH_CTL_BYTES_MAX, &work->ctl_file, why);
    if (err == RD_OK)
        err = read_half(work, &entry->dat, RD_BODY_BYTES_MAX, &work->dat, why);
    if (err != RD_OK)
        return err;
    set_move(work, entry);
    err = open_all(work);
    if (err == RD_E_TOOBIG) { /* only a table needs room before its rows: it goes to the desk */
        set_aside(work, rd_buf_text(&work->dat.bytes), "over-limit",
                  RD_TEXT("the file needs more memory than one file may take"));
        err = RD_OK;
    }
    return err == RD_E_NOMEM ? rd_fail(why, err, "no memory for a file") : err;
}
