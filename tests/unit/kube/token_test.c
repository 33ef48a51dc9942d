// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/base64.h"
#include "kube/token.h"

#define HEADER "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ" // {"alg":"RS256","kid":"x"}

// Appends text as base64 for URLs, without padding.
static void add_part(struct buf *out, const char *text)
{
    AUTO(buf) standard;
    buf_init(&standard, 1 << 20);
    base64_encode(text, strlen(text), &standard);
    for (size_t i = 0; i < standard.len && standard.data[i] != '='; i++) {
        char c = standard.data[i];
        c = c == '+' ? '-' : c == '/' ? '_' : c;
        buf_add(out, &c, 1);
    }
}

static int64_t expiry_of(const char *claims)
{
    AUTO(buf) token;
    buf_init(&token, 1 << 20);
    buf_add_text(&token, HEADER ".");
    add_part(&token, claims);
    buf_add_text(&token, ".c2ln");
    return kube_token_expiry(token.data);
}

static void test_claims(void **state)
{
    (void)state;
    static const struct {
        const char *claims;
        int64_t expiry;
    } rows[] = {
        {"{\"exp\":1775125200}", 1775125200},
        {"{\"aud\":[\"https://kubernetes.default.svc\"],\"exp\":1775125200,\"iat\":1743589200,"
         "\"sub\":\"system:serviceaccount:kasten-io:kasten-alerter\"}",
         1775125200},
        {"{\"exp\":1775125200.9}", 1775125200},
        {"{\"exp\":1.7751252e9}", 1775125200},
        {"{\"x\":\"\xC3\xBC?>~\",\"exp\":1}", 1}, // digits 62 and 63
        {"{\"exp\":253402300799}", 253402300799},
        {"{\"exp\":253402300800}", TIMESTAMP_NONE},
        {"{\"exp\":99999999999999999999999}", TIMESTAMP_NONE},
        {"{\"exp\":1e400}", TIMESTAMP_NONE},
        {"{\"exp\":0}", TIMESTAMP_NONE},
        {"{\"exp\":-1775125200}", TIMESTAMP_NONE},
        {"{\"exp\":\"1775125200\"}", TIMESTAMP_NONE},
        {"{\"exp\":null}", TIMESTAMP_NONE},
        {"{\"exp\":{\"exp\":5}}", TIMESTAMP_NONE},
        {"{\"iat\":1775125200}", TIMESTAMP_NONE},
        {"{\"nested\":{\"exp\":1775125200}}", TIMESTAMP_NONE},
        {"{}", TIMESTAMP_NONE},
        {"[{\"exp\":1775125200}]", TIMESTAMP_NONE},
        {"1775125200", TIMESTAMP_NONE},
        {"{\"exp\":1775125200", TIMESTAMP_NONE},
        {"exp=1775125200", TIMESTAMP_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (expiry_of(rows[i].claims) != rows[i].expiry) {
            fail_msg("%s gives %lld", rows[i].claims, (long long)expiry_of(rows[i].claims));
        }
    }
}

static void test_what_is_no_token_of_that_kind(void **state)
{
    (void)state;
    static const char *const tokens[] = {
        "",
        ".",
        "..",
        "...",
        "t0ken",
        "kubeconfig-user-abc12:x9z7",
        "sha256~Xk3v_abc",
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9",           // no signature
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9.",          // an empty one
        ".eyJleHAiOjE3NzUxMjUyMDB9.c2ln",             // no header
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9.c2ln.c2ln", // a fourth part
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9.c2ln.a.a",  // encrypted (RFC 7516)
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9=.c2ln",     // padding
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9.c2+n",      // the other alphabet
        HEADER ".eyJleHAiOjE3NzUxMjUyM\nDB9.c2ln",    // a line end
        HEADER ".eyJleHAiOjE3NzUxMjUyMDB9a.c2ln",     // one digit too many
        HEADER ". .c2ln",
    };
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        if (kube_token_expiry(tokens[i]) != TIMESTAMP_NONE) {
            fail_msg("\"%s\" has an end", tokens[i]);
        }
    }
    // What the first of the good ones looks like: these differ in one thing each.
    assert_int_equal(kube_token_expiry(HEADER ".eyJleHAiOjE3NzUxMjUyMDB9.c2ln"), 1775125200);
}

static void test_a_huge_token_is_not_read(void **state)
{
    (void)state;
    enum { BYTES = 100000 };
    char *claims = malloc(BYTES + 40);
    assert_non_null(claims);
    memcpy(claims, "{\"exp\":5,\"x\":\"", 14);
    memset(claims + 14, 'x', BYTES);
    memcpy(claims + 14 + BYTES, "\"}", 3);
    assert_int_equal(expiry_of(claims), TIMESTAMP_NONE);
    memcpy(claims + 14 + 1000, "\"}", 3);
    assert_int_equal(expiry_of(claims), 5);
    free(claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_claims),
                                       cmocka_unit_test(test_what_is_no_token_of_that_kind),
                                       cmocka_unit_test(test_a_huge_token_is_not_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
