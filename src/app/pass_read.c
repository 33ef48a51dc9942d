// SPDX-License-Identifier: MIT
#include <inttypes.h>

#include "app/pass_parts.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/settings.h"

#include "base/banned.h"

enum { SKEW_SECONDS = 120 };

static void log_unseen(struct pass *pass, const struct sight *sight)
{
    const char *cluster = pass->plan_input.cluster_names[sight->cluster];
    const char *kind = action_kind_resource(sight->kind);
    if (sight->state == SIGHT_UNREAD) {
        log_line(pass->input->log, LOG_ERROR, "cannot be read", {"cluster", cluster},
                 {"kind", kind}, {"reason", sight->reason}, {"remedy", sight->remedy});
    } else if (sight->state == SIGHT_LIMITED) {
        log_line(pass->input->log, LOG_WARN, "not watched: no right to it, or not in this K10",
                 {"cluster", cluster}, {"kind", kind}, {"reason", sight->reason});
    } else if (sight->partial) {
        log_line(pass->input->log, LOG_WARN, "watched in part only", {"cluster", cluster},
                 {"kind", kind}, {"reason", sight->reason}, {"remedy", sight->remedy});
    }
}

// One line for what was read of a cluster, one for each kind that was not.
static void log_cluster(struct pass *pass, size_t cluster)
{
    size_t kinds = 0;
    size_t items = 0;
    size_t older = 0;
    size_t older_stuck = 0;
    for (size_t i = 0; i < pass->collection.sight_count; i++) {
        const struct sight *sight = &pass->collection.sights[i];
        if (sight->cluster != cluster) {
            continue;
        }
        log_unseen(pass, sight);
        if (sight->state == SIGHT_READ && sight->kind < ACTION_KIND_COUNT) {
            kinds++;
            items += sight->items;
            older += sight->older_failures;
            older_stuck += sight->older_stuck;
        }
    }
    if (kinds > 0) {
        log_line(pass->input->log, LOG_INFO, "cluster read",
                 {"cluster", pass->plan_input.cluster_names[cluster]},
                 {"kinds", pass_count_text(pass, kinds)}, {"actions", pass_count_text(pass, items)},
                 {"older_failures", older > 0 ? pass_count_text(pass, older) : NULL},
                 {"older_stuck", older_stuck > 0 ? pass_count_text(pass, older_stuck) : NULL});
    }
}

// The largest skew of a cluster, once.
static void note_skew(struct pass *pass, size_t cluster)
{
    int64_t worst = 0;
    for (size_t i = 0; i < pass->collection.sight_count; i++) {
        const struct sight *sight = &pass->collection.sights[i];
        int64_t size = sight->clock_skew < 0 ? -sight->clock_skew : sight->clock_skew;
        if (sight->cluster == cluster && size > (worst < 0 ? -worst : worst)) {
            worst = sight->clock_skew;
        }
    }
    if (worst > SKEW_SECONDS || worst < -SKEW_SECONDS) {
        char age[TIMESTAMP_TEXT_BYTES];
        timestamp_format_age(worst < 0 ? -worst : worst, age);
        const char *label = pass->input->fleet->clusters[cluster].settings->label;
        const char *sentence = arena_format(pass->arena, "The clock of %s is %s %s this program's.",
                                            label, age, worst < 0 ? "behind" : "ahead of");
        log_line(pass->input->log, LOG_WARN, "clocks differ",
                 {"cluster", pass->plan_input.cluster_names[cluster]},
                 {"seconds", arena_format(pass->arena, "%" PRId64, worst)});
        pass_say(&pass->footnotes, sentence);
    }
}

static const int64_t *window_starts(struct pass *pass, const enum action_kind *kinds, size_t count)
{
    size_t clusters = pass->input->fleet->count;
    int64_t *starts = arena_alloc_array(pass->arena, clusters * count, sizeof *starts);
    for (size_t i = 0; i < clusters * count; i++) {
        starts[i] =
            plan_window_start(&pass->ledger, pass->plan_input.cluster_names[i / count],
                              kinds[i % count], pass->now, pass->input->settings->lookback_s);
    }
    return starts;
}

// What a pass may learn is bounded (COLLECT_MOST_BYTES): the reader is told what was left out.
static void note_bounds(struct pass *pass)
{
    const struct collection *collection = &pass->collection;
    if (collection->conditions_beyond > 0) {
        pass_say(&pass->notices, arena_format(pass->arena,
                                              "More was found than one pass can hold: %zu further "
                                              "invalid policies, presets or profiles are not "
                                              "shown.",
                                              collection->conditions_beyond));
    }
    if (collection->without_detail > 0) {
        pass_say(&pass->notices,
                 arena_format(pass->arena,
                              "More failed than one pass keeps the details of: %zu actions are "
                              "shown without their causes.",
                              collection->without_detail));
    }
    if (collection->beyond > 0) {
        pass_say(&pass->notices,
                 arena_format(pass->arena,
                              "More failed than one pass can hold: %zu further failed actions are "
                              "neither shown nor recorded.",
                              collection->beyond));
        log_line(pass->input->log, LOG_ERROR, "more failed than one pass can hold",
                 {"not_shown", pass_count_text(pass, collection->beyond)});
    }
}

void pass_read_clusters(struct pass *pass)
{
    const struct settings *settings = pass->input->settings;
    enum action_kind kinds[ACTION_KIND_COUNT];
    size_t kind_count = 0;
    for (size_t i = 0; i < settings->alert_kind_count && kind_count < ACTION_KIND_COUNT; i++) {
        if (action_kind_from_word(settings->alert_kinds[i], &kinds[kind_count])) {
            kind_count++;
        }
    }
    struct collect_input collect_input = {
        .http = pass->input->http,
        .fleet = pass->input->fleet,
        .kinds = kinds,
        .kind_count = kind_count,
        .window_starts = window_starts(pass, kinds, kind_count),
        .objects = true,
        .alert_on = pass->plan_input.options.alert_on,
        .stuck_after_s = settings->stuck_after_s,
        .ledger = &pass->ledger,
        .clock = pass->input->clock,
        .log = pass->input->log,
        .progress = pass->input->progress,
    };
    collect(pass->arena, &collect_input, &pass->collection);
    for (size_t i = 0; i < pass->input->fleet->count; i++) {
        log_cluster(pass, i);
        note_skew(pass, i);
    }
    note_bounds(pass);
    if (pass->collection.extent == SIGHT_NONE) {
        pass_worsen(pass, EXIT_STATUS_BLIND);
    } else if (pass->collection.extent == SIGHT_SOME) {
        pass_worsen(pass, EXIT_STATUS_PARTIAL);
    }
}
