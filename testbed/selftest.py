# SPDX-License-Identifier: MIT
"""The simulated fleet does what testbed/README.md says.

Run: KASTEN_FLEET=build/testbed/kasten-fleet /usr/bin/python3 -m pytest testbed/selftest.py
"""
import base64
import datetime
import email.utils
import gzip
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
FLEET = os.environ.get("KASTEN_FLEET", str(HERE.parent / "build/testbed/kasten-fleet"))
ACTIONS = "/apis/actions.kio.kasten.io/v1alpha1"
BACKUPS = ACTIONS + "/backupactions"
STATE = "/api/v1/namespaces/kasten-io/configmaps"

SCENARIO = {
    "clusters": [
        {
            "name": "plain",
            "label": "Plain",
            "token": "plain-token",
            "actions": [
                {"kind": "run", "name": "run-one", "policy": "p", "minutes_ago": 5,
                 "state": "Failed"},
                {"kind": "backup", "namespace": "app-a", "policy": "p", "run": "run-one",
                 "minutes_ago": 7, "state": "Failed",
                 "error": {"message": "no", "cause": {"$json": {"message": "<a> & b"}}}},
                {"kind": "backup", "namespace": "app-b", "run": "run-one", "minutes_ago": 8},
                {"kind": "backup", "namespace": "app-b", "name": "going-on", "state": "Running"},
                {"kind": "backup", "raw": {"metadata": {"name": "raw", "namespace": "odd"}}},
                {"kind": "backup", "raw_text": '{"metadata":{"name":"text"},"x":"\\ud800"}'},
            ],
            "policies": [{"name": "p", "spec": {"frequency": "@daily"}}],
            "configmaps": {"kasten-io": {"given": {"data": {"sent": "{}"}}}},
            "deny": [{"verbs": ["list"], "resources": ["validateactions"]},
                     {"resources": ["importactions"], "cluster_wide": True}],
        },
        {"name": "many", "key_order": "sorted", "date_skew_seconds": 600,
         "path_prefix": "/k8s/clusters/c-1",
         "kinds": ["backup", "run"],
         "generate": {"backupactions": 2500, "runactions": 500, "failed": 7,
                      "failed_within_minutes": 60, "item_bytes": 1500}},
        {"name": "old", "k10_version": "4.0.2", "item_kind": False,
         "projects": ["app-a", "kasten-io"],
         "actions": [{"kind": "run", "name": "run-old"},
                     {"kind": "backup", "namespace": "x", "run": "run-old"}]},
        {"name": "brief", "token_minutes": 30},
        {"name": "expired", "certificate": "expired"},
        {"name": "wrong-name", "certificate": "wrong-name"},
        {"name": "other", "certificate": "other"},
        {"name": "front", "auth": "aggregated"},
    ]
}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Cluster:
    def __init__(self, entry):
        self.entry = entry
        self.name, self.token = entry["name"], entry["token"]
        self.prefix = entry["url"].split(str(entry["port"]), 1)[1]
        self.tls = ssl.create_default_context(cafile=entry["ca_file"])

    def ask(self, method, path, body=None, token=None, timeout=10, **headers):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.entry["port"], context=self.tls, timeout=timeout)
        try:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            if token != "":
                headers["Authorization"] = "Bearer " + (token or self.token)
            prefix = "" if path.startswith("/testbed/") else self.prefix
            payload = json.dumps(body) if body is not None else None
            connection.request(method, prefix + path, payload, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def faults(self, *faults):
        answer = self.ask("POST", "/testbed/faults", list(faults))
        assert answer.status == 200, answer.body

    def requests(self):
        return self.get("/testbed/requests").json["requests"]


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certs")
    subprocess.run([HERE / "make-certs", folder], check=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def fleet(tmp_path_factory, certs):
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "scenario.json").write_text(json.dumps(SCENARIO))
    with subprocess.Popen(
        [FLEET, "--dir", folder, "--certs", certs, "--scenario", folder / "scenario.json",
         "--max-seconds", "120"],
        stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            found = json.loads((folder / "fleet.json").read_text())
            assert found["pid"] == process.pid
            yield {entry["name"]: Cluster(entry) for entry in found["clusters"]}
        finally:
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=20)
    assert status == 0
    assert time.monotonic() - began < 10


@pytest.fixture
def plain(fleet):
    yield fleet["plain"]
    fleet["plain"].ask("DELETE", "/testbed/faults")


@pytest.fixture
def many(fleet):
    yield fleet["many"]
    fleet["many"].ask("DELETE", "/testbed/faults")


# --- the Kubernetes API ---------------------------------------------------------------------


def test_discovery(plain, many):
    assert {g["name"] for g in plain.get("/apis").json["groups"]} >= {"actions.kio.kasten.io"}
    assert plain.get("/apis/actions.kio.kasten.io").json["kind"] == "APIGroup"
    resources = {r["name"]: r for r in plain.get(ACTIONS).json["resources"]}
    assert resources["backupactions"]["verbs"] == ["create", "delete", "get", "list"]
    assert not resources["backupclusteractions"]["namespaced"]
    names = {r["name"] for r in many.get(ACTIONS).json["resources"]}
    assert names == {"backupactions", "backupactions/details", "runactions", "runactions/details"}
    assert plain.get("/version").json["gitVersion"].startswith("v1.")


def test_not_found(plain, many):
    for cluster, path in ((plain, "/apis/nothing.io/v1/x"), (plain, ACTIONS + "/cancelactions"),
                          (many, ACTIONS + "/exportactions")):
        answer = cluster.get(path)
        assert (answer.status, answer.body) == (404, b"404 page not found\n")
        assert answer.headers["Content-Type"].startswith("text/plain")
    status = plain.get(ACTIONS + "/namespaces/app-a/backupactions/nobody").json
    assert (status["kind"], status["reason"], status["code"]) == ("Status", "NotFound", 404)


def test_list(plain):
    text = plain.get(BACKUPS).body.decode()
    assert text.startswith('{"kind":"BackupActionList","apiVersion":')
    assert "\\u003ca\\" in text and "\\ud800" in text
    items = plain.get(ACTIONS + "/namespaces/app-a/backupactions").json["items"]
    (item,) = items
    labels = item["metadata"]["labels"]
    assert labels["k10.kasten.io/runActionName"] == "run-one"
    assert labels["k10.kasten.io/runActionNamespace"] == "kasten-io"
    assert json.loads(item["status"]["error"]["cause"]) == {"message": "<a> & b"}
    assert item["metadata"]["uid"] and item["metadata"]["managedFields"]
    ended = datetime.datetime.fromisoformat(item["status"]["endTime"].replace("Z", "+00:00"))
    age = datetime.datetime.now(datetime.timezone.utc) - ended
    assert 400 < age.total_seconds() < 500
    running = plain.get(ACTIONS + "/namespaces/app-b/backupactions/going-on").json
    assert running["status"]["endTime"] is None


def test_details(plain):
    (item,) = plain.get(ACTIONS + "/namespaces/app-a/backupactions").json["items"]
    assert item["status"]["actionDetails"] == {}
    path = f"{ACTIONS}/namespaces/app-a/backupactions/{item['metadata']['name']}/details"
    phases = plain.get(path).json["status"]["actionDetails"]["phases"]
    assert phases[-1]["state"] == "failed" and phases[-1]["errors"][0]["message"] == "no"


def test_config_kinds(plain):
    (policy,) = plain.get("/apis/config.kio.kasten.io/v1alpha1/policies").json["items"]
    assert policy["spec"]["frequency"] == "@daily"
    assert plain.get("/apis/config.kio.kasten.io/v1alpha1/profiles").json["items"] == []


def test_old_k10(fleet):
    (run,) = fleet["old"].get(ACTIONS + "/runactions").json["items"]
    assert "namespace" not in run["metadata"] and "kind" not in run
    (backup,) = fleet["old"].get(BACKUPS).json["items"]
    assert "k10.kasten.io/runActionNamespace" not in backup["metadata"]["labels"]


def test_paging(many):
    token, names, pages, failed = "", [], 0, 0
    while True:
        answer = many.get(f"{BACKUPS}?limit=500&continue={token}").json
        assert list(answer) == ["apiVersion", "items", "kind", "metadata"]
        names += [i["metadata"]["namespace"] + "/" + i["metadata"]["name"]
                  for i in answer["items"]]
        failed += sum(i["status"]["state"] == "Failed" for i in answer["items"])
        pages += 1
        token = answer["metadata"].get("continue", "")
        if not token:
            break
        assert answer["metadata"]["remainingItemCount"] == 2500 - len(names)
    assert (pages, len(names), len(set(names)), failed) == (5, 2500, 2500, 7)


def test_generated_runs_agree_with_children(many):
    runs = {r["metadata"]["name"]: r["status"]["state"]
            for r in many.get(ACTIONS + "/runactions").json["items"]}
    for item in many.get(BACKUPS).json["items"]:
        run = item["metadata"]["labels"]["k10.kasten.io/runActionName"]
        assert item["status"]["state"] == "Complete" or runs[run] == "Failed"
    assert sum(state == "Failed" for state in runs.values()) == 7


def test_generated_object_and_selector(many):
    item = many.get(BACKUPS + "?limit=1").json["items"][0]
    path = "/namespaces/{namespace}/backupactions/{name}".format(**item["metadata"])
    assert many.get(ACTIONS + path).json["metadata"] == item["metadata"]
    run = item["metadata"]["labels"]["k10.kasten.io/runActionName"]
    found = many.get(f"{BACKUPS}?labelSelector=k10.kasten.io/runActionName%3D{run}").json["items"]
    assert len(found) == 5


def test_bad_queries(plain):
    for query in ("continue=nonsense", "limit=x", "fieldSelector=status.state%3DFailed"):
        assert plain.get(f"{BACKUPS}?{query}").status == 400, query
    assert plain.get(BACKUPS + "?watch=1").status == 405


def test_gzip(many, plain):
    answer = many.get(BACKUPS, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(answer.body))["items"]) == 2500
    assert "Content-Encoding" not in many.get(BACKUPS).headers
    assert "Content-Encoding" not in plain.get(BACKUPS, Accept_Encoding="gzip").headers


