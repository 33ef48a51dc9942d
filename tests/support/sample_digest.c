// SPDX-License-Identifier: MIT
#include "sample_digest.h"

#include <string.h>

#include "base/arena.h"
#include "base/timestamp.h"
#include "core/cause_list.h"

#include "base/banned.h"

enum { NOW = 1775125320 /* 2026-04-02T10:22:00Z */, MINUTE = 60, HOUR = 3600 };

const char *const sample_digest_names[] = {"typical", "single", "group", "unread",
                                           "quiet",   "first",  "many",  "distinct",
                                           "hostile", "fleet",  "empty", NULL};

// A digest's input while it is put together.
struct sample {
    struct arena *arena;
    struct plan plan;
    struct digest_input input;
    struct digest_cluster *clusters;
};

// One failed action; the rest of its finding follows from it.
struct failure {
    size_t cluster;
    enum action_kind kind;
    const char *run;
    const char *policy;
    const char *app;
    const char *cause;
    const char *where;
    const char *profile;
    int64_t ago;
};

static void sample_init(struct sample *sample, struct arena *arena, size_t rows, size_t clusters)
{
    *sample = (struct sample){.arena = arena};
    sample->clusters = arena_alloc_array(arena, clusters, sizeof *sample->clusters);
    sample->plan.rows = arena_alloc_array(arena, rows, sizeof *sample->plan.rows);
    sample->plan.unread = arena_alloc_array(arena, 512, sizeof *sample->plan.unread);
    sample->plan.limited = arena_alloc_array(arena, 8, sizeof *sample->plan.limited);
    sample->plan.cluster_count = clusters;
    sample->plan.clusters_read = clusters;
    sample->input = (struct digest_input){
        .clusters = sample->clusters,
        .cluster_count = clusters,
        .subject_prefix = "[Kasten Backup]",
        .now = NOW,
        .version = "0.1.0",
    };
}

static void add_cluster(struct sample *sample, size_t index, const char *name, const char *label)
{
    sample->clusters[index] = (struct digest_cluster){
        .name = name,
        .label = label,
        .k10_namespace = "kasten-io",
    };
}

static struct finding *add_row(struct sample *sample, const struct failure *failure)
{
    struct arena *arena = sample->arena;
    struct action *action = arena_alloc(arena, sizeof *action);
    const struct action **actions = arena_alloc_array(arena, 8, sizeof *actions);
    const char **namespaces = arena_alloc_array(arena, 256, sizeof *namespaces);
    struct finding *finding = arena_alloc(arena, sizeof *finding);
    *action = (struct action){
        .cluster = failure->cluster,
        .kind = failure->kind,
        .state = ACTION_FAILED,
        .uid = "00000000-0000-4000-8000-000000000000",
        .name = failure->kind == ACTION_RUN
                    ? failure->run
                    : arena_format(arena, "%s-x7k2m", action_kind_word(failure->kind)),
        .namespace_name = failure->kind == ACTION_RUN ? "kasten-io" : failure->app,
        .app = failure->app,
        .policy = failure->policy,
        .policy_namespace = "kasten-io",
        .run = failure->run,
        .run_namespace = "kasten-io",
        .profile = failure->profile == NULL ? "" : failure->profile,
        .ended = NOW - failure->ago,
    };
    actions[0] = action;
    namespaces[0] = failure->app;
    *finding = (struct finding){
        .cluster = failure->cluster,
        .kind = ACTION_RUN,
        .name = failure->run,
        .namespace_name = "kasten-io",
        .policy = failure->policy,
        .policy_namespace = "kasten-io",
        .namespaces = namespaces,
        .namespace_count = failure->app == NULL || *failure->app == '\0' ? 0 : 1,
        .actions = actions,
        .action_count = 1,
        .causes = cause_list_of(arena, failure->cause),
        .first_ended = NOW - failure->ago,
        .last_ended = NOW - failure->ago,
    };
    finding->causes.items->where = failure->where == NULL ? "" : failure->where;
    sample->plan.rows[sample->plan.row_count++] = (struct plan_row){
        .finding = finding,
        .reason = PLAN_NEW,
        .id = arena_format(arena, "%s:%s:2026-04-02", sample->clusters[failure->cluster].name,
                           failure->run),
    };
    sample->plan.failed_actions++;
    return finding;
}

