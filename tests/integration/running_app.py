"""Runs a binary that calls serval::run, for the tests beside this file."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 15  # seconds


def wait_for(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {patience} s")


class App:
    """A started binary; its output goes to files, so that nothing waits for a pipe.

    mode: what run_test_app does otherwise. stdout: where that goes instead, a descriptor.
    """

    def __init__(self, binary, *options, mode="", stdout=None, ready=r"running on http://\S+:(\d+)"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="serval-run-"))
        environment = dict(os.environ, SERVAL_TEST_MODE=mode)
        with open(self.folder / "out", "wb") as out, open(self.folder / "err", "wb") as err:
            self.process = subprocess.Popen([binary, "--port", "0", *options], stdout=stdout or out, stderr=err,
                                            env=environment)
        match = wait_for(lambda: re.search(ready, self.err()), "the line that it runs")
        self.port = int(match[1]) if match.groups() else None

    def out(self):
        return (self.folder / "out").read_text(errors="replace")

    def err(self):
        return (self.folder / "err").read_text(errors="replace")

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, target):
        """The whole answer of a request on a connection of its own."""
        with self.connect() as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode("latin-1"))
            return read_all(connection)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for name in ("out", "err"):
            (self.folder / name).unlink()
        self.folder.rmdir()


def read_all(connection):
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
