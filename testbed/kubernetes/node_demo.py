# SPDX-License-Identifier: MIT
"""The cluster of scripts/demo-cluster: a real node, three K10s, a mail server, and the chart's release that
ticks every minute. Runs inside node_room.py until SIGTERM or Ctrl-C.

    node_demo.py FOLDER     serves; FOLDER/call.json then says how its other calls reach it
    node_demo.py FOLDER kubectl|helm WORD...
    node_demo.py FOLDER mail | fail
"""

import base64
import contextlib
import email
import email.policy
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "testbed" / "mail"), str(ROOT / "testbed" / "kubernetes")]

import k10  # noqa: E402
import node_furniture  # noqa: E402
from mailserver import MailServer  # noqa: E402
from node import ADDRESS, Node  # noqa: E402
from node_relay import Relay  # noqa: E402
from node_room import FOLDER  # noqa: E402
from programs import Program, programs, wait_until  # noqa: E402

CHART = ROOT / "deploy" / "helm" / "kasten-alerter"
IMAGE = "docker.io/library/kasten-alerter"
RELEASE, SECRET, OPS = "kasten-alerter", "kasten-alerter-secrets", "ops@kasten.test"
DAY = 86400
COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def heading(text):
    print(f"\n\033[1m== {text}\033[0m" if COLOUR else f"\n== {text}", flush=True)


class Fleet(Program):
    """The demo's three K10s: the first is the node's own, the others are reached from pods."""

    name = "kasten-fleet"

    def __init__(self, directory, certs):
        super().__init__(directory)
        self.certs = certs
        scenario = json.loads((ROOT / "testbed" / "scenarios" / "default.json").read_text())
        home, *others = self.plans = scenario["clusters"]
        home["auth"] = "aggregated"
        for cluster in others:
            cluster["address"] = ADDRESS
        self.scenario = self.directory / "scenario.json"
        self.scenario.write_text(json.dumps(scenario), encoding="utf-8")

    def command(self):
        return [os.environ["KASTEN_FLEET"], "--dir", str(self.directory), "--certs", str(self.certs),
                "--scenario", str(self.scenario), "--max-seconds", str(DAY)]

    def is_ready(self):
        return (self.directory / "fleet.json").exists()

    def clusters(self):
        return json.loads((self.directory / "fleet.json").read_text(encoding="utf-8"))["clusters"]


def install_k10(api, fleet, certs):
    """K10 in the node's own cluster: its actions from the fleet, its policies and profiles as CRDs."""
    home, plan = fleet.clusters()[0], fleet.plans[0]
    k10.install(api)
    k10.register(api, home["port"], certs / "ca.pem")
    k10.wait_available(api)
    api.apply(*({"apiVersion": f"{k10.CONFIG_GROUP}/{k10.VERSION}", "kind": kind, "spec": thing["spec"],
                 "metadata": {"name": thing["name"], "namespace": k10.NAMESPACE},
                 "status": {"validation": "Success"}}
                for kind, plural in k10.CONFIG_KINDS for thing in plan.get(plural, [])))


def install_release(api, fleet, mail, directory):
    """The Secret, and the chart by helm."""
    home, *others = fleet.clusters()
    secret = [f"--from-literal=TOKEN_{cluster['name']}={cluster['token']}" for cluster in others]
    api.kubectl("create", "secret", "generic", SECRET, "-n", k10.NAMESPACE,
                f"--from-literal=SMTP_PASSWORD={mail.password}", *secret)
    ca = base64.b64encode(pathlib.Path(home["ca_file"]).read_bytes()).decode()
    clusters = {home["name"]: {"label": home["label"], "inCluster": True}}
    for cluster in others:
        clusters[cluster["name"]] = {"label": cluster["label"], "apiUrl": cluster["url"], "caData": ca,
                                     "tlsServerName": "localhost"}
    values = directory / "values.json"
    values.write_text(json.dumps({
        **node_furniture.mail_values(mail, OPS), "existingSecret": SECRET, "clusters": clusters,
        "schedule": "* * * * *", "activeDeadlineSeconds": 50}, indent=1), encoding="utf-8")
    subprocess.run([programs("helm")["helm"], "install", RELEASE, str(CHART), "-n", k10.NAMESPACE, "-f",
                    str(values)], env=api.environment(), stdout=subprocess.DEVNULL, check=True,
                   timeout=120)


def wait_for_a_tick(api):
    def ended():
        jobs = api.get(f"/apis/batch/v1/namespaces/{k10.NAMESPACE}/jobs")["items"]
        return [job["metadata"]["name"] for job in jobs if job["status"].get("conditions")]

    return wait_until("the first tick", ended, 120, pause=0.5)[0]


