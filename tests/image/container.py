# SPDX-License-Identifier: MIT
"""The image as a container under runc, confined as OpenShift's restricted-v2 confines a pod."""

import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import time
import uuid

UID, GID = 1000680000, 0  # OpenShift: a user of the namespace's range, group root
MEMORY_BYTES = 32 * 1024 * 1024
SECONDS = 120
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

# What a pass needs, and what runc itself still does between loading the filter and execve (its
# runtime is Go's). Much less than a container runtime's default filter allows.
SYSCALLS = """
access arch_prctl bind brk clock_gettime clock_nanosleep clone clone3 close connect epoll_create1
epoll_ctl epoll_pwait epoll_wait execve exit exit_group faccessat faccessat2 fcntl flock fstat
fstatfs fsync futex getdents64 getegid geteuid getgid getpeername getpid getrandom getsockname getsockopt
gettid getuid ioctl lseek madvise mkdir mmap mprotect munmap nanosleep newfstatat openat pipe2 poll
ppoll prctl pread64 prlimit64 read readlinkat recvfrom recvmsg rename rseq rt_sigaction
rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield sendmmsg sendmsg sendto set_robust_list
set_tid_address setsockopt sigaltstack socket socketpair stat statx sysinfo tgkill uname write
writev
""".split()

TOOLS = {"umoci": "umoci", "runc": "runc"}


def require_tools():
    """A missing tool fails the tests with the command that gets it."""
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        raise RuntimeError("missing; as root: apt-get install -y --no-install-recommends "
                           + " ".join(missing))
    if os.getuid() != 0:
        raise RuntimeError("runc and umoci need root here: run it as root")


def unpack(archive, directory):
    """The bundle (rootfs and config.json) of the image in an OCI archive."""
    require_tools()
    layout, bundle = directory / "layout", directory / "bundle"
    with tarfile.open(archive) as tar:
        tar.extractall(layout)  # our own archive, just built
    index = json.loads((layout / "index.json").read_text())
    tag = index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
    subprocess.run(["umoci", "unpack", "--image", f"{layout}:{tag}", str(bundle)], check=True,
                   stdout=subprocess.DEVNULL, timeout=SECONDS)
    return bundle


class Result:
    """How a container ended."""

    def __init__(self, status, out, err, peak_bytes):
        self.status = status
        self.out = out
        self.err = err
        self.peak_bytes = peak_bytes  # of its memory cgroup, page cache included; None if unknown

    def __repr__(self):
        return f"status {self.status}, peak {self.peak_bytes}\n{self.out}{self.err}"


class Container:
    """One run of the image. `files` maps paths in the container to files or folders outside, all
    read only."""

    def __init__(self, bundle, directory, environment, arguments=(), files=None, user=(UID, GID)):
        self.name = f"kasten-alerter-test-{uuid.uuid4().hex[:12]}"
        self.directory = pathlib.Path(directory) / self.name
        self.directory.mkdir(parents=True)
        image = json.loads((bundle / "config.json").read_text())
        config = self._config(bundle, image["process"], environment, arguments, files or {}, user)
        (self.directory / "config.json").write_text(json.dumps(config))
        self.process = None

    def _config(self, bundle, process, environment, arguments, files, user):
        if user is None:
            user = (process["user"]["uid"], process["user"]["gid"])
        mounts = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=64k"]},
        ]
        mounts += [{"destination": inside, "type": "bind", "source": str(outside),
                    "options": ["rbind", "ro"]} for inside, outside in files.items()]
        return {
            "ociVersion": "1.0.2",
            "process": {
                "terminal": False, "user": {"uid": user[0], "gid": user[1]}, "cwd": process["cwd"],
                "args": [*process["args"], *arguments],
                "env": [*process["env"], *(f"{key}={value}" for key, value in environment.items())],
                "capabilities": {}, "noNewPrivileges": True},
            "root": {"path": str(bundle / "rootfs"), "readonly": True},
            "hostname": "kasten-alerter",
            "mounts": mounts,
            "linux": {
                "cgroupsPath": f"/{self.name}",
                # The network is the host's: the test bed listens on its loopback.
                "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")],
                "resources": {"memory": {"limit": MEMORY_BYTES, "swap": MEMORY_BYTES},
                              "pids": {"limit": 32},
                              "devices": [{"allow": False, "access": "rwm"}]},
                "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
                "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
                "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "architectures": [],
                            "syscalls": [{"names": SYSCALLS, "action": "SCMP_ACT_ALLOW"}]}}}

    def start(self):
        self.process = subprocess.Popen(
            ["runc", "run", "--keep", "--bundle", str(self.directory), self.name],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self

    def status(self):
        """/proc/PID/status of the program inside, once it runs."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            state = subprocess.run(["runc", "state", self.name], capture_output=True, timeout=20)
            if state.returncode == 0 and json.loads(state.stdout)["status"] == "running":
                pid = json.loads(state.stdout)["pid"]
                text = pathlib.Path(f"/proc/{pid}/status").read_text()
                fields = dict(line.split(":", 1) for line in text.splitlines())
                return {key: value.strip() for key, value in fields.items()}
            time.sleep(0.05)
        raise AssertionError("the container does not run")

    def finish(self):
        try:
            out, err = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            subprocess.run(["runc", "kill", self.name, "KILL"], check=False, timeout=20)
            out, err = self.process.communicate()
            raise AssertionError(f"did not end within {SECONDS} s:\n{err.decode()}") from None
        finally:
            peak = self._peak_bytes()
            subprocess.run(["runc", "delete", "--force", self.name], check=False, timeout=20,
                           stderr=subprocess.DEVNULL)
        return Result(self.process.returncode, out.decode(), err.decode(), peak)

    def run(self, expect):
        result = self.start().finish()
        assert result.status == expect, f"expected exit status {expect}, got {result}"
        return result

    def _peak_bytes(self):
        for path in (f"/sys/fs/cgroup/memory/{self.name}/memory.max_usage_in_bytes",
                     f"/sys/fs/cgroup/{self.name}/memory.peak"):
            if os.path.exists(path):
                return int(pathlib.Path(path).read_text())
        return None


def service_account(directory, token, ca_file, namespace="kasten-io"):
    """A folder as the kubelet mounts it: names that lead through `..data`."""
    version = directory / "..2026"
    version.mkdir(parents=True)
    content = {"token": token, "namespace": namespace,
               "ca.crt": pathlib.Path(ca_file).read_text()}
    (directory / "..data").symlink_to(version.name)
    for name, text in content.items():
        (version / name).write_text(text)
        os.chmod(version / name, 0o644)
        (directory / name).symlink_to(f"..data/{name}")
    return directory
