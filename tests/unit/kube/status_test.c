// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kube/status.h"

static struct http_response response_of(int status, const char *content_type, const char *body)
{
    return (struct http_response){
        .status = status, .content_type = content_type, .body = body, .body_len = strlen(body)};
}

static void answers_become_errors(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *type;
        const char *body;
        enum error_class class;
        const char *text;
    } cases[] = {
        {401, "application/json", "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", ERROR_AUTH,
         "401 Unauthorized: \"Unauthorized\""},
        {403, "application/json", "{\"message\":\"runactions is forbidden: User \\\"x\\\"\"}",
         ERROR_FORBIDDEN, "403 Forbidden: \"runactions is forbidden: User \"x\"\""},
        {404, "text/plain", "404 page not found\n", ERROR_NOT_FOUND,
         "404 Not Found: \"404 page not found\""},
        {409, "application/json", "{}", ERROR_CONFLICT, "409 Conflict"},
        {410, "application/json", "", ERROR_EXPIRED, "410 Gone"},
        {422, "application/json", "{\"message\":7}", ERROR_REFUSED, "422 Unprocessable Content"},
        {429, "text/plain", "Too many requests, please try again later.", ERROR_UNAVAILABLE,
         "429 Too Many Requests: \"Too many requests, please try again later.\""},
        {503, "text/plain",
         "error trying to reach service: dial tcp 10.0.0.1:443: connect: refused",
         ERROR_UNAVAILABLE,
         "503 Service Unavailable: \"error trying to reach service: dial tcp 10.0.0.1:443: "
         "connect: "
         "refused\""},
        {500, "text/html", "<html><body>secret</body></html>", ERROR_UNAVAILABLE,
         "500 Internal Server Error"},
        {418, "text/plain", "\x1b[31mteapot\r\n\xff", ERROR_REFUSED,
         "418 unexpected status: \"\xEF\xBF\xBD[31mteapot \xEF\xBF\xBD\""},
        {204, "", "", ERROR_PROTOCOL, "204 unexpected status"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_response response = response_of(cases[i].status, cases[i].type, cases[i].body);
        struct error error;
        status_error(&response, &error);
        assert_int_equal(error.class, cases[i].class);
        assert_string_equal(error.text, cases[i].text);
    }
}

static void a_redirect_says_that_it_is_not_followed(void **state)
{
    (void)state;
    struct http_response response = response_of(302, "text/html", "<a href=x>");
    struct error error;
    status_error(&response, &error);
    assert_int_equal(error.class, ERROR_PROTOCOL);
    assert_non_null(strstr(error.text, "302 Found (redirects are not followed"));
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    char body[4096];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    struct http_response response = response_of(500, "text/plain", body);
    struct error error;
    status_error(&response, &error);
    assert_true(strlen(error.text) < 400);
}

static void the_continue_token_of_a_410(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *token;
    } cases[] = {
        {"{\"metadata\":{\"continue\":\"abc\"}}", "abc"},
        {"{\"metadata\":{\"continue\":\"longer-than-the-room\"}}", ""},
        {"{\"metadata\":{}}", ""},
        {"{\"metadata\":{\"continue\":7}}", ""},
        {"not json", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char token[16] = "untouched";
        struct http_response response = response_of(410, "application/json", cases[i].body);
        status_continue(&response, token, sizeof token);
        assert_string_equal(token, cases[i].token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_become_errors),
        cmocka_unit_test(a_redirect_says_that_it_is_not_followed),
        cmocka_unit_test(a_long_message_is_cut),
        cmocka_unit_test(the_continue_token_of_a_410),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
