# SPDX-License-Identifier: MIT
"""Proves the test bed's mail servers with Python's own client.

Run it as: /usr/bin/python3 -B -m pytest -p no:cacheprovider testbed/mail/selftest.py
"""

import json
import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import postfix_engine  # noqa: E402
import processes  # noqa: E402
from fault_modes import MODES  # noqa: E402
from fault_smtp import FaultSmtp  # noqa: E402
from mailserver import MailError, MailServer  # noqa: E402

OPS, ONCALL, NOBODY = "ops@kasten.test", "oncall@kasten.test", "nobody@kasten.test"
BODY = (
    b"From: alerts@kasten.test\r\nTo: ops@kasten.test\r\nSubject: %s\r\n\r\n.leading dot\r\nend\r\n"
)


def openssl(*arguments):
    subprocess.run(
        ["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="session")
def certs():
    """ca.pem, mail.pem and mail.key as testbed/make-certs makes them."""
    folder = tempfile.mkdtemp(prefix="kasten-certs-")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        "req",
        "-x509",
        *key,
        "-keyout",
        folder + "/ca.key",
        "-out",
        folder + "/ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=Kasten test CA",
        "-addext",
        "keyUsage=critical,keyCertSign",
    )
    openssl(
        "req",
        *key,
        "-keyout",
        folder + "/mail.key",
        "-out",
        folder + "/mail.csr",
        "-subj",
        "/CN=localhost",
    )
    with open(folder + "/san", "w", encoding="ascii") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(
        "x509",
        "-req",
        "-in",
        folder + "/mail.csr",
        "-CA",
        folder + "/ca.pem",
        "-CAkey",
        folder + "/ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        folder + "/san",
        "-out",
        folder + "/mail.pem",
    )
    yield folder
    shutil.rmtree(folder)


def context_of(ca_file):
    return ssl.create_default_context(cafile=ca_file)


def starttls(server, port=None):
    client = smtplib.SMTP("localhost", port or server.smtp_starttls_port, timeout=10)
    client.starttls(context=context_of(server.ca_file))
    client.ehlo()
    return client


def needs_postfix(engine):
    if engine == "postfix" and not postfix_engine.is_installed():
        pytest.skip("Postfix and Dovecot run as root only")


@pytest.fixture(scope="module", params=["postfix", "aiosmtpd"])
def server(request, certs):
    needs_postfix(request.param)
    folder = tempfile.mkdtemp(
        prefix="kasten-self-"
    )  # mode 0700: not reachable for Postfix's own user
    with MailServer.start(
        folder,
        certs=certs,
        engine=request.param,
        mailboxes=["team@example.com"],
        message_size_limit=50000,
    ) as running:
        yield running
    shutil.rmtree(folder)


def test_starttls_and_auth_are_delivered(server):
    with starttls(server) as client:
        client.login(server.user, server.password)
        refused = client.sendmail(
            server.user, [OPS, NOBODY, "team@example.com"], BODY % b"by STARTTLS"
        )
    assert list(refused) == [NOBODY] and refused[NOBODY][0] == 550
    mail = server.messages(OPS, wait_for=1)[-1]
    assert (
        b"ESMTPSA" in mail
        and b"Subject: by STARTTLS\r\n" in mail
        and mail.endswith(b"\r\n.leading dot\r\nend\r\n")
    )
    assert len(server.messages("team@example.com", wait_for=1)) == 1
    server.clear(OPS)
    assert server.messages(OPS) == []


def test_implicit_tls_is_delivered(server):
    context = context_of(server.ca_file)
    with smtplib.SMTP_SSL(
        "127.0.0.1", server.smtp_implicit_port, context=context, timeout=10
    ) as client:
        client.login(server.user, server.password)
        client.sendmail(server.user, [ONCALL], BODY % b"implicit")
    assert b"ESMTPSA" in server.messages(ONCALL, wait_for=1)[0]


def test_wrong_password_is_535_at_once(server):
    begin = time.monotonic()
    with starttls(server) as client, pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        client.login(server.user, "not the password")
    assert caught.value.smtp_code == 535
    assert (
        time.monotonic() - begin < 2
    )  # Dovecot answers failures every half second; Python tries two mechanisms


def test_nothing_goes_before_tls_or_auth(server):
    with smtplib.SMTP("localhost", server.smtp_starttls_port, timeout=10) as client:
        client.ehlo()
        assert client.has_extn("starttls") and not client.has_extn("auth")
        assert client.docmd("AUTH PLAIN", "AGEAYg==")[0] >= 500
        assert client.mail(server.user)[0] == 530
    with starttls(server) as client:
        assert client.has_extn("auth") and client.esmtp_features["size"] == "50000"
        codes = client.mail(server.user)[0], client.rcpt(OPS)[0]
        assert max(codes) >= 500


def test_other_listeners(server):
    with smtplib.SMTP("localhost", server.smtp_plain_port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("starttls") and not client.has_extn("auth")
    with starttls(server, server.smtp_noauth_port) as client:
        assert not client.has_extn("auth")
        client.sendmail(server.user, [ONCALL], BODY % b"no auth")
    mails = server.messages(ONCALL, wait_for=2)
    assert b"ESMTPS " in mails[-1] or b"ESMTPS\r\n" in mails[-1]


def test_too_large_is_552(server):
    with starttls(server) as client:
        client.login(server.user, server.password)
        assert client.mail(server.user, ["SIZE=50001"])[0] == 552


def test_unknown_ca_is_seen(server):
    with smtplib.SMTP("localhost", server.smtp_starttls_port, timeout=10) as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=ssl.create_default_context())


@pytest.mark.parametrize("engine", ["postfix", "aiosmtpd"])
def test_command_line(certs, engine):
    needs_postfix(engine)
    folder = tempfile.mkdtemp(prefix="kasten-cli-")
    os.chmod(folder, 0o755)

    def run(command, *arguments):
        return subprocess.run(
            [HERE + "/mail-server", command, "--dir", folder, *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    begin = time.monotonic()
    assert run("start", "--certs", certs, "--engine", engine).returncode == 0
    assert time.monotonic() - begin < 6
    assert "already" in run("start", "--certs", certs, "--engine", engine).stderr
    running = MailServer.attach(folder)
    daemons = running.daemons
    with starttls(running) as client:
        client.login(running.user, running.password)
        client.sendmail(running.user, [OPS], BODY % b"one")
    fetched = run("fetch", "--user", OPS, "--wait-for", "1")
    assert fetched.stdout == "%s/fetched/%s/1.eml\n" % (folder, OPS)
    assert run("fetch", "--user", OPS, "--wait-for", "2", "--seconds", "0").returncode == 1
    assert all(processes.members(daemon) for daemon in daemons.values())
    assert run("stop").returncode == 0
    assert not any(processes.members(daemon) for daemon in daemons.values())
    assert sorted(os.listdir(folder)) == ["fetched", "mail"]
    with pytest.raises(MailError):
        MailServer.attach(folder)
    shutil.rmtree(folder)


def test_postfix_refuses_bare_newlines(server):
    if server.engine != "postfix":
        pytest.skip("aiosmtpd does not look")
    with socket.create_connection(("localhost", server.smtp_plain_port), timeout=10) as raw:
        raw.sendall(b"EHLO x\r\nMAIL FROM:<a@kasten.test>\r\nRCPT TO:<ops@kasten.test>\r\nDATA\r\n")
        raw.sendall(b"Subject: x\n\nbody\r\n.\r\nQUIT\r\n")
        answer = b""
        while chunk := raw.recv(4096):
            answer += chunk
    assert b"\r\n550 5.5.2 " in answer and b"bare <LF>" in answer


# What a client that does everything right sees of each fault: the step that fails and the code it
# gets.
EXPECTED = {
    "accept": ("sent", 250),
    "reject-one-recipient": ("sent", 550),
    "defer-one-recipient": ("sent", 451),
    "reject-all": ("rcpt", 550),
    "defer-all": ("rcpt", 451),
    "reject-mail-from": ("mail", 553),
    "busy-at-mail-from": ("mail", 421),
    "4xx-after-dot": ("dot", 451),
    "5xx-after-dot": ("dot", 554),
    "drop-after-dot": ("gone", 0),
    "drop-in-data": ("gone", 0),
    "no-starttls": ("starttls", 0),
    "no-auth-offered": ("auth", 0),
    "auth-fails": ("auth", 535),
    "auth-unavailable": ("auth", 454),
    "greylist-banner": ("banner", 554),
    "busy-banner": ("banner", 421),
    "garbage-banner": ("banner", -1),
    "handshake-fails": ("tls", 0),
    "small-size": ("mail", 552),
    "slow": ("sent", 250),
    "slow-after-dot": ("sent", 250),
    "multiline": ("sent", 550),
    "multiline-5xx-after-dot": ("dot", 554),
    "long-lines": ("sent", 250),
    "long-5xx-after-dot": ("dot", 554),
    "hostile-5xx-after-dot": ("dot", 554),
}
SENDER, GOOD, MARKED = "alerts@kasten.test", "ops@kasten.test", "refused@kasten.test"
LARGE = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 100 + b"..end\r\n"


def outcome(port, ca_file):
    """Sends one mail to two recipients. Returns (step, code) as in EXPECTED."""
    client = smtplib.SMTP(timeout=2)
    client._host = "localhost"
    try:
        code, text = client.connect("localhost", port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        client.ehlo_or_helo_if_needed()
        client.starttls(context=context_of(ca_file))
        client.login("alerts@kasten.test", "pass word")
        refused = client.sendmail(SENDER, [GOOD, MARKED], LARGE)
        client.quit()
        return "sent", refused[MARKED][0] if refused else 250
    except smtplib.SMTPConnectError as error:
        return "banner", error.smtp_code
    except smtplib.SMTPAuthenticationError as error:
        return "auth", error.smtp_code
    except smtplib.SMTPSenderRefused as error:
        return "mail", error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return "rcpt", error.recipients[GOOD][0]
    except smtplib.SMTPDataError as error:
        return "dot", error.smtp_code
    except smtplib.SMTPNotSupportedError as error:
        return ("auth" if "AUTH" in str(error) else "starttls"), 0
    except ssl.SSLError:
        return "tls", 0
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError):
        return "gone", 0
    finally:
        client.close()


def test_every_mode_is_expected_here():
    assert sorted([*EXPECTED, "endless-reply"]) == sorted(MODES)


@pytest.mark.parametrize("mode", sorted(EXPECTED))
def test_fault(mode, certs, tmp_path):
    begin = time.monotonic()
    with FaultSmtp(mode, certs, tmp_path, delay_s=0.1) as fault:
        assert outcome(fault.port, fault.ca_file) == EXPECTED[mode]
        session = fault.sessions(wait_for=1, seconds=1)
    took = time.monotonic() - begin
    assert len(session) == 1 and session[0]["mode"] == mode and session[0]["ended"]
    assert not session[0]["auth_before_tls"]
    if EXPECTED[mode][0] in ("sent", "dot") or mode == "drop-after-dot":
        assert (
            session[0]["auth"][0]["user"] == SENDER
            and session[0]["auth"][0]["password"] == "pass word"
        )
        assert session[0]["auth"][0]["tls"] and session[0]["tls_version"].startswith("TLS")
        message = session[0]["messages"][0]
        assert message["complete"] and message["data"].encode("latin-1") == LARGE
        assert message["mail_from"] == SENDER and "size=" in message["parameters"].lower()
        assert [one["address"] for one in message["recipients"]] == [GOOD, MARKED]
    if mode == "drop-in-data":
        assert session[0]["messages"][0]["data"] and not session[0]["messages"][0]["complete"]
    if mode == "slow":
        assert took > 0.8
    if mode == "hostile-5xx-after-dot":
        assert (
            "\x1b[31m" in session[0]["messages"][0]["reply"]
            and "\xff\xfe" in session[0]["messages"][0]["reply"]
        )


def test_endless_reply(certs, tmp_path):
    with FaultSmtp("endless-reply", certs, tmp_path) as fault:
        with socket.create_connection(("localhost", fault.port), timeout=5) as raw:
            raw.sendall(b"EHLO x\r\n")
            seen = b""
            while len(seen) < 20000:
                seen += raw.recv(4096)
        assert seen.count(b"\r\n250-") > 50 and b"250 " not in seen
        assert len(fault.sessions(wait_for=1)) == 1


def test_a_password_sent_in_the_clear_is_recorded(certs, tmp_path):
    with FaultSmtp("no-starttls", certs, tmp_path) as fault:
        with smtplib.SMTP("localhost", fault.port, timeout=5) as client:
            client.login("alerts@kasten.test", "secret")
        assert fault.sessions(wait_for=1)[0]["auth_before_tls"]
    with FaultSmtp("accept", certs, tmp_path) as fault:
        with smtplib.SMTP("localhost", fault.port, timeout=5) as client:
            client.ehlo()
            assert client.docmd("AUTH PLAIN", "AGEAYg==")[0] == 538
        assert fault.sessions(wait_for=1)[0]["auth_before_tls"]


def test_implicit_tls_and_times(certs, tmp_path):
    with FaultSmtp("5xx-after-dot", certs, tmp_path, implicit=True, times=1) as fault:
        for expected in (554, 250):
            with smtplib.SMTP_SSL(
                "localhost", fault.port, context=context_of(fault.ca_file), timeout=5
            ) as client:
                client.login(SENDER, "x")
                assert (client.mail(SENDER)[0], client.rcpt(GOOD)[0]) == (250, 250)
                assert client.data(b"Subject: x\r\n\r\nx\r\n")[0] == expected


def test_fault_command_line(certs, tmp_path):
    program = subprocess.Popen(
        [HERE + "/fault_smtp.py", "--mode", "auth-fails", "--dir", tmp_path, "--certs", certs]
    )
    ready = tmp_path / "fault-smtp.json"
    while not ready.exists():
        assert program.poll() is None
        time.sleep(0.02)
    info = json.loads(ready.read_text())
    assert info["pid"] == program.pid and outcome(info["port"], info["ca_file"]) == ("auth", 535)
    program.send_signal(signal.SIGTERM)
    assert program.wait(5) == 0 and not ready.exists()
