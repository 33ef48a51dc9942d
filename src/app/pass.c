// SPDX-License-Identifier: MIT
#include "app/pass.h"

#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"

#include "base/banned.h"

static void log_end(struct pass *pass)
{
    log_line(pass->input->log, LOG_INFO, "pass done",
             {"clusters_read", arena_format(pass->arena, "%zu/%zu", pass->plan.clusters_read,
                                            pass->plan.cluster_count)},
             {"actions", pass_count_text(pass, pass->collection.items)},
             {"new_failures", pass_count_text(pass, pass->plan.row_count)},
             {"already_told", pass_count_text(pass, pass->plan.already_told)},
             {"mailed", pass->result.mailed && pass->input->mode == PASS_SEND ? "true" : "false"},
             {"status", arena_format(pass->arena, "%d", (int)pass->result.status)});
}

void pass_run(const struct pass_input *input, struct pass_result *ret)
{
    AUTO_PTR(arena) arena = arena_create();
    struct pass *pass = arena_alloc(arena, sizeof *pass);
    pass->input = input;
    pass->arena = arena;
    pass->now = input->clock();
    pass->window_start = pass->now - input->settings->lookback_s;

    const char **names = arena_alloc_array(arena, input->fleet->count, sizeof *names);
    for (size_t i = 0; i < input->fleet->count; i++) {
        names[i] = input->fleet->clusters[i].settings->name;
    }
    pass->plan_input = (struct plan_input){.cluster_names = names,
                                           .cluster_count = input->fleet->count,
                                           .ledger = &pass->ledger,
                                           .now = pass->now};
    pass_load_state(pass);
    pass_read_clusters(pass);
    pass_decide(pass);
    if (pass->plan.send && pass_tell(pass)) {
        plan_record(&pass->plan, &pass->plan_input, input->clock(), &pass->ledger);
    }
    pass_save_state(pass);
    log_end(pass);
    *ret = pass->result;
}
