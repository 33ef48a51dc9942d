# SPDX-License-Identifier: MIT
"""Policies, presets and profiles that K10 found invalid, from end to end."""

import json
import re

import pytest

from harness import failed_backup, html_part, scenario, text_part
from test_incidents import DAY, later, state_of, words
from test_pass import mails, no_more_mails

K10 = {"namespace": "kasten-io"}


def valid():
    return {"validation": "Success"}


def failed(cause):
    return {"validation": "Failed",
            "error": {"message": "Job failed to be executed", "cause": {"message": cause}}}


def profile(name, status=None):
    return {"kind": "Profile", "name": name, **K10, "spec": {"type": "Location"},
            "status": status or valid()}


def preset(name, profile_name=None, status=None):
    spec = {"backup": {"frequency": "@onDemand"}}
    if profile_name:
        spec["export"] = {"profile": {"name": profile_name, **K10}}
    return {"kind": "PolicyPreset", "name": name, **K10, "spec": spec, "status": status or valid()}


def policy(name, profile_name=None, preset_name=None, status=None, **spec):
    actions = [{"action": "backup"}]
    if profile_name:
        actions.append({"action": "export", "exportParameters": {
            "profile": {"name": profile_name, **K10}}})
    if preset_name:
        spec["presetRef"] = {"name": preset_name, **K10}
    return {"kind": "Policy", "name": name, **K10, "status": status or valid(),
            "spec": {"frequency": "@onDemand", "actions": actions, **spec}}


def objects(*all_of_them, **more):
    """A cluster with these objects and these actions."""
    actions = more.pop("actions", [])
    return scenario(
        *actions, policies=[each for each in all_of_them if each["kind"] == "Policy"],
        policypresets=[each for each in all_of_them if each["kind"] == "PolicyPreset"],
        profiles=[each for each in all_of_them if each["kind"] == "Profile"], **more)


ALL_INVALID = (
    policy("daily", status=failed("the profile s3-old does not exist")),
    policy("weekly", profile_name="s3-prod"),
    policy("hourly", preset_name="gold"),
    preset("gold", profile_name="s3-prod", status=failed("retention is missing")),
    profile("s3-prod", status=failed("AccessDenied: Access Denied")),
    profile("nfs"),
)


