/* MESH control files: as they should be, as they come, and as somebody hostile would write them. */
#include "adapters/mesh/ctl.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct rd_arena arena;

static int set_up(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rd_arena_fini(&arena);
    return 0;
}

static const char whole[] =
    "<?xml "
    "version=\"1.0\"?>\r\n<DTSControl>\r\n<Version>1.0</Version><AddressType>DTS</AddressType>"
    "<MessageType>Data</MessageType><WorkflowId>REFERRAL_CSV</WorkflowId><From_DTS> X26HC001\n"
    "</From_DTS><To_DTS>X26HC999</To_DTS><Subject>A &amp; B</Subject><LocalId>7</LocalId>"
    "<DTSId>20180808160418053343_B8CF9A</DTSId><PartnerId/><Compress>N</Compress>"
    "<Encrypted>N</Encrypted><IsCompressed>Y</IsCompressed><StatusRecord>"
    "<DateTime>20180808170418</DateTime><Event>TRANSFER</Event><Status>SUCCESS</Status>"
    "<StatusCode>00</StatusCode><Description>ok</Description></StatusRecord></DTSControl>\r\n";

static void reads_every_value(void **state)
{
    struct mesh_ctl ctl;
    struct rd_errbuf why = {""};
    (void)state;
    assert_int_equal(mesh_ctl_read(rd_text_of(whole), &arena, &ctl, &why), RD_OK);
    const struct {
        struct rd_text found;
        const char *expected;
    } rows[] = {{ctl.message_type, "Data"}, {ctl.workflow, "REFERRAL_CSV"},
                {ctl.from, "X26HC001"},     {ctl.to, "X26HC999"},
                {ctl.local_id, "7"},        {ctl.dts_id, "20180808160418053343_B8CF9A"},
                {ctl.compress, "N"},        {ctl.is_compressed, "Y"},
                {ctl.encrypted, "N"},       {ctl.status, "SUCCESS"},
                {ctl.status_code, "00"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(rd_text_is(rows[i].found, rows[i].expected));
}

static void is_liberal(void **state)
{
    struct mesh_ctl ctl;
    (void)state;
    struct rd_text text =
        RD_TEXT("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><!-- c --><m:dtscontrol "
                "xmlns:m=\"urn:m\"><m:New><m:Deep>x</m:Deep></m:New><m:from_dts>A"
                "</m:from_dts><m:From_DTS>A</m:From_DTS><m:dtsid></m:dtsid>"
                "</m:dtscontrol>\n\n");
    assert_int_equal(mesh_ctl_read(text, &arena, &ctl, NULL), RD_OK);
    assert_true(rd_text_is(ctl.from, "A"));
    assert_false(rd_text_present(ctl.dts_id));
    assert_false(rd_text_present(ctl.workflow));
}

static void refuses_what_is_no_control_file(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "no element found"},
        {"DTSControl", "syntax error"},
        {"<DTSControl><From_DTS>A</From_DTS><Subject>DLPv3/Subject></DTSControl>",
         "mismatched tag"},
        {"<DTSControl><From_DTS>A</From_DTS><DTSId>1<DTSId></DTSControl>", "mismatched tag"},
        {"<DTSControl><From_DTS>A</From_DTS>", "no element found"},
        {"<DTSControl><From_DTS>A</From_DTS></DTSControl><x/>", "junk after document element"},
        {"<DTSControl><From_DTS>A</From_DTS><LocalId>a & b</LocalId></DTSControl>", "well-formed"},
        {"<!DOCTYPE DTSControl><DTSControl/>", "document type"},
        {"<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><DTSControl/>", "document type"},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]><DTSControl><From_DTS>&a;</From_DTS></DTSControl>",
         "document type"},
        {"<DTSControl><From_DTS>&a;</From_DTS></DTSControl>", "undefined entity"},
        {"<html/>", "expected DTSControl"},
        {"<DTSControl><From_DTS>A</From_DTS><From_DTS>B</From_DTS></DTSControl>", "two values"},
        {"<DTSControl><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/>", "too deep"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mesh_ctl ctl;
        struct rd_errbuf why = {""};
        assert_int_equal(mesh_ctl_read(rd_text_of(rows[i].text), &arena, &ctl, &why),
                         RD_E_MALFORMED);
        assert_non_null(strstr(why.text, "line 1, column "));
        assert_non_null(strstr(why.text, rows[i].why));
        bool said_before = strstr(rows[i].text, "<From_DTS>A<") != NULL;
        assert_int_equal(rd_text_is(ctl.from, "A"), said_before);
    }
}

static void every_cut_of_a_file_is_an_answer(void **state)
{
    (void)state;
    size_t len = strlen(whole);
    for (size_t cut = 0; cut < len - 3; cut++) {
        struct mesh_ctl ctl;
        char *copy =
            malloc(cut + 1); /* its very bytes, so that a sanitizer sees a step past them */
        assert_non_null(copy);
        memcpy(copy, whole, cut);
        assert_int_equal(mesh_ctl_read((struct rd_text){copy, cut}, &arena, &ctl, NULL),
                         RD_E_MALFORMED);
        rd_arena_reset(&arena);
        free(copy);
    }
}

static void bounds(void **state)
{
    struct mesh_ctl ctl;
    char *text = malloc(MESH_CTL_BYTES_MAX + 2);
    (void)state;
    assert_non_null(text);
    memset(text, ' ', MESH_CTL_BYTES_MAX + 2);
    memcpy(text, "<DTSControl/>", 13);
    assert_int_equal(mesh_ctl_read((struct rd_text){text, MESH_CTL_BYTES_MAX}, &arena, &ctl, NULL),
                     RD_OK);
    assert_int_equal(
        mesh_ctl_read((struct rd_text){text, MESH_CTL_BYTES_MAX + 1}, &arena, &ctl, NULL),
        RD_E_TOOBIG);
    const char head[] = "<DTSControl><From_DTS>";
    const char tail[] = "</From_DTS></DTSControl>";
    memset(text, 'A', 4000);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + 3000, tail, sizeof tail);
    assert_int_equal(mesh_ctl_read(rd_text_of(text), &arena, &ctl, NULL), RD_OK);
    assert_int_equal(ctl.from.len, MESH_CTL_VALUE_MAX);
    free(text);
}

static void yes_and_no(void **state)
{
    (void)state;
    assert_true(mesh_ctl_says_yes(RD_TEXT("Y")));
    assert_true(mesh_ctl_says_yes(RD_TEXT("True")));
    assert_false(mesh_ctl_says_yes(RD_TEXT("N")));
    assert_false(mesh_ctl_says_yes(RD_TEXT_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_value),
        cmocka_unit_test(is_liberal),
        cmocka_unit_test(refuses_what_is_no_control_file),
        cmocka_unit_test(every_cut_of_a_file_is_an_answer),
        cmocka_unit_test(bounds),
        cmocka_unit_test(yes_and_no),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
