/* Postcodes from a terminal: a directory of the whole country compiled into an image, what an image
 * holds, and what a place makes of postcodes. Postcodes come on standard input: the command line is
 * no place for what may be somebody's address. */
#include "ctl/ctl.h"

#include "rules/geo/files/image_file.h"
#include "rules/geo/files/release.h"
#include "rules/geo/geo.h"
#include "rules/load/load.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1024, QUIET_US = 2000000, BETWEEN_US = 1000000 };

/* What takes over two seconds says how far it is, on a terminal only. */
struct progress {
    rd_instant started, last;
    bool shown;
};

static void show_progress(void *context, const char *file, size_t rows)
{
    struct progress *progress = context;
    rd_instant now = ctl_now();
    if (now - progress->started < QUIET_US || now - progress->last < BETWEEN_US ||
        isatty(STDERR_FILENO) == 0)
        return;
    progress->last = now;
    progress->shown = true;
    (void)fprintf(stderr, "\r%zu rows, in %s ... ", rows, file);
    (void)fflush(stderr);
}

static json_t *json_text(struct rd_text text)
{
    json_t *value = rd_text_present(text) ? json_stringn(text.ptr, text.len) : NULL;
    return value == NULL ? json_null() : value;
}

static int print_json(json_t *object)
{
    if (object == NULL || json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) != 0) {
        json_decref(object);
        return ctl_fail(CTL_NO, "no memory for JSON");
    }
    json_decref(object);
    (void)putchar('\n');
    return CTL_OK;
}

/* `left_out`: SIZE_MAX when it was not counted. */
static int print_about(const struct ctl_args *args, const char *path,
                       const struct rd_geo_file *file, const struct rd_release *release)
{
    struct rd_geo_about about;
    rd_geo_image_about(&file->image, &about);
    if (ctl_json(args)) {
        json_t *object =
            json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file", path, "vintage",
                      json_text(about.vintage), "title", json_text(about.title), "bytes",
                      (json_int_t)file->len, "postcodes", (json_int_t)about.postcodes, "ended",
                      (json_int_t)about.ended, "splits", (json_int_t)about.splits,
                      "without_authority", (json_int_t)about.nowhere, "areas",
                      (json_int_t)about.areas, "outcodes", (json_int_t)about.outcodes);
        if (object != NULL && release != NULL &&
            json_object_set_new(object, "left_out", json_integer((json_int_t)release->left_out)) !=
                0) {
            json_decref(object);
            object = NULL;
        }
        return print_json(object);
    }
    printf("%s: %zu postcodes of %.*s (%.*s), %zu of them no longer in use, %zu split, %zu without "
           "an authority; %zu outcodes, %zu areas, %.1f MiB\n",
           path, about.postcodes, RD_TEXT_ARG(about.vintage), RD_TEXT_ARG(about.title), about.ended,
           about.splits, about.nowhere, about.outcodes, about.areas,
           (double)file->len / (1024 * 1024));
    if (release != NULL && release->left_out > 0)
        printf("%zu rows left out, their postcodes have no form that one in use has; the first: "
               "%s\n",
               release->left_out, release->first_left_out);
    return CTL_OK;
}

/* Everything but the file's own name, which may be long. */
static struct rd_text title_of(const char *path)
{
    struct rd_text title = rd_text_of(path);
    while (title.len > 1 && title.ptr[title.len - 1] == '/')
        title.len--;
    for (size_t i = title.len; i > 0; i--)
        if (title.ptr[i - 1] == '/')
            return rd_text_slice(title, i, title.len);
    return title;
}

