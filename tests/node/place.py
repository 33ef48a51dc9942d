# SPDX-License-Identifier: MIT
"""What the tests on a real node drive: the node, K10 behind its API server, mails, the chart's release,
and the Jobs of its CronJob."""

import base64
import datetime
import json
import os
import pathlib
import subprocess

import k10
import node_furniture
from node import ADDRESS
from node_relay import Relay
from node_room import CGROUP
from programs import programs, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "kasten-alerter"
IMAGE = "docker.io/library/kasten-alerter"
HOME, FAR, LARGE = "openshift", "rke2", "large"
RELEASE = "kasten-alerter"
SECRET = "kasten-alerter-secrets"
RECORD = f"/api/v1/namespaces/{k10.NAMESPACE}/configmaps/kasten-alerter-sent"
PASSWORD = "abcd efgh ijkl mnop"
OPS = "ops@kasten.test"
SECONDS = 60
END = {"Complete", "Failed"}


class Place:
    def __init__(self, node, far, fleet, mail, directory):
        self.node = node
        self.api = node.api
        self.far = far
        self.fleet = fleet
        self.mail = mail
        self.directory = pathlib.Path(directory)
        self.relay = Relay(ADDRESS, mail.smtp_starttls_port)
        self.values = {**node_furniture.mail_values(mail, OPS), "existingSecret": SECRET,
                       "clusters": {HOME: {"label": "OpenShift", "inCluster": True}}, "suspend": True}

    def furnish(self):
        """What is in a cluster before the alerter comes: K10, a mail server, its password."""
        node_furniture.furnish(self.api, self.relay.port)
        self.api.kubectl("create", "secret", "generic", SECRET, "-n", k10.NAMESPACE,
                         f"--from-literal=SMTP_PASSWORD={PASSWORD}")

    def reset(self):
        """No failure, no fault, no record, no Job, no mail."""
        self.relay.target = self.mail.smtp_starttls_port
        for name in (HOME, FAR):
            self.fleet.call(name, "DELETE", "/testbed/actions")
            self.fleet.call(name, "DELETE", "/testbed/faults")
        self.api.kubectl("delete", "jobs", "--all", "-n", k10.NAMESPACE, "--cascade=foreground")
        self.api.request("DELETE", RECORD)
        self.mail.clear(OPS)

    # --- the release

    def helm(self, *words):
        run = subprocess.run([programs("helm")["helm"], *map(str, words), "-n", k10.NAMESPACE],
                             env=self.api.environment(), capture_output=True, text=True,
                             timeout=2 * SECONDS, check=False)
        assert run.returncode == 0, run.stderr + run.stdout
        assert "Warning" not in run.stderr, run.stderr
        return run.stdout

    def release(self, **changes):
        """Installs the chart, or upgrades it to the values given beside the usual ones."""
        path = self.directory / "values.json"  # which is YAML too
        path.write_text(json.dumps({**self.values, **changes}, indent=1), encoding="utf-8")
        return self.helm("upgrade", "--install", RELEASE, CHART, "-f", path)

    def shell(self, text):
        """Lines of a documented page, in a bash with kubectl and helm. What they print."""
        folders = {os.path.dirname(path) for path in programs("kubectl", "helm").values()}
        environment = self.api.environment()
        environment["PATH"] = ":".join([*folders, environment["PATH"]])
        run = subprocess.run(["bash", "-euo", "pipefail", "-c", text], env=environment, text=True,
                             capture_output=True, timeout=2 * SECONDS, check=False)
        assert run.returncode == 0, f"{text}\n{run.stdout}{run.stderr}"
        return run.stdout

    def far_cluster(self):
        """The values of the second K10; its token goes into the Secret."""
        token = base64.b64encode(self.far.create_token(RELEASE).encode()).decode()
        self.api.kubectl("patch", "secret", SECRET, "-n", k10.NAMESPACE, "-p",
                         json.dumps({"data": {"TOKEN_" + FAR: token}}))
        return {"label": "RKE2", "apiUrl": self.far.url,
                "caData": base64.b64encode(self.far.ca.pem.read_bytes()).decode()}

    # --- Jobs

    def jobs(self):
        path = f"/apis/batch/v1/namespaces/{k10.NAMESPACE}/jobs"
        return sorted(self.api.get(path)["items"], key=lambda job: job["metadata"]["creationTimestamp"])

    def start_job(self, name):
        self.api.kubectl("create", "job", name, f"--from=cronjob/{RELEASE}", "-n", k10.NAMESPACE)

    def wait_job(self, name, seconds=SECONDS):
        """(type, reason, message) of the condition in which a Job ended."""
        def ended():
            job = self.api.get(f"/apis/batch/v1/namespaces/{k10.NAMESPACE}/jobs/{name}")
            return [condition for condition in job["status"].get("conditions", [])
                    if condition["type"] in END and condition["status"] == "True"]

        condition, = wait_until(f"job {name} has ended", ended, seconds, pause=0.2)
        return condition["type"], condition.get("reason", ""), condition.get("message", "")

    def run_job(self, name, expect="Complete"):
        """Runs the CronJob's Job now. (reason, message) of its condition."""
        self.start_job(name)
        kind, reason, message = self.wait_job(name)
        assert kind == expect, f"{kind} {reason} {message}\n{self.log(name)}"
        return reason, message

    def pods(self, job):
        path = (f"/api/v1/namespaces/{k10.NAMESPACE}/pods?labelSelector="
                f"batch.kubernetes.io/job-name%3D{job}")
        return sorted(self.api.get(path)["items"], key=lambda pod: pod["metadata"]["creationTimestamp"])

    def ends(self, job):
        """How each of a Job's containers ended: `terminated` of its status, the first pod first."""
        return [pod["status"]["containerStatuses"][0]["state"]["terminated"] for pod in self.pods(job)]

    def statuses(self, job):
        return [end["exitCode"] for end in self.ends(job)]

    def log(self, job):
        return self.api.kubectl("logs", "-n", k10.NAMESPACE, f"job/{job}", expect=None)

    def running(self, job):
        """(pid, pod) of a Job's container, once it runs."""
        def found():
            for pod in self.pods(job):
                status = pod["status"].get("containerStatuses", [{}])[0]
                if "running" in status.get("state", {}):
                    return status["containerID"].partition("://")[2], pod
            return None

        container, pod = wait_until(f"a pod of {job} runs", found)
        tasks = dict(line.split()[:2] for line in self.node.containerd.ctr("tasks", "ls").splitlines())
        return int(tasks[container]), pod

    def memory_of(self, pod, what):
        """A figure of the cgroup that a pod's alerter is in, in bytes; 0 when it is gone (cgroup v1)."""
        uid = pod["metadata"]["uid"]
        container = pod["status"].get("containerStatuses", [{}])[0].get("containerID", "")
        path = pathlib.Path("/sys/fs/cgroup/memory" + os.environ[CGROUP], "kubepods", "burstable",
                            f"pod{uid}", container.partition("://")[2], f"memory.{what}_in_bytes")
        try:
            return int(path.read_text(encoding="ascii"))
        except OSError:
            return 0

    # --- what came of it

    def record(self):
        status, answer = self.api.request("GET", RECORD)
        return answer if status == 200 else None

    def sent(self):
        """The runs recorded as told."""
        record = self.record()
        return sorted(alert.split(":")[1] for alert in json.loads(record["data"]["sent"])) \
            if record else []

    def pending(self):
        record = self.record()
        return json.loads(record["data"].get("state", "{}")).get("pending", []) if record else []

    def age_pending(self, minutes):
        """Makes the stored intents so much older, as waiting would."""
        record = self.record()
        state = json.loads(record["data"]["state"])
        for intent in state["pending"]:
            then = datetime.datetime.fromisoformat(intent["date"].replace("Z", "+00:00"))
            then -= datetime.timedelta(minutes=minutes)
            intent["date"] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
        record["data"]["state"] = json.dumps(state)
        status, answer = self.api.request("PUT", RECORD, record)
        assert status == 200, answer
        return state["pending"]

    def mails(self, count):
        """The mails of ops, which are to be so many."""
        mails = self.mail.messages(OPS, wait_for=count)
        assert len(mails) == count, f"{len(mails)} mails instead of {count}"
        return mails
