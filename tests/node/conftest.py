# SPDX-License-Identifier: MIT
"""A real node with K10 (the simulated fleet) behind its API server, a second K10 on an API server of its
own, a real mail server, and our image. scripts/test-node starts this inside node_room.py."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "testbed" / "mail"),
                str(ROOT / "testbed" / "kubernetes"), str(pathlib.Path(__file__).parent)]

import harness  # noqa: E402
import k10  # noqa: E402
from control_plane import ApiServer  # noqa: E402
from fault_smtp import FaultSmtp  # noqa: E402
from mailserver import MailServer  # noqa: E402
from node import ADDRESS, Node  # noqa: E402
from place import FAR, HOME, IMAGE, LARGE, PASSWORD, Place  # noqa: E402

SCENARIO = {"clusters": [
    {"name": HOME, "label": "OpenShift", "auth": "aggregated"},
    {"name": FAR, "label": "RKE2", "auth": "aggregated"},
    {"name": LARGE, "label": "Large", "auth": "aggregated",
     "generate": {"backupactions": 40000, "failed": 12, "failed_within_minutes": 60}},
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
    with MailServer.start(tmp_path_factory.mktemp("mail"), certs=certs, password=PASSWORD) as server:
        yield server


@pytest.fixture(scope="session")
def fleet(certs, tmp_path_factory):
    with harness.Fleet(tmp_path_factory.mktemp("fleet"), SCENARIO) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """The node, with the image of KASTEN_IMAGE."""
    archive = os.environ.get("KASTEN_IMAGE", "")
    assert os.path.isfile(archive), f"KASTEN_IMAGE={archive} is no image archive: run `make image`"
    with Node(tmp_path_factory.mktemp("node")) as node:
        node.import_image(archive, base_name=IMAGE)
        yield node


@pytest.fixture(scope="session")
def far(node, tmp_path_factory):
    """The API server of another cluster, with the account that the alerter has there."""
    with ApiServer(tmp_path_factory.mktemp(FAR), FAR, node.etcd, address=ADDRESS) as server:
        k10.install(server)
        server.kubectl("apply", "-f", str(ROOT / "deploy" / "manifests" / "remote-cluster" / "rbac.yaml"))
        yield server


@pytest.fixture(scope="session")
def furnished(node, far, fleet, mail_server, certs, tmp_path_factory):
    k10.install(node.api)
    for name, server in ((HOME, node.api), (FAR, far)):
        k10.register(server, fleet.clusters[name]["port"], certs / "ca.pem")
    for server in (node.api, far):
        k10.wait_available(server)
    place = Place(node, far, fleet, mail_server, tmp_path_factory.mktemp("place"))
    place.furnish()
    yield place
    place.relay.stop()


@pytest.fixture
def place(furnished):
    """All of it, with nothing that has happened. A release of an earlier test may be there."""
    furnished.reset()
    return furnished


@pytest.fixture
def release(place):
    """The chart's release; its CronJob is suspended, so that a test says when a pass is made."""
    place.release()
    return place


@pytest.fixture
def fault_mail(certs, tmp_path):
    """Starts scripted mail servers that end with the test."""
    started = []

    def start(mode, **options):
        server = FaultSmtp(mode, certs, tmp_path / f"smtp-{len(started)}", **options).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()
