# SPDX-License-Identifier: MIT
"""Every class of alert from end to end: exceptions, stuck, expiring, cancelled, skipped, and all of
them at once. Overdue and invalid have files of their own."""

import json
import re

import pytest

from conftest import ROOT
from harness import failed_backup, scenario, text_part
from test_incidents import DAY, complete_backup, later, state_of, words
from test_pass import mails, no_more_mails

CLASSES = json.loads((ROOT / "testbed" / "scenarios" / "classes.json").read_text())
LEFT_OUT = [{"message": "Failed to snapshot some volumes",
             "cause": {"message": "persistentvolumeclaims \"cache-0\" not found"}}]


def with_exceptions(run="run-e", minutes_ago=10, **more):
    return complete_backup(minutes_ago, run=run, exceptions=LEFT_OUT, **more)


def under_way(kind="ExportAction", run="run-s", minutes_ago=180, state="Running", **more):
    more.setdefault("name", f"slow-{run}")
    return {"kind": kind, "namespace": "shop", "run": run, "policy": "daily", "state": state,
            "minutes_ago": minutes_ago, **more}


def run_under_way(**more):
    return under_way("RunAction", **{"name": "run-s", "namespace": "kasten-io", **more})


def ids(program):
    return {incident["id"] for incident in state_of(program)["incidents"]}


def test_all_classes_at_once(start_fleet, alerter, mail):
    fleet = start_fleet(CLASSES)
    program = alerter(fleet, REQUEST_TIMEOUT="2", ALERT_ON="+cancelled,+skipped")
    program.run(expect=3)
    message, = mails(mail, 1)
    open_now = ids(program)
    assert open_now == {
        "openshift-prod/kasten-io/payments-hourly/backup/payments",
        "openshift-prod/kasten-io/payments-hourly/backup/ledger",
        "exceptions:openshift-prod/kasten-io/files-hourly/backup/nextcloud",
        "stuck:openshift-prod/kasten-io/warehouse-weekly/run/run-q7hdv9zt3x",
        "overdue:rke2-stage/kasten-io/crm-daily/run/-",
        "overdue:rke2-stage/kasten-io/reports-daily/run/-",
        "overdue:rke2-stage/kasten-io/teams-daily/run/-",
        "overdue:rke2-stage/kasten-io/mail-hourly/export/-",
        "overdue:k3s-branch/-/policy/-",
        "invalid:rke2-stage/kasten-io/archive-weekly/policy/-",
        "invalid:rke2-stage/-/policypreset/kasten-io/gold",
        "invalid:rke2-stage/-/profile/kasten-io/nfs-archive",
        "expiring:aks-dr/-/backup/token",
        "expiring:aks-dr/-/backup/certificate",
        "unreachable:rancher-lab/-/backup/-"}
    told = {key.rsplit(":", 2)[-1] for key in fleet.sent("openshift-prod")}
    assert {"cancelled", "skipped", "exceptions", "stuck"} <= told
    text = words(message)
    for quiet in ("cluster-config", "web-hourly", "legacy-hourly", "gitlab-daily", "lab-daily"):
        assert quiet not in text
    program.run(expect=3, ALERT_ON="+cancelled,+skipped")
    no_more_mails(mail, 1)
    assert ids(program) == open_now


# --- exceptions


def test_exceptions_are_counted_and_end_by_a_clean_run(start_fleet, alerter, mail):
    key = "exceptions:k3s/kasten-io/daily/backup/shop"
    fleet = start_fleet(scenario(complete_backup(300, run="run-0"), with_exceptions()))
    program = alerter(fleet)
    program.run(expect=0)
    program.run(expect=0)
    first, = mails(mail, 1)
    assert "cache-0" in words(first)
    assert [each.split(":")[1] + ":" + each.rsplit(":", 1)[1]
            for each in fleet.sent("k3s")] == ["run-e:exceptions"]
    fleet.add_actions("k3s", with_exceptions("run-f", minutes_ago=1))
    program.run(expect=0)
    second = mails(mail, 2)[1]
    incident, = state_of(program)["incidents"]
    assert incident["id"] == key and incident["runs"] == 2 and incident["class"] == "exceptions"
    assert second["References"] == first["References"]
    fleet.add_actions("k3s", complete_backup(0.1, run="run-g"))
    program.run(expect=0)
    assert mails(mail, 3)[2]["X-Kasten-Alert-State"] == "recovered"
    assert state_of(program)["incidents"] == []
    program.run(expect=0)
    no_more_mails(mail, 3)


def test_exceptions_can_be_left_out(start_fleet, alerter, mail):
    program = alerter(start_fleet(scenario(with_exceptions())), ALERT_ON="-exceptions")
    program.run(expect=0)
    no_more_mails(mail, 0)