def test_pretty_for_curl(plain):
    answer = plain.get(ACTIONS, User_Agent="curl/8.0")
    assert answer.body.startswith(b'{\n  "kind": "APIResourceList",\n')
    assert answer.json == plain.get(ACTIONS).json


def test_date(plain, many):
    now = datetime.datetime.now(datetime.timezone.utc)
    for cluster, skew in ((plain, 0), (many, 600)):
        date = email.utils.parsedate_to_datetime(cluster.get("/version").headers["Date"])
        assert abs((date - now).total_seconds() - skew) < 5


def test_token(plain, fleet):
    assert plain.get(BACKUPS, token="wrong").json["reason"] == "Unauthorized"
    assert plain.get(BACKUPS, token="").status == 401
    assert plain.get("/version", token="").status == 200
    assert plain.get("/testbed/requests", token="wrong").status == 401
    plain.ask("POST", "/testbed/token", {"token": "rotated"})
    assert plain.get(BACKUPS).status == 401
    assert plain.get(BACKUPS, token="rotated").status == 200
    plain.ask("POST", "/testbed/token", {"token": plain.token})
    assert fleet["front"].get(ACTIONS).status == 401
    assert fleet["front"].get(ACTIONS, token="", X_Remote_User="system:kube-aggregator").status == 200


