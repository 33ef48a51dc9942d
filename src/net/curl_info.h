// SPDX-License-Identifier: MIT
// What libcurl tells of a transfer that has ended, for HTTP and SMTP alike.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

// True when the point in time (CURLINFO_*_TIME_T) was reached.
bool curl_info_has_time(CURL *easy, CURLINFO info);

// A long of CURLINFO_*; 0 when libcurl does not know it.
long curl_info_number(CURL *easy, CURLINFO info);

// Why TCP was not connected ("connection refused"), from CURLINFO_OS_ERRNO.
const char *curl_info_connect_problem(long os_errno);
