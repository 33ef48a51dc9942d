# SPDX-License-Identifier: MIT
"""Settings and the command line as a user meets them."""

import base64
import os
import pathlib
import re
import subprocess

import pytest

from harness import Alerter, failed_backup, parse, scenario, text_part

ONE = scenario(failed_backup())

# Each is one wrong setting: (changes, key that the message names, words it must hold).
BAD = [
    ({"SMTP_HOST": None}, "SMTP_HOST", "required"),
    ({"SMTP_HOST": "bad host"}, "SMTP_HOST", ""),
    ({"SMTP_PORT": "70000"}, "SMTP_PORT", "65535"),
    ({"SMTP_PORT": "smtp"}, "SMTP_PORT", ""),
    ({"SMTP_TLS": "maybe"}, "SMTP_TLS", "starttls"),
    ({"SMTP_TLS": "none", "SMTP_HOST": "mail.example.com"}, "SMTP_TLS", ""),
    ({"SMTP_PASSWORD": None}, "SMTP_PASSWORD", ""),
    ({"SMTP_CA_FILE": "/no/such/file"}, "SMTP_CA_FILE", "/no/such/file"),
    ({"SMTP_TIMEOUT": "soon"}, "SMTP_TIMEOUT", ""),
    ({"ALERT_FROM": None}, "ALERT_FROM", "required"),
    ({"ALERT_FROM": "nobody"}, "ALERT_FROM", ""),
    ({"ALERT_TO": None}, "ALERT_TO", "required"),
    ({"ALERT_TO": "a@b.example, c d e"}, "ALERT_TO", ""),
    ({"ALERT_TO": "a@b.example\r\nBcc: x@y.example"}, "ALERT_TO", ""),
    ({"ALERT_TIMEZONE": "Mars/Olympus"}, "ALERT_TIMEZONE", ""),
    ({"ALERT_KINDS": "backups"}, "ALERT_KINDS", "backup"),
    ({"LOOKBACK_HOURS": "-1"}, "LOOKBACK_HOURS", ""),
    ({"LOOKBACK_HOURS": "two"}, "LOOKBACK_HOURS", ""),
    ({"MAX_CONCURRENCY": "0"}, "MAX_CONCURRENCY", ""),
    ({"REQUEST_TIMEOUT": "99d"}, "REQUEST_TIMEOUT", ""),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT", "json"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "debug"),
    ({"STATE": "s3://bucket"}, "STATE", ""),
    ({"STATE": "configmap:nowhere"}, "STATE", "nowhere"),
    ({"STATE": "configmap"}, "STATE", "configmap:CLUSTER"),
    ({"CLUSTER_1_NAME": None}, "CLUSTER_1_NAME", ""),
    ({"CLUSTER_1_NAME": "a b"}, "CLUSTER_1_NAME", ""),
    ({"CLUSTER_1_API_URL": None}, "CLUSTER_1_API_URL", ""),
    ({"CLUSTER_1_API_URL": "http://k8s.example:6443"}, "CLUSTER_1_API_URL", "https"),
    ({"CLUSTER_1_API_URL": "https://user:pass@k8s.example"}, "CLUSTER_1_API_URL", ""),
    ({"CLUSTER_1_API_URL": "k8s.example:6443"}, "CLUSTER_1_API_URL", ""),
    ({"CLUSTER_1_TOKEN": None}, "CLUSTER_1_TOKEN", ""),
    ({"CLUSTER_1_TOKEN": "two words"}, "CLUSTER_1_TOKEN", ""),
    ({"CLUSTER_1_TOKEN_FILE": "/etc/hostname"}, "CLUSTER_1_TOKEN", ""),
    ({"CLUSTER_1_TOKEN": None, "CLUSTER_1_TOKEN_FILE": "/no/such/token"},
     "CLUSTER_1_TOKEN_FILE", "does not exist"),
    ({"CLUSTER_1_CA_FILE": None, "CLUSTER_1_CA_DATA": "%%%"}, "CLUSTER_1_CA_DATA", "base64"),
    ({"CLUSTER_1_CA_FILE": None,
      "CLUSTER_1_CA_DATA": base64.b64encode(b"no certificate").decode()}, "CLUSTER_1_CA_DATA", ""),
    ({"CLUSTER_1_INSECURE_SKIP_TLS_VERIFY": "maybe"}, "CLUSTER_1_INSECURE_SKIP_TLS_VERIFY", ""),
    ({"CLUSTER_2_NAME": "k3s", "CLUSTER_2_API_URL": "https://127.0.0.1:1",
      "CLUSTER_2_TOKEN": "x"}, "CLUSTER_2_NAME", ""),
]


@pytest.fixture(scope="module")
def idle_fleet(certs, tmp_path_factory):
    from harness import Fleet
    with Fleet(tmp_path_factory.mktemp("idle"), ONE) as fleet:
        yield fleet


@pytest.fixture
def program(idle_fleet, alerter, tmp_path):
    return alerter(idle_fleet, STATE=f"file:{tmp_path}/state.json")


