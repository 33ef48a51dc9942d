# SPDX-License-Identifier: MIT
"""A TLS server between a client and an API server. It passes every request on as it is, token and
all, and lets a test do something right before one: write the same object, switch a file, compact."""

import http.client
import http.server
import ssl
import threading

HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}


class Interposer:
    """`before(method, path)` is called in the order of the requests; they are handled one by one."""

    def __init__(self, api, before):
        self.api = api
        self.before = before
        self.lock = threading.Lock()
        self.error = None
        interposer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                interposer.pass_on(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(api.serving.pem), str(api.serving.key))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def pass_on(self, client):
        length = int(client.headers.get("Content-Length", 0))
        body = client.rfile.read(length) if length else None
        with self.lock:
            try:
                self.before(client.command, client.path)
            except Exception as error:  # told by __exit__; the client gets its answer anyway
                self.error = self.error or error
        headers = {name: value for name, value in client.headers.items()
                   if name.lower() not in HOP_HEADERS}
        connection = http.client.HTTPSConnection(self.api.address, self.api.port, timeout=60,
                                                 context=self.api.tls)
        connection.request(client.command, client.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        client.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_HEADERS:
                client.send_header(name, value)
        client.send_header("Content-Length", str(len(data)))
        client.end_headers()
        client.wfile.write(data)
        connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        if self.error is not None:
            raise self.error