static enum rd_err compile(const char *source, struct rd_text vintage, const char *out,
                           struct rd_release *release, struct rd_errbuf *why)
{
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    const struct rd_geo_about about = {.vintage = vintage, .title = title_of(source)};
    unsigned char *bytes = NULL;
    size_t len = 0;
    unsigned line = 0;
    if (builder == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory");
    enum rd_err err = rd_release_read(source, builder, release, why);
    if (err == RD_OK) {
        struct rd_errbuf words = {{0}};
        err = rd_geo_builder_finish(builder, &about, &bytes, &len, &line, &words);
        if (err != RD_OK)
            err = rd_fail(why, err, "%s: line %u: %.800s", source, line, words.text);
    }
    if (err == RD_OK)
        err = rd_geo_file_write(out, bytes, len, why);
    rd_release(rd_alloc_heap(), bytes);
    rd_geo_builder_free(builder);
    return err;
}

int ctl_places_compile(const struct ctl_args *args)
{
    const char *source = args->operands[0], *out = args->values[OPT_OUT];
    const char *vintage = args->values[OPT_VINTAGE];
    char found[8];
    struct rd_errbuf why = {{0}};
    struct rd_geo_file file;
    struct progress progress = {.started = ctl_now()};
    struct rd_release release = {.progress = show_progress, .context = &progress};
    if (vintage == NULL && rd_release_vintage(source, found))
        vintage = found;
    if (vintage == NULL)
        return ctl_fail(CTL_USE,
                        "%s: its name has no year and month, so say of when it is: --vintage "
                        "2025-11",
                        source);
    if (strlen(vintage) > RD_GEO_VINTAGE_MAX)
        return ctl_fail(CTL_USE, "--vintage: found %zu bytes, expected at most %d, as in 2025-11",
                        strlen(vintage), RD_GEO_VINTAGE_MAX);
    enum rd_err err = compile(source, rd_text_of(vintage), out, &release, &why);
    if (progress.shown)
        (void)fputc('\n', stderr);
    if (err == RD_OK)
        err = rd_geo_file_open(out, &file, &why);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    int status = print_about(args, out, &file, &release);
    rd_geo_file_close(&file);
    return status;
}

int ctl_places_show(const struct ctl_args *args)
{
    struct rd_geo_file file;
    struct rd_errbuf why = {{0}};
    if (rd_geo_file_open(args->operands[0], &file, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    int status = print_about(args, args->operands[0], &file, NULL);
    rd_geo_file_close(&file);
    return status;
}

struct asked {
    struct rd_text text;
    struct rd_geo_place place;
    uint32_t ended;
    char suggested[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
    size_t suggested_count;
};

static int print_asked_json(const struct asked *asked, const char *class)
{
    const struct rd_geo_place *place = &asked->place;
    json_t *suggestions = json_array();
    for (size_t i = 0; i < asked->suggested_count; i++)
        if (json_array_append_new(suggestions, json_string(asked->suggested[i])) != 0)
            return ctl_fail(CTL_NO, "no memory for JSON");
    return print_json(json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "postcode", place->postcode,
        "class", class, "borough", json_text(place->lad), "borough_name",
        json_text(place->lad_name), "ward", json_text(place->ward), "ward_name",
        json_text(place->ward_name), "health", json_text(place->health), "locality",
        json_text(place->locality), "ended", (json_int_t)asked->ended, "vintage",
        json_text(place->vintage), "note", json_text(place->note), "suggestions", suggestions));
}

static void print_part(const char *before, struct rd_text text)
{
    if (rd_text_present(text))
        printf("%s%.*s", before, RD_TEXT_ARG(text));
}

static int print_asked(const struct ctl_args *args, const struct asked *asked)
{
    const struct rd_geo_place *place = &asked->place;
    const char *class = rd_enum_name(&rd_postcode_class_names, (int)place->class);
    if (ctl_json(args))
        return print_asked_json(asked, class);
    printf("%-10.*s %s", RD_TEXT_ARG(rd_text_slice(asked->text, 0, 32)), class);
    print_part(", ", rd_text_present(place->lad_name) ? place->lad_name : place->lad);
    print_part(", ward ", rd_text_present(place->ward_name) ? place->ward_name : place->ward);
    print_part(", locality ", place->locality);
    print_part(", health area ", place->health);
    if (asked->ended != 0)
        printf(", out of use since %04u-%02u", (unsigned)(asked->ended / 100),
               (unsigned)(asked->ended % 100));
    print_part(": ", place->note);
    for (size_t i = 0; i < asked->suggested_count; i++)
        printf("%s%s", i == 0 ? "; perhaps " : " or ", asked->suggested[i]);
    print_part(" (table of ", place->vintage);
    printf(")\n");
    return CTL_OK;
}

static int ask(const struct ctl_args *args, const struct rd_rules *rules, int64_t day)
{
    char line[LINE_BYTES_MAX];
    int status = CTL_OK;
    const struct rd_geo_table *geo = rd_rules_geo(rules);
    while (status == CTL_OK && fgets(line, sizeof line, stdin) != NULL) {
        struct asked asked = {.text = rd_text_trim(rd_text_of(line))};
        rd_geo_lookup(geo, asked.text, day, &asked.place);
        if (asked.place.class == RD_POSTCODE_TERMINATED)
            asked.ended = rd_geo_ended(geo, asked.place.key);
        if (asked.place.class == RD_POSTCODE_MALFORMED || asked.place.class == RD_POSTCODE_UNKNOWN)
            asked.suggested_count = rd_geo_suggest(geo, asked.text, day, asked.suggested);
        status = print_asked(args, &asked);
    }
    return status;
}

static void print_finding(void *context, const struct rd_finding *finding)
{
    if (finding->severity == RD_SEVERITY_ERROR)
        (void)fprintf(stderr, "%s/%s:%u:%u: %s\n", (const char *)context, finding->file,
                      finding->line, finding->column, finding->words);
}

int ctl_places_postcodes(const struct ctl_args *args)
{
    char place[4096];
    struct rd_rules *rules = NULL;
    rd_instant at = ctl_now();
    if (args->values[OPT_AT] != NULL && !ctl_parse_when(args->values[OPT_AT], at, &at))
        return ctl_fail(CTL_USE, "--at: found '%s', expected a time such as 2026-11-21T09:00:00Z",
                        args->values[OPT_AT]);
    (void)snprintf(place, sizeof place, "%s", args->operands[0]); /* only shown */
    enum rd_err err =
        rd_rules_load(args->operands[0], rd_alloc_heap(), print_finding, place, &rules);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "%s: %s", args->operands[0], rd_err_text(err));
    int status = ask(args, rules, rd_rules_day(rules, at));
    rd_rules_free(rules);
    return status;
}
