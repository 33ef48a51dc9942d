// SPDX-License-Identifier: MIT
// Alert ids (BEHAVIOUR section 5): "CLUSTER:SUBJECT:DAY", for other classes than failed
// "CLUSTER:SUBJECT:DAY:CLASS". The subject is a run's name, or "KIND/NAMESPACE/NAME" of an action
// without a run. What has no alert id is named by texts that begin with '!', which no cluster does.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "core/alert_class.h"
#include "core/finding.h"

struct arena;

struct alert_id {
    const char *cluster; // NAME
    const char *subject;
    const char *day; // "2026-04-02"
    enum alert_class class;
};

// The subject of a finding, and of the finding that an action belongs to.
const char *alert_id_subject(struct arena *arena, const struct finding *finding);
const char *alert_id_subject_of_action(struct arena *arena, const struct action *action);

// Takes a subject apart again: kind, name and namespace_name of the finding are set, of a run's
// name alone ACTION_RUN and "". The texts are in arena or stay in subject.
void alert_id_read_subject(struct arena *arena, const char *subject, struct finding *ret);

// The id of a subject on the UTC day of an instant.
const char *alert_id_make(struct arena *arena, const char *cluster, const char *subject,
                          int64_t instant, enum alert_class class);

// Takes an id apart; false for anything else. The texts are in arena.
bool alert_id_parse(struct arena *arena, const char *id, struct alert_id *ret) MUST_USE;

// True when both ids are of one cluster, subject and class, whatever their days.
bool alert_id_same_subject(const char *a, const char *b);

// False for the names of what has no alert id.
bool alert_id_is(const char *text);
