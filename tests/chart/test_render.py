# SPDX-License-Identifier: MIT
"""What the chart renders, for no values and for every documented combination."""

import json
import pathlib
import re
import subprocess

import pytest
import yaml

from chart import CHART, KUBERNETES, ROOT, VALUES, kinds, only, pods, restricted_problems, walk

CI = CHART / "ci"
MANIFESTS = ROOT / "deploy" / "manifests"
COMBINATIONS = [None, *VALUES]
RECORD = "kasten-alerter-sent"  # made by the program alone
OWN = "kasten-alerter"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def ids(path):
    return path.name.removesuffix("-values.yaml") if path else "no values"


every = pytest.mark.parametrize("values", COMBINATIONS, ids=ids)


def tree_version():
    return re.search(r"^  version: '(.+)',$", (ROOT / "meson.build").read_text(), re.M)[1]


def manifest(name, kind):
    entries = yaml.safe_load_all((MANIFESTS / name).read_text())
    return only([entry for entry in entries if entry], kind)


@every
def test_lint(helm, values):
    result = helm.call("lint", "--strict", "--kube-version", KUBERNETES, CHART,
                       *helm.values(values))
    assert "0 chart(s) failed" in result.stdout and "WARNING" not in result.stdout


@every
def test_objects_are_whole(helm, values):
    objects = helm.objects(values)
    assert {"CronJob", "Job"} <= kinds(objects)
    names = [(entry["kind"], entry["metadata"].get("namespace"), entry["metadata"]["name"])
             for entry in objects]
    assert len(set(names)) == len(names)
    for entry in objects:
        assert entry["apiVersion"] and entry["metadata"]["name"] != RECORD
        if entry["kind"] not in ("ClusterRole", "ClusterRoleBinding"):
            assert entry["metadata"]["namespace"] == "kasten-io"
    assert len(only(objects, "CronJob")["metadata"]["name"]) <= 52


@every
def test_what_is_rendered_depends_on_the_values_alone(helm, values):
    assert helm.template(values) == helm.template(values)
    for path in (CHART / "templates").rglob("*.*"):
        for action in re.findall(r"\{\{.*?\}\}", path.read_text(), re.DOTALL):
            code = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", action, flags=re.DOTALL)
            assert not re.search(r"\b(rand\w+|now|lookup|uuidv4|gen\w+|htpasswd)\b", code), path


@every
def test_pods_meet_restricted(helm, values):
    for pod in pods(helm.objects(values)):
        problems = list(restricted_problems(pod))
        assert problems == []
        assert pod["spec"]["restartPolicy"] == "Never"
        assert pod["spec"]["enableServiceLinks"] is False


def test_the_check_of_restricted_finds_breaches(helm):
    for change in ({"podSecurityContext": {"runAsUser": 1000}},
                   {"securityContext": {"readOnlyRootFilesystem": False}},
                   {"extraVolumes": [{"name": "h", "hostPath": {"path": "/"}}]},
                   {"securityContext": {"capabilities": {"drop": []}}}):
        pod = next(pods(helm.objects(change)))
        assert list(restricted_problems(pod)) != [], change


@every
def test_every_reference_leads_somewhere(helm, values):
    """Names of ConfigMaps, Secrets and accounts are of objects rendered, or given by the values."""
    objects = helm.objects(values)
    made = {(entry["kind"], entry["metadata"]["name"]) for entry in objects}
    given = set()
    if values:
        given = {value for _, value in walk(yaml.safe_load(values.read_text()))
                 if isinstance(value, str)}
    for pod in pods(objects):
        for path, value in walk(pod["spec"]):
            if len(path) > 1 and path[-1] == "name" and path[-2] in ("configMap", "configMapRef"):
                assert ("ConfigMap", value) in made or value in given, value
            if len(path) > 1 and path[-1] == "name" and path[-2] in ("secret", "secretRef"):
                assert ("Secret", value) in made or value in given, value
        account = pod["spec"]["serviceAccountName"]
        assert ("ServiceAccount", account) in made or account == "default"
        mounted = {mount["name"] for mount in pod["spec"]["containers"][0].get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in pod["spec"].get("volumes", [])}
    for entry in objects:
        if entry["kind"].endswith("Binding"):
            assert (entry["roleRef"]["kind"], entry["roleRef"]["name"]) in made


@every
def test_files_that_the_settings_name_are_mounted(helm, values):
    objects = helm.objects(values)
    settings = settings_of(objects)
    named = {value for key, value in settings.items() if key.endswith("_FILE")}
    for pod in pods(objects):
        paths = set()
        for path, value in walk(pod["spec"].get("volumes", [])):
            if path and path[-1] == "path" and "items" in path:
                paths.add(f"/etc/kasten-alerter/{value}")
        assert paths == named


