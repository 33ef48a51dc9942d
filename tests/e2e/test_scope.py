# SPDX-License-Identifier: MIT
"""Which kinds a K10 has and which namespaces a token may read, from end to end."""

from harness import failed_backup, html_part, scenario
from test_incidents import DAY, complete_backup, later, state_of, words
from test_pass import mails, no_more_mails

GROUP = "actions.kio.kasten.io"
ACTIONS = f"/apis/{GROUP}/v1alpha1"
EVERYWHERE = {"verbs": ["list"], "groups": [GROUP], "cluster_wide": True}
NAMESPACES = {"resources": ["namespaces"]}
# What can be switched off while the fleet runs: the cluster's list of backups, and of namespaces.
NO_BACKUPS = {"fault": "403", "path": "v1alpha1/backupactions"}
NO_NAMESPACES = {"fault": "403", "kind": "namespaces"}


def denied(*namespaces):
    return {"verbs": ["list"], "groups": [GROUP], "namespaces": list(namespaces)}


def paths(fleet, ending=""):
    return [entry["path"] for entry in fleet.requests("k3s") if entry["path"].endswith(ending)]


def test_a_restricted_token_reads_what_it_may_and_says_what_it_cannot_see(start_fleet, alerter,
                                                                          mail):
    fleet = start_fleet(scenario(
        failed_backup(), failed_backup("b-2", "crm", "run-b"), failed_backup("b-3", "wiki", "run-c"),
        {"kind": "RunAction", "name": "run-a", "policy": "daily"},
        deny=[EVERYWHERE, denied("crm", "default", "kube-system")]))
    program = alerter(fleet)
    result = program.run(expect=0)
    message, = mails(mail, 1)
    text = words(message)
    assert "run-a" in text and "run-c" in text and "run-b" not in text
    assert "backups can be read in part only" in text
    assert ("lists of the whole cluster are forbidden (403); read in kasten-io, shop and wiki; not "
            "seen: default, kube-system and crm") in text
    assert "Limits of what could be read" in text
    assert "exports, runs, imports, validations can be read in part only" in text
    assert "backups of cluster-scoped resources could not be read" in text
    assert "backupactions.actions.kio.kasten.io" in text
    assert "can be read in part only" in html_part(message)
    assert "watched in part only" in result.err and "kind=backupactions" in result.err
    assert {incident["id"] for incident in state_of(program)["incidents"]} >= {
        "unreachable:k3s/-/backup/part"}
    asked = paths(fleet, "/backupactions")
    assert asked == [ACTIONS + "/backupactions"] + [
        f"{ACTIONS}/namespaces/{name}/backupactions"
        for name in ("kasten-io", "default", "kube-system", "shop", "crm", "wiki")]
    assert paths(fleet).count("/api/v1/namespaces") == 1
    program.run(expect=0)
    no_more_mails(mail, 1)


def test_told_once_and_when_it_is_whole_again(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(complete_backup()))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    no_more_mails(mail, 0)
    fleet.faults("k3s", NO_BACKUPS, NO_NAMESPACES)
    program.run(expect=0)
    first, = mails(mail, 1)
    assert first["Subject"] == "[Kasten Backup] cannot read all of K3S"
    assert first["X-Kasten-Alert-State"] == "unread"
    assert "read in kasten-io; not seen: all other namespaces" in words(first)
    assert "Next reminder" not in words(first) and "reminder" not in words(first).lower()
    program.run(prefix=later(60), expect=0)
    program.run(prefix=later(DAY + 60), expect=0)
    no_more_mails(mail, 1)
    # It is a limitation of every mail that goes anyway. (What fails now is an hour old by then.)
    fleet.add_actions("k3s", failed_backup("b-9", "kasten-io", "run-z", minutes_ago=-DAY - 70))
    program.run(prefix=later(DAY + 80), expect=0)
    second = mails(mail, 2)[1]
    assert "Limits of what could be read: 1" in words(second)
    assert "backups can be read in part only" in words(second)
    assert "cannot read" not in second["Subject"]
    fleet.faults("k3s")
    program.run(prefix=later(DAY + 120), expect=0)
    third = mails(mail, 3)[2]
    assert third["Subject"] == "[Kasten Backup] K3S can be read in full again"
    assert "could be read in part only for 1 d 2 h" in words(third)
    assert "the cluster's backups, in full" in words(third)
    assert third["References"] == first["References"]
    program.run(prefix=later(DAY + 180), expect=0)
    no_more_mails(mail, 3)


def test_a_clean_run_in_sight_recovers_and_what_is_out_of_sight_stays_open(start_fleet, alerter,
                                                                           mail, tmp_path):
    fleet = start_fleet(scenario(failed_backup(), failed_backup("b-2", "crm", "run-b")))
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json")
    program.run(expect=0)
    mails(mail, 1)
    fleet.faults("k3s", NO_BACKUPS, {"fault": "403", "path": "/namespaces/crm/"})
    fleet.add_actions("k3s", complete_backup(),
                      complete_backup(namespace="crm", run="run-good-2"))
    program.run(expect=0)
    second = mails(mail, 2)[1]
    assert "backup of shop" in words(second) and "crm" in words(second)
    open_now = {incident["id"] for incident in state_of(program)["incidents"]}
    assert open_now == {"k3s/kasten-io/daily/backup/crm", "unreachable:k3s/-/backup/part"}
    program.run(prefix=later(DAY + 60), expect=0)  # no reminder of what is not known
    no_more_mails(mail, 2)


