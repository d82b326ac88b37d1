"""What the scenarios share: a server, crowds of sockets, and a good client in a process of its own."""
import contextlib
import dataclasses
import multiprocessing
import os
import pathlib
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import time

scenarios = {}


def scenario(run):
    """Registers run(build), which yields figures. Its name, with '-' for '_', is the scenario's."""
    scenarios[run.__name__.replace("_", "-")] = run
    return run


@dataclasses.dataclass
class Figure:
    what: str
    value: float
    unit: str
    bound: float | None = None  # the most that it may be

    def is_broken(self):
        return self.bound is not None and self.value > self.bound

    def __str__(self):
        verdict = "" if self.bound is None else f"  (at most {self.bound:g}{', BROKEN' if self.is_broken() else ''})"
        return f"{self.what:52} {self.value:10.1f} {self.unit}{verdict}"


class Server:
    """A program that prints "... port N" when it is ready, and ends at SIGTERM."""

    def __init__(self, *command):
        raise_descriptor_limit()
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        go_first(self.process.pid)
        for line in self.process.stdout:
            if found := re.search(r"port (\d+)|:(\d+)\b", line):
                self.port = int(found[1] or found[2])
                break
        else:
            raise RuntimeError(f"{command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def memory(self):
        """Resident bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def cpu(self):
        """Seconds of the processor that it has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100


def bench_server(build, threads=1):
    return Server(build / "benchmarks/bench_server", 0, threads)


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def go_first(process):
    """Lets the server and the good client run before the crowd, where that is allowed: what is measured is the server's
    turns, not the machine's."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, -15)


def get(target, fields=""):
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode()


def connect(port, receive_buffer=0):
    one = socket.socket()
    if receive_buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    one.settimeout(20)
    one.connect(("127.0.0.1", port))
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return one


@contextlib.contextmanager
def crowd(port, count, first=b"", receive_buffer=0):
    """`count` connections, each of which has sent `first`; closed at the end."""
    all_of_them = []
    try:
        for _ in range(count):
            one = connect(port, receive_buffer)
            all_of_them.append(one)
            if first:
                one.sendall(first)
        yield all_of_them
    finally:
        for one in all_of_them:
            one.close()


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def read_answer(one, received=b""):
    """Reads one answer with a content-length from a socket; returns what came behind it."""
    while b"\r\n\r\n" not in received:
        more = one.recv(65536)
        if not more:
            raise ConnectionError("the connection ended")
        received += more
    head, _, rest = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
    while len(rest) < length:
        more = one.recv(65536)
        if not more:
            raise ConnectionError("the connection ended")
        rest += more
    return rest[length:]


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


class GoodClient:
    """Asks one small thing after the other on a keep-alive connection, `pause` seconds apart, and takes the times."""

    def __init__(self, port, target="/json", pause=0.002):
        spawned = multiprocessing.get_context("spawn")  # a fork would keep the sockets of a crowd open
        self._ours, theirs = spawned.Pipe()
        self._process = spawned.Process(target=_ask_until_told, args=(port, target, pause, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._ours.recv()  # it has been answered once

    def end(self):
        """The times in milliseconds, sorted."""
        self._ours.send("end")
        times = self._ours.recv()
        self._process.join(5)
        return sorted(times)


def _ask_until_told(port, target, pause, pipe):
    go_first(0)
    request = get(target)
    one = connect(port)
    times = []
    first = True
    while not pipe.poll():
        begin = time.perf_counter()
        one.sendall(request)
        read_answer(one)
        times.append((time.perf_counter() - begin) * 1000)
        if first:
            pipe.send("ready")
            times.clear()
            first = False
        time.sleep(pause)
    pipe.send(times)


def latencies(who, times, bound=None, longest=None):
    """Figures of a good client's times; `bound`: of the 99th percentile, in ms; `longest`: of all."""
    yield Figure(f"{who}: requests", len(times), "")
    yield Figure(f"{who}: p50", percentile(times, 0.50), "ms")
    yield Figure(f"{who}: p99", percentile(times, 0.99), "ms", bound)
    yield Figure(f"{who}: longest", times[-1], "ms", longest)


def kernel_memory():
    """Bytes that the kernel holds for all TCP sockets, and how many orphans there are."""
    line = re.search(r"TCP: inuse \d+ orphan (\d+) tw \d+ alloc \d+ mem (\d+)",
                     pathlib.Path("/proc/net/sockstat").read_text())
    return int(line[2]) * resource.getpagesize(), int(line[1])


def wait_until(condition, limit=10.0, pause=0.02):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def drain_readable(sockets, limit):
    """Reads and drops what comes to any of them for `limit` seconds; returns those that ended."""
    ended = set()
    poll = select.epoll()
    by_number = {one.fileno(): one for one in sockets}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    end = time.monotonic() + limit
    while (left := end - time.monotonic()) > 0 and len(ended) < len(by_number):
        for number, _ in poll.poll(left, 256):
            try:
                got = by_number[number].recv(65536)
            except OSError:
                got = b""
            if not got:
                poll.unregister(number)
                ended.add(number)
    poll.close()
    return ended
