# SPDX-License-Identifier: MIT
"""One helm for all tests of the chart."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent)]

import chart  # noqa: E402


@pytest.fixture(scope="session")
def helm(tmp_path_factory):
    return chart.Helm(chart.find_helm(), tmp_path_factory.mktemp("helm"))
