# SPDX-License-Identifier: MIT
"""What the end-to-end tests drive: the simulated fleet, the alerter as a process, and mails."""

import datetime
import email
import email.policy
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 60  # no step of a test may take longer; sanitizers and a busy machine included


def required_program(key, default):
    """The path of a program under test; a missing one is a failure, never a skip."""
    path = pathlib.Path(os.environ.get(key, ROOT / "build" / default))
    if not path.is_file():
        raise RuntimeError(f"{path} is missing: run `make test`, or set {key}")
    return str(path)


class Fleet:
    """A running kasten-fleet. Clusters are known by name."""

    def __init__(self, directory, scenario=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [required_program("KASTEN_FLEET", "testbed/kasten-fleet"), "--dir",
                   str(self.directory), "--max-seconds", "900"]
        certs = os.environ.get("KASTEN_CERTS")
        if certs:
            command += ["--certs", certs]
        if scenario is not None:
            path = self.directory / "scenario.json"
            path.write_text(json.dumps(scenario), encoding="utf-8")
            command += ["--scenario", str(path)]
        self.log = open(self.directory / "fleet.log", "wb")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        if line.strip() != b"ready":
            self.stop()
            raise RuntimeError((self.directory / "fleet.log").read_text())
        info = json.loads((self.directory / "fleet.json").read_text())
        self.clusters = {cluster["name"]: cluster for cluster in info["clusters"]}

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()
        log = (self.directory / "fleet.log").read_text(encoding="utf-8", errors="replace")
        assert "Sanitizer" not in log and "runtime error" not in log, log

    def call(self, name, method, path, body=None):
        """One request to a cluster; (status, parsed body)."""
        cluster = self.clusters[name]
        context = ssl.create_default_context(cafile=cluster["ca_file"])
        request = urllib.request.Request(
            cluster["url"] + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + cluster["token"],
                     "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=context, timeout=SECONDS) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def faults(self, name, *faults):
        status, answer = self.call(name, "POST", "/testbed/faults", list(faults))
        assert status < 300, answer

    def add_actions(self, name, *actions):
        status, answer = self.call(name, "POST", "/testbed/actions", list(actions))
        assert status < 300, answer

    def requests(self, name):
        status, answer = self.call(name, "GET", "/testbed/requests")
        assert status == 200, answer
        return answer["requests"] if isinstance(answer, dict) else answer

    def configmap(self, name, namespace="kasten-io"):
        """The state object, None when there is none."""
        path = f"/api/v1/namespaces/{namespace}/configmaps/kasten-alerter-sent"
        status, answer = self.call(name, "GET", path)
        return answer if status == 200 else None

    def put_configmap(self, name, data, namespace="kasten-io"):
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        body = {"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "kasten-alerter-sent", "namespace": namespace}, "data": data}
        status, answer = self.call(name, "POST", path, body)
        assert status == 201, answer

    def delete_configmap(self, name, namespace="kasten-io"):
        path = f"/api/v1/namespaces/{namespace}/configmaps/kasten-alerter-sent"
        status, answer = self.call(name, "DELETE", path)
        assert status == 200, answer

    def sent(self, name):
        """The alert ids recorded, with their times."""
        configmap = self.configmap(name)
        return {} if configmap is None else json.loads(configmap["data"]["sent"])


class Clock:
    """One clock for a fleet and its alerter. Days count from the midnight (UTC) before the day before
    yesterday: what a test or the demo plays has happened."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.begin = self.now = self.first_midnight()

    @staticmethod
    def first_midnight():
        today = datetime.datetime.now(datetime.timezone.utc).replace(
            hour=0, minute=0, second=0, microsecond=0)
        return today - datetime.timedelta(days=3)

    def set(self, day, time_of_day):
        """Moves it to, for instance, (1, "12:30")."""
        hour, minute = time_of_day.split(":")
        self.now = self.begin + datetime.timedelta(days=day, hours=int(hour), minutes=int(minute))
        for name in self.fleet.clusters:
            status, answer = self.fleet.call(name, "POST", "/testbed/clock", {"now": self.text()})
            assert status == 200, answer

    def text(self):
        """The moment it was set to, as K10 writes it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def run(self, program, *arguments, **options):
        """Runs an alerter at that moment."""
        return program.run(*arguments, prefix=("faketime", self.now.strftime("%Y-%m-%d %H:%M:%S")),
                           TZ="UTC", **options)


class Result:
    """How a run of the alerter ended."""

    def __init__(self, status, out, err, seconds):
        self.status = status
        self.out = out
        self.err = err
        self.seconds = seconds

    def __repr__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n{self.out}{self.err}"


class Alerter:
    """The binary with an environment that holds nothing of ours but PATH."""

    def __init__(self, directory, settings):
        self.directory = pathlib.Path(directory)
        self.settings = settings

    def environment(self, changes):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C.UTF-8"}
        for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TZ"):
            if key in os.environ:
                env[key] = os.environ[key]
        env.update(self.settings)
        env.update({key: str(value) for key, value in changes.items() if value is not None})
        for key, value in changes.items():
            if value is None:
                env.pop(key, None)
        return env

    def start(self, *arguments, prefix=(), **changes):
        command = [*prefix, required_program("KASTEN_ALERTER", "kasten-alerter"), *arguments]
        env = self.environment(changes)
        if "faketime" in prefix and "ASAN_OPTIONS" in env:
            # Its library is loaded before the sanitizer's, which would refuse to start.
            env["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
        return subprocess.Popen(command, env=env, cwd=self.directory,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, prefix=(), expect=None, **changes):
        """Runs it to its end. With `expect`, any other exit status fails the test."""
        begun = time.monotonic()
        process = self.start(*arguments, prefix=prefix, **changes)
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"did not end within {SECONDS} s:\n{err.decode()}") from None
        result = Result(process.returncode, out.decode(), err.decode(),
                        time.monotonic() - begun)
        assert "Sanitizer" not in result.err and "runtime error" not in result.err, result
        assert result.status >= 0, f"killed by signal {-result.status}: {result}"
        if expect is not None:
            assert result.status == expect, f"expected exit status {expect}, got {result}"
        return result


def cluster_settings(fleet, names=None):
    """CLUSTER_<N>_* for the fleet's clusters."""
    settings = {}
    for number, name in enumerate(names or fleet.clusters, 1):
        cluster = fleet.clusters[name]
        settings[f"CLUSTER_{number}_NAME"] = cluster["name"]
        settings[f"CLUSTER_{number}_LABEL"] = cluster["label"]
        settings[f"CLUSTER_{number}_API_URL"] = cluster["url"]
        settings[f"CLUSTER_{number}_TOKEN"] = cluster["token"]
        settings[f"CLUSTER_{number}_CA_FILE"] = cluster["ca_file"]
    return settings


def mail_settings(mail, user="ops@kasten.test"):
    """SMTP_* and ALERT_* for a running mail server (testbed/mail)."""
    return {
        "SMTP_HOST": "localhost", "SMTP_PORT": str(mail.smtp_starttls_port),
        "SMTP_USER": mail.user, "SMTP_PASSWORD": mail.password, "SMTP_CA_FILE": mail.ca_file,
        "ALERT_FROM": "Kasten Alerter <alerts@kasten.test>", "ALERT_TO": user,
    }


def fault_mail_settings(server, ca_file, to="ops@kasten.test"):
    """The same for testbed/mail/fault_smtp.py."""
    return {
        "SMTP_HOST": "localhost", "SMTP_PORT": str(server.port), "SMTP_USER": "alerts@kasten.test",
        "SMTP_PASSWORD": "correct horse", "SMTP_CA_FILE": ca_file,
        "ALERT_FROM": "alerts@kasten.test", "ALERT_TO": to, "SMTP_TIMEOUT": "10",
    }


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def text_part(message):
    return message.get_body(("plain",)).get_content()


def html_part(message):
    return message.get_body(("html",)).get_content()


def failed_backup(name="backup-1", namespace="shop", run="run-a", policy="daily", minutes_ago=10,
                  error="AccessDenied: Access Denied", **more):
    """A failed BackupAction in the scenario's syntax."""
    return {"kind": "BackupAction", "name": name, "namespace": namespace, "run": run,
            "policy": policy, "minutes_ago": minutes_ago, "state": "Failed",
            "error": {"message": "Job failed to be executed", "cause": error}, **more}


def scenario(*actions, name="k3s", **more):
    """One cluster with these actions."""
    return {"clusters": [{"name": name, "label": name.upper(), "actions": list(actions), **more}]}