// A further failed action of the finding's run.
static void add_action(struct sample *sample, struct finding *finding,
                       const struct failure *failure)
{
    struct sample other;
    sample_init(&other, sample->arena, 1, finding->cluster + 1);
    other.clusters = sample->clusters;
    struct finding *more = add_row(&other, failure);
    // Both arrays were made by add_row with room for more.
    ((const struct action **)(uintptr_t)finding->actions)[finding->action_count++] =
        more->actions[0];
    ((const char **)(uintptr_t)finding->namespaces)[finding->namespace_count++] =
        more->namespaces[0];
    sample->plan.failed_actions++;
}

static void add_unread(struct sample *sample, size_t cluster, const char *reason,
                       const char *remedy)
{
    sample->plan.unread[sample->plan.unread_count++] = (struct plan_unread){
        .cluster = cluster,
        .whole_cluster = true,
        .class = ERROR_NETWORK,
        .reason = reason,
        .remedy = remedy,
        .told_before = TIMESTAMP_NONE,
    };
    sample->plan.clusters_read--;
}

static void finish(struct sample *sample, struct digest *ret)
{
    sample->input.plan = &sample->plan;
    digest_build(sample->arena, &sample->input, ret);
}

static const char access_denied[] =
    "Failed to export restore point: AccessDenied: user arn:aws:iam::123456789012:user/k10 is not "
    "allowed to PutObject on profile s3-prod";

static void three_clusters(struct sample *sample, struct arena *arena, size_t rows)
{
    sample_init(sample, arena, rows, 3);
    add_cluster(sample, 0, "openshift", "OpenShift");
    add_cluster(sample, 1, "rke2", "RKE2");
    add_cluster(sample, 2, "k3s", "K3s");
}

static void make_typical(struct arena *arena, struct digest *ret)
{
    struct sample sample;
    three_clusters(&sample, arena, 8);
    sample.clusters[0].dashboard_url = "https://k10.apps.ocp.example.com/k10/";
    sample.clusters[2].insecure_tls = true;
    struct finding *finding = add_row(
        &sample, &(struct failure){0, ACTION_BACKUP, "run-f2776nnj4l", "daily-postgres", "postgres",
                                   "Failed to find VolumeSnapshotClass with "
                                   "k10.kasten.io/is-snapshot-class=true annotation in the "
                                   "cluster",
                                   "volume data-postgres-0", NULL, 42 * MINUTE});
    add_action(&sample, finding,
               &(struct failure){0, ACTION_BACKUP, "run-f2776nnj4l", "daily-postgres",
                                 "postgres-staging", "", "", NULL, 44 * MINUTE});
    add_row(&sample, &(struct failure){0, ACTION_RUN, "run-7c9qk4x2zz", "weekly-cluster", "",
                                       "No profile found", NULL, NULL, HOUR + 3 * MINUTE});
    finding =
        add_row(&sample, &(struct failure){2, ACTION_EXPORT, "run-p4mzt8w6vd", "hourly-shop-export",
                                           "shop", access_denied, NULL, "s3-prod", 12 * MINUTE});
    add_row(&sample, &(struct failure){2, ACTION_EXPORT, "run-h5tq2b7c9k", "hourly-web-export",
                                       "web-frontend-production", access_denied, "volume uploads",
                                       "s3-prod", 17 * MINUTE});
    sample.plan.rows[sample.plan.row_count - 1].reason = PLAN_MORE_OF_RUN;
    add_unread(&sample, 1,
               "TLS: certificate signed by unknown authority at https://192.168.1.99:6443",
               "set CLUSTER_2_CA_FILE or CLUSTER_2_CA_DATA to the cluster's CA: kubectl config "
               "view --raw --minify -o "
               "jsonpath='{.clusters[0].cluster.certificate-authority-data}'");
    static const enum action_kind kinds[] = {ACTION_IMPORT, ACTION_VALIDATE};
    sample.plan.limited[sample.plan.limited_count++] = (struct plan_unread){
        .cluster = 2,
        .kinds = (enum action_kind *)(uintptr_t)kinds,
        .kind_count = 2,
        .class = ERROR_FORBIDDEN,
        .reason = "403: the token may not list importactions.actions.kio.kasten.io",
        .remedy = "bind the ClusterRole of deploy/manifests to its service account",
        .told_before = TIMESTAMP_NONE,
    };
    sample.plan.already_told = 2;
    sample.input.local_time = true;
    finish(&sample, ret);
}

