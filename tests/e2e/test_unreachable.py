# SPDX-License-Identifier: MIT
"""Every cause for which a cluster cannot be read: its words, its remedy and the exit status, over
real TLS and in a real mail."""

import base64
import contextlib
import json
import socket
import threading
import time

import pytest

from harness import failed_backup, scenario, text_part
from test_pass import mails

ONE = scenario(failed_backup())
ACTIONS = "/apis/actions.kio.kasten.io"
TIMEOUT = "2"


def token_until(expiry):
    """A JSON Web Token nobody signed; only its end is ever read."""
    def part(value):
        text = base64.urlsafe_b64encode(json.dumps(value).encode())
        return text.decode().rstrip("=")
    return f"{part({'alg': 'RS256'})}.{part({'sub': 'nobody-knows', 'exp': int(expiry)})}.c2ln"


@pytest.fixture
def told(alerter, mail, tmp_path):
    """Runs a pass whose only cluster is unread; gives the mail's words and the result."""

    def run(fleet, expect=4, **settings):
        settings = {"STATE": f"file:{tmp_path}/state.json", "REQUEST_TIMEOUT": TIMEOUT, **settings}
        result = alerter(fleet, **settings).run(expect=expect)
        message, = mails(mail, 1)
        return " ".join(text_part(message).split()), result

    return run


@contextlib.contextmanager
def listening(backlog=5, serve=None):
    """A TCP port on loopback; serve(connection) answers each, without it nobody accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        stop = threading.Event()

        def loop():
            server.settimeout(0.1)
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        serve(connection)

        thread = threading.Thread(target=loop) if serve else None
        if thread:
            thread.start()
        yield server.getsockname()[1]
        stop.set()
        if thread:
            thread.join()


def test_the_name_does_not_resolve(start_fleet, told):
    text, _ = told(start_fleet(ONE), CLUSTER_1_API_URL="https://nowhere.invalid:6443")
    assert "nowhere.invalid:6443: the name does not resolve" in text
    assert "check the host name in CLUSTER_1_API_URL, and DNS" in text


def test_nobody_listens(start_fleet, told):
    with listening() as port:
        pass
    text, _ = told(start_fleet(ONE), CLUSTER_1_API_URL=f"https://127.0.0.1:{port}")
    assert f"127.0.0.1:{port}: connection refused" in text
    assert "nobody listens there: check the port in CLUSTER_1_API_URL" in text


def test_timed_out_while_connecting(start_fleet, told):
    with listening(backlog=0) as port, contextlib.ExitStack() as fillers:
        # A listener whose queue is full drops further connections.
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        text, _ = told(start_fleet(ONE), CLUSTER_1_API_URL=f"https://127.0.0.1:{port}")
    assert "s while connecting" in text and "timed out after" in text
    assert "check host and port in CLUSTER_1_API_URL, and firewall" in text


def test_timed_out_in_the_handshake(start_fleet, told):
    with listening(backlog=64) as port:
        text, _ = told(start_fleet(ONE), CLUSTER_1_API_URL=f"https://127.0.0.1:{port}")
    assert "s in the TLS handshake" in text and "timed out after" in text
    assert "something listens there but completes no TLS" in text


def test_closed_in_the_handshake(start_fleet, told):
    def hang_up(connection):
        connection.settimeout(2)
        connection.recv(1)

    with listening(backlog=64, serve=hang_up) as port:
        text, _ = told(start_fleet(ONE), CLUSTER_1_API_URL=f"https://127.0.0.1:{port}")
    assert "the connection was closed during the TLS handshake" in text
    assert "something listens there but completes no TLS" in text


# What only one remedy says: each cause must have its own.
REMEDIES = {
    "slow": "the API server is slow, overloaded or cut off; if it only needs longer, raise "
            "REQUEST_TIMEOUT",
    "restarts": "the API server restarts, or something on the way cut it off",
    "cut": "ended the answer too early",
    "address": "check that CLUSTER_1_API_URL leads to the Kubernetes API itself, not to a login "
               "page",
    "rights": "grant it: kubectl create clusterrole kasten-alerter-backupactions --verb=list "
              "--resource=backupactions.actions.kio.kasten.io && kubectl create "
              "clusterrolebinding kasten-alerter-backupactions "
              "--clusterrole=kasten-alerter-backupactions "
              "--serviceaccount=kasten-io:kasten-alerter",
    "gateway": "a proxy or gateway on the way may refuse it",
    "install": "look at the APIService: kubectl get apiservice v1alpha1.actions.kio.kasten.io",
    "aggregator": "kubectl get apiservice v1alpha1.actions.kio.kasten.io says why; then look at "
                  "its pod: kubectl -n kasten-io get pods | grep aggregatedapis",
    "either": "K10's API server or the Kubernetes API is down or overloaded",
}

# A fault of the API server -> the reason, and whose remedy.
ANSWERS = {
    "hang": ({"fault": "hang"}, "s waiting for the answer", "slow"),
    "hang in the body": ({"fault": "hang-body", "bytes": 40},
                         "s in the middle of the body, after 40 bytes", "slow"),
    "closed": ({"fault": "close"}, "the connection was closed before an answer came", "restarts"),
    "cut": ({"fault": "truncated", "bytes": 40}, "the body was cut after 40 bytes", "cut"),
    "cut chunks": ({"fault": "truncated-chunked", "bytes": 40}, "the body was cut after 40 bytes",
                   "cut"),
    "cut JSON": ({"fault": "truncated-json", "bytes": 40},
                 "the body was cut: it ends inside its JSON object, after 40 bytes", "cut"),
    "login page": ({"fault": "html"}, "the body is HTML, not JSON", "address"),
    "redirect": ({"fault": "redirect"}, "302 Found (redirects are not followed", "address"),
    "no right": ({"fault": "403"},
                 'User "system:serviceaccount:kasten-io:kasten-alerter" cannot list resource '
                 '"backupactions" in API group "actions.kio.kasten.io" at the cluster scope',
                 "rights"),
    "refused on the way": ({"fault": "status", "status": 403, "content_type": "text/html",
                            "body": "<h1>Blocked</h1>"}, "403 Forbidden", "gateway"),
    "no group": ({"fault": "404"}, "404 Not Found", "install"),
    "no K10 server": ({"fault": "503"},
                      'K10\'s API server is down (503 Service Unavailable: "error trying to reach '
                      'service: dial tcp', "aggregator"),
    "K10's server not ready": ({"fault": "503-unavailable"},
                               'K10\'s API server is down (503 Service Unavailable: "service '
                               'unavailable")', "aggregator"),
    "overloaded": ({"fault": "429", "retry_after": 60}, "429 Too Many Requests", "either"),
}


@pytest.mark.parametrize("cause", ANSWERS)
def test_what_the_server_answers(start_fleet, told, cause):
    fault, reason, remedy = ANSWERS[cause]
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"path": ACTIONS, **fault})
    text, result = told(fleet)
    assert "nothing could be read" in text
    assert reason in text, text
    assert [name for name, words in REMEDIES.items() if words in text] == [remedy], text
    assert "cannot be read" in result.err


def test_the_api_servers_own_503(start_fleet, told):
    """A Status may be K10's server's or the API's own; on a custom resource only the latter."""
    fleet = start_fleet(ONE)
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 503,
              "reason": "ServiceUnavailable", "message": "etcdserver: leader changed"}
    fleet.faults("k3s", {"fault": "status", "status": 503, "path": "/apis/",
                         "content_type": "application/json", "body": json.dumps(status)})
    text, result = told(fleet)
    assert '503 Service Unavailable: "etcdserver: leader changed"' in text
    assert "K10's API server or the Kubernetes API is down or overloaded" in text
    assert "K10's API server is down" not in text
    assert "the Kubernetes API, or a load balancer before it, is down or overloaded" in result.err


