// SPDX-License-Identifier: MIT
#include "net/curl_info.h"

#include <errno.h>

#include "base/banned.h"

bool curl_info_has_time(CURL *easy, CURLINFO info)
{
    curl_off_t microseconds = 0;
    return curl_easy_getinfo(easy, info, &microseconds) == CURLE_OK && microseconds > 0;
}

long curl_info_number(CURL *easy, CURLINFO info)
{
    long number = 0;
    return curl_easy_getinfo(easy, info, &number) == CURLE_OK ? number : 0;
}

const char *curl_info_connect_problem(long os_errno)
{
    switch (os_errno) {
    case ECONNREFUSED:
        return "connection refused";
    case EHOSTUNREACH:
        return "no route to the host";
    case ENETUNREACH:
        return "the network is unreachable";
    case ETIMEDOUT:
        return "no answer to the connection attempt";
    default:
        return "no connection";
    }
}
