#include "adapters/kit/post.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <curl/curl.h>
#include <stdlib.h>

struct exchange {
    struct rd_poster *poster;
    CURL *easy;
    struct curl_slist *headers;
    struct rd_buf answer;
    rd_post_done *done;
    void *context;
    char trouble[CURL_ERROR_SIZE];
    struct exchange *next, **link;
};
struct watched { /* a socket of libcurl's */
    uv_poll_t poll;
    struct rd_poster *poster;
    curl_socket_t socket;
};
struct rd_poster {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct exchange *exchanges;
};

static void exchange_free(struct exchange *exchange)
{
    if (exchange->link != NULL) {
        *exchange->link = exchange->next;
        if (exchange->next != NULL)
            exchange->next->link = exchange->link;
        (void)curl_multi_remove_handle(exchange->poster->multi, exchange->easy);
    }
    curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->headers);
    rd_buf_fini(&exchange->answer);
    free(exchange);
}

static void finish(struct exchange *exchange, CURLcode result)
{
    long status = 0;
    curl_off_t retry = 0;
    struct rd_posted posted = {.words = ""};
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry);
    if (result == CURLE_OK && status > 0) {
        posted.status = (unsigned)status;
        posted.body = rd_buf_text(&exchange->answer);
        posted.retry_after_s = retry > 0 && retry < 86400 ? (uint32_t)retry : 0;
    } else {
        posted.words =
            exchange->trouble[0] != '\0' ? exchange->trouble : curl_easy_strerror(result);
    }
    exchange->done(exchange->context, &posted);
    exchange_free(exchange);
}

static void finish_done(struct rd_poster *poster)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(poster->multi, &left)) != NULL) {
        char *exchange = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        finish((struct exchange *)(void *)exchange, result);
    }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    struct rd_poster *poster = watched->poster;
    int running = 0;
    int flags = ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0) |
                (status < 0 ? CURL_CSELECT_ERR : 0);
    (void)curl_multi_socket_action(poster->multi, watched->socket, flags, &running);
    finish_done(poster);
}

static void on_timer(uv_timer_t *timer)
{
    struct rd_poster *poster = timer->data;
    int running = 0;
    (void)curl_multi_socket_action(poster->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(poster);
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct rd_poster *poster = context;
    (void)multi;
    if (timeout_ms < 0)
        return uv_timer_stop(&poster->timer);
    return uv_timer_start(&poster->timer, on_timer, timeout_ms == 0 ? 1 : (uint64_t)timeout_ms, 0);
}

static void free_watched(uv_handle_t *handle)
{
    free(handle->data);
}

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
    struct rd_poster *poster = context;
    struct watched *watched = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            uv_close((uv_handle_t *)&watched->poll, free_watched);
        return 0;
    }
    if (watched == NULL) {
        watched = calloc(1, sizeof *watched);
        if (watched == NULL || uv_poll_init_socket(poster->loop, &watched->poll, socket) != 0) {
            free(watched);
            return -1;
        }
        watched->poster = poster;
        watched->socket = socket;
        watched->poll.data = watched;
        (void)curl_multi_assign(poster->multi, socket, watched);
    }
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    return uv_poll_start(&watched->poll, events, on_ready);
}

enum rd_err rd_poster_open(uv_loop_t *loop, struct rd_poster **out, struct rd_errbuf *why)
{
    struct rd_poster *poster = calloc(1, sizeof *poster);
    *out = NULL;
    if (poster == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        (poster->multi = curl_multi_init()) == NULL) {
        free(poster);
        return rd_fail(why, RD_E_NOMEM, "the HTTP client cannot be started");
    }
    poster->loop = loop;
    (void)uv_timer_init(loop, &poster->timer); /* cannot fail */
    poster->timer.data = poster;
    (void)curl_multi_setopt(poster->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    (void)curl_multi_setopt(poster->multi, CURLMOPT_SOCKETDATA, poster);
    (void)curl_multi_setopt(poster->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    (void)curl_multi_setopt(poster->multi, CURLMOPT_TIMERDATA, poster);
    *out = poster;
    return RD_OK;
}

static size_t keep_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t room = RD_POST_ANSWER_MAX - rd_buf_text(&exchange->answer).len;
    size_t len = size * count;
    rd_buf_put(&exchange->answer, bytes, len < room ? len : room);
    return len; /* the rest is read and dropped: the partner has said enough */
}

static bool set_headers(struct exchange *exchange, const char *const *headers)
{
    /* No "Expect: 100-continue": some servers answer it late. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list != NULL && headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers[i]);
        if (longer == NULL)
            curl_slist_free_all(list);
        list = longer;
    }
    exchange->headers = list;
    return list != NULL && curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, list) == CURLE_OK;
}

static bool set_file(CURL *easy, CURLoption option, const char *file)
{
    return file == NULL || curl_easy_setopt(easy, option, file) == CURLE_OK;
}

static bool set_up(struct exchange *exchange, const struct rd_post *post)
{
    CURL *easy = exchange->easy;
    return set_headers(exchange, post->headers) &&
           curl_easy_setopt(easy, CURLOPT_URL, post->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, post->body.ptr) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)post->timeout_s) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->trouble) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange) == CURLE_OK &&
           set_file(easy, CURLOPT_CAINFO, post->authority) &&
           set_file(easy, CURLOPT_SSLCERT, post->certificate) &&
           set_file(easy, CURLOPT_SSLKEY, post->key);
}

enum rd_err rd_post_send(struct rd_poster *poster, const struct rd_post *post, rd_post_done *done,
                         void *context, struct rd_errbuf *why)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for a request");
    exchange->poster = poster;
    exchange->done = done;
    exchange->context = context;
    exchange->easy = curl_easy_init();
    rd_buf_init(&exchange->answer, rd_alloc_heap());
    if (exchange->easy == NULL || !set_up(exchange, post)) {
        exchange_free(exchange);
        return rd_fail(why, RD_E_INVALID, "libcurl takes no such request");
    }
    exchange->next = poster->exchanges;
    exchange->link = &poster->exchanges;
    if (exchange->next != NULL)
        exchange->next->link = &exchange->next;
    poster->exchanges = exchange;
    if (curl_multi_add_handle(poster->multi, exchange->easy) == CURLM_OK)
        return RD_OK;
    exchange_free(exchange);
    return rd_fail(why, RD_E_NOMEM, "libcurl takes no further request");
}

static void free_poster(uv_handle_t *handle)
{
    free(handle->data);
}

void rd_poster_close(struct rd_poster *poster)
{
    if (poster == NULL)
        return;
    while (poster->exchanges != NULL)
        exchange_free(poster->exchanges);
    (void)curl_multi_cleanup(poster->multi);
    uv_close((uv_handle_t *)&poster->timer, free_poster);
    curl_global_cleanup();
}
