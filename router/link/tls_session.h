/* What stream.c and httpd.c need of the credentials. Not for others. */
#ifndef RD_LINK_TLS_SESSION_H
#define RD_LINK_TLS_SESSION_H

#include "base/buf.h"
#include "link/tls.h"

#include <gnutls/gnutls.h>

#define RD_TLS_PRIORITY "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

struct rd_tls {
    gnutls_certificate_credentials_t credentials;
    bool server, asks;
    rd_instant expires;
    struct rd_buf certificate, key, authority; /* PEM, NUL-terminated; empty: none */
};

/* The name in a verified peer's certificate: its first DNS name, else its common name. False: it
 * showed none, or one that is not of the authority, out of date, or without a name. */
bool rd_tls_peer_name(gnutls_session_t session, char out[RD_TLS_NAME_MAX]);

#endif
