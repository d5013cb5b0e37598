#include "link/zload.h"

#include "model/limits.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct rd_zload {
    atomic_size_t bytes;
    atomic_size_t holders; /* owners, and messages on their way */
};

struct box {
    struct rd_zload *load;
    size_t len;
    unsigned char bytes[];
};

struct rd_zload *rd_zload_new(void)
{
    struct rd_zload *load = malloc(sizeof *load);
    if (load == NULL)
        return NULL;
    atomic_init(&load->bytes, 0);
    atomic_init(&load->holders, 1);
    return load;
}

struct rd_zload *rd_zload_share(struct rd_zload *load)
{
    atomic_fetch_add(&load->holders, 1);
    return load;
}

void rd_zload_release(struct rd_zload *load)
{
    if (load != NULL && atomic_fetch_sub(&load->holders, 1) == 1)
        free(load);
}

/* On libzmq's thread, or on ours when the frame was not sent. */
static void on_closed(void *data, void *hint)
{
    struct box *box = hint;
    (void)data; /* inside the box */
    atomic_fetch_sub(&box->load->bytes, box->len);
    rd_zload_release(box->load);
    free(box);
}

enum rd_err rd_zload_frame(struct rd_zload *load, struct rd_text bytes, zmq_msg_t *frame)
{
    /* Only this thread adds, so what is read here can only have become less. */
    if (atomic_load(&load->bytes) + bytes.len > RD_PEER_BYTES_MAX)
        return RD_E_AGAIN;
    struct box *box = malloc(sizeof *box + bytes.len);
    if (box == NULL)
        return RD_E_NOMEM;
    box->load = rd_zload_share(load);
    box->len = bytes.len;
    atomic_fetch_add(&load->bytes, bytes.len);
    memcpy(box->bytes, bytes.ptr, bytes.len);
    if (zmq_msg_init_data(frame, box->bytes, box->len, on_closed, box) == 0)
        return RD_OK;
    on_closed(box->bytes, box);
    return RD_E_NOMEM;
}
