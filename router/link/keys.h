/* CURVE keys and what they allow. A secret key is a file of mode 0600 that only its owner's machine
 * has: NAME.key: "public = z85", "secret = z85" The router knows public keys in
 * STATE/keys/NAME.pub, YAML: name, role, feeds, teams, public. Secrets are never logged and are
 * wiped when freed. Thread: any; no state. */
#ifndef RD_LINK_KEYS_H
#define RD_LINK_KEYS_H

#include "base/err.h"
#include "model/place.h"

enum { RD_Z85_TEXT_MAX = 41 }; /* 40 characters and NUL */

struct rd_keypair {
    char public_z85[RD_Z85_TEXT_MAX];
    char secret_z85[RD_Z85_TEXT_MAX];
};

RD_MUST_CHECK enum rd_err rd_keypair_new(struct rd_keypair *out);
RD_MUST_CHECK enum rd_err rd_keypair_read(const char *path, struct rd_keypair *out,
                                          struct rd_errbuf *why);
/* Creates the file with mode 0600; refuses to overwrite. */
RD_MUST_CHECK enum rd_err rd_keypair_write(const char *path, const struct rd_keypair *pair,
                                           struct rd_errbuf *why);
void rd_keypair_wipe(struct rd_keypair *pair);
/* Reads only the public key of a .key or .pub file. */
RD_MUST_CHECK enum rd_err rd_public_key_read(const char *path, char out[RD_Z85_TEXT_MAX],
                                             struct rd_errbuf *why);

struct rd_key_table;
/* Every *.pub of the directory. RD_E_INVALID names file, line, column and what was expected. */
RD_MUST_CHECK enum rd_err rd_key_table_load(const char *directory, struct rd_key_table **out,
                                            struct rd_errbuf *why);
void rd_key_table_free(struct rd_key_table *table);
/* NULL: unknown. Borrowed from the table. */
const struct rd_identity *rd_key_table_find(const struct rd_key_table *table,
                                            struct rd_text public_z85);
const struct rd_identity *rd_key_table_user(const struct rd_key_table *table, struct rd_text user);
/* Writes NAME.pub. RD_E_CONFLICT when there is one. */
RD_MUST_CHECK enum rd_err rd_key_register(const char *directory, const struct rd_identity *identity,
                                          const char *public_z85, struct rd_errbuf *why);

#endif
