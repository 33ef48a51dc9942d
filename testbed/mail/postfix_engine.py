# SPDX-License-Identifier: MIT
"""Postfix and Dovecot under one directory: root only, the system's own configuration is not read.

Postfix takes the mail (four listeners), asks Dovecot for passwords and hands the mail to Dovecot's
LMTP; Dovecot keeps it in Maildirs and shows it over IMAPS. Both are started in sessions of their
own and listen on 127.0.0.1.
"""

import grp
import os
import pwd
import shutil
import subprocess
import time

import processes

MAIL_USER = "mail"  # an account of Debian's base-passwd; owns the Maildirs

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {state}/postfix/spool
data_directory = {state}/postfix/data
maillog_file_prefixes = {state}
maillog_file = {state}/log/postfix.log
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.kasten.test
mydestination =
mynetworks = 127.0.0.0/8
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
append_dot_mydomain = no
alias_maps =
alias_database =
notify_classes =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{state}/postfix/mailboxes
virtual_transport = lmtp:unix:private/dovecot-lmtp
default_transport = error:5.7.1 mail of the test bed stays in the test bed
smtp_tls_security_level = none
queue_run_delay = 5s
minimal_backoff_time = 5s
message_size_limit = {size}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtputf8_enable = no
strict_rfc821_envelopes = yes
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_helo_required = yes
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient
smtpd_tls_cert_file = {certs}/mail.pem
smtpd_tls_key_file = {certs}/mail.key
smtpd_tls_auth_only = yes
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_authenticated_header = yes
smtpd_sasl_security_options = noanonymous
"""

MASTER_CF = """\
127.0.0.1:{smtp_starttls_port} inet n - n - - smtpd
  -o syslog_name=postfix/starttls
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtp_implicit_port} inet n - n - - smtpd
  -o syslog_name=postfix/implicit
  -o smtpd_tls_wrappermode=yes
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{smtp_plain_port} inet n - n - - smtpd
  -o syslog_name=postfix/plain
  -o smtpd_tls_security_level=none
  -o smtpd_sasl_auth_enable=no
127.0.0.1:{smtp_noauth_port} inet n - n - - smtpd
  -o syslog_name=postfix/noauth
  -o smtpd_tls_security_level=may
  -o smtpd_sasl_auth_enable=no
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_CONF = """\
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {state}/dovecot/run
state_dir = {state}/dovecot/run
instance_name = kasten-testbed
log_path = {state}/log/dovecot.log
hostname = mail.kasten.test
postmaster_address = postmaster@kasten.test
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{certs}/mail.pem
ssl_key = <{certs}/mail.key
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {state}/dovecot/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={state}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {state}/postfix/spool/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service lmtp {{
  unix_listener {state}/postfix/spool/private/dovecot-lmtp {{
    mode = 0600
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

PORTS = (
    "smtp_starttls_port",
    "smtp_implicit_port",
    "smtp_plain_port",
    "smtp_noauth_port",
    "imaps_port",
)


def is_installed():
    """True when Debian's postfix, dovecot-imapd and dovecot-lmtpd are there and this process is
    root."""
    programs = (
        "/usr/sbin/postfix",
        "/usr/sbin/dovecot",
        "/usr/lib/dovecot/imap",
        "/usr/lib/dovecot/lmtp",
    )
    return os.geteuid() == 0 and all(os.access(program, os.X_OK) for program in programs)


def _write(path, text, mode=0o644, owner=None):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    if owner:
        shutil.chown(path, *owner)


def _make_directories(state):
    """The spool's own folders are made here, before Dovecot puts its sockets into private/."""
    for name in ("postfix/etc", "postfix/spool", "postfix/data", "dovecot/run", "log", "mail"):
        os.makedirs(os.path.join(state, name), mode=0o755, exist_ok=True)
    spool = os.path.join(state, "postfix/spool")
    os.makedirs(os.path.join(spool, "private"), mode=0o700, exist_ok=True)
    shutil.chown(os.path.join(spool, "private"), "postfix", "root")
    shutil.chown(os.path.join(state, "postfix/data"), "postfix", "root")
    os.chmod(os.path.join(state, "postfix/data"), 0o700)
    shutil.chown(os.path.join(state, "mail"), MAIL_USER, MAIL_USER)


def _forget_pids(state):
    """What a server that was killed left behind must not be taken for the pid of the new one."""
    for name in ("dovecot/run/master.pid", "postfix/spool/pid/master.pid"):
        path = os.path.join(state, name)
        if os.path.exists(path):
            os.unlink(path)


def _write_configuration(state, certs, plan, ports):
    addresses = plan["mailboxes"]
    values = dict(
        ports,
        state=state,
        certs=certs,
        size=plan["message_size_limit"],
        domains=", ".join(sorted({address.partition("@")[2] for address in addresses})),
        uid=pwd.getpwnam(MAIL_USER).pw_uid,
        gid=grp.getgrnam(MAIL_USER).gr_gid,
    )
    _make_directories(state)
    _forget_pids(state)
    _write(state + "/postfix/etc/main.cf", MAIN_CF.format(**values))
    _write(state + "/postfix/etc/master.cf", MASTER_CF.format(**values))
    _write(state + "/postfix/mailboxes", "".join("%s ok\n" % address for address in addresses))
    _write(state + "/dovecot/dovecot.conf", DOVECOT_CONF.format(**values))
    _write(
        state + "/dovecot/users",
        "".join("%s:{PLAIN}%s\n" % (address, plan["password"]) for address in addresses),
        mode=0o640,
        owner=("root", "dovecot"),
    )


def _run(state, name, command):
    """Runs a start command with its output in a file: a pipe would be kept open by the daemon it
    leaves behind."""
    output = os.path.join(state, "log", name + "-start.log")
    with open(output, "wb") as log:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            check=False,
            timeout=30,
        )
    if result.returncode == 0:
        return
    texts = []
    for path in (output, os.path.join(state, "log", name + ".log")):
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as log:
                texts.append(log.read()[-3000:])
    message = "%s does not start: %s" % (name, "\n".join(texts).strip())
    if "ddress already in use" in message:
        raise processes.PortTaken(message)
    raise RuntimeError(message)


def _read_pid(path, seconds=3):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with open(path, encoding="ascii") as file:
                text = file.read().strip()
            if text:
                return int(text)
        except FileNotFoundError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("%s was not written" % path)
        time.sleep(0.02)


def start(state, certs, plan):
    """Starts both servers with their state in `state`. Returns (ports, daemons) for mail.json."""
    ports = dict(zip(PORTS, processes.free_ports(len(PORTS))))
    _write_configuration(state, certs, plan, ports)
    daemons = {}
    try:
        _run(state, "dovecot", ["/usr/sbin/dovecot", "-c", state + "/dovecot/dovecot.conf"])
        daemons["dovecot"] = processes.describe(_read_pid(state + "/dovecot/run/master.pid"))
        _run(state, "postfix", ["/usr/sbin/postfix", "-c", state + "/postfix/etc", "start"])
        daemons["postfix"] = processes.describe(_read_pid(state + "/postfix/spool/pid/master.pid"))
    except BaseException:
        for daemon in daemons.values():
            processes.stop(daemon)
        raise
    return ports, daemons
