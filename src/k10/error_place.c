// SPDX-License-Identifier: MIT
#include "k10/error_place.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

#include "base/banned.h"

enum { NAME_BYTES = 253, WHERE_BYTES = 1024 };

static bool ends_in(const char *where, const char *name, size_t len)
{
    size_t where_len = strlen(where);
    return where_len > len && where[where_len - len - 1] == ' ' &&
           memcmp(where + where_len - len, name, len) == 0;
}

static void add_place(struct error_builder *builder, struct error_node *node, const char *kind,
                      const struct error_value *name)
{
    if (name == NULL || name->cut) {
        return;
    }
    const char *comma = strstr(name->text, ", ");
    size_t len = comma != NULL ? (size_t)(comma - name->text) : name->len;
    len = utf8_cut(name->text, len, NAME_BYTES);
    const char *where = node->statement.where != NULL ? node->statement.where : "";
    // K10 calls a namespace application too.
    bool is_known = strcmp(kind, "application") == 0 && ends_in(where, name->text, len);
    if (len == 0 || is_known || strlen(where) + len > WHERE_BYTES) {
        return;
    }
    AUTO(buf) told;
    buf_init(&told, 2 * (size_t)WHERE_BYTES);
    buf_add_text(&told, where);
    buf_add_text(&told, *where != '\0' ? ", " : "");
    buf_add_text(&told, kind);
    buf_add_char(&told, ' ');
    buf_add(&told, name->text, len);
    node->statement.where = arena_strndup(builder->arena, told.data, told.len);
}

// A place told as an object: {"app":{"namespace":{"name":..}}}, {"name":.., "namespace":..}.
static void add_place_object(struct error_builder *builder, struct error_node *node,
                             const char *kind, const struct error_value *object)
{
    const struct error_value *app = error_value_get_text(object, "app", "namespace", "name");
    const struct error_value *inner = error_value_get_text(object, "namespace", "name", NULL);
    const struct error_value *space = error_value_get_text(object, "namespace", NULL, NULL);
    const struct error_value *name = error_value_get_text(object, "name", NULL, NULL);
    space = app != NULL ? app : inner != NULL ? inner : space;
    add_place(builder, node, "namespace", space);
    if (space == NULL || strcmp(kind, "namespace") != 0) {
        add_place(builder, node, kind, name);
    }
}

void error_place_read(struct error_builder *builder, struct error_node *node, const char *kind,
                      const struct error_value *value)
{
    if (value->type == ERROR_VALUE_OBJECT) {
        add_place_object(builder, node, kind, value);
    } else if (error_value_is_text(value) && *value->text == '{') {
        struct error_read read = error_value_read(&builder->budget, value->text, value->len);
        add_place_object(builder, node, kind, read.value);
    } else if (error_value_is_text(value)) {
        add_place(builder, node, kind, value);
    }
}
