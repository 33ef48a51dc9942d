// SPDX-License-Identifier: MIT
// A whole pass on fakes of its seams: scripted API servers, a state in memory, a mailbox in memory,
// a clock set by the test. Everything between is the real program.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/pass.h"
#include "config/settings.h"
#include "kube/state_store.h"
#include "net/http.h"
#include "notify/channel.h"

struct arena;

// What a request whose URL holds `url` is answered with; the first match of the script counts.
struct scripted_answer {
    const char *url;
    int status; // 0: a transport error of this class
    enum error_class class;
    const char *body;
    size_t times; // 0: always
};

enum world_event { EVENT_LOAD, EVENT_LIST, EVENT_DELIVER, EVENT_SAVE };

struct world {
    struct arena *arena;
    struct settings settings;
    struct fleet fleet;

    struct http http;
    struct scripted_answer answers[16];
    size_t answer_count;
    size_t requests;
    size_t chunk_bytes; // bodies arrive in pieces of this size

    struct state_store store;
    struct json *document; // what the store holds; NULL: nothing
    bool load_fails;
    bool save_fails;
    size_t saves;

    struct channel channel;
    enum delivery_outcome outcome;
    size_t deliveries;
    char subject[256];
    char text[16384];
    char message_ids[8][80];

    struct log *log;
    enum world_event events[64];
    size_t event_count;
    struct pass_result result;
};

// One cluster "k3s" that watches backups and runs; nothing is recorded, nothing answers yet.
void world_init(struct world *world);
void world_finish(struct world *world);

void world_answer(struct world *world, struct scripted_answer answer);

// Runs a pass at an instant (RFC 3339).
void world_pass(struct world *world, const char *now, enum pass_mode mode);

// The recorded `sent`, "" when there is none.
const char *world_sent(const struct world *world);

// A list's body with these elements, and a failed BackupAction as one.
const char *list_of(struct world *world, const char *elements);
const char *failed_item(struct world *world, const char *uid, const char *run, const char *app,
                        const char *ended);
