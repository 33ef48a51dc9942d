// SPDX-License-Identifier: MIT
#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "kube/state_store.h"

#include "base/banned.h"

// Alerts fail open: a state that cannot be read costs a repeat, never a mail.
static void note_unread_state(struct pass *pass, const struct error *error)
{
    const char *description = pass->input->store->description;
    pass->ledger.existed = true; // unknown: not the same as "never ran"
    pass->ledger.had_state = true;
    log_line(pass->input->log, LOG_ERROR, "the state cannot be read; alerts may repeat",
             {"state", description}, {"error", error->text});
    pass_say(&pass->notices,
             arena_format(pass->arena,
                          "The record of alerts already sent (%s) could not be read: rows may "
                          "repeat. %s",
                          description, error->text));
    pass_worsen(pass, EXIT_STATUS_STATE);
}

static void note_damage(struct pass *pass, const struct state_health *health)
{
    const char *description = pass->input->store->description;
    log_line(pass->input->log, LOG_ERROR,
             health->newer ? "the state is of a later version; it is left untouched"
                           : "the state is damaged; what is readable is used, the rest is kept "
                             "under data.unreadable and replaced",
             {"state", description}, {"reason", health->reason});
    pass_say(&pass->notices,
             arena_format(pass->arena,
                          "The record of alerts already sent (%s) could not be read wholly: rows "
                          "may repeat. Reason: %s.",
                          description, health->reason));
    pass_worsen(pass, EXIT_STATUS_STATE);
}

void pass_load_state(struct pass *pass)
{
    struct state_store *store = pass->input->store;
    struct state_health health;
    struct error error;
    ledger_init(&pass->ledger, pass->arena);
    if (!store->load(store, &pass->ledger, &health, &error)) {
        note_unread_state(pass, &error);
        return;
    }
    pass->has_state = !health.newer;
    if (health.unreadable || health.newer) {
        note_damage(pass, &health);
    }
}

static void log_report(struct pass *pass, const struct state_report *report)
{
    const char *description = pass->input->store->description;
    if (report->incidents_dropped > 0 || report->children_dropped > 0) {
        log_line(pass->input->log, LOG_ERROR,
                 "the state object is full; reminders and recoveries of some incidents will not "
                 "be told, some alerts may repeat",
                 {"state", description},
                 {"incidents_dropped", pass_count_text(pass, report->incidents_dropped)},
                 {"records_dropped", pass_count_text(pass, report->children_dropped)});
    } else if (report->crowded) {
        log_line(pass->input->log, LOG_WARN, "the state object is more than 70 % full",
                 {"state", description}, {"bytes", pass_count_text(pass, report->bytes)});
    }
}

bool pass_update_state(struct pass *pass, const struct state_change *change,
                       const char *consequence)
{
    struct state_store *store = pass->input->store;
    struct state_report report = {0};
    struct error error;
    if (!store->update(store, pass->arena, change, &report, &error)) {
        log_line(pass->input->log, LOG_ERROR,
                 arena_format(pass->arena, "the state cannot be written%s", consequence),
                 {"state", store->description}, {"error", error.text});
        pass_worsen(pass, EXIT_STATUS_STATE);
        return false;
    }
    log_report(pass, &report);
    log_line(pass->input->log, LOG_DEBUG, "state written", {"state", store->description});
    return true;
}

bool pass_state_was_deleted(const struct pass *pass, const struct ledger *found)
{
    return pass->ledger.existed && !found->existed;
}
