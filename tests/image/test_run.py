# SPDX-License-Identifier: MIT
"""The image under runc: as uid 1000680000 gid 0, read-only root, no capabilities, NoNewPrivs, a
seccomp filter and 32 MiB, against the simulated fleet and a real mail server."""

import json
import os
import re

import pytest

from container import GID, MEMORY_BYTES, MOUNT, UID, Container, service_account
from dns_server import DnsServer
from harness import failed_backup, parse, scenario, text_part

ONE = scenario(failed_backup())
API_NAME = "kubernetes.default.svc"  # the test certificates bear both names
MAIL_NAME = "mail.kasten.test"
WRONG_ADDRESS = "127.9.9.9"  # nobody listens there


@pytest.fixture
def dns():
    with DnsServer({MAIL_NAME: "127.0.0.1", API_NAME: WRONG_ADDRESS}) as server:
        yield server


@pytest.fixture
def pod(bundle, certs, tmp_path, mail, dns):
    """Makes a container beside the first cluster of a fleet, as a pod of it: its service account,
    its API by a name of /etc/hosts, the mail server by a name that only DNS knows."""
    (tmp_path / "hosts").write_text(f"127.0.0.1 localhost\n127.0.0.1 {API_NAME}\n")
    (tmp_path / "resolv.conf").write_text(
        f"nameserver {dns.address}\nsearch kasten-io.svc.cluster.local svc.cluster.local\n"
        "options ndots:5 timeout:2\n")
    # As in a ConfigMap: readable by every user.
    (tmp_path / "ca.pem").write_bytes((certs / "ca.pem").read_bytes())
    for name in ("hosts", "resolv.conf", "ca.pem"):
        os.chmod(tmp_path / name, 0o644)

    def make(fleet, *arguments, user=(UID, GID), **changes):
        clusters = list(fleet.clusters.values())
        home = clusters[0]
        account = tmp_path / "account"
        if not account.exists():
            service_account(account, home["token"], home["ca_file"])
        settings = {
            "SMTP_HOST": MAIL_NAME, "SMTP_PORT": str(mail.smtp_starttls_port),
            "SMTP_USER": mail.user, "SMTP_PASSWORD": mail.password,
            "SMTP_CA_FILE": "/certs/ca.pem",
            "ALERT_FROM": "alerts@kasten.test", "ALERT_TO": "ops@kasten.test",
            "CLUSTER_1_NAME": home["name"], "CLUSTER_1_LABEL": home["label"],
            "CLUSTER_1_IN_CLUSTER": "true",
            "KUBERNETES_SERVICE_HOST": API_NAME, "KUBERNETES_SERVICE_PORT": str(home["port"]),
        }
        for number, cluster in enumerate(clusters[1:], 2):
            settings.update({f"CLUSTER_{number}_NAME": cluster["name"],
                             f"CLUSTER_{number}_LABEL": cluster["label"],
                             f"CLUSTER_{number}_API_URL": cluster["url"],
                             f"CLUSTER_{number}_TOKEN": cluster["token"],
                             f"CLUSTER_{number}_CA_FILE": "/certs/ca.pem"})
        settings.update(changes)
        files = {"/etc/hosts": tmp_path / "hosts", "/etc/resolv.conf": tmp_path / "resolv.conf",
                 "/certs/ca.pem": tmp_path / "ca.pem", MOUNT: account}
        return Container(bundle, tmp_path, settings, arguments, files, user)

    return make


def test_a_pass_mails_and_records_then_is_silent(start_fleet, pod, mail, dns):
    fleet = start_fleet()
    result = pod(fleet, ALERT_TIMEZONE="Europe/Berlin").run(expect=0)
    raw, = mail.messages("ops@kasten.test", wait_for=1, seconds=20)
    text = text_part(parse(raw))
    for label in ("OpenShift", "RKE2", "K3s"):
        assert label in text
    assert re.search(r"CES?T", text), "the time zone database is not in the image"
    assert fleet.sent("openshift"), "the ConfigMap of the pod's namespace was not written"
    # /etc/hosts goes before DNS, which has another address for that name; the search list of a pod
    # was gone through for the name that only DNS knows.
    assert MAIL_NAME in dns.asked and f"{MAIL_NAME}.svc.cluster.local" in dns.asked
    assert not any(name.startswith(API_NAME) for name in dns.asked)
    print(f"peak {result.peak_bytes} bytes")
    pod(fleet).run(expect=0)
    assert len(mail.messages("ops@kasten.test")) == 1


