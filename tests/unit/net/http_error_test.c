// SPDX-License-Identifier: MIT
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/http_error.h"

// What cannot be provoked on loopback without waiting or without rights.
static const struct {
    struct http_error_case in;
    enum http_failure failure;
    enum error_class class;
    const char *text;
} rows[] = {
    {{.code = CURLE_COULDNT_RESOLVE_HOST},
     HTTP_FAILURE_RESOLVE,
     ERROR_NETWORK,
     "h:1: the name does not resolve"},
    {{.code = CURLE_COULDNT_RESOLVE_PROXY, .proxy = "p:3128"},
     HTTP_FAILURE_RESOLVE,
     ERROR_NETWORK,
     "h:1 through the proxy p:3128: the proxy's name does not resolve"},
    {{.code = CURLE_COULDNT_CONNECT, .os_errno = EHOSTUNREACH},
     HTTP_FAILURE_CONNECT,
     ERROR_NETWORK,
     "h:1: no route to the host"},
    {{.code = CURLE_COULDNT_CONNECT, .os_errno = ENETUNREACH},
     HTTP_FAILURE_CONNECT,
     ERROR_NETWORK,
     "h:1: the network is unreachable"},
    {{.code = CURLE_COULDNT_CONNECT, .os_errno = ECONNREFUSED, .proxy = "p:3128"},
     HTTP_FAILURE_REFUSED,
     ERROR_NETWORK,
     "h:1 through the proxy p:3128: connection refused"},
    {{.code = CURLE_RECV_ERROR, .proxy_status = 407, .proxy = "p:3128"},
     HTTP_FAILURE_PROXY,
     ERROR_NETWORK,
     "h:1 through the proxy p:3128: the proxy refused the connection with status 407: it wants a "
     "user and password in HTTPS_PROXY"},
    {{.code = CURLE_RECV_ERROR, .proxy_status = 503, .proxy = "p:3128"},
     HTTP_FAILURE_CONNECT,
     ERROR_NETWORK,
     "h:1 through the proxy p:3128: the proxy refused the connection with status 503"},
    {{.code = CURLE_OPERATION_TIMEDOUT, .elapsed_ms = 10012},
     HTTP_FAILURE_LOOKUP,
     ERROR_NETWORK,
     "h:1: timed out after 10.0 s while looking up the name"},
    {{.code = CURLE_OPERATION_TIMEDOUT, .elapsed_ms = 10012, .resolved = true},
     HTTP_FAILURE_CONNECT,
     ERROR_NETWORK,
     "h:1: timed out after 10.0 s while connecting"},
    {{.code = CURLE_OPERATION_TIMEDOUT, .elapsed_ms = 500, .resolved = true, .connected = true},
     HTTP_FAILURE_HANDSHAKE,
     ERROR_NETWORK,
     "h:1: timed out after 0.5 s in the TLS handshake"},
    {{.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_result = 9,
      .curl_text = "SSL certificate "
                   "problem: certificate is not yet valid"},
     HTTP_FAILURE_EXPIRED,
     ERROR_TLS,
     "h:1: the server's certificate is not valid yet, or this clock is slow (x509: certificate is "
     "not yet valid)"},
    {{.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_result = 10,
      .curl_text = "SSL certificate problem: certificate has expired",
      .own_ca = true},
     HTTP_FAILURE_EXPIRED,
     ERROR_TLS,
     "h:1: the server's certificate has expired (x509: certificate has expired)"},
    {{.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_result = 10,
      .curl_text = "SSL certificate problem: certificate has expired",
      .own_ca = true,
      .ca_expired = 1775125200},
     HTTP_FAILURE_CA_EXPIRED,
     ERROR_TLS,
     "h:1: the CA given for it expired on 2026-04-02 (x509: certificate has expired)"},
    {{.code = CURLE_PEER_FAILED_VERIFICATION,
      .verify_result = 23,
      .curl_text = "SSL certificate "
                   "problem: certificate revoked"},
     HTTP_FAILURE_TLS,
     ERROR_TLS,
     "h:1: the server's certificate was not accepted (x509: certificate revoked)"},
    {{.code = CURLE_SSL_CACERT_BADFILE, .curl_text = "error setting certificate file: /x"},
     HTTP_FAILURE_NO_CA,
     ERROR_TLS,
     "h:1: the system's CA certificates cannot be read (error setting certificate file: /x): "
     "install ca-certificates or give the server's CA"},
    {{.code = CURLE_SSL_CONNECT_ERROR,
      .curl_text = "error:0A00042E:SSL routines::tlsv1 alert "
                   "protocol version"},
     HTTP_FAILURE_TLS,
     ERROR_TLS,
     "h:1: the TLS handshake failed (error:0A00042E:SSL routines::tlsv1 alert protocol version)"},
    {{.code = CURLE_SSL_CONNECT_ERROR,
      .curl_text = "OpenSSL SSL_connect: Connection reset by peer "
                   "in connection to h:1 "},
     HTTP_FAILURE_HANDSHAKE,
     ERROR_NETWORK,
     "h:1: the connection was closed during the TLS handshake (OpenSSL SSL_connect: Connection "
     "reset by peer in connection to h:1)"},
    {{.code = CURLE_BAD_DOWNLOAD_RESUME},
     HTTP_FAILURE_INTERNAL,
     ERROR_INTERNAL,
     "h:1: libcurl failed: Couldn't resume download"},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_error_case c = rows[i].in;
        struct error error = {.class = ERROR_NONE};
        c.endpoint = "h:1";
        c.name = "h";
        c.curl_text = c.curl_text != NULL ? c.curl_text : "";
        assert_int_equal(http_error_explain(&c, &error), rows[i].failure);
        assert_int_equal(error.class, rows[i].class);
        assert_string_equal(error.text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
