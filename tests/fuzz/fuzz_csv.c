/* The CSV template: every row that is not blank becomes one submission within its limits: a
 * referral, or for the desk: a row with its mistake, or the rest. Rows only count upwards. */
#include "adapters/csv/template.h"
#include "tests/fuzz/fuzz.h"

static void check_row(const struct rd_template_row *row)
{
    const struct rd_submission *s = &row->submission;
    struct rd_errbuf why = {""};
    bool kept = rd_text_present(s->quarantine_code);
    PROMISE((s->referral != NULL) + kept == 1);
    PROMISE((row->mistakes_count > 0) == kept);
    PROMISE(rd_text_present(s->key) && rd_text_present(s->digest));
    PROMISE(s->referral == NULL || rd_text_present(row->reference));
    PROMISE(rd_shape_check(&rd_submission_shape, s, &why) == RD_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rd_feed feed = {.name = {"files", 5}, .environment = RD_ENVIRONMENT_LIVE};
    struct rd_text text = fuzz_text(data, size);
    struct rd_template template;
    struct rd_template_row row;
    struct rd_arena file, one;
    unsigned last = 1;
    if (size > 65536 || (size > 0 && !rd_text_is_utf8(text)))
        return 0; /* what the door gives it is text */
    rd_arena_init(&file, rd_alloc_heap(), 1 << 20);
    rd_arena_init(&one, rd_alloc_heap(), 4 << 20);
    const struct rd_template_options options = {
        .kind = rd_text_starts(text, "Sheet") ? RD_TEMPLATE_PAPER : RD_TEMPLATE_FILE,
        .feed = &feed,
        .zone = &rd_zone_london,
        .now = 1795305600 * RD_SECOND_US,
        .entered_by = RD_TEXT("C. Desk")};
    enum rd_err err =
        rd_template_open(&template, size > 0 ? text : RD_TEXT(""), &options, &file, NULL);
    PROMISE(err == RD_OK || err == RD_E_MALFORMED);
    while (err == RD_OK && (err = rd_template_next(&template, &one, &row)) == RD_OK) {
        PROMISE(row.row > last);
        last = row.row;
        check_row(&row);
        rd_arena_reset(&one);
    }
    PROMISE(err == RD_E_MALFORMED || err == RD_E_NOTFOUND);
    rd_arena_fini(&file);
    rd_arena_fini(&one);
    return 0;
}