def test_all_three_are_told_once_with_causes_and_users(start_fleet, alerter, mail):
    fleet = start_fleet(objects(*ALL_INVALID))
    program = alerter(fleet)
    program.run(expect=0)
    message, = mails(mail, 1)
    text = words(message)
    assert message["Subject"] == ("[Kasten Backup] 1 invalid policy, 1 invalid policy preset, "
                                  "1 invalid profile on K3S")
    assert "policy kasten-io/daily is invalid: K10 will not run it" in text
    assert "the profile s3-old does not exist" in text
    assert "policy preset kasten-io/gold is invalid; used by policy hourly" in text
    assert "retention is missing" in text
    assert "profile kasten-io/s3-prod is invalid; used by policies" in text
    assert "weekly" in text and "AccessDenied" in text
    for resource, name in (("policies", "daily"), ("policypresets", "gold"),
                           ("profiles", "s3-prod")):
        assert f"kubectl -n kasten-io get {resource}.config.kio.kasten.io {name} -o yaml" in text
    assert "state silence invalid:k3s/-/policypreset/kasten-io/gold --for 8h" in text
    assert "failed" not in message["Subject"] and "Failed runs" not in text
    assert "nfs" not in text
    assert "K10 will not run it" in html_part(message)
    assert message["X-Kasten-Alert-State"] == "invalid"
    assert message["X-Kasten-Alert-Invalid"] == "3" and message["X-Kasten-Alert-Failures"] == "0"
    keys = {incident["id"] for incident in state_of(program)["incidents"]}
    assert keys == {"invalid:k3s/kasten-io/daily/policy/-",
                    "invalid:k3s/-/policypreset/kasten-io/gold",
                    "invalid:k3s/-/profile/kasten-io/s3-prod"}
    shown = program.run("state", "show", expect=0).out
    assert "invalid:k3s/kasten-io/daily/policy/-" in shown and "s3-old does not exist" in shown
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_valid_again_and_deleted_are_told(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(objects(policy("daily", status=failed("no such preset")),
                                profile("s3-prod", status=failed("AccessDenied"))))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    mails(mail, 1)
    fleet.add_actions("k3s", policy("daily", status={"validation": "Pending"}))
    program.run(prefix=later(60), expect=0)
    no_more_mails(mail, 1)
    fleet.add_actions("k3s", policy("daily"))
    program.run(prefix=later(180), expect=0)
    second = mails(mail, 2)[1]
    assert second["Subject"] == "[Kasten Backup] K3S: policy daily is valid again"
    assert "it was invalid for 3 h 0 min, since" in words(second), words(second)
    assert second["X-Kasten-Alert-State"] == "recovered"
    status, _ = fleet.call("k3s", "DELETE", "/testbed/actions?kind=Profile&name=s3-prod")
    assert status < 300
    program.run(prefix=later(240), expect=0)
    third = mails(mail, 3)[2]
    assert third["Subject"] == ("[Kasten Backup] K3S: profile s3-prod was deleted while it was "
                                "invalid")
    assert "is valid again" not in words(third)
    assert state_of(program)["incidents"] == []
    program.run(prefix=later(300), expect=0)
    no_more_mails(mail, 3)


def test_a_mixture_names_both(start_fleet, alerter, mail):
    fleet = start_fleet(objects(policy("daily", status=failed("no such preset"), paused=True),
                                actions=[failed_backup(policy="weekly")]))
    program = alerter(fleet)
    program.run(expect=0)
    message, = mails(mail, 1)
    assert message["Subject"] == "[Kasten Backup] 1 backup failure on K3S; 1 invalid policy"
    assert "Failed runs: 1, invalid: 1" in words(message)
    assert "it is paused, too" in words(message)
    assert message["X-Kasten-Alert-State"] == "failed"
    assert message["X-Kasten-Alert-Failures"] == "1" and message["X-Kasten-Alert-Invalid"] == "1"


def test_reminders_come_once_a_day(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(objects(policy("daily", status=failed("no such preset"))))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    program.run(prefix=later(60), expect=0)
    no_more_mails(mail, 1)
    program.run(prefix=later(DAY), expect=0)
    first, second = mails(mail, 2)
    assert first["Subject"] == second["Subject"]
    assert first["Subject"] == "[Kasten Backup] K3S: policy daily is invalid - no such preset"
    assert "policy kasten-io/daily is still invalid" in words(second)
    assert "kasten-alerter state silence k3s/daily --for 8h" in words(second)
    assert first["References"] == second["References"]


def test_a_policy_can_be_silenced(start_fleet, alerter, mail):
    fleet = start_fleet(objects(policy("daily", status=failed("no such preset"))))
    program = alerter(fleet)
    program.run("state", "silence", "k3s/daily", "--for", "8h", expect=0)
    program.run(expect=0)
    no_more_mails(mail, 0)
    program.run("state", "silence", "k3s/daily", "--for", "0", expect=0)
    program.run(expect=0)
    message, = mails(mail, 1)
    assert "It became invalid while it was silenced" in words(message)


def test_a_profile_is_silenced_as_its_mail_says(start_fleet, alerter, mail):
    fleet = start_fleet(objects(profile("s3-prod", status=failed("AccessDenied"))))
    program = alerter(fleet)
    shown = program.run("--dry-run", expect=0).out
    command = re.search(r"kasten-alerter (state silence \S+ --for 8h)", shown).group(1)
    program.run(*command.split(), expect=0)
    program.run(expect=0)
    no_more_mails(mail, 0)


def test_alert_on_leaves_it_out(start_fleet, alerter, mail):
    fleet = start_fleet(objects(*ALL_INVALID))
    result = alerter(fleet).run(ALERT_ON="-invalid", expect=0)
    no_more_mails(mail, 0)
    assert "no effect" not in result.err
    result = alerter(fleet).run(ALERT_ON="failed,invalid", expect=0)
    assert "no effect" not in result.err
    mails(mail, 1)


@pytest.mark.parametrize("fault", ["403", "404"])
def test_a_kind_that_may_not_be_read_is_a_limitation(start_fleet, alerter, mail, fault):
    fleet = start_fleet(objects(*ALL_INVALID, faults=[{"fault": fault, "kind": "profiles"}]))
    result = alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    assert "Limits of what could be read" in words(message)
    assert "profiles could not be read" in words(message)
    assert "policy kasten-io/daily is invalid" in words(message)
    assert "profile kasten-io/s3-prod" not in words(message)
    assert "profiles" in result.err


def test_a_kind_that_is_down_is_unread_and_ends_nothing(start_fleet, alerter, mail):
    fleet = start_fleet(objects(profile("s3-prod", status=failed("AccessDenied"))))
    program = alerter(fleet)
    program.run(expect=0)
    mails(mail, 1)
    fleet.faults("k3s", {"fault": "503", "kind": "profiles"})
    program.run(expect=3)
    second = mails(mail, 2)[1]
    assert "profiles could not be read" in words(second), words(second)
    assert "valid again" not in words(second)
    incidents = state_of(program)["incidents"]
    assert "invalid:k3s/-/profile/kasten-io/s3-prod" in {each["id"] for each in incidents}
    fleet.faults("k3s")
    program.run(expect=0)
    third = mails(mail, 3)[2]
    assert third["Subject"] == "[Kasten Backup] profiles of K3S can be read again"


def test_hostile_objects_do_no_harm(start_fleet, alerter, mail):
    nasty = "<script>alert(1)</script>\r\nBcc: victim@example.com\x1b[31m"
    fleet = start_fleet(objects(policy("daily", status=failed(nasty)),
                                {"kind": "Profile", "raw": {"metadata": {"name": 7}, "status": {
                                    "validation": "Failed", "error": "{\"cause\":"}}},
                                {"kind": "Profile", "raw": {"status": {"validation": ["Failed"]}}}))
    alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    assert message["Bcc"] is None
    assert "<script>" not in html_part(message)
    assert "\x1b" not in text_part(message)
    assert "policy kasten-io/daily is invalid" in words(message)


def test_state_is_readable_json(start_fleet, alerter, mail):
    fleet = start_fleet(objects(profile("s3-prod", status=failed("AccessDenied"))))
    program = alerter(fleet)
    program.run(expect=0)
    shown = json.loads(program.run("state", "show", "-o", "json", expect=0).out)
    incident, = shown["incidents"]
    assert incident["class"] == "invalid" and incident["kind"] == "profile"
    assert incident["application"] == "kasten-io/s3-prod" and incident["cause"] == "AccessDenied"
    assert incident["policy"] == "" and incident["run"] == ""
    program.run("state", "forget", incident["id"], expect=0)
    program.run(expect=0)
    mails(mail, 2)
