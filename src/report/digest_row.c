// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "codec/html.h"
#include "report/digest_parts.h"
#include "report/digest_text.h"

#include "base/banned.h"

static void add_namespaces(struct arena *arena, const struct finding *finding,
                           struct digest_row *row)
{
    const char **names = arena_alloc_array(arena, finding->namespace_count, sizeof *names);
    for (size_t i = 0; i < finding->namespace_count; i++) {
        names[i] = digest_clean(arena, finding->namespaces[i], DIGEST_NAMESPACE_BYTES);
    }
    row->namespaces = names;
    row->namespace_count = finding->namespace_count;
}

// Where the cause says it happened, unless the row's one namespace says just that.
static const char *cause_where(struct arena *arena, const struct cause *cause,
                               const struct digest_row *row)
{
    bool said = row->namespace_count == 1 && root_cause_is_only_in(cause, row->namespaces[0]);
    return said ? "" : digest_clean(arena, cause->where, DIGEST_NAME_BYTES);
}

static void add_causes(struct arena *arena, const struct plan_row *source, struct digest_row *row)
{
    const struct cause_list *causes = &source->finding->causes;
    const struct digest_class *class = digest_class_of(source->finding->class);
    const char *none = digest_no_cause(source);
    // With causes omitted the last item is a sentence that counts them.
    size_t known = causes->omitted > 0 && causes->count > 1 ? causes->count - 1 : causes->count;
    if (known == 0 && !class->has_cause) {
        return;
    }
    size_t count = known > 0 ? known : 1;
    row->causes_omitted = causes->omitted;
    row->causes = arena_alloc_array(arena, count, sizeof *row->causes);
    row->cause_count = count;
    row->causes[0] = (struct digest_cause){.label = class->cause_label, .text = none, .where = ""};
    for (size_t i = 0; i < known; i++) {
        const char *text = digest_clean(arena, causes->items[i].text, DIGEST_CAUSE_BYTES);
        row->causes[i] = (struct digest_cause){
            .label = class->cause_label,
            .text = *text == '\0' ? none : text,
            .where = cause_where(arena, &causes->items[i], row),
        };
    }
}

static const char *dashboard_url(const struct digest_input *input, size_t cluster)
{
    const char *url =
        cluster < input->cluster_count ? input->clusters[cluster].dashboard_url : NULL;
    return url != NULL && html_url_is_safe(url) ? url : NULL;
}

enum digest_state digest_row_state(const struct plan_row *row, int64_t now)
{
    const struct digest_class *class = digest_class_of(row->finding->class);
    if (row->reason == PLAN_FOLLOWED || row->reason == PLAN_ID_ONLY) {
        return DIGEST_WARNING;
    }
    return class->judge != NULL ? class->judge(row, now) : class->state;
}

void digest_make_row(struct arena *arena, const struct digest_input *input,
                     const struct plan_row *source, struct digest_row *ret)
{
    const struct finding *finding = source->finding;
    const struct digest_class *class = digest_class_of(finding->class);
    *ret = (struct digest_row){
        .class = finding->class,
        .cluster = digest_label(arena, input, finding->cluster),
        .cluster_name = digest_name(arena, input, finding->cluster),
        .run_action = class->has_run ? digest_object_name(arena, finding->name) : "-",
        .policy = digest_clean(arena, finding->policy, DIGEST_NAME_BYTES),
        .state = digest_row_state(source, input->now),
        .ended_at = TIMESTAMP_NONE,
        .reason_word = plan_reason_word(source->reason),
        .dashboard_url = dashboard_url(input, finding->cluster),
        .kind = action_kind_word(finding->kind < WATCHED_KIND_COUNT ? finding->kind : ACTION_RUN),
        .class_word = alert_class_word(finding->class),
        .id = digest_clean(arena, source->id, DIGEST_SENTENCE_BYTES),
        .since = TIMESTAMP_NONE,
        .runs = source->runs,
    };
    add_namespaces(arena, finding, ret);
    add_causes(arena, source, ret);
    class->tell(arena, input, source, ret);
}
