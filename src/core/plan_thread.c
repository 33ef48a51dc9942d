// SPDX-License-Identifier: MIT
#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/plan_parts.h"

#include "base/banned.h"

// The thread found so far: all news must agree on it.
struct thread {
    struct arena *arena;
    const struct plan_input *input;
    const char *subject; // "CLUSTER/POLICY"; NULL: nothing seen yet
    int64_t since;
    bool mixed;
};

static void join(struct thread *thread, const char *subject)
{
    thread->mixed =
        thread->mixed || (thread->subject != NULL && strcmp(thread->subject, subject) != 0);
    thread->subject = subject;
}

static void note_since(struct thread *thread, int64_t since)
{
    if (since != TIMESTAMP_NONE && (thread->since == TIMESTAMP_NONE || since < thread->since)) {
        thread->since = since;
    }
}

// An application without a policy is a thread of its own.
static const char *subject_of(const struct thread *thread, const struct incident *incident)
{
    return arena_format(thread->arena, "%s/%s/%s", incident->cluster, incident->policy,
                        *incident->policy == '\0' ? incident->app : "");
}

static void join_steps(struct thread *thread, const struct plan_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        join(thread, subject_of(thread, &steps->items[i].incident));
        note_since(thread, steps->items[i].incident.since);
    }
}

// The oldest open incident of the same policy began the thread.
static void note_open(struct thread *thread)
{
    const struct map *incidents = &thread->input->ledger->incidents;
    for (size_t i = 0; i < incidents->count; i++) {
        const struct incident *incident = incidents->entries[i].value;
        if (incident != NULL && strcmp(subject_of(thread, incident), thread->subject) == 0) {
            note_since(thread, incident->since);
        }
    }
}

const char *plan_thread(struct arena *arena, const struct plan_input *input,
                        const struct plan *plan)
{
    struct thread thread = {.arena = arena, .input = input, .since = TIMESTAMP_NONE};
    for (size_t i = 0; i < plan->row_count; i++) {
        thread.mixed = thread.mixed || plan->rows[i].steps.count == 0;
        join_steps(&thread, &plan->rows[i].steps);
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        join_steps(&thread, &plan->closings[i].steps);
    }
    for (size_t i = 0; i < plan->unread_count; i++) {
        if (plan->unread[i].due) {
            join(&thread, plan->unread[i].id + strlen("!unreachable"));
            note_since(&thread, plan->unread[i].since);
        }
    }
    for (size_t i = 0; i < plan->readable_count; i++) {
        join(&thread, plan->readable[i].id + strlen("!readable"));
        note_since(&thread, plan->readable[i].since);
    }
    if (thread.mixed || thread.subject == NULL || thread.since == TIMESTAMP_NONE) {
        return "";
    }
    note_open(&thread);
    char since[TIMESTAMP_TEXT_BYTES];
    timestamp_format(thread.since, since);
    char *token = arena_alloc(arena, LEDGER_TOKEN_BYTES);
    ledger_token(arena_format(arena, "%s %s", thread.subject, since), token);
    return token;
}
