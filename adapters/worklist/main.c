/* referral-worklist: the pages of the teams and of the desk. */
#include "adapters/kit/door.h"
#include "adapters/kit/frame.h"
#include "adapters/kit/ops.h"
#include "adapters/worklist/pack.h"
#include "adapters/worklist/worklist.h"
#include "link/log.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char *staff_file, *tls_file, *pack_directory, *pack_every;

static const struct rd_frame_option own_options[] = {
    {"--staff", "FILE", "who may sign in (required); see adapters/worklist/README.md", &staff_file},
    {"--tls", "FILE", "the certificate of these pages; see adapters/README.md", &tls_file},
    {"--pack", "DIR", "keep a downtime pack in this folder, to print: all that is open, by team",
     &pack_directory},
    {"--pack-every", "SECONDS", "how often it is made anew (default 300)", &pack_every},
    {NULL, NULL, NULL, NULL},
};

static const struct rd_frame_program description = {
    .name = "referral-worklist",
    .purpose =
        "Serves the lists of the teams and the desk as web pages: claim, open, contact, close, "
        "triage, route.\nreferral-worklist --hash-password reads a password and prints its line "
        "for the staff file.",
    .listen = "127.0.0.1:8083",
    .queues = true,
    .options = own_options,
};

struct program {
    struct rd_frame frame;
    struct worklist worklist;
    struct rd_outbox *outbox;
    struct rd_httpd *httpd;
    struct rd_door *door;       /* NULL: plain HTTP */
    struct worklist_pack *pack; /* NULL: none is kept */
    struct rd_ops *ops;
    char names[WORKLIST_QUEUES_MAX][80];
    const char *watched[WORKLIST_QUEUES_MAX + 1];
    struct rd_text teams[WORKLIST_QUEUES_MAX];
    size_t teams_count;
};

static int hash_password(void)
{
    char password[WORKLIST_PASSWORD_BYTES_MAX + 2], hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 || fgets(password, sizeof password, stdin) == NULL) {
        (void)fprintf(stderr, "referral-worklist: no password on standard input\n");
        return RD_FRAME_BAD_USE;
    }
    size_t len = strcspn(password, "\r\n");
    if (len < WORKLIST_PASSWORD_BYTES_MIN || len > WORKLIST_PASSWORD_BYTES_MAX) {
        (void)fprintf(stderr, "referral-worklist: a password has %d to %d bytes\n",
                      WORKLIST_PASSWORD_BYTES_MIN, WORKLIST_PASSWORD_BYTES_MAX);
        return RD_FRAME_FAILED;
    }
    int failed = crypto_pwhash_str(hash, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                   crypto_pwhash_MEMLIMIT_INTERACTIVE);
    sodium_memzero(password, sizeof password);
    if (failed != 0) {
        (void)fprintf(stderr, "referral-worklist: out of memory\n");
        return RD_FRAME_FAILED;
    }
    printf("%s\n", hash);
    return RD_FRAME_OK;
}

static enum rd_err ask(void *asker, const struct rd_message *message, rd_outbox_answer *answer,
                       void *context)
{
    return rd_outbox_ask(asker, message, answer, context);
}

static void stop(void *context)
{
    struct program *program = context;
    worklist_pack_close(program->pack); /* before the outbox, which answers what waits */
    program->worklist.pack = NULL;
    rd_ops_close(program->ops);
    rd_httpd_close(program->httpd, NULL, NULL);
    rd_outbox_close(program->outbox, NULL, NULL);
    rd_door_close(program->door);
}

/* With an authority in the TLS file only a browser with one of its certificates comes in. */
static void on_request(void *context, struct rd_http_request *request)
{
    struct program *program = context;
    char name[RD_TLS_NAME_MAX];
    const struct rd_tls *tls = rd_door_tls(program->door);
    if (tls == NULL || !rd_tls_asks(tls) || rd_http_peer_name(request, name))
        worklist_handle(&program->worklist, request);
    else
        rd_http_answer(request, 403, "text/plain; charset=utf-8",
                       RD_TEXT("This page asks for a certificate: ring whoever looks after this "
                               "service.\n"),
                       NULL);
}

/* The queues of those teams that anybody of the staff is in. */
static enum rd_err choose_teams(struct program *program, struct rd_errbuf *why)
{
    const struct rd_place *place = program->frame.place;
    for (size_t i = 0; i < place->teams_count; i++) {
        struct rd_text name = place->teams[i].name;
        size_t count = program->teams_count;
        if (!worklist_staff_has_team(&program->worklist.staff, name))
            continue;
        if (count == WORKLIST_QUEUES_MAX)
            return rd_fail(why, RD_E_TOOBIG,
                           "%s: staff of more than %d teams: run one "
                           "referral-worklist for some, another for the rest",
                           staff_file, WORKLIST_QUEUES_MAX);
        (void)snprintf(program->names[count], sizeof program->names[count], "%.*s",
                       RD_TEXT_ARG(name));
        program->watched[count] = program->names[count];
        program->teams[count] = name;
        program->teams_count++;
    }
    return RD_OK;
}

