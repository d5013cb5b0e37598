/* FHIR in XML: what is read can be written, and that can be read. */
#include "adapters/fhir/fhir_xml.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_errbuf why = {""};
    struct rd_buf xml;
    json_t *first = rd_fhir_from_xml(fuzz_text(data, size), &why);
    PROMISE((first == NULL) == (why.text[0] != '\0'));
    if (first == NULL)
        return 0;
    rd_buf_init(&xml, rd_alloc_heap());
    if (rd_fhir_to_xml(first, &xml)) {
        json_t *again = rd_fhir_from_xml(rd_buf_text(&xml), &why);
        PROMISE(again != NULL);
        json_decref(again);
    }
    rd_buf_fini(&xml);
    json_decref(first);
    return 0;
}
