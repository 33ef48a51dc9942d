#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks that the documents agree with the program and with each other.

Usage: docs.py [ROOT]   (default: the folder above tests/)
Prints one line per breach, "FILE: what", and ends with status 1 when there is one.
"""

import pathlib
import re
import sys

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*$", re.MULTILINE)
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# String literals, and what may hold a quote without being one.
C_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<space>\s+|//[^\n]*|/\*.*?\*/)|'(?:[^'\\\n]|\\.)*'|.""",
    re.DOTALL)
C_ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "\n"}

SETTING = re.compile(r"(?<![\w<>])[A-Z][A-Z0-9]*(?:_(?:<N>|[A-Z0-9]+))+(?![\w<>*])")
ASSIGNED = re.compile(r"(?<![\w<>$-])([A-Z][A-Z0-9_]*)=")
STATUS_ROW = re.compile(r"^ {2}(\d+) +(\S.*)$", re.MULTILINE)


def documents(root):
    """The documents whose links are checked."""
    names = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
    folders = ("docs", "deploy", "testbed/kubernetes")
    return [root / name for name in names] + sorted(
        page for folder in folders for page in (root / folder).rglob("*.md"))


def read(path):
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def section(text, title):
    """What stands under a heading, up to the next of the same rank or a higher one."""
    match = re.search(rf"^(#+) {re.escape(title)}\s*$", text, re.MULTILINE)
    if match is None:
        return ""
    rest = text[match.end():]
    end = re.search(rf"^#{{1,{len(match.group(1))}}} ", rest, re.MULTILINE)
    return rest[:end.start()] if end else rest


def table_rows(text):
    """The cells of each row of the tables in a text, without heads."""
    rows = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            rows.pop()
        else:
            rows.append(cells)
    return rows


def anchors(text):
    """The names under which a page's headings can be linked."""
    titles = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", title) for title in HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def check_links(root):
    for page in documents(root):
        if not page.is_file():
            yield page, "is missing"
            continue
        text = FENCE.sub("", read(page))
        for target in LINK.findall(CODE.sub("", text)):
            if SCHEME.match(target):
                continue
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
            if not file.exists():
                yield page, f"links to {target}, which does not exist"
            elif anchor and file.suffix == ".md" and anchor not in anchors(read(file)):
                yield page, f"links to {target}, which has no such heading"


def literals(source):
    """The string literals of a C source, adjacent ones joined."""
    found, open_literal = [], False
    for match in C_TOKEN.finditer(source):
        if match.group("string"):
            text = match.group("string")[1:-1]
            text = re.sub(r"\\.", lambda escape: C_ESCAPES.get(escape[0], escape[0]), text)
            found += [found.pop() + text] if open_literal else [text]
            open_literal = True
        elif not match.group("space"):
            open_literal = False
    return found


def check_messages(root):
    """What the troubleshooting quotes must be what the program says."""
    page = root / "README.md"
    quoted = [word for cells in table_rows(section(read(page), "Troubleshooting"))
              for word in CODE.findall(cells[0])]
    if not quoted:
        yield page, "quotes no message under Troubleshooting"
    texts = [text for path in sorted((root / "src").rglob("*.c")) for text in literals(read(path))]
    statuses = re.findall(r'\{(\d{3}), "([^"]+)"\}', read(root / "src/kube/status.c"))
    phrases = {f"{number} {name}" for number, name in statuses}
    for message in quoted:
        if message not in phrases and not any(message in text for text in texts):
            yield page, f"quotes `{message}`, which no source says"


def setting_keys(root):
    """The keys of docs/settings.md, which a unit test keeps equal to the table in src/config."""
    return {word for cells in table_rows(read(root / "docs/settings.md"))
            for word in CODE.findall(cells[0])}


def check_settings(root):
    page = root / "README.md"
    known = setting_keys(root)
    text = read(page)
    named = set(SETTING.findall(text)) | set(ASSIGNED.findall(text))
    listed = [word for cells in table_rows(section(text, "Settings"))
              for word in CODE.findall(cells[0])]
    if not listed:
        yield page, "lists no settings"
    # `_LABEL` behind `CLUSTER_<N>_NAME` shortens the key beside it.
    cluster = "CLUSTER_<N>"
    named |= {cluster + word if word.startswith("_") else word for word in listed}
    for key in sorted({re.sub(r"^CLUSTER_\d+_", cluster + "_", key) for key in named}):
        if key not in known:
            yield page, f"names the setting {key}, which docs/settings.md does not know"


def check_exit_statuses(root):
    page, header = root / "README.md", root / "src/app/exit_status.h"
    numbers = {int(number) for number in re.findall(r"EXIT_STATUS_\w+ = (\d+)", read(header))}
    help_text = next((text for text in literals(read(root / "src/app/cli.c"))
                      if text.startswith("Exit statuses:")), "")
    helped = {int(number): words for number, words in STATUS_ROW.findall(help_text)}
    told = {}
    for cells in table_rows(section(read(page), "Exit statuses")):
        told[int(cells[0]) if cells[0].isdigit() else -1] = cells[1].replace("`", "")
    if not numbers or set(helped) != numbers:
        yield root / "src/app/cli.c", f"help has {sorted(helped)}, the enum {sorted(numbers)}"
    for number in sorted(set(told) | set(helped)):
        if told.get(number) != helped.get(number):
            yield page, (f"exit status {number}: README says {told.get(number)!r}, "
                         f"help says {helped.get(number)!r}")
    orders = {name: re.search(r"\b78(?:, \d+)+", text) for name, text in (
        ("README.md", read(page)), ("cli.c", help_text), ("exit_status.h", read(header)))}
    # The header's order ends with 0, which the other two need not say.
    said = {name: match and match[0].removesuffix(", 0") for name, match in orders.items()}
    if len(set(said.values())) != 1 or None in said.values():
        yield page, f"the orders of the exit statuses differ: {said}"


CHECKS = (check_links, check_messages, check_settings, check_exit_statuses)


def check_tree(root):
    """All breaches as "FILE: what"."""
    return [f"{path.relative_to(root)}: {breach}" for check in CHECKS
            for path, breach in check(root)]


def main():
    default = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    breaches = check_tree(root)
    for breach in breaches:
        print(breach)
    print(f"docs: {len(documents(root))} pages, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
