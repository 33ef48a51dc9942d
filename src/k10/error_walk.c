// SPDX-License-Identifier: MIT
#include "k10/error_walk.h"

#include <string.h>
#include <strings.h>

#include "k10/error_fields.h"
#include "k10/error_place.h"
#include "k10/error_text.h"

#include "base/banned.h"

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
        if (role == ERROR_ROLE_MESSAGE && error_value_is_text(member) && !has_message) {
            found.said = member;
            has_message = true;
        } else if (role == ERROR_ROLE_FALLBACK && error_value_is_text(member) &&
                   found.said == NULL) {
            found.said = member;
        }
        found.has_place |= role == ERROR_ROLE_PLACE;
    }
    return found;
}

static void walk_object(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *object, size_t level);
static void walk_member(struct error_builder *builder, struct error_node *node, const char *name,
                        const struct error_value *value, size_t level);

// [{name, value}], or a map of the same; a plain text stands for itself.
static void walk_fields(struct error_builder *builder, struct error_node *node,
                        const struct error_value *fields, size_t level)
{
    if (error_value_is_text(fields)) {
        speak_below(builder, node, fields, level);
    }
    for (const struct error_value *child = fields->first_child; child != NULL;
         child = child->next_sibling) {
        const struct error_value *name = error_value_get_text(child, "name", NULL, NULL);
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
    } else if (error_value_is_text(value) && strchr("{[\"", *value->text) != NULL &&
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
        if (field->role == ERROR_ROLE_MESSAGE) {
            error_walk_value(builder, node, value, level);
        } else if (value->type != ERROR_VALUE_TEXT) {
            walk_unknown(builder, node, value, level);
        }
        break;
    case ERROR_ROLE_CAUSE:
        error_walk_value(builder, node, value, level);
        break;
    case ERROR_ROLE_FIELDS:
        walk_fields(builder, node, value, level);
        break;
    case ERROR_ROLE_PLACE:
        error_place_read(builder, node, field->kind, value);
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
    const struct error_value *state = error_value_get_text(object, "state", NULL, NULL);
    return state != NULL && strcasecmp(state->text, "succeeded") == 0;
}

// A program's log as JSON: what it wrote of its progress, unless an error stands in it.
static bool is_progress(const struct error_value *object)
{
    static const char *const quiet[] = {"info", "debug", "trace", "notice"};
    const struct error_value *level = error_value_get_text(object, "level", NULL, NULL);
    level = level != NULL ? level : error_value_get_text(object, "severity", NULL, NULL);
    bool is_quiet = false;
    for (size_t i = 0; i < sizeof quiet / sizeof quiet[0] && level != NULL; i++) {
        is_quiet |= strcasecmp(level->text, quiet[i]) == 0;
    }
    for (const struct error_value *member = object->first_child; member != NULL && is_quiet;
         member = member->next_sibling) {
        is_quiet = role_of(member->key) != ERROR_ROLE_CAUSE;
    }
    return is_quiet;
}

// An object that says nothing itself ({"Err": {...}, "ID": ..}) is no statement: what stands in it
// belongs to its parent.
static void walk_object(struct error_builder *builder, struct error_node *parent,
                        const struct error_value *object, size_t level)
{
    if (is_past(object) || is_progress(object)) {
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

void error_walk_value(struct error_builder *builder, struct error_node *parent,
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
            error_walk_value(builder, parent, child, level);
        }
    } else if (error_value_is_text(value)) {
        speak_below(builder, parent, value, level);
    }
    builder->nesting--;
}

void error_walk_root(struct error_builder *builder, struct error_node *root,
                     const struct error_value *value)
{
    if (value->type == ERROR_VALUE_OBJECT) {
        walk_members(builder, root, value, survey(value).said, 0);
    } else if (error_value_is_text(value)) {
        speak(builder, root, value, 0);
    } else {
        error_walk_value(builder, root, value, 0);
    }
}
