// SPDX-License-Identifier: MIT
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/http_script.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// Answers that are whole.
static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int status;
        const char *text; // body by the callback for 2xx, else in the response
    } rows[] = {
        {OK_HEAD "Content-Length: 2\r\n\r\n{}", 200, "{}"},
        {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200, "{}"},
        {OK_HEAD "\r\n{}", 200, "{}"},
        {"HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD "Content-Length: 2\r\n\r\n{}", 200, "{}"},
        {"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", 201, "{}"},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        {"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/login\r\nContent-Length: 4\r\n\r\n"
         "away",
         302, "away"},
        {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 2\r\n\r\nno",
         401, "no"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n404 page not found", 404,
         "404 page not found"},
        {"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
         "later",
         503, "later"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_script script = {.answers = (const char *const[]){rows[i].answer, NULL}};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, "PUT", 20000, &probe);
        if (probe.failed) {
            fail_msg("row %zu: %s", i, probe.error.text);
        }
        assert_int_equal(probe.status, rows[i].status);
        assert_int_equal(probe.failure, HTTP_FAILURE_NONE);
        bool good = rows[i].status / 100 == 2;
        assert_string_equal(good ? probe.body.data : probe.text, rows[i].text);
        assert_int_equal(good ? probe.text[0] : 0, 0);
        assert_int_equal(probe.attempts, 1);
        assert_int_equal(probe.received_bytes, strlen(rows[i].text));
    }
}

// Answers that are not; by PUT, which is not tried again.
static void test_broken_answers(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool reset;
        enum http_failure failure;
        enum error_class class;
        int status;
        const char *text;
    } rows[] = {
        {"", false, HTTP_FAILURE_LOST, ERROR_NETWORK, 0, "closed before an answer came"},
        {"", true, HTTP_FAILURE_LOST, ERROR_NETWORK, 0, "closed before an answer came"},
        {"HTTP/1.1 200 OK\r\nContent-Ty", false, HTTP_FAILURE_CUT, ERROR_PROTOCOL, 200,
         "the body was cut after 0 bytes"},
        {"HTTP/1.1 2", false, HTTP_FAILURE_LOST, ERROR_NETWORK, 0, "closed before an answer came"},
        {"<html>no status line</html>\r\n\r\n", false, HTTP_FAILURE_GARBAGE, ERROR_PROTOCOL, 0,
         "not valid HTTP"},
        {"SSH-2.0-OpenSSH_9.2\r\n", false, HTTP_FAILURE_GARBAGE, ERROR_PROTOCOL, 0,
         "not valid HTTP"},
        {OK_HEAD "Content-Length: 10\r\n\r\n{\"a\":", false, HTTP_FAILURE_CUT, ERROR_PROTOCOL, 200,
         "the body was cut after 5 bytes"},
        {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", false, HTTP_FAILURE_CUT,
         ERROR_PROTOCOL, 200, "the body was cut after 5 bytes"},
        {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n50\r\n{\"a\":", false, HTTP_FAILURE_CUT,
         ERROR_PROTOCOL, 200, "the body was cut after 5 bytes"},
        {OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", false, HTTP_FAILURE_CUT,
         ERROR_PROTOCOL, 200, "the body was cut"},
        {OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", false,
         HTTP_FAILURE_GARBAGE, ERROR_PROTOCOL, 200, "not valid HTTP"},
        {OK_HEAD "Content-Length: 2000000\r\n\r\n", false, HTTP_FAILURE_CUT, ERROR_PROTOCOL, 200,
         "the body was cut after 0 bytes"},
        {"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{}", false, HTTP_FAILURE_CUT,
         ERROR_PROTOCOL, 403, "the body was cut after 2 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_script script = {.answers = (const char *const[]){rows[i].answer, NULL},
                                     .reset = rows[i].reset};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, "PUT", 20000, &probe);
        if (!probe.failed || probe.failure != rows[i].failure ||
            probe.error.class != rows[i].class || strstr(probe.error.text, rows[i].text) == NULL) {
            fail_msg("row %zu: failure %d, status %d, %s", i, (int)probe.failure, probe.status,
                     probe.failed ? probe.error.text : "no error");
        }
        assert_int_equal(probe.status, rows[i].status);
        assert_int_equal(probe.attempts, 1);
    }
}

