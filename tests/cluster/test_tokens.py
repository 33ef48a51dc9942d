# SPDX-License-Identifier: MIT
"""Bound ServiceAccount tokens as the API server judges them: near their end, ended, rotated, revoked."""

import os

import pytest

import certificates
import k10
from harness import failed_backup, parse, text_part
from world import ACCOUNT, MANIFESTS


ENDED = -120  # an API server lets a token live a minute longer than it says


def bound_token(server, seconds):
    """Like the account's own, but ending so many seconds from now."""
    claims = certificates.claims_of(server.create_token(ACCOUNT))
    return certificates.token_for(server.token_key, claims, seconds)


def test_a_token_near_its_end_is_as_good_as_any(world):
    world.fleet.add_actions("openshift", failed_backup())
    world.alerter(["openshift"], CLUSTER_1_TOKEN_FILE=None,
                  CLUSTER_1_TOKEN=bound_token(world.home, 20)).run(expect=0)
    world.mails(1)


def test_an_ended_token_is_told_by_mail(world):
    """Only the remote cluster's has ended: the rest is read, and the mail says what to do."""
    world.fleet.add_actions("openshift", failed_backup())
    token = bound_token(world.servers["rke2"], ENDED)
    result = world.alerter(["openshift", "rke2"], CLUSTER_2_TOKEN_FILE=None,
                           CLUSTER_2_TOKEN=token).run(expect=3)
    assert "the token expired" in result.err and "401 Unauthorized" in result.err
    assert token not in result.err
    mail, = world.mails(1)
    assert "the token expired" in text_part(parse(mail)) and token.encode() not in mail


def switch(directory, token):
    """As a kubelet renews a mounted token: a new folder, and one link switched by rename."""
    folder = directory / f"..{len(list(directory.iterdir()))}"
    folder.mkdir()
    (folder / "token").write_text(token, encoding="utf-8")
    new = directory / "..new"
    new.symlink_to(folder.name)
    os.replace(new, directory / "..data")


def test_a_rotated_token_file(world, tmp_path):
    """The file's first token has ended; once it was switched the same settings work again."""
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "token").symlink_to("..data/token")
    switch(mount, bound_token(world.home, ENDED))
    world.fleet.add_actions("openshift", failed_backup())
    program = world.alerter(["openshift"], CLUSTER_1_TOKEN_FILE=mount / "token",
                            STATE="file:state.json")
    program.run(expect=4)
    switch(mount, bound_token(world.home, 600))
    program.run(expect=0)
    assert b"AccessDenied" in world.mails(2)[1]


@pytest.mark.parametrize("what", ["the account was made anew", "it is for somebody else"])
def test_a_token_that_looks_good(world, what):
    """Signed and not ended, and refused all the same."""
    remote = world.servers["rke2"]
    if what == "the account was made anew":
        token = remote.create_token(ACCOUNT)
        remote.kubectl("delete", "serviceaccount", ACCOUNT, "-n", k10.NAMESPACE)
        remote.kubectl("apply", "-f", str(MANIFESTS / "remote-cluster" / "rbac.yaml"))
    else:
        token = remote.kubectl("create", "token", ACCOUNT, "-n", k10.NAMESPACE, "--audience",
                               "vault").strip()
    result = world.alerter(["rke2"], CLUSTER_1_TOKEN_FILE=None, CLUSTER_1_TOKEN=token,
                           STATE="file:state.json").run(expect=4)
    assert "401 Unauthorized" in result.err
