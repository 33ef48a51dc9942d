// SPDX-License-Identifier: MIT
// How the ends of incidents of runs are spoken of. Good news is told as carefully as bad: nobody
// must take an application that left its policy for one that is backed up again.
#include "base/arena.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { APPS_NAMED = 20 };

// "backups of shop, web and 3 more", "runs".
static const char *work(struct arena *arena, const struct plan_closing *closing)
{
    const char *kind = closing->app_count == 1 ? digest_kind_singular(closing->kind)
                                               : digest_kind_plural(closing->kind);
    if (closing->app_count == 0) {
        return kind;
    }
    size_t count = closing->app_count < APPS_NAMED ? closing->app_count : APPS_NAMED;
    const char **apps = arena_alloc_array(arena, closing->app_count, sizeof *apps);
    for (size_t i = 0; i < count; i++) {
        apps[i] = digest_clean(arena, closing->apps[i], DIGEST_NAMESPACE_BYTES);
    }
    return arena_format(arena, "%s of %s", kind,
                        digest_list(arena, apps, closing->app_count, count));
}

// "3 failed runs and 2 d 3 h"
static const char *trouble(struct arena *arena, const struct plan_closing *closing)
{
    const struct digest_noun *noun = &digest_class_of(closing->class)->all;
    const char *runs = digest_count(arena, closing->runs, noun->one, noun->many);
    if (closing->since == TIMESTAMP_NONE || closing->closed_at == TIMESTAMP_NONE ||
        closing->closed_at <= closing->since) {
        return runs;
    }
    return arena_format(arena, "%s and %s", runs,
                        digest_duration(arena, closing->closed_at - closing->since));
}

static const char *story(struct arena *arena, const struct digest_input *input,
                         const struct plan_closing *closing)
{
    const char *run = digest_clean(arena, closing->run, DIGEST_NAME_BYTES);
    const char *latest = *run == '\0' ? "" : arena_format(arena, "; the latest was %s", run);
    if (closing->reason == PLAN_VANISHED) {
        const char *why = digest_clean(arena, closing->why, DIGEST_WHY_BYTES);
        return arena_format(arena, "%s; after %s, no good run was seen%s",
                            *why == '\0' ? "it is no longer part of its policy" : why,
                            trouble(arena, closing), latest);
    }
    return arena_format(
        arena, "after %s%s; clean run ended %s", trouble(arena, closing), latest,
        digest_time_and_age(arena, closing->closed_at, input->now, input->local_time));
}

struct digest_ending digest_run_end(struct arena *arena, const struct digest_input *input,
                                    const struct plan_closing *closing)
{
    bool again = closing->class == ALERT_EXCEPTIONS && closing->reason == PLAN_RECOVERED;
    const char *verb = !again                    ? ""
                       : closing->app_count == 1 ? " completes without exceptions again"
                                                 : " complete without exceptions again";
    return (struct digest_ending){
        .cluster = digest_label(arena, input, closing->cluster),
        .policy = digest_policy_name(arena, closing->policy),
        .what = arena_format(arena, "%s%s", work(arena, closing), verb),
        .story = story(arena, input, closing),
    };
}

// Which of a policy's applications recovered: others of it may still fail. "" for the run itself.
static const char *part(struct arena *arena, const struct plan_closing *closing)
{
    if (closing->app_count == 0 || *digest_policy_name(arena, closing->policy) == '\0') {
        return "";
    }
    if (closing->app_count > 1) {
        return arena_format(arena, "%s of %zu applications", digest_kind_plural(closing->kind),
                            closing->app_count);
    }
    return arena_format(arena, "%s of %s", digest_kind_singular(closing->kind),
                        digest_short_name(arena, closing->apps[0]));
}

// "daily recovered", "daily completes without exceptions again".
struct digest_title digest_run_name_end(struct arena *arena, const struct digest_input *input,
                                        const struct plan_closing *closing)
{
    (void)input;
    bool recovered = closing->reason == PLAN_RECOVERED;
    const char *how = !recovered                           ? "ended without a good run"
                      : closing->class == ALERT_EXCEPTIONS ? "completes without exceptions again"
                                                           : "recovered";
    return (struct digest_title){
        .text = arena_format(arena, "%s %s", digest_closing_thing(arena, closing), how),
        .tail = recovered ? part(arena, closing)
                          : digest_clean(arena, closing->why, DIGEST_CAUSE_BYTES),
    };
}
