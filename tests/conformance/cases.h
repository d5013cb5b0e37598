/* The conformance suite's test files: what a case gives and what it expects. */
#ifndef RD_TESTS_CONFORMANCE_CASES_H
#define RD_TESTS_CONFORMANCE_CASES_H

#include "rules/engine/dmn/xml.h"
#include "rules/engine/type.h"

/* A text without xsi:type: what it is depends on what is expected of it. */
#define TCK_UNTYPED RD_TYPE_ANY

struct tck_result { /* resultNode */
    struct rd_text name;
    bool is_error; /* nothing is to come of it */
    struct rd_value expected;
    const char *unreadable; /* why the expected value is not known; NULL: it is */
};
struct tck_case {
    struct rd_text id, kind, invocable; /* kind: decision, bkm, decisionService */
    struct rd_context inputs;
    const char *unreadable; /* of the inputs */
    struct tck_result *results;
    size_t results_count;
};
struct tck_file {
    struct rd_text model; /* name of its .dmn file */
    struct tck_case *cases;
    size_t cases_count;
};

/* False: not such a file, with words in `why`. Everything in the arena. */
bool tck_read(struct rd_text bytes, struct rd_arena *arena, struct tck_file *out,
              struct rd_errbuf *why);
/* An input as the model is to be given it; `type`: what is declared, NULL: nothing. */
struct rd_value tck_input(struct rd_value value, const struct rd_feel_type *type,
                          struct rd_arena *arena);
/* Whether the answer is what was expected. Numbers: to 8 decimals, because the suite's own are
 * rounded so in places; an expected text without a type: as the type of what was found. */
bool tck_same(const struct rd_value *expected, const struct rd_value *found,
              struct rd_arena *arena);

#endif
