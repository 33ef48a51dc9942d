# SPDX-License-Identifier: MIT
"""Programs of a real Kubernetes: where they are, and how one is run until it is ready and ended."""

import ctypes
import functools
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_SECONDS = 3600  # only the first call on a machine builds
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failure(RuntimeError):
    """What the caller asked for cannot be done; the text says why."""


@functools.lru_cache(maxsize=None)
def programs(*wanted):
    """Name to path, built when missing. `wanted` is what scripts/kubernetes takes."""
    script = str(ROOT / "scripts" / "kubernetes")
    run = subprocess.run([script, *wanted], stdout=subprocess.PIPE, text=True,
                         timeout=BUILD_SECONDS, check=False)
    if run.returncode != 0:
        raise Failure(f"{script} {' '.join(wanted)} ended with status {run.returncode}, see above")
    return dict(line.split("=", 1) for line in run.stdout.splitlines())


def free_port():
    """A port that nobody listens on now. Whoever binds it first has it: see `Program.start`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds=30.0, pause=0.05):
    """The condition's first true value. It may raise; the last error is told when time is up."""
    end = time.monotonic() + seconds
    while True:
        error = None
        try:
            value = condition()
            if value:
                return value
        except (OSError, Failure) as caught:
            error = caught
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds:.0f} s" + (f": {error}" if error else ""))
        time.sleep(pause)


def _end_with_the_parent():
    # Whatever becomes of pytest, nothing of it stays behind.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Program:
    """A server: a process with a log. A subclass says how it is called and when it is ready."""

    name = "program"
    start_seconds = 60.0
    stop_seconds = 20.0

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / f"{self.name}.log"
        self.process = None

    def command(self):
        """Chooses ports anew and returns the words to run."""
        raise NotImplementedError

    def is_ready(self):
        raise NotImplementedError

    def launch(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.directory,
                                            preexec_fn=_end_with_the_parent)

    def wait_ready(self):
        """False when it ended because somebody else took its port."""
        end = time.monotonic() + self.start_seconds
        while not self._probe():
            if self.process.poll() is not None:
                text = self.log_text()
                if "address already in use" in text:
                    return False
                raise Failure(f"{self.name} ended with status {self.process.returncode}:\n"
                              f"{text[-4000:]}")
            if time.monotonic() > end:
                self.stop()
                raise Failure(f"{self.name} is not ready after {self.start_seconds:.0f} s:\n"
                              f"{self.log_text()[-4000:]}")
            time.sleep(0.05)
        return True

    def _probe(self):
        try:
            return self.is_ready()
        except OSError:
            return False

    def start(self):
        for _ in range(3):
            self.launch()
            if self.wait_ready():
                return self
            self.log.unlink()
        raise Failure(f"{self.name} found no free port in three tries")

    def ask_to_stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def log_text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()
