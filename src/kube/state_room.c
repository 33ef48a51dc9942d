// SPDX-License-Identifier: MIT
#include "kube/state_room.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "codec/json.h"
#include "kube/state_encode.h"
#include "kube/state_token.h"

#include "base/banned.h"

enum drop_what { DROP_POLICIES, DROP_CAUSE, DROP_INCIDENT, DROP_CHILDREN };

// Something that may be left out. Of two the one with the smaller ranks goes first.
struct candidate {
    enum drop_what what;
    size_t index; // into the map's entries
    int64_t rank[2];
    size_t bytes; // about what leaving it out saves
};

struct room {
    const struct ledger *ledger;
    struct state_choice choice;
    struct candidate *candidates;
    size_t count;
    size_t next; // the first that is still written
};

enum {
    CAUSE_FRAME_BYTES = 20,    // ["01234567890",""],
    CAUSE_TOKEN_BYTES = 14,    // of an incident without the text's index
    INCIDENT_FRAME_BYTES = 48, // numbers, quotes, brackets
    HELD_FRAME_BYTES = 3,
    POLICY_FRAME_BYTES = 16, // "":["01234567890"], without the cluster's name
};

static void add_candidate(struct room *room, const struct candidate *candidate)
{
    room->candidates[room->count++] = *candidate;
}

// All at once: a policy without its memory counts from when it was made.
static void add_policies(struct room *room)
{
    const struct map *watches = &room->ledger->watches;
    size_t bytes = 0;
    for (size_t i = 0; i < watches->count; i++) {
        bytes += watches->entries[i].value != NULL
                     ? strlen(watches->entries[i].key) + POLICY_FRAME_BYTES
                     : 0;
    }
    if (bytes > 0) {
        add_candidate(room, &(struct candidate){DROP_POLICIES, 0, {0, 0}, bytes});
    }
}

static void add_causes(struct room *room, struct arena *arena)
{
    const struct ledger *ledger = room->ledger;
    struct map uses;
    map_init(&uses, arena);
    for (size_t i = 0; i < ledger->incidents.count; i++) {
        const struct incident *incident = ledger->incidents.entries[i].value;
        if (incident != NULL) {
            struct map_entry *slot = map_entry(&uses, incident->cause);
            if (slot->value == NULL) {
                slot->value = arena_alloc(arena, sizeof(size_t));
            }
            ++*(size_t *)slot->value;
        }
    }
    for (size_t i = 0; i < ledger->causes.count; i++) {
        const char *text = ledger->causes.entries[i].value;
        const size_t *found = map_get(&uses, ledger->causes.entries[i].key);
        size_t used = found != NULL ? *found : 0;
        size_t bytes = text != NULL ? strlen(text) + CAUSE_FRAME_BYTES : 0;
        if (bytes > used * CAUSE_TOKEN_BYTES) {
            bytes -= used * CAUSE_TOKEN_BYTES;
            add_candidate(
                room, &(struct candidate){DROP_CAUSE, i, {(int64_t)used, -(int64_t)bytes}, bytes});
        }
    }
}

static void add_incidents(struct room *room)
{
    const struct map *incidents = &room->ledger->incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident == NULL) {
            continue;
        }
        size_t bytes = INCIDENT_FRAME_BYTES + strlen(incident->app) + strlen(incident->run);
        for (size_t k = 0; k < incident->held_count; k++) {
            bytes += strlen(incident->held[k]) + HELD_FRAME_BYTES;
        }
        add_candidate(
            room, &(struct candidate){
                      DROP_INCIDENT, i, {-(int64_t)incident->reminders, incident->since}, bytes});
    }
}

static void add_children(struct room *room)
{
    const struct map *sent = &room->ledger->sent;
    for (size_t i = 0; i < sent->count; i++) {
        const struct ledger_entry *entry = sent->entries[i].value;
        if (entry != NULL && (entry->child_count > 0 || *entry->run_token != '\0')) {
            size_t bytes = (entry->child_count + 1) * STATE_TOKEN_CHARS;
            add_candidate(room, &(struct candidate){DROP_CHILDREN, i, {entry->sent_at, 0}, bytes});
        }
    }
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : (a > b ? 1 : 0);
}

static int first_to_go(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->what != b->what) {
        return a->what < b->what ? -1 : 1;
    }
    int order = compare_numbers(a->rank[0], b->rank[0]);
    order = order != 0 ? order : compare_numbers(a->rank[1], b->rank[1]);
    return order != 0 ? order : (a->index < b->index ? -1 : 1);
}

static bool *all_true(struct arena *arena, size_t count)
{
    bool *flags = arena_alloc_array(arena, count, sizeof *flags);
    for (size_t i = 0; i < count; i++) {
        flags[i] = true;
    }
    return flags;
}

static void prepare_candidates(struct room *room, struct arena *arena)
{
    const struct ledger *ledger = room->ledger;
    size_t max = 1 + ledger->causes.count + ledger->incidents.count + ledger->sent.count;
    room->candidates = arena_alloc_array(arena, max, sizeof *room->candidates);
    add_policies(room);
    add_causes(room, arena);
    add_incidents(room);
    add_children(room);
    if (room->count > 0) {
        qsort(room->candidates, room->count, sizeof *room->candidates, first_to_go);
    }
}

static void drop_next(struct room *room, struct state_report *report)
{
    const struct candidate *candidate = &room->candidates[room->next++];
    const struct ledger_entry *entry;
    switch (candidate->what) {
    case DROP_POLICIES:
        room->choice.policies = false;
        break;
    case DROP_CAUSE:
        room->choice.causes[candidate->index] = false;
        break;
    case DROP_INCIDENT:
        room->choice.incidents[candidate->index] = false;
        report->incidents_dropped++;
        break;
    case DROP_CHILDREN:
        entry = room->ledger->sent.entries[candidate->index].value;
        room->choice.children[candidate->index] = false;
        report->children_dropped += entry->child_count;
        break;
    }
}

static void write_chosen(const struct room *room, struct buf *out)
{
    AUTO_PTR(json) state = state_encode_state(room->ledger, &room->choice);
    json_write(state, JSON_COMPACT, out);
}

void state_room_write(const struct ledger *ledger, size_t sent_bytes, struct buf *out,
                      struct state_report *report)
{
    AUTO_PTR(arena) arena = arena_create();
    struct room room = {.ledger = ledger,
                        .choice = {all_true(arena, ledger->causes.count),
                                   all_true(arena, ledger->incidents.count),
                                   all_true(arena, ledger->sent.count), true}};
    size_t begin = out->len;
    write_chosen(&room, out);
    if (sent_bytes + out->len - begin > STATE_MAX_BYTES) {
        prepare_candidates(&room, arena);
    }
    // The sizes are guesses: as many go as seem to be needed, then it is measured again.
    while (sent_bytes + out->len - begin > STATE_MAX_BYTES && room.next < room.count) {
        size_t over = sent_bytes + out->len - begin - STATE_MAX_BYTES;
        for (size_t freed = 0; freed < over && room.next < room.count;) {
            freed += room.candidates[room.next].bytes;
            drop_next(&room, report);
        }
        buf_truncate(out, begin);
        write_chosen(&room, out);
    }
}

static size_t text_bytes(const struct json *document, const char *key)
{
    const char *text = json_text(json_path(document, "data", key, NULL));
    return text != NULL ? strlen(text) : 0;
}

void state_room_measure(const struct json *document, struct state_report *report)
{
    report->bytes = text_bytes(document, "sent") + text_bytes(document, "state");
    report->crowded = report->bytes > (size_t)STATE_MAX_BYTES / 10 * 7;
}
