/* TLS for the doors (GnuTLS): TLS 1.2 and 1.3 only. A server with an authority takes clients with a
 * certificate of that authority and no others; a client verifies its server always, by name. The
 * credentials are constant once opened. Thread: any. */
#ifndef RD_LINK_TLS_H
#define RD_LINK_TLS_H

#include "base/err.h"
#include "base/instant.h"
#include "base/text.h"

enum { RD_TLS_NAME_MAX = 256, RD_TLS_FILE_BYTES_MAX = 256 * 1024 };

/* PEM files. A server has certificate and key; a client may. `authority` NULL: of a server, clients
 * need no certificate; of a client, the system's authorities. */
struct rd_tls_files {
    const char *certificate, *key, *authority;
};
struct rd_tls;

/* RD_E_IO: a file cannot be read; RD_E_INVALID: it holds no such thing, or key and certificate do
 * not belong together; RD_E_NOMEM. `why` names the file. */
RD_MUST_CHECK enum rd_err rd_tls_open_server(const struct rd_tls_files *files, struct rd_tls **out,
                                             struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_tls_open_client(const struct rd_tls_files *files, struct rd_tls **out,
                                             struct rd_errbuf *why);
/* Private key wiped. NULL allowed. Nothing that uses it may be open. */
void rd_tls_close(struct rd_tls *tls);
/* When our own certificate ends; 0: there is none. */
rd_instant rd_tls_expires(const struct rd_tls *tls);
/* Whether peers must show a certificate. */
bool rd_tls_asks(const struct rd_tls *tls);

#endif
