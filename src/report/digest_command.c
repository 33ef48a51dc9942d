// SPDX-License-Identifier: MIT
// The kubectl command that shows what a row is about.
#include <string.h>

#include "base/arena.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 253, NAMESPACE_MAX_BYTES = 63 };

bool digest_is_object_name(const char *name, size_t max)
{
    static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    size_t len = name == NULL ? 0 : strlen(name);
    return len > 0 && len <= max && strspn(name, all) == len &&
           strchr(alphanumeric, name[0]) != NULL && strchr(alphanumeric, name[len - 1]) != NULL;
}

// "kubectl -n NS get RESOURCE NAME -o yaml"; NULL when a part cannot be put into a command.
static const char *get_command(struct arena *arena, enum action_kind kind,
                               const char *namespace_name, const char *name)
{
    bool scoped =
        action_kind_is_namespaced(kind) && namespace_name != NULL && *namespace_name != '\0';
    if (!digest_is_object_name(name, NAME_MAX_BYTES) ||
        (scoped && !digest_is_object_name(namespace_name, NAMESPACE_MAX_BYTES))) {
        return NULL;
    }
    return arena_format(arena, "kubectl %s%s%sget %s.%s.kio.kasten.io %s -o yaml",
                        scoped ? "-n " : "", scoped ? namespace_name : "", scoped ? " " : "",
                        action_kind_resource(kind), kind < ACTION_KIND_COUNT ? "actions" : "config",
                        name);
}

void digest_object_command(struct arena *arena, enum action_kind kind, const char *namespace_name,
                           const char *name, struct digest_row *row)
{
    if (namespace_name != NULL && *namespace_name != '\0') {
        row->command = get_command(arena, kind, namespace_name, name);
        row->command_note = arena_format(arena, "on %s", row->cluster);
    }
}

void digest_action_command(struct arena *arena, const struct action *action, const char *which,
                           struct digest_row *row)
{
    row->command = get_command(arena, action->kind, action->namespace_name, action->name);
    row->command_note =
        arena_format(arena, "on %s%s%s", row->cluster, *which == '\0' ? "" : "; ", which);
}

void digest_run_command(struct arena *arena, const struct finding *finding, struct digest_row *row)
{
    bool placed = finding->namespace_name != NULL && *finding->namespace_name != '\0';
    if (finding->kind < ACTION_KIND_COUNT &&
        (placed || !action_kind_is_namespaced(finding->kind))) {
        row->command = get_command(arena, finding->kind, finding->namespace_name, finding->name);
        row->command_note = arena_format(arena, "on %s, if it still exists", row->cluster);
    }
}

void digest_pods_command(struct arena *arena, const struct digest_input *input, size_t cluster,
                         struct digest_row *row)
{
    const char *k10 = cluster < input->cluster_count ? input->clusters[cluster].k10_namespace : "";
    if (digest_is_object_name(k10, NAMESPACE_MAX_BYTES)) {
        row->command = arena_format(arena, "kubectl -n %s get pods", k10);
        row->command_note = arena_format(arena, "on %s", row->cluster);
    }
}
