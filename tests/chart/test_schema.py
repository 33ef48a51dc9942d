# SPDX-License-Identifier: MIT
"""values.schema.json: strict at every own level, open where values are handed on, and the same keys
as values.yaml and its README."""

import copy
import importlib.machinery
import importlib.util
import json
import re
import subprocess

import pytest
import yaml

from chart import CHART, ROOT, VALUES, walk

MAKE_README = ROOT / "deploy" / "helm" / "make-readme"
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())


def load_make_readme():
    loader = importlib.machinery.SourceFileLoader("make_readme", str(MAKE_README))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_readme", loader))
    loader.exec_module(module)
    return module


def resolved(node):
    return SCHEMA["definitions"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def entries_of(node):
    """The schemas of a map's values, where its keys are free to choose."""
    return [below for pattern, below in node.get("patternProperties", {}).items()
            if pattern != "^x-"]


def strict_levels(node, path=()):
    """The paths of all objects that allow no further keys; NAME stands for any key of a map."""
    node = resolved(node)
    if node.get("additionalProperties") is False:
        yield path
    for key, below in node.get("properties", {}).items():
        yield from strict_levels(below, (*path, key))
    for below in entries_of(node):
        yield from strict_levels(below, (*path, "NAME"))
    if isinstance(node.get("items"), dict):
        yield from strict_levels(node["items"], (*path, 0))


LEVELS = sorted(strict_levels(SCHEMA), key=str)


def nested(path, value):
    for key in reversed(path):
        value = [value] if key == 0 else {key: value}
    return value


def test_the_levels_are_all_of_values_yaml():
    """Every map of values.yaml that has keys of its own is strict, but for what Kubernetes reads."""
    handed_on = {"resources", "podSecurityContext", "securityContext"}
    maps = {path for path, value in walk(DEFAULTS) if isinstance(value, dict) and value
            and not handed_on & set(path)}
    assert maps <= set(LEVELS)
    assert () in LEVELS and ("clusters", "NAME") in LEVELS and \
        ("clusters", "NAME", "caConfigMap") in LEVELS


@pytest.mark.parametrize("path", LEVELS, ids=lambda path: ".".join(map(str, path)) or "root")
def test_an_unknown_key_is_named(helm, path):
    # Where keys are free to choose, one that no name may be.
    key = "mistyped key"
    error = helm.error(nested(path, {key: 1}))
    assert key in error
    assert all(str(key) in error for key in path)


@pytest.mark.parametrize("path,value", [
    (("smtp", "port"), 70000),
    (("smtp", "port"), "587"),
    (("smtp", "tls"), "opportunistic"),
    (("smtp", "host"), "https://mail.example.com"),
    (("smtp", "ca"), "/etc/ssl/ca.pem"),
    (("smtp", "passwordKey"), "not a key"),
    (("mail", "to"), {"a": "b"}),
    (("lookbackHours",), 0),
    (("lookbackHours",), "2h"),
    (("alertKinds",), ["bakcup"]),
    (("alertKinds",), ["backup", "+restore"]),
    (("alertOn",), ["faield"]),
    (("remindEvery",), "1 day"),
    (("alertEveryRun",), "no"),
    (("clusters", "two words"), {"inCluster": True}),
    (("clusters", "a", "apiUrl"), "192.168.1.99:6443"),
    (("clusters", "a", "inCluster"), "yes"),
    (("clusters", "a", "caData"), "-----BEGIN CERTIFICATE-----"),
    (("clusters", "a", "k10Namespace"), "Kasten_IO"),
    (("state",), "configMap"),
    (("maxConcurrency",), 0),
    (("logLevel",), "trace"),
    (("extraSettings", "lowerCase"), "x"),
    (("extraSettings", "MAP"), {}),
    (("image", "digest"), "sha256:abc"),
    (("image", "pullPolicy"), "Sometimes"),
    (("imagePullSecrets",), ["registry"]),
    (("schedule",), "hourly"),
    (("startingDeadlineSeconds",), 5),
    (("suspend",), "true"),
    (("rbac", "clusterRole"), True),
    (("networkPolicy", "apiServers", "cidrs"), ["10.0.0.1"]),
    (("networkPolicy", "smtp", "ports"), [0]),
    (("podLabels",), {"n": 1}),
    (("extraObjects",), {}),
])
def test_a_wrong_value_is_named(helm, path, value):
    error = helm.error(nested(path, value))
    assert str(path[0]) in error


def test_global_and_x_keys_are_free_at_the_root(helm):
    helm.template({"global": {"any": {"thing": 1}}, "x-anchors": [1, 2]})


def test_a_map_of_clusters_takes_single_keys(helm):
    text = helm.template(None, "--set", "clusters.rke2.apiUrl=https://192.168.1.99:6443")
    assert "CLUSTER_1_NAME: rke2" in text


@pytest.mark.parametrize("key,table", [("alertKinds", "settings_kind_words"),
                                       ("alertOn", "settings_class_words")])
def test_the_words_are_the_programs(key, table):
    source = (ROOT / "src" / "config" / "settings_table.c").read_text()
    words = re.search(rf"\*const {table}\[\] = {{(.*?)}}", source, re.DOTALL)[1]
    words = "|".join(re.findall(r'"(\w+)"', words))
    assert [branch["items"]["pattern"] for branch in SCHEMA["properties"][key]["anyOf"]] == [
        f"^({words})$", f"^[+-]({words})$"]


def test_values_and_schema_know_the_same_keys():
    values = load_make_readme().entries((CHART / "values.yaml").read_text())
    in_values = {path for path, value in walk(values)
                 if path and not isinstance(path[-1], int)}
    in_schema = set()

    def collect(node, path):
        node = resolved(node)
        for key, below in node.get("properties", {}).items():
            in_schema.add((*path, key))
            collect(below, (*path, key))
        for below in entries_of(node):
            if "$ref" in below:
                in_schema.add((*path, "NAME"))
                collect(below, (*path, "NAME"))

    collect(SCHEMA, ())
    handed_on = ("resources", "podSecurityContext", "securityContext")
    in_values = {path for path in in_values if path[0] not in handed_on or len(path) == 1}
    assert in_schema - in_values == {("global",)}
    assert in_values - in_schema == set()


def test_the_entries_shown_as_comments_are_valid(helm):
    values = load_make_readme().entries((CHART / "values.yaml").read_text())
    assert values["clusters"]["NAME"]["caConfigMap"] == {"name": "", "key": "ca.crt"}
    helm.template({"clusters": values["clusters"]})


def test_the_readme_is_up_to_date():
    subprocess.run([str(MAKE_README), "--check"], check=True, timeout=60)


def test_the_readme_has_every_value():
    text = (CHART / "README.md").read_text()
    values = load_make_readme().entries((CHART / "values.yaml").read_text())
    handed_on = ("resources", "podSecurityContext", "securityContext")
    for path, value in walk(values):
        if path and path[0] not in handed_on and not any(isinstance(key, int) for key in path) \
                and not (isinstance(value, dict) and value):
            assert f"| `{'.'.join(path)}` |" in text, path


def test_a_value_without_a_comment_is_refused():
    text = (CHART / "values.yaml").read_text().replace("  # Sender. Required.\n", "")
    with pytest.raises(ValueError, match="mail.from"):
        load_make_readme().read_rows(text)


def test_everything_values_sets_every_value():
    """So that the tests of that file see each of them."""
    everything = yaml.safe_load((CHART / "ci" / "everything-values.yaml").read_text())
    left = {"prometheusRule"} | {key for key in DEFAULTS if key in everything}
    assert set(DEFAULTS) - left == set()
    assert len(VALUES) >= 10
    merged = copy.deepcopy(DEFAULTS) | everything
    assert merged["clusters"]