def settings_of(objects):
    data = {}
    for entry in objects:
        if entry["kind"] == "ConfigMap" and entry["metadata"]["name"].endswith("-settings"):
            data.update(entry["data"])
    return data


def documented_settings():
    """The keys of docs/settings.md that have an effect."""
    text = (ROOT / "docs" / "settings.md").read_text().partition("## Known names without effect")[0]
    return set(re.findall(r"^\| `([A-Z_<N>]+)` \|", text, re.M))


def test_every_setting_can_be_made(helm):
    made = set()
    for values in VALUES:
        made |= {re.sub(r"^CLUSTER_\d+_", "CLUSTER_<N>_", key)
                 for key in settings_of(helm.objects(values))}
    # Secrets are given as files.
    assert documented_settings() - made == {"SMTP_PASSWORD", "CLUSTER_<N>_TOKEN"}


@pytest.mark.parametrize("values", [path for path in VALUES if "original" not in path.name], ids=ids)
def test_the_program_takes_the_settings(helm, values, tmp_path):
    """The program itself judges them. One wrong setting is added, so that it stops before it
    connects anywhere: the only problem that it may name."""
    objects = helm.objects(values)
    environment = {key: value.replace("/etc/kasten-alerter", str(tmp_path))
                   for key, value in settings_of(objects).items()}
    for key, path in environment.items():
        if key.endswith("_FILE"):
            pathlib.Path(path).write_text(PEM if "_CA_" in key else "secret")
    environment["REQUEST_TIMEOUT"] = "wrong"
    program = ROOT / "build" / "kasten-alerter"
    assert program.is_file(), "run `make build` first"
    result = subprocess.run([str(program)], env=environment, capture_output=True, text=True,
                            timeout=30, check=False)
    assert result.returncode == 78, result.stderr
    errors = [line for line in result.stderr.splitlines()
              if " ERROR " in line or '"level":"error"' in line]
    assert len(errors) == 2 and "REQUEST_TIMEOUT" in errors[0], result.stderr
    for line in result.stderr.splitlines():
        # Of a name that it does not know, the program says which one it is like.
        assert "is not a setting" not in line, line


def test_without_values_the_job_runs_and_notes_say_what_is_missing(helm):
    objects = helm.objects()
    assert only(objects, "CronJob")["spec"]["suspend"] is False
    assert kinds(objects) == {"CronJob", "Job", "ServiceAccount", "Role", "RoleBinding"}
    notes = helm.notes()
    for value in ("NOT READY", "78", "smtp.host", "mail.from", "mail.to", "clusters.NAME"):
        assert value in notes


def test_notes_have_the_next_three_commands(helm):
    notes = helm.notes(CI / "minimal-values.yaml")
    assert "NOT READY" not in notes
    assert "helm test kasten-alerter -n kasten-io" in notes
    assert "kubectl create job kasten-alerter-now --from=cronjob/kasten-alerter -n kasten-io" in notes
    assert f"kubectl get configmap {RECORD} -n kasten-io" in notes


def test_notes_name_what_a_cluster_lacks(helm):
    base = yaml.safe_load((CI / "minimal-values.yaml").read_text())
    del base["existingSecret"]
    base["clusters"]["rke2"] = {"apiUrl": "https://192.168.1.99:6443"}
    base["clusters"]["k3s"] = {"token": "t"}
    notes = helm.notes(base)
    assert "password of smtp.user" in notes and "token of rke2" in notes
    assert "clusters.k3s.apiUrl" in notes and "token of k3s" not in notes


def test_notes_warn(helm):
    notes = helm.notes(CI / "everything-values.yaml")
    assert "suspend is true" in notes and "any certificate is accepted" in notes
    assert "smtp.password" in helm.notes(CI / "inline-secrets-values.yaml")


