# SPDX-License-Identifier: MIT
"""A whole Kubernetes of one node: etcd, kube-apiserver, kube-controller-manager, kube-scheduler,
containerd, kubelet and kube-proxy, with pods behind a bridge. It lives in a room of
testbed/kubernetes/node_room.py, which removes what such programs leave behind.

There is no DNS in it and no way out: pods reach ClusterIPs and the node's address. Images are imported,
never pulled.
"""

import json
import os
import pathlib
import subprocess

import node_images
from control_plane import ApiServer, Etcd, open_url
from node_room import CGROUP, CNI_FOLDER
from programs import Failure, Program, programs, wait_until

ADDRESS, NETWORK = "10.88.0.1", "10.88.0.0/24"
SERVICE_ADDRESS = "10.96.0.1"  # of the Service kubernetes
NAME = "kasten-node"
CONTAINERD_NAMESPACE = "k8s.io"
SECONDS = 60


class Containerd(Program):
    name = "containerd"

    def command(self):
        # containerd refuses a socket path of more than about 100 bytes; /run is the room's own.
        self.socket = "/run/kasten-node/containerd.sock"
        config = self.directory / "containerd.toml"
        config.write_text(f"""\
version = 2
root = "{self.directory}/root"
state = "/run/kasten-node/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{self.directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{node_images.PAUSE}"
  # Otherwise runc wants a lower oom_score_adj than it may have.
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{CNI_FOLDER}"
  conf_dir = "{self.directory}/cni"
""", encoding="utf-8")
        folder = self.directory / "cni"
        folder.mkdir(exist_ok=True)
        (folder / "10-bridge.conflist").write_text(json.dumps({
            "cniVersion": "0.4.0", "name": "pods", "plugins": [{
                "type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True,
                "ipam": {"type": "host-local", "subnet": NETWORK, "gateway": ADDRESS,
                         "dataDir": str(self.directory / "addresses"),
                         "routes": [{"dst": "0.0.0.0/0"}]}}]}), encoding="utf-8")
        return ["containerd", "--config", str(config)]

    def ctr(self, *words):
        run = subprocess.run(["ctr", "--address", self.socket, "-n", CONTAINERD_NAMESPACE, *words],
                             capture_output=True, text=True, timeout=SECONDS, check=False)
        if run.returncode != 0:
            raise Failure(f"ctr {' '.join(words)}: {run.stderr}")
        return run.stdout

    def is_ready(self):
        try:
            return self.ctr("version") != ""
        except Failure:
            return False


class Component(Program):
    """A program of Kubernetes. Whether it works is seen by what it does."""

    def __init__(self, directory, name, words, health_port=None):
        self.name = name
        self.words = words
        self.health_port = health_port
        super().__init__(directory)

    def command(self):
        return [programs(self.name)[self.name], *map(str, self.words)]

    def is_ready(self):
        if self.health_port is None:
            return self.process.poll() is None
        with open_url(f"http://127.0.0.1:{self.health_port}/healthz", timeout=5) as answer:
            return answer.status == 200


