// SPDX-License-Identifier: MIT
#include "app/details.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "codec/json.h"
#include "k10/error_tree.h"
#include "k10/kinds.h"
#include "kube/client.h"

#include "base/banned.h"

struct asking {
    struct arena *arena;
    const struct details_input *input;
    const struct action *action;
    struct kube_cluster cluster; // as the fleet's, with the shorter timeout
    struct details *result;
};

static bool is_informative(const struct cause_list *causes)
{
    for (size_t i = 0; i < causes->count; i++) {
        if (causes->items[i].informative) {
            return true;
        }
    }
    return false;
}

bool details_are_wanted(const struct action *action)
{
    return !is_informative(&action->causes);
}

static void on_done(void *context, const struct json *object, const struct error *error)
{
    struct asking *asking = context;
    struct details *result = asking->result;
    if (object != NULL) {
        struct cause_list found;
        result->tree = error_tree_build_details(asking->input->trees, object);
        root_cause_find(asking->arena, result->tree, &found);
        if (is_informative(&found)) {
            result->causes = found;
        }
    }
    log_line(asking->input->log, LOG_DEBUG, "details fetched",
             {"cluster", asking->input->fleet->clusters[asking->action->cluster].settings->name},
             {"action", asking->action->name},
             {"cause", result->causes.count > 0 ? result->causes.items[0].text : NULL},
             {"error", error != NULL ? error->text : NULL});
}

void details_fetch(struct arena *arena, const struct details_input *input,
                   const struct action *const *actions, size_t count, struct details *ret_details)
{
    struct asking asking[DETAILS_PER_PASS];
    for (size_t i = 0; i < count && i < DETAILS_PER_PASS; i++) {
        AUTO(buf) path;
        buf_init(&path, 4096);
        ret_details[i] = (struct details){0};
        if (!kinds_add_details_path(&path, actions[i]) || path.overflow) {
            continue;
        }
        asking[i] =
            (struct asking){arena, input, actions[i],
                            input->fleet->clusters[actions[i]->cluster].kube, &ret_details[i]};
        if (asking[i].cluster.timeout_ms > DETAILS_TIMEOUT_MS) {
            asking[i].cluster.timeout_ms = DETAILS_TIMEOUT_MS;
        }
        kube_fetch(input->http, &asking[i].cluster, path.data, DETAILS_MAX_BYTES,
                   &(struct kube_fetch_sink){on_done, &asking[i]});
    }
    input->http->run(input->http);
}
