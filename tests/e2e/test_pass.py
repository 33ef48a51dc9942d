# SPDX-License-Identifier: MIT
"""A pass from end to end: real binary, real TLS, real SMTP server, exact exit statuses."""

import datetime
import json
import re
import time

import pytest

from harness import (SECONDS, failed_backup, fault_mail_settings, html_part, parse, scenario,
                     text_part)

ONE = scenario(failed_backup())


def mails(mail, count, user="ops@kasten.test"):
    found = mail.messages(user, wait_for=count, seconds=15)
    assert len(found) == count, f"{len(found)} mails for {user}, expected {count}"
    return [parse(raw) for raw in found]


def no_more_mails(mail, count, user="ops@kasten.test"):
    assert len(mail.messages(user)) == count


def test_three_clusters_one_mail_then_silence(start_fleet, alerter, mail):
    fleet = start_fleet()
    program = alerter(fleet)
    program.run(expect=0)
    message, = mails(mail, 1)
    assert set(fleet.sent("openshift")), "nothing was recorded"
    for label in ("OpenShift", "RKE2", "K3s"):
        assert label in text_part(message) and label in html_part(message)
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_the_mail_is_a_proper_message(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for header in ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version"):
        assert len(message.get_all(header)) == 1, header
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@kasten.test>")
    assert message["From"].addresses[0].display_name == "Kasten Alerter"
    assert message["Subject"].startswith("[Kasten Backup] K3S: daily failed")
    received = " ".join(message.get_all("Received"))
    assert "ESMTPSA" in received, "TLS and AUTH were not both used"
    text = text_part(message)
    for value in ("K3S", "run-a", "daily", "shop", "AccessDenied"):
        assert value in text and value in html_part(message)
    for name in ("Cluster", "Run Action", "Policy", "Namespaces", "Error"):
        assert re.search(rf"<th[^>]*>[^<]*(<[^>]*>)*{name}", html_part(message)) or name in text


def test_state_is_what_users_of_the_original_inspect(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet).run(expect=0)
    mails(mail, 1)
    configmap = fleet.configmap("k3s")
    sent = json.loads(configmap["data"]["sent"])
    (alert_id, sent_at), = sent.items()
    ended = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    assert re.fullmatch(r"k3s:run-a:\d{4}-\d\d-\d\d", alert_id)
    assert abs((datetime.date.fromisoformat(alert_id[-10:]) - ended.date()).days) <= 1
    datetime.datetime.fromisoformat(sent_at.replace("Z", "+00:00"))
    assert "app.kubernetes.io/instance" not in configmap["metadata"].get("labels", {})


def test_nothing_failed_no_mail(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(state="Complete", error=None)))
    alerter(fleet).run(expect=0)
    no_more_mails(mail, 0)
    assert fleet.sent("k3s") == {}


def test_window_is_judged_by_the_end(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(minutes_ago=150, run="run-old"),
                                 failed_backup("b2", minutes_ago=5, run="run-long",
                                               duration_minutes=400)))
    program = alerter(fleet)
    program.run(expect=0)
    assert [key.split(":")[1] for key in fleet.sent("k3s")] == ["run-long"]
    program.run(LOOKBACK_HOURS="24", expect=0)
    assert sorted(key.split(":")[1] for key in fleet.sent("k3s")) == ["run-long", "run-old"]
    mails(mail, 2)


def test_deleting_the_state_sends_again_as_a_new_message(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=0)
    fleet.delete_configmap("k3s")
    program.run(expect=0)
    first, second = mails(mail, 2)
    assert first["Message-ID"] != second["Message-ID"]


