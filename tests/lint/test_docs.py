# SPDX-License-Identifier: MIT
"""The lint must fail on every document that is wrong, and pass on documents that are right."""

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent

README = """# Name

See [settings](docs/settings.md#the-mail-server) and ![a picture](docs/mail.png "title").
`[no](link)` and [elsewhere](https://example.com/none).

```sh
cat [not](a/link)
export SMTP_HOST=mail CLUSTER_1_NAME=a STATE="file:x"
```

### Settings

| Key | Default | Meaning |
| --- | --- | --- |
| `SMTP_HOST` | required | host |
| `CLUSTER_<N>_NAME`, `_LABEL` | required | a \\| b |
| `STATE` | none | where |

### Exit statuses

| Status | Meaning |
| --- | --- |
| 0 | done, `all` of it |
| 5 | no mail |
| 78 | wrong |

Where several hold, the first of 78, 5 counts.

## Troubleshooting

| The log says | What helps |
| --- | --- |
| `401 Unauthorized` | a token |
| `cannot be read here` and `says "no"` | rights |
| Nothing | wait |
"""

GOOD = {
    "README.md": README,
    "CONTRIBUTING.md": "[up](#how-it-goes)\n\n## How it goes\n",
    "SECURITY.md": "",
    "CHANGELOG.md": "",
    "docs/mail.png": "",
    "docs/settings.md": "# Settings\n\n## The mail server\n\n| Key | V |\n| --- | --- |\n"
                        "| `SMTP_HOST` | a |\n| `CLUSTER_<N>_NAME` | b |\n"
                        "| `CLUSTER_<N>_LABEL` | b |\n| `STATE` | c |\n",
    "docs/decisions/0001.md": "[back](../settings.md)\n",
    "src/kube/status.c": 'names[] = {\n{401, "Unauthorized"}, {403, "Forbidden"}};\n',
    "src/app/pass.c": '// a " in a comment\nlog("it cannot be " // as said\n    "read here");\n'
                      'char quote = \'"\';\nlog("he says \\"no\\"");\n',
    "src/app/cli.c": 'static const char text[] = "Exit statuses:\\n"\n"  0   done, all of it\\n"\n'
                     '"  5   no mail\\n"\n"  78  wrong\\n"\n"the first of 78, 5 counts.\\n";\n',
    "src/app/exit_status.h": "EXIT_STATUS_DONE = 0,\nEXIT_STATUS_MAIL = 5,\n"
                             "EXIT_STATUS_SETTINGS = 78,\n// order: 78, 5, 0.\n",
}

# What is changed in which file, and a word of the breach.
BREACHES = {
    "link to no file": ("README.md", "docs/settings.md#the", "docs/options.md#the", "exist"),
    "link to no heading": ("README.md", "#the-mail-server", "#the-male-server", "heading"),
    "link within a page": ("CONTRIBUTING.md", "## How it", "## How that", "heading"),
    "picture missing": ("README.md", "docs/mail.png", "docs/male.png", "exist"),
    "link of a decision": ("docs/decisions/0001.md", "../settings", "../setting", "exist"),
    "status phrase": ("README.md", "401 Unauthorized", "401 Not Authorized", "no source"),
    "status number": ("README.md", "401 Unauthorized", "402 Unauthorized", "no source"),
    "message": ("README.md", "cannot be read here", "cannot be seen here", "no source"),
    "second message of a row": ("README.md", 'says "no"', 'says "on"', "no source"),
    "message only in a comment": ("src/app/pass.c", 'log("it cannot', '// log("it cannot',
                                  "no source"),
    "literals that are not adjacent": ("src/app/pass.c", "// as said", ", 1,", "no source"),
    "no messages": ("README.md", "## Troubleshooting", "## Trouble", "quotes no message"),
    "setting in the table": ("README.md", "| `STATE`", "| `STORE`", "STORE"),
    "setting by its end": ("README.md", "`_LABEL`", "`_TITLE`", "CLUSTER_<N>_TITLE"),
    "setting in an example": ("README.md", "CLUSTER_1_NAME=a", "CLUSTER_1_NAMED=a", "NAMED"),
    "setting of one word in an example": ("README.md", "STATE=", "STORE=", "STORE"),
    "setting in a sentence": ("README.md", "# Name", "# Name\n\nSet SMTP_HOSTS.", "SMTP_HOSTS"),
    "setting gone": ("docs/settings.md", "| `STATE` | c |\n", "", "STATE"),
    "no settings": ("README.md", "### Settings", "### Options", "lists no settings"),
    "status missing in README": ("README.md", "| 5 | no mail |\n", "", "exit status 5"),
    "status missing in help": ("src/app/cli.c", '"  5   no mail\\n"\n', "", "help has"),
    "status missing in the enum": ("src/app/exit_status.h", "EXIT_STATUS_MAIL = 5,\n", "",
                                   "the enum"),
    "status with other words": ("README.md", "| 5 | no mail |", "| 5 | no male |", "no male"),
    "order of README": ("README.md", "first of 78, 5", "first of 78, 0", "orders"),
    "order of help": ("src/app/cli.c", "first of 78, 5", "first of 78, 0", "orders"),
    "order of the header": ("src/app/exit_status.h", "78, 5, 0", "5, 78, 0", "orders"),
}


def run_lint(root):
    result = subprocess.run(
        [sys.executable, str(HERE / "docs.py"), str(root)],
        capture_output=True, text=True, check=False, timeout=30,
    )
    assert result.stderr == ""
    return result.returncode, result.stdout


def make_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_good_tree_passes(tmp_path):
    status, output = run_lint(make_tree(tmp_path, GOOD))
    assert status == 0, output
    assert "6 pages, 0 breaches" in output


@pytest.mark.parametrize("name", BREACHES)
def test_breach_fails(tmp_path, name):
    path, old, new, words = BREACHES[name]
    assert GOOD[path].count(old) == 1
    status, output = run_lint(make_tree(tmp_path, {**GOOD, path: GOOD[path].replace(old, new)}))
    assert status == 1, output
    assert words in output


def test_missing_page_fails(tmp_path):
    make_tree(tmp_path, GOOD)
    (tmp_path / "SECURITY.md").unlink()
    status, output = run_lint(tmp_path)
    assert status == 1 and "SECURITY.md: is missing" in output


def test_empty_tree_fails(tmp_path):
    assert run_lint(tmp_path)[0] == 1


def test_this_tree_passes():
    status, output = run_lint(HERE.parents[1])
    assert status == 0, output
