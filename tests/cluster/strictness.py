# SPDX-License-Identifier: MIT
"""Putting objects of ours before an API server that is as strict as it can be."""

import json

import k10

TEXT = {"type": "string"}
REMOTE = {"type": "object", "required": ["key"], "properties": {"key": TEXT, "property": TEXT}}
LEVELS = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn")]

# As much of two operators' CRDs as objects of ours may use.
EXTERNAL_SECRET = {
    "type": "object", "required": ["secretStoreRef"], "properties": {
        "refreshInterval": TEXT,
        "secretStoreRef": {"type": "object", "properties": {"kind": TEXT, "name": TEXT}},
        "target": {"type": "object", "properties": {"name": TEXT, "creationPolicy": {
            "type": "string", "enum": ["Owner", "Orphan", "Merge", "None"]}}},
        "data": {"type": "array", "items": {
            "type": "object", "required": ["secretKey", "remoteRef"],
            "properties": {"secretKey": TEXT, "remoteRef": REMOTE}}},
        "dataFrom": {"type": "array", "items": {"type": "object", "properties": {
            "extract": REMOTE}}}}}
TEXTS = {"type": "object", "additionalProperties": TEXT}
PROMETHEUS_RULE = {
    "type": "object", "properties": {"groups": {"type": "array", "items": {
        "type": "object", "required": ["name"], "properties": {
            "name": TEXT, "interval": TEXT, "rules": {"type": "array", "items": {
                "type": "object", "required": ["expr"], "properties": {
                    "alert": TEXT, "expr": TEXT, "for": TEXT, "labels": TEXTS,
                    "annotations": TEXTS}}}}}}}}


def crds():
    found = []
    for group, kind, version, spec in (
            ("external-secrets.io", "ExternalSecret", "v1", EXTERNAL_SECRET),
            ("monitoring.coreos.com", "PrometheusRule", "v1", PROMETHEUS_RULE)):
        crd = k10.crd(group, kind, kind.lower() + "s")
        crd["spec"]["versions"][0] |= {"name": version, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": spec}}}}
        found.append(crd)
    return found


def dry_run(server, *words, text=None):
    """The objects as the server would keep them, by "Kind/name". An unknown field is a failure; so
    is a warning, of Pod Security for one."""
    answer = server.kubectl("apply", "--dry-run=server", "--validate=strict",
                            "--warnings-as-errors", "-o", "json", *words, text=text)
    value = json.loads(answer)
    items = value["items"] if value["kind"] == "List" else [value]
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in items}


def template_of(item):
    """The pod template of a CronJob or a Job."""
    spec = item["spec"]["jobTemplate"]["spec"] if item["kind"] == "CronJob" else item["spec"]
    return spec["template"]


def dry_run_pod(server, item):
    """Pod Security is enforced on pods, so the pod itself is put before the server."""
    template = template_of(item)
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
           "metadata": {**template["metadata"], "name": "one", "namespace": k10.NAMESPACE}}
    # A pod's account must be there, and what is applied in a dry run never is.
    account = pod["spec"].get("serviceAccountName", "default")
    server.kubectl("create", "serviceaccount", account, "-n", k10.NAMESPACE, expect=None)
    assert dry_run(server, "-f", "-", text=json.dumps(pod))
    text = json.dumps(pod["spec"])
    for pinned in ("runAsUser", "runAsGroup", "fsGroup", "hostNetwork", "hostPath"):
        assert pinned not in text, f"{pinned}: OpenShift gives each namespace ids of its own"
