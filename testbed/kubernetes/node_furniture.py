# SPDX-License-Identifier: MIT
"""What a node's cluster has before the alerter comes: K10's namespace takes restricted pods only, and the
mail server is reached as a Service."""

import pathlib

import k10
from node import ADDRESS

RESTRICTED = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn", "audit")]
MAIL_HOST, MAIL_SERVICE, MAIL_PORT = "mail.kasten.test", "10.96.0.25", 587


def furnish(api, mail_port):
    """`mail_port` of the node's address is where the mail server is (node_relay.py)."""
    api.kubectl("label", "namespace", k10.NAMESPACE, *RESTRICTED)
    metadata = {"name": "mail", "namespace": k10.NAMESPACE}
    api.apply(
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata,
         "spec": {"clusterIP": MAIL_SERVICE, "ports": [{"name": "smtp", "port": MAIL_PORT}]}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
         "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "mail"}},
         "addressType": "IPv4", "ports": [{"name": "smtp", "port": mail_port}],
         "endpoints": [{"addresses": [ADDRESS]}]})


def mail_values(mail, recipient):
    """The chart's values for that mail server. Its password is in none of them."""
    return {
        "smtp": {"host": MAIL_HOST, "port": MAIL_PORT, "user": mail.user,
                 "ca": pathlib.Path(mail.ca_file).read_text(encoding="ascii")},
        "mail": {"from": f"Kasten Alerter <{mail.user}>", "to": [recipient]},
        "hostAliases": [{"ip": MAIL_SERVICE, "hostnames": [MAIL_HOST]}],  # there is no DNS
    }
