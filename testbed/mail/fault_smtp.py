#!/usr/bin/python3 -B
# SPDX-License-Identifier: MIT
"""A small SMTP server on 127.0.0.1 that goes wrong in one chosen way and records what the client
did.

    fault_smtp.py --mode MODE --dir DIR --certs DIR

writes DIR/fault-smtp.json when ready and ends at SIGTERM or after ten minutes. In a test:

    with FaultSmtp("drop-after-dot", certs, directory) as server:
        ... send to server.port ...
        session = server.sessions(wait_for=1)[0]

A record (a line of DIR/fault-smtp.jsonl, written when the session ends) has: mode, commands (line,
tls, reply), tls_version (null without TLS), auth (mechanism, user, password, tls, reply),
auth_before_tls, messages (mail_from, parameters, recipients with replies, data, complete, reply)
and ended. `data` is what stood before the final dot, dot-unstuffed, each byte one character (ISO
8859-1).
"""

import argparse
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time

from fault_modes import MODES
from fault_session import Session

MAX_LIFE_SECONDS = 600


class FaultSmtp:
    """A running fault server. `times`: after so many sessions it plays "accept" (0: never)."""

    def __init__(self, mode, certs, directory, implicit=False, delay_s=20.0, times=0):
        if mode not in MODES:
            raise ValueError("no mode %r; there are: %s" % (mode, ", ".join(MODES)))
        self.mode, self.implicit, self.delay_s, self.times = mode, implicit, delay_s, times
        self.ca_file = os.path.join(os.path.abspath(certs), "ca.pem")
        self.directory = os.path.abspath(directory)
        self.log_path = os.path.join(self.directory, "fault-smtp.jsonl")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(
            os.path.join(certs, "mail.pem"), os.path.join(certs, "mail.key")
        )
        self.ending = threading.Event()
        self.port = None
        self._lock = threading.Lock()
        self._active = set()
        self._count = 0

    def start(self):
        """Listens and returns itself; `port` is known from here on."""
        os.makedirs(self.directory, exist_ok=True)
        with open(self.log_path, "w", encoding="ascii"):
            pass
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    __enter__ = start

    def __exit__(self, *_exception):
        self.stop()

    def _accept(self):
        while not self.ending.is_set():
            try:
                connection = self._listener.accept()[0]
            except TimeoutError:
                continue
            except OSError:
                return
            self._count += 1
            worn_off = self.times and self._count > self.times
            session = Session(self, connection, "accept" if worn_off else self.mode)
            with self._lock:
                self._active.add(session)
            session.start()

    def keep(self, session):
        """Called by a session at its end: writes its record."""
        with self._lock:
            self._active.discard(session)
            with open(self.log_path, "a", encoding="ascii") as log:
                log.write(json.dumps(session.record) + "\n")

    def sessions(self, wait_for=0, seconds=5.0):
        """Returns the records of the sessions that have ended, waiting up to `seconds` for
        `wait_for` of them."""
        deadline = time.monotonic() + seconds
        while True:
            with self._lock, open(self.log_path, encoding="ascii") as log:
                found = [json.loads(line) for line in log]
            if len(found) >= wait_for or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def stop(self):
        """Closes every connection and waits for the threads; a second call does nothing."""
        self.ending.set()
        self._listener.close()
        self._thread.join(5)
        with self._lock:
            active = list(self._active)
        for session in active:
            session.close()
            session.join(5)


def main(arguments=None):
    modes = "\n".join("  %-24s %s" % (name, mode.summary) for name, mode in MODES.items())
    parser = argparse.ArgumentParser(
        prog="fault_smtp.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="An SMTP server that goes wrong.",
        epilog="modes:\n" + modes,
    )
    parser.add_argument("--mode", required=True, choices=list(MODES), metavar="MODE")
    parser.add_argument("--dir", required=True)
    parser.add_argument("--certs", required=True, help="folder with ca.pem, mail.pem, mail.key")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte on")
    parser.add_argument("--delay-s", type=float, default=20.0, help="of the slow modes")
    parser.add_argument(
        "--times", type=int, default=0, metavar="N", help="play the fault N times, then accept"
    )
    options = parser.parse_args(arguments)
    server = FaultSmtp(
        options.mode, options.certs, options.dir, options.implicit, options.delay_s, options.times
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    with server:
        path = os.path.join(server.directory, "fault-smtp.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(
                {
                    "mode": server.mode,
                    "host": "localhost",
                    "port": server.port,
                    "implicit": server.implicit,
                    "pid": os.getpid(),
                    "ca_file": server.ca_file,
                    "log": server.log_path,
                },
                file,
                indent=2,
            )
        os.rename(path + ".new", path)
        ended.wait(MAX_LIFE_SECONDS)
        os.unlink(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
