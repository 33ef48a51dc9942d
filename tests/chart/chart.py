# SPDX-License-Identifier: MIT
"""Rendering the Helm chart with the real helm, and what the rules for its objects are."""

import os
import pathlib
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "kasten-alerter"
# Every combination of values that is documented. Those named *-crd-values.yaml render kinds that a
# plain Kubernetes does not have.
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
KUBERNETES = "1.37.2"
SECONDS = 60


def find_helm():
    """KASTEN_HELM, or the one that scripts/kubernetes builds or finds. A missing helm fails."""
    given = os.environ.get("KASTEN_HELM")
    if given:
        if not shutil.which(given):
            raise RuntimeError(f"KASTEN_HELM={given} is no program")
        return given
    result = subprocess.run([str(ROOT / "scripts" / "kubernetes"), "helm"], capture_output=True,
                            text=True, timeout=1200, check=False)
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return dict(line.split("=", 1) for line in result.stdout.splitlines())["helm"]


class Helm:
    """helm on the chart. Values are files, or a dict that is written to one."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.count = 0

    def call(self, *arguments, check=True):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.directory)}  # no kubeconfig
        result = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True,
                                env=env, timeout=SECONDS, check=False)
        assert not check or result.returncode == 0, result.stderr + result.stdout
        return result

    def values(self, values):
        """The flags that name values: None, a file or a dict."""
        if values is None:
            return []
        if isinstance(values, dict):
            self.count += 1
            path = self.directory / f"values-{self.count}.yaml"
            path.write_text(yaml.safe_dump(values))
            values = path
        return ["-f", values]

    def template(self, values=None, *flags, release="kasten-alerter", namespace="kasten-io"):
        """The text rendered."""
        return self.call("template", release, CHART, "-n", namespace, "--kube-version", KUBERNETES,
                         *self.values(values), *flags).stdout

    def objects(self, values=None, *flags, **names):
        return [entry for entry in yaml.safe_load_all(self.template(values, *flags, **names))
                if entry]

    def notes(self, values=None, release="kasten-alerter"):
        text = self.call("install", "--dry-run=client", release, CHART, "-n", "kasten-io",
                         *self.values(values)).stdout
        return text.partition("NOTES:\n")[2]

    def error(self, values, *flags):
        """What helm says about values that it must refuse."""
        result = self.call("template", "kasten-alerter", CHART, *self.values(values), *flags,
                           check=False)
        assert result.returncode != 0, f"accepted: {values} {flags}"
        return result.stderr


def only(objects, kind, name=None):
    """The one object of a kind (and name)."""
    found = [entry for entry in objects if entry["kind"] == kind
             and name in (None, entry["metadata"]["name"])]
    assert len(found) == 1, f"{len(found)} of {kind} {name or ''}"
    return found[0]


def kinds(objects):
    return {entry["kind"] for entry in objects}


def pods(objects):
    """The pod templates of the CronJob and of the test."""
    for entry in objects:
        if entry["kind"] == "CronJob":
            yield entry["spec"]["jobTemplate"]["spec"]["template"]
        elif entry["kind"] == "Job":
            yield entry["spec"]["template"]


def walk(value, path=()):
    """Every (path, value) below a value, itself included."""
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from walk(below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from walk(below, (*path, number))


def restricted_problems(pod):
    """Breaches of Pod Security "restricted" and of OpenShift's restricted-v2
    (kubernetes.io/docs/concepts/security/pod-security-standards)."""
    spec = pod["spec"]
    pod_context = spec.get("securityContext", {})
    for path, value in walk(spec):
        if path and path[-1] in ("runAsUser", "runAsGroup", "fsGroup"):
            yield f"{path[-1]} {value} is pinned"
        if path and path[-1] in ("hostNetwork", "hostPID", "hostIPC", "privileged", "hostPath"):
            yield f"{path[-1]}"
    for container in spec["containers"]:
        context = container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        if context.get("capabilities", {}).get("drop") != ["ALL"]:
            yield "capabilities"
        if not (context.get("runAsNonRoot") or pod_context.get("runAsNonRoot")):
            yield "runAsNonRoot"
        seccomp = context.get("seccompProfile") or pod_context.get("seccompProfile") or {}
        if seccomp.get("type") != "RuntimeDefault":
            yield "seccompProfile"
        if context.get("readOnlyRootFilesystem") is not True:
            yield "readOnlyRootFilesystem"
