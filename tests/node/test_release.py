# SPDX-License-Identifier: MIT
"""The chart on a real node: it ticks by itself, tells once, runs now, tells again when asked to, and
takes a second K10 without a rebuild."""

import os
import pathlib
import re

import k10
from control_plane import account_name
from harness import failed_backup, parse, text_part
from place import CHART, FAR, HOME, RECORD, RELEASE, ROOT, SECONDS
from programs import wait_until

TICK_SECONDS = 60 + SECONDS


def finished(place, count):
    """The names of the CronJob's Jobs, once so many have ended well."""
    def enough():
        jobs = place.jobs()
        for job in jobs:
            assert job["status"].get("failed", 0) == 0, place.log(job["metadata"]["name"])
        done = [job["metadata"]["name"] for job in jobs if job["status"].get("completionTime")]
        return done if len(done) >= count else None

    return wait_until(f"{count} ticks", enough, TICK_SECONDS, pause=0.5)


def show(place, name, text):
    """Keeps what a user would see where KASTEN_NODE_SHOW names a folder; docs/kubernetes.md quotes it."""
    folder = os.environ.get("KASTEN_NODE_SHOW")
    if folder:
        pathlib.Path(folder, name).write_text(text, encoding="utf-8")


def test_it_ticks_by_itself(place):
    place.fleet.add_actions(HOME, failed_backup(run="run-one"))
    notes = place.release(schedule="* * * * *", suspend=False, activeDeadlineSeconds=50)
    assert "makes a pass at" in notes and "NOT READY" not in notes
    try:
        first = finished(place, 1)[0]
        mail, = place.mails(1)
        message = parse(mail)
        assert "run-one" in text_part(message) and "AccessDenied" in text_part(message)
        assert "ESMTPSA" in str(message.get_all("Received"))  # TLS and AUTH, through Service and EndpointSlice
        record = place.record()
        assert place.sent() == ["run-one"]
        labels = record["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "kasten-alerter"
        assert "app.kubernetes.io/instance" not in labels  # no upgrade may take it for its own
        second = finished(place, 2)[1]
        place.mails(1)
        assert place.record()["data"]["sent"] == record["data"]["sent"]
        show(place, "objects", place.shell(f"kubectl get jobs,pods,configmap -n {k10.NAMESPACE}"))
        show(place, "first", place.log(first))
        show(place, "second", place.log(second))
        show(place, "notes", notes)
    finally:
        place.release()  # suspended
    assert place.statuses(first) == place.statuses(second) == [0]
    assert "mail accepted" in place.log(first) and "mailed=false" in place.log(second)


def section(heading):
    """The shell blocks under a heading of deploy/README.md."""
    text = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    part = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


def test_it_runs_now(release):
    """As deploy/README.md says it, log included."""
    release.fleet.add_actions(HOME, failed_backup(run="run-now"))
    create, follow, delete = section("Run it now")
    release.shell(create)
    wait_until("its pod runs or has run", lambda: release.pods("kasten-alerter-now")
               and release.pods("kasten-alerter-now")[0]["status"]["phase"] != "Pending")
    log = release.shell(follow)
    assert release.wait_job("kasten-alerter-now")[0] == "Complete"
    assert log.rstrip().endswith("status=0"), log
    assert "run-now" in text_part(parse(release.mails(1)[0]))
    release.shell(delete)
    assert release.jobs() == []


def test_the_commands_of_its_notes(place):
    """`helm test` shows the mail and sends nothing; then a pass; then what was mailed."""
    notes = place.release()
    place.fleet.add_actions(HOME, failed_backup(run="run-noted"))
    dry_run, now, record = re.findall(r"^\d\. .*:\n((?:   \S.*\n?)+)", notes, re.MULTILINE)
    shown = place.shell(dry_run)
    assert "run-noted" in shown and "Subject: " in shown
    assert place.mails(0) == [] and place.record() is None
    log = place.shell(now)
    assert place.wait_job(f"{RELEASE}-now")[0] == "Complete", log
    place.mails(1)
    assert "run-noted" in place.shell(record)


def test_told_again_when_the_record_is_deleted(release):
    release.fleet.add_actions(HOME, failed_backup(run="run-one"))
    release.run_job("first")
    first, = release.mails(1)
    release.run_job("second")
    release.mails(1)
    _, clear = section("Look at what was sent, and send it again")[0].strip().splitlines()
    release.shell(clear)
    release.run_job("third")
    _, again = release.mails(2)
    assert "run-one" in text_part(parse(again))
    assert parse(again)["Message-ID"] != parse(first)["Message-ID"]  # a new message, not a repeat
    assert release.sent() == ["run-one"]


def test_a_second_k10_without_a_rebuild(release):
    """helm upgrade with values: the next pass reads it, the first one's record stays."""
    release.fleet.add_actions(HOME, failed_backup(run="run-home"))
    release.fleet.add_actions(FAR, failed_backup(run="run-far"))
    release.run_job("one")
    release.mails(1)
    clusters = {**release.values["clusters"], FAR: release.far_cluster()}
    images = release.node.containerd.ctr("images", "ls", "-q")
    release.release(clusters=clusters)
    release.run_job("two")
    text = text_part(parse(release.mails(2)[1]))
    assert "run-far" in text and "RKE2" in text and "run-home" not in text
    assert release.sent() == ["run-far", "run-home"]
    assert release.node.containerd.ctr("images", "ls", "-q") == images
    ids = {pod["status"]["containerStatuses"][0]["imageID"]
           for job in ("one", "two") for pod in release.pods(job)}
    assert len(ids) == 1


def test_its_account_is_refused_nothing(release):
    """What the pod asks for with the token the kubelet gave it, as the audit log has it."""
    begun = release.api.audit_lines()
    release.fleet.add_actions(HOME, failed_backup(run="run-one"))
    release.run_job("audited")
    events = release.api.audit(account_name(RELEASE), since=begun)
    assert {event["verb"] for event in events} <= {"list", "get", "create", "update"}
    assert {"backupactions", "policies", "configmaps"} <= {event["objectRef"]["resource"] for event in events}
    assert 403 not in {event["responseStatus"]["code"] for event in events}


def test_uninstalling_leaves_the_record(release):
    release.fleet.add_actions(HOME, failed_backup(run="run-one"))
    release.run_job("one")
    release.helm("uninstall", RELEASE, "--wait")
    assert release.api.request("GET", RECORD)[0] == 200
    left = release.api.kubectl("get", "cronjob,configmap,serviceaccount,role,rolebinding", "-n",
                               k10.NAMESPACE, "-o", "name").split()
    assert [name for name in left if RELEASE in name] == ["configmap/kasten-alerter-sent"]
    release.helm("install", RELEASE, CHART, "-f", release.directory / "values.json")
    release.run_job("two")
    release.mails(1)
