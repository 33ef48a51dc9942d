// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "plan_world.h"

enum { TEXT_BYTES = 16 * 1024 };

static void add_part(struct buf *text)
{
    buf_add_text(text, text->len > 0 ? " | " : "");
}

// "02 10:10" for an instant in April 2026, else the whole.
static void add_time(struct buf *text, int64_t instant)
{
    char full[TIMESTAMP_TEXT_BYTES];
    timestamp_format(instant, full);
    if (strncmp(full, "2026-04-", 8) == 0) {
        buf_add_format(text, "%.2s %.5s", full + 8, full + 11);
    } else {
        buf_add_text(text, full);
    }
}

static void add_id(struct buf *text, const char *id)
{
    const char *day = strstr(id, "2026-04-");
    id += strncmp(id, "k3s:", 4) == 0 ? 4 : 0;
    if (day == NULL) {
        buf_add_text(text, id);
    } else {
        buf_add(text, id, (size_t)(day - id));
        buf_add_text(text, day + strlen("2026-04-"));
    }
}

static void add_names(struct buf *text, const char *const *names, size_t count)
{
    buf_add_text(text, " [");
    for (size_t i = 0; i < count; i++) {
        buf_add_format(text, "%s%s", i > 0 ? "," : "", names[i]);
    }
    buf_add_text(text, "]");
}

static void add_row(struct buf *text, const struct plan_row *row)
{
    add_part(text);
    buf_add_format(text, "%s ", plan_reason_word(row->reason));
    add_id(text, row->id);
    add_names(text, row->finding->namespaces, row->finding->namespace_count);
    if (row->runs > 0) {
        buf_add_format(text, " %ux", row->runs);
    }
    if (row->runs > 1) {
        buf_add_text(text, " since ");
        add_time(text, row->since);
    }
    if (row->last_good != TIMESTAMP_NONE) {
        buf_add_text(text, " good ");
        add_time(text, row->last_good);
    }
    if (row->followed_at != TIMESTAMP_NONE) {
        buf_add_text(text, " followed ");
        add_time(text, row->followed_at);
    }
}

static void add_closing(struct buf *text, const struct plan_closing *closing)
{
    add_part(text);
    buf_add_format(text, "%s %s %s", plan_reason_word(closing->reason),
                   *closing->policy != '\0' ? closing->policy : "-",
                   action_kind_word(closing->kind));
    add_names(text, closing->apps, closing->app_count);
    buf_add_format(text, " %ux%s%s", closing->runs, *closing->why != '\0' ? ": " : "",
                   closing->why);
}

static void add_unread(struct buf *text, const struct plan_unread *line)
{
    add_part(text);
    buf_add_format(text, "%s%s %s %s[", line->due ? "" : "(", plan_reason_word(line->why),
                   world_cluster_names[line->cluster], line->in_part ? "in part " : "");
    for (size_t i = 0; i < line->kind_count && !line->whole_cluster; i++) {
        buf_add_format(text, "%s%s", i > 0 ? "," : "", action_kind_word(line->kinds[i]));
    }
    buf_add_format(text, "%s] %s%s", line->whole_cluster ? "all" : "", line->reason,
                   line->due ? "" : ")");
}

static void add_count(struct buf *text, const char *word, size_t count)
{
    if (count > 0) {
        add_part(text);
        buf_add_format(text, "%s %zu", word, count);
    }
}

static void add_sights(struct buf *text, const struct plan *plan)
{
    for (size_t i = 0; i < plan->unread_count; i++) {
        add_unread(text, &plan->unread[i]);
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        const struct plan_readable *line = &plan->readable[i];
        add_part(text);
        buf_add_format(text, "readable %s%s%s%s", world_cluster_names[line->cluster],
                       line->in_part ? " in full" : "", line->kind == ACTION_BACKUP ? "" : "/",
                       line->kind == ACTION_BACKUP ? "" : action_kind_word(line->kind));
        if (line->caught_up > 0) {
            buf_add_format(text, " caught %zu", line->caught_up);
        }
    }
    for (size_t i = 0; i < plan->late_count; i++) {
        add_part(text);
        buf_add_format(text, "late %s ", world_cluster_names[plan->late[i].cluster]);
        add_time(text, plan->late[i].last_read);
    }
}

const char *world_text(const struct world *world, const struct plan *plan)
{
    struct buf text;
    buf_init(&text, TEXT_BYTES);
    for (size_t i = 0; i < plan->row_count; i++) {
        add_row(&text, &plan->rows[i]);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        add_closing(&text, &plan->closings[i]);
    }
    add_sights(&text, plan);
    add_count(&text, "limited", plan->limited_count);
    add_count(&text, "silenced", plan->silenced);
    add_count(&text, "held", plan->held);
    add_count(&text, "covered", plan->covered);
    add_count(&text, "older", plan->older_failures);
    if (plan->first_pass) {
        add_part(&text);
        buf_add_text(&text, "first");
    }
    const char *copy = text.len > 0 ? arena_strdup(world->arena, text.data) : "-";
    buf_finish(&text);
    return copy;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *world_incidents(const struct world *world)
{
    const struct map *incidents = &world->ledger.incidents;
    const char **texts = arena_alloc_array(world->arena, incidents->count, sizeof *texts);
    size_t count = 0;
    const char *all = "-";
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident != NULL) {
            const char *key = incidents->entries[i].key;
            key += strncmp(key, "k3s/", 4) == 0 ? 4 : 0;
            texts[count++] = arena_format(world->arena, "%s %ux", key, incident->runs);
        }
    }
    if (count > 0) {
        qsort(texts, count, sizeof *texts, by_text);
    }
    for (size_t i = 0; i < count; i++) {
        all = i == 0 ? texts[i] : arena_format(world->arena, "%s; %s", all, texts[i]);
    }
    return all;
}
