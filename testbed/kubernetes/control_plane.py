# SPDX-License-Identifier: MIT
"""A real etcd and real kube-apiservers on loopback, with RBAC, ServiceAccount tokens, Pod Security and
an audit log. One etcd serves several API servers, each a cluster of its own under its own prefix."""

import base64
import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import urllib.request

import certificates
from programs import Failure, Program, free_port, programs

ISSUER = "https://kubernetes.default.svc"
SERVER_NAMES = ("IP:::1", "DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default",
                "DNS:kubernetes.default.svc")
FRONT_PROXY = "front-proxy-client"
SECONDS = 60
# A proxy of the environment is not for us.
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

# Whatever a ServiceAccount does; the rest is noise of the cluster itself.
AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts"]
- level: None
"""


class Etcd(Program):
    name = "etcd"

    def command(self):
        port, peer_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        peer = f"http://127.0.0.1:{peer_port}"
        return [programs("etcd")["etcd"], "--data-dir", str(self.directory / "data"),
                "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", f"default={peer}", "--unsafe-no-fsync", "--log-level", "warn"]

    def is_ready(self):
        with open_url(self.url + "/health", timeout=2) as answer:
            return json.loads(answer.read()).get("health") == "true"

    def call(self, path, body):
        """One call of etcd's JSON gateway: the v3 API, bytes as base64."""
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with open_url(request, timeout=SECONDS) as answer:
            return json.loads(answer.read())

    def compact(self):
        """Throws away all history up to now, as an API server does every five minutes.

        It also writes the key by which API servers tell each other that they did so; otherwise
        they would go on serving pages of old lists from memory.
        """
        key = base64.b64encode(b"compact_rev_key").decode()
        revision = int(self.call("/v3/kv/range", {"key": key})["header"]["revision"])
        value = base64.b64encode(str(revision).encode()).decode()
        self.call("/v3/kv/put", {"key": key, "value": value})
        self.call("/v3/kv/compaction", {"revision": revision})


