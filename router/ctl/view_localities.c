/* Who belongs where on a day, and what changes when: from the place's own tables. */
#include "ctl/grid.h"
#include "ctl/rules_view.h"

#include "conf/csv.h"

#include <stdlib.h>
#include <string.h>

enum { WARD, LOCALITY, FROM, TO };

struct localities {
    struct rd_csv *rows, *wards;
    int64_t *from, *to; /* of each row; to INT64_MAX: not ended */
    size_t count;
};

static bool read_days(struct rules_view *view, struct localities *out, struct rd_errbuf *why)
{
    out->count = rd_csv_rows(out->rows);
    out->from = rd_arena_array(&view->memory, out->count + 1, sizeof *out->from);
    out->to = rd_arena_array(&view->memory, out->count + 1, sizeof *out->to);
    for (size_t i = 0; out->from != NULL && out->to != NULL && i < out->count; i++) {
        out->to[i] = INT64_MAX;
        if (rd_csv_day(out->rows, i, FROM, &out->from[i], why) != RD_OK ||
            (rd_csv_cell(out->rows, i, TO).len > 0 &&
             rd_csv_day(out->rows, i, TO, &out->to[i], why) != RD_OK))
            return false;
    }
    return out->from != NULL && out->to != NULL;
}

static bool read_tables(struct rules_view *view, struct localities *out)
{
    static const char *const columns[] = {"ward!", "locality!", "valid_from!", "valid_to", NULL};
    static const char *const ward_columns[] = {"ward!", "name!", NULL};
    char path[4096];
    struct rd_errbuf why = {{0}};
    *out = (struct localities){.count = 0};
    snprintf(path, sizeof path, "%s/localities.csv", view->directory);
    bool read = rd_csv_read(path, columns, &out->rows, &why) == RD_OK;
    snprintf(path, sizeof path, "%s/wards.csv", view->directory);
    read = read && rd_csv_read(path, ward_columns, &out->wards, &why) == RD_OK;
    read = read && read_days(view, out, &why);
    if (!read)
        (void)ctl_fail(CTL_NO, "%s", why.text); /* the caller's answer is false */
    return read;
}

static void release(struct localities *localities)
{
    rd_csv_free(localities->rows);
    rd_csv_free(localities->wards);
}

static struct rd_text ward_name(const struct localities *localities, struct rd_text ward)
{
    for (size_t i = 0; i < rd_csv_rows(localities->wards); i++)
        if (rd_text_equal(rd_csv_cell(localities->wards, i, 0), ward))
            return rd_csv_cell(localities->wards, i, 1);
    return ward;
}

static bool holds(const struct localities *localities, size_t row, int64_t day)
{
    return localities->from[row] <= day && day < localities->to[row];
}

/* The locality of that ward on that day; "none". */
static struct rd_text locality_on(const struct localities *localities, struct rd_text ward,
                                  int64_t day)
{
    for (size_t i = 0; i < localities->count; i++)
        if (holds(localities, i, day) &&
            rd_text_equal(rd_csv_cell(localities->rows, i, WARD), ward))
            return rd_csv_cell(localities->rows, i, LOCALITY);
    return RD_TEXT("none");
}

static struct rd_text wards_of(struct rules_view *view, const struct localities *localities,
                               struct rd_text locality, size_t *count)
{
    struct rd_text out = RD_TEXT("");
    *count = 0;
    for (size_t i = 0; i < localities->count; i++) {
        if (!holds(localities, i, view->day) ||
            !rd_text_equal(rd_csv_cell(localities->rows, i, LOCALITY), locality))
            continue;
        out = rd_arena_format(
            &view->memory, "%.*s%s%.*s", RD_TEXT_ARG(out), *count == 0 ? "" : ", ",
            RD_TEXT_ARG(ward_name(localities, rd_csv_cell(localities->rows, i, WARD))));
        ++*count;
    }
    return out;
}

static int by_day(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

/* Every day on which something begins or ends but the first of all, ascending, once each. */
static int64_t *change_days(struct rules_view *view, const struct localities *localities,
                            size_t *count)
{
    size_t all = 0, kept = 0;
    int64_t *days = rd_arena_array(&view->memory, 2 * localities->count + 1, sizeof *days);
    for (size_t i = 0; days != NULL && i < localities->count; i++) {
        days[all++] = localities->from[i];
        if (localities->to[i] != INT64_MAX)
            days[all++] = localities->to[i];
    }
    if (all > 0)
        qsort(days, all, sizeof *days, by_day);
    for (size_t i = 0; i < all; i++)
        if (i > 0 && days[i] != days[0] && (kept == 0 || days[i] != days[kept - 1]))
            days[kept++] = days[i];
    *count = kept;
    return days;
}

static bool seen_before(const struct localities *localities, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (rd_text_equal(rd_csv_cell(localities->rows, i, WARD),
                          rd_csv_cell(localities->rows, row, WARD)))
            return true;
    return false;
}

static void print_change(struct rules_view *view, const struct localities *localities, int64_t day)
{
    char text[VIEW_DAY_MAX];
    printf("\n  from %s%s\n", view_day(day, text), day > view->day ? " (to come)" : "");
    for (size_t i = 0; i < localities->count; i++) {
        struct rd_text ward = rd_csv_cell(localities->rows, i, WARD);
        struct rd_text before = locality_on(localities, ward, day - 1);
        struct rd_text after = locality_on(localities, ward, day);
        if (!seen_before(localities, i) && !rd_text_equal(before, after))
            printf("    %.*s: %.*s -> %.*s\n", RD_TEXT_ARG(ward_name(localities, ward)),
                   RD_TEXT_ARG(before), RD_TEXT_ARG(after));
    }
}

bool view_localities(struct rules_view *view)
{
    struct localities localities;
    char text[VIEW_DAY_MAX];
    size_t changes = 0;
    bool read = read_tables(view, &localities);
    if (read) {
        printf("\nLocalities on %s\n", view_day(view->day, text));
        for (size_t i = 0; i < view->rules->place.localities_count; i++) {
            struct rd_text name = view->rules->place.localities[i];
            size_t wards = 0;
            struct rd_text words = wards_of(view, &localities, name, &wards);
            printf("  %.*s (%zu wards)\n", RD_TEXT_ARG(name), wards);
            if (wards > 0)
                grid_words(words, view->width, "    ");
        }
        int64_t *days = change_days(view, &localities, &changes);
        puts(changes == 0 ? "\n  no change is dated" : "\nChanges of localities");
        for (size_t i = 0; days != NULL && i < changes; i++)
            print_change(view, &localities, days[i]);
    }
    release(&localities);
    return read;
}

json_t *view_localities_json(struct rules_view *view)
{
    struct localities localities;
    json_t *out = json_array();
    if (read_tables(view, &localities))
        for (size_t i = 0; i < localities.count; i++) {
            struct rd_text ward = rd_csv_cell(localities.rows, i, WARD);
            json_array_append_new(
                out, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "ward", ctl_json_text(ward),
                               "name", ctl_json_text(ward_name(&localities, ward)), "locality",
                               ctl_json_text(rd_csv_cell(localities.rows, i, LOCALITY)),
                               "valid_from", ctl_json_text(rd_csv_cell(localities.rows, i, FROM)),
                               "valid_to", ctl_json_text(rd_csv_cell(localities.rows, i, TO)),
                               "holds", holds(&localities, i, view->day)));
        }
    release(&localities);
    return out;
}
