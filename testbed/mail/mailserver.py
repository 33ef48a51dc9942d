# SPDX-License-Identifier: MIT
"""The test bed's mail server: Postfix + Dovecot as root, aiosmtpd otherwise, behind one interface.

    with MailServer.start(directory, certs=certs) as server:
        ... send to server.smtp_starttls_port with server.user and server.password ...
        mails = server.messages("ops@kasten.test", wait_for=1)

Every listener is on 127.0.0.1 with a port chosen at start; DIR/mail.json says all there is to know.
A directory that the servers' unprivileged users cannot reach (under /root, say), or with a name too
long for a Unix socket, keeps only mail.json: the servers then work in a folder of their own under
/tmp, which stop() moves into the directory.
"""

import argparse
import imaplib
import json
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

import aiosmtpd_engine
import postfix_engine
import processes

MAILBOXES = ("alerts@kasten.test", "ops@kasten.test", "oncall@kasten.test")
MESSAGE_SIZE_LIMIT = 10 * 1024 * 1024
STATE_PREFIX = "kasten-mail-"
MAX_STATE_PATH = (
    60  # with Dovecot's longest socket name below the 107 bytes a Unix socket address holds
)
ENGINES = {"postfix": postfix_engine, "aiosmtpd": aiosmtpd_engine}
INSTALL = "apt-get install postfix dovecot-imapd dovecot-lmtpd (used as root) or python3-aiosmtpd"
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[a-z0-9][a-z0-9.-]{0,100}")
HERE = os.path.dirname(os.path.abspath(__file__))


class MailError(RuntimeError):
    """What the caller asked for cannot be done; the text says why."""


def _reachable_by_all(path):
    """True when every folder down to `path` may be entered by other users."""
    while True:
        if os.stat(path).st_mode & 0o001 == 0:
            return False
        parent = os.path.dirname(path)
        if parent == path:
            return True
        path = parent


def _choose_engine(wanted):
    if wanted == "auto":
        wanted = "postfix" if postfix_engine.is_installed() else "aiosmtpd"
    if not ENGINES[wanted].is_installed():
        raise MailError("the %s mail server cannot run here; needed: %s" % (wanted, INSTALL))
    return wanted


def _make_certs(directory):
    """Makes ca.pem, mail.pem and mail.key with the test bed's own program. Returns their folder."""
    program = os.path.join(os.path.dirname(HERE), "make-certs")
    if not os.access(program, os.X_OK):
        raise MailError("%s is not there: name a folder of certificates with --certs" % program)
    certs = os.path.join(directory, "certs")
    subprocess.run([program, certs], stdout=subprocess.DEVNULL, check=True, timeout=60)
    return certs


def _choose_state(directory, engine):
    """Returns the folder the servers work in: below `directory` wherever that is possible."""
    if engine == "postfix" and (
        len(directory) > MAX_STATE_PATH - 5
        or not _reachable_by_all(directory)
        or re.search(r"[^A-Za-z0-9/._+-]", directory)
    ):
        state = tempfile.mkdtemp(prefix=STATE_PREFIX, dir="/tmp")
        os.chmod(state, 0o755)
        return state
    state = os.path.join(directory, "mail")
    os.makedirs(state, mode=0o755, exist_ok=True)
    return state


