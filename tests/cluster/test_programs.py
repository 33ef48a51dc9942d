# SPDX-License-Identifier: MIT
"""scripts/kubernetes: what it says where nothing can be built, and where it takes programs from."""

import os
import shutil
import subprocess

import pytest

from world import ROOT

TOOLS = ("awk", "cat", "chmod", "cut", "dirname", "flock", "mkdir", "mktemp", "mv", "nice", "rm", "sed", "sh",
         "sha256sum", "tr")


@pytest.fixture
def call(tmp_path):
    """The script with an empty cache, without Go, and with these programs as KUBEBUILDER_ASSETS."""
    tools, assets = tmp_path / "tools", tmp_path / "assets"
    tools.mkdir()
    assets.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))

    def call(*words, given=(), go=None):
        for program in given:
            path = assets / program
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
        if go is not None:
            (tools / "go").write_text(go)
            (tools / "go").chmod(0o755)
        environment = {"PATH": str(tools), "HOME": str(tmp_path),
                       "KUBEBUILDER_ASSETS": str(assets)}
        return subprocess.run([str(ROOT / "scripts" / "kubernetes"), *words], env=environment,
                              text=True, capture_output=True, timeout=60, check=False)

    call.cache = tmp_path / ".cache" / "kasten-alerter"
    call.assets = assets
    return call


def test_without_go_it_says_how_to_get_there(call):
    run = call("server", "helm", given=["kubectl"])
    assert run.returncode == 1 and run.stdout == ""
    assert "kube-apiserver" in run.stderr and "kubectl \n" not in run.stderr
    assert "Go 1.26" in run.stderr and "KUBEBUILDER_ASSETS" in run.stderr


def test_given_programs_are_taken(call):
    names = ["kube-apiserver", "etcd", "kubectl"]
    run = call(given=names)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [f"{name}={call.assets}/{name}" for name in names]
    assert not call.cache.exists()


GO = """\
#!/bin/sh
[ "$1" = version ] && { echo go version go1.26.0 linux/amd64; exit; }
while [ "$1" != -o ]; do shift; done
echo "built $3" >"$2"
chmod 755 "$2"
"""


def test_built_once_and_again_when_a_pin_changes(call):
    run = call("etcd", "helm", go=GO)
    assert run.returncode == 0, run.stderr
    paths = dict(line.split("=", 1) for line in run.stdout.splitlines())
    assert open(paths["helm"]).read() == "built helm.sh/helm/v4/cmd/helm\n"
    assert os.path.dirname(paths["etcd"]).endswith(".cache/kasten-alerter/kubernetes-1.37.2")
    assert "building" not in call("etcd", "helm").stderr
    with open(paths["etcd"] + ".pin", "w") as pin:
        pin.write("another\n")
    again = call("etcd", "helm").stderr
    assert "building etcd" in again and "helm" not in again
    assert not list(call.cache.rglob(".build.*"))


def test_a_build_that_fails_is_a_failure(call):
    run = call("etcd", go="#!/bin/sh\n[ \"$1\" = version ] && exit\nexit 1\n")
    assert run.returncode == 1 and "go could not build etcd" in run.stderr


def test_usage(call):
    run = call("minikube")
    assert run.returncode == 2 and "scripts/kubernetes [SET | PROGRAM]" in run.stderr