def test_openshift_s_projects_are_the_namespaces(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(), failed_backup("b-2", "crm", "run-b"),
                                 projects=["shop"],
                                 deny=[EVERYWHERE, NAMESPACES, denied("crm", "kasten-io")]))
    alerter(fleet).run(expect=0)
    message, = mails(mail, 1)
    assert "run-a" in words(message) and "run-b" not in words(message)
    assert "read in shop; not seen: all other namespaces" in words(message)


def test_k10_s_own_namespace_is_tried_when_no_names_are_known(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(failed_backup(namespace="k10"), deny=[EVERYWHERE, NAMESPACES]))
    alerter(fleet, CLUSTER_1_K10_NAMESPACE="k10").run(expect=0)
    message, = mails(mail, 1)
    assert "run-a" in words(message)
    assert "read in k10; not seen: all other namespaces" in words(message)


def test_a_namespace_that_breaks_is_no_limitation(start_fleet, alerter, mail, tmp_path):
    fleet = start_fleet(scenario(failed_backup(), failed_backup("b-2", "crm", "run-b"),
                                 deny=[EVERYWHERE]))
    fleet.faults("k3s", {"fault": "500", "path": "/namespaces/crm/backupactions"})
    program = alerter(fleet, STATE=f"file:{tmp_path}/state.json", REQUEST_TIMEOUT="2")
    program.run(expect=3)
    message, = mails(mail, 1)
    assert "run-a" in words(message) and "backups could not be read" in words(message)
    assert "namespace crm: 500" in words(message)
    # Its watermark stood: what failed there meanwhile is caught up hours later.
    fleet.faults("k3s")
    program.run(prefix=later(5 * 60), expect=0)
    assert "run-b" in words(mails(mail, 2)[1])


def test_a_list_of_a_namespace_has_pages_and_may_expire(start_fleet, alerter, mail):
    actions = [failed_backup(f"b-{n}", run=f"run-{n}") for n in range(1100)]
    fleet = start_fleet(scenario(*actions, deny=[EVERYWHERE]))
    fleet.faults("k3s", {"fault": "410", "path": "/namespaces/shop/backupactions", "times": 1,
                         "after": 1})
    alerter(fleet).run(expect=0)
    mails(mail, 1)
    assert len(fleet.sent("k3s")) == 1100
    assert any("continue=" in entry["query"] for entry in fleet.requests("k3s"))


def test_objects_are_read_in_k10_s_namespace(start_fleet, alerter, mail):
    invalid = {"kind": "Profile", "name": "s3-prod", "namespace": "kasten-io",
               "status": {"validation": "Failed", "error": {"message": "AccessDenied"}}}
    fleet = start_fleet(scenario(
        profiles=[invalid], deny=[NAMESPACES, {"verbs": ["list"], "cluster_wide": True,
                                               "groups": ["config.kio.kasten.io"]}]))
    program = alerter(fleet)
    program.run(expect=0)
    message, = mails(mail, 1)
    assert "profile kasten-io/s3-prod is invalid" in words(message)
    assert "policies, policy presets, profiles can be read in part only" in words(message)
    fleet.add_actions("k3s", {**invalid, "status": {"validation": "Success"}})
    program.run(expect=0)
    assert mails(mail, 2)[1]["Subject"] == "[Kasten Backup] K3S: profile s3-prod is valid again"


def test_a_k10_without_a_kind_is_a_limitation(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(
        failed_backup(), kinds=["backup", "export", "run", "policy", "profile", "policypreset"]))
    result = alerter(fleet, ALERT_KINDS="+batchrestore").run(expect=0)
    message, = mails(mail, 1)
    for resource in ("importactions", "validateactions", "backupclusteractions",
                     "batchrestoreactions"):
        assert f"this K10 has no {resource}" in words(message)
        assert f"kind={resource}" in result.err
    assert "ClusterRole" not in words(message)
    assert paths(fleet).count(ACTIONS) == 1


def test_no_k10_at_all_is_told_as_that(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(kinds=["policy"]))
    alerter(fleet).run(expect=4)
    message, = mails(mail, 1)
    text = words(message)
    assert "K10 is not installed here, or its API is not registered" in text
    assert "kubectl get apiservice v1alpha1.actions.kio.kasten.io" in text
    assert text.count("K10 is not installed here") == 1


def test_a_k10_without_backups_is_unread(start_fleet, alerter, mail):
    fleet = start_fleet(scenario(kinds=["export", "run"]))
    alerter(fleet).run(expect=3)
    assert "it has no backupactions: this K10 cannot be watched" in words(mails(mail, 1)[0])


def test_every_kind_can_be_watched(start_fleet, alerter, mail):
    words_of_kinds = {"restore": "restore", "report": "K10 report", "batchrestore": "batch restore",
                      "upgrade": "upgrade", "stage": "stage action", "migratefcd": "FCD migration"}
    fleet = start_fleet(scenario(*(
        {"kind": word, "name": f"{word}-1", "namespace": "kasten-io", "state": "Failed",
         "minutes_ago": 5, "error": {"message": f"cause of {word}"}} for word in words_of_kinds)))
    program = alerter(fleet)
    program.run(expect=0)
    no_more_mails(mail, 0)
    program.run(expect=0, ALERT_KINDS=",".join("+" + word for word in words_of_kinds))
    text = words(mails(mail, 1)[0])
    for word, told in words_of_kinds.items():
        assert f"cause of {word}" in text and f"{told} " in text
        assert any(f"{word}/kasten-io/{word}-1" in key for key in fleet.sent("k3s"))
