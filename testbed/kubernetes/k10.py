# SPDX-License-Identifier: MIT
"""K10 on a real API server: its namespace, policies, presets and profiles as CRDs, and the simulated
fleet (testbed/fleet) registered as the aggregated API server of its actions, as in life."""

import base64
import pathlib

from programs import wait_until

NAMESPACE = "kasten-io"
ACTIONS_GROUP, CONFIG_GROUP, VERSION = "actions.kio.kasten.io", "config.kio.kasten.io", "v1alpha1"
ACTIONS = f"/apis/{ACTIONS_GROUP}/{VERSION}"
APISERVICE = f"{VERSION}.{ACTIONS_GROUP}"
APISERVICE_PATH = f"/apis/apiregistration.k8s.io/v1/apiservices/{APISERVICE}"
SERVICE = "aggregatedapis-svc"  # K10's own name; make-certs' server certificate holds it
CONFIG_KINDS = (("Policy", "policies"), ("PolicyPreset", "policypresets"), ("Profile", "profiles"))


def crd(group, kind, plural, namespaced=True):
    """A CRD whose objects may hold anything beside metadata."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "listKind": kind + "List", "plural": plural,
                      "singular": kind.lower()},
            "versions": [{
                "name": VERSION, "served": True, "storage": True,
                "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}],
        },
    }


def install_crds(api, definitions):
    """Applies CRDs and waits until the server serves them."""
    api.apply(*definitions)
    for definition in definitions:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" \
            + definition["metadata"]["name"]
        wait_until(path, lambda where=path: _has_condition(api.get(where), "Established"))
        spec = definition["spec"]
        version = spec["versions"][0]["name"]
        served = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}"
        wait_until(served, lambda where=served: api.request("GET", where)[0] == 200)


def install(api):
    """The namespace K10 lives in, and what it keeps in etcd."""
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    install_crds(api, [crd(CONFIG_GROUP, kind, plural) for kind, plural in CONFIG_KINDS])


def register(api, port, ca_file):
    """Makes the server that listens on this port of localhost the one that serves K10's actions."""
    ca_bundle = base64.b64encode(pathlib.Path(ca_file).read_bytes()).decode()
    api.apply(
        {"apiVersion": "v1", "kind": "Service",
         "metadata": {"name": SERVICE, "namespace": NAMESPACE},
         "spec": {"type": "ExternalName", "externalName": "localhost"}},
        {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
         "metadata": {"name": APISERVICE},
         "spec": {"group": ACTIONS_GROUP, "version": VERSION, "groupPriorityMinimum": 1000,
                  "versionPriority": 15, "caBundle": ca_bundle,
                  "service": {"name": SERVICE, "namespace": NAMESPACE, "port": port}}})


def wait_available(api, available=True, seconds=40.0):
    """Until the API server knows that the actions are served, or are not.

    It looks every half minute, and whenever the APIService changes: so that is done.
    """
    turn = iter(range(1000))

    def looked():
        patch = {"metadata": {"annotations": {"testbed/look-again": str(next(turn))}}}
        api.request("PATCH", APISERVICE_PATH, patch,
                    content_type="application/merge-patch+json")
        return _has_condition(api.get(APISERVICE_PATH), "Available") == available

    wait_until(f"{APISERVICE} Available={available}", looked, seconds, pause=0.3)
    if available:
        path = ACTIONS + "/backupactions?limit=1"
        wait_until(path, lambda: api.request("GET", path)[0] == 200)


def _has_condition(thing, kind):
    conditions = thing.get("status", {}).get("conditions", [])
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)