@pytest.mark.parametrize("changes,key,words", BAD)
def test_a_bad_setting_is_named(program, changes, key, words):
    result = program.run(**changes, expect=78)
    lines = [line for line in result.err.splitlines() if "ERROR" in line and key in line]
    assert lines, result
    assert words in "".join(lines), result


def test_all_problems_at_once(program):
    changes = {"SMTP_HOST": None, "ALERT_TO": "x", "LOOKBACK_HOURS": "x", "CLUSTER_1_TOKEN": "a b",
               "LOG_LEVEL": "x"}
    result = program.run(**changes, expect=78)
    for key in changes:
        assert f"ERROR {key} " in result.err, result


def test_secrets_are_in_no_message(program):
    result = program.run(SMTP_PASSWORD="pass\x01word-s3cr3t", CLUSTER_1_TOKEN="tok en-s3cr3t",
                         expect=78)
    assert "s3cr3t" not in result.err


def test_typos_are_named_and_the_pass_goes_on(program):
    result = program.run(SMPT_HOST="x", CLUSTER_1_APIURL="x", ALERT_TOO="x", expect=0)
    for wrong, right in (("SMPT_HOST", "SMTP_HOST"), ("CLUSTER_1_APIURL", "CLUSTER_1_API_URL"),
                         ("ALERT_TOO", "ALERT_TO")):
        assert any(wrong in line and right in line for line in result.err.splitlines()), result


def test_service_links_are_no_settings(program, mail):
    result = program.run(SMTP_SERVICE_HOST="10.0.0.1", SMTP_PORT_25_TCP="tcp://10.0.0.1:25",
                         SMTP_PORT_25_TCP_ADDR="10.0.0.1", SMTP_SERVICE_PORT="25", expect=0)
    assert "SMTP_SERVICE_HOST" not in result.err


def test_secrets_from_files_with_a_newline(program, mail, tmp_path, idle_fleet):
    (tmp_path / "password").write_text(mail.password + "\n")
    (tmp_path / "token").write_text(idle_fleet.clusters["k3s"]["token"] + "\n")
    program.run(SMTP_PASSWORD=None, SMTP_PASSWORD_FILE=tmp_path / "password",
                CLUSTER_1_TOKEN=None, CLUSTER_1_TOKEN_FILE=tmp_path / "token", expect=0)
    assert len(mail.messages("ops@kasten.test", wait_for=1, seconds=15)) == 1


def test_ca_as_base64(program, idle_fleet):
    pem = pathlib.Path(idle_fleet.clusters["k3s"]["ca_file"]).read_bytes()
    program.run(CLUSTER_1_CA_FILE=None, CLUSTER_1_CA_DATA=base64.encodebytes(pem).decode(),
                expect=0)


def test_path_prefix_and_trailing_slash(program, idle_fleet):
    program.run(CLUSTER_1_API_URL=idle_fleet.clusters["k3s"]["url"] + "/", expect=0)


def test_server_name(start_fleet, alerter, tmp_path):
    fleet = start_fleet(scenario(failed_backup(), certificate="wrong-name"))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=4)
    names = subprocess.run(
        ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
         os.environ["KASTEN_CERTS"] + "/wrong-name.pem"],
        capture_output=True, text=True, check=True).stdout
    name = names.split("DNS:")[1].split(",")[0].strip()
    program.run(CLUSTER_1_TLS_SERVER_NAME=name, expect=0)


def test_proxies_are_never_used_for_loopback_or_mail(program):
    program.run(HTTPS_PROXY="http://127.0.0.1:1", https_proxy="http://127.0.0.1:1",
                ALL_PROXY="socks5://127.0.0.1:1", all_proxy="socks5://127.0.0.1:1", expect=0)


