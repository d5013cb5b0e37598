/* From the door to a team: REF^I12 frames to referral-mllp at a fixed rate, whether or not the ones
 * before are answered, and a subscriber of every queue in the same process. A latency runs from the
 * write of a frame to the arrival of its LEAD assignment at the subscriber; the acknowledgement
 * ties the two together (MSA-2 our control id, MSA-3 the referral). Prints two lines of JSON:
 * assignments, acknowledgements. Without --queues any other HL7 listener can be asked the same
 * frames: then the acknowledgements are all there is. --connect each opens a connection for every
 * frame (its time counts) and closes it at the answer, for listeners that answer one message a
 * connection. Sends to 127.0.0.1 only; bounded in time and count. */
#include "adapters/hl7v2/mllp_frame.h"
#include "adapters/kit/outbox.h"
#include "bench_record.h"
#include "bench_sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTIONS = 4,
    QUEUES_MAX = 64,
    RATE_MAX = 1000,
    SECONDS_MAX = 120,
    SENT_MAX = RATE_MAX * SECONDS_MAX,
    WAITING_MAX = 4096,
    REFERRAL_BYTES = 16,
    MESSAGE_MAX = 65536,
    DRAIN_MS = 15000,
};

static const char usage[] =
    "usage: bench_mllp --mllp PORT --place DIR --rate N --seconds S --body BYTES\n"
    "                  [--connect once|each]\n"
    "                  [--queues tcp://127.0.0.1:PORT --router-key FILE --key FILE --queue "
    "NAME...]\n";

struct bench;
struct frame {
    uv_write_t write;
    size_t len;
    char bytes[];
};
struct link {
    struct bench *bench;
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct rd_mllp answers;
    struct frame *first; /* --connect each: what it is opened for, until it is written */
    char chunk[MESSAGE_MAX];
};
/* Half of a pair: an acknowledged referral without its row, or a row without its acknowledgement.
 */
struct half {
    char referral[REFERRAL_BYTES];
    uint64_t number; /* acknowledged: whose */
    uint64_t at_ns;  /* row: when it came */
};
struct halves {
    struct half items[WAITING_MAX];
    size_t count;
};

struct bench {
    uv_loop_t loop;
    uv_timer_t send, stop;
    struct rd_zcontext *zcontext;
    struct rd_outbox *outbox;
    struct rd_keypair own;
    struct link links[CONNECTIONS];
    struct bench_record record;
    struct bench_postcodes postcodes;
    const char *queue_names[QUEUES_MAX + 1];
    size_t queues_count, queues_ready, links_ready;
    uint64_t rate, seconds, body, sent, acknowledged, matched, refused;
    uint64_t begun_ns;
    uint64_t sent_ns[SENT_MAX + 1];
    float ack_us[SENT_MAX + 1];
    struct halves acks, rows;
    int port, status;
    bool each, going, ended;
    const char *queues, *router_key, *key, *place;
};

static void finish(struct bench *bench)
{
    if (bench->ended)
        return;
    bench->ended = true;
    if (bench->outbox != NULL)
        rd_outbox_close(bench->outbox, NULL, NULL);
    uv_close((uv_handle_t *)&bench->send, NULL);
    uv_close((uv_handle_t *)&bench->stop, NULL);
    for (size_t i = 0; i < CONNECTIONS && !bench->each; i++)
        uv_close((uv_handle_t *)&bench->links[i].tcp, NULL);
}

static void die(struct bench *bench, const char *words)
{
    (void)fprintf(stderr, "bench_mllp: %s\n", words);
    bench->status = 1;
    finish(bench);
}

static bool take(struct halves *halves, struct rd_text referral, struct half *out)
{
    for (size_t i = 0; i < halves->count; i++) {
        if (!rd_text_is(referral, halves->items[i].referral))
            continue;
        *out = halves->items[i];
        halves->items[i] = halves->items[--halves->count];
        return true;
    }
    return false;
}

static bool leave(struct halves *halves, struct rd_text referral, uint64_t number, uint64_t at_ns)
{
    if (halves->count == WAITING_MAX || referral.len >= REFERRAL_BYTES)
        return false;
    struct half *half = &halves->items[halves->count++];
    *half = (struct half){.number = number, .at_ns = at_ns};
    memcpy(half->referral, referral.ptr, referral.len);
    return true;
}

static bool is_all(const struct bench *bench, uint64_t count)
{
    return count == bench->rate * bench->seconds;
}

