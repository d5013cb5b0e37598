/* An operator's files: YAML and CSV, first byte says which. Read whole, or refused with a place. */
#include "conf/csv.h"
#include "conf/yaml.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* libfyaml 0.7.12 leaks 1 KiB for some quoted texts that never end; ours reads operators' files. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static void walk(const rd_yaml_node *node, int depth)
{
    PROMISE(depth <= RD_YAML_DEPTH_MAX + 1 && rd_yaml_line(node) > 0 && rd_yaml_column(node) > 0);
    if (rd_yaml_is_scalar(node))
        return;
    for (size_t i = 0; i < rd_yaml_count(node); i++)
        walk(rd_yaml_is_map(node) ? rd_yaml_value_at(node, i) : rd_yaml_at(node, i), depth + 1);
}

static void yaml(struct rd_text bytes)
{
    struct rd_errbuf why = {""};
    struct rd_yaml *document = NULL;
    enum rd_err err = rd_yaml_parse("f.yaml", bytes, &document, &why);
    PROMISE((err == RD_OK) == (document != NULL));
    PROMISE(err == RD_OK || why.text[0] != '\0');
    if (document != NULL && rd_yaml_root(document) != NULL)
        walk(rd_yaml_root(document), 0);
    rd_yaml_free(document);
}

static void csv(struct rd_text bytes)
{
    static const char *const columns[] = {"pcds!", "ward", "note", NULL};
    struct rd_errbuf why = {""};
    struct rd_csv *table = NULL;
    enum rd_err err = rd_csv_parse("f.csv", bytes, columns, &table, &why);
    PROMISE((err == RD_OK) == (table != NULL));
    PROMISE(err == RD_OK || strncmp(why.text, "f.csv", 5) == 0);
    for (size_t row = 0; table != NULL && row < rd_csv_rows(table); row++) {
        PROMISE(rd_csv_line(table, row) > 0);
        PROMISE(rd_text_present(rd_csv_cell(table, row, 0)));
    }
    rd_csv_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* libfyaml reads a NUL-ended copy of ours; the text itself stays as long as it is */
    if (data[0] == 'Y')
        yaml(fuzz_text(data + 1, size - 1));
    else
        csv(fuzz_text(data + 1, size - 1));
    return 0;
}
