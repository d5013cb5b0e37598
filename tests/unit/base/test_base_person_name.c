/* One person in two spellings. */
#include "base/person_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void one_person_in_many_spellings(void **state)
{
    static const char *const rows[][2] = {
        {"Dr Dee", "dr dee"},
        {"Dr Dee", "  Dr   Dee "},
        {"Dr Dee", "Dr. Dee"},
        {"Dr Dee", "DR.DEE"},
        {"Dr Dee", "Dr\u00a0Dee"},
        {"Dr Dee", "Dr\u2003Dee\u200b"},
        {"Dr Dee", "\u202eDr Dee\u202c"},
        {"Dr Dee", "\uff24\uff52 \uff24\uff45\uff45"},
        {"Zo\u00eb \u0141ska", "Zoe\u0308 \u0142ska"},
        {"Zo\u00eb", "zoe"},
        {"O'Brien", "O\u2019Brien"},
        {"\u0391\u03bd\u03bd\u03b1", "\u03b1\u039d\u039d\u0391"},
        {"Nguy\u1ec5n", "NGUYEN"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!rd_person_name_same(rd_text_of(rows[i][0]), rd_text_of(rows[i][1])))
            fail_msg("%s and %s are one person", rows[i][0], rows[i][1]);
}

static void two_people(void **state)
{
    static const char *const rows[][2] = {
        {"Dr Dee", "Dr Lee"},
        {"Dr Dee", "Dr Dee Jones"},
        {"Sam Example", "Sam Example 2"},
        {"\u738b", "\u674e"},
        {"\u0410\u043d\u043d\u0430", "\u041e\u043b\u044c\u0433\u0430"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_person_name_same(rd_text_of(rows[i][0]), rd_text_of(rows[i][1])))
            fail_msg("%s and %s are two people", rows[i][0], rows[i][1]);
}

static void nobody(void **state)
{
    static const char *const rows[] = {"",        " ",      "\t\n",         "\u00a0",
                                       "\u200b",  "\u2003", "...",          "\u3164",
                                       "\u202e ", "\ufeff", "\u0308\u0301", "\u2800"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_person_name_is(rd_text_of(rows[i])))
            fail_msg("row %zu is no name", i);
    assert_true(rd_person_name_is(RD_TEXT("\u738b")));
    assert_true(rd_person_name_is(RD_TEXT("7")));
    assert_false(rd_person_name_is(RD_TEXT_NONE));
    /* cut off within a character: no more is read than is there */
    assert_false(rd_person_name_is((struct rd_text){"\xE7", 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_person_in_many_spellings),
                                       cmocka_unit_test(two_people), cmocka_unit_test(nobody)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