/* Both halves are there. */
static void matched(struct bench *bench, uint64_t number, uint64_t at_ns)
{
    bench_sample_us((float)(at_ns - bench->sent_ns[number]) / 1000.0F);
    if (is_all(bench, ++bench->matched))
        finish(bench);
}

static void on_row(struct bench *bench, const struct rd_row *row)
{
    struct half other;
    uint64_t now = bench_now_ns();
    if (row == NULL || row->role != RD_ROLE_LEAD || row->delivered_at != 0)
        return;
    if (take(&bench->acks, row->referral, &other))
        matched(bench, other.number, now);
    else if (!leave(&bench->rows, row->referral, 0, now))
        die(bench, "too many assignments without an acknowledgement");
}

static struct rd_text part(struct rd_text text, char until)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != until && text.ptr[len] != '\r')
        len++;
    return (struct rd_text){text.ptr, len};
}

static struct rd_text after(struct rd_text text, size_t len)
{
    return rd_text_slice(text, len < text.len ? len + 1 : text.len, text.len);
}

static void on_ack(struct bench *bench, struct rd_text message)
{
    size_t at = rd_text_find(message, '\r', 0);
    struct rd_text rest = rd_text_slice(message, at + 1 < message.len ? at + 1 : 0, message.len);
    struct rd_text segment = part(rest, '|');
    rest = after(rest, segment.len);
    struct rd_text code = part(rest, '|');
    rest = after(rest, code.len);
    struct rd_text control = part(rest, '|');
    rest = after(rest, control.len);
    struct rd_text referral = part(rest, '|');
    struct half other;
    char text[24] = {0};
    memcpy(text, control.ptr, control.len < sizeof text - 1 ? control.len : sizeof text - 1);
    uint64_t number = text[0] == 'B' ? strtoull(text + 1, NULL, 10) : 0;
    if (!rd_text_is(segment, "MSA") || !rd_text_is(code, "AA") || number == 0 ||
        number > bench->sent || (bench->queues != NULL && referral.len == 0)) {
        bench->refused++;
        die(bench, "a message was not accepted");
        return;
    }
    bench->ack_us[bench->acknowledged++] =
        (float)(bench_now_ns() - bench->sent_ns[number]) / 1000.0F;
    if (bench->queues == NULL) {
        if (is_all(bench, bench->acknowledged))
            finish(bench);
    } else if (take(&bench->rows, referral, &other))
        matched(bench, number, other.at_ns);
    else if (!leave(&bench->acks, referral, number, 0))
        die(bench, "too many acknowledgements without an assignment");
}

static size_t write_message(struct bench *bench, uint64_t number, char *out, size_t size)
{
    const struct bench_record *record = &bench->record;
    bench_record_set(&bench->record, &bench->postcodes, RD_ACTION_NEW, number);
    int len = snprintf(
        out, size,
        "\vMSH|^~\\&|BENCH|Y99101|SPA|REDBRIDGE|20261121090000+0000||REF^I12^REF_I12|B%" PRIu64
        "|P|2.4\rRF1|A^Accepted|R||||R%" PRIu64 "^Y99101|20261121085500+0000|||^%s\r"
        "PRD|RP^Referring Provider|ROE^RAY^^^DR||||020 7946 0001|Y99101\r"
        "PID|1||%s^^^NHS||%s^Edith||%.4s%.2s%.2s|F|||%s^^LONDON^^%.*s||020 7946 0000\r"
        "PD1|||Surgery^^Y99101\r",
        number, number, record->need.words.ptr, record->nhs_number, record->family, record->birth,
        record->birth + 5, record->birth + 8, record->street, (int)record->address.postcode.len,
        record->address.postcode.ptr);
    for (int note = 1; len > 0 && (size_t)len + 160 < bench->body; note++)
        len += snprintf(out + len, size - (size_t)len,
                        "NTE|%d||Found on the kitchen floor by her daughter, alert, no injury "
                        "seen, cannot rise.\r",
                        note);
    if (len <= 0 || (size_t)len + 3 > size)
        return 0;
    memcpy(out + len, "\x1c\r", 2);
    return (size_t)len + 2;
}

static void on_written(uv_write_t *write, int status)
{
    struct bench *bench = write->data;
    free(write);
    if (status != 0 && !bench->ended)
        die(bench, "the listener closed a connection");
}

/* Takes the frame, also when it fails. */
static void write_frame(struct link *link, struct frame *frame)
{
    uv_buf_t buf = uv_buf_init(frame->bytes, (unsigned)frame->len);
    frame->write.data = link->bench;
    if (uv_write(&frame->write, (uv_stream_t *)&link->tcp, &buf, 1, on_written) != 0) {
        free(frame);
        die(link->bench, "a frame cannot be written");
    }
}

