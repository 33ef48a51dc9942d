#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks that src/ keeps the house rules of docs/architecture.md.

Usage: layers.py [ROOT]   (default: the folder above tests/)
Prints one line per breach, "FILE:LINE: what", and ends with status 1 when there is one.
"""

import pathlib
import re
import sys

# Who may include whom. app/ wires everything; main.c knows app/ only.
LAYERS = {
    "base": set(),
    "codec": {"base"},
    "core": {"base"},
    "k10": {"base", "codec", "core"},
    "config": {"base", "codec"},
    "net": {"base", "codec/base64.h"},
    "kube": {"base", "codec", "net", "core/ledger.h"},
    "report": {"base", "codec", "core"},
    "notify": {"base", "codec", "net", "report"},
    "app": {"base", "codec", "core", "k10", "config", "net", "kube", "report", "notify"},
    "main.c": {"app", "base"},
}

# Foreign headers and the one place that may know them.
FOREIGN = {
    "curl/": ["net/"],
    "jansson.h": ["codec/json.c"],
    "yaml.h": ["config/kubeconfig.c"],
    "microhttpd.h": ["net/listen.c"],
    "openssl/": ["net/certificate.c"],
}

# The domain sees no network, clock, environment, log or file; codec/ and report/ are pure too.
IMPURE_HEADERS = {
    "time.h", "sys/time.h", "unistd.h", "fcntl.h", "sys/socket.h", "netdb.h", "sys/stat.h",
    "sys/random.h", "base/log.h", "base/file.h",
}
PURE_LAYERS = {"core", "codec", "k10", "report"}
IMPURE_CALLS = re.compile(r"\b(getenv|setenv|time|clock_gettime|fopen|printf|getrandom)\s*\(")

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
TEST_HOOK = re.compile(r"^\s*#\s*if(def)?\b.*\bTEST")
SPDX = "SPDX-License-Identifier: MIT"


def layer_of(path):
    """The first folder of a path relative to src/, or the file's name at the top."""
    return path.parts[0]


def check_include(path, bracket, header):
    """The breaches of one include line."""
    layer = layer_of(path)
    for foreign, homes in FOREIGN.items():
        if header.startswith(foreign) and not any(str(path).startswith(home) for home in homes):
            yield f"<{header}> belongs into {' or '.join(homes)} only"
    if layer in PURE_LAYERS and header in IMPURE_HEADERS:
        yield f"{layer}/ is pure and must not include {header}"
    if bracket == "<":
        return
    target = header.split("/")[0]
    if "/" not in header:
        yield f'"{header}": write the path from src/, as "{layer}/{header}"'
    elif layer not in LAYERS:
        yield f"{layer}/ is no layer of this house"
    elif target != layer and target not in LAYERS[layer] and header not in LAYERS[layer]:
        allowed = ", ".join(sorted(LAYERS[layer])) or "libc only"
        yield f'{layer}/ must not include "{header}" (allowed: {allowed})'


def strip_comments_and_strings(line):
    return re.sub(r'//.*|"(\\.|[^"\\])*"', '""', line)


def check_file(root, path):
    """Yields (line number, breach) of one source file."""
    relative = path.relative_to(root / "src")
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or SPDX not in lines[0]:
        yield 1, "the first line must be the SPDX licence"
    includes = []
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            includes.append(match.group(2))
            for breach in check_include(relative, match.group(1), match.group(2)):
                yield number, breach
        if TEST_HOOK.match(line):
            yield number, "no test hooks in src/: use a seam"
        code = strip_comments_and_strings(line)
        if layer_of(relative) in PURE_LAYERS and IMPURE_CALLS.search(code):
            yield number, f"{layer_of(relative)}/ is pure: {code.strip()}"
    if path.suffix == ".c" and (not includes or includes[-1] != "base/banned.h"):
        yield len(lines), 'the last include must be "base/banned.h"'
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield 1, "a header begins with #pragma once"


def check_tree(root):
    """All breaches under ROOT/src as "FILE:LINE: what"."""
    files = sorted(p for p in (root / "src").rglob("*") if p.suffix in (".c", ".h"))
    if not files:
        return [f"{root}/src: no source files"]
    breaches = []
    for path in files:
        for number, breach in check_file(root, path):
            breaches.append(f"{path.relative_to(root)}:{number}: {breach}")
    return breaches


def main():
    default = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    breaches = check_tree(root)
    for breach in breaches:
        print(breach)
    count = len(list((root / "src").rglob("*.[ch]")))
    print(f"layers: {count} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
