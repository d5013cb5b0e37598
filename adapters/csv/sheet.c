#include "adapters/csv/sheet.h"

#include <string.h>

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

void rd_sheet_open(struct rd_sheet *sheet, struct rd_text bytes)
{
    static const char delimiters[] = {',', ';', '\t'};
    if (rd_text_starts(bytes, "\xef\xbb\xbf"))
        bytes = rd_text_slice(bytes, 3, bytes.len);
    *sheet = (struct rd_sheet){.bytes = bytes, .delimiter = ','};
    size_t counts[sizeof delimiters] = {0};
    for (size_t i = 0; i < bytes.len && !is_line_end(bytes.ptr[i]); i++)
        for (size_t k = 0; k < sizeof delimiters; k++)
            counts[k] += bytes.ptr[i] == delimiters[k];
    size_t most = 0;
    for (size_t k = 1; k < sizeof delimiters; k++)
        if (counts[k] > counts[most])
            most = k;
    sheet->delimiter = delimiters[most];
}

static bool ends_cell(const struct rd_sheet *sheet)
{
    return sheet->at == sheet->bytes.len || sheet->bytes.ptr[sheet->at] == sheet->delimiter ||
           is_line_end(sheet->bytes.ptr[sheet->at]);
}

/* Doubled quotes made single. */
static bool unquote(struct rd_text raw, struct rd_arena *arena, struct rd_text *out)
{
    char *made = rd_arena_take(arena, raw.len + 1);
    if (made == NULL)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        made[len++] = raw.ptr[i];
        if (raw.ptr[i] == '"')
            i++;
    }
    *out = (struct rd_text){made, len};
    return true;
}

static enum rd_sheet_found read_quoted(struct rd_sheet *sheet, struct rd_arena *arena,
                                       struct rd_text *out)
{
    size_t start = ++sheet->at;
    bool doubled = false;
    for (;; sheet->at++) {
        sheet->at = rd_text_find(sheet->bytes, '"', sheet->at);
        if (sheet->at == sheet->bytes.len)
            return RD_SHEET_BROKEN;
        bool next = sheet->at + 1 < sheet->bytes.len && sheet->bytes.ptr[sheet->at + 1] == '"';
        if (!next)
            break;
        doubled = true;
        sheet->at++;
    }
    *out = rd_text_slice(sheet->bytes, start, sheet->at - start);
    sheet->at++;
    if (!ends_cell(sheet))
        return RD_SHEET_BROKEN;
    return !doubled || unquote(*out, arena, out) ? RD_SHEET_ROW : RD_SHEET_FULL;
}

static enum rd_sheet_found read_cell(struct rd_sheet *sheet, struct rd_arena *arena,
                                     struct rd_text *out)
{
    if (sheet->at < sheet->bytes.len && sheet->bytes.ptr[sheet->at] == '"')
        return read_quoted(sheet, arena, out);
    size_t start = sheet->at;
    while (!ends_cell(sheet))
        sheet->at++;
    *out = rd_text_slice(sheet->bytes, start, sheet->at - start);
    return RD_SHEET_ROW;
}

static enum rd_sheet_found read_row(struct rd_sheet *sheet, struct rd_arena *arena,
                                    struct rd_sheet_row *row)
{
    size_t start = sheet->at;
    *row = (struct rd_sheet_row){.row = ++sheet->row};
    for (;;) {
        struct rd_text cell = RD_TEXT_NONE;
        enum rd_sheet_found found = read_cell(sheet, arena, &cell);
        if (found != RD_SHEET_ROW) {
            row->broken_column = (unsigned)row->cells_count + 1;
            row->bytes = rd_text_slice(sheet->bytes, start, sheet->bytes.len);
            sheet->at = sheet->bytes.len;
            return found;
        }
        if (row->cells_count < RD_SHEET_COLUMNS_MAX)
            row->cells[row->cells_count] = cell;
        row->cells_count++;
        if (sheet->at == sheet->bytes.len || sheet->bytes.ptr[sheet->at] != sheet->delimiter)
            break;
        sheet->at++;
    }
    row->bytes = rd_text_slice(sheet->bytes, start, sheet->at - start);
    if (sheet->at < sheet->bytes.len && sheet->bytes.ptr[sheet->at] == '\r')
        sheet->at++;
    if (sheet->at < sheet->bytes.len && sheet->bytes.ptr[sheet->at] == '\n')
        sheet->at++;
    return RD_SHEET_ROW;
}

static bool is_blank(const struct rd_sheet_row *row)
{
    size_t count = row->cells_count < RD_SHEET_COLUMNS_MAX ? row->cells_count : 0;
    for (size_t i = 0; i < count; i++)
        if (rd_text_trim(row->cells[i]).len > 0)
            return false;
    return row->cells_count <= RD_SHEET_COLUMNS_MAX;
}

enum rd_sheet_found rd_sheet_next(struct rd_sheet *sheet, struct rd_arena *arena,
                                  struct rd_sheet_row *row)
{
    while (sheet->at < sheet->bytes.len) {
        enum rd_sheet_found found = read_row(sheet, arena, row);
        if (found != RD_SHEET_ROW || !is_blank(row))
            return found;
    }
    return RD_SHEET_END;
}

const char *rd_sheet_letters(unsigned column, char out[RD_SHEET_LETTERS_MAX])
{
    unsigned index = column - 1;
    size_t len = 0;
    if (column == 0 || index >= 26 + 26 * 26) {
        out[len++] = '?';
    } else {
        if (index >= 26)
            out[len++] = (char)('A' + (index / 26 - 1));
        out[len++] = (char)('A' + index % 26);
    }
    out[len] = '\0';
    return out;
}
