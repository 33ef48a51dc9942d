# SPDX-License-Identifier: MIT
"""What SPDX 2.3 demands of a document (https://spdx.github.io/spdx-spec/v2.3/), as far as ours
uses it."""

import hashlib
import re

ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CREATOR = re.compile(r"(Tool|Person|Organization): \S.*")
SUPPLIER = re.compile(r"(Person|Organization): \S.*|NOASSERTION")
PURL = re.compile(r"pkg:deb/debian/[a-z0-9.+%-]+@[^?]+\?arch=\w+&distro=debian-\d+")
SUMS = {"SHA1": 40, "SHA256": 64}
PURPOSES = {"APPLICATION", "CONTAINER"}
RELATIONS = {"DESCRIBES", "CONTAINS"}


def problems(document):
    """All breaches found, as texts."""
    return [*_creation(document), *_packages(document), *_files(document), *_relations(document)]


def _creation(document):
    for key, value in (("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0"),
                       ("SPDXID", "SPDXRef-DOCUMENT")):
        if document.get(key) != value:
            yield f"{key} is not {value}"
    if not document.get("name"):
        yield "no name"
    if not re.fullmatch(r"https://[^#\s]+", document.get("documentNamespace", "")):
        yield "documentNamespace is no URI without fragment"
    info = document.get("creationInfo", {})
    if not TIME.fullmatch(info.get("created", "")):
        yield "created is no UTC time"
    if not info.get("creators") or not all(CREATOR.fullmatch(who) for who in info["creators"]):
        yield "creators"


def _packages(document):
    sums = {entry["SPDXID"]: _sum(entry, "SHA1") for entry in document.get("files", [])}
    contents = {}
    for relation in document.get("relationships", []):
        if relation["relatedSpdxElement"] in sums:
            contents.setdefault(relation["spdxElementId"], []).append(
                sums[relation["relatedSpdxElement"]])
    if not document.get("packages"):
        yield "no packages"
    for package in document.get("packages", []):
        name = package.get("name", "?")
        for key in ("name", "SPDXID", "versionInfo", "downloadLocation", "licenseConcluded",
                    "licenseDeclared", "copyrightText"):
            if not package.get(key):
                yield f"package {name}: no {key}"
        if "supplier" in package and not SUPPLIER.fullmatch(package["supplier"]):
            yield f"package {name}: supplier"
        if package.get("primaryPackagePurpose", "APPLICATION") not in PURPOSES:
            yield f"package {name}: purpose"
        for reference in package.get("externalRefs", []):
            if reference["referenceType"] != "purl" or \
                    not PURL.fullmatch(reference["referenceLocator"]):
                yield f"package {name}: {reference['referenceLocator']}"
        code = package.get("packageVerificationCode", {}).get("packageVerificationCodeValue")
        listed = sorted(contents.get(package.get("SPDXID"), []))
        expected = hashlib.sha1("".join(listed).encode()).hexdigest()
        if package.get("filesAnalyzed") and (not listed or code != expected):
            yield f"package {name}: the verification code is not that of its files"
        if not package.get("filesAnalyzed") and (code or listed):
            yield f"package {name}: files, but not analyzed"


def _sum(entry, algorithm):
    return next((item["checksumValue"] for item in entry.get("checksums", [])
                 if item["algorithm"] == algorithm), "")


def _files(document):
    for entry in document.get("files", []):
        name = entry.get("fileName", "")
        if not name.startswith("./"):
            yield f"file {name}: not relative"
        for algorithm, digits in SUMS.items():
            if not re.fullmatch(rf"[0-9a-f]{{{digits}}}", _sum(entry, algorithm)):
                yield f"file {name}: {algorithm}"
        for key in ("licenseConcluded", "licenseInfoInFiles", "copyrightText"):
            if not entry.get(key):
                yield f"file {name}: no {key}"


def _relations(document):
    elements = [document.get("SPDXID"),
                *(entry.get("SPDXID") for entry in document.get("packages", [])),
                *(entry.get("SPDXID") for entry in document.get("files", []))]
    for one in elements:
        if not ID.fullmatch(one or ""):
            yield f"SPDXID {one}"
    if len(set(elements)) != len(elements):
        yield "an SPDXID is used twice"
    described = False
    for relation in document.get("relationships", []):
        ends = {relation["spdxElementId"], relation["relatedSpdxElement"]}
        if not ends <= set(elements):
            yield f"relationship of {sorted(ends - set(elements))}, which is not there"
        if relation["relationshipType"] not in RELATIONS:
            yield f"relationship {relation['relationshipType']}"
        described = described or relation["relationshipType"] == "DESCRIBES"
    if not described:
        yield "nothing is described"
