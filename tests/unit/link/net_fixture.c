#include "net_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const net_user_names[NET_USERS] = {"kgh-pas", "las-cad", "tablet-1"};

static void on_watchdog(uv_timer_t *timer)
{
    struct net *net = timer->data;
    net->late = true;
    uv_stop(&net->loop);
}

bool net_run(struct net *net, unsigned ms)
{
    /* The watchdog's own waking lets what starved come through in the same turn of the loop: so the
     * time counts too. */
    uint64_t until = uv_hrtime() + (uint64_t)ms * 1000000;
    net->late = false;
    uv_update_time(&net->loop);
    assert_int_equal(uv_timer_start(&net->watchdog, on_watchdog, ms, 0), 0);
    uv_run(&net->loop, UV_RUN_DEFAULT);
    uv_timer_stop(&net->watchdog);
    return !net->late && uv_hrtime() < until;
}

void net_rest(struct net *net, unsigned ms)
{
    uint64_t until = uv_hrtime() + (uint64_t)ms * 1000000;
    while (uv_hrtime() < until)
        (void)net_run(net, (unsigned)((until - uv_hrtime()) / 1000000 + 1));
}

const char *net_path(const struct net *net, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", net->directory, name);
    return out;
}

int net_setup(void **state)
{
    struct net *net = calloc(1, sizeof *net);
    struct rd_errbuf why;
    assert_non_null(net);
    strncpy(net->directory, "/tmp/rd-net-XXXXXX", sizeof net->directory - 1);
    assert_non_null(mkdtemp(net->directory));
    assert_int_equal(rd_keypair_new(&net->router), RD_OK);
    for (size_t i = 0; i < NET_USERS; i++) {
        struct rd_identity identity = {.user = rd_text_of(net_user_names[i]),
                                       .role = RD_IDENTITY_ADAPTER};
        assert_int_equal(rd_keypair_new(&net->users[i]), RD_OK);
        assert_int_equal(rd_key_register(net->directory, &identity, net->users[i].public_z85, &why),
                         RD_OK);
    }
    assert_int_equal(rd_key_table_load(net->directory, &net->keys, &why), RD_OK);
    assert_int_equal(uv_loop_init(&net->loop), 0);
    assert_int_equal(uv_timer_init(&net->loop, &net->watchdog), 0);
    net->watchdog.data = net;
    assert_int_equal(rd_zcontext_new(&net->loop, &net->zcontext, &why), RD_OK);
    assert_int_equal(rd_zcontext_serve_zap(net->zcontext, net->keys, &why), RD_OK);
    *state = net;
    return 0;
}

static void remove_directory(const char *directory)
{
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        unlink(path);
    }
    closedir(dir);
    rmdir(directory);
}

int net_teardown(void **state)
{
    struct net *net = *state;
    rd_zcontext_stop(net->zcontext);
    uv_unref((uv_handle_t *)&net->watchdog);
    if (!net_run(net, 3000)) {
        /* What a failed test left open is lost, so that its failure is what is seen. */
        print_error("handles were left open\n");
        return -1;
    }
    uv_close((uv_handle_t *)&net->watchdog, NULL);
    uv_run(&net->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&net->loop), 0);
    rd_zcontext_free(net->zcontext);
    rd_key_table_free(net->keys);
    remove_directory(net->directory);
    free(net);
    return 0;
}

struct rd_zsock *net_bind(struct net *net, enum rd_zsock_type type, rd_zsock_received *received,
                          void *context)
{
    struct rd_errbuf why = {{0}};
    struct rd_zsock *zsock = NULL;
    struct rd_zsock_options options = {.type = type,
                                       .endpoint = "tcp://127.0.0.1:0",
                                       .bind = true,
                                       .own = &net->router,
                                       .received = received,
                                       .context = context};
    if (rd_zsock_open(net->zcontext, &options, &zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
    return zsock;
}

struct rd_zsock *net_connect(struct net *net, enum rd_zsock_type type, size_t user,
                             const struct rd_zsock *to, rd_zsock_received *received, void *context)
{
    struct rd_errbuf why = {{0}};
    struct rd_zsock *zsock = NULL;
    struct rd_zsock_options options = {.type = type,
                                       .endpoint = rd_zsock_endpoint(to),
                                       .own = &net->users[user],
                                       .server_public = net->router.public_z85,
                                       .received = received,
                                       .context = context};
    if (rd_zsock_open(net->zcontext, &options, &zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
    return zsock;
}
