#!/usr/bin/env python3
"""serval behind nginx and haproxy that reuse their connections to it.  proxies_test.py <binary>

What is asked: does the server ever see a request that the client did not send, or answer one client with another's
response?. Every case is followed by canaries on the same upstream connections. Ends with 77, skipped,
when neither proxy is installed.
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from running_app import App, read_all, wait_for

BINARY = sys.argv.pop(1)
os.environ["PATH"] += ":/usr/sbin:/sbin"
INSTALLED = [name for name in ("nginx", "haproxy") if shutil.which(name)]

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    underscores_in_headers on;
    upstream app {{ server 127.0.0.1:{port}; keepalive 4; }}
    server {{
        listen unix:{folder}/socket;
        location / {{
            proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_request_buffering off; client_max_body_size 0;
        }}
    }}
}}
"""
HAPROXY = """
global
    log stderr local0 emerg
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    http-reuse always
frontend f
    bind unix@{folder}/socket
    default_backend b
backend b
    server app 127.0.0.1:{port}
"""

SMUGGLED = "GET /echo/{tag}-smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def post(target, fields, body, version="1.1"):
    return f"POST {target} HTTP/{version}\r\nHost: a\r\n{fields}\r\n{body}"


def hidden(fields, version="1.1"):
    """A body that is a request for whoever gets the framing wrong."""
    return post("/echo/{tag}", fields, "0\r\n\r\n" + SMUGGLED, version)


INNER = len(SMUGGLED.format(tag="00"))
CASES = {
    "chunked in HTTP/1.0": post("/echo/{tag}", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "1.0"),
    "chunked in HTTP/1.0, with a length": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding: chunked\r\n", "1.0"),
    "chunked and a length": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding: chunked\r\n"),
    "an unknown coding": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding: xchunked\r\n"),
    "chunked twice": hidden("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "chunked, then identity": hidden("Transfer-Encoding: chunked, identity\r\n"),
    "chunked before a colon with a space": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding : chunked\r\n"),
    "a folded Transfer-Encoding": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding:\r\n chunked\r\n"),
    "a quoted coding": hidden(f"Content-Length: {INNER + 5}\r\nTransfer-Encoding: \"chunked\"\r\n"),
    "two lengths": hidden(f"Content-Length: 5\r\nContent-Length: {INNER + 5}\r\n"),
    "a list of lengths": hidden(f"Content-Length: {INNER + 5}, {INNER + 5}\r\n"),
    "a length with a sign": hidden(f"Content-Length: +{INNER + 5}\r\n"),
    "an underscore for the hyphen": hidden(f"Content-Length: {INNER + 5}\r\nTransfer_Encoding: chunked\r\n"),
    "trailers": post("/echo/{tag}", "Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n",
                     "5\r\nhello\r\n0\r\nAuthorization: evil\r\nContent-Length: 99\r\n\r\n"),
    "a chunk extension": post("/echo/{tag}", "Transfer-Encoding: chunked\r\n", "5;a=\"b\"\r\nhello\r\n0\r\n\r\n"),
    "a bare LF in a chunk extension": post("/echo/{tag}", "Transfer-Encoding: chunked\r\n", "5;\nxx\r\nhello\r\n0\r\n\r\n"),
    "no Host": "GET /echo/{tag} HTTP/1.1\r\n\r\n",
    "two Hosts": "GET /echo/{tag} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a folded field": "GET /echo/{tag} HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
    "a fragment": "GET /echo/{tag}#x HTTP/1.1\r\nHost: a\r\n\r\n",
    "raw 0x80": "GET /echo/{tag}\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "an escaped line end": "GET /echo/{tag}%0d%0aX:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "dot segments": "GET /echo/x/../{tag} HTTP/1.1\r\nHost: a\r\n\r\n",
    "bare line feeds": "GET /echo/{tag} HTTP/1.1\nHost: a\n\n",
    "GET with a body": f"GET /echo/{{tag}} HTTP/1.1\r\nHost: a\r\nContent-Length: {INNER}\r\n\r\n" + SMUGGLED,
    "a body that nobody reads": post("/nowhere/{tag}", f"Content-Length: {INNER}\r\n", SMUGGLED),
    "a chunked body that nobody reads": post("/nowhere/{tag}", "Transfer-Encoding: chunked\r\n",
                                             f"{INNER:x}\r\n{SMUGGLED}\r\n0\r\n\r\n"),
    "an expectation that is refused": post("/nowhere/{tag}", f"Content-Length: {INNER}\r\nExpect: 100-continue\r\n", SMUGGLED),
    "HEAD with a body": f"HEAD /echo/{{tag}} HTTP/1.1\r\nHost: a\r\nContent-Length: {INNER}\r\n\r\n" + SMUGGLED,
}


class Proxy:
    def __init__(self, name, port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"serval-{name}-"))
        config = self.folder / "config"
        config.write_text({"nginx": NGINX, "haproxy": HAPROXY}[name].format(folder=self.folder, port=port))
        command = ["nginx", "-c", str(config), "-p", str(self.folder)] if name == "nginx" else ["haproxy", "-db", "-f", str(config)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: (self.folder / "socket").exists(), f"{name}'s socket")

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.folder / "socket"))
        return connection

    def ask(self, raw):
        """All answers to `raw` until the proxy closes or falls silent."""
        received = b""
        with self.connect() as connection:
            connection.sendall(raw.encode("latin-1"))
            connection.settimeout(0.25)
            try:
                while part := connection.recv(65536):
                    received += part
            except (TimeoutError, ConnectionError):
                pass
        return received

    def get(self, target, fields=""):
        with self.connect() as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n".encode())
            return read_all(connection)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder)


