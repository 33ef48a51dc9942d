# SPDX-License-Identifier: MIT
"""Nothing lost, nothing silently repeated: incidents, reminders, recovery, mails whose outcome is
open, kills, and clocks, from end to end."""

import json
import re
import signal
import socket
import subprocess
import time

import pytest

from harness import (SECONDS, failed_backup, fault_mail_settings, parse, scenario, text_part)
from test_pass import ONE, mails, no_more_mails

DAY = 24 * 60


def later(minutes):
    """The alerter's clock so many minutes ahead (negative: behind)."""
    return ("faketime", "-f", f"{minutes:+d}m")


def words(message):
    return " ".join(text_part(message).split())


def complete_backup(minutes_ago=1, namespace="shop", run="run-good", policy="daily", **more):
    return {"kind": "BackupAction", "namespace": namespace, "run": run, "policy": policy,
            "name": f"good-{run}-{namespace}", "minutes_ago": minutes_ago, **more}


def policy(name):
    return {"kind": "Policy", "name": name, "namespace": "kasten-io",
            "spec": {"frequency": "@onDemand"}}


def state_of(program):
    return json.loads(program.run("state", "show", "-o", "json", expect=0).out)


# --- incidents


def test_a_failure_counts_on_and_recovers(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(minutes_ago=90), complete_backup(300, run="run-0")))
    program = alerter(fleet)
    program.run(expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", run="run-b", minutes_ago=30))
    program.run(expect=0)
    first, second = mails(mail, 2)
    assert "last good run" in words(first)
    assert re.search(r"2nd failed run in a row", words(second)), words(second)
    assert first["Subject"] == second["Subject"]
    assert first["References"] and first["References"] == second["References"]
    incident, = state_of(program)["incidents"]
    assert incident["runs"] == 2 and incident["application"] == "shop" and incident["lastGood"]
    fleet.add_actions("k3s", complete_backup(minutes_ago=2))
    program.run(expect=0)
    third = mails(mail, 3)[2]
    assert "recovered" in third["Subject"] and "2 failed runs" in words(third), words(third)
    assert third["References"] == first["References"]
    assert state_of(program)["incidents"] == []
    program.run(expect=0)
    no_more_mails(mail, 3)


def test_a_removed_action_closes_nothing(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=0)
    status, _ = fleet.call("k3s", "DELETE", "/testbed/actions")
    assert status < 300
    program.run(expect=0)
    assert len(state_of(program)["incidents"]) == 1
    no_more_mails(mail, 1)


def test_a_failure_that_a_good_run_followed_is_told_as_that(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(minutes_ago=50), complete_backup(20)))
    program = alerter(fleet)
    program.run(expect=0)
    message, = mails(mail, 1)
    assert "succeeded" in words(message) or "good run" in words(message)
    assert state_of(program)["incidents"] == []


def test_complete_with_exceptions_is_no_recovery(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=0)
    fleet.add_actions("k3s", complete_backup(minutes_ago=1, exceptions=[{"message": "left out"}]))
    program.run(expect=0)
    assert "recovered" not in words(mails(mail, 2)[1]).lower()
    ids = {incident["id"] for incident in state_of(program)["incidents"]}
    assert ids == {"k3s/kasten-io/daily/backup/shop", "exceptions:k3s/kasten-io/daily/backup/shop"}


