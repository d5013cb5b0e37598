/* rules test, rules coverage: a place's own cases. Need no router. */
#include "ctl/rules_common.h"

#include <inttypes.h>
#include <string.h>

enum { DECISION_BYTES_MAX = 4 * 1024 * 1024 };

struct running {
    const struct ctl_args *args;
    struct rd_rules *rules;
    struct rd_cases cases;
    struct rd_arena kept; /* of the coverage */
    struct rd_coverage coverage;
    size_t passed, failed;
    json_t *failures;
};

static int begin(const struct ctl_args *args, struct running *running)
{
    *running = (struct running){.args = args};
    int status = ctl_load_rules(args->operands[0], &running->rules);
    if (status == CTL_OK)
        status = ctl_read_cases(args->operands[0], running->rules, true, &running->cases);
    rd_arena_init(&running->kept, rd_alloc_heap(), (size_t)64 * 1024 * 1024);
    if (status == CTL_OK &&
        rd_coverage_init(running->rules, &running->kept, &running->coverage) != RD_OK)
        status = ctl_fail(CTL_NO, "no memory for the coverage");
    running->failures = json_array();
    return status;
}

static void end(struct running *running)
{
    json_decref(running->failures);
    rd_arena_fini(&running->kept);
    rd_cases_fini(&running->cases);
    rd_rules_free(running->rules);
}

static void print_failure(const struct running *running, const struct rd_case *one,
                          const struct rd_mismatch *list, size_t count,
                          const struct rd_decision *decision)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++)
        widest = strlen(list[i].what) > widest ? strlen(list[i].what) : widest;
    printf("FAILED %s/%.*s:%u:%u: %.*s\n", running->args->operands[0], RD_TEXT_ARG(one->file),
           one->pos.line, one->pos.column, RD_TEXT_ARG(one->name));
    for (size_t i = 0; i < count; i++) {
        printf("    %-*s  expected  %.*s", (int)widest, list[i].what,
               RD_TEXT_ARG(list[i].expected));
        if (list[i].pos.line != one->pos.line)
            printf("   (line %u)", list[i].pos.line);
        printf("\n    %-*s  found     %.*s\n", (int)widest, "", RD_TEXT_ARG(list[i].found));
    }
    puts("    the rules that matched");
    for (size_t i = 0; i < decision->matches_count; i++)
        printf("      %.*s %.*s: %.*s\n", RD_TEXT_ARG(decision->matches[i].table),
               RD_TEXT_ARG(decision->matches[i].rule), RD_TEXT_ARG(decision->matches[i].why));
}

static void keep_failure(struct running *running, const struct rd_case *one,
                         const struct rd_mismatch *list, size_t count)
{
    json_t *differences = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(differences, json_pack("{s:s, s:i, s:o, s:o}", "what", list[i].what,
                                                     "line", (int)list[i].pos.line, "expected",
                                                     ctl_json_text(list[i].expected), "found",
                                                     ctl_json_text(list[i].found)));
    json_array_append_new(running->failures,
                          json_pack("{s:o, s:o, s:i, s:o}", "case", ctl_json_text(one->name),
                                    "file", ctl_json_text(one->file), "line", (int)one->pos.line,
                                    "differences", differences));
}

static int run_one(struct running *running, const struct rd_case *one, struct rd_arena *memory,
                   bool show)
{
    struct rd_decision decision;
    struct rd_mismatch list[RD_MISMATCHES_MAX];
    if (rd_case_decide(running->rules, one, rd_text_of(RD_VERSION), memory, &decision) != RD_OK)
        return ctl_fail(CTL_NO, "%.*s:%u: too big to decide", RD_TEXT_ARG(one->file),
                        one->pos.line);
    rd_coverage_add(&running->coverage, &decision);
    size_t count = rd_case_compare(running->rules, one, &decision, memory, list);
    if (count == 0) {
        running->passed++;
        return CTL_OK;
    }
    running->failed++;
    keep_failure(running, one, list, count);
    if (show && !ctl_json(running->args))
        print_failure(running, one, list, count, &decision);
    return CTL_OK;
}

static int run_all(struct running *running, bool show)
{
    struct rd_arena memory;
    int status = CTL_OK;
    rd_arena_init(&memory, rd_alloc_heap(), DECISION_BYTES_MAX);
    for (size_t i = 0; i < running->cases.count && status == CTL_OK; i++) {
        status = run_one(running, &running->cases.list[i], &memory, show);
        rd_arena_reset(&memory);
    }
    rd_arena_fini(&memory);
    return status;
}

