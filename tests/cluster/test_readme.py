# SPDX-License-Identifier: MIT
"""Every command of deploy/README.md, run as it stands there against real API servers; after each step
a pass with what is then in the cluster, environment and token as a kubelet would give them."""

import base64
import json
import re
import shutil
import subprocess

import pytest

import k10
from control_plane import ApiServer
from harness import failed_backup, parse, text_part
from mailserver import MailServer
from programs import programs, wait_until
from world import ACCOUNT, MANIFESTS, PASSWORD, ROOT, STATE_PATH, USER, Pod, is_root

README = ROOT / "deploy" / "README.md"
BLOCK = re.compile(r"(<!-- needs a node -->\n)?```sh\n(.*?)```", re.DOTALL)
HEADINGS = ["Install", "Run it now", "Add a cluster", "Rotate a token",
            "Read some namespaces only", "Change the schedule",
            "Look at what was sent, and send it again", "Coming from the original", "Remove it"]
FROM, TO = "your-gmail@gmail.com", ["recipient@example.com", "another@example.com"]
CONFIG = f"/api/v1/namespaces/{k10.NAMESPACE}/configmaps/kasten-alerter-config"

pytestmark = pytest.mark.skipif(not is_root(), reason="a service account mount needs root")


def commands(heading):
    """The blocks under a heading, without those that need a kubelet."""
    text = README.read_text(encoding="utf-8")
    part = re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    return [block for needs_node, block in BLOCK.findall(part) if not needs_node]


def test_all_headings_are_run():
    found = re.findall(r"^## (.*)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == HEADINGS
    assert len(BLOCK.findall(README.read_text(encoding="utf-8"))) == 1 + sum(
        len(commands(heading)) for heading in HEADINGS)


class Shell:
    """A bash in a copy of deploy/, with kubectl and contexts for all clusters."""

    def __init__(self, world, mail):
        self.world = world
        self.folder = world.directory / "tree"
        shutil.copytree(ROOT / "deploy" / "manifests", self.folder / "deploy" / "manifests")
        shutil.copytree(ROOT / "deploy" / "kustomize", self.folder / "deploy" / "kustomize")
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(ApiServer.kubeconfig(world.servers), encoding="utf-8")
        kubectl = programs("kubectl")["kubectl"]
        self.environment = {**world.home.environment(), "KUBECONFIG": str(kubeconfig)}
        self.environment["PATH"] = kubectl.rsplit("/", 1)[0] + ":" + self.environment["PATH"]
        self.edit_configmap(mail)

    def edit_configmap(self, mail):
        """Step 2 of the page: mail server, sender, recipients."""
        path = self.folder / "deploy" / "manifests" / "configmap.yaml"
        text = path.read_text(encoding="utf-8")
        for old, new in (('"smtp.gmail.com"', '"localhost"'),
                         ('"587"', f'"{mail.smtp_starttls_port}"\n  SMTP_CA_FILE: "{mail.ca_file}"')):
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def run(self, block):
        run = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=self.folder, text=True,
                             env=self.environment, capture_output=True, timeout=60, check=False)
        assert run.returncode == 0, f"{block}\n{run.stdout}{run.stderr}"
        assert "Warning" not in run.stderr, run.stderr
        return run.stdout

    def run_all(self, heading):
        """The blocks under a heading one after the other, in one session as a reader has it."""
        return self.run("\n".join(commands(heading)))


@pytest.fixture
def mail(certs, tmp_path):
    with MailServer.start(tmp_path / "mail", certs=certs, password=PASSWORD,
                          mailboxes=[FROM, *TO]) as server:
        yield server


@pytest.fixture
def shell(world, mail):
    yield Shell(world, mail)
    for thing in ("cronjob/kasten-alerter", "job/kasten-alerter-now", "secret/kasten-alerter-secrets",
                  "configmap/kasten-alerter-config", "configmap/kasten-alerter-trusted-ca"):
        world.home.kubectl("delete", thing, "-n", k10.NAMESPACE, "--ignore-not-found",
                           "--cascade=background")
    world.home.kubectl("apply", "-f", str(ROOT / "deploy" / "manifests" / "rbac.yaml"))


def mails(mail, count):
    found = mail.messages(TO[0], wait_for=count)
    assert len(found) == count
    return [text_part(parse(raw)) for raw in found]