class Node:
    """`api` is its ApiServer. `start` returns when the node takes pods."""

    def __init__(self, directory):
        if CGROUP not in os.environ:
            raise Failure("run this by testbed/kubernetes/node_room.py: it would change the machine")
        self.directory = pathlib.Path(directory)
        self.started = []
        self.etcd = Etcd(self.directory / "etcd")
        self.api = None
        self.containerd = None

    def start(self):
        try:
            self._start_control_plane()
            self._start_containerd()
            self._start_kubelet()
            self._wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Ends the programs; containers end with the room."""
        for program in reversed(self.started):
            program.ask_to_stop()
        for program in reversed(self.started):
            program.stop()
        self.started = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    def _run(self, program):
        program.start()
        self.started.append(program)
        return program

    def _component(self, name, *words, health_port=None):
        return self._run(Component(self.directory / name, name, words, health_port))

    def _start_control_plane(self):
        _ip("link", "add", "cni0", "type", "bridge")
        _ip("address", "add", f"{ADDRESS}/24", "dev", "cni0")
        _ip("link", "set", "cni0", "up")
        self._run(self.etcd)
        self.api = ApiServer(self.directory / "openshift", "openshift", self.etcd, address=ADDRESS,
                             authorization="Node,RBAC", endpoints=True,
                             extra_names=(f"IP:{SERVICE_ADDRESS}",))
        self.api.extra_flags += [
            "--enable-admission-plugins", "NodeRestriction",
            "--kubelet-preferred-address-types", "InternalIP",  # the node's name does not resolve
            "--kubelet-certificate-authority", self.api.ca.pem,
            "--kubelet-client-certificate", self.api.admin.pem,
            "--kubelet-client-key", self.api.admin.key]
        self.api.extra_flags = [str(word) for word in self.api.extra_flags]
        self._run(self.api)
        kubeconfig = self.api.component_kubeconfig
        self._component(
            "kube-controller-manager", "--kubeconfig",
            kubeconfig("controller-manager", "system:kube-controller-manager"),
            "--service-account-private-key-file", self.api.token_key.private,
            "--root-ca-file", self.api.ca.pem, "--use-service-account-credentials",
            "--leader-elect=false", "--secure-port", "0",
            "--flex-volume-plugin-dir", self.directory / "volume-plugins")
        self._component("kube-scheduler", "--kubeconfig",
                        kubeconfig("scheduler", "system:kube-scheduler"), "--leader-elect=false",
                        "--secure-port", "0")
        self._component(
            "kube-proxy", "--kubeconfig", kubeconfig("proxy", "system:kube-proxy"),
            "--hostname-override", NAME, "--proxy-mode", "iptables", "--cluster-cidr", NETWORK,
            # Those are the machine's.
            "--conntrack-max-per-core", "0", "--conntrack-tcp-timeout-established", "0",
            "--conntrack-tcp-timeout-close-wait", "0")

    def _start_containerd(self):
        self.containerd = self._run(Containerd(self.directory / "containerd"))
        self.import_image(node_images.make_archive(self.containerd.directory, node_images.PAUSE,
                                                   node_images.WAIT))

    def import_image(self, archive, base_name=None):
        """Gives the node an OCI archive's image, named BASE-NAME:TAG of the archive."""
        names = ["--base-name", base_name] if base_name else []
        return self.containerd.ctr("images", "import", *names, str(archive))

    def _start_kubelet(self):
        directory = self.directory / "kubelet"
        directory.mkdir()
        serving = self.api.ca.issue("kubelet-server", NAME, names=(f"IP:{ADDRESS}", f"DNS:{NAME}"))
        config = directory / "config.json"
        config.write_text(json.dumps({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "address": ADDRESS, "tlsCertFile": str(serving.pem),
            "tlsPrivateKeyFile": str(serving.key),
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                               "x509": {"clientCAFile": str(self.api.ca.pem)}},
            "authorization": {"mode": "Webhook"},
            "containerRuntimeEndpoint": "unix://" + self.containerd.socket,
            "cgroupDriver": "cgroupfs", "cgroupRoot": os.environ[CGROUP], "failCgroupV1": False,
            "failSwapOn": False, "makeIPTablesUtilChains": False, "resolvConf": "",
            "clusterDomain": "", "volumePluginDir": str(self.directory / "volume-plugins"),
            "podLogsDir": str(directory / "pod-logs"),
            # The disk is the machine's, and what is on it is none of the node's business.
            "evictionHard": {"nodefs.available": "1Mi", "imagefs.available": "1Mi",
                             "memory.available": "50Mi"},
            "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        }), encoding="utf-8")
        kubeconfig = self.api.component_kubeconfig("kubelet", f"system:node:{NAME}", "system:nodes")
        self._component("kubelet", "--config", config, "--kubeconfig", kubeconfig,
                        "--hostname-override", NAME, "--node-ip", ADDRESS, "--root-dir",
                        directory / "root", "--cert-dir", directory / "pki", health_port=10248)

    def _wait_ready(self):
        def ready():
            status, node = self.api.request("GET", f"/api/v1/nodes/{NAME}")
            return status == 200 and any(
                condition["type"] == "Ready" and condition["status"] == "True"
                for condition in node["status"].get("conditions", [])) and not any(
                taint["effect"] == "NoSchedule" for taint in node["spec"].get("taints", []))

        try:
            wait_until("the node is Ready", ready, SECONDS, pause=0.2)
        except Failure as failure:
            raise Failure(f"{failure}\n{self.started[-1].log_text()[-4000:]}") from failure


def _ip(*words):
    subprocess.run(["ip", *words], check=True, timeout=SECONDS)
