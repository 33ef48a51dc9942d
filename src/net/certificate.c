// SPDX-License-Identifier: MIT
#include "net/certificate.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include "base/banned.h"

enum { NAME_BYTES = 4096 };

void http_certificates_init(struct http_certificates *certificates)
{
    *certificates = (struct http_certificates){.server = {.expires = TIMESTAMP_NONE},
                                               .ca = {.expires = TIMESTAMP_NONE}};
}

static int64_t expiry_of(const X509 *certificate)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) {
        return TIMESTAMP_NONE;
    }
    return (int64_t)timegm(&parts);
}

static void write_name(X509_NAME *name, char ret[HTTP_CERTIFICATE_NAME_BYTES])
{
    static const unsigned long style = XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_SPC_EQ;
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    ret[0] = '\0';
    if (memory != NULL && X509_NAME_print_ex(memory, name, 0, style) >= 0) {
        long len = BIO_get_mem_data(memory, &text);
        AUTO(buf) clean;
        buf_init(&clean, NAME_BYTES);
        utf8_clean(&clean, text, len > 0 ? (size_t)len : 0);
        size_t cut = utf8_cut(clean.data, clean.len, HTTP_CERTIFICATE_NAME_BYTES - 1);
        memcpy(ret, clean.data, cut);
        ret[cut] = '\0';
    }
    (void)BIO_free(memory);
}

static void note(const X509 *certificate, struct http_certificate *ret)
{
    ret->expires = expiry_of(certificate);
    write_name(X509_get_subject_name(certificate), ret->subject);
    write_name(X509_get_issuer_name(certificate), ret->issuer);
}

void certificate_note(CURL *easy, struct http_certificates *certificates)
{
    const struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL ||
        session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL) {
        return;
    }
    const STACK_OF(X509) *chain = SSL_get0_verified_chain(session->internals);
    int count = chain != NULL ? sk_X509_num(chain) : 0;
    if (count > 0) {
        note(sk_X509_value(chain, 0), &certificates->server);
    }
    if (count > 1) {
        note(sk_X509_value(chain, count - 1), &certificates->ca);
    }
}

int64_t certificate_last_expiry(const char *pem, size_t len)
{
    int64_t last = TIMESTAMP_NONE;
    BIO *memory = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    X509 *certificate = NULL;
    while (memory != NULL && (certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL)) != NULL) {
        int64_t expires = expiry_of(certificate);
        last = expires > last ? expires : last;
        X509_free(certificate);
    }
    (void)BIO_free(memory);
    ERR_clear_error(); // the end of the text is an error to OpenSSL
    return last;
}