def test_token_that_ends(fleet):
    cluster = fleet["brief"]
    _header, payload, _signature = cluster.token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["sub"] == "system:serviceaccount:kasten-io:kasten-alerter"
    assert abs(claims["exp"] - time.time() - 30 * 60) < 30 and claims["exp"] > claims["iat"]
    assert cluster.get(BACKUPS).status == 200

    def clock(seconds):
        now = datetime.datetime.fromtimestamp(claims["exp"] + seconds, datetime.timezone.utc)
        moved = cluster.ask("POST", "/testbed/clock", {"now": now.isoformat()})
        assert moved.status == 200

    clock(1)
    assert cluster.get(BACKUPS).status == 401
    clock(-1800)
    assert cluster.get(BACKUPS).status == 200


def test_deny_and_access_review(plain):
    status = plain.get(ACTIONS + "/validateactions").json
    assert status["reason"] == "Forbidden"
    assert status["message"] == (
        'validateactions.actions.kio.kasten.io is forbidden: User '
        '"system:serviceaccount:kasten-io:kasten-alerter" cannot list resource "validateactions" '
        'in API group "actions.kio.kasten.io" at the cluster scope')
    assert plain.get(ACTIONS + "/importactions").status == 403
    assert plain.get(ACTIONS + "/namespaces/x/importactions").status == 200

    def allowed(**attributes):
        answer = plain.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                           {"spec": {"resourceAttributes": attributes}})
        assert answer.status == 201
        return answer.json["status"]["allowed"]

    group = "actions.kio.kasten.io"
    assert not allowed(verb="list", group=group, resource="validateactions")
    assert allowed(verb="list", group=group, resource="backupactions")