# The original's ConfigMap and Secret, as its documentation prints them.
ORIGINAL_CONFIGMAP = {
    "SMTP_HOST": "smtp.gmail.com",
    "SMTP_PORT": "587",
    "SMTP_USER": "your-gmail@gmail.com",
    "ALERT_FROM": "your-gmail@gmail.com",
    "ALERT_TO": "recipient@example.com,another@example.com",
    "ALERT_SUBJECT_PREFIX": "[Kasten Backup]",
    "LOOKBACK_HOURS": "2",
    "CLUSTER_1_NAME": "openshift",
    "CLUSTER_1_LABEL": "OpenShift",
    "CLUSTER_1_API_URL": "https://kubernetes.default.svc",
    "CLUSTER_1_IN_CLUSTER": "true",
    "CLUSTER_2_NAME": "rke2",
    "CLUSTER_2_LABEL": "RKE2",
    "CLUSTER_2_API_URL": "https://192.168.1.99:6443",
    "CLUSTER_3_NAME": "k3s",
    "CLUSTER_3_LABEL": "K3s",
    "CLUSTER_3_API_URL": "https://192.168.1.105:6443",
}
ORIGINAL_SECRET = {
    "SMTP_PASSWORD": "abcd efgh ijkl mnop",
    "CLUSTER_2_TOKEN": "eyJhbGci...",
    "CLUSTER_3_TOKEN": "eyJhbGci...",
}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a service account folder needs root")
def test_the_originals_configmap_and_secret_drive_ours(certs, start_fleet, tmp_path):
    """Only hosts and CLUSTER_<N>_CA_* change; the mount is where a pod has it."""
    from mailserver import MailServer

    clusters = [{"name": name, "label": label, "token": token,
                 "actions": [failed_backup(f"b-{name}", run=f"run-{name}", policy="daily")]}
                for name, label, token in (("openshift", "OpenShift", "mounted-token"),
                                           ("rke2", "RKE2", ORIGINAL_SECRET["CLUSTER_2_TOKEN"]),
                                           ("k3s", "K3s", ORIGINAL_SECRET["CLUSTER_3_TOKEN"]))]
    fleet = start_fleet({"clusters": clusters})
    mount = tmp_path / "serviceaccount"
    mount.mkdir()
    (mount / "token").write_text("mounted-token")
    (mount / "namespace").write_text("kasten-io")
    (mount / "ca.crt").write_bytes((certs / "ca.pem").read_bytes())

    with MailServer.start(tmp_path / "mail", certs=certs, password=ORIGINAL_SECRET["SMTP_PASSWORD"],
                          mailboxes=["your-gmail@gmail.com", "recipient@example.com",
                                     "another@example.com"]) as server:
        hosts = {"SMTP_HOST": "localhost", "SMTP_PORT": str(server.smtp_starttls_port)}
        added = {"SMTP_CA_FILE": server.ca_file}
        for number, name in enumerate(("openshift", "rke2", "k3s"), 1):
            hosts[f"CLUSTER_{number}_API_URL"] = fleet.clusters[name]["url"]
            if number > 1:
                added[f"CLUSTER_{number}_CA_FILE"] = fleet.clusters[name]["ca_file"]
        program = Alerter(tmp_path, {**ORIGINAL_CONFIGMAP, **ORIGINAL_SECRET, **hosts, **added})
        target = "/run/secrets/kubernetes.io/serviceaccount"
        in_pod = ("unshare", "--mount", "sh", "-c",
                  f"mount -t tmpfs tmpfs /run && mkdir -p {target} && "
                  f"mount --bind {mount} {target} && "
                  "{ [ -e /var/run/secrets ] || ln -s /run /var/run; } && exec \"$@\"", "sh")
        program.run(prefix=in_pod, expect=0)
        for user in ("recipient@example.com", "another@example.com"):
            raw, = server.messages(user, wait_for=1, seconds=15)
            message = parse(raw)
            assert message["Subject"] == "[Kasten Backup] 3 backup failures on OpenShift, RKE2, K3s"
            for label in ("OpenShift", "RKE2", "K3s"):
                assert label in text_part(message)
        assert len(fleet.sent("openshift")) == 3
        program.run(prefix=in_pod, expect=0)
        assert len(server.messages("recipient@example.com")) == 1


@pytest.mark.parametrize("arguments,words", [
    (["runn"], 'did you mean "run"?'),
    (["--frobnicate"], "--frobnicate"),
    (["run", "extra"], "extra"),
    (["version", "extra"], "extra"),
    (["help", "nothing"], "nothing"),
])
def test_usage_errors(program, arguments, words):
    result = program.run(*arguments, expect=2)
    assert words in result.err and "--help" in result.err


@pytest.mark.parametrize("arguments,words", [
    (["--help"], "Examples:"),
    (["-h"], "Exit statuses:"),
    (["help"], "Commands:"),
    (["run", "--help"], "--dry-run"),
    (["help", "run"], "--dry-run"),
    (["help", "settings"], "CLUSTER_<N>_API_URL"),
    (["help", "exit-statuses"], "78"),
    (["--version"], "kasten-alerter "),
    (["version"], "kasten-alerter "),
])
def test_help_needs_no_settings(tmp_path, arguments, words):
    result = Alerter(tmp_path, {}).run(*arguments, expect=0)
    assert words in result.out and result.err == ""
    assert all(len(line) <= 80 for line in result.out.splitlines()), result


def test_no_settings_at_all_is_one_clear_answer(tmp_path):
    result = Alerter(tmp_path, {}).run(expect=78)
    for key in ("SMTP_HOST", "ALERT_FROM", "ALERT_TO", "CLUSTER_1_NAME"):
        assert key in result.err
    assert "help settings" in result.err


def test_no_colour_and_no_progress_off_a_terminal(program):
    result = program.run(expect=0)
    assert "\x1b" not in result.err and "\r" not in result.err


def test_readme_shows_what_explain_prints(tmp_path):
    root = pathlib.Path(__file__).resolve().parents[2]
    blocks = re.findall(r"```console\n\$ kasten-alerter explain --file (\S+)\n(.*?)```",
                        (root / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    for sample, shown in blocks:
        (tmp_path / "docs").mkdir(exist_ok=True)
        if not (tmp_path / "docs/samples").exists():
            (tmp_path / "docs/samples").symlink_to(root / "docs/samples")
        assert Alerter(tmp_path, {}).run("explain", "--file", sample, expect=0).out == shown
