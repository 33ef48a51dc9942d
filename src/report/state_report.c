// SPDX-License-Identifier: MIT
#include "report/state_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "report/digest_text.h"
#include "report/text_table.h"

#include "base/banned.h"

enum { SENT_SHOWN = 20 };

static const char *time_text(struct arena *arena, int64_t at)
{
    return at != TIMESTAMP_NONE ? timestamp_text(arena, at) : "";
}

static const char *next_text(struct arena *arena, const struct state_report_input *input,
                             const struct incident *incident)
{
    int64_t at = incident_reminder_at(incident, input->remind_every_s);
    return at != TIMESTAMP_NONE ? time_text(arena, at) : "";
}

static const char *cause_text(const struct state_report_input *input,
                              const struct incident *incident)
{
    const char *text = ledger_cause(input->ledger, incident->cause);
    return text != NULL ? text : "";
}

static size_t count_live(const struct map *map)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        count += map->entries[i].value != NULL ? 1 : 0;
    }
    return count;
}

static void add_row(struct text_table *table, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_table_add(table, cells[i]);
    }
}

static void write_incidents(struct arena *arena, const struct state_report_input *input,
                            struct buf *out)
{
    static const char *const head[] = {"INCIDENT", "SINCE",  "RUNS",          "LAST GOOD",
                                       "LAST RUN", "MAILED", "NEXT REMINDER", "CAUSE"};
    enum { COLUMNS = sizeof head / sizeof head[0] };
    const struct map *incidents = &input->ledger->incidents;
    buf_add_format(out, "\nOpen incidents: %zu\n", count_live(incidents));
    if (count_live(incidents) == 0) {
        return;
    }
    struct text_table table;
    text_table_init(&table, arena, COLUMNS);
    add_row(&table, head, COLUMNS);
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident == NULL) {
            continue;
        }
        const char *const cells[COLUMNS] = {
            incidents->entries[i].key,
            time_text(arena, incident->since),
            arena_format(arena, "%u", incident->runs),
            time_text(arena, incident->last_good),
            incident->run,
            time_text(arena, incident->told),
            next_text(arena, input, incident),
            digest_shorten(arena, cause_text(input, incident), 60),
        };
        add_row(&table, cells, COLUMNS);
    }
    text_table_write(&table, out);
}

static void write_silences(struct arena *arena, const struct state_report_input *input,
                           struct buf *out)
{
    const struct map *silences = &input->ledger->silences;
    struct text_table table;
    text_table_init(&table, arena, 2);
    text_table_add(&table, "SUBJECT");
    text_table_add(&table, "UNTIL");
    for (size_t i = 0; i < silences->count; i++) {
        const int64_t *until = silences->entries[i].value;
        if (until != NULL) {
            text_table_add(&table, silences->entries[i].key);
            text_table_add(&table, time_text(arena, *until));
        }
    }
    buf_add_format(out, "\nSilenced: %zu\n", count_live(silences));
    if (count_live(silences) > 0) {
        text_table_write(&table, out);
    }
}

static const char *pending_word(const struct pending *pending, int64_t now)
{
    switch (pending_judge(pending, now)) {
    case PENDING_YOUNG:
        return "being sent";
    case PENDING_GIVEN_UP:
        return "given up by the next pass";
    case PENDING_RETRY:
        break;
    }
    return pending->accepted ? "some recipients outstanding" : "not answered, sent again";
}

static void write_pendings(struct arena *arena, const struct state_report_input *input,
                           struct buf *out)
{
    enum { COLUMNS = 5 };
    static const char *const head[COLUMNS] = {"MESSAGE-ID", "DATE", "RECIPIENTS", "ALERTS",
                                              "OUTCOME"};
    const struct ledger *ledger = input->ledger;
    buf_add_format(out, "\nMails whose outcome is open: %zu\n", ledger->pending_count);
    if (ledger->pending_count == 0) {
        return;
    }
    struct text_table table;
    text_table_init(&table, arena, COLUMNS);
    add_row(&table, head, COLUMNS);
    for (size_t i = 0; i < ledger->pending_count; i++) {
        const struct pending *pending = &ledger->pendings[i];
        const char *const cells[COLUMNS] = {
            pending->message_id,
            time_text(arena, pending->date),
            arena_format(arena, "%zu", pending->recipient_count),
            arena_format(arena, "%zu", pending->id_count),
            pending_word(pending, input->now),
        };
        add_row(&table, cells, COLUMNS);
    }
    text_table_write(&table, out);
}

static int latest_first(const void *left, const void *right)
{
    const struct map_entry *a = *(const struct map_entry *const *)left;
    const struct map_entry *b = *(const struct map_entry *const *)right;
    int64_t a_at = ((const struct ledger_entry *)a->value)->sent_at;
    int64_t b_at = ((const struct ledger_entry *)b->value)->sent_at;
    return a_at != b_at ? (a_at > b_at ? -1 : 1) : strcmp(a->key, b->key);
}

