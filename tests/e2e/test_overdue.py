# SPDX-License-Identifier: MIT
"""Policies that should have run by now, from end to end, on a clock that fleet and alerter share."""

import pytest

from harness import Clock, failed_backup, scenario
from test_incidents import state_of, words
from test_pass import mails, no_more_mails

K10 = {"namespace": "kasten-io"}
RUNS = "overdue:k3s/kasten-io/daily/run/-"


def policy(name="daily", frequency="@daily", status=None, export=None, **more):
    spec = {"frequency": frequency, "actions": [{"action": "backup"}], **more.pop("spec", {})}
    if export:
        spec["actions"].append({"action": "export", "exportParameters": {
            "frequency": export, "profile": {"name": "s3", **K10}}})
    return {"kind": "Policy", "name": name, **K10, "spec": spec,
            "status": status or {"validation": "Success"}, **more}


def run(name="run-a", of="daily", minutes_ago=0.1, **more):
    return {"kind": "RunAction", "name": name, "policy": of, "minutes_ago": minutes_ago,
            "duration_minutes": 2, **more}


def export(name="run-a", of="daily", minutes_ago=0.1, **more):
    return {"kind": "ExportAction", "name": f"export-{name}", "namespace": "shop", "run": name,
            "policy": of, "minutes_ago": minutes_ago, "duration_minutes": 2, **more}


class Play:
    """A cluster with these policies, a pass whenever a test asks for one."""

    def __init__(self, start_fleet, alerter, mail, state):
        self.fleet = start_fleet(scenario())
        self.clock = Clock(self.fleet)
        self.mail = mail
        self.told = 0
        self.program = alerter(self.fleet, STATE=f"file:{state}", REQUEST_TIMEOUT="2")

    def add(self, day, time_of_day, *objects):
        self.clock.set(day, time_of_day)
        self.fleet.add_actions("k3s", *objects)

    def delete(self, kind, name):
        status, _ = self.fleet.call("k3s", "DELETE", f"/testbed/actions?kind={kind}&name={name}")
        assert status < 300

    def quiet(self, day, time_of_day, expect=0):
        """A pass then mails nothing."""
        self.clock.set(day, time_of_day)
        result = self.clock.run(self.program, expect=expect)
        no_more_mails(self.mail, self.told)
        return result

    def tells(self, day, time_of_day, expect=0):
        """A pass then mails something: the message."""
        self.clock.set(day, time_of_day)
        self.clock.run(self.program, expect=expect)
        self.told += 1
        return mails(self.mail, self.told)[-1]

    def incidents(self):
        """Since when, by id."""
        return {each["id"]: each["since"] for each in state_of(self.program)["incidents"]}

    def at(self, day, time_of_day):
        self.clock.set(day, time_of_day)
        return self.clock.text()


@pytest.fixture
def play(start_fleet, alerter, mail, tmp_path):
    return Play(start_fleet, alerter, mail, tmp_path / "state.json")


def test_late_is_told_once_reminded_of_and_ends_by_a_run(play):
    play.add(0, "00:05", policy(), run())
    play.quiet(0, "10:00")
    play.quiet(1, "11:55")
    message = play.tells(1, "12:05")
    assert "daily" in words(message) and play.incidents() == {RUNS: play.at(1, "00:00")}
    play.quiet(1, "13:00")
    play.quiet(2, "11:50")
    assert play.tells(2, "12:05")["References"] == message["References"]
    play.add(2, "12:10", run("run-b"))
    assert "recovered" in play.tells(2, "12:20")["X-Kasten-Alert-State"]
    assert play.incidents() == {}
    play.quiet(2, "13:00")


def test_never_is_counted_from_when_it_was_made(play):
    play.add(0, "10:00", policy(minutes_ago=0))
    play.quiet(0, "10:05")
    play.quiet(1, "11:55")
    play.tells(1, "12:05")
    assert play.incidents() == {RUNS: play.at(1, "00:00")}


