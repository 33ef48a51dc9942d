# SPDX-License-Identifier: MIT
"""The image under test (KASTEN_IMAGE, an OCI archive; built when not given) and the test bed."""

import glob
import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "testbed" / "mail"),
                str(pathlib.Path(__file__).parent)]

import container  # noqa: E402
import harness  # noqa: E402
from mailserver import MailServer  # noqa: E402

BUILD_SECONDS = 1200


def build_image(directory):
    """Builds the image into a folder; the archive's path."""
    result = subprocess.run([str(ROOT / "scripts" / "image")], timeout=BUILD_SECONDS,
                            env={**os.environ, "IMAGE_OUT": str(directory)},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert result.returncode == 0, result.stdout.decode()
    archive, = glob.glob(str(directory / "*.oci.tar"))
    return pathlib.Path(archive)


def load_sbom_program():
    """deploy/image/sbom as a module."""
    path = str(ROOT / "deploy" / "image" / "sbom")
    loader = importlib.machinery.SourceFileLoader("sbom", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("sbom", loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    given = os.environ.get("KASTEN_IMAGE")
    if given:
        assert os.path.isfile(given), f"KASTEN_IMAGE={given} is missing: run `make image`"
        return pathlib.Path(given)
    return build_image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def sbom_program():
    return load_sbom_program()


@pytest.fixture(scope="session")
def image(archive, sbom_program):
    """What is in the archive, read without any container tool."""
    return sbom_program.Image(archive)


@pytest.fixture(scope="session")
def bundle(archive, tmp_path_factory):
    return container.unpack(archive, tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certs")
    os.chmod(directory, 0o755)
    subprocess.run([str(ROOT / "testbed" / "make-certs"), str(directory)], check=True, timeout=60)
    os.environ["KASTEN_CERTS"] = str(directory)
    return directory


@pytest.fixture(scope="session")
def mail_server(certs, tmp_path_factory):
    with MailServer.start(tmp_path_factory.mktemp("mail"), certs=certs) as server:
        yield server


@pytest.fixture
def mail(mail_server):
    mail_server.clear("ops@kasten.test")
    return mail_server


@pytest.fixture
def start_fleet(certs, tmp_path):
    started = []

    def start(scenario=None):
        fleet = harness.Fleet(tmp_path / f"fleet-{len(started)}", scenario)
        started.append(fleet)
        return fleet

    yield start
    for fleet in started:
        fleet.stop()
