/* What every adapter program shares: its command line, the loop, the keys, the place, the stop on
 * SIGTERM. One struct rd_frame per process. Loop thread only. */
#ifndef RD_KIT_FRAME_H
#define RD_KIT_FRAME_H

#include "link/zsock.h"
#include "model/place.h"

enum { RD_FRAME_FEEDS_MAX = 64, RD_FRAME_TEAMS_MAX = 64 };

/* Exit codes, as referralctl's: 1 the answer is no, 2 bad use, 3 router not reachable. */
enum { RD_FRAME_OK = 0, RD_FRAME_FAILED = 1, RD_FRAME_BAD_USE = 2 };

/* A program's own option: its value is put where `target` says, else `target` is left alone. */
struct rd_frame_option {
    const char *name, *value, *help; /* "--staff", "FILE", "who may sign in" */
    const char **target;
};

struct rd_frame_program {
    const char *name;    /* "referral-mllp" */
    const char *purpose; /* one line for --help */
    const char *adapter; /* feeds of this adapter are served when no --feed is given; NULL: none */
    const char *listen;  /* default of --listen, "0.0.0.0:2575"; NULL: it listens nowhere */
    bool intake, queues; /* which endpoints of the router it uses */
    const struct rd_frame_option *options; /* ends with a NULL name; NULL: none of its own */
};

struct rd_frame {
    const struct rd_frame_program *program;
    uv_loop_t loop;
    struct rd_zcontext *zcontext;
    struct rd_keypair own;
    char router_public[RD_Z85_TEXT_MAX];
    const char *place_directory, *intake, *queues, *key_file, *router_key_file;
    char listen_address[64];
    uint16_t listen_port;
    char ops_address[64]; /* of --ops; empty: none */
    uint16_t ops_port;
    struct rd_rules *rules; /* owned */
    const struct rd_place *place;
    const struct rd_feed *feeds[RD_FRAME_FEEDS_MAX]; /* that it serves, in the place's order */
    size_t feeds_count;
    const char *named_feeds[RD_FRAME_FEEDS_MAX];
    size_t named_feeds_count;
    uv_signal_t terminate, interrupt;
    void (*stop)(void *context);
    void *context;
    bool stopping;
    int exit_code;
};

/* Reads the command line, loads the place, the keys, opens the loop. True: go on with rd_frame_run.
 * False: the process ends with frame->exit_code; what is wrong was printed. */
RD_MUST_CHECK bool rd_frame_start(struct rd_frame *frame, const struct rd_frame_program *program,
                                  int argc, char **argv);
/* Runs until SIGTERM or SIGINT; then `stop` is called once and must close everything it opened;
 * returns the exit code when the last handle is closed. */
int rd_frame_run(struct rd_frame *frame, void (*stop)(void *context), void *context);
/* An option's value that is a number of seconds, 1 to 3600; `text` NULL: `standard`. RD_E_INVALID:
 * `why` names the option. */
RD_MUST_CHECK enum rd_err rd_frame_seconds(const char *name, const char *text, unsigned standard,
                                           unsigned *out, struct rd_errbuf *why);
/* Ends the run from inside, with that code. */
void rd_frame_stop(struct rd_frame *frame, int exit_code);
/* Wall clock in UTC microseconds: for acknowledgements and forms, never for decisions. */
rd_instant rd_frame_now(void);

#endif
