// SPDX-License-Identifier: MIT
#include "k10/error_tree.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "codec/json.h"
#include "k10/error_builder.h"
#include "k10/error_text.h"
#include "k10/error_walk.h"

#include "base/banned.h"

static struct error_builder begin(struct arena *arena)
{
    return (struct error_builder){
        .arena = arena,
        .budget = {arena, ERROR_VALUE_MAX_VALUES, ERROR_TREE_MAX_BYTES},
        .statements = ERROR_TREE_MAX_STATEMENTS,
        .walk = error_walk_value,
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
    error_walk_root(&builder, root, copy);
    return &root->statement;
}

struct statement *error_tree_build(struct arena *arena, const struct json *error)
{
    return build(arena, error);
}

struct statement *error_tree_build_exceptions(struct arena *arena, const struct json *exceptions)
{
    const char *text = json_text(exceptions);
    bool is_said = json_count(exceptions) > 0 || (text != NULL && *text != '\0');
    return is_said ? build(arena, exceptions) : NULL;
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
        error_walk_value(builder, root, copy, 0);
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