static void make_single(struct arena *arena, struct digest *ret)
{
    struct sample sample;
    three_clusters(&sample, arena, 1);
    add_row(&sample,
            &(struct failure){2, ACTION_EXPORT, "run-f2776nnj4l", "daily-postgres", "postgres",
                              "AccessDenied on profile s3-prod", NULL, "s3-prod", 3 * MINUTE});
    finish(&sample, ret);
}

static void make_group(struct arena *arena, struct digest *ret)
{
    static const char *const apps[] = {"shop", "billing", "wiki", "mail", "crm", "erp", "grafana"};
    struct sample sample;
    three_clusters(&sample, arena, 16);
    for (size_t i = 0; i < 14; i++) {
        add_row(&sample,
                &(struct failure){i / 7 * 2, ACTION_EXPORT, arena_format(arena, "run-%zux9k2", i),
                                  arena_format(arena, "daily-%s", apps[i % 7]), apps[i % 7],
                                  "AccessDenied on profile s3-prod", NULL, "s3-prod",
                                  (int64_t)(i + 5) * MINUTE});
    }
    add_row(&sample, &(struct failure){1, ACTION_BACKUP, "run-zz81c", "daily-vault", "vault",
                                       "Specified 1 replicas and only 0 belong to the workload",
                                       "workload vault", NULL, 9 * MINUTE});
    finish(&sample, ret);
}

static void make_unread(struct arena *arena, struct digest *ret)
{
    struct sample sample;
    three_clusters(&sample, arena, 1);
    add_unread(&sample, 1, "401: the token was not accepted",
               "make a new token and put it into CLUSTER_2_TOKEN");
    sample.plan.unread[0].told_before = NOW - 25 * HOUR;
    static const enum action_kind kinds[] = {ACTION_EXPORT, ACTION_RUN};
    add_unread(&sample, 2, "503: the server is currently unable to handle the request",
               "see kubectl get apiservices v1alpha1.actions.kio.kasten.io");
    sample.plan.unread[1].whole_cluster = false;
    sample.plan.unread[1].kinds = (enum action_kind *)(uintptr_t)kinds;
    sample.plan.unread[1].kind_count = 2;
    sample.plan.clusters_read = 2;
    finish(&sample, ret);
}

static void make_quiet(struct arena *arena, struct digest *ret)
{
    struct sample sample;
    three_clusters(&sample, arena, 1);
    finish(&sample, ret);
}

static void make_first(struct arena *arena, struct digest *ret)
{
    static const char *const notices[] = {
        "The state could not be read: what was mailed before may repeat in this mail."};
    static const char *const footnotes[] = {"The clock of K3s is 4 min ahead of this one."};
    struct sample sample;
    three_clusters(&sample, arena, 1);
    add_row(&sample, &(struct failure){0, ACTION_BACKUP, "backup-x7k2m", "", "shop",
                                       "context deadline exceeded", NULL, NULL, 5 * MINUTE})
        ->kind = ACTION_BACKUP;
    sample.plan.first_pass = true;
    sample.plan.older_failures = 900;
    sample.input.notices = notices;
    sample.input.notice_count = 1;
    sample.input.footnotes = footnotes;
    sample.input.footnote_count = 1;
    finish(&sample, ret);
}

// 5,000 failures: one cause behind most of them, or each with its own.
static void make_many(struct arena *arena, bool distinct, struct digest *ret)
{
    enum { ROWS = 5000 };
    struct sample sample;
    three_clusters(&sample, arena, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        const char *cause = access_denied;
        if (distinct || i % 1000 == 999) {
            cause = arena_format(arena, "no space left on device while writing block %zu", i);
        }
        add_row(&sample,
                &(struct failure){i * 3 / ROWS, ACTION_EXPORT, arena_format(arena, "run-%05zu", i),
                                  arena_format(arena, "policy-%zu", i % 200),
                                  arena_format(arena, "app-%zu", i % 700), cause, NULL, "s3-prod",
                                  (int64_t)(i % 7200)});
    }
    finish(&sample, ret);
}