def test_projects(fleet, plain):
    path = "/apis/project.openshift.io/v1/projects"
    assert plain.get(path).status == 404
    answer = fleet["old"].get(path).json
    assert answer["kind"] == "ProjectList"
    assert [item["metadata"]["name"] for item in answer["items"]] == ["app-a", "kasten-io"]


def test_certificates(fleet):
    for name, words in (("expired", "expired"), ("wrong-name", "mismatch"),
                        ("other", "unable to get local issuer")):
        with pytest.raises(ssl.SSLCertVerificationError, match=words):
            fleet[name].get("/version")


# --- ConfigMaps -----------------------------------------------------------------------------


def config_map(name, sent, version=None):
    metadata = {"name": name, "namespace": "kasten-io"}
    if version:
        metadata["resourceVersion"] = version
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"sent": sent}}


def test_configmap_life(plain):
    assert plain.get(STATE + "/life").status == 404
    created = plain.ask("POST", STATE, config_map("life", "{}"))
    assert created.status == 201
    first = created.json["metadata"]["resourceVersion"]
    assert plain.ask("POST", STATE, config_map("life", "{}")).json["reason"] == "AlreadyExists"
    second = plain.ask("PUT", STATE + "/life", config_map("life", "1", first)).json
    assert second["metadata"]["resourceVersion"] != first
    assert second["metadata"]["uid"] == created.json["metadata"]["uid"]
    stale = plain.ask("PUT", STATE + "/life", config_map("life", "2", first))
    assert (stale.status, stale.json["reason"]) == (409, "Conflict")
    assert plain.ask("PUT", STATE + "/life", config_map("life", "3")).status == 200
    dry = plain.ask("PUT", STATE + "/life?dryRun=All", config_map("life", "dry"))
    assert dry.status == 200
    assert plain.get(STATE + "/life").json["data"]["sent"] == "3"
    assert plain.ask("DELETE", STATE + "/life").json["status"] == "Success"
    assert plain.ask("DELETE", STATE + "/life").status == 404
    assert plain.get(STATE + "/given").json["data"] == {"sent": "{}"}


def test_configmap_refusals(plain):
    big = plain.ask("POST", STATE, config_map("big", "x" * (1 << 20) + "x"))
    assert big.status == 422 and "Too long" in big.json["message"]
    assert plain.ask("POST", STATE, config_map("huge", "x" * (4 << 20))).status == 413
    assert plain.ask("POST", STATE, config_map("Bad_Name", "{}")).status == 422
    bad_key = config_map("keys", "{}")
    bad_key["data"] = {"cluster:run:date": "x"}
    assert plain.ask("POST", STATE, bad_key).status == 422


