# SPDX-License-Identifier: MIT
"""deploy/manifests/rbac.yaml: enough for everything the alerter does, and for nothing else."""

import pytest

import k10
from control_plane import rights_of, used_rights
from harness import failed_backup
from world import ACCOUNT, AUDITED, MANIFESTS, STATE_PATH, USER

ALL_KINDS = "+restore,+restorecluster,+report,+retire,+batchrestore,+upgrade,+stage,+migratefcd"
KIND_WORDS = ("backup", "export", "run", "backupcluster", "import", "validate", "restore",
              "restorecluster", "report", "retire", "batchrestore", "upgrade", "stage", "migratefcd")
NAMESPACE_PATH = f"/api/v1/namespaces/{k10.NAMESPACE}"

# Granted, but not used by a pass, and why it is granted all the same.
GRANTED_AHEAD = {}

# What Kubernetes itself gives every account: questions about itself (system:basic-user) and public
# trust anchors (system:cluster-trust-bundle-discovery).
EVERYBODY_S = {("create", f"{what}.authorization.k8s.io", "") for what in
               ("selfsubjectaccessreviews", "selfsubjectrulesreviews")} | \
    {("create", "selfsubjectreviews.authentication.k8s.io", "")} | \
    {(verb, "clustertrustbundles.certificates.k8s.io", "") for verb in ("get", "list", "watch")}


