#include "base/ident.h"

#include "fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *text;
    bool good;
    uint64_t id;
};

static void known_references(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"00000-00000", true, 0},
        {"00000-00001", true, 1},
        {"ZZZZZ-ZZZZZ", true, RD_IDENT_MASK},
        {"zzzzzzzzzz", true, RD_IDENT_MASK},
        {"7k3q9 m2x4t", true, UINT64_C(0xf31dd341749a)},
        {"7K3Q9-M2X4T", true, UINT64_C(0xf31dd341749a)},
        {"oOo00-iIlL1", true, UINT64_C(0x108421)},
        {"", false, 0},
        {"7K3Q9-M2X4", false, 0},
        {"7K3Q9-M2X4TT", false, 0},
        {"7K3Q9-M2X4U", false, 0},
        {"7K3Q9_M2X4T", false, 0},
        {"7K3Q9-M2X4T.1", false, 0},
        {"7K3Q9-M2X4\xC3\xA9", false, 0},
        {"----------", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t id = 99;
        if (rd_ident_parse(rd_text_of(rows[i].text), &id) != rows[i].good)
            fail_msg("%s", rows[i].text);
        if (rows[i].good)
            assert_int_equal(id, rows[i].id);
        else
            assert_int_equal(id, 99);
    }
    uint64_t id = 0;
    assert_false(rd_ident_parse(RD_TEXT_NONE, &id));
}

static void format_and_parse_are_inverse(void **state)
{
    (void)state;
    struct fill random = {.state = 11};
    for (size_t i = 0; i < 20000; i++) {
        uint64_t id = fill_next(&random) & RD_IDENT_MASK;
        uint64_t back = 0;
        char text[RD_IDENT_TEXT_MAX];
        assert_ptr_equal(rd_ident_format(id, text), text);
        assert_int_equal(strlen(text), 11);
        assert_int_equal(text[5], '-');
        assert_null(strpbrk(text, "ILOU"));
        assert_true(rd_ident_parse(rd_text_of(text), &back));
        assert_int_equal(id, back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_references),
        cmocka_unit_test(format_and_parse_are_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
