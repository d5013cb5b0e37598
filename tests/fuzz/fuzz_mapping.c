/* A feed's HL7 mapping: read whole, or refused with file, line and column; whatever it says, a
 * message that is read by it becomes a submission. */
#define _GNU_SOURCE /* memfd_create */
#include "adapters/mllp/mapping.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024 };

/* libfyaml 0.7.12 leaks a little for some quoted texts that never end; see fuzz_conf.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static const char message[] =
    "MSH|^~\\&|PAS|RGC|SPA|RBR|20261121||REF^I12|1|P|2.4\rRF1||S|||Z~Y|A1^B||||F^fall\r"
    "PRD|RP|Dee^D\rPID|1||9990000018^^^NHS||Example^Ann||19450314|F|||1 High Road^^^^E18 2QB\r"
    "PD1||||G99^Dee\rPV1||I|W1^B2^3^RGCKH\rZDP||P1|2^3\r";

/* The reader takes files: the bytes become one in memory. */
static int file_of(const uint8_t *data, size_t size)
{
    int file = memfd_create("mapping", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort(); /* of the machine, not of the input */
    return file;
}

static void read_by(const struct rd_hl7_mapping *mapping, struct rd_arena *arena)
{
    struct rd_hl7_read read;
    struct rd_errbuf why = {""};
    if (rd_hl7_read(mapping, RD_TEXT("pas"), fuzz_text((const uint8_t *)message, strlen(message)),
                    arena, &read) != RD_OK)
        return;
    enum rd_err err = rd_shape_check(&rd_submission_shape, &read.submission, &why);
    PROMISE(err == RD_OK);
    PROMISE(rd_text_present(read.submission.key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    struct rd_arena arena;
    struct rd_hl7_mapping mapping;
    struct rd_errbuf why = {""};
    int file = file_of(data, size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    enum rd_err err = mllp_mapping_read_file(path, rd_zone_find(RD_TEXT("Europe/London")), NULL,
                                             &arena, &mapping, &why);
    PROMISE((err == RD_OK) == (why.text[0] == '\0'));
    PROMISE(err == RD_OK || strncmp(why.text, path, strlen(path)) == 0);
    if (err == RD_OK)
        read_by(&mapping, &arena);
    rd_arena_fini(&arena);
    (void)close(file);
    return 0;
}
