/* HL7 v2: what PID says of the person, and what of it was not understood. */
#include "hl7_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

/* -1: the record says nothing. What is not understood is remarked, never read as alive. */
static void whether_somebody_died(void **state)
{
    static const struct {
        const char *fields, *issue;
        int dead;
    } rows[] = {{"|Y", NULL, 1},
                {"|1", NULL, 1},
                {"|n", NULL, 0},
                {"|", NULL, -1},
                {"20261102|", NULL, 1},
                {"|\"\"", NULL, -1},
                {"|D", "deceased-not-understood", -1},
                {"20261102|9", "deceased-not-understood", 1},
                {"20261102|N", "deceased-contradiction", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[512];
        (void)snprintf(bytes, sizeof bytes,
                       MSH "ADT^A31|D1|P|2.4\rEVN|A31|20261120\rPID|1||9990000018^^^NHS||TEST^ANNA|"
                           "|||||||||||||||||||||||%s\r",
                       rows[i].fields);
        const struct rd_referral *r = read_string(*state, bytes)->submission.referral;
        assert_int_equal(r->person->deceased.has ? r->person->deceased.value : -1, rows[i].dead);
        assert_int_equal(r->facts_count, rows[i].dead == 1 ? 2 : 1);
        assert_int_equal(r->issues_count, rows[i].issue != NULL);
        if (rows[i].issue != NULL)
            assert_text(r->issues[0].code, rows[i].issue);
        if (rows[i].dead == 1 && rows[i].fields[0] == '2')
            assert_text(r->facts[1].occurred->original, "20261102"); /* not EVN's */
        else if (rows[i].dead == 1)
            assert_null(r->facts[1].occurred);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whether_somebody_died, hl7_rig_setup, hl7_rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
