// SPDX-License-Identifier: MIT
#include "kube/cluster.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "codec/url.h"

#include "base/banned.h"

enum { MOUNT_FILE_BYTES = 256 * 1024 };

static bool read_mounted(struct arena *arena, const char *dir, const char *name, const char **ret,
                         struct error *error)
{
    AUTO(buf) content;
    buf_init(&content, MOUNT_FILE_BYTES);
    const char *path = arena_format(arena, "%s/%s", dir, name);
    if (!file_read(path, MOUNT_FILE_BYTES, &content, error)) {
        return false;
    }
    while (content.len > 0 && strchr(" \t\r\n", content.data[content.len - 1]) != NULL) {
        buf_truncate(&content, content.len - 1);
    }
    if (content.len == 0 || memchr(content.data, '\0', content.len) != NULL) {
        return error_set(error, ERROR_PROTOCOL, "\"%s\" is empty or no text", path);
    }
    *ret = arena_strndup(arena, content.data, content.len);
    return true;
}

bool kube_service_account_read(struct arena *arena, const char *dir,
                               struct kube_service_account *ret, struct error *error)
{
    struct kube_service_account account = {NULL, NULL, NULL};
    if (!read_mounted(arena, dir, "token", &account.token, error) ||
        !read_mounted(arena, dir, "namespace", &account.namespace_name, error)) {
        return error_prefix(error, "service account mount");
    }
    struct error no_ca;
    if (!read_mounted(arena, dir, "ca.crt", &account.ca_pem, &no_ca)) {
        account.ca_pem = NULL;
    }
    *ret = account;
    return true;
}

const char *kube_in_cluster_url(struct arena *arena, const char *host, const char *port)
{
    if (host == NULL || *host == '\0') {
        return "https://kubernetes.default.svc";
    }
    const char *number = port != NULL && *port != '\0' ? port : "443";
    if (strchr(host, ':') != NULL) {
        return arena_format(arena, "https://[%s]:%s", host, number);
    }
    return arena_format(arena, "https://%s:%s", host, number);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcasecmp(text + len - end_len, end) == 0;
}

bool kube_url_is_direct(const char *url, const char *in_cluster_host)
{
    struct url_parts parts;
    if (http_url_is_loopback(url)) {
        return true;
    }
    if (!url_parse(url, &parts)) {
        return false;
    }
    return ends_with(parts.host, ".svc") || ends_with(parts.host, ".svc.cluster.local") ||
           (in_cluster_host != NULL && strcasecmp(parts.host, in_cluster_host) == 0);
}
