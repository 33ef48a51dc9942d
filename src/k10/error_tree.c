// SPDX-License-Identifier: MIT
#include "k10/error_tree.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "k10/error_builder.h"
#include "k10/error_fields.h"

#include "base/banned.h"

enum { NAME_BYTES = 253, WHERE_BYTES = 1024 };

struct error_node *error_builder_add(struct error_builder *builder, struct error_node *parent)
{
    if (builder->statements == 0 || parent->depth + 1 >= ERROR_TREE_MAX_DEPTH) {
        return NULL;
    }
    builder->statements--;
    struct error_node *node = arena_alloc(builder->arena, sizeof *node);
    node->depth = parent->depth + 1;
    if (parent->last_child == NULL) {
        parent->statement.first_child = &node->statement;
    } else {
        parent->last_child->statement.next_sibling = &node->statement;
    }
    parent->last_child = node;
    return node;
}

static void speak(struct error_builder *builder, struct error_node *node,
                  const struct error_value *value, size_t level)
{
    struct error_text text = {value->text, value->len, value->cut, level};
    error_text_speak(builder, node, &text);
}

static void speak_below(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *value, size_t level)
{
    struct error_node *child = error_builder_add(builder, parent);
    if (child != NULL) {
        speak(builder, child, value, level);
    }
}

static enum error_role role_of(const char *name)
{
    const struct error_field *field = name != NULL ? error_field_find(name) : NULL;
    return field != NULL ? field->role : ERROR_ROLE_UNKNOWN;
}

static bool is_said(const struct error_value *value)
{
    return value->type == ERROR_VALUE_TEXT && value->len > 0;
}

struct survey {
    const struct error_value *said; // its message, else the best substitute; NULL for none
    bool has_place;
};

static struct survey survey(const struct error_value *object)
{
    struct survey found = {.said = NULL};
    bool has_message = false;
    for (const struct error_value *member = object->first_child; member != NULL;
         member = member->next_sibling) {
        enum error_role role = role_of(member->key);
        if (role == ERROR_ROLE_MESSAGE && is_said(member) && !has_message) {
            found.said = member;
            has_message = true;
        } else if (role == ERROR_ROLE_FALLBACK && is_said(member) && found.said == NULL) {
            found.said = member;
        }
        found.has_place |= role == ERROR_ROLE_PLACE;
    }
    return found;
}

static const struct error_value *get_path(const struct error_value *value, const char *a,
                                          const char *b, const char *c)
{
    value = error_value_get(value, a);
    value = b != NULL ? error_value_get(value, b) : value;
    value = c != NULL ? error_value_get(value, c) : value;
    return value != NULL && is_said(value) ? value : NULL;
}

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
    const struct error_value *app = get_path(object, "app", "namespace", "name");
    const struct error_value *inner = get_path(object, "namespace", "name", NULL);
    const struct error_value *space = get_path(object, "namespace", NULL, NULL);
    const struct error_value *name = get_path(object, "name", NULL, NULL);
    space = app != NULL ? app : inner != NULL ? inner : space;
    add_place(builder, node, "namespace", space);
    if (space == NULL || strcmp(kind, "namespace") != 0) {
        add_place(builder, node, kind, name);
    }
}

static void read_place(struct error_builder *builder, struct error_node *node, const char *kind,
                       const struct error_value *value)
{
    if (value->type == ERROR_VALUE_OBJECT) {
        add_place_object(builder, node, kind, value);
    } else if (is_said(value) && *value->text == '{') {
        struct error_read read = error_value_read(&builder->budget, value->text, value->len);
        add_place_object(builder, node, kind, read.value);
    } else if (is_said(value)) {
        add_place(builder, node, kind, value);
    }
}

static void walk_object(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *object, size_t level);
static void walk_member(struct error_builder *builder, struct error_node *node, const char *name,
                        const struct error_value *value, size_t level);

