// SPDX-License-Identifier: MIT
#include "core/remedy_table.h"

#include <stddef.h>

#include "base/banned.h"

#define DOCS "https://docs.kasten.io/latest/"

const struct remedy_row remedy_rows[] = {
    {
        .id = "vsc-missing",
        .any = {{"failed to find volumesnapshotclass with"},
                {"failed to find any volumesnapshotclass"}},
        .means = "No VolumeSnapshotClass of this CSI driver carries K10's annotation.",
        .next_step = "kubectl get volumesnapshotclass; annotate exactly one per driver (create it "
                     "if there is none): kubectl annotate volumesnapshotclass {class} "
                     "k10.kasten.io/is-snapshot-class=true",
        .link = DOCS "install/storage",
    },
    {
        .id = "workload-not-ready",
        .any = {{"specified", "replicas and only"}},
        .means = "K10 waits for workloads to be ready; one was not.",
        .next_step = "kubectl -n {namespace} get pods; repair or scale the workload, or allow "
                     "\"ignore exceptions\" in policy {policy} if best effort will do.",
        .link = DOCS "usage/protect",
    },
    {
        .id = "kopia-server-gone",
        .any = {{":51515", "dial tcp"}},
        .means = "The data-mover pod that serves the Kopia repository cannot be reached; it may "
                 "have been evicted.",
        .next_step = "kubectl -n {k10} get events --field-selector type=Warning: look for Evicted "
                     "or OOMKilled data-mover-svc; if there is none, check network policies.",
    },
    {
        .id = "kopia-cache-full",
        .any = {{"kopia-cache-volume", "exceeds the limit"}},
        .means = "The data mover was evicted: its Kopia cache outgrew the volume.",
        .next_step = "Consider block-mode export for volumes with millions of files, or a bigger "
                     "cache (ConfigMap pod-spec-override in {k10}).",
        .link = DOCS "kanister/override",
    },
    {
        .id = "worker-not-started",
        .yields = true,
        .any = {{"pod did not transition into running state"},
                {"pod failed to become ready in time"}},
        .means = "A worker pod did not start in time (15 minutes unless set otherwise).",
        .next_step = "kubectl -n {k10} get pods,pvc; describe the pending ones: unbound clone PVC, "
                     "failed mount, image, scheduling, quota.",
    },
    {
        .id = "snapshot-failed",
        .yields = true,
        .any = {{"failed to take snapshot of the volume"}},
        .means = "The CSI driver refused the snapshot or timed out; its reason follows in the "
                 "cause.",
        .next_step = "kubectl -n {namespace} describe volumesnapshot; read the driver's "
                     "csi-snapshotter log; try one snapshot outside K10 (k10_primer.sh csi).",
        .link = DOCS "install/storage",
    },
    {
        .id = "x509-unknown-ca",
        .any = {{"certificate signed by unknown authority"}},
        .none = {"webhook"},
        .means = "K10 or its sidecar does not trust the CA of the endpoint.",
        .next_step = "kubectl -n {k10} get profiles.config.kio.kasten.io {profile} -o yaml "
                     "(status.error); give K10 the CA with Helm's cacertconfigmap.name, for "
                     "sidecars also in {namespace}.",
    },
    {
        .id = "access-denied",
        .any = {{"accessdenied"},
                {"access denied"},
                {"invalidaccesskeyid"},
                {"signaturedoesnotmatch"},
                {"unauthorizedoperation"}},
        .none = {"for user", "by server"},
        .means = "The object store or cloud API refuses the profile's keys or their rights.",
        .next_step = "Were the keys rotated? Compare their rights with K10's list (immutable "
                     "profiles need more), then revalidate profile {profile}.",
    },
    {
        .id = "repo-connect",
        .yields = true,
        .any = {{"failed to connect to the backup repository"}},
        .means = "The repository could not be opened and no reason is given; the profile may "
                 "still validate.",
        .next_step = "See Warning events in {k10}; k10_repo_checker.sh -r application -o connect "
                     "-a {namespace} -p {profile} -n {k10}, then delete its debug-kopia pod.",
    },
    {
        .id = "bucket-missing",
        .any = {{"nosuchbucket"}, {"bucket doesn't exist"}, {"unable to list from the bucket"}},
        .means = "The bucket is gone, or its name, region or endpoint is wrong.",
        .next_step = "Compare bucket, region and endpoint of profile {profile} with the store.",
        .link = DOCS "usage/configuration",
    },
    {
        .id = "repo-absent",
        .any = {{"repository not initialized in the provided storage"}},
        .means = "There is no Kopia repository at the expected path.",
        .next_step = "Was the bucket emptied, or the policy moved to another store? kubectl get "
                     "storagerepositories.repositories.kio.kasten.io -n {k10} -l "
                     "k10.kasten.io/appName={namespace}",
        .link = DOCS "usage/protect",
    },
    {
        .id = "repo-key",
        .any = {{"invalid repository password"}, {"cipher: message authentication failed"}},
        .means = "The data does not decrypt with K10's key: a changed key, another installation "
                 "or damage.",
        .next_step = "Delete nothing. kubectl get passkeys.vault.kio.kasten.io; was K10 "
                     "reinstalled, is the path shared? Open a support case.",
    },
    {
        .id = "repo-lock",
        .any = {{"repository check/lock acquisition failed"}},
        .means = "K10 could not get the repository for itself alone.",
        .next_step = "Is another export, maintenance or policy upgrade using it? kubectl get "
                     "exportactions.actions.kio.kasten.io -A; rerun after it.",
        .link = DOCS "usage/protect",
    },
    {
        .id = "kopia-stream",
        .yields = true,
        .any = {{"failed to stream backup to remote kopia repository"}},
        .means = "The data mover stopped while it was sending; no reason was kept.",
        .next_step = "kubectl -n {k10} get events --field-selector type=Warning; compare other "
                     "volumes on profile {profile}.",
    },
    {
        .id = "kopia-fingerprint",
        .any = {{"certificate matching sha256 fingerprint"}},
        .means = "The Kopia server's certificate is not the expected one.",
        .next_step = "Rerun; if it returns, look for leftovers: kubectl -n {k10} get pods -l "
                     "service=data-mover-svc",
    },
    {
        .id = "clock-skew",
        .any = {{"checking for clock skew"}, {"requesttimetooskewed"}},
        .means = "The clocks of nodes and store differ: Kopia refuses maintenance above 5 "
                 "minutes, S3 refuses requests.",
        .next_step = "Check time synchronisation on nodes and store; if it is right, the store "
                     "may return stale file times.",
    },
    {
        .id = "endpoint-unreachable",
        .any = {{"lookup", "no such host"}, {"dial tcp", "i/o timeout"}},
        .none = {":51515"},
        .means = "DNS or the path to the endpoint fails.",
        .next_step = "Test name and port from a pod in {k10}; check proxy and firewall.",
    },
    {
        .id = "connection-reset",
        .any = {{"connection reset by peer"}},
        .none = {":51515"},
        .means = "The far side, or a device between, dropped the connection.",
        .next_step = "Check the logs of store, proxy and firewall at that time; rerun once.",
    },
    {
        .id = "disk-full",
        .any = {{"no space left on device"}},
        .means = "A disk is full: a node's ephemeral storage, the catalog volume or a file share.",
        .next_step = "kubectl describe node {node} (about 3 GB per concurrent export); k10tools "
                     "debug catalog size; look at the space on the share.",
        .link = DOCS "operating/k10tools",
    },
    {
        .id = "out-of-memory",
        .any = {{"container ran out of memory"}, {"oomkilled"}, {"exit code 137"}},
        .means = "A worker was killed, mostly for memory.",
        .next_step = "Raise the worker's memory (ActionPodSpec or genericVolumeSnapshot."
                     "resources). With no limit set, the node ran short.",
    },
    {
        .id = "node-unfit",
        .any = {{"pod stuck in pending state"}, {"node is currently not ready/schedulable"}},
        .means = "The node lacks CPU or memory, or is cordoned or NotReady.",
        .next_step = "kubectl get nodes, kubectl describe node {node}; free or add capacity.",
    },
    {
        .id = "quota",
        .any = {{"exceeded quota", "is forbidden"}},
        .means = "A ResourceQuota refuses the worker pod or its PVC.",
        .next_step = "kubectl describe resourcequota -n {namespace} (and -n {k10}); raise it or "
                     "lower the worker's requests.",
    },
    {
        .id = "pod-security",
        .any = {{"violates podsecurity"}},
        .means = "Pod Security Admission refuses the pod.",
        .next_step = "kubectl get ns {namespace} --show-labels; agree on a level that admits it. "
                     "Generic backup needs CHOWN, DAC_OVERRIDE, FOWNER.",
        .link = DOCS "install/generic",
    },
    {
        .id = "scc",
        .any = {{"unable to validate against any security context constraint"}},
        .means = "OpenShift's security context constraints refuse the pod.",
        .next_step = "Was K10 installed with scc.create=true? kubectl get scc k10-scc -o yaml; "
                     "undo pod-spec-override volumes that it does not list.",
    },
    {
        .id = "rbac",
        .any = {{"is forbidden: user \"system:serviceaccount:"}},
        .means = "That service account lacks the right named.",
        .next_step = "kubectl auth can-i {verb} {resource} -n {namespace} --as={user}; restore "
                     "its role binding.",
    },
    {
        .id = "image-pull",
        .any = {{"imagepullbackoff"}, {"errimagepull"}},
        .means = "A worker's image cannot be pulled.",
        .next_step = "kubectl -n {k10} describe pod {pod}. With a private mirror: copy this "
                     "version's images, check global.imagePullSecret.",
    },
    {
        .id = "api-down",
        .any = {{"the server is currently unable to handle the request"}},
        .means = "An aggregated API, maybe K10's own, does not answer.",
        .next_step = "kubectl get apiservices: look for False; then kubectl -n {k10} get pods",
    },
    {
        .id = "profile-missing",
        .any = {{"no profile found"}, {"failed to find a profile with given location"}},
        .means = "The location profile was removed, or its validation failed.",
        .next_step = "kubectl -n {k10} get profiles.config.kio.kasten.io; compare with policy "
                     "{policy}.",
        .link = DOCS "api/actions",
    },
    {
        .id = "empty-restore-point",
        .any = {{"no artifacts provided"}, {"restore manifest requires at least one entry"}},
        .means = "The restore point to export is empty.",
        .next_step = "Check the include and label filters of policy {policy}, and the backup "
                     "before it.",
        .link = DOCS "usage/protect",
    },
    {
        .id = "block-mode",
        .any = {{"does not support block mode export"}},
        .means = "The StorageClass is not marked for block-mode export.",
        .next_step = "Run the primer's blockmount check; if it passes: kubectl annotate "
                     "storageclass {class} k10.kasten.io/sc-supports-block-mode-exports=true; "
                     "else drop block mode.",
        .link = DOCS "usage/protect",
    },
    {
        .id = "snapshots-at-limit",
        .any = {{"snapshots on the source volume", "reaches the configured maximum"},
                {"rbd image", "resourceexhausted"}},
        .means = "The volume has all the snapshots that its driver allows.",
        .next_step = "Lower the local retention of policy {policy}, or delete old restore points.",
    },
    {
        .id = "csi-busy",
        .any = {{"an operation with the given", "already exists"}},
        .means = "An earlier request for this volume still runs or hangs.",
        .next_step = "Check the CSI driver's log and the storage's health; rerun after it ended.",
    },
    {
        .id = "snapshotter-old",
        .any = {{"sourcevolumemode is required once set"}},
        .means = "The driver's csi-snapshotter seems older than the snapshot CRDs.",
        .next_step = "Compare the versions of sidecar and CRDs; bring them to matching releases.",
    },
    {
        .id = "longhorn-target",
        .any = {{"backup target", "is not available"}},
        .means = "The class asks Longhorn for a backup (type bak or unset), but no target is "
                 "usable.",
        .next_step = "Check Longhorn's backup target, or give K10 a class with type: snap.",
    },
    {
        .id = "aws-throttled",
        .any = {{"snapshotcreationpervolumerateexceeded"}, {"requestlimitexceeded"}},
        .means = "AWS limits the rate of requests.",
        .next_step = "Spread the policies or lower limiter.csiSnapshotsPerCluster; rerun later.",
    },
    {
        .id = "azure-rights",
        .any = {{"does not have authorization to perform action"}},
        .means = "An Azure identity lacks the right named.",
        .next_step = "Give the identity in the message a fitting role; it may be the nodes'.",
    },
    {
        .id = "license",
        .any = {{"unable to validate license"}, {"license check failed"}},
        .means = "The license was not validated; after the grace time K10 starts no jobs.",
        .next_step = "See Settings, Licenses in K10. Without internet: Helm metering.mode=airgap.",
    },
    {
        .id = "validate-missing",
        .any = {{"requested snapshot ids to verify"}},
        .means = "The validation did not find the exported data.",
        .next_step = "Do not rely on this restore point; k10_repo_checker.sh -r inventory -n "
                     "{k10}; export again.",
        .link = DOCS "api/actions",
    },
    {
        .id = "skip-no-app",
        .any = {{"noapplicationselected"}},
        .means = "The policy's selector matched no application.",
        .next_step = "kubectl -n {k10} get policies.config.kio.kasten.io {policy} -o yaml; "
                     "compare with the labels of the namespaces.",
    },
    {
        .id = "kanister-job-failed",
        .yields = true,
        .any = {{"pod failed or did not transition into complete state"}},
        .means = "A blueprint's job failed or ran too long (45 minutes for a backup unless set "
                 "otherwise).",
        .next_step = "kubectl get events -A --field-selector involvedObject.name={pod}; rerun and "
                     "follow that pod's log.",
    },
    {.id = NULL},
};
