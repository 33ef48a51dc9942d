# SPDX-License-Identifier: MIT
"""One client of fault_smtp.py: the dialogue its mode prescribes, and the record of what the client
did."""

import base64
import socket
import ssl
import threading

from fault_modes import MODES

MAX_LINE = 65536
MAX_DATA = 64 * 1024 * 1024
SILENCE_SECONDS = 60


class Closed(Exception):
    """The session is over; the text says how."""


def _as_sent(reply):
    """Returns the octets of a reply; bytes that are not UTF-8 stand in the table as surrogates."""
    return reply.encode("utf-8", "surrogateescape")


class Session(threading.Thread):
    """One client: a line-by-line dialogue in a thread of its own."""

    def __init__(self, server, connection, mode_name):
        super().__init__(daemon=True)
        self._server = server
        self._mode = MODES[mode_name]
        self._socket = connection
        self._buffer = b""
        self._message = None
        self._authenticated = False
        self.record = {
            "mode": mode_name,
            "commands": [],
            "tls_version": None,
            "auth": [],
            "auth_before_tls": False,
            "messages": [],
            "ended": None,
        }

    def run(self):
        try:
            self._socket.settimeout(SILENCE_SECONDS)
            if self._server.implicit:
                self._handshake()
            self._reply(self._mode.banner, "banner")
            if not self._mode.banner.startswith("220"):
                raise Closed("refused at the greeting")
            while True:
                self._command(self._line().decode("latin-1"))
        except Closed as closed:
            self.record["ended"] = str(closed)
        except ssl.SSLError as error:
            self.record["ended"] = "TLS: %s" % error
        except OSError as error:
            self.record["ended"] = "connection: %s" % error
        finally:
            self.close()
            self._server.keep(self)

    def close(self):
        """Ends the connection at once; may be called from another thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    @property
    def _tls(self):
        return self.record["tls_version"] is not None

    def _handshake(self):
        if not self._mode.handshake:
            self._socket.sendall(b"this is not TLS\r\n")
            self._socket.recv(4096)
            raise Closed("no TLS handshake, as the mode says")
        self._buffer = (
            b""  # what came before the handshake is not protected by it (RFC 3207, section 6)
        )
        self._socket = self._server.context.wrap_socket(self._socket, server_side=True)
        self.record["tls_version"] = self._socket.version()

    def _line(self):
        while b"\n" not in self._buffer:
            if len(self._buffer) > MAX_LINE:
                raise Closed("a line of more than %d bytes" % MAX_LINE)
            chunk = self._socket.recv(65536)
            if not chunk:
                raise Closed("closed by the client")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _reply(self, text, point="commands"):
        if point in self._mode.slow and self._server.ending.wait(self._server.delay_s):
            raise Closed("the server was stopped")
        if text is None:
            raise Closed("dropped by the server")
        if point == "commands" and self.record["commands"]:
            self.record["commands"][-1]["reply"] = _as_sent(text).decode("latin-1")
        self._socket.sendall(b"".join(line + b"\r\n" for line in _as_sent(text).split(b"\n")))
        if text.startswith("421"):
            raise Closed("421 from the server")

    def _command(self, line):
        self.record["commands"].append({"line": line, "tls": self._tls, "reply": None})
        verb, _, argument = line.partition(" ")
        handler = getattr(self, "_on_" + verb.lower(), None)
        if handler is None:
            self._reply("502 5.5.2 Error: command not recognized")
        else:
            handler(argument.strip())

    def _on_ehlo(self, _argument):
        if self._mode.endless:
            while not self._server.ending.wait(0.001):
                self._socket.sendall(b"250-" + b"X" * 200 + b"\r\n")
            raise Closed("the server was stopped")
        lines = ["fault.kasten.test", "PIPELINING", "SIZE %d" % self._mode.size]
        if self._mode.starttls and not self._tls:
            lines.append("STARTTLS")
        if self._mode.auth_offered and (self._tls or not self._mode.starttls):
            lines.append("AUTH PLAIN LOGIN")
        lines += ["ENHANCEDSTATUSCODES", "8BITMIME"]
        self._reply("\n".join("250-" + line for line in lines[:-1]) + "\n250 " + lines[-1])

    def _on_helo(self, _argument):
        self._reply("250 fault.kasten.test")

    def _on_noop(self, _argument):
        self._reply("250 2.0.0 Ok")

    def _on_rset(self, _argument):
        self._message = None
        self._reply("250 2.0.0 Ok")

    def _on_quit(self, _argument):
        self._reply("221 2.0.0 Bye")
        raise Closed("quit")

    def _on_starttls(self, _argument):
        if not self._mode.starttls or self._tls:
            self._reply("502 5.5.1 Error: command not implemented")
            return
        self._reply("220 2.0.0 Ready to start TLS")
        self._handshake()

    def _on_auth(self, argument):
        mechanism, _, initial = argument.partition(" ")
        attempt = {
            "mechanism": mechanism,
            "user": None,
            "password": None,
            "tls": self._tls,
            "reply": None,
        }
        self.record["auth"].append(attempt)
        self.record["auth_before_tls"] |= not self._tls
        if self._mode.starttls and not self._tls:
            self._finish_auth(
                attempt, "538 5.7.11 Encryption required for requested authentication mechanism"
            )
        elif not self._mode.auth_offered:
            self._finish_auth(attempt, "503 5.5.1 Error: authentication not enabled")
        elif mechanism.upper() == "PLAIN":
            parts = self._secret(initial or self._ask("")).split("\0")
            attempt["user"], attempt["password"] = parts[-2:] if len(parts) == 3 else (None, None)
            self._finish_auth(attempt, self._mode.auth)
        elif mechanism.upper() == "LOGIN":
            attempt["user"] = self._secret(initial or self._ask("VXNlcm5hbWU6"))
            attempt["password"] = self._secret(self._ask("UGFzc3dvcmQ6"))
            self._finish_auth(attempt, self._mode.auth)
        else:
            self._finish_auth(attempt, "504 5.5.4 Unrecognized authentication type")

    def _ask(self, challenge):
        self._reply("334 " + challenge)
        return self._line().decode("latin-1")

    @staticmethod
    def _secret(text):
        try:
            return base64.b64decode(text, validate=True).decode("utf-8", "replace")
        except ValueError:
            return ""

    def _finish_auth(self, attempt, reply):
        attempt["reply"] = reply
        self._authenticated = reply.startswith("235")
        self._reply(reply)

    @staticmethod
    def _path(argument):
        """Returns the address between the angle brackets and the parameters behind it."""
        _, _, rest = argument.partition("<")
        address, _, parameters = rest.partition(">")
        return address, parameters.strip()

    def _on_mail(self, argument):
        address, parameters = self._path(argument)
        size = [item[5:] for item in parameters.upper().split() if item.startswith("SIZE=")]
        self._message = {
            "mail_from": address,
            "parameters": parameters,
            "recipients": [],
            "data": None,
            "complete": False,
            "reply": None,
        }
        if self._mode.starttls and not self._tls:
            reply = "530 5.7.0 Must issue a STARTTLS command first"
        elif self._mode.auth_offered and not self._authenticated:
            reply = "530 5.7.0 Authentication required"
        elif size and size[0].isdigit() and int(size[0]) > self._mode.size:
            reply = "552 5.3.4 Message size exceeds fixed limit"
        else:
            reply = self._mode.mail.format(address=address)
        self._message["reply"] = reply
        self.record["messages"].append(self._message)
        if not reply.startswith("250"):
            self._message = None
        self._reply(reply)

    def _on_rcpt(self, argument):
        if self._message is None:
            self._reply("503 5.5.1 Error: need MAIL command")
            return
        address = self._path(argument)[0]
        marked = self._mode.marked_rcpt and ("refused" in address or "deferred" in address)
        reply = (self._mode.marked_rcpt if marked else self._mode.rcpt).format(address=address)
        self._message["recipients"].append({"address": address, "reply": reply})
        self._reply(reply)

    def _on_data(self, _argument):
        accepted = self._message and [
            one for one in self._message["recipients"] if one["reply"].startswith("250")
        ]
        if not accepted:
            self._reply("554 5.5.1 Error: no valid recipients")
            return
        self._reply("354 End data with <CR><LF>.<CR><LF>")
        if self._mode.drop_in_data:
            self._message["data"] = self._socket.recv(100).decode("latin-1")
            self._message["reply"] = None
            raise Closed("dropped by the server")
        message, self._message = self._message, None
        message["reply"] = None  # until one is sent: what stands there is the reply to MAIL
        data = self._read_data()
        message["data"] = data.decode("latin-1")
        message["complete"] = True
        reply = self._mode.after_dot
        if len(data) > self._mode.size:
            reply = "552 5.3.4 Message size exceeds fixed limit"
        if reply is not None:
            message["reply"] = _as_sent(reply).decode("latin-1")
        self._reply(reply, "dot")

    def _read_data(self):
        lines = []
        total = 0
        while True:
            line = self._line()
            if line == b".":
                return b"".join(lines)
            total += len(line) + 2
            if total > MAX_DATA:
                raise Closed("more than %d bytes of data" % MAX_DATA)
            lines.append((line[1:] if line.startswith(b".") else line) + b"\r\n")
