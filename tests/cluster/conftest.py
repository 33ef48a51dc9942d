# SPDX-License-Identifier: MIT
"""Three real API servers on one etcd, K10's actions aggregated into each from the simulated fleet, a
real mail server, and the alerter with nothing but what deploy/manifests gives it."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "testbed" / "mail"),
                str(ROOT / "testbed" / "kubernetes"), str(pathlib.Path(__file__).parent)]

import control_plane  # noqa: E402
import harness  # noqa: E402
import k10  # noqa: E402
import strictness  # noqa: E402
from mailserver import MailServer  # noqa: E402
from world import AUDITED, PASSWORD, World  # noqa: E402

HOME, RKE2, K3S = "openshift", "rke2", "k3s"
SCENARIO = {"clusters": [
    {"name": HOME, "label": "OpenShift", "auth": "aggregated"},
    {"name": RKE2, "label": "RKE2", "auth": "aggregated"},
    {"name": K3S, "label": "K3s", "auth": "aggregated",
     "generate": {"backupactions": 3000, "runactions": 600, "failed": 4,
                  "failed_within_minutes": 60, "item_bytes": 3800}},
]}


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certs")
    os.chmod(directory, 0o755)
    subprocess.run([str(ROOT / "testbed" / "make-certs"), str(directory)], check=True, timeout=60)
    os.environ["KASTEN_CERTS"] = str(directory)
    return directory


@pytest.fixture(scope="session")
def mail_server(certs, tmp_path_factory):
    directory = tmp_path_factory.mktemp("mail")
    with MailServer.start(directory, certs=certs, password=PASSWORD) as server:
        yield server


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """{name: ApiServer}, with K10's namespace, its CRDs and our rights."""
    directory = tmp_path_factory.mktemp("kubernetes")
    etcd, started = control_plane.start_all(directory, [HOME, RKE2, K3S])
    try:
        manifests = ROOT / "deploy" / "manifests"
        for name, server in started.items():
            k10.install(server)
            rights = "rbac.yaml" if name == HOME else "remote-cluster/rbac.yaml"
            server.kubectl("apply", "--validate=strict", "-f", str(manifests / rights))
        yield started
    finally:
        control_plane.stop_all(etcd, started)


@pytest.fixture(scope="session")
def fleet(servers, certs, tmp_path_factory):
    """The simulator, registered with each API server as the one that serves K10's actions."""
    with harness.Fleet(tmp_path_factory.mktemp("fleet"), SCENARIO) as fleet:
        for name, server in servers.items():
            k10.register(server, fleet.clusters[name]["port"], certs / "ca.pem")
        for server in servers.values():
            k10.wait_available(server)
        yield fleet


@pytest.fixture(scope="module")
def strict(servers):
    """The home cluster: K10's namespace takes restricted pods only, and two operators' CRDs are there."""
    home = servers[HOME]
    home.kubectl("label", "namespace", k10.NAMESPACE, *strictness.LEVELS)
    k10.install_crds(home, strictness.crds())
    yield home
    home.kubectl("label", "namespace", k10.NAMESPACE,
                 *(level.replace("=restricted", "-") for level in strictness.LEVELS))


@pytest.fixture
def world(servers, fleet, mail_server, tmp_path):
    """All of it, with no failure on the first two clusters, no record and no mail."""
    world = World(servers, fleet, mail_server, tmp_path)
    world.reset([HOME, RKE2])
    return world


def pytest_terminal_summary(terminalreporter):
    if AUDITED:
        terminalreporter.section("the audit log: what the alerter used")
        for verb, kind in AUDITED:
            terminalreporter.line(f"{verb:7} {kind}")