def test_more_of_a_run_is_told_once(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run(expect=0)
    fleet.add_actions("k3s", failed_backup("backup-2", namespace="crm", minutes_ago=1))
    program.run(expect=0)
    program.run(expect=0)
    _first, second = mails(mail, 2)
    assert "crm" in text_part(second) and "shop" not in text_part(second)
    assert len(fleet.sent("k3s")) == 1


def test_dry_run_prints_and_changes_nothing(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    result = program.run("--dry-run", expect=0)
    assert "Subject: [Kasten Backup] K3S: daily failed" in result.out
    assert "AccessDenied" in result.out
    assert fleet.configmap("k3s") is None
    no_more_mails(mail, 0)
    methods = {entry["method"] for entry in fleet.requests("k3s")
               if not entry["path"].startswith("/testbed")}
    assert methods == {"GET"}


def test_fail_on_alerts(start_fleet, alerter):
    fleet = start_fleet(ONE)
    program = alerter(fleet)
    program.run("run", "--fail-on-alerts", expect=10)
    program.run("run", "--fail-on-alerts", expect=10)
    program.run("run", expect=0)


def test_2500_actions_over_five_pages(start_fleet, alerter, mail):
    fleet = start_fleet({"clusters": [{"name": "pages", "label": "Pages", "generate": {
        "backupactions": 2500, "failed": 3, "failed_within_minutes": 60, "item_bytes": 1500,
        "seed": 7}}]})
    alerter(fleet).run(expect=0)
    mails(mail, 1)
    lists = [entry for entry in fleet.requests("pages") if "/backupactions" in entry["path"]]
    assert len(lists) == 5
    assert all("limit=500" in entry["query"] for entry in lists)
    assert all(entry["user_agent"].startswith("kasten-alerter/") for entry in lists)
    assert all("gzip" in entry["accept_encoding"] for entry in lists)


@pytest.mark.parametrize("fault", ["limit-ignored", "pretty", "duplicate-items", "slow"])
def test_odd_but_whole_lists_are_read(start_fleet, alerter, mail, fault):
    fleet = start_fleet({"clusters": [{"name": "pages", "label": "Pages", "generate": {
        "backupactions": 700 if fault != "slow" else 20, "failed": 2, "failed_within_minutes": 30,
        "item_bytes": 1500, "seed": 3}}]})
    rate = {"rate": 20000} if fault == "slow" else {}
    fleet.faults("pages", {"fault": fault, "kind": "backupactions", **rate})
    alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    assert len(fleet.sent("pages")) == 2, text_part(message)


def test_items_null_is_an_empty_list(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "items-null"})
    alerter(fleet).run(expect=0)
    no_more_mails(mail, 0)


@pytest.mark.parametrize("fault", ["bad-utf8", "lone-surrogate", "nul-escape", "deep-item"])
def test_odd_objects_blind_nobody(start_fleet, alerter, mail, fault):
    fleet = start_fleet(scenario(failed_backup(), failed_backup("b2", run="run-b")))
    fleet.faults("k3s", {"fault": fault, "kind": "backupactions"})
    alerter(fleet).run(expect=0)
    mails(mail, 1)
    assert {key.split(":")[1] for key in fleet.sent("k3s")} >= {"run-a", "run-b"}


@pytest.mark.parametrize("fault", ["410", "410-bare", "429", "503-retry-after"])
def test_passing_faults_are_waited_out(start_fleet, alerter, mail, fault):
    fleet = start_fleet({"clusters": [{"name": "pages", "label": "Pages", "generate": {
        "backupactions": 1200, "failed": 2, "failed_within_minutes": 30, "item_bytes": 1500,
        "seed": 5}}]})
    fleet.faults("pages", {"fault": fault, "kind": "backupactions", "times": 1})
    alerter(fleet).run(expect=0)
    mails(mail, 1)
    assert len(fleet.sent("pages")) == 2


# Fault -> words of the reason that the mail must show.
LASTING = {
    "401": "401 Unauthorized",
    "403": "403 Forbidden",
    "404": "404 Not Found for /apis/actions.kio.kasten.io/v1alpha1",
    "500": "500 Internal Server Error",
    "502": "502 Bad Gateway",
    "503": "503 Service Unavailable",
    "503-unavailable": "503 Service Unavailable",
    "504": "504 Gateway Timeout",
    "429": "429 Too Many Requests",
    "hang": "localhost|127.0.0.1|timed out|time",
    "close": "127.0.0.1|closed|connection",
    "truncated": "cut|end",
    "truncated-json": "cut|end|JSON|closed",
    "html": "HTML",
    "garbage-json": "JSON|items",
    "item-not-object": "object",
    "redirect": "302 Found",
}


@pytest.mark.parametrize("fault", LASTING)
def test_an_unread_cluster_is_told_once_a_day(start_fleet, alerter, mail, fault):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": fault, "path": "/apis/actions.kio.kasten.io"})
    program = alerter(fleet, REQUEST_TIMEOUT="2", CLUSTER_1_LABEL="Edge site")
    program.run(expect=4)
    message, = mails(mail, 1)
    text = " ".join(text_part(message).split())
    assert "Edge site" in text and "Edge site" in message["Subject"]
    assert re.search(LASTING[fault], text), text
    program.run(expect=4)
    no_more_mails(mail, 1)
    fleet.faults("k3s")
    program.run(expect=0)
    assert "shop" in text_part(mails(mail, 2)[1])


def test_one_cluster_down_does_not_hide_the_others(start_fleet, alerter, mail):
    fleet = start_fleet()
    fleet.faults("rke2", {"fault": "503", "path": "/apis/actions.kio.kasten.io"})
    alerter(fleet, REQUEST_TIMEOUT="2").run(expect=3)
    text = text_part(mails(mail, 1)[0])
    assert "503" in text and "OpenShift" in text and "K3s" in text


def test_a_kind_without_right_is_a_limitation(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "403", "kind": "exportactions"},
                 {"fault": "404", "kind": "validateactions"})
    result = alerter(fleet).run(expect=0)
    assert "exportactions" in result.err and "not watched" in result.err
    assert "403" in text_part(mails(mail, 1)[0])


