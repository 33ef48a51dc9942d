// SPDX-License-Identifier: MIT
#include "app/pass.h"

#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "config/settings.h"
#include "report/digest_class.h"

#include "base/banned.h"

static const char *row_message(const struct plan_row *row)
{
    const struct digest_class *class = digest_class_of(row->finding->class);
    return row->reason == PLAN_REMINDER ? class->still_message : class->message;
}

static void log_rows(struct pass *pass)
{
    for (size_t i = 0; i < pass->plan.row_count; i++) {
        const struct finding *finding = pass->plan.rows[i].finding;
        bool is_run = digest_class_of(finding->class)->has_run;
        bool is_object = finding->kind >= ACTION_KIND_COUNT;
        bool is_named = !is_run && *finding->name != '\0';
        log_line(
            pass->input->log, LOG_WARN, row_message(&pass->plan.rows[i]),
            {"cluster", pass->plan_input.cluster_names[finding->cluster]},
            {"class", alert_class_word(finding->class)},
            {"run_action", is_run ? finding->name : NULL},
            {is_object ? action_kind_word(finding->kind) : alert_class_word(finding->class),
             is_named ? finding->name : NULL},
            {"policy", finding->policy}, {"reason", plan_reason_word(pass->plan.rows[i].reason)},
            {"namespace", finding->namespace_count > 0 ? finding->namespaces[0] : NULL},
            {"namespaces",
             finding->namespace_count > 1 ? pass_count_text(pass, finding->namespace_count) : NULL},
            {"cause", finding->causes.count > 0 ? finding->causes.items[0].text : NULL});
    }
    for (size_t i = 0; i < pass->plan.closing_count; i++) {
        const struct plan_closing *closing = &pass->plan.closings[i];
        log_line(pass->input->log, LOG_INFO, "incident over",
                 {"cluster", pass->plan_input.cluster_names[closing->cluster]},
                 {"class", alert_class_word(closing->class)}, {"policy", closing->policy},
                 {"kind", action_kind_word(closing->kind)},
                 {"namespace", closing->app_count > 0 ? closing->apps[0] : NULL},
                 {"reason", plan_reason_word(closing->reason)});
    }
    for (size_t i = 0; i < pass->plan.readable_count; i++) {
        const struct plan_readable *readable = &pass->plan.readable[i];
        log_line(pass->input->log, LOG_INFO, "can be read again",
                 {"cluster", pass->plan_input.cluster_names[readable->cluster]},
                 {"kind", action_kind_resource(readable->kind)});
    }
    if (pass->plan.older_failures > 0) {
        log_line(pass->input->log, LOG_INFO,
                 "read for the first time: older failures are not mailed; raise LOOKBACK_HOURS to "
                 "see them",
                 {"older_failures", pass_count_text(pass, pass->plan.older_failures)});
    }
}

static size_t count_new(const struct plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        count += plan->rows[i].reason != PLAN_REMINDER ? 1 : 0;
    }
    return count;
}

static void log_end(struct pass *pass)
{
    const struct plan *plan = &pass->plan;
    size_t news = count_new(plan);
    size_t reminders = plan->row_count - news;
    size_t silenced = plan->silenced;
    log_line(pass->input->log, LOG_INFO, "pass done",
             {"clusters_read",
              arena_format(pass->arena, "%zu/%zu", plan->clusters_read, plan->cluster_count)},
             {"actions", pass_count_text(pass, pass->collection.items)},
             {"new_failures", pass_count_text(pass, news)},
             {"reminders", reminders > 0 ? pass_count_text(pass, reminders) : NULL},
             {"recovered", pass_count_text(pass, plan->closing_count)},
             {"already_told", pass_count_text(pass, plan->already_told)},
             {"waiting", plan->held > 0 ? pass_count_text(pass, plan->held) : NULL},
             {"silenced", silenced > 0 ? pass_count_text(pass, silenced) : NULL},
             {"mailed", pass->result.mailed && pass->input->mode == PASS_SEND ? "true" : "false"},
             {"status", arena_format(pass->arena, "%d", (int)pass->result.status)});
}

static struct plan_options options_from(const struct settings *settings)
{
    struct plan_options options = {
        .every_run = settings->every_run,
        .remind_every_s = settings->remind_every_s,
        .unreachable_after_s = settings->unreachable_after_s,
        .lookback_s = settings->lookback_s,
    };
    for (size_t i = 0; i < settings->alert_on_count; i++) {
        enum alert_class class;
        if (alert_class_from_word(settings->alert_on[i], &class)) {
            options.alert_on[class] = true;
        }
    }
    return options;
}

struct pass *pass_look(struct arena *arena, const struct pass_input *input)
{
    struct pass *pass = arena_alloc(arena, sizeof *pass);
    const char **names = arena_alloc_array(arena, input->fleet->count, sizeof *names);
    for (size_t i = 0; i < input->fleet->count; i++) {
        names[i] = input->fleet->clusters[i].settings->name;
    }
    pass->input = input;
    pass->arena = arena;
    pass->now = input->clock();
    pass->plan_input = (struct plan_input){.cluster_names = names,
                                           .cluster_count = input->fleet->count,
                                           .ledger = &pass->ledger,
                                           .options = options_from(input->settings),
                                           .now = pass->now};
    pass_load_state(pass);
    pass_read_clusters(pass);
    pass_decide(pass);
    return pass;
}

void pass_run(const struct pass_input *input, struct pass_result *ret)
{
    AUTO_PTR(arena) arena = arena_create();
    struct pass *pass = pass_look(arena, input);
    log_rows(pass);
    pass_deliver(pass);
    log_end(pass);
    *ret = pass->result;
}
