// SPDX-License-Identifier: MIT
// One request on its way: its own copy of what was asked, one libcurl easy handle per attempt, and
// what the last attempt brought. http.c decides when attempts begin and whether there is another.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "net/http.h"
#include "net/target.h"

enum { HTTP_CONTENT_TYPE_BYTES = 128 };

struct http_server;

struct http_transfer {
    struct http_transfer *next; // of the list it stands in
    struct http_request request;
    struct target target;
    struct http_server *server; // of the target, once it stands in a queue (net/http_queue.h)
    int64_t started_ms;         // of the first attempt, on the monotonic clock
    int64_t due_ms;             // of the next one
    unsigned attempts;

    CURL *easy; // NULL between attempts
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    char curl_text[CURL_ERROR_SIZE];
    char proxy[TARGET_HOST_BYTES]; // "host:port", "" when direct

    struct buf body;
    char content_type[HTTP_CONTENT_TYPE_BYTES];
    int64_t date;
    int64_t retry_after_ms; // RETRY_AFTER_NONE
    size_t header_bytes;
    bool headers_ended; // the blank line behind them was seen
    uint64_t received_bytes;
    bool enough; // an error's body, read as far as it is kept
    int status;
    enum http_failure failure;
    struct error error;
};

// A copy of the request. URL and token are judged here; a bad one is the failure of the transfer.
struct http_transfer *http_transfer_create(const struct http_request *request);

// Frees the handle too, which must be in no multi any more.
void http_transfer_destroy(struct http_transfer *transfer);

// Sets up transfer->easy for an attempt of at most timeout_ms. False: failure and error are set.
bool http_transfer_begin(struct http_transfer *transfer, const char *user_agent,
                         int64_t timeout_ms) MUST_USE;

// Takes the outcome of the attempt and frees its handle. failure HTTP_FAILURE_NONE: a response.
void http_transfer_end(struct http_transfer *transfer, CURLcode code);