def test_backup_without_right_is_unread(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "403", "kind": "backupactions"})
    alerter(fleet).run(expect=3)
    text = text_part(mails(mail, 1)[0])
    assert "403" in text and "create clusterrole" in text


def test_failures_read_before_a_list_broke_are_mailed(start_fleet, alerter, mail):
    fleet = start_fleet({"clusters": [{"name": "pages", "label": "Pages", "generate": {
        "backupactions": 1200, "failed": 1200, "failed_within_minutes": 30, "item_bytes": 800,
        "seed": 5}}]})
    fleet.faults("pages", {"fault": "500", "kind": "backupactions", "after": 1})
    alerter(fleet).run(expect=3)
    mails(mail, 1)
    assert len(fleet.sent("pages")) > 0


def test_unknown_ca(start_fleet, alerter, mail, certs):
    fleet = start_fleet(ONE)
    result = alerter(fleet, CLUSTER_1_CA_FILE=str(certs / "other-ca.pem"),
                     STATE="file:" + str(certs.parent / "state-ca.json")).run(expect=4)
    assert "CLUSTER_1_CA_DATA" in result.err
    assert "CLUSTER_1_CA_DATA" in text_part(mails(mail, 1)[0])


def test_own_ca_excludes_the_system_roots_and_none_means_system(start_fleet, alerter, certs):
    fleet = start_fleet(ONE)
    alerter(fleet, CLUSTER_1_CA_FILE=None).run(
        CLUSTER_1_CA_FILE=None, STATE="file:" + str(certs.parent / "state-sys.json"), expect=4)


@pytest.mark.parametrize("certificate,words", [("expired", "expired"), ("wrong-name", "name")])
def test_bad_certificates(start_fleet, alerter, tmp_path, certificate, words):
    fleet = start_fleet(scenario(failed_backup(), certificate=certificate))
    result = alerter(fleet, STATE=f"file:{tmp_path}/state.json").run(expect=4)
    assert words in result.err


