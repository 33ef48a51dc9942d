#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""Shows a mail's HTML part as a browser does: a picture of the whole page and what can be measured.

    render_html.py MAIL.eml|PAGE.html --width 800|320 --scheme light|dark --out x.png

Scripts are off, as in every mail client, and nothing but the mail itself can be loaded. Prints one
JSON object: width, scroll_width, height, sideways (true when the page is wider than `width`),
wide_elements (what reaches beyond, outermost first), remote_requests (what it tried to load),
active (number of scripts, frames, forms, on* attributes), png. Exit status 1 with --strict when
sideways, remote_requests or active say something is wrong.
"""

import argparse
import base64
import email
import email.policy
import json
import os
import pathlib
import sys
import tempfile

from chromium import Chromium

MAX_HEIGHT = 16000  # Chromium's pictures end at 16384 pixels

MEASURE = r"""(() => {
  const root = document.documentElement, body = document.body || root;
  const wide = [];
  for (const node of document.querySelectorAll('body *')) {
    const box = node.getBoundingClientRect();
    if (box.width > 0 && box.right > root.clientWidth + 0.5) {
      wide.push(node.tagName.toLowerCase() + ' ' + Math.round(box.left) + '..' +
                Math.round(box.right) + ' ' + node.textContent.trim().slice(0, 60));
    }
  }
  const suspect = 'script, iframe, frame, object, embed, form, base';
  let active = document.querySelectorAll(suspect).length;
  for (const node of document.querySelectorAll('*')) {
    for (const one of node.attributes) {
      active += /^on/i.test(one.name) || /^\s*javascript:/i.test(one.value) ? 1 : 0;
    }
  }
  return {width: root.clientWidth, wide_elements: wide.slice(0, 20), active: active,
          scroll_width: Math.max(root.scrollWidth, body.scrollWidth),
          height: Math.max(root.scrollHeight, body.scrollHeight),
          background: getComputedStyle(body).backgroundColor,
          dark: matchMedia('(prefers-color-scheme: dark)').matches};
})()"""


def html_of(path):
    """Returns the HTML of a mail (its text/html part) or of a page, as bytes."""
    raw = pathlib.Path(path).read_bytes()
    if not path.endswith(".eml"):
        return raw
    message = email.message_from_bytes(raw, policy=email.policy.default)
    part = message.get_body(preferencelist=("html",))
    if part is None:
        raise ValueError("%s has no text/html part" % path)
    # A byte order mark tells the browser the encoding, whatever the mail's <meta> says.
    return b"\xef\xbb\xbf" + part.get_content().encode("utf-8", "surrogateescape")


def _load(browser, url, width, scheme):
    for domain in ("Page", "Network"):
        browser.call(domain + ".enable")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.call(
        "Emulation.setEmulatedMedia",
        media="screen",
        features=[{"name": "prefers-color-scheme", "value": scheme}],
    )
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=64,
        deviceScaleFactor=1,
        mobile=False,
    )
    browser.events.clear()
    browser.call("Page.navigate", url=url)
    browser.wait_event("Page.loadEventFired")


def render(html, width, scheme="light", out=None, program="chromium"):
    """Renders bytes of HTML `width` CSS pixels wide. Returns the measurements; writes a PNG to
    `out`."""
    with tempfile.TemporaryDirectory(prefix="kasten-render-") as folder:
        page = os.path.join(folder, "mail.html")
        pathlib.Path(page).write_bytes(html)
        url = pathlib.Path(page).as_uri()
        with Chromium(program) as browser:
            _load(browser, url, width, scheme)
            found = browser.evaluate(MEASURE)
            requests = [
                event["params"]["request"]["url"]
                for event in browser.events
                if event["method"] == "Network.requestWillBeSent"
            ]
            if out is not None:
                clip = {
                    "x": 0,
                    "y": 0,
                    "width": width,
                    "scale": 1,
                    "height": max(1, min(found["height"], MAX_HEIGHT)),
                }
                picture = browser.call(
                    "Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True
                )
                pathlib.Path(out).write_bytes(base64.b64decode(picture["data"]))
    found["remote_requests"] = [
        one for one in requests if one != url and not one.startswith("data:")
    ]
    found["sideways"] = found["scroll_width"] > width
    found["png"] = None if out is None else os.fspath(out)
    return found


def main():
    parser = argparse.ArgumentParser(description="Renders the HTML of a mail in headless Chromium.")
    parser.add_argument("mail", help="a mail (.eml) or a page (.html)")
    parser.add_argument("--width", type=int, default=800)
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--out", help="the picture; none without it")
    parser.add_argument("--strict", action="store_true", help="exit 1 when something is wrong")
    options = parser.parse_args()
    found = render(html_of(options.mail), options.width, options.scheme, options.out)
    print(json.dumps(found, ensure_ascii=False))
    wrong = found["sideways"] or found["remote_requests"] or found["active"]
    return 1 if options.strict and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
