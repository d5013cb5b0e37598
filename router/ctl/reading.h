/* What the commands about messages share: a feed of a place with its mapping, and files. Single
 * thread. */
#ifndef RD_CTL_READING_H
#define RD_CTL_READING_H

#include "ctl/ctl.h"
#include "ctl/sources.h"

enum { CTL_READING_ARENA_BYTES_MAX = 64 * 1024 * 1024 };

struct ctl_feed_reading {
    struct rd_rules *rules; /* the place's */
    struct ctl_reading reading;
    struct rd_arena arena; /* of the mapping */
};

/* The feed of --feed in the place of --place; its HL7 mapping, or the one in the file `mapping`
 * when that is given. CTL_OK, or a message on stderr and the exit status; close it either way. */
int ctl_feed_reading_open(const struct ctl_args *args, const char *mapping,
                          struct ctl_feed_reading *out);
void ctl_feed_reading_close(struct ctl_feed_reading *open);

/* A whole file, "-" standard input, appended. CTL_OK, or CTL_NO with a message. cmd_submit.c. */
int ctl_read_file(const char *path, struct rd_buf *out);
/* Without the bytes of a frame, when the file has a message as it was on the wire. Sets which codec
 * reads it. */
struct rd_text ctl_message_of(struct ctl_reading *reading, struct rd_text bytes);

#endif