static const char hostile[] = "<script>alert(1)</script><img src=x onerror=\"alert(2)\">'\" "
                              "--></style></table>{{7*7}}\r\nBcc: victim@example.com\r\n\r\n.\r\n"
                              "\xE2\x80\xAEtxt.exe\xE2\x80\xAC\x01\x1B[31mred\xFF\xC0\x80 =1+1 "
                              "=?UTF-8?Q?x?= &amp; %s%n \xF0\x9F\x92\xA5";

static char *long_text(struct arena *arena, size_t len)
{
    char *text = arena_alloc(arena, len + 1);
    memset(text, '"', len);
    text[len] = '\0';
    return text;
}

static void make_hostile(struct arena *arena, struct digest *ret)
{
    static const char *const sentences[] = {hostile};
    struct sample sample;
    const char *huge = long_text(arena, 10240);
    sample_init(&sample, arena, 4, 2);
    add_cluster(&sample, 0, hostile, hostile);
    add_cluster(&sample, 1, huge, huge);
    sample.clusters[0].dashboard_url = "javascript:alert(1)";
    sample.clusters[1].dashboard_url = "https://k10.example.com/\"onmouseover=alert(1)";
    sample.input.subject_prefix = hostile;
    sample.input.version = hostile;
    sample.input.notices = sentences;
    sample.input.notice_count = 1;
    sample.input.footnotes = sentences;
    sample.input.footnote_count = 1;
    add_row(&sample, &(struct failure){0, ACTION_BACKUP, hostile, hostile, hostile, hostile,
                                       hostile, hostile, MINUTE});
    struct finding *finding = add_row(
        &sample, &(struct failure){1, ACTION_EXPORT, huge, huge, huge, huge, huge, huge, MINUTE});
    for (size_t i = 0; i < 5; i++) {
        add_action(&sample, finding,
                   &(struct failure){1, ACTION_EXPORT, huge, huge, huge, huge, huge, huge, MINUTE});
    }
    const char **names = arena_alloc_array(arena, 5000, sizeof *names);
    for (size_t i = 0; i < 5000; i++) {
        names[i] = huge;
    }
    finding->namespaces = names;
    finding->namespace_count = 5000;
    add_unread(&sample, 0, hostile, hostile);
    finish(&sample, ret);
}

static void make_fleet(struct arena *arena, struct digest *ret)
{
    enum { CLUSTERS = 300 };
    struct sample sample;
    sample_init(&sample, arena, 2, CLUSTERS);
    for (size_t i = 0; i < CLUSTERS; i++) {
        const char *name = arena_format(arena, "edge-store-%03zu", i);
        add_cluster(&sample, i, name, name);
        sample.clusters[i].insecure_tls = true;
        if (i > 1) {
            add_unread(&sample, i,
                       arena_format(arena, "no answer from https://10.1.%zu.1:6443 in 30 s", i),
                       "test the way there: nc -vz ADDRESS 6443");
        }
    }
    add_row(&sample, &(struct failure){0, ACTION_BACKUP, "run-a", "daily", "till", "disk full",
                                       NULL, NULL, MINUTE});
    finish(&sample, ret);
}

// Every text that may be empty is, and every list that may be.
static void make_empty(struct arena *arena, struct digest *ret)
{
    struct sample sample;
    sample_init(&sample, arena, 1, 1);
    add_cluster(&sample, 0, "", "");
    struct failure nothing = {0, ACTION_BACKUP, "", "", "", "", NULL, NULL, 0};
    struct finding *finding = add_row(&sample, &nothing);
    finding->causes = (struct cause_list){0};
    finding->last_ended = TIMESTAMP_NONE;
    sample.input.subject_prefix = "";
    add_unread(&sample, 0, "", "");
    finish(&sample, ret);
}

bool sample_digest_make(struct arena *arena, const char *name, struct digest *ret)
{
    static void (*const makers[])(struct arena *, struct digest *) = {
        make_typical, make_single, make_group,   make_unread, make_quiet, make_first,
        NULL,         NULL,        make_hostile, make_fleet,  make_empty};
    for (size_t i = 0; sample_digest_names[i] != NULL; i++) {
        if (strcmp(sample_digest_names[i], name) == 0) {
            if (makers[i] != NULL) {
                makers[i](arena, ret);
            } else {
                make_many(arena, strcmp(name, "distinct") == 0, ret);
            }
            return true;
        }
    }
    return false;
}