def test_only_skipped_says_why(play):
    play.add(0, "00:05", policy(), run())
    play.quiet(0, "10:00")
    play.add(1, "00:05", run("run-b", state="Skipped", error=None,
                             skip_reason="noapplicationselected"))
    play.quiet(1, "00:10")
    assert "noapplicationselected" in words(play.tells(1, "12:05"))
    assert list(play.incidents()) == [RUNS]


def test_complete_children_of_a_run_that_is_gone_are_a_proof(play):
    play.add(0, "00:05", policy(), {**export(), "kind": "BackupAction"})
    play.quiet(1, "11:55")
    play.tells(1, "12:05")


def test_an_open_failure_says_enough(play):
    play.add(0, "00:05", policy(), run(), {**failed_backup(), "minutes_ago": 600})
    play.add(1, "00:10", failed_backup(run="run-b", minutes_ago=1),
             run("run-b", state="Failed", minutes_ago=0))
    play.tells(1, "00:15")
    play.quiet(1, "13:00")
    assert list(play.incidents()) == ["k3s/kasten-io/daily/backup/shop"]
    play.add(2, "00:05", run("run-c"), {**failed_backup(run="run-c"), "name": "good",
                                        "state": "Complete", "error": None, "minutes_ago": 0.1})
    play.tells(2, "00:15")
    assert play.incidents() == {}
    play.quiet(2, "11:00")
    play.tells(3, "12:05")
    assert list(play.incidents()) == [RUNS]


QUIET = {
    "paused": policy(spec={"paused": True}),
    "on demand": policy(frequency="@onDemand"),
    "reports": policy(spec={"actions": [{"action": "report"}]}),
    "unknown frequency": policy(frequency="@fortnightly"),
    "no preset": policy(spec={"frequency": None, "presetRef": {"name": "none", **K10}}),
}


@pytest.mark.parametrize("case", QUIET)
def test_policies_that_are_not_due(play, case):
    play.add(0, "00:05", QUIET[case], run(minutes_ago=5 * 24 * 60))
    play.quiet(0, "10:00")
    play.quiet(2, "13:00")
    assert play.incidents() == {}


PASSED_OVER = {
    "edited": (policy(), {}),
    "unpaused": (policy(frequency="@hourly", spec={"paused": True}), {}),
    "preset": (policy(spec={"frequency": None, "presetRef": {"name": "gold", **K10}}), {
        "kind": "PolicyPreset", "name": "gold", **K10, "spec": {"backup": {"frequency": "@daily"}}}),
}


@pytest.mark.parametrize("case", PASSED_OVER)
def test_a_new_schedule_counts_from_now(play, case):
    before, preset = PASSED_OVER[case]
    play.add(1, "00:05", before, run(), *([preset] if preset else []))
    play.quiet(1, "10:00")
    after = policy(frequency="@hourly")
    if preset:
        after = {**preset, "spec": {"backup": {"frequency": "@hourly"}}}
    play.add(1, "10:05", after)
    play.quiet(1, "10:06")
    play.quiet(1, "11:55")
    play.tells(1, "12:05")
    assert play.incidents() == {RUNS: play.at(1, "11:00")}


def test_valid_again_counts_from_now(play):
    wrong = {"validation": "Failed", "error": ["no such profile"]}
    play.add(1, "00:05", policy(frequency="@hourly", status=wrong), run())
    play.tells(1, "10:00")
    assert list(play.incidents()) == ["invalid:k3s/kasten-io/daily/policy/-"]
    play.add(1, "10:05", policy(frequency="@hourly"))
    play.tells(1, "10:06")
    play.quiet(1, "11:55")
    play.tells(1, "12:10")
    assert play.incidents() == {RUNS: play.at(1, "11:00")}


