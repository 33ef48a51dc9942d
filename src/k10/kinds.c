// SPDX-License-Identifier: MIT
#include "k10/kinds.h"

#include "base/banned.h"

void kinds_add_list_path(struct buf *out, enum action_kind kind)
{
    buf_add_format(out, "/apis/%s/%s/%s", K10_ACTIONS_GROUP, K10_ACTIONS_VERSION,
                   action_kind_resource(kind));
}