def test_configmap_races(plain):
    plain.faults({"fault": "conflict", "method": "POST", "times": 1})
    assert plain.ask("POST", STATE, config_map("race", "{}")).json["reason"] == "AlreadyExists"
    found = plain.get(STATE + "/race").json
    assert len(json.loads(found["data"]["sent"])) == 1
    plain.faults({"fault": "conflict", "times": 2})
    for others in (2, 3):
        version = plain.get(STATE + "/race").json["metadata"]["resourceVersion"]
        answer = plain.ask("PUT", STATE + "/race", config_map("race", "{}", version))
        assert answer.json["reason"] == "Conflict"
        assert len(json.loads(plain.get(STATE + "/race").json["data"]["sent"])) == others
    version = plain.get(STATE + "/race").json["metadata"]["resourceVersion"]
    assert plain.ask("PUT", STATE + "/race", config_map("race", "{}", version)).status == 200


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fault,status,content_type,words", [
    ("401", 401, "application/json", b'"Unauthorized"'),
    ("403", 403, "application/json", b'cannot list resource \\"backupactions\\"'),
    ("404", 404, "text/plain", b"404 page not found"),
    ("429", 429, "text/plain", b"Too many requests"),
    ("500", 500, "application/json", b"InternalError"),
    ("502", 502, "text/html", b"Bad Gateway"),
    ("503", 503, "text/plain", b"error trying to reach service: dial tcp"),
    ("503-unavailable", 503, "text/plain", b"service unavailable"),
    ("503-retry-after", 503, "text/plain", b"service unavailable"),
    ("504", 504, "application/json", b"Timeout"),
    ("html", 200, "text/html", b"<form"),
    ("garbage-json", 200, "application/json", b"]],,"),
    ("empty", 200, "application/json", b""),
    ("redirect", 302, "text/html", b"Found"),
])
def test_answer_faults(plain, fault, status, content_type, words):
    plain.faults({"fault": fault, "kind": "backup", "times": 1})
    assert plain.get(ACTIONS + "/runactions").status == 200
    answer = plain.get(BACKUPS)
    assert answer.status == status and answer.headers["Content-Type"].startswith(content_type)
    assert words in answer.body
    assert ("Retry-After" in answer.headers) == (fault in ("429", "503-retry-after"))
    assert plain.get(BACKUPS).status == 200


def test_fault_counting_and_paths(plain):
    plain.faults({"fault": "503", "path": "limit=7", "after": 1, "times": 2})
    statuses = [plain.get(BACKUPS + "?limit=7").status for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert plain.get(BACKUPS).status == 200
    plain.faults({"fault": "status", "status": 418, "body": "tea", "retry_after": "soon"})
    answer = plain.get(BACKUPS)
    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (418, b"tea", "soon")
    wrong = plain.ask("POST", "/testbed/faults", [{"fault": "503", "tmies": 1}])
    assert wrong.status == 400 and "tmies" in wrong.json["error"]


def test_expired_continue(many):
    first = many.get(BACKUPS + "?limit=1000").json["metadata"]["continue"]
    many.faults({"fault": "410"})
    answer = many.get(f"{BACKUPS}?limit=1000&continue={first}")
    assert (answer.status, answer.json["reason"]) == (410, "Expired")
    other = answer.json["metadata"]["continue"]
    assert len(many.get(f"{BACKUPS}?limit=1000&continue={other}").json["items"]) == 1000
    many.faults({"fault": "410-bare"})
    answer = many.get(f"{BACKUPS}?limit=1000&continue={first}")
    assert answer.status == 410 and "continue" not in answer.json["metadata"]
    assert many.get(BACKUPS + "?limit=1000").status == 200


def test_list_faults(plain):
    def items(fault):
        plain.faults({"fault": fault})
        return plain.get(BACKUPS).json["items"]

    assert items("items-null") is None
    assert items("item-not-object")[:4] == [1, "text", None, []]
    assert len(items("duplicate-items")) == 10
    assert items("lone-surrogate")[0]["metadata"]["name"] == "lone-surrogate"
    assert "\x00" in items("nul-escape")[0]["status"]["error"]["message"]
    plain.faults({"fault": "bad-utf8"})
    assert b"\xff\xfe" in plain.get(BACKUPS).body
    plain.faults({"fault": "pretty"})
    assert plain.get(BACKUPS).body.startswith(b'{\n  "kind"')
    plain.faults({"fault": "limit-ignored"})
    assert len(plain.get(BACKUPS + "?limit=2").json["items"]) == 5


def test_truncated(plain, many):
    plain.faults({"fault": "truncated"})
    with pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
        plain.get(BACKUPS)
    plain.faults({"fault": "truncated-chunked", "bytes": 300})
    with pytest.raises((http.client.IncompleteRead, ssl.SSLError, ConnectionError)):
        plain.get(BACKUPS)
    plain.faults({"fault": "truncated-json", "bytes": 300})
    assert len(plain.get(BACKUPS).body) == 300
    many.faults({"fault": "truncated-json", "after_items": 3})
    body = many.get(BACKUPS).body
    assert body.count(b'"kind":"BackupAction"') >= 3
    with pytest.raises(ValueError):
        json.loads(body)


def raw_read(cluster, path, seconds):
    """The bytes that arrive in so many seconds, and whether the server ended the connection."""
    raw = socket.create_connection(("127.0.0.1", cluster.entry["port"]))
    with cluster.tls.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                           f"{cluster.token}\r\n\r\n".encode())
        data, end = b"", time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and len(data) < 2 << 20:
            connection.settimeout(left)
            try:
                piece = connection.recv(1 << 16)
            except TimeoutError:
                break
            except (ssl.SSLError, ConnectionError):
                return data, True
            if not piece:
                return data, True
            data += piece
        return data, False


