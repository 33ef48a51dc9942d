# SPDX-License-Identifier: MIT
"""The pod on a real node: what it may, how it ends, what its limit holds, and its death at the worst
moment."""

import os
import pathlib
import signal

import pytest

import k10
import node_images
from harness import failed_backup, parse, text_part
from place import HOME, LARGE, OPS, RELEASE
from programs import wait_until

MIB = 1024 * 1024
AT_MOST = 32 * MIB
# The lists only: a fault of discovery too would make the API server stop asking for half a minute.
UNREADABLE = {"fault": "500", "path": "actions?"}


def test_the_namespace_takes_restricted_pods_only(release):
    answer = release.api.request("POST", f"/api/v1/namespaces/{k10.NAMESPACE}/pods", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "loose"},
        "spec": {"containers": [{"name": "loose", "image": "kasten-alerter:0.1.0"}]}})
    assert answer[0] == 403 and 'violates PodSecurity "restricted:latest"' in answer[1]["message"]


# --- SIGKILL between mail and record


def message_waiting(server):
    """The message that a client has handed over whole while it waits for the reply; None before."""
    for session in list(server._active):
        for message in session.record["messages"]:
            if message["complete"]:
                return parse(message["data"].encode("latin-1"))
    return None


def assert_confined(pid):
    """The process as the kernel has it: image's user, no capability, seccomp, nothing writable."""
    status = dict(line.split(":\t", 1) for line in
                  pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines())
    assert set(status["Uid"].split()) == {"65532"}
    assert {int(status[key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    mounts = pathlib.Path(f"/proc/{pid}/mountinfo").read_text(encoding="ascii").splitlines()
    root, = [line.split() for line in mounts if line.split()[4] == "/"]
    assert "ro" in root[5].split(",")


def test_killed_between_mail_and_record(release, fault_mail):
    """The server has taken the mail and not said so yet. Kubernetes starts a second pod; that leaves
    the stored intent alone, its pass might still run. Later the same message goes out again."""
    release.fleet.add_actions(HOME, failed_backup(run="run-killed"))
    server = fault_mail("slow-after-dot", delay_s=60)
    release.relay.target = server.port
    release.start_job("killed")
    pid, _ = release.running("killed")
    first = wait_until("a message waits for its reply", lambda: message_waiting(server))
    assert_confined(pid)
    release.relay.target = release.mail.smtp_starttls_port
    os.kill(pid, signal.SIGKILL)
    assert release.wait_job("killed")[0] == "Complete"
    assert release.statuses("killed") == [137, 0]
    intent, = release.pending()
    assert intent["message_id"] == first["Message-ID"]
    assert release.sent() == [] and release.mails(0) == []

    # Ten minutes later: nobody waits that long here, the stored date is moved back instead.
    release.age_pending(minutes=11)
    release.run_job("later")
    again = parse(release.mails(1)[0])
    assert again["Message-ID"] == first["Message-ID"]
    assert "run-killed" in text_part(again)
    assert release.pending() == [] and release.sent() == ["run-killed"]
    release.run_job("after")
    release.mails(1)


# --- exit statuses as Job conditions


def test_a_wrong_setting_fails_at_once(release):
    """Status 78: podFailurePolicy ends the Job, no second pod is tried."""
    release.release(extraSettings={"REQUEST_TIMEOUT": "soon"})
    reason, message = release.run_job("wrong", expect="Failed")
    assert reason == "PodFailurePolicy" and "exit code 78" in message
    end, = release.ends("wrong")
    assert end["exitCode"] == 78
    assert "REQUEST_TIMEOUT" in end["message"]  # kubectl describe pod says what is wrong


def test_no_cluster_read_is_tried_again(release):
    """Status 4: backoffLimit gives it a second pod, then the Job has failed."""
    release.fleet.faults(HOME, UNREADABLE)
    reason, _ = release.run_job("blind", expect="Failed")
    assert reason == "BackoffLimitExceeded"
    assert release.statuses("blind") == [4, 4]
    assert len(release.mails(1)) == 1  # that it cannot be read is told, once


def test_well_at_the_second_try(release):
    """Status 4 at first; the second pod does the work and the Job is Complete."""
    release.fleet.add_actions(HOME, failed_backup(run="run-late"))
    release.fleet.faults(HOME, UNREADABLE)
    release.start_job("late")
    wait_until("the first pod has failed", lambda: [
        pod for pod in release.pods("late") if pod["status"]["phase"] == "Failed"], pause=0.2)
    release.fleet.call(HOME, "DELETE", "/testbed/faults")
    assert release.wait_job("late")[0] == "Complete"
    assert release.statuses("late") == [4, 0]
    assert release.sent() == ["run-late"]


@pytest.mark.parametrize("mode, status", [("5xx-after-dot", 5), ("no-starttls", 5)])
def test_a_mail_not_accepted_fails(release, fault_mail, mode, status):
    release.release(backoffLimit=0)
    release.fleet.add_actions(HOME, failed_backup(run="run-refused"))
    release.relay.target = fault_mail(mode).port
    reason, _ = release.run_job("refused", expect="Failed")
    assert reason == "BackoffLimitExceeded" and release.statuses("refused") == [status]
    assert release.sent() == []
    release.relay.target = release.mail.smtp_starttls_port
    release.run_job("next")
    assert release.sent() == ["run-refused"]


def test_a_pass_that_hangs_is_ended(release):
    release.release(activeDeadlineSeconds=5)
    release.fleet.faults(HOME, {**UNREADABLE, "fault": "hang"})
    reason, _ = release.run_job("hangs", expect="Failed")
    assert reason == "DeadlineExceeded"
    release.fleet.call(HOME, "DELETE", "/testbed/faults")
    release.run_job("next")  # and nothing stays in the way


# --- memory


@pytest.fixture
def large(release, certs):
    """K10 with 40,000 actions, 160 MB of them, as the cluster's own."""
    def serve(name):
        k10.register(release.api, release.fleet.clusters[name]["port"], certs / "ca.pem")
        k10.wait_available(release.api)

    serve(LARGE)
    yield release
    serve(HOME)


def watch_memory(place, job):
    """(limit, most used) of the Job's container as the kernel has them, in bytes."""
    limit = peak = 0

    def ended():
        nonlocal limit, peak
        pods = place.pods(job)
        if pods:
            limit = place.memory_of(pods[0], "limit") or limit
            peak = max(peak, place.memory_of(pods[0], "max_usage"))
        return bool(pods) and pods[0]["status"]["phase"] in ("Succeeded", "Failed")

    wait_until(f"the pod of {job} has ended", ended, 120, pause=0.02)
    return limit, peak


def memory_limit(place):
    """What the chart says when nobody says otherwise."""
    return place.api.kubectl(
        "get", "cronjob", RELEASE, "-n", k10.NAMESPACE, "-o",
        "jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].resources.limits.memory}")


def test_forty_thousand_actions_within_the_limit(large, capsys):
    large.start_job("large")
    limit, peak = watch_memory(large, "large")
    assert f"{limit // MIB}Mi" == memory_limit(large)
    kind, _, _ = large.wait_job("large")
    assert kind == "Complete" and large.statuses("large") == [0], large.log("large")
    assert large.ends("large")[0]["reason"] == "Completed"
    assert 0 < peak < AT_MOST < limit, peak
    assert len(large.mail.messages(OPS, wait_for=1)) == 1 and len(large.sent()) == 12
    with capsys.disabled():
        print(f" [40,000 actions: peak of its cgroup {peak / MIB:.1f} MiB of {limit // MIB} MiB]", end="")


HOG = """\
#include <stdlib.h>
#include <string.h>
int main(void)
{
    for (char *block; (block = malloc(1 << 20)) != NULL;) {
        memset(block, 1, 1 << 20);
    }
}
"""


def test_the_limit_is_real(release, tmp_path):
    """The counterpart: the same pod with a program that wants more is killed, and says so."""
    image = "localhost/kasten-hog:1"
    release.node.import_image(node_images.make_archive(tmp_path, image, HOG))
    cronjob = release.api.get(f"/apis/batch/v1/namespaces/{k10.NAMESPACE}/cronjobs/{RELEASE}")
    spec = cronjob["spec"]["jobTemplate"]["spec"]
    spec["backoffLimit"] = 0
    spec["template"]["spec"]["containers"][0]["image"] = image
    release.api.apply({"apiVersion": "batch/v1", "kind": "Job", "spec": spec,
                       "metadata": {"name": "hog", "namespace": k10.NAMESPACE}})
    assert release.wait_job("hog")[:2] == ("Failed", "BackoffLimitExceeded")
    end, = release.ends("hog")
    assert end["reason"] == "OOMKilled" and end["exitCode"] == 137