def test_policies_alone_are_unavailable(start_fleet, told):
    fleet = start_fleet(ONE)
    fleet.faults("k3s", {"fault": "500", "kind": "policies"})
    text, _ = told(fleet, expect=3)
    assert "policies could not be read" in text
    assert "the Kubernetes API, or a load balancer before it, is down or overloaded" in text


@pytest.mark.parametrize("certificate,reason,remedy", [
    ("expired", "the server's certificate has expired", "renew the API server's certificate"),
    ("wrong-name", "the server's certificate is for another name than 127.0.0.1",
     "set CLUSTER_1_TLS_SERVER_NAME to one"),
    ("other", "the server's certificate is not signed by the CA given for it",
     "set CLUSTER_1_CA_DATA to the cluster's CA: kubectl config view --raw"),
])
def test_certificates(start_fleet, told, certificate, reason, remedy):
    fleet = start_fleet(scenario(failed_backup(), certificate=certificate))
    text, _ = told(fleet)
    assert reason in text and remedy in text


def test_the_ca_has_expired(start_fleet, alerter, tmp_path):
    """The clock moves beyond the ten years of the test CA."""
    program = alerter(start_fleet(ONE), STATE=f"file:{tmp_path}/state.json")
    result = program.run("--dry-run", prefix=("faketime", "-f", "+4000d"), expect=4)
    text = " ".join(result.out.split())
    assert "the CA given for it expired on 20" in text
    assert "renew the cluster's CA" in text and "CLUSTER_1_CA_DATA" in text


def test_an_expired_token(start_fleet, told):
    expiry = time.time() - 3 * 3600 - 60
    token = token_until(expiry)
    text, result = told(start_fleet(ONE), CLUSTER_1_TOKEN=token)
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(expiry))
    assert f"the token expired 3 h 1 min ago, on {at} (401 Unauthorized" in text
    assert "put a new one into CLUSTER_1_TOKEN or the file of CLUSTER_1_TOKEN_FILE" in text
    for part in token.split("."):
        assert part not in text + result.err + result.out


@pytest.mark.parametrize("token", ["opaque-t0ken", token_until(4000000000)])
def test_a_token_that_is_not_accepted(start_fleet, told, token):
    text, result = told(start_fleet(ONE), CLUSTER_1_TOKEN=token)
    assert "the token was not accepted (401 Unauthorized" in text
    assert "it is wrong, was revoked, or belongs to another cluster" in text
    assert "CLUSTER_1_TOKEN" in text and "expired" not in text
    assert token not in text + result.err + result.out


def test_one_of_two_clusters(start_fleet, alerter, mail, tmp_path):
    """Status 3, and what could be read is told beside it."""
    fleet = start_fleet({"clusters": [
        {"name": "left", "label": "Left", "actions": [failed_backup()]},
        {"name": "right", "label": "Right"}]})
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json",
                      CLUSTER_2_TOKEN=token_until(time.time() - 86400))
    program.run(expect=3)
    message, = mails(mail, 1)
    text = " ".join(text_part(message).split())
    assert "the token expired 1 d 0 h ago" in text and "CLUSTER_2_TOKEN" in text
    assert "run-a" in text
