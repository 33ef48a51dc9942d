// SPDX-License-Identifier: MIT
#include "fleet/configmap_check.h"

#include <string.h>

#include "base/banned.h"

enum { VALUE_BYTES_MAX = 1 << 20, NAME_MAX_BYTES = 253 };

static const char lower_and_digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

static void refuse(struct request *request, const char *name, const char *field, const char *what)
{
    json_t *details =
        json_pack("{s:s,s:s,s:[{s:s,s:s,s:s}]}", "name", name, "kind", "ConfigMap", "causes",
                  "reason", "FieldValueInvalid", "message", what, "field", field);
    request_reply_failure(request, 422, "Invalid", details,
                          "ConfigMap \"%.300s\" is invalid: %.300s: %s", name, field, what);
}

// DNS-1123 subdomain.
static bool is_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_BYTES || strchr(lower_and_digits, name[0]) == NULL ||
        strchr(lower_and_digits, name[len - 1]) == NULL) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool dot = name[i] == '.' || name[i] == '-';
        if (!dot && strchr(lower_and_digits, name[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_data_key(const char *key)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    size_t len = strlen(key);
    return len > 0 && len <= NAME_MAX_BYTES && key[strspn(key, allowed)] == '\0';
}

static bool check_data(struct request *request, const char *name, json_t *data)
{
    size_t total = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(data, key, value)
    {
        if (!json_is_string(value)) {
            request_reply_failure(request, 400, "BadRequest", NULL,
                                  "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: "
                                  "json: cannot unmarshal into Go struct field ConfigMap.data of "
                                  "type string");
            return false;
        }
        if (!is_data_key(key)) {
            refuse(request, name, "data",
                   "Invalid value: a valid config key must consist of alphanumeric characters, "
                   "'-', '_' or '.'");
            return false;
        }
        total += json_string_length(value);
    }
    if (total > VALUE_BYTES_MAX) {
        refuse(request, name, "[]", "Too long: must have at most 1048576 bytes");
        return false;
    }
    return true;
}

static bool check(struct request *request, json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *name = object_string(metadata, "name", "");
    const char *namespace = object_string(metadata, "namespace", request->route.namespace);
    if (!is_name(name)) {
        refuse(request, name, "metadata.name",
               name[0] == '\0' ? "Required value: name or generateName is required"
                               : "Invalid value: a lowercase RFC 1123 subdomain must consist of "
                                 "lower case alphanumeric characters, '-' or '.'");
        return false;
    }
    if (namespace[0] != '\0' && strcmp(namespace, request->route.namespace) != 0) {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "the namespace of the provided object does not match the namespace "
                              "sent on the request");
        return false;
    }
    if (request->route.name[0] != '\0' && strcmp(name, request->route.name) != 0) {
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "the name of the object (%.300s) does not match the name on the URL "
                              "(%.300s)",
                              name, request->route.name);
        return false;
    }
    return check_data(request, name, json_object_get(object, "data"));
}

json_t *configmap_check(struct request *request)
{
    if (request->body.overflow) {
        request_reply_failure(request, 413, "RequestEntityTooLarge", NULL,
                              "Request entity too large: limit is %d", REQUEST_BODY_MAX);
        return NULL;
    }
    json_error_t where;
    json_t *object = json_loadb(request->body.data, request->body.len, JSON_ALLOW_NUL, &where);
    if (!json_is_object(object) || !json_is_object(json_object_get(object, "metadata"))) {
        json_decref(object);
        request_reply_failure(request, 400, "BadRequest", NULL,
                              "couldn't get version/kind; json parse error: %s", where.text);
        return NULL;
    }
    if (!check(request, object)) {
        json_decref(object);
        return NULL;
    }
    return object;
}
