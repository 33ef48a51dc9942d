# SPDX-License-Identifier: MIT
"""A DNS server on port 53 of a loopback address of its own, for the container's resolv.conf."""

import random
import socket
import struct
import threading

TYPE_A = 1
NXDOMAIN = 3


class DnsServer:
    """Answers A queries from `names`; knows nothing else. `asked` lists the names of all queries."""

    def __init__(self, names):
        self.names = {name.rstrip(".").lower(): address for name, address in names.items()}
        self.asked = []
        self.socket, self.address = self._bind()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    @staticmethod
    def _bind():
        """resolv.conf knows no port, so that the address has to be one that is free."""
        for _ in range(20):
            address = f"127.{random.randint(64, 126)}.{random.randint(1, 254)}.53"
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                server.bind((address, 53))
                return server, address
            except OSError as error:
                server.close()
                last = error
        raise last

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"", (self.address, 53))
        self.thread.join(10)
        self.socket.close()

    def _serve(self):
        while True:
            query, client = self.socket.recvfrom(512)
            if not query:
                return
            answer = self._answer(query)
            if answer is not None:
                self.socket.sendto(answer, client)

    def _answer(self, query):
        """RFC 1035, 4.1."""
        if len(query) < 17:
            return None
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace").lower())
            at += 1 + query[at]
        question = query[12:at + 5]
        kind, = struct.unpack("!H", query[at + 1:at + 3])
        name = ".".join(labels)
        self.asked.append(name)
        known = name in self.names
        record = b""
        if known and kind == TYPE_A:
            record = struct.pack("!HHHIH", 0xC00C, TYPE_A, 1, 5, 4) + \
                socket.inet_aton(self.names[name])
        flags = 0x8580 | (0 if known else NXDOMAIN)
        return query[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0) + \
            question + record
