# SPDX-License-Identifier: MIT
"""deploy/helm on a real API server: every documented combination of values by strict server-side
dry-run, and a release of the real helm."""

import json
import subprocess
import sys

import pytest

import k10
from control_plane import rights_of
from strictness import dry_run, dry_run_pod
from world import MANIFESTS, ROOT

sys.path.append(str(ROOT / "tests" / "chart"))
from chart import CHART, SECONDS, VALUES, Helm, find_helm  # noqa: E402


@pytest.fixture(scope="module")
def helm(tmp_path_factory):
    return Helm(find_helm(), tmp_path_factory.mktemp("helm"))


@pytest.mark.parametrize("values", [None, *VALUES],
                         ids=lambda values: values.stem if values else "no-values")
def test_each_combination_is_accepted(strict, helm, values):
    objects = dry_run(strict, "-f", "-", text=helm.template(values))
    assert "ConfigMap/kasten-alerter-sent" not in objects
    pods = [item for item in objects.values() if item["kind"] in ("CronJob", "Job")]
    assert "CronJob" in {item["kind"] for item in pods}
    for item in pods:
        dry_run_pod(strict, item)


def roles_of(objects):
    return {item["kind"]: rights_of(item["rules"]) for item in objects.values()
            if item["kind"] in ("Role", "ClusterRole")}


def test_its_rights_are_those_of_the_manifests(strict, helm):
    """tests/cluster/test_rights.py has shown for these that they suffice and no more."""
    chart = roles_of(dry_run(strict, "-f", "-", text=helm.template(CHART / "ci" / "minimal-values.yaml")))
    assert chart == roles_of(dry_run(strict, "-f", str(MANIFESTS / "rbac.yaml")))


def test_a_release_leaves_the_record_alone(strict, helm):
    """Install, upgrade, uninstall: what was sent stays what it was."""
    def run(*words):
        done = subprocess.run([helm.program, *words, "-n", k10.NAMESPACE], text=True,
                              env=strict.environment(), capture_output=True, timeout=SECONDS,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    record = f"/api/v1/namespaces/{k10.NAMESPACE}/configmaps/kasten-alerter-sent"
    strict.apply({"apiVersion": "v1", "kind": "ConfigMap", "data": {"sent": "{}"},
                  "metadata": {"name": "kasten-alerter-sent", "namespace": k10.NAMESPACE}})
    before = strict.get(record)
    values = ["-f", str(CHART / "ci" / "minimal-values.yaml")]
    try:
        run("install", "second", str(CHART), *values)
        cronjobs = json.loads(strict.kubectl("get", "cronjobs", "-n", k10.NAMESPACE, "-o", "json"))
        cronjob, = cronjobs["items"]
        assert cronjob["metadata"]["name"].startswith("second")
        name = cronjob["metadata"]["name"]
        run("upgrade", "second", str(CHART), *values, "--set", "schedule=*/30 * * * *")
        assert strict.kubectl("get", "cronjob", name, "-n", k10.NAMESPACE, "-o",
                              "jsonpath={.spec.schedule}") == "*/30 * * * *"
        strict.kubectl("create", "job", "by-hand", f"--from=cronjob/{name}", "-n", k10.NAMESPACE)
    finally:
        run("uninstall", "second")
        strict.kubectl("delete", "job", "by-hand", "-n", k10.NAMESPACE, "--ignore-not-found",
                       "--cascade=background")
    assert strict.get(record) == before
    left = strict.kubectl("get", "cronjob,secret,configmap,serviceaccount,role,rolebinding", "-n",
                          k10.NAMESPACE, "-o", "name")
    assert "second" not in left
