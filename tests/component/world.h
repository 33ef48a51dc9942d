// SPDX-License-Identifier: MIT
// A whole pass on fakes of its seams: API servers that answer by script or from a list of objects,
// the ConfigMap of the state behind HTTP, a mailbox, a clock set by the test. All between is the
// real program. What outlives a pass is in struct outside, flat memory that can be copied and
// shared with a child process; at every call to it a test can look, interrupt or kill.
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

enum {
    WORLD_STATE_BYTES = 48 * 1024,
    WORLD_MAILS = 40,
    WORLD_MAIL_NAMES = 20,
    WORLD_MAIL_TEXT = 112,
    WORLD_MINUTE = 60,
};

#define WORLD_FOREVER INT64_MAX

// One try to hand over a mail.
struct world_mail {
    char message_id[80];
    int64_t date;
    int64_t at; // the clock's time of the try
    char subject[160];
    char rows[WORLD_MAIL_NAMES][WORLD_MAIL_TEXT]; // "ALERT-ID app app", one per row
    size_t row_count;
    char ids[WORLD_MAIL_NAMES][WORLD_MAIL_TEXT]; // of the stored intent with this Message-ID
    size_t id_count;
    unsigned to;    // recipients, a bit each, in the order of the settings
    unsigned taken; // those for whom the server took responsibility
    bool answered;  // the pass saw the last answer
    bool rejected;  // it was that no recipient gets it, for good
};

struct outside {
    char state[WORLD_STATE_BYTES]; // the ConfigMap's JSON without its version; "": there is none
    uint64_t version;
    size_t writes;  // that the server took
    size_t foreign; // writes of others
    bool met;       // STATE_CONFLICT: the next write passes
    bool deleted;   // STATE_DELETED has struck
    struct world_mail mails[WORLD_MAILS];
    size_t mail_count;
};

// What a request whose URL holds `url` is answered with; the first match of the script counts.
struct scripted_answer {
    const char *url;
    int status; // 0: a transport error of this class
    enum error_class class;
    const char *body;
    size_t times; // 0: always
};

// Times of objects and faults are minutes from noon of 2026-04-02 (WORLD_NOON).
#define WORLD_NOON INT64_C(1775131200)

// An object of K10 as long as nothing is scripted for its list.
struct world_object {
    const char *cluster;
    const char *resource; // "backupactions", "runactions", "policies"
    const char *uid;
    const char *run;    // of actions; for a RunAction its own name
    const char *app;    // "" for a RunAction
    const char *policy; // for a policy its own name
    const char *state;  // "Failed", "Complete", "Exceptions": Complete with some; "Running": since
                        // a day and an hour when it is first seen
    const char *cause;  // NULL: "no space left on device"
    int64_t ended;      // seen from then on
    int64_t gone;       // no longer from then on; 0: never
};

// Lists of a cluster (NULL: all) and resource (NULL: all) answer with a status.
struct world_outage {
    const char *cluster;
    const char *resource;
    int64_t from;
    int64_t until;
    int status; // 0: no connection
};

enum world_mail_fault_kind {
    MAIL_NO_CONNECTION,
    MAIL_RCPT_450,     // one recipient, or all
    MAIL_RCPT_550,     // the same
    MAIL_FINAL_450,    // after the final dot
    MAIL_FINAL_550,    // the same
    MAIL_ANSWER_LOST,  // taken, and the connection breaks
    MAIL_MESSAGE_LOST, // not taken, and the connection breaks after the final dot
};

struct world_mail_fault {
    enum world_mail_fault_kind kind;
    unsigned recipients; // bits; for MAIL_RCPT_*
    int64_t from;
    int64_t until;
};

enum world_state_fault_kind {
    STATE_NO_READ,  // 403 to GET
    STATE_NO_LOAD,  // 403 to the first GET of a pass
    STATE_NO_WRITE, // 403 to PUT and POST
    STATE_CONFLICT, // somebody else writes before each PUT, but lets every second one pass
    STATE_CROWDED,  // somebody else writes before every PUT
    STATE_DELETED,  // the object is deleted before one PUT
};

struct world_state_fault {
    enum world_state_fault_kind kind;
    int64_t from;
    int64_t until;
};

enum world_event { EVENT_LOAD, EVENT_LIST, EVENT_DELIVER, EVENT_SAVE };

struct world {
    struct arena *arena;
    struct settings settings;
    struct fleet fleet;
    struct outside *outside;

    struct http http;
    struct scripted_answer answers[16];
    size_t answer_count;
    const struct world_object *objects;
    size_t object_count;
    const struct world_outage *outages;
    size_t outage_count;
    size_t requests;    // of lists of actions
    size_t chunk_bytes; // bodies arrive in pieces of this size

    const struct world_state_fault *state_faults;
    size_t state_fault_count;
    size_t state_reads; // of this pass

    struct channel channel;
    const struct world_mail_fault *mail_faults;
    size_t mail_fault_count;
    enum delivery_outcome outcome; // of mails when no fault is in force
    char text[16384];              // of the last mail

    // Called at each point at which the world outside can be left: number from 1 and where.
    void (*at_point)(struct world *world, size_t number, const char *where);
    void *context;
    size_t points;

    struct log *log;
    enum world_event events[64];
    size_t event_count;
    struct pass_result result;
};

// Two clusters "k3s" and "rke2" (of which the first cluster_count are configured) that watch
// backups and runs; recipients ops@ and boss@ (the first to_count); nothing is recorded yet.
void world_init(struct world *world, struct outside *outside);
void world_finish(struct world *world);

// The same for cmocka: *state is a world with an outside of its own.
int world_set_up(void **state);
int world_tear_down(void **state);

void world_answer(struct world *world, struct scripted_answer answer);

// Runs a pass at an instant: RFC 3339, or minutes from WORLD_NOON.
void world_pass(struct world *world, const char *now, enum pass_mode mode);
void world_pass_at(struct world *world, int64_t minutes);

int64_t world_now(void);
void world_point(struct world *world, const char *where);
void world_note(struct world *world, enum world_event event);

// The recorded `sent` and `state`, "" when there is none; in the world's arena.
const char *world_sent(struct world *world);
const char *world_state(struct world *world);
void world_put_state(struct world *world, const char *sent, const char *state);

// A list's body with these elements, and a failed BackupAction as one.
const char *list_of(struct world *world, const char *elements);
const char *failed_item(struct world *world, const char *uid, const char *run, const char *app,
                        const char *ended);

// world_k10.c: the list of a resource as the objects make it, "" with its status for an outage.
const char *world_list(struct world *world, const char *url, int *ret_status);

// world_state.c: the API server's part of the ConfigMap. False: not its URL.
bool world_answer_state(struct world *world, const struct http_request *request, int *ret_status,
                        const char **ret_body);

// world_mail.c
bool world_deliver(struct channel *channel, struct arena *arena, const struct digest *digest,
                   const struct channel_envelope *envelope, struct delivery *ret,
                   struct error *error);