def test_the_confinement_is_in_force(start_fleet, pod, mail):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "delay", "ms": 3000, "kind": "backupactions", "times": 1})
    container = pod(fleet).start()
    status = container.status()
    result = container.finish()
    assert result.status == 0, result
    assert status["Uid"].split() == [str(UID)] * 4 and status["Gid"].split() == [str(GID)] * 4
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert len(mail.messages("ops@kasten.test", wait_for=1)) == 1


def test_the_images_own_user(start_fleet, pod, mail):
    pod(start_fleet(ONE), user=None).run(expect=0)
    assert len(mail.messages("ops@kasten.test", wait_for=1)) == 1


def test_forty_thousand_actions_in_32_mib(start_fleet, pod, mail):
    fleet = start_fleet({"clusters": [{"name": "old", "label": "Old", "generate": {
        "backupactions": 40000, "failed": 12, "failed_within_minutes": 60, "item_bytes": 4096,
        "seed": 7}}]})
    result = pod(fleet).run(expect=0)
    assert len(mail.messages("ops@kasten.test", wait_for=1, seconds=20)) == 1
    assert int(re.search(r"actions=(\d+)", result.err)[1]) >= 40000, result
    if result.peak_bytes is not None:
        print(f"peak {result.peak_bytes / 2**20:.1f} MiB")
        assert result.peak_bytes < MEMORY_BYTES


def test_nothing_can_be_written(start_fleet, pod, mail):
    result = pod(start_fleet(ONE), STATE="file:/state.json").run(expect=6)
    assert "Read-only file system" in result.err
    assert len(mail.messages("ops@kasten.test", wait_for=1)) == 1


def test_a_name_that_nobody_knows(start_fleet, pod, dns):
    result = pod(start_fleet(ONE), SMTP_HOST="smtp.kasten.test").run(expect=5)
    assert "smtp.kasten.test" in dns.asked
    assert re.search("smtp.kasten.test.*(resolve|not known|name)", result.err)


def test_the_system_trust_store_is_there(start_fleet, pod):
    """The test CA is not in it, so that the certificate is refused for that reason and no other."""
    fleet = start_fleet(scenario(failed_backup()))
    cluster = fleet.clusters["k3s"]
    result = pod(fleet, CLUSTER_1_IN_CLUSTER="false", CLUSTER_1_API_URL=cluster["url"],
                 CLUSTER_1_TOKEN=cluster["token"]).run(expect=4)
    assert "certificate is not signed by" in result.err


def test_without_settings_it_says_what_is_missing(bundle, tmp_path):
    result = Container(bundle, tmp_path, {}).run(expect=78)
    for key in ("SMTP_HOST", "ALERT_FROM", "ALERT_TO", "CLUSTER_1_NAME"):
        assert key in result.err


def test_version_is_the_labels(bundle, tmp_path, image):
    label = image.config["config"]["Labels"]["org.opencontainers.image.version"]
    assert label in Container(bundle, tmp_path, {}, ["version"]).run(expect=0).out


def test_a_filter_that_refuses_more_is_noticed(bundle, tmp_path):
    """What the filter refuses is really refused: without pread64 the program cannot even load."""
    container = Container(bundle, tmp_path, {}, ["version"])
    path = container.directory / "config.json"
    config = json.loads(path.read_text())
    config["linux"]["seccomp"]["syscalls"][0]["names"].remove("pread64")
    path.write_text(json.dumps(config))
    assert container.start().finish().status != 0
