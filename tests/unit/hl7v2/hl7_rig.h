/* One message read as the demo's hospital feed would, for the tests of what is read. */
#ifndef RD_TESTS_HL7_RIG_H
#define RD_TESTS_HL7_RIG_H

#include "adapters/hl7v2/hl7_read.h"

#define MSH "MSH|^~\\&|PAS|RF4|SPA|RED|20261121090000||"

struct fixture {
    struct rd_arena arena;
    struct rd_hl7_mapping mapping;
    struct rd_hl7_read read;
};

int hl7_rig_setup(void **state);
int hl7_rig_teardown(void **state);
/* In the fixture, until the next one is read. */
const struct rd_hl7_read *read_text(struct fixture *f, struct rd_text bytes);
const struct rd_hl7_read *read_string(struct fixture *f, const char *bytes);
void assert_text(struct rd_text text, const char *expected);

#endif