def test_insecure_skip_tls_verify_works_and_shouts(start_fleet, alerter, mail, certs):
    fleet = start_fleet(scenario(failed_backup(), certificate="expired"))
    result = alerter(fleet, CLUSTER_1_INSECURE_SKIP_TLS_VERIFY="true").run(expect=0)
    assert "INSECURE_SKIP_TLS_VERIFY" in result.err
    text = " ".join(text_part(mails(mail, 1)[0]).split())
    assert "INSECURE_SKIP_TLS_VERIFY" in text


def test_wrong_token(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    result = alerter(fleet, CLUSTER_1_TOKEN="wrong-token-123",
                     STATE=f"file:{tmp_path}/state.json").run(expect=4)
    assert "CLUSTER_1_TOKEN" in result.err and "wrong-token-123" not in result.err
    assert "wrong-token-123" not in text_part(mails(mail, 1)[0])


def test_nobody_listens(start_fleet, alerter, tmp_path):
    fleet = start_fleet(ONE)
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", REQUEST_TIMEOUT="2")
    fleet.stop()
    result = program.run(expect=4)
    assert "refused" in result.err


def test_hostile_strings_stay_text(start_fleet, alerter, mail):
    evil = '<script>alert(1)</script>"\'><img src=x onerror=y>&amp;\r\nBcc: evil@kasten.test\u202e'
    fleet = start_fleet(scenario(failed_backup(
        name="b1", policy=evil, run="run-" + evil, error=evil + " password=hunter2",
        labels={"k10.kasten.io/appName": evil})))
    alerter(fleet, CLUSTER_1_LABEL="<b>Edge</b>").run(expect=0)
    message, = mails(mail, 1)
    html = html_part(message)
    assert "<script" not in html and "<img" not in html and "<b>Edge" not in html
    assert "&lt;script&gt;" in html
    assert message["Bcc"] is None
    assert "\u202e" not in html and "\u202e" not in text_part(message)
    assert "hunter2" not in html and "hunter2" not in text_part(message)
    assert "\n" not in message["Subject"]


def test_secrets_are_in_no_log(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    token = fleet.clusters["k3s"]["token"]
    result = alerter(fleet, LOG_LEVEL="debug").run(expect=0)
    assert token not in result.err + result.out
    assert mail.password not in result.err + result.out


def test_log_as_json(start_fleet, alerter):
    fleet = start_fleet(ONE)
    result = alerter(fleet, LOG_FORMAT="json").run(expect=0)
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert lines[-1]["message"] == "pass done" and lines[-1]["status"] == "0"
    assert {"time", "level", "message"} <= set(lines[0])


def test_two_passes_at_once_lose_nothing(start_fleet, alerter, mail):
    fleet = start_fleet({"clusters": [
        {"name": name, "label": name,
         "actions": [failed_backup(f"b{number}", run=f"run-{name}-{number}", namespace=f"ns{number}")
                     for number in range(5)]} for name in ("left", "right")]})
    left = alerter(fleet, ["left"], STATE="configmap:left")
    right = alerter(fleet, ["right", "left"], STATE="configmap:left")
    for _ in range(3):
        processes = [left.start(), right.start()]
        for process in processes:
            _out, err = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, err.decode()
    recorded = {key.split(":")[1] for key in fleet.sent("left")}
    assert recorded == {f"run-{name}-{number}" for name in ("left", "right") for number in range(5)}


def test_conflicts_are_read_again_and_merged(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.put_configmap("k3s", {"sent": "{}", "note": "mine"})
    fleet.faults("k3s", {"fault": "conflict", "times": 3})
    program = alerter(fleet)
    program.run(expect=0)
    mails(mail, 1)
    configmap = fleet.configmap("k3s")
    assert configmap["data"]["note"] == "mine"
    assert any(key.startswith("k3s:run-a:") for key in json.loads(configmap["data"]["sent"]))
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_state_of_the_original_is_taken_over(start_fleet, alerter, mail):
    today = datetime.datetime.now(datetime.timezone.utc)
    ended = today - datetime.timedelta(minutes=10)
    alert_id = f"k3s:run-a:{ended:%Y-%m-%d}"
    for sent in ({alert_id: f"{today:%Y-%m-%dT%H:%M:%S}Z"}, [alert_id]):
        fleet = start_fleet(ONE)
        fleet.put_configmap("k3s", {"sent": json.dumps(sent)})
        alerter(fleet).run(expect=0)
        no_more_mails(mail, 0)


def test_old_entries_are_pruned(start_fleet, alerter):
    fleet = start_fleet(ONE)
    fleet.put_configmap("k3s", {"sent": json.dumps({
        "k3s:run-old:2026-01-01": "2026-01-01T10:00:00Z"})})
    alerter(fleet).run(expect=0)
    assert not any("run-old" in key for key in fleet.sent("k3s"))


@pytest.mark.parametrize("fault", ["403", "500", "garbage-json"])
def test_state_that_cannot_be_read_fails_open(start_fleet, alerter, mail, fault):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": fault, "path": "/configmaps"})
    result = alerter(fleet, REQUEST_TIMEOUT="2").run(expect=6)
    assert "may repeat" in " ".join(text_part(mails(mail, 1)[0]).split())
    assert "state cannot be" in result.err


def test_garbage_in_the_state_is_set_aside(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.put_configmap("k3s", {"sent": "{broken", "keep": "me"})
    program = alerter(fleet)
    program.run(expect=6)
    assert "may repeat" in " ".join(text_part(mails(mail, 1)[0]).split())
    data = fleet.configmap("k3s")["data"]
    assert "{broken" in data["unreadable"] and data["keep"] == "me"
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_newer_state_is_left_alone(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    newer = json.dumps({"version": 99, "x": 1})
    fleet.put_configmap("k3s", {"sent": "{}", "state": newer})
    program = alerter(fleet)
    program.run(expect=6)
    program.run(expect=6)
    mails(mail, 1)
    assert fleet.configmap("k3s")["data"]["state"] == newer


def test_state_in_a_file(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    path = tmp_path / "deep" / "state.json"
    program = alerter(fleet, STATE=f"file:{path}")
    program.run(expect=0)
    program.run(expect=0)
    mails(mail, 1)
    data = json.loads(path.read_text())["data"]
    assert len(json.loads(data["sent"])) == 1
    assert path.stat().st_mode & 0o777 == 0o600


def test_default_state_outside_a_pod(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(ONE)
    alerter(fleet).run(STATE=None, expect=0)
    assert (tmp_path / ".local/state/kasten-alerter/state.json").is_file()
    alerter(fleet).run(STATE=None, XDG_STATE_HOME=str(tmp_path / "xdg"), expect=0)
    assert (tmp_path / "xdg/kasten-alerter/state.json").is_file()


def test_state_that_cannot_be_written(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet, STATE="file:/proc/no/such/state.json").run(expect=6)
    mails(mail, 1)


def test_lookback_and_times_in_another_zone(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet, ALERT_TIMEZONE="Europe/Berlin").run(expect=0)
    text = text_part(mails(mail, 1)[0])
    assert re.search(r"CES?T", text) and "UTC" in text


def test_days_later_nothing_is_repeated(start_fleet, alerter, mail, tmp_path):
    """libfaketime: the clock of the alerter moves on, the failures stay where they are."""
    fleet = start_fleet(scenario(failed_backup(minutes_ago=10)))
    program = alerter(fleet, LOOKBACK_HOURS="240", STATE=f"file:{tmp_path}/state.json",
                      REMIND_EVERY="0")
    for days in range(0, 9, 2):
        # The test certificates are valid for longer; the fleet's Date stays behind and is named.
        result = program.run(prefix=("faketime", "-f", f"+{days}d"), expect=0)
        if days:
            assert "clocks differ" in result.err
    mails(mail, 1)


def test_recipients_in_many_forms(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet, ALERT_TO='"Ops, Team" <ops@kasten.test>; oncall@kasten.test').run(expect=0)
    for user in ("ops@kasten.test", "oncall@kasten.test"):
        message, = mails(mail, 1, user)
        assert len(message["To"].addresses) == 2


def test_implicit_tls(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    alerter(fleet, SMTP_PORT=str(mail.smtp_implicit_port), SMTP_TLS="implicit").run(expect=0)
    mails(mail, 1)


def test_wrong_password(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    result = alerter(fleet, SMTP_PASSWORD="wrong-secret-77").run(expect=5)
    assert "535" in result.err and "wrong-secret-77" not in result.err
    assert fleet.configmap("k3s") is None or fleet.sent("k3s") == {}
    alerter(fleet).run(expect=0)
    mails(mail, 1)


def test_mail_server_with_unknown_ca(start_fleet, alerter, mail, certs):
    fleet = start_fleet(ONE)
    result = alerter(fleet, SMTP_CA_FILE=str(certs / "other-ca.pem")).run(expect=5)
    assert "SMTP_CA_FILE" in result.err


def test_one_unknown_recipient_does_not_lose_the_other(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    program = alerter(fleet, ALERT_TO=f"ops@kasten.test,{mail.unknown_recipient}")
    result = program.run(expect=0)
    assert mail.unknown_recipient in result.err and "550" in result.err
    mails(mail, 1)
    program.run(expect=0)
    no_more_mails(mail, 1)


# Mode of the scripted server -> (exit status, words of the log, was DATA allowed to arrive).
SMTP_FAULTS = {
    "accept": (0, "mail accepted", True),
    "multiline": (0, "mail accepted", True),
    "long-lines": (0, "mail accepted", True),
    "no-starttls": (5, "STARTTLS", False),
    "no-auth-offered": (5, "AUTH", False),
    "auth-fails": (5, "535", False),
    "handshake-fails": (5, "TLS|handshake", False),
    "greylist-banner": (5, "554", False),
    "busy-banner": (5, "4", False),
    "garbage-banner": (5, "localhost", False),
    "reject-mail-from": (5, "5", False),
    "reject-all": (5, "550", False),
    "defer-all": (5, "45", False),
    "4xx-after-dot": (5, "4", True),
    "5xx-after-dot": (5, "5", True),
    "hostile-5xx-after-dot": (5, "5", True),
    "small-size": (5, "SIZE|size|552", False),
    "drop-in-data": (5, "localhost", True),
    "drop-after-dot": (5, "never seen", True),
}


@pytest.mark.parametrize("mode", SMTP_FAULTS)
def test_mail_server_faults(start_fleet, alerter, fault_mail, certs, mode):
    status, words, data = SMTP_FAULTS[mode]
    fleet = start_fleet(ONE)
    server = fault_mail(mode)
    program = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem")))
    result = program.run(expect=status)
    assert re.search(words, result.err), result
    assert "\x1b" not in result.err and "correct horse" not in result.err
    sessions = server.sessions(wait_for=1)
    assert not any(session.get("auth_before_tls") for session in sessions)
    if not data:
        assert not any(message["data"] for session in sessions
                       for message in session.get("messages", []))
    recorded = fleet.configmap("k3s") is not None and fleet.sent("k3s") != {}
    assert recorded == (status == 0)


@pytest.mark.parametrize("mode,permanent", [("reject-one-recipient", True),
                                            ("defer-one-recipient", False)])
def test_one_bad_recipient(start_fleet, alerter, fault_mail, certs, mode, permanent):
    fleet = start_fleet(ONE)
    server = fault_mail(mode)
    to = "ops@kasten.test, refused-deferred@kasten.test"
    result = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem"), to)).run(expect=0)
    assert "refused-deferred@kasten.test" in result.err
    assert ("for good" in result.err) == permanent
    message = server.sessions(wait_for=1)[0]["messages"][0]
    assert message["complete"]


def test_slow_mail_server_is_given_up(start_fleet, alerter, fault_mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("slow", delay_s=30)
    settings = fault_mail_settings(server, str(certs / "ca.pem"))
    settings["SMTP_TIMEOUT"] = "2"
    begun = time.monotonic()
    alerter(fleet, **settings).run(expect=5)
    assert time.monotonic() - begun < 20


def test_mail_goes_out_once_the_server_is_well_again(start_fleet, alerter, fault_mail, certs):
    fleet = start_fleet(ONE)
    server = fault_mail("4xx-after-dot", times=1)
    program = alerter(fleet, **fault_mail_settings(server, str(certs / "ca.pem")))
    program.run(expect=5)
    program.run(expect=0)
    program.run(expect=0)
    assert len(fleet.sent("k3s")) == 1


def test_first_pass_on_years_of_failures(start_fleet, alerter, mail):
    fleet = start_fleet({"clusters": [{"name": "old", "label": "Old", "generate": {
        "backupactions": 1500, "failed": 900, "failed_within_minutes": 500000,
        "span_hours": 9000, "item_bytes": 1200, "seed": 11},
        "actions": [failed_backup(run="run-new")]}]})
    result = alerter(fleet, LOOKBACK_HOURS="0.5").run(expect=0)
    assert "read for the first time" in result.err
    text = " ".join(text_part(mails(mail, 1)[0]).split())
    assert "run-new" in text and re.search(r"8\d\d|9\d\d", text)


def test_five_hundred_failures_in_one_mail(start_fleet, alerter, mail):
    fleet = start_fleet({"clusters": [{"name": "storm", "label": "Storm", "generate": {
        "backupactions": 500, "failed": 500, "failed_within_minutes": 30, "item_bytes": 2500,
        "seed": 2}}]})
    alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    html = html_part(message)
    assert len(html.encode()) < 90_000
    assert len(fleet.sent("storm")) > 50
    alerter(fleet).run(expect=0)
    no_more_mails(mail, 1)


GENERIC = {"message": "Job failed to be executed", "cause": {"message": "Failed checking jobs in group"}}


def test_details_are_asked_when_the_error_says_nothing(start_fleet, alerter, mail):
    phases = [{"name": "Exporting RestorePoint", "state": "failed", "attempt": 3,
               "errors": [{"message": "Job failed to be executed",
                           "cause": {"message": "bucket doesn't exist: backups-eu"}}]}]
    fleet = start_fleet(scenario(
        {**failed_backup(), "error": GENERIC, "phases": phases},
        failed_backup("b2", run="run-b", namespace="crm", error="no space left on device")))
    alerter(fleet).run(expect=0)
    text = " ".join(text_part(mails(mail, 1)[0]).split())
    assert "bucket doesn't exist: backups-eu" in text
    asked = [entry["path"] for entry in fleet.requests("k3s") if entry["path"].endswith("/details")]
    assert asked == ["/apis/actions.kio.kasten.io/v1alpha1/namespaces/shop/backupactions/backup-1"
                     "/details"]


@pytest.mark.parametrize("fault", ["404", "hang", "big-body", "html"])
def test_details_that_do_not_come_cost_nothing(start_fleet, alerter, mail, fault):
    fleet = start_fleet(scenario({**failed_backup(), "error": GENERIC}))
    fleet.faults("k3s", {"fault": fault, "path": "/details"})
    alerter(fleet, REQUEST_TIMEOUT="2").run(expect=0)
    assert "run-a" in text_part(mails(mail, 1)[0])


def test_details_are_bounded_in_number(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(*({**failed_backup(f"b{n}", run=f"run-{n}"), "error": GENERIC}
                                   for n in range(30))))
    alerter(fleet).run(expect=0)
    asked = [entry for entry in fleet.requests("k3s") if entry["path"].endswith("/details")]
    assert len(asked) == 8
    assert len(fleet.sent("k3s")) == 30


def test_explain_shows_the_tree_and_the_choice(start_fleet, alerter, tmp_path):
    nested = {"message": "Job failed to be executed", "cause": json.dumps(
        {"message": "Failure in exporting restorepoint",
         "cause": {"message": "Failed to connect to the backup repository", "cause": {
             "message": "command terminated with exit code 1"}}})}
    fleet = start_fleet(scenario({**failed_backup(), "error": nested}))
    program = alerter(fleet)
    result = program.run("explain", "k3s/run-a", expect=0)
    assert "* informative" in result.out and "wrapper" in result.out
    assert "Cause:     Failed to connect to the backup repository" in result.out
    assert "Next step:" in result.out
    data = json.loads(program.run("explain", "-o", "json", "k3s/run-a", expect=0).out)
    assert data["explanations"][0]["causes"][0]["text"] == \
        "Failed to connect to the backup repository"
    assert data["explanations"][0]["remedy"]["id"] == "repo-connect"
    path = tmp_path / "error.json"
    path.write_text(json.dumps(nested))
    assert "Failed to connect" in program.run("explain", "--file", str(path), expect=0).out
    assert "no action belongs" in program.run("explain", "k3s/run-z", expect=1).err
    assert program.run("explain", "nowhere/run-a", expect=2).err
    assert program.run("explain", expect=2).err
    assert fleet.configmap("k3s") is None


def test_explain_asks_for_details(start_fleet, alerter):
    phases = [{"name": "p", "state": "failed", "errors": [{"message": "No profile found"}]}]
    fleet = start_fleet(scenario({**failed_backup(), "error": GENERIC, "phases": phases}))
    result = alerter(fleet).run("explain", "k3s/run-a", expect=0)
    assert "in its details:" in result.out and "Cause:     No profile found" in result.out


def test_a_token_that_the_server_echoes_is_masked(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    token = fleet.clusters["k3s"]["token"]
    fleet.faults("k3s", {"fault": "status", "status": 403, "content_type": "application/json",
                         "body": json.dumps({"kind": "Status", "message": f"no {token} here"})})
    result = alerter(fleet, LOG_LEVEL="debug", REQUEST_TIMEOUT="2").run(expect=6)
    message, = mails(mail, 1)
    assert "403 Forbidden" in result.err and "***" in result.err
    for shown in (result.err, result.out, text_part(message), html_part(message)):
        assert token not in shown


def test_a_write_that_fails_once_is_tried_again(start_fleet, alerter, mail):
    fleet = start_fleet(ONE)
    fleet.put_configmap("k3s", {"sent": "{}"})
    fleet.faults("k3s", {"fault": "503", "method": "PUT", "path": "/configmaps", "times": 1})
    program = alerter(fleet)
    program.run(expect=0)
    program.run(expect=0)
    mails(mail, 1)


def test_a_run_made_again_under_its_name_is_told(start_fleet, alerter, mail):
    run = {"kind": "RunAction", "name": "manual-run", "policy": "daily", "state": "Failed",
           "error": {"message": "No profile found"}, "duration_minutes": 0}
    fleet = start_fleet(scenario({**run, "minutes_ago": 5, "uid": "u-1"}))
    program = alerter(fleet)
    program.run(expect=0)
    fleet.call("k3s", "DELETE", "/testbed/actions")
    fleet.add_actions("k3s", {**run, "minutes_ago": 0, "uid": "u-2"})
    program.run(expect=0)
    program.run(expect=0)
    mails(mail, 2)
