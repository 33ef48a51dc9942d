// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

enum { REASON_BYTES = 500 };

// Sentences in the order in which they are added.
struct sentences {
    struct arena *arena;
    const char **items;
    size_t count;
    size_t capacity;
};

static struct sentences sentences_begin(struct arena *arena, size_t capacity)
{
    return (struct sentences){
        .arena = arena,
        .items = arena_alloc_array(arena, capacity, sizeof(const char *)),
        .capacity = capacity,
    };
}

static void sentences_add(struct sentences *sentences, const char *text)
{
    if (*text != '\0' && sentences->count < sentences->capacity) {
        sentences->items[sentences->count++] = text;
    }
}

static void add_given(struct sentences *sentences, const char *const *given, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sentences_add(sentences, digest_clean(sentences->arena, given[i], DIGEST_SENTENCE_BYTES));
    }
}

static const char *unread_what(struct arena *arena, const struct plan_unread *source)
{
    if (source->whole_cluster) {
        return "nothing could be read";
    }
    const char **kinds = arena_alloc_array(arena, source->kind_count, sizeof *kinds);
    for (size_t i = 0; i < source->kind_count; i++) {
        kinds[i] = digest_kind_plural(source->kinds[i]);
    }
    return arena_format(arena, "%s could not be read",
                        digest_list(arena, kinds, source->kind_count, source->kind_count));
}

static struct digest_unread *make_lines(struct arena *arena, const struct digest_input *input,
                                        const struct plan_unread *sources, size_t count)
{
    struct digest_unread *lines = arena_alloc_array(arena, count, sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        const struct plan_unread *source = &sources[i];
        lines[i] = (struct digest_unread){
            .cluster = digest_label(arena, input, source->cluster),
            .what = unread_what(arena, source),
            .reason = digest_clean(arena, source->reason, REASON_BYTES),
            .remedy = digest_clean(arena, source->remedy, REASON_BYTES),
            .told = "",
        };
        if (source->told_before != TIMESTAMP_NONE) {
            lines[i].told = arena_format(
                arena, "mailed before, last %s",
                digest_time_and_age(arena, source->told_before, input->now, input->local_time));
        }
    }
    return lines;
}

void digest_make_unread(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    const struct plan *plan = input->plan;
    ret->unread = make_lines(arena, input, plan->unread, plan->unread_count);
    ret->unread_count = plan->unread_count;
    ret->limited = make_lines(arena, input, plan->limited, plan->limited_count);
    ret->limited_count = plan->limited_count;
}

static void add_counts(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { LINES = 6 };
    const struct plan *plan = input->plan;
    struct sentences lines = sentences_begin(arena, LINES);
    if (ret->row_count > 0) {
        sentences_add(
            &lines,
            arena_format(arena, "In all: %s with %s in %s.",
                         digest_count(arena, ret->row_count, "failed run", "failed runs"),
                         digest_count(arena, ret->action_count, "failed action", "failed actions"),
                         digest_count(arena, ret->namespace_count, "application", "applications")));
    }
    if (plan->already_told > 0) {
        sentences_add(&lines, arena_format(arena, "Mailed before and not repeated here: %s.",
                                           digest_count(arena, plan->already_told, "failed run",
                                                        "failed runs")));
    }
    if (plan->first_pass && plan->older_failures > 0) {
        sentences_add(&lines, arena_format(arena,
                                           "First pass: %s ended before the look-back window "
                                           "(LOOKBACK_HOURS) and %s not mailed.",
                                           digest_count(arena, plan->older_failures,
                                                        "older failure", "older failures"),
                                           plan->older_failures == 1 ? "is" : "are"));
    } else if (plan->first_pass) {
        sentences_add(&lines, "First pass: nothing was mailed before it.");
    }
    if (ret->unread_count > 0) {
        sentences_add(&lines, "What could not be read may hold failures that are not counted "
                              "here.");
    }
    ret->counts = lines.items;
    ret->count_count = lines.count;
}

static const char *insecure(struct arena *arena, const struct digest_input *input)
{
    enum { NAMED_AT_MOST = 50 };
    const char **labels = arena_alloc_array(arena, input->cluster_count, sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; i < input->cluster_count; i++) {
        if (input->clusters[i].insecure_tls) {
            labels[count++] = digest_label(arena, input, i);
        }
    }
    if (count == 0) {
        return "";
    }
    return arena_format(arena,
                        "TLS of %s is not verified (INSECURE_SKIP_TLS_VERIFY=true): whoever "
                        "answered there may not have been the cluster.",
                        digest_list(arena, labels, count, NAMED_AT_MOST));
}

static void add_footer(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    enum { OWN_LINES = 4 };
    struct sentences lines = sentences_begin(arena, OWN_LINES + input->footnote_count);
    sentences_add(&lines, "You get this mail because ALERT_TO of kasten-alerter names your "
                          "address. It reads the K10 actions of each cluster and mails each "
                          "failed run once.");
    sentences_add(&lines, "To have failures inside LOOKBACK_HOURS mailed again, delete the "
                          "ConfigMap kasten-alerter-sent (with STATE=file: the file).");
    sentences_add(&lines, insecure(arena, input));
    add_given(&lines, input->footnotes, input->footnote_count);
    sentences_add(&lines, arena_format(arena, "kasten-alerter %s, pass of %s", ret->version,
                                       digest_time(arena, input->now, input->local_time)));
    ret->footer = lines.items;
    ret->footer_count = lines.count;
}

void digest_make_notes(struct arena *arena, const struct digest_input *input, struct digest *ret)
{
    struct sentences notices = sentences_begin(arena, input->notice_count);
    add_given(&notices, input->notices, input->notice_count);
    ret->notices = notices.items;
    ret->notice_count = notices.count;
    add_counts(arena, input, ret);
    add_footer(arena, input, ret);
}
