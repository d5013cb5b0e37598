#include "adapters/kit/frame.h"

#include "link/log.h"
#include "rules/load/load.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef RD_VERSION
#define RD_VERSION "0.1.0"
#endif

static const struct rd_frame_option options[] = {
    {"--place", "DIR", "the place's directory (required)", NULL},
    {"--key", "FILE", "this adapter's key, from referralctl keys new (required)", NULL},
    {"--router-key", "FILE", "the router's public key, STATE/router.pub (required)", NULL},
    {"--intake", "ENDPOINT", "where the router takes submissions (default tcp://127.0.0.1:5701)",
     NULL},
    {"--queues", "ENDPOINT", "where the router serves queues (default tcp://127.0.0.1:5702)", NULL},
    {"--listen", "ADDRESS:PORT", "where partners connect", NULL},
    {"--ops", "ADDRESS:PORT",
     "where this program answers /livez, /readyz, /metrics (default: nowhere)", NULL},
    {"--feed", "NAME", "serve this feed only; may be given more than once", NULL},
    {"--help", NULL, "print this and exit", NULL},
    {"--version", NULL, "print the version and exit", NULL},
};

enum rd_err rd_frame_seconds(const char *name, const char *text, unsigned standard, unsigned *out,
                             struct rd_errbuf *why)
{
    enum { SECONDS_MAX = 3600 };
    int64_t seconds = standard;
    if (text != NULL &&
        (!rd_text_to_i64(rd_text_of(text), &seconds) || seconds < 1 || seconds > SECONDS_MAX))
        return rd_fail(why, RD_E_INVALID, "%s: expected a number of seconds, 1 to %d", name,
                       SECONDS_MAX);
    *out = (unsigned)seconds;
    return RD_OK;
}

rd_instant rd_frame_now(void)
{
    uv_timeval64_t wall;
    if (uv_gettimeofday(&wall) != 0)
        return 0;
    return wall.tv_sec * RD_SECOND_US + wall.tv_usec;
}

static void print_option(const struct rd_frame_option *option)
{
    char left[40];
    (void)snprintf(left, sizeof left, "%s %s", option->name,
                   option->value == NULL ? "" : option->value);
    printf("  %-24s %s\n", left, option->help);
}

static void print_help(const struct rd_frame_program *program)
{
    const struct rd_frame_option *own = program->options;
    printf("usage: %s --place DIR --key FILE --router-key FILE [options]\n%s\n\n", program->name,
           program->purpose);
    for (; own != NULL && own->name != NULL; own++)
        print_option(own);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        print_option(&options[i]);
    if (program->listen != NULL)
        printf("\nListens on %s unless --listen says otherwise.\n", program->listen);
    printf("Exit codes: 0 stopped as asked, 1 could not go on, 2 bad use.\n");
}

static bool bad_use(struct rd_frame *frame, const char *format, const char *word)
{
    (void)fprintf(stderr, "%s: ", frame->program->name);
    (void)fprintf(stderr, "%s%s; see %s --help\n", format, word, frame->program->name);
    frame->exit_code = RD_FRAME_BAD_USE;
    return false;
}

static bool parse_address(struct rd_frame *frame, const char *option, const char *value,
                          char address[64], uint16_t *out)
{
    const char *colon = strrchr(value, ':');
    int64_t port = 0;
    size_t len = colon == NULL ? 0 : (size_t)(colon - value);
    if (colon == NULL || len == 0 || len >= 64 || !rd_text_to_i64(rd_text_of(colon + 1), &port) ||
        port < 0 || port > 65535) {
        (void)fprintf(stderr, "%s: %s: expected ADDRESS:PORT, found %s; see %s --help\n",
                      frame->program->name, option, value, frame->program->name);
        frame->exit_code = RD_FRAME_BAD_USE;
        return false;
    }
    memcpy(address, value, len);
    address[len] = '\0';
    *out = (uint16_t)port;
    return true;
}

static bool parse_listen(struct rd_frame *frame, const char *value)
{
    return parse_address(frame, "--listen", value, frame->listen_address, &frame->listen_port);
}

static const struct rd_frame_option *own_option(const struct rd_frame_program *program,
                                                const char *name)
{
    const struct rd_frame_option *own = program->options;
    for (; own != NULL && own->name != NULL; own++)
        if (strcmp(own->name, name) == 0)
            return own;
    return NULL;
}

static bool take_option(struct rd_frame *frame, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **target;
    } targets[] = {{"--place", &frame->place_directory},
                   {"--key", &frame->key_file},
                   {"--router-key", &frame->router_key_file},
                   {"--intake", &frame->intake},
                   {"--queues", &frame->queues}};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strcmp(name, targets[i].name) == 0) {
            *targets[i].target = value;
            return true;
        }
    }
    const struct rd_frame_option *own = own_option(frame->program, name);
    if (own != NULL) {
        *own->target = value;
        return true;
    }
    if (strcmp(name, "--listen") == 0)
        return parse_listen(frame, value);
    if (strcmp(name, "--ops") == 0)
        return parse_address(frame, "--ops", value, frame->ops_address, &frame->ops_port);
    if (frame->named_feeds_count == RD_FRAME_FEEDS_MAX)
        return bad_use(frame, "--feed: too many feeds, at ", value);
    frame->named_feeds[frame->named_feeds_count++] = value;
    return true;
}

static bool known_option(const struct rd_frame_program *program, const char *word)
{
    if (own_option(program, word) != NULL)
        return true;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strcmp(options[i].name, word) == 0)
            return true;
    return false;
}

