# SPDX-License-Identifier: MIT
"""What is in the image, that it is the same when built twice, and that the SBOM says it."""

import copy
import hashlib
import json
import pathlib
import re
import stat
import subprocess

import pytest

import conftest
import spdx

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOAL_BYTES = 10_000_000
PROGRAM = "usr/bin/kasten-alerter"


def tree_version():
    return re.search(r"^  version: '(.+)',$", (ROOT / "meson.build").read_text(), re.M)[1]


@pytest.fixture(scope="module")
def sbom(archive):
    path = pathlib.Path(str(archive).replace(".oci.tar", ".spdx.json"))
    return json.loads(path.read_text())


def test_the_same_digest_when_built_twice(archive, image, sbom_program, tmp_path):
    again = conftest.build_image(tmp_path)
    assert sbom_program.Image(again).digest == image.digest
    sums = [hashlib.sha256(pathlib.Path(str(path).replace(".oci.tar", ".spdx.json")).read_bytes())
            for path in (archive, again)]
    assert sums[0].hexdigest() == sums[1].hexdigest()
    print(f"twice {image.digest}")


def test_configuration(image):
    config = image.config["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["/" + PROGRAM] and not config.get("Cmd")
    assert not config.get("Volumes") and not config.get("ExposedPorts")
    assert image.config["os"] == "linux" and image.config["architecture"]
    labels = config["Labels"]
    for key in ("title", "description", "version", "revision", "source", "licenses", "vendor"):
        assert labels[f"org.opencontainers.image.{key}"]
    # Those that Red Hat's preflight asks for.
    for key in ("name", "vendor", "maintainer", "version", "release", "summary", "description"):
        assert labels[key]
    assert labels["org.opencontainers.image.version"] == labels["version"] == tree_version()


def test_the_containerfile_alone_knows_the_version():
    text = (ROOT / "deploy" / "image" / "Containerfile").read_text()
    assert re.search(r"^ARG VERSION=(.+)$", text, re.M)[1] == tree_version()


def test_size(image):
    print(f"{image.compressed_bytes()} bytes compressed, {image.unpacked_bytes()} unpacked")
    assert image.compressed_bytes() <= GOAL_BYTES


def test_files_are_roots_and_nobody_else_can_write(image):
    for member in image.members:
        assert (member.uid, member.gid) == (0, 0), member.name
        assert member.isfile() or member.isdir() or member.issym() or member.islnk(), member.name
        if not member.issym():
            assert member.mode & (stat.S_ISUID | stat.S_ISGID | 0o022) == 0, member.name
            assert member.mode & 0o444 == 0o444, f"{member.name} is not readable by every user"


def test_one_program_and_no_shell(image):
    programs = [name for name, data in image.files.items() if data[:4] == b"\x7fELF"
                and re.match(r"(usr/)?s?bin/", name)]
    assert programs == [PROGRAM]
    scripts = [name for name, data in image.files.items() if data[:2] == b"#!"]
    assert scripts == []
    assert b".debug_info" not in image.files[PROGRAM]


def test_licences_of_all_that_is_in_it(image, sbom_program):
    own = image.files["licenses/kasten-alerter/LICENSE"]
    assert own == (ROOT / "LICENSE").read_bytes()
    for package in set(sbom_program.owners(image)) - {"kasten-alerter"}:
        text = image.files[f"licenses/{package}/copyright"].decode("utf-8", "replace")
        for name in re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text):
            # A few copyright files name texts that Debian does not have.
            if name in ("GPL-2", "GPL-3", "LGPL-2", "LGPL-2.1", "LGPL-3", "Apache-2.0"):
                assert f"licenses/common-licenses/{name}" in image.files, (package, name)
    assert "licenses/common-licenses/GPL-3" in image.files


def test_the_sbom_is_valid_and_complete(sbom, image, sbom_program):
    assert spdx.problems(sbom) == []
    listed = {entry["fileName"]: entry["checksums"] for entry in sbom["files"]}
    for name, data in image.files.items():
        if name.startswith(("licenses/", sbom_program.RECORDS)):
            continue
        sums = {item["algorithm"]: item["checksumValue"] for item in listed.pop(f"./{name}")}
        assert sums["SHA256"] == hashlib.sha256(data).hexdigest(), name
    assert listed == {}, "in the SBOM but not in the image"
    names = {package["name"] for package in sbom["packages"]}
    assert {"kasten-alerter", "libc6", "libcurl4", "libssl3", "libjansson4", "tzdata",
            "ca-certificates"} <= names
    top = next(package for package in sbom["packages"] if "checksums" in package)
    assert "sha256:" + top["checksums"][0]["checksumValue"] == image.digest


def change(document, path, value):
    *parents, last = path
    for key in parents:
        document = document[key]
    if value is None:
        del document[last]
    else:
        document[last] = value


@pytest.mark.parametrize("path,value", [
    (("spdxVersion",), "SPDX-2.2"),
    (("documentNamespace",), None),
    (("creationInfo", "created"), "yesterday"),
    (("creationInfo", "creators"), []),
    (("packages", 2, "SPDXID"), "libc6"),
    (("packages", 2, "downloadLocation"), None),
    (("packages", 2, "externalRefs", 0, "referenceLocator"), "pkg:deb/libc6"),
    (("packages", 2, "packageVerificationCode", "packageVerificationCodeValue"), "0" * 40),
    (("packages", 0, "filesAnalyzed"), True),
    (("files", 0, "fileName"), "/etc/passwd"),
    (("files", 0, "checksums", 0, "checksumValue"), "12"),
    (("files", 1, "SPDXID"), "SPDXRef-DOCUMENT"),
    (("relationships", 0, "relatedSpdxElement"), "SPDXRef-Package-nothing"),
    (("relationships", 0, "relationshipType"), "CONTAINS"),
])
def test_the_sbom_check_finds(sbom, path, value):
    broken = copy.deepcopy(sbom)
    change(broken, path, value)
    assert spdx.problems(broken) != []


def test_the_sbom_program_refuses_what_nobody_accounts_for(archive, sbom_program):
    image = sbom_program.Image(archive)
    image.files["usr/bin/stranger"] = b"?"
    with pytest.raises(ValueError, match="usr/bin/stranger"):
        sbom_program.document(image)
    del image.files["usr/bin/stranger"]
    image.files[PROGRAM] += b"?"
    with pytest.raises(ValueError, match=PROGRAM):
        sbom_program.document(image)


def test_the_summary_says_size_and_digest(archive, image):
    result = subprocess.run([str(ROOT / "deploy" / "image" / "sbom"), "--summary", str(archive)],
                            capture_output=True, text=True, check=True, timeout=60)
    assert image.digest in result.stdout and "MB compressed" in result.stdout