static bool open_link(struct bench *bench, struct link *link);

static void send_frame(struct bench *bench, struct frame *frame)
{
    struct link *link = &bench->links[bench->sent % CONNECTIONS];
    if (bench->each && (link = calloc(1, sizeof *link)) == NULL) {
        free(frame);
        die(bench, "no memory");
        return;
    }
    bench->sent_ns[++bench->sent] = bench_now_ns();
    if (!bench->each) {
        write_frame(link, frame);
        return;
    }
    link->first = frame;
    if (!open_link(bench, link))
        die(bench, "no connection for a frame");
}

/* One frame at its time; those whose time has passed while the loop was busy go out now. */
static void on_send(uv_timer_t *timer)
{
    struct bench *bench = timer->data;
    uint64_t all = bench->rate * bench->seconds;
    uint64_t due = (bench_now_ns() - bench->begun_ns) * bench->rate / 1000000000U + 1;
    while (bench->sent < due && bench->sent < all && !bench->ended) {
        struct frame *frame = malloc(sizeof *frame + MESSAGE_MAX);
        if (frame != NULL)
            frame->len = write_message(bench, bench->sent + 1, frame->bytes, MESSAGE_MAX);
        if (frame == NULL || frame->len == 0) {
            free(frame);
            die(bench, "a message does not fit");
            return;
        }
        send_frame(bench, frame);
    }
    if (bench->sent == all)
        (void)uv_timer_stop(timer);
}

static void on_stop(uv_timer_t *timer)
{
    die(timer->data, "not every message was answered and assigned in time");
}

static void begin(struct bench *bench)
{
    if (bench->going || bench->ended || (!bench->each && bench->links_ready < CONNECTIONS) ||
        bench->queues_ready < bench->queues_count)
        return;
    bench->going = true;
    bench->begun_ns = bench_now_ns();
    uint64_t tick_ms = bench->rate >= 1000 ? 1 : 1000 / bench->rate;
    if (uv_timer_start(&bench->send, on_send, 0, tick_ms) != 0 ||
        uv_timer_start(&bench->stop, on_stop, bench->seconds * 1000 + DRAIN_MS, 0) != 0)
        die(bench, "no timer");
}

static void heard(void *context, const struct rd_message *message)
{
    struct bench *bench = context;
    if (message == NULL && !bench->ended && bench->going)
        die(bench, "the router went away");
    if (message == NULL)
        return;
    if (message->change != NULL)
        on_row(bench, message->change->row);
    if (message->snapshot_end == NULL)
        return;
    bench->queues_ready++;
    begin(bench);
}

static void on_trouble(void *context, const char *words)
{
    die(context, words);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct link *link = handle->data;
    (void)suggested;
    *buf = uv_buf_init(link->chunk, sizeof link->chunk);
}

static void on_link_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    rd_mllp_fini(&link->answers);
    free(link->first);
    free(link);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    struct bench *bench = link->bench;
    enum rd_mllp_found found = RD_MLLP_MORE;
    uint64_t before = bench->acknowledged;
    if (got == 0 || bench->ended)
        return;
    if (got < 0 || rd_mllp_put(&link->answers, (struct rd_text){buf->base, (size_t)got}) != RD_OK) {
        die(bench, "the listener closed a connection");
        return;
    }
    while (!bench->ended && (found = rd_mllp_next(&link->answers)) == RD_MLLP_MESSAGE)
        on_ack(bench, rd_mllp_message(&link->answers));
    if (!bench->ended && found != RD_MLLP_MORE)
        die(bench, "an answer is no whole frame");
    if (bench->each && bench->acknowledged > before)
        uv_close((uv_handle_t *)stream, on_link_closed);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct link *link = connect->data;
    if (status == UV_ECANCELED)
        return;
    if (status != 0 || uv_tcp_nodelay(&link->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&link->tcp, on_alloc, on_read) != 0) {
        die(link->bench, "the listener cannot be reached");
        return;
    }
    link->bench->links_ready++;
    if (link->bench->each) {
        write_frame(link, link->first);
        link->first = NULL;
    } else {
        begin(link->bench);
    }
}

static bool open_link(struct bench *bench, struct link *link)
{
    struct sockaddr_in address;
    link->bench = bench;
    link->tcp.data = link->connect.data = link;
    rd_mllp_init(&link->answers, rd_alloc_heap(), MESSAGE_MAX);
    return uv_ip4_addr("127.0.0.1", bench->port, &address) == 0 &&
           uv_tcp_init(&bench->loop, &link->tcp) == 0 &&
           uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&address,
                          on_connected) == 0;
}