// [{name, value}], or a map of the same; a plain text stands for itself.
static void walk_fields(struct error_builder *builder, struct error_node *node,
                        const struct error_value *fields, size_t level)
{
    if (is_said(fields)) {
        speak_below(builder, node, fields, level);
    }
    for (const struct error_value *child = fields->first_child; child != NULL;
         child = child->next_sibling) {
        const struct error_value *name = get_path(child, "name", NULL, NULL);
        const struct error_value *value = error_value_get(child, "value");
        if (fields->type == ERROR_VALUE_OBJECT) {
            walk_member(builder, node, child->key, child, level);
        } else if (name != NULL && value != NULL) {
            walk_member(builder, node, name->text, value, level);
        } else if (child->type == ERROR_VALUE_OBJECT) {
            walk_object(builder, node, child, level);
        }
    }
}

// A member nobody knows: errors may stand in it, its plain texts are no statements.
static void walk_unknown(struct error_builder *builder, struct error_node *node,
                         const struct error_value *value, size_t level)
{
    if (value->type == ERROR_VALUE_OBJECT) {
        walk_object(builder, node, value, level);
    } else if (value->type == ERROR_VALUE_ARRAY) {
        for (const struct error_value *child = value->first_child; child != NULL;
             child = child->next_sibling) {
            walk_member(builder, node, NULL, child, level);
        }
    } else if (is_said(value) && strchr("{[\"", *value->text) != NULL &&
               strstr(value->text, "message") != NULL) {
        speak_below(builder, node, value, level);
    }
}

static void walk_member_role(struct error_builder *builder, struct error_node *node,
                             const struct error_field *field, const struct error_value *value,
                             size_t level)
{
    switch (field->role) {
    case ERROR_ROLE_MESSAGE:
    case ERROR_ROLE_FALLBACK:
        if (value->type != ERROR_VALUE_TEXT) {
            walk_unknown(builder, node, value, level);
        } else if (field->role == ERROR_ROLE_MESSAGE) {
            speak_below(builder, node, value, level);
        }
        break;
    case ERROR_ROLE_CAUSE:
        error_builder_walk(builder, node, value, level);
        break;
    case ERROR_ROLE_FIELDS:
        walk_fields(builder, node, value, level);
        break;
    case ERROR_ROLE_PLACE:
        read_place(builder, node, field->kind, value);
        break;
    case ERROR_ROLE_NOISE:
        break;
    case ERROR_ROLE_UNKNOWN:
        walk_unknown(builder, node, value, level);
        break;
    }
}

static void walk_member(struct error_builder *builder, struct error_node *node, const char *name,
                        const struct error_value *value, size_t level)
{
    static const struct error_field unknown = {.role = ERROR_ROLE_UNKNOWN};
    const struct error_field *field = name != NULL ? error_field_find(name) : NULL;
    if (builder->nesting >= ERROR_TREE_MAX_NESTING) {
        return;
    }
    builder->nesting++;
    walk_member_role(builder, node, field != NULL ? field : &unknown, value, level);
    builder->nesting--;
}

static void walk_members(struct error_builder *builder, struct error_node *node,
                         const struct error_value *object, const struct error_value *said,
                         size_t level)
{
    node->statement.truncated |= object->cut;
    if (said != NULL && node->statement.message == NULL) {
        speak(builder, node, said, level);
    } else if (said != NULL) {
        speak_below(builder, node, said, level);
    }
    for (const struct error_value *member = object->first_child; member != NULL;
         member = member->next_sibling) {
        if (member != said) {
            walk_member(builder, node, member->key, member, level);
        }
    }
}

// A phase of /details that went well after retries failed for reasons that no longer matter.
static bool is_past(const struct error_value *object)
{
    const struct error_value *state = get_path(object, "state", NULL, NULL);
    return state != NULL && strcasecmp(state->text, "succeeded") == 0;
}

// An object that says nothing itself ({"Err": {...}, "ID": ..}) is no statement: what stands in it
// belongs to its parent.
static void walk_object(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *object, size_t level)
{
    if (is_past(object)) {
        return;
    }
    struct survey found = survey(object);
    struct error_node *node = parent;
    if (found.said != NULL || found.has_place) {
        node = error_builder_add(builder, parent);
    }
    if (node != NULL) {
        walk_members(builder, node, object, found.said, level);
    }
}

