// SPDX-License-Identifier: MIT
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "base/arena.h"
#include "core/remedy.h"
#include "core/remedy_table.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct remedy_context nothing_known = {0};

static const struct {
    const char *cause;
    const char *id; // NULL: no remedy
} cases[] = {
    {"Failed to find VolumeSnapshotClass with annotation in the cluster", "vsc-missing"},
    {"Failed to find any VolumeSnapshotClass for driver x", "vsc-missing"},
    {"Specified 3 replicas and only 1 belong to the current generation", "workload-not-ready"},
    {"Specified 3 replicas", NULL},
    {"Failed to open Kopia repository: Get \"https://10.1.2.3:51515/api\": dial tcp "
     "10.1.2.3:51515: "
     "connect: connection refused",
     "kopia-server-gone"},
    {"server at 10.1.2.3:51515 is slow", NULL},
    {"Usage of EmptyDir volume \"kopia-cache-volume\" exceeds the limit \"10Gi\"",
     "kopia-cache-full"},
    {"volume \"scratch\" exceeds the limit", NULL},
    {"Pod did not transition into running state. Timeout:15m0s", "worker-not-started"},
    {"Pod failed to become ready in time", "worker-not-started"},
    {"Failed to create snapshot: failed to take snapshot of the volume, pvc-1: \"rpc error: code = "
     "DeadlineExceeded desc = context deadline exceeded\"",
     "snapshot-failed"},
    {"tls: failed to verify certificate: x509: certificate signed by unknown authority",
     "x509-unknown-ca"},
    {"failed calling webhook \"v.example\": x509: certificate signed by unknown authority", NULL},
    {"api error AccessDenied: no", "access-denied"},
    {"blob PutBlob: Access Denied.", "access-denied"},
    {"InvalidAccessKeyId: the key does not exist", "access-denied"},
    {"SignatureDoesNotMatch", "access-denied"},
    {"UnauthorizedOperation: You are not authorized", "access-denied"},
    {"Access denied for user 'app'@'10.0.0.1' (using password: YES)", NULL},
    {"mount.nfs: access denied by server while mounting nas:/x", NULL},
    {"Failed to create Kopia repository for data export: Failed to connect to the backup "
     "repository",
     "repo-connect"},
    {"Failed to connect to the backup repository: repository not initialized in the provided "
     "storage",
     "repo-absent"},
    {"Failed to connect to the backup repository: x509: certificate signed by unknown authority",
     "x509-unknown-ca"},
    {"NoSuchBucket: gone", "bucket-missing"},
    {"bucket doesn't exist", "bucket-missing"},
    {"unable to list from the bucket: x", "bucket-missing"},
    {"repository not initialized in the provided storage", "repo-absent"},
    {"unable to open repository: invalid repository password", "repo-key"},
    {"cipher: message authentication failed", "repo-key"},
    {"repository check/lock acquisition failed", "repo-lock"},
    {"Failed to stream backup to remote kopia repository on Kopia API server", "kopia-stream"},
    {"can't find certificate matching SHA256 fingerprint \"XX\" (server had [YY])",
     "kopia-fingerprint"},
    {"error checking for clock skew", "clock-skew"},
    {"RequestTimeTooSkewed", "clock-skew"},
    {"dial tcp: lookup s3.example.com on 10.96.0.10:53: no such host", "endpoint-unreachable"},
    {"dial tcp 192.0.2.7:443: i/o timeout", "endpoint-unreachable"},
    {"dial tcp 10.1.2.3:51515: i/o timeout", "kopia-server-gone"},
    {"read tcp 10.0.0.1:4444->192.0.2.7:443: connection reset by peer", "connection-reset"},
    {"read tcp 10.0.0.1:4444->10.1.2.3:51515: connection reset by peer", NULL},
    {"write /tmp/x: no space left on device", "disk-full"},
    {"container ran out of memory", "out-of-memory"},
    {"reason OOMKilled", "out-of-memory"},
    {"Failed to copy volume: command terminated with exit code 137", "out-of-memory"},
    {"Pod stuck in pending state", "node-unfit"},
    {"Node is currently not ready/schedulable", "node-unfit"},
    {"pods \"x\" is forbidden: exceeded quota: team, requested: limits.cpu=1", "quota"},
    {"pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\"", "pod-security"},
    {"unable to validate against any security context constraint: []", "scc"},
    {"deployments.apps \"a\" is forbidden: User \"system:serviceaccount:k:k\" cannot get resource",
     "rbac"},
    {"Back-off: ImagePullBackOff", "image-pull"},
    {"ErrImagePull", "image-pull"},
    {"the server is currently unable to handle the request", "api-down"},
    {"No profile found", "profile-missing"},
    {"failed to find a profile with given location information", "profile-missing"},
    {"No artifacts provided.", "empty-restore-point"},
    {"Restore manifest requires at least one entry", "empty-restore-point"},
    {"volume's storage class does not support block mode export", "block-mode"},
    {"the number of snapshots on the source volume 5 reaches the configured maximum (3)",
     "snapshots-at-limit"},
    {"rbd image pool/csi-vol-1: rpc error: code = ResourceExhausted", "snapshots-at-limit"},
    {"an operation with the given Volume ID 0001 already exists", "csi-busy"},
    {"sourceVolumeMode is required once set", "snapshotter-old"},
    {"backup target default is not available", "longhorn-target"},
    {"SnapshotCreationPerVolumeRateExceeded", "aws-throttled"},
    {"RequestLimitExceeded", "aws-throttled"},
    {"The client does not have authorization to perform action 'x/read'", "azure-rights"},
    {"Unable to validate license", "license"},
    {"License check failed", "license"},
    {"Unable to find requested snapshot IDs to verify", "validate-missing"},
    {"noapplicationselected", "skip-no-app"},
    {"Pod failed or did not transition into complete state", "kanister-job-failed"},
    {"Pod failed or did not transition into complete state: no space left on device", "disk-full"},
    // White space is folded, case ignored.
    {"REPOSITORY   check/lock\tacquisition FAILED", "repo-lock"},
    // Must not trigger one.
    {"Job failed to be executed", NULL},
    {"Failed checking jobs in group", NULL},
    {"Failure in exporting restorepoint", NULL},
    {"Failure in snapshotting workload web", NULL},
    {"ActionSet Failed", NULL},
    {"operation error", NULL},
    {"Failed to exec command in pod", NULL},
    {"2 errors have occurred", NULL},
    {"exit status 1", NULL},
    {"command terminated with exit code 1", NULL},
    {"Failed to copy artifacts", NULL},
    {"Failed to move data from source", NULL},
    {"failed to connect to repository", NULL},
    {"context canceled", NULL},
    {"context deadline exceeded", NULL},
    {"DeadlineExceeded", NULL},
    {"ResourceExhausted", NULL},
    {"connection refused", NULL},
    {"not found", NULL},
    {"persistentvolumeclaims \"x\" already exists", NULL},
    {"forbidden", NULL},
    {"permission denied", NULL},
    {"timeout", NULL},
    {"x509", NULL},
    {"Could not get google bucket for metrics", NULL},
    {"unable to find migration token for repo location", NULL},
    {"no reason given by K10", NULL},
    {"", NULL},
};

