# SPDX-License-Identifier: MIT
"""scripts/demo-cluster: up, each of the commands it names, and taken down by a second call."""

import os
import re
import subprocess
import time

import pytest

import node_room
from place import ROOT, SECONDS
from programs import wait_until

DEMO = str(ROOT / "scripts" / "demo-cluster")
LAST_LINE = "takes it down."
START_SECONDS = 240


@pytest.fixture
def call(tmp_path):
    """Calls the script, with its files in a folder of the test's."""
    environment = {**os.environ, "KASTEN_DEMO_FOLDER": str(tmp_path / "demo")}

    def call(*words, expect=0):
        run = subprocess.run([DEMO, *words], env=environment, capture_output=True, text=True, cwd=ROOT,
                             timeout=2 * SECONDS, check=False)
        assert run.returncode == expect, run.stdout + run.stderr
        return run.stdout + run.stderr

    call.environment = environment
    return call


def test_up_looked_at_and_down(call, tmp_path):
    assert "is not up" in call("kubectl", "get", "nodes", expect=1)
    cgroups = node_room.cgroup_names()
    with open(tmp_path / "output", "w+", encoding="utf-8") as output:
        demo = subprocess.Popen([DEMO], env=call.environment, stdout=output, stderr=output)
        try:
            def shown():
                text = (tmp_path / "output").read_text(encoding="utf-8")
                assert demo.poll() is None, text
                return text if LAST_LINE in text else None

            text = wait_until("the demo is up", shown, START_SECONDS, pause=0.5)
            assert "mailed=true status=0" in text and "clusters_read=3/3" in text
            commands = re.findall(r"^scripts/demo-cluster ([^#\n]*)", text, re.MULTILINE)
            assert len(commands) == 8
            for command in commands:
                # The Job of one line is waited for by the next, as a reader's typing would.
                if " logs " in command:
                    call("kubectl", "wait", "job/now", "-n", "kasten-io", "--for=condition=complete",
                         f"--timeout={SECONDS}s")
                call(*command.split())
            assert "no space left on device" in next_mail(call)
        finally:
            call()
    end = (tmp_path / "output").read_text(encoding="utf-8").partition(LAST_LINE)[2]
    assert demo.wait(SECONDS) == 0 and "taking it down" in end, end
    assert node_room.cgroup_names() == cgroups


def next_mail(call):
    """The last mail, after a pass."""
    call("kubectl", "create", "job", f"look-{time.time():.0f}", "--from=cronjob/kasten-alerter", "-n",
         "kasten-io")
    return wait_until("the failure that was added is mailed",
                      lambda: found if "no space" in (found := call("mail")) else None, SECONDS, pause=0.5)