def test_hanging_holds_up_nobody(plain):
    plain.faults({"fault": "hang", "kind": "backup"}, {"fault": "slow", "kind": "run", "rate": 50})
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(raw_read(plain, BACKUPS, 1)))
               for _ in range(80)]
    for thread in threads:
        thread.start()
    slow, ended = raw_read(plain, ACTIONS + "/runactions", 0.8)
    began = time.monotonic()
    assert plain.get(ACTIONS + "/exportactions").status == 200
    assert time.monotonic() - began < 1.0
    for thread in threads:
        thread.join()
    assert answers == [(b"", False)] * 80
    assert b"200 OK" in slow and not ended and len(slow.split(b"\r\n\r\n", 1)[1]) < 100
    assert plain.get("/testbed/counters").json["requests_peak"] >= 80


def test_connection_faults(plain):
    plain.faults({"fault": "close"})
    assert raw_read(plain, BACKUPS, 2) == (b"", True)
    plain.faults({"fault": "hang-body", "bytes": 100})
    data, ended = raw_read(plain, BACKUPS, 0.5)
    assert not ended and len(data.split(b"\r\n\r\n", 1)[1]) == 100
    for fault in ("big-body", "big-item"):
        plain.faults({"fault": fault})
        data, ended = raw_read(plain, BACKUPS, 5)
        assert len(data) >= 2 << 20 and not ended
    plain.faults({"fault": "delay", "ms": 300})
    began = time.monotonic()
    assert plain.get(BACKUPS).status == 200 and time.monotonic() - began >= 0.3


# --- control --------------------------------------------------------------------------------


def test_requests_log(plain):
    plain.ask("DELETE", "/testbed/requests")
    plain.get(BACKUPS + "?limit=5", User_Agent="me/1", Accept_Encoding="gzip")
    plain.get(BACKUPS, token="secret-value")
    first, second = plain.requests()
    assert (first["method"], first["path"], first["query"]) == ("GET", BACKUPS, "limit=5")
    assert (first["user_agent"], first["accept_encoding"]) == ("me/1", "gzip")
    assert first["authorization"] is True and (first["status"], second["status"]) == (200, 401)
    log = pathlib.Path(plain.entry["log"]).read_text()
    assert "secret-value" not in log + json.dumps([first, second]) and plain.token not in log


def test_actions_change(fleet):
    cluster = fleet["old"]
    one = {"kind": "export", "namespace": "n", "name": "one", "state": "Running"}
    assert cluster.ask("POST", "/testbed/actions", [one]).status == 200
    path = ACTIONS + "/namespaces/n/exportactions/one"
    before = cluster.get(path).json
    cluster.ask("POST", "/testbed/actions", [{**one, "state": "Failed", "minutes_ago": 0}])
    after = cluster.get(path).json
    assert after["status"]["state"] == "Failed"
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert len(cluster.get(ACTIONS + "/exportactions").json["items"]) == 1
    cluster.ask("DELETE", "/testbed/actions?kind=export&name=one")
    assert cluster.get(path).status == 404
    bad = cluster.ask("POST", "/testbed/actions", [{"kind": "export", "stat": "x"}])
    assert bad.status == 400 and "stat" in bad.json["error"]
    cluster.ask("DELETE", "/testbed/actions")
    assert cluster.get(BACKUPS).json["items"] == []