def test_reminders_come_once_a_day(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    told = 1
    for minutes, count in ((60, 1), (DAY - 15, 1), (DAY - 5, 2), (DAY + 60, 2), (2 * DAY, 3)):
        program.run(prefix=later(minutes), expect=0)
        mails(mail, count) if count > told else no_more_mails(mail, count)
        told = count
    first, second, _third = mails(mail, 3)
    assert "still failing" in words(second).lower(), words(second)
    assert "AccessDenied" in words(second) and "run-a" in words(second)
    assert second["References"] == first["References"] and second["Subject"] == first["Subject"]


def test_no_reminders_when_they_are_off(start_fleet, alerter, mail, tmp_path):
    program = alerter(start_fleet(ONE), STATE=f"file:{tmp_path}/state.json", REMIND_EVERY="0")
    for days in range(4):
        program.run(prefix=later(days * DAY), expect=0)
    mails(mail, 1)


def test_further_runs_can_wait_for_the_reminder(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", ALERT_EVERY_RUN="false")
    program.run(expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", run="run-b", minutes_ago=1))
    program.run(expect=0)
    program.run(expect=0)
    no_more_mails(mail, 1)
    fleet.add_actions("k3s", failed_backup("backup-3", run="run-c", minutes_ago=0.5,
                                           error="no space left on device"))
    program.run(expect=0)
    changed = mails(mail, 2)[1]
    assert "no space left" in words(changed)
    program.run(prefix=later(DAY), expect=0)
    reminder = mails(mail, 3)[2]
    assert "run-c" in words(reminder)
    sent = json.loads((tmp_path / "state.json").read_text())["data"]["sent"]
    assert all(run in sent for run in ("run-a", "run-b", "run-c")), sent


def test_a_policy_that_is_gone_ends_its_incident(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.add_actions("k3s", policy("daily"), policy("other"))
    program = alerter(fleet)
    program.run(expect=0)
    program.run(expect=0)
    status, _ = fleet.call("k3s", "DELETE",
                           "/testbed/actions?kind=Policy&namespace=kasten-io&name=daily")
    assert status < 300
    program.run(expect=0)
    no_more_mails(mail, 1)
    program.run(expect=0)
    message = mails(mail, 2)[1]
    assert "policy no longer exists" in words(message), words(message)
    assert state_of(program)["incidents"] == []


# --- windows and watermarks


def test_a_weekend_of_downtime_is_caught_up(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(complete_backup(4 * DAY, run="run-0")))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(prefix=later(-3 * DAY), expect=0)
    no_more_mails(mail, 0)
    fleet.add_actions("k3s", failed_backup(minutes_ago=30 * 60))
    program.run(expect=0)
    message, = mails(mail, 1)
    assert "run-a" in words(message) and re.search(r"[23] d", words(message)), words(message)
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_an_unread_kind_keeps_its_watermark(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(complete_backup(DAY)))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", REQUEST_TIMEOUT="2")
    program.run(prefix=later(-6 * 60), expect=0)
    fleet.faults("k3s", {"fault": "503", "kind": "backupactions"})
    for hours in (5, 3, 1):
        program.run(prefix=later(-hours * 60), expect=3)
    fleet.faults("k3s")
    fleet.add_actions("k3s", failed_backup(minutes_ago=4 * 60))
    program.run(expect=0)
    unread, readable = mails(mail, 2)
    assert "503" in words(unread)
    assert "can be read again" in words(readable) and "run-a" in words(readable)


def test_a_clock_set_back_doubles_and_drops_nothing(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(prefix=later(90), expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", run="run-b", minutes_ago=1))
    program.run(expect=0)
    program.run(prefix=later(-90), expect=0)
    program.run(expect=0)
    runs = [re.findall(r"Run Action\s+(\S+)", text_part(message)) for message in mails(mail, 2)]
    assert runs == [["run-a"], ["run-b"]], runs


def test_midnight_doubles_nothing(start_fleet, alerter, mail, tmp_path):
    now = time.time()
    evening = time.strftime("%Y-%m-%d 23:56:00", time.gmtime(now + DAY * 60))
    fleet = start_fleet({"now": evening.replace(" ", "T") + "Z",
                         "clusters": ONE["clusters"]})
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", TZ="UTC")
    for clock in (evening, evening[:11] + "23:59:59"):
        program.run(prefix=("faketime", clock), expect=0)
    minutes = int((time.mktime(time.strptime(evening, "%Y-%m-%d %H:%M:%S")) - time.timezone
                   - time.mktime(time.gmtime(now)) + time.timezone) // 60)
    program.run(prefix=later(minutes + 10), expect=0)
    mails(mail, 1)
    sent = json.loads(json.loads((tmp_path / "state.json").read_text())["data"]["sent"])
    assert list(sent) == [f"k3s:run-a:{evening[:10]}"]


# --- what cannot be read


def test_unread_is_an_incident(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "503", "path": "/apis/actions.kio.kasten.io"})
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", REQUEST_TIMEOUT="2")
    for minutes, count in ((0, 1), (60, 1), (DAY - 5, 2), (DAY + 55, 2)):
        program.run(prefix=later(minutes), expect=4)
        mails(mail, count)
    fleet.faults("k3s")
    program.run(prefix=later(DAY + 60), expect=0)
    message = mails(mail, 3)[2]
    assert "can be read again" in words(message) and "1 d" in words(message), words(message)


def test_unread_for_a_moment_is_not_told_when_so_asked(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario())
    fleet.faults("k3s", {"fault": "503", "path": "/apis/actions.kio.kasten.io"})
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", REQUEST_TIMEOUT="2",
                      UNREACHABLE_AFTER="2h")
    for minutes, count in ((0, 0), (60, 0), (121, 1)):
        program.run(prefix=later(minutes), expect=4)
        mails(mail, count)


def test_all_clusters_blind_is_one_mail(start_fleet, alerter, mail):
    fleet = start_fleet()
    for name in fleet.clusters:
        fleet.faults(name, {"fault": "503", "path": "/apis/actions.kio.kasten.io"})
    program = alerter(fleet, REQUEST_TIMEOUT="2")
    program.run(expect=4)
    program.run(expect=4)
    message, = mails(mail, 1)
    assert message["References"] is None
    for label in ("OpenShift", "RKE2", "K3s"):
        assert label in words(message)


# --- mails whose outcome is open


def wait_for_the_dot(server):
    """The message that a client has handed over whole, while it waits for the answer."""
    for _ in range(SECONDS * 50):
        with server._lock:
            active = list(server._active)
        for session in active:
            for message in session.record["messages"]:
                if message["complete"]:
                    return parse(message["data"].encode("latin-1"))
        time.sleep(0.02)
    raise AssertionError("no message came")


def pending_of(fleet, name="k3s"):
    return json.loads(fleet.configmap(name)["data"]["state"]).get("pending", [])


def test_killed_between_the_dot_and_its_reply(start_fleet, alerter, fault_mail, mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("slow-after-dot", delay_s=30)
    program = alerter(fleet)
    process = program.start(**fault_mail_settings(server, str(certs / "ca.pem")))
    first = wait_for_the_dot(server)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert fleet.sent("k3s") == {} and len(pending_of(fleet)) == 1
    program.run(expect=0)  # its pass might still run: left alone
    no_more_mails(mail, 0)
    program.run(prefix=later(11), expect=0)
    again, = mails(mail, 1)
    assert again["Message-ID"] == first["Message-ID"] and again["Date"] == first["Date"]
    assert again["Subject"] == first["Subject"] and "repeats" in words(again)
    assert pending_of(fleet) == [] and list(fleet.sent("k3s"))
    program.run(prefix=later(12), expect=0)
    no_more_mails(mail, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_loses_nothing(start_fleet, alerter, fault_mail, mail, certs,
                                                    number):
    fleet = start_fleet(ONE)
    server = fault_mail("slow-after-dot", delay_s=30)
    program = alerter(fleet)
    process = program.start(**fault_mail_settings(server, str(certs / "ca.pem")))
    wait_for_the_dot(server)
    process.send_signal(number)
    process.communicate(timeout=5)
    assert process.returncode == 128 + number
    program.run(prefix=later(11), expect=0)
    mails(mail, 1)


def test_an_answer_never_seen_is_sent_again_before_anything_new(start_fleet, alerter, fault_mail,
                                                                mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("drop-after-dot")
    program = alerter(fleet)
    program.run(expect=5, **fault_mail_settings(server, str(certs / "ca.pem")))
    first = parse(server.sessions(wait_for=1)[0]["messages"][0]["data"].encode("latin-1"))
    fleet.add_actions("k3s", failed_backup("backup-2", namespace="crm", run="run-b", policy="other",
                                           minutes_ago=1))
    program.run(prefix=later(11), expect=0)
    again, new = mails(mail, 2)
    assert again["Message-ID"] == first["Message-ID"] and "run-b" not in words(again)
    assert new["Message-ID"] != first["Message-ID"] and "run-b" in words(new)
    assert "Run Action run-a" not in words(new)


def test_nothing_new_goes_before_what_is_open(start_fleet, alerter, fault_mail, mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("drop-after-dot")
    program = alerter(fleet)
    program.run(expect=5, **fault_mail_settings(server, str(certs / "ca.pem")))
    fleet.add_actions("k3s", failed_backup("backup-2", namespace="crm", run="run-b", policy="other",
                                           minutes_ago=1))
    deferring = fault_mail("4xx-after-dot")
    result = program.run(prefix=later(11), expect=5,
                         **fault_mail_settings(deferring, str(certs / "ca.pem")))
    assert "nothing new is sent" in result.err
    assert len(deferring.sessions(wait_for=1)) == 1
    program.run(prefix=later(12), expect=0)
    mails(mail, 2)


def test_what_failed_for_three_days_is_given_up_and_planned_anew(start_fleet, alerter, fault_mail,
                                                                 mail, certs, tmp_path):
    fleet = start_fleet(ONE)
    server = fault_mail("drop-after-dot")
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=5, **fault_mail_settings(server, str(certs / "ca.pem")))
    first = parse(server.sessions(wait_for=1)[0]["messages"][0]["data"].encode("latin-1"))
    result = program.run(prefix=later(3 * DAY + 10), expect=0)
    assert "given up" in result.err
    message, = mails(mail, 1)
    assert message["Message-ID"] != first["Message-ID"] and "given up" in words(message)
    assert "run-a" in words(message)


def test_only_the_outstanding_recipient_is_tried_again(start_fleet, alerter, fault_mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("defer-one-recipient", times=1)
    to = "ops@kasten.test, deferred@kasten.test"
    program = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem"), to))
    program.run(expect=0)
    program.run(expect=0)
    program.run(expect=0)
    first, second = [session["messages"][0] for session in server.sessions(wait_for=2)]
    assert len(server.sessions()) == 2
    assert [address["address"] for address in second["recipients"]] == ["deferred@kasten.test"]
    ids = [parse(message["data"].encode("latin-1"))["Message-ID"] for message in (first, second)]
    assert ids[0] == ids[1]
    assert pending_of(fleet) == []


def test_an_outstanding_recipient_holds_nothing_back(start_fleet, alerter, fault_mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("defer-one-recipient")
    to = "ops@kasten.test, deferred@kasten.test"
    program = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem"), to))
    program.run(expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", run="run-b", minutes_ago=1))
    program.run(expect=0)
    assert any(":run-b:" in key for key in fleet.sent("k3s"))
    assert len(pending_of(fleet)) == 2


def test_a_recipient_who_never_answers_breaks_nothing(start_fleet, alerter, fault_mail, certs):
    fleet = start_fleet(scenario())
    server = fault_mail("defer-one-recipient")
    to = "ops@kasten.test, deferred@kasten.test"
    program = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem"), to))
    for number in range(36):
        fleet.add_actions("k3s", failed_backup(f"backup-{number}", run=f"run-{number}",
                                               minutes_ago=0.01))
        result = program.run(expect=0)
    assert len(fleet.sent("k3s")) == 36 and len(pending_of(fleet)) <= 32
    assert "unreadable" not in fleet.configmap("k3s")["data"]
    assert "a mail was given up" in result.err


def test_a_permanent_refusal_is_told_in_the_next_mail(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet, ALERT_TO=f"ops@kasten.test,{mail.unknown_recipient}")
    program.run(expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", run="run-b", minutes_ago=1))
    program.run(expect=0, ALERT_TO="ops@kasten.test")
    first, second = mails(mail, 2)
    assert mail.unknown_recipient not in words(first)
    assert mail.unknown_recipient in words(second) and "550" in words(second)
    fleet.add_actions("k3s", failed_backup("backup-3", run="run-c", minutes_ago=0.5))
    program.run(expect=0, ALERT_TO="ops@kasten.test")
    assert mail.unknown_recipient not in words(mails(mail, 3)[2])


@pytest.fixture
def smtp_sink(tmp_path):
    """Starts Postfix's smtp-sink on a free port."""
    started = []

    def start(*options):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = subprocess.Popen(
            ["/usr/sbin/smtp-sink", "-u", "root", *options, f"127.0.0.1:{port}", "20"],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        for _ in range(SECONDS * 50):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_TLS": "none",
                        "SMTP_USER": None, "SMTP_PASSWORD": None, "SMTP_TIMEOUT": "3"}
            except OSError:
                time.sleep(0.02)
        raise AssertionError("smtp-sink does not listen")

    yield start
    for process in started:
        process.kill()
        process.wait()


# smtp-sink's options -> does the mail stay open (the server may have taken it).
SINKS = {
    ("-r", "rcpt"): False,  # 450 to RCPT TO
    ("-f", "."): False,     # 500 after the data
    ("-q", "data"): False,  # drops the connection at DATA
    ("-q", "."): True,      # drops it after the final dot
    ("-w", "20"): False,    # answers DATA late
}


@pytest.mark.parametrize("options", SINKS, ids=lambda options: " ".join(options))
def test_smtp_sink(start_fleet, alerter, mail, smtp_sink, options):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=5, **smtp_sink(*options))
    assert fleet.sent("k3s") == {}
    assert len(pending_of(fleet)) == (1 if SINKS[options] else 0)
    program.run(prefix=later(11), expect=0)
    mails(mail, 1)
    program.run(prefix=later(12), expect=0)
    no_more_mails(mail, 1)
    assert pending_of(fleet) == []


# --- the state, by hand


def test_state_show_forget(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=0)
    shown = program.run("state", "show", expect=0).out
    alert_id, = fleet.sent("k3s")
    assert alert_id in shown and "kasten-io/daily/backup/shop" in shown and "AccessDenied" in shown
    assert program.run("state", "forget", "k3s:run-none:2026-01-01").status == 1
    program.run("state", "forget", alert_id, expect=0)
    assert alert_id not in fleet.sent("k3s")
    program.run(expect=0)
    mails(mail, 2)
    incident = state_of(program)["incidents"][0]["id"]
    program.run("state", "forget", incident, expect=0)
    assert state_of(program)["incidents"] == []


@pytest.mark.parametrize("subject", ["ID", "daily", "k3s/daily", "k3s", "policy:daily"])
def test_silenced_is_counted_and_told_when_it_ends(start_fleet, alerter, mail, tmp_path, subject):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    if subject == "ID":
        dry = program.run("--dry-run", expect=0)
        assert "run-a" in dry.out
        subject = re.search(r"k3s:run-a:[0-9-]+", dry.out + "k3s:run-a:2026-01-01").group(0)
    program.run("state", "silence", subject, "--for", "8h", expect=0)
    result = program.run(expect=0)
    assert "silenced=1" in result.err
    no_more_mails(mail, 0)
    assert json.loads((tmp_path / "state.json").read_text())["data"]["sent"] == "{}"
    program.run(prefix=later(7 * 60), expect=0)
    no_more_mails(mail, 0)
    program.run(prefix=later(8 * 60 + 1), expect=0)
    message, = mails(mail, 1)
    assert "run-a" in words(message) and "silenced" in words(message), words(message)


def test_recovered_while_silenced_is_never_told(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run("state", "silence", "k3s", "--for", "8h", expect=0)
    program.run(expect=0)
    fleet.add_actions("k3s", complete_backup(minutes_ago=1))
    program.run(expect=0)
    program.run(prefix=later(8 * 60 + 1), expect=0)
    no_more_mails(mail, 0)


def test_a_silence_can_be_lifted(start_fleet, alerter, mail):
    program = alerter(start_fleet(ONE))
    program.run("state", "silence", "daily", "--for", "8h", expect=0)
    program.run("state", "silence", "daily", "--for", "0", expect=0)
    program.run(expect=0)
    mails(mail, 1)


@pytest.mark.parametrize("arguments", [(), ("show", "x"), ("forget",), ("silence", "daily"),
                                       ("silence", "daily", "--for", "soon"), ("drop", "x"),
                                       ("forget", "x", "--for", "1h")])
def test_state_usage(start_fleet, alerter, arguments):
    assert alerter(start_fleet(ONE)).run("state", *arguments).status == 2


def test_explain_says_why(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")

    def why():
        answer = json.loads(program.run("explain", "-o", "json", "k3s/run-a", expect=0).out)
        return answer["mail"]["why"]

    assert why() == "new"
    program.run("state", "silence", "daily", "--for", "1h", expect=0)
    assert why() == "silenced"
    program.run("state", "silence", "daily", "--for", "0", expect=0)
    program.run(expect=0)
    assert why() == "told"
    text = program.run("explain", "k3s/run-a", expect=0).out
    assert "mailed on" in text and "Incident k3s/kasten-io/daily/backup/shop" in text
    fleet.add_actions("k3s", complete_backup(DAY, run="run-old"))
    answer = program.run("explain", "-o", "json", "k3s/run-old", expect=0).out
    assert json.loads(answer)["mail"]["why"] == "outside"
