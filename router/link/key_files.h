/* What keys.c (pairs) and key_table.c (NAME.pub files) share. Thread: any; no state. */
#ifndef RD_LINK_KEY_FILES_H
#define RD_LINK_KEY_FILES_H

#include "link/keys.h"

#include <sys/types.h>

/* Whole text is a key of 40 z85 characters; `out` gets it with a NUL. */
bool rd_key_parse(struct rd_text text, char out[RD_Z85_TEXT_MAX]);
/* Creates the file whole or not at all. RD_E_CONFLICT when there is one of that name. */
RD_MUST_CHECK enum rd_err rd_key_file_create(const char *path, mode_t mode, struct rd_text bytes,
                                             struct rd_errbuf *why);
/* The public key of a NAME.pub file. */
RD_MUST_CHECK enum rd_err rd_pub_file_read(const char *path, char out[RD_Z85_TEXT_MAX],
                                           struct rd_errbuf *why);

#endif
