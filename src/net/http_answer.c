// SPDX-License-Identifier: MIT
#include "net/http_answer.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/parse.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "net/certificate.h"
#include "net/http_transfer.h"
#include "net/retry.h"
#include "net/tls.h"

#include "base/banned.h"

enum {
    ERROR_BODY_BYTES = 64 * 1024,
    HEADERS_MAX_BYTES = 256 * 1024,
    HEADER_VALUE_BYTES = 256,
    RETRY_AFTER_MAX_SECONDS = 7 * 86400,
};

static int64_t read_date(const char *value)
{
    time_t date = curl_getdate(value, NULL);
    return date == -1 ? TIMESTAMP_NONE : (int64_t)date;
}

// Seconds or a date (RFC 9110 10.2.3); the date counts from the server's own clock when it told it.
static int64_t read_retry_after(const char *value, int64_t server_now)
{
    uint64_t seconds;
    if (parse_uint(value, RETRY_AFTER_MAX_SECONDS, &seconds)) {
        return (int64_t)seconds * 1000;
    }
    int64_t until = read_date(value);
    if (until == TIMESTAMP_NONE) {
        // Digits beyond the maximum are far away; anything else says nothing.
        return strspn(value, "0123456789") == strlen(value) && value[0] != '\0'
                   ? (int64_t)RETRY_AFTER_MAX_SECONDS * 1000
                   : RETRY_AFTER_NONE;
    }
    int64_t now = server_now != TIMESTAMP_NONE ? server_now : (int64_t)time(NULL);
    int64_t delay = until > now ? until - now : 0;
    return (delay < RETRY_AFTER_MAX_SECONDS ? delay : RETRY_AFTER_MAX_SECONDS) * 1000;
}

// The value of the header line when it has this name, as a NUL-terminated clean line.
static bool header_value(const char *line, size_t len, const char *name, struct buf *out)
{
    size_t name_len = strlen(name);
    if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':') {
        return false;
    }
    buf_reset(out);
    utf8_clean(out, line + name_len + 1, len - name_len - 1);
    return !out->overflow;
}

// Nobody vouches for what was not verified.
static void note_certificates(const struct http_transfer *t)
{
    struct http_certificates *certificates = t->request.certificates;
    if (certificates != NULL && certificates->server.expires == TIMESTAMP_NONE &&
        !t->request.tls.insecure) {
        certificate_note(t->easy, certificates);
    }
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *t = context;
    size_t len = size * count;
    AUTO(buf) value;
    buf_init(&value, HEADER_VALUE_BYTES);
    t->header_bytes += len;
    if (t->header_bytes > HEADERS_MAX_BYTES) {
        t->failure = HTTP_FAILURE_LIMIT;
        (void)error_set(&t->error, ERROR_LIMIT, "the answer's headers are larger than %d KiB",
                        HEADERS_MAX_BYTES / 1024);
        return 0;
    }
    if (len >= 5 && strncmp(bytes, "HTTP/", 5) == 0) {
        // The final status line follows those of 1xx answers.
        t->headers_ended = false;
        t->date = TIMESTAMP_NONE;
        t->retry_after_ms = RETRY_AFTER_NONE;
        t->content_type[0] = '\0';
        note_certificates(t);
    } else if (len > 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
        t->headers_ended = true;
    } else if (header_value(bytes, len, "Date", &value)) {
        t->date = read_date(value.data);
    } else if (header_value(bytes, len, "Retry-After", &value)) {
        t->retry_after_ms = read_retry_after(value.data, t->date);
    } else if (header_value(bytes, len, "Content-Type", &value) &&
               value.len < sizeof t->content_type) {
        memcpy(t->content_type, value.data, value.len + 1);
    }
    return len;
}

static bool collect(struct http_transfer *t, const char *bytes, size_t len, uint64_t max)
{
    t->body.max = max < SIZE_MAX / 2 ? (size_t)max : SIZE_MAX / 2;
    size_t room = t->body.max - t->body.len;
    buf_add(&t->body, bytes, len < room ? len : room);
    return len <= room;
}

static bool take_body(struct http_transfer *t, const char *bytes, size_t len)
{
    const struct http_request *request = &t->request;
    if (t->status / 100 != 2) {
        uint64_t max = request->max_body_bytes;
        t->enough = !collect(t, bytes, len, max < ERROR_BODY_BYTES ? max : ERROR_BODY_BYTES);
        return !t->enough;
    }
    if (t->received_bytes > request->max_body_bytes) {
        t->failure = HTTP_FAILURE_LIMIT;
        return error_set(&t->error, ERROR_LIMIT,
                         "the body is larger than the %" PRIu64 " bytes allowed",
                         request->max_body_bytes);
    }
    if (request->handler->body == NULL) {
        return collect(t, bytes, len, request->max_body_bytes);
    }
    if (!request->handler->body(request->context, bytes, len, &t->error)) {
        t->failure = HTTP_FAILURE_HANDLER;
        return false;
    }
    return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *t = context;
    size_t len = size * count;
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->status = (int)status;
    t->received_bytes += len;
    return take_body(t, bytes, len) ? len : 0;
}

void http_answer_set_options(struct http_transfer *transfer, struct curl_options *options)
{
    SET_OPTION(options, CURLOPT_HEADERFUNCTION, on_header);
    SET_OPTION(options, CURLOPT_HEADERDATA, transfer);
    SET_OPTION(options, CURLOPT_WRITEFUNCTION, on_body);
    SET_OPTION(options, CURLOPT_WRITEDATA, transfer);
}
