# SPDX-License-Identifier: MIT
"""deploy/manifests and deploy/kustomize, judged by a real API server: every object by server-side
dry-run with strict validation, the pod by Pod Security "restricted"."""

import re

import pytest

from programs import Failure
from strictness import dry_run, dry_run_pod, template_of
from world import MANIFESTS, ROOT

OVERLAYS = ROOT / "deploy" / "kustomize" / "overlays"
NAMES = ["openshift", "multi-cluster", "external-secrets"]
FILES = ["rbac.yaml", "configmap.yaml", "cronjob.yaml", "secret.yaml.example",
         "remote-cluster/rbac.yaml", "remote-cluster/token.yaml"]
KUSTOMIZATIONS = [ROOT / "deploy" / "kustomize" / "base", *(OVERLAYS / name for name in NAMES)]

@pytest.fixture(scope="module")
def cronjob(strict):
    return dry_run(strict, "-f", str(MANIFESTS / "cronjob.yaml"))["CronJob/kasten-alerter"]


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_accepted(strict, name):
    assert dry_run(strict, "-f", str(MANIFESTS / name))


def test_all_files_are_tested():
    found = {str(path.relative_to(MANIFESTS)) for path in MANIFESTS.rglob("*") if path.is_file()}
    assert found == {*FILES, "Kustomization"}


def test_the_folder_is_applied_without_the_example(strict):
    kinds = {name.split("/")[0] for name in
             dry_run(strict, "-f", str(MANIFESTS))}
    assert kinds == {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding",
                     "ConfigMap", "CronJob"}


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_each_kustomization_is_accepted(strict, folder):
    objects = dry_run(strict, "-k", str(folder))
    assert "CronJob/kasten-alerter" in objects
    # The record is the alerter's own: an upgrade must not empty it.
    assert "ConfigMap/kasten-alerter-sent" not in objects
    for item in objects.values():
        assert item["metadata"]["labels"]["app.kubernetes.io/name"] == "kasten-alerter"
        assert "app.kubernetes.io/instance" not in item["metadata"]["labels"]
    dry_run_pod(strict, objects["CronJob/kasten-alerter"])


def test_base_is_the_plain_manifests(strict):
    base = dry_run(strict, "-k", str(KUSTOMIZATIONS[0]))
    plain = dry_run(strict, "-f", str(MANIFESTS))
    assert {name: item.get("spec", item.get("data", item.get("rules"))) for name, item in
            base.items()} == \
        {name: item.get("spec", item.get("data", item.get("rules"))) for name, item in plain.items()}


def test_what_the_overlays_change(strict):
    openshift, clusters, external = (dry_run(strict, "-k", str(OVERLAYS / name))
                                     for name in NAMES)
    template = template_of(openshift["CronJob/kasten-alerter"])
    assert template["metadata"]["annotations"] == {"openshift.io/required-scc": "restricted-v2"}
    mount, = template["spec"]["containers"][0]["volumeMounts"]
    assert mount["mountPath"] == "/etc/ssl/certs" and mount["readOnly"]
    bundle = openshift["ConfigMap/kasten-alerter-trusted-ca"]
    assert bundle["metadata"]["labels"]["config.openshift.io/inject-trusted-cabundle"] == "true"

    data = clusters["ConfigMap/kasten-alerter-config"]["data"]
    assert [data[f"CLUSTER_{number}_NAME"] for number in (1, 2, 3)] == ["openshift", "rke2", "k3s"]
    assert data["SMTP_HOST"] == "smtp.gmail.com"

    spec = external["ExternalSecret/kasten-alerter-secrets"]["spec"]
    assert spec["target"]["name"] == "kasten-alerter-secrets"
    assert "Secret/kasten-alerter-secrets" not in external


@pytest.mark.parametrize("old,new,words", [
    ("activeDeadlineSeconds", "activeDeadlineSecond", "unknown field"),
    ("concurrencyPolicy: Forbid", "concurrencyPolicy: Never", "Unsupported value"),
    ('"0 * * * *"', '"TZ=UTC 0 * * * *"', "TZ"),
    ("restartPolicy: Never", "restartPolicy: OnFailure", "podFailurePolicy"),
    ("seccompProfile:", "seLinuxOptions:", "would violate PodSecurity"),
    ("drop: [ALL]", "drop: [KILL]", "would violate PodSecurity"),
])
def test_the_server_would_tell(strict, old, new, words):
    """That it accepts our files means something only if it refuses these."""
    text = (MANIFESTS / "cronjob.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(Failure, match=words):
        dry_run(strict, "-f", "-", text=text.replace(old, new))


def test_the_cronjob_s_fields(cronjob):
    spec, job = cronjob["spec"], cronjob["spec"]["jobTemplate"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid" and spec["failedJobsHistoryLimit"] == 1
    assert spec["startingDeadlineSeconds"] >= 10  # the controller looks every ten seconds
    assert job["activeDeadlineSeconds"] < 3600 and spec["schedule"] == "0 * * * *"
    assert job["backoffLimit"] == 1 and job["ttlSecondsAfterFinished"] > 0
    fail, ignore = job["podFailurePolicy"]["rules"]
    assert fail["action"] == "FailJob"
    assert fail["onExitCodes"] == {"containerName": "alerter", "operator": "In", "values": [78]}
    assert ignore["action"] == "Ignore"
    assert ignore["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]


def test_the_pod_s_fields(cronjob):
    pod = template_of(cronjob)["spec"]
    container, = pod["containers"]
    assert pod["restartPolicy"] == "Never" and pod["enableServiceLinks"] is False
    assert pod["serviceAccountName"] == "kasten-alerter"
    assert container["resources"] == {"requests": {"cpu": "10m", "memory": "16Mi"},
                                      "limits": {"memory": "256Mi"}}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
    version, = re.findall(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(), re.MULTILINE)
    assert container["image"] == f"kasten-alerter:{version}"


def test_both_cluster_roles_are_one(strict):
    """A remote cluster's account may do what the home cluster's may, less the record."""
    roles = [dry_run(strict, "-f", str(MANIFESTS / name))["ClusterRole/kasten-alerter"]
             for name in ("rbac.yaml", "remote-cluster/rbac.yaml")]
    assert roles[0]["rules"] == roles[1]["rules"]


def test_every_key_is_a_setting():
    """Also those that stand there as comments."""
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| `([A-Z0-9_<>]+)`", settings, re.MULTILINE))
    files = [*(MANIFESTS / name for name in FILES), *OVERLAYS.rglob("*.yaml")]
    used = set()
    for path in files:
        used |= set(re.findall(r"^  (?:# )?([A-Z][A-Z0-9_]+): \"", path.read_text(), re.MULTILINE))
    assert len(used) > 10
    assert {re.sub(r"^CLUSTER_\d+_", "CLUSTER_<N>_", key) for key in used} <= known
