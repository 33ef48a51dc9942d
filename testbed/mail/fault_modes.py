# SPDX-License-Identifier: MIT
"""The faults that fault_smtp.py can play, one Mode each; a mode is a well-behaved server but for
what it names."""

import dataclasses

ACCEPTED = "250 2.0.0 Ok: queued as FAULT"
BANNER = "220 fault.kasten.test ESMTP"
LONG_TEXT = "a very long line " * 240  # about 4000 characters; RFC 5321 allows a reply line 512


@dataclasses.dataclass(frozen=True)
class Mode:
    """Replies are whole lines with their code; several lines are separated by newlines. None closes
    the connection."""

    summary: str
    banner: str = BANNER
    starttls: bool = True
    handshake: bool = True
    auth_offered: bool = True
    auth: str = "235 2.7.0 Authentication successful"
    size: int = 10485760
    mail: str = "250 2.1.0 Ok"
    rcpt: str = "250 2.1.5 Ok"
    marked_rcpt: str = ""  # for addresses that contain "refused" or "deferred"; empty: as `rcpt`
    after_dot: "str | None" = ACCEPTED
    drop_in_data: bool = False
    slow: tuple = ()  # of "banner", "commands", "dot": what the delay stands before
    endless: bool = False


MODES = {
    "accept": Mode("no fault: everything is accepted"),
    "reject-one-recipient": Mode(
        "550 for marked recipients, 250 for others",
        marked_rcpt="550 5.1.1 <{address}>: Recipient address rejected: User unknown",
    ),
    "defer-one-recipient": Mode(
        "451 for marked recipients, 250 for others",
        marked_rcpt="451 4.7.1 <{address}>: Recipient address rejected: Try again later",
    ),
    "reject-all": Mode(
        "550 for every recipient",
        rcpt="550 5.7.1 <{address}>: Recipient address rejected: Access denied",
    ),
    "defer-all": Mode(
        "451 for every recipient",
        rcpt="451 4.7.1 <{address}>: Recipient address rejected: Greylisted",
    ),
    "reject-mail-from": Mode(
        "553 at MAIL FROM", mail="553 5.7.1 <{address}>: Sender address rejected: not owned by user"
    ),
    "busy-at-mail-from": Mode(
        "421 at MAIL FROM, then closes", mail="421 4.3.2 Service shutting down"
    ),
    "4xx-after-dot": Mode(
        "451 after the final dot", after_dot="451 4.3.0 Temporary lookup failure, try again"
    ),
    "5xx-after-dot": Mode(
        "554 after the final dot", after_dot="554 5.7.1 Message refused by content policy"
    ),
    "drop-after-dot": Mode("closes without a reply after the final dot", after_dot=None),
    "drop-in-data": Mode("closes while the data are on their way", drop_in_data=True),
    "no-starttls": Mode("offers AUTH but no STARTTLS", starttls=False),
    "no-auth-offered": Mode("STARTTLS, but no AUTH in the EHLO reply", auth_offered=False),
    "auth-fails": Mode(
        "535 to every AUTH", auth="535 5.7.8 Error: authentication failed: bad username or password"
    ),
    "auth-unavailable": Mode(
        "454 to every AUTH", auth="454 4.7.0 Temporary authentication failure"
    ),
    "greylist-banner": Mode(
        "554 instead of a greeting", banner="554 5.7.1 fault.kasten.test: no service for you"
    ),
    "busy-banner": Mode(
        "421 instead of a greeting", banner="421 4.7.0 fault.kasten.test: too many connections"
    ),
    "garbage-banner": Mode(
        "no SMTP at all in the greeting", banner="\x00\x01\x02 HTTP/1.1 200 OK\ngarbage"
    ),
    "handshake-fails": Mode("STARTTLS is accepted, then no TLS follows", handshake=False),
    "small-size": Mode("announces SIZE 1000 and keeps to it", size=1000),
    "slow": Mode(
        "a long delay before the greeting and every reply", slow=("banner", "commands", "dot")
    ),
    "slow-after-dot": Mode("a long delay before the reply to the final dot", slow=("dot",)),
    "multiline": Mode(
        "every reply has several lines",
        banner="220-fault.kasten.test ESMTP\n220-second line\n220 third",
        auth="235-2.7.0 Authentication\n235 2.7.0 successful",
        mail="250-2.1.0 first\n250 2.1.0 Ok",
        rcpt="250-2.1.5 first\n250 2.1.5 Ok",
        marked_rcpt="550-5.1.1 first line about <{address}>\n550 5.1.1 User unknown",
        after_dot="250-2.0.0 first\n250-2.0.0 second\n" + ACCEPTED,
    ),
    "multiline-5xx-after-dot": Mode(
        "554 in three lines after the final dot",
        after_dot="554-5.7.1 Message refused\n554-5.7.1 by content policy\n"
        "554 5.7.1 see https://fault.kasten.test/policy",
    ),
    "long-lines": Mode(
        "reply lines of about 4000 characters",
        mail="250 2.1.0 " + LONG_TEXT,
        rcpt="250 2.1.5 " + LONG_TEXT,
        after_dot="250 2.0.0 " + LONG_TEXT,
    ),
    "long-5xx-after-dot": Mode(
        "554 with about 4000 characters after the final dot", after_dot="554 5.7.1 " + LONG_TEXT
    ),
    "hostile-5xx-after-dot": Mode(
        "554 with control characters, an escape sequence and markup after the final dot",
        after_dot="554 5.7.1 \x1b[31mred\x1b[0m\x07 \udcff\udcfe <script>alert(1)</script>",
    ),
    "endless-reply": Mode("an EHLO reply that never ends", endless=True),
}