void error_builder_walk(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *value, size_t level)
{
    if (builder->nesting >= ERROR_TREE_MAX_NESTING) {
        return;
    }
    builder->nesting++;
    if (value->type == ERROR_VALUE_OBJECT) {
        walk_object(builder, parent, value, level);
    } else if (value->type == ERROR_VALUE_ARRAY) {
        for (const struct error_value *child = value->first_child; child != NULL;
             child = child->next_sibling) {
            error_builder_walk(builder, parent, child, level);
        }
    } else if (is_said(value)) {
        speak_below(builder, parent, value, level);
    }
    builder->nesting--;
}

static struct error_builder begin(struct arena *arena)
{
    return (struct error_builder){
        .arena = arena,
        .budget = {arena, ERROR_VALUE_MAX_VALUES, ERROR_TREE_MAX_BYTES},
        .statements = ERROR_TREE_MAX_STATEMENTS,
    };
}

static struct statement *build(struct arena *arena, const struct json *value)
{
    struct error_builder builder = begin(arena);
    struct error_value *copy = error_value_from_json(&builder.budget, value);
    if (copy == NULL) {
        return NULL;
    }
    struct error_node *root = arena_alloc(arena, sizeof *root);
    if (copy->type == ERROR_VALUE_OBJECT) {
        walk_members(&builder, root, copy, survey(copy).said, 0);
    } else if (is_said(copy)) {
        speak(&builder, root, copy, 0);
    } else {
        error_builder_walk(&builder, root, copy, 0);
    }
    return &root->statement;
}

struct statement *error_tree_build(struct arena *arena, const struct json *error)
{
    return build(arena, error);
}

struct statement *error_tree_build_exceptions(struct arena *arena, const struct json *exceptions)
{
    return json_count(exceptions) > 0 ? build(arena, exceptions) : NULL;
}

struct statement *error_tree_build_text(struct arena *arena, const char *bytes, size_t len)
{
    struct error_builder builder = begin(arena);
    size_t kept = len <= ERROR_TREE_MAX_BYTES ? len : ERROR_TREE_MAX_BYTES;
    char *copy = arena_strndup(arena, bytes, kept);
    for (size_t i = 0; i < kept; i++) {
        copy[i] = copy[i] != '\0' ? copy[i] : ' ';
    }
    struct error_node *root = arena_alloc(arena, sizeof *root);
    struct error_text text = {copy, kept, kept < len, 0};
    error_text_speak(&builder, root, &text);
    return &root->statement;
}

static const struct json *find_phases(const struct json *details)
{
    const struct json *phases = json_path(details, "status", "actionDetails", "phases", NULL);
    phases = phases != NULL ? phases : json_path(details, "actionDetails", "phases", NULL);
    return phases != NULL ? phases : json_get(details, "phases");
}

static void walk_errors(struct error_builder *builder, struct error_node *root,
                        const struct json *errors)
{
    struct error_value *copy = error_value_from_json(&builder->budget, errors);
    if (copy != NULL) {
        error_builder_walk(builder, root, copy, 0);
    }
}

struct statement *error_tree_build_details(struct arena *arena, const struct json *details)
{
    struct error_builder builder = begin(arena);
    struct error_node *root = arena_alloc(arena, sizeof *root);
    const struct json *phases = find_phases(details);
    for (size_t i = 0; i < json_count(phases); i++) {
        const struct json *phase = json_at(phases, i);
        const char *state = json_text(json_get(phase, "state"));
        if (state == NULL || strcasecmp(state, "succeeded") != 0) {
            walk_errors(&builder, root, json_get(phase, "errors"));
        }
    }
    const struct json *checks = json_path(details, "status", "volumeDataCheckResult", NULL);
    for (size_t i = 0; i < json_count(checks); i++) {
        walk_errors(&builder, root, json_get(json_at(checks, i), "errors"));
    }
    return root->statement.first_child != NULL ? &root->statement : NULL;
}
