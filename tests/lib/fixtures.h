/* Published messages compared with reviewed expectations. For tests only. */
#ifndef RD_TESTS_FIXTURES_H
#define RD_TESTS_FIXTURES_H

#include "base/buf.h"

/* Writes what is made of one fixture to `out`, as text. */
typedef void rd_fixture_make(const char *path, struct rd_text bytes, struct rd_buf *out);

/* Every file of shared/fixtures/FOLDER that ends in `ending`, compared with
 * tests/data/EXPECTED/NAME.json; fails the test at the first difference, naming file and line, or
 * when the folder or an expectation is absent. Returns how many were compared. With RD_WRITE=1 in
 * the environment it writes the expectations instead. */
int rd_fixtures_each(const char *folder, const char *ending, const char *expected,
                     rd_fixture_make *make);
/* The same of messages of our own making: tests/data/FOLDER, with their expectations beside them.
 */
int rd_fixtures_own(const char *folder, const char *ending, rd_fixture_make *make);
/* A whole file; fails the test when it cannot be read. `out` is initialised here; the caller's. */
void rd_fixture_read(const char *path, struct rd_buf *out);

#endif
