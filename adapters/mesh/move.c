#include "adapters/mesh/ctl.h"
#include "adapters/mesh/files.h"
#include "base/alloc.h"
#include "model/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The note: in the archive, of which nobody else makes anything. Five lines: where to, id, then for
 * the data file and the control file "HASH NAME" in hex, "-" for none. */
#define NOTE ".referral-mesh.moving"

enum { NOTE_BYTES_MAX = 4096, HASH_HEX = 2 * MESH_HASH_BYTES + 1, NAME_HEX = 2 * MESH_NAME_MAX };

static void put_half(struct rd_buf *out, const char *name, const struct mesh_file *file)
{
    char hash[HASH_HEX], hex[NAME_HEX + 1];
    if (file == NULL) {
        rd_buf_put_string(out, "-\n");
        return;
    }
    (void)sodium_bin2hex(hash, sizeof hash, file->hash, sizeof file->hash);
    (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)name, strlen(name));
    rd_buf_printf(out, "%s %s\n", hash, hex);
}

enum rd_err mesh_move_note(const struct mesh_folders *folders, const struct mesh_move *move,
                           struct rd_errbuf *why)
{
    struct rd_buf note;
    rd_buf_init(&note, rd_alloc_heap());
    rd_buf_printf(&note, "%s\n%s\n", move->to_quarantine ? "quarantine" : "archive", move->id);
    put_half(&note, move->dat_name, move->dat);
    put_half(&note, move->ctl_name, move->ctl);
    enum rd_err err = note.failed
                          ? rd_fail(why, RD_E_NOMEM, "no memory for a note of a move")
                          : mesh_file_write(folders->archive, NOTE, rd_buf_text(&note), why);
    rd_buf_fini(&note);
    return err;
}

static enum rd_err remove_note(const struct mesh_folders *folders, struct rd_errbuf *why)
{
    if ((unlinkat(folders->archive, NOTE, 0) != 0 && errno != ENOENT) ||
        fsync(folders->archive) != 0)
        return rd_fail(why, RD_E_IO, "archive: the note of a move cannot be removed: %s",
                       strerror(errno));
    return RD_OK;
}

static bool is_as_read(int folder, const char *name, const struct stat *read)
{
    struct stat now;
    return fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_dev == read->st_dev &&
           now.st_ino == read->st_ino && now.st_size == read->st_size &&
           now.st_mtim.tv_sec == read->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == read->st_mtim.tv_nsec;
}

/* What stands under the name may have been replaced since it was read: looked at before, and again
 * when nobody can replace it any more. One that was goes back, if its name is still free. */
static enum rd_err move_half(const struct mesh_folders *folders, int to, const char *name,
                             const char *id, const char *ending, const struct stat *read,
                             struct rd_errbuf *why)
{
    char target[MESH_ID_TEXT_MAX + 8];
    (void)snprintf(target, sizeof target, "%s.%s", id, ending);
    if (is_as_read(to, target, read))
        return RD_OK; /* by an earlier try, which then could not move the other half */
    if (!is_as_read(folders->inbox, name, read))
        return RD_E_CONFLICT;
    if (renameat(folders->inbox, name, to, target) != 0)
        return rd_fail(why, RD_E_IO, "inbox: a file cannot be moved: %s", strerror(errno));
    if (is_as_read(to, target, read))
        return RD_OK;
    if (linkat(to, target, folders->inbox, name, 0) != 0 || unlinkat(to, target, 0) != 0)
        return rd_fail(why, RD_E_IO,
                       "inbox: a file was replaced twice while it was moved; look at %s there",
                       target);
    return RD_E_CONFLICT;
}

static int folder_of(const struct mesh_folders *folders, bool to_quarantine)
{
    return to_quarantine ? folders->quarantine : folders->archive;
}

