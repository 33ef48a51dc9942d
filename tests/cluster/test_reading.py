# SPDX-License-Identifier: MIT
"""Lists from real API servers: pages, aggregation, expired continue tokens, and K10's API away."""

import pytest

import control_plane
import k10
from programs import wait_until
from harness import Alerter, Fleet, failed_backup, mail_settings, parse, text_part
from interposer import Interposer
from world import ACCOUNT, MANIFESTS, USER

# Every kind in its list's own order: what a pass asks for.
CRD_KINDS = (("BackupAction", "backupactions", True), ("ExportAction", "exportactions", True),
             ("RunAction", "runactions", True),
             ("BackupClusterAction", "backupclusteractions", False),
             ("ImportAction", "importactions", True), ("ValidateAction", "validateactions", True))


def test_three_clusters_with_3000_actions_in_pages(world):
    """Each cluster is an API server of its own; the long history comes in six pages."""
    world.fleet.add_actions("openshift", failed_backup("b-home", run="run-home"))
    world.fleet.add_actions("rke2", failed_backup("b-far", run="run-far"))
    program = world.alerter()
    program.run(expect=0)
    message = parse(world.mails(1)[0])
    assert message["Subject"].endswith("backup failures on openshift, rke2, k3s")
    assert "run-home" in text_part(message) and "run-far" in text_part(message)

    pages = [request for request in world.fleet.requests("k3s")
             if request["kind"] == "backupactions" and "limit=500" in request["query"]]
    assert len(pages) == 6
    assert ["continue=" in page["query"] for page in pages] == [False] + [True] * 5
    for page in pages:  # who it is the real API server found out; the simulator never sees a token
        assert page["remote_user"] == USER and page["status"] == 200
        assert not page["authorization"]

    clusters = {alert.split(":")[0] for alert in world.sent()}
    assert clusters == {"openshift", "rke2", "k3s"}
    program.run(expect=0)
    world.mails(1)


def test_another_cluster_s_token_opens_nothing(world):
    """Issuers are called alike in all clusters; the keys differ."""
    other = world.token_file(world.servers["rke2"])
    result = world.alerter(["k3s"], CLUSTER_1_TOKEN_FILE=other, STATE="file:state.json") \
        .run(expect=4)
    assert "401 Unauthorized" in result.err


@pytest.fixture(scope="module")
def crd_server(servers, tmp_path_factory):
    """One more API server on the same etcd. Here the actions are CRDs, so its lists come from etcd
    and their tokens expire as etcd's history does."""
    etcd = next(iter(servers.values())).etcd
    server = control_plane.ApiServer(tmp_path_factory.mktemp("crd"), "crd", etcd)
    with server:
        k10.install(server)
        k10.install_crds(server, [k10.crd(k10.ACTIONS_GROUP, *kind) for kind in CRD_KINDS])
        server.kubectl("apply", "-f", str(MANIFESTS / "rbac.yaml"))
        server.create_all(k10.ACTIONS + "/namespaces/default/backupactions",
                          (crd_action(number) for number in range(600)))
        yield server


def crd_action(number):
    failed = number in (3, 599)  # one on each page
    name = f"backup-{number:04}"
    return {"apiVersion": f"{k10.ACTIONS_GROUP}/{k10.VERSION}", "kind": "BackupAction",
            "metadata": {"name": name, "labels": {
                "k10.kasten.io/runActionName": f"run-{number}",
                "k10.kasten.io/policyName": "daily"}},
            "status": {"state": "Failed" if failed else "Complete",
                       "startTime": "2100-01-01T00:00:00Z", "endTime": "2100-01-01T00:01:00Z",
                       "error": {"message": "disk full"} if failed else None}}


