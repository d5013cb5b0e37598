#include "adapters/mesh/alike.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "model/limits.h"

#include <string.h>

enum { ROW_ARENA_BYTES_MAX = 32 * 1024 * 1024, LINE_END = 2, WORDS_ROWS_MAX = 120 };

/* Its index; alike->count: none of them. */
static size_t find(const struct mesh_alike *alike, const struct rd_template_mistake *mistake)
{
    size_t at = 0;
    while (at < alike->count && (alike->kinds[at].column != mistake->column ||
                                 !rd_text_equal(alike->kinds[at].words, mistake->words)))
        at++;
    return at;
}

/* By its first mistake, which is what the desk reads. What cannot be read to its end is no row. */
static bool is_mistaken(const struct rd_template_row *row)
{
    return row->mistakes_count > 0 && rd_text_is(row->submission.quarantine_code, "csv-row");
}

static bool is_common(const struct mesh_alike *alike, const struct mesh_alike_kind *kind)
{
    return kind->rows > MESH_ALIKE_ROWS &&
           alike->start.header.len + LINE_END + kind->bytes <= RD_BODY_BYTES_MAX;
}

static bool add(struct mesh_alike *alike, const struct rd_template_row *row, struct rd_arena *arena)
{
    const struct rd_template_mistake *mistake = &row->mistakes[0];
    size_t at = find(alike, mistake);
    if (at == MESH_ALIKE_KINDS)
        return true; /* an item each, as ever */
    struct mesh_alike_kind *kind = &alike->kinds[at];
    if (at == alike->count) {
        *kind = (struct mesh_alike_kind){.column = mistake->column};
        if (!rd_arena_copy(arena, mistake->words, &kind->words))
            return false;
        alike->count++;
    }
    kind->rows++;
    kind->bytes += row->bytes.len + LINE_END;
    return true;
}

void mesh_alike_look(struct mesh_alike *alike, const struct rd_template *template,
                     struct rd_arena *arena)
{
    struct rd_template pass = *template;
    struct rd_template_row row;
    struct rd_arena scratch;
    enum rd_err err;
    *alike = (struct mesh_alike){.start = *template};
    rd_arena_init(&scratch, rd_alloc_heap(), ROW_ARENA_BYTES_MAX);
    while ((err = rd_template_next(&pass, &scratch, &row)) == RD_OK) {
        if (is_mistaken(&row) && !add(alike, &row, arena))
            break;
        rd_arena_reset(&scratch);
    }
    if (err != RD_E_NOTFOUND)
        alike->count = 0;
    rd_arena_fini(&scratch);
}

bool mesh_alike_has(const struct mesh_alike *alike, const struct rd_template_row *row)
{
    size_t at = is_mistaken(row) ? find(alike, &row->mistakes[0]) : alike->count;
    return at < alike->count && is_common(alike, &alike->kinds[at]);
}

/* "2-481, 483" */
static void put_range(struct rd_buf *out, unsigned from, unsigned to)
{
    const char *comma = out->len > 0 ? ", " : "";
    if (from == to)
        rd_buf_printf(out, "%s%u", comma, from);
    else
        rd_buf_printf(out, "%s%u-%u", comma, from, to);
}

static enum rd_err gather(struct mesh_alike *alike, const struct mesh_alike_kind *kind,
                          struct rd_buf *rows, char *at, struct mesh_alike_item *out)
{
    struct rd_template pass = alike->start;
    struct rd_template_row row;
    struct rd_arena scratch;
    size_t index = (size_t)(kind - alike->kinds);
    unsigned from = 0, to = 0;
    enum rd_err err;
    rd_arena_init(&scratch, rd_alloc_heap(), ROW_ARENA_BYTES_MAX);
    while ((err = rd_template_next(&pass, &scratch, &row)) == RD_OK) {
        if (is_mistaken(&row) && find(alike, &row.mistakes[0]) == index) {
            if (out->count++ == 0) {
                out->first = from = row.row;
                out->mistake = row.mistakes[0];
                out->mistake.words = kind->words; /* its own go with the row */
            } else if (row.row != to + 1) {
                put_range(rows, from, to);
                from = row.row;
            }
            to = row.row;
            memcpy(at, row.bytes.ptr, row.bytes.len);
            memcpy(at + row.bytes.len, "\r\n", LINE_END);
            at += row.bytes.len + LINE_END;
        }
        rd_arena_reset(&scratch);
    }
    put_range(rows, from, to);
    rd_arena_fini(&scratch);
    return err == RD_E_NOTFOUND ? RD_OK : err;
}

static enum rd_err make(struct mesh_alike *alike, const struct mesh_alike_kind *kind,
                        struct rd_arena *arena, struct mesh_alike_item *out)
{
    struct rd_text header = alike->start.header;
    size_t len = header.len + LINE_END + kind->bytes;
    char *bytes = rd_arena_take(arena, len);
    struct rd_buf rows;
    if (bytes == NULL)
        return RD_E_TOOBIG;
    rd_buf_init(&rows, rd_alloc_heap());
    memcpy(bytes, header.ptr, header.len);
    memcpy(bytes + header.len, "\r\n", LINE_END);
    *out = (struct mesh_alike_item){.original = {bytes, len}};
    enum rd_err err = gather(alike, kind, &rows, bytes + header.len + LINE_END, out);
    if (err == RD_OK && (rows.failed || !rd_arena_copy(arena, rd_buf_text(&rows), &out->rows)))
        err = RD_E_TOOBIG;
    rd_buf_fini(&rows);
    if (err != RD_OK)
        return err;
    struct rd_text place = rd_template_place(out->first, &out->mistake, arena);
    bool all = out->rows.len <= WORDS_ROWS_MAX;
    out->words = rd_arena_format(
        arena, "%u rows have the same mistake, here the first: %.*s. They are rows %.*s%s",
        out->count, RD_TEXT_ARG(place), all ? (int)out->rows.len : WORDS_ROWS_MAX, out->rows.ptr,
        all ? "" : " ...");
    return rd_text_present(place) && rd_text_present(out->words) ? RD_OK : RD_E_TOOBIG;
}

enum rd_err mesh_alike_next(struct mesh_alike *alike, struct rd_arena *arena,
                            struct mesh_alike_item *out)
{
    while (alike->told < alike->count) {
        const struct mesh_alike_kind *kind = &alike->kinds[alike->told++];
        if (is_common(alike, kind))
            return make(alike, kind, arena, out);
    }
    return RD_E_NOTFOUND;
}