def test_a_failure_that_turned_into_exceptions_is_not_reminded_of(start_fleet, alerter, mail,
                                                                  tmp_path):
    fleet = start_fleet(scenario(failed_backup(minutes_ago=60)))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    fleet.add_actions("k3s", with_exceptions(minutes_ago=1))
    program.run(expect=0)
    mails(mail, 2)
    program.run(prefix=later(DAY + 5), expect=0)
    reminder = words(mails(mail, 3)[2])
    assert "run-e" in reminder and "run-a" not in reminder, reminder


def test_a_failed_child_and_one_with_exceptions_are_two_rows(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(), with_exceptions("run-a", namespace="crm")))
    program = alerter(fleet)
    program.run(expect=0)
    mails(mail, 1)
    assert ids(program) == {"k3s/kasten-io/daily/backup/shop",
                            "exceptions:k3s/kasten-io/daily/backup/crm"}
    assert len(fleet.sent("k3s")) == 2


# --- stuck

STUCK = "stuck:k3s/kasten-io/daily/run/run-s"


def stuck_alerter(alerter, fleet, tmp_path):
    return alerter(fleet, STATE=f"file:{tmp_path}/state.json", STUCK_AFTER="2h")


def sent_of(tmp_path):
    return list(json.loads(json.loads((tmp_path / "state.json").read_text())["data"]["sent"]))


def test_stuck_is_told_once_and_reminded_of(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(under_way(minutes_ago=100, progress=12),
                                 run_under_way(minutes_ago=102, state="AttemptFailed"),
                                 under_way("BackupAction", "run-t", 10, "Pending")))
    program = stuck_alerter(alerter, fleet, tmp_path)
    program.run(prefix=later(15), expect=0)
    no_more_mails(mail, 0)
    program.run(prefix=later(19), expect=0)
    message, = mails(mail, 1)
    assert ids(program) == {STUCK} and len(sent_of(tmp_path)) == 1
    assert "run-s" in words(message) and "run-t" not in words(message)
    program.run(prefix=later(60), expect=0)
    no_more_mails(mail, 1)
    fleet.call("k3s", "DELETE", "/testbed/actions?name=slow-run-t")
    program.run(prefix=later(DAY + 15), expect=0)
    assert mails(mail, 2)[1]["References"] == message["References"]
    assert {each.rsplit(":", 1)[1] for each in sent_of(tmp_path)} == {"stuck"}


def test_stuck_says_since_when_and_how_far(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(under_way(progress=12), run_under_way(progress=None)))
    stuck_alerter(alerter, fleet, tmp_path).run(expect=0)
    message, = mails(mail, 1)
    assert "12 %" in words(message) and "3 h" in words(message), words(message)


ENDS = {
    "Complete": ("recovered", None),
    "Failed": ("failed", "it failed"),
    "Cancelled": ("ended", "it was cancelled"),
    "Skipped": ("ended", "it was skipped"),
    "deleted": ("ended", "no longer exists"),
}


@pytest.mark.parametrize("how", ENDS)
def test_stuck_ends(start_fleet, alerter, mail, tmp_path, how):
    fleet = start_fleet(scenario(under_way(), run_under_way()))
    program = stuck_alerter(alerter, fleet, tmp_path)
    program.run(expect=0)
    mails(mail, 1)
    if how == "deleted":
        fleet.call("k3s", "DELETE", "/testbed/actions")
    else:
        fleet.add_actions("k3s", under_way(state=how, minutes_ago=1),
                          run_under_way(state=how, minutes_ago=0.5))
    program.run(expect=0)
    state, why = ENDS[how]
    message = mails(mail, 2)[1]
    assert message["X-Kasten-Alert-State"] == state
    assert why is None or why in words(message), words(message)
    failure = {"k3s/kasten-io/daily/export/shop"} if how == "Failed" else set()
    assert ids(program) == failure
    failed = [each for each in sent_of(tmp_path) if not each.endswith(":stuck")]
    assert len(failed) == len(failure)
    program.run(expect=0)
    no_more_mails(mail, 2)


def test_stuck_is_not_over_while_its_kind_cannot_be_read(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(under_way()))
    program = stuck_alerter(alerter, fleet, tmp_path)
    program.run(expect=0)
    fleet.faults("k3s", {"fault": "503", "kind": "exportactions"})
    program.run(expect=3, REQUEST_TIMEOUT="2")
    mails(mail, 2)
    assert STUCK in ids(program)


def test_what_is_stuck_for_long_is_counted_at_first(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(under_way(minutes_ago=10 * DAY), run_under_way(
        minutes_ago=10 * DAY)))
    program = stuck_alerter(alerter, fleet, tmp_path)
    first = program.run(expect=0)
    program.run(prefix=later(60), expect=0)
    no_more_mails(mail, 0)
    assert ids(program) == set()
    assert "older_stuck=2" in first.err, first