static void test_floods(void **state)
{
    (void)state;
    static char flood[16385];
    memset(flood, 'x', sizeof flood - 1);
    static char header_flood[8192];
    (void)snprintf(header_flood, sizeof header_flood, "X-Flood: %.8000s\r\n", flood);
    struct {
        const char *answer;
        const char *flood;
        enum http_failure failure; // HTTP_FAILURE_NONE: a response
        int status;
        const char *text;
    } rows[] = {
        {OK_HEAD "\r\n", flood, HTTP_FAILURE_LIMIT, 200, "larger than the 1048576 bytes allowed"},
        {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n4000\r\n", flood, HTTP_FAILURE_CUT, 200, "cut"},
        {"HTTP/1.1 200 OK\r\n", header_flood, HTTP_FAILURE_LIMIT, 200, "headers are larger"},
        {"HTTP/1.1 403 Forbidden\r\n\r\n", flood, HTTP_FAILURE_NONE, 403, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_script script = {.answers = (const char *const[]){rows[i].answer, NULL},
                                     .flood = rows[i].flood};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, "PUT", 20000, &probe);
        assert_int_equal(probe.failure, rows[i].failure);
        assert_int_equal(probe.status, rows[i].status);
        if (probe.failed) {
            assert_non_null(strstr(probe.error.text, rows[i].text));
        } else {
            assert_int_equal(probe.body_len, 64 * 1024);
        }
        assert_true(probe.body.len <= 1024 * 1024);
    }
}

struct bits {
    unsigned char *out;
    size_t count;
};

// Deflate fills bytes from the low bit on; Huffman codes go in with their high bit first.
static void put_code(struct bits *bits, unsigned code, unsigned width)
{
    for (unsigned i = width; i-- > 0;) {
        unsigned bit = (code >> i) & 1U;
        bits->out[bits->count / 8] |= (unsigned char)(bit << (bits->count % 8));
        bits->count++;
    }
}

static uint32_t crc32_of_a(size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= 'a';
        for (unsigned k = 0; k < 8; k++) {
            crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xEDB88320U : crc >> 1;
        }
    }
    return ~crc;
}

// A gzip file (RFC 1952) of 1 + 258 * runs times the letter 'a', as one block of fixed Huffman
// codes (RFC 1951 3.2.6): the letter, then runs of the greatest length at distance 1. out is
// zeroed.
static size_t gzip_letters(size_t runs, char *out)
{
    static const unsigned char head[10] = {0x1F, 0x8B, 8};
    memcpy(out, head, sizeof head);
    struct bits bits = {.out = (unsigned char *)out + sizeof head};
    put_code(&bits, 4 | 2, 3); // last block; type 1, low bit first
    put_code(&bits, 0x30 + 'a', 8);
    for (size_t i = 0; i < runs; i++) {
        put_code(&bits, 0xC5, 8); // length 258
        put_code(&bits, 0, 5);    // distance 1
    }
    put_code(&bits, 0, 7); // end of block
    size_t len = sizeof head + (bits.count + 7) / 8;
    uint32_t tail[2] = {htole32(crc32_of_a(1 + 258 * runs)), htole32((uint32_t)(1 + 258 * runs))};
    memcpy(out + len, tail, sizeof tail);
    return len + sizeof tail;
}

static void test_gzip(void **state)
{
    (void)state;
    static const size_t runs[] = {400, 40000}; // 0.1 MB, which is allowed, and 10 MB
    char *packed = calloc(1, 128 * 1024);
    assert_non_null(packed);
    for (size_t i = 0; i < 2; i++) {
        memset(packed, 0, 128 * 1024);
        size_t len = gzip_letters(runs[i], packed);
        assert_true(len < 128 * 1024);
        char head[200];
        (void)snprintf(head, sizeof head,
                       OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", len);
        struct http_script script = {
            .answers = (const char *const[]){head, NULL}, .bytes = packed, .bytes_len = len};
        AUTO(http_probe) probe;
        http_probe_init(&probe);
        http_script_ask(&script, "GET", 20000, &probe);
        if (i == 0) {
            assert_false(probe.failed);
            assert_int_equal(probe.body.len, 1 + 258 * runs[i]);
            assert_int_equal(probe.received_bytes, 1 + 258 * runs[i]);
        } else {
            assert_int_equal(probe.failure, HTTP_FAILURE_LIMIT);
            assert_int_equal(probe.error.class, ERROR_LIMIT);
            assert_true(probe.body.len <= 1024 * 1024);
            assert_int_equal(probe.attempts, 1);
        }
    }
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_gzip),
    };
    return cmocka_run_group_tests(tests, http_script_set_up, http_script_tear_down);
}