def test_an_expired_continue_token(crd_server, mail_server, tmp_path):
    """The history is compacted while the list is being read: 410, and nothing is lost.

    600 actions, one failed on each of the two pages."""
    asked = []

    def compact(_method, path):
        if "backupactions" in path:
            asked.append(path)
            if len(asked) == 2:
                # Something must have changed since: the newest revision is never thrown away.
                crd_server.kubectl("create", "configmap", "something-new")
                crd_server.etcd.compact()
                wait_for_410(crd_server, asked[0], path)

    mail_server.clear("ops@kasten.test")
    crd_server.request("DELETE", "/api/v1/namespaces/kasten-io/configmaps/kasten-alerter-sent")
    token = tmp_path / "token"
    token.write_text(crd_server.create_token(ACCOUNT), encoding="utf-8")
    with Interposer(crd_server, compact) as between:
        program = Alerter(tmp_path, {
            **mail_settings(mail_server), "CLUSTER_1_NAME": "crd",
            "CLUSTER_1_API_URL": between.url, "CLUSTER_1_CA_FILE": str(crd_server.ca.pem),
            "CLUSTER_1_TOKEN_FILE": str(token), "STATE": "configmap:crd/kasten-io"})
        program.run(expect=0)
    codes = [event["responseStatus"]["code"] for event in crd_server.audit(USER)
             if event["objectRef"]["resource"] == "backupactions"
             and event["userAgent"].startswith("kasten-alerter")]
    # The 410's Status holds a token that goes on at the newest revision, and it is used.
    assert codes == [200, 410, 200]
    mails = mail_server.messages("ops@kasten.test", wait_for=1)
    text = text_part(parse(mails[0]))
    for run in ("run-3", "run-599"):
        assert run in text


def wait_for_410(server, first, path):
    """Until the server itself has seen that the token's revision is gone."""
    wait_until(f"410 for {path}", lambda: server.request("GET", path)[0] == 410)
    assert server.request("GET", first)[0] == 200


@pytest.fixture
def short_fleet(world, certs, tmp_path):
    """A simulator that the test may stop, in the place of rke2's; the other comes back at the end."""
    server = world.servers["rke2"]
    scenario = {"clusters": [{"name": "rke2", "auth": "aggregated",
                              "actions": [failed_backup("b1", run="run-before")]}]}

    def start(port=0):
        scenario["clusters"][0]["port"] = port
        return Fleet(tmp_path / "short-fleet", scenario)

    fleet = start()
    k10.register(server, fleet.clusters["rke2"]["port"], certs / "ca.pem")
    k10.wait_available(server)
    yield fleet, start
    fleet.stop()
    k10.register(server, world.fleet.clusters["rke2"]["port"], certs / "ca.pem")
    k10.wait_available(server)


def test_k10_s_api_goes_away_and_comes_back(world, short_fleet):
    """Both answers of a real kube-apiserver, told as what they are; then the failures of before."""
    server = world.servers["rke2"]
    fleet, start = short_fleet
    program = world.alerter(["openshift", "rke2"], REQUEST_TIMEOUT="2")
    path = k10.ACTIONS + "/backupactions"

    fleet.stop()  # between two looks of the API server: it tries, and fails
    status, words = server.request("GET", path)
    assert status == 503 and words.startswith("error trying to reach service: dial tcp"), words
    result = program.run(expect=3)
    assert "K10's API server is down (503 Service Unavailable" in result.err
    assert "error trying to reach service" in result.err
    assert "rke2" in parse(world.mails(1)[0])["Subject"]

    k10.wait_available(server, available=False)
    status, words = server.request("GET", path)
    assert status == 503 and words.strip() == "service unavailable", words
    result = program.run(expect=3)
    assert "K10's API server is down (503 Service Unavailable" in result.err
    assert "service unavailable" in result.err
    world.mails(1)  # an unread cluster is told once a day

    again = start(fleet.clusters["rke2"]["port"])
    try:
        k10.wait_available(server)
        program.run(expect=0)
        assert "run-before" in text_part(parse(world.mails(2)[1]))
    finally:
        again.stop()
