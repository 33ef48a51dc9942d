# SPDX-License-Identifier: MIT
"""Free ports and the life of daemons that were started in a session of their own.

A daemon is remembered as {pid, sid, started}: `started` is the kernel's start time of the process,
so a number that was given to another process in the meantime is never signalled.
"""

import os
import random
import signal
import socket
import time

# Below the kernel's usual range for outgoing connections, so a client cannot take a port between
# choice and use.
PORT_RANGE = range(20000, 32000)


class PortTaken(RuntimeError):
    """A chosen port was taken by somebody else before the server could listen on it."""


def free_ports(count):
    """Returns `count` different TCP ports of 127.0.0.1 that nobody listens on."""
    held = []
    try:
        for port in random.SystemRandom().sample(PORT_RANGE, 2000):
            probe = socket.socket()
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                probe.close()
                continue
            held.append(probe)
            if len(held) == count:
                return [probe.getsockname()[1] for probe in held]
        raise RuntimeError("no %d free ports on 127.0.0.1" % count)
    finally:
        for probe in held:
            probe.close()


def _stat(pid):
    """Returns the fields of /proc/PID/stat after the command name, or None when there is no such
    process."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def describe(pid):
    """Returns what stop() needs to know of the running process `pid`."""
    fields = _stat(pid)
    if fields is None:
        raise RuntimeError("process %d ended at once" % pid)
    return {"pid": pid, "sid": int(fields[3]), "started": int(fields[19])}


def is_alive(daemon):
    """True while the very process that describe() saw runs (a zombie does not)."""
    fields = _stat(daemon["pid"])
    return fields is not None and fields[0] != "Z" and int(fields[19]) == daemon["started"]


def members(daemon):
    """Returns the pids of the daemon's session that still run."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields and fields[0] not in "ZX" and int(fields[3]) == daemon["sid"]:
                found.append(int(name))
    return found


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _wait_gone(daemon, seconds):
    deadline = time.monotonic() + seconds
    while members(daemon):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def stop(daemon, seconds=5):
    """Ends the daemon with SIGTERM, then what is left of its session with SIGKILL, and waits for
    it."""
    if daemon["sid"] != daemon["pid"]:
        raise RuntimeError("process %d does not lead a session" % daemon["pid"])
    if not is_alive(daemon) and _stat(daemon["pid"]) is not None:
        return  # the number belongs to somebody else now
    if is_alive(daemon):
        _signal(daemon["pid"], signal.SIGTERM)
    if not _wait_gone(daemon, seconds):
        for pid in members(daemon):
            _signal(pid, signal.SIGKILL)
        if not _wait_gone(daemon, seconds):
            raise RuntimeError("processes %s do not end" % members(daemon))
