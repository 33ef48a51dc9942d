# SPDX-License-Identifier: MIT
"""The record, a ConfigMap on a real API server: made, replaced, and shared with a second writer."""

import json

from harness import failed_backup
from interposer import Interposer
from world import ACCOUNT, STATE_PATH

OTHER_ID = "other:run-other:2026-04-02"
OTHER_TIME = "2100-01-01T00:00:00Z"


def test_made_and_replaced(world):
    world.fleet.add_actions("openshift", failed_backup(run="run-one"))
    program = world.alerter(["openshift"])
    assert world.state() is None
    program.run(expect=0)
    first = world.state()
    labels = first["metadata"]["labels"]
    assert labels == {"app.kubernetes.io/name": "kasten-alerter",
                      "app.kubernetes.io/managed-by": "kasten-alerter"}
    assert [run.split(":")[1] for run in world.sent()] == ["run-one"]

    program.run(expect=0)  # nothing new: only its watermarks move
    assert world.state()["data"]["sent"] == first["data"]["sent"]

    world.home.kubectl("annotate", "configmap", "kasten-alerter-sent", "-n", "kasten-io",
                       "example.com/owner=ops")
    world.fleet.add_actions("openshift", failed_backup("b2", run="run-two", minutes_ago=1))
    program.run(expect=0)
    second = world.state()
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["metadata"]["annotations"]["example.com/owner"] == "ops"
    assert sorted(run.split(":")[1] for run in world.sent()) == ["run-one", "run-two"]
    assert len(world.mails(2)) == 2


def write_as_another(world, number):
    """What a second alerter, or an operator, does: one more id, over whatever is there now."""
    state = world.state()
    sent = json.loads(state["data"]["sent"])
    sent[f"{OTHER_ID}{number}"] = OTHER_TIME
    state["data"]["sent"] = json.dumps(sent)
    status, answer = world.home.request("PUT", STATE_PATH, state)
    assert status == 200, answer


def codes(world, begun, verb):
    user = f"system:serviceaccount:kasten-io:{ACCOUNT}"
    return [event["responseStatus"]["code"] for event in world.home.audit(user, since=begun)
            if event["verb"] == verb and event["objectRef"]["resource"] == "configmaps"]


def test_a_second_writer_before_each_of_three_writes(world):
    """Between our read and our PUT somebody else writes: 409 three times, and both are kept."""
    world.fleet.add_actions("openshift", failed_backup(run="run-one"))
    world.alerter(["openshift"]).run(expect=0)
    world.fleet.add_actions("openshift", failed_backup("b2", run="run-two", minutes_ago=1))
    writes = []

    def write_first(method, _path):
        if method == "PUT" and len(writes) < 3:
            writes.append(method)
            write_as_another(world, len(writes))

    begun = world.home.audit_lines()
    with Interposer(world.home, write_first) as between:
        world.alerter(["openshift"], CLUSTER_1_API_URL=between.url).run(expect=0)
    # The intent, three times too late, and the outcome.
    assert codes(world, begun, "update") == [409, 409, 409, 200, 200]
    sent = world.sent()
    assert {f"{OTHER_ID}{number}" for number in (1, 2, 3)} <= set(sent)
    assert {"run-one", "run-two"} <= {alert.split(":")[1] for alert in sent}
    world.mails(2)


def test_a_second_writer_who_makes_it_first(world):
    """Both find no record and make one: 409 AlreadyExists, then ours is added to theirs."""
    world.fleet.add_actions("openshift", failed_backup(run="run-one"))
    made = []

    def make_first(method, path):
        if method == "POST" and path.endswith("/configmaps") and not made:
            made.append(path)
            status, answer = world.home.request("POST", path, {
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "kasten-alerter-sent"},
                "data": {"sent": json.dumps({OTHER_ID: OTHER_TIME})}})
            assert status == 201, answer

    begun = world.home.audit_lines()
    with Interposer(world.home, make_first) as between:
        world.alerter(["openshift"], CLUSTER_1_API_URL=between.url).run(expect=0)
    assert codes(world, begun, "create") == [409]
    assert codes(world, begun, "update") == [200, 200]  # the intent and the outcome
    assert len(world.sent()) == 2 and OTHER_ID in world.sent()


def test_deleted_while_it_is_written(world):
    """An operator clears the record in that very moment: it is made anew."""
    world.fleet.add_actions("openshift", failed_backup(run="run-one"))
    world.alerter(["openshift"]).run(expect=0)
    world.fleet.add_actions("openshift", failed_backup("b2", run="run-two", minutes_ago=1))
    deleted = []

    def delete_first(method, _path):
        if method == "PUT" and not deleted:
            deleted.append(world.home.request("DELETE", STATE_PATH))

    with Interposer(world.home, delete_first) as between:
        world.alerter(["openshift"], CLUSTER_1_API_URL=between.url).run(expect=0)
    assert len(deleted) == 1
    assert "run-two" in {alert.split(":")[1] for alert in world.sent()}


def test_two_passes_at_once(world):
    """Forbid rules it out for the CronJob, not for a Job by hand: the record keeps both."""
    program = world.alerter(["openshift"])
    world.fleet.add_actions("openshift", failed_backup(run="run-one"))
    program.run(expect=0)
    world.fleet.add_actions("openshift", *(
        failed_backup(f"b{number}", run=f"run-{number}", minutes_ago=1) for number in range(20)))
    processes = [program.start(), program.start()]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
    assert len(world.sent()) == 21
