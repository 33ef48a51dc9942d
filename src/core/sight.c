// SPDX-License-Identifier: MIT
#include "core/sight.h"

#include <string.h>

#include "base/banned.h"

enum sight_state sight_judge(enum action_kind kind, enum error_class class)
{
    if (class == ERROR_NONE) {
        return SIGHT_READ;
    }
    bool lacking = class == ERROR_FORBIDDEN || class == ERROR_NOT_FOUND;
    return lacking && kind != ACTION_BACKUP ? SIGHT_LIMITED : SIGHT_UNREAD;
}

bool sight_is_current(const struct sight *sight)
{
    return sight->state == SIGHT_READ && !sight->overflowed;
}

bool sight_is_whole(const struct sight *sight)
{
    return sight_is_current(sight) && !sight->partial;
}

bool sight_reaches(const struct sight *sight, const char *namespace_name)
{
    bool reached = sight->state == SIGHT_READ && !sight->partial;
    for (size_t i = 0; sight->state == SIGHT_READ && i < sight->namespace_count && !reached; i++) {
        reached = strcmp(sight->namespaces[i], namespace_name) == 0;
    }
    return reached;
}

int64_t sight_behind(const struct sight *sight)
{
    enum { WILD_CLOCK_SECONDS = 86400 };
    bool is_behind = sight->clock_skew < 0 && sight->clock_skew >= -WILD_CLOCK_SECONDS;
    return is_behind ? -sight->clock_skew : 0;
}

bool sight_knows_runs(const struct sight *sights, size_t count, size_t cluster)
{
    bool runs = false;
    bool backups = false;
    for (size_t i = 0; i < count; i++) {
        const struct sight *sight = &sights[i];
        if (sight->cluster != cluster || sight->kind >= ACTION_KIND_COUNT) {
            continue;
        }
        if (sight->state == SIGHT_UNREAD) {
            return false;
        }
        bool is_read = sight->state == SIGHT_READ && !sight->partial;
        runs = runs || (sight->kind == ACTION_RUN && is_read);
        backups = backups || (sight->kind == ACTION_BACKUP && is_read);
    }
    return runs && backups;
}

static bool is_read_action(const struct sight *sight)
{
    return sight->state == SIGHT_READ && sight->kind < ACTION_KIND_COUNT;
}

static bool cluster_was_read(const struct sight *sights, size_t count, size_t cluster)
{
    for (size_t i = 0; i < count; i++) {
        if (sights[i].cluster == cluster && is_read_action(&sights[i])) {
            return true;
        }
    }
    return false;
}

enum sight_extent sight_settle(struct sight *sights, size_t count)
{
    bool any_read = false;
    bool any_unread = false;
    for (size_t i = 0; i < count; i++) {
        if (sights[i].state == SIGHT_LIMITED &&
            !cluster_was_read(sights, count, sights[i].cluster)) {
            sights[i].state = SIGHT_UNREAD;
        }
        any_read = any_read || is_read_action(&sights[i]);
        any_unread = any_unread || sights[i].state == SIGHT_UNREAD;
    }
    if (!any_read) {
        return SIGHT_NONE;
    }
    return any_unread ? SIGHT_SOME : SIGHT_ALL;
}
