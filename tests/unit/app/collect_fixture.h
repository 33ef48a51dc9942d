// SPDX-License-Identifier: MIT
// One cluster for tests of collect, on a scripted API server that answers at once: backups, backups
// of cluster-scoped resources and imports are watched, two hours back.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/collect.h"
#include "net/http.h"

enum { ANSWERS = 20, NOW = 1775125200 }; // 2026-04-02T10:20:00Z

#define ACTIONS "/apis/actions.kio.kasten.io/v1alpha1"
#define CONFIG "/apis/config.kio.kasten.io/v1alpha1"
#define PROJECTS "/apis/project.openshift.io/v1/projects"
#define IN(namespace) ACTIONS "/namespaces/" namespace "/backupactions"

#define FORBIDDEN "{\"kind\":\"Status\",\"message\":\"is forbidden\"}"

struct answer {
    const char *path; // the whole of it; of the query only that it goes on: "?continue"
    int status;
    const char *body;
};

struct fixture {
    struct http http; // first: a request leads back here
    struct answer answers[ANSWERS];
    size_t answer_count;
    const char *asked; // paths, a blank before and behind each
    struct arena *arena;
    struct cluster_settings settings;
    struct fleet_cluster cluster;
    struct fleet fleet;
    int64_t window_starts[3];
    struct collect_input input;
    struct collection result;
};

// For cmocka: *state becomes a struct fixture. Every list is empty.
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

// Answers a path from now on; the latest answer counts.
void answer(struct fixture *fixture, const char *path, int status, const char *body);
void answer_items(struct fixture *fixture, const char *path, const char *items);

// A pass; the sight of a kind after it.
const struct sight *look(struct fixture *fixture, enum action_kind kind);

// How often the latest pass asked for a path.
size_t times_asked(const struct fixture *fixture, const char *path);
