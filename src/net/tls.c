// SPDX-License-Identifier: MIT
#include "net/tls.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include "base/banned.h"

// X509_V_ERR_* of OpenSSL 3.0's <openssl/x509_vfy.h>, which CURLINFO_SSL_VERIFYRESULT hands on.
enum {
    VERIFY_NO_ISSUER = 2,
    VERIFY_NOT_YET_VALID = 9,
    VERIFY_EXPIRED = 10,
    VERIFY_SELF_SIGNED_LEAF = 18,
    VERIFY_SELF_SIGNED_IN_CHAIN = 19,
    VERIFY_NO_LOCAL_ISSUER = 20,
    VERIFY_LEAF_UNVERIFIABLE = 21,
    VERIFY_HOST_MISMATCH = 62,
    VERIFY_ADDRESS_MISMATCH = 64,
};

bool curl_options_check(const struct curl_options *options, struct error *error)
{
    if (options->code == CURLE_OK) {
        return true;
    }
    return error_set(error, ERROR_INTERNAL, "libcurl %s does not take %s: %s",
                     curl_version_info(CURLVERSION_NOW)->version, options->failed,
                     curl_easy_strerror(options->code));
}

static void trust_only(struct curl_options *options, const char *ca_pem, size_t ca_len)
{
    struct curl_blob blob = {.len = ca_len, .flags = CURL_BLOB_NOCOPY};
    // The blob is only read; the type of its pointer cannot say so.
    memcpy(&blob.data, &ca_pem, sizeof blob.data);
    SET_OPTION(options, CURLOPT_CAINFO_BLOB, &blob);
    // Both have the system's roots as default and would be trusted beside the blob.
    SET_OPTION(options, CURLOPT_CAINFO, NULL);
    SET_OPTION(options, CURLOPT_CAPATH, NULL);
}

static void trust_system(struct curl_options *options)
{
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    const char *file = version->age >= CURLVERSION_SEVENTH ? version->cainfo : NULL;
    if (file != NULL && access(file, R_OK) == 0) {
        // The bundle holds the same roots as the folder; libcurl keeps the parsed bundle (about
        // 20 ms) for all transfers of one multi handle, but only without a CAPATH.
        SET_OPTION(options, CURLOPT_CAPATH, NULL);
    }
}

void tls_set_options(struct curl_options *options, const char *ca_pem, size_t ca_len, bool insecure)
{
    SET_OPTION(options, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET_OPTION(options, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET_OPTION(options, CURLOPT_SSL_VERIFYPEER, insecure ? 0L : 1L);
    SET_OPTION(options, CURLOPT_SSL_VERIFYHOST, insecure ? 0L : 2L);
    if (ca_pem != NULL) {
        trust_only(options, ca_pem, ca_len);
    } else {
        trust_system(options);
    }
}

static bool says(const struct tls_case *c, const char *words)
{
    return strstr(c->curl_text, words) != NULL;
}

// libcurl's text without its own prefix, as one clean line.
static void add_detail(struct buf *out, const char *curl_text)
{
    static const char prefix[] = "SSL certificate problem: ";
    size_t skip = strncmp(curl_text, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
    utf8_clean(out, curl_text + skip, strlen(curl_text + skip));
}

static bool explain_verify(const struct tls_case *c, const char *detail, enum http_failure *failure,
                           struct error *error)
{
    switch (c->verify_result) {
    case VERIFY_EXPIRED:
        if (c->ca_expired != 0) {
            char day[TIMESTAMP_TEXT_BYTES];
            timestamp_format_day(c->ca_expired, day);
            *failure = HTTP_FAILURE_CA_EXPIRED;
            return error_set(error, ERROR_TLS, "the CA given for it expired on %s (x509: %s)", day,
                             detail);
        }
        *failure = HTTP_FAILURE_EXPIRED;
        return error_set(error, ERROR_TLS, "the server's certificate has expired (x509: %s)",
                         detail);
    case VERIFY_NOT_YET_VALID:
        *failure = HTTP_FAILURE_EXPIRED;
        return error_set(error, ERROR_TLS,
                         "the server's certificate is not valid yet, or this clock is slow "
                         "(x509: %s)",
                         detail);
    case VERIFY_NO_ISSUER:
    case VERIFY_SELF_SIGNED_LEAF:
    case VERIFY_SELF_SIGNED_IN_CHAIN:
    case VERIFY_NO_LOCAL_ISSUER:
    case VERIFY_LEAF_UNVERIFIABLE:
        *failure = HTTP_FAILURE_UNKNOWN_CA;
        return error_set(
            error, ERROR_TLS, "the server's certificate is not signed by %s (x509: %s)",
            c->own_ca ? "the CA given for it" : "a CA that this system trusts", detail);
    default:
        break;
    }
    // libcurl compares the names itself and leaves the verify result alone.
    if (c->verify_result == VERIFY_HOST_MISMATCH || c->verify_result == VERIFY_ADDRESS_MISMATCH ||
        says(c, "subject name")) {
        *failure = HTTP_FAILURE_WRONG_NAME;
        return error_set(error, ERROR_TLS,
                         "the server's certificate is for another name than %s (x509: %s)", c->name,
                         detail);
    }
    *failure = HTTP_FAILURE_TLS;
    return error_set(error, ERROR_TLS, "the server's certificate was not accepted (x509: %s)",
                     detail);
}

static bool explain_handshake(const struct tls_case *c, const char *detail,
                              enum http_failure *failure, struct error *error)
{
    *failure = HTTP_FAILURE_TLS;
    if (says(c, "wrong version number") || says(c, "packet length too long")) {
        return error_set(error, ERROR_TLS, "the server does not speak TLS on this port (%s)",
                         detail);
    }
    if (says(c, "SSL_ERROR_SYSCALL") || says(c, "unexpected eof") || says(c, "reset by peer")) {
        *failure = HTTP_FAILURE_HANDSHAKE;
        return error_set(error, ERROR_NETWORK,
                         "the connection was closed during the TLS handshake (%s)", detail);
    }
    return error_set(error, ERROR_TLS, "the TLS handshake failed (%s)", detail);
}

bool tls_explain(const struct tls_case *the_case, enum http_failure *ret_failure,
                 struct error *error)
{
    AUTO(buf) detail;
    buf_init(&detail, (size_t)2 * CURL_ERROR_SIZE);
    add_detail(&detail, the_case->curl_text);
    if (detail.len == 0) {
        buf_add_text(&detail, curl_easy_strerror(the_case->code));
    }
    switch (the_case->code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        (void)explain_verify(the_case, detail.data, ret_failure, error);
        return true;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        (void)explain_handshake(the_case, detail.data, ret_failure, error);
        return true;
    case CURLE_SSL_CACERT_BADFILE:
        *ret_failure = HTTP_FAILURE_NO_CA;
        (void)error_set(error, ERROR_TLS,
                        the_case->own_ca
                            ? "the CA given holds no PEM certificate that can be read (%s)"
                            : "the system's CA certificates cannot be read (%s): install "
                              "ca-certificates or give the server's CA",
                        detail.data);
        return true;
    default:
        return false;
    }
}