static enum rd_err prepare(struct program *program, struct rd_errbuf *why)
{
    struct worklist *worklist = &program->worklist;
    worklist->place = program->frame.place;
    worklist->zone = rd_zone_find(program->frame.place->timezone);
    worklist->loop = &program->frame.loop;
    worklist->now = rd_frame_now;
    worklist->ask = ask;
    if (worklist->zone == NULL)
        return rd_fail(why, RD_E_INVALID, "place.yaml: the timezone is not known");
    enum rd_err err = worklist_staff_read(&worklist->staff, staff_file, worklist->place, why);
    if (err == RD_OK)
        err = choose_teams(program, why);
    if (err == RD_OK &&
        !worklist_queues_init(&worklist->queues, program->teams, program->teams_count))
        err = RD_E_TOOBIG;
    return err == RD_OK ? worklist_init(worklist) : err;
}

static const char *not_ready(void *context)
{
    const struct program *program = context;
    return program->worklist.queues.away ? "the router is away" : NULL;
}

static void put_metrics(void *context, struct rd_buf *out)
{
    const struct program *program = context;
    rd_ops_put(out, "referral_worklist_router_up", "gauge", "1 when the router is there.",
               program->worklist.queues.away ? 0 : 1);
    worklist_pack_metrics(program->pack, out);
    rd_door_metrics(program->door, "referral_worklist", out);
}

static enum rd_err open_pack(struct program *program, struct rd_errbuf *why)
{
    int64_t every_s = WORKLIST_PACK_EVERY_S;
    if (pack_directory == NULL && pack_every != NULL)
        return rd_fail(why, RD_E_INVALID, "--pack-every without --pack DIR");
    if (pack_directory == NULL)
        return RD_OK;
    if (pack_every != NULL &&
        (!rd_text_to_i64(rd_text_of(pack_every), &every_s) || every_s < WORKLIST_PACK_EVERY_MIN_S ||
         every_s > WORKLIST_PACK_EVERY_MAX_S))
        return rd_fail(why, RD_E_INVALID, "--pack-every %s: expected %d to %d seconds", pack_every,
                       WORKLIST_PACK_EVERY_MIN_S, WORKLIST_PACK_EVERY_MAX_S);
    const struct worklist_pack_options options = {.directory = pack_directory,
                                                  .every_s = (uint32_t)every_s};
    enum rd_err err = worklist_pack_open(&program->worklist, &options, &program->pack, why);
    program->worklist.pack = program->pack;
    return err;
}

static enum rd_err open_doors(struct program *program, const struct rd_httpd_options *httpd,
                              struct rd_errbuf *why)
{
    struct rd_frame *frame = &program->frame;
    const struct rd_ops_options ops = {
        .not_ready = not_ready, .metrics = put_metrics, .context = program};
    enum rd_err err = rd_httpd_open(&frame->loop, httpd, &program->httpd, why);
    if (err == RD_OK)
        err = rd_ops_open(frame, &ops, &program->ops, why);
    return err == RD_OK ? open_pack(program, why) : err;
}

static enum rd_err open_all(struct program *program, struct rd_errbuf *why)
{
    struct rd_frame *frame = &program->frame;
    const struct rd_outbox_options outbox = {.router = frame->queues,
                                             .router_public = frame->router_public,
                                             .own = &frame->own,
                                             .program = description.name,
                                             .version = "1",
                                             .queues = program->watched,
                                             .heard = worklist_heard,
                                             .context = &program->worklist};
    struct rd_httpd_options httpd = {.address = frame->listen_address,
                                     .port = frame->listen_port,
                                     .body_bytes_max = WORKLIST_BODY_BYTES_MAX,
                                     .handler = on_request,
                                     .context = program};
    enum rd_err err = prepare(program, why);
    if (err == RD_OK && tls_file != NULL)
        err = rd_door_read(tls_file, frame, &program->door, why);
    httpd.tls = rd_door_tls(program->door);
    if (err == RD_OK)
        err = rd_outbox_open(&frame->loop, frame->zcontext, &outbox, &program->outbox, why);
    if (err != RD_OK)
        return err;
    program->worklist.asker = program->outbox;
    err = open_doors(program, &httpd, why);
    if (err == RD_OK) {
        if (program->door != NULL)
            rd_door_watch(program->door, frame);
        rd_log(RD_LOG_NOTICE, "worklist.open",
               rd_log_name("address", rd_text_of(frame->listen_address)),
               rd_log_number("port", rd_httpd_port(program->httpd)),
               rd_log_number("tls", program->door != NULL),
               rd_log_number("teams", (int64_t)program->teams_count),
               rd_log_number("staff", (int64_t)program->worklist.staff.people_count));
        return RD_OK;
    }
    rd_ops_close(program->ops);
    rd_httpd_close(program->httpd, NULL, NULL);
    rd_outbox_close(program->outbox, NULL, NULL);
    (void)uv_run(&frame->loop, UV_RUN_DEFAULT);
    return err;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct rd_errbuf why = {""};
    if (argc == 2 && strcmp(argv[1], "--hash-password") == 0)
        return hash_password();
    if (!rd_frame_start(&program.frame, &description, argc, argv))
        return program.frame.exit_code;
    int code = RD_FRAME_FAILED;
    if (staff_file == NULL)
        (void)snprintf(why.text, sizeof why.text, "missing --staff; see --help");
    else if (open_all(&program, &why) == RD_OK)
        code = rd_frame_run(&program.frame, stop, &program);
    if (code == RD_FRAME_FAILED && why.text[0] != '\0')
        (void)fprintf(stderr, "%s: %s\n", description.name, why.text);
    worklist_fini(&program.worklist);
    rd_door_free(program.door);
    return code;
}
