# SPDX-License-Identifier: MIT
"""The test bed's mail server without root: aiosmtpd in a process of its own, mail kept as .eml
files.

The listeners and the answers are those of the Postfix engine as far as aiosmtpd can: STARTTLS
required before AUTH, AUTH required before MAIL, 535 for a wrong password, 550 for an unknown
recipient. There is no IMAP; mailboxes are folders with one file per mail, named so that their order
is the order of arrival.
"""

import asyncio
import email.utils
import hmac
import importlib.util
import json
import os
import signal
import ssl
import subprocess
import sys
import time

import processes

PORTS = ("smtp_starttls_port", "smtp_implicit_port", "smtp_plain_port", "smtp_noauth_port")
START_SECONDS = 10


def is_installed():
    """True when this Python has aiosmtpd (Debian: python3-aiosmtpd)."""
    return importlib.util.find_spec("aiosmtpd") is not None


class Mailroom:
    """aiosmtpd's handler: knows the mailboxes and the password, and files what is accepted."""

    def __init__(self, state, plan):
        self._state = state
        self._mailboxes = {address.lower() for address in plan["mailboxes"]}
        self._password = plan["password"].encode("utf-8")
        self._count = 0

    def authenticate(self, _server, _session, _envelope, _mechanism, auth_data):
        from aiosmtpd.smtp import AuthResult

        known = auth_data.login.decode("utf-8", "replace").lower() in self._mailboxes
        right = hmac.compare_digest(auth_data.password, self._password)
        return AuthResult(success=known and right, handled=False)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.lower() not in self._mailboxes:
            return "550 5.1.1 <%s>: Recipient address rejected: User unknown" % address
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        # A listener with all mechanisms excluded would still announce AUTH, with nothing behind it.
        return [line for line in responses if line.strip() != "250-AUTH"]

    async def handle_DATA(self, server, session, envelope):
        self._count += 1
        name = "%015d-%d-%06d.eml" % (time.time_ns() // 1000, os.getpid(), self._count)
        for address in dict.fromkeys(address.lower() for address in envelope.rcpt_tos):
            folder = os.path.join(self._state, "mail", address)
            partial = os.path.join(folder, "." + name)
            with open(partial, "wb") as file:
                file.write(
                    self._trace(server, session, address, envelope.mail_from)
                    + envelope.original_content
                )
            os.rename(partial, os.path.join(folder, name))
        return "250 2.0.0 Ok: kept as " + name

    @staticmethod
    def _trace(server, session, address, sender):
        """The header fields a receiving server adds; RFC 3848 names the protocol by TLS and
        AUTH."""
        tls = server.transport.get_extra_info("ssl_object") is not None
        protocol = "ESMTP" + ("S" if tls else "") + ("A" if session.authenticated else "")
        if not session.extended_smtp:
            protocol = "SMTP"
        lines = (
            "Return-Path: <%s>" % sender,
            "Delivered-To: %s" % address,
            "Received: from [127.0.0.1] by mail.kasten.test (aiosmtpd) with %s" % protocol,
            "\tfor <%s>; %s" % (address, email.utils.formatdate()),
        )
        return ("\r\n".join(lines) + "\r\n").encode("utf-8")


def _factories(room, context, size):
    """Returns for each port (protocol factory, TLS context when TLS is spoken from the first byte
    on)."""
    from aiosmtpd.smtp import SMTP

    common = {"hostname": "mail.kasten.test", "data_size_limit": size, "ident": "kasten test bed"}

    def starttls():
        return SMTP(
            room,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=room.authenticate,
            **common
        )

    def implicit():
        # aiosmtpd counts only STARTTLS as TLS; this listener speaks nothing else than TLS.
        return SMTP(
            room,
            auth_required=True,
            auth_require_tls=False,
            authenticator=room.authenticate,
            **common
        )

    def plain():
        return SMTP(room, auth_exclude_mechanism=["LOGIN", "PLAIN"], **common)

    def noauth():
        return SMTP(room, tls_context=context, auth_exclude_mechanism=["LOGIN", "PLAIN"], **common)

    return {
        "smtp_starttls_port": (starttls, None),
        "smtp_implicit_port": (implicit, context),
        "smtp_plain_port": (plain, None),
        "smtp_noauth_port": (noauth, None),
    }


async def _serve(state, certs, plan, ready_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(os.path.join(certs, "mail.pem"), os.path.join(certs, "mail.key"))
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    room = Mailroom(state, plan)
    ports = {}
    for name, (factory, tls) in _factories(room, context, plan["message_size_limit"]).items():
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
        ports[name] = server.sockets[0].getsockname()[1]
    with open(ready_path + ".new", "w", encoding="utf-8") as file:
        json.dump(ports, file)
    os.rename(ready_path + ".new", ready_path)
    await ended.wait()


def start(state, certs, plan):
    """Starts the server with its state in `state`. Returns (ports, daemons) for mail.json."""
    os.makedirs(os.path.join(state, "log"), exist_ok=True)
    for address in plan["mailboxes"]:
        os.makedirs(os.path.join(state, "mail", address.lower()), exist_ok=True)
    ready_path = os.path.join(state, "aiosmtpd-ports.json")
    if os.path.exists(ready_path):
        os.unlink(ready_path)
    plan_path = os.path.join(state, "aiosmtpd-plan.json")
    with open(
        os.open(plan_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(plan, file)
    log_path = os.path.join(state, "log", "aiosmtpd.log")
    with open(log_path, "ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(__file__), state, certs, plan_path, ready_path],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not os.path.exists(ready_path):
        if child.poll() is not None or time.monotonic() > deadline:
            if child.poll() is None:
                child.kill()
            with open(log_path, encoding="utf-8", errors="replace") as log:
                raise RuntimeError("aiosmtpd does not start: " + log.read()[-3000:].strip())
        time.sleep(0.02)
    with open(ready_path, encoding="utf-8") as file:
        ports = json.load(file)
    return dict(ports, imaps_port=None), {"aiosmtpd": processes.describe(child.pid)}


def main(arguments):
    state, certs, plan_path, ready_path = arguments
    with open(plan_path, encoding="utf-8") as file:
        plan = json.load(file)
    asyncio.run(_serve(state, certs, plan, ready_path))


if __name__ == "__main__":
    main(sys.argv[1:])
