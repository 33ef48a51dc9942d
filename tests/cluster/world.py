# SPDX-License-Identifier: MIT
"""What the tests on real API servers drive: the servers, the fleet behind them, mails, the alerter."""

import base64
import json
import os
import pathlib
import shutil

import k10
from control_plane import account_name
from harness import Alerter, mail_settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy" / "manifests"
ACCOUNT = "kasten-alerter"
USER = account_name(ACCOUNT)
STATE_PATH = f"/api/v1/namespaces/{k10.NAMESPACE}/configmaps/kasten-alerter-sent"
AUDITED = []  # (verb, resource) that the alerter used, as the audit log has it
PASSWORD = "abcd efgh ijkl mnop"
MOUNT = "/run/secrets/kubernetes.io/serviceaccount"


class World:
    def __init__(self, servers, fleet, mail, directory):
        self.servers = servers
        self.fleet = fleet
        self.mail = mail
        self.directory = pathlib.Path(directory)
        self.home = next(iter(servers.values()))

    def reset(self, names):
        for name in names:
            self.fleet.call(name, "DELETE", "/testbed/actions")
        for name in self.servers:
            self.fleet.call(name, "DELETE", "/testbed/faults")
            self.fleet.call(name, "DELETE", "/testbed/requests")
        self.home.request("DELETE", STATE_PATH)
        self.mail.clear("ops@kasten.test")

    def token_file(self, server, account=ACCOUNT):
        path = self.directory / f"{server.name}.token"
        path.write_text(server.create_token(account) + "\n", encoding="utf-8")
        return path

    def alerter(self, names=None, **settings):
        """The alerter outside a pod, with the account's own token for each cluster."""
        names = names or list(self.servers)
        base = mail_settings(self.mail)
        base["STATE"] = f"configmap:{names[0]}"
        for number, name in enumerate(names, 1):
            server = self.servers[name]
            base[f"CLUSTER_{number}_NAME"] = name
            base[f"CLUSTER_{number}_API_URL"] = server.url
            base[f"CLUSTER_{number}_CA_FILE"] = str(server.ca.pem)
            base[f"CLUSTER_{number}_TOKEN_FILE"] = str(self.token_file(server))
        base.update(settings)
        return Alerter(self.directory, {key: str(value) for key, value in base.items()
                                        if value is not None})

    def state(self):
        """The state object as the server has it, None when there is none."""
        status, answer = self.home.request("GET", STATE_PATH)
        return answer if status == 200 else None

    def sent(self):
        state = self.state()
        return {} if state is None else json.loads(state["data"]["sent"])

    def mails(self, count, user="ops@kasten.test"):
        """The mails of a user, which are to be so many."""
        mails = self.mail.messages(user, wait_for=count)
        assert len(mails) == count, f"{len(mails)} mails instead of {count}"
        return mails


class Pod:
    """What a kubelet would start for a Job of the CronJob: the same environment, built from the
    objects that are in the cluster, and the account's token where a pod has it. Root only."""

    def __init__(self, server, directory, job="cronjob/kasten-alerter"):
        self.server = server
        self.directory = pathlib.Path(directory)
        spec = json.loads(server.kubectl("get", job, "-n", k10.NAMESPACE, "-o", "json"))["spec"]
        job_spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
        self.spec = job_spec["template"]["spec"]
        self.container, = self.spec["containers"]
        assert not self.container.get("env"), "give this harness a way to fill env"

    def environment(self):
        env = {"KUBERNETES_SERVICE_HOST": "127.0.0.1",
               "KUBERNETES_SERVICE_PORT": str(self.server.port)}
        for source in self.container["envFrom"]:
            kind, reference = next(iter(source.items()))
            plural = {"configMapRef": "configmaps", "secretRef": "secrets"}[kind]
            path = f"/api/v1/namespaces/{k10.NAMESPACE}/{plural}/{reference['name']}"
            data = self.server.get(path).get("data", {})
            if kind == "secretRef":
                data = {key: base64.b64decode(value).decode() for key, value in data.items()}
            env.update(data)
        return env

    def run(self, expect=0):
        mount = self.directory / "serviceaccount"
        shutil.rmtree(mount, ignore_errors=True)
        mount.mkdir()
        account = self.spec["serviceAccountName"]
        (mount / "token").write_text(self.server.create_token(account), encoding="utf-8")
        (mount / "namespace").write_text(k10.NAMESPACE, encoding="utf-8")
        (mount / "ca.crt").write_bytes(self.server.ca.pem.read_bytes())
        in_pod = ("unshare", "--mount", "sh", "-c",
                  f"mount -t tmpfs tmpfs /run && mkdir -p {MOUNT} && mount --bind {mount} {MOUNT} && "
                  "{ [ -e /var/run/secrets ] || ln -s /run /var/run; } && exec \"$@\"", "sh")
        return Alerter(self.directory, self.environment()).run(prefix=in_pod, expect=expect)


def is_root():
    return os.geteuid() == 0