class ApiServer(Program):
    """A kube-apiserver with certificates, keys and a kubeconfig of its own.

    `address` is where it listens. A cluster with nodes wants "Node,RBAC" as `authorization`, its
    ClusterIP in `extra_names`, and `endpoints`, so that the Service `kubernetes` leads to it.
    """

    def __init__(self, directory, name, etcd, address="127.0.0.1", authorization="RBAC",
                 endpoints=False, extra_names=(), extra_flags=()):
        self.name = name
        super().__init__(directory)
        self.etcd = etcd
        self.address = address
        self.authorization = authorization
        self.endpoints = endpoints
        self.extra_flags = list(extra_flags)
        keys = self.directory / "keys"
        self.ca = certificates.Authority(keys, "ca")
        self.serving = self.ca.issue("server", "kube-apiserver", names=(f"IP:{address}", *SERVER_NAMES, *extra_names))
        self.admin = self.ca.issue("admin", "test", organization="system:masters")
        self.front_proxy_ca = certificates.Authority(keys, "front-proxy-ca")
        self.front_proxy = self.front_proxy_ca.issue("front-proxy", FRONT_PROXY)
        self.token_key = certificates.TokenKey(keys)
        self.audit_log = self.directory / "audit.log"
        self.audit_policy = self.directory / "audit-policy.yaml"
        self.audit_policy.write_text(AUDIT_POLICY, encoding="utf-8")
        self.tls = ssl.create_default_context(cafile=str(self.ca.pem))
        self.admin_tls = ssl.create_default_context(cafile=str(self.ca.pem))
        self.admin_tls.load_cert_chain(str(self.admin.pem), str(self.admin.key))

    def command(self):
        self.port = free_port()
        self.url = f"https://{self.address}:{self.port}"
        return [
            programs("kube-apiserver")["kube-apiserver"],
            "--etcd-servers", self.etcd.url, "--etcd-prefix", f"/{self.name}",
            "--bind-address", self.address, "--advertise-address", self.address,
            "--secure-port", str(self.port),
            "--endpoint-reconciler-type", "lease" if self.endpoints else "none",
            "--service-cluster-ip-range", "10.96.0.0/24",
            "--authorization-mode", self.authorization,
            "--tls-cert-file", str(self.serving.pem),
            "--tls-private-key-file", str(self.serving.key), "--client-ca-file", str(self.ca.pem),
            "--service-account-issuer", ISSUER,
            "--service-account-key-file", str(self.token_key.public),
            "--service-account-signing-key-file", str(self.token_key.private),
            # A token ends when it says so, not a year later.
            "--service-account-extend-token-expiration=false",
            "--proxy-client-cert-file", str(self.front_proxy.pem),
            "--proxy-client-key-file", str(self.front_proxy.key),
            "--requestheader-client-ca-file", str(self.front_proxy_ca.pem),
            "--requestheader-allowed-names", FRONT_PROXY,
            "--requestheader-username-headers", "X-Remote-User",
            "--requestheader-group-headers", "X-Remote-Group",
            "--requestheader-extra-headers-prefix", "X-Remote-Extra-",
            "--audit-policy-file", str(self.audit_policy),
            "--audit-log-path", str(self.audit_log), "--audit-log-mode", "blocking",
            *self.extra_flags]

    def is_ready(self):
        # The first namespaces and the roles every account has come a moment after the first answer.
        return (self.request("GET", "/readyz")[0] == 200
                and self.request("GET", "/api/v1/namespaces/default")[0] == 200)

    def start(self):
        super().start()
        self.write_kubeconfig()
        return self

    def write_kubeconfig(self):
        (self.directory / "kubeconfig").write_text(self.kubeconfig({self.name: self}),
                                                   encoding="utf-8")

    def component_kubeconfig(self, name, user, organization=None):
        """Path of a kubeconfig for a part of the cluster, e.g. system:kube-scheduler."""
        pair = self.ca.issue(name, user, organization=organization)
        path = self.directory / f"{name}.kubeconfig"
        path.write_text(self.kubeconfig({self.name: self}, pair), encoding="utf-8")
        return path

    @staticmethod
    def kubeconfig(servers, pair=None):
        """A kubeconfig with one context for each of {name: server}; the first is current. Without a
        client certificate it is the admin's."""
        config = {"apiVersion": "v1", "kind": "Config", "current-context": next(iter(servers)),
                  "clusters": [], "users": [], "contexts": []}
        for name, server in servers.items():
            ca_data = base64.b64encode(server.ca.pem.read_bytes()).decode()
            config["clusters"].append({"name": name, "cluster": {
                "server": server.url, "certificate-authority-data": ca_data}})
            config["users"].append({"name": name, "user": {
                "client-certificate": str((pair or server.admin).pem),
                "client-key": str((pair or server.admin).key)}})
            config["contexts"].append({"name": name, "context": {
                "cluster": name, "user": name, "namespace": "default"}})
        return json.dumps(config, indent=1)

    def request(self, method, path, body=None, token=None, content_type="application/json"):
        """(status, parsed body or text): with this token, else as the cluster's admin."""
        headers = {"Content-Type": content_type, "User-Agent": "testbed"}
        if token is not None:
            headers["Authorization"] = "Bearer " + token
        connection = http.client.HTTPSConnection(
            self.address, self.port, timeout=SECONDS,
            context=self.admin_tls if token is None else self.tls)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, _parsed(answer.read(), answer.getheader("Content-Type", ""))
        finally:
            connection.close()

    def get(self, path):
        status, answer = self.request("GET", path)
        if status != 200:
            raise Failure(f"GET {path}: {status} {answer}")
        return answer

    def create_all(self, path, objects):
        """POSTs many objects over one connection."""
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=SECONDS,
                                                 context=self.admin_tls)
        for item in objects:
            connection.request("POST", path, json.dumps(item), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise Failure(f"POST {path}: {answer.status} {text[:500]}")
        connection.close()

    def environment(self):
        """For programs that talk to the cluster as its admin."""
        return {**os.environ, "KUBECONFIG": str(self.directory / "kubeconfig"),
                "KUBECACHEDIR": str(self.directory / "kube-cache"), "HOME": str(self.directory)}

    def kubectl(self, *words, text=None, expect=0):
        """What kubectl prints on standard output. Another exit status than expected is a failure;
        with None any will do."""
        run = subprocess.run([programs("kubectl")["kubectl"], *words], input=text, text=True,
                             capture_output=True, env=self.environment(), timeout=SECONDS,
                             check=False)
        if expect is not None and run.returncode != expect:
            raise Failure(f"kubectl {' '.join(words)}: status {run.returncode}\n{run.stdout}"
                          f"{run.stderr}")
        return run.stdout

    def apply(self, *objects):
        """kubectl apply of these dicts, strictly validated."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self.kubectl("apply", "--validate=strict", "-f", "-", text=text)

    def create_token(self, account, namespace="kasten-io", seconds=3600):
        """A bound token as a kubelet asks for one."""
        return self.kubectl("create", "token", account, "-n", namespace, "--duration",
                            f"{seconds}s").strip()

    def audit(self, user, since=0):
        """The audit events of a user from the since-th line on, oldest first."""
        if not self.audit_log.exists():
            return []
        lines = self.audit_log.read_text(encoding="utf-8").splitlines()[since:]
        events = [json.loads(line) for line in lines]
        return [event for event in events if event["user"]["username"] == user]

    def audit_lines(self):
        return len(self.audit_log.read_text(encoding="utf-8").splitlines()) \
            if self.audit_log.exists() else 0


def _parsed(text, content_type):
    if "json" in content_type:
        return json.loads(text)
    return text.decode("utf-8", errors="replace")


def account_name(account, namespace="kasten-io"):
    return f"system:serviceaccount:{namespace}:{account}"


def rights_of(rules):
    """A role's rules as a set of (verb, "resource.group", name or "")."""
    rights = set()
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                kind = f"{resource}.{group}" if group else resource
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames", [""]):
                        rights.add((verb, kind, name))
    return rights


def used_rights(events):
    """The same of audit events: what was asked for, allowed or not."""
    rights = set()
    for event in events:
        target = event.get("objectRef")
        if target is None:
            rights.add((event["verb"], re.sub(r"\?.*", "", event["requestURI"]), ""))
            continue
        kind = target["resource"]
        if "subresource" in target:
            kind += "/" + target["subresource"]
        if target.get("apiGroup"):
            kind += "." + target["apiGroup"]
        rights.add((event["verb"], kind, target.get("name", "")))
    return rights


def start_all(directory, names):
    """(etcd, {name: server}): all API servers start at the same time."""
    etcd = Etcd(pathlib.Path(directory) / "etcd").start()
    servers = {name: ApiServer(pathlib.Path(directory) / name, name, etcd) for name in names}
    try:
        for server in servers.values():
            server.launch()
        for server in servers.values():
            if server.wait_ready():
                server.write_kubeconfig()
            else:
                server.start()
    except BaseException:
        stop_all(etcd, servers)
        raise
    return etcd, servers


def stop_all(etcd, servers):
    for server in servers.values():
        server.ask_to_stop()
    for server in servers.values():
        server.stop()
    etcd.stop()