static bool parse(struct rd_frame *frame, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(frame->program);
            return false;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("%s %s\n", frame->program->name, RD_VERSION);
            return false;
        }
        if (!known_option(frame->program, argv[i]))
            return bad_use(frame, "unknown option ", argv[i]);
        if (i + 1 == argc)
            return bad_use(frame, "a value is missing after ", argv[i]);
        if (!take_option(frame, argv[i], argv[i + 1]))
            return false;
        i++;
    }
    if (frame->place_directory == NULL)
        return bad_use(frame, "missing ", "--place");
    if (frame->key_file == NULL)
        return bad_use(frame, "missing ", "--key");
    return frame->router_key_file != NULL || bad_use(frame, "missing ", "--router-key");
}

static void print_finding(void *context, const struct rd_finding *finding)
{
    const struct rd_frame *frame = context;
    if (finding->severity == RD_SEVERITY_ERROR)
        (void)fprintf(stderr, "%s: %s/%s:%u:%u: %s\n", frame->program->name, frame->place_directory,
                      finding->file, finding->line, finding->column, finding->words);
}

static bool choose_feeds(struct rd_frame *frame)
{
    const struct rd_frame_program *program = frame->program;
    for (size_t i = 0; i < frame->named_feeds_count; i++) {
        const struct rd_feed *feed = rd_place_feed(frame->place, rd_text_of(frame->named_feeds[i]));
        if (feed == NULL)
            return bad_use(frame, "--feed: this place has no feed ", frame->named_feeds[i]);
        frame->feeds[frame->feeds_count++] = feed;
    }
    for (size_t i = 0; frame->named_feeds_count == 0 && i < frame->place->feeds_count; i++) {
        const struct rd_feed *feed = &frame->place->feeds[i];
        if (program->adapter != NULL && rd_text_is(feed->adapter, program->adapter) &&
            frame->feeds_count < RD_FRAME_FEEDS_MAX)
            frame->feeds[frame->feeds_count++] = feed;
    }
    if (program->adapter != NULL && frame->feeds_count == 0)
        return bad_use(frame, "this place has no feed of adapter ", program->adapter);
    return true;
}

static bool load_place(struct rd_frame *frame)
{
    struct rd_rules *rules = NULL;
    enum rd_err err =
        rd_rules_load(frame->place_directory, rd_alloc_heap(), print_finding, frame, &rules);
    if (err != RD_OK) {
        (void)fprintf(stderr, "%s: %s: the place cannot be used: %s\n", frame->program->name,
                      frame->place_directory, rd_err_text(err));
        frame->exit_code = RD_FRAME_FAILED;
        return false;
    }
    frame->rules = rules;
    frame->place = rd_rules_place(rules);
    return choose_feeds(frame);
}

static bool open_loop(struct rd_frame *frame)
{
    struct rd_errbuf why = {""};
    enum rd_err err = rd_keypair_read(frame->key_file, &frame->own, &why);
    if (err == RD_OK)
        err = rd_public_key_read(frame->router_key_file, frame->router_public, &why);
    if (err == RD_OK && uv_loop_init(&frame->loop) != 0)
        err = rd_fail(&why, RD_E_IO, "the event loop cannot be opened");
    else if (err == RD_OK && (err = rd_zcontext_new(&frame->loop, &frame->zcontext, &why)) != RD_OK)
        (void)uv_loop_close(&frame->loop); /* it has no handle yet */
    if (err == RD_OK)
        return true;
    (void)fprintf(stderr, "%s: %s\n", frame->program->name, why.text);
    frame->exit_code = RD_FRAME_FAILED;
    return false;
}

static void release(struct rd_frame *frame)
{
    rd_keypair_wipe(&frame->own);
    rd_rules_free(frame->rules);
    frame->rules = NULL;
    frame->place = NULL;
}

bool rd_frame_start(struct rd_frame *frame, const struct rd_frame_program *program, int argc,
                    char **argv)
{
    *frame = (struct rd_frame){
        .program = program, .intake = "tcp://127.0.0.1:5701", .queues = "tcp://127.0.0.1:5702"};
    rd_log_start(program->name, RD_LOG_INFO);
    /* A partner that hangs up while we answer is no reason to end. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "%s: libsodium cannot be started\n", program->name);
        frame->exit_code = RD_FRAME_FAILED;
        return false;
    }
    if (program->listen != NULL && !parse_listen(frame, program->listen))
        return false;
    if (parse(frame, argc, argv) && load_place(frame) && open_loop(frame))
        return true;
    release(frame);
    return false;
}

void rd_frame_stop(struct rd_frame *frame, int exit_code)
{
    if (frame->stopping)
        return;
    frame->stopping = true;
    frame->exit_code = exit_code;
    uv_close((uv_handle_t *)&frame->terminate, NULL);
    uv_close((uv_handle_t *)&frame->interrupt, NULL);
    frame->stop(frame->context);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct rd_frame *frame = signal->data;
    rd_log(RD_LOG_NOTICE, "program.stop", rd_log_number("signal", number));
    rd_frame_stop(frame, RD_FRAME_OK);
}

int rd_frame_run(struct rd_frame *frame, void (*stop)(void *context), void *context)
{
    frame->stop = stop;
    frame->context = context;
    frame->terminate.data = frame->interrupt.data = frame;
    (void)uv_signal_init(&frame->loop, &frame->terminate);
    (void)uv_signal_init(&frame->loop, &frame->interrupt);
    (void)uv_signal_start(&frame->terminate, on_signal, SIGTERM);
    (void)uv_signal_start(&frame->interrupt, on_signal, SIGINT);
    (void)uv_run(&frame->loop, UV_RUN_DEFAULT);
    rd_zcontext_free(frame->zcontext);
    rd_require(uv_loop_close(&frame->loop) == 0);
    release(frame);
    return frame->exit_code;
}