static void causes_find_their_row(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct remedy remedy = {.id = "none"};
        bool found = remedy_find(arena, cases[i].cause, &nothing_known, &remedy);
        const char *expected = cases[i].id != NULL ? cases[i].id : "none";
        if (found != (cases[i].id != NULL) || strcmp(remedy.id, expected) != 0) {
            fail_msg("%s: %s expected, %s found", cases[i].cause, expected, remedy.id);
        }
    }
}

static bool is_tested(const char *id)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (cases[i].id != NULL && strcmp(cases[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_fragment(const char *fragment)
{
    for (const char *c = fragment; *c != '\0'; c++) {
        assert_false(*c >= 'A' && *c <= 'Z');
    }
    assert_null(strstr(fragment, "  "));
}

static void rows_are_well_formed(void **state)
{
    (void)state;
    for (const struct remedy_row *row = remedy_rows; row->id != NULL; row++) {
        if (!is_tested(row->id)) {
            fail_msg("%s has no case", row->id);
        }
        assert_non_null(row->any[0][0]);
        assert_true(strlen(row->means) <= 160 && row->means[strlen(row->means) - 1] == '.');
        assert_true(strlen(row->next_step) <= 260);
        assert_true(row->link == NULL || strncmp(row->link, "https://docs.kasten.io/", 23) == 0);
        for (size_t i = 0; i < REMEDY_MAX_ALTERNATIVES; i++) {
            for (size_t k = 0; k < REMEDY_MAX_FRAGMENTS && row->any[i][k] != NULL; k++) {
                assert_fragment(row->any[i][k]);
            }
        }
        for (const struct remedy_row *other = row + 1; other->id != NULL; other++) {
            assert_string_not_equal(row->id, other->id);
        }
    }
}

static const char *next_step(struct arena *arena, const char *cause,
                             const struct remedy_context *context)
{
    struct remedy remedy;
    assert_true(remedy_find(arena, cause, context, &remedy));
    return remedy.next_step;
}

static void placeholders_are_filled(void **state)
{
    (void)state;
    AUTO_PTR(arena) arena = arena_create();
    struct remedy_context context = {.k10_namespace = "kasten-io",
                                     .namespace_name = "shop",
                                     .policy = "daily.prod",
                                     .profile = "s3-1"};
    assert_string_equal(
        next_step(arena, "No profile found", &context),
        "kubectl -n kasten-io get profiles.config.kio.kasten.io; compare with policy "
        "daily.prod.");
    assert_non_null(strstr(next_step(arena, "Failed to connect to the backup repository", &context),
                           "-a shop -p s3-1 -n kasten-io,"));
    assert_non_null(strstr(next_step(arena, "ErrImagePull", &context), "describe pod <pod>."));
    assert_non_null(strstr(next_step(arena, "no space left on device", &context), "<node>"));
}

static void hostile_names_stay_out(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "a; rm -rf /", "$(id)", "-n", "--all",    "a b", "a\nb", "<b>",
        "{k10}",       "A",     "a'", "\xC3\xA9", "a-",  ".a",
    };
    AUTO_PTR(arena) arena = arena_create();
    for (size_t i = 0; i < COUNT(hostile); i++) {
        struct remedy_context context = {.k10_namespace = hostile[i], .policy = hostile[i]};
        assert_string_equal(
            next_step(arena, "No profile found", &context),
            "kubectl -n <k10> get profiles.config.kio.kasten.io; compare with policy "
            "<policy>.");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_find_their_row),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(placeholders_are_filled),
        cmocka_unit_test(hostile_names_stay_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
