// SPDX-License-Identifier: MIT
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

static void mark_cut(char *text, int wanted)
{
    if (wanted >= ERROR_TEXT_BYTES) {
        size_t cut = utf8_cut(text, ERROR_TEXT_BYTES - 1, ERROR_TEXT_BYTES - 4);
        memcpy(text + cut, "...", 4);
    }
}

bool error_set(struct error *error, enum error_class class, const char *format, ...)
{
    va_list arguments;
    char text[ERROR_TEXT_BYTES];
    va_start(arguments, format);
    int wanted = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mark_cut(text, wanted);
    error->class = class;
    memcpy(error->text, text, sizeof text);
    return false;
}

bool error_prefix(struct error *error, const char *format, ...)
{
    char prefix[ERROR_TEXT_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    int prefix_wanted = vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    if (prefix_wanted >= (int)sizeof prefix) {
        prefix[utf8_cut(prefix, sizeof prefix - 1, sizeof prefix - 4)] = '\0';
    }
    char old[ERROR_TEXT_BYTES];
    memcpy(old, error->text, sizeof old);
    int wanted = snprintf(error->text, sizeof error->text, "%s: %s", prefix, old);
    mark_cut(error->text, wanted);
    return false;
}

const char *error_class_name(enum error_class class)
{
    static const char *const names[] = {
        [ERROR_NONE] = "none",
        [ERROR_USAGE] = "usage",
        [ERROR_SETTINGS] = "settings",
        [ERROR_AUTH] = "unauthorized",
        [ERROR_FORBIDDEN] = "forbidden",
        [ERROR_NOT_FOUND] = "not found",
        [ERROR_CONFLICT] = "conflict",
        [ERROR_EXPIRED] = "expired",
        [ERROR_LIMIT] = "limit",
        [ERROR_PROTOCOL] = "protocol",
        [ERROR_UNAVAILABLE] = "unavailable",
        [ERROR_REFUSED] = "refused",
        [ERROR_NETWORK] = "network",
        [ERROR_TLS] = "tls",
        [ERROR_INTERNAL] = "internal",
    };
    return names[class];
}
