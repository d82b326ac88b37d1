#!/usr/bin/env python3
"""Sends FastAPI's recorded requests to the C++ twin of the recorded application, and compares byte for byte.

    replay.py <contract_app> [<cases.json>] [--deviations <deviations.json>] [--quiet]

Each case has method, target, headers, body_latin1 and the recorded status, resp_headers, resp_body. Status, body,
content type (and what other headers were recorded) must be equal, but for the deviations, each of which has a reason.
Ends with 0 when nothing is unequal. The score is the last line.
"""
import argparse
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).parent


class Server:
    """contract_app on a free port of the loopback interface; a context that ends it."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary, "--port", "0", "--no-access-log"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.log = []
        self.port = None
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(rb"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        if self.port is None:
            raise SystemExit("contract_app ended: " + b"".join(self.log).decode(errors="replace"))
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Fields:
    """Header fields of which a name may stand twice."""

    def __init__(self, pairs):
        self.pairs = pairs

    def items(self):
        return self.pairs


class Client:
    """A keep-alive connection that sends requests as they are and reads answers whole."""

    def __init__(self, port):
        self.port = port
        self.socket = None
        self.rest = b""

    def _connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def _receive(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        self.rest += part

    def _take(self, length):
        while len(self.rest) < length:
            self._receive()
        content, self.rest = self.rest[:length], self.rest[length:]
        return content

    def _chunks(self):
        content = b""
        while True:
            while b"\r\n" not in self.rest:
                self._receive()
            line, self.rest = self.rest.split(b"\r\n", 1)
            chunk = self._take(int(line.split(b";")[0], 16) + 2)[:-2]
            if not chunk:
                return content
            content += chunk

    def request(self, method, target, headers, body):
        """(status, {name: value}, body)"""
        if self.socket is None:
            self._connect()
        head = [f"{method} {target} HTTP/1.1", "host: testserver"]
        head += [f"{name}: {value}" for name, value in headers.items()
                 if name.lower() not in ("host", "content-length")]
        if body or method in ("POST", "PUT", "PATCH"):
            head.append(f"content-length: {len(body)}")
        self.socket.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        while b"\r\n\r\n" not in self.rest:
            self._receive()
        block, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = block.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        if fields.get("transfer-encoding") == "chunked" and method != "HEAD":
            content = self._chunks()
        else:
            bodiless = method == "HEAD" or status in (204, 304)
            content = self._take(0 if bodiless else int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            self.close()
        return status, fields, content

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def cases_in(document):
    """The cases of a file: a list, or groups of lists by name."""
    if isinstance(document, dict):
        document = document.get("cases", document)
    groups = document.values() if isinstance(document, dict) else [document]
    for group in groups:
        yield from group


def deviation_of(case, deviations):
    keys = ("method", "target", "body_latin1")
    return next((d for d in deviations if all(key not in d or d[key] == case.get(key, "") for key in keys)), None)


def faults(case, status, fields, body):
    """What is unequal to what is expected: a recorded case, or a deviation."""
    expected = {"status": case.get("status"), "body": case.get("resp_body", case.get("body")),
                "headers": case.get("resp_headers", case.get("headers", {}))}
    if expected["status"] is not None and status != expected["status"]:
        yield f"status {status} instead of {expected['status']}"
    if expected["body"] is not None and body != expected["body"].encode():
        yield f"body {body.decode(errors='replace')!r}\n  instead of {expected['body']!r}"
    for name, value in expected["headers"].items():
        if fields.get(name.lower()) != value:
            yield f"{name}: {fields.get(name.lower())!r} instead of {value!r}"
    if "resp_headers" in case and ("content-type" in fields) != ("content-type" in case["resp_headers"]):
        yield f"content-type: {fields.get('content-type')!r}"


def replay(client, cases, deviations, quiet):
    score = {"equal": 0, "deliberate": 0, "unequal": 0}
    for case in cases:
        answer = client.request(case["method"], case["target"], case.get("headers", {}),
                                case.get("body_latin1", "").encode("latin-1"))
        deviation = deviation_of(case, deviations)
        found = list(faults(deviation if deviation is not None else case, *answer))
        kind = "unequal" if found else "deliberate" if deviation is not None else "equal"
        score[kind] += 1
        if found and not quiet:
            print(f"{case['method']} {case['target']} {case.get('headers', {})} {case.get('body_latin1', '')!r}")
            for fault in found:
                print("  " + fault)
    return score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("cases", nargs="?", type=pathlib.Path, default=HERE / "cases.json")
    parser.add_argument("--deviations", type=pathlib.Path, default=HERE / "deviations.json")
    parser.add_argument("--quiet", action="store_true", help="print the score only")
    options = parser.parse_args()
    cases = list(cases_in(json.loads(options.cases.read_text())))
    deviations = json.loads(options.deviations.read_text())
    with Server(options.binary) as server:
        client = Client(server.port)
        score = replay(client, cases, deviations, options.quiet)
        client.close()
    print("contract: {equal} equal, {deliberate} deliberate, {unequal} unequal".format(**score))
    return 1 if score["unequal"] or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
