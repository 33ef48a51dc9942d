// SPDX-License-Identifier: MIT
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/file.h"
#include "codec/base64.h"
#include "config/settings_read.h"

#include "base/banned.h"

enum { SECRET_BYTES = 64 * 1024, CA_BYTES = 1024 * 1024 };

// One line break at the end is cut: editors and echo leave it. In the environment it is worth a
// word, because other readers of the same Secret will stumble over it.
static size_t cut_line_end(const struct settings_field *field)
{
    size_t len = field->len;
    if (len == 0 || field->value[len - 1] != '\n') {
        return len;
    }
    len -= len > 1 && field->value[len - 2] == '\r' ? 2 : 1;
    if (!field->from_file) {
        settings_report_warning(field->report, field->name,
                                "ends in a line break, which was cut (echo adds one, printf does "
                                "not)");
    }
    return len;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

// Shows the shape without the line break that was cut already.
static bool reject_secret(const struct settings_field *field, size_t len, const char *reason)
{
    struct settings_field cut = *field;
    cut.len = len;
    return settings_read_reject(&cut, reason);
}

bool settings_read_password(const struct settings_field *field, void *target)
{
    size_t len = cut_line_end(field);
    bool valid = len > 0 && len <= SECRET_BYTES;
    for (size_t i = 0; valid && i < len; i++) {
        valid = !is_control(field->value[i]);
    }
    if (!valid) {
        return reject_secret(field, len, NULL);
    }
    *(const char **)target = arena_strndup(field->arena, field->value, len);
    return true;
}

bool settings_read_token(const struct settings_field *field, void *target)
{
    static const char scheme[] = "Bearer ";
    // The base64 of "eyJ", with which every JSON web token begins.
    static const char encoded_token[] = "ZXlK";
    size_t len = cut_line_end(field);
    if (len >= sizeof scheme - 1 && strncasecmp(field->value, scheme, sizeof scheme - 1) == 0) {
        return reject_secret(field, len, "begins with the word Bearer: the token alone is wanted");
    }
    bool valid = len > 0 && len <= SECRET_BYTES;
    for (size_t i = 0; valid && i < len; i++) {
        valid = field->value[i] > ' ' && field->value[i] < 0x7F;
    }
    if (!valid) {
        return reject_secret(field, len, NULL);
    }
    if (strncmp(field->value, encoded_token, sizeof encoded_token - 1) == 0) {
        settings_report_warning(
            field->report, field->name,
            "looks base64-encoded once too often: kubectl shows data.token of a "
            "Secret encoded");
    }
    *(const char **)target = arena_strndup(field->arena, field->value, len);
    return true;
}

static const char *file_problem(enum error_class class)
{
    switch (class) {
    case ERROR_NOT_FOUND:
        return "does not exist";
    case ERROR_FORBIDDEN:
        return "may not be read by this user";
    case ERROR_LIMIT:
        return "is larger";
    default:
        return "cannot be read";
    }
}

// The path is not shown: it is often the secret itself, put into the wrong key.
static bool reject_secret_file(const struct settings_field *field, const char *problem)
{
    settings_report_problem(
        field->report, field->name,
        "expected a file that can be read, of at most 64 KiB; the file it names "
        "%s",
        problem);
    return false;
}

bool settings_read_secret_file(const struct settings_field *field, void *target)
{
    AUTO(buf) content;
    buf_init(&content, SECRET_BYTES + 1);
    struct error error;
    if (!file_read(field->value, SECRET_BYTES, &content, &error)) {
        return reject_secret_file(field, file_problem(error.class));
    }
    if (content.len == 0) {
        return reject_secret_file(field, "is empty");
    }
    const struct settings_key *secret =
        settings_table_find(field->key->scope, field->key->instead_of);
    struct settings_field inner = *field;
    inner.key = secret;
    inner.value = content.data;
    inner.len = content.len;
    inner.from_file = true;
    return secret->type == SETTINGS_TOKEN ? settings_read_token(&inner, target)
                                          : settings_read_password(&inner, target);
}

static const char *pem_problem(const struct buf *pem)
{
    if (strlen(pem->data) != pem->len) {
        return "holds a NUL byte";
    }
    if (strstr(pem->data, "-----BEGIN CERTIFICATE-----") == NULL &&
        strstr(pem->data, "-----BEGIN TRUSTED CERTIFICATE-----") == NULL) {
        return "holds no BEGIN CERTIFICATE";
    }
    return strstr(pem->data, "-----END ") != NULL ? NULL : "is cut off before END CERTIFICATE";
}

static bool set_pem(const struct settings_field *field, const struct buf *pem, void *target)
{
    const char *problem = pem_problem(pem);
    if (problem != NULL) {
        return settings_read_reject(field, problem);
    }
    *(const char **)target = arena_strndup(field->arena, pem->data, pem->len);
    return true;
}

bool settings_read_ca_data(const struct settings_field *field, void *target)
{
    AUTO(buf) pem;
    buf_init(&pem, CA_BYTES);
    if (strstr(field->value, "-----BEGIN") != NULL) {
        return settings_read_reject(field, "is PEM itself: base64 of it is wanted");
    }
    if (!base64_decode(field->value, field->len, &pem)) {
        return settings_read_reject(field, "is not base64");
    }
    return set_pem(field, &pem, target);
}

bool settings_read_ca_file(const struct settings_field *field, void *target)
{
    AUTO(buf) pem;
    buf_init(&pem, CA_BYTES + 1);
    struct error error;
    if (!file_read(field->value, CA_BYTES, &pem, &error)) {
        return settings_read_reject(field, file_problem(error.class));
    }
    return set_pem(field, &pem, target);
}
