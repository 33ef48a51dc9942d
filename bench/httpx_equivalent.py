# SPDX-License-Identifier: MIT
"""What a Python alerter does to the same list: httpx for the pages, json for the objects, a filter
for failures inside the window. Written for the comparison in docs/performance.md.

Usage: httpx_equivalent.py URL TOKEN CA_FILE paged|whole
"""

import datetime
import json
import sys

import httpx

PATH = "/apis/actions.kio.kasten.io/v1alpha1/backupactions"


def root_cause(error):
    """The innermost message along `cause`, JSON in strings included."""
    best = ""
    while error:
        if isinstance(error, str):
            try:
                error = json.loads(error)
            except ValueError:
                return error
        if not isinstance(error, dict):
            break
        best = error.get("message") or best
        error = error.get("cause")
    return best


def failures(items, since):
    for item in items:
        status = item.get("status") or {}
        ended = status.get("endTime")
        if status.get("state") == "Failed" and ended and \
                datetime.datetime.fromisoformat(ended.replace("Z", "+00:00")) >= since:
            yield item["metadata"]["name"], root_cause(status.get("error"))


def main():
    url, token, ca_file, mode = sys.argv[1:5]
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
    found = []
    with httpx.Client(verify=ca_file, headers={"Authorization": f"Bearer {token}"},
                      timeout=120) as client:
        parameters = {"limit": "500"} if mode == "paged" else {}
        while True:
            answer = client.get(url + PATH, params=parameters)
            answer.raise_for_status()
            body = answer.json()
            found += failures(body["items"] or [], since)
            token_on = body["metadata"].get("continue")
            if not token_on:
                break
            parameters["continue"] = token_on
    print(len(found))


if __name__ == "__main__":
    main()