def granted_rights(server):
    role = server.get(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{k10.NAMESPACE}/roles/{ACCOUNT}")
    cluster_role = server.get(f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{ACCOUNT}")
    return rights_of(role["rules"]) | rights_of(cluster_role["rules"])


def test_the_audit_log_holds_what_the_roles_grant(world):
    """Three passes that do all a pass can do: every kind, its details, create, read and replace the
    record. What was used is listed at the end of the tests' output."""
    home = world.home
    begun = home.audit_lines()
    program = world.alerter(["openshift"], ALERT_KINDS=ALL_KINDS)
    for words in (KIND_WORDS[:7], KIND_WORDS[7:]):  # at most eight details a pass
        world.fleet.add_actions("openshift", *(
            {"kind": word, "name": f"{word}-1", "run": f"run-of-{word}", "policy": "daily",
             "state": "Failed", "minutes_ago": 5, "error": {"message": "Job failed to be executed"}}
            for word in words))
        program.run(expect=0)
    events = home.audit(USER, since=begun)
    assert all(event["responseStatus"]["code"] != 403 for event in events)
    used = {(verb, kind) for verb, kind, _ in used_rights(events)}
    granted = {(verb, kind) for verb, kind, _ in granted_rights(home)}
    AUDITED.extend(sorted(used, key=lambda right: right[::-1]))
    assert used <= granted, f"used without a right: {sorted(used - granted)}"
    assert granted - used == set(GRANTED_AHEAD), "rbac.yaml grants what the alerter does not use"
    names = {name for verb, kind, name in used_rights(events)
             if kind == "configmaps" and verb != "create"}
    assert names == {"kasten-alerter-sent"}


def test_the_server_counts_the_same_rights(world):
    """SelfSubjectRulesReview: no binding of the cluster's own adds anything."""
    home = world.home
    status, review = home.request(
        "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
         "spec": {"namespace": k10.NAMESPACE}}, token=home.create_token(ACCOUNT))
    assert status == 201 and not review["status"]["incomplete"]
    assert rights_of(review["status"]["resourceRules"]) == granted_rights(home) | EVERYBODY_S


def test_no_rule_is_broader_than_it_reads(world):
    for verb, kind, _ in granted_rights(world.home):
        assert "*" not in verb + kind and "secrets" not in kind
        assert verb in ("get", "list") or kind == "configmaps"


def test_a_remote_account_may_only_read(world):
    cluster_roles = [server.get(f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{ACCOUNT}")["rules"]
                     for server in world.servers.values()]
    assert cluster_roles[0] == cluster_roles[1] == cluster_roles[2]
    remote = world.servers["rke2"]
    token = remote.create_token(ACCOUNT)
    status, _ = remote.request("GET", k10.ACTIONS + "/backupactions", token=token)
    assert status == 200
    for method, path in (("GET", STATE_PATH), ("POST", NAMESPACE_PATH + "/configmaps")):
        status, answer = remote.request(method, path, {} if method == "POST" else None, token=token)
        assert status == 403, answer


CONFIG = f"/apis/{k10.CONFIG_GROUP}/{k10.VERSION}"
OTHER_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}
SOME_ACTION = {"apiVersion": f"{k10.ACTIONS_GROUP}/{k10.VERSION}", "kind": "RunAction",
               "metadata": {"generateName": "run-"}}


@pytest.mark.parametrize("method,path,body", [
    ("GET", NAMESPACE_PATH + "/secrets", None),
    ("GET", NAMESPACE_PATH + "/secrets/kasten-alerter-secrets", None),
    ("GET", NAMESPACE_PATH + "/configmaps", None),
    ("GET", NAMESPACE_PATH + "/configmaps/kasten-alerter-config", None),
    ("PUT", NAMESPACE_PATH + "/configmaps/other", OTHER_MAP),
    ("PATCH", STATE_PATH, {}),
    ("DELETE", STATE_PATH, None),
    ("DELETE", NAMESPACE_PATH + "/configmaps", None),
    ("GET", "/api/v1/namespaces/default/configmaps/kasten-alerter-sent", None),
    ("POST", "/api/v1/namespaces/default/configmaps", OTHER_MAP),
    ("GET", "/api/v1/configmaps", None),
    ("GET", "/api/v1/namespaces", None),
    ("GET", "/api/v1/nodes", None),
    ("GET", NAMESPACE_PATH + "/pods", None),
    ("POST", NAMESPACE_PATH + "/pods", {"apiVersion": "v1", "kind": "Pod"}),
    ("POST", NAMESPACE_PATH + f"/serviceaccounts/{ACCOUNT}/token", {}),
    ("GET", "/apis/batch/v1/cronjobs", None),
    ("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{ACCOUNT}", None),
    ("GET", k10.ACTIONS + "/backupactions?watch=true", None),
    ("GET", k10.ACTIONS + "/namespaces/shop/backupactions/b1", None),
    ("DELETE", k10.ACTIONS + "/namespaces/shop/backupactions/b1", None),
    ("POST", k10.ACTIONS + "/namespaces/kasten-io/runactions", SOME_ACTION),
    ("POST", k10.ACTIONS + "/namespaces/shop/restoreactions", SOME_ACTION),
    ("GET", CONFIG + "/namespaces/kasten-io/profiles/s3", None),
    ("DELETE", CONFIG + "/namespaces/kasten-io/policies/daily", None),
    ("PATCH", CONFIG + "/namespaces/kasten-io/policies/daily", {}),
    ("GET", "/apis/apps.kio.kasten.io/v1alpha1/restorepoints", None),
    ("GET", "/metrics", None),
])
def test_anything_else_is_refused(world, method, path, body):
    """Real requests with the account's token, as whoever stole it would make them."""
    home = world.home
    world.fleet.add_actions("openshift", failed_backup("b1"))
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    status, answer = home.request(method, path, body, token=home.create_token(ACCOUNT),
                                  content_type=kind)
    assert status == 403 and answer["reason"] == "Forbidden", answer
    assert USER in answer["message"]


def test_can_i_agrees(world):
    """What an administrator would ask before trusting it."""
    def can_i(*words):
        return world.home.kubectl("auth", "can-i", *words, "--as", USER, "-n", k10.NAMESPACE,
                                  expect=None).strip()

    for words in (["list", "backupactions.actions.kio.kasten.io", "-A"],
                  ["create", "configmaps"],
                  ["update", "configmaps/kasten-alerter-sent"]):
        assert can_i(*words) == "yes", words
    for words in (["get", "secrets"], ["delete", "configmaps/kasten-alerter-sent"],
                  ["create", "runactions.actions.kio.kasten.io"], ["*", "*"],
                  ["impersonate", "users"]):
        assert can_i(*words) == "no", words


def test_without_the_record_s_role_the_mail_goes_out(world):
    """What is refused is named, and costs the record only: exit status 6."""
    home = world.home
    world.fleet.add_actions("openshift", failed_backup())
    home.kubectl("delete", "rolebinding", ACCOUNT, "-n", k10.NAMESPACE)
    try:
        result = world.alerter(["openshift"]).run(expect=6)
    finally:
        home.kubectl("apply", "-f", str(MANIFESTS / "rbac.yaml"))
    assert "403 Forbidden" in result.err and "configmaps" in result.err
    world.mails(1)