int ctl_rules_test(const struct ctl_args *args)
{
    struct running running;
    int status = begin(args, &running);
    if (status == CTL_OK)
        status = run_all(&running, true);
    if (status != CTL_OK) {
        end(&running);
        return status;
    }
    struct rd_text name = rd_rules_place(running.rules)->name;
    if (ctl_json(args))
        status = ctl_print_json(
            json_pack("{s:o, s:o, s:I, s:I, s:O}", "place", ctl_json_text(name), "rules_hash",
                      ctl_json_text(rd_rules_place(running.rules)->hash), "passed",
                      (json_int_t)running.passed, "failed", (json_int_t)running.failed, "failures",
                      running.failures));
    else
        printf("%.*s: %zu cases in %zu files: %zu passed, %zu failed\n", RD_TEXT_ARG(name),
               running.cases.count, running.cases.files, running.passed, running.failed);
    if (status == CTL_OK && running.failed > 0)
        status = CTL_NO;
    end(&running);
    return status;
}

static void print_unhit(const struct rd_table_coverage *table)
{
    printf("  %-28.*s %4zu of %zu\n", RD_TEXT_ARG(table->table), table->hit_count,
           table->rules_count);
    for (size_t i = 0; i < table->rules_count; i++)
        if (table->hits[i] == 0)
            printf("      no case hits rule %.*s: %.*s\n", RD_TEXT_ARG(table->rules[i]),
                   RD_TEXT_ARG(table->why[i]));
}

static json_t *coverage_json(const struct rd_coverage *coverage)
{
    json_t *tables = json_array();
    for (size_t i = 0; i < coverage->tables_count; i++) {
        const struct rd_table_coverage *table = &coverage->tables[i];
        json_t *rules = json_array();
        for (size_t j = 0; j < table->rules_count; j++)
            json_array_append_new(
                rules, json_pack("{s:o, s:I, s:o}", "rule", ctl_json_text(table->rules[j]), "hits",
                                 (json_int_t)table->hits[j], "why", ctl_json_text(table->why[j])));
        json_array_append_new(tables, json_pack("{s:o, s:I, s:I, s:o}", "table",
                                                ctl_json_text(table->table), "hit",
                                                (json_int_t)table->hit_count, "rules",
                                                (json_int_t)table->rules_count, "each", rules));
    }
    return json_pack("{s:I, s:I, s:o}", "hit", (json_int_t)coverage->hit, "rules",
                     (json_int_t)coverage->rules, "tables", tables);
}

/* Hundredths of a percent, so that 99.99 is not rounded up to a whole. */
static uint64_t share(const struct rd_coverage *coverage)
{
    return coverage->rules == 0 ? 10000 : (uint64_t)coverage->hit * 10000 / coverage->rules;
}

static int judge(const struct running *running, int64_t least)
{
    uint64_t covered = share(&running->coverage);
    if (!ctl_json(running->args)) {
        for (size_t i = 0; i < running->coverage.tables_count; i++)
            print_unhit(&running->coverage.tables[i]);
        printf("%.*s: %zu cases hit %zu of %zu rules: %" PRIu64 ".%02" PRIu64 " %%\n",
               RD_TEXT_ARG(rd_rules_place(running->rules)->name), running->cases.count,
               running->coverage.hit, running->coverage.rules, covered / 100, covered % 100);
    }
    if (covered >= (uint64_t)least * 100)
        return CTL_OK;
    return ctl_fail(CTL_NO,
                    "%s: %" PRIu64 ".%02" PRIu64 " %% of the rules are hit, expected at least "
                    "%" PRId64 " %%; add cases for those named",
                    running->args->operands[0], covered / 100, covered % 100, least);
}

int ctl_rules_coverage(const struct ctl_args *args)
{
    struct running running;
    int64_t least = 0;
    const char *given = args->values[OPT_LEAST];
    if (given != NULL && (!rd_text_to_i64(rd_text_of(given), &least) || least < 0 || least > 100))
        return ctl_fail(CTL_USE, "--least %s: expected a whole number from 0 to 100", given);
    int status = begin(args, &running);
    if (status == CTL_OK)
        status = run_all(&running, false);
    if (status == CTL_OK && ctl_json(args))
        status = ctl_print_json(coverage_json(&running.coverage));
    if (status == CTL_OK)
        status = judge(&running, least);
    end(&running);
    return status;
}