static enum rd_err open_queues(struct bench *bench, struct rd_errbuf *why)
{
    static char router_public[RD_Z85_TEXT_MAX];
    enum rd_err err = rd_public_key_read(bench->router_key, router_public, why);
    if (err == RD_OK)
        err = rd_keypair_read(bench->key, &bench->own, why);
    if (err == RD_OK)
        err = rd_zcontext_new(&bench->loop, &bench->zcontext, why);
    const struct rd_outbox_options options = {.router = bench->queues,
                                              .router_public = router_public,
                                              .own = &bench->own,
                                              .program = "bench_mllp",
                                              .version = "1",
                                              .queues = bench->queue_names,
                                              .heard = heard,
                                              .trouble = on_trouble,
                                              .context = bench};
    if (err == RD_OK)
        err = rd_outbox_open(&bench->loop, bench->zcontext, &options, &bench->outbox, why);
    return err;
}

static bool open_all(struct bench *bench)
{
    struct rd_errbuf why = {{0}};
    enum rd_err err = bench->queues == NULL ? RD_OK : open_queues(bench, &why);
    for (size_t i = 0; i < CONNECTIONS && err == RD_OK && !bench->each; i++)
        if (!open_link(bench, &bench->links[i]))
            err = rd_fail(&why, RD_E_IO, "no connection to port %d", bench->port);
    if (err != RD_OK)
        (void)fprintf(stderr, "bench_mllp: %s\n", why.text);
    else
        begin(bench);
    return err == RD_OK;
}

static bool set(struct bench *bench, const char *name, const char *value)
{
    if (strcmp(name, "--queues") == 0)
        bench->queues = value;
    else if (strcmp(name, "--router-key") == 0)
        bench->router_key = value;
    else if (strcmp(name, "--key") == 0)
        bench->key = value;
    else if (strcmp(name, "--place") == 0)
        bench->place = value;
    else if (strcmp(name, "--connect") == 0)
        bench->each = strcmp(value, "each") == 0;
    else if (strcmp(name, "--mllp") == 0)
        bench->port = (int)bench_number(value, 65535);
    else if (strcmp(name, "--rate") == 0)
        bench->rate = bench_number(value, RATE_MAX);
    else if (strcmp(name, "--seconds") == 0)
        bench->seconds = bench_number(value, SECONDS_MAX);
    else if (strcmp(name, "--body") == 0)
        bench->body = bench_number(value, MESSAGE_MAX / 2);
    else if (strcmp(name, "--queue") == 0 && bench->queues_count < QUEUES_MAX)
        bench->queue_names[bench->queues_count++] = value;
    else
        return false;
    return true;
}

static bool parse(struct bench *bench, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (!set(bench, argv[i], argv[i + 1]))
            return false;
    if (bench->queues != NULL &&
        (strncmp(bench->queues, "tcp://127.0.0.1:", 16) != 0 || bench->router_key == NULL ||
         bench->key == NULL || bench->queues_count == 0))
        return false;
    return argc % 2 == 1 && bench->place != NULL && bench->port != 0 && bench->rate != 0 &&
           bench->seconds != 0 && bench->body != 0;
}

static void report(struct bench *bench)
{
    double seconds = (double)(bench_now_ns() - bench->begun_ns) / 1e9;
    if (bench->queues != NULL) {
        bench_report(bench->matched, bench->refused, seconds);
        bench_forget();
    }
    for (uint64_t i = 0; i < bench->acknowledged; i++)
        bench_sample_us(bench->ack_us[i]);
    bench_report(bench->acknowledged, bench->refused, seconds);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (!parse(&bench, argc, argv)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    bench_record_init(&bench.record, "bench-1", 0);
    bench.send.data = bench.stop.data = &bench;
    if (!bench_postcodes_read(bench.place, &bench.postcodes) || uv_loop_init(&bench.loop) != 0 ||
        uv_timer_init(&bench.loop, &bench.send) != 0 ||
        uv_timer_init(&bench.loop, &bench.stop) != 0 || !open_all(&bench))
        return 1;
    (void)uv_run(&bench.loop, UV_RUN_DEFAULT);
    rd_zcontext_free(bench.zcontext);
    (void)uv_loop_close(&bench.loop); /* the process ends */
    for (size_t i = 0; i < CONNECTIONS && !bench.each; i++)
        rd_mllp_fini(&bench.links[i].answers);
    if (bench.status == 0)
        report(&bench);
    return bench.status;
}
