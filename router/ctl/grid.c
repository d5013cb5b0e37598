#include "ctl/grid.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, COLUMN_MIN = 6 };

/* Characters, not bytes: UTF-8 continuation bytes take no place. */
static size_t width_of(struct rd_text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return width;
}

/* The length in bytes of what fits into `width` from `at`: whole words where there are any. */
static size_t fitting(struct rd_text text, size_t at, size_t width)
{
    size_t used = 0, last_space = 0, i = at;
    for (; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0) == 0x80)
            continue;
        if (used == width)
            break;
        if (text.ptr[i] == ' ' && i > at)
            last_space = i;
        used++;
    }
    while (i < text.len && ((unsigned char)text.ptr[i] & 0xC0) == 0x80)
        i++;
    if (i < text.len && text.ptr[i] == ' ')
        return i - at;
    return i < text.len && last_space > at ? last_space - at : i - at;
}

static const struct rd_text *cell(const struct grid *grid, size_t row, size_t column)
{
    return row == 0 ? &grid->heads[column] : &grid->cells[(row - 1) * grid->columns + column];
}

static void natural_widths(const struct grid *grid, size_t widths[GRID_COLUMNS_MAX])
{
    for (size_t c = 0; c < grid->columns; c++) {
        widths[c] = 1;
        for (size_t r = 0; r <= grid->rows; r++) {
            size_t width = width_of(*cell(grid, r, c));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

static size_t total(const struct grid *grid, const size_t widths[GRID_COLUMNS_MAX])
{
    size_t sum = strlen(grid->indent) + (grid->columns - 1) * GAP;
    for (size_t c = 0; c < grid->columns; c++)
        sum += widths[c];
    return sum;
}

size_t grid_natural(const struct grid *grid)
{
    size_t widths[GRID_COLUMNS_MAX];
    natural_widths(grid, widths);
    return total(grid, widths);
}

/* Takes from the widest until it fits, or nothing is left to take. */
static void fit(const struct grid *grid, size_t widths[GRID_COLUMNS_MAX])
{
    while (total(grid, widths) > grid->width) {
        size_t widest = 0;
        for (size_t c = 1; c < grid->columns; c++)
            if (widths[c] > widths[widest])
                widest = c;
        if (widths[widest] <= COLUMN_MIN)
            return;
        widths[widest]--;
    }
}

static void print_padded(struct rd_text text, size_t width, bool last)
{
    printf("%.*s", RD_TEXT_ARG(text));
    for (size_t used = width_of(text); !last && used < width + GAP; used++)
        putchar(' ');
}

static void print_row(const struct grid *grid, size_t row, const size_t widths[GRID_COLUMNS_MAX])
{
    size_t at[GRID_COLUMNS_MAX] = {0};
    bool more = true;
    while (more) {
        size_t last = 0; /* nothing behind it: no blanks at the end of a line */
        for (size_t c = 0; c < grid->columns; c++)
            last = at[c] < cell(grid, row, c)->len ? c : last;
        more = false;
        fputs(grid->indent, stdout);
        for (size_t c = 0; c <= last; c++) {
            const struct rd_text text = *cell(grid, row, c);
            size_t len = fitting(text, at[c], widths[c]);
            print_padded(rd_text_slice(text, at[c], len), widths[c], c == last);
            at[c] += len;
            while (at[c] < text.len && text.ptr[at[c]] == ' ')
                at[c]++;
            more = more || at[c] < text.len;
        }
        putchar('\n');
    }
}

void grid_print(const struct grid *grid)
{
    size_t widths[GRID_COLUMNS_MAX];
    if (grid->columns == 0 || grid->columns > GRID_COLUMNS_MAX)
        return;
    natural_widths(grid, widths);
    fit(grid, widths);
    print_row(grid, 0, widths);
    fputs(grid->indent, stdout);
    for (size_t c = 0; c < grid->columns; c++)
        for (size_t i = 0; i < widths[c] + (c + 1 == grid->columns ? 0 : GAP); i++)
            putchar(i < widths[c] ? '-' : ' ');
    putchar('\n');
    for (size_t r = 1; r <= grid->rows; r++)
        print_row(grid, r, widths);
}

void grid_words(struct rd_text words, size_t width, const char *indent)
{
    size_t room = width > strlen(indent) + COLUMN_MIN ? width - strlen(indent) : COLUMN_MIN;
    size_t at = 0;
    do {
        size_t len = fitting(words, at, room);
        printf("%s%.*s\n", indent, RD_TEXT_ARG(rd_text_slice(words, at, len)));
        at += len;
        while (at < words.len && words.ptr[at] == ' ')
            at++;
    } while (at < words.len);
}