def test_progress_skip_reason_and_age(fleet):
    cluster = fleet["front"]
    cluster.ask("POST", "/testbed/actions", [
        {"kind": "export", "namespace": "n", "name": "usual", "state": "Running"},
        {"kind": "export", "namespace": "n", "name": "slow", "state": "Running", "progress": 7},
        {"kind": "export", "namespace": "n", "name": "silent", "state": "Running",
         "progress": None},
        {"kind": "run", "name": "run-left-out", "state": "Skipped", "error": None,
         "skip_reason": "noapplicationselected"},
        {"kind": "Policy", "name": "young", "namespace": "kasten-io", "minutes_ago": 90}])
    user = {"X_Remote_User": "someone"}
    exports = cluster.get(ACTIONS + "/exportactions", **user).json["items"]
    assert [each["status"].get("progress") for each in exports] == [46, 7, None]
    assert "progress" not in exports[2]["status"]
    (run,) = cluster.get(ACTIONS + "/runactions", **user).json["items"]
    assert run["metadata"]["labels"]["k10.kasten.io/actionSkipReason"] == "noapplicationselected"
    assert run["status"]["error"] is None
    (policy,) = cluster.get("/apis/config.kio.kasten.io/v1alpha1/policies", **user).json["items"]
    made = datetime.datetime.fromisoformat(policy["metadata"]["creationTimestamp"])
    age = datetime.datetime.now(datetime.timezone.utc) - made
    assert abs(age.total_seconds() - 90 * 60) < 5
    cluster.ask("DELETE", "/testbed/actions")


def test_clock(fleet):
    cluster = fleet["old"]

    def date():
        return cluster.get("/version").headers["Date"]

    cluster.ask("POST", "/testbed/actions", {"kind": "export", "namespace": "n", "name": "before"})
    path = ACTIONS + "/namespaces/n/exportactions/"
    ended = cluster.get(path + "before").json["status"]["endTime"]
    moved = cluster.ask("POST", "/testbed/clock", {"now": "2026-03-01T06:00:00Z"})
    assert moved.status == 200 and date().startswith("Sun, 01 Mar 2026 06:00:0")
    cluster.ask("POST", "/testbed/actions", {"kind": "export", "namespace": "n", "name": "after",
                                             "minutes_ago": 10})
    assert cluster.get(path + "before").json["status"]["endTime"] == ended
    assert cluster.get(path + "after").json["status"]["endTime"].startswith("2026-03-01T05:50:0")
    assert not fleet["plain"].get("/version").headers["Date"].startswith("Sun, 01 Mar 2026")
    assert cluster.ask("POST", "/testbed/clock", {"now": "soon"}).status == 400
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    assert cluster.ask("POST", "/testbed/clock", {"now": now}).status == 200
    cluster.ask("DELETE", "/testbed/actions")


def test_certificates_are_kept(certs):
    before = {path.name: path.read_bytes() for path in certs.glob("*.pem")}
    assert {"ca.pem", "other-ca.pem", "server.pem", "mail.pem"} <= set(before)
    subprocess.run([HERE / "make-certs", certs], check=True, timeout=60)
    assert before == {path.name: path.read_bytes() for path in certs.glob("*.pem")}


def test_bad_scenarios(tmp_path, certs):
    for scenario, words in (({"clusters": []}, "not empty"),
                            ({"clusters": [{"name": "a b"}]}, "name"),
                            ({"clusters": [{"name": "a", "colour": 1}]}, "colour"),
                            ({"clusters": [{"name": "a", "generate": {"bakcup": 3}}]}, "bakcup"),
                            ({"clusters": [{"name": "a"}, {"name": "a"}]}, "two clusters")):
        (tmp_path / "s.json").write_text(json.dumps(scenario))
        done = subprocess.run([FLEET, "--dir", tmp_path, "--certs", certs, "--scenario",
                               tmp_path / "s.json"], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 2 and words in done.stderr, done.stderr
    assert subprocess.run([FLEET], capture_output=True, timeout=20, check=False).returncode == 2


@pytest.mark.parametrize("count", [2, 5])
def test_default_scenario_and_number_of_clusters(tmp_path, certs, count):
    done = subprocess.run([FLEET, "--dir", tmp_path, "--certs", certs, "--clusters", str(count),
                           "--max-seconds", "1"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "ready\n")
    clusters = json.loads((tmp_path / "fleet.json").read_text())["clusters"]
    assert [c["name"] for c in clusters][:2] == ["openshift", "rke2"]
    assert len({c["name"] for c in clusters}) == len({c["token"] for c in clusters}) == count
