/* One decision table alone: the triage table of a place, decided for inputs from a file, by the
 * compiled form and by the interpreter. Prints one line of JSON with the medians and the answer to
 * each input.
 * bench_table PLACE INPUTS
 * INPUTS: a line for each, FEEL literals in the order of the table's columns, tabs between. */
#include "bench_sample.h"

#include "conf/read_file.h"
#include "rules/engine/parser.h"
#include "rules/eval/ruleset.h"
#include "rules/load/load.h"

#include <stdio.h>
#include <stdlib.h>

enum { INPUTS_BYTES_MAX = 64 << 20, AGAIN = 32, ARENA_BYTES = 512 << 20 };

struct inputs {
    struct rd_arena arena;
    struct rd_value *values; /* columns of them for each */
    size_t columns, count;
    struct rd_buf bytes;
};

static bool read_value(struct inputs *inputs, struct rd_text text)
{
    const struct rd_node *node = NULL;
    struct rd_feel_problem problem;
    void *values = inputs->values;
    if (rd_feel_parse_expression(text, NULL, &inputs->arena, &node, &problem) != RD_OK ||
        node->kind != RD_NODE_LITERAL)
        return false;
    struct rd_value *value =
        rd_arena_add(&inputs->arena, &values, &inputs->count, sizeof *inputs->values);
    inputs->values = values;
    if (value != NULL)
        *value = node->as.literal;
    return value != NULL;
}

static bool read_inputs(const char *path, size_t columns, struct inputs *out)
{
    struct rd_errbuf why;
    *out = (struct inputs){.columns = columns};
    rd_arena_init(&out->arena, rd_alloc_heap(), ARENA_BYTES);
    rd_buf_init(&out->bytes, rd_alloc_heap());
    if (rd_read_file(path, INPUTS_BYTES_MAX, &out->bytes, &why) != RD_OK)
        return false;
    struct rd_text all = rd_buf_text(&out->bytes);
    for (size_t at = 0; at < all.len;) {
        size_t tab = rd_text_find(all, '\t', at), line = rd_text_find(all, '\n', at);
        size_t end = tab < line ? tab : line;
        if (!read_value(out, rd_text_slice(all, at, end - at)))
            return false;
        at = end + 1;
    }
    bool whole = out->count % columns == 0;
    out->count /= columns;
    return whole;
}

static double time_one(const struct rd_bound_table *bound, bool compiled,
                       const struct rd_value *values)
{
    volatile int rule = 0;
    uint64_t start = bench_now_ns();
    for (int i = 0; i < AGAIN; i++)
        rule = compiled ? rd_compiled_decide(bound->compiled, values).rule
                        : rd_table_decide(bound->table, values).rule;
    (void)rule;
    return (double)(bench_now_ns() - start) / AGAIN;
}

static void print(const struct rd_bound_table *bound, const struct inputs *inputs, double *ns[2])
{
    const struct rd_table *table = bound->table;
    (void)printf(
        "{\"rules\": %zu, \"count\": %zu, \"interpreted_ns\": %.0f, \"compiled_ns\": %.0f, "
        "\"answers\": [",
        table->rules_count, inputs->count, bench_median(ns[0], inputs->count),
        bench_median(ns[1], inputs->count));
    for (size_t i = 0; i < inputs->count; i++)
        (void)printf(
            "%s%d", i == 0 ? "" : ", ",
            rd_compiled_decide(bound->compiled, inputs->values + i * inputs->columns).rule + 1);
    (void)puts("]}");
}

static bool measure(const struct rd_bound_table *bound, const char *path)
{
    struct inputs inputs;
    double *ns[2] = {NULL, NULL};
    bool good = read_inputs(path, bound->table->inputs_count, &inputs) && inputs.count > 0;
    for (size_t f = 0; f < 2 && good; f++) {
        ns[f] = calloc(inputs.count, sizeof *ns[f]);
        good = ns[f] != NULL;
        for (size_t i = 0; i < inputs.count && good; i++)
            ns[f][i] = time_one(bound, f == 1, inputs.values + i * inputs.columns);
    }
    if (good)
        print(bound, &inputs, ns);
    else
        (void)fprintf(stderr, "bench_table: %s: expected lines of %zu literals\n", path,
                      bound->table->inputs_count);
    free(ns[0]);
    free(ns[1]);
    rd_buf_fini(&inputs.bytes);
    rd_arena_fini(&inputs.arena);
    return good;
}

int main(int argc, char **argv)
{
    struct rd_rules *rules = NULL;
    if (argc != 3) {
        (void)fputs("usage: bench_table PLACE INPUTS\n", stderr);
        return 2;
    }
    bool good = rd_rules_load(argv[1], rd_alloc_heap(), NULL, NULL, &rules) == RD_OK &&
                measure(&rules->triage, argv[2]);
    rd_rules_free(rules);
    return good ? 0 : 1;
}
