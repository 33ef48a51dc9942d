# SPDX-License-Identifier: MIT
"""The lint must fail on every tree that breaks a rule, and pass on one that keeps them all."""

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
LICENCE = "// SPDX-License-Identifier: MIT\n"
BANNED = '#include "base/banned.h"\n'


def run_lint(root):
    result = subprocess.run(
        [sys.executable, str(HERE / "layers.py"), str(root)],
        capture_output=True, text=True, check=False, timeout=30,
    )
    return result.returncode, result.stdout


def make_tree(root, files):
    for name, text in files.items():
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def source(*includes, body=""):
    lines = "".join(f"#include {include}\n" for include in includes)
    return LICENCE + lines + BANNED + body


GOOD = {
    "base/buf.h": LICENCE + "#pragma once\n",
    "core/plan.c": source('"base/buf.h"', "<string.h>"),
    "net/http.c": source("<curl/curl.h>", '"base/buf.h"'),
    "codec/json.c": source("<jansson.h>"),
    "kube/state.c": source('"core/ledger.h"', '"net/http.h"'),
    "app/pass.c": source('"core/plan.h"', '"net/http.h"', "<time.h>"),
}

BREACHES = {
    "core includes net": ("core/plan.c", source('"net/http.h"')),
    "core includes codec": ("core/plan.c", source('"codec/json.h"')),
    "core reads the clock": ("core/plan.c", source("<time.h>")),
    "core calls time": ("core/plan.c", source(body="long f(void) { return time(0); }\n")),
    "core logs": ("core/plan.c", source('"base/log.h"')),
    "base includes core": ("base/buf.c", source('"core/plan.h"')),
    "net includes codec": ("net/http.c", source('"codec/json.h"')),
    "kube includes plan": ("kube/state.c", source('"core/plan.h"')),
    "notify includes kube": ("notify/email.c", source('"kube/client.h"')),
    "report includes net": ("report/text.c", source('"net/smtp.h"')),
    "report reads the environment": (
        "report/text.c", source(body='const char *f(void) { return getenv("X"); }\n')),
    "config includes core": ("config/settings.c", source('"core/action.h"')),
    "curl outside net": ("app/pass.c", source("<curl/curl.h>")),
    "jansson outside codec/json.c": ("kube/client.c", source("<jansson.h>")),
    "openssl outside net/certificate.c": ("net/http.c", source("<openssl/ssl.h>")),
    "no licence": ("base/buf.c", BANNED),
    "banned.h missing": ("base/buf.c", LICENCE + "#include <string.h>\n"),
    "banned.h not last": ("base/buf.c", LICENCE + BANNED + "#include <string.h>\n"),
    "no pragma once": ("base/map.h", LICENCE),
    "test hook": ("base/buf.c", source(body="#ifdef TEST_HOOK\n#endif\n")),
    "include without folder": ("base/buf.c", source('"buf.h"')),
    "unknown layer": ("utils/misc.c", source('"base/buf.h"')),
}


def test_good_tree_passes(tmp_path):
    status, output = run_lint(make_tree(tmp_path, GOOD))
    assert status == 0, output
    assert "0 breaches" in output


@pytest.mark.parametrize("name", BREACHES)
def test_breach_fails(tmp_path, name):
    path, text = BREACHES[name]
    status, output = run_lint(make_tree(tmp_path, {**GOOD, path: text}))
    assert status == 1, output
    assert f"src/{path}:" in output


def test_empty_tree_fails(tmp_path):
    assert run_lint(tmp_path)[0] == 1


def test_this_tree_passes():
    status, output = run_lint(HERE.parents[1])
    assert status == 0, output
