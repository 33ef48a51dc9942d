# SPDX-License-Identifier: MIT
"""node_room.py leaves nothing behind, however it ends; scripts/test-node says where it cannot run."""

import os
import pathlib
import signal
import subprocess

import pytest

import node_room
from place import ROOT, SECONDS
from programs import wait_until

ROOM = str(ROOT / "testbed" / "kubernetes" / "node_room.py")
SYSCTLS = [pathlib.Path("/proc/sys") / name for name in node_room.TUNABLES]
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def traces():
    """What rooms have outside of themselves."""
    return {*node_room.cgroup_names(), *map(str, pathlib.Path("/tmp").glob(node_room.PREFIX + "*"))}


@pytest.fixture(autouse=True)
def nothing_left():
    before = traces()
    yield
    assert traces() == before


def start(script):
    """A shell script in a room of its own, in a process group of its own."""
    return subprocess.Popen([ROOM, "sh", "-c", script], stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                            # What runs in a script's background has inherited to ignore it.
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def finish(room):
    """(status, its output)."""
    out, err = room.communicate(timeout=SECONDS)
    assert err == ""
    return room.returncode, out


def processes(word):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word in entry.read_bytes().split(b"\0"):
                found.append(entry.parent.name)
        except OSError:
            continue
    return found


def test_its_status_and_nothing_left():
    """A process of its own session, in a cgroup below the room's; a mount, a network, a sysctl."""
    before = [path.read_text() for path in SYSCTLS]
    mounts = pathlib.Path("/proc/self/mounts").read_text()
    room = start("""
        for top in /sys/fs/cgroup/*/; do
            if [ -d "$top$KASTEN_NODE_CGROUP" ]; then mkdir "$top$KASTEN_NODE_CGROUP/pod"; cgroup=$top; fi
        done
        setsid sleep 4711 & echo $! >"$cgroup$KASTEN_NODE_CGROUP/pod/cgroup.procs"
        ip netns add left-behind
        mount -t tmpfs tmpfs /mnt
        echo 3 >/proc/sys/kernel/panic; cat /proc/sys/vm/overcommit_memory
        ip -o link | wc -l
        exit 7""")
    assert finish(room) == (7, "1\n1\n")
    assert processes(b"4711") == []
    assert [path.read_text() for path in SYSCTLS] == before
    assert pathlib.Path("/proc/self/mounts").read_text() == mounts
    assert not os.path.exists("/run/netns/left-behind")


def wait_for_line(room):
    assert room.stdout.readline() == "up\n"


def test_sigterm_reaches_the_command():
    room = start("trap 'echo ended; exit 5' TERM; echo up; while :; do sleep 0.1; done")
    wait_for_line(room)
    room.send_signal(signal.SIGTERM)
    assert finish(room) == (5, "ended\n")


def test_ctrl_c_reaches_the_command():
    room = start("trap 'echo ended; exit 6' INT; echo up; while :; do sleep 0.1; done")
    wait_for_line(room)
    os.killpg(room.pid, signal.SIGINT)
    assert finish(room) == (6, "ended\n")


def test_killed_it_takes_all_with_it():
    """Only empty folders stay then; the next room removes them, and those of no other."""
    other = start("trap 'exit 5' TERM; echo up; while :; do sleep 0.1; done")
    wait_for_line(other)
    before = traces()
    room = start("echo up; sleep 4712")
    wait_for_line(room)
    assert len(traces() - before) == 2
    room.kill()
    room.communicate(timeout=SECONDS)
    wait_until("its processes are gone", lambda: processes(b"4712") == [])
    assert len(traces() - before) == 2
    finish(start("true"))
    assert traces() == before
    other.send_signal(signal.SIGTERM)
    assert finish(other)[0] == 5


def test_without_root_it_says_so(tmp_path):
    run = subprocess.run([*NOBODY, ROOM, "--check"], capture_output=True, text=True, timeout=SECONDS,
                         check=False)
    assert run.returncode == 1
    assert run.stderr == "a Kubernetes node cannot run here: it needs root\n"
    run = subprocess.run([*NOBODY, str(ROOT / "scripts" / "test-node")], capture_output=True, text=True,
                         cwd="/", env={"PATH": os.environ["PATH"]}, timeout=SECONDS, check=False)
    assert run.returncode == 0 and "NOT RUN, nothing was tested: a Kubernetes node cannot run here: it " \
        "needs root" in run.stdout, run.stderr


def test_a_missing_program_is_no_reason_to_skip(tmp_path):
    """For root, scripts/test-node then fails and names the packages."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("date", "dirname", "id", "python3", "sh"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    run = subprocess.run([str(ROOT / "scripts" / "test-node")], capture_output=True, text=True,
                         env={"PATH": str(tools)}, timeout=SECONDS, check=False)
    assert run.returncode == 1 and "containerd" in run.stderr
    assert f"apt-get install -y --no-install-recommends {node_room.PACKAGES}" in run.stderr