enum rd_err mesh_move_pair(const struct mesh_folders *folders, const struct mesh_move *move,
                           struct rd_errbuf *why)
{
    int to = folder_of(folders, move->to_quarantine);
    enum rd_err err = mesh_move_note(folders, move, why);
    if (err == RD_OK && move->dat != NULL)
        err = move_half(folders, to, move->dat_name, move->id, "dat", &move->dat->stat, why);
    if (err == RD_OK && move->ctl != NULL)
        err = move_half(folders, to, move->ctl_name, move->id, "ctl", &move->ctl->stat, why);
    if (err != RD_OK && err != RD_E_CONFLICT)
        return err;
    if (fsync(folders->inbox) != 0 || fsync(to) != 0)
        return rd_fail(why, RD_E_IO, "the folders cannot be synced: %s", strerror(errno));
    enum rd_err removed = remove_note(folders, why);
    return removed != RD_OK ? removed : err;
}

/* One line of the note; false: there is none. */
static bool next_line(struct rd_text *rest, struct rd_text *line)
{
    size_t end = rd_text_find(*rest, '\n', 0);
    if (end == rest->len)
        return false;
    *line = rd_text_slice(*rest, 0, end);
    *rest = rd_text_slice(*rest, end + 1, rest->len);
    return true;
}

static bool read_hex(struct rd_text hex, unsigned char *out, size_t most, size_t *len)
{
    return sodium_hex2bin(out, most, hex.ptr, hex.len, NULL, len, NULL) == 0 && *len * 2 == hex.len;
}

/* Moved only if it is the very file of the note: the name may be another's by now. */
static enum rd_err resume_half(const struct mesh_folders *folders, int to, struct rd_text id,
                               struct rd_text line, bool is_dat, struct rd_errbuf *why)
{
    unsigned char hash[MESH_HASH_BYTES], name[MESH_NAME_MAX] = {0};
    size_t len = 0, space = rd_text_find(line, ' ', 0);
    char id_text[MESH_ID_TEXT_MAX];
    struct mesh_file file;
    if (rd_text_is(line, "-"))
        return RD_OK;
    if (id.len >= sizeof id_text ||
        !read_hex(rd_text_slice(line, 0, space), hash, sizeof hash, &len) || len != sizeof hash ||
        !read_hex(rd_text_slice(line, space + 1, line.len), name, sizeof name - 1, &len))
        return rd_fail(why, RD_E_IO, "archive/" NOTE " cannot be read: remove it and start again");
    memcpy(id_text, id.ptr, id.len);
    id_text[id.len] = '\0';
    enum rd_err err =
        mesh_file_read(folders->inbox, (const char *)name,
                       is_dat ? (size_t)RD_BODY_BYTES_MAX : (size_t)MESH_CTL_BYTES_MAX, &file, why);
    if (err == RD_OK && memcmp(hash, file.hash, sizeof hash) == 0)
        err = move_half(folders, to, (const char *)name, id_text, is_dat ? "dat" : "ctl",
                        &file.stat, why);
    mesh_file_fini(&file);
    return err == RD_E_IO || err == RD_E_NOMEM ? err : RD_OK;
}

enum rd_err mesh_move_resume(const struct mesh_folders *folders, struct rd_errbuf *why)
{
    struct mesh_file note;
    struct rd_text lines[4];
    enum rd_err err = mesh_file_read(folders->archive, NOTE, NOTE_BYTES_MAX, &note, why);
    if (err == RD_E_NOTFOUND) {
        mesh_file_fini(&note);
        return RD_OK;
    }
    struct rd_text rest = rd_buf_text(&note.bytes);
    for (size_t i = 0; err == RD_OK && i < 4; i++)
        if (!next_line(&rest, &lines[i]))
            err =
                rd_fail(why, RD_E_IO, "archive/" NOTE " cannot be read: remove it and start again");
    if (err == RD_OK) {
        int to = folder_of(folders, rd_text_is(lines[0], "quarantine"));
        err = resume_half(folders, to, lines[1], lines[2], true, why);
        if (err == RD_OK)
            err = resume_half(folders, to, lines[1], lines[3], false, why);
        if (err == RD_OK && (fsync(folders->inbox) != 0 || fsync(to) != 0))
            err = rd_fail(why, RD_E_IO, "the folders cannot be synced: %s", strerror(errno));
    }
    mesh_file_fini(&note);
    return err == RD_OK ? remove_note(folders, why) : err;
}
