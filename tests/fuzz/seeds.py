#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes what the fuzzers begin with: the errors of tests/fixtures/causes and the test bed's
objects, in the form each harness reads.

Usage: seeds.py FOLDER   (makes FOLDER/json, FOLDER/json_items and FOLDER/error_tree)
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The first byte of error_tree's input: which of its ways in, modulo four.
WAYS = {"text": b"\x00", "error": b"\x01", "exceptions": b"\x02", "details": b"\x03"}


def as_bytes(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def errors():
    """(way, bytes) of every fixture; each also as the text that K10 may make of it."""
    for path in sorted((ROOT / "tests/fixtures/causes").glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            for key in ("error", "exceptions", "details"):
                if key not in case:
                    continue
                yield key, as_bytes(case[key])
                text = case[key].encode("utf-8", "surrogatepass") \
                    if isinstance(case[key], str) else as_bytes(case[key])
                yield "text", text


def lists():
    """Lists as an API server answers them, small ones: items in front, behind, null, pretty."""
    action = {"metadata": {"name": "a", "uid": "u"}, "status": {"state": "Failed", "error": "x"}}
    head = {"kind": "List", "apiVersion": "v1", "metadata": {"continue": "t", "remaining": 3}}
    yield as_bytes({**head, "items": [action, action]})
    yield as_bytes({"items": [action], **head})
    yield as_bytes({**head, "items": None})
    yield as_bytes({**head, "items": []})
    yield json.dumps({**head, "items": [action, {"items": [1]}]}, indent=2).encode()
    yield as_bytes(head) + b"\n"


def write(folder, seeds):
    folder.mkdir(parents=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:03}").write_bytes(seed)
    return number + 1


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    found = list(errors())
    texts = [text for _way, text in found]
    counts = {
        "error_tree": write(folder / "error_tree", [WAYS[way] + text for way, text in found]),
        "json": write(folder / "json", texts + list(lists())),
        "json_items": write(folder / "json_items", [
            cut + text for cut in (b"\x00\x00", b"\x07\x2a") for text in lists()]),
    }
    print("seeds:", ", ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
