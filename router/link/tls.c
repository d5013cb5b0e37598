#include "link/tls.h"

#include "base/alloc.h"
#include "conf/read_file.h"
#include "link/tls_session.h"

#include <gnutls/x509.h>
#include <sodium.h>
#include <stdlib.h>

static enum rd_err read_pem(const char *path, struct rd_buf *out, struct rd_errbuf *why)
{
    if (path == NULL)
        return RD_OK;
    enum rd_err err = rd_read_file(path, RD_TLS_FILE_BYTES_MAX, out, why);
    if (err == RD_OK)
        rd_buf_put(out, "", 1);
    return err == RD_OK && out->failed ? RD_E_NOMEM : err;
}

static gnutls_datum_t datum_of(const struct rd_buf *pem)
{
    return (gnutls_datum_t){(unsigned char *)pem->bytes, (unsigned)(pem->len - 1)};
}

static rd_instant expiry_of(const struct rd_buf *pem)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = datum_of(pem);
    rd_instant expires = 0;
    if (gnutls_x509_crt_init(&certificate) < 0)
        return 0;
    if (gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM) >= 0)
        expires = (rd_instant)gnutls_x509_crt_get_expiration_time(certificate) * RD_SECOND_US;
    gnutls_x509_crt_deinit(certificate);
    return expires;
}

static enum rd_err set_own(struct rd_tls *tls, const struct rd_tls_files *files,
                           struct rd_errbuf *why)
{
    if (files->certificate == NULL)
        return RD_OK;
    gnutls_datum_t certificate = datum_of(&tls->certificate);
    gnutls_datum_t key = datum_of(&tls->key);
    int status = gnutls_certificate_set_x509_key_mem(tls->credentials, &certificate, &key,
                                                     GNUTLS_X509_FMT_PEM);
    if (status < 0)
        return rd_fail(why, RD_E_INVALID,
                       "%s and %s: %s; expected a certificate and its private key, both PEM",
                       files->certificate, files->key, gnutls_strerror(status));
    tls->expires = expiry_of(&tls->certificate);
    return RD_OK;
}

static enum rd_err set_authority(struct rd_tls *tls, const struct rd_tls_files *files,
                                 struct rd_errbuf *why)
{
    if (files->authority == NULL) {
        if (tls->server)
            return RD_OK;
        return gnutls_certificate_set_x509_system_trust(tls->credentials) > 0
                   ? RD_OK
                   : rd_fail(why, RD_E_INVALID,
                             "this machine has no certificate authorities: "
                             "install ca-certificates, or name one");
    }
    gnutls_datum_t authority = datum_of(&tls->authority);
    int count =
        gnutls_certificate_set_x509_trust_mem(tls->credentials, &authority, GNUTLS_X509_FMT_PEM);
    if (count <= 0)
        return rd_fail(why, RD_E_INVALID, "%s: expected the certificates of an authority, PEM",
                       files->authority);
    tls->asks = tls->server;
    return RD_OK;
}

static enum rd_err open_tls(const struct rd_tls_files *files, bool server, struct rd_tls **out,
                            struct rd_errbuf *why)
{
    struct rd_tls *tls = calloc(1, sizeof *tls);
    *out = NULL;
    if (tls == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for TLS");
    tls->server = server;
    rd_buf_init(&tls->certificate, rd_alloc_heap());
    rd_buf_init(&tls->key, rd_alloc_heap());
    rd_buf_init(&tls->authority, rd_alloc_heap());
    enum rd_err err = RD_OK;
    if ((files->certificate == NULL) != (files->key == NULL) ||
        (server && files->certificate == NULL))
        err = rd_fail(why, RD_E_INVALID, "TLS needs a certificate and its key");
    if (err == RD_OK)
        err = read_pem(files->certificate, &tls->certificate, why);
    if (err == RD_OK)
        err = read_pem(files->key, &tls->key, why);
    if (err == RD_OK)
        err = read_pem(files->authority, &tls->authority, why);
    if (err == RD_OK && gnutls_certificate_allocate_credentials(&tls->credentials) < 0)
        err = rd_fail(why, RD_E_NOMEM, "no memory for TLS");
    if (err == RD_OK)
        err = set_own(tls, files, why);
    if (err == RD_OK)
        err = set_authority(tls, files, why);
    if (err == RD_OK)
        *out = tls;
    else
        rd_tls_close(tls);
    return err;
}

enum rd_err rd_tls_open_server(const struct rd_tls_files *files, struct rd_tls **out,
                               struct rd_errbuf *why)
{
    return open_tls(files, true, out, why);
}

enum rd_err rd_tls_open_client(const struct rd_tls_files *files, struct rd_tls **out,
                               struct rd_errbuf *why)
{
    return open_tls(files, false, out, why);
}

void rd_tls_close(struct rd_tls *tls)
{
    if (tls == NULL)
        return;
    if (tls->credentials != NULL)
        gnutls_certificate_free_credentials(tls->credentials);
    if (tls->key.bytes != NULL)
        sodium_memzero(tls->key.bytes, tls->key.len);
    rd_buf_fini(&tls->certificate);
    rd_buf_fini(&tls->key);
    rd_buf_fini(&tls->authority);
    free(tls);
}

rd_instant rd_tls_expires(const struct rd_tls *tls)
{
    return tls->expires;
}

bool rd_tls_asks(const struct rd_tls *tls)
{
    return tls->asks;
}

static bool name_of(gnutls_x509_crt_t certificate, char out[RD_TLS_NAME_MAX])
{
    for (unsigned i = 0; i < 64; i++) {
        size_t len = RD_TLS_NAME_MAX;
        int type = gnutls_x509_crt_get_subject_alt_name(certificate, i, out, &len, NULL);
        if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            break;
        if (type == GNUTLS_SAN_DNSNAME && len < RD_TLS_NAME_MAX) {
            out[len] = '\0';
            return len > 0;
        }
    }
    size_t len = RD_TLS_NAME_MAX;
    return gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out,
                                         &len) >= 0 &&
           out[0] != '\0';
}

bool rd_tls_peer_name(gnutls_session_t session, char out[RD_TLS_NAME_MAX])
{
    unsigned status = 0;
    unsigned count = 0;
    gnutls_x509_crt_t certificate;
    out[0] = '\0';
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);
    if (shown == NULL || count == 0 || gnutls_certificate_verify_peers2(session, &status) < 0 ||
        status != 0 || gnutls_x509_crt_init(&certificate) < 0)
        return false;
    bool named = gnutls_x509_crt_import(certificate, &shown[0], GNUTLS_X509_FMT_DER) >= 0 &&
                 name_of(certificate, out);
    gnutls_x509_crt_deinit(certificate);
    return named;
}
