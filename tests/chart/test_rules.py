# SPDX-License-Identifier: MIT
"""The PrometheusRule, by Prometheus' own unit tests."""

import shutil
import subprocess

import pytest
import yaml

from chart import CHART, only

HOUR = 60
SERIES = 'namespace="kasten-io", cronjob="kasten-alerter"'


@pytest.fixture(scope="module")
def promtool():
    path = shutil.which("promtool")
    assert path, "promtool is missing: apt-get install -y --no-install-recommends prometheus"
    return path


@pytest.fixture
def run(helm, promtool, tmp_path):
    """Runs the rules on series; gives the names of the alerts that fire at a minute."""
    rule = only(helm.objects(CHART / "ci" / "prometheus-rule-crd-values.yaml"), "PrometheusRule")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rule["spec"]))

    def check(series, minute, firing):
        alerts = {entry["alert"]: entry for group in rule["spec"]["groups"]
                  for entry in group["rules"]}
        test = {
            "rule_files": ["rules.yaml"], "evaluation_interval": "1m",
            "tests": [{
                "interval": "1m",
                "input_series": [{"series": f"{name}{{{SERIES}}}", "values": values}
                                 for name, values in series.items()],
                "promql_expr_test": [{
                    "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)',
                    "eval_time": f"{minute}m",
                    "exp_samples": [{"labels": "{}", "value": int(name in firing)}]}
                    for name in alerts]}]}
        (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
        result = subprocess.run([promtool, "test", "rules", "test.yaml"], cwd=tmp_path, text=True,
                                capture_output=True, timeout=60, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return alerts

    return check


def test_quiet_while_passes_succeed(run):
    run({"kube_cronjob_created": "0x400", "kube_cronjob_spec_suspend": "0x400",
         "kube_cronjob_status_last_successful_time": "0x59 3600x59 7200x59 10800x59 14400x160"},
        5 * HOUR, set())


def test_no_success_for_two_hours_and_ten_minutes(run):
    alerts = run({"kube_cronjob_created": "0x400", "kube_cronjob_spec_suspend": "0x400",
                  "kube_cronjob_status_last_successful_time": "3600x400"},
                 HOUR + 137, {"KastenAlerterNotSucceeding"})
    assert alerts["KastenAlerterNotSucceeding"]["labels"]["severity"] == "critical"


def test_not_a_moment_earlier(run):
    run({"kube_cronjob_created": "0x400", "kube_cronjob_spec_suspend": "0x400",
         "kube_cronjob_status_last_successful_time": "3600x400"}, HOUR + 129, set())


def test_never_a_success(run):
    run({"kube_cronjob_created": "0x400", "kube_cronjob_spec_suspend": "0x400"},
        137, {"KastenAlerterNotSucceeding"})


def test_suspended(run):
    run({"kube_cronjob_created": "0x400", "kube_cronjob_spec_suspend": "1x400",
         "kube_cronjob_status_last_successful_time": "0x100 6000x300"},
        90, {"KastenAlerterSuspended"})
