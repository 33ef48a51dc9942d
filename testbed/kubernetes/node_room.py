#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a command where a whole Kubernetes node does nothing to the machine around it: in network, mount
and process namespaces of its own, with a cgroup folder of its own. When the command ends, whatever it
started is ended by the kernel, its mounts and networks are gone with their namespaces, and the cgroups
are removed. Sysctls of the whole machine cannot be changed from inside.

    node_room.py --check              says why it cannot run here, with status 1
    node_room.py COMMAND [WORD]...    ends with the command's status

Inside, KASTEN_NODE_CGROUP names the cgroup folder, as a kubelet's cgroupRoot takes it, and
KASTEN_NODE_FOLDER a folder that goes with the room.
"""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

CGROUPS = pathlib.Path("/sys/fs/cgroup")
CGROUP, FOLDER = "KASTEN_NODE_CGROUP", "KASTEN_NODE_FOLDER"
PREFIX = "kasten-node-"
UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
PROGRAMS = ("unshare", "mount", "ip", "iptables", "containerd", "ctr", "runc")
PACKAGES = "containerd runc containernetworking-plugins iptables iproute2"
CNI_FOLDER = pathlib.Path("/usr/lib/cni")
# A kubelet insists on these and would set them for the whole machine. What it reads here are files
# that say so already (pkg/util/sysctl of Kubernetes names them).
TUNABLES = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10,
            "kernel/panic_on_oops": 1, "kernel/keys/root_maxkeys": 1000000,
            "kernel/keys/root_maxbytes": 25000000}
# Where containerd, its network plugins and the kubelet write whatever they are told.
CNI_CACHE = pathlib.Path("/var/lib/cni")
PRIVATE = ("/run", "/var/log", str(CNI_CACHE))
CLEANUP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1


def hierarchies():
    """The mount points of cgroup v1's controllers, or of cgroup v2."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in sorted(CGROUPS.iterdir())
            if path.is_dir() and not path.is_symlink() and (path / "cgroup.procs").exists()]


def make_cgroup(name):
    """Makes it in all hierarchies. It is in use as long as what is returned is open."""
    for hierarchy in hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # v1: nothing runs there while they are empty
            if (hierarchy / setting).exists():
                (hierarchy / name / setting).write_text((hierarchy / setting).read_text())
        control = hierarchy / "cgroup.subtree_control"
        if hierarchy == CGROUPS and control.exists():
            wanted = (hierarchy / "cgroup.controllers").read_text().split()
            control.write_text(" ".join("+" + word for word in wanted))
    return lock_cgroup(name)


def lock_cgroup(name):
    """A descriptor that holds it, None where another room does. Process ids would not do: a room may be
    started within another, where they mean other processes."""
    folder = os.open(hierarchies()[0] / name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        return None
    return folder


def remove_cgroup(name, seconds=CLEANUP_SECONDS):
    """What could not be removed: nothing, if all of it ended."""
    end = time.monotonic() + seconds
    left = [hierarchy / name for hierarchy in hierarchies()]
    while True:
        for top in left:
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass  # looked at again
        left = [path for path in left if path.exists()]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


def cgroup_names():
    return {path.name for hierarchy in hierarchies() for path in hierarchy.glob(PREFIX + "*")}


def remove_stale_rooms():
    """What rooms left that were killed before they could remove it."""
    for name in cgroup_names():
        try:
            folder = lock_cgroup(name)
        except OSError:  # just removed by its own room
            continue
        if folder is not None:
            remove_cgroup(name, seconds=0)
            shutil.rmtree(folder_of(name), ignore_errors=True)
            os.close(folder)


def why_not():
    """None where a node can be run, else the reason."""
    if os.geteuid() != 0:
        return "it needs root"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing or not (CNI_FOLDER / "bridge").exists():
        return (f"{', '.join(missing) or CNI_FOLDER / 'bridge'} is missing: apt-get install -y "
                f"--no-install-recommends {PACKAGES}")
    tried = subprocess.run([*UNSHARE, "sh", "-c", "ip link add cni0 type bridge && "
                            "mount -t tmpfs tmpfs /run && iptables -t nat -L -n >/dev/null"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                           check=False)
    if tried.returncode != 0:
        return ("namespaces, a bridge or iptables are not to be had: "
                + tried.stderr.strip().replace("\n", "; "))
    name = new_name()
    try:
        os.close(make_cgroup(name))
    except OSError as error:
        return f"no cgroup can be made: {error}"
    finally:
        remove_cgroup(name)
    return None


def new_name():
    return PREFIX + secrets.token_hex(4)


def folder_of(name):
    return pathlib.Path("/tmp", name)


def prepare(folder):
    """The first process of the room: mounts and network."""
    def run(*words):
        subprocess.run(words, check=True, timeout=60)

    run("mount", "--make-rshared", "/")
    for place in PRIVATE:
        run("mount", "-t", "tmpfs", "tmpfs", place)
    for name, value in TUNABLES.items():
        path = pathlib.Path("/proc/sys") / name
        if path.exists():
            said = pathlib.Path(folder) / name.replace("/", ".")
            said.write_text(f"{value}\n", encoding="ascii")
            run("mount", "--bind", str(said), str(path))
    run("ip", "link", "set", "lo", "up")


def live_as_init(command):
    """Starts the command, reaps what loses its parents, and passes SIGTERM on."""
    # The command has it from the terminal, too. A handler, not SIG_IGN: that it would inherit.
    signal.signal(signal.SIGINT, lambda *_: None)
    child = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM))
    while True:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        if pid == child.pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode if child.returncode >= 0 else 128 - child.returncode


def first_child(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return int(text.split()[0]) if text else None


def run_inside(command):
    """Makes the room, runs the command in it, and removes what is left. The command's status."""
    remove_stale_rooms()
    name = new_name()
    folder = folder_of(name)
    folder.mkdir(mode=0o755)  # mail servers have users of their own
    CNI_CACHE.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None)
    held = make_cgroup(name)
    room = None
    try:
        room = subprocess.Popen(
            [*UNSHARE, sys.executable, os.path.abspath(__file__), "--inside", str(folder), *command],
            env={**os.environ, CGROUP: "/" + name, FOLDER: str(folder)},
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))

        def pass_on(number, _frame):
            init = first_child(room.pid)
            if init is not None:
                os.kill(init, number)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda _number, frame: pass_on(signal.SIGTERM, frame))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command has it from the terminal
        status = room.wait()
    finally:
        if room is not None and room.poll() is None:
            room.kill()
            room.wait()
        left = remove_cgroup(name)
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)
        if not cgroup_names():  # another room may have mounted over it
            with contextlib.suppress(OSError):  # somebody else's is not empty
                CNI_CACHE.rmdir()
    if left:
        print(f"node_room: still there: {', '.join(map(str, left))}", file=sys.stderr)
        return status or 1
    return status


def main(words):
    if words[:1] == ["--inside"]:
        prepare(words[1])
        return live_as_init(words[2:])
    if words == ["--check"] or (words and not words[0].startswith("-")):
        reason = why_not()
        if reason is not None:
            print(f"a Kubernetes node cannot run here: {reason}", file=sys.stderr)
            return 1
        return 0 if words == ["--check"] else run_inside(words)
    print(__doc__.split("\n\n")[1], file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
