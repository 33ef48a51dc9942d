// SPDX-License-Identifier: MIT
// API servers that answer at once, for tests of what a pass learns: two clusters that watch
// backups, exports and runs, two hours back. One of them is read unless a test says otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "core/ledger.h"
#include "net/http.h"

enum { ANSWERS = 20, HOUR = 3600, NOW = 1775125200 }; // 2026-04-02T10:20:00Z

#define ACTIONS "/apis/actions.kio.kasten.io/v1alpha1"
#define CONFIG "/apis/config.kio.kasten.io/v1alpha1"
#define PROJECTS "/apis/project.openshift.io/v1/projects"
#define IN(namespace) ACTIONS "/namespaces/" namespace "/backupactions"

#define FORBIDDEN "{\"kind\":\"Status\",\"message\":\"is forbidden\"}"

struct answer {
    const char *url; // part of it; if that begins with "/api" the path, and nothing but it
    int status;
    const char *body;
};

struct fixture {
    struct http http; // first: a request leads back here
    struct answer answers[ANSWERS];
    size_t answer_count;
    const char *asked;              // paths, a blank before and behind each
    struct http_certificates shown; // by each connection that is asked for them
    struct arena *arena;
    struct cluster_settings settings[2];
    struct fleet_cluster clusters[2];
    struct fleet fleet;
    struct ledger ledger;
    int64_t window_starts[6];
    struct collect_input input;
    struct collection result;
};

// For cmocka: *state becomes a struct fixture. Every list is empty.
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
// The same, but what is watched beside backups are those of cluster-scoped resources, and imports.
int fixture_set_up_imports(void **state);

// What is answered to requests for the URL, else an empty list; the latest said wins. The path of a
// list that goes on ends in "?continue".
void answer(struct fixture *fixture, const char *url, int status, const char *body);
void answer_items(struct fixture *fixture, const char *url, const char *items);

// A pass; what it learned, or its sight of a kind in the first cluster.
const struct collection *look(struct fixture *fixture);
const struct sight *look_at(struct fixture *fixture, enum action_kind kind);

// How often the latest look asked for a path, named as above.
size_t times_asked(const struct fixture *fixture, const char *path);

// An action "NAME" of app and run (NULL: a RunAction itself), that began and ended so many minutes
// before NOW; ended < 0 has not.
struct sample {
    const char *name;
    const char *app;
    const char *run;
    const char *state;
    int began;
    int ended;
    const char *policy; // NULL: "daily"
    const char *more;   // members of its status; NULL: none
};

const char *item(struct fixture *fixture, const struct sample *sample);
const char *items(struct fixture *fixture, const struct sample *samples, size_t count);
