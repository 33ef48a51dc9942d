// SPDX-License-Identifier: MIT
#include "kube/forbidden.h"

#include <string.h>

#include "base/dns.h"

#include "base/banned.h"

static const char before_user[] = "User \"";
static const char before_account[] = "User \"system:serviceaccount:";
static const char anonymous[] = "User \"system:anonymous\"";

// Labels with dots between them.
static bool is_subdomain(const char *text, size_t len)
{
    size_t begin = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i == len || text[i] == '.') {
            if (!dns_is_label(text + begin, i - begin)) {
                return false;
            }
            begin = i + 1;
        }
    }
    return len < KUBE_LABEL_BYTES;
}

static void copy(const char *text, size_t len, char ret[KUBE_LABEL_BYTES])
{
    memcpy(ret, text, len);
    ret[len] = '\0';
}

bool kube_forbidden_account(const char *message, struct kube_account *ret)
{
    const char *found = strstr(message, before_account);
    if (found == NULL) {
        return false;
    }
    const char *namespace_name = found + strlen(before_account);
    size_t namespace_len = strcspn(namespace_name, ":\"");
    const char *name = namespace_name + namespace_len;
    name += *name == ':' ? 1 : 0;
    size_t name_len = strcspn(name, ":\"");
    if (name[name_len] != '"' || !dns_is_label(namespace_name, namespace_len) ||
        !is_subdomain(name, name_len)) {
        return false;
    }
    copy(namespace_name, namespace_len, ret->namespace_name);
    copy(name, name_len, ret->name);
    return true;
}

bool kube_forbidden_by_rights(const char *message)
{
    return strstr(message, before_user) != NULL;
}

bool kube_forbidden_anonymous(const char *message)
{
    return strstr(message, anonymous) != NULL;
}