def test_the_test_is_a_dry_run_of_the_same_pod(helm):
    objects = helm.objects(CI / "multi-cluster-values.yaml")
    job = only(objects, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert job["spec"]["backoffLimit"] == 0
    first, second = pods(objects)
    containers = [pod["spec"]["containers"][0] for pod in (first, second)]
    assert [entry.pop("args", None) for entry in containers].count(["run", "--dry-run"]) == 1
    assert containers[0] == containers[1]


@pytest.mark.parametrize("kind", ["Role", "ClusterRole"])
def test_rights_are_those_of_the_manifests(helm, kind):
    role = only(helm.objects(CI / "minimal-values.yaml"), kind)
    assert role["rules"] == manifest("rbac.yaml", kind)["rules"]
    text = json.dumps(role["rules"])
    assert "*" not in text and "secrets" not in text


def test_the_cronjob_is_that_of_the_manifests(helm):
    """The same schedule, limits and confinement; names, labels and sources of settings apart."""
    ours = only(helm.objects(CI / "minimal-values.yaml"), "CronJob")["spec"]
    theirs = manifest("cronjob.yaml", "CronJob")["spec"]
    for spec in (ours, theirs):
        del spec["jobTemplate"]["metadata"]
        pod = spec["jobTemplate"]["spec"]["template"]
        del pod["metadata"]
        pod["spec"].pop("volumes", None)
        for key in ("envFrom", "volumeMounts"):
            pod["spec"]["containers"][0].pop(key, None)
        spec.setdefault("suspend", False)
    assert ours == theirs


def test_rights_only_where_they_are_used(helm):
    elsewhere = helm.objects(CI / "state-elsewhere-values.yaml")
    assert kinds(elsewhere) == {"CronJob", "Job", "ConfigMap"}
    for pod in pods(elsewhere):
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["serviceAccountName"] == "default"
    remote = helm.objects(CI / "inline-secrets-values.yaml")
    assert "ClusterRole" not in kinds(remote) and "Role" in kinds(remote)
    for pod in pods(remote):
        assert pod["spec"]["automountServiceAccountToken"] is True
    never = helm.objects({"clusters": {"a": {"inCluster": True}}, "rbac": {"clusterRole": "never"}})
    assert "ClusterRole" not in kinds(never)


def test_the_record_on_the_own_cluster_in_another_namespace(helm):
    objects = helm.objects({"state": "configmap:a/records", "clusters": {"a": {"inCluster": True}}})
    role, binding = only(objects, "Role"), only(objects, "RoleBinding")
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "records"
    assert binding["subjects"][0]["namespace"] == "kasten-io"


def test_an_existing_secret_with_keys(helm):
    objects = helm.objects(CI / "multi-cluster-values.yaml")
    assert "Secret" not in kinds(objects)
    assert "eyJ" not in json.dumps(objects)
    sources = only(objects, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"][
        "volumes"][0]["projected"]["sources"]
    secrets = {(entry["secret"]["name"], item["key"], item["path"]) for entry in sources
               if "secret" in entry for item in entry["secret"]["items"]}
    assert secrets == {("kasten-alerter-secrets", "SMTP_PASSWORD", "smtp-password"),
                       ("rke2-token", "token", "token-rke2"),
                       ("kasten-alerter-secrets", "CLUSTER_3_TOKEN", "token-k3s")}
    default = helm.template({"existingSecret": "s", "clusters": {"edge": {"apiUrl": "https://e"}}})
    assert "TOKEN_edge" in default


def test_inline_secrets_are_in_a_secret_and_nowhere_else(helm):
    objects = helm.objects(CI / "inline-secrets-values.yaml")
    secret = only(objects, "Secret")
    assert secret["stringData"] == {"SMTP_PASSWORD": "abcd efgh ijkl mnop",
                                    "TOKEN_k3s": "eyJhbGciOiJub25lIn0.e30.x"}
    objects.remove(secret)
    assert "abcd" not in json.dumps(objects) and "eyJ" not in json.dumps(objects)


@pytest.mark.parametrize("values,words", [
    ({"clusters": {"a": {"token": "t", "tokenKey": "k"}}}, "clusters.a: token"),
    ({"clusters": {"a": {"caData": "YQ==", "caConfigMap": {"name": "c"}}}}, "clusters.a: caData"),
    ({"smtp": {"ca": "-----BEGIN CERTIFICATE-----", "caConfigMap": {"name": "c"}}}, "smtp: ca"),
    ({"smtp": {"host": "a"}, "extraSettings": {"SMTP_HOST": "b"}}, "extraSettings.SMTP_HOST"),
])
def test_contradictions_are_refused(helm, values, words):
    assert words in helm.error(values)


def test_a_cluster_is_taken_away_by_null(helm):
    settings = settings_of(helm.objects(CI / "multi-cluster-values.yaml", "--set",
                                        "clusters.rke2=null"))
    names = {value for key, value in settings.items() if re.fullmatch(r"CLUSTER_\d+_NAME", key)}
    assert names == {"openshift", "k3s"}


@pytest.mark.parametrize("release,flags", [
    ("a" * 53, []),
    ("a-" * 26 + "a", []),
    ("r", ["--set", "fullnameOverride=" + "n" * 51 + "-tail"]),
    ("r", ["--set", "nameOverride=" + "long-" * 20 + "name"]),
])
def test_long_names(helm, release, flags):
    objects = helm.objects(CI / "inline-secrets-values.yaml", *flags, release=release)
    name = only(objects, "CronJob")["metadata"]["name"]
    assert len(name) <= 52 and not name.endswith("-")
    for entry in objects:
        own = entry["metadata"]["name"]
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", own)
        assert len(own) <= (63 if entry["kind"] == "Job" else 253)
        for value in entry["metadata"]["labels"].values():
            assert len(value) <= 63 and re.fullmatch(r"[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?",
                                                     value)
    settings = only(objects, "ConfigMap")["metadata"]["name"]
    assert all(pod["spec"]["containers"][0]["envFrom"][-1]["configMapRef"]["name"] == settings
               for pod in pods(objects))


def test_two_releases_of_one_name_share_no_cluster_role(helm):
    names = [only(helm.objects(CI / "minimal-values.yaml", namespace=namespace), "ClusterRole")[
        "metadata"]["name"] for namespace in ("one", "two")]
    assert names[0] != names[1]


def test_labels(helm):
    objects = helm.objects(CI / "everything-values.yaml")
    for entry in objects:
        if entry["metadata"]["name"].startswith("k10-alerter"):
            labels = entry["metadata"]["labels"]
            assert labels["team"] == "storage"
            assert labels["app.kubernetes.io/name"] == "alerter"
            assert labels["app.kubernetes.io/managed-by"] == "Helm"
            assert {"helm.sh/chart", "app.kubernetes.io/instance",
                    "app.kubernetes.io/version"} <= set(labels)
    cronjob = only(objects, "CronJob")
    template = cronjob["spec"]["jobTemplate"]
    assert cronjob["metadata"]["labels"]["b"] == "2" and cronjob["metadata"]["annotations"]["a"]
    assert template["metadata"]["labels"]["d"] == "4" and template["metadata"]["annotations"]["c"]
    pod = template["spec"]["template"]["metadata"]
    assert pod["labels"]["f"] == "6" and pod["annotations"]["e"]


def test_the_network_policy_lets_out_what_is_named(helm):
    objects = helm.objects(CI / "network-policy-values.yaml")
    policy = only(objects, "NetworkPolicy")["spec"]
    assert policy["ingress"] == [] and set(policy["policyTypes"]) == {"Ingress", "Egress"}
    dns, api, smtp, proxy = policy["egress"]
    assert {(entry["port"], entry["protocol"]) for entry in dns["ports"]} == {
        (53, "UDP"), (53, "TCP"), (5353, "UDP"), (5353, "TCP")}
    assert [entry["ipBlock"]["cidr"] for entry in api["to"]] == ["10.0.0.1/32", "192.168.1.99/32"]
    assert smtp["ports"] == [{"port": 465, "protocol": "TCP"}]
    assert proxy["ports"][0]["port"] == 3128
    selector = policy["podSelector"]["matchLabels"].items()
    assert all(selector <= pod["metadata"]["labels"].items() for pod in pods(objects))


def test_the_network_policy_by_itself(helm):
    policy = only(helm.objects({"networkPolicy": {"enabled": True}}), "NetworkPolicy")["spec"]
    dns, api, smtp = policy["egress"]
    assert "to" not in api and "to" not in smtp and len(dns["ports"]) == 4
    assert smtp["ports"] == [{"port": 587, "protocol": "TCP"}]


def test_versions(helm):
    metadata = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert metadata["apiVersion"] == "v2" and metadata["kubeVersion"]
    assert metadata["appVersion"] == tree_version()
    pod = next(pods(helm.objects()))
    assert pod["spec"]["containers"][0]["image"] == f"kasten-alerter:{tree_version()}"


def test_an_older_kubernetes_is_refused(helm):
    result = helm.call("template", "x", CHART, "--kube-version", "1.26.9", check=False)
    assert result.returncode != 0 and "kubeVersion" in result.stderr


def test_the_image_by_digest_and_registry(helm):
    pod = next(pods(helm.objects(CI / "openshift-values.yaml")))
    assert re.fullmatch(r"registry\.example\.com:5000/tools/kasten-alerter@sha256:[0-9a-f]{64}",
                        pod["spec"]["containers"][0]["image"])


def test_the_package_has_what_users_need_and_no_more(helm, tmp_path):
    helm.call("package", CHART, "-d", tmp_path)
    archive, = tmp_path.glob("*.tgz")
    names = subprocess.run(["tar", "tzf", str(archive)], capture_output=True, text=True, check=True,
                           timeout=30).stdout.split()
    for name in ("Chart.yaml", "values.yaml", "values.schema.json", "README.md",
                 "templates/NOTES.txt", "templates/tests/dry-run.yaml"):
        assert f"{OWN}/{name}" in names
    assert not [name for name in names if "/ci/" in name or name.endswith(".in.md")]
