// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "fleet/item.h"

#include "base/banned.h"

static const char *const action_keys[] = {
    "kind",
    "name",
    "namespace",
    "minutes_ago",
    "duration_minutes",
    "state",
    "run",
    "policy",
    "app",
    "app_type",
    "error",
    "labels",
    "annotations",
    "policy_namespace",
    "run_namespace",
    "exceptions",
    "progress",
    "skip_reason",
    "phases",
    "merge",
    "managed_fields",
    "uid",
    "spec",
    "status",
    "raw",
    "raw_text",
    "comment",
    NULL,
};

static const struct resource *find_resource(const struct resource *fallback, const json_t *action)
{
    const char *kind = object_string(action, "kind", NULL);
    if (kind == NULL) {
        kind = object_string(json_object_get(action, "raw"), "kind", NULL);
    }
    return kind == NULL ? fallback : resource_by_name(kind);
}

void action_write_element(struct buf *out, const struct action_style *style, const json_t *object)
{
    if (style->item_kind || !json_is_object(object)) {
        object_write(out, object, style->order);
        return;
    }
    json_t *bare = json_copy((json_t *)(uintptr_t)object);
    (void)json_object_del(bare, "kind");
    (void)json_object_del(bare, "apiVersion");
    object_write(out, bare, style->order);
    json_decref(bare);
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        abort();
    }
    return copy;
}

static void fill_item(struct item *item, const struct action_style *style, const json_t *action,
                      size_t index)
{
    const char *raw_text = object_string(action, "raw_text", NULL);
    const json_t *raw = json_object_get(action, "raw");
    struct buf text;
    buf_init(&text, OBJECT_TEXT_MAX);
    if (raw_text != NULL) {
        buf_add_text(&text, raw_text);
    } else {
        item->object =
            raw != NULL ? object_expand(raw) : action_object(style, item->resource, action, index);
        action_write_element(&text, style, item->object);
    }
    const json_t *metadata = json_object_get(item->object, "metadata");
    const json_t *named = metadata == NULL ? action : metadata;
    item->name = copy_text(object_string(named, "name", ""));
    item->namespace = copy_text(object_string(named, "namespace", ""));
    item->phases = json_incref(json_object_get(action, "phases"));
    item->len = text.len;
    item->text = copy_text(text.data);
    buf_finish(&text);
}

bool item_create(const struct action_style *style, const struct resource *fallback,
                 const json_t *action, size_t index, struct item **ret, struct error *error)
{
    const char *unknown = NULL;
    if (!json_is_object(action)) {
        return error_set(error, ERROR_SETTINGS, "action %zu is not an object", index);
    }
    if (!object_has_only(action, action_keys, &unknown)) {
        return error_set(error, ERROR_SETTINGS, "action %zu has an unknown key \"%s\"", index,
                         unknown);
    }
    const struct resource *resource = find_resource(fallback, action);
    if (resource == NULL) {
        return error_set(error, ERROR_SETTINGS, "action %zu has no known \"kind\" (\"%s\")", index,
                         object_string(action, "kind", ""));
    }
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        abort();
    }
    atomic_init(&item->references, 1);
    item->resource = resource;
    fill_item(item, style, action, index);
    *ret = item;
    return true;
}

struct item *item_retain(struct item *item)
{
    atomic_fetch_add(&item->references, 1);
    return item;
}

void item_release(struct item *item)
{
    if (item == NULL || atomic_fetch_sub(&item->references, 1) != 1) {
        return;
    }
    free(item->namespace);
    free(item->name);
    free(item->text);
    json_decref(item->object);
    json_decref(item->phases);
    free(item);
}
