# SPDX-License-Identifier: MIT
"""One set of certificates and one mail server for all tests; a fleet per test that wants one."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "testbed" / "mail")]

import harness  # noqa: E402
from fault_smtp import FaultSmtp  # noqa: E402
from mailserver import MailServer  # noqa: E402


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """A folder with the test CA, the servers' certificates and an unrelated CA."""
    directory = tmp_path_factory.mktemp("certs")
    os.chmod(directory, 0o755)
    subprocess.run([str(ROOT / "testbed" / "make-certs"), str(directory)], check=True, timeout=60)
    os.environ["KASTEN_CERTS"] = str(directory)
    return directory


@pytest.fixture(scope="session")
def mail_server(certs, tmp_path_factory):
    """The real mail server: Postfix and Dovecot where root has them, else aiosmtpd."""
    directory = tmp_path_factory.mktemp("mail")
    with MailServer.start(directory, certs=certs) as server:
        yield server


@pytest.fixture
def mail(mail_server):
    """The mail server with empty mailboxes."""
    for user in ("ops@kasten.test", "oncall@kasten.test"):
        mail_server.clear(user)
    return mail_server


@pytest.fixture
def start_fleet(certs, tmp_path):
    """Starts fleets that end with the test."""
    started = []

    def start(scenario=None):
        fleet = harness.Fleet(tmp_path / f"fleet-{len(started)}", scenario)
        started.append(fleet)
        return fleet

    yield start
    for fleet in started:
        fleet.stop()


@pytest.fixture
def fault_mail(certs, tmp_path):
    """Starts scripted mail servers that end with the test."""
    started = []

    def start(mode, **options):
        server = FaultSmtp(mode, certs, tmp_path / f"smtp-{len(started)}", **options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def alerter(tmp_path, mail, certs):
    """Makes an alerter for a fleet, with its state on the fleet's first cluster."""

    def make(fleet, names=None, **settings):
        names = names or list(fleet.clusters)
        base = harness.cluster_settings(fleet, names)
        base.update(harness.mail_settings(mail))
        base["STATE"] = f"configmap:{names[0]}"
        base.update(settings)
        return harness.Alerter(tmp_path, base)

    return make