def test_stuck_can_be_left_out(start_fleet, alerter, mail):
    program = alerter(start_fleet(scenario(under_way())), STUCK_AFTER="2h", ALERT_ON="-stuck")
    program.run(expect=0)
    no_more_mails(mail, 0)


# --- cancelled and skipped


def ended(state, **more):
    return complete_backup(10, run=f"run-{state.lower()}", state=state, error=None, **more)


def test_cancelled_and_skipped_are_off(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(ended("Cancelled"), ended("Skipped", skip_reason="excluded")))
    alerter(fleet).run(expect=0)
    no_more_mails(mail, 0)


def test_cancelled_and_skipped_are_told_once_and_stay_open_nowhere(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(
        ended("Cancelled"), ended("Skipped", skip_reason="noapplicationselected")))
    program = alerter(fleet, ALERT_ON="+cancelled,+skipped")
    program.run(expect=0)
    message, = mails(mail, 1)
    assert "run-cancelled" in words(message) and "noapplicationselected" in words(message)
    told = {each.split(":")[1]: each.rsplit(":", 1)[1] for each in fleet.sent("k3s")}
    assert told == {"run-cancelled": "cancelled", "run-skipped": "skipped"}
    assert state_of(program)["incidents"] == []
    program.run(expect=0)
    fleet.add_actions("k3s", complete_backup(0.1, run="run-good"))
    program.run(expect=0)
    no_more_mails(mail, 1)


@pytest.mark.parametrize("word,state", [("cancelled", "Cancelled"), ("skipped", "Skipped")])
def test_one_of_them_alone(start_fleet, alerter, mail, word, state):
    fleet = start_fleet(scenario(ended("Cancelled"), ended("Skipped")))
    alerter(fleet, ALERT_ON=f"+{word}").run(expect=0)
    message, = mails(mail, 1)
    assert f"run-{state.lower()}" in text_part(message)
    assert [each.rsplit(":", 1)[1] for each in fleet.sent("k3s")] == [word]


# --- explain


def test_explain_knows_what_is_stuck_or_left_out(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(under_way(progress=12), with_exceptions(), ended("Cancelled")))
    program = alerter(fleet, STUCK_AFTER="2h")
    program.run(expect=0)

    def explained(run):
        return program.run("explain", f"k3s/{run}", expect=0).out

    assert re.search(r"export shop/slow-run-s on k3s: Running, stuck, since \S+Z\n",
                     explained("run-s"))
    assert f"Incident {STUCK}: it began" in explained("run-s")
    left_out = explained("run-e")
    assert "Complete, ended" in left_out
    assert "Cause:     persistentvolumeclaims \"cache-0\" not found" in left_out
    assert "Incident exceptions:k3s/kasten-io/daily/backup/shop" in left_out
    assert "K10 stored no error" in explained("run-cancelled")


# --- expiring


def told_on(program, mail, days):
    """On which of these days, counted from now, a pass sent a mail."""
    told = []
    before = 0
    for day in days:
        program.run(prefix=later(int(day * DAY)), expect=0)
        now = len(mail.messages("ops@kasten.test"))
        told += [day] if now > before else []
        before = now
    return told


def test_a_token_is_told_at_14_7_3_and_1_and_ends_when_renewed(start_fleet, alerter, mail,
                                                              tmp_path):
    fleet = start_fleet(scenario(token_minutes=20 * DAY))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    days = (0, 5.9, 6.1, 9, 12.9, 13.1, 15, 17.1, 18, 19.1, 19.5)
    assert told_on(program, mail, days) == [6.1, 13.1, 17.1, 19.1]
    incident, = state_of(program)["incidents"]
    assert incident["id"] == "expiring:k3s/-/backup/token" and incident["class"] == "expiring"
    messages = mails(mail, 4)
    assert {message["References"] for message in messages} == {messages[0]["References"]}
    status, _ = fleet.call("k3s", "POST", "/testbed/token", {"token": "renewed"})
    assert status == 200
    program.run(prefix=later(int(19.6 * DAY)), expect=0, CLUSTER_1_TOKEN="renewed")
    assert mails(mail, 5)[4]["X-Kasten-Alert-State"] == "recovered"
    assert state_of(program)["incidents"] == []


def test_the_servers_certificate_is_told(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(certificate="expiring"))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    assert told_on(program, mail, (0, 3, 4.5, 5.5, 6.5, 6.8)) == [0, 4.5, 6.5]
    assert ids(program) == {"expiring:k3s/-/backup/certificate"}


def test_what_expires_is_not_told_when_it_is_left_out(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(certificate="expiring", token_minutes=2 * DAY))
    alerter(fleet, ALERT_ON="-expiring").run(expect=0)
    no_more_mails(mail, 0)