def test_from_install_to_removal(world, shell, mail, tmp_path):
    home = world.home

    def tick(expect=0):
        return Pod(home, tmp_path).run(expect=expect)

    world.fleet.add_actions("openshift", failed_backup(run="run-home"))
    world.fleet.add_actions("rke2", failed_backup(run="run-far"))
    secret_and_manifests, openshift = commands("Install")
    shell.run(secret_and_manifests)
    tick()
    assert "run-home" in mails(mail, 1)[0]
    tick()
    mails(mail, 1)

    create_job, delete_job = commands("Run it now")
    shell.run(create_job)
    now = Pod(home, tmp_path, job="job/kasten-alerter-now")
    assert now.container == Pod(home, tmp_path).container  # what runs now is what runs by itself
    now.run(expect=0)
    shell.run(delete_job)

    shell.run_all("Add a cluster")
    tick()
    assert "run-far" in mails(mail, 2)[1]

    rotate, revoke = commands("Rotate a token")
    path = f"/api/v1/namespaces/{k10.NAMESPACE}/secrets/kasten-alerter-secrets"
    token = base64.b64decode(home.get(path)["data"]["CLUSTER_2_TOKEN"]).decode()
    shell.run(revoke)  # as the page says: before the new token
    # An API server remembers for ten seconds that a token was good.
    wait_until("the old token is refused", lambda: world.servers["rke2"].request(
        "GET", k10.ACTIONS + "/backupactions?limit=1", token=token)[0] == 401, pause=0.5)
    assert "401 Unauthorized" in tick(expect=3).err
    mails(mail, 3)
    shell.run(rotate)
    tick()
    assert "can be read again" in " ".join(mails(mail, 4)[3].split())

    shell.run_all("Change the schedule")
    assert home.get(CONFIG)["data"]["LOOKBACK_HOURS"] == "1"
    cronjob = json.loads(home.kubectl("get", "cronjob", "kasten-alerter", "-n", k10.NAMESPACE,
                                      "-o", "json"))
    assert cronjob["spec"]["schedule"] == "*/30 * * * *"
    assert cronjob["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] < 1800
    tick()

    look = shell.run_all("Look at what was sent, and send it again")
    assert {alert.split(":")[1] for alert in json.loads(look.split("configmap")[0])} == \
        {"run-home", "run-far"}
    assert home.request("GET", STATE_PATH)[0] == 404
    tick()
    assert "run-home" in mails(mail, 5)[4]

    shell.run(openshift)
    assert "trusted-ca" in json.dumps(Pod(home, tmp_path).spec)

    shell.run_all("Remove it")
    left = home.kubectl("get", "cronjob,secret,configmap,serviceaccount,role,rolebinding", "-n",
                        k10.NAMESPACE, "-o", "name")
    assert [name for name in left.split() if "kasten-alerter" in name] == \
        ["configmap/kasten-alerter-trusted-ca"]


@pytest.fixture
def narrow(world):
    """Namespaces of applications on rke2, and its account as it was when the test has ended."""
    remote = world.servers["rke2"]
    for name in ("shop", "crm"):
        remote.kubectl("create", "namespace", name)
    yield remote
    remote.kubectl("delete", "clusterrole,clusterrolebinding", "kasten-alerter-namespaces",
                   "--ignore-not-found")
    for name in ("shop", k10.NAMESPACE):
        remote.kubectl("delete", "rolebinding", "kasten-alerter-read", "-n", name,
                       "--ignore-not-found")
    for name in ("shop", "crm"):
        remote.kubectl("delete", "namespace", name, "--wait=false")
    remote.kubectl("apply", "-f", str(MANIFESTS / "remote-cluster" / "rbac.yaml"))


def test_a_token_for_two_namespaces(world, shell, narrow):
    """RBAC itself says which lists may be read; the rest is named, and told once."""
    world.fleet.add_actions("rke2", failed_backup(run="run-in", namespace="shop"),
                            failed_backup("b-2", "crm", "run-out"))
    shell.run_all("Read some namespaces only")
    program = world.alerter(["rke2"], STATE=f"file:{world.directory}/state.json")
    # An API server may still know the binding that is gone.
    wait_until("the cluster's list is forbidden", lambda: narrow.request(
        "GET", k10.ACTIONS + "/backupactions?limit=1",
        token=narrow.create_token(ACCOUNT))[0] == 403, pause=0.2)
    begun = narrow.audit_lines()
    result = program.run(expect=0)
    text = " ".join(text_part(parse(world.mails(1)[0])).split())
    assert "run-in" in text and "run-out" not in text
    assert "backups can be read in part only" in text
    assert "read in kasten-io and shop; not seen: crm, default" in text
    assert "policies, policy presets, profiles can be read in part only" in text
    assert "backups of cluster-scoped resources could not be read" in text
    assert "watched in part only" in result.err
    forbidden = {event["objectRef"]["resource"] for event in narrow.audit(USER, since=begun)
                 if event["responseStatus"]["code"] == 403 and "namespace" not in event["objectRef"]}
    assert {"backupactions", "backupclusteractions", "policies"} <= forbidden
    program.run(expect=0)
    world.mails(1)
    narrow.kubectl("apply", "-f", str(MANIFESTS / "remote-cluster" / "rbac.yaml"))
    wait_until("the cluster's list may be read", lambda: narrow.request(
        "GET", k10.ACTIONS + "/backupactions?limit=1",
        token=narrow.create_token(ACCOUNT))[0] == 200, pause=0.2)
    program.run(expect=0)
    text = " ".join(text_part(parse(world.mails(2)[1])).split())
    assert "can be read in full again" in text and "run-out" in text


ORIGINAL = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: kasten-alerter, namespace: kasten-io}
spec:
  schedule: "0 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - name: original
            image: harbor.your.domain/kasten-dashboard/kasten-alerter:latest
            envFrom: [{configMapRef: {name: kasten-alerter-config}},
                      {secretRef: {name: kasten-alerter-secrets}}]
