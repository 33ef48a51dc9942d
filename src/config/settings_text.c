// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/dns.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "codec/url.h"
#include "config/host.h"
#include "config/settings_read.h"

#include "base/banned.h"

enum { USER_BYTES = 320, PATH_BYTES = 4095, TEXT_BYTES = 4096, ADDRESS_TEXT_BYTES = 64 };

static bool set_text(const struct settings_field *field, void *target, const char *text, size_t len)
{
    *(const char **)target = arena_strndup(field->arena, text, len);
    return true;
}

static bool is_name(const char *text, size_t len)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    return len > 0 && strspn(text, allowed) >= len;
}

bool settings_read_name(const struct settings_field *field, void *target)
{
    if (field->len > field->key->max || !is_name(field->value, field->len)) {
        return settings_read_reject(field, NULL);
    }
    return set_text(field, target, field->value, field->len);
}

static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t point = 0;
        size_t count = utf8_decode(text + i, len - i, &point);
        if (count == 0 || utf8_is_unprintable(point)) {
            return false;
        }
        i += count;
    }
    return true;
}

// Control characters become blanks, then utf8_clean does the rest: U+FFFD for what is not UTF-8 or
// invisible, blanks folded.
static void replace_unprintable(const char *text, size_t len, struct buf *out)
{
    AUTO(buf) blanked;
    buf_init(&blanked, TEXT_BYTES);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            buf_add_char(&blanked, ' ');
        } else {
            buf_add_char(&blanked, text[i]);
        }
    }
    utf8_clean(out, blanked.data, blanked.len);
}

bool settings_read_text(const struct settings_field *field, void *target)
{
    if (field->len > field->key->max) {
        return settings_read_reject(field, NULL);
    }
    if (is_printable(field->value, field->len)) {
        return set_text(field, target, field->value, field->len);
    }
    AUTO(buf) text;
    buf_init(&text, TEXT_BYTES);
    replace_unprintable(field->value, field->len, &text);
    if (text.len == 0) {
        return settings_read_reject(field, "holds nothing that can be shown");
    }
    settings_report_warning(field->report, field->name,
                            "holds control or invisible characters, which were replaced: %s",
                            settings_report_quote(field->report, text.data, text.len));
    return set_text(field, target, text.data, text.len);
}

bool settings_read_user(const struct settings_field *field, void *target)
{
    const char *value = field->value;
    if (field->len > USER_BYTES || !is_printable(value, field->len) || value[0] == ' ' ||
        value[field->len - 1] == ' ') {
        return settings_read_reject(field, NULL);
    }
    return set_text(field, target, value, field->len);
}

static const char *host_problem(const char *value)
{
    if (strstr(value, "://") != NULL) {
        return "is a URL";
    }
    const char *colon = strchr(value, ':');
    if (colon != NULL && colon == strrchr(value, ':')) {
        return "seems to have a port: that is a setting of its own";
    }
    return NULL;
}

bool settings_read_host(const struct settings_field *field, void *target)
{
    const char *value = field->value;
    size_t len = field->len;
    if (len > 2 && len < ADDRESS_TEXT_BYTES && value[0] == '[' && value[len - 1] == ']') {
        const char *bare = arena_strndup(field->arena, value + 1, len - 2);
        if (strchr(bare, ':') != NULL && host_is_address(bare)) {
            return set_text(field, target, bare, len - 2);
        }
    }
    if (!host_is_name(value) && !host_is_address(value)) {
        return settings_read_reject(field, host_problem(value));
    }
    return set_text(field, target, value, len);
}

bool settings_read_namespace(const struct settings_field *field, void *target)
{
    if (!dns_is_label(field->value, field->len)) {
        return settings_read_reject(field, NULL);
    }
    return set_text(field, target, field->value, field->len);
}

static bool read_url(const struct settings_field *field, struct url_parts *ret, size_t *ret_len)
{
    const char *problem = url_problem(field->value);
    if (problem != NULL || !url_parse(field->value, ret)) {
        (void)settings_read_reject(field, problem);
        return false;
    }
    size_t len = field->len;
    while (len > 0 && field->value[len - 1] == '/') {
        len--;
    }
    *ret_len = len;
    return true;
}

bool settings_read_api_url(const struct settings_field *field, void *target)
{
    struct url_parts parts;
    size_t len;
    if (!read_url(field, &parts, &len)) {
        return false;
    }
    bool https = strcmp(parts.scheme, "https") == 0;
    if (!https && strcmp(parts.scheme, "http") == 0 && !host_is_loopback(parts.host)) {
        return settings_read_reject(field, "would send the token in clear to another machine");
    }
    if (!https && strcmp(parts.scheme, "http") != 0) {
        return settings_read_reject(field, NULL);
    }
    return set_text(field, target, field->value, len);
}

bool settings_read_web_url(const struct settings_field *field, void *target)
{
    struct url_parts parts;
    size_t len;
    if (!read_url(field, &parts, &len)) {
        return false;
    }
    if (strcmp(parts.scheme, "https") != 0 && strcmp(parts.scheme, "http") != 0) {
        return settings_read_reject(field, NULL);
    }
    return set_text(field, target, field->value, len);
}

static bool is_state_path(const char *path)
{
    size_t len = strlen(path);
    return len > 0 && len <= PATH_BYTES && path[len - 1] != '/' && is_printable(path, len);
}

static bool is_state_cluster(const char *cluster)
{
    const char *slash = strchr(cluster, '/');
    if (slash == NULL) {
        return is_name(cluster, strlen(cluster));
    }
    return is_name(cluster, (size_t)(slash - cluster)) &&
           dns_is_label(slash + 1, strlen(slash + 1));
}

bool settings_read_state(const struct settings_field *field, void *target)
{
    static const char configmap[] = "configmap";
    static const char configmap_of[] = "configmap:";
    static const char file[] = "file:";
    const char *value = field->value;
    bool valid = strcmp(value, configmap) == 0;
    if (strncmp(value, configmap_of, sizeof configmap_of - 1) == 0) {
        valid = is_state_cluster(value + sizeof configmap_of - 1);
    } else if (strncmp(value, file, sizeof file - 1) == 0) {
        valid = is_state_path(value + sizeof file - 1);
    }
    return valid ? set_text(field, target, value, field->len) : settings_read_reject(field, NULL);
}

bool settings_read_zone(const struct settings_field *field, void *target)
{
    if (!timestamp_zone_exists(field->value)) {
        return settings_read_reject(field, NULL);
    }
    // UTC is shown in any case.
    if (strcmp(field->value, "UTC") == 0 || strcmp(field->value, "Etc/UTC") == 0) {
        return true;
    }
    return set_text(field, target, field->value, field->len);
}