static void write_sent(struct arena *arena, const struct state_report_input *input, struct buf *out)
{
    const struct map *sent = &input->ledger->sent;
    const struct map_entry **sorted = arena_alloc_array(arena, sent->count + 1, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < sent->count; i++) {
        if (sent->entries[i].value != NULL) {
            sorted[count++] = &sent->entries[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, latest_first);
    buf_add_format(out, "\nAlert ids sent: %zu\n", count);
    struct text_table table;
    text_table_init(&table, arena, 2);
    text_table_add(&table, "ALERT ID");
    text_table_add(&table, "SENT");
    for (size_t i = 0; i < count && i < SENT_SHOWN; i++) {
        const struct ledger_entry *entry = sorted[i]->value;
        text_table_add(&table, sorted[i]->key);
        text_table_add(&table, time_text(arena, entry->sent_at));
    }
    if (count > 0) {
        text_table_write(&table, out);
    }
    if (count > SENT_SHOWN) {
        buf_add_format(out, "and %zu more; -o json shows all\n", count - SENT_SHOWN);
    }
}

void state_report_write_text(struct arena *arena, const struct state_report_input *input,
                             struct buf *out)
{
    buf_add_format(out, "State: %s%s\n", digest_clean(arena, input->description, 300),
                   input->ledger->existed ? "" : " (does not exist yet)");
    write_incidents(arena, input, out);
    write_silences(arena, input, out);
    write_pendings(arena, input, out);
    write_sent(arena, input, out);
}

static void set_time(struct json *object, const char *key, int64_t at)
{
    char text[TIMESTAMP_TEXT_BYTES];
    if (at != TIMESTAMP_NONE) {
        timestamp_format(at, text);
        json_set_text(object, key, text);
    }
}

static struct json *incident_json(struct arena *arena, const struct state_report_input *input,
                                  const char *key, const struct incident *incident)
{
    struct json *object = json_new_object();
    json_set_text(object, "id", key);
    json_set_text(object, "class", alert_class_word(incident->class));
    json_set_text(object, "cluster", incident->cluster);
    json_set_text(object, "policy", incident->policy);
    json_set_text(object, "kind", action_kind_word(incident->kind));
    json_set_text(object, "application", incident->app);
    json_set_text(object, "run", incident->run);
    json_set(object, "runs", json_new_integer(incident->runs));
    set_time(object, "since", incident->since);
    set_time(object, "lastGood", incident->last_good);
    set_time(object, "mailed", incident->told);
    const char *next = next_text(arena, input, incident);
    if (*next != '\0') {
        json_set_text(object, "nextReminder", next);
    }
    json_set_text(object, "cause", cause_text(input, incident));
    return object;
}

static struct json *incidents_json(struct arena *arena, const struct state_report_input *input)
{
    struct json *list = json_new_array();
    const struct map *incidents = &input->ledger->incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        if (incidents->entries[i].value != NULL) {
            json_append(list, incident_json(arena, input, incidents->entries[i].key,
                                            incidents->entries[i].value));
        }
    }
    return list;
}

static struct json *texts_json(const char *const *texts, size_t count)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < count; i++) {
        json_append(list, json_new_text(texts[i]));
    }
    return list;
}

static struct json *pendings_json(const struct state_report_input *input)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < input->ledger->pending_count; i++) {
        const struct pending *pending = &input->ledger->pendings[i];
        struct json *object = json_new_object();
        json_set_text(object, "messageId", pending->message_id);
        set_time(object, "date", pending->date);
        json_set(object, "recipients", texts_json(pending->recipients, pending->recipient_count));
        json_set(object, "ids", texts_json(pending->ids, pending->id_count));
        json_set_text(object, "outcome", pending_word(pending, input->now));
        json_append(list, object);
    }
    return list;
}

// A map of text to int64_t *.
static struct json *times_json(const struct map *map)
{
    struct json *object = json_new_object();
    for (size_t i = 0; i < map->count; i++) {
        const int64_t *at = map->entries[i].value;
        if (at != NULL) {
            set_time(object, map->entries[i].key, *at);
        }
    }
    return object;
}

static struct json *sent_json(const struct ledger *ledger)
{
    struct json *object = json_new_object();
    for (size_t i = 0; i < ledger->sent.count; i++) {
        const struct ledger_entry *entry = ledger->sent.entries[i].value;
        if (entry != NULL) {
            set_time(object, ledger->sent.entries[i].key, entry->sent_at);
        }
    }
    return object;
}

void state_report_write_json(struct arena *arena, const struct state_report_input *input,
                             struct buf *out)
{
    AUTO_PTR(json) object = json_new_object();
    json_set_text(object, "state", input->description);
    json_set(object, "exists", json_new_bool(input->ledger->existed));
    json_set(object, "incidents", incidents_json(arena, input));
    json_set(object, "silenced", times_json(&input->ledger->silences));
    json_set(object, "pending", pendings_json(input));
    json_set(object, "watermarks", times_json(&input->ledger->watermarks));
    json_set(object, "sent", sent_json(input->ledger));
    json_write(object, JSON_PRETTY, out);
    buf_add_char(out, '\n');
}
