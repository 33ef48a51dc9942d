// SPDX-License-Identifier: MIT
#include "net/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "net/target.h"

#include "base/banned.h"

static const char *first_set(const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

const char *proxy_of(const struct target *target)
{
    static const char *const proxies[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                          NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    if (target->plain || target_host_is_loopback(target->host) ||
        target_host_is_service(target->host)) {
        return NULL;
    }
    const char *no_proxy = first_set(exceptions);
    if (no_proxy != NULL && proxy_is_exempt(no_proxy, target->host, target->port)) {
        return NULL;
    }
    return first_set(proxies);
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, uint64_t bits)
{
    size_t bytes = bits / 8;
    unsigned rest = (unsigned)(bits % 8);
    return memcmp(a, b, bytes) == 0 &&
           (rest == 0 || ((unsigned)(a[bytes] ^ b[bytes]) >> (8 - rest)) == 0);
}

// True when entry is an address or a range, whether it holds host or not.
static bool judge_address(char *entry, const char *host, bool *ret_holds)
{
    char *slash = strchr(entry, '/');
    uint64_t bits = UINT64_MAX;
    if (slash != NULL) {
        if (!parse_uint(slash + 1, 128, &bits)) {
            return false;
        }
        *slash = '\0';
    }
    static const struct {
        int family;
        unsigned bits;
    } kinds[] = {{AF_INET, 32}, {AF_INET6, 128}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        unsigned char range[sizeof(struct in6_addr)];
        unsigned char address[sizeof(struct in6_addr)];
        if (inet_pton(kinds[i].family, entry, range) != 1) {
            continue;
        }
        uint64_t count = bits == UINT64_MAX ? kinds[i].bits : bits;
        *ret_holds = count <= kinds[i].bits && inet_pton(kinds[i].family, host, address) == 1 &&
                     bits_equal(range, address, count);
        return true;
    }
    return false;
}

// Cuts ":port" or "]:port" off entry; false when the port is another one.
static bool port_fits(char *entry, unsigned port)
{
    char *bracket = strrchr(entry, ']');
    char *colon = strrchr(entry, ':');
    bool has_port =
        colon != NULL && (bracket != NULL ? colon == bracket + 1 : strchr(entry, ':') == colon);
    if (bracket != NULL) {
        *bracket = '\0';
    }
    if (!has_port) {
        return true;
    }
    *colon = '\0';
    uint64_t wanted;
    return parse_uint(colon + 1, UINT16_MAX, &wanted) && wanted == port;
}

static bool name_fits(const char *entry, const char *host)
{
    if (strcmp(entry, "*") == 0) {
        return true;
    }
    entry += strncmp(entry, "*.", 2) == 0 ? 2 : entry[0] == '.' ? 1 : 0;
    size_t entry_len = strlen(entry);
    size_t host_len = strlen(host);
    if (entry_len == 0 || host_len < entry_len) {
        return false;
    }
    const char *end = host + host_len - entry_len;
    return strcasecmp(end, entry) == 0 && (end == host || end[-1] == '.');
}

static bool entry_fits(char *entry, const char *host, unsigned port)
{
    if (!port_fits(entry, port)) {
        return false;
    }
    entry += entry[0] == '[' ? 1 : 0;
    bool holds = false;
    return judge_address(entry, host, &holds) ? holds : name_fits(entry, host);
}

bool proxy_is_exempt(const char *no_proxy, const char *host, unsigned port)
{
    static const char separators[] = ", \t";
    for (const char *at = no_proxy; *at != '\0';) {
        at += strspn(at, separators);
        size_t len = strcspn(at, separators);
        char entry[TARGET_HOST_BYTES];
        if (len > 0 && len < sizeof entry) {
            memcpy(entry, at, len);
            entry[len] = '\0';
            if (entry_fits(entry, host, port)) {
                return true;
            }
        }
        at += len;
    }
    return false;
}

void proxy_add_endpoint(struct buf *out, const char *proxy)
{
    CURLU *url = curl_url();
    char *host = NULL;
    char *port = NULL;
    if (url != NULL &&
        curl_url_set(url, CURLUPART_URL, proxy, CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        // 1080 is what libcurl takes for a proxy without a port.
        bool has_port = curl_url_get(url, CURLUPART_PORT, &port, 0) == CURLUE_OK;
        buf_add_format(out, "%s:%s", host, has_port ? port : "1080");
    } else {
        buf_add_text(out, "(unreadable)");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
}
