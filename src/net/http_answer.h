// SPDX-License-Identifier: MIT
// libcurl's callbacks for the bytes of an answer: header lines and body, counted and bounded as
// they come.
#pragma once

struct curl_options;
struct http_transfer;

void http_answer_set_options(struct http_transfer *transfer, struct curl_options *options);
