# SPDX-License-Identifier: MIT
"""A headless Chromium with a fresh profile and no way to any server, driven over its debugging
pipe.

The protocol is the DevTools protocol: JSON messages ended by a NUL byte, the browser reading
descriptor 3 and writing descriptor 4. No port is opened and no package beyond Debian's chromium is
needed.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)


class Chromium:
    """One browser with one page; a context manager. Every call is bounded by `seconds`."""

    def __init__(self, program="chromium", seconds=30.0):
        self._deadline = time.monotonic() + seconds
        self._profile = tempfile.mkdtemp(prefix="kasten-chromium-")
        # The shell moves the pipes to the two descriptors the browser insists on.
        shell = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>"$HOME/stderr"'
        command = [
            "/bin/sh",
            "-c",
            shell,
            "sh",
            program,
            *FLAGS,
            "--user-data-dir=" + self._profile,
            "about:blank",
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, HOME=self._profile),
            start_new_session=True,
        )
        self._buffer = b""
        self._number = 0
        self._session = None
        self.events = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def _attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def _receive(self):
        while b"\0" not in self._buffer:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(self._process.stdout.fileno(), 1 << 20)
            if not chunk:
                with open(self._profile + "/stderr", encoding="utf-8", errors="replace") as log:
                    raise RuntimeError("Chromium ended: " + log.read()[-2000:])
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, **parameters):
        """Runs a method of the protocol and returns its result; events are collected on the way."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            request["sessionId"] = self._session
        self._process.stdin.write(json.dumps(request).encode("utf-8") + b"\0")
        self._process.stdin.flush()
        while True:
            message = self._receive()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError("%s: %s" % (method, message["error"].get("message")))
                return message["result"]
            if "method" in message:
                self.events.append(message)

    def wait_event(self, method):
        """Returns once the event has arrived, now or earlier since the last clearing of
        `events`."""
        while not any(event["method"] == method for event in self.events):
            message = self._receive()
            if "method" in message:
                self.events.append(message)

    def evaluate(self, expression):
        """Returns the value of a JavaScript expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:2000])
        return result["result"].get("value")

    def close(self):
        """Ends the browser with all its processes and removes the profile."""
        if self._process is None:
            return
        self._process.stdin.close()  # the browser ends when its pipe does
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait(5)
        self._process.stdout.close()
        self._process = None
        shutil.rmtree(self._profile, ignore_errors=True)