def _write_json(path, value):
    """Writes the file whole or not at all; it holds a password."""
    partial = path + ".new"
    with open(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    os.rename(partial, path)


class MailServer:
    """A running mail server. The keys of mail.json are attributes: smtp_starttls_port, user,
    password, ca_file..."""

    def __init__(self, directory, info):
        self.directory = directory
        self.info = info

    def __getattr__(self, name):
        try:
            return self.__dict__["info"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    @classmethod
    def start(
        cls,
        directory,
        certs=None,
        engine="auto",
        mailboxes=(),
        password=None,
        message_size_limit=MESSAGE_SIZE_LIMIT,
    ):
        """Starts a server in `directory` (made if needed) and returns it once it answers.

        `mailboxes` are addresses, of any domain, besides MAILBOXES; each mailbox is also a login.
        Raises MailError.
        """
        directory = os.path.abspath(directory)
        os.makedirs(directory, mode=0o755, exist_ok=True)
        if os.path.exists(os.path.join(directory, "mail.json")):
            earlier = cls.attach(directory)
            if earlier.is_running():
                raise MailError("a mail server runs in %s already" % directory)
            earlier.stop()
        plan = {
            "mailboxes": list(dict.fromkeys(MAILBOXES + tuple(mailboxes))),
            "password": password or secrets.token_urlsafe(12),
            "message_size_limit": message_size_limit,
        }
        bad = [address for address in plan["mailboxes"] if not ADDRESS.fullmatch(address)]
        if bad or not re.fullmatch(r"[!-9;-~]+( [!-9;-~]+)*", plan["password"]):
            raise MailError(
                "not usable as a mailbox or a password: %s" % (", ".join(bad) or "the password")
            )
        engine = _choose_engine(engine)
        certs = os.path.abspath(certs) if certs else _make_certs(directory)
        for name in ("ca.pem", "mail.pem", "mail.key"):
            if not os.access(os.path.join(certs, name), os.R_OK):
                raise MailError("%s/%s is missing or may not be read" % (certs, name))
        state = _choose_state(directory, engine)
        ports, daemons = cls._start_engine(engine, state, certs, plan)
        info = {
            "engine": engine,
            "host": "localhost",
            **ports,
            "user": MAILBOXES[0],
            "password": plan["password"],
            "mailboxes": plan["mailboxes"],
            "unknown_recipient": "nobody@kasten.test",
            "message_size_limit": message_size_limit,
            "ca_file": os.path.join(certs, "ca.pem"),
            "state_dir": state,
            "log_dir": os.path.join(state, "log"),
            "pids": {name: daemon["pid"] for name, daemon in daemons.items()},
            "daemons": daemons,
        }
        _write_json(os.path.join(directory, "mail.json"), info)
        return cls(directory, info)

    @staticmethod
    def _start_engine(engine, state, certs, plan):
        """Tries anew, with other ports, when somebody else took one of them in the meantime."""
        for attempts_left in (2, 1, 0):
            try:
                return ENGINES[engine].start(state, certs, plan)
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                if attempts_left and isinstance(error, processes.PortTaken):
                    continue
                if os.path.basename(state).startswith(STATE_PREFIX):
                    shutil.rmtree(state)
                raise MailError(str(error)) from error
        raise AssertionError("unreachable")

    @classmethod
    def attach(cls, directory):
        """Returns the server that was started in `directory`."""
        directory = os.path.abspath(directory)
        try:
            with open(os.path.join(directory, "mail.json"), encoding="utf-8") as file:
                return cls(directory, json.load(file))
        except FileNotFoundError:
            raise MailError("no mail server was started in %s" % directory) from None

    def is_running(self):
        """True while each of the server's main processes runs."""
        return all(processes.is_alive(daemon) for daemon in self.daemons.values())

    def stop(self):
        """Ends all processes and waits for them; logs and mails stay in the directory. A second
        call does nothing."""
        path = os.path.join(self.directory, "mail.json")
        if not os.path.exists(path):
            return
        for name in sorted(
            self.daemons, reverse=True
        ):  # Postfix before Dovecot: it holds connections to it
            processes.stop(self.daemons[name])
        inside = os.path.join(self.directory, "mail")
        if self.state_dir != inside and os.path.isdir(self.state_dir):
            shutil.rmtree(inside, ignore_errors=True)
            shutil.move(self.state_dir, inside)
        os.unlink(path)

    def messages(self, user, wait_for=0, seconds=10.0):
        """Returns the raw mails of a mailbox (bytes, CRLF), oldest first.

        Waits up to `seconds` until there are `wait_for`; returns what there is after that.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = self._read_imap(user) if self.imaps_port else self._read_files(user)
            if len(found) >= wait_for or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def clear(self, user):
        """Empties a mailbox."""
        if not self.imaps_port:
            for path in self._file_paths(user):
                os.unlink(path)
            return
        with self.imap(user) as imap:
            count = int(imap.select("INBOX")[1][0])
            if count > 0:  # "1:*" is no message set of an empty mailbox
                imap.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
                imap.expunge()

    def imap(self, user):
        """Returns an imaplib connection logged in as `user`, the certificate verified against the
        CA."""
        context = ssl.create_default_context(cafile=self.ca_file)
        imap = imaplib.IMAP4_SSL("127.0.0.1", self.imaps_port, ssl_context=context, timeout=10)
        imap.login(user, self.password)
        return imap

    def _read_imap(self, user):
        with self.imap(user) as imap:
            count = int(imap.select("INBOX", readonly=True)[1][0])
            if count == 0:
                return []
            parts = imap.fetch("1:*", "(BODY.PEEK[])")[1]
            return [part[1] for part in parts if isinstance(part, tuple)]

    def _file_paths(self, user):
        if user not in self.mailboxes:
            raise MailError("there is no mailbox %s" % user)
        folder = os.path.join(self.state_dir, "mail", user.lower())
        return [
            os.path.join(folder, name)
            for name in sorted(os.listdir(folder))
            if not name.startswith(".")
        ]

    def _read_files(self, user):
        found = []
        for path in self._file_paths(user):
            with open(path, "rb") as file:
                found.append(file.read())
        return found

    def log_text(self):
        """Returns what the servers have logged so far."""
        texts = []
        for name in sorted(os.listdir(self.log_dir)):
            with open(os.path.join(self.log_dir, name), encoding="utf-8", errors="replace") as file:
                texts.append("== %s\n%s" % (name, file.read()))
        return "".join(texts)


def _command_start(options):
    server = MailServer.start(
        options.dir,
        certs=options.certs,
        engine=options.engine,
        mailboxes=options.mailbox,
        password=options.password,
        message_size_limit=options.message_size_limit,
    )
    print(
        "mail server (%s) ready: STARTTLS %s, implicit TLS %s, IMAPS %s; see %s/mail.json"
        % (
            server.engine,
            server.smtp_starttls_port,
            server.smtp_implicit_port,
            server.imaps_port or "none (files)",
            server.directory,
        )
    )
    return 0


def _command_stop(options):
    MailServer.attach(options.dir).stop()
    return 0


def _command_fetch(options):
    server = MailServer.attach(options.dir)
    mails = server.messages(options.user, wait_for=options.wait_for, seconds=options.seconds)
    folder = os.path.abspath(options.out or os.path.join(server.directory, "fetched", options.user))
    if options.out is None:
        shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, exist_ok=True)
    for number, mail in enumerate(mails, 1):
        path = os.path.join(folder, "%d.eml" % number)
        with open(path, "wb") as file:
            file.write(mail)
        if not options.raw:
            print(path)
    if options.raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(b"".join(mails))
    if len(mails) < options.wait_for:
        print(
            "%d of %d mails for %s after %g s"
            % (len(mails), options.wait_for, options.user, options.seconds),
            file=sys.stderr,
        )
        return 1
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="mail-server", description="The test bed's mail server on 127.0.0.1."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start it and write DIR/mail.json")
    start.add_argument(
        "--certs", help="folder with ca.pem, mail.pem, mail.key (default: made by ../make-certs)"
    )
    start.add_argument(
        "--engine",
        choices=["auto", *ENGINES],
        default="auto",
        help="auto: postfix when root and installed, else aiosmtpd",
    )
    start.add_argument(
        "--mailbox",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="one more mailbox and login, of any domain; may be repeated",
    )
    start.add_argument("--password", help="of every login (default: a new random one)")
    start.add_argument(
        "--message-size-limit", type=int, default=MESSAGE_SIZE_LIMIT, metavar="BYTES"
    )
    start.set_defaults(run=_command_start)
    stop = commands.add_parser("stop", help="end it; logs and mails stay in DIR/mail")
    stop.set_defaults(run=_command_stop)
    fetch = commands.add_parser(
        "fetch", help="save a mailbox as 1.eml, 2.eml, ... and print the paths"
    )
    fetch.add_argument("--user", default="ops@kasten.test")
    fetch.add_argument(
        "--wait-for", type=int, default=0, metavar="N", help="exit 1 when there are fewer in time"
    )
    fetch.add_argument("--seconds", type=float, default=10.0)
    fetch.add_argument("--out", metavar="FOLDER", help="default: DIR/fetched/USER, emptied first")
    fetch.add_argument(
        "--raw", action="store_true", help="print the mails themselves, not the paths"
    )
    fetch.set_defaults(run=_command_fetch)
    for command in (start, stop, fetch):
        command.add_argument("--dir", required=True)
    return parser


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (
        MailError,
        OSError,
        imaplib.IMAP4.error,
        subprocess.SubprocessError,
        RuntimeError,
    ) as error:
        print("mail-server: %s" % error, file=sys.stderr)
        return 1