def test_exports_are_judged_by_their_own_frequency(play):
    play.add(0, "00:05", policy(frequency="@hourly", export="@daily"), run(), export())
    play.quiet(0, "00:10")
    play.add(1, "11:05", run("run-b"))
    play.quiet(1, "11:10")
    play.add(1, "12:05", run("run-c"))
    play.tells(1, "12:10")
    assert play.incidents() == {"overdue:k3s/kasten-io/daily/export/-": play.at(1, "00:00")}
    play.add(1, "12:20", export("run-c"))
    assert "recovered" in play.tells(1, "12:25")["X-Kasten-Alert-State"]


def test_unread_runs_say_nothing(play):
    play.add(0, "00:05", policy(), run())
    play.quiet(0, "10:00")
    play.fleet.faults("k3s", {"fault": "503", "kind": "runactions"})
    play.tells(1, "12:05", expect=3)
    assert RUNS not in play.incidents()
    play.fleet.faults("k3s")
    play.tells(1, "12:10")
    assert list(play.incidents()) == [RUNS]
    play.fleet.faults("k3s", {"fault": "503", "kind": "runactions"})
    play.add(1, "12:15", run("run-b"))
    play.tells(1, "12:20", expect=3)
    assert RUNS in play.incidents()


def test_without_a_right_to_runs_nothing_is_concluded(play):
    play.add(0, "00:05", policy(), run())
    play.fleet.faults("k3s", {"fault": "403", "kind": "runactions"})
    play.quiet(1, "12:05")
    assert play.incidents() == {}


@pytest.mark.parametrize("how", ["paused", "deleted"])
def test_it_ends_without_a_run(play, how):
    play.add(0, "00:05", policy(), run())
    play.tells(1, "12:05")
    if how == "paused":
        play.add(1, "12:10", policy(spec={"paused": True}))
    else:
        play.delete("Policy", "daily")
    message = play.tells(1, "12:20")
    expected = {"paused": "paused", "deleted": "no longer exists"}[how]
    assert expected in words(message) and message["X-Kasten-Alert-State"] == "ended"
    assert play.incidents() == {}
    play.quiet(1, "12:30")


def test_a_run_at_work_is_waited_for(play):
    play.add(0, "00:05", policy(), run())
    play.add(1, "00:05", run("run-b", state="Running", minutes_ago=0))
    play.quiet(1, "12:05")
    play.quiet(1, "23:00")
    assert play.incidents() == {}


def test_a_standstill_is_one_finding_and_ends(play):
    names = ("first", "second", "third")
    play.add(1, "00:05", *(policy(name, "@hourly") for name in names),
             *(run(f"run-{name}", name) for name in names))
    play.quiet(1, "00:10")
    play.tells(1, "02:05")
    assert play.incidents() == {"overdue:k3s/-/policy/-": play.at(1, "01:00")}
    play.quiet(1, "03:00")
    play.add(1, "04:00", *(run(f"run-{name}-2", name) for name in names))
    assert "recovered" in play.tells(1, "04:05")["X-Kasten-Alert-State"]
    assert play.incidents() == {}


def test_one_that_runs_is_no_standstill(play):
    play.add(1, "00:05", policy("first", "@hourly"), policy("second", "@hourly"),
             policy("third", "@hourly"), run("run-1", "first"), run("run-2", "second"))
    play.add(1, "02:00", run("run-3", "third"))
    message = play.tells(1, "02:05")
    assert "first" in words(message) and "second" in words(message)
    assert set(play.incidents()) == {"overdue:k3s/kasten-io/first/run/-",
                                     "overdue:k3s/kasten-io/second/run/-"}


def test_it_can_be_turned_off_and_silenced(play):
    play.add(0, "00:05", policy(), run())
    play.clock.set(1, "12:05")
    play.clock.run(play.program, ALERT_ON="-overdue", expect=0)
    no_more_mails(play.mail, 0)
    play.clock.run(play.program, "state", "silence", "k3s/daily", "--for", "2h", expect=0)
    play.quiet(1, "12:10")
    play.tells(1, "14:10")