class Behind:
    """The tests, for the proxy called `name`."""

    @classmethod
    def setUpClass(cls):
        cls.app = App(BINARY, "--threads", "1").__enter__()
        cls.proxy = Proxy(cls.name, cls.app.port)

    @classmethod
    def tearDownClass(cls):
        cls.proxy.stop()
        cls.app.__exit__()

    def canary(self, tag):
        answer = self.proxy.get(f"/echo/canary-{tag}")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertIn(f"GET /echo/canary-{tag} 1.1\n".encode(), answer)

    def test_connections_are_kept_and_reused(self):
        with self.proxy.connect() as connection:
            for i in range(100):
                connection.sendall(f"GET /echo/kept-{i} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                received = b""
                while f"GET /echo/kept-{i} 1.1\n".encode() not in received or not received.endswith(b"\n\n"):
                    part = connection.recv(65536)
                    self.assertNotEqual(part, b"", received)
                    received += part

    def test_bodies_arrive_whole(self):
        body = "0123456789abcdef" * 8192
        for fields, sent in ((f"Content-Length: {len(body)}\r\n", body),
                             ("Transfer-Encoding: chunked\r\n",
                              "".join(f"{4096:x}\r\n{body[at:at + 4096]}\r\n" for at in range(0, len(body), 4096)) + "0\r\n\r\n")):
            with self.proxy.connect() as connection:
                connection.sendall(post("/echo/body", fields + "Connection: close\r\n", sent).encode())
                answer = read_all(connection)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:200])
            self.assertTrue(answer.endswith(b"\n\n" + body.encode()), answer[:200])

    def test_no_framing_makes_one_request_two(self):
        answers = {}
        for number, (what, raw) in enumerate(CASES.items()):
            tag = f"{number:02}"
            with self.subTest(what):
                received = self.proxy.ask(raw.format(tag=tag))
                self.assertNotIn(b"evil", received)
                answers[what] = len(re.findall(rb"HTTP/1\.[01] [2-5]\d\d", received))
                for i in range(3):
                    self.canary(f"{tag}-{i}")
        wait_for(lambda: f"canary-{len(CASES) - 1:02}-2" in self.app.out(), "the last canary's log line")
        for number, (what, count) in enumerate(answers.items()):
            with self.subTest(what):  # a proxy may take one for two itself: then the client gets two answers
                seen = [line for line in self.app.out().splitlines() if f"/{number:02}" in line]
                self.assertLessEqual(len(seen), count, seen)


for installed in INSTALLED:
    globals()[installed] = type(installed, (Behind, unittest.TestCase), {"name": installed})

if __name__ == "__main__":
    if not INSTALLED:
        print("neither nginx nor haproxy is installed")
        sys.exit(77)
    unittest.main()