def show(api, job):
    heading(f"kubectl get jobs,pods,configmap -n {k10.NAMESPACE}")
    print(api.kubectl("get", "jobs,pods,configmap", "-n", k10.NAMESPACE), end="")
    heading(f"kubectl logs -n {k10.NAMESPACE} job/{job}")
    print(api.kubectl("logs", "-n", k10.NAMESPACE, f"job/{job}"), end="")
    call = "scripts/demo-cluster"
    heading("it is up, and ticks every minute; in another terminal")
    print(f"""{call} kubectl get jobs,pods,configmap -n {k10.NAMESPACE}
{call} kubectl get backupactions -A
{call} kubectl create job now --from=cronjob/{RELEASE} -n {k10.NAMESPACE}
{call} kubectl logs -n {k10.NAMESPACE} -f job/now
{call} kubectl delete configmap kasten-alerter-sent -n {k10.NAMESPACE}
{call} helm get values {RELEASE} -n {k10.NAMESPACE}
{call} fail         # one more failed backup: the next tick mails it
{call} mail         # the last mail
Ctrl-C here, or `make demo-cluster` once more, takes it down.""", flush=True)


def serve(folder, work):
    certs = work / "certs"
    subprocess.run([str(ROOT / "testbed" / "make-certs"), str(certs)], check=True, timeout=60)
    with contextlib.ExitStack() as stack:
        heading("starting a Kubernetes node, three K10s and a mail server")
        begun = time.monotonic()
        mail = stack.enter_context(MailServer.start(work / "mail", certs=certs))
        node = stack.enter_context(Node(work / "node"))
        node.import_image(os.environ["KASTEN_IMAGE"], base_name=IMAGE)
        fleet = stack.enter_context(Fleet(work / "fleet", certs))
        install_k10(node.api, fleet, certs)
        relay = Relay(ADDRESS, mail.smtp_starttls_port)
        stack.callback(relay.stop)
        node_furniture.furnish(node.api, relay.port)
        print(node.api.kubectl("get", "nodes", "-o", "wide"), end="")
        install_release(node.api, fleet, mail, work)
        print(f"ready after {time.monotonic() - begun:.0f} s; waiting for the first tick", flush=True)
        job = wait_for_a_tick(node.api)
        (folder / "call.json").write_text(json.dumps({
            "kubeconfig": str(node.api.directory / "kubeconfig"), "mail": mail.directory,
            "cluster": fleet.clusters()[0]}), encoding="utf-8")
        show(node.api, job)
        while True:
            signal.pause()


def end(*_signal):
    raise KeyboardInterrupt


def run(folder):
    signal.signal(signal.SIGTERM, end)
    try:
        serve(folder, pathlib.Path(os.environ[FOLDER]))
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        heading("taking it down")
    finally:
        (folder / "call.json").unlink(missing_ok=True)
    return 0


def call(folder, word, words):
    try:
        known = json.loads((folder / "call.json").read_text(encoding="utf-8"))
    except OSError:
        print("the cluster is not up yet", file=sys.stderr)
        return 1
    if word in ("kubectl", "helm"):
        environment = {**os.environ, "KUBECONFIG": known["kubeconfig"]}
        return subprocess.run([programs(word)[word], *words], env=environment, check=False).returncode
    if word == "mail":
        return show_mail(known["mail"])
    if word == "fail":
        return add_failure(known["cluster"])
    print("scripts/demo-cluster [kubectl WORD... | helm WORD... | mail | fail]", file=sys.stderr)
    return 2


def show_mail(directory):
    mails = MailServer.attach(directory).messages(OPS)
    if mails:
        message = email.message_from_bytes(mails[-1], policy=email.policy.default)
        for header in ("From", "To", "Subject", "Date", "Message-ID"):
            print(f"{header}: {message[header]}")
        print("\n" + message.get_body(("plain",)).get_content(), end="")
    print(f"({len(mails)} in the mailbox)")
    return 0


def add_failure(cluster):
    name = f"backup-{time.time():.0f}"
    action = {"kind": "BackupAction", "name": name, "namespace": "wiki", "policy": "apps-daily",
              "run": f"run-{time.time():.0f}", "minutes_ago": 0, "state": "Failed",
              "error": {"message": "Job failed to be executed", "cause": "no space left on device"}}
    request = urllib.request.Request(
        f"https://localhost:{cluster['port']}/testbed/actions", data=json.dumps([action]).encode(),
        headers={"Authorization": "Bearer " + cluster["token"], "Content-Type": "application/json"})
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cluster["ca_file"])))
    with opener.open(request, timeout=30):
        print(f"BackupAction wiki/{name} has failed; the next tick mails it")
    return 0


def main(words):
    folder = pathlib.Path(words[0])
    return run(folder) if len(words) == 1 else call(folder, words[1], words[2:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
