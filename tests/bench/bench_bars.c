/* To the BaRS door and back: bundles POSTed to referral-bars at a fixed rate, whether or not the
 * ones before are answered, over connections that stay open. A latency runs from the moment that a
 * bundle was due to go out to the last byte of its answer; one that finds every connection busy
 * waits, and the wait counts. Prints one line of JSON. Sends to 127.0.0.1 only; bounded in time and
 * count. */
#include "bench_record.h"
#include "bench_sample.h"

#include "base/buf.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    CONNECTIONS = 32,
    RATE_MAX = 1000,
    SECONDS_MAX = 120,
    SENT_MAX = RATE_MAX * SECONDS_MAX,
    TEMPLATE_MAX = 256 * 1024,
    ANSWER_HEAD_MAX = 4096,
    CHUNK = 65536,
    DRAIN_MS = 15000,
};

static const char usage[] =
    "usage: bench_bars --bars PORT --template FILE --place DIR --rate N --seconds S\n"
    "The template is a Bundle with {{NUMBER}} (12 digits), {{NHS}} and {{POSTCODE}} in it.\n";

struct bench;
struct link {
    struct bench *bench;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct rd_buf request;
    char head[ANSWER_HEAD_MAX];
    size_t head_len;
    uint64_t number; /* of what is under way; 0: none */
    size_t body_left;
    bool in_body;
    char chunk[CHUNK];
};
struct bench {
    uv_loop_t loop;
    uv_timer_t send, stop;
    struct link links[CONNECTIONS];
    struct bench_record record;
    struct bench_postcodes postcodes;
    struct rd_buf template;
    uint64_t rate, seconds, due, sent, answered, refused;
    size_t links_ready;
    uint64_t begun_ns;
    int port, status;
    bool going, over;
    const char *place, *template_file;
};

static void finish(struct bench *bench)
{
    if (bench->over)
        return;
    bench->over = true;
    uv_close((uv_handle_t *)&bench->send, NULL);
    uv_close((uv_handle_t *)&bench->stop, NULL);
    for (size_t i = 0; i < CONNECTIONS; i++)
        uv_close((uv_handle_t *)&bench->links[i].tcp, NULL);
}

static void die(struct bench *bench, const char *words)
{
    (void)fprintf(stderr, "bench_bars: %s\n", words);
    bench->status = 1;
    finish(bench);
}

static void expand(struct bench *bench, uint64_t number, struct rd_buf *out)
{
    struct rd_text rest = rd_buf_text(&bench->template);
    bench_record_set(&bench->record, &bench->postcodes, RD_ACTION_NEW, number);
    while (rest.len > 0) {
        size_t at = rd_text_find(rest, '{', 0);
        struct rd_text here = rd_text_slice(rest, at, rest.len);
        rd_buf_put(out, rest.ptr, at);
        size_t skip = here.len > 0 ? 1 : 0;
        if (rd_text_starts(here, "{{NUMBER}}")) {
            rd_buf_printf(out, "%012" PRIu64, number);
            skip = 10;
        } else if (rd_text_starts(here, "{{NHS}}")) {
            rd_buf_put_string(out, bench->record.nhs_number);
            skip = 7;
        } else if (rd_text_starts(here, "{{POSTCODE}}")) {
            rd_buf_put(out, bench->record.address.postcode.ptr, bench->record.address.postcode.len);
            skip = 12;
        } else {
            rd_buf_put(out, here.ptr, skip);
        }
        rest = rd_text_slice(here, skip, here.len);
    }
}

static uint64_t due_ns(const struct bench *bench, uint64_t number)
{
    return bench->begun_ns + (number - 1) * 1000000000U / bench->rate;
}

static void on_written(uv_write_t *write, int status)
{
    struct link *link = write->data;
    if (status != 0 && status != UV_ECANCELED)
        die(link->bench, "referral-bars closed a connection");
}