"""


def test_coming_from_the_original(world, shell, mail, tmp_path):
    """Its CronJob, ConfigMap, Secret, record and remote account are there; our page's lines follow."""
    home, remote = world.home, world.servers["rke2"]
    world.fleet.add_actions("openshift", failed_backup("b1", run="run-old", minutes_ago=50),
                            failed_backup("b2", run="run-new", minutes_ago=2))
    world.fleet.add_actions("rke2", failed_backup("b3", run="run-far", minutes_ago=2))

    # What the original left: its own account on rke2 may list backup actions.
    remote.kubectl("create", "serviceaccount", "dashboardbff-svc", "-n", k10.NAMESPACE)
    remote.kubectl("create", "clusterrole", "kasten-dashboard-reader", "--verb=get,list",
                   "--resource=backupactions.actions.kio.kasten.io")
    remote.kubectl("create", "clusterrolebinding", "kasten-dashboard-reader",
                   "--clusterrole=kasten-dashboard-reader",
                   f"--serviceaccount={k10.NAMESPACE}:dashboardbff-svc")
    data = {"SMTP_HOST": "localhost", "SMTP_PORT": str(mail.smtp_starttls_port), "SMTP_USER": FROM,
            "SMTP_CA_FILE": mail.ca_file, "ALERT_FROM": FROM, "ALERT_TO": ",".join(TO),
            "ALERT_SUBJECT_PREFIX": "[Kasten Backup]", "LOOKBACK_HOURS": "2",
            "CLUSTER_1_NAME": "openshift", "CLUSTER_1_LABEL": "OpenShift",
            "CLUSTER_1_API_URL": home.url,  # https://kubernetes.default.svc, where names resolve
            "CLUSTER_1_IN_CLUSTER": "true",
            "CLUSTER_2_NAME": "rke2", "CLUSTER_2_LABEL": "RKE2", "CLUSTER_2_API_URL": remote.url}
    day, = (item["status"]["endTime"][:10]
            for item in home.get(k10.ACTIONS + "/backupactions")["items"]
            if item["metadata"]["labels"]["k10.kasten.io/runActionName"] == "run-old")
    record = json.dumps([f"openshift:run-old:{day}"])
    metadata = {"namespace": k10.NAMESPACE}
    home.apply({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
                "metadata": {**metadata, "name": "kasten-alerter-config"}},
               {"apiVersion": "v1", "kind": "ConfigMap", "data": {"sent": record},
                "metadata": {**metadata, "name": "kasten-alerter-sent"}},
               {"apiVersion": "v1", "kind": "Secret",
                "stringData": {"SMTP_PASSWORD": PASSWORD,
                               "CLUSTER_2_TOKEN": remote.create_token("dashboardbff-svc")},
                "metadata": {**metadata, "name": "kasten-alerter-secrets"}})
    home.kubectl("apply", "-f", "-", text=ORIGINAL)

    shell.run_all("Coming from the original")
    result = Pod(home, tmp_path).run(expect=0)
    text, = mails(mail, 1)
    assert "run-new" in text and "run-far" in text and "run-old" not in text
    assert "not watched" in result.err  # its account has no right to the other kinds
    assert len(json.loads(world.state()["data"]["sent"])) == 3
