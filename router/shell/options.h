/* Command line of referrald. One table drives parsing, --help and the test of the man page. Thread:
 * any; no state. */
#ifndef RD_SHELL_OPTIONS_H
#define RD_SHELL_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>

enum { RD_ENDPOINT_BYTES_MAX = 160 };

struct rd_options {
    const char *place;         /* directory; borrowed from argv, as all of these */
    const char *state;         /* directory */
    const char *intake;        /* ZeroMQ endpoint */
    const char *queues;        /* ZeroMQ endpoint */
    const char *events;        /* ZeroMQ endpoint */
    const char *control;       /* ZeroMQ endpoint; NULL: ipc://STATE/control.sock */
    const char *ops;           /* "ADDRESS:PORT" of the ops HTTP server */
    const char *alarm_command; /* program; NULL: none */
    bool check, help, version;
};

/* One line of the table: `argument` is NULL for a switch. */
struct rd_option {
    const char *name; /* without the two hyphens */
    const char *argument;
    const char *fallback; /* NULL: none */
    const char *help;
    size_t offset; /* of the member in rd_options */
};

extern const struct rd_option rd_option_table[];
extern const size_t rd_option_table_count;

/* RD_E_INVALID with what was found, what was expected and what to do. --help and --version are
 * taken before anything is missing. */
RD_MUST_CHECK enum rd_err rd_options_parse(int argc, char *const *argv, struct rd_options *out,
                                           struct rd_errbuf *why);
void rd_options_help(FILE *out);
/* "127.0.0.1:8080" or "[::1]:8080"; `address` needs RD_ENDPOINT_BYTES_MAX bytes. */
RD_MUST_CHECK enum rd_err rd_options_split_ops(const char *ops, char *address, unsigned *port,
                                               struct rd_errbuf *why);

#endif