static void send_on(struct bench *bench, struct link *link)
{
    struct rd_buf body;
    uint64_t number = ++bench->sent;
    rd_buf_init(&body, rd_alloc_heap());
    expand(bench, number, &body);
    rd_buf_clear(&link->request);
    rd_buf_printf(&link->request,
                  "POST /$process-message HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                  "Content-Type: application/fhir+json;version=1.2.0\r\n"
                  "X-Request-Id: 11111111-2222-4333-8444-%012" PRIu64 "\r\n"
                  "X-Correlation-Id: 11111111-2222-4333-9444-%012" PRIu64 "\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  number, number, body.len);
    rd_buf_put(&link->request, body.bytes, body.len);
    uv_buf_t buf = uv_buf_init((char *)link->request.bytes, (unsigned)link->request.len);
    link->number = number;
    link->head_len = 0;
    link->in_body = false;
    bool failed = body.failed || link->request.failed;
    rd_buf_fini(&body);
    link->write.data = link;
    if (failed || uv_write(&link->write, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0)
        die(bench, "a request cannot be written");
}

/* What is due goes out on connections that are free. */
static void pump(struct bench *bench)
{
    for (size_t i = 0; i < CONNECTIONS && bench->sent < bench->due && !bench->over; i++)
        if (bench->links[i].number == 0)
            send_on(bench, &bench->links[i]);
}

static void on_send(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    uint64_t all = bench->rate * bench->seconds;
    uint64_t due = (bench_now_ns() - bench->begun_ns) * bench->rate / 1000000000U + 1;
    bench->due = due < all ? due : all;
    pump(bench);
}

static void on_stop(uv_timer_t *timer)
{
    die(timer->data, "not every bundle was answered in time");
}

/* The head is whole: its status and length. False: no answer of HTTP/1.1 with a length. */
static bool read_head(struct link *link)
{
    static const char length[] = "\r\nContent-Length: ";
    link->head[link->head_len] = '\0';
    const char *found = strstr(link->head, length);
    if (strncmp(link->head, "HTTP/1.1 ", 9) != 0 || found == NULL)
        return false;
    if (strncmp(link->head + 9, "200", 3) != 0 && link->bench->refused++ == 0)
        (void)fprintf(stderr, "bench_bars: the first that was not held: %.*s\n",
                      (int)strcspn(link->head, "\r"), link->head);
    link->body_left = strtoul(found + sizeof length - 1, NULL, 10);
    return true;
}

static void answered(struct link *link)
{
    struct bench *bench = link->bench;
    bench_sample_us((float)(bench_now_ns() - due_ns(bench, link->number)) / 1000.0F);
    link->number = 0;
    if (++bench->answered == bench->rate * bench->seconds)
        finish(bench);
    else
        pump(bench);
}

static void take(struct link *link, struct rd_text bytes)
{
    while (bytes.len > 0 && !link->in_body) {
        if (link->head_len + 1 >= sizeof link->head) {
            die(link->bench, "an answer's head is too long");
            return;
        }
        link->head[link->head_len++] = bytes.ptr[0];
        bytes = rd_text_slice(bytes, 1, bytes.len);
        if (link->head_len < 4 || memcmp(link->head + link->head_len - 4, "\r\n\r\n", 4) != 0)
            continue;
        link->in_body = true;
        if (!read_head(link)) {
            die(link->bench, "an answer is no HTTP answer with a length");
            return;
        }
    }
    if (bytes.len > link->body_left)
        die(link->bench, "an answer is longer than it says");
    else if (link->in_body && (link->body_left -= bytes.len) == 0)
        answered(link);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct link *link = handle->data;
    (void)suggested;
    *buf = uv_buf_init(link->chunk, sizeof link->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    if (got == 0 || link->bench->over)
        return;
    if (got < 0 || link->number == 0)
        die(link->bench, "referral-bars closed a connection, or answered what nobody asked");
    else
        take(link, (struct rd_text){buf->base, (size_t)got});
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct link *link = connect->data;
    struct bench *bench = link->bench;
    if (status == UV_ECANCELED)
        return;
    if (status != 0 || uv_tcp_nodelay(&link->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0) {
        die(bench, "referral-bars cannot be reached");
        return;
    }
    if (++bench->links_ready < CONNECTIONS)
        return;
    bench->begun_ns = bench_now_ns();
    /* every millisecond: what a slower timer is late by would count as the door's */
    if (uv_timer_start(&bench->send, on_send, 0, 1) != 0 ||
        uv_timer_start(&bench->stop, on_stop, bench->seconds * 1000 + DRAIN_MS, 0) != 0)
        die(bench, "no timer");
}

static bool open_all(struct bench *bench)
{
    struct sockaddr_in address;
    if (uv_loop_init(&bench->loop) != 0 || uv_timer_init(&bench->loop, &bench->send) != 0 ||
        uv_timer_init(&bench->loop, &bench->stop) != 0 ||
        uv_ip4_addr("127.0.0.1", bench->port, &address) != 0)
        return false;
    bench->send.data = bench->stop.data = bench;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct link *link = &bench->links[i];
        link->bench = bench;
        link->tcp.data = link->connect.data = link;
        rd_buf_init(&link->request, rd_alloc_heap());
        if (uv_tcp_init(&bench->loop, &link->tcp) != 0 ||
            uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&address,
                           on_connected) != 0)
            return false;
    }
    return true;
}

static bool read_template(struct bench *bench)
{
    char chunk[4096];
    size_t got = 0;
    FILE *file = fopen(bench->template_file, "rb");
    rd_buf_init(&bench->template, rd_alloc_heap());
    while (file != NULL && (got = fread(chunk, 1, sizeof chunk, file)) > 0)
        rd_buf_put(&bench->template, chunk, got);
    bool good = file != NULL && ferror(file) == 0 && bench->template.len > 0 &&
                bench->template.len <= TEMPLATE_MAX;
    if (file != NULL)
        (void)fclose(file);
    if (!good)
        (void)fprintf(stderr, "bench_bars: %s: cannot be read, or is empty or over %d bytes\n",
                      bench->template_file, TEMPLATE_MAX);
    return good;
}

static bool set(struct bench *bench, const char *name, const char *value)
{
    if (strcmp(name, "--place") == 0)
        bench->place = value;
    else if (strcmp(name, "--template") == 0)
        bench->template_file = value;
    else if (strcmp(name, "--bars") == 0)
        bench->port = (int)bench_number(value, 65535);
    else if (strcmp(name, "--rate") == 0)
        bench->rate = bench_number(value, RATE_MAX);
    else if (strcmp(name, "--seconds") == 0)
        bench->seconds = bench_number(value, SECONDS_MAX);
    else
        return false;
    return true;
}

static bool parse(struct bench *bench, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (!set(bench, argv[i], argv[i + 1]))
            return false;
    return argc % 2 == 1 && bench->place != NULL && bench->template_file != NULL &&
           bench->port != 0 && bench->rate != 0 && bench->seconds != 0;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (!parse(&bench, argc, argv)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    bench_record_init(&bench.record, "las-cad", 0);
    if (!bench_postcodes_read(bench.place, &bench.postcodes) || !read_template(&bench) ||
        !open_all(&bench))
        return 1;
    (void)uv_run(&bench.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&bench.loop); /* the process ends */
    for (size_t i = 0; i < CONNECTIONS; i++)
        rd_buf_fini(&bench.links[i].request);
    rd_buf_fini(&bench.template);
    if (bench.status == 0)
        bench_report(bench.answered - bench.refused, bench.refused,
                     (double)(bench_now_ns() - bench.begun_ns) / 1e9);
    return bench.status;
}
