// SPDX-License-Identifier: MIT
#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "kube/state_store.h"

#include "base/banned.h"

// Alerts fail open: a state that cannot be read costs a repeat, never a mail.
void pass_load_state(struct pass *pass)
{
    struct state_store *store = pass->input->store;
    struct state_health health;
    struct error error;
    ledger_init(&pass->ledger, pass->arena);
    if (!store->load(store, &pass->ledger, &health, &error)) {
        pass->ledger.existed = true; // unknown: not the same as "never ran"
        log_line(pass->input->log, LOG_ERROR, "the state cannot be read; alerts may repeat",
                 {"state", store->description}, {"error", error.text});
        pass_say(&pass->notices,
                 arena_format(pass->arena,
                              "The record of alerts already sent (%s) could not be read: rows may "
                              "repeat. %s",
                              store->description, error.text));
        pass_worsen(pass, EXIT_STATUS_STATE);
        return;
    }
    if (health.unreadable || health.newer) {
        log_line(pass->input->log, LOG_ERROR,
                 health.newer ? "the state is of a later version; it is left untouched"
                              : "the state is damaged; what is readable is used, the rest is kept "
                                "under data.unreadable and replaced",
                 {"state", store->description}, {"reason", health.reason});
        pass_say(
            &pass->notices,
            arena_format(pass->arena,
                         "The record of alerts already sent (%s) could not be read wholly: rows "
                         "may repeat. Reason: %s.",
                         store->description, health.reason));
        pass_worsen(pass, EXIT_STATUS_STATE);
    }
}

// A first pass whose mail was refused leaves no state behind: the next one is the first again.
static bool state_is_worth_a_write(const struct pass *pass)
{
    if (pass->input->mode == PASS_DRY_RUN) {
        return false;
    }
    bool refused = pass->plan.send && !pass->result.mailed;
    return pass->ledger.existed ? pass->ledger.changed : !refused;
}

void pass_save_state(struct pass *pass)
{
    struct state_store *store = pass->input->store;
    struct error error;
    bool crowded = false;
    int64_t keep_from = pass->now - LEDGER_KEEP_SECONDS;
    ledger_prune(&pass->ledger, keep_from < pass->window_start ? keep_from : pass->window_start);
    plan_forget_read(&pass->plan_input, &pass->ledger);
    if (!state_is_worth_a_write(pass)) {
        return;
    }
    if (!store->save(store, &pass->ledger, &crowded, &error)) {
        log_line(pass->input->log, LOG_ERROR,
                 pass->result.mailed ? "the state cannot be written; this mail will repeat"
                                     : "the state cannot be written",
                 {"state", store->description}, {"error", error.text});
        pass_worsen(pass, EXIT_STATUS_STATE);
        return;
    }
    if (crowded) {
        log_line(pass->input->log, LOG_WARN, "the state object is more than 70 % full",
                 {"state", store->description});
    }
    log_line(pass->input->log, LOG_DEBUG, "state written", {"state", store->description});
}
