// SPDX-License-Identifier: MIT
// What every output says, once: subject, preheader, rows with their story and causes, what could
// not be seen, what is well again, footer. report/text and report/html only lay it out. Built from
// a plan; all text in the arena, clean one-line UTF-8 (not yet encoded for any output).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"

struct arena;

struct digest_cluster {
    const char *name;  // NAME
    const char *label; // LABEL, shown in the Cluster column
    const char *k10_namespace;
    const char *dashboard_url; // NULL: no links
    bool insecure_tls;         // INSECURE_SKIP_TLS_VERIFY: said in every footer
};

struct digest_input {
    const struct plan *plan;
    const struct digest_cluster *clusters; // index = finding.cluster
    size_t cluster_count;
    const char *subject_prefix;
    int64_t now;
    bool local_time;            // show the process's zone beside UTC
    const char *version;        // of this program
    const char *const *notices; // sentences the reader must see near the top ("may repeat ...")
    size_t notice_count;
    const char *const *footnotes; // sentences for the footer (clock skew, refused recipients)
    size_t footnote_count;
};

// How bad it is: always said by a word as well as by a colour.
enum digest_state { DIGEST_OK, DIGEST_WARNING, DIGEST_FAILED };

// One cell of the summary strip: "3" "failed runs".
struct digest_figure {
    const char *value;
    const char *label;
    enum digest_state state;
};

struct digest_cause {
    const char *label; // before it: "Error"
    const char *text;
    const char *where;  // "" when the row says it
    bool same_as_group; // text is the cause in the group's heading: "as above"
};

// What is known of a cause (core/remedy).
struct digest_remedy {
    const char *means; // "" when there is nothing to say
    const char *next_step;
    const char *link; // https, NULL
};

// One run action, as in the original's table, and what a reader needs to go on; or one thing of
// another class: what is invalid, overdue, about to expire.
struct digest_row {
    enum alert_class class;
    const char *cluster;    // LABEL
    const char *run_action; // name; "-" for what is no run
    const char *policy;     // "" when none
    const char *const *namespaces;
    size_t namespace_count;
    struct digest_cause *causes;
    size_t cause_count;      // 0 of what needs none
    size_t causes_omitted;   // further ones that core did not keep
    enum digest_state state; // DIGEST_WARNING when a good run followed, or nothing more is known
    const char *what;        // "export of shop to profile s3-prod failed; ..."
    const char *story;       // "3rd failed run in a row, since ...; last good run ..."; "" for none
    const char *ended;       // "2026-04-02 12:00 CEST (10:00 UTC), 42 min ago"; NULL: it has no end
    const char *reason;      // why it is in the mail, a sentence
    const char *reason_word; // the same for machines: "new", "reminder"
    const char *command;     // kubectl, NULL when a name cannot be put into a command safely
    const char *command_note;           // "on OpenShift; 2 more failed actions in this run"
    const char *dashboard_url;          // https, NULL when not configured
    const struct digest_remedy *remedy; // NULL; that of a group stands in the group
    const char *cluster_name;           // NAME, for machines
    const char *kind;                   // word of ALERT_KINDS, "policy", ..., for machines
    const char *class_word;             // of ALERT_ON, for machines
    const char *id;                     // alert id
    int64_t ended_at;
    int64_t since; // when the first bad run in a row ended, or it began; TIMESTAMP_NONE: not known
    uint32_t runs; // bad runs in a row, 0 when not known
};

// Rows that share their causes, or are explained by one thing, or are of one class that needs no
// cause. A group of one has no heading, but where another class begins.
struct digest_group {
    const char *heading;     // "14 applications in 3 failed runs on OpenShift", NULL for one row
    const char *story;       // "up to 5 failed runs in a row, since ..."; "" for none or one row
    enum digest_state state; // the worst of its rows
    const struct digest_cause *causes; // of its first row, shown once; NULL for one row
    size_t cause_count;                // 0: what they share is no cause
    size_t causes_omitted;
    const struct digest_remedy *remedy; // NULL
    struct digest_row *rows;
    size_t row_count;
};

// How many rows are of one class: X-Kasten-Alert-NAME.
struct digest_header {
    const char *name;
    size_t count;
};

// A cluster or kinds of it that could not be read, or only in part (limitations).
struct digest_unread {
    const char *cluster; // LABEL
    const char *what;    // "nothing could be read", "exports, runs"
    const char *reason;
    const char *remedy; // "" when nothing is known
    const char *since;  // "2026-04-01 10:00 UTC, 1 d 2 h ago"; "" when this pass is the first
    const char *told;   // "mailed before, last 2026-04-01 10:00 UTC, 1 d 2 h ago"; "" when new
};

// Something that is over: an incident, or the time in which a cluster could not be read.
struct digest_ending {
    const char *cluster; // LABEL
    const char *policy;  // "" when none
    const char *what;    // "backups of shop, web", "exports can be read again"
    const char *story;   // "after 3 failed runs and 2 d 3 h; clean run ended ..."
};

struct digest_endings {
    struct digest_ending *items;
    size_t count;
    const char *title; // "Recovered"
    enum digest_state state;
};

// A sentence, and the command it ends in.
struct digest_note {
    const char *text;
    const char *command; // NULL; shown whole, for copying
};

struct digest {
    enum digest_state state;
    const char *prefix;     // ALERT_SUBJECT_PREFIX, clean
    const char *subject;    // with prefix; fewer than DIGEST_SUBJECT_CHARACTERS characters
    const char *word;       // state in a word or two: "Failed", "Not all read", "Recovered"
    const char *state_word; // for machines: "failed", "unread", "recovered", "ended", "ok"
    const char *headline;   // what is broken now
    const char *preheader;  // counts and state, one sentence
    struct digest_figure figures[4];
    size_t figure_count;
    const char *const *notices; // near the top
    size_t notice_count;
    struct digest_group *groups; // worst and largest first
    size_t group_count;
    size_t row_count;              // of all groups
    struct digest_header *headers; // rows of each class, for machines
    size_t header_count;
    const char *rows_title; // "Failed runs: 3", "Still failing: 2"
    const char *rows_noun;  // what a row is, in the plural: "failed runs"
    size_t namespace_count; // distinct (cluster, namespace) of all rows
    size_t action_count;    // failed actions behind the failed runs
    struct digest_unread *unread;
    size_t unread_count;
    struct digest_unread *limited;
    size_t limited_count;
    struct digest_endings readable;
    struct digest_endings recovered;
    struct digest_endings ended; // without a good run
    const char *const *counts;   // everything shown and not shown, sentences
    size_t count_count;
    const struct digest_note *footer; // why this mail, how to silence or repeat it, TLS, version
    size_t footer_count;
    const char *reasons;              // for machines: "new, more-of-run, unread"
    const char *const *cluster_names; // NAME of every cluster that the mail says something of
    size_t cluster_name_count;
    const char *thread; // token of its incident thread, "" for none; not yet checked
    const char *version;
};

// A subject is shorter than this.
enum { DIGEST_SUBJECT_CHARACTERS = 100 };

// Builds the digest of input->plan; what it points to is in arena or in the input. Never fails: a
// plan with nothing to say gives state DIGEST_OK and no groups.
void digest_build(struct arena *arena, const struct digest_input *input, struct digest *ret);
