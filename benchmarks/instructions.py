"""Counts the instructions in user space that serval spends on a request, with callgrind: no noise of the machine."""

import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import tempfile

FEW, MANY = 200, 5000  # requests of two runs: what they differ by is what requests cost


def is_here():
    return shutil.which("valgrind") is not None


def machine():
    """What figures depend on beside serval: another C library or processor takes other paths."""
    model = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    compiler = subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    return f"{model[1] if model else platform.machine()}, libc {platform.libc_ver()[1]}, c++ {compiler}"


def count(program, work):
    """Instructions a request of `work` on `program` (bench_server), keep-alive, one connection, one loop.

    The least of three: what a busy machine adds are wake-ups that find nothing, and ticks. Client and server share a
    processor, so that the server has always looked for the next request before it comes: else text varies by 5 %.
    """
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        return count_here(program, work)
    finally:
        os.sched_setaffinity(0, allowed)


def count_here(program, work):
    return min((total(program, work, MANY) - total(program, work, FEW)) / (MANY - FEW) for _ in range(3))


def total(program, work, requests):
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / "callgrind"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(program), "0", "1"]
        with open(pathlib.Path(directory) / "log", "w") as log:
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
            try:
                port = int(re.search(r"port (\d+)", server.stdout.readline())[1])
                ask(port, work, requests)
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(60)
        return int(re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.M)[1])


def ask(port, work, requests):
    body = (work.body or "").encode()
    head = f"{work.method} {work.path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    at_a_time = (head.encode() + b"\r\n" + body) * work.pipeline
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(requests // work.pipeline):
            one.sendall(at_a_time)
            read(one, work)


def read(one, work):
    end = b"\r\n0\r\n\r\n" if work.streams else work.expected
    received = b""
    while received.count(end) < work.pipeline:
        more = one.recv(1 << 16)
        if not more:
            raise SystemExit(f"{work.path}: the connection ended")
        received += more

