// SPDX-License-Identifier: MIT
#include "k10/kinds.h"

#include <string.h>

#include "codec/url.h"
#include "k10/policy_decode.h"

#include "base/banned.h"

#define ACTIONS_PATH "/apis/" K10_ACTIONS_GROUP "/" K10_ACTIONS_VERSION
#define CONFIG_PATH "/apis/" K10_CONFIG_GROUP "/" K10_CONFIG_VERSION

const char *kinds_group(enum action_kind kind)
{
    return kind < ACTION_KIND_COUNT ? K10_ACTIONS_GROUP : K10_CONFIG_GROUP;
}

static const char *group_path(enum action_kind kind)
{
    return kind < ACTION_KIND_COUNT ? ACTIONS_PATH : CONFIG_PATH;
}

void kinds_add_group_path(struct buf *out, enum action_kind kind)
{
    buf_add_text(out, group_path(kind));
}

void kinds_add_list_path(struct buf *out, enum action_kind kind)
{
    buf_add_format(out, "%s/%s", group_path(kind), action_kind_resource(kind));
}

void kinds_add_namespace_path(struct buf *out, enum action_kind kind, const char *namespace_name)
{
    buf_add_format(out, "%s/namespaces/", group_path(kind));
    url_add_encoded(out, namespace_name);
    buf_add_format(out, "/%s", action_kind_resource(kind));
}

// URL libraries fold dot segments, also encoded ones: such a name would lead elsewhere.
static bool is_segment(const char *text)
{
    return *text != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

bool kinds_add_details_path(struct buf *out, const struct action *action)
{
    bool namespaced = action_kind_is_namespaced(action->kind);
    if (!is_segment(action->name) || (namespaced && !is_segment(action->namespace_name))) {
        return false;
    }
    buf_add_text(out, ACTIONS_PATH);
    if (namespaced) {
        buf_add_text(out, "/namespaces/");
        url_add_encoded(out, action->namespace_name);
    }
    buf_add_format(out, "/%s/", action_kind_resource(action->kind));
    url_add_encoded(out, action->name);
    buf_add_text(out, "/details");
    return true;
}
