#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes what the fuzzers begin with: the errors of tests/fixtures/causes and the test bed's
objects, in the form each harness reads.

Usage: seeds.py FOLDER   (makes FOLDER/json, json_items, error_tree and state in it)
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


def token(text):
    """A text's 64 bits of FNV-1a in base 64, as src/kube/state_token.c packs them."""
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(digits[value >> shift & 63] for shift in range(60, -1, -6))


def states():
    """data.sent, NUL, data.state."""
    ours, theirs = "k3s:run-a:2026-04-02", "rke2:backup/shop/b:2026-04-02"
    when = "2026-04-02T10:00:00Z"
    sent = as_bytes({ours: when, theirs: when})
    row = ["run-a", 1775124000, 60, 300, 86400, 0, 3, 1, -2, 1, 90, [theirs, "x"]]
    mail = {"message_id": "<a.b@example.org>", "date": when, "to": ["a@example.org"],
            "accepted": True, "ids": ["k3s:run-b:2026-04-02"], "sent": token(ours) + token("?")}
    state = {"version": 1, "pending": [mail], "watermarks": {"k3s/backup": when},
             "silenced": {"cluster:k3s": when}, "refused": {"b@example.org": "550 no"},
             "causes": [[token("c"), "disk full"]],
             "incidents": {
                 "failed": {"k3s": {"kasten-io/daily": {"backup": {"shop": row, "b": row[:6]}}}},
                 "unreachable": {"rke2": {"": {"run": {"": ["", 5, 1, "", "", token("d")]}}}}},
             "told": {"kasten-io": {token(ours): [token("u") + token("v"), 1]},
                      "": {token(theirs): ["", token("w"), 1775124000]}}}
    yield sent + b"\x00" + as_bytes(state)
    for member in state:
        yield sent + b"\x00" + as_bytes({"version": 1, member: state[member]})
    yield as_bytes([ours]) + b"\x00"
    yield sent + b"\x00" + as_bytes({"version": 2})
    yield as_bytes({ours: 1}) + b"\x00" + as_bytes(state)


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
        "state": write(folder / "state", states()),
    }
    print("seeds:", ", ".join(f"{name} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
